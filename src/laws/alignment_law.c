#include "config.h"
#include "laws/alignment_law.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_roots.h>
#ifdef HAVE_LAPACKE
#include <lapacke.h>
#endif
#include "laws/quadratic_form.h"
#include "model/rounding.h"

/* A law is kept as independent directions g_j ~ N(a_j, w_j).  Without correlation they are the
 * coordinates themselves, the dominant ones first; those with a = w = 0 are left out, and each set
 * is padded with such to a multiple of LANES.  With correlation they are the principal axes of C,
 * and N = g'Mg with M = V'PV.  All is scaled by a power of four, so that the largest w_j + a_j^2 is
 * in [1, 8): the scale changes no bit of any result. */
struct alignment_law {
  size_t n;              /* directions, with the padding */
  size_t dominant;       /* of them in the dominant set; without correlation */
  double *w, *a2;        /* length n: variances, squared means */
  long double *ww, *wa2; /* the same where their range is beyond NARROW_RANGE, else NULL */
  double data_error;     /* relative, of each sqrt(w_j) and a_j as they were handed on */

  gsl_matrix *basis; /* d x n: V, or NULL without correlation */
  gsl_matrix *form;  /* n x n: M */
  double *mean;      /* length n: a_j with its sign */
  double *share[2];  /* length n: the diagonals of M and of I - M */
  size_t k;          /* rows of the basis in the dominant set */
  double axes_error; /* nuclear norm of the change of C that its diagonalisation stands for */
  double mean_error; /* Euclidean, of the rotated mean */
  double orthogonality_error; /* absolute, of M */
};

enum { LANES = 4, AXES_GSL_LIMIT = 128 };

/* Beyond this ratio of the largest to the smallest scale, long double carries the exponents. */
#define NARROW_RANGE 0x1p100
#define GRADIENT_LEAST 1e-150
#define GRADIENT_MOST 1e150
#define VARIANCE_LEAST 1e-300
#define VARIANCE_MOST 1e300

/* --- making --------------------------------------------------------------------------------- */

void alignment_law_free(alignment_law *law) {
  if (law == NULL)
    return;
  free(law->w);
  free(law->a2);
  free(law->ww);
  free(law->wa2);
  free(law->mean);
  free(law->share[0]);
  free(law->share[1]);
  if (law->basis != NULL)
    gsl_matrix_free(law->basis);
  if (law->form != NULL)
    gsl_matrix_free(law->form);
  free(law);
}

static int out_of_memory(diagnostic *diag) {
  return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
}

static int check_split(size_t d, size_t k, diagnostic *diag) {
  if (d < 2)
    return diagnostic_set(diag, GSL_EINVAL, "d = %zu: an alignment needs at least 2 directions", d);
  if (k < 1 || k >= d)
    return diagnostic_set(diag, GSL_EINVAL, "k = %zu is not in 1..d-1 = 1..%zu", k, d - 1);
  return GSL_SUCCESS;
}

static int check_mean(double a, size_t i, diagnostic *diag) {
  if (!isfinite(a))
    return diagnostic_set(diag, GSL_EDOM, "mean %zu is %g: not finite", i + 1, a);
  if (a != 0.0 && !(fabs(a) >= GRADIENT_LEAST && fabs(a) <= GRADIENT_MOST))
    return diagnostic_set(diag, GSL_EDOM, "mean %zu is %.17g: neither 0 nor of size in [%g, %g]",
                          i + 1, a, GRADIENT_LEAST, GRADIENT_MOST);
  return GSL_SUCCESS;
}

static int check_variance(double w, size_t i, diagnostic *diag) {
  if (!isfinite(w))
    return diagnostic_set(diag, GSL_EDOM, "variance %zu is %g: not finite", i + 1, w);
  if (w < 0.0)
    return diagnostic_set(diag, GSL_EDOM, "variance %zu is %.17g: negative", i + 1, w);
  if (w != 0.0 && !(w >= VARIANCE_LEAST && w <= VARIANCE_MOST))
    return diagnostic_set(diag, GSL_EDOM, "variance %zu is %.17g: neither 0 nor in [%g, %g]", i + 1,
                          w, VARIANCE_LEAST, VARIANCE_MOST);
  return GSL_SUCCESS;
}

/* What is left once every value is known to be good: is there a law at all? */
static int check_spread(bool random, const size_t alive[2], diagnostic *diag) {
  if (!random)
    return diagnostic_set(diag, GSL_EDOM,
                          "every variance is 0: the alignment is a point and has no law");
  for (size_t set = 0; set < 2; set++)
    if (alive[set] == 0)
      return diagnostic_set(diag, GSL_EDOM,
                            "the alignment is %d with certainty: mean and variance are 0 in all "
                            "of the %s set",
                            (int)set, set == 0 ? "dominant" : "bulk");
  return GSL_SUCCESS;
}

/* An even e with x in [1, 8) * 2^e, x > 0. */
static int even_exponent(long double x) {
  int e;
  frexpl(x, &e);
  e -= 1;
  return e % 2 == 0 ? e : e - 1;
}

static size_t padded(size_t n) {
  return (n + LANES - 1) / LANES * LANES;
}

/* Does long double reach far beyond double?  Asked at run time: an emulator may give it less than
 * the compiler was told. */
static bool wide_arithmetic(void) {
  const volatile long double big = 0x1p1000L;
  return isfinite(big * big);
}

int alignment_law_independent(const double *a, const double *w, size_t d, size_t k,
                              alignment_law **out, diagnostic *diag) {
  int status = check_split(d, k, diag);
  if (status != GSL_SUCCESS)
    return status;
  size_t alive[2] = {0, 0};
  long double most = 0.0L, least = (long double)INFINITY;
  bool random = false;
  for (size_t i = 0; i < d; i++) {
    const double mean = a == NULL ? 0.0 : a[i];
    status = check_mean(mean, i, diag);
    if (status == GSL_SUCCESS)
      status = check_variance(w[i], i, diag);
    if (status != GSL_SUCCESS)
      return status;
    if (mean == 0.0 && w[i] == 0.0)
      continue;
    const long double total = (long double)w[i] + (long double)mean * mean;
    alive[i >= k]++;
    most = fmaxl(most, total);
    least = fminl(least, w[i] > 0.0 ? w[i] : total);
    random = random || w[i] > 0.0;
  }
  status = check_spread(random, alive, diag);
  if (status != GSL_SUCCESS)
    return status;
  const bool wide = most > least * (long double)NARROW_RANGE;
  if (wide && !wide_arithmetic())
    return diagnostic_set(diag, GSL_EDOM,
                          "variances and squared means from %Lg to %Lg: more than the range of "
                          "30 decades that this machine's arithmetic allows",
                          least, most);

  alignment_law *law = calloc(1, sizeof *law);
  if (law == NULL)
    return out_of_memory(diag);
  law->dominant = padded(alive[0]);
  law->n = law->dominant + padded(alive[1]);
  law->w = calloc(law->n, sizeof *law->w);
  law->a2 = calloc(law->n, sizeof *law->a2);
  if (wide) {
    law->ww = calloc(law->n, sizeof *law->ww);
    law->wa2 = calloc(law->n, sizeof *law->wa2);
  }
  if (law->w == NULL || law->a2 == NULL || (wide && (law->ww == NULL || law->wa2 == NULL))) {
    alignment_law_free(law);
    return out_of_memory(diag);
  }
  const int scale = -even_exponent(most);
  size_t next[2] = {0, law->dominant};
  for (size_t i = 0; i < d; i++) {
    const double mean = a == NULL ? 0.0 : a[i];
    if (mean == 0.0 && w[i] == 0.0)
      continue;
    const size_t j = next[i >= k]++;
    const long double variance = ldexpl(w[i], scale);
    const long double square = ldexpl((long double)mean * mean, scale);
    law->w[j] = (double)variance;
    law->a2[j] = (double)square;
    if (wide) {
      law->ww[j] = variance;
      law->wa2[j] = square;
    }
  }
  *out = law;
  return GSL_SUCCESS;
}

