/* T6: theory/noise_makes_alignment, src/claims/noise_makes_alignment. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/noise_makes_alignment.h"
#include "claims/two_phases.h"
#include "exact/exact_run.h"
#include "laws/alignment_law.h"
#include "model/random.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&noise_makes_alignment_claim);
}
END_TEST

/* lambda = (8, 1), eta = 1/16 without noise: R_t = (1/4 / (225/256))^t = (64/225)^t from R_0 = 1.
 */
START_TEST(test_hand_descent) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){3, 3},
                                   (const double[]){0, 0}, 1.0 / 16);
  double ratio = 1;
  for (int t = 0; t <= 10; t++) {
    const double alignment = two_phases_alignment(q, t);
    ck_assert_double_eq_tol(alignment / (1 - alignment), ratio, 1e-14);
    ratio *= 64.0 / 225;
  }
  quadratic_free(q);
}
END_TEST

/* The remark: lambda = (10, 1), v = (1, 1), eta = 1/20, Gaussian noise.  With one normal coordinate
 * on either side E alpha = a/(a + b), a and b their standard deviations: 10/11 after a step out of
 * the minimum and sqrt(13)/(sqrt(13) + 1) at rest, where the ratios of expectations are 100/101 and
 * 13/14. */
START_TEST(test_readings_part_near_the_minimum) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){0, 0},
                                   (const double[]){1, 1}, 0.05);
  ck_assert_ptr_nonnull(q);
  const double expected[] = {10.0 / 11, sqrt(13.0) / (sqrt(13.0) + 1.0)};
  for (int at_rest = 0; at_rest < 2; at_rest++) {
    alignment_law *law = NULL;
    law_value mean;
    ck_assert_int_eq(at_rest ? alignment_law_stationary(q, &law, NULL)
                             : alignment_law_after_step(q, q->eta, &law, NULL),
                     GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_mean(law, &mean), GSL_SUCCESS);
    ck_assert_double_eq_tol(mean.val, expected[at_rest], 2.0 * mean.err + 0x1p-50);
    ck_assert_double_lt(mean.err, 1e-9);
    alignment_law_free(law);
  }
  ck_assert_double_eq_tol(two_phases_limit(q), 13.0 / 14, 1e-14);
  quadratic_free(q);
}
END_TEST

/* So the switch is at once in mean field, and not in true expectation. */
START_TEST(test_switch_needs_mean_field) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){1, 1},
                                   (const double[]){1, 1}, 0.05);
  ck_assert_ptr_nonnull(q);
  const claim *c = &noise_makes_alignment_claim;
  const hypothesis *mean_field = support_hypothesis(c, "mean_field");
  ck_assert_ptr_null(claim_violated(c, q, NULL));
  ck_assert_int_eq(support_check(c, "computed_switch_to_sgd", q), VERDICT_HOLDS);
  ck_assert_int_eq(support_check(c, "rises_after_switch_to_sgd", q), VERDICT_HOLDS);
  q->reading = READING_TRUE_EXPECTATION;
  ck_assert_ptr_eq(claim_violated(c, q, NULL), mean_field);
  ck_assert_int_eq(support_check(c, "computed_switch_to_sgd", q), VERDICT_FAILS);
  ck_assert_int_eq(support_check(c, "rises_after_switch_to_sgd", q), VERDICT_VACUOUS);
  ck_assert_int_eq(support_check(c, "falls_under_gd", q), VERDICT_HOLDS);
  quadratic_free(q);
}
END_TEST

/* --- what the conclusions certify, and what they say of planted errors ------------------------ */

static quadratic *literal(size_t d, size_t k, const double *lambda, const double *g,
                          const double *v, double eta) {
  quadratic *q = quadratic_literal(d, k, lambda, g, v, eta);
  ck_assert_ptr_nonnull(q);
  return q;
}

static void expect_check(const char *name, const quadratic *q, verdict expected, const char *text) {
  claim_note note = {"", 0};
  const verdict found = claim_find_conclusion(&noise_makes_alignment_claim, name)->check(q, &note);
  ck_assert_msg(found == expected && strstr(note.text, text) != NULL, "%s is %s, not %s: %s", name,
                verdict_name(found), verdict_name(expected), note.text);
}

