#include "config.h"
#include "claims/dominant_stalls.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "exact/certified.h"
#include "exact/dense_run.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

/* --- closed forms --------------------------------------------------------------------------- */

/* A number with a bound on its absolute error. */
typedef struct {
  double value, error;
} bounded;

/* |1 - eta lambda|^n, that less 1 (as the relative gain), and n times the error of the logarithm.
 */
typedef struct {
  double power, gain, error;
} decay;

/* region: closed_form */
static decay decay_after(double move, double n) {
  const double log_base = move < 0.5 ? log1p(-move) : log(fabs(1.0 - move));
  /* move has one rounding: 1 - move is off by 2 u move, its logarithm by that over |1 - move|. */
  const double log_error = ROUNDING_UNIT * (3.0 * move / fabs(1.0 - move) + 3.0 * fabs(log_base));
  if (n == 0.0)
    return (decay){1.0, 0.0, 0.0};
  if (move == 1.0)
    return (decay){0.0, -1.0, 0.0};
  return (decay){exp(n * log_base), expm1(n * log_base), n * log_error};
}

/* x y, where a 0 wins against an overflow. */
static double product(double x, double y) {
  return x == 0.0 || y == 0.0 ? 0.0 : x * y;
}

/* (eta lambda)^2 v (1 + rho + ... + rho^(t-1)) = eta lambda v/(2 - eta lambda) (1 - rho^t) */
static bounded noise_after(const quadratic *q, size_t i, unsigned long t) {
  const double move = q->eta * q->lambda[i], rest = fabs(2.0 - move);
  if (rest == 0.0) {
    const double sum = 4.0 * q->v[i] * (double)t;
    return (bounded){sum, sum * (double)(t + 8) * 4.0 * ROUNDING_UNIT};
  }
  const decay d = decay_after(move, 2.0 * (double)t);
  const double level = move * q->v[i] / rest;
  const double sum = product(level, fabs(d.gain));
  return (bounded){sum, sum * (12.0 + 4.0 * move / rest) * ROUNDING_UNIT +
                            product(level, product(d.power, d.error + 4.0 * ROUNDING_UNIT))};
}

/* E g_i(t)^2 */
static bounded square_after(const quadratic *q, size_t i, unsigned long t) {
  const decay d = decay_after(q->eta * q->lambda[i], 2.0 * (double)t);
  const bounded noise = noise_after(q, i, t);
  const double start = product(q->g[i] * q->g[i], d.power);
  return (bounded){start + noise.value, product(start, d.error + 8.0 * ROUNDING_UNIT) +
                                            noise.error +
                                            2.0 * ROUNDING_UNIT * (start + noise.value)};
}

double dominant_stalls_loss(const quadratic *q, update_kind kind, unsigned long t, double *error) {
  double loss = 0.0, wrong = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const bounded square = square_after(q, i, update_moves(kind, i, q->k) ? t : 0);
    loss += square.value / (2.0 * q->lambda[i]);
    wrong += square.error / (2.0 * q->lambda[i]);
  }
  if (error != NULL)
    *error = wrong + rounding_gamma(q->d + 4) * (loss + wrong);
  return loss;
}

/* ((1 - r^t)^2 g^2 + noise)/lambda^2 in each direction that is moved, r = 1 - eta lambda. */
double dominant_stalls_distance(const quadratic *q, update_kind kind, unsigned long t,
                                double *error) {
  double distance = 0.0, wrong = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    if (!update_moves(kind, i, q->k))
      continue;
    const double move = q->eta * q->lambda[i], lambda = q->lambda[i];
    const decay d = decay_after(move, (double)t);
    const bool swings = move > 1.0 && t % 2 == 1; /* r^t < 0 */
    const double gone = swings ? 1.0 + d.power : fabs(d.gain), start = q->g[i] * q->g[i];
    const bounded noise = noise_after(q, i, t);
    const double mean = product(start, gone * gone);
    const double mean_error =
        product(start, 2.0 * gone * product(d.power, d.error + 4.0 * ROUNDING_UNIT));
    distance += (mean + noise.value) / (lambda * lambda);
    wrong += (mean_error + noise.error + 12.0 * ROUNDING_UNIT * (mean + noise.value)) /
             (lambda * lambda);
  }
  if (error != NULL)
    *error = wrong + rounding_gamma(q->d + 4) * (distance + wrong);
  return distance;
}

