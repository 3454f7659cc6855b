/* src/model: quadratics, spectra, random seeds, diagnostics. */
#include "config.h"
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "model/diagnostic.h"
#include "model/effective_step.h"
#include "model/random.h"
#include "model/random_design.h"
#include "model/rounding.h"
#include "model/sharpness_aware.h"
#include "model/spectrum.h"

/* --- quadratics ----------------------------------------------------------------------------- */

static void expect_invalid(const quadratic *q, int code, const char *words) {
  diagnostic diag = {0, ""};
  ck_assert_int_eq(quadratic_validate(q, &diag), code);
  ck_assert_msg(strstr(diag.message, words) != NULL, "'%s' lacks '%s'", diag.message, words);
}

START_TEST(test_validate) {
  quadratic *q = support_hand_instance();
  ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
  q->lambda[1] = 10;
  expect_invalid(q, GSL_EDOM, "no gap at k = 1");
  q->lambda[1] = 11;
  expect_invalid(q, GSL_EDOM, "eigenvalues 1 and 2 rise: 10, 11");
  q->lambda[1] = -1;
  expect_invalid(q, GSL_EDOM, "eigenvalue 2 is -1");
  q->lambda[1] = 0;
  expect_invalid(q, GSL_EDOM, "eigenvalue 2 is 0");
  q->lambda[1] = NAN;
  expect_invalid(q, GSL_EDOM, "eigenvalue 2 is nan");
  q->lambda[1] = 1;
  q->g[0] = INFINITY;
  expect_invalid(q, GSL_EDOM, "gradient coordinate 1 is inf");
  q->g[0] = 1e-51;
  expect_invalid(q, GSL_EDOM, "gradient coordinate 1 is 1");
  q->g[0] = -1e-50;
  ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
  q->v[1] = -1;
  expect_invalid(q, GSL_EDOM, "noise variance 2 is -1");
  q->v[1] = 1;
  q->eta = NAN;
  expect_invalid(q, GSL_EDOM, "step size is nan");
  q->eta = -0.5;
  expect_invalid(q, GSL_EDOM, "step size is -0.5");
  q->eta = 0;
  q->k = 2;
  expect_invalid(q, GSL_EINVAL, "k = 2 is not in 1..d-1 = 1..1");
  q->k = 0;
  expect_invalid(q, GSL_EINVAL, "k = 0");
  q->k = 1;
  q->covariance = gsl_matrix_calloc(3, 3);
  expect_invalid(q, GSL_EINVAL, "covariance is 3 x 3");
  gsl_matrix_free(q->covariance);
  q->covariance = gsl_matrix_calloc(2, 2);
  expect_invalid(q, GSL_EDOM, "covariance has 0 at (1, 1), the variance there is 1");
  gsl_matrix_set_identity(q->covariance);
  ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
  gsl_matrix_set(q->covariance, 0, 1, 0.5);
  expect_invalid(q, GSL_EDOM, "covariance has 0.5 at (1, 2) and 0 at (2, 1)");
  gsl_matrix_set(q->covariance, 1, 0, 0.5);
  ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
  gsl_matrix_set_all(q->covariance, 1.0);
  ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
  gsl_matrix_set(q->covariance, 0, 1, 2.0);
  gsl_matrix_set(q->covariance, 1, 0, 2.0);
  expect_invalid(q, GSL_EDOM, "covariance has the eigenvalue -");
  quadratic_free(q);
  ck_assert_ptr_null(quadratic_alloc(2, 0));
  ck_assert_ptr_null(quadratic_alloc(2, 2));
  quadratic_free(NULL);
}
END_TEST

/* Each value at the ends of its domain, and one step beyond, in each coordinate. */
START_TEST(test_ends_of_the_domain) {
  static const double lambda[] = {4, 3, 3, 2, 2}, g[] = {1, -1, 2, 0, 1}, v[] = {1, 2, 0, 1, 3};
  quadratic *q = quadratic_literal(5, 2, lambda, g, v, 0.0);
  expect_invalid(q, GSL_EDOM, "no gap at k = 2");
  q->k = 4;
  expect_invalid(q, GSL_EDOM, "no gap at k = 4");
  q->k = 5;
  expect_invalid(q, GSL_EINVAL, "k = 5");
  q->k = 3;
  ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
  ck_assert(quadratic_gap_ratio(q) == 1.5 && quadratic_condition_number(q) == 2.0);
  for (size_t i = 0; i < q->d; i++) {
    const struct {
      double *at, least, most;
    } ends[] = {{&q->g[i], QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX},
                {&q->v[i], QUADRATIC_VARIANCE_MIN, QUADRATIC_VARIANCE_MAX}};
    for (size_t e = 0; e < 2; e++) {
      const double kept = *ends[e].at;
      *ends[e].at = ends[e].least;
      ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
      *ends[e].at = nextafter(ends[e].least, 0.0);
      expect_invalid(q, GSL_EDOM, "neither 0 nor");
      *ends[e].at = ends[e].most;
      ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
      *ends[e].at = nextafter(ends[e].most, INFINITY);
      expect_invalid(q, GSL_EDOM, "neither 0 nor");
      *ends[e].at = kept;
    }
  }
  q->lambda[0] = QUADRATIC_LAMBDA_MAX;
  q->lambda[4] = QUADRATIC_LAMBDA_MIN;
  ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
  q->lambda[4] = nextafter(QUADRATIC_LAMBDA_MIN, 0.0);
  expect_invalid(q, GSL_EDOM, "eigenvalue 5");
  q->lambda[4] = 2;
  q->lambda[0] = nextafter(QUADRATIC_LAMBDA_MAX, INFINITY);
  expect_invalid(q, GSL_EDOM, "eigenvalue 1");
  q->lambda[0] = 4;
  q->lambda[4] = 2.5;
  expect_invalid(q, GSL_EDOM, "eigenvalues 4 and 5 rise: 2, 2.5");
  q->lambda[4] = 5; /* in no order: least and most are looked for */
  q->lambda[0] = 1;
  ck_assert(quadratic_condition_number(q) == 5.0);
  quadratic_free(q);
}
END_TEST

