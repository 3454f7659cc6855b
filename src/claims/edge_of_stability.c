#include "config.h"
#include "claims/edge_of_stability.h"

#include <math.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "exact/dense_step.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

/* --- instances ------------------------------------------------------------------------------ */

/* Scales the spectrum so that one value of it becomes a power of two, whose reciprocal is a double;
 * the others are rounded, in the same order. */
static void make_reciprocal_exact(quadratic *q, double value) {
  int exponent;
  frexp(value, &exponent);
  const double level = ldexp(1.0, exponent), factor = level / value;
  for (size_t i = 0; i < q->d; i++) {
    const double scaled = q->lambda[i] * factor;
    q->lambda[i] = q->lambda[i] > value   ? fmax(scaled, level)
                   : q->lambda[i] < value ? fmin(scaled, level)
                                          : level;
  }
}

/* A bulk direction with a gradient that is not one of the flattest. */
static bool has_steeper_bulk(const quadratic *q) {
  for (size_t j = q->k; j < q->d; j++)
    if (q->g[j] != 0.0 && q->lambda[j] > q->lambda[q->d - 1])
      return true;
  return false;
}

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {
      .noiseless = true, .d_most = 60, .gap_excess = 1e-9, .two_level = random_chance(rng, 0.2)};
  quadratic *q = quadratic_generate(rng, &aim, diag);
  if (q == NULL)
    return NULL;
  const size_t shape = random_index(rng, 0, 4);
  const double beyond = 2.0 / (q->lambda[q->k - 1] + q->lambda[q->d - 1]);
  if (shape == 0)
    q->eta = beyond * (1.0 + random_log_uniform(rng, 1e-9, 1.0));
  else if (shape == 1) /* inside the interval where the two projected updates part */
    q->eta = 2.0 / (q->lambda[q->k] +
                    random_uniform(rng, 0.01, 0.99) * (q->lambda[q->k - 1] - q->lambda[q->k]));
  else if (shape == 2) {
    /* Beyond 2/(lambda_k + lambda_d) only if lambda_k + lambda_d > lambda_1: one dominant level. */
    for (size_t i = 0; i < q->k; i++)
      q->lambda[i] = q->lambda[0];
    make_reciprocal_exact(q, q->lambda[0]);
    q->eta = 2.0 / q->lambda[0];
  } else if (shape == 3 && has_steeper_bulk(q)) {
    /* One step wipes out the flattest directions, and not the others of the bulk. */
    make_reciprocal_exact(q, q->lambda[q->d - 1]);
    q->eta = 1.0 / q->lambda[q->d - 1];
  } else {
    /* One dominant level: stable beyond the edge. */
    for (size_t i = 0; i < q->k; i++)
      q->lambda[i] = q->lambda[0];
    const double first = 2.0 / (q->lambda[0] + q->lambda[q->d - 1]);
    q->eta = first + random_uniform(rng, 0.001, 0.999) * (2.0 / q->lambda[0] - first);
  }
  return q;
}

/* A bulk direction with a gradient that one step does not wipe out.  Where the bulk has no gradient
 * at all, it is `interior` that is violated. */
static bool has_slow_bulk(const void *instance) {
  const quadratic *q = instance;
  bool any = false;
  for (size_t j = q->k; j < q->d; j++)
    if (q->g[j] != 0.0) {
      any = true;
      if (fma(q->eta, q->lambda[j], -1.0) != 0.0)
        return true;
    }
  return !any;
}

static bool has_wiped_out(const void *instance) {
  const quadratic *q = instance;
  for (size_t j = q->k; j < q->d; j++)
    if (q->g[j] != 0.0 && fma(q->eta, q->lambda[j], -1.0) == 0.0)
      return true;
  return false;
}

/* eta (lambda_k + lambda_d) - 2 */
static void edge_excess(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  arb_t term;
  arb_init(term);
  arb_set_d(value, q->lambda[q->k - 1]);
  arb_set_d(term, q->lambda[q->d - 1]);
  arb_add(value, value, term, precision);
  arb_set_d(term, q->eta);
  arb_mul(value, value, term, precision);
  arb_sub_ui(value, value, 2, precision);
  arb_clear(term);
}

static bool is_beyond(const void *instance) {
  return certified_sign_of(edge_excess, instance) == SIGN_POSITIVE;
}

static bool is_noiseless(const void *instance) {
  const quadratic *q = instance;
  const gsl_vector_const_view v = gsl_vector_const_view_array(q->v, q->d);
  return gsl_vector_isnull(&v.vector);
}

