/* R1: theory/regime_threshold, src/claims/regime_threshold. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/regime_threshold.h"
#include "families/quadratic_family.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&regime_threshold_claim);
}
END_TEST

static regime_threshold evaluate(const quadratic *q) {
  one_step_moments m;
  regime_threshold found;
  one_step_moments_of(q, &m);
  ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_SUCCESS);
  return found;
}

/* v_B = 199 puts alpha = 1/2 on the threshold: a = 99 * 2, V_D = 100, V_B = 199:
 * 198/4 + 50 - 199/2 = 0. */
START_TEST(test_hand_threshold) {
  quadratic *q = support_hand_instance();
  q->v[1] = 199;
  const regime_threshold found = evaluate(q);
  ck_assert(fabs(found.alpha_c - 0.5) <= 0.5 * found.error && found.error < 1e-13);
  ck_assert(fabs(found.complement - 0.5) <= 0.5 * found.error);
  /* The hand instance itself: 198 x(1-x) + 100 (1-x) - x = 0. */
  q->v[1] = 1;
  const double x = evaluate(q).alpha_c;
  ck_assert_double_eq_tol(198 * x * (1 - x) + 100 * (1 - x) - x, 0.0, 1e-12);
  ck_assert(x > 0.99 && x < 1.0);
  quadratic_free(q);
}
END_TEST

/* Both branches of the root, b >= 0 and b < 0, and no overflow at the ends of the domain. */
START_TEST(test_branches) {
  quadratic *q = support_hand_instance();
  q->g[0] = q->g[1] = 1e-50;
  regime_threshold found = evaluate(q);
  ck_assert_double_eq_tol(found.alpha_c, 100.0 / 101, 1e-15);
  q->g[0] = q->g[1] = 1e50;
  found = evaluate(q);
  ck_assert(found.alpha_c == 1.0);
  ck_assert_double_eq_tol(found.complement * (99 * 2e100), 1.0, 1e-14);
  q->v[0] = q->v[1] = 1e100;
  found = evaluate(q);
  ck_assert(found.alpha_c > 0.0 && found.alpha_c < 1.0);
  quadratic_free(q);
}
END_TEST

/* Without noise in the bulk: low everywhere.  Without noise in the dominant set: alpha_c = 1 -
 * V_B/a, or 0 when the bulk's noise is larger than the pull a. */
START_TEST(test_one_sided_noise) {
  quadratic *q = support_hand_instance();
  q->v[1] = 0;
  regime_threshold found = evaluate(q);
  ck_assert(found.alpha_c == 1.0 && found.complement == 0.0);
  q->v[0] = 0;
  found = evaluate(q);
  ck_assert(found.alpha_c == 1.0 && found.complement == 0.0);
  q->v[1] = 99;
  found = evaluate(q);
  ck_assert_double_eq_tol(found.alpha_c, 0.5, 1e-15);
  q->v[1] = 198;
  found = evaluate(q);
  ck_assert(found.alpha_c == 0.0 && found.complement == 1.0);
  q->v[1] = 1000;
  found = evaluate(q);
  ck_assert(found.alpha_c == 0.0 && found.complement == 1.0);
  quadratic_free(q);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = support_hand_instance();
  q->g[0] = 0;
  one_step_moments m;
  one_step_moments_of(q, &m);
  regime_threshold found = {7, 7, 7};
  ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_EDOM);
  ck_assert(found.alpha_c == 7);
  quadratic_free(q);
}
END_TEST

/* On sums that are given: a = 1.25 (3 + 7), s^2 = (12.5 + 10 - 4)^2 + 4 * 10 * 4 = 502.25, and the
 * bound (2e + gamma_12) (1 + 2 (a + V_D + V_B)/s). */
