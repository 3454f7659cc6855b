/* dense_run.h -- whole runs of SGD, Dom-SGD and Bulk-SGD without the eigenbasis: mean and second
 * moment of x as dense matrices, projectors included.  The oracle for expected losses and
 * distances that are computed one direction at a time. */
#ifndef SUSPALIGN_EXACT_DENSE_RUN_H
#define SUSPALIGN_EXACT_DENSE_RUN_H

#include "exact/dense_step.h"
#include "model/projected_update.h"

typedef struct {
  double loss, distance;             /* E L(x_t), E|x_t - x_0|^2 */
  double loss_error, distance_error; /* absolute */
} dense_run;

/* t steps of size eta from dense->x, by
 *   m+ = T m,  M+ = T M T' + eta^2 Pi Sigma Pi',  T = I - eta Pi A,  Pi one of I, P, I - P.
 * GSL_SUCCESS or GSL_ENOMEM.  O(t d^3).  The errors grow with t (1 + eta |A|)^2; they are of use
 * where eta |A| < 2. */
int dense_run_of(const dense_quadratic *dense, double eta, update_kind kind, size_t t,
                 dense_run *out);

#endif
