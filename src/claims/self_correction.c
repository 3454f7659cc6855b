#include "config.h"
#include "claims/self_correction.h"

#include <math.h>
#include "claims/certify.h"
#include "claims/critical_step.h"
#include "exact/exact_step.h"
#include "exact/relative_change.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.regime = AIM_HIGH_REGIME};
  /* One in twenty sits on the threshold exactly, in small integers: Delta = 0. */
  const bool on_threshold = random_chance(rng, 0.05);
  quadratic *q = quadratic_generate(rng, &aim, diag);
  if (q == NULL || !on_threshold)
    return q;
  const size_t d = q->d, k = q->k;
  /* lambda_D = a, lambda_B = b, |g_i| = 1: Delta = a^2 - b^2 + a^2 v_D k/k - b^2 v_B (d-k)/(d-k).
   */
  const double b = (double)random_index(rng, 1, 4), a = b * (double)random_index(rng, 2, 9);
  const double ratio = a / b, v_dominant = (double)random_index(rng, 1, 9);
  for (size_t i = 0; i < d; i++) {
    q->lambda[i] = i < k ? a : b;
    q->g[i] = random_sign(rng);
    q->v[i] = i < k ? v_dominant : ratio * ratio * (1.0 + v_dominant) - 1.0;
  }
  return q;
}

/* region: conclusions */
/* From a millionth of 1/lambda_1 to a million times 1/lambda_d, three steps a decade at most. */
enum { STEP_COUNT = 25 };

static double step_size(const quadratic *q, int i) {
  const double least = 1e-6 / q->lambda[0], most = 1e6 / q->lambda[q->d - 1];
  return least * pow(most / least, (double)i / (STEP_COUNT - 1));
}

static verdict check_sampled(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  for (int i = 0; i < STEP_COUNT; i++) {
    const exact_step step = {q, step_size(q, i)};
    const certificate found = exact_step_alignment_certificate(&step);
    claim_note_bits(note, found.bits);
    if (found.sign != SIGN_NEGATIVE) {
      claim_note_set(note, "eta = %a: the change of alignment has sign %s, not -, at %ld bits",
                     step.eta, certified_sign_name(found.sign), (long)found.bits);
      return found.sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
    }
  }
  return VERDICT_HOLDS;
}

/* At every step size: c_1 < 0 and c_2 <= 0 in eta (c_1 + c_2 eta), or (without a gap) c_1 = 0 and
 * c_2 < 0.  The true expectation is no
 * polynomial; there a step at which it does not fall refutes, and nothing proves. */
static verdict check_falls(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (q->reading == READING_MEAN_FIELD) {
    claim_note flat = {"", 0};
    const verdict found = critical_step_certify(q, CERTIFY_NEGATIVE, CERTIFY_NOT_POSITIVE, note);
    if (found != VERDICT_FAILS ||
        critical_step_certify(q, CERTIFY_ZERO, CERTIFY_NEGATIVE, &flat) != VERDICT_HOLDS)
      return found;
    *note = flat;
    return VERDICT_HOLDS;
  }
  const verdict v = check_sampled(q, note);
  return v == VERDICT_HOLDS ? VERDICT_UNDECIDED : v;
}

/* The floating-point path never calls such a state low. */
static verdict check_regime(const void *instance, claim_note *note) {
  one_step_moments m;
  one_step_moments_of(instance, &m);
  critical_step found;
  if (critical_step_of(&m, &found) != 0) {
    claim_note_set(note, "the alignment is 0 or 1: no critical step is defined");
    return VERDICT_FAILS;
  }
  if (found.regime == REGIME_LOW) {
    claim_note_set(note, "Delta = %a +- %.2e is called positive", found.delta, found.delta_error);
    return VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}
/* end region: conclusions */

/* The least relative fall over the steps. */
static double falls_margin(const void *instance) {
  const quadratic *q = instance;
  double least = INFINITY;
  for (int i = 0; i < STEP_COUNT; i++) {
    const exact_step step = {q, step_size(q, i)};
    least = fmin(least, -relative_change_of_alignment(&step));
  }
  return least;
}

static bool is_on_threshold(const void *instance) {
  const exact_step step = {instance, 0.0};
  return certified_sign_of(exact_step_delta, &step) == SIGN_ZERO;
}

static void *not_the_top(void) {
  return quadratic_pair(1, 10, 1, 1, 1, 1);
}

static void *biased(void) {
  return quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1000), 0, -2.0);
}

/* Delta D_0 B_0 = (D_2+V_D) B_0 - (B_2+V_B) D_0 is 0 at alpha = 0 when the dominant set is
 * noiseless too: nothing moves there, and what is 0 stays 0. */
static void *no_dominant_gradient(void) {
  return quadratic_pair(10, 1, 0, 1, 0, 1);
}

static void *low_regime(void) {
  return quadratic_pair(10, 1, 1, 1, 1, 1);
}

static void *true_expectation(void) {
  quadratic *q = quadratic_pair(2, 1, 1, 1, 0, 9);
  if (q != NULL)
    q->reading = READING_TRUE_EXPECTATION;
  return q;
}

static void *tied(void) {
  return quadratic_pair(1, 1, 1, 1, 1, 1);
}

static bool violate_order(void *instance, gsl_rng *rng) {
  const bool done = quadratic_violate_order(instance, rng);
  quadratic_make_high(instance, rng);
  return done;
}

