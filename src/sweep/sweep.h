/* sweep.h -- the runs of a plan: each is one path of SGD, summed up in one row.
 *
 * A run's alignment is alpha_t, t = 1..steps, alpha_t after t steps from x ~ N(0, I).  Rows depend
 * on the plan alone: not on threads, ranks, shards, or on what was done before. */
#ifndef SUSPALIGN_SWEEP_SWEEP_H
#define SUSPALIGN_SWEEP_SWEEP_H

#include <stdio.h>
#include "model/diagnostic.h"
#include "sweep/decay_fit.h"
#include "sweep/journal.h"
#include "sweep/plan.h"

/* Of rows, tables and journals; a file of another one is refused. */
enum { SWEEP_FORMAT = 2, SWEEP_TITLE_LENGTH = 160 };

typedef struct {
  sweep_cell cell;
  double edge; /* 2/lambda_1: from there on a step has no stationary state */
  int ended; /* GSL_SUCCESS; GSL_EOVRFLW or GSL_EUNDRFLW where |g|^2 was no finite number, or 0, */
  size_t ended_at; /* at that step: then nothing below is set */
  double mean;     /* of alpha over the last `window` steps */
  double variance; /* the same with the divisor `window`; two passes */
  decay_fit decay; /* of alpha_1, ..., alpha_steps */
} sweep_result;

/* One run, on this thread.  O(steps) memory.  GSL_SUCCESS, also of a run that ended early;
 * GSL_ENOMEM. */
int sweep_run(const sweep_plan *plan, size_t run, sweep_result *out);

/* All runs, in the order of the grid, on so many threads (0: as OpenMP chooses); results has length
 * sweep_plan_runs.  Codes as sweep_run; on error the results are not to be used. */
int sweep_results(const sweep_plan *plan, int threads, sweep_result *results);

/* --- rows ------------------------------------------------------------------------------------ */

/* The row as text: values to 17 digits, separated by tabs, "-" where there is none, and last a
 * remark in words that says why.  Owned by the caller; NULL when memory is out. */
char *sweep_row(const sweep_result *result);

/* Takes the rows, one call at a time and in any order.  Another code than GSL_SUCCESS ends the
 * sweep with it. */
typedef int sweep_sink(void *context, size_t run, const char *row);

/* Runs[0..count) on so many threads (0: as OpenMP chooses).  The first code that is not
 * GSL_SUCCESS, of sweep_run or of the sink; what is running then is let go on to its end. */
int sweep_rows(const sweep_plan *plan, const size_t *runs, size_t count, int threads,
               sweep_sink *sink, void *context);

/* --- files ----------------------------------------------------------------------------------- */

/* "suspalign sweep FORMAT, version V, plan HASH", without a newline. */
void sweep_title(const sweep_plan *plan, char title[SWEEP_TITLE_LENGTH]);

/* The table: the title and the plan as comments, the names of the columns, then one line a run in
 * the order of the grid, and a comment with the CRC-32 of all that.  Every row has to be known.
 * GSL_SUCCESS or GSL_ENOMEM; the stream's own errors are the caller's. */
int sweep_table_print(const sweep_plan *plan, const journal_rows *rows, FILE *stream);

/* Whether `file` is the whole table of that plan (*complete), not there (GSL_SUCCESS, *complete
 * false), or something else: GSL_EINVAL with "FILE:1: ..." (of another plan) or "FILE: ..." (cut
 * or altered), GSL_EFAILED where it cannot be read or is no regular file. */
int sweep_table_check(const sweep_plan *plan, const char *file, int *complete, diagnostic *diag);

#endif
