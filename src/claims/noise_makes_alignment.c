#include "config.h"
#include "claims/noise_makes_alignment.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/two_phases.h"
#include "exact/exact_run.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.d_most = 200,
                             .positive_noise = true,
                             .stable_step = true,
                             .large_start = random_chance(rng, 0.5)};
  return quadratic_generate(rng, &aim, diag);
}

/* The same state without its noise: gradient descent from here on. */
static quadratic *quiet(const quadratic *q) {
  quadratic *descent = quadratic_clone(q);
  if (descent != NULL)
    for (size_t i = 0; i < q->d; i++)
      descent->v[i] = 0.0;
  return descent;
}

/* D_t B_0 rho_{k+1}^t - D_0 B_t rho_+^t, with rho_+ over the whole dominant set: dyadic.  R_t <=
 * R_0 (rho_+/rho_{k+1})^t says that it is not positive. */
static void rate_excess(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument, start = {run->q, 0};
  const quadratic *q = run->q;
  arb_t dominant, bulk, dominant_start, bulk_start, rho, slowest, term;
  arb_struct *const all[] = {dominant, bulk, dominant_start, bulk_start, rho, slowest, term};
  for (size_t n = 0; n < 7; n++)
    arb_init(all[n]);
  exact_run_iterated(dominant, bulk, run, precision);
  exact_run_iterated(dominant_start, bulk_start, &start, precision);
  for (size_t i = 0; i <= q->k; i++) { /* the last one is direction k + 1 */
    arb_set_d(rho, q->eta);
    arb_set_d(term, q->lambda[i]);
    arb_mul(rho, rho, term, precision);
    arb_sub_si(rho, rho, 1, precision);
    arb_sqr(rho, rho, precision);
    if (i < q->k && arb_gt(rho, slowest))
      arb_set(slowest, rho);
  }
  arb_pow_ui(rho, rho, run->t, precision);
  arb_pow_ui(slowest, slowest, run->t, precision);
  arb_mul(dominant, dominant, bulk_start, precision);
  arb_mul(value, dominant, rho, precision);
  arb_mul(bulk, bulk, dominant_start, precision);
  arb_submul(value, bulk, slowest, precision);
  for (size_t n = 0; n < 7; n++)
    arb_clear(all[n]);
}

/* region: conclusions */
static const unsigned long falls_at[] = {0, 1, 2, 5, 10, 30, 100};
static const unsigned long rates_at[] = {1, 2, 5, 10};

/* Gradient descent from the state: the alignment falls at every step that is looked at, certified.
 */
static verdict falls_from(const quadratic *q, claim_note *note) {
  for (size_t n = 0; n < sizeof falls_at / sizeof *falls_at; n++) {
    const exact_run run = {q, falls_at[n]};
    const certified_sign sign = certified_sign_of(exact_run_change, &run);
    if (sign != SIGN_NEGATIVE) {
      claim_note_set(note, "step %lu: the change has sign %s", run.t, certified_sign_name(sign));
      return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
    }
  }
  return VERDICT_HOLDS;
}

static verdict rate_from(const quadratic *q, claim_note *note) {
  for (size_t n = 0; n < sizeof rates_at / sizeof *rates_at; n++) {
    const exact_run run = {q, rates_at[n]};
    const certified_sign sign = certified_sign_of(rate_excess, &run);
    if (sign == SIGN_POSITIVE || sign == SIGN_UNDECIDED) {
      claim_note_set(note, "step %lu: R_t against its bound has sign %s", run.t,
                     certified_sign_name(sign));
      return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
    }
  }
  return VERDICT_HOLDS;
}

static verdict check_falls(const void *instance, claim_note *note) {
  quadratic *descent = quiet(instance);
  const verdict v = descent == NULL ? VERDICT_UNDECIDED : falls_from(descent, note);
  quadratic_free(descent);
  return v;
}

static verdict check_rate(const void *instance, claim_note *note) {
  quadratic *descent = quiet(instance);
  const verdict v = descent == NULL ? VERDICT_UNDECIDED : rate_from(descent, note);
  quadratic_free(descent);
  return v;
}

/* SGD -> GD: the same from the stationary state, and SGD's own limit is above 0, certified. */
static verdict check_switch_off(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const exact_run run = {q, 0};
  if (!(two_phases_limit(q) > 0.0) ||
      certified_sign_of(exact_run_limit_bound, &run) != SIGN_POSITIVE) {
    claim_note_set(note, "SGD tends to %a", two_phases_limit(q));
    return VERDICT_FAILS;
  }
  quadratic *descent = quiet(q);
  if (descent == NULL)
    return VERDICT_UNDECIDED;
  for (size_t i = 0; i < q->d; i++)
    descent->g[i] = sqrt(quadratic_stationary(q, i));
  verdict v = falls_from(descent, note);
  if (v == VERDICT_HOLDS)
    v = rate_from(descent, note);
  quadratic_free(descent);
  return v;
}

