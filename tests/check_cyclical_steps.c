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

/* --- what the conclusions are decided by ------------------------------------------------------ */

static verdict stays(const valley *v, double travelled) {
  claim_note note = {"", 0};
  return cyclical_steps_stays(v, travelled, &note);
}

/* start 1, c = 3/2: the bound is 1, to 16*4 operations.  With the slope 0 and a constant step the
 * walk takes it all: (1 - c)^2 = 1/4 of x_2^2 is left after each step. */
START_TEST(test_stays) {
  const double slack = 64 * 0x1p-53;
  ck_assert_int_eq(stays(&hand, 1), VERDICT_HOLDS);
  ck_assert_int_eq(stays(&hand, 1 + slack), VERDICT_HOLDS);
  ck_assert_int_eq(stays(&hand, nextafter(1 + slack, 2)), VERDICT_FAILS);
  ck_assert_int_eq(stays(&hand, 0), VERDICT_HOLDS);
  ck_assert_int_eq(stays(&hand, -0x1p-1074), VERDICT_FAILS);
  ck_assert_int_eq(stays(&hand, NAN), VERDICT_FAILS);
  valley other = hand;
  other.start[1] = 3; /* 9 */
  other.cycles = 100;
  ck_assert_int_eq(stays(&other, 9 * (1 + 96 * slack)), VERDICT_HOLDS);
  ck_assert_int_eq(stays(&other, 9 * (1 + 104 * slack)), VERDICT_FAILS);
  other.second = 0.5; /* 9/(2 (2 - 3/4)) */
  ck_assert_int_eq(stays(&other, 3.599), VERDICT_HOLDS);
  ck_assert_int_eq(stays(&other, 3.601), VERDICT_FAILS);
  other.second = 2.0 / 1.5;
  other.high = 1.5; /* c = 2 */
  ck_assert_int_eq(stays(&other, 1), VERDICT_VACUOUS);
  other.second = nextafter(other.second, 0);
  ck_assert_int_eq(stays(&other, 1), VERDICT_HOLDS);
  valley whole = hand;
  whole.slope = 0;
  whole.low = whole.high;
  whole.cycles = 20;
  valley_case c = {.valley = whole, .seed = 1};
  ck_assert_int_eq(support_check(&cyclical_steps_claim, "descent_stays", &c), VERDICT_HOLDS);
}
END_TEST

/* Steps that are planted: x_1 is taken to the next of these. */
static const double *next_places;
static size_t steps_made;

static void jump(const valley *v, size_t t, valley_place *at, gsl_rng *rng) {
  (void)rng;
  ck_assert_uint_eq(t, steps_made);
  ck_assert(at->x[1] == v->start[1] && at->z == 0);
  at->x[0] = next_places[steps_made++];
}

static verdict crosses_by(double move, double start, const double *places, claim_note *note) {
  valley v = hand; /* four steps; h_1 = 2 */
  v.low = v.high = move / v.sharpest;
  v.start[0] = start;
  v.start[1] = 7;
  next_places = places;
  steps_made = 0;
  return cyclical_steps_crosses(&v, jump, note);
}

