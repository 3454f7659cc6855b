/* analysis.h -- what the theorems say of one state: numbers, JSON, and words for a person. */
#ifndef SUSPALIGN_CLI_ANALYSIS_H
#define SUSPALIGN_CLI_ANALYSIS_H

#include <stdbool.h>
#include <stdio.h>
#include <jansson.h>
#include "claims/critical_step.h"
#include "claims/opposite_effects.h"
#include "claims/regime_threshold.h"
#include "claims/two_phases.h"
#include "exact/certified.h"
#include "laws/alignment_law.h"
#include "model/diagnostic.h"
#include "model/quadratic.h"

/* An exact law of the alignment, for Gaussian noise: where absent.code is not GSL_SUCCESS there is
 * none, absent.message says why, and the numbers are NaN. */
typedef struct {
  law_value mean;   /* the true expectation, E[|Pg|^2/|g|^2] */
  double deviation; /* standard deviation */
  double low, high; /* 2.5 and 97.5 % quantiles, of the stationary law alone */
  diagnostic absent;
} exact_reading;

typedef struct {
  size_t d, k;
  double gap_ratio, alignment;
  bool is_low;            /* decided exactly: low regime, Delta > 0 */
  critical_step critical; /* its regime is REGIME_UNDECIDED where rounding alone does not decide */
  double eta_star;        /* NaN in the high regime */
  double eta_star_error;
  regime_threshold threshold;
  opposite_effects effects;
  double eta_stable;       /* 2/lambda_1 */
  bool noisy;              /* some v_i > 0 */
  bool correlated;         /* the exact laws take in the whole covariance, not its diagonal alone */
  law_value eta_star_true; /* where the true expected alignment stands still; NaN for none */
  diagnostic no_true_step; /* then its code is not GSL_SUCCESS, and it says why */

  /* For a step; without one, eta = 0 and the numbers are NaN. */
  double eta;
  certified_sign change; /* of the mean-field alignment in the next step, exact */
  double next;           /* mean-field alignment after the next step */
  double stationary;     /* alpha_oo; NaN at or beyond 2/lambda_1, or without any noise */
  double eta_two_phases; /* 2/(lambda_1 + lambda_{k+1}) */
  two_phases_hypotheses two_phases;
  exact_reading exact_next, exact_stationary;
} analysis;

/* q within its domain, eta = q->eta finite, 0 for no step.  With q->covariance the exact laws are
 * those of correlated noise, at O(d^3) for each of some hundred of them.  GSL_SUCCESS; GSL_EDOM
 * when the gradient is zero in a subspace (alignment 0, 1 or none), or the step overflows; *out is
 * written on success alone. */
int analysis_of(const quadratic *q, analysis *out, diagnostic *diag);

/* The object of `analyze --json`; NULL when memory is out. */
json_t *analysis_json(const analysis *a);

/* Every number with one line on what it means here. */
void analysis_print(FILE *stream, const analysis *a);

#endif
