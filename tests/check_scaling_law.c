/* S1: theory/scaling_law, src/claims/scaling_law. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/scaling_law.h"
#include "claims/two_phases.h"
#include "model/random.h"

static quadratic *without(const char *name) {
  return support_hypothesis(&scaling_law_claim, name)->dropped.instance();
}

/* The counterexamples are those that the remarks describe. */
START_TEST(test_remarks) {
  static const double steep[] = {8, 1}, flat[] = {1, 8}, g[] = {20, 20}, one[] = {1, 1};
  support_is_pair(without("gap"), flat, g, one, 1.0 / 16);
  support_is_pair(without("two_phases"), steep, g, (const double[]){0, 1}, 1.0 / 16);
  support_is_pair(without("slow_dominant"), steep, g, one, 1.0 / 8);
}
END_TEST

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

static void expect_ratio(double value, long double stated) {
  ck_assert_double_eq_tol((double)(value / stated), 1.0, 1e-9);
}

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
  scaling_law_bounds b;
  scaling_law_bounds_of(q, (double)log_r, &b);
  ck_assert_double_eq_tol(b.log_lower, (double)logl(deep), b.log_slack);
  ck_assert_double_eq_tol(b.log_upper, (double)logl(shallow), b.log_slack);
  expect_ratio(b.log_slack, slack);
  double lower, upper;
  scaling_law_depth_bounds(q, (double)log_r, &lower, &upper);
  ck_assert(lower == b.log_lower - b.log_slack && upper == b.log_upper + b.log_slack);

  const long double relative = rho_error(move[plus]) / pace + 4 * UNIT;
  ck_assert_double_eq_tol(b.lower, (double)early, b.lower_slack);
  expect_ratio(b.lower_slack, (c_error + rounding) / pace + fabsl(early) * relative);
  ck_assert_double_eq_tol(b.upper, (double)late, b.upper_slack);
  expect_ratio(b.upper_slack, rounding / pace + late * relative);
  const long double condition = logl(c_slow * growth * rho_slow * powl(y2, kappa) / rest[0]);
  ck_assert_double_eq_tol(b.condition, (double)condition, b.condition_slack);
  expect_ratio(b.condition_slack, slow_error + rho_error(move[slow]) +
                                      kappa_error * (2 * log_r + fabsl(logl(y2))) + rounding);
  scaling_law_turn_bounds(q, (double)log_r, &lower, &upper);
  ck_assert(lower == (early < 0 ? 0.0 : b.lower - b.lower_slack));
  ck_assert(upper == (has_upper ? ceil(b.upper + b.upper_slack) : INFINITY));
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
  q->lambda[3] = q->lambda[4] = 0.5;
  expect_bounds(q, 0, 4, 8, true);
  q->lambda[3] = q->lambda[4] = 1;
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

/* The last bits of R decide whether the upper side is there: just where it is certain. */
START_TEST(test_upper_side_where_it_is_certain) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){8, 7, 1}, (const double[]){3, 4, 0.5},
                                   (const double[]){1, 2, 5}, 1.0 / 16);
  double least = 0, most = 40;
  scaling_law_bounds b;
  double lower, upper;
  while (most - least > 0x1p-45) {
    const double middle = 0.5 * (least + most);
    scaling_law_bounds_of(q, middle, &b);
    *(b.condition < 0 ? &least : &most) = middle;
  }
  int with = 0, without = 0, unsure = 0;
  for (int i = -400; i <= 400; i++) {
    const double log_r = most + i * 0x1p-50;
    scaling_law_bounds_of(q, log_r, &b);
    scaling_law_turn_bounds(q, log_r, &lower, &upper);
    ck_assert(isfinite(upper) == (b.condition >= b.condition_slack));
    with += isfinite(upper);
    without += b.condition < 0;
    unsure += b.condition > 0 && !isfinite(upper);
  }
  ck_assert_msg(with > 9 && without > 9 && unsure > 9, "%d %d %d", with, without, unsure);
  quadratic_free(q);
}
END_TEST

