#include "config.h"
#include "claims/two_phases.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "exact/exact_run.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

/* --- the mean dynamics ---------------------------------------------------------------------- */

/* ln rho_i = 2 ln|1 - eta lambda_i|, -INFINITY at eta lambda_i = 1.  *error (may be NULL):
 * absolute. */
static double log_rho(const quadratic *q, size_t i, double *error) {
  const double move = q->eta * q->lambda[i];
  const double value = 2.0 * (move < 1.0 ? log1p(-move) : log(move - 1.0));
  if (error != NULL)
    *error = ROUNDING_UNIT * (4.0 * fabs(value) + 4.0 * move / fabs(1.0 - move));
  return value;
}

/* region: closed_form */
double two_phases_square(const quadratic *q, size_t i, double t, double *error) {
  double log_error;
  const double log_base = log_rho(q, i, &log_error);
  const double exponent = t > 0.0 ? t * log_base : 0.0; /* 0 * -INFINITY is no number */
  const double decay = exp(exponent), rise = -expm1(exponent);
  const double start = q->g[i] * q->g[i], rest = quadratic_stationary(q, i);
  if (error != NULL) {
    const double move = q->eta * q->lambda[i];
    const double in_decay = decay > 0.0 ? decay * (t * log_error + 8.0 * ROUNDING_UNIT) : 0.0;
    *error =
        start * in_decay + rest * (in_decay + rise * (12.0 + 4.0 / (2.0 - move)) * ROUNDING_UNIT);
  }
  return start * decay + rest * rise;
}
/* end region: closed_form */

quadratic *two_phases_state(const quadratic *q, double t) {
  quadratic *state = quadratic_clone(q);
  if (state != NULL)
    for (size_t i = 0; i < q->d; i++)
      state->g[i] = sqrt(two_phases_square(q, i, t, NULL));
  return state;
}

double two_phases_alignment(const quadratic *q, double t) {
  double part[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++)
    part[i < q->k] += two_phases_square(q, i, t, NULL);
  return part[1] / (part[0] + part[1]);
}

double two_phases_limit(const quadratic *q) {
  double part[2] = {0.0, 0.0};
  if (!(q->eta > 0.0 && q->eta * q->lambda[0] < 2.0))
    return NAN;
  for (size_t i = 0; i < q->d; i++)
    part[i < q->k] += quadratic_stationary(q, i);
  return part[0] + part[1] > 0.0 ? part[1] / (part[0] + part[1]) : NAN;
}

void two_phases_check(const quadratic *q, two_phases_hypotheses *out) {
  out->stable = exact_run_is_stable(q);
  out->large_start = exact_run_has_large_start(q);
  out->positive_noise = true;
  for (size_t i = 0; i < q->d; i++)
    out->positive_noise = out->positive_noise && q->v[i] > 0.0;
}

/* --- the turn ------------------------------------------------------------------------------- */

/* A sum of non-negative terms with a bound on its error. */
typedef struct {
  double value, error;
} bounded_sum;

static void add_term(bounded_sum *sum, double factor, double factor_error, double decay,
                     double decay_error) {
  sum->value += factor * decay;
  sum->error += factor_error * decay + (factor + factor_error) * decay_error;
}

/* region: turn */
/* (D_{t+1} B_t - D_t B_{t+1}) / rho_d^t as an exponential sum (theory: the proof of (a)), with c_i
 * = g_i^2 - s_i and rho_d the largest bulk base.  All four products are of non-negative sums; the
 * differences of bases are factored, so that nothing cancels but c_i itself. */
