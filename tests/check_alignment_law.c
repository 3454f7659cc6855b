/* T5a-c, the numerics: src/laws/alignment_law and src/laws/quadratic_form.
 *
 * Every comparison is |value - oracle| <= err claimed + error of the oracle, and the claimed err is
 * itself held to be small; where that is another bound than the header's it is stated. */
#include "config.h"
#include "support.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include "laws/alignment_law.h"
#include "laws/quadratic_form.h"
#include "model/random.h"
#include "verify/run.h"

static alignment_law *independent(const double *a, const double *w, size_t d, size_t k) {
  alignment_law *law = NULL;
  diagnostic diag;
  if (alignment_law_independent(a, w, d, k, &law, &diag) != GSL_SUCCESS)
    ck_abort_msg("%s", diag.message);
  return law;
}

static alignment_law *correlated(const gsl_vector *a, const gsl_matrix *c, size_t k) {
  alignment_law *law = NULL;
  diagnostic diag;
  if (alignment_law_correlated(a, c, k, &law, &diag) != GSL_SUCCESS)
    ck_abort_msg("%s", diag.message);
  return law;
}

static law_value mean_of(const alignment_law *law) {
  law_value v = {NAN, NAN};
  ck_assert_int_eq(alignment_law_mean(law, &v), GSL_SUCCESS);
  return v;
}

static law_value complement_of(const alignment_law *law) {
  law_value v = {NAN, NAN};
  ck_assert_int_eq(alignment_law_mean_complement(law, &v), GSL_SUCCESS);
  return v;
}

static law_value variance_of(const alignment_law *law) {
  law_value v = {NAN, NAN};
  ck_assert_int_eq(alignment_law_variance(law, &v), GSL_SUCCESS);
  return v;
}

static law_value cdf_of(const alignment_law *law, double c) {
  law_value v = {NAN, NAN};
  ck_assert_int_eq(alignment_law_cdf(law, c, &v), GSL_SUCCESS);
  return v;
}

static law_value density_of(const alignment_law *law, double c) {
  law_value v = {NAN, NAN};
  ck_assert_int_eq(alignment_law_density(law, c, &v), GSL_SUCCESS);
  return v;
}

static law_value quantile_of(const alignment_law *law, double p) {
  law_value v = {NAN, NAN};
  ck_assert_int_eq(alignment_law_quantile(law, p, &v), GSL_SUCCESS);
  return v;
}

#define UNIT (0.5 * (double)DBL_EPSILON)

#define ASSERT_IS(v, exact, exact_error, most_err)                                                 \
  do {                                                                                             \
    const law_value v_ = (v);                                                                      \
    const double e_ = (exact), d_ = (exact_error), m_ = (most_err);                                \
    ck_assert_msg(fabs(v_.val - e_) <= v_.err + d_ && v_.err <= m_,                                \
                  #v ": %.17g, exactly %.17g, off by %.2e, err %.2e, oracle %.2e, err at most "    \
                     "%.2e",                                                                       \
                  v_.val, e_, v_.val - e_, v_.err, d_, m_);                                        \
  } while (0)

/* n trials times SUSPALIGN_TRIALS_FACTOR, at least 1. */
static int trials(int n) {
  verify_options options;
  diagnostic diag;
  ck_assert_int_eq(verify_options_read(&options, &diag), GSL_SUCCESS);
  return (int)fmax(1.0, n * options.trials_factor);
}

/* --- closed forms --------------------------------------------------------------------------- */

/* d = 2, k = 1, centred: mean, variance sqrt(s1 s2)/(2 (sqrt s1 + sqrt s2)^2), arctan law. */
START_TEST(test_two_directions) {
  for (int decade = -24; decade <= 24; decade += 3) {
    const double w[2] = {pow(10.0, decade), 1.0};
    const double r = sqrt(w[0]), mean = r / (1.0 + r), rest = 1.0 / (1.0 + r);
    alignment_law *law = independent(NULL, w, 2, 1);
    ASSERT_IS(mean_of(law), mean, 4e-16 * mean, 1e-12 * mean);
    ASSERT_IS(complement_of(law), rest, 4e-16 * rest, 1e-12 * rest);
    const double variance = 0.5 * mean * rest;
    ASSERT_IS(variance_of(law), variance, 1e-15 * variance, 1e-12 * variance);
    for (int i = 0; i < 9; i++) {
      const double c =
          (const double[]){1e-12, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999, 1 - 0x1p-20, 1 - 0x1p-40}[i];
      const double t = sqrt(c / (1.0 - c)) / r, p = M_2_PI * atan(t);
      ASSERT_IS(cdf_of(law, c), p, 1e-15 * p, 1e-12);
      const double f = M_1_PI * t / ((1.0 + t * t) * c * (1.0 - c));
      ASSERT_IS(density_of(law, c), f, 1e-14 * f, 1e-9 * f);
    }
    for (int i = 0; i < 5; i++) {
      const double p = (const double[]){1e-9, 0.025, 0.5, 0.975, 1 - 0x1p-20}[i];
      const double t = tan(M_PI_2 * p) * r, c = t * t / (1.0 + t * t);
      /* p itself has an error u, which the tangent magnifies towards 1. */
      const double doubt = (4e-15 + 8e-16 / (1.0 - p)) * c / (1.0 + t * t) + 2e-16 * c;
      ASSERT_IS(quantile_of(law, p), c, doubt, 1e-8 * c);
    }
    alignment_law_free(law);
  }
}
END_TEST

/* The ends of the promised range: w_1/w_2 = 1e-600. */
START_TEST(test_widest_range) {
  for (int turned = 0; turned < 2; turned++) {
    const double w[2] = {turned ? 1e300 : 1e-300, turned ? 1e-300 : 1e300};
    alignment_law *law = NULL;
    diagnostic diag = {0};
    if (alignment_law_independent(NULL, w, 2, 1, &law, &diag) != GSL_SUCCESS) {
      /* Refused where long double is no wider than double: some machines, and under valgrind. */
      const volatile long double big = 0x1p1000L;
      ck_assert(!isfinite(big * big));
      ck_assert_ptr_nonnull(strstr(diag.message, "30 decades"));
      continue;
    }
    const law_value small = turned ? complement_of(law) : mean_of(law);
    ASSERT_IS(small, 1e-300, 1e-315, 1e-311);
    ASSERT_IS(turned ? mean_of(law) : complement_of(law), 1.0, 0.0, 1e-13);
    ASSERT_IS(cdf_of(law, 0.5), turned ? 0.0 : 1.0, 1e-300, 1e-15);
    alignment_law_free(law);
  }
}
END_TEST

/* Two levels, centred: with k and d-k directions of variance p and q, (N/p)/(N/p + M/q) has the
 * beta law, so that P(alpha <= c) is that at x/(1+x), x = c q/((1-c) p). */
static void check_two_levels(size_t d, size_t k, double ratio) {
  double *w = malloc(d * sizeof *w);
  ck_assert_ptr_nonnull(w);
  for (size_t i = 0; i < d; i++)
    w[i] = i < k ? ratio : 1.0;
  alignment_law *law = independent(NULL, w, d, k);
  const double a = 0.5 * (double)k, b = 0.5 * (double)(d - k);
  if (ratio == 1.0) {
    const double mean = a / (a + b), variance = mean * b / ((a + b) * (a + b + 1.0));
    ASSERT_IS(mean_of(law), mean, 1e-15 * mean, 1e-10 * mean);
    ASSERT_IS(complement_of(law), b / (a + b), 1e-15, 1e-10 * b / (a + b));
    ASSERT_IS(variance_of(law), variance, 1e-14 * variance, 1e-8 * variance);
  }
  for (int i = 0; i < 7; i++) {
    const double p = (const double[]){1e-12, 1e-4, 0.1, 0.5, 0.9, 0.9999, 1 - 0x1p-30}[i];
    const double y = gsl_cdf_beta_Pinv(p, a, b), x = y / (1.0 - y) * ratio, c = x / (1.0 + x);
    if (!(y > 1e-300 && y < 1.0 && c > 0.0 && c < 1.0))
      continue;
    /* GSL's beta is good to a relative 1e-11 or so, and y near 1 has an error of u/(1-y). */
    const double slope = gsl_ran_beta_pdf(y, a, b) * y * (1.0 - y);
    const double doubt =
        1e-11 * fmin(p, 1.0 - p) + 4e-16 + slope * 4e-16 * (1.0 / (1.0 - y) + 1.0 / (1.0 - c));
    ASSERT_IS(cdf_of(law, c), gsl_cdf_beta_P(y, a, b), doubt, 1e-10);
    const double f = slope / (c * (1.0 - c));
    ASSERT_IS(density_of(law, c), f, 1e-11 * f + (a + b) * doubt / (c * (1.0 - c)), 1e-6 * f);
    const law_value q = quantile_of(law, p);
    ASSERT_IS(q, c, 2.0 * doubt / slope * c * (1.0 - c) + 1e-15, 1e-6);
  }
  alignment_law_free(law);
  free(w);
}

START_TEST(test_two_levels) {
  check_two_levels(3, 1, 1.0);
  check_two_levels(10, 4, 1.0);
  check_two_levels(500, 50, 1.0);
  if (trials(10) >= 10) /* the large ones are too much for an emulator */
    check_two_levels(5000, 20, 1.0);
  check_two_levels(4, 2, 1e-12);
  check_two_levels(7, 3, 1e12);
  check_two_levels(500, 50, 20.0);
}
END_TEST

/* d = 4, k = 2, two levels: N and M are exponential, E alpha = r (r-1-ln r)/(r-1)^2. */
START_TEST(test_exponential_pairs) {
  for (int decade = -24; decade <= 24; decade += 4) {
    const double r = pow(10.0, decade) * 3.0;
    const double w[4] = {r, r, 1.0, 1.0};
    alignment_law *law = independent(NULL, w, 4, 2);
    const double mean = r * ((r - 1.0) - log(r)) / ((r - 1.0) * (r - 1.0));
    ASSERT_IS(mean_of(law), mean, 1e-14 * mean, 1e-12 * mean);
    const double rest = (1.0 / r) * ((1.0 / r - 1.0) + log(r)) / gsl_pow_2(1.0 / r - 1.0);
    ASSERT_IS(complement_of(law), rest, 1e-14 * rest, 1e-12 * rest);
    alignment_law_free(law);
  }
}
END_TEST

/* All variances equal: N and M are chi-square with a Poisson number of added pairs, so every law is
 * a mixture of beta laws.  All terms are positive: error 1e-12 of the sum. */
static double poisson(unsigned n, double mean) { /* GSL's is no number at mean 0 */
  return mean > 0.0 ? gsl_ran_poisson_pdf(n, mean) : n == 0;
}

START_TEST(test_poisson_mixture) {
  static const struct {
    size_t d, k;
    double shift[2]; /* squared mean of the first coordinate of each set, in variances */
  } cases[] = {{2, 1, {0.0, 4.0}},   {2, 1, {9.0, 1.0}},   {3, 2, {0.5, 30.0}},
               {5, 1, {100.0, 0.0}}, {40, 7, {3.0, 50.0}}, {500, 50, {60.0, 10.0}}};
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    const size_t d = cases[n].d, k = cases[n].k;
    double *a = calloc(d, sizeof *a), *w = calloc(d, sizeof *w);
    ck_assert(a != NULL && w != NULL);
    for (size_t i = 0; i < d; i++)
      w[i] = 0.25;
    a[0] = 0.5 * sqrt(cases[n].shift[0]);
    a[k] = -0.5 * sqrt(cases[n].shift[1]);
    alignment_law *law = independent(a, w, d, k);
    const double center = mean_of(law).val, deviation = sqrt(variance_of(law).val);
    for (int i = -2; i <= 2; i++) {
      const double c = fmin(0.999, fmax(0.001, center + i * deviation));
      double mean = 0.0, square = 0.0, p = 0.0, f = 0.0;
      for (unsigned x = 0; x < 300; x++)
        for (unsigned y = 0; y < 300; y++) {
          const double weight =
              poisson(x, 0.5 * cases[n].shift[0]) * poisson(y, 0.5 * cases[n].shift[1]);
          if (weight < 1e-20) /* 9e4 of them are of no weight */
            continue;
          const double alpha = 0.5 * (double)k + x, beta = 0.5 * (double)(d - k) + y;
          mean += weight * alpha / (alpha + beta);
          square += weight * alpha * (alpha + 1.0) / ((alpha + beta) * (alpha + beta + 1.0));
          p += weight * gsl_cdf_beta_P(c, alpha, beta);
          f += weight * gsl_ran_beta_pdf(c, alpha, beta);
        }
      ASSERT_IS(mean_of(law), mean, 1e-12 * mean, 1e-10 * mean);
      ASSERT_IS(variance_of(law), square - mean * mean, 1e-12 * square, 1e-8 * square);
      ASSERT_IS(cdf_of(law, c), p, 1e-11, 1e-10);
      ASSERT_IS(density_of(law, c), f, 1e-10 * f, 1e-6 * f);
    }
    alignment_law_free(law);
    free(a);
    free(w);
  }
}
END_TEST

/* --- brute force ---------------------------------------------------------------------------- */

/* d = 2 with any mean and covariance: the plane in polar coordinates, the radius in closed form,
 * alpha = cos^2 of the angle. */
typedef struct {
  double a[2], inverse[3], factor; /* inverse covariance: 11, 12, 22 */
  int power;                       /* of alpha */
} plane;

static plane plane_of(const double a[2], double c11, double c12, double c22, int power) {
  const double det = c11 * c22 - c12 * c12;
  return (plane){.a = {a[0], a[1]},
                 .inverse = {c22 / det, -c12 / det, c11 / det},
                 .factor = 0.5 * M_1_PI / sqrt(det),
                 .power = power};
}

/* The density of the angle: int_0^oo r f(r u) dr, u the direction. */
static double plane_density(double angle, const plane *q) {
  const double u[2] = {cos(angle), sin(angle)}, *m = q->inverse, *a = q->a;
  const double uu = m[0] * u[0] * u[0] + 2.0 * m[1] * u[0] * u[1] + m[2] * u[1] * u[1];
  const double ua = m[0] * u[0] * a[0] + m[1] * (u[0] * a[1] + u[1] * a[0]) + m[2] * u[1] * a[1];
  const double aa = m[0] * a[0] * a[0] + 2.0 * m[1] * a[0] * a[1] + m[2] * a[1] * a[1];
  const double b = ua / sqrt(uu);
  return q->factor / uu *
         (exp(-0.5 * aa) +
          b * sqrt(2.0 * M_PI) * gsl_cdf_ugaussian_P(b) * exp(-0.5 * (aa - b * b)));
}

static double plane_angle(double angle, void *context) {
  const plane *q = context;
  return gsl_pow_int(gsl_pow_2(cos(angle)), q->power) *
         (plane_density(angle, q) + plane_density(angle + M_PI, q));
}

