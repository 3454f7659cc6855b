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
#include "laws/window_law_parts.h"
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

/* --- the steps of the computation, each by its formula in extended precision ---------------------
 */

/* Whether a long double has more digits than a double: not on all machines, nor under valgrind.
 * What is computed with it as a yardstick is looked at only then. */
static bool is_extended(void) {
  const volatile long double one = 1.0L, little = 0x1p-60L, sum = one + little;
  return sum != one;
}

/* d directions, nothing equal; the first overshoots, and one step wipes out the second. */
static quadratic *wide_problem(size_t d, size_t k, double *spread) {
  quadratic *q = quadratic_alloc(d, k);
  ck_assert_ptr_nonnull(q);
  q->eta = 0.25;
  for (size_t i = 0; i < d; i++) {
    q->lambda[i] = i == 0 ? 5.5 : i == 1 ? 4.0 : 3.1 / (1.0 + 0.07 * (double)i);
    q->v[i] = 1.0 + 0.3 * (double)(i % 7);
    spread[i] = 0.7 + 0.4 * (double)(i % 5);
  }
  return q;
}

/* w(s), w(t), e and cov^2 of the header. */
typedef struct {
  long double from, to, joint, square;
} plain_pair;

static plain_pair plain_pair_of(const quadratic *q, const double *spread, size_t i, double s,
                                double lag) {
  const long double move = (long double)q->eta * q->lambda[i], still = move * q->v[i] / (2 - move);
  const long double gap = spread == NULL ? 0 : spread[i] - still;
  plain_pair p;
  p.from = still + powl(fabsl(1 - move), 2 * s) * gap;
  p.to = still + powl(fabsl(1 - move), 2 * (s + lag)) * gap;
  p.square = powl(fabsl(1 - move), 2 * lag) * p.from * p.from;
  p.joint = p.from * still * (1 - powl(fabsl(1 - move), 2 * lag));
  return p;
}

static const size_t wide_shapes[][2] = {{2, 1}, {11, 3}, {16, 8}, {17, 9}, {300, 1}, {300, 280}};
enum { WIDE_SHAPES = 6 };

static void expect_lane(const window_lanes *x, size_t place, long double want) {
  const double found = ((const double *)x)[place];
  ck_assert_msg(fabsl(found - want) <= 1e-14 * fabsl(want), "%.17g, not %.17Lg", found, want);
}

START_TEST(pairs_are_the_formula) {
  if (!is_extended())
    return;
  static const double lags[] = {0.0, 1.0, 2.5, 30.0};
  for (size_t n = 0; n < WIDE_SHAPES; n++)
    for (size_t l = 0; l < 4; l++)
      for (int still = 0; still < 2; still++) {
        const size_t d = wide_shapes[n][0], k = wide_shapes[n][1], dominant = (k + 7) / 8;
        double spread[300];
        quadratic *q = wide_problem(d, k, spread);
        window_pair p;
        ck_assert_int_eq(window_pair_alloc(q, &p), GSL_SUCCESS);
        ck_assert_uint_eq(p.dominant, dominant);
        ck_assert_uint_eq(p.blocks, dominant + (d - k + 7) / 8);
        window_pair_fill(q, still ? NULL : spread, 3.5, lags[l], &p);
        for (size_t place = 0; place < 8 * p.blocks; place++) {
          const size_t i = place < 8 * dominant ? place : place - 8 * dominant + k;
          const bool padding = place < 8 * dominant ? i >= k : i >= d;
          plain_pair want = {0, 0, 0, 0};
          if (!padding)
            want = plain_pair_of(q, still ? NULL : spread, i, 3.5, lags[l]);
          expect_lane(p.from, place, want.from);
          expect_lane(p.to, place, want.to);
          expect_lane(p.joint, place, want.joint);
          expect_lane(p.square, place, want.square);
        }
        window_pair_free(&p);
        quadratic_free(q);
      }
}
END_TEST

