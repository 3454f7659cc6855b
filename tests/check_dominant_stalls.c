/* P4: theory/dominant_stalls, src/claims/dominant_stalls, src/exact/dense_run. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/dominant_stalls.h"
#include "exact/certified.h"
#include "exact/dense_run.h"
#include "families/quadratic_family.h"
#include "model/random.h"
#include "model/rounding.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&dominant_stalls_claim);
}
END_TEST

/* lambda = (8, 1), v = (1, 1), eta = 1/8: rho = (0, 49/64), s = (1, 1/15). */
static quadratic *pair_at(double dominant, double bulk, double eta) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){dominant, bulk},
                                   (const double[]){1, 1}, eta);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* By hand: from g = (1, 2) the dominant square stays 1, the bulk one goes 4, 4 (49/64) + 1/64 =
 * 197/64. */
START_TEST(test_losses_by_hand) {
  quadratic *q = pair_at(1, 2, 0.125);
  const double start = 1.0 / 16 + 2.0, after = 1.0 / 16 + 197.0 / 128;
  const double expected[UPDATE_KINDS][2] = {{start, after}, {start, start}, {start, after}};
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++)
    for (unsigned long t = 0; t < 2; t++) {
      double error;
      const double loss = dominant_stalls_loss(q, kind, t, &error);
      ck_assert_double_le(fabs(loss - expected[kind][t]), error);
      ck_assert_double_le(error, 100 * ROUNDING_UNIT);
    }
  /* x_0 = (1/8, 2); one step moves x_1 by -eta g - eta xi: ((1/8)^2 (1 + 1), (1/8)^2 (4 + 1)). */
  const double moved[UPDATE_KINDS] = {7.0 / 64, 2.0 / 64, 5.0 / 64};
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++) {
    double error;
    ck_assert_double_le(fabs(dominant_stalls_distance(q, kind, 1, &error) - moved[kind]), error);
    ck_assert_double_le(error, 100 * ROUNDING_UNIT);
    ck_assert(dominant_stalls_distance(q, kind, 0, NULL) == 0.0);
  }
  quadratic_free(q);
}
END_TEST

/* By hand: from g = (1, 2) nothing but the bulk's (4 - 1/15)/2 = 59/30 is to be gained; one step
 * attains 1 - 49/64 = 15/64 of it, whoever makes it. */
START_TEST(test_shares_by_hand) {
  quadratic *q = pair_at(1, 2, 0.125);
  dominant_stalls_shares shares;
  ck_assert_int_eq(dominant_stalls_shares_of(q, 1, &shares), GSL_SUCCESS);
  ck_assert_double_eq_tol(shares.achievable, 59.0 / 30, 1e-15);
  ck_assert_double_eq_tol(shares.share[UPDATE_DOMINANT], 0.0, 1e-16);
  ck_assert_double_eq_tol(shares.share[UPDATE_BULK], 15.0 / 64, 1e-15);
  ck_assert_double_eq_tol(shares.share[UPDATE_WHOLE], 15.0 / 64, 1e-15);
  ck_assert_int_eq(dominant_stalls_shares_of(q, 100000, &shares), GSL_SUCCESS);
  ck_assert_double_eq_tol(shares.share[UPDATE_BULK], 1.0, 1e-15);
  quadratic_free(q);
}
END_TEST

/* Nothing to gain, no limit: said, not NaN. */
START_TEST(test_no_shares) {
  dominant_stalls_shares shares = {.achievable = 7};
  quadratic *rest = pair_at(0.5, 0.125, 0.125);
  ck_assert_int_eq(dominant_stalls_shares_of(rest, 3, &shares), GSL_EFAILED);
  ck_assert(shares.achievable < 0.0);
  for (int kind = 0; kind < UPDATE_KINDS; kind++)
    ck_assert(shares.share[kind] == 0.0);
  quadratic_free(rest);
  const double steps[] = {0.25, 0.3, 0.0, -1.0, NAN};
  for (size_t n = 0; n < 5; n++) {
    quadratic *q = pair_at(1, 2, steps[n]);
    shares.achievable = 7;
    ck_assert_int_eq(dominant_stalls_shares_of(q, 1, &shares), GSL_EDOM);
    ck_assert(shares.achievable == 7);
    quadratic_free(q);
  }
}
END_TEST

/* At eta lambda_1 = 2 the noise adds 4 v a step; beyond it losses grow up to infinity and no
 * further, and a direction with neither gradient nor noise stays at 0. */