/* E[alpha^power; |cos| <= sqrt c], error 1e-12. */
static double plane_integral(const double a[2], double c11, double c12, double c22, int power,
                             double c) {
  plane q = plane_of(a, c11, c12, c22, power);
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(2000);
  ck_assert_ptr_nonnull(work);
  gsl_function function = {.function = plane_angle, .params = &q};
  double value, error;
  const double edge = acos(sqrt(c));
  gsl_integration_qag(&function, edge, M_PI - edge, 1e-13, 1e-12, 2000, GSL_INTEG_GAUSS31, work,
                      &value, &error);
  ck_assert_msg(error < 1e-12, "the oracle's error is %.2e", error);
  gsl_integration_workspace_free(work);
  return value;
}

/* The density of alpha at c: four angles have cos^2 = c, d alpha = 2 sqrt(c (1-c)) d angle. */
static double plane_density_at(const double a[2], double c11, double c12, double c22, double c) {
  const plane q = plane_of(a, c11, c12, c22, 0);
  const double angle = acos(sqrt(c));
  return (plane_density(angle, &q) + plane_density(-angle, &q) + plane_density(M_PI - angle, &q) +
          plane_density(M_PI + angle, &q)) /
         (2.0 * sqrt(c * (1.0 - c)));
}

START_TEST(test_plane) {
  static const struct {
    double a[2], c[3];
  } cases[] = {
      {{0.0, 0.0}, {1.0, 0.0, 3.0}}, {{1.0, 0.5}, {1.0, 0.0, 3.0}}, {{-2.0, 1.0}, {0.1, 0.0, 2.0}},
      {{3.0, 0.0}, {0.5, 0.0, 0.5}}, {{0.0, 0.0}, {1.0, 0.9, 1.0}}, {{1.0, -2.0}, {2.0, -1.0, 1.0}},
      {{0.3, 0.1}, {5.0, 1.9, 0.8}},
  };
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    const double *a = cases[n].a, *c = cases[n].c;
    gsl_matrix *covariance = gsl_matrix_alloc(2, 2);
    ck_assert_ptr_nonnull(covariance);
    gsl_matrix_set(covariance, 0, 0, c[0]);
    gsl_matrix_set(covariance, 0, 1, c[1]);
    gsl_matrix_set(covariance, 1, 0, c[1]);
    gsl_matrix_set(covariance, 1, 1, c[2]);
    gsl_vector_const_view mean = gsl_vector_const_view_array(a, 2);
    alignment_law *law = correlated(&mean.vector, covariance, 1);
    const double first = plane_integral(a, c[0], c[1], c[2], 1, 1.0);
    const double second = plane_integral(a, c[0], c[1], c[2], 2, 1.0);
    ASSERT_IS(mean_of(law), first, 1e-12, 1e-10 * first);
    ASSERT_IS(variance_of(law), second - first * first, 3e-12, 1e-8 * second);
    for (int i = 0; i < 3; i++) {
      const double x = (const double[]){0.1, 0.5, 0.93}[i];
      ASSERT_IS(cdf_of(law, x), plane_integral(a, c[0], c[1], c[2], 0, x), 1e-12, 1e-8);
      const double f = plane_density_at(a, c[0], c[1], c[2], x);
      ASSERT_IS(density_of(law, x), f, 1e-13 * f, 1e-6 * f);
    }
    alignment_law_free(law);
    gsl_matrix_free(covariance);
  }
}
END_TEST

/* d = 2, independent, one direction (nearly) certain: P(alpha <= c) = E P(g_1^2 <= x g_2^2 | g_2),
 * by GSL in one dimension; with w_2 = 0 it is an error function, and Imhof's integrand has no decay
 * but y^-3/2. */
typedef struct {
  double a1, s1, a2, s2, x;
} half_certain;

static double half_certain_at(double t, void *context) {
  const half_certain *q = context;
  const double edge = sqrt(q->x) * fabs(q->a2 + q->s2 * t);
  const double p =
      gsl_cdf_ugaussian_P((edge - q->a1) / q->s1) - gsl_cdf_ugaussian_P((-edge - q->a1) / q->s1);
  return p * gsl_ran_ugaussian_pdf(t);
}

START_TEST(test_nearly_certain) {
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(2000);
  ck_assert_ptr_nonnull(work);
  for (int turned = 0; turned < 2; turned++)
    for (int n = 0; n < 6; n++)
      for (int i = 0; i < 4; i++) {
        const double w2 = (const double[]){0.0, 1e-24, 1e-12, 1e-6, 1e-3, 1.0}[n];
        const double c = (const double[]){0.02, 0.2, 0.5, 0.95}[i];
        half_certain q = {.a1 = 0.0, .s1 = 1.0, .a2 = 3.0, .s2 = sqrt(w2), .x = c / (1.0 - c)};
        gsl_function function = {.function = half_certain_at, .params = &q};
        double p, error, point[3] = {-12.0, 0.0, 12.0};
        if (w2 == 0.0)
          p = half_certain_at(0.0, &q) / gsl_ran_ugaussian_pdf(0.0);
        else if (q.s2 > 0.25) {
          point[1] = -q.a2 / q.s2;
          gsl_integration_qagp(&function, point, 3, 1e-13, 1e-12, 2000, work, &p, &error);
        } else
          gsl_integration_qag(&function, -12.0, 12.0, 1e-13, 1e-12, 2000, GSL_INTEG_GAUSS61, work,
                              &p, &error);
        const double a[2] = {turned ? 3.0 : 0.0, turned ? 0.0 : 3.0};
        const double w[2] = {turned ? w2 : 1.0, turned ? 1.0 : w2};
        alignment_law *law = independent(a, w, 2, 1);
        ASSERT_IS(cdf_of(law, turned ? 1.0 - c : c), turned ? 1.0 - p : p, 2e-12, 1e-9);
        alignment_law_free(law);
      }
  gsl_integration_workspace_free(work);
}
END_TEST

/* --- T5b with no centring, and T5a, straight from the page ---------------------------------- */

typedef struct {
  const double *a, *w;
  size_t d, k;
  int power;
} page;

static double page_integrand(double s, void *context) {
  const page *q = context;
  double log_phi = 0.0, psi = 0.0, spread = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const double t = 1.0 + 2.0 * s * q->w[i], a2 = q->a[i] * q->a[i];
    log_phi -= 0.5 * log1p(2.0 * s * q->w[i]) + s * a2 / t;
    if (i < q->k) {
      psi += q->w[i] / t + a2 / (t * t);
      spread += 2.0 * q->w[i] * q->w[i] / (t * t) + 4.0 * a2 * q->w[i] / (t * t * t);
    }
  }
  return exp(log_phi) * (q->power == 1 ? psi : s * (psi * psi + spread));
}

static double page_moment(page *q, int power) {
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(5000);
  ck_assert_ptr_nonnull(work);
  gsl_function function = {.function = page_integrand, .params = q};
  double value, error;
  q->power = power;
  gsl_integration_qagiu(&function, 0.0, 0.0, 1e-12, 5000, work, &value, &error);
  ck_assert(error <= 1e-11 * value);
  gsl_integration_workspace_free(work);
  return value;
}

static void random_law(gsl_rng *rng, double *a, double *w, size_t d) {
  const int centred = random_chance(rng, 0.3);
  const double noise = random_log_uniform(rng, 1e-3, 1.0);
  for (size_t i = 0; i < d; i++) {
    w[i] = random_chance(rng, 0.1) && i > 0 ? 0.0 : noise * random_log_uniform(rng, 1e-2, 1.0);
    a[i] = centred ? 0.0 : random_sign(rng) * random_log_uniform(rng, 0.05, 2.0);
  }
}

START_TEST(test_formulas_of_the_page) {
  gsl_rng *rng = random_alloc(11);
  ck_assert_ptr_nonnull(rng);
  double a[60], w[60];
  for (int n = trials(60); n > 0; n--) {
    const size_t d = random_index(rng, 4, 60), k = random_index(rng, 1, d - 2);
    random_law(rng, a, w, d);
    w[d - 1] = 0.5;
    alignment_law *law = independent(a, w, d, k);
    page q = {a, w, d, k, 1};
    const double first = page_moment(&q, 1), second = page_moment(&q, 2);
    ASSERT_IS(mean_of(law), first, 1e-11 * first, 1e-11 * first);
    const double variance = second - first * first;
    ASSERT_IS(variance_of(law), variance, 3e-11 * second, 1e-8 * variance);
    alignment_law_free(law);
  }
  gsl_rng_free(rng);
}
END_TEST

/* Where alpha is concentrated E[alpha^2] - (E alpha)^2 has no digits left: a small noise of size e
 * about a certain state gives Var alpha = e^2 |grad|^2 (1 + O(e^2)), |grad|^2 = 4 alpha
 * (1-alpha)/S. */
START_TEST(test_concentrated) {
  for (int n = 3; n <= 7; n++) {
    const double e = pow(10.0, -n), a[3] = {1.0, 2.0, -1.5}, w[3] = {e * e, e * e, e * e};
    const double s = 1.0 + 4.0 + 2.25, alpha = 1.0 / s;
    alignment_law *law = independent(a, w, 3, 1);
    const double variance = e * e * 4.0 * alpha * (1.0 - alpha) / s;
    ASSERT_IS(variance_of(law), variance, 20.0 * e * e * variance, 1e-6 * variance);
    ASSERT_IS(mean_of(law), alpha, 4.0 * e * e, 1e-10 * alpha);
    /* Nearly normal: the median is alpha to O(e^2), the 97.5 % point 1.96 deviations above. */
    ASSERT_IS(quantile_of(law, 0.5), alpha, 4.0 * e * e, 1e-6 * e);
    const double upper = alpha + gsl_cdf_ugaussian_Pinv(0.975) * sqrt(variance);
    ASSERT_IS(quantile_of(law, 0.975), upper, 20.0 * e * e, 1e-6 * e);
    alignment_law_free(law);
  }
  /* The smaller of alpha and 1 - alpha has the digits that a deviation of 1e-7 of it needs. */
  for (int turned = 0; turned < 2; turned++) {
    const double a[2] = {turned ? 1.0 : 1e-6, turned ? 1e-6 : 1.0}, w[2] = {1e-26, 1e-26};
    alignment_law *law = independent(a, w, 2, 1);
    const double variance = 4e-38 / gsl_pow_3(1.0 + 1e-12);
    ASSERT_IS(variance_of(law), variance, 1e-13 * variance, 1e-8 * variance);
    alignment_law_free(law);
  }
}
END_TEST

/* --- Monte Carlo ---------------------------------------------------------------------------- */

static int ascending(const void *x, const void *y) {
  const double a = *(const double *)x, b = *(const double *)y;
  return (a > b) - (a < b);
}

/* False alarm at most 3e-10 a law: Bernstein's inequality for the mean (alpha is in [0, 1], of the
 * variance that is claimed), Hoeffding's for the variance, Dvoretzky-Kiefer-Wolfowitz-Massart for
 * the distribution function at 40 points. */
START_TEST(test_monte_carlo) {
  enum { SAMPLES = 400000, POINTS = 40 };
  gsl_rng *rng = random_alloc(12);
  double *alpha = malloc(SAMPLES * sizeof *alpha);
  ck_assert(rng != NULL && alpha != NULL);
  double a[20], w[20];
  const double odds = log(2.0 / 1e-10);
  const int laws = trials(6);
  for (int n = 0; n < laws; n++) {
    const size_t d = random_index(rng, 3, 20), k = random_index(rng, 1, d - 2);
    random_law(rng, a, w, d);
    w[0] = w[d - 1] = 0.5;
    alignment_law *law = independent(a, w, d, k);
    double sum = 0.0, square = 0.0;
    const double center = mean_of(law).val, variance = variance_of(law).val;
    for (int t = 0; t < SAMPLES; t++) {
      double part[2] = {0.0, 0.0};
      for (size_t i = 0; i < d; i++) {
        const double g = a[i] + sqrt(w[i]) * gsl_ran_gaussian_ziggurat(rng, 1.0);
        part[i >= k] += g * g;
      }
      alpha[t] = part[0] / (part[0] + part[1]);
      sum += alpha[t];
      square += (alpha[t] - center) * (alpha[t] - center);
    }
    const double bernstein = odds / (3.0 * SAMPLES) + sqrt(gsl_pow_2(odds / (3.0 * SAMPLES)) +
                                                           2.0 * variance * odds / SAMPLES);
    ck_assert_double_eq_tol(sum / SAMPLES, center, bernstein);
    ck_assert_double_eq_tol(square / SAMPLES, variance, sqrt(odds / (2.0 * SAMPLES)));
    qsort(alpha, SAMPLES, sizeof *alpha, ascending);
    for (int i = 1; i < POINTS; i++) {
      const int at = i * (SAMPLES / POINTS);
      const law_value p = cdf_of(law, 0.5 * (alpha[at - 1] + alpha[at]));
      ck_assert_double_eq_tol(p.val, (double)at / SAMPLES, sqrt(odds / (2.0 * SAMPLES)));
    }
    alignment_law_free(law);
  }
  free(alpha);
  gsl_rng_free(rng);
}
END_TEST

/* --- relations ------------------------------------------------------------------------------ */

/* E alpha = int c dP = 1 - int P(alpha <= c) dc, the density is the derivative, the quantile the
 * inverse. */
static double cdf_integrand(double c, void *law) {
  return cdf_of(law, c).val;
}

static double density_integrand(double c, void *law) {
  return c * density_of(law, c).val;
}

START_TEST(test_consistent) {
  gsl_rng *rng = random_alloc(13);
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(2000);
  ck_assert(rng != NULL && work != NULL);
  double a[30], w[30];
  for (int n = trials(12); n > 0; n--) {
    const size_t d = random_index(rng, 6, 30), k = random_index(rng, 3, d - 3);
    random_law(rng, a, w, d);
    for (size_t i = 0; i < d; i++)
      w[i] = fmax(w[i], 0.01);
    alignment_law *law = independent(a, w, d, k);
    const law_value mean = mean_of(law), rest = complement_of(law);
    ck_assert(fabs(mean.val + rest.val - 1.0) <= mean.err + rest.err + 2e-16);
    double value, error;
    gsl_function function = {.function = cdf_integrand, .params = law};
    gsl_integration_qag(&function, 0.0, 1.0, 1e-10, 0.0, 2000, GSL_INTEG_GAUSS21, work, &value,
                        &error);
    ck_assert_double_eq_tol(1.0 - value, mean.val, 1e-9);
    function.function = density_integrand;
    gsl_integration_qag(&function, 0.0, 1.0, 1e-10, 0.0, 2000, GSL_INTEG_GAUSS21, work, &value,
                        &error);
    ck_assert_double_eq_tol(value, mean.val, 1e-9);
    for (int i = 0; i < 3; i++) {
      const double p = (const double[]){0.025, 0.5, 0.975}[i];
      const law_value q = quantile_of(law, p), back = cdf_of(law, q.val);
      ck_assert(fabs(back.val - p) <= back.err + 2.0 * density_of(law, q.val).val * q.err);
    }
    alignment_law_free(law);
  }
  gsl_integration_workspace_free(work);
  gsl_rng_free(rng);
}
END_TEST

