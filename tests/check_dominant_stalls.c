/* P4: theory/dominant_stalls, src/claims/dominant_stalls, src/exact/dense_run. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/dominant_stalls.h"
#include "exact/dense_run.h"
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

int main(void) {
  Suite *suite = suite_create("P4 dominant_stalls");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_losses_by_hand);
  tcase_add_test(core, test_shares_by_hand);
  tcase_add_test(core, test_no_shares);
  tcase_add_test(core, test_beyond_stability);
  tcase_add_test(core, test_level_is_sharp);
  tcase_add_test(core, test_enumeration);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
