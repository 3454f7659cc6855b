/* R2: theory/readings_agree, src/claims/readings_agree. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/readings_agree.h"
#include "claims/true_critical_step.h"
#include "model/random.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&readings_agree_claim);
}
END_TEST

/* lambda = (2, 1), g = (1, 1), v = (1, 19), k = 1: Delta = (4 + 4) - (1 + 19) = -12, D_0 B_0/(D_0 +
 * B_0) = 1/2, (i) sqrt(4 + 19) over 2 (1/2) 1, (ii) sqrt((16 + 361)/2) + sqrt(16 + 19) over 6. */
START_TEST(test_hand_condition) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1},
                                   (const double[]){1, 19}, 0.0);
  double first, second;
  ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_SUCCESS);
  ck_assert_double_eq_tol(first, sqrt(23), 1e-14);
  ck_assert_double_eq_tol(second, (sqrt(377.0 / 2) + sqrt(35)) / 6, 1e-13);
  q->v[1] = 1;
  ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_SUCCESS);
  ck_assert(isinf(second)); /* the low regime */
  q->g[0] = 0;
  ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_EDOM);
  quadratic_free(q);
}
END_TEST

/* The smallest counterexample to T2 in true expectation: lambda = (3, 2), g = (1, 2), v = (0, 6),
 * eta = 1/2: Delta = -1; g+ = (-1/2, N(0, 6)), so E alpha+ = E 1/(1 + 24 Z^2) in closed form, above
 * 1/5. */
START_TEST(test_counterexample) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){3, 2}, (const double[]){1, 2},
                                   (const double[]){0, 6}, 0.0);
  ck_assert(critical_step_is_high(q));
  ck_assert_double_eq_tol(one_step_mean_field_alignment(q, 0.5), 0.04, 1e-16);
  law_value change;
  ck_assert_int_eq(true_critical_step_change(q, 0.5, &change, NULL), GSL_SUCCESS);
  const double expected = sqrt(M_PI / 48) * exp(1.0 / 48) * erfc(1 / sqrt(48)) - 0.2;
  ck_assert_double_eq_tol(change.val, expected, change.err + 1e-15);
  ck_assert(change.val > 0.0189);
  quadratic_free(q);
}
END_TEST

/* lambda = (5, 3 | 2), g = (1, 2 | 3), v = (1, 2 | 200): D_0 B_0/(D_0 + B_0) = 45/14, the gap of
 * the means 17/5 - 2, Delta = (25 2 + 9 6)/5 - 4 209/9. */
START_TEST(test_condition_by_hand) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){1, 2, 200}, 0.0);
  double first, second;
  ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_SUCCESS);
  const double pull = 45.0 / 14, delta = 104.0 / 5 - 836.0 / 9;
  ck_assert_double_eq_tol(first, sqrt(25 + 9 * 8 + 4 * 1800) / (2 * pull * 1.4), 1e-12);
  ck_assert_double_eq_tol(
      second,
      (sqrt((625 + 81 * 4 + 16 * 40000) / 2.0) + sqrt(625 + 81 * 8 + 16 * 1800)) / (pull * -delta),
      1e-12);
  quadratic_free(q);
}
END_TEST

/* Delta = 0, or below it by less than its error: nothing is below the right side of (ii).  No gap:
 * nor of (i).  Without noise too, where the left sides are 0. */
START_TEST(test_condition_at_the_threshold) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1},
                                   (const double[]){1, 7}, 0.0);
  double first, second;
  for (int n = 0; n < 2; n++) {
    ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_SUCCESS);
    ck_assert(isfinite(first) && isinf(second));
    q->v[1] = nextafter(7, 8);
  }
  q->lambda[0] = 1;
  q->v[0] = q->v[1] = 0;
  ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_SUCCESS);
  ck_assert(isinf(first) && isinf(second));
  quadratic_free(q);
}
END_TEST

