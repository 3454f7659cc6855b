#include "config.h"
#include "exact/exact_toy.h"

#include "exact/exact_rational.h"

void exact_toy_factors_init(exact_toy_factors *f, const toy *t) {
  fmpq_t eta;
  fmpq *const all[] = {f->p, f->r, f->e, f->pp, f->rr, f->ee, eta};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    fmpq_init(all[i]);
  exact_rational_set(eta, t->eta);
  exact_rational_set(f->p, t->a);
  exact_rational_set(f->r, t->b);
  exact_rational_set(f->e, t->c);
  fmpq_mul(f->p, f->p, eta);
  fmpq_mul(f->r, f->r, eta);
  fmpq_mul(f->e, f->e, eta);
  fmpq_set_si(eta, 1, 1);
  fmpq_sub(f->p, eta, f->p);
  fmpq_sub(f->r, eta, f->r);
  fmpq_mul(f->pp, f->p, f->p);
  fmpq_mul(f->rr, f->r, f->r);
  fmpq_mul(f->ee, f->e, f->e);
  fmpq_clear(eta);
}

void exact_toy_factors_clear(exact_toy_factors *f) {
  fmpq *const all[] = {f->p, f->r, f->e, f->pp, f->rr, f->ee};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    fmpq_clear(all[i]);
}

void exact_toy_moments_init(exact_toy_moments *m) {
  fmpq *const all[] = {m->x, m->y, m->xx, m->xy, m->yy};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    fmpq_init(all[i]);
}

void exact_toy_moments_clear(exact_toy_moments *m) {
  fmpq *const all[] = {m->x, m->y, m->xx, m->xy, m->yy};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    fmpq_clear(all[i]);
}

bool exact_toy_moments_equal(const exact_toy_moments *m, const exact_toy_moments *n) {
  return fmpq_equal(m->x, n->x) && fmpq_equal(m->y, n->y) && fmpq_equal(m->xx, n->xx) &&
         fmpq_equal(m->xy, n->xy) && fmpq_equal(m->yy, n->yy);
}

/* From a point. */
static void set_point(exact_toy_moments *m, const fmpq_t x, const fmpq_t y) {
  fmpq_set(m->x, x);
  fmpq_set(m->y, y);
  fmpq_mul(m->xx, x, x);
  fmpq_mul(m->xy, x, y);
  fmpq_mul(m->yy, y, y);
}

void exact_toy_start(exact_toy_moments *m, const toy *t) {
  fmpq_t x, y;
  fmpq_init(x);
  fmpq_init(y);
  exact_rational_set(x, t->x);
  exact_rational_set(y, t->y);
  set_point(m, x, y);
  fmpq_clear(x);
  fmpq_clear(y);
}

/* region: map */
/* The noise +-c (y, x) has mean 0, and its two components the same sign: what it adds to E x^2 is
 * e^2 E y^2, to E y^2 e^2 E x^2, and to E xy e^2 E xy. */
void exact_toy_next(exact_toy_moments *m, const exact_toy_factors *f, toy_update update) {
  const bool moves_x = update != TOY_BULK_SGD, moves_y = update != TOY_DOM_SGD;
  const bool draws = update != TOY_GD;
  fmpq_t xx, xy, yy;
  fmpq_init(xx);
  fmpq_init(xy);
  fmpq_init(yy);
  fmpq_set(xx, m->xx);
  fmpq_set(xy, m->xy);
  fmpq_set(yy, m->yy);
  if (moves_x) {
    fmpq_mul(m->x, m->x, f->p);
    fmpq_mul(m->xx, m->xx, f->pp);
    fmpq_mul(m->xy, m->xy, f->p);
  }
  if (moves_y) {
    fmpq_mul(m->y, m->y, f->r);
    fmpq_mul(m->yy, m->yy, f->rr);
    fmpq_mul(m->xy, m->xy, f->r);
  }
  if (moves_x && draws)
    fmpq_addmul(m->xx, yy, f->ee);
  if (moves_y && draws)
    fmpq_addmul(m->yy, xx, f->ee);
  if (moves_x && moves_y && draws)
    fmpq_addmul(m->xy, xy, f->ee);
  fmpq_clear(xx);
  fmpq_clear(xy);
  fmpq_clear(yy);
}
/* end region: map */

void exact_toy_run(exact_toy_moments *m, const toy *t, toy_update update, size_t steps) {
  exact_toy_factors f;
  exact_toy_factors_init(&f, t);
  exact_toy_start(m, t);
  for (size_t n = 0; n < steps; n++)
    exact_toy_next(m, &f, update);
  exact_toy_factors_clear(&f);
}

