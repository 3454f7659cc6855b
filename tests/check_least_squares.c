/* src/model/least_squares against sums over the samples in the given coordinates. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_rng.h>
#include "model/least_squares.h"
#include "model/rounding.h"

enum { SAMPLES = 6, FEATURES = 4, STEPS = 40 };

static const double raw[SAMPLES][FEATURES] = {{3, -1, 2, 0.5}, {-7, 2, 1, 0.25}, {2, 5, -3, 1},
                                              {0, -4, 6, -2},  {1, 1, -1, 3},    {-2, 0, 4, -1.5}};
static const double raw_labels[SAMPLES] = {1, -2, 0.5, 3, -1.25, 4};
static const double point[FEATURES] = {0.7, -1.3, 0.4, 2.1};

/* The problem once more, in extended precision and without linear algebra. */
typedef struct {
  long double x[SAMPLES][FEATURES], y[SAMPLES], a[FEATURES][FEATURES], ridge;
} plain;

static long double mean_of(const long double *values, size_t count) {
  long double sum = 0;
  for (size_t s = 0; s < count; s++)
    sum += values[s];
  return sum / count;
}

static plain plain_of(const double samples[SAMPLES][FEATURES], double ridge) {
  plain p = {.ridge = ridge};
  long double largest = 0, column[SAMPLES], spread = 0;
  for (size_t s = 0; s < SAMPLES; s++)
    for (size_t j = 0; j < FEATURES; j++)
      largest = fmaxl(largest, fabsl((long double)samples[s][j]));
  for (size_t j = 0; j < FEATURES; j++) {
    for (size_t s = 0; s < SAMPLES; s++)
      column[s] = samples[s][j] / largest;
    for (size_t s = 0; s < SAMPLES; s++)
      p.x[s][j] = column[s] - mean_of(column, SAMPLES);
  }
  for (size_t s = 0; s < SAMPLES; s++)
    column[s] = raw_labels[s];
  for (size_t s = 0; s < SAMPLES; s++) {
    p.y[s] = raw_labels[s] - mean_of(column, SAMPLES);
    spread += p.y[s] * p.y[s] / SAMPLES;
  }
  for (size_t s = 0; s < SAMPLES; s++)
    p.y[s] /= sqrtl(spread);
  for (size_t i = 0; i < FEATURES; i++)
    for (size_t j = 0; j < FEATURES; j++) {
      for (size_t s = 0; s < SAMPLES; s++)
        p.a[i][j] += p.x[s][i] * p.x[s][j] / SAMPLES;
      p.a[i][j] += i == j ? p.ridge : 0;
    }
  return p;
}

/* What the mini-batch {s} shows at w. */
static void one_gradient(const plain *p, size_t s, const double *w, long double *out) {
  long double residual = -p->y[s];
  for (size_t j = 0; j < FEATURES; j++)
    residual += p->x[s][j] * w[j];
  for (size_t j = 0; j < FEATURES; j++)
    out[j] = residual * p->x[s][j] + p->ridge * w[j];
}

/* The gradient of the whole loss at w, as the mean over the samples, in the eigenbasis of q. */
static void split_gradient(const plain *p, const spectrum *s, const double *w, long double *out) {
  long double sum[FEATURES] = {0}, one[FEATURES];
  for (size_t t = 0; t < SAMPLES; t++) {
    one_gradient(p, t, w, one);
    for (size_t j = 0; j < FEATURES; j++)
      sum[j] += one[j] / SAMPLES;
  }
  for (size_t i = 0; i < s->d; i++) {
    out[i] = 0;
    for (size_t j = 0; j < FEATURES; j++)
      out[i] += gsl_matrix_get(s->basis, j, i) * sum[j];
  }
}

static least_squares *problem(const double samples[SAMPLES][FEATURES], double ridge, size_t k) {
  gsl_matrix_const_view x = gsl_matrix_const_view_array(samples[0], SAMPLES, FEATURES);
  gsl_vector_const_view y = gsl_vector_const_view_array(raw_labels, SAMPLES);
  least_squares *p = NULL;
  diagnostic diag = {0, ""};
  const int status = least_squares_from_samples(&x.matrix, &y.vector, ridge, k, &p, &diag);
  ck_assert_msg(status == GSL_SUCCESS, "%s", diag.message);
  return p;
}

