/* check_sample_noise.c -- the noise of a data set against its definition, the covariance of the n
 * gradients in the given coordinates; and the threshold of stability against closed forms and
 * against the whole map, batch by batch. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "laws/sample_noise.h"
#include "model/random.h"

#define UNIT 0x1p-53

enum { N_MOST = 8, D_MOST = 4 };

/* n samples of d features, row by row. */
typedef struct {
  size_t n, d, rank;
  double x[N_MOST * D_MOST];
} data;

static const data sets[] = {{5, 2, 2, {1, 2, -3, 1, 0, 4, 2, 2, -1, -2}},
                            {3, 4, 3, {1, 2, 0, 1, -1, 3, 2, 0, 2, 0, 1, -4}},
                            {4, 3, 2, {1, 2, 3, 2, -1, 1, 3, 1, 4, -1, -2, -3}},
                            {2, 2, 2, {3, 0, 1, 1}},
                            {3, 3, 2, {1, 2, 0, 2, 4, 1, 3, 6, 1}},
                            {4, 2, 2, {5, 1, 1, 2, -1, 1, 0, 3}}};
enum { SETS = sizeof sets / sizeof *sets };

static gsl_matrix *matrix_of(const data *s) {
  gsl_matrix *x = gsl_matrix_alloc(s->n, s->d);
  ck_assert_ptr_nonnull(x);
  memcpy(x->data, s->x, s->n * s->d * sizeof *s->x);
  return x;
}

static double hessian(const data *s, size_t i, size_t j) {
  double sum = 0.0;
  for (size_t t = 0; t < s->n; t++)
    sum += s->x[t * s->d + i] * s->x[t * s->d + j];
  return sum / (double)s->n;
}

/* Cov(r_s x_s)_ij */
static double noise(const data *s, const double *r, size_t i, size_t j) {
  double both = 0.0, one = 0.0, other = 0.0;
  for (size_t t = 0; t < s->n; t++) {
    both += r[t] * r[t] * s->x[t * s->d + i] * s->x[t * s->d + j];
    one += r[t] * s->x[t * s->d + i];
    other += r[t] * s->x[t * s->d + j];
  }
  const double n = (double)s->n;
  return both / n - one / n * (other / n);
}

static double twice_loss(const data *s, const double *r) {
  double sum = 0.0;
  for (size_t t = 0; t < s->n; t++)
    sum += r[t] * r[t];
  return sum / (double)s->n;
}

static double mu_of(const data *s, const double *r) {
  double trace = 0.0, squares = 0.0;
  for (size_t i = 0; i < s->d; i++)
    for (size_t j = 0; j < s->d; j++) {
      trace += noise(s, r, i, j) * hessian(s, j, i);
      squares += hessian(s, i, j) * hessian(s, i, j);
    }
  return trace / twice_loss(s, r) / squares;
}

static double along(const data *s, const double *r, const double *v) {
  double top = 0.0, bottom = 0.0;
  for (size_t i = 0; i < s->d; i++)
    for (size_t j = 0; j < s->d; j++) {
      top += v[i] * noise(s, r, i, j) * v[j];
      bottom += v[i] * hessian(s, i, j) * v[j];
    }
  return top / twice_loss(s, r) / bottom;
}

static void outputs(const data *s, const double *v, double *q) {
  for (size_t t = 0; t < s->n; t++) {
    q[t] = 0.0;
    for (size_t i = 0; i < s->d; i++)
      q[t] += s->x[t * s->d + i] * v[i];
  }
}

/* --- the column space ----------------------------------------------------------------------- */

START_TEST(test_basis) {
  const data *s = &sets[_i];
  gsl_matrix *x = matrix_of(s), *basis;
  ck_assert_int_eq(sample_noise_basis(x, &basis), GSL_SUCCESS);
  ck_assert(basis->size1 == s->n && basis->size2 == s->rank);
  gsl_matrix *gram = gsl_matrix_calloc(s->rank, s->rank),
             *inside = gsl_matrix_calloc(s->rank, s->d);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, basis, basis, 0.0, gram);
  for (size_t i = 0; i < s->rank; i++)
    for (size_t j = 0; j < s->rank; j++)
      ck_assert_double_eq_tol(gsl_matrix_get(gram, i, j), i == j, 1e-14);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, basis, x, 0.0, inside);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, -1.0, basis, inside, 1.0, x); /* what is outside */
  for (size_t i = 0; i < s->n * s->d; i++)
    ck_assert_double_eq_tol(x->data[i], 0.0, 1e-14);
  gsl_matrix_free(gram);
  gsl_matrix_free(inside);
  gsl_matrix_free(basis);
  gsl_matrix_free(x);
}
END_TEST

