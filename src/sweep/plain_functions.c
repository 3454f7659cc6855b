#include "config.h"
#include "sweep/plain_functions.h"

#include <math.h>

/* ln 2 = LN2_HIGH + LN2_LOW: whole multiples of the first, up to 2^20, are exact. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW 0x1.a39ef35793c76p-33

/* ln m = 2 artanh s, s = (m - 1)/(m + 1), |s| <= 0.1716 for m in [1/sqrt 2, sqrt 2): the first term
 * left out is below 2^-59 of the sum. */
double plain_log(double x) {
  enum { TERMS = 12 };
  int exponent;
  double m = frexp(x, &exponent);
  if (m < M_SQRT1_2) {
    m *= 2.0;
    exponent--;
  }
  const double s = (m - 1.0) / (m + 1.0), square = s * s;
  double sum = 0.0;
  for (int i = TERMS - 1; i >= 0; i--)
    sum = sum * square + 1.0 / (2 * i + 1);
  return (double)exponent * LN2_HIGH + (2.0 * s * sum + (double)exponent * LN2_LOW);
}

/* e^x = 2^n e^r, |r| <= ln(2)/2: the first term left out is below 2^-57. */
double plain_exp(double x) {
  enum { TERMS = 14 };
  if (!(fabs(x) < 800.0))
    return x > 0.0 ? (double)INFINITY : 0.0;
  const double n = floor(x / M_LN2 + 0.5);
  const double r = (x - n * LN2_HIGH) - n * LN2_LOW;
  double sum = 1.0;
  for (int i = TERMS; i > 0; i--)
    sum = 1.0 + sum * r / i;
  return ldexp(sum, (int)n);
}
