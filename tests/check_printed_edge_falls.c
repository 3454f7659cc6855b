/* E2: theory/printed_edge_falls, src/claims/printed_edge_falls. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include "claims/printed_edge_falls.h"
#include "exact/exact_sharpness.h"
#include "model/random.h"
#include "model/sharpness_aware.h"
#include "verify/run.h"

/* Passes while the sentence is refuted. */
START_TEST(test_printed_sentence_is_refuted) {
  support_claim_holds(&printed_edge_falls_claim);
}
END_TEST

/* The refutation is a proof on every instance, and carries the sign and the bits it took. */
START_TEST(test_refutation_is_certified) {
  const verify_options options = {.seed = RANDOM_DEFAULT_SEED, .trials_factor = 0.1};
  verify_report *report;
  ck_assert_int_eq(verify_run(&printed_edge_falls_claim, &options, &report), 0);
  ck_assert_int_eq(report->verdict, VERDICT_REFUTED);
  ck_assert_str_eq(report->refutation.text,
                   "edge at 2|g| less edge at |g| has sign +, certified at 128 bits");
  ck_assert_int_eq(report->refutation.bits, 128);
  ck_assert_uint_eq(report->certified, report->admitted);
  verify_report_free(report);
}
END_TEST

/* By hand: eta = 1, r = 1.  |g| = 1: (1/2)(sqrt(9) - 1) = 1; |g| = 2: sqrt(5) - 1. */
START_TEST(test_by_hand) {
  ck_assert_double_eq(sharpness_aware_edge(1, 1, 1), 1);
  ck_assert_double_eq_tol(sharpness_aware_edge(1, 1, 2), sqrt(5) - 1, 1e-15);
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){1, 0},
                                   (const double[]){0, 0}, 1.0);
  q->radius = 1;
  const exact_sharpness step = {q, 0.0};
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_edge_rise, &step), sqrt(5) - 2, 1e-15);
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_printed_edge_rise, &step), sqrt(5) - 2,
                          1e-15);
  /* r from 1 to 2: (1/4)(sqrt(17) - 1) - 1 */
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_edge_rise_in_radius, &step),
                          (sqrt(17) - 1) / 4 - 1, 1e-15);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("E2 printed_edge_falls");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_printed_sentence_is_refuted);
  tcase_add_test(core, test_refutation_is_certified);
  tcase_add_test(core, test_by_hand);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
