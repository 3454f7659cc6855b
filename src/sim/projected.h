/* projected.h -- single runs of SGD, Dom-SGD and Bulk-SGD on a quadratic in its eigenbasis, and the
 * step at which a run has become aligned.
 *
 * A step is g_i <- g_i - eta lambda_i (g_i + xi_i) in every direction that the update moves, at the
 * constant step q->eta.  With `samples` NULL, xi_i = sqrt(v_i) z_i; else xi is the noise of a
 * mini-batch of `batch` samples drawn with replacement, exactly, and v is not read: q is then a
 * state of that problem (least_squares_state).
 *
 * chi = |P g|/|g| is the root of the alignment; it is 0 where g is.
 *
 * DOMAIN  q within the domain of quadratic.h, q->eta > 0, stable or not.
 * UNITS   t in steps; losses in [g]^2/[lambda], distances in [g]/[lambda]. */
#ifndef SUSPALIGN_SIM_PROJECTED_H
#define SUSPALIGN_SIM_PROJECTED_H

#include <stddef.h>
#include <stdint.h>
#include "model/least_squares.h"
#include "model/projected_update.h"
#include "model/quadratic.h"

typedef struct {
  const quadratic *q;           /* the start; borrowed */
  const least_squares *samples; /* borrowed, or NULL */
  size_t batch;
} projected_problem;

typedef struct {
  size_t t;
  double loss;     /* sum g_i^2/(2 lambda_i): L less its least value */
  double chi;      /* of the gradient */
  double distance; /* |x_t - x_0| */
} projected_record;

/* One run with the stream of `seed` (GSL's mt19937) and its records at t[0] < t[1] < ...
 *
 * Draws: at every step one standard normal a direction (gsl_ran_gaussian_ziggurat), in the order of
 * the directions, also where the update does not move: runs of one seed have the same noise.  Or
 * one uniform integer a sample.
 * GSL_SUCCESS; GSL_EOVRFLW where the loss overflows: from there on records have loss and distance
 * INFINITY and chi 0; GSL_EINVAL (the steps do not rise, no batch), GSL_ENOMEM. */
int projected_path(const projected_problem *problem, update_kind kind, uint32_t seed,
                   const size_t *t, size_t count, projected_record *records);

/* A_t = factor A_{t-1} + (1 - factor) chi_t from A_{-1} = 0; the run has become aligned at the
 * first t with A_t > level.  Starting from 0, that is no sooner than chi = 1 throughout would have
 * it: (1 - factor^(t+1)) > level. */
typedef struct {
  double factor, level;
} projected_rule;

#define PROJECTED_FACTOR 0.9
#define PROJECTED_LEVEL 0.95

double projected_average(double average, double chi, double factor);

typedef enum { SWITCH_MET, SWITCH_NEVER, SWITCH_DIVERGED } switch_outcome;

typedef struct {
  switch_outcome outcome;
  size_t step;      /* the first aligned one; `most` if none is; or that of the overflow */
  double average;   /* A there; 0 after an overflow */
  quadratic *state; /* a copy of q with the gradient there, owned; NULL unless SWITCH_MET */
} switch_found;

/* SGD until the rule is met, for at most `most` steps (checked at t = 0, 1, ..., most).
 * GSL_SUCCESS whatever the outcome, GSL_EINVAL (factor not in [0, 1), no batch), GSL_ENOMEM. */
int projected_switch(const projected_problem *problem, const projected_rule *rule, uint32_t seed,
                     size_t most, switch_found *out);

/* chi and its average at the steps 0..most of the same run, into arrays of length most + 1; codes
 * as of projected_path, the arrays being 0 from an overflow on. */
int projected_alignment(const projected_problem *problem, const projected_rule *rule, uint32_t seed,
                        size_t most, double *chi, double *average);

#endif
