#include "config.h"
#include "claims/loss_split.h"

#include <math.h>
#include <stdio.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "claims/certify.h"
#include "exact/exact_polynomial.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

/* region: formula */
static double expected_change(double zeroth, double first, double noise, double eta,
                              double relative_error, double *error) {
  const double descent = eta * zeroth, ascent = 0.5 * eta * eta * (first + noise);
  if (error != NULL)
    *error = (relative_error + rounding_gamma(5)) * (descent + ascent);
  return ascent - descent;
}

double loss_split_dominant_change(const one_step_moments *m, double eta, double *error) {
  return expected_change(m->d0, m->d1, m->taud, eta, m->error, error);
}

double loss_split_bulk_change(const one_step_moments *m, double eta, double *error) {
  return expected_change(m->b0, m->b1, m->taub, eta, m->error, error);
}
/* end region: formula */

/* --- the claim ------------------------------------------------------------------------------ */

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const bool dense = random_chance(rng, 0.4);
  const quadratic_aim anywhere = {.d_most = 0};
  const quadratic_aim for_dense = {.d_most = 24, .condition = 1e3, .full_covariance = true};
  return quadratic_generate(rng, dense ? &for_dense : &anywhere, diag);
}

void loss_split_steps(const quadratic *q, double eta[LOSS_SPLIT_STEPS]) {
  eta[0] = 1e-3 / q->lambda[0];
  eta[1] = 1.0 / q->lambda[0];
  eta[2] = 1.9 / q->lambda[0];
  eta[3] = 1.0 / q->lambda[q->k];
  eta[4] = 10.0 / q->lambda[q->d - 1];
}

verdict loss_split_compare(double value, double truth, double error, double eta, const char *what,
                           claim_note *note) {
  if (fabs(value - truth) <= error + DBL_EPSILON * fabs(truth))
    return VERDICT_HOLDS;
  claim_note_set(note, "%s, eta = %a: %a, should be %a within %.2e", what, eta, value, truth,
                 error);
  return VERDICT_FAILS;
}