START_TEST(test_bound_is_that_of_the_chapter) {
  static const double given[] = {0.0, 0x1p-7};
  for (int i = 0; i < 2; i++) {
    const one_step_moments m = {
        .d0 = 3, .b0 = 7, .vd = 10, .vb = 4, .square_gap = 1.25, .error = given[i]};
    regime_threshold found;
    ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_SUCCESS);
    const double s = sqrt(502.25);
    ck_assert_double_eq_tol(found.alpha_c, (-1.5 + s) / 25, 1e-15);
    ck_assert_double_eq_tol(found.complement, 8 / (26.5 + s), 1e-15);
    const double bound = (2 * given[i] + 12 * 0x1p-53) * (1 + 53 / s);
    ck_assert_double_eq_tol(found.error / bound, 1, 1e-12);
  }
}
END_TEST

/* Neither noise may be so large that a sum of two overflows. */
START_TEST(test_largest_noise) {
  one_step_moments m = {.d0 = 1, .b0 = 1, .vd = 1, .vb = 0x1.fp1023, .square_gap = 1};
  regime_threshold found;
  regime_threshold_of(&m, &found);
  ck_assert(found.complement == 1.0 && found.alpha_c < 1e-300);
  m.vd = 0x1.fp1023;
  m.vb = 1;
  regime_threshold_of(&m, &found);
  ck_assert(found.alpha_c == 1.0 && found.complement < 1e-300);
}
END_TEST

/* No noise in the dominant set, and the pull not above that of the bulk: exactly 0 and 1. */
START_TEST(test_quiet_dominant_is_exact) {
  for (int i = 1; i < 200; i++) {
    const one_step_moments m = {
        .d0 = 1, .b0 = 1, .vb = 0.7 + 0.1 * i, .square_gap = 0.05 * (i % 9)};
    regime_threshold found;
    regime_threshold_of(&m, &found);
    ck_assert(found.alpha_c == 0.0 && found.complement == 1.0);
  }
}
END_TEST

START_TEST(test_both_sides_are_asked) {
  one_step_moments m = {.d0 = 1, .b0 = 0, .vd = 1, .vb = 1, .square_gap = 1};
  regime_threshold found = {.alpha_c = 7};
  ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_EDOM);
  m.d0 = 0;
  m.b0 = 1;
  ck_assert_int_eq(regime_threshold_of(&m, &found), GSL_EDOM);
  ck_assert(found.alpha_c == 7);
  quadratic *q = support_hand_instance();
  const hypothesis *noisy = support_hypothesis(&regime_threshold_claim, "noise_in_both");
  for (int i = 0; i < 4; i++) {
    q->v[0] = i & 1;
    q->v[1] = i >> 1;
    ck_assert_int_eq(noisy->holds(q), i == 3);
  }
  quadratic_free(q);
}
END_TEST

/* The scale is that of the largest of the three, whichever it is. */
START_TEST(test_scale_is_that_of_the_largest) {
  one_step_moments m = {.d0 = 0x1p-10, .b0 = 0x1p-10, .square_gap = 0x1p-10};
  regime_threshold found;
  m.vd = 0x1.fp1023;
  m.vb = 0x1p-20;
  regime_threshold_of(&m, &found);
  ck_assert(found.alpha_c == 1.0 && found.complement >= 0.0 && found.complement < 1e-300);
  m.vd = 0x1p-20;
  m.vb = 0x1.fp1023;
  regime_threshold_of(&m, &found);
  ck_assert(found.complement == 1.0 && found.alpha_c >= 0.0 && found.alpha_c < 1e-300);
}
END_TEST

static claim_note conclude(const char *name, const quadratic *q, verdict expected) {
  claim_note note = {"", 0};
  const conclusion *x = claim_find_conclusion(&regime_threshold_claim, name);
  ck_assert_ptr_nonnull(x);
  ck_assert_msg(x->check(q, &note) == expected, "%s: %s", name, note.text);
  return note;
}

static void expect_note(const char *name, quadratic *q, const char *text) {
  const claim_note note = conclude(name, q, VERDICT_FAILS);
  ck_assert_msg(strncmp(note.text, text, strlen(text)) == 0, "%s", note.text);
  quadratic_free(q);
}

