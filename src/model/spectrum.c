#include "config.h"
#include "model/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_vector.h>
#ifdef HAVE_LAPACKE
#include <lapacke.h>
#endif
#include "model/rounding.h"

size_t spectrum_propose_dominant(const double *lambda, size_t d) {
  size_t proposal = 1;
  double largest = 0.0;
  for (size_t k = 1; k <= d / 2; k++) {
    const double ratio = lambda[k - 1] / lambda[k];
    if (ratio > largest) {
      largest = ratio;
      proposal = k;
    }
  }
  return proposal;
}

void spectrum_free(spectrum *s) {
  if (s == NULL)
    return;
  free(s->lambda);
  if (s->basis != NULL)
    gsl_matrix_free(s->basis);
  free(s);
}

static int check_number(size_t d, diagnostic *diag) {
  return d >= 2 ? GSL_SUCCESS
                : diagnostic_set(diag, GSL_EINVAL, "%zu eigenvalue%s: at least 2 are needed", d,
                                 d == 1 ? "" : "s");
}

int spectrum_split(spectrum *s, size_t k, diagnostic *diag) {
  const int status = check_number(s->d, diag);
  if (status != GSL_SUCCESS)
    return status;
  if (k == 0)
    k = spectrum_propose_dominant(s->lambda, s->d);
  if (k >= s->d)
    return diagnostic_set(diag, GSL_EINVAL, "k = %zu is not in 1..d-1 = 1..%zu", k, s->d - 1);
  if (!(s->lambda[k - 1] > s->lambda[k]))
    return diagnostic_set(diag, GSL_EDOM,
                          "no gap at k = %zu: eigenvalues %zu and %zu are both %.17g", k, k, k + 1,
                          s->lambda[k]);
  s->k = k;
  return GSL_SUCCESS;
}

int spectrum_from_eigenvalues(const double *lambda, size_t d, size_t k, spectrum **out,
                              diagnostic *diag) {
  for (size_t i = 0; i < d; i++)
    if (!(isfinite(lambda[i]) && lambda[i] > 0.0))
      return diagnostic_set(diag, GSL_EDOM, "eigenvalue %zu is %.17g: not finite and positive",
                            i + 1, lambda[i]);
  int status = check_number(d, diag);
  if (status != GSL_SUCCESS)
    return status;
  status = GSL_ENOMEM;
  spectrum *s = calloc(1, sizeof *s);
  if (s == NULL)
    goto cleanup;
  s->d = d;
  s->lambda = malloc(d * sizeof *s->lambda);
  if (s->lambda == NULL)
    goto cleanup;
  memcpy(s->lambda, lambda, d * sizeof *lambda);
  gsl_sort(s->lambda, 1, d);
  gsl_vector_view all = gsl_vector_view_array(s->lambda, d);
  gsl_vector_reverse(&all.vector);
  status = spectrum_split(s, k, diag);

cleanup:
  if (status == GSL_SUCCESS)
    *out = s;
  else
    spectrum_free(s);
  return status == GSL_ENOMEM ? diagnostic_set(diag, status, "out of memory") : status;
}

static int check_symmetric(const gsl_matrix *a, diagnostic *diag) {
  if (a->size1 != a->size2)
    return diagnostic_set(diag, GSL_ENOTSQR, "the matrix is %zu x %zu: not square", a->size1,
                          a->size2);
  double most = 0.0, worst = 0.0;
  size_t row = 0, column = 0;
  for (size_t i = 0; i < a->size1; i++)
    for (size_t j = 0; j < a->size2; j++) {
      const double x = gsl_matrix_get(a, i, j);
      if (!isfinite(x))
        return diagnostic_set(diag, GSL_EDOM, "entry (%zu, %zu) is %g: not finite", i + 1, j + 1,
                              x);
      most = fmax(most, fabs(x));
      const double difference = fabs(x - gsl_matrix_get(a, j, i));
      if (difference > worst) {
        worst = difference;
        row = i;
        column = j;
      }
    }
  if (worst > 8.0 * ROUNDING_UNIT * most)
    return diagnostic_set(diag, GSL_EDOM,
                          "not symmetric: entry (%zu, %zu) is %.17g but (%zu, %zu) is %.17g",
                          row + 1, column + 1, gsl_matrix_get(a, row, column), column + 1, row + 1,
                          gsl_matrix_get(a, column, row));
  return GSL_SUCCESS;
}

/* Eigenpairs of the symmetric a, ascending or not; a is destroyed. */
static int symmetric_eigen_gsl(gsl_matrix *a, gsl_vector *values, gsl_matrix *vectors) {
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(a->size1);
  if (work == NULL)
    return GSL_ENOMEM;
  const int status = gsl_eigen_symmv(a, values, vectors, work);
  gsl_eigen_symmv_free(work);
  return status;
}

