/* ensemble.h -- many independent SGD runs on one quadratic, in the eigenbasis, with Gaussian
 * noise: what a run really does, next to what the mean field says.
 *
 * One step is g_i <- (1 - eta lambda_i) g_i - eta lambda_i xi_i with xi_i ~ N(0, v_i) independent
 * over directions and steps, at the constant step q->eta.
 *
 * DOMAIN  q within the domain of quadratic.h, 0 < q->eta < 2/lambda_1, no bias, no covariance.
 * UNITS   t in steps; squares in [g]^2. */
#ifndef SUSPALIGN_SIM_ENSEMBLE_H
#define SUSPALIGN_SIM_ENSEMBLE_H

#include <stddef.h>
#include <stdint.h>
#include "model/quadratic.h"

/* One run with the stream of `seed`: |P g_t|^2 and |Q g_t|^2 at the steps t[0] < t[1] < ... into
 * dominant and bulk, each of length `count`.
 *
 * Draws: at every step one standard normal a direction (gsl_ran_gaussian_ziggurat on mt19937), in
 * the order of the directions, also where v_i = 0.  The same seed gives the same bytes.
 * GSL_SUCCESS, GSL_EINVAL (the steps do not rise, or count is 0), GSL_ENOMEM. */
int ensemble_path(const quadratic *q, uint32_t seed, const size_t *t, size_t count,
                  double *dominant, double *bulk);

/* Over the replicates, at one recorded step. */
typedef struct {
  size_t t;
  double low, median, high;        /* 5, 50, 95 % quantiles of |P g_t|^2 / |g_t|^2 */
  double mean;                     /* of the same */
  double dominant, dominant_error; /* mean of |P g_t|^2 and its standard error */
  double bulk, bulk_error;         /* the same of |Q g_t|^2 */
} ensemble_record;

/* Replicate r runs on the stream of random_trial_seed(run_seed, name, r); records has length
 * `count`.  O(replicates * t[count-1] * d) time, O(replicates * count) memory.
 * GSL_SUCCESS, GSL_EINVAL (replicates < 2, or as ensemble_path), GSL_ENOMEM; on error the records
 * are not to be used. */
int ensemble_run(const quadratic *q, uint64_t run_seed, const char *name, size_t replicates,
                 const size_t *t, size_t count, ensemble_record *records);

#endif
