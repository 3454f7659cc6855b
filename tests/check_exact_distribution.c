/* T5c: theory/exact_distribution, src/claims/exact_distribution. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/exact_distribution.h"
#include "laws/alignment_law.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&exact_distribution_claim);
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
  /* At c = 19/20 the odds c/(1-c) are s_1/s_2: the median. */
  ck_assert_int_eq(alignment_law_cdf(law, 0.95, &found), 0);
  ck_assert_double_eq_tol(found.val, 0.5, found.err + 1e-15);
  ck_assert_int_eq(alignment_law_cdf(law, 0.5, &found), 0);
  ck_assert_double_eq_tol(found.val, M_2_PI * atan(1 / r), found.err + 1e-15);
  ck_assert(found.err <= 1e-8);
  ck_assert_int_eq(alignment_law_quantile(law, 0.5, &found), 0);
  ck_assert_double_eq_tol(found.val, 0.95, found.err + 1e-15);
  /* The density of the arctangent law at its median: 1/(pi sqrt(c (1-c))) r/(r^2 (1-c) + c). */
  ck_assert_int_eq(alignment_law_density(law, 0.95, &found), 0);
  ck_assert_double_eq_tol(found.val, M_1_PI / sqrt(0.95 * 0.05) * r / (19 * 0.05 + 0.95),
                          found.err + 1e-12);
  alignment_law_free(law);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T5c exact_distribution");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_stationary);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
