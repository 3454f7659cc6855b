#include "exact/exact_sharpness.h"

static void gradient_norm(arb_t norm, const quadratic *q, slong precision) {
  arb_t term;
  arb_init(term);
  arb_zero(norm);
  for (size_t i = 0; i < q->d; i++) {
    arb_set_d(term, q->g[i]);
    arb_addmul(norm, term, term, precision);
  }
  arb_sqrt(norm, norm, precision);
  arb_clear(term);
}

/* stretch = 1 + lambda radius/|g|: the perturbed gradient along the direction, over the gradient.
 */
static void stretch_of(arb_t stretch, const exact_sharpness *step, double lambda, const arb_t norm,
                       slong precision) {
  arb_t term;
  arb_init(term);
  arb_set_d(stretch, step->q->radius);
  arb_set_d(term, lambda);
  arb_mul(stretch, stretch, term, precision);
  arb_div(stretch, stretch, norm, precision);
  arb_add_ui(stretch, stretch, 1, precision);
  arb_clear(term);
}

/* eta lambda stretch: the share of x_i that the step takes away. */
static void move_of(arb_t move, const exact_sharpness *step, double lambda, const arb_t norm,
                    slong precision) {
  arb_t term;
  arb_init(term);
  stretch_of(move, step, lambda, norm, precision);
  arb_set_d(term, lambda);
  arb_mul(move, move, term, precision);
  arb_set_d(term, step->q->eta);
  arb_mul(move, move, term, precision);
  arb_clear(term);
}

/* (1 - move)^2 - 1 */
static void growth_of_move(arb_t value, slong precision) {
  arb_sub_ui(value, value, 1, precision); /* x+ = (1 - move) x */
  arb_sqr(value, value, precision);
  arb_sub_ui(value, value, 1, precision);
}

void exact_sharpness_growth(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  arb_t norm;
  arb_init(norm);
  gradient_norm(norm, step->q, precision);
  move_of(value, step, step->lambda, norm, precision);
  growth_of_move(value, precision);
  arb_clear(norm);
}

/* n/(2 radius) (sqrt(1 + 8 inner/(eta n)) - 1) at n = |g| times a factor */
static void edge_at(arb_t value, const exact_sharpness *step, double inner, ulong factor,
                    slong precision) {
  arb_t norm, term;
  arb_init(norm);
  arb_init(term);
  gradient_norm(norm, step->q, precision);
  arb_mul_ui(norm, norm, factor, precision);
  arb_set_d(value, inner);
  arb_mul_ui(value, value, 8, precision);
  arb_set_d(term, step->q->eta);
  arb_mul(term, term, norm, precision);
  arb_div(value, value, term, precision);
  arb_add_ui(value, value, 1, precision);
  arb_sqrt(value, value, precision);
  arb_sub_ui(value, value, 1, precision);
  arb_mul(value, value, norm, precision);
  arb_set_d(term, step->q->radius);
  arb_mul_ui(term, term, 2, precision);
  arb_div(value, value, term, precision);
  arb_clear(norm);
  arb_clear(term);
}

static void edge(arb_t value, const exact_sharpness *step, double inner, slong precision) {
  edge_at(value, step, inner, 1, precision);
}

static void edge_rise(arb_t value, const exact_sharpness *step, double inner, slong precision) {
  arb_t before;
  arb_init(before);
  edge(before, step, inner, precision);
  edge_at(value, step, inner, 2, precision);
  arb_sub(value, value, before, precision);
  arb_clear(before);
}

void exact_sharpness_edge_rise(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  edge_rise(value, step, step->q->radius, precision);
}

void exact_sharpness_edge_rise_in_radius(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  quadratic other = *step->q; /* its arrays are shared, and read alone */
  other.radius *= 2.0;
  const exact_sharpness wider = {&other, step->lambda};
  arb_t before;
  arb_init(before);
  edge(before, step, step->q->radius, precision);
  edge(value, &wider, other.radius, precision);
  arb_sub(value, value, before, precision);
  arb_clear(before);
}

void exact_sharpness_printed_edge_rise(arb_t value, const void *argument, slong precision) {
  edge_rise(value, argument, 1.0, precision);
}

void exact_sharpness_edge_excess(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  arb_t lambda;
  arb_init(lambda);
  edge(value, step, step->q->radius, precision);
  arb_set_d(lambda, step->lambda);
  arb_sub(value, value, lambda, precision);
  arb_clear(lambda);
}

void exact_sharpness_printed_growth(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  arb_t norm, lambda, term;
  arb_init(norm);
  arb_init(lambda);
  arb_init(term);
  gradient_norm(norm, step->q, precision);
  edge(lambda, step, 1.0, precision);
  /* move = eta (lambda + r lambda^2/|g|) */
  arb_set_d(term, step->q->radius);
  arb_mul(value, lambda, lambda, precision);
  arb_mul(value, value, term, precision);
  arb_div(value, value, norm, precision);
  arb_add(value, value, lambda, precision);
  arb_set_d(term, step->q->eta);
  arb_mul(value, value, term, precision);
  growth_of_move(value, precision);
  arb_clear(norm);
  arb_clear(lambda);
  arb_clear(term);
}