/* (1, -x; -x, 1) has the least eigenvalue 1 - x and the norm sqrt(2 + 2 x^2), about 2. */
START_TEST(test_covariance_is_semidefinite_to_rounding) {
  quadratic *q = support_hand_instance();
  q->covariance = gsl_matrix_alloc(2, 2);
  gsl_matrix_set_identity(q->covariance);
  const double allowed = 8 * 2 * 0x1p-53 * 2, scales[] = {1, 0x1p40, 0x1p-40};
  for (int c = 0; c < 6; c++) {
    const double x = 1 + (c % 2 ? 1.3 : 0.7) * allowed, scale = scales[c / 2];
    q->v[0] = q->v[1] = scale;
    gsl_matrix_set_all(q->covariance, scale);
    gsl_matrix_set(q->covariance, 0, 1, -x * scale);
    gsl_matrix_set(q->covariance, 1, 0, -x * scale);
    ck_assert_int_eq(quadratic_validate(q, NULL), c % 2 ? GSL_EDOM : GSL_SUCCESS);
  }
  q->v[0] = q->v[1] = 1;
  gsl_matrix_set_identity(q->covariance);
  gsl_matrix_set(q->covariance, 1, 1, 2.0);
  expect_invalid(q, GSL_EDOM, "covariance has 2 at (2, 2), the variance there is 1");
  quadratic_free(q);
}
END_TEST

/* u = (1, 2, 3), g = (2, 5, -1): along the gradient 2/4, and (10 - 3)/26 in the bulk. */
START_TEST(test_effective_step) {
  const double update[] = {1, 2, 3}, g[] = {2, 5, -1}, none[] = {0, 5, -1}, alone[] = {2, 0, 0};
  effective_step found = {7, 7};
  ck_assert_int_eq(effective_step_of(update, none, 3, 1, &found), GSL_EDOM);
  ck_assert_int_eq(effective_step_of(update, alone, 3, 1, &found), GSL_EDOM);
  ck_assert(found.dominant == 7 && found.bulk == 7);
  ck_assert_int_eq(effective_step_of(update, g, 3, 1, &found), GSL_SUCCESS);
  ck_assert(found.dominant == 0.5 && found.bulk == 7.0 / 26);
  ck_assert_int_eq(effective_step_of(update, g, 3, 2, &found), GSL_SUCCESS);
  ck_assert(found.dominant == 12.0 / 29 && found.bulk == -3.0);
}
END_TEST

/* The smaller root of lambda e^2 - (1 - beta + eta lambda) e + eta, where momentum does not
 * oscillate: with sqrt(beta) = 1/2 up to eta lambda = 1/4. */
START_TEST(test_effective_step_of_momentum) {
  static const double moves[] = {1e-6, 0.01, 0.1, 0.24};
  for (int i = 0; i < 4; i++)
    for (int b = 0; b < 3; b++) {
      const double beta = 0.125 * b, lambda = 3.0, eta = moves[i] / lambda;
      const double e = effective_step_of_momentum(lambda, eta, beta);
      const double sum = 1 - beta + eta * lambda;
      ck_assert_double_eq_tol(lambda * e * e - sum * e + eta, 0.0, 1e-15 * eta);
      ck_assert(e >= eta / (1 - beta) * (1 - 1e-15) && e <= 2 * eta / sum);
    }
  ck_assert(isnan(effective_step_of_momentum(1.0, 0.25, 0.25)));
  ck_assert_double_eq_tol(effective_step_of_momentum(1.0, nextafter(0.25, 0.0), 0.25), 0.5, 1e-7);
  ck_assert(isnan(effective_step_of_momentum(1.0, 3.0, 0.25)));
}
END_TEST

/* h = 3 + 2 * 9/4; the edge is where eta h = 2, and the cycle's norm is the one whose edge is
 * lambda. */
