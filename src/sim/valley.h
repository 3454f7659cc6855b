/* valley.h -- a valley whose floor gets flatter along its length, and SGD in it with a cyclical
 * step.
 *
 * L(x_1, x_2, z) = (h_1 x_1^2 + h_2(z) x_2^2)/2, h_2(z) = h_2(0) e^{-z}: the floor x_1 = x_2 = 0 is
 * a line of minima; across it the sharpest direction x_1 has the same curvature everywhere, the
 * second one flattens along it.  It is the expected loss of a regression: one sample draws two
 * standard normals and has the residual
 *   sqrt(h_1) xi_1 x_1 + sqrt(h_2(z)) xi_2 x_2 + label noise of deviation sigma,
 * so that the noise on the floor has the covariance sigma^2 Hess L, and near it (2L + sigma^2) Hess
 * L and more: aligned with the curvature, none of it along the floor.  A step is (x_1, x_2, z) -
 * eta (mean over b samples of residual * its gradient). The step size goes from low to high and
 * back, linearly, in `period` steps.
 *
 * UNITS  h in 1/[eta]; x in a unit of its own; z has none. */
#ifndef SUSPALIGN_SIM_VALLEY_H
#define SUSPALIGN_SIM_VALLEY_H

#include <stddef.h>
#include <gsl/gsl_rng.h>

typedef struct {
  double sharpest, second; /* h_1 > h_2(0) > 0 */
  double slope;            /* 1: h_2(0) e^{-z}; 0: the floor is as sharp everywhere */
  double label;            /* sigma */
  size_t batch;            /* b; 0: gradient descent, all samples there are */
  double low, high;        /* step sizes */
  size_t period, cycles;   /* steps: period * cycles */
  double start[2];         /* x_1, x_2; z = 0 */
} valley;

typedef struct {
  double x[2], z;
} valley_place;

/* The step size at step t. */
double valley_step_size(const valley *v, size_t t);

/* h_2(z). */
double valley_second(const valley *v, double z);

/* One step; rng is not used by gradient descent. */
void valley_step(const valley *v, size_t t, valley_place *at, gsl_rng *rng);

/* From the start to the end; each place is stored in path (period * cycles + 1 of them) unless path
 * is NULL. */
valley_place valley_run(const valley *v, gsl_rng *rng, valley_place *path);

#endif
