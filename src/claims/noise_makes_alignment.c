#include "config.h"
#include "claims/noise_makes_alignment.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include "claims/certify.h"
#include "claims/two_phases.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "laws/alignment_law.h"
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

/* rho_i = (eta lambda_i - 1)^2 */
static void base_of(arb_t rho, const quadratic *q, size_t i, slong precision) {
  arb_t lambda;
  arb_init(lambda);
  arb_set_d(lambda, q->lambda[i]);
  arb_set_d(rho, q->eta);
  arb_mul(rho, rho, lambda, precision);
  arb_sub_si(rho, rho, 1, precision);
  arb_sqr(rho, rho, precision);
  arb_clear(lambda);
}

void noise_makes_alignment_rate_excess(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument, start = {run->q, 0};
  enum { DOMINANT, BULK, RHO, DOMINANT_START, BULK_START, SLOWEST, TEMPORARIES };
  arb_ptr t = _arb_vec_init(TEMPORARIES);
  exact_run_iterated(t + DOMINANT, t + BULK, run, precision);
  exact_run_iterated(t + DOMINANT_START, t + BULK_START, &start, precision);
  for (size_t i = 0; i < run->q->k; i++) {
    base_of(t + RHO, run->q, i, precision);
    arb_max(t + SLOWEST, t + SLOWEST, t + RHO, precision);
  }
  base_of(t + RHO, run->q, run->q->k, precision);
  arb_pow_ui(t + RHO, t + RHO, run->t, precision);
  arb_pow_ui(t + SLOWEST, t + SLOWEST, run->t, precision);
  arb_mul(t + DOMINANT, t + DOMINANT, t + BULK_START, precision);
  arb_mul(value, t + DOMINANT, t + RHO, precision);
  arb_mul(t + BULK, t + BULK, t + DOMINANT_START, precision);
  arb_submul(value, t + BULK, t + SLOWEST, precision);
  _arb_vec_clear(t, TEMPORARIES);
}

void noise_makes_alignment_bulk_order(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  arb_t first, rho;
  arb_init(first);
  arb_init(rho);
  base_of(first, q, q->k, precision);
  arb_zero(value);
  for (size_t j = q->k; j < q->d; j++) {
    base_of(rho, q, j, precision);
    arb_sub(rho, rho, first, precision);
    arb_min(value, value, rho, precision);
  }
  arb_clear(first);
  arb_clear(rho);
}

void noise_makes_alignment_switch_excess(arb_t value, const void *argument, slong precision) {
  const noise_makes_alignment_switch *at = argument;
  const exact_step with = {at->noisy, at->noisy->eta}, without = {at->quiet, at->noisy->eta};
  enum { KD, ND, K, N, TEMPORARIES };
  arb_ptr t = _arb_vec_init(TEMPORARIES);
  exact_step_dominant(t + KD, &without, precision);
  exact_step_bulk(t + K, &without, precision);
  arb_add(t + K, t + K, t + KD, precision);
  exact_step_dominant(t + ND, &with, precision);
  arb_sub(t + ND, t + ND, t + KD, precision);
  noise_makes_alignment_switch_noise(t + N, at, precision);
  arb_mul(t + KD, t + KD, t + N, precision);
  arb_submul(t + KD, t + ND, t + K, precision);
  arb_abs(t + KD, t + KD);
  arb_mul(value, t + K, t + N, precision);
  arb_sub(value, value, t + KD, precision);
  _arb_vec_clear(t, TEMPORARIES);
}

void noise_makes_alignment_switch_noise(arb_t value, const void *argument, slong precision) {
  const noise_makes_alignment_switch *at = argument;
  const exact_step with = {at->noisy, at->noisy->eta}, without = {at->quiet, at->noisy->eta};
  arb_t part;
  arb_init(part);
  exact_step_dominant(value, &with, precision);
  exact_step_bulk(part, &with, precision);
  arb_add(value, value, part, precision);
  exact_step_dominant(part, &without, precision);
  arb_sub(value, value, part, precision);
  exact_step_bulk(part, &without, precision);
  arb_sub(value, value, part, precision);
  arb_clear(part);
}

static bool has_dominant_noise(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->k; i++)
    if (q->v[i] > 0.0)
      return true;
  return false;
}

/* region: conclusions */
static const unsigned long falls_at[] = {0, 1, 2, 5, 10, 30, 100};
static const unsigned long rates_at[] = {1, 2, 5, 10};

/* Gradient descent from the state: the alignment falls at every step that is looked at, certified.
 */
static verdict falls_from(const quadratic *q, claim_note *note) {
  for (size_t n = 0; n < sizeof falls_at / sizeof *falls_at; n++) {
    const exact_run run = {q, falls_at[n]};
    const certificate found = certified_certificate_of(exact_run_change, &run);
    claim_note_bits(note, found.bits);
    if (found.sign != SIGN_NEGATIVE) {
      claim_note_set(note, "step %lu: the change has sign %s at %ld bits", run.t,
                     certified_sign_name(found.sign), (long)found.bits);
      return found.sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
    }
  }
  return VERDICT_HOLDS;
}