int dominant_stalls_shares_of(const quadratic *q, unsigned long t, dominant_stalls_shares *out) {
  if (!(q->eta > 0.0))
    return GSL_EDOM;
  double achievable = 0.0, part[2] = {0.0, 0.0}; /* of the decrease: bulk, dominant */
  for (size_t i = 0; i < q->d; i++) {
    const double move = q->eta * q->lambda[i];
    if (!(move < 2.0))
      return GSL_EDOM;
    /* (g^2 - s)(1 - rho^t)/(2 lambda): no difference of two losses. */
    const double excess = q->g[i] * q->g[i] - quadratic_stationary(q, i);
    const double gain = excess / (2.0 * q->lambda[i]);
    achievable += gain;
    part[i < q->k] -= gain * decay_after(move, 2.0 * (double)t).gain;
  }
  *out = (dominant_stalls_shares){.achievable = achievable};
  if (!(achievable > 0.0))
    return GSL_EFAILED;
  out->share[UPDATE_DOMINANT] = part[1] / achievable;
  out->share[UPDATE_BULK] = part[0] / achievable;
  out->share[UPDATE_WHOLE] = (part[0] + part[1]) / achievable;
  return GSL_SUCCESS;
}
/* end region: closed_form */

/* --- instances ------------------------------------------------------------------------------ */

/* eta lambda_i v_i - (2 - eta lambda_i) g_i^2: the sign of s_i - g_i^2, where eta lambda_i < 2. */
typedef struct {
  const quadratic *q;
  size_t i;
  unsigned long t, late; /* read by the expressions of a run alone */
} direction;

static void below_rest(arb_t value, const void *argument, slong precision) {
  const direction *a = argument;
  arb_t move, square;
  arb_init(move);
  arb_init(square);
  arb_set_d(move, a->q->eta);
  arb_set_d(value, a->q->lambda[a->i]);
  arb_mul(move, move, value, precision);
  arb_set_d(value, a->q->v[a->i]);
  arb_mul(value, value, move, precision);
  arb_sub_ui(move, move, 2, precision);
  arb_set_d(square, a->q->g[a->i]);
  arb_sqr(square, square, precision);
  arb_addmul(value, move, square, precision);
  arb_clear(move);
  arb_clear(square);
}

/* Beyond stability no level is too high, s_i = oo. */
static bool level_is_finite(const quadratic *q, size_t i) {
  return fma(q->eta, q->lambda[i], -2.0) < 0.0;
}

static bool is_stable(const void *instance) {
  const quadratic *q = instance;
  if (!(q->eta > 0.0))
    return false;
  for (size_t i = 0; i < q->d; i++)
    if (!level_is_finite(q, i))
      return false;
  return true;
}

static bool is_settled(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->k; i++) {
    const direction a = {q, i, 0, 0};
    if (level_is_finite(q, i) && certified_sign_of(below_rest, &a) == SIGN_NEGATIVE)
      return false;
  }
  return true;
}

static bool is_bulk_unsettled(const void *instance) {
  const quadratic *q = instance;
  bool above = false;
  for (size_t j = q->k; j < q->d; j++) {
    const direction a = {q, j, 0, 0};
    const certified_sign sign =
        level_is_finite(q, j) ? certified_sign_of(below_rest, &a) : SIGN_POSITIVE;
    if (sign == SIGN_POSITIVE)
      return false;
    above = above || sign == SIGN_NEGATIVE;
  }
  return above;
}

/* A gradient whose square is the level times 1 + excess; |excess| is far above the level's
 * rounding.
 */
static double gradient_near(double level, double excess) {
  return fmax(sqrt(level * (1.0 + excess)), QUADRATIC_GRADIENT_MIN);
}

/* Dominant squares up to their level, sometimes just below it, sometimes far; bulk ones from their
 * level up.  Much noise in the dominant set and little in the bulk is what makes alignment. */
