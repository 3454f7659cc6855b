/* exact_mean.h -- the exact expectation of the alignment of a Gaussian gradient.
 *
 * CLAIM       T5a (theory/exact_mean)
 * STATEMENT   For g_i ~ N(a_i, w_i) independent:
 *             E alpha = integral over s > 0 of psi_D(s) phi(s), phi(s) = prod (1+2 s w_i)^{-1/2}
 *             exp(-s a_i^2/(1+2 s w_i)) over all i, psi_D(s) = sum over i <= k of w_i/(1+2 s w_i) +
 *             a_i^2/(1+2 s w_i)^2.
 * HYPOTHESES  Gaussian, uncorrelated along the eigendirections.
 *
 * The numerics are in laws/alignment_law. */
#ifndef SUSPALIGN_CLAIMS_EXACT_MEAN_H
#define SUSPALIGN_CLAIMS_EXACT_MEAN_H

#include "claims/claim.h"

extern const claim exact_mean_claim;

#endif
