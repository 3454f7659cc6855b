/* T4: theory/two_phases, src/claims/two_phases. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include "claims/two_phases.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&two_phases_claim);
}
END_TEST

/* By hand: lambda = (10, 1), v = (1, 1), eta = 1/10: rho = (0, 0.81), s = (1, 1/19),
 * alpha_oo = 19/20.  (1/10 is not a double; s_1 and rho_1 feel it in the last bits.) */
START_TEST(test_hand_limit) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 0.1);
  ck_assert_double_eq_tol(two_phases_limit(q), 0.95, 1e-15);
  ck_assert_double_eq_tol(two_phases_square(q, 0, 1, NULL), 1.0, 1e-14);
  ck_assert_double_eq_tol(two_phases_square(q, 1, 1, NULL), 0.81 * (400 - 1.0 / 19) + 1.0 / 19,
                          1e-12);
  ck_assert_double_eq_tol(two_phases_square(q, 1, 3, NULL),
                          0.81 * 0.81 * 0.81 * (400 - 1.0 / 19) + 1.0 / 19, 1e-12);
  ck_assert_double_eq_tol(two_phases_alignment(q, 0), 0.5, 1e-16);
  quadratic_free(q);
}
END_TEST

/* The recursion by hand, two steps of lambda = (8, 1), eta = 1/16, v = (3, 5), g = (4, 6):
 * q_1: 16 -> 4 + 3/4 -> 19/16 + 3/4;  q_2: 36 (225/256) + 5/256, and again. */
START_TEST(test_hand_recursion) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){4, 6},
                                   (const double[]){3, 5}, 1.0 / 16);
  ck_assert_double_eq_tol(two_phases_square(q, 0, 1, NULL), 4.75, 1e-14);
  ck_assert_double_eq_tol(two_phases_square(q, 0, 2, NULL), 19.0 / 16 + 0.75, 1e-14);
  const double rho = 225.0 / 256, gain = 5.0 / 256;
  ck_assert_double_eq_tol(two_phases_square(q, 1, 2, NULL), rho * (rho * 36 + gain) + gain, 1e-13);
  const exact_run run = {q, 2};
  ck_assert_double_eq_tol(certified_value_of(exact_run_iterated_dominant, &run), 31.0 / 16, 1e-15);
  quadratic_free(q);
}
END_TEST

/* The turn of a run that is iterated here, step by step, in plain arithmetic. */
START_TEST(test_turn_by_iteration) {
  quadratic *q =
      quadratic_literal(4, 2, (const double[]){8, 5, 2, 1}, (const double[]){20, 9, 31, 7},
                        (const double[]){1, 2, 3, 4}, 1.0 / 16);
  double squares[4], next[4];
  for (size_t i = 0; i < 4; i++)
    squares[i] = q->g[i] * q->g[i];
  double turn = -1;
  for (int t = 0; t < 200 && turn < 0; t++) {
    for (size_t i = 0; i < 4; i++) {
      const double move = q->lambda[i] / 16;
      next[i] = (1 - move) * (1 - move) * squares[i] + move * move * q->v[i];
    }
    const double before = (squares[0] + squares[1]) / (squares[2] + squares[3]);
    const double after = (next[0] + next[1]) / (next[2] + next[3]);
    if (after >= before)
      turn = t;
    for (size_t i = 0; i < 4; i++)
      squares[i] = next[i];
  }
  ck_assert(turn >= 1);
  ck_assert(two_phases_turn(q) == turn);
  ck_assert(two_phases_turn_is_certain(q, turn));
  quadratic_free(q);
}
END_TEST

/* A tie, in dyadic numbers: lambda = (9, 1), g = (1, 1), v = (5/8, 21/8), eta = 1/8 = eta*_0.  Both
 * moments go from 1 to 413/512, so the alignment stays at 1/2 for one step, exactly, and then
 * rises. */
START_TEST(test_tie) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){1, 1},
                                   (const double[]){0.625, 2.625}, 0.125);
  two_phases_hypotheses h;
  two_phases_check(q, &h);
  ck_assert(h.stable && h.large_start && h.positive_noise);
  const exact_run start = {q, 0}, next = {q, 1};
  ck_assert_int_eq(certified_sign_of(exact_step_alignment_change, &(const exact_step){q, q->eta}),
                   SIGN_ZERO);
  ck_assert(certified_value_of(exact_run_iterated_dominant, &next) == 413.0 / 512);
  ck_assert(certified_value_of(exact_run_iterated_bulk, &next) == 413.0 / 512);
  ck_assert_int_eq(certified_sign_of(exact_run_change, &next), SIGN_POSITIVE);
  /* The change at the tie, with its divisions, is a ball around 0 at every precision. */
  ck_assert_int_eq(certified_sign_of(exact_run_change, &start), SIGN_UNDECIDED);
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  ck_assert_int_eq(critical_step_of(&m, &found), 0);
  ck_assert_double_eq_tol(found.eta_star, 0.125, found.eta_star_error);
  quadratic_free(q);
}
END_TEST

