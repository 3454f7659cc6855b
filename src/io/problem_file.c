#include "config.h"
#include "io/problem_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <gsl/gsl_errno.h>
#include "model/spectrum.h"

/* --- spectrum ------------------------------------------------------------------------------- */

typedef struct {
  double lambda, g, v;
  size_t line;
} direction;

typedef struct {
  size_t lambda, g, v;
} spectrum_columns;

static int find_columns(const char *file, const io_table *table, spectrum_columns *columns,
                        diagnostic *diag) {
  static const char *const names[] = {"lambda", "g", "v"};
  size_t *const places[] = {&columns->lambda, &columns->g, &columns->v};
  for (size_t i = 0; i < 3; i++) {
    *places[i] = io_table_find(table, names[i]);
    if (*places[i] == table->columns)
      return diagnostic_set(diag, GSL_EINVAL,
                            "%s:%zu: no column '%s': a spectrum has the columns "
                            "lambda, g, v",
                            file, table->header_line == 0 ? table->line[0] : table->header_line,
                            names[i]);
  }
  for (size_t j = 0; j < table->columns; j++)
    if (j != columns->lambda && j != columns->g && j != columns->v)
      return diagnostic_set(diag, GSL_EINVAL,
                            "%s:%zu: column %zu, '%.40s', is one too many: a "
                            "spectrum has the columns lambda, g, v",
                            file, table->header_line, j + 1, table->name[j]);
  return GSL_SUCCESS;
}

static bool in_range(double x, double least, double most) {
  return x >= least && x <= most;
}

static int check_direction(const char *file, const direction *x, diagnostic *diag) {
  if (x->lambda <= 0.0)
    return diagnostic_set(diag, GSL_EDOM, "%s:%zu: lambda is %.17g: %s", file, x->line, x->lambda,
                          x->lambda < 0.0 ? "negative curvature" : "a flat direction");
  if (!in_range(x->lambda, QUADRATIC_LAMBDA_MIN, QUADRATIC_LAMBDA_MAX))
    return diagnostic_set(diag, GSL_EDOM, "%s:%zu: lambda is %.17g: not in [%g, %g]", file, x->line,
                          x->lambda, QUADRATIC_LAMBDA_MIN, QUADRATIC_LAMBDA_MAX);
  if (x->g != 0.0 && !in_range(fabs(x->g), QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX))
    return diagnostic_set(diag, GSL_EDOM, "%s:%zu: g is %.17g: neither 0 nor of size in [%g, %g]",
                          file, x->line, x->g, QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX);
  if (x->v < 0.0)
    return diagnostic_set(diag, GSL_EDOM, "%s:%zu: v is %.17g: a negative variance", file, x->line,
                          x->v);
  if (x->v != 0.0 && !in_range(x->v, QUADRATIC_VARIANCE_MIN, QUADRATIC_VARIANCE_MAX))
    return diagnostic_set(diag, GSL_EDOM, "%s:%zu: v is %.17g: neither 0 nor in [%g, %g]", file,
                          x->line, x->v, QUADRATIC_VARIANCE_MIN, QUADRATIC_VARIANCE_MAX);
  return GSL_SUCCESS;
}

/* Falling lambda, then as in the file: qsort alone leaves ties open. */
static int by_curvature(const void *a, const void *b) {
  const direction *x = a, *y = b;
  if (x->lambda != y->lambda)
    return x->lambda < y->lambda ? 1 : -1;
  return (x->line > y->line) - (x->line < y->line);
}

/* The directions of the table, checked one by one in the file's order, then sorted. */
static int take_directions(const char *file, const io_table *table, direction *directions,
                           diagnostic *diag) {
  spectrum_columns columns;
  int status = find_columns(file, table, &columns, diag);
  for (size_t i = 0; i < table->rows && status == GSL_SUCCESS; i++) {
    const double *row = table->value + i * table->columns;
    directions[i] =
        (direction){row[columns.lambda], row[columns.g], row[columns.v], table->line[i]};
    status = check_direction(file, &directions[i], diag);
  }
  if (status == GSL_SUCCESS)
    qsort(directions, table->rows, sizeof *directions, by_curvature);
  return status;
}

