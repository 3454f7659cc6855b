/* L4: theory/mean_field_gap, src/claims/mean_field_gap. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/mean_field_gap.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&mean_field_gap_claim);
}
END_TEST

/* lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | 13) at eta = 1/2: a = (-3/2, -1, 0),
 * w = (175/4, 99/4, 13): E S = 13/4 + 163/2, Var S = sum 2 w^2 + 4 w a^2. */
START_TEST(test_hand_spread) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  const double w[] = {43.75, 24.75, 13}, a2[] = {2.25, 1, 0};
  double mean = 0.0, variance = 0.0;
  for (int i = 0; i < 3; i++) {
    mean += w[i] + a2[i];
    variance += 2 * w[i] * w[i] + 4 * w[i] * a2[i];
  }
  ck_assert_double_eq_tol(mean_field_gap_spread(q, 0.5), sqrt(variance) / mean, 1e-15);
  ck_assert(mean_field_gap_spread(q, 0.0) == 0.0);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("L4 mean_field_gap");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_spread);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
