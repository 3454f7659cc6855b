/* loss_split.h -- the loss splits, and projected updates act on one part each.
 *
 * CLAIM       L2 (theory/loss_split)
 * STATEMENT   L = L_D + L_B.  Along every path, a Dom-SGD step changes L by what the full step
 *             changes L_D, a Bulk-SGD step by what it changes L_B.  In expectation
 *               E[Delta L_D] = -eta D_0 + eta^2 (D_1 + tau_D)/2,
 *               E[Delta L_B] = -eta B_0 + eta^2 (B_1 + tau_B)/2.
 * HYPOTHESES  E xi = 0 (for the expectations alone).
 * UNITS       losses in [g]^2 [eta]. */
#ifndef SUSPALIGN_CLAIMS_LOSS_SPLIT_H
#define SUSPALIGN_CLAIMS_LOSS_SPLIT_H

#include "claims/claim.h"
#include "claims/one_step_moments.h"

extern const claim loss_split_claim;

/* E[Delta L_D] and E[Delta L_B], eta >= 0; *error (may be NULL) bounds the absolute error. */
double loss_split_dominant_change(const one_step_moments *m, double eta, double *error);
double loss_split_bulk_change(const one_step_moments *m, double eta, double *error);

#endif
