/* L2: theory/loss_split, src/claims/loss_split. */
#include "config.h"
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "claims/loss_split.h"
#include "model/random.h"

/* --- the conclusions, on instances and readings of which some are wrong ------------------------
 */

START_TEST(test_steps) {
  const double lambda[] = {8, 4, 2, 0.5};
  quadratic *q = quadratic_literal(4, 2, lambda, lambda, lambda, 0);
  double eta[LOSS_SPLIT_STEPS];
  loss_split_steps(q, eta);
  ck_assert(eta[0] == 1e-3 / 8 && eta[1] == 1.0 / 8 && eta[2] == 1.9 / 8 && eta[3] == 0.5 &&
            eta[4] == 20);
  quadratic_free(q);
}
END_TEST

/* At the tolerance, and an ulp beyond it. */
START_TEST(test_compare) {
  claim_note note = {"", 0};
  const double error = 0.25, allowed = error + 2 * DBL_EPSILON;
  for (int sign = -1; sign <= 1; sign += 2) {
    const double truth = 2.0 * sign;
    for (int side = -1; side <= 1; side += 2) {
      ck_assert_int_eq(loss_split_compare(truth + side * allowed, truth, error, 3, "it", &note),
                       VERDICT_HOLDS);
      ck_assert_int_eq(loss_split_compare(truth + side * (allowed + 4 * DBL_EPSILON), truth, error,
                                          3, "it", &note),
                       VERDICT_FAILS);
    }
  }
  ck_assert_ptr_nonnull(strstr(note.text, "it, eta = 0x1.8p+1: "));
  ck_assert_int_eq(loss_split_compare(NAN, 1, error, 3, "it", &note), VERDICT_FAILS);
}
END_TEST

START_TEST(test_wrong_paths) {
  claim_note note = {"", 0};
  for (int which = 0; which < 2; which++)
    for (int side = -1; side <= 1; side += 2) {
      dense_step_paths paths = {3, 5, 3, 5, 0x1p-10};
      double *step = which == 0 ? &paths.dominant_step : &paths.bulk_step;
      ck_assert_int_eq(loss_split_judge_path(&paths, 1, &note), VERDICT_HOLDS);
      *step += side * 1.9 * 0x1p-10;
      ck_assert_int_eq(loss_split_judge_path(&paths, 1, &note), VERDICT_HOLDS);
      *step += side * 0.2 * 0x1p-10;
      ck_assert_int_eq(loss_split_judge_path(&paths, 1, &note), VERDICT_FAILS);
      ck_assert_ptr_nonnull(strstr(note.text, which == 0 ? "Dom-SGD" : "Bulk-SGD"));
    }
}
END_TEST

static quadratic *four(void) {
  quadratic *q =
      quadratic_literal(4, 2, (const double[]){8, 4, 2, 1}, (const double[]){3, -5, 7, 11},
                        (const double[]){13, 17, 19, 23}, 0.0);
  ck_assert_ptr_nonnull(q);
  q->bias = calloc(4, sizeof *q->bias);
  ck_assert_ptr_nonnull(q->bias);
  return q;
}

static void expect_fails(const char *conclusion_name, const quadratic *q, const char *text) {
  claim_note note = {"", 0};
  const verdict v = claim_find_conclusion(&loss_split_claim, conclusion_name)->check(q, &note);
  ck_assert_msg(v == VERDICT_FAILS, "%s: %s", conclusion_name, verdict_name(v));
  ck_assert_msg(strstr(note.text, text) != NULL, "%s, not %s", note.text, text);
}

/* Biases b of which g (g + b) and (g + b)^2 say which coefficients move: b = -2g the first alone, b
 * at g = 0 the second alone.  Either set by itself. */
START_TEST(test_biased) {
  for (int bulk = 0; bulk < 2; bulk++)
    for (size_t i = bulk ? 2 : 0; i < (bulk ? 4 : 2); i++) {
      quadratic *q = four();
      support_signs_say_their_bits(&loss_split_claim, q);
      q->bias[i] = -2 * q->g[i];
      expect_fails("losses_as_polynomials", q,
                   bulk ? "L_B] less its formula, at eta^1" : "L_D] less its formula, at eta^1");
      q->g[i] = 0;
      q->bias[i] = 1;
      expect_fails("losses_as_polynomials", q,
                   bulk ? "L_B] less its formula, at eta^2" : "L_D] less its formula, at eta^2");
      q->bias[i] = 100;
      char first[32];
      snprintf(first, sizeof first, "eta = %a:", 1e-3 / 8);
      expect_fails(bulk ? "bulk_expectation" : "dominant_expectation", q, first);
      ck_assert_int_eq(
          support_check(&loss_split_claim, bulk ? "dominant_expectation" : "bulk_expectation", q),
          VERDICT_HOLDS);
      quadratic_free(q);
    }
}
END_TEST

