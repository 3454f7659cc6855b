#include "config.h"
#include "claims/invariances.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/one_step_moments.h"
#include "claims/opposite_effects.h"
#include "claims/regime_threshold.h"
#include "exact/dense_step.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const bool dense = random_chance(rng, 0.4);
  const quadratic_aim anywhere = {.d_most = 0};
  const quadratic_aim for_dense = {.d_most = 24, .condition = 1e3, .full_covariance = true};
  return quadratic_generate(rng, dense ? &for_dense : &anywhere, diag);
}

static const char *const reading_names[INVARIANCES_READINGS] = {
    [INVARIANCES_ALIGNMENT] = "alpha",    [INVARIANCES_NEXT] = "alpha after a step",
    [INVARIANCES_ALPHA_C] = "alpha_c",    [INVARIANCES_COMPLEMENT] = "1 - alpha_c",
    [INVARIANCES_ETA_DOMINANT] = "eta_D", [INVARIANCES_ETA_BULK] = "eta_B",
    [INVARIANCES_ETA_STAR] = "eta*"};

double invariances_step(const quadratic *q) {
  return 0.25 / q->lambda[0];
}

int invariances_read(const quadratic *q, double eta, invariances_readings *out) {
  one_step_moments m;
  critical_step step;
  opposite_effects effects;
  regime_threshold threshold;
  one_step_moments_of(q, &m);
  const int status = critical_step_of(&m, &step);
  if (status != GSL_SUCCESS)
    return status;
  opposite_effects_of(&m, &effects); /* the same domain, as the next one */
  regime_threshold_of(&m, &threshold);
  const double total =
      one_step_moments_dominant(&m, eta, NULL) + one_step_moments_bulk(&m, eta, NULL);
  out->value[INVARIANCES_ALIGNMENT] = one_step_moments_alignment(&m);
  out->value[INVARIANCES_NEXT] = one_step_mean_field_alignment(q, eta);
  out->value[INVARIANCES_ALPHA_C] = threshold.alpha_c;
  out->value[INVARIANCES_COMPLEMENT] = threshold.complement;
  out->value[INVARIANCES_ETA_DOMINANT] = effects.eta_dominant;
  out->value[INVARIANCES_ETA_BULK] = effects.eta_bulk;
  out->value[INVARIANCES_ETA_STAR] = step.eta_star;
  out->error[INVARIANCES_ALIGNMENT] =
      (2.0 * m.error + rounding_gamma(3)) * out->value[INVARIANCES_ALIGNMENT];
  out->error[INVARIANCES_NEXT] = one_step_mean_field_error(q, eta, total);
  out->error[INVARIANCES_ALPHA_C] = threshold.error * threshold.alpha_c;
  out->error[INVARIANCES_COMPLEMENT] = threshold.error * threshold.complement;
  out->error[INVARIANCES_ETA_DOMINANT] = effects.error * effects.eta_dominant;
  out->error[INVARIANCES_ETA_BULK] = effects.error * effects.eta_bulk;
  out->error[INVARIANCES_ETA_STAR] = step.eta_star_error;
  return GSL_SUCCESS;
}

static verdict differs(size_t which, double before, double after, claim_note *note) {
  claim_note_set(note, "%s: %a becomes %a", reading_names[which], before, after);
  return VERDICT_FAILS;
}

verdict invariances_expect_same(const invariances_readings *before,
                                const invariances_readings *after, double ratio, claim_note *note) {
  for (size_t i = 0; i < INVARIANCES_READINGS; i++) {
    const double value = before->value[i] * (i < INVARIANCES_ETA_DOMINANT ? 1.0 : ratio);
    if (!(value == after->value[i] || (isnan(value) && isnan(after->value[i]))))
      return differs(i, value, after->value[i], note);
  }
  return VERDICT_HOLDS;
}

