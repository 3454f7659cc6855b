#include "config.h"
#include "model/least_squares.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_statistics_double.h>
#include "model/rounding.h"

void least_squares_free(least_squares *p) {
  if (p == NULL)
    return;
  if (p->x != NULL)
    gsl_matrix_free(p->x);
  if (p->y != NULL)
    gsl_vector_free(p->y);
  if (p->hessian != NULL)
    gsl_matrix_free(p->hessian);
  if (p->features != NULL)
    gsl_matrix_free(p->features);
  spectrum_free(p->spectrum);
  free(p);
}

static int check_samples(const gsl_matrix *samples, const gsl_vector *labels, double ridge,
                         diagnostic *diag) {
  if (samples->size1 < 2 || samples->size2 < 2 || labels->size != samples->size1)
    return diagnostic_set(diag, GSL_EINVAL,
                          "%zu samples of %zu features and %zu labels: at least 2 samples, 2 "
                          "features and as many labels are needed",
                          samples->size1, samples->size2, labels->size);
  if (!(isfinite(ridge) && ridge >= 0.0))
    return diagnostic_set(diag, GSL_EDOM, "the ridge is %g: not finite and at least 0", ridge);
  for (size_t s = 0; s < samples->size1; s++) {
    for (size_t j = 0; j < samples->size2; j++)
      if (!isfinite(gsl_matrix_get(samples, s, j)))
        return diagnostic_set(diag, GSL_EDOM, "feature %zu of sample %zu is %g: not finite", j + 1,
                              s + 1, gsl_matrix_get(samples, s, j));
    if (!isfinite(gsl_vector_get(labels, s)))
      return diagnostic_set(diag, GSL_EDOM, "the label of sample %zu is %g: not finite", s + 1,
                            gsl_vector_get(labels, s));
  }
  return GSL_SUCCESS;
}

/* Centres the columns; divides all by the largest absolute entry there was. */
static int standardise_features(gsl_matrix *x, diagnostic *diag) {
  const double largest = fmax(fabs(gsl_matrix_max(x)), fabs(gsl_matrix_min(x)));
  if (largest == 0.0)
    return diagnostic_set(diag, GSL_EDOM, "every feature of every sample is 0");
  for (size_t j = 0; j < x->size2; j++) {
    gsl_vector_view column = gsl_matrix_column(x, j);
    const double mean = gsl_stats_mean(column.vector.data, column.vector.stride, x->size1);
    gsl_vector_add_constant(&column.vector, -mean);
    gsl_vector_scale(&column.vector, 1.0 / largest);
  }
  return GSL_SUCCESS;
}

static int standardise_labels(gsl_vector *y, diagnostic *diag) {
  const double mean = gsl_stats_mean(y->data, y->stride, y->size);
  const double first = gsl_vector_get(y, 0);
  gsl_vector_add_constant(y, -mean);
  const double deviation =
      sqrt(gsl_stats_variance_with_fixed_mean(y->data, y->stride, y->size, 0.0));
  if (!(deviation > 1e-12 * fabs(mean)))
    return diagnostic_set(diag, GSL_EDOM, "every label is %g: there is nothing to fit", first);
  gsl_vector_scale(y, 1.0 / deviation);
  return GSL_SUCCESS;
}

int least_squares_from_samples(const gsl_matrix *samples, const gsl_vector *labels, double ridge,
                               size_t k, least_squares **out, diagnostic *diag) {
  int status = check_samples(samples, labels, ridge, diag);
  if (status != GSL_SUCCESS)
    return status;
  least_squares *p = calloc(1, sizeof *p);
  if (p == NULL)
    goto memory;
  p->n = samples->size1;
  p->columns = samples->size2;
  p->ridge = ridge;
  p->x = gsl_matrix_alloc(p->n, p->columns);
  p->y = gsl_vector_alloc(p->n);
  p->hessian = gsl_matrix_alloc(p->columns, p->columns);
  if (p->x == NULL || p->y == NULL || p->hessian == NULL)
    goto memory;
  gsl_matrix_memcpy(p->x, samples);
  gsl_vector_memcpy(p->y, labels);
  status = standardise_features(p->x, diag);
  if (status == GSL_SUCCESS)
    status = standardise_labels(p->y, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0 / (double)p->n, p->x, p->x, 0.0, p->hessian);
  for (size_t j = 0; j < p->columns; j++) {
    *gsl_matrix_ptr(p->hessian, j, j) += ridge;
    for (size_t l = 0; l < j; l++) /* two summation orders: make it symmetric to the bit */
      gsl_matrix_set(p->hessian, j, l, gsl_matrix_get(p->hessian, l, j));
  }
  status = spectrum_from_semidefinite(p->hessian, k, ridge > 0.0 ? 0.0 : LEAST_SQUARES_CUTOFF,
                                      &p->spectrum, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  p->features = gsl_matrix_alloc(p->n, p->spectrum->d);
  if (p->features == NULL)
    goto memory;
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, p->x, p->spectrum->basis, 0.0, p->features);
  *out = p;
  return GSL_SUCCESS;

memory:
  status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
cleanup:
  least_squares_free(p);
  return status;
}