/* eta = 1/16, lambda = (8, 12; 4, 16, 2), g = (3, 5; 1, 2, 7): rho = (1/4, 1/16; 9/16, 0, 49/64).
 * D_0 = 34, B_0 = 54, rho_+ = 1/4.  From step to step D: 9/4 + 25/16, B: 9/16 + 49 * 49/64. */
START_TEST(test_rate_by_hand) {
  const double none[] = {0, 0, 0, 0, 0};
  quadratic *q = literal(5, 2, (const double[]){8, 12, 4, 16, 2}, (const double[]){3, 5, 1, 2, 7},
                         none, 1.0 / 16);
  for (unsigned long t = 0; t <= 3; t++) {
    const exact_run run = {q, t};
    const double n = (double)t, dominant = 9 * pow(0.25, n) + 25 * pow(0.0625, n);
    const double bulk = pow(0.5625, n) + (t == 0 ? 4 : 0) + 49 * pow(0.765625, n);
    const double excess = dominant * 54 * pow(0.5625, n) - 34 * bulk * pow(0.25, n);
    ck_assert_double_eq_tol(certified_value_of(noise_makes_alignment_rate_excess, &run), excess,
                            1e-12);
  }
  ck_assert_double_eq(certified_value_of(noise_makes_alignment_bulk_order, q), -0.5625);
  q->lambda[3] = 2; /* rho_5 the largest, rho_4 too */
  ck_assert_double_eq(certified_value_of(noise_makes_alignment_bulk_order, q), 0.0);
  q->lambda[4] = 6; /* 25/64 */
  ck_assert_double_eq(certified_value_of(noise_makes_alignment_bulk_order, q), -0.171875);
  quadratic_free(q);
}
END_TEST

/* eta = 1/16, lambda = (8, 12; 4, 16), g = (3, 5; 1, 2), v = (7, 11; 13, 1): K_D = 9/4 + 25/16,
 * K_B = 9/16, N_D = 7/4 + 99/16, N_B = 13/16 + 1; the other way round below, where K_D N < N_D K.
 */
START_TEST(test_switch_by_hand) {
  quadratic *q = literal(4, 2, (const double[]){8, 12, 4, 16}, (const double[]){3, 5, 1, 2},
                         (const double[]){7, 11, 13, 1}, 1.0 / 16);
  quadratic *quiet = literal(4, 2, q->lambda, q->g, (const double[]){0, 0, 0, 0}, 1.0 / 16);
  const noise_makes_alignment_switch at = {q, quiet};
  const double kd = 2.25 + 1.5625, nd = 1.75 + 6.1875, nb = 0.8125 + 1, n = nd + nb;
  ck_assert_double_eq(certified_value_of(noise_makes_alignment_switch_noise, &at), n);
  for (int i = 0; i < 2; i++) {
    const double kb = i == 0 ? 0.5625 : 225 * 0.5625, k = kd + kb;
    ck_assert(i == 0 ? kd * n > nd * k : kd * n < nd * k);
    ck_assert_double_eq(certified_value_of(noise_makes_alignment_switch_excess, &at),
                        k * n - fabs(kd * n - nd * k));
    q->g[2] = quiet->g[2] = 15;
  }
  quadratic_free(q);
  quadratic_free(quiet);
}
END_TEST

/* One pair: R_t is its bound, at all t, with either direction the faster.  A bulk that is out of
 * order loses more than its bound has: at all t, or, with eta lambda_4 = 1 and a slow direction
 * beside, at t = 1 alone. */
START_TEST(test_rate_is_judged) {
  const double none[] = {0, 0, 0, 0};
  quadratic *q = literal(2, 1, (const double[]){8, 1}, (const double[]){3, 1}, none, 1.0 / 16);
  expect_check("rate_under_gd", q, VERDICT_HOLDS, "");
  quadratic_free(q);
  q = literal(2, 1, (const double[]){1, 8}, (const double[]){3, 1}, none, 1.0 / 16);
  expect_check("rate_under_gd", q, VERDICT_UNDECIDED, "rho_{k+1} less rho_+");
  quadratic_free(q);
  q = literal(3, 1, (const double[]){12, 1, 4}, (const double[]){1, 1, 1}, none, 1.0 / 16);
  expect_check("rate_under_gd", q, VERDICT_FAILS, "R_t against its bound");
  expect_check("falls_under_gd", q, VERDICT_HOLDS, "");
  quadratic_free(q);
  q = literal(4, 1, (const double[]){12, 8, 1, 16}, (const double[]){1, 1, 1, 2}, none, 1.0 / 16);
  expect_check("rate_under_gd", q, VERDICT_FAILS, "R_t against its bound");
  quadratic_free(q);
}
END_TEST

