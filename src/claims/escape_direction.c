#include "config.h"
#include "claims/escape_direction.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include "claims/mean_square_stability.h"
#include "exact/exact_design.h"
#include "families/random_design_family.h"
#include "laws/noise_geometry.h"
#include "model/random.h"
#include "model/rounding.h"

/* Growth and shares of the instance; NULL with a verdict in *found when there are none. */
static double *find(const random_design *r, noise_growth *growth, verdict *found,
                    claim_note *note) {
  diagnostic diag;
  double *share = calloc(r->d, sizeof *share);
  *found = VERDICT_UNDECIDED;
  if (share == NULL)
    return NULL;
  const int status = noise_growth_of(r, growth, share, &diag);
  if (status == GSL_SUCCESS) {
    *found = VERDICT_HOLDS;
    return share;
  }
  claim_note_set(note, "%.200s", diag.message);
  *found = status == GSL_ENOMEM ? VERDICT_UNDECIDED : VERDICT_FAILS;
  free(share);
  return NULL;
}

/* region: conclusions */
/* rho I - T is definite just above the computed rate, and not just below it. */
static verdict check_growth(const void *instance, claim_note *note) {
  const random_design *r = instance;
  const size_t n = random_design_rank(r);
  noise_growth growth;
  verdict found;
  if (r->d > MEAN_SQUARE_STABILITY_EXACT_MOST)
    return VERDICT_VACUOUS;
  double *share = find(r, &growth, &found, note);
  if (share == NULL)
    return found;
  free(share);
  const double above = growth.rho.val + growth.rho.err, below = growth.rho.val - growth.rho.err;
  const certificate over = exact_design_definite(r, r->eta, above, n);
  const certificate under = exact_design_definite(r, r->eta, below, n);
  claim_note_bits(note, over.bits);
  claim_note_bits(note, under.bits);
  if (over.sign == SIGN_POSITIVE && under.sign == SIGN_NEGATIVE)
    return VERDICT_HOLDS;
  claim_note_set(note, "rho = %a: definite above it: %s, below it: %s", growth.rho.val,
                 certified_sign_name(over.sign), certified_sign_name(under.sign));
  return over.sign == SIGN_UNDECIDED || under.sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED
                                                                     : VERDICT_FAILS;
}

/* T m = rho m for m_i = share_i/lambda_i > 0, entry by entry, T from the fourth moments: by Perron
 * and Frobenius a positive matrix has one such vector, up to its length, and rho is its radius. */
static verdict check_mode(const void *instance, claim_note *note) {
  const random_design *r = instance;
  const size_t n = random_design_rank(r);
  noise_growth growth;
  verdict found;
  if (r->d > 4 * MEAN_SQUARE_STABILITY_EXACT_MOST)
    return VERDICT_VACUOUS;
  double *share = find(r, &growth, &found, note);
  if (share == NULL)
    return found;
  for (size_t i = 0; i < n; i++)
    share[i] /= r->lambda[i];
  const double error =
      2.0 * growth.share_error + growth.rho.err / growth.rho.val + rounding_gamma(8);
  found = VERDICT_UNDECIDED;
  if (error < 1e-3) {
    claim_note_bits(note, CERTIFIED_PRECISION_LEAST);
    found = exact_design_is_mode(r, r->eta, share, n, growth.rho.val, error) ? VERDICT_HOLDS
                                                                             : VERDICT_FAILS;
    if (found == VERDICT_FAILS)
      claim_note_set(note, "rho = %a is not the factor of every direction", growth.rho.val);
  }
  free(share);
  return found;
}
/* end region: conclusions */

/* One step of the design's shares of E L, whatever its noise, scaled to sum 1; the least and the
 * largest factor by which one of them grew. */
static void advance_shares(const random_design *r, size_t n, double trace, double *share,
                           double *least, double *most) {
  const double b = (double)r->batch;
  double total = 0.0, next = 0.0;
  for (size_t i = 0; i < n; i++)
    total += share[i];
  *least = INFINITY;
  *most = 0.0;
  for (size_t i = 0; i < n; i++) {
    const double move = r->eta * r->lambda[i];
    const double level = r->isotropic ? trace / (double)r->d * r->eta : move;
    const double own = (1.0 - move) * (1.0 - move) + (r->isotropic ? 0.0 : move * move / b);
    const double fresh = own * share[i] + level * move / b * total;
    *least = fmin(*least, fresh / share[i]);
    *most = fmax(*most, fresh / share[i]);
    share[i] = fresh;
    next += fresh;
  }
  for (size_t i = 0; i < n; i++)
    share[i] /= next;
}