/* A common scale by a power of two: every bit the same.  A permutation inside a set: the same
 * within the errors. */
START_TEST(test_scale_and_permutation) {
  gsl_rng *rng = random_alloc(14);
  ck_assert_ptr_nonnull(rng);
  double a[24], w[24], b[24], x[24];
  for (int n = trials(40); n > 0; n--) {
    const size_t d = random_index(rng, 2, 24), k = random_index(rng, 1, d - 1);
    random_law(rng, a, w, d);
    const int power = (int)random_index(rng, 0, 400) - 200;
    for (size_t i = 0; i < d; i++) {
      b[i] = ldexp(a[i], power);
      x[i] = ldexp(w[i] = fmax(w[i], 1e-4), 2 * power);
    }
    alignment_law *law = independent(a, w, d, k), *scaled = independent(b, x, d, k);
    ck_assert(mean_of(law).val == mean_of(scaled).val);
    ck_assert(complement_of(law).err == complement_of(scaled).err);
    ck_assert(variance_of(law).val == variance_of(scaled).val);
    ck_assert(cdf_of(law, 0.3).val == cdf_of(scaled, 0.3).val);
    ck_assert(density_of(law, 0.3).val == density_of(scaled, 0.3).val);
    alignment_law_free(scaled);
    for (size_t i = 0; i < d; i++) {
      const size_t from = i < k ? k - 1 - i : d - 1 - (i - k);
      b[i] = -a[from];
      x[i] = w[from];
    }
    alignment_law *turned = independent(b, x, d, k);
    const law_value m = mean_of(law), v = variance_of(law), p = cdf_of(law, 0.3);
    ASSERT_IS(mean_of(turned), m.val, m.err, 1e-10);
    ASSERT_IS(variance_of(turned), v.val, v.err, 1e-8);
    ASSERT_IS(cdf_of(turned, 0.3), p.val, p.err, 1e-8);
    alignment_law_free(turned);
    alignment_law_free(law);
  }
  gsl_rng_free(rng);
}
END_TEST

/* A random orthogonal matrix of blocks k and d-k: the Q of a normal matrix, twice. */
static gsl_matrix *block_rotation(gsl_rng *rng, size_t d, size_t k) {
  gsl_matrix *u = gsl_matrix_calloc(d, d);
  ck_assert_ptr_nonnull(u);
  for (int set = 0; set < 2; set++) {
    const size_t n = set == 0 ? k : d - k, first = set == 0 ? 0 : k;
    gsl_matrix *x = gsl_matrix_alloc(n, n), *q = gsl_matrix_alloc(n, n),
               *r = gsl_matrix_alloc(n, n);
    gsl_vector *tau = gsl_vector_alloc(n);
    ck_assert(x != NULL && q != NULL && r != NULL && tau != NULL);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++)
        gsl_matrix_set(x, i, j, gsl_ran_gaussian(rng, 1.0));
    gsl_linalg_QR_decomp(x, tau);
    gsl_linalg_QR_unpack(x, tau, q, r);
    gsl_matrix_view block = gsl_matrix_submatrix(u, first, first, n, n);
    gsl_matrix_memcpy(&block.matrix, q);
    gsl_matrix_free(x);
    gsl_matrix_free(q);
    gsl_matrix_free(r);
    gsl_vector_free(tau);
  }
  return u;
}

/* The correlated law against the independent one: a rotation inside each set changes no alignment.
 * The rotated covariance is rounded, which moves the law by no more than the correlated law's own
 * err. */
static void check_rotated(gsl_rng *rng, const double *a, const double *w, size_t d, size_t k) {
  gsl_matrix *u = block_rotation(rng, d, k), *half = gsl_matrix_alloc(d, d);
  gsl_matrix *c = gsl_matrix_alloc(d, d);
  gsl_vector *mean = gsl_vector_alloc(d);
  ck_assert(half != NULL && c != NULL && mean != NULL);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++)
      gsl_matrix_set(half, i, j, gsl_matrix_get(u, i, j) * sqrt(w[j]));
  gsl_blas_dsyrk(CblasLower, CblasNoTrans, 1.0, half, 0.0, c);
  for (size_t i = 0; i < d; i++)
    for (size_t j = i + 1; j < d; j++)
      gsl_matrix_set(c, i, j, gsl_matrix_get(c, j, i));
  gsl_vector_const_view view = gsl_vector_const_view_array(a, d);
  gsl_blas_dgemv(CblasNoTrans, 1.0, u, &view.vector, 0.0, mean);
  alignment_law *plain = independent(a, w, d, k), *turned = correlated(mean, c, k);
  const law_value m = mean_of(plain), rest = complement_of(plain), v = variance_of(plain);
  ASSERT_IS(mean_of(turned), m.val, m.err, 1e-10 * m.val);
  ASSERT_IS(complement_of(turned), rest.val, rest.err, 1e-10 * rest.val);
  law_value turned_variance = {NAN, NAN};
  const int status = alignment_law_variance(turned, &turned_variance);
  ck_assert(status == GSL_SUCCESS || status == GSL_ETOL);
  ASSERT_IS(turned_variance, v.val, v.err, 1e-10);
  for (int i = -1; i <= 1; i++) {
    const double x = fmin(0.99, fmax(0.01, m.val + 1.5 * i * sqrt(v.val)));
    const law_value p = cdf_of(plain, x), f = density_of(plain, x);
    ASSERT_IS(cdf_of(turned, x), p.val, p.err, 1e-8);
    law_value turned_density = {NAN, NAN};
    alignment_law_density(turned, x, &turned_density);
    ASSERT_IS(turned_density, f.val, f.err, 1e-5 * (1.0 + f.val));
  }
  const law_value q = quantile_of(plain, 0.3);
  ASSERT_IS(quantile_of(turned, 0.3), q.val, q.err, 1e-7);
  alignment_law_free(plain);
  alignment_law_free(turned);
  gsl_matrix_free(u);
  gsl_matrix_free(half);
  gsl_matrix_free(c);
  gsl_vector_free(mean);
}

START_TEST(test_rotation) {
  gsl_rng *rng = random_alloc(15);
  ck_assert_ptr_nonnull(rng);
  double a[160], w[160];
  for (int n = trials(20); n > 0; n--) {
    const size_t d = random_index(rng, 4, 16), k = random_index(rng, 2, d - 2);
    random_law(rng, a, w, d);
    for (size_t i = 0; i < d; i++)
      w[i] = fmax(w[i], 0.003);
    check_rotated(rng, a, w, d, k);
  }
  random_law(rng, a, w, 160); /* beyond the size at which the eigensolver changes */
  for (size_t i = 0; i < 160; i++)
    w[i] = fmax(w[i], 0.003);
  check_rotated(rng, a, w, 160, 20);
  gsl_rng_free(rng);
}
END_TEST

/* A covariance of rank 1 and a mean outside its range: g = (3, 4) + (0, ...) beside z (1, 1, 0). */
START_TEST(test_singular_covariance) {
  gsl_matrix *c = gsl_matrix_calloc(3, 3);
  gsl_vector *a = gsl_vector_calloc(3);
  ck_assert(c != NULL && a != NULL);
  for (size_t i = 0; i < 2; i++)
    for (size_t j = 0; j < 2; j++)
      gsl_matrix_set(c, i, j, 1.0);
  gsl_vector_set(a, 2, 3.0);
  /* g = (z, z, 3), k = 1: alpha = z^2/(2z^2 + 9) <= c where z^2 <= 9c/(1 - 2c). */
  alignment_law *law = correlated(a, c, 1);
  for (int i = 0; i < 3; i++) {
    const double x = (const double[]){0.05, 0.2, 0.45}[i];
    const double p = gsl_cdf_chisq_P(9.0 * x / (1.0 - 2.0 * x), 1.0);
    law_value v = {NAN, NAN};
    alignment_law_cdf(law, x, &v);
    ASSERT_IS(v, p, 1e-14, 1e-6);
  }
  alignment_law_free(law);
  gsl_matrix_free(c);
  gsl_vector_free(a);
}
END_TEST

/* --- laws along a run ----------------------------------------------------------------------- */

START_TEST(test_laws_of_a_run) {
  diagnostic diag;
  quadratic *q = support_hand_instance(); /* lambda = (10, 1), g = (1, 1), v = (1, 1) */
  alignment_law *law = NULL, *other = NULL;
  ck_assert_int_eq(alignment_law_after_step(q, 0.125, &law, &diag), GSL_SUCCESS);
  other = independent((const double[]){-0.25, 0.875}, (const double[]){1.5625, 0.015625}, 2, 1);
  ck_assert(mean_of(law).val == mean_of(other).val);
  alignment_law_free(law);
  alignment_law_free(other);

  q->eta = 0.1; /* s = (1, 1/19): E alpha = sqrt(19)/(1 + sqrt(19)) */
  const double mean = sqrt(19.0) / (1.0 + sqrt(19.0));
  ck_assert_int_eq(alignment_law_stationary(q, &law, &diag), GSL_SUCCESS);
  ASSERT_IS(mean_of(law), mean, 2e-16, 1e-13);
  ck_assert_int_eq(alignment_law_at_time(q, 1e6, NULL, &other, &diag), GSL_SUCCESS);
  ASSERT_IS(mean_of(other), mean, 2e-16, 1e-12);
  alignment_law_free(other);
  alignment_law_free(law);

  /* One step at time 1 is the law after a step; a random start of variance s stays where it is. */
  q->eta = 0.03;
  ck_assert_int_eq(alignment_law_at_time(q, 1.0, NULL, &law, &diag), GSL_SUCCESS);
  ck_assert_int_eq(alignment_law_after_step(q, 0.03, &other, &diag), GSL_SUCCESS);
  ASSERT_IS(mean_of(law), mean_of(other).val, mean_of(other).err, 1e-12);
  ASSERT_IS(cdf_of(law, 0.4), cdf_of(other, 0.4).val, cdf_of(other, 0.4).err, 1e-8);
  alignment_law_free(law);
  alignment_law_free(other);
  const double spread[2] = {0.3 / 1.7, 0.03 / 1.97};
  ck_assert_int_eq(alignment_law_stationary(q, &law, &diag), GSL_SUCCESS);
  for (double t = 1.0; t < 1e5; t *= 7.0) {
    ck_assert_int_eq(alignment_law_at_time(q, t, spread, &other, &diag), GSL_SUCCESS);
    ASSERT_IS(mean_of(other), mean_of(law).val, mean_of(law).err, 1e-12);
    alignment_law_free(other);
  }
  /* Three steps by hand: m_i = (1 - eta lambda)^3, c_i = s_i (1 - rho_i^3). */
  ck_assert_int_eq(alignment_law_at_time(q, 3.0, NULL, &other, &diag), GSL_SUCCESS);
  alignment_law_free(law);
  law = independent(
      (const double[]){0.343, 0.97 * 0.97 * 0.97},
      (const double[]){spread[0] * (1.0 - pow(0.7, 6.0)), spread[1] * (1.0 - pow(0.97, 6.0))}, 2,
      1);
  ASSERT_IS(mean_of(other), mean_of(law).val, 1e-14, 1e-12);
  alignment_law_free(law);
  alignment_law_free(other);
  /* Beyond eta lambda = 3/2: m = (-0.8^3, 0.82^3), s_1 = 1.8/0.2 = 9. */
  q->eta = 0.18;
  ck_assert_int_eq(alignment_law_at_time(q, 3.0, NULL, &other, &diag), GSL_SUCCESS);
  law = independent(
      (const double[]){-0.512, 0.82 * 0.82 * 0.82},
      (const double[]){9.0 * (1.0 - pow(0.8, 6.0)), 0.18 / 1.82 * (1.0 - pow(0.82, 6.0))}, 2, 1);
  ASSERT_IS(mean_of(other), mean_of(law).val, 1e-14, 1e-12);
  alignment_law_free(law);
  alignment_law_free(other);
  q->eta = 0.03;
  /* Without noise in the bulk what is left there decays, in the end to nothing at all. */
  q->v[1] = 0.0;
  ck_assert_int_eq(alignment_law_at_time(q, 1000.0, NULL, &other, &diag), GSL_SUCCESS);
  const double decayed = exp(1000.0 * log1p(-0.03)), root = sqrt(spread[0]);
  /* 1 - alpha = m^2/(z^2 s + m^2): of mean m sqrt(pi/(2s)) (1 + O(m)). */
  const double small = decayed * sqrt(M_PI_2) / root;
  ASSERT_IS(complement_of(other), small, 1e-11 * small, 1e-10 * small);
  alignment_law_free(other);
  other = NULL;
  ck_assert_int_eq(alignment_law_at_time(q, 5e5, NULL, &other, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "1 with certainty"));
  quadratic_free(q);
}
END_TEST

/* With a covariance: after a step by brute force in the plane; the stationary one solves C = (I -
 * eta Lambda) C (I - eta Lambda) + eta^2 Lambda Sigma Lambda. */
START_TEST(test_covariances_of_a_run) {
  diagnostic diag;
  quadratic *q = support_hand_instance();
  q->eta = 0.15;
  q->covariance = gsl_matrix_alloc(2, 2);
  ck_assert_ptr_nonnull(q->covariance);
  gsl_matrix_set_all(q->covariance, 0.6);
  gsl_matrix_set(q->covariance, 0, 0, 1.0);
  gsl_matrix_set(q->covariance, 1, 1, 1.0);
  alignment_law *law = NULL;
  const double lambda[2] = {10.0, 1.0}, a[2] = {1.0 - 1.5, 1.0 - 0.15};
  ck_assert_int_eq(alignment_law_after_step(q, 0.15, &law, &diag), GSL_SUCCESS);
  ASSERT_IS(mean_of(law), plane_integral(a, 2.25, 0.6 * 0.225, 0.0225, 1, 1.0), 1e-9, 1e-10);
  alignment_law_free(law);
  double c[3]; /* by iterating the recursion to its fixed point */
  memset(c, 0, sizeof c);
  for (int t = 0; t < 2000; t++)
    for (int i = 0; i < 3; i++) {
      const double x = 0.15 * lambda[i == 2], y = 0.15 * lambda[i > 0];
      c[i] = (1.0 - x) * (1.0 - y) * c[i] + x * y * (i == 1 ? 0.6 : 1.0);
    }
  ck_assert_int_eq(alignment_law_stationary(q, &law, &diag), GSL_SUCCESS);
  const double zero[2] = {0.0, 0.0};
  ASSERT_IS(mean_of(law), plane_integral(zero, c[0], c[1], c[2], 1, 1.0), 1e-9, 1e-10);
  ASSERT_IS(cdf_of(law, 0.9), plane_integral(zero, c[0], c[1], c[2], 0, 0.9), 1e-9, 1e-8);
  alignment_law_free(law);
  quadratic_free(q);
}
END_TEST