#ifdef HAVE_LAPACKE
static int symmetric_eigen_lapack(gsl_matrix *a, gsl_vector *values, gsl_matrix *vectors) {
  const lapack_int n = (lapack_int)a->size1;
  if (LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'L', n, a->data, (lapack_int)a->tda, values->data) != 0)
    return GSL_EFAILED;
  gsl_matrix_memcpy(vectors, a);
  return GSL_SUCCESS;
}
#endif

/* The symmetric part of a, decomposed, in descending order. */
static int decompose(const gsl_matrix *a, spectrum *s, diagnostic *diag) {
  const size_t n = a->size1;
  int status = GSL_ENOMEM;
  gsl_matrix *work = gsl_matrix_alloc(n, n);
  gsl_vector *values = gsl_vector_alloc(n);
  s->lambda = malloc(n * sizeof *s->lambda);
  s->basis = gsl_matrix_alloc(n, n);
  s->d = n;
  if (work == NULL || values == NULL || s->lambda == NULL || s->basis == NULL)
    goto cleanup;
  double sum_of_squares = 0.0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      const double x = 0.5 * gsl_matrix_get(a, i, j) + 0.5 * gsl_matrix_get(a, j, i);
      gsl_matrix_set(work, i, j, x);
      sum_of_squares += x * x;
    }
#ifdef HAVE_LAPACKE
  status = n > SPECTRUM_GSL_LIMIT ? symmetric_eigen_lapack(work, values, s->basis)
                                  : symmetric_eigen_gsl(work, values, s->basis);
#else
  status = symmetric_eigen_gsl(work, values, s->basis);
#endif
  if (status != GSL_SUCCESS) {
    diagnostic_set(diag, status, "the eigensolver failed: %s", gsl_strerror(status));
    goto cleanup;
  }
  gsl_eigen_symmv_sort(values, s->basis, GSL_EIGEN_SORT_VAL_DESC);
  for (size_t i = 0; i < n; i++)
    s->lambda[i] = gsl_vector_get(values, i);
  s->lambda_error = 8.0 * (double)n * ROUNDING_UNIT * sqrt(sum_of_squares);

cleanup:
  if (work != NULL)
    gsl_matrix_free(work);
  if (values != NULL)
    gsl_vector_free(values);
  return status == GSL_ENOMEM ? diagnostic_set(diag, status, "out of memory") : status;
}

int spectrum_eigenpairs(const gsl_matrix *a, spectrum **out, diagnostic *diag) {
  int status = check_symmetric(a, diag);
  if (status != GSL_SUCCESS)
    return status;
  spectrum *s = calloc(1, sizeof *s);
  if (s == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  status = decompose(a, s, diag);
  if (status == GSL_SUCCESS)
    *out = s;
  else
    spectrum_free(s);
  return status;
}

int spectrum_from_matrix(const gsl_matrix *a, size_t k, spectrum **out, diagnostic *diag) {
  spectrum *s = NULL;
  int status = spectrum_eigenpairs(a, &s, diag);
  if (status == GSL_SUCCESS && !(s->lambda[s->d - 1] > s->lambda_error))
    status = diagnostic_set(diag, GSL_EDOM,
                            "not positive definite: the least eigenvalue is %.17g (+- %.1e)",
                            s->lambda[s->d - 1], s->lambda_error);
  if (status == GSL_SUCCESS)
    status = spectrum_split(s, k, diag);
  if (status == GSL_SUCCESS)
    *out = s;
  else
    spectrum_free(s);
  return status;
}

int spectrum_from_semidefinite(const gsl_matrix *a, size_t k, double cutoff, spectrum **out,
                               diagnostic *diag) {
  int status = check_symmetric(a, diag);
  if (status != GSL_SUCCESS)
    return status;
  gsl_matrix *kept = NULL;
  spectrum *s = calloc(1, sizeof *s);
  if (s == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  status = decompose(a, s, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  if (s->lambda[s->d - 1] < -s->lambda_error) {
    status = diagnostic_set(diag, GSL_EDOM, "negative curvature: the least eigenvalue is %.17g",
                            s->lambda[s->d - 1]);
    goto cleanup;
  }
  size_t rank = 0;
  while (rank < s->d && s->lambda[rank] > fmax(cutoff * s->lambda[0], s->lambda_error))
    rank++;
  if (rank > 0) {
    kept = gsl_matrix_alloc(s->basis->size1, rank);
    if (kept == NULL) {
      status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
      goto cleanup;
    }
    gsl_matrix_const_view part = gsl_matrix_const_submatrix(s->basis, 0, 0, s->basis->size1, rank);
    gsl_matrix_memcpy(kept, &part.matrix);
    gsl_matrix_free(s->basis);
    s->basis = kept;
  }
  s->d = rank;
  status = spectrum_split(s, k, diag);

cleanup:
  if (status == GSL_SUCCESS)
    *out = s;
  else
    spectrum_free(s);
  return status;
}
