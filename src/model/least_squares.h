/* least_squares.h -- a labelled data set as a quadratic problem, with mini-batch noise enumerated.
 *
 * L(w) = |Xw - y|^2/(2n) + (r/2)|w|^2 is exactly quadratic, with A = X'X/n + rI.  A mini-batch of
 * one, drawn uniformly, has n outcomes, so every expectation over it is a finite sum.
 *
 * Columns of X are centred and divided by one common number (the largest absolute entry before
 * centring); y is centred and divided by its standard deviation.  Directions of no variance
 * (eigenvalue below LEAST_SQUARES_CUTOFF of the largest, when r = 0) are dropped: neither the data
 * nor the noise reaches them. */
#ifndef SUSPALIGN_MODEL_LEAST_SQUARES_H
#define SUSPALIGN_MODEL_LEAST_SQUARES_H

#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_vector.h>
#include "model/diagnostic.h"
#include "model/quadratic.h"
#include "model/spectrum.h"

#define LEAST_SQUARES_CUTOFF 1e-10

typedef struct {
  size_t n, columns;    /* samples, features as given */
  double ridge;         /* r */
  gsl_matrix *x;        /* n x columns, centred and scaled; owned */
  gsl_vector *y;        /* length n, centred and scaled; owned */
  gsl_matrix *hessian;  /* columns x columns: A; owned */
  spectrum *spectrum;   /* of A on its range; basis is columns x d; owned */
  gsl_matrix *features; /* n x d: the samples in the eigenbasis, X U; owned */
} least_squares;

/* From raw samples (n x columns) and labels (length n), copied.  k = 0: proposed from the gap.
 * GSL_SUCCESS; GSL_EINVAL (n < 2, columns < 2, k), GSL_EDOM (values not finite, constant labels, no
 * gap, ridge < 0), GSL_ENOMEM. */
int least_squares_from_samples(const gsl_matrix *samples, const gsl_vector *labels, double ridge,
                               size_t k, least_squares **out, diagnostic *diag);
void least_squares_free(least_squares *p);

/* The state at w (length columns; NULL means w = 0) as an instance: lambda, g_i = u_i' grad L(w),
 * v_i = u_i' Sigma(w) u_i with Sigma the covariance of the gradient of one uniformly drawn sample
 * (population, not n-1), and the full covariance in the eigenbasis if `with_covariance`.
 * Rounding: sums over n samples. */
quadratic *least_squares_state(const least_squares *p, const gsl_vector *w, int with_covariance);

/* One SGD step on a mini-batch of `batch` samples drawn with replacement: w is updated. */
void least_squares_step(const least_squares *p, gsl_vector *w, double eta, size_t batch,
                        gsl_rng *rng);

/* Exact means over the n outcomes of a mini-batch of one at w, by taking each step for real in the
 * given coordinates (no eigenbasis formula): of |P g+|^2, |Q g+|^2, |P g+|^2/|g+|^2, and of the
 * changes of L_D and L_B. */
typedef struct {
  double dominant, bulk;           /* E|P g+|^2, E|Q g+|^2 */
  double true_alignment;           /* E[|P g+|^2/|g+|^2] */
  double dominant_loss, bulk_loss; /* E[Delta L_D], E[Delta L_B] */
  double alignment;                /* before the step, from the same dense projector */
  double error;                    /* absolute, of the first two */
  double loss_error;               /* absolute, of the losses */
} least_squares_outcomes;

int least_squares_enumerate(const least_squares *p, const gsl_vector *w, double eta,
                            least_squares_outcomes *out);

#endif