/* Singular values on either side of 1e-10 of the largest, and on it. */
START_TEST(test_cutoff) {
  const double small[] = {0.5e-10, 1e-10, nextafter(1e-10, 1.0), 2e-10};
  for (size_t i = 0; i < 4; i++) {
    gsl_matrix *x = gsl_matrix_calloc(3, 2), *basis;
    gsl_matrix_set(x, 0, 1, 4.0);
    gsl_matrix_set(x, 2, 0, 4.0 * small[i]);
    ck_assert_int_eq(sample_noise_basis(x, &basis), GSL_SUCCESS);
    ck_assert_uint_eq(basis->size2, i < 2 ? 1 : 2);
    ck_assert_double_eq(fabs(gsl_matrix_get(basis, 0, 0)), 1.0);
    gsl_matrix_free(basis);
    gsl_matrix_set_zero(x);
    basis = NULL;
    ck_assert_int_eq(sample_noise_basis(x, &basis), GSL_EDOM);
    ck_assert_ptr_null(basis);
    gsl_matrix_free(x);
  }
}
END_TEST

/* --- alignments ----------------------------------------------------------------------------- */

START_TEST(test_along) {
  const data *s = &sets[_i];
  const double v[] = {2, -1, 3, 1}, delta[] = {1, 3, -2, 1};
  double q[N_MOST], r[N_MOST], a = 7.0;
  outputs(s, v, q);
  outputs(s, delta, r);
  gsl_vector_view residual = gsl_vector_view_array(r, s->n),
                  output = gsl_vector_view_array(q, s->n);
  ck_assert_int_eq(sample_noise_along(&residual.vector, &output.vector, &a), GSL_SUCCESS);
  ck_assert_double_eq_tol(a, along(s, r, v), 1e-13 * a);
  double mu;
  gsl_matrix *x = matrix_of(s);
  ck_assert_int_eq(sample_noise_loss(x, &residual.vector, &mu), GSL_SUCCESS);
  ck_assert_double_eq_tol(mu, mu_of(s, r), 1e-13 * mu);
  a = mu = 7.0;
  double zero[N_MOST] = {0};
  gsl_vector_view none = gsl_vector_view_array(zero, s->n);
  ck_assert_int_eq(sample_noise_along(&none.vector, &output.vector, &a), GSL_EDOM);
  ck_assert_int_eq(sample_noise_along(&residual.vector, &none.vector, &a), GSL_EDOM);
  ck_assert_int_eq(sample_noise_loss(x, &none.vector, &mu), GSL_EDOM);
  ck_assert(a == 7.0 && mu == 7.0);
  gsl_matrix_free(x);
}
END_TEST

/* The extremes of a quadratic form on unit vectors of the column space, by going around it: its
 * values along b_i give its diagonal, half the differences of those along b_i + b_j and b_i - b_j
 * the rest. */
typedef double form_of(const data *s, const double *r, const double *q);

static double along_output(const data *s, const double *r, const double *q) {
  double squares = 0.0, other = 0.0, mixed = 0.0, fourth = 0.0;
  for (size_t t = 0; t < s->n; t++) {
    squares += r[t] * r[t];
    other += q[t] * q[t];
    mixed += r[t] * q[t];
    fourth += r[t] * r[t] * q[t] * q[t];
  }
  const double n = (double)s->n;
  return (fourth / n - mixed / n * (mixed / n)) / (squares / n) / (other / n);
}

static double loss_at(const data *s, const double *r, const double *q) {
  (void)r;
  return mu_of(s, q);
}

static sample_noise_range extremes_of(const data *s, const gsl_matrix *basis, const double *r,
                                      form_of *form) {
  const size_t rank = basis->size2;
  gsl_matrix *entries = gsl_matrix_alloc(rank, rank);
  gsl_vector *values = gsl_vector_alloc(rank);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(rank);
  double q[N_MOST];
  for (size_t i = 0; i < rank; i++)
    for (size_t j = 0; j < rank; j++) {
      double part[2];
      for (int sign = 0; sign < 2; sign++) {
        for (size_t t = 0; t < s->n; t++)
          q[t] = gsl_matrix_get(basis, t, i) + (i == j ? 0.0
                                                : sign ? -1.0
                                                       : 1.0) *
                                                   gsl_matrix_get(basis, t, j);
        part[sign] = form(s, r, q);
      }
      gsl_matrix_set(entries, i, j, i == j ? part[0] : 0.5 * (part[0] - part[1]));
    }
  gsl_eigen_symm(entries, values, work);
  const sample_noise_range found = {gsl_vector_min(values), gsl_vector_max(values)};
  gsl_matrix_free(entries);
  gsl_vector_free(values);
  gsl_eigen_symm_free(work);
  return found;
}

