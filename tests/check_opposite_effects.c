/* T3: theory/opposite_effects, src/claims/opposite_effects. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/opposite_effects.h"
#include "exact/exact_rational.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "model/random.h"
#include "model/rounding.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&opposite_effects_claim);
}
END_TEST

static opposite_effects evaluate(const quadratic *q, one_step_moments *m) {
  opposite_effects found;
  one_step_moments_of(q, m);
  ck_assert_int_eq(opposite_effects_of(m, &found), GSL_SUCCESS);
  return found;
}

/* By hand: I = (1/10, 1), margin 10 + 10 - 1 - 1; and at eta = 1/2 the expected changes are 2 and
 * -1/4. */
START_TEST(test_hand_interval) {
  quadratic *q = support_hand_instance();
  one_step_moments m;
  const opposite_effects found = evaluate(q, &m);
  ck_assert(fabs(found.eta_dominant * 10 - 1) <= found.error && found.error < 1e-14);
  ck_assert(fabs(found.eta_bulk - 1) <= found.error);
  ck_assert(fabs(found.margin - 18) <= found.margin_error);
  ck_assert(opposite_effects_sufficient_gap(&m, 1) == 2);
  const exact_step step = {q, 0.5};
  ck_assert(certified_value_of(exact_step_dominant_loss_change, &step) == 2);
  ck_assert(certified_value_of(exact_step_bulk_loss_change, &step) == -0.25);
  quadratic_free(q);
}
END_TEST

/* lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | 13): eta_D = 10/(17+68), eta_B = 18/(18+26). */
START_TEST(test_hand_sums) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  one_step_moments m;
  const opposite_effects found = evaluate(q, &m);
  ck_assert_double_eq_tol(found.eta_dominant, 10.0 / 85, 1e-15);
  ck_assert_double_eq_tol(found.eta_bulk, 18.0 / 44, 1e-15);
  ck_assert_double_eq_tol(found.margin, 17.0 / 5 + 68.0 / 5 - 2 - 26.0 / 9, 1e-13);
  ck_assert_double_eq_tol(opposite_effects_sufficient_gap(&m, 2), 1 + 26.0 / 18, 1e-14);
  quadratic_free(q);
}
END_TEST

/* The hypotheses of the sufficient condition, dropped: too little ill-conditioning for the bulk's
 * noise (lambda = (10, 1), v = (1, 1000)), and a bulk gradient below its stationary level. */
START_TEST(test_empty_intervals) {
  quadratic *q = support_hand_instance();
  one_step_moments m;
  q->v[1] = 1000;
  opposite_effects found = evaluate(q, &m);
  ck_assert(found.margin < 0 && found.eta_dominant > found.eta_bulk);
  ck_assert(quadratic_gap_ratio(q) < opposite_effects_sufficient_gap(&m, 1));
  q->v[1] = 1;
  q->g[1] = 1.0 / 64;
  found = evaluate(q, &m);
  ck_assert(found.margin < 0 && found.eta_dominant > found.eta_bulk);
  quadratic_free(q);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = support_hand_instance();
  q->g[1] = 0;
  one_step_moments m;
  one_step_moments_of(q, &m);
  opposite_effects found = {7, 7, 7, 7, 7};
  ck_assert_int_eq(opposite_effects_of(&m, &found), GSL_EDOM);
  ck_assert(found.eta_bulk == 7);
  quadratic_free(q);
}
END_TEST

/* The bounds 2e + gamma_4 and (2e + gamma_4) (|mean gap| + tau_D/D_0 + tau_B/B_0), on sums that are
 * given. */
START_TEST(test_bounds_are_those_of_the_chapter) {
  static const double given[] = {0.0, 0x1p-7};
  for (int i = 0; i < 2; i++) {
    const one_step_moments m = {.d0 = 3,
                                .d1 = 2,
                                .b0 = 7,
                                .b1 = 1,
                                .taud = 10,
                                .taub = 4,
                                .mean_gap = -1.25,
                                .error = given[i]};
    opposite_effects found;
    ck_assert_int_eq(opposite_effects_of(&m, &found), GSL_SUCCESS);
    const double relative = 2 * given[i] + 4 * 0x1p-53;
    ck_assert_double_eq_tol(found.error / relative, 1, 1e-12);
    ck_assert_double_eq_tol(found.margin, 127.0 / 84, 1e-15);
    ck_assert_double_eq_tol(found.margin_error / (relative * 433 / 84), 1, 1e-12);
  }
}
END_TEST

