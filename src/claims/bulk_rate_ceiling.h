/* bulk_rate_ceiling.h -- what the bulk effective step size of any update says of its speed.
 *
 * CLAIM       P9 (theory/bulk_rate_ceiling)
 * STATEMENT   For any update x+ = x - u with bulk effective step e = <u, Qg>/|Qg|^2, and mu =
 * B_0/(2 L_B), lambda_d <= mu <= lambda_{k+1}: L_B+ >= (1 - e mu)^2 L_B, with equality where Qu is
 * parallel to Qx, always so with one bulk direction.  So L+ >= (1 - e mu)^2 m (1 - alpha)/(alpha +
 * m (1 - alpha)) L, whatever the dominant effective step is.  With 0 <= e lambda_{k+1} <= 1, L_B+
 * >= (1 - e lambda_{k+1})^2 L_B.  With one bulk direction, among such updates the one with the
 * larger e has the smaller L_B+; with two it need not. HYPOTHESES  0 < alpha < 1 (no gap: where m
 * <= 1 the bound on L is a weak one). UNITS       e in 1/[lambda]. */
#ifndef SUSPALIGN_CLAIMS_BULK_RATE_CEILING_H
#define SUSPALIGN_CLAIMS_BULK_RATE_CEILING_H

#include "claims/claim.h"

extern const claim bulk_rate_ceiling_claim;

#endif
