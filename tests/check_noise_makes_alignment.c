/* T6: theory/noise_makes_alignment, src/claims/noise_makes_alignment. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/noise_makes_alignment.h"
#include "claims/two_phases.h"
#include "laws/alignment_law.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&noise_makes_alignment_claim);
}
END_TEST

/* lambda = (8, 1), eta = 1/16 without noise: R_t = (1/4 / (225/256))^t = (64/225)^t from R_0 = 1.
 */
START_TEST(test_hand_descent) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){3, 3},
                                   (const double[]){0, 0}, 1.0 / 16);
  double ratio = 1;
  for (int t = 0; t <= 10; t++) {
    const double alignment = two_phases_alignment(q, t);
    ck_assert_double_eq_tol(alignment / (1 - alignment), ratio, 1e-14);
    ratio *= 64.0 / 225;
  }
  quadratic_free(q);
}
END_TEST

/* The remark: lambda = (10, 1), v = (1, 1), eta = 1/20, Gaussian noise.  With one normal coordinate
 * on either side E alpha = a/(a + b), a and b their standard deviations: 10/11 after a step out of
 * the minimum and sqrt(13)/(sqrt(13) + 1) at rest, where the ratios of expectations are 100/101 and
 * 13/14. */
START_TEST(test_readings_part_near_the_minimum) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){0, 0},
                                   (const double[]){1, 1}, 0.05);
  ck_assert_ptr_nonnull(q);
  const double expected[] = {10.0 / 11, sqrt(13.0) / (sqrt(13.0) + 1.0)};
  for (int at_rest = 0; at_rest < 2; at_rest++) {
    alignment_law *law = NULL;
    law_value mean;
    ck_assert_int_eq(at_rest ? alignment_law_stationary(q, &law, NULL)
                             : alignment_law_after_step(q, q->eta, &law, NULL),
                     GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_mean(law, &mean), GSL_SUCCESS);
    ck_assert_double_eq_tol(mean.val, expected[at_rest], 2.0 * mean.err + 0x1p-50);
    ck_assert_double_lt(mean.err, 1e-9);
    alignment_law_free(law);
  }
  ck_assert_double_eq_tol(two_phases_limit(q), 13.0 / 14, 1e-14);
  quadratic_free(q);
}
END_TEST

/* So the switch is at once in mean field, and not in true expectation. */
START_TEST(test_switch_needs_mean_field) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){1, 1},
                                   (const double[]){1, 1}, 0.05);
  ck_assert_ptr_nonnull(q);
  const claim *c = &noise_makes_alignment_claim;
  const hypothesis *mean_field = support_hypothesis(c, "mean_field");
  ck_assert_ptr_null(claim_violated(c, q, NULL));
  ck_assert_int_eq(support_check(c, "computed_switch_to_sgd", q), VERDICT_HOLDS);
  ck_assert_int_eq(support_check(c, "rises_after_switch_to_sgd", q), VERDICT_HOLDS);
  q->reading = READING_TRUE_EXPECTATION;
  ck_assert_ptr_eq(claim_violated(c, q, NULL), mean_field);
  ck_assert_int_eq(support_check(c, "computed_switch_to_sgd", q), VERDICT_FAILS);
  ck_assert_int_eq(support_check(c, "rises_after_switch_to_sgd", q), VERDICT_VACUOUS);
  ck_assert_int_eq(support_check(c, "falls_under_gd", q), VERDICT_HOLDS);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T6 noise_makes_alignment");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_descent);
  tcase_add_test(core, test_readings_part_near_the_minimum);
  tcase_add_test(core, test_switch_needs_mean_field);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