static verdict conclude(const char *name, const quadratic *q, claim_note *note) {
  const conclusion *x = claim_find_conclusion(&two_phases_claim, name);
  ck_assert_msg(x != NULL && x->decision == DECIDED_BY_SIGN, "%s is not decided by sign", name);
  *note = (claim_note){"", 0};
  return x->check(q, note);
}

static const char *const by_sign[] = {"at_most_one_turn",  "sum_is_the_change",
                                      "turn_is_certified", "first_phase_below_critical_step",
                                      "limit_from_below",  "limit_bound"};
enum { BY_SIGN = sizeof by_sign / sizeof *by_sign };

/* A tie, which no ball decides, is decided: the recursion has no divisions. */
START_TEST(test_tie_is_certified) {
  claim_note note = {"", 0};
  quadratic *q = quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){1, 1},
                                   (const double[]){0.625, 2.625}, 0.125);
  for (size_t n = 0; n < BY_SIGN; n++)
    ck_assert_msg(conclude(by_sign[n], q, &note) == VERDICT_HOLDS, "%s: %s", by_sign[n], note.text);
  const exact_run start = {q, 0};
  ck_assert_int_eq(certified_sign_of(exact_run_iterated_change, &start), SIGN_ZERO);
  quadratic_free(q);
}
END_TEST

/* A gap of a few ulps and a tiny step put the turn beyond 2^52 steps, out of reach of doubles: the
 * claim is certified there too. */
START_TEST(test_turn_beyond_doubles) {
  claim_note note = {"", 0};
  const double eta = 0x1p-60;
  quadratic *q = quadratic_literal(2, 1, (const double[]){1 + 0x1p-50, 1},
                                   (const double[]){0x1p40, 0x1p40}, (const double[]){1, 1}, eta);
  ck_assert(two_phases_turn(q) == TWO_PHASES_NO_TURN);
  for (size_t n = 0; n < BY_SIGN; n++)
    ck_assert_msg(conclude(by_sign[n], q, &note) == VERDICT_HOLDS, "%s: %s", by_sign[n], note.text);
  quadratic_free(q);
}
END_TEST

/* A refutation names what is out of order, or the step that refutes. */
START_TEST(test_refuted) {
  claim_note note = {"", 0};
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){20, 0.1},
                                   (const double[]){1, 1}, 1.0 / 20);
  ck_assert_int_eq(conclude("at_most_one_turn", q, &note), VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(note.text, "does not rise"));
  ck_assert_int_eq(conclude("limit_from_below", q, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "the least g_i^2 - s_i has sign -, certified at 128 bits");
  quadratic_free(q);
}
END_TEST

/* rho_+ = 0: the turn does not go to infinity with the start. */
START_TEST(test_dominant_at_once) {
  for (int scale = 0; scale <= 100; scale += 20) {
    quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1},
                                     (const double[]){ldexp(20, scale), ldexp(20, scale)},
                                     (const double[]){1, 1}, 0.125);
    ck_assert(two_phases_turn(q) == 1.0);
    quadratic_free(q);
  }
}
END_TEST

START_TEST(test_hypotheses) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){4, 6},
                                   (const double[]){3, 5}, 1.0 / 16);
  two_phases_hypotheses h;
  two_phases_check(q, &h);
  ck_assert(h.stable && h.large_start && h.positive_noise);
  q->eta = 2.0 / 9;
  two_phases_check(q, &h);
  ck_assert(h.stable == (fma(2.0 / 9, 9, -2) < 0));
  q->eta = 0.23;
  two_phases_check(q, &h);
  ck_assert(!h.stable);
  q->eta = 0.25; /* 2/lambda_1: no stationary law at all */
  two_phases_check(q, &h);
  ck_assert(!h.stable && !h.large_start);
  ck_assert(isnan(two_phases_limit(q)));
  q->eta = 1.0 / 16; /* s_1 = 3 (1/2)/(3/2) = 1 */
  q->g[0] = 1.0;
  two_phases_check(q, &h);
  ck_assert(h.stable && !h.large_start);
  q->g[0] = nextafter(1.0, 2.0);
  two_phases_check(q, &h);
  ck_assert(h.large_start);
  q->v[1] = 0;
  two_phases_check(q, &h);
  ck_assert(!h.positive_noise);
  quadratic_free(q);
}
END_TEST

/* R_0 from its formula at the hand instance: V_D/D_0 - V_B/B_0 = 99, 2 (9) - eta 99. */
START_TEST(test_start_threshold) {
  quadratic *q = support_hand_instance();
  q->eta = 0.0625;
  ck_assert_double_eq_tol(two_phases_start_threshold(q), sqrt(0.0625 * 99 / (18 - 0.0625 * 99)),
                          1e-14);
  q->v[1] = 1000;
  ck_assert(two_phases_start_threshold(q) == 0.0);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T4 two_phases");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_limit);
  tcase_add_test(core, test_hand_recursion);
  tcase_add_test(core, test_turn_by_iteration);
  tcase_add_test(core, test_tie);
  tcase_add_test(core, test_tie_is_certified);
  tcase_add_test(core, test_turn_beyond_doubles);
  tcase_add_test(core, test_refuted);
  tcase_add_test(core, test_dominant_at_once);
  tcase_add_test(core, test_hypotheses);
  tcase_add_test(core, test_start_threshold);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