START_TEST(test_beyond_stability) {
  quadratic *q = pair_at(1, 0, 0.25);
  double error;
  ck_assert(dominant_stalls_loss(q, UPDATE_DOMINANT, 10, &error) == 41.0 / 16);
  q->eta = 0.5; /* rho_1 = 9: 1, 9 + 16 = 25, 241 */
  ck_assert_double_eq_tol(dominant_stalls_loss(q, UPDATE_DOMINANT, 2, &error), 241.0 / 16, 1e-13);
  ck_assert_double_le(fabs(dominant_stalls_loss(q, UPDATE_DOMINANT, 2, &error) - 241.0 / 16),
                      error);
  /* x_1 = 1/8 - (1 + xi)/2 (E of the square of its distance: 1/2), x_2 = 9/8 + ...: distance 1^2 +
   * (9 + 1)/4. */
  ck_assert_double_eq_tol(dominant_stalls_distance(q, UPDATE_DOMINANT, 1, NULL), 0.5, 1e-14);
  ck_assert_double_eq_tol(dominant_stalls_distance(q, UPDATE_DOMINANT, 2, NULL), 3.5, 1e-13);
  ck_assert(isinf(dominant_stalls_loss(q, UPDATE_DOMINANT, 1000000, NULL)));
  ck_assert(isinf(dominant_stalls_distance(q, UPDATE_WHOLE, 1000000, NULL)));
  ck_assert(isfinite(dominant_stalls_loss(q, UPDATE_BULK, 1000000, NULL)));
  q->g[0] = q->v[0] = 0.0;
  ck_assert(isfinite(dominant_stalls_loss(q, UPDATE_WHOLE, 1000000, NULL)));
  ck_assert(dominant_stalls_distance(q, UPDATE_DOMINANT, 1000000, NULL) == 0.0);
  quadratic_free(q);
}
END_TEST

static verdict check(const quadratic *q, const char *name) {
  claim_note note = {"", 0};
  return claim_find_conclusion(&dominant_stalls_claim, name)->check(q, &note);
}

/* One ulp to either side of s_1 = 1: where the hypothesis turns, the conclusion does.  At eta =
 * 1/16, for which a step does not wipe the dominant direction out, s_1 = 1/3, no double. */
START_TEST(test_level_is_sharp) {
  for (int side = -1; side <= 1; side++) {
    quadratic *q = pair_at(1.0 + side * 0x1p-52, 2, 0.125);
    const verdict expected = side > 0 ? VERDICT_FAILS : VERDICT_HOLDS;
    ck_assert_int_eq(check(q, "dominant_stalls"), expected);
    ck_assert_int_eq(dominant_stalls_claim.hypotheses[3].holds(q), side <= 0);
    quadratic_free(q);
    q = pair_at(1, sqrt(1.0 / 15) * (1.0 + side * 0x1p-40), 0.125);
    if (side != 0)
      ck_assert_int_eq(check(q, "bulk_works"), side > 0 ? VERDICT_HOLDS : VERDICT_FAILS);
    quadratic_free(q);
  }
}
END_TEST

/* --- enumeration ---------------------------------------------------------------------------- */

/* Every path of signs xi_i = +- sqrt(v_i) over T steps in a dense random basis: 2^(d T) of them,
 * all alike.  The mean of L(x_T) and of |x_T - x_0|^2. */
enum { PATH_DIMENSION = 3, PATH_STEPS = 4 };

static void walk(const dense_quadratic *dense, const quadratic *q, double pi[3][3],
                 const double x[3], int left, double *loss, double *distance) {
  if (left == 0) {
    for (int i = 0; i < 3; i++) {
      const double moved = x[i] - gsl_vector_get(dense->x, (size_t)i);
      *distance += moved * moved;
      for (int j = 0; j < 3; j++)
        *loss += 0.5 * x[i] * gsl_matrix_get(dense->hessian, (size_t)i, (size_t)j) * x[j];
    }
    return;
  }
  for (int outcome = 0; outcome < 8; outcome++) {
    double noisy[3], next[3];
    for (int i = 0; i < 3; i++) {
      noisy[i] = 0.0;
      for (int j = 0; j < 3; j++) {
        const double xi = sqrt(q->v[j]) * (outcome >> j & 1 ? 1.0 : -1.0);
        noisy[i] += gsl_matrix_get(dense->hessian, (size_t)i, (size_t)j) * x[j] +
                    gsl_matrix_get(dense->basis, (size_t)i, (size_t)j) * xi;
      }
    }
    for (int i = 0; i < 3; i++) {
      next[i] = x[i];
      for (int j = 0; j < 3; j++)
        next[i] -= q->eta * pi[i][j] * noisy[j];
    }
    walk(dense, q, pi, next, left - 1, loss, distance);
  }
}

