/* secular.h -- the root of a secular equation sum_i a_i / (tau + gap_i) = target.
 *
 * It gives the leading eigenvalue of a diagonal matrix plus one of rank 1, and with it stability
 * thresholds and growth rates without any matrix.  G. H. Golub, SIAM Review 15 (1973) 318-334. */
#ifndef SUSPALIGN_LAWS_SECULAR_H
#define SUSPALIGN_LAWS_SECULAR_H

#include <stddef.h>

/* The root tau > 0 and a bound on its error.  a_i >= 0, gap_i >= 0, some a_i > 0 with gap_i = 0,
 * target > 0; the a_i are good to 8 u each, gap_i to gap_error[i] (absolute; NULL: 0).
 *
 * The left side F falls from oo to 0, so there is one root; 1/F, a harmonic mean of affine
 * functions, is concave, so that Newton's iteration on it from below the root rises to it.  It
 * starts from the larger of the bounds (sum of a_i with gap_i = 0)/target and A/target - (mean gap
 * weighted with a), A = sum a_i: the second is Jensen's inequality.
 * Error bound: (|F - target| + (n + 16) u F + sum a_i gap_error_i/(tau + gap_i)^2) / |F'|, doubled
 * for the second order.
 * GSL_SUCCESS; GSL_EDOM outside the domain above or where the bound is not below tau/4 (ties that
 * rounding cannot tell apart); O(n) for each of some ten iterations, nothing is allocated. */
int secular_root(const double *a, const double *gap, const double *gap_error, size_t n,
                 double target, double *tau, double *error);

#endif
