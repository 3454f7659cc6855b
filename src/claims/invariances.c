#include "config.h"
#include "claims/invariances.h"

#include <math.h>
#include <string.h>
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

/* Everything that L3 speaks of, for one quadratic. */
typedef struct {
  double alignment, next_alignment; /* alpha, and the mean-field alignment after a step */
  bool has_eta_star;
  double eta_star, eta_star_error, eta_dominant, eta_bulk, error;
  double alpha_c, complement, threshold_error;
} readings;

/* `eta` is the step for next_alignment.  False where the alignment is 0 or 1. */
static bool read_all(const quadratic *q, double eta, readings *out) {
  one_step_moments m;
  critical_step step;
  opposite_effects effects;
  regime_threshold threshold;
  one_step_moments_of(q, &m);
  if (critical_step_of(&m, &step) != 0 || opposite_effects_of(&m, &effects) != 0 ||
      regime_threshold_of(&m, &threshold) != 0)
    return false;
  out->alpha_c = threshold.alpha_c;
  out->complement = threshold.complement;
  out->threshold_error = threshold.error;
  out->alignment = one_step_moments_alignment(&m);
  out->next_alignment = one_step_mean_field_alignment(q, eta);
  out->has_eta_star = step.regime == REGIME_LOW;
  out->eta_star = step.eta_star;
  out->eta_star_error = step.eta_star_error;
  out->eta_dominant = effects.eta_dominant;
  out->eta_bulk = effects.eta_bulk;
  out->error = effects.error;
  return true;
}

/* Bit for bit, with the steps of `after` `ratio` times those of `before`. */
static verdict expect_same_bits(const readings *before, const readings *after, double ratio,
                                claim_note *note) {
  const bool same = before->alignment == after->alignment &&
                    before->next_alignment == after->next_alignment &&
                    before->alpha_c == after->alpha_c && before->complement == after->complement &&
                    before->has_eta_star == after->has_eta_star &&
                    (!before->has_eta_star || before->eta_star * ratio == after->eta_star) &&
                    before->eta_dominant * ratio == after->eta_dominant &&
                    before->eta_bulk * ratio == after->eta_bulk;
  if (same)
    return VERDICT_HOLDS;
  claim_note_set(note, "alpha %a, %a; next %a, %a; eta* %a, %a", before->alignment,
                 after->alignment, before->next_alignment, after->next_alignment, before->eta_star,
                 after->eta_star);
  return VERDICT_FAILS;
}

static bool agree(double a, double b, double relative) {
  return fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}

/* Within twice the error bounds: both sides are computed. */
static verdict expect_close(const quadratic *q, const readings *before, const readings *after,
                            double eta, claim_note *note) {
  /* The mean-field alignment loses what 1 - eta lambda loses; at 1/eta = 4 lambda_1 that is no more
   * than a factor 4/3. */
  const double relative = 2.0 * before->error + rounding_gamma(4 * q->d + 64);
  bool same = agree(before->alignment, after->alignment, relative) &&
              agree(before->next_alignment, after->next_alignment, relative) &&
              agree(before->eta_dominant, after->eta_dominant, relative) &&
              agree(before->eta_bulk, after->eta_bulk, relative);
  const double threshold = 2.0 * (before->threshold_error + after->threshold_error);
  same = same && agree(before->alpha_c, after->alpha_c, threshold) &&
         agree(before->complement, after->complement, threshold);
  if (before->has_eta_star && after->has_eta_star)
    same = same && fabs(before->eta_star - after->eta_star) <=
                       2.0 * (before->eta_star_error + after->eta_star_error);
  if (same)
    return VERDICT_HOLDS;
  claim_note_set(note, "eta = %a: alpha %a, %a; next %a, %a; eta* %a, %a", eta, before->alignment,
                 after->alignment, before->next_alignment, after->next_alignment, before->eta_star,
                 after->eta_star);
  return VERDICT_FAILS;
}

