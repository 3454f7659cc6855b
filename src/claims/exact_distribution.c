#include "config.h"
#include "claims/exact_distribution.h"

#include <math.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {
      .positive_noise = true, .d_most = random_chance(rng, 0.7) ? 20 : 200, .condition = 1e6};
  return quadratic_generate(rng, &aim, diag);
}

static const double places[] = {1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 0.999999};
enum { PLACE_COUNT = sizeof places / sizeof *places };

/* region: conclusions */
/* A distribution function: in [0, 1], rising, to the stated 1e-8. */
verdict exact_distribution_rising(const law_value *p, size_t count, claim_note *note) {
  law_value previous = {0.0, 0.0};
  for (size_t n = 0; n < count; n++) {
    if (!(p[n].err <= 1e-8 && p[n].val >= -p[n].err && p[n].val <= 1.0 + p[n].err &&
          p[n].val + p[n].err >= previous.val - previous.err)) {
      claim_note_set(note, "P(alpha <= %g) = %a +- %.1e after %a", places[n], p[n].val, p[n].err,
                     previous.val);
      return VERDICT_FAILS;
    }
    previous = p[n];
  }
  return VERDICT_HOLDS;
}

static verdict rising_of(const law_case *c, claim_note *note) {
  law_value p[PLACE_COUNT];
  for (size_t n = 0; n < PLACE_COUNT; n++)
    if (alignment_law_cdf(c->law, places[n], &p[n]) != GSL_SUCCESS)
      p[n].err = INFINITY;
  return exact_distribution_rising(p, PLACE_COUNT, note);
}

static verdict check_rising(const void *instance, claim_note *note) {
  return law_case_each(instance, rising_of, note);
}

/* The quantile undoes it: P(alpha <= c) = p within the errors, the quantile's taken through the
 * values of the distribution function on either side. */
verdict exact_distribution_quantile(double level, law_value at, law_value below, law_value above,
                                    claim_note *note) {
  if (below.val - below.err <= level && above.val + above.err >= level)
    return VERDICT_HOLDS;
  claim_note_set(note, "quantile %g = %a +- %.1e: P from %a to %a", level, at.val, at.err,
                 below.val, above.val);
  return VERDICT_FAILS;
}

static verdict quantiles_of(const law_case *c, claim_note *note) {
  static const double levels[] = {0.025, 0.5, 0.975};
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < 3 && v == VERDICT_HOLDS; n++) {
    law_value at, below, above;
    /* GSL_ETOL is no failure here: the law is then so narrow, or its error so large, that the
     * quantile's own error says so. */
    const int status = alignment_law_quantile(c->law, levels[n], &at);
    if (status != GSL_SUCCESS && status != GSL_ETOL)
      return VERDICT_UNDECIDED;
    alignment_law_cdf(c->law, at.val - at.err, &below);
    alignment_law_cdf(c->law, at.val + at.err, &above);
    v = exact_distribution_quantile(levels[n], at, below, above, note);
  }
  return v;
}

static verdict check_quantiles(const void *instance, claim_note *note) {
  return law_case_each(instance, quantiles_of, note);
}

/* P(alpha > c) dc/du at c = 1/(1 + e^{-u}). */
static double upper_probability(double u, void *law) {
  const double c = 1.0 / (1.0 + exp(-u));
  law_value p = {0.0, 0.0};
  alignment_law_cdf(law, c, &p);
  return (1.0 - p.val) * c * (1.0 - c);
}

/* E alpha = integral of P(alpha > c) over c, known to `error`; and T5a as it is printed, of the
 * variances alone, where a plain quadrature of it has converged. */
verdict exact_distribution_mean(law_value mean, law_value plain, double sum, double error,
                                claim_note *note) {
  const bool agrees = !(plain.err <= 1e-8) || law_case_agree(plain, sum, error);
  if (law_case_agree(mean, sum, error + 1e-8) && agrees)
    return VERDICT_HOLDS;
  claim_note_set(note, "E alpha = %a, by T5a %a, integral of P(alpha > c) = %a +- %.1e", mean.val,
                 plain.val, sum, error);
  return VERDICT_FAILS;
}

