/* two_phases.h -- constant step, large start: the mean-field alignment falls, turns once, and
 * rises to its limit.
 *
 * CLAIM       T4 (theory/two_phases)
 * STATEMENT   rho_i = (1 - eta lambda_i)^2, s_i = eta lambda_i v_i/(2 - eta lambda_i),
 *             q_i(t) = E g_i(t)^2 = rho_i^t (g_i(0)^2 - s_i) + s_i, D_t and B_t their sums over the
 *             dominant set and the bulk, alpha_t = D_t/(D_t + B_t).
 *             (a) alpha_t falls strictly for t < t_1, rises strictly after it, but for at most one
 *             tie alpha_{t_1 + 1} = alpha_{t_1};  (b) it falls first exactly when eta < eta*_0;
 *             (c) after the turn it stays below, and tends to,
 *             alpha_oo = sum_{i<=k} s_i / sum_i s_i;  (d) alpha_oo/(1 - alpha_oo) >=
 *             (lambda_k/lambda_{k+1}) sum_{i<=k} v_i / sum_{i>k} v_i;  (e) eta < eta*_t while it
 *             falls, eta > eta*_t while it rises, and eta*_t -> eta.
 * HYPOTHESES  gap; 0 < eta < 2/(lambda_1 + lambda_{k+1}); g_i(0)^2 > s_i; v_i > 0; constant step.
 * UNITS       t in steps. */
#ifndef SUSPALIGN_CLAIMS_TWO_PHASES_H
#define SUSPALIGN_CLAIMS_TWO_PHASES_H

#include "claims/claim.h"
#include "claims/critical_step.h"
#include "model/quadratic.h"

extern const claim two_phases_claim;

/* q_i(t), i in 0..d-1, as rho^t g_i^2 + (1 - rho^t) s_i: two terms of one sign; 0 < q->eta <
 * 2/lambda_i. *error (may be NULL) bounds the absolute error. */
double two_phases_square(const quadratic *q, size_t i, double t, double *error);

/* The state of the mean dynamics after t steps: a copy of q with g_i = sqrt(q_i(t)).
 * NULL when memory is out. */
quadratic *two_phases_state(const quadratic *q, double t);

/* D_t/(D_t + B_t), the mean-field alignment after t steps (t = 0: alpha). */
double two_phases_alignment(const quadratic *q, double t);

/* alpha_oo, for 0 < q->eta < 2/lambda_1 and v not all 0; else NaN.  Relative error (3d + 8) u /
 * (2 - eta lambda_1). */
double two_phases_limit(const quadratic *q);

/* The first step t_1 at which alpha_{t+1} >= alpha_t: 0 when it never falls.  Needs the hypotheses
 * of T4; found by doubling and bisection on the sign of the scaled difference, which changes once.
 * TWO_PHASES_NO_TURN when no turn is found before 2^52 steps. */
double two_phases_turn(const quadratic *q);
#define TWO_PHASES_NO_TURN (-1.0)

/* Whether rounding could have moved that turn: false when the scaled difference at `turn` - 1 or at
 * `turn` is inside its error bound. */
bool two_phases_turn_is_certain(const quadratic *q, double turn);

/* Whether the alignment rises in the end: the slowest term of D_{t+1} B_t - D_t B_{t+1} is
 * S_D c_d (1-rho_d) rho_d^t.  Where it turns only after rho_d^t has fallen below 2^-2000 (a gap of
 * a few ulps does that), no certificate reaches the turn. */
bool two_phases_rises_in_the_end(const quadratic *q);

/* R_0: every start R g with R > R_0 (and R g above the stationary level) falls first.  0 when all
 * do.  Within the domain of critical_step_of; relative error is not bounded near the step's edge.
 */
double two_phases_start_threshold(const quadratic *q);

/* Whether T4's hypotheses hold of q at its eta, one by one. */
typedef struct {
  bool stable;         /* 0 < eta < 2/(lambda_1 + lambda_{k+1}) */
  bool large_start;    /* g_i^2 > s_i for all i (false when not 0 < eta < 2/lambda_1) */
  bool positive_noise; /* v_i > 0 for all i */
} two_phases_hypotheses;

void two_phases_check(const quadratic *q, two_phases_hypotheses *out);

#endif