/* Until all grow alike (the bounds of Collatz and Wielandt meet). */
static bool iterate_shares(const random_design *r, double *share) {
  enum { STEPS_MOST = 200000 };
  const size_t n = random_design_rank(r);
  double trace = 0.0, least = 0.0, most = 1.0;
  for (size_t i = 0; i < r->d; i++) {
    trace += r->lambda[i];
    share[i] = i < n ? 1.0 / (double)n : 0.0;
  }
  for (size_t t = 0; t < STEPS_MOST && most > least * (1.0 + 1e-13); t++)
    advance_shares(r, n, trace, share, &least, &most);
  return most <= least * (1.0 + 1e-13);
}

/* region: proportion */
/* share_i/share_j >= lambda_i/lambda_j for lambda_i > lambda_j, and every share is positive. */
static verdict check_proportion(const void *instance, claim_note *note) {
  const random_design *r = instance;
  const size_t n = random_design_rank(r);
  noise_growth growth;
  verdict found;
  double *share = find(r, &growth, &found, note);
  if (share == NULL)
    return found;
  double error = 2.0 * growth.share_error + rounding_gamma(8);
  if (r->isotropic) {
    error = 1e-9;
    found = iterate_shares(r, share) ? found : VERDICT_UNDECIDED;
  }
  for (size_t i = 0; i < n && found == VERDICT_HOLDS; i++)
    if (!(share[i] > 0.0) ||
        (i > 0 && !(share[i - 1] / r->lambda[i - 1] >= share[i] / r->lambda[i] * (1.0 - error)))) {
      claim_note_set(note, "direction %zu holds %a", i + 1, share[i]);
      found = VERDICT_FAILS;
    }
  free(share);
  return found;
}
/* end region: proportion */

/* LAPACK's method on the dense T, in GSL: its leading eigenvector is off by no more than
 * 16 d u |T|/gap in angle, gap the distance to the second eigenvalue. */
static verdict check_dense(const void *instance, claim_note *note) {
  const random_design *r = instance;
  const size_t n = random_design_rank(r);
  enum { DENSE_MOST = 40 };
  noise_growth growth;
  verdict found;
  if (n > DENSE_MOST || n < 2)
    return VERDICT_VACUOUS;
  double *share = find(r, &growth, &found, note);
  gsl_matrix *t = gsl_matrix_alloc(n, n), *vectors = gsl_matrix_alloc(n, n);
  gsl_vector *values = gsl_vector_alloc(n);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(n);
  if (share == NULL || t == NULL || vectors == NULL || values == NULL || work == NULL)
    goto cleanup;
  const double b = (double)r->batch;
  double squares = 0.0, total = 0.0, length = 0.0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      const double x = r->eta * r->lambda[i], y = r->eta * r->lambda[j];
      const double entry = (i == j ? (1.0 - x) * (1.0 - x) + x * x / b : 0.0) + x * y / b;
      gsl_matrix_set(t, i, j, entry);
      squares += entry * entry;
    }
  gsl_eigen_symmv(t, values, vectors, work);
  gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC);
  const double gap = gsl_vector_get(values, 0) - gsl_vector_get(values, 1);
  const double backward = 16.0 * (double)n * ROUNDING_UNIT * sqrt(squares);
  for (size_t i = 0; i < n; i++) {
    total += r->lambda[i] * fabs(gsl_matrix_get(vectors, i, 0));
    length += r->lambda[i] * r->lambda[i];
  }
  /* An angle e moves each entry by e at most, and the weighted sum by e |lambda|. */
  const double angle = 2.0 * backward / gap, error = 2.0 * angle * sqrt(length) / total;
  found = VERDICT_VACUOUS; /* two leading eigenvalues that a double cannot tell apart */
  if (angle < 1e-3 && error < 1e-3) {
    found = VERDICT_HOLDS;
    if (!(fabs(gsl_vector_get(values, 0) - growth.rho.val) <= backward + growth.rho.err))
      found = VERDICT_FAILS;
    for (size_t i = 0; i < n; i++) {
      const double one = r->lambda[i] * fabs(gsl_matrix_get(vectors, i, 0)) / total;
      if (!(fabs(one - share[i]) <= error + growth.share_error * share[i]))
        found = VERDICT_FAILS;
    }
    if (found == VERDICT_FAILS)
      claim_note_set(note, "the dense eigenvector differs: rho = %.17g and %.17g", growth.rho.val,
                     gsl_vector_get(values, 0));
  }