/* The integrand of the header times u v, and what it is small beside. */
static double plain_node(const quadratic *q, const double *spread, double s, double lag,
                         const double mean[2], double u, double v, double *scale) {
  long double x = 0, y = 0, z = 0, log_delta = 0, moduli[3] = {0, 0, 0};
  for (size_t i = 0; i < q->d; i++) {
    const plain_pair p = plain_pair_of(q, spread, i, s, lag);
    const long double c = (i < q->k) - (long double)mean[0], e = (i < q->k) - (long double)mean[1];
    const long double delta = 1 + 2 * u * p.from + 2 * v * p.to + 4 * u * v * p.joint;
    const long double term[3] = {c * (p.from + 2 * v * p.joint) / delta,
                                 e * (p.to + 2 * u * p.joint) / delta,
                                 c * e * p.square / (delta * delta)};
    x += term[0];
    y += term[1];
    z += term[2];
    for (int j = 0; j < 3; j++)
      moduli[j] += fabsl(term[j]);
    log_delta += logl(delta);
  }
  const long double factor = (long double)u * v * expl(-0.5L * log_delta);
  *scale = (double)(factor * (moduli[0] * moduli[1] + 2 * moduli[2]));
  return (double)(factor * (x * y + 2 * z));
}

static void expect_node(const quadratic *q, const double *spread, double u, double v) {
  static const double s = 2.0, lag = 1.5, mean[] = {0.37, 0.61};
  window_pair p;
  ck_assert_int_eq(window_pair_alloc(q, &p), GSL_SUCCESS);
  window_pair_fill(q, spread, s, lag, &p);
  double scale;
  const double want = plain_node(q, spread, s, lag, mean, u, v, &scale);
  const double found = window_pair_node(&p, mean[0], mean[1], u, v);
  ck_assert_msg(fabs(found - want) <= 1e-12 * scale && scale > 1e-300,
                "d = %zu, u = %g, v = %g: %.17g, not %.17g", q->d, u, v, found, want);
  window_pair_free(&p);
}

START_TEST(nodes_are_the_formula) {
  if (!is_extended())
    return;
  static const double at[] = {1e-3, 0.04, 0.7, 9.0};
  double spread[300];
  for (size_t n = 0; n < WIDE_SHAPES; n++) {
    quadratic *q = wide_problem(wide_shapes[n][0], wide_shapes[n][1], spread);
    for (size_t i = 0; i < 4; i++)
      for (size_t j = 0; j < 4; j++)
        expect_node(q, spread, at[i], at[j]);
    quadratic_free(q);
  }
  /* One lane has a large factor in each block: the product over all of them is no double. */
  quadratic *q = wide_problem(300, 1, spread);
  for (size_t i = 0; i < 300; i++)
    q->v[i] = spread[i] = i % 8 == 1 ? 1e5 : 1e-3;
  expect_node(q, spread, 0.5, 0.5);
  quadratic_free(q);
}
END_TEST

/* e^(-12 + 3i/4) over E S, to e^12 or where u E[S e^{-uS}] is below 6e-6, beyond e. */
START_TEST(places_of_nodes) {
  if (!is_extended())
    return;
  double spread[300];
  for (size_t n = 0; n < WIDE_SHAPES; n++)
    for (int later = 0; later < 2; later++) {
      quadratic *q = wide_problem(wide_shapes[n][0], wide_shapes[n][1], spread);
      window_pair p;
      ck_assert_int_eq(window_pair_alloc(q, &p), GSL_SUCCESS);
      window_pair_fill(q, spread, 1.0, 3.0, &p);
      double u[WINDOW_NODES_MOST];
      const size_t count = window_pair_places(&p, later, u);
      long double total = 0, marginal = 1;
      for (size_t i = 0; i < q->d; i++) {
        const plain_pair one = plain_pair_of(q, spread, i, 1.0, 3.0);
        total += later ? one.to : one.from;
      }
      for (size_t i = 0; i < WINDOW_NODES_MOST && marginal >= 6e-6; i++) {
        const double exponent = -12.0 + 0.75 * (double)i;
        const long double at = expl(exponent) / total;
        ck_assert_uint_lt(i, count);
        ck_assert_double_eq_tol(u[i] / (double)at, 1.0, 1e-13);
        long double sum = 0, log_product = 0;
        for (size_t j = 0; j < q->d; j++) {
          const plain_pair one = plain_pair_of(q, spread, j, 1.0, 3.0);
          const long double w = later ? one.to : one.from;
          sum += w / (1 + 2 * at * w);
          log_product += log1pl(2 * at * w);
        }
        marginal = exponent > 1.0 ? at * sum * expl(-0.5L * log_product) : 1;
        ck_assert(marginal < 6e-6 || i + 1 == WINDOW_NODES_MOST || i + 1 < count);
        ck_assert(!(marginal < 6e-6) || i + 1 == count);
      }
      window_pair_free(&p);
      quadratic_free(q);
    }
}
END_TEST

