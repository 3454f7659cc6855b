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
#include "laws/noise_geometry.h"

extern const claim escape_direction_claim;

/* What the conclusions say of a rate and of shares (length r->d) that are given to them at the step
 * r->eta, right or wrong.  The claim asks them about what noise_growth_of finds; tests plant
 * errors. growth      definite at rho + its error, and not so at rho less it; VACUOUS for d above
 *               MEAN_SQUARE_STABILITY_EXACT_MOST
 *   mode        each entry within 2 share_error + rho.err/rho + gamma_8 of rho m_i; VACUOUS for d
 *               above four times that; UNDECIDED where this is not below 1/1000
 *   proportion  share_{i-1}/lambda_{i-1} >= share_i/lambda_i (1 - 2 share_error - gamma_8)
 *   dense       rho within 16 n u |T|_F =: B and its own error, shares within
 *               4 B |lambda|/(gap sum_i lambda_i |e_i|), e the unit leading eigenvector, and
 * theirs; VACUOUS where that is not below 1/1000 and for a rank n not in 2..40 descent     rho >=
 * (h_1 - 1)^2, h = eta lambda, h_1 > 2, and outside the sharpest directions at most sum h_i^2/(b
 * (h_1 - h_i)(h_1 + h_i - 2)) of E L, to a part in 10^6 terms       at eta = eta_c up to eta_error:
 * the shares are t_i = h_i/l_i, l_i = 2b - (b+1) h_i, relative to t_i within (2b/l_i)(E + rho.err)
 * + 2 (share_error + gamma_8), E = 4 (eta_error/eta + 8u), and add up to 1 within sum t_i (2b/l_i)
 * E + gamma_{d+8}
 */
verdict escape_direction_judge_growth(const random_design *r, const noise_growth *growth,
                                      const double *share, claim_note *note);
verdict escape_direction_judge_mode(const random_design *r, const noise_growth *growth,
                                    const double *share, claim_note *note);
verdict escape_direction_judge_proportion(const random_design *r, const noise_growth *growth,
                                          const double *share, claim_note *note);
verdict escape_direction_judge_dense(const random_design *r, const noise_growth *growth,
                                     const double *share, claim_note *note);
verdict escape_direction_judge_descent(const random_design *r, const noise_growth *growth,
                                       const double *share, claim_note *note);
verdict escape_direction_judge_terms(const random_design *r, double eta_error,
                                     const noise_growth *growth, const double *share,
                                     claim_note *note);

#endif
