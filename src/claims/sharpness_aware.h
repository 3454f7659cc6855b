/* sharpness_aware.h -- the edge of stability of sharpness-aware minimisation on a quadratic.
 *
 * CLAIM       P7 (theory/sharpness_aware)
 * STATEMENT   One step of SAM multiplies g_i by 1 - eta h_i, h_i = lambda_i + r lambda_i^2/|g|.
 *             A coordinate grows exactly when its curvature is beyond
 *               lambda_SAM = |g|/(2 r) (sqrt(1 + 8 r/(eta |g|)) - 1) < 2/eta,
 *             which rises with |g|, falls with r and tends to 2/eta as r -> 0.  The alignment falls
 *             if eta (h_1 + h_{k+1}) < 2 and rises if eta (h_k + h_d) > 2; that of the update is
 *             above that of the gradient.  Dom-SAM changes L_D alone, Bulk-SAM L_B alone.
 * HYPOTHESES  gap; 0 < alpha < 1; r > 0.
 * UNITS       lambda_SAM in 1/[eta]. */
#ifndef SUSPALIGN_CLAIMS_SHARPNESS_AWARE_H
#define SUSPALIGN_CLAIMS_SHARPNESS_AWARE_H

#include "claims/claim.h"
#include "exact/dense_step.h"

extern const claim sharpness_aware_claim;

/* What the claims on the forms in print share: states with eta and r, r far from |g|/lambda and
 * next to it, and r > 0. */
void *sharpness_aware_generate(gsl_rng *rng, diagnostic *diag);
bool sharpness_aware_has_radius(const void *instance);

/* The changes of the loss by one step of SAM and by its two projections, with dense matrices in a
 * random basis.  With A = sqrt(d) lambda_1 and x of the dense state, xi = r A g/|g|,
 *   moved = 2 eta r A (unit A |x|/|g|),
 * paths->error is that of dense_step_path and A moved (|x| + eta (|g| + |xi|) + moved).
 * GSL_SUCCESS or GSL_ENOMEM; d <= DENSE_STEP_DIMENSION_MOST is meant. */
int sharpness_aware_dense_paths(const quadratic *q, dense_step_paths *paths);

#endif