START_TEST(test_sharpness_aware) {
  ck_assert(sharpness_aware_curvature(3, 2, 4) == 7.5);
  static const double radii[] = {1e-9, 0.1, 2.0, 1e5};
  for (int i = 0; i < 4; i++) {
    const double eta = 0.3, norm = 0.7, edge = sharpness_aware_edge(eta, radii[i], norm);
    ck_assert_double_eq_tol(0.5 * eta * (edge + radii[i] * edge * edge / norm), 1.0, 2e-15);
    const double cycle = sharpness_aware_cycle(1.7, eta, radii[i]);
    ck_assert_double_eq_tol(0.5 * eta * (1.7 + radii[i] * 1.7 * 1.7 / cycle), 1.0, 2e-15);
  }
}
END_TEST

/* The first output of SplitMix64 from the state 0, which is published, starts e220a839; the seed of
 * trial s of the run s and of no name is mix(mix(s) ^ mix(s)) = mix(0). */
START_TEST(test_seeds_are_those_of_splitmix) {
  for (size_t s = 0; s < 5; s++)
    ck_assert_uint_eq(random_trial_seed(s, "", s), UINT32_C(0xe220a839));
}
END_TEST

/* A stream of which the uniform numbers are known says what the others are made of. */
START_TEST(test_draws_are_made_of_uniform_ones) {
  gsl_rng *one = random_alloc(5), *other = random_alloc(5);
  for (int i = 0; i < 200; i++) {
    ck_assert_double_eq_tol(random_uniform(one, -2, 6), -2 + 8 * gsl_rng_uniform(other), 1e-14);
    ck_assert_double_eq_tol(log(random_log_uniform(one, 2, 32)),
                            (1 + 4 * gsl_rng_uniform(other)) * M_LN2, 1e-14);
    ck_assert_uint_eq(random_index(one, 3, 7), 3 + gsl_rng_uniform_int(other, 5));
    ck_assert_int_eq(random_chance(one, 0.25), gsl_rng_uniform(other) < 0.25);
    ck_assert_int_eq(random_sign(one), gsl_rng_uniform(other) < 0.5 ? 1 : -1);
  }
  gsl_rng_free(one);
  gsl_rng_free(other);
}
END_TEST

/* Yes below the probability, to the bit. */
START_TEST(test_chance_has_an_edge) {
  gsl_rng *one = random_alloc(17), *other = random_alloc(17), *third = random_alloc(17);
  for (int i = 0; i < 10; i++) {
    const double drawn = gsl_rng_uniform(one);
    ck_assert(!random_chance(other, drawn) && random_chance(third, nextafter(drawn, 1.0)));
  }
  gsl_rng_free(one);
  gsl_rng_free(other);
  gsl_rng_free(third);
}
END_TEST

START_TEST(test_clone_is_deep) {
  quadratic *q = support_hand_instance();
  q->bias = calloc(2, sizeof *q->bias);
  q->bias[1] = 3;
  q->covariance = gsl_matrix_calloc(2, 2);
  q->eta_late = 0.5;
  q->switch_step = 9;
  quadratic *copy = quadratic_clone(q);
  q->lambda[0] = q->bias[1] = 0;
  gsl_matrix_set(q->covariance, 0, 1, 4);
  ck_assert(copy->lambda[0] == 10 && copy->bias[1] == 3);
  ck_assert(gsl_matrix_get(copy->covariance, 0, 1) == 0);
  ck_assert(copy->eta_late == 0.5 && copy->switch_step == 9);
  quadratic_free(q);
  quadratic_free(copy);
}
END_TEST

/* Unsorted, the least one first, and below 1, where a square is less than its root. */
START_TEST(test_condition_number_looks_at_all) {
  static const double lambda[] = {0.5, 2, 1}, zero[3] = {0};
  quadratic *q = quadratic_literal(3, 1, lambda, zero, zero, 0.0);
  ck_assert(quadratic_condition_number(q) == 4.0);
  quadratic_free(q);
}
END_TEST

/* Each value arrives where it belongs, at sizes that are no multiple of anything. */
START_TEST(test_literal_copies_all) {
  static const double lambda[] = {13, 11, 7, 5, 3}, g[] = {1, 2, 3, 4, 5}, v[] = {6, 7, 8, 9, 10};
  quadratic *q = quadratic_literal(5, 1, lambda, g, v, 0.25);
  q->bias = calloc(5, sizeof *q->bias);
  for (size_t i = 0; i < 5; i++)
    q->bias[i] = -g[i];
  quadratic *copy = quadratic_clone(q);
  quadratic_free(q);
  ck_assert(copy->d == 5 && copy->k == 1 && copy->eta == 0.25);
  for (size_t i = 0; i < 5; i++)
    ck_assert(copy->lambda[i] == lambda[i] && copy->g[i] == g[i] && copy->v[i] == v[i] &&
              copy->bias[i] == -g[i]);
  quadratic_free(copy);
}
END_TEST

