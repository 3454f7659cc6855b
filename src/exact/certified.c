#include "exact/certified.h"

#include <math.h>

certified_sign certified_sign_in(const arb_t ball) {
  if (arb_is_positive(ball))
    return SIGN_POSITIVE;
  if (arb_is_negative(ball))
    return SIGN_NEGATIVE;
  return arb_is_zero(ball) ? SIGN_ZERO : SIGN_UNDECIDED;
}

certificate certified_certificate_of(certified_expression expression, const void *argument) {
  certificate result = {SIGN_UNDECIDED, CERTIFIED_PRECISION_MOST};
  arb_t value;
  arb_init(value);
  for (slong precision = CERTIFIED_PRECISION_LEAST;
       precision <= CERTIFIED_PRECISION_MOST && result.sign == SIGN_UNDECIDED; precision *= 4) {
    expression(value, argument, precision);
    result.sign = certified_sign_in(value);
    result.bits = precision;
  }
  arb_clear(value);
  return result;
}

certified_sign certified_sign_of(certified_expression expression, const void *argument) {
  return certified_certificate_of(expression, argument).sign;
}

double certified_value_of(certified_expression expression, const void *argument) {
  double result = NAN;
  arb_t value;
  arb_init(value);
  for (slong precision = CERTIFIED_PRECISION_LEAST; precision <= CERTIFIED_PRECISION_MOST;
       precision *= 4) {
    expression(value, argument, precision);
    if (arb_is_zero(value) || arb_rel_accuracy_bits(value) >= 60) {
      result = arf_get_d(arb_midref(value), ARF_RND_NEAR);
      break;
    }
  }
  arb_clear(value);
  return result;
}

const char *certified_sign_name(certified_sign sign) {
  switch (sign) {
  case SIGN_NEGATIVE:
    return "-";
  case SIGN_ZERO:
    return "0";
  case SIGN_POSITIVE:
    return "+";
  default:
    return "?";
  }
}
