/* finite_samples.h -- the alignment of the noise on a data set, all of its samples gone through.
 *
 * CLAIM       N2 (theory/finite_samples)
 * STATEMENT   n >= 2 samples x_s, residuals r = X delta, G = X'X/n.  With q = Xv,
 *               a(v) = n (sum r_s^2 q_s^2 - (sum r_s q_s)^2/n)/(|r|^2 |q|^2)
 *             is in [0, n-1], and symmetric in the state and the direction.  Its extremes, over v
 *             or over both, depend on the column space of X alone: on no spectrum, and on d through
 *             the rank only.  If the samples are linearly independent (so n <= d), states and
 *             directions take both ends, 0 and n-1.  mu is a Rayleigh quotient in r, of
 *             (diag(x_s'G x_s) - X G X'/n)/|G|_F^2 on the column space: at most the largest
 *             x_s'G x_s/|G|_F^2, at least the least one less lambda_1(G)^2/|G|_F^2.
 * HYPOTHESES  L > 0; labels without noise.
 * UNITS       none. */
#ifndef SUSPALIGN_CLAIMS_FINITE_SAMPLES_H
#define SUSPALIGN_CLAIMS_FINITE_SAMPLES_H

#include "claims/claim.h"

extern const claim finite_samples_claim;

#endif