/* Each line of the certificates is what its name says: where it alone, or it first, is not so. */
START_TEST(test_certificates_name_what_fails) {
  expect_note("regime_is_low_below_threshold", quadratic_pair(10, 1, 0, 1, 1, 1),
              "D_0 has sign 0,");
  expect_note("regime_is_low_below_threshold", quadratic_pair(10, 1, 1, 0, 1, 1),
              "B_0 has sign 0,");
  expect_note("critical_step_rises", quadratic_pair(10, 1, 1, 1, 0, 1), "V_D has sign 0,");
  expect_note("critical_step_rises", quadratic_pair(10, 1, 1, 1, 1, 0), "V_B has sign 0,");
  expect_note("separates_regimes", quadratic_pair(10, 1, 1, 1, 0, 1),
              "Delta at alpha -> 0 has sign 0,");
  expect_note("separates_regimes", quadratic_pair(10, 1, 1, 1, 1, 0),
              "Delta at alpha -> 1 has sign 0,");
}
END_TEST

/* The hand instance with v_B = 199, whose threshold is at the odds 1, against odds that are wrong.
 * The allowance 8 (4 e + 8 e') is 8e-3 in all three cases, e that of the threshold. */
START_TEST(test_planted_threshold) {
  static const double e[] = {1e-3 / 4, 0, 1e-3 / 8}, e_moments[] = {0, 1e-3 / 8, 1e-3 / 16};
  static const struct {
    double odds;
    verdict expected;
  } planted[] = {{1, VERDICT_HOLDS},
                 {1.0075, VERDICT_HOLDS},
                 {1 / 1.0075, VERDICT_HOLDS},
                 {1.0085, VERDICT_FAILS},
                 {1 / 1.0085, VERDICT_FAILS}};
  quadratic *q = support_hand_instance();
  q->v[1] = 199;
  one_step_moments m;
  one_step_moments_of(q, &m);
  for (int i = 0; i < 3; i++) {
    claim_note note = {"", 0};
    m.error = e_moments[i];
    for (int n = 0; n < 5; n++) {
      const regime_threshold planted_threshold = {planted[n].odds, 1, e[i]};
      ck_assert_int_eq(regime_threshold_expect_turn(q, &m, &planted_threshold, &note),
                       planted[n].expected);
    }
    const regime_threshold above = {1, 1, e[i] + 1e-18};
    ck_assert_int_eq(regime_threshold_expect_turn(q, &m, &above, &note), VERDICT_UNDECIDED);
  }
  quadratic_free(q);
}
END_TEST

/* One regime everywhere is a failure, odds beyond 1e60 are not asked for; wrong odds are named. */
START_TEST(test_planted_extremes) {
  static const struct {
    double alpha_c, complement;
    verdict expected;
  } planted[] = {{0, 1, VERDICT_FAILS},         {1, 0, VERDICT_FAILS},
                 {1e-60, 1, VERDICT_UNDECIDED}, {1, 1e-60, VERDICT_UNDECIDED},
                 {1e-59, 1, VERDICT_FAILS},     {1, 1e-59, VERDICT_FAILS}};
  quadratic *q = support_hand_instance();
  one_step_moments m;
  one_step_moments_of(q, &m);
  for (int n = 0; n < 6; n++) {
    const regime_threshold threshold = {planted[n].alpha_c, planted[n].complement, 1e-15};
    claim_note note = {"", 0};
    ck_assert_int_eq(regime_threshold_expect_turn(q, &m, &threshold, &note), planted[n].expected);
    ck_assert_int_eq(note.text[0] != '\0', planted[n].expected == VERDICT_FAILS);
  }
  quadratic_free(q);
}
END_TEST

/* Odds 1 + 2^-10 and 1 - 2^-10 against the odds 1 at the threshold: just inside the allowance
 * 4 e + 8 e', and just outside it. */