void exact_toy_later(arb_t xx, arb_t yy, const exact_toy_factors *f, toy_update update,
                     int doublings, slong precision) {
  const bool moves_x = update != TOY_BULK_SGD, moves_y = update != TOY_DOM_SGD;
  const bool draws = update != TOY_GD;
  arb_mat_t map, moments;
  arb_mat_init(map, 2, 2);
  arb_mat_init(moments, 2, 1);
  arb_mat_one(map);
  if (moves_x)
    arb_set_fmpq(arb_mat_entry(map, 0, 0), f->pp, precision);
  if (moves_y)
    arb_set_fmpq(arb_mat_entry(map, 1, 1), f->rr, precision);
  if (moves_x && draws)
    arb_set_fmpq(arb_mat_entry(map, 0, 1), f->ee, precision);
  if (moves_y && draws)
    arb_set_fmpq(arb_mat_entry(map, 1, 0), f->ee, precision);
  arb_mat_pow_ui(map, map, (ulong)1 << doublings, precision);
  arb_set(arb_mat_entry(moments, 0, 0), xx);
  arb_set(arb_mat_entry(moments, 1, 0), yy);
  arb_mat_mul(moments, map, moments, precision);
  arb_set(xx, arb_mat_entry(moments, 0, 0));
  arb_set(yy, arb_mat_entry(moments, 1, 0));
  arb_mat_clear(map);
  arb_mat_clear(moments);
}

/* --- path by path --------------------------------------------------------------------------- */

/* What is the same on all paths. */
typedef struct {
  fmpq_t a, b, c, eta, plus, minus;
  toy_update update;
} path_problem;

static void problem_init(path_problem *p, const toy *t, toy_update update) {
  fmpq *const all[] = {p->a, p->b, p->c, p->eta, p->plus, p->minus};
  const double value[] = {t->a, t->b, t->c, t->eta, t->plus};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    fmpq_init(all[i]);
  for (size_t i = 0; i < sizeof value / sizeof *value; i++)
    exact_rational_set(all[i], value[i]);
  fmpq_set_si(p->minus, 1, 1);
  fmpq_sub(p->minus, p->minus, p->plus);
  p->update = update;
}

static void problem_clear(path_problem *p) {
  fmpq *const all[] = {p->a, p->b, p->c, p->eta, p->plus, p->minus};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    fmpq_clear(all[i]);
}

/* (x, y) - eta times the gradient of L + sign c xy, or that of its coordinates that move. */
static void step_from(fmpq_t next_x, fmpq_t next_y, const path_problem *p, const fmpq_t x,
                      const fmpq_t y, int sign) {
  fmpq_t gradient, coupling;
  fmpq_init(gradient);
  fmpq_init(coupling);
  fmpq_set(next_x, x);
  fmpq_set(next_y, y);
  if (sign != 0) {
    fmpq_set(coupling, p->c);
    if (sign < 0)
      fmpq_neg(coupling, coupling);
  }
  if (p->update != TOY_BULK_SGD) {
    fmpq_mul(gradient, p->a, x);
    fmpq_addmul(gradient, coupling, y);
    fmpq_submul(next_x, p->eta, gradient);
  }
  if (p->update != TOY_DOM_SGD) {
    fmpq_mul(gradient, p->b, y);
    fmpq_addmul(gradient, coupling, x);
    fmpq_submul(next_y, p->eta, gradient);
  }
  fmpq_clear(gradient);
  fmpq_clear(coupling);
}

/* What is done with the end of each path. */
typedef void (*path_visitor)(void *context, const fmpq_t x, const fmpq_t y, const fmpq_t weight);

static void visit_paths(const path_problem *p, const fmpq_t x, const fmpq_t y, const fmpq_t weight,
                        size_t steps, path_visitor visit, void *context) {
  if (steps == 0) {
    visit(context, x, y, weight);
    return;
  }
  fmpq_t next_x, next_y, next_weight;
  fmpq_init(next_x);
  fmpq_init(next_y);
  fmpq_init(next_weight);
  if (p->update == TOY_GD) {
    step_from(next_x, next_y, p, x, y, 0);
    visit_paths(p, next_x, next_y, weight, steps - 1, visit, context);
  } else
    for (int sign = -1; sign <= 1; sign += 2) {
      step_from(next_x, next_y, p, x, y, sign);
      fmpq_mul(next_weight, weight, sign > 0 ? p->plus : p->minus);
      visit_paths(p, next_x, next_y, next_weight, steps - 1, visit, context);
    }
  fmpq_clear(next_x);
  fmpq_clear(next_y);
  fmpq_clear(next_weight);
}

static void visit_all(const toy *t, toy_update update, size_t steps, path_visitor visit,
                      void *context) {
  path_problem p;
  fmpq_t x, y, one;
  problem_init(&p, t, update);
  fmpq_init(x);
  fmpq_init(y);
  fmpq_init(one);
  exact_rational_set(x, t->x);
  exact_rational_set(y, t->y);
  fmpq_set_si(one, 1, 1);
  visit_paths(&p, x, y, one, steps, visit, context);
  fmpq_clear(x);
  fmpq_clear(y);
  fmpq_clear(one);
  problem_clear(&p);
}

static void add_moments(void *context, const fmpq_t x, const fmpq_t y, const fmpq_t weight) {
  exact_toy_moments *sum = context, point;
  exact_toy_moments_init(&point);
  set_point(&point, x, y);
  fmpq_addmul(sum->x, weight, point.x);
  fmpq_addmul(sum->y, weight, point.y);
  fmpq_addmul(sum->xx, weight, point.xx);
  fmpq_addmul(sum->xy, weight, point.xy);
  fmpq_addmul(sum->yy, weight, point.yy);
  exact_toy_moments_clear(&point);
}

