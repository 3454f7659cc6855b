/* P2: theory/toy_alignment, src/claims/toy_alignment; and runs of the toy model, src/sim/toy_runs.
 */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/toy_alignment.h"
#include "exact/exact_rational.h"
#include "exact/exact_toy.h"
#include "model/random.h"
#include "sim/toy_runs.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&toy_alignment_claim);
}
END_TEST

/* p = 5/8, r = 7/8, e = 1/2: z^2/4 + 3z/8 - 1/4 = 0 at z = 1/2. */
static const toy hand = {3, 1, 4, 1.0 / 8, 1, 1, 0.5};

static void expect(const fmpq_t value, slong p, ulong q) {
  fmpq_t expected;
  fmpq_init(expected);
  fmpq_set_si(expected, p, q);
  ck_assert(fmpq_equal(value, expected));
  fmpq_clear(expected);
}

START_TEST(test_by_hand) {
  ck_assert_double_eq(toy_limit(&hand), 0.5);
  ck_assert_double_eq_tol(toy_alignment(&hand, 0.5), 9.0 / 11, 1e-15);
  ck_assert_double_eq_tol(toy_misalignment(&hand, 0.5), 2.0 / 11, 1e-15);
  ck_assert_double_eq(toy_growth(&hand), 57.0 / 64);
  ck_assert_double_eq_tol(toy_decay(&hand), 7.0 / 64, 1e-16);
  ck_assert_double_eq(toy_alignment_critical_step(&hand, 1), 0.5);
  ck_assert_double_eq(toy_alignment_critical_step(&hand, 0.5), 0.125);
  /* 8 + 16 (1/2 - 2) < 0: no critical step. */
  ck_assert(isinf(toy_alignment_critical_step(&hand, 2)));
  ck_assert_double_eq_tol(toy_alignment_ratio(&hand, 1), 41.0 / 65, 1e-15);
  ck_assert_double_eq_tol(toy_alignment_ratio(&hand, 200), 0.5, 1e-14);
  exact_toy_moments m;
  exact_toy_moments_init(&m);
  exact_toy_enumerate(&m, &hand, TOY_SGD, 1); /* (1/8, 3/8) and (9/8, 11/8) */
  expect(m.x, 5, 8);
  expect(m.y, 7, 8);
  expect(m.xx, 41, 64);
  expect(m.xy, 51, 64);
  expect(m.yy, 65, 64);
  exact_toy_moments_clear(&m);
}
END_TEST

/* In the limit's own direction the moments shrink by 57/64 and keep their ratio. */
START_TEST(test_limit_is_fixed) {
  exact_toy_factors f;
  exact_toy_moments m;
  exact_toy_factors_init(&f, &hand);
  exact_toy_moments_init(&m);
  fmpq_set_si(m.xx, 1, 2);
  fmpq_set_si(m.yy, 1, 1);
  exact_toy_next(&m, &f, TOY_SGD);
  expect(m.xx, 57, 128);
  expect(m.yy, 57, 64);
  exact_toy_moments_clear(&m);
  exact_toy_factors_clear(&f);
}
END_TEST

/* The source's numbers: p^2 = 0.81, r^2 = 0.99980001, e^2 = 1e-4, each but for the rounding of its
 * eta, which moves z* by parts in 1e16. */
START_TEST(test_source) {
  const toy t = toy_source();
  const double s = 0.99980001 - 0.81, e2 = 1e-4;
  const double z = (-s + sqrt(s * s + 4 * e2 * e2)) / (2 * e2);
  ck_assert_double_eq_tol(toy_limit(&t), z, 1e-8 * z); /* this form cancels six digits */
  const double odds = 1e6 * toy_limit(&t);
  ck_assert(odds > 1000.0 / 1.9 && odds < 100.0 / s); /* eta a c^2/((2 - eta a) b^2), e^2 a^2/s */
  ck_assert_double_eq_tol(toy_alignment(&t, toy_limit(&t)), odds / (1 + odds), 1e-15);
  ck_assert(sqrt(toy_alignment(&t, toy_limit(&t))) > 0.999);
  ck_assert(toy_growth(&t) < 1 && toy_decay(&t) > 0);
}
END_TEST

/* --- the true expected alignment -------------------------------------------------------------- */

