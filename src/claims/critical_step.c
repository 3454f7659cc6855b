#include "config.h"
#include "claims/critical_step.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "exact/exact_step.h"
#include "exact/relative_change.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/rounding.h"

/* region: eval */
int critical_step_of(const one_step_moments *m, critical_step *out) {
  if (!(m->d0 > 0.0 && m->b0 > 0.0))
    return GSL_EDOM;
  const double dominant_noise = m->vd / m->d0, bulk_noise = m->vb / m->b0;
  out->delta = m->square_gap + dominant_noise - bulk_noise;
  out->delta_error =
      (2.0 * m->error + rounding_gamma(4)) * (fabs(m->square_gap) + dominant_noise + bulk_noise);
  out->eta_star = NAN;
  out->eta_star_error = NAN;
  if (out->delta > out->delta_error) {
    out->regime = REGIME_LOW;
    out->eta_star = 2.0 * m->mean_gap / out->delta;
    const double delta_relative = out->delta_error / (out->delta - out->delta_error);
    out->eta_star_error = fabs(out->eta_star) * (m->error + delta_relative + rounding_gamma(4));
  } else if (out->delta < -out->delta_error)
    out->regime = REGIME_HIGH;
  else
    out->regime = REGIME_UNDECIDED;
  return GSL_SUCCESS;
}
/* end region: eval */

/* --- hypotheses ----------------------------------------------------------------------------- */

static certified_sign delta_sign(const quadratic *q) {
  const exact_step step = {q, 0.0};
  return certified_sign_of(exact_step_delta, &step);
}

bool critical_step_is_low(const void *instance) {
  return delta_sign(instance) == SIGN_POSITIVE;
}

bool critical_step_is_high(const void *instance) {
  const certified_sign sign = delta_sign(instance);
  return sign == SIGN_NEGATIVE || sign == SIGN_ZERO;
}

bool critical_step_is_near_threshold(const void *instance) {
  one_step_moments m;
  one_step_moments_of(instance, &m);
  return fabs(m.square_gap + m.vd / m.d0 - m.vb / m.b0) <
         1e-3 * (m.square_gap + m.vd / m.d0 + m.vb / m.b0);
}

/* --- conclusions ---------------------------------------------------------------------------- */

