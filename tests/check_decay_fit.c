/* check_decay_fit.c -- the decay phase and its two fits.  The oracle of the ridge fits is another
 * algorithm on another system: the normal equations (Z'Z + I) b = Z'y in long double, by Cholesky,
 * where the program reflects [Z; I]. */
#include "config.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <check.h>
#include <gsl/gsl_errno.h>
#include "model/random.h"
#include "model/rounding.h"
#include "support.h"
#include "sweep/decay_fit.h"
#include "sweep/plain_functions.h"

enum { N_MOST = 400, P_MOST = 3 };

/* --- the oracle ------------------------------------------------------------------------------ */

static void oracle_ridge(const double *const *x, const double *y, size_t n, size_t p,
                         long double penalty, long double *fitted, long double *scaled,
                         long double *deviation) {
  long double a[P_MOST][P_MOST], b[P_MOST], mean[P_MOST], level = 0.0L;
  for (size_t t = 0; t < n; t++)
    level += y[t];
  level /= n;
  for (size_t j = 0; j < p; j++) {
    mean[j] = deviation[j] = 0.0L;
    for (size_t t = 0; t < n; t++)
      mean[j] += x[j][t];
    mean[j] /= n;
    for (size_t t = 0; t < n; t++)
      deviation[j] += (x[j][t] - mean[j]) * (x[j][t] - mean[j]);
    deviation[j] = sqrtl(deviation[j] / n);
  }
  for (size_t i = 0; i < p; i++) {
    b[i] = 0.0L;
    for (size_t t = 0; t < n; t++)
      b[i] += (x[i][t] - mean[i]) / deviation[i] * (y[t] - level);
    for (size_t j = 0; j <= i; j++) {
      a[i][j] = i == j ? penalty : 0.0L;
      for (size_t t = 0; t < n; t++)
        a[i][j] += (x[i][t] - mean[i]) / deviation[i] * ((x[j][t] - mean[j]) / deviation[j]);
    }
  }
  for (size_t j = 0; j < p; j++) /* A = LL', in place */
    for (size_t i = j; i < p; i++) {
      for (size_t l = 0; l < j; l++)
        a[i][j] -= a[i][l] * a[j][l];
      a[i][j] = i == j ? sqrtl(a[i][j]) : a[i][j] / a[j][j];
    }
  for (size_t i = 0; i < p; i++) {
    for (size_t l = 0; l < i; l++)
      b[i] -= a[i][l] * b[l];
    b[i] /= a[i][i];
  }
  for (size_t i = p; i-- > 0;) {
    for (size_t l = i + 1; l < p; l++)
      b[i] -= a[l][i] * b[l];
    b[i] /= a[i][i];
  }
  for (size_t j = 0; j < p; j++)
    scaled[j] = b[j];
  for (size_t t = 0; t < n; t++) {
    fitted[t] = level;
    for (size_t j = 0; j < p; j++)
      fitted[t] += b[j] * ((x[j][t] - mean[j]) / deviation[j]);
  }
}

/* Least squares on [Z; I], whose singular values are in [1, sqrt(pn + 1)]: a backward stable
 * solution is wrong by at most gamma_{np} kappa (2 + (1 + kappa) |residual|/(|A||b|)) |b| to first
 * order (N. Higham, Accuracy and Stability, thm 20.1), with |b| <= |y|, |residual| <= |y|, |A| >=
 * 1; the standardised columns themselves are wrong by some n u, in the same way.  Twice that. */
static double ridge_bound(const double *y, size_t n, size_t p) {
  const double kappa = sqrt((double)(p * n) + 1.0);
  double level = 0.0, length = 0.0;
  for (size_t t = 0; t < n; t++)
    level += y[t] / (double)n;
  for (size_t t = 0; t < n; t++)
    length += (y[t] - level) * (y[t] - level);
  return 2.0 * rounding_gamma(n * (p + 4)) * kappa * (3.0 + kappa) * sqrt(length) +
         8.0 * rounding_gamma(n) * fabs(level);
}

static double powers[3][N_MOST];

static const double *const *time_powers(void) {
  static const double *const x[] = {powers[0], powers[1], powers[2]};
  for (size_t i = 0; i < N_MOST; i++) {
    const double t = (double)(i + 1);
    powers[0][i] = t;
    powers[1][i] = t * t;
    powers[2][i] = t * t * t;
  }
  return x;
}

