#include "config.h"
#include "claims/true_critical_step.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include "claims/critical_step.h"
#include "claims/mean_field_gap.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

/* region: root */
int true_critical_step_change(const quadratic *q, double eta, law_value *change, diagnostic *diag) {
  one_step_moments m;
  one_step_moments_of(q, &m);
  if (!(m.d0 + m.b0 > 0.0))
    return diagnostic_set(diag, GSL_EDOM, "the gradient is 0: it has no alignment");
  alignment_law *law = NULL;
  int status = alignment_law_after_step(q, eta, &law, diag);
  if (status != GSL_SUCCESS)
    return status;
  /* The smaller of alpha and 1 - alpha keeps its relative accuracy. */
  const bool high = m.d0 > m.b0;
  const double before = (high ? m.b0 : m.d0) / (m.d0 + m.b0);
  law_value mean;
  status = high ? alignment_law_mean_complement(law, &mean) : alignment_law_mean(law, &mean);
  alignment_law_free(law);
  /* The expectation of correlated noise has an absolute error; it is honest, and a bound takes it
   * in. */
  if (status == GSL_ETOL && q->covariance != NULL)
    status = GSL_SUCCESS;
  if (status != GSL_SUCCESS)
    return diagnostic_set(diag, status, "the expectation is only good to %.1e", mean.err);
  change->val = high ? before - mean.val : mean.val - before;
  change->err = mean.err + (2.0 * m.error + rounding_gamma(4)) * before;
  return GSL_SUCCESS;
}

typedef struct {
  true_critical_step_function change;
  const void *argument;
  diagnostic *diag;
  int status;
} search;

/* The change at eta = e^x. */
static double change_at(double log_eta, void *argument) {
  search *s = argument;
  law_value change = {NAN, INFINITY};
  const int status = s->change(s->argument, exp(log_eta), &change, s->diag);
  if (status != GSL_SUCCESS)
    s->status = status;
  return change.val;
}

/* Brent's method in ln eta, to a width of 1e-13 or as far as it gets. */
static int close_in(search *s, double low, double high, double *root) {
  gsl_function f = {change_at, s};
  gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
  if (solver == NULL)
    return diagnostic_set(s->diag, GSL_ENOMEM, "out of memory");
  int status = gsl_root_fsolver_set(solver, &f, low, high);
  for (int i = 0; i < 100 && status == GSL_SUCCESS; i++) {
    status = gsl_root_fsolver_iterate(solver);
    if (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver),
                               1e-13, 0.0) == GSL_SUCCESS)
      break;
  }
  *root = gsl_root_fsolver_root(solver);
  gsl_root_fsolver_free(solver);
  return s->status;
}

int true_critical_step_search(true_critical_step_function change, const void *argument, double unit,
                              law_value *eta, diagnostic *diag) {
  search s = {change, argument, diag, GSL_SUCCESS};
  const double pace = log(1.25);
  double low = log(unit / 64.0), high = low, last = low + 20.0 * M_LN2;
  /* Past the sign change of the scan: alignment that is still falling there falls for good, as far
   * as can be seen. */
  while (change_at(high, &s) <= 0.0 && high < last) {
    low = high;
    high += pace;
  }
  if (s.status != GSL_SUCCESS)
    return s.status;
  if (high >= last)
    return diagnostic_set(diag, GSL_ERUNAWAY,
                          "the true expected alignment falls at every step up to %g", exp(high));
  if (high == low)
    return diagnostic_set(diag, GSL_ERUNAWAY, "the true expected alignment rises at %g already",
                          exp(low));
  double root = low;
  const int status = close_in(&s, low, high, &root);
  if (status != GSL_SUCCESS)
    return status;
  /* The error of the change over its slope, widened until the signs on both sides are certain. */
  double reach = 1e-12;
  for (; reach < 0.5; reach *= 4.0) {
    law_value below, above;
    if (change(argument, exp(root - reach), &below, diag) == GSL_SUCCESS &&
        change(argument, exp(root + reach), &above, diag) == GSL_SUCCESS &&
        below.val + below.err < 0.0 && above.val - above.err > 0.0)
      break;
  }
  if (reach >= 0.5)
    return diagnostic_set(diag, GSL_ELOSS,
                          "near %g the true change of alignment is smaller than its error",
                          exp(root));
  eta->val = exp(root);
  eta->err = eta->val * expm1(reach);
  return GSL_SUCCESS;
}

