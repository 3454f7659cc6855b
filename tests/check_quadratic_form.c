/* src/laws/quadratic_form against distributions that have a closed form.  None of them is computed
 * by an inversion integral. */
#include "config.h"
#include "support.h"

#include <complex.h>
#include <math.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include "laws/quadratic_form.h"
#include "laws/quadratic_form_parts.h"
#include "model/rounding.h"

enum { MOST = 600 };

typedef struct {
  double theta[MOST], h2[MOST], drift[MOST];
  quadratic_form q;
  double scale; /* what it was divided by to have Var Q = 1 */
} form;

static form blank(size_t n, double e) {
  return (form){.q = {.n = n, .e = e}, .scale = 1.0};
}

static void scale(form *f, double by) {
  for (size_t j = 0; j < f->q.n; j++) {
    f->theta[j] /= by;
    f->h2[j] /= by * by;
    f->drift[j] /= by;
  }
  f->q.e /= by;
  f->scale *= by;
}

/* In the units of the header, and pointing at its own arrays. */
static void settle(form *f) {
  double variance = 0.0;
  for (size_t j = 0; j < f->q.n; j++)
    variance += 2.0 * f->theta[j] * f->theta[j] + 4.0 * f->theta[j] * f->drift[j] + 4.0 * f->h2[j];
  scale(f, sqrt(variance));
  f->q.theta = f->theta;
  f->q.h2 = f->h2;
  f->q.drift = f->drift;
}

static void turn(form *f) {
  for (size_t j = 0; j < f->q.n; j++) {
    f->theta[j] = -f->theta[j];
    f->drift[j] = -f->drift[j];
  }
  f->q.e = -f->q.e;
}

/* P(Q > 0) = upper and P(Q < 0) = lower, each within its error; small ones with all their digits.
 */
static void expect_positive(form *f, double upper, double lower) {
  settle(f);
  for (int side = 0; side < 2; side++) {
    double value = -1.0, error = -1.0;
    const double truth = side == 0 ? upper : lower;
    ck_assert_int_eq(quadratic_form_positive(&f->q, &value, &error), GSL_SUCCESS);
    ck_assert_msg(fabs(value - truth) <= error + 4e-14 * truth, "%a, should be %a within %g", value,
                  truth, error);
    ck_assert_msg(error <= 2e-10 * truth + 2e-16 + sqrt(0x1p-199), "error %g of %g", error, truth);
    turn(f);
  }
}

static double normal_tail(double x) {
  return 0.5 * erfc(x * M_SQRT1_2);
}

/* --- the steps of the computation, each against complex arithmetic in extended precision ---------
 */

/* Whether a long double has more digits than a double: not on all machines, nor under valgrind.
 * What is computed with it as a yardstick is looked at only then. */
static bool is_extended(void) {
  const volatile long double one = 1.0L, little = 0x1p-60L, sum = one + little;
  return sum != one;
}

/* Nothing in it is equal, and no term is small beside another; E Q > 0. */
static void odd_form(form *f, double e) {
  static const double theta[] = {0.31, -0.23, 0.0, 0.07, -0.59, 0.43, -0.02, 0.0};
  static const double h2[] = {0.019, 0.0, 0.29, 0.0, 0.037, 0.0, 0.0, 0.0};
  static const double drift[] = {0.0, -0.61, 0.0, 0.47, 0.0, 0.11, -0.13, 0.0};
  *f = blank(8, e);
  for (size_t j = 0; j < 8; j++) {
    f->theta[j] = theta[j];
    f->h2[j] = h2[j];
    f->drift[j] = drift[j];
  }
  settle(f);
}

static quadratic_form_oriented oriented(const form *f) {
  quadratic_form_oriented o;
  ck_assert_int_eq(quadratic_form_orient(&o, &f->q), GSL_SUCCESS);
  return o;
}

/* K(z) as the header has it, of sign Q.  *size, unless NULL: half the moduli of the logarithms and
 * arguments of the two products, and the moduli of the other terms, of the product with f too. */
static long double complex plain_exponent(const form *f, double sign, long double complex z,
                                          long double *size) {
  long double complex logs[2] = {0.0L, 0.0L}, sum = z * sign * f->q.e;
  long double moduli = cabsl(z) * fabs(f->q.e);
  for (size_t j = 0; j < f->q.n; j++) {
    const long double theta = sign * f->theta[j];
    const long double complex factor = 1.0L - 2.0L * z * theta;
    const long double complex p = 2.0L * f->h2[j] * z * z + sign * f->drift[j] * z;
    const long double complex q = p / (factor * conjl(factor)); /* p/f is q conj f */
    logs[theta >= 0.0L] += clogl(factor);
    sum += p / factor;
    moduli +=
        (fabsl(creall(q)) + fabsl(cimagl(q))) * (fabsl(creall(factor)) + fabsl(cimagl(factor)));
  }
  for (int side = 0; side < 2; side++) {
    sum -= 0.5L * logs[side];
    moduli += 0.5L * (fabsl(creall(logs[side])) + fabsl(cimagl(logs[side])));
  }
  if (size != NULL)
    *size = moduli;
  return sum;
}

/* The n-th derivative at x, n! times a mean over a circle that stays off the poles. */
static long double plain_derivative(const form *f, double sign, int n, long double x,
                                    long double r) {
  enum { NODES = 128 };
  long double complex sum = 0.0L;
  for (int i = 0; i < NODES; i++) {
    const long double complex w = cexpl(2.0L * M_PIl * I * (i + 0.5L) / NODES);
    sum += plain_exponent(f, sign, x + r * w, NULL) / cpowl(w, n);
  }
  return tgammal(n + 1.0L) * creall(sum) / NODES / powl(r, n);
}

static double plain_condition(const form *f, double sign, double z) {
  double sum = 0.0;
  for (size_t j = 0; j < f->q.n; j++)
    if (f->theta[j] != 0.0 || f->h2[j] != 0.0 || f->drift[j] != 0.0)
      sum += (1.0 + 2.0 * fabs(z * f->theta[j])) / (1.0 - 2.0 * z * sign * f->theta[j]);
  return sum;
}

/* E Q <= 0 afterwards; theta >= 0 first, each with its own; directions that are not there left out.
 */