/* --- ln and exp ------------------------------------------------------------------------------ */

/* Against the C library in long double, over all exponents, around 1, and at the ends. */
START_TEST(plain_functions_agree_with_long_double) {
  gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "plain functions", 0));
  for (int i = 0; i < 20000; i++) {
    const double x =
        i % 2 == 0 ? ldexp(random_uniform(rng, 1.0, 2.0), (int)random_index(rng, 0, 2045) - 1022)
                   : 1.0 + ldexp(random_uniform(rng, -0.5, 1.0), -(int)random_index(rng, 0, 40));
    const long double want = logl(x);
    ck_assert_msg(fabsl(plain_log(x) - want) <= PLAIN_FUNCTIONS_ERROR * fmaxl(1.0L, fabsl(want)),
                  "ln %a is %a, not %La", x, plain_log(x), want);
    const double y =
        i % 2 == 0 ? random_uniform(rng, -708.0, 709.0) : random_uniform(rng, -2.0, 2.0);
    ck_assert_msg(fabsl(plain_exp(y) - expl(y)) <= PLAIN_FUNCTIONS_ERROR * expl(y),
                  "exp %a is %a, not %La", y, plain_exp(y), expl(y));
  }
  ck_assert(plain_log(1.0) == 0.0 && plain_exp(0.0) == 1.0);
  ck_assert(plain_exp(1e6) == INFINITY && plain_exp(-1e6) == 0.0);
  ck_assert(plain_exp((double)INFINITY) == INFINITY && plain_exp((double)-INFINITY) == 0.0);
  gsl_rng_free(rng);
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------ */

START_TEST(ridge_agrees_with_normal_equations) {
  const double *const *x = time_powers();
  gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "ridge", (size_t)_i));
  const size_t p = 1 + (size_t)_i % P_MOST, n = random_index(rng, p + 2, _i % 2 ? 12 : N_MOST);
  double y[N_MOST], fitted[N_MOST], slope[P_MOST];
  long double want[N_MOST], scaled[P_MOST], deviation[P_MOST];
  const double rate = random_log_uniform(rng, 1e-3, 1.0);
  for (size_t t = 0; t < n; t++)
    y[t] = exp(-rate * (double)t) + 0.05 * random_uniform(rng, -1.0, 1.0);
  ck_assert_int_eq(decay_fit_ridge(x, y, n, p, fitted, slope), GSL_SUCCESS);
  oracle_ridge(x, y, n, p, 1.0L, want, scaled, deviation);
  const double bound = ridge_bound(y, n, p);
  for (size_t j = 0; j < p; j++)
    ck_assert_msg(fabsl(slope[j] * deviation[j] - scaled[j]) <= bound,
                  "n = %zu, column %zu of %zu: %.17g, not %.17Lg, bound %g", n, j + 1, p,
                  slope[j] * (double)deviation[j], scaled[j], bound);
  for (size_t t = 0; t < n; t++)
    ck_assert_msg(fabsl(fitted[t] - want[t]) <= sqrt((double)(p * n)) * bound,
                  "n = %zu, p = %zu: fitted %zu is %.17g, not %.17Lg", n, p, t, fitted[t], want[t]);
  /* Without the penalty, or with twice of it, the answer is another: the test can tell. */
  oracle_ridge(x, y, n, p, 2.0L, want, scaled, deviation);
  ck_assert(fabsl(slope[0] * deviation[0] - scaled[0]) > bound);
  gsl_rng_free(rng);
}
END_TEST

/* t = 1, 2, 3, y = (0, 3, 6): z = (-1, 0, 1) sqrt(3/2), z'y = 6 sqrt(3/2), z'z = 3; so the slope is
 * 6 (3/2)/(3 + 1) = 9/4 where plain least squares has 3. */
