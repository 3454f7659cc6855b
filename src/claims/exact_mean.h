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

#include "claims/law_case.h"

extern const claim exact_mean_claim;

/* What its conclusions say of one law, for tests that plant errors. */
verdict exact_mean_accuracy(law_value mean, law_value complement, claim_note *note);
verdict exact_mean_quadrature(law_value mean, law_value plain, claim_note *note);
verdict exact_mean_closed_forms(const law_case *c, claim_note *note);

#endif
