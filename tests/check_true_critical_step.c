/* T5d: theory/true_critical_step, src/claims/true_critical_step. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/true_critical_step.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&true_critical_step_claim);
}
END_TEST

/* By symmetry: lambda = (10, 1), g = (1, 1), v = (1, 1) at eta = 1/11 has a = (1/11, 10/11), w =
 * (100, 1)/121. Nothing is symmetric for normals there (it is for two signs), but the change has a
 * sign of its own, and the root is where that sign turns. */
START_TEST(test_hand_root) {
  quadratic *q = support_hand_instance();
  law_value root, below, above;
  diagnostic diag = {0, ""};
  ck_assert_msg(true_critical_step_of(q, &root, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert(root.val > 1.0 / 11 && root.err < 1e-6 * root.val);
  ck_assert_int_eq(true_critical_step_change(q, root.val * 0.999, &below, &diag), GSL_SUCCESS);
  ck_assert_int_eq(true_critical_step_change(q, root.val * 1.001, &above, &diag), GSL_SUCCESS);
  ck_assert(below.val < 0 && above.val > 0);
  quadratic_free(q);
}
END_TEST

/* In many dimensions the true step is near the mean-field one: twenty copies of every direction of
 * the hand instance, forty directions in all; four hundred are nearer still. */
START_TEST(test_dimension_brings_them_together) {
  double distance[2];
  for (int n = 0; n < 2; n++) {
    const size_t copies = n == 0 ? 20 : 200;
    quadratic *q = quadratic_alloc(2 * copies, copies);
    for (size_t i = 0; i < 2 * copies; i++) {
      q->lambda[i] = i < copies ? 10 : 1;
      q->g[i] = 1;
      q->v[i] = 1;
    }
    law_value root;
    ck_assert_int_eq(true_critical_step_of(q, &root, NULL), GSL_SUCCESS);
    distance[n] = fabs(11 * root.val - 1);
    ck_assert(11 * root.err < 0.01 * distance[n]);
    quadratic_free(q);
  }
  ck_assert(distance[0] < 0.2);
  ck_assert(distance[1] > distance[0] / 15 && distance[1] < distance[0] / 7);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = support_hand_instance();
  law_value found = {7, 7};
  diagnostic diag = {0, ""};
  q->g[0] = 0;
  ck_assert_int_eq(true_critical_step_of(q, &found, &diag), GSL_EDOM);
  q->g[1] = 0;
  ck_assert_int_eq(true_critical_step_change(q, 0.1, &found, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "gradient is 0"));
  ck_assert(found.val == 7);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T5d true_critical_step");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_root);
  tcase_add_test(core, test_dimension_brings_them_together);
  tcase_add_test(core, test_domain);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