/* eta lambda_3 = 1 with most of the bulk: the alignment rises at step 0, and falls ever after. */
START_TEST(test_first_step_counts) {
  const double none[] = {0, 0, 0};
  quadratic *q =
      literal(3, 1, (const double[]){8, 1, 16}, (const double[]){1, 1, 4}, none, 1.0 / 16);
  expect_check("falls_at_sampled_steps", q, VERDICT_FAILS, "step 0");
  expect_check("falls_under_gd", q, VERDICT_FAILS, "step 0");
  quadratic_free(q);
}
END_TEST

/* From the stationary state, whatever the gradient is now; not where the step is too long, and not
 * at the rate where the bulk is out of order. */
START_TEST(test_switch_off_is_judged) {
  quadratic *q =
      literal(2, 1, (const double[]){8, 1}, (const double[]){0, 0}, (const double[]){1, 1}, 0.0625);
  expect_check("falls_after_switch_to_gd", q, VERDICT_HOLDS, "");
  q->eta = 0.24;
  expect_check("falls_after_switch_to_gd", q, VERDICT_FAILS, "step 0");
  quadratic_free(q);
  q = literal(3, 1, (const double[]){8, 1, 4}, (const double[]){1, 1, 1},
              (const double[]){1, 1, 0x1p-20}, 0.0625);
  expect_check("falls_after_switch_to_gd", q, VERDICT_FAILS, "R_t against its bound");
  quadratic_free(q);
}
END_TEST

static void expect_switch(const quadratic *q, double target, double err, double allowed) {
  for (int sign = -1; sign <= 1; sign += 2) {
    ck_assert_int_eq(
        noise_makes_alignment_judge_switch(q, (law_value){target + sign * 0.99 * allowed, err}),
        VERDICT_HOLDS);
    ck_assert_int_eq(
        noise_makes_alignment_judge_switch(q, (law_value){target + sign * 1.01 * allowed, err}),
        VERDICT_FAILS);
  }
}

/* eta = 1/16, lambda = (8, 12; 4, 16), v as above: V_D/V = (127/16)/(156/16).  K = 9/4 + 25/16 +
 * 9/16.  Rounding: at eta lambda = (1, 1), nothing is kept, and 4|g|^2 lost of N = 2^-10 + 3 2^-10,
 * at g = (1, 3). */
START_TEST(test_computed_switch_is_judged) {
  quadratic *q = literal(4, 2, (const double[]){8, 12, 4, 16}, (const double[]){3, 5, 1, 2},
                         (const double[]){7, 11, 13, 1}, 1.0 / 16);
  expect_switch(q, 127.0 / 156, 0.0, 70.0 / 156);
  expect_switch(q, 127.0 / 156, 0.25, 70.0 / 156 + 0.25);
  quadratic_free(q);
  q = literal(2, 1, (const double[]){16, 16}, (const double[]){1, 3},
              (const double[]){0x1p-10, 3 * 0x1p-10}, 1.0 / 16);
  expect_switch(q, 0.25, 0.0, 40 * 0x1p-53 * (1.0 + 40.0 / 0x1p-8));
  quadratic_free(q);
}
END_TEST

/* In true expectation a step from near the minimum has 10/11 and not 100/101: seen at once where
 * |(I - eta A)g|^2/N is below the difference, and at 2^-60 alone from a gradient of 2^40. */
START_TEST(test_scales_of_the_switch) {
  quadratic *q = literal(2, 1, (const double[]){10, 1}, (const double[]){0x1p-20, 0x1p-20},
                         (const double[]){1, 1}, 0.05);
  q->reading = READING_TRUE_EXPECTATION;
  expect_check("computed_switch_to_sgd", q, VERDICT_FAILS, "2^-0:");
  claim_note note = {"", 0};
  double seen;
  claim_find_conclusion(&noise_makes_alignment_claim, "computed_switch_to_sgd")->check(q, &note);
  ck_assert_int_eq(sscanf(note.text, "g scaled by 2^-0: %la", &seen), 1);
  ck_assert_double_eq_tol(seen, 10.0 / 11, 1e-9);
  q->g[0] = q->g[1] = 0x1p40;
  expect_check("computed_switch_to_sgd", q, VERDICT_FAILS, "2^-60:");
  quadratic_free(q);
}
END_TEST

