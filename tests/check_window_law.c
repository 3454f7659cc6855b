/* check_window_law.c -- the autocovariance of the alignment, and the variance of its time average:
 * against a closed form in two directions, against sums over all pairs of short windows, against
 * the law's own variance at lag 0, and against runs. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "evidence/stationary_sweep.h"
#include "laws/window_law.h"
#include "model/random.h"
#include "support.h"

/* Two directions with stationary variance 1 and the same contraction rho. */
static quadratic *round_problem(double rho) {
  quadratic *q = quadratic_alloc(2, 1);
  ck_assert_ptr_nonnull(q);
  q->eta = 1.0;
  for (size_t i = 0; i < 2; i++) {
    const double move = 1.0 - sqrt(rho);
    q->lambda[i] = move;
    q->v[i] = (2.0 - move) / move;
  }
  return q;
}

/* x_s + i y_s and x_t + i y_t are complex normal with correlation c, c^2 = rho^l.  Of the
 * difference D of their angles, E cos 2D = (c^2/2) F(1, 1; 3; c^2), F = 2 (c^2 + (1 - c^2) ln(1 -
 * c^2))/c^4; and Cov(cos^2, cos^2) = (1/8) E cos 2D. */
static double round_covariance(double square) {
  const double f =
      square == 1.0 ? 2.0 : 2.0 * (square + (1.0 - square) * log1p(-square)) / (square * square);
  return square / 16.0 * f;
}

START_TEST(two_directions_have_a_closed_form) {
  static const double rhos[] = {0.99, 0.5, 0.1}, lags[] = {0.0, 1.0, 2.0, 3.5};
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 4; j++) {
      quadratic *q = round_problem(rhos[i]);
      law_value c;
      ck_assert_int_eq(window_law_covariance(q, NULL, 1.0, lags[j], &c), GSL_SUCCESS);
      const double want = round_covariance(pow(rhos[i], lags[j]));
      ck_assert_msg(fabs(c.val - want) <= c.err, "rho = %g, lag %g: %.17g, not %.17g, error %g",
                    rhos[i], lags[j], c.val, want, c.err);
      /* Var alpha = 1/8; by the delta method 1/4: 2 ((1/2)^2 + (1/2)^2)/4. */
      ck_assert_double_le(c.err, 1e-3 * 0.25);
      ck_assert_double_le(
          fabs(window_law_delta(q, NULL, 1.0, lags[j]) - 0.25 * pow(rhos[i], lags[j])), 1e-14);
      quadratic_free(q);
    }
}
END_TEST

/* A small problem on which nothing is equal, not yet stationary. */
static quadratic *small_problem(double *spread) {
  enum { D = 11, K = 3 };
  quadratic *q = quadratic_alloc(D, K);
  ck_assert_ptr_nonnull(q);
  q->eta = 0.02;
  for (size_t i = 0; i < D; i++) {
    q->lambda[i] = i < K ? 60.0 - 5.0 * (double)i : 9.0 - 0.8 * (double)i;
    q->v[i] = 1.0 + 0.1 * (double)i;
    spread[i] = q->lambda[i] * q->lambda[i] / 4.0;
  }
  return q;
}

/* d directions of one stationary variance and one rho: the angle between the two times is that of
 * two normal vectors of correlation c, c^2 = rho^l. Given the first, cos^2 of it is a Beta variable
 * whose number of degrees of freedom is 1 + 2J, J negative binomial; and alpha - k/d is a harmonic
 * of degree 2, so that its covariance is its variance times (d E cos^2 - 1)/(d - 1). */
static double sphere_covariance(size_t d, size_t k, double square) {
  const double n = (double)d, top = (double)k;
  long double mean = 0.0L, term = powl(1.0L - square, 0.5L * d);
  for (int j = 0; j < 4000; j++) {
    mean += term * (1 + 2 * j) / (n + 2 * j);
    term *= (0.5L * d + j) / (j + 1) * square;
  }
  return 2.0 * top * (n - top) / (n * n * (n + 2.0)) * (double)((n * mean - 1.0L) / (n - 1.0L));
}

