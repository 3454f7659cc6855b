/* toy_alignment.h -- SGD on the toy model of two losses: its second moments, and the alignment that
 * they tend to.
 *
 * CLAIM       P2 (theory/toy_alignment)
 * STATEMENT   p = 1 - eta a, r = 1 - eta b, e = eta c; X = E x^2, W = E xy, Y = E y^2 obey
 *               X' = p^2 X + e^2 Y,  W' = (p r + e^2) W,  Y' = e^2 X + r^2 Y,
 *             so X_{t+1} Y_t - Y_{t+1} X_t is multiplied by p^2 r^2 - e^4 in every step, and
 *             z_t = X_t/Y_t tends to z*, the positive root of e^2 z^2 + (r^2 - p^2) z = e^2: the
 *             mean-field alignment tends to a^2 z* /(a^2 z* + b^2).  Where SGD is stable in mean
 *             square, e^2/(1-p^2) < z* < e^2/(r^2-p^2), so
 *               alpha_oo/(1 - alpha_oo) > eta a c^2/((2 - eta a) b^2),
 *             and sum_t E|(x_t, y_t)|^2 is finite, in closed form.  The step's noise +-c (y, x) is
 *             unbiased, so T1, T2 and T3 hold of it at every state; the critical step at z* is eta.
 * HYPOTHESES  a > b; x, y != 0; 0 < eta < 2/(a + b); c != 0; two equally likely losses;
 *             (1-p^2)(1-r^2) > e^4.
 * UNITS       t in steps. */
#ifndef SUSPALIGN_CLAIMS_TOY_ALIGNMENT_H
#define SUSPALIGN_CLAIMS_TOY_ALIGNMENT_H

#include "claims/claim.h"
#include "model/toy.h"

extern const claim toy_alignment_claim;

/* z_t = E x_t^2 / E y_t^2 under SGD after a whole number of steps, by the recursion: O(steps),
 * every term positive, relative error (8 + 8/|p| + 8/|r|) u a step.  y != 0. */
double toy_alignment_ratio(const toy *t, size_t steps);

/* The critical step of T1 at the ratio z: 2 (a - b)/(a^2 - b^2 + c^2 (1/z - z)) where that is
 * positive; INFINITY in the high regime. */
double toy_alignment_critical_step(const toy *t, double z);

#endif
