#include "exact/exact_polynomial.h"

static double bias_of(const quadratic *q, size_t i) {
  return q->bias == NULL ? 0.0 : q->bias[i];
}

/* value = eta lambda_i (g_i + bias_i), the mean move along direction i. */
static void mean_move(arb_poly_t value, const quadratic *q, size_t i, slong precision) {
  arb_t factor, term;
  arb_init(factor);
  arb_init(term);
  arb_set_d(factor, q->g[i]);
  arb_set_d(term, bias_of(q, i));
  arb_add(factor, factor, term, precision);
  arb_set_d(term, q->lambda[i]);
  arb_mul(factor, factor, term, precision);
  arb_poly_zero(value);
  arb_poly_set_coeff_arb(value, 1, factor);
  arb_clear(factor);
  arb_clear(term);
}

/* region: direction */
/* (g_i - eta lambda_i (g_i + bias_i))^2 + (eta lambda_i)^2 v_i, multiplied out by arb_poly. */
void exact_polynomial_direction(arb_poly_t value, const quadratic *q, size_t i, slong precision) {
  arb_poly_t mean, noise;
  arb_t term;
  arb_poly_init(mean);
  arb_poly_init(noise);
  arb_init(term);
  mean_move(noise, q, i, precision);
  arb_set_d(term, q->g[i]);
  arb_poly_set_arb(mean, term);
  arb_poly_sub(mean, mean, noise, precision);
  arb_poly_mul(value, mean, mean, precision);
  arb_set_d(term, q->lambda[i]);
  arb_poly_zero(noise);
  arb_poly_set_coeff_arb(noise, 1, term);
  arb_poly_mul(noise, noise, noise, precision);
  arb_set_d(term, q->v[i]);
  arb_poly_scalar_mul(noise, noise, term, precision);
  arb_poly_add(value, value, noise, precision);
  arb_poly_clear(mean);
  arb_poly_clear(noise);
  arb_clear(term);
}
/* end region: direction */

void exact_polynomial_loss_direction(arb_poly_t value, const quadratic *q, size_t i,
                                     slong precision) {
  arb_t mean, square, term;
  arb_init(mean);
  arb_init(square);
  arb_init(term);
  /* mean = E(g + xi), square = E(g + xi)^2 = mean^2 + v */
  arb_set_d(mean, q->g[i]);
  arb_set_d(term, bias_of(q, i));
  arb_add(mean, mean, term, precision);
  arb_sqr(square, mean, precision);
  arb_set_d(term, q->v[i]);
  arb_add(square, square, term, precision);
  arb_set_d(term, q->lambda[i]);
  arb_mul(square, square, term, precision);
  arb_mul_2exp_si(square, square, -1);
  arb_set_d(term, q->g[i]);
  arb_mul(mean, mean, term, precision);
  arb_neg(mean, mean);
  arb_poly_zero(value);
  arb_poly_set_coeff_arb(value, 1, mean);
  arb_poly_set_coeff_arb(value, 2, square);
  arb_clear(mean);
  arb_clear(square);
  arb_clear(term);
}

typedef void (*polynomial_of)(arb_poly_t value, const quadratic *q, size_t i, slong precision);

static void sum_directions(arb_poly_t sum, polynomial_of one, const quadratic *q, size_t from,
                           size_t to, slong precision) {
  arb_poly_t term;
  arb_poly_init(term);
  arb_poly_zero(sum);
  for (size_t i = from; i < to; i++) {
    one(term, q, i, precision);
    arb_poly_add(sum, sum, term, precision);
  }
  arb_poly_clear(term);
}

void exact_polynomial_sets(arb_poly_t dominant, arb_poly_t bulk, const quadratic *q,
                           slong precision) {
  sum_directions(dominant, exact_polynomial_direction, q, 0, q->k, precision);
  sum_directions(bulk, exact_polynomial_direction, q, q->k, q->d, precision);
}

