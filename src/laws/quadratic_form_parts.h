/* quadratic_form_parts.h -- the steps of quadratic_form.c, one by one, for its test alone. */
#ifndef SUSPALIGN_LAWS_QUADRATIC_FORM_PARTS_H
#define SUSPALIGN_LAWS_QUADRATIC_FORM_PARTS_H

#include <stdbool.h>
#include "laws/quadratic_form.h"

/* The form with its sign chosen so that E Q <= 0: 0 is then in the upper tail and the contour, to
 * the right of the pole at 0, loses no digits to the other tail. */
typedef struct {
  size_t n, positive;         /* directions; the first `positive` have theta >= 0 */
  double *theta, *h2, *drift; /* length n */
  double e, mean;             /* mean = E Q <= 0 */
  double left, right;         /* the poles around 0; infinite where there is none */
  double sign;                /* of Q as it was given */
  bool central;
} quadratic_form_oriented;

/* GSL_SUCCESS or GSL_ENOMEM; freed by the other. */
int quadratic_form_orient(quadratic_form_oriented *f, const quadratic_form *q);
void quadratic_form_oriented_free(quadratic_form_oriented *f);

/* The least point of K(z) - pole ln z on (0, right), convex; to three digits, more is of no use.
 * 0 where it is at 0 (pole = 0 alone), infinite where there is none. */
double quadratic_form_saddle(const quadratic_form_oriented *f, double pole);

typedef struct {
  double k, first, second; /* K and its derivatives */
  double condition;        /* sum (1 + 2|z theta|)/(1 - 2 z theta): how rounding of theta enters */
} quadratic_form_real;

/* K at z on the real axis, left < z < right. */
quadratic_form_real quadratic_form_on_axis(const quadratic_form_oriented *f, double z);

typedef struct {
  double re, im;
  double size; /* sum of the moduli of what was added up, for the rounding bound */
} quadratic_form_exponent;

/* K(x + iy), left < x < right, y >= 0, |x + iy| < 2^300/max |theta|. */
quadratic_form_exponent quadratic_form_off_axis(const quadratic_form_oriented *f, double x,
                                                double y);

typedef struct {
  const quadratic_form_oriented *f;
  quadratic_form_weight *weight; /* NULL: 1/z, the probability */
  const void *context;
  double z0, sigma, tilt;
  double condition, relative, doubt;
} quadratic_form_contour;

typedef struct {
  double value, modulus; /* of the integrand: its part that counts, and what rounding sees */
  double density;        /* |e^K dz/dv| */
  double rounding;       /* absolute */
  double distance;       /* |z| */
} quadratic_form_sample;

/* At z(v). */
quadratic_form_sample quadratic_form_sample_at(const quadratic_form_contour *c, double v);

/* A bound on what lies beyond the node v of the first sweep, with step h: infinite where the
 * integrand does not fall. */
double quadratic_form_beyond(const quadratic_form_contour *c, double v, double h,
                             const quadratic_form_sample *s, const quadratic_form_sample *last);

typedef struct {
  double value, error;
  bool reached; /* the last halving changed next to nothing */
} quadratic_form_outcome;

/* (1/pi) int over v > 0, to some 1e-12 of `unit`, in steps that start at 0.6 width, or 0.4 if that
 * is less, and are halved while there are fewer than nodes_most nodes: that is exceeded by the last
 * halving alone.  The error is infinite where the end is not seen. */
quadratic_form_outcome quadratic_form_along(const quadratic_form_contour *c, double width,
                                            size_t nodes_most, double unit);

#endif