/* The sign of eta lambda - 2, exactly. */
static certified_sign against_two(const quadratic *q, double lambda) {
  const double least = fma(q->eta, lambda, -2.0);
  return least > 0.0 ? SIGN_POSITIVE : least < 0.0 ? SIGN_NEGATIVE : SIGN_ZERO;
}

static bool is_stable(const void *instance) {
  const quadratic *q = instance;
  return against_two(q, q->lambda[0]) == SIGN_NEGATIVE;
}

static bool is_at_edge(const void *instance) {
  const quadratic *q = instance;
  return against_two(q, q->lambda[0]) == SIGN_ZERO;
}

static bool is_parting(const void *instance) {
  const quadratic *q = instance;
  return against_two(q, q->lambda[q->k - 1]) == SIGN_POSITIVE &&
         against_two(q, q->lambda[q->k]) == SIGN_NEGATIVE;
}

/* --- expressions ---------------------------------------------------------------------------- */

/* (eta lambda_i - 1)^2 */
static void rho_of(arb_t value, const quadratic *q, size_t i, slong precision) {
  arb_t eta;
  arb_init(eta);
  arb_set_d(eta, q->eta);
  arb_set_d(value, q->lambda[i]);
  arb_mul(value, value, eta, precision);
  arb_sub_ui(value, value, 1, precision);
  arb_sqr(value, value, precision);
  arb_clear(eta);
}

static void least_dominant_rho(arb_t value, const quadratic *q, slong precision) {
  arb_t other;
  arb_init(other);
  rho_of(value, q, 0, precision);
  for (size_t i = 1; i < q->k; i++) {
    rho_of(other, q, i, precision);
    arb_min(value, value, other, precision);
  }
  arb_clear(other);
}

static void greatest_bulk_rho(arb_t value, const quadratic *q, slong precision) {
  arb_t other;
  arb_init(other);
  arb_zero(value);
  for (size_t j = q->k; j < q->d; j++) {
    rho_of(other, q, j, precision);
    arb_max(value, value, other, precision);
  }
  arb_clear(other);
}

/* D_t B_0 max_B rho^t - D_0 B_t min_D rho^t, t >= 1 */
static void rate_excess(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument;
  const exact_run start = {run->q, 0};
  arb_t dominant, bulk, first_dominant, first_bulk, rho;
  arb_init(dominant);
  arb_init(bulk);
  arb_init(first_dominant);
  arb_init(first_bulk);
  arb_init(rho);
  exact_run_iterated(dominant, bulk, run, precision);
  exact_run_iterated(first_dominant, first_bulk, &start, precision);
  greatest_bulk_rho(rho, run->q, precision);
  arb_pow_ui(rho, rho, run->t, precision);
  arb_mul(value, dominant, first_bulk, precision);
  arb_mul(value, value, rho, precision);
  least_dominant_rho(rho, run->q, precision);
  arb_pow_ui(rho, rho, run->t, precision);
  arb_mul(rho, rho, bulk, precision);
  arb_submul(value, rho, first_dominant, precision);
  arb_clear(dominant);
  arb_clear(bulk);
  arb_clear(first_dominant);
  arb_clear(first_bulk);
  arb_clear(rho);
}

/* D_t less the squares along lambda_1, which eta = 2/lambda_1 leaves as they are. */
static void rest_of_dominant(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument;
  const quadratic *q = run->q;
  arb_t term;
  arb_init(term);
  exact_run_iterated_dominant(value, run, precision);
  for (size_t i = 0; i < q->k && q->lambda[i] == q->lambda[0]; i++) {
    arb_set_d(term, q->g[i]);
    arb_submul(value, term, term, precision);
  }
  arb_clear(term);
}

/* The greatest rho_j of the bulk less 1. */
static void bulk_growth(arb_t value, const void *argument, slong precision) {
  greatest_bulk_rho(value, argument, precision);
  arb_sub_ui(value, value, 1, precision);
}

/* --- conclusions ---------------------------------------------------------------------------- */

/* region: conclusions */
static const unsigned long times[] = {0, 1, 4, 20};

static verdict check_rises(const void *instance, claim_note *note) {
  verdict v = VERDICT_HOLDS;
  for (size_t i = 0; i < sizeof times / sizeof *times && v == VERDICT_HOLDS; i++) {
    const exact_run run = {instance, times[i]};
    v = certify_sign("change of the alignment", exact_run_iterated_change, &run, CERTIFY_POSITIVE,
                     note);
  }
  return v;
}

