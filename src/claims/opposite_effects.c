#include "config.h"
#include "claims/opposite_effects.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "claims/loss_split.h"
#include "exact/exact_polynomial.h"
#include "exact/exact_rational.h"
#include "exact/exact_step.h"
#include "exact/relative_change.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

/* region: eval */
int opposite_effects_of(const one_step_moments *m, opposite_effects *out) {
  if (!(m->d0 > 0.0 && m->b0 > 0.0))
    return GSL_EDOM;
  out->eta_dominant = 2.0 * m->d0 / (m->d1 + m->taud);
  out->eta_bulk = 2.0 * m->b0 / (m->b1 + m->taub);
  out->error = 2.0 * m->error + rounding_gamma(4);
  const double dominant_noise = m->taud / m->d0, bulk_noise = m->taub / m->b0;
  out->margin = m->mean_gap + dominant_noise - bulk_noise;
  out->margin_error =
      (2.0 * m->error + rounding_gamma(4)) * (fabs(m->mean_gap) + dominant_noise + bulk_noise);
  return GSL_SUCCESS;
}

double opposite_effects_sufficient_gap(const one_step_moments *m, double lambda_bulk_top) {
  return 1.0 + m->taub / (lambda_bulk_top * m->b0);
}
/* end region: eval */

/* --- the claim ------------------------------------------------------------------------------ */

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const double which = random_uniform(rng, 0.0, 1.0);
  const quadratic_aim aim = {.regime = which < 0.4   ? AIM_ANY_REGIME
                                       : which < 0.7 ? AIM_LOW_REGIME
                                                     : AIM_HIGH_REGIME};
  return quadratic_generate(rng, &aim, diag);
}

static verdict expect(certified_expression expression, const quadratic *q, double eta,
                      certified_sign expected, claim_note *note) {
  const exact_step step = {q, eta};
  const certified_sign sign = certified_sign_of(expression, &step);
  if (sign == expected)
    return VERDICT_HOLDS;
  claim_note_set(note, "eta = %a: expected loss change has sign %s, not %s", eta,
                 certified_sign_name(sign), certified_sign_name(expected));
  return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
}

static int evaluate(const quadratic *q, one_step_moments *m, opposite_effects *effects) {
  one_step_moments_of(q, m);
  return opposite_effects_of(m, effects);
}

static verdict one_sided(claim_note *note) {
  claim_note_set(note, "the alignment is 0 or 1: eta_D or eta_B is not defined");
  return VERDICT_FAILS;
}

/* --- signs ---------------------------------------------------------------------------------- */

/* c_1 (Z_1 + tau) + 2 c_2 Z_0 with Z = D or B: 0 where -c_1/c_2 = 2 Z_0 / (Z_1 + tau). */
static void end_defect(arb_t value, const quadratic *q, bool dominant, slong precision) {
  const certified_expression coefficient =
      dominant ? exact_polynomial_dominant_loss : exact_polynomial_bulk_loss;
  const size_t from = dominant ? 0 : q->k, to = dominant ? q->k : q->d;
  const exact_coefficient first = {q, 1}, second = {q, 2};
  arb_t sum, term;
  arb_init(sum);
  arb_init(term);
  exact_polynomial_sum_squares(sum, q, from, to, 1, precision);
  exact_polynomial_sum_noise(term, q, from, to, 1, precision);
  arb_add(sum, sum, term, precision);
  coefficient(value, &first, precision);
  arb_mul(value, value, sum, precision);
  exact_polynomial_sum_squares(sum, q, from, to, 0, precision);
  arb_mul_2exp_si(sum, sum, 1);
  coefficient(term, &second, precision);
  arb_addmul(value, term, sum, precision);
  arb_clear(sum);
  arb_clear(term);
}

static void dominant_end_defect(arb_t value, const void *argument, slong precision) {
  end_defect(value, argument, true, precision);
}

static void bulk_end_defect(arb_t value, const void *argument, slong precision) {
  end_defect(value, argument, false, precision);
}

