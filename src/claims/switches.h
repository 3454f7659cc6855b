/* switches.h -- what the alignment does when the noise is switched off and on.
 *
 * CLAIM       P5 (theory/switches)
 * STATEMENT   rho_i = (1 - eta lambda_i)^2, s_i = eta lambda_i v_i/(2 - eta lambda_i), S_D and S_B
 *             their sums; rho_+ the largest and rho_- the smallest of the dominant rho_i, rho_d the
 *             largest of all.
 *             SGD -> GD: from SGD's stationary state R_t = D_t/B_t falls at every step,
 *               R_0 (rho_-/rho_d)^t <= R_t <= R_0 (rho_+/rho_{k+1})^t, and
 *               (s_+/S_B) (rho_+/rho_d)^t <= R_t <= (S_D/s_d) (rho_+/rho_d)^t,
 *             s_+ and s_d those of the directions of rho_+ and rho_d: its rate is rho_+/rho_d.
 *             GD -> SGD: from mean squares q_i, |alpha_t - alpha_oo| <= rho_d^t max(A, A')/
 *             (S (S - rho_d^t E)), in the mean field, with E = sum (s_i - q_i)^+ and A, A' below;
 *             where q_i <= s_i that is at most alpha_oo (1 - alpha_oo) rho_d^t/(1 - rho_d^t).  From
 *             the minimum itself, alpha_1 = V_D/(V_D + V_B), and alpha_t falls to alpha_oo.
 * HYPOTHESES  gap; 0 < eta < 2/(lambda_1 + lambda_{k+1}); noise in both sets; some dominant
 *             direction with noise that one step does not wipe out.
 * UNITS       t in steps. */
#ifndef SUSPALIGN_CLAIMS_SWITCHES_H
#define SUSPALIGN_CLAIMS_SWITCHES_H

#include "claims/claim.h"
#include "exact/certified.h"
#include "model/quadratic.h"

extern const claim switches_claim;

/* A bound on |alpha_t - alpha_oo| of the mean-field alignment of SGD from the state of q, t >= 0:
 * with E^+ and E^- the sums of (g_i^2 - s_i)^+ and (s_i - g_i^2)^+ over a set,
 *   rho_d^t max(S_B E_D^+ + S_D E_B^-, S_B E_D^- + S_D E_B^+)/(S (S - rho_d^t (E_D^- + E_B^-))).
 * INFINITY where it says nothing (no noise, or t = 0 from the minimum).  Relative error, where it
 * is below 1, (2t/(1 - eta lambda_d) + 8d + 64) u/(2 - eta lambda_1) times what S and E cancel by.
 */
double switches_bound(const quadratic *q, double t);

/* How many steps of gradient descent from SGD's stationary state suffice for alpha_t < level, by
 * (rho_+/rho_{k+1})^t: 0 < level < 1.  SWITCHES_NO_STEPS where rho_+ >= rho_{k+1}. */
double switches_steps(const quadratic *q, double level);
#define SWITCHES_NO_STEPS (-1.0)

/* By how much rounding may leave ln R_t above ln(level/(1 - level)) at t = switches_steps: 8 u
 * (t rate (2 + 1/a) + d + 64), rate = ln(rho_{k+1}/rho_+) and a the least of |1 - eta lambda_i|, i
 * <= k, and 2 - eta (lambda_1 + lambda_{k+1}).  The rate has a few roundings and those of the
 * numbers in a, which cancel; ln R_0 has those of sums of d terms. */
double switches_steps_slack(const quadratic *q, double steps);

/* "Switch as soon as the moving average of chi exceeds the level": m_t = factor m_{t-1} +
 * (1 - factor) chi_t, m_{-1} = 0, with the mean-field chi_t = alpha_t^{1/2} of SGD from the state
 * of q (0 where there is no gradient). */
typedef enum {
  SWITCHES_MET,   /* *step is the first such t */
  SWITCHES_NEVER, /* and it never will be: by switches_bound or, without noise, because it falls */
  SWITCHES_OPEN   /* neither within SWITCHES_STEPS_MOST steps: alpha_oo is next to level^2, say */
} switches_answer;
enum { SWITCHES_STEPS_MOST = 1 << 16 };

/* 0 < level < 1, 0 <= factor < 1, 0 < q->eta < 2/(lambda_1 + lambda_{k+1}).  O(d) a step. *step is
 * written when MET.  GSL_SUCCESS, GSL_EDOM (level, factor, eta), GSL_ENOMEM. */
int switches_criterion(const quadratic *q, double level, double factor, switches_answer *answer,
                       size_t *step);

/* --- what the conclusions are decided by ------------------------------------------------------ */

/* Numbers of a run (an exact_run, D_t and B_t iterated), in balls, each a vector for certify.h.
 * Those of gradient descent: three, D_{t+1} B_t - D_t B_{t+1}, D_t rho_{k+1}^t B_0 - D_0 rho_+^t
 * B_t, D_t rho_d^t B_0 - D_0 rho_-^t B_t. */
void switches_off_lines(arb_ptr values, const void *run, slong precision);
/* Six: D_t - g_+^2 rho_+^t, D_0 rho_+^t - D_t, B_t - g_d^2 rho_d^t, B_0 rho_d^t - B_t, D_{t+2} D_t
 * - D_{t+1}^2 and that of B. */
void switches_rate_lines(arb_ptr values, const void *run, slong precision);
/* Those of SGD, three: rho_d^t A' - (S_B D_t - S_D B_t), rho_d^t A + (S_B D_t - S_D B_t) and D_t +
 * B_t - S + rho_d^t E. */
void switches_return_lines(arb_ptr values, const void *run, slong precision);
/* D_t V_B - B_t V_D, 0 one step after the minimum. */
void switches_first_step(arb_t value, const void *run, slong precision);

/* The moving average in balls, step by step: HOLDS where it exceeds the level at step `last` and
 * not before (met), or at no step up to it (not met); UNDECIDED once it is within 1e-9 of it. */
verdict switches_follow(const quadratic *q, double level, double factor, size_t last, bool met);

#endif
