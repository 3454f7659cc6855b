/* toy_runs.h -- runs of SGD and its projections on the toy model of two losses (model/toy.h).
 *
 * What a run does, and the TRUE expected alignment as a mean over runs, beside the mean-field one
 * that the second moments give. */
#ifndef SUSPALIGN_SIM_TOY_RUNS_H
#define SUSPALIGN_SIM_TOY_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/toy.h"

/* SGD, or one of its projections from step `from` on. */
typedef struct {
  bool keeps_x, keeps_y; /* Bulk-SGD keeps x, Dom-SGD y */
  size_t from;
} toy_runs_switch;

/* One run on the stream of `seed`: x and y at the steps steps[0] < steps[1] < ..., each of length
 * `count`.  One draw a step, whether it is used or not, so that runs of one seed with another
 * switch follow the same losses.  GSL_SUCCESS, GSL_EINVAL (the steps do not rise, or count is 0),
 * GSL_ENOMEM. */
int toy_runs_path(const toy *t, uint32_t seed, toy_runs_switch change, const size_t *steps,
                  size_t count, double *x, double *y);

/* chi_1 = |a x|/sqrt(a^2 x^2 + b^2 y^2); 0 where the gradient is 0. */
double toy_runs_chi(const toy *t, double x, double y);

typedef struct {
  double alignment, alignment_error; /* mean of chi_1^2 over the runs, and its standard error */
  double chi, chi_error;             /* of chi_1 */
} toy_runs_record;

/* Replicate i runs SGD on the stream of random_trial_seed(run_seed, name, i).  replicates >= 2;
 * codes as toy_runs_path. */
int toy_runs_mean(const toy *t, uint64_t run_seed, const char *name, size_t replicates,
                  const size_t *steps, size_t count, toy_runs_record *records);

#endif
