#include "config.h"
#include "laws/quadratic_form.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include "laws/quadratic_form_parts.h"
#include "model/rounding.h"

typedef quadratic_form_oriented oriented;
typedef quadratic_form_real real_exponent;
typedef quadratic_form_exponent exponent;
typedef quadratic_form_contour contour;
typedef quadratic_form_sample sample;
typedef quadratic_form_outcome outcome;

/* Directions this far below Var Q = 1 change P(Q > 0) by less than the square root of it. */
#define NEGLIGIBLE 0x1p-200
/* The contour stays this far from the pole on its right, relative to it: nearer, 1 - 2 z theta has
 * no digits left.  Any point in between gives a Chernoff bound, the saddle but the best. */
#define PINCHED 0x1p-40
/* Beyond this mean P(Q > 0) <= 1/(1 + mean^2) (Cantelli) is enough. */
#define CERTAIN 1e9

void quadratic_form_oriented_free(oriented *f) {
  free(f->theta);
  free(f->h2);
  free(f->drift);
}

int quadratic_form_orient(oriented *f, const quadratic_form *q) {
  *f = (oriented){.theta = malloc(q->n * sizeof *f->theta),
                  .h2 = malloc(q->n * sizeof *f->h2),
                  .drift = malloc(q->n * sizeof *f->drift)};
  if (f->theta == NULL || f->h2 == NULL || f->drift == NULL) {
    quadratic_form_oriented_free(f);
    return GSL_ENOMEM;
  }
  double mean = q->e;
  for (size_t j = 0; j < q->n; j++)
    mean += q->theta[j] + q->drift[j];
  f->sign = mean > 0.0 ? -1.0 : 1.0;
  f->mean = f->sign * mean;
  f->e = f->sign * q->e;
  f->central = true;
  double least = 0.0, most = 0.0;
  for (int pass = 0; pass < 2; pass++) {
    for (size_t j = 0; j < q->n; j++) {
      const double theta = f->sign * q->theta[j];
      const double drift = f->sign * q->drift[j];
      const bool absent = fabs(theta) < NEGLIGIBLE && fabs(drift) < NEGLIGIBLE &&
                          q->h2[j] < NEGLIGIBLE * NEGLIGIBLE;
      if (absent || (theta >= 0.0) != (pass == 0))
        continue;
      f->theta[f->n] = theta;
      f->drift[f->n] = drift;
      f->h2[f->n++] = q->h2[j];
      f->central = f->central && q->h2[j] == 0.0 && drift == 0.0;
      least = fmin(least, theta);
      most = fmax(most, theta);
    }
    if (pass == 0)
      f->positive = f->n;
  }
  f->right = most > 0.0 ? 0.5 / most : (double)INFINITY;
  f->left = least < 0.0 ? 0.5 / least : -(double)INFINITY;
  return GSL_SUCCESS;
}

/* --- the exponent on the real axis ---------------------------------------------------------- */

real_exponent quadratic_form_on_axis(const oriented *f, double z) {
  real_exponent r = {z * f->e, f->e, 0.0, 0.0};
  for (size_t j = 0; j < f->n; j++) {
    const double zt = z * f->theta[j], q = 1.0 / (1.0 - 2.0 * zt);
    const double h2 = f->h2[j], drift = f->drift[j];
    r.k += -0.5 * log1p(-2.0 * zt) + (2.0 * z * h2 + drift) * z * q;
    r.first += f->theta[j] * q + (4.0 * h2 * z * (1.0 - zt) + drift) * q * q;
    r.second +=
        2.0 * f->theta[j] * q * f->theta[j] * q + 4.0 * (h2 + drift * f->theta[j]) * q * q * q;
    r.condition += (1.0 + 2.0 * fabs(zt)) * q;
  }
  return r;
}

