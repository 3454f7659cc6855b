/* C1: theory/gradient_descent, src/claims/gradient_descent. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include "claims/critical_step.h"
#include "claims/gradient_descent.h"
#include "families/quadratic_family.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&gradient_descent_claim);
}
END_TEST

/* lambda = (10, 1) without noise: eta* = 2/11; lambda = (5, 3 | 2), g = (1, 2 | 3): 2 (7/5)/(41/5).
 */
START_TEST(test_hand_steps) {
  quadratic *q = support_hand_instance();
  q->v[0] = q->v[1] = 0;
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  ck_assert_int_eq(critical_step_of(&m, &found), 0);
  ck_assert(found.regime == REGIME_LOW && fabs(found.eta_star - 2.0 / 11) <= found.eta_star_error);
  quadratic_free(q);
  q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                        (const double[]){0, 0, 0}, 0.0);
  one_step_moments_of(q, &m);
  ck_assert_int_eq(critical_step_of(&m, &found), 0);
  ck_assert_double_eq_tol(found.eta_star, 2.8 / 8.2, 1e-15);
  ck_assert(found.eta_star > 2.0 / (5 + 2));
  quadratic_free(q);
}
END_TEST

/* Noise anywhere is noise. */
START_TEST(test_noiseless_looks_at_every_direction) {
  quadratic *q = quadratic_literal(3, 1, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){0, 0, 0}, 0.0);
  const hypothesis *noiseless = support_hypothesis(&gradient_descent_claim, "noiseless");
  ck_assert(noiseless->holds(q));
  for (int i = 0; i < 3; i++) {
    q->v[i] = 1;
    ck_assert(!noiseless->holds(q));
    q->v[i] = 0;
  }
  quadratic_free(q);
}
END_TEST

static quadratic *three(void) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){0, 0, 0}, 0.0);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* D = (5, 17, 61), B = (9, 18, 36): c_1 = -2 (17*9 - 18*5), c_2 = 61*9 - 36*5, and with noise v =
 * (1, 2 | 7) c_2 = (61 + 25 + 18)*9 - (36 + 28)*5. */
START_TEST(test_beyond_edge) {
  quadratic *q = three();
  arb_t value;
  arb_init(value);
  gradient_descent_beyond_edge(value, q, 128);
  ck_assert(arb_equal_si(value, 126 * (5 + 2) - 2 * 369));
  memcpy(q->v, (const double[]){1, 2, 7}, 3 * sizeof *q->v);
  gradient_descent_beyond_edge(value, q, 128);
  ck_assert(arb_equal_si(value, 126 * (5 + 2) - 2 * 616));
  arb_clear(value);
  quadratic_free(q);
}
END_TEST

/* --- planted errors -------------------------------------------------------------------------- */

/* The conclusion fails, for this reason. */
static void expect_failure(const quadratic *q, const char *name, const char *why) {
  claim_note note = {"", 0};
  const verdict v = claim_find_conclusion(&gradient_descent_claim, name)->check(q, &note);
  ck_assert_msg(v == VERDICT_FAILS && strstr(note.text, why) == note.text, "%s %s: %s", name,
                verdict_name(v), note.text);
}

START_TEST(test_planted_noise) {
  quadratic *q = three();
  q->v[2] = 100; /* Delta < 0 */
  expect_failure(q, "always_low", "the coefficient of eta^2 has sign -");
  expect_failure(q, "turns_at_critical_step", "");
  expect_failure(q, "computed_step", "the regime is not low");
  q->v[2] = 0;
  q->v[0] = 100; /* Delta large, and eta* early */
  expect_failure(q, "not_below_edge", "eta* less 2/(lambda_1 + lambda_{k+1}) has sign -");
  quadratic_free(q);
}
END_TEST

START_TEST(test_planted_order) {
  quadratic *q = quadratic_pair(1, 10, 1, 1, 0, 0);
  expect_failure(q, "always_low", "the coefficient of eta^2 has sign -");
  expect_failure(q, "turns_at_critical_step", "");
  quadratic_free(q);
}
END_TEST

/* A bias, of which the formula knows nothing: along the dominant gradient the alignment turns
 * earlier or later than is computed. */
START_TEST(test_planted_bias) {
  for (int side = -1; side <= 1; side += 2) {
    quadratic *q = quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 0, 0), 0, 0.25 * side);
    ck_assert_ptr_nonnull(q);
    one_step_moments m;
    critical_step found;
    one_step_moments_of(q, &m);
    ck_assert_int_eq(critical_step_of(&m, &found), 0);
    char why[64];
    if (side > 0)
      snprintf(why, sizeof why, "eta = %a: sign +", found.eta_star - found.eta_star_error);
    else
      snprintf(why, sizeof why, "eta = %a: sign -", found.eta_star + found.eta_star_error);
    expect_failure(q, "computed_step", why);
    expect_failure(q, "two_level_value", "eta* less 2/(lambda_D + lambda_B)");
    quadratic_free(q);
  }
}
END_TEST

/* --- labels and counterexamples --------------------------------------------------------------- */

START_TEST(test_two_levels) {
  static const double levels[][4] = {{5, 5, 2, 2}, {5, 4, 2, 2}, {5, 5, 2, 1}, {5, 4, 4, 1}};
  const coverage *label = support_coverage(&gradient_descent_claim, "two levels");
  for (size_t i = 0; i < 4; i++) {
    quadratic *q = quadratic_literal(4, 2, levels[i], (const double[]){1, 2, 3, 1},
                                     (const double[]){0, 0, 0, 0}, 0.0);
    ck_assert(label->holds(q) == (i == 0));
    ck_assert_int_eq(support_check(&gradient_descent_claim, "two_level_value", q),
                     i == 0 ? VERDICT_HOLDS : VERDICT_VACUOUS);
    quadratic_free(q);
  }
}
END_TEST

START_TEST(test_counterexamples) {
  static const struct {
    const char *name;
    double lambda[2], g[2], v[2];
  } said[] = {{"gap", {1, 10}, {1, 1}, {0, 0}},
              {"interior", {10, 1}, {1, 0}, {0, 0}},
              {"noiseless", {10, 1}, {1, 1}, {1, 1000}}};
  for (size_t i = 0; i < 3; i++) {
    quadratic *q = support_hypothesis(&gradient_descent_claim, said[i].name)->dropped.instance();
    ck_assert_ptr_nonnull(q);
    ck_assert(memcmp(q->lambda, said[i].lambda, sizeof said[i].lambda) == 0);
    ck_assert(memcmp(q->g, said[i].g, sizeof said[i].g) == 0);
    ck_assert(memcmp(q->v, said[i].v, sizeof said[i].v) == 0);
    quadratic_free(q);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("C1 gradient_descent");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_hand_steps);
  tcase_add_test(core, test_noiseless_looks_at_every_direction);
  tcase_add_test(core, test_beyond_edge);
  tcase_add_test(core, test_planted_noise);
  tcase_add_test(core, test_planted_order);
  tcase_add_test(core, test_planted_bias);
  tcase_add_test(core, test_two_levels);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
