/* check_simulation_law.c -- simulated runs judged by the exact law, not by each other.
 *
 * Every sample consists of independent replicates and is held against its law in four ways, each of
 * which raises a false alarm with probability at most LEVEL, whatever the law and the sample size
 * (but for Anderson-Darling, whose level is that of its limit):
 *   distance  sup |F_n - F| by the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's
 * constant (Annals of Probability 18, 1990); weighted  Anderson and Darling's A^2, int n (F_n -
 * F)^2 / (F (1-F)) dF, whose limit is sum_j z_j^2 / (j (j+1)) (Annals of Mathematical Statistics
 * 23, 1952), by Chernoff's bound; mean and spread  Bernstein's inequality, with the law's own
 * variance: alpha is in [0, 1]. Samples from a system that is off by 2 % must fail, and the bound
 * of the first test on the probability that they do not is computed from the two laws. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include "laws/alignment_law.h"
#include "model/random.h"
#include "sim/ensemble.h"
#include "support.h"

/* Three samples from the right law, four tests of each, a millionth in all. */
enum { SAMPLES = 3, WAYS = 4, REPLICATES = 6000 };
static const double level = 1e-6 / (SAMPLES * WAYS);

/* --- the four tests --------------------------------------------------------------------------- */

typedef struct {
  double distance, weighted, mean, spread; /* the last two: absolute deviations from the law's */
} judgement;

/* p: the law's distribution function at the sorted sample x. */
static judgement judge(const double *x, const double *p, size_t n, double mean, double variance) {
  judgement j = {0.0, 0.0, 0.0, 0.0};
  double sum = 0.0, squares = 0.0, logs = 0.0;
  for (size_t i = 0; i < n; i++) {
    j.distance =
        fmax(j.distance, fmax((double)(i + 1) / (double)n - p[i], p[i] - (double)i / (double)n));
    logs += (double)(2 * i + 1) * (log(p[i]) + log1p(-p[n - 1 - i]));
    sum += x[i] - mean;
    squares += (x[i] - mean) * (x[i] - mean);
  }
  j.weighted = -(double)n - logs / (double)n;
  j.mean = fabs(sum / (double)n);
  j.spread = fabs(squares / (double)n - variance);
  return j;
}

/* P(sup |F_n - F| > x) <= 2 exp(-2 n x^2) */
static double distance_limit(size_t n, double risk) {
  return sqrt(log(2.0 / risk) / (2.0 * (double)n));
}

/* With s = a (a+1)/2 < 1: E exp(s sum z_j^2/(j(j+1))) = prod_j (1 - 2s/(j(j+1)))^{-1/2}, and
 * j (j+1) - 2s = (j - a)(j + 1 + a), so that the product is 1/(Gamma(1-a) Gamma(2+a)). */
static double weighted_limit(double risk) {
  double best = INFINITY;
  for (int i = 1; i < 2000; i++) {
    const double a = (double)i / 2000.0, s = 0.5 * a * (a + 1.0);
    const double transform = 0.5 * (gsl_sf_lngamma(1.0 - a) + gsl_sf_lngamma(2.0 + a));
    best = fmin(best, (transform - log(risk)) / s);
  }
  return best;
}

/* For the mean of n independent values in an interval of length 1 with this variance, two-sided:
 * the t with n t^2 / (2 (variance + t/3)) = ln(2/risk). */
static double bernstein_limit(size_t n, double variance, double risk) {
  const double l = log(2.0 / risk) / (double)n;
  return l / 3.0 + sqrt(l * l / 9.0 + 2.0 * l * variance);
}

/* (alpha - mean)^2 is in [0, 1] too, so that its own variance is at most its mean. */
static judgement limits_of(size_t n, double variance, double risk) {
  return (judgement){distance_limit(n, risk), weighted_limit(risk),
                     bernstein_limit(n, variance, risk), bernstein_limit(n, variance, risk)};
}

/* --- the tests, tested ------------------------------------------------------------------------ */

/* Uniform samples: E x = 1/2, Var x = 1/12.  At 5 % no test may raise more alarms than a binomial
 * with that probability does but once in a million. */
