/* L2: theory/loss_split, src/claims/loss_split. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/loss_split.h"

START_TEST(test_counterexamples) {
  support_counterexamples_fail(&loss_split_claim);
}
END_TEST

/* lambda = (10, 1), g = (1, 1), v = (1, 1): E[Delta L_D] = -eta + 10 eta^2, E[Delta L_B] = -eta +
 * eta^2. */
START_TEST(test_hand_changes) {
  quadratic *q = support_hand_instance();
  one_step_moments m;
  one_step_moments_of(q, &m);
  double error;
  ck_assert_double_eq_tol(loss_split_dominant_change(&m, 0.5, &error), -0.5 + 2.5, 1e-14);
  ck_assert(error > 0.0 && error < 1e-13);
  ck_assert_double_eq_tol(loss_split_bulk_change(&m, 0.5, &error), -0.25, 1e-15);
  ck_assert_double_eq_tol(loss_split_dominant_change(&m, 0.1, NULL), 0.0, 1e-16);
  ck_assert_double_eq_tol(loss_split_bulk_change(&m, 1.0, NULL), 0.0, 1e-15);
  quadratic_free(q);
}
END_TEST

/* Distinct numbers: lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | 13), at eta = 1/2:
 * D: -5/2 + (17 + 68)/8, B: -9/2 + (18 + 26)/8. */
START_TEST(test_hand_sums) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  one_step_moments m;
  one_step_moments_of(q, &m);
  ck_assert_double_eq_tol(loss_split_dominant_change(&m, 0.5, NULL), -2.5 + 85.0 / 8, 1e-14);
  ck_assert_double_eq_tol(loss_split_bulk_change(&m, 0.5, NULL), -4.5 + 44.0 / 8, 1e-14);
  quadratic_free(q);
}
END_TEST

/* The bound (e + gamma_5) (eta X_0 + eta^2/2 (X_1 + tau)) on sums that are given: at eta = 1/4,
 * 2/4 + 16/32 and 6/4 + 20/32. */
START_TEST(test_bounds_are_those_of_the_chapter) {
  static const double given[] = {0.0, 0x1p-7};
  for (int i = 0; i < 2; i++) {
    const one_step_moments m = {
        .d0 = 2, .d1 = 5, .taud = 11, .b0 = 6, .b1 = 7, .taub = 13, .error = given[i]};
    const double relative = given[i] + 5 * 0x1p-53;
    double error;
    ck_assert(loss_split_dominant_change(&m, 0.25, &error) == 0.0);
    ck_assert_double_eq_tol(error / relative, 1, 1e-12);
    ck_assert(loss_split_bulk_change(&m, 0.25, &error) == -0.875);
    ck_assert_double_eq_tol(error / (relative * 2.125), 1, 1e-12);
  }
}
END_TEST

START_TEST(test_claim_holds) {
  support_claim_holds(&loss_split_claim);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("L2 loss_split");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_hand_changes);
  tcase_add_test(core, test_hand_sums);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
