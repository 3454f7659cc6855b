#include "config.h"
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "sim/sgd.h"
#include "sweep/sweep.h"

/* --- one run --------------------------------------------------------------------------------- */

/* region: statistics */
/* Mean and variance of the last `window` of alpha_1, ..., alpha_steps. */
static void window_moments(const double *alpha, size_t steps, size_t window, double *mean,
                           double *variance) {
  const double *last = alpha + (steps - window);
  double sum = 0.0, squares = 0.0;
  for (size_t t = 0; t < window; t++)
    sum += last[t];
  *mean = sum / (double)window;
  for (size_t t = 0; t < window; t++)
    squares += (last[t] - *mean) * (last[t] - *mean);
  *variance = squares / (double)window;
}
/* end region: statistics */

int sweep_run(const sweep_plan *plan, size_t run, sweep_result *out) {
  int status = GSL_ENOMEM;
  sweep_result result = {.cell = sweep_plan_cell(plan, run)};
  const sweep_cell *cell = &result.cell;
  quadratic *q = sweep_plan_problem(plan, cell);
  double *sd = calloc(cell->d, sizeof *sd), *alpha = malloc((cell->steps + 1) * sizeof *alpha);
  if (q == NULL || sd == NULL || alpha == NULL)
    goto cleanup;
  for (size_t i = 0; i < cell->d; i++)
    sd[i] = cell->sigma;
  const sgd_problem problem = {
      .d = cell->d, .k = cell->k, .lambda = q->lambda, .sd = sd, .eta = cell->eta};
  sgd_end end = {GSL_SUCCESS, 0};
  result.edge = 2.0 / q->lambda[0];
  status = sgd_alignment_path(&problem, sweep_plan_stream(plan, cell), 0, cell->steps, alpha, &end);
  result.ended = end.code;
  result.ended_at = end.t;
  if (status == GSL_SUCCESS && result.ended == GSL_SUCCESS) {
    window_moments(alpha + 1, cell->steps, plan->window, &result.mean, &result.variance);
    status = decay_fit_of(alpha + 1, cell->steps, &result.decay);
  }
  if (status == GSL_SUCCESS)
    *out = result;

cleanup:
  free(alpha);
  free(sd);
  quadratic_free(q);
  return status;
}