/* The sign of (second end) - (first end) from the polynomials of the losses: with ends -c_1/c_2,
 * c_2 > 0, that of c_1(D) c_2(B) - c_1(B) c_2(D). */
static void length_of_interval(arb_t value, const void *argument, slong precision) {
  const exact_coefficient first = {argument, 1}, second = {argument, 2};
  arb_t term, other;
  arb_init(term);
  arb_init(other);
  exact_polynomial_dominant_loss(term, &first, precision);
  exact_polynomial_bulk_loss(other, &second, precision);
  arb_mul(value, term, other, precision);
  exact_polynomial_bulk_loss(term, &first, precision);
  exact_polynomial_dominant_loss(other, &second, precision);
  arb_submul(value, term, other, precision);
  arb_clear(term);
  arb_clear(other);
}

/* (D_1 + tau_D [with_noise]) B_0 - (B_1 + tau_B) D_0 */
static void criterion_of(arb_t value, const quadratic *q, bool with_noise, slong precision) {
  arb_t sum, term;
  arb_init(sum);
  arb_init(term);
  exact_polynomial_sum_squares(sum, q, 0, q->k, 1, precision);
  if (with_noise) {
    exact_polynomial_sum_noise(term, q, 0, q->k, 1, precision);
    arb_add(sum, sum, term, precision);
  }
  exact_polynomial_sum_squares(term, q, q->k, q->d, 0, precision);
  arb_mul(value, sum, term, precision);
  exact_polynomial_sum_squares(sum, q, q->k, q->d, 1, precision);
  exact_polynomial_sum_noise(term, q, q->k, q->d, 1, precision);
  arb_add(sum, sum, term, precision);
  exact_polynomial_sum_squares(term, q, 0, q->k, 0, precision);
  arb_submul(value, sum, term, precision);
  arb_clear(sum);
  arb_clear(term);
}

static void criterion(arb_t value, const void *argument, slong precision) {
  criterion_of(value, argument, true, precision);
}

/* With the dominant gradient times c the criterion is c^2 times this, plus tau_D B_0. */
static void criterion_slope(arb_t value, const void *argument, slong precision) {
  criterion_of(value, argument, false, precision);
}

/* lambda_k B_0 - lambda_{k+1} B_0 - tau_B */
static void sufficiency(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  arb_t gap, term;
  arb_init(gap);
  arb_init(term);
  arb_set_d(gap, q->lambda[q->k - 1]);
  arb_set_d(term, q->lambda[q->k]);
  arb_sub(gap, gap, term, precision);
  exact_polynomial_sum_squares(value, q, q->k, q->d, 0, precision);
  arb_mul(value, value, gap, precision);
  exact_polynomial_sum_noise(term, q, q->k, q->d, 1, precision);
  arb_sub(value, value, term, precision);
  arb_clear(gap);
  arb_clear(term);
}

/* region: certificates */
/* E[Delta L] = eta (c_1 + c_2 eta) with c_1 < 0 < c_2, and -c_1/c_2 is the end that is stated:
 * below it the loss falls at every step size, above it it rises at every one. */
static verdict certify_turn(const quadratic *q, bool dominant, claim_note *note) {
  const certified_expression coefficient =
      dominant ? exact_polynomial_dominant_loss : exact_polynomial_bulk_loss;
  const exact_coefficient constant = {q, 0}, first = {q, 1}, second = {q, 2};
  const certify_line lines[] = {
      {"the constant coefficient", coefficient, &constant, CERTIFY_ZERO},
      {"the coefficient of eta", coefficient, &first, CERTIFY_NEGATIVE},
      {"the coefficient of eta^2", coefficient, &second, CERTIFY_POSITIVE},
      {"the root less the end that is stated", dominant ? dominant_end_defect : bulk_end_defect, q,
       CERTIFY_ZERO},
      {NULL, NULL, NULL, 0}};
  return certify(lines, note);
}

static verdict check_dominant(const void *instance, claim_note *note) {
  return certify_turn(instance, true, note);
}

static verdict check_bulk(const void *instance, claim_note *note) {
  return certify_turn(instance, false, note);
}

