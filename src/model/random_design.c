#include "config.h"
#include "model/random_design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "model/quadratic.h"

random_design *random_design_alloc(size_t d, size_t k) {
  if (k < 1 || k > d)
    return NULL;
  random_design *r = calloc(1, sizeof *r);
  if (r == NULL)
    return NULL;
  r->d = d;
  r->k = k;
  r->batch = 1;
  r->kurtosis = 3.0;
  r->lambda = calloc(d, sizeof *r->lambda);
  r->delta = calloc(d, sizeof *r->delta);
  if (r->lambda == NULL || r->delta == NULL) {
    random_design_free(r);
    return NULL;
  }
  return r;
}

void random_design_free(random_design *r) {
  if (r == NULL)
    return;
  free(r->lambda);
  free(r->delta);
  free(r);
}

random_design *random_design_literal(size_t d, size_t k, const double *lambda, const double *delta,
                                     size_t batch, double eta) {
  random_design *r = random_design_alloc(d, k);
  if (r == NULL)
    return NULL;
  memcpy(r->lambda, lambda, d * sizeof *lambda);
  memcpy(r->delta, delta, d * sizeof *delta);
  r->batch = batch;
  r->eta = eta;
  return r;
}

random_design *random_design_clone(const random_design *r) {
  random_design *copy = random_design_literal(r->d, r->k, r->lambda, r->delta, r->batch, r->eta);
  if (copy == NULL)
    return NULL;
  copy->kurtosis = r->kurtosis;
  copy->isotropic = r->isotropic;
  copy->uncentred = r->uncentred;
  return copy;
}

static bool in_range(double x, double least, double most) {
  return x >= least && x <= most; /* false for NaN */
}

int random_design_validate(const random_design *r, diagnostic *diag) {
  if (r->k < 1 || r->k > r->d)
    return diagnostic_set(diag, GSL_EINVAL, "k = %zu is not in 1..%zu", r->k, r->d);
  if (r->batch < 1)
    return diagnostic_set(diag, GSL_EINVAL, "the batch size is %zu: not at least 1", r->batch);
  for (size_t i = 0; i < r->d; i++) {
    const double lambda = r->lambda[i], delta = r->delta[i];
    if (lambda != 0.0 && !in_range(lambda, QUADRATIC_LAMBDA_MIN, QUADRATIC_LAMBDA_MAX))
      return diagnostic_set(diag, GSL_EDOM, "lambda[%zu] = %.17g is neither 0 nor in [%g, %g]",
                            i + 1, lambda, QUADRATIC_LAMBDA_MIN, QUADRATIC_LAMBDA_MAX);
    if (i > 0 && lambda > r->lambda[i - 1])
      return diagnostic_set(diag, GSL_EDOM, "lambda[%zu] = %.17g is above lambda[%zu] = %.17g",
                            i + 1, lambda, i, r->lambda[i - 1]);
    if (delta != 0.0 && !in_range(fabs(delta), QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX))
      return diagnostic_set(diag, GSL_EDOM, "delta[%zu] = %.17g is neither 0 nor in [%g, %g]",
                            i + 1, delta, QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX);
  }
  if (r->lambda[0] == 0.0)
    return diagnostic_set(diag, GSL_EDOM, "every lambda is 0: the features do not vary");
  if (!(r->eta >= 0.0 && r->eta * r->lambda[0] <= RANDOM_DESIGN_MOVE_MAX))
    return diagnostic_set(diag, GSL_EDOM, "eta lambda_1 = %.17g is not in [0, %g]",
                          r->eta * r->lambda[0], RANDOM_DESIGN_MOVE_MAX);
  if (!(r->kurtosis >= 1.0 && isfinite(r->kurtosis)))
    return diagnostic_set(diag, GSL_EDOM, "the kurtosis is %.17g: not finite and at least 1",
                          r->kurtosis);
  return GSL_SUCCESS;
}

size_t random_design_rank(const random_design *r) {
  size_t rank = 0;
  while (rank < r->d && r->lambda[rank] > 0.0)
    rank++;
  return rank;
}