static void coefficient_of_sum(arb_t value, polynomial_of one, const exact_coefficient *at,
                               size_t from, size_t to, slong precision) {
  arb_poly_t sum;
  arb_poly_init(sum);
  sum_directions(sum, one, at->q, from, to, precision);
  arb_poly_get_coeff_arb(value, sum, at->power);
  arb_poly_clear(sum);
}

void exact_polynomial_dominant(arb_t value, const void *argument, slong precision) {
  const exact_coefficient *at = argument;
  coefficient_of_sum(value, exact_polynomial_direction, at, 0, at->q->k, precision);
}

void exact_polynomial_bulk(arb_t value, const void *argument, slong precision) {
  const exact_coefficient *at = argument;
  coefficient_of_sum(value, exact_polynomial_direction, at, at->q->k, at->q->d, precision);
}

void exact_polynomial_total(arb_t value, const void *argument, slong precision) {
  const exact_coefficient *at = argument;
  coefficient_of_sum(value, exact_polynomial_direction, at, 0, at->q->d, precision);
}

void exact_polynomial_dominant_loss(arb_t value, const void *argument, slong precision) {
  const exact_coefficient *at = argument;
  coefficient_of_sum(value, exact_polynomial_loss_direction, at, 0, at->q->k, precision);
}

void exact_polynomial_bulk_loss(arb_t value, const void *argument, slong precision) {
  const exact_coefficient *at = argument;
  coefficient_of_sum(value, exact_polynomial_loss_direction, at, at->q->k, at->q->d, precision);
}

/* region: change */
void exact_polynomial_change(arb_t value, const void *argument, slong precision) {
  const exact_coefficient *at = argument;
  const quadratic *q = at->q;
  arb_poly_t dominant, bulk;
  arb_t before, term;
  arb_poly_init(dominant);
  arb_poly_init(bulk);
  arb_init(before);
  arb_init(term);
  exact_polynomial_sets(dominant, bulk, q, precision);
  arb_poly_get_coeff_arb(before, bulk, 0); /* B(0) */
  arb_poly_get_coeff_arb(value, dominant, at->power);
  arb_mul(value, value, before, precision);
  arb_poly_get_coeff_arb(before, dominant, 0); /* D(0) */
  arb_poly_get_coeff_arb(term, bulk, at->power);
  arb_submul(value, term, before, precision);
  arb_poly_clear(dominant);
  arb_poly_clear(bulk);
  arb_clear(before);
  arb_clear(term);
}
/* end region: change */

void exact_polynomial_discriminant(arb_t value, const arb_poly_t polynomial, slong precision) {
  arb_t term, other;
  arb_init(term);
  arb_init(other);
  arb_poly_get_coeff_arb(value, polynomial, 1);
  arb_sqr(value, value, precision);
  arb_poly_get_coeff_arb(term, polynomial, 0);
  arb_poly_get_coeff_arb(other, polynomial, 2);
  arb_mul_2exp_si(other, other, 2);
  arb_submul(value, term, other, precision);
  arb_clear(term);
  arb_clear(other);
}

/* The sum of lambda^power x^2, or of lambda^power x. */
static void sum_powers(arb_t value, const quadratic *q, const double *x, bool squared, size_t from,
                       size_t to, unsigned power, slong precision) {
  arb_t term, lambda;
  arb_init(term);
  arb_init(lambda);
  arb_zero(value);
  for (size_t i = from; i < to; i++) {
    arb_set_d(lambda, q->lambda[i]);
    arb_pow_ui(lambda, lambda, power, precision);
    arb_set_d(term, x[i]);
    if (squared)
      arb_sqr(term, term, precision);
    arb_addmul(value, lambda, term, precision);
  }
  arb_clear(term);
  arb_clear(lambda);
}

void exact_polynomial_sum_squares(arb_t value, const quadratic *q, size_t from, size_t to,
                                  unsigned power, slong precision) {
  sum_powers(value, q, q->g, true, from, to, power, precision);
}

void exact_polynomial_sum_noise(arb_t value, const quadratic *q, size_t from, size_t to,
                                unsigned power, slong precision) {
  sum_powers(value, q, q->v, false, from, to, power, precision);
}