START_TEST(test_enumeration) {
  quadratic *q =
      quadratic_literal(PATH_DIMENSION, 1, (const double[]){8, 2, 1}, (const double[]){1, 0.5, 2},
                        (const double[]){2, 1, 0.25}, 0.1875);
  dense_quadratic *dense = dense_quadratic_alloc(q, 5);
  ck_assert_ptr_nonnull(dense);
  const double paths = pow(2.0, PATH_DIMENSION * PATH_STEPS);
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++) {
    double pi[3][3], start[3], loss = 0.0, distance = 0.0, error, far_error;
    for (size_t i = 0; i < 3; i++) {
      start[i] = gsl_vector_get(dense->x, i);
      for (size_t j = 0; j < 3; j++) {
        const double p = gsl_matrix_get(dense->projector, i, j);
        pi[i][j] = kind == UPDATE_WHOLE ? i == j : kind == UPDATE_DOMINANT ? p : (i == j) - p;
      }
    }
    walk(dense, q, pi, start, PATH_STEPS, &loss, &distance);
    const double expected = dominant_stalls_loss(q, kind, PATH_STEPS, &error);
    const double far = dominant_stalls_distance(q, kind, PATH_STEPS, &far_error);
    /* a step of a path: ten operations for each of nine products; then a mean of 2^12 terms. */
    const double rounding = rounding_gamma(PATH_STEPS * 100 + 4096) * 8.0;
    ck_assert_double_le(fabs(loss / paths - expected), error + rounding * expected);
    ck_assert_double_le(fabs(distance / paths - far), far_error + rounding * (far + 1.0));
    dense_run run;
    ck_assert_int_eq(dense_run_of(dense, q->eta, kind, PATH_STEPS, &run), GSL_SUCCESS);
    ck_assert_double_le(fabs(loss / paths - run.loss), run.loss_error + rounding * expected);
    ck_assert_double_le(fabs(distance / paths - run.distance),
                        run.distance_error + rounding * (far + 1.0));
    ck_assert_double_le(run.loss_error, 1e-9);
  }
  dense_quadratic_free(dense);
  quadratic_free(q);
}
END_TEST

/* --- bounds --------------------------------------------------------------------------------- */

/* What the chapter says of one direction after t steps, in long double: E g_i^2 and lambda_i^2
 * E(x_t - x_0)_i^2, and what their computed values may be off by. */
typedef struct {
  long double square, square_error, far, far_error;
} said;

static said said_of(const quadratic *q, size_t i, unsigned long t) {
  const long double u = ROUNDING_UNIT, move = (long double)q->eta * q->lambda[i], r = 1 - move,
                    rest = fabsl(2 - move), drift = powl(r, t), rho = drift * drift,
                    start = (long double)q->g[i] * q->g[i], level = move * q->v[i] / rest,
                    noise = rest == 0 ? 4.0L * q->v[i] * t : level * fabsl(1 - rho);
  const long double e =
      rho == 0 || t == 0 ? 0 : u * t * 3 * (move / fabsl(r) + fabsl(logl(fabsl(r))));
  const long double noise_error =
      rest == 0 ? noise * (t + 8) * 4 * u
                : noise * (12 + 4 * move / rest) * u + level * rho * (2 * e + 4 * u);
  const long double mean = (1 - drift) * (1 - drift) * start;
  return (said){
      rho * start + noise,
      rho * start * (2 * e + 8 * u) + noise_error + 2 * u * (rho * start + noise), mean + noise,
      2 * start * fabsl((1 - drift) * drift) * (e + 4 * u) + noise_error + 12 * u * (mean + noise)};
}

static void expect_bounds(const quadratic *q, unsigned long t) {
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++) {
    long double loss = 0, wrong = 0, far = 0, off = 0;
    for (size_t i = 0; i < q->d; i++) {
      const bool moved = kind == UPDATE_WHOLE || (kind == UPDATE_DOMINANT) == (i < q->k);
      const long double lambda = q->lambda[i];
      const said x = said_of(q, i, moved ? t : 0);
      loss += x.square / (2 * lambda);
      wrong += x.square_error / (2 * lambda);
      far += moved ? x.far / (lambda * lambda) : 0;
      off += moved ? x.far_error / (lambda * lambda) : 0;
    }
    const long double gamma = rounding_gamma(q->d + 4);
    double error;
    ck_assert(fabsl(dominant_stalls_loss(q, kind, t, &error) - loss) <= error);
    ck_assert_double_eq_tol((double)(error / (wrong + gamma * (loss + wrong))), 1, 1e-12);
    ck_assert(fabsl(dominant_stalls_distance(q, kind, t, &error) - far) <= error);
    ck_assert_double_eq_tol((double)(error / (off + gamma * (far + off))), 1, 1e-12);
  }
}

/* eta lambda = 27/16, 21/16, 3/4, 3/16; then 2, 1, 1/2, 1/4: at the edge, and wiped out. */
START_TEST(test_bounds_are_those_of_the_chapter) {
  quadratic *q =
      quadratic_literal(4, 2, (const double[]){9, 7, 4, 1}, (const double[]){1.25, 0.75, 3, 11},
                        (const double[]){2, 3, 5, 7}, 0.1875);
  static const unsigned long times[] = {0, 1, 2, 5};
  for (size_t n = 0; n < 4; n++)
    expect_bounds(q, times[n]);
  quadratic_free(q);
  q = quadratic_literal(4, 2, (const double[]){8, 4, 2, 1}, (const double[]){1, 3, 2, 5},
                        (const double[]){3, 2, 0.5, 7}, 0.25);
  for (size_t n = 1; n < 4; n++)
    expect_bounds(q, times[n]);
  quadratic_free(q);
}
END_TEST

/* Where the value is no better known than its size, the sum's own error is of both.  One direction
 * of sixty has a gradient, there is no noise: everything is relative to its term. */