/* v = (1, 19): 9 + 10 - 19 = 0, the interval is empty, and open with less. */
START_TEST(test_interval_of_no_length_is_not_open) {
  quadratic *q = support_hand_instance();
  const coverage *open = support_coverage(&opposite_effects_claim, "interval open");
  q->v[1] = 19;
  ck_assert(!open->holds(q));
  q->v[1] = nextafter(19, 0);
  ck_assert(open->holds(q));
  quadratic_free(q);
}
END_TEST

/* "The mean update climbs the bulk direction": at arbitrarily small steps. */
START_TEST(test_biased_counterexample_climbs) {
  quadratic *q = support_hypothesis(&opposite_effects_claim, "unbiased")->dropped.instance();
  const exact_step step = {q, 0x1p-30};
  ck_assert_int_eq(certified_sign_of(exact_step_bulk_loss_change, &step), SIGN_POSITIVE);
  quadratic_free(q);
}
END_TEST

/* Without noise in the dominant set nothing is stationary but 0, and eta_D = 0/0: nothing is said.
 */
START_TEST(test_stationary_step_needs_dominant_noise) {
  quadratic *q = support_hand_instance();
  ck_assert_int_eq(support_check(&opposite_effects_claim, "stationary_dominant_step", q),
                   VERDICT_HOLDS);
  q->v[0] = 0;
  ck_assert_int_eq(support_check(&opposite_effects_claim, "stationary_dominant_step", q),
                   VERDICT_VACUOUS);
  ck_assert_int_eq(support_check(&opposite_effects_claim, "computed_stationary_step", q),
                   VERDICT_VACUOUS);
  quadratic_free(q);
}
END_TEST

/* --- planted errors ------------------------------------------------------------------------- */

static void expect_noted(const quadratic *q, const char *name, verdict expected, const char *what) {
  support_says(claim_find_conclusion(&opposite_effects_claim, name), q, expected, what);
}

/* A noise mean b moves 2 Delta L to sum -2 eta g (g + b) + eta^2 lambda ((g + b)^2 + v): one in a
 * set is seen in that set, and in no other. */
START_TEST(test_bias_is_seen_where_it_is) {
  static const char *const turns[] = {"dominant_loss_turns_at_eta_dominant",
                                      "bulk_loss_turns_at_eta_bulk"};
  static const char *const sets[] = {"the dominant loss", "the bulk loss"};
  for (size_t i = 0; i < 2; i++) {
    quadratic *q = quadratic_with_bias(support_hand_instance(), i, 1);
    expect_noted(q, turns[i], VERDICT_FAILS, "the root less the end");
    expect_noted(q, turns[1 - i], VERDICT_HOLDS, "");
    expect_noted(q, "interval_has_opposite_effects", VERDICT_FAILS, "the root less the end");
    expect_noted(q, "losses_stay_at_the_ends", VERDICT_FAILS, sets[i]);
    q->bias[i] = -2;
    expect_noted(q, turns[i], VERDICT_FAILS, "the coefficient of eta has");
    expect_noted(q, turns[1 - i], VERDICT_HOLDS, "");
    quadratic_free(q);
  }
  /* eta_B = 1/2, where -(g b) + ((g + b)^2 - g^2)/4 is 0 at b = 2 too */
  quadratic *q = quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 3), 1, 2);
  expect_noted(q, "losses_stay_at_the_ends", VERDICT_HOLDS, "");
  quadratic_free(q);
  q = quadratic_pair(10, 1, 0, 1, 1, 1); /* eta_D = 0, where nothing moves */
  expect_noted(q, "losses_stay_at_the_ends", VERDICT_FAILS, "the dominant loss");
  quadratic_free(q);
}
END_TEST

/* With v = 100 and b = 1 a loss turns at 4/104 in place of 2/101 of 1/lambda: too late, and by less
 * than a factor of two. */
START_TEST(test_late_turns_are_seen) {
  for (size_t i = 0; i < 2; i++) {
    quadratic *q = quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1), i, 1);
    q->v[i] = 100;
    expect_noted(q, "computed_ends", VERDICT_FAILS, "has sign -, not +");
    quadratic_free(q);
  }
}
END_TEST

/* The bulk turns at 0.4/1.04 in place of 1: before the last of the steps 10^(-3/4), 10^(-1/2) and
 * 10^(-1/4) that are tried in I = (1/10, 1).  A bulk that climbs has no suspicious state. */
