/* noise_covariance.h -- the covariance of SGD's noise on a Gaussian design, and its alignment with
 * the Hessian.
 *
 * CLAIM       N1 (theory/noise_covariance)
 * STATEMENT   For features x ~ N(0, S) and residual x'delta, one sample's gradient has covariance
 *             Sigma = S delta delta' S + (delta'S delta) S.  So, with 2L = delta'S delta,
 *               a(v) = v'Sigma v/(2L v'Sv) = 1 + (v'S delta)^2/(2L v'Sv) is in [1, 2], 2 exactly
 *             where v is parallel to delta in the range of S, 1 exactly where v'S delta = 0; and
 *               mu = Tr(Sigma S)/(2L |S|_F^2) is in [1 + lambda_r^2/Tr S^2, 1 + lambda_1^2/Tr S^2],
 *             lambda_r the least positive eigenvalue; the ends are taken in its eigenspace and in
 *             that of lambda_1, and nowhere else.
 * HYPOTHESES  Gaussian features; centred second moment; L > 0; the design's own noise.
 * UNITS       a and mu have none. */
#ifndef SUSPALIGN_CLAIMS_NOISE_COVARIANCE_H
#define SUSPALIGN_CLAIMS_NOISE_COVARIANCE_H

#include "claims/claim.h"

extern const claim noise_covariance_claim;

#endif
