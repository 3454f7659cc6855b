/* Labelled data as a least-squares problem: one step from states along an actual SGD run, in both
 * readings, and the size of the mini-batch at which the readings meet.
 *
 *   realdata.tex  step & alignment & threshold & eta* lambda_1 & mean field and true expectation at
 *                 half a step & the same at two steps & whether the readings agree in sign at both
 *                 & eta_D lambda_1 & eta_B lambda_1; a "step" is eta*, or 1/lambda_1 where there is
 *                 none (then eta* is ---).
 *   batches.tex   batch size & mean field & true expectation & its standard error ("exact":
 * enumerated) & difference */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/one_step_moments.h"
#include "claims/opposite_effects.h"
#include "claims/regime_threshold.h"
#include "io/problem_file.h"
#include "model/least_squares.h"
#include "model/random.h"

enum {
  RUN_STEPS = 4096,      /* recorded at 0, 1, 2, 4, ... */
  RUN_RECORDS_MOST = 16, /* those 14 and the first state of the high regime */
  CURVE_POINTS = 60,
  BATCH_MOST = 256,
  BATCH_ENUMERATED = 2,    /* up to this size all batches are gone through */
  BATCH_REPLICATES = 40000 /* of larger ones, drawn */
};

static const double meeting = 0.01; /* the readings have met when they differ by no more */

/* A state of the run, and what the claims say of it. */
typedef struct {
  size_t step;
  gsl_vector *w; /* owned */
  double alpha, alpha_c;
  critical_step critical;
  opposite_effects effects;
  bool agreeing; /* the readings, on the sign of the change at half a step and at two */
} recorded_state;

/* --- the run -------------------------------------------------------------------------------- */

/* The claims' numbers at w; GSL_EDOM where the alignment is 0 or 1. */
static int assess(const least_squares *p, recorded_state *state) {
  quadratic *q = least_squares_state(p, state->w, 0);
  if (q == NULL)
    return GSL_ENOMEM;
  one_step_moments m;
  regime_threshold threshold;
  one_step_moments_of(q, &m);
  quadratic_free(q);
  int status = critical_step_of(&m, &state->critical);
  if (status == GSL_SUCCESS)
    status = regime_threshold_of(&m, &threshold);
  if (status == GSL_SUCCESS)
    status = opposite_effects_of(&m, &state->effects);
  state->alpha = one_step_moments_alignment(&m);
  state->alpha_c = threshold.alpha_c;
  return status;
}

static bool is_recorded_step(size_t t) {
  return (t & (t - 1)) == 0; /* 0 and the powers of two */
}

/* SGD on mini-batches of one from w = 0.  states[0..*count-1] in the order of their steps. */
static int run_sgd(const least_squares *p, double eta, uint32_t seed, recorded_state *states,
                   size_t *count) {
  int status = GSL_ENOMEM;
  bool high_seen = false;
  gsl_rng *rng = random_alloc(seed);
  gsl_vector *w = gsl_vector_calloc(p->columns);
  if (rng == NULL || w == NULL)
    goto cleanup;
  for (size_t t = 0; t <= RUN_STEPS; t++) {
    recorded_state now = {.step = t, .w = w};
    const bool wanted = is_recorded_step(t);
    status = wanted || !high_seen ? assess(p, &now) : GSL_SUCCESS;
    if (status != GSL_SUCCESS)
      goto cleanup;
    const bool first_high = !high_seen && now.critical.regime == REGIME_HIGH;
    high_seen = high_seen || first_high;
    if (wanted || first_high) {
      now.w = gsl_vector_alloc(p->columns);
      if (now.w == NULL) {
        status = GSL_ENOMEM;
        goto cleanup;
      }
      gsl_vector_memcpy(now.w, w);
      states[(*count)++] = now;
    }
    least_squares_step(p, w, eta, 1, rng);
  }

cleanup:
  if (rng != NULL)
    gsl_rng_free(rng);
  if (w != NULL)
    gsl_vector_free(w);
  return status;
}

