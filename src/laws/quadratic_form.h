/* quadratic_form.h -- the distribution of a quadratic form in normal variables at one point.
 *
 *   Q = sum_j [theta_j z_j^2 + 2 h_j z_j] + e,   z_j independent N(0, 1),
 *   E e^{zQ} = exp K(z),  K(z) = sum_j [ -ln(f_j)/2 + 2 z^2 h_j^2/f_j ] + z e,  f_j = 1 - 2 z
 * theta_j, for Re z between the poles.  Where the linear part comes from a shift, theta (z + b)^2
 * with drift = theta b^2, the two terms with b add up to z drift/f_j: without cancellation for
 * large z, so that form is taken where z is to grow large against 1/theta; with drift far above
 * theta it is not, and a sum e with more digits is better.  Imhof's inversion integral is the one
 * along Re z = 0; here it is taken through the real saddle point, on a hyperbola on which the
 * integrand decays on every scale: z(v) = z0 + sigma sin b + i sigma sinh(v + ib),  b = 0 (a
 * straight line) or +-pi/4, by the trapezoidal rule in v, which converges geometrically, the
 * integrand being analytic in a strip. J. P. Imhof, Biometrika 48 (1961) 419-426; R. B. Davies,
 * Applied Statistics 29 (1980) 323-333; L. N. Trefethen and J. A. C. Weideman, SIAM Review 56
 * (2014) 385-458. */
#ifndef SUSPALIGN_LAWS_QUADRATIC_FORM_H
#define SUSPALIGN_LAWS_QUADRATIC_FORM_H

#include <stddef.h>

/* K(z) = sum_j [ -ln(f_j)/2 + (2 z^2 h2_j + z drift_j)/f_j ] + z e, in units in which Var Q =
 * sum 2 theta^2 + 4 theta drift + 4 h2 is 1 up to rounding.  Borrowed. */
typedef struct {
  size_t n;            /* at least 1 */
  const double *theta; /* length n */
  const double *h2;    /* length n: h_j^2 of the directions in the first form, 0 for the others */
  const double *drift; /* length n: of the directions in the second form, 0 for the others */
  double e;
  double relative; /* error of each theta, h2 and drift */
  double doubt;    /* bound on E|Q - its exact value| from whatever else is inexact in it */
} quadratic_form;

/* P(Q > 0) in *value and a bound on its absolute error in *error:
 *   discretisation: the last change under halving of the step, which is far above the next one;
 *   truncation: on the straight line |e^K| falls, and beyond y at least like
 *     y^-nu, nu = sum_j 2 y^2 theta_j^2/|1 - 2 z theta_j|^2 (each term grows with y), a bound; on
 * the tilted ones the same from the fall that was seen last; no bound, infinity, where the end of
 * the integrand is not seen; rounding: that of the exponent, weighted with the integrand's modulus;
 * `doubt` times a bound on the density of Q at 0. Small probabilities keep their relative accuracy,
 * as far as `doubt` allows. GSL_SUCCESS where *error <= 1e-8; GSL_ETOL, with the values, otherwise;
 * GSL_ENOMEM. O(n) per node; some 20 nodes where no direction dominates. */
int quadratic_form_positive(const quadratic_form *q, double *value, double *error);

/* weight(context, x, y, w): E[W e^{zQ}] / E[e^{zQ}] at z = x + iy, into w[0] + i w[1]. */
typedef void quadratic_form_weight(const void *context, double x, double y, double w[2]);

/* E[W delta(Q)] = (1/2 pi i) int E[W e^{zQ}] dz: the density of Q at 0, weighted.  *error as above,
 * its truncation an estimate from the fall that was seen last.
 * GSL_SUCCESS; GSL_ETOL where *error > 1e-6 of the value; GSL_ENOMEM. */
int quadratic_form_density(const quadratic_form *q, quadratic_form_weight *weight,
                           const void *context, double *value, double *error);

#endif
