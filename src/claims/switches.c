#include "config.h"
#include "claims/switches.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "claims/two_phases.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

static double rho_of(const quadratic *q, size_t i) {
  const double left = 1.0 - q->eta * q->lambda[i];
  return left * left;
}

/* region: bound */
double switches_bound(const quadratic *q, double t) {
  double rest[2] = {0.0, 0.0}, above[2] = {0.0, 0.0}, below[2] = {0.0, 0.0}, slowest = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const double s = quadratic_stationary(q, i), excess = q->g[i] * q->g[i] - s;
    rest[i < q->k] += s;
    above[i < q->k] += fmax(excess, 0.0);
    below[i < q->k] += fmax(-excess, 0.0);
    slowest = fmax(slowest, rho_of(q, i));
  }
  const double total = rest[0] + rest[1], power = pow(slowest, t);
  const double up = rest[0] * above[1] + rest[1] * below[0];
  const double down = rest[0] * below[1] + rest[1] * above[0];
  const double left = total - power * (below[0] + below[1]);
  return left > 0.0 ? power * fmax(up, down) / (total * left) : INFINITY; /* left <= total */
}

/* ln(rho_{k+1}/rho_+), the least over the dominant set, from differences of eigenvalues: 1 + x with
 * x = eta (lambda_i - lambda_{k+1})/(1 - eta lambda_i), INFINITY where rho_i = 0, and beyond eta
 * lambda_i = 1 x = (2 - eta (lambda_i + lambda_{k+1}))/(eta lambda_i - 1). */
static double least_rate(const quadratic *q) {
  double least = INFINITY;
  for (size_t i = 0; i < q->k; i++) {
    const double left = 1.0 - q->eta * q->lambda[i];
    const double x = left >= 0.0 ? q->eta * (q->lambda[i] - q->lambda[q->k]) / left
                                 : (2.0 - q->eta * (q->lambda[i] + q->lambda[q->k])) / -left;
    least = fmin(least, 2.0 * log1p(x));
  }
  return least;
}

double switches_steps(const quadratic *q, double level) {
  double rest[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++)
    rest[i < q->k] += quadratic_stationary(q, i);
  const double rate = least_rate(q);
  const double fall = log(rest[1]) - log(rest[0]) - (log(level) - log1p(-level));
  if (!(rate > 0.0))
    return SWITCHES_NO_STEPS;
  return fall < 0.0 ? 0.0 : floor(fall / rate) + 1.0;
}

double switches_steps_slack(const quadratic *q, double steps) {
  double away = 2.0 - q->eta * (q->lambda[0] + q->lambda[q->k]);
  for (size_t i = 0; i < q->k; i++)
    away = fmin(away, fabs(1.0 - q->eta * q->lambda[i]));
  return 8.0 * ROUNDING_UNIT * (steps * least_rate(q) * (2.0 + 1.0 / away) + (double)q->d + 64.0);
}
/* end region: bound */

/* region: criterion */
/* Nothing that is still to come exceeds the level. */
static bool is_settled(const quadratic *q, double alignment, double limit, double t, double level) {
  const double margin = 1.0 - 1e-12, square = level * level * margin;
  return isnan(limit) ? alignment <= square : limit + switches_bound(q, t) <= square;
}

int switches_criterion(const quadratic *q, double level, double factor, switches_answer *answer,
                       size_t *step) {
  if (!(level > 0.0 && level < 1.0 && factor >= 0.0 && factor < 1.0 && exact_run_is_stable(q)))
    return GSL_EDOM;
  double *square = malloc(q->d * sizeof *square);
  if (square == NULL)
    return GSL_ENOMEM;
  for (size_t i = 0; i < q->d; i++)
    square[i] = q->g[i] * q->g[i];
  const double limit = two_phases_limit(q); /* NaN without noise: gradient descent falls */
  double average = 0.0;
  *answer = SWITCHES_OPEN;
  for (size_t t = 0; t < SWITCHES_STEPS_MOST && *answer == SWITCHES_OPEN; t++) {
    double part[2] = {0.0, 0.0};
    for (size_t i = 0; i < q->d; i++)
      part[i < q->k] += square[i];
    const double alignment = part[1] > 0.0 ? part[1] / (part[0] + part[1]) : 0.0;
    average = factor * average + (1.0 - factor) * sqrt(alignment);
    if (average > level) {
      *answer = SWITCHES_MET;
      *step = t;
    } else if (is_settled(q, alignment, limit, (double)t, level))
      *answer = SWITCHES_NEVER;
    for (size_t i = 0; i < q->d; i++) {
      const double move = q->eta * q->lambda[i];
      square[i] = rho_of(q, i) * square[i] + move * move * q->v[i];
    }
  }
  free(square);
  return GSL_SUCCESS;
}
/* end region: criterion */

