#include "config.h"
#include "laws/secular.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "model/rounding.h"

/* region: root */
/* F(tau) and -F'(tau). */
static void evaluate(const double *a, const double *gap, size_t n, double tau, double *value,
                     double *fall) {
  double sum = 0.0, slope = 0.0;
  for (size_t i = 0; i < n; i++) {
    const double term = a[i] / (tau + gap[i]);
    sum += term;
    slope += term / (tau + gap[i]);
  }
  *value = sum;
  *fall = slope;
}

int secular_root(const double *a, const double *gap, const double *gap_error, size_t n,
                 double target, double *tau, double *error) {
  enum { ITERATIONS_MOST = 400 };
  double total = 0.0, at_zero = 0.0, weighted = 0.0;
  for (size_t i = 0; i < n; i++) {
    total += a[i];
    weighted += a[i] * gap[i];
    if (gap[i] == 0.0)
      at_zero += a[i];
  }
  if (!(at_zero > 0.0 && target > 0.0 && isfinite(total) && isfinite(weighted)))
    return GSL_EDOM;
  double x = fmax(at_zero / target, total / target - weighted / total), value, fall;
  for (int i = 0; i < ITERATIONS_MOST; i++) {
    evaluate(a, gap, n, x, &value, &fall);
    /* Newton on 1/F - 1/target: (1/F)' = -F'/F^2. */
    const double step = value * (value - target) / (target * fall);
    x += step;
    if (!(fabs(step) > 4.0 * ROUNDING_UNIT * x))
      break;
  }
  evaluate(a, gap, n, x, &value, &fall);
  /* end region: root */
  double doubt = fabs(value - target) + (double)(n + 16) * ROUNDING_UNIT * value;
  for (size_t i = 0; gap_error != NULL && i < n; i++)
    doubt += a[i] / (x + gap[i]) / (x + gap[i]) * gap_error[i];
  const double bound = 2.0 * doubt / fall + 2.0 * ROUNDING_UNIT * x;
  if (!(x > 0.0 && bound < 0.25 * x))
    return GSL_EDOM;
  *tau = x;
  *error = bound;
  return GSL_SUCCESS;
}