static quadratic *ordinary(void) {
  quadratic *q =
      quadratic_literal(4, 2, (const double[]){8, 5, 2, 1}, (const double[]){20, 9, 31, 7},
                        (const double[]){1, 2, 3, 4}, 1.0 / 16);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* The upper side is rounded up after it is widened: next to a whole number, to the one beyond it.
 */
START_TEST(test_upper_side_next_to_a_whole_number) {
  quadratic *q = ordinary();
  scaling_law_bounds b;
  scaling_law_bounds_of(q, 20.0, &b);
  const double whole = ceil(b.upper);
  double least = 20, most = 21, lower, upper;
  for (int n = 0; n < 60; n++) {
    const double middle = 0.5 * (least + most);
    scaling_law_bounds_of(q, middle, &b);
    *(b.upper < whole ? &least : &most) = middle;
  }
  scaling_law_bounds_of(q, least, &b);
  ck_assert(b.upper < whole && b.upper > whole - 0.5 * b.upper_slack);
  scaling_law_turn_bounds(q, least, &lower, &upper);
  ck_assert(upper == whole + 1);
  quadratic_free(q);
}
END_TEST

/* Of dominant directions so flat that 1 - eta lambda rounds to one number for two of them the
 * flatter one is the slower, whatever its gradient: kappa = 1/2, not 1/3. */
START_TEST(test_slowest_direction_of_tiny_curvatures) {
  quadratic *q =
      quadratic_literal(4, 3, (const double[]){1, 0x3p-70, 0x2p-70, 0x1p-70},
                        (const double[]){2, 30, 3, 5}, (const double[]){1, 1, 1, 1}, 0.5);
  scaling_law law;
  ck_assert_int_eq(scaling_law_of(q, &law), GSL_SUCCESS);
  ck_assert_double_eq_tol(law.kappa, 0.5, 1e-15);
  ck_assert_double_eq_tol(law.turn_slope, 0x1p70, 0x1p22);
  quadratic_free(q);
}
END_TEST

/* --- the conclusions, on instances and bounds of which some are wrong --------------------------
 */

/* The same run with all gradients or all variances multiplied. */
static quadratic *times(const quadratic *q, double gradient, double noise) {
  quadratic *other = quadratic_clone(q);
  for (size_t i = 0; i < q->d; i++) {
    other->g[i] *= gradient;
    other->v[i] *= noise;
  }
  return other;
}

typedef verdict (*judge)(const quadratic *, const quadratic *, claim_note *);

static void expect_judged(judge of, const quadratic *q, quadratic *other, verdict v,
                          const char *text) {
  claim_note note = {"", 0};
  const verdict found = of(q, other, &note);
  ck_assert_msg(found == v, "%s: %s", verdict_name(found), note.text);
  ck_assert_msg(strstr(note.text, text) != NULL, "%s, not %s", note.text, text);
  quadratic_free(other);
}

START_TEST(test_wrong_bounds) {
  quadratic *q = ordinary();
  expect_judged(scaling_law_judge_depth, q, quadratic_clone(q), VERDICT_HOLDS, "");
  expect_judged(scaling_law_judge_turn, q, quadratic_clone(q), VERDICT_HOLDS, "");
  expect_judged(scaling_law_judge_slopes, q, quadratic_clone(q), VERDICT_HOLDS, "");
  /* A start 2^40 times as far turns later and is deeper; so is one with more in the bulk. */
  expect_judged(scaling_law_judge_turn, q, times(q, 0x1p40, 1), VERDICT_FAILS, "R = 2^0: t_1 =");
  quadratic *bulky = quadratic_clone(q);
  bulky->g[2] *= 0x1p20;
  bulky->g[3] *= 0x1p20;
  expect_judged(scaling_law_judge_depth, q, bulky, VERDICT_FAILS, "R = 2^0: ln min D/B");
  quadratic *far = times(q, 0x1p40, 1);
  expect_judged(scaling_law_judge_depth, far, quadratic_clone(q), VERDICT_FAILS, "R = 2^0: ");
  expect_judged(scaling_law_judge_turn, far, quadratic_clone(q), VERDICT_FAILS, "R = 2^0: ");
  quadratic_free(far);
  /* Another step, another slope; rho_+ alone moves the turn. */
  quadratic *other = quadratic_clone(q);
  other->eta = 1.0 / 32;
  expect_judged(scaling_law_judge_slopes, q, other, VERDICT_FAILS, "slope says");
  other = quadratic_clone(q);
  other->lambda[2] = other->lambda[3] = 0.1;
  expect_judged(scaling_law_judge_slopes, q, other, VERDICT_FAILS, "depth changes by");
  other = quadratic_clone(q); /* kappa is kept, both logarithms are doubled */
  for (size_t i = 0; i < 4; i++)
    other->lambda[i] = 16 - 16 * (1 - q->lambda[i] / 16) * (1 - q->lambda[i] / 16);
  expect_judged(scaling_law_judge_slopes, q, other, VERDICT_FAILS, "the turn moves by");
  quadratic_free(q);
}
END_TEST

static void expect_verdicts(const char *what, quadratic *q, const char *verdicts) {
  support_verdicts(&scaling_law_claim, what, q, verdicts);
}

START_TEST(test_verdicts) {
  expect_verdicts("ordinary", ordinary(), "HHH");
  /* No noise in the dominant set: no turn at all. */
  expect_verdicts("two_phases", without("two_phases"), "FFF");
  /* rho_+ = 0: the bounds of the depth are no numbers, those of the turn 0 and infinity. */
  expect_verdicts("slow_dominant", without("slow_dominant"), "FHF");
  /* A turn beyond 2^52 is not found. */
  expect_verdicts("beyond",
                  quadratic_literal(2, 1, (const double[]){1 + 0x1p-50, 1},
                                    (const double[]){0x1p40, 0x1p40}, (const double[]){1, 1},
                                    0x1p-60),
                  "UUU");
  /* A tie: the turn is inside its rounding. */
  expect_verdicts("tie",
                  quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){1, 1},
                                    (const double[]){0.625, 2.625}, 0.125),
                  "UUH");
  /* kappa = 0.99: from 2^60 to 2^120 the depth changes less than the bands are wide. */
  expect_verdicts("near a gap of 1",
                  quadratic_literal(2, 1, (const double[]){1, 0.99}, (const double[]){20, 20},
                                    (const double[]){1, 1}, 0x1p-7),
                  "HHV");
}
END_TEST

