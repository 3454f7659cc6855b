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

#include "claims/law_case.h"

extern const claim exact_distribution_claim;

/* What its conclusions say of one law, for tests that plant errors: of P(alpha <= c) at rising c;
 * of a quantile and P at it less and more its error; of E alpha and T5a's integral, and the
 * integral over 1 - P with its error. */
verdict exact_distribution_rising(const law_value *p, size_t count, claim_note *note);
verdict exact_distribution_quantile(double level, law_value at, law_value below, law_value above,
                                    claim_note *note);
verdict exact_distribution_mean(law_value mean, law_value plain, double sum, double error,
                                claim_note *note);
verdict exact_distribution_closed_forms(const law_case *c, claim_note *note);

#endif
