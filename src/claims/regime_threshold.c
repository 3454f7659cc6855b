#include "config.h"
#include "claims/regime_threshold.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "claims/critical_step.h"
#include "exact/exact_polynomial.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

/* region: eval */
/* The root in [0,1] of a x(1-x) + V_D (1-x) - V_B x, a = (p-q) G > 0, and its distance from 1.
 * Both come from the same s = hypot(a + V_D - V_B, 2 sqrt(V_D V_B)), each in the form in which
 * nothing cancels. */
int regime_threshold_of(const one_step_moments *m, regime_threshold *out) {
  if (!(m->d0 > 0.0 && m->b0 > 0.0))
    return GSL_EDOM;
  const double a = m->square_gap * (m->d0 + m->b0);
  /* One scale for all three, a power of two: their squares must not overflow. */
  int exponent;
  frexp(fmax(a, fmax(m->vd, m->vb)), &exponent);
  const double pull = ldexp(a, -exponent);
  const double dominant = ldexp(m->vd, -exponent), bulk = ldexp(m->vb, -exponent);
  const double s = hypot(pull + dominant - bulk, 2.0 * sqrt(dominant) * sqrt(bulk));
  const double b = pull - dominant - bulk;
  out->alpha_c = b >= 0.0 ? (b + s) / (2.0 * pull) : 2.0 * dominant / (s - b);
  out->complement = 2.0 * bulk / (pull + dominant + bulk + s);
  if (bulk == 0.0)
    out->alpha_c = 1.0; /* no noise in the bulk: low at every alignment */
  else if (dominant == 0.0 && pull <= bulk) {
    out->alpha_c = 0.0; /* the bulk's noise alone rules: high at every alignment */
    out->complement = 1.0;
  }
  /* s is off by what a + V_D - V_B loses: twice the inputs' error times their sum.  Where s is
   * small against the sum the roots feel it; s >= |a + V_D - V_B| and the ratio says how much. */
  const double sum = pull + dominant + bulk;
  out->error = (2.0 * m->error + rounding_gamma(12)) * (1.0 + 2.0 * sum / s);
  return GSL_SUCCESS;
}
/* end region: eval */

/* --- the claim ------------------------------------------------------------------------------ */

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.regime = random_chance(rng, 0.5) ? AIM_LOW_REGIME : AIM_HIGH_REGIME,
                             .positive_noise = true};
  return quadratic_generate(rng, &aim, diag);
}

static bool is_noisy(const void *instance) {
  one_step_moments m;
  one_step_moments_of(instance, &m);
  return m.vd > 0.0 && m.vb > 0.0;
}

/* The state with the alignment ratio alpha/(1-alpha) moved to `ratio` at the same |g|^2 and the
 * same directions inside each set. */
static quadratic *move_to_ratio(const quadratic *q, const one_step_moments *m, double ratio) {
  quadratic *moved = quadratic_clone(q);
  if (moved == NULL)
    return NULL;
  const double total = m->d0 + m->b0;
  const double dominant = sqrt(total * (ratio / (1.0 + ratio)) / m->d0);
  const double bulk = sqrt(total / (1.0 + ratio) / m->b0);
  for (size_t i = 0; i < q->d; i++)
    moved->g[i] *= i < q->k ? dominant : bulk;
  return moved;
}

static int threshold_of(const quadratic *q, one_step_moments *m, regime_threshold *threshold) {
  one_step_moments_of(q, m);
  return regime_threshold_of(m, threshold);
}

/* --- signs ---------------------------------------------------------------------------------- */

/* region: polynomial */
/* The coefficient of eta^2 in D(eta)B(0) - B(eta)D(0), as a polynomial in the alignment alpha of
 * states with the same |g|^2 = G and the same directions inside each set, times D_0 B_0 / G: with
 * D_0' = alpha G, B_0' = (1-alpha) G, D_2' = (alpha G/D_0) D_2, B_2' = ((1-alpha) G/B_0) B_2 it is
 *   (alpha G D_2 B_0 + V_D D_0 B_0) (1-alpha) - ((1-alpha) G B_2 D_0 + V_B D_0 B_0) alpha. */