/* --- the table of one step ------------------------------------------------------------------ */

typedef struct {
  double mean_field, truth;
} both_readings;

static int read_step(const least_squares *p, const recorded_state *state, double eta,
                     both_readings *out) {
  least_squares_outcomes outcomes;
  const int status = least_squares_enumerate(p, state->w, eta, &outcomes);
  if (status == GSL_SUCCESS) {
    out->mean_field = outcomes.dominant / (outcomes.dominant + outcomes.bulk);
    out->truth = outcomes.true_alignment;
  }
  return status;
}

static bool agree(const both_readings *r, double alpha) {
  return (r->mean_field > alpha) == (r->truth > alpha);
}

static int write_states(evidence_context *context, const least_squares *p, recorded_state *states,
                        size_t count) {
  FILE *table = outputs_open(context->files, "realdata.tex");
  json_t *list = json_array();
  if (table == NULL || json_object_set_new(context->root, "real_data", list) != 0)
    return GSL_ENOMEM;
  const double top = p->spectrum->lambda[0];
  size_t low = 0, agreeing = 0;
  for (size_t i = 0; i < count; i++) {
    recorded_state *s = &states[i];
    const bool has_step = s->critical.regime == REGIME_LOW;
    const double eta = has_step ? s->critical.eta_star : 1.0 / top;
    both_readings half, twice;
    int status = read_step(p, s, 0.5 * eta, &half);
    if (status == GSL_SUCCESS)
      status = read_step(p, s, 2.0 * eta, &twice);
    if (status != GSL_SUCCESS)
      return status;
    s->agreeing = agree(&half, s->alpha) && agree(&twice, s->alpha);
    low += has_step;
    agreeing += s->agreeing;
    fprintf(table, "%zu & %.4f & %.4f & ", s->step, s->alpha, s->alpha_c);
    tex_number(table, s->critical.eta_star * top, 3);
    fprintf(table, " & %.4f & %.4f & %.4f & %.4f & %s & ", half.mean_field, half.truth,
            twice.mean_field, twice.truth, s->agreeing ? "yes" : "no");
    tex_number(table, s->effects.eta_dominant * top, 3);
    fputs(" & ", table);
    tex_number(table, s->effects.eta_bulk * top, 3);
    fputs(" \\\\\n", table);
    json_array_append_new(
        list,
        json_pack("{s:I, s:f, s:f, s:o, s:f, s:f, s:f, s:f, s:b, s:f, s:f}", "step",
                  (json_int_t)s->step, "alignment", s->alpha, "alpha_c", s->alpha_c, "eta_star",
                  has_step ? json_real(s->critical.eta_star) : json_null(), "mean_field_at_half",
                  half.mean_field, "true_at_half", half.truth, "mean_field_at_twice",
                  twice.mean_field, "true_at_twice", twice.truth, "readings_agree", s->agreeing,
                  "eta_dominant", s->effects.eta_dominant, "eta_bulk", s->effects.eta_bulk));
  }
  facts_count(context->facts, count, "data/states");
  facts_count(context->facts, low, "data/states_low");
  facts_count(context->facts, count - low, "data/states_high");
  facts_count(context->facts, agreeing, "data/states_agreeing");
  return GSL_SUCCESS;
}

/* --- the figure ----------------------------------------------------------------------------- */

/* Of the low regime and with both readings turning between half and two critical steps, the state
 * of the largest critical step: the two turns are then both to be seen. */
static size_t choose_low(const recorded_state *states, size_t count) {
  size_t choice = 0;
  double largest = 0.0;
  for (size_t i = 0; i < count; i++)
    if (states[i].agreeing && states[i].critical.regime == REGIME_LOW &&
        states[i].critical.eta_star > largest) {
      choice = i;
      largest = states[i].critical.eta_star;
    }
  return choice;
}

