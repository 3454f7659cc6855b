/* L3: theory/invariances, src/claims/invariances. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/critical_step.h"
#include "claims/invariances.h"
#include "claims/opposite_effects.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&invariances_claim);
}
END_TEST

/* The hand instance in other units: A three times, Sigma nine times, g five times that:
 * lambda = (30, 3), g = (15, 15), v = (225, 225): eta* = 1/33, I = (1/30, 1/3). */
START_TEST(test_hand_units) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){30, 3}, (const double[]){15, 15},
                                   (const double[]){225, 225}, 0.0);
  one_step_moments m;
  critical_step step;
  opposite_effects effects;
  one_step_moments_of(q, &m);
  ck_assert_int_eq(critical_step_of(&m, &step), 0);
  ck_assert_int_eq(opposite_effects_of(&m, &effects), 0);
  ck_assert(fabs(step.eta_star - 1.0 / 33) <= step.eta_star_error);
  ck_assert(fabs(effects.eta_dominant * 30 - 1) <= effects.error);
  ck_assert(fabs(effects.eta_bulk * 3 - 1) <= effects.error);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("L3 invariances");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_units);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