/* Eigenpairs of the symmetric c, descending; c is destroyed.  Backward stable, with the constant of
 * model/spectrum. */
static int principal_axes(gsl_matrix *c, gsl_vector *values, gsl_matrix *vectors) {
  int status = GSL_SUCCESS;
#ifdef HAVE_LAPACKE
  if (c->size1 > AXES_GSL_LIMIT) {
    if (LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'L', (lapack_int)c->size1, c->data,
                       (lapack_int)c->tda, values->data) != 0)
      return GSL_EFAILED;
    gsl_matrix_memcpy(vectors, c);
    return gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC);
  }
#endif
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(c->size1);
  if (work == NULL)
    return GSL_ENOMEM;
  status = gsl_eigen_symmv(c, values, vectors, work);
  gsl_eigen_symmv_free(work);
  return status == GSL_SUCCESS ? gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC)
                               : status;
}

static double axes_constant(size_t n) {
  return 8.0 * (double)n * ROUNDING_UNIT;
}

/* Square, finite, symmetric to rounding; *diagonal is set where nothing stands beside it. */
static int check_covariance(const gsl_vector *a, const gsl_matrix *c, size_t k, double *norm,
                            bool *diagonal, diagnostic *diag) {
  const size_t d = c->size1;
  if (c->size2 != d || (a != NULL && a->size != d))
    return diagnostic_set(diag, GSL_EINVAL,
                          "the covariance is %zu x %zu and the mean has length %zu", d, c->size2,
                          a == NULL ? d : a->size);
  int status = check_split(d, k, diag);
  for (size_t i = 0; i < d && status == GSL_SUCCESS; i++) {
    if (a != NULL)
      status = check_mean(gsl_vector_get(a, i), i, diag);
    if (status == GSL_SUCCESS)
      status = check_variance(gsl_matrix_get(c, i, i), i, diag);
  }
  if (status != GSL_SUCCESS)
    return status;
  double most = 0.0, worst = 0.0;
  size_t row = 0, column = 0;
  *diagonal = true;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      const double x = gsl_matrix_get(c, i, j), y = gsl_matrix_get(c, j, i);
      if (!isfinite(x) || fabs(x) > VARIANCE_MOST)
        return diagnostic_set(diag, GSL_EDOM, "covariance entry (%zu, %zu) is %g", i + 1, j + 1, x);
      most = fmax(most, fabs(x));
      if (fabs(x - y) > worst) {
        worst = fabs(x - y);
        row = i;
        column = j;
      }
      *diagonal = *diagonal && (i == j || x == 0.0);
    }
  if (worst > 8.0 * ROUNDING_UNIT * most)
    return diagnostic_set(
        diag, GSL_EDOM, "the covariance is not symmetric: %.17g at (%zu, %zu), %.17g at (%zu, %zu)",
        gsl_matrix_get(c, row, column), row + 1, column + 1, gsl_matrix_get(c, column, row),
        column + 1, row + 1);
  size_t alive[2] = {0, 0};
  for (size_t i = 0; i < d; i++)
    if (gsl_matrix_get(c, i, i) > 0.0 || (a != NULL && gsl_vector_get(a, i) != 0.0))
      alive[i >= k]++;
  status = check_spread(most > 0.0, alive, diag);
  *norm = most;
  return status;
}

/* A law on the principal axes: allocates, leaves the numbers to the caller. */
static alignment_law *axes_law_alloc(size_t d, size_t k) {
  alignment_law *law = calloc(1, sizeof *law);
  if (law == NULL)
    return NULL;
  law->n = d;
  law->k = k;
  law->w = calloc(d, sizeof *law->w);
  law->a2 = calloc(d, sizeof *law->a2);
  law->mean = calloc(d, sizeof *law->mean);
  law->share[0] = calloc(d, sizeof *law->share[0]);
  law->share[1] = calloc(d, sizeof *law->share[1]);
  law->basis = gsl_matrix_alloc(d, d);
  law->form = gsl_matrix_alloc(d, d);
  if (law->w == NULL || law->a2 == NULL || law->mean == NULL || law->share[0] == NULL ||
      law->share[1] == NULL || law->basis == NULL || law->form == NULL) {
    alignment_law_free(law);
    return NULL;
  }
  return law;
}

/* M = V'PV from the first k rows of V, and the two diagonals, each as a sum of squares. */
static void fill_form(alignment_law *law) {
  const size_t n = law->n;
  gsl_matrix_const_view rows = gsl_matrix_const_submatrix(law->basis, 0, 0, law->k, n);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, &rows.matrix, &rows.matrix, 0.0, law->form);
  for (size_t l = 0; l < n; l++)
    for (size_t j = 0; j < n; j++) {
      const double v = gsl_matrix_get(law->basis, l, j);
      law->share[l >= law->k][j] += v * v;
    }
}

int alignment_law_correlated(const gsl_vector *a, const gsl_matrix *c, size_t k,
                             alignment_law **out, diagnostic *diag) {
  double most = 0.0;
  bool diagonal = false;
  int status = check_covariance(a, c, k, &most, &diagonal, diag);
  if (status != GSL_SUCCESS)
    return status;
  const size_t d = c->size1;
  gsl_matrix *work = gsl_matrix_alloc(d, d);
  gsl_vector *values = gsl_vector_alloc(d), *mean = gsl_vector_calloc(d);
  gsl_vector *rotated = gsl_vector_calloc(d);
  alignment_law *law = NULL;
  status = GSL_ENOMEM;
  if (work == NULL || values == NULL || mean == NULL || rotated == NULL)
    goto cleanup;
  if (a != NULL)
    gsl_vector_memcpy(mean, a);
  if (diagonal) { /* the coordinates are independent: no need to look for axes */
    for (size_t i = 0; i < d; i++)
      gsl_vector_set(values, i, gsl_matrix_get(c, i, i));
    status = alignment_law_independent(mean->data, values->data, d, k, out, diag);
    goto cleanup;
  }
  law = axes_law_alloc(d, k);
  if (law == NULL)
    goto cleanup;

  const double mean_most = gsl_vector_get(mean, gsl_blas_idamax(mean));
  const int scale = -even_exponent((long double)most + (long double)mean_most * mean_most);
  double squares = 0.0;
  for (size_t i = 0; i < d; i++) {
    gsl_vector_set(mean, i, ldexp(gsl_vector_get(mean, i), scale / 2));
    for (size_t j = 0; j < d; j++) {
      const double x = ldexp(0.5 * gsl_matrix_get(c, i, j) + 0.5 * gsl_matrix_get(c, j, i), scale);
      gsl_matrix_set(work, i, j, x);
      squares += x * x;
    }
  }
  status = principal_axes(work, values, law->basis);
  if (status != GSL_SUCCESS) {
    if (status != GSL_ENOMEM)
      diagnostic_set(diag, status, "the eigensolver failed: %s", gsl_strerror(status));
    goto cleanup;
  }
  const double value_error = axes_constant(d) * sqrt(squares);
  const double least = gsl_vector_get(values, d - 1);
  if (least < -value_error) {
    status = diagnostic_set(diag, GSL_EDOM,
                            "the covariance is not positive semidefinite: it has the eigenvalue "
                            "%.17g",
                            ldexp(least, -scale));
    goto cleanup;
  }
  gsl_blas_dgemv(CblasTrans, 1.0, law->basis, mean, 0.0, rotated);
  const double length = gsl_blas_dnrm2(mean);
  law->axes_error = sqrt((double)d) * value_error;
  law->mean_error = axes_constant(d) * length;
  law->orthogonality_error = 2.0 * axes_constant(d);
  for (size_t j = 0; j < d; j++) {
    const double value = gsl_vector_get(values, j), b = gsl_vector_get(rotated, j);
    /* What rounding alone may have put there is taken as absent; the errors above cover it. */
    const bool absent = value <= value_error && fabs(b) <= law->mean_error;
    law->w[j] = value <= value_error ? 0.0 : value;
    law->mean[j] = absent ? 0.0 : b;
    law->a2[j] = law->mean[j] * law->mean[j];
  }
  fill_form(law);

cleanup:
  if (status == GSL_SUCCESS && law != NULL)
    *out = law;
  else
    alignment_law_free(law);
  if (work != NULL)
    gsl_matrix_free(work);
  if (values != NULL)
    gsl_vector_free(values);
  if (mean != NULL)
    gsl_vector_free(mean);
  if (rotated != NULL)
    gsl_vector_free(rotated);
  return status == GSL_ENOMEM ? out_of_memory(diag) : status;
}

