#include "config.h"
#include "sim/valley.h"

#include <math.h>
#include <gsl/gsl_randist.h>

double valley_step_size(const valley *v, size_t t) {
  const double place = (double)(t % v->period) / (double)v->period;
  return v->low + (v->high - v->low) * (1.0 - fabs(2.0 * place - 1.0));
}

double valley_second(const valley *v, double z) {
  return v->second * exp(-v->slope * z);
}

/* region: step */
void valley_step(const valley *v, size_t t, valley_place *at, gsl_rng *rng) {
  const double eta = valley_step_size(v, t), second = valley_second(v, at->z);
  double pull[3] = {v->sharpest * at->x[0], second * at->x[1],
                    -0.5 * v->slope * second * at->x[1] * at->x[1]};
  if (v->batch > 0) {
    const double first_root = sqrt(v->sharpest), second_root = sqrt(second);
    for (int i = 0; i < 3; i++)
      pull[i] = 0.0;
    for (size_t s = 0; s < v->batch; s++) {
      const double one = first_root * gsl_ran_gaussian_ziggurat(rng, 1.0);
      const double two = second_root * gsl_ran_gaussian_ziggurat(rng, 1.0);
      const double label = v->label * gsl_ran_gaussian_ziggurat(rng, 1.0);
      const double residual = (one * at->x[0] + two * at->x[1] + label) / (double)v->batch;
      pull[0] += residual * one;
      pull[1] += residual * two;
      pull[2] -= residual * 0.5 * v->slope * two * at->x[1]; /* d/dz of sqrt(h_2) xi_2 x_2 */
    }
  }
  at->x[0] -= eta * pull[0];
  at->x[1] -= eta * pull[1];
  at->z -= eta * pull[2];
}
/* end region: step */

valley_place valley_run(const valley *v, gsl_rng *rng, valley_place *path) {
  valley_place at = {{v->start[0], v->start[1]}, 0.0};
  const size_t steps = v->period * v->cycles;
  for (size_t t = 0; t < steps; t++) {
    if (path != NULL)
      path[t] = at;
    valley_step(v, t, &at, rng);
  }
  if (path != NULL)
    path[steps] = at;
  return at;
}