/* Both turns as stated and eta_D < eta_B: opposite signs at every step between them.  The order of
 * the ends, from the polynomials, is what the criterion says, equality included; where it is the
 * other way round, so are the signs between them. */
static verdict check_interval(const void *instance, claim_note *note) {
  verdict v = certify_turn(instance, true, note);
  if (v == VERDICT_HOLDS)
    v = certify_turn(instance, false, note);
  if (v != VERDICT_HOLDS)
    return v;
  const certificate order = certified_certificate_of(criterion, instance);
  claim_note_bits(note, order.bits);
  if (order.sign == SIGN_UNDECIDED)
    return VERDICT_UNDECIDED;
  return certify_sign("eta_B - eta_D, against the criterion,", length_of_interval, instance,
                      order.sign == SIGN_POSITIVE   ? CERTIFY_POSITIVE
                      : order.sign == SIGN_NEGATIVE ? CERTIFY_NEGATIVE
                                                    : CERTIFY_ZERO,
                      note);
}

/* Sufficient ill-conditioning opens the interval at every multiple c of the dominant gradient: the
 * criterion is c^2 times a positive number, plus tau_D B_0 >= 0.  As c grows the alignment passes
 * every level. */
static verdict check_suspicious(const void *instance, claim_note *note) {
  const certificate enough = certified_certificate_of(sufficiency, instance);
  claim_note_bits(note, enough.bits);
  if (enough.sign != SIGN_POSITIVE)
    return enough.sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_VACUOUS;
  const certify_line lines[] = {
      {"the criterion", criterion, instance, CERTIFY_POSITIVE},
      {"the criterion at a large dominant gradient", criterion_slope, instance, CERTIFY_POSITIVE},
      {NULL, NULL, NULL, 0}};
  return certify(lines, note);
}

/* What is equal is equal: at the ends, as rational numbers, the losses stay. */
static verdict check_standstill(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (q->d > EXACT_RATIONAL_DIMENSION_MOST)
    return VERDICT_VACUOUS;
  verdict v = VERDICT_HOLDS;
  fmpq_t eta, term;
  fmpq_init(eta);
  fmpq_init(term);
  for (int set = 0; set < 2 && v == VERDICT_HOLDS; set++) {
    const size_t from = set ? 0 : q->k, to = set ? q->k : q->d;
    exact_rational_sum_squares(eta, q, from, to, 1);
    exact_rational_sum_noise(term, q, from, to, 1);
    fmpq_add(term, term, eta);
    exact_rational_sum_squares(eta, q, from, to, 0);
    if (fmpq_is_zero(term) || fmpq_is_zero(eta))
      v = VERDICT_FAILS;
    else {
      fmpq_div(eta, eta, term);
      fmpq_mul_2exp(eta, eta, 1);
      exact_rational_loss_change(term, q, from, to, eta);
      if (!fmpq_is_zero(term))
        v = VERDICT_FAILS;
    }
    if (v == VERDICT_FAILS)
      claim_note_set(note, "the %s loss does not stay at its end, a rational number",
                     set ? "dominant" : "bulk");
  }
  fmpq_clear(eta);
  fmpq_clear(term);
  return v;
}

/* At dominant stationarity g_i^2 = s_i (i <= k) of a step, that step leaves every E g_i^2, hence
 * the dominant loss, as it is, and eta_D = 2 D_0/(D_1+tau_D) is that step: rationals. */
