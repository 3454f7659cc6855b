#include "config.h"
#include "claims/scaling_law.h"

#include <math.h>
#include <gsl/gsl_cblas.h>
#include <gsl/gsl_errno.h>
#include "claims/two_phases.h"
#include "exact/exact_run.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

/* --- the constants -------------------------------------------------------------------------- */

/* A natural logarithm with a bound on its absolute error. */
typedef struct {
  double value, error;
} bounded_log;

/* ln rho_i */
static bounded_log log_rho(const quadratic *q, size_t i) {
  bounded_log result;
  result.value = two_phases_log_rho(q, i, &result.error);
  return result;
}

/* ln(g_i^2 - s_i/R^2): the excess over the stationary level in units of R^2. */
static bounded_log log_excess(const quadratic *q, size_t i, double log_r) {
  const double square = q->g[i] * q->g[i];
  const double rest = quadratic_stationary(q, i) * exp(-2.0 * log_r);
  const double excess = square - rest;
  const double rest_error = 8.0 + 2.0 * fabs(log_r) + 4.0 / (2.0 - q->eta * q->lambda[i]);
  const bounded_log result = {log(excess),
                              ROUNDING_UNIT * (4.0 * square + rest_error * rest) / excess +
                                  2.0 * ROUNDING_UNIT * (1.0 + fabs(log(excess)))};
  return result;
}

/* Of directions from <= i < to the one with the largest base; of those that share it, that with the
 * largest gradient.  By the logarithms: next to 1 bases of many curvatures round to one number. */
static size_t slowest(const quadratic *q, size_t from, size_t to) {
  size_t found = from;
  for (size_t i = from + 1; i < to; i++) {
    const double here = log_rho(q, i).value, best = log_rho(q, found).value;
    if (here > best || (here == best && fabs(q->g[i]) > fabs(q->g[found])))
      found = i;
  }
  return found;
}

/* ln(e^a + e^b) */
static double log_sum(double a, double b) {
  const double most = fmax(a, b), least = fmin(a, b);
  return most + log1p(exp(least - most));
}

int scaling_law_of(const quadratic *q, scaling_law *out) {
  if (!exact_run_is_stable(q))
    return GSL_EDOM;
  const bounded_log dominant = log_rho(q, slowest(q, 0, q->k)), bulk = log_rho(q, q->d - 1);
  if (!isfinite(dominant.value))
    return GSL_EDOM;
  out->rho_dominant = exp(dominant.value);
  out->rho_bulk = exp(bulk.value);
  out->kappa = bulk.value / dominant.value;
  out->depth_slope = -2.0 * (1.0 - out->kappa);
  out->turn_slope = -2.0 / dominant.value;
  return GSL_SUCCESS;
}

