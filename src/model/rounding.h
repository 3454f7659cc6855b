/* rounding.h -- the standard model of floating-point arithmetic, as the bounds of this project
 * use it: fl(a op b) = (a op b)(1 + delta), |delta| <= u = 2^-53, no contraction, no underflow
 * (the model's domain rules it out, see quadratic.h).
 * N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, section 3.1. */
#ifndef SUSPALIGN_MODEL_ROUNDING_H
#define SUSPALIGN_MODEL_ROUNDING_H

#include <float.h>
#include <stddef.h>

#define ROUNDING_UNIT (0.5 * DBL_EPSILON)

/* gamma_n = n u / (1 - n u): the relative error of a product of n factors (1 + delta)^{+-1}, and
 * of a sum of non-negative terms each of which saw at most n operations.  n u < 1. */
static inline double rounding_gamma(size_t n) {
  const double nu = (double)n * ROUNDING_UNIT;
  return nu / (1.0 - nu);
}

#endif
