/* npy.h -- matrices and vectors from NumPy's .npy files.
 *
 * NumPy Enhancement Proposal 1 and numpy.lib.format: versions 1, 2 and 3, either byte order, C and
 * Fortran order, floating point of 4 and 8 bytes, signed and unsigned integers of 1, 2, 4 and 8.
 * Everything else (complex numbers, half and extended precision, objects, structures) is refused
 * by its name; nothing is ever unpickled. */
#ifndef SUSPALIGN_IO_NPY_H
#define SUSPALIGN_IO_NPY_H

#include <stdbool.h>
#include <gsl/gsl_matrix.h>
#include "io/source.h"
#include "model/diagnostic.h"

/* Does the source, of which nothing is taken, begin with the magic string? */
bool io_is_npy(const io_source *source);

/* The array as a matrix; one of one dimension, or of none, as one column.  *unit (unless NULL) is
 * the unit roundoff of its numbers: 2^-24 for floats of 4 bytes, else 2^-53.
 * GSL_SUCCESS, or one line "FILE: byte OFFSET: ..." with
 *   GSL_EINVAL   a header that is not as the format says; bytes after the data;
 *   GSL_EUNIMPL  another version, type or number of dimensions;
 *   GSL_EDOM     an entry, named by its place from 1, that is NaN or infinite, or an integer that
 * no double holds; GSL_EBADLEN  a shape that the file cannot hold, or beyond
 * IO_MATRIX_ENTRIES_MOST, or without entries; GSL_EOF      fewer bytes than the shape needs; the
 * codes of source.h, GSL_ENOMEM.  The shape is checked before anything is allocated. */
int io_npy_read(io_source *source, gsl_matrix **out, double *unit, diagnostic *diag);

#endif
