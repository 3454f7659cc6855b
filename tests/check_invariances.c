/* L3: theory/invariances, src/claims/invariances. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/invariances.h"
#include "claims/opposite_effects.h"
#include "claims/regime_threshold.h"
#include "families/quadratic_family.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&invariances_claim);
}
END_TEST

/* The hand instance in other units: A three times, Sigma nine times, g five times that:
 * lambda = (30, 3), g = (15, 15), v = (225, 225): eta* = 1/33, I = (1/30, 1/3). */
START_TEST(test_hand_units) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){30, 3}, (const double[]){15, 15},
                                   (const double[]){225, 225}, 0.0);
  one_step_moments m;
  critical_step step;
  opposite_effects effects;
  one_step_moments_of(q, &m);
  ck_assert_int_eq(critical_step_of(&m, &step), 0);
  ck_assert_int_eq(opposite_effects_of(&m, &effects), 0);
  ck_assert(fabs(step.eta_star - 1.0 / 33) <= step.eta_star_error);
  ck_assert(fabs(effects.eta_dominant * 30 - 1) <= effects.error);
  ck_assert(fabs(effects.eta_bulk * 3 - 1) <= effects.error);
  quadratic_free(q);
}
END_TEST

/* lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | 13) after a step of 1/20, in units of 1/400:
 * each reading by hand, with the bound of its chapter. */
START_TEST(test_readings) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  ck_assert(invariances_step(q) == 1.0 / 20);
  invariances_readings found;
  ck_assert_int_eq(invariances_read(q, 1.0 / 20, &found), GSL_SUCCESS);
  const double dominant = 225 + 4 * 289 + 175 + 99, bulk = 9 * 324 + 52;
  const double delta = 335.0 / 5 - 88.0 / 9, a = 8.2 * 14;
  const double s = hypot(a + 274 - 52, 2 * sqrt(274.0 * 52));
  const double alpha_c = (a - 274 - 52 + s) / (2 * a); /* the other form of the root */
  const double value[] = {5.0 / 14,         dominant / (dominant + bulk),
                          alpha_c,          104 / (a + 274 + 52 + s),
                          10.0 / (17 + 68), 18.0 / (18 + 26),
                          2.8 / delta};
  one_step_moments m;
  critical_step step;
  opposite_effects effects;
  regime_threshold threshold;
  one_step_moments_of(q, &m);
  critical_step_of(&m, &step);
  opposite_effects_of(&m, &effects);
  regime_threshold_of(&m, &threshold);
  const double error[] = {(2 * 14 + 3) * 0x1p-53 * 5 / 14,
                          one_step_mean_field_error(q, 1.0 / 20, (dominant + bulk) / 400),
                          threshold.error * alpha_c,
                          threshold.error * (1 - alpha_c),
                          effects.error * value[4],
                          effects.error * value[5],
                          step.eta_star_error};
  for (int i = 0; i < INVARIANCES_READINGS; i++) {
    ck_assert_double_eq_tol(found.value[i] / value[i], 1, 1e-13);
    ck_assert_double_eq_tol(found.error[i] / error[i], 1, 1e-12);
  }
  q->g[2] = 0;
  invariances_readings untouched = {.value = {7}};
  ck_assert_int_eq(invariances_read(q, 1.0 / 20, &untouched), GSL_EDOM);
  ck_assert(untouched.value[0] == 7);
  quadratic_free(q);
}
END_TEST

static const char *const names[] = {
    "alpha:", "alpha after a step:", "alpha_c:", "1 - alpha_c:", "eta_D:", "eta_B:", "eta*:"};

static invariances_readings planted(void) {
  invariances_readings r;
  for (int i = 0; i < INVARIANCES_READINGS; i++) {
    r.value[i] = 8 + i;
    r.error[i] = (i + 1) * 0x1p-20;
  }
  return r;
}

/* One reading is off, by more than it may be or by just that: it alone is named. */
START_TEST(test_planted_readings) {
  for (int which = 0; which < INVARIANCES_READINGS; which++) {
    claim_note note = {"", 0};
    const invariances_readings before = planted();
    invariances_readings after = planted();
    for (int i = INVARIANCES_ETA_DOMINANT; i < INVARIANCES_READINGS; i++)
      after.value[i] *= 4;
    ck_assert_int_eq(invariances_expect_same(&before, &after, 4, &note), VERDICT_HOLDS);
    after.value[which] = nextafter(after.value[which], 100);
    ck_assert_int_eq(invariances_expect_same(&before, &after, 4, &note), VERDICT_FAILS);
    ck_assert(strncmp(note.text, names[which], strlen(names[which])) == 0);
    after.value[which] = NAN;
    ck_assert_int_eq(invariances_expect_same(&before, &after, 4, &note), VERDICT_FAILS);
    ck_assert_int_eq(invariances_expect_same(&after, &before, 4, &note), VERDICT_FAILS);

    for (int side = -1; side <= 1; side += 2) {
      const double times = side < 0 ? 1 : 2;
      after = planted();
      after.error[which] = 0x1p-21;
      const double edge = times * (before.error[which] + 0x1p-21);
      after.value[which] += side * edge;
      ck_assert_int_eq(invariances_expect_close(&before, &after, times, &note), VERDICT_HOLDS);
      after.value[which] += side * 0x1p-40;
      ck_assert_int_eq(invariances_expect_close(&before, &after, times, &note), VERDICT_FAILS);
      ck_assert(strncmp(note.text, names[which], strlen(names[which])) == 0);
    }
    after.value[which] = NAN;
    const verdict v = which == INVARIANCES_ETA_STAR ? VERDICT_HOLDS : VERDICT_FAILS;
    ck_assert_int_eq(invariances_expect_close(&before, &after, 2, &note), v);
    ck_assert_int_eq(invariances_expect_close(&after, &before, 2, &note), v);
  }
}
END_TEST

