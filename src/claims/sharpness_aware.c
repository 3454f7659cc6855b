#include "config.h"
#include "claims/sharpness_aware.h"

#include <math.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "claims/edge_of_stability.h"
#include "exact/exact_sharpness.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"
#include "model/sharpness_aware.h"

static double norm_of(const quadratic *q) {
  return sqrt(cblas_ddot((int)q->d, q->g, 1, q->g, 1));
}

/* The error bounds start from an exact |g|; norm_of is within gamma_{d+2} of it, and the edge moves
 * by less than the norm does, in relative terms. */
static double norm_error(const quadratic *q) {
  return rounding_gamma(q->d + 2);
}

/* A step near the edges where something turns (2/eta next to one of the eigenvalues, or to a sum of
 * two), or anywhere; a radius from far below to far above |g|/lambda_1. */
void *sharpness_aware_generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {
      .noiseless = true, .d_most = 100, .two_level = random_chance(rng, 0.2)};
  quadratic *q = quadratic_generate(rng, &aim, diag);
  if (q == NULL)
    return NULL;
  const double norm = norm_of(q);
  q->radius = norm / q->lambda[0] * random_log_uniform(rng, 1e-6, 1e6);
  const size_t first = random_chance(rng, 0.5) ? 0 : q->k - 1;
  const size_t second = random_chance(rng, 0.5) ? q->k : q->d - 1;
  const double h = sharpness_aware_curvature(q->lambda[first], q->radius, norm),
               other = sharpness_aware_curvature(q->lambda[second], q->radius, norm);
  const double near = 1.0 + random_sign(rng) * random_log_uniform(rng, 1e-6, 0.5);
  q->eta =
      2.0 / (h + other) * (random_chance(rng, 0.6) ? near : random_log_uniform(rng, 1e-3, 1e3));
  return q;
}

bool sharpness_aware_has_radius(const void *instance) {
  return ((const quadratic *)instance)->radius > 0.0;
}

/* --- conclusions ---------------------------------------------------------------------------- */

static verdict expect_sign(certified_expression expression, const exact_sharpness *step,
                           certified_sign expected, const char *what, claim_note *note) {
  const certificate found = certified_certificate_of(expression, step);
  const certified_sign sign = found.sign;
  claim_note_bits(note, found.bits);
  if (sign == expected)
    return VERDICT_HOLDS;
  claim_note_set(note, "%s at lambda = %a: sign %s, not %s, at %ld bits", what, step->lambda,
                 certified_sign_name(sign), certified_sign_name(expected), (long)found.bits);
  return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
}

/* region: conclusions */
/* Along each eigendirection: the coordinate grows exactly where the edge is below lambda. */
static verdict check_grows_beyond_edge(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  verdict v = VERDICT_HOLDS;
  for (size_t i = 0; i < q->d && v == VERDICT_HOLDS; i++) {
    const exact_sharpness step = {q, q->lambda[i]};
    const certified_sign excess = certified_sign_of(exact_sharpness_edge_excess, &step);
    v = excess == SIGN_UNDECIDED
            ? VERDICT_UNDECIDED
            : expect_sign(exact_sharpness_growth, &step, -excess, "growth", note);
  }
  return v;
}

/* The computed edge: a coordinate of that curvature shrinks just below it and grows just above. */
static verdict check_edge_within_error(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const double edge = sharpness_aware_edge(q->eta, q->radius, norm_of(q));
  const double error = (rounding_gamma(8) + norm_error(q)) * edge;
  const exact_sharpness below = {q, nextafter(edge - error, 0.0)},
                        above = {q, nextafter(edge + error, INFINITY)};
  const verdict v = expect_sign(exact_sharpness_growth, &below, SIGN_NEGATIVE, "growth", note);
  return v != VERDICT_HOLDS
             ? v
             : expect_sign(exact_sharpness_growth, &above, SIGN_POSITIVE, "growth", note);
}

