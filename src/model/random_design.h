/* random_design.h -- linear regression on random features without label noise: SGD whose noise is
 * made by the problem itself, and dies with its loss.
 *
 * Features x of mean zero and covariance S, labels y = theta*'x, delta = theta - theta*, so that
 * the residual is x'delta and L = (1/2) delta'S delta.  In the eigenbasis of S, of eigenvalues
 * lambda_i, x_i = sqrt(lambda_i) z_i.  Hessian and Fisher matrix are both S.  One step of SGD with
 * a mini-batch of b independent samples is delta+ = (I - eta H) delta, H = (1/b) sum_s x_s x_s'.
 *
 * UNITS  lambda in 1/[eta]; delta in a unit of its own; the loss has the unit lambda delta^2.
 *
 * DOMAIN (checked by random_design_validate)
 *   1 <= k <= d; lambda descending, each zero or in [1e-25, 1e25], the first one positive;
 *   |delta_i| zero or in [1e-50, 1e50]; batch >= 1; 0 <= eta lambda_1 <= 1e50. */
#ifndef SUSPALIGN_MODEL_RANDOM_DESIGN_H
#define SUSPALIGN_MODEL_RANDOM_DESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include "model/diagnostic.h"

#define RANDOM_DESIGN_MOVE_MAX 1e50

typedef struct {
  size_t d, k;    /* parameters; dominant directions, where a claim speaks of an alignment */
  double *lambda; /* length d, owned */
  double *delta;  /* length d, owned: in the eigenbasis */
  size_t batch;   /* b */
  double eta;     /* 0 where a claim chooses its own steps */

  /* What only ablations use. */
  double kurtosis; /* E z_i^4 of independent z_i; 3: Gaussian */
  bool isotropic;  /* the noise is 2L (Tr S/d) I instead of the design's own */
  bool uncentred;  /* "covariance" means E g g' instead of E g g' - (E g)(E g)' */
} random_design;

/* All zero but batch = 1 and kurtosis = 3.  NULL when memory is out or not 1 <= k <= d. */
random_design *random_design_alloc(size_t d, size_t k);
void random_design_free(random_design *r);
random_design *random_design_clone(const random_design *r);

/* From literal arrays of length d, copied, without validation. */
random_design *random_design_literal(size_t d, size_t k, const double *lambda, const double *delta,
                                     size_t batch, double eta);

/* GSL_SUCCESS; GSL_EINVAL (d, k, batch) or GSL_EDOM (a value), with a message naming the index and
 * the value.  kurtosis is at least 1 for any distribution. */
int random_design_validate(const random_design *r, diagnostic *diag);

/* The number of positive eigenvalues: they come first. */
size_t random_design_rank(const random_design *r);

#endif
