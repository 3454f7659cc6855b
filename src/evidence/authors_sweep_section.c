/* The authors' sweep, run anew: SGD at nine gap ratios and seven seeds, beside the exact law.
 *
 *   authors_window.tex  gap ratio & mean of alpha over the last third, seeds averaged & its exact
 *                       value & z & spread over the seeds in exact deviations & variance & its
 * exact value & z authors_decay.tex   gap ratio & length of the decay phase & rate, seeds averaged
 * & its deviation & rate of E alpha_t & R^2 of the exponential: seeds averaged, of E alpha_t & R^2
 *                       of the cubic: the same two & seeds where the cubic's is higher
 *   authors_plan.tex    the plan, verbatim */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include "claims/two_phases.h"
#include "evidence/stationary_sweep.h"
#include "laws/window_law.h"
#include "sweep/authors_plan.h"
#include "sweep/sweep.h"

/* What is known of a gap ratio without simulation. */
typedef struct {
  double mean;      /* of the window's average */
  double deviation; /* of it */
  double delta;     /* the same by the delta method */
  double variance;  /* expected variance over the window */
  double error;     /* of the mean */
  decay_fit decay;  /* of E alpha_t */
} exact_cell;

/* Over the seeds of a gap ratio. */
typedef struct {
  size_t seeds, fitted;        /* runs that went to their end; of these, those with both fits */
  double mean, z;              /* average over the seeds, and how far it is from the exact one */
  double spread;               /* sum over the seeds of (mean - average)^2, in exact variances */
  double variance, variance_t; /* average, and Student's statistic of it against the exact one */
  size_t shortest, longest;    /* decay phase */
  double rate, rate_deviation, exponential_r2, cubic_r2;
  size_t cubic_wins;
} seed_summary;

/* --- the exact side -------------------------------------------------------------------------- */

/* E alpha_t from t = 1 to past its turn, which the mean field shows to within a few steps. */
static int expected_decay(const quadratic *q, const double *spread, decay_fit *out) {
  enum { BEYOND = 40 };
  const double turn = two_phases_turn(q);
  if (!(turn >= 0.0 && turn < STATIONARY_SWEEP_FIRST))
    return GSL_ESANITY;
  const size_t count = (size_t)turn + BEYOND;
  int status = GSL_SUCCESS;
  double *alpha = malloc(count * sizeof *alpha);
  if (alpha == NULL)
    return GSL_ENOMEM;
  for (size_t i = 0; i < count && status == GSL_SUCCESS; i++) {
    alignment_law *law = NULL;
    law_value mean;
    status = alignment_law_at_time(q, (double)(i + 1), spread, &law, NULL);
    if (status == GSL_SUCCESS)
      status = alignment_law_mean(law, &mean);
    alignment_law_free(law);
    alpha[i] = mean.val;
  }
  if (status == GSL_SUCCESS)
    status = decay_fit_of(alpha, count, out);
  free(alpha);
  return status;
}

static int exact_cell_of(const sweep_plan *plan, const sweep_cell *cell, exact_cell *out) {
  stationary_sweep_point point;
  window_law window;
  int status = GSL_ENOMEM;
  quadratic *q = sweep_plan_problem(plan, cell);
  double *spread = malloc(cell->d * sizeof *spread);
  if (q == NULL || spread == NULL)
    goto cleanup;
  for (size_t i = 0; i < q->d; i++)
    spread[i] = q->g[i] * q->g[i];
  status = stationary_sweep_at(cell->m, &point);
  if (status == GSL_SUCCESS)
    status = window_law_of(q, spread, STATIONARY_SWEEP_FIRST, STATIONARY_SWEEP_LAST, &window);
  if (status == GSL_SUCCESS)
    status = expected_decay(q, spread, &out->decay);
  if (status != GSL_SUCCESS)
    goto cleanup;
  out->mean = point.window_mean.val;
  out->error = point.window_mean.err;
  out->deviation = sqrt(window.variance.val);
  out->delta = sqrt(window.delta);
  /* E (1/n) sum (alpha_t - average)^2 = E (1/n) sum (alpha_t - E average)^2 - Var average. */
  out->variance = point.window_deviation.val * point.window_deviation.val - window.variance.val;

cleanup:
  free(spread);
  quadratic_free(q);
  return status;
}

/* --- the seeds ------------------------------------------------------------------------------- */

