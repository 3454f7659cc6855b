#include "config.h"
#include "sim/bands.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_rstat.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#ifdef _OPENMP
#include <omp.h>
#endif

enum { QUANTILES = 3 };
/* Less than so many numbers to draw, or to take in, are no work for several threads: where another
 * program wants the processors too, threads wait for each other longer than that. */
static const double parallel_worth = 1e6;
static const double levels[QUANTILES] = {0.05, 0.50, 0.95};

/* What is kept of one number of one recorded step.  The quantile estimators are there only when the
 * replicates do not fit into one batch. */
typedef struct {
  gsl_rstat_workspace *moments;
  gsl_rstat_quantile_workspace *quantile[QUANTILES];
} keeper;

static bool keeper_make(keeper *k, bool estimates) {
  k->moments = gsl_rstat_alloc();
  bool made = k->moments != NULL;
  for (size_t i = 0; estimates && i < QUANTILES; i++) {
    k->quantile[i] = gsl_rstat_quantile_alloc(levels[i]);
    made = made && k->quantile[i] != NULL;
  }
  return made;
}

static void keeper_clear(keeper *k) {
  if (k->moments != NULL)
    gsl_rstat_free(k->moments);
  for (size_t i = 0; i < QUANTILES; i++)
    if (k->quantile[i] != NULL)
      gsl_rstat_quantile_free(k->quantile[i]);
}

static void keeper_add(keeper *k, double value) {
  if (isnan(value))
    return;
  gsl_rstat_add(value, k->moments);
  for (size_t i = 0; i < QUANTILES; i++)
    if (k->quantile[i] != NULL)
      gsl_rstat_quantile_add(value, k->quantile[i]);
}

/* `values` are those of the only batch, `stride` apart, or NULL where there were more. */
static band keeper_band(keeper *k, const double *values, size_t stride, size_t replicates) {
  band b = {gsl_rstat_n(k->moments), NAN, NAN, NAN, NAN, NAN};
  if (b.count > 0)
    b.mean = gsl_rstat_mean(k->moments);
  if (b.count > 1)
    b.sd = gsl_rstat_sd(k->moments);
  double *const out[QUANTILES] = {&b.low, &b.median, &b.high};
  double sorted[BANDS_BATCH];
  size_t n = 0;
  for (size_t r = 0; values != NULL && r < replicates; r++)
    if (!isnan(values[r * stride]))
      sorted[n++] = values[r * stride];
  gsl_sort(sorted, 1, n);
  for (size_t i = 0; b.count > 0 && i < QUANTILES; i++)
    *out[i] = values == NULL ? gsl_rstat_quantile_get(k->quantile[i])
                             : gsl_stats_quantile_from_sorted_data(sorted, 1, n, levels[i]);
  return b;
}

void bands_observe(const sgd_state *state, double *values, void *context) {
  (void)context;
  double square[2] = {0.0, 0.0}, loss[2] = {0.0, 0.0};
  for (size_t i = 0; i < state->d; i++) {
    const size_t set = i >= state->k;
    square[set] += state->g[i] * state->g[i];
    loss[set] += 0.5 * state->g[i] * (state->g[i] / state->lambda[i]);
  }
  values[BANDS_ALIGNMENT] = square[0] / (square[0] + square[1]);
  values[BANDS_DOMINANT_LOSS] = loss[0];
  values[BANDS_BULK_LOSS] = loss[1];
}

/* One replicate; values: count x series. */
static sgd_end run_one(const bands_request *q, sgd_run *run, uint64_t replicate, double *values) {
  sgd_run_start(run, q->seed, replicate);
  sgd_end end = sgd_run_advance(run, 0, NULL);
  size_t now = 0;
  for (size_t i = 0; i < q->count; i++) {
    if (end.code == GSL_SUCCESS) {
      end = sgd_run_advance(run, q->t[i] - now, NULL);
      now = q->t[i];
    }
    double *const row = values + i * q->series;
    if (end.code == GSL_SUCCESS)
      q->observe(sgd_run_state(run), row, q->context);
    else
      for (size_t s = 0; s < q->series; s++)
        row[s] = NAN;
  }
  return end;
}

