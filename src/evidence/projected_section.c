/* SGD until its gradient is aligned, then SGD, Dom-SGD and Bulk-SGD: the figure dominant_stalls and
 * two tables.
 *
 *   stalls.tex         spectrum & m & switch step & alpha there & L_D/L & its bound & what SGD,
 *                      Dom-SGD and Bulk-SGD attain of the achievable decrease, by closed forms
 *   stalls-digits.tex  k & batch & switch step & alpha & m & L_D/L & its bound & mean loss over L_0
 *                      of the three some steps later, with standard errors */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_statistics_double.h>
#include "claims/dominant_stalls.h"
#include "claims/one_step_moments.h"
#include "io/problem_file.h"
#include "model/random.h"
#include "sim/projected.h"

static const projected_rule rule = {PROJECTED_FACTOR, PROJECTED_LEVEL};

enum { REPLICATES = 60, DIGITS_REPLICATES = 20, REPLICATES_LEAST = 2 };

static size_t replicates_of(const evidence_context *context, size_t ordinary) {
  const double wanted = floor((double)ordinary * context->options->trials_factor);
  return wanted < REPLICATES_LEAST ? REPLICATES_LEAST : (size_t)wanted;
}

/* What Dom-SGD could gain of the loss at most, and the bound of it by the gap. */
static void share_of_loss(const quadratic *q, double *share, double *bound, double *alpha) {
  double loss[2] = {0.0, 0.0}, square[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++) {
    loss[i < q->k] += q->g[i] * q->g[i] / q->lambda[i];
    square[i < q->k] += q->g[i] * q->g[i];
  }
  *share = loss[1] / (loss[0] + loss[1]);
  *alpha = square[1] / (square[0] + square[1]);
  *bound = *alpha / (*alpha + quadratic_gap_ratio(q) * (1.0 - *alpha));
}

/* k directions from `top` down to top/2, the others from top/(2 m) down to a tenth of that; one
 * noise level; eta = 1/top.  The bulk starts far out. */
static quadratic *spread_problem(size_t d, size_t k, double m) {
  const double top = 100.0;
  quadratic *q = quadratic_alloc(d, k);
  for (size_t i = 0; q != NULL && i < d; i++) {
    const bool dominant = i < k;
    const double place =
        dominant ? (double)i / (double)(k - 1) : (double)(i - k) / (double)(d - k - 1);
    q->lambda[i] = dominant ? top * pow(2.0, -place) : top / (2.0 * m) * pow(10.0, -place);
    q->v[i] = 1.0;
    q->g[i] = dominant ? 1.0 : 0.2;
  }
  if (q != NULL)
    q->eta = 1.0 / top;
  return q;
}

/* No gap to speak of: lambda_i = top/i. */
static quadratic *harmonic_problem(size_t d, size_t k) {
  quadratic *q = spread_problem(d, k, 1.0);
  for (size_t i = 0; q != NULL && i < d; i++)
    q->lambda[i] = 100.0 / (double)(i + 1);
  return q;
}

/* --- the figure ----------------------------------------------------------------------------- */

enum { BEFORE_MOST = 20000, AFTER = 6000, RECORDS = 100 };

/* Means over replicates of the loss and of the squared distance, at every AFTER/RECORDS steps. */
typedef struct {
  double loss[UPDATE_KINDS][RECORDS + 1], square[UPDATE_KINDS][RECORDS + 1];
} mean_runs;

static int average_runs(const evidence_context *context, const quadratic *state, size_t replicates,
                        const size_t *t, mean_runs *out) {
  const projected_problem problem = {state, NULL, 0};
  *out = (mean_runs){0};
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++)
    for (size_t r = 0; r < replicates; r++) {
      projected_record record[RECORDS + 1];
      const uint32_t seed = random_trial_seed(context->options->seed, "dominant_stalls", r + 1);
      const int status = projected_path(&problem, kind, seed, t, RECORDS + 1, record);
      if (status != GSL_SUCCESS)
        return status;
      for (size_t n = 0; n <= RECORDS; n++) {
        out->loss[kind][n] += record[n].loss / (double)replicates;
        out->square[kind][n] += record[n].distance * record[n].distance / (double)replicates;
      }
    }
  return GSL_SUCCESS;
}