START_TEST(test_planted_side) {
  static const double e[] = {0x1p-12, 0, 0x1p-13}, e_moments[] = {0, 0x1p-13, 0x1p-14};
  for (int i = 0; i < 3; i++)
    for (int side = -1; side <= 1; side += 2) {
      claim_note note = {"", 0};
      const one_step_moments m = {.d0 = 1 + side * 0x1p-10, .b0 = 1, .error = e_moments[i]};
      regime_threshold threshold = {0.5, 0.5, e[i]};
      for (int low = 0; low < 2; low++) {
        ck_assert_int_eq(regime_threshold_expect_side(low, &m, &threshold, &note),
                         VERDICT_UNDECIDED);
        threshold.error -= 0x1p-40;
        ck_assert_int_eq(regime_threshold_expect_side(low, &m, &threshold, &note),
                         low == (side < 0) ? VERDICT_HOLDS : VERDICT_FAILS);
        threshold.error = e[i];
      }
      /* At twice the odds all the same: the odds of the threshold are a quotient. */
      const regime_threshold other = {0.5, 0.25, 0};
      ck_assert_int_eq(regime_threshold_expect_side(true, &m, &other, &note), VERDICT_HOLDS);
    }
}
END_TEST

START_TEST(test_planted_fall) {
  static const struct {
    critical_step step[2];
    double error;
    verdict expected;
  } planted[] = {
      {{{.eta_star = 1}, {.eta_star = 2}}, 0, VERDICT_HOLDS},
      {{{.eta_star = 2}, {.eta_star = 2}}, 0, VERDICT_UNDECIDED},
      {{{.eta_star = 2}, {.eta_star = 1}}, 0, VERDICT_FAILS},
      {{{.eta_star = 1}, {.eta_star = NAN}}, 0, VERDICT_FAILS},
      /* the first one against 0 */
      {{{.eta_star = 0}, {.eta_star = 1}}, 0, VERDICT_UNDECIDED},
      {{{.eta_star = -1, .eta_star_error = 1}, {.eta_star = 1}}, 0, VERDICT_UNDECIDED},
      {{{.eta_star = -1, .eta_star_error = 0.5}, {.eta_star = 1}}, 0, VERDICT_FAILS},
      /* 1 + 1/2 against 2 - 1/2, 2 - 1/4 */
      {{{.eta_star = 2, .eta_star_error = 0.5}, {.eta_star = 1, .eta_star_error = 0.5}},
       0,
       VERDICT_UNDECIDED},
      {{{.eta_star = 2, .eta_star_error = 0.25}, {.eta_star = 1, .eta_star_error = 0.5}},
       0,
       VERDICT_FAILS},
      /* 1 (1 + 1/2) + 1/4 against 2 - 1/4, 2 - 1/8 */
      {{{.eta_star = 2, .eta_star_error = 0.25}, {.eta_star = 1, .eta_star_error = 0.25}},
       0.5,
       VERDICT_UNDECIDED},
      {{{.eta_star = 2, .eta_star_error = 0.125}, {.eta_star = 1, .eta_star_error = 0.25}},
       0.5,
       VERDICT_FAILS},
      {{{.eta_star = 4}, {.eta_star = 2}}, 1, VERDICT_UNDECIDED},
      {{{.eta_star = 4}, {.eta_star = 2}}, 0.99, VERDICT_FAILS},
  };
  for (size_t n = 0; n < sizeof planted / sizeof *planted; n++) {
    claim_note note = {"", 0};
    ck_assert_int_eq(regime_threshold_expect_rise(planted[n].step, 2, planted[n].error, &note),
                     planted[n].expected);
  }
  claim_note note = {"", 0};
  regime_threshold_expect_rise(planted[2].step, 2, 0, &note);
  ck_assert_str_eq(note.text, "eta* falls from 0x1p+1 to 0x1p+0");
}
END_TEST