START_TEST(test_orientation) {
  static const double shifts[] = {-0.7, 0.3};
  for (int i = 0; i < 2; i++) {
    form f;
    odd_form(&f, shifts[i]);
    f.theta[8] = 0.77; /* one beyond the last */
    f.drift[8] = f.h2[8] = 0.3;
    double mean = f.q.e, least = 0.0, most = 0.0, theta = 0.0, drift = 0.0, h2 = 0.0;
    for (size_t j = 0; j < 8; j++)
      mean += f.theta[j] + f.drift[j];
    quadratic_form_oriented o = oriented(&f);
    const double sign = mean > 0.0 ? -1.0 : 1.0;
    ck_assert(o.sign == sign && o.n == 7 && !o.central && o.e == sign * f.q.e);
    ck_assert_uint_eq(o.positive, 4); /* of either sign: theta = 0 is among them */
    ck_assert_double_eq_tol(o.mean, -fabs(mean), 1e-15);
    for (size_t j = 0; j < o.n; j++) {
      ck_assert((o.theta[j] >= 0.0) == (j < o.positive));
      least = fmin(least, o.theta[j]);
      most = fmax(most, o.theta[j]);
      for (size_t l = 0; l < 8; l++)
        if (o.theta[j] == sign * f.theta[l] && o.h2[j] == f.h2[l] &&
            o.drift[j] == sign * f.drift[l]) {
          theta += f.theta[l] * f.theta[l];
          h2 += f.h2[l];
          drift += fabs(f.drift[l]);
        }
    }
    double all[3] = {0.0, 0.0, 0.0};
    for (size_t l = 0; l < 8; l++) {
      all[0] += f.theta[l] * f.theta[l];
      all[1] += f.h2[l];
      all[2] += fabs(f.drift[l]);
    }
    ck_assert_double_eq_tol(theta, all[0], 1e-15);
    ck_assert_double_eq_tol(h2, all[1], 1e-15);
    ck_assert_double_eq_tol(drift, all[2], 1e-15);
    ck_assert(o.right == 0.5 / most && o.left == 0.5 / least);
    quadratic_form_oriented_free(&o);
  }
  /* The mean is 0: the sign stays, and the saddle of K alone is there. */
  form zero = blank(2, 0.0);
  zero.theta[0] = 0.5;
  zero.theta[1] = -0.5;
  settle(&zero);
  quadratic_form_oriented o = oriented(&zero);
  ck_assert(o.sign == 1.0 && o.mean == 0.0 && o.central && quadratic_form_saddle(&o, 0.0) == 0.0);
  quadratic_form_oriented_free(&o);
}
END_TEST

/* A direction is there when one of its numbers is not below 2^-200 (theta, drift; h as well). */
START_TEST(test_negligible_directions) {
  for (int which = 0; which < 3; which++)
    for (int there = 0; there < 2; there++) {
      form f = blank(2, -0.3);
      f.theta[0] = -M_SQRT1_2;
      const int exponent = which == 2 ? -400 : -200;
      double *const at = which == 0 ? &f.theta[1] : which == 1 ? &f.drift[1] : &f.h2[1];
      *at = there ? ldexp(1.0, exponent) : nextafter(ldexp(1.0, exponent), 0.0);
      f.q.theta = f.theta;
      f.q.h2 = f.h2;
      f.q.drift = f.drift;
      quadratic_form_oriented o = oriented(&f);
      ck_assert_uint_eq(o.n, 1 + (size_t)there);
      ck_assert_uint_eq(o.positive, (size_t)there);
      ck_assert_int_eq(o.central, !there || which == 0);
      ck_assert(o.left == 0.5 / -M_SQRT1_2);
      ck_assert(there && which == 0 ? o.right == ldexp(1.0, 199) : isinf(o.right));
      quadratic_form_oriented_free(&o);
    }
}
END_TEST

START_TEST(test_exponent_on_the_axis) {
  if (!is_extended())
    return;
  static const double shifts[] = {-0.7, 0.3}, shares[] = {-0.9, -0.4, 0.0, 0.17, 0.63, 0.95};
  for (int i = 0; i < 2; i++)
    for (int s = 0; s < 6; s++) {
      form f;
      odd_form(&f, shifts[i]);
      quadratic_form_oriented o = oriented(&f);
      const double z = shares[s] * (shares[s] < 0.0 ? -o.left : o.right);
      const double room = 0.5 * fmin(o.right - z, z - o.left);
      const quadratic_form_real r = quadratic_form_on_axis(&o, z);
      const double of_second = 1e-13 * fabs(r.second), k_size = fabs(r.k) + 1.0;
      ck_assert_double_eq_tol(r.k, (double)creall(plain_exponent(&f, o.sign, z, NULL)),
                              1e-13 * k_size);
      ck_assert_double_eq_tol(r.first, (double)plain_derivative(&f, o.sign, 1, z, room),
                              1e-13 * (1.0 + fabs(r.first)));
      ck_assert_double_eq_tol(r.second, (double)plain_derivative(&f, o.sign, 2, z, room),
                              of_second);
      ck_assert_double_eq_tol(r.condition, plain_condition(&f, o.sign, z), 1e-13 * r.condition);
      quadratic_form_oriented_free(&o);
    }
}
END_TEST

static void expect_exponent(const form *f, const quadratic_form_oriented *o, double x, double y,
                            double condition) {
  const quadratic_form_exponent k = quadratic_form_off_axis(o, x, y);
  long double size;
  const long double complex plain = plain_exponent(f, o->sign, x + I * (long double)y, &size);
  const double bound = ROUNDING_UNIT * (2.0 * condition + 2.0 * (double)f->q.n + 16.0) +
                       8.0 * ROUNDING_UNIT * (double)size;
  ck_assert_msg(fabsl(k.re - creall(plain)) <= bound && fabsl(k.im - cimagl(plain)) <= bound,
                "at %g + i %g: %.17g, %.17g, should be %.17Lg, %.17Lg within %g", x, y, k.re, k.im,
                creall(plain), cimagl(plain), bound);
  ck_assert_double_eq_tol(k.size, (double)size, bound + 1e-14 * (double)size);
}

/* Near the axis and far out, to where the factors are 2^290; at 0 and above it. */
START_TEST(test_exponent_off_the_axis) {
  if (!is_extended())
    return;
  static const double shifts[] = {-0.7, 0.3}, shares[] = {-0.9, -0.4, 0.0, 0.17, 0.63, 0.95};
  static const double heights[] = {0.0, 1e-9, 0.1, 0.7, 2.0, 13.0, 1e3, 1e9, 1e40, 1e80};
  for (int i = 0; i < 2; i++)
    for (int s = 0; s < 6; s++)
      for (int y = 0; y < 10; y++) {
        form f;
        odd_form(&f, shifts[i]);
        quadratic_form_oriented o = oriented(&f);
        const double x = shares[s] * (shares[s] < 0.0 ? -o.left : o.right);
        expect_exponent(&f, &o, x, heights[y], plain_condition(&f, o.sign, x));
        quadratic_form_oriented_free(&o);
      }
}
END_TEST

/* Products that leave the range of a double at either end, and turn round many times. */
START_TEST(test_products_of_any_size) {
  if (!is_extended())
    return;
  static const double heights[] = {0.0, 0x1p-41, 0x1p-31, 0.3, 4.0, 0x1p40, 0x1p150, 0x1p290};
  static const double shares[] = {0.5, 0.5 - 0x1p-31, 0.5 - 0x1p-40, 0.0, -0.5 + 0x1p-31};
  for (int mixed = 0; mixed < 3; mixed++)
    for (int s = 0; s < 5; s++)
      for (int y = s == 0; y < 8; y++) { /* not at the pole itself */
        form f = blank(MOST, 0.0);
        for (size_t j = 0; j < MOST; j++)
          f.theta[j] = mixed == 0 ? 1.0 : mixed == 1 && j % 3 != 0 ? 1.0 : -1.0;
        f.q.theta = f.theta;
        f.q.h2 = f.h2;
        f.q.drift = f.drift;
        f.q.e = -(double)MOST;
        quadratic_form_oriented o = oriented(&f);
        ck_assert(o.sign == 1.0);
        expect_exponent(&f, &o, shares[s], heights[y], 0.0);
        quadratic_form_oriented_free(&o);
      }
}
END_TEST