/* --- instances ------------------------------------------------------------------------------ */

/* SGD from where gradient descent has gone to, or from anywhere. */
static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.d_most = 60, .positive_noise = true, .stable_step = true};
  quadratic *q = quadratic_generate(rng, &aim, diag);
  if (q == NULL)
    return NULL;
  const size_t shape = random_index(rng, 0, 2);
  const double size = random_log_uniform(rng, 1e-3, 0.9);
  for (size_t i = 0; i < q->d && shape > 0; i++) {
    const double own = shape == 1 ? size : random_log_uniform(rng, 1e-6, 0.99);
    q->g[i] = random_sign(rng) * sqrt(own * quadratic_stationary(q, i));
  }
  return q;
}

/* Gradient descent from SGD's stationary state, rounded: its squares are s_i but for that. */
static quadratic *switched_off(const quadratic *q) {
  quadratic *descent = quadratic_clone(q);
  for (size_t i = 0; descent != NULL && i < q->d; i++) {
    descent->g[i] = sqrt(quadratic_stationary(q, i));
    descent->v[i] = 0.0;
  }
  return descent;
}

/* SGD from the minimum. */
static quadratic *switched_on(const quadratic *q) {
  quadratic *start = quadratic_clone(q);
  for (size_t i = 0; start != NULL && i < q->d; i++)
    start->g[i] = 0.0;
  return start;
}

/* --- SGD -> GD ------------------------------------------------------------------------------ */

static void set_rho(arb_t value, const quadratic *q, size_t i, slong precision) {
  arb_t lambda;
  arb_init(lambda);
  arb_set_d(value, q->eta);
  arb_set_d(lambda, q->lambda[i]);
  arb_mul(value, value, lambda, precision);
  arb_sub_ui(value, value, 1, precision);
  arb_sqr(value, value, precision);
  arb_clear(lambda);
}

static bool is_first_slower(const quadratic *q) {
  return fabs(1.0 - q->eta * q->lambda[0]) >= fabs(1.0 - q->eta * q->lambda[q->k - 1]);
}

/* D and B at 0, t, t+1, t+2; then powers of what multiplies them. */
enum { D0, B0, DT, BT, D1, B1, D2, B2, LARGEST, SMALLEST, FIRST, SLOWEST, OWN_D, OWN_B, RUN };

/* x^t y - z, or its like, is what all lines below are made of. */
static void run_numbers(arb_ptr w, const exact_run *run, slong precision) {
  const quadratic *q = run->q;
  const unsigned long at[] = {0, run->t, run->t + 1, run->t + 2};
  for (int i = 0; i < 4; i++) {
    const exact_run then = {q, at[i]};
    exact_run_iterated(w + 2 * i, w + 2 * i + 1, &then, precision);
  }
  for (size_t i = 0; i < q->k; i++) {
    set_rho(w + FIRST, q, i, precision);
    if (i == 0) {
      arb_set(w + LARGEST, w + FIRST);
      arb_set(w + SMALLEST, w + FIRST);
    } else {
      arb_max(w + LARGEST, w + LARGEST, w + FIRST, precision);
      arb_min(w + SMALLEST, w + SMALLEST, w + FIRST, precision);
    }
  }
  set_rho(w + FIRST, q, q->k, precision);
  set_rho(w + SLOWEST, q, q->d - 1, precision);
  for (int i = LARGEST; i <= SLOWEST; i++)
    arb_pow_ui(w + i, w + i, run->t, precision);
  /* What the slowest direction of each set has: squared times its power. */
  arb_set_d(w + OWN_D, q->g[is_first_slower(q) ? 0 : q->k - 1]);
  arb_sqr(w + OWN_D, w + OWN_D, precision);
  arb_mul(w + OWN_D, w + OWN_D, w + LARGEST, precision);
  arb_set_d(w + OWN_B, q->g[q->d - 1]);
  arb_sqr(w + OWN_B, w + OWN_B, precision);
  arb_mul(w + OWN_B, w + OWN_B, w + SLOWEST, precision);
}

