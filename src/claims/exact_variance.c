#include "config.h"
#include "claims/exact_variance.h"

#include <math.h>
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.positive_noise = true, .d_most = 500};
  return quadratic_generate(rng, &aim, diag);
}

/* region: conclusions */
/* The stated accuracy, and the bound of every variable in [0, 1] with that mean: Var <= m (1 - m).
 */
verdict exact_variance_accuracy(law_value mean, law_value complement, law_value variance,
                                claim_note *note) {
  const double nearest = fmin(mean.val, complement.val);
  const bool certain = variance.val < 1e-12 * nearest * nearest;
  if (variance.val > 0.0 && variance.err <= (certain ? 1.0 : 1e-8) * variance.val &&
      variance.val - variance.err <= mean.val * complement.val * (1.0 + 1e-9))
    return VERDICT_HOLDS;
  claim_note_set(note, "Var alpha = %a +- %.1e with E alpha = %a", variance.val, variance.err,
                 mean.val);
  return VERDICT_FAILS;
}

static verdict accuracy_of(const law_case *c, claim_note *note) {
  law_value mean = {NAN, INFINITY}, complement = {NAN, INFINITY}, variance = {NAN, INFINITY};
  alignment_law_mean(c->law, &mean);
  alignment_law_mean_complement(c->law, &complement);
  alignment_law_variance(c->law, &variance);
  return exact_variance_accuracy(mean, complement, variance, note);
}

static verdict check_accuracy(const void *instance, claim_note *note) {
  return law_case_each(instance, accuracy_of, note);
}

/* T5b as printed, E alpha^2 - (E alpha)^2, by GSL's adaptive rule: it cancels where T5b's other
 * form does not, and says so by its error. */
verdict exact_variance_quadrature(law_value variance, law_value first, law_value second,
                                  claim_note *note) {
  const double plain = second.val - first.val * first.val;
  const double error = second.err + 2.0 * first.val * first.err + first.err * first.err;
  if (!(error <= 0.1 * variance.val))
    return VERDICT_VACUOUS; /* the difference has no digit left */
  if (law_case_agree(variance, plain, error))
    return VERDICT_HOLDS;
  claim_note_set(note, "Var alpha = %a +- %.1e, by quadrature %a +- %.1e", variance.val,
                 variance.err, plain, error);
  return VERDICT_FAILS;
}

static verdict quadrature_of(const law_case *c, claim_note *note) {
  if (c->d > 60)
    return VERDICT_VACUOUS;
  law_value variance = {NAN, INFINITY};
  alignment_law_variance(c->law, &variance);
  return exact_variance_quadrature(variance, law_case_quadrature(c, 1), law_case_quadrature(c, 2),
                                   note);
}

static verdict check_quadrature(const void *instance, claim_note *note) {
  return law_case_each(instance, quadrature_of, note);
}

/* Within the law's own error: the few roundings of `expected` are far below it. */
static bool has_variance(const alignment_law *law, double expected, claim_note *note) {
  law_value variance = {NAN, 0.0};
  if (law == NULL)
    return true;
  alignment_law_variance(law, &variance);
  if (law_case_agree(variance, expected, 0.0))
    return true;
  claim_note_set(note, "Var alpha = %a +- %.1e, not %a", variance.val, variance.err, expected);
  return false;
}

/* r/(2 (1+r)^2), r = sqrt(s_1/s_2), for two centred directions; Beta's variance for equal ones. */
verdict exact_variance_closed_forms(const law_case *c, claim_note *note) {
  const double d = (double)c->d, k = (double)c->k, r = c->ratio;
  const bool holds = has_variance(c->pair, 0.5 * r / (1.0 + r) / (1.0 + r), note) &&
                     has_variance(c->equal, 2.0 * k * (d - k) / (d * d * (d + 2.0)), note);
  return holds ? VERDICT_HOLDS : VERDICT_FAILS;
}

static verdict check_closed_forms(const void *instance, claim_note *note) {
  return law_case_each(instance, exact_variance_closed_forms, note);
}
/* end region: conclusions */

static const hypothesis hypotheses[] = {
    {"independent",
     "The coordinates $g_i$ are independent normals.",
     quadratic_is_uncorrelated,
     {law_case_correlated, "plain_quadrature",
      "As for T5a: $\\lambda=(2,1)$, $g=(0,0)$, $v=(1,1)$, $\\Sigma_{12}=4/5$.",
      quadratic_violate_uncorrelated}},
    {0}};

static const conclusion conclusions[] = {
    {"stated_accuracy",
     "$\\operatorname{Var}\\alpha$ to a relative $10^{-8}$, unless "
     "$\\mathrm{sd}<10^{-6}\\min(\\bar\\alpha,1-\\bar\\alpha)$; at most "
     "$\\bar\\alpha(1-\\bar\\alpha)$",
     check_accuracy, DECIDED_BY_BOUND, NULL},
    {"plain_quadrature",
     "$\\mathbb{E}\\,\\alpha^2-(\\mathbb{E}\\,\\alpha)^2$ by GSL's adaptive rule, where that "
     "difference has digits",
     check_quadrature, DECIDED_BY_BOUND, NULL},
    {"closed_forms", "$r/(2(1+r)^2)$ for two directions, the variance of Beta for equal ones",
     check_closed_forms, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"a mean within 1e-6 of an end", 0.10, law_case_is_extreme},
                                     {"a mean well inside", 0.10, law_case_is_central},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"more than 100 directions", 0.01, quadratic_is_large},
                                     {"anisotropic noise", 0.10, quadratic_is_anisotropic},
                                     {0}};

const claim exact_variance_claim = {
    .id = "T5b",
    .stem = "exact_variance",
    .title = "The exact variance of the alignment",
    .statement =
        "For independent $g_i\\sim N(a_i,w_i)$, $\\mathbb{E}\\,\\alpha^2=\\int_0^\\infty "
        "s\\,\\varphi(s)"
        "\\bigl(\\psi_D^2+\\sum_{i\\le k}[2w_i^2/(1+2sw_i)^2+4a_i^2w_i/(1+2sw_i)^3]\\bigr)ds$.",
    .source = "reconstruction: no simulation needed",
    .figure = "stationary_sweep",
    .uses = "T5a",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 300,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