static void settle(quadratic *q, gsl_rng *rng) {
  const size_t shape = random_index(rng, 0, 3);
  const double quiet = random_log_uniform(rng, 1e-12, 1.0),
               common = random_log_uniform(rng, 1e-6, 1e6);
  for (size_t i = 0; i < q->k; i++) {
    const double deep = shape == 0   ? 1e-12
                        : shape == 1 ? random_uniform(rng, 0.01, 0.99)
                                     : random_log_uniform(rng, 1e-12, 1e-1);
    if (q->v[i] == 0.0)
      q->v[i] = 1.0;
    q->g[i] = random_sign(rng) * gradient_near(quadratic_stationary(q, i), -deep);
  }
  double level = 0.0;
  for (size_t i = 0; i < q->k; i++)
    level += q->g[i] * q->g[i];
  const double wanted = level * random_log_uniform(rng, 1e-6, 1e2) / (double)(q->d - q->k);
  for (size_t j = q->k; j < q->d; j++) {
    const double excess = shape < 2 ? common : random_log_uniform(rng, 1e-6, 1e6);
    q->v[j] = random_chance(rng, 0.1) ? 0.0 : q->v[j] * quiet;
    if (q->v[j] != 0.0 && q->v[j] < 1e-80)
      q->v[j] = 1e-80;
    const double rest = quadratic_stationary(q, j);
    q->g[j] =
        random_sign(rng) * (random_chance(rng, 0.3) ? gradient_near(rest, excess)
                                                    : gradient_near(fmax(rest, wanted), 1e-6));
  }
}

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {
      .d_most = 60, .gap_excess = 1e-9, .two_level = random_chance(rng, 0.2)};
  quadratic *q = quadratic_generate(rng, &aim, diag);
  if (q == NULL)
    return NULL;
  const double edge = 2.0 / q->lambda[0];
  q->eta = edge * (random_chance(rng, 0.5) ? random_uniform(rng, 0.01, 0.99)
                                           : random_log_uniform(rng, 1e-3, 0.999));
  settle(q, rng);
  return q;
}

/* --- expressions: the recursion, from its definition ------------------------------------------ */

/* E g_i^2 after t steps of g <- g - eta lambda (g + xi), each from the one before. */
static void iterate(arb_t value, const quadratic *q, size_t i, unsigned long t, slong precision) {
  arb_t rho, gain, term;
  arb_init(rho);
  arb_init(gain);
  arb_init(term);
  arb_set_d(rho, q->eta);
  arb_set_d(term, q->lambda[i]);
  arb_mul(rho, rho, term, precision);
  arb_sqr(gain, rho, precision);
  arb_set_d(term, q->v[i]);
  arb_mul(gain, gain, term, precision);
  arb_sub_ui(rho, rho, 1, precision);
  arb_sqr(rho, rho, precision);
  arb_set_d(value, q->g[i]);
  arb_sqr(value, value, precision);
  for (unsigned long step = 0; step < t; step++) {
    arb_mul(value, value, rho, precision);
    arb_add(value, value, gain, precision);
  }
  arb_clear(rho);
  arb_clear(gain);
  arb_clear(term);
}

/* q_i(late) - q_i(t) */
static void rise(arb_t value, const void *argument, slong precision) {
  const direction *a = argument;
  arb_t before;
  arb_init(before);
  iterate(value, a->q, a->i, a->late, precision);
  iterate(before, a->q, a->i, a->t, precision);
  arb_sub(value, value, before, precision);
  arb_clear(before);
}

/* q_i(t+2) - 2 q_i(t+1) + q_i(t) */
static void bend(arb_t value, const void *argument, slong precision) {
  const direction *a = argument;
  arb_t other;
  arb_init(other);
  iterate(value, a->q, a->i, a->t + 2, precision);
  iterate(other, a->q, a->i, a->t, precision);
  arb_add(value, value, other, precision);
  iterate(other, a->q, a->i, a->t + 1, precision);
  arb_submul_ui(value, other, 2, precision);
  arb_clear(other);
}

/* q_i(t) - q_i(late) - rho_i^t g_i^2, t < late: what Dom-SGD can still gain after t steps of SGD,
 * less its bound. */