/* No noise at all has the eigenvalue 0, and the bound on it is 0.  No rectangle is a covariance. */
START_TEST(test_covariance_of_nothing) {
  quadratic *q = support_hand_instance();
  q->v[0] = q->v[1] = 0.0;
  q->covariance = gsl_matrix_calloc(2, 2);
  ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
  gsl_matrix_free(q->covariance);
  q->covariance = gsl_matrix_calloc(2, 3);
  expect_invalid(q, GSL_EINVAL, "covariance is 2 x 3, not 2 x 2");
  gsl_matrix_free(q->covariance);
  q->covariance = gsl_matrix_calloc(3, 2);
  expect_invalid(q, GSL_EINVAL, "covariance is 3 x 2, not 2 x 2");
  quadratic_free(q);
}
END_TEST

/* --- designs -------------------------------------------------------------------------------- */

static const double design_lambda[] = {8, 4, 2, 0, 0}, design_delta[] = {1, -2, 0, 3, 5};

static random_design *hand_design(void) {
  random_design *r = random_design_literal(5, 2, design_lambda, design_delta, 3, 0.25);
  ck_assert_ptr_nonnull(r);
  return r;
}

START_TEST(test_design_is_copied) {
  ck_assert_ptr_null(random_design_alloc(3, 0));
  ck_assert_ptr_null(random_design_alloc(3, 4));
  random_design *fresh = random_design_alloc(3, 3);
  ck_assert(fresh->d == 3 && fresh->k == 3 && fresh->batch == 1 && fresh->kurtosis == 3.0);
  ck_assert(fresh->eta == 0.0 && !fresh->isotropic && !fresh->uncentred);
  for (size_t i = 0; i < 3; i++)
    ck_assert(fresh->lambda[i] == 0.0 && fresh->delta[i] == 0.0);
  random_design_free(fresh);
  fresh = random_design_alloc(1, 1);
  ck_assert_ptr_nonnull(fresh);
  random_design_free(fresh);
  random_design *r = hand_design();
  r->kurtosis = 1.5;
  r->uncentred = true;
  random_design *one = random_design_clone(r);
  r->uncentred = false;
  r->isotropic = true;
  random_design *other = random_design_clone(r);
  random_design_free(r);
  ck_assert(one->uncentred && !one->isotropic && other->isotropic && !other->uncentred);
  ck_assert(one->d == 5 && one->k == 2 && one->batch == 3 && one->eta == 0.25 &&
            one->kurtosis == 1.5);
  for (size_t i = 0; i < 5; i++)
    ck_assert(one->lambda[i] == design_lambda[i] && one->delta[i] == design_delta[i]);
  random_design_free(one);
  random_design_free(other);
  random_design_free(NULL);
}
END_TEST

START_TEST(test_rank_counts_the_positive) {
  random_design *r = hand_design();
  ck_assert_uint_eq(random_design_rank(r), 3);
  r->lambda[3] = r->lambda[4] = 1e-25;
  ck_assert_uint_eq(random_design_rank(r), 5);
  r->lambda[0] = 0.0;
  ck_assert_uint_eq(random_design_rank(r), 0);
  random_design_free(r);
}
END_TEST

static void expect_design(const random_design *r, int code, const char *words) {
  diagnostic diag = {0, ""};
  ck_assert_int_eq(random_design_validate(r, &diag), code);
  ck_assert_msg(strstr(diag.message, words) != NULL, "'%s' lacks '%s'", diag.message, words);
}

START_TEST(test_domain_of_designs) {
  random_design *r = hand_design();
  expect_design(r, GSL_SUCCESS, "");
  r->k = 0;
  expect_design(r, GSL_EINVAL, "k = 0 is not in 1..5");
  r->k = 6;
  expect_design(r, GSL_EINVAL, "k = 6 is not in 1..5");
  r->k = 5;
  expect_design(r, GSL_SUCCESS, "");
  r->k = 1;
  r->batch = 0;
  expect_design(r, GSL_EINVAL, "the batch size is 0");
  r->batch = 1;
  expect_design(r, GSL_SUCCESS, "");
  r->kurtosis = 1.0;
  expect_design(r, GSL_SUCCESS, "");
  r->kurtosis = nextafter(1.0, 0.0);
  expect_design(r, GSL_EDOM, "the kurtosis is 0.99");
  r->kurtosis = INFINITY;
  expect_design(r, GSL_EDOM, "the kurtosis is inf");
  r->kurtosis = 3.0;
  r->eta = 0.0;
  expect_design(r, GSL_SUCCESS, "");
  r->eta = -0.125;
  expect_design(r, GSL_EDOM, "eta lambda_1 = -1 is not in");
  r->eta = RANDOM_DESIGN_MOVE_MAX / 8;
  expect_design(r, GSL_SUCCESS, "");
  r->eta = nextafter(RANDOM_DESIGN_MOVE_MAX, INFINITY) / 8;
  expect_design(r, GSL_EDOM, "eta lambda_1 = 1");
  r->eta = 0.0;
  r->lambda[1] = 8.0;
  expect_design(r, GSL_SUCCESS, "");
  r->lambda[1] = nextafter(8.0, 9.0);
  expect_design(r, GSL_EDOM, "lambda[2] = 8.000000000000001");
  r->lambda[1] = 4.0;
  r->lambda[4] = nextafter(QUADRATIC_LAMBDA_MIN, 0.0);
  expect_design(r, GSL_EDOM, "lambda[5] = 9.99");
  r->lambda[4] = 1e-200; /* no zero, though its square is */
  expect_design(r, GSL_EDOM, "lambda[5] = 9.99");
  r->lambda[3] = r->lambda[4] = QUADRATIC_LAMBDA_MIN;
  expect_design(r, GSL_SUCCESS, "");
  r->lambda[0] = QUADRATIC_LAMBDA_MAX;
  expect_design(r, GSL_SUCCESS, "");
  r->lambda[0] = nextafter(QUADRATIC_LAMBDA_MAX, INFINITY);
  expect_design(r, GSL_EDOM, "lambda[1] = 1");
  for (size_t i = 0; i < 5; i++)
    r->lambda[i] = 0.0;
  expect_design(r, GSL_EDOM, "every lambda is 0");
  r->lambda[0] = 1.0;
  for (size_t i = 0; i < 5; i += 4) {
    r->delta[i] = -QUADRATIC_GRADIENT_MAX;
    expect_design(r, GSL_SUCCESS, "");
    r->delta[i] = nextafter(-QUADRATIC_GRADIENT_MAX, -INFINITY);
    expect_design(r, GSL_EDOM, i == 0 ? "delta[1] = -1.0" : "delta[5] = -1.0");
    r->delta[i] = -QUADRATIC_GRADIENT_MIN;
    expect_design(r, GSL_SUCCESS, "");
    r->delta[i] = nextafter(QUADRATIC_GRADIENT_MIN, 0.0);
    expect_design(r, GSL_EDOM, "is neither 0 nor in");
    r->delta[i] = 0.0;
  }
  random_design_free(r);
}
END_TEST