/* region: conclusions */
/* (i) Two dense problems in two random bases have the same moments, which are those of L1. */
static verdict check_rotation(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (q->d > DENSE_STEP_DIMENSION_MOST || quadratic_condition_number(q) > 1e4)
    return VERDICT_VACUOUS;
  const double eta = 0.7 / q->lambda[0];
  dense_step_moments first, second;
  if (dense_step_expectations_in(q, eta, random_trial_seed(q->d, "first basis", q->k), &first) !=
          0 ||
      dense_step_expectations_in(q, eta, random_trial_seed(q->d, "second basis", q->k), &second) !=
          0)
    return VERDICT_UNDECIDED;
  if (fabs(first.dominant - second.dominant) <= first.error + second.error &&
      fabs(first.bulk - second.bulk) <= first.error + second.error &&
      fabs(first.dominant_loss - second.dominant_loss) <= first.loss_error + second.loss_error &&
      fabs(first.bulk_loss - second.bulk_loss) <= first.loss_error + second.loss_error)
    return VERDICT_HOLDS;
  claim_note_set(note, "two bases: %a, %a dominant, %a, %a bulk", first.dominant, second.dominant,
                 first.bulk, second.bulk);
  return VERDICT_FAILS;
}

/* (ii) A -> cA, Sigma -> c^2 Sigma (hence g -> cg), eta -> eta/c, with c a power of two: not a bit
 * of any alignment changes, and every critical step is divided by c exactly. */
static verdict check_curvature_units(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  quadratic *scaled = quadratic_clone(q);
  if (scaled == NULL)
    return VERDICT_UNDECIDED;
  verdict v = VERDICT_HOLDS;
  const double eta = 0.25 / q->lambda[0];
  for (int power = -12; power <= 12 && v == VERDICT_HOLDS; power += 8) {
    for (size_t i = 0; i < q->d; i++) {
      scaled->lambda[i] = ldexp(q->lambda[i], power);
      scaled->g[i] = ldexp(q->g[i], power);
      scaled->v[i] = ldexp(q->v[i], 2 * power);
    }
    readings before, after;
    if (!read_all(q, eta, &before) || !read_all(scaled, ldexp(eta, -power), &after))
      v = VERDICT_FAILS;
    else
      v = expect_same_bits(&before, &after, ldexp(1.0, -power), note);
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
  const double eta = 0.25 / q->lambda[0];
  for (int power = -33; power <= 33 && v == VERDICT_HOLDS; power += 22) {
    for (size_t i = 0; i < q->d; i++) {
      scaled->g[i] = ldexp(q->g[i], power);
      scaled->v[i] = ldexp(q->v[i], 2 * power);
    }
    readings before, after;
    if (!read_all(q, eta, &before) || !read_all(scaled, eta, &after))
      v = VERDICT_FAILS;
    else
      v = expect_same_bits(&before, &after, 1.0, note);
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
  const double eta = 0.25 / q->lambda[0];
  readings before, after;
  const verdict v = read_all(q, eta, &before) && read_all(other, eta, &after)
                        ? expect_close(q, &before, &after, eta, note)
                        : VERDICT_FAILS;
  quadratic_free(other);
  return v;
}

/* (v) Direction i becomes two of the same eigenvalue, which share g_i^2 and v_i as 9 : 16. */
static verdict check_splitting(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  verdict v = VERDICT_HOLDS;
  const size_t picks[] = {0, q->k - 1, q->k, q->d - 1};
  for (size_t p = 0; p < 4 && v == VERDICT_HOLDS; p++) {
    const size_t pick = picks[p];
    quadratic *split = quadratic_alloc(q->d + 1, q->k + (pick < q->k));
    if (split == NULL)
      return VERDICT_UNDECIDED;
    for (size_t i = 0; i <= q->d; i++) {
      const size_t from = i <= pick ? i : i - 1;
      const bool whole = from != pick;
      const double share = i == pick ? 0.6 : 0.8;
      split->lambda[i] = q->lambda[from];
      split->g[i] = whole ? q->g[from] : share * q->g[from];
      split->v[i] = whole ? q->v[from] : share * share * q->v[from];
    }
    const double eta = 0.25 / q->lambda[0];
    readings before, after;
    v = read_all(q, eta, &before) && read_all(split, eta, &after)
            ? expect_close(split, &before, &after, eta, note)
            : VERDICT_FAILS;
    quadratic_free(split);
  }
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
    {"splitting", "(v) an eigenvalue split in two that share $g^2$ and $v$ as $9:16$",
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
