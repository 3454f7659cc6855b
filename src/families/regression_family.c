#include "config.h"
#include "families/regression_family.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "families/number.h"
#include "io/problem_file.h"
#include "io/table.h"
#include "model/random.h"

const char *regression_data_file(void) {
  const char *file = getenv("SUSPALIGN_DATA");
  return file != NULL ? file : SUSPALIGN_DATA_FILE;
}

void regression_free(regression *r) {
  if (r == NULL)
    return;
  least_squares_free(r->problem);
  if (r->w != NULL)
    gsl_vector_free(r->w);
  quadratic_free(r->state);
  free(r);
}

static void family_free(void *instance) {
  regression_free(instance);
}

static void family_print(FILE *stream, const void *instance) {
  const regression *r = instance;
  fprintf(stream,
          "# family = regression\n# samples = %zu\n# features = %zu\n# ridge = %a\n# k = %zu\n"
          "# steps = %zu\n# batch = %zu\n# eta = %a\nw\n",
          r->problem->n, r->problem->columns, r->problem->ridge, r->problem->spectrum->k, r->steps,
          r->batch, r->eta);
  for (size_t j = 0; j < r->w->size; j++)
    fprintf(stream, "%a\n", gsl_vector_get(r->w, j));
}

static void family_size(const void *instance, size_t *d, size_t *k) {
  const regression *r = instance;
  *d = r->problem->spectrum->d;
  *k = r->problem->spectrum->k;
}

/* 1 / max |x_s|^2: no sample's own step overshoots, so SGD with batches of one stays bounded. */
static double safe_step(const least_squares *p) {
  double largest = 0.0;
  for (size_t s = 0; s < p->n; s++) {
    double square = p->ridge;
    for (size_t j = 0; j < p->columns; j++)
      square += gsl_matrix_get(p->x, s, j) * gsl_matrix_get(p->x, s, j);
    largest = fmax(largest, square);
  }
  return 1.0 / largest;
}

/* Moves w along a dominant direction: a run rarely visits the high regime by itself. */
static void displace(regression *r, gsl_rng *rng) {
  const size_t direction = random_index(rng, 0, r->problem->spectrum->k - 1);
  const double distance = random_sign(rng) * random_log_uniform(rng, 1e-2, 1e2);
  gsl_vector_const_view along = gsl_matrix_const_column(r->problem->spectrum->basis, direction);
  gsl_blas_daxpy(distance, &along.vector, r->w);
}

/* The problem on the data set; k = 0: proposed. */
static int read_problem(double ridge, size_t k, least_squares **out, diagnostic *diag) {
  gsl_matrix *samples = NULL;
  gsl_vector *labels = NULL;
  int status = io_samples_read(regression_data_file(), &samples, &labels, diag);
  if (status == GSL_SUCCESS)
    status = least_squares_from_samples(samples, labels, ridge, k, out, diag);
  if (samples != NULL)
    gsl_matrix_free(samples);
  if (labels != NULL)
    gsl_vector_free(labels);
  return status;
}