START_TEST(test_bounds_that_are_large) {
  enum { DIMENSION = 60 };
  const double lambda = 1, u = ROUNDING_UNIT, gamma = rounding_gamma(DIMENSION + 4);
  quadratic *q = quadratic_alloc(DIMENSION, 1);
  for (size_t i = 0; i < DIMENSION; i++)
    q->lambda[i] = i == 0 ? lambda : lambda / 2;
  q->g[0] = 3;
  q->eta = 1 - u; /* r = u */
  double error, expected = 2 * u * (3 * q->eta / u - 3 * log(u)) + 10 * u;
  const double loss = dominant_stalls_loss(q, UPDATE_WHOLE, 1, &error);
  ck_assert_double_gt(loss, 0);
  ck_assert_double_eq_tol(error / loss / (expected + gamma * (1 + expected)), 1, 30 * u);
  q->lambda[0] = 2; /* r = -(1 - 2u) */
  const unsigned long t = (1ul << 52) + 1;
  const long double power = expl(t * log1pl(-2.0L * u));
  expected = (double)(2 * power / (1 + power) * (t * u * 3 * (2 + 2 * u) + 4 * u) + 12 * u);
  const double far = dominant_stalls_distance(q, UPDATE_WHOLE, t, &error);
  ck_assert_double_eq_tol(far / (double)(2.25L * (1 + power) * (1 + power)), 1, 1e-14);
  ck_assert_double_eq_tol(error / far / (expected + gamma * (1 + expected)), 1, 30 * u);
  quadratic_free(q);
}
END_TEST

/* eta lambda = 7/4, 1, 1/2, 1/4; s = 7, 3, 5/3, 1; g^2 = 9, 16, 25, 49: the shares from the
 * recursion, step by step. */
START_TEST(test_shares_step_by_step) {
  quadratic *q = quadratic_literal(4, 2, (const double[]){7, 4, 2, 1}, (const double[]){3, 4, 5, 7},
                                   (const double[]){1, 3, 5, 7}, 0.25);
  const double level[] = {7, 3, 5.0 / 3, 1};
  for (unsigned long t = 0; t < 4; t++) {
    long double achievable = 0, part[2] = {0, 0};
    for (size_t i = 0; i < 4; i++) {
      const long double move = (long double)q->eta * q->lambda[i], g = q->g[i];
      long double square = g * g;
      for (unsigned long step = 0; step < t; step++)
        square = (1 - move) * (1 - move) * square + move * move * q->v[i];
      achievable += (g * g - level[i]) / (2 * q->lambda[i]);
      part[i < 2] += (g * g - square) / (2 * q->lambda[i]);
    }
    dominant_stalls_shares shares;
    ck_assert_int_eq(dominant_stalls_shares_of(q, t, &shares), GSL_SUCCESS);
    ck_assert_double_eq_tol(shares.achievable / (double)achievable, 1, 1e-14);
    ck_assert_double_eq_tol(shares.share[UPDATE_DOMINANT], (double)(part[1] / achievable), 1e-15);
    ck_assert_double_eq_tol(shares.share[UPDATE_BULK], (double)(part[0] / achievable), 1e-15);
    ck_assert_double_eq_tol(shares.share[UPDATE_WHOLE], (double)((part[0] + part[1]) / achievable),
                            2e-15);
  }
  quadratic_free(q);
}
END_TEST

/* --- hypotheses and labels ------------------------------------------------------------------- */

static bool meets(const quadratic *q, const char *name) {
  return support_hypothesis(&dominant_stalls_claim, name)->holds(q);
}

static bool is_case(const quadratic *q, const char *name) {
  return support_coverage(&dominant_stalls_claim, name)->holds(q);
}

/* eta = 1/4: s = 7 v, 3 v, v, v/3, here 49, 9, 1, 1: every square is its level.  Settled, the bulk
 * not unsettled: it takes one above.  Nothing to gain is no gain. */
START_TEST(test_edges_of_the_hypotheses) {
  quadratic *q = quadratic_literal(4, 2, (const double[]){7, 6, 4, 2}, (const double[]){7, 3, 1, 1},
                                   (const double[]){7, 3, 1, 3}, 0.25);
  dominant_stalls_shares shares;
  ck_assert(meets(q, "settled") && !meets(q, "unsettled_bulk") && meets(q, "stable_step"));
  ck_assert_int_eq(dominant_stalls_shares_of(q, 1, &shares), GSL_EFAILED);
  ck_assert(shares.achievable == 0);
  for (size_t i = 0; i < 4; i++) {
    const double kept = q->g[i];
    for (int side = -1; side <= 1; side += 2) {
      q->g[i] = nextafter(kept, side * HUGE_VAL);
      ck_assert_int_eq(meets(q, "settled"), i >= 2 || side < 0);
      ck_assert_int_eq(meets(q, "unsettled_bulk"), i >= 2 && side > 0);
    }
    q->g[i] = kept;
  }
  q->g[2] = 2;
  q->g[3] = 0.5; /* one above does not make up for one below */
  ck_assert(!meets(q, "unsettled_bulk"));
  q->g[3] = 1;
  ck_assert(meets(q, "unsettled_bulk"));
  for (size_t i = 0; i < 4; i++) { /* eta lambda_i = 2, and just below */
    const double kept = q->lambda[i];
    q->lambda[i] = 8;
    ck_assert(!meets(q, "stable_step"));
    ck_assert_int_eq(meets(q, "unsettled_bulk"), i < 2);
    ck_assert(meets(q, "settled"));
    q->lambda[i] = nextafter(8, 0);
    ck_assert(meets(q, "stable_step"));
    q->lambda[i] = kept;
  }
  q->eta = 0;
  ck_assert(!meets(q, "stable_step"));
  quadratic_free(q);
}
END_TEST

