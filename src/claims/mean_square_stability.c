#include "config.h"
#include "claims/mean_square_stability.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include "exact/exact_design.h"
#include "families/random_design_family.h"
#include "laws/noise_geometry.h"
#include "model/rounding.h"

static verdict find(const random_design *r, law_value *eta_c, claim_note *note) {
  diagnostic diag;
  const int status = noise_critical_step(r, eta_c, &diag);
  if (status == GSL_SUCCESS && eta_c->err < 1e-6 * eta_c->val)
    return VERDICT_HOLDS;
  claim_note_set(note, "%.200s", status == GSL_SUCCESS ? "eta_c is not accurate" : diag.message);
  return status == GSL_ENOMEM ? VERDICT_UNDECIDED : VERDICT_FAILS;
}

/* region: conclusions */
/* Stable where I - T is positive definite, T_ij = E (I - eta H)_ij^2 from the fourth moments:
 * elimination in balls, which knows nothing of the sum in the statement. */
static verdict expect(const random_design *r, double eta, bool stable, claim_note *note) {
  const certificate definite = exact_design_definite(r, eta, 1.0, random_design_rank(r));
  const certified_sign sign = definite.sign;
  claim_note_bits(note, definite.bits);
  if (sign == (stable ? SIGN_POSITIVE : SIGN_NEGATIVE))
    return VERDICT_HOLDS;
  claim_note_set(note, "eta = %a: I - T is %s", eta,
                 sign == SIGN_POSITIVE   ? "definite"
                 : sign == SIGN_NEGATIVE ? "not definite"
                                         : "undecided");
  return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
}

static verdict check_sides(const void *instance, claim_note *note) {
  static const double factors[] = {0x1p-20, 0.9, 0.999, 1.001, 1.5};
  const random_design *r = instance;
  law_value eta_c;
  if (r->d > MEAN_SQUARE_STABILITY_EXACT_MOST)
    return VERDICT_VACUOUS;
  verdict v = find(r, &eta_c, note);
  for (size_t f = 0; f < sizeof factors / sizeof *factors && v == VERDICT_HOLDS; f++)
    v = expect(r, factors[f] * eta_c.val, factors[f] < 1.0, note);
  return v;
}

static verdict check_turn(const void *instance, claim_note *note) {
  const random_design *r = instance;
  law_value eta_c;
  if (r->d > MEAN_SQUARE_STABILITY_EXACT_MOST)
    return VERDICT_VACUOUS;
  verdict v = find(r, &eta_c, note);
  if (v == VERDICT_HOLDS)
    v = expect(r, nextafter(eta_c.val - eta_c.err, 0.0), true, note);
  if (v == VERDICT_HOLDS)
    v = expect(r, nextafter(eta_c.val + eta_c.err, INFINITY), false, note);
  return v;
}
/* end region: conclusions */

static verdict check_bounds(const void *instance, claim_note *note) {
  const random_design *r = instance;
  law_value eta_c;
  double least, most;
  const verdict v = find(r, &eta_c, note);
  if (v != VERDICT_HOLDS)
    return v;
  const double b = (double)r->batch, slack = rounding_gamma(2 * r->d + 16);
  noise_critical_step_bounds(r, &least, &most);
  const double edge = 2.0 / r->lambda[0];
  if (eta_c.val + eta_c.err >= least * (1.0 - slack) &&
      eta_c.val - eta_c.err <= most * (1.0 + slack) &&
      eta_c.val - eta_c.err <= b * edge / (b + 2.0) * (1.0 + slack) && eta_c.val < edge)
    return VERDICT_HOLDS;
  claim_note_set(note, "eta_c = %a is outside [%a, %a] or [0, %a]", eta_c.val, least, most,
                 b * edge / (b + 2.0));
  return VERDICT_FAILS;
}

