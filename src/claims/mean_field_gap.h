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
#include "laws/alignment_law.h"
#include "model/quadratic.h"

extern const claim mean_field_gap_claim;

/* CV(S) after a step of size eta >= 0.  Sums of one sign but for 1 - eta lambda: relative error
 * (2d + 20) u times the condition of those differences.  NaN when g+ = 0 surely. */
double mean_field_gap_spread(const quadratic *q, double eta);

/* epsilon kappa of the chapter: gamma_{2d+32} times the sum of (1 + eta lambda)^2 g^2 + w over
 * that of (1 - eta lambda)^2 g^2 + w. */
double mean_field_gap_rounding(const quadratic *q, double eta);

/* The steps that the conclusions look at: 0.01, 0.3, 1 and 1.9 times 1/lambda_1, and in the low
 * regime 0.5 and 2 times the critical step.  Returns how many there are. */
enum { MEAN_FIELD_GAP_STEPS = 6 };
size_t mean_field_gap_steps(const quadratic *q, double eta[MEAN_FIELD_GAP_STEPS]);

/* What the conclusions decide.  The computed CV(S) is within 4 `rounding` (truth + sqrt(truth)). */
verdict mean_field_gap_expect_spread(double value, double truth, double rounding, double eta,
                                     claim_note *note);

/* After a step: the true alignment's mean and variance, the mean-field alignment, CV(S), and
 * mean_field_gap_rounding. */
typedef struct {
  double eta;
  law_value mean, variance;
  double field, spread, rounding;
} mean_field_gap_readings;

/* The mean is within deviation * spread of the mean-field alignment, up to its own error and
 * 4 rounding (1 + spread + sqrt(spread)); the deviation, error and all, is at most 1/2 + 1e-8. */
verdict mean_field_gap_expect_within(const mean_field_gap_readings *r, claim_note *note);

#endif
