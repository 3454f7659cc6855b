/* The figure of the switches: the alignment as the noise is switched off and on, on three spectra.
 */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "claims/switches.h"
#include "claims/two_phases.h"
#include "families/quadratic_family.h"
#include "model/quadratic.h"
#include "model/random.h"

enum { PHASE = 1500, PHASES = 3, SPECTRA = 3, LATE = 100 };

typedef struct {
  const char *name, *words;
} spectrum_name;

static const spectrum_name spectra[SPECTRA] = {{"levels", "two levels, $10$ and $1$"},
                                               {"spread", "$20$ to $10$, and $1$ to $\\frac1{10}$"},
                                               {"power_law", "$20/i$, $i=1,\\dots,50$"}};

/* Fifty directions, five of them dominant, eta lambda_1 = 2/5; a start far out. */
static quadratic *switches_problem(int which) {
  const size_t d = 50, k = 5;
  quadratic *q = quadratic_alloc(d, k);
  for (size_t i = 0; q != NULL && i < d; i++) {
    const bool top = i < k;
    const double place = top ? (double)i / (double)(k - 1) : (double)(i - k) / (double)(d - k - 1);
    q->lambda[i] = which == 0   ? (top ? 10.0 : 1.0)
                   : which == 1 ? (top ? 20.0 * pow(2.0, -place) : pow(10.0, -place))
                                : 20.0 / (double)(i + 1);
    q->v[i] = q->lambda[i]; /* as the noise of mini-batches follows the curvature */
    q->g[i] = 3.0;
  }
  if (q != NULL)
    q->eta = 0.4 / q->lambda[0];
  return q;
}

/* E g_i^2 and, beside them, one run; the noise is that of q, or none. */
static void step_on(const quadratic *q, bool noisy, double *square, double *g, gsl_rng *rng) {
  for (size_t i = 0; i < q->d; i++) {
    const double move = q->eta * q->lambda[i], left = 1.0 - move;
    const double noise = noisy ? move * move * q->v[i] : 0.0;
    square[i] = left * left * square[i] + noise;
    const double drawn = gsl_ran_gaussian_ziggurat(rng, 1.0);
    g[i] = left * g[i] + sqrt(noise) * drawn;
  }
}

static void sums(const quadratic *q, const double *x, bool squared, double part[2]) {
  part[0] = part[1] = 0.0;
  for (size_t i = 0; i < q->d; i++)
    part[i < q->k] += squared ? x[i] : x[i] * x[i];
}

static double share(const double part[2]) {
  return part[0] + part[1] > 0.0 ? part[1] / (part[0] + part[1]) : 0.0;
}

/* SGD, gradient descent and SGD again, PHASE steps each. */
static int write_phases(FILE *data, const quadratic *q, const char *name, uint32_t seed) {
  double *square = malloc(2 * q->d * sizeof *square), *g = square + q->d;
  gsl_rng *rng = random_alloc(seed);
  if (square == NULL || rng == NULL) {
    free(square);
    if (rng != NULL)
      gsl_rng_free(rng);
    return GSL_ENOMEM;
  }
  for (size_t i = 0; i < q->d; i++) {
    g[i] = q->g[i];
    square[i] = g[i] * g[i];
  }
  char block[64];
  snprintf(block, sizeof block, "phases_%s", name);
  sections_begin_block(data, block, "step [1], mean-field alignment [1], alignment of one run [1]");
  for (int t = 0; t <= PHASES * PHASE; t++) {
    double mean[2], run[2];
    sums(q, square, true, mean);
    sums(q, g, false, run);
    sections_row(data, (const double[]){t, share(mean), share(run)}, 3);
    step_on(q, t / PHASE != 1, square, g, rng);
  }
  free(square);
  gsl_rng_free(rng);
  return GSL_SUCCESS;
}

static double rho_of(const quadratic *q, size_t i) {
  const double left = 1.0 - q->eta * q->lambda[i];
  return left * left;
}

/* D_{t+1}/D_t (or B) of gradient descent from SGD's stationary state: a mean of the rho_i with the
 * weights s_i rho_i^t, of which the common factor is taken out. */
static double factor_at(const quadratic *q, bool dominant, double t) {
  const size_t from = dominant ? 0 : q->k, to = dominant ? q->k : q->d;
  double largest = 0.0, sum = 0.0, weights = 0.0;
  for (size_t i = from; i < to; i++)
    largest = fmax(largest, rho_of(q, i));
  for (size_t i = from; i < to; i++) {
    const double weight = quadratic_stationary(q, i) * pow(rho_of(q, i) / largest, t);
    sum += weight * rho_of(q, i);
    weights += weight;
  }
  return sum / weights;
}