/* --- the laws along a run ------------------------------------------------------------------- */

/* 1 - eta lambda to a relative error of u. */
static double contraction(double eta, double lambda) {
  return fma(-eta, lambda, 1.0);
}

/* ln|1 - eta lambda|, -INFINITY at eta lambda = 1; relative error 4u or so on all of (0, 2): the
 * logarithm's argument is taken where it has no cancellation. */
static double log_contraction(double eta, double lambda) {
  const double move = eta * lambda;
  if (move < 0.5)
    return log1p(-move);
  if (move <= 1.5)
    return log(fabs(contraction(eta, lambda)));
  return log1p(-fma(-eta, lambda, 2.0));
}

/* eta lambda v / (2 - eta lambda): the stationary E g^2; relative error 4u. */
static double stationary_variance(double eta, double lambda, double v) {
  return eta * lambda * v / fma(-eta, lambda, 2.0);
}

static int check_stable(const quadratic *q, diagnostic *diag) {
  double most = 0.0;
  for (size_t i = 0; i < q->d; i++)
    most = fmax(most, q->lambda[i]);
  if (!(q->eta > 0.0 && isfinite(q->eta)))
    return diagnostic_set(diag, GSL_EDOM, "the step size %.17g is not positive", q->eta);
  if (!(fma(-q->eta, most, 2.0) > 0.0))
    return diagnostic_set(diag, GSL_EDOM,
                          "the step size %.17g is not below 2/lambda_1 = %.17g: there is no "
                          "stationary law",
                          q->eta, 2.0 / most);
  return GSL_SUCCESS;
}

static int finish_independent(const double *a, const double *w, size_t d, size_t k,
                              double data_error, alignment_law **out, diagnostic *diag) {
  const int status = alignment_law_independent(a, w, d, k, out, diag);
  if (status == GSL_SUCCESS)
    (*out)->data_error = data_error;
  return status;
}

/* g ~ N(a, C) for a covariance built entry by entry, each to a relative error of 8u: as a change of
 * C that is at most 8u |C|_F sqrt(d) in the nuclear norm. */
static int finish_correlated(const gsl_vector *a, const gsl_matrix *c, size_t k,
                             alignment_law **out, diagnostic *diag) {
  const int status = alignment_law_correlated(a, c, k, out, diag);
  if (status == GSL_SUCCESS) {
    (*out)->axes_error *= 2.0;
    (*out)->mean_error *= 2.0;
    if ((*out)->basis == NULL)
      (*out)->data_error = 8.0 * ROUNDING_UNIT;
  }
  return status;
}

static int after_step_correlated(const quadratic *q, double eta, const double *a,
                                 alignment_law **out, diagnostic *diag) {
  gsl_matrix *c = gsl_matrix_alloc(q->d, q->d);
  if (c == NULL)
    return out_of_memory(diag);
  for (size_t i = 0; i < q->d; i++)
    for (size_t j = 0; j < q->d; j++)
      gsl_matrix_set(
          c, i, j, eta * q->lambda[i] * (eta * q->lambda[j]) * gsl_matrix_get(q->covariance, i, j));
  gsl_vector_const_view mean = gsl_vector_const_view_array(a, q->d);
  const int status = finish_correlated(&mean.vector, c, q->k, out, diag);
  gsl_matrix_free(c);
  return status;
}

int alignment_law_after_step(const quadratic *q, double eta, alignment_law **out,
                             diagnostic *diag) {
  if (!(eta > 0.0 && isfinite(eta)))
    return diagnostic_set(diag, GSL_EDOM, "the step size %.17g is not positive", eta);
  int status = GSL_ENOMEM;
  double *a = malloc(q->d * sizeof *a), *w = malloc(q->d * sizeof *w);
  if (a == NULL || w == NULL) {
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    goto cleanup;
  }
  for (size_t i = 0; i < q->d; i++) {
    const double move = eta * q->lambda[i];
    a[i] = contraction(eta, q->lambda[i]) * q->g[i];
    if (q->bias != NULL)
      a[i] -= move * q->bias[i];
    w[i] = move * move * q->v[i];
  }
  status = q->covariance != NULL
               ? after_step_correlated(q, eta, a, out, diag)
               : finish_independent(a, w, q->d, q->k, 4.0 * ROUNDING_UNIT, out, diag);

cleanup:
  free(a);
  free(w);
  return status;
}

/* 1 - (1 - x)(1 - y) for 0 < x, y < 2 without cancellation; fx = 2 - x and fy = 2 - y. */
static double joint_rate(double x, double fx, double y, double fy) {
  if (x <= 1.0)
    return x + y * (1.0 - x);
  if (y <= 1.0)
    return y + x * (1.0 - y);
  return fx + fy * (1.0 - fx);
}

int alignment_law_stationary(const quadratic *q, alignment_law **out, diagnostic *diag) {
  int status = check_stable(q, diag);
  if (status != GSL_SUCCESS)
    return status;
  const size_t d = q->d;
  if (q->covariance == NULL) {
    double *w = malloc(d * sizeof *w);
    if (w == NULL)
      return out_of_memory(diag);
    for (size_t i = 0; i < d; i++)
      w[i] = stationary_variance(q->eta, q->lambda[i], q->v[i]);
    status = finish_independent(NULL, w, d, q->k, 4.0 * ROUNDING_UNIT, out, diag);
    free(w);
    return status;
  }
  gsl_matrix *c = gsl_matrix_alloc(d, d);
  if (c == NULL)
    return out_of_memory(diag);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      const double x = q->eta * q->lambda[i], y = q->eta * q->lambda[j];
      const double rate =
          joint_rate(x, fma(-q->eta, q->lambda[i], 2.0), y, fma(-q->eta, q->lambda[j], 2.0));
      gsl_matrix_set(c, i, j, x * y * gsl_matrix_get(q->covariance, i, j) / rate);
    }
  status = finish_correlated(NULL, c, q->k, out, diag);
  gsl_matrix_free(c);
  return status;
}

int alignment_law_at_time(const quadratic *q, double t, const double *spread, alignment_law **out,
                          diagnostic *diag) {
  int status = check_stable(q, diag);
  if (status != GSL_SUCCESS)
    return status;
  if (!(t >= 1.0 && isfinite(t)))
    return diagnostic_set(diag, GSL_EDOM, "the time %.17g is not finite and at least 1", t);
  if (q->covariance != NULL)
    return diagnostic_set(diag, GSL_EINVAL,
                          "the law at a time is for independent noise, here it has a covariance");
  double *a = calloc(q->d, sizeof *a), *w = calloc(q->d, sizeof *w);
  if (a == NULL || w == NULL) {
    status = out_of_memory(diag);
    goto cleanup;
  }
  double data_error = 8.0 * ROUNDING_UNIT;
  for (size_t i = 0; i < q->d; i++) {
    const double exponent = t * log_contraction(q->eta, q->lambda[i]); /* of |m_i/g_i| */
    w[i] = -expm1(2.0 * exponent) * stationary_variance(q->eta, q->lambda[i], q->v[i]);
    if (spread != NULL) {
      status = check_variance(spread[i], i, diag);
      if (status != GSL_SUCCESS)
        goto cleanup;
      w[i] += exp(2.0 * exponent) * spread[i];
    } else { /* the sign of (1 - eta lambda)^t changes no law */
      a[i] = exp(exponent) * q->g[i];
      if (fabs(a[i]) < GRADIENT_LEAST || a[i] * a[i] < 1e-60 * w[i])
        a[i] = 0.0; /* decayed below rounding, or below what a law takes */
    }
    if (w[i] < VARIANCE_LEAST)
      w[i] = 0.0;
    /* Beside noise the start is forgotten at e^-100; without, it has decayed for good at e^-700. */
    const double longest = q->v[i] > 0.0 ? 100.0 : 700.0;
    if (a[i] != 0.0 || spread != NULL)
      data_error = fmax(data_error, (8.0 + 4.0 * fmin(-exponent, longest)) * ROUNDING_UNIT);
  }
  status = finish_independent(a, w, q->d, q->k, data_error, out, diag);

cleanup:
  free(a);
  free(w);
  return status;
}

