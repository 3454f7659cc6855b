/* toy.h -- a quadratic of one steep and one flat direction, whose SGD draws one of two losses.
 *
 * L(x, y) = (a x^2 + b y^2)/2, l_+- = L +- c x y; a step of SGD follows the gradient of l_+ or of
 * l_-, each with probability 1/2.  That is the gradient of L with the noise +-c (y, x): unbiased,
 * state-dependent, of two outcomes.  With p = 1 - eta a, r = 1 - eta b, e = eta c,
 *   (x, y) <- (p x -+ e y, r y -+ e x).
 * The dominant direction is that of x, whose gradient is a x.  arXiv:2405.16002, section A.2, has
 * a = 1000, b = 1, c = 100, eta = 10^-4 and the start (1, 1).
 *
 * UNITS   a, b, c in 1/[eta]; x and y share one unit.
 * DOMAIN  a, b, eta > 0 and all numbers finite, their powers up to the fourth neither overflowing
 * nor underflowing (the error bounds below rely on it). */
#ifndef SUSPALIGN_MODEL_TOY_H
#define SUSPALIGN_MODEL_TOY_H

#include <stdbool.h>
#include "model/quadratic.h"

typedef struct {
  double a, b, c, eta;
  double x, y; /* the start, or the state at which the update changes */
  double plus; /* the probability of l_+: 1/2 but in ablations */
} toy;

/* A copy in its own memory, freed by toy_free; NULL when memory is out. */
toy *toy_literal(double a, double b, double c, double eta, double x, double y);
toy *toy_clone(const toy *t);
void toy_free(toy *t);

/* The example of the source.  Its eta is the double next to 10^-4. */
toy toy_source(void);

/* z* = lim E x^2 / E y^2 under SGD, the positive root of e^2 z^2 + (r^2 - p^2) z - e^2; NaN where c
 * = 0.  Relative error toy_limit_error, which is infinite at eta (a + b) = 2. */
double toy_limit(const toy *t);
double toy_limit_error(const toy *t);

/* From a ratio z = E x^2 / E y^2 to the mean-field alignment a^2 z/(a^2 z + b^2) and to what
 * remains to 1; relative error 6u beside that of z. */
double toy_alignment(const toy *t, double z);
double toy_misalignment(const toy *t, double z);

/* mu_+ = r^2 + e^2 z*, the factor by which SGD multiplies E x^2 and E y^2 at z*; below 1 where SGD
 * is stable in mean square.  1 - mu_+ = ((1-p^2)(1-r^2) - e^4)/(1 - p^2 + e^2 z*) without the
 * cancellation next to 1.  NaN outside toy_limit's domain. */
double toy_growth(const toy *t);
double toy_decay(const toy *t); /* 1 - mu_+ */

/* What part of the expected loss at z* Dom-SGD (Bulk-SGD) takes away, however long it runs, where
 * SGD is stable in mean square:
 *   dominant share (1 - mu_+)/(1 - p^2),  bulk share (1 - mu_+)/(1 - r^2),
 * the shares of a z* : b in the loss.  Relative error of both toy_gain_error. */
double toy_dominant_gain(const toy *t);
double toy_bulk_gain(const toy *t);
double toy_gain_error(const toy *t);

/* The state as a quadratic with the noise of one step: lambda = (a, b), g = (a x, b y),
 * v = c^2 (y^2, x^2).  *exact says whether every product is exact.  NULL when memory is out. */
quadratic *toy_state(const toy *t, bool *exact);

#endif
