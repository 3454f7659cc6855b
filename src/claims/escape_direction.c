#include "config.h"
#include "claims/escape_direction.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_matrix.h>
#include "claims/mean_square_stability.h"
#include "exact/exact_design.h"
#include "families/random_design_family.h"
#include "laws/noise_geometry.h"
#include "model/random.h"
#include "model/rounding.h"

typedef verdict judge(const random_design *r, const noise_growth *growth, const double *share,
                      claim_note *note);

/* What the judge says of the growth and the shares that noise_growth_of finds. */
static verdict judged(const random_design *r, judge *by, claim_note *note) {
  diagnostic diag;
  noise_growth growth;
  verdict found = VERDICT_UNDECIDED;
  double *share = calloc(r->d, sizeof *share);
  const int status = share == NULL ? GSL_ENOMEM : noise_growth_of(r, &growth, share, &diag);
  if (status == GSL_SUCCESS)
    found = by(r, &growth, share, note);
  else if (status != GSL_ENOMEM) {
    claim_note_set(note, "%.200s", diag.message);
    found = VERDICT_FAILS;
  }
  free(share);
  return found;
}

/* region: conclusions */
/* rho I - T is definite just above the computed rate, and not just below it. */
verdict escape_direction_judge_growth(const random_design *r, const noise_growth *growth,
                                      const double *share, claim_note *note) {
  (void)share;
  const size_t n = random_design_rank(r);
  if (r->d > MEAN_SQUARE_STABILITY_EXACT_MOST)
    return VERDICT_VACUOUS;
  const double above = growth->rho.val + growth->rho.err;
  const double below = growth->rho.val - growth->rho.err;
  const certificate over = exact_design_definite(r, r->eta, above, n);
  const certificate under = exact_design_definite(r, r->eta, below, n);
  claim_note_bits(note, over.bits);
  claim_note_bits(note, under.bits);
  if (over.sign == SIGN_POSITIVE && under.sign == SIGN_NEGATIVE)
    return VERDICT_HOLDS;
  claim_note_set(note, "rho = %a: definite above it: %s, below it: %s", growth->rho.val,
                 certified_sign_name(over.sign), certified_sign_name(under.sign));
  return over.sign == SIGN_UNDECIDED || under.sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED
                                                                     : VERDICT_FAILS;
}

/* T m = rho m for m_i = share_i/lambda_i > 0, entry by entry, T from the fourth moments: by Perron
 * and Frobenius a positive matrix has one such vector, up to its length, and rho is its radius. */
verdict escape_direction_judge_mode(const random_design *r, const noise_growth *growth,
                                    const double *share, claim_note *note) {
  double m[4 * MEAN_SQUARE_STABILITY_EXACT_MOST];
  const size_t n = random_design_rank(r);
  if (r->d > sizeof m / sizeof *m)
    return VERDICT_VACUOUS;
  for (size_t i = 0; i < n; i++)
    m[i] = share[i] / r->lambda[i];
  const double error =
      2.0 * growth->share_error + growth->rho.err / growth->rho.val + rounding_gamma(8);
  if (!(error < 1e-3))
    return VERDICT_UNDECIDED;
  claim_note_bits(note, CERTIFIED_PRECISION_LEAST);
  if (exact_design_is_mode(r, r->eta, m, n, growth->rho.val, error))
    return VERDICT_HOLDS;
  claim_note_set(note, "rho = %a is not the factor of every direction", growth->rho.val);
  return VERDICT_FAILS;
}
/* end region: conclusions */

/* region: proportion */
/* share_i/share_j >= lambda_i/lambda_j for lambda_i > lambda_j, and every share is positive. */
verdict escape_direction_judge_proportion(const random_design *r, const noise_growth *growth,
                                          const double *share, claim_note *note) {
  const size_t n = random_design_rank(r);
  const double error = 2.0 * growth->share_error + rounding_gamma(8);
  for (size_t i = 0; i < n; i++)
    if (!(share[i] > 0.0) ||
        (i > 0 && !(share[i - 1] / r->lambda[i - 1] >= share[i] / r->lambda[i] * (1.0 - error)))) {
      claim_note_set(note, "direction %zu holds %a", i + 1, share[i]);
      return VERDICT_FAILS;
    }
  return VERDICT_HOLDS;
}
/* end region: proportion */

/* With isotropic noise share_i is in proportion to lambda_i/(rho - (1 - h_i)^2), with rho above all
 * of the squares: the ratios that are asked for are in the order of the squares. */
