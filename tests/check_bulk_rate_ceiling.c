/* P9: theory/bulk_rate_ceiling, src/claims/bulk_rate_ceiling. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/bulk_rate_ceiling.h"
#include "model/random.h"
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

/* lambda = (8 | 4, 2, 1), g = (2, -1, 0, 2), |g| = 3, eta = 1/8, a radius of 3/4. */
START_TEST(test_updates_by_hand) {
  static const double expected[BULK_RATE_UPDATES][4] = {{0.25, -0.125, 0, 0.25},
                                                        {0.75, -0.25, 0, 0.3125},
                                                        {0.1875, -0.1875, 0, 0.1875},
                                                        {0.125, -0.125, 0, 1},
                                                        {0, -0.25, 0, 0},
                                                        {0, -0.0625, 0, 0},
                                                        {0, 0, 0, 2},
                                                        {0, 0, 0, 0.5}};
  quadratic *q =
      quadratic_literal(4, 1, (const double[]){8, 4, 2, 1}, (const double[]){2, -1, 0, 2},
                        (const double[]){0, 0, 0, 0}, 0.125);
  q->radius = 0.75;
  for (bulk_rate_update which = 0; which < BULK_RATE_UPDATES; which++) {
    double u[4] = {7, 7, 7, 7};
    bulk_rate_ceiling_update(q, which, u);
    for (size_t i = 0; i < 4; i++)
      ck_assert_double_eq_tol(u[i], expected[which][i], 1e-16);
  }
  quadratic_free(q);
}
END_TEST

static const conclusion *named(const char *name) {
  return claim_find_conclusion(&bulk_rate_ceiling_claim, name);
}

/* A set without a minimum has a negative loss, which every update lowers below the "ceiling": seen
 * in either set, with the first update. */
START_TEST(test_parts_are_seen) {
  for (size_t i = 0; i < 2; i++) {
    quadratic *q = quadratic_literal(3, 1, (const double[]){4, 1, 1}, (const double[]){1, 2, 1},
                                     (const double[]){0, 0, 0}, 0.125);
    support_says(named("rate_is_a_ceiling"), q, VERDICT_HOLDS, "");
    if (i == 0)
      quadratic_free(q),
          q = quadratic_literal(3, 2, (const double[]){-4, -1, 0.25}, (const double[]){1, 2, 4},
                                (const double[]){0, 0, 0}, 0.125);
    else
      q->lambda[1] = -1, q->lambda[2] = -2;
    support_says(named("rate_is_a_ceiling"), q, VERDICT_FAILS, "update 0:");
    quadratic_free(q);
  }
}
END_TEST

/* lambda = (4, 32 | 16), the dominant set out of order, D_0 = 1 (and 2^-20), B_0 = 16, eta = 1/4,
 * which leaves no dominant loss: L_B+ (16 D_0 + 32 B_0) = 9 (16 + 512) is below 9 * 32 * 16 (1/4 +
 * 1).  lambda = (6, 32 | 4) at eta = 1/6: the bound with the least dominant curvature would hold.
 * In order it is an equality in two directions at eta lambda_1 = 1. */
START_TEST(test_whole_is_seen) {
  const conclusion *whole = named("ceiling_of_the_whole");
  quadratic *q =
      quadratic_literal(3, 2, (const double[]){4, 32, 16}, (const double[]){1, 0x1p-10, 4},
                        (const double[]){0, 0, 0}, 0.25);
  support_says(whole, q, VERDICT_FAILS, "update 0:");
  quadratic_free(q);
  q = quadratic_literal(3, 2, (const double[]){6, 32, 4}, (const double[]){1, 0x1p-10, 1},
                        (const double[]){0, 0, 0}, 1.0 / 6);
  support_says(whole, q, VERDICT_FAILS, "update 0:");
  quadratic_free(q);
  q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){1, 3},
                        (const double[]){0, 0}, 0.125);
  support_says(whole, q, VERDICT_HOLDS, "");
  quadratic_free(q);
}
END_TEST