/* --- size, speed's other side, planted errors ----------------------------------------------- */

/* d = 5000 over 24 decades of variance: every status good, the parts add up, the bounds hold. */
START_TEST(test_large_and_wide) {
  enum { MOST = 5000 };
  const size_t d = trials(10) >= 10 ? MOST : MOST / 10;
  double *w = malloc(d * sizeof *w), *a = calloc(d, sizeof *a);
  ck_assert(w != NULL && a != NULL);
  for (size_t i = 0; i < d; i++) {
    w[i] = pow(10.0, -24.0 * (double)i / (double)(d - 1));
    a[i] = i % 7 == 0 ? sqrt(w[i]) : 0.0;
  }
  for (size_t k = 5; k < d; k *= 9) {
    alignment_law *law = independent(a, w, d, k);
    const law_value mean = mean_of(law), rest = complement_of(law), v = variance_of(law);
    ck_assert(mean.err <= 1e-10 * mean.val && rest.err <= 1e-10 * rest.val &&
              v.err <= 1e-8 * v.val);
    ck_assert(fabs(mean.val + rest.val - 1.0) <= mean.err + rest.err + 2e-16);
    const double below = quantile_of(law, 0.2).val, above = quantile_of(law, 0.8).val;
    /* Beyond 1 - 1e-16 every quantile rounds to 1. */
    ck_assert(below < above || (below == above && rest.val < 1e-15));
    ck_assert(cdf_of(law, 0.5 * (below + above)).err <= 1e-8);
    alignment_law_free(law);
  }
  free(a);
  free(w);
}
END_TEST

/* Two per cent in one variance is far outside every err. */
START_TEST(test_planted_error_is_seen) {
  double w[12], x[12];
  for (size_t i = 0; i < 12; i++)
    x[i] = w[i] = 1.0 / (double)(1 + i);
  x[2] *= 1.02;
  alignment_law *law = independent(NULL, w, 12, 4), *other = independent(NULL, x, 12, 4);
  ck_assert(mean_of(other).val - mean_of(law).val > 1e8 * mean_of(law).err);
  ck_assert(cdf_of(law, 0.7).val - cdf_of(other, 0.7).val > 1e5 * cdf_of(law, 0.7).err);
  ck_assert(fabs(variance_of(law).val - variance_of(other).val) > 1e5 * variance_of(law).err);
  alignment_law_free(law);
  alignment_law_free(other);
}
END_TEST

/* --- the bounds, term by term --------------------------------------------------------------- */

/* What is claimed of an error is derived in alignment_law.c; here it is worked out once more, from
 * variances and means and with no lanes, products or padding of sums, and both must agree: a bound
 * with a term too few would still hold on nearly every instance. */
typedef struct {
  size_t d, k;
  const double *w, *a;         /* length d: of the independent directions */
  const gsl_matrix *v;         /* d x d, columns the directions; or NULL: the coordinates */
  double data_error;           /* relative, of sqrt(w) and a, without v */
  double doubling;             /* with v: of the errors of C and a, beyond those of the axes */
  const long double *overlaps; /* with v: see all_overlaps; or NULL */
} given_law;

typedef struct {
  char kind;            /* 'd' E alpha, 'b' E[1 - alpha], 's' E[(alpha - m)^2] */
  double m, complement; /* of 's' */
} expectation;

static bool certain_zero(const given_law *g, size_t i) {
  return g->w[i] == 0.0 && g->a[i] == 0.0;
}

/* Directions with a = w = 0 are left out and each set is filled up to a multiple of four. */
static size_t terms(const given_law *g) {
  if (g->v != NULL)
    return g->d;
  size_t count[2] = {0, 0};
  for (size_t i = 0; i < g->d; i++)
    count[i >= g->k] += !certain_zero(g, i);
  return (count[0] + 3) / 4 * 4 + (count[1] + 3) / 4 * 4;
}

/* Entry (i, j) of V'PV, P on the dominant set, or on the bulk. */
static long double overlap(const given_law *g, size_t i, size_t j, size_t set) {
  if (g->v == NULL)
    return i == j && (i >= g->k) == (set == 1);
  if (g->overlaps != NULL)
    return g->overlaps[(set * g->d + i) * g->d + j];
  long double sum = 0.0L;
  for (size_t l = set == 0 ? 0 : g->k; l < (set == 0 ? g->k : g->d); l++)
    sum += (long double)gsl_matrix_get(g->v, l, i) * gsl_matrix_get(g->v, l, j);
  return sum;
}

static long double square(long double x) {
  return x * x;
}

/* The overlaps once and for all: 2 x d x d. */
static long double *all_overlaps(const given_law *g) {
  long double *table = malloc(2 * g->d * g->d * sizeof *table);
  ck_assert_ptr_nonnull(table);
  for (size_t set = 0; set < 2; set++)
    for (size_t i = 0; i < g->d; i++)
      for (size_t j = 0; j < g->d; j++)
        table[(set * g->d + i) * g->d + j] = overlap(g, i, j, set);
  return table;
}

/* One node: E[X S^-p ... e^{-sS}] without phi, phi, and the error of their product. */
typedef struct {
  long double f, phi, error;
} expected_node;

static expected_node node_of(const given_law *g, const expectation *x, long double s) {
  const size_t d = g->d;
  const long double unit =
      UNIT * (g->v == NULL ? 0.25L * (long double)terms(g) + 12.0L : 2.0L * (long double)d + 16.0L);
  long double log_t = 0.0L, fall = 0.0L, length = 0.0L;
  long double *variance = calloc(d, sizeof *variance), *mean = calloc(d, sizeof *mean);
  ck_assert(variance != NULL && mean != NULL);
  for (size_t i = 0; i < d; i++) {
    const long double t = 1.0L + 2.0L * s * g->w[i];
    variance[i] = s * g->w[i] / t; /* of sqrt(s) g_i under the weight e^{-sS} */
    mean[i] = sqrtl(s) * g->a[i] / t;
    log_t += logl(t);
    fall += s * square(g->a[i]) / t;
    length += square(mean[i]);
  }
  expected_node n = {0.0L, expl(-0.5L * log_t - fall), 0.0L};
  long double first[2] = {0.0L, 0.0L}, shift[2] = {0.0L, 0.0L}, second = 0.0L, size = 0.0L;
  for (size_t i = 0; i < d; i++)
    for (size_t j = g->v == NULL ? i : 0; j < (g->v == NULL ? i + 1 : d); j++) {
      const long double p = overlap(g, i, j, 0), r = overlap(g, i, j, 1);
      const long double b = x->complement * p - x->m * r;
      if (i == j) {
        first[0] += p * variance[i];
        first[1] += r * variance[i];
        size += fabsl(b) * variance[i];
      }
      shift[0] += p * mean[i] * mean[j];
      shift[1] += r * mean[i] * mean[j];
      if (x->kind == 's') {
        second += 2.0L * b * b * variance[i] * variance[j];
        for (size_t l = g->v == NULL ? j : 0; l < (g->v == NULL ? j + 1 : d); l++)
          second += 4.0L * variance[i] * b * mean[j] * mean[l] *
                    (x->complement * overlap(g, i, l, 0) - x->m * overlap(g, i, l, 1));
      }
    }
  long double error;
  if (x->kind == 's') {
    const long double difference =
        x->complement * (first[0] + shift[0]) - x->m * (first[1] + shift[1]);
    n.f = square(difference) + second;
    const long double doubt =
        unit * (g->v == NULL ? x->complement * (first[0] + shift[0]) + x->m * (first[1] + shift[1])
                             : size + length);
    /* The square of the doubt counts where there is no other. */
    error = 2.0L * fabsl(difference) * doubt + (g->v == NULL ? doubt * doubt : 0.0L) + unit * n.f;
  } else {
    const size_t set = x->kind == 'b';
    n.f = first[set] + shift[set];
    error = unit * n.f;
    if (g->v != NULL)
      error = unit * first[set] + unit * 2.0L * sqrtl(shift[set] * length);
  }
  const long double count = terms(g);
  const long double rounding =
      UNIT * (1.5L * count + 16.0L + (0.25L * count + 8.0L) * fall + 4.0L * (0.5L * log_t + fall));
  n.error = n.phi * (n.f * rounding + error);
  n.f *= n.phi;
  free(variance);
  free(mean);
  return n;
}

/* h sum_j f(s_j) over s_j = 2^{j/3}, h = ln(2)/3, from the node nearest to 1/E S outwards until
 * the bound on what is left is 2^-54 of the sum, with the errors. */
static law_value expected_integral(const given_law *g, const expectation *x, double *inverse) {
  const long double h = logl(2.0L) / 3.0L, least = 0x1p-54L * h;
  const bool spread = x->kind == 's';
  long double mean[2] = {0.0L, 0.0L}, variance[2] = {0.0L, 0.0L}, total = 0.0L;
  for (size_t i = 0; i < g->d; i++) {
    const long double one = g->w[i] + square(g->a[i]);
    const long double other = 2.0L * square(g->w[i]) + 4.0L * g->w[i] * square(g->a[i]);
    total += one;
    for (size_t set = 0; set < 2; set++)
      if (g->v == NULL) {
        mean[set] += overlap(g, i, i, set) * one;
        variance[set] += overlap(g, i, i, set) * other;
      } else {
        mean[set] += overlap(g, i, i, set) * g->w[i];
        for (size_t j = 0; j < g->d; j++)
          mean[set] += overlap(g, i, j, set) * g->a[i] * g->a[j];
        variance[set] += other; /* of S: at least the covariance that is meant */
      }
  }
  const size_t set = x->kind == 'b';
  long double left = 0.5L * (mean[set] * total + variance[set]); /* E[XS]/2, or E[X]/2 */
  if (spread && g->v == NULL)
    left = 0.5L * (square(x->complement * mean[0] - x->m * mean[1]) +
                   square(x->complement) * variance[0] + square(x->m) * variance[1]);
  else if (spread)
    left = 0.5L * (total * total + variance[0]);
  const long start = lroundl(-3.0L * log2l(total));
  long double sum = 0.0L, error = 0.0L, phis = 0.0L, rest, tail;
  long j = start;
  do {
    const long double s = exp2l((long double)j-- / 3.0L);
    const expected_node n = node_of(g, x, s);
    sum += n.f;
    error += n.error;
    phis += s * n.phi;
    rest = left * s * s;
    if (rest <= least * sum && !spread)
      sum += mean[set] * s / (exp2l(1.0L / 3.0L) - 1.0L);
  } while (rest > least * sum);
  tail = rest;
  long double before[3] = {1.0L, 1.0L, 1.0L}; /* phi three nodes before, at s/2, by turns */
  j = start;
  do {
    const long double s = exp2l((long double)++j / 3.0L);
    const expected_node n = node_of(g, x, s);
    sum += n.f;
    error += n.error;
    phis += s * n.phi;
    rest = (1.0L + h) * n.phi;
    if (spread) /* 3 phi(s/2), where s/2 is one of these nodes */
      rest = 3.0L * before[(j - start) % 3] * square(fmaxl(x->m, x->complement));
    before[(j - start) % 3] = n.phi;
  } while (rest > least * sum);
  tail += rest;
  const long double value = h * sum;
  *inverse = (double)(h * phis);
  return (law_value){(double)value, (double)(h * error + tail +
                                             value * ((spread ? 3e-16L : 1e-17L) + 4.0L * UNIT))};
}

/* What an inexact C, mean and basis do to E f, |f''| <= curvature/S. */
static double expected_doubt(const given_law *g, double inverse, double curvature) {
  long double squares = 0.0L, length = 0.0L;
  for (size_t i = 0; i < g->d; i++) {
    squares += square(g->w[i]);
    length += square(g->a[i]);
  }
  const double d = (double)g->d, axes = 8.0 * d * UNIT;
  return g->doubling * (0.5 * curvature * sqrt(d) * axes * sqrt((double)squares) * inverse +
                        2.0 * axes * sqrt((double)length) * sqrt(inverse)) +
         2.0 * axes;
}

static law_value expected_mean(const given_law *g, char kind) {
  double inverse;
  const expectation x = {kind, 0.0, 0.0};
  law_value mean = expected_integral(g, &x, &inverse);
  mean.err += 4.0 * g->data_error * mean.val;
  if (g->v != NULL)
    mean.err += expected_doubt(g, inverse, 4.0);
  return mean;
}

/* About the means that the law itself found. */
static law_value expected_variance(const given_law *g, law_value mean, law_value complement) {
  double inverse;
  const bool low = mean.val <= complement.val;
  const law_value smaller = low ? mean : complement;
  const expectation x = {'s', low ? mean.val : 1.0 - complement.val,
                         low ? 1.0 - mean.val : complement.val};
  law_value variance = expected_integral(g, &x, &inverse);
  variance.err += smaller.err * smaller.err +
                  (2.0 * UNIT + 8.0 * g->data_error) * sqrt(variance.val) * smaller.val;
  if (g->v != NULL)
    variance.err += expected_doubt(g, inverse, 10.0);
  return variance;
}