/* chi = 0.95 is alpha = 0.9025; eta lambda_1 = 1. */
START_TEST(test_labels) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){8, 2, 1}, (const double[]){0, 19, 6.25},
                                   (const double[]){0, 0, 0}, 0.125);
  for (int swap = 0; swap < 2; swap++) {
    q->g[2] = 6.24;
    ck_assert(is_case(q, "chi above 0.95") && !is_case(q, "chi up to 0.95"));
    q->g[2] = 6.26;
    ck_assert(!is_case(q, "chi above 0.95") && is_case(q, "chi up to 0.95"));
    q->g[0] = 19;
    q->g[1] = 0;
  }
  ck_assert(!is_case(q, "overshooting, eta lambda_1 > 1"));
  q->eta = nextafter(0.125, 1);
  ck_assert(is_case(q, "overshooting, eta lambda_1 > 1"));
  q->eta = 0.03125; /* eta lambda_1^2 = 2 */
  ck_assert(!is_case(q, "overshooting, eta lambda_1 > 1"));
  q->lambda[0] = 0.5; /* eta/lambda_1 = 8 */
  q->eta = 4;
  ck_assert(is_case(q, "overshooting, eta lambda_1 > 1"));
  q->eta = 1;
  ck_assert(!is_case(q, "overshooting, eta lambda_1 > 1"));
  quadratic_free(q);
}
END_TEST

/* --- what is drawn -------------------------------------------------------------------------- */

enum { DRAWS = 200 };

/* Pairs of bulk directions of other levels and other squares which are above their levels by the
 * same part, that is no millionth. */
static int shared_excesses(const quadratic *q) {
  int shared = 0;
  for (size_t i = q->k; i < q->d; i++)
    for (size_t j = q->k; j < i; j++) {
      const double level[] = {quadratic_stationary(q, i), quadratic_stationary(q, j)};
      const double square[] = {q->g[i] * q->g[i], q->g[j] * q->g[j]};
      const double excess[] = {square[0] / level[0] - 1, square[1] / level[1] - 1};
      shared += level[0] > 0 && level[1] > 0 && fabs(level[0] / level[1] - 1) > 1e-3 &&
                fabs(square[0] / square[1] - 1) > 1e-3 && fabs(excess[0] / 1e-6 - 1) > 1e-3 &&
                fabs(excess[0] / excess[1] - 1) < 1e-8;
    }
  return shared;
}

/* The dominant squares are below their levels, now by little, now by half, now far below; bulk
 * ones without noise are between 10^-6 and 100 times the dominant mean.  Where dominant ones are
 * far below, each bulk direction has an excess of its own; where by half, they share it. */
START_TEST(test_draws) {
  int near = 0, half = 0, deep = 0, quiet = 0, noisy = 0, wanted = 0, slow = 0, fast = 0;
  int silent = 0, shared = 0;
  for (size_t n = 0; n < DRAWS; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(1, "draws of P4", n));
    diagnostic diag;
    quadratic *q = dominant_stalls_claim.generate(rng, &diag);
    ck_assert_ptr_nonnull(q);
    ck_assert_ptr_null(claim_violated(&dominant_stalls_claim, q, NULL));
    double level = 0;
    bool is_half = false, is_deep = false, is_silent = q->d - q->k > 3;
    for (size_t i = 0; i < q->k; i++) {
      const double below = 1 - q->g[i] * q->g[i] / quadratic_stationary(q, i);
      ck_assert_double_ge(below, 0);
      ck_assert_double_le(below, 0.9901);
      near += below < 2e-12;
      is_half = is_half || below > 0.11;
      is_deep = is_deep || (below > 1e-8 && below < 0.009);
      level += q->g[i] * q->g[i];
    }
    for (size_t j = q->k; j < q->d; j++) {
      ck_assert(q->v[j] == 0 || q->v[j] >= 1e-80);
      noisy += q->v[j] > 0x1p-90;
      quiet += q->v[j] == 0;
      if (q->v[j] != 0 || fabs(q->g[j]) < 1e-49)
        continue;
      const double share = q->g[j] * q->g[j] * (double)(q->d - q->k) / level;
      ck_assert_double_ge(share, 0.99e-6);
      ck_assert_double_le(share, 1.01e2);
      wanted++;
    }
    for (size_t j = q->k; j < q->d; j++)
      is_silent = is_silent && q->v[j] == 0;
    half += is_half;
    deep += is_deep;
    silent += is_silent;
    if (is_half)
      shared += shared_excesses(q);
    if (is_deep)
      ck_assert_int_eq(shared_excesses(q), 0);
    slow += q->eta * q->lambda[0] < 0.1;
    fast += q->eta * q->lambda[0] > 1.5;
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_int_gt(near, DRAWS / 4);
  ck_assert_int_gt(half, DRAWS / 8);
  ck_assert_int_gt(deep, DRAWS / 4);
  ck_assert_int_gt(shared, DRAWS / 20);
  ck_assert_int_gt(silent, 0);
  ck_assert_int_gt(wanted, DRAWS / 4);
  ck_assert_int_gt(noisy, quiet);
  ck_assert_int_gt(slow, DRAWS / 20);
  ck_assert_int_gt(fast, DRAWS / 20);
}
END_TEST

