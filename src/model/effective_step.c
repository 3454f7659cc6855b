#include "config.h"
#include "model/effective_step.h"

#include <math.h>
#include <gsl/gsl_errno.h>

/* region: eval */
int effective_step_of(const double *update, const double *g, size_t d, size_t k,
                      effective_step *out) {
  double along[2] = {0.0, 0.0}, square[2] = {0.0, 0.0};
  for (size_t i = 0; i < d; i++) {
    along[i >= k] += update[i] * g[i];
    square[i >= k] += g[i] * g[i];
  }
  if (!(square[0] > 0.0 && square[1] > 0.0))
    return GSL_EDOM;
  out->dominant = along[0] / square[0];
  out->bulk = along[1] / square[1];
  return GSL_SUCCESS;
}

double effective_step_of_momentum(double lambda, double eta, double beta) {
  const double root = sqrt(beta), move = eta * lambda;
  const double discriminant =
      ((1.0 - root) * (1.0 - root) - move) * ((1.0 + root) * (1.0 + root) - move);
  if (!(move < (1.0 - root) * (1.0 - root)))
    return NAN;
  return 2.0 * eta / (1.0 - beta + move + sqrt(discriminant));
}
/* end region: eval */