START_TEST(test_cases) {
  const coverage *two = support_coverage(&scaling_law_claim, "two levels");
  static const double rows[][4] = {{3, 3, 1, 1}, {4, 3, 1, 1}, {3, 3, 2, 1}, {4, 3, 2, 1}};
  for (int n = 0; n < 4; n++) {
    quadratic *q = quadratic_literal(4, 2, rows[n], rows[n], rows[n], 0.1);
    ck_assert(two->holds(q) == (n == 0));
    quadratic_free(q);
  }
}
END_TEST

START_TEST(test_draws) {
  support_draws_cover(&scaling_law_claim, 400);
}
END_TEST

/* Each way of missing T4's hypotheses occurs. */
START_TEST(test_violations) {
  const hypothesis *h = support_hypothesis(&scaling_law_claim, "two_phases");
  int unstable = 0, small = 0, quiet = 0, switched = 0;
  for (size_t n = 0; n < 60; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "violations", n));
    quadratic *q = scaling_law_claim.generate(rng, NULL);
    if (h->dropped.violate(q, rng)) {
      two_phases_hypotheses met;
      two_phases_check(q, &met);
      ck_assert(!h->holds(q));
      unstable += !met.stable;
      small += met.stable && !met.large_start;
      quiet += !met.positive_noise;
      switched += q->switch_step > 0;
    }
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert(unstable > 3 && small > 3 && quiet > 3 && switched > 3);
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
  tcase_add_test(core, test_remarks);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_hand_law);
  tcase_add_test(core, test_two_levels_show_the_slope);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  tcase_add_test(core, test_turn_is_not_before_the_start);
  tcase_add_test(core, test_upper_side_where_it_is_certain);
  tcase_add_test(core, test_upper_side_next_to_a_whole_number);
  tcase_add_test(core, test_slowest_direction_of_tiny_curvatures);
  tcase_add_test(core, test_wrong_bounds);
  tcase_add_test(core, test_verdicts);
  tcase_add_test(core, test_cases);
  tcase_add_test(core, test_violations);
  tcase_add_test(core, test_draws);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