START_TEST(test_crosses) {
  static const double across[] = {-1, 1, -1, 1}, along[] = {1, 1, 1, 1}, late[] = {1, 1, 1, -1},
                      once[] = {-1, 1, -1, -1}, nothing[] = {-0.0, -1, -1, -1},
                      far[] = {1, INFINITY, -1, 1};
  claim_note note = {"", 0};
  ck_assert_int_eq(crosses_by(0.5, 1, along, &note), VERDICT_HOLDS);
  ck_assert_uint_eq(steps_made, 4);
  ck_assert_int_eq(crosses_by(1.5, 1, across, &note), VERDICT_HOLDS);
  ck_assert_int_eq(crosses_by(0.5, 1, across, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "step 0 does not cross as it should");
  ck_assert_int_eq(crosses_by(1.5, 1, along, &note), VERDICT_FAILS);
  ck_assert_int_eq(crosses_by(0.5, 1, late, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "step 3 does not cross as it should");
  ck_assert_int_eq(crosses_by(1.5, 1, once, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "step 3 does not cross as it should");
  /* next to 1/h_1 nothing is said, and 2^-30 from it */
  const double edge = 0x1p-30;
  for (int sign = -1; sign <= 1; sign += 2) {
    const double *wrong = sign < 0 ? across : along;
    ck_assert_int_eq(crosses_by(1 + sign * edge, 1, wrong, &note), VERDICT_HOLDS);
    ck_assert_int_eq(crosses_by(1 + sign * edge * (1 + 0x1p-20), 1, wrong, &note), VERDICT_FAILS);
  }
  /* nor of x_1 = 0 before or after, nor once it has overflowed */
  ck_assert_int_eq(crosses_by(0.5, 1, nothing, &note), VERDICT_HOLDS);
  ck_assert_int_eq(crosses_by(0.5, 0, (const double[]){-1, -1, -1, -1}, &note), VERDICT_HOLDS);
  ck_assert_int_eq(crosses_by(0.5, 1, far, &note), VERDICT_HOLDS);
  ck_assert_uint_eq(steps_made, 2);
}
END_TEST

/* Without noise a longer step goes further, in every run; the same walk is no win over itself, nor
 * is one that ends where no double is. */
START_TEST(test_wins) {
  valley far = hand, near = hand;
  far.slope = near.slope = 1;
  near.low = near.high = 0.1;
  ck_assert_uint_eq(cyclical_steps_wins(&far, &near, 1), CYCLICAL_STEPS_RUNS);
  ck_assert_uint_eq(cyclical_steps_wins(&near, &far, 1), 0);
  ck_assert_uint_eq(cyclical_steps_wins(&far, &far, 1), 0);
  far.batch = near.batch = 4;
  far.label = near.label = 0.3;
  far.low = far.high = 0.1;
  const size_t fair = cyclical_steps_wins(&far, &near, 1); /* a coin: 8 to 56 but for 2e-10 */
  ck_assert(fair > 7 && fair < 57);
  /* z = eta h_2 x_2^2/2 and more is 1e-5 after a step of 1e-305, and too large after one of 1e10 */
  far = (valley){.sharpest = 1,
                 .second = 0.5,
                 .slope = 1,
                 .batch = 4,
                 .low = 1e-305,
                 .high = 1e10,
                 .period = 2,
                 .cycles = 1,
                 .start = {0, 1e150}};
  near = far;
  near.high = near.low;
  gsl_rng *rng = random_alloc(1);
  ck_assert(isinf(valley_run(&far, rng, NULL).z) && isfinite(valley_run(&near, rng, NULL).z));
  gsl_rng_free(rng);
  ck_assert_uint_eq(cyclical_steps_wins(&far, &near, 1), 0);
}
END_TEST

START_TEST(test_enough) {
  claim_note note = {"", 0};
  ck_assert_int_eq(cyclical_steps_enough(56, "it", &note), VERDICT_HOLDS);
  ck_assert_int_eq(cyclical_steps_enough(55, "it", &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "flatter than it in 55 of 64 runs");
}
END_TEST

/* What is compared: without noise, gradient descent with itself; at the lowest step, SGD with SGD
 * at that step. */
START_TEST(test_planted_experiments) {
  claim_note note = {"", 0};
  valley_case *c = support_hypothesis(&cyclical_steps_claim, "noise")->dropped.instance();
  ck_assert_int_eq(
      claim_find_conclusion(&cyclical_steps_claim, "flatter_than_descent")->check(c, &note),
      VERDICT_FAILS);
  ck_assert_str_eq(note.text, "flatter than gradient descent in 0 of 64 runs");
  c->valley.batch = 8;
  ck_assert_int_eq(support_check(&cyclical_steps_claim, "flatter_than_descent", c), VERDICT_HOLDS);
  ck_assert_int_eq(support_check(&cyclical_steps_claim, "flatter_than_constant", c), VERDICT_HOLDS);
  c->valley.high = c->valley.low;
  ck_assert_int_eq(support_check(&cyclical_steps_claim, "flatter_than_constant", c), VERDICT_FAILS);
  free(c);
}
END_TEST

/* --- hypotheses ------------------------------------------------------------------------------- */

/* The range on either side of each end: h_1 = 4, so 2/h_1 = 0.5 and 0.1/h_1^{1/2} = 0.05. */
START_TEST(test_range) {
  const hypothesis *range = support_hypothesis(&cyclical_steps_claim, "range");
  const valley inside = {.sharpest = 4,
                         .second = 2,
                         .slope = 1,
                         .label = 0.3,
                         .batch = 8,
                         .low = 0.03,
                         .high = 0.53,
                         .period = 30,
                         .cycles = 10,
                         .start = {0.05, 0.05}};
  valley_case c = {.valley = inside, .seed = 1};
  ck_assert(range->holds(&c));
  const struct {
    double *place, least, most;
  } reals[] = {{&c.valley.second, 1.2, 2.8},     {&c.valley.label, 0.2, 0.5},
               {&c.valley.low, 0.025, 0.05},     {&c.valley.high, 0.51, 0.55},
               {&c.valley.start[0], 0.05, 0.05}, {&c.valley.start[1], 0.05, 0.05}};
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    *reals[i].place = reals[i].least * (1 - 0.9e-9);
    ck_assert(range->holds(&c));
    *reals[i].place = reals[i].least * (1 - 1.1e-9);
    ck_assert(!range->holds(&c));
    *reals[i].place = reals[i].most * (1 + 0.9e-9);
    ck_assert(range->holds(&c));
    *reals[i].place = reals[i].most * (1 + 1.1e-9);
    ck_assert(!range->holds(&c));
    c.valley = inside;
  }
  c.valley.label = 0.2 * (1.0 - 1e-9);
  ck_assert(range->holds(&c));
  c.valley.label = 0.5 * (1.0 + 1e-9);
  ck_assert(range->holds(&c));
  c.valley = inside;
  const struct {
    size_t *place, least, most;
  } whole[] = {{&c.valley.batch, 4, 12}, {&c.valley.period, 20, 40}, {&c.valley.cycles, 10, 10}};
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    for (size_t n = whole[i].least - 1; n <= whole[i].most + 1; n++) {
      *whole[i].place = n;
      ck_assert(range->holds(&c) == (n >= whole[i].least && n <= whole[i].most));
      c.valley = inside;
    }
  /* what the other hypotheses drop, and signs, are free */
  c.valley.batch = 0;
  ck_assert(range->holds(&c));
  c.valley.high = c.valley.low;
  ck_assert(range->holds(&c));
  c.valley.slope = 0;
  ck_assert(range->holds(&c));
  c.valley.start[0] = c.valley.start[1] = -0.05;
  ck_assert(range->holds(&c));
  c.valley.slope = 0.5;
  ck_assert(!range->holds(&c));
}
END_TEST

/* Each counterexample differs from one and the same landscape, inside the range, in what it drops.
 */
START_TEST(test_counterexamples) {
  static const char *const names[] = {"noise", "cycle", "flattening", "range"};
  const valley ordinary = {.sharpest = 1,
                           .second = 0.5,
                           .slope = 1,
                           .label = 0.3,
                           .batch = 8,
                           .low = 0.2,
                           .high = 2.1,
                           .period = 40,
                           .cycles = 10,
                           .start = {0.1, 0.1}};
  for (size_t i = 0; i < 4; i++) {
    const hypothesis *h = support_hypothesis(&cyclical_steps_claim, names[i]);
    valley dropped = ordinary;
    if (i == 0)
      dropped.batch = 0;
    else if (i == 1)
      dropped.high = dropped.low;
    else if (i == 2)
      dropped.slope = 0;
    else {
      dropped.period = 2;
      dropped.cycles = 1;
    }
    valley_case *found = h->dropped.instance(), c = {.valley = ordinary, .seed = 1};
    ck_assert(memcmp(&found->valley, &dropped, sizeof dropped) == 0 && found->seed == 1);
    for (const hypothesis *other = cyclical_steps_claim.hypotheses; other->name != NULL; other++) {
      ck_assert(other->holds(&c));
      ck_assert(other->holds(found) == (other != h));
    }
    ck_assert(h->dropped.violate(&c, NULL));
    ck_assert(memcmp(&c.valley, &dropped, sizeof dropped) == 0);
    free(found);
  }
}
END_TEST

START_TEST(test_labels) {
  const coverage *small = support_coverage(&cyclical_steps_claim, "batches of at most 6");
  valley_case c = {.valley = hand, .seed = 1};
  for (c.valley.batch = 0; c.valley.batch < 10; c.valley.batch++)
    ck_assert(small->holds(&c) == (c.valley.batch <= 6));
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
  tcase_add_test(core, test_false_alarm);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_cycle_is_beyond_the_edge);
  tcase_add_test(core, test_stays);
  tcase_add_test(core, test_crosses);
  tcase_add_test(core, test_wins);
  tcase_add_test(core, test_enough);
  tcase_add_test(core, test_range);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_planted_experiments);
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_mean_step);
  tcase_add_test(core, test_file_is_exact);
  tcase_add_test(core, test_valleys_stay_in_order);
  tcase_add_test(core, test_shrinks);
  tcase_add_test(core, test_refusals);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