#define ASSERT_SAME(v, other, tolerance, err_tolerance)                                            \
  do {                                                                                             \
    const law_value v_ = (v), o_ = (other);                                                        \
    ck_assert_msg(fabs(v_.val - o_.val) <= (tolerance)*fabs(o_.val) &&                             \
                      fabs(v_.err - o_.err) <= (err_tolerance)*o_.err,                             \
                  #v ": %.17g err %.9g, derived %.17g err %.9g", v_.val, v_.err, o_.val, o_.err);  \
  } while (0)

static void check_moments(const alignment_law *law, const given_law *given, double tolerance) {
  law_value mean, complement, variance;
  given_law g = *given;
  long double *table = g.v == NULL ? NULL : all_overlaps(&g);
  g.overlaps = table;
  alignment_law_mean(law, &mean);
  alignment_law_mean_complement(law, &complement);
  alignment_law_variance(law, &variance);
  ASSERT_SAME(mean, expected_mean(&g, 'd'), tolerance, 1e-6);
  ASSERT_SAME(complement, expected_mean(&g, 'b'), tolerance, 1e-6);
  ASSERT_SAME(variance, expected_variance(&g, mean, complement), tolerance, 1e-6);
  free(table);
}

/* --- the distribution's form, from its definition ------------------------------------------- */

/* N - cS = sum c_i (a_i + sqrt(w_i) z_i)^2 in units of its deviation sigma, c_i = 1-c or -c; the
 * directions laid out as they are summed.  Where a^2 > 1000 w the shift is a linear part and e. */
enum { FORM_MOST = 64 };
typedef struct {
  size_t n;
  double theta[FORM_MOST], h2[FORM_MOST], drift[FORM_MOST], h[FORM_MOST];
  long double w[FORM_MOST], a2[FORM_MOST], sigma;
  double e, relative, doubt;
  const given_law *law;
  const gsl_matrix *root; /* with v: g = a + root z */
} expected_form;

static void independent_form(expected_form *f, const given_law *g, long double c,
                             long double complement) {
  long double variance = 0.0L, e = 0.0L, size = 0.0L, theta[FORM_MOST] = {0.0L};
  long double drift[FORM_MOST] = {0.0L};
  memset(f, 0, sizeof *f);
  f->law = g;
  for (size_t set = 0; set < 2; set++) {
    for (size_t i = set == 0 ? 0 : g->k; i < (set == 0 ? g->k : g->d); i++) {
      if (certain_zero(g, i))
        continue;
      const long double factor = set == 0 ? complement : -c, w = g->w[i], a2 = square(g->a[i]);
      f->w[f->n] = w;
      f->a2[f->n] = a2;
      theta[f->n] = factor * w;
      drift[f->n] = factor * a2;
      variance += 2.0L * theta[f->n] * (theta[f->n] + 2.0L * drift[f->n]);
      f->n++;
    }
    f->n = (f->n + 3) / 4 * 4;
  }
  f->sigma = sqrtl(variance);
  for (size_t j = 0; j < f->n; j++) {
    const bool near = f->a2[j] > 1000.0L * f->w[j];
    f->theta[j] = (double)(theta[j] / f->sigma);
    f->h2[j] = near ? (double)(theta[j] / f->sigma * (drift[j] / f->sigma)) : 0.0;
    f->drift[j] = near ? 0.0 : (double)(drift[j] / f->sigma);
    e += near ? drift[j] : 0.0L;
    size += near ? fabsl(drift[j]) : 0.0L;
  }
  f->e = (double)(e / f->sigma);
  f->relative = 4.0 * UNIT + 4.0 * g->data_error;
  f->doubt = (double)(size / f->sigma) *
                 ((double)LDBL_EPSILON * (0.5 * (double)f->n + 2.0) + 4.0 * g->data_error) +
             UNIT * fabs(f->e);
}

/* E[S e^{zQ}]/E[e^{zQ}]: under that weight z_j has the variance 1/f and the mean 2 z h/f. */
static void expected_total(const void *context, double x, double y, double out[2]) {
  const expected_form *q = context;
  const double complex z = CMPLX(x, y);
  double complex sum = 0.0;
  for (size_t j = 0; j < q->n; j++) {
    const double complex f = 1.0 - 2.0 * z * q->theta[j];
    sum += (double)q->w[j] / f;
    if (q->root == NULL)
      sum += (double)q->a2[j] / (f * f);
  }
  if (q->root != NULL)
    for (size_t i = 0; i < q->law->d; i++) {
      double complex g = q->law->a[i];
      for (size_t j = 0; j < q->n; j++)
        g += gsl_matrix_get(q->root, i, j) * 2.0 * z * q->h[j] / (1.0 - 2.0 * z * q->theta[j]);
      sum += g * g;
    }
  sum /= (double)q->sigma;
  out[0] = creal(sum);
  out[1] = cimag(sum);
}

static void check_distribution(const alignment_law *law, expected_form *f, double c,
                               double tolerance, double err_tolerance) {
  quadratic_form form = {f->n, f->theta, f->h2, f->drift, f->e, f->relative, f->doubt};
  law_value p, density, expected;
  const double inexact = f->root == NULL ? 0.0 : 1.0; /* the axes are known to their errors */
  int status = alignment_law_density(law, c, &density);
  ck_assert_int_eq(quadratic_form_density(&form, expected_total, f, &expected.val, &expected.err),
                   status);
  ck_assert_msg(fabs(density.val - expected.val) <=
                        tolerance * expected.val + inexact * expected.err &&
                    density.err <= 2.0 * expected.err && expected.err <= 2.0 * density.err,
                "density at %g: %.17g err %.9g, derived %.17g err %.9g", c, density.val,
                density.err, expected.val, expected.err);
  /* -Q > 0 */
  for (size_t j = 0; j < f->n; j++) {
    f->theta[j] = -f->theta[j];
    f->drift[j] = -f->drift[j];
  }
  form.e = -form.e;
  status = alignment_law_cdf(law, c, &p);
  ck_assert_int_eq(quadratic_form_positive(&form, &expected.val, &expected.err), status);
  expected.err = fmin(1.0, expected.err); /* where there is none, too */
  ck_assert_msg(fabs(p.val - expected.val) <= tolerance * expected.val + inexact * expected.err &&
                    fabs(p.err - expected.err) <= err_tolerance * expected.err,
                "at %g: %.17g err %.9g, derived %.17g err %.9g", c, p.val, p.err, expected.val,
                expected.err);
}

/* At a mean of sqrt(1000) deviations exactly; far beyond, where the sum e of large numbers of both
 * signs is all that errs. */
START_TEST(test_nearly_certain_forms) {
  static const struct {
    double a[5], w[5];
  } cases[] = {{{100.0, 0.5, 3.0, -100.0, 2.0}, {10.0, 1.0, 2.0, 10.0, 3.0}},
               {{1.0, -2.0, 3.0, 1.5, 2.5}, {3e-14, 5e-14, 2e-14, 7e-14, 1e-14}},
               {{0.1, -20.0, 3.0, 10.0, 20.0}, {3e-12, 5e-14, 2e-14, 7e-14, 1e-15}},
               {{100.0, 0.0, 0.0, 40.0, 0.0}, {0.3, 1.0, 2.0, 1.0, 2.0}}};
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    const given_law g = {5, 2, cases[n].w, cases[n].a, NULL, 0.0, 0.0, NULL};
    alignment_law *law = independent(cases[n].a, cases[n].w, 5, 2);
    law_value variance;
    alignment_law_variance(law, &variance);
    const double center = mean_of(law).val, deviation = sqrt(variance.val);
    for (int i = -4; i <= 4; i++) {
      const double c = center + i * deviation;
      if (c >= 1.0)
        continue;
      expected_form form;
      independent_form(&form, &g, c, 1.0L - c);
      check_distribution(law, &form, c, 1e-9, 0.01);
    }
    alignment_law_free(law);
  }
  /* After two steps with little noise, whose numbers have errors of 8u and more. */
  diagnostic diag;
  const double lambda[4] = {14.0, 7.0, 3.0, 0.5}, start[4] = {0.3, -1.1, 0.7, 1.3};
  const double noise[4] = {2e-9, 3e-10, 7e-10, 5e-9};
  quadratic *q = quadratic_literal(4, 2, lambda, start, noise, 0.09375);
  ck_assert_ptr_nonnull(q);
  double w[4], a[4];
  given_law run = {4, 2, w, a, NULL, 0.0, 0.0, NULL};
  for (size_t i = 0; i < 4; i++) {
    const double x = q->eta * lambda[i], rho = gsl_pow_4(1.0 - x);
    w[i] = (1.0 - rho) * x * noise[i] / (2.0 - x);
    a[i] = gsl_pow_2(1.0 - x) * start[i];
    run.data_error = fmax(run.data_error, (8.0 - 8.0 * log(fabs(1.0 - x))) * UNIT);
  }
  alignment_law *law = NULL;
  ck_assert_int_eq(alignment_law_at_time(q, 2.0, NULL, &law, &diag), GSL_SUCCESS);
  for (int i = -1; i <= 1; i++) {
    const double c = mean_of(law).val + i * sqrt(variance_of(law).val);
    expected_form form;
    independent_form(&form, &run, c, 1.0L - c);
    check_distribution(law, &form, c, 1e-9, 0.02);
  }
  alignment_law_free(law);
  quadratic_free(q);
}
END_TEST

/* Numbers of their own for each direction: square roots and logarithms of primes. */
static const double primes[20] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29,
                                  31, 37, 41, 43, 47, 53, 59, 61, 67, 71};

START_TEST(test_bounds_as_derived) {
  enum { MOST = 40 };
  static const struct {
    size_t d, k;
    double spread, shift; /* w in (spread, 1], a in shift sqrt(w) */
    unsigned dead, sure;  /* every dead-th direction has a = w = 0, every sure-th w = 0 */
  } cases[] = {{2, 1, 1.0, 0.0, 99, 99},    {2, 1, 1.0, 1.0, 99, 99},   {7, 3, 1.0, 1.5, 99, 99},
               {5, 4, 1e-3, 0.3, 99, 99},   {40, 17, 1e-2, 2.0, 5, 99}, {37, 20, 1.0, 0.0, 7, 99},
               {9, 4, 1e-40, 0.5, 99, 99},  {9, 5, 1e-50, 0.0, 99, 99}, {6, 2, 1.0, 60.0, 99, 99},
               {6, 3, 1e-25, 0.25, 99, 99}, {8, 3, 1.0, 0.7, 99, 3},    {6, 2, 1e-34, 45.0, 99, 5},
               {39, 2, 1.0, 0.5, 99, 99}};
  double w[MOST], a[MOST];
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    const size_t d = cases[n].d;
    for (size_t i = 0; i < d; i++) {
      const double p = primes[(3 * i + n) % 20];
      w[i] = log(p) * pow(cases[n].spread, (double)(4 * i * (d - i)) / (double)(d * d)) / 3.0;
      a[i] = (i % 2 == 0 ? 1.0 : -1.0) * cases[n].shift * sqrt(w[i] * p / 7.0);
      if (i % cases[n].sure == cases[n].sure - 1)
        w[i] = 0.0;
      if (i % cases[n].dead == cases[n].dead - 1)
        w[i] = a[i] = 0.0;
    }
    const given_law g = {d, cases[n].k, w, a, NULL, 0.0, 0.0, NULL};
    alignment_law *law = independent(a, w, d, cases[n].k);
    check_moments(law, &g, 1e-13);
    const double center = mean_of(law).val;
    for (int i = 0; i < 3; i++) {
      const double c = (const double[]){0.25, 0.875, center * (1.0 + 0x1p-6)}[i];
      if (c >= 1.0)
        continue;
      expected_form form;
      independent_form(&form, &g, c, 1.0L - c);
      check_distribution(law, &form, c, 1e-11, 0.02);
    }
    alignment_law_free(law);
  }
}
END_TEST

/* So narrow a law that the square of the rounding of N - mS counts in its variance: to the digits
 * that this rounding leaves. */
START_TEST(test_bound_of_a_narrow_law) {
  const double a[5] = {1.3, -0.7, 1.1, 2.3, -1.7}, w[5] = {2e-35, 3e-35, 5e-35, 7e-35, 1.1e-34};
  const given_law g = {5, 2, w, a, NULL, 0.0, 0.0, NULL};
  alignment_law *law = independent(a, w, 5, 2);
  const law_value mean = mean_of(law), complement = complement_of(law);
  law_value variance;
  alignment_law_variance(law, &variance);
  ASSERT_SAME(variance, expected_variance(&g, mean, complement), 1e-3, 1e-3);
  alignment_law_free(law);
}
END_TEST

/* GSL_ETOL is said where the error is above 1e-10, or 1e-8, of the value, and nowhere else. */
START_TEST(test_status_says_accuracy) {
  gsl_matrix *c = gsl_matrix_alloc(2, 2);
  ck_assert_ptr_nonnull(c);
  int refused[2] = {0, 0};
  for (double share = 1.0; share > 1e-10; share *= 0.7) {
    law_value mean, variance;
    gsl_matrix_set(c, 0, 0, share);
    gsl_matrix_set(c, 1, 1, 1.0);
    gsl_matrix_set(c, 0, 1, 0.5 * sqrt(share));
    gsl_matrix_set(c, 1, 0, 0.5 * sqrt(share));
    alignment_law *law = correlated(NULL, c, 1);
    int status = alignment_law_mean(law, &mean);
    ck_assert_int_eq(status, mean.err <= 1e-10 * mean.val ? GSL_SUCCESS : GSL_ETOL);
    refused[0] += status == GSL_ETOL;
    status = alignment_law_variance(law, &variance);
    ck_assert_int_eq(status, variance.err <= 1e-8 * variance.val ? GSL_SUCCESS : GSL_ETOL);
    refused[1] += status == GSL_ETOL;
    alignment_law_free(law);
  }
  for (int i = 0; i < 2; i++)
    ck_assert(refused[i] > 4 && refused[i] < 60);
  gsl_matrix_free(c);
}
END_TEST

/* A rotation of all coordinates: plane rotations by angles of which none is like another. */
static gsl_matrix *full_rotation(size_t d) {
  gsl_matrix *v = gsl_matrix_alloc(d, d);
  ck_assert_ptr_nonnull(v);
  gsl_matrix_set_identity(v);
  double angle = 0.4;
  for (size_t i = 0; i < d; i++)
    for (size_t j = i + 1; j < d; j++) {
      gsl_vector_view x = gsl_matrix_row(v, i), y = gsl_matrix_row(v, j);
      gsl_blas_drot(&x.vector, &y.vector, cos(angle), sin(angle));
      angle += 0.7;
    }
  return v;
}

/* Q = (a + W^1/2 z)'B(a + W^1/2 z) on the axes, B = V'(P - c)V; its principal axes by GSL. */
static gsl_matrix *axes_form(expected_form *f, const given_law *g, double c) {
  const size_t d = g->d;
  size_t n = 0;
  while (n < d && g->w[n] > 0.0)
    n++;
  gsl_matrix *b = gsl_matrix_alloc(d, d), *h = gsl_matrix_alloc(n, n), *u = gsl_matrix_alloc(n, n);
  gsl_matrix *root = gsl_matrix_calloc(d, n);
  gsl_vector *theta = gsl_vector_alloc(n);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(n);
  ck_assert(b != NULL && h != NULL && u != NULL && root != NULL && theta != NULL && work != NULL);
  memset(f, 0, sizeof *f);
  f->n = n;
  f->law = g;
  f->root = root;
  double squares = 0.0, size = 0.0, length = 0.0, trace = 0.0;
  for (size_t i = 0; i < d; i++) {
    for (size_t j = 0; j < d; j++) {
      const double x =
          (double)((1.0L - c) * overlap(g, i, j, 0) - (long double)c * overlap(g, i, j, 1));
      gsl_matrix_set(b, i, j, x);
      f->e += g->a[i] * x * g->a[j];
      if (i < n && j < n) {
        gsl_matrix_set(h, i, j, sqrt(g->w[i] * g->w[j]) * x);
        squares += g->w[i] * g->w[j] * x * x;
      }
    }
    size += g->w[i] + g->a[i] * g->a[i];
    length += g->a[i] * g->a[i];
    trace += g->w[i] * g->w[i];
  }
  gsl_eigen_symmv(h, theta, u, work);
  double variance = 0.0;
  for (size_t j = 0; j < n; j++) {
    for (size_t i = 0; i < n; i++) {
      gsl_matrix_set(root, i, j, sqrt(g->w[i]) * gsl_matrix_get(u, i, j));
      f->w[j] += g->w[i] * gsl_matrix_get(u, i, j) * gsl_matrix_get(u, i, j);
      for (size_t l = 0; l < d; l++)
        f->h[j] += gsl_matrix_get(root, i, j) * gsl_matrix_get(b, i, l) * g->a[l];
    }
    variance += 2.0 * gsl_pow_2(gsl_vector_get(theta, j)) + 4.0 * f->h[j] * f->h[j];
  }
  f->sigma = sqrt(variance);
  for (size_t j = 0; j < n; j++) {
    f->theta[j] = gsl_vector_get(theta, j) / sqrt(variance);
    f->h[j] /= sqrt(variance);
    f->h2[j] = f->h[j] * f->h[j];
  }
  f->e /= sqrt(variance);
  f->relative = 4.0 * UNIT;
  const double axes = 8.0 * (double)d * UNIT, root_d = sqrt((double)d);
  f->doubt = (g->doubling * root_d * axes * sqrt(trace) + root_d * axes * sqrt(squares) +
              g->doubling * 2.0 * sqrt(length) * axes * sqrt(length) + 6.0 * axes * size) /
             sqrt(variance);
  gsl_matrix_free(b);
  gsl_matrix_free(h);
  gsl_matrix_free(u);
  gsl_vector_free(theta);
  gsl_eigen_symmv_free(work);
  return root;
}