static void late_gain(arb_t value, const void *argument, slong precision) {
  const direction *a = argument;
  arb_t rho, term;
  arb_init(rho);
  arb_init(term);
  rise(value, argument, precision);
  arb_neg(value, value);
  arb_set_d(rho, a->q->eta);
  arb_set_d(term, a->q->lambda[a->i]);
  arb_mul(rho, rho, term, precision);
  arb_sub_ui(rho, rho, 1, precision);
  arb_pow_ui(rho, rho, 2 * a->t, precision);
  arb_set_d(term, a->q->g[a->i]);
  arb_sqr(term, term, precision);
  arb_submul(value, rho, term, precision);
  arb_clear(rho);
  arb_clear(term);
}

/* Adds L_D and L_B at the start, times 2. */
static void split_loss(arb_t dominant, arb_t bulk, const quadratic *q, slong precision) {
  arb_t square, lambda;
  arb_init(square);
  arb_init(lambda);
  for (size_t i = 0; i < q->d; i++) {
    arb_set_d(square, q->g[i]);
    arb_sqr(square, square, precision);
    arb_set_d(lambda, q->lambda[i]);
    arb_div(square, square, lambda, precision);
    arb_add(i < q->k ? dominant : bulk, i < q->k ? dominant : bulk, square, precision);
  }
  arb_clear(square);
  arb_clear(lambda);
}

/* Adds |Pg|^2 and |Qg|^2. */
static void split_squares(arb_t dominant, arb_t bulk, const quadratic *q, slong precision) {
  arb_t square;
  arb_init(square);
  for (size_t i = 0; i < q->d; i++) {
    arb_set_d(square, q->g[i]);
    arb_addmul(i < q->k ? dominant : bulk, square, square, precision);
  }
  arb_clear(square);
}

/* D_0 L_B - B_0 L_D: the sign of alpha - L_D/L. */
static void alignment_less_share(arb_t value, const void *argument, slong precision) {
  arb_t loss[2], square[2];
  for (int part = 0; part < 2; part++) {
    arb_init(loss[part]);
    arb_init(square[part]);
  }
  split_loss(loss[0], loss[1], argument, precision);
  split_squares(square[0], square[1], argument, precision);
  arb_mul(value, square[0], loss[1], precision);
  arb_submul(value, square[1], loss[0], precision);
  for (int part = 0; part < 2; part++) {
    arb_clear(loss[part]);
    arb_clear(square[part]);
  }
}

/* E L_t of one of the updates, from the recursion. */
typedef struct {
  const quadratic *q;
  update_kind kind;
  unsigned long t;
} run_loss;

static void iterated_loss(arb_t value, const void *argument, slong precision) {
  const run_loss *run = argument;
  const quadratic *q = run->q;
  arb_t square, lambda;
  arb_init(square);
  arb_init(lambda);
  arb_zero(value);
  for (size_t i = 0; i < q->d; i++) {
    iterate(square, q, i, update_moves(run->kind, i, q->k) ? run->t : 0, precision);
    arb_set_d(lambda, q->lambda[i]);
    arb_mul_2exp_si(lambda, lambda, 1);
    arb_div(square, square, lambda, precision);
    arb_add(value, value, square, precision);
  }
  arb_clear(square);
  arb_clear(lambda);
}

/* E L_t of SGD less that of Dom-SGD: the changes of the bulk alone. */
static void whole_less_dominant(arb_t value, const void *argument, slong precision) {
  const run_loss *run = argument;
  const run_loss whole = {run->q, UPDATE_WHOLE, run->t}, other = {run->q, UPDATE_DOMINANT, run->t};
  arb_t term;
  arb_init(term);
  iterated_loss(value, &whole, precision);
  iterated_loss(term, &other, precision);
  arb_sub(value, value, term, precision);
  arb_clear(term);
}

/* E L_t of Bulk-SGD less L_0. */
static void bulk_change(arb_t value, const void *argument, slong precision) {
  const run_loss *run = argument;
  const run_loss after = {run->q, UPDATE_BULK, run->t}, before = {run->q, UPDATE_BULK, 0};
  arb_t term;
  arb_init(term);
  iterated_loss(value, &after, precision);
  iterated_loss(term, &before, precision);
  arb_sub(value, value, term, precision);
  arb_clear(term);
}

/* --- conclusions ---------------------------------------------------------------------------- */

static const unsigned long times[] = {0, 1, 4, 20};
enum { TIMES = sizeof times / sizeof *times };