static double scaled_difference(const quadratic *q, double t, double *error) {
  const double eta = q->eta, top = q->lambda[q->k]; /* the sharpest bulk direction, k + 1 */
  double slowest_error;
  const double slowest = log_rho(q, q->d - 1, &slowest_error);
  double rest_dominant = 0.0, rest_bulk = 0.0;
  bounded_sum shrink_dominant = {0}, shrink_bulk = {0}; /* sums of c (1 - rho) r^t */
  bounded_sum apart_dominant = {0}, apart_bulk = {0};   /* of c |rho - rho_{k+1}| rho^t (r^t) */
  bounded_sum start_dominant = {0}, start_bulk = {0};   /* of c rho^t, and of c r^t in the bulk */
  for (size_t i = 0; i < q->d; i++) {
    const double lambda = q->lambda[i], move = eta * lambda;
    const double rest = quadratic_stationary(q, i), square = q->g[i] * q->g[i];
    const double excess = fmax(square - rest, 0.0);
    const double excess_error = 8.0 * ROUNDING_UNIT * (square + rest * (1.0 + 1.0 / (2.0 - move)));
    double log_error;
    const double log_base = log_rho(q, i, &log_error);
    const double ratio = t > 0.0 ? exp(t * (log_base - slowest)) : 1.0;
    const double ratio_error =
        ratio > 0.0 ? ratio * (t * (log_error + slowest_error) + 8.0 * ROUNDING_UNIT) : 0.0;
    const double shrink = move * (2.0 - move); /* 1 - rho */
    const double gap = i < q->k ? eta * (lambda - top) * (2.0 - eta * (lambda + top))
                                : eta * (top - lambda) * (2.0 - eta * (top + lambda));
    if (i < q->k) {
      const double decay = t > 0.0 ? exp(t * log_base) : 1.0;
      const double decay_error = decay > 0.0 ? decay * (t * log_error + 8.0 * ROUNDING_UNIT) : 0.0;
      rest_dominant += rest;
      add_term(&shrink_dominant, excess * shrink, excess_error * shrink, ratio, ratio_error);
      add_term(&start_dominant, excess, excess_error, decay, decay_error);
      add_term(&apart_dominant, excess * gap, excess_error * gap, decay, decay_error);
    } else {
      rest_bulk += rest;
      add_term(&shrink_bulk, excess * shrink, excess_error * shrink, ratio, ratio_error);
      add_term(&start_bulk, excess, excess_error, ratio, ratio_error);
      add_term(&apart_bulk, excess * gap, excess_error * gap, ratio, ratio_error);
    }
  }
  const double rise = rest_dominant * shrink_bulk.value;
  const double fall = rest_bulk * shrink_dominant.value + start_dominant.value * apart_bulk.value +
                      apart_dominant.value * start_bulk.value;
  if (error != NULL) {
    const double edge = fabs(2.0 - eta * (q->lambda[0] + top));
    *error = rest_dominant * shrink_bulk.error + rest_bulk * shrink_dominant.error +
             start_dominant.value * apart_bulk.error + start_dominant.error * apart_bulk.value +
             apart_dominant.value * start_bulk.error + apart_dominant.error * start_bulk.value +
             rounding_gamma(2 * q->d + 32) * (rise + fall) * (1.0 + 2.0 / edge);
  }
  return rise - fall;
}

double two_phases_turn(const quadratic *q) {
  if (scaled_difference(q, 0.0, NULL) >= 0.0)
    return 0.0;
  if (!two_phases_rises_in_the_end(q))
    return TWO_PHASES_NO_TURN;
  double falling = 0.0, rising = 1.0;
  while (scaled_difference(q, rising, NULL) < 0.0) {
    falling = rising;
    rising *= 2.0;
    if (rising > 0x1p52)
      return TWO_PHASES_NO_TURN;
  }
  while (rising - falling > 1.0) {
    const double middle = floor(0.5 * (falling + rising));
    if (scaled_difference(q, middle, NULL) < 0.0)
      falling = middle;
    else
      rising = middle;
  }
  return rising;
}
/* end region: turn */

bool two_phases_turn_is_certain(const quadratic *q, double turn) {
  double error;
  if (turn > 0.0 && fabs(scaled_difference(q, turn - 1.0, &error)) <= error)
    return false;
  return fabs(scaled_difference(q, turn, &error)) > error;
}

double two_phases_start_threshold(const quadratic *q) {
  one_step_moments m;
  one_step_moments_of(q, &m);
  const double noise = m.vd / m.d0 - m.vb / m.b0;
  if (noise <= 0.0)
    return 0.0;
  return sqrt(q->eta * noise / (2.0 * m.mean_gap - q->eta * m.square_gap));
}

