/* The figures of one step: where the regimes lie, how the alignment moves, what the two losses do.
 * All on quadratics with one dominant and one bulk eigenvalue, which a reader can redo by hand. */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/loss_split.h"
#include "claims/one_step_moments.h"
#include "claims/opposite_effects.h"
#include "claims/regime_threshold.h"
#include "model/quadratic.h"

/* lambda, v and the square of the gradient, all evenly spread inside each set. */
typedef struct {
  size_t d, k;
  double lambda[2], v[2], square[2]; /* dominant, bulk */
} two_levels;

static quadratic *two_levels_state(const two_levels *levels) {
  quadratic *q = quadratic_alloc(levels->d, levels->k);
  for (size_t i = 0; q != NULL && i < levels->d; i++) {
    const size_t set = i >= levels->k;
    const double share = (double)(set ? levels->d - levels->k : levels->k);
    q->lambda[i] = levels->lambda[set];
    q->v[i] = levels->v[set];
    q->g[i] = sqrt(levels->square[set] / share);
  }
  return q;
}

static int two_levels_moments(const two_levels *levels, one_step_moments *m) {
  quadratic *q = two_levels_state(levels);
  if (q == NULL)
    return GSL_ENOMEM;
  one_step_moments_of(q, m);
  quadratic_free(q);
  return GSL_SUCCESS;
}

/* Steps are shown in units of 2/lambda_1, where the steepest direction stops contracting. */
static double edge_of(const two_levels *levels) {
  return 2.0 / levels->lambda[0];
}

static void write_levels(FILE *data, const two_levels *levels) {
  fprintf(data,
          "# d = %zu, k = %zu, lambda = %g (dominant), %g (bulk), v = %g (dominant), %g (bulk)\n",
          levels->d, levels->k, levels->lambda[0], levels->lambda[1], levels->v[0], levels->v[1]);
}

static void cite_levels(facts *f, const char *figure, const two_levels *levels) {
  facts_count(f, levels->d, "figure/%s/d", figure);
  facts_count(f, levels->k, "figure/%s/k", figure);
  facts_number(f, levels->lambda[0], 6, "figure/%s/lambda_dominant", figure);
  facts_number(f, levels->lambda[1], 6, "figure/%s/lambda_bulk", figure);
  facts_number(f, levels->v[0], 6, "figure/%s/v_dominant", figure);
  facts_number(f, levels->v[1], 6, "figure/%s/v_bulk", figure);
}

/* --- regimes -------------------------------------------------------------------------------- */

/* Noise as strong in the two sets (V_D = V_B), so that the threshold lies well inside (0, 1). */
static const two_levels regime_levels = {
    .d = 20, .k = 2, .lambda = {3.0, 1.0}, .v = {1.0, 1.0}, .square = {2.5, 2.5}};
static const double regime_square = 5.0; /* |g|^2 */

static two_levels regime_state(double alpha) {
  two_levels levels = regime_levels;
  levels.square[0] = alpha * regime_square;
  levels.square[1] = (1.0 - alpha) * regime_square;
  return levels;
}

static int critical_step_at(double alpha, critical_step *out) {
  const two_levels levels = regime_state(alpha);
  one_step_moments m;
  const int status = two_levels_moments(&levels, &m);
  return status == GSL_SUCCESS ? critical_step_of(&m, out) : status;
}

