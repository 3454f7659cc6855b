/* exact_polynomial.h -- one SGD step as polynomials in the step size, in ball arithmetic.
 *
 * E (g+_i)^2 = (g_i - eta lambda_i (g_i + bias_i))^2 + eta^2 lambda_i^2 v_i is a polynomial in eta
 * whose coefficients are dyadic, as all sums and products of them are.  The signs of a polynomial's
 * coefficients decide it at every step size at once, and each of them can be certified, zero
 * included.  The polynomials are multiplied out from the definition of the step by arb_poly; the
 * sums D_r, B_r, V, tau that the theorems speak of are summed here too, by themselves, so that
 * a claim's formula can be held against the polynomial. */
#ifndef SUSPALIGN_EXACT_EXACT_POLYNOMIAL_H
#define SUSPALIGN_EXACT_EXACT_POLYNOMIAL_H

#include "exact/certified.h"
#include "model/quadratic.h"

/* The coefficient of eta^power, 0..2, of a polynomial of q. */
typedef struct {
  const quadratic *q;
  slong power;
} exact_coefficient;

/* E (g+_i)^2 as a polynomial in eta of degree at most 2; i in 0..d-1. */
void exact_polynomial_direction(arb_poly_t value, const quadratic *q, size_t i, slong precision);

/* E[Delta L_i], L_i = lambda_i x_i^2 / 2 at x_i = g_i / lambda_i, expanded about x_i: the quadratic
 * loss is its own second-order expansion, -eta g_i E(g_i + xi_i) + eta^2 lambda_i E(g_i +
 * xi_i)^2/2.
 */
void exact_polynomial_loss_direction(arb_poly_t value, const quadratic *q, size_t i,
                                     slong precision);

/* Coefficients; the argument is an exact_coefficient. */
void exact_polynomial_dominant(arb_t value, const void *argument, slong precision); /* D(eta) */
void exact_polynomial_bulk(arb_t value, const void *argument, slong precision);     /* B(eta) */
void exact_polynomial_total(arb_t value, const void *argument, slong precision); /* D(eta)+B(eta) */
/* D(eta) B(0) - B(eta) D(0) */
void exact_polynomial_change(arb_t value, const void *argument, slong precision);
void exact_polynomial_dominant_loss(arb_t value, const void *argument, slong precision);
void exact_polynomial_bulk_loss(arb_t value, const void *argument, slong precision);

/* D(eta) and B(eta) whole. */
void exact_polynomial_sets(arb_poly_t dominant, arb_poly_t bulk, const quadratic *q,
                           slong precision);

/* b^2 - 4ac of c + b eta + a eta^2.  Where that of D(eta) + B(eta) is negative and c > 0, E|g+|^2
 * is positive at every step size, and the mean-field alignment defined. */
void exact_polynomial_discriminant(arb_t value, const arb_poly_t polynomial, slong precision);

/* Sums over from <= i < to of lambda_i^power times g_i^2, or times v_i: D_r, B_r and V, tau. */
void exact_polynomial_sum_squares(arb_t value, const quadratic *q, size_t from, size_t to,
                                  unsigned power, slong precision);
void exact_polynomial_sum_noise(arb_t value, const quadratic *q, size_t from, size_t to,
                                unsigned power, slong precision);

#endif