/* lambda = (4, 2 | 1, 1/2): from 1/400 to 200, half way in ratio at their mean; and 1. */
START_TEST(test_steps_by_hand) {
  quadratic *q = quadratic_literal(4, 2, (const double[]){4, 2, 1, 0.5},
                                   (const double[]){1, 1, 1, 1}, (const double[]){1, 1, 1, 1}, 0.0);
  ck_assert_double_eq_tol(readings_agree_step(q, 0), 0.0025, 1e-17);
  ck_assert_double_eq_tol(readings_agree_step(q, 7), sqrt(0.5), 1e-14);
  ck_assert_double_eq_tol(readings_agree_step(q, 14), 200, 1e-11);
  ck_assert(readings_agree_step(q, 15) == 1);
  q->lambda[2] = 1.25;
  ck_assert(readings_agree_step(q, 15) == 0.8);
  quadratic_free(q);
}
END_TEST

/* With the flat direction called dominant the alignment rises at the first step; all curvatures
 * alike, it stays, which no error bound tells from a rise. */
START_TEST(test_rises_are_seen) {
  const conclusion *falls =
      claim_find_conclusion(&readings_agree_claim, "falls_in_true_expectation");
  quadratic *q = quadratic_literal(2, 1, (const double[]){1, 2}, (const double[]){1, 1},
                                   (const double[]){0.01, 0.01}, 0.0);
  claim_note note = {"", 0};
  char first[64];
  snprintf(first, sizeof first, "eta = %a:", readings_agree_step(q, 0));
  ck_assert_int_eq(falls->check(q, &note), VERDICT_FAILS);
  ck_assert_msg(strncmp(note.text, first, strlen(first)) == 0, "%s", note.text);
  ck_assert_double_lt(falls->margin(q), 0);
  q->lambda[0] = 2;
  for (int n = 1; n < 8; n++) { /* rounding to either side */
    q->g[0] = q->g[1] = n;
    q->v[0] = q->v[1] = 1.0 / n;
    ck_assert_int_eq(falls->check(q, &note), VERDICT_UNDECIDED);
    ck_assert_double_ge(falls->margin(q), 0);
  }
  quadratic_free(q);
}
END_TEST

/* What cannot be told from standing still is UNDECIDED, rise or fall: curvatures apart by little,
 * to either side. */
START_TEST(test_what_is_within_the_error_is_undecided) {
  const conclusion *falls =
      claim_find_conclusion(&readings_agree_claim, "falls_in_true_expectation");
  int rising = 0, falling = 0;
  for (int n = -40; n <= 40; n++) {
    quadratic *q = quadratic_literal(2, 1, (const double[]){2, 2 * (1 + n * 0x1p-46)},
                                     (const double[]){1, 1}, (const double[]){0.5, 0.5}, 0.0);
    law_value change;
    claim_note note = {"", 0};
    ck_assert_int_eq(true_critical_step_change(q, readings_agree_step(q, 0), &change, NULL),
                     GSL_SUCCESS);
    if (fabs(change.val) < change.err) {
      ck_assert_int_eq(falls->check(q, &note), VERDICT_UNDECIDED);
      rising += change.val > 0;
      falling += change.val < 0;
    }
    quadratic_free(q);
  }
  ck_assert_msg(rising > 0 && falling > 0, "%d rising, %d falling", rising, falling);
}
END_TEST

static quadratic *drawn(size_t n, gsl_rng **rng) {
  diagnostic diag = {0, ""};
  *rng = random_alloc(random_trial_seed(1, "draws of R2", n));
  quadratic *q = readings_agree_claim.generate(*rng, &diag);
  ck_assert_msg(q != NULL, "%s", diag.message);
  return q;
}

/* The margin is the least fall, less what it may be off by: at the first step, the shortest. */
START_TEST(test_margin) {
  const conclusion *falls =
      claim_find_conclusion(&readings_agree_claim, "falls_in_true_expectation");
  gsl_rng *rng;
  quadratic *q = drawn(0, &rng);
  double least = INFINITY;
  for (int n = 0; n < READINGS_AGREE_STEPS; n++) {
    law_value change;
    ck_assert_int_eq(true_critical_step_change(q, readings_agree_step(q, n), &change, NULL),
                     GSL_SUCCESS);
    ck_assert_double_lt(change.val + change.err, 0);
    ck_assert_double_gt(change.err, 0);
    least = fmin(least, change.err - change.val);
    ck_assert_double_ge(change.err - change.val, least); /* the first is the least */
  }
  ck_assert(falls->margin(q) == least);
  quadratic_free(q);
  gsl_rng_free(rng);
}
END_TEST