/* With all eigenvalues equal Delta = (V_D/D_0 - V_B/B_0), and the fall is strict unless it is 0:
 * half of the time it is, with one noise and one gradient level everywhere. */
static bool violate_tie(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const bool done = quadratic_violate_tie(q, rng);
  if (random_chance(rng, 0.5))
    quadratic_make_high(q, rng);
  else
    for (size_t i = 0; i < q->d; i++) {
      q->lambda[i] = q->lambda[0];
      q->g[i] = copysign(1.0, q->g[i]);
      q->v[i] = 1.0;
    }
  return done;
}

static bool violate_reading(void *instance, gsl_rng *rng) {
  const bool done = quadratic_violate_reading(instance, rng);
  quadratic_make_high(instance, rng);
  return done;
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "falls_at_every_step",
      "$\\lambda=(1,10)$ with the flat direction called dominant, $g=(1,1)$, $v=(1,1)$: "
      "$\\Delta=-198$, but small steps shrink the other direction faster, and the alignment "
      "rises.",
      NULL}},
    {"unbiased",
     "The noise has mean zero.",
     quadratic_is_unbiased,
     {biased, "falls_at_every_step",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1000)$ and $\\mathbb{E}\\,\\xi=(-2,0)$: the mean update "
      "climbs "
      "the dominant direction, and the alignment rises at small steps.",
      quadratic_violate_unbiased}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {no_dominant_gradient, "falls_at_every_step",
      "$\\lambda=(10,1)$, $g=(0,1)$, $v=(0,1)$: $\\alpha=0$ stays $0$.",
      quadratic_violate_interior}},
    {"high_regime",
     "$\\Delta\\le0$.",
     critical_step_is_high,
     {low_regime, "falls_at_every_step",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1)$: $\\Delta=198>0$, and the alignment rises beyond "
      "$\\eta^*=1/11$ (that is T1).",
      quadratic_violate_high_regime}},
    {"mean_field",
     "Alignment after the step is read in mean field, as $\\hat\\alpha(\\eta)$.",
     quadratic_is_mean_field,
     {true_expectation, "falls_at_every_step",
      "$\\lambda=(2,1)$, $g=(1,1)$, no noise in the dominant direction and $\\xi_2=\\pm3$ with "
      "fair "
      "signs: $\\Delta=4-10=-6$, but at $\\eta=1/4$ the alignment is $1$ or $1/10$, on average "
      "$11/20>1/2$, while $\\hat\\alpha=2/11$.",
      violate_reading}},
    {0}};

static const conclusion conclusions[] = {
    {"falls_at_every_step",
     "$\\hat\\alpha(\\eta)<\\alpha$ for all $\\eta>0$: $c_1<0\\ge c_2$ in "
     "$D(\\eta)B_0-B(\\eta)D_0=\\eta\\,(c_1+c_2\\eta)$",
     check_falls, DECIDED_BY_SIGN, falls_margin},
    {"falls_at_sampled_steps",
     "the same at 25 steps from $10^{-6}/\\lambda_1$ to $10^{6}/\\lambda_d$, without the "
     "polynomial",
     check_sampled, DECIDED_BY_SIGN, NULL},
    {"never_called_low", "the floating-point $\\Delta$ is never called positive beyond its bound",
     check_regime, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {
    {"near the threshold", 0.10, critical_step_is_near_threshold},
    {"on the threshold exactly", 0.02, is_on_threshold},
    {"condition below 1e3", 0.05, quadratic_is_condition_low},
    {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
    {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
    {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
    {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
    {"one dominant direction", 0.05, quadratic_is_one_dominant},
    {"one bulk direction", 0.05, quadratic_is_one_bulk},
    {"more than 100 directions", 0.01, quadratic_is_large},
    {"anisotropic noise", 0.10, quadratic_is_anisotropic},
    {"gradient far below noise", 0.05, quadratic_is_gradient_small},
    {"gradient far above noise", 0.02, quadratic_is_gradient_large},
    {"alignment between", 0.05, quadratic_is_alignment_middle},
    {"alignment above 0.999", 0.05, quadratic_is_alignment_high},
    {0}};

static const further_ablation further[] = {
    {"gap",
     "order",
     NULL,
     quadratic_is_in_order,
     NULL,
     {not_the_top, "falls_at_every_step", "The dominant set is not the top $k$.", violate_order}},
    {"gap",
     "tie",
     NULL,
     quadratic_is_not_tied,
     NULL,
     {tied, "falls_at_every_step",
      "$\\lambda=(1,1)$, $g=(1,1)$, $v=(1,1)$: $\\Delta=0$ and $\\bar\\lambda_D=\\bar\\lambda_B$, "
      "the alignment "
      "stays as it is at every step size. With $\\Delta<0$ it falls, tie or not.",
      violate_tie}},
    {0}};

const claim self_correction_claim = {
    .id = "T2",
    .stem = "self_correction",
    .title = "Self-correction in the high-alignment regime",
    .statement = "If $\\Delta\\le0$, the mean-field alignment falls at every step size $\\eta>0$.",
    .source = "abstract of arXiv:2601.11789: self-correcting regardless of the step size",
    .figure = "drift",
    .uses = "L1 T1",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 2000,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
    .further = further,
};
