/* exact_run.h -- a constant-step SGD run on a quadratic, in ball arithmetic.
 *
 * q_i(t) = E g_i(t)^2 obeys q_i(t+1) = rho_i q_i(t) + (eta lambda_i)^2 v_i.  Both the recursion,
 * iterated, and its closed form are here, so that each checks the other; nothing is shared with
 * src/claims. */
#ifndef SUSPALIGN_EXACT_EXACT_RUN_H
#define SUSPALIGN_EXACT_EXACT_RUN_H

#include <stdbool.h>
#include "exact/certified.h"
#include "model/quadratic.h"

/* The run of q at q->eta (from q->switch_step on, if that is not 0, at q->eta_late), t steps in. */
typedef struct {
  const quadratic *q;
  unsigned long t;
} exact_run;

/* D_t and B_t by the closed form; 0 < eta lambda_i, eta lambda_i != 2. */
void exact_run_moments(arb_t dominant, arb_t bulk, const exact_run *run, slong precision);

/* The same by iterating the recursion t times. */
void exact_run_iterated(arb_t dominant, arb_t bulk, const exact_run *run, slong precision);

/* D_t by iteration, as an expression. */
void exact_run_iterated_dominant(arb_t value, const void *argument, slong precision);
void exact_run_iterated_bulk(arb_t value, const void *argument, slong precision);

/* D_{t+1} B_t - D_t B_{t+1}: the sign of the change of the mean-field alignment at step t. */
void exact_run_change(arb_t value, const void *argument, slong precision);

/* The same divided by rho_d^t, rho_d = (1 - eta lambda_d)^2 > 0 and constant step, as the
 * exponential sum of the proof of T4 (a): it needs no more bits at t = 10^12 than at t = 1. */
void exact_run_scaled_change(arb_t value, const void *argument, slong precision);

/* A time that may be too late for any integer of the machine. */
typedef struct {
  const quadratic *q;
  const fmpz *t; /* not negative */
} exact_late_run;

/* exact_run_scaled_change at such a time: its working precision grows with the bits of t. */
void exact_run_late_change(arb_t value, const void *argument, slong precision);

/* (S_D B_t - S_B D_t)/rho_d^t, the sign of alpha_oo - alpha_t: the exponential sum
 * S_D sum_j c_j rho_j^t - S_B sum_i c_i rho_i^t, c = g^2 - s, scaled in the same way. */
void exact_run_late_below_limit(arb_t value, const void *argument, slong precision);

/* D_{t+1} B_t - D_t B_{t+1} by the recursion alone: dyadic, so that a tie can be certified, as long
 * as t steps of growing numbers fit (about 200 t bits). */
void exact_run_iterated_change(arb_t value, const void *argument, slong precision);

/* What orders the exponential sums of a run, each the least over the directions and dyadic; the
 * argument is a quadratic.  All of them positive, with positive variances: in both sums above the
 * terms with a base of at least rho_{k+1} are positive and all others negative, so that each has at
 * most one zero over all real t (Laguerre's rule of signs) and is positive in the end. */
void exact_run_least_shrink(arb_t value, const void *argument, slong precision); /* 1 - rho_i */
/* the least rho_j in the bulk less the largest rho_i in the dominant set */
void exact_run_least_gap(arb_t value, const void *argument, slong precision);
/* (2 - eta lambda_i) (g_i^2 - s_i) */
void exact_run_least_excess(arb_t value, const void *argument, slong precision);
void exact_run_least_noise(arb_t value, const void *argument, slong precision); /* v_i */

/* S_D B_t - S_B D_t with S the sums of s_i at q->eta: the sign of alpha_oo - alpha_t. */
void exact_run_below_limit(arb_t value, const void *argument, slong precision);

/* ln(D_t / B_t). */
void exact_run_log_ratio(arb_t value, const void *argument, slong precision);

/* S_D lambda_{k+1} W_B - S_B lambda_k W_D with W the sums of v_i; t is not read. */
void exact_run_limit_bound(arb_t value, const void *argument, slong precision);

/* g_i^2 > s_i for every i, exactly; false when not 0 < eta lambda_i < 2. */
bool exact_run_has_large_start(const quadratic *q);

/* 0 < eta (lambda_1 + lambda_{k+1}) < 2, exactly. */
bool exact_run_is_stable(const quadratic *q);

#endif
