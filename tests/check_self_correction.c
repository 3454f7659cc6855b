/* T2: theory/self_correction, src/claims/self_correction. */
#include "config.h"
#include "support.h"

#include "claims/critical_step.h"
#include "claims/self_correction.h"
#include "exact/exact_step.h"

START_TEST(test_counterexamples) {
  support_counterexamples_fail(&self_correction_claim);
}
END_TEST

/* On the threshold exactly (Delta = 0) the alignment falls too, by 2 eta D_0 B_0 (10 - 1). */
START_TEST(test_on_the_threshold) {
  quadratic *q = support_hand_instance();
  q->v[1] = 199;
  ck_assert(critical_step_is_high(q));
  for (int power = -20; power <= 20; power++) {
    const double eta = power < 0 ? 1.0 / (1 << -power) : 1 << power;
    const exact_step step = {q, eta};
    ck_assert_int_eq(exact_step_alignment_sign(&step), SIGN_NEGATIVE);
    ck_assert(certified_value_of(exact_step_alignment_change, &step) == -18 * eta);
  }
  quadratic_free(q);
}
END_TEST

/* The smallest case in which the true expectation is not self-correcting: lambda = (2, 1), g = (1,
 * 1), xi = (0, +-3), eta = 1/4: the alignment is 1 or 1/10 with equal chances, 11/20 on average. */
START_TEST(test_true_expectation_may_rise) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1},
                                   (const double[]){0, 9}, 0.0);
  ck_assert(critical_step_is_high(q));
  const exact_step step = {q, 0.25};
  ck_assert_int_eq(certified_sign_of(exact_step_alignment_change, &step), SIGN_NEGATIVE);
  ck_assert_double_eq_tol(certified_value_of(exact_step_true_alignment_change, &step), 0.05, 1e-16);
  quadratic_free(q);
}
END_TEST

START_TEST(test_claim_holds) {
  support_claim_holds(&self_correction_claim);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T2 self_correction");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_on_the_threshold);
  tcase_add_test(core, test_true_expectation_may_rise);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