/* a b - c d */
static void cross(arb_t value, const arb_t a, const arb_t b, const arb_t c, const arb_t d,
                  slong precision) {
  arb_mul(value, a, b, precision);
  arb_submul(value, c, d, precision);
}

void switches_off_lines(arb_ptr values, const void *argument, slong precision) {
  arb_ptr w = _arb_vec_init(RUN);
  arb_t term;
  arb_init(term);
  run_numbers(w, argument, precision);
  cross(values, w + D1, w + BT, w + DT, w + B1, precision);
  /* R_t against R_0 (rho_+/rho_{k+1})^t and R_0 (rho_-/rho_d)^t */
  arb_mul(term, w + D0, w + LARGEST, precision);
  arb_mul(values + 1, w + DT, w + FIRST, precision);
  cross(values + 1, values + 1, w + B0, term, w + BT, precision);
  arb_mul(term, w + D0, w + SMALLEST, precision);
  arb_mul(values + 2, w + DT, w + SLOWEST, precision);
  cross(values + 2, values + 2, w + B0, term, w + BT, precision);
  arb_clear(term);
  _arb_vec_clear(w, RUN);
}

void switches_rate_lines(arb_ptr values, const void *argument, slong precision) {
  arb_ptr w = _arb_vec_init(RUN);
  run_numbers(w, argument, precision);
  /* s_+ rho_+^t <= D_t <= D_0 rho_+^t and its like */
  arb_sub(values, w + DT, w + OWN_D, precision);
  arb_mul(values + 1, w + D0, w + LARGEST, precision);
  arb_sub(values + 1, values + 1, w + DT, precision);
  arb_sub(values + 2, w + BT, w + OWN_B, precision);
  arb_mul(values + 3, w + B0, w + SLOWEST, precision);
  arb_sub(values + 3, values + 3, w + BT, precision);
  /* each factor grows: D_{t+2} D_t >= D_{t+1}^2 */
  cross(values + 4, w + D2, w + DT, w + D1, w + D1, precision);
  cross(values + 5, w + B2, w + BT, w + B1, w + B1, precision);
  _arb_vec_clear(w, RUN);
}

/* region: conclusions */
static const unsigned long off_steps[] = {0, 1, 3, 7};

static verdict after_switch_off(const quadratic *q, const certify_entry *entries,
                                certify_vector vector, claim_note *note) {
  quadratic *descent = switched_off(q);
  verdict v = descent == NULL ? VERDICT_UNDECIDED : VERDICT_HOLDS;
  for (size_t i = 0; i < sizeof off_steps / sizeof *off_steps && v == VERDICT_HOLDS; i++) {
    const exact_run run = {descent, off_steps[i]};
    v = certify_together(entries, vector, &run, note);
  }
  quadratic_free(descent);
  return v;
}

static verdict check_falls(const void *instance, claim_note *note) {
  static const certify_entry entries[] = {
      {"the change of the alignment", CERTIFY_NEGATIVE},
      {"R_t less R_0 (rho_+/rho_{k+1})^t", CERTIFY_NOT_POSITIVE},
      {"R_t less R_0 (rho_-/rho_d)^t", CERTIFY_NOT_NEGATIVE},
      {NULL, 0}};
  return after_switch_off(instance, entries, switches_off_lines, note);
}

