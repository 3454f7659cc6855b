/* R2: theory/readings_agree, src/claims/readings_agree. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/readings_agree.h"
#include "claims/true_critical_step.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&readings_agree_claim);
}
END_TEST

/* lambda = (2, 1), g = (1, 1), v = (1, 19), k = 1: Delta = (4 + 4) - (1 + 19) = -12, D_0 B_0/(D_0 +
 * B_0) = 1/2, (i) sqrt(4 + 19) over 2 (1/2) 1, (ii) sqrt((16 + 361)/2) + sqrt(16 + 19) over 6. */
START_TEST(test_hand_condition) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1},
                                   (const double[]){1, 19}, 0.0);
  double first, second;
  ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_SUCCESS);
  ck_assert_double_eq_tol(first, sqrt(23), 1e-14);
  ck_assert_double_eq_tol(second, (sqrt(377.0 / 2) + sqrt(35)) / 6, 1e-13);
  q->v[1] = 1;
  ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_SUCCESS);
  ck_assert(isinf(second)); /* the low regime */
  q->g[0] = 0;
  ck_assert_int_eq(readings_agree_condition(q, &first, &second), GSL_EDOM);
  quadratic_free(q);
}
END_TEST

/* The smallest counterexample to T2 in true expectation: lambda = (3, 2), g = (1, 2), v = (0, 6),
 * eta = 1/2: Delta = -1; g+ = (-1/2, N(0, 6)), so E alpha+ = E 1/(1 + 24 Z^2) in closed form, above
 * 1/5. */
START_TEST(test_counterexample) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){3, 2}, (const double[]){1, 2},
                                   (const double[]){0, 6}, 0.0);
  ck_assert(critical_step_is_high(q));
  ck_assert_double_eq_tol(one_step_mean_field_alignment(q, 0.5), 0.04, 1e-16);
  law_value change;
  ck_assert_int_eq(true_critical_step_change(q, 0.5, &change, NULL), GSL_SUCCESS);
  const double expected = sqrt(M_PI / 48) * exp(1.0 / 48) * erfc(1 / sqrt(48)) - 0.2;
  ck_assert_double_eq_tol(change.val, expected, change.err + 1e-15);
  ck_assert(change.val > 0.0189);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("R2 readings_agree");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_condition);
  tcase_add_test(core, test_counterexample);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