static void in_alignment(arb_poly_t value, const quadratic *q, slong precision) {
  enum { G, PRODUCT, TERM, SUM, TEMPORARIES };
  arb_ptr t = _arb_vec_init(TEMPORARIES);
  arb_t zeroth[2], square[2], noise[2]; /* [0] bulk, [1] dominant */
  arb_poly_t alpha, rest, part;
  arb_poly_init(alpha);
  arb_poly_init(rest);
  arb_poly_init(part);
  const exact_coefficient constant = {q, 0}, second = {q, 2};
  for (int set = 0; set < 2; set++) {
    const certified_expression moment = set ? exact_polynomial_dominant : exact_polynomial_bulk;
    arb_init(zeroth[set]);
    arb_init(square[set]);
    arb_init(noise[set]);
    moment(zeroth[set], &constant, precision);
    moment(square[set], &second, precision);
    exact_polynomial_sum_noise(noise[set], q, set ? 0 : q->k, set ? q->k : q->d, 2, precision);
    arb_sub(square[set], square[set], noise[set], precision); /* the noise does not move */
  }
  arb_add(t + G, zeroth[0], zeroth[1], precision);
  arb_mul(t + PRODUCT, zeroth[0], zeroth[1], precision);
  arb_poly_set_coeff_si(alpha, 1, 1);
  arb_poly_set_coeff_si(rest, 0, 1);
  arb_poly_set_coeff_si(rest, 1, -1);
  arb_poly_zero(value);
  for (int set = 1; set >= 0; set--) {
    arb_mul(t + TERM, t + G, square[set], precision);
    arb_mul(t + TERM, t + TERM, zeroth[1 - set], precision);
    arb_poly_scalar_mul(part, set ? alpha : rest, t + TERM, precision);
    arb_mul(t + TERM, noise[set], t + PRODUCT, precision);
    arb_poly_get_coeff_arb(t + SUM, part, 0);
    arb_add(t + SUM, t + SUM, t + TERM, precision);
    arb_poly_set_coeff_arb(part, 0, t + SUM);
    arb_poly_mul(part, part, set ? rest : alpha, precision);
    if (set)
      arb_poly_add(value, value, part, precision);
    else
      arb_poly_sub(value, value, part, precision);
    arb_clear(zeroth[set]);
    arb_clear(square[set]);
    arb_clear(noise[set]);
  }
  _arb_vec_clear(t, TEMPORARIES);
  arb_poly_clear(alpha);
  arb_poly_clear(rest);
  arb_poly_clear(part);
}
/* end region: polynomial */

/* Its value at alpha = above/below, times below^2. */
static void value_at(arb_t value, const quadratic *q, const arb_t above, const arb_t below,
                     slong precision) {
  arb_poly_t polynomial;
  arb_t term;
  arb_poly_init(polynomial);
  arb_init(term);
  in_alignment(polynomial, q, precision);
  arb_zero(value);
  for (slong n = 0; n <= 2; n++) {
    arb_poly_get_coeff_arb(term, polynomial, n);
    for (slong m = 0; m < 2; m++)
      arb_mul(term, term, m < n ? above : below, precision);
    arb_add(value, value, term, precision);
  }
  arb_poly_clear(polynomial);
  arb_clear(term);
}

static void value_at_integer(arb_t value, const quadratic *q, slong alpha, slong precision) {
  arb_t above, below;
  arb_init(above);
  arb_init(below);
  arb_set_si(above, alpha);
  arb_one(below);
  value_at(value, q, above, below, precision);
  arb_clear(above);
  arb_clear(below);
}

static void value_at_zero(arb_t value, const void *argument, slong precision) {
  value_at_integer(value, argument, 0, precision);
}

static void value_at_one(arb_t value, const void *argument, slong precision) {
  value_at_integer(value, argument, 1, precision);
}

/* At the alignment of the state itself, D_0 / (D_0 + B_0). */
static void value_at_state(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  const exact_coefficient constant = {q, 0};
  arb_t above, below;
  arb_init(above);
  arb_init(below);
  exact_polynomial_dominant(above, &constant, precision);
  exact_polynomial_total(below, &constant, precision);
  value_at(value, q, above, below, precision);
  arb_clear(above);
  arb_clear(below);
}

static void dominant_noise(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  exact_polynomial_sum_noise(value, q, 0, q->k, 2, precision);
}

static void bulk_noise(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  exact_polynomial_sum_noise(value, q, q->k, q->d, 2, precision);
}

/* region: certificates */
/* A polynomial of degree two in alpha, positive at 0 and negative at 1, has one zero between: Delta
 * is positive before alpha_c and negative after it, at every alignment. */
static verdict check_separates(const void *instance, claim_note *note) {
  const certify_line lines[] = {{"Delta at alpha -> 0", value_at_zero, instance, CERTIFY_POSITIVE},
                                {"Delta at alpha -> 1", value_at_one, instance, CERTIFY_NEGATIVE},
                                {NULL, NULL, NULL, 0}};
  return certify(lines, note);
}

/* The state is where its alignment says: the polynomial there has the sign of its own Delta, zero
 * included. */