static double top_of(const quadratic *q) {
  double top = 0;
  for (size_t i = 0; i < q->d; i++)
    top = fmax(top, q->lambda[i]);
  return top;
}

/* The step after the order is lost is within the edge of what is the top then, on all of it; one
 * beyond the edge is up to eleven times it, and leaves the bulk above what levels it has; a
 * dominant set far out is so in one direction or in all, and the bulk as it was. */
START_TEST(test_violations) {
  double least = INFINITY, most = 0;
  int one = 0, all = 0, later = 0, above = 0;
  for (size_t n = 0; n < DRAWS; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(1, "violations of P4", n));
    diagnostic diag;
    quadratic *q = dominant_stalls_claim.generate(rng, &diag);
    quadratic *other = quadratic_clone(q);
    ck_assert(other != NULL);
    if (support_hypothesis(&dominant_stalls_claim, "gap")->dropped.violate(other, rng)) {
      least = fmin(least, other->eta * top_of(other));
      most = fmax(most, other->eta * top_of(other));
    }
    quadratic_free(other);
    other = quadratic_clone(q);
    ck_assert(
        support_hypothesis(&dominant_stalls_claim, "stable_step")->dropped.violate(other, rng));
    ck_assert_double_ge(other->eta * q->lambda[0], 2.0019);
    ck_assert_double_le(other->eta * q->lambda[0], 22.01);
    if (other->eta * q->lambda[q->k] < 2) {
      ck_assert(meets(other, "unsettled_bulk"));
      above++;
    }
    quadratic_free(other);
    other = quadratic_clone(q);
    ck_assert(support_hypothesis(&dominant_stalls_claim, "settled")->dropped.violate(other, rng));
    size_t out = 0, last = 0;
    for (size_t i = 0; i < q->k; i++)
      if (other->g[i] * other->g[i] > quadratic_stationary(q, i)) {
        out++;
        last = i;
      }
    for (size_t j = q->k; j < q->d; j++)
      ck_assert(other->g[j] == q->g[j]);
    one += q->k > 1 && out == 1;
    later += out == 1 && last > 0;
    all += q->k > 1 && out == q->k;
    quadratic_free(other);
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_double_ge(least, 0.0999);
  ck_assert_double_le(least, 0.5);
  ck_assert_double_le(most, 1.9001);
  ck_assert_double_ge(most, 1.5);
  ck_assert_int_gt(above, DRAWS / 10);
  ck_assert_int_gt(one, DRAWS / 10);
  ck_assert_int_gt(later, DRAWS / 20);
  ck_assert_int_gt(all, DRAWS / 10);
}
END_TEST

/* --- planted errors ------------------------------------------------------------------------- */

static void expect_noted(const quadratic *q, const char *name, verdict expected, const char *what) {
  claim_note note = {"", 0};
  const verdict v = claim_find_conclusion(&dominant_stalls_claim, name)->check(q, &note);
  ck_assert_msg(v == expected && strncmp(note.text, what, strlen(what)) == 0, "%s %s: %s", name,
                verdict_name(v), note.text);
}

static long bits_of(const quadratic *q, const char *name) {
  claim_note note = {"", 0};
  ck_assert_int_eq(claim_find_conclusion(&dominant_stalls_claim, name)->check(q, &note),
                   VERDICT_HOLDS);
  return note.bits;
}

/* alpha - L_D/L with the dominant set out of order, lambda = (1, 4 | 2): the sign of g_2^2/4 -
 * g_1^2/2 where g_3 = 1.  With squares of eigenvalues it would be that of 3 g_2^2 - 12 g_1^2. */
START_TEST(test_share_is_of_the_loss) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){1, 4, 2}, (const double[]){1, 1, 1},
                                   (const double[]){0, 0, 0}, 0.25);
  expect_noted(q, "share_below_alignment", VERDICT_FAILS, "alpha - L_D/L has sign -");
  q->g[1] = 1.75;
  expect_noted(q, "share_below_alignment", VERDICT_HOLDS, "");
  q->g[0] = 1.75; /* 1/4 - 49/32, and nothing but the last dominant direction would say + */
  q->g[1] = 1;
  expect_noted(q, "share_below_alignment", VERDICT_FAILS, "alpha - L_D/L has sign -");
  quadratic_free(q);
}
END_TEST