regression *regression_generate(gsl_rng *rng, diagnostic *diag) {
  regression *r = calloc(1, sizeof *r);
  if (r == NULL) {
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    return NULL;
  }
  const double ridge = random_chance(rng, 0.5) ? 0.0 : random_log_uniform(rng, 1e-4, 1e-1);
  const double where = random_uniform(rng, 0.0, 1.0);
  /* The proposal on half of the instances, any k with a gap otherwise. */
  const size_t k = where < 0.5 ? 0 : random_index(rng, 1, 20);
  int status = read_problem(ridge, k, &r->problem, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  r->steps = (size_t)random_log_uniform(rng, 1.0, 4000.0) - 1;
  r->batch = random_chance(rng, 0.7) ? 1 : random_index(rng, 2, 32);
  r->eta = safe_step(r->problem) * random_log_uniform(rng, 0.05, 0.9);
  r->w = gsl_vector_calloc(r->problem->columns);
  if (r->w != NULL) {
    for (size_t t = 0; t < r->steps; t++)
      least_squares_step(r->problem, r->w, r->eta, r->batch, rng);
    if (random_chance(rng, 0.4))
      displace(r, rng);
    r->state = least_squares_state(r->problem, r->w, 0);
  }
  if (r->w == NULL || r->state == NULL)
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");

cleanup:
  if (status == GSL_SUCCESS)
    return r;
  regression_free(r);
  return NULL;
}

regression *regression_literal(double ridge, size_t k, size_t columns, const double *w,
                               diagnostic *diag) {
  diagnostic unheard = {GSL_SUCCESS, ""};
  diag = diag != NULL ? diag : &unheard;
  regression *r = calloc(1, sizeof *r);
  if (r == NULL) {
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    return NULL;
  }
  int status = read_problem(ridge, k, &r->problem, diag);
  if (status == GSL_SUCCESS && r->problem->columns != columns)
    status = diagnostic_set(diag, GSL_EBADLEN, "w is of length %zu, the data have %zu features",
                            columns, r->problem->columns);
  if (status != GSL_SUCCESS)
    goto cleanup;
  r->batch = 1;
  r->w = gsl_vector_alloc(columns);
  if (r->w != NULL) {
    for (size_t j = 0; j < columns; j++)
      gsl_vector_set(r->w, j, w[j]);
    r->state = least_squares_state(r->problem, r->w, 0);
  }
  if (r->w == NULL || r->state == NULL)
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");

cleanup:
  if (status == GSL_SUCCESS)
    return r;
  regression_free(r);
  return NULL;
}

/* --- reading -------------------------------------------------------------------------------- */

/* What of an instance does not follow from the data. */
typedef struct {
  double ridge, eta;
  size_t samples, features, k, steps, batch;
} regression_settings;

static int take_settings(const io_settings *from, regression_settings *to, diagnostic *diag) {
  static const char *const names[] = {"family", "samples", "features", "ridge", "k",
                                      "steps",  "batch",   "eta",      NULL};
  const struct {
    const char *name;
    size_t *value;
  } counts[] = {{"samples", &to->samples},
                {"features", &to->features},
                {"k", &to->k},
                {"steps", &to->steps},
                {"batch", &to->batch}};
  int status = io_settings_expect(from, names, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_word(from, "family", true, "regression", diag);
  for (size_t i = 0; status == GSL_SUCCESS && i < sizeof counts / sizeof *counts; i++)
    status = io_settings_whole(from, counts[i].name, true, counts[i].value, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_real(from, "ridge", true, &to->ridge, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_real(from, "eta", true, &to->eta, diag);
  if (status == GSL_SUCCESS && to->k == 0) /* which would be a proposal */
    status = diagnostic_set(diag, GSL_EINVAL, "%s:%zu: k is 0: at least 1 is needed", from->file,
                            io_settings_find(from, "k")->line);
  return status;
}

static int check_column(const char *file, const io_table *table, const regression_settings *given,
                        diagnostic *diag) {
  const size_t last = table->line[table->rows - 1];
  if (table->columns != 1 || io_table_find(table, "w") != 0)
    return diagnostic_set(diag, GSL_EINVAL, "%s:%zu: the one column of a regression is 'w'", file,
                          table->header_line > 0 ? table->header_line : table->line[0]);
  if (table->rows != given->features)
    return diagnostic_set(diag, GSL_EBADLEN, "%s:%zu: %zu rows, and %zu features are said", file,
                          last, table->rows, given->features);
  return GSL_SUCCESS;
}

static void *family_read(const char *file, diagnostic *diag) {
  io_settings *settings = NULL;
  io_table *table = NULL;
  regression *r = NULL;
  regression_settings given = {0};
  int status = io_settings_read(file, &settings, diag);
  if (status == GSL_SUCCESS)
    status = take_settings(settings, &given, diag);
  if (status == GSL_SUCCESS)
    status = io_table_read(file, &table, diag);
  if (status == GSL_SUCCESS)
    status = check_column(file, table, &given, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  r = regression_literal(given.ridge, given.k, table->rows, table->value, diag);
  if (r == NULL) {
    status = diagnostic_prefix(diag, file);
    goto cleanup;
  }
  if (r->problem->n != given.samples)
    status = diagnostic_set(diag, GSL_EINVAL, "%s: of %zu samples, but %s has %zu", file,
                            given.samples, regression_data_file(), r->problem->n);
  r->steps = given.steps;
  r->batch = given.batch;
  r->eta = given.eta;

cleanup:
  io_settings_free(settings);
  io_table_free(table);
  if (status == GSL_SUCCESS)
    return r;
  regression_free(r);
  return NULL;
}

/* --- simpler -------------------------------------------------------------------------------- */

static double family_complexity(const void *instance) {
  const regression *r = instance;
  return family_number_cost(r->problem->ridge) +
         family_number_cost((double)r->problem->spectrum->k) +
         family_number_cost((double)r->steps) + family_number_cost((double)r->batch) +
         family_number_cost(r->eta) + family_array_cost(r->w->data, r->w->size);
}

/* Another state of the same history. */
static regression *with_state(const regression *r, double ridge, size_t k, const double *w) {
  regression *copy = regression_literal(ridge, k, r->w->size, w, NULL);
  if (copy != NULL) {
    copy->steps = r->steps;
    copy->batch = r->batch;
    copy->eta = r->eta;
  }
  return copy;
}

/* Blocks of w down to an eighth of it, and few roundings: an instance costs a reading of the data
 * and a conclusion a pass over them. */
static void *family_simplify(const void *instance, size_t attempt, bool *done) {
  static const int bits[] = {1, 2, 4, 8, 16, 32};
  enum { W_ZERO, HISTORY, RIDGE, RIDGE_ROUND, K_FIRST, K_LAST = K_FIRST + 2, BLOCKS };
  enum { BLOCK_WAYS = 14, ROUNDINGS = sizeof bits / sizeof *bits };
  const regression *r = instance;
  const size_t columns = r->w->size, k = r->problem->spectrum->k;
  *done = attempt >= BLOCKS + BLOCK_WAYS + ROUNDINGS;
  if (*done)
    return NULL;
  double ridge = r->problem->ridge;
  size_t ks[FAMILY_COUNT_SIMPLER_MOST], chosen = k;
  bool changed = false, history = true;
  double *w = malloc(columns * sizeof *w);
  if (w == NULL) {
    *done = true;
    return NULL;
  }
  memcpy(w, r->w->data, columns * sizeof *w);
  if (attempt == W_ZERO || (attempt >= BLOCKS && attempt < BLOCKS + BLOCK_WAYS)) {
    size_t from = 0, length = columns;
    if (attempt >= BLOCKS && !family_block(columns, attempt - BLOCKS, &from, &length))
      length = 0;
    for (size_t j = from; j < from + length; j++) {
      changed = changed || w[j] != 0.0;
      w[j] = 0.0;
    }
  } else if (attempt >= BLOCKS) {
    for (size_t j = 0; j < columns; j++) {
      w[j] = family_number_round(w[j], bits[attempt - BLOCKS - BLOCK_WAYS]);
      changed = changed || w[j] != gsl_vector_get(r->w, j);
    }
  } else if (attempt == HISTORY) { /* no conclusion looks at it */
    changed = r->steps > 0 || r->batch != 1 || r->eta != 0.0;
    history = false;
  } else if (attempt <= RIDGE_ROUND) {
    ridge = attempt == RIDGE ? 0.0 : family_number_round(ridge, 1);
    changed = ridge != r->problem->ridge;
  } else if (attempt - K_FIRST < family_count_simpler(k, 1, ks)) {
    chosen = ks[attempt - K_FIRST];
    changed = true;
  }
  regression *simpler = changed ? with_state(r, ridge, chosen, w) : NULL;
  free(w);
  if (simpler != NULL && !history) {
    simpler->steps = 0;
    simpler->batch = 1;
    simpler->eta = 0.0;
  }
  return simpler;
}

/* One coordinate of w, all of them, or k by one. */
static void *family_perturb(const void *instance, gsl_rng *rng) {
  const regression *r = instance;
  const size_t columns = r->w->size, d = r->problem->spectrum->d;
  size_t k = r->problem->spectrum->k;
  const size_t what = random_index(rng, 0, 2), j = random_index(rng, 0, columns - 1);
  const double size = random_log_uniform(rng, 1e-4, 1.0);
  const double change = random_sign(rng) * size;
  double *w = malloc(columns * sizeof *w);
  if (w == NULL)
    return NULL;
  memcpy(w, r->w->data, columns * sizeof *w);
  if (what == 0)
    w[j] += change;
  else if (what == 1)
    for (size_t i = 0; i < columns; i++)
      w[i] *= exp(change);
  else
    k = change < 0.0 && k > 1 ? k - 1 : k + 1 < d ? k + 1 : k;
  regression *other = with_state(r, r->problem->ridge, k, w);
  if (other == NULL) /* no gap at that k */
    other = with_state(r, r->problem->ridge, r->problem->spectrum->k, w);
  free(w);
  return other;
}

/* --- code and TeX --------------------------------------------------------------------------- */

static void family_print_code(FILE *stream, const void *instance) {
  const regression *r = instance;
  fputs("static const double w[] = ", stream);
  family_array_print_code(stream, r->w->data, r->w->size);
  fputs(";\nregression *instance = regression_literal(", stream);
  family_number_print_code(stream, r->problem->ridge);
  fprintf(stream, ", %zu, %zu, w, NULL);\n", r->problem->spectrum->k, r->w->size);
}

static void family_print_tex(FILE *stream, const void *instance) {
  const regression *r = instance;
  size_t nonzero = 0;
  for (size_t j = 0; j < r->w->size; j++)
    nonzero += gsl_vector_get(r->w, j) != 0.0;
  fprintf(stream, "least squares on %zu samples, $k=%zu$, ridge $", r->problem->n,
          r->problem->spectrum->k);
  family_number_print_tex(stream, r->problem->ridge);
  if (nonzero == 0)
    fputs("$, $w=0$", stream);
  else
    fprintf(stream, "$, $w$ with %zu entries that are not $0$", nonzero);
}

const family regression_family = {
    .name = "regression",
    .free = family_free,
    .print = family_print,
    .size = family_size,
    .read = family_read,
    .simplify = family_simplify,
    .complexity = family_complexity,
    .perturb = family_perturb,
    .print_code = family_print_code,
    .print_tex = family_print_tex,
};