/* --- the transform E[. e^{-sS}] at one s ---------------------------------------------------- */

/* Under the weight e^{-sS} the coordinate g_i is again normal, with variance w/(1+2sw) and mean
 * a/(1+2sw).  In x = 2sw, q = 1/(1+x), y = xq and xi = s a^2, all free of units:
 *   E e^{-s g^2} = q^{1/2} e^{-xi q},  s E' g^2 = y/2 + xi q^2,  s^2 Var' g^2 = y (y/2 + 2 xi q^2).
 */
typedef struct {
  long double log_t;          /* sum of ln(1+x) */
  long double fall;           /* sum of xi q */
  long double mean, variance; /* s E' of the set's sum of squares, s^2 Var' of it */
} set_sums;

static set_sums narrow_sums(const double *w, const double *a2, size_t n, double s) {
  double p[LANES], fall[LANES], mean[LANES], variance[LANES];
  for (size_t l = 0; l < LANES; l++) {
    p[l] = 1.0;
    fall[l] = mean[l] = variance[l] = 0.0;
  }
  const double s2 = 2.0 * s;
  long exponent = 0;
  for (size_t i = 0; i < n; i += 4 * LANES) {
    const size_t end = GSL_MIN(i + 4 * LANES, n);
    for (size_t j = i; j < end; j += LANES)
      for (size_t l = 0; l < LANES; l++) {
        const double x = s2 * w[j + l], t = 1.0 + x, q = 1.0 / t, y = x * q;
        const double xi_q = s * a2[j + l] * q, xi_qq = xi_q * q;
        p[l] *= t; /* 1 + x < 2^249, see S_MOST: four factors at a time do not overflow */
        fall[l] += xi_q;
        mean[l] += 0.5 * y + xi_qq;
        variance[l] += y * (0.5 * y + 2.0 * xi_qq);
      }
    for (size_t l = 0; l < LANES; l++) {
      int e;
      p[l] = frexp(p[l], &e);
      exponent += e;
    }
  }
  return (set_sums){(long double)log(p[0] * p[1] * p[2] * p[3]) + (long double)exponent * M_LN2,
                    (fall[0] + fall[1]) + (fall[2] + fall[3]),
                    (mean[0] + mean[1]) + (mean[2] + mean[3]),
                    (variance[0] + variance[1]) + (variance[2] + variance[3])};
}

static set_sums wide_sums(const long double *w, const long double *a2, size_t n, long double s) {
  set_sums sums = {0.0L, 0.0L, 0.0L, 0.0L};
  long double p = 1.0L;
  long exponent = 0;
  for (size_t i = 0; i < n; i++) {
    const long double x = 2.0L * s * w[i], t = 1.0L + x, q = 1.0L / t, y = x * q;
    const long double xi_q = s * a2[i] * q, xi_qq = xi_q * q;
    int e;
    p = frexpl(p * t, &e);
    exponent += e;
    sums.fall += xi_q;
    sums.mean += 0.5L * y + xi_qq;
    sums.variance += y * (0.5L * y + 2.0L * xi_qq);
  }
  sums.log_t = logl(p) + (long double)exponent * 0.693147180559945309417232121458176568L;
  return sums;
}

/* What is integrated: X with E[X e^{-sS}] = phi(s) f(s), f here times s^power. */
typedef enum { TARGET_DOMINANT, TARGET_BULK, TARGET_SPREAD } target_kind;

typedef struct {
  target_kind kind;
  double m, complement; /* SPREAD: X = (complement N - m (S - N))^2, m + complement = 1 */
  gsl_matrix *b,
      *square; /* SPREAD with correlation: complement M - m (I - M), its squared entries */
  double *y, *beta, *row; /* with correlation: lengths n, n, n */
} target;

typedef struct {
  long double phi, f; /* f already times phi */
  long double error;  /* absolute, of f */
} node;

static node make_node(long double log_t, long double fall, long double f, long double f_error,
                      size_t n) {
  const long double exponent = 0.5L * log_t + fall; /* at least 0 */
  node v;
  v.phi = expl(-exponent);
  v.f = v.phi * f;
  /* Each 1+x, and the product: 3u a factor, halved by the root; a term of `fall` sees 6 operations
   * and n/4 additions; ln and exp 2u of the exponent each. */
  const double rounding =
      ROUNDING_UNIT *
      (1.5 * (double)n + 16.0 + (0.25 * (double)n + 8.0) * (double)fall + 4.0 * (double)exponent);
  v.error = v.f * (long double)rounding + v.phi * f_error;
  return v;
}

/* region: transform */
static node independent_node(const alignment_law *law, const target *g, long double s) {
  const size_t k = law->dominant, n = law->n;
  set_sums d, b;
  if (law->ww == NULL) {
    d = narrow_sums(law->w, law->a2, k, (double)s);
    b = narrow_sums(law->w + k, law->a2 + k, n - k, (double)s);
  } else {
    d = wide_sums(law->ww, law->wa2, k, s);
    b = wide_sums(law->ww + k, law->wa2 + k, n - k, s);
  }
  const long double unit = (long double)(ROUNDING_UNIT * (0.25 * (double)n + 12.0));
  long double f, error;
  if (g->kind == TARGET_SPREAD) {
    const long double c = g->complement, m = g->m;
    const long double difference = c * d.mean - m * b.mean;
    const long double doubt = unit * (c * d.mean + m * b.mean);
    const long double rest = c * c * d.variance + m * m * b.variance;
    f = difference * difference + rest;
    error = (2.0L * fabsl(difference) + doubt) * doubt + unit * f;
  } else {
    f = g->kind == TARGET_DOMINANT ? d.mean : b.mean;
    error = unit * f;
  }
  return make_node(d.log_t + b.log_t, d.fall + b.fall, f, error, n);
}
/* end region: transform */

/* The same on the principal axes: with W' = diag(y/2s) and beta = sqrt(s) q a,
 *   s E'[g'Bg] = sum B_jj y_j/2 + beta'B beta,
 *   s^2 Var'[g'Bg] = sum_ij B_ij^2 y_i y_j/2 + 2 sum_i y_i (B beta)_i^2.
 * Its errors are of first order in u: the second is below the rounding of axes_doubt. */