static verdict check_regime(const void *instance, claim_note *note) {
  const exact_coefficient constant = {instance, 0};
  const exact_step unused = {instance, 0.0};
  const certificate own = certified_certificate_of(exact_step_delta, &unused);
  claim_note_bits(note, own.bits);
  if (own.sign == SIGN_UNDECIDED)
    return VERDICT_UNDECIDED;
  const certify_line lines[] = {{"D_0", exact_polynomial_dominant, &constant, CERTIFY_POSITIVE},
                                {"B_0", exact_polynomial_bulk, &constant, CERTIFY_POSITIVE},
                                {"Delta at alpha -> 0", value_at_zero, instance, CERTIFY_POSITIVE},
                                {"Delta at alpha -> 1", value_at_one, instance, CERTIFY_NEGATIVE},
                                {"the polynomial at the state's alignment, against Delta,",
                                 value_at_state, instance,
                                 own.sign == SIGN_POSITIVE   ? CERTIFY_POSITIVE
                                 : own.sign == SIGN_NEGATIVE ? CERTIFY_NEGATIVE
                                                             : CERTIFY_ZERO},
                                {NULL, NULL, NULL, 0}};
  return certify(lines, note);
}

/* eta* = 2 (mean_D - mean_B)/Delta: a fixed positive number over one that falls strictly, from
 * +oo, because both noises are positive in p - q + V_D/(alpha G) - V_B/((1-alpha) G). */
static verdict check_step_rises(const void *instance, claim_note *note) {
  const exact_coefficient first = {instance, 1};
  const certify_line lines[] = {
      {"the coefficient of eta", exact_polynomial_change, &first, CERTIFY_NEGATIVE},
      {"V_D", dominant_noise, instance, CERTIFY_POSITIVE},
      {"V_B", bulk_noise, instance, CERTIFY_POSITIVE},
      {NULL, NULL, NULL, 0}};
  return certify(lines, note);
}
/* end region: certificates */

/* --- the computed threshold ----------------------------------------------------------------- */

/* region: conclusions */
/* At alpha/(1-alpha) a little below alpha_c/(1-alpha_c), Delta is certified positive; a little
 * above, negative.  "A little" is what the error bound, and the rounding of moving there, leave
 * open. */
verdict regime_threshold_expect_turn(const quadratic *q, const one_step_moments *m,
                                     const regime_threshold *threshold, claim_note *note) {
  if (threshold->alpha_c == 0.0 || threshold->complement == 0.0) {
    claim_note_set(note, "alpha_c = %g: one regime at every alignment", threshold->alpha_c);
    return VERDICT_FAILS;
  }
  const double ratio = threshold->alpha_c / threshold->complement;
  const double error = 4.0 * threshold->error + 8.0 * m->error;
  if (!(fabs(log10(ratio)) < 60.0) || error > 1e-3)
    return VERDICT_UNDECIDED;
  const double factors[] = {1.0 + 8.0 * error, 1.01, 2.0, 1e3};
  for (size_t i = 0; i < sizeof factors / sizeof *factors; i++)
    for (int side = -1; side <= 1; side += 2) {
      quadratic *moved = move_to_ratio(q, m, side < 0 ? ratio / factors[i] : ratio * factors[i]);
      if (moved == NULL)
        return VERDICT_UNDECIDED;
      const exact_step step = {moved, 0.0};
      const certified_sign sign = certified_sign_of(exact_step_delta, &step);
      quadratic_free(moved);
      if (sign != (side < 0 ? SIGN_POSITIVE : SIGN_NEGATIVE)) {
        claim_note_set(note, "alpha_c = %a: Delta has sign %s at %a times its odds",
                       threshold->alpha_c, certified_sign_name(sign),
                       side < 0 ? 1.0 / factors[i] : factors[i]);
        return VERDICT_FAILS;
      }
    }
  return VERDICT_HOLDS;
}

static verdict check_computed_threshold(const void *instance, claim_note *note) {
  one_step_moments m;
  regime_threshold threshold;
  return threshold_of(instance, &m, &threshold) == GSL_SUCCESS
             ? regime_threshold_expect_turn(instance, &m, &threshold, note)
             : VERDICT_FAILS;
}