/* The split: proposed, or as asked for, with a gap at it. */
static int choose_split(const char *file, const direction *directions, const double *lambda,
                        size_t d, size_t last_line, size_t *k, diagnostic *diag) {
  if (d < 2)
    return diagnostic_set(diag, GSL_EINVAL, "%s:%zu: %zu direction alone: at least 2 are needed",
                          file, last_line, d);
  const bool proposed = *k == 0;
  if (proposed)
    *k = spectrum_propose_dominant(lambda, d);
  if (*k >= d)
    return diagnostic_set(diag, GSL_EINVAL,
                          "%s:%zu: k = %zu is not in 1..%zu: the file ends here "
                          "with %zu directions",
                          file, last_line, *k, d - 1, d);
  if (!(lambda[*k - 1] > lambda[*k]))
    return diagnostic_set(diag, GSL_EDOM,
                          "%s:%zu: no gap at k = %zu%s: lambda is %.17g here and "
                          "on line %zu",
                          file, directions[*k].line, *k, proposed ? " (proposed)" : "", lambda[*k],
                          directions[*k - 1].line);
  return GSL_SUCCESS;
}

int io_spectrum_of_table(const char *file, const io_table *table, size_t k, quadratic **out,
                         size_t **lines, diagnostic *diag) {
  direction *directions = NULL;
  double *lambda = NULL;
  size_t *where = NULL;
  quadratic *q = NULL;
  int status = GSL_SUCCESS;
  const size_t d = table->rows;
  directions = calloc(d, sizeof *directions);
  lambda = calloc(d, sizeof *lambda);
  where = calloc(d, sizeof *where);
  if (directions == NULL || lambda == NULL || where == NULL) {
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    goto cleanup;
  }
  status = take_directions(file, table, directions, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  for (size_t i = 0; i < d; i++)
    lambda[i] = directions[i].lambda;
  status = choose_split(file, directions, lambda, d, table->line[d - 1], &k, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  q = quadratic_alloc(d, k);
  if (q == NULL) {
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    goto cleanup;
  }
  for (size_t i = 0; i < d; i++) {
    q->lambda[i] = directions[i].lambda;
    q->g[i] = directions[i].g;
    q->v[i] = directions[i].v;
    where[i] = directions[i].line;
  }
  status = quadratic_validate(q, diag);
  if (status != GSL_SUCCESS)
    diagnostic_prefix(diag, file);

cleanup:
  if (status == GSL_SUCCESS)
    *out = q;
  else
    quadratic_free(q);
  if (status == GSL_SUCCESS && lines != NULL)
    *lines = where;
  else
    free(where);
  free(lambda);
  free(directions);
  return status;
}

int io_spectrum_read(const char *file, size_t k, quadratic **out, size_t **lines,
                     diagnostic *diag) {
  io_table *table = NULL;
  int status = io_table_read(file, &table, diag);
  if (status == GSL_SUCCESS)
    status = io_spectrum_of_table(file, table, k, out, lines, diag);
  io_table_free(table);
  return status;
}

/* --- samples -------------------------------------------------------------------------------- */

int io_samples_of_table(const char *file, const io_table *table, gsl_matrix **samples,
                        gsl_vector **labels, diagnostic *diag) {
  gsl_matrix *x = NULL;
  gsl_vector *y = NULL;
  int status = GSL_SUCCESS;
  if (table->columns < 2 || table->rows < 2) {
    status =
        diagnostic_set(diag, GSL_EINVAL,
                       "%s:%zu: %zu column%s, %zu row%s: samples have "
                       "features and a label, at least 2 of each",
                       file, table->line[table->rows - 1], table->columns,
                       table->columns == 1 ? "" : "s", table->rows, table->rows == 1 ? "" : "s");
    goto cleanup;
  }
  const size_t features = table->columns - 1;
  x = gsl_matrix_alloc(table->rows, features);
  y = gsl_vector_alloc(table->rows);
  if (x == NULL || y == NULL) {
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    goto cleanup;
  }
  for (size_t i = 0; i < table->rows; i++) {
    const double *row = table->value + i * table->columns;
    for (size_t j = 0; j < features; j++)
      gsl_matrix_set(x, i, j, row[j]);
    gsl_vector_set(y, i, row[features]);
  }

cleanup:
  if (status == GSL_SUCCESS) {
    *samples = x;
    *labels = y;
  } else {
    gsl_matrix_free(x);
    gsl_vector_free(y);
  }
  return status;
}

int io_samples_read(const char *file, gsl_matrix **samples, gsl_vector **labels, diagnostic *diag) {
  io_table *table = NULL;
  int status = io_table_read(file, &table, diag);
  if (status == GSL_SUCCESS)
    status = io_samples_of_table(file, table, samples, labels, diag);
  io_table_free(table);
  return status;
}