START_TEST(false_alarms_are_within_their_budget) {
  enum { BATCHES = 4000, SIZE = 100 };
  const double risk = 0.05;
  size_t most = 0, alarms[WAYS] = {0};
  while (gsl_cdf_binomial_Q((unsigned)most, risk, BATCHES) > 1e-6)
    most++;
  const judgement limit = limits_of(SIZE, 1.0 / 12.0, risk);
  gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "false alarms", 0));
  ck_assert_ptr_nonnull(rng);
  for (size_t b = 0; b < BATCHES; b++) {
    double x[SIZE];
    for (size_t i = 0; i < SIZE; i++)
      x[i] = gsl_rng_uniform_pos(rng);
    gsl_sort(x, 1, SIZE);
    const judgement j = judge(x, x, SIZE, 0.5, 1.0 / 12.0);
    alarms[0] += j.distance > limit.distance;
    alarms[1] += j.weighted > limit.weighted;
    alarms[2] += j.mean > limit.mean;
    alarms[3] += j.spread > limit.spread;
  }
  for (size_t way = 0; way < WAYS; way++)
    ck_assert_msg(alarms[way] <= most, "test %zu: %zu alarms in %d, at most %zu", way, alarms[way],
                  BATCHES, most);
  gsl_rng_free(rng);
}
END_TEST

/* Chernoff's limit is above the known 5, 2.5 and 1 % points of the limit law, and not far above. */
START_TEST(weighted_limit_is_above_the_quantiles) {
  static const double risk[] = {0.05, 0.025, 0.01}, quantile[] = {2.492, 3.070, 3.857};
  for (size_t i = 0; i < 3; i++) {
    ck_assert(weighted_limit(risk[i]) > quantile[i]);
    ck_assert(weighted_limit(risk[i]) < quantile[i] + 3.5);
  }
}
END_TEST

/* --- samples ---------------------------------------------------------------------------------- */

/* One step from a state that feels each parameter.  Of the three dominant directions the first
 * keeps 1 - 0.8 = 1/5 of a large gradient: 2 % of lambda_1 or of eta are 8 % of that.  Sixty bulk
 * directions have noise alone, of which 2 % are 4 % in the square. */
static quadratic *step_problem(void) {
  enum { DOMINANT = 3, BULK = 60 };
  quadratic *q = quadratic_alloc(DOMINANT + BULK, DOMINANT);
  ck_assert_ptr_nonnull(q);
  for (size_t i = 0; i < q->d; i++) {
    q->lambda[i] = i < DOMINANT ? 8.0 - (double)i : 1.0 - (double)(i - DOMINANT) / (2.0 * BULK);
    q->g[i] = i == 0 ? 3.0 : i < DOMINANT ? 0.1 : 0.0;
    q->v[i] = i < DOMINANT ? 0.001 : 1.0;
  }
  q->eta = 0.1;
  return q;
}

/* The stationary state near the edge of stability: s_1 = 19 v_1 there, and 2 % more of lambda_1 or
 * of eta make it 31 v_1.  A common factor of the noise is no part of this law. */
static quadratic *stationary_problem(void) {
  enum { DOMINANT = 2, BULK = 30 };
  quadratic *q = quadratic_alloc(DOMINANT + BULK, DOMINANT);
  ck_assert_ptr_nonnull(q);
  for (size_t i = 0; i < q->d; i++) {
    q->lambda[i] = i < DOMINANT ? 19.0 - 4.0 * (double)i : 4.0 - (double)(i - DOMINANT) / BULK;
    q->g[i] = 0.0;
    q->v[i] = 1.0;
  }
  q->eta = 0.1;
  return q;
}

typedef struct {
  size_t n;
  double *x; /* sorted, owned */
} sample;

static sample simulate(const quadratic *q, const char *name, size_t t) {
  sample s = {REPLICATES, calloc(REPLICATES, sizeof *s.x)};
  ck_assert_ptr_nonnull(s.x);
  for (size_t r = 0; r < s.n; r++) {
    double dominant, bulk;
    ck_assert_int_eq(
        ensemble_path(q, random_trial_seed(RANDOM_DEFAULT_SEED, name, r), &t, 1, &dominant, &bulk),
        GSL_SUCCESS);
    s.x[r] = dominant / (dominant + bulk);
  }
  gsl_sort(s.x, 1, s.n);
  return s;
}

typedef struct {
  judgement found, limit;
} held;

/* The distribution function is known to p.err, which is no reason to take log 0. */
static held hold_against(const sample *s, const alignment_law *law) {
  law_value mean, variance;
  ck_assert_int_eq(alignment_law_mean(law, &mean), GSL_SUCCESS);
  ck_assert_int_eq(alignment_law_variance(law, &variance), GSL_SUCCESS);
  double *p = calloc(s->n, sizeof *p);
  ck_assert_ptr_nonnull(p);
  for (size_t i = 0; i < s->n; i++) {
    law_value v;
    ck_assert_int_eq(alignment_law_cdf(law, s->x[i], &v), GSL_SUCCESS);
    p[i] = fmin(fmax(v.val, v.err), 1.0 - v.err);
  }
  const held h = {judge(s->x, p, s->n, mean.val, variance.val),
                  limits_of(s->n, variance.val, level)};
  free(p);
  return h;
}