double quadratic_form_saddle(const oriented *f, double pole) {
  if (pole == 0.0 && f->mean >= 0.0)
    return 0.0;
  double low = 0.0, high = f->right * (1.0 - PINCHED), z = fmin(1.0, 0.5 * high), moved, room;
  do { /* Newton, or halfway to the other end of the bracket */
    const real_exponent r = quadratic_form_on_axis(f, z);
    const double first = r.first - pole / z, second = r.second + pole / (z * z);
    const double end = first < 0.0 ? high : low;
    *(first < 0.0 ? &low : &high) = z;
    double next = z - first / second;
    if (next != z && !(next > low && next < high))
      next = 0.5 * (z + end);
    if (!(next < 1e150))
      return (double)INFINITY;
    room = fmin(z, f->right - z);
    moved = fabs(next - z);
    z = next;
  } while (moved > 1e-3 * room);
  return z;
}

/* --- the exponent in the upper half plane --------------------------------------------------- */

/* ln prod (1 - 2 z theta_j) with its argument followed through all turns: each factor has its
 * argument in (-pi, 0], so the running product has passed -pi exactly when it comes from below the
 * real axis and ends on or above it. */
static void log_product(const double *theta, size_t n, double x, double y, double *log_modulus,
                        double *argument) {
  double re = 1.0, im = 0.0;
  long power = 0, turns = 0;
  for (size_t j = 0; j < n; j++) {
    const double a = 1.0 - 2.0 * x * theta[j], b = -2.0 * y * theta[j];
    const double next_re = re * a - im * b, next_im = re * b + im * a;
    turns += im < 0.0 && next_im >= 0.0;
    re = next_re;
    im = next_im;
    const double size = fabs(re) + fabs(im);
    if (size > 0x1p300) { /* |1 - 2 z theta| < 2^300: see V_MOST */
      re *= 0x1p-300;
      im *= 0x1p-300;
      power += 300;
    } else if (size < 0x1p-300) {
      re *= 0x1p300;
      im *= 0x1p300;
      power -= 300;
    }
  }
  *log_modulus = log(hypot(re, im)) + (double)power * M_LN2;
  *argument = atan2(im == 0.0 ? 0.0 : im, re) - 2.0 * M_PI * (double)turns;
}

exponent quadratic_form_off_axis(const oriented *f, double x, double y) {
  double above_log, above_arg, below_log, below_arg;
  log_product(f->theta, f->positive, x, y, &above_log, &above_arg);
  /* Below, theta < 0: the conjugate product turns the same way. */
  log_product(f->theta + f->positive, f->n - f->positive, x, -y, &below_log, &below_arg);
  exponent k = {-0.5 * (above_log + below_log) + x * f->e,
                -0.5 * (above_arg - below_arg) + y * f->e, 0.0};
  k.size = 0.5 * (fabs(above_log) + fabs(below_log) + fabs(above_arg) + fabs(below_arg)) +
           hypot(x, y) * fabs(f->e);
  if (!f->central) {
    const double square_re = (x - y) * (x + y), square_im = 2.0 * x * y;
    double re = 0.0, im = 0.0, size = 0.0;
    for (size_t j = 0; j < f->n; j++) {
      const double a = 1.0 - 2.0 * x * f->theta[j], b = -2.0 * y * f->theta[j];
      const double h2 = 2.0 * f->h2[j], drift = f->drift[j], inverse = 1.0 / (a * a + b * b);
      const double p = (h2 * square_re + drift * x) * inverse;
      const double r = (h2 * square_im + drift * y) * inverse;
      re += p * a + r * b;
      im += r * a - p * b;
      size += (fabs(p) + fabs(r)) * (fabs(a) + fabs(b));
    }
    k.re += re;
    k.im += im;
    k.size += size;
  }
  return k;
}

/* nu of the header, on the straight line. */
static double fall(const oriented *f, double x, double y) {
  double nu = 0.0;
  for (size_t j = 0; j < f->n; j++) {
    const double a = 1.0 - 2.0 * x * f->theta[j], b = 2.0 * y * f->theta[j];
    nu += 0.5 * b * b / (a * a + b * b);
  }
  return nu;
}

/* --- the contour ---------------------------------------------------------------------------- */