static verdict isotropic_proportion(const random_design *r, claim_note *note) {
  for (size_t i = 1; i < random_design_rank(r); i++)
    if (gsl_pow_2(1.0 - r->eta * r->lambda[i - 1]) < gsl_pow_2(1.0 - r->eta * r->lambda[i])) {
      claim_note_set(note, "direction %zu holds more than in proportion", i + 1);
      return VERDICT_FAILS;
    }
  return VERDICT_HOLDS;
}

/* The symmetric QR method on the dense T: its leading eigenvector is off by no more than
 * 16 n u |T|/gap in angle, gap the distance to the second eigenvalue. */
verdict escape_direction_judge_dense(const random_design *r, const noise_growth *growth,
                                     const double *share, claim_note *note) {
  enum { DENSE_MOST = 40 };
  const size_t n = random_design_rank(r);
  if (n > DENSE_MOST || n < 2)
    return VERDICT_VACUOUS;
  verdict found = VERDICT_UNDECIDED;
  gsl_matrix *t = gsl_matrix_alloc(n, n), *vectors = gsl_matrix_alloc(n, n);
  gsl_vector *values = gsl_vector_alloc(n);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(n);
  if (t == NULL || vectors == NULL || values == NULL || work == NULL)
    goto cleanup;
  const double b = (double)r->batch;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      const double x = r->eta * r->lambda[i], y = r->eta * r->lambda[j];
      gsl_matrix_set(t, i, j, (i == j ? (1.0 - x) * (1.0 - x) + x * x / b : 0.0) + x * y / b);
    }
  gsl_eigen_symmv(t, values, vectors, work);
  gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC);
  const double rho = gsl_vector_get(values, 0), gap = rho - gsl_vector_get(values, 1);
  const double backward = 16.0 * (double)n * ROUNDING_UNIT * gsl_blas_dnrm2(values);
  double total = 0.0;
  for (size_t i = 0; i < n; i++)
    total += r->lambda[i] * fabs(gsl_matrix_get(vectors, i, 0));
  /* An angle e moves each entry by e at most, and the weighted sum by e |lambda|. */
  const double angle = 2.0 * backward / gap;
  const double error = 2.0 * angle * cblas_dnrm2((int)n, r->lambda, 1) / total;
  found = VERDICT_VACUOUS; /* two leading eigenvalues that a double cannot tell apart */
  if (!(error < 1e-3))
    goto cleanup;
  found = fabs(rho - growth->rho.val) <= backward + growth->rho.err ? VERDICT_HOLDS : VERDICT_FAILS;
  for (size_t i = 0; i < n; i++) {
    const double one = r->lambda[i] * fabs(gsl_matrix_get(vectors, i, 0)) / total;
    if (!(fabs(one - share[i]) <= error + growth->share_error * share[i]))
      found = VERDICT_FAILS;
  }
  if (found == VERDICT_FAILS)
    claim_note_set(note, "the dense eigenvector differs: rho = %.17g and %.17g", growth->rho.val,
                   rho);

cleanup:
  if (t != NULL)
    gsl_matrix_free(t);
  if (vectors != NULL)
    gsl_matrix_free(vectors);
  if (values != NULL)
    gsl_vector_free(values);
  if (work != NULL)
    gsl_eigen_symmv_free(work);
  return found;
}

static verdict check_growth(const void *instance, claim_note *note) {
  return judged(instance, escape_direction_judge_growth, note);
}

static verdict check_mode(const void *instance, claim_note *note) {
  return judged(instance, escape_direction_judge_mode, note);
}

static verdict check_dense(const void *instance, claim_note *note) {
  return judged(instance, escape_direction_judge_dense, note);
}

static verdict check_proportion(const void *instance, claim_note *note) {
  const random_design *r = instance;
  return r->isotropic ? isotropic_proportion(r, note)
                      : judged(r, escape_direction_judge_proportion, note);
}

/* The step errs by eta_error, what is left of 2b by the rounding of its two terms. */
verdict escape_direction_judge_terms(const random_design *r, double eta_error,
                                     const noise_growth *growth, const double *share,
                                     claim_note *note) {
  const double b = (double)r->batch, in_step = 4.0 * (eta_error / r->eta + 8.0 * ROUNDING_UNIT);
  double sum = 0.0, doubt = 0.0;
  for (size_t i = 0; i < r->d; i++) {
    const double move = r->eta * r->lambda[i], left = 2.0 * b - (b + 1.0) * move;
    const double term = move / left, steep = 2.0 * b / left;
    sum += term;
    doubt += term * steep * in_step;
    if (!(fabs(term - share[i]) <= term * (steep * (in_step + growth->rho.err) +
                                           2.0 * (growth->share_error + rounding_gamma(8))))) {
      claim_note_set(note, "direction %zu: the share at eta_c is %a, the term %a", i + 1, share[i],
                     term);
      return VERDICT_FAILS;
    }
  }
  if (fabs(sum - 1.0) <= doubt + rounding_gamma(r->d + 8))
    return VERDICT_HOLDS;
  claim_note_set(note, "at eta_c the terms add up to %.17g", sum);
  return VERDICT_FAILS;
}