/* The same sign along all directions of one set. */
static verdict along(const quadratic *q, size_t from, size_t to, certified_expression expression,
                     unsigned long t, unsigned long late, int among, const char *what,
                     claim_note *note) {
  verdict v = VERDICT_HOLDS;
  for (size_t i = from; i < to && v == VERDICT_HOLDS; i++) {
    const direction a = {q, i, t, late};
    v = certify_sign(what, expression, &a, among, note);
  }
  return v;
}

/* region: conclusions */
/* Dom-SGD never falls below where it starts, nor below where it was. */
static verdict check_stalls(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < TIMES && v == VERDICT_HOLDS; n++) {
    v = along(q, 0, q->k, rise, times[n], times[n] + 1, CERTIFY_NOT_NEGATIVE, "q_i(t+1) - q_i(t)",
              note);
    if (v == VERDICT_HOLDS)
      v = along(q, 0, q->k, rise, 0, times[n], CERTIFY_NOT_NEGATIVE, "q_i(t) - q_i(0)", note);
  }
  return v;
}

/* What little it rises dies out: no rise is above the one before. */
static verdict check_rises_die_out(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < TIMES && v == VERDICT_HOLDS; n++)
    v = along(q, 0, q->k, bend, times[n], 0, CERTIFY_NOT_POSITIVE, "second difference", note);
  return v;
}

/* Bulk-SGD lowers the loss at once and never raises it; SGD is ahead of Dom-SGD ever after, and
 * Bulk-SGD not behind SGD (that is check_stalls: they differ by the dominant part). */
static verdict check_bulk_works(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < TIMES && v == VERDICT_HOLDS; n++) {
    const run_loss run = {q, UPDATE_BULK, times[n] + 1};
    v = certify_sign("Bulk-SGD less L_0", bulk_change, &run, CERTIFY_NEGATIVE, note);
    if (v == VERDICT_HOLDS)
      v = certify_sign("SGD less Dom-SGD", whole_less_dominant, &run, CERTIFY_NEGATIVE, note);
    if (v == VERDICT_HOLDS)
      v = along(q, q->k, q->d, rise, times[n], times[n] + 1, CERTIFY_NOT_POSITIVE,
                "q_j(t+1) - q_j(t)", note);
  }
  return v;
}

static verdict check_share(const void *instance, claim_note *note) {
  return certify_sign("alpha - L_D/L", alignment_less_share, instance, CERTIFY_POSITIVE, note);
}

/* From any start: after t steps of SGD, late ones of Dom-SGD gain at most rho_i^t g_i^2/(2
 * lambda_i) in each direction.  The instance's own start gains nothing, so one 2^10 times as far
 * out. */
static verdict check_late_switch(const void *instance, claim_note *note) {
  static const unsigned long gone[] = {0, 1, 8};
  quadratic *far = quadratic_clone(instance);
  if (far == NULL)
    return VERDICT_UNDECIDED;
  for (size_t i = 0; i < far->k; i++)
    far->g[i] *= 0x1p10;
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < 3 && v == VERDICT_HOLDS; n++)
    for (unsigned long more = 1; more <= 8 && v == VERDICT_HOLDS; more += 7)
      v = along(far, 0, far->k, late_gain, gone[n], gone[n] + more, CERTIFY_NOT_POSITIVE,
                "gain less its bound", note);
  quadratic_free(far);
  return v;
}
/* end region: conclusions */

static verdict within(double value, double truth, double error, const char *what, unsigned long t,
                      claim_note *note) {
  if (fabs(value - truth) <= error)
    return VERDICT_HOLDS;
  claim_note_set(note, "%s at t = %lu: %a, not %a, bound %.2e", what, t, value, truth, error);
  return VERDICT_FAILS;
}

/* region: oracles */
static verdict check_closed_form(const void *instance, claim_note *note) {
  static const unsigned long steps[] = {0, 1, 7, 64};
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < 4; n++)
    for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK && v == VERDICT_HOLDS; kind++) {
      const run_loss run = {instance, kind, steps[n]};
      double error;
      const double loss = dominant_stalls_loss(instance, kind, steps[n], &error);
      const double truth = certified_value_of(iterated_loss, &run);
      v = within(loss, truth, error + 2.0 * ROUNDING_UNIT * truth, "loss", steps[n], note);
    }
  return v;
}

