#include "exact/exact_step.h"

#include <math.h>

static double bias_of(const quadratic *q, size_t i) {
  return q->bias == NULL ? 0.0 : q->bias[i];
}

void exact_step_direction(arb_t value, const exact_step *step, size_t i, slong precision) {
  const quadratic *q = step->q;
  arb_t move, mean, term;
  arb_init(move);
  arb_init(mean);
  arb_init(term);
  /* move = eta lambda;  mean = g - move (g + bias);  value = mean^2 + move^2 v */
  arb_set_d(move, step->eta);
  arb_set_d(term, q->lambda[i]);
  arb_mul(move, move, term, precision);
  arb_set_d(mean, q->g[i]);
  arb_set_d(term, bias_of(q, i));
  arb_add(term, term, mean, precision);
  arb_submul(mean, move, term, precision);
  arb_sqr(value, mean, precision);
  arb_sqr(move, move, precision);
  arb_set_d(term, q->v[i]);
  arb_addmul(value, move, term, precision);
  arb_clear(move);
  arb_clear(mean);
  arb_clear(term);
}

static void sum_of_directions(arb_t value, const exact_step *step, size_t from, size_t to,
                              slong precision) {
  arb_t term;
  arb_init(term);
  arb_zero(value);
  for (size_t i = from; i < to; i++) {
    exact_step_direction(term, step, i, precision);
    arb_add(value, value, term, precision);
  }
  arb_clear(term);
}

void exact_step_dominant(arb_t value, const void *argument, slong precision) {
  const exact_step *step = argument;
  sum_of_directions(value, step, 0, step->q->k, precision);
}

void exact_step_bulk(arb_t value, const void *argument, slong precision) {
  const exact_step *step = argument;
  sum_of_directions(value, step, step->q->k, step->q->d, precision);
}

void exact_step_alignment_change(arb_t value, const void *argument, slong precision) {
  const exact_step *step = argument;
  const exact_step before = {step->q, 0.0};
  arb_t dominant, bulk;
  arb_init(dominant);
  arb_init(bulk);
  exact_step_dominant(dominant, step, precision);
  exact_step_bulk(bulk, &before, precision);
  arb_mul(value, dominant, bulk, precision);
  exact_step_bulk(bulk, step, precision);
  exact_step_dominant(dominant, &before, precision);
  arb_submul(value, bulk, dominant, precision);
  arb_clear(dominant);
  arb_clear(bulk);
}

static void loss_change(arb_t value, const exact_step *step, size_t from, size_t to,
                        slong precision) {
  arb_t term, square;
  arb_init(term);
  arb_init(square);
  arb_zero(value);
  for (size_t i = from; i < to; i++) {
    exact_step_direction(term, step, i, precision);
    arb_set_d(square, step->q->g[i]);
    arb_sqr(square, square, precision);
    arb_sub(term, term, square, precision);
    arb_set_d(square, 2.0 * step->q->lambda[i]);
    arb_div(term, term, square, precision);
    arb_add(value, value, term, precision);
  }
  arb_clear(term);
  arb_clear(square);
}

void exact_step_dominant_loss_change(arb_t value, const void *argument, slong precision) {
  const exact_step *step = argument;
  loss_change(value, step, 0, step->q->k, precision);
}

void exact_step_bulk_loss_change(arb_t value, const void *argument, slong precision) {
  const exact_step *step = argument;
  loss_change(value, step, step->q->k, step->q->d, precision);
}

/* sum of g_i^2 and sum of lambda_i^2 (g_i^2 + v_i) over from <= i < to */
static void state_sums(arb_t zeroth, arb_t second, const quadratic *q, size_t from, size_t to,
                       slong precision) {
  arb_t square, term;
  arb_init(square);
  arb_init(term);
  arb_zero(zeroth);
  arb_zero(second);
  for (size_t i = from; i < to; i++) {
    arb_set_d(square, q->g[i]);
    arb_sqr(square, square, precision);
    arb_add(zeroth, zeroth, square, precision);
    arb_set_d(term, q->v[i]);
    arb_add(square, square, term, precision);
    arb_set_d(term, q->lambda[i]);
    arb_sqr(term, term, precision);
    arb_addmul(second, square, term, precision);
  }
  arb_clear(square);
  arb_clear(term);
}

void exact_step_delta(arb_t value, const void *argument, slong precision) {
  const quadratic *q = ((const exact_step *)argument)->q;
  arb_t dominant, dominant_second, bulk, bulk_second;
  arb_init(dominant);
  arb_init(dominant_second);
  arb_init(bulk);
  arb_init(bulk_second);
  state_sums(dominant, dominant_second, q, 0, q->k, precision);
  state_sums(bulk, bulk_second, q, q->k, q->d, precision);
  arb_mul(value, dominant_second, bulk, precision);
  arb_submul(value, bulk_second, dominant, precision);
  arb_clear(dominant);
  arb_clear(dominant_second);
  arb_clear(bulk);
  arb_clear(bulk_second);
}

/* value = |P g+|^2 / |g+|^2 for the signs in `outcome`; 0 where g+ = 0. */
static void alignment_of_outcome(arb_t value, const exact_step *step, unsigned outcome,
                                 slong precision) {
  const quadratic *q = step->q;
  arb_t coordinate, term, dominant, total;
  arb_init(coordinate);
  arb_init(term);
  arb_init(dominant);
  arb_init(total);
  for (size_t i = 0; i < q->d; i++) {
    arb_set_d(term, q->v[i]);
    arb_sqrt(term, term, precision);
    if (outcome >> i & 1u)
      arb_neg(term, term);
    arb_set_d(coordinate, bias_of(q, i));
    arb_add(term, term, coordinate, precision);
    arb_set_d(coordinate, q->g[i]);
    arb_add(term, term, coordinate, precision); /* g + xi */
    arb_set_d(value, step->eta);
    arb_mul(term, term, value, precision);
    arb_set_d(value, q->lambda[i]);
    arb_submul(coordinate, term, value, precision);
    arb_addmul(i < q->k ? dominant : total, coordinate, coordinate, precision);
  }
  arb_add(total, total, dominant, precision);
  if (arb_is_zero(total))
    arb_zero(value);
  else
    arb_div(value, dominant, total, precision);
  arb_clear(coordinate);
  arb_clear(term);
  arb_clear(dominant);
  arb_clear(total);
}

void exact_step_true_alignment_change(arb_t value, const void *argument, slong precision) {
  const exact_step *step = argument;
  const size_t d = step->q->d;
  if (d > EXACT_STEP_SIGNS_MOST) {
    arb_indeterminate(value);
    return;
  }
  const exact_step before = {step->q, 0.0};
  arb_t one;
  arb_init(one);
  arb_zero(value);
  for (unsigned outcome = 0; outcome < 1u << d; outcome++) {
    alignment_of_outcome(one, step, outcome, precision);
    arb_add(value, value, one, precision);
  }
  arb_mul_2exp_si(value, value, -(slong)d);
  alignment_of_outcome(one, &before, 0, precision);
  arb_sub(value, value, one, precision);
  arb_clear(one);
}

certificate exact_step_alignment_certificate(const exact_step *step) {
  return certified_certificate_of(step->q->reading == READING_TRUE_EXPECTATION
                                      ? exact_step_true_alignment_change
                                      : exact_step_alignment_change,
                                  step);
}

certified_sign exact_step_alignment_sign(const exact_step *step) {
  return exact_step_alignment_certificate(step).sign;
}
