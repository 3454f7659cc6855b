/* plan.h -- what a sweep is to do: a grid of runs, read from a text that a person writes.
 *
 * FORMAT  INI, read by inih: sections in brackets, `key = value`, comments from ; or # at the start
 * of a line and from " ;" within one.  A value is one number or, in [grid], a list separated by
 * commas or blanks that may go on over indented lines; whole numbers also as first..last.
 *
 *   [grid]                        the runs: all combinations
 *   m     = 5, 10, 20             gap ratios
 *   eta   = 0.003                 step sizes, above 0
 *   sigma = 0.5                   standard deviation of the noise along every direction, from 0
 *   d     = 500                   directions
 *   k     = 50                    of them dominant, 1 <= k < d
 *   steps = 30000
 *   seeds = 1..7                  from 0 to 2^64 - 1
 *   [spectrum]                    the dominant eigenvalues are equally spaced from
 *   top    = 100                  `top` down to
 *   bottom = 80                   `bottom`, the bulk's from b = bottom/(m + offset)
 *   offset = 0.1                  down to b/fall
 *   fall   = 7
 *   [statistics]
 *   window = 10000                the last steps, over which alpha is averaged
 *
 * Every key is needed, each once. */
#ifndef SUSPALIGN_SWEEP_PLAN_H
#define SUSPALIGN_SWEEP_PLAN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "model/diagnostic.h"
#include "model/quadratic.h"

enum { SWEEP_RUNS_MOST = 1000000, SWEEP_STEPS_MOST = 10000000, SWEEP_DIRECTIONS_MOST = 100000 };

/* The axes of the grid, the slowest first: run 0 has the first value of each, run 1 the second
 * seed. */
typedef enum {
  SWEEP_M,
  SWEEP_ETA,
  SWEEP_SIGMA,
  SWEEP_D,
  SWEEP_K,
  SWEEP_STEPS,
  SWEEP_SEED,
  SWEEP_AXES
} sweep_axis;

typedef struct {
  size_t count[SWEEP_AXES];    /* at least 1 */
  double *real[SWEEP_D];       /* of m, eta and sigma; owned */
  uint64_t *whole[SWEEP_AXES]; /* of the others, NULL for the first three; owned */
  double top, bottom, offset, fall;
  size_t window;
} sweep_plan;

/* One run of the grid. */
typedef struct {
  double m, eta, sigma;
  size_t d, k, steps;
  uint64_t seed;
} sweep_cell;

/* Reads a whole file.  GSL_SUCCESS, or "FILE: ..." or "FILE:LINE: ..." with
 *   GSL_EFAILED  the file cannot be read;
 *   GSL_EINVAL   an unknown section or key, a key twice or missing, no number, not a whole number,
 *                a line of another form or too long for inih, a NUL byte;
 *   GSL_EDOM     a number out of its range, k >= d, a window longer than the run;
 *   GSL_ENOMEM.
 * *out is written on success alone. */
int sweep_plan_read(const char *file, sweep_plan **out, diagnostic *diag);

/* The same of a text in memory; `name` stands for the file in messages. */
int sweep_plan_parse(const char *name, const char *text, size_t length, sweep_plan **out,
                     diagnostic *diag);

/* The bytes of a file, not looked at; owned by the caller.  GSL_SUCCESS, GSL_EFAILED, GSL_EINVAL
 * (longer than 1 MiB), GSL_ENOMEM. */
int sweep_plan_load(const char *file, char **out, size_t *size, diagnostic *diag);

void sweep_plan_free(sweep_plan *plan);

/* The number of runs, at most SWEEP_RUNS_MOST. */
size_t sweep_plan_runs(const sweep_plan *plan);

/* The run of that number, from 0. */
sweep_cell sweep_plan_cell(const sweep_plan *plan, size_t run);

/* Everything that the results depend on, in one form: two plans are the same if these bytes are. */
void sweep_plan_print(const sweep_plan *plan, FILE *stream);

/* 64 bits of those bytes (FNV-1a); 0 when memory is out. */
uint64_t sweep_plan_hash(const sweep_plan *plan);

/* The problem of a run: its spectrum, v_i = sigma^2, eta, and g_i = lambda_i, the deviation of the
 * gradient at the start x ~ N(0, I).  NULL when memory is out. */
quadratic *sweep_plan_problem(const sweep_plan *plan, const sweep_cell *cell);

/* The seed of a run's random numbers: of the cell's own values, seed among them, and the
 * spectrum's; not of its place in the grid nor of `steps`, so that another plan with the same cell
 * has the same run, and a longer one continues it. */
uint64_t sweep_plan_stream(const sweep_plan *plan, const sweep_cell *cell);

#endif