/* Losses and distances against dense matrices, and the two parts against the whole. */
static verdict check_dense(const void *instance, claim_note *note) {
  static const size_t steps[] = {1, 2, 5, 20};
  const quadratic *q = instance;
  if (q->d > DENSE_STEP_DIMENSION_MOST || quadratic_condition_number(q) > 1e4)
    return VERDICT_VACUOUS; /* the dense bound would be looser than what it is to tell */
  dense_quadratic *dense = dense_quadratic_alloc(q, 1);
  if (dense == NULL)
    return VERDICT_UNDECIDED;
  verdict v = VERDICT_HOLDS;
  for (size_t n = 0; n < 4 && v == VERDICT_HOLDS; n++) {
    dense_run run[UPDATE_KINDS];
    double error;
    for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK && v == VERDICT_HOLDS; kind++) {
      if (dense_run_of(dense, q->eta, kind, steps[n], &run[kind]) != GSL_SUCCESS)
        v = VERDICT_UNDECIDED;
      const double loss = dominant_stalls_loss(q, kind, steps[n], &error);
      if (v == VERDICT_HOLDS)
        v = within(loss, run[kind].loss, error + run[kind].loss_error, "loss", steps[n], note);
      const double distance = dominant_stalls_distance(q, kind, steps[n], &error);
      if (v == VERDICT_HOLDS)
        v = within(distance, run[kind].distance, error + run[kind].distance_error, "distance",
                   steps[n], note);
    }
    dominant_stalls_shares shares;
    if (v == VERDICT_HOLDS && dominant_stalls_shares_of(q, steps[n], &shares) == GSL_SUCCESS)
      for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK && v == VERDICT_HOLDS; kind++) {
        const double start = dominant_stalls_loss(q, kind, 0, &error);
        v = within(shares.share[kind] * shares.achievable, start - run[kind].loss,
                   run[kind].loss_error + 2.0 * error + rounding_gamma(4 * q->d + 40) * start +
                       4.0 * run[UPDATE_WHOLE].loss_error,
                   "share", steps[n], note);
      }
  }
  dense_quadratic_free(dense);
  return v;
}

/* L_D/L <= alpha/(alpha + m (1 - alpha)); with settled g_i the mean squared distance of Dom-SGD
 * stays below sum 4 s_i/lambda_i^2, and distances add up. */
static verdict check_bounds(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  double square[2] = {0.0, 0.0}, loss[2] = {0.0, 0.0}, most = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    square[i < q->k] += q->g[i] * q->g[i];
    loss[i < q->k] += q->g[i] * q->g[i] / q->lambda[i];
    if (i < q->k)
      most += 4.0 * quadratic_stationary(q, i) / (q->lambda[i] * q->lambda[i]);
  }
  const double m = quadratic_gap_ratio(q), unit = rounding_gamma(4 * q->d + 40);
  const double share = loss[1] / (loss[0] + loss[1]),
               bound = square[1] / (square[1] + m * square[0]);
  if (!(share <= bound * (1.0 + unit))) {
    claim_note_set(note, "share %a of the loss, bound %a", share, bound);
    return VERDICT_FAILS;
  }
  for (size_t n = 0; n < TIMES; n++) {
    double error[UPDATE_KINDS], distance[UPDATE_KINDS];
    for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++)
      distance[kind] = dominant_stalls_distance(q, kind, times[n], &error[kind]);
    const double off = distance[UPDATE_DOMINANT] + distance[UPDATE_BULK] - distance[UPDATE_WHOLE];
    if (!(distance[UPDATE_DOMINANT] <= most * (1.0 + unit) + error[UPDATE_DOMINANT]) ||
        !(fabs(off) <= error[UPDATE_WHOLE] + error[UPDATE_DOMINANT] + error[UPDATE_BULK])) {
      claim_note_set(note, "t = %lu: distances %a, %a, %a; bound of the second %a", times[n],
                     distance[UPDATE_WHOLE], distance[UPDATE_DOMINANT], distance[UPDATE_BULK],
                     most);
      return VERDICT_FAILS;
    }
  }
  return VERDICT_HOLDS;
}
/* end region: oracles */

/* --- ablations ------------------------------------------------------------------------------ */

