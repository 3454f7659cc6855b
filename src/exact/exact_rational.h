/* exact_rational.h -- one SGD step at a rational step size, in FLINT's rationals.
 *
 * Every double is a rational number, so all that is rational in the inputs has an exact value:
 * "the alignment stands still at eta*" is an equality between rationals, which no ball can decide.
 * The numbers grow with the number of directions, hence a limit. */
#ifndef SUSPALIGN_EXACT_EXACT_RATIONAL_H
#define SUSPALIGN_EXACT_EXACT_RATIONAL_H

#include <stdbool.h>
#include "exact/arb_header.h"
#include "model/quadratic.h"

/* Up to this many directions an equality is decided with rationals; beyond, it does not apply. */
enum { EXACT_RATIONAL_DIMENSION_MOST = 12 };

/* Exact; x finite. */
void exact_rational_set(fmpq_t value, double x);

/* E (g+_i)^2 at the step eta, from the definition of the step; the mean square of g_i before the
 * step is g_i^2, or `square` where that is not NULL (bias must then be NULL). */
void exact_rational_direction(fmpq_t value, const quadratic *q, size_t i, const fmpq_t eta,
                              const fmpq *square);

/* Sums over from <= i < to of lambda_i^power times g_i^2 or v_i. */
void exact_rational_sum_squares(fmpq_t value, const quadratic *q, size_t from, size_t to,
                                unsigned power);
void exact_rational_sum_noise(fmpq_t value, const quadratic *q, size_t from, size_t to,
                              unsigned power);

/* D(eta) B(0) - B(eta) D(0). */
void exact_rational_change(fmpq_t value, const quadratic *q, const fmpq_t eta);

/* The sum over from <= i < to of (E (g+_i)^2 - g_i^2) / (2 lambda_i), the expected change of that
 * part of the loss. */
void exact_rational_loss_change(fmpq_t value, const quadratic *q, size_t from, size_t to,
                                const fmpq_t eta);

/* s_i = eta lambda_i v_i / (2 - eta lambda_i) at q->eta, eta lambda_i != 2. */
void exact_rational_stationary(fmpq_t value, const quadratic *q, size_t i);

#endif