static void note_end(bands_ends *ends, sgd_end end) {
  if (end.code == GSL_SUCCESS)
    return;
  ends->overflowed++;
  ends->first_overflow = end.t < ends->first_overflow ? end.t : ends->first_overflow;
}

/* Replicates first..first+length-1, each into its own place. */
static void run_batch(const bands_request *q, sgd_run **runs, int threads, size_t first,
                      size_t length, double *values, sgd_end *end) {
  const size_t size = q->count * q->series;
#ifdef _OPENMP
  const double work = (double)length * (double)q->t[q->count - 1] * (double)q->problem->d;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (work > parallel_worth)
  for (size_t r = 0; r < length; r++)
    end[r] = run_one(q, runs[omp_get_thread_num()], first + r, values + r * size);
#else
  (void)threads;
  for (size_t r = 0; r < length; r++)
    end[r] = run_one(q, runs[0], first + r, values + r * size);
#endif
}

/* What a batch gave, in the order of the replicates for each number. */
static void take_in(keeper *keepers, size_t size, const double *values, size_t length,
                    int threads) {
#ifdef _OPENMP
#pragma omp parallel for schedule(static)                                                          \
    num_threads(threads) if ((double)size * (double)length > parallel_worth)
#else
  (void)threads;
#endif
  for (size_t i = 0; i < size; i++)
    for (size_t r = 0; r < length; r++)
      keeper_add(&keepers[i], values[r * size + i]);
}

static bool rises(const size_t *t, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (t[i] <= t[i - 1])
      return false;
  return count > 0;
}

int bands_run(const bands_request *q, band *bands, bands_ends *ends, diagnostic *diag) {
  if (!rises(q->t, q->count))
    return diagnostic_set(diag, GSL_EINVAL, "the steps to record do not rise");
  if (q->replicates < 1 || q->series < 1)
    return diagnostic_set(diag, GSL_EINVAL, "%zu replicates of %zu series", q->replicates,
                          q->series);
  const size_t size = q->count * q->series;
  const size_t batch = q->replicates < BANDS_BATCH ? q->replicates : BANDS_BATCH;
  const bool estimates = q->replicates > BANDS_BATCH;
  const int asked = q->threads < 1 ? 1 : q->threads;
  const int threads = (size_t)asked < batch ? asked : (int)batch;
  sgd_problem problem = *q->problem;
  problem.threads = q->replicates == 1 ? asked : 1;

  int status = GSL_ENOMEM;
  sgd_run **runs = calloc((size_t)threads, sizeof *runs);
  keeper *keepers = calloc(size, sizeof *keepers);
  double *values = calloc(batch, size * sizeof *values);
  if (runs == NULL || keepers == NULL || values == NULL)
    goto cleanup;
  for (int i = 0; i < threads; i++) {
    status = sgd_run_alloc(&problem, &runs[i], diag);
    if (status != GSL_SUCCESS)
      goto cleanup;
  }
  status = GSL_ENOMEM;
  for (size_t i = 0; i < size; i++)
    if (!keeper_make(&keepers[i], estimates))
      goto cleanup;

  *ends = (bands_ends){0, SIZE_MAX};
  for (size_t first = 0; first < q->replicates; first += batch) {
    const size_t length = q->replicates - first < batch ? q->replicates - first : batch;
    sgd_end end[BANDS_BATCH];
    run_batch(q, runs, threads, first, length, values, end);
    for (size_t r = 0; r < length; r++)
      note_end(ends, end[r]);
    take_in(keepers, size, values, length, threads);
    if (q->progress != NULL && !q->progress(first + length, q->replicates, q->progress_context)) {
      status = diagnostic_set(diag, GSL_EFAILED, "stopped");
      goto cleanup;
    }
  }
  for (size_t i = 0; i < size; i++)
    bands[i] = keeper_band(&keepers[i], estimates ? NULL : values + i, size, q->replicates);
  status = GSL_SUCCESS;

cleanup:
  for (int i = 0; runs != NULL && i < threads; i++)
    sgd_run_free(runs[i]);
  for (size_t i = 0; keepers != NULL && i < size; i++)
    keeper_clear(&keepers[i]);
  free(runs);
  free(keepers);
  free(values);
  return status == GSL_ENOMEM ? diagnostic_set(diag, status, "out of memory") : status;
}