START_TEST(ridge_by_hand) {
  const double *const *x = time_powers();
  static const double y[] = {0.0, 3.0, 6.0};
  double fitted[3], slope;
  ck_assert_int_eq(decay_fit_ridge(x, y, 3, 1, fitted, &slope), GSL_SUCCESS);
  ck_assert_double_le(fabs(slope - 2.25), ridge_bound(y, 3, 1));
  ck_assert_double_le(fabs(fitted[0] - 0.75), 4.0 * ridge_bound(y, 3, 1));
  ck_assert_double_le(fabs(fitted[2] - 5.25), 4.0 * ridge_bound(y, 3, 1));
  static const double same[] = {2.0, 2.0, 2.0};
  const double *const constant[] = {same};
  ck_assert_int_eq(decay_fit_ridge(constant, y, 3, 1, fitted, &slope), GSL_EDOM);
  ck_assert_int_eq(decay_fit_ridge(x, y, 3, 3, fitted, &slope), GSL_EINVAL);
  ck_assert_int_eq(decay_fit_ridge(x, y, 3, 0, fitted, &slope), GSL_EINVAL);
}
END_TEST

/* alpha_t = e^{-rt}: from n points the rate r n/(n + 1), and an R^2 near 1 that the cubic has not
 * where the decay is long. */
START_TEST(planted_exponential_gives_its_rate) {
  static const double rates[] = {0.01, 0.05, 0.2, 0.7};
  const double r = rates[_i];
  enum { T = 4000 };
  const size_t turn = r < 0.5 ? 2000 : 500; /* no underflow */
  double alpha[T];
  decay_fit fit;
  for (size_t i = 0; i < T; i++)
    alpha[i] = i < turn ? exp(-r * (double)(i + 1)) : 0.5; /* and then up again */
  ck_assert_int_eq(decay_fit_of(alpha, T, &fit), GSL_SUCCESS);
  const double least = exp(-r * (double)turn);
  ck_assert(fit.first == alpha[0] && fit.least == alpha[turn - 1] && fit.least_at == turn);
  /* e^{-rn} <= least + (e^{-r} - least)/10, n the first such. */
  const double last = -log(least + 0.1 * (exp(-r) - least)) / r;
  ck_assert_uint_eq(fit.length, (size_t)ceil(last));
  const double n = (double)fit.length;
  if (fit.exponential == DECAY_FITTED) {
    double y[N_MOST];
    for (size_t t = 0; t < fit.length; t++)
      y[t] = -r * (double)(t + 1);
    /* The slope's error, and that of exp and log: half a digit of y each. */
    const double deviation = sqrt((n * n - 1.0) / 12.0);
    const double bound =
        (ridge_bound(y, fit.length, 1) + 4.0 * ROUNDING_UNIT * n * (1.0 + r * n)) / deviation;
    ck_assert_msg(fabs(fit.rate - r * n / (n + 1.0)) <= bound, "%.17g, not %.17g", fit.rate,
                  r * n / (n + 1.0));
    ck_assert(fit.exponential_r2 > 0.9 && fit.exponential_r2 <= 1.0);
  }
  ck_assert_int_eq(fit.exponential, n >= 3 ? DECAY_FITTED : DECAY_TOO_SHORT);
  ck_assert_int_eq(fit.cubic, n >= 5 ? DECAY_FITTED : DECAY_TOO_SHORT);
}
END_TEST

/* R^2 by its definition from the oracle's fits, in alpha for both. */
START_TEST(r_squared_is_in_alpha) {
  enum { N = 30 };
  const double *const *x = time_powers();
  double alpha[N], logs[N];
  long double fitted[N], scaled[P_MOST], deviation[P_MOST];
  decay_fit fit;
  for (size_t i = 0; i < N; i++) {
    alpha[i] = i < N - 1 ? 0.9 - 0.02 * (double)i + 0.03 * sin((double)(i * i)) : 0.05;
    logs[i] = log(alpha[i]);
  }
  ck_assert_int_eq(decay_fit_of(alpha, N, &fit), GSL_SUCCESS);
  ck_assert_uint_eq(fit.length, N);
  for (int cubic = 0; cubic < 2; cubic++) {
    long double left = 0.0L, whole = 0.0L, mean = 0.0L;
    oracle_ridge(x, cubic ? alpha : logs, N, cubic ? 3 : 1, 1.0L, fitted, scaled, deviation);
    for (size_t t = 0; t < N; t++)
      mean += alpha[t] / (long double)N;
    for (size_t t = 0; t < N; t++) {
      const long double guess = cubic ? fitted[t] : expl(fitted[t]);
      left += (alpha[t] - guess) * (alpha[t] - guess);
      whole += (alpha[t] - mean) * (alpha[t] - mean);
    }
    /* Its derivative by the fitted values is at most 2 sqrt(N left)/whole < 2N/whole. */
    const double bound =
        2.0 * N / (double)whole * sqrt(3.0 * N) * ridge_bound(cubic ? alpha : logs, N, 3) +
        rounding_gamma(4 * N);
    ck_assert_double_le(
        fabs((cubic ? fit.cubic_r2 : fit.exponential_r2) - (double)(1.0L - left / whole)), bound);
  }
  ck_assert(fit.cubic_r2 != fit.exponential_r2);
}
END_TEST