cleanup:
  free(share);
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

/* The shares add up to 1: that is the secular equation.  At the threshold they are the terms of
 * N3's sum. */
static verdict check_sum(const void *instance, claim_note *note) {
  const random_design *r = instance;
  noise_growth growth;
  law_value eta_c;
  verdict found;
  random_design *at = random_design_clone(r);
  if (at == NULL)
    return VERDICT_UNDECIDED;
  double *share = NULL;
  if (noise_critical_step(r, &eta_c, NULL) != GSL_SUCCESS) {
    random_design_free(at);
    return VERDICT_FAILS;
  }
  at->eta = eta_c.val;
  share = find(at, &growth, &found, note);
  double sum = 0.0, doubt = 0.0;
  const double b = (double)r->batch;
  for (size_t i = 0; share != NULL && i < r->d; i++) {
    const double move = eta_c.val * r->lambda[i], left = 2.0 * b - (b + 1.0) * move;
    const double term = move / left;
    sum += term;
    /* eta_c errs by eta_c.err, and `left` by the rounding of its two terms. */
    const double error =
        term * ((2.0 * b / left) * (eta_c.err / eta_c.val) + 8.0 * ROUNDING_UNIT * 2.0 * b / left);
    doubt += error;
    if (!(fabs(term - share[i]) <= 4.0 * error +
                                       2.0 * term * (growth.share_error + rounding_gamma(8)) +
                                       term * (2.0 * b / left) * growth.rho.err)) {
      claim_note_set(note, "direction %zu: the share at eta_c is %a, the term %a", i + 1, share[i],
                     term);
      found = VERDICT_FAILS;
    }
  }
  if (share != NULL && !(fabs(sum - 1.0) <= 4.0 * doubt + rounding_gamma(r->d + 8))) {
    claim_note_set(note, "at eta_c the terms add up to %.17g", sum);
    found = VERDICT_FAILS;
  }
  free(share);
  random_design_free(at);
  return found;
}

/* Gradient descent is the limit b -> oo: at 1.1 times 2/lambda_1 all but a part in b of E L is in
 * the sharpest directions, and at 0.9 times it nothing grows. */
static verdict check_descent(const void *instance, claim_note *note) {
  const random_design *r = instance;
  noise_growth growth;
  verdict found = VERDICT_UNDECIDED;
  random_design *descent = random_design_clone(r);
  if (descent == NULL)
    return found;
  descent->batch = (size_t)1 << 50;
  descent->eta = 2.2 / r->lambda[0];
  double *share = find(descent, &growth, &found, note);
  double elsewhere = 0.0, allowed = 0.0;
  for (size_t i = 0; share != NULL && i < r->d; i++)
    if (r->lambda[i] > 0.0 && r->lambda[i] < r->lambda[0]) {
      const double move = 2.2 * (r->lambda[i] / r->lambda[0]);
      elsewhere += share[i];
      /* h^2/b over what the sharpest direction's factor 1.2^2 is above (1 - h)^2 */
      allowed += move * move / ldexp(1.0, 50) / ((2.2 - move) * (0.2 + move));
    }
  if (share != NULL && !(elsewhere <= allowed * (1.0 + 1e-6) && growth.rho.val > 1.43)) {
    claim_note_set(note, "gradient descent: %a of E L outside the sharpest directions", elsewhere);
    found = VERDICT_FAILS;
  }
  free(share);
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
  const double near = random_log_uniform(rng, 1e-6, 0.1), far = random_log_uniform(rng, 1.0, 30.0);
  const double factor = random_chance(rng, 0.3) ? 1.0 + near : far * (1.0 + 1e-6);
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
