/* opposite_effects.h -- the steps at which the bulk update lowers the loss and the dominant update
 * raises it.
 *
 * CLAIM       T3 (theory/opposite_effects)
 * STATEMENT   eta_D = 2 D_0/(D_1+tau_D), eta_B = 2 B_0/(B_1+tau_B).  E[Delta L_D] > 0 iff
 *             eta > eta_D; E[Delta L_B] < 0 iff 0 < eta < eta_B; so on (eta_D, eta_B) the two
 *             updates have opposite effects.  The interval is non-empty iff
 *             D_1/D_0 + tau_D/D_0 > B_1/B_0 + tau_B/B_0, and then in particular when
 *             lambda_k/lambda_{k+1} > 1 + tau_B/(lambda_{k+1} B_0).
 * HYPOTHESES  E xi = 0; D_0, B_0 > 0.  (The sufficient condition: gap.)
 * UNITS       eta_D, eta_B in [eta]. */
#ifndef SUSPALIGN_CLAIMS_OPPOSITE_EFFECTS_H
#define SUSPALIGN_CLAIMS_OPPOSITE_EFFECTS_H

#include "claims/claim.h"
#include "claims/one_step_moments.h"

extern const claim opposite_effects_claim;

typedef struct {
  double eta_dominant, eta_bulk; /* eta_D, eta_B */
  double error;                  /* relative, of both */
  double margin;                 /* D_1/D_0 + tau_D/D_0 - B_1/B_0 - tau_B/B_0: the interval is
                                    non-empty iff this is positive */
  double margin_error;           /* absolute */
} opposite_effects;

/* O(1).  GSL_SUCCESS, or GSL_EDOM when the alignment is 0 or 1; then *out is untouched. */
int opposite_effects_of(const one_step_moments *m, opposite_effects *out);

/* 1 + tau_B/(lambda_{k+1} B_0): a gap ratio above it suffices.  Relative error m->error + 3u. */
double opposite_effects_sufficient_gap(const one_step_moments *m, double lambda_bulk_top);

#endif
