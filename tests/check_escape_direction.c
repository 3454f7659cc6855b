/* N4: theory/escape_direction, src/claims/escape_direction. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "claims/escape_direction.h"
#include "exact/certified.h"
#include "laws/noise_geometry.h"
#include "model/random.h"
#include "sim/design_walk.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&escape_direction_claim);
}
END_TEST

/* lambda = (2, 1), b = 1, eta = 1/2: what is kept is (1, 1/2), and 1/(rho-1) + (1/4)/(rho-1/2) = 1
 * is 4 rho^2 - 11 rho + 5 = 0. */
START_TEST(test_by_hand) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.5);
  noise_growth growth;
  double share[2];
  const double rho = (11.0 + sqrt(41.0)) / 8.0;
  ck_assert_int_eq(noise_growth_of(r, &growth, share, NULL), GSL_SUCCESS);
  ck_assert(fabs(growth.rho.val - rho) <= growth.rho.err && growth.rho.err < 1e-13);
  ck_assert_double_eq_tol(share[0], 1.0 / (rho - 1.0), 4.0 * growth.share_error);
  ck_assert_double_eq_tol(share[1], 0.25 / (rho - 0.5), 4.0 * growth.share_error);
  ck_assert_double_eq(growth.slowest, 1.0);
  random_design_free(r);
}
END_TEST

/* lambda_i = 1/i in 200 dimensions, b = 1, at 1.2 eta_c: the ten sharpest hold 66 %. */
START_TEST(test_power_law) {
  random_design *r = random_design_alloc(200, 10);
  double share[200], sharp = 0.0, flat = 0.0;
  law_value eta_c;
  noise_growth growth;
  for (size_t i = 0; i < r->d; i++)
    r->lambda[i] = 1.0 / (double)(i + 1);
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  r->eta = 1.2 * eta_c.val;
  ck_assert_int_eq(noise_growth_of(r, &growth, share, NULL), GSL_SUCCESS);
  for (size_t i = 0; i < r->d; i++)
    *(i < 10 ? &sharp : &flat) += share[i];
  ck_assert_double_eq_tol(sharp, 0.66, 5e-3);
  ck_assert_double_eq_tol(sharp + flat, 1.0, 1e-12);
  ck_assert(growth.rho.val > 1.0);
  random_design_free(r);
}
END_TEST

START_TEST(test_domain) {
  diagnostic diag = {0, ""};
  noise_growth growth;
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.0);
  ck_assert_int_eq(noise_growth_of(r, &growth, NULL, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "not above 0"));
  r->eta = 100.0; /* far beyond every pole the growth is still there */
  ck_assert_int_eq(noise_growth_of(r, &growth, NULL, &diag), GSL_SUCCESS);
  ck_assert(growth.rho.val > 1e4 && isfinite(growth.rho.val));
  random_design_free(r);
}
END_TEST

/* One step from delta_i ~ N(0, m_i), m the leading mode, multiplies E lambda_i delta_i^2 by rho in
 * every direction.  Each ratio is of degree 6 in independent normals, given the mini-batch one of
 * degree 2; its second moment is at most 3^6 = 729 times the square of its mean, so that the mean
 * of n of them falls below rho - t with probability at most exp(-n t^2/(2*729 rho^2)).  1e-9 for
 * each of 3 directions, n = 300000: t = 0.32 rho, and a direction that keeps to itself (rho' = k_i)
 * is seen. */
START_TEST(test_every_direction_grows_alike) {
  enum { RUNS = 300000 };
  const double lambda[] = {4, 1, 0.5};
  double share[3], sum[3] = {0, 0, 0}, delta[3], x[3], pull[3];
  random_design *r = random_design_literal(3, 1, lambda, (const double[]){1, 1, 1}, 4, 0.0);
  law_value eta_c;
  noise_growth growth;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  r->eta = 2.0 * eta_c.val;
  ck_assert_int_eq(noise_growth_of(r, &growth, share, NULL), GSL_SUCCESS);
  gsl_rng *rng = random_alloc(99);
  for (int n = 0; n < RUNS; n++) {
    for (int i = 0; i < 3; i++)
      delta[i] = sqrt(share[i] / lambda[i]) * gsl_ran_gaussian_ziggurat(rng, 1.0);
    design_walk_step(r, r->eta, delta, x, pull, rng);
    for (int i = 0; i < 3; i++)
      sum[i] += lambda[i] * delta[i] * delta[i] / share[i] / RUNS;
  }
  gsl_rng_free(rng);
  const double rho = growth.rho.val, slack = sqrt(2.0 * 729.0 * log(1e9) / RUNS);
  ck_assert(slack < 0.33);
  for (int i = 0; i < 3; i++)
    ck_assert_msg(sum[i] >= rho * (1.0 - slack), "direction %d: %g of %g", i, sum[i], rho);
  /* Without what comes from the others, the flattest direction would keep k_3 < rho (1 - slack). */
  const double move = r->eta * lambda[2], alone = (1 - move) * (1 - move) + 2 * move * move / 4;
  ck_assert(alone < rho * (1.0 - slack));
  random_design_free(r);
}
END_TEST

/* What signs decide says how many bits they took. */
START_TEST(test_signs_say_their_bits) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.5);
  ck_assert_ptr_nonnull(r);
  support_signs_say_their_bits(&escape_direction_claim, r);
  random_design_free(r);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N4 escape_direction");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_power_law);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_every_direction_grows_alike);
  tcase_add_test(core, test_signs_say_their_bits);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
