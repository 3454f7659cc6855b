/* Problem files: a spectrum with its state, and labelled samples. */
#include "config.h"
#include "harness.h"

#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "io/problem_file.h"

const char harness_name[] = "problem";

static void try_spectrum(const char *file, size_t k) {
  diagnostic diag = {GSL_SUCCESS, ""};
  quadratic *q = NULL;
  size_t *lines = NULL;
  const int status = io_spectrum_read(file, k, &q, &lines, &diag);
  harness_check(status, &diag, file);
  HARNESS_DEMAND((status == GSL_SUCCESS) == (q != NULL) && (q != NULL) == (lines != NULL));
  if (q != NULL) {
    HARNESS_DEMAND(quadratic_validate(q, &diag) == GSL_SUCCESS);
    HARNESS_DEMAND(k == 0 || q->k == k);
  }
  quadratic_free(q);
  free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *file = harness_file(data, size);
  for (size_t k = 0; k < 3; k++)
    try_spectrum(file, k);
  diagnostic diag = {GSL_SUCCESS, ""};
  gsl_matrix *samples = NULL;
  gsl_vector *labels = NULL;
  const int status = io_samples_read(file, &samples, &labels, &diag);
  harness_check(status, &diag, file);
  HARNESS_DEMAND((status == GSL_SUCCESS) == (samples != NULL && labels != NULL));
  HARNESS_DEMAND(samples == NULL || samples->size1 == labels->size);
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
  return 0;
}