/* The critical step of the instance; VERDICT_HOLDS when there is one that is good to 1e-3. */
static verdict find(const quadratic *q, critical_step *found, claim_note *note) {
  one_step_moments m;
  one_step_moments_of(q, &m);
  if (critical_step_of(&m, found) != GSL_SUCCESS) {
    claim_note_set(note, "the alignment is 0 or 1: it has no step to turn at");
    return VERDICT_FAILS;
  }
  if (found->regime == REGIME_HIGH) {
    claim_note_set(note, "Delta = %a < 0: no critical step", found->delta);
    return VERDICT_FAILS;
  }
  if (found->regime == REGIME_UNDECIDED || found->eta_star_error > 1e-3 * fabs(found->eta_star)) {
    claim_note_set(note, "Delta = %a is inside its bound %.2e", found->delta, found->delta_error);
    return VERDICT_UNDECIDED;
  }
  if (!(found->eta_star > 0.0)) {
    claim_note_set(note, "eta* = %a is not positive", found->eta_star);
    return VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}

/* The certified sign of (alignment after - alignment before) at eta is the one expected. */
static verdict expect(const quadratic *q, double eta, certified_sign expected, claim_note *note) {
  const exact_step step = {q, eta};
  const certified_sign sign = exact_step_alignment_sign(&step);
  if (sign == expected)
    return VERDICT_HOLDS;
  claim_note_set(note, "eta = %a: the change of alignment has sign %s, not %s", eta,
                 certified_sign_name(sign), certified_sign_name(expected));
  return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
}

/* region: conclusions */
static verdict expect_at_factors(const quadratic *q, const double *factor, size_t count,
                                 certified_sign expected, claim_note *note) {
  critical_step found;
  verdict v = find(q, &found, note);
  for (size_t i = 0; i < count && v == VERDICT_HOLDS; i++)
    v = expect(q, factor[i] * found.eta_star, expected, note);
  return v;
}

enum { FACTOR_COUNT = 5 };
static const double falls_at[FACTOR_COUNT] = {0x1p-20, 0.25, 0.5, 0.9, 0.998};
static const double rises_at[FACTOR_COUNT] = {1.002, 1.1, 2.0, 4.0, 0x1p20};

static verdict check_falls_below(const void *instance, claim_note *note) {
  return expect_at_factors(instance, falls_at, FACTOR_COUNT, SIGN_NEGATIVE, note);
}

static verdict check_rises_above(const void *instance, claim_note *note) {
  return expect_at_factors(instance, rises_at, FACTOR_COUNT, SIGN_POSITIVE, note);
}

/* The sharpest form: the sign turns between eta* - error and eta* + error, a few ulps apart. */
static verdict check_turns_within_error(const void *instance, claim_note *note) {
  critical_step found;
  verdict v = find(instance, &found, note);
  if (v == VERDICT_HOLDS)
    v = expect(instance, nextafter(found.eta_star - found.eta_star_error, 0.0), SIGN_NEGATIVE,
               note);
  if (v == VERDICT_HOLDS)
    v = expect(instance, nextafter(found.eta_star + found.eta_star_error, INFINITY), SIGN_POSITIVE,
               note);
  return v;
}
/* end region: conclusions */

/* --- margins -------------------------------------------------------------------------------- */

/* The least of `sign` times the relative change of alignment at the factors of eta*. */
static double least_change(const quadratic *q, const double *factor, double sign) {
  critical_step found;
  claim_note note;
  if (find(q, &found, &note) != VERDICT_HOLDS)
    return NAN;
  double least = INFINITY;
  for (size_t i = 0; i < FACTOR_COUNT; i++) {
    const exact_step step = {q, factor[i] * found.eta_star};
    least = fmin(least, sign * relative_change_of_alignment(&step));
  }
  return least;
}

static double falls_margin(const void *instance) {
  return least_change(instance, falls_at, -1.0);
}

static double rises_margin(const void *instance) {
  return least_change(instance, rises_at, 1.0);
}

/* --- ablations ------------------------------------------------------------------------------ */

static void *not_the_top(void) {
  return quadratic_pair(1, 10, 1, 1, 400, 1);
}

static void *biased(void) {
  return quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1), 0, -2.0);
}

static void *no_dominant_gradient(void) {
  return quadratic_pair(10, 1, 0, 1, 1, 1);
}

static void *high_regime(void) {
  return quadratic_pair(10, 1, 1, 1, 1, 1000);
}

static void *true_expectation(void) {
  quadratic *q = quadratic_pair(10, 1, 2, 1, 1, 1);
  if (q != NULL)
    q->reading = READING_TRUE_EXPECTATION;
  return q;
}

static bool violate_order(void *instance, gsl_rng *rng) {
  const bool done = quadratic_violate_order(instance, rng);
  quadratic_make_low(instance, rng);
  return done;
}

static bool violate_tie(void *instance, gsl_rng *rng) {
  const bool done = quadratic_violate_tie(instance, rng);
  quadratic_make_low(instance, rng);
  return done;
}

static bool violate_interior(void *instance, gsl_rng *rng) {
  (void)rng;
  quadratic *q = instance;
  for (size_t i = 0; i < q->k; i++)
    q->g[i] = 0.0;
  return true;
}

static bool violate_reading(void *instance, gsl_rng *rng) {
  const bool done = quadratic_violate_reading(instance, rng);
  quadratic_make_low(instance, rng);
  return done;
}

static void *tied(void) {
  return quadratic_pair(1, 1, 1, 1, 2, 1);
}

/* With alpha = 0 the sign of Delta D_0 B_0 is that of V_D B_0: positive as soon as there is noise.
 */
