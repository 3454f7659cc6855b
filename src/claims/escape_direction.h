/* escape_direction.h -- where the loss goes when a step is too large for SGD's noise.
 *
 * CLAIM       N4 (theory/escape_direction)
 * STATEMENT   At a step eta >= eta_c (N3), E L grows in the long run by the factor rho >= 1 a step,
 *             the largest root of sum_i (eta^2/b) lambda_i^2/(rho - c_i) = 1,
 *             c_i = (1 - eta lambda_i)^2 + eta^2 lambda_i^2/b, and the term of direction i is the
 *             share of E L that it holds.  Every direction with lambda_i > 0 holds some, and of two
 *             directions the sharper holds at least in proportion to its curvature.  Gradient
 *             descent escapes along the sharpest directions alone, and not before 2/lambda_1.
 * HYPOTHESES  Gaussian features; the design's own noise; eta >= eta_c.
 * UNITS       rho and shares have none. */
#ifndef SUSPALIGN_CLAIMS_ESCAPE_DIRECTION_H
#define SUSPALIGN_CLAIMS_ESCAPE_DIRECTION_H

#include "claims/claim.h"

extern const claim escape_direction_claim;

#endif