/* The shares add up to 1: that is the secular equation.  At the threshold they are the terms of
 * N3's sum. */
static verdict check_sum(const void *instance, claim_note *note) {
  noise_growth growth;
  law_value eta_c;
  verdict found = VERDICT_FAILS;
  random_design *at = random_design_clone(instance);
  double *share = at == NULL ? NULL : calloc(at->d, sizeof *share);
  if (share == NULL)
    found = VERDICT_UNDECIDED;
  else if (noise_critical_step(at, &eta_c, NULL) == GSL_SUCCESS) {
    at->eta = eta_c.val;
    if (noise_growth_of(at, &growth, share, NULL) == GSL_SUCCESS)
      found = escape_direction_judge_terms(at, eta_c.err, &growth, share, note);
  }
  free(share);
  random_design_free(at);
  return found;
}

/* Outside the sharpest directions, h_1 = eta lambda_1 > 2: h^2/b over what the sharpest one's
 * factor (h_1 - 1)^2 is above (1 - h)^2. */
verdict escape_direction_judge_descent(const random_design *r, const noise_growth *growth,
                                       const double *share, claim_note *note) {
  const double top = r->eta * r->lambda[0];
  double elsewhere = 0.0, allowed = 0.0;
  for (size_t i = 0; i < r->d; i++)
    if (r->lambda[i] < r->lambda[0]) {
      const double move = r->eta * r->lambda[i];
      elsewhere += share[i];
      allowed += move * move / (double)r->batch / ((top - move) * (top + move - 2.0));
    }
  if (elsewhere <= allowed * (1.0 + 1e-6) && growth->rho.val >= (top - 1.0) * (top - 1.0))
    return VERDICT_HOLDS;
  claim_note_set(note, "gradient descent: %a of E L outside the sharpest directions, rho = %a",
                 elsewhere, growth->rho.val);
  return VERDICT_FAILS;
}

/* Gradient descent is the limit b -> oo: at 1.1 times 2/lambda_1 all but a part in b of E L is in
 * the sharpest directions. */
static verdict check_descent(const void *instance, claim_note *note) {
  random_design *descent = random_design_clone(instance);
  if (descent == NULL)
    return VERDICT_UNDECIDED;
  descent->batch = (size_t)1 << 50;
  descent->eta = 2.2 / descent->lambda[0];
  const verdict found = judged(descent, escape_direction_judge_descent, note);
  random_design_free(descent);
  return found;
}

/* --- hypotheses ----------------------------------------------------------------------------- */

/* At or beyond the threshold: I - T is not definite; by the sum itself in many dimensions. */
static bool is_beyond(const void *instance) {
  const random_design *r = instance;
  law_value eta_c;
  if (!(r->eta > 0.0))
    return false;
  if (r->d <= MEAN_SQUARE_STABILITY_EXACT_MOST && random_design_is_gaussian(r))
    return exact_design_definite(r, r->eta, 1.0, random_design_rank(r)).sign == SIGN_NEGATIVE;
  return noise_critical_step(r, &eta_c, NULL) == GSL_SUCCESS && r->eta >= eta_c.val + eta_c.err;
}

static bool make_small_step(void *instance, gsl_rng *rng) {
  random_design *r = instance;
  law_value eta_c;
  const double factor = random_uniform(rng, 0.01, 0.95);
  if (noise_critical_step(r, &eta_c, NULL) != GSL_SUCCESS)
    return false;
  r->eta = factor * eta_c.val;
  return true;
}

static random_design *pair(double first, double second, double eta) {
  return random_design_literal(2, 1, (const double[]){first, second}, (const double[]){1, 1}, 1,
                               eta);
}

static void *heavy_tails(void) {
  random_design *r = pair(1, 1, 1);
  if (r != NULL)
    r->kurtosis = 9.0;
  return r;
}

static void *isotropic(void) {
  random_design *r = pair(2, 1, 0.5);
  if (r != NULL)
    r->isotropic = true;
  return r;
}

static void *small_step(void) {
  return pair(4, 1, 1.0 / 16);
}