/* The columns of the basis are eigenvectors, and the samples are given in them. */
static void expect_problem(const least_squares *p, const plain *truth, size_t d) {
  ck_assert_uint_eq(p->n, SAMPLES);
  ck_assert_uint_eq(p->columns, FEATURES);
  ck_assert_uint_eq(p->spectrum->d, d);
  for (size_t i = 0; i < FEATURES; i++)
    for (size_t j = 0; j < FEATURES; j++) {
      ck_assert_double_eq_tol(gsl_matrix_get(p->hessian, i, j), (double)truth->a[i][j], 1e-15);
      ck_assert(gsl_matrix_get(p->hessian, i, j) == gsl_matrix_get(p->hessian, j, i));
    }
  for (size_t i = 0; i < d; i++) {
    for (size_t j = 0; j < FEATURES; j++) {
      long double turned = 0;
      for (size_t l = 0; l < FEATURES; l++)
        turned += truth->a[j][l] * gsl_matrix_get(p->spectrum->basis, l, i);
      ck_assert_double_eq_tol(
          (double)turned, p->spectrum->lambda[i] * gsl_matrix_get(p->spectrum->basis, j, i), 1e-14);
    }
    for (size_t s = 0; s < SAMPLES; s++) {
      long double feature = 0;
      for (size_t j = 0; j < FEATURES; j++)
        feature += truth->x[s][j] * gsl_matrix_get(p->spectrum->basis, j, i);
      ck_assert_double_eq_tol(gsl_matrix_get(p->features, s, i), (double)feature, 1e-14);
    }
  }
}

static void expect_state(const least_squares *p, const plain *truth, const double *w, bool null) {
  gsl_vector_const_view view = gsl_vector_const_view_array(w, FEATURES);
  const size_t d = p->spectrum->d;
  quadratic *q = least_squares_state(p, null ? NULL : &view.vector, 1);
  quadratic *bare = least_squares_state(p, null ? NULL : &view.vector, 0);
  ck_assert_ptr_null(bare->covariance);
  long double g[FEATURES], one[FEATURES], shown[SAMPLES][FEATURES];
  split_gradient(truth, p->spectrum, w, g);
  for (size_t s = 0; s < SAMPLES; s++) {
    one_gradient(truth, s, w, one);
    for (size_t i = 0; i < d; i++) {
      shown[s][i] = 0;
      for (size_t j = 0; j < FEATURES; j++)
        shown[s][i] += gsl_matrix_get(p->spectrum->basis, j, i) * one[j];
    }
  }
  ck_assert_uint_eq(q->k, p->spectrum->k);
  for (size_t i = 0; i < d; i++) {
    ck_assert(q->lambda[i] == p->spectrum->lambda[i]);
    ck_assert_double_eq_tol(q->g[i], (double)g[i], 1e-14);
    ck_assert(q->g[i] == bare->g[i] && q->v[i] == bare->v[i]);
    for (size_t j = 0; j < d; j++) {
      long double sum = 0;
      for (size_t s = 0; s < SAMPLES; s++)
        sum += (shown[s][i] - g[i]) * (shown[s][j] - g[j]) / SAMPLES;
      ck_assert_double_eq_tol(gsl_matrix_get(q->covariance, i, j), (double)sum, 1e-13);
      if (i == j)
        ck_assert_double_eq_tol(q->v[i], (double)sum, 1e-13);
    }
  }
  quadratic_free(q);
  quadratic_free(bare);
}