/* region: contour */
sample quadratic_form_sample_at(const contour *c, double v) {
  const oriented *f = c->f;
  const double sine = sin(c->tilt), cosine = cos(c->tilt), sh = sinh(v), ch = cosh(v);
  const double half = sinh(0.5 * v); /* cosh v - 1 = 2 half^2 */
  const double x = c->z0 - 2.0 * c->sigma * sine * half * half, y = c->sigma * cosine * sh;
  const double dx = -c->sigma * sine * sh, dy = c->sigma * cosine * ch;
  const exponent k = quadratic_form_off_axis(f, x, y);
  const double size = exp(k.re), re = size * cos(k.im), im = size * sin(k.im);
  double w[2];
  if (c->weight == NULL) {
    const double square = x * x + y * y;
    w[0] = x / square;
    w[1] = -y / square;
  } else {
    c->weight(c->context, f->sign * x, f->sign * y, w);
  }
  const double move_re = w[0] * dx - w[1] * dy, move_im = w[0] * dy + w[1] * dx;
  const double move = hypot(move_re, move_im);
  sample s;
  s.value = re * move_im + im * move_re;
  s.modulus = size * move;
  s.density = size * hypot(dx, dy);
  /* A relative error of theta changes ln f by |2z theta/f| <= 1 + 1/f(z0) of it on the line. */
  s.rounding = s.modulus * ((2.0 * ROUNDING_UNIT + c->relative) * c->condition +
                            ROUNDING_UNIT * (2.0 * (double)f->n + 16.0) +
                            (8.0 * ROUNDING_UNIT + 4.0 * c->relative) * k.size);
  s.distance = hypot(x, y);
  return s;
}
/* end region: contour */

double quadratic_form_beyond(const contour *c, double v, double h, const sample *s,
                             const sample *last) {
  const oriented *f = c->f;
  double nu;
  if (c->tilt == 0.0 && c->weight == NULL)
    nu = fall(f, c->z0, c->sigma * sinh(v));
  else
    nu = last->modulus > s->modulus ? log(last->modulus / s->modulus) / h : 0.0;
  if (!(nu > 0.0))
    return s->modulus == 0.0 && v > 1.0 ? 0.0 : (double)INFINITY;
  double growth = 1.0;
  if (c->tilt != 0.0)
    for (size_t j = 0; j < f->n; j++) /* a factor still to come may shrink to cos(tilt) first */
      if (2.0 * s->distance * fabs(f->theta[j]) < 1.0)
        growth /= sqrt(cos(c->tilt));
  return s->modulus * growth * (h + 1.0 / nu);
}

/* z reaches 2^300 at most. */
#define V_MOST 250.0
#define CONVERGED 1e-12
#define CUT 1e-14

outcome quadratic_form_along(const contour *c, double width, size_t nodes_most, double unit) {
  double h = fmin(0.4, 0.6 * width);
  sample s = quadratic_form_sample_at(c, 0.0), last = s;
  double sum = 0.5 * s.value, modulus = 0.5 * s.modulus, density = 0.5 * s.density;
  double rounding = 0.5 * s.rounding, tail = (double)INFINITY;
  size_t nodes = 1, count = 0;
  while (tail > CUT * unit && nodes < nodes_most && (double)(count + 1) * h < V_MOST) {
    count++;
    nodes++;
    s = quadratic_form_sample_at(c, (double)count * h);
    sum += s.value;
    modulus += s.modulus;
    density += s.density;
    rounding += s.rounding;
    if (s.modulus < 1e-6 * unit)
      tail = quadratic_form_beyond(c, (double)count * h, h, &s, &last);
    last = s;
  }
  outcome r = {h * sum, (double)INFINITY, false};
  while (nodes < nodes_most) {
    double middle = 0.0;
    for (size_t i = 0; i < count; i++) {
      s = quadratic_form_sample_at(c, ((double)i + 0.5) * h);
      middle += s.value;
      modulus += s.modulus;
      density += s.density;
      rounding += s.rounding;
    }
    nodes += count;
    count *= 2;
    h *= 0.5;
    const double finer = 0.5 * r.value + h * middle, change = fabs(finer - r.value);
    r.value = finer;
    r.error = change + tail + h * rounding + c->doubt * h * density;
    if (change <= CONVERGED * unit && change <= 1e-3 * h * modulus) {
      r.reached = true;
      break;
    }
  }
  r.value /= M_PI;
  r.error /= M_PI;
  return r;
}