static void write_after(FILE *data, const quadratic *state, double start, const size_t *t,
                        const mean_runs *runs) {
  sections_begin_block(data, "after",
                       "t [steps], mean loss of the runs: SGD, Dom-SGD, Bulk-SGD; expected loss of "
                       "the three; root mean square distance from the switch: runs, expected");
  for (size_t n = 0; n <= RECORDS; n++) {
    double row[1 + 4 * UPDATE_KINDS] = {start + (double)t[n]};
    for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++) {
      row[1 + kind] = runs->loss[kind][n];
      row[1 + UPDATE_KINDS + kind] = dominant_stalls_loss(state, kind, t[n], NULL);
      row[1 + 2 * UPDATE_KINDS + kind] = sqrt(runs->square[kind][n]);
      row[1 + 3 * UPDATE_KINDS + kind] = sqrt(dominant_stalls_distance(state, kind, t[n], NULL));
    }
    sections_row(data, row, 1 + 4 * UPDATE_KINDS);
  }
}

/* SGD throughout, past the switch as well. */
static int write_sgd(FILE *data, const projected_problem *problem, uint32_t seed, size_t last) {
  enum { ROOM = 400 };
  const size_t every = last / ROOM + 1, count = last / every + 1;
  size_t t[ROOM + 1];
  projected_record record[ROOM + 1];
  double *chi = calloc(last + 1, 2 * sizeof *chi);
  if (chi == NULL)
    return GSL_ENOMEM;
  double *const average = chi + last + 1;
  for (size_t n = 0; n < count; n++)
    t[n] = n * every;
  int status = projected_alignment(problem, &rule, seed, last, chi, average);
  if (status == GSL_SUCCESS)
    status = projected_path(problem, UPDATE_WHOLE, seed, t, count, record);
  sections_begin_block(data, "sgd", "t [steps], chi [1], its moving average [1], loss");
  for (size_t n = 0; n < count && status == GSL_SUCCESS; n++)
    sections_row(data, (const double[]){(double)t[n], chi[t[n]], average[t[n]], record[n].loss}, 4);
  free(chi);
  return status;
}

static void cite_figure(evidence_context *context, const quadratic *q, const quadratic *state,
                        size_t step, size_t replicates) {
  facts *f = context->facts;
  double share, bound, alpha;
  share_of_loss(state, &share, &bound, &alpha);
  const double start = dominant_stalls_loss(state, UPDATE_WHOLE, 0, NULL);
  static const char *const names[UPDATE_KINDS] = {"sgd", "dominant", "bulk"};
  facts_count(f, q->d, "figure/dominant_stalls/d");
  facts_count(f, q->k, "figure/dominant_stalls/k");
  facts_count(f, step, "figure/dominant_stalls/switch");
  facts_count(f, replicates, "figure/dominant_stalls/replicates");
  facts_count(f, AFTER, "figure/dominant_stalls/after");
  facts_number(f, quadratic_gap_ratio(q), 3, "figure/dominant_stalls/gap_ratio");
  facts_number(f, alpha, 3, "figure/dominant_stalls/alpha");
  facts_number(f, share, 2, "figure/dominant_stalls/share");
  facts_number(f, bound, 2, "figure/dominant_stalls/bound");
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++)
    facts_number(f, dominant_stalls_loss(state, kind, AFTER, NULL) / start, 3,
                 "figure/dominant_stalls/%s", names[kind]);
}