/* --- spectra -------------------------------------------------------------------------------- */

START_TEST(test_proposal) {
  const double clear[] = {100, 90, 80, 2, 1.9, 1.8, 1.7};
  ck_assert_uint_eq(spectrum_propose_dominant(clear, 7), 3);
  /* A gap in the second half does not count: half of the directions are no dominant set. */
  const double late[] = {10, 9, 8, 7, 1e-9};
  ck_assert_uint_eq(spectrum_propose_dominant(late, 5), 2);
  const double ties[] = {8, 4, 2, 1};
  ck_assert_uint_eq(spectrum_propose_dominant(ties, 4), 1);
  const double two[] = {3, 1};
  ck_assert_uint_eq(spectrum_propose_dominant(two, 2), 1);
}
END_TEST

START_TEST(test_from_eigenvalues) {
  const double mixed[] = {1, 100, 2, 90};
  spectrum *s = NULL;
  diagnostic diag;
  ck_assert_int_eq(spectrum_from_eigenvalues(mixed, 4, 0, &s, &diag), GSL_SUCCESS);
  ck_assert(s->k == 2 && s->lambda[0] == 100 && s->lambda[3] == 1);
  spectrum_free(s);
  s = NULL;
  const double far[] = {1e200, 1e-200}; /* their squares are no numbers */
  ck_assert_int_eq(spectrum_from_eigenvalues(far, 2, 1, &s, &diag), GSL_SUCCESS);
  spectrum_free(s);
  s = NULL;
  ck_assert_int_eq(spectrum_from_eigenvalues(mixed, 4, 4, &s, &diag), GSL_EINVAL);
  ck_assert_ptr_nonnull(strstr(diag.message, "k = 4 is not in 1..d-1 = 1..3"));
  const double bad[] = {1, -2};
  ck_assert_int_eq(spectrum_from_eigenvalues(bad, 2, 1, &s, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "eigenvalue 2 is -2"));
  const double equal[] = {1, 1};
  ck_assert_int_eq(spectrum_from_eigenvalues(equal, 2, 1, &s, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "no gap at k = 1"));
  ck_assert_int_eq(spectrum_from_eigenvalues(mixed, 1, 1, &s, &diag), GSL_EINVAL);
  ck_assert_ptr_null(s);
}
END_TEST

/* U diag(lambda) U' from a random reflection U, decomposed again: residual, orthonormality and
 * eigenvalues, with GSL (d = 20) and with LAPACK (d = 150, where configured). */