static int change_of(const void *instance, double eta, law_value *change, diagnostic *diag) {
  return true_critical_step_change(instance, eta, change, diag);
}

int true_critical_step_of(const quadratic *q, law_value *eta, diagnostic *diag) {
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  if (critical_step_of(&m, &found) != GSL_SUCCESS)
    return diagnostic_set(diag, GSL_EDOM, "the alignment is 0 or 1: it has no step to turn at");
  return true_critical_step_search(
      change_of, q, found.regime == REGIME_LOW ? found.eta_star : 1.0 / q->lambda[0], eta, diag);
}
/* end region: root */

/* --- the claim ------------------------------------------------------------------------------ */

/* A critical step far below 1/lambda_1 moves the alignment by less than an expectation that is good
 * to 1e-14 can tell: such states are drawn again. */
static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {
      .d_most = 120, .condition = 1e4, .regime = AIM_LOW_REGIME, .positive_noise = true};
  for (int attempt = 0; attempt < 1000; attempt++) {
    quadratic *q = quadratic_generate(rng, &aim, diag);
    if (q == NULL)
      return NULL;
    one_step_moments m;
    critical_step found;
    one_step_moments_of(q, &m);
    if (critical_step_of(&m, &found) == GSL_SUCCESS && found.regime == REGIME_LOW &&
        found.eta_star * q->lambda[0] > 1e-4)
      return q;
    quadratic_free(q);
  }
  diagnostic_set(diag, GSL_EFAILED,
                 "no state with a critical step above 1e-4/lambda_1 in 1000 draws");
  return NULL;
}

static double field_change(const quadratic *q, double eta) {
  one_step_moments m;
  one_step_moments_of(q, &m);
  return one_step_mean_field_alignment(q, eta) - one_step_moments_alignment(&m);
}

/* region: conclusions */
/* For small steps the true change is negative, as the mean-field one is: its derivative at 0 is the
 * mean-field one.  "Small" is where L4 leaves no other sign. */
verdict true_critical_step_expect_fall(const true_critical_step_readings *r, claim_note *note) {
  if (fabs(r->field) <= 0.5 * r->spread + r->change.err)
    return VERDICT_VACUOUS; /* L4 says nothing here */
  if (r->change.val - r->change.err > 0.0) {
    claim_note_set(note, "eta = %a: true change %a", r->eta.val, r->change.val);
    return VERDICT_FAILS;
  }
  return r->change.val + r->change.err < 0.0 ? VERDICT_HOLDS : VERDICT_VACUOUS;
}

static verdict check_small_steps(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  if (critical_step_of(&m, &found) != GSL_SUCCESS || found.regime != REGIME_LOW) {
    claim_note_set(note, "there is no critical step");
    return VERDICT_FAILS;
  }
  verdict all = VERDICT_VACUOUS;
  for (int power = 2; power <= 12 && all != VERDICT_FAILS; power += 5) {
    const double eta = ldexp(fabs(found.eta_star), -power); /* without a gap eta* may be negative */
    true_critical_step_readings r = {
        .eta = {eta, 0.0}, .field = field_change(q, eta), .spread = mean_field_gap_spread(q, eta)};
    diagnostic diag = {0, ""};
    if (true_critical_step_change(q, eta, &r.change, &diag) != GSL_SUCCESS)
      continue;
    const verdict v = true_critical_step_expect_fall(&r, note);
    all = v == VERDICT_VACUOUS ? all : v;
  }
  return all;
}