static void expect_agreement(const sample *s, const alignment_law *law) {
  const held h = hold_against(s, law);
  ck_assert_msg(h.found.distance <= h.limit.distance, "distance %g, limit %g", h.found.distance,
                h.limit.distance);
  ck_assert_msg(h.found.weighted <= h.limit.weighted, "A^2 %g, limit %g", h.found.weighted,
                h.limit.weighted);
  ck_assert_msg(h.found.mean <= h.limit.mean, "mean off by %g, limit %g", h.found.mean,
                h.limit.mean);
  ck_assert_msg(h.found.spread <= h.limit.spread, "variance off by %g, limit %g", h.found.spread,
                h.limit.spread);
}

static alignment_law *make_law(const quadratic *q, bool stationary) {
  alignment_law *law = NULL;
  diagnostic diag = {0, ""};
  const int status = stationary ? alignment_law_stationary(q, &law, &diag)
                                : alignment_law_after_step(q, q->eta, &law, &diag);
  ck_assert_msg(status == GSL_SUCCESS, "%s", diag.message);
  return law;
}

/* From g = 0, s_i (1 - rho_i^LATE) with rho_i <= 0.94^2: within 2e-11 of the stationary law. */
enum { LATE = 200 };

START_TEST(one_step_follows_its_law) {
  quadratic *q = step_problem();
  alignment_law *law = make_law(q, false);
  sample s = simulate(q, "one step", 1);
  expect_agreement(&s, law);
  free(s.x);
  alignment_law_free(law);
  quadratic_free(q);
}
END_TEST

START_TEST(stationary_state_follows_its_law) {
  quadratic *q = stationary_problem();
  alignment_law *law = make_law(q, true);
  sample s = simulate(q, "stationary", LATE);
  expect_agreement(&s, law);
  free(s.x);
  alignment_law_free(law);
  quadratic_free(q);
}
END_TEST

/* Noise with correlations between the two sets: g' = a + eta Lambda L z with Sigma = LL'. */
START_TEST(correlated_step_follows_its_law) {
  enum { D = 8, K = 3 };
  quadratic *q = quadratic_alloc(D, K);
  gsl_matrix *root = gsl_matrix_alloc(D, D);
  gsl_vector *mean = gsl_vector_alloc(D), *noise = gsl_vector_alloc(D);
  gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "correlated step", 0));
  sample s = {REPLICATES, calloc(REPLICATES, sizeof *s.x)};
  ck_assert(q != NULL && root != NULL && mean != NULL && noise != NULL && rng != NULL &&
            s.x != NULL);
  q->covariance = gsl_matrix_alloc(D, D);
  ck_assert_ptr_nonnull(q->covariance);
  q->eta = 0.1;
  for (size_t i = 0; i < D; i++) {
    q->lambda[i] = i < K ? 9.0 - (double)i : 3.0 - 0.2 * (double)i;
    q->g[i] = i < K ? 1.0 : 0.5;
    for (size_t j = 0; j < D; j++) /* a correlation that falls with distance is positive definite */
      gsl_matrix_set(q->covariance, i, j, pow(0.7, fabs((double)i - (double)j)));
    q->v[i] = 1.0;
    gsl_vector_set(mean, i, 0.0);
  }
  gsl_matrix_memcpy(root, q->covariance);
  ck_assert_int_eq(gsl_linalg_cholesky_decomp1(root), GSL_SUCCESS);
  for (size_t r = 0; r < s.n; r++) {
    double part[2] = {0.0, 0.0};
    gsl_ran_multivariate_gaussian(rng, mean, root, noise);
    for (size_t i = 0; i < D; i++) {
      const double g = q->g[i] - q->eta * q->lambda[i] * (q->g[i] + gsl_vector_get(noise, i));
      part[i >= K] += g * g;
    }
    s.x[r] = part[0] / (part[0] + part[1]);
  }
  gsl_sort(s.x, 1, s.n);
  alignment_law *law = make_law(q, false);
  expect_agreement(&s, law);
  alignment_law_free(law);
  gsl_rng_free(rng);
  gsl_matrix_free(root);
  gsl_vector_free(mean);
  gsl_vector_free(noise);
  free(s.x);
  quadratic_free(q);
}
END_TEST

/* --- what must be caught ---------------------------------------------------------------------- */

typedef struct {
  const char *name;
  bool stationary;
  double noise, curvature, step; /* factors of every sigma, of lambda_1, of eta */
} planted_error;