/* a = 1 (3 + 1), V_D = V_B = 1: |alpha_c - 1/2| <= (1 + e)/2 + e and 1 - alpha_c <= (1 + e)/4. */
START_TEST(test_planted_rates) {
  static const double given[] = {0x1p-10, 0, 0x1p-11}, given_moments[] = {0, 0x1p-12, 0x1p-13};
  const double e = 0x1p-10, most = 0.5 * (1 + e) + e, complement = 0.25 * (1 + e);
  for (int i = 0; i < 3; i++) {
    const one_step_moments m = {
        .d0 = 3, .b0 = 1, .vd = 1, .vb = 1, .square_gap = 1, .error = given_moments[i]};
    for (int beyond = 0; beyond < 4; beyond++) {
      claim_note note = {"", 0};
      const regime_threshold planted = {beyond == 1   ? 0.5 + most + 0x1p-50
                                        : beyond == 2 ? 0.5 - most - 0x1p-50
                                        : beyond == 3 ? 0.5 - most
                                                      : 0.5 + most,
                                        complement, given[i]};
      ck_assert_int_eq(regime_threshold_expect_rates(&m, &planted, &note),
                       beyond == 1 || beyond == 2 ? VERDICT_FAILS : VERDICT_HOLDS);
    }
    claim_note note = {"", 0};
    const regime_threshold planted = {0.5, nextafter(complement, 1), given[i]};
    ck_assert_int_eq(regime_threshold_expect_rates(&m, &planted, &note), VERDICT_FAILS);
  }
}
END_TEST

/* The limits are looked at from 2^-40 to 2^40 times the gradient, the whole gradient.  The flat
 * direction called dominant has a = -99 |g|^2: with noise in the bulk the rate of 1 - alpha_c is
 * negative at every scale; without, that of alpha_c is, by more than the error, where
 * 99 |g|^2/(4 v_D) is above some 1e-14: of these scales at 2^40 alone. */
START_TEST(test_limits_look_at_every_scale) {
  char expected[64];
  snprintf(expected, sizeof expected, "|g|^2 = %a:", 0x1p-79);
  expect_note("limits_in_scale", quadratic_pair(1, 10, 1, 1, 400, 1), expected);
  snprintf(expected, sizeof expected, "|g|^2 = %a:", 0x1p81);
  expect_note("limits_in_scale", quadratic_pair(1, 10, 1, 1, 1e33, 0), expected);
}
END_TEST

/* With V_D next to nothing and a = 2 V_B, alpha_c = 1/2, and Delta G = V_B (1 - f) at f times the
 * odds there: eta* grows a million times.  Where V_D << V_B = a the threshold is ill-conditioned,
 * and the last alignments cannot be told from it. */
START_TEST(test_computed_step) {
  quadratic *q = quadratic_pair(10, 1, 1, 1, 1e-20, 99);
  conclude("computed_step_rises", q, VERDICT_HOLDS);
  q->v[1] = 198;
  int undecided = 0;
  for (int power = -24; power <= -2; power++) {
    q->v[0] = pow(10.0, power);
    const bool loose = evaluate(q).error > 1e-7;
    conclude("computed_step_rises", q, loose ? VERDICT_UNDECIDED : VERDICT_HOLDS);
    undecided += loose;
  }
  ck_assert(undecided > 5 && undecided < 18);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("R1 regime_threshold");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_hand_threshold);
  tcase_add_test(core, test_branches);
  tcase_add_test(core, test_one_sided_noise);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_bound_is_that_of_the_chapter);
  tcase_add_test(core, test_largest_noise);
  tcase_add_test(core, test_quiet_dominant_is_exact);
  tcase_add_test(core, test_both_sides_are_asked);
  tcase_add_test(core, test_scale_is_that_of_the_largest);
  tcase_add_test(core, test_certificates_name_what_fails);
  tcase_add_test(core, test_planted_threshold);
  tcase_add_test(core, test_planted_extremes);
  tcase_add_test(core, test_planted_side);
  tcase_add_test(core, test_planted_fall);
  tcase_add_test(core, test_planted_rates);
  tcase_add_test(core, test_limits_look_at_every_scale);
  tcase_add_test(core, test_computed_step);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
