/* readings_agree.h -- when self-correction is true of the true expectation as well.
 *
 * CLAIM       R2 (theory/readings_agree)
 * STATEMENT   Let Delta <= 0 and pi = D_0 B_0 / (D_0 + B_0).  If
 *               (i)  sqrt(sum lambda_i^2 v_i g_i^2) <= 2 pi (D_1/D_0 - B_1/B_0)   and
 *               (ii) sqrt(sum lambda_i^4 v_i^2 / 2) + sqrt(sum lambda_i^4 v_i g_i^2) <= pi |Delta|,
 *             then for Gaussian noise E[alpha after the step] < alpha for every eta > 0.
 *             Without them it need not be so: with few bulk directions there are states with Delta
 * <= 0 and steps at which the true expected alignment rises. HYPOTHESES  those of T2 but the
 * reading; Gaussian noise, uncorrelated; (i) and (ii). */
#ifndef SUSPALIGN_CLAIMS_READINGS_AGREE_H
#define SUSPALIGN_CLAIMS_READINGS_AGREE_H

#include "claims/claim.h"
#include "model/quadratic.h"

extern const claim readings_agree_claim;

/* Left sides over right sides of (i) and (ii): the condition holds when both are at most 1.
 * INFINITY where a right side is 0.  GSL_SUCCESS, or GSL_EDOM when the alignment is 0 or 1. */
int readings_agree_condition(const quadratic *q, double *first, double *second);

/* The steps at which the claim looks: for n = 0..14 in equal ratios from 10^-2/lambda_1 to
 * 10^2/lambda_d; for n = 15, 1/lambda_{k+1}, where the sharpest bulk direction's mean vanishes. */
enum { READINGS_AGREE_STEPS = 16 };
double readings_agree_step(const quadratic *q, int n);

#endif
