#include "config.h"
#include "exact/dense_run.h"

#include <math.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>

static double frobenius(const gsl_matrix *a) {
  double sum = 0.0;
  for (size_t i = 0; i < a->size1; i++)
    for (size_t j = 0; j < a->size2; j++)
      sum += gsl_matrix_get(a, i, j) * gsl_matrix_get(a, i, j);
  return sqrt(sum);
}

static void set_projector(gsl_matrix *pi, const dense_quadratic *dense, update_kind kind) {
  gsl_matrix_set_identity(pi);
  if (kind == UPDATE_DOMINANT)
    gsl_matrix_memcpy(pi, dense->projector);
  else if (kind == UPDATE_BULK)
    gsl_matrix_sub(pi, dense->projector);
}

/* out = a b c', through work. */
static void sandwich(const gsl_matrix *a, const gsl_matrix *b, gsl_matrix *work, gsl_matrix *out) {
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, a, b, 0.0, work);
  gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, work, a, 0.0, out);
}

int dense_run_of(const dense_quadratic *dense, double eta, update_kind kind, size_t t,
                 dense_run *out) {
  enum { PROJECTOR, STEP, NOISE, MOMENT, NEXT, WORK, MATRICES };
  const size_t d = dense->d;
  int status = GSL_ENOMEM;
  gsl_matrix *a[MATRICES] = {NULL};
  gsl_vector *mean = gsl_vector_alloc(d), *next = gsl_vector_alloc(d);
  for (int n = 0; n < MATRICES; n++)
    if ((a[n] = gsl_matrix_alloc(d, d)) == NULL)
      goto cleanup;
  if (mean == NULL || next == NULL)
    goto cleanup;
  set_projector(a[PROJECTOR], dense, kind);
  gsl_matrix_set_identity(a[STEP]);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, -eta, a[PROJECTOR], dense->hessian, 1.0, a[STEP]);
  sandwich(a[PROJECTOR], dense->covariance, a[WORK], a[NOISE]);
  gsl_matrix_scale(a[NOISE], eta * eta);
  gsl_vector_memcpy(mean, dense->x);
  gsl_matrix_set_zero(a[MOMENT]);
  gsl_blas_dger(1.0, dense->x, dense->x, a[MOMENT]);
  /* Each step is wrong by a share `unit` of its terms, (1 + eta |A|)^2 |M| and the noise; an error
   * that is there is not lengthened, in norm, where eta |A| < 2. */
  const double reach = 1.0 + eta * frobenius(dense->hessian);
  double error = dense->unit * frobenius(a[MOMENT]);
  /* region: run */
  for (size_t step = 0; step < t; step++) {
    error += dense->unit * (2.0 * reach * reach * frobenius(a[MOMENT]) +
                            eta * eta * frobenius(dense->covariance));
    sandwich(a[STEP], a[MOMENT], a[WORK], a[NEXT]);
    gsl_matrix_add(a[NEXT], a[NOISE]);
    gsl_matrix_memcpy(a[MOMENT], a[NEXT]);
    gsl_blas_dgemv(CblasNoTrans, 1.0, a[STEP], mean, 0.0, next);
    gsl_vector_memcpy(mean, next);
  }
  /* end region: run */
  double trace = 0.0, along, start;
  out->loss = 0.0;
  for (size_t i = 0; i < d; i++) {
    trace += gsl_matrix_get(a[MOMENT], i, i);
    for (size_t j = 0; j < d; j++)
      out->loss += 0.5 * gsl_matrix_get(dense->hessian, i, j) * gsl_matrix_get(a[MOMENT], j, i);
  }
  gsl_blas_ddot(mean, dense->x, &along);
  gsl_blas_ddot(dense->x, dense->x, &start);
  out->distance = trace - 2.0 * along + start;
  error += dense->unit * frobenius(a[MOMENT]);
  out->loss_error = frobenius(dense->hessian) * error;
  out->distance_error =
      sqrt((double)d) * error + 8.0 * dense->unit * reach * (double)(t + 1) * start;
  status = GSL_SUCCESS;

cleanup:
  for (int n = 0; n < MATRICES; n++)
    if (a[n] != NULL)
      gsl_matrix_free(a[n]);
  if (mean != NULL)
    gsl_vector_free(mean);
  if (next != NULL)
    gsl_vector_free(next);
  return status;
}
