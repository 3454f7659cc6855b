#include "config.h"
#include "model/hessian.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "model/rounding.h"

static int out_of_memory(diagnostic *diag) {
  return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
}

/* --- symmetry ------------------------------------------------------------------------------- */

static int largest_entry(const gsl_matrix *a, double *most, diagnostic *diag) {
  *most = 0.0;
  for (size_t i = 0; i < a->size1; i++)
    for (size_t j = 0; j < a->size2; j++) {
      const double x = gsl_matrix_get(a, i, j);
      if (!isfinite(x))
        return diagnostic_set(diag, GSL_EDOM, "entry (%zu, %zu) is %g: not finite", i + 1, j + 1,
                              x);
      *most = fmax(*most, fabs(x));
    }
  return GSL_SUCCESS;
}

int hessian_symmetrise(gsl_matrix *a, double unit, asymmetry *found, diagnostic *diag) {
  const size_t d = a->size1;
  double most;
  if (a->size2 != d)
    return diagnostic_set(diag, GSL_ENOTSQR, "%zu x %zu: not square", d, a->size2);
  const int status = largest_entry(a, &most, diag);
  if (status != GSL_SUCCESS)
    return status;
  *found = (asymmetry){.allowed = 8.0 * (double)d * unit * most};
  for (size_t i = 0; i < d; i++)
    for (size_t j = i + 1; j < d; j++) {
      const double difference = fabs(gsl_matrix_get(a, i, j) - gsl_matrix_get(a, j, i));
      if (difference > found->worst) {
        found->worst = difference;
        found->row = i;
        found->column = j;
      }
    }
  if (found->worst > found->allowed)
    return diagnostic_set(diag, GSL_EDOM,
                          "not symmetric: entry (%zu, %zu) is %.17g but (%zu, %zu) is %.17g, and "
                          "rounding explains a difference of %.2g",
                          found->row + 1, found->column + 1,
                          gsl_matrix_get(a, found->row, found->column), found->column + 1,
                          found->row + 1, gsl_matrix_get(a, found->column, found->row),
                          found->allowed);
  for (size_t i = 0; i < d; i++)
    for (size_t j = i + 1; j < d; j++) {
      const double one = gsl_matrix_get(a, i, j), other = gsl_matrix_get(a, j, i);
      const double mean = one + 0.5 * (other - one); /* of equal ones: the same, to the bit */
      gsl_matrix_set(a, i, j, mean);
      gsl_matrix_set(a, j, i, mean);
    }
  return GSL_SUCCESS;
}

/* --- decomposition -------------------------------------------------------------------------- */

static double frobenius(const gsl_matrix *a) {
  double squares = 0.0;
  for (size_t i = 0; i < a->size1; i++)
    for (size_t j = 0; j < a->size2; j++) {
      const double x = gsl_matrix_get(a, i, j);
      squares += x * x;
    }
  return sqrt(squares);
}

/* a + damping I, owned by the caller; NULL when memory is out. */
static gsl_matrix *damp(const gsl_matrix *a, double damping) {
  gsl_matrix *damped = gsl_matrix_alloc(a->size1, a->size2);
  if (damped == NULL)
    return NULL;
  gsl_matrix_memcpy(damped, a);
  gsl_vector_view diagonal = gsl_matrix_diagonal(damped);
  gsl_vector_add_constant(&diagonal.vector, damping);
  return damped;
}

int hessian_measure(const gsl_matrix *a, double damping, const spectrum *s,
                    eigen_accuracy *accuracy, diagnostic *diag) {
  gsl_matrix *damped = damp(a, damping), *product = gsl_matrix_alloc(s->d, s->d);
  int status = GSL_SUCCESS;
  if (damped == NULL || product == NULL) {
    status = out_of_memory(diag);
    goto cleanup;
  }
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, damped, s->basis, 0.0, product);
  for (size_t i = 0; i < s->d; i++)
    for (size_t j = 0; j < s->d; j++)
      *gsl_matrix_ptr(product, i, j) -= gsl_matrix_get(s->basis, i, j) * s->lambda[j];
  accuracy->residual = frobenius(product) / frobenius(damped);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, s->basis, s->basis, 0.0, product);
  for (size_t i = 0; i < s->d; i++)
    *gsl_matrix_ptr(product, i, i) -= 1.0;
  accuracy->orthogonality = frobenius(product);