bool two_phases_rises_in_the_end(const quadratic *q) {
  double rest_dominant = 0.0;
  for (size_t i = 0; i < q->k; i++)
    rest_dominant += quadratic_stationary(q, i);
  const double last = q->g[q->d - 1];
  return rest_dominant > 0.0 && last * last > quadratic_stationary(q, q->d - 1);
}

/* --- the claim ------------------------------------------------------------------------------ */

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.d_most = 500,
                             .gap_excess = 1e-9,
                             .positive_noise = true,
                             .positive_gradient = true,
                             .stable_step = true,
                             .large_start = true};
  return quadratic_generate(rng, &aim, diag);
}

enum { TIMES_MOST = 80 };

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The first steps, the neighbourhood of the computed turn, and a geometric series around it, as far
 * as rho_d^t is at least 2^-2000 or the turn needs: sorted, each once. */
static size_t sample_times(const quadratic *q, double turn, double times[TIMES_MOST]) {
  const double slowest = log_rho(q, q->d - 1, NULL);
  const double latest = fmin(0x1p48, fmax(1400.0 / fabs(slowest), 4.0 * (turn + 64.0)));
  const int first = q->d <= 8 ? 24 : 5;
  double all[TIMES_MOST];
  size_t count = 0;
  for (int t = 0; t < first; t++)
    all[count++] = t;
  if (turn >= 0.0) {
    for (int around = -3; around <= 3; around++)
      all[count++] = turn + around;
    for (double t = fmax(turn, 8.0) / 64.0; count < TIMES_MOST - 30 && t < 64.0 * (turn + 64.0);
         t *= 4.0)
      all[count++] = floor(t);
  }
  for (double t = 32.0; t < latest && count < TIMES_MOST; t *= 16.0)
    all[count++] = floor(t);
  qsort(all, count, sizeof *all, ascending);
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (all[i] >= 0.0 && all[i] <= latest && (kept == 0 || all[i] > times[kept - 1]))
      times[kept++] = all[i];
  return kept;
}

/* From the definition as long as rho_d^t is above 2^-1000, by the exponential sum beyond. */
static certified_sign change_sign(const quadratic *q, double t) {
  const exact_run run = {q, (unsigned long)t};
  const bool near = t * fabs(log_rho(q, q->d - 1, NULL)) < 700.0;
  return certified_sign_of(near || q->switch_step > 0 ? exact_run_change : exact_run_scaled_change,
                           &run);
}