verdict invariances_expect_close(const invariances_readings *before,
                                 const invariances_readings *after, double times,
                                 claim_note *note) {
  for (size_t i = 0; i < INVARIANCES_READINGS; i++) {
    if (i == INVARIANCES_ETA_STAR && (isnan(before->value[i]) || isnan(after->value[i])))
      continue; /* next to the threshold: there for the one, inside its bound for the other */
    if (!(fabs(before->value[i] - after->value[i]) <= times * (before->error[i] + after->error[i])))
      return differs(i, before->value[i], after->value[i], note);
  }
  return VERDICT_HOLDS;
}

verdict invariances_expect_same_moments(const dense_step_moments *first,
                                        const dense_step_moments *second, claim_note *note) {
  const double error = first->error + second->error;
  const double loss_error = first->loss_error + second->loss_error;
  if (fabs(first->dominant - second->dominant) <= error &&
      fabs(first->bulk - second->bulk) <= error &&
      fabs(first->dominant_loss - second->dominant_loss) <= loss_error &&
      fabs(first->bulk_loss - second->bulk_loss) <= loss_error)
    return VERDICT_HOLDS;
  claim_note_set(note, "two bases: %a, %a dominant, %a, %a bulk", first->dominant, second->dominant,
                 first->bulk, second->bulk);
  return VERDICT_FAILS;
}

/* False where the alignment is 0 or 1. */
static bool both_read(const quadratic *q, double eta, invariances_readings *before,
                      const quadratic *other, double other_eta, invariances_readings *after) {
  return invariances_read(q, eta, before) == GSL_SUCCESS &&
         invariances_read(other, other_eta, after) == GSL_SUCCESS;
}

/* region: conclusions */
/* (i) Two dense problems in two random bases have the same moments, which are those of L1. */
static verdict check_rotation(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (q->d > DENSE_STEP_DIMENSION_MOST || quadratic_condition_number(q) > 1e4)
    return VERDICT_VACUOUS;
  dense_step_moments first, second;
  if (dense_step_expectations_in(q, invariances_step(q), 1, &first) != GSL_SUCCESS ||
      dense_step_expectations_in(q, invariances_step(q), 2, &second) != GSL_SUCCESS)
    return VERDICT_UNDECIDED;
  return invariances_expect_same_moments(&first, &second, note);
}

/* (ii) A -> cA, Sigma -> c^2 Sigma (hence g -> cg), eta -> eta/c, with c a power of two: not a bit
 * of any alignment changes, and every critical step is divided by c exactly. */
static verdict check_curvature_units(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *scaled = quadratic_clone(q);
  if (scaled == NULL)
    return VERDICT_UNDECIDED;
  verdict v = VERDICT_HOLDS;
  const double eta = invariances_step(q);
  for (int power = -12; power <= 12 && v == VERDICT_HOLDS; power += 8) {
    for (size_t i = 0; i < q->d; i++) {
      scaled->lambda[i] = ldexp(q->lambda[i], power);
      scaled->g[i] = ldexp(q->g[i], power);
      scaled->v[i] = ldexp(q->v[i], 2 * power);
    }
    invariances_readings before, after;
    v = both_read(q, eta, &before, scaled, ldexp(eta, -power), &after)
            ? invariances_expect_same(&before, &after, ldexp(1.0, -power), note)
            : VERDICT_FAILS;
  }
  quadratic_free(scaled);
  return v;
}

/* (iii) g -> bg, v -> b^2 v, with b a power of two. */
static verdict check_gradient_units(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *scaled = quadratic_clone(q);
  if (scaled == NULL)
    return VERDICT_UNDECIDED;
  verdict v = VERDICT_HOLDS;
  const double eta = invariances_step(q);
  for (int power = -33; power <= 33 && v == VERDICT_HOLDS; power += 22) {
    for (size_t i = 0; i < q->d; i++) {
      scaled->g[i] = ldexp(q->g[i], power);
      scaled->v[i] = ldexp(q->v[i], 2 * power);
    }
    invariances_readings before, after;
    v = both_read(q, eta, &before, scaled, eta, &after)
            ? invariances_expect_same(&before, &after, 1.0, note)
            : VERDICT_FAILS;
  }
  quadratic_free(scaled);
  return v;
}

