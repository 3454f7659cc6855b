/* P3: theory/toy_projected, src/claims/toy_projected. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
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

/* z* on either side of (2 - eta a)/(2 - eta b): a next to b makes z* large, and Dom-SGD ends below.
 */
START_TEST(test_which_ends_below) {
  const toy steep = {3, 1, 4, 1.0 / 8, 1, 1, 0.5};
  const toy mild = {1.0625, 1, 0.75, 0.9375, 1, 1, 0.5};
  ck_assert(toy_bulk_gain(&steep) > toy_dominant_gain(&steep));
  ck_assert(toy_bulk_gain(&mild) < toy_dominant_gain(&mild));
  ck_assert_int_eq(support_check(&toy_projected_claim, "losses_in_the_end", &steep), VERDICT_HOLDS);
  ck_assert_int_eq(support_check(&toy_projected_claim, "losses_in_the_end", &mild), VERDICT_HOLDS);
}
END_TEST

/* --- what the conclusions say of instances that are wrong ------------------------------------- */

/* By squaring the map and step by step: 1, 2 and 8 steps of every update. */
START_TEST(test_later) {
  static const int doublings[] = {0, 1, 3};
  const toy t = {3, 1, 4, 1.0 / 8, 5, 7, 0.5};
  exact_toy_factors f;
  exact_toy_moments m;
  arb_t xx, yy;
  exact_toy_factors_init(&f, &t);
  exact_toy_moments_init(&m);
  arb_init(xx);
  arb_init(yy);
  for (toy_update u = TOY_GD; u <= TOY_BULK_SGD; u++)
    for (size_t i = 0; i < 3; i++) {
      exact_toy_run(&m, &t, u, (size_t)1 << doublings[i]);
      arb_set_ui(xx, 25);
      arb_set_ui(yy, 49);
      exact_toy_later(xx, yy, &f, u, doublings[i], 256);
      ck_assert(arb_is_exact(xx) && arb_contains_fmpq(xx, m.xx)); /* dyadic, in few bits */
      ck_assert(arb_is_exact(yy) && arb_contains_fmpq(yy, m.yy));
    }
  arb_clear(xx);
  arb_clear(yy);
  exact_toy_moments_clear(&m);
  exact_toy_factors_clear(&f);
}
END_TEST

/* The verdict, and what the note says: nothing where the conclusion holds. */
START_TEST(test_planted) {
  static const struct {
    toy t;
    const char *conclusion;
    verdict expected;
    const char *says;
  } planted[] = {
      /* unfair: E xy enters E x^2, at once; from y = 0 it is y alone that is drawn awry, from x = 0
       * the square of x is right for one step */
      {{8, 1, 1, 1.0 / 16, 1, 1, 0.75}, "moments_of_all_paths", VERDICT_FAILS, "Dom-SGD after 1"},
      {{8, 1, 1, 1.0 / 16, 1, 0, 0.75}, "moments_of_all_paths", VERDICT_FAILS, "Bulk-SGD after 1"},
      {{8, 1, 1, 1.0 / 16, 1, 1, 0.75}, "closed_form", VERDICT_FAILS, "Dom-SGD after 1"},
      {{8, 1, 1, 1.0 / 16, 0, 1, 0.75}, "closed_form", VERDICT_FAILS, "Dom-SGD after 2"},
      {{8, 1, 1, 1.0 / 16, 1, 0, 0.75}, "closed_form", VERDICT_FAILS, "Bulk-SGD after 2"},
      {{8, 1, 1, 1.0 / 16, 1, 1, 0.5}, "moments_of_all_paths", VERDICT_HOLDS, ""},
      {{8, 1, 1, 1.0 / 16, 1, 1, 0.5}, "closed_form", VERDICT_HOLDS, ""},
      {{8, 1, 1, 1.0 / 16, 1, 1, 0.5}, "projected_steps_add_up", VERDICT_HOLDS, ""},
      /* eta a = 2, p^2 = 1: Dom-SGD has no limit, though without noise it stays where it is */
      {{32, 1, 1, 1.0 / 16, 1, 1, 0.5}, "closed_form", VERDICT_FAILS, "Dom-SGD after 1"},
      {{32, 1, 0, 1.0 / 16, 1, 1, 0.5}, "closed_form", VERDICT_FAILS, "Dom-SGD after 1"},
      /* c = 0; p^2 > r^2, z* > 1; the sides exchanged, z* > 1; not stable */
      {{8, 1, 0, 1.0 / 16, 1, 1, 0.5}, "takes_less_of_its_part", VERDICT_FAILS, "x = 0"},
      {{8, 1, 0, 1.0 / 16, 1, 1, 0.5}, "losses_in_the_end", VERDICT_FAILS, "x = 0"},
      {{8, 1, 0, 1.0 / 16, 1, 1, 0.5}, "gains_as_computed", VERDICT_UNDECIDED, ""},
      {{8, 1, 1, 15.0 / 64, 1, 1, 0.5}, "takes_less_of_its_part", VERDICT_FAILS, "the part that"},
      {{1, 8, 1, 1.0 / 16, 1, 1, 0.5}, "takes_less_of_its_part", VERDICT_FAILS, "the part that"},
      {{8, 1, 16, 1.0 / 16, 1, 1, 0.5}, "takes_less_of_its_part", VERDICT_FAILS, "E x^2 less"},
      {{8, 1, 16, 1.0 / 16, 1, 1, 0.5}, "losses_in_the_end", VERDICT_FAILS, "less that of Bulk"},
      /* eta b = 2: no end of Bulk-SGD to compare with, and Dom-SGD, p^2 = 4, not below it */
      {{3, 2, 1, 1, 1, 1, 0.5}, "losses_in_the_end", VERDICT_FAILS, "less that of Bulk"},
      {{8, 1, 1, 1.0 / 16, 1, 1, 0.5}, "takes_less_of_its_part", VERDICT_HOLDS, ""},
      {{8, 1, 8, 1.0 / 16, 1, 1, 0.5}, "takes_less_of_its_part", VERDICT_HOLDS, ""}, /* z* < y_B */
      {{8, 1, 1, 1.0 / 16, 1, 1, 0.5}, "losses_in_the_end", VERDICT_HOLDS, ""},
      {{8, 1, 1, 1.0 / 16, 1, 1, 0.5}, "gains_as_computed", VERDICT_HOLDS, ""},
  };
  for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
    support_says(claim_find_conclusion(&toy_projected_claim, planted[i].conclusion), &planted[i].t,
                 planted[i].expected, planted[i].says);
}
END_TEST

