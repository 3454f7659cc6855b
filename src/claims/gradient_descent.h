/* gradient_descent.h -- without noise there is no high regime.
 *
 * CLAIM       C1 (theory/gradient_descent)
 * STATEMENT   If Sigma = 0 the regime is always low, with
 *             eta* = 2 (D_1/D_0 - B_1/B_0) / (D_2/D_0 - B_2/B_0) >= 2/(lambda_1 + lambda_{k+1});
 *             with one dominant and one bulk level, eta* = 2/(lambda_D + lambda_B).
 * HYPOTHESES  gap; 0 < alpha < 1; Sigma = 0. */
#ifndef SUSPALIGN_CLAIMS_GRADIENT_DESCENT_H
#define SUSPALIGN_CLAIMS_GRADIENT_DESCENT_H

#include "claims/claim.h"
#include "exact/certified.h"

extern const claim gradient_descent_claim;

/* -c_1 (lambda_1 + lambda_{k+1}) - 2 c_2 of a quadratic, with D(eta) B_0 - B(eta) D_0 = c_1 eta +
 * c_2 eta^2: not negative where eta* = -c_1/c_2 is not below the edge, 0 where it is there. */
void gradient_descent_beyond_edge(arb_t value, const void *q, slong precision);

#endif