/* GD -> SGD near the minimum: g scaled down by 2^-j, j = 0, 20, 40, 60. */
static verdict check_switch_on(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *near = quadratic_clone(q);
  if (near == NULL)
    return VERDICT_UNDECIDED;
  double noise[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++)
    noise[i < q->k] += q->eta * q->lambda[i] * q->eta * q->lambda[i] * q->v[i];
  const double target = noise[1] / (noise[0] + noise[1]);
  verdict v = VERDICT_HOLDS;
  for (int power = 0; power <= 60 && v == VERDICT_HOLDS; power += 20) {
    double kept = 0.0, lost = 0.0;
    for (size_t i = 0; i < q->d; i++) {
      const double move = q->eta * q->lambda[i];
      near->g[i] = ldexp(q->g[i], -power);
      kept += (1.0 - move) * (1.0 - move) * near->g[i] * near->g[i];
      lost += (1.0 + move) * (1.0 + move) * near->g[i] * near->g[i];
    }
    const double distance = fabs(one_step_mean_field_alignment(near, q->eta) - target);
    const double rounding = rounding_gamma(4 * q->d + 32) * (1.0 + lost / (noise[0] + noise[1]));
    if (!(distance <= kept / (noise[0] + noise[1]) + rounding)) {
      claim_note_set(note, "g scaled by 2^-%d: %a away from V_D/(V_D+V_B)", power, distance);
      v = VERDICT_FAILS;
    }
  }
  quadratic_free(near);
  return v;
}
/* end region: conclusions */

static bool is_stable(const void *instance) {
  return exact_run_is_stable(instance);
}

static bool has_dominant_noise(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->k; i++)
    if (q->v[i] > 0.0)
      return true;
  return false;
}

/* A dominant direction with a gradient, and with noise, that one step does not wipe out. */
static bool has_slow_dominant(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->k; i++)
    if (q->g[i] != 0.0 && q->v[i] > 0.0 && fma(q->eta, q->lambda[i], -1.0) != 0.0)
      return true;
  return !has_dominant_noise(instance);
}

static quadratic *pair(double lambda_dominant, double lambda_bulk, double g_bulk, double v_dominant,
                       double eta) {
  return quadratic_literal(2, 1, (const double[]){lambda_dominant, lambda_bulk},
                           (const double[]){1, g_bulk}, (const double[]){v_dominant, 1}, eta);
}

static void *not_the_top(void) {
  return pair(1, 8, 1, 1, 1.0 / 16);
}

static void *no_bulk_gradient(void) {
  return pair(8, 1, 0, 1, 1.0 / 16);
}

static void *step_too_long(void) {
  return pair(8, 1, 1, 1, 0.24);
}

static void *quiet_dominant(void) {
  return pair(8, 1, 1, 0, 1.0 / 16);
}

static void *at_once(void) {
  return pair(8, 1, 1, 1, 1.0 / 8);
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

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "falls_under_gd",
      "$\\lambda=(1,8)$ with the flat direction called dominant, $\\eta=1/16$: gradient descent "
      "aligns.",
      violate_gap}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {no_bulk_gradient, "falls_under_gd",
      "$g=(1,0)$: gradient descent leaves $\\alpha=1$ as it is.", quadratic_violate_interior}},
    {"stable_step",
     "$0<\\eta<2/(\\lambda_1+\\lambda_{k+1})$.",
     is_stable,
     {step_too_long, "falls_under_gd",
      "$\\lambda=(8,1)$, $\\eta=0.24\\in(2/9,2/8)$: the dominant direction is the slower one, and "
      "gradient "
      "descent aligns.",
      quadratic_violate_stable_step}},
    {"dominant_noise",
     "$V_D>0$.",
     has_dominant_noise,
     {quiet_dominant, "falls_after_switch_to_gd",
      "$\\lambda=(8,1)$, $v=(0,1)$: SGD tends to $\\alpha_\\infty=0$ as gradient descent does.",
      quadratic_violate_dominant_noise}},
    {"slow_dominant",
     "Some dominant direction with a gradient and noise has $\\rho_i>0$.",
     has_slow_dominant,
     {at_once, "falls_under_gd",
      "$\\lambda=(8,1)$, $\\eta=1/8$: $\\alpha_1=0$, and $0$ cannot fall further.",
      quadratic_violate_slow_dominant}},
    {0}};

static const conclusion conclusions[] = {
    {"falls_under_gd", "without noise $\\alpha_t$ falls at steps $0$ to $100$, certified",
     check_falls, DECIDED_BY_BOUND, NULL},
    {"rate_under_gd", "$R_t\\le R_0(\\rho_+/\\rho_{k+1})^t$, exactly", check_rate, DECIDED_BY_BOUND,
     NULL},
    {"falls_after_switch_to_gd",
     "SGD tends to $\\alpha_\\infty>0$; from its stationary state gradient descent "
     "brings it down at that rate",
     check_switch_off, DECIDED_BY_BOUND, NULL},
    {"rises_after_switch_to_sgd",
     "$|\\hat\\alpha(\\eta)-V_D/(V_D+V_B)|\\le\\|(I-\\eta A)g\\|^2/"
     "(\\eta^2(V_D+V_B))$",
     check_switch_on, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
                                     {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"alignment below 1e-3", 0.05, quadratic_is_alignment_low},
                                     {"alignment above 0.999", 0.05, quadratic_is_alignment_high},
                                     {0}};

const claim noise_makes_alignment_claim = {
    .id = "T6",
    .stem = "noise_makes_alignment",
    .title = "Noise makes the alignment",
    .statement =
        "With $0<\\eta<2/(\\lambda_1+\\lambda_{k+1})$ gradient descent loses its alignment, "
        "$R_t\\le R_0(\\rho_+/\\rho_{k+1})^t$, from any start; SGD with the same step tends to "
        "$\\alpha_\\infty>0$.",
    .source = "reconstruction: why the alignment is there",
    .figure = NULL,
    .uses = "C1 T4",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 800,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
