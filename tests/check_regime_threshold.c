/* R1: theory/regime_threshold, src/claims/regime_threshold. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/regime_threshold.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&regime_threshold_claim);
}
END_TEST

static regime_threshold evaluate(const quadratic *q) {
  one_step_moments m;
  regime_threshold found;
  one_step_moments_of(q, &m);
  ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_SUCCESS);
  return found;
}

/* v_B = 199 puts alpha = 1/2 on the threshold: a = 99 * 2, V_D = 100, V_B = 199:
 * 198/4 + 50 - 199/2 = 0. */
START_TEST(test_hand_threshold) {
  quadratic *q = support_hand_instance();
  q->v[1] = 199;
  const regime_threshold found = evaluate(q);
  ck_assert(fabs(found.alpha_c - 0.5) <= 0.5 * found.error && found.error < 1e-13);
  ck_assert(fabs(found.complement - 0.5) <= 0.5 * found.error);
  /* The hand instance itself: 198 x(1-x) + 100 (1-x) - x = 0. */
  q->v[1] = 1;
  const double x = evaluate(q).alpha_c;
  ck_assert_double_eq_tol(198 * x * (1 - x) + 100 * (1 - x) - x, 0.0, 1e-12);
  ck_assert(x > 0.99 && x < 1.0);
  quadratic_free(q);
}
END_TEST

/* Both branches of the root, b >= 0 and b < 0, and no overflow at the ends of the domain. */
START_TEST(test_branches) {
  quadratic *q = support_hand_instance();
  q->g[0] = q->g[1] = 1e-50;
  regime_threshold found = evaluate(q);
  ck_assert_double_eq_tol(found.alpha_c, 100.0 / 101, 1e-15);
  q->g[0] = q->g[1] = 1e50;
  found = evaluate(q);
  ck_assert(found.alpha_c == 1.0);
  ck_assert_double_eq_tol(found.complement * (99 * 2e100), 1.0, 1e-14);
  q->v[0] = q->v[1] = 1e100;
  found = evaluate(q);
  ck_assert(found.alpha_c > 0.0 && found.alpha_c < 1.0);
  quadratic_free(q);
}
END_TEST

/* Without noise in the bulk: low everywhere.  Without noise in the dominant set: alpha_c = 1 -
 * V_B/a, or 0 when the bulk's noise is larger than the pull a. */
START_TEST(test_one_sided_noise) {
  quadratic *q = support_hand_instance();
  q->v[1] = 0;
  regime_threshold found = evaluate(q);
  ck_assert(found.alpha_c == 1.0 && found.complement == 0.0);
  q->v[0] = 0;
  found = evaluate(q);
  ck_assert(found.alpha_c == 1.0 && found.complement == 0.0);
  q->v[1] = 99;
  found = evaluate(q);
  ck_assert_double_eq_tol(found.alpha_c, 0.5, 1e-15);
  q->v[1] = 198;
  found = evaluate(q);
  ck_assert(found.alpha_c == 0.0 && found.complement == 1.0);
  q->v[1] = 1000;
  found = evaluate(q);
  ck_assert(found.alpha_c == 0.0 && found.complement == 1.0);
  quadratic_free(q);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = support_hand_instance();
  q->g[0] = 0;
  one_step_moments m;
  one_step_moments_of(q, &m);
  regime_threshold found = {7, 7, 7};
  ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_EDOM);
  ck_assert(found.alpha_c == 7);
  quadratic_free(q);
}
END_TEST

/* On sums that are given: a = 1.25 (3 + 7), s^2 = (12.5 + 10 - 4)^2 + 4 * 10 * 4 = 502.25, and the
 * bound (2e + gamma_12) (1 + 2 (a + V_D + V_B)/s). */
START_TEST(test_bound_is_that_of_the_chapter) {
  static const double given[] = {0.0, 0x1p-7};
  for (int i = 0; i < 2; i++) {
    const one_step_moments m = {
        .d0 = 3, .b0 = 7, .vd = 10, .vb = 4, .square_gap = 1.25, .error = given[i]};
    regime_threshold found;
    ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_SUCCESS);
    const double s = sqrt(502.25);
    ck_assert_double_eq_tol(found.alpha_c, (-1.5 + s) / 25, 1e-15);
    ck_assert_double_eq_tol(found.complement, 8 / (26.5 + s), 1e-15);
    const double bound = (2 * given[i] + 12 * 0x1p-53) * (1 + 53 / s);
    ck_assert_double_eq_tol(found.error / bound, 1, 1e-12);
  }
}
END_TEST

/* Neither noise may be so large that a sum of two overflows. */
START_TEST(test_largest_noise) {
  one_step_moments m = {.d0 = 1, .b0 = 1, .vd = 1, .vb = 0x1.fp1023, .square_gap = 1};
  regime_threshold found;
  regime_threshold_of(&m, &found);
  ck_assert(found.complement == 1.0 && found.alpha_c < 1e-300);
  m.vd = 0x1.fp1023;
  m.vb = 1;
  regime_threshold_of(&m, &found);
  ck_assert(found.alpha_c == 1.0 && found.complement < 1e-300);
}
END_TEST

/* No noise in the dominant set, and the pull not above that of the bulk: exactly 0 and 1. */
START_TEST(test_quiet_dominant_is_exact) {
  for (int i = 1; i < 200; i++) {
    const one_step_moments m = {
        .d0 = 1, .b0 = 1, .vb = 0.7 + 0.1 * i, .square_gap = 0.05 * (i % 9)};
    regime_threshold found;
    regime_threshold_of(&m, &found);
    ck_assert(found.alpha_c == 0.0 && found.complement == 1.0);
  }
}
END_TEST

START_TEST(test_both_sides_are_asked) {
  one_step_moments m = {.d0 = 1, .b0 = 0, .vd = 1, .vb = 1, .square_gap = 1};
  regime_threshold found = {.alpha_c = 7};
  ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_EDOM);
  m.d0 = 0;
  m.b0 = 1;
  ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_EDOM);
  ck_assert(found.alpha_c == 7);
  quadratic *q = support_hand_instance();
  const hypothesis *noisy = support_hypothesis(&regime_threshold_claim, "noise_in_both");
  for (int i = 0; i < 4; i++) {
    q->v[0] = i & 1;
    q->v[1] = i >> 1;
    ck_assert_int_eq(noisy->holds(q), i == 3);
  }
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("R1 regime_threshold");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_threshold);
  tcase_add_test(core, test_branches);
  tcase_add_test(core, test_one_sided_noise);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_bound_is_that_of_the_chapter);
  tcase_add_test(core, test_largest_noise);
  tcase_add_test(core, test_quiet_dominant_is_exact);
  tcase_add_test(core, test_both_sides_are_asked);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
