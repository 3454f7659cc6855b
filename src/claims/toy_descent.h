/* toy_descent.h -- gradient descent on the toy model of two losses.
 *
 * CLAIM       P1 (theory/toy_descent)
 * STATEMENT   x_t = p^t x, y_t = r^t y with p = 1 - eta a, r = 1 - eta b; chi_1^2 = alpha with
 *             alpha/(1 - alpha) = (a x/(b y))^2 (p/r)^{2t} falls at every step, to 0, while the
 * loss falls; and the mean of SGD's paths is this very path. HYPOTHESES  a > b; x, y != 0; 0 < eta
 * < 2/(a + b); eta a != 1; two equally likely losses (the mean path alone). UNITS       t in steps.
 */
#ifndef SUSPALIGN_CLAIMS_TOY_DESCENT_H
#define SUSPALIGN_CLAIMS_TOY_DESCENT_H

#include "claims/claim.h"
#include "model/toy.h"

extern const claim toy_descent_claim;

/* chi_1 of gradient descent after t steps, t >= 0, by the closed form; 0 where the gradient is 0.
 * |p/r| is good to 4u/|p| + 4u/(1 - eta b), and 2t times that is the relative error of what chi_1
 * is made of. */
double toy_descent_chi(const toy *t, double steps);

/* The least number of steps after which chi_1 < level, 0 < level < 1; 0 where it is below at the
 * start.  TOY_DESCENT_NEVER where gradient descent does not get there (chi_1 does not fall). May be
 * one off where chi_1 comes within rounding of the level. */
double toy_descent_steps(const toy *t, double level);
#define TOY_DESCENT_NEVER (-1.0)

#endif