/* x_s'w - y_s for all s. */
static int residuals(const least_squares *p, const gsl_vector *w, gsl_vector *out) {
  gsl_vector_memcpy(out, p->y);
  if (w == NULL) {
    gsl_vector_scale(out, -1.0);
    return GSL_SUCCESS;
  }
  return gsl_blas_dgemv(CblasNoTrans, 1.0, p->x, w, -1.0, out);
}

/* region: state */
quadratic *least_squares_state(const least_squares *p, const gsl_vector *w, int with_covariance) {
  const size_t n = p->n, d = p->spectrum->d;
  quadratic *q = quadratic_alloc(d, p->spectrum->k);
  gsl_vector *residual = gsl_vector_alloc(n), *pull = gsl_vector_calloc(d);
  if (q == NULL || residual == NULL || pull == NULL)
    goto fail;
  residuals(p, w, residual);
  if (w != NULL && p->ridge > 0.0)
    gsl_blas_dgemv(CblasTrans, p->ridge, p->spectrum->basis, w, 0.0, pull);
  for (size_t i = 0; i < d; i++) {
    double mean = 0.0, spread = 0.0;
    for (size_t s = 0; s < n; s++)
      mean += gsl_vector_get(residual, s) * gsl_matrix_get(p->features, s, i);
    mean /= (double)n;
    for (size_t s = 0; s < n; s++) {
      const double one = gsl_vector_get(residual, s) * gsl_matrix_get(p->features, s, i) - mean;
      spread += one * one;
    }
    q->lambda[i] = p->spectrum->lambda[i];
    q->g[i] = mean + gsl_vector_get(pull, i);
    q->v[i] = spread / (double)n;
  }
  /* end region: state */
  if (with_covariance) {
    gsl_matrix *spread = gsl_matrix_alloc(n, d);
    q->covariance = gsl_matrix_alloc(d, d);
    if (spread == NULL || q->covariance == NULL) {
      if (spread != NULL)
        gsl_matrix_free(spread);
      goto fail;
    }
    for (size_t s = 0; s < n; s++)
      for (size_t i = 0; i < d; i++)
        gsl_matrix_set(spread, s, i,
                       gsl_vector_get(residual, s) * gsl_matrix_get(p->features, s, i) -
                           (q->g[i] - gsl_vector_get(pull, i)));
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0 / (double)n, spread, spread, 0.0, q->covariance);
    gsl_matrix_free(spread);
  }
  gsl_vector_free(residual);
  gsl_vector_free(pull);
  return q;

fail:
  quadratic_free(q);
  if (residual != NULL)
    gsl_vector_free(residual);
  if (pull != NULL)
    gsl_vector_free(pull);
  return NULL;
}

void least_squares_step(const least_squares *p, gsl_vector *w, double eta, size_t batch,
                        gsl_rng *rng) {
  /* The whole mini-batch is drawn, and its gradient taken, at the old w. */
  gsl_vector *update = gsl_vector_calloc(p->columns);
  if (update == NULL)
    return;
  for (size_t b = 0; b < batch; b++) {
    const size_t s = gsl_rng_uniform_int(rng, p->n);
    gsl_vector_const_view sample = gsl_matrix_const_row(p->x, s);
    double fitted;
    gsl_blas_ddot(&sample.vector, w, &fitted);
    gsl_blas_daxpy((fitted - gsl_vector_get(p->y, s)) / (double)batch, &sample.vector, update);
  }
  gsl_blas_daxpy(p->ridge, w, update);
  gsl_blas_daxpy(-eta, update, w);
  gsl_vector_free(update);
}

static double squares_of_row(const gsl_matrix *a, size_t row, size_t from, size_t to) {
  double sum = 0.0;
  for (size_t j = from; j < to; j++)
    sum += gsl_matrix_get(a, row, j) * gsl_matrix_get(a, row, j);
  return sum;
}

static double products_of_rows(const gsl_matrix *a, size_t row, const gsl_vector *b, size_t from,
                               size_t to) {
  double sum = 0.0;
  for (size_t j = from; j < to; j++)
    sum += gsl_matrix_get(a, row, j) * gsl_vector_get(b, j);
  return sum;
}

static double frobenius(const gsl_matrix *a) {
  double sum = 0.0;
  for (size_t i = 0; i < a->size1; i++)
    sum += squares_of_row(a, i, 0, a->size2);
  return sqrt(sum);
}