/* A loss of other variances whose sums are the same, in one set: the formulas hold, the directions
 * do not. */
START_TEST(test_wrong_direction) {
  for (size_t i = 0; i < 4; i += 2) {
    claim_note note = {"", 0};
    quadratic *q = four(), *other = four();
    ck_assert_int_eq(loss_split_judge_polynomials(q, other, &note), VERDICT_HOLDS);
    other->v[i] += 1;
    other->v[i + 1] -= 2;
    ck_assert_int_eq(loss_split_judge_polynomials(q, other, &note), VERDICT_FAILS);
    char text[16];
    snprintf(text, sizeof text, "i = %zu,", i);
    ck_assert_ptr_nonnull(strstr(note.text, text));
    quadratic_free(q);
    quadratic_free(other);
  }
}
END_TEST

/* One coefficient at a time: the constant one where both updates are 0, that of eta at b = -2g,
 * that of eta^2 by the noise. */
START_TEST(test_wrong_coefficient) {
  claim_note note = {"", 0};
  for (size_t i = 0; i < 4; i++) {
    quadratic *q = four(), *other = four();
    ck_assert_int_eq(loss_split_judge_direction(q, other, i, &note), VERDICT_HOLDS);
    q->bias[i] = -q->g[i];
    other->g[i] = 2 * q->g[i];
    other->bias[i] = -other->g[i];
    ck_assert_int_eq(loss_split_judge_direction(q, other, i, &note), VERDICT_FAILS);
    other->g[i] = q->g[i];
    other->bias[i] = 0;
    q->bias[i] = -2 * q->g[i];
    ck_assert_int_eq(loss_split_judge_direction(q, other, i, &note), VERDICT_FAILS);
    q->bias[i] = 0;
    ck_assert_int_eq(loss_split_judge_direction(q, other, i, &note), VERDICT_HOLDS);
    q->v[i] = nextafter(q->v[i], 0);
    ck_assert_int_eq(loss_split_judge_direction(q, other, i, &note), VERDICT_FAILS);
    quadratic_free(q);
    quadratic_free(other);
  }
}
END_TEST

/* A covariance whose diagonal is not v: the dense oracle notices, in either set. */
START_TEST(test_wrong_covariance) {
  for (size_t i = 0; i < 4; i++) {
    quadratic *q = four();
    q->covariance = gsl_matrix_calloc(4, 4);
    for (size_t j = 0; j < 4; j++)
      gsl_matrix_set(q->covariance, j, j, q->v[j]);
    ck_assert_int_eq(support_check(&loss_split_claim, "dense_basis", q), VERDICT_HOLDS);
    gsl_matrix_set(q->covariance, i, i, q->v[i] + 1);
    char first[48];
    snprintf(first, sizeof first, "%s, eta = %a:", i < 2 ? "dominant" : "bulk", 1e-3 / 8);
    expect_fails("dense_basis", q, first);
    quadratic_free(q);
  }
}
END_TEST

/* The dense oracle takes up to 24 directions and a condition number of 1e4, no more of either. */
START_TEST(test_dense_limits) {
  static const char *const names[] = {"dense_basis", "pathwise_identity"};
  for (int which = 0; which < 2; which++) {
    quadratic *q = quadratic_alloc(25, 3);
    for (size_t i = 0; i < 25; i++) {
      q->lambda[i] = i == 0 ? 1e4 : i < 3 ? 100 : 1;
      q->g[i] = (double)i - 7.5;
      q->v[i] = (double)i + 1;
    }
    ck_assert_int_eq(support_check(&loss_split_claim, names[which], q), VERDICT_VACUOUS);
    q->d = 24;
    ck_assert_int_eq(support_check(&loss_split_claim, names[which], q), VERDICT_HOLDS);
    q->lambda[0] = nextafter(1e4, 1e5);
    ck_assert_int_eq(support_check(&loss_split_claim, names[which], q), VERDICT_VACUOUS);
    q->d = 25;
    quadratic_free(q);
  }
}
END_TEST

