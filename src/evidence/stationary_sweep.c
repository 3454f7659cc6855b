#include "config.h"
#include "evidence/stationary_sweep.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include "claims/two_phases.h"

const double stationary_sweep_ratios[STATIONARY_SWEEP_POINTS] = {5,   10,  20,  50, 100,
                                                                 200, 300, 400, 500};

/* From `first` down to `last` in `count` equal steps, both included. */
static void equally_spaced(double *x, size_t count, double first, double last) {
  for (size_t i = 0; i < count; i++)
    x[i] = first + (last - first) * (double)i / (double)(count - 1);
}

/* region: problem */
quadratic *stationary_sweep_problem(double m) {
  const size_t d = 500, k = 50;
  const double bulk = 80.0 / (m + 0.1), noise = 0.5;
  quadratic *q = quadratic_alloc(d, k);
  if (q == NULL)
    return NULL;
  equally_spaced(q->lambda, k, 100.0, 80.0);
  equally_spaced(q->lambda + k, d - k, bulk, bulk / 7.0);
  for (size_t i = 0; i < d; i++) {
    q->g[i] = q->lambda[i];
    q->v[i] = noise * noise;
  }
  q->eta = 0.003;
  return q;
}
/* end region: problem */

/* Mean and second moment, each with its error. */
typedef struct {
  law_value mean, square;
} two_moments;

static int read_moments(const alignment_law *law, two_moments *out) {
  law_value variance;
  int status = alignment_law_mean(law, &out->mean);
  if (status == GSL_SUCCESS)
    status = alignment_law_variance(law, &variance);
  if (status == GSL_SUCCESS) {
    out->square.val = variance.val + out->mean.val * out->mean.val;
    out->square.err = variance.err + 2.0 * out->mean.val * out->mean.err;
  }
  return status;
}

static int moments_at(const quadratic *q, const double *spread, double t, two_moments *out) {
  alignment_law *law = NULL;
  int status = alignment_law_at_time(q, t, spread, &law, NULL);
  if (status == GSL_SUCCESS)
    status = read_moments(law, out);
  alignment_law_free(law);
  return status;
}

/* Averages over [from, to] by the Gauss-Legendre rule of so many nodes. */
static int average(const quadratic *q, const double *spread, double from, double to, size_t nodes,
                   two_moments *out) {
  gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(nodes);
  if (table == NULL)
    return GSL_ENOMEM;
  *out = (two_moments){{0.0, 0.0}, {0.0, 0.0}};
  int status = GSL_SUCCESS;
  for (size_t i = 0; i < nodes && status == GSL_SUCCESS; i++) {
    double t, weight;
    two_moments now;
    gsl_integration_glfixed_point(from, to, i, &t, &weight, table);
    status = moments_at(q, spread, t, &now);
    if (status != GSL_SUCCESS)
      break;
    weight /= to - from;
    out->mean.val += weight * now.mean.val;
    out->mean.err += weight * now.mean.err;
    out->square.val += weight * now.square.val;
    out->square.err += weight * now.square.err;
  }
  gsl_integration_glfixed_table_free(table);
  return status;
}

/* What sum and integral differ by, relative to the number of steps: the midpoint rule's first term,
 * (f'(to) - f'(from))/24, with the slope where it is steepest, at the start, in place of the
 * difference, and doubled for the terms after it. */
static double midpoint_rest(double slope, double steps) {
  return 2.0 * fabs(slope) / 24.0 / steps;
}

static int add_window(const quadratic *q, const double *spread, stationary_sweep_point *out) {
  enum { NODES = 12 };
  const double from = STATIONARY_SWEEP_FIRST - 0.5, to = STATIONARY_SWEEP_LAST + 0.5;
  two_moments coarse, fine, start, next;
  int status = average(q, spread, from, to, NODES, &coarse);
  if (status == GSL_SUCCESS)
    status = average(q, spread, from, to, 2 * NODES, &fine);
  if (status == GSL_SUCCESS)
    status = moments_at(q, spread, from, &start);
  if (status == GSL_SUCCESS)
    status = moments_at(q, spread, from + 1.0, &next);
  if (status != GSL_SUCCESS)
    return status;
  const double mean = fine.mean.val, variance = fine.square.val - mean * mean;
  const double mean_error = fabs(fine.mean.val - coarse.mean.val) + fine.mean.err +
                            midpoint_rest(next.mean.val - start.mean.val, to - from);
  const double square_error = fabs(fine.square.val - coarse.square.val) + fine.square.err +
                              midpoint_rest(next.square.val - start.square.val, to - from);
  const double deviation = sqrt(variance);
  out->window_mean = (law_value){mean, mean_error};
  out->window_deviation =
      (law_value){deviation, (square_error + 2.0 * mean * mean_error) / deviation};
  return GSL_SUCCESS;
}

int stationary_sweep_at(double m, stationary_sweep_point *out) {
  int status = GSL_ENOMEM;
  alignment_law *law = NULL;
  quadratic *q = stationary_sweep_problem(m);
  double *spread = NULL;
  law_value variance;
  if (q == NULL || (spread = malloc(q->d * sizeof *spread)) == NULL)
    goto cleanup;
  for (size_t i = 0; i < q->d; i++)
    spread[i] = q->g[i] * q->g[i];
  out->mean_field = two_phases_limit(q);
  status = alignment_law_stationary(q, &law, NULL);
  if (status == GSL_SUCCESS)
    status = alignment_law_mean(law, &out->mean);
  if (status == GSL_SUCCESS)
    status = alignment_law_variance(law, &variance);
  if (status != GSL_SUCCESS)
    goto cleanup;
  out->deviation = sqrt(variance.val);
  status = add_window(q, spread, out);

cleanup:
  alignment_law_free(law);
  quadratic_free(q);
  free(spread);
  return status;
}
