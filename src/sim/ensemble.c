#include "config.h"
#include "sim/ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include "model/random.h"
#include "sim/times.h"

static double square_sum(const double *x, size_t from, size_t to) {
  double sum = 0.0;
  for (size_t i = from; i < to; i++)
    sum += x[i] * x[i];
  return sum;
}

/* region: step */
static void step(double *g, const double *kept, const double *spread, size_t d, gsl_rng *rng) {
  for (size_t i = 0; i < d; i++) {
    const double normal = gsl_ran_gaussian_ziggurat(rng, 1.0);
    g[i] = kept[i] * g[i] - spread[i] * normal;
  }
}
/* end region: step */

int ensemble_path(const quadratic *q, uint32_t seed, const size_t *t, size_t count,
                  double *dominant, double *bulk) {
  if (!times_rise(t, count))
    return GSL_EINVAL;
  const size_t d = q->d;
  int status = GSL_ENOMEM;
  gsl_rng *rng = random_alloc(seed);
  double *work = malloc(3 * d * sizeof *work);
  if (rng == NULL || work == NULL)
    goto cleanup;
  double *const g = work, *const kept = work + d, *const spread = work + 2 * d;
  memcpy(g, q->g, d * sizeof *g);
  for (size_t i = 0; i < d; i++) {
    const double move = q->eta * q->lambda[i];
    kept[i] = 1.0 - move;
    spread[i] = move * sqrt(q->v[i]);
  }
  size_t now = 0;
  for (size_t i = 0; i < count; i++) {
    for (; now < t[i]; now++)
      step(g, kept, spread, d, rng);
    dominant[i] = square_sum(g, 0, q->k);
    bulk[i] = square_sum(g, q->k, d);
  }
  status = GSL_SUCCESS;

cleanup:
  if (rng != NULL)
    gsl_rng_free(rng);
  free(work);
  return status;
}

/* The squares of all replicates at one step, spaced by `stride`; scratch has one slot a replicate
 * and is overwritten. */
static void summarise(const double *dominant, const double *bulk, size_t stride, size_t replicates,
                      double *scratch, ensemble_record *record) {
  for (size_t r = 0; r < replicates; r++) {
    const double on = dominant[r * stride], off = bulk[r * stride];
    scratch[r] = on / (on + off);
  }
  record->mean = gsl_stats_mean(scratch, 1, replicates);
  gsl_sort(scratch, 1, replicates);
  record->low = gsl_stats_quantile_from_sorted_data(scratch, 1, replicates, 0.05);
  record->median = gsl_stats_quantile_from_sorted_data(scratch, 1, replicates, 0.50);
  record->high = gsl_stats_quantile_from_sorted_data(scratch, 1, replicates, 0.95);
  const double root = sqrt((double)replicates);
  record->dominant = gsl_stats_mean(dominant, stride, replicates);
  record->dominant_error = gsl_stats_sd_m(dominant, stride, replicates, record->dominant) / root;
  record->bulk = gsl_stats_mean(bulk, stride, replicates);
  record->bulk_error = gsl_stats_sd_m(bulk, stride, replicates, record->bulk) / root;
}

int ensemble_run(const quadratic *q, uint64_t run_seed, const char *name, size_t replicates,
                 const size_t *t, size_t count, ensemble_record *records) {
  if (replicates < 2)
    return GSL_EINVAL;
  int status = GSL_ENOMEM;
  double *dominant = calloc(replicates, count * sizeof *dominant);
  double *bulk = calloc(replicates, count * sizeof *bulk);
  double *scratch = calloc(replicates, sizeof *scratch);
  if (dominant == NULL || bulk == NULL || scratch == NULL)
    goto cleanup;
  for (size_t r = 0; r < replicates; r++) {
    const uint32_t seed = random_trial_seed(run_seed, name, r);
    status = ensemble_path(q, seed, t, count, dominant + r * count, bulk + r * count);
    if (status != GSL_SUCCESS)
      goto cleanup;
  }
  for (size_t i = 0; i < count; i++) {
    records[i].t = t[i];
    summarise(dominant + i, bulk + i, count, replicates, scratch, &records[i]);
  }

cleanup:
  free(dominant);
  free(bulk);
  free(scratch);
  return status;
}
