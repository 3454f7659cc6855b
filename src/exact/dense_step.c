#include "config.h"
#include "exact/dense_step.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include "model/random.h"
#include "model/rounding.h"

/* An orthogonal matrix from the QR decomposition of a matrix of normals, signs drawn by it. */
static int draw_orthogonal(gsl_matrix *u, uint32_t seed) {
  const size_t d = u->size1;
  int status = GSL_ENOMEM;
  gsl_rng *rng = random_alloc(seed);
  gsl_matrix *normals = gsl_matrix_alloc(d, d);
  gsl_matrix *r = gsl_matrix_alloc(d, d);
  gsl_vector *tau = gsl_vector_alloc(d);
  if (rng == NULL || normals == NULL || r == NULL || tau == NULL)
    goto cleanup;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++)
      gsl_matrix_set(normals, i, j, gsl_ran_gaussian(rng, 1.0));
  gsl_linalg_QR_decomp(normals, tau);
  gsl_linalg_QR_unpack(normals, tau, u, r);
  status = GSL_SUCCESS;

cleanup:
  if (rng != NULL)
    gsl_rng_free(rng);
  if (normals != NULL)
    gsl_matrix_free(normals);
  if (r != NULL)
    gsl_matrix_free(r);
  if (tau != NULL)
    gsl_vector_free(tau);
  return status;
}

void dense_quadratic_free(dense_quadratic *dense) {
  if (dense == NULL)
    return;
  gsl_matrix *const matrices[] = {dense->basis, dense->hessian, dense->projector,
                                  dense->covariance};
  for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++)
    if (matrices[i] != NULL)
      gsl_matrix_free(matrices[i]);
  if (dense->x != NULL)
    gsl_vector_free(dense->x);
  free(dense);
}

dense_quadratic *dense_quadratic_alloc(const quadratic *q, uint32_t seed) {
  const size_t d = q->d;
  dense_quadratic *dense = calloc(1, sizeof *dense);
  gsl_matrix *inner = gsl_matrix_calloc(d, d), *half = gsl_matrix_alloc(d, d);
  if (dense == NULL || inner == NULL || half == NULL)
    goto fail;
  dense->d = d;
  dense->unit = 64.0 * (double)(d * d) * ROUNDING_UNIT;
  dense->basis = gsl_matrix_alloc(d, d);
  dense->hessian = gsl_matrix_alloc(d, d);
  dense->projector = gsl_matrix_alloc(d, d);
  dense->covariance = gsl_matrix_alloc(d, d);
  dense->x = gsl_vector_alloc(d);
  if (dense->basis == NULL || dense->hessian == NULL || dense->projector == NULL ||
      dense->covariance == NULL || dense->x == NULL ||
      draw_orthogonal(dense->basis, seed) != GSL_SUCCESS)
    goto fail;

  gsl_matrix_memcpy(half, dense->basis);
  for (size_t i = 0; i < d; i++) {
    gsl_vector_view column = gsl_matrix_column(half, i);
    gsl_vector_scale(&column.vector, q->lambda[i]);
  }
  gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, half, dense->basis, 0.0, dense->hessian);

  gsl_matrix_const_view top = gsl_matrix_const_submatrix(dense->basis, 0, 0, d, q->k);
  gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, &top.matrix, &top.matrix, 0.0, dense->projector);

  if (q->covariance != NULL)
    gsl_matrix_memcpy(inner, q->covariance);
  else
    for (size_t i = 0; i < d; i++)
      gsl_matrix_set(inner, i, i, q->v[i]);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, dense->basis, inner, 0.0, half);
  gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, half, dense->basis, 0.0, dense->covariance);

  gsl_vector_set_zero(dense->x);
  for (size_t i = 0; i < d; i++) {
    gsl_vector_const_view column = gsl_matrix_const_column(dense->basis, i);
    gsl_blas_daxpy(q->g[i] / q->lambda[i], &column.vector, dense->x);
  }
  gsl_matrix_free(inner);
  gsl_matrix_free(half);
  return dense;