static verdict stationary_at(const quadratic *rest, claim_note *note) {
  verdict v = VERDICT_HOLDS;
  fmpq_t eta, level, after, lambda, square, slope;
  fmpq_init(eta);
  fmpq_init(level);
  fmpq_init(after);
  fmpq_init(lambda);
  fmpq_init(square);
  fmpq_init(slope);
  exact_rational_set(eta, rest->eta);
  exact_rational_sum_noise(slope, rest, 0, rest->k, 1);
  for (size_t i = 0; i < rest->k && v == VERDICT_HOLDS; i++) {
    exact_rational_stationary(level, rest, i);
    exact_rational_direction(after, rest, i, eta, level);
    if (!fmpq_equal(after, level)) {
      claim_note_set(note, "eta = %a moves the stationary level of direction %zu", rest->eta, i);
      v = VERDICT_FAILS;
    }
    exact_rational_set(lambda, rest->lambda[i]);
    fmpq_add(square, square, level);
    fmpq_addmul(slope, lambda, level);
  }
  if (v == VERDICT_HOLDS) {
    fmpq_mul_2exp(square, square, 1);
    fmpq_div(after, square, slope);
    if (!fmpq_equal(after, eta)) {
      claim_note_set(note, "eta = %a is not eta_D at its own dominant stationarity", rest->eta);
      v = VERDICT_FAILS;
    }
  }
  fmpq_clear(eta);
  fmpq_clear(level);
  fmpq_clear(after);
  fmpq_clear(lambda);
  fmpq_clear(square);
  fmpq_clear(slope);
  return v;
}

static verdict check_stationary(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  bool noise = false;
  for (size_t i = 0; i < q->k; i++)
    noise = noise || q->v[i] > 0.0;
  if (!noise || q->d > EXACT_RATIONAL_DIMENSION_MOST)
    return VERDICT_VACUOUS; /* without noise nothing is stationary but 0, and eta_D = 0/0 */
  quadratic *rest = quadratic_clone(q);
  if (rest == NULL)
    return VERDICT_UNDECIDED;
  verdict v = VERDICT_HOLDS;
  static const double fractions[] = {1e-6, 0.1, 0.5, 0.9}; /* of 2/lambda_1 */
  for (size_t f = 0; f < sizeof fractions / sizeof *fractions && v == VERDICT_HOLDS; f++) {
    rest->eta = fractions[f] * 2.0 / q->lambda[0];
    v = stationary_at(rest, note);
  }
  quadratic_free(rest);
  return v;
}
/* end region: certificates */

/* --- the computed ends ---------------------------------------------------------------------- */

