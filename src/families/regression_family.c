#include "config.h"
#include "families/regression_family.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "io/problem_file.h"
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
          "# %zu samples of %zu features, k = %zu: %zu steps of %a with batches of %zu\nw\n",
          r->problem->n, r->problem->columns, r->problem->spectrum->k, r->steps, r->eta, r->batch);
  for (size_t j = 0; j < r->w->size; j++)
    fprintf(stream, "%a\n", gsl_vector_get(r->w, j));
}

static void family_size(const void *instance, size_t *d, size_t *k) {
  const regression *r = instance;
  *d = r->problem->spectrum->d;
  *k = r->problem->spectrum->k;
}

const family regression_family = {
    .name = "regression", .free = family_free, .print = family_print, .size = family_size};

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

regression *regression_generate(gsl_rng *rng, diagnostic *diag) {
  gsl_matrix *samples = NULL;
  gsl_vector *labels = NULL;
  regression *r = calloc(1, sizeof *r);
  if (r == NULL) {
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    return NULL;
  }
  int status = io_samples_read(regression_data_file(), &samples, &labels, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  const double ridge = random_chance(rng, 0.5) ? 0.0 : random_log_uniform(rng, 1e-4, 1e-1);
  const double where = random_uniform(rng, 0.0, 1.0);
  /* The proposal on half of the instances, any k with a gap otherwise. */
  const size_t k = where < 0.5 ? 0 : random_index(rng, 1, 20);
  status = least_squares_from_samples(samples, labels, ridge, k, &r->problem, diag);
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
  if (samples != NULL)
    gsl_matrix_free(samples);
  if (labels != NULL)
    gsl_vector_free(labels);
  if (status == GSL_SUCCESS)
    return r;
  regression_free(r);
  return NULL;
}