static void *pair(const double lambda[2], const double g[2], const double v[2], double eta) {
  return quadratic_literal(2, 1, lambda, g, v, eta);
}

static void *not_the_top(void) {
  return pair((const double[]){1, 8}, (const double[]){1, 1}, (const double[]){15, 0}, 0.125);
}

static void *no_alignment(void) {
  return pair((const double[]){8, 1}, (const double[]){0, 1}, (const double[]){1, 1}, 0.125);
}

static void *step_too_long(void) {
  return pair((const double[]){8, 1}, (const double[]){1, 2}, (const double[]){1, 1}, 0.5);
}

static void *far_out(void) {
  return pair((const double[]){8, 1}, (const double[]){2, 20}, (const double[]){1, 1}, 0.125);
}

static void *no_noise(void) {
  return pair((const double[]){8, 1}, (const double[]){3, 1}, (const double[]){0, 0}, 0.125);
}

static void *bulk_at_rest(void) {
  return pair((const double[]){8, 1}, (const double[]){1, 0.125}, (const double[]){1, 1}, 0.125);
}

/* The hypotheses on the levels stay as they are where the change leaves them room. */
static bool violate_gap(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const bool done = quadratic_violate_gap(q, rng);
  double top = 0.0;
  for (size_t i = 0; i < q->d; i++)
    top = fmax(top, q->lambda[i]);
  q->eta = random_uniform(rng, 0.05, 0.95) * 2.0 / top;
  settle(q, rng);
  return done;
}

static bool violate_stable(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  q->eta = 2.0 / q->lambda[0] * (1.0 + random_log_uniform(rng, 1e-3, 10.0));
  for (size_t j = q->k; j < q->d; j++)
    if (level_is_finite(q, j))
      q->g[j] = gradient_near(quadratic_stationary(q, j), random_uniform(rng, 0.1, 1.0));
  return true;
}

static bool violate_settled(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const size_t pick = random_index(rng, 0, q->k - 1);
  const bool one = random_chance(rng, 0.5);
  for (size_t i = 0; i < q->k; i++)
    if (!one || i == pick)
      q->g[i] = gradient_near(quadratic_stationary(q, i), random_log_uniform(rng, 1e-3, 1e3));
  return true;
}

static bool violate_noise(void *instance, gsl_rng *rng) {
  return quadratic_violate_dominant_noise(instance, rng);
}

static bool violate_unsettled(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  for (size_t j = q->k; j < q->d; j++) {
    if (q->v[j] == 0.0)
      q->v[j] = 1.0;
    q->g[j] = gradient_near(quadratic_stationary(q, j), -random_uniform(rng, 0.1, 0.9));
  }
  return true;
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "share_below_alignment",
      "$\\lambda=(1,8)$ with the flat direction called dominant, $g=(1,1)$, $v=(15,0)$, "
      "$\\eta=\\frac18$: $L_D/L=\\frac89>\\alpha=\\frac12$.",
      violate_gap}},
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {no_alignment, "share_below_alignment",
      "$g=(0,1)$: there is nothing dominant to gain, and no alignment to compare it with.",
      quadratic_violate_interior_at_zero}},
    {"stable_step",
     "$0<\\eta<2/\\lambda_1$.",
     is_stable,
     {step_too_long, "rises_die_out",
      "$\\lambda=(8,1)$, $g=(1,2)$, $v=(1,1)$, $\\eta=\\frac12$: $\\rho_1=9$, and Dom-SGD raises "
      "its loss ninefold more at every step.  Bulk-SGD works still, $\\eta<2/\\lambda_2$.",
      violate_stable}},
    {"settled",
     "$g_i^2\\le s_i$ for $i\\le k$: the dominant gradient is noise.",
     is_settled,
     {far_out, "dominant_stalls",
      "$\\lambda=(8,1)$, $g=(2,20)$, $v=(1,1)$, $\\eta=\\frac18$: a start far out, at alignment "
      "$\\frac1{101}$.  $s_1=1$, and Dom-SGD brings $L_D$ from $\\frac14$ to $\\frac1{16}$.",
      violate_settled}},
    {"unsettled_bulk",
     "$g_j^2\\ge s_j$ for $j>k$, and not all of them equal.",
     is_bulk_unsettled,
     {bulk_at_rest, "bulk_works",
      "$\\lambda=(8,1)$, $g=(1,\\frac18)$, $v=(1,1)$, $\\eta=\\frac18$: $g_2^2=\\frac1{64}$ is "
      "below "
      "$s_2=\\frac1{15}$, and Bulk-SGD raises the loss.",
      violate_unsettled}},
    {0}};

