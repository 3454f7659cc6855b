#include "config.h"
#include "claims/real_data.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/loss_split.h"
#include "claims/opposite_effects.h"
#include "families/quadratic_family.h"
#include "families/regression_family.h"
#include "model/rounding.h"

static void *generate(gsl_rng *rng, diagnostic *diag) {
  return regression_generate(rng, diag);
}

double real_data_basis_error(const regression *r) {
  return 8.0 * r->problem->spectrum->lambda_error / r->problem->spectrum->lambda[0];
}

double real_data_moment_error(const one_step_moments *m, double basis, double reach, double eta) {
  return basis * reach * reach * (m->d0 + m->b0 + eta * eta * (m->vd + m->vb));
}

double real_data_change_error(const least_squares_outcomes *truth, const one_step_moments *m,
                              double basis) {
  return (truth->error + basis * (truth->dominant + truth->bulk)) * (m->d0 + m->b0) +
         (m->error + rounding_gamma(4)) * (truth->dominant * m->b0 + truth->bulk * m->d0);
}

static verdict compare(double value, double truth, double error, double eta, const char *what,
                       claim_note *note) {
  if (fabs(value - truth) <= error)
    return VERDICT_HOLDS;
  claim_note_set(note, "eta = %a: %s is %a, enumerated %a, bound %.2e", eta, what, value, truth,
                 error);
  return VERDICT_FAILS;
}

