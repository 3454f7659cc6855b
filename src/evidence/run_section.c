/* The figures of whole runs: two phases at a constant step, and their scaling with the start. */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/one_step_moments.h"
#include "claims/scaling_law.h"
#include "claims/two_phases.h"
#include "model/quadratic.h"
#include "sim/ensemble.h"

/* --- two phases ----------------------------------------------------------------------------- */

enum { PHASES_REPLICATES = 400, PHASES_REPLICATES_LEAST = 40, PHASES_STEP_MOST = 10000 };

/* Five steep directions from 20 down to 10, forty-five flat ones from 1 down to 1/10, one noise
 * level; the start is far out, with half of the gradient's square in each set. */
static quadratic *phases_problem(void) {
  const size_t d = 50, k = 5;
  quadratic *q = quadratic_alloc(d, k);
  if (q == NULL)
    return NULL;
  for (size_t i = 0; i < d; i++) {
    const bool top = i < k;
    const double place = top ? (double)i / (double)(k - 1) : (double)(i - k) / (double)(d - k - 1);
    q->lambda[i] = top ? 20.0 * pow(2.0, -place) : pow(10.0, -place);
    q->v[i] = 1.0;
    q->g[i] = top ? 30.0 : 10.0;
  }
  q->eta = 0.01;
  return q;
}

/* Whole steps from 1 to `most`, evenly spread in ln t where they are not all taken. */
static size_t logarithmic_steps(size_t most, double ratio, size_t *t, size_t room) {
  size_t count = 0;
  for (double next = 1.0; count < room && next <= (double)most; next *= ratio) {
    const size_t whole = (size_t)ceil(next);
    if (count == 0 || whole > t[count - 1])
      t[count++] = whole > most ? most : whole;
    next = fmax(next, (double)whole);
  }
  return count;
}

static int write_mean_field_row(FILE *data, const quadratic *q, size_t t) {
  quadratic *state = two_phases_state(q, (double)t);
  if (state == NULL)
    return GSL_ENOMEM;
  one_step_moments m;
  one_step_moments_of(state, &m);
  critical_step found;
  if (critical_step_of(&m, &found) != GSL_SUCCESS)
    found.eta_star = NAN; /* the alignment has rounded to 0 or 1 */
  sections_row(data,
               (const double[]){(double)t, two_phases_alignment(q, (double)t),
                                found.eta_star * q->lambda[0] / 2.0},
               3);
  quadratic_free(state);
  return GSL_SUCCESS;
}

static int write_two_phases(evidence_context *context) {
  enum { ROOM = 256 };
  size_t t[ROOM];
  const size_t count = logarithmic_steps(PHASES_STEP_MOST, 1.06, t, ROOM);
  const double wanted = floor(PHASES_REPLICATES * context->options->trials_factor);
  const size_t replicates =
      wanted < PHASES_REPLICATES_LEAST ? PHASES_REPLICATES_LEAST : (size_t)wanted;
  int status = GSL_ENOMEM;
  quadratic *q = phases_problem();
  ensemble_record *records = calloc(count, sizeof *records);
  FILE *data = sections_open_data(
      context, "two_phases", "the alignment along SGD at a constant step: mean field and runs");
  if (q == NULL || records == NULL || data == NULL)
    goto cleanup;
  status = ensemble_run(q, context->options->seed, "two_phases", replicates, t, count, records);
  if (status != GSL_SUCCESS)
    goto cleanup;

  const double turn = two_phases_turn(q), limit = two_phases_limit(q);
  const double lowest = two_phases_alignment(q, turn), step = q->eta * q->lambda[0] / 2.0;
  fprintf(data, "# d = %zu, k = %zu, lambda from %g to %g and from %g to %g, v = %g, eta = %g\n",
          q->d, q->k, q->lambda[0], q->lambda[q->k - 1], q->lambda[q->k], q->lambda[q->d - 1],
          q->v[0], q->eta);
  fprintf(data, "# %zu runs\n", replicates);
  sections_begin_block(data, "marks",
                       "t_1 [steps], alpha at t_1 [1], limit of alpha [1], "
                       "eta [2/lambda_1], alpha at 0 [1]");
  sections_row(data, (const double[]){turn, lowest, limit, step, two_phases_alignment(q, 0.0)}, 5);
  sections_begin_block(data, "ensemble",
                       "t [steps], alpha of the runs: 5 % quantile [1], "
                       "median [1], 95 % quantile [1], mean [1]");
  for (size_t i = 0; i < count; i++)
    sections_row(data,
                 (const double[]){(double)t[i], records[i].low, records[i].median, records[i].high,
                                  records[i].mean},
                 5);
  sections_begin_block(data, "mean_field",
                       "t [steps], mean-field alpha_t [1], eta*_t [2/lambda_1] (nan: none)");
  for (size_t i = 0; i < count && status == GSL_SUCCESS; i++)
    status = write_mean_field_row(data, q, t[i]);

  facts *f = context->facts;
  facts_count(f, q->d, "figure/two_phases/d");
  facts_count(f, q->k, "figure/two_phases/k");
  facts_count(f, replicates, "figure/two_phases/replicates");
  facts_number(f, q->eta, 6, "figure/two_phases/eta");
  facts_number(f, step, 4, "figure/two_phases/eta_relative");
  facts_number(f, two_phases_alignment(q, 0.0), 4, "figure/two_phases/alpha_start");
  facts_number(f, turn, 8, "figure/two_phases/turn");
  facts_number(f, lowest, 3, "figure/two_phases/alpha_least");
  facts_number(f, limit, 4, "figure/two_phases/alpha_limit");

cleanup:
  quadratic_free(q);
  free(records);
  return status;
}