/* Each outcome is stepped to; a loss is half the sum of g_i^2/lambda_i on its side. */
static void expect_outcomes(const least_squares *p, const plain *truth, const double *w, bool null,
                            double eta) {
  gsl_vector_const_view view = gsl_vector_const_view_array(w, FEATURES);
  const spectrum *spectral = p->spectrum;
  least_squares_outcomes found;
  ck_assert_int_eq(least_squares_enumerate(p, null ? NULL : &view.vector, eta, &found),
                   GSL_SUCCESS);
  long double square[2] = {0}, loss[2] = {0}, alignment = 0, size = 0, reach = 0, along = 0;
  long double before[2] = {0}, g[FEATURES], after[FEATURES], one[FEATURES], norm = 0;
  split_gradient(truth, spectral, w, g);
  for (size_t i = 0; i < spectral->d; i++) {
    before[i < spectral->k] += g[i] * g[i];
    norm += g[i] * g[i];
  }
  norm = sqrtl(norm);
  for (size_t i = 0; i < FEATURES; i++)
    for (size_t j = 0; j < FEATURES; j++)
      size += truth->a[i][j] * truth->a[i][j];
  for (size_t s = 0; s < SAMPLES; s++) {
    double next[FEATURES];
    long double length = 0, part[2] = {0};
    one_gradient(truth, s, w, one);
    for (size_t j = 0; j < FEATURES; j++) {
      next[j] = (double)(w[j] - eta * one[j]);
      length += one[j] * one[j];
    }
    split_gradient(truth, spectral, next, after);
    for (size_t i = 0; i < spectral->d; i++) {
      part[i < spectral->k] += after[i] * after[i];
      loss[i < spectral->k] += (after[i] * after[i] - g[i] * g[i]) / (2 * spectral->lambda[i]);
    }
    square[0] += part[0] / SAMPLES;
    square[1] += part[1] / SAMPLES;
    alignment += part[1] / (part[0] + part[1]) / SAMPLES;
    const long double far = norm + eta * sqrtl(size) * sqrtl(length);
    reach += far * far / SAMPLES;
    along += eta * sqrtl(length) * far / SAMPLES;
  }
  ck_assert_double_eq_tol(found.dominant, (double)square[1], 1e-13 * (double)reach);
  ck_assert_double_eq_tol(found.bulk, (double)square[0], 1e-13 * (double)reach);
  ck_assert_double_eq_tol(found.true_alignment, (double)alignment, 1e-13);
  ck_assert_double_eq_tol(found.alignment, (double)(before[1] / (before[0] + before[1])), 1e-13);
  ck_assert_double_eq_tol(found.dominant_loss, (double)loss[1] / SAMPLES, 1e-12 * (double)along);
  ck_assert_double_eq_tol(found.bulk_loss, (double)loss[0] / SAMPLES, 1e-12 * (double)along);
  const double unit = 64.0 * (FEATURES * FEATURES + SAMPLES) * ROUNDING_UNIT;
  ck_assert_double_eq_tol(found.error / (unit * (double)reach), 1, 1e-12);
  ck_assert_double_eq_tol(found.loss_error / (unit * (double)along), 1, 1e-12);
}

static void expect_everything(const double samples[SAMPLES][FEATURES], double ridge, size_t k,
                              size_t d) {
  static const double origin[FEATURES] = {0};
  const plain truth = plain_of(samples, ridge);
  least_squares *p = problem(samples, ridge, k);
  expect_problem(p, &truth, d);
  for (int null = 0; null < 2; null++) {
    expect_state(p, &truth, null ? origin : point, null);
    expect_outcomes(p, &truth, null ? origin : point, null, 0.3);
  }
  least_squares_free(p);
}

START_TEST(test_sums_over_the_samples) {
  for (size_t k = 1; k < FEATURES; k++) {
    expect_everything(raw, 0.0, k, FEATURES);
    expect_everything(raw, 0.375, k, FEATURES);
  }
}
END_TEST

/* A feature that is the same everywhere has no variance: without a ridge its direction goes. */
START_TEST(test_constant_feature) {
  static const double samples[SAMPLES][FEATURES] = {{3, 2, 2, 0.5}, {-7, 2, 1, 0.25},
                                                    {2, 2, -3, 1},  {0, 2, 6, -2},
                                                    {1, 2, -1, 3},  {-2, 2, 4, -1.5}};
  expect_everything(samples, 0.0, 2, FEATURES - 1);
  expect_everything(samples, 0.125, 2, FEATURES);
}
END_TEST