/* region: conclusions */
/* The expected change is negative below the step, positive above it, and turns within its error. */
static verdict check_turn(certified_expression expression, const quadratic *q, double eta,
                          double error, claim_note *note) {
  const double factors[] = {0x1p-20, 0.5, 0.99, 1.0 - 2.0 * error};
  for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
    verdict v = expect(expression, q, factors[i] * eta, SIGN_NEGATIVE, note);
    if (v == VERDICT_HOLDS)
      v = expect(expression, q, eta / factors[i], SIGN_POSITIVE, note);
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

static verdict check_computed_ends(const void *instance, claim_note *note) {
  one_step_moments m;
  opposite_effects effects;
  if (evaluate(instance, &m, &effects) != GSL_SUCCESS)
    return one_sided(note);
  const verdict v = check_turn(exact_step_dominant_loss_change, instance, effects.eta_dominant,
                               effects.error, note);
  return v != VERDICT_HOLDS ? v
                            : check_turn(exact_step_bulk_loss_change, instance, effects.eta_bulk,
                                         effects.error, note);
}

/* Where the margin is positive: at three steps inside the interval, both signs, certified.
 * Where it is negative: at three steps between eta_B and eta_D the signs are the other way round.
 */
static verdict check_computed_interval(const void *instance, claim_note *note) {
  one_step_moments m;
  opposite_effects effects;
  if (evaluate(instance, &m, &effects) != GSL_SUCCESS)
    return one_sided(note);
  const bool open = effects.margin > 0.0;
  const double ratio = effects.eta_bulk / effects.eta_dominant;
  if (fabs(ratio - 1.0) <= 16.0 * effects.error)
    return VERDICT_UNDECIDED; /* narrower than the error of its ends; so is a margin within its own
                               */
  if (open != (ratio > 1.0)) {
    claim_note_set(note, "margin %a but eta_D = %a, eta_B = %a", effects.margin,
                   effects.eta_dominant, effects.eta_bulk);
    return VERDICT_FAILS;
  }
  for (int i = 1; i <= 3; i++) {
    const double eta = effects.eta_dominant * pow(ratio, 0.25 * i);
    verdict v = expect(exact_step_dominant_loss_change, instance, eta,
                       open ? SIGN_POSITIVE : SIGN_NEGATIVE, note);
    if (v == VERDICT_HOLDS)
      v = expect(exact_step_bulk_loss_change, instance, eta, open ? SIGN_NEGATIVE : SIGN_POSITIVE,
                 note);
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

/* The sufficient ill-conditioning, and with it the "suspicious" part: the dominant gradient is
 * scaled up until the alignment exceeds 1 - 1e-9, and the interval is still there. */
static verdict check_suspicious_state(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  one_step_moments m;
  opposite_effects effects;
  if (evaluate(q, &m, &effects) != GSL_SUCCESS)
    return one_sided(note);
  const double sufficient = opposite_effects_sufficient_gap(&m, q->lambda[q->k]);
  if (!(quadratic_gap_ratio(q) > sufficient * (1.0 + m.error + rounding_gamma(8))))
    return VERDICT_VACUOUS;
  quadratic *aligned = quadratic_clone(q);
  if (aligned == NULL)
    return VERDICT_UNDECIDED;
  const double scale = fmax(1.0, sqrt(1e9 * m.b0 / m.d0));
  for (size_t i = 0; i < q->k; i++)
    aligned->g[i] *= scale;
  evaluate(aligned, &m, &effects);
  verdict v = VERDICT_HOLDS;
  if (!(one_step_moments_alignment(&m) >= 1.0 - 2e-9)) {
    claim_note_set(note, "the alignment stays at %a", one_step_moments_alignment(&m));
    v = VERDICT_FAILS;
  } else if (effects.eta_bulk / effects.eta_dominant <= 1.0 + 16.0 * effects.error) {
    v = effects.margin > -effects.margin_error ? VERDICT_UNDECIDED : VERDICT_FAILS;
    claim_note_set(note, "no interval at alignment %a: margin %a", one_step_moments_alignment(&m),
                   effects.margin);
  } else {
    const double eta = sqrt(effects.eta_bulk) * sqrt(effects.eta_dominant);
    v = expect(exact_step_dominant_loss_change, aligned, eta, SIGN_POSITIVE, note);
    if (v == VERDICT_HOLDS)
      v = expect(exact_step_bulk_loss_change, aligned, eta, SIGN_NEGATIVE, note);
  }
  quadratic_free(aligned);
  return v;
}

/* At dominant stationarity g_i^2 = s_i (i <= k) of a step eta, eta_D is that step. */
static verdict check_computed_stationary(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *rest = quadratic_clone(q);
  if (rest == NULL)
    return VERDICT_UNDECIDED;
  verdict v = VERDICT_VACUOUS;
  static const double fractions[] = {1e-6, 0.1, 0.5, 0.9}; /* of 2/lambda_1 */
  for (size_t f = 0; f < sizeof fractions / sizeof *fractions; f++) {
    rest->eta = fractions[f] * 2.0 / q->lambda[0];
    for (size_t i = 0; i < q->k; i++)
      rest->g[i] = sqrt(quadratic_stationary(rest, i));
    one_step_moments m;
    opposite_effects effects;
    if (evaluate(rest, &m, &effects) != GSL_SUCCESS)
      continue; /* no noise in the dominant set: nothing is stationary but 0 */
    /* s_i carries 1/(2 - eta lambda_i) <= 10 times its rounding, the root halves it again. */
    const double error = effects.error + rounding_gamma(64);
    if (!(fabs(effects.eta_dominant / rest->eta - 1.0) <= error)) {
      claim_note_set(note, "eta = %a but eta_D = %a", rest->eta, effects.eta_dominant);
      v = VERDICT_FAILS;
      break;
    }
    v = VERDICT_HOLDS;
  }
  quadratic_free(rest);
  return v;
}
/* end region: conclusions */

/* --- margins -------------------------------------------------------------------------------- */

/* The least of the relative loss changes that check_turn asks the signs of, but for the last pair,
 * which is as near to the turn as rounding allows. */
static double turn_margin(const void *instance, bool dominant) {
  static const double factors[] = {0x1p-20, 0.5, 0.99};
  one_step_moments m;
  opposite_effects effects;
  if (evaluate(instance, &m, &effects) != GSL_SUCCESS)
    return NAN;
  const double turn = dominant ? effects.eta_dominant : effects.eta_bulk;
  double least = INFINITY;
  for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
    const exact_step below = {instance, factors[i] * turn}, above = {instance, turn / factors[i]};
    least = fmin(least, -relative_change_of_loss(&below, dominant));
    least = fmin(least, relative_change_of_loss(&above, dominant));
  }
  return least;
}

static double dominant_margin(const void *instance) {
  return turn_margin(instance, true);
}

static double bulk_margin(const void *instance) {
  return turn_margin(instance, false);
}

static bool is_interval_open(const void *instance) {
  one_step_moments m;
  opposite_effects effects;
  return evaluate(instance, &m, &effects) == GSL_SUCCESS && effects.margin > 0.0;
}

static bool is_interval_empty(const void *instance) {
  return !is_interval_open(instance);
}

static void *biased(void) {
  return quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1), 1, -2.0);
}

