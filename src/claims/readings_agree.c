#include "config.h"
#include "claims/readings_agree.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/true_critical_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"

/* region: condition */
int readings_agree_condition(const quadratic *q, double *first, double *second) {
  one_step_moments m;
  critical_step step;
  one_step_moments_of(q, &m);
  if (critical_step_of(&m, &step) != GSL_SUCCESS)
    return GSL_EDOM;
  double mixed = 0.0, noise = 0.0, sharp = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const double curvature = q->lambda[i] * q->lambda[i], square = q->g[i] * q->g[i];
    mixed += curvature * q->v[i] * square;
    noise += curvature * q->v[i] * curvature * q->v[i];
    sharp += curvature * curvature * q->v[i] * square;
  }
  const double pull = m.d0 / (m.d0 + m.b0) * m.b0;
  const double margin = fmax(0.0, -(step.delta + step.delta_error));
  /* Without a gap the right side of (i) may be 0 or negative: nothing is below it then. */
  *first = m.mean_gap > 0.0 ? sqrt(mixed) / (2.0 * pull * m.mean_gap) : INFINITY;
  *second = margin > 0.0 ? (sqrt(0.5 * noise) + sqrt(sharp)) / (pull * margin) : INFINITY;
  return GSL_SUCCESS;
}
/* end region: condition */

/* --- the claim ------------------------------------------------------------------------------ */

static bool meets_condition(const void *instance) {
  double first, second;
  return readings_agree_condition(instance, &first, &second) == GSL_SUCCESS && first <= 1.0 &&
         second <= 1.0;
}

/* A state that condition (i) allows, by its size, and (ii), by the number of bulk directions. */
static quadratic *draw(gsl_rng *rng) {
  const size_t k = random_index(rng, 1, 6), bulk = random_index(rng, 60, 400);
  quadratic *q = quadratic_alloc(k + bulk, k);
  if (q == NULL)
    return NULL;
  const double ratio = random_uniform(rng, 1.3, 4.0), unit = random_log_uniform(rng, 1e-3, 1e3);
  const double alignment = random_uniform(rng, 0.1, 0.9), spread = random_uniform(rng, 0.0, 0.5);
  const double excess = random_log_uniform(rng, 1.0, 4.0);
  for (size_t i = 0; i < q->d; i++) {
    const double place = i < k ? (double)i / (double)k : (double)(i - k) / (double)bulk;
    q->lambda[i] = unit * (i < k ? ratio * (1.0 + spread * (1.0 - place)) : 1.0 - spread * place);
    q->v[i] = random_uniform(rng, 0.5, 1.5);
    q->g[i] = random_sign(rng) * random_uniform(rng, 0.5, 1.5);
  }
  double part[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++)
    part[i < k] += q->g[i] * q->g[i];
  /* sqrt(G) >= lambda_1 sigma / (2 alpha (1 - alpha) (mean gap)), and a little more. */
  const double wanted = ratio / (2.0 * alignment * (1.0 - alignment) * (ratio - 1.0));
  const double total = 2.0 * excess * wanted * wanted;
  for (size_t i = 0; i < q->d; i++)
    q->g[i] *= sqrt(total * (i < k ? alignment / part[1] : (1.0 - alignment) / part[0]));
  return q;
}

static void *generate(gsl_rng *rng, diagnostic *diag) {
  for (int attempt = 0; attempt < 400; attempt++) {
    quadratic *q = draw(rng);
    if (q == NULL)
      break;
    if (meets_condition(q))
      return q;
    quadratic_free(q);
  }
  diagnostic_set(diag, GSL_EFAILED, "no state that meets the condition in 400 draws");
  return NULL;
}

/* region: conclusions */
double readings_agree_step(const quadratic *q, int n) {
  const double least = 1e-2 / q->lambda[0], most = 1e2 / q->lambda[q->d - 1];
  return n + 1 < READINGS_AGREE_STEPS
             ? least * pow(most / least, (double)n / (READINGS_AGREE_STEPS - 2))
             : 1.0 / q->lambda[q->k];
}

