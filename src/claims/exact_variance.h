/* exact_variance.h -- the exact variance of the alignment of a Gaussian gradient.
 *
 * CLAIM       T5b (theory/exact_variance)
 * STATEMENT   For g_i ~ N(a_i, w_i) independent:
 *             E alpha^2 = integral over s > 0 of s phi(s) (psi_D^2 + sum over i <= k of
 *             2 w_i^2/(1+2 s w_i)^2 + 4 a_i^2 w_i/(1+2 s w_i)^3); the same with the weights c_i =
 * 1-m (i <= k), -m (i > k) and m = E alpha gives Var alpha without cancellation. HYPOTHESES
 * Gaussian, uncorrelated along the eigendirections.
 *
 * The numerics are in laws/alignment_law. */
#ifndef SUSPALIGN_CLAIMS_EXACT_VARIANCE_H
#define SUSPALIGN_CLAIMS_EXACT_VARIANCE_H

#include "claims/law_case.h"

extern const claim exact_variance_claim;

/* What its conclusions say of one law, for tests that plant errors. */
verdict exact_variance_accuracy(law_value mean, law_value complement, law_value variance,
                                claim_note *note);
verdict exact_variance_quadrature(law_value variance, law_value first, law_value second,
                                  claim_note *note);
verdict exact_variance_closed_forms(const law_case *c, claim_note *note);

#endif