static void *no_bulk_gradient(void) {
  return quadratic_pair(10, 1, 1, 0, 1, 1);
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$ (used by the sufficient "
     "condition alone).",
     quadratic_has_gap,
     {NULL, NULL,
      "Not needed: the two ends, and the criterion for $I\\ne\\emptyset$, never compare an "
      "eigenvalue of "
      "one set with one of the other, and the sufficient condition "
      "$m>1+\\tau_B/(\\lambda_{k+1}B_0)$ "
      "contains $m>1$.",
      quadratic_violate_gap}},
    {"unbiased",
     "The noise has mean zero.",
     quadratic_is_unbiased,
     {biased, "bulk_loss_turns_at_eta_bulk",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1)$, $\\mathbb{E}\\,\\xi=(0,-2)$: the mean update "
      "climbs the "
      "bulk direction, so no step size lowers $L_B$.",
      quadratic_violate_unbiased}},
    {"interior",
     "Both subspaces have some gradient: $0<\\alpha<1$.",
     quadratic_is_interior,
     {no_bulk_gradient, "interval_has_opposite_effects",
      "$\\lambda=(10,1)$, $g=(1,0)$, $v=(1,1)$: $B_0=0$, there is nothing left to gain in the "
      "bulk, "
      "$\\eta_B=0$ and every step raises $L_B$.",
      quadratic_violate_interior}},
    {0}};

