/* multiplicative_alignment.h -- the alignment of the gradient under noise that the loss itself
 * makes.
 *
 * CLAIM       N5 (theory/multiplicative_alignment)
 * STATEMENT   On a Gaussian design with all lambda_i > 0 the mean-field alignment
 *             sum_{i<=k} lambda_i^2 m_i(t) / sum_i lambda_i^2 m_i(t) tends to
 *             A = sum_{i<=k} w_i/sum_i w_i, w_i = lambda_i^3/(rho - c_i) (N4), from every start of
 *             positive loss, at any step size, stable or not, and within
 *             c_max^t |lambda^2| |m(0)| / sum_i lambda_i^2 m_i(t) of it.  It does not depend on the
 *             size of the start.  For eta >= eta_c: A/(1-A) >= k m^2/(d-k), m =
 * lambda_k/lambda_{k+1}. For eta -> 0, A/(1-A) -> 0: it is at most (eta^2/(b lambda_d (1-e)))
 * sum_{i<=k} lambda_i^3/(c_d - c_i) where c_d is the largest k_i and e = sum_{lambda_i > lambda_d}
 * (eta lambda_i)^2/(b (c_d - c_i)) < 1. HYPOTHESES  Gaussian features; own noise; L(0) > 0; gap;
 * full rank. UNITS       none. */
#ifndef SUSPALIGN_CLAIMS_MULTIPLICATIVE_ALIGNMENT_H
#define SUSPALIGN_CLAIMS_MULTIPLICATIVE_ALIGNMENT_H

#include "claims/claim.h"

extern const claim multiplicative_alignment_claim;

#endif
