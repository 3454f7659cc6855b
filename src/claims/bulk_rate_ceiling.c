#include "config.h"
#include "claims/bulk_rate_ceiling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "exact/exact_rational.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"

enum { DIMENSION_MOST = 16 };

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {
      .noiseless = true, .d_most = DIMENSION_MOST, .two_level = random_chance(rng, 0.2)};
  quadratic *q = quadratic_generate(rng, &aim, diag);
  if (q == NULL)
    return NULL;
  double square = 0.0;
  for (size_t i = 0; i < q->d; i++)
    square += q->g[i] * q->g[i];
  q->eta = random_log_uniform(rng, 1e-3, 4.0) / q->lambda[random_chance(rng, 0.5) ? 0 : q->k];
  q->radius = sqrt(square) / q->lambda[0] * random_log_uniform(rng, 1e-3, 1e3);
  return q;
}

/* --- updates -------------------------------------------------------------------------------- */

void bulk_rate_ceiling_update(const quadratic *q, bulk_rate_update which, double *u) {
  double square = 0.0;
  for (size_t i = 0; i < q->d; i++)
    square += q->g[i] * q->g[i];
  const double norm = sqrt(square);
  const size_t alone =
      which == BULK_RATE_SHARPEST_WHOLE || which == BULK_RATE_SHARPEST_QUARTER ? q->k : q->d - 1;
  const bool quarter = which == BULK_RATE_SHARPEST_QUARTER || which == BULK_RATE_FLATTEST_QUARTER;
  for (size_t i = 0; i < q->d; i++) {
    const double g = q->g[i], lambda = q->lambda[i];
    switch (which) {
    case BULK_RATE_GRADIENT_DESCENT:
      u[i] = q->eta * g;
      break;
    case BULK_RATE_SHARPNESS_AWARE:
      u[i] = q->eta * (g + q->radius * lambda * (g / norm));
      break;
    case BULK_RATE_SIGN_DESCENT:
      u[i] = q->eta * norm / sqrt((double)q->d) * ((g > 0.0) - (g < 0.0));
      break;
    case BULK_RATE_HALF_NEWTON:
      u[i] = 0.5 * g / lambda;
      break;
    default:
      u[i] = i == alone ? (quarter ? 0.25 : 1.0) * g / lambda : 0.0;
    }
  }
}

/* --- exact sums ----------------------------------------------------------------------------- */

/* Of one set, in rationals: 2L, |g|^2, <u, g>, and 2L after the update from its definition. */
enum { LOSS, SQUARE, ALONG, AFTER, SUMS };

static void sums_init(fmpq_t x[SUMS]) {
  for (int n = 0; n < SUMS; n++)
    fmpq_init(x[n]);
}

static void sums_clear(fmpq_t x[SUMS]) {
  for (int n = 0; n < SUMS; n++)
    fmpq_clear(x[n]);
}

static void sums_of(fmpq_t x[SUMS], const quadratic *q, const double *u, size_t from, size_t to) {
  fmpq_t g, lambda, v, term;
  fmpq_init(g);
  fmpq_init(lambda);
  fmpq_init(v);
  fmpq_init(term);
  for (int n = 0; n < SUMS; n++)
    fmpq_zero(x[n]);
  for (size_t i = from; i < to; i++) {
    exact_rational_set(g, q->g[i]);
    exact_rational_set(lambda, q->lambda[i]);
    exact_rational_set(v, u[i]);
    fmpq_mul(term, v, g);
    fmpq_add(x[ALONG], x[ALONG], term);
    fmpq_mul(term, g, g);
    fmpq_add(x[SQUARE], x[SQUARE], term);
    fmpq_div(term, term, lambda);
    fmpq_add(x[LOSS], x[LOSS], term);
    fmpq_mul(v, v, lambda);
    fmpq_sub(g, g, v);
    fmpq_mul(term, g, g);
    fmpq_div(term, term, lambda);
    fmpq_add(x[AFTER], x[AFTER], term);
  }
  fmpq_clear(g);
  fmpq_clear(lambda);
  fmpq_clear(v);
  fmpq_clear(term);
}

