#include "config.h"
#include "claims/mean_field_gap.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/rounding.h"

/* region: spread */
double mean_field_gap_spread(const quadratic *q, double eta) {
  double mean = 0.0, variance = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const double move = eta * q->lambda[i], kept = (1.0 - move) * q->g[i];
    const double square = kept * kept, noise = move * move * q->v[i];
    mean += square + noise;
    variance += noise * (2.0 * noise + 4.0 * square);
  }
  return sqrt(variance) / mean;
}
/* end region: spread */

/* --- the claim ------------------------------------------------------------------------------ */

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.d_most = 200, .condition = 1e9, .positive_noise = true};
  return quadratic_generate(rng, &aim, diag);
}

/* CV(S)^2 by the three-node rule for normals, exact up to degree 5: sqrt(3) standard deviations
 * either way with weight 1/6, the mean with 2/3.  E x^4 has degree 4. */
static void spread_by_nodes(arb_t value, const void *argument, slong precision) {
  static const int node[] = {-1, 0, 1}, weight[] = {1, 4, 1}; /* over 6 */
  const exact_step *step = argument;
  const quadratic *q = step->q;
  arb_t mean, variance, second, fourth, x, root, term;
  arb_struct *const all[] = {mean, variance, second, fourth, x, root, term};
  for (size_t n = 0; n < 7; n++)
    arb_init(all[n]);
  for (size_t i = 0; i < q->d; i++) {
    arb_zero(second);
    arb_zero(fourth);
    for (int n = 0; n < 3; n++) {
      arb_set_d(root, q->v[i]);
      arb_mul_si(root, root, 3, precision);
      arb_sqrt(root, root, precision);
      arb_mul_si(root, root, node[n], precision);
      arb_set_d(x, q->g[i]);
      arb_add(root, root, x, precision); /* g + xi */
      arb_set_d(term, step->eta);
      arb_mul(root, root, term, precision);
      arb_set_d(term, q->lambda[i]);
      arb_submul(x, root, term, precision);
      arb_sqr(x, x, precision);
      arb_addmul_si(second, x, weight[n], precision);
      arb_sqr(x, x, precision);
      arb_addmul_si(fourth, x, weight[n], precision);
    }
    arb_div_si(second, second, 6, precision);
    arb_div_si(fourth, fourth, 6, precision);
    arb_add(mean, mean, second, precision);
    arb_submul(fourth, second, second, precision);
    arb_add(variance, variance, fourth, precision);
  }
  arb_sqr(mean, mean, precision);
  arb_div(value, variance, mean, precision);
  for (size_t n = 0; n < 7; n++)
    arb_clear(all[n]);
}

size_t mean_field_gap_steps(const quadratic *q, double eta[MEAN_FIELD_GAP_STEPS]) {
  const double unit = 1.0 / q->lambda[0];
  size_t count = 0;
  eta[count++] = 0.01 * unit;
  eta[count++] = 0.3 * unit;
  eta[count++] = unit;
  eta[count++] = 1.9 * unit;
  one_step_moments m;
  critical_step found = {.regime = REGIME_HIGH};
  one_step_moments_of(q, &m);
  critical_step_of(&m, &found);
  if (found.regime == REGIME_LOW) {
    eta[count++] = 0.5 * found.eta_star;
    eta[count++] = 2.0 * found.eta_star;
  }
  return count;
}

/* What 1 - eta lambda loses, relative to E S: as in one_step_moments.c. */
double mean_field_gap_rounding(const quadratic *q, double eta) {
  double total = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const double move = eta * q->lambda[i];
    total += (1.0 - move) * (1.0 - move) * q->g[i] * q->g[i] + move * move * q->v[i];
  }
  return rounding_gamma(2 * q->d + 32) * one_step_rounding_loss(q, eta) / total;
}

/* region: conclusions */
/* The variance's cross terms feel the loss relative to their own size: sqrt(E S) bounds them. */
verdict mean_field_gap_expect_spread(double value, double truth, double rounding, double eta,
                                     claim_note *note) {
  if (fabs(value - truth) <= 4.0 * rounding * (truth + sqrt(truth)))
    return VERDICT_HOLDS;
  claim_note_set(note, "eta = %a: CV(S) = %a, by nodes %a", eta, value, truth);
  return VERDICT_FAILS;
}

static verdict check_spread(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  double eta[MEAN_FIELD_GAP_STEPS];
  const size_t count = mean_field_gap_steps(q, eta);
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < count && v == VERDICT_HOLDS; n++) {
    const exact_step step = {q, eta[n]};
    v = mean_field_gap_expect_spread(mean_field_gap_spread(q, eta[n]),
                                     sqrt(certified_value_of(spread_by_nodes, &step)),
                                     mean_field_gap_rounding(q, eta[n]), eta[n], note);
  }
  return v;
}