/* region: bounds */
void scaling_law_bounds_of(const quadratic *q, double log_r, scaling_law_bounds *out) {
  const size_t plus = slowest(q, 0, q->k), last = slowest(q, q->k, q->d);
  const bounded_log rho_plus = log_rho(q, plus), rho_last = log_rho(q, last);
  const bounded_log c_plus = log_excess(q, plus, log_r), c_last = log_excess(q, last, log_r);
  const int k = (int)q->k, others = (int)(q->d - q->k);
  double rest[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++)
    rest[i < q->k] += quadratic_stationary(q, i);
  const double log_start_dominant = log(cblas_ddot(k, q->g, 1, q->g, 1));
  const double log_start_bulk = log(cblas_ddot(others, q->g + k, 1, q->g + k, 1));
  const double log_rest_dominant = log(rest[1]), log_rest_bulk = log(rest[0]);

  const double pace = -rho_plus.value; /* ln 1/rho_+ */
  const double kappa = rho_last.value / rho_plus.value, growth = 2.0 * (1.0 - kappa) * log_r;
  const double pace_error = rho_plus.error / pace; /* relative, as the next */
  const double kappa_error =
      kappa * (pace_error + rho_last.error / -rho_last.value + 2.0 * ROUNDING_UNIT);
  const double eta = q->eta, top = q->lambda[q->k];
  const double edge = 2.0 - eta * (q->lambda[plus] + top);
  const double rounding = /* of every logarithm of a sum */
      rounding_gamma(2 * q->d + 64) *
      (1.0 + 4.0 / edge + 4.0 / (2.0 - eta * q->lambda[0]) + fabs(log_start_bulk) +
       fabs(log_start_dominant) + fabs(log_rest_bulk) + fabs(log_rest_dominant));

  out->log_lower =
      -log_sum(log_rest_bulk - log_rest_dominant,
               growth + log_start_bulk - (1.0 - kappa) * log_rest_dominant - kappa * c_plus.value);
  out->log_upper =
      log_sum(log_rest_dominant, log_start_dominant) - c_last.value - rho_last.value - growth;
  out->log_slack = kappa_error * (2.0 * log_r + fabs(log_rest_dominant) + fabs(c_plus.value)) +
                   c_plus.error + c_last.error + rho_last.error + rounding +
                   8.0 * ROUNDING_UNIT * growth;

  const double relative = pace_error + 4.0 * ROUNDING_UNIT;
  const double log_y1 = log_rest_dominant + log(eta * top * (2.0 - eta * top)) - c_plus.value -
                        log(eta * (q->lambda[plus] - top) * edge);
  out->lower = (2.0 * log_r - log_y1) / pace;
  out->lower_slack = (c_plus.error + rounding) / pace + fabs(out->lower) * relative;

  const double move = eta * q->lambda[last];
  const double log_y2 = log(0.5 * move * (2.0 - move)) + log_rest_dominant - log_start_dominant;
  out->upper = (2.0 * log_r - log_y2) / pace;
  out->upper_slack = rounding / pace + out->upper * relative;
  out->condition = c_last.value + growth + rho_last.value + kappa * log_y2 - log_rest_bulk;
  out->condition_slack =
      c_last.error + rho_last.error + kappa_error * (2.0 * log_r + fabs(log_y2)) + rounding;
}
/* end region: bounds */

void scaling_law_depth_bounds(const quadratic *q, double log_r, double *log_lower,
                              double *log_upper) {
  scaling_law_bounds b;
  scaling_law_bounds_of(q, log_r, &b);
  *log_lower = b.log_lower - b.log_slack;
  *log_upper = b.log_upper + b.log_slack;
}

void scaling_law_turn_bounds(const quadratic *q, double log_r, double *lower, double *upper) {
  scaling_law_bounds b;
  scaling_law_bounds_of(q, log_r, &b);
  *lower = fmax(b.lower - b.lower_slack, 0.0);
  *upper = b.condition >= b.condition_slack ? ceil(b.upper + b.upper_slack) : INFINITY;
}

/* --- the claim ------------------------------------------------------------------------------ */

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.d_most = 500,
                             .gap_excess = 1e-6,
                             .condition = random_chance(rng, 0.5) ? 1e4 : 1e12,
                             .positive_noise = true,
                             .positive_gradient = true,
                             .two_level = random_chance(rng, 0.4),
                             .stable_step = true,
                             .large_start = true};
  return quadratic_generate(rng, &aim, diag);
}

static const int scales[] = {0, 3, 10, 30, 60}; /* of R = 2^scale */
enum { SCALE_COUNT = sizeof scales / sizeof *scales };

/* The start R g with its turn, when the turn can be found and certified. */
static verdict scaled_run(const quadratic *q, int scale, quadratic **run, double *turn) {
  *run = quadratic_clone(q);
  if (*run == NULL)
    return VERDICT_UNDECIDED;
  cblas_dscal((int)q->d, ldexp(1.0, scale), (*run)->g, 1);
  *turn = two_phases_turn(*run);
  if (*turn == TWO_PHASES_NO_TURN)
    return two_phases_rises_in_the_end(*run) ? VERDICT_UNDECIDED : VERDICT_FAILS;
  return two_phases_turn_is_certain(*run, *turn) ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

/* region: conclusions */
/* ln min_t D_t/B_t, from ball arithmetic at the turn, lies between the two bounds at every R. */
verdict scaling_law_judge_depth(const quadratic *q, const quadratic *bounds_of, claim_note *note) {
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < SCALE_COUNT && v == VERDICT_HOLDS; n++) {
    quadratic *run;
    double turn, lower, upper;
    v = scaled_run(q, scales[n], &run, &turn);
    if (v == VERDICT_HOLDS) {
      const exact_run at = {run, (unsigned long)turn};
      const double depth = certified_value_of(exact_run_log_ratio, &at);
      scaling_law_depth_bounds(bounds_of, scales[n] * M_LN2, &lower, &upper);
      if (!(depth >= lower && depth <= upper)) {
        claim_note_set(note, "R = 2^%d: ln min D/B = %a is not in [%a, %a]", scales[n], depth,
                       lower, upper);
        v = VERDICT_FAILS;
      }
    }
    quadratic_free(run);
  }
  return v;
}