static verdict check_expected(const quadratic *q, certified_expression definition,
                              double (*formula)(const one_step_moments *, double, double *),
                              claim_note *note) {
  one_step_moments m;
  one_step_moments_of(q, &m);
  double eta[LOSS_SPLIT_STEPS];
  loss_split_steps(q, eta);
  for (size_t s = 0; s < LOSS_SPLIT_STEPS; s++) {
    const exact_step step = {q, eta[s]};
    double error;
    const double value = formula(&m, eta[s], &error);
    const verdict v = loss_split_compare(value, certified_value_of(definition, &step), error,
                                         eta[s], "change", note);
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

static verdict check_dominant(const void *instance, claim_note *note) {
  return check_expected(instance, exact_step_dominant_loss_change, loss_split_dominant_change,
                        note);
}

static verdict check_bulk(const void *instance, claim_note *note) {
  return check_expected(instance, exact_step_bulk_loss_change, loss_split_bulk_change, note);
}

static bool fits_dense(const quadratic *q) {
  return q->d <= DENSE_STEP_DIMENSION_MOST && quadratic_condition_number(q) <= 1e4;
}

static verdict check_dense(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (!fits_dense(q))
    return VERDICT_VACUOUS;
  one_step_moments m;
  one_step_moments_of(q, &m);
  double eta[LOSS_SPLIT_STEPS];
  loss_split_steps(q, eta);
  for (size_t s = 0; s < LOSS_SPLIT_STEPS; s++) {
    dense_step_moments dense;
    if (dense_step_expectations(q, eta[s], &dense) != GSL_SUCCESS)
      return VERDICT_UNDECIDED;
    double error;
    double value = loss_split_dominant_change(&m, eta[s], &error);
    verdict v = loss_split_compare(value, dense.dominant_loss, error + dense.loss_error, eta[s],
                                   "dominant", note);
    if (v == VERDICT_HOLDS) {
      value = loss_split_bulk_change(&m, eta[s], &error);
      v = loss_split_compare(value, dense.bulk_loss, error + dense.loss_error, eta[s], "bulk",
                             note);
    }
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

/* region: pathwise */
/* The projected step changes the loss by what the full step changes one part of it: two numbers,
 * each off by at most paths->error. */
verdict loss_split_judge_path(const dense_step_paths *paths, double eta, claim_note *note) {
  const verdict v =
      loss_split_compare(paths->dominant_step, paths->dominant_part, 2.0 * paths->error, eta,
                         "Dom-SGD step against the change of L_D", note);
  return v != VERDICT_HOLDS
             ? v
             : loss_split_compare(paths->bulk_step, paths->bulk_part, 2.0 * paths->error, eta,
                                  "Bulk-SGD step against the change of L_B", note);
}

/* Along a path with any noise at all. */
static verdict check_pathwise(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (!fits_dense(q))
    return VERDICT_VACUOUS;
  verdict v = VERDICT_UNDECIDED;
  dense_quadratic *dense = dense_quadratic_alloc(q, random_trial_seed(q->d, "paths", q->k));
  gsl_vector *xi = gsl_vector_calloc(q->d);
  gsl_rng *rng = random_alloc(random_trial_seed(q->k, "noise of paths", q->d));
  if (dense == NULL || xi == NULL || rng == NULL)
    goto cleanup;
  double eta[LOSS_SPLIT_STEPS];
  loss_split_steps(q, eta);
  v = VERDICT_HOLDS;
  for (size_t s = 0; s < LOSS_SPLIT_STEPS && v == VERDICT_HOLDS; s++) {
    for (size_t i = 0; i < q->d; i++)
      gsl_vector_set(xi, i, gsl_ran_gaussian(rng, sqrt(q->v[i])));
    dense_step_paths paths;
    v = dense_step_path(dense, eta[s], xi, &paths) == GSL_SUCCESS
            ? loss_split_judge_path(&paths, eta[s], note)
            : VERDICT_UNDECIDED;
  }

cleanup:
  dense_quadratic_free(dense);
  if (xi != NULL)
    gsl_vector_free(xi);
  if (rng != NULL)
    gsl_rng_free(rng);
  return v;
}
/* end region: pathwise */

/* The coefficient of eta^power, 1 or 2, of E[Delta L_D] (E[Delta L_B]), from the loss of `loss_of`
 * expanded direction by direction, less the statement's, of q. */
typedef struct {
  const quadratic *q, *loss_of;
  bool dominant;
  slong power;
} change_coefficient;

static void change_defect(arb_t value, const void *argument, slong precision) {
  const change_coefficient *at = argument;
  const quadratic *q = at->q;
  const exact_coefficient of = {at->loss_of, at->power};
  const size_t from = at->dominant ? 0 : q->k, to = at->dominant ? q->k : q->d;
  arb_t sum, noise;
  arb_init(sum);
  arb_init(noise);
  (at->dominant ? exact_polynomial_dominant_loss : exact_polynomial_bulk_loss)(value, &of,
                                                                               precision);
  if (at->power == 1) {
    exact_polynomial_sum_squares(sum, q, from, to, 0, precision);
    arb_add(value, value, sum, precision);
  } else {
    exact_polynomial_sum_squares(sum, q, from, to, 1, precision);
    exact_polynomial_sum_noise(noise, q, from, to, 1, precision);
    arb_add(sum, sum, noise, precision);
    arb_mul_2exp_si(sum, sum, -1);
    arb_sub(value, value, sum, precision);
  }
  arb_clear(sum);
  arb_clear(noise);
}

typedef struct {
  const quadratic *q, *loss_of;
  size_t i;
} one_direction;

/* How far E (g'_i)^2 - g_i^2 is from 2 lambda_i E[Delta L_i], as the sum over the coefficients of
 * their distances: 0 where the loss of L = x'Ax/2 is the loss that is expanded. */
static void direction_defect(arb_t value, const void *argument, slong precision) {
  const one_direction *at = argument;
  arb_poly_t defect, loss;
  arb_t term;
  arb_poly_init(defect);
  arb_poly_init(loss);
  arb_init(term);
  exact_polynomial_direction(defect, at->q, at->i, precision);
  exact_polynomial_loss_direction(loss, at->loss_of, at->i, precision);
  arb_set_d(term, 2.0 * at->q->lambda[at->i]);
  arb_poly_scalar_mul(loss, loss, term, precision);
  arb_poly_sub(defect, defect, loss, precision);
  arb_set_d(term, at->loss_of->g[at->i]);
  arb_sqr(term, term, precision);
  arb_poly_set_arb(loss, term);
  arb_poly_sub(defect, defect, loss, precision);
  arb_zero(value);
  for (slong power = 0; power < arb_poly_length(defect); power++) {
    arb_poly_get_coeff_arb(term, defect, power);
    arb_abs(term, term);
    arb_add(value, value, term, precision);
  }
  arb_poly_clear(defect);
  arb_poly_clear(loss);
  arb_clear(term);
}

verdict loss_split_judge_direction(const quadratic *q, const quadratic *loss_of, size_t i,
                                   claim_note *note) {
  const one_direction at = {q, loss_of, i};
  char what[96];
  snprintf(what, sizeof what, "2 lambda_i E[Delta L_i] less the change of E g_i^2, i = %zu,", i);
  return certify_sign(what, direction_defect, &at, CERTIFY_ZERO, note);
}

/* region: identity */
verdict loss_split_judge_polynomials(const quadratic *q, const quadratic *loss_of,
                                     claim_note *note) {
  const change_coefficient dominant[] = {{q, loss_of, true, 1}, {q, loss_of, true, 2}};
  const change_coefficient bulk[] = {{q, loss_of, false, 1}, {q, loss_of, false, 2}};
  const certify_line lines[] = {
      {"E[Delta L_D] less its formula, at eta^1", change_defect, &dominant[0], CERTIFY_ZERO},
      {"E[Delta L_D] less its formula, at eta^2", change_defect, &dominant[1], CERTIFY_ZERO},
      {"E[Delta L_B] less its formula, at eta^1", change_defect, &bulk[0], CERTIFY_ZERO},
      {"E[Delta L_B] less its formula, at eta^2", change_defect, &bulk[1], CERTIFY_ZERO},
      {NULL, NULL, NULL, 0}};
  verdict v = certify(lines, note);
  for (size_t i = 0; i < q->d && v == VERDICT_HOLDS; i++)
    v = loss_split_judge_direction(q, loss_of, i, note);
  return v;
}

static verdict check_polynomials(const void *instance, claim_note *note) {
  return loss_split_judge_polynomials(instance, instance, note);
}
/* end region: identity */

static void *biased_instance(void) {
  return quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1), 0, 1.0);
}

static const hypothesis hypotheses[] = {
    {"unbiased",
     "The noise has mean zero (for the expectations; the pathwise identity needs "
     "nothing).",
     quadratic_is_unbiased,
     {biased_instance, "dominant_expectation",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1)$, $\\mathbb{E}\\,\\xi=(1,0)$: the mean update is "
      "twice "
      "as long as the formula has it.",
      quadratic_violate_unbiased}},
    {0}};

static const conclusion conclusions[] = {
    {"losses_as_polynomials",
     "both expectations at all $\\eta$: formula, expanded loss and "
     "$(\\mathbb{E}\\,g_i'^2-g_i^2)/(2\\lambda_i)$ are one polynomial, exactly",
     check_polynomials, DECIDED_BY_SIGN, NULL},
    {"dominant_expectation",
     "$\\mathbb{E}[\\Delta L_D]=-\\eta D_0+\\tfrac12\\eta^2(D_1+\\tau_D)$, "
     "against ball arithmetic from the definition",
     check_dominant, DECIDED_BY_BOUND, NULL},
    {"bulk_expectation",
     "$\\mathbb{E}[\\Delta L_B]=-\\eta B_0+\\tfrac12\\eta^2(B_1+\\tau_B)$, likewise", check_bulk,
     DECIDED_BY_BOUND, NULL},
    {"dense_basis", "the same from dense $A$, $P$ and full $\\Sigma$ in a random orthogonal basis",
     check_dense, DECIDED_BY_BOUND, NULL},
    {"pathwise_identity",
     "on a drawn path, Dom-SGD changes $L$ by $\\Delta L_D$ and Bulk-SGD by "
     "$\\Delta L_B$ of the full step",
     check_pathwise, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {
    {"condition below 1e3", 0.05, quadratic_is_condition_low},
    {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
    {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
    {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
    {"one dominant direction", 0.05, quadratic_is_one_dominant},
    {"one bulk direction", 0.05, quadratic_is_one_bulk},
    {"more than 100 directions", 0.01, quadratic_is_large},
    {"anisotropic noise", 0.10, quadratic_is_anisotropic},
    {"gradient far below noise", 0.05, quadratic_is_gradient_small},
    {"gradient far above noise", 0.05, quadratic_is_gradient_large},
    {0}};

const claim loss_split_claim = {
    .id = "L2",
    .stem = "loss_split",
    .title = "The loss splits, and projected updates act on one part each",
    .statement =
        "$L=L_D+L_B$; a Dom-SGD step changes $L$ by what the full step changes $L_D$, a "
        "Bulk-SGD step by what it changes $L_B$, with "
        "$\\mathbb{E}[\\Delta L_D]=-\\eta D_0+\\tfrac12\\eta^2(D_1+\\tau_D)$ and likewise for $B$.",
    .source = "reconstruction",
    .figure = NULL,
    .uses = "",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 2000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
