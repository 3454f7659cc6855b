/* P9: theory/bulk_rate_ceiling, src/claims/bulk_rate_ceiling. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/bulk_rate_ceiling.h"
#include "model/rounding.h"
#include "sim/optimiser.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&bulk_rate_ceiling_claim);
}
END_TEST

static verdict check(const quadratic *q, const char *name) {
  claim_note note = {"", 0};
  return claim_find_conclusion(&bulk_rate_ceiling_claim, name)->check(q, &note);
}

/* By hand: lambda = (4 | 1, 1/16), g = (1 | 1, 7/16), so x = (1, 7), |Qg|^2 = 305/256.  To solve
 * the first, e = 256/305, leaves (7/16) 7 = 49/16; a quarter of the way along the second, u = 7/4
 * and e = (49/64)/(305/256) = 196/305, leaves 1 + (49/16)(9/16).  One bulk direction is in order.
 */
START_TEST(test_order_by_hand) {
  const conclusion *order = bulk_rate_ceiling_claim.further[0].without;
  quadratic *q = bulk_rate_ceiling_claim.further[0].dropped.instance();
  claim_note note = {"", 0};
  ck_assert_int_eq(order->check(q, &note), VERDICT_FAILS);
  ck_assert_double_lt(1.0 + 49.0 / 16 * 9 / 16, 49.0 / 16);
  ck_assert_int_eq(check(q, "rate_is_a_ceiling"), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "slow_if_small"), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "one_bulk_orders"), VERDICT_VACUOUS);
  ck_assert_int_eq(check(q, "one_bulk_is_exact"), VERDICT_VACUOUS);
  quadratic_free(q);
  q = quadratic_literal(2, 1, (const double[]){4, 0.3}, (const double[]){1, 0.7},
                        (const double[]){0, 0}, 0.125);
  ck_assert_int_eq(order->check(q, &note), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "one_bulk_orders"), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "one_bulk_is_exact"), VERDICT_HOLDS);
  quadratic_free(q);
}
END_TEST

/* Whole runs of the simulated optimisers, in which the claim has no part: with one bulk direction
 * (the dominant gradient so small that its loss is below rounding) the loss after T steps is the
 * product of (1 - lambda e_t)^2; with several of them, no less than that with lambda_{k+1}. */
START_TEST(test_runs) {
  enum { STEPS = 60 };
  static const optimiser_rule rules[] = {{false, 0.25, 0.0, 0.0, 0.0},
                                         {false, 0.05, 0.9, 0.0, 0.0},
                                         {true, 0.01, 0.0, 0.999, 1e-3},
                                         {true, 0.01, 0.9, 0.999, 1e-3}};
  quadratic *one = quadratic_literal(2, 1, (const double[]){2, 0.5}, (const double[]){1e-30, 1},
                                     (const double[]){0, 0}, 0.0),
            *several = quadratic_literal(4, 1, (const double[]){2, 0.5, 0.25, 0.125},
                                         (const double[]){1e-30, 1, 0.5, -0.25},
                                         (const double[]){0, 0, 0, 0}, 0.0);
  for (size_t n = 0; n < sizeof rules / sizeof *rules; n++) {
    optimiser_summary s;
    effective_step path[STEPS];
    double expected = 1.0, ceiling = 1.0;
    ck_assert_int_eq(optimiser_run(one, NULL, &rules[n], STEPS, &s, path), GSL_SUCCESS);
    for (int t = 0; t < STEPS; t++)
      expected *= (1 - 0.5 * path[t].bulk) * (1 - 0.5 * path[t].bulk);
    /* 1 - lambda e may cancel, by a factor of a hundred here at most: momentum swings slowly */
    ck_assert_double_le(fabs(s.end / s.start - expected),
                        rounding_gamma(100 * 12 * STEPS) * expected);
    ck_assert_int_eq(optimiser_run(several, NULL, &rules[n], STEPS, &s, path), GSL_SUCCESS);
    for (int t = 0; t < STEPS; t++) {
      const double kept = 1 - 0.5 * path[t].bulk;
      ceiling *= kept > 0.0 ? kept * kept : 0.0;
    }
    ck_assert_double_ge(s.end / s.start, ceiling * (1 - rounding_gamma(100 * 12 * STEPS)));
  }
  quadratic_free(one);
  quadratic_free(several);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P9 bulk_rate_ceiling");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_order_by_hand);
  tcase_add_test(core, test_runs);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