static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "falls_below_critical_step",
      "$\\lambda=(1,10)$ with the flat direction called dominant, $g=(1,1)$, $v=(400,1)$: "
      "$\\Delta=201>0$ but $\\bar\\lambda_D-\\bar\\lambda_B=-9$, so $\\eta^*<0$ and the alignment "
      "rises at every step size.",
      NULL}},
    {"unbiased",
     "The noise has mean zero.",
     quadratic_is_unbiased,
     {biased, "falls_below_critical_step",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1)$ and $\\mathbb{E}\\,\\xi=(-2,0)$: the mean update "
      "climbs the dominant direction, and the alignment rises at arbitrarily small steps.",
      quadratic_violate_unbiased}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {no_dominant_gradient, "falls_below_critical_step",
      "$\\lambda=(10,1)$, $g=(0,1)$, $v=(1,1)$: $\\alpha=0$ cannot fall, and noise makes it rise "
      "at "
      "every step size.",
      violate_interior}},
    {"low_regime",
     "$\\Delta>0$.",
     critical_step_is_low,
     {high_regime, "rises_above_critical_step",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1000)$: $\\Delta=200-1001<0$ and no step size lets the "
      "alignment rise (that is T2).",
      quadratic_violate_low_regime}},
    {"mean_field",
     "Alignment after the step is read in mean field, as $\\hat\\alpha(\\eta)$.",
     quadratic_is_mean_field,
     {true_expectation, "turns_within_error",
      "$\\lambda=(10,1)$, $g=(2,1)$ and $\\xi_i=\\pm1$ with fair independent signs: the exact mean "
      "of "
      "the alignment over the four outcomes does not turn at $\\eta^*=6/41$.",
      violate_reading}},
    {0}};

static const conclusion conclusions[] = {
    {"falls_below_critical_step",
     "$\\hat\\alpha(\\eta)<\\alpha$ at $\\eta=c\\,\\eta^*$, "
     "$c\\in\\{2^{-20, DECIDED_BY_BOUND, NULL},0.25,0.5,0.9,0.998\\}$",
     check_falls_below, DECIDED_BY_BOUND, falls_margin},
    {"rises_above_critical_step",
     "$\\hat\\alpha(\\eta)>\\alpha$ at $\\eta=c\\,\\eta^*$, "
     "$c\\in\\{1.002,1.1,2,4,2^{20}\\}$",
     check_rises_above, DECIDED_BY_BOUND, rises_margin},
    {"turns_within_error", "the sign turns inside the error bound of the computed $\\eta^*$",
     check_turns_within_error, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {
    {"near the threshold", 0.10, critical_step_is_near_threshold},
    {"condition below 1e3", 0.05, quadratic_is_condition_low},
    {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
    {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
    {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
    {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
    {"one dominant direction", 0.05, quadratic_is_one_dominant},
    {"one bulk direction", 0.05, quadratic_is_one_bulk},
    {"more than 100 directions", 0.01, quadratic_is_large},
    {"anisotropic noise", 0.10, quadratic_is_anisotropic},
    {"gradient far below noise", 0.05, quadratic_is_gradient_small},
    {"gradient far above noise", 0.05, quadratic_is_gradient_large},
    {"alignment below 1e-3", 0.02, quadratic_is_alignment_low},
    {"alignment between", 0.10, quadratic_is_alignment_middle},
    {"alignment above 0.999", 0.05, quadratic_is_alignment_high},
    {0}};

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.regime = AIM_LOW_REGIME};
  return quadratic_generate(rng, &aim, diag);
}

static const further_ablation further[] = {
    {"gap",
     "order",
     NULL,
     quadratic_is_in_order,
     NULL,
     {not_the_top, "falls_below_critical_step", "The dominant set is not the top $k$.",
      violate_order}},
    {"gap",
     "tie",
     NULL,
     quadratic_is_not_tied,
     NULL,
     {tied, "falls_below_critical_step",
      "$\\lambda=(1,1)$, $g=(1,1)$, $v=(2,1)$: $\\eta^*=0$ and $\\Delta=1>0$, the alignment rises "
      "at "
      "every step size. A tie does no harm where $\\bar\\lambda_D>\\bar\\lambda_B$ still.",
      violate_tie}},
    {0}};

const claim critical_step_claim = {
    .id = "T1",
    .stem = "critical_step",
    .title = "The critical step size of the low-alignment regime",
    .statement = "If $\\Delta>0$, the mean-field alignment falls for $0<\\eta<\\eta^*$, stays at "
                 "$\\eta^*$ and rises for $\\eta>\\eta^*$, where "
                 "$\\eta^*=2(\\bar\\lambda_D-\\bar\\lambda_B)/\\Delta$.",
    .source = "abstract of arXiv:2601.11789: the adaptive critical step size",
    .figure = "regime_map",
    .uses = "L1",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 2000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
    .further = further,
};