static verdict check_rate(const void *instance, claim_note *note) {
  static const certify_entry entries[] = {{"D_t less s_+ rho_+^t", CERTIFY_NOT_NEGATIVE},
                                          {"S_D rho_+^t less D_t", CERTIFY_NOT_NEGATIVE},
                                          {"B_t less s_d rho_d^t", CERTIFY_NOT_NEGATIVE},
                                          {"S_B rho_d^t less B_t", CERTIFY_NOT_NEGATIVE},
                                          {"D_{t+2} D_t - D_{t+1}^2", CERTIFY_NOT_NEGATIVE},
                                          {"B_{t+2} B_t - B_{t+1}^2", CERTIFY_NOT_NEGATIVE},
                                          {NULL, 0}};
  return after_switch_off(instance, entries, switches_rate_lines, note);
}

/* From the minimum: the change is negative at every step that is looked at, and the order of the
 * rho_i, all below 1, makes it so at all others. */
static verdict check_overshoots(const void *instance, claim_note *note) {
  static const unsigned long steps[] = {1, 2, 5, 20};
  quadratic *start = switched_on(instance);
  if (start == NULL)
    return VERDICT_UNDECIDED;
  const certify_line order[] = {
      {"the least 1 - rho_i", exact_run_least_shrink, start, CERTIFY_POSITIVE},
      {"the least bulk rho_j less the largest dominant rho_i", exact_run_least_gap, start,
       CERTIFY_POSITIVE},
      {NULL, NULL, NULL, 0}};
  verdict v = VERDICT_HOLDS;
  for (size_t i = 0; i < sizeof steps / sizeof *steps && v == VERDICT_HOLDS; i++) {
    const exact_run run = {start, steps[i]};
    const certify_line lines[] = {
        {"the change of the alignment", exact_run_iterated_change, &run, CERTIFY_NEGATIVE},
        {"alpha_oo less the alignment", exact_run_below_limit, &run, CERTIFY_NEGATIVE},
        {NULL, NULL, NULL, 0}};
    v = certify(lines, note);
  }
  if (v == VERDICT_HOLDS)
    v = certify(order, note);
  quadratic_free(start);
  return v;
}

/* The first step from the minimum: D_1 V_B - B_1 V_D = 0 with V_D, V_B summed by themselves. */
void switches_first_step(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument;
  const quadratic *q = run->q;
  enum { D, B, VD, VB, TERM, SIZE };
  arb_ptr w = _arb_vec_init(SIZE);
  exact_run_iterated(w + D, w + B, run, precision);
  for (size_t i = 0; i < q->d; i++) {
    arb_set_d(w + TERM, q->lambda[i]);
    arb_sqr(w + TERM, w + TERM, precision);
    arb_set_d(value, q->v[i]);
    arb_addmul(w + (i < q->k ? VD : VB), w + TERM, value, precision);
  }
  cross(value, w + D, w + VB, w + B, w + VD, precision);
  _arb_vec_clear(w, SIZE);
}

static verdict check_first_step(const void *instance, claim_note *note) {
  quadratic *start = switched_on(instance);
  if (start == NULL)
    return VERDICT_UNDECIDED;
  const exact_run run = {start, 1};
  const verdict v = certify_sign("the alignment less V_D/(V_D+V_B)", switches_first_step, &run,
                                 CERTIFY_ZERO, note);
  quadratic_free(start);
  return v;
}
/* end region: conclusions */

/* --- GD -> SGD ------------------------------------------------------------------------------- */

/* The two lines that make the bound: rho_d^t A' - (S_B D_t - S_D B_t) with A' = S_B E_D^+ + S_D
 * E_B^-, rho_d^t A + (S_B D_t - S_D B_t) with A = S_B E_D^- + S_D E_B^+, and D_t + B_t - S +
 * rho_d^t E. */