START_TEST(equal_directions_have_a_closed_form) {
  static const size_t shapes[][2] = {{3, 1}, {11, 3}, {20, 9}, {40, 8}, {300, 130}};
  static const double lags[] = {1.0, 2.5, 6.0}, rho = 0.7;
  for (size_t i = 0; i < 5; i++)
    for (size_t j = 0; j < 3; j++)
      for (int scale = -30; scale <= 30; scale += 30) {
        const size_t d = shapes[i][0], k = shapes[i][1];
        double spread[300];
        quadratic *q = quadratic_alloc(d, k);
        q->eta = 1.0;
        for (size_t l = 0; l < d; l++) {
          const double move = 1.0 - sqrt(rho);
          q->lambda[l] = move;
          q->v[l] = ldexp((2.0 - move) / move, scale);
          spread[l] = ldexp(1.0, scale);
        }
        const double want = sphere_covariance(d, k, pow(rho, lags[j]));
        const double variance = 2.0 * (double)(k * (d - k)) / (double)(d * d * (d + 2));
        for (int still = 0; still < 2; still++) {
          law_value c;
          ck_assert_int_eq(window_law_covariance(q, still ? NULL : spread, 3.0, lags[j], &c),
                           GSL_SUCCESS);
          ck_assert_msg(fabs(c.val - want) <= WINDOW_LAW_ERROR * variance, "%zu, %zu: %g, not %g",
                        d, k, c.val, want);
        }
        quadratic_free(q);
      }
}
END_TEST

/* The formula of the header, in extended precision. */
static double plain_delta(const quadratic *q, const double *spread, double s, double lag) {
  long double now[16], later[16], sum[2][2] = {{0, 0}, {0, 0}}, total = 0;
  for (size_t i = 0; i < q->d; i++) {
    const long double move = (long double)q->eta * q->lambda[i];
    const long double still = move * q->v[i] / (2 - move), factor = fabsl(1 - move);
    const long double start = spread == NULL ? still : spread[i];
    now[i] = still + powl(factor, 2 * s) * (start - still);
    later[i] = still + powl(factor, 2 * (s + lag)) * (start - still);
    sum[0][i < q->k] += now[i];
    sum[1][i < q->k] += later[i];
  }
  for (size_t i = 0; i < q->d; i++) {
    const long double mu = sum[0][0] + sum[0][1], nu = sum[1][0] + sum[1][1];
    const long double c = (i < q->k) - sum[0][1] / mu, e = (i < q->k) - sum[1][1] / nu;
    total += 2 * c * e * powl(fabsl(1 - (long double)q->eta * q->lambda[i]), 2 * lag) * now[i] *
             now[i] / (mu * nu);
  }
  return (double)total;
}

START_TEST(delta_is_the_formula) {
  static const double times[] = {1.0, 4.0, 17.5}, lags[] = {0.0, 1.0, 3.5, 40.0};
  double spread[16];
  quadratic *q = small_problem(spread);
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 4; j++)
      for (int still = 0; still < 2; still++) {
        const double *start = still ? NULL : spread;
        const double s = times[i], lag = lags[j], scale = plain_delta(q, start, s, 0.0);
        ck_assert_double_eq_tol(window_law_delta(q, start, s, lag), plain_delta(q, start, s, lag),
                                1e-13 * scale);
        law_value c;
        window_law_covariance(q, start, s, lag, &c);
        const double later = plain_delta(q, start, s + lag, 0.0);
        ck_assert_double_eq_tol(c.err / (2.0 * WINDOW_LAW_ERROR * sqrt(scale * later)), 1.0, 1e-12);
      }
  quadratic_free(q);
}
END_TEST

/* Of a stationary window one place is looked at: lags 0 to 7 and three a panel, 8-15, 16-31, 32-55.
 * So is one that is stationary to a ten-millionth. */