/* "Low exactly when alpha < alpha_c", for the state as it is. */
verdict regime_threshold_expect_side(bool low, const one_step_moments *m,
                                     const regime_threshold *threshold, claim_note *note) {
  const double ratio = threshold->alpha_c / threshold->complement;
  const double distance = m->d0 / m->b0 / ratio - 1.0;
  if (fabs(distance) <= 4.0 * threshold->error + 8.0 * m->error)
    return VERDICT_UNDECIDED;
  if (low == (distance < 0.0))
    return VERDICT_HOLDS;
  claim_note_set(note, "odds %a against %a at the threshold, but the regime is %s", m->d0 / m->b0,
                 ratio, low ? "low" : "high");
  return VERDICT_FAILS;
}

static verdict check_computed_regime(const void *instance, claim_note *note) {
  one_step_moments m;
  regime_threshold threshold;
  return threshold_of(instance, &m, &threshold) == GSL_SUCCESS
             ? regime_threshold_expect_side(critical_step_is_low(instance), &m, &threshold, note)
             : VERDICT_FAILS;
}

/* eta* rises from each step to the next, the first one from 0.  `error`: relative, what moving to
 * the alignments adds to their own. */
verdict regime_threshold_expect_rise(const critical_step *step, size_t count, double error,
                                     claim_note *note) {
  const critical_step none = {.eta_star = 0.0, .eta_star_error = 0.0};
  for (size_t i = 0; i < count; i++) {
    const critical_step *before = i == 0 ? &none : &step[i - 1], *after = &step[i];
    if (after->eta_star > before->eta_star)
      continue;
    if (after->eta_star * (1.0 + error) + after->eta_star_error >=
        before->eta_star - before->eta_star_error)
      return VERDICT_UNDECIDED;
    claim_note_set(note, "eta* falls from %a to %a", before->eta_star, after->eta_star);
    return VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}

/* eta* rises with the alignment, from near 0 to beyond any bound. */
static verdict check_computed_step(const void *instance, claim_note *note) {
  static const double fractions[] = {1e-9, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 0.999999};
  enum { COUNT = sizeof fractions / sizeof *fractions };
  const quadratic *q = instance;
  one_step_moments m;
  regime_threshold threshold;
  if (threshold_of(q, &m, &threshold) != GSL_SUCCESS)
    return VERDICT_FAILS;
  /* At the last fraction Delta G is 1e-6 s, and its error below 2 s times that of the threshold. */
  if (threshold.error > 1e-7)
    return VERDICT_UNDECIDED;
  const double ratio = threshold.alpha_c / threshold.complement;
  critical_step step[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    quadratic *moved = move_to_ratio(q, &m, ratio * fractions[i]);
    if (moved == NULL)
      return VERDICT_UNDECIDED;
    one_step_moments there;
    one_step_moments_of(moved, &there);
    quadratic_free(moved);
    step[i].eta_star = NAN;
    critical_step_of(&there, &step[i]);
  }
  /* At odds f times alpha_c's, Delta G is (V_D/r) (1/f - 1) + V_B r (1 - f), r the odds at alpha_c:
   * from the first fraction to the last it falls a million times, but for one part in 1e9, or more,
   * whatever the instance; the errors leave more than half of that. */
  if (!(step[COUNT - 1].eta_star >= 0.5e6 * step[0].eta_star)) {
    claim_note_set(note, "eta* only grows from %a to %a", step[0].eta_star,
                   step[COUNT - 1].eta_star);
    return VERDICT_FAILS;
  }
  return regime_threshold_expect_rise(step, COUNT, 8.0 * m.error, note);
}

/* |alpha_c - V_D/(V_D+V_B)| <= a/(4 (V_D+V_B)) and 1 - alpha_c <= V_B/a. */
verdict regime_threshold_expect_rates(const one_step_moments *m, const regime_threshold *threshold,
                                      claim_note *note) {
  const double a = m->square_gap * (m->d0 + m->b0), noise = m->vd + m->vb;
  const double error = threshold->error + 4.0 * m->error;
  if (fabs(threshold->alpha_c - m->vd / noise) <= 0.25 * a / noise * (1.0 + error) + error &&
      threshold->complement <= m->vb / a * (1.0 + error))
    return VERDICT_HOLDS;
  claim_note_set(note, "|g|^2 = %a: alpha_c = %a, 1 - alpha_c = %a", m->d0 + m->b0,
                 threshold->alpha_c, threshold->complement);
  return VERDICT_FAILS;
}

/* G -> 0: alpha_c -> V_D/(V_D+V_B).  G -> oo: 1 - alpha_c -> 0.  With explicit rates, from the
 * equation itself. */
static verdict check_limits(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *scaled = quadratic_clone(q);
  if (scaled == NULL)
    return VERDICT_UNDECIDED;
  verdict v = VERDICT_HOLDS;
  for (int power = -40; power <= 40 && v == VERDICT_HOLDS; power += 20) {
    for (size_t i = 0; i < q->d; i++)
      scaled->g[i] = ldexp(q->g[i], power);
    one_step_moments m;
    regime_threshold threshold;
    v = threshold_of(scaled, &m, &threshold) == GSL_SUCCESS
            ? regime_threshold_expect_rates(&m, &threshold, note)
            : VERDICT_FAILS;
  }
  quadratic_free(scaled);
  return v;
}
/* end region: conclusions */

static void *not_the_top(void) {
  return quadratic_pair(1, 10, 1, 1, 400, 1);
}

static void *one_sided_gradient(void) {
  return quadratic_pair(10, 1, 0, 1, 1, 1);
}

static void *quiet_bulk(void) {
  return quadratic_pair(10, 1, 1, 1, 1, 0);
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "critical_step_rises",
      "$\\lambda=(1,10)$ with the flat direction called dominant: "
      "$\\bar\\lambda_D-\\bar\\lambda_B<0$, "
      "and $\\eta^*$ is negative wherever it exists.",
      quadratic_violate_gap}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {one_sided_gradient, "regime_is_low_below_threshold",
      "$g=(0,1)$: the directions inside the dominant set, hence $p$ and $\\alpha_c$, are not "
      "defined.",
      quadratic_violate_interior}},
    {"noise_in_both",
     "$V_D>0$ and $V_B>0$.",
     is_noisy,
     {quiet_bulk, "separates_regimes",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,0)$: $\\Delta>0$ at every alignment, there is no "
      "$\\alpha_c<1$.",
      quadratic_violate_noise_in_both}},
    {0}};