void switches_return_lines(arb_ptr values, const void *argument, slong precision) {
  const exact_run *run = argument;
  const quadratic *q = run->q;
  enum {
    DOMINANT,
    BULK,
    REST,
    ABOVE = REST + 2,
    BELOW = ABOVE + 2,
    POWER = BELOW + 2,
    S,
    TERM,
    SIZE
  };
  arb_ptr w = _arb_vec_init(SIZE); /* REST, ABOVE, BELOW: [0] dominant, [1] bulk */
  exact_run_iterated(w + DOMINANT, w + BULK, run, precision);
  for (size_t i = 0; i < q->d; i++) {
    const int set = i >= q->k;
    arb_set_d(w + TERM, q->eta);
    arb_set_d(w + S, q->lambda[i]);
    arb_mul(w + TERM, w + TERM, w + S, precision); /* eta lambda_i */
    arb_set_d(w + S, q->v[i]);
    arb_mul(w + S, w + S, w + TERM, precision);
    arb_sub_ui(w + TERM, w + TERM, 2, precision);
    arb_neg(w + TERM, w + TERM);
    arb_div(w + S, w + S, w + TERM, precision);
    arb_add(w + REST + set, w + REST + set, w + S, precision);
    arb_set_d(w + TERM, q->g[i]);
    arb_sqr(w + TERM, w + TERM, precision);
    arb_sub(w + TERM, w + TERM, w + S, precision);
    arb_zero(w + S);
    arb_max(w + S, w + S, w + TERM, precision);
    arb_add(w + ABOVE + set, w + ABOVE + set, w + S, precision);
    arb_sub(w + S, w + S, w + TERM, precision); /* x^+ - x = x^- */
    arb_add(w + BELOW + set, w + BELOW + set, w + S, precision);
  }
  set_rho(w + POWER, q, q->d - 1, precision);
  arb_pow_ui(w + POWER, w + POWER, run->t, precision);
  cross(w + S, w + REST + 1, w + DOMINANT, w + REST, w + BULK, precision);
  for (int side = 0; side < 2; side++) {
    arb_ptr dominant = w + (side == 0 ? ABOVE : BELOW), bulk = w + (side == 0 ? BELOW : ABOVE) + 1;
    arb_mul(w + TERM, w + REST + 1, dominant, precision);
    arb_addmul(w + TERM, w + REST, bulk, precision);
    arb_mul(w + TERM, w + TERM, w + POWER, precision);
    if (side == 0)
      arb_sub(values + side, w + TERM, w + S, precision);
    else
      arb_add(values + side, w + TERM, w + S, precision);
  }
  arb_add(w + TERM, w + BELOW, w + BELOW + 1, precision);
  arb_mul(w + TERM, w + TERM, w + POWER, precision);
  arb_add(values + 2, w + DOMINANT, w + BULK, precision);
  arb_add(values + 2, values + 2, w + TERM, precision);
  arb_sub(values + 2, values + 2, w + REST, precision);
  arb_sub(values + 2, values + 2, w + REST + 1, precision);
  _arb_vec_clear(w, SIZE);
}

/* region: returns */
static verdict check_returns(const void *instance, claim_note *note) {
  static const unsigned long steps[] = {1, 2, 5, 20, 100};
  static const certify_entry entries[] = {
      {"the bound above less the excess over alpha_oo", CERTIFY_NOT_NEGATIVE},
      {"the bound below less what is short of alpha_oo", CERTIFY_NOT_NEGATIVE},
      {"D_t + B_t less its bound", CERTIFY_NOT_NEGATIVE},
      {NULL, 0}};
  verdict v = VERDICT_HOLDS;
  for (size_t i = 0; i < sizeof steps / sizeof *steps && v == VERDICT_HOLDS; i++) {
    const exact_run run = {instance, steps[i]};
    v = certify_together(entries, switches_return_lines, &run, note);
  }
  return v;
}

typedef struct {
  exact_run run;
  double level;
} arrival;

/* (1 - level) D_t - level B_t: the sign of alpha_t less the level; level and 1 - level are exact.
 */
static void over_level(arb_t value, const void *argument, slong precision) {
  const arrival *at = argument;
  arb_t bulk, factor;
  arb_init(bulk);
  arb_init(factor);
  exact_run_moments(value, bulk, &at->run, precision);
  arb_set_d(factor, 1.0 - at->level);
  arb_mul(value, value, factor, precision);
  arb_set_d(factor, at->level);
  arb_submul(value, bulk, factor, precision);
  arb_clear(bulk);
  arb_clear(factor);
}

