/* T1: theory/critical_step, src/claims/critical_step. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "claims/critical_step.h"
#include "exact/exact_step.h"

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

int main(void) {
  Suite *suite = suite_create("T1 critical_step");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_instance);
  tcase_add_test(core, test_hand_sums);
  tcase_add_test(core, test_threshold_is_undecided);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_readings_differ);
  tcase_add_test(core, test_certificate);
  tcase_add_test(core, test_certified_at_the_threshold);
  tcase_add_test(core, test_certificate_sees_a_bias);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
