/* The exact laws: the paper's sweep, where the two readings part, how the true critical step nears
 * eta*, and simulation against law.
 *
 *   sweep.tex     gap ratio & mean-field limit & stationary mean & its deviation & mean over the
 *                 window of steps & deviation over it
 *   readings.tex  case & mean-field change & true change & CV(S)/2 */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_histogram.h>
#include <gsl/gsl_sort.h>
#include "claims/critical_step.h"
#include "claims/mean_field_gap.h"
#include "claims/one_step_moments.h"
#include "claims/true_critical_step.h"
#include "evidence/stationary_sweep.h"
#include "laws/alignment_law.h"
#include "model/quadratic.h"
#include "model/random.h"
#include "sim/ensemble.h"

/* --- the sweep ------------------------------------------------------------------------------ */

static int write_sweep(evidence_context *context) {
  FILE *table = outputs_open(context->files, "sweep.tex");
  FILE *data = sections_open_data(context, "stationary_sweep",
                                  "the stationary alignment of the paper's sweep, exactly");
  if (table == NULL || data == NULL)
    return GSL_ENOMEM;
  fputs("# d = 500, k = 50, lambda from 100 to 80 and from b to b/7, b = 80/(m + 0.1), v = 1/4, "
        "eta = 0.003\n",
        data);
  sections_begin_block(data, "marks", "first step of the window, last step");
  sections_row(data, (const double[]){STATIONARY_SWEEP_FIRST, STATIONARY_SWEEP_LAST}, 2);
  sections_begin_block(data, "sweep",
                       "gap ratio m [1], mean-field limit [1], stationary mean [1], deviation [1], "
                       "mean over the window [1], deviation over it [1]");
  double gap = 0.0, lag = 0.0, error = 0.0;
  for (size_t i = 0; i < STATIONARY_SWEEP_POINTS; i++) {
    const double m = stationary_sweep_ratios[i];
    stationary_sweep_point p;
    const int status = stationary_sweep_at(m, &p);
    if (status != GSL_SUCCESS)
      return status;
    const double row[] = {m,           p.mean_field,      p.mean.val,
                          p.deviation, p.window_mean.val, p.window_deviation.val};
    sections_row(data, row, 6);
    fprintf(table, "%.0f & %.6f & %.6f & %.6f & %.6f & %.6f \\\\\n", row[0], row[1], row[2], row[3],
            row[4], row[5]);
    facts_number(context->facts, p.mean.val, 6, "law/sweep_mean_%.0f", m);
    facts_number(context->facts, p.deviation, 4, "law/sweep_sd_%.0f", m);
    gap = fmax(gap, fabs(p.mean_field - p.mean.val));
    lag = fmax(lag, fabs(p.mean.val - p.window_mean.val));
    error = fmax(error, fmax(p.window_mean.err, p.window_deviation.err));
  }
  facts *f = context->facts;
  facts_number(f, gap, 2, "law/sweep_gap_most"); /* mean field against truth */
  facts_number(f, lag, 2, "law/sweep_lag_most"); /* stationary against the window */
  facts_number(f, error, 2, "law/sweep_window_error");
  return GSL_SUCCESS;
}

/* --- where the readings part ------------------------------------------------------------------ */

/* One eigenvalue, noise variance and square of the gradient in each set, evenly spread. */
typedef struct {
  size_t dominant, bulk;
  double lambda[2], noise[2], square[2]; /* noise: sum of v over the set */
} level_state;

static quadratic *level_problem(const level_state *s) {
  quadratic *q = quadratic_alloc(s->dominant + s->bulk, s->dominant);
  for (size_t i = 0; q != NULL && i < q->d; i++) {
    const size_t set = i >= q->k;
    const double count = (double)(set ? s->bulk : s->dominant);
    q->lambda[i] = s->lambda[set];
    q->v[i] = s->noise[set] / count;
    q->g[i] = sqrt(s->square[set] / count);
  }
  return q;
}