static const conclusion conclusions[] = {
    {"dominant_loss_turns_at_eta_dominant",
     "for all $\\eta>0$: $\\mathbb{E}[\\Delta L_D]>0\\iff\\eta>\\eta_D$: $c_1<0<c_2$ in "
     "$\\eta\\,(c_1+c_2\\eta)$, whose root is $\\eta_D$",
     check_dominant, DECIDED_BY_SIGN, dominant_margin},
    {"bulk_loss_turns_at_eta_bulk",
     "for all $\\eta>0$: $\\mathbb{E}[\\Delta L_B]<0\\iff\\eta<\\eta_B$, likewise", check_bulk,
     DECIDED_BY_SIGN, bulk_margin},
    {"interval_has_opposite_effects",
     "on all of $I$ the signs are opposite, and $\\eta_D<\\eta_B$, $=$ or $>$ as "
     "$\\bar\\lambda_D+\\tau_D/D_0>\\bar\\lambda_B+\\tau_B/B_0$, $=$ or $<$",
     check_interval, DECIDED_BY_SIGN, NULL},
    {"suspicious_at_high_alignment",
     "$m>1+\\tau_B/(\\lambda_{k+1}B_0)$ suffices, at every multiple of the dominant gradient",
     check_suspicious, DECIDED_BY_SIGN, NULL},
    {"losses_stay_at_the_ends",
     "$\\mathbb{E}[\\Delta L_D]=0$ at $\\eta_D$ and $\\mathbb{E}[\\Delta L_B]=0$ at $\\eta_B$, "
     "equalities of rationals, in up to 12 directions",
     check_standstill, DECIDED_BY_SIGN, NULL},
    {"stationary_dominant_step",
     "at dominant stationarity $\\eta_D=\\eta$, and no dominant mean square moves: equalities of "
     "rationals, in up to 12 directions",
     check_stationary, DECIDED_BY_SIGN, NULL},
    {"computed_ends",
     "both signs turn inside the error bounds of the computed $\\eta_D$, $\\eta_B$",
     check_computed_ends, DECIDED_BY_BOUND, NULL},
    {"computed_interval",
     "the computed criterion says where $I$ is empty; certified signs inside the computed $I$",
     check_computed_interval, DECIDED_BY_BOUND, NULL},
    {"suspicious_state", "a state with alignment above $1-2\\cdot10^{-9}$ and $I\\ne\\emptyset$",
     check_suspicious_state, DECIDED_BY_BOUND, NULL},
    {"computed_stationary_step", "at computed dominant stationarity $\\eta_D$ is $\\eta$",
     check_computed_stationary, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"interval open", 0.10, is_interval_open},
                                     {"interval empty", 0.05, is_interval_empty},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
                                     {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"more than 100 directions", 0.01, quadratic_is_large},
                                     {"anisotropic noise", 0.10, quadratic_is_anisotropic},
                                     {"alignment below 1e-3", 0.05, quadratic_is_alignment_low},
                                     {"alignment between", 0.10, quadratic_is_alignment_middle},
                                     {"alignment above 0.999", 0.05, quadratic_is_alignment_high},
                                     {0}};

/* --- what opens the interval: assumptions of that alone --------------------------------------- */

static verdict check_open(const void *instance, claim_note *note) {
  return certify_sign("eta_B - eta_D, by the criterion,", criterion, instance, CERTIFY_POSITIVE,
                      note);
}

/* The gap of the two slopes over their sum. */
static double open_margin(const void *instance) {
  one_step_moments m;
  one_step_moments_of(instance, &m);
  const double dominant = (m.d1 + m.taud) / m.d0, bulk = (m.b1 + m.taub) / m.b0;
  return (dominant - bulk) / (dominant + bulk);
}

/* The step of the run that the state belongs to; T3 itself has none. */
static double run_step(const quadratic *q) {
  return q->eta > 0.0 ? q->eta : 1.0 / q->lambda[0];
}

static verdict check_bulk_lowers(const void *instance, claim_note *note) {
  return expect(exact_step_bulk_loss_change, instance, run_step(instance), SIGN_NEGATIVE, note);
}

static double bulk_lowers_margin(const void *instance) {
  const exact_step step = {instance, run_step(instance)};
  return -relative_change_of_loss(&step, false);
}

static bool is_ill_conditioned(const void *instance) {
  const quadratic *q = instance;
  one_step_moments m;
  one_step_moments_of(q, &m);
  return quadratic_gap_ratio(q) >
         opposite_effects_sufficient_gap(&m, q->lambda[q->k]) * (1.0 + m.error + rounding_gamma(8));
}

static bool is_bulk_quieter(const void *instance) {
  one_step_moments m;
  one_step_moments_of(instance, &m);
  return m.taub / m.b0 <= m.taud / m.d0 * (1.0 - m.error - rounding_gamma(8));
}

/* Below 2/lambda_{k+1}, and g_i^2 > s_i in the bulk by more than rounding. */
static bool is_bulk_above_rest(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = q->k; i < q->d; i++) {
    const double move = run_step(q) * q->lambda[i];
    if (!(move < 2.0 &&
          q->g[i] * q->g[i] * (2.0 - move) > move * q->v[i] * (1.0 + rounding_gamma(8))))
      return false;
  }
  return true;
}

/* Brings the two sets' curvatures within a factor of 1 + 10^-3 to 10 of each other. */
static bool violate_ill_conditioning(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const double wanted = 1.0 + random_log_uniform(rng, 1e-3, 10.0);
  const double factor = wanted / quadratic_gap_ratio(q);
  for (size_t i = 0; factor < 1.0 && i < q->k; i++)
    q->lambda[i] *= factor;
  return true;
}

