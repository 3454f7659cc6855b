/* T1: theory/critical_step, src/claims/critical_step. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "claims/critical_step.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&critical_step_claim);
}
END_TEST

static critical_step evaluate(const quadratic *q) {
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  ck_assert_int_eq(critical_step_of(&m, &found), GSL_SUCCESS);
  return found;
}

/* By hand: Delta = 198, eta* = 1/11. */
START_TEST(test_hand_instance) {
  quadratic *q = support_hand_instance();
  const critical_step found = evaluate(q);
  ck_assert_int_eq(found.regime, REGIME_LOW);
  ck_assert(fabs(found.delta - 198) <= found.delta_error && found.delta_error < 1e-12);
  ck_assert(fabs(found.eta_star - 1.0 / 11) <= found.eta_star_error &&
            found.eta_star_error < 1e-14);
  quadratic_free(q);
}
END_TEST

/* lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | 13): Delta = (61 + 274)/5 - (36 + 52)/9,
 * eta* = 2 (17/5 - 2) / Delta. */
START_TEST(test_hand_sums) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  const critical_step found = evaluate(q);
  const double delta = 335.0 / 5 - 88.0 / 9;
  ck_assert_double_eq_tol(found.delta, delta, found.delta_error + 1e-14);
  ck_assert_double_eq_tol(found.eta_star, 2.8 / delta, found.eta_star_error + 1e-16);
  quadratic_free(q);
}
END_TEST

/* v_B = 199 puts the hand instance on the threshold: Delta = 100 + 100 - 1 - 199 = 0. */
START_TEST(test_threshold_is_undecided) {
  quadratic *q = support_hand_instance();
  q->v[1] = 199;
  const critical_step found = evaluate(q);
  ck_assert_int_eq(found.regime, REGIME_UNDECIDED);
  ck_assert(isnan(found.eta_star));
  ck_assert(!critical_step_is_low(q) && critical_step_is_high(q));
  q->v[1] = nextafter(199, 200);
  ck_assert(critical_step_is_high(q));
  q->v[1] = nextafter(199, 0);
  ck_assert(critical_step_is_low(q));
  q->v[1] = 200;
  ck_assert_int_eq(evaluate(q).regime, REGIME_HIGH);
  quadratic_free(q);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = support_hand_instance();
  one_step_moments m;
  const critical_step untouched = {REGIME_HIGH, 1, 2, 3, 4};
  for (int side = 0; side < 2; side++) {
    q->g[0] = side;
    q->g[1] = 1 - side;
    one_step_moments_of(q, &m);
    critical_step found = untouched;
    ck_assert_int_eq(critical_step_of(&m, &found), GSL_EDOM);
    ck_assert(found.regime == untouched.regime && found.delta == 1 && found.eta_star_error == 4);
  }
  quadratic_free(q);
}
END_TEST

/* Where the two readings part: lambda = (10, 1), g = (2, 1), xi_i = +-1.  At eta* = 6/41 the mean
 * field stands still; the mean over the four outcomes does not, by hand:
 * g+ = (2 - 60/41 (2 +- 1), 1 - 6/41 (1 +- 1)) = ((-98, 22)/41, (29, 41)/41). */
START_TEST(test_readings_differ) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){2, 1},
                                   (const double[]){1, 1}, 0.0);
  const double eta = evaluate(q).eta_star;
  ck_assert_double_eq_tol(eta, 6.0 / 41, 1e-15);
  const exact_step step = {q, eta};
  double mean = 0.0;
  const double dominant[] = {98 * 98, 22 * 22}, bulk[] = {29 * 29, 41 * 41};
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++)
      mean += 0.25 * dominant[i] / (dominant[i] + bulk[j]);
  ck_assert_double_eq_tol(certified_value_of(exact_step_true_alignment_change, &step), mean - 0.8,
                          1e-14);
  ck_assert(fabs(mean - 0.8) > 0.1);
  quadratic_free(q);
}
END_TEST

