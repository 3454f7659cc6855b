/* true_critical_step.h -- the step at which the TRUE expected alignment stands still.
 *
 * CLAIM       T5d (theory/true_critical_step)
 * STATEMENT   For Gaussian noise in the low regime, E[alpha after a step of size eta] - alpha is
 *             negative for small eta.  Where it turns positive, it does so at a root eta_true that
 * lies in the band |mean-field change| <= CV(S)/2 around eta*, which shrinks like the inverse
 *             effective dimension.
 * HYPOTHESES  those of T1 but the reading; Gaussian noise, uncorrelated. */
#ifndef SUSPALIGN_CLAIMS_TRUE_CRITICAL_STEP_H
#define SUSPALIGN_CLAIMS_TRUE_CRITICAL_STEP_H

#include "claims/claim.h"
#include "laws/alignment_law.h"
#include "model/quadratic.h"

extern const claim true_critical_step_claim;

/* The true change E[alpha+] - alpha at eta > 0, with its error.  Codes of alignment_law_after_step
 * and alignment_law_mean; GSL_EDOM when g = 0. */
int true_critical_step_change(const quadratic *q, double eta, law_value *change, diagnostic *diag);

/* The first root above 0 of that change, found by a geometric scan (factor 1.25) upwards from eta*
 * / 64 -- or from 1/(64 lambda_1) in the high regime -- to 2^20 times that, and Brent's method
 * inside the first bracket; err bounds |val - root| through the error of the change and the slope.
 * GSL_SUCCESS; GSL_ERUNAWAY: the change stays negative over the whole scan; GSL_ELOSS: the
 * change is smaller than its error all around the root; other codes as above. */
int true_critical_step_of(const quadratic *q, law_value *eta, diagnostic *diag);

/* The same for any change: scanned from unit/64 on.  Its codes other than GSL_SUCCESS end the
 * search, but for those around the root that it has found. */
typedef int (*true_critical_step_function)(const void *argument, double eta, law_value *change,
                                           diagnostic *diag);
int true_critical_step_search(true_critical_step_function change, const void *argument, double unit,
                              law_value *eta, diagnostic *diag);

/* A step, the true change there and the mean-field one, and CV(S).  For a root `change` is the one
 * just below it. */
typedef struct {
  law_value eta, change, above;
  double field, spread;
} true_critical_step_readings;

/* What the conclusions decide.  The change is negative, error and all; VACUOUS where L4's band
 * leaves another sign, or the error does. */
verdict true_critical_step_expect_fall(const true_critical_step_readings *r, claim_note *note);

/* The changes below and above have their signs, and the mean-field change at the root is within
 * CV(S)/2 and the larger of the two, error and all.  UNDECIDED where the root is not good to a
 * tenth. */
verdict true_critical_step_expect_root(const true_critical_step_readings *r, claim_note *note);

#endif