/* K' - pole/z changes its sign within three digits of the saddle. */
static void expect_saddle(const form *f, double pole) {
  quadratic_form_oriented o = oriented(f);
  const double z = quadratic_form_saddle(&o, pole), room = fmin(z, o.right - z);
  ck_assert_msg(z > 0.0 && z < o.right, "%a of %a", z, o.right);
  for (int side = -1; side <= 1; side += 2) {
    const double at = z + side * 2e-3 * room;
    const double circle = 0.5 * fmin(fmin(o.right - at, at - o.left), at);
    const double first = (double)plain_derivative(f, o.sign, 1, at, circle) - pole / at;
    ck_assert_msg(side * first > 0.0, "K'(%a) = %g, beside the saddle %a", at, first, z);
  }
  quadratic_form_oriented_free(&o);
}

START_TEST(test_saddle) {
  if (!is_extended())
    return;
  static const double shifts[] = {-1e7, -2000.0, -90.0, -6.0,  -0.9, -0.5,
                                  0.1,  0.3,     8.0,   300.0, 1e7};
  for (int i = 0; i < 11; i++)
    for (int pole = 0; pole < 2; pole++) {
      form f;
      odd_form(&f, shifts[i]);
      expect_saddle(&f, pole);
      for (size_t j = 0; j < 8; j++) /* no pole on one side */
        f.theta[j] = -fabs(f.theta[j]);
      for (size_t j = 0; j < 8; j++)
        f.drift[j] = -fabs(f.drift[j]);
      expect_saddle(&f, pole);
    }
  /* It stays 2^-40 from the pole, which is too weak to hold it back here. */
  form f = blank(2, -1e9);
  f.h2[0] = 0.25;
  f.theta[1] = 1e-5;
  settle(&f);
  quadratic_form_oriented o = oriented(&f);
  for (int pole = 0; pole < 2; pole++) {
    const double z = quadratic_form_saddle(&o, pole);
    ck_assert_double_eq_tol((o.right - z) / o.right, 0x1p-40, 0x1p-49);
    ck_assert(z <= o.right * (1.0 - 0x1p-40));
  }
  quadratic_form_oriented_free(&o);
  /* A chi^2 variable without its pole: next to no saddle at all. */
  f = blank(3, 1e-5);
  for (size_t j = 0; j < 3; j++)
    f.theta[j] = -1.0;
  settle(&f);
  expect_saddle(&f, 1.0);
  f.q.e = 0.0;
  o = oriented(&f);
  ck_assert(isinf(quadratic_form_saddle(&o, 0.0)));
  quadratic_form_oriented_free(&o);
}
END_TEST

static long double complex plain_weight(const quadratic_form_contour *c, long double complex z) {
  const form *f = c->context;
  return c->weight == NULL ? 1.0L / z : 1.0L / (1.0L - 2.0L * c->f->sign * z * f->theta[0]);
}

/* W = z_1^2: E[W e^{zQ}]/E[e^{zQ}] = 1/(1 - 2 z theta_1), z of the form as it was given. */
static void square_of_first(const void *context, double x, double y, double w[2]) {
  const form *f = context;
  const double a = 1.0 - 2.0 * x * f->theta[0], b = -2.0 * y * f->theta[0];
  w[0] = a / (a * a + b * b);
  w[1] = -b / (a * a + b * b);
}

static quadratic_form_contour contour(const form *f, const quadratic_form_oriented *o, int which) {
  static const double tilts[] = {0.0, -0.25 * M_PI, 0.25 * M_PI};
  quadratic_form_contour c = {.f = o, .context = f, .tilt = tilts[which % 3]};
  c.weight = which < 3 ? NULL : square_of_first;
  c.z0 = quadratic_form_saddle(o, which < 3 ? 1.0 : 0.0);
  c.sigma = 0.9 * fmin(c.z0, o->right - c.z0);
  c.condition = quadratic_form_on_axis(o, c.z0).condition;
  c.relative = which % 2 == 0 ? 0.0 : 3e-13;
  return c;
}

/* z(v) and e^K W dz/dv of the header; the rounding's bound has a term for each kind of error. */
static void expect_sample(const form *f, const quadratic_form_contour *c, double v) {
  const quadratic_form_sample s = quadratic_form_sample_at(c, v);
  const long double complex bent = v + I * (long double)c->tilt;
  const long double complex z = c->z0 + c->sigma * sinl(c->tilt) + I * c->sigma * csinhl(bent);
  const long double complex dz = I * c->sigma * ccoshl(bent);
  long double size;
  const long double complex e = cexpl(plain_exponent(f, c->f->sign, z, &size));
  const long double complex whole = e * plain_weight(c, z) * dz;
  const double modulus = (double)cabsl(whole);
  if (modulus < 1e-300)
    return;
  const double rounding =
      modulus * ((2.0 * ROUNDING_UNIT + c->relative) * plain_condition(f, c->f->sign, c->z0) +
                 ROUNDING_UNIT * (2.0 * (double)c->f->n + 16.0) +
                 (8.0 * ROUNDING_UNIT + 4.0 * c->relative) * (double)size);
  ck_assert_msg(fabsl(s.value - cimagl(whole)) <= rounding, "v = %g: %.17g, not %.17Lg within %g",
                v, s.value, cimagl(whole), rounding);
  ck_assert_double_eq_tol(s.modulus, modulus, rounding);
  ck_assert_double_eq_tol(s.density / (double)cabsl(e * dz), 1.0, rounding / modulus);
  ck_assert_double_eq_tol(s.distance / (double)cabsl(z), 1.0, 1e-14);
  ck_assert_double_eq_tol(s.rounding / rounding, 1.0, 1e-11);
}

START_TEST(test_sample) {
  if (!is_extended())
    return;
  static const double shifts[] = {-0.7, 0.3, 4.0}, at[] = {0.0, 0.2, 1.1, 2.3, 5.0};
  for (int i = 0; i < 3; i++)
    for (int which = 0; which < 6; which++)
      for (int v = 0; v < 5; v++) {
        form f;
        odd_form(&f, shifts[i]);
        quadratic_form_oriented o = oriented(&f);
        const quadratic_form_contour c = contour(&f, &o, which);
        expect_sample(&f, &c, at[v]);
        quadratic_form_oriented_free(&o);
      }
}
END_TEST

/* Where the integrand does not fall nobody knows; where it is 0, beyond the first nodes, nothing
 * is. */
