/* exact_step.h -- one SGD step on a quadratic in ball arithmetic, from the definition.
 *
 * Everything here starts from g+_i = (1 - eta lambda_i) g_i - eta lambda_i xi_i, one direction at
 * a time, with E xi_i = bias_i and Var xi_i = v_i.  It shares no formula with src/claims: it is
 * what the claims are held against. */
#ifndef SUSPALIGN_EXACT_EXACT_STEP_H
#define SUSPALIGN_EXACT_EXACT_STEP_H

#include <stdbool.h>
#include "exact/certified.h"
#include "model/quadratic.h"

typedef struct {
  const quadratic *q;
  double eta;
} exact_step;

/* E (g+_i)^2, i in 0..d-1. */
void exact_step_direction(arb_t value, const exact_step *step, size_t i, slong precision);

/* D(eta) = E |P g+|^2 and B(eta) = E |Q g+|^2; `argument` is an exact_step. */
void exact_step_dominant(arb_t value, const void *argument, slong precision);
void exact_step_bulk(arb_t value, const void *argument, slong precision);

/* D(eta) B(0) - B(eta) D(0): its sign is that of (mean-field alignment after) - (alignment). */
void exact_step_alignment_change(arb_t value, const void *argument, slong precision);

/* E[Delta L_D] and E[Delta L_B]: sums of (E (g+_i)^2 - g_i^2) / (2 lambda_i). */
void exact_step_dominant_loss_change(arb_t value, const void *argument, slong precision);
void exact_step_bulk_loss_change(arb_t value, const void *argument, slong precision);

/* Delta D_0 B_0 = (D_2+V_D) B_0 - (B_2+V_B) D_0: the sign of Delta; eta is not read. */
void exact_step_delta(arb_t value, const void *argument, slong precision);

/* E[|P g+|^2 / |g+|^2] - alpha, in true expectation, when xi_i = bias_i +- sqrt(v_i) with
 * independent fair signs: the exact mean over 2^d outcomes.  d <= EXACT_STEP_SIGNS_MOST. */
void exact_step_true_alignment_change(arb_t value, const void *argument, slong precision);

enum { EXACT_STEP_SIGNS_MOST = 12 };

/* The sign of "alignment after the step minus alignment before" under the reading of step->q. */
certified_sign exact_step_alignment_sign(const exact_step *step);
certificate exact_step_alignment_certificate(const exact_step *step);

#endif
