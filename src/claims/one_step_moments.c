#include "config.h"
#include "claims/one_step_moments.h"

#include <math.h>
#include "claims/certify.h"
#include "exact/dense_step.h"
#include "exact/exact_polynomial.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/rounding.h"

/* region: sums */
typedef struct {
  double zeroth, first, second; /* sums of g^2, lambda g^2, lambda^2 g^2 */
  double noise_first, noise_second;
  double mean_offset, square_offset; /* sums of (lambda - ref) g^2, (lambda^2 - ref^2) g^2 */
} partial_sums;

static partial_sums sum_directions(const quadratic *q, size_t from, size_t to) {
  const double reference = q->lambda[q->k - 1];
  partial_sums s = {0};
  for (size_t i = from; i < to; i++) {
    const double lambda = q->lambda[i], square = q->g[i] * q->g[i], v = q->v[i];
    s.zeroth += square;
    s.first += lambda * square;
    s.second += lambda * lambda * square;
    s.noise_first += lambda * v;
    s.noise_second += lambda * lambda * v;
    /* One subtraction of exact inputs loses nothing: a tiny gap stays accurate. */
    s.mean_offset += (lambda - reference) * square;
    s.square_offset += (lambda - reference) * (lambda + reference) * square;
  }
  return s;
}
/* end region: sums */

void one_step_moments_of(const quadratic *q, one_step_moments *m) {
  const partial_sums dominant = sum_directions(q, 0, q->k);
  const partial_sums bulk = sum_directions(q, q->k, q->d);
  m->d0 = dominant.zeroth;
  m->d1 = dominant.first;
  m->d2 = dominant.second;
  m->b0 = bulk.zeroth;
  m->b1 = bulk.first;
  m->b2 = bulk.second;
  m->vd = dominant.noise_second;
  m->vb = bulk.noise_second;
  m->taud = dominant.noise_first;
  m->taub = bulk.noise_first;
  m->mean_gap = dominant.mean_offset / m->d0 - bulk.mean_offset / m->b0;
  m->square_gap = dominant.square_offset / m->d0 - bulk.square_offset / m->b0;
  /* A term of the gaps sees 5 operations and at most d - 2 additions, the sum it is divided by
   * d - 1 and one product, then a division and a subtraction. */
  m->error = rounding_gamma(2 * q->d + 8);
}

/* region: formula */
static double step_moment(double zeroth, double first, double second, double noise, double eta,
                          double relative_error, double *error) {
  if (error != NULL)
    *error = (relative_error + rounding_gamma(6)) *
             (zeroth + 2.0 * eta * first + eta * eta * (second + noise));
  return zeroth - 2.0 * eta * first + eta * eta * (second + noise);
}

double one_step_moments_dominant(const one_step_moments *m, double eta, double *error) {
  return step_moment(m->d0, m->d1, m->d2, m->vd, eta, m->error, error);
}

double one_step_moments_bulk(const one_step_moments *m, double eta, double *error) {
  return step_moment(m->b0, m->b1, m->b2, m->vb, eta, m->error, error);
}
/* end region: formula */

double one_step_moments_alignment(const one_step_moments *m) {
  return m->d0 / (m->d0 + m->b0);
}

double one_step_mean_field_alignment(const quadratic *q, double eta) {
  double part[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++) {
    const double move = eta * q->lambda[i], kept = (1.0 - move) * q->g[i];
    part[i < q->k] += kept * kept + move * move * q->v[i];
  }
  return part[1] / (part[0] + part[1]);
}

/* 1 - eta lambda is off by u (1 + eta lambda), so a kept coordinate by that times |g|. */
double one_step_rounding_loss(const quadratic *q, double eta) {
  double loss = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const double move = eta * q->lambda[i];
    loss += (1.0 + move) * (1.0 + move) * q->g[i] * q->g[i] + move * move * q->v[i];
  }
  return loss;
}

double one_step_mean_field_error(const quadratic *q, double eta, double total) {
  return rounding_gamma(2 * q->d + 16) * one_step_rounding_loss(q, eta) / total;
}

