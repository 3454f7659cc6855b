/* critical_step.h -- the adaptive critical step size of the low-alignment regime.
 *
 * CLAIM       T1 (theory/critical_step)
 * STATEMENT   Let Delta = (D_2+V_D)/D_0 - (B_2+V_B)/B_0.  If Delta > 0 then, with
 *               eta* = 2 (D_1/D_0 - B_1/B_0) / Delta > 0,
 *             the mean-field alignment after a step of size eta is below the alignment for
 *             0 < eta < eta*, equal at eta*, above it for eta > eta*.
 * HYPOTHESES  gap; E xi = 0; 0 < alpha < 1; Delta > 0.  For the mean-field reading.
 * UNITS       Delta in [eta]^-2, eta* in [eta]. */
#ifndef SUSPALIGN_CLAIMS_CRITICAL_STEP_H
#define SUSPALIGN_CLAIMS_CRITICAL_STEP_H

#include "claims/claim.h"
#include "claims/one_step_moments.h"
#include "model/quadratic.h"

extern const claim critical_step_claim;

typedef enum {
  REGIME_LOW,      /* Delta > 0: there is a critical step */
  REGIME_HIGH,     /* Delta <= 0: self-correcting */
  REGIME_UNDECIDED /* |Delta| is inside its rounding bound */
} regime;

typedef struct {
  regime regime;
  double delta, delta_error;       /* |delta - exact| <= delta_error */
  double eta_star, eta_star_error; /* NaN unless the regime is low */
} critical_step;

/* O(1), allocates nothing.  GSL_SUCCESS, or GSL_EDOM when the alignment is 0 or 1 (or g = 0); then
 * *out is untouched. */
int critical_step_of(const one_step_moments *m, critical_step *out);

/* The hypotheses of T1 and T2 on the state; `instance` is a quadratic. */
bool critical_step_is_low(const void *instance);  /* Delta > 0, exactly */
bool critical_step_is_high(const void *instance); /* Delta <= 0, exactly */

/* The certificate that T1, T2 and C1 share, for every step size at once: D(eta)B_0 - B(eta)D_0,
 * multiplied out from the definition, has the coefficients 0, -2(D_1 B_0 - B_1 D_0) and
 * (D_2+V_D) B_0 - (B_2+V_B) D_0 of the identity behind T1, exactly; that of eta has a sign among
 * `linear` and that of eta^2 one among `square` (sets of claims/certify.h); and E|g+|^2 has no
 * zero. With c_1 < 0 < c_2 it falls on (0, -c_1/c_2) and rises beyond; with c_1 < 0 >= c_2 it
 * always falls. VACUOUS in true expectation, which is no polynomial. */
verdict critical_step_certify(const quadratic *q, int linear, int square, claim_note *note);

/* The change of alignment at the critical step, as a rational number, is 0; VACUOUS beyond
 * EXACT_RATIONAL_DIMENSION_MOST directions. */
verdict critical_step_stands_still(const quadratic *q, claim_note *note);

/* The label "near the threshold": |Delta| below 1e-3 of the sum of its terms. */
bool critical_step_is_near_threshold(const void *instance);

#endif