/* The formulas and their bounds (theory: "Error bound") on sums that are given, so that each term
 * of a bound can be seen: m.error = e gives delta = (2e + gamma_4) (|p - q| + V_D/D_0 + V_B/B_0).
 */
START_TEST(test_bounds_are_those_of_the_chapter) {
  static const double given[] = {0.0, 0x1p-7};
  for (int i = 0; i < 2; i++) {
    const double e = given[i], four = 4 * 0x1p-53;
    const one_step_moments m = {
        .d0 = 3, .b0 = 7, .vd = 10, .vb = 4, .mean_gap = 0.6, .square_gap = -1.25, .error = e};
    critical_step found;
    ck_assert_int_eq(critical_step_of(&m, &found), GSL_SUCCESS);
    const double delta = 127.0 / 84, sizes = 433.0 / 84;
    const double bound = (2 * e + four) * sizes;
    ck_assert_int_eq(found.regime, REGIME_LOW);
    ck_assert_double_eq_tol(found.delta, delta, 1e-15);
    ck_assert_double_eq_tol(found.delta_error / bound, 1, 1e-12);
    ck_assert_double_eq_tol(found.eta_star, 1.2 / delta, 1e-15);
    ck_assert_double_eq_tol(
        found.eta_star_error / (1.2 / delta * (e + bound / (delta - bound) + four)), 1, 1e-12);
  }
}
END_TEST

/* (2e + gamma_4) = 1 exactly: Delta is its bound, or minus it, and nothing is certain. */
START_TEST(test_delta_at_its_bound_is_undecided) {
  const double e = 0.5 - 2 * 0x1p-53;
  one_step_moments m = {.d0 = 3, .b0 = 5, .vd = 6, .mean_gap = 1, .square_gap = 2, .error = e};
  critical_step found;
  critical_step_of(&m, &found);
  ck_assert(found.delta == 4 && found.delta_error == 4);
  ck_assert_int_eq(found.regime, REGIME_UNDECIDED);
  m.vd = m.square_gap = 0;
  m.vb = 15;
  critical_step_of(&m, &found);
  ck_assert(found.delta == -3 && found.delta_error == 3);
  ck_assert_int_eq(found.regime, REGIME_UNDECIDED);
}
END_TEST

/* lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | w): p - q = 8.2, V_D/D_0 = 54.8, V_B/B_0 =
 * 4w/9, and |Delta| = |63 - 4w/9| is the share c of 63 + 4w/9 at w = 63 (1 -+ c)/(1 +- c) 9/4. */
START_TEST(test_label_near_threshold) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 0}, 0.0);
  static const double share[] = {0.96e-3, 1.04e-3};
  for (int i = 0; i < 2; i++)
    for (int side = -1; side <= 1; side += 2) {
      const double c = side * share[i];
      q->v[2] = 63 * (1 - c) / (1 + c) * 9 / 4;
      ck_assert_int_eq(critical_step_is_near_threshold(q), i == 0);
    }
  quadratic_free(q);
}
END_TEST

static verdict check(const char *name, const quadratic *q) {
  return support_check(&critical_step_claim, name, q);
}

/* The hand instance with v_B = 199 - x has Delta = x and the bound 28 u 400: the critical step is
 * asked for only where it is good to 1e-3. */
START_TEST(test_loose_critical_step_is_undecided) {
  quadratic *q = support_hand_instance();
  const double bound = 28 * 0x1p-53 * 400;
  static const double shares[] = {0.7e-3, 1.5e-3};
  for (int i = 0; i < 2; i++) {
    q->v[1] = 199 - bound / shares[i];
    ck_assert_int_eq(check("computed_step_at_samples", q),
                     i == 0 ? VERDICT_HOLDS : VERDICT_UNDECIDED);
  }
  quadratic_free(q);
}
END_TEST

