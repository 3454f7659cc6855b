/* T6: theory/noise_makes_alignment, src/claims/noise_makes_alignment. */
#include "config.h"
#include "support.h"

#include "claims/noise_makes_alignment.h"
#include "claims/two_phases.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&noise_makes_alignment_claim);
}
END_TEST

/* lambda = (8, 1), eta = 1/16 without noise: R_t = (1/4 / (225/256))^t = (64/225)^t from R_0 = 1.
 */
START_TEST(test_hand_descent) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){3, 3},
                                   (const double[]){0, 0}, 1.0 / 16);
  double ratio = 1;
  for (int t = 0; t <= 10; t++) {
    const double alignment = two_phases_alignment(q, t);
    ck_assert_double_eq_tol(alignment / (1 - alignment), ratio, 1e-14);
    ratio *= 64.0 / 225;
  }
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T6 noise_makes_alignment");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_descent);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
