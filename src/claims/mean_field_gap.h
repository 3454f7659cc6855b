/* mean_field_gap.h -- how far the mean-field alignment can be from the true expected one.
 *
 * CLAIM       L4 (theory/mean_field_gap)
 * STATEMENT   For Gaussian noise, with a_i = (1 - eta lambda_i) g_i, w_i = (eta lambda_i)^2 v_i,
 *             N = |P g+|^2, S = |g+|^2 and CV(S)^2 = sum (2 w_i^2 + 4 w_i a_i^2) / (sum a_i^2 +
 * w_i)^2, E[N/S] - E N / E S = -Cov(N/S, S)/E S, |E[N/S] - E N / E S| <= sd(N/S) CV(S) <= CV(S)/2,
 *             so the two readings agree on whether the alignment rises wherever the mean-field
 * change exceeds CV(S)/2. HYPOTHESES  Gaussian noise, uncorrelated along the eigendirections; E xi
 * = 0. */
#ifndef SUSPALIGN_CLAIMS_MEAN_FIELD_GAP_H
#define SUSPALIGN_CLAIMS_MEAN_FIELD_GAP_H

#include "claims/claim.h"
#include "model/quadratic.h"

extern const claim mean_field_gap_claim;

/* CV(S) after a step of size eta >= 0.  Sums of one sign but for 1 - eta lambda: relative error
 * (2d + 20) u times the condition of those differences.  NaN when g+ = 0 surely. */
double mean_field_gap_spread(const quadratic *q, double eta);

#endif