static node axes_node(const alignment_law *law, const target *g, long double s_wide) {
  const size_t n = law->n;
  const double s = (double)s_wide, root = sqrt(s);
  double p = 1.0, fall = 0.0;
  long exponent = 0;
  bool central = true;
  for (size_t j = 0; j < n; j++) {
    const double x = 2.0 * s * law->w[j], q = 1.0 / (1.0 + x);
    int e;
    p = frexp(p * (1.0 + x), &e);
    exponent += e;
    fall += s * law->a2[j] * q;
    g->y[j] = x * q;
    g->beta[j] = root * law->mean[j] * q;
    central = central && g->beta[j] == 0.0;
  }
  const double unit = ROUNDING_UNIT * (2.0 * (double)n + 16.0);
  gsl_vector_const_view beta = gsl_vector_const_view_array(g->beta, n);
  double f = 0.0, error = 0.0;
  if (g->kind == TARGET_SPREAD) {
    gsl_vector_const_view y = gsl_vector_const_view_array(g->y, n);
    gsl_vector_view row = gsl_vector_view_array(g->row, n);
    double mean = 0.0, size = 0.0, quadratic_part = 0.0, variance = 0.0;
    for (size_t j = 0; j < n; j++) {
      mean += 0.5 * gsl_matrix_get(g->b, j, j) * g->y[j];
      size += 0.5 * fabs(gsl_matrix_get(g->b, j, j)) * g->y[j];
    }
    if (!central) {
      gsl_blas_dsymv(CblasLower, 1.0, g->b, &beta.vector, 0.0, &row.vector);
      for (size_t j = 0; j < n; j++) {
        quadratic_part += g->beta[j] * g->row[j];
        size += g->beta[j] * g->beta[j]; /* |B| <= 1 */
        variance += 2.0 * g->y[j] * g->row[j] * g->row[j];
      }
    }
    gsl_blas_dsymv(CblasLower, 0.5, g->square, &y.vector, 0.0, &row.vector);
    for (size_t j = 0; j < n; j++)
      variance += g->y[j] * g->row[j];
    mean += quadratic_part;
    f = mean * mean + variance;
    error = 2.0 * fabs(mean) * unit * size + unit * f;
  } else {
    const size_t set = g->kind == TARGET_DOMINANT ? 0 : 1;
    const size_t first = set == 0 ? 0 : law->k, count = set == 0 ? law->k : n - law->k;
    for (size_t j = 0; j < n; j++)
      f += 0.5 * law->share[set][j] * g->y[j];
    error = unit * f;
    if (!central) {
      gsl_matrix_const_view rows = gsl_matrix_const_submatrix(law->basis, first, 0, count, n);
      gsl_vector_view row = gsl_vector_view_array(g->row, count);
      gsl_blas_dgemv(CblasNoTrans, 1.0, &rows.matrix, &beta.vector, 0.0, &row.vector);
      double squares = 0.0, length = 0.0;
      for (size_t l = 0; l < count; l++)
        squares += g->row[l] * g->row[l];
      for (size_t j = 0; j < n; j++)
        length += g->beta[j] * g->beta[j];
      f += squares;
      error += unit * 2.0 * sqrt(squares * length);
    }
  }
  return make_node((long double)log(p) + (long double)exponent * M_LN2, fall, f, error, n);
}

/* --- the integrals -------------------------------------------------------------------------- */

/* E[X/S^p] = int s^{p-1} E[X e^{-sS}] ds / Gamma(p), p = 1, 2, is summed by the trapezoidal rule in
 * u = ln s with step h:
 *   h sum_j s_j^p e^{-s_j S} S^p = Gamma(p) (1 + epsilon),
 * a periodic function of ln S whose Fourier coefficients are Gamma(p + 2 pi i n/h) (Poisson), so
 * that |epsilon| <= 2 sum_n |Gamma(p + 2 pi i n/h)| whatever S is; |Gamma(1+iy)|^2 = pi y/sinh(pi
 * y) and |Gamma(2+iy)| = sqrt(1+y^2) |Gamma(1+iy)|.  As X >= 0, that is the relative error of the
 * whole sum: for every law and every dimension, with no refinement.  At h = ln(2)/3 it is below
 * 1e-17 for p = 1 and 3e-16 for p = 2.  The nodes 2^{j/3} make common scales by powers of two
 * exact.
 *
 * Nodes left of s are bounded by (1 - e^{-x} <= x under the integral sign)
 *   p = 1:  h s/(e^h - 1) E X, off by at most s^2 E[XS]/2, which is added;
 *   p = 2:  s^2 E X/2;
 * nodes right of s, as x e^{-x} and x^2 e^{-x} are unimodal, by
 *   p = 1:  (1+h) E[X/S e^{-sS}] <= (1+h) phi(s) max(X/S);
 *   p = 2:  3 phi(s/2) max(X/S^2). */
enum { NODES_PER_OCTAVE = 3 };
#define STEP (M_LN2 / NODES_PER_OCTAVE)
#define EPSILON_MEAN 1e-17
#define EPSILON_SPREAD 3e-16
#define TAIL 0x1p-54

/* s_j = 2^{j/3}, correctly rounded constants; an error of u in s is one of u in the integral. */
static long double node_at(long j) {
  static const long double root[NODES_PER_OCTAVE] = {1.0L, 1.25992104989487316476721L,
                                                     1.58740105196819947475171L};
  const long octave = (long)floor((double)j / NODES_PER_OCTAVE);
  const long double s = ldexpl(root[j - octave * NODES_PER_OCTAVE], (int)octave);
  return s;
}

typedef struct {
  long double s;      /* E S */
  long double x;      /* E X, with its power of S: the first left tail */
  long double x_next; /* E[XS], p = 1 */
} left_moments;

static void add_moments(const alignment_law *law, const target *g, left_moments *m) {
  long double mean[2] = {0.0L, 0.0L}, variance[2] = {0.0L, 0.0L};
  for (size_t j = 0; j < law->n; j++) {
    const long double w = law->ww == NULL ? law->w[j] : law->ww[j];
    const long double a2 = law->ww == NULL ? law->a2[j] : law->wa2[j];
    const size_t set = j >= law->dominant;
    mean[set] += w + a2;
    variance[set] += 2.0L * w * (w + 2.0L * a2);
  }
  m->s = mean[0] + mean[1];
  if (g->kind == TARGET_SPREAD) {
    const long double c = g->complement, b = g->m;
    const long double difference = c * mean[0] - b * mean[1];
    m->x = difference * difference + c * c * variance[0] + b * b * variance[1];
    m->x_next = 0.0L;
  } else {
    const size_t set = g->kind == TARGET_DOMINANT ? 0 : 1;
    m->x = mean[set];
    m->x_next = mean[set] * m->s + variance[set];
  }
}

/* Bounds do for x_next and the spread here; |M| <= 1. */
static void add_axes_moments(const alignment_law *law, const target *g, left_moments *m) {
  const size_t n = law->n;
  long double total = 0.0L, x = 0.0L, variance = 0.0L;
  gsl_vector_const_view mean = gsl_vector_const_view_array(law->mean, n);
  gsl_vector_view row = gsl_vector_view_array(g->row, n);
  gsl_blas_dgemv(CblasNoTrans, 1.0, law->basis, &mean.vector, 0.0, &row.vector);
  const size_t set = g->kind == TARGET_BULK ? 1 : 0;
  for (size_t j = 0; j < n; j++) {
    total += law->w[j] + law->a2[j];
    variance += 2.0L * law->w[j] * (law->w[j] + 2.0L * law->a2[j]);
    x += law->share[set][j] * law->w[j];
    if ((j >= law->k) == (set == 1))
      x += g->row[j] * g->row[j];
  }
  m->s = total;
  m->x = x;
  m->x_next = x * total + variance; /* Cov(g'Mg, S) <= Var S */
  if (g->kind == TARGET_SPREAD)
    m->x = total * total + variance;
}

/* Largest s that the narrow arithmetic takes: with w < 8 and padding, 1 + 2sw < 2^249. */
#define S_MOST 0x1p244