/* Each conclusion fails at the one step where a biased noise makes it false.  With E xi_1 = -1 and
 * v = (1/2, 148) the dominant mean stands still: D = 1 + 50 eta^2, B = (1 - eta)^2 + 148 eta^2 and
 * Delta = 1, so the alignment rises at 2^-20 eta* and falls at a quarter of eta* and beyond.  With
 * E xi_1 = 0.05 the true turn comes later than the one without bias. */
START_TEST(test_conclusions_look_at_every_step) {
  quadratic *q = quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 0.5, 148), 0, -1.0);
  ck_assert_int_eq(check("computed_step_at_samples", q), VERDICT_FAILS);
  quadratic_free(q);
  q = quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1), 0, 0.05);
  ck_assert_int_eq(check("turns_within_error", q), VERDICT_FAILS);
  quadratic_free(q);
}
END_TEST

/* "The mean update climbs the dominant direction": at arbitrarily small steps. */
START_TEST(test_biased_counterexample_rises_at_small_steps) {
  quadratic *q = support_hypothesis(&critical_step_claim, "unbiased")->dropped.instance();
  const exact_step step = {q, 0x1p-30};
  ck_assert_int_eq(exact_step_alignment_sign(&step), SIGN_POSITIVE);
  quadratic_free(q);
}
END_TEST

static verdict conclude(const char *name, const quadratic *q, claim_note *note) {
  const conclusion *x = claim_find_conclusion(&critical_step_claim, name);
  ck_assert_msg(x != NULL && x->decision == DECIDED_BY_SIGN, "%s is not decided by sign", name);
  *note = (claim_note){"", 0};
  return x->check(q, note);
}

/* The certificate of the hand instance: -18 eta + 198 eta^2, zero at 1/11.  In the high regime the
 * refutation carries the sign that refutes and its bits. */