/* The first state of the high regime; where there is none, that of the highest alignment. */
static size_t choose_high(const recorded_state *states, size_t count) {
  size_t choice = 0;
  for (size_t i = 0; i < count; i++) {
    if (states[i].critical.regime == REGIME_HIGH)
      return i;
    if (states[i].alpha > states[choice].alpha)
      choice = i;
  }
  return choice;
}

static int write_curve(FILE *data, const char *name, const least_squares *p,
                       const recorded_state *state) {
  const double edge = 2.0 / p->spectrum->lambda[0];
  const bool has_step = state->critical.regime == REGIME_LOW;
  /* Both the turn and what lies beyond it are to be seen. */
  const double farthest = has_step ? fmin(4.0 * state->critical.eta_star, 2.0 * edge) : edge;
  sections_begin_block(data, name,
                       "eta [2/lambda_1], change in mean field [1], change in true "
                       "expectation [1]");
  for (size_t i = 0; i <= CURVE_POINTS; i++) {
    const double eta = farthest * (double)i / CURVE_POINTS;
    both_readings r;
    const int status = read_step(p, state, eta, &r);
    if (status != GSL_SUCCESS)
      return status;
    sections_row(
        data, (const double[]){eta / edge, r.mean_field - state->alpha, r.truth - state->alpha}, 3);
  }
  return GSL_SUCCESS;
}

static int write_figure(evidence_context *context, const least_squares *p,
                        const recorded_state *low, const recorded_state *high) {
  FILE *data = sections_open_data(
      context, "real_data", "one step of SGD on the data, all mini-batches of one enumerated");
  if (data == NULL)
    return GSL_ENOMEM;
  const double edge = 2.0 / p->spectrum->lambda[0];
  sections_begin_block(data, "marks",
                       "low state: step, alpha [1], eta* [2/lambda_1]; high state: "
                       "the same (nan: no eta*)");
  sections_row(data,
               (const double[]){(double)low->step, low->alpha, low->critical.eta_star / edge,
                                (double)high->step, high->alpha, high->critical.eta_star / edge},
               6);
  const int status = write_curve(data, "low", p, low);
  facts_count(context->facts, low->step, "data/low_step");
  facts_number(context->facts, low->alpha, 4, "data/low_alpha");
  facts_number(context->facts, low->critical.eta_star / edge, 3, "data/low_eta_star");
  facts_count(context->facts, high->step, "data/high_step");
  facts_number(context->facts, high->alpha, 4, "data/high_alpha");
  facts_number(context->facts, high->alpha_c, 4, "data/high_alpha_c");
  return status == GSL_SUCCESS ? write_curve(data, "high", p, high) : status;
}

/* --- batches -------------------------------------------------------------------------------- */

/* The gradient of every sample at w in the eigenbasis, times its eigenvalue: n x d.  A batch that
 * picks samples moves the gradient by -eta times the mean of their rows. */
static gsl_matrix *curved_gradients(const least_squares *p, const gsl_vector *w) {
  const size_t d = p->spectrum->d;
  gsl_matrix *rows = gsl_matrix_alloc(p->n, d);
  for (size_t j = 0; rows != NULL && j < p->n; j++) {
    gsl_vector_const_view sample = gsl_matrix_const_row(p->x, j);
    double residual;
    gsl_blas_ddot(&sample.vector, w, &residual);
    residual -= gsl_vector_get(p->y, j);
    for (size_t i = 0; i < d; i++)
      gsl_matrix_set(rows, j, i,
                     p->spectrum->lambda[i] * residual * gsl_matrix_get(p->features, j, i));
  }
  return rows;
}

static double alignment_after(const quadratic *q, double eta, const double *moves, double batch) {
  double part[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++) {
    const double g = q->g[i] - eta * moves[i] / batch;
    part[i < q->k] += g * g;
  }
  return part[1] / (part[0] + part[1]);
}