START_TEST(test_nothing_left) {
  form f;
  odd_form(&f, -0.7);
  quadratic_form_oriented o = oriented(&f);
  quadratic_form_contour c = contour(&f, &o, 1);
  const quadratic_form_sample none = {0}, some = {.modulus = 0.7, .distance = 1e3};
  ck_assert(quadratic_form_beyond(&c, nextafter(1.0, 2.0), 0.25, &none, &none) == 0.0);
  ck_assert(isinf(quadratic_form_beyond(&c, 1.0, 0.25, &none, &none)));
  ck_assert(isinf(quadratic_form_beyond(&c, 3.0, 0.25, &some, &some)));
  ck_assert(isinf(quadratic_form_beyond(&c, 3.0, 0.25, &some, &none)));
  quadratic_form_oriented_free(&o);
  /* |2 z theta| = 1 is past the least that a factor may be; below it two of them are to come. */
  f = blank(2, -0.1);
  f.theta[0] = 0.5;
  f.theta[1] = -0.5;
  settle(&f);
  o = oriented(&f);
  c = contour(&f, &o, 1);
  for (int side = 0; side < 2; side++) {
    const quadratic_form_sample s = {.modulus = 0.5, .distance = side ? 1.0 : nextafter(1.0, 0.0)};
    const quadratic_form_sample last = {.modulus = 2.0};
    ck_assert_double_eq_tol(quadratic_form_beyond(&c, 3.0, 0.25, &s, &last),
                            0.5 * (side ? 1.0 : M_SQRT2) * (0.25 + 0.25 / log(4.0)), 1e-14);
  }
  quadratic_form_oriented_free(&o);
}
END_TEST

/* On the straight line the modulus over h + 1/nu, nu of the header; on the tilted ones and with a
 * weight nu is the fall seen last, and factors |1 - 2 z theta| that are still to come, which may
 * shrink to cos(tilt), are allowed for.  All that is left out is below it. */
START_TEST(test_truncation) {
  static const double shifts[] = {-0.7, 0.3, 4.0}, h = 0.25;
  for (int i = 0; i < 3; i++)
    for (int which = 0; which < 6; which++)
      for (double v = 1.0; v < 12.0; v += 1.0) {
        form f;
        odd_form(&f, shifts[i]);
        quadratic_form_oriented o = oriented(&f);
        const quadratic_form_contour c = contour(&f, &o, which);
        const quadratic_form_sample last = quadratic_form_sample_at(&c, v - h);
        const quadratic_form_sample s = quadratic_form_sample_at(&c, v);
        const double found = quadratic_form_beyond(&c, v, h, &s, &last);
        double nu = 0.0, growth = 1.0, rest = 0.0;
        if (which == 0)
          for (size_t j = 0; j < 8; j++) {
            const double y = c.sigma * sinh(v), theta = f.theta[j];
            const double re = 1.0 - 2.0 * c.z0 * o.sign * theta, im = 2.0 * y * theta;
            nu += 2.0 * y * y * theta * theta / (re * re + im * im);
          }
        else
          nu = log(last.modulus / s.modulus) / h;
        for (size_t j = 0; which % 3 != 0 && j < 8; j++)
          if ((f.theta[j] != 0.0 || f.h2[j] != 0.0) && 2.0 * s.distance * fabs(f.theta[j]) < 1.0)
            growth *= pow(2.0, 0.25); /* 1/sqrt(cos(pi/4)) */
        if (s.modulus < 1e-300) {
          ck_assert(found < 1e-299);
        } else if (!(nu > 0.0)) {
          ck_assert(isinf(found));
        } else {
          ck_assert_double_eq_tol(found / (s.modulus * growth * (h + 1.0 / nu)), 1.0, 1e-12);
          for (double w = v + h; w < v + 30.0; w += h)
            rest += h * quadratic_form_sample_at(&c, w).modulus;
          ck_assert_msg(rest <= found || which != 0, "%g is left out, not %g", rest, found);
        }
        quadratic_form_oriented_free(&o);
      }
}
END_TEST

static void one(const void *context, double x, double y, double w[2]) {
  (void)context;
  (void)x;
  (void)y;
  w[0] = 1.0;
  w[1] = 0.0;
}

/* 1/z, and where it was asked for. */
enum { ASKED_MOST = 4000 };
typedef struct {
  size_t count;
  double x, y[ASKED_MOST]; /* x of the first */
} asked;

static void inverse(const void *context, double x, double y, double w[2]) {
  asked *a = *(asked *const *)context;
  if (a->count == 0)
    a->x = x;
  if (a->count < ASKED_MOST)
    a->y[a->count] = fabs(y);
  a->count++;
  w[0] = x / (x * x + y * y);
  w[1] = -y / (x * x + y * y);
}

static void one_and_count(const void *context, double x, double y, double w[2]) {
  inverse(context, x, y, w);
  w[0] = 1.0;
  w[1] = 0.0;
}

/* h times the sum over the nodes i h, i <= count, the first halved: of values, moduli, roundings
 * and densities. */
static void trapezoid(const quadratic_form_contour *c, double h, size_t count, double sum[4]) {
  sum[0] = sum[1] = sum[2] = sum[3] = 0.0;
  for (size_t i = count + 1; i-- > 0;) {
    const quadratic_form_sample s = quadratic_form_sample_at(c, (double)i * h);
    const double weight = i == 0 ? 0.5 * h : h;
    sum[0] += weight * s.value;
    sum[1] += weight * s.modulus;
    sum[2] += weight * s.rounding;
    sum[3] += weight * s.density;
  }
}

static quadratic_form_outcome along(quadratic_form_contour *c, double width, double unit,
                                    asked *nodes) {
  const quadratic_form_contour plain = *c;
  c->weight = inverse;
  c->context = &nodes;
  nodes->count = 0;
  const quadratic_form_outcome r = quadratic_form_along(c, width, 2000, unit);
  *c = plain;
  return r;
}

/* The nodes: i h until what is beyond is below 1e-14 of the unit, then all midpoints, again and
 * again until the change is below 1e-12 of the unit and 1e-3 of the sum of moduli.  The error: the
 * last change, what is beyond, and the sums of rounding and `doubt` times density. */
static void expect_along(quadratic_form_contour *c, double width, double unit) {
  asked nodes;
  const quadratic_form_outcome known = along(c, width, unit, &nodes);
  const quadratic_form_outcome r = quadratic_form_along(c, width, 2000, unit);
  const size_t all = nodes.count;
  ck_assert_msg(known.reached && r.reached && all < ASKED_MOST,
                "tilt %g, width %g, unit %g: %zu nodes", c->tilt, width, unit, all);
  double h = 0.6 * width < 0.4 ? 0.6 * width : 0.4, tail = INFINITY;
  size_t count = 0;
  quadratic_form_sample last = quadratic_form_sample_at(c, 0.0);
  while (!(tail <= 1e-14 * unit)) {
    count++;
    const double v = (double)count * h;
    const quadratic_form_sample s = quadratic_form_sample_at(c, v);
    tail = s.modulus < 1e-6 * unit ? quadratic_form_beyond(c, v, h, &s, &last) : (double)INFINITY;
    last = s;
  }
  double rough[4], fine[4];
  trapezoid(c, h, count, fine);
  for (bool done = false; !done;) {
    memcpy(rough, fine, sizeof rough);
    count *= 2;
    h *= 0.5;
    trapezoid(c, h, count, fine);
    const double change = fabs(fine[0] - rough[0]), slack = 1e-14 * fine[1];
    const double error = change + tail + fine[2] + c->doubt * fine[3];
    done = fabs(M_PI * r.error - error) <= 2.0 * slack + 1e-12 * error;
    if (done) {
      ck_assert(change <= 1e-12 * unit + slack && change <= 1e-3 * fine[1] + slack);
      ck_assert_double_eq_tol(M_PI * r.value, fine[0], slack);
    } else {
      ck_assert(change > 1e-12 * unit - slack || change > 1e-3 * fine[1] - slack);
      ck_assert_uint_lt(count, all);
    }
  }
}