START_TEST(test_certificate) {
  claim_note note = {"", 0};
  quadratic *q = support_hand_instance();
  ck_assert_int_eq(conclude("falls_below_critical_step", q, &note), VERDICT_HOLDS);
  ck_assert(note.bits >= 128 && note.bits <= 8192);
  ck_assert_int_eq(conclude("rises_above_critical_step", q, &note), VERDICT_HOLDS);
  ck_assert_int_eq(conclude("stands_still_at_critical_step", q, &note), VERDICT_HOLDS);
  q->v[1] = 200; /* Delta = 200 - 201 */
  ck_assert_int_eq(conclude("rises_above_critical_step", q, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "the coefficient of eta^2 has sign -, certified at 128 bits");
  q->v[1] = 199; /* Delta = 0, exactly: no critical step, and no rise */
  ck_assert_int_eq(conclude("rises_above_critical_step", q, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "the coefficient of eta^2 has sign 0, certified at 128 bits");
  ck_assert_int_eq(conclude("stands_still_at_critical_step", q, &note), VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(note.text, "Delta = 0, exactly"));
  ck_assert_int_eq(critical_step_certify(q, CERTIFY_NEGATIVE, CERTIFY_NOT_POSITIVE, &note),
                   VERDICT_HOLDS);
  quadratic_free(q);
}
END_TEST

/* Where the floating-point Delta is inside its own bound the certificate is not: Delta > 0 by one
 * part in 2^52, and the statement on the instance is proved all the same. */
START_TEST(test_certified_at_the_threshold) {
  claim_note note = {"", 0};
  quadratic *q = support_hand_instance();
  q->v[1] = nextafter(199, 0);
  ck_assert_int_eq(evaluate(q).regime, REGIME_UNDECIDED);
  ck_assert_int_eq(conclude("falls_below_critical_step", q, &note), VERDICT_HOLDS);
  ck_assert_int_eq(conclude("rises_above_critical_step", q, &note), VERDICT_HOLDS);
  ck_assert_int_eq(conclude("stands_still_at_critical_step", q, &note), VERDICT_HOLDS);
  quadratic_free(q);
}
END_TEST

/* The identity behind the certificate is not the definition restated: with a mean in the noise the
 * definition moves and the formula does not. */
START_TEST(test_certificate_sees_a_bias) {
  claim_note note = {"", 0};
  quadratic *q = support_hand_instance();
  q->bias = calloc(2, sizeof *q->bias);
  q->bias[1] = 0x1p-40;
  ck_assert_int_eq(conclude("falls_below_critical_step", q, &note), VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(note.text, "less its formula"));
  quadratic_free(q);
}
END_TEST

/* Any signs at all: what is left of the certificate is that |g|^2 and |g+|^2 are positive and that
 * the formulas are those of the definition, also where the dominant part is noise alone. */
START_TEST(test_certificate_of_noise_alone) {
  const int any = CERTIFY_NEGATIVE | CERTIFY_ZERO | CERTIFY_POSITIVE;
  claim_note note = {"", 0};
  quadratic *q = quadratic_pair(10, 1, 0, 1, 1, 1);
  ck_assert_int_eq(critical_step_certify(q, any, any, &note), VERDICT_HOLDS);
  q->g[1] = 0;
  ck_assert_int_eq(critical_step_certify(q, any, any, &note), VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(note.text, "E|g|^2"));
  quadratic_free(q);
}
END_TEST

/* Rationals are for up to 12 directions and for the mean field. */
START_TEST(test_standstill_has_a_domain) {
  claim_note note = {"", 0};
  for (size_t d = 12; d <= 13; d++) {
    quadratic *q = quadratic_alloc(d, 3);
    for (size_t i = 0; i < d; i++) {
      q->lambda[i] = i < 3 ? 7.0 : 1.0;
      q->g[i] = q->v[i] = 1.0;
    }
    ck_assert_int_eq(conclude("stands_still_at_critical_step", q, &note),
                     d == 12 ? VERDICT_HOLDS : VERDICT_VACUOUS);
    q->reading = READING_TRUE_EXPECTATION;
    ck_assert_int_eq(conclude("stands_still_at_critical_step", q, &note), VERDICT_VACUOUS);
    quadratic_free(q);
  }
  quadratic *q = quadratic_pair(1, 1, 1, 1, 2, 1); /* a tie: eta* = 0 */
  ck_assert_int_eq(conclude("stands_still_at_critical_step", q, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "eta*, a rational number, is not positive");
  quadratic_free(q);
}
END_TEST

/* With little noise the two readings agree at all the steps that are tried: nothing is refuted, and
 * nothing proved. */
START_TEST(test_true_expectation_is_refuted_at_most) {
  claim_note note = {"", 0};
  quadratic *q = quadratic_pair(10, 1, 1, 1, 1e-6, 1e-6);
  q->reading = READING_TRUE_EXPECTATION;
  ck_assert_int_eq(conclude("falls_below_critical_step", q, &note), VERDICT_UNDECIDED);
  quadratic_free(q);
}
END_TEST

/* The first step that refutes is named: 2^-20 eta*; and the steps above eta* are looked at too. */
START_TEST(test_first_step_is_named) {
  claim_note note = {"", 0};
  char expected[64];
  quadratic *q = quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 0.5, 148), 0, -1.0);
  const conclusion *x = claim_find_conclusion(&critical_step_claim, "computed_step_at_samples");
  ck_assert_int_eq(x->check(q, &note), VERDICT_FAILS);
  snprintf(expected, sizeof expected, "eta = %a:", 0x1p-20 * evaluate(q).eta_star);
  ck_assert_msg(strncmp(note.text, expected, strlen(expected)) == 0, "%s", note.text);
  quadratic_free(q);
  q = quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1), 0, 0.05);
  ck_assert_int_eq(x->check(q, &note), VERDICT_FAILS);
  quadratic_free(q);
}
END_TEST

/* The hand instance: (D B_0 - B D_0)/(D B_0 + B D_0), D = (1 - 10 eta)^2 + 100 eta^2, B = (1 -
 * eta)^2 + eta^2, at the steps c eta* that the conclusions look at. */