static void check_axes(const alignment_law *law, const given_law *g) {
  check_moments(law, g, 1e-12);
  law_value mean, variance;
  alignment_law_mean(law, &mean);
  alignment_law_variance(law, &variance);
  for (int i = 0; i < 5; i++) {
    const double c = (const double[]){0.2, 0.5, 0.85, mean.val, mean.val + sqrt(variance.val)}[i];
    expected_form form;
    gsl_matrix *root = axes_form(&form, g, c);
    check_distribution(law, &form, c, 1e-9, 0.02);
    gsl_matrix_free(root);
  }
}

/* C = VWV' and the mean V a. */
static void covariance_of(const given_law *g, gsl_matrix *c, gsl_vector *mean) {
  for (size_t i = 0; i < g->d; i++) {
    double sum = 0.0;
    for (size_t j = 0; j < g->d; j++) {
      long double entry = 0.0L;
      for (size_t l = 0; l < g->d; l++)
        entry += (long double)gsl_matrix_get(g->v, i, l) * g->w[l] * gsl_matrix_get(g->v, j, l);
      gsl_matrix_set(c, i, j, (double)entry);
      sum += gsl_matrix_get(g->v, i, j) * g->a[j];
    }
    gsl_vector_set(mean, i, sum);
  }
}

START_TEST(test_bounds_on_axes_as_derived) {
  static const struct {
    size_t d, k;
    double w[6], a[6]; /* on the axes, w descending */
  } cases[] = {
      {2, 1, {3.0, 0.5}, {0.0, 0.0}},
      {2, 1, {3.0, 0.5}, {0.7, -1.1}},
      {4, 1, {2.0, 1.1, 0.7, 0.3}, {0.0, 0.0, 0.0, 0.0}},
      {5, 2, {3.0, 1.7, 1.1, 0.5, 0.13}, {0.3, -1.1, 0.2, 0.7, -0.5}},
      {5, 3, {0.7, 0.3, 0.0, 0.0, 0.0}, {0.3, -0.9, 0.0, 1.3, 0.6}}, /* singular */
      {4, 2, {1.3, 0.7, 0.2, 0.0}, {0.0, 0.0, 0.0, 0.0}},
      {6, 3, {7e-5, 5e-5, 3e-5, 2e-5, 1.1e-5, 1e-5}, {0.5, -0.7, 1.1, 0.3, 0.2, -0.6}},
      {3, 1, {7e3, 5e2, 3e2}, {17.0, 29.0, -11.0}}, /* another scale */
      {3, 2, {7e-13, 5e-13, 3e-13}, {0.7, -1.1, 0.4}},
  };
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    const size_t d = cases[n].d;
    gsl_matrix *v = full_rotation(d), *c = gsl_matrix_alloc(d, d);
    gsl_vector *mean = gsl_vector_alloc(d);
    ck_assert(c != NULL && mean != NULL);
    const given_law g = {d, cases[n].k, cases[n].w, cases[n].a, v, 0.0, 1.0, NULL};
    covariance_of(&g, c, mean);
    alignment_law *law = correlated(mean, c, cases[n].k);
    check_axes(law, &g);
    alignment_law_free(law);
    gsl_matrix_free(v);
    gsl_matrix_free(c);
    gsl_vector_free(mean);
  }
}
END_TEST

/* What the numbers of a run are rounded to: 4u of sqrt(w) and of a after a step and in the
 * stationary state, and (8 + 4 |t ln|1 - eta lambda||) u at a time, as far as the start counts. */
START_TEST(test_bounds_of_a_run) {
  diagnostic diag;
  const double lambda[4] = {19.0, 7.0, 3.0, 0.5}, g[4] = {0.3, -1.1, 0.7, 1.3};
  const double v[4] = {2.0, 0.3, 0.0, 5.0}, spread[4] = {0.1, 0.7, 1.1, 0.3};
  quadratic *q = quadratic_literal(4, 2, lambda, g, v, 0.09375);
  ck_assert_ptr_nonnull(q);
  double w[4], a[4];
  given_law run = {4, 2, w, a, NULL, 4.0 * UNIT, 0.0, NULL};
  alignment_law *law = NULL;
  const double bias[4] = {0.5, -0.25, 0.125, 2.0};
  for (int biased = 0; biased < 2; biased++) {
    for (size_t i = 0; i < 4; i++) {
      a[i] = (1.0 - 0.0625 * lambda[i]) * g[i] - (biased ? 0.0625 * lambda[i] * bias[i] : 0.0);
      w[i] = gsl_pow_2(0.0625 * lambda[i]) * v[i];
    }
    ck_assert_int_eq(alignment_law_after_step(q, 0.0625, &law, &diag), GSL_SUCCESS);
    check_moments(law, &run, 1e-13);
    alignment_law_free(law);
    if (!biased) {
      q->bias = malloc(sizeof bias);
      ck_assert_ptr_nonnull(q->bias);
      memcpy(q->bias, bias, sizeof bias);
    }
  }
  free(q->bias);
  q->bias = NULL;
  for (size_t i = 0; i < 4; i++) { /* eta lambda = 57/32, 21/32, 9/32, 3/64 */
    const double x = q->eta * lambda[i];
    a[i] = 0.0;
    w[i] = x * v[i] / (2.0 - x);
  }
  ck_assert_int_eq(alignment_law_stationary(q, &law, &diag), GSL_SUCCESS);
  check_moments(law, &run, 1e-13);
  alignment_law_free(law);
  for (int random = 0; random < 2; random++)
    for (int n = 0; n < 6; n++) {
      const double t = (const double[]){1.0, 2.0, 9.0, 300.0, 900.0, 3000.0}[n];
      run.data_error = 8.0 * UNIT;
      for (size_t i = 0; i < 4; i++) {
        const double x = q->eta * lambda[i], rho = pow(1.0 - x, 2.0 * t);
        const double fall = -t * log(fabs(1.0 - x));
        w[i] = (1.0 - rho) * x * v[i] / (2.0 - x) + (random ? rho * spread[i] : 0.0);
        a[i] = random ? 0.0 : pow(1.0 - x, t) * g[i];
        if (fabs(a[i]) < 1e-150 || a[i] * a[i] < 1e-60 * w[i])
          a[i] = 0.0;
        if (random || a[i] != 0.0)
          run.data_error =
              fmax(run.data_error, (8.0 + 4.0 * fmin(fall, v[i] > 0.0 ? 100.0 : 700.0)) * UNIT);
      }
      ck_assert_int_eq(alignment_law_at_time(q, t, random ? spread : NULL, &law, &diag),
                       GSL_SUCCESS);
      check_moments(law, &run, 2e-12);
      for (int i = 0; i < 2; i++) {
        expected_form form;
        const double c = i == 0 ? 0.75 : mean_of(law).val;
        independent_form(&form, &run, c, 1.0L - c);
        check_distribution(law, &form, c, 1e-8, 0.05);
      }
      alignment_law_free(law);
    }
  quadratic_free(q);
}
END_TEST

/* With a covariance the entries add their 8u to the errors of the axes: both are doubled.  A
 * diagonal one has 8u of each number instead. */
START_TEST(test_bounds_of_a_run_with_covariance) {
  enum { D = 3 };
  diagnostic diag;
  const double lambda[D] = {14.0, 9.0, 3.0}, start[D] = {0.7, 1.1, -0.3},
               noise[D] = {1.3, 0.9, 2.1};
  quadratic *q = quadratic_literal(D, 1, lambda, start, noise, 0.125);
  ck_assert_ptr_nonnull(q);
  q->covariance = gsl_matrix_alloc(D, D);
  gsl_matrix *c = gsl_matrix_alloc(D, D), *v = gsl_matrix_alloc(D, D);
  gsl_vector *values = gsl_vector_alloc(D);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(D);
  ck_assert(q->covariance != NULL && c != NULL && v != NULL && values != NULL && work != NULL);
  for (int stationary = 0; stationary < 2; stationary++)
    for (int diagonal = 0; diagonal < 2; diagonal++) {
      double w[D], a[D], step[D];
      for (size_t i = 0; i < D; i++)
        for (size_t j = 0; j < D; j++) {
          const double x = 0.125 * lambda[i], y = 0.125 * lambda[j];
          const double sigma = i == j ? noise[i] : diagonal ? 0.0 : 0.1 + 0.2 * (double)(i + j);
          gsl_matrix_set(q->covariance, i, j, sigma);
          gsl_matrix_set(c, i, j, x * y * sigma / (stationary ? 1.0 - (1.0 - x) * (1.0 - y) : 1.0));
        }
      for (size_t i = 0; i < D; i++)
        step[i] = a[i] = stationary ? 0.0 : (1.0 - 0.125 * lambda[i]) * start[i];
      given_law g = {D, 1, w, a, NULL, 8.0 * UNIT, 2.0, NULL};
      if (diagonal)
        for (size_t i = 0; i < D; i++)
          w[i] = gsl_matrix_get(c, i, i);
      else {
        gsl_eigen_symmv(c, values, v, work);
        g.v = v;
        g.data_error = 0.0;
        for (size_t i = 0; i < D; i++) {
          w[i] = gsl_vector_get(values, i);
          a[i] = 0.0;
          for (size_t j = 0; j < D; j++)
            a[i] += gsl_matrix_get(v, j, i) * step[j];
        }
      }
      alignment_law *law = NULL;
      ck_assert_int_eq(stationary ? alignment_law_stationary(q, &law, &diag)
                                  : alignment_law_after_step(q, 0.125, &law, &diag),
                       GSL_SUCCESS);
      check_moments(law, &g, 1e-12);
      alignment_law_free(law);
    }
  gsl_eigen_symmv_free(work);
  gsl_vector_free(values);
  gsl_matrix_free(v);
  gsl_matrix_free(c);
  quadratic_free(q);
}
END_TEST

/* The error of a quantile is what P's own error and the residual are in c: twice their sum over the
 * slope, in ln(c/(1-c)), at least 16u of it, and 4u of c. */
START_TEST(test_quantile_bounds) {
  static const struct {
    size_t d, k;
    double a[5], w[5];
    int status;
  } cases[] = {
      {2, 1, {0, 0}, {1, 1}, GSL_SUCCESS},
      {2, 1, {0, 0}, {1e-20, 1}, GSL_SUCCESS},
      {2, 1, {0, 0}, {1e20, 1}, GSL_SUCCESS},
      {5, 2, {0.3, -1, 0.7, 0.2, 1.1}, {1, 0.3, 2, 0.7, 0.1}, GSL_SUCCESS},
      {4, 2, {0, 0, 0, 0}, {3, 5, 7, 11}, GSL_SUCCESS},
      {3, 1, {1, 2, -1.5}, {1e-10, 1e-10, 1e-10}, GSL_SUCCESS},
      {3, 2, {1, 2, -1.5}, {1e-26, 1e-26, 1e-26}, GSL_ETOL}, /* narrower than c has digits */
  };
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    alignment_law *law = independent(cases[n].a, cases[n].w, cases[n].d, cases[n].k);
    for (int i = cases[n].status == GSL_ETOL ? 4 : 0; i < 5; i++) {
      const double p = (const double[]){1e-9, 0.025, 0.5, 0.975, 1 - 0x1p-20}[i];
      law_value q = {NAN, NAN}, at = {NAN, NAN}, slope = {NAN, NAN};
      ck_assert_int_eq(alignment_law_quantile(law, p, &q), cases[n].status);
      alignment_law_cdf(law, q.val, &at);
      alignment_law_density(law, q.val, &slope);
      ck_assert(q.err >= 4.0 * UNIT * q.val);
      if (q.val > 0.95) { /* c in a double says too little of 1 - c */
        ck_assert(q.val < 1.0 || q.err <= 4.01 * UNIT);
        continue;
      }
      const double rest = 1.0 - q.val, residual = fabs(at.val - p);
      const double least = 16.0 * UNIT * (fabs(log(q.val / rest)) + 1.0);
      const double radius = 2.0 * (residual + at.err) / (slope.val * q.val * rest);
      /* How little of the residual there is, is chance; where it matters, to a factor of 2. */
      const double chance = radius > least && residual > 0.02 * at.err ? 2.0 : 1.05;
      const double expected = q.val * rest * fmax(radius, least) + 4.0 * UNIT * q.val;
      ck_assert_msg(q.err <= chance * expected && expected <= chance * q.err,
                    "law %zu, p = %g: %.17g, err %.3e, expected %.3e", n, p, q.val, q.err,
                    expected);
    }
    alignment_law_free(law);
  }
}
END_TEST

/* Where p or 1 - p comes near the errors of P itself, the error grows until P at its ends encloses
 * p for certain, or GSL_ETOL is said.  d = 2: p = (2/pi) arctan sqrt(c/r), r = w_1/w_2. */
START_TEST(test_quantiles_at_the_accuracy_of_p) {
  static const struct {
    double p, rest; /* rest = 1 - p */
    int status;
  } cases[] = {{1e-300, 1.0, GSL_ETOL},
               {1e-30, 1.0, GSL_SUCCESS},
               {1e-16, 1.0, GSL_SUCCESS},
               {1.0 - 0x1p-45, 0x1p-45, GSL_SUCCESS},
               {1.0 - 0x1p-51, 0x1p-51, GSL_SUCCESS},
               {1.0 - 0x1p-52, 0x1p-52, GSL_SUCCESS},
               {1.0 - 0x1p-53, 0x1p-53, GSL_ETOL}};
  alignment_law *law = independent(NULL, (const double[]){1e-40, 1.0}, 2, 1);
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    const double t =
        cases[n].p < 0.5 ? tan(M_PI_2 * cases[n].p) : 1.0 / tan(M_PI_2 * cases[n].rest);
    const double exact = 1e-40 * t * t / (1.0 + 1e-40 * t * t);
    law_value q = {NAN, NAN};
    ck_assert_int_eq(alignment_law_quantile(law, cases[n].p, &q), cases[n].status);
    ck_assert_msg(fabs(q.val - exact) <= q.err, "p = %a: %g err %g, exactly %g", cases[n].p, q.val,
                  q.err, exact);
  }
  alignment_law_free(law);
}
END_TEST

