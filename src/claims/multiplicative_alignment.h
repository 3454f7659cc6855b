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
#include "laws/noise_geometry.h"

extern const claim multiplicative_alignment_claim;

/* The bound on A/(1-A) at the step r->eta; infinite where it says nothing. */
double multiplicative_alignment_odds_bound(const random_design *r);

/* What the conclusions say of a limit A that is given to them, right or wrong, at the step r->eta.
 * The claim asks them about what noise_limit_alignment finds; tests plant errors.
 *   limit   from m(0) = delta^2, at t = 1, 4, ..., 1024, to the bound of the statement with
 *           c_max = slowest and limit.err + 2 t (gamma_{d+20} + 4 sqrt(b) u) + gamma_{d+6} beside
 *   beyond  A/(1-A) >= k m^2/(d-k), of A within gamma_8 and limit.err
 *   small   A/(1-A) <= the bound above, of A to a part in 10^12 and limit.err; VACUOUS where it is
 *           infinite */
verdict multiplicative_alignment_judge_limit(const random_design *r, double slowest,
                                             law_value limit, claim_note *note);
verdict multiplicative_alignment_judge_beyond(const random_design *r, law_value limit,
                                              claim_note *note);
verdict multiplicative_alignment_judge_small(const random_design *r, law_value limit,
                                             claim_note *note);

#endif
