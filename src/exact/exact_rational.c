#include "exact/exact_rational.h"

void exact_rational_set(fmpq_t value, double x) {
  arf_t exact;
  arf_init(exact);
  arf_set_d(exact, x);
  arf_get_fmpq(value, exact);
  arf_clear(exact);
}

void exact_rational_direction(fmpq_t value, const quadratic *q, size_t i, const fmpq_t eta,
                              const fmpq *square) {
  fmpq_t move, mean, term;
  fmpq_init(move);
  fmpq_init(mean);
  fmpq_init(term);
  exact_rational_set(move, q->lambda[i]);
  fmpq_mul(move, move, eta);
  if (square != NULL) {
    /* (1 - move)^2 square */
    fmpq_set_si(mean, 1, 1);
    fmpq_sub(mean, mean, move);
    fmpq_mul(value, mean, mean);
    fmpq_mul(value, value, square);
  } else {
    exact_rational_set(mean, q->g[i]);
    exact_rational_set(term, q->bias == NULL ? 0.0 : q->bias[i]);
    fmpq_add(term, term, mean);
    fmpq_mul(term, term, move);
    fmpq_sub(mean, mean, term);
    fmpq_mul(value, mean, mean);
  }
  fmpq_mul(move, move, move);
  exact_rational_set(term, q->v[i]);
  fmpq_mul(term, term, move);
  fmpq_add(value, value, term);
  fmpq_clear(move);
  fmpq_clear(mean);
  fmpq_clear(term);
}

static void sum_powers(fmpq_t value, const quadratic *q, const double *x, bool squared, size_t from,
                       size_t to, unsigned power) {
  fmpq_t term, factor;
  fmpq_init(term);
  fmpq_init(factor);
  fmpq_zero(value);
  for (size_t i = from; i < to; i++) {
    exact_rational_set(term, x[i]);
    if (squared)
      fmpq_mul(term, term, term);
    exact_rational_set(factor, q->lambda[i]);
    for (unsigned n = 0; n < power; n++)
      fmpq_mul(term, term, factor);
    fmpq_add(value, value, term);
  }
  fmpq_clear(term);
  fmpq_clear(factor);
}

void exact_rational_sum_squares(fmpq_t value, const quadratic *q, size_t from, size_t to,
                                unsigned power) {
  sum_powers(value, q, q->g, true, from, to, power);
}

void exact_rational_sum_noise(fmpq_t value, const quadratic *q, size_t from, size_t to,
                              unsigned power) {
  sum_powers(value, q, q->v, false, from, to, power);
}

void exact_rational_change(fmpq_t value, const quadratic *q, const fmpq_t eta) {
  fmpq_t after[2], before[2], term, zero; /* [1] dominant, [0] bulk */
  fmpq_init(term);
  fmpq_init(zero);
  for (int set = 0; set < 2; set++) {
    fmpq_init(after[set]);
    fmpq_init(before[set]);
  }
  for (size_t i = 0; i < q->d; i++) {
    exact_rational_direction(term, q, i, eta, NULL);
    fmpq_add(after[i < q->k], after[i < q->k], term);
    exact_rational_direction(term, q, i, zero, NULL);
    fmpq_add(before[i < q->k], before[i < q->k], term);
  }
  fmpq_mul(value, after[1], before[0]);
  fmpq_mul(term, after[0], before[1]);
  fmpq_sub(value, value, term);
  fmpq_clear(term);
  fmpq_clear(zero);
  for (int set = 0; set < 2; set++) {
    fmpq_clear(after[set]);
    fmpq_clear(before[set]);
  }
}

void exact_rational_loss_change(fmpq_t value, const quadratic *q, size_t from, size_t to,
                                const fmpq_t eta) {
  fmpq_t term, other;
  fmpq_init(term);
  fmpq_init(other);
  fmpq_zero(value);
  for (size_t i = from; i < to; i++) {
    exact_rational_direction(term, q, i, eta, NULL);
    exact_rational_set(other, q->g[i]);
    fmpq_mul(other, other, other);
    fmpq_sub(term, term, other);
    exact_rational_set(other, q->lambda[i]);
    fmpq_div(term, term, other);
    fmpq_add(value, value, term);
  }
  fmpq_div_2exp(value, value, 1);
  fmpq_clear(term);
  fmpq_clear(other);
}

void exact_rational_stationary(fmpq_t value, const quadratic *q, size_t i) {
  fmpq_t move, term;
  fmpq_init(move);
  fmpq_init(term);
  exact_rational_set(move, q->eta);
  exact_rational_set(term, q->lambda[i]);
  fmpq_mul(move, move, term);
  fmpq_set_si(term, 2, 1);
  fmpq_sub(term, term, move);
  exact_rational_set(value, q->v[i]);
  fmpq_mul(value, value, move);
  fmpq_div(value, value, term);
  fmpq_clear(move);
  fmpq_clear(term);
}