/* region: ceiling */
/* (1 - e rate)^2 2L with e = <u, g>/|g|^2; rate NULL: mu = |g|^2/(2L), so that e mu = <u, g>/(2L).
 */
static void ceiling_of(fmpq_t value, fmpq_t x[SUMS], const fmpq *rate) {
  if (rate == NULL)
    fmpq_div(value, x[ALONG], x[LOSS]);
  else {
    fmpq_div(value, x[ALONG], x[SQUARE]);
    fmpq_mul(value, value, rate);
  }
  fmpq_sub_si(value, value, 1);
  fmpq_mul(value, value, value);
  fmpq_mul(value, value, x[LOSS]);
}
/* end region: ceiling */

/* Whether 0 <= e lambda_{k+1} <= 1. */
static bool is_within(const quadratic *q, fmpq_t x[SUMS]) {
  fmpq_t rate;
  fmpq_init(rate);
  exact_rational_set(rate, q->lambda[q->k]);
  fmpq_mul(rate, rate, x[ALONG]);
  const bool within = fmpq_sgn(x[ALONG]) >= 0 && fmpq_cmp(rate, x[SQUARE]) <= 0;
  fmpq_clear(rate);
  return within;
}

/* --- conclusions ---------------------------------------------------------------------------- */

/* A check of one update; both sets' sums are there. */
typedef verdict (*update_check)(const quadratic *q, fmpq_t dominant[SUMS], fmpq_t bulk[SUMS]);

static verdict each_update(const quadratic *q, update_check check, claim_note *note) {
  fmpq_t dominant[SUMS], bulk[SUMS];
  double u[DIMENSION_MOST];
  verdict worst = VERDICT_VACUOUS;
  if (q->d > DIMENSION_MOST)
    return VERDICT_VACUOUS;
  if (!quadratic_is_interior(q)) {
    claim_note_set(note, "a part of the gradient is zero: it has no effective step size");
    return VERDICT_FAILS;
  }
  sums_init(dominant);
  sums_init(bulk);
  for (bulk_rate_update which = 0; which < BULK_RATE_UPDATES && worst != VERDICT_FAILS; which++) {
    bulk_rate_ceiling_update(q, which, u);
    sums_of(dominant, q, u, 0, q->k);
    sums_of(bulk, q, u, q->k, q->d);
    const verdict v = check(q, dominant, bulk);
    if (v == VERDICT_FAILS)
      claim_note_set(note, "update %d: e = %a", (int)which,
                     fmpq_get_d(bulk[ALONG]) / fmpq_get_d(bulk[SQUARE]));
    worst = v == VERDICT_VACUOUS ? worst : v;
  }
  sums_clear(dominant);
  sums_clear(bulk);
  return worst;
}

/* region: conclusions */
static verdict above_ceiling(fmpq_t x[SUMS], const fmpq *rate, bool equal) {
  fmpq_t ceiling;
  fmpq_init(ceiling);
  ceiling_of(ceiling, x, rate);
  const int order = fmpq_cmp(x[AFTER], ceiling);
  fmpq_clear(ceiling);
  return (equal ? order == 0 : order >= 0) ? VERDICT_HOLDS : VERDICT_FAILS;
}

/* Either set for itself. */
static verdict check_parts(const quadratic *q, fmpq_t dominant[SUMS], fmpq_t bulk[SUMS]) {
  (void)q;
  return above_ceiling(dominant, NULL, false) == VERDICT_HOLDS ? above_ceiling(bulk, NULL, false)
                                                               : VERDICT_FAILS;
}

static verdict check_one_bulk(const quadratic *q, fmpq_t dominant[SUMS], fmpq_t bulk[SUMS]) {
  (void)dominant;
  return q->k + 1 == q->d ? above_ceiling(bulk, NULL, true) : VERDICT_VACUOUS;
}

