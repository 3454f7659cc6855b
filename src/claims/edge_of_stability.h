/* edge_of_stability.h -- gradient descent at and beyond the steps where it stops to disalign.
 *
 * CLAIM       P6 (theory/edge_of_stability)
 * STATEMENT   Gradient descent with eta > 2/(lambda_k + lambda_d) raises the alignment at every
 *             step, R_t >= R_0 (min_D rho / max_B rho)^t, also where eta < 2/lambda_1 and the loss
 *             falls; unless eta lambda_j = 1 for every bulk direction with a gradient: then it is 1
 *             after one step and stays so.  At eta = 2/lambda_1 the coordinates along lambda_1
 *             swing for ever, the others die out and the alignment tends to 1.  For
 *             2/lambda_k < eta < 2/lambda_{k+1} Dom-GD raises the loss and Bulk-GD lowers it; each
 *             changes its own part alone, as gradient descent does.
 * HYPOTHESES  gap; 0 < alpha < 1; no noise; eta > 2/(lambda_k + lambda_d); for "at every step"
 *             some bulk direction with a gradient that one step does not wipe out. */
#ifndef SUSPALIGN_CLAIMS_EDGE_OF_STABILITY_H
#define SUSPALIGN_CLAIMS_EDGE_OF_STABILITY_H

#include "claims/claim.h"
#include "exact/dense_step.h"

extern const claim edge_of_stability_claim;

/* The four changes of the loss along dense paths against what Dom-GD and Bulk-GD should change:
 * HOLDS where each is within twice paths->error (the paths' own, and as much for what it is held
 * against), else FAILS with the first that is not. */
verdict edge_of_stability_compare(const dense_step_paths *paths, double dominant, double bulk,
                                  claim_note *note);

#endif