void exact_toy_enumerate(exact_toy_moments *m, const toy *t, toy_update update, size_t steps) {
  exact_toy_moments sum;
  exact_toy_moments_init(&sum);
  visit_all(t, update, steps, add_moments, &sum);
  fmpq_swap(m->x, sum.x);
  fmpq_swap(m->y, sum.y);
  fmpq_swap(m->xx, sum.xx);
  fmpq_swap(m->xy, sum.xy);
  fmpq_swap(m->yy, sum.yy);
  exact_toy_moments_clear(&sum);
}

typedef struct {
  arb_ptr alignment, chi, dominant, bulk; /* the last two are scratch */
  fmpq_t a, b;
  slong precision;
} true_sums;

static void add_alignment(void *context, const fmpq_t x, const fmpq_t y, const fmpq_t weight) {
  true_sums *s = context;
  fmpq_t term;
  fmpq_init(term);
  fmpq_mul(term, s->a, x);
  fmpq_mul(term, term, term);
  if (!fmpq_is_zero(term)) {
    arb_set_fmpq(s->dominant, term, s->precision);
    fmpq_mul(term, s->b, y);
    fmpq_mul(term, term, term);
    arb_set_fmpq(s->bulk, term, s->precision);
    arb_add(s->bulk, s->bulk, s->dominant, s->precision);
    arb_div(s->dominant, s->dominant, s->bulk, s->precision);
    arb_set_fmpq(s->bulk, weight, s->precision);
    arb_addmul(s->alignment, s->dominant, s->bulk, s->precision);
    arb_sqrt(s->dominant, s->dominant, s->precision);
    arb_addmul(s->chi, s->dominant, s->bulk, s->precision);
  }
  fmpq_clear(term);
}

void exact_toy_true_alignment(arb_t alignment, arb_t chi, const toy *t, size_t steps,
                              slong precision) {
  arb_ptr scratch = _arb_vec_init(2);
  true_sums s = {.alignment = alignment,
                 .chi = chi,
                 .dominant = scratch,
                 .bulk = scratch + 1,
                 .precision = precision};
  fmpq_init(s.a);
  fmpq_init(s.b);
  exact_rational_set(s.a, t->a);
  exact_rational_set(s.b, t->b);
  arb_zero(alignment);
  arb_zero(chi);
  visit_all(t, TOY_SGD, steps, add_alignment, &s);
  fmpq_clear(s.a);
  fmpq_clear(s.b);
  _arb_vec_clear(scratch, 2);
}

/* --- what the theorems speak of ------------------------------------------------------------- */

void exact_toy_change(fmpq_t value, const exact_toy_moments *m, const exact_toy_factors *f) {
  exact_toy_moments next;
  exact_toy_moments_init(&next);
  fmpq_set(next.xx, m->xx);
  fmpq_set(next.yy, m->yy);
  exact_toy_next(&next, f, TOY_SGD);
  fmpq_mul(value, next.xx, m->yy);
  fmpq_submul(value, next.yy, m->xx);
  exact_toy_moments_clear(&next);
}

void exact_toy_loss(fmpq_t value, const exact_toy_moments *m, const toy *t) {
  fmpq_t curvature;
  fmpq_init(curvature);
  exact_rational_set(curvature, t->a);
  fmpq_mul(value, curvature, m->xx);
  exact_rational_set(curvature, t->b);
  fmpq_addmul(value, curvature, m->yy);
  fmpq_div_2exp(value, value, 1);
  fmpq_clear(curvature);
}

void exact_toy_determinant(fmpq_t value, const exact_toy_factors *f) {
  fmpq_t squares;
  fmpq_init(squares);
  fmpq_mul(squares, f->pp, f->rr);
  fmpq_mul(value, f->ee, f->ee);
  fmpq_sub(value, squares, value);
  fmpq_clear(squares);
}

void exact_toy_stability(fmpq_t value, const exact_toy_factors *f) {
  fmpq_t p, r;
  fmpq_init(p);
  fmpq_init(r);
  fmpq_set_si(p, 1, 1);
  fmpq_set_si(r, 1, 1);
  fmpq_sub(p, p, f->pp);
  fmpq_sub(r, r, f->rr);
  fmpq_mul(p, p, r);
  fmpq_mul(value, f->ee, f->ee);
  fmpq_sub(value, p, value);
  fmpq_clear(p);
  fmpq_clear(r);
}

void exact_toy_quadratic(fmpq_t value, const exact_toy_factors *f, const fmpq_t z) {
  fmpq_t slope;
  fmpq_init(slope);
  fmpq_mul(slope, f->ee, z);
  fmpq_add(slope, slope, f->rr);
  fmpq_sub(slope, slope, f->pp);
  fmpq_mul(slope, slope, z);
  fmpq_sub(value, slope, f->ee);
  fmpq_clear(slope);
}