/* region: conclusions */
/* (a) the certified signs of alpha_{t+1} - alpha_t run -...-, at most one 0, +...+, and do rise. */
static verdict check_one_turn(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  double times[TIMES_MOST];
  const size_t count = sample_times(q, two_phases_turn(q), times);
  bool tie = false, rising = false;
  for (size_t n = 0; n < count; n++) {
    const certified_sign sign = change_sign(q, times[n]);
    if (sign == SIGN_UNDECIDED)
      return VERDICT_UNDECIDED;
    if ((sign == SIGN_NEGATIVE && (rising || tie)) || (sign == SIGN_ZERO && (rising || tie))) {
      claim_note_set(note, "the alignment turns again: sign %s at step %.0f",
                     certified_sign_name(sign), times[n]);
      return VERDICT_FAILS;
    }
    tie = tie || sign == SIGN_ZERO;
    rising = rising || sign == SIGN_POSITIVE;
  }
  if (!rising) {
    claim_note_set(note, "the alignment does not rise up to step %.0f", times[count - 1]);
    const double turn = two_phases_turn(q);
    const bool later = turn == TWO_PHASES_NO_TURN || turn > times[count - 1];
    return later && two_phases_rises_in_the_end(q) ? VERDICT_UNDECIDED : VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}

/* The computed t_1 is the first step that does not fall, certified on both sides. */
static verdict check_turn(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const double turn = two_phases_turn(q);
  if (turn == TWO_PHASES_NO_TURN)
    return two_phases_rises_in_the_end(q) ? VERDICT_UNDECIDED : VERDICT_FAILS;
  const certified_sign before = turn == 0.0 ? SIGN_NEGATIVE : change_sign(q, turn - 1.0);
  const certified_sign at = change_sign(q, turn);
  if (before == SIGN_NEGATIVE && (at == SIGN_ZERO || at == SIGN_POSITIVE))
    return VERDICT_HOLDS;
  if (before == SIGN_UNDECIDED || at == SIGN_UNDECIDED)
    return VERDICT_UNDECIDED; /* rho_d^t is below what 8192 bits resolve */
  claim_note_set(note, "not a turn: step %.0f, signs %s and %s", turn, certified_sign_name(before),
                 certified_sign_name(at));
  return two_phases_turn_is_certain(q, turn) ? VERDICT_FAILS : VERDICT_UNDECIDED;
}

/* (b) it falls first exactly when eta < eta*_0, and always from a start beyond R_0. */
static verdict check_first_phase(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  if (critical_step_of(&m, &found) != GSL_SUCCESS)
    return VERDICT_FAILS;
  const certified_sign first = change_sign(q, 0.0);
  bool known = found.regime != REGIME_UNDECIDED;
  if (found.regime == REGIME_LOW)
    known = fabs(q->eta - found.eta_star) > found.eta_star_error;
  const bool below = found.regime == REGIME_HIGH || q->eta < found.eta_star;
  if (known && (first == SIGN_NEGATIVE) != below) {
    claim_note_set(note, "eta = %a, eta*_0 = %a, but the first change has sign %s", q->eta,
                   found.eta_star, certified_sign_name(first));
    return VERDICT_FAILS;
  }
  quadratic *far = quadratic_clone(q);
  if (far == NULL)
    return VERDICT_UNDECIDED;
  const double scale = 2.0 * fmax(1.0, two_phases_start_threshold(q));
  for (size_t i = 0; i < q->d; i++)
    far->g[i] *= scale;
  const certified_sign far_first = change_sign(far, 0.0);
  quadratic_free(far);
  if (far_first != SIGN_NEGATIVE) {
    claim_note_set(note, "from %a times the start the first change has sign %s", scale,
                   certified_sign_name(far_first));
    return VERDICT_FAILS;
  }
  return known ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

/* (c) never above the limit once it has turned, and at the limit in the end: from step T on, where
 * rho_d^T makes it so, the distance of the log odds is below 1e-12 and rounding. */
static verdict check_limit(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const double turn = two_phases_turn(q);
  if (turn == TWO_PHASES_NO_TURN)
    return two_phases_rises_in_the_end(q) ? VERDICT_UNDECIDED : VERDICT_FAILS;
  if (!two_phases_turn_is_certain(q, turn))
    return VERDICT_UNDECIDED; /* "after the turn" is not known to the step */
  double times[TIMES_MOST];
  const size_t count = sample_times(q, turn, times);
  for (size_t n = 0; n < count; n++) {
    /* Where rho_d^t is below 2^-2000 the distance is as small, and no ball from the definition
     * tells. */
    if (times[n] < turn || times[n] * fabs(log_rho(q, q->d - 1, NULL)) > 1400.0)
      continue;
    const exact_run run = {q, (unsigned long)times[n]};
    const certified_sign sign = certified_sign_of(exact_run_below_limit, &run);
    if (sign != SIGN_POSITIVE) {
      claim_note_set(note, "step %.0f: not below the limit (sign %s)", times[n],
                     certified_sign_name(sign));
      return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
    }
  }
  double start[2] = {0.0, 0.0}, rest[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++) {
    start[i < q->k] += q->g[i] * q->g[i];
    rest[i < q->k] += quadratic_stationary(q, i);
  }
  const double excess = start[0] / rest[0] + start[1] / rest[1];
  const double late = ceil(log(1e-12 / excess) / log_rho(q, q->d - 1, NULL));
  const double odds = two_phases_alignment(q, late) / two_phases_limit(q);
  const double rounding =
      rounding_gamma(4 * q->d + 64) * (1.0 + 2.0 / (2.0 - q->eta * q->lambda[0]));
  if (!(fabs(odds - 1.0) <= 1e-12 + rounding)) {
    claim_note_set(note, "step %.0f: alignment over its limit is %a", late, odds);
    return VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}

/* (d) */
static verdict check_bound(const void *instance, claim_note *note) {
  const exact_run run = {instance, 0};
  const certified_sign sign = certified_sign_of(exact_run_limit_bound, &run);
  if (sign == SIGN_POSITIVE)
    return VERDICT_HOLDS;
  claim_note_set(note, "alpha_oo is not above its bound (sign %s)", certified_sign_name(sign));
  return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
}

/* The regime of the mean dynamics and, in the low one, eta*_t, with the error of its state put
 * through: of Delta too, whose sign a gap of a few ulps does not tell. */
static regime critical_step_at(const quadratic *q, double t, critical_step *found) {
  quadratic *state = two_phases_state(q, t);
  if (state == NULL)
    return REGIME_UNDECIDED;
  double worst = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    double error;
    const double square = two_phases_square(q, i, t, &error);
    worst = fmax(worst, error / square);
  }
  one_step_moments m;
  one_step_moments_of(state, &m);
  regime side = REGIME_UNDECIDED;
  if (critical_step_of(&m, found) == GSL_SUCCESS) {
    const double terms = m.square_gap + m.vd / m.d0 + m.vb / m.b0;
    if (fabs(found->delta) > found->delta_error + 2.0 * worst * terms)
      side = found->regime;
    if (side == REGIME_LOW)
      found->eta_star_error += 2.0 * worst * found->eta_star * (1.0 + terms / found->delta);
  }
  quadratic_free(state);
  return side;
}

/* (e) the critical step of the mean dynamics is above eta while it falls, below while it rises, and
 * at rest it is eta. */
static verdict check_crossing(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  double times[TIMES_MOST];
  const size_t count = sample_times(q, two_phases_turn(q), times);
  size_t decided = 0;
  for (size_t n = 0; n < count; n++) {
    critical_step found;
    const regime side = critical_step_at(q, times[n], &found);
    const bool low = side == REGIME_LOW;
    if (side == REGIME_UNDECIDED)
      continue;
    if (low && fabs(found.eta_star - q->eta) <= found.eta_star_error)
      continue;
    const certified_sign sign = change_sign(q, times[n]);
    const bool above = !low || found.eta_star > q->eta;
    if ((sign == SIGN_NEGATIVE) != above) {
      claim_note_set(note, "step %.0f: eta*_t = %a, eta = %a, but the change has sign %s", times[n],
                     low ? found.eta_star : INFINITY, q->eta, certified_sign_name(sign));
      return VERDICT_FAILS;
    }
    decided++;
  }
  critical_step rest;
  const regime at_rest = critical_step_at(q, 0x1p60, &rest);
  if (at_rest == REGIME_UNDECIDED)
    return VERDICT_UNDECIDED;
  if (at_rest != REGIME_LOW ||
      fabs(rest.eta_star - q->eta) > rest.eta_star_error + 4.0 * ROUNDING_UNIT * q->eta) {
    claim_note_set(note, "at rest the critical step is %a, not eta = %a", rest.eta_star, q->eta);
    return VERDICT_FAILS;
  }
  return decided > 0 ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

/* The closed form, in doubles, against the recursion iterated step by step in ball arithmetic. */
static verdict check_recursion(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  static const unsigned long steps[] = {1, 2, 7, 40};
  for (size_t n = 0; n < sizeof steps / sizeof *steps; n++) {
    const exact_run run = {q, steps[n]};
    const double truth[2] = {certified_value_of(exact_run_iterated_bulk, &run),
                             certified_value_of(exact_run_iterated_dominant, &run)};
    double value[2] = {0.0, 0.0}, error[2] = {0.0, 0.0};
    for (size_t i = 0; i < q->d; i++) {
      double one;
      value[i < q->k] += two_phases_square(q, i, (double)steps[n], &one);
      error[i < q->k] += one;
    }
    for (int side = 0; side < 2; side++)
      if (!(fabs(value[side] - truth[side]) <=
            error[side] + rounding_gamma(q->d + 2) * truth[side])) {
        claim_note_set(note, "step %lu: %a, iterated %a", steps[n], value[side], truth[side]);
        return VERDICT_FAILS;
      }
  }
  return VERDICT_HOLDS;
}
/* end region: conclusions */

static bool is_noise_positive(const void *instance) {
  two_phases_hypotheses h;
  two_phases_check(instance, &h);
  return h.positive_noise;
}

static bool is_stable(const void *instance) {
  return exact_run_is_stable(instance);
}

static bool is_start_large(const void *instance) {
  return exact_run_has_large_start(instance);
}

static bool is_step_constant(const void *instance) {
  return ((const quadratic *)instance)->switch_step == 0;
}

static bool has_no_first_phase(const void *instance) {
  return two_phases_turn(instance) == 0.0;
}

static bool turns_soon(const void *instance) {
  const double turn = two_phases_turn(instance);
  return turn >= 1.0 && turn <= 100.0;
}

static bool turns_late(const void *instance) {
  return two_phases_turn(instance) > 100.0;
}

static quadratic *run_of(double lambda_dominant, double lambda_bulk, double g_bulk,
                         double v_dominant, double eta) {
  return quadratic_literal(2, 1, (const double[]){lambda_dominant, lambda_bulk},
                           (const double[]){20, g_bulk}, (const double[]){v_dominant, 1}, eta);
}

static void *not_the_top(void) {
  return run_of(1, 10, 20, 1, 1.0 / 20);
}

static void *step_near_instability(void) {
  return run_of(10, 1, 20, 1, 19.0 / 100);
}

static void *small_start(void) {
  return run_of(10, 1, 0.1, 1, 1.0 / 20);
}

static void *quiet_dominant(void) {
  return run_of(10, 1, 20, 0, 1.0 / 20);
}

static void *quiet_bulk(void) {
  quadratic *q = run_of(10, 1, 20, 1, 1.0 / 20);
  if (q != NULL)
    q->v[1] = 0.0;
  return q;
}

static void *step_falls(void) {
  quadratic *q = run_of(10, 1, 20, 1, 1.0 / 20);
  if (q != NULL) {
    q->switch_step = 20;
    q->eta_late = 1.0 / 100;
  }
  return q;
}

/* Stable still, and from a large start. */
static bool violate_gap(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const bool done = quadratic_violate_gap(q, rng);
  double top = 0.0;
  for (size_t i = 0; i < q->d; i++)
    top = fmax(top, q->lambda[i]);
  q->eta = random_uniform(rng, 0.05, 0.95) / top;
  quadratic_make_start_large(q, rng);
  return done;
}

/* The two ways of missing noise, each false where it is the case. */
static bool is_dominant_not_quiet(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->d; i++)
    if ((q->v[i] == 0.0) != (i < q->k))
      return true;
  return false;
}

static bool is_bulk_not_quiet(const void *instance) {
  const quadratic *q = instance;
  bool quiet = false;
  for (size_t i = 0; i < q->d; i++) {
    if (i < q->k && q->v[i] == 0.0)
      return true;
    quiet = quiet || q->v[i] == 0.0;
  }
  return !quiet;
}

/* No noise in one bulk direction, or in all of them. */
static bool violate_bulk_noise(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const size_t pick = random_index(rng, q->k, q->d - 1);
  const bool all = random_chance(rng, 0.5);
  for (size_t i = q->k; i < q->d; i++)
    if (all || i == pick)
      q->v[i] = 0.0;
  return true;
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "at_most_one_turn",
      "$\\lambda=(1,10)$ with the flat direction called dominant, $g=(20,20)$, $v=(1,1)$, "
      "$\\eta=1/20$: the alignment rises for seven steps and then falls for ever.",
      violate_gap}},
    {"stable_step",
     "$0<\\eta<2/(\\lambda_1+\\lambda_{k+1})$.",
     is_stable,
     {step_near_instability, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(1,1)$, $\\eta=0.19\\in(2/11,2/10)$: the dominant "
      "direction is "
      "the slower one, and the alignment rises first and then falls.",
      quadratic_violate_stable_step}},
    {"large_start",
     "$g_i(0)^2>s_i$ for every $i$.",
     is_start_large,
     {small_start, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,1/10)$, $v=(1,1)$, $\\eta=1/20$: the bulk starts below its "
      "stationary "
      "level $1/39$, and the alignment falls to its limit from above, without a turn.",
      quadratic_violate_large_start}},
    {"positive_noise",
     "$v_i>0$ for every $i$.",
     is_noise_positive,
     {quiet_dominant, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(0,1)$, $\\eta=1/20$: $\\alpha_\\infty=0$, and the "
      "alignment "
      "never rises.",
      NULL}},
    {"constant_step",
     "The step size is the same at every step.",
     is_step_constant,
     {step_falls, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(1,1)$, $\\eta=1/20$ for twenty steps and $1/100$ from "
      "then "
      "on: falling, rising, falling again, rising again.",
      quadratic_violate_constant_step}},
    {0}};