/* --- the claim ------------------------------------------------------------------------------ */

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const bool dense = gsl_rng_uniform(rng) < 0.3;
  const quadratic_aim anywhere = {.d_most = 0};
  const quadratic_aim for_dense = {.d_most = 24, .condition = 1e3, .full_covariance = true};
  return quadratic_generate(rng, dense ? &for_dense : &anywhere, diag);
}

/* Steps far below, at and far above the inverse curvatures. */
enum { STEP_COUNT = 5 };

static void choose_steps(const quadratic *q, double eta[STEP_COUNT]) {
  eta[0] = 1e-3 / q->lambda[0];
  eta[1] = 1.0 / q->lambda[0];
  eta[2] = 1.9 / q->lambda[0];
  eta[3] = 1.0 / q->lambda[q->k];
  eta[4] = 10.0 / q->lambda[q->d - 1];
}

verdict one_step_moments_expect(double value, double truth, double error, double eta,
                                claim_note *note) {
  if (fabs(value - truth) <= error + DBL_EPSILON * fabs(truth))
    return VERDICT_HOLDS;
  claim_note_set(note, "eta = %a: %a, should be %a within %.2e", eta, value, truth, error);
  return VERDICT_FAILS;
}

static verdict check_moment(const quadratic *q, certified_expression definition,
                            double (*formula)(const one_step_moments *, double, double *),
                            claim_note *note) {
  one_step_moments m;
  one_step_moments_of(q, &m);
  double eta[STEP_COUNT];
  choose_steps(q, eta);
  for (size_t s = 0; s < STEP_COUNT; s++) {
    const exact_step step = {q, eta[s]};
    double error;
    const double value = formula(&m, eta[s], &error);
    const verdict v =
        one_step_moments_expect(value, certified_value_of(definition, &step), error, eta[s], note);
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

static verdict check_dominant(const void *instance, claim_note *note) {
  return check_moment(instance, exact_step_dominant, one_step_moments_dominant, note);
}

static verdict check_bulk(const void *instance, claim_note *note) {
  return check_moment(instance, exact_step_bulk, one_step_moments_bulk, note);
}

/* The oracle that knows no eigenbasis: dense A, P and Sigma in a random orthogonal basis. */
static verdict check_dense(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (q->d > DENSE_STEP_DIMENSION_MOST || quadratic_condition_number(q) > 1e4)
    return VERDICT_VACUOUS;
  one_step_moments m;
  one_step_moments_of(q, &m);
  double eta[STEP_COUNT];
  choose_steps(q, eta);
  for (size_t s = 0; s < STEP_COUNT; s++) {
    dense_step_moments dense;
    if (dense_step_expectations(q, eta[s], &dense) != 0)
      return VERDICT_UNDECIDED;
    double error;
    double value = one_step_moments_dominant(&m, eta[s], &error);
    verdict v = one_step_moments_expect(value, dense.dominant, error + dense.error, eta[s], note);
    if (v != VERDICT_HOLDS)
      return v;
    value = one_step_moments_bulk(&m, eta[s], &error);
    v = one_step_moments_expect(value, dense.bulk, error + dense.error, eta[s], note);
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

/* The mean-field alignment that is summed direction by direction, against the exact ratio. */
static verdict check_mean_field(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  double eta[STEP_COUNT];
  choose_steps(q, eta);
  for (size_t s = 0; s < STEP_COUNT; s++) {
    const exact_step step = {q, eta[s]};
    const double dominant = certified_value_of(exact_step_dominant, &step);
    const double bulk = certified_value_of(exact_step_bulk, &step);
    if (dominant + bulk == 0.0)
      continue;
    const double truth = dominant / (dominant + bulk);
    const double error = one_step_mean_field_error(q, eta[s], dominant + bulk);
    const verdict v = one_step_moments_expect(one_step_mean_field_alignment(q, eta[s]), truth,
                                              error, eta[s], note);
    if (v != VERDICT_HOLDS)
      return v;
  }
  return VERDICT_HOLDS;
}

/* The coefficient of eta^power of E|P g'|^2 (E|Q g'|^2), multiplied out from the definition, less
 * the statement's. */
static void moment_defect(arb_t value, const exact_coefficient *at, bool dominant,
                          slong precision) {
  const size_t from = dominant ? 0 : at->q->k, to = dominant ? at->q->k : at->q->d;
  arb_t sum;
  arb_init(sum);
  (dominant ? exact_polynomial_dominant : exact_polynomial_bulk)(value, at, precision);
  exact_polynomial_sum_squares(sum, at->q, from, to, (unsigned)at->power, precision);
  if (at->power == 1)
    arb_mul_si(sum, sum, -2, precision);
  arb_sub(value, value, sum, precision);
  if (at->power == 2) {
    exact_polynomial_sum_noise(sum, at->q, from, to, 2, precision);
    arb_sub(value, value, sum, precision);
  }
  arb_clear(sum);
}

static void dominant_defect(arb_t value, const void *argument, slong precision) {
  moment_defect(value, argument, true, precision);
}

static void bulk_defect(arb_t value, const void *argument, slong precision) {
  moment_defect(value, argument, false, precision);
}

/* region: identity */
/* Both formulas as polynomials in eta, coefficient by coefficient, exactly. */
static verdict check_polynomials(const void *instance, claim_note *note) {
  const exact_coefficient at[] = {{instance, 0}, {instance, 1}, {instance, 2}};
  const certify_line lines[] = {
      {"E|Pg'|^2 less its formula, at eta^0", dominant_defect, &at[0], CERTIFY_ZERO},
      {"E|Pg'|^2 less its formula, at eta^1", dominant_defect, &at[1], CERTIFY_ZERO},
      {"E|Pg'|^2 less its formula, at eta^2", dominant_defect, &at[2], CERTIFY_ZERO},
      {"E|Qg'|^2 less its formula, at eta^0", bulk_defect, &at[0], CERTIFY_ZERO},
      {"E|Qg'|^2 less its formula, at eta^1", bulk_defect, &at[1], CERTIFY_ZERO},
      {"E|Qg'|^2 less its formula, at eta^2", bulk_defect, &at[2], CERTIFY_ZERO},
      {NULL, NULL, NULL, 0}};
  return certify(lines, note);
}
/* end region: identity */

static void *biased_instance(void) {
  return quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1), 0, 1.0);
}

static const hypothesis hypotheses[] = {
    {"unbiased",
     "The noise has mean zero, $\\mathbb{E}[\\xi\\mid x]=0$.",
     quadratic_is_unbiased,
     {biased_instance, "dominant_moment",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(1,1)$, $\\mathbb{E}\\,\\xi=(1,0)$: at $\\eta=1/10$ the "
      "first coordinate becomes $0-1-\\xi_1^\\circ$ with mean square $2$, and the formula says "
      "$1$.",
      quadratic_violate_unbiased}},
    {0}};

static const conclusion conclusions[] = {
    {"moments_as_polynomials",
     "both formulas at all $\\eta$: they and the step's definition, multiplied out, are one "
     "polynomial, exactly",
     check_polynomials, DECIDED_BY_SIGN, NULL},
    {"dominant_moment",
     "$\\mathbb{E}\\|Pg'\\|^2 = D_0-2\\eta D_1+\\eta^2(D_2+V_D)$, against ball "
     "arithmetic from the definition",
     check_dominant, DECIDED_BY_BOUND, NULL},
    {"bulk_moment", "$\\mathbb{E}\\|Qg'\\|^2 = B_0-2\\eta B_1+\\eta^2(B_2+V_B)$, likewise",
     check_bulk, DECIDED_BY_BOUND, NULL},
    {"dense_basis", "the same from dense $A$, $P$ and full $\\Sigma$ in a random orthogonal basis",
     check_dense, DECIDED_BY_BOUND, NULL},
    {"mean_field_alignment", "$\\hat\\alpha(\\eta)$, summed without cancellation, is their ratio",
     check_mean_field, DECIDED_BY_BOUND, NULL},
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

const claim one_step_moments_claim = {
    .id = "L1",
    .stem = "one_step_moments",
    .title = "One-step moments",
    .statement =
        "After one SGD step of size $\\eta$, $\\mathbb{E}\\|Pg'\\|^2=D_0-2\\eta "
        "D_1+\\eta^2(D_2+V_D)$ and $\\mathbb{E}\\|Qg'\\|^2=B_0-2\\eta B_1+\\eta^2(B_2+V_B)$.",
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