static void expect_range(sample_noise_range found, sample_noise_range expected) {
  ck_assert_msg(
      fabs(found.least - expected.least) <= 1e-12 && fabs(found.most - expected.most) <= 1e-12,
      "[%.15g, %.15g], not [%.15g, %.15g]", found.least, found.most, expected.least, expected.most);
}

START_TEST(test_ranges) {
  const data *s = &sets[_i];
  const double delta[] = {1, 3, -2, 1};
  double r[N_MOST], low[N_MOST], high[N_MOST], a;
  outputs(s, delta, r);
  gsl_matrix *x = matrix_of(s), *basis;
  ck_assert_int_eq(sample_noise_basis(x, &basis), GSL_SUCCESS);
  gsl_vector_view residual = gsl_vector_view_array(r, s->n);
  gsl_vector_view at_least = gsl_vector_view_array(low, s->n);
  gsl_vector_view at_most = gsl_vector_view_array(high, s->n);
  sample_noise_range range, loss;
  ck_assert_int_eq(
      sample_noise_directional(basis, &residual.vector, &range, &at_least.vector, &at_most.vector),
      GSL_SUCCESS);
  expect_range(range, extremes_of(s, basis, r, along_output));
  ck_assert_double_ge(range.most, range.least);
  ck_assert_double_eq_tol(along_output(s, r, low), range.least, 1e-12);
  ck_assert_double_eq_tol(along_output(s, r, high), range.most, 1e-12);
  ck_assert_int_eq(sample_noise_along(&residual.vector, &at_most.vector, &a), GSL_SUCCESS);
  ck_assert_double_eq_tol(a, range.most, 1e-12);
  ck_assert_int_eq(sample_noise_loss_range(x, basis, &loss), GSL_SUCCESS);
  expect_range(loss, extremes_of(s, basis, r, loss_at));
  sample_noise_range again;
  ck_assert_int_eq(sample_noise_directional(basis, &residual.vector, &again, NULL, NULL),
                   GSL_SUCCESS);
  ck_assert(again.least == range.least && again.most == range.most);
  memset(r, 0, sizeof r);
  ck_assert_int_eq(sample_noise_directional(basis, &residual.vector, &again, NULL, NULL), GSL_EDOM);
  gsl_matrix_free(basis);
  gsl_matrix_free(x);
}
END_TEST

/* The search as it is described: from the part of the sample of most leverage in the column space,
 * and from drawn vectors, r is replaced by the worst q of either side in turn. */
START_TEST(test_worst) {
  const data *s = &sets[_i == 0 ? 0 : 5];
  enum { STARTS = 3, ROUNDS = 3 };
  gsl_matrix *x = matrix_of(s), *basis;
  ck_assert_int_eq(sample_noise_basis(x, &basis), GSL_SUCCESS);
  size_t most = 0;
  double largest = 0.0;
  for (size_t t = 0; t < s->n; t++) {
    const double leverage =
        hypot(gsl_matrix_get(basis, t, 0), gsl_matrix_get(basis, t, 1)); /* rank 2 */
    most = leverage > largest ? t : most;
    largest = fmax(largest, leverage);
  }
  ck_assert(_i == 0 ? most > 0 && most < s->n - 1 : most == 0);
  for (size_t starts = 1; starts <= STARTS; starts += 2)
    for (size_t rounds = 1; rounds <= ROUNDS; rounds++) {
      gsl_rng *rng = random_alloc(3), *again = random_alloc(3);
      sample_noise_range found, expected = {INFINITY, 0.0};
      ck_assert_int_eq(sample_noise_worst(basis, starts, rounds, rng, &found), GSL_SUCCESS);
      for (size_t start = 0; start < starts; start++)
        for (int up = 0; up < 2; up++) {
          double drawn[2], r[N_MOST], next[N_MOST];
          for (size_t i = 0; i < 2; i++)
            drawn[i] =
                start == 0 ? gsl_matrix_get(basis, most, i) : gsl_ran_gaussian_ziggurat(again, 1.0);
          for (size_t t = 0; t < s->n; t++)
            r[t] = gsl_matrix_get(basis, t, 0) * drawn[0] + gsl_matrix_get(basis, t, 1) * drawn[1];
          for (size_t round = 0; round < rounds; round++) {
            gsl_vector_view at = gsl_vector_view_array(r, s->n);
            gsl_vector_view to = gsl_vector_view_array(next, s->n);
            sample_noise_range one;
            ck_assert_int_eq(sample_noise_directional(basis, &at.vector, &one,
                                                      up ? NULL : &to.vector,
                                                      up ? &to.vector : NULL),
                             GSL_SUCCESS);
            expected.least = fmin(expected.least, one.least);
            expected.most = fmax(expected.most, one.most);
            memcpy(r, next, sizeof r);
          }
        }
      expect_range(found, expected);
      gsl_rng_free(rng);
      gsl_rng_free(again);
    }
  gsl_matrix_free(basis);
  gsl_matrix_free(x);
}
END_TEST