/* The step takes the samples that the stream names, all at the old point. */
START_TEST(test_step) {
  const double eta = 0.2;
  for (size_t batch = 1; batch <= 3; batch++) {
    const plain truth = plain_of(raw, 0.25);
    least_squares *p = problem(raw, 0.25, 2);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937), *same = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_vector *w = gsl_vector_alloc(FEATURES);
    for (size_t j = 0; j < FEATURES; j++)
      gsl_vector_set(w, j, point[j]);
    for (int t = 0; t < STEPS; t++) {
      double old[FEATURES];
      long double sum[FEATURES] = {0}, one[FEATURES];
      for (size_t j = 0; j < FEATURES; j++)
        old[j] = gsl_vector_get(w, j);
      for (size_t b = 0; b < batch; b++) {
        one_gradient(&truth, gsl_rng_uniform_int(same, SAMPLES), old, one);
        for (size_t j = 0; j < FEATURES; j++)
          sum[j] += one[j] / batch;
      }
      least_squares_step(p, w, eta, batch, rng);
      for (size_t j = 0; j < FEATURES; j++)
        ck_assert_double_eq_tol(gsl_vector_get(w, j), (double)(old[j] - eta * sum[j]), 1e-14);
    }
    gsl_vector_free(w);
    gsl_rng_free(rng);
    gsl_rng_free(same);
    least_squares_free(p);
  }
}
END_TEST

static void expect_refused(size_t n, size_t columns, size_t labels, const double *x,
                           const double *y, double ridge, int code) {
  gsl_matrix_const_view samples = gsl_matrix_const_view_array(x, n, columns);
  gsl_vector_const_view given = gsl_vector_const_view_array(y, labels);
  least_squares *p = NULL;
  diagnostic diag = {0, ""};
  ck_assert_int_eq(least_squares_from_samples(&samples.matrix, &given.vector, ridge, 1, &p, &diag),
                   code);
  if (code != GSL_SUCCESS)
    ck_assert_ptr_null(p);
  least_squares_free(p);
}

START_TEST(test_domain) {
  const double *x = raw[0], *y = raw_labels;
  expect_refused(1, 2, 1, x, y, 0, GSL_EINVAL);
  expect_refused(2, 1, 2, x, y, 0, GSL_EINVAL);
  expect_refused(4, 2, 3, x, y, 0, GSL_EINVAL);
  expect_refused(4, 2, 5, x, y, 0, GSL_EINVAL);
  expect_refused(4, 2, 4, x, y, 0, GSL_SUCCESS);
  expect_refused(2, 2, 2, x, y, 0.5, GSL_SUCCESS);
  expect_refused(4, 2, 4, x, y, -0x1p-60, GSL_EDOM);
  expect_refused(4, 2, 4, x, y, INFINITY, GSL_EDOM);
  expect_refused(4, 2, 4, x, y, NAN, GSL_EDOM);
  const double same[] = {3, 3, 3, 3}, close[] = {1e13, 1e13 + 2, 1e13, 1e13 + 2};
  const double apart[] = {1e11, 1e11 + 2, 1e11, 1e11 + 2};
  expect_refused(4, 2, 4, x, same, 0, GSL_EDOM);
  expect_refused(4, 2, 4, x, close, 0, GSL_EDOM); /* a deviation of 1: 1e-13 of the mean */
  expect_refused(4, 2, 4, x, apart, 0, GSL_SUCCESS);
  const double zero[8] = {0};
  expect_refused(4, 2, 4, zero, y, 0, GSL_EDOM);
  double bad[8] = {1, 2, 3, 4, 5, 6, 7, NAN};
  expect_refused(4, 2, 4, bad, y, 0, GSL_EDOM);
  const double bad_label[] = {1, 2, 3, NAN};
  expect_refused(4, 2, 4, x, bad_label, 0, GSL_EDOM);
  least_squares_free(NULL);
}
END_TEST

/* The first of the samples, and of its features, is looked at too. */
START_TEST(test_first_sample_is_checked) {
  const double y[] = {1, 2, 4, 8};
  for (size_t at = 0; at < 3; at++) {
    double bad[8] = {1, 2, 3, 5, 6, 7, 8, 9};
    bad[at] = NAN;
    gsl_matrix_const_view samples = gsl_matrix_const_view_array(bad, 4, 2);
    gsl_vector_const_view labels = gsl_vector_const_view_array(y, 4);
    least_squares *p = NULL;
    diagnostic diag = {0, ""};
    ck_assert_int_eq(least_squares_from_samples(&samples.matrix, &labels.vector, 0, 1, &p, &diag),
                     GSL_EDOM);
    char words[64];
    snprintf(words, sizeof words, "feature %zu of sample %zu is nan: not finite", at % 2 + 1,
             at / 2 + 1);
    ck_assert_str_eq(diag.message, words);
  }
  const double zero[] = {0, 0, 0, 0}, just[] = {1, 1 + 3e-12, 1, 1 + 3e-12},
               not_quite[] = {1, 1 + 1e-12, 1, 1 + 1e-12};
  expect_refused(4, 2, 4, raw[0], zero, 0, GSL_EDOM);
  expect_refused(4, 2, 4, raw[0], just, 0, GSL_SUCCESS); /* a deviation of 1.5e-12 */
  expect_refused(4, 2, 4, raw[0], not_quite, 0, GSL_EDOM);
}
END_TEST