/* 20 directions, 2 of them dominant, noise 1 along each, half of |g|^2 = 5 in each set: the low
 * state of the figures of one step.  `copies` of every direction, each with the same noise and
 * gradient. */
static quadratic *low_problem(size_t copies) {
  const double n = (double)copies;
  return level_problem(&(level_state){.dominant = 2 * copies,
                                      .bulk = 18 * copies,
                                      .lambda = {3.0, 1.0},
                                      .noise = {2.0 * n, 18.0 * n},
                                      .square = {2.5 * n, 2.5 * n}});
}

static int critical_step_of_problem(const quadratic *q, double *eta) {
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  const int status = critical_step_of(&m, &found);
  *eta = found.eta_star;
  return status;
}

static double mean_field_change(const quadratic *q, double eta) {
  one_step_moments m;
  one_step_moments_of(q, &m);
  return one_step_mean_field_alignment(q, eta) - one_step_moments_alignment(&m);
}

/* In the first panel, T1 of one state: both changes and the band that holds the true one. */
static int write_band(evidence_context *context, FILE *data) {
  enum { POINTS = 200 };
  static const double farthest = 2.0; /* of eta* */
  double eta_star;
  law_value eta_true;
  quadratic *q = low_problem(1);
  if (q == NULL)
    return GSL_ENOMEM;
  int status = critical_step_of_problem(q, &eta_star);
  if (status == GSL_SUCCESS)
    status = true_critical_step_of(q, &eta_true, NULL);
  if (status != GSL_SUCCESS)
    goto cleanup;
  sections_begin_block(data, "marks", "true critical step [eta*]");
  sections_row(data, (const double[]){eta_true.val / eta_star}, 1);
  sections_begin_block(data, "band",
                       "eta [eta*], mean-field change of alpha [1], true change [1], CV(S)/2 [1]");
  for (size_t i = 1; i <= POINTS && status == GSL_SUCCESS; i++) {
    const double place = farthest * (double)i / POINTS, eta = place * eta_star;
    law_value change;
    status = true_critical_step_change(q, eta, &change, NULL);
    sections_row(data,
                 (const double[]){place, mean_field_change(q, eta), change.val,
                                  0.5 * mean_field_gap_spread(q, eta)},
                 4);
  }
  facts *f = context->facts;
  facts_count(f, q->d, "figure/readings/d");
  facts_count(f, q->k, "figure/readings/k");
  facts_number(f, eta_star * q->lambda[0] / 2.0, 4, "figure/readings/eta_star");
  facts_number(f, eta_true.val / eta_star, 4, "figure/readings/eta_true_relative");

cleanup:
  quadratic_free(q);
  return status;
}

/* In the second panel, T2: a quarter of |g|^2 = 1 in the dominant set, sum of lambda^2 v 10 there
 * and 40 in the bulk, so that Delta = 9 + 40 - (1 + 160/3) < 0 whatever the numbers of directions.
 */
static const level_state high_state = {
    .lambda = {3.0, 1.0}, .noise = {10.0 / 9.0, 40.0}, .square = {0.25, 0.75}};

/* 0: falls at every step tried; 1: rises at some; 2: at some below 2/lambda_1. */
static int rises_at(const quadratic *q, int *kind) {
  enum { LEAST = -6, MOST = 14 }; /* powers of sqrt(2), in units of 2/lambda_1 */
  *kind = 0;
  for (int i = LEAST; i <= MOST && *kind == 0; i++) {
    const double place = pow(2.0, 0.5 * i);
    law_value change;
    const int status = true_critical_step_change(q, place * 2.0 / q->lambda[0], &change, NULL);
    if (status != GSL_SUCCESS)
      return status;
    if (change.val > change.err)
      *kind = place < 1.0 ? 2 : 1;
  }
  return GSL_SUCCESS;
}