/* The search starts at the mean: here p is what P is there, to the bit. */
START_TEST(test_quantile_where_the_search_starts) {
  alignment_law *law = independent(NULL, (const double[]){1.0, 1.0}, 2, 1);
  ck_assert(mean_of(law).val == complement_of(law).val);
  ASSERT_IS(quantile_of(law, cdf_of(law, 0.5).val), 0.5, 0.0, 1e-13);
  alignment_law_free(law);
}
END_TEST

/* c below e^-700 is not looked for; a little above it is found, however far the median is from the
 * mean in units of the standard deviation. */
START_TEST(test_quantiles_out_of_reach) {
  law_value q;
  for (int turned = 0; turned < 2; turned++) {
    const double w[2] = {turned ? 1.0 : 1e-290, turned ? 1e-290 : 1.0};
    const double tiny[2] = {turned ? 1e10 : 1e-300, turned ? 1e-300 : 1e10};
    alignment_law *law = NULL;
    diagnostic diag;
    if (alignment_law_independent(NULL, w, 2, 1, &law, &diag) != GSL_SUCCESS)
      continue; /* see test_widest_range */
    if (turned)
      ASSERT_IS(quantile_of(law, 0.5), 1.0, 0.0, 1e-15);
    else
      ASSERT_IS(quantile_of(law, 0.5), 1e-290, 1e-304, 1e-301);
    alignment_law_free(law);
    law = independent(NULL, tiny, 2, 1);
    ck_assert_int_eq(alignment_law_quantile(law, 0.5, &q), GSL_EFAILED);
    alignment_law_free(law);
  }
}
END_TEST

static void assert_same_values(const alignment_law *law, const alignment_law *other,
                               double tolerance) {
  law_value v[2][2];
  for (int i = 0; i < 2; i++) {
    const alignment_law *one = i == 0 ? law : other;
    alignment_law_mean(one, &v[i][0]);
    alignment_law_mean_complement(one, &v[i][1]);
  }
  for (int j = 0; j < 2; j++)
    ck_assert_msg(fabs(v[0][j].val - v[1][j].val) <= tolerance * v[1][j].val, "%.17g is not %.17g",
                  v[0][j].val, v[1][j].val);
}

/* eta lambda near 0 and near 2, with products that a double does not hold: 2 - eta lambda, the
 * logarithm of 1 - eta lambda and 1 - (1 - x)(1 - y) keep their digits. */
START_TEST(test_steps_near_both_ends) {
  diagnostic diag;
  const double eta = 0x1.0000005p-3; /* 27 digits, as lambda below: the product has 54 */
  const double noise[2] = {1.3, 0.7}, start[2] = {0.9, 1.7};
  static const double cases[3][2] = {{0x1.fffff63p3, 0x1.ffffee1p3},
                                     {0x1.0000003p-21, 0x1.8000001p-22},
                                     {0x1.fffff63p3, 0x1.0000003p-21}};
  for (size_t n = 0; n < 3; n++) {
    quadratic *q = quadratic_literal(2, 1, cases[n], start, noise, eta);
    ck_assert_ptr_nonnull(q);
    alignment_law *law = NULL, *other = NULL;
    double mean[2], variance[2];
    long double x[2], left[2]; /* left: x or 2 - x */
    for (size_t i = 0; i < 2; i++) {
      x[i] = (long double)eta * cases[n][i];
      left[i] = x[i] > 1.0L ? 2.0L - x[i] : x[i];
      variance[i] = (double)(x[i] * noise[i] / (2.0L - x[i]));
    }
    ck_assert_int_eq(alignment_law_stationary(q, &law, &diag), GSL_SUCCESS);
    other = independent(NULL, variance, 2, 1);
    assert_same_values(law, other, 2e-15);
    alignment_law_free(law);
    alignment_law_free(other);
    for (int i = 0; i < 2; i++) { /* the directions have fallen by a factor of e or so */
      const double t = i == 0 ? 0x1p21 : 0x1p24;
      for (size_t j = 0; j < 2; j++) {
        const long double fall = t * log1pl(-left[j]);
        mean[j] = (double)(expl(fall) * start[j]);
        variance[j] = (double)(-expm1l(2.0L * fall) * x[j] * noise[j] / (2.0L - x[j]));
      }
      ck_assert_int_eq(alignment_law_at_time(q, t, NULL, &law, &diag), GSL_SUCCESS);
      other = independent(mean, variance, 2, 1);
      assert_same_values(law, other, 2e-14);
      alignment_law_free(law);
      alignment_law_free(other);
    }
    q->covariance = gsl_matrix_alloc(2, 2);
    gsl_matrix *c = gsl_matrix_alloc(2, 2);
    ck_assert(q->covariance != NULL && c != NULL);
    for (size_t i = 0; i < 2; i++)
      for (size_t j = 0; j < 2; j++) {
        const long double rate = (x[i] > 1.0L) == (x[j] > 1.0L)
                                     ? left[i] + left[j] - left[i] * left[j]
                                     : x[i] + x[j] - x[i] * x[j];
        gsl_matrix_set(q->covariance, i, j, i == j ? noise[i] : 0.4);
        gsl_matrix_set(c, i, j, (double)(x[i] * x[j] * gsl_matrix_get(q->covariance, i, j) / rate));
      }
    ck_assert_int_eq(alignment_law_stationary(q, &law, &diag), GSL_SUCCESS);
    other = correlated(NULL, c, 1);
    if (n < 2) /* in the last the axes have no digits left for the small one */
      assert_same_values(law, other, 1e-14);
    alignment_law_free(law);
    alignment_law_free(other);
    gsl_matrix_free(c);
    quadratic_free(q);
  }
  /* eta lambda = 2 exactly is not below it; its neighbour is. */
  const double lambda[2] = {8.0, 1.0};
  quadratic *q = quadratic_literal(2, 1, lambda, start, noise, 0.25);
  ck_assert_ptr_nonnull(q);
  alignment_law *law = NULL;
  ck_assert_int_eq(alignment_law_stationary(q, &law, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "is not below 2/lambda_1 = 0.25"));
  q->lambda[0] = 1.0; /* whatever their order */
  q->lambda[1] = 8.0;
  ck_assert_int_eq(alignment_law_stationary(q, &law, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "is not below 2/lambda_1 = 0.25"));
  q->eta = nextafter(0.25, 0.0);
  ck_assert_int_eq(alignment_law_stationary(q, &law, &diag), GSL_SUCCESS);
  alignment_law_free(law);
  /* At eta lambda = 1 nothing of the start is left after a step and E g^2 = v: the least variance
   * that there may be is taken, and what is below it is nothing. */
  q->lambda[0] = q->lambda[1] = 8.0;
  q->eta = 0.125;
  for (int below = 0; below < 2; below++) {
    q->v[0] = 1e-300;
    q->v[1] = below ? nextafter(1e-300, 0.0) : 3e-300;
    const int status = alignment_law_at_time(q, 2.0, NULL, &law, &diag);
    ck_assert_int_eq(status, below ? GSL_EDOM : GSL_SUCCESS);
    if (status == GSL_SUCCESS) {
      ASSERT_IS(mean_of(law), 1.0 / (1.0 + sqrt(3.0)), 1e-16, 1e-14);
      alignment_law_free(law);
    }
  }
  quadratic_free(q);
}
END_TEST

/* --- refusals ------------------------------------------------------------------------------- */

static void check_refused(int status, int code, const diagnostic *diag, const char *part) {
  ck_assert_int_eq(status, code);
  ck_assert_int_eq(diag->code, code);
  ck_assert_msg(strstr(diag->message, part) != NULL, "\"%s\" lacks \"%s\"", diag->message, part);
}

START_TEST(test_refusals) {
  static const struct {
    double a[3], w[3];
    size_t d, k;
    int code;
    const char *part;
  } cases[] = {
      {{0, 0, 0}, {1, 1, 1}, 1, 1, GSL_EINVAL, "d = 1"},
      {{0, 0, 0}, {1, 1, 1}, 3, 0, GSL_EINVAL, "k = 0"},
      {{0, 0, 0}, {1, 1, 1}, 3, 3, GSL_EINVAL, "k = 3"},
      {{0, (double)NAN, 0}, {1, 1, 1}, 3, 1, GSL_EDOM, "mean 2"},
      {{0, 0, (double)INFINITY}, {1, 1, 1}, 3, 1, GSL_EDOM, "mean 3"},
      {{1e151, 0, 0}, {1, 1, 1}, 3, 1, GSL_EDOM, "mean 1"},
      {{0, 0, 0}, {1, 1, (double)NAN}, 3, 1, GSL_EDOM, "variance 3"},
      {{0, 0, 0}, {1, -1e-3, 1}, 3, 1, GSL_EDOM, "negative"},
      {{0, 0, 0}, {1, 1, 1e301}, 3, 1, GSL_EDOM, "variance 3"},
      {{1, 2, 3}, {0, 0, 0}, 3, 1, GSL_EDOM, "every variance is 0"},
      {{0, 2, 3}, {0, 1, 1}, 3, 1, GSL_EDOM, "the alignment is 0 with certainty"},
      {{1, 2, 0}, {1, 1, 0}, 3, 2, GSL_EDOM, "the alignment is 1 with certainty"},
  };
  alignment_law *law = NULL;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    diagnostic diag = {0};
    const int status =
        alignment_law_independent(cases[i].a, cases[i].w, cases[i].d, cases[i].k, &law, &diag);
    check_refused(status, cases[i].code, &diag, cases[i].part);
    ck_assert_ptr_null(law);
  }
}
END_TEST

START_TEST(test_refused_covariances) {
  alignment_law *law = NULL;
  diagnostic diag = {0};
  gsl_matrix *c = gsl_matrix_calloc(3, 3), *flat = gsl_matrix_calloc(2, 3);
  ck_assert(c != NULL && flat != NULL);
  check_refused(alignment_law_correlated(NULL, flat, 1, &law, &diag), GSL_EINVAL, &diag, "2 x 3");
  check_refused(alignment_law_correlated(NULL, c, 1, &law, &diag), GSL_EDOM, &diag,
                "every variance is 0");
  gsl_matrix_set(c, 2, 2, 1.0);
  check_refused(alignment_law_correlated(NULL, c, 1, &law, &diag), GSL_EDOM, &diag,
                "0 with certainty");
  gsl_matrix_set_identity(c);
  check_refused(alignment_law_correlated(NULL, c, 3, &law, &diag), GSL_EINVAL, &diag, "k = 3");
  gsl_matrix_set(c, 0, 1, 0.5);
  check_refused(alignment_law_correlated(NULL, c, 1, &law, &diag), GSL_EDOM, &diag,
                "not symmetric");
  gsl_matrix_set(c, 0, 1, 1.5);
  gsl_matrix_set(c, 1, 0, 1.5);
  check_refused(alignment_law_correlated(NULL, c, 1, &law, &diag), GSL_EDOM, &diag,
                "positive semidefinite");
  gsl_matrix_set(c, 0, 1, (double)NAN);
  check_refused(alignment_law_correlated(NULL, c, 1, &law, &diag), GSL_EDOM, &diag, "(1, 2)");
  gsl_matrix_set(c, 1, 1, -1.0);
  check_refused(alignment_law_correlated(NULL, c, 1, &law, &diag), GSL_EDOM, &diag, "variance 2");
  ck_assert_ptr_null(law);
  gsl_matrix_free(c);
  gsl_matrix_free(flat);
}
END_TEST

/* Symmetric to 8u of the largest entry; the worst pair is named, and an entry out of range. */
START_TEST(test_symmetry_and_range) {
  alignment_law *law = NULL;
  diagnostic diag = {0};
  gsl_matrix *c = gsl_matrix_calloc(3, 3);
  gsl_vector *mean = gsl_vector_calloc(3), *longer = gsl_vector_calloc(4);
  ck_assert(c != NULL && mean != NULL && longer != NULL);
  for (size_t i = 0; i < 3; i++)
    gsl_matrix_set(c, i, i, i == 1 ? 4.0 : 3.0);
  check_refused(alignment_law_correlated(longer, c, 1, &law, &diag), GSL_EINVAL, &diag,
                "3 x 3 and the mean has length 4");
  gsl_matrix_set(c, 2, 0, 32.0 * UNIT); /* 8u of 4 */
  ck_assert_int_eq(alignment_law_correlated(mean, c, 1, &law, &diag), GSL_SUCCESS);
  alignment_law_free(law);
  law = NULL;
  gsl_matrix_set(c, 2, 0, nextafter(32.0 * UNIT, 1.0));
  check_refused(alignment_law_correlated(mean, c, 1, &law, &diag), GSL_EDOM, &diag,
                "not symmetric: 0 at (1, 3), ");
  gsl_matrix_set(c, 0, 1, 0.25); /* worse; (2, 3) is far off zero but symmetric */
  gsl_matrix_set(c, 1, 2, 1.5);
  gsl_matrix_set(c, 2, 1, 1.5);
  check_refused(alignment_law_correlated(mean, c, 1, &law, &diag), GSL_EDOM, &diag,
                "not symmetric: 0.25 at (1, 2), 0 at (2, 1)");
  gsl_matrix_set(c, 2, 0, 0.0);
  gsl_matrix_set(c, 1, 0, 0.25);
  gsl_matrix_set(c, 2, 1, nextafter(1e300, (double)INFINITY));
  check_refused(alignment_law_correlated(mean, c, 1, &law, &diag), GSL_EDOM, &diag,
                "entry (3, 2) is 1e+300");
  gsl_matrix_set(c, 2, 1, -(double)INFINITY);
  check_refused(alignment_law_correlated(mean, c, 1, &law, &diag), GSL_EDOM, &diag,
                "(3, 2) is -inf");
  for (size_t i = 0; i < 2; i++) { /* entries at the end of the range are taken, as not symmetric */
    gsl_matrix_set(c, 2, 1, 1e300);
    gsl_matrix_set(c, 1, 2, i == 0 ? 1.5 : -1e300);
    check_refused(alignment_law_correlated(mean, c, 1, &law, &diag), GSL_EDOM, &diag,
                  i == 0 ? "1.5 at (2, 3)" : "at (2, 3), 1.0000000000000001e+300 at (3, 2)");
  }
  /* One of the sets alive by its mean alone, its variance, or neither. */
  gsl_matrix_set_zero(c);
  for (size_t set = 0; set < 2; set++)
    for (size_t i = 0; i < 3; i++) { /* the variance is at i, the mean at j */
      const size_t k = set + 1;
      for (size_t j = 0; j <= 3; j++) {
        gsl_matrix_set_zero(c);
        gsl_vector_set_zero(mean);
        gsl_matrix_set(c, i, i, 0.5);
        if (j < 3)
          gsl_vector_set(mean, j, -2.0);
        const bool both = j < 3 && (i < k) != (j < k);
        const int status = alignment_law_correlated(mean, c, k, &law, &diag);
        if (both) {
          ck_assert_int_eq(status, GSL_SUCCESS);
          alignment_law_free(law);
          law = NULL;
        } else
          check_refused(status, GSL_EDOM, &diag,
                        i < k ? "the alignment is 1 with certainty: mean and variance are 0 in all "
                                "of the bulk set"
                              : "the alignment is 0 with certainty: mean and variance are 0 in all "
                                "of the dominant set");
      }
    }
  /* The same where the other set is correlated. */
  for (size_t dominant = 0; dominant < 2; dominant++) {
    const size_t i = dominant ? 0 : 1;
    gsl_matrix_set_zero(c);
    gsl_matrix_set(c, i, i, 1.0);
    gsl_matrix_set(c, i + 1, i + 1, 2.0);
    gsl_matrix_set(c, i, i + 1, 0.5);
    gsl_matrix_set(c, i + 1, i, 0.5);
    check_refused(alignment_law_correlated(NULL, c, dominant ? 2 : 1, &law, &diag), GSL_EDOM, &diag,
                  dominant ? "alignment is 1 with certainty" : "alignment is 0 with certainty");
  }
  ck_assert_ptr_null(law);
  gsl_matrix_free(c);
  gsl_vector_free(mean);
  gsl_vector_free(longer);
}
END_TEST