static const conclusion conclusions[] = {
    {"at_most_one_turn",
     "(a) the certified signs of $\\hat\\alpha_{t+1}-\\hat\\alpha_t$ are "
     "$-\\cdots-(0)+\\cdots+$",
     check_one_turn, DECIDED_BY_BOUND, NULL},
    {"turn_is_where_computed", "the computed $t_1$ is the first step that does not fall, certified",
     check_turn, DECIDED_BY_BOUND, NULL},
    {"first_phase_below_critical_step",
     "(b) it falls first exactly when $\\eta<\\eta^*_0$, and from "
     "every start beyond $R_0$",
     check_first_phase, DECIDED_BY_BOUND, NULL},
    {"limit_from_below", "(c) after the turn $\\hat\\alpha_t<\\alpha_\\infty$, and it gets there",
     check_limit, DECIDED_BY_BOUND, NULL},
    {"limit_bound", "(d) $\\alpha_\\infty/(1-\\alpha_\\infty)>m\\sum_{i\\le k}v_i/\\sum_{i>k}v_i$",
     check_bound, DECIDED_BY_BOUND, NULL},
    {"critical_step_crosses",
     "(e) $\\eta<\\eta^*_t$ while it falls, $\\eta>\\eta^*_t$ while it rises, "
     "$\\eta^*=\\eta$ at rest",
     check_crossing, DECIDED_BY_BOUND, NULL},
    {"closed_form_is_recursion", "the closed form of $q_i(t)$ is the recursion, iterated",
     check_recursion, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"no first phase", 0.05, has_no_first_phase},
                                     {"turn within 100 steps", 0.10, turns_soon},
                                     {"turn after 100 steps", 0.10, turns_late},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
                                     {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"more than 100 directions", 0.01, quadratic_is_large},
                                     {"anisotropic noise", 0.10, quadratic_is_anisotropic},
                                     {0}};