cleanup:
  gsl_matrix_free(damped);
  gsl_matrix_free(product);
  return status;
}

static int refuse_indefinite(const spectrum *s, double damping, diagnostic *diag) {
  const double least = s->lambda[s->d - 1];
  return diagnostic_set(
      diag, GSL_EDOM,
      "not positive definite%s: the least of %zu eigenvalues is %.17g (+- %.1e), the largest %.6g; "
      "'--damping R' adds R times the identity, and R above %.6g would do",
      damping > 0.0 ? " even with the damping" : "", s->d, least, s->lambda_error, s->lambda[0],
      (damping - least) * (1.0 + 1e-5) + 2.0 * s->lambda_error); /* shown to 6 digits */
}

int hessian_spectrum(const gsl_matrix *a, double damping, size_t k, spectrum **out,
                     eigen_accuracy *accuracy, diagnostic *diag) {
  spectrum *s = NULL;
  gsl_matrix *damped = damp(a, damping);
  int status = damped == NULL ? out_of_memory(diag) : spectrum_eigenpairs(damped, &s, diag);
  if (status == GSL_SUCCESS && !isfinite(s->lambda_error))
    status = diagnostic_set(diag, GSL_EDOM, "the entries are so large that their squares overflow");
  if (status == GSL_SUCCESS && !(s->lambda[s->d - 1] > s->lambda_error))
    status = refuse_indefinite(s, damping, diag);
  if (status == GSL_SUCCESS)
    status = spectrum_split(s, k, diag);
  if (status == GSL_SUCCESS)
    status = hessian_measure(a, damping, s, accuracy, diag);
  gsl_matrix_free(damped);
  if (status == GSL_SUCCESS)
    *out = s;
  else
    spectrum_free(s);
  return status;
}

/* --- state ---------------------------------------------------------------------------------- */

/* Values below the domain that are not told from 0 by their error. */
static double settle(double x, double least, double error) {
  return fabs(x) < least && fabs(x) <= error ? 0.0 : x;
}

static void rotate_gradient(const spectrum *s, const gsl_vector *g, quadratic *q) {
  gsl_vector_view rotated = gsl_vector_view_array(q->g, q->d);
  gsl_blas_dgemv(CblasTrans, 1.0, s->basis, g, 0.0, &rotated.vector);
  const double error = (double)q->d * ROUNDING_UNIT * gsl_blas_dnrm2(g);
  for (size_t i = 0; i < q->d; i++)
    q->g[i] = settle(q->g[i], QUADRATIC_GRADIENT_MIN, error);
}

/* root: d x d with root root' = S, from the eigenpairs of S; *size is |S|_F. */
static int root_of_matrix(const hessian_noise *noise, gsl_matrix *root, double *size, double *least,
                          diagnostic *diag) {
  spectrum *s = NULL;
  const int status = spectrum_eigenpairs(noise->covariance, &s, diag);
  if (status != GSL_SUCCESS)
    return status;
  *size = frobenius(noise->covariance);
  *least = s->lambda[s->d - 1];
  const double allowed = 8.0 * (double)s->d * noise->unit * *size;
  if (!(*least >= -allowed)) {
    diagnostic_set(diag, GSL_EDOM,
                   "the noise covariance has the eigenvalue %.17g: negative, and rounding explains "
                   "one down to %.2g",
                   *least, -allowed);
    spectrum_free(s);
    return GSL_EDOM;
  }
  gsl_matrix_memcpy(root, s->basis);
  for (size_t j = 0; j < s->d; j++) {
    gsl_vector_view column = gsl_matrix_column(root, j);
    gsl_vector_scale(&column.vector, sqrt(fmax(0.0, s->lambda[j])));
  }
  spectrum_free(s);
  return GSL_SUCCESS;
}

static int root_of_vector(const hessian_noise *noise, gsl_matrix *root, double *size,
                          diagnostic *diag) {
  gsl_matrix_set_zero(root);
  for (size_t i = 0; i < root->size1; i++) {
    const double x = gsl_vector_get(noise->variances, i);
    if (!(isfinite(x) && x >= 0.0))
      return diagnostic_set(diag, GSL_EDOM, "variance %zu is %.17g: not finite and at least 0",
                            i + 1, x);
    gsl_matrix_set(root, i, i, sqrt(x));
  }
  *size = gsl_blas_dnrm2(noise->variances);
  return GSL_SUCCESS;
}

