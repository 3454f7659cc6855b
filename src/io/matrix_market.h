/* matrix_market.h -- dense matrices from files in the Matrix Market exchange format.
 *
 * R. F. Boisvert, R. Pozo, K. A. Remington, The Matrix Market Exchange Formats: Initial Design,
 * NISTIR 5935 (1996).  Read are "array" (dense, by columns, one number a line) and "coordinate"
 * (sparse, "row column value" a line) with real or integer values, general or symmetric; of a
 * symmetric matrix the file has the lower triangle.  Entries of one place in a coordinate file are
 * added up, as SciPy does: the format leaves that open. */
#ifndef SUSPALIGN_IO_MATRIX_MARKET_H
#define SUSPALIGN_IO_MATRIX_MARKET_H

#include <stdbool.h>
#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include "io/source.h"
#include "model/diagnostic.h"

/* No dense matrix has more entries: 2 GiB of doubles.  And a sparse one that fills more than
 * MATRIX_MARKET_SPARSE_MOST has at least as many entries as rows and as columns: a file of one line
 * does not ask for gigabytes. */
#define IO_MATRIX_ENTRIES_MOST ((size_t)1 << 28)
#define MATRIX_MARKET_SPARSE_MOST ((size_t)1 << 22)

/* Does the source, of which nothing is taken, begin with the banner? */
bool io_is_matrix_market(const io_source *source);

/* GSL_SUCCESS, or one line "FILE:LINE: ..." with
 *   GSL_EINVAL   banner, sizes or a line that the format does not know, a value that is no number
 *                (or no whole number in an integer file), a place outside the matrix or above the
 *                diagonal of a symmetric one, more entries than stated;
 *   GSL_EUNIMPL  pattern, complex, hermitian, skew-symmetric, or another object than a matrix;
 *   GSL_EDOM     a value (or sum) that is NaN, infinite or outside the range of a double;
 *   GSL_EBADLEN  sizes that the file cannot hold, or beyond IO_MATRIX_ENTRIES_MOST;
 *   GSL_EOF      fewer entries than stated;
 * the codes of source.h, GSL_ENOMEM.  Sizes are checked before anything is allocated.
 * *repeated (unless NULL): how many entries of a coordinate file fell on a place that had one, as
 * far as can be told: those on a place whose value was not 0. */
int io_matrix_market_read(io_source *source, gsl_matrix **out, size_t *repeated, diagnostic *diag);

#endif
