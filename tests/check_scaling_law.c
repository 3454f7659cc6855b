/* S1: theory/scaling_law, src/claims/scaling_law. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/scaling_law.h"
#include "claims/two_phases.h"

START_TEST(test_counterexamples) {
  support_counterexamples_fail(&scaling_law_claim);
}
END_TEST

/* lambda = (8, 1), eta = 1/16: rho = (1/4, 225/256), kappa = ln(15/16)/ln(1/2). */
START_TEST(test_hand_law) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 1.0 / 16);
  scaling_law law;
  ck_assert_int_eq(scaling_law_of(q, &law), GSL_SUCCESS);
  const double kappa = log(16.0 / 15) / log(2);
  ck_assert_double_eq_tol(law.rho_dominant, 0.25, 1e-15);
  ck_assert_double_eq_tol(law.rho_bulk, 225.0 / 256, 1e-15);
  ck_assert_double_eq_tol(law.kappa, kappa, 1e-15);
  ck_assert_double_eq_tol(law.depth_slope, -2 * (1 - kappa), 1e-14);
  ck_assert_double_eq_tol(law.turn_slope, 1 / log(2), 1e-14);
  quadratic_free(q);
}
END_TEST

/* Two levels show both slopes: from R = 2^40 to 2^400 a minimum read off the closed form falls as
 * it should to a hundredth, one step of t_1 being worth at most ln 4 of 2 ln R. */
START_TEST(test_two_levels_show_the_slope) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 1.0 / 16);
  scaling_law law;
  ck_assert_int_eq(scaling_law_of(q, &law), GSL_SUCCESS);
  double depth[2], turn[2];
  for (int n = 0; n < 2; n++) {
    quadratic *far = quadratic_clone(q);
    for (size_t i = 0; i < 2; i++)
      far->g[i] = ldexp(far->g[i], n == 0 ? 40 : 400);
    turn[n] = two_phases_turn(far);
    depth[n] = log(two_phases_alignment(far, turn[n]));
    quadratic_free(far);
  }
  const double distance = 360 * M_LN2;
  ck_assert(fabs((depth[1] - depth[0]) / distance - law.depth_slope) < 0.01);
  ck_assert(fabs((turn[1] - turn[0]) / distance - law.turn_slope) < 0.01);
  quadratic_free(q);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 1.0 / 8);
  scaling_law law = {7, 7, 7, 7, 7};
  ck_assert_int_eq(scaling_law_of(q, &law), GSL_EDOM); /* rho_+ = 0 */
  q->eta = 0.23;
  ck_assert_int_eq(scaling_law_of(q, &law), GSL_EDOM); /* beyond 2/9 */
  ck_assert(law.kappa == 7);
  quadratic_free(q);
}
END_TEST

/* --- the bounds of the chapter, as powers and not as logarithms ------------------------------ */

#define UNIT 0x1p-53L

/* The error of ln rho at the move eta lambda, and of ln C (theory: "Error bound"). */
static long double rho_error(long double move) {
  return UNIT * (4 * fabsl(2 * logl(fabsl(1 - move))) + 4 * move / fabsl(1 - move));
}

static long double excess_error(long double square, long double rest, long double move,
                                long double log_r) {
  const long double excess = square - rest;
  return UNIT * (4 * square + (8 + 2 * log_r + 4 / (2 - move)) * rest) / excess +
         2 * UNIT * (1 + fabsl(logl(excess)));
}