void exact_sharpness_printed_units(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  quadratic other = *step->q; /* its arrays are shared, and read alone */
  other.eta *= 0.5;
  other.radius *= 0.5;
  const exact_sharpness halved = {&other, step->lambda};
  arb_t twice;
  arb_init(twice);
  edge(twice, step, 1.0, precision);
  arb_mul_2exp_si(twice, twice, 1);
  edge(value, &halved, 1.0, precision);
  arb_sub(value, value, twice, precision);
  arb_clear(twice);
}

/* sum of (factor g_i)^2 over from <= i < to; the factor is 1 - move, or the stretch. */
static void squares(arb_t value, const exact_sharpness *step, size_t from, size_t to, bool update,
                    slong precision) {
  const quadratic *q = step->q;
  arb_t norm, factor, term;
  arb_init(norm);
  arb_init(factor);
  arb_init(term);
  gradient_norm(norm, q, precision);
  arb_zero(value);
  for (size_t i = from; i < to; i++) {
    if (update)
      stretch_of(factor, step, q->lambda[i], norm, precision);
    else {
      move_of(factor, step, q->lambda[i], norm, precision);
      arb_sub_ui(factor, factor, 1, precision);
    }
    arb_set_d(term, q->g[i]);
    arb_mul(term, term, factor, precision);
    arb_addmul(value, term, term, precision);
  }
  arb_clear(norm);
  arb_clear(factor);
  arb_clear(term);
}

static void gradient_squares(arb_t value, const quadratic *q, size_t from, size_t to,
                             slong precision) {
  arb_t term;
  arb_init(term);
  arb_zero(value);
  for (size_t i = from; i < to; i++) {
    arb_set_d(term, q->g[i]);
    arb_addmul(value, term, term, precision);
  }
  arb_clear(term);
}

static void compare(arb_t value, const exact_sharpness *step, bool update, slong precision) {
  const quadratic *q = step->q;
  arb_t after, before;
  arb_init(after);
  arb_init(before);
  squares(after, step, 0, q->k, update, precision);
  gradient_squares(before, q, q->k, q->d, precision);
  arb_mul(value, after, before, precision);
  squares(after, step, q->k, q->d, update, precision);
  gradient_squares(before, q, 0, q->k, precision);
  arb_submul(value, after, before, precision);
  arb_clear(after);
  arb_clear(before);
}

void exact_sharpness_alignment_change(arb_t value, const void *argument, slong precision) {
  compare(value, argument, false, precision);
}

void exact_sharpness_update_change(arb_t value, const void *argument, slong precision) {
  compare(value, argument, true, precision);
}

/* sum of (x+^2 - x^2) lambda/2 over from <= i < to, x = g/lambda */
static void loss_change(arb_t value, const exact_sharpness *step, size_t from, size_t to,
                        slong precision) {
  const quadratic *q = step->q;
  arb_t norm, growth, term;
  arb_init(norm);
  arb_init(growth);
  arb_init(term);
  gradient_norm(norm, q, precision);
  arb_zero(value);
  for (size_t i = from; i < to; i++) {
    move_of(growth, step, q->lambda[i], norm, precision);
    growth_of_move(growth, precision);
    arb_set_d(term, q->g[i]);
    arb_sqr(term, term, precision);
    arb_mul(growth, growth, term, precision);
    arb_set_d(term, q->lambda[i]);
    arb_div(growth, growth, term, precision);
    arb_mul_2exp_si(growth, growth, -1);
    arb_add(value, value, growth, precision);
  }
  arb_clear(norm);
  arb_clear(growth);
  arb_clear(term);
}

void exact_sharpness_dominant_loss_change(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  loss_change(value, step, 0, step->q->k, precision);
}

void exact_sharpness_bulk_loss_change(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  loss_change(value, step, step->q->k, step->q->d, precision);
}

static void pair(arb_t value, const exact_sharpness *step, size_t i, size_t j, slong precision) {
  arb_t norm, move;
  arb_init(norm);
  arb_init(move);
  gradient_norm(norm, step->q, precision);
  move_of(value, step, step->q->lambda[i], norm, precision);
  move_of(move, step, step->q->lambda[j], norm, precision);
  arb_add(value, value, move, precision);
  arb_sub_ui(value, value, 2, precision);
  arb_clear(norm);
  arb_clear(move);
}

void exact_sharpness_sharpest_pair(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  pair(value, step, 0, step->q->k, precision);
}

void exact_sharpness_flattest_pair(arb_t value, const void *argument, slong precision) {
  const exact_sharpness *step = argument;
  pair(value, step, step->q->k - 1, step->q->d - 1, precision);
}