static int write_figure(evidence_context *context) {
  size_t t[RECORDS + 1];
  for (size_t n = 0; n <= RECORDS; n++)
    t[n] = n * (AFTER / RECORDS);
  const size_t replicates = replicates_of(context, REPLICATES);
  const uint32_t seed = random_trial_seed(context->options->seed, "dominant_stalls", 0);
  int status = GSL_ENOMEM;
  switch_found found = {0};
  mean_runs *runs = calloc(1, sizeof *runs);
  quadratic *q = spread_problem(25, 5, 200.0);
  FILE *data = sections_open_data(context, "dominant_stalls",
                                  "SGD until it is aligned, then SGD, Dom-SGD and Bulk-SGD");
  if (runs == NULL || q == NULL || data == NULL)
    goto cleanup;
  const projected_problem problem = {q, NULL, 0};
  status = projected_switch(&problem, &rule, seed, BEFORE_MOST, &found);
  fprintf(data, "# d = %zu, k = %zu, lambda from %g to %g and from %g to %g, v = %g, eta = %g\n",
          q->d, q->k, q->lambda[0], q->lambda[q->k - 1], q->lambda[q->k], q->lambda[q->d - 1],
          q->v[0], q->eta);
  if (status == GSL_SUCCESS && found.outcome != SWITCH_MET)
    status = GSL_EFAILED; /* the problem above is one that becomes aligned */
  if (status == GSL_SUCCESS)
    status = average_runs(context, found.state, replicates, t, runs);
  if (status != GSL_SUCCESS)
    goto cleanup;
  fprintf(data, "# %zu runs of each after the switch\n", replicates);
  sections_begin_block(data, "marks", "switch [steps], last step, level of the criterion [1]");
  sections_row(data, (const double[]){(double)found.step, (double)(found.step + AFTER), rule.level},
               3);
  status = write_sgd(data, &problem, seed, found.step + AFTER);
  write_after(data, found.state, (double)found.step, t, runs);
  cite_figure(context, q, found.state, found.step, replicates);

cleanup:
  quadratic_free(found.state);
  quadratic_free(q);
  free(runs);
  return status;
}

/* --- other spectra -------------------------------------------------------------------------- */

static int write_row(FILE *table, const char *words, quadratic *q, uint32_t seed) {
  const projected_problem problem = {q, NULL, 0};
  switch_found found = {0};
  const int status = projected_switch(&problem, &rule, seed, BEFORE_MOST, &found);
  if (status != GSL_SUCCESS)
    return status;
  fprintf(table, "%s & ", words);
  tex_number(table, quadratic_gap_ratio(q), 3);
  if (found.outcome != SWITCH_MET) {
    fprintf(table, " & \\multicolumn{7}{l}{%s (average of $\\chi$ at the end %.3f)} \\\\\n",
            found.outcome == SWITCH_NEVER ? "never aligned" : "diverges", found.average);
    return GSL_SUCCESS;
  }
  double share, bound, alpha;
  dominant_stalls_shares shares;
  share_of_loss(found.state, &share, &bound, &alpha);
  const unsigned long later = (unsigned long)ceil(1.0 / (q->eta * q->lambda[q->k]));
  const int attained = dominant_stalls_shares_of(found.state, later, &shares);
  fprintf(table, " & %zu & %.3f & ", found.step, alpha);
  tex_number(table, share, 2);
  fputs(" & ", table);
  tex_number(table, bound, 2);
  if (attained == GSL_SUCCESS)
    fprintf(table, " & \\ensuremath{%.3f} & \\ensuremath{%+.4f} & \\ensuremath{%.3f} \\\\\n",
            shares.share[UPDATE_WHOLE], shares.share[UPDATE_DOMINANT], shares.share[UPDATE_BULK]);
  else
    fputs(" & \\multicolumn{3}{l}{nothing to be gained} \\\\\n", table);
  quadratic_free(found.state);
  return GSL_SUCCESS;
}

static int write_spectra(evidence_context *context) {
  static const double ratios[] = {10, 50, 200, 1000, 5000};
  FILE *table = outputs_open(context->files, "stalls.tex");
  if (table == NULL)
    return GSL_ENOMEM;
  int status = GSL_SUCCESS;
  for (size_t n = 0; n <= sizeof ratios / sizeof *ratios && status == GSL_SUCCESS; n++) {
    const bool harmonic = n == sizeof ratios / sizeof *ratios;
    quadratic *q = harmonic ? harmonic_problem(25, 5) : spread_problem(25, 5, ratios[n]);
    const uint32_t seed = random_trial_seed(context->options->seed, "stalls", n);
    status = q == NULL
                 ? GSL_ENOMEM
                 : write_row(table, harmonic ? "$\\lambda_i\\propto1/i$" : "two groups", q, seed);
    quadratic_free(q);
  }
  return status;
}

int sections_projected(evidence_context *context) {
  const int status = write_figure(context);
  return status == GSL_SUCCESS ? write_spectra(context) : status;
}

