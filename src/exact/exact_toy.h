/* exact_toy.h -- the toy model of two losses in rationals: its second moments by their own
 * recursion and, sharing nothing with it, by going through every path.
 *
 * Every double is a rational number, so all of this is exact. */
#ifndef SUSPALIGN_EXACT_EXACT_TOY_H
#define SUSPALIGN_EXACT_EXACT_TOY_H

#include "exact/certified.h"
#include "model/toy.h"

/* Which coordinates a step moves, and whether it draws a loss. */
typedef enum { TOY_GD, TOY_SGD, TOY_DOM_SGD, TOY_BULK_SGD } toy_update;

/* p = 1 - eta a, r = 1 - eta b, e = eta c, and their squares. */
typedef struct {
  fmpq_t p, r, e, pp, rr, ee;
} exact_toy_factors;

void exact_toy_factors_init(exact_toy_factors *f, const toy *t);
void exact_toy_factors_clear(exact_toy_factors *f);

/* E x, E y, E x^2, E xy, E y^2. */
typedef struct {
  fmpq_t x, y, xx, xy, yy;
} exact_toy_moments;

void exact_toy_moments_init(exact_toy_moments *m); /* zero */
void exact_toy_moments_clear(exact_toy_moments *m);
bool exact_toy_moments_equal(const exact_toy_moments *m, const exact_toy_moments *n);

/* The moments of the start. */
void exact_toy_start(exact_toy_moments *m, const toy *t);

/* One step further by the closed linear map of two equally likely losses: the probability t->plus
 * is not read. */
void exact_toy_next(exact_toy_moments *m, const exact_toy_factors *f, toy_update update);

/* `steps` steps from the start by that map. */
void exact_toy_run(exact_toy_moments *m, const toy *t, toy_update update, size_t steps);

/* xx and yy 2^doublings steps later, in balls, by that map's matrix to this power; in place.
 * doublings < 64. */
void exact_toy_later(arb_t xx, arb_t yy, const exact_toy_factors *f, toy_update update,
                     int doublings, slong precision);

/* `steps` steps from the start by enumeration of all 2^steps paths, each with its probability; from
 * the gradients of l_+ and l_-.  steps <= EXACT_TOY_PATHS_MOST. */
void exact_toy_enumerate(exact_toy_moments *m, const toy *t, toy_update update, size_t steps);
enum { EXACT_TOY_PATHS_MOST = 14 };

/* Change of the mean-field alignment in the next step of the map, without its positive
 * denominator: xx' yy - yy' xx. */
void exact_toy_change(fmpq_t value, const exact_toy_moments *m, const exact_toy_factors *f);

/* E L = (a xx + b yy)/2. */
void exact_toy_loss(fmpq_t value, const exact_toy_moments *m, const toy *t);

/* det M = p^2 r^2 - e^4 of the map of (xx, yy) under SGD. */
void exact_toy_determinant(fmpq_t value, const exact_toy_factors *f);

/* (1-p^2)(1-r^2) - e^4: positive, with |p|, |r| < 1, where SGD is stable in mean square. */
void exact_toy_stability(fmpq_t value, const exact_toy_factors *f);

/* e^2 z^2 + (r^2 - p^2) z - e^2 at z: negative for 0 < z < z*, positive beyond. */
void exact_toy_quadratic(fmpq_t value, const exact_toy_factors *f, const fmpq_t z);

/* The TRUE expected alignment E[a^2 x^2/(a^2 x^2 + b^2 y^2)] and E chi_1 = E[its root] after
 * `steps` steps of SGD, by enumeration, in ball arithmetic; 0 on a path whose gradient is 0.
 * steps <= EXACT_TOY_PATHS_MOST. */
void exact_toy_true_alignment(arb_t alignment, arb_t chi, const toy *t, size_t steps,
                              slong precision);

#endif