static bool is_fitted(const sweep_result *r) {
  return r->decay.exponential == DECAY_FITTED && r->decay.cubic == DECAY_FITTED;
}

static void summarise_window(const sweep_result *runs, size_t count, const exact_cell *exact,
                             seed_summary *out) {
  for (size_t i = 0; i < count; i++)
    if (runs[i].ended == GSL_SUCCESS) {
      out->seeds++;
      out->mean += runs[i].mean;
      out->variance += runs[i].variance;
    }
  const double n = (double)out->seeds;
  out->mean /= n;
  out->variance /= n;
  double squares = 0.0;
  out->z = (out->mean - exact->mean) / exact->deviation * sqrt(n);
  for (size_t i = 0; i < count; i++)
    if (runs[i].ended == GSL_SUCCESS) {
      const double away = (runs[i].mean - out->mean) / exact->deviation;
      out->spread += away * away;
      squares += (runs[i].variance - out->variance) * (runs[i].variance - out->variance);
    }
  out->variance_t = (out->variance - exact->variance) / sqrt(squares / (n * (n - 1.0)));
}

static void summarise_decay(const sweep_result *runs, size_t count, seed_summary *out) {
  out->shortest = SIZE_MAX;
  for (size_t i = 0; i < count; i++) {
    const decay_fit *fit = &runs[i].decay;
    if (runs[i].ended != GSL_SUCCESS || !is_fitted(&runs[i]))
      continue;
    out->fitted++;
    out->shortest = fit->length < out->shortest ? fit->length : out->shortest;
    out->longest = fit->length > out->longest ? fit->length : out->longest;
    out->rate += fit->rate;
    out->exponential_r2 += fit->exponential_r2;
    out->cubic_r2 += fit->cubic_r2;
    out->cubic_wins += fit->cubic_r2 > fit->exponential_r2;
  }
  const double n = (double)out->fitted;
  out->rate /= n;
  out->exponential_r2 /= n;
  out->cubic_r2 /= n;
  for (size_t i = 0; i < count; i++)
    if (runs[i].ended == GSL_SUCCESS && is_fitted(&runs[i]))
      out->rate_deviation += pow(runs[i].decay.rate - out->rate, 2);
  out->rate_deviation = sqrt(out->rate_deviation / (n - 1.0));
}

/* --- files ----------------------------------------------------------------------------------- */

static void write_window_row(FILE *table, double m, const exact_cell *e, const seed_summary *s) {
  fprintf(table, "%.0f & %.5f & %.5f & $%+.2f$ & %.2f & ", m, s->mean, e->mean, s->z,
          sqrt(s->spread / ((double)s->seeds - 1.0)));
  tex_number(table, s->variance, 4);
  fputs(" & ", table);
  tex_number(table, e->variance, 4);
  fprintf(table, " & $%+.2f$ \\\\\n", s->variance_t);
}

static void write_decay_row(FILE *table, double m, const exact_cell *e, const seed_summary *s) {
  if (s->fitted < 2) {
    fprintf(table, "%.0f & \\multicolumn{8}{l}{%zu of %zu seeds have a decay phase to fit} \\\\\n",
            m, s->fitted, s->seeds);
    return;
  }
  fprintf(table,
          "%.0f & %zu--%zu & %.3f & %.3f & %.3f & %.3f & %.3f & %.3f & %.3f & %zu/%zu \\\\\n", m,
          s->shortest, s->longest, s->rate, s->rate_deviation, e->decay.rate, s->exponential_r2,
          e->decay.exponential_r2, s->cubic_r2, e->decay.cubic_r2, s->cubic_wins, s->fitted);
}