static const planted_error planted_errors[] = {
    {"sigma, one step", false, 1.02, 1.0, 1.0},
    {"lambda_1, one step", false, 1.0, 1.02, 1.0},
    {"eta, one step", false, 1.0, 1.0, 1.02},
    {"lambda_1, stationary", true, 1.0, 1.02, 1.0},
    {"eta, stationary", true, 1.0, 1.0, 1.02},
    {"sigma down, one step", false, 0.98, 1.0, 1.0},
    {"lambda_1 down, one step", false, 1.0, 0.98, 1.0},
    {"eta down, one step", false, 1.0, 1.0, 0.98},
};

/* A lower bound of sup |F - G|: their largest difference on a grid, less the errors. */
static double distance_between(const alignment_law *f, const alignment_law *g) {
  enum { POINTS = 100 };
  double most = 0.0;
  for (size_t i = 1; i < POINTS; i++) {
    law_value p, r;
    ck_assert_int_eq(alignment_law_cdf(f, (double)i / POINTS, &p), GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_cdf(g, (double)i / POINTS, &r), GSL_SUCCESS);
    most = fmax(most, fabs(p.val - r.val) - p.err - r.err);
  }
  return most;
}

START_TEST(two_percent_are_caught) {
  const planted_error *e = &planted_errors[_i];
  quadratic *right = e->stationary ? stationary_problem() : step_problem();
  quadratic *wrong = quadratic_clone(right);
  ck_assert_ptr_nonnull(wrong);
  for (size_t i = 0; i < wrong->d; i++)
    wrong->v[i] *= e->noise * e->noise;
  wrong->lambda[0] *= e->curvature;
  wrong->eta *= e->step;
  alignment_law *law = make_law(right, e->stationary), *other = make_law(wrong, e->stationary);
  /* Missed only where F_n is within the limit of F, so at least (distance - limit) from its own
   * law: by the same inequality that has at most this probability. */
  const double excess = distance_between(law, other) - distance_limit(REPLICATES, level);
  const double miss = excess > 0.0 ? 2.0 * exp(-2.0 * REPLICATES * excess * excess) : 1.0;
  ck_assert_msg(miss <= 1e-6, "%s is missed with a probability of up to %g", e->name, miss);
  sample s = simulate(wrong, e->name, e->stationary ? LATE : 1);
  const held h = hold_against(&s, law);
  ck_assert_msg(h.found.distance > h.limit.distance, "%s: distance %g, limit %g", e->name,
                h.found.distance, h.limit.distance);
  ck_assert_msg(h.found.weighted > h.limit.weighted, "%s: A^2 %g, limit %g", e->name,
                h.found.weighted, h.limit.weighted);
  ck_assert_msg(h.found.mean > h.limit.mean, "%s: mean off by %g, limit %g", e->name, h.found.mean,
                h.limit.mean);
  free(s.x);
  alignment_law_free(law);
  alignment_law_free(other);
  quadratic_free(right);
  quadratic_free(wrong);
}
END_TEST

/* Why sigma is not among the stationary ones: the same law, to the last digits (L3, gradient
 * units). */
START_TEST(common_noise_is_no_part_of_the_stationary_law) {
  quadratic *q = stationary_problem();
  alignment_law *law = make_law(q, true);
  for (size_t i = 0; i < q->d; i++)
    q->v[i] *= 1.02 * 1.02;
  alignment_law *scaled = make_law(q, true);
  law_value one, other;
  ck_assert_int_eq(alignment_law_mean(law, &one), GSL_SUCCESS);
  ck_assert_int_eq(alignment_law_mean(scaled, &other), GSL_SUCCESS);
  ck_assert(fabs(one.val - other.val) <= one.err + other.err + 64.0 * GSL_DBL_EPSILON);
  alignment_law_free(law);
  alignment_law_free(scaled);
  quadratic_free(q);
}
END_TEST

int main(void) {
  gsl_set_error_handler_off();
  Suite *suite = suite_create("simulation and law");
  TCase *tests = tcase_create("tests");
  tcase_set_timeout(tests, support_timeout(60));
  tcase_add_test(tests, false_alarms_are_within_their_budget);
  tcase_add_test(tests, weighted_limit_is_above_the_quantiles);
  suite_add_tcase(suite, tests);
  TCase *samples = tcase_create("samples");
  tcase_set_timeout(samples, support_timeout(60));
  tcase_add_test(samples, one_step_follows_its_law);
  tcase_add_test(samples, stationary_state_follows_its_law);
  tcase_add_test(samples, correlated_step_follows_its_law);
  tcase_add_test(samples, common_noise_is_no_part_of_the_stationary_law);
  tcase_add_loop_test(samples, two_percent_are_caught, 0,
                      sizeof planted_errors / sizeof *planted_errors);
  suite_add_tcase(suite, samples);
  return support_run(suite);
}