/* Where there is a root, the change has certain signs on both sides of it, and it lies in L4's
 * band: there the mean-field change is at most CV(S)/2. */
verdict true_critical_step_expect_root(const true_critical_step_readings *r, claim_note *note) {
  if (!(r->eta.err < 0.1 * r->eta.val))
    return VERDICT_UNDECIDED;
  if (!(r->change.val < 0.0 && r->above.val > 0.0)) {
    claim_note_set(note, "around %a +- %.1e the change goes from %a to %a", r->eta.val, r->eta.err,
                   r->change.val, r->above.val);
    return VERDICT_FAILS;
  }
  /* The band is met at the exact root: the change there is 0 +- what it is at the ends. */
  const double slack = fmax(fabs(r->change.val) + r->change.err, fabs(r->above.val) + r->above.err);
  if (!(fabs(r->field) <= 0.5 * r->spread + slack)) {
    claim_note_set(note, "at the root %a the mean-field change is %a, CV(S)/2 = %a", r->eta.val,
                   r->field, 0.5 * r->spread);
    return VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}

static verdict check_root(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  true_critical_step_readings r;
  diagnostic diag = {0, ""};
  const int status = true_critical_step_of(q, &r.eta, &diag);
  if (status == GSL_ELOSS)
    return VERDICT_UNDECIDED;
  if (status != GSL_SUCCESS)
    return VERDICT_VACUOUS; /* the claim is about the root where there is one */
  const double reach = 1.01 * r.eta.err;
  if (true_critical_step_change(q, r.eta.val - reach, &r.change, &diag) != GSL_SUCCESS ||
      true_critical_step_change(q, r.eta.val + reach, &r.above, &diag) != GSL_SUCCESS)
    return VERDICT_UNDECIDED;
  r.field = field_change(q, r.eta.val);
  r.spread = mean_field_gap_spread(q, r.eta.val);
  return true_critical_step_expect_root(&r, note);
}
/* end region: conclusions */

/* How far the root is inside L4's band, over the band. */
static double root_margin(const void *instance) {
  law_value root;
  if (true_critical_step_of(instance, &root, NULL) != GSL_SUCCESS)
    return NAN;
  const double half_spread = 0.5 * mean_field_gap_spread(instance, root.val);
  return 1.0 - fabs(field_change(instance, root.val)) / half_spread;
}

static bool is_in_many_dimensions(const void *instance) {
  return ((const quadratic *)instance)->d > 40;
}

static bool is_in_few_dimensions(const void *instance) {
  return ((const quadratic *)instance)->d <= 4;
}

static bool has_root(const void *instance) {
  law_value root;
  return true_critical_step_of(instance, &root, NULL) == GSL_SUCCESS;
}

static void *high_regime(void) {
  return quadratic_pair(10, 1, 1, 1, 1, 1000);
}

static void *not_the_top(void) {
  return quadratic_pair(1, 4, 1, 4, 16, 0);
}

static void *biased(void) {
  return quadratic_with_bias(quadratic_pair(2, 1, 1, 1, 0, 0.5), 0, 1.0);
}

static void *no_dominant_gradient(void) {
  return quadratic_pair(10, 1, 0, 1, 1, 1);
}

/* Two levels; the bulk's noise is wholly correlated, the dominant set's not at all. */
static void *correlated_bulk(void) {
  enum { SIDE = 16 };
  quadratic *q = quadratic_alloc(2 * SIDE, SIDE);
  if (q == NULL || (q->covariance = gsl_matrix_calloc(q->d, q->d)) == NULL) {
    quadratic_free(q);
    return NULL;
  }
  for (size_t i = 0; i < q->d; i++) {
    const bool dominant = i < q->k;
    q->lambda[i] = dominant ? 2.0 : 1.0;
    q->g[i] = 1.0;
    q->v[i] = dominant ? 1.0 : 4.0;
    for (size_t j = 0; j < q->d; j++)
      if (i == j || (!dominant && j >= q->k))
        gsl_matrix_set(q->covariance, i, j, q->v[i]);
  }
  return q;
}

static bool violate_gap(void *instance, gsl_rng *rng) {
  const bool done = quadratic_violate_gap(instance, rng);
  quadratic_make_low(instance, rng);
  return done;
}

static bool violate_uncorrelated(void *instance, gsl_rng *rng) {
  quadratic_keep(instance, 4, 4);
  quadratic_make_low(instance, rng);
  return quadratic_violate_uncorrelated(instance, rng);
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "falls_for_small_steps",
      "$\\lambda=(1,4)$ with the flat direction called dominant, $g=(1,4)$, $v=(16,0)$: "
      "$\\Delta=1>0$, "
      "$\\eta^*=-6$, and the alignment rises at small steps.",
      violate_gap}},
    {"unbiased",
     "The noise has mean zero.",
     quadratic_is_unbiased,
     {biased, "root_in_band",
      "$\\lambda=(2,1)$, $g=(1,1)$, $v=(0,1/2)$, $\\mathbb{E}\\,\\xi=(1,0)$: the true change turns "
      "where "
      "the mean-field one without the bias is far from $0$.",
      quadratic_violate_unbiased}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {no_dominant_gradient, "falls_for_small_steps",
      "$\\lambda=(10,1)$, $g=(0,1)$, $v=(1,1)$: $\\alpha=0$ can only rise.",
      quadratic_violate_interior_at_zero}},
    {"uncorrelated",
     "Gaussian noise with $U^{\\mathsf T}\\Sigma U$ diagonal.",
     quadratic_is_uncorrelated,
     {correlated_bulk, "root_in_band",
      "$k=16$, $d=32$, $\\lambda=2$ and $1$, $g_i=1$, $v=1$ and $4$ in the two sets, the noise of "
      "the bulk "
      "one common random number: $\\|Qg'\\|^2$ spreads as in one direction, L4's band knows "
      "sixteen, "
      "and the root is outside it. In few directions the band is wide, and nothing was found "
      "there.",
      violate_uncorrelated}},
    {"low_regime",
     "$\\Delta>0$.",
     critical_step_is_low,
     {high_regime, "falls_for_small_steps",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1000)$: no $\\eta^*$ to be near to.",
      quadratic_violate_low_regime}},
    {0}};