/* --- hypotheses and instances ---------------------------------------------------------------- */

/* A dominant direction with gradient and noise, and not at eta lambda = 1; or no noise at all. */
START_TEST(test_slow_dominant) {
  const hypothesis *slow = support_hypothesis(&noise_makes_alignment_claim, "slow_dominant");
  quadratic *q = literal(3, 2, (const double[]){16, 8, 1}, (const double[]){1, 1, 1},
                         (const double[]){1, 1, 1}, 1.0 / 16);
  ck_assert(slow->holds(q));
  q->v[1] = 0.0; /* what is left is wiped out */
  ck_assert(!slow->holds(q));
  q->v[1] = 1.0;
  q->g[1] = 0.0;
  ck_assert(!slow->holds(q));
  q->v[0] = q->v[1] = 0.0;
  ck_assert(slow->holds(q));
  quadratic_free(q);
}
END_TEST

/* The counterexamples are what is said of them. */
START_TEST(test_counterexamples) {
  static const struct {
    const char *name;
    double dominant, bulk, g_bulk, v_dominant, eta;
  } said[] = {{"gap", 1, 8, 1, 1, 1.0 / 16},          {"interior", 8, 1, 0, 1, 1.0 / 16},
              {"stable_step", 8, 1, 1, 1, 0.24},      {"dominant_noise", 8, 1, 1, 0, 1.0 / 16},
              {"slow_dominant", 8, 1, 1, 1, 1.0 / 8}, {"mean_field", 10, 1, 1, 1, 1.0 / 20}};
  for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
    quadratic *q =
        support_hypothesis(&noise_makes_alignment_claim, said[i].name)->dropped.instance();
    ck_assert_ptr_nonnull(q);
    ck_assert(q->d == 2 && q->k == 1 && q->eta == said[i].eta);
    ck_assert(q->lambda[0] == said[i].dominant && q->lambda[1] == said[i].bulk);
    ck_assert(q->g[0] == 1 && q->g[1] == said[i].g_bulk);
    ck_assert(q->v[0] == said[i].v_dominant && q->v[1] == 1);
    quadratic_free(q);
  }
}
END_TEST

/* Where the gap is violated the step is stable still, from 0.05 to 0.95 of 1/(the largest). */
START_TEST(test_violating_the_gap) {
  const claim *c = &noise_makes_alignment_claim;
  const hypothesis *gap = support_hypothesis(c, "gap");
  gsl_rng *rng = random_alloc(5);
  double least = INFINITY, most = 0.0;
  for (int i = 0; i < 200; i++) {
    diagnostic diag;
    quadratic *q = c->generate(rng, &diag);
    ck_assert_ptr_nonnull(q);
    if (gap->dropped.violate(q, rng)) {
      double top = 0.0;
      for (size_t j = 0; j < q->d; j++)
        top = fmax(top, q->lambda[j]);
      least = fmin(least, q->eta * top);
      most = fmax(most, q->eta * top);
    }
    quadratic_free(q);
  }
  gsl_rng_free(rng);
  ck_assert_msg(least >= 0.0499 && least < 0.1 && most > 0.9 && most <= 0.9501, "%g to %g", least,
                most);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T6 noise_makes_alignment");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_rate_by_hand);
  tcase_add_test(core, test_switch_by_hand);
  tcase_add_test(core, test_rate_is_judged);
  tcase_add_test(core, test_first_step_counts);
  tcase_add_test(core, test_switch_off_is_judged);
  tcase_add_test(core, test_computed_switch_is_judged);
  tcase_add_test(core, test_scales_of_the_switch);
  tcase_add_test(core, test_slow_dominant);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_violating_the_gap);
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_descent);
  tcase_add_test(core, test_readings_part_near_the_minimum);
  tcase_add_test(core, test_switch_needs_mean_field);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
