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
#include "model/quadratic.h"

extern const claim bulk_rate_ceiling_claim;

/* The updates that are tried.  The claim is of any vector u whatever, so that its rounding does not
 * matter. */
typedef enum {
  BULK_RATE_GRADIENT_DESCENT,
  BULK_RATE_SHARPNESS_AWARE, /* with the radius of q */
  BULK_RATE_SIGN_DESCENT,    /* Adam's first step, eta |g|/sqrt(d) along each direction */
  BULK_RATE_HALF_NEWTON,
  BULK_RATE_SHARPEST_WHOLE, /* along the sharpest bulk direction alone, to its minimum or a quarter
                               of that */
  BULK_RATE_SHARPEST_QUARTER,
  BULK_RATE_FLATTEST_WHOLE,
  BULK_RATE_FLATTEST_QUARTER,
  BULK_RATE_UPDATES
} bulk_rate_update;

/* Writes u, of length q->d; g != 0. */
void bulk_rate_ceiling_update(const quadratic *q, bulk_rate_update which, double *u);

#endif
