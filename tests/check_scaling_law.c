/* S1: theory/scaling_law, src/claims/scaling_law. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/scaling_law.h"
#include "claims/two_phases.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&scaling_law_claim);
}
END_TEST

/* lambda = (8, 1), eta = 1/16: rho = (1/4, 225/256), kappa = ln(15/16)/ln(1/2). */
START_TEST(test_hand_law) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 1.0 / 16);
  scaling_law law;
  ck_assert_int_eq(scaling_law_of(q, &law), GSL_SUCCESS);
  const double kappa = log(16.0 / 15) / log(2);
  ck_assert_double_eq_tol(law.rho_dominant, 0.25, 1e-15);
  ck_assert_double_eq_tol(law.rho_bulk, 225.0 / 256, 1e-15);
  ck_assert_double_eq_tol(law.kappa, kappa, 1e-15);
  ck_assert_double_eq_tol(law.depth_slope, -2 * (1 - kappa), 1e-14);
  ck_assert_double_eq_tol(law.turn_slope, 1 / log(2), 1e-14);
  quadratic_free(q);
}
END_TEST

/* Two levels show both slopes: from R = 2^40 to 2^400 a minimum read off the closed form falls as
 * it should to a hundredth, one step of t_1 being worth at most ln 4 of 2 ln R. */
START_TEST(test_two_levels_show_the_slope) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 1.0 / 16);
  scaling_law law;
  ck_assert_int_eq(scaling_law_of(q, &law), GSL_SUCCESS);
  double depth[2], turn[2];
  for (int n = 0; n < 2; n++) {
    quadratic *far = quadratic_clone(q);
    for (size_t i = 0; i < 2; i++)
      far->g[i] = ldexp(far->g[i], n == 0 ? 40 : 400);
    turn[n] = two_phases_turn(far);
    depth[n] = log(two_phases_alignment(far, turn[n]));
    quadratic_free(far);
  }
  const double distance = 360 * M_LN2;
  ck_assert(fabs((depth[1] - depth[0]) / distance - law.depth_slope) < 0.01);
  ck_assert(fabs((turn[1] - turn[0]) / distance - law.turn_slope) < 0.01);
  quadratic_free(q);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 1.0 / 8);
  scaling_law law = {7, 7, 7, 7, 7};
  ck_assert_int_eq(scaling_law_of(q, &law), GSL_EDOM); /* rho_+ = 0 */
  q->eta = 0.23;
  ck_assert_int_eq(scaling_law_of(q, &law), GSL_EDOM); /* beyond 2/9 */
  ck_assert(law.kappa == 7);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("S1 scaling_law");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_law);
  tcase_add_test(core, test_two_levels_show_the_slope);
  tcase_add_test(core, test_domain);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
