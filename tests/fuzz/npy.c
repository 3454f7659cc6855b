/* NumPy's .npy files. */
#include "config.h"
#include "harness.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "io/matrix_market.h"
#include "io/npy.h"

const char harness_name[] = "npy";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *file = harness_file(data, size);
  diagnostic diag = {GSL_SUCCESS, ""};
  io_source *source = NULL;
  gsl_matrix *matrix = NULL;
  int status = io_source_open(file, &source, &diag);
  double unit = 0.0;
  if (status == GSL_SUCCESS)
    status = io_npy_read(source, &matrix, &unit, &diag);
  io_source_close(source);
  harness_check(status, &diag, file);
  HARNESS_DEMAND((status == GSL_SUCCESS) == (matrix != NULL));
  if (matrix == NULL)
    return 0;
  HARNESS_DEMAND(unit == 0x1p-24 || unit == 0x1p-53);
  HARNESS_DEMAND(matrix->size1 * matrix->size2 <= IO_MATRIX_ENTRIES_MOST);
  for (size_t i = 0; i < matrix->size1; i++)
    for (size_t j = 0; j < matrix->size2; j++)
      HARNESS_DEMAND(isfinite(gsl_matrix_get(matrix, i, j)));
  gsl_matrix_free(matrix);
  return 0;
}
