/* E1: theory/printed_sharpness_edge, src/claims/printed_sharpness_edge. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include "claims/printed_sharpness_edge.h"
#include "exact/exact_sharpness.h"

/* Passes while the printed form is refuted. */
START_TEST(test_printed_form_is_refuted) {
  support_claim_holds(&printed_sharpness_edge_claim);
}
END_TEST

/* By hand: |g| = 8, eta = 1, r = 2 has the printed edge 2 (sqrt(2) - 1), where
 * h = edge + edge^2/4 = 1, not 2: the step multiplies by 0, growth -1.  At r = 1 it is 4 (sqrt(2) -
 * 1), h = 2, growth 0. */
START_TEST(test_by_hand) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){8, 0},
                                   (const double[]){0, 0}, 1.0);
  q->radius = 2;
  const exact_sharpness step = {q, 0.0};
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_printed_growth, &step), -1, 1e-14);
  ck_assert_int_eq(certified_sign_of(exact_sharpness_printed_growth, &step), SIGN_NEGATIVE);
  /* half the unit: 4 (sqrt(3) - 1) against twice 2 (sqrt(2) - 1) */
  ck_assert_double_eq_tol(certified_value_of(exact_sharpness_printed_units, &step),
                          4 * (sqrt(3) - sqrt(2)), 1e-14);
  q->radius = 1;
  const conclusion *neutral =
      claim_find_conclusion(&printed_sharpness_edge_claim, "neutral_at_printed_edge");
  claim_note note = {"", 0};
  ck_assert_int_ne(neutral->check(q, &note), VERDICT_FAILS);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("E1 printed_sharpness_edge");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_printed_form_is_refuted);
  tcase_add_test(core, test_by_hand);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
