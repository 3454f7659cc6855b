/* T3: theory/opposite_effects, src/claims/opposite_effects. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/opposite_effects.h"
#include "exact/exact_step.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&opposite_effects_claim);
}
END_TEST

static opposite_effects evaluate(const quadratic *q, one_step_moments *m) {
  opposite_effects found;
  one_step_moments_of(q, m);
  ck_assert_int_eq(opposite_effects_of(m, &found), GSL_SUCCESS);
  return found;
}

/* By hand: I = (1/10, 1), margin 10 + 10 - 1 - 1; and at eta = 1/2 the expected changes are 2 and
 * -1/4. */
START_TEST(test_hand_interval) {
  quadratic *q = support_hand_instance();
  one_step_moments m;
  const opposite_effects found = evaluate(q, &m);
  ck_assert(fabs(found.eta_dominant * 10 - 1) <= found.error && found.error < 1e-14);
  ck_assert(fabs(found.eta_bulk - 1) <= found.error);
  ck_assert(fabs(found.margin - 18) <= found.margin_error);
  ck_assert(opposite_effects_sufficient_gap(&m, 1) == 2);
  const exact_step step = {q, 0.5};
  ck_assert(certified_value_of(exact_step_dominant_loss_change, &step) == 2);
  ck_assert(certified_value_of(exact_step_bulk_loss_change, &step) == -0.25);
  quadratic_free(q);
}
END_TEST

/* lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | 13): eta_D = 10/(17+68), eta_B = 18/(18+26). */
START_TEST(test_hand_sums) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  one_step_moments m;
  const opposite_effects found = evaluate(q, &m);
  ck_assert_double_eq_tol(found.eta_dominant, 10.0 / 85, 1e-15);
  ck_assert_double_eq_tol(found.eta_bulk, 18.0 / 44, 1e-15);
  ck_assert_double_eq_tol(found.margin, 17.0 / 5 + 68.0 / 5 - 2 - 26.0 / 9, 1e-13);
  ck_assert_double_eq_tol(opposite_effects_sufficient_gap(&m, 2), 1 + 26.0 / 18, 1e-14);
  quadratic_free(q);
}
END_TEST

/* The hypotheses of the sufficient condition, dropped: too little ill-conditioning for the bulk's
 * noise (lambda = (10, 1), v = (1, 1000)), and a bulk gradient below its stationary level. */
START_TEST(test_empty_intervals) {
  quadratic *q = support_hand_instance();
  one_step_moments m;
  q->v[1] = 1000;
  opposite_effects found = evaluate(q, &m);
  ck_assert(found.margin < 0 && found.eta_dominant > found.eta_bulk);
  ck_assert(quadratic_gap_ratio(q) < opposite_effects_sufficient_gap(&m, 1));
  q->v[1] = 1;
  q->g[1] = 1.0 / 64;
  found = evaluate(q, &m);
  ck_assert(found.margin < 0 && found.eta_dominant > found.eta_bulk);
  quadratic_free(q);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = support_hand_instance();
  q->g[1] = 0;
  one_step_moments m;
  one_step_moments_of(q, &m);
  opposite_effects found = {7, 7, 7, 7, 7};
  ck_assert_int_eq(opposite_effects_of(&m, &found), GSL_EDOM);
  ck_assert(found.eta_bulk == 7);
  quadratic_free(q);
}
END_TEST

/* The bounds 2e + gamma_4 and (2e + gamma_4) (|mean gap| + tau_D/D_0 + tau_B/B_0), on sums that are
 * given. */
START_TEST(test_bounds_are_those_of_the_chapter) {
  static const double given[] = {0.0, 0x1p-7};
  for (int i = 0; i < 2; i++) {
    const one_step_moments m = {.d0 = 3,
                                .d1 = 2,
                                .b0 = 7,
                                .b1 = 1,
                                .taud = 10,
                                .taub = 4,
                                .mean_gap = -1.25,
                                .error = given[i]};
    opposite_effects found;
    ck_assert_int_eq(opposite_effects_of(&m, &found), GSL_SUCCESS);
    const double relative = 2 * given[i] + 4 * 0x1p-53;
    ck_assert_double_eq_tol(found.error / relative, 1, 1e-12);
    ck_assert_double_eq_tol(found.margin, 127.0 / 84, 1e-15);
    ck_assert_double_eq_tol(found.margin_error / (relative * 433 / 84), 1, 1e-12);
  }
}
END_TEST

/* v = (1, 19): 9 + 10 - 19 = 0, the interval is empty, and open with less. */
START_TEST(test_interval_of_no_length_is_not_open) {
  quadratic *q = support_hand_instance();
  const coverage *open = support_coverage(&opposite_effects_claim, "interval open");
  q->v[1] = 19;
  ck_assert(!open->holds(q));
  q->v[1] = nextafter(19, 0);
  ck_assert(open->holds(q));
  quadratic_free(q);
}
END_TEST

/* "The mean update climbs the bulk direction": at arbitrarily small steps. */
START_TEST(test_biased_counterexample_climbs) {
  quadratic *q = support_hypothesis(&opposite_effects_claim, "unbiased")->dropped.instance();
  const exact_step step = {q, 0x1p-30};
  ck_assert_int_eq(certified_sign_of(exact_step_bulk_loss_change, &step), SIGN_POSITIVE);
  quadratic_free(q);
}
END_TEST

/* Without noise in the dominant set nothing is stationary but 0, and eta_D = 0/0: nothing is said.
 */
START_TEST(test_stationary_step_needs_dominant_noise) {
  quadratic *q = support_hand_instance();
  ck_assert_int_eq(support_check(&opposite_effects_claim, "stationary_dominant_step", q),
                   VERDICT_HOLDS);
  q->v[0] = 0;
  ck_assert_int_eq(support_check(&opposite_effects_claim, "stationary_dominant_step", q),
                   VERDICT_VACUOUS);
  ck_assert_int_eq(support_check(&opposite_effects_claim, "computed_stationary_step", q),
                   VERDICT_VACUOUS);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T3 opposite_effects");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_interval);
  tcase_add_test(core, test_hand_sums);
  tcase_add_test(core, test_empty_intervals);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  tcase_add_test(core, test_interval_of_no_length_is_not_open);
  tcase_add_test(core, test_biased_counterexample_climbs);
  tcase_add_test(core, test_stationary_step_needs_dominant_noise);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
