/* N6: theory/cyclical_steps, src/claims/cyclical_steps, src/sim/valley. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include "claims/cyclical_steps.h"
#include "families/valley_family.h"
#include "model/random.h"
#include "scratch.h"
#include "sim/valley.h"
#include "verify/shrink.h"

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
 * the mean of 20000 is off by 0.05 with probability below 0.05 (Chebyshev), and more than half of
 * 31 such means with probability below 1e-12: no normal tails are needed. */
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

/* --- the family ------------------------------------------------------------------------------ */

static valley_case *draw(size_t trial) {
  gsl_rng *rng = random_alloc(random_trial_seed(11, "valley", trial));
  valley_case *c = valley_generate(rng, NULL);
  gsl_rng_free(rng);
  ck_assert_ptr_nonnull(c);
  return c;
}

START_TEST(test_file_is_exact) {
  scratch s;
  char path[SCRATCH_PATH_LENGTH + 64];
  scratch_make(&s);
  scratch_path(&s, "valley.csv", path);
  for (size_t trial = 0; trial < 10; trial++) {
    valley_case *c = draw(trial);
    FILE *file = fopen(path, "w");
    valley_family.print(file, c);
    fclose(file);
    diagnostic diag = {0, ""};
    valley_case *again = valley_family.read(path, &diag);
    ck_assert_msg(again != NULL, "%s", diag.message);
    ck_assert(memcmp(&c->valley, &again->valley, sizeof c->valley) == 0 && c->seed == again->seed);
    free(c);
    free(again);
  }
  scratch_remove(&s);
}
END_TEST

/* Each simplification costs less and is as valid; so is a perturbation, and most change something.
 */
START_TEST(test_valleys_stay_in_order) {
  size_t changed = 0, simplified = 0;
  for (size_t trial = 0; trial < 10; trial++) {
    valley_case *c = draw(trial);
    gsl_rng *rng = random_alloc(random_trial_seed(12, "perturb", trial));
    ck_assert_int_eq(valley_case_validate(c, NULL), GSL_SUCCESS);
    bool done = false;
    for (size_t attempt = 0; !done; attempt++) {
      valley_case *simpler = valley_family.simplify(c, attempt, &done);
      if (simpler == NULL)
        continue;
      ck_assert(valley_family.complexity(simpler) < valley_family.complexity(c));
      ck_assert_int_eq(valley_case_validate(simpler, NULL), GSL_SUCCESS);
      simplified++;
      free(simpler);
    }
    for (size_t i = 0; i < 50; i++) {
      valley_case *other = valley_family.perturb(c, rng);
      ck_assert_int_eq(valley_case_validate(other, NULL), GSL_SUCCESS);
      changed +=
          memcmp(&c->valley, &other->valley, sizeof c->valley) != 0 || c->seed != other->seed;
      free(other);
    }
    gsl_rng_free(rng);
    free(c);
  }
  ck_assert_uint_ge(simplified, 1000);
  ck_assert_uint_ge(changed, 10 * 50 * 7 / 10);
}
END_TEST

/* Planted: "the step never crosses".  What is left is small whole numbers and short fractions. */
static bool crosses(const void *instance, const void *context) {
  const valley *v = &((const valley_case *)instance)->valley;
  (void)context;
  return v->high * v->sharpest > 1.0 && v->batch > 0 && v->start[0] != 0.0;
}

START_TEST(test_shrinks) {
  shrink_summary summary;
  valley_case *c =
      shrink_instance(&valley_family, draw(3), crosses, NULL, SHRINK_TRIES_MOST, &summary);
  ck_assert(summary.local_minimum && crosses(c, NULL));
  ck_assert(c->valley.batch == 1 && c->valley.period == 2 && c->valley.cycles == 1);
  ck_assert_double_eq(c->valley.start[0], 1.0);
  ck_assert_double_eq(c->valley.start[1], 0.0);
  ck_assert(c->valley.high * c->valley.sharpest <= 4.0);
  free(c);
}
END_TEST

/* "Beyond 2/h_1" is meant: a step that only rises is not enough.  h_1 = 2: the edge is 1. */
START_TEST(test_cycle_is_beyond_the_edge) {
  const hypothesis *cycle = support_hypothesis(&cyclical_steps_claim, "cycle");
  valley_case c = {.valley = hand, .seed = 1};
  ck_assert(cycle->holds(&c));
  c.valley.high = 1.0;
  ck_assert(!cycle->holds(&c));
  c.valley.high = nextafter(1.0, 2.0);
  ck_assert(cycle->holds(&c));
}
END_TEST

START_TEST(test_refusals) {
  static const char *const damaged[][2] = {{"0,0.5,1,0,0.1,1,1,1", "not h_1 > h_2 > 0"},
                                           {"1,1,1,0,0.1,1,1,1", "not h_1 > h_2 > 0"},
                                           {"1,0.5,-1,0,0.1,1,1,1", "slope -1"},
                                           {"1,0.5,1,0,1,0.5,1,1", "not 0 < low <= high"},
                                           {"1,0.5,1,0,0.1,1e7,1,1", "not 0 < low <= high"},
                                           {"1,0.5,1,0,0.1,1,1e7,1", "x1 = 10000000"},
                                           {"1,0.5,1,0,0.1,1,1", "one line of 8 numbers"}};
  scratch s;
  char path[SCRATCH_PATH_LENGTH + 64], text[512];
  scratch_make(&s);
  scratch_path(&s, "valley.csv", path);
  for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
    diagnostic diag = {0, ""};
    snprintf(text, sizeof text,
             "# family = valley\n# batch = 1\n# period = 4\n# cycles = 1\n# seed = 1\n%s\n",
             damaged[i][0]);
    scratch_write(path, text, strlen(text));
    ck_assert_ptr_null(valley_family.read(path, &diag));
    ck_assert_msg(strncmp(diag.message, path, strlen(path)) == 0 &&
                      strstr(diag.message, damaged[i][1]) != NULL,
                  "%s: %s", damaged[i][0], diag.message);
  }
  scratch_remove(&s);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N6 cyclical_steps");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_false_alarm);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_cycle_is_beyond_the_edge);
  tcase_add_test(core, test_mean_step);
  tcase_add_test(core, test_file_is_exact);
  tcase_add_test(core, test_valleys_stay_in_order);
  tcase_add_test(core, test_shrinks);
  tcase_add_test(core, test_refusals);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
