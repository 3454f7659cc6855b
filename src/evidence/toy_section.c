/* The figures of the toy model of two losses: paths, the alignment along them, projected updates.
 */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "claims/toy_alignment.h"
#include "claims/toy_descent.h"
#include "model/random.h"
#include "model/toy.h"
#include "sim/toy_runs.h"

enum { TOY_STEPS = 30000, TOY_SWITCH = 1000, TOY_RUNS = 1000, TOY_RUNS_LEAST = 20, ROOM = 1024 };

/* 0 and whole steps up to TOY_STEPS: each by a factor `ratio` or, where that is 1, by `stride`. */
static size_t toy_steps(double ratio, size_t stride, size_t *steps) {
  size_t count = 0;
  steps[count++] = 0;
  while (count < ROOM && steps[count - 1] < TOY_STEPS) {
    const double last = (double)steps[count - 1];
    const size_t grown = (size_t)ceil(last * ratio), added = steps[count - 1] + stride;
    const size_t next = grown > added ? grown : added;
    steps[count++] = next < TOY_STEPS ? next : TOY_STEPS;
  }
  return count;
}

static void write_header(FILE *data, const toy *t) {
  fprintf(data, "# a = %g, b = %g, c = %g, eta = %g, start (%g, %g)\n", t->a, t->b, t->c, t->eta,
          t->x, t->y);
}

/* --- paths ---------------------------------------------------------------------------------- */

static int write_paths(evidence_context *context, const toy *t, uint32_t seed) {
  size_t steps[ROOM];
  double x[ROOM], y[ROOM];
  FILE *data = sections_open_data(context, "toy_paths", "gradient descent and one run of SGD");
  if (data == NULL)
    return GSL_ENOMEM;
  const size_t count = toy_steps(1.0, 30, steps);
  const toy_runs_switch none = {false, false, 0};
  const int status = toy_runs_path(t, seed, none, steps, count, x, y);
  if (status != GSL_SUCCESS)
    return status;
  write_header(data, t);
  sections_begin_block(data, "marks", "steps [1]");
  sections_row(data, (const double[]){TOY_STEPS}, 1);
  sections_begin_block(data, "sgd", "x [1], y [1]");
  for (size_t i = 0; i < count; i++)
    sections_row(data, (const double[]){x[i], y[i]}, 2);
  sections_begin_block(data, "gd", "x [1], y [1]");
  for (size_t n = 0; n <= TOY_STEPS; n += n < 100 ? 1 : 100)
    sections_row(data,
                 (const double[]){t->x * pow(1.0 - t->eta * t->a, (double)n),
                                  t->y * pow(1.0 - t->eta * t->b, (double)n)},
                 2);
  return GSL_SUCCESS;
}

/* --- alignment ------------------------------------------------------------------------------ */

static int write_alignment(evidence_context *context, const toy *t, uint32_t seed) {
  size_t steps[ROOM];
  double x[ROOM], y[ROOM];
  const size_t count = toy_steps(1.02, 1, steps);
  const double wanted = floor(TOY_RUNS * context->options->trials_factor);
  const size_t replicates = wanted < TOY_RUNS_LEAST   ? TOY_RUNS_LEAST
                            : wanted < 100 * TOY_RUNS ? (size_t)wanted
                                                      : 100 * TOY_RUNS;
  toy_runs_record *records = calloc(count, sizeof *records);
  FILE *data = sections_open_data(context, "toy_alignment", "chi_1 along gradient descent and SGD");
  if (records == NULL || data == NULL) {
    free(records);
    return GSL_ENOMEM;
  }
  const toy_runs_switch none = {false, false, 0};
  int status = toy_runs_path(t, seed, none, steps, count, x, y);
  if (status == GSL_SUCCESS)
    status = toy_runs_mean(t, context->options->seed, "toy_alignment", replicates, steps, count,
                           records);
  if (status != GSL_SUCCESS)
    goto cleanup;
  const double limit = toy_limit(t), alignment = toy_alignment(t, limit);
  write_header(data, t);
  fprintf(data, "# %zu runs\n", replicates);
  sections_begin_block(data, "marks", "mean-field limit of chi_1 [1]");
  sections_row(data, (const double[]){sqrt(alignment)}, 1);
  sections_begin_block(data, "curves",
                       "step [1], chi_1 of gradient descent [1], of one run of SGD [1], mean-field "
                       "chi_1 of SGD [1], mean chi_1 of the runs [1], its standard error [1]");
  double z = t->x / t->y * (t->x / t->y);
  for (size_t i = 0; i < count; i++) {
    if (i > 0) {
      toy at = *t;
      at.x = sqrt(z);
      at.y = 1.0;
      z = toy_alignment_ratio(&at, steps[i] - steps[i - 1]);
    }
    sections_row(data,
                 (const double[]){(double)steps[i], toy_descent_chi(t, (double)steps[i]),
                                  toy_runs_chi(t, x[i], y[i]), sqrt(toy_alignment(t, z)),
                                  records[i].chi, records[i].chi_error},
                 6);
  }
  facts *f = context->facts;
  const toy_runs_record *last = &records[count - 1];
  facts_count(f, replicates, "toy/runs");
  facts_count(f, TOY_STEPS, "toy/steps");
  facts_number(f, limit, 4, "toy/limit");
  facts_number(f, limit * (t->a / t->b) * (t->a / t->b), 4, "toy/odds");
  facts_number(f, t->eta * t->a * t->c * t->c / ((2.0 - t->eta * t->a) * t->b * t->b), 4,
               "toy/odds_bound");
  facts_number(f, alignment, 4, "toy/alignment");
  facts_number(f, sqrt(alignment), 5, "toy/chi");
  facts_number(f, last->alignment, 3, "toy/true_alignment");
  facts_number(f, last->alignment_error, 1, "toy/true_alignment_error");
  facts_number(f, last->chi, 3, "toy/true_chi");
  facts_number(f, last->chi_error, 1, "toy/true_chi_error");
  facts_number(f, toy_descent_steps(t, 0.1), 6, "toy/descent_steps");

cleanup:
  free(records);
  return status;
}

