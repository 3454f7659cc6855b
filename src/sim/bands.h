/* bands.h -- many runs of one problem, at chosen steps: mean, spread and quantiles over the
 * replicates, in one pass.
 *
 * MEMORY  O(count * series) for what is recorded, plus BANDS_BATCH replicates of it, plus O(d) a
 *   thread: never the paths, never steps * d.
 * ORDER   Replicates run in batches of BANDS_BATCH, in any order inside one; what they give is
 * taken in by number of the replicate.  The same bytes for any number of threads. QUANTILES  Of up
 * to BANDS_BATCH replicates those of the sorted values, interpolated linearly
 *   (gsl_stats_quantile_from_sorted_data); of more, estimates by the P^2 method of R. Jain and I.
 *   Chlamtac (Comm. ACM 28(10), 1985; gsl_rstat_quantile), which keeps five numbers of all. */
#ifndef SUSPALIGN_SIM_BANDS_H
#define SUSPALIGN_SIM_BANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/diagnostic.h"
#include "sim/sgd.h"

enum { BANDS_BATCH = 64 };

/* Over the replicates that have a value. */
typedef struct {
  size_t count;
  double mean, sd;          /* sd with count - 1; NaN where count < 1, < 2 */
  double low, median, high; /* 5, 50, 95 % quantiles; NaN where count < 1 */
} band;

/* How the replicates ended. */
typedef struct {
  size_t overflowed;     /* replicates with GSL_EOVRFLW */
  size_t first_overflow; /* the least t of these; SIZE_MAX for none */
} bands_ends;

typedef struct {
  const sgd_problem *problem; /* its field `threads` is not read */
  uint64_t seed;
  size_t replicates;
  const size_t *t; /* rising: the steps to record */
  size_t count;
  size_t series; /* numbers that observe gives */
  /* Writes `series` numbers; NaN: this replicate has no value.  Called from several threads. */
  void (*observe)(const sgd_state *state, double *values, void *context);
  void *context;
  int threads; /* over replicates; inside a step where there is one replicate; 0 is 1 */
  /* NULL, or called between batches by the calling thread; false stops (GSL_EFAILED). */
  bool (*progress)(size_t done, size_t replicates, void *context);
  void *progress_context;
} bands_request;

/* bands: count x series, row by row; ends.  Of a replicate that ended at t, what is recorded at t
 * and after has no value.  GSL_SUCCESS; GSL_EINVAL (steps that do not rise, none, or no
 * replicates), codes of sgd_run_alloc, GSL_ENOMEM, GSL_EFAILED (stopped). */
int bands_run(const bands_request *request, band *bands, bands_ends *ends, diagnostic *diag);

/* The observer of three series: alpha_t (NaN where g = 0), L_D, L_B (halves of sum g_i^2/lambda_i).
 */
enum { BANDS_ALIGNMENT, BANDS_DOMINANT_LOSS, BANDS_BULK_LOSS, BANDS_SERIES };
void bands_observe(const sgd_state *state, double *values, void *context);

#endif
