#include "config.h"
#include "claims/mean_square_stability.h"

#include <math.h>
#include <gsl/gsl_cblas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include "exact/exact_design.h"
#include "families/random_design_family.h"
#include "model/rounding.h"

static verdict find(const random_design *r, mean_square_stability_solver *solve, law_value *eta_c,
                    claim_note *note) {
  diagnostic diag;
  const int status = solve(r, eta_c, &diag);
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

verdict mean_square_stability_sides(const random_design *r, mean_square_stability_solver *solve,
                                    claim_note *note) {
  static const double factors[] = {0x1p-20, 0.9, 0.999, 1.001, 1.5};
  law_value eta_c;
  if (r->d > MEAN_SQUARE_STABILITY_EXACT_MOST)
    return VERDICT_VACUOUS;
  verdict v = find(r, solve, &eta_c, note);
  for (size_t f = 0; f < sizeof factors / sizeof *factors && v == VERDICT_HOLDS; f++)
    v = expect(r, factors[f] * eta_c.val, factors[f] < 1.0, note);
  return v;
}

verdict mean_square_stability_turn(const random_design *r, mean_square_stability_solver *solve,
                                   claim_note *note) {
  law_value eta_c;
  if (r->d > MEAN_SQUARE_STABILITY_EXACT_MOST)
    return VERDICT_VACUOUS;
  verdict v = find(r, solve, &eta_c, note);
  if (v == VERDICT_HOLDS)
    v = expect(r, nextafter(eta_c.val - eta_c.err, 0.0), true, note);
  if (v == VERDICT_HOLDS)
    v = expect(r, nextafter(eta_c.val + eta_c.err, INFINITY), false, note);
  return v;
}
/* end region: conclusions */

verdict mean_square_stability_bounds(const random_design *r, mean_square_stability_solver *solve,
                                     claim_note *note) {
  law_value eta_c;
  double least, most;
  const verdict v = find(r, solve, &eta_c, note);
  if (v != VERDICT_HOLDS)
    return v;
  const double b = (double)r->batch, slack = rounding_gamma(2 * r->d + 16);
  noise_critical_step_bounds(r, &least, &most);
  const double edge = 2.0 / r->lambda[0];
  most = fmin(most, b * edge / (b + 2.0));
  if (eta_c.val + eta_c.err >= least * (1.0 - slack) &&
      eta_c.val - eta_c.err <= most * (1.0 + slack) && eta_c.val < edge)
    return VERDICT_HOLDS;
  claim_note_set(note, "eta_c = %a is outside [%a, %a]", eta_c.val, least, most);
  return VERDICT_FAILS;
}

verdict mean_square_stability_batch(const random_design *r, mean_square_stability_solver *solve,
                                    claim_note *note) {
  static const int doublings[] = {1, 10, 10, 10};
  law_value now, then;
  verdict v = find(r, solve, &now, note);
  random_design *larger = random_design_clone(r);
  if (larger == NULL)
    return VERDICT_UNDECIDED;
  const double trace = cblas_dasum((int)r->d, r->lambda, 1), edge = 2.0 / r->lambda[0];
  for (size_t i = 0; i < sizeof doublings / sizeof *doublings && v == VERDICT_HOLDS; i++) {
    larger->batch = larger->batch << doublings[i];
    v = find(larger, solve, &then, note);
    if (v != VERDICT_HOLDS)
      break;
    const double b = (double)larger->batch;
    const double distance = edge * (trace + r->lambda[0]) / (trace + (b + 1.0) * r->lambda[0]);
    /* Equal in floating point alone: both are next to the edge. */
    const bool rises =
        then.val - then.err > now.val + now.err ||
        (then.val + then.err >= now.val - now.err && edge - now.val < 0x1p-30 * edge);
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
/* Of the directions that have data (the others stand still): E[(I - eta H) M (I - eta H)] for M =
 * e_p e_q' + e_q e_p', by the quadrature that is exact for fourth moments (claim N1), H of one
 * sample first: it is (I - eta S) M (I - eta S) and 1/b of the rest. */
static void map_of(const random_design *r, double eta, const double m[MAP_SIZE], double *out) {
  const size_t d = random_design_rank(r);
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

/* The largest eigenvalue of the map, self-adjoint on symmetric matrices, and what its rounding
 * moves: false when memory is out. */
static bool largest_of(const random_design *r, double eta, double *largest, double *error) {
  const size_t d = random_design_rank(r), n = d * d;
  gsl_matrix *map = gsl_matrix_alloc(n, n);
  gsl_vector *values = gsl_vector_alloc(n);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(n);
  const bool done = map != NULL && values != NULL && work != NULL;
  for (size_t i = 0; done && i < n; i++) {
    double m[MAP_SIZE] = {0.0};
    m[i] = 0.5;
    m[i % d * d + i / d] += 0.5; /* the symmetric part: what is left over has eigenvalue 0 */
    map_of(r, eta, m, gsl_matrix_ptr(map, i, 0));
  }
  if (done) {
    *error = 64.0 * ((double)n + 81.0) * ROUNDING_UNIT * cblas_dnrm2((int)(n * n), map->data, 1);
    gsl_eigen_symm(map, values, work);
    *largest = gsl_vector_max(values);
  }
  if (map != NULL)
    gsl_matrix_free(map);
  if (values != NULL)
    gsl_vector_free(values);
  if (work != NULL)
    gsl_eigen_symm_free(work);
  return done;
}

verdict mean_square_stability_map(const random_design *r, mean_square_stability_solver *solve,
                                  claim_note *note) {
  law_value eta_c;
  double below, above, below_error, above_error;
  if (r->d > MAP_DIMENSION_MOST || r->isotropic)
    return VERDICT_VACUOUS;
  const verdict v = find(r, solve, &eta_c, note);
  if (v != VERDICT_HOLDS)
    return v;
  if (!largest_of(r, eta_c.val - eta_c.err, &below, &below_error) ||
      !largest_of(r, eta_c.val + eta_c.err, &above, &above_error))
    return VERDICT_UNDECIDED;
  if (below <= 1.0 + below_error && above >= 1.0 - above_error)
    return VERDICT_HOLDS;
  claim_note_set(note, "within the error of eta_c the map has the largest eigenvalues %.17g, %.17g",
                 below, above);
  return VERDICT_FAILS;
}

/* What the claim is about: the library's solver. */
static verdict check_sides(const void *instance, claim_note *note) {
  return mean_square_stability_sides(instance, noise_critical_step, note);
}

static verdict check_turn(const void *instance, claim_note *note) {
  return mean_square_stability_turn(instance, noise_critical_step, note);
}

static verdict check_bounds(const void *instance, claim_note *note) {
  return mean_square_stability_bounds(instance, noise_critical_step, note);
}

static verdict check_batch(const void *instance, claim_note *note) {
  return mean_square_stability_batch(instance, noise_critical_step, note);
}

static verdict check_map(const void *instance, claim_note *note) {
  return mean_square_stability_map(instance, noise_critical_step, note);
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
     "within the error bound of $\\eta_c$ the map $M\\mapsto\\mathbb{E}(I-\\eta H)M(I-\\eta H)$ on "
     "whole matrices, by "
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
