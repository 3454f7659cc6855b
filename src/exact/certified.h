/* certified.h -- signs that are proved, by ball arithmetic at rising precision.
 *
 * The inputs of every claim are doubles, that is dyadic rationals.  An expression built from them
 * by + - * is again dyadic: at enough bits its ball has radius 0 and the sign is exact, zero
 * included.  With divisions, roots or large powers in it a zero cannot be certified, but every
 * other sign can.  F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval
 * arithmetic, IEEE Trans. Computers 66 (2017). */
#ifndef SUSPALIGN_EXACT_CERTIFIED_H
#define SUSPALIGN_EXACT_CERTIFIED_H

#include "exact/arb_header.h"

typedef enum {
  SIGN_NEGATIVE = -1,
  SIGN_ZERO = 0,
  SIGN_POSITIVE = 1,
  SIGN_UNDECIDED = 2 /* the ball still holds zero at CERTIFIED_PRECISION_MOST bits */
} certified_sign;

enum { CERTIFIED_PRECISION_LEAST = 128, CERTIFIED_PRECISION_MOST = 8192 };

/* Writes a ball that holds the exact value of the expression, at the working precision given. */
typedef void (*certified_expression)(arb_t value, const void *argument, slong precision);

/* A sign and the precision, in bits, at which it was certain; CERTIFIED_PRECISION_MOST where it
 * is not. */
typedef struct {
  certified_sign sign;
  slong bits;
} certificate;

/* The sign of the expression; precision is doubled twice at a time until it is certain. */
certificate certified_certificate_of(certified_expression expression, const void *argument);

/* The sign of every number in the ball, if they have one. */
certified_sign certified_sign_in(const arb_t ball);

/* The sign alone. */
certified_sign certified_sign_of(certified_expression expression, const void *argument);

/* The nearest double to the expression's value, relative error at most 2^-52.  NaN when that
 * accuracy is not reached at CERTIFIED_PRECISION_MOST bits and the value is not exactly 0. */
double certified_value_of(certified_expression expression, const void *argument);

/* "-", "0", "+", "?" */
const char *certified_sign_name(certified_sign sign);

#endif
