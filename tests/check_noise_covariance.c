/* N1: theory/noise_covariance, src/claims/noise_covariance. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "claims/noise_covariance.h"
#include "exact/certified.h"
#include "laws/noise_geometry.h"
#include "model/random.h"
#include "model/random_design.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&noise_covariance_claim);
}
END_TEST

/* S = diag(2, 1), delta = (1, 1): 2L = 3, Tr S^2 = 5, delta'S^3 delta = 9. */
START_TEST(test_by_hand) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.0);
  law_value value;
  double least, most;
  /* v = (1, -2) is orthogonal to S delta = (2, 1); (1, 0): (2)^2/(3*2) = 2/3. */
  ck_assert_int_eq(noise_directional_alignment(r, (const double[]){1, 1}, &value, NULL), 0);
  ck_assert(fabs(value.val - 2.0) <= value.err && value.err < 1e-14);
  ck_assert_int_eq(noise_directional_alignment(r, (const double[]){1, -2}, &value, NULL), 0);
  ck_assert(fabs(value.val - 1.0) <= value.err);
  ck_assert_int_eq(noise_directional_alignment(r, (const double[]){1, 0}, &value, NULL), 0);
  ck_assert(fabs(value.val - 5.0 / 3) <= value.err);
  ck_assert_int_eq(noise_loss_alignment(r, &value, NULL), 0);
  ck_assert(fabs(value.val - 1.6) <= value.err && value.err < 1e-14);
  noise_loss_alignment_range(r, &least, &most);
  ck_assert_double_eq_tol(least, 1.2, 1e-15);
  ck_assert_double_eq_tol(most, 1.8, 1e-15);
  random_design_free(r);
}
END_TEST

START_TEST(test_not_defined) {
  const law_value untouched = {5, 6};
  law_value value = untouched;
  diagnostic diag = {0, ""};
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 0}, (const double[]){0, 3}, 1, 0.0);
  ck_assert_int_eq(noise_loss_alignment(r, &value, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "the loss is 0"));
  ck_assert_int_eq(noise_directional_alignment(r, (const double[]){1, 0}, &value, &diag), GSL_EDOM);
  r->delta[0] = 1;
  ck_assert_int_eq(noise_directional_alignment(r, (const double[]){0, 1}, &value, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "no curvature"));
  ck_assert(value.val == untouched.val && value.err == untouched.err);
  random_design_free(r);
}
END_TEST

START_TEST(test_domain) {
  diagnostic diag;
  ck_assert_ptr_null(random_design_alloc(3, 0));
  ck_assert_ptr_null(random_design_alloc(3, 4));
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.5);
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_SUCCESS);
  r->batch = 0;
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_EINVAL);
  ck_assert_ptr_nonnull(strstr(diag.message, "batch size is 0"));
  r->batch = 1;
  r->lambda[1] = 3;
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_EDOM);
  r->lambda[1] = -1;
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_EDOM);
  r->lambda[1] = NAN;
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_EDOM);
  r->lambda[1] = 1;
  r->delta[0] = INFINITY;
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_EDOM);
  r->delta[0] = 1;
  r->eta = NAN;
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_EDOM);
  r->eta = 1e60;
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_EDOM);
  r->eta = 0;
  r->kurtosis = 0.5;
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_EDOM);
  r->kurtosis = 3;
  r->lambda[0] = r->lambda[1] = 0;
  ck_assert_int_eq(random_design_validate(r, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "do not vary"));
  random_design_free(r);
}
END_TEST

/* Monte Carlo: the mean of Z = (v'x)^2 (delta'x)^2/(2L v'Sv), whose expectation is a(v) plus the
 * square of the mean gradient.  E Z^2 <= 105 (Cauchy-Schwarz, E z^8 = 105), so that the mean of N
 * misses low by t with probability at most exp(-N t^2/(2*105)), and capped at c high by t with at
 * most exp(-N t^2/(2 (105 + c t/3))), as in sim/design_walk: no normal approximation.  False alarm
 * 1e-9 a side; an error of 0.3 in a(v) is seen. */
static double estimate(double wrong, double *slack) {
  enum { SAMPLES = 400000 };
  const double lambda[] = {2, 1, 0.5}, delta[] = {1, -1, 2}, v[] = {1, 0.5, 0};
  const double cap = 1000.0;
  gsl_rng *rng = random_alloc(77);
  double sum = 0.0, twice_loss = 0.0, curvature = 0.0, mixed = 0.0;
  for (int i = 0; i < 3; i++) {
    twice_loss += lambda[i] * delta[i] * delta[i];
    curvature += lambda[i] * v[i] * v[i];
    mixed += lambda[i] * v[i] * delta[i];
  }
  for (int s = 0; s < SAMPLES; s++) {
    double residual = 0.0, along = 0.0;
    for (int i = 0; i < 3; i++) {
      const double x = sqrt(lambda[i]) * gsl_ran_gaussian_ziggurat(rng, 1.0);
      residual += x * delta[i];
      along += x * v[i];
    }
    sum += fmin(residual * residual * along * along / (twice_loss * curvature), cap);
  }
  gsl_rng_free(rng);
  const double need = 2.0 * log(1e9) / SAMPLES;
  *slack = sqrt(need * (105.0 + cap * 0.1 / 3.0)); /* holds where it is below 0.1 */
  random_design *r = random_design_literal(3, 1, lambda, delta, 1, 0.0);
  law_value value;
  ck_assert_int_eq(noise_directional_alignment(r, v, &value, NULL), 0);
  random_design_free(r);
  const double expected = value.val + mixed * mixed / (twice_loss * curvature) + wrong;
  return sum / SAMPLES - expected;
}

START_TEST(test_simulation) {
  double slack;
  const double miss = estimate(0.0, &slack);
  ck_assert(slack < 0.13);
  ck_assert(fabs(miss) <= slack);
  ck_assert(fabs(estimate(0.3, &slack)) > slack); /* a planted error is seen */
}
END_TEST

/* What signs decide says how many bits they took. */
START_TEST(test_signs_say_their_bits) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.0);
  ck_assert_ptr_nonnull(r);
  support_signs_say_their_bits(&noise_covariance_claim, r);
  random_design_free(r);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N1 noise_covariance");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_not_defined);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_simulation);
  tcase_add_test(core, test_signs_say_their_bits);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
