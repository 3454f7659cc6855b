/* N3: theory/mean_square_stability, src/claims/mean_square_stability, and what it is simulated
 * with. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include "claims/mean_square_stability.h"
#include "exact/certified.h"
#include "laws/noise_geometry.h"
#include "laws/secular.h"
#include "model/random.h"
#include "sim/design_walk.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&mean_square_stability_claim);
}
END_TEST

static law_value threshold(size_t d, const double *lambda, size_t batch) {
  double *delta = calloc(d, sizeof *delta);
  delta[0] = 1.0;
  random_design *r = random_design_literal(d, 1, lambda, delta, batch, 0.0);
  law_value eta_c;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  random_design_free(r);
  free(delta);
  return eta_c;
}

/* d equal eigenvalues: d x/(2b - (b+1) x) = 1, so eta_c lambda = 2b/(b + 1 + d). */
START_TEST(test_equal_eigenvalues) {
  const double lambda[] = {3, 3, 3, 3, 3};
  for (size_t d = 1; d <= 5; d++)
    for (size_t b = 1; b <= 1000; b *= 10) {
      const law_value eta_c = threshold(d, lambda, b);
      const double n = (double)b, truth = 2.0 * n / (n + 1.0 + (double)d) / 3.0;
      ck_assert(fabs(eta_c.val - truth) <= eta_c.err + 1e-16 && eta_c.err < 1e-13 * truth);
    }
}
END_TEST

/* lambda = (2, 1), b = 1: 2x/(2 - 4x) + x/(2 - 2x) = 1, that is 8x^2 - 9x + 2 = 0. */
START_TEST(test_two_levels) {
  const law_value eta_c = threshold(2, (const double[]){2, 1}, 1);
  ck_assert(fabs(eta_c.val - (9.0 - sqrt(17.0)) / 16.0) <= eta_c.err && eta_c.err < 1e-14);
}
END_TEST

/* A power law in 200 dimensions: 0.30598. */
START_TEST(test_power_law) {
  double lambda[200];
  for (size_t i = 0; i < 200; i++)
    lambda[i] = 1.0 / (double)(i + 1);
  ck_assert_double_eq_tol(threshold(200, lambda, 1).val, 0.30598, 5e-6);
}
END_TEST

/* From b = 1 to huge batches: 2/lambda_1 from below. */
START_TEST(test_large_batches) {
  const double lambda[] = {1, 0.5, 0.25};
  const law_value eta_c = threshold(3, lambda, (size_t)1 << 52);
  ck_assert(eta_c.val < 2.0 && eta_c.val > 2.0 * (1.0 - 1e-15));
}
END_TEST

START_TEST(test_pole) {
  diagnostic diag = {0, ""};
  double sum = 7.0;
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.0);
  ck_assert_int_eq(noise_stability_sum(r, 0.25, &sum, &diag), GSL_SUCCESS);
  ck_assert_double_eq_tol(sum, 0.5 + 0.25 / 1.5, 1e-15);
  sum = 7.0;
  ck_assert_int_eq(noise_stability_sum(r, 0.5, &sum, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "the sharpest direction alone is unstable"));
  ck_assert_int_eq(noise_stability_sum(r, NAN, &sum, &diag), GSL_EDOM);
  ck_assert_int_eq(noise_stability_sum(r, -1.0, &sum, &diag), GSL_EDOM);
  ck_assert(sum == 7.0);
  r->batch = 0;
  law_value eta_c;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, &diag), GSL_EINVAL);
  random_design_free(r);
}
END_TEST

/* 1/tau + 3/(tau + 1) = 2: 2 tau^2 - 2 tau - 1 = 0. */
START_TEST(test_secular) {
  double tau, error;
  ck_assert_int_eq(
      secular_root((const double[]){1, 3}, (const double[]){0, 1}, NULL, 2, 2.0, &tau, &error), 0);
  ck_assert(fabs(tau - (1.0 + sqrt(3.0)) / 2.0) <= error && error < 1e-13);
  /* A tiny weight at the pole beside a huge one: the root is A/target - 1 nearly. */
  ck_assert_int_eq(
      secular_root((const double[]){1e-30, 50}, (const double[]){0, 1}, NULL, 2, 2.0, &tau, &error),
      0);
  ck_assert(fabs(tau - 24.0) <= error + 1e-12);
  /* And where the huge one cannot do it alone: 1e-30/tau = 2 - 1/(tau + 1). */
  ck_assert_int_eq(
      secular_root((const double[]){1e-30, 1}, (const double[]){0, 1}, NULL, 2, 2.0, &tau, &error),
      0);
  ck_assert(fabs(tau - 1e-30) <= error && error < 1e-42);
  ck_assert_int_eq(
      secular_root((const double[]){1, 1}, (const double[]){1, 2}, NULL, 2, 2.0, &tau, &error),
      GSL_EDOM);
  ck_assert_int_eq(
      secular_root((const double[]){1}, (const double[]){0}, NULL, 1, 0.0, &tau, &error), GSL_EDOM);
}
END_TEST

