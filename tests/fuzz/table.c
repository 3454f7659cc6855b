/* Comma-separated numbers. */
#include "config.h"
#include "harness.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "io/table.h"

const char harness_name[] = "table";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *file = harness_file(data, size);
  diagnostic diag = {GSL_SUCCESS, ""};
  io_table *table = NULL;
  const int status = io_table_read(file, &table, &diag);
  harness_check(status, &diag, file);
  HARNESS_DEMAND((status == GSL_SUCCESS) == (table != NULL));
  if (table == NULL)
    return 0;
  HARNESS_DEMAND(io_table_kind(table) == IO_SAMPLES || table->name != NULL);
  HARNESS_DEMAND(table->rows >= 1 && table->columns >= 1);
  HARNESS_DEMAND((table->name != NULL) == (table->header_line > 0));
  for (size_t i = 0; i < table->rows; i++) {
    HARNESS_DEMAND(table->line[i] > (i > 0 ? table->line[i - 1] : table->header_line));
    for (size_t j = 0; j < table->columns; j++)
      HARNESS_DEMAND(isfinite(table->value[i * table->columns + j]));
  }
  for (size_t j = 0; table->name != NULL && j < table->columns; j++)
    HARNESS_DEMAND(io_table_find(table, table->name[j]) <= j);
  io_table_free(table);
  return 0;
}