/* The edge rises with |g|, falls with r, and stays below gradient descent's 2/eta. */
static verdict check_edge_is_monotone(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const exact_sharpness step = {q, 2.0 / q->eta * (1.0 + DBL_EPSILON)};
  verdict v = expect_sign(exact_sharpness_edge_rise, &step, SIGN_POSITIVE, "edge at 2|g|", note);
  if (v == VERDICT_HOLDS)
    v = expect_sign(exact_sharpness_edge_rise_in_radius, &step, SIGN_NEGATIVE, "edge at 2r", note);
  return v != VERDICT_HOLDS ? v
                            : expect_sign(exact_sharpness_edge_excess, &step, SIGN_NEGATIVE,
                                          "edge less 2/eta", note);
}

/* 0 <= 2/eta - edge = r edge^2/|g| <= 4 r/(eta^2 |g|): the radius tends to 0, the edge to 2/eta. */
static verdict check_small_radius(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *small = quadratic_clone(q);
  if (small == NULL)
    return VERDICT_UNDECIDED;
  small->radius *= 0x1p-40;
  const double norm = norm_of(q), limit = 2.0 / q->eta;
  const double most = limit * limit * small->radius / norm * (1.0 + norm_error(q) + 1e-15);
  const exact_sharpness step = {small, limit - most - 2.0 * DBL_EPSILON * limit};
  const verdict v = expect_sign(exact_sharpness_edge_excess, &step, SIGN_POSITIVE,
                                "edge of a small radius", note);
  quadratic_free(small);
  return v;
}

static verdict check_alignment_of_step(const void *instance, claim_note *note) {
  const exact_sharpness step = {instance, 0.0};
  if (certified_sign_of(exact_sharpness_sharpest_pair, &step) == SIGN_NEGATIVE)
    return expect_sign(exact_sharpness_alignment_change, &step, SIGN_NEGATIVE, "alignment", note);
  if (certified_sign_of(exact_sharpness_flattest_pair, &step) == SIGN_POSITIVE)
    return expect_sign(exact_sharpness_alignment_change, &step, SIGN_POSITIVE, "alignment", note);
  return VERDICT_VACUOUS;
}

static verdict check_alignment_of_update(const void *instance, claim_note *note) {
  const exact_sharpness step = {instance, 0.0};
  return expect_sign(exact_sharpness_update_change, &step, SIGN_POSITIVE, "update", note);
}

/* The edge is between the two sets. */
static bool is_parting(const void *instance) {
  const quadratic *q = instance;
  const exact_sharpness dominant = {q, q->lambda[q->k - 1]}, bulk = {q, q->lambda[q->k]};
  return certified_sign_of(exact_sharpness_growth, &dominant) == SIGN_POSITIVE &&
         certified_sign_of(exact_sharpness_growth, &bulk) == SIGN_NEGATIVE;
}

static verdict check_parting(const void *instance, claim_note *note) {
  if (!is_parting(instance))
    return VERDICT_VACUOUS;
  const exact_sharpness step = {instance, 0.0};
  const verdict v =
      expect_sign(exact_sharpness_dominant_loss_change, &step, SIGN_POSITIVE, "Dom-SAM", note);
  return v != VERDICT_HOLDS ? v
                            : expect_sign(exact_sharpness_bulk_loss_change, &step, SIGN_NEGATIVE,
                                          "Bulk-SAM", note);
}

/* The oscillation with period 2 along the sharpest direction: its |g| has lambda_1 for its edge. */
static verdict check_cycle(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const double half_move = 0.5 * q->eta * q->lambda[0];
  if (!(half_move < 0.999))
    return VERDICT_VACUOUS;
  const double norm = sharpness_aware_cycle(q->lambda[0], q->eta, q->radius);
  const double edge = sharpness_aware_edge(q->eta, q->radius, norm);
  const double error = (rounding_gamma(8) + rounding_gamma(6) / (1.0 - half_move)) * edge;
  if (fabs(edge - q->lambda[0]) <= error)
    return VERDICT_HOLDS;
  claim_note_set(note, "|g| = %a has the edge %a, lambda_1 = %a", norm, edge, q->lambda[0]);
  return VERDICT_FAILS;
}
/* end region: conclusions */

