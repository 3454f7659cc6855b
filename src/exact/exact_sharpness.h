/* exact_sharpness.h -- one step of sharpness-aware minimisation in ball arithmetic.
 *
 * From the definition: the gradient is taken at x + radius g/|g|, that is
 *   g_i + lambda_i radius g_i/|g|,
 * and the step subtracts eta times it from x_i = g_i/lambda_i.  Shares nothing with
 * src/model/sharpness_aware. */
#ifndef SUSPALIGN_EXACT_EXACT_SHARPNESS_H
#define SUSPALIGN_EXACT_EXACT_SHARPNESS_H

#include "exact/certified.h"
#include "model/quadratic.h"

/* The state, its step size q->eta and q->radius; `lambda` is the curvature of a further direction
 * that carries none of the gradient, for the expressions that ask for one. */
typedef struct {
  const quadratic *q;
  double lambda;
} exact_sharpness;

/* (x+/x)^2 - 1 along a direction of curvature `lambda`: whether a coordinate there grows. */
void exact_sharpness_growth(arb_t value, const void *argument, slong precision);

/* The edge as usually written, |g|/(2 r) (sqrt(1 + 8 r/(eta |g|)) - 1), less `lambda`. */
void exact_sharpness_edge_excess(arb_t value, const void *argument, slong precision);

/* With the form without r under the root, |g|/(2 r) (sqrt(1 + 8/(eta |g|)) - 1), in place of the
 * edge: the growth of a coordinate of that curvature; and what it is short of doubling when the
 * unit of curvature is halved (lambda doubled, eta and r halved). */
void exact_sharpness_printed_growth(arb_t value, const void *argument, slong precision);
void exact_sharpness_printed_units(arb_t value, const void *argument, slong precision);

/* The edge at 2|g| (at 2r) less the edge at |g| (at r), and the first of them of the form without r
 * under the root. */
void exact_sharpness_edge_rise_in_radius(arb_t value, const void *argument, slong precision);
void exact_sharpness_edge_rise(arb_t value, const void *argument, slong precision);
void exact_sharpness_printed_edge_rise(arb_t value, const void *argument, slong precision);

/* D+ B - D B+: the sign of (alignment after the step) - (alignment). */
void exact_sharpness_alignment_change(arb_t value, const void *argument, slong precision);

/* The same with the update's squares, the perturbed gradient's, in place of D+ and B+: the sign of
 * (alignment of the update) - (alignment of the gradient). */
void exact_sharpness_update_change(arb_t value, const void *argument, slong precision);

/* The change of L_D by the step, which is that of L by Dom-SAM; and of L_B, by Bulk-SAM. */
void exact_sharpness_dominant_loss_change(arb_t value, const void *argument, slong precision);
void exact_sharpness_bulk_loss_change(arb_t value, const void *argument, slong precision);

/* The alignment's pairwise conditions: eta (h_i + h_j) - 2 for the pair (1, k+1) and (k, d). */
void exact_sharpness_sharpest_pair(arb_t value, const void *argument, slong precision);
void exact_sharpness_flattest_pair(arb_t value, const void *argument, slong precision);

#endif