static int write_regime_map(evidence_context *context) {
  enum { POINTS = 600 };
  static const double highest = 8.0; /* of eta*, far above what the figure shows */
  one_step_moments m;
  regime_threshold threshold;
  FILE *data = sections_open_data(context, "regime_map",
                                  "the critical step size against the alignment, at fixed |g|^2");
  if (data == NULL || two_levels_moments(&regime_levels, &m) != GSL_SUCCESS ||
      regime_threshold_of(&m, &threshold) != GSL_SUCCESS)
    return GSL_ENOMEM;
  write_levels(data, &regime_levels);
  fprintf(data, "# |g|^2 = %g\n", regime_square);
  sections_begin_block(data, "marks", "alpha_c [1], eta* at alpha_c/2 [2/lambda_1]");
  critical_step found;
  if (critical_step_at(0.5 * threshold.alpha_c, &found) != GSL_SUCCESS)
    return GSL_ENOMEM;
  const double edge = edge_of(&regime_levels);
  sections_row(data, (const double[]){threshold.alpha_c, found.eta_star / edge}, 2);
  sections_begin_block(data, "curve", "alpha [1], eta* [2/lambda_1]");
  sections_row(data, (const double[]){0.0, 0.0}, 2);
  for (size_t i = 1; i < POINTS; i++) {
    const double alpha = threshold.alpha_c * (double)i / POINTS;
    if (critical_step_at(alpha, &found) != GSL_SUCCESS)
      return GSL_ENOMEM;
    if (found.regime != REGIME_LOW || found.eta_star > highest * edge)
      break;
    sections_row(data, (const double[]){alpha, found.eta_star / edge}, 2);
  }
  facts *f = context->facts;
  cite_levels(f, "regime_map", &regime_levels);
  facts_number(f, regime_square, 6, "figure/regime_map/gradient_square");
  facts_number(f, threshold.alpha_c, 4, "figure/regime_map/alpha_c");
  facts_number(f, m.vd / (m.vd + m.vb), 4, "figure/regime_map/alpha_c_noise_limit");
  return GSL_SUCCESS;
}

/* --- drift ---------------------------------------------------------------------------------- */

static int write_drift(evidence_context *context) {
  enum { POINTS = 400 };
  static const double low = 0.5, high = 0.85, farthest = 2.0;
  const two_levels low_levels = regime_state(low), high_levels = regime_state(high);
  int status = GSL_ENOMEM;
  quadratic *low_state = two_levels_state(&low_levels);
  quadratic *high_state = two_levels_state(&high_levels);
  FILE *data =
      sections_open_data(context, "drift", "the change of the mean-field alignment in one step");
  critical_step found, none;
  if (low_state == NULL || high_state == NULL || data == NULL ||
      critical_step_at(low, &found) != GSL_SUCCESS || critical_step_at(high, &none) != GSL_SUCCESS)
    goto cleanup;
  if (found.regime != REGIME_LOW || none.regime != REGIME_HIGH) {
    status = GSL_ESANITY; /* the two states are chosen to be of the two regimes */
    goto cleanup;
  }
  const double edge = edge_of(&regime_levels);
  write_levels(data, &regime_levels);
  fprintf(data, "# |g|^2 = %g\n", regime_square);
  sections_begin_block(data, "marks", "alpha low [1], alpha high [1], eta* low [2/lambda_1]");
  sections_row(data, (const double[]){low, high, found.eta_star / edge}, 3);
  sections_begin_block(data, "curve",
                       "eta [2/lambda_1], alpha-hat(eta) - alpha: low state [1], high state [1]");
  for (size_t i = 0; i <= POINTS; i++) {
    const double eta = farthest * edge * (double)i / POINTS;
    sections_row(data,
                 (const double[]){eta / edge, one_step_mean_field_alignment(low_state, eta) - low,
                                  one_step_mean_field_alignment(high_state, eta) - high},
                 3);
  }
  facts *f = context->facts;
  facts_number(f, low, 4, "figure/drift/alpha_low");
  facts_number(f, high, 4, "figure/drift/alpha_high");
  facts_number(f, found.eta_star / edge, 4, "figure/drift/eta_star");
  facts_number(f, found.delta, 4, "figure/drift/delta_low");
  facts_number(f, none.delta, 4, "figure/drift/delta_high");
  status = GSL_SUCCESS;

cleanup:
  quadratic_free(low_state);
  quadratic_free(high_state);
  return status;
}

/* --- opposite effects ----------------------------------------------------------------------- */

/* A suspicious state: alignment 10/11, and the dominant part at its stationary level for the step
 * 0.2 * 2/lambda_1 (g_i^2 = eta lambda v/(2 - eta lambda) = v/4), where eta_D therefore lies. */
static const two_levels suspicious_levels = {
    .d = 20, .k = 2, .lambda = {20.0, 20.0 / 300.0}, .v = {1.0, 1.0}, .square = {0.5, 0.05}};

