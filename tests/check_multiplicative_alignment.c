/* N5: theory/multiplicative_alignment, src/claims/multiplicative_alignment. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/multiplicative_alignment.h"
#include "laws/noise_geometry.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&multiplicative_alignment_claim);
}
END_TEST

/* lambda = (2, 1), b = 1, eta = 1/2 (N4): w = (8/(rho - 1), 1/(rho - 1/2)). */
START_TEST(test_limit_by_hand) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.5);
  const double rho = (11.0 + sqrt(41.0)) / 8.0, odds = 8.0 * (rho - 0.5) / (rho - 1.0);
  law_value limit;
  ck_assert_int_eq(noise_limit_alignment(r, &limit, NULL), GSL_SUCCESS);
  ck_assert(fabs(limit.val - odds / (1.0 + odds)) <= limit.err && limit.err < 1e-12);
  random_design_free(r);
}
END_TEST

/* The same problem from m = (1, 1): E 2L = 3, m+ = (0 + 1 + (1/4) 2*3, 1/4 + 1/4 + (1/4) 3). */
START_TEST(test_step_by_hand) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.5);
  double m[] = {1, 1};
  noise_step(r, 0.5, m);
  ck_assert_double_eq(m[0], 2.5);
  ck_assert_double_eq(m[1], 1.25);
  ck_assert_double_eq(noise_mean_field_alignment(r, m), 10.0 / 11.25);
  random_design_free(r);
}
END_TEST

/* Small steps: (lambda_1/lambda_2, b) = (2, 1): A/(1-A) = eta 8/(2*1*1*(2-1)) (1 + O(eta)). */
START_TEST(test_vanishes_in_proportion) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0x1p-20);
  law_value limit;
  ck_assert_int_eq(noise_limit_alignment(r, &limit, NULL), GSL_SUCCESS);
  ck_assert_double_eq_tol(limit.val / (1.0 - limit.val) / (4.0 * 0x1p-20), 1.0, 1e-4);
  random_design_free(r);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N5 multiplicative_alignment");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_limit_by_hand);
  tcase_add_test(core, test_step_by_hand);
  tcase_add_test(core, test_vanishes_in_proportion);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