/* Whether the bound of (b) is checked: lambda = (2, 4 | 2)/4, a dominant set that is no top; and
 * in units in which losses are small, and large. */
START_TEST(test_gap_bound_is_checked) {
  for (int unit = -30; unit <= 30; unit += 15) {
    const double lambda[] = {ldexp(2, unit), ldexp(4, unit), ldexp(2, unit)};
    quadratic *q = quadratic_literal(3, 2, lambda, (const double[]){1, 3, 1},
                                     (const double[]){9, 9, 0}, ldexp(0.25, -unit));
    /* L_D/L = 2.75/3.25 = 0.846, the bound 10/12 */
    expect_noted(q, "gap_and_distance", VERDICT_FAILS, "share");
    q->lambda[0] = ldexp(4, unit); /* 2.5/3 = 10/12: equality */
    expect_noted(q, "gap_and_distance", VERDICT_HOLDS, "");
    quadratic_free(q);
  }
}
END_TEST

/* The bound of (c) is left at once from g = (2, 20); it is nearly reached after one step of eta
 * lambda_1 = 1.9 from the level 19 v_1; distances that are no numbers do not add up. */
START_TEST(test_distance_bound_is_checked) {
  quadratic *q = pair_at(2, 20, 0.125);
  expect_noted(q, "gap_and_distance", VERDICT_FAILS, "t = 1");
  quadratic_free(q);
  q = pair_at(1, 20, 0.125);
  expect_noted(q, "gap_and_distance", VERDICT_HOLDS, "");
  q->v[1] = INFINITY;
  expect_noted(q, "gap_and_distance", VERDICT_FAILS, "t = 1");
  quadratic_free(q);
  q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){4.358, 20},
                        (const double[]){1, 1}, 0.95);
  expect_noted(q, "gap_and_distance", VERDICT_HOLDS, "");
  quadratic_free(q);
}
END_TEST

/* eta = 1/8, lambda = (8 | 8, 4): a bulk direction at rest after one step, rho = 0, and a slower
 * one, rho = 1/4.  Levels v and v/3; the changes of 2L are (1 - rho^t)(s - g^2)/lambda. */
START_TEST(test_bulk_works_at_each_step) {
  quadratic *q = quadratic_literal(3, 1, (const double[]){8, 8, 4}, (const double[]){0.5, 0, 3},
                                   (const double[]){1, 64, 3}, 0.125);
  /* +8 from the first, -(1 - 4^-t) 2 from the second */
  expect_noted(q, "bulk_works", VERDICT_FAILS, "Bulk-SGD less L_0");
  q->v[1] = 12.8; /* +1.6, -1.5, then -1.875: it rises in the first step alone */
  expect_noted(q, "bulk_works", VERDICT_FAILS, "Bulk-SGD less L_0");
  q->v[1] = 8; /* +1: it falls at once, but for one direction */
  expect_noted(q, "bulk_works", VERDICT_FAILS, "q_j(t+1) - q_j(t)");
  q->v[1] = 0;
  expect_noted(q, "bulk_works", VERDICT_HOLDS, "");
  q->g[2] = 1; /* at rest */
  expect_noted(q, "bulk_works", VERDICT_FAILS, "Bulk-SGD less L_0");
  quadratic_free(q);
}
END_TEST

/* eta lambda_1 = 1: g_1^2 > s_1 falls to its level in the first step, and stays. */
START_TEST(test_first_step_is_checked) {
  quadratic *q = pair_at(2, 2, 0.125);
  expect_noted(q, "dominant_stalls", VERDICT_FAILS, "q_i(t+1) - q_i(t)");
  expect_noted(q, "rises_die_out", VERDICT_FAILS, "second difference");
  quadratic_free(q);
}
END_TEST

/* How many bits it took says how late, and how far out, it was looked: 1 - eta lambda = 2^-5 in
 * both directions, so that after 20 steps what is left of the start is 2^-200 of it; and, with
 * numbers of all their digits, nothing is asked of two equal numbers, which takes thousands. */
START_TEST(test_bits_tell_the_times) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){0x1.0001p0, 1}, (const double[]){0.7, 7},
                                   (const double[]){1, 1}, 0.96875);
  ck_assert_int_gt(bits_of(q, "dominant_stalls"), CERTIFIED_PRECISION_LEAST);
  ck_assert_int_gt(bits_of(q, "rises_die_out"), CERTIFIED_PRECISION_LEAST);
  ck_assert_int_gt(bits_of(q, "bulk_works"), CERTIFIED_PRECISION_LEAST);
  q->eta = 0.3;
  q->g[0] = 0.2;
  q->lambda[1] = 0.7;
  ck_assert_int_eq(bits_of(q, "dominant_stalls"), CERTIFIED_PRECISION_LEAST);
  ck_assert_int_eq(bits_of(q, "rises_die_out"), CERTIFIED_PRECISION_LEAST);
  ck_assert_int_eq(bits_of(q, "bulk_works"), CERTIFIED_PRECISION_LEAST);
  quadratic_free(q);
}
END_TEST

