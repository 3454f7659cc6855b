/* dominant_stalls.h -- after a switch from SGD to an update along the dominant subspace alone the
 * loss stops to fall; along the bulk alone it falls as before.
 *
 * CLAIM       P4 (theory/dominant_stalls)
 * STATEMENT   From a state x_0 = A^-1 g, t steps of SGD, Dom-SGD and Bulk-SGD have, with rho_i =
 *             (1 - eta lambda_i)^2, q_i(t) = rho_i^t g_i^2 + (eta lambda_i)^2 v_i (1 + ... +
 *             rho_i^(t-1)),
 *               E L_t = sum_{i moved} q_i(t)/(2 lambda_i) + sum_{i not moved} g_i^2/(2 lambda_i),
 *             so that the changes of Dom-SGD and Bulk-SGD add up to that of SGD, and so do the
 *             mean squared distances from x_0.  Dom-SGD lowers the loss by at most L_D, a share
 *             of L of at most alpha/(alpha + m (1 - alpha)) < alpha.  Where every dominant g_i^2
 *             is at most its stationary s_i, it never lowers it; where no bulk g_j^2 is below its
 *             s_j, and one above, Bulk-SGD does, at least as much as SGD.
 * HYPOTHESES  gap; 0 < alpha < 1; 0 < eta < 2/lambda_1; settled dominant set; unsettled bulk.
 * UNITS       losses in [g]^2/[lambda], distances in [g]^2/[lambda]^2, t in steps. */
#ifndef SUSPALIGN_CLAIMS_DOMINANT_STALLS_H
#define SUSPALIGN_CLAIMS_DOMINANT_STALLS_H

#include "claims/claim.h"
#include "model/projected_update.h"
#include "model/quadratic.h"

extern const claim dominant_stalls_claim;

/* E L(x_t) after t steps of size q->eta > 0, stable or not; *error (may be NULL) bounds the
 * absolute error.  Beyond stability, INFINITY once it is above the largest double; never NaN. */
double dominant_stalls_loss(const quadratic *q, update_kind kind, unsigned long t, double *error);

/* E|x_t - x_0|^2, the same way. */
double dominant_stalls_distance(const quadratic *q, update_kind kind, unsigned long t,
                                double *error);

/* What SGD would gain in the end, L_0 - lim E L_t = sum (g_i^2 - s_i)/(2 lambda_i), and the share
 * of it that each update has attained after t steps (indices: update_kind).  share[0] = share[1] +
 * share[2] up to rounding.
 * GSL_SUCCESS; GSL_EDOM where there is no such limit (q->eta >= 2/lambda_1, or not above 0);
 * GSL_EFAILED where there is nothing to gain (achievable <= 0): out->achievable is written, the
 * shares are 0. */
typedef struct {
  double achievable;
  double share[UPDATE_KINDS];
} dominant_stalls_shares;

int dominant_stalls_shares_of(const quadratic *q, unsigned long t, dominant_stalls_shares *out);

#endif