static const conclusion conclusions[] = {
    {"falls_for_small_steps",
     "$\\bar\\alpha(\\eta)<\\alpha$ at $\\eta^*/2^2,\\eta^*/2^7,\\eta^*/2^{12}$, "
     "wherever L4's band leaves no other sign",
     check_small_steps, DECIDED_BY_BOUND, NULL},
    {"root_in_band",
     "the root has certain signs on both sides and lies where $|\\hat\\alpha(\\eta)-\\alpha|"
     "\\le\\frac12\\mathrm{CV}(S)$",
     check_root, DECIDED_BY_BOUND, root_margin},
    {0}};

static const coverage coverages[] = {{"a true critical step exists", 0.20, has_root},
                                     {"at most 4 directions", 0.05, is_in_few_dimensions},
                                     {"more than 40 directions", 0.05, is_in_many_dimensions},
                                     {"near the threshold", 0.05, critical_step_is_near_threshold},
                                     {"anisotropic noise", 0.10, quadratic_is_anisotropic},
                                     {0}};

const claim true_critical_step_claim = {
    .id = "T5d",
    .stem = "true_critical_step",
    .title = "The true critical step",
    .statement = "For Gaussian noise in the low regime $\\bar\\alpha(\\eta)<\\alpha$ for small "
                 "$\\eta$; where the "
                 "true change turns, it does so in the band "
                 "$|\\hat\\alpha(\\eta)-\\alpha|\\le\\frac12\\mathrm{CV}(S)$ "
                 "around $\\eta^*$.",
    .source = "reconstruction: the critical step in true expectation",
    .figure = "true_step",
    .uses = "T1 L4",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 200,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
