#include "config.h"
#include "families/finite_design_family.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "families/number.h"
#include "io/table.h"
#include "model/random.h"

finite_design *finite_design_alloc(size_t n, size_t d) {
  finite_design *f = calloc(1, sizeof *f);
  if (f == NULL)
    return NULL;
  f->x = gsl_matrix_calloc(n, d);
  f->delta = gsl_vector_calloc(d);
  if (f->x == NULL || f->delta == NULL) {
    finite_design_free(f);
    return NULL;
  }
  return f;
}

void finite_design_free(finite_design *f) {
  if (f == NULL)
    return;
  if (f->x != NULL)
    gsl_matrix_free(f->x);
  if (f->delta != NULL)
    gsl_vector_free(f->delta);
  if (f->label != NULL)
    gsl_vector_free(f->label);
  free(f);
}

finite_design *finite_design_literal(size_t n, size_t d, const double *x, const double *delta,
                                     const double *label) {
  finite_design *f = finite_design_alloc(n, d);
  if (f == NULL)
    return NULL;
  if (label != NULL && (f->label = gsl_vector_alloc(n)) == NULL) {
    finite_design_free(f);
    return NULL;
  }
  for (size_t s = 0; s < n; s++) {
    for (size_t i = 0; i < d; i++)
      gsl_matrix_set(f->x, s, i, x[s * d + i]);
    if (label != NULL)
      gsl_vector_set(f->label, s, label[s]);
  }
  for (size_t i = 0; i < d; i++)
    gsl_vector_set(f->delta, i, delta[i]);
  return f;
}

void finite_design_residuals(const finite_design *f, gsl_vector *r) {
  if (f->label != NULL)
    gsl_vector_memcpy(r, f->label);
  else
    gsl_vector_set_zero(r);
  gsl_blas_dgemv(CblasNoTrans, 1.0, f->x, f->delta, 1.0, r);
}

/* --- hooks ---------------------------------------------------------------------------------- */

static void family_free(void *instance) {
  finite_design_free(instance);
}

static void family_size(const void *instance, size_t *d, size_t *k) {
  const finite_design *f = instance;
  *d = f->x->size2;
  *k = 1;
}

/* One sample a line, what its residual has beyond x'delta in the last column; delta first. */
static void family_print(FILE *stream, const void *instance) {
  const finite_design *f = instance;
  fputs("# family = finite_design\n# the first line is delta, the others are samples; the last "
        "column is what the residual has beyond x'delta\n",
        stream);
  for (size_t i = 0; i < f->x->size2; i++)
    fprintf(stream, "x%zu,", i + 1);
  fputs("label\n", stream);
  for (size_t i = 0; i < f->x->size2; i++)
    fprintf(stream, "%a,", gsl_vector_get(f->delta, i));
  fputs("0\n", stream);
  for (size_t s = 0; s < f->x->size1; s++) {
    for (size_t i = 0; i < f->x->size2; i++)
      fprintf(stream, "%a,", gsl_matrix_get(f->x, s, i));
    fprintf(stream, "%a\n", f->label == NULL ? 0.0 : gsl_vector_get(f->label, s));
  }
}

static finite_design *from_table(const io_table *table) {
  const size_t n = table->rows - 1, d = table->columns - 1;
  finite_design *f = finite_design_alloc(n, d);
  if (f == NULL)
    return NULL;
  f->label = gsl_vector_alloc(n);
  if (f->label == NULL) {
    finite_design_free(f);
    return NULL;
  }
  for (size_t i = 0; i < d; i++)
    gsl_vector_set(f->delta, i, table->value[i]);
  for (size_t s = 0; s < n; s++) {
    for (size_t i = 0; i < d; i++)
      gsl_matrix_set(f->x, s, i, table->value[(s + 1) * table->columns + i]);
    gsl_vector_set(f->label, s, table->value[(s + 1) * table->columns + d]);
  }
  if (gsl_vector_isnull(f->label)) {
    gsl_vector_free(f->label);
    f->label = NULL;
  }
  return f;
}