static void reverse(double *x, size_t n) {
  for (size_t i = 0; i < n / 2; i++) {
    const double swap = x[i];
    x[i] = x[n - 1 - i];
    x[n - 1 - i] = swap;
  }
}

/* (iv) Either set back to front, but for direction k: the gaps are summed from lambda_k. */
static verdict check_permutation(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *other = quadratic_clone(q);
  if (other == NULL)
    return VERDICT_UNDECIDED;
  double *const columns[] = {other->lambda, other->g, other->v};
  for (size_t c = 0; c < 3; c++) {
    reverse(columns[c], q->k - 1);
    reverse(columns[c] + q->k, q->d - q->k);
  }
  const double eta = invariances_step(q);
  invariances_readings before, after;
  const verdict v = both_read(q, eta, &before, other, eta, &after)
                        ? invariances_expect_close(&before, &after, 1.0, note)
                        : VERDICT_FAILS;
  quadratic_free(other);
  return v;
}

/* (v) Every direction becomes two of the same eigenvalue, which share g_i^2 and v_i as 9 : 16. */
static verdict check_splitting(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *split = quadratic_alloc(2 * q->d, 2 * q->k);
  if (split == NULL)
    return VERDICT_UNDECIDED;
  for (size_t i = 0; i < split->d; i++) {
    const double share = i % 2 == 0 ? 0.6 : 0.8;
    split->lambda[i] = q->lambda[i / 2];
    split->g[i] = share * q->g[i / 2];
    split->v[i] = share * share * q->v[i / 2];
  }
  const double eta = invariances_step(q);
  invariances_readings before, after;
  const verdict v = both_read(q, eta, &before, split, eta, &after)
                        ? invariances_expect_close(&before, &after, 2.0, note)
                        : VERDICT_FAILS;
  quadratic_free(split);
  return v;
}
/* end region: conclusions */

static void *one_sided(void) {
  return quadratic_pair(10, 1, 0, 1, 1, 1);
}

static const hypothesis hypotheses[] = {
    {"interior",
     "The alignment is neither $0$ nor $1$ (or $\\eta^*$, $\\eta_D$, $\\eta_B$ are not "
     "defined).",
     quadratic_is_interior,
     {one_sided, "curvature_units",
      "$g=(0,1)$: $\\eta_D=0/0$ without noise, and $\\eta^*$ divides by "
      "$D_0=0$.",
      quadratic_violate_interior}},
    {0}};

static const conclusion conclusions[] = {
    {"rotation", "(i) dense moments agree in two random orthogonal bases", check_rotation,
     DECIDED_BY_BOUND, NULL},
    {"curvature_units",
     "(ii) $A\\to cA$, $\\Sigma\\to c^2\\Sigma$, $\\eta\\to\\eta/c$, bit for bit for "
     "powers of two",
     check_curvature_units, DECIDED_BY_BOUND, NULL},
    {"gradient_units", "(iii) $g\\to bg$, $v\\to b^2v$, bit for bit for powers of two",
     check_gradient_units, DECIDED_BY_BOUND, NULL},
    {"permutation", "(iv) either set back to front", check_permutation, DECIDED_BY_BOUND, NULL},
    {"splitting", "(v) every eigenvalue split in two that share $g^2$ and $v$ as $9:16$",
     check_splitting, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
                                     {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"more than 100 directions", 0.01, quadratic_is_large},
                                     {"anisotropic noise", 0.10, quadratic_is_anisotropic},
                                     {0}};

const claim invariances_claim = {
    .id = "L3",
    .stem = "invariances",
    .title = "What changes nothing",
    .statement =
        "Alignments and critical steps do not depend on the basis, on the units of curvature and "
        "gradient, on the order inside each set, or on how a repeated eigenvalue is split.",
    .source = "reconstruction",
    .figure = NULL,
    .uses = "L1",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 1000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