static verdict check_depth(const void *instance, claim_note *note) {
  return scaling_law_judge_depth(instance, instance, note);
}

/* And at the largest R there is a first phase. */
verdict scaling_law_judge_turn(const quadratic *q, const quadratic *bounds_of, claim_note *note) {
  verdict v = VERDICT_HOLDS;
  double turn = 0.0;
  for (size_t n = 0; n < SCALE_COUNT && v == VERDICT_HOLDS; n++) {
    quadratic *run;
    double lower, upper;
    v = scaled_run(q, scales[n], &run, &turn);
    quadratic_free(run);
    scaling_law_turn_bounds(bounds_of, scales[n] * M_LN2, &lower, &upper);
    if (v == VERDICT_HOLDS && !(turn >= lower && turn <= upper)) {
      claim_note_set(note, "R = 2^%d: t_1 = %.0f is not in [%a, %a]", scales[n], turn, lower,
                     upper);
      v = VERDICT_FAILS;
    }
  }
  if (v == VERDICT_HOLDS && turn == 0.0) {
    claim_note_set(note, "no first phase from any start");
    v = VERDICT_FAILS;
  }
  return v;
}

static verdict check_turn(const void *instance, claim_note *note) {
  return scaling_law_judge_turn(instance, instance, note);
}

/* The slopes themselves: between two starts the change of ln min D/B (of t_1) differs from the
 * predicted one by at most the widths of the two bands. */
verdict scaling_law_judge_slopes(const quadratic *q, const quadratic *slopes_of, claim_note *note) {
  scaling_law law;
  if (scaling_law_of(slopes_of, &law) != GSL_SUCCESS) {
    claim_note_set(note, "rho_+ = 0: there is no slope");
    return VERDICT_FAILS;
  }
  static const int ends[] = {60, 120};
  double depth[2], turn[2], width = 0.0, turn_width = 0.0;
  for (int n = 0; n < 2; n++) {
    quadratic *run;
    const verdict v = scaled_run(q, ends[n], &run, &turn[n]);
    if (v == VERDICT_HOLDS) {
      const exact_run at = {run, (unsigned long)turn[n]};
      depth[n] = certified_value_of(exact_run_log_ratio, &at);
    }
    quadratic_free(run);
    if (v != VERDICT_HOLDS)
      return v;
    double lower, upper;
    scaling_law_depth_bounds(q, ends[n] * M_LN2, &lower, &upper);
    width = fmax(width, upper - lower);
    scaling_law_turn_bounds(q, ends[n] * M_LN2, &lower, &upper);
    turn_width = fmax(turn_width, upper - lower);
  }
  const double distance = (ends[1] - ends[0]) * M_LN2;
  if (fabs(depth[1] - depth[0] - law.depth_slope * distance) > width) {
    claim_note_set(note, "depth changes by %a, slope says %a", depth[1] - depth[0],
                   law.depth_slope * distance);
    return VERDICT_FAILS;
  }
  if (fabs(turn[1] - turn[0] - law.turn_slope * distance) > turn_width) {
    claim_note_set(note, "the turn moves by %a, slope says %a", turn[1] - turn[0],
                   law.turn_slope * distance);
    return VERDICT_FAILS;
  }
  /* A band as wide as the change itself says nothing. */
  return width < 0.5 * fabs(law.depth_slope * distance) ? VERDICT_HOLDS : VERDICT_VACUOUS;
}

static verdict check_slopes(const void *instance, claim_note *note) {
  return scaling_law_judge_slopes(instance, instance, note);
}
/* end region: conclusions */

