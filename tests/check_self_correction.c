/* T2: theory/self_correction, src/claims/self_correction. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include "claims/critical_step.h"
#include "claims/self_correction.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"

static quadratic *without(const char *name) {
  return support_hypothesis(&self_correction_claim, name)->dropped.instance();
}

/* The counterexamples are those that the remarks describe. */
START_TEST(test_remarks) {
  static const double steep[] = {10, 1}, one[] = {1, 1};
  support_is_pair(without("gap"), (const double[]){1, 10}, one, one, 0);
  quadratic *q = without("unbiased");
  ck_assert(q->bias[0] == -2 && q->bias[1] == 0);
  support_is_pair(q, steep, one, (const double[]){1, 1000}, 0);
  support_is_pair(without("interior"), steep, (const double[]){0, 1}, (const double[]){0, 1}, 0);
  support_is_pair(without("high_regime"), steep, one, one, 0);
  q = without("mean_field");
  ck_assert_int_eq(q->reading, READING_TRUE_EXPECTATION);
  support_is_pair(q, (const double[]){2, 1}, one, (const double[]){0, 9}, 0);
  support_is_pair(self_correction_claim.further[1].dropped.instance(), one, one, one, 0);
}
END_TEST

START_TEST(test_counterexamples) {
  support_counterexamples_fail(&self_correction_claim);
}
END_TEST

/* On the threshold exactly (Delta = 0) the alignment falls too, by 2 eta D_0 B_0 (10 - 1). */
START_TEST(test_on_the_threshold) {
  quadratic *q = support_hand_instance();
  q->v[1] = 199;
  ck_assert(critical_step_is_high(q));
  for (int power = -20; power <= 20; power++) {
    const double eta = power < 0 ? 1.0 / (1 << -power) : 1 << power;
    const exact_step step = {q, eta};
    ck_assert_int_eq(exact_step_alignment_sign(&step), SIGN_NEGATIVE);
    ck_assert(certified_value_of(exact_step_alignment_change, &step) == -18 * eta);
  }
  quadratic_free(q);
}
END_TEST

/* The smallest case in which the true expectation is not self-correcting: lambda = (2, 1), g = (1,
 * 1), xi = (0, +-3), eta = 1/4: the alignment is 1 or 1/10 with equal chances, 11/20 on average. */
START_TEST(test_true_expectation_may_rise) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1},
                                   (const double[]){0, 9}, 0.0);
  ck_assert(critical_step_is_high(q));
  const exact_step step = {q, 0.25};
  ck_assert_int_eq(certified_sign_of(exact_step_alignment_change, &step), SIGN_NEGATIVE);
  ck_assert_double_eq_tol(certified_value_of(exact_step_true_alignment_change, &step), 0.05, 1e-16);
  quadratic_free(q);
}
END_TEST

static void expect_verdicts(const char *what, quadratic *q, const char *verdicts) {
  support_verdicts(&self_correction_claim, what, q, verdicts);
}

/* The three conclusions: by the polynomial, at sampled steps, the computed regime. */
START_TEST(test_verdicts) {
  quadratic *q = support_hand_instance();
  q->v[1] = 199;
  expect_verdicts("on the threshold", quadratic_clone(q), "HHH");
  q->v[1] = 200;
  expect_verdicts("high", q, "HHH");
  expect_verdicts("gap", without("gap"), "FFH");
  expect_verdicts("unbiased", without("unbiased"), "FFH");
  expect_verdicts("interior", without("interior"), "FFF"); /* there is no Delta */
  expect_verdicts("high_regime", without("high_regime"), "FFF");
  expect_verdicts("mean_field", without("mean_field"), "FFH");
  expect_verdicts("tie", self_correction_claim.further[1].dropped.instance(), "FFH");
  /* One level of curvature and Delta < 0: c_1 = 0 > c_2, it falls as eta^2. */
  expect_verdicts("one level", quadratic_pair(1, 1, 1, 1, 1, 2), "HHH");
  expect_verdicts("one level, rising", quadratic_pair(1, 1, 1, 1, 2, 1), "FFF");
  /* In true expectation it rises next to eta = 1/22.8, where the bulk may come to rest, and falls
   * at the 25 steps: that proves nothing of the others. */
  q = quadratic_pair(10, 1, 1, 1, 1, 21.8 * 21.8);
  q->reading = READING_TRUE_EXPECTATION;
  const exact_step between = {q, 1 / 22.8};
  ck_assert_int_eq(exact_step_alignment_sign(&between), SIGN_POSITIVE);
  expect_verdicts("true expectation", q, "UHH");
}
END_TEST

static void expect_note(const char *name, quadratic *q, const char *text) {
  support_says(claim_find_conclusion(&self_correction_claim, name), q, VERDICT_FAILS, text);
  quadratic_free(q);
}

START_TEST(test_notes) {
  char first[128];
  snprintf(first, sizeof first, "eta = %a: the change of alignment has sign +, not -", 1e-6);
  expect_note("falls_at_sampled_steps", without("gap"), first); /* 1e-6/lambda_1 */
  expect_note("falls_at_sampled_steps", without("interior"), "sign 0, not -, at 128 bits");
  expect_note("falls_at_every_step", without("high_regime"), "of eta^2 has sign +");
  expect_note("falls_at_every_step", without("gap"), "of eta has sign +");
  expect_note("never_called_low", without("high_regime"), "is called positive");
}
END_TEST