/* Up to the third step, where equality (of two levels) is still exact in the bits there are. */
static verdict check_rate(const void *instance, claim_note *note) {
  verdict v = VERDICT_HOLDS;
  for (unsigned long t = 1; t <= 3 && v == VERDICT_HOLDS; t++) {
    const exact_run run = {instance, t};
    v = certify_sign("R_t less its bound", rate_excess, &run, CERTIFY_NOT_NEGATIVE, note);
  }
  return v;
}

/* Stable and aligning at once: the loss of both parts falls. */
static verdict check_stable(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const exact_step step = {q, q->eta};
  const certify_line lines[] = {
      {"dominant loss", exact_step_dominant_loss_change, &step, CERTIFY_NEGATIVE},
      {"bulk loss", exact_step_bulk_loss_change, &step, CERTIFY_NEGATIVE},
      {NULL, NULL, NULL, 0}};
  return is_stable(q) ? certify(lines, note) : VERDICT_VACUOUS;
}

/* At the edge itself: what swings is neither lost nor gained, the rest of the gradient dies out. */
static verdict check_swings(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const exact_run before = {q, 4}, after = {q, 20};
  const certify_line lines[] = {
      {"rest at 4", rest_of_dominant, &before, CERTIFY_NOT_NEGATIVE},
      {"rest at 20", rest_of_dominant, &after, CERTIFY_NOT_NEGATIVE},
      {"growth of a coordinate of the bulk", bulk_growth, q, CERTIFY_NEGATIVE},
      {NULL, NULL, NULL, 0}};
  return is_at_edge(q) ? certify(lines, note) : VERDICT_VACUOUS;
}

static verdict check_parting(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const exact_step step = {q, q->eta};
  const certify_line lines[] = {
      {"Dom-GD", exact_step_dominant_loss_change, &step, CERTIFY_POSITIVE},
      {"Bulk-GD", exact_step_bulk_loss_change, &step, CERTIFY_NEGATIVE},
      {NULL, NULL, NULL, 0}};
  return is_parting(q) ? certify(lines, note) : VERDICT_VACUOUS;
}
/* end region: conclusions */

verdict edge_of_stability_compare(const dense_step_paths *paths, double dominant, double bulk,
                                  claim_note *note) {
  const double wrong[] = {paths->dominant_step - dominant, paths->bulk_step - bulk,
                          paths->dominant_part - dominant, paths->bulk_part - bulk};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    if (!(fabs(wrong[i]) <= 2.0 * paths->error)) {
      claim_note_set(note, "loss change %zu is %.3e off, bound %.3e", i, wrong[i], paths->error);
      return VERDICT_FAILS;
    }
  return VERDICT_HOLDS;
}

/* One step and its projections with dense matrices, against (rho_i - 1) g_i^2/(2 lambda_i) summed.
 */
static verdict check_projections(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (q->d > DENSE_STEP_DIMENSION_MOST)
    return VERDICT_VACUOUS;
  dense_step_paths paths;
  gsl_vector *none = gsl_vector_calloc(q->d);
  dense_quadratic *dense = dense_quadratic_alloc(q, 1);
  int status = GSL_ENOMEM;
  if (none != NULL && dense != NULL)
    status = dense_step_path(dense, q->eta, none, &paths);
  if (none != NULL)
    gsl_vector_free(none);
  dense_quadratic_free(dense);
  if (status != GSL_SUCCESS)
    return VERDICT_UNDECIDED;
  const exact_step step = {q, q->eta};
  return edge_of_stability_compare(&paths,
                                   certified_value_of(exact_step_dominant_loss_change, &step),
                                   certified_value_of(exact_step_bulk_loss_change, &step), note);
}

/* --- ablations ------------------------------------------------------------------------------ */

static void *not_the_top(void) {
  return quadratic_with_step(quadratic_pair(1, 10, 1, 1, 0, 0), 0.25);
}

static void *one_sided(void) {
  return quadratic_with_step(quadratic_pair(10, 1, 1, 0, 0, 0), 0.25);
}

static void *noisy(void) {
  return quadratic_with_step(quadratic_pair(10, 1, 1, 1, 0, 1000), 0.25);
}

static void *below(void) {
  return quadratic_with_step(quadratic_pair(10, 1, 1, 1, 0, 0), 0.125);
}

static void *wiped_out(void) {
  return quadratic_with_step(quadratic_pair(2, 1, 1, 1, 0, 0), 1);
}

/* Beyond the edge still. */
static bool violate_gap(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const bool done = quadratic_violate_gap(q, rng);
  q->eta = 2.0 / (q->lambda[q->k - 1] + q->lambda[q->d - 1]) * random_uniform(rng, 1.01, 4.0);
  return done;
}