START_TEST(stationary_window) {
  const size_t first = 5, last = 60;
  double spread[16], exact = 0.0, delta = 0.0;
  quadratic *q = small_problem(spread);
  window_law still, near, far;
  ck_assert_int_eq(window_law_of(q, NULL, first, last, &still), GSL_SUCCESS);
  ck_assert_uint_eq(still.evaluations, 8 + 9);
  const double n = (double)(last - first + 1);
  for (size_t l = 0; l < last - first + 1; l++) {
    law_value c;
    const double pairs = (l == 0 ? 1.0 : 2.0) * (n - (double)l);
    window_law_covariance(q, NULL, 1.0, (double)l, &c);
    exact += pairs * c.val / n / n;
    delta += pairs * plain_delta(q, NULL, 1.0, (double)l) / n / n;
  }
  ck_assert_double_eq_tol(still.delta, delta, 1e-12 * delta);
  ck_assert(fabs(still.variance.val - exact) <= still.variance.err);
  ck_assert(still.variance.err >= 2.0 * WINDOW_LAW_ERROR * still.variance.val &&
            still.variance.err <= 6.0 * WINDOW_LAW_ERROR * still.variance.val);
  for (int side = -1; side <= 1; side += 2) {
    for (size_t i = 0; i < q->d; i++) {
      const double move = q->eta * q->lambda[i], kept = pow(1.0 - move, 2.0 * (double)first);
      spread[i] = move * q->v[i] / (2.0 - move) * (1.0 + (i == 10 ? side * 0.9e-7 / kept : 0.0));
    }
    ck_assert_int_eq(window_law_of(q, spread, first, last, &near), GSL_SUCCESS);
    ck_assert_uint_eq(near.evaluations, still.evaluations);
    ck_assert_double_eq_tol(near.variance.val, still.variance.val, 1e-6 * exact);
    const double move = q->eta * q->lambda[10], kept = pow(1.0 - move, 2.0 * (double)first);
    spread[10] = move * q->v[10] / (2.0 - move) * (1.0 + side * 1.2e-7 / kept);
    ck_assert_int_eq(window_law_of(q, spread, first, last, &far), GSL_SUCCESS);
    ck_assert_uint_gt(far.evaluations, still.evaluations);
    ck_assert_double_eq_tol(far.variance.val, still.variance.val, still.variance.err);
  }
  quadratic_free(q);
}
END_TEST

START_TEST(lag_zero_is_the_variance) {
  double spread[500];
  for (size_t i = 0; i < 6; i++) {
    const double t = i < 3 ? 1.0 + 10.0 * (double)i : 20001.0;
    quadratic *q = i < 3 ? small_problem(spread)
                         : stationary_sweep_problem(stationary_sweep_ratios[4 * (i - 3)]);
    for (size_t j = 0; i >= 3 && j < q->d; j++)
      spread[j] = q->g[j] * q->g[j];
    alignment_law *law = NULL;
    law_value variance, c;
    ck_assert_int_eq(alignment_law_at_time(q, t, spread, &law, NULL), GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_variance(law, &variance), GSL_SUCCESS);
    ck_assert_int_eq(window_law_covariance(q, spread, t, 0.0, &c), GSL_SUCCESS);
    ck_assert_msg(fabs(c.val - variance.val) <= c.err + variance.err, "%.17g, not %.17g, error %g",
                  c.val, variance.val, c.err);
    alignment_law_free(law);
    quadratic_free(q);
  }
}
END_TEST

/* All pairs one by one, also from the first step on, where the start is felt most: the start 10
 * times as far in every second. */
START_TEST(window_is_the_sum_over_all_pairs) {
  static const struct {
    size_t first, last;
  } windows[] = {{5, 6}, {5, 14}, {5, 60}, {1, 2}, {1, 16}, {2, 9}, {2, 17}, {1, 46}, {2, 47}};
  const size_t first = windows[_i / 2].first, last = windows[_i / 2].last;
  double spread[16], exact = 0.0, delta = 0.0;
  quadratic *q = small_problem(spread);
  window_law window;
  for (size_t i = 0; i < q->d && _i % 2 == 1; i++)
    spread[i] *= 100.0;
  ck_assert_int_eq(window_law_of(q, spread, first, last, &window), GSL_SUCCESS);
  for (size_t s = first; s <= last; s++)
    for (size_t t = s; t <= last; t++) {
      law_value c;
      const double lag = (double)(t - s), times = t == s ? 1.0 : 2.0;
      ck_assert_int_eq(window_law_covariance(q, spread, (double)s, lag, &c), GSL_SUCCESS);
      exact += times * c.val;
      delta += times * window_law_delta(q, spread, (double)s, lag);
    }
  const double n = (double)(last - first + 1);
  ck_assert_double_le(fabs(window.delta - delta / n / n), 1e-12 * window.delta);
  ck_assert_msg(fabs(window.variance.val - exact / n / n) <= window.variance.err,
                "%.17g, not %.17g, error %g", window.variance.val, exact / n / n,
                window.variance.err);
  ck_assert_double_le(window.variance.err, 0.05 * window.variance.val);
  quadratic_free(q);
}
END_TEST