/* --- the phase ------------------------------------------------------------------------------- */

typedef struct {
  const char *what;
  double alpha[8];
  size_t count, length, least_at;
  decay_outcome exponential, cubic;
} phase_case;

static const phase_case phases[] = {
    {"one value", {0.5}, 1, 0, 1, DECAY_NO_FALL, DECAY_NO_FALL},
    {"constant", {0.5, 0.5, 0.5, 0.5}, 4, 0, 1, DECAY_NO_FALL, DECAY_NO_FALL},
    {"rising", {0.1, 0.2, 0.3, 0.4}, 4, 0, 1, DECAY_NO_FALL, DECAY_NO_FALL},
    {"one fall", {0.9, 0.1, 0.5, 0.6}, 4, 2, 2, DECAY_TOO_SHORT, DECAY_TOO_SHORT},
    {"three points", {0.9, 0.5, 0.1, 0.6}, 4, 3, 3, DECAY_FITTED, DECAY_TOO_SHORT},
    {"four points", {1.0, 0.8, 0.5, 0.0625, 0.6}, 5, 4, 4, DECAY_FITTED, DECAY_TOO_SHORT},
    {"five points", {1.0, 0.9, 0.8, 0.7, 0.5, 0.6}, 6, 5, 5, DECAY_FITTED, DECAY_FITTED},
    /* 0.125 + (1 - 0.125)/10 = 0.2125: 0.21875 is above, 0.1875 is not */
    {"ends before the minimum",
     {1.0, 0.5, 0.21875, 0.1875, 0.5, 0.125},
     6,
     4,
     6,
     DECAY_FITTED,
     DECAY_TOO_SHORT},
    {"first of two minima", {1.0, 0.75, 0.5, 0.5, 0.625}, 5, 3, 3, DECAY_FITTED, DECAY_TOO_SHORT},
    {"to zero", {1.0, 0.5, 0.25, 0.125, 0.0, 1.0}, 6, 5, 5, DECAY_NOT_POSITIVE, DECAY_FITTED},
};

START_TEST(phase_by_hand) {
  const phase_case *c = &phases[_i];
  decay_fit fit;
  ck_assert_int_eq(decay_fit_of(c->alpha, c->count, &fit), GSL_SUCCESS);
  ck_assert_msg(fit.length == c->length && fit.least_at == c->least_at, "%s: %zu, least at %zu",
                c->what, fit.length, fit.least_at);
  ck_assert_msg(fit.exponential == c->exponential && fit.cubic == c->cubic, "%s: %s; %s", c->what,
                decay_outcome_words(fit.exponential), decay_outcome_words(fit.cubic));
  ck_assert_int_eq(decay_fit_of(c->alpha, 0, &fit), GSL_EINVAL);
}
END_TEST

int main(void) {
  gsl_set_error_handler_off();
  Suite *suite = suite_create("decay_fit");
  TCase *tests = tcase_create("the decay phase and its fits");
  tcase_add_test(tests, plain_functions_agree_with_long_double);
  tcase_add_loop_test(tests, ridge_agrees_with_normal_equations, 0, 60);
  tcase_add_test(tests, ridge_by_hand);
  tcase_add_loop_test(tests, planted_exponential_gives_its_rate, 0, 4);
  tcase_add_test(tests, r_squared_is_in_alpha);
  tcase_add_loop_test(tests, phase_by_hand, 0, sizeof phases / sizeof *phases);
  suite_add_tcase(suite, tests);
  return support_run(suite);
}