/* region: integral */
/* integral->val = E[X/S^p], 0 where X is lost in rounding; *inverse = E[1/S] to first order. */
static void integrate(const alignment_law *law, const target *g, law_value *integral,
                      double *inverse) {
  const bool axes = law->basis != NULL, spread = g->kind == TARGET_SPREAD;
  const long double h = (long double)STEP;
  left_moments m;
  if (axes)
    add_axes_moments(law, g, &m);
  else
    add_moments(law, g, &m);
  const long start = lroundl(-NODES_PER_OCTAVE * log2l(m.s));
  long double sum = 0.0L, error = 0.0L, inverse_sum = 0.0L, tail = 0.0L;
  const double most = spread ? fmax(g->m, g->complement) : 1.0;
  const long double largest = spread ? (long double)(most * most) : 1.0L; /* of X/S^p */

  for (long j = start;; j--) {
    const long double s = node_at(j);
    const node v = axes ? axes_node(law, g, s) : independent_node(law, g, s);
    sum += v.f;
    error += v.error;
    inverse_sum += s * v.phi;
    const long double rest = 0.5L * s * s * (spread ? m.x : m.x_next);
    if (rest <= (long double)TAIL * h * sum) {
      if (!spread)
        sum += s / expm1l(h) * m.x;
      tail += rest;
      break;
    }
  }
  long double recent[NODES_PER_OCTAVE] = {1.0L, 1.0L, 1.0L}; /* phi at s/2, by turns */
  for (long i = 1;; i++) {
    const long double s = node_at(start + i);
    const node v = axes ? axes_node(law, g, s) : independent_node(law, g, s);
    sum += v.f;
    error += v.error;
    inverse_sum += s * v.phi;
    const long turn = i % NODES_PER_OCTAVE;
    const long double rest = spread ? 3.0L * recent[turn] * largest : (1.0L + h) * v.phi;
    recent[turn] = v.phi;
    if (rest <= (long double)TAIL * h * sum || (law->ww == NULL && s > (long double)S_MOST)) {
      tail += rest;
      break;
    }
  }
  const long double value = h * sum;
  integral->val = (double)value;
  integral->err = (double)(h * error + tail +
                           value * (long double)((spread ? EPSILON_SPREAD : EPSILON_MEAN) +
                                                 4.0 * ROUNDING_UNIT));
  *inverse = (double)(h * inverse_sum);
}
/* end region: integral */

/* --- mean ----------------------------------------------------------------------------------- */

static void target_free(target *g) {
  free(g->y);
  free(g->beta);
  free(g->row);
  if (g->b != NULL)
    gsl_matrix_free(g->b);
  if (g->square != NULL)
    gsl_matrix_free(g->square);
}

static int target_init(target *g, const alignment_law *law, target_kind kind) {
  *g = (target){.kind = kind};
  if (law->basis == NULL)
    return GSL_SUCCESS;
  g->y = malloc(law->n * sizeof *g->y);
  g->beta = malloc(law->n * sizeof *g->beta);
  g->row = malloc(law->n * sizeof *g->row);
  if (g->y == NULL || g->beta == NULL || g->row == NULL) {
    target_free(g);
    return GSL_ENOMEM;
  }
  return GSL_SUCCESS;
}

/* What the law's own inexactness does to an expectation.
 *
 * Relative errors of at most delta in every sqrt(w_j) and a_j change ln(alpha/(1-alpha)) by at most
 * 4 delta to first order.  A change E of C changes E f by (1/2) tr(E E[f'']), and for f = alpha
 * |f''| <= 4/S, for f = (alpha-m)^2 |f''| <= 10/S; a change of the mean by e, with |grad alpha| <=
 * 1/sqrt(S), changes E alpha by |e| E[S^-1/2] <= |e| sqrt(E[1/S]). */
static double axes_doubt(const alignment_law *law, double inverse, double curvature) {
  return 0.5 * curvature * law->axes_error * inverse + 2.0 * law->mean_error * sqrt(inverse) +
         law->orthogonality_error;
}

static int mean_of(const alignment_law *law, target_kind kind, law_value *mean) {
  target g;
  double inverse;
  const int status = target_init(&g, law, kind);
  if (status != GSL_SUCCESS)
    return status;
  integrate(law, &g, mean, &inverse);
  mean->err += 4.0 * law->data_error * mean->val;
  if (law->basis != NULL)
    mean->err += axes_doubt(law, inverse, 4.0);
  target_free(&g);
  return mean->err <= 1e-10 * mean->val ? GSL_SUCCESS : GSL_ETOL;
}

int alignment_law_mean(const alignment_law *law, law_value *mean) {
  return mean_of(law, TARGET_DOMINANT, mean);
}

int alignment_law_mean_complement(const alignment_law *law, law_value *complement) {
  return mean_of(law, TARGET_BULK, complement);
}

/* --- variance ------------------------------------------------------------------------------- */

/* B = complement M - m (I - M) and its squared entries. */
static int fill_spread(target *g, const alignment_law *law) {
  g->b = gsl_matrix_alloc(law->n, law->n);
  g->square = gsl_matrix_alloc(law->n, law->n);
  if (g->b == NULL || g->square == NULL)
    return GSL_ENOMEM;
  for (size_t i = 0; i < law->n; i++)
    for (size_t j = 0; j < law->n; j++) {
      const double b = i == j ? g->complement * law->share[0][i] - g->m * law->share[1][i]
                              : gsl_matrix_get(law->form, i, j);
      gsl_matrix_set(g->b, i, j, b);
      gsl_matrix_set(g->square, i, j, b * b);
    }
  return GSL_SUCCESS;
}

/* Var alpha = E[(N - mS)^2/S^2] - (m - E alpha)^2 = int s E[(N - mS)^2 e^{-sS}] ds - ..., for m
 * near E alpha.  N - mS = sum c_i g_i^2 with c_i = 1-m in the dominant set and -m in the bulk;
 * under the weight e^{-sS} the g_i are independent and normal, so that E[(N - mS)^2 e^{-sS}] =
 * phi(s) [ (sum c_i mu_i)^2 + sum c_i^2 var_i ] with mu_i and var_i the mean and the variance of
 * g_i^2 there.  Both terms are positive: only sum c_i mu_i cancels, and the error of that is
 * carried along. */
/* region: variance */
int alignment_law_variance(const alignment_law *law, law_value *variance) {
  law_value mean, complement;
  target g;
  double inverse;
  int status = mean_of(law, TARGET_DOMINANT, &mean);
  if (status != GSL_ENOMEM)
    status = mean_of(law, TARGET_BULK, &complement);
  if (status == GSL_ENOMEM)
    return status;
  status = target_init(&g, law, TARGET_SPREAD);
  if (status != GSL_SUCCESS)
    return status;
  const bool low = mean.val <= complement.val; /* the smaller of the two has the digits */
  g.m = low ? mean.val : 1.0 - complement.val;
  g.complement = low ? 1.0 - mean.val : complement.val;
  if (law->basis != NULL)
    status = fill_spread(&g, law);
  if (status == GSL_SUCCESS) {
    integrate(law, &g, variance, &inverse);
    const double off = low ? mean.err : complement.err;
    const double smaller = low ? mean.val : complement.val;
    /* m + complement = 1 is off by u, of the larger of the two. */
    variance->err +=
        off * off + (2.0 * ROUNDING_UNIT + 8.0 * law->data_error) * sqrt(variance->val) * smaller;
    if (law->basis != NULL)
      variance->err += axes_doubt(law, inverse, 10.0);
    if (!(variance->err <= 1e-8 * variance->val))
      status = GSL_ETOL;
  }
  target_free(&g);
  return status;
}
/* end region: variance */

/* --- distribution --------------------------------------------------------------------------- */

/* N - cS as a form in standard normals, in units of its standard deviation, with what E[S e^{zQ}]
 * needs beside.  Without correlation N - cS = sum c_i (a_i + sqrt(w_i) z_i)^2, c_i = 1-c or -c. */
typedef struct {
  size_t n;
  double *theta, *h2, *drift;
  double e, relative, doubt;
  double sigma; /* the standard deviation, in the law's scale */

  const alignment_law *law;
  double *w, *a2;          /* length n, in units of sigma: E'S = sum w/f + a2/f^2; or */
  double *h;               /* with correlation: length n, with its sign */
  gsl_matrix *root;        /* d x n: g = root z + a */
  double *complex_part[2]; /* length d: root mu + a */
  bool central;
} deviation;