static int write_cells(evidence_context *context, FILE *data) {
  enum { BULK_MOST = 24, DOMINANT_MOST = 16 };
  size_t rising = 0, stable = 0, most = 0;
  sections_begin_block(data, "cells",
                       "bulk directions, dominant directions, 0: the true alignment falls at every "
                       "step tried, 1: rises at some, 2: at some below 2/lambda_1");
  for (size_t bulk = 1; bulk <= BULK_MOST; bulk++)
    for (size_t dominant = 1; dominant <= DOMINANT_MOST; dominant++) {
      level_state state = high_state;
      int kind;
      state.dominant = dominant;
      state.bulk = bulk;
      quadratic *q = level_problem(&state);
      if (q == NULL)
        return GSL_ENOMEM;
      const int status = critical_step_is_high(q) ? rises_at(q, &kind) : GSL_ESANITY;
      quadratic_free(q);
      if (status != GSL_SUCCESS)
        return status;
      sections_row(data, (const double[]){(double)bulk, (double)dominant, kind}, 3);
      rising += kind > 0;
      stable += kind == 2;
      most = kind > 0 ? bulk : most;
    }
  facts *f = context->facts;
  facts_count(f, (size_t)BULK_MOST * DOMINANT_MOST, "law/cells");
  facts_count(f, rising, "law/cells_rising");
  facts_count(f, stable, "law/cells_rising_stable");
  facts_count(f, most, "law/cells_rising_bulk_most");
  return GSL_SUCCESS;
}

typedef struct {
  const char *words; /* TeX */
  double lambda[2], g[2], v[2], eta;
} hand_case;

static const hand_case hand_cases[] = {
    {"$\\lambda=(3,2)$, $g=(1,2)$, $v=(0,6)$, $\\eta=\\frac12$ ($\\Delta=-1$)",
     {3, 2},
     {1, 2},
     {0, 6},
     0.5},
    {"$\\lambda=(3,2)$, $g=(1,3)$, $v=(0,12)$, $\\eta=\\frac12$ ($\\Delta=-\\frac13$)",
     {3, 2},
     {1, 3},
     {0, 12},
     0.5},
    {"$\\lambda=(3,2)$, $g=(1,3)$, $v=(1,32)$, $\\eta=\\frac12$ ($\\Delta=-\\frac29$)",
     {3, 2},
     {1, 3},
     {1, 32},
     0.5},
    {"$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1)$, $\\eta=\\frac1{10}>\\eta^*=\\frac1{11}$",
     {10, 1},
     {1, 1},
     {1, 1},
     0.1}};

static int write_case(FILE *table, const char *words, const quadratic *q, double eta,
                      law_value *change) {
  const int status = true_critical_step_change(q, eta, change, NULL);
  if (status == GSL_SUCCESS)
    fprintf(table, "%s & $%+.6f$ & $%+.6f$ & %.4f \\\\\n", words, mean_field_change(q, eta),
            change->val, 0.5 * mean_field_gap_spread(q, eta));
  return status;
}

/* The instances by hand, then the state of the figure above eta* in ever more dimensions. */
static int write_cases(evidence_context *context) {
  static const size_t copies[] = {1, 10, 100};
  static const double beyond = 1.05; /* of eta* */
  FILE *table = outputs_open(context->files, "readings.tex");
  if (table == NULL)
    return GSL_ENOMEM;
  law_value change;
  for (size_t i = 0; i < sizeof hand_cases / sizeof *hand_cases; i++) {
    const hand_case *c = &hand_cases[i];
    quadratic *q = quadratic_literal(2, 1, c->lambda, c->g, c->v, 0.0);
    if (q == NULL)
      return GSL_ENOMEM;
    const int status = write_case(table, c->words, q, c->eta, &change);
    quadratic_free(q);
    if (status != GSL_SUCCESS)
      return status;
    if (i == 0)
      facts_number(context->facts, change.val + 0.2, 6, "law/counterexample_true");
  }
  for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
    char words[128];
    double eta_star;
    quadratic *q = low_problem(copies[i]);
    if (q == NULL)
      return GSL_ENOMEM;
    snprintf(words, sizeof words,
             "the figure's state with $d=%zu$, $k=%zu$, $\\eta=%.2f\\,\\eta^*$", q->d, q->k,
             beyond);
    int status = critical_step_of_problem(q, &eta_star);
    if (status == GSL_SUCCESS)
      status = write_case(table, words, q, beyond * eta_star, &change);
    quadratic_free(q);
    if (status != GSL_SUCCESS)
      return status;
  }
  return GSL_SUCCESS;
}