START_TEST(test_margins) {
  static const double below[] = {0x1p-20, 0.25, 0.5, 0.9, 0.998};
  static const double above[] = {1.002, 1.1, 2.0, 4.0, 0x1p20};
  quadratic *q = support_hand_instance();
  for (int side = 0; side < 2; side++) {
    double least = 1;
    for (int i = 0; i < 5; i++) {
      const double eta = (side ? above[i] : below[i]) / 11;
      const double d = (1 - 10 * eta) * (1 - 10 * eta) + 100 * eta * eta;
      const double b = (1 - eta) * (1 - eta) + eta * eta;
      least = fmin(least, (side ? 1 : -1) * (d - b) / (d + b));
    }
    const conclusion *x = claim_find_conclusion(
        &critical_step_claim, side ? "rises_above_critical_step" : "falls_below_critical_step");
    ck_assert_double_eq_tol(x->margin(q), least, 1e-9 * least);
  }
  q->v[1] = 1000; /* no critical step */
  ck_assert(
      isnan(claim_find_conclusion(&critical_step_claim, "rises_above_critical_step")->margin(q)));
  quadratic_free(q);
}
END_TEST

/* The sign below is asked for as the one above is: with E xi_1 = -0.05 the true turn comes earlier
 * than the one without bias, and at eta* the alignment rises already. */
START_TEST(test_turn_is_looked_at_from_below) {
  claim_note note = {"", 0};
  quadratic *q = quadratic_with_bias(quadratic_pair(10, 1, 1, 1, 1, 1), 0, -0.05);
  const conclusion *x = claim_find_conclusion(&critical_step_claim, "turns_within_error");
  ck_assert_int_eq(x->check(q, &note), VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(note.text, "has sign +, not -"));
  quadratic_free(q);
}
END_TEST

/* A tie: eta* = 0, which is no critical step. */
START_TEST(test_critical_step_is_positive) {
  claim_note note = {"", 0};
  quadratic *q = quadratic_pair(1, 1, 1, 1, 2, 1);
  const conclusion *x = claim_find_conclusion(&critical_step_claim, "computed_step_at_samples");
  ck_assert_int_eq(x->check(q, &note), VERDICT_FAILS);
  ck_assert_msg(strcmp(note.text, "eta* = 0x0p+0 is not positive") == 0, "%s", note.text);
  quadratic_free(q);
}
END_TEST

/* |g|^2 and |g+|^2 are those of both sets: here there is a gradient in the dominant set alone. */
START_TEST(test_certificate_adds_both_sets) {
  const int any = CERTIFY_NEGATIVE | CERTIFY_ZERO | CERTIFY_POSITIVE;
  claim_note note = {"", 0};
  quadratic *q = quadratic_pair(10, 1, 1, 0, 1, 0);
  ck_assert_int_eq(critical_step_certify(q, any, any, &note), VERDICT_HOLDS);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T1 critical_step");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_hand_instance);
  tcase_add_test(core, test_hand_sums);
  tcase_add_test(core, test_threshold_is_undecided);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_readings_differ);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  tcase_add_test(core, test_delta_at_its_bound_is_undecided);
  tcase_add_test(core, test_label_near_threshold);
  tcase_add_test(core, test_loose_critical_step_is_undecided);
  tcase_add_test(core, test_conclusions_look_at_every_step);
  tcase_add_test(core, test_biased_counterexample_rises_at_small_steps);
  tcase_add_test(core, test_certificate);
  tcase_add_test(core, test_certified_at_the_threshold);
  tcase_add_test(core, test_certificate_sees_a_bias);
  tcase_add_test(core, test_certificate_of_noise_alone);
  tcase_add_test(core, test_standstill_has_a_domain);
  tcase_add_test(core, test_true_expectation_is_refuted_at_most);
  tcase_add_test(core, test_first_step_is_named);
  tcase_add_test(core, test_margins);
  tcase_add_test(core, test_turn_is_looked_at_from_below);
  tcase_add_test(core, test_critical_step_is_positive);
  tcase_add_test(core, test_certificate_adds_both_sets);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