/* No eta* on either side is the same on both. */
START_TEST(test_no_critical_step_is_the_same) {
  claim_note note = {"", 0};
  invariances_readings r = planted();
  r.value[INVARIANCES_ETA_STAR] = NAN;
  ck_assert_int_eq(invariances_expect_same(&r, &r, 1, &note), VERDICT_HOLDS);
}
END_TEST

START_TEST(test_planted_moments) {
  const dense_step_moments first = {8, 9, 10, 11, 0x1p-20, 0x1p-30};
  for (int which = 0; which < 4; which++)
    for (int side = -1; side <= 1; side += 2) {
      claim_note note = {"", 0};
      dense_step_moments second = first;
      second.error = 0x1p-21;
      second.loss_error = 0x1p-31;
      double *const value[] = {&second.dominant, &second.bulk, &second.dominant_loss,
                               &second.bulk_loss};
      *value[which] += side * 1.5 * (which < 2 ? 0x1p-20 : 0x1p-30);
      ck_assert_int_eq(invariances_expect_same_moments(&first, &second, &note), VERDICT_HOLDS);
      ck_assert_int_eq(invariances_expect_same_moments(&second, &first, &note), VERDICT_HOLDS);
      *value[which] += side * 0x1p-45;
      ck_assert_int_eq(invariances_expect_same_moments(&first, &second, &note), VERDICT_FAILS);
    }
}
END_TEST

static void expect(const char *name, quadratic *q, verdict expected) {
  const verdict v = support_check(&invariances_claim, name, q);
  ck_assert_msg(v == expected, "%s %s", name, verdict_name(v));
  quadratic_free(q);
}

/* Dense matrices are for up to 24 directions and condition numbers up to 1e4. */
START_TEST(test_rotation_has_a_domain) {
  support_rotation_has_a_domain(&invariances_claim, "rotation");
}
END_TEST

/* Both ends of the units: noise in the bulk, far outside the domain of quadratics, that the largest
 * unit alone makes infinite, or the smallest alone makes lose its last bit. */
START_TEST(test_units_go_to_both_ends) {
  expect("curvature_units", quadratic_pair(2, 1, 1, 1, 1, 0x1p1000), VERDICT_FAILS);
  expect("curvature_units", quadratic_pair(2, 1, 1, 1, 1, 0x1p970), VERDICT_HOLDS);
  expect("curvature_units", quadratic_pair(2, 1, 1, 1, 1, 0x1.00001p-1030), VERDICT_FAILS);
  expect("curvature_units", quadratic_pair(2, 1, 1, 1, 1, 0x1.00001p-1000), VERDICT_HOLDS);
  expect("gradient_units", quadratic_pair(2, 1, 1, 1, 1, 0x1p990), VERDICT_FAILS);
  expect("gradient_units", quadratic_pair(2, 1, 1, 1, 1, 0x1p950), VERDICT_HOLDS);
  expect("gradient_units", quadratic_pair(2, 1, 1, 1, 1, 0x1.00001p-1000), VERDICT_FAILS);
  expect("gradient_units", quadratic_pair(2, 1, 1, 1, 1, 0x1.00001p-980), VERDICT_HOLDS);
}
END_TEST

/* In a set that is not the top k nor the bottom the terms of a gap have both signs, and their order
 * counts: 2^60 - 2^60 + 1 is 1, 1 - 2^60 + 2^60 is 0 in double precision.  Nothing else differs:
 * the conclusion sees that the set was turned round, all of it but direction k. */
START_TEST(test_order_is_turned_round) {
  const double big = 0x1p30;
  expect("permutation",
         quadratic_literal(5, 4, (const double[]){5, 3, 5, 4, 4},
                           (const double[]){big, big, 1, 1, 1},
                           (const double[]){8 * big * big, 1, 1, 1, 1}, 0),
         VERDICT_FAILS);
  expect("permutation",
         quadratic_literal(4, 1, (const double[]){4, 5, 3, 5}, (const double[]){1, big, big, 1},
                           (const double[]){big * big, 1, 1, 1}, 0),
         VERDICT_FAILS);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("L3 invariances");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_hand_units);
  tcase_add_test(core, test_readings);
  tcase_add_test(core, test_planted_readings);
  tcase_add_test(core, test_no_critical_step_is_the_same);
  tcase_add_test(core, test_planted_moments);
  tcase_add_test(core, test_rotation_has_a_domain);
  tcase_add_test(core, test_units_go_to_both_ends);
  tcase_add_test(core, test_order_is_turned_round);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