/* x (x-1) ... (x-p+1)/p!: its sum over the integers below n is that of p + 1 at n. */
static double binomial(double x, size_t p) {
  double value = 1.0;
  for (size_t i = 0; i < p; i++)
    value *= (x - (double)i) / (double)(i + 1);
  return value;
}

/* So the rule says of all degrees below twice its size, also between whole numbers. */
START_TEST(rule_sums_polynomials) {
  static const double counts[] = {0.4,  1.0, 1.3,  2.0,  3.0,  4.5,  5.0,
                                  7.25, 8.0, 12.0, 31.5, 32.0, 100.0};
  static const size_t sizes[] = {1, 2, 3, 5, 8, 12, 32};
  for (size_t c = 0; c < 13; c++)
    for (size_t n = 0; n < 7; n++) {
      const double count = counts[c];
      window_rule rule;
      ck_assert_int_eq(window_rule_of(count, sizes[n], &rule), GSL_SUCCESS);
      const double size = fmax(1.0, fmin(floor(count), (double)sizes[n]));
      ck_assert_double_eq(size, (double)rule.size);
      const bool whole = count == size;
      bool moved = false; /* below 0, where there is no window */
      for (size_t i = 0; i < rule.size; i++) {
        ck_assert(rule.at[i] >= 0.0 && rule.at[i] <= fmax(0.0, count - 1.0) &&
                  rule.weight[i] > 0.0);
        ck_assert(!whole || (rule.at[i] == (double)i && rule.weight[i] == 1.0));
        moved = moved || (!whole && rule.at[i] == 0.0);
      }
      ck_assert(!moved || count != floor(count));
      for (size_t p = 0; p < (moved ? 1 : 2 * rule.size); p++) {
        double sum = 0.0, moduli = 0.0;
        for (size_t i = 0; i < rule.size; i++) {
          sum += rule.weight[i] * binomial(rule.at[i], p);
          moduli += rule.weight[i] * fabs(binomial(rule.at[i], p));
        }
        ck_assert_msg(fabs(sum - binomial(count, p + 1)) <= 1e-11 * moduli,
                      "%g points by %zu, degree %zu: %g, not %g", count, rule.size, p, sum,
                      binomial(count, p + 1));
      }
    }
}
END_TEST

/* Two directions that change so slowly that a few places and lags give the sum over all pairs. */
static quadratic *slow_problem(double *spread) {
  quadratic *q = quadratic_alloc(2, 1);
  ck_assert_ptr_nonnull(q);
  q->eta = 0.001;
  for (size_t i = 0; i < 2; i++) {
    q->lambda[i] = i == 0 ? 3.0 : 1.0;
    q->v[i] = i == 0 ? 500.0 : 700.0;
    spread[i] = i == 0 ? 2.0 : 0.7;
  }
  return q;
}

/* Evaluations of one lag with so many earlier times. */
static size_t evaluations_of(double count, size_t places, bool by_panels) {
  size_t sum = 0;
  for (double a = 0.0, b; a < count; a = b) {
    b = !by_panels ? count : a == 0.0 ? (double)places : 2.0 * a;
    b = b > count - 1.0 ? count : b; /* a rest of less than one is no panel */
    sum += (size_t)fmax(1.0, fmin((double)places, floor(b - a)));
  }
  return sum;
}

