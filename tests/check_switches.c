/* P5: theory/switches, src/claims/switches. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/switches.h"
#include "claims/two_phases.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&switches_claim);
}
END_TEST

/* lambda = (8, 1), v = (1, 1), eta = 1/16: rho = (1/4, 225/256), s = (1/3, 1/31),
 * alpha_oo = 31/34. */
static quadratic *pair(double g_dominant, double g_bulk, double v) {
  quadratic *q =
      quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){g_dominant, g_bulk},
                        (const double[]){v, v}, 1.0 / 16);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* Off: R_t = (31/3) (64/225)^t, below 1 from t = 2: 31/3 (64/225) = 2.94, then 0.836.  Below 1/15
 * from t = 5: 0.0676... at 4 is above 0.0667, 0.0192 at 5. */
START_TEST(test_off_by_hand) {
  quadratic *q = pair(0, 0, 1);
  ck_assert_double_eq_tol(two_phases_limit(q), 31.0 / 34, 1e-15);
  ck_assert_double_eq(switches_steps(q, 0.5), 2);
  ck_assert_double_eq(switches_steps(q, 1.0 / 16), 5);
  ck_assert_double_eq(switches_steps(q, 0.95), 0); /* it is below already */
  q->eta = 0.24; /* beyond 2/9 the dominant direction is the slower one */
  ck_assert_double_eq(switches_steps(q, 0.5), SWITCHES_NO_STEPS);
  quadratic_free(q);
}
END_TEST

/* On from the minimum: V_D/(V_D+V_B) = 64/65 after one step; the bound is
 * alpha_oo (1 - alpha_oo) rho^t/(1 - rho^t). */
START_TEST(test_on_by_hand) {
  quadratic *q = pair(0, 0, 1);
  ck_assert_double_eq_tol(two_phases_alignment(q, 1), 64.0 / 65, 1e-15);
  double last = 1;
  for (int t = 1; t <= 60; t++) {
    const double alignment = two_phases_alignment(q, t), rho = pow(225.0 / 256, t);
    ck_assert(alignment < last && alignment > 31.0 / 34);
    const double bound = 31.0 * 3.0 / (34 * 34) * rho / (1 - rho);
    ck_assert_double_eq_tol(switches_bound(q, t), bound, 1e-12 * bound);
    ck_assert(alignment - 31.0 / 34 <= bound);
    last = alignment;
  }
  ck_assert(isinf(switches_bound(q, 0)));
  quadratic_free(q);
}
END_TEST

/* The bound needs its rate: with rho_1 in place of rho_d it is broken. */
START_TEST(test_bound_is_not_slack) {
  quadratic *q = pair(0, 0, 1);
  const double alignment = two_phases_alignment(q, 30);
  ck_assert(alignment - 31.0 / 34 > 0.5 * switches_bound(q, 30));
  quadratic_free(q);
}
END_TEST

/* --- the criterion --------------------------------------------------------------------------- */

static switches_answer ask(const quadratic *q, double level, double factor, size_t *step) {
  switches_answer answer = SWITCHES_OPEN;
  ck_assert_int_eq(switches_criterion(q, level, factor, &answer, step), GSL_SUCCESS);
  return answer;
}

/* Without averaging it is met in the first step that passes: chi_0 = 0 at the minimum, chi_1 =
 * (64/65)^{1/2} = 0.992. */
START_TEST(test_criterion_by_hand) {
  size_t step = 99;
  quadratic *q = pair(0, 0, 1);
  ck_assert_int_eq(ask(q, 0.95, 0, &step), SWITCHES_MET);
  ck_assert_uint_eq(step, 1);
  /* m_t < 1 - 0.9^t: not before 0.9^t = 0.05, t > 28.4; chi_oo = 0.9549: 0.95 is late or never. */
  ck_assert_int_eq(ask(q, 0.95, 0.9, &step), SWITCHES_MET);
  ck_assert(step > 28 && step < 100);
  ck_assert_int_eq(ask(q, 0.96, 0.9, &step), SWITCHES_NEVER);
  ck_assert_int_eq(ask(q, 0.5, 0.9, &step), SWITCHES_MET);
  ck_assert_uint_eq(step, 7); /* chi about 0.98: 1 - 0.9^t > 0.51 from t = 7 on */
  quadratic_free(q);
}
END_TEST

/* The claim's own look at the criterion, from the minimum too, where there is no alignment at t =
 * 0. */
START_TEST(test_criterion_from_the_minimum) {
  claim_note note = {"", 0};
  quadratic *q = pair(0, 0, 1);
  ck_assert_int_eq(claim_find_conclusion(&switches_claim, "criterion")->check(q, &note),
                   VERDICT_HOLDS);
  quadratic_free(q);
}
END_TEST

/* Never met, no gradient, no noise, a step beyond stability: an answer each, and no NaN. */
START_TEST(test_criterion_edges) {
  size_t step = 99;
  switches_answer answer;
  quadratic *q = pair(1, 1, 0); /* gradient descent from alpha = 1/2 */
  ck_assert_int_eq(ask(q, 0.95, 0.9, &step), SWITCHES_NEVER);
  ck_assert_int_eq(ask(q, 0.6, 0.0, &step), SWITCHES_MET); /* chi_0 = 0.707 */
  ck_assert_uint_eq(step, 0);
  quadratic_free(q);
  q = pair(0, 0, 0); /* nothing moves: chi = 0 */
  ck_assert_int_eq(ask(q, 0.5, 0.9, &step), SWITCHES_NEVER);
  ck_assert(isinf(switches_bound(q, 3)));
  quadratic_free(q);
  q = pair(1, 1, 1);
  q->eta = 0.25; /* 2/lambda_1 */
  ck_assert_int_eq(switches_criterion(q, 0.5, 0.9, &answer, &step), GSL_EDOM);
  q->eta = 1.0 / 16;
  ck_assert_int_eq(switches_criterion(q, 1, 0.9, &answer, &step), GSL_EDOM);
  ck_assert_int_eq(switches_criterion(q, 0, 0.9, &answer, &step), GSL_EDOM);
  ck_assert_int_eq(switches_criterion(q, NAN, 0.9, &answer, &step), GSL_EDOM);
  ck_assert_int_eq(switches_criterion(q, 0.5, 1, &answer, &step), GSL_EDOM);
  ck_assert_int_eq(switches_criterion(q, 0.5, -0.1, &answer, &step), GSL_EDOM);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P5 switches");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(40));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_off_by_hand);
  tcase_add_test(core, test_on_by_hand);
  tcase_add_test(core, test_bound_is_not_slack);
  tcase_add_test(core, test_criterion_by_hand);
  tcase_add_test(core, test_criterion_from_the_minimum);
  tcase_add_test(core, test_criterion_edges);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
