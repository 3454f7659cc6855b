/* P7: theory/sharpness_aware, src/claims/sharpness_aware, src/model/sharpness_aware. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include "claims/sharpness_aware.h"
#include "exact/exact_sharpness.h"
#include "model/rounding.h"
#include "model/sharpness_aware.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&sharpness_aware_claim);
}
END_TEST

/* lambda = (10, 1), g = (3, 4), r = 1, eta = 1/10: |g| = 5. */
static quadratic *hand(void) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){3, 4},
                                   (const double[]){0, 0}, 0.1);
  ck_assert_ptr_nonnull(q);
  q->radius = 1;
  return q;
}

/* By hand: h = (30, 6/5), g+ = (-6, 88/25), edge 5/2 (sqrt(17) - 1). */
START_TEST(test_hand_instance) {
  ck_assert_double_eq(sharpness_aware_curvature(10, 1, 5), 30);
  ck_assert_double_eq_tol(sharpness_aware_curvature(1, 1, 5), 1.2, 1.2 * rounding_gamma(4));
  const double edge = 2.5 * (sqrt(17) - 1);
  ck_assert_double_eq_tol(sharpness_aware_edge(0.1, 1, 5), edge, edge * rounding_gamma(20));
  quadratic *q = hand();
  /* growth of the bulk coordinate: (88/100)^2 - 1 = -141/625, up to the last bit of 0.1 */
  const exact_sharpness bulk = {q, 1}, dominant = {q, 10};
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_growth, &bulk), -141.0 / 625, 1e-15);
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_growth, &dominant), 3, 1e-14);
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_edge_excess, &dominant), edge - 10,
                          1e-14);
  /* D+ B - D B+ = 36 * 16 - 9 * (88/25)^2 */
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_alignment_change, &bulk),
                          36 * 16 - 9 * 7744.0 / 625, 1e-11);
  /* the update (9, 24/5): 81 * 16 - (576/25) * 9 */
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_update_change, &bulk),
                          81 * 16 - 9 * 576.0 / 25, 1e-11);
  /* eta (h_1 + h_2) - 2 = 3 + 0.12 - 2 */
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_sharpest_pair, &bulk), 1.12, 1e-15);
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_flattest_pair, &bulk), 1.12, 1e-15);
  quadratic_free(q);
}
END_TEST

/* Of that instance, edge 7.81 between 10 and 1: L_D = 9/20 times 4, L_B = 8 times (88/100)^2.  With
 * lambda_1 = 7 it is not between: no Dom-SAM that raises the loss. */
START_TEST(test_projections_part) {
  quadratic *q = hand();
  const exact_sharpness step = {q, 0};
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_dominant_loss_change, &step), 3 * 0.45,
                          1e-14);
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_bulk_loss_change, &step),
                          -8 * 141.0 / 625, 1e-14);
  const conclusion *parting = claim_find_conclusion(&sharpness_aware_claim, "projections_part");
  claim_note note = {"", 0};
  ck_assert_int_eq(parting->check(q, &note), VERDICT_HOLDS);
  q->lambda[0] = 7;
  ck_assert_int_eq(parting->check(q, &note), VERDICT_VACUOUS);
  quadratic_free(q);
}
END_TEST

/* The pairs (1, k+1) and (k, d) are the ones that are meant: lambda = (8, 4 | 2, 1), |g| = 2, r = 2
 * make h = (72, 20, 6, 2). */
START_TEST(test_pairs) {
  quadratic *q = quadratic_literal(4, 2, (const double[]){8, 4, 2, 1}, (const double[]){1, 1, 1, 1},
                                   (const double[]){0, 0, 0, 0}, 0.125);
  q->radius = 2;
  const exact_sharpness step = {q, 1};
  ck_assert_double_eq(certified_value_of(exact_sharpness_sharpest_pair, &step), 78 / 8.0 - 2);
  ck_assert_double_eq(certified_value_of(exact_sharpness_flattest_pair, &step), 22 / 8.0 - 2);
  quadratic_free(q);
}
END_TEST

/* Where the edge as written has no digit left: r = 2^-60. */
START_TEST(test_no_cancellation) {
  quadratic *q = hand();
  q->radius = 0x1p-60;
  const exact_sharpness step = {q, 1};
  const double edge = sharpness_aware_edge(q->eta, q->radius, 5),
               exact = certified_value_of(exact_sharpness_edge_excess, &step) + 1;
  ck_assert_double_eq_tol(edge, exact, rounding_gamma(9) * exact);
  quadratic_free(q);
}
END_TEST

/* lambda = 4, eta = 1/4, r = 1: |g| = 4 * 1/(2 - 1) = 4, where h = 4 + 16/4 = 8 = 2/eta. */
START_TEST(test_cycle) {
  const double norm = sharpness_aware_cycle(4, 0.25, 1);
  ck_assert_double_eq(norm, 4);
  ck_assert_double_eq(sharpness_aware_curvature(4, 1, norm), 8);
  ck_assert_double_eq_tol(sharpness_aware_edge(0.25, 1, norm), 4, 4 * rounding_gamma(8));
}
END_TEST

/* From a generic start SAM ends in the cycle along u_1, as (d) says it may: the alignment of its
 * last steps is 1 to rounding, and |g| is the cycle's. */
START_TEST(test_run_ends_in_the_cycle) {
  const double lambda[] = {10, 3, 1, 0.5}, eta = 0.05, radius = 0.01;
  double g[] = {1, -2, 3, 1};
  double norm = 0.0;
  for (int t = 0; t < 4000; t++) {
    norm = 0.0;
    for (int i = 0; i < 4; i++)
      norm = hypot(norm, g[i]);
    for (int i = 0; i < 4; i++)
      g[i] *= 1.0 - eta * sharpness_aware_curvature(lambda[i], radius, norm);
  }
  const double cycle = sharpness_aware_cycle(10, eta, radius);
  ck_assert_double_eq_tol(fabs(g[0]), cycle, 1e-12 * cycle);
  ck_assert(hypot(hypot(g[1], g[2]), g[3]) < 1e-12 * cycle);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P7 sharpness_aware");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_instance);
  tcase_add_test(core, test_projections_part);
  tcase_add_test(core, test_pairs);
  tcase_add_test(core, test_no_cancellation);
  tcase_add_test(core, test_cycle);
  tcase_add_test(core, test_run_ends_in_the_cycle);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