/* The law and its mean know nothing of each other.  The integral is taken piece
 * by piece between quantiles and over the log odds of c, so that a narrow law, or one spread over
 * decades, is not missed; below the first quantile the integrand is 1, above the last one 0, but
 * for 1e-6. */
static verdict mean_of(const law_case *c, claim_note *note) {
  if (c->d > 6)
    return VERDICT_VACUOUS;
  static const double levels[] = {1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 0.999999};
  enum { COUNT = sizeof levels / sizeof *levels };
  double odds[COUNT]; /* their logarithms */
  for (size_t n = 0; n < COUNT; n++) {
    law_value at = {NAN, 0.0};
    const int status = alignment_law_quantile(c->law, levels[n], &at);
    odds[n] = log(at.val) - log1p(-at.val);
    if (status != GSL_SUCCESS || !isfinite(odds[n]))
      return VERDICT_VACUOUS; /* too sharp a law to cut into pieces */
  }
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(20);
  gsl_function f = {upper_probability, c->law};
  if (work == NULL)
    return VERDICT_UNDECIDED;
  double sum = 1.0 / (1.0 + exp(-odds[0])), error = 1e-6;
  int status = GSL_SUCCESS;
  for (size_t n = 0; n + 1 < COUNT && status == GSL_SUCCESS; n++) {
    double value, piece_error;
    status = gsl_integration_qag(&f, odds[n], odds[n + 1], 1e-7, 0.0, 20, GSL_INTEG_GAUSS15, work,
                                 &value, &piece_error);
    sum += value;
    error += piece_error;
  }
  gsl_integration_workspace_free(work);
  if (status != GSL_SUCCESS)
    return VERDICT_VACUOUS;
  law_value mean = {NAN, 0.0};
  alignment_law_mean(c->law, &mean);
  return exact_distribution_mean(mean, law_case_quadrature(c, 1), sum, error, note);
}

static verdict check_mean(const void *instance, claim_note *note) {
  return law_case_each(instance, mean_of, note);
}

static bool has_probability(const alignment_law *law, double x, double expected, double slack,
                            claim_note *note) {
  law_value p = {NAN, 0.0};
  if (law == NULL)
    return true;
  if (alignment_law_cdf(law, x, &p) == GSL_SUCCESS && law_case_agree(p, expected, slack))
    return true;
  claim_note_set(note, "P(alpha <= %g) = %a +- %.1e, not %a", x, p.val, p.err, expected);
  return false;
}

/* (2/pi) arctan sqrt(s_2 c/(s_1 (1-c))) for two centred directions, which the case may be itself;
 * Beta(k/2, (d-k)/2) for equal ones. */