/* A residual of 0 ends the search with what it is. */
START_TEST(test_worst_of_nothing) {
  gsl_matrix *basis = gsl_matrix_calloc(3, 1);
  gsl_rng *rng = random_alloc(3);
  sample_noise_range found;
  ck_assert_int_eq(sample_noise_worst(basis, 2, 2, rng, &found), GSL_EDOM);
  gsl_rng_free(rng);
  gsl_matrix_free(basis);
}
END_TEST

/* --- the threshold -------------------------------------------------------------------------- */

/* Rounding alone is 64 (n + d) u; what is left of the enclosure is at most 4e-12. */
static void expect_threshold(const gsl_matrix *x, const double *lambda, double ridge, size_t batch,
                             double truth) {
  law_value eta_c;
  diagnostic diag = {0, ""};
  ck_assert_int_eq(sample_noise_critical_step(x, lambda, ridge, batch, &eta_c, &diag), GSL_SUCCESS);
  ck_assert_str_eq(diag.message, "");
  const double rounding = 64.0 * (double)(x->size1 + x->size2) * UNIT;
  ck_assert_msg(fabs(eta_c.val - truth) <= eta_c.err, "batch %zu: %.17g, not %.17g +- %g", batch,
                eta_c.val, truth, eta_c.err);
  ck_assert_msg(fabs(eta_c.val - truth) <= 1e-11 * truth, "batch %zu: %.17g, not %.17g", batch,
                eta_c.val, truth);
  ck_assert_msg(eta_c.err >= rounding * eta_c.val * (1.0 - 1e-9) &&
                    eta_c.err <= (rounding + 4e-12) * eta_c.val,
                "the error is %g of it, with %g for rounding", eta_c.err / eta_c.val, rounding);
}

/* One sample along each axis: the directions do not mix, and E(1 - eta (h + ridge))^2 = 1 with
 * E h = m = l^2/n and E h^2 = l^4/n/b + (1 - 1/b) m^2 is at
 * eta = 2 (m + ridge)/(ridge^2 + 2 ridge m + E h^2): the least of all. */
START_TEST(test_threshold_along_axes) {
  static const double lengths[][3] = {{3, 2, 1}, {2, 1.75, 0.5}, {1, 0.99, 0.98}, {5, 0.1, 0.01}};
  static const double ridges[] = {0.0, 0.25, 2.0};
  for (size_t which = 0; which < 4; which++)
    for (size_t d = 1; d <= 3; d++)
      for (size_t w = 0; w < 3; w++)
        for (size_t batch = 1; batch <= 64; batch *= 4) {
          gsl_matrix *x = gsl_matrix_calloc(d, d);
          double lambda[3], least = INFINITY, ridge = ridges[w];
          for (size_t i = 0; i < d; i++) {
            const double l = lengths[which][i], n = (double)d, b = (double)batch, m = l * l / n;
            gsl_matrix_set(x, i, i, l);
            lambda[i] = m + ridge;
            least = fmin(least, 2.0 * lambda[i] /
                                    (ridge * ridge + 2.0 * ridge * m + l * l * m / b +
                                     (1.0 - 1.0 / b) * m * m));
          }
          if (d > 1) /* in one direction there is no noise, and the pole is the threshold */
            expect_threshold(x, lambda, ridge, batch, least);
          gsl_matrix_free(x);
        }
}
END_TEST