/* --- the digits ------------------------------------------------------------------------------ */

enum { DIGITS_AFTER = 500, DIGITS_MOST = 20000 };

static void write_mean(FILE *table, const double *ratio, size_t count) {
  const double mean = gsl_stats_mean(ratio, 1, count);
  fprintf(table, " & %.3f (%.0f)", mean,
          1e3 * gsl_stats_sd_m(ratio, 1, count, mean) / sqrt((double)count));
}

static int write_digits_row(evidence_context *context, FILE *table, const least_squares *p,
                            size_t batch, double factor, size_t row) {
  const size_t replicates = replicates_of(context, DIGITS_REPLICATES), last = DIGITS_AFTER;
  switch_found found = {0};
  double *ratio = calloc(replicates, sizeof *ratio);
  quadratic *q = least_squares_state(p, NULL, 0);
  int status = ratio == NULL || q == NULL ? GSL_ENOMEM : GSL_SUCCESS;
  if (status != GSL_SUCCESS)
    goto cleanup;
  q->eta = factor / q->lambda[0];
  const projected_problem problem = {q, p, batch};
  const uint32_t seed = random_trial_seed(context->options->seed, "stalls digits", row);
  status = projected_switch(&problem, &rule, seed, DIGITS_MOST, &found);
  if (status != GSL_SUCCESS)
    goto cleanup;
  fprintf(table, "%zu & %zu & ", q->k, batch);
  tex_number(table, quadratic_gap_ratio(q), 3);
  if (found.outcome != SWITCH_MET) {
    fprintf(table, " & \\multicolumn{7}{l}{%s (average of $\\chi$ at the end %.3f)} \\\\\n",
            found.outcome == SWITCH_NEVER ? "never aligned" : "diverges", found.average);
    goto cleanup;
  }
  double share, bound, alpha;
  share_of_loss(found.state, &share, &bound, &alpha);
  fprintf(table, " & %zu & %.3f & %.3f & %.3f", found.step, alpha, share, bound);
  const projected_problem after = {found.state, p, batch};
  const double start = dominant_stalls_loss(found.state, UPDATE_WHOLE, 0, NULL);
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++) {
    for (size_t r = 0; r < replicates && status == GSL_SUCCESS; r++) {
      projected_record record;
      const uint32_t own = random_trial_seed(context->options->seed, "digits after", r);
      status = projected_path(&after, kind, own, &last, 1, &record);
      ratio[r] = record.loss / start;
    }
    write_mean(table, ratio, replicates);
  }
  fputs(" \\\\\n", table);

cleanup:
  quadratic_free(found.state);
  quadratic_free(q);
  free(ratio);
  return status;
}

int sections_projected_data(evidence_context *context, const gsl_matrix *samples,
                            const gsl_vector *labels, diagnostic *diag) {
  /* The k that the gap proposes, the number of classes, and a larger one; the batch of the source
   * and one sample. */
  static const size_t dominant[] = {0, 10, 20}, batches[] = {50, 1};
  static const double factors[] = {0.5, 0.05}; /* of 1/lambda_1 */
  FILE *table = outputs_open(context->files, "stalls-digits.tex");
  if (table == NULL)
    return GSL_ENOMEM;
  int status = GSL_SUCCESS;
  for (size_t n = 0; n < 3 && status == GSL_SUCCESS; n++) {
    least_squares *p = NULL;
    if (dominant[n] + 1 >= samples->size2)
      continue; /* of data with few columns */
    status = least_squares_from_samples(samples, labels, 0.0, dominant[n], &p, diag);
    for (size_t b = 0; b < 2 && status == GSL_SUCCESS; b++)
      status = write_digits_row(context, table, p, batches[b], factors[b], 2 * n + b);
    least_squares_free(p);
  }
  facts_count(context->facts, DIGITS_AFTER, "stalls/digits_after");
  facts_count(context->facts, replicates_of(context, DIGITS_REPLICATES),
              "stalls/digits_replicates");
  facts_number(context->facts, factors[0], 3, "stalls/digits_step_50");
  facts_number(context->facts, factors[1], 3, "stalls/digits_step_1");
  return status;
}
