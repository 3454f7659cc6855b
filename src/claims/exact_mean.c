#include "config.h"
#include "claims/exact_mean.h"

#include <math.h>
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/rounding.h"

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.positive_noise = true, .d_most = 500};
  return quadratic_generate(rng, &aim, diag);
}

/* region: conclusions */
/* The stated accuracy: relative 1e-10 for E alpha and for E(1 - alpha), which sum to 1. */
verdict exact_mean_accuracy(law_value mean, law_value complement, claim_note *note) {
  if (mean.err < 1e-10 * mean.val && complement.err < 1e-10 * complement.val &&
      fabs(mean.val + complement.val - 1.0) <= mean.err + complement.err + 4.0 * ROUNDING_UNIT)
    return VERDICT_HOLDS;
  claim_note_set(note, "E alpha = %a +- %.1e, E(1 - alpha) = %a +- %.1e", mean.val, mean.err,
                 complement.val, complement.err);
  return VERDICT_FAILS;
}

static verdict accuracy_of(const law_case *c, claim_note *note) {
  law_value mean = {NAN, INFINITY}, complement = {NAN, INFINITY};
  alignment_law_mean(c->law, &mean);
  alignment_law_mean_complement(c->law, &complement);
  return exact_mean_accuracy(mean, complement, note);
}

static verdict check_accuracy(const void *instance, claim_note *note) {
  return law_case_each(instance, accuracy_of, note);
}

/* The same integral by GSL's adaptive rule, unless that gave up. */
verdict exact_mean_quadrature(law_value mean, law_value plain, claim_note *note) {
  if (!(plain.err <= 1e-8))
    return VERDICT_VACUOUS;
  if (law_case_agree(mean, plain.val, plain.err))
    return VERDICT_HOLDS;
  claim_note_set(note, "E alpha = %a +- %.1e, by quadrature %a +- %.1e", mean.val, mean.err,
                 plain.val, plain.err);
  return VERDICT_FAILS;
}

static verdict quadrature_of(const law_case *c, claim_note *note) {
  if (c->d > 60)
    return VERDICT_VACUOUS;
  law_value mean = {NAN, INFINITY};
  alignment_law_mean(c->law, &mean);
  return exact_mean_quadrature(mean, law_case_quadrature(c, 1), note);
}

static verdict check_quadrature(const void *instance, claim_note *note) {
  return law_case_each(instance, quadrature_of, note);
}

/* Within the law's own error: the few roundings of `expected` are far below it. */
static bool has_mean(const alignment_law *law, double expected, claim_note *note) {
  law_value mean = {NAN, 0.0};
  if (law == NULL)
    return true;
  alignment_law_mean(law, &mean);
  if (law_case_agree(mean, expected, 0.0))
    return true;
  claim_note_set(note, "E alpha = %a +- %.1e, not %a", mean.val, mean.err, expected);
  return false;
}

/* E alpha = sqrt(s_1)/(sqrt(s_1) + sqrt(s_2)) for two centred directions; k/d for equal variances.
 */
verdict exact_mean_closed_forms(const law_case *c, claim_note *note) {
  const bool holds = has_mean(c->pair, c->ratio / (1.0 + c->ratio), note) &&
                     has_mean(c->equal, (double)c->k / (double)c->d, note);
  return holds ? VERDICT_HOLDS : VERDICT_FAILS;
}

static verdict check_closed_forms(const void *instance, claim_note *note) {
  return law_case_each(instance, exact_mean_closed_forms, note);
}
/* end region: conclusions */

static const hypothesis hypotheses[] = {
    {"independent",
     "The coordinates $g_i$ are independent normals.",
     quadratic_is_uncorrelated,
     {law_case_correlated, "plain_quadrature",
      "$\\lambda=(2,1)$, $g=(0,0)$, $v=(1,1)$, $\\Sigma_{12}=4/5$: after a step "
      "$\\bar\\alpha=26/37$ (for $d=2$, $\\mathbb{E}[gg^{\\mathsf T}/\\|g\\|^2]="
      "C^{1/2}/\\operatorname{tr}C^{1/2}$), and the formula says $2/3$. Correlated normals have a "
      "law too (the quadratic form is diagonalised first); the formula is another.",
      quadratic_violate_uncorrelated}},
    {0}};

static const conclusion conclusions[] = {
    {"stated_accuracy",
     "$\\mathbb{E}\\,\\alpha$ and $\\mathbb{E}(1-\\alpha)$ to a relative $10^{-10}$, and they "
     "sum to 1",
     check_accuracy, DECIDED_BY_BOUND, NULL},
    {"plain_quadrature", "the same integral by GSL's adaptive Gauss--Kronrod rule, $d\\le60$",
     check_quadrature, DECIDED_BY_BOUND, NULL},
    {"closed_forms",
     "$\\sqrt{s_1}/(\\sqrt{s_1}+\\sqrt{s_2})$ for two directions, $k/d$ for equal variances",
     check_closed_forms, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {
    {"a mean within 1e-6 of an end", 0.10, law_case_is_extreme},
    {"a mean well inside", 0.10, law_case_is_central},
    {"condition below 1e3", 0.05, quadratic_is_condition_low},
    {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
    {"more than 100 directions", 0.01, quadratic_is_large},
    {"anisotropic noise", 0.10, quadratic_is_anisotropic},
    {"gradient far below noise", 0.05, quadratic_is_gradient_small},
    {"gradient far above noise", 0.05, quadratic_is_gradient_large},
    {0}};

const claim exact_mean_claim = {
    .id = "T5a",
    .stem = "exact_mean",
    .title = "The exact expectation of the alignment",
    .statement = "For independent $g_i\\sim N(a_i,w_i)$, "
                 "$\\bar\\alpha=\\int_0^\\infty\\psi_D(s)\\varphi(s)\\,ds$.",
    .source = "reconstruction: no simulation needed",
    .figure = "stationary_sweep",
    .uses = "",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 300,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