static void write_series(FILE *data, const sweep_plan *plan, const sweep_result *results,
                         const exact_cell *exact, size_t seeds) {
  sections_begin_block(data, "runs",
                       "gap ratio m [1], seed, z of the window's mean [1], window's mean [1], "
                       "variance over the window [1], rate of decay [1/step], R^2 of the "
                       "exponential [1], R^2 of the cubic [1] (-1 where there is no fit), "
                       "variance over its expectation [1]");
  for (size_t i = 0; i < plan->count[SWEEP_M] * seeds; i++) {
    const sweep_result *r = &results[i];
    const exact_cell *e = &exact[i / seeds];
    if (r->ended != GSL_SUCCESS)
      continue;
    const bool fitted = is_fitted(r);
    sections_row(data,
                 (const double[]){r->cell.m, (double)r->cell.seed,
                                  (r->mean - e->mean) / e->deviation, r->mean, r->variance,
                                  fitted ? r->decay.rate : -1.0,
                                  fitted ? r->decay.exponential_r2 : -1.0,
                                  fitted ? r->decay.cubic_r2 : -1.0, r->variance / e->variance},
                 9);
  }
  sections_begin_block(data, "exact",
                       "gap ratio m [1], mean of the window's average [1], its deviation [1], the "
                       "same by the delta method [1], expected variance over the window [1], fits "
                       "to E alpha_t: rate [1/step], R^2 of the exponential [1], of the cubic [1]");
  for (size_t j = 0; j < plan->count[SWEEP_M]; j++) {
    const exact_cell *e = &exact[j];
    sections_row(data,
                 (const double[]){plan->real[SWEEP_M][j], e->mean, e->deviation, e->delta,
                                  e->variance, e->decay.rate, e->decay.exponential_r2,
                                  e->decay.cubic_r2},
                 8);
  }
}

/* Runs that ended early or have no fit, in words; "none". */
static void write_remarks(facts *f, const sweep_result *results, size_t count) {
  char *text = NULL;
  size_t length = 0, lacking = 0;
  FILE *stream = open_memstream(&text, &length);
  if (stream == NULL) {
    f->lacking = true;
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const sweep_result *r = &results[i];
    if (r->ended == GSL_SUCCESS && is_fitted(r))
      continue;
    fprintf(stream, "%sm = %g, seed %.0f: ", lacking++ == 0 ? "" : "; ", r->cell.m,
            (double)r->cell.seed);
    if (r->ended != GSL_SUCCESS)
      fprintf(stream, "ended at step %zu", r->ended_at);
    else
      fputs(decay_outcome_words(r->decay.exponential == DECAY_FITTED ? r->decay.cubic
                                                                     : r->decay.exponential),
            stream);
  }
  if (fclose(stream) == 0)
    facts_text(f, lacking == 0 ? "none" : text, "authors/remarks");
  else
    f->lacking = true;
  free(text);
  facts_count(f, lacking, "authors/unfitted");
}

/* P(|chi^2 quantile| further out than x): twice the smaller tail. */
static double two_sided(double x, double freedom) {
  return fmin(1.0, 2.0 * fmin(gsl_cdf_chisq_P(x, freedom), gsl_cdf_chisq_Q(x, freedom)));
}

/* The probability that of `count` standard normals one is further from 0 than z. */
static double any_beyond(double z, size_t count) {
  return -expm1((double)count * log1p(-2.0 * gsl_cdf_ugaussian_Q(z)));
}

static double student_p(double t, double freedom) {
  return 2.0 * gsl_cdf_tdist_Q(fabs(t), freedom);
}

static void write_facts(facts *f, const sweep_plan *plan, const exact_cell *exact,
                        const seed_summary *summary, size_t seeds) {
  const size_t points = plan->count[SWEEP_M];
  double location = 0.0, spread = 0.0, variance = 0.0, worst = 0.0, delta = 0.0, error = 0.0;
  size_t runs = 0, wins = 0, fitted = 0, exact_wins = 0;
  for (size_t j = 0; j < points; j++) {
    location += summary[j].z * summary[j].z;
    variance -= 2.0 * log(student_p(summary[j].variance_t, (double)summary[j].seeds - 1.0));
    spread += summary[j].spread;
    worst = fmax(worst, fabs(summary[j].z));
    delta = fmax(delta, fabs(exact[j].delta / exact[j].deviation - 1.0));
    error = fmax(error, exact[j].error / exact[j].deviation);
    runs += summary[j].seeds;
    wins += summary[j].cubic_wins;
    exact_wins += exact[j].decay.cubic_r2 > exact[j].decay.exponential_r2;
    fitted += summary[j].fitted;
  }
  const double freedom = (double)points, rest = (double)(runs - points);
  facts_count(f, points, "authors/ratios");
  facts_count(f, seeds, "authors/seeds");
  facts_count(f, runs, "authors/runs");
  facts_number(f, location, 3, "authors/location");
  facts_number(f, two_sided(location, freedom), 2, "authors/location_p");
  facts_number(f, spread, 3, "authors/spread");
  facts_number(f, rest, 6, "authors/spread_freedom");
  facts_number(f, two_sided(spread, rest), 2, "authors/spread_p");
  facts_number(f, variance, 3, "authors/variance");
  facts_number(f, gsl_cdf_chisq_Q(variance, 2.0 * freedom), 2, "authors/variance_p");
  facts_number(f, worst, 2, "authors/z_most");
  facts_number(f, any_beyond(worst, points), 2, "authors/z_most_p");
  facts_number(f, 100.0 * delta, 2, "authors/delta_percent");
  facts_number(f, error, 1, "authors/mean_error");
  facts_count(f, wins, "authors/cubic_wins");
  facts_count(f, fitted, "authors/fitted");
  facts_count(f, exact_wins, "authors/exact_cubic_wins");
  facts_number(f, summary[points - 1].rate / summary[0].rate, 2, "authors/rate_ratio");
}

