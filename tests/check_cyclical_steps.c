/* N6: theory/cyclical_steps, src/claims/cyclical_steps, src/sim/valley. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_cdf.h>
#include "claims/cyclical_steps.h"
#include "model/random.h"
#include "sim/valley.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&cyclical_steps_claim);
}
END_TEST

/* The level that is claimed, from the binomial distribution. */
START_TEST(test_false_alarm) {
  ck_assert_double_le(gsl_cdf_binomial_Q(CYCLICAL_STEPS_WINS - 1, 0.5, CYCLICAL_STEPS_RUNS), 5e-10);
}
END_TEST

static const valley hand = {.sharpest = 2,
                            .second = 1,
                            .slope = 1,
                            .batch = 0,
                            .low = 0.5,
                            .high = 1.5,
                            .period = 4,
                            .cycles = 1,
                            .start = {1, 1}};

/* Steps 1/2, 1, 3/2, 1; the first one takes x_1 to 0, x_2 to 1/2 and z to 1/4. */
START_TEST(test_by_hand) {
  ck_assert_double_eq(valley_step_size(&hand, 0), 0.5);
  ck_assert_double_eq(valley_step_size(&hand, 1), 1.0);
  ck_assert_double_eq(valley_step_size(&hand, 2), 1.5);
  ck_assert_double_eq(valley_step_size(&hand, 7), 1.0);
  valley_place at = {{1, 1}, 0};
  valley_step(&hand, 0, &at, NULL);
  ck_assert_double_eq(at.x[0], 0.0);
  ck_assert_double_eq(at.x[1], 0.5);
  ck_assert_double_eq(at.z, 0.25);
}
END_TEST

/* The mean step of SGD is that of gradient descent.  No coordinate's variance is above 2.5, so that
 * the mean of 20000 is off by 0.05 with probability below 0.05 (Chebyshev), and more than half of 31
 * such means with probability below 1e-12: no normal tails are needed. */
START_TEST(test_mean_step) {
  enum { BLOCKS = 31, RUNS = 20000 };
  valley noisy = hand;
  noisy.batch = 2;
  noisy.label = 0.5;
  gsl_rng *rng = random_alloc(5);
  valley_place expected = {{1, 1}, 0};
  valley_step(&hand, 0, &expected, NULL);
  size_t near[3] = {0, 0, 0};
  for (int block = 0; block < BLOCKS; block++) {
    double mean[3] = {0, 0, 0};
    for (int run = 0; run < RUNS; run++) {
      valley_place at = {{1, 1}, 0};
      valley_step(&noisy, 0, &at, rng);
      mean[0] += at.x[0] / RUNS;
      mean[1] += at.x[1] / RUNS;
      mean[2] += at.z / RUNS;
    }
    near[0] += fabs(mean[0] - expected.x[0]) < 0.05;
    near[1] += fabs(mean[1] - expected.x[1]) < 0.05;
    near[2] += fabs(mean[2] - expected.z) < 0.05;
  }
  gsl_rng_free(rng);
  for (int i = 0; i < 3; i++)
    ck_assert_uint_gt(near[i], BLOCKS / 2);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N6 cyclical_steps");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_false_alarm);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_mean_step);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
