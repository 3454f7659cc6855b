/* matrix_file.h -- a matrix or vector from a file whose content says of what format it is:
 * NumPy's .npy (npy.h), Matrix Market (matrix_market.h), else comma-separated numbers (table.h).
 * Plain or gzipped; the file's name does not matter. */
#ifndef SUSPALIGN_IO_MATRIX_FILE_H
#define SUSPALIGN_IO_MATRIX_FILE_H

#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include "model/diagnostic.h"

typedef enum { IO_FORMAT_CSV, IO_FORMAT_MATRIX_MARKET, IO_FORMAT_NPY } io_format;

typedef struct {
  io_format format;
  double unit;     /* unit roundoff of the numbers as stored: 2^-24 or 2^-53 */
  size_t repeated; /* entries of a coordinate file that were added to another one */
} io_matrix_facts;

/* "CSV", "Matrix Market", "NumPy" */
const char *io_format_name(io_format format);

/* GSL_SUCCESS; *out is the caller's, finite throughout, at least 1 x 1; facts may be NULL.  Else
 * the codes and messages of the three readers, GSL_EUNIMPL for an archive (.npz, a PyTorch file), a
 * pickle or an HDF5 file by their first bytes. */
int io_matrix_read(const char *file, gsl_matrix **out, io_matrix_facts *facts, diagnostic *diag);

/* The same for one column or one row; GSL_EBADLEN for another shape, with a message. */
int io_vector_read(const char *file, gsl_vector **out, io_matrix_facts *facts, diagnostic *diag);

#endif