/* A constant alignment's spread over runs: chi^2 of the time averages of 400 runs, 399 degrees of
 * freedom, each nearly normal; level 1e-8.  Power: 399 degrees of freedom see a variance that is
 * wrong by a factor of 2, either way, in all but 1e-9 of the cases. */
START_TEST(runs_scatter_as_the_law_says) {
  enum { RUNS = 400, FIRST = 200, LAST = 599 };
  double spread[16], mean[RUNS], sum = 0.0, squares = 0.0;
  quadratic *q = small_problem(spread);
  window_law window;
  ck_assert_int_eq(window_law_of(q, spread, FIRST, LAST, &window), GSL_SUCCESS);
  for (size_t r = 0; r < RUNS; r++) { /* by GSL's generator: not the program's simulator */
    gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "window", r));
    double g[16];
    for (size_t i = 0; i < q->d; i++)
      g[i] = sqrt(spread[i]) * gsl_ran_ugaussian(rng);
    mean[r] = 0.0;
    for (size_t t = 1; t <= LAST; t++) {
      double top = 0.0, rest = 0.0;
      for (size_t i = 0; i < q->d; i++) {
        const double xi = sqrt(q->v[i]) * gsl_ran_gaussian_ziggurat(rng, 1.0);
        g[i] -= q->eta * q->lambda[i] * (g[i] + xi);
        *(i < q->k ? &top : &rest) += g[i] * g[i];
      }
      if (t >= FIRST)
        mean[r] += top / (top + rest) / (LAST - FIRST + 1);
    }
    sum += mean[r];
    gsl_rng_free(rng);
  }
  for (size_t r = 0; r < RUNS; r++)
    squares += (mean[r] - sum / RUNS) * (mean[r] - sum / RUNS);
  const double chi = squares / window.variance.val;
  ck_assert_msg(gsl_cdf_chisq_P(chi, RUNS - 1) > 5e-9 && gsl_cdf_chisq_Q(chi, RUNS - 1) > 5e-9,
                "chi^2 = %g with %d degrees of freedom", chi, RUNS - 1);
  ck_assert(gsl_cdf_chisq_Q(2.0 * chi, RUNS - 1) < 5e-9);
  ck_assert(gsl_cdf_chisq_P(0.5 * chi, RUNS - 1) < 5e-9);
  /* Without the correlation of the steps the variance is wrong by far more. */
  law_value alone;
  ck_assert_int_eq(window_law_covariance(q, spread, FIRST, 0.0, &alone), GSL_SUCCESS);
  ck_assert(gsl_cdf_chisq_Q(squares / (alone.val / (LAST - FIRST + 1)), RUNS - 1) < 5e-9);
  quadratic_free(q);
}
END_TEST

START_TEST(bad_windows_are_refused) {
  double spread[16];
  law_value c;
  window_law window;
  quadratic *q = small_problem(spread);
  ck_assert_int_eq(window_law_of(q, spread, 0, 5, &window), GSL_EINVAL);
  ck_assert_int_eq(window_law_of(q, spread, 5, 5, &window), GSL_EINVAL);
  ck_assert_int_eq(window_law_of(q, spread, 1, 5, &window), GSL_SUCCESS);
  ck_assert_int_eq(window_law_covariance(q, spread, 0.5, 1.0, &c), GSL_EDOM);
  q->eta = 2.5 / q->lambda[0];
  ck_assert_int_eq(window_law_covariance(q, spread, 1.0, 1.0, &c), GSL_EDOM);
  ck_assert_int_eq(window_law_covariance(q, NULL, 1.0, 1.0, &c), GSL_EDOM);
  quadratic_free(q);
}
END_TEST

int main(void) {
  gsl_set_error_handler_off();
  Suite *suite = suite_create("window_law");
  TCase *tests = tcase_create("time averages of the alignment");
  tcase_set_timeout(tests, support_timeout(30));
  tcase_add_test(tests, two_directions_have_a_closed_form);
  tcase_add_test(tests, bad_windows_are_refused);
  tcase_add_test(tests, delta_is_the_formula);
  tcase_add_test(tests, stationary_window);
  tcase_add_test(tests, equal_directions_have_a_closed_form);
  tcase_add_test(tests, lag_zero_is_the_variance);
  tcase_add_loop_test(tests, window_is_the_sum_over_all_pairs, 0, 18);
  tcase_add_test(tests, runs_scatter_as_the_law_says);
  suite_add_tcase(suite, tests);
  return support_run(suite);
}