static const hypothesis hypotheses[] = {
    {"gaussian",
     "The features are Gaussian.",
     random_design_is_gaussian,
     {heavy_tails, "growth_within_error",
      "$S=I$ in two dimensions, $b=1$, $\\eta=1$: features of kurtosis $9$ let $\\mathbb{E}L$ grow "
      "$9$-fold a step, Gaussian ones $3$-fold.",
      random_design_make_signs}},
    {"own_noise",
     "The noise is that of the design.",
     random_design_has_own_noise,
     {isotropic, "at_least_in_proportion",
      "$S=\\operatorname{diag}(2,1)$, $\\eta=\\frac12$, noise $2L\\cdot\\frac32I$: the sharp "
      "direction "
      "keeps nothing of its own, the flat one a quarter, and $\\mathbb{E}L$ is shared in less than "
      "the proportion $2:1$.",
      random_design_make_isotropic}},
    {"beyond",
     "$\\eta\\ge\\eta_c$.",
     is_beyond,
     {small_step, "at_least_in_proportion",
      "$S=\\operatorname{diag}(4,1)$, $b=1$, $\\eta=\\frac1{16}<\\eta_c$: $\\mathbb{E}L$ decays, "
      "and "
      "what is left of it is in the flat direction.",
      make_small_step}},
    {0}};

static const conclusion conclusions[] = {
    {"growth_within_error",
     "$\\varrho I-T$ ceases to be definite inside the error bound of $\\varrho$ ($d\\le16$)",
     check_growth, DECIDED_BY_SIGN, NULL},
    {"mode_by_definition",
     "$Tm=\\varrho m$ with $m_i=\\text{share}_i/\\lambda_i$, entry by entry in balls, $T$ from the "
     "fourth moments ($d\\le64$)",
     check_mode, DECIDED_BY_SIGN, NULL},
    {"dense_eigenvector", "rate and shares of the dense $T$ by the symmetric QR method ($d\\le40$)",
     check_dense, DECIDED_BY_BOUND, NULL},
    {"at_least_in_proportion",
     "every share is positive, and $\\text{share}_i/\\text{share}_j\\ge\\lambda_i/\\lambda_j$ for "
     "$\\lambda_i>\\lambda_j$",
     check_proportion, DECIDED_BY_BOUND, NULL},
    {"terms_of_the_threshold",
     "at $\\eta_c$ the shares are the terms $\\eta_c\\lambda_i/(2b-(b+1)\\eta_c\\lambda_i)$ and "
     "add "
     "up to $1$",
     check_sum, DECIDED_BY_BOUND, NULL},
    {"descent_along_the_sharpest",
     "$b=2^{50}$ at $2.2/\\lambda_1$: outside the sharpest directions no more than a part in $b$ "
     "of "
     "what they hold",
     check_descent, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {
    {"batches of one", 0.20, random_design_is_batch_one},
    {"batches above 100", 0.10, random_design_is_batch_large},
    {"more than 24 directions", 0.02, random_design_is_large},
    {"directions without data", 0.05, random_design_is_rank_deficient},
    {"a tie at the top", 0.10, random_design_is_tied},
    {"condition above 1e6", 0.10, random_design_is_ill},
    {0}};

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const random_design_aim aim = {0};
  random_design *r = random_design_generate(rng, &aim, diag);
  law_value eta_c;
  const double near = random_log_uniform(rng, 1e-6, 0.1), far = random_log_uniform(rng, 1.1, 30.0);
  const double factor = random_chance(rng, 0.3) ? 1.0 + near : far;
  if (r != NULL && noise_critical_step(r, &eta_c, diag) == GSL_SUCCESS)
    r->eta = eta_c.val * factor;
  return r;
}

const claim escape_direction_claim = {
    .id = "N4",
    .stem = "escape_direction",
    .title = "Where the loss goes when SGD escapes",
    .statement =
        "For $\\eta\\ge\\eta_c$, $\\mathbb{E}L$ grows like $\\varrho^t$, $\\varrho\\ge1$ the "
        "largest "
        "root of $\\sum_i(\\eta^2/b)\\lambda_i^2/(\\varrho-(1-\\eta\\lambda_i)^2-"
        "\\eta^2\\lambda_i^2/b)=1$, and term $i$ is the share of $\\mathbb{E}L$ in direction $i$: "
        "positive in each, and at least in proportion to curvature; under gradient descent it is "
        "all in the sharpest.",
    .source = "arXiv:2310.00692: SGD escapes with a part along flat directions, gradient descent "
              "along the sharpest",
    .figure = "escape_direction",
    .uses = "N1 N3",
    .family = &random_design_family,
    .generate = generate,
    .trials = 1000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = random_design_has_step,
};