verdict exact_distribution_closed_forms(const law_case *c, claim_note *note) {
  const bool own = c->pair != NULL && c->d == 2 && c->a[0] == 0.0 && c->a[1] == 0.0;
  for (size_t n = 0; n < PLACE_COUNT; n++) {
    const double x = places[n], arc = M_2_PI * atan(sqrt(x / (1.0 - x)) / c->ratio);
    const double beta = gsl_cdf_beta_P(x, 0.5 * (double)c->k, 0.5 * (double)(c->d - c->k));
    if (!has_probability(c->pair, x, arc, rounding_gamma(16), note) ||
        !has_probability(own ? c->law : NULL, x, arc, rounding_gamma(16), note) ||
        !has_probability(c->equal, x, beta, 1e-12, note))
      return VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}

static verdict check_closed_forms(const void *instance, claim_note *note) {
  return law_case_each(instance, exact_distribution_closed_forms, note);
}
/* end region: conclusions */

static const hypothesis hypotheses[] = {
    {"independent",
     "The coordinates $g_i$ are independent normals.",
     quadratic_is_uncorrelated,
     {law_case_correlated, "closed_forms",
      "As for T5a: $\\lambda=(2,1)$, $g=(0,0)$, $v=(1,1)$, $\\Sigma_{12}=4/5$; the law is not the "
      "arctangent.",
      NULL}},
    {0}};

static const conclusion conclusions[] = {
    {"rises_from_0_to_1", "$P(\\alpha\\le c)$ rises in $[0,1]$, to $10^{-8}$", check_rising,
     DECIDED_BY_BOUND, NULL},
    {"quantiles_undo_it", "the quantiles $0.025$, $0.5$, $0.975$ put it where it should be",
     check_quantiles, DECIDED_BY_BOUND, NULL},
    {"mean_is_integral", "$\\int_0^1P(\\alpha>c)\\,dc=\\mathbb{E}\\,\\alpha$ of T5a, $d\\le6$",
     check_mean, DECIDED_BY_BOUND, NULL},
    {"closed_forms", "the arctangent law for two directions, Beta for equal ones",
     check_closed_forms, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"a mean within 1e-6 of an end", 0.02, law_case_is_extreme},
                                     {"a mean well inside", 0.10, law_case_is_central},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"anisotropic noise", 0.10, quadratic_is_anisotropic},
                                     {0}};

/* --- without independence ------------------------------------------------------------------- */

/* In few directions: a distribution function of correlated normals costs d^3. */
static bool violate_independent(void *instance, gsl_rng *rng) {
  quadratic_keep(instance, 2, 2);
  return quadratic_violate_uncorrelated(instance, rng);
}

/* The law of the variances alone against the law there is, at a few places. */
static verdict variances_tell(const law_case *c, claim_note *note) {
  alignment_law *diagonal = NULL;
  if (alignment_law_independent(c->a, c->w, c->d, c->k, &diagonal, NULL) != GSL_SUCCESS)
    return VERDICT_VACUOUS;
  verdict v = VERDICT_HOLDS;
  for (size_t n = 2; n < 5 && v == VERDICT_HOLDS; n++) {
    law_value is, said;
    alignment_law_cdf(c->law, places[n], &is);
    alignment_law_cdf(diagonal, places[n], &said);
    if (!law_case_agree(is, said.val, said.err + 1e-8)) {
      claim_note_set(note, "P(alpha <= %g) = %a +- %.1e, by the variances alone %a +- %.1e",
                     places[n], is.val, is.err, said.val, said.err);
      v = VERDICT_FAILS;
    }
  }
  alignment_law_free(diagonal);
  return v;
}

static verdict check_variances_tell(const void *instance, claim_note *note) {
  return law_case_each(instance, variances_tell, note);
}

static const conclusion variances_are_enough = {
    "variances_are_enough",
    "$P(\\alpha\\le c)$ is that of independent normals of the same variances", check_variances_tell,
    DECIDED_BY_BOUND, NULL};

static const further_ablation further[] = {
    {"independent",
     "law",
     NULL,
     NULL,
     &variances_are_enough,
     {law_case_correlated, "variances_are_enough",
      "As for T5a: $\\lambda=(2,1)$, $g=(0,0)$, $v=(1,1)$, $\\Sigma_{12}=4/5$.",
      violate_independent}},
    {0}};

const claim exact_distribution_claim = {
    .id = "T5c",
    .stem = "exact_distribution",
    .title = "The exact distribution of the alignment",
    .statement = "$P(\\alpha\\le c)=P\\bigl((1-c)N-cM\\le0\\bigr)$, $N=\\|Pg\\|^2$, "
                 "$M=\\|Qg\\|^2$: an indefinite "
                 "quadratic form in normals, by Imhof's inversion.",
    .source = "reconstruction: no simulation needed",
    .figure = "law",
    .uses = "T5a",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 20,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .further = further,
};