/* region: enumerate */
int least_squares_enumerate(const least_squares *p, const gsl_vector *w, double eta,
                            least_squares_outcomes *out) {
  const size_t n = p->n, columns = p->columns, d = p->spectrum->d, k = p->spectrum->k;
  int status = GSL_ENOMEM;
  gsl_vector *residual = gsl_vector_alloc(n), *gradient = gsl_vector_calloc(columns);
  gsl_vector *split = gsl_vector_alloc(d);
  gsl_matrix *update = gsl_matrix_alloc(n, columns), *moved = gsl_matrix_alloc(n, columns);
  gsl_matrix *update_split = gsl_matrix_alloc(n, d), *moved_split = gsl_matrix_alloc(n, d);
  if (residual == NULL || gradient == NULL || split == NULL || update == NULL || moved == NULL ||
      update_split == NULL || moved_split == NULL)
    goto cleanup;

  /* Row s of `update` is the gradient that the mini-batch {s} shows. */
  residuals(p, w, residual);
  gsl_matrix_memcpy(update, p->x);
  gsl_matrix_scale_rows(update, residual);
  gsl_blas_dgemv(CblasTrans, 1.0 / (double)n, p->x, residual, 0.0, gradient);
  if (w != NULL) {
    gsl_blas_daxpy(p->ridge, w, gradient);
    for (size_t s = 0; s < n; s++) {
      gsl_vector_view row = gsl_matrix_row(update, s);
      gsl_blas_daxpy(p->ridge, w, &row.vector);
    }
  }
  /* Row s of `moved`: the full gradient at w - eta update_s, which is gradient - eta A update_s. */
  for (size_t s = 0; s < n; s++)
    gsl_matrix_set_row(moved, s, gradient);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, -eta, update, p->hessian, 1.0, moved);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, moved, p->spectrum->basis, 0.0, moved_split);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, update, p->spectrum->basis, 0.0, update_split);
  gsl_blas_dgemv(CblasTrans, 1.0, p->spectrum->basis, gradient, 0.0, split);

  least_squares_outcomes sum = {0};
  double reach = 0.0;
  const double size = frobenius(p->hessian), gradient_norm = gsl_blas_dnrm2(gradient);
  for (size_t s = 0; s < n; s++) {
    const double dominant = squares_of_row(moved_split, s, 0, k);
    const double bulk = squares_of_row(moved_split, s, k, d);
    sum.dominant += dominant;
    sum.bulk += bulk;
    sum.true_alignment += dominant > 0.0 ? dominant / (dominant + bulk) : 0.0;
    /* A step -eta P u changes L by -eta u'Pg + eta^2 u'PAu/2, and u'PAu = (g - g+)'Pu/eta. */
    const double along = products_of_rows(update_split, s, split, 0, k);
    const double beside = products_of_rows(update_split, s, split, k, d);
    double curved = 0.0, curved_bulk = 0.0;
    for (size_t j = 0; j < d; j++) {
      const double turn = gsl_vector_get(split, j) - gsl_matrix_get(moved_split, s, j);
      *(j < k ? &curved : &curved_bulk) += turn * gsl_matrix_get(update_split, s, j);
    }
    sum.dominant_loss += eta * (0.5 * curved - along);
    sum.bulk_loss += eta * (0.5 * curved_bulk - beside);
    const double one = sqrt(squares_of_row(update, s, 0, columns));
    reach += (gradient_norm + eta * size * one) * (gradient_norm + eta * size * one);
    sum.loss_error += eta * one * (gradient_norm + eta * size * one);
  }
  /* end region: enumerate */
  const double outcomes = (double)n;
  /* Chains of products of length `columns`, sums over n: as dense_step.h. */
  const double unit = 64.0 * (double)(columns * columns + n) * ROUNDING_UNIT / outcomes;
  out->dominant = sum.dominant / outcomes;
  out->bulk = sum.bulk / outcomes;
  out->true_alignment = sum.true_alignment / outcomes;
  out->dominant_loss = sum.dominant_loss / outcomes;
  out->bulk_loss = sum.bulk_loss / outcomes;
  double part[2] = {0.0, 0.0};
  for (size_t j = 0; j < d; j++)
    part[j < k] += gsl_vector_get(split, j) * gsl_vector_get(split, j);
  out->alignment = part[1] / (part[0] + part[1]);
  out->error = unit * reach;
  out->loss_error = unit * sum.loss_error;
  status = GSL_SUCCESS;

cleanup:
  if (residual != NULL)
    gsl_vector_free(residual);
  if (gradient != NULL)
    gsl_vector_free(gradient);
  if (split != NULL)
    gsl_vector_free(split);
  if (update != NULL)
    gsl_matrix_free(update);
  if (moved != NULL)
    gsl_matrix_free(moved);
  if (update_split != NULL)
    gsl_matrix_free(update_split);
  if (moved_split != NULL)
    gsl_matrix_free(moved_split);
  return status;
}
