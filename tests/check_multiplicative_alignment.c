/* N5: theory/multiplicative_alignment, src/claims/multiplicative_alignment. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/multiplicative_alignment.h"
#include "laws/noise_geometry.h"
#include "model/random.h"
#include "sim/design_walk.h"

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

/* Two steps of the average along a run, by hand from the same random numbers. */
START_TEST(test_alignment_of_a_run) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){10, 1}, (const double[]){1, 1}, 2, 0.05);
  ck_assert_ptr_nonnull(r);
  double delta[] = {1, 1}, x[2], pull[2], expected = 0.0, mean;
  gsl_rng *rng = random_alloc(7), *again = random_alloc(7);
  for (int t = 0; t < 3; t++) {
    design_walk_step(r, r->eta, delta, x, pull, rng);
    if (t > 0)
      expected += 0.5 / (1.0 + pow(delta[1] / (10.0 * delta[0]), 2));
  }
  ck_assert_int_eq(design_walk_alignment(r, 1, 2, again, &mean), GSL_SUCCESS);
  ck_assert_double_eq_tol(mean, expected, 1e-13);
  gsl_rng_free(rng);
  gsl_rng_free(again);
  random_design_free(r);
}
END_TEST

/* The two readings part: lambda = (10, 1), b = 1, at eta_c.  After 60 steps the mean-field
 * alignment is above 0.99, and E alpha is below 0.85: the mean of n independent alignments in [0,1]
 * is below its expectation by t with probability at most exp(-2 n t^2) (Hoeffding), here below
 * 1e-10. Power: that mean, 0.71, is 0.14 below 0.85, and t is 0.076. */
START_TEST(test_readings_part) {
  enum { RUNS = 2000, STEPS = 60 };
  random_design *r =
      random_design_literal(2, 1, (const double[]){10, 1}, (const double[]){1, 1}, 1, 0.0);
  ck_assert_ptr_nonnull(r);
  law_value eta_c, limit;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  r->eta = eta_c.val;
  double m[] = {1, 1}, sum = 0.0, one;
  for (int t = 0; t < STEPS; t++)
    noise_step(r, r->eta, m);
  ck_assert_int_eq(noise_limit_alignment(r, &limit, NULL), GSL_SUCCESS);
  ck_assert_double_gt(limit.val - limit.err, 0.99);
  ck_assert_double_gt(noise_mean_field_alignment(r, m), 0.99);
  gsl_rng *rng = random_alloc(11);
  for (int run = 0; run < RUNS; run++) {
    ck_assert_int_eq(design_walk_alignment(r, STEPS - 1, 1, rng, &one), GSL_SUCCESS);
    sum += one;
  }
  const double slack = sqrt(log(1e10) / (2.0 * RUNS));
  ck_assert_double_lt(sum / RUNS + slack, 0.85);
  gsl_rng_free(rng);
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
  tcase_add_test(core, test_alignment_of_a_run);
  tcase_add_test(core, test_readings_part);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