static void check_decomposition(size_t d) {
  gsl_matrix *a = gsl_matrix_calloc(d, d);
  gsl_vector *normal = gsl_vector_alloc(d);
  gsl_rng *rng = random_alloc(5);
  for (size_t i = 0; i < d; i++)
    gsl_vector_set(normal, i, gsl_ran_gaussian(rng, 1.0));
  gsl_vector_scale(normal, 1.0 / gsl_blas_dnrm2(normal));
  /* (I - 2nn') L (I - 2nn') with L = diag(1..d) */
  double middle = 0.0;
  for (size_t i = 0; i < d; i++)
    middle += gsl_vector_get(normal, i) * gsl_vector_get(normal, i) * (double)(i + 1);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j <= i; j++) {
      const double n = gsl_vector_get(normal, i) * gsl_vector_get(normal, j);
      const double value =
          (i == j ? (double)(i + 1) : 0.0) - 2.0 * n * (double)(i + j + 2) + 4.0 * middle * n;
      gsl_matrix_set(a, i, j, value);
      gsl_matrix_set(a, j, i, value);
    }
  spectrum *s = NULL;
  diagnostic diag = {0, ""};
  ck_assert_msg(spectrum_from_matrix(a, 3, &s, &diag) == GSL_SUCCESS, "%s", diag.message);
  for (size_t i = 0; i < d; i++)
    ck_assert(fabs(s->lambda[i] - (double)(d - i)) <= 2.0 * s->lambda_error);
  gsl_matrix *product = gsl_matrix_alloc(d, d);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, s->basis, s->basis, 0.0, product);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++)
      ck_assert(fabs(gsl_matrix_get(product, i, j) - (i == j)) <= 16.0 * (double)d * ROUNDING_UNIT);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, a, s->basis, 0.0, product);
  for (size_t j = 0; j < d; j++)
    for (size_t i = 0; i < d; i++)
      ck_assert(fabs(gsl_matrix_get(product, i, j) -
                     s->lambda[j] * gsl_matrix_get(s->basis, i, j)) <= 2.0 * s->lambda_error);
  gsl_matrix_free(a);
  gsl_matrix_free(product);
  gsl_vector_free(normal);
  gsl_rng_free(rng);
  spectrum_free(s);
}

START_TEST(test_from_matrix) {
  check_decomposition(20);
  check_decomposition(150);
}
END_TEST

static void expect_refused(double a, double b, double c, double d, const char *words) {
  gsl_matrix *m = gsl_matrix_alloc(2, 2);
  gsl_matrix_set(m, 0, 0, a);
  gsl_matrix_set(m, 0, 1, b);
  gsl_matrix_set(m, 1, 0, c);
  gsl_matrix_set(m, 1, 1, d);
  spectrum *s = NULL;
  diagnostic diag = {0, ""};
  ck_assert_int_eq(spectrum_from_matrix(m, 1, &s, &diag), GSL_EDOM);
  ck_assert_msg(strstr(diag.message, words) != NULL, "'%s' lacks '%s'", diag.message, words);
  ck_assert_ptr_null(s);
  gsl_matrix_free(m);
}

START_TEST(test_matrix_refusals) {
  expect_refused(2, 1, 1.5, 3, "not symmetric: entry (1, 2) is 1 but (2, 1) is 1.5");
  expect_refused(1, 2, 2, 1, "not positive definite");
  expect_refused(1, NAN, NAN, 1, "entry (1, 2) is nan");
  expect_refused(2, 0, 0, 2, "no gap at k = 1");
  gsl_matrix *wide = gsl_matrix_calloc(2, 3);
  spectrum *s = NULL;
  diagnostic diag;
  ck_assert_int_eq(spectrum_from_matrix(wide, 1, &s, &diag), GSL_ENOTSQR);
  gsl_matrix_free(wide);
}
END_TEST

START_TEST(test_semidefinite) {
  /* diag(4, 1, 0): rank 2, and a basis of two columns. */
  gsl_matrix *m = gsl_matrix_calloc(3, 3);
  gsl_matrix_set(m, 0, 0, 1);
  gsl_matrix_set(m, 1, 1, 4);
  spectrum *s = NULL;
  diagnostic diag;
  ck_assert_int_eq(spectrum_from_semidefinite(m, 0, 1e-10, &s, &diag), GSL_SUCCESS);
  ck_assert(s->d == 2 && s->basis->size2 == 2 && s->lambda[0] == 4 && s->lambda[1] == 1);
  spectrum_free(s);
  gsl_matrix_set(m, 2, 2, -1);
  s = NULL;
  ck_assert_int_eq(spectrum_from_semidefinite(m, 0, 1e-10, &s, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "negative curvature"));
  gsl_matrix_free(m);
}
END_TEST

/* What is before the first and behind the last eigenvalue is not looked at. */
START_TEST(test_proposal_keeps_to_its_own) {
  const double around[] = {1e9, 8, 4, 2, 1, 1e-9};
  ck_assert_uint_eq(spectrum_propose_dominant(around + 1, 4), 1);
  ck_assert_uint_eq(spectrum_propose_dominant(around + 3, 2), 1);
  const double three[] = {5, 4, 1}; /* the larger gap is beyond d/2 */
  ck_assert_uint_eq(spectrum_propose_dominant(three, 3), 1);
}
END_TEST

static void expect_eigenvalues(const double *lambda, size_t d, int code, const char *words) {
  spectrum *s = NULL;
  diagnostic diag = {0, ""};
  ck_assert_int_eq(spectrum_from_eigenvalues(lambda, d, 1, &s, &diag), code);
  ck_assert_str_eq(diag.message, words);
  for (size_t i = 1; s != NULL && i < d; i++)
    ck_assert(s->lambda[i - 1] >= s->lambda[i]);
  spectrum_free(s);
}