/* Without noise the gain lacks rho^n of its bound after n steps: 2^-136 where rho = 2^-17 and n =
 * 8, too little for 128 bits, which tell 2^-119.  With eta lambda = 1 it lacks the noise v, against
 * (2^10 g)^2: three quarters of the last of 128 bits.  A start at rest rises, and gains nothing. */
START_TEST(test_late_switch_looks_far) {
  const double r = sqrt(0x1p-17);
  quadratic *q = quadratic_literal(3, 2, (const double[]){1, 1, 0.5}, (const double[]){0.7, 0.7, 2},
                                   (const double[]){0, 0, 0}, 1 - r);
  ck_assert_int_gt(bits_of(q, "late_switch_gains_little"), CERTIFIED_PRECISION_LEAST);
  q->eta = 1;
  for (size_t i = 0; i < 2; i++) {
    q->g[i] = 1 + 0x1p-52;
    q->g[1 - i] = 0;
    q->v[i] = 0x1.8p-108;
    q->v[1 - i] = 1;
    ck_assert_int_gt(bits_of(q, "late_switch_gains_little"), CERTIFIED_PRECISION_LEAST);
    q->v[i] = 0x1.8p-106;
    ck_assert_int_eq(bits_of(q, "late_switch_gains_little"), CERTIFIED_PRECISION_LEAST);
  }
  q->g[0] = q->g[1] = 0x1p-40;
  q->v[0] = q->v[1] = 1;
  q->eta = 0.3;
  ck_assert_int_eq(bits_of(q, "late_switch_gains_little"), CERTIFIED_PRECISION_LEAST);
  quadratic_free(q);
}
END_TEST

/* Squares below the least double: the closed form is wrong outside its domain, and it is said, at
 * the one time, and for the one update, for which nothing else is larger. */
START_TEST(test_wrong_losses_are_seen) {
  quadratic *q =
      quadratic_literal(2, 1, (const double[]){0x1p-80, 0x1p-80}, (const double[]){1e-170, 1e-170},
                        (const double[]){0, 0}, 0x1p80);
  expect_noted(q, "closed_forms", VERDICT_FAILS, "loss at t = 0");
  q->g[1] = 1; /* Bulk-SGD alone leaves nothing but the dominant loss, at once */
  expect_noted(q, "closed_forms", VERDICT_FAILS, "loss at t = 1");
  q->g[0] = 1;
  expect_noted(q, "closed_forms", VERDICT_HOLDS, "");
  q->v[0] = NAN;
  expect_noted(q, "closed_forms", VERDICT_FAILS, "loss at t = 0");
  expect_noted(q, "dense_runs", VERDICT_FAILS, "loss at t = 1");
  quadratic_free(q);
}
END_TEST

/* Dense matrices up to their dimension, and to the condition number 10^4; where there is nothing to
 * gain, no share is compared. */
START_TEST(test_dense_edges) {
  for (size_t d = DENSE_STEP_DIMENSION_MOST; d <= DENSE_STEP_DIMENSION_MOST + 1; d++) {
    quadratic *q = quadratic_alloc(d, 1);
    for (size_t i = 0; i < d; i++) {
      q->lambda[i] = i == 0 ? 2 : 1;
      q->g[i] = q->v[i] = 1;
    }
    q->eta = 0.5;
    expect_noted(q, "dense_runs", d > DENSE_STEP_DIMENSION_MOST ? VERDICT_VACUOUS : VERDICT_HOLDS,
                 "");
    quadratic_free(q);
  }
  quadratic *q = quadratic_literal(2, 1, (const double[]){1e4, 1}, (const double[]){1, 1},
                                   (const double[]){1, 1}, 1e-4);
  expect_noted(q, "dense_runs", VERDICT_HOLDS, "");
  q->lambda[0] = nextafter(1e4, 1e5);
  expect_noted(q, "dense_runs", VERDICT_VACUOUS, "");
  quadratic_free(q);
  q = pair_at(0.5, 0.125, 0.125);
  expect_noted(q, "dense_runs", VERDICT_HOLDS, "");
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P4 dominant_stalls");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_losses_by_hand);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  tcase_add_test(core, test_bounds_that_are_large);
  tcase_add_test(core, test_shares_by_hand);
  tcase_add_test(core, test_shares_step_by_step);
  tcase_add_test(core, test_no_shares);
  tcase_add_test(core, test_beyond_stability);
  tcase_add_test(core, test_level_is_sharp);
  tcase_add_test(core, test_edges_of_the_hypotheses);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_share_is_of_the_loss);
  tcase_add_test(core, test_gap_bound_is_checked);
  tcase_add_test(core, test_distance_bound_is_checked);
  tcase_add_test(core, test_bulk_works_at_each_step);
  tcase_add_test(core, test_first_step_is_checked);
  tcase_add_test(core, test_bits_tell_the_times);
  tcase_add_test(core, test_late_switch_looks_far);
  tcase_add_test(core, test_wrong_losses_are_seen);
  tcase_add_test(core, test_dense_edges);
  tcase_add_test(core, test_enumeration);
  tcase_add_test(core, test_draws);
  tcase_add_test(core, test_violations);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
