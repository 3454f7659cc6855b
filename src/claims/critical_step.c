#include "config.h"
#include "claims/critical_step.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "exact/exact_polynomial.h"
#include "exact/exact_rational.h"
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

/* region: certificate */
/* The change D(eta) B_0 - B(eta) D_0 = c_0 + c_1 eta + c_2 eta^2, multiplied out from the
 * definition, against the sums of the statement; and E|g+|^2 = D(eta) + B(eta). */
enum { LINEAR, SQUARE, CONSTANT, LINEAR_DEFECT, SQUARE_DEFECT, BEFORE, DISCRIMINANT, VALUES };

static void step_values(arb_ptr value, const void *argument, slong precision) {
  const quadratic *q = argument;
  arb_poly_t part[2], change; /* [0] bulk, [1] dominant */
  arb_ptr before = _arb_vec_init(2);
  arb_t sum, noise;
  arb_init(sum);
  arb_init(noise);
  arb_poly_init(part[0]);
  arb_poly_init(part[1]);
  arb_poly_init(change);
  exact_polynomial_sets(part[1], part[0], q, precision);
  for (int set = 0; set < 2; set++)
    arb_poly_get_coeff_arb(before + set, part[set], 0);

  /* part[0] becomes the total once the change is made */
  arb_poly_scalar_mul(change, part[0], before + 1, precision);
  arb_poly_add(part[0], part[0], part[1], precision);
  arb_poly_scalar_mul(part[1], part[1], before, precision);
  arb_poly_sub(change, part[1], change, precision);
  arb_poly_get_coeff_arb(value + CONSTANT, change, 0);
  arb_poly_get_coeff_arb(value + LINEAR, change, 1);
  arb_poly_get_coeff_arb(value + SQUARE, change, 2);
  arb_poly_get_coeff_arb(value + BEFORE, part[0], 0);
  exact_polynomial_discriminant(value + DISCRIMINANT, part[0], precision);

  /* c_1 + 2 (D_1 B_0 - B_1 D_0) and c_2 - (D_2+V_D) B_0 + (B_2+V_B) D_0 */
  for (int set = 0; set < 2; set++)
    exact_polynomial_sum_squares(before + set, q, set ? 0 : q->k, set ? q->k : q->d, 0, precision);
  arb_set(value + LINEAR_DEFECT, value + LINEAR);
  arb_set(value + SQUARE_DEFECT, value + SQUARE);
  for (int set = 0; set < 2; set++) {
    const size_t from = set ? 0 : q->k, to = set ? q->k : q->d;
    exact_polynomial_sum_squares(sum, q, from, to, 1, precision);
    arb_mul_si(sum, sum, set ? 2 : -2, precision);
    arb_addmul(value + LINEAR_DEFECT, sum, before + !set, precision);
    exact_polynomial_sum_squares(sum, q, from, to, 2, precision);
    exact_polynomial_sum_noise(noise, q, from, to, 2, precision);
    arb_add(sum, sum, noise, precision);
    arb_mul_si(sum, sum, set ? -1 : 1, precision);
    arb_addmul(value + SQUARE_DEFECT, sum, before + !set, precision);
  }
  _arb_vec_clear(before, 2);
  arb_clear(sum);
  arb_clear(noise);
  arb_poly_clear(part[0]);
  arb_poly_clear(part[1]);
  arb_poly_clear(change);
}

verdict critical_step_certify(const quadratic *q, int linear, int square, claim_note *note) {
  if (q->reading == READING_TRUE_EXPECTATION)
    return VERDICT_VACUOUS;
  const certify_entry entries[VALUES + 1] = {
      [LINEAR] = {"the coefficient of eta", linear},
      [SQUARE] = {"the coefficient of eta^2", square},
      [CONSTANT] = {"the constant coefficient", CERTIFY_ZERO},
      [LINEAR_DEFECT] = {"the coefficient of eta less its formula", CERTIFY_ZERO},
      [SQUARE_DEFECT] = {"the coefficient of eta^2 less its formula", CERTIFY_ZERO},
      [BEFORE] = {"E|g|^2", CERTIFY_POSITIVE},
      [DISCRIMINANT] = {"the discriminant of E|g+|^2", CERTIFY_NEGATIVE},
      [VALUES] = {NULL, 0}};
  return certify_together(entries, step_values, q, note);
}
/* end region: certificate */