static void add_row(double *sum, const gsl_matrix *rows, size_t j, size_t d) {
  const double *row = gsl_matrix_const_ptr(rows, j, 0);
  for (size_t i = 0; i < d; i++)
    sum[i] += row[i];
}

/* Over all n^batch outcomes, batch 1 or 2; a pair counts in both orders. */
static double enumerate_batches(const quadratic *q, double eta, const gsl_matrix *rows,
                                size_t batch, double *scratch) {
  const size_t n = rows->size1;
  double sum = 0.0;
  for (size_t j = 0; j < n; j++)
    for (size_t l = batch == 1 ? j : 0; l <= j; l++) {
      for (size_t i = 0; i < q->d; i++)
        scratch[i] = 0.0;
      add_row(scratch, rows, j, q->d);
      if (batch == 2)
        add_row(scratch, rows, l, q->d);
      sum += (l < j ? 2.0 : 1.0) * alignment_after(q, eta, scratch, (double)batch);
    }
  return sum / pow((double)n, (double)batch);
}

static double draw_batches(const quadratic *q, double eta, const gsl_matrix *rows, size_t batch,
                           gsl_rng *rng, double *scratch, double *error) {
  double mean = 0.0, squares = 0.0;
  for (size_t r = 0; r < BATCH_REPLICATES; r++) {
    for (size_t i = 0; i < q->d; i++)
      scratch[i] = 0.0;
    for (size_t s = 0; s < batch; s++)
      add_row(scratch, rows, gsl_rng_uniform_int(rng, rows->size1), q->d);
    const double value = alignment_after(q, eta, scratch, (double)batch);
    const double from_mean = value - mean; /* Welford's update */
    mean += from_mean / (double)(r + 1);
    squares += from_mean * (value - mean);
  }
  *error = sqrt(squares / (BATCH_REPLICATES - 1.0) / BATCH_REPLICATES);
  return mean;
}

static int write_batches(evidence_context *context, const least_squares *p,
                         const recorded_state *state, double eta) {
  int status = GSL_ENOMEM;
  size_t meet = 0;
  FILE *table = outputs_open(context->files, "batches.tex");
  json_t *list = json_array();
  if (json_object_set_new(context->root, "batches", list) != 0)
    return GSL_ENOMEM;
  quadratic *q = least_squares_state(p, state->w, 0);
  quadratic *averaged = q != NULL ? quadratic_clone(q) : NULL;
  gsl_matrix *rows = curved_gradients(p, state->w);
  double *scratch = calloc(p->spectrum->d, sizeof *scratch);
  const uint32_t seed = random_trial_seed(context->options->seed, "real_data batches", 0);
  gsl_rng *rng = random_alloc(seed);
  if (table == NULL || averaged == NULL || rows == NULL || scratch == NULL || rng == NULL)
    goto cleanup;
  for (size_t batch = 1; batch <= BATCH_MOST; batch *= 2) {
    for (size_t i = 0; i < q->d; i++)
      averaged->v[i] = q->v[i] / (double)batch;
    const double mean_field = one_step_mean_field_alignment(averaged, eta);
    double error = 0.0;
    const double truth = batch <= BATCH_ENUMERATED
                             ? enumerate_batches(q, eta, rows, batch, scratch)
                             : draw_batches(q, eta, rows, batch, rng, scratch, &error);
    if (meet == 0 && fabs(truth - mean_field) <= meeting)
      meet = batch;
    fprintf(table, "%zu & %.4f & %.4f & ", batch, mean_field, truth);
    if (batch <= BATCH_ENUMERATED)
      fputs("exact", table);
    else
      fprintf(table, "%.5f", error);
    fprintf(table, " & \\ensuremath{%.4f} \\\\\n", truth - mean_field);
    json_array_append_new(list, json_pack("{s:I, s:f, s:f, s:f}", "batch", (json_int_t)batch,
                                          "mean_field", mean_field, "true_expectation", truth,
                                          "standard_error", error));
  }
  facts *f = context->facts;
  facts_count(f, state->step, "data/batches_step");
  facts_number(f, state->alpha, 4, "data/batches_alpha");
  facts_number(f, eta * p->spectrum->lambda[0], 4, "data/batches_eta");
  facts_count(f, BATCH_REPLICATES, "data/batches_replicates");
  facts_number(f, meeting, 2, "data/meeting");
  if (meet > 0)
    facts_count(f, meet, "data/meet_batch");
  else
    facts_text(f, "more than 256", "data/meet_batch");
  status = GSL_SUCCESS;

cleanup:
  quadratic_free(q);
  quadratic_free(averaged);
  if (rows != NULL)
    gsl_matrix_free(rows);
  free(scratch);
  if (rng != NULL)
    gsl_rng_free(rng);
  return status;
}