static void deviation_free(deviation *q) {
  free(q->theta);
  free(q->h2);
  free(q->drift);
  free(q->w);
  free(q->a2);
  free(q->h);
  free(q->complex_part[0]);
  free(q->complex_part[1]);
  if (q->root != NULL)
    gsl_matrix_free(q->root);
}

static int deviation_alloc(deviation *q, const alignment_law *law, size_t n) {
  *q = (deviation){.n = n, .law = law};
  q->theta = calloc(n, sizeof *q->theta);
  q->h2 = calloc(n, sizeof *q->h2);
  q->drift = calloc(n, sizeof *q->drift);
  q->w = calloc(n, sizeof *q->w);
  q->a2 = calloc(n, sizeof *q->a2);
  const bool made =
      q->theta != NULL && q->h2 != NULL && q->drift != NULL && q->w != NULL && q->a2 != NULL;
  return made ? GSL_SUCCESS : GSL_ENOMEM;
}

/* Where a^2 is beyond this many w, e^K is nothing by the time z is of the order of 1/theta. */
#define NEARLY_CERTAIN 1000.0L

static int independent_deviation(deviation *q, const alignment_law *law, long double c,
                                 long double complement) {
  if (deviation_alloc(q, law, law->n) != GSL_SUCCESS)
    return GSL_ENOMEM;
  long double variance = 0.0L, e = 0.0L, size = 0.0L;
  for (int pass = 0; pass < 2; pass++) {
    const long double unit = pass == 0 ? 1.0L : sqrtl(variance);
    for (size_t j = 0; j < law->n; j++) {
      const long double factor = j < law->dominant ? complement : -c;
      const long double w = law->ww == NULL ? law->w[j] : law->ww[j];
      const long double a2 = law->ww == NULL ? law->a2[j] : law->wa2[j];
      const long double theta = factor * w / unit, drift = factor * a2 / unit;
      if (pass == 0) {
        variance += 2.0L * theta * (theta + 2.0L * drift);
        if (a2 > NEARLY_CERTAIN * w) {
          e += drift;
          size += fabsl(drift);
        }
      } else {
        q->theta[j] = (double)theta;
        if (a2 > NEARLY_CERTAIN * w)
          q->h2[j] = (double)(theta * drift);
        else
          q->drift[j] = (double)drift;
        q->w[j] = (double)(w / unit);
        q->a2[j] = (double)(a2 / unit);
      }
    }
  }
  const long double sigma = sqrtl(variance);
  q->e = (double)(e / sigma);
  q->relative = 4.0 * ROUNDING_UNIT + 4.0 * law->data_error;
  /* e: a sum in long double of products of its own rounding. */
  const double sum_error = (double)LDBL_EPSILON * (0.5 * (double)law->n + 2.0);
  q->doubt =
      (double)(size / sigma) * (sum_error + 4.0 * law->data_error) + ROUNDING_UNIT * fabs(q->e);
  q->sigma = (double)sigma;
  return GSL_SUCCESS;
}

/* With correlation, B = (1-c) M - c (I - M), W = diag w: H = W^1/2 B W^1/2 = U Theta U', and Q =
 * z'Hz + 2 (W^1/2 B a)'z + a'Ba.  The directions of w = 0 come last. */
static int axes_deviation(deviation *q, const alignment_law *law, double c, double complement) {
  const size_t d = law->n;
  size_t n = 0;
  while (n < d && law->w[n] > 0.0)
    n++;
  int status = GSL_ENOMEM;
  gsl_matrix *h = gsl_matrix_alloc(n, n), *axes = gsl_matrix_alloc(n, n);
  gsl_vector *values = gsl_vector_alloc(n), *linear = gsl_vector_calloc(n);
  gsl_vector *rotated = gsl_vector_calloc(n);
  double *ba = calloc(d, sizeof *ba);
  if (deviation_alloc(q, law, n) != GSL_SUCCESS || h == NULL || axes == NULL || values == NULL ||
      linear == NULL || rotated == NULL || ba == NULL)
    goto cleanup;
  q->h = calloc(n, sizeof *q->h);
  q->root = gsl_matrix_calloc(d, n);
  q->complex_part[0] = calloc(d, sizeof(double));
  q->complex_part[1] = calloc(d, sizeof(double));
  if (q->h == NULL || q->root == NULL || q->complex_part[0] == NULL || q->complex_part[1] == NULL)
    goto cleanup;

  double e = 0.0, size = 0.0, squares = 0.0, length = 0.0;
  for (size_t i = 0; i < d; i++) {
    for (size_t j = 0; j < d; j++) {
      const double b = i == j ? complement * law->share[0][i] - c * law->share[1][i]
                              : gsl_matrix_get(law->form, i, j);
      ba[i] += b * law->mean[j];
      if (i < n && j < n) {
        const double x = sqrt(law->w[i]) * b * sqrt(law->w[j]);
        gsl_matrix_set(h, i, j, x);
        squares += x * x;
      }
    }
    e += law->mean[i] * ba[i];
    size += law->w[i] + law->a2[i];
    length += law->a2[i];
    if (i < n)
      gsl_vector_set(linear, i, sqrt(law->w[i]) * ba[i]);
  }
  status = principal_axes(h, values, axes);
  if (status != GSL_SUCCESS)
    goto cleanup;
  gsl_blas_dgemv(CblasTrans, 1.0, axes, linear, 0.0, rotated);
  double variance = 0.0;
  for (size_t j = 0; j < n; j++) {
    const double theta = gsl_vector_get(values, j), b = gsl_vector_get(rotated, j);
    variance += 2.0 * theta * theta + 4.0 * b * b;
  }
  const double sigma = sqrt(variance);
  for (size_t j = 0; j < n; j++) {
    q->theta[j] = gsl_vector_get(values, j) / sigma;
    q->h[j] = gsl_vector_get(rotated, j) / sigma;
    q->h2[j] = q->h[j] * q->h[j];
    for (size_t i = 0; i < n; i++) {
      const double u = gsl_matrix_get(axes, i, j);
      gsl_matrix_set(q->root, i, j, sqrt(law->w[i]) * u);
      q->w[j] += law->w[i] * u * u / sigma;
    }
  }
  q->e = e / sigma;
  q->central = length == 0.0;
  q->sigma = sigma;
  q->relative = 4.0 * ROUNDING_UNIT;
  q->doubt = (law->axes_error + sqrt((double)d) * axes_constant(d) * sqrt(squares) +
              2.0 * sqrt(length) * law->mean_error +
              (law->orthogonality_error + 4.0 * axes_constant(d)) * size) /
             sigma;

cleanup:
  if (h != NULL)
    gsl_matrix_free(h);
  if (axes != NULL)
    gsl_matrix_free(axes);
  if (values != NULL)
    gsl_vector_free(values);
  if (linear != NULL)
    gsl_vector_free(linear);
  if (rotated != NULL)
    gsl_vector_free(rotated);
  free(ba);
  return status;
}

static int deviation_init(deviation *q, const alignment_law *law, long double c,
                          long double complement) {
  const int status = law->basis == NULL ? independent_deviation(q, law, c, complement)
                                        : axes_deviation(q, law, (double)c, (double)complement);
  if (status != GSL_SUCCESS)
    deviation_free(q);
  return status;
}

static quadratic_form form_of(const deviation *q) {
  return (quadratic_form){.n = q->n,
                          .theta = q->theta,
                          .h2 = q->h2,
                          .drift = q->drift,
                          .e = q->e,
                          .relative = q->relative,
                          .doubt = q->doubt};
}

/* E[S e^{zQ}]/E[e^{zQ}], in units of sigma: under that weight z_j has the variance 1/f_j and the
 * mean 2 z h_j/f_j, f_j = 1 - 2 z theta_j. */
