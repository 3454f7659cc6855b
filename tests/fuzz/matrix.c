/* A Hessian in a file of any format, on to the state in its eigenbasis. */
#include "config.h"
#include "harness.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "io/matrix_file.h"
#include "model/hessian.h"
#include "model/rounding.h"

enum { DIMENSION_MOST = 8 };

const char harness_name[] = "matrix";

/* The matrix as Hessian and as noise, its first row as gradient. */
static void try_state(const gsl_matrix *m, const spectrum *s, double unit) {
  diagnostic diag = {GSL_SUCCESS, ""};
  quadratic *q = NULL;
  double least;
  gsl_vector_const_view row = gsl_matrix_const_row(m, 0);
  if (hessian_state(s, &row.vector, &q, &diag) != GSL_SUCCESS)
    return;
  const hessian_noise whole = {.covariance = m, .unit = unit};
  const hessian_noise diagonal = {.variances = &row.vector, .unit = unit};
  if (hessian_add_noise(s, &whole, DIMENSION_MOST, q, &least, &diag) == GSL_SUCCESS)
    HARNESS_DEMAND(quadratic_validate(q, &diag) == GSL_SUCCESS);
  gsl_matrix_free(q->covariance);
  q->covariance = NULL;
  if (hessian_add_noise(s, &diagonal, 0, q, &least, &diag) == GSL_SUCCESS)
    HARNESS_DEMAND(quadratic_validate(q, &diag) == GSL_SUCCESS && q->covariance == NULL);
  quadratic_free(q);
}

static void try_hessian(gsl_matrix *m, double unit) {
  diagnostic diag = {GSL_SUCCESS, ""};
  asymmetry found;
  if (hessian_symmetrise(m, unit, &found, &diag) != GSL_SUCCESS)
    return;
  HARNESS_DEMAND(found.worst <= found.allowed);
  for (size_t i = 0; i < m->size1; i++)
    for (size_t j = 0; j < i; j++)
      HARNESS_DEMAND(gsl_matrix_get(m, i, j) == gsl_matrix_get(m, j, i));
  for (int damped = 0; damped < 2; damped++) {
    spectrum *s = NULL;
    eigen_accuracy accuracy;
    if (hessian_spectrum(m, damped == 0 ? 0.0 : 1.0, 0, &s, &accuracy, &diag) != GSL_SUCCESS)
      continue;
    HARNESS_DEMAND(s->lambda[s->d - 1] > s->lambda_error);
    HARNESS_DEMAND(accuracy.residual <= 8.0 * (double)s->d * ROUNDING_UNIT);
    HARNESS_DEMAND(accuracy.orthogonality <= 8.0 * (double)(s->d * s->d) * ROUNDING_UNIT);
    try_state(m, s, unit);
    spectrum_free(s);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *file = harness_file(data, size);
  diagnostic diag = {GSL_SUCCESS, ""};
  gsl_matrix *matrix = NULL;
  gsl_vector *vector = NULL;
  io_matrix_facts facts;
  int status = io_vector_read(file, &vector, NULL, &diag);
  harness_check(status, &diag, file);
  status = io_matrix_read(file, &matrix, &facts, &diag);
  harness_check(status, &diag, file);
  HARNESS_DEMAND((status == GSL_SUCCESS) == (matrix != NULL));
  HARNESS_DEMAND(vector == NULL ||
                 (matrix != NULL && vector->size == matrix->size1 * matrix->size2));
  if (matrix != NULL && matrix->size1 <= DIMENSION_MOST && matrix->size2 <= DIMENSION_MOST)
    try_hessian(matrix, facts.unit);
  gsl_matrix_free(matrix);
  gsl_vector_free(vector);
  return 0;
}