/* --- projected updates ------------------------------------------------------------------------ */

/* E x^2, E y^2 and the mean of (x, y) times its value at the switch: what the distance from the
 * switch needs. */
typedef struct {
  double xx, yy, kept_x, kept_y;
} toy_state_moments;

static void next_moments(toy_state_moments *m, const toy *t, bool moves_x, bool moves_y) {
  const double p = 1.0 - t->eta * t->a, r = 1.0 - t->eta * t->b, e = t->eta * t->c;
  const double xx = m->xx, yy = m->yy;
  if (moves_x) {
    m->xx = p * p * xx + e * e * yy;
    m->kept_x *= p;
  }
  if (moves_y) {
    m->yy = r * r * yy + e * e * xx;
    m->kept_y *= r;
  }
}

static double loss_of(const toy *t, const toy_state_moments *m) {
  return 0.5 * (t->a * m->xx + t->b * m->yy);
}

/* Root mean square distance from the state at the switch. */
static double distance_of(const toy_state_moments *at, const toy_state_moments *m) {
  return sqrt(m->xx + at->xx * (1.0 - 2.0 * m->kept_x) + m->yy + at->yy * (1.0 - 2.0 * m->kept_y));
}

static int write_projected(evidence_context *context, const toy *t, uint32_t seed) {
  size_t steps[ROOM];
  double x[3][ROOM], y[3][ROOM];
  static const toy_runs_switch changes[] = {
      {false, false, 0}, {false, true, TOY_SWITCH}, {true, false, TOY_SWITCH}};
  const size_t count = toy_steps(1.0, 50, steps);
  FILE *data = sections_open_data(context, "toy_projected",
                                  "expected loss and distance after a switch to projected updates");
  if (data == NULL)
    return GSL_ENOMEM;
  for (int i = 0; i < 3; i++) {
    const int status = toy_runs_path(t, seed, changes[i], steps, count, x[i], y[i]);
    if (status != GSL_SUCCESS)
      return status;
  }
  toy_state_moments m[3], at = {t->x * t->x, t->y * t->y, 1.0, 1.0};
  for (int n = 0; n < TOY_SWITCH; n++)
    next_moments(&at, t, true, true);
  at.kept_x = at.kept_y = 1.0;
  const double loss = loss_of(t, &at), share = t->a * at.xx / (2.0 * loss);
  write_header(data, t);
  sections_begin_block(data, "marks", "step of the switch [1], share of L_D in E L there [1]");
  sections_row(data, (const double[]){TOY_SWITCH, share}, 2);
  sections_begin_block(
      data, "expected",
      "step [1], E L over that at the switch [1]: SGD, Dom-SGD, Bulk-SGD; root mean "
      "square distance from the switch [1]: SGD, Dom-SGD, Bulk-SGD");
  for (int i = 0; i < 3; i++)
    m[i] = at;
  for (size_t n = TOY_SWITCH; n <= TOY_STEPS; n++) {
    if ((n - TOY_SWITCH) % 50 == 0)
      sections_row(data,
                   (const double[]){(double)n, loss_of(t, &m[0]) / loss, loss_of(t, &m[1]) / loss,
                                    loss_of(t, &m[2]) / loss, distance_of(&at, &m[0]),
                                    distance_of(&at, &m[1]), distance_of(&at, &m[2])},
                   7);
    next_moments(&m[0], t, true, true);
    next_moments(&m[1], t, true, false);
    next_moments(&m[2], t, false, true);
  }
  sections_begin_block(data, "run",
                       "step [1], L over E L at the switch [1]: SGD, Dom-SGD, Bulk-SGD");
  for (size_t i = 0; i < count; i++) {
    double row[4] = {(double)steps[i], 0.0, 0.0, 0.0};
    for (int k = 0; k < 3; k++)
      row[k + 1] = 0.5 * (t->a * x[k][i] * x[k][i] + t->b * y[k][i] * y[k][i]) / loss;
    if (steps[i] >= TOY_SWITCH)
      sections_row(data, row, 4);
  }
  facts *f = context->facts;
  facts_count(f, TOY_SWITCH, "toy/switch");
  facts_number(f, 100.0 * share, 3, "toy/dominant_percent");
  facts_number(f, 100.0 * toy_dominant_gain(t), 2, "toy/dominant_gain_percent");
  facts_number(f, 100.0 * toy_bulk_gain(t), 3, "toy/bulk_gain_percent");
  facts_number(f, toy_decay(t) / (t->eta * t->a * (2.0 - t->eta * t->a)), 2, "toy/dominant_part");
  facts_number(f, distance_of(&at, &m[1]), 2, "toy/dominant_distance");
  facts_number(f, distance_of(&at, &m[2]), 2, "toy/bulk_distance");
  return GSL_SUCCESS;
}

int sections_toy(evidence_context *context) {
  const toy t = toy_source();
  const uint32_t seed = random_trial_seed(context->options->seed, "toy_paths", 0);
  int status = write_paths(context, &t, seed);
  if (status == GSL_SUCCESS)
    status = write_alignment(context, &t, seed);
  if (status == GSL_SUCCESS)
    status = write_projected(context, &t, seed);
  return status;
}
