/* effective_step.h -- effective step sizes: what an update does along the gradient, part by part.
 *
 *   dominant = <x - x+, P g> / |P g|^2,  bulk = <x - x+, Q g> / |Q g|^2.
 *
 * Gradient descent has its own step size for both.  The definition in print has x+ - x, the other
 * sign (theory/printed_effective_step).
 *
 * UNITS   of a step size; x, x+ and g in the eigenbasis. */
#ifndef SUSPALIGN_MODEL_EFFECTIVE_STEP_H
#define SUSPALIGN_MODEL_EFFECTIVE_STEP_H

#include <stddef.h>

typedef struct {
  double dominant, bulk;
} effective_step;

/* update = x - x+ and g have length d, the first k coordinates are dominant.  GSL_SUCCESS, or
 * GSL_EDOM when P g or Q g is 0: then *out is untouched.  Absolute error gamma_{2d+4} times
 * |P u| |P g|/|P g|^2, and likewise in the bulk. */
int effective_step_of(const double *update, const double *g, size_t d, size_t k,
                      effective_step *out);

/* What heavy-ball momentum, x+ = x - eta g + beta (x - x_before), tends to along one direction,
 * where it does not oscillate, eta lambda < (1 - sqrt(beta))^2: the smaller root e of
 *   lambda e^2 - (1 - beta + eta lambda) e + eta = 0,
 * which lies between eta/(1 - beta) and 2 eta/(1 - beta + eta lambda).  0 <= beta < 1.  NaN where
 * it oscillates. */
double effective_step_of_momentum(double lambda, double eta, double beta);

#endif
