/* E3: theory/printed_effective_step, src/claims/printed_effective_step. */
#include "config.h"
#include "support.h"

#include <stdlib.h>
#include "claims/printed_effective_step.h"

/* Passes while the printed form is refuted. */
START_TEST(test_printed_form_is_refuted) {
  support_claim_holds(&printed_effective_step_claim);
}
END_TEST

/* At eta = 0 the two signs agree, and nothing is refuted; at any other step size they do not. */
START_TEST(test_only_a_zero_step_agrees) {
  quadratic *q = support_hand_instance();
  const conclusion *x =
      claim_find_conclusion(&printed_effective_step_claim, "printed_dominant_is_eta");
  claim_note note = {"", 0};
  ck_assert_int_eq(x->check(q, &note), VERDICT_HOLDS);
  q->eta = 0x1p-30;
  ck_assert_int_eq(x->check(q, &note), VERDICT_FAILS);
  quadratic_free(q);
}
END_TEST

/* (4, 3 | 2, 1) with a gradient along one direction: the part it is in is refuted, and nothing can
 * be said against the other. */
START_TEST(test_parts) {
  for (size_t at = 0; at < 4; at++) {
    double g[4] = {0, 0, 0, 0}, none[4] = {0, 0, 0, 0};
    g[at] = 3;
    quadratic *q = quadratic_literal(4, 2, (const double[]){4, 3, 2, 1}, g, none, 0.125);
    const claim *c = &printed_effective_step_claim;
    ck_assert_int_eq(support_check(c, "printed_dominant_is_eta", q),
                     at < 2 ? VERDICT_FAILS : VERDICT_HOLDS);
    ck_assert_int_eq(support_check(c, "printed_bulk_is_eta", q),
                     at < 2 ? VERDICT_HOLDS : VERDICT_FAILS);
    quadratic_free(q);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("E3 printed_effective_step");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_only_a_zero_step_agrees);
  tcase_add_test(core, test_parts);
  tcase_add_test(core, test_printed_form_is_refuted);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
