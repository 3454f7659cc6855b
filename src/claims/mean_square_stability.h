/* mean_square_stability.h -- the largest step at which SGD on a Gaussian design is stable.
 *
 * CLAIM       N3 (theory/mean_square_stability)
 * STATEMENT   m_i = E delta_i^2 obeys m_i+ = ((1 - eta lambda_i)^2 + eta^2 lambda_i^2/b) m_i
 *             + (eta^2/b) lambda_i sum_j lambda_j m_j, and with it E L tends to 0 from every start
 *             exactly where 0 < eta < eta_c, the one root of
 *               sum_j eta lambda_j/(2b - (b+1) eta lambda_j) = 1  below 2b/((b+1) lambda_1).
 *             2b/(Tr S + (b+1) lambda_1) <= eta_c <= 2b/(Tr S + (b+1) Tr S^2/Tr S), and
 *             eta_c <= 2b/((b+2) lambda_1) < 2/lambda_1; eta_c rises with b, to 2/lambda_1.
 * HYPOTHESES  Gaussian features; the design's own noise.
 * UNITS       eta_c in [eta]. */
#ifndef SUSPALIGN_CLAIMS_MEAN_SQUARE_STABILITY_H
#define SUSPALIGN_CLAIMS_MEAN_SQUARE_STABILITY_H

#include "claims/claim.h"

extern const claim mean_square_stability_claim;

/* The largest d up to which the claims N3 and N4 eliminate in ball arithmetic. */
enum { MEAN_SQUARE_STABILITY_EXACT_MOST = 16 };

#endif