/* --- scaling law ---------------------------------------------------------------------------- */

/* Two levels, so that both slopes are there from small starts on. */
static quadratic *scaling_problem(void) {
  const size_t d = 10, k = 2;
  quadratic *q = quadratic_alloc(d, k);
  for (size_t i = 0; q != NULL && i < d; i++) {
    q->lambda[i] = i < k ? 4.0 : 1.0;
    q->v[i] = 1.0;
    q->g[i] = 1.0;
  }
  if (q != NULL)
    q->eta = 0.05;
  return q;
}

/* r/(1+r) for r = exp(log_ratio), without overflow. */
static double share_of(double log_ratio) {
  return 1.0 / (1.0 + exp(-log_ratio));
}

static int write_scaling_law(evidence_context *context) {
  enum { POINTS = 120 };
  static const double log_most = 6.0; /* R up to 10^6 */
  int status = GSL_ENOMEM;
  quadratic *q = scaling_problem(), *start = NULL;
  FILE *data = sections_open_data(context, "scaling_law",
                                  "depth and time of the turn against the size of the start");
  scaling_law law;
  if (q == NULL || data == NULL || scaling_law_of(q, &law) != GSL_SUCCESS ||
      (start = quadratic_clone(q)) == NULL)
    goto cleanup;
  fprintf(data,
          "# d = %zu, k = %zu, lambda = %g (dominant), %g (bulk), v = %g, eta = %g, "
          "g(0) = R (%g, ..., %g)\n",
          q->d, q->k, q->lambda[0], q->lambda[q->k], q->v[0], q->eta, q->g[0], q->g[q->d - 1]);
  sections_begin_block(data, "marks",
                       "slope of ln min alpha against ln R [1], slope of t_1 "
                       "against ln R [steps]");
  sections_row(data, (const double[]){law.depth_slope, law.turn_slope}, 2);
  sections_begin_block(data, "curve",
                       "R [1], min_t alpha_t [1], its proven bounds: lower [1], "
                       "upper [1], t_1 [steps], its proven bounds: lower [steps], "
                       "upper [steps]");
  double turn = 0.0, lowest = 0.0;
  for (size_t i = 0; i <= POINTS; i++) {
    const double log_r = log_most * (double)i / POINTS * log(10.0), r = exp(log_r);
    for (size_t j = 0; j < q->d; j++)
      start->g[j] = r * q->g[j];
    double log_lower, log_upper, turn_lower, turn_upper;
    scaling_law_depth_bounds(q, log_r, &log_lower, &log_upper);
    scaling_law_turn_bounds(q, log_r, &turn_lower, &turn_upper);
    turn = two_phases_turn(start);
    lowest = two_phases_alignment(start, turn);
    sections_row(data,
                 (const double[]){r, lowest, share_of(log_lower), share_of(log_upper), turn,
                                  turn_lower, turn_upper},
                 7);
  }
  facts *f = context->facts;
  facts_count(f, q->d, "figure/scaling_law/d");
  facts_count(f, q->k, "figure/scaling_law/k");
  facts_number(f, q->eta, 6, "figure/scaling_law/eta");
  facts_number(f, law.rho_dominant, 6, "figure/scaling_law/rho_dominant");
  facts_number(f, law.rho_bulk, 6, "figure/scaling_law/rho_bulk");
  facts_number(f, law.kappa, 4, "figure/scaling_law/kappa");
  facts_number(f, law.depth_slope, 4, "figure/scaling_law/depth_slope");
  facts_number(f, law.turn_slope, 4, "figure/scaling_law/turn_slope");
  facts_number(f, lowest, 3, "figure/scaling_law/alpha_least");
  facts_number(f, turn, 8, "figure/scaling_law/turn");
  status = GSL_SUCCESS;

cleanup:
  quadratic_free(q);
  quadratic_free(start);
  return status;
}

int sections_runs(evidence_context *context) {
  const int status = write_two_phases(context);
  return status == GSL_SUCCESS ? write_scaling_law(context) : status;
}