fail:
  if (inner != NULL)
    gsl_matrix_free(inner);
  if (half != NULL)
    gsl_matrix_free(half);
  dense_quadratic_free(dense);
  return NULL;
}

static double frobenius(const gsl_matrix *a) {
  double sum = 0.0;
  for (size_t i = 0; i < a->size1; i++)
    for (size_t j = 0; j < a->size2; j++)
      sum += gsl_matrix_get(a, i, j) * gsl_matrix_get(a, i, j);
  return sqrt(sum);
}

static double trace_of_product(const gsl_matrix *a, const gsl_matrix *b) {
  double sum = 0.0;
  for (size_t i = 0; i < a->size1; i++)
    for (size_t j = 0; j < a->size2; j++)
      sum += gsl_matrix_get(a, i, j) * gsl_matrix_get(b, j, i);
  return sum;
}

/* x'Px and x'x, the second less the first where `rest` asks for Q = I - P. */
static double projected_square(const gsl_matrix *projector, const gsl_vector *x, bool rest) {
  gsl_vector *image = gsl_vector_alloc(x->size);
  if (image == NULL)
    return NAN;
  gsl_blas_dgemv(CblasNoTrans, 1.0, projector, x, 0.0, image);
  if (rest) {
    gsl_vector_scale(image, -1.0);
    gsl_vector_add(image, x);
  }
  double square;
  gsl_blas_ddot(image, image, &square);
  gsl_vector_free(image);
  return square;
}

int dense_step_expectations(const quadratic *q, double eta, dense_step_moments *out) {
  return dense_step_expectations_in(q, eta, random_trial_seed(q->d, "dense basis", q->k), out);
}

int dense_step_expectations_in(const quadratic *q, double eta, uint32_t seed,
                               dense_step_moments *out) {
  const size_t d = q->d;
  int status = GSL_ENOMEM;
  dense_quadratic *dense = dense_quadratic_alloc(q, seed);
  gsl_vector *g = gsl_vector_alloc(d), *next = gsl_vector_alloc(d);
  gsl_matrix *spread = gsl_matrix_alloc(d, d), *half = gsl_matrix_alloc(d, d);
  if (dense == NULL || g == NULL || next == NULL || spread == NULL || half == NULL)
    goto cleanup;

  gsl_blas_dsymv(CblasLower, 1.0, dense->hessian, dense->x, 0.0, g);
  gsl_vector_memcpy(next, g);
  gsl_blas_dsymv(CblasLower, -eta, dense->hessian, g, 1.0, next); /* (I - eta A) g */

  /* Cov(g+) = eta^2 A Sigma A */
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, dense->hessian, dense->covariance, 0.0, half);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, eta * eta, half, dense->hessian, 0.0, spread);
  const double noise = trace_of_product(dense->projector, spread);
  double all_noise = 0.0;
  for (size_t i = 0; i < d; i++)
    all_noise += gsl_matrix_get(spread, i, i);
  out->dominant = projected_square(dense->projector, next, false) + noise;
  out->bulk = projected_square(dense->projector, next, true) + all_noise - noise;

  /* Losses: 2 Delta L_D = E x+'PAx+ - x'PAx, with x+ = x - eta(g + xi). */
  gsl_vector_memcpy(next, dense->x);
  gsl_blas_daxpy(-eta, g, next);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, dense->projector, dense->hessian, 0.0, half);
  double after, before, whole_after, whole_before;
  gsl_blas_dgemv(CblasNoTrans, 1.0, half, next, 0.0, g);
  gsl_blas_ddot(next, g, &after);
  gsl_blas_dgemv(CblasNoTrans, 1.0, half, dense->x, 0.0, g);
  gsl_blas_ddot(dense->x, g, &before);
  gsl_blas_dgemv(CblasNoTrans, 1.0, dense->hessian, next, 0.0, g);
  gsl_blas_ddot(next, g, &whole_after);
  gsl_blas_dgemv(CblasNoTrans, 1.0, dense->hessian, dense->x, 0.0, g);
  gsl_blas_ddot(dense->x, g, &whole_before);
  const double loss_noise = eta * eta * trace_of_product(half, dense->covariance);
  const double whole_noise = eta * eta * trace_of_product(dense->hessian, dense->covariance);
  out->dominant_loss = 0.5 * (after - before + loss_noise);
  out->bulk_loss = 0.5 * (whole_after - whole_before + whole_noise) - out->dominant_loss;

  const double a = frobenius(dense->hessian), x = gsl_blas_dnrm2(dense->x);
  const double s = frobenius(dense->covariance), grown = 1.0 + eta * a;
  out->error = dense->unit * (a * a * x * x * grown * grown + eta * eta * a * a * s);
  out->loss_error = dense->unit * (a * x * x * grown * grown + eta * eta * a * s);
  status = GSL_SUCCESS;