/* --- simulation ------------------------------------------------------------------------------ */

/* Growth at `factor` times eta_c in a run with batches of `batch`, its weights and the rate it is
 * held against from batches of `assumed`. */
static design_walk_growth simulate(double factor, size_t batch, size_t assumed, double *rho,
                                   double *slack) {
  enum { STEPS = 1000000 };
  const double lambda[] = {4, 2, 1, 1};
  double weight[4];
  random_design *r =
      random_design_literal(4, 1, lambda, (const double[]){1, 1, 1, 1}, assumed, 0.0);
  law_value eta_c;
  noise_growth growth;
  design_walk_growth seen;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  r->eta = factor * eta_c.val;
  ck_assert_int_eq(noise_growth_of(r, &growth, weight, NULL), GSL_SUCCESS);
  for (int i = 0; i < 4; i++)
    weight[i] /= lambda[i];
  r->batch = batch;
  gsl_rng *rng = random_alloc(4242);
  ck_assert_int_eq(design_walk_run(r, weight, growth.rho.val, STEPS, rng, &seen), GSL_SUCCESS);
  gsl_rng_free(rng);
  random_design_free(r);
  *rho = growth.rho.val;
  *slack = design_walk_slack(STEPS, 1e-9);
  return seen;
}

/* Beyond doubt (1e-9 a side) decay below eta_c and growth above it, at the rates of the theory; the
 * typical run (mean of ln R) decays in both cases. */
START_TEST(test_both_sides_of_the_threshold) {
  double rho, slack;
  design_walk_growth seen = simulate(0.5, 2, 2, &rho, &slack);
  ck_assert(slack < 0.065);
  ck_assert(rho < 1.0 - 2.0 * slack);
  ck_assert(seen.mean >= rho * (1.0 - slack) && seen.capped <= rho * (1.0 + slack));
  ck_assert(seen.mean <= 1.0 - slack);
  seen = simulate(1.5, 2, 2, &rho, &slack);
  ck_assert(rho > 1.0 + 2.0 * slack);
  ck_assert(seen.mean >= rho * (1.0 - slack) && seen.capped <= rho * (1.0 + slack));
  ck_assert(seen.mean >= 1.0 + slack);
  ck_assert(seen.log_mean < log(rho));
}
END_TEST

/* Power: noise that is half of what is assumed is seen on the low side, twice it on the high side.
 */
START_TEST(test_planted_errors_are_seen) {
  double rho, slack;
  design_walk_growth seen = simulate(1.5, 4, 2, &rho, &slack);
  ck_assert(seen.mean < rho * (1.0 - slack));
  seen = simulate(1.5, 1, 2, &rho, &slack);
  ck_assert(seen.capped > rho * (1.0 + slack));
}
END_TEST

static double log_factor(double z, void *parameters) {
  const double eta = *(const double *)parameters;
  return log(fabs(1.0 - eta * z * z)) * gsl_ran_gaussian_pdf(z, 1.0);
}

/* The second remark: E ln|1 - eta z^2| < 0 well beyond eta_c = 2/3, up to eta of 2.42. */
START_TEST(test_a_run_converges_beyond_the_threshold) {
  static const double steps[] = {2.0 / 3, 2.415, 2.425};
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(1000);
  for (size_t i = 0; i < 3; i++) {
    double eta = steps[i], half, error;
    double points[] = {0.0, 1.0 / sqrt(eta), 12.0}; /* beyond 12: below 1e-30 */
    gsl_function f = {log_factor, &eta};
    ck_assert_int_eq(gsl_integration_qagp(&f, points, 3, 1e-10, 0.0, 1000, work, &half, &error),
                     GSL_SUCCESS);
    ck_assert(i < 2 ? 2.0 * (half + error) < 0.0 : 2.0 * (half - error) > 0.0);
  }
  gsl_integration_workspace_free(work);
}
END_TEST

/* What signs decide says how many bits they took. */
START_TEST(test_signs_say_their_bits) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.0);
  ck_assert_ptr_nonnull(r);
  support_signs_say_their_bits(&mean_square_stability_claim, r);
  random_design_free(r);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N3 mean_square_stability");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_equal_eigenvalues);
  tcase_add_test(core, test_two_levels);
  tcase_add_test(core, test_power_law);
  tcase_add_test(core, test_large_batches);
  tcase_add_test(core, test_pole);
  tcase_add_test(core, test_secular);
  tcase_add_test(core, test_both_sides_of_the_threshold);
  tcase_add_test(core, test_planted_errors_are_seen);
  tcase_add_test(core, test_signs_say_their_bits);
  tcase_add_test(core, test_a_run_converges_beyond_the_threshold);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
