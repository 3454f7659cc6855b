#include "config.h"
#include "model/quadratic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include "model/rounding.h"

quadratic *quadratic_alloc(size_t d, size_t k) {
  if (k < 1 || k >= d)
    return NULL;
  quadratic *q = calloc(1, sizeof *q);
  if (q == NULL)
    return NULL;
  q->d = d;
  q->k = k;
  q->lambda = calloc(d, sizeof *q->lambda);
  q->g = calloc(d, sizeof *q->g);
  q->v = calloc(d, sizeof *q->v);
  if (q->lambda == NULL || q->g == NULL || q->v == NULL) {
    quadratic_free(q);
    return NULL;
  }
  return q;
}

void quadratic_free(quadratic *q) {
  if (q == NULL)
    return;
  free(q->lambda);
  free(q->g);
  free(q->v);
  free(q->bias);
  if (q->covariance != NULL)
    gsl_matrix_free(q->covariance);
  free(q);
}

quadratic *quadratic_literal(size_t d, size_t k, const double *lambda, const double *g,
                             const double *v, double eta) {
  quadratic *q = quadratic_alloc(d, k);
  if (q == NULL)
    return NULL;
  memcpy(q->lambda, lambda, d * sizeof *lambda);
  memcpy(q->g, g, d * sizeof *g);
  memcpy(q->v, v, d * sizeof *v);
  q->eta = eta;
  return q;
}

quadratic *quadratic_clone(const quadratic *q) {
  quadratic *copy = quadratic_literal(q->d, q->k, q->lambda, q->g, q->v, q->eta);
  if (copy == NULL)
    return NULL;
  copy->radius = q->radius;
  copy->eta_late = q->eta_late;
  copy->switch_step = q->switch_step;
  copy->reading = q->reading;
  if (q->bias != NULL) {
    copy->bias = malloc(q->d * sizeof *copy->bias);
    if (copy->bias == NULL)
      goto cleanup;
    memcpy(copy->bias, q->bias, q->d * sizeof *copy->bias);
  }
  if (q->covariance != NULL) {
    copy->covariance = gsl_matrix_alloc(q->d, q->d);
    if (copy->covariance == NULL)
      goto cleanup;
    gsl_matrix_memcpy(copy->covariance, q->covariance);
  }
  return copy;

cleanup:
  quadratic_free(copy);
  return NULL;
}

static bool in_range(double x, double least, double most) {
  return x >= least && x <= most; /* false for NaN */
}

/* Symmetric, with v on the diagonal, and positive semidefinite to rounding: the eigenvalues' bound
 * is that of spectrum_from_matrix. */
static int check_covariance(const quadratic *q, diagnostic *diag) {
  const size_t d = q->d;
  double squares = 0.0;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      const double x = gsl_matrix_get(q->covariance, i, j);
      const double y = gsl_matrix_get(q->covariance, j, i);
      if (!isfinite(x) || x != y)
        return diagnostic_set(
            diag, GSL_EDOM, "the noise covariance has %.17g at (%zu, %zu) and %.17g at (%zu, %zu)",
            x, i + 1, j + 1, y, j + 1, i + 1);
      if (i == j && x != q->v[i])
        return diagnostic_set(
            diag, GSL_EDOM,
            "the noise covariance has %.17g at (%zu, %zu), the variance there is %.17g", x, i + 1,
            i + 1, q->v[i]);
      squares += x * x;
    }
  gsl_matrix *copy = gsl_matrix_alloc(d, d);
  gsl_vector *values = gsl_vector_alloc(d);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(d);
  int status = GSL_ENOMEM;
  if (copy != NULL && values != NULL && work != NULL) {
    gsl_matrix_memcpy(copy, q->covariance);
    status = gsl_eigen_symm(copy, values, work);
    const double least = gsl_vector_min(values);
    if (status == GSL_SUCCESS && least < -8.0 * (double)d * ROUNDING_UNIT * sqrt(squares))
      status = diagnostic_set(diag, GSL_EDOM,
                              "the noise covariance has the eigenvalue %.17g: negative", least);
  } else
    diagnostic_set(diag, status, "out of memory");
  if (copy != NULL)
    gsl_matrix_free(copy);
  if (values != NULL)
    gsl_vector_free(values);
  if (work != NULL)
    gsl_eigen_symm_free(work);
  return status;
}

int quadratic_validate(const quadratic *q, diagnostic *diag) {
  if (q->k < 1 || q->k >= q->d)
    return diagnostic_set(diag, GSL_EINVAL, "k = %zu is not in 1..d-1 = 1..%zu", q->k, q->d - 1);
  if (q->covariance != NULL && (q->covariance->size1 != q->d || q->covariance->size2 != q->d))
    return diagnostic_set(diag, GSL_EINVAL, "the noise covariance is %zu x %zu, not %zu x %zu",
                          q->covariance->size1, q->covariance->size2, q->d, q->d);
  if (q->covariance != NULL) {
    const int status = check_covariance(q, diag);
    if (status != GSL_SUCCESS)
      return status;
  }
  for (size_t i = 0; i < q->d; i++) {
    if (!in_range(q->lambda[i], QUADRATIC_LAMBDA_MIN, QUADRATIC_LAMBDA_MAX))
      return diagnostic_set(diag, GSL_EDOM, "eigenvalue %zu is %.17g: not in [%g, %g]", i + 1,
                            q->lambda[i], QUADRATIC_LAMBDA_MIN, QUADRATIC_LAMBDA_MAX);
    if (q->g[i] != 0.0 && !in_range(fabs(q->g[i]), QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX))
      return diagnostic_set(diag, GSL_EDOM,
                            "gradient coordinate %zu is %.17g: neither 0 nor of size in [%g, %g]",
                            i + 1, q->g[i], QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX);
    if (q->v[i] != 0.0 && !in_range(q->v[i], QUADRATIC_VARIANCE_MIN, QUADRATIC_VARIANCE_MAX))
      return diagnostic_set(diag, GSL_EDOM,
                            "noise variance %zu is %.17g: neither 0 nor in [%g, %g]", i + 1,
                            q->v[i], QUADRATIC_VARIANCE_MIN, QUADRATIC_VARIANCE_MAX);
  }
  for (size_t i = 0; i + 1 < q->d; i++)
    if (q->lambda[i] < q->lambda[i + 1])
      return diagnostic_set(diag, GSL_EDOM, "eigenvalues %zu and %zu rise: %.17g, %.17g", i + 1,
                            i + 2, q->lambda[i], q->lambda[i + 1]);
  if (!(q->lambda[q->k - 1] > q->lambda[q->k]))
    return diagnostic_set(diag, GSL_EDOM,
                          "no gap at k = %zu: eigenvalues %zu and %zu are both %.17g", q->k, q->k,
                          q->k + 1, q->lambda[q->k]);
  if (!(isfinite(q->eta) && q->eta >= 0.0))
    return diagnostic_set(diag, GSL_EDOM, "the step size is %.17g: not finite and at least 0",
                          q->eta);
  return GSL_SUCCESS;
}

double quadratic_gap_ratio(const quadratic *q) {
  return q->lambda[q->k - 1] / q->lambda[q->k];
}

double quadratic_condition_number(const quadratic *q) {
  double least = q->lambda[0], most = q->lambda[0];
  for (size_t i = 1; i < q->d; i++) {
    least = fmin(least, q->lambda[i]);
    most = fmax(most, q->lambda[i]);
  }
  return most / least;
}