/* ln R_t less ln(level/(1 - level)). */
static void over_target(arb_t value, const void *argument, slong precision) {
  const arrival *at = argument;
  arb_t target;
  arb_init(target);
  arb_set_d(target, at->level / (1.0 - at->level)); /* a power of two, or 1/(2^n - 1) rounded */
  arb_log(target, target, precision);
  exact_run_log_ratio(value, &at->run, precision);
  arb_sub(value, value, target, precision);
  arb_clear(target);
}

/* alpha_t < level after switches_steps: a certified sign.  Where it is not so, rounding may be what
 * the steps are short of. */
static verdict check_steps(const void *instance, claim_note *note) {
  static const double levels[] = {0.5, 0.0625, 0x1p-10};
  const quadratic *q = instance;
  quadratic *descent = switched_off(q);
  verdict v = descent == NULL ? VERDICT_UNDECIDED : VERDICT_VACUOUS;
  for (size_t i = 0; descent != NULL && i < sizeof levels / sizeof *levels; i++) {
    const double steps = switches_steps(q, levels[i]);
    if (!(steps >= 0.0 && steps < 0x1p50))
      continue;
    const arrival at = {{descent, (unsigned long)steps}, levels[i]};
    if (certified_sign_of(over_level, &at) == SIGN_NEGATIVE)
      v = v == VERDICT_VACUOUS ? VERDICT_HOLDS : v;
    else if (!(certified_value_of(over_target, &at) > switches_steps_slack(q, steps)))
      v = VERDICT_UNDECIDED;
    else {
      claim_note_set(note, "after %.0f steps the alignment is not below %a", steps, levels[i]);
      v = VERDICT_FAILS;
      break;
    }
  }
  quadratic_free(descent);
  return v;
}

enum { FOLLOWED = 150 };

verdict switches_follow(const quadratic *q, double level, double factor, size_t last, bool met) {
  enum { DOMINANT, TOTAL, AVERAGE, MOVE, TERM, SQUARES };
  arb_ptr w = _arb_vec_init(SQUARES + (slong)q->d);
  verdict v = VERDICT_HOLDS;
  const slong precision = 256;
  for (size_t i = 0; i < q->d; i++) {
    arb_set_d(w + SQUARES + i, q->g[i]);
    arb_sqr(w + SQUARES + i, w + SQUARES + i, precision);
  }
  for (size_t t = 0; t <= last && v == VERDICT_HOLDS; t++) {
    arb_zero(w + DOMINANT);
    arb_zero(w + TOTAL);
    for (size_t i = 0; i < q->d; i++) {
      if (i < q->k)
        arb_add(w + DOMINANT, w + DOMINANT, w + SQUARES + i, precision);
      arb_add(w + TOTAL, w + TOTAL, w + SQUARES + i, precision);
      /* one step further: (1 - move)^2 E g_i^2 + move^2 v_i */
      arb_set_d(w + MOVE, q->eta);
      arb_set_d(w + TERM, q->lambda[i]);
      arb_mul(w + MOVE, w + MOVE, w + TERM, precision);
      arb_sub_ui(w + TERM, w + MOVE, 1, precision);
      arb_sqr(w + TERM, w + TERM, precision);
      arb_mul(w + SQUARES + i, w + SQUARES + i, w + TERM, precision);
      arb_sqr(w + MOVE, w + MOVE, precision);
      arb_set_d(w + TERM, q->v[i]);
      arb_addmul(w + SQUARES + i, w + MOVE, w + TERM, precision);
    }
    if (!arb_is_zero(w + TOTAL))
      arb_div(w + DOMINANT, w + DOMINANT, w + TOTAL, precision);
    arb_sqrt(w + DOMINANT, w + DOMINANT, precision);
    arb_set_d(w + TERM, factor);
    arb_mul(w + AVERAGE, w + AVERAGE, w + TERM, precision);
    arb_sub_ui(w + TERM, w + TERM, 1, precision);
    arb_submul(w + AVERAGE, w + TERM, w + DOMINANT, precision);
    arb_set_d(w + TERM, level);
    arb_sub(w + TERM, w + AVERAGE, w + TERM, precision);
    const double excess = arf_get_d(arb_midref(w + TERM), ARF_RND_NEAR);
    if (!(fabs(excess) >= 1e-9))
      v = VERDICT_UNDECIDED; /* of the order of what rounding moves over many steps */
    else if ((excess > 0.0) != (met && t == last))
      v = VERDICT_FAILS;
  }
  _arb_vec_clear(w, SQUARES + (slong)q->d);
  return v;
}

