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

/* --- what the conclusions say of planted errors --------------------------------------------- */

static void expect_verdict(const char *name, const random_design *r, verdict expected,
                           const char *text) {
  claim_note note = {"", 0};
  for (const conclusion *c = noise_covariance_claim.conclusions; c->name != NULL; c++)
    if (strcmp(c->name, name) == 0)
      ck_assert_msg(c->check(r, &note) == expected && strstr(note.text, text) != NULL,
                    "%s with kurtosis %.17g: %s", name, r->kurtosis, note.text);
}

static random_design *design(size_t d, const double *lambda, const double *delta) {
  random_design *r = random_design_literal(d, 1, lambda, delta, 1, 0.0);
  ck_assert_ptr_nonnull(r);
  return r;
}

/* Another kurtosis c adds (c - 3) sum lambda_i^2 v_i^2 delta_i^2 to v'Sigma v: exactly at its end,
 * a(v) and mu leave it on the one side or the other. */
START_TEST(test_ends_are_sharp) {
  static const double lambda[] = {2, 1, 0}, first[] = {1, 0, 5}, last[] = {0, 1, 5};
  random_design *top = design(3, lambda, first), *bottom = design(3, lambda, last);
  expect_verdict("directional_between", top, VERDICT_HOLDS, "");
  expect_verdict("directional_between", bottom, VERDICT_HOLDS, "");
  expect_verdict("loss_between", top, VERDICT_HOLDS, "");
  expect_verdict("loss_between", bottom, VERDICT_HOLDS, "");
  top->kurtosis = bottom->kurtosis = nextafter(3.0, 4.0);
  expect_verdict("directional_between", top, VERDICT_FAILS, "a(v) - 2, along delta: sign +");
  expect_verdict("loss_between", top, VERDICT_FAILS, "mu, upper end: sign +");
  expect_verdict("loss_between", bottom, VERDICT_FAILS, "mu, lower end: sign +");
  top->kurtosis = bottom->kurtosis = nextafter(3.0, 2.0);
  expect_verdict("directional_between", top, VERDICT_FAILS, "a(v) - 2, along delta: sign -");
  expect_verdict("loss_between", top, VERDICT_FAILS, "mu, upper end: sign -");
  expect_verdict("loss_between", bottom, VERDICT_FAILS, "mu, lower end: sign -");
  random_design_free(top);
  random_design_free(bottom);
  /* Isotropic noise, (Tr S/d)|v|^2/(v'Sv): 2 along delta = e_2 of S = diag(3, 1), 2/3 along e_1. */
  random_design *r = design(2, (const double[]){3, 1}, (const double[]){0, 1});
  r->isotropic = true;
  expect_verdict("directional_between", r, VERDICT_FAILS, "a(v) - 1, along u_1: sign -");
  random_design_free(r);
}
END_TEST

/* All is looked at up to eight directions, by quadrature up to six. */
START_TEST(test_how_many_directions) {
  const double lambda[] = {9, 8, 7, 6, 5, 4, 3, 2, 1}, delta[9] = {1};
  for (size_t d = 6; d <= 9; d++) {
    random_design *r = design(d, lambda, delta);
    r->kurtosis = 4.0;
    const verdict exact = d <= 8 ? VERDICT_FAILS : VERDICT_VACUOUS;
    expect_verdict("directional_between", r, exact, "");
    expect_verdict("loss_between", r, exact, "");
    expect_verdict("closed_forms", r, exact, "");
    expect_verdict("quadrature", r, d <= 6 ? VERDICT_FAILS : VERDICT_VACUOUS, "");
    random_design_free(r);
  }
}
END_TEST

/* One direction: a = 2 along all v and mu = 2, in closed form, and c - 1 for the kurtosis c = 3 +
 * 4 n u.  The bounds are 14 u (a + 2 + 1) = 70 u and 14 u mu = 28 u; by quadrature 256 (3 + 1) u
 * times 2 * 2 and 2 more. */