/* `plus` is the slowest dominant direction, `slow` the slowest one of the bulk, found by hand. */
static void expect_bounds(const quadratic *q, size_t plus, size_t slow, int scale, bool has_upper) {
  long double move[8], start[2] = {0, 0}, rest[2] = {0, 0};
  const long double r = ldexpl(1, scale), log_r = logl(r);
  for (size_t i = 0; i < q->d; i++) {
    move[i] = (long double)q->eta * q->lambda[i];
    start[i < q->k] += (long double)q->g[i] * q->g[i];
    rest[i < q->k] += move[i] * q->v[i] / (2 - move[i]);
  }
  const long double rho = (1 - move[plus]) * (1 - move[plus]);
  const long double rho_slow = (1 - move[slow]) * (1 - move[slow]);
  const long double rho_top = (1 - move[q->k]) * (1 - move[q->k]);
  const long double kappa = logl(rho_slow) / logl(rho), pace = -logl(rho);
  const long double square = (long double)q->g[plus] * q->g[plus];
  const long double rest_plus = move[plus] * q->v[plus] / (2 - move[plus]) / (r * r);
  const long double square_slow = (long double)q->g[slow] * q->g[slow];
  const long double rest_slow = move[slow] * q->v[slow] / (2 - move[slow]) / (r * r);
  const long double c = square - rest_plus, c_slow = square_slow - rest_slow;
  const long double growth = powl(r, 2 * (1 - kappa));

  const long double deep =
      1 / (rest[0] / rest[1] + start[0] * growth / (powl(rest[1], 1 - kappa) * powl(c, kappa)));
  const long double shallow = (rest[1] + start[1]) / (c_slow * rho_slow * growth);
  const long double y1 = rest[1] * (1 - rho_top) / (c * (rho_top - rho));
  const long double y2 = rest[1] * (1 - rho_slow) / (2 * start[1]);
  const long double early = (2 * log_r - logl(y1)) / pace, late = (2 * log_r - logl(y2)) / pace;
  ck_assert(has_upper == (c_slow * growth * rho_slow * powl(y2, kappa) > rest[0]));

  const long double c_error = excess_error(square, rest_plus, move[plus], log_r);
  const long double slow_error = excess_error(square_slow, rest_slow, move[slow], log_r);
  const long double kappa_error =
      kappa * (rho_error(move[plus]) / pace + rho_error(move[slow]) / -logl(rho_slow) + 2 * UNIT);
  const long double steps = 2.0L * q->d + 64;
  const long double rounding =
      steps * UNIT / (1 - steps * UNIT) *
      (1 + 4 / (2 - move[plus] - move[q->k]) + 4 / (2 - move[0]) + fabsl(logl(start[0])) +
       fabsl(logl(start[1])) + fabsl(logl(rest[0])) + fabsl(logl(rest[1])));
  const long double slack = kappa_error * (2 * log_r + fabsl(logl(rest[1])) + fabsl(logl(c))) +
                            c_error + slow_error + rho_error(move[slow]) + rounding +
                            8 * UNIT * fabsl(logl(growth));
  double lower, upper;
  /* What the sums of a few logarithms lose themselves; beside it a tenth of the bound, which is
   * some ten times what rounding really does. */
  const long double noise = 8 * UNIT *
                            (1 + fabsl(logl(growth)) + fabsl(logl(deep)) + fabsl(logl(shallow)) +
                             fabsl(logl(rest[1])) + fabsl(logl(c)) + fabsl(logl(start[0])));
  scaling_law_depth_bounds(q, (double)log_r, &lower, &upper);
  ck_assert_double_eq_tol((double)((logl(deep) - lower) / slack), 1,
                          (double)(0.12L + noise / slack));
  ck_assert_double_eq_tol((double)((upper - logl(shallow)) / slack), 1,
                          (double)(0.12L + noise / slack));

  const long double relative = rho_error(move[plus]) / pace + 4 * UNIT;
  const long double early_slack = (c_error + rounding) / pace + fabsl(early) * relative;
  scaling_law_turn_bounds(q, (double)log_r, &lower, &upper);
  if (early < 0)
    ck_assert(lower == 0);
  else
    ck_assert_double_eq_tol((double)((early - lower) / early_slack), 1,
                            (double)(0.12L + noise / pace / early_slack));
  if (has_upper)
    ck_assert(upper == (double)ceill(late + rounding / pace + late * relative));
  else
    ck_assert(isinf(upper));
}

/* Five directions; where two share a base the larger gradient is meant.  Near eta lambda = 1 the
 * error of ln rho counts, near the stationary level that of ln C. */
START_TEST(test_bounds_are_those_of_the_chapter) {
  quadratic *q = quadratic_literal(5, 2, (const double[]){9, 8, 2, 1, 1},
                                   (const double[]){30, -20, 15, -10, 25},
                                   (const double[]){3, 1, 2, 0.5, 4}, 1.0 / 16);
  for (int scale = 0; scale <= 40; scale += 8)
    expect_bounds(q, 1, 4, scale, true);
  q->eta = 0.171; /* |1 - 9 eta| = 0.539 is larger than |1 - 8 eta| = 0.368 */
  for (int scale = 0; scale <= 40; scale += 8)
    expect_bounds(q, 0, 4, scale, true);
  q->g[3] = -26;
  q->lambda[0] = 8;
  q->eta = 1.01 / 8;
  expect_bounds(q, 0, 3, 4, true);
  q->g[1] = 31;
  expect_bounds(q, 1, 3, 4, true);
  q->g[1] = sqrt(1.0001 * 1.01 / 0.99 * q->v[1]);
  q->g[0] = q->g[1] * 0.999;
  q->v[0] = 0.9 * q->v[1];
  expect_bounds(q, 1, 3, 0, true);
  q->g[3] = sqrt(1.0001 * q->eta * 0.5 / (2 - q->eta));
  q->g[4] = 0.99 * q->g[3];
  q->v[4] = 0.4;
  expect_bounds(q, 1, 3, 0, false);
  quadratic_free(q);
}
END_TEST

/* From a start just above the stationary level the alignment may rise at once: not before step 0.
 */
START_TEST(test_turn_is_not_before_the_start) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){0.6, 3},
                                   (const double[]){1, 1}, 1.0 / 16);
  expect_bounds(q, 0, 1, 0, true);
  double lower, upper;
  scaling_law_turn_bounds(q, 0.0, &lower, &upper);
  ck_assert(lower == 0);
  quadratic_free(q);
}
END_TEST

START_TEST(test_claim_holds) {
  support_claim_holds(&scaling_law_claim);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("S1 scaling_law");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_hand_law);
  tcase_add_test(core, test_two_levels_show_the_slope);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  tcase_add_test(core, test_turn_is_not_before_the_start);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