/* Strictly rising in b, and to 2/lambda_1 at the rate that the lower bound gives. */
static verdict check_batch(const void *instance, claim_note *note) {
  const random_design *r = instance;
  law_value now, then;
  verdict v = find(r, &now, note);
  random_design *larger = random_design_clone(r);
  if (larger == NULL)
    return VERDICT_UNDECIDED;
  for (int doubling = 0; doubling < 40 && v == VERDICT_HOLDS; doubling += 10) {
    larger->batch = larger->batch << (doubling == 0 ? 1 : 10);
    v = find(larger, &then, note);
    if (v != VERDICT_HOLDS)
      break;
    double trace = 0.0;
    for (size_t i = 0; i < r->d; i++)
      trace += r->lambda[i];
    const double edge = 2.0 / r->lambda[0], b = (double)larger->batch;
    const double distance = edge * (trace + r->lambda[0]) / (trace + (b + 1.0) * r->lambda[0]);
    /* Equal in floating point alone: both are next to the edge. */
    const bool rises = then.val - then.err > now.val + now.err ||
                       (then.val + then.err >= now.val - now.err && edge - now.val < 1e-9 * edge);
    if (!rises || edge - then.val - then.err > distance * (1.0 + rounding_gamma(r->d + 16)) ||
        !(then.val < edge)) {
      claim_note_set(note, "b = %zu: eta_c = %a after %a", larger->batch, then.val, now.val);
      v = VERDICT_FAILS;
    }
    now = then;
  }
  random_design_free(larger);
  return v;
}

/* --- the whole second-moment map ------------------------------------------------------------ */

enum { MAP_DIMENSION_MOST = 4, MAP_SIZE = MAP_DIMENSION_MOST * MAP_DIMENSION_MOST };

/* region: map */
/* E[(I - eta H) M (I - eta H)] for M = e_p e_q' + e_q e_p', by the quadrature that is exact for
 * fourth moments (claim N1), H of one sample first: it is (I - eta S) M (I - eta S) and 1/b of the
 * rest. */
static void map_of(const random_design *r, double eta, const double m[MAP_SIZE],
                   double out[MAP_SIZE]) {
  const size_t d = r->d;
  const double node = sqrt(r->kurtosis), side = 0.5 / r->kurtosis, b = (double)r->batch;
  size_t count = 1;
  for (size_t i = 0; i < d; i++)
    count *= 3;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++)
      out[i * d + j] =
          (1.0 - 1.0 / b) * (1.0 - eta * r->lambda[i]) * m[i * d + j] * (1.0 - eta * r->lambda[j]);
  for (size_t outcome = 0; outcome < count; outcome++) {
    double x[MAP_DIMENSION_MOST], along[MAP_DIMENSION_MOST] = {0.0}, inside = 0.0, weight = 1.0;
    for (size_t i = 0, rest = outcome; i < d; i++, rest /= 3) {
      x[i] = sqrt(r->lambda[i]) * ((double)(rest % 3) - 1.0) * node;
      weight *= rest % 3 == 1 ? 1.0 - 2.0 * side : side;
    }
    for (size_t i = 0; i < d; i++)
      for (size_t j = 0; j < d; j++)
        along[i] += m[i * d + j] * x[j];
    for (size_t i = 0; i < d; i++)
      inside += x[i] * along[i];
    for (size_t i = 0; i < d; i++)
      for (size_t j = 0; j < d; j++)
        out[i * d + j] += weight / b *
                          (m[i * d + j] - eta * (x[i] * along[j] + along[i] * x[j]) +
                           eta * eta * inside * x[i] * x[j]);
  }
}
/* end region: map */

/* The map on symmetric matrices is self-adjoint: its largest eigenvalue at eta_c is 1. */
static verdict check_map(const void *instance, claim_note *note) {
  const random_design *r = instance;
  const size_t d = r->d, n = d * d;
  law_value eta_c;
  if (d > MAP_DIMENSION_MOST || r->isotropic)
    return VERDICT_VACUOUS;
  const verdict v = find(r, &eta_c, note);
  if (v != VERDICT_HOLDS)
    return v;
  gsl_matrix *map = gsl_matrix_alloc(n, n);
  gsl_vector *values = gsl_vector_alloc(n);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(n);
  verdict found = VERDICT_UNDECIDED;
  if (map == NULL || values == NULL || work == NULL)
    goto cleanup;
  double m[MAP_SIZE], out[MAP_SIZE], squares = 0.0, restless = 0.0;
  for (size_t i = 0; i < n; i++) {
    memset(m, 0, sizeof m);
    m[i] = 0.5;
    m[i % d * d + i / d] += 0.5; /* the symmetric part: what is left over has eigenvalue 0 */
    map_of(r, eta_c.val, m, out);
    for (size_t j = 0; j < n; j++) {
      gsl_matrix_set(map, j, i, out[j]);
      squares += out[j] * out[j];
    }
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++)
      gsl_matrix_set(map, j, i, gsl_matrix_get(map, i, j));
  gsl_eigen_symm(map, values, work);
  /* A direction without data stands still (eigenvalue 1), which hides nothing: 1 is expected. */
  const double largest = gsl_vector_max(values);
  /* The slope of the eigenvalue in eta at eta_c is below 2 sum (1 + eta lambda) lambda. */
  for (size_t i = 0; i < d; i++)
    restless += 4.0 * (1.0 + eta_c.val * r->lambda[i]) * r->lambda[i];
  const double error =
      64.0 * ((double)n + 81.0) * ROUNDING_UNIT * sqrt(squares) + eta_c.err * restless * (double)d;
  found = fabs(largest - 1.0) <= error ? VERDICT_HOLDS : VERDICT_FAILS;
  if (found == VERDICT_FAILS)
    claim_note_set(note, "at eta_c the map has the largest eigenvalue %.17g", largest);

cleanup:
  if (map != NULL)
    gsl_matrix_free(map);
  if (values != NULL)
    gsl_vector_free(values);
  if (work != NULL)
    gsl_eigen_symm_free(work);
  return found;
}