/* eta lambda = m 2^-60 of the frozen part's neighbour leaves exp(-2m) of what is to go undone after
 * 2^60 steps: an error of the gain that is known, on either side of what is allowed.  In turn of
 * Bulk-SGD, and, with the sides exchanged, of Dom-SGD alone. */
START_TEST(test_gains_are_told_apart) {
  for (int swapped = 0; swapped < 2; swapped++)
    for (int m = 8; m <= 40; m++) {
      const double slow = m * 0x1p-60;
      const toy t = {swapped ? slow : 0.5, swapped ? 0.5 : slow, 0x1p-15, 1, 1, 1, 0.5};
      const double undone = exp(-2.0 * m), allowed = toy_gain_error(&t) + DBL_EPSILON;
      claim_note note = {"", 0};
      const verdict v =
          claim_find_conclusion(&toy_projected_claim, "gains_as_computed")->check(&t, &note);
      /* what is computed has an error of its own: a part of what is allowed for it */
      if (undone > 2.0 * allowed) {
        ck_assert_int_eq(v, VERDICT_FAILS);
        ck_assert(strstr(note.text, swapped ? "Dom" : "Bulk") == note.text);
      } else if (undone < 0.5 * allowed)
        ck_assert_int_eq(v, VERDICT_HOLDS);
    }
}
END_TEST

/* Which ends below, as labels: of the hand instance z* = 1/2 < (2 - 3/8)/(2 - 1/8); of a next to b
 * not; and with eta b = 2, where Bulk-SGD gets nowhere, neither is said. */
START_TEST(test_labels) {
  const toy steep = {3, 1, 4, 1.0 / 8, 1, 1, 0.5};
  const toy mild = {1.0625, 1, 0.75, 0.9375, 1, 1, 0.5}, none = {3, 2, 1, 1, 1, 1, 0.5};
  const coverage *bulk = support_coverage(&toy_projected_claim, "Bulk-SGD ends below Dom-SGD"),
                 *dominant = support_coverage(&toy_projected_claim, "Dom-SGD ends below Bulk-SGD");
  ck_assert(bulk->holds(&steep) && !dominant->holds(&steep));
  ck_assert(!bulk->holds(&mild) && dominant->holds(&mild));
  ck_assert(!bulk->holds(&none) && !dominant->holds(&none));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P3 toy_projected");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_source);
  tcase_add_test(core, test_later);
  tcase_add_test(core, test_planted);
  tcase_add_test(core, test_gains_are_told_apart);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_which_ends_below);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