static void total_weight(const void *context, double x, double y, double out[2]) {
  const deviation *q = context;
  double re = 0.0, im = 0.0;
  const bool axes = q->law->basis != NULL, shifted = axes && !q->central;
  const size_t d = q->law->n;
  if (shifted)
    for (size_t i = 0; i < d; i++) {
      q->complex_part[0][i] = q->law->mean[i];
      q->complex_part[1][i] = 0.0;
    }
  for (size_t j = 0; j < q->n; j++) {
    const double a = 1.0 - 2.0 * x * q->theta[j], b = -2.0 * y * q->theta[j];
    const double square = a * a + b * b, p = a / square, r = -b / square; /* 1/f = p + ir */
    re += q->w[j] * p + q->a2[j] * (p - r) * (p + r);
    im += q->w[j] * r + q->a2[j] * 2.0 * p * r;
    if (shifted) {
      const double mean_re = 2.0 * q->h[j] * (x * p - y * r),
                   mean_im = 2.0 * q->h[j] * (x * r + y * p);
      for (size_t i = 0; i < q->n; i++) {
        const double root = gsl_matrix_get(q->root, i, j);
        q->complex_part[0][i] += root * mean_re;
        q->complex_part[1][i] += root * mean_im;
      }
    }
  }
  if (shifted)
    for (size_t i = 0; i < d; i++) {
      const double p = q->complex_part[0][i], r = q->complex_part[1][i];
      re += (p - r) * (p + r) / q->sigma;
      im += 2.0 * p * r / q->sigma;
    }
  out[0] = re;
  out[1] = im;
}

/* P(alpha <= c) = P(N - cS <= 0); complement = 1 - c with its own digits:
 * a law may be so narrow that c in a double has but a few. */
static int probability(const alignment_law *law, long double c, long double complement,
                       law_value *p) {
  deviation q;
  int status = deviation_init(&q, law, c, complement);
  if (status != GSL_SUCCESS)
    return status;
  quadratic_form form = form_of(&q);
  /* P(-Q > 0): turned round, so that small probabilities keep their digits. */
  for (size_t j = 0; j < q.n; j++) {
    q.theta[j] = -q.theta[j];
    q.drift[j] = -q.drift[j];
  }
  form.e = -form.e;
  status = quadratic_form_positive(&form, &p->val, &p->err);
  p->err = fmin(1.0, p->err); /* what holds where no other bound could be found (NaN) */
  deviation_free(&q);
  return status;
}

int alignment_law_cdf(const alignment_law *law, double c, law_value *p) {
  if (!(c > 0.0) || c >= 1.0) {
    *p = (law_value){c >= 1.0 ? 1.0 : 0.0, 0.0};
    return isnan(c) ? GSL_EDOM : GSL_SUCCESS;
  }
  return probability(law, c, 1.0L - c, p);
}

/* d/dc P(N - cS <= 0) = E[S delta(N - cS)]. */
static int density_at(const alignment_law *law, long double c, long double complement,
                      law_value *density) {
  deviation q;
  int status = deviation_init(&q, law, c, complement);
  if (status != GSL_SUCCESS)
    return status;
  const quadratic_form form = form_of(&q);
  status = quadratic_form_density(&form, total_weight, &q, &density->val, &density->err);
  deviation_free(&q);
  return status;
}

int alignment_law_density(const alignment_law *law, double c, law_value *density) {
  if (!(c > 0.0 && c < 1.0)) {
    *density = (law_value){0.0, 0.0};
    return isnan(c) ? GSL_EDOM : GSL_SUCCESS;
  }
  return density_at(law, c, 1.0L - c, density);
}

/* --- quantiles ------------------------------------------------------------------------------ */

/* Looked for in x = ln(c/(1-c)), in which both ends of (0, 1) have all their digits. */
typedef struct {
  const alignment_law *law;
  double p;
  double worst; /* largest error of the distribution function that was met */
  int status;   /* of it, where that is a failure */
} search;

static double logistic(double x) {
  return 1.0 / (1.0 + exp(-x));
}

static double excess(double x, void *context) {
  search *s = context;
  law_value p = {0.0, 0.0};
  const int status = probability(s->law, logistic(x), logistic(-x), &p);
  if (status != GSL_SUCCESS)
    s->status = status;
  s->worst = fmax(s->worst, p.err);
  return p.val - s->p;
}

enum { ROOT_MOST = 200 };
#define LOGIT_MOST 700.0

/* Starts at the mean, in steps of the standard deviation; *low and *high enclose the root. */
static int bracket(search *s, double start, double step, double *low, double *high) {
  const double at_start = excess(start, s);
  const double direction = at_start > 0.0 ? -1.0 : 1.0;
  double near = start, far = start;
  while (fabs(far) < LOGIT_MOST && s->status != GSL_ENOMEM) {
    near = far;
    far = fmin(LOGIT_MOST, fmax(-LOGIT_MOST, near + direction * step));
    if ((excess(far, s) >= 0.0) != (at_start > 0.0)) {
      *low = fmin(near, far);
      *high = fmax(near, far);
      return GSL_SUCCESS;
    }
    step *= 2.0;
  }
  return GSL_EFAILED;
}

int alignment_law_quantile(const alignment_law *law, double p, law_value *c) {
  if (!(p > 0.0 && p < 1.0))
    return GSL_EDOM;
  law_value mean, complement, variance;
  int status = alignment_law_mean(law, &mean);
  if (status != GSL_ENOMEM)
    status = alignment_law_mean_complement(law, &complement);
  if (status != GSL_ENOMEM)
    status = alignment_law_variance(law, &variance);
  if (status == GSL_ENOMEM)
    return status;
  search s = {.law = law, .p = p, .worst = 0.0, .status = GSL_SUCCESS};
  const double start = log(mean.val / complement.val);
  /* A skew law's deviation may be many times its mean: then nothing is said by it. */
  const double step = fmin(1.0, fmax(sqrt(variance.val) / (mean.val * complement.val), 1e-14));
  double low = start, high = start;
  status = bracket(&s, start, step, &low, &high);
  if (status != GSL_SUCCESS)
    return s.status != GSL_SUCCESS ? s.status : status;

  gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
  if (solver == NULL)
    return GSL_ENOMEM;
  gsl_function function = {.function = excess, .params = &s};
  status = gsl_root_fsolver_set(solver, &function, low, high);
  double x = start;
  for (int i = 0; i < ROOT_MOST && status == GSL_SUCCESS; i++) {
    status = gsl_root_fsolver_iterate(solver);
    x = gsl_root_fsolver_root(solver);
    if (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver),
                               1e-13 * step, 4.0 * DBL_EPSILON) == GSL_SUCCESS)
      break;
  }
  gsl_root_fsolver_free(solver);
  if (status != GSL_SUCCESS)
    return status;

  /* The error by its definition: p is between the values at both ends, their errors allowed for. */
  s.worst = 0.0;
  const double residual = fabs(excess(x, &s));
  law_value density = {0.0, 0.0};
  density_at(law, logistic(x), logistic(-x), &density);
  const double slope = density.val * logistic(x) * logistic(-x);
  double radius = fmax(2.0 * (residual + s.worst) / slope, 8.0 * DBL_EPSILON * (fabs(x) + 1.0));
  bool enclosed = false;
  for (int i = 0; i < 60 && !enclosed; i++) {
    const double below = excess(x - radius, &s), above = excess(x + radius, &s);
    enclosed = below + s.worst <= 0.0 && above - s.worst >= 0.0;
    if (!enclosed)
      radius *= 2.0;
  }
  c->val = logistic(x);
  c->err =
      fmin(1.0, c->val * logistic(-x) * expm1(fmin(radius, 50.0)) + 4.0 * ROUNDING_UNIT * c->val);
  return enclosed && s.status == GSL_SUCCESS ? GSL_SUCCESS : GSL_ETOL;
}