/* eta* = 2 (D_1 B_0 - B_1 D_0) / ((D_2+V_D) B_0 - (B_2+V_B) D_0); false when that is 0/0. */
static bool rational_step(fmpq_t eta, const quadratic *q) {
  fmpq_t below, sum, term;
  fmpq_init(below);
  fmpq_init(sum);
  fmpq_init(term);
  fmpq_zero(eta);
  for (int set = 0; set < 2; set++) { /* [0] bulk, [1] dominant */
    const size_t from = set ? 0 : q->k, to = set ? q->k : q->d;
    fmpq_t other;
    fmpq_init(other);
    exact_rational_sum_squares(other, q, set ? q->k : 0, set ? q->d : q->k, 0);
    exact_rational_sum_squares(sum, q, from, to, 2);
    exact_rational_sum_noise(term, q, from, to, 2);
    fmpq_add(sum, sum, term);
    fmpq_mul(sum, sum, other);
    exact_rational_sum_squares(term, q, from, to, 1);
    fmpq_mul(term, term, other);
    if (set) {
      fmpq_add(below, below, sum);
      fmpq_add(eta, eta, term);
    } else {
      fmpq_sub(below, below, sum);
      fmpq_sub(eta, eta, term);
    }
    fmpq_clear(other);
  }
  const bool defined = !fmpq_is_zero(below);
  if (defined) {
    fmpq_mul_2exp(eta, eta, 1);
    fmpq_div(eta, eta, below);
  }
  fmpq_clear(below);
  fmpq_clear(sum);
  fmpq_clear(term);
  return defined;
}

/* region: standstill */
verdict critical_step_stands_still(const quadratic *q, claim_note *note) {
  if (q->d > EXACT_RATIONAL_DIMENSION_MOST || q->reading == READING_TRUE_EXPECTATION)
    return VERDICT_VACUOUS;
  fmpq_t eta, change;
  fmpq_init(eta);
  fmpq_init(change);
  verdict v = VERDICT_FAILS;
  if (!rational_step(eta, q))
    claim_note_set(note, "Delta = 0, exactly: no critical step");
  else if (fmpq_sgn(eta) <= 0)
    claim_note_set(note, "eta*, a rational number, is not positive");
  else {
    exact_rational_change(change, q, eta);
    if (fmpq_is_zero(change))
      v = VERDICT_HOLDS;
    else
      claim_note_set(note, "at eta*, a rational number, the change of alignment has sign %s",
                     fmpq_sgn(change) > 0 ? "+" : "-");
  }
  fmpq_clear(eta);
  fmpq_clear(change);
  return v;
}
/* end region: standstill */

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

/* The true expectation is no polynomial: there a step refutes, and nothing proves. */
static verdict refuted_at(const quadratic *q, const double *factor, certified_sign expected,
                          claim_note *note) {
  const verdict v = expect_at_factors(q, factor, FACTOR_COUNT, expected, note);
  return v == VERDICT_FAILS ? VERDICT_FAILS : VERDICT_UNDECIDED;
}

static verdict check_falls_below(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (q->reading == READING_TRUE_EXPECTATION)
    return refuted_at(q, falls_at, SIGN_NEGATIVE, note);
  return critical_step_certify(q, CERTIFY_NEGATIVE,
                               CERTIFY_NEGATIVE | CERTIFY_ZERO | CERTIFY_POSITIVE, note);
}

static verdict check_rises_above(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (q->reading == READING_TRUE_EXPECTATION)
    return refuted_at(q, rises_at, SIGN_POSITIVE, note);
  return critical_step_certify(q, CERTIFY_NEGATIVE, CERTIFY_POSITIVE, note);
}

static verdict check_stands_still(const void *instance, claim_note *note) {
  return critical_step_stands_still(instance, note);
}

/* The oracle that multiplies no polynomial out: signs of the change at steps of their own. */
static verdict check_sampled(const void *instance, claim_note *note) {
  const verdict v = expect_at_factors(instance, falls_at, FACTOR_COUNT, SIGN_NEGATIVE, note);
  return v != VERDICT_HOLDS
             ? v
             : expect_at_factors(instance, rises_at, FACTOR_COUNT, SIGN_POSITIVE, note);
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
  claim_note note = {"", 0};
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
      quadratic_violate_interior_at_zero}},
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
     "$\\hat\\alpha(\\eta)<\\alpha$ for all $0<\\eta<\\eta^*$: $c_1<0$ in "
     "$D(\\eta)B_0-B(\\eta)D_0=\\eta\\,(c_1+c_2\\eta)$, whose root is $\\eta^*$",
     check_falls_below, DECIDED_BY_SIGN, falls_margin},
    {"rises_above_critical_step",
     "$\\hat\\alpha(\\eta)>\\alpha$ for all $\\eta>\\eta^*$: $c_2>0>c_1$", check_rises_above,
     DECIDED_BY_SIGN, rises_margin},
    {"stands_still_at_critical_step",
     "$\\hat\\alpha(\\eta^*)=\\alpha$, an equality of rationals, in up to 12 directions",
     check_stands_still, DECIDED_BY_SIGN, NULL},
    {"computed_step_at_samples",
     "certified signs at $c\\,\\eta^*$ for the computed $\\eta^*$, with "
     "$c\\in\\{2^{-20},0.25,0.5,0.9,0.998,$ $1.002,1.1,2,4,2^{20}\\}$",
     check_sampled, DECIDED_BY_BOUND, NULL},
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