static verdict check_criterion(const void *instance, claim_note *note) {
  static const double levels[] = {0.95, 0.5};
  const quadratic *q = instance;
  verdict v = VERDICT_VACUOUS;
  for (size_t i = 0; i < 2 && v != VERDICT_FAILS; i++) {
    switches_answer answer;
    size_t step = 0;
    if (switches_criterion(q, levels[i], 0.9, &answer, &step) != GSL_SUCCESS)
      continue;
    if (answer == SWITCHES_OPEN || (answer == SWITCHES_MET && step > FOLLOWED))
      continue;
    const bool met = answer == SWITCHES_MET;
    v = switches_follow(q, levels[i], 0.9, met ? step : FOLLOWED, met);
    if (v == VERDICT_FAILS)
      claim_note_set(note, "level %g: not %s %zu", levels[i],
                     met ? "met first at step" : "never, up to", met ? step : (size_t)FOLLOWED);
    if (v == VERDICT_UNDECIDED)
      return v;
  }
  return v;
}
/* end region: returns */

/* --- hypotheses ------------------------------------------------------------------------------ */

static bool is_stable(const void *instance) {
  return exact_run_is_stable(instance);
}

static bool has_noise_in_both(const void *instance) {
  const quadratic *q = instance;
  bool found[2] = {false, false};
  for (size_t i = 0; i < q->d; i++)
    found[i < q->k] = found[i < q->k] || q->v[i] > 0.0;
  return found[0] && found[1];
}

/* Vacuous without dominant noise, so that each hypothesis can be dropped alone. */
static bool has_slow_dominant(const void *instance) {
  const quadratic *q = instance;
  bool noisy = false;
  for (size_t i = 0; i < q->k; i++) {
    noisy = noisy || q->v[i] > 0.0;
    if (q->v[i] > 0.0 && fma(q->eta, q->lambda[i], -1.0) != 0.0)
      return true;
  }
  return !noisy;
}

static quadratic *pair(double lambda_dominant, double lambda_bulk, double v_dominant, double eta) {
  return quadratic_literal(2, 1, (const double[]){lambda_dominant, lambda_bulk},
                           (const double[]){0.125, 0.125}, (const double[]){v_dominant, 1}, eta);
}

static void *not_the_top(void) {
  return pair(1, 8, 1, 1.0 / 16);
}

static void *step_too_long(void) {
  return pair(8, 1, 1, 0.24);
}

static void *quiet_dominant(void) {
  return pair(8, 1, 0, 1.0 / 16);
}

static void *at_once(void) {
  return pair(8, 1, 1, 1.0 / 8);
}

/* Stable still. */
static bool violate_gap(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const bool done = quadratic_violate_gap(q, rng);
  double top = 0.0;
  for (size_t i = 0; i < q->d; i++)
    top = fmax(top, q->lambda[i]);
  q->eta = random_uniform(rng, 0.05, 0.95) / top;
  return done;
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "falls_at_its_rate",
      "$\\lambda=(1,8)$ with the flat direction called dominant, $\\eta=\\frac1{16}$: without "
      "noise "
      "the alignment rises.",
      violate_gap}},
    {"stable_step",
     "$0<\\eta<2/(\\lambda_1+\\lambda_{k+1})$.",
     is_stable,
     {step_too_long, "falls_at_its_rate",
      "$\\lambda=(8,1)$, $\\eta=0.24\\in(2/9,2/8)$: the dominant direction is the slower one.",
      quadratic_violate_stable_step}},
    {"noise_in_both",
     "Some $v_i>0$ in the dominant set and some in the bulk.",
     has_noise_in_both,
     {quiet_dominant, "falls_at_its_rate",
      "$\\lambda=(8,1)$, $v=(0,1)$: SGD has no alignment that could be lost.",
      quadratic_violate_noise_in_both}},
    {"slow_dominant",
     "Some dominant direction with noise has $\\rho_i>0$.",
     has_slow_dominant,
     {at_once, "falls_at_its_rate",
      "$\\lambda=(8,1)$, $\\eta=\\frac18$: $\\alpha_1=0$, and $0$ cannot fall further.",
      quadratic_violate_slow_dominant}},
    {0}};

