#include "config.h"
#include "sim/projected.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "model/random.h"

/* --- one run -------------------------------------------------------------------------------- */

typedef struct {
  const projected_problem *problem;
  gsl_rng *rng;
  double *g, *noise; /* length d */
  double *rest, *w;  /* the minimiser and the state in the eigenbasis, for samples; else NULL */
} run;

static void run_free(run *r) {
  if (r->rng != NULL)
    gsl_rng_free(r->rng);
  free(r->g);
  free(r->noise);
  free(r->rest);
  free(r->w);
}

/* X'y/n = A w* in the eigenbasis, so w*_i = (X'y/n)_i / lambda_i. */
static double *minimiser(const least_squares *p) {
  const size_t d = p->spectrum->d;
  double *rest = malloc(d * sizeof *rest);
  if (rest == NULL)
    return NULL;
  gsl_vector_view view = gsl_vector_view_array(rest, d);
  gsl_blas_dgemv(CblasTrans, 1.0 / (double)p->n, p->features, p->y, 0.0, &view.vector);
  for (size_t i = 0; i < d; i++)
    rest[i] /= p->spectrum->lambda[i];
  return rest;
}

static int run_start(run *r, const projected_problem *problem, uint32_t seed) {
  const quadratic *q = problem->q;
  *r = (run){.problem = problem};
  if (problem->samples != NULL && problem->batch == 0)
    return GSL_EINVAL;
  r->rng = random_alloc(seed);
  r->g = malloc(q->d * sizeof *r->g);
  r->noise = malloc(q->d * sizeof *r->noise);
  if (problem->samples != NULL) {
    r->rest = minimiser(problem->samples);
    r->w = malloc(q->d * sizeof *r->w);
  }
  if (r->rng == NULL || r->g == NULL || r->noise == NULL ||
      (problem->samples != NULL && (r->rest == NULL || r->w == NULL))) {
    run_free(r);
    return GSL_ENOMEM;
  }
  memcpy(r->g, q->g, q->d * sizeof *r->g);
  return GSL_SUCCESS;
}

/* region: noise */
static void draw_normals(run *r) {
  const quadratic *q = r->problem->q;
  for (size_t i = 0; i < q->d; i++)
    r->noise[i] = sqrt(q->v[i]) * gsl_ran_gaussian_ziggurat(r->rng, 1.0);
}

/* The gradient of the samples drawn, f (f'w - y) + r w, less the gradient. */
static void draw_samples(run *r) {
  const least_squares *p = r->problem->samples;
  const size_t d = r->problem->q->d, batch = r->problem->batch;
  for (size_t i = 0; i < d; i++) {
    r->w[i] = r->rest[i] + r->g[i] / p->spectrum->lambda[i];
    r->noise[i] = p->ridge * r->w[i] - r->g[i];
  }
  for (size_t drawn = 0; drawn < batch; drawn++) {
    const size_t pick = gsl_rng_uniform_int(r->rng, p->n);
    const double *f = gsl_matrix_const_ptr(p->features, pick, 0);
    double residual = -gsl_vector_get(p->y, pick);
    for (size_t i = 0; i < d; i++)
      residual += f[i] * r->w[i];
    const double share = residual / (double)batch;
    for (size_t i = 0; i < d; i++)
      r->noise[i] += f[i] * share;
  }
}

static void run_step(run *r, update_kind kind) {
  const quadratic *q = r->problem->q;
  if (r->problem->samples != NULL)
    draw_samples(r);
  else
    draw_normals(r);
  for (size_t i = 0; i < q->d; i++)
    if (update_moves(kind, i, q->k))
      r->g[i] -= q->eta * q->lambda[i] * (r->g[i] + r->noise[i]);
}
/* end region: noise */