/* The perturbation is what noise is to SGD: xi = r A g/|g|.  g = Ax is off by up to unit |A| |x|,
 * which the division by |g| lifts into xi, and L changes by |A| reach times that. */
int sharpness_aware_dense_paths(const quadratic *q, dense_step_paths *paths) {
  int status = GSL_ENOMEM;
  gsl_vector *g = gsl_vector_alloc(q->d), *xi = gsl_vector_alloc(q->d);
  dense_quadratic *dense = dense_quadratic_alloc(q, 1);
  if (g == NULL || xi == NULL || dense == NULL)
    goto cleanup;
  gsl_blas_dsymv(CblasLower, 1.0, dense->hessian, dense->x, 0.0, g);
  gsl_blas_dsymv(CblasLower, q->radius / gsl_blas_dnrm2(g), dense->hessian, g, 0.0, xi);
  status = dense_step_path(dense, q->eta, xi, paths);
  const double curvature = sqrt((double)q->d) * q->lambda[0], norm = gsl_blas_dnrm2(g);
  const double off = dense->unit * curvature * gsl_blas_dnrm2(dense->x) / norm;
  const double moved = q->eta * 2.0 * off * q->radius * curvature;
  const double reach = gsl_blas_dnrm2(dense->x) + q->eta * (norm + gsl_blas_dnrm2(xi)) + moved;
  paths->error += curvature * reach * moved;

cleanup:
  if (g != NULL)
    gsl_vector_free(g);
  if (xi != NULL)
    gsl_vector_free(xi);
  dense_quadratic_free(dense);
  return status;
}

static verdict check_projected_steps(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  dense_step_paths paths;
  if (q->d > DENSE_STEP_DIMENSION_MOST)
    return VERDICT_VACUOUS;
  if (sharpness_aware_dense_paths(q, &paths) != GSL_SUCCESS)
    return VERDICT_UNDECIDED;
  const exact_sharpness step = {q, 0.0};
  return edge_of_stability_compare(
      &paths, certified_value_of(exact_sharpness_dominant_loss_change, &step),
      certified_value_of(exact_sharpness_bulk_loss_change, &step), note);
}

/* --- ablations ------------------------------------------------------------------------------ */

static void *not_the_top(void) {
  return quadratic_with_radius(quadratic_pair(1, 10, 3, 4, 0, 0), 0.01, 1);
}

static void *one_sided(void) {
  return quadratic_with_radius(quadratic_pair(10, 1, 5, 0, 0, 0), 0.01, 1);
}

static void *no_radius(void) {
  return quadratic_with_radius(quadratic_pair(10, 1, 3, 4, 0, 0), 0.01, 0);
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "update_is_more_aligned",
      "$\\lambda=(1,10)$ with the flat direction called dominant, $g=(3,4)$, $r=1$: the "
      "perturbation stretches $g$ to $(3.6,12)$, away from it.",
      quadratic_violate_gap}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {one_sided, "update_is_more_aligned",
      "$g=(5,0)$: the update's alignment is $1$, as the gradient's.", quadratic_violate_interior}},
    {"radius",
     "$r>0$.",
     sharpness_aware_has_radius,
     {no_radius, "update_is_more_aligned",
      "$r=0$ is gradient descent: the update is parallel to the gradient.",
      quadratic_violate_radius}},
    {0}};

