/* exact_distribution.h -- the exact distribution of the alignment of a Gaussian gradient.
 *
 * CLAIM       T5c (theory/exact_distribution)
 * STATEMENT   For g_i ~ N(a_i, w_i) independent:
 *             P(alpha <= c) = P((1-c) N - c (S-N) <= 0), an indefinite quadratic form in normals.
 * HYPOTHESES  Gaussian, uncorrelated along the eigendirections.
 *
 * The numerics are in laws/alignment_law. */
#ifndef SUSPALIGN_CLAIMS_EXACT_DISTRIBUTION_H
#define SUSPALIGN_CLAIMS_EXACT_DISTRIBUTION_H

#include "claims/claim.h"

extern const claim exact_distribution_claim;

#endif
