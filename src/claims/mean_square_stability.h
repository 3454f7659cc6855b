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
#include "laws/noise_geometry.h"
#include "model/random_design.h"

extern const claim mean_square_stability_claim;

/* The largest d up to which the claims N3 and N4 eliminate in ball arithmetic. */
enum { MEAN_SQUARE_STABILITY_EXACT_MOST = 16 };

/* --- the conclusions, of any solver ----------------------------------------------------------- */

/* What finds eta_c: the claim's is noise_critical_step. */
typedef int mean_square_stability_solver(const random_design *r, law_value *eta_c,
                                         diagnostic *diag);

/* All of them FAIL where the solver fails or its error bound is 1e-6 of eta_c or more, and are
 * UNDECIDED where memory is out.  The first two are VACUOUS beyond
 * MEAN_SQUARE_STABILITY_EXACT_MOST directions. */
/* Stable at 2^-20, 0.9 and 0.999 times eta_c, and not at 1.001 and 1.5 times. */
verdict mean_square_stability_sides(const random_design *r, mean_square_stability_solver *solve,
                                    claim_note *note);
/* Stable one ulp below eta_c - err, and not one above eta_c + err. */
verdict mean_square_stability_turn(const random_design *r, mean_square_stability_solver *solve,
                                   claim_note *note);
/* Between noise_critical_step_bounds, at most 2b/((b+2) lambda_1), within err and
 * gamma_{2d+16}, and below 2/lambda_1. */
verdict mean_square_stability_bounds(const random_design *r, mean_square_stability_solver *solve,
                                     claim_note *note);
/* Strictly rising as b is doubled once and then 2^10-fold, three times (next to the edge, by
 * 2^-30: not falling), and short of 2/lambda_1 =: e by at most err and e (Tr S + lambda_1)/(Tr S +
 * (b+1) lambda_1), to gamma_{d+16}. */
verdict mean_square_stability_batch(const random_design *r, mean_square_stability_solver *solve,
                                    claim_note *note);
/* The largest eigenvalue of M -> E (I - eta H) M (I - eta H) is at most 1 at eta_c - err and at
 * least 1 at eta_c + err, to 64 (d^2 + 81) u of the map's norm.  VACUOUS beyond 4 directions and
 * where the noise is isotropic. */
verdict mean_square_stability_map(const random_design *r, mean_square_stability_solver *solve,
                                  claim_note *note);

#endif
