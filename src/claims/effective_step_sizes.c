#include "config.h"
#include "claims/effective_step_sizes.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "claims/one_step_moments.h"
#include "claims/sharpness_aware.h"
#include "exact/certified.h"
#include "exact/dense_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/effective_step.h"
#include "model/rounding.h"

/* --- gradient descent and its projections ---------------------------------------------------- */

/* Which part of eta g an update has. */
typedef enum { WHOLE, DOMINANT_PART, BULK_PART } update_part;

/* <u, Pg>/|Pg|^2 and <u, Qg>/|Qg|^2 in the dense basis, for u = eta g, eta Pg or eta Qg. */
static int dense_effective(const quadratic *q, update_part part, effective_step *out,
                           effective_step *error) {
  int status = GSL_ENOMEM;
  gsl_matrix *room = gsl_matrix_alloc(3, q->d);
  dense_quadratic *dense = dense_quadratic_alloc(q, 1);
  if (room == NULL || dense == NULL)
    goto cleanup;
  gsl_vector_view view[3];
  for (size_t i = 0; i < 3; i++)
    view[i] = gsl_matrix_row(room, i);
  gsl_vector *g = &view[0].vector, *dominant = &view[1].vector, *bulk = &view[2].vector;
  gsl_blas_dsymv(CblasLower, 1.0, dense->hessian, dense->x, 0.0, g);
  gsl_blas_dgemv(CblasNoTrans, 1.0, dense->projector, g, 0.0, dominant);
  gsl_vector_memcpy(bulk, g);
  gsl_blas_daxpy(-1.0, dominant, bulk);
  const gsl_vector *update = part == WHOLE ? g : part == DOMINANT_PART ? dominant : bulk;
  double along;
  const double length = gsl_blas_dnrm2(g), a = gsl_blas_dnrm2(dominant), b = gsl_blas_dnrm2(bulk);
  gsl_blas_ddot(update, dominant, &along);
  out->dominant = q->eta * along / (a * a);
  gsl_blas_ddot(update, bulk, &along);
  out->bulk = q->eta * along / (b * b);
  /* The computed projector is one to unit: it leaks that share of |g| from one part to the other.
   */
  error->dominant = q->eta * dense->unit * length / a * (1.0 + length / a);
  error->bulk = q->eta * dense->unit * length / b * (1.0 + length / b);
  status = GSL_SUCCESS;

cleanup:
  if (room != NULL)
    gsl_matrix_free(room);
  dense_quadratic_free(dense);
  return status;
}

/* region: conclusions */
static verdict check_gradient_descent(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const effective_step expected[] = {{q->eta, q->eta}, {q->eta, 0.0}, {0.0, q->eta}};
  if (q->d > DENSE_STEP_DIMENSION_MOST)
    return VERDICT_VACUOUS;
  for (update_part part = WHOLE; part <= BULK_PART; part++) {
    effective_step found, error;
    if (dense_effective(q, part, &found, &error) != GSL_SUCCESS)
      return VERDICT_UNDECIDED;
    if (!(fabs(found.dominant - expected[part].dominant) <= error.dominant &&
          fabs(found.bulk - expected[part].bulk) <= error.bulk)) {
      claim_note_set(note, "update %d: (%a, %a), bounds %.2e and %.2e", part, found.dominant,
                     found.bulk, error.dominant, error.bulk);
      return VERDICT_FAILS;
    }
  }
  return VERDICT_HOLDS;
}