static verdict check_slow(const quadratic *q, fmpq_t dominant[SUMS], fmpq_t bulk[SUMS]) {
  (void)dominant;
  fmpq_t rate;
  if (!is_within(q, bulk))
    return VERDICT_VACUOUS;
  fmpq_init(rate);
  exact_rational_set(rate, q->lambda[q->k]);
  const verdict v = above_ceiling(bulk, rate, false);
  fmpq_clear(rate);
  return v;
}

/* L+ (D_0 lambda_{k+1} + lambda_k B_0) >= (1 - e mu)^2 lambda_k B_0 L */
static verdict check_whole(const quadratic *q, fmpq_t dominant[SUMS], fmpq_t bulk[SUMS]) {
  fmpq_t left, right, term;
  fmpq_init(left);
  fmpq_init(right);
  fmpq_init(term);
  exact_rational_set(left, q->lambda[q->k]);
  fmpq_mul(left, left, dominant[SQUARE]);
  exact_rational_set(right, q->lambda[q->k - 1]);
  fmpq_mul(right, right, bulk[SQUARE]);
  fmpq_add(left, left, right);
  fmpq_add(term, dominant[AFTER], bulk[AFTER]);
  fmpq_mul(left, left, term);
  ceiling_of(term, bulk, NULL);
  fmpq_div(term, term, bulk[LOSS]);
  fmpq_mul(right, right, term);
  fmpq_add(term, dominant[LOSS], bulk[LOSS]);
  fmpq_mul(right, right, term);
  const verdict v = fmpq_cmp(left, right) >= 0 ? VERDICT_HOLDS : VERDICT_FAILS;
  fmpq_clear(left);
  fmpq_clear(right);
  fmpq_clear(term);
  return v;
}

/* Of any two updates with 0 <= e lambda_{k+1} <= 1, the one with the larger e has the smaller L_B+.
 */
static verdict check_order(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  fmpq_t bulk[BULK_RATE_UPDATES][SUMS];
  double u[DIMENSION_MOST];
  if (q->d > DIMENSION_MOST)
    return VERDICT_VACUOUS;
  for (bulk_rate_update which = 0; which < BULK_RATE_UPDATES; which++) {
    sums_init(bulk[which]);
    bulk_rate_ceiling_update(q, which, u);
    sums_of(bulk[which], q, u, q->k, q->d);
  }
  verdict v = VERDICT_VACUOUS;
  for (bulk_rate_update a = 0; a < BULK_RATE_UPDATES && v != VERDICT_FAILS; a++)
    for (bulk_rate_update b = 0; b < BULK_RATE_UPDATES && v != VERDICT_FAILS; b++)
      if (is_within(q, bulk[a]) && is_within(q, bulk[b]) &&
          fmpq_cmp(bulk[a][ALONG], bulk[b][ALONG]) > 0) {
        v = fmpq_cmp(bulk[a][AFTER], bulk[b][AFTER]) < 0 ? VERDICT_HOLDS : VERDICT_FAILS;
        if (v == VERDICT_FAILS)
          claim_note_set(note, "update %d has the larger e, update %d the smaller loss", (int)a,
                         (int)b);
      }
  for (bulk_rate_update which = 0; which < BULK_RATE_UPDATES; which++)
    sums_clear(bulk[which]);
  return v;
}

static verdict check_order_of_one(const void *instance, claim_note *note) {
  return quadratic_is_one_bulk(instance) ? check_order(instance, note) : VERDICT_VACUOUS;
}
/* end region: conclusions */

static verdict check_all_parts(const void *instance, claim_note *note) {
  return each_update(instance, check_parts, note);
}

static verdict check_all_one_bulk(const void *instance, claim_note *note) {
  return each_update(instance, check_one_bulk, note);
}

static verdict check_all_slow(const void *instance, claim_note *note) {
  return each_update(instance, check_slow, note);
}

static verdict check_all_whole(const void *instance, claim_note *note) {
  return each_update(instance, check_whole, note);
}

