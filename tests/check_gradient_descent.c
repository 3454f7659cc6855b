/* C1: theory/gradient_descent, src/claims/gradient_descent. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/critical_step.h"
#include "claims/gradient_descent.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&gradient_descent_claim);
}
END_TEST

/* lambda = (10, 1) without noise: eta* = 2/11; lambda = (5, 3 | 2), g = (1, 2 | 3): 2 (7/5)/(41/5).
 */
START_TEST(test_hand_steps) {
  quadratic *q = support_hand_instance();
  q->v[0] = q->v[1] = 0;
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  ck_assert_int_eq(critical_step_of(&m, &found), 0);
  ck_assert(found.regime == REGIME_LOW && fabs(found.eta_star - 2.0 / 11) <= found.eta_star_error);
  quadratic_free(q);
  q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                        (const double[]){0, 0, 0}, 0.0);
  one_step_moments_of(q, &m);
  ck_assert_int_eq(critical_step_of(&m, &found), 0);
  ck_assert_double_eq_tol(found.eta_star, 2.8 / 8.2, 1e-15);
  ck_assert(found.eta_star > 2.0 / (5 + 2));
  quadratic_free(q);
}
END_TEST

/* Noise anywhere is noise. */
START_TEST(test_noiseless_looks_at_every_direction) {
  quadratic *q = quadratic_literal(3, 1, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){0, 0, 0}, 0.0);
  const hypothesis *noiseless = support_hypothesis(&gradient_descent_claim, "noiseless");
  ck_assert(noiseless->holds(q));
  for (int i = 0; i < 3; i++) {
    q->v[i] = 1;
    ck_assert(!noiseless->holds(q));
    q->v[i] = 0;
  }
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("C1 gradient_descent");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_steps);
  tcase_add_test(core, test_noiseless_looks_at_every_direction);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