/* Curvatures: dominant ones evenly from ratio (1 + spread), bulk ones from 1 down, in units of the
 * sharpest of them; gradients of a size of sqrt(2) to sqrt(8) times what (i) asks for, and within a
 * factor of three of each other in each set. */
START_TEST(test_draws) {
  enum { DRAWS = 100 };
  double size_least = INFINITY, size_most = 0, ratio_least = INFINITY, ratio_most = 0;
  int several = 0;
  for (size_t n = 0; n < DRAWS; n++) {
    gsl_rng *rng;
    quadratic *q = drawn(n, &rng);
    const size_t bulk = q->d - q->k;
    ck_assert(q->k >= 1 && q->k <= 6 && bulk >= 60 && bulk <= 400);
    const double unit = q->lambda[q->k], spread = (double)bulk * (1 - q->lambda[q->k + 1] / unit),
                 ratio = q->lambda[0] / (unit * (1 + spread));
    ck_assert(spread >= -1e-12 && spread <= 0.5000001 && ratio >= 1.299999 && ratio <= 4.000001);
    double part[2] = {0, 0}, least[2] = {INFINITY, INFINITY}, most[2] = {0, 0};
    for (size_t i = 0; i < q->d; i++) {
      const double place = i < q->k ? (double)i / (double)q->k : (double)(i - q->k) / (double)bulk;
      const double expected = i < q->k ? ratio * (1 + spread - spread * place) : 1 - spread * place;
      ck_assert_double_eq_tol(q->lambda[i] / unit, expected, 1e-9);
      ck_assert(q->v[i] >= 0.5 && q->v[i] <= 1.5);
      part[i < q->k] += q->g[i] * q->g[i];
      least[i < q->k] = fmin(least[i < q->k], fabs(q->g[i]));
      most[i < q->k] = fmax(most[i < q->k], fabs(q->g[i]));
    }
    for (int side = 0; side < 2; side++)
      ck_assert_double_le(most[side] / least[side], 3.000001);
    const double whole = part[0] + part[1], alignment = part[1] / whole,
                 asked = ratio / (2 * alignment * (1 - alignment) * (ratio - 1)),
                 size = whole / (asked * asked);
    ck_assert(alignment >= 0.099999 && alignment <= 0.900001);
    size_least = fmin(size_least, size);
    size_most = fmax(size_most, size);
    ratio_least = fmin(ratio_least, ratio);
    ratio_most = fmax(ratio_most, ratio);
    several += q->k > 1;
    ck_assert_int_eq(
        support_coverage(&readings_agree_claim, "several dominant directions")->holds(q), q->k > 1);
    double first, second;
    ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_SUCCESS);
    ck_assert_int_eq(support_coverage(&readings_agree_claim, "condition nearly tight")->holds(q),
                     fmax(first, second) > 0.8);
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_double_ge(size_least, 1.999999);
  ck_assert_double_le(size_most, 8.000001);
  ck_assert_double_ge(size_most, 4.5);
  ck_assert_double_ge(ratio_most, 3);
  ck_assert(several > 0 && several < DRAWS);
}
END_TEST

/* A few directions of either set, up to six and up to two. */
START_TEST(test_violations) {
  size_t dominant = 0, bulk = 0;
  for (size_t n = 0; n < 30; n++) {
    gsl_rng *rng;
    quadratic *q = drawn(n, &rng);
    ck_assert(support_hypothesis(&readings_agree_claim, "condition")->dropped.violate(q, rng));
    ck_assert(q->d - q->k <= 2);
    dominant = q->k > dominant ? q->k : dominant;
    bulk = q->d - q->k > bulk ? q->d - q->k : bulk;
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert(dominant > 3 && dominant <= 6 && bulk == 2);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("R2 readings_agree");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_hand_condition);
  tcase_add_test(core, test_counterexample);
  tcase_add_test(core, test_condition_by_hand);
  tcase_add_test(core, test_condition_at_the_threshold);
  tcase_add_test(core, test_steps_by_hand);
  tcase_add_test(core, test_rises_are_seen);
  tcase_add_test(core, test_what_is_within_the_error_is_undecided);
  tcase_add_test(core, test_draws);
  tcase_add_test(core, test_violations);
  tcase_add_test(core, test_margin);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