/* The margin is the least of (B D_0 - D B_0)/(B D_0 + D B_0) over 25 steps, from 1e-6/10 to 1e6 in
 * equal ratios: with v = (1, w) B - D is 18 eta - (199 - w) eta^2, and B + D is 2 - 22 eta + (201 +
 * w) eta^2.  At w = 199 it is least at the largest step, beyond that at the least one, below that
 * negative. */
START_TEST(test_margin) {
  static const double noise[] = {1, 199, 1000};
  quadratic *q = support_hand_instance();
  double (*const margin)(const void *) = self_correction_claim.conclusions[0].margin;
  for (int n = 0; n < 3; n++) {
    const double w = noise[n];
    double least = INFINITY;
    for (int i = 0; i < 25; i++) {
      const double eta = pow(10, -7 + i * 13.0 / 24);
      least =
          fmin(least, (18 * eta - (199 - w) * eta * eta) / (2 - 22 * eta + (201 + w) * eta * eta));
    }
    q->v[1] = w;
    ck_assert_double_eq_tol(margin(q) / least, 1, 1e-9);
    ck_assert((margin(q) < 0) == (w < 199));
  }
  quadratic_free(q);
}
END_TEST

/* One in twenty draws is on the threshold, in small integers of which all occur. */
START_TEST(test_draws_on_the_threshold) {
  bool (*const is_on_threshold)(const void *) =
      support_coverage(&self_correction_claim, "on the threshold exactly")->holds;
  enum { DRAWS = 3000 };
  int on = 0, flat[5] = {0}, ratio[10] = {0}, noise[10] = {0}, sign[2] = {0};
  for (size_t n = 0; n < DRAWS; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "threshold", n));
    quadratic *q = self_correction_claim.generate(rng, NULL);
    gsl_rng_free(rng);
    const size_t k = q->k, last = q->d - 1;
    if (fabs(q->g[0]) == 1 && fabs(q->g[last]) == 1 && q->lambda[0] == q->lambda[k - 1]) {
      on++;
      ck_assert(is_on_threshold(q));
      for (size_t i = 0; i <= last; i++) {
        ck_assert(fabs(q->g[i]) == 1);
        ck_assert(q->lambda[i] == q->lambda[i < k ? 0 : last] && q->v[i] == q->v[i < k ? 0 : last]);
        sign[q->g[i] > 0]++;
      }
      const double b = q->lambda[last], a_over_b = q->lambda[0] / b;
      ck_assert(b >= 1 && b <= 4 && b == floor(b));
      ck_assert(a_over_b >= 2 && a_over_b <= 9 && a_over_b == floor(a_over_b));
      ck_assert(q->v[0] >= 1 && q->v[0] <= 9 && q->v[0] == floor(q->v[0]));
      flat[(int)b]++;
      ratio[(int)a_over_b]++;
      noise[(int)q->v[0]]++;
    }
    quadratic_free(q);
  }
  ck_assert_msg(on > DRAWS * 0.03 && on < DRAWS * 0.07, "%d of %d", on, DRAWS);
  for (int i = 1; i <= 9; i++)
    ck_assert((i > 4 || flat[i] > 0) && (i < 2 || ratio[i] > 0) && noise[i] > 0);
  ck_assert(sign[0] > 0 && sign[1] > 0);
}
END_TEST

/* What a change puts right: after each the state is in the high regime, but a tie with one level
 * of everything stands still, at Delta = 0; both ties occur. */
START_TEST(test_violations) {
  const hypothesis *read = support_hypothesis(&self_correction_claim, "mean_field");
  const further_ablation *order = &self_correction_claim.further[0], *tie = order + 1;
  int stands = 0, falls = 0, low = 0;
  for (size_t n = 0; n < 60; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "violations", n));
    quadratic *q = self_correction_claim.generate(rng, NULL);
    quadratic *other = quadratic_clone(q), *tied = quadratic_clone(q);
    ck_assert(read->dropped.violate(q, rng) && order->dropped.violate(other, rng));
    ck_assert(!quadratic_is_in_order(other));
    ck_assert(tie->dropped.violate(tied, rng));
    low += !critical_step_is_high(q) + !critical_step_is_high(other) + !critical_step_is_high(tied);
    ck_assert(tied->lambda[tied->k - 1] == tied->lambda[tied->k]);
    const verdict v = support_check(&self_correction_claim, "falls_at_every_step", tied);
    if (v == VERDICT_FAILS) {
      stands++;
      for (size_t i = 0; i < tied->d; i++)
        ck_assert(tied->lambda[i] == tied->lambda[0] && fabs(tied->g[i]) == 1 && tied->v[i] == 1);
    }
    falls += v == VERDICT_HOLDS;
    quadratic_free(q);
    quadratic_free(other);
    quadratic_free(tied);
    gsl_rng_free(rng);
  }
  ck_assert_msg(low <= 9, "%d of 180 are low", low); /* on the threshold, up to rounding */
  ck_assert_msg(stands > 15 && falls > 15, "%d stand still, %d fall", stands, falls);
}
END_TEST

START_TEST(test_draws) {
  support_draws_cover(&self_correction_claim, 400);
}
END_TEST

START_TEST(test_claim_holds) {
  support_claim_holds(&self_correction_claim);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T2 self_correction");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_verdicts);
  tcase_add_test(core, test_notes);
  tcase_add_test(core, test_margin);
  tcase_add_test(core, test_remarks);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_on_the_threshold);
  tcase_add_test(core, test_true_expectation_may_rise);
  tcase_add_test(core, test_violations);
  tcase_add_test(core, test_draws);
  tcase_add_test(core, test_draws_on_the_threshold);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