START_TEST(test_eigenvalues_at_the_edge) {
  expect_eigenvalues((const double[]){1, 3, 2, 3, 4}, 5, GSL_SUCCESS, "");
  expect_eigenvalues((const double[]){0, 1}, 2, GSL_EDOM,
                     "eigenvalue 1 is 0: not finite and positive");
  expect_eigenvalues((const double[]){1, INFINITY}, 2, GSL_EDOM,
                     "eigenvalue 2 is inf: not finite and positive");
  expect_eigenvalues((const double[]){1}, 1, GSL_EINVAL, "1 eigenvalue: at least 2 are needed");
  expect_eigenvalues((const double[]){1}, 0, GSL_EINVAL, "0 eigenvalues: at least 2 are needed");
}
END_TEST

static gsl_matrix *diagonal(size_t n, const double *values) {
  gsl_matrix *m = gsl_matrix_calloc(n, n);
  for (size_t i = 0; i < n; i++)
    gsl_matrix_set(m, i, i, values[i]);
  return m;
}

/* diag(3, 4, x) has the norm 5 and the error 8 * 3 * u * 5 exactly, where x is as small as that: an
 * eigenvalue is positive above it, negative below minus it, and nothing in between. */
START_TEST(test_error_of_eigenvalues_decides) {
  const double error = 8 * 3 * 0x1p-53 * 5;
  const struct {
    double least;
    int definite, semidefinite;
    size_t rank;
  } cases[] = {{nextafter(error, 1.0), GSL_SUCCESS, GSL_SUCCESS, 3},
               {error, GSL_EDOM, GSL_SUCCESS, 2},
               {0.0, GSL_EDOM, GSL_SUCCESS, 2},
               {-error, GSL_EDOM, GSL_SUCCESS, 2},
               {nextafter(-error, -1.0), GSL_EDOM, GSL_EDOM, 0}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    gsl_matrix *m = diagonal(3, (const double[]){3, 4, cases[c].least});
    spectrum *s = NULL;
    diagnostic diag = {0, ""};
    ck_assert_int_eq(spectrum_from_matrix(m, 1, &s, &diag), cases[c].definite);
    if (s != NULL) {
      ck_assert(s->lambda_error == error && s->basis->size2 == 3);
      ck_assert_str_eq(diag.message, ""); /* nothing is said where nothing is wrong */
    }
    spectrum_free(s);
    s = NULL;
    ck_assert_int_eq(spectrum_from_semidefinite(m, 1, 0.0, &s, &diag), cases[c].semidefinite);
    if (s != NULL)
      ck_assert(s->d == cases[c].rank && s->basis->size2 == s->d && s->lambda[0] == 4);
    spectrum_free(s);
    gsl_matrix_free(m);
  }
}
END_TEST

/* Of 8, 4, 2 a quarter of the largest is not above a quarter of the largest. */
START_TEST(test_cutoff_is_relative) {
  gsl_matrix *m = diagonal(3, (const double[]){4, 8, 2});
  spectrum *s = NULL;
  diagnostic diag;
  ck_assert_int_eq(spectrum_from_semidefinite(m, 1, 0.25, &s, &diag), GSL_SUCCESS);
  ck_assert_uint_eq(s->d, 2);
  spectrum_free(s);
  s = NULL;
  ck_assert_int_eq(spectrum_from_semidefinite(m, 1, nextafter(0.25, 0.0), &s, &diag), GSL_SUCCESS);
  ck_assert_uint_eq(s->d, 3);
  spectrum_free(s);
  s = NULL;
  gsl_matrix_set_zero(m);
  ck_assert_int_eq(spectrum_from_semidefinite(m, 1, 0.25, &s, &diag), GSL_EINVAL);
  ck_assert_str_eq(diag.message, "0 eigenvalues: at least 2 are needed");
  gsl_matrix_free(m);
}
END_TEST

/* 8 u max|a| is rounding, more is not; the largest entry may be anywhere. */
START_TEST(test_symmetry_has_a_bound) {
  for (size_t place = 0; place < 2; place++) {
    gsl_matrix *m = diagonal(2, (const double[]){place == 0 ? 1024 : 1, place == 0 ? 1 : 1024});
    spectrum *s = NULL;
    diagnostic diag = {0, ""};
    gsl_matrix_set(m, 1, 0, 8 * 0x1p-53 * 1024);
    ck_assert_int_eq(spectrum_from_matrix(m, 1, &s, &diag), GSL_SUCCESS);
    spectrum_free(s);
    s = NULL;
    gsl_matrix_set(m, 1, 0, nextafter(8 * 0x1p-53 * 1024, 1.0));
    ck_assert_int_eq(spectrum_from_matrix(m, 1, &s, &diag), GSL_EDOM);
    ck_assert_ptr_nonnull(strstr(diag.message, "not symmetric"));
    gsl_matrix_free(m);
  }
  expect_refused(NAN, 0, 0, 1, "entry (1, 1) is nan");
}
END_TEST

/* --- random seeds, diagnostics, rounding ---------------------------------------------------- */

