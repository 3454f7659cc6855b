/* problem_file.h -- a user's own problem from a file: a spectrum with its state, or labelled
 * samples.  Messages name the file, the line and the value. */
#ifndef SUSPALIGN_IO_PROBLEM_FILE_H
#define SUSPALIGN_IO_PROBLEM_FILE_H

#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include "io/table.h"
#include "model/diagnostic.h"
#include "model/quadratic.h"

/* A table with the columns lambda, g, v, in any order, and no other; one eigendirection a row, in
 * any order.  *out has its directions by falling lambda (rows of equal lambda in their order),
 * eta = 0 and the given k; k = 0: proposed from the largest gap.  *lines (unless lines is NULL)
 * gets an array of length d, owned by the caller: the line each direction stands on.
 * Codes of io_table_read, and GSL_EINVAL (columns; fewer than 2 directions; k outside 1..d-1),
 * GSL_EDOM (a value outside the domain of quadratic.h; no gap at k). */
int io_spectrum_read(const char *file, size_t k, quadratic **out, size_t **lines, diagnostic *diag);

/* The same of a table that has been read, from the file of that name: a pipe is read but once. */
int io_spectrum_of_table(const char *file, const io_table *table, size_t k, quadratic **out,
                         size_t **lines, diagnostic *diag);

/* A table of at least 2 columns, the label in the last: *samples is n x (columns - 1), *labels of
 * length n; both owned by the caller.
 * Codes of io_table_read, and GSL_EINVAL (one column alone; one row alone). */
int io_samples_read(const char *file, gsl_matrix **samples, gsl_vector **labels, diagnostic *diag);
int io_samples_of_table(const char *file, const io_table *table, gsl_matrix **samples,
                        gsl_vector **labels, diagnostic *diag);

#endif