/* R_t of gradient descent from SGD's stationary state, and of it the slowest and fastest that the
 * claim allows; then how far SGD is from its limit after leaving the minimum, and the bound. */
static int write_rates(FILE *data, FILE *table, const quadratic *q, const spectrum_name *name) {
  double part[2], start = 0.0;
  const double largest = rho_of(q, q->k - 1), smallest = rho_of(q, 0), next = rho_of(q, q->k);
  const double slowest = rho_of(q, q->d - 1), limit = two_phases_limit(q);
  char block[64];
  double *square = malloc(q->d * sizeof *square);
  quadratic *on = quadratic_clone(q);
  if (square == NULL || on == NULL) {
    free(square);
    quadratic_free(on);
    return GSL_ENOMEM;
  }
  for (size_t i = 0; i < q->d; i++) {
    square[i] = quadratic_stationary(q, i);
    on->g[i] = 0.0;
  }
  snprintf(block, sizeof block, "off_%s", name->name);
  sections_begin_block(data, block,
                       "steps of gradient descent [1], R_t [1], R_0 (rho_-/rho_d)^t [1], "
                       "R_0 (rho_+/rho_{k+1})^t [1]");
  for (int t = 0; t <= LATE; t++) {
    sums(q, square, true, part);
    const double ratio = part[1] / part[0];
    start = t == 0 ? ratio : start;
    sections_row(data,
                 (const double[]){t, ratio, start * pow(smallest / slowest, t),
                                  start * pow(largest / next, t)},
                 4);
    for (size_t i = 0; i < q->d; i++)
      square[i] *= rho_of(q, i);
  }
  snprintf(block, sizeof block, "on_%s", name->name);
  sections_begin_block(
      data, block,
      "steps of SGD from the minimum [1], mean-field alignment less its limit [1], "
      "its bound [1]");
  for (int t = 1; t <= LATE; t++)
    sections_row(
        data, (const double[]){t, two_phases_alignment(on, t) - limit, switches_bound(on, t)}, 3);
  /* The rates are seen late: when rho_d^t is down to a millionth, and no further, for the distance
   * from the limit cancels. */
  const double late = ceil(log(1e-6) / log(slowest));
  const double last = factor_at(q, true, late) / factor_at(q, false, late);
  const double first = factor_at(q, true, 0.0) / factor_at(q, false, 0.0);
  const double back =
      (two_phases_alignment(on, late + 1.0) - limit) / (two_phases_alignment(on, late) - limit);
  fprintf(table, "%s", name->words);
  const double row[] = {
      limit,          smallest / slowest,          first, last,   largest / slowest,
      largest / next, two_phases_alignment(on, 1), back,  slowest};
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
    fputs(" & ", table);
    tex_number(table, row[i], 4);
  }
  fputs(" \\\\\n", table);
  free(square);
  quadratic_free(on);
  return GSL_SUCCESS;
}

int sections_switches(evidence_context *context) {
  FILE *data =
      sections_open_data(context, "switches", "the alignment as the noise is switched off and on");
  FILE *table = outputs_open(context->files, "switches.tex");
  if (data == NULL || table == NULL)
    return GSL_ENOMEM;
  sections_begin_block(data, "marks", "steps of a phase [1], phases [1]");
  sections_row(data, (const double[]){PHASE, PHASES}, 2);
  int status = GSL_SUCCESS;
  for (int which = 0; which < SPECTRA && status == GSL_SUCCESS; which++) {
    quadratic *q = switches_problem(which);
    if (q == NULL)
      return GSL_ENOMEM;
    status = write_phases(data, q, spectra[which].name,
                          random_trial_seed(context->options->seed, "switches", (size_t)which));
    if (status == GSL_SUCCESS)
      status = write_rates(data, table, q, &spectra[which]);
    if (which == 1) {
      switches_answer answer = SWITCHES_OPEN;
      size_t step = 0;
      status = status == GSL_SUCCESS ? switches_criterion(q, 0.95, 0.9, &answer, &step) : status;
      facts_text(context->facts,
                 answer == SWITCHES_MET     ? "met"
                 : answer == SWITCHES_NEVER ? "never met"
                                            : "open",
                 "switches/criterion");
      facts_number(context->facts, two_phases_limit(q), 4, "switches/limit");
    }
    quadratic_free(q);
  }
  facts_count(context->facts, PHASE, "switches/phase");
  facts_count(context->facts, LATE, "switches/late");
  return status;
}