static int write_readings(evidence_context *context) {
  FILE *data =
      sections_open_data(context, "readings", "where mean-field and true change differ in sign");
  if (data == NULL)
    return GSL_ENOMEM;
  int status = write_band(context, data);
  if (status == GSL_SUCCESS)
    status = write_cells(context, data);
  if (status == GSL_SUCCESS)
    status = write_cases(context);
  return status;
}

/* --- the true critical step ------------------------------------------------------------------- */

/* A spread spectrum: dominant eigenvalues from 10 down to 5, bulk from 1 down to 1/10, geometric;
 * noise 1 along each, a gradient that falls like the curvature's root. */
static quadratic *spread_problem(size_t copies) {
  enum { DOMINANT = 4, BULK = 16 };
  quadratic *q = quadratic_alloc((DOMINANT + BULK) * copies, DOMINANT * copies);
  for (size_t i = 0; q != NULL && i < q->d; i++) {
    const size_t level = i / copies;
    const bool top = level < DOMINANT;
    q->lambda[i] = top ? 10.0 * pow(2.0, -(double)level / (DOMINANT - 1))
                       : pow(10.0, -(double)(level - DOMINANT) / (BULK - 1));
    q->v[i] = 1.0;
    q->g[i] = 3.0 * sqrt(q->lambda[i]);
  }
  return q;
}

/* Twice over CV(S)^2 = 2 (E S)^2/Var S: the number of directions when all are centred and alike. */
static double effective_dimension(const quadratic *q, double eta) {
  const double spread = mean_field_gap_spread(q, eta);
  return 2.0 / (spread * spread);
}

/* Copies of every direction leave eta* as it is; the relative distance of the true root from it.
 * `slope` of its logarithm against that of the effective dimension, over the larger half. */
static int write_family(FILE *data, const char *name, quadratic *(*problem)(size_t copies),
                        double *slope, double *intercept) {
  enum { POINTS = 9 }; /* 1 to 256 copies */
  double x[POINTS], y[POINTS];
  sections_begin_block(data, name,
                       "d [1], effective dimension at eta* [1], |eta_true - eta*|/eta* [1]");
  for (size_t i = 0; i < POINTS; i++) {
    double eta_star;
    law_value eta_true;
    quadratic *q = problem((size_t)1 << i);
    if (q == NULL)
      return GSL_ENOMEM;
    int status = critical_step_of_problem(q, &eta_star);
    if (status == GSL_SUCCESS)
      status = true_critical_step_of(q, &eta_true, NULL);
    if (status == GSL_SUCCESS) {
      const double dimension = effective_dimension(q, eta_star);
      const double distance = fabs(eta_true.val - eta_star) / eta_star;
      sections_row(data, (const double[]){(double)q->d, dimension, distance}, 3);
      x[i] = log(dimension);
      y[i] = log(distance);
    }
    quadratic_free(q);
    if (status != GSL_SUCCESS)
      return status;
  }
  double cov00, cov01, cov11, sumsq;
  const size_t from = POINTS / 2;
  return gsl_fit_linear(x + from, 1, y + from, 1, POINTS - from, intercept, slope, &cov00, &cov01,
                        &cov11, &sumsq);
}