static const conclusion conclusions[] = {
    {"grows_beyond_edge", "$|g^+_i|>|g_i|$ exactly where $\\lambda_i>\\lambda_{\\mathrm{SAM}}$",
     check_grows_beyond_edge, DECIDED_BY_SIGN, NULL},
    {"edge_within_error", "growth turns inside the error bound of the computed edge",
     check_edge_within_error, DECIDED_BY_BOUND, NULL},
    {"edge_is_monotone",
     "$\\lambda_{\\mathrm{SAM}}$ rises with $|g|$, falls with $r$, is below $2/\\eta$",
     check_edge_is_monotone, DECIDED_BY_SIGN, NULL},
    {"small_radius", "$2/\\eta-\\lambda_{\\mathrm{SAM}}\\le4r/(\\eta^2|g|)$", check_small_radius,
     DECIDED_BY_BOUND, NULL},
    {"alignment_turns_with_pairs",
     "$\\alpha$ falls if $\\eta(h_1+h_{k+1})<2$, rises if $\\eta(h_k+h_d)>2$",
     check_alignment_of_step, DECIDED_BY_SIGN, NULL},
    {"update_is_more_aligned", "the update's alignment is above the gradient's",
     check_alignment_of_update, DECIDED_BY_SIGN, NULL},
    {"cycle_has_its_edge", "$|g|=r\\eta\\lambda_1^2/(2-\\eta\\lambda_1)$ has the edge $\\lambda_1$",
     check_cycle, DECIDED_BY_BOUND, NULL},
    {"projections_part",
     "$\\lambda_{k+1}<\\lambda_{\\mathrm{SAM}}<\\lambda_k$: Dom-SAM raises $L$, Bulk-SAM lowers it",
     check_parting, DECIDED_BY_SIGN, NULL},
    {"projected_steps_split", "Dom-SAM changes $L_D$ alone and Bulk-SAM $L_B$ alone, as SAM does",
     check_projected_steps, DECIDED_BY_BOUND, NULL},
    {0}};

static certified_sign sharpest_pair(const void *instance) {
  const exact_sharpness step = {instance, 0.0};
  return certified_sign_of(exact_sharpness_sharpest_pair, &step);
}

static bool is_below(const void *instance) {
  return sharpest_pair(instance) == SIGN_NEGATIVE;
}

static bool is_above(const void *instance) {
  const exact_sharpness step = {instance, 0.0};
  return certified_sign_of(exact_sharpness_flattest_pair, &step) == SIGN_POSITIVE;
}

static double felt(const void *instance) {
  const quadratic *q = instance;
  return q->radius * q->lambda[0] / norm_of(q);
}

static bool is_radius_small(const void *instance) {
  return felt(instance) < 0.01;
}

static bool is_radius_large(const void *instance) {
  return felt(instance) > 100.0;
}

static const coverage coverages[] = {{"alignment must fall", 0.20, is_below},
                                     {"alignment must rise", 0.20, is_above},
                                     {"where the projections part", 0.10, is_parting},
                                     {"radius far below |g|/lambda_1", 0.20, is_radius_small},
                                     {"radius far above |g|/lambda_1", 0.20, is_radius_large},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {0}};

const claim sharpness_aware_claim = {
    .id = "P7",
    .stem = "sharpness_aware",
    .title = "The edge of stability of sharpness-aware minimisation",
    .statement =
        "A step of SAM lengthens $g_i$ exactly when $\\lambda_i>\\lambda_{\\mathrm{SAM}}"
        "=\\frac{|g|}{2r}\\bigl(\\sqrt{1+8r/(\\eta|g|)}-1\\bigr)$, and turns the gradient towards "
        "the dominant subspace when $\\eta(h_k+h_d)>2$, $h_i=\\lambda_i+r\\lambda_i^2/|g|$.",
    .source = "derived from the update in arXiv:2405.16002, section B.2",
    .figure = "edge_of_stability",
    .uses = "L2 C1",
    .family = &quadratic_family,
    .generate = sharpness_aware_generate,
    .trials = 1000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