/* --- all ------------------------------------------------------------------------------------ */

/* 1/max |x_j|^2: no single sample's step overshoots its own residual. */
static double safe_step(const least_squares *p) {
  double largest = 0.0;
  for (size_t j = 0; j < p->n; j++) {
    gsl_vector_const_view sample = gsl_matrix_const_row(p->x, j);
    double square;
    gsl_blas_ddot(&sample.vector, &sample.vector, &square);
    largest = fmax(largest, square);
  }
  return 1.0 / largest;
}

static void cite_problem(facts *f, const least_squares *p, double eta) {
  const spectrum *s = p->spectrum;
  facts_count(f, p->n, "data/n");
  facts_count(f, p->columns, "data/columns");
  facts_count(f, s->d, "data/d");
  facts_count(f, s->k, "data/k");
  facts_number(f, s->lambda[0], 4, "data/lambda_1");
  facts_number(f, s->lambda[s->k - 1] / s->lambda[s->k], 4, "data/gap_ratio");
  facts_number(f, s->lambda[0] / s->lambda[s->d - 1], 3, "data/condition");
  facts_number(f, p->ridge, 4, "data/ridge");
  facts_number(f, eta, 4, "data/eta");
  facts_number(f, eta * s->lambda[0] / 2.0, 3, "data/eta_relative");
  facts_count(f, RUN_STEPS, "data/steps");
}

static int write_all(evidence_context *context, const least_squares *p) {
  recorded_state states[RUN_RECORDS_MOST];
  size_t count = 0;
  const double eta = safe_step(p);
  const uint32_t seed = random_trial_seed(context->options->seed, "real_data run", 0);
  cite_problem(context->facts, p, eta);
  int status = run_sgd(p, eta, seed, states, &count);
  if (status == GSL_SUCCESS)
    status = write_states(context, p, states, count);
  if (status == GSL_SUCCESS) {
    const recorded_state *low = &states[choose_low(states, count)];
    const recorded_state *high = &states[choose_high(states, count)];
    status = write_figure(context, p, low, high);
    if (status == GSL_SUCCESS)
      status = write_batches(context, p, &states[count - 1], eta);
  }
  for (size_t i = 0; i < count; i++)
    gsl_vector_free(states[i].w);
  return status;
}

int sections_real_data(evidence_context *context, const char *data_file, diagnostic *diag) {
  gsl_matrix *samples = NULL;
  gsl_vector *labels = NULL;
  least_squares *p = NULL;
  int status = io_samples_read(data_file, &samples, &labels, diag);
  if (status != GSL_SUCCESS)
    return status;
  status = least_squares_from_samples(samples, labels, 0.0, 0, &p, diag);
  if (status != GSL_SUCCESS)
    diagnostic_prefix(diag, data_file);
  if (status == GSL_SUCCESS)
    status = write_all(context, p);
  if (status == GSL_SUCCESS)
    status = sections_noise_data(context, p);
  if (status == GSL_SUCCESS)
    status = sections_projected_data(context, samples, labels, diag);
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
  least_squares_free(p);
  return status;
}