/* region: conclusions */
static verdict check_moments(const void *instance, claim_note *note) {
  const regression *r = instance;
  const double unit = 2.0 / r->state->lambda[0], basis = real_data_basis_error(r);
  one_step_moments m;
  one_step_moments_of(r->state, &m);
  const double factors[] = {0.0, 0.01, 0.5, 1.0, 20.0};
  for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
    const double eta = factors[f] * unit;
    least_squares_outcomes truth;
    if (least_squares_enumerate(r->problem, r->w, eta, &truth) != GSL_SUCCESS)
      return VERDICT_UNDECIDED;
    double error;
    double value = one_step_moments_dominant(&m, eta, &error);
    const double all = real_data_moment_error(&m, basis, 1.0 + factors[f], eta);
    verdict v = compare(value, truth.dominant, error + truth.error + all, eta, "E|Pg+|^2", note);
    if (v != VERDICT_HOLDS)
      return v;
    value = one_step_moments_bulk(&m, eta, &error);
    v = compare(value, truth.bulk, error + truth.error + all, eta, "E|Qg+|^2", note);
    if (v != VERDICT_HOLDS)
      return v;
    value = loss_split_dominant_change(&m, eta, &error);
    v = compare(value, truth.dominant_loss, error + truth.loss_error + basis * fabs(value), eta,
                "E[Delta L_D]", note);
    if (v != VERDICT_HOLDS)
      return v;
    value = loss_split_bulk_change(&m, eta, &error);
    v = compare(value, truth.bulk_loss, error + truth.loss_error + basis * fabs(value), eta,
                "E[Delta L_B]", note);
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

/* The sign of D(eta) B_0 - B(eta) D_0 with both moments enumerated. */
static verdict expect_change(const regression *r, const one_step_moments *m, double eta,
                             int expected, claim_note *note) {
  least_squares_outcomes truth;
  if (least_squares_enumerate(r->problem, r->w, eta, &truth) != GSL_SUCCESS)
    return VERDICT_UNDECIDED;
  const double change = truth.dominant * m->b0 - truth.bulk * m->d0;
  const double error = real_data_change_error(&truth, m, real_data_basis_error(r));
  if (fabs(change) <= error)
    return VERDICT_UNDECIDED;
  if ((change > 0.0) == (expected > 0))
    return VERDICT_HOLDS;
  claim_note_set(note, "eta = %a: the enumerated mean-field alignment %s", eta,
                 change > 0.0 ? "rises" : "falls");
  return VERDICT_FAILS;
}

static verdict check_alignment(const void *instance, claim_note *note) {
  const regression *r = instance;
  one_step_moments m;
  critical_step found;
  one_step_moments_of(r->state, &m);
  if (critical_step_of(&m, &found) != GSL_SUCCESS)
    return VERDICT_FAILS;
  if (found.regime == REGIME_UNDECIDED)
    return VERDICT_UNDECIDED;
  if (found.regime == REGIME_LOW && !(found.eta_star > 0.0)) {
    claim_note_set(note, "eta* = %a is not positive", found.eta_star);
    return VERDICT_FAILS;
  }
  const double factors[] = {0.1, 0.5, 0.9, 0.99, 1.01, 1.1, 2.0, 10.0};
  const bool low = found.regime == REGIME_LOW;
  const double unit = low ? found.eta_star : 1.0 / r->state->lambda[0];
  for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
    const int expected = low && factors[f] > 1.0 ? 1 : -1;
    const verdict v = expect_change(r, &m, factors[f] * unit, expected, note);
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

static verdict check_losses(const void *instance, claim_note *note) {
  const regression *r = instance;
  one_step_moments m;
  opposite_effects effects;
  one_step_moments_of(r->state, &m);
  if (opposite_effects_of(&m, &effects) != GSL_SUCCESS)
    return VERDICT_FAILS;
  const double factors[] = {0.1, 0.9, 0.999, 1.001, 1.1, 10.0};
  for (size_t f = 0; f < sizeof factors / sizeof *factors; f++)
    for (int side = 0; side < 2; side++) {
      const double eta = factors[f] * (side == 0 ? effects.eta_dominant : effects.eta_bulk);
      least_squares_outcomes truth;
      if (least_squares_enumerate(r->problem, r->w, eta, &truth) != GSL_SUCCESS)
        return VERDICT_UNDECIDED;
      const double change = side == 0 ? truth.dominant_loss : truth.bulk_loss;
      if (fabs(change) <= truth.loss_error)
        return VERDICT_UNDECIDED;
      if ((change > 0.0) != (factors[f] > 1.0)) {
        claim_note_set(note, "eta = %a: the %s update %s the loss", eta,
                       side == 0 ? "dominant" : "bulk", change > 0.0 ? "raises" : "lowers");
        return VERDICT_FAILS;
      }
    }
  return VERDICT_HOLDS;
}
/* end region: conclusions */

static bool has_gap(const void *instance) {
  return quadratic_has_gap(((const regression *)instance)->state);
}

static bool is_interior(const void *instance) {
  return quadratic_is_interior(((const regression *)instance)->state);
}

static bool is_low(const void *instance) {
  return critical_step_is_low(((const regression *)instance)->state);
}

static bool is_high(const void *instance) {
  return !is_low(instance);
}

static bool is_start(const void *instance) {
  return ((const regression *)instance)->steps <= 10;
}

static bool is_late(const void *instance) {
  return ((const regression *)instance)->steps > 1000;
}

static bool has_ridge(const void *instance) {
  return ((const regression *)instance)->problem->ridge > 0.0;
}

/* Turns the order of the eigenvalues round: the flattest directions are the dominant set. */
static bool relabel(regression *r) {
  spectrum *values = r->problem->spectrum;
  for (size_t i = 0, j = values->d - 1; i < j; i++, j--) {
    const double kept = values->lambda[i];
    values->lambda[i] = values->lambda[j];
    values->lambda[j] = kept;
    gsl_matrix_swap_columns(values->basis, i, j);
    gsl_matrix_swap_columns(r->problem->features, i, j);
  }
  quadratic_free(r->state);
  r->state = least_squares_state(r->problem, r->w, 0);
  return r->state != NULL;
}

static bool violate_gap(void *instance, gsl_rng *rng) {
  (void)rng;
  return relabel(instance);
}

static void *not_the_top(void) {
  static const double samples[] = {2, 0, -2, 0, 0, 1, 0, -1}, labels[] = {1, -1, 1, -1};
  const gsl_matrix_const_view x = gsl_matrix_const_view_array(samples, 4, 2);
  const gsl_vector_const_view y = gsl_vector_const_view_array(labels, 4);
  regression *r = calloc(1, sizeof *r);
  if (r == NULL)
    return NULL;
  r->batch = 1;
  r->w = gsl_vector_calloc(2);
  if (r->w != NULL &&
      least_squares_from_samples(&x.matrix, &y.vector, 0.0, 1, &r->problem, NULL) == GSL_SUCCESS &&
      relabel(r))
    return r;
  regression_free(r);
  return NULL;
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     has_gap,
     {not_the_top, "alignment_by_enumeration",
      "Four samples $(2,0),(-2,0),(0,1),(0,-1)$ with labels $1,-1,1,-1$ at $w=0$, or any state of "
      "a "
      "run on the data, with the flat directions called dominant: $\\eta^*<0$ in the low regime, "
      "and "
      "in the high one the enumerated alignment rises at small steps.",
      violate_gap}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     is_interior,
     {NULL, NULL,
      "Not violated by any state that was computed: a gradient that lies in one of the sets "
      "exactly "
      "is one that rounding does not leave alone.",
      NULL}},
    {0}};

static const conclusion conclusions[] = {
    {"moments_by_enumeration",
     "L1 and L2 from the noise variances $v_i$ of the state, against the mean "
     "over all $n$ outcomes",
     check_moments, DECIDED_BY_BOUND, NULL},
    {"alignment_by_enumeration",
     "T1 below and above $\\eta^*$, T2 in the high regime, signs enumerated", check_alignment,
     DECIDED_BY_BOUND, NULL},
    {"losses_by_enumeration", "T3 on both sides of $\\eta_D$ and of $\\eta_B$, signs enumerated",
     check_losses, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"low regime", 0.10, is_low},
                                     {"high regime", 0.05, is_high},
                                     {"at most 10 steps in", 0.10, is_start},
                                     {"more than 1000 steps in", 0.05, is_late},
                                     {"with a ridge", 0.20, has_ridge},
                                     {0}};

const claim real_data_claim = {
    .id = "D1",
    .stem = "real_data",
    .title = "Real data, every expectation a finite sum",
    .statement =
        "On least squares with mini-batches of one, the conclusions of L1, L2, T1, T2 and T3 hold "
        "at every state of a run, all expectations being exact means over the $n$ outcomes.",
    .source = "reconstruction, on the UCI digits data",
    .figure = "real_data",
    .uses = "L1 L2 T1 T2 T3",
    .family = &regression_family,
    .generate = generate,
    .trials = 40,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