START_TEST(test_signs_inside_are_seen) {
  quadratic *q = quadratic_with_bias(support_hand_instance(), 1, -0.8);
  expect_noted(q, "computed_interval", VERDICT_FAILS, "has sign +, not -");
  q->bias[1] = -2;
  expect_noted(q, "suspicious_state", VERDICT_FAILS, "has sign +, not -");
  q->bias[1] = 0;
  expect_noted(q, "suspicious_state", VERDICT_HOLDS, "");
  expect_noted(q, "computed_interval", VERDICT_HOLDS, "");
  q->v[1] = 19; /* eta_D = eta_B */
  expect_noted(q, "computed_interval", VERDICT_UNDECIDED, "");
  quadratic_free(q);
}
END_TEST

/* lambda_2 = 1, tau_B = B_0: m > 2, by more than the error gamma_12 + gamma_8 of that.  Without
 * dominant noise the ends are apart by no more than m is above 2 then. */
START_TEST(test_edge_of_ill_conditioning) {
  const further_ablation *enough = &opposite_effects_claim.further[0];
  quadratic *q = quadratic_pair(2, 1, 1, 1, 0, 1);
  for (int n = 0; n <= 11; n++) {
    q->lambda[0] = 2 + n * 0x1p-51;
    ck_assert_int_eq(enough->holds(q), n > 10);
    expect_noted(q, "suspicious_state", n > 10 ? VERDICT_UNDECIDED : VERDICT_VACUOUS,
                 n > 10 ? "no interval at alignment" : "");
  }
  quadratic_free(q);
}
END_TEST

/* Rationals up to their number of directions. */
START_TEST(test_rational_edges) {
  for (size_t d = EXACT_RATIONAL_DIMENSION_MOST; d <= EXACT_RATIONAL_DIMENSION_MOST + 1; d++) {
    quadratic *q = quadratic_alloc(d, 1);
    for (size_t i = 0; i < d; i++) {
      q->lambda[i] = i == 0 ? 2 : 1;
      q->g[i] = q->v[i] = 1;
    }
    const verdict expected = d > EXACT_RATIONAL_DIMENSION_MOST ? VERDICT_VACUOUS : VERDICT_HOLDS;
    expect_noted(q, "losses_stay_at_the_ends", expected, "");
    expect_noted(q, "stationary_dominant_step", expected, "");
    quadratic_free(q);
  }
}
END_TEST

/* Where the step is measured in 2/lambda_1, whatever the unit; the bulk is left as it is, also
 * where it has no noise; and of a dominant set out of order the shortest step is within 2/lambda_2.
 */
START_TEST(test_computed_stationary_steps) {
  for (int unit = -40; unit <= 40; unit += 20) {
    quadratic *q = quadratic_pair(ldexp(3, unit), ldexp(1, unit - 26), 1, 1, 1, 0);
    expect_noted(q, "computed_stationary_step", VERDICT_HOLDS, "");
    quadratic_free(q);
  }
  quadratic *q = quadratic_literal(3, 2, (const double[]){1, 1000, 1}, (const double[]){1, 1, 1},
                                   (const double[]){1, 1, 1}, 0);
  expect_noted(q, "computed_stationary_step", VERDICT_HOLDS, "");
  quadratic_free(q);
}
END_TEST

/* --- what opens the interval ----------------------------------------------------------------- */

/* lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | 13): the slopes (17 + 68)/5 and (18 + 26)/9. */
START_TEST(test_interval_is_open_by_hand) {
  const conclusion *open = opposite_effects_claim.further[0].without;
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  ck_assert_double_eq_tol(open->margin(q), 109.0 / 197, 1e-15);
  support_says(open, q, VERDICT_HOLDS, "");
  q->v[2] = 67.5; /* 18 + 135 = 9 * 17 */
  support_says(open, q, VERDICT_FAILS, "sign 0");
  q->v[2] = nextafter(67.5, 0);
  support_says(open, q, VERDICT_HOLDS, "");
  quadratic_free(q);
}
END_TEST

/* eta lambda_2 = x moves L_B by (2x^2 - 2x)/2 of it; without a step of the run x =
 * lambda_2/lambda_1. Relative to before and after together: (x - x^2)/(1 - x + x^2). */