/* Where it was asked: the first sweep, and its midpoints. */
static void expect_nodes(quadratic_form_contour *c, double width, double unit) {
  asked nodes;
  along(c, width, unit, &nodes);
  const double h = 0.6 * width < 0.4 ? 0.6 * width : 0.4, wide = c->sigma * cos(c->tilt);
  size_t count = 0;
  ck_assert(nodes.y[0] == 0.0);
  while (nodes.y[count + 1] > nodes.y[count]) {
    count++;
    ck_assert_double_eq_tol(nodes.y[count] / (wide * sinh((double)count * h)), 1.0, 1e-12);
  }
  double last = 0.0;
  size_t sum = 1 + count;
  for (double step = h; sum < nodes.count; step *= 0.5, count *= 2) {
    for (size_t i = 0; i < count; i++)
      ck_assert_double_eq_tol(nodes.y[sum + i] / (wide * sinh(((double)i + 0.5) * step)), 1.0,
                              1e-12);
    sum += count;
    last = step;
  }
  ck_assert(sum == nodes.count && last > 0.0);
}

START_TEST(test_trapezoidal_rule) {
  static const double shifts[] = {-0.7, 0.3, 4.0}, widths[] = {2.0, 0.5, 0.31};
  for (int i = 0; i < 3; i++)
    for (int tilt = 0; tilt < 2; tilt++) { /* where e < 0 makes the integrand fall */
      form f;
      odd_form(&f, shifts[i]);
      f.h2[2] = tilt == 0 ? f.h2[2] : 0.0; /* e^{2 z^2 h^2} does not fall on the hyperbola */
      quadratic_form_oriented o = oriented(&f);
      quadratic_form_contour c = contour(&f, &o, tilt);
      for (int w = 0; w < 3; w++)
        for (int power = 0; power <= 12; power += 6)
          for (int what = 0; what < 3; what++) {
            c.relative = what == 1 ? 1e-9 : 0.0;
            c.doubt = what == 2 ? 1e-5 : 0.0;
            expect_along(&c, widths[w], pow(10.0, power) * exp(-fabs(shifts[i])));
            expect_nodes(&c, widths[w], pow(10.0, power) * exp(-fabs(shifts[i])));
          }
      quadratic_form_oriented_free(&o);
    }
}
END_TEST

/* How many nodes there were for each of the first sweep: less than 2 after one halving, more after
 * two. */
static double halvings(quadratic_form_contour *c, double width, double unit) {
  asked nodes;
  along(c, width, unit, &nodes);
  size_t first = 1;
  while (nodes.y[first] > nodes.y[first - 1])
    first++;
  return (double)nodes.count / (double)first;
}

/* The width at which one halving more is needed: either side of 1e-3 of the sum of the moduli. */
START_TEST(test_last_halving) {
  form f = blank(1, -6.0);
  f.h2[0] = 0.25;
  settle(&f);
  quadratic_form_oriented o = oriented(&f);
  quadratic_form_contour c = contour(&f, &o, 0);
  const double unit = 1e11 * quadratic_form_sample_at(&c, 0.0).modulus;
  double low = 0.1, high = 0.66;
  ck_assert(halvings(&c, low, unit) < 2.0 && halvings(&c, high, unit) > 2.0);
  while (nextafter(low, 1.0) < high) {
    const double width = 0.5 * (low + high);
    *(halvings(&c, width, unit) > 2.0 ? &high : &low) = width;
  }
  expect_along(&c, low, unit);
  expect_along(&c, high, unit);
  quadratic_form_oriented_free(&o);
}
END_TEST

/* With too few nodes, and where the end is never seen, z up to sinh(250) sigma, the error says so.
 */
START_TEST(test_nodes_run_out) {
  form f;
  odd_form(&f, -0.7);
  quadratic_form_oriented o = oriented(&f);
  asked nodes = {0}, *pointer = &nodes;
  quadratic_form_contour c = contour(&f, &o, 0);
  c.weight = inverse;
  c.context = &pointer;
  quadratic_form_outcome r = quadratic_form_along(&c, 0.5, 5, 1.0);
  ck_assert(!r.reached && isinf(r.error) && nodes.count == 5);
  double sum[4];
  trapezoid(&c, 0.3, 4, sum);
  ck_assert_double_eq_tol(M_PI * r.value, sum[0], 1e-14 * sum[1]);
  size_t first = 0; /* nodes until the end is seen */
  for (size_t most = 6; first == 0; most++) {
    nodes.count = 0;
    r = quadratic_form_along(&c, 0.5, most, 1.0);
    if (nodes.count < most)
      ck_abort_msg("%zu nodes of %zu", nodes.count, most);
    if (nodes.count > most)
      first = most - 1;
    ck_assert_int_eq(first == 0, isinf(r.error));
  }
  ck_assert_uint_eq(nodes.count, 2 * first - 1);
  nodes.count = 0;
  quadratic_form_oriented_free(&o);
  f = blank(1, -0.3);
  f.theta[0] = 1.0;
  settle(&f);
  o = oriented(&f);
  c = contour(&f, &o, 0);
  c.weight = one_and_count;
  c.context = &pointer;
  r = quadratic_form_along(&c, 2.0, 626, 1.0);
  ck_assert(isinf(r.error));
  ck_assert_uint_eq(nodes.count, 625 + 624);
  quadratic_form_oriented_free(&o);
}
END_TEST

/* theta (z + b)^2 + e, in both forms of the linear part; e < 0 < theta. */
START_TEST(test_one_direction) {
  static const double thetas[] = {0.3, 1.0, 2.0}, shifts[] = {0.0, 0.4, 3.0};
  static const double edges[] = {0.02, 0.8, 2.0, 9.0, 60.0};
  for (int t = 0; t < 3; t++)
    for (int b = 0; b < 3; b++)
      for (int c = 0; c < 5; c++) {
        const double edge = sqrt(edges[c]);
        const double upper = normal_tail(edge - shifts[b]) + normal_tail(edge + shifts[b]);
        const double lower = normal_tail(-edge - shifts[b]) - normal_tail(edge - shifts[b]);
        form f = blank(1, -thetas[t] * edges[c]);
        f.theta[0] = thetas[t];
        f.drift[0] = thetas[t] * shifts[b] * shifts[b];
        expect_positive(&f, upper, lower);
        f = blank(1, thetas[t] * (shifts[b] * shifts[b] - edges[c]));
        f.theta[0] = thetas[t];
        f.h2[0] = thetas[t] * thetas[t] * shifts[b] * shifts[b];
        expect_positive(&f, upper, lower);
      }
}
END_TEST