static bool violate_quiet_bulk(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  one_step_moments m;
  one_step_moments_of(q, &m);
  if (m.taub == 0.0)
    return false;
  const double unit = (m.d1 + m.taud) / m.d0 * m.b0 / m.taub;
  const double factor = unit * random_log_uniform(rng, 0.1, 1e3);
  for (size_t i = q->k; i < q->d; i++)
    q->v[i] *= factor;
  return true;
}

static bool violate_bulk_above_rest(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  q->eta = random_uniform(rng, 0.05, 0.95) * 2.0 / q->lambda[0];
  for (size_t i = q->k; i < q->d; i++) {
    if (q->v[i] == 0.0)
      q->v[i] = 1.0;
    const double share = random_uniform(rng, 0.01, 1.5);
    q->g[i] = random_sign(rng) * sqrt(share * quadratic_stationary(q, i));
  }
  return true;
}

static void *hardly_conditioned(void) {
  return quadratic_pair(3, 2, 1, 1, 0, 1);
}

static void *noisy_bulk(void) {
  return quadratic_pair(10, 1, 1, 1, 1, 100);
}

static void *bulk_at_rest(void) {
  quadratic *q = quadratic_pair(10, 1, 1, 0.125, 1, 1);
  if (q != NULL)
    q->eta = 0.1;
  return q;
}

static const conclusion interval_is_open = {"interval_is_open", "$I\\ne\\emptyset$", check_open,
                                            DECIDED_BY_SIGN, open_margin};
static const conclusion bulk_update_lowers = {
    "bulk_update_lowers", "at the step of the run $\\mathbb{E}[\\Delta L_B]<0$", check_bulk_lowers,
    DECIDED_BY_SIGN, bulk_lowers_margin};

static const further_ablation further[] = {
    {"ill_conditioned",
     "threshold",
     "$m>1+\\tau_B/(\\lambda_{k+1}B_0)$, for $I\\ne\\emptyset$.",
     is_ill_conditioned,
     &interval_is_open,
     {hardly_conditioned, "interval_is_open",
      "$\\lambda=(3,2)$, $g=(1,1)$, $v=(0,1)$: $m=3/2$ is below $2$, and "
      "$\\eta_D=2/3>\\eta_B=1/2$.",
      violate_ill_conditioning}},
    {"quiet_bulk",
     "noise",
     "$\\tau_B/B_0\\le\\tau_D/D_0$, for $I\\ne\\emptyset$ with any gap.",
     is_bulk_quieter,
     &interval_is_open,
     {noisy_bulk, "interval_is_open",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,100)$: $\\eta_D=1/10>\\eta_B=2/101$, although $m=10$.",
      violate_quiet_bulk}},
    {"bulk_above_rest",
     "start",
     "$g_i^2>s_i$ in the bulk at the step of the run, for $\\mathbb{E}[\\Delta L_B]<0$ there.",
     is_bulk_above_rest,
     &bulk_update_lowers,
     {bulk_at_rest, "bulk_update_lowers",
      "$\\lambda=(10,1)$, $g=(1,1/8)$, $v=(1,1)$, $\\eta=1/10$: $g_2^2=1/64<s_2=1/19$, and the "
      "bulk "
      "update raises the loss as the dominant one does, $\\eta_B<\\eta$.",
      violate_bulk_above_rest}},
    {0}};

const claim opposite_effects_claim = {
    .id = "T3",
    .stem = "opposite_effects",
    .title = "Opposite effects on the loss",
    .statement =
        "For $\\eta$ in $I=(\\eta_D,\\eta_B)$ the bulk update lowers the expected loss and the "
        "dominant update raises it; $m>1+\\tau_B/(\\lambda_{k+1}B_0)$ makes $I$ non-empty, at "
        "every alignment level.",
    .source =
        "abstract of arXiv:2601.11789: the step size interval under sufficient ill-conditioning",
    .figure = "opposite_effects",
    .uses = "L2",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 2000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
    .further = further,
};
