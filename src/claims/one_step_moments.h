/* one_step_moments.h -- the moments of the gradient before and after one SGD step.
 *
 * CLAIM       L1 (theory/one_step_moments)
 * STATEMENT   With D_r = sum over the dominant set of lambda_i^r g_i^2, V_D of lambda_i^2 v_i (B_r
 *             and V_B over the bulk), one step of size eta gives
 *               E|P g+|^2 = D_0 - 2 eta D_1 + eta^2 (D_2 + V_D)
 *               E|Q g+|^2 = B_0 - 2 eta B_1 + eta^2 (B_2 + V_B);
 *             of the noise covariance only the diagonal in the eigenbasis enters.
 * HYPOTHESES  E xi = 0.
 * UNITS       D_r: [g]^2 [eta]^-r;  V, tau_: as D_2 and D_1. */
#ifndef SUSPALIGN_CLAIMS_ONE_STEP_MOMENTS_H
#define SUSPALIGN_CLAIMS_ONE_STEP_MOMENTS_H

#include "claims/claim.h"
#include "model/quadratic.h"

extern const claim one_step_moments_claim;

/* Every field is a sum of terms of one sign (the two gaps when the dominant set is the top k), so
 * that each has a relative error of at most `error`. */
typedef struct {
  double d0, d1, d2; /* sum of lambda_i^r g_i^2, dominant */
  double b0, b1, b2; /* the same over the bulk */
  double vd, vb;     /* sum of lambda_i^2 v_i */
  double taud, taub; /* sum of lambda_i v_i */
  double mean_gap;   /* d1/d0 - b1/b0, summed as differences from lambda_k; NaN if d0 or b0 is 0 */
  double square_gap; /* d2/d0 - b2/b0, likewise */
  double error;      /* relative, of every field above */
} one_step_moments;

/* O(d), allocates nothing; q within the domain of quadratic.h. */
void one_step_moments_of(const quadratic *q, one_step_moments *m);

/* E|P g+|^2 and E|Q g+|^2 by the formula of L1, eta >= 0; *error (may be NULL) bounds the absolute
 * error. */
double one_step_moments_dominant(const one_step_moments *m, double eta, double *error);
double one_step_moments_bulk(const one_step_moments *m, double eta, double *error);

/* The alignment alpha = D_0 / (D_0 + B_0); NaN when g = 0. Relative error 2 m->error + 3u. */
double one_step_moments_alignment(const one_step_moments *m);

/* The mean-field alignment after a step, E|P g+|^2 / E|g+|^2, summed direction by direction so
 * that nothing cancels; relative error 2 (d+8) u / |1 - eta lambda| at worst over directions whose
 * term counts.  NaN when both moments are 0. */
double one_step_mean_field_alignment(const quadratic *q, double eta);

/* What rounding sees of E|g+|^2, whose terms cancel: the sum of (1 + eta lambda)^2 g^2 +
 * (eta lambda)^2 v. */
double one_step_rounding_loss(const quadratic *q, double eta);

/* A bound on the mean-field alignment's absolute error where E|g+|^2 is `total`: gamma_{2d+16}
 * times the above, over the total. */
double one_step_mean_field_error(const quadratic *q, double eta, double total);

/* What the conclusions decide: HOLDS where the value is the truth within error + 2u |truth|, the
 * second for the truth's own rounding; else FAILS, and the note names eta and the three. */
verdict one_step_moments_expect(double value, double truth, double error, double eta,
                                claim_note *note);

#endif