/* What the law says after a step; VACUOUS where there is none (noise too small to be one, say). */
static verdict look_up(const quadratic *q, double eta, law_value *mean, law_value *variance,
                       claim_note *note) {
  alignment_law *law = NULL;
  diagnostic diag = {0, ""};
  if (alignment_law_after_step(q, eta, &law, &diag) != GSL_SUCCESS) {
    claim_note_set(note, "%.200s", diag.message);
    return VERDICT_VACUOUS;
  }
  const int reached = alignment_law_mean(law, mean);
  alignment_law_variance(law, variance); /* with its error, whatever that is: a bound takes it in */
  alignment_law_free(law);
  return reached == GSL_SUCCESS ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

/* |true - mean field| <= sd(N/S) CV(S) <= CV(S)/2.  So where the mean-field change is larger than
 * CV(S)/2 the true one has its sign. */
verdict mean_field_gap_expect_within(const mean_field_gap_readings *r, claim_note *note) {
  const double deviation = sqrt(r->variance.val + r->variance.err);
  const double slack = r->mean.err + 4.0 * r->rounding * (1.0 + r->spread + sqrt(r->spread));
  if (fabs(r->mean.val - r->field) <= deviation * r->spread + slack && deviation <= 0.5 + 1e-8)
    return VERDICT_HOLDS;
  claim_note_set(note, "eta = %a: true %a, mean field %a, sd %a, CV(S) %a", r->eta, r->mean.val,
                 r->field, deviation, r->spread);
  return VERDICT_FAILS;
}

static verdict check_gap(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  double eta[MEAN_FIELD_GAP_STEPS];
  const size_t count = mean_field_gap_steps(q, eta);
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < count && v == VERDICT_HOLDS; n++) {
    mean_field_gap_readings r = {.eta = eta[n],
                                 .field = one_step_mean_field_alignment(q, eta[n]),
                                 .spread = mean_field_gap_spread(q, eta[n]),
                                 .rounding = mean_field_gap_rounding(q, eta[n])};
    v = look_up(q, eta[n], &r.mean, &r.variance, note);
    if (v == VERDICT_HOLDS)
      v = mean_field_gap_expect_within(&r, note);
  }
  return v;
}
/* end region: conclusions */

static bool has_small_spread(const void *instance) {
  const quadratic *q = instance;
  return mean_field_gap_spread(q, 1.0 / q->lambda[0]) < 0.1;
}

static bool has_large_spread(const void *instance) {
  const quadratic *q = instance;
  return mean_field_gap_spread(q, 1.0 / q->lambda[0]) > 0.5;
}

static void *biased(void) {
  return quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1), 0, -2.0);
}

static verdict check_mean_is_unbiased(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const exact_step step = {q, 0.25 / q->lambda[0]};
  const double dominant = certified_value_of(exact_step_dominant, &step);
  const double total = dominant + certified_value_of(exact_step_bulk, &step);
  return one_step_moments_expect(one_step_mean_field_alignment(q, step.eta), dominant / total,
                                 one_step_mean_field_error(q, step.eta, total), step.eta, note);
}

static void *correlated(void) {
  quadratic *q = quadratic_pair(2, 1, 1, 1, 1, 1);
  if (q == NULL || (q->covariance = gsl_matrix_alloc(2, 2)) == NULL) {
    quadratic_free(q);
    return NULL;
  }
  gsl_matrix_set_all(q->covariance, 1.0);
  return q;
}

static const hypothesis hypotheses[] = {
    {"unbiased",
     "The noise has mean zero.",
     quadratic_is_unbiased,
     {biased, "mean_field_is_ratio",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1)$, $\\mathbb{E}\\,\\xi=(-2,0)$: "
      "$a_1=(1-\\eta\\lambda_1)g_1$ is no "
      "longer the mean of $g_1'$.",
      quadratic_violate_unbiased}},
    {"uncorrelated",
     "$U^{\\mathsf T}\\Sigma U$ is diagonal.",
     quadratic_is_uncorrelated,
     {correlated, "gap_within_bounds",
      "$\\lambda=(2,1)$, $g=(1,1)$, $v=(1,1)$, $\\Sigma_{12}=1$. "
      "Correlated noise has the same bound with its own $\\mathrm{CV}(S)$, "
      "$\\operatorname{Var}S=2\\operatorname{tr}"
      "C^2+4a^{\\mathsf T}Ca$; nothing is claimed of the diagonal formula there.",
      quadratic_violate_uncorrelated}},
    {0}};

static const conclusion conclusions[] = {
    {"spread_of_total",
     "$\\mathrm{CV}(S)$, against a quadrature in balls that is exact for normals", check_spread,
     DECIDED_BY_BOUND, NULL},
    {"gap_within_bounds",
     "$|\\bar\\alpha-\\hat\\alpha|\\le\\mathrm{sd}(N/S)\\,\\mathrm{CV}(S)"
     "\\le\\frac12\\mathrm{CV}(S)$, and so equal signs beyond it",
     check_gap, DECIDED_BY_BOUND, NULL},
    {"mean_field_is_ratio", "$\\hat\\alpha=\\mathbb{E}N/\\mathbb{E}S$, certified",
     check_mean_is_unbiased, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"spread below 0.1", 0.10, has_small_spread},
                                     {"spread above 0.5", 0.10, has_large_spread},
                                     {"low regime", 0.10, critical_step_is_low},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"anisotropic noise", 0.10, quadratic_is_anisotropic},
                                     {0}};

const claim mean_field_gap_claim = {
    .id = "L4",
    .stem = "mean_field_gap",
    .title = "Mean field against truth",
    .statement =
        "For Gaussian noise "
        "$|\\bar\\alpha-\\hat\\alpha|\\le\\mathrm{sd}(N/S)\\,\\mathrm{CV}(S)\\le\\frac12"
        "\\mathrm{CV}(S)$, so the two readings agree wherever the mean-field change exceeds "
        "$\\frac12\\mathrm{CV}(S)$.",
    .source = "reconstruction: the two readings of the abstract",
    .figure = "readings",
    .uses = "L1",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 600,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
