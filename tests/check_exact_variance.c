/* T5b: theory/exact_variance, src/claims/exact_variance. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/exact_variance.h"
#include "laws/alignment_law.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&exact_variance_claim);
}
END_TEST

/* lambda = (10, 1), v = (1, 1), eta = 1/10: s = (1, 1/19), r = sqrt(s_1/s_2) = sqrt(19). */
START_TEST(test_hand_stationary) {
  quadratic *q = support_hand_instance();
  q->eta = 0.1;
  alignment_law *law = NULL;
  law_value found;
  ck_assert_int_eq(alignment_law_stationary(q, &law, NULL), 0);
  const double r = sqrt(19);
  ck_assert_int_eq(alignment_law_variance(law, &found), 0);
  ck_assert_double_eq_tol(found.val, 0.5 * r / (1 + r) / (1 + r), found.err + 1e-15);
  ck_assert(found.err < 1e-9);
  alignment_law_free(law);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T5b exact_variance");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_stationary);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