/* The true change of alignment, with its error, is negative at each. */
static verdict check_falls(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  for (int n = 0; n < READINGS_AGREE_STEPS; n++) {
    const double eta = readings_agree_step(q, n);
    law_value change;
    diagnostic diag = {0, ""};
    if (true_critical_step_change(q, eta, &change, &diag) != GSL_SUCCESS) {
      claim_note_set(note, "eta = %a: %.180s", eta, diag.message);
      return VERDICT_UNDECIDED;
    }
    if (change.val + change.err >= 0.0) {
      claim_note_set(note, "eta = %a: the true expected alignment changes by %a +- %.1e", eta,
                     change.val, change.err);
      return change.val - change.err > 0.0 ? VERDICT_FAILS : VERDICT_UNDECIDED;
    }
  }
  return VERDICT_HOLDS;
}
/* end region: conclusions */

/* The least fall that there may be: below 0 where a rise is certain. */
static double falls_margin(const void *instance) {
  const quadratic *q = instance;
  double least = INFINITY;
  for (int n = 0; n < READINGS_AGREE_STEPS; n++) {
    law_value change;
    if (true_critical_step_change(q, readings_agree_step(q, n), &change, NULL) != GSL_SUCCESS)
      return NAN;
    least = fmin(least, -(change.val - change.err));
  }
  return least;
}

static bool is_tight(const void *instance) {
  double first, second;
  return readings_agree_condition(instance, &first, &second) == GSL_SUCCESS &&
         fmax(first, second) > 0.8;
}

static bool is_many_dominant(const void *instance) {
  return ((const quadratic *)instance)->k > 1;
}

static void *few_bulk(void) {
  return quadratic_pair(3, 2, 1, 2, 0, 6);
}

/* A few directions of either set, Delta < 0 still. */
static bool violate_condition(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const size_t dominant = random_index(rng, 1, 6), bulk = random_index(rng, 1, 2);
  quadratic_keep(q, dominant, bulk);
  quadratic_make_high(q, rng);
  return true;
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {NULL, "falls_in_true_expectation",
      "Not needed beside (i): the proof uses $\\bar\\lambda_D>\\bar\\lambda_B$, which (i) "
      "contains. A dominant "
      "set that is not the top $k$ may have it.",
      quadratic_violate_gap}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {NULL, "falls_in_true_expectation",
      "Part of the condition, which divides by $D_0$ and $B_0$: no state violates this one alone.",
      quadratic_violate_interior}},
    {"condition",
     "$\\Delta\\le0$, (i) and (ii).",
     meets_condition,
     {few_bulk, "falls_in_true_expectation",
      "one bulk direction: $\\lambda=(3,2)$, $g=(1,2)$, $v=(0,6)$: $\\Delta=9-10=-1$. At "
      "$\\eta=1/2$ "
      "$g_1'=-1/2$ and $g_2'\\sim N(0,6)$: $\\hat\\alpha=1/25<\\alpha=1/5$, but $\\bar\\alpha="
      "\\mathbb{E}[1/(1+24Z^2)]=\\sqrt{\\pi/48}\\,e^{1/48}\\operatorname{erfc}(1/"
      "\\sqrt{48})=0.2190>"
      "\\alpha$.",
      violate_condition}},
    {0}};

static const conclusion conclusions[] = {
    {"falls_in_true_expectation",
     "$\\bar\\alpha(\\eta)<\\alpha$ at 15 steps from $10^{-2}/\\lambda_1$ to "
     "$10^{2}/\\lambda_d$ and at $1/\\lambda_{k+1}$, by the exact law",
     check_falls, DECIDED_BY_BOUND, falls_margin},
    {0}};

static const coverage coverages[] = {{"condition nearly tight", 0.05, is_tight},
                                     {"several dominant directions", 0.30, is_many_dominant},
                                     {0}};

const claim readings_agree_claim = {
    .id = "R2",
    .stem = "readings_agree",
    .title = "When self-correction is true of the true expectation",
    .statement = "If $\\Delta\\le0$ and the spread of $\\|g'\\|^2$ is small against the pull, (i) "
                 "and (ii), then "
                 "for Gaussian noise $\\bar\\alpha(\\eta)<\\alpha$ at every step size; with few "
                 "bulk directions it "
                 "need not be.",
    .source = "reconstruction: the two readings of T2",
    .figure = "readings",
    .uses = "T2 L4",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 200,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
