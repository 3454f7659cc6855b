#include "config.h"
#include "sim/optimiser.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_rstat.h>
#include <gsl/gsl_vector.h>

/* All in the eigenbasis but for the averages and the update that they make. */
enum { GRADIENT, UPDATE, SEEN, FIRST, SECOND, MADE, VECTORS };

static bool is_valid(const optimiser_rule *rule, const quadratic *q, const gsl_matrix *basis) {
  return rule->eta > 0.0 && isfinite(rule->eta) && rule->momentum >= 0.0 && rule->momentum < 1.0 &&
         (!rule->adaptive || (rule->second >= 0.0 && rule->second < 1.0 && rule->epsilon > 0.0)) &&
         (basis == NULL || (basis->size1 == q->d && basis->size2 == q->d));
}

/* region: update */
/* MADE from SEEN, one coordinate at a time; t counts from 1. */
static void make_update(gsl_vector *const x[VECTORS], const optimiser_rule *rule, size_t t) {
  const double first = rule->adaptive ? 1.0 - rule->momentum : 1.0;
  const double first_bias = rule->adaptive ? 1.0 - pow(rule->momentum, (double)t) : 1.0;
  const double second_bias = 1.0 - pow(rule->second, (double)t);
  for (size_t i = 0; i < x[SEEN]->size; i++) {
    const double g = gsl_vector_get(x[SEEN], i);
    double *const b = gsl_vector_ptr(x[FIRST], i), *const c = gsl_vector_ptr(x[SECOND], i);
    *b = rule->momentum * *b + first * g;
    *c = rule->second * *c + (1.0 - rule->second) * g * g;
    const double scale = rule->adaptive ? sqrt(*c / second_bias) + rule->epsilon : 1.0;
    gsl_vector_set(x[MADE], i, rule->eta * (*b / first_bias) / scale);
  }
}

static void step(gsl_vector *const x[VECTORS], const gsl_matrix *basis, const optimiser_rule *rule,
                 size_t t) {
  if (basis == NULL)
    gsl_vector_memcpy(x[SEEN], x[GRADIENT]);
  else
    gsl_blas_dgemv(CblasNoTrans, 1.0, basis, x[GRADIENT], 0.0, x[SEEN]);
  make_update(x, rule, t);
  if (basis == NULL)
    gsl_vector_memcpy(x[UPDATE], x[MADE]);
  else
    gsl_blas_dgemv(CblasTrans, 1.0, basis, x[MADE], 0.0, x[UPDATE]);
}
/* end region: update */

static double loss_of(const gsl_vector *g, const quadratic *q) {
  double loss = 0.0;
  for (size_t i = 0; i < q->d; i++)
    loss += gsl_vector_get(g, i) * gsl_vector_get(g, i) / (2.0 * q->lambda[i]);
  return loss;
}

static void summarise(gsl_rstat_workspace *stats[2], optimiser_summary *out) {
  out->counted = gsl_rstat_n(stats[0]);
  const bool any = out->counted > 0;
  out->mean =
      (effective_step){any ? gsl_rstat_mean(stats[0]) : 0.0, any ? gsl_rstat_mean(stats[1]) : 0.0};
  const double share = any ? sqrt(1.0 - 1.0 / (double)out->counted) : 0.0;
  const bool spread = out->counted > 1;
  out->deviation = (effective_step){spread ? share * gsl_rstat_sd(stats[0]) : 0.0,
                                    spread ? share * gsl_rstat_sd(stats[1]) : 0.0};
}

int optimiser_run(const quadratic *q, const gsl_matrix *basis, const optimiser_rule *rule,
                  size_t steps, optimiser_summary *out, effective_step *path) {
  int status = GSL_ENOMEM;
  gsl_vector *x[VECTORS] = {NULL};
  gsl_rstat_workspace *stats[2] = {NULL, NULL};
  if (!is_valid(rule, q, basis))
    return GSL_EINVAL;
  for (int n = 0; n < VECTORS; n++)
    if ((x[n] = gsl_vector_calloc(q->d)) == NULL)
      goto cleanup;
  for (int part = 0; part < 2; part++)
    if ((stats[part] = gsl_rstat_alloc()) == NULL)
      goto cleanup;
  memcpy(x[GRADIENT]->data, q->g, q->d * sizeof *q->g);
  out->start = out->end = loss_of(x[GRADIENT], q);
  status = isfinite(out->start) ? GSL_SUCCESS : GSL_EOVRFLW;
  for (size_t t = 0; t < steps && status == GSL_SUCCESS; t++) {
    effective_step now = {NAN, NAN};
    step(x, basis, rule, t + 1);
    if (effective_step_of(x[UPDATE]->data, x[GRADIENT]->data, q->d, q->k, &now) == GSL_SUCCESS &&
        isfinite(now.dominant) && isfinite(now.bulk)) {
      gsl_rstat_add(now.dominant, stats[0]);
      gsl_rstat_add(now.bulk, stats[1]);
    }
    if (path != NULL)
      path[t] = now;
    for (size_t i = 0; i < q->d; i++)
      *gsl_vector_ptr(x[GRADIENT], i) -= q->lambda[i] * gsl_vector_get(x[UPDATE], i);
    out->end = loss_of(x[GRADIENT], q);
    if (!isfinite(out->end)) {
      out->end = INFINITY;
      status = GSL_EOVRFLW;
    }
  }
  summarise(stats, out);

cleanup:
  for (int n = 0; n < VECTORS; n++)
    if (x[n] != NULL)
      gsl_vector_free(x[n]);
  for (int part = 0; part < 2; part++)
    if (stats[part] != NULL)
      gsl_rstat_free(stats[part]);
  return status;
}