/* Without noise the threshold is the pole 2/lambda: all samples alike, in one direction. */
START_TEST(test_threshold_at_the_pole) {
  gsl_matrix *x = gsl_matrix_alloc(3, 1);
  const double values[] = {2, -2, 2}, lambda = 4.5;
  memcpy(x->data, values, sizeof values);
  for (size_t batch = 1; batch <= 100; batch *= 10) {
    law_value eta_c;
    ck_assert_int_eq(sample_noise_critical_step(x, &lambda, 0.5, batch, &eta_c, NULL), 0);
    ck_assert(fabs(eta_c.val - 2.0 / 4.5) <= eta_c.err && eta_c.err <= 2e-12);
    ck_assert(eta_c.val < 2.0 / 4.5 && eta_c.val + eta_c.err > 2.0 / 4.5);
  }
  gsl_matrix_free(x);
}
END_TEST

/* 1e-12 of the pole is left out, and its rounding added; at any scale of the data. */
START_TEST(test_error_at_the_pole) {
  for (int scale = -40; scale <= 40; scale += 20) {
    const double lambda = ldexp(4.0, 2 * scale), pole = ldexp(0.5, -2 * scale);
    gsl_matrix *x = gsl_matrix_alloc(2, 1);
    gsl_matrix_set(x, 0, 0, ldexp(2.0, scale));
    gsl_matrix_set(x, 1, 0, ldexp(2.0, scale));
    law_value eta_c;
    ck_assert_int_eq(sample_noise_critical_step(x, &lambda, 0.0, 3, &eta_c, NULL), 0);
    ck_assert_double_eq_tol(eta_c.err, pole * (1e-12 + 4 * UNIT), 0.75 * UNIT * pole);
    gsl_matrix_free(x);
  }
}
END_TEST

/* Features in other units, by powers of two: the same, bit by bit. */
START_TEST(test_threshold_has_no_units) {
  static const int scales[] = {0, 20, 60, -20, -60};
  const double values[] = {1, 2, -2, 1}; /* (1, 2)'(1, 2) + (-2, 1)'(-2, 1) = 5 I */
  law_value base;
  for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
    const int scale = scales[s];
    gsl_matrix *x = gsl_matrix_alloc(2, 2);
    const double lambda[] = {ldexp(2.75, 2 * scale), ldexp(2.75, 2 * scale)};
    for (size_t i = 0; i < 4; i++)
      x->data[i] = ldexp(values[i], scale);
    law_value eta_c;
    ck_assert_int_eq(sample_noise_critical_step(x, lambda, ldexp(0.25, 2 * scale), 2, &eta_c, NULL),
                     0);
    if (scale == 0)
      base = eta_c;
    ck_assert_double_eq(ldexp(eta_c.val, 2 * scale), base.val);
    ck_assert_double_eq(ldexp(eta_c.err, 2 * scale), base.err);
    gsl_matrix_free(x);
  }
}
END_TEST

/* Eight modes that differ by parts of 10^-2 to 10^-8, as above with ridge 0. */
START_TEST(test_threshold_of_close_modes) {
  enum { D = 8 };
  static const double apart[] = {1e-2, 1e-4, 1e-6, 1e-8};
  for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
    gsl_matrix *x = gsl_matrix_calloc(D, D);
    double lambda[D];
    for (size_t p = 0; p < D; p++) {
      const double l = 1.0 + apart[i] * (double)(D - p);
      gsl_matrix_set(x, p, p, l);
      lambda[p] = l * l / D;
    }
    const double m = lambda[0], fourth = m * m * D;
    expect_threshold(x, lambda, 0.0, 2, 2.0 * m / (0.5 * fourth + 0.5 * m * m));
    gsl_matrix_free(x);
  }
}
END_TEST

START_TEST(test_threshold_of_no_batch) {
  gsl_matrix *x = gsl_matrix_calloc(2, 1);
  const double lambda = 1.0;
  diagnostic diag = {0, ""};
  law_value eta_c = {5, 6};
  ck_assert_int_eq(sample_noise_critical_step(x, &lambda, 0.0, 0, &eta_c, &diag), GSL_EINVAL);
  ck_assert_ptr_nonnull(strstr(diag.message, "the batch size is 0"));
  ck_assert(eta_c.val == 5 && eta_c.err == 6);
  gsl_matrix_free(x);
}
END_TEST

enum { MAP_MOST = D_MOST * D_MOST };