static int write_true_step(evidence_context *context) {
  FILE *data =
      sections_open_data(context, "true_step", "how far the true critical step is from eta*");
  if (data == NULL)
    return GSL_ENOMEM;
  double slope[2], intercept[2];
  int status = write_family(data, "levels", low_problem, &slope[0], &intercept[0]);
  if (status == GSL_SUCCESS)
    status = write_family(data, "spread", spread_problem, &slope[1], &intercept[1]);
  if (status != GSL_SUCCESS)
    return status;
  sections_begin_block(data, "marks", "fitted slope [1], fitted constant [ln]: levels, spread");
  sections_row(data, (const double[]){slope[0], intercept[0], slope[1], intercept[1]}, 4);
  facts_number(context->facts, slope[0], 4, "law/true_step_slope");
  facts_number(context->facts, slope[1], 4, "law/true_step_slope_spread");
  return GSL_SUCCESS;
}

/* --- simulation against law ------------------------------------------------------------------- */

enum { LAW_REPLICATES = 10000, LAW_REPLICATES_LEAST = 500, LAW_LATE = 80 };

/* Kolmogorov's distance of the sorted sample from the law. */
static int distance_of(const alignment_law *law, const double *sorted, size_t count, double *most) {
  *most = 0.0;
  for (size_t i = 0; i < count; i++) {
    law_value p;
    const int status = alignment_law_cdf(law, sorted[i], &p);
    if (status != GSL_SUCCESS)
      return status;
    const double n = (double)count;
    *most = fmax(*most, fmax((double)(i + 1) / n - p.val, p.val - (double)i / n));
  }
  return GSL_SUCCESS;
}

/* Two blocks, `name`_curve and `name`_sample.  `sample` is sorted. */
static int write_law(FILE *data, const char *name, const alignment_law *law, const double *sample,
                     size_t count) {
  enum { POINTS = 200, BINS = 40 };
  char block[32];
  snprintf(block, sizeof block, "%s_curve", name);
  sections_begin_block(data, block, "c [1], density of alpha at c [1], P(alpha <= c) [1]");
  for (size_t i = 1; i < POINTS; i++) {
    const double c = (double)i / POINTS;
    law_value density, p;
    int status = alignment_law_density(law, c, &density);
    if (status == GSL_SUCCESS)
      status = alignment_law_cdf(law, c, &p);
    if (status != GSL_SUCCESS)
      return status;
    sections_row(data, (const double[]){c, density.val, p.val}, 3);
  }
  gsl_histogram *bins = gsl_histogram_alloc(BINS);
  if (bins == NULL)
    return GSL_ENOMEM;
  gsl_histogram_set_ranges_uniform(bins, 0.0, 1.0);
  for (size_t i = 0; i < count; i++)
    gsl_histogram_increment(bins, sample[i]);
  snprintf(block, sizeof block, "%s_sample", name);
  sections_begin_block(data, block,
                       "middle of a bin [1], share in it over its width [1], upper edge [1], "
                       "share up to there [1]");
  double below = 0.0;
  for (size_t i = 0; i < BINS; i++) {
    double low, high;
    gsl_histogram_get_range(bins, i, &low, &high);
    const double share = gsl_histogram_get(bins, i) / (double)count;
    below += share;
    sections_row(data, (const double[]){0.5 * (low + high), share * BINS, high, below}, 4);
  }
  gsl_histogram_free(bins);
  return GSL_SUCCESS;
}

/* alpha at steps 1 and LAW_LATE of independent runs, sorted. */
static int simulate(const quadratic *q, uint64_t seed, size_t count, double *early, double *late) {
  for (size_t r = 0; r < count; r++) {
    static const size_t t[] = {1, LAW_LATE};
    double dominant[2], bulk[2];
    const int status = ensemble_path(q, random_trial_seed(seed, "law", r), t, 2, dominant, bulk);
    if (status != GSL_SUCCESS)
      return status;
    early[r] = dominant[0] / (dominant[0] + bulk[0]);
    late[r] = dominant[1] / (dominant[1] + bulk[1]);
  }
  gsl_sort(early, 1, count);
  gsl_sort(late, 1, count);
  return GSL_SUCCESS;
}