/* lambda = (4 | 1, 1/4), g = (1 | 1/2, 15/16): the sharp direction alone, solved, leaves 225/64 and
 * has the larger e; gradient descent leaves 49/256 + (31/32)^2 225/64, which is less.  With 1/16, g
 * = (1 | 3, 23/16) and a long step it is the other way round. */
START_TEST(test_order_names_its_updates) {
  const conclusion *order = bulk_rate_ceiling_claim.further[0].without;
  quadratic *q =
      quadratic_literal(3, 1, (const double[]){4, 1, 0.25}, (const double[]){1, 0.5, 0.9375},
                        (const double[]){0, 0, 0}, 0.125);
  support_says(order, q, VERDICT_FAILS, "update 4 has the larger e, update 0 the smaller loss");
  quadratic_free(q);
  q = quadratic_literal(3, 1, (const double[]){4.0, 1.0, 0.0625},
                        (const double[]){1.0, 3.0, 1.4375}, (const double[]){0, 0, 0}, 0.75);
  support_says(order, q, VERDICT_FAILS, "update 0 has the larger e, update 7 the smaller loss");
  quadratic_free(q);
}
END_TEST

/* Up to 16 directions. */
START_TEST(test_edges) {
  for (size_t d = 16; d <= 17; d++) {
    quadratic *q = quadratic_alloc(d, 1);
    for (size_t i = 0; i < d; i++) {
      q->lambda[i] = i == 0 ? 2 : 1;
      q->g[i] = 1;
    }
    q->eta = 0.5;
    const verdict expected = d > 16 ? VERDICT_VACUOUS : VERDICT_HOLDS;
    support_says(named("rate_is_a_ceiling"), q, expected, "");
    support_says(bulk_rate_ceiling_claim.further[0].without, q, expected, "");
    quadratic_free(q);
  }
}
END_TEST

/* One bulk direction or several, whatever the dominant set is. */
START_TEST(test_labels) {
  for (size_t k = 1; k <= 2; k++) {
    quadratic *q = quadratic_literal(3, k, (const double[]){4, 2, 1}, (const double[]){1, 1, 1},
                                     (const double[]){0, 0, 0}, 0.5);
    ck_assert_int_eq(
        support_coverage(&bulk_rate_ceiling_claim, "several bulk directions")->holds(q), k == 1);
    ck_assert_int_eq(bulk_rate_ceiling_claim.further[0].dropped.violate(q, NULL), k == 1);
    quadratic_free(q);
  }
}
END_TEST

/* eta from 10^-3 to 4 in units of one of two curvatures, the radius within a factor of 1000 of
 * |g|/lambda_1. */
START_TEST(test_draws) {
  double radius_least = INFINITY, radius_most = 0;
  int sharp = 0, flat = 0;
  for (size_t n = 0; n < 200; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(1, "draws of P9", n));
    diagnostic diag;
    quadratic *q = bulk_rate_ceiling_claim.generate(rng, &diag);
    ck_assert_ptr_nonnull(q);
    double square = 0;
    for (size_t i = 0; i < q->d; i++)
      square += q->g[i] * q->g[i];
    const double radius = q->radius * q->lambda[0] / sqrt(square), top = q->eta * q->lambda[0],
                 below = q->eta * q->lambda[q->k];
    radius_least = fmin(radius_least, radius);
    radius_most = fmax(radius_most, radius);
    ck_assert((top > 0.999e-3 && top < 4.001) || (below > 0.999e-3 && below < 4.001));
    sharp += top < 4.001 && below < 0.999e-3;
    flat += top > 4.001;
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_double_ge(radius_least, 0.999e-3);
  ck_assert_double_le(radius_least, 1e-2);
  ck_assert_double_le(radius_most, 1.001e3);
  ck_assert_double_ge(radius_most, 1e2);
  ck_assert(sharp > 0 && flat > 0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P9 bulk_rate_ceiling");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_order_by_hand);
  tcase_add_test(core, test_runs);
  tcase_add_test(core, test_updates_by_hand);
  tcase_add_test(core, test_parts_are_seen);
  tcase_add_test(core, test_whole_is_seen);
  tcase_add_test(core, test_order_names_its_updates);
  tcase_add_test(core, test_edges);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_draws);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