static const conclusion conclusions[] = {
    {"separates_regimes",
     "at fixed $G$, $p$, $q$: $\\Delta>0$ for all $\\alpha<\\alpha_c$ and $\\Delta<0$ for all "
     "$\\alpha>\\alpha_c$: a quadratic in $\\alpha$, positive at $0$, negative at $1$",
     check_separates, DECIDED_BY_SIGN, NULL},
    {"regime_is_low_below_threshold",
     "the state's own regime is low exactly when $\\alpha<\\alpha_c$", check_regime,
     DECIDED_BY_SIGN, NULL},
    {"critical_step_rises",
     "$\\eta^*(\\alpha)$ rises on all of $(0,\\alpha_c)$: signs of $\\bar\\lambda_D-"
     "\\bar\\lambda_B$, $V_D$, $V_B$",
     check_step_rises, DECIDED_BY_SIGN, NULL},
    {"computed_threshold",
     "certified signs of $\\Delta$ just below and just above the computed $\\alpha_c$",
     check_computed_threshold, DECIDED_BY_BOUND, NULL},
    {"computed_regime", "the state is on that side of the computed $\\alpha_c$ that it is on",
     check_computed_regime, DECIDED_BY_BOUND, NULL},
    {"computed_step_rises",
     "the computed $\\eta^*(\\alpha)$ rises at eight alignments, half a million times in all",
     check_computed_step, DECIDED_BY_BOUND, NULL},
    {"limits_in_scale",
     "$\\alpha_c\\to V_D/(V_D+V_B)$ as $G\\to0$ and $\\alpha_c\\to1$ as "
     "$G\\to\\infty$, with explicit rates",
     check_limits, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {
    {"low regime", 0.20, critical_step_is_low},
    {"high regime", 0.20, critical_step_is_high},
    {"near the threshold", 0.10, critical_step_is_near_threshold},
    {"condition below 1e3", 0.05, quadratic_is_condition_low},
    {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
    {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
    {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
    {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
    {"one dominant direction", 0.05, quadratic_is_one_dominant},
    {"one bulk direction", 0.05, quadratic_is_one_bulk},
    {"anisotropic noise", 0.10, quadratic_is_anisotropic},
    {"gradient far below noise", 0.05, quadratic_is_gradient_small},
    {"gradient far above noise", 0.05, quadratic_is_gradient_large},
    {0}};

const claim regime_threshold_claim = {
    .id = "R1",
    .stem = "regime_threshold",
    .title = "The threshold between the regimes",
    .statement =
        "At fixed $G=\\|g\\|^2$ and fixed directions inside each subspace there is one "
        "$\\alpha_c\\in(0,1)$ with $\\Delta>0\\iff\\alpha<\\alpha_c$, and $\\eta^*(\\alpha)$ rises "
        "from $0$ to $+\\infty$ as $\\alpha\\uparrow\\alpha_c$.",
    .source = "abstract of arXiv:2601.11789: low-alignment and high-alignment regimes",
    .figure = "regime_map",
    .uses = "T1 T2",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 2000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