cleanup:
  dense_quadratic_free(dense);
  if (g != NULL)
    gsl_vector_free(g);
  if (next != NULL)
    gsl_vector_free(next);
  if (spread != NULL)
    gsl_matrix_free(spread);
  if (half != NULL)
    gsl_matrix_free(half);
  return status;
}

/* (1/2) x'Ax, and (1/2) (Px)'A(Px) into *dominant. */
static double loss(const dense_quadratic *dense, const gsl_vector *x, gsl_vector *work,
                   gsl_vector *image, double *dominant) {
  double whole;
  gsl_blas_dsymv(CblasLower, 1.0, dense->hessian, x, 0.0, work);
  gsl_blas_ddot(x, work, &whole);
  gsl_blas_dgemv(CblasNoTrans, 1.0, dense->projector, x, 0.0, image);
  gsl_blas_dsymv(CblasLower, 1.0, dense->hessian, image, 0.0, work);
  gsl_blas_ddot(image, work, dominant);
  *dominant *= 0.5;
  return 0.5 * whole;
}

int dense_step_path(const dense_quadratic *dense, double eta, const gsl_vector *xi,
                    dense_step_paths *out) {
  const size_t d = dense->d;
  int status = GSL_ENOMEM;
  gsl_vector *update = gsl_vector_alloc(d), *next = gsl_vector_alloc(d);
  gsl_vector *work = gsl_vector_alloc(d), *image = gsl_vector_alloc(d);
  if (update == NULL || next == NULL || work == NULL || image == NULL)
    goto cleanup;
  double dominant_before, dominant_after, unused;
  const double before = loss(dense, dense->x, work, image, &dominant_before);
  gsl_vector_memcpy(update, xi);
  gsl_blas_dsymv(CblasLower, 1.0, dense->hessian, dense->x, 1.0, update);

  gsl_vector_memcpy(next, dense->x);
  gsl_blas_daxpy(-eta, update, next);
  const double after = loss(dense, next, work, image, &dominant_after);
  const double reach = gsl_blas_dnrm2(dense->x) + eta * gsl_blas_dnrm2(update);
  out->dominant_part = dominant_after - dominant_before;
  out->bulk_part = (after - dominant_after) - (before - dominant_before);

  gsl_vector_memcpy(next, dense->x);
  gsl_blas_dgemv(CblasNoTrans, -eta, dense->projector, update, 1.0, next);
  out->dominant_step = loss(dense, next, work, image, &unused) - before;

  gsl_vector_memcpy(next, dense->x);
  gsl_blas_daxpy(-eta, update, next);
  gsl_blas_dgemv(CblasNoTrans, eta, dense->projector, update, 1.0, next);
  out->bulk_step = loss(dense, next, work, image, &unused) - before;
  /* g = Ax is off by up to unit |A| |x|; the step multiplies that by eta, the loss by |A| reach. */
  const double a = frobenius(dense->hessian);
  out->error = dense->unit * a * reach * (reach + eta * a * gsl_blas_dnrm2(dense->x));
  status = GSL_SUCCESS;

cleanup:
  if (update != NULL)
    gsl_vector_free(update);
  if (next != NULL)
    gsl_vector_free(next);
  if (work != NULL)
    gsl_vector_free(work);
  if (image != NULL)
    gsl_vector_free(image);
  return status;
}
