#include "config.h"
#include "sim/toy_runs.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "model/random.h"

int toy_runs_path(const toy *t, uint32_t seed, toy_runs_switch change, const size_t *steps,
                  size_t count, double *x, double *y) {
  if (count == 0)
    return GSL_EINVAL;
  for (size_t i = 1; i < count; i++)
    if (steps[i] <= steps[i - 1])
      return GSL_EINVAL;
  gsl_rng *rng = random_alloc(seed);
  if (rng == NULL)
    return GSL_ENOMEM;
  double at_x = t->x, at_y = t->y;
  for (size_t n = 0, i = 0; i < count; n++) {
    if (n == steps[i]) {
      x[i] = at_x;
      y[i++] = at_y;
    }
    const double c = gsl_rng_uniform(rng) < t->plus ? t->c : -t->c;
    const double gradient_x = t->a * at_x + c * at_y, gradient_y = t->b * at_y + c * at_x;
    if (!(change.keeps_x && n >= change.from))
      at_x -= t->eta * gradient_x;
    if (!(change.keeps_y && n >= change.from))
      at_y -= t->eta * gradient_y;
  }
  gsl_rng_free(rng);
  return GSL_SUCCESS;
}

double toy_runs_chi(const toy *t, double x, double y) {
  const double dominant = fabs(t->a * x), norm = hypot(t->a * x, t->b * y);
  return norm > 0.0 ? dominant / norm : 0.0;
}

/* Sums of deviations, so that the variance does not cancel (Welford). */
static void take(double value, size_t n, double *mean, double *squares) {
  const double change = value - *mean;
  *mean += change / (double)(n + 1);
  *squares += change * (value - *mean);
}

int toy_runs_mean(const toy *t, uint64_t run_seed, const char *name, size_t replicates,
                  const size_t *steps, size_t count, toy_runs_record *records) {
  if (replicates < 2 || count == 0)
    return GSL_EINVAL;
  double *x = malloc(2 * count * sizeof *x);
  if (x == NULL)
    return GSL_ENOMEM;
  const toy_runs_switch none = {false, false, 0};
  int status = GSL_SUCCESS;
  for (size_t i = 0; i < count; i++)
    records[i] = (toy_runs_record){0.0, 0.0, 0.0, 0.0};
  for (size_t n = 0; n < replicates && status == GSL_SUCCESS; n++) {
    status =
        toy_runs_path(t, random_trial_seed(run_seed, name, n), none, steps, count, x, x + count);
    for (size_t i = 0; i < count && status == GSL_SUCCESS; i++) {
      const double chi = toy_runs_chi(t, x[i], x[count + i]);
      take(chi, n, &records[i].chi, &records[i].chi_error);
      take(chi * chi, n, &records[i].alignment, &records[i].alignment_error);
    }
  }
  const double pairs = (double)replicates * (double)(replicates - 1);
  for (size_t i = 0; i < count; i++) {
    records[i].chi_error = sqrt(records[i].chi_error / pairs);
    records[i].alignment_error = sqrt(records[i].alignment_error / pairs);
  }
  free(x);
  return status;
}
