/* noise_makes_alignment.h -- gradient descent loses the alignment that noise makes.
 *
 * CLAIM       T6 (theory/noise_makes_alignment)
 * STATEMENT   With 0 < eta < 2/(lambda_1 + lambda_{k+1}) and R_t = alpha_t/(1 - alpha_t):
 *             under gradient descent alpha_t falls strictly (while it is positive) to 0, with
 *             R_t <= R_0 (rho_+/rho_{k+1})^t, from any start, the stationary state of SGD included;
 *             in mean field SGD with the same step tends to alpha_oo > 0, and one step of SGD from
 *             near the minimum brings the alignment to V_D/(V_D + V_B) up to
 *             |(I - eta A) g|^2/(eta^2 (V_D + V_B)).
 * HYPOTHESES  gap; 0 < alpha < 1; the step; V_D > 0; for "strictly" a dominant direction that one
 *             step does not wipe out; under noise, the mean field. */
#ifndef SUSPALIGN_CLAIMS_NOISE_MAKES_ALIGNMENT_H
#define SUSPALIGN_CLAIMS_NOISE_MAKES_ALIGNMENT_H

#include "claims/claim.h"
#include "exact/certified.h"
#include "laws/alignment_law.h"
#include "model/quadratic.h"

extern const claim noise_makes_alignment_claim;

/* What the conclusions certify the signs of: dyadic. */

/* D_t B_0 rho_{k+1}^t - D_0 B_t rho_+^t, rho_+ the largest in the dominant set, of an exact_run
 * whose quadratic has no noise: R_t <= R_0 (rho_+/rho_{k+1})^t says that it is not positive. */
void noise_makes_alignment_rate_excess(arb_t value, const void *argument, slong precision);

/* The least rho_j - rho_{k+1} over the bulk of a quadratic. */
void noise_makes_alignment_bulk_order(arb_t value, const void *argument, slong precision);

/* One step of size eta with and without its noise: a clone of the state that has none. */
typedef struct {
  const quadratic *noisy, *quiet;
} noise_makes_alignment_switch;

/* K N - |K_D N - N_D K|, K = |(I - eta A)g|^2, N = eta^2 (V_D + V_B), with the parts in the
 * dominant set: with g scaled by r, |mf - N_D/N| <= r^2 K/N says that this plus r^2 K^2 is not
 * negative. */
void noise_makes_alignment_switch_excess(arb_t value, const void *argument, slong precision);
/* N */
void noise_makes_alignment_switch_noise(arb_t value, const void *argument, slong precision);

/* Whether an alignment that is given for the state after a step, right or wrong, is within
 * K/N + gamma_{4d+32} (1 + |(I + eta A)g|^2/N) and its error of V_D/(V_D + V_B). */
verdict noise_makes_alignment_judge_switch(const quadratic *q, law_value after);

#endif