/* Draws for the dense oracle: at most 24 directions, condition at most 1e3, a full covariance. */
START_TEST(test_draws) {
  support_draws_cover(&loss_split_claim, 400);
  int full = 0, large = 0;
  enum { DRAWS = 400 };
  for (size_t n = 0; n < DRAWS; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "draws", n));
    quadratic *q = loss_split_claim.generate(rng, NULL);
    gsl_rng_free(rng);
    if (q->covariance != NULL) {
      full++;
      ck_assert(q->d <= 24 && quadratic_condition_number(q) <= 1e3 * (1 + 1e-9));
    }
    large += q->d > 200;
    quadratic_free(q);
  }
  ck_assert_msg(full > 0.3 * DRAWS && full < 0.5 * DRAWS && large > 2, "%d full, %d large", full,
                large);
}
END_TEST

/* The counterexample is the one that the remark describes. */
START_TEST(test_remarks) {
  static const double one[] = {1, 1};
  quadratic *q = support_hypothesis(&loss_split_claim, "unbiased")->dropped.instance();
  ck_assert(q->bias[0] == 1 && q->bias[1] == 0);
  support_is_pair(q, (const double[]){10, 1}, one, one, 0);
}
END_TEST

START_TEST(test_counterexamples) {
  support_counterexamples_fail(&loss_split_claim);
}
END_TEST

/* lambda = (10, 1), g = (1, 1), v = (1, 1): E[Delta L_D] = -eta + 10 eta^2, E[Delta L_B] = -eta +
 * eta^2. */
START_TEST(test_hand_changes) {
  quadratic *q = support_hand_instance();
  one_step_moments m;
  one_step_moments_of(q, &m);
  double error;
  ck_assert_double_eq_tol(loss_split_dominant_change(&m, 0.5, &error), -0.5 + 2.5, 1e-14);
  ck_assert(error > 0.0 && error < 1e-13);
  ck_assert_double_eq_tol(loss_split_bulk_change(&m, 0.5, &error), -0.25, 1e-15);
  ck_assert_double_eq_tol(loss_split_dominant_change(&m, 0.1, NULL), 0.0, 1e-16);
  ck_assert_double_eq_tol(loss_split_bulk_change(&m, 1.0, NULL), 0.0, 1e-15);
  quadratic_free(q);
}
END_TEST

/* Distinct numbers: lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | 13), at eta = 1/2:
 * D: -5/2 + (17 + 68)/8, B: -9/2 + (18 + 26)/8. */
START_TEST(test_hand_sums) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  one_step_moments m;
  one_step_moments_of(q, &m);
  ck_assert_double_eq_tol(loss_split_dominant_change(&m, 0.5, NULL), -2.5 + 85.0 / 8, 1e-14);
  ck_assert_double_eq_tol(loss_split_bulk_change(&m, 0.5, NULL), -4.5 + 44.0 / 8, 1e-14);
  quadratic_free(q);
}
END_TEST

/* The bound (e + gamma_5) (eta X_0 + eta^2/2 (X_1 + tau)) on sums that are given: at eta = 1/4,
 * 2/4 + 16/32 and 6/4 + 20/32. */
START_TEST(test_bounds_are_those_of_the_chapter) {
  static const double given[] = {0.0, 0x1p-7};
  for (int i = 0; i < 2; i++) {
    const one_step_moments m = {
        .d0 = 2, .d1 = 5, .taud = 11, .b0 = 6, .b1 = 7, .taub = 13, .error = given[i]};
    const double relative = given[i] + 5 * 0x1p-53;
    double error;
    ck_assert(loss_split_dominant_change(&m, 0.25, &error) == 0.0);
    ck_assert_double_eq_tol(error / relative, 1, 1e-12);
    ck_assert(loss_split_bulk_change(&m, 0.25, &error) == -0.875);
    ck_assert_double_eq_tol(error / (relative * 2.125), 1, 1e-12);
  }
}
END_TEST

START_TEST(test_claim_holds) {
  support_claim_holds(&loss_split_claim);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("L2 loss_split");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_steps);
  tcase_add_test(core, test_compare);
  tcase_add_test(core, test_wrong_paths);
  tcase_add_test(core, test_biased);
  tcase_add_test(core, test_wrong_direction);
  tcase_add_test(core, test_wrong_coefficient);
  tcase_add_test(core, test_wrong_covariance);
  tcase_add_test(core, test_dense_limits);
  tcase_add_test(core, test_remarks);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_draws);
  tcase_add_test(core, test_hand_changes);
  tcase_add_test(core, test_hand_sums);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