START_TEST(test_seeds) {
  /* Seeds of a trial depend on all three; none is 0; 10^4 of them hardly collide. */
  const uint32_t seed = random_trial_seed(1, "T1", 0);
  ck_assert(seed == random_trial_seed(1, "T1", 0));
  ck_assert(seed != random_trial_seed(2, "T1", 0));
  ck_assert(seed != random_trial_seed(1, "T2", 0));
  ck_assert(seed != random_trial_seed(1, "T1", 1));
  static unsigned char seen[1 << 16];
  size_t same = 0;
  for (size_t t = 0; t < 10000; t++) {
    const uint32_t x = random_trial_seed(1, "T1", t);
    ck_assert(x != 0);
    same += seen[x >> 16];
    seen[x >> 16] = 1;
  }
  /* 10^4 balls in 2^16 boxes: 720 +- 25 fall into a box that is taken. */
  ck_assert(same > 720 - 8 * 25 && same < 720 + 8 * 25);
}
END_TEST

START_TEST(test_draws) {
  gsl_rng *rng = random_alloc(3);
  size_t counts[4] = {0};
  for (int n = 0; n < 4000; n++) {
    const double x = random_log_uniform(rng, 1e-6, 1e6);
    ck_assert(x >= 1e-6 * (1 - 1e-14) && x <= 1e6 * (1 + 1e-14));
    const size_t i = random_index(rng, 2, 5);
    ck_assert(i >= 2 && i <= 5);
    counts[i - 2]++;
    const int sign = random_sign(rng);
    ck_assert(sign == 1 || sign == -1);
  }
  for (int i = 0; i < 4; i++)
    ck_assert(counts[i] > 1000 - 8 * 28 && counts[i] < 1000 + 8 * 28);
  gsl_rng_free(rng);
}
END_TEST

START_TEST(test_diagnostics) {
  diagnostic diag;
  ck_assert_int_eq(diagnostic_set(&diag, GSL_EDOM, "value %d", 7), GSL_EDOM);
  ck_assert_str_eq(diag.message, "value 7");
  ck_assert_int_eq(diagnostic_prefix(&diag, "file.csv:3"), GSL_EDOM);
  ck_assert_str_eq(diag.message, "file.csv:3: value 7");
  char longest[2 * DIAGNOSTIC_LENGTH];
  memset(longest, 'x', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  diagnostic_prefix(&diag, longest);
  ck_assert_uint_eq(strlen(diag.message), DIAGNOSTIC_LENGTH - 1);
  diagnostic_set(&diag, GSL_EDOM, "0123456789");
  longest[DIAGNOSTIC_LENGTH - 8] = '\0'; /* 5 bytes are left behind ": " and before the end */
  diagnostic_prefix(&diag, longest);
  ck_assert_str_eq(diag.message + DIAGNOSTIC_LENGTH - 8, ": 01234");
  ck_assert_int_eq(diagnostic_set(NULL, GSL_EINVAL, "nobody listens"), GSL_EINVAL);
}
END_TEST

START_TEST(test_gamma) {
  ck_assert(ROUNDING_UNIT == 0x1p-53);
  ck_assert(rounding_gamma(1) > 0x1p-53 && rounding_gamma(1) < 0x1.0001p-53);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("model");
  TCase *core = tcase_create("core");
  tcase_add_test(core, test_validate);
  tcase_add_test(core, test_ends_of_the_domain);
  tcase_add_test(core, test_covariance_is_semidefinite_to_rounding);
  tcase_add_test(core, test_effective_step);
  tcase_add_test(core, test_effective_step_of_momentum);
  tcase_add_test(core, test_sharpness_aware);
  tcase_add_test(core, test_seeds_are_those_of_splitmix);
  tcase_add_test(core, test_draws_are_made_of_uniform_ones);
  tcase_add_test(core, test_chance_has_an_edge);
  tcase_add_test(core, test_clone_is_deep);
  tcase_add_test(core, test_proposal);
  tcase_add_test(core, test_from_eigenvalues);
  tcase_add_test(core, test_from_matrix);
  tcase_add_test(core, test_matrix_refusals);
  tcase_add_test(core, test_semidefinite);
  tcase_add_test(core, test_condition_number_looks_at_all);
  tcase_add_test(core, test_literal_copies_all);
  tcase_add_test(core, test_covariance_of_nothing);
  tcase_add_test(core, test_design_is_copied);
  tcase_add_test(core, test_rank_counts_the_positive);
  tcase_add_test(core, test_domain_of_designs);
  tcase_add_test(core, test_proposal_keeps_to_its_own);
  tcase_add_test(core, test_eigenvalues_at_the_edge);
  tcase_add_test(core, test_error_of_eigenvalues_decides);
  tcase_add_test(core, test_cutoff_is_relative);
  tcase_add_test(core, test_symmetry_has_a_bound);
  tcase_add_test(core, test_seeds);
  tcase_add_test(core, test_draws);
  tcase_add_test(core, test_diagnostics);
  tcase_add_test(core, test_gamma);
  tcase_set_timeout(core, 60);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
