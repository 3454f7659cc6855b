/* invariances.h -- what changes nothing: rotation, units of curvature and gradient, the order
 * inside each set, splitting an eigenvalue.
 *
 * CLAIM       L3 (theory/invariances) */
#ifndef SUSPALIGN_CLAIMS_INVARIANCES_H
#define SUSPALIGN_CLAIMS_INVARIANCES_H

#include "claims/claim.h"
#include "exact/dense_step.h"
#include "model/quadratic.h"

extern const claim invariances_claim;

/* Everything that L3 speaks of, for one quadratic: first what has no unit, then steps. */
enum {
  INVARIANCES_ALIGNMENT,
  INVARIANCES_NEXT, /* the mean-field alignment after a step */
  INVARIANCES_ALPHA_C,
  INVARIANCES_COMPLEMENT, /* 1 - alpha_c */
  INVARIANCES_ETA_DOMINANT,
  INVARIANCES_ETA_BULK,
  INVARIANCES_ETA_STAR, /* NaN unless the regime is low */
  INVARIANCES_READINGS
};

typedef struct {
  double value[INVARIANCES_READINGS];
  double error[INVARIANCES_READINGS]; /* absolute, as derived in the chapter of each */
} invariances_readings;

/* The step that the conclusions take: 1/(4 lambda_1), so that 1 - eta lambda loses nothing. */
double invariances_step(const quadratic *q);

/* GSL_SUCCESS, or GSL_EDOM when the alignment is 0 or 1; then *out is untouched. */
int invariances_read(const quadratic *q, double eta, invariances_readings *out);

/* What the conclusions decide.  Bit for bit, the steps of `after` `ratio` times those of
 * `before`. */
verdict invariances_expect_same(const invariances_readings *before,
                                const invariances_readings *after, double ratio, claim_note *note);

/* Within `times` the sum of the two errors: once, or twice where the numbers of one of the two are
 * rounded too.  eta* is compared where both have one. */
verdict invariances_expect_close(const invariances_readings *before,
                                 const invariances_readings *after, double times, claim_note *note);

/* Within the sum of the two errors. */
verdict invariances_expect_same_moments(const dense_step_moments *first,
                                        const dense_step_moments *second, claim_note *note);

#endif