/* The computed effective steps of SAM's update against eta (1 + r mean/|g|), mean = D_1/D_0. */
static verdict check_sharpness_aware(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  one_step_moments m;
  effective_step found;
  one_step_moments_of(q, &m);
  double *update = calloc(q->d, sizeof *update);
  if (update == NULL)
    return VERDICT_UNDECIDED;
  const double norm = sqrt(m.d0 + m.b0);
  for (size_t i = 0; i < q->d; i++)
    update[i] = q->eta * (q->g[i] + q->radius * q->lambda[i] * (q->g[i] / norm));
  const int status = effective_step_of(update, q->g, q->d, q->k, &found);
  free(update);
  if (status != GSL_SUCCESS) {
    claim_note_set(note, "a part of the gradient is zero");
    return VERDICT_FAILS;
  }
  const double dominant = q->eta * (1.0 + q->radius * (m.d1 / m.d0) / norm),
               bulk = q->eta * (1.0 + q->radius * (m.b1 / m.b0) / norm);
  const double error = 4.0 * m.error + rounding_gamma(2 * q->d + 20);
  if (fabs(found.dominant - dominant) <= error * dominant &&
      fabs(found.bulk - bulk) <= error * bulk)
    return VERDICT_HOLDS;
  claim_note_set(note, "(%a, %a), not (%a, %a)", found.dominant, found.bulk, dominant, bulk);
  return VERDICT_FAILS;
}

/* (D_1/D_0 - B_1/B_0) D_0 B_0: the sign of SAM's dominant effective step less its bulk one. */
static void sharpness_gap(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  arb_ptr zeroth = _arb_vec_init(2), first = _arb_vec_init(2);
  arb_t term, lambda;
  arb_init(term);
  arb_init(lambda);
  for (size_t i = 0; i < q->d; i++) {
    arb_set_d(term, q->g[i]);
    arb_sqr(term, term, precision);
    const int part = i >= q->k;
    arb_add(zeroth + part, zeroth + part, term, precision);
    arb_set_d(lambda, q->lambda[i]);
    arb_addmul(first + part, lambda, term, precision);
  }
  arb_mul(value, first, zeroth + 1, precision);
  arb_submul(value, first + 1, zeroth, precision);
  arb_set_d(term, q->radius);
  arb_mul(value, value, term, precision);
  _arb_vec_clear(zeroth, 2);
  _arb_vec_clear(first, 2);
  arb_clear(term);
  arb_clear(lambda);
}

static verdict check_sharpness_gap(const void *instance, claim_note *note) {
  return certify_sign("dominant less bulk", sharpness_gap, instance, CERTIFY_POSITIVE, note);
}

/* One direction of a heavy ball, and an effective step e to try in its equation. */
typedef struct {
  double lambda, eta, beta;
  int end; /* e = eta/(1 - beta) at 0, 2 eta/(1 - beta + eta lambda) at 1 */
} momentum_bracket;

/* lambda e^2 - (1 - beta + eta lambda) e + eta: positive below the smaller root, negative between
 * the two. */
static void momentum_equation(arb_t value, const void *argument, slong precision) {
  const momentum_bracket *bracket = argument;
  arb_t eta, move, rest, e;
  arb_init(eta);
  arb_init(move);
  arb_init(rest);
  arb_init(e);
  arb_set_d(eta, bracket->eta);
  arb_set_d(move, bracket->lambda);
  arb_mul(move, move, eta, precision);
  arb_set_d(rest, bracket->beta);
  arb_sub_ui(rest, rest, 1, precision);
  arb_neg(rest, rest); /* 1 - beta */
  if (bracket->end == 0)
    arb_div(e, eta, rest, precision);
  arb_add(rest, rest, move, precision);
  if (bracket->end == 1) {
    arb_div(e, eta, rest, precision);
    arb_mul_ui(e, e, 2, precision);
  }
  arb_set_d(value, bracket->lambda);
  arb_mul(value, value, e, precision);
  arb_sub(value, value, rest, precision);
  arb_mul(value, value, e, precision);
  arb_add(value, value, eta, precision);
  arb_clear(eta);
  arb_clear(move);
  arb_clear(rest);
  arb_clear(e);
}