/* The largest eigenvalue of M -> E[(I - eta H) M (I - eta H)] by its matrix, from the fourth
 * moments of the samples: batches of b have E H M H = S M S + (E x x'M x x' - S M S)/b. */
static double radius(const gsl_matrix *x, double ridge, size_t batch, double eta) {
  const size_t n = x->size1, d = x->size2;
  double s[D_MOST][D_MOST] = {{0}};
  for (size_t t = 0; t < n; t++)
    for (size_t i = 0; i < d; i++)
      for (size_t j = 0; j < d; j++)
        s[i][j] += gsl_matrix_get(x, t, i) * gsl_matrix_get(x, t, j) / (double)n;
  gsl_matrix *map = gsl_matrix_calloc(d * d, d * d);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++)
      for (size_t k = 0; k < d; k++)
        for (size_t l = 0; l < d; l++) {
          double fourth = 0.0;
          for (size_t t = 0; t < n; t++)
            fourth += gsl_matrix_get(x, t, i) * gsl_matrix_get(x, t, j) * gsl_matrix_get(x, t, k) *
                      gsl_matrix_get(x, t, l) / (double)n;
          const double a = (i == k) * (1.0 - eta * ridge) - eta * s[i][k];
          const double b = (j == l) * (1.0 - eta * ridge) - eta * s[j][l];
          gsl_matrix_set(map, i * d + j, k * d + l,
                         a * b + eta * eta / (double)batch * (fourth - s[i][k] * s[j][l]));
        }
  gsl_vector *values = gsl_vector_alloc(d * d);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(d * d);
  gsl_eigen_symm(map, values, work);
  const double largest = gsl_vector_max(values);
  gsl_matrix_free(map);
  gsl_vector_free(values);
  gsl_eigen_symm_free(work);
  return largest;
}

/* Data in no particular basis, turned to their eigenbasis: the radius is 1 at eta_c. */
START_TEST(test_threshold_of_data) {
  const data *s = &sets[_i];
  for (size_t batch = 1; batch <= 27; batch *= 3)
    for (int w = 0; w < 2; w++) {
      const double ridge = w * 0.75 + (s->rank < s->d ? 0.5 : 0.0);
      gsl_matrix *x = matrix_of(s), *g = gsl_matrix_alloc(s->d, s->d);
      gsl_matrix *vectors = gsl_matrix_alloc(s->d, s->d), *features = gsl_matrix_alloc(s->n, s->d);
      gsl_vector *values = gsl_vector_alloc(s->d);
      gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(s->d);
      gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0 / (double)s->n, x, x, 0.0, g);
      gsl_eigen_symmv(g, values, vectors, work);
      gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC);
      gsl_vector_add_constant(values, ridge);
      gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, x, vectors, 0.0, features);
      law_value eta_c;
      ck_assert_int_eq(
          sample_noise_critical_step(features, values->data, ridge, batch, &eta_c, NULL), 0);
      ck_assert_double_le(eta_c.err, 1e-11 * eta_c.val);
      const double under = radius(x, ridge, batch, eta_c.val * (1.0 - 2e-11));
      const double over = radius(x, ridge, batch, eta_c.val * (1.0 + 2e-11));
      ck_assert_msg(under < 1.0 && over > 1.0, "batch %zu: %.15f and %.15f at %g", batch, under,
                    over, eta_c.val);
      gsl_matrix_free(x);
      gsl_matrix_free(g);
      gsl_matrix_free(vectors);
      gsl_matrix_free(features);
      gsl_vector_free(values);
      gsl_eigen_symmv_free(work);
    }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("sample_noise");
  TCase *core = tcase_create("core");
  tcase_add_loop_test(core, test_basis, 0, SETS);
  tcase_add_test(core, test_cutoff);
  tcase_add_loop_test(core, test_along, 0, SETS);
  tcase_add_loop_test(core, test_ranges, 0, SETS);
  tcase_add_loop_test(core, test_worst, 0, 2);
  tcase_add_test(core, test_worst_of_nothing);
  tcase_add_test(core, test_threshold_along_axes);
  tcase_add_test(core, test_threshold_at_the_pole);
  tcase_add_test(core, test_error_at_the_pole);
  tcase_add_test(core, test_threshold_has_no_units);
  tcase_add_test(core, test_threshold_of_close_modes);
  tcase_add_test(core, test_threshold_of_no_batch);
  tcase_add_loop_test(core, test_threshold_of_data, 0, SETS);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