/* theta = 0: a normal variable; beside a direction that is not there. */
START_TEST(test_linear) {
  static const double at[] = {-20.0, -3.0, -0.5, 0.0, 1.0, 6.0};
  for (int i = 0; i < 6; i++)
    for (int zero = 0; zero < 2; zero++) {
      form f = blank(1 + (size_t)zero, at[i]);
      f.h2[zero] = 0.25;
      expect_positive(&f, normal_tail(-at[i]), normal_tail(at[i]));
    }
}
END_TEST

/* a z_1^2 - b z_2^2: an arc tangent. */
START_TEST(test_two_directions) {
  static const double ratios[] = {1e-10, 1e-3, 0.5, 1.0, 4.0, 1e6};
  for (int i = 0; i < 6; i++) {
    form f = blank(2, 0.0);
    f.theta[0] = 1.0;
    f.theta[1] = -ratios[i];
    expect_positive(&f, M_2_PI * atan2(1.0, sqrt(ratios[i])), M_2_PI * atan2(sqrt(ratios[i]), 1.0));
  }
}
END_TEST

/* Pairs of equal directions are exponential variables of mean 2 theta; with t = -e >= 0,
 * P(Q > 0) = sum over theta_j > 0 of prod_{i != j} theta_j/(theta_j - theta_i) exp(-t/(2 theta_j)),
 * and the density of Q at 0 has 1/(2 theta_j) with each term. */
enum { PAIRS = 4 };
static const double rates[][PAIRS] = {
    {1.0, 0.5, -0.75, -2.0}, {3.0, 0.2, 0.1, -0.4}, {1.0, -0.1, -0.2, -0.3}, {0.9, 0.6, 0.3, 0.1}};

static form pairs(int which, double t) {
  form f = blank(2 * PAIRS, -t);
  for (size_t j = 0; j < 2 * PAIRS; j++)
    f.theta[j] = rates[which][j / 2];
  return f;
}

/* In extended precision: the terms nearly cancel where t is small. */
static double pairs_tail(int which, double t, bool density) {
  long double sum = 0.0L;
  for (int j = 0; j < PAIRS; j++) {
    const long double own = rates[which][j];
    long double term = own > 0.0L ? expl(-t / (2.0L * own)) : 0.0L;
    for (int i = 0; i < PAIRS; i++)
      term *= i == j ? 1.0L : own / (own - rates[which][i]);
    sum += term / (density ? 2.0L * own : 1.0L);
  }
  return (double)sum;
}

START_TEST(test_exponential_pairs) {
  static const double at[] = {0.0, 0.3, 2.0, 12.0};
  for (int which = 0; which < 3; which++)
    for (int i = 0; i < 4; i++) {
      form f = pairs(which, at[i]);
      const double upper = pairs_tail(which, at[i], false);
      expect_positive(&f, upper, 1.0 - upper);
    }
}
END_TEST

