#include "config.h"
#include "io/matrix_file.h"

#include <string.h>
#include <gsl/gsl_errno.h>
#include "io/matrix_market.h"
#include "io/npy.h"
#include "io/table.h"
#include "model/rounding.h"

/* What people save by mistake, by its first bytes. */
typedef struct {
  const char *start;
  size_t length;
  const char *what;
} foreign_format;

static const foreign_format foreign_formats[] = {
    {"PK\x03\x04", 4, "an archive (.npz, or of PyTorch): save one array with numpy.save"},
    {"\x80\x02", 2, "a Python pickle: save the array with numpy.save"},
    {"\x80\x03", 2, "a Python pickle: save the array with numpy.save"},
    {"\x80\x04", 2, "a Python pickle: save the array with numpy.save"},
    {"\x80\x05", 2, "a Python pickle: save the array with numpy.save"},
    {"\x89HDF", 4, "an HDF5 file: save one array with numpy.save"},
    {"MATLAB 5.0", 10, "a MATLAB file: save one array with numpy.save"},
};

const char *io_format_name(io_format format) {
  switch (format) {
  case IO_FORMAT_NPY:
    return "NumPy";
  case IO_FORMAT_MATRIX_MARKET:
    return "Matrix Market";
  default:
    return "CSV";
  }
}

static int read_table(io_source *source, gsl_matrix **out, diagnostic *diag) {
  io_table *table = NULL;
  int status = io_table_read_source(source, &table, diag);
  if (status != GSL_SUCCESS)
    return status;
  gsl_matrix *m = gsl_matrix_alloc(table->rows, table->columns);
  if (m == NULL)
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  else {
    memcpy(m->data, table->value, table->rows * table->columns * sizeof *m->data);
    *out = m;
  }
  io_table_free(table);
  return status;
}

static int read_any(io_source *source, gsl_matrix **out, io_matrix_facts *facts, diagnostic *diag) {
  enum { COUNT = sizeof foreign_formats / sizeof *foreign_formats };
  for (size_t i = 0; i < COUNT; i++)
    if (io_source_starts(source, foreign_formats[i].start, foreign_formats[i].length))
      return diagnostic_set(diag, GSL_EUNIMPL, "%s: %s", io_source_file(source),
                            foreign_formats[i].what);
  *facts = (io_matrix_facts){IO_FORMAT_CSV, ROUNDING_UNIT, 0};
  if (io_is_npy(source)) {
    facts->format = IO_FORMAT_NPY;
    return io_npy_read(source, out, &facts->unit, diag);
  }
  if (io_is_matrix_market(source)) {
    facts->format = IO_FORMAT_MATRIX_MARKET;
    return io_matrix_market_read(source, out, &facts->repeated, diag);
  }
  return read_table(source, out, diag);
}

int io_matrix_read(const char *file, gsl_matrix **out, io_matrix_facts *facts, diagnostic *diag) {
  io_source *source = NULL;
  io_matrix_facts unasked;
  int status = io_source_open(file, &source, diag);
  if (status == GSL_SUCCESS)
    status = read_any(source, out, facts == NULL ? &unasked : facts, diag);
  io_source_close(source);
  return status;
}

int io_vector_read(const char *file, gsl_vector **out, io_matrix_facts *facts, diagnostic *diag) {
  gsl_matrix *m = NULL;
  int status = io_matrix_read(file, &m, facts, diag);
  if (status != GSL_SUCCESS)
    return status;
  const size_t length = m->size1 * m->size2;
  gsl_vector *vector = NULL;
  if (m->size1 != 1 && m->size2 != 1)
    status = diagnostic_set(diag, GSL_EBADLEN, "%s: %zu x %zu: a vector is one row or one column",
                            file, m->size1, m->size2);
  else if ((vector = gsl_vector_alloc(length)) == NULL)
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  else {
    memcpy(vector->data, m->data, length * sizeof *m->data);
    *out = vector;
  }
  gsl_matrix_free(m);
  return status;
}