static verdict rate_from(const quadratic *q, claim_note *note) {
  for (size_t n = 0; n < sizeof rates_at / sizeof *rates_at; n++) {
    const exact_run run = {q, rates_at[n]};
    const verdict v = certify_sign("R_t against its bound", noise_makes_alignment_rate_excess, &run,
                                   CERTIFY_NOT_POSITIVE, note);
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

/* Without noise D_{t+1} B_t - D_t B_{t+1} is minus the sum over i <= k < j of
 * g_i^2 g_j^2 (rho_j - rho_i) (rho_i rho_j)^t.  With every rho_j above every rho_i, and some pair
 * left after a step, it is negative at all t. */
static verdict falls_for_ever(const quadratic *q, claim_note *note) {
  const exact_step once = {q, q->eta};
  const certify_line lines[] = {
      {"rho_{k+1} less the largest dominant rho_i", exact_run_least_gap, q, CERTIFY_POSITIVE},
      {"|Pg|^2 after a step", exact_step_dominant, &once, CERTIFY_POSITIVE},
      {"|Qg|^2 after a step", exact_step_bulk, &once, CERTIFY_POSITIVE},
      {NULL, NULL, NULL, 0}};
  const verdict v = certify(lines, note);
  /* Without that order a step at which it does not fall may still refute. */
  if (v == VERDICT_HOLDS)
    return v;
  return falls_from(q, note) == VERDICT_FAILS ? VERDICT_FAILS : VERDICT_UNDECIDED;
}

/* rho_i <= rho_+ and rho_j >= rho_{k+1} give the rate at all t, and the gap makes it one.  Without
 * that order a step may still refute it. */
static verdict rate_for_ever(const quadratic *q, claim_note *note) {
  const certify_line lines[] = {
      {"rho_{k+1} less rho_+", exact_run_least_gap, q, CERTIFY_POSITIVE},
      {"the least rho_j - rho_{k+1}", noise_makes_alignment_bulk_order, q, CERTIFY_NOT_NEGATIVE},
      {NULL, NULL, NULL, 0}};
  const verdict order = certify(lines, note), steps = rate_from(q, note);
  return order == VERDICT_HOLDS || steps == VERDICT_FAILS ? steps : VERDICT_UNDECIDED;
}

static verdict check_falls(const void *instance, claim_note *note) {
  quadratic *descent = quiet(instance);
  const verdict v = descent == NULL ? VERDICT_UNDECIDED : falls_for_ever(descent, note);
  quadratic_free(descent);
  return v;
}

static verdict check_sampled(const void *instance, claim_note *note) {
  quadratic *descent = quiet(instance);
  const verdict v = descent == NULL ? VERDICT_UNDECIDED : falls_from(descent, note);
  quadratic_free(descent);
  return v;
}

static verdict check_rate(const void *instance, claim_note *note) {
  quadratic *descent = quiet(instance);
  const verdict v = descent == NULL ? VERDICT_UNDECIDED : rate_for_ever(descent, note);
  quadratic_free(descent);
  return v;
}

/* SGD -> GD: the same from the stationary state, and SGD's own limit is above 0, certified. */
static verdict check_switch_off(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const exact_run run = {q, 0};
  if (q->reading == READING_TRUE_EXPECTATION)
    return VERDICT_VACUOUS;
  if (!has_dominant_noise(q)) {
    claim_note_set(note, "SGD tends to the alignment 0");
    return VERDICT_FAILS;
  }
  const verdict limit = certify_sign("alpha_oo less its bound, which is positive,",
                                     exact_run_limit_bound, &run, CERTIFY_POSITIVE, note);
  if (limit != VERDICT_HOLDS)
    return limit;
  quadratic *descent = quiet(q);
  if (descent == NULL)
    return VERDICT_UNDECIDED;
  for (size_t i = 0; i < q->d; i++)
    descent->g[i] = sqrt(quadratic_stationary(q, i));
  verdict v = falls_for_ever(descent, note);
  if (v == VERDICT_HOLDS)
    v = rate_for_ever(descent, note);
  quadratic_free(descent);
  return v;
}

/* GD -> SGD: the bound at every multiple of g. */
static verdict check_switch_on(const void *instance, claim_note *note) {
  if (!quadratic_is_mean_field(instance))
    return VERDICT_VACUOUS;
  quadratic *descent = quiet(instance);
  if (descent == NULL)
    return VERDICT_UNDECIDED;
  const noise_makes_alignment_switch at = {instance, descent};
  const certify_line lines[] = {
      {"eta^2 (V_D + V_B)", noise_makes_alignment_switch_noise, &at, CERTIFY_POSITIVE},
      {"the bound", noise_makes_alignment_switch_excess, &at, CERTIFY_NOT_NEGATIVE},
      {NULL, NULL, NULL, 0}};
  const verdict v = certify(lines, note);
  quadratic_free(descent);
  return v;
}

/* The alignment after a step of the state's own size, in its reading; GSL_SUCCESS or why not.  In
 * true expectation the noise is Gaussian. */
static int alignment_after_step(const quadratic *q, law_value *out) {
  if (q->reading == READING_MEAN_FIELD) {
    *out = (law_value){one_step_mean_field_alignment(q, q->eta), 0.0};
    return GSL_SUCCESS;
  }
  alignment_law *law = NULL;
  int status = alignment_law_after_step(q, q->eta, &law, NULL);
  if (status == GSL_SUCCESS)
    status = alignment_law_mean(law, out);
  alignment_law_free(law);
  return status;
}

verdict noise_makes_alignment_judge_switch(const quadratic *q, law_value after) {
  double noise[2] = {0.0, 0.0}, kept = 0.0, lost = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const double move = q->eta * q->lambda[i];
    noise[i < q->k] += move * move * q->v[i];
    kept += gsl_pow_2((1.0 - move) * q->g[i]);
    lost += gsl_pow_2((1.0 + move) * q->g[i]);
  }
  const double total = noise[0] + noise[1], distance = fabs(after.val - noise[1] / total);
  const double rounding = rounding_gamma(4 * q->d + 32) * (1.0 + lost / total) + after.err;
  return distance <= kept / total + rounding ? VERDICT_HOLDS : VERDICT_FAILS;
}

/* The same as computed, near the minimum: g scaled down by 2^-j, j = 0, 20, 40, 60. */
static verdict check_computed_switch(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *near = quadratic_clone(q);
  if (near == NULL)
    return VERDICT_UNDECIDED;
  verdict v = VERDICT_HOLDS;
  for (int power = 0; power <= 60 && v == VERDICT_HOLDS; power += 20) {
    for (size_t i = 0; i < q->d; i++)
      near->g[i] = ldexp(q->g[i], -power);
    law_value after;
    v = alignment_after_step(near, &after) == GSL_SUCCESS
            ? noise_makes_alignment_judge_switch(near, after)
            : VERDICT_UNDECIDED;
    if (v == VERDICT_FAILS)
      claim_note_set(note, "g scaled by 2^-%d: %a is too far from V_D/(V_D+V_B)", power, after.val);
  }
  quadratic_free(near);
  return v;
}
/* end region: conclusions */

static bool is_stable(const void *instance) {
  return exact_run_is_stable(instance);
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

static void *true_expectation(void) {
  quadratic *q = pair(10, 1, 1, 1, 1.0 / 20);
  if (q != NULL)
    q->reading = READING_TRUE_EXPECTATION;
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
    {"mean_field",
     "Alignment under noise is read in mean field, as the ratio of expectations.",
     quadratic_is_mean_field,
     {true_expectation, "computed_switch_to_sgd",
      "$\\lambda=(10,1)$, $v=(1,1)$, $\\eta=1/20$, Gaussian noise: near the minimum one step has "
      "the "
      "expected alignment $\\frac{10}{11}$, not $\\frac{100}{101}$.",
      quadratic_violate_reading}},
    {0}};

static const conclusion conclusions[] = {
    {"falls_under_gd",
     "without noise $\\alpha_t$ falls at all $t$: the signs of $\\rho_j-\\rho_i$, $i\\le k<j$, "
     "decide it",
     check_falls, DECIDED_BY_SIGN, NULL},
    {"falls_at_sampled_steps", "the same from the recursion, at seven steps from $0$ to $100$",
     check_sampled, DECIDED_BY_SIGN, NULL},
    {"rate_under_gd", "$R_t\\le R_0(\\rho_+/\\rho_{k+1})^t$ at all $t$", check_rate,
     DECIDED_BY_SIGN, NULL},
    {"falls_after_switch_to_gd",
     "SGD tends to $\\alpha_\\infty>0$; from its stationary state gradient descent "
     "brings it down at all $t$, at that rate",
     check_switch_off, DECIDED_BY_SIGN, NULL},
    {"rises_after_switch_to_sgd",
     "$|\\hat\\alpha(\\eta)-V_D/(V_D+V_B)|\\le\\|(I-\\eta A)g\\|^2/"
     "(\\eta^2(V_D+V_B))$ at every multiple of $g$",
     check_switch_on, DECIDED_BY_SIGN, NULL},
    {"computed_switch_to_sgd",
     "the same as computed, at $g$ scaled down by up to $2^{-60}$; in true expectation by the "
     "exact "
     "Gaussian law",
     check_computed_switch, DECIDED_BY_BOUND, NULL},
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
        "$R_t\\le R_0(\\rho_+/\\rho_{k+1})^t$, from any start; the mean-field alignment of SGD "
        "with the "
        "same step tends to $\\alpha_\\infty>0$.",
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