static const conclusion conclusions[] = {
    {"falls_at_its_rate",
     "SGD$\\to$GD: $\\alpha_{t+1}<\\alpha_t$, and $R_0(\\rho_-/\\rho_d)^t\\le R_t\\le "
     "R_0(\\rho_+/\\rho_{k+1})^t$, at $t\\in\\{0,1,3,7\\}$",
     check_falls, DECIDED_BY_SIGN, NULL},
    {"rate_in_the_end",
     "$s_+\\rho_+^t\\le D_t\\le S_D\\rho_+^t$, $s_d\\rho_d^t\\le B_t\\le S_B\\rho_d^t$, and their "
     "factors "
     "rise, at the same $t$",
     check_rate, DECIDED_BY_SIGN, NULL},
    {"first_step_on", "GD$\\to$SGD at the minimum: $\\hat\\alpha_1=V_D/(V_D+V_B)$, exactly",
     check_first_step, DECIDED_BY_SIGN, NULL},
    {"overshoots",
     "from there $\\hat\\alpha_t>\\alpha_\\infty$ falls: at $t\\in\\{1,2,5,20\\}$, and by the "
     "order of "
     "the $\\rho_i$ for ever",
     check_overshoots, DECIDED_BY_SIGN, NULL},
    {"returns_at_its_rate",
     "from the state, $|\\hat\\alpha_t-\\alpha_\\infty|$ is within its bound at "
     "$t\\in\\{1,2,5,20,100\\}$",
     check_returns, DECIDED_BY_SIGN, NULL},
    {"steps_that_suffice",
     "$\\alpha_t$ is below $\\frac12$, $\\frac1{16}$ and $2^{-10}$ after the steps computed",
     check_steps, DECIDED_BY_BOUND, NULL},
    {"criterion",
     "the moving average of $\\hat\\alpha_t^{1/2}$ exceeds $0.95$ (and $\\frac12$) first when "
     "computed, or not",
     check_criterion, DECIDED_BY_BOUND, NULL},
    {0}};

static bool is_inside(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->d; i++)
    if (!(q->g[i] * q->g[i] <= quadratic_stationary(q, i)))
      return false;
  return true;
}

static bool answers(const void *instance, switches_answer wanted) {
  switches_answer answer;
  size_t step;
  return switches_criterion(instance, 0.95, 0.9, &answer, &step) == GSL_SUCCESS && answer == wanted;
}

static bool is_met(const void *instance) {
  return answers(instance, SWITCHES_MET);
}

static bool is_never_met(const void *instance) {
  return answers(instance, SWITCHES_NEVER);
}

static const coverage coverages[] = {{"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"start within the noise", 0.30, is_inside},
                                     {"criterion met", 0.10, is_met},
                                     {"criterion never met", 0.05, is_never_met},
                                     {0}};

const claim switches_claim = {
    .id = "P5",
    .stem = "switches",
    .title = "Switching the noise off and on",
    .statement =
        "From SGD's stationary state gradient descent takes the alignment down at the rate "
        "$\\rho_+/\\rho_d$, between $\\rho_-/\\rho_d$ and $\\rho_+/\\rho_{k+1}$ a step; from the "
        "minimum SGD takes it to $V_D/(V_D+V_B)$ in one step and down to $\\alpha_\\infty$ at the "
        "rate "
        "$\\rho_d$.",
    .source = "arXiv:2405.16002, section A.1, on quadratics",
    .figure = "switches",
    .uses = "T4 T6",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 200,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