/* Far out nothing is lost: e^-50 with all its digits. */
START_TEST(test_far_tail) {
  form f = pairs(0, 100.0);
  double value, error;
  settle(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  const double truth = pairs_tail(0, 100.0, false);
  ck_assert_msg(truth < 1e-20 && fabs(value - truth) <= error &&
                    error < 1e-9 * truth + sqrt(0x1p-199),
                "%a, should be %a within %g", value, truth, error);
  /* Beyond e^-700 the answer is 0, and Chernoff's bound its error. */
  f = pairs(0, 4000.0);
  settle(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert(value == 0.0 && error >= exp(-701.0) && error <= exp(-689.0));
}
END_TEST

/* Many equal directions: a chi^2 variable, or a ratio of two, which is a Beta variable. */
START_TEST(test_many_directions) {
  static const int counts[] = {3, 40, 333};
  for (int i = 0; i < 3; i++) {
    const int n = counts[i];
    for (int s = -2; s <= 2; s++) {
      const double at = n + 0.7 * s * sqrt(2.0 * n);
      form f = blank((size_t)n, -at);
      for (int j = 0; j < n; j++)
        f.theta[j] = 1.0;
      expect_positive(&f, gsl_cdf_chisq_Q(at, n), gsl_cdf_chisq_P(at, n));
      const int k = n / 3;
      const double c = 1.0 / 3 + 0.1 * s / sqrt(n);
      f = blank((size_t)n, 0.0);
      for (int j = 0; j < n; j++)
        f.theta[j] = j < k ? 1.0 - c : -c;
      expect_positive(&f, gsl_cdf_beta_Q(c, 0.5 * k, 0.5 * (n - k)),
                      gsl_cdf_beta_P(c, 0.5 * k, 0.5 * (n - k)));
    }
  }
}
END_TEST

/* A form that cannot be positive, and one whose mean is too far off to ask. */
START_TEST(test_certain) {
  double value, error;
  form f = blank(2, -0.5);
  f.theta[0] = -1.0;
  f.theta[1] = -0.25;
  settle(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert(value == 0.0 && error == 0x1p-100);
  turn(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert(value == 1.0 && error == 0x1p-100 + 0x1p-53);
  f = blank(1, -2e9);
  f.theta[0] = M_SQRT1_2;
  settle(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert(value == 0.0);
  ck_assert_double_eq_tol(error * (1.0 + f.q.e * f.q.e), 1.0, 1e-8); /* Cantelli */
}
END_TEST

/* `doubt` is multiplied by a bound on the density at 0, at most a few times what it is, and
 * `relative` enters in proportion. */
START_TEST(test_doubt_and_relative) {
  static const double at[] = {0.3, 2.0, 12.0};
  for (int which = 0; which < 3; which++)
    for (int i = 0; i < 3; i++) {
      form f = pairs(which, at[i]);
      double value, plain, error, twice;
      settle(&f);
      const double density = f.scale * pairs_tail(which, at[i], true);
      quadratic_form_positive(&f.q, &value, &plain);
      f.q.doubt = 1e-10;
      quadratic_form_positive(&f.q, &value, &error);
      const double share = (error - plain) / (1e-10 * density);
      ck_assert_msg(share >= 1.0 && share <= 4.0, "%g of the density", share);
      f.q.doubt = 0.0;
      f.q.relative = 1e-12;
      quadratic_form_positive(&f.q, &value, &error);
      f.q.relative = 2e-12;
      quadratic_form_positive(&f.q, &value, &twice);
      ck_assert_double_eq_tol((twice - plain) / (error - plain), 2.0, 1e-6);
      /* All theta wrong by 1e-12 in the same direction is a scaling of e by as much. */
      f.q.relative = 0.0;
      double moved, ignored;
      f.q.e *= 1.0 - 1e-6;
      quadratic_form_positive(&f.q, &moved, &ignored);
      ck_assert(error - plain >= 1e-6 * fabs(moved - value));
      ck_assert(error - plain <= 1e-12 * 400.0 * (1.0 + at[i]) * value + 1e-22);
    }
}
END_TEST

static void expect_density(form *f, quadratic_form_weight *weight, double truth) {
  for (int side = 0; side < 2; side++) {
    double value = -1.0, error = -1.0;
    ck_assert_int_eq(quadratic_form_density(&f->q, weight, f, &value, &error), GSL_SUCCESS);
    ck_assert_msg(fabs(value - truth) <= error + 1e-13 * truth, "%a, should be %a within %g", value,
                  truth, error);
    ck_assert_msg(error <= 1e-8 * truth, "error %g of %g", error, truth);
    turn(f);
  }
}

/* A normal variable: no pole on either side, and e. */
static void normal(form *f, double e) {
  *f = blank(1, e);
  f->h2[0] = 0.25;
  settle(f);
}

/* The line goes through the saddle of K, as wide as the nearer pole is far or 8 times as wide as
 * the peak is, and the first step is 0.6 of the peak's width on it. */
static void expect_contour(form *f, int which) {
  quadratic_form_oriented o = oriented(f);
  asked nodes = {0}, *pointer = &nodes;
  double value, error;
  ck_assert_int_eq(quadratic_form_density(&f->q, one_and_count, &pointer, &value, &error),
                   GSL_SUCCESS);
  const double z0 = quadratic_form_saddle(&o, 0.0);
  const double spread = 1.0 / sqrt(quadratic_form_on_axis(&o, z0).second);
  const double wide[] = {8.0 * spread, o.right - z0, z0 - o.left};
  for (int i = 0; i < 3; i++)
    ck_assert(wide[i] >= wide[which]);
  const double h = fmin(0.4, 0.6 * spread / wide[which]);
  ck_assert(nodes.y[0] == 0.0 && nodes.y[1] == 0.0);
  for (size_t i = 1; i < 5; i++)
    ck_assert_double_eq_tol(nodes.y[1 + i] / (wide[which] * sinh((double)i * h)), 1.0, 1e-12);
  quadratic_form_oriented_free(&o);
}

/* What it took and gave, along each contour that is tried: the straight line with 1500 nodes, the
 * tilted ones with 3000, the straight line with 40000, until the error is as small as is wanted. */
typedef struct {
  double error;
  size_t count;
} attempt;

static attempt attempts(quadratic_form_contour c, double width, double wanted, double unit) {
  static const double tilts[] = {0.0, -0.25 * M_PI, 0.25 * M_PI, 0.0};
  static const size_t most[] = {1500, 3000, 3000, 40000};
  attempt all = {INFINITY, 0};
  for (int i = 0; i < 4; i++) {
    asked nodes = {0}, *pointer = &nodes;
    quadratic_form_contour counted = c;
    c.tilt = counted.tilt = tilts[i];
    counted.weight = one_and_count;
    counted.context = &pointer;
    const quadratic_form_outcome r = quadratic_form_along(&c, width, most[i], unit);
    quadratic_form_along(&counted, width, most[i], unit);
    all.count += nodes.count;
    all.error = fmin(all.error, r.error);
    if (r.reached && r.error <= wanted)
      break;
  }
  return all;
}

/* The best of them is given, of a probability and of a density. */
static void expect_best(form *f, double relative) {
  double value, error;
  f->q.relative = relative;
  quadratic_form_oriented o = oriented(f);
  const double pole = quadratic_form_saddle(&o, 1.0), plain = quadratic_form_saddle(&o, 0.0);
  quadratic_form_real r = quadratic_form_on_axis(&o, pole);
  quadratic_form_contour c = {.f = &o, .z0 = pole, .relative = relative, .condition = r.condition};
  c.sigma = fmin(pole, o.right - pole);
  double spread = 1.0 / sqrt(r.second + 1.0 / (pole * pole));
  double unit = fmin(1.0, exp(r.k) * spread / pole);
  attempt all = attempts(c, spread / c.sigma, 1e-9 * unit, unit);
  quadratic_form_positive(&f->q, &value, &error);
  ck_assert_double_eq_tol(error / (all.error + 0x1p-100 + 0x1p-53 * value), 1.0, 1e-9);

  r = quadratic_form_on_axis(&o, plain);
  spread = 1.0 / sqrt(r.second);
  asked nodes = {0}, *pointer = &nodes;
  c = (quadratic_form_contour){
      .f = &o, .z0 = plain, .relative = relative, .condition = r.condition};
  c.sigma = fmin(8.0 * spread, fmin(o.right - plain, plain - o.left));
  c.weight = one;
  unit = exp(r.k) * spread;
  all = attempts(c, spread / c.sigma, 1e-8 * unit, unit);
  quadratic_form_density(&f->q, one_and_count, &pointer, &value, &error);
  ck_assert_uint_eq(nodes.count, all.count + 1);
  ck_assert(nodes.x == o.sign * plain);
  ck_assert_double_eq_tol(error / all.error, 1.0, 1e-9);
  quadratic_form_oriented_free(&o);
}

START_TEST(test_best_contour) {
  static const double relatives[] = {0.0, 3e-11, 1e-7};
  static const double shifts[] = {0.02, 3.0};
  form f;
  for (int i = 0; i < 2; i++)
    for (int r = 0; r < 3; r++) {
      f = pairs(0, shifts[i]);
      settle(&f);
      expect_best(&f, relatives[r]);
      turn(&f);
      expect_best(&f, relatives[r]);
      f = blank(2, -shifts[i]);
      f.theta[0] = 1.0;
      f.theta[1] = 1e-3;
      settle(&f);
      expect_best(&f, relatives[r]);
      f = blank(300, -300.0 - 30.0 * shifts[i]);
      for (int j = 0; j < 300; j++)
        f.theta[j] = 1.0;
      settle(&f);
      expect_best(&f, 0.0);
    }
  /* Either side of what is wanted: of the unit 1e-9 and 1e-8. */
  static const double shares[] = {0.9, 1.5};
  for (int which = 0; which < 3; which++)
    for (int s = 0; s < 2; s++) {
      double value, error, plain;
      f = pairs(0, 20.0);
      if (which == 2) { /* on the straight line it falls like a power */
        f = blank(3, -3.0);
        f.theta[0] = f.theta[1] = 1.0;
        f.theta[2] = -0.5;
      }
      settle(&f);
      quadratic_form_oriented o = oriented(&f);
      const double z0 = quadratic_form_saddle(&o, which != 1 ? 1.0 : 0.0);
      const quadratic_form_real r = quadratic_form_on_axis(&o, z0);
      const double unit = which != 1 ? 1e-9 * exp(r.k) / sqrt(r.second + 1.0 / (z0 * z0)) / z0
                                     : 1e-8 * exp(r.k) / sqrt(r.second);
      quadratic_form_oriented_free(&o);
      f.q.relative = 1e-13;
      for (int side = 0; side < 2; side++) {
        *(side == 0 ? &plain : &error) = 0.0;
        f.q.relative = side == 0 ? 0.0 : 1e-13;
        if (which != 1)
          quadratic_form_positive(&f.q, &value, side == 0 ? &plain : &error);
        else
          quadratic_form_density(&f.q, one, NULL, &value, side == 0 ? &plain : &error);
      }
      expect_best(&f, 1e-13 * (shares[s] * unit - plain) / (error - plain));
    }
}
END_TEST

START_TEST(test_contour_of_the_density) {
  form f;
  for (int e = -3; e <= 3; e++) {
    normal(&f, e);
    expect_contour(&f, 0);
    double value, error;
    const double truth = gsl_ran_ugaussian_pdf(e);
    for (int doubt = 0; doubt < 2; doubt++) {
      f.q.doubt = 1e-8 * doubt;
      ck_assert_int_eq(quadratic_form_density(&f.q, one, NULL, &value, &error), GSL_SUCCESS);
      ck_assert_msg(fabs(value - truth) <= error, "%g, not %g within %g", value, truth, error);
      ck_assert(error <= (2e-12 + f.q.doubt) * truth);
      ck_assert(error >= f.q.doubt * truth);
    }
  }
  f = pairs(0, 40.0); /* nearer to the pole on the right; on the left */
  settle(&f);
  expect_contour(&f, 1);
  f = blank(300, -400.0); /* and many directions, so that the peak is narrow */
  for (size_t j = 0; j < 300; j++)
    f.theta[j] = 1.0;
  settle(&f);
  expect_contour(&f, 0);
  f = blank(8, 1.5);
  for (size_t j = 0; j < 8; j++)
    f.theta[j] = j == 0 ? 0.4 : j < 4 ? 0.1 : -0.6;
  settle(&f);
  expect_contour(&f, 2);
}
END_TEST

/* On either side of where the far tail is left to Chernoff's bound, and the certain to Cantelli's.
 */
START_TEST(test_thresholds) {
  form f;
  double value, error, low = -60.0, high = -20.0;
  while (nextafter(low, 0.0) < high) {
    const double e = 0.5 * (low + high);
    normal(&f, e);
    quadratic_form_oriented o = oriented(&f);
    const double z0 = quadratic_form_saddle(&o, 1.0);
    if (quadratic_form_on_axis(&o, z0).k < -700.0)
      low = e;
    else
      high = e;
    quadratic_form_oriented_free(&o);
  }
  normal(&f, low);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert(value == 0.0 && error == exp(-690.0) && normal_tail(-low) < error);
  normal(&f, high);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert_double_eq_tol(value / normal_tail(-high), 1.0, 1e-11);
  ck_assert(error >= 0x1p-100 && error <= 0x1.0001p-100);
  /* Far off: an error of its own where Chernoff's bound is not asked. */
  for (int beyond = 0; beyond < 2; beyond++) {
    normal(&f, beyond ? nextafter(-1e9, -INFINITY) : -1e9);
    ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
    ck_assert(value == 0.0 && error == (beyond ? 1.0 / (1.0 + f.q.e * f.q.e) : exp(-690.0)));
    ck_assert_int_eq(quadratic_form_density(&f.q, one, NULL, &value, &error), GSL_SUCCESS);
    ck_assert(value == 0.0 && error == 0.0);
    f = blank(1, -1e9);
    f.theta[0] = -M_SQRT1_2;
    settle(&f);
    while (f.q.e + f.theta[0] < -1e9)
      f.q.e = nextafter(f.q.e, 0.0);
    while (beyond && f.q.e + f.theta[0] >= -1e9)
      f.q.e = nextafter(f.q.e, -INFINITY);
    const double mean = f.q.e + f.theta[0];
    ck_assert(beyond ? mean < -1e9 : mean == -1e9);
    for (int side = 0; side < 2; side++, turn(&f)) {
      ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
      ck_assert(value == side);
      ck_assert(error == (beyond ? 1.0 / (1.0 + mean * mean) : 0x1p-100) + 0x1p-53 * side);
    }
  }
  /* 1e-8, and 1e-6 of a density. */
  normal(&f, 0.0);
  for (int above = 0; above < 2; above++) {
    double plain;
    f.q.doubt = 0.0;
    quadratic_form_positive(&f.q, &value, &plain);
    f.q.doubt = 1e-8;
    quadratic_form_positive(&f.q, &value, &error);
    f.q.doubt *= (1e-8 * (above ? 1.0001 : 0.9999) - plain) / (error - plain);
    ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), above ? GSL_ETOL : GSL_SUCCESS);
    ck_assert_double_eq_tol(error, 1e-8, 1.1e-12);
    f.q.doubt = 0.0;
    quadratic_form_density(&f.q, one, NULL, &value, &plain);
    f.q.doubt = 1e-6;
    quadratic_form_density(&f.q, one, NULL, &value, &error);
    f.q.doubt *= (1e-6 * value * (above ? 1.0001 : 0.9999) - plain) / (error - plain);
    ck_assert_int_eq(quadratic_form_density(&f.q, one, NULL, &value, &error),
                     above ? GSL_ETOL : GSL_SUCCESS);
    ck_assert_double_eq_tol(error, 1e-6 * value, 1.1e-10 * value);
  }
}
END_TEST

START_TEST(test_density) {
  static const double at[] = {0.1, 0.9, 4.0, 25.0};
  for (int which = 0; which < 4; which++)
    for (int i = 0; i < 4; i++) {
      form f = pairs(which, at[i]);
      settle(&f);
      expect_density(&f, one, f.scale * pairs_tail(which, at[i], true));
    }
}
END_TEST

/* theta z^2 = t beside a z'^2 of exponential directions: at one direction, W is t/theta where Q =
 * 0. */
START_TEST(test_weighted_density) {
  /* z_1^2 + z_2^2 = R, uniform on the circle: E[z_1^2 | R] = R/2, so at theta R = t it is t/2theta
   */
  static const double at[] = {0.5, 3.0, 15.0};
  for (int i = 0; i < 3; i++) {
    form f = blank(2, -at[i]);
    f.theta[0] = f.theta[1] = 1.0;
    settle(&f);
    const double density = 0.5 * exp(-0.5 * at[i]) * f.scale;
    expect_density(&f, one, density);
    expect_density(&f, square_of_first, density * 0.5 * at[i]);
  }
  for (int n = 5; n <= 300; n += 59) {
    form f = blank((size_t)n, -(n + 3.0));
    for (int j = 0; j < n; j++)
      f.theta[j] = 1.0;
    settle(&f);
    const double density = gsl_ran_chisq_pdf(n + 3.0, n) * f.scale;
    expect_density(&f, one, density);
    expect_density(&f, square_of_first, density * (n + 3.0) / n);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("quadratic_form");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_orientation);
  tcase_add_test(core, test_negligible_directions);
  tcase_add_test(core, test_exponent_on_the_axis);
  tcase_add_test(core, test_exponent_off_the_axis);
  tcase_add_test(core, test_products_of_any_size);
  tcase_add_test(core, test_saddle);
  tcase_add_test(core, test_sample);
  tcase_add_test(core, test_nothing_left);
  tcase_add_test(core, test_truncation);
  tcase_add_test(core, test_trapezoidal_rule);
  tcase_add_test(core, test_last_halving);
  tcase_add_test(core, test_nodes_run_out);
  tcase_add_test(core, test_contour_of_the_density);
  tcase_add_test(core, test_linear);
  tcase_add_test(core, test_two_directions);
  tcase_add_test(core, test_exponential_pairs);
  tcase_add_test(core, test_far_tail);
  tcase_add_test(core, test_many_directions);
  tcase_add_test(core, test_certain);
  tcase_add_test(core, test_doubt_and_relative);
  tcase_add_test(core, test_density);
  tcase_add_test(core, test_weighted_density);
  tcase_add_test(core, test_thresholds);
  tcase_add_test(core, test_one_direction);
  tcase_add_test(core, test_best_contour);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
