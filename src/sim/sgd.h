/* sgd.h -- one run of SGD on a quadratic in its eigenbasis, at the speed of drawing its noise.
 *
 * One step of size eta_t is g_i <- (1 - eta_t lambda_i) g_i - eta_t lambda_i xi_i.
 *
 * STREAMS   Directions are cut into blocks of SGD_BLOCK; block b of a replicate draws from the
 *   stream (seed, replicate, b) of stream.h, one number a direction and step, in the order of the
 *   directions; a random start is drawn from the stream (seed, replicate, SGD_START).  So the numbers of a run depend on seed and
 *   replicate alone: not on threads, on what is recorded, or on the runs beside it.
 * ROUNDING  A coordinate's update has three roundings, its square one more; sums over directions are
 *   made in eight lanes and in the order of the blocks (relative error of a sum of squares:
 *   (d/8 + 8) 2^-53 and less).
 * DOMAIN    1 <= k < d; lambda finite and > 0 (any order within each set); eta finite and >= 0.
 * UNITS     t in steps; sd in [g]. */
#ifndef SUSPALIGN_SIM_SGD_H
#define SUSPALIGN_SIM_SGD_H

#include <stddef.h>
#include <stdint.h>
#include "sim/kernel.h"

enum { SGD_BLOCK = 1024 };
#define SGD_START UINT64_MAX

/* Where a run ended before its last step: not at all, or with the step whose state was the first
 * with |g|^2 infinite or not a number (GSL_EOVRFLW), or zero (GSL_EUNDRFLW: no alignment). */
typedef struct {
  int code; /* GSL_SUCCESS, GSL_EOVRFLW, GSL_EUNDRFLW */
  size_t t;
} sgd_end;

/* Gaussian noise, independent along the directions; arrays of length d, borrowed. */
typedef struct {
  size_t d, k;
  const double *lambda;
  const double *sd;    /* standard deviation of xi_i, >= 0 */
  const double *start; /* g_0; NULL: g_0,i = lambda_i x_i with x ~ N(0, I) */
  double eta;          /* constant */
} sgd_problem;

/* alpha_t = |P g_t|^2 / |g_t|^2 for t = 0..steps of one replicate into alpha, of length steps + 1.
 * One thread.  GSL_SUCCESS, also of a run that ended early: then end->code says so and alpha is
 * written for t < end->t alone; GSL_EINVAL (not 1 <= k < d), GSL_ENOMEM.  O(d) memory. */
int sgd_alignment_path(const sgd_problem *problem, uint64_t seed, uint64_t replicate, size_t steps,
                       double *alpha, sgd_end *end);

#endif