static bool meets_two_phases(const void *instance) {
  two_phases_hypotheses h;
  two_phases_check(instance, &h);
  return h.stable && h.large_start && h.positive_noise &&
         ((const quadratic *)instance)->switch_step == 0;
}

static bool has_slow_dominant(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->k; i++)
    if (fma(q->eta, q->lambda[i], -1.0) != 0.0)
      return true;
  return false;
}

static bool is_two_level(const void *instance) {
  const quadratic *q = instance;
  return q->lambda[0] == q->lambda[q->k - 1] && q->lambda[q->k] == q->lambda[q->d - 1];
}

static void *not_the_top(void) {
  return quadratic_literal(2, 1, (const double[]){1, 8}, (const double[]){20, 20},
                           (const double[]){1, 1}, 1.0 / 16);
}

/* The dominant noise is missing, hence S_D = 0: nothing stops the fall. */
static void *quiet_dominant(void) {
  return quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){20, 20},
                           (const double[]){0, 1}, 1.0 / 16);
}

static void *dominant_at_once(void) {
  return quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){20, 20},
                           (const double[]){1, 1}, 1.0 / 8);
}

/* Any of the hypotheses of T4. */
static bool violate_two_phases(void *instance, gsl_rng *rng) {
  switch (random_index(rng, 0, 3)) {
  case 0:
    return quadratic_violate_stable_step(instance, rng);
  case 1:
    return quadratic_violate_large_start(instance, rng);
  case 2:
    return quadratic_violate_positive_noise(instance, rng);
  default:
    return quadratic_violate_constant_step(instance, rng);
  }
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "turn_between_bounds",
      "$\\lambda=(1,8)$ with the flat direction called dominant, $\\eta=1/16$: the alignment rises "
      "first, there is no $t_1$ to be late.",
      quadratic_violate_gap_of_run}},
    {"two_phases",
     "The hypotheses of T4.",
     meets_two_phases,
     {quiet_dominant, "turn_between_bounds",
      "$\\lambda=(8,1)$, $v=(0,1)$, $\\eta=1/16$: no noise in the dominant set, $S_D=0$, and the "
      "alignment never turns.",
      violate_two_phases}},
    {"slow_dominant",
     "$\\rho_+=\\max_{i\\le k}\\rho_i>0$.",
     has_slow_dominant,
     {dominant_at_once, "slopes",
      "$\\lambda=(8,1)$, $\\eta=1/8$: the dominant direction reaches rest in one step, $t_1\\le1$ "
      "for "
      "every $R$, and $\\ln(1/\\rho_+)=\\infty$.",
      quadratic_violate_slow_dominant}},
    {0}};

static const conclusion conclusions[] = {
    {"depth_between_bounds",
     "$\\min_tD_t/B_t$ lies between the two proven multiples of "
     "$R^{-2(1-\\kappa)}$, $R=2^0,\\dots,2^{60}$",
     check_depth, DECIDED_BY_BOUND, NULL},
    {"turn_between_bounds",
     "$t_1$ lies between the two proven bounds around $2\\ln R/\\ln(1/\\rho_+)$", check_turn,
     DECIDED_BY_BOUND, NULL},
    {"slopes",
     "from $R=2^{60}$ to $2^{120}$ both change by their slope, within the widths of the bands",
     check_slopes, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"two levels", 0.20, is_two_level},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
                                     {"condition above 1e9", 0.03, quadratic_is_condition_extreme},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"more than 100 directions", 0.01, quadratic_is_large},
                                     {"anisotropic noise", 0.10, quadratic_is_anisotropic},
                                     {0}};

const claim scaling_law_claim = {
    .id = "S1",
    .stem = "scaling_law",
    .title = "How deep and how late the turn is",
    .statement = "As the start grows, $\\min_t\\hat\\alpha_t$ falls like $R^{-2(1-\\kappa)}$ and "
                 "$t_1$ grows "
                 "like $2\\ln R/\\ln(1/\\rho_+)$, $\\kappa=\\ln\\rho_d/\\ln\\rho_+$, between "
                 "explicit bounds "
                 "at every $R$.",
    .source = "reconstruction: large initialization, made quantitative",
    .figure = "scaling_law",
    .uses = "T4",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 600,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