static const further_ablation further[] = {
    {"settled",
     "noise",
     "$v_i>0$ in the dominant set: without it $s_i=0$.",
     is_settled,
     NULL,
     {no_noise, "dominant_stalls",
      "$\\lambda=(8,1)$, $g=(3,1)$, no noise, $\\eta=\\frac18$: Dom-GD removes all of $L_D$ at "
      "alignment "
      "$\\frac9{10}$.",
      violate_noise}},
    {0}};

static const conclusion conclusions[] = {
    {"dominant_stalls",
     "Dom-SGD: $q_i(t)\\ge g_i^2$ and $q_i(t+1)\\ge q_i(t)$, $i\\le k$, $t\\in\\{0,1,4,20\\}$",
     check_stalls, DECIDED_BY_SIGN, NULL},
    {"rises_die_out", "no step of Dom-SGD raises $q_i$ by more than the one before",
     check_rises_die_out, DECIDED_BY_SIGN, NULL},
    {"bulk_works",
     "Bulk-SGD lowers the loss and never raises it, and SGD is below Dom-SGD, at the same times",
     check_bulk_works, DECIDED_BY_SIGN, NULL},
    {"share_below_alignment", "$L_D/L<\\alpha$: what Dom-SGD can gain at most", check_share,
     DECIDED_BY_SIGN, NULL},
    {"late_switch_gains_little",
     "from a far start, after $t$ steps of SGD, Dom-SGD gains at most "
     "$\\sum_{i\\le k}\\rho_i^tg_i(0)^2/(2\\lambda_i)$",
     check_late_switch, DECIDED_BY_SIGN, NULL},
    {"closed_forms", "the computed losses of SGD, Dom-SGD, Bulk-SGD against the recursion",
     check_closed_form, DECIDED_BY_BOUND, NULL},
    {"dense_runs", "losses, distances and shares against dense matrices in a random basis",
     check_dense, DECIDED_BY_BOUND, NULL},
    {"gap_and_distance",
     "$L_D/L\\le\\alpha/(\\alpha+m(1-\\alpha))$; $\\mathbb{E}|x_t-x_0|^2\\le4\\sum_{i\\le k}"
     "s_i/\\lambda_i^2$ for Dom-SGD; distances add up",
     check_bounds, DECIDED_BY_BOUND, NULL},
    {0}};

/* The source's criterion, chi > 0.95. */
static bool is_aligned(const void *instance) {
  const quadratic *q = instance;
  double square[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++)
    square[i < q->k] += q->g[i] * q->g[i];
  return square[1] > 0.95 * 0.95 * (square[0] + square[1]);
}

static bool is_anti_aligned(const void *instance) {
  return !is_aligned(instance);
}

static bool is_swinging(const void *instance) {
  const quadratic *q = instance;
  return q->eta * q->lambda[0] > 1.0;
}

static const coverage coverages[] = {{"chi above 0.95", 0.20, is_aligned},
                                     {"chi up to 0.95", 0.20, is_anti_aligned},
                                     {"alignment above 0.999", 0.05, quadratic_is_alignment_high},
                                     {"overshooting, eta lambda_1 > 1", 0.15, is_swinging},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {0}};

const claim dominant_stalls_claim = {
    .id = "P4",
    .stem = "dominant_stalls",
    .title = "Dom-SGD stalls, Bulk-SGD works",
    .statement =
        "Where the dominant gradient is no larger than what noise makes it, $g_i^2\\le s_i$, the "
        "expected loss of Dom-SGD never falls; Bulk-SGD lowers it at least as much as SGD does; "
        "and "
        "Dom-SGD can gain no more than the share $\\alpha/(\\alpha+m(1-\\alpha))$ of the loss in "
        "any "
        "case.",
    .source = "arXiv:2405.16002, section 3, on quadratics",
    .figure = "dominant_stalls",
    .uses = "L2 T3 T4",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 400,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .further = further,
    .is_defined = quadratic_has_gradient,
};