START_TEST(test_bulk_lowers_by_hand) {
  const conclusion *lowers = opposite_effects_claim.further[2].without;
  quadratic *q = support_hand_instance();
  ck_assert_double_eq_tol(lowers->margin(q), 0.09 / 0.91, 1e-15);
  q->eta = 0.25;
  ck_assert_double_eq_tol(lowers->margin(q), 0.1875 / 0.8125, 1e-15);
  support_says(lowers, q, VERDICT_HOLDS, "");
  q->eta = 2;
  support_says(lowers, q, VERDICT_FAILS, "sign +, not -");
  ck_assert_double_eq_tol(lowers->margin(q), -2.0 / 3, 1e-15);
  quadratic_free(q);
}
END_TEST

/* x = 2^-20, 1/2, 0.99 of the end and as much beyond: the first is the least. */
START_TEST(test_turn_margins_by_hand) {
  quadratic *q = support_hand_instance();
  const double x = 0x1p-20, expected = (x - x * x) / (1 - x + x * x);
  static const char *const turns[] = {"dominant_loss_turns_at_eta_dominant",
                                      "bulk_loss_turns_at_eta_bulk"};
  for (int i = 0; i < 2; i++)
    ck_assert_double_eq_tol(
        claim_find_conclusion(&opposite_effects_claim, turns[i])->margin(q) / expected, 1, 1e-9);
  quadratic_free(q);
}
END_TEST

/* tau_D/D_0 = 8 * 2/16 = 1, tau_B/B_0 = v_2/4: below 1 by gamma_12 + gamma_8. */
START_TEST(test_edge_of_a_quiet_bulk) {
  const further_ablation *quiet = &opposite_effects_claim.further[1];
  quadratic *q = quadratic_pair(8, 1, 4, 2, 2, 4);
  for (int n = 0; n < 25; n++) {
    q->v[1] = 4 * (1 - n * ROUNDING_UNIT);
    ck_assert_int_eq(quiet->holds(q), n >= 20);
  }
  q->v[1] = 8;
  ck_assert(!quiet->holds(q));
  quadratic_free(q);
}
END_TEST

/* eta lambda_2 = 1: s_2 = v_2 = 1, above it by gamma_8; at 1/2 a third of v_2. */
START_TEST(test_edge_of_a_bulk_above_rest) {
  const further_ablation *above = &opposite_effects_claim.further[2];
  quadratic *q = quadratic_with_step(quadratic_pair(8, 4, 1, 1, 1, 1), 0.25);
  for (int n = 0; n < 5; n++) {
    q->g[1] = 1 + n * 0x1p-52; /* its square, 1 + 2n 2^-52 */
    ck_assert_int_eq(above->holds(q), n > 2);
  }
  q->g[1] = 0.9;
  ck_assert(!above->holds(q));
  q->g[1] = 2;
  ck_assert(above->holds(q));
  q->lambda[1] = 2;
  q->g[1] = sqrt(0.4);
  ck_assert(above->holds(q));
  q->g[1] = sqrt(0.3);
  ck_assert(!above->holds(q));
  q->lambda[1] = 8;
  q->v[1] = 0;
  ck_assert(!above->holds(q));
  quadratic_free(q);
}
END_TEST

/* --- what is drawn -------------------------------------------------------------------------- */

enum { DRAWS = 200 };