/* --- hypotheses ----------------------------------------------------------------------------- */

static random_design *pair(double first, double second, size_t batch) {
  return random_design_literal(2, 1, (const double[]){first, second}, (const double[]){1, 1}, batch,
                               0.0);
}

static void *heavy_tails(void) {
  random_design *r = pair(1, 1, 1);
  if (r != NULL)
    r->kurtosis = 9.0;
  return r;
}

static void *isotropic(void) {
  random_design *r = pair(10, 1, 1);
  if (r != NULL)
    r->isotropic = true;
  return r;
}

static const hypothesis hypotheses[] = {
    {"gaussian",
     "The features are Gaussian.",
     random_design_is_gaussian,
     {heavy_tails, "stable_below_only",
      "$S=I$ in two dimensions, $b=1$, features of kurtosis $9$: stable below $\\frac15$ and not "
      "up "
      "to the Gaussian $\\eta_c=\\frac12$. Features of two signs, kurtosis $1$, are stable beyond "
      "it, up to $1$.",
      random_design_make_signs}},
    {"own_noise",
     "The noise is that of the design.",
     random_design_has_own_noise,
     {isotropic, "stable_below_only",
      "$S=\\operatorname{diag}(10,1)$, $b=1$, isotropic noise of the same trace: the flat "
      "direction "
      "takes as much of it as the sharp one, and the threshold is another.",
      random_design_make_isotropic}},
    {0}};

static const conclusion conclusions[] = {
    {"stable_below_only",
     "$I-T$ is definite at $c\\,\\eta_c$, $c\\in\\{2^{-20},0.9,0.999\\}$, and not for "
     "$c\\in\\{1.001,1.5\\}$ ($d\\le16$)",
     check_sides, DECIDED_BY_SIGN, NULL},
    {"turns_within_error", "it ceases to be so inside the error bound of the computed $\\eta_c$",
     check_turn, DECIDED_BY_SIGN, NULL},
    {"bounds", "$\\eta_c$ is between its bounds and below $2/\\lambda_1$", check_bounds,
     DECIDED_BY_BOUND, NULL},
    {"rises_with_batch",
     "$\\eta_c$ rises as $b$ is doubled once and then $2^{10}$-fold, three times, and nears "
     "$2/\\lambda_1$ at the rate proved",
     check_batch, DECIDED_BY_BOUND, NULL},
    {"second_moment_map",
     "at $\\eta_c$ the map $M\\mapsto\\mathbb{E}(I-\\eta H)M(I-\\eta H)$ on whole matrices, by "
     "quadrature, has the largest eigenvalue $1$ ($d\\le4$)",
     check_map, DECIDED_BY_BOUND, NULL},
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
  return random_design_generate(rng, &aim, diag);
}

const claim mean_square_stability_claim = {
    .id = "N3",
    .stem = "mean_square_stability",
    .title = "The largest step that is stable in mean square",
    .statement =
        "SGD with batches of $b$ on a Gaussian design has $\\mathbb{E}L\\to0$ from every start "
        "exactly for $0<\\eta<\\eta_c$, the root of "
        "$\\sum_j\\eta\\lambda_j/(2b-(b+1)\\eta\\lambda_j)=1$ below $2b/((b+1)\\lambda_1)$; "
        "$\\eta_c<2/\\lambda_1$, its limit as $b\\to\\infty$.",
    .source = "arXiv:2310.00692, whose linearised analysis of escape is made exact here",
    .figure = "mean_square_stability",
    .uses = "N1",
    .family = &random_design_family,
    .generate = generate,
    .trials = 1000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