START_TEST(few_places_give_all_pairs) {
  static const size_t lengths[] = {2, 9, 18, 33}, picks[] = {2, 8, 3};
  double spread[2];
  quadratic *q = slow_problem(spread);
  for (size_t l = 0; l < 4; l++)
    for (size_t p = 0; p < 2; p++)
      for (int panels = 0; panels < 2; panels++) {
        window_sums sums = {q, spread, 3, 2 + lengths[l], picks[p], 8, panels, 0.0, 0.0, 0};
        ck_assert_int_eq(window_add_lags(&sums), GSL_SUCCESS);
        const size_t n = lengths[l], nodes = picks[p] < 3 ? 3 : picks[p] > 6 ? 6 : picks[p];
        size_t evaluations = 0;
        double delta = 0.0, moved = 0.0;
        for (size_t lag = 0; lag < n; lag++) {
          for (size_t s = 0; s + lag < n; s++)
            delta += (lag == 0 ? 1.0 : 2.0) * plain_delta(q, spread, 3.0 + (double)s, (double)lag);
          if (lag < 8)
            evaluations += evaluations_of((double)(n - lag), picks[p], panels);
        }
        for (size_t a = 8; a < n; a *= 2) {
          window_rule rule;
          const size_t end = 2 * a < n ? 2 * a : n;
          window_rule_of((double)(end - a), nodes, &rule);
          for (size_t i = 0; i < rule.size; i++)
            evaluations += evaluations_of((double)(n - a) - rule.at[i], picks[p], panels);
        }
        for (size_t s = 0; s < n; s++)
          moved = fmax(moved, fabs(plain_delta(q, spread, 3.0 + (double)s, 0.0) /
                                       plain_delta(q, spread, 3.0, 0.0) -
                                   1.0));
        ck_assert_uint_eq(sums.evaluations, evaluations);
        /* What a rule of degree 3 leaves of something that changes by `moved` over the window. */
        ck_assert_msg(fabs(sums.delta / delta - 1.0) <= 1e-12 + pow(moved, 4.0),
                      "%zu steps, %zu places: %.17g, not %.17g", n, picks[p], sums.delta, delta);
      }
  for (size_t p = 0; p < 3; p++) {
    double exact = 0.0;
    window_sums sums = {q, spread, 3, 14, picks[p], 8, p == 2, 0.0, 0.0, 0};
    ck_assert_int_eq(window_add_lags(&sums), GSL_SUCCESS);
    for (size_t s = 3; s <= 14; s++)
      for (size_t t = s; t <= 14; t++) {
        law_value c;
        window_law_covariance(q, spread, (double)s, (double)(t - s), &c);
        exact += (t == s ? 1.0 : 2.0) * c.val;
      }
    ck_assert_double_eq_tol(sums.exact / exact, 1.0, 1e-6);
  }
  quadratic_free(q);
}
END_TEST

/* Up to 32 steps, wherever they are: pair by pair. */
START_TEST(short_windows_pair_by_pair) {
  double spread[2];
  quadratic *q = slow_problem(spread);
  window_law window;
  ck_assert_int_eq(window_law_of(q, spread, 40, 45, &window), GSL_SUCCESS);
  ck_assert_uint_eq(window.evaluations, 6 * 7 / 2);
  ck_assert_int_eq(window_law_of(q, spread, 3, 34, &window), GSL_SUCCESS);
  ck_assert_uint_eq(window.evaluations, 32 * 33 / 2);
  ck_assert_int_eq(window_law_of(q, spread, 3, 35, &window), GSL_SUCCESS);
  ck_assert_uint_lt(window.evaluations, 33 * 34 / 2);
  quadratic_free(q);
}
END_TEST

/* Places 2, 3, 5, 8, 12 and then 8 of each panel, until the correction of the delta method's sum
 * stays twice to a thousandth over four; its error four times the last change, or once after the
 * panels, and what the places do to that sum. */