static int write_opposite_effects(evidence_context *context) {
  enum { POINTS = 480 };
  static const double farthest = 1.2;
  one_step_moments m;
  opposite_effects effects;
  FILE *data = sections_open_data(context, "opposite_effects",
                                  "expected one-step changes of the two parts of the loss");
  if (data == NULL || two_levels_moments(&suspicious_levels, &m) != GSL_SUCCESS ||
      opposite_effects_of(&m, &effects) != GSL_SUCCESS)
    return GSL_ENOMEM;
  const double edge = edge_of(&suspicious_levels);
  const double alpha = one_step_moments_alignment(&m);
  write_levels(data, &suspicious_levels);
  sections_begin_block(data, "marks", "alpha [1], eta_D [2/lambda_1], eta_B [2/lambda_1]");
  sections_row(data, (const double[]){alpha, effects.eta_dominant / edge, effects.eta_bulk / edge},
               3);
  sections_begin_block(data, "curve",
                       "eta [2/lambda_1], E[Delta L_D] [v/lambda_D], "
                       "E[Delta L_B] [v/lambda_D]");
  const double unit = suspicious_levels.v[0] / suspicious_levels.lambda[0];
  for (size_t i = 0; i <= POINTS; i++) {
    const double eta = farthest * edge * (double)i / POINTS;
    sections_row(data,
                 (const double[]){eta / edge, loss_split_dominant_change(&m, eta, NULL) / unit,
                                  loss_split_bulk_change(&m, eta, NULL) / unit},
                 3);
  }
  facts *f = context->facts;
  cite_levels(f, "opposite_effects", &suspicious_levels);
  facts_number(f, alpha, 4, "figure/opposite_effects/alpha");
  facts_number(f, effects.eta_dominant / edge, 4, "figure/opposite_effects/eta_dominant");
  facts_number(f, effects.eta_bulk / edge, 4, "figure/opposite_effects/eta_bulk");
  facts_number(f, suspicious_levels.lambda[0] / suspicious_levels.lambda[1], 4,
               "figure/opposite_effects/gap_ratio");
  return GSL_SUCCESS;
}

/* The state above with its bulk eigenvalue moved: when does the interval open? */
static int write_interval_gap(evidence_context *context) {
  enum { POINTS = 200 };
  static const double least = 10.0, most = 1e5;
  two_levels levels = suspicious_levels;
  const double edge = edge_of(&levels);
  one_step_moments m;
  opposite_effects effects;
  FILE *data = sections_open_data(context, "interval_gap",
                                  "the interval of opposite effects against the gap ratio");
  if (data == NULL || two_levels_moments(&levels, &m) != GSL_SUCCESS)
    return GSL_ENOMEM;
  /* Neither tau_B/lambda_B nor B_0 depends on the gap ratio: the sufficient bound is one number.
   * The interval opens where (D_1+tau_D)/D_0 = (B_1+tau_B)/B_0, and the right-hand side is
   * proportional to lambda_B. */
  const double sufficient = opposite_effects_sufficient_gap(&m, levels.lambda[1]);
  const double opening =
      levels.lambda[0] / levels.lambda[1] * ((m.b1 + m.taub) / m.b0) / ((m.d1 + m.taud) / m.d0);
  write_levels(data, &levels);
  fprintf(data, "# but the bulk eigenvalue, which is lambda_D / m\n");
  sections_begin_block(data, "marks", "gap ratio that opens the interval [1], sufficient one [1]");
  sections_row(data, (const double[]){opening, sufficient}, 2);
  sections_begin_block(data, "curve", "gap ratio [1], eta_D [2/lambda_1], eta_B [2/lambda_1]");
  for (size_t i = 0; i <= POINTS; i++) {
    const double ratio = least * pow(most / least, (double)i / POINTS);
    levels.lambda[1] = levels.lambda[0] / ratio;
    if (two_levels_moments(&levels, &m) != GSL_SUCCESS ||
        opposite_effects_of(&m, &effects) != GSL_SUCCESS)
      return GSL_ENOMEM;
    sections_row(data,
                 (const double[]){ratio, effects.eta_dominant / edge, effects.eta_bulk / edge}, 3);
  }
  facts_number(context->facts, opening, 4, "figure/interval_gap/opening");
  facts_number(context->facts, sufficient, 4, "figure/interval_gap/sufficient");
  return GSL_SUCCESS;
}

int sections_one_step(evidence_context *context) {
  int (*const parts[])(evidence_context *) = {write_regime_map, write_drift, write_opposite_effects,
                                              write_interval_gap};
  int status = GSL_SUCCESS;
  for (size_t i = 0; i < sizeof parts / sizeof *parts && status == GSL_SUCCESS; i++)
    status = parts[i](context);
  return status;
}