START_TEST(test_bounds_are_what_they_are) {
  static const struct {
    const char *conclusion;
    int n;
    const char *text;
  } cases[] = {{"closed_forms", 0, NULL},           {"closed_forms", 6, NULL},
               {"closed_forms", -6, NULL},          {"closed_forms", 8, "mu"},
               {"closed_forms", -9, "mu"},          {"closed_forms", 17, "mu"},
               {"closed_forms", 18, "along delta"}, {"quadrature", 0, NULL},
               {"quadrature", 516, NULL},           {"quadrature", -516, NULL},
               {"quadrature", 522, "mu"},           {"quadrature", -522, "mu"},
               {"quadrature", 1038, "mu"},          {"quadrature", 1045, "along delta"}};
  random_design *r = design(1, (const double[]){1}, (const double[]){1});
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    r->kurtosis = 3.0 + cases[i].n * 0x1p-51;
    expect_verdict(cases[i].conclusion, r, cases[i].text == NULL ? VERDICT_HOLDS : VERDICT_FAILS,
                   cases[i].text == NULL ? "" : cases[i].text);
  }
  random_design_free(r);
}
END_TEST

/* More directions.  With in_state = 1 + lambda_1|delta|^2/2L the bound of the quadrature is
 * U = 256 (3^d + d^2) u times in_state (1 + lambda_1|v|^2/(v'Sv)), and U d in_state for mu; what it
 * refuses first is
 *   delta = e_2 of S = diag(8, 2, 1): a(delta) is off by c - 3, in_state = 5, (1 + 4);
 *   delta = e_1 of diag(8, 2, 1), 2 being all: along u_1 or delta alike, in_state = 2, (1 + 1);
 *   delta = (1, 4, 4) of diag(32, 1, 1): 2L = 64, a(e_1) by half of c - 3, in_state = 35/2, (1 +
 * 1).
 */
START_TEST(test_quadrature_bound) {
  static const struct {
    double lambda[3], delta[3], factor;
    const char *text;
  } cases[] = {{{8, 2, 1}, {0, 3, 0}, 25.0, "along delta"},
               {{8, 2, 1}, {3, 0, 0}, 4.0, "along delta"},
               {{32, 1, 1}, {1, 4, 4}, 70.0, "along u_1"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    random_design *r = design(3, cases[i].lambda, cases[i].delta);
    const double bound = 256.0 * (27 + 9) * 0x1p-53 * cases[i].factor;
    for (int sign = -1; sign <= 1; sign += 2) {
      r->kurtosis = 3.0 + sign * 0.95 * bound;
      expect_verdict("quadrature", r, VERDICT_HOLDS, "");
      r->kurtosis = 3.0 + sign * 1.05 * bound;
      expect_verdict("quadrature", r, VERDICT_FAILS, cases[i].text);
    }
    random_design_free(r);
  }
}
END_TEST

/* Nothing but the units' own overflow can break the invariances: of all, or of v'Sv alone, which
 * leaves mu as it is; and where nothing can be computed, nothing holds. */
START_TEST(test_overflow_is_a_change) {
  random_design *r = design(2, (const double[]){1e305, 1}, (const double[]){1, 1});
  expect_verdict("invariances", r, VERDICT_FAILS, "other units");
  random_design_free(r);
  r = design(2, (const double[]){1, 0.5}, (const double[]){1e151, 1e150});
  expect_verdict("invariances", r, VERDICT_FAILS, "other units");
  random_design_free(r);
  r = design(2, (const double[]){1, 0}, (const double[]){0, 1});
  expect_verdict("invariances", r, VERDICT_FAILS, "");
  expect_verdict("quadrature", r, VERDICT_FAILS, "nan in closed form");
  expect_verdict("closed_forms", r, VERDICT_FAILS, "the loss is 0");
  random_design_free(r);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N1 noise_covariance");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_ends_are_sharp);
  tcase_add_test(core, test_how_many_directions);
  tcase_add_test(core, test_bounds_are_what_they_are);
  tcase_add_test(core, test_quadrature_bound);
  tcase_add_test(core, test_overflow_is_a_change);
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_not_defined);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_simulation);
  tcase_add_test(core, test_signs_say_their_bits);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
