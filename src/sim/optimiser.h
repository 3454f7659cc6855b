/* optimiser.h -- full-batch gradient descent and Adam, each with and without momentum, on a
 * quadratic, and their effective step sizes along the run.
 *
 * A step, coordinate by coordinate, from zero averages (t = 1, 2, ...):
 *   plain:  b <- momentum b + g,                  x <- x - eta b
 *   Adam:   b <- momentum b + (1 - momentum) g,   c <- second c + (1 - second) g^2,
 *           x <- x - eta (b/(1 - momentum^t)) / (sqrt(c/(1 - second^t)) + epsilon)
 * as PyTorch's SGD and Adam do.  The plain one is the heavy ball and does not see the basis; Adam
 * does, so that the coordinates are a choice: those of the eigenbasis, or of a random one.
 *
 * UNITS  effective steps as in model/effective_step.h; eta of the plain one in 1/[lambda], of Adam
 *        in [x]; epsilon in [g].
 * SOURCE arXiv:2405.16002, section C; D. Kingma, J. Ba, Adam, arXiv:1412.6980. */
#ifndef SUSPALIGN_SIM_OPTIMISER_H
#define SUSPALIGN_SIM_OPTIMISER_H

#include <stdbool.h>
#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include "model/effective_step.h"
#include "model/quadratic.h"

typedef struct {
  bool adaptive; /* Adam */
  double eta, momentum, second, epsilon;
} optimiser_rule;

typedef struct {
  effective_step mean, deviation; /* over the steps that have both; deviation over their number */
  size_t counted;                 /* those steps: where neither part of the gradient is 0 */
  double start, end;              /* the loss, sum g_i^2/(2 lambda_i) */
} optimiser_summary;

/* `steps` steps from the state of q (its noise and its step are not read).  basis: d x d
 * orthogonal, column i the image of direction i, or NULL for the eigenbasis.  path: NULL, or of
 * length `steps`, for the effective steps one by one (NaN where there are none). GSL_SUCCESS;
 * GSL_EOVRFLW when the loss overflows (*out then has end = INFINITY and what was counted up to
 * there); GSL_EINVAL (eta not above 0, momentum or second not in [0, 1), epsilon not above 0 in
 * Adam, a basis of another shape), GSL_ENOMEM. */
int optimiser_run(const quadratic *q, const gsl_matrix *basis, const optimiser_rule *rule,
                  size_t steps, optimiser_summary *out, effective_step *path);

#endif
