/* P6: theory/edge_of_stability, src/claims/edge_of_stability. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include "claims/edge_of_stability.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&edge_of_stability_claim);
}
END_TEST

static verdict check(const quadratic *q, const char *name) {
  claim_note note = {"", 0};
  return claim_find_conclusion(&edge_of_stability_claim, name)->check(q, &note);
}

static quadratic *pair_at(double eta, double bulk_variance) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){1, 1},
                                   (const double[]){0, bulk_variance}, eta);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* By hand: lambda = (8, 1), eta = 1/4 = 2/lambda_1: rho = (1, 9/16). */
START_TEST(test_at_the_edge) {
  quadratic *q = pair_at(0.25, 0);
  arb_t dominant, bulk;
  arb_init(dominant);
  arb_init(bulk);
  const exact_run run = {q, 2};
  exact_run_iterated(dominant, bulk, &run, 128);
  ck_assert_double_eq(arf_get_d(arb_midref(dominant), ARF_RND_NEAR), 1);
  ck_assert_double_eq(arf_get_d(arb_midref(bulk), ARF_RND_NEAR), 81.0 / 256);
  arb_clear(dominant);
  arb_clear(bulk);
  ck_assert_int_eq(check(q, "rises_beyond_edge"), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "rate_is_a_bound"), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "swings_at_the_edge"), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "stable_and_aligning"), VERDICT_VACUOUS);
  quadratic_free(q);
}
END_TEST

/* One ulp to either side of 2/9 the alignment of lambda = (8, 1) turns, and at it (were it a
 * double) it would stand still: the edge of the hypothesis is the edge of the conclusion. */
START_TEST(test_edge_is_sharp) {
  for (int side = -1; side <= 1; side += 2) {
    quadratic *q = pair_at(2.0 / 9 * (1.0 + side * 0x1p-50), 0);
    ck_assert_int_eq(check(q, "rises_beyond_edge"), side > 0 ? VERDICT_HOLDS : VERDICT_FAILS);
    quadratic_free(q);
  }
}
END_TEST

/* 2/8 < eta < 2/1: the two projected updates part; below 2/8 neither raises the loss. */
START_TEST(test_projections_part) {
  const double eta[] = {0.3, 1.9};
  for (size_t i = 0; i < 2; i++) {
    quadratic *q = pair_at(eta[i], 0);
    ck_assert_int_eq(check(q, "projections_part"), VERDICT_HOLDS);
    quadratic_free(q);
  }
  quadratic *q = pair_at(0.24, 0);
  ck_assert_int_eq(check(q, "projections_part"), VERDICT_VACUOUS);
  ck_assert_int_eq(check(q, "stable_and_aligning"), VERDICT_HOLDS);
  const exact_step step = {q, q->eta};
  /* L_D: (rho - 1)/16 with rho = (1 - 1.92)^2 */
  ck_assert_double_eq_tol(certified_value_of(exact_step_dominant_loss_change, &step),
                          (0.92 * 0.92 - 1) / 16, 1e-15);
  quadratic_free(q);
}
END_TEST

/* eta lambda_2 = 1: one step wipes the bulk out, and an alignment of 1 cannot rise.  With a second
 * bulk direction that keeps some gradient it does. */
START_TEST(test_bulk_wiped_out) {
  const double sharp[] = {2, 1.5};
  const hypothesis *slow = support_hypothesis(&edge_of_stability_claim, "slow_bulk");
  for (size_t i = 0; i < 2; i++) {
    quadratic *q = quadratic_literal(2, 1, (const double[]){sharp[i], 1}, (const double[]){1, 1},
                                     (const double[]){0, 0}, 1);
    ck_assert_ptr_nonnull(q);
    ck_assert_ptr_eq(claim_violated(&edge_of_stability_claim, q, NULL), slow);
    ck_assert_ptr_null(claim_violated(&edge_of_stability_claim, q, slow));
    ck_assert_int_eq(check(q, "rises_beyond_edge"), VERDICT_FAILS);
    ck_assert_int_eq(check(q, "rate_is_a_bound"), VERDICT_HOLDS);
    quadratic_free(q);
  }
  quadratic *q = quadratic_literal(3, 1, (const double[]){4, 1.5, 1}, (const double[]){1, 1, 1},
                                   (const double[]){0, 0, 0}, 1);
  ck_assert_ptr_nonnull(q);
  ck_assert_ptr_null(claim_violated(&edge_of_stability_claim, q, NULL));
  ck_assert_int_eq(check(q, "rises_beyond_edge"), VERDICT_HOLDS);
  q->g[1] = 0;
  ck_assert_ptr_eq(claim_violated(&edge_of_stability_claim, q, NULL), slow);
  ck_assert_int_eq(check(q, "rises_beyond_edge"), VERDICT_FAILS);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P6 edge_of_stability");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_at_the_edge);
  tcase_add_test(core, test_edge_is_sharp);
  tcase_add_test(core, test_projections_part);
  tcase_add_test(core, test_bulk_wiped_out);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