/* A start with most of its gradient in the bulk; at eta = 2/5 every direction keeps -3/5 or 3/5 of
 * itself in a step, so that by step LAW_LATE the start weighs less than 1e-17. */
static quadratic *law_problem(void) {
  quadratic *q = level_problem(&(level_state){.dominant = 4,
                                              .bulk = 16,
                                              .lambda = {4.0, 1.0},
                                              .noise = {4.0, 16.0},
                                              .square = {2.0, 40.0}});
  if (q != NULL)
    q->eta = 0.4;
  return q;
}

static int write_law_figure(evidence_context *context) {
  const double wanted = floor(LAW_REPLICATES * context->options->trials_factor);
  const size_t count = wanted < LAW_REPLICATES_LEAST ? LAW_REPLICATES_LEAST : (size_t)wanted;
  int status = GSL_ENOMEM;
  alignment_law *next = NULL, *stationary = NULL;
  quadratic *q = law_problem();
  double *sample = calloc(count, 2 * sizeof *sample), distance[2];
  FILE *data = sections_open_data(context, "law", "the exact law of the alignment, and runs");
  if (q == NULL || sample == NULL || data == NULL)
    goto cleanup;
  status = alignment_law_after_step(q, q->eta, &next, NULL);
  if (status == GSL_SUCCESS)
    status = alignment_law_stationary(q, &stationary, NULL);
  if (status == GSL_SUCCESS)
    status = simulate(q, context->options->seed, count, sample, sample + count);
  if (status == GSL_SUCCESS)
    status = distance_of(next, sample, count, &distance[0]);
  if (status == GSL_SUCCESS)
    status = distance_of(stationary, sample + count, count, &distance[1]);
  if (status != GSL_SUCCESS)
    goto cleanup;
  fprintf(data, "# d = %zu, k = %zu, eta = %g, %zu runs\n", q->d, q->k, q->eta, count);
  sections_begin_block(data, "marks", "alpha before the step [1], mean-field alpha after it [1]");
  const double after = one_step_mean_field_alignment(q, q->eta);
  sections_row(data, (const double[]){after - mean_field_change(q, q->eta), after}, 2);
  status = write_law(data, "next", next, sample, count);
  if (status == GSL_SUCCESS)
    status = write_law(data, "stationary", stationary, sample + count, count);
  /* P(sup |F_n - F| > x) <= 2 exp(-2 n x^2) for every n and F: P. Massart, The tight constant in
   * the Dvoretzky-Kiefer-Wolfowitz inequality, Annals of Probability 18 (1990). */
  const double limit = sqrt(log(2.0 / 1e-6) / (2.0 * (double)count));
  facts *f = context->facts;
  facts_count(f, count, "law/replicates");
  facts_number(f, distance[0], 2, "law/next_distance");
  facts_number(f, distance[1], 2, "law/stationary_distance");
  facts_number(f, limit, 2, "law/distance_limit");
  facts_count(f, q->d, "figure/law/d");
  facts_count(f, q->k, "figure/law/k");
  facts_number(f, q->eta, 4, "figure/law/eta");
  facts_number(f, after - mean_field_change(q, q->eta), 4, "figure/law/alpha");

cleanup:
  alignment_law_free(next);
  alignment_law_free(stationary);
  quadratic_free(q);
  free(sample);
  return status;
}

int sections_laws(evidence_context *context) {
  int (*const parts[])(evidence_context *) = {write_sweep, write_readings, write_true_step,
                                              write_law_figure};
  int status = GSL_SUCCESS;
  for (size_t i = 0; i < sizeof parts / sizeof *parts && status == GSL_SUCCESS; i++)
    status = parts[i](context);
  return status;
}
