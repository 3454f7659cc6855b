#include "config.h"
#include "sim/design_walk.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>

/* region: step */
void design_walk_step(const random_design *r, double eta, double *delta, double *x, double *pull,
                      gsl_rng *rng) {
  for (size_t i = 0; i < r->d; i++)
    pull[i] = 0.0;
  for (size_t s = 0; s < r->batch; s++) {
    double residual = 0.0;
    for (size_t i = 0; i < r->d; i++) {
      x[i] = r->lambda[i] > 0.0 ? sqrt(r->lambda[i]) * gsl_ran_gaussian_ziggurat(rng, 1.0) : 0.0;
      residual += x[i] * delta[i];
    }
    for (size_t i = 0; i < r->d; i++)
      pull[i] += residual * x[i];
  }
  for (size_t i = 0; i < r->d; i++)
    delta[i] -= eta / (double)r->batch * pull[i];
}
/* end region: step */

static double weighted(const double *w, const double *delta, size_t d) {
  double sum = 0.0;
  for (size_t i = 0; i < d; i++)
    sum += w[i] * delta[i] * delta[i];
  return sum;
}

int design_walk_run(const random_design *r, const double *w, double rho, size_t steps, gsl_rng *rng,
                    design_walk_growth *out) {
  double *space = malloc(3 * r->d * sizeof *space);
  if (space == NULL)
    return GSL_ENOMEM;
  double *delta = space, *x = space + r->d, *pull = space + 2 * r->d;
  double sum = 0.0, squares = 0.0, capped = 0.0, logs = 0.0;
  for (size_t i = 0; i < r->d; i++)
    delta[i] = r->delta[i];
  for (size_t t = 0; t < steps; t++) {
    const double unit = 1.0 / sqrt(weighted(w, delta, r->d));
    for (size_t i = 0; i < r->d; i++)
      delta[i] *= unit;
    const double before = weighted(w, delta, r->d);
    design_walk_step(r, r->eta, delta, x, pull, rng);
    const double ratio = weighted(w, delta, r->d) / before;
    sum += ratio;
    squares += ratio * ratio;
    capped += fmin(ratio, DESIGN_WALK_CAP * rho);
    logs += log(ratio);
  }
  const double n = (double)steps;
  *out = (design_walk_growth){.steps = steps,
                              .mean = sum / n,
                              .capped = capped / n,
                              .log_mean = logs / n,
                              .error = sqrt(fmax(0.0, squares / n - sum / n * (sum / n)) / n)};
  free(space);
  return GSL_SUCCESS;
}

int design_walk_alignment(const random_design *r, size_t skip, size_t steps, gsl_rng *rng,
                          double *mean) {
  double *space = malloc(3 * r->d * sizeof *space);
  if (space == NULL)
    return GSL_ENOMEM;
  double *delta = space, *x = space + r->d, *pull = space + 2 * r->d;
  double sum = 0.0;
  for (size_t i = 0; i < r->d; i++)
    delta[i] = r->delta[i];
  for (size_t t = 0; t < skip + steps; t++) {
    design_walk_step(r, r->eta, delta, x, pull, rng);
    double squares = 0.0, part[2] = {0.0, 0.0};
    for (size_t i = 0; i < r->d; i++) {
      const double g = r->lambda[i] * delta[i];
      part[i < r->k] += g * g;
      squares += delta[i] * delta[i];
    }
    const double unit = 1.0 / sqrt(squares);
    for (size_t i = 0; i < r->d; i++)
      delta[i] *= unit;
    if (t >= skip)
      sum += part[1] / (part[0] + part[1]);
  }
  *mean = sum / (double)steps;
  free(space);
  return GSL_SUCCESS;
}

double design_walk_slack(size_t steps, double probability) {
  /* t = rho s with n s^2 = 2 ln(1/p) (81 + cap s/3): the larger of the two, by fixed point. */
  const double need = 2.0 * log(1.0 / probability) / (double)steps;
  double slack = sqrt(81.0 * need);
  for (int i = 0; i < 60; i++)
    slack = sqrt(need * (81.0 + DESIGN_WALK_CAP * slack / 3.0));
  return slack;
}