static void *family_read(const char *file, diagnostic *diag) {
  static const char *const names[] = {"family", NULL};
  io_settings *settings = NULL;
  io_table *table = NULL;
  finite_design *f = NULL;
  int status = io_settings_read(file, &settings, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_expect(settings, names, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_word(settings, "family", true, "finite_design", diag);
  if (status == GSL_SUCCESS)
    status = io_table_read(file, &table, diag);
  if (status == GSL_SUCCESS && (table->rows < 2 || table->columns < 2))
    status = diagnostic_set(diag, GSL_EINVAL,
                            "%s: %zu lines of %zu columns: delta and at least one sample, with a "
                            "label column, are needed",
                            file, table->rows, table->columns);
  if (status == GSL_SUCCESS && (f = from_table(table)) == NULL)
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  io_settings_free(settings);
  io_table_free(table);
  return f;
}

static double family_complexity(const void *instance) {
  const finite_design *f = instance;
  const double direction = 16.0; /* bits for a sample and for a feature */
  double sum = direction * (double)(f->x->size1 + f->x->size2) +
               family_array_cost(f->delta->data, f->delta->size) +
               family_array_cost(f->x->data, f->x->size1 * f->x->size2);
  return f->label == NULL ? sum : sum + family_array_cost(f->label->data, f->label->size);
}

static finite_design *without(const finite_design *f, bool sample, size_t gone) {
  const size_t n = f->x->size1 - (sample ? 1 : 0), d = f->x->size2 - (sample ? 0 : 1);
  finite_design *copy = finite_design_alloc(n, d);
  if (copy == NULL)
    return NULL;
  if (f->label != NULL && (copy->label = gsl_vector_alloc(n)) == NULL) {
    finite_design_free(copy);
    return NULL;
  }
  for (size_t i = 0; i < d; i++)
    gsl_vector_set(copy->delta, i, gsl_vector_get(f->delta, !sample && i >= gone ? i + 1 : i));
  for (size_t s = 0; s < n; s++) {
    const size_t from = sample && s >= gone ? s + 1 : s;
    for (size_t i = 0; i < d; i++)
      gsl_matrix_set(copy->x, s, i, gsl_matrix_get(f->x, from, !sample && i >= gone ? i + 1 : i));
    if (f->label != NULL)
      gsl_vector_set(copy->label, s, gsl_vector_get(f->label, from));
  }
  return copy;
}

/* Features, state and, where there is any, noise of the labels, in one row. */
static size_t number_count(const finite_design *f) {
  return (f->x->size1 + 1) * f->x->size2 + (f->label == NULL ? 0 : f->x->size1);
}

static double *number_at(finite_design *f, size_t place) {
  const size_t features = f->x->size1 * f->x->size2;
  if (place < features)
    return f->x->data + place;
  place -= features;
  return place < f->x->size2 ? f->delta->data + place : f->label->data + (place - f->x->size2);
}

static finite_design *clone(const finite_design *f) {
  return finite_design_literal(f->x->size1, f->x->size2, f->x->data, f->delta->data,
                               f->label == NULL ? NULL : f->label->data);
}

/* All numbers rounded, then each made simpler. */
static void change_numbers(finite_design *f, size_t attempt, bool *done) {
  static const int bits[] = {1, 2, 3, 4, 6, 8, 16};
  const size_t roundings = sizeof bits / sizeof *bits, numbers = number_count(f);
  if (attempt < roundings) {
    for (size_t i = 0; i < numbers; i++)
      *number_at(f, i) = family_number_round(*number_at(f, i), bits[attempt]);
    return;
  }
  double simpler[FAMILY_NUMBER_SIMPLER_MOST];
  attempt -= roundings;
  *done = attempt >= numbers * FAMILY_NUMBER_SIMPLER_MOST;
  double *number = number_at(f, attempt % numbers);
  const size_t count = family_number_simpler(*number, simpler);
  if (attempt / numbers < count)
    *number = simpler[attempt / numbers];
}

static void *family_simplify(const void *instance, size_t attempt, bool *done) {
  const finite_design *f = instance;
  const size_t n = f->x->size1, d = f->x->size2;
  *done = false;
  if (attempt < n)
    return n > 2 ? without(f, true, attempt) : NULL;
  if (attempt < n + d)
    return d > 1 ? without(f, false, attempt - n) : NULL;
  finite_design *copy = clone(f);
  *done = copy == NULL;
  if (copy == NULL)
    return NULL;
  change_numbers(copy, attempt - n - d, done);
  if (!*done && family_complexity(copy) < family_complexity(f))
    return copy;
  finite_design_free(copy);
  return NULL;
}

static void family_print_tex(FILE *stream, const void *instance) {
  const finite_design *f = instance;
  fprintf(stream, "$n=%zu$, $d=%zu$, $X=", f->x->size1, f->x->size2);
  family_array_print_tex(stream, f->x->data, f->x->size1 * f->x->size2);
  fputs("$ row by row, $\\delta=", stream);
  family_array_print_tex(stream, f->delta->data, f->delta->size);
  if (f->label != NULL) {
    fputs("$, noise of the labels $", stream);
    family_array_print_tex(stream, f->label->data, f->label->size);
  }
  fputc('$', stream);
}

static void family_print_code(FILE *stream, const void *instance) {
  const finite_design *f = instance;
  fputs("static const double x[] = ", stream);
  family_array_print_code(stream, f->x->data, f->x->size1 * f->x->size2);
  fputs(";\nstatic const double delta[] = ", stream);
  family_array_print_code(stream, f->delta->data, f->delta->size);
  if (f->label != NULL) {
    fputs(";\nstatic const double label[] = ", stream);
    family_array_print_code(stream, f->label->data, f->label->size);
  }
  fprintf(stream, ";\nfinite_design *instance = finite_design_literal(%zu, %zu, x, delta, %s);\n",
          f->x->size1, f->x->size2, f->label == NULL ? "NULL" : "label");
}

static void *family_perturb(const void *instance, gsl_rng *rng) {
  const finite_design *f = instance;
  finite_design *copy = clone(f);
  const size_t place = random_index(rng, 0, number_count(f) - 1);
  const double size = random_log_uniform(rng, 1e-4, 3.0);
  const double factor = exp(random_sign(rng) * size);
  if (copy != NULL)
    *number_at(copy, place) *= factor;
  return copy;
}

const family finite_design_family = {.name = "finite_design",
                                     .free = family_free,
                                     .print = family_print,
                                     .size = family_size,
                                     .read = family_read,
                                     .simplify = family_simplify,
                                     .complexity = family_complexity,
                                     .perturb = family_perturb,
                                     .print_code = family_print_code,
                                     .print_tex = family_print_tex};

/* --- random instances ----------------------------------------------------------------------- */

finite_design *finite_design_generate(gsl_rng *rng, diagnostic *diag) {
  enum { SIZE_MOST = 14 };
  const size_t d = random_index(rng, 2, SIZE_MOST), n = random_index(rng, 2, SIZE_MOST);
  const double power = random_uniform(rng, 0.0, 2.0);
  const int signs = random_chance(rng, 0.25), turned = random_chance(rng, 0.5);
  finite_design *f = finite_design_alloc(n, d);
  if (f == NULL) {
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    return NULL;
  }
  double normal[SIZE_MOST], squares = 0.0;
  for (size_t i = 0; i < d; i++) {
    const double scale = gsl_ran_gaussian_ziggurat(rng, 1.0);
    gsl_vector_set(f->delta, i, scale);
    normal[i] = gsl_ran_gaussian_ziggurat(rng, 1.0);
    squares += normal[i] * normal[i];
  }
  for (size_t s = 0; s < n; s++) {
    double part = 0.0;
    for (size_t i = 0; i < d; i++) {
      const double z = signs ? random_sign(rng) : gsl_ran_gaussian_ziggurat(rng, 1.0);
      gsl_matrix_set(f->x, s, i, z * pow((double)(i + 1), -0.5 * power));
      part += normal[i] * gsl_matrix_get(f->x, s, i);
    }
    for (size_t i = 0; turned && i < d; i++)
      *gsl_matrix_ptr(f->x, s, i) -= 2.0 * part / squares * normal[i];
  }
  return f;
}
