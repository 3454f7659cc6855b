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

extern const claim noise_makes_alignment_claim;

#endif