/* |P g|/|g| without overflow, 0 for g = 0. */
static double chi_of(const double *g, size_t d, size_t k) {
  const gsl_vector_const_view all = gsl_vector_const_view_array(g, d),
                              top = gsl_vector_const_view_array(g, k);
  const double norm = gsl_blas_dnrm2(&all.vector);
  return norm > 0.0 ? gsl_blas_dnrm2(&top.vector) / norm : 0.0;
}

static bool measure(const run *r, size_t t, projected_record *record) {
  const quadratic *q = r->problem->q;
  double loss = 0.0, square = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const double moved = (r->g[i] - q->g[i]) / q->lambda[i];
    loss += r->g[i] * r->g[i] / (2.0 * q->lambda[i]);
    square += moved * moved;
  }
  if (isfinite(loss) && isfinite(square)) {
    *record = (projected_record){t, loss, chi_of(r->g, q->d, q->k), sqrt(square)};
    return true;
  }
  *record = (projected_record){t, INFINITY, 0.0, INFINITY};
  return false;
}

static bool rises(const size_t *t, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (t[i] <= t[i - 1])
      return false;
  return count > 0;
}

int projected_path(const projected_problem *problem, update_kind kind, uint32_t seed,
                   const size_t *t, size_t count, projected_record *records) {
  run r;
  if (!rises(t, count))
    return GSL_EINVAL;
  const int status = run_start(&r, problem, seed);
  if (status != GSL_SUCCESS)
    return status;
  bool finite = true;
  size_t now = 0;
  for (size_t i = 0; i < count; i++) {
    for (; finite && now < t[i]; now++)
      run_step(&r, kind);
    if (finite)
      finite = measure(&r, t[i], &records[i]);
    else
      records[i] = (projected_record){t[i], INFINITY, 0.0, INFINITY};
  }
  run_free(&r);
  return finite ? GSL_SUCCESS : GSL_EOVRFLW;
}

/* --- when it is aligned --------------------------------------------------------------------- */

/* region: switch */
double projected_average(double average, double chi, double factor) {
  return factor * average + (1.0 - factor) * chi;
}

int projected_switch(const projected_problem *problem, const projected_rule *rule, uint32_t seed,
                     size_t most, switch_found *out) {
  run r;
  if (!(rule->factor >= 0.0 && rule->factor < 1.0))
    return GSL_EINVAL;
  int status = run_start(&r, problem, seed);
  if (status != GSL_SUCCESS)
    return status;
  *out = (switch_found){.outcome = SWITCH_NEVER, .step = most};
  for (size_t t = 0; t <= most; t++) {
    projected_record now;
    if (!measure(&r, t, &now)) {
      *out = (switch_found){.outcome = SWITCH_DIVERGED, .step = t};
      break;
    }
    out->average = projected_average(out->average, now.chi, rule->factor);
    if (out->average > rule->level) {
      out->outcome = SWITCH_MET;
      out->step = t;
      out->state = quadratic_clone(problem->q);
      if (out->state == NULL)
        status = GSL_ENOMEM;
      else
        memcpy(out->state->g, r.g, problem->q->d * sizeof *r.g);
      break;
    }
    run_step(&r, UPDATE_WHOLE);
  }
  run_free(&r);
  return status;
}
/* end region: switch */

int projected_alignment(const projected_problem *problem, const projected_rule *rule, uint32_t seed,
                        size_t most, double *chi, double *average) {
  run r;
  if (!(rule->factor >= 0.0 && rule->factor < 1.0))
    return GSL_EINVAL;
  const int status = run_start(&r, problem, seed);
  if (status != GSL_SUCCESS)
    return status;
  bool finite = true;
  for (size_t t = 0; t <= most; t++) {
    projected_record now;
    chi[t] = average[t] = 0.0;
    finite = finite && measure(&r, t, &now);
    if (!finite)
      continue;
    chi[t] = now.chi;
    average[t] = projected_average(t > 0 ? average[t - 1] : 0.0, now.chi, rule->factor);
    run_step(&r, UPDATE_WHOLE);
  }
  run_free(&r);
  return finite ? GSL_SUCCESS : GSL_EOVRFLW;
}
