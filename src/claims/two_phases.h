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
#include "exact/arb_header.h"
#include "model/quadratic.h"

extern const claim two_phases_claim;

/* ln rho_i = 2 ln|1 - eta lambda_i|, i in 0..d-1, -INFINITY at eta lambda_i = 1.  *error (may be
 * NULL) bounds the absolute error. */
double two_phases_log_rho(const quadratic *q, size_t i, double *error);

/* q_i(t), i in 0..d-1, as rho^t g_i^2 + (1 - rho^t) s_i: two terms of one sign; t may be
 * INFINITY; 0 < q->eta < 2/lambda_i. *error (may be NULL) bounds the absolute error. */
double two_phases_square(const quadratic *q, size_t i, double t, double *error);

/* The state of the mean dynamics after t steps: a copy of q with g_i = sqrt(q_i(t)).
 * NULL when memory is out. */
quadratic *two_phases_state(const quadratic *q, double t);

/* D_t/(D_t + B_t), the mean-field alignment after t steps (t = 0: alpha). */
double two_phases_alignment(const quadratic *q, double t);

/* alpha_oo, for 0 < q->eta < 2/lambda_1 and v not all 0; else NaN.  Relative error (3d + 8) u /
 * (2 - eta lambda_1). */
double two_phases_limit(const quadratic *q);

/* (D_{t+1} B_t - D_t B_{t+1})/rho_d^t, rho_d the largest bulk base: its sign is that of the change
 * of the alignment at step t.  Needs the hypotheses of T4.  *error (may be NULL) bounds the
 * absolute error. */
double two_phases_scaled_change(const quadratic *q, double t, double *error);

/* The first step t_1 at which alpha_{t+1} >= alpha_t: 0 when it never falls.  Needs the hypotheses
 * of T4; found by doubling and bisection on the sign of the scaled difference, which changes once.
 * TWO_PHASES_NO_TURN when no turn is found before 2^52 steps. */
double two_phases_turn(const quadratic *q);
#define TWO_PHASES_NO_TURN (-1.0)

/* False where rounding could have moved that turn, >= 0: the scaled change at `turn` - 1 or at
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

/* The regime of the mean dynamics after t steps and, in the low one, eta*_t.  *found is that of
 * critical_step_of at the state, with the state's own rounding added to both errors; undecided
 * where |Delta| is within its error, or memory is out. */
regime two_phases_critical_step(const quadratic *q, double t, critical_step *found);

/* --- what the conclusions decide, of any reading ---------------------------------------------- */

/* The steps at which signs are certified: 0 to 4 (to 23 where d <= 8), three on either side of the
 * turn (negative: there is none), and the powers of 4, of which none is beyond the larger of
 * 1400/|ln rho_d| and 4 (turn + 64), nor 2^48.  Ascending, each once; their number. */
enum { TWO_PHASES_TIMES_MOST = 64 };
size_t two_phases_sample_times(const quadratic *q, double turn,
                               double times[TWO_PHASES_TIMES_MOST]);

/* t_1 with certified signs, from any first guess >= 0 or TWO_PHASES_NO_TURN.  False, *turn
 * untouched, where a sign is not certified or t_1 has more than TWO_PHASES_TURN_BITS bits. */
enum { TWO_PHASES_TURN_BITS = 512 };
bool two_phases_certified_turn(const quadratic *q, double guess, fmpz_t turn, claim_note *note);

/* Whether `turn` is t_1: FAILS only where it is certain and the certified one is another; HOLDS of
 * TWO_PHASES_NO_TURN where the certified one is beyond 2^52. */
verdict two_phases_judge_turn(const quadratic *q, double turn, claim_note *note);

/* Whether the exponential sum of the proof, of `sum_of`, is D_{t+1} B_t - D_t B_{t+1} of q at all
 * t; VACUOUS in more than 4 directions. */
verdict two_phases_judge_sum(const quadratic *q, const quadratic *sum_of, claim_note *note);

/* Whether the alignment is below alpha_oo from `turn` on, at the sampled steps, and at `limit` in
 * the end: as t = INFINITY has it, within twice the rounding of two_phases_limit. */
verdict two_phases_judge_limit(const quadratic *q, double turn, double limit, claim_note *note);

/* Whether the closed form of `closed_of`, within its bound, is the recursion of q, iterated, at
 * steps 1, 2, 7 and 40. */
verdict two_phases_judge_recursion(const quadratic *q, const quadratic *closed_of,
                                   claim_note *note);

#endif