START_TEST(test_true_alignment_by_hand) {
  arb_t alignment, chi;
  arb_init(alignment);
  arb_init(chi);
  exact_toy_true_alignment(alignment, chi, &hand, 1, 128);
  ck_assert_double_eq_tol(arf_get_d(arb_midref(alignment), ARF_RND_NEAR), 577.0 / 850, 1e-15);
  ck_assert_double_eq_tol(arf_get_d(arb_midref(chi), ARF_RND_NEAR),
                          0.5 * (sqrt(0.5) + 27.0 / sqrt(850)), 1e-15);
  const toy still = {3, 1, 4, 1.0 / 8, 0, 0, 0.5}; /* no gradient: 0, and no NaN */
  exact_toy_true_alignment(alignment, chi, &still, 3, 128);
  ck_assert(arb_is_zero(alignment) && arb_is_zero(chi));
  arb_clear(alignment);
  arb_clear(chi);
}
END_TEST

/* Runs against the enumeration at t = 10.  chi and chi^2 are within [0, 1], so that Hoeffding
 * bounds a deviation of the mean by sqrt(ln(2/level)/(2n)): false alarms 1e-9 for each of 2 numbers
 * on 3 problems.  Power: the mean-field alignment in place of the true one, which is 0.04 and more
 * away on these problems, is told from it with certainty (the deviation allowed is 0.01). */
enum { RUNS = 100000, STEPS = 10 };

static double allowed(void) {
  return sqrt(log(2.0 / 1e-9) / (2.0 * RUNS));
}

START_TEST(test_runs) {
  static const toy problems[] = {{3, 1, 4, 1.0 / 8, 1, 1, 0.5},
                                 {1000, 1, 100, 1e-4, 0.02, 1, 0.5},
                                 {20, 1, 15, 0.05, 0.5, -1, 0.5}};
  arb_t alignment, chi;
  arb_init(alignment);
  arb_init(chi);
  const toy *t = &problems[_i];
  const size_t steps[] = {0, STEPS};
  toy_runs_record record[2];
  ck_assert_int_eq(toy_runs_mean(t, RANDOM_DEFAULT_SEED, "toy_runs", RUNS, steps, 2, record),
                   GSL_SUCCESS);
  exact_toy_true_alignment(alignment, chi, t, STEPS, 256);
  const double exact = arf_get_d(arb_midref(alignment), ARF_RND_NEAR);
  const double exact_chi = arf_get_d(arb_midref(chi), ARF_RND_NEAR);
  ck_assert_msg(fabs(record[1].alignment - exact) <= allowed(), "%g and %g", record[1].alignment,
                exact);
  ck_assert(fabs(record[1].chi - exact_chi) <= allowed());
  ck_assert(record[1].alignment_error > 0 && record[1].alignment_error < allowed());
  ck_assert_double_eq_tol(record[0].chi, toy_runs_chi(t, t->x, t->y), 1e-12);
  const double mean_field = toy_alignment(t, toy_alignment_ratio(t, STEPS));
  ck_assert_msg(fabs(mean_field - exact) > 2 * allowed(), "mean field %g, true %g", mean_field,
                exact); /* the planted error */
  ck_assert(fabs(record[1].alignment - mean_field) > allowed());
  arb_clear(alignment);
  arb_clear(chi);
}
END_TEST

START_TEST(test_paths) {
  const size_t steps[] = {0, 5, 9}, wrong[] = {3, 3};
  double x[3], y[3], dom_x[3], dom_y[3];
  const toy_runs_switch none = {false, false, 0}, dominant = {false, true, 5};
  ck_assert_int_eq(toy_runs_path(&hand, 7, none, steps, 3, x, y), GSL_SUCCESS);
  ck_assert_int_eq(toy_runs_path(&hand, 7, dominant, steps, 3, dom_x, dom_y), GSL_SUCCESS);
  ck_assert(x[0] == 1 && y[0] == 1 && x[1] == dom_x[1] && y[1] == dom_y[1]);
  ck_assert(dom_y[2] == dom_y[1] && dom_x[2] != dom_x[1] && y[2] != y[1]);
  ck_assert_int_eq(toy_runs_path(&hand, 7, none, wrong, 2, x, y), GSL_EINVAL);
  ck_assert_int_eq(toy_runs_path(&hand, 7, none, steps, 0, x, y), GSL_EINVAL);
  ck_assert_double_eq(toy_runs_chi(&hand, 0, 0), 0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P2 toy_alignment");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(40));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_limit_is_fixed);
  tcase_add_test(core, test_source);
  tcase_add_test(core, test_true_alignment_by_hand);
  tcase_add_loop_test(core, test_runs, 0, 3);
  tcase_add_test(core, test_paths);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
