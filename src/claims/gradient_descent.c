#include "config.h"
#include "claims/gradient_descent.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "claims/critical_step.h"
#include "exact/exact_polynomial.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.noiseless = true, .two_level = random_chance(rng, 0.3)};
  return quadratic_generate(rng, &aim, diag);
}

static bool is_noiseless(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->d; i++)
    if (q->v[i] != 0.0)
      return false;
  return true;
}

static bool is_two_level(const void *instance) {
  const quadratic *q = instance;
  return q->lambda[0] == q->lambda[q->k - 1] && q->lambda[q->k] == q->lambda[q->d - 1];
}

static verdict evaluate(const void *instance, critical_step *found, claim_note *note) {
  one_step_moments m;
  one_step_moments_of(instance, &m);
  if (critical_step_of(&m, found) == GSL_SUCCESS && found->regime == REGIME_LOW)
    return VERDICT_HOLDS;
  claim_note_set(note, "the regime is not low");
  return VERDICT_FAILS;
}

void gradient_descent_beyond_edge(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  const exact_coefficient first = {q, 1}, second = {q, 2};
  arb_t edge, term;
  arb_init(edge);
  arb_init(term);
  arb_set_d(edge, q->lambda[0]);
  arb_set_d(term, q->lambda[q->k]);
  arb_add(edge, edge, term, precision);
  exact_polynomial_change(term, &second, precision);
  arb_mul_2exp_si(value, term, 1);
  exact_polynomial_change(term, &first, precision);
  arb_addmul(value, term, edge, precision);
  arb_neg(value, value);
  arb_clear(edge);
  arb_clear(term);
}

/* region: conclusions */
static verdict check_always_low(const void *instance, claim_note *note) {
  const exact_coefficient second = {instance, 2};
  const exact_step unused = {instance, 0.0};
  const certify_line lines[] = {
      {"the coefficient of eta^2", exact_polynomial_change, &second, CERTIFY_POSITIVE},
      {"Delta", exact_step_delta, &unused, CERTIFY_POSITIVE},
      {NULL, NULL, NULL, 0}};
  return certify(lines, note);
}

/* Below eta* gradient descent disaligns, above it (the edge of stability) it aligns, at every step
 * size: the one alignment there is, for without noise the two readings are the same. */
static verdict check_turn(const void *instance, claim_note *note) {
  return critical_step_certify(instance, CERTIFY_NEGATIVE, CERTIFY_POSITIVE, note);
}

static verdict check_stands_still(const void *instance, claim_note *note) {
  return critical_step_stands_still(instance, note);
}

static verdict check_two_level(const void *instance, claim_note *note) {
  if (!is_two_level(instance))
    return VERDICT_VACUOUS;
  return certify_sign("eta* less 2/(lambda_D + lambda_B)", gradient_descent_beyond_edge, instance,
                      CERTIFY_ZERO, note);
}

static verdict check_bound(const void *instance, claim_note *note) {
  return certify_sign("eta* less 2/(lambda_1 + lambda_{k+1})", gradient_descent_beyond_edge,
                      instance, CERTIFY_NOT_NEGATIVE, note);
}

/* What the program computes: low at every gap, and a turn within the error bound; the edge follows
 * from those of the exact turn. */
static verdict check_computed(const void *instance, claim_note *note) {
  critical_step found;
  const verdict v = evaluate(instance, &found, note);
  if (v != VERDICT_HOLDS)
    return v;
  const double eta[] = {found.eta_star - found.eta_star_error,
                        found.eta_star + found.eta_star_error};
  for (size_t i = 0; i < 2; i++) {
    const exact_step step = {instance, eta[i]};
    const certified_sign sign = certified_sign_of(exact_step_alignment_change, &step);
    if (sign != (i == 0 ? SIGN_NEGATIVE : SIGN_POSITIVE)) {
      claim_note_set(note, "eta = %a: sign %s", eta[i], certified_sign_name(sign));
      return VERDICT_FAILS;
    }
  }
  return VERDICT_HOLDS;
}
/* end region: conclusions */

static void *not_the_top(void) {
  return quadratic_pair(1, 10, 1, 1, 0, 0);
}

static void *one_sided(void) {
  return quadratic_pair(10, 1, 1, 0, 0, 0);
}

static void *noisy(void) {
  return quadratic_pair(10, 1, 1, 1, 1, 1000);
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "always_low",
      "$\\lambda=(1,10)$ with the flat direction called dominant, $g=(1,1)$: $\\Delta=1-100<0$.",
      quadratic_violate_gap}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {one_sided, "always_low", "$g=(1,0)$: gradient descent leaves $\\alpha=1$ as it is.",
      quadratic_violate_interior}},
    {"noiseless",
     "There is no noise, $\\Sigma=0$.",
     is_noiseless,
     {noisy, "always_low",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1000)$: $\\Delta=200-1001<0$. Noise is what "
      "self-corrects.",
      quadratic_violate_noiseless}},
    {0}};

static const conclusion conclusions[] = {
    {"always_low", "$\\Delta>0$", check_always_low, DECIDED_BY_SIGN, NULL},
    {"turns_at_critical_step",
     "the alignment falls for all $0<\\eta<\\eta^*$ and rises for all $\\eta>\\eta^*$: $c_1<0<c_2$ "
     "in $D(\\eta)B_0-B(\\eta)D_0=\\eta\\,(c_1+c_2\\eta)$",
     check_turn, DECIDED_BY_SIGN, NULL},
    {"stands_still_at_critical_step",
     "at $\\eta^*$ it stays, an equality of rationals, in up to 12 directions", check_stands_still,
     DECIDED_BY_SIGN, NULL},
    {"two_level_value", "with two levels $\\eta^*=2/(\\lambda_D+\\lambda_B)$, exactly",
     check_two_level, DECIDED_BY_SIGN, NULL},
    {"not_below_edge", "$\\eta^*\\ge2/(\\lambda_1+\\lambda_{k+1})$, exactly", check_bound,
     DECIDED_BY_SIGN, NULL},
    {"computed_step",
     "the computed regime is low, and the alignment turns within the error bound of the computed "
     "$\\eta^*$",
     check_computed, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"two levels", 0.15, is_two_level},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
                                     {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"more than 100 directions", 0.01, quadratic_is_large},
                                     {"alignment below 1e-3", 0.05, quadratic_is_alignment_low},
                                     {"alignment between", 0.10, quadratic_is_alignment_middle},
                                     {"alignment above 0.999", 0.05, quadratic_is_alignment_high},
                                     {0}};

const claim gradient_descent_claim = {
    .id = "C1",
    .stem = "gradient_descent",
    .title = "Without noise there is no high regime",
    .statement =
        "If $\\Sigma=0$ the regime is always low, with $\\eta^*\\ge2/(\\lambda_1+\\lambda_{k+1})$ "
        "and $\\eta^*=2/(\\lambda_D+\\lambda_B)$ on two levels: gradient descent disaligns below "
        "it and aligns above it.",
    .source = "reconstruction: noise is what self-corrects",
    .figure = NULL,
    .uses = "T1",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 2000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