START_TEST(window_is_what_its_steps_say) {
  static const size_t places[] = {2, 3, 5, 8, 12, 8};
  for (int which = 0; which < 2; which++) {
    double spread[16], change = INFINITY, correction = INFINITY, picked = 0.0;
    const size_t first = which == 0 ? 3 : 1, last = which == 0 ? 42 : 36;
    quadratic *q = which == 0 ? slow_problem(spread) : small_problem(spread);
    for (size_t i = 0; i < q->d && which == 1; i++)
      spread[i] *= i < q->k ? 400.0 : 1.0;
    window_law window;
    ck_assert_int_eq(window_law_of(q, spread, first, last, &window), GSL_SUCCESS);
    const double n = (double)(last - first + 1);
    window_sums sums = {.q = q, .spread = spread, .first = first, .last = last, .lags_alone = 8};
    size_t stage = 0;
    for (bool settled = false; stage < 6 && !settled; stage++) {
      sums.places = places[stage];
      sums.by_panels = stage == 5;
      sums.exact = sums.delta = 0.0;
      ck_assert_int_eq(window_add_lags(&sums), GSL_SUCCESS);
      const double before = correction, earlier = change;
      correction = sums.exact / sums.delta;
      picked = sums.delta / (window.delta * n * n);
      change = fabs(correction - before);
      settled = 4.0 * fmax(change, earlier) <= 1e-3 * correction;
    }
    ck_assert_uint_eq(window.evaluations, sums.evaluations);
    ck_assert(which == 0 ? stage == 3 : stage > 3);
    ck_assert_double_eq_tol(window.variance.val / (window.delta * correction), 1.0, 1e-12);
    const double error = window.delta * ((sums.by_panels ? 1.0 : 4.0) * change +
                                         2.0 * fabs(1.0 - correction) * fabs(1.0 - picked)) +
                         2.0 * WINDOW_LAW_ERROR * window.variance.val;
    ck_assert_double_eq_tol(window.variance.err / error, 1.0, 1e-9);
    quadratic_free(q);
  }
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
  for (int turn = 0; turn < 3; turn++) {
    const double side = turn == 0 ? -1.0 : 1.0; /* a spread is not negative */
    const size_t at = turn < 2 ? 10 : 0;
    for (size_t i = 0; i < q->d; i++) {
      const double move = q->eta * q->lambda[i], kept = pow(1.0 - move, 2.0 * (double)first);
      spread[i] = move * q->v[i] / (2.0 - move) * (1.0 + (i == at ? side * 0.9e-7 / kept : 0.0));
    }
    ck_assert_int_eq(window_law_of(q, spread, first, last, &near), GSL_SUCCESS);
    ck_assert_uint_eq(near.evaluations, still.evaluations);
    ck_assert_double_eq_tol(near.variance.val, still.variance.val, 1e-6 * exact);
    const double move = q->eta * q->lambda[at], kept = pow(1.0 - move, 2.0 * (double)first);
    spread[at] = move * q->v[at] / (2.0 - move) * (1.0 + side * 1.2e-7 / kept);
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
  } windows[] = {{5, 6}, {5, 14}, {1, 2}, {1, 16}, {2, 9}, {2, 17}, {1, 34}};
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
  tcase_add_test(tests, pairs_are_the_formula);
  tcase_add_test(tests, nodes_are_the_formula);
  tcase_add_test(tests, places_of_nodes);
  tcase_add_test(tests, rule_sums_polynomials);
  tcase_add_test(tests, equal_directions_have_a_closed_form);
  tcase_add_test(tests, lag_zero_is_the_variance);
  tcase_add_test(tests, runs_scatter_as_the_law_says);
  tcase_add_test(tests, stationary_window);
  tcase_add_test(tests, short_windows_pair_by_pair);
  tcase_add_test(tests, window_is_what_its_steps_say);
  tcase_add_loop_test(tests, window_is_the_sum_over_all_pairs, 0, 14);
  tcase_add_test(tests, few_places_give_all_pairs);
  suite_add_tcase(suite, tests);
  return support_run(suite);
}