/* Means far above and far below what their variances say, at the ends of the exponents: alpha is
 * nearly certain, or as if centred. */
START_TEST(test_far_scales) {
  const double large[2] = {1e100, 2e100}, small[2] = {1e-100, 3e-100};
  const double tiny[2] = {1e-290, 3e-290}, huge[2] = {1e200, 9e200};
  alignment_law *law = NULL;
  diagnostic diag;
  if (alignment_law_independent(large, tiny, 2, 1, &law, &diag) == GSL_SUCCESS) {
    ASSERT_IS(mean_of(law), 0.2, 1e-16, 1e-13); /* else see test_widest_range */
    ASSERT_IS(cdf_of(law, 0.199), 0.0, 0.0, 1e-15);
    ASSERT_IS(cdf_of(law, 0.201), 1.0, 0.0, 1e-15);
    alignment_law_free(law);
  }
  law = independent(small, huge, 2, 1);
  ASSERT_IS(mean_of(law), 0.25, 1e-16, 1e-13);
  alignment_law_free(law);
  /* All far below 1, the means above their deviations: as where they are near 1. */
  const double mean[2] = {0x1.8p-330, 0x1.4p-329}, w[2] = {0x1p-660, 0x1.8p-660};
  law = independent(mean, w, 2, 1);
  alignment_law *near = independent((const double[]){1.5, 2.5}, (const double[]){1.0, 1.5}, 2, 1);
  ck_assert(mean_of(law).val == mean_of(near).val && mean_of(law).err == mean_of(near).err);
  alignment_law_free(near);
  alignment_law_free(law);
  /* The same with axes: mean and covariance by a common scale, odd and even powers of two. */
  gsl_matrix *c = gsl_matrix_alloc(2, 2), *scaled = gsl_matrix_alloc(2, 2);
  gsl_vector *a = gsl_vector_alloc(2), *far = gsl_vector_alloc(2);
  ck_assert(c != NULL && scaled != NULL && a != NULL && far != NULL);
  gsl_matrix_set_all(c, 0.3);
  gsl_matrix_set(c, 0, 0, 0.7);
  gsl_matrix_set(c, 1, 1, 1.1);
  gsl_vector_set(a, 0, 0.9);
  gsl_vector_set(a, 1, -1.3);
  for (int centred = 0; centred < 2; centred++) {
    law = correlated(centred ? NULL : a, c, 1);
    for (int power = -320; power <= 320; power += 29) {
      for (size_t i = 0; i < 2; i++) {
        gsl_vector_set(far, i, ldexp(gsl_vector_get(a, i), power));
        for (size_t j = 0; j < 2; j++)
          gsl_matrix_set(scaled, i, j, ldexp(gsl_matrix_get(c, i, j), 2 * power));
      }
      alignment_law *other = correlated(centred ? NULL : far, scaled, 1);
      ck_assert(mean_of(other).val == mean_of(law).val && mean_of(other).err == mean_of(law).err);
      ck_assert(cdf_of(other, 0.3).val == cdf_of(law, 0.3).val);
      alignment_law_free(other);
    }
    alignment_law_free(law);
  }
  /* A mean far above the deviation: all of the scale is its own. */
  for (int n = 0; n < 2; n++) {
    gsl_matrix_scale(c, n == 0 ? 0x1p-40 : 0x1p-900);
    gsl_vector_scale(a, n == 0 ? 1.0 : 0x1p100);
    law = correlated(a, c, 1);
    law_value certain;
    alignment_law_mean(law, &certain);
    ASSERT_IS(certain, 0.81 / (0.81 + 1.69), 1e-11, 1e-9);
    alignment_law_free(law);
  }
  gsl_matrix_free(c);
  gsl_matrix_free(scaled);
  gsl_vector_free(a);
  gsl_vector_free(far);
}
END_TEST

/* The ends of what is taken are taken, their neighbours are not. */
START_TEST(test_edges_of_the_domain) {
  static const double edges[4] = {1e-150, 1e150, 1e-300, 1e300};
  alignment_law *law = NULL;
  diagnostic diag = {0};
  gsl_matrix *c = gsl_matrix_alloc(2, 2);
  gsl_vector *mean = gsl_vector_alloc(2);
  ck_assert(c != NULL && mean != NULL);
  for (int i = 0; i < 4; i++)
    for (int outside = 0; outside < 2; outside++)
      for (int sign = 1; sign >= -1; sign -= 2) {
        const double towards = i % 2 == 0 ? 0.0 : (double)INFINITY;
        const double x = sign * (outside ? nextafter(edges[i], towards) : edges[i]);
        const double a[2] = {i < 2 ? x : 0.0, 0.0};
        const double w[2] = {i < 2 ? fmin(1.0, x * x) : x, i < 2 ? fmin(1.0, x * x) : fabs(x)};
        gsl_matrix_set_all(c, 0.5 * fmin(fabs(w[0]), w[1]));
        for (size_t j = 0; j < 2; j++) {
          gsl_matrix_set(c, j, j, w[j]);
          gsl_vector_set(mean, j, a[j]);
        }
        if (i < 2 && x * x < 1e-300)
          continue; /* its square is a variance that is refused first */
        const int expected = outside || (i >= 2 && sign < 0) ? GSL_EDOM : GSL_SUCCESS;
        ck_assert_int_eq(alignment_law_independent(a, w, 2, 1, &law, &diag), expected);
        if (expected == GSL_SUCCESS)
          alignment_law_free(law);
        ck_assert_int_eq(alignment_law_correlated(mean, c, 1, &law, &diag), expected);
        if (expected == GSL_SUCCESS)
          alignment_law_free(law);
      }
  gsl_matrix_free(c);
  gsl_vector_free(mean);
}
END_TEST

/* The dominant set has a variance far below what rounding leaves of the axes: its share is lost,
 * and that is said. */
START_TEST(test_lost_in_rounding) {
  gsl_matrix *c = gsl_matrix_calloc(3, 3);
  ck_assert_ptr_nonnull(c);
  gsl_matrix_set(c, 0, 0, 1e-200);
  gsl_matrix_set(c, 1, 1, 2.0);
  gsl_matrix_set(c, 2, 2, 3.0);
  gsl_matrix_set(c, 1, 2, 1.0);
  gsl_matrix_set(c, 2, 1, 1.0);
  alignment_law *law = correlated(NULL, c, 1);
  law_value v;
  ck_assert_int_eq(alignment_law_mean(law, &v), GSL_ETOL);
  ASSERT_IS(v, 0.0, 0.0, 1e-11);
  ck_assert(v.err > 1e-200);
  ck_assert_int_eq(alignment_law_variance(law, &v), GSL_ETOL);
  ASSERT_IS(v, 0.0, 0.0, 1e-11);
  ASSERT_IS(complement_of(law), 1.0, 0.0, 1e-11);
  alignment_law_free(law);
  gsl_matrix_free(c);
}
END_TEST

START_TEST(test_refused_runs) {
  alignment_law *law = NULL;
  diagnostic diag = {0};
  quadratic *q = support_hand_instance(); /* 2/lambda_1 = 0.2 */
  for (int i = 0; i < 5; i++) {
    q->eta = (const double[]){0.0, 0.2, 0.5, (double)NAN, (double)INFINITY}[i];
    const char *part = q->eta > 0.0 && q->eta < 1.0 ? "2/lambda_1 = 0.2" : "not positive";
    check_refused(alignment_law_stationary(q, &law, &diag), GSL_EDOM, &diag, part);
    check_refused(alignment_law_at_time(q, 5.0, NULL, &law, &diag), GSL_EDOM, &diag, part);
  }
  check_refused(alignment_law_after_step(q, -0.1, &law, &diag), GSL_EDOM, &diag, "-0.1");
  check_refused(alignment_law_after_step(q, 0.0, &law, &diag), GSL_EDOM, &diag, "step size 0");
  check_refused(alignment_law_after_step(q, (double)NAN, &law, &diag), GSL_EDOM, &diag, "nan");
  check_refused(alignment_law_after_step(q, (double)INFINITY, &law, &diag), GSL_EDOM, &diag, "inf");
  q->eta = 0.1;
  check_refused(alignment_law_at_time(q, (double)INFINITY, NULL, &law, &diag), GSL_EDOM, &diag,
                "time inf");
  check_refused(alignment_law_at_time(q, 0.5, NULL, &law, &diag), GSL_EDOM, &diag, "time 0.5");
  check_refused(alignment_law_at_time(q, 2.0, (const double[]){1.0, -1.0}, &law, &diag), GSL_EDOM,
                &diag, "negative");
  q->v[0] = q->v[1] = 0.0;
  check_refused(alignment_law_stationary(q, &law, &diag), GSL_EDOM, &diag, "every variance is 0");
  q->covariance = gsl_matrix_calloc(2, 2);
  check_refused(alignment_law_at_time(q, 2.0, NULL, &law, &diag), GSL_EINVAL, &diag, "covariance");
  ck_assert_ptr_null(law);
  quadratic_free(q);
}
END_TEST

START_TEST(test_ends) {
  alignment_law *law = independent(NULL, (const double[]){1.0, 2.0}, 2, 1);
  law_value v;
  ck_assert(alignment_law_cdf(law, 0.0, &v) == GSL_SUCCESS && v.val == 0.0 && v.err == 0.0);
  ck_assert(alignment_law_cdf(law, -1.0, &v) == GSL_SUCCESS && v.val == 0.0);
  ck_assert(alignment_law_cdf(law, 1.0, &v) == GSL_SUCCESS && v.val == 1.0 && v.err == 0.0);
  ck_assert(alignment_law_cdf(law, (double)NAN, &v) == GSL_EDOM);
  ck_assert(alignment_law_cdf(law, 2.0, &v) == GSL_SUCCESS && v.val == 1.0 && v.err == 0.0);
  ck_assert(alignment_law_cdf(law, 1e-30, &v) == GSL_SUCCESS && v.val > 0.0);
  ck_assert(alignment_law_cdf(law, 1.0 - UNIT, &v) == GSL_SUCCESS && v.val < 1.0 && v.err > 0.0);
  for (int i = 0; i < 4; i++) {
    const double outside = (const double[]){-1.0, 0.0, 1.0, 2.0}[i];
    v = (law_value){NAN, NAN};
    ck_assert(alignment_law_density(law, outside, &v) == GSL_SUCCESS && v.val == 0.0 &&
              v.err == 0.0);
    ck_assert(alignment_law_quantile(law, outside, &v) == GSL_EDOM);
  }
  ck_assert(alignment_law_density(law, (double)NAN, &v) == GSL_EDOM);
  /* Uniform on (0, 1): 1 inside, 0 at both ends. */
  alignment_law *uniform = independent(NULL, (const double[]){1.0, 1.0, 1.0, 1.0}, 4, 2);
  for (int i = 0; i < 2; i++) {
    ck_assert(alignment_law_density(uniform, i, &v) == GSL_SUCCESS && v.val == 0.0 && v.err == 0.0);
    ASSERT_IS(density_of(uniform, i == 0 ? 0x1p-20 : 1.0 - 0x1p-20), 1.0, 0.0, 1e-10);
  }
  alignment_law_free(uniform);
  ck_assert(alignment_law_quantile(law, 0.0, &v) == GSL_EDOM);
  ck_assert(alignment_law_quantile(law, 1.0, &v) == GSL_EDOM);
  ck_assert(alignment_law_quantile(law, (double)NAN, &v) == GSL_EDOM);
  alignment_law_free(law);
  alignment_law_free(NULL);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("alignment_law");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_refusals);
  tcase_add_test(core, test_refused_covariances);
  tcase_add_test(core, test_refused_runs);
  tcase_add_test(core, test_ends);
  tcase_add_test(core, test_edges_of_the_domain);
  tcase_add_test(core, test_symmetry_and_range);
  tcase_add_test(core, test_far_scales);
  tcase_add_test(core, test_planted_error_is_seen);
  tcase_add_test(core, test_laws_of_a_run);
  tcase_add_test(core, test_covariances_of_a_run);
  tcase_add_test(core, test_steps_near_both_ends);
  tcase_add_test(core, test_singular_covariance);
  tcase_add_test(core, test_exponential_pairs);
  tcase_add_test(core, test_formulas_of_the_page);
  tcase_add_test(core, test_scale_and_permutation);
  tcase_add_test(core, test_concentrated);
  tcase_add_test(core, test_plane);
  tcase_add_test(core, test_bounds_of_a_run_with_covariance);
  tcase_add_test(core, test_bounds_of_a_run);
  tcase_add_test(core, test_nearly_certain_forms);
  tcase_add_test(core, test_bound_of_a_narrow_law);
  tcase_add_test(core, test_status_says_accuracy);
  tcase_add_test(core, test_bounds_as_derived);
  tcase_add_test(core, test_bounds_on_axes_as_derived);
  tcase_add_test(core, test_lost_in_rounding);
  tcase_add_test(core, test_quantiles_out_of_reach);
  tcase_add_test(core, test_quantile_where_the_search_starts);
  tcase_add_test(core, test_quantiles_at_the_accuracy_of_p);
  tcase_add_test(core, test_quantile_bounds);
  tcase_add_test(core, test_widest_range);
  tcase_add_test(core, test_consistent);
  tcase_add_test(core, test_large_and_wide);
  tcase_add_test(core, test_rotation);
  tcase_add_test(core, test_nearly_certain);
  tcase_add_test(core, test_two_levels);
  tcase_add_test(core, test_monte_carlo);
  tcase_add_test(core, test_poisson_mixture);
  tcase_add_test(core, test_two_directions);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
