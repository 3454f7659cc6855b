/* P3: theory/toy_projected, src/claims/toy_projected. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/toy_projected.h"
#include "exact/exact_toy.h"
#include "model/toy.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&toy_projected_claim);
}
END_TEST

/* p^2 = 25/64, r^2 = 49/64, e^2 = 1/4, z* = 1/2, 1 - mu_+ = 7/64; of the loss a z* : b = 3 : 2.
 * Dom-SGD takes away 3/5 (7/64)/(39/64) = 7/65, Bulk-SGD 2/5 (7/64)/(15/64) = 14/75. */
START_TEST(test_by_hand) {
  const toy t = {3, 1, 4, 1.0 / 8, 1, 1, 0.5};
  ck_assert_double_eq_tol(toy_dominant_gain(&t), 7.0 / 65, 1e-15);
  ck_assert_double_eq_tol(toy_bulk_gain(&t), 14.0 / 75, 1e-15);
  exact_toy_moments m;
  exact_toy_factors f;
  fmpq_t expected;
  exact_toy_moments_init(&m);
  exact_toy_factors_init(&f, &t);
  fmpq_init(expected);
  exact_toy_enumerate(&m, &t, TOY_DOM_SGD, 1); /* x = 5/8 -+ 1/2, y = 1 */
  fmpq_set_si(expected, 41, 64);
  ck_assert(fmpq_equal(m.xx, expected));
  fmpq_one(expected);
  ck_assert(fmpq_equal(m.yy, expected));
  exact_toy_enumerate(&m, &t, TOY_BULK_SGD, 1); /* y = 7/8 -+ 1/2, x = 1 */
  fmpq_set_si(expected, 65, 64);
  ck_assert(fmpq_equal(m.yy, expected));
  exact_toy_loss(expected, &m, &t); /* (3 + 65/64)/2 */
  fmpq_t loss;
  fmpq_init(loss);
  fmpq_set_si(loss, 257, 128);
  ck_assert(fmpq_equal(loss, expected));
  fmpq_clear(loss);
  fmpq_clear(expected);
  exact_toy_factors_clear(&f);
  exact_toy_moments_clear(&m);
}
END_TEST

/* The source's example: Dom-SGD takes away less than a part in 2000 of the loss, Bulk-SGD nearly
 * all of the bulk's 65 %, and the dominant 35 % stay. */
START_TEST(test_source) {
  const toy t = toy_source();
  const double share = 1000.0 * toy_limit(&t) / (1000.0 * toy_limit(&t) + 1.0);
  ck_assert(share > 0.34 && share < 0.35);
  ck_assert(toy_dominant_gain(&t) > 0.0 && toy_dominant_gain(&t) < 5e-4);
  ck_assert(toy_bulk_gain(&t) > 0.999 * (1.0 - share) && toy_bulk_gain(&t) < 1.0 - share);
  ck_assert(toy_gain_error(&t) < 1e-10);
}
END_TEST

static verdict check(const toy *t, const char *name) {
  claim_note note = {"", 0};
  return claim_find_conclusion(&toy_projected_claim, name)->check(t, &note);
}

/* z* on either side of (2 - eta a)/(2 - eta b): a next to b makes z* large, and Dom-SGD ends below.
 */
START_TEST(test_which_ends_below) {
  const toy steep = {3, 1, 4, 1.0 / 8, 1, 1, 0.5};
  const toy mild = {1.0625, 1, 0.75, 0.9375, 1, 1, 0.5};
  ck_assert(toy_bulk_gain(&steep) > toy_dominant_gain(&steep));
  ck_assert(toy_bulk_gain(&mild) < toy_dominant_gain(&mild));
  ck_assert_int_eq(check(&steep, "losses_in_the_end"), VERDICT_HOLDS);
  ck_assert_int_eq(check(&mild, "losses_in_the_end"), VERDICT_HOLDS);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P3 toy_projected");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_source);
  tcase_add_test(core, test_which_ends_below);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