/* The straight line first; where it is slow to converge (a few random directions beside certain
 * ones make the integrand oscillate while it decays slowly), the tilted contours, on one side of
 * which the oscillation is a decay. */
static outcome best_contour(contour *c, double width, double wanted, double unit) {
  static const double tilts[] = {0.0, -0.25 * M_PI, 0.25 * M_PI, 0.0};
  static const size_t nodes_most[] = {1500, 3000, 3000, 40000};
  outcome best = {0.0, (double)INFINITY, false};
  bool enough = false;
  for (size_t i = 0; i < sizeof tilts / sizeof *tilts && !enough; i++) {
    c->tilt = tilts[i];
    const outcome next = quadratic_form_along(c, width, nodes_most[i], unit);
    if (next.error <= best.error)
      best = next;
    enough = next.reached && next.error <= wanted;
  }
  return best;
}

int quadratic_form_positive(const quadratic_form *q, double *value, double *error) {
  oriented f;
  int status = quadratic_form_orient(&f, q);
  if (status != GSL_SUCCESS)
    return status;
  double upper = 0.0;               /* P(Q > 0) of the oriented form */
  *error = 1.0 / (f.mean * f.mean); /* by Cantelli, where nothing better is known */
  const double z0 = f.mean < -CERTAIN ? (double)INFINITY : quadratic_form_saddle(&f, 1.0);
  if (isfinite(z0)) {
    const real_exponent r = quadratic_form_on_axis(&f, z0);
    contour c = {.f = &f, .z0 = z0, .sigma = fmin(z0, f.right - z0), .condition = r.condition};
    c.relative = q->relative;
    c.doubt = q->doubt;
    const double second = r.second + 1.0 / (z0 * z0);
    if (r.k < -700.0) {
      *error = exp(-690.0); /* Chernoff: P(Q > 0) <= e^K */
    } else {
      const double spread = 1.0 / sqrt(second);
      const double unit = fmin(1.0, exp(r.k) * spread / z0); /* of the value, by the saddle point */
      const outcome best = best_contour(&c, spread / c.sigma, 1e-9 * unit, unit);
      upper = fmin(1.0, fmax(0.0, best.value));
      *error = best.error + sqrt(NEGLIGIBLE);
    }
  } else if (f.mean >= -CERTAIN) {
    *error = sqrt(NEGLIGIBLE); /* no saddle: Q cannot be positive */
  }
  *value = f.sign > 0.0 ? upper : 1.0 - upper;
  *error += ROUNDING_UNIT * *value;
  quadratic_form_oriented_free(&f);
  return *error <= 1e-8 ? GSL_SUCCESS : GSL_ETOL;
}

int quadratic_form_density(const quadratic_form *q, quadratic_form_weight *weight,
                           const void *context, double *value, double *error) {
  oriented f;
  int status = quadratic_form_orient(&f, q);
  if (status != GSL_SUCCESS)
    return status;
  *value = 0.0;
  *error = 0.0;
  const double z0 = f.mean < -CERTAIN ? (double)INFINITY : quadratic_form_saddle(&f, 0.0);
  if (isfinite(z0)) {
    const real_exponent r = quadratic_form_on_axis(&f, z0);
    const double spread = 1.0 / sqrt(r.second);
    contour c = {.f = &f, .weight = weight, .context = context, .z0 = z0};
    c.condition = r.condition;
    c.sigma = fmin(8.0 * spread, fmin(f.right - z0, z0 - f.left));
    c.relative = q->relative;
    c.doubt = q->doubt;
    if (r.k > -700.0) {
      double w[2];
      weight(context, f.sign * z0, 0.0, w);
      const double unit = fabs(w[0]) * exp(r.k) * spread; /* of the value, by the saddle point */
      const outcome best = best_contour(&c, spread / c.sigma, 1e-8 * unit, unit);
      *value = fmax(0.0, best.value);
      *error = best.error;
    }
  }
  quadratic_form_oriented_free(&f);
  return *error <= 1e-6 * *value || *value == 0.0 ? GSL_SUCCESS : GSL_ETOL;
}
