/* scaling_law.h -- how deep and how late the turn is, as the start grows.
 *
 * CLAIM       S1 (theory/scaling_law)
 * STATEMENT   Under T4's hypotheses with g(0) = R g, rho_+ = max_{i<=k} rho_i > 0, rho_d the
 * largest bulk base and kappa = ln rho_d / ln rho_+ < 1: for every R, lower R^{-2(1-kappa)} <=
 * min_t D_t/B_t <= upper R^{-2(1-kappa)} with explicit constants, so min_t alpha_t falls like
 * R^{-2(1-kappa)}; and t_1 differs from 2 ln R / ln(1/rho_+) by a bounded amount. HYPOTHESES  those
 * of T4; rho_+ > 0. */
#ifndef SUSPALIGN_CLAIMS_SCALING_LAW_H
#define SUSPALIGN_CLAIMS_SCALING_LAW_H

#include "claims/claim.h"
#include "model/quadratic.h"

extern const claim scaling_law_claim;

typedef struct {
  double rho_dominant; /* rho_+ */
  double rho_bulk;     /* rho_d, the largest bulk base */
  double kappa;        /* ln rho_d / ln rho_+ */
  double depth_slope;  /* -2 (1 - kappa): slope of ln min alpha_t against ln R */
  double turn_slope;   /* 2 / ln(1/rho_+): slope of t_1 against ln R */
} scaling_law;

/* GSL_SUCCESS, or GSL_EDOM when rho_+ = 0 or the step is not in (0, 2/(lambda_1+lambda_{k+1})). */
int scaling_law_of(const quadratic *q, scaling_law *out);

/* Natural logarithms of the two-sided bounds on min_t D_t/B_t for the start R g(0) (q holds g; R >=
 * 1). ln of a ratio, so that no R overflows. */
void scaling_law_depth_bounds(const quadratic *q, double log_r, double *log_lower,
                              double *log_upper);

/* Bounds on t_1 for the start R g(0); *upper is INFINITY where R is too small for it. */
void scaling_law_turn_bounds(const quadratic *q, double log_r, double *lower, double *upper);

/* What those bounds are: a value and, beside it, the rounding that widens it; the logarithms of the
 * depth, the two sides of t_1 before they are rounded, and `condition`, ln(c_d rho_d y_2^kappa
 * R^{2(1-kappa)} / S_B), which must be at least its slack for the upper side. */
typedef struct {
  double log_lower, log_upper, log_slack;
  double lower, lower_slack, upper, upper_slack;
  double condition, condition_slack;
} scaling_law_bounds;

void scaling_law_bounds_of(const quadratic *q, double log_r, scaling_law_bounds *out);

/* What the conclusions decide, of any reading: the runs of q from its starts R g against the bounds
 * (the slopes) of another. */
verdict scaling_law_judge_depth(const quadratic *q, const quadratic *bounds_of, claim_note *note);
verdict scaling_law_judge_turn(const quadratic *q, const quadratic *bounds_of, claim_note *note);
verdict scaling_law_judge_slopes(const quadratic *q, const quadratic *slopes_of, claim_note *note);

#endif