/* One bulk level, a power of two, and eta lambda_j = 1 on all of it: beyond the edge by the gap. */
static bool violate_slow_bulk(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  (void)rng;
  for (size_t j = q->k; j < q->d; j++)
    q->lambda[j] = q->lambda[q->k];
  make_reciprocal_exact(q, q->lambda[q->k]);
  q->eta = 1.0 / q->lambda[q->k];
  return true;
}

static bool violate_beyond_edge(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  q->eta = 2.0 / (q->lambda[q->k - 1] + q->lambda[q->d - 1]) * random_uniform(rng, 0.01, 0.99);
  return true;
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "rises_beyond_edge",
      "$\\lambda=(1,10)$ with the flat direction called dominant, $g=(1,1)$, $\\eta=\\frac14$: "
      "$\\rho=(\\frac9{16},\\frac94)$, and the alignment falls.",
      violate_gap}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {one_sided, "rises_beyond_edge", "$g=(1,0)$: the alignment is $1$ and stays there.",
      quadratic_violate_interior}},
    {"noiseless",
     "There is no noise.",
     is_noiseless,
     {noisy, "rises_beyond_edge",
      "$\\lambda=(10,1)$, $g=(1,1)$, $v=(0,1000)$, $\\eta=\\frac14$: one step brings "
      "$\\frac94$ against $\\frac9{16}+62.5$.",
      quadratic_violate_noiseless}},
    {"beyond_edge",
     "$\\eta>2/(\\lambda_k+\\lambda_d)$.",
     is_beyond,
     {below, "rises_beyond_edge",
      "$\\lambda=(10,1)$, $g=(1,1)$, $\\eta=\\frac18<\\frac2{11}$: "
      "$\\rho=(\\frac1{16},\\frac{49}{64})$.",
      violate_beyond_edge}},
    {"slow_bulk",
     "Some bulk direction with a gradient has $\\eta\\lambda_j\\ne1$.",
     has_slow_bulk,
     {wiped_out, "rises_beyond_edge",
      "$\\lambda=(2,1)$, $g=(1,1)$, $\\eta=1$: $\\rho=(1,0)$, $\\alpha_1=1$, and $1$ cannot rise "
      "further.",
      violate_slow_bulk}},
    {0}};

static const conclusion conclusions[] = {
    {"rises_beyond_edge", "$\\alpha_{t+1}>\\alpha_t$ at $t\\in\\{0,1,4,20\\}$", check_rises,
     DECIDED_BY_SIGN, NULL},
    {"rate_is_a_bound", "$R_t\\ge R_0\\,(\\min_D\\rho/\\max_B\\rho)^t$, $t\\le3$", check_rate,
     DECIDED_BY_SIGN, NULL},
    {"stable_and_aligning", "below $2/\\lambda_1$ both parts of the loss fall", check_stable,
     DECIDED_BY_SIGN, NULL},
    {"swings_at_the_edge",
     "at $\\eta=2/\\lambda_1$: $D_t\\ge\\sum_{\\lambda_i=\\lambda_1}g_i^2$, every bulk "
     "$\\rho_j<1$",
     check_swings, DECIDED_BY_SIGN, NULL},
    {"projections_part",
     "$2/\\lambda_k<\\eta<2/\\lambda_{k+1}$: Dom-GD raises $L$, Bulk-GD lowers it", check_parting,
     DECIDED_BY_SIGN, NULL},
    {"projections_split", "Dom-GD changes $L_D$ alone, Bulk-GD $L_B$ alone", check_projections,
     DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"stable, beyond the edge", 0.10, is_stable},
                                     {"a bulk direction wiped out", 0.05, has_wiped_out},
                                     {"at the edge", 0.10, is_at_edge},
                                     {"where the projections part", 0.15, is_parting},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {0}};

const claim edge_of_stability_claim = {
    .id = "P6",
    .stem = "edge_of_stability",
    .title = "At the edge of stability gradient descent aligns",
    .statement =
        "Gradient descent with $\\eta>2/(\\lambda_k+\\lambda_d)$ raises the alignment at every "
        "step, towards $1$, unless one step wipes out the whole bulk gradient; and for "
        "$2/\\lambda_k<\\eta<2/\\lambda_{k+1}$ "
        "Dom-GD raises the loss while Bulk-GD lowers it.",
    .source = "arXiv:2405.16002, section B.1, on quadratics",
    .figure = "edge_of_stability",
    .uses = "L2 C1",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 600,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = quadratic_has_gradient,
};