/* --- the whole ------------------------------------------------------------------------------- */

static int write_all(evidence_context *context, const sweep_plan *plan, const sweep_result *results,
                     const exact_cell *exact, size_t seeds) {
  FILE *window = outputs_open(context->files, "authors_window.tex");
  FILE *decay = outputs_open(context->files, "authors_decay.tex");
  FILE *text = outputs_open(context->files, "authors_plan.tex");
  FILE *data = sections_open_data(context, "authors_sweep", "the authors' sweep, run anew");
  const size_t points = plan->count[SWEEP_M];
  seed_summary *summary = calloc(points, sizeof *summary);
  if (window == NULL || decay == NULL || text == NULL || data == NULL || summary == NULL) {
    free(summary);
    return GSL_ENOMEM;
  }
  sections_begin_block(data, "marks", "seeds of a gap ratio");
  sections_row(data, (const double[]){(double)seeds}, 1);
  for (size_t j = 0; j < points; j++) {
    summarise_window(results + j * seeds, seeds, &exact[j], &summary[j]);
    summarise_decay(results + j * seeds, seeds, &summary[j]);
    write_window_row(window, plan->real[SWEEP_M][j], &exact[j], &summary[j]);
    write_decay_row(decay, plan->real[SWEEP_M][j], &exact[j], &summary[j]);
  }
  fputs(authors_plan, text);
  write_series(data, plan, results, exact, seeds);
  write_remarks(context->facts, results, points * seeds);
  write_facts(context->facts, plan, exact, summary, seeds);
  free(summary);
  return GSL_SUCCESS;
}

/* Fewer gap ratios and seeds where fewer trials are asked for; never more. */
static size_t share_of(size_t count, double factor) {
  const double wanted = ceil((double)count * factor);
  return wanted < 2.0 ? 2 : wanted > (double)count ? count : (size_t)wanted;
}

int sections_authors_sweep(evidence_context *context) {
  sweep_plan *plan = NULL;
  sweep_result *results = NULL;
  exact_cell *exact = NULL;
  diagnostic diag;
  int status = sweep_plan_parse("authors.ini", authors_plan, strlen(authors_plan), &plan, &diag);
  if (status != GSL_SUCCESS)
    return GSL_ESANITY; /* the build has put a bad plan into the program */
  const double factor = context->options->trials_factor;
  plan->count[SWEEP_M] = share_of(plan->count[SWEEP_M], factor);
  plan->count[SWEEP_SEED] = share_of(plan->count[SWEEP_SEED], factor);
  const size_t points = plan->count[SWEEP_M], seeds = plan->count[SWEEP_SEED];
  status = GSL_ENOMEM;
  results = calloc(points * seeds, sizeof *results);
  exact = calloc(points, sizeof *exact);
  if (results == NULL || exact == NULL)
    goto cleanup;
  status = sweep_results(plan, 0, results);
#pragma omp parallel for schedule(dynamic, 1)
  for (size_t j = 0; j < points; j++) {
    const sweep_cell cell = sweep_plan_cell(plan, j * seeds);
    const int mine = exact_cell_of(plan, &cell, &exact[j]);
#pragma omp critical(authors_exact)
    status = status == GSL_SUCCESS ? mine : status;
  }
  if (status == GSL_SUCCESS)
    status = write_all(context, plan, results, exact, seeds);

cleanup:
  free(exact);
  free(results);
  sweep_plan_free(plan);
  return status;
}