static const further_ablation further[] = {
    {"positive_noise",
     "dominant",
     "$v_i>0$ for some $i\\le k$.",
     is_dominant_not_quiet,
     NULL,
     {quiet_dominant, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(0,1)$, $\\eta=1/20$: $\\alpha_\\infty=0$, and the "
      "alignment never rises.",
      quadratic_violate_dominant_noise}},
    {"positive_noise",
     "bulk",
     "$v_i>0$ for every $i>k$.",
     is_bulk_not_quiet,
     NULL,
     {quiet_bulk, "limit_bound",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(1,0)$, $\\eta=1/20$: $\\alpha_\\infty=1$, and both "
      "sides of (d) are infinite. Nothing else is lost: (a) to (c) and their proofs need noise in "
      "the dominant set and $g_i(0)^2>s_i$, no noise in the bulk.",
      violate_bulk_noise}},
    {0}};

const claim two_phases_claim = {
    .id = "T4",
    .stem = "two_phases",
    .title = "Two phases at a constant step",
    .statement =
        "From a large start at a constant step $0<\\eta<2/(\\lambda_1+\\lambda_{k+1})$ the "
        "mean-field alignment $\\hat\\alpha_t$ turns at most once, from falling to rising, and "
        "tends from below to $\\alpha_\\infty=\\sum_{i\\le k}s_i/\\sum_i s_i$.",
    .source = "abstract of arXiv:2601.11789: two-phase behaviour from a large initialization",
    .figure = "two_phases",
    .uses = "T1",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 600,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .further = further,
    .is_defined = quadratic_has_gradient,
};