/* v and, unless d is beyond covariance_most, the covariance, from B = U' root: B B' has no negative
 * diagonal and is symmetric, whatever the rounding. */
static int fill_noise(const spectrum *s, const gsl_matrix *root, double size,
                      size_t covariance_most, quadratic *q) {
  const size_t d = q->d;
  const double error = 2.0 * (double)d * ROUNDING_UNIT * size;
  int status = GSL_ENOMEM;
  gsl_matrix *rotated = gsl_matrix_alloc(d, d), *covariance = NULL;
  if (rotated == NULL)
    goto cleanup;
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, s->basis, root, 0.0, rotated);
  for (size_t i = 0; i < d; i++) {
    gsl_vector_view row = gsl_matrix_row(rotated, i);
    double sum;
    gsl_blas_ddot(&row.vector, &row.vector, &sum);
    q->v[i] = settle(sum, QUADRATIC_VARIANCE_MIN, error);
    if (q->v[i] == 0.0)
      gsl_vector_set_zero(&row.vector);
  }
  status = GSL_SUCCESS;
  if (d > covariance_most)
    goto cleanup;
  covariance = gsl_matrix_calloc(d, d);
  if (covariance == NULL) {
    status = GSL_ENOMEM;
    goto cleanup;
  }
  gsl_blas_dsyrk(CblasLower, CblasNoTrans, 1.0, rotated, 0.0, covariance);
  for (size_t i = 0; i < d; i++) {
    gsl_matrix_set(covariance, i, i, q->v[i]);
    for (size_t j = 0; j < i; j++)
      gsl_matrix_set(covariance, j, i, gsl_matrix_get(covariance, i, j));
  }
  q->covariance = covariance;

cleanup:
  gsl_matrix_free(rotated);
  return status;
}

static int rotate_noise(const spectrum *s, const hessian_noise *noise, size_t covariance_most,
                        quadratic *q, double *least, diagnostic *diag) {
  if (noise->variance != NULL)
    for (size_t i = 0; i < q->d; i++)
      q->v[i] = *noise->variance;
  if (noise->covariance == NULL && noise->variances == NULL)
    return GSL_SUCCESS;
  double size = 0.0;
  gsl_matrix *root = gsl_matrix_alloc(q->d, q->d);
  if (root == NULL)
    return out_of_memory(diag);
  int status = noise->covariance != NULL ? root_of_matrix(noise, root, &size, least, diag)
                                         : root_of_vector(noise, root, &size, diag);
  if (status == GSL_SUCCESS && fill_noise(s, root, size, covariance_most, q) != GSL_SUCCESS)
    status = out_of_memory(diag);
  gsl_matrix_free(root);
  return status;
}

int hessian_state(const spectrum *s, const gsl_vector *g, quadratic **out, diagnostic *diag) {
  if (g->size != s->d)
    return diagnostic_set(diag, GSL_EBADLEN,
                          "the gradient has %zu coordinate%s, the Hessian is %zu x %zu", g->size,
                          g->size == 1 ? "" : "s", s->d, s->d);
  quadratic *q = quadratic_alloc(s->d, s->k);
  if (q == NULL)
    return out_of_memory(diag);
  memcpy(q->lambda, s->lambda, s->d * sizeof *q->lambda);
  rotate_gradient(s, g, q);
  const int status = quadratic_validate(q, diag);
  if (status == GSL_SUCCESS)
    *out = q;
  else
    quadratic_free(q);
  return status;
}

int hessian_add_noise(const spectrum *s, const hessian_noise *noise, size_t covariance_most,
                      quadratic *q, double *least, diagnostic *diag) {
  const size_t d = s->d;
  if (noise->covariance != NULL && (noise->covariance->size1 != d || noise->covariance->size2 != d))
    return diagnostic_set(diag, GSL_EBADLEN,
                          "the noise covariance is %zu x %zu, the Hessian %zu x %zu",
                          noise->covariance->size1, noise->covariance->size2, d, d);
  if (noise->variances != NULL && noise->variances->size != d)
    return diagnostic_set(diag, GSL_EBADLEN, "%zu noise variances, and the Hessian is %zu x %zu",
                          noise->variances->size, d, d);
  *least = 0.0;
  const int status = rotate_noise(s, noise, covariance_most, q, least, diag);
  return status == GSL_SUCCESS ? quadratic_validate(q, diag) : status;
}