static quadratic *drawn(const char *what, size_t n, gsl_rng **rng) {
  diagnostic diag;
  *rng = random_alloc(random_trial_seed(1, what, n));
  quadratic *q = opposite_effects_claim.generate(*rng, &diag);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* Two in five of any regime, three in ten of either. */
START_TEST(test_draws) {
  int low = 0;
  for (size_t n = 0; n < 2 * DRAWS; n++) {
    gsl_rng *rng;
    quadratic *q = drawn("draws of T3", n, &rng);
    low += critical_step_is_low(q);
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_int_gt(low, 2 * DRAWS * 2 / 5);
  ck_assert_int_lt(low, 2 * DRAWS * 3 / 4);
}
END_TEST

/* The dominant curvatures in one ratio down to 1 + 10^-3 to 11 times the bulk's; the bulk as it
 * was.
 */
START_TEST(test_hardly_conditioned_draws) {
  double least = INFINITY, most = 0;
  for (size_t n = 0; n < DRAWS; n++) {
    gsl_rng *rng;
    quadratic *q = drawn("hardly conditioned", n, &rng), *other = quadratic_clone(q);
    ck_assert(opposite_effects_claim.further[0].dropped.violate(other, rng));
    if (quadratic_gap_ratio(q) > 11) {
      const double excess = quadratic_gap_ratio(other) - 1;
      least = fmin(least, excess);
      most = fmax(most, excess);
    }
    const double factor = other->lambda[0] / q->lambda[0];
    ck_assert_double_le(factor, 1);
    for (size_t i = 0; i < q->d; i++)
      ck_assert_double_eq_tol(other->lambda[i] / q->lambda[i], i < q->k ? factor : 1, 1e-14);
    quadratic_free(other);
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_double_ge(least, 0.999e-3);
  ck_assert_double_le(least, 0.01);
  ck_assert_double_le(most, 10.001);
  ck_assert_double_ge(most, 5);
}
END_TEST

/* tau_B/B_0 between a tenth and a thousand of the dominant slope (D_1 + tau_D)/D_0. */
START_TEST(test_noisy_bulk_draws) {
  double least = INFINITY, most = 0;
  for (size_t n = 0; n < DRAWS; n++) {
    gsl_rng *rng;
    quadratic *q = drawn("noisy bulk", n, &rng);
    double square[2] = {0, 0}, slope = 0, noise = 0;
    const bool done = opposite_effects_claim.further[1].dropped.violate(q, rng);
    for (size_t i = 0; i < q->d; i++) {
      square[i < q->k] += q->g[i] * q->g[i];
      slope += i < q->k ? q->lambda[i] * (q->g[i] * q->g[i] + q->v[i]) : 0;
      noise += i < q->k ? 0 : q->lambda[i] * q->v[i];
    }
    ck_assert_int_eq(done, noise > 0);
    if (done && square[0] > 0 && square[1] > 0) {
      const double ratio = noise / square[0] / (slope / square[1]);
      least = fmin(least, ratio);
      most = fmax(most, ratio);
    }
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_double_ge(least, 0.0999);
  ck_assert_double_le(least, 1);
  ck_assert_double_le(most, 1000.1);
  ck_assert_double_ge(most, 100);
}
END_TEST

/* eta lambda_1 from 0.1 to 1.9, bulk squares from a hundredth of their level to half above it, in
 * the noise there is. */
START_TEST(test_bulk_at_rest_draws) {
  double step_least = INFINITY, step_most = 0, least = INFINITY, most = 0;
  for (size_t n = 0; n < DRAWS; n++) {
    gsl_rng *rng;
    quadratic *q = drawn("bulk at rest", n, &rng), *other = quadratic_clone(q);
    ck_assert(opposite_effects_claim.further[2].dropped.violate(other, rng));
    step_least = fmin(step_least, other->eta * q->lambda[0]);
    step_most = fmax(step_most, other->eta * q->lambda[0]);
    for (size_t i = 0; i < q->d; i++) {
      ck_assert(other->v[i] == q->v[i] || (i >= q->k && q->v[i] == 0 && other->v[i] == 1));
      if (i < q->k)
        continue;
      const double share = other->g[i] * other->g[i] / quadratic_stationary(other, i);
      least = fmin(least, share);
      most = fmax(most, share);
    }
    quadratic_free(other);
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_double_ge(step_least, 0.0999);
  ck_assert_double_le(step_least, 0.5);
  ck_assert_double_le(step_most, 1.9001);
  ck_assert_double_ge(step_most, 1.5);
  ck_assert_double_ge(least, 0.00999);
  ck_assert_double_le(least, 0.1);
  ck_assert_double_le(most, 1.5001);
  ck_assert_double_ge(most, 1.4);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T3 opposite_effects");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_hand_interval);
  tcase_add_test(core, test_hand_sums);
  tcase_add_test(core, test_empty_intervals);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  tcase_add_test(core, test_interval_of_no_length_is_not_open);
  tcase_add_test(core, test_biased_counterexample_climbs);
  tcase_add_test(core, test_stationary_step_needs_dominant_noise);
  tcase_add_test(core, test_bias_is_seen_where_it_is);
  tcase_add_test(core, test_late_turns_are_seen);
  tcase_add_test(core, test_signs_inside_are_seen);
  tcase_add_test(core, test_edge_of_ill_conditioning);
  tcase_add_test(core, test_rational_edges);
  tcase_add_test(core, test_computed_stationary_steps);
  tcase_add_test(core, test_interval_is_open_by_hand);
  tcase_add_test(core, test_bulk_lowers_by_hand);
  tcase_add_test(core, test_turn_margins_by_hand);
  tcase_add_test(core, test_edge_of_a_quiet_bulk);
  tcase_add_test(core, test_edge_of_a_bulk_above_rest);
  tcase_add_test(core, test_draws);
  tcase_add_test(core, test_hardly_conditioned_draws);
  tcase_add_test(core, test_noisy_bulk_draws);
  tcase_add_test(core, test_bulk_at_rest_draws);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