verdict effective_step_sizes_bracket(double lambda, double eta, double beta, double found,
                                     claim_note *note) {
  const momentum_bracket low = {lambda, eta, beta, 0}, high = {lambda, eta, beta, 1};
  const certified_sign below = certified_sign_of(momentum_equation, &low),
                       between = certified_sign_of(momentum_equation, &high);
  const double least = eta / (1.0 - beta), most = 2.0 * eta / (1.0 - beta + eta * lambda);
  const double error = rounding_gamma(20) / (1.0 - sqrt(beta)) * most;
  if (below == SIGN_POSITIVE && between == SIGN_NEGATIVE && found >= least - error &&
      found <= most + error)
    return VERDICT_HOLDS;
  claim_note_set(note, "lambda = %a, beta = %g: %a in (%a, %a), signs %s and %s", lambda, beta,
                 found, least, most, certified_sign_name(below), certified_sign_name(between));
  return VERDICT_FAILS;
}

/* Along every direction that does not oscillate. */
static verdict check_momentum(const void *instance, claim_note *note) {
  static const double betas[] = {0.5, 0.9, 0.99};
  const quadratic *q = instance;
  verdict v = VERDICT_VACUOUS;
  for (size_t b = 0; b < sizeof betas / sizeof *betas; b++)
    for (size_t i = 0; i < q->d && v != VERDICT_FAILS; i++) {
      const double found = effective_step_of_momentum(q->lambda[i], q->eta, betas[b]);
      if (!isnan(found))
        v = effective_step_sizes_bracket(q->lambda[i], q->eta, betas[b], found, note);
    }
  return v;
}
/* end region: conclusions */

/* --- ablations ------------------------------------------------------------------------------ */

static void *not_the_top(void) {
  return quadratic_with_radius(quadratic_pair(1, 10, 3, 4, 0, 0), 0.125, 1);
}

static void *one_sided(void) {
  return quadratic_with_radius(quadratic_pair(10, 1, 5, 0, 0, 0), 0.125, 1);
}

static void *no_radius(void) {
  return quadratic_with_radius(quadratic_pair(10, 1, 3, 4, 0, 0), 0.125, 0);
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "sharpness_aware_prefers_dominant",
      "$\\lambda=(1,10)$ with the flat direction called dominant, $g=(3,4)$, $r=1$: "
      "$\\eta(1+\\frac15)<\\eta(1+2)$.",
      quadratic_violate_gap}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {one_sided, "sharpness_aware_by_means", "$g=(5,0)$: there is no bulk gradient to divide by.",
      quadratic_violate_interior}},
    {"radius",
     "$r>0$.",
     sharpness_aware_has_radius,
     {no_radius, "sharpness_aware_prefers_dominant", "$r=0$ is gradient descent: both are $\\eta$.",
      quadratic_violate_radius}},
    {0}};

static const conclusion conclusions[] = {
    {"gradient_descent_has_eta", "GD has $(\\eta,\\eta)$, Dom-GD $(\\eta,0)$, Bulk-GD $(0,\\eta)$",
     check_gradient_descent, DECIDED_BY_BOUND, NULL},
    {"sharpness_aware_by_means", "SAM has $\\eta(1+r\\bar\\lambda/|g|)$ in either part",
     check_sharpness_aware, DECIDED_BY_BOUND, NULL},
    {"sharpness_aware_prefers_dominant", "SAM's dominant effective step is above its bulk one",
     check_sharpness_gap, DECIDED_BY_SIGN, NULL},
    {"momentum_amplifies",
     "the heavy ball's root lies in $(\\eta/(1-\\beta),\\,2\\eta/(1-\\beta+\\eta\\lambda))$, "
     "$\\beta\\in\\{0.5,0.9,0.99\\}$",
     check_momentum, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {0}};

const claim effective_step_sizes_claim = {
    .id = "P8",
    .stem = "effective_step_sizes",
    .title = "Effective step sizes, dominant and bulk",
    .statement =
        "Gradient descent has the effective step sizes $(\\eta,\\eta)$, Dom-GD $(\\eta,0)$, "
        "Bulk-GD $(0,\\eta)$; SAM's dominant one exceeds its bulk one; momentum lifts that of a "
        "slow direction above $\\eta/(1-\\beta)$.",
    .source = "arXiv:2405.16002, section C, with the sign that makes its first example right",
    .figure = NULL,
    .uses = "L1 P7",
    .family = &quadratic_family,
    .generate = sharpness_aware_generate,
    .trials = 500,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