/* Directions with a curvature below the cutoff go, unless there is a ridge.  Columns (1, -1, 0, 0)
 * and (0, 0, x, -x): eigenvalues 1/2 and x^2/2, here 4e-12 apart. */
START_TEST(test_cutoff_is_for_no_ridge) {
  const double x = 2e-6, data[] = {1, 0, -1, 0, 0, x, 0, -x}, y[] = {1, -1, 2, -2};
  gsl_matrix_const_view samples = gsl_matrix_const_view_array(data, 4, 2);
  gsl_vector_const_view labels = gsl_vector_const_view_array(y, 4);
  least_squares *p = NULL;
  diagnostic diag = {0, ""};
  ck_assert(x * x < LEAST_SQUARES_CUTOFF);
  ck_assert_int_eq(least_squares_from_samples(&samples.matrix, &labels.vector, 0, 1, &p, &diag),
                   GSL_EINVAL); /* one is left */
  ck_assert_int_eq(least_squares_from_samples(&samples.matrix, &labels.vector, 1e-12, 1, &p, &diag),
                   GSL_SUCCESS);
  ck_assert_uint_eq(p->spectrum->d, 2);
  ck_assert(fabs(p->spectrum->lambda[1] - (0.5 * x * x + 1e-12)) <= p->spectrum->lambda_error);
  least_squares_free(p);
}
END_TEST

/* Columns (1, -1, 0, 0) and (0, 0, 1/2, -1/2), orthogonal: labels along the one only leave the
 * other without a gradient.  The alignment of any outcome is then 1 or 0, and of none at all 0. */
START_TEST(test_alignment_of_one_side) {
  const double data[] = {1, 0, -1, 0, 0, 0.5, 0, -0.5};
  const double along[] = {1, -1, 0, 0}, beside[] = {0, 0, 1, -1};
  gsl_matrix_const_view samples = gsl_matrix_const_view_array(data, 4, 2);
  for (int dominant = 0; dominant < 2; dominant++) {
    gsl_vector_const_view labels = gsl_vector_const_view_array(dominant ? along : beside, 4);
    least_squares *p = NULL;
    diagnostic diag = {0, ""};
    ck_assert_int_eq(least_squares_from_samples(&samples.matrix, &labels.vector, 0, 1, &p, &diag),
                     GSL_SUCCESS);
    least_squares_outcomes found;
    ck_assert_int_eq(least_squares_enumerate(p, NULL, 0.25, &found), GSL_SUCCESS);
    ck_assert(found.true_alignment == dominant && found.alignment == dominant);
    /* At the solution itself nothing moves. */
    gsl_vector *w = gsl_vector_calloc(2);
    gsl_vector_set(w, dominant ? 0 : 1,
                   gsl_vector_get(p->y, dominant ? 0 : 2) /
                       gsl_matrix_get(p->x, dominant ? 0 : 2, !dominant));
    ck_assert_int_eq(least_squares_enumerate(p, w, 0.25, &found), GSL_SUCCESS);
    ck_assert(found.true_alignment == 0.0 && found.dominant == 0.0 && found.bulk == 0.0);
    gsl_vector_free(w);
    least_squares_free(p);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("least_squares");
  TCase *core = tcase_create("core");
  tcase_add_test(core, test_sums_over_the_samples);
  tcase_add_test(core, test_constant_feature);
  tcase_add_test(core, test_step);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_first_sample_is_checked);
  tcase_add_test(core, test_cutoff_is_for_no_ridge);
  tcase_add_test(core, test_alignment_of_one_side);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
