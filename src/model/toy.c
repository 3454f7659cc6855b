#include "config.h"
#include "model/toy.h"

#include <math.h>
#include <stdlib.h>
#include "model/rounding.h"

toy *toy_literal(double a, double b, double c, double eta, double x, double y) {
  const toy given = {a, b, c, eta, x, y, 0.5};
  return toy_clone(&given);
}

toy *toy_clone(const toy *t) {
  toy *copy = malloc(sizeof *copy);
  if (copy != NULL)
    *copy = *t;
  return copy;
}

void toy_free(toy *t) {
  free(t);
}

toy toy_source(void) {
  return (toy){.a = 1000.0, .b = 1.0, .c = 100.0, .eta = 1e-4, .x = 1.0, .y = 1.0, .plus = 0.5};
}

/* region: limit */
/* r^2 - p^2 = eta (a - b) (2 - eta (a + b)) */
static double square_gap(const toy *t) {
  return t->eta * (t->a - t->b) * (2.0 - t->eta * (t->a + t->b));
}

/* 1 - (1 - eta lambda)^2 */
static double lost(const toy *t, double lambda) {
  return t->eta * lambda * (2.0 - t->eta * lambda);
}

double toy_limit(const toy *t) {
  const double gap = square_gap(t), e = t->eta * t->c, twice = 2.0 * e * e;
  if (e == 0.0)
    return NAN;
  return gap > 0.0 ? twice / (gap + hypot(gap, twice)) : (hypot(gap, twice) - gap) / twice;
}

double toy_decay(const toy *t) {
  const double z = toy_limit(t), e = t->eta * t->c, p = lost(t, t->a), r = lost(t, t->b);
  return (p * r - e * e * e * e) / (p + e * e * z);
}

double toy_dominant_gain(const toy *t) {
  const double z = toy_limit(t), share = t->a * z / (t->a * z + t->b);
  return share * toy_decay(t) / lost(t, t->a);
}

double toy_bulk_gain(const toy *t) {
  const double z = toy_limit(t), share = t->b / (t->a * z + t->b);
  return share * toy_decay(t) / lost(t, t->b);
}
/* end region: limit */

/* eta (a + b) < 2 is off by 2 roundings, so that 2 - eta (a + b) has an absolute error of 4u and
 * one more rounding; the rest are at most 20 operations, among them hypot (2u), each of which moves
 * z* by at most as much as its argument. */
double toy_limit_error(const toy *t) {
  return (8.0 / fabs(2.0 - t->eta * (t->a + t->b)) + 24.0) * ROUNDING_UNIT;
}

/* 1 - (1 - eta lambda)^2 as computed: eta lambda < 2 is off by 2u, which counts against 2 - eta
 * lambda.  e^4 has 7 roundings; the difference of the two products magnifies what both are off. */
double toy_gain_error(const toy *t) {
  const double u = ROUNDING_UNIT, e = t->eta * t->c, fourth = e * e * e * e;
  const double p = lost(t, t->a), r = lost(t, t->b);
  const double p_error = (2.0 / (2.0 - t->eta * t->a) + 4.0) * u;
  const double r_error = (2.0 / (2.0 - t->eta * t->b) + 4.0) * u;
  const double magnified = (p * r + fourth) / fabs(p * r - fourth) * (p_error + r_error + 8.0 * u);
  return magnified + 2.0 * p_error + r_error + 2.0 * toy_limit_error(t) + 16.0 * u;
}

double toy_alignment(const toy *t, double z) {
  const double dominant = t->a * t->a * z;
  return dominant / (dominant + t->b * t->b);
}

double toy_misalignment(const toy *t, double z) {
  const double bulk = t->b * t->b;
  return bulk / (t->a * t->a * z + bulk);
}

double toy_growth(const toy *t) {
  const double r = 1.0 - t->eta * t->b, e = t->eta * t->c;
  return r * r + e * e * toy_limit(t);
}

/* x y, and whether that is exact. */
static double product(double x, double y, bool *exact) {
  const double xy = x * y;
  *exact = *exact && fma(x, y, -xy) == 0.0;
  return xy;
}

quadratic *toy_state(const toy *t, bool *exact) {
  *exact = true;
  const double lambda[] = {t->a, t->b};
  const double g[] = {product(t->a, t->x, exact), product(t->b, t->y, exact)};
  const double cx = product(t->c, t->x, exact), cy = product(t->c, t->y, exact);
  const double v[] = {product(cy, cy, exact), product(cx, cx, exact)};
  return quadratic_literal(2, 1, lambda, g, v, t->eta);
}