/* --- ablations ------------------------------------------------------------------------------ */

static void *one_sided(void) {
  return quadratic_with_step(quadratic_pair(8, 1, 1, 0, 0, 0), 0.0625);
}

static void *two_bulk(void) {
  return quadratic_literal(3, 1, (const double[]){4, 1, 0.0625}, (const double[]){1, 1, 0.4375},
                           (const double[]){0, 0, 0}, 0.125);
}

static bool violate_one_bulk(void *instance, gsl_rng *rng) {
  (void)rng;
  return !quadratic_is_one_bulk(instance);
}

static const hypothesis hypotheses[] = {
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {one_sided, "rate_is_a_ceiling", "$g=(1,0)$: there is no bulk gradient to divide by.",
      quadratic_violate_interior}},
    {0}};

static const conclusion rate_orders_loss = {
    "rate_orders_loss", "the larger $e$, the smaller $L_B^+$, while $0\\le e\\lambda_{k+1}\\le1$",
    check_order, DECIDED_BY_SIGN, NULL};

static const further_ablation further[] = {
    {"one_bulk",
     "",
     "There is one bulk direction: then the larger $e$ has the smaller $L_B^+$.",
     quadratic_is_one_bulk,
     &rate_orders_loss,
     {two_bulk, "rate_orders_loss",
      "$\\lambda=(4,1,\\frac1{16})$, $g=(1,1,\\frac7{16})$: to solve the sharper bulk direction "
      "has "
      "$e=\\frac{256}{305}$ and leaves $2L_B=\\frac{49}{16}$; a quarter of the way along the flat "
      "one "
      "has $e=\\frac{196}{305}$ and leaves $1+\\frac{441}{256}$, which is less.",
      violate_one_bulk}},
    {0}};

static const conclusion conclusions[] = {
    {"rate_is_a_ceiling", "$L_B^+\\ge(1-e\\mu)^2L_B$, and the same in the dominant set",
     check_all_parts, DECIDED_BY_SIGN, NULL},
    {"one_bulk_is_exact", "$d-k=1$: $L_B^+=(1-e\\lambda_d)^2L_B$", check_all_one_bulk,
     DECIDED_BY_SIGN, NULL},
    {"one_bulk_orders", "$d-k=1$, $0\\le e\\lambda_d\\le1$: the larger $e$, the smaller $L_B^+$",
     check_order_of_one, DECIDED_BY_SIGN, NULL},
    {"slow_if_small", "$0\\le e\\lambda_{k+1}\\le1$: $L_B^+\\ge(1-e\\lambda_{k+1})^2L_B$",
     check_all_slow, DECIDED_BY_SIGN, NULL},
    {"ceiling_of_the_whole", "$L^+\\ge(1-e\\mu)^2\\,m(1-\\alpha)/(\\alpha+m(1-\\alpha))\\,L$",
     check_all_whole, DECIDED_BY_SIGN, NULL},
    {0}};

static bool is_two_bulk(const void *instance) {
  return !quadratic_is_one_bulk(instance);
}

static const coverage coverages[] = {{"one bulk direction", 0.10, quadratic_is_one_bulk},
                                     {"several bulk directions", 0.30, is_two_bulk},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {0}};

const claim bulk_rate_ceiling_claim = {
    .id = "P9",
    .stem = "bulk_rate_ceiling",
    .title = "The bulk effective step size is a ceiling of the speed",
    .statement =
        "Whatever the update, $L_B^+\\ge(1-e\\mu)^2L_B$ with its bulk effective step size $e$ and "
        "$\\mu=B_0/(2L_B)\\le\\lambda_{k+1}$, with equality for one bulk direction; with several, "
        "a "
        "larger $e$ can leave a larger loss.",
    .source = "what is true on quadratics of the claim of arXiv:2405.16002, section C",
    .figure = NULL,
    .uses = "P4 P8",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 300,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .further = further,
    .is_defined = quadratic_has_gradient,
};
