/* P2: theory/toy_alignment, src/claims/toy_alignment; and runs of the toy model, src/sim/toy_runs.
 */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/toy_alignment.h"
#include "exact/exact_rational.h"
#include "exact/exact_toy.h"
#include "model/random.h"
#include "model/rounding.h"
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

/* --- what the conclusions say of instances that are wrong ------------------------------------- */

/* From (11, 13): z = (11/13)^2, and a step's numerator and denominator; at z = 2 with a = 5, b = 1
 * and c = 4 Delta = 24 - 24, and of a tie at z = 1 it is 0 too: no critical step. */
START_TEST(test_ratio_and_step_by_hand) {
  const toy t = {7, 3, 5, 1.0 / 16, 11, 13, 0.5}; /* p = 9/16, r = 13/16, e = 5/16 */
  const double start = 121.0 / 169;
  ck_assert_double_eq_tol(toy_alignment_ratio(&t, 0), start, 4 * DBL_EPSILON);
  const double x = 81 * 121 + 25 * 169, y = 25 * 121 + 169 * 169; /* 256 times the moments */
  ck_assert_double_eq_tol(toy_alignment_ratio(&t, 1), x / y, 16 * DBL_EPSILON);
  ck_assert_double_eq_tol(toy_alignment_ratio(&t, 2), (81 * x + 25 * y) / (25 * x + 169 * y),
                          32 * DBL_EPSILON);
  /* 2 (7-3)/(49 - 9 + 25 (1/z - z)) at z = 1/4: 8/(40 + 93.75) */
  ck_assert_double_eq_tol(toy_alignment_critical_step(&t, 0.25), 8 / 133.75, DBL_EPSILON);
  const toy none = {5, 1, 4, 1.0 / 16, 1, 1, 0.5}, tied = {5, 5, 4, 1.0 / 16, 1, 1, 0.5};
  ck_assert_double_eq(toy_alignment_critical_step(&none, 2), INFINITY);
  ck_assert_double_eq(toy_alignment_critical_step(&tied, 1), INFINITY);
}
END_TEST

START_TEST(test_planted) {
  const double eta = 1.0 / 16, third = 1.0 / 3;
  const struct {
    toy t;
    const char *conclusion;
    verdict expected;
    const char *says; /* "" for a note that is empty */
  } planted[] = {
      {{8, 1, 1, eta, 1, 1, 0.75}, "moments_of_all_paths", VERDICT_FAILS, "after 1 steps"},
      {{8, 1, 1, eta, 1, 1, 0.75}, "change_is_geometric", VERDICT_FAILS, "in step 1"},
      {{8, 1, 1, eta, 1, 1, 0.5}, "moments_of_all_paths", VERDICT_HOLDS, ""},
      {{8, 1, 1, eta, 1, 1, 0.5}, "change_is_geometric", VERDICT_HOLDS, ""},
      /* z* = 1/4: from it nothing moves; from infinity it comes down; from 0 it goes up */
      {{15, 12, 2, eta, 1, 2, 0.5}, "one_sided", VERDICT_VACUOUS, ""},
      {{15, 12, 2, eta, 1, 0, 0.5}, "one_sided", VERDICT_HOLDS, ""},
      {{15, 12, 2, eta, 0, 1, 0.5}, "one_sided", VERDICT_HOLDS, ""},
      {{15, 12, 2, eta, 0, 0, 0.5}, "one_sided", VERDICT_FAILS, "in step 1 has sign 0, not -1"},
      /* p = 1/8, r = 1/2: p r = e^2, there in one step; and p r < e^2, to and fro */
      {{7, 4, 2, 0.125, 1, 1, 0.5}, "one_sided", VERDICT_HOLDS, ""},
      {{7, 4, 2, 0.125, 1, 16, 0.5}, "one_sided", VERDICT_HOLDS, ""},
      {{7, 4, 3, 0.125, 1, 1, 0.5}, "one_sided", VERDICT_HOLDS, ""},
      {{7, 4, 3, 0.125, 1, 16, 0.5}, "one_sided", VERDICT_HOLDS, ""},
      /* c = 0, and so small that e^2 is no double but 0: nothing to compare */
      {{8, 1, 0, eta, 1, 1, 0.5}, "limit_is_the_root", VERDICT_FAILS, "no limit"},
      {{8, 1, 0x1p-600, eta, 1, 1, 0.5}, "limit_is_the_root", VERDICT_FAILS, "no limit"},
      {{8, 1, 1, eta, 1, 1, 0.5}, "limit_is_the_root", VERDICT_HOLDS, ""},
      {{8, 1, 1, eta, 0, 0, 0.5}, "limit_is_reached", VERDICT_UNDECIDED, ""},
      {{8, 1, 1, eta, 1, 1, 0.5}, "limit_is_reached", VERDICT_HOLDS, ""},
      {{8, 1, 0, eta, 1, 1, 0.5}, "limit_is_reached", VERDICT_FAILS, "after 2^40"},
      /* not stable; eta a = 2, p^2 = 1; p^2 > r^2; p^2 = r^2 */
      {{8, 1, 1, eta, 1, 1, 0.5}, "limit_bracketed", VERDICT_HOLDS, ""},
      {{8, 1, 16, eta, 1, 1, 0.5}, "limit_bracketed", VERDICT_FAILS, "above"},
      {{32, 1, 1, eta, 1, 1, 0.5}, "limit_bracketed", VERDICT_FAILS, "above"},
      {{8, 1, 1, 15.0 / 64, 1, 1, 0.5}, "limit_bracketed", VERDICT_FAILS, "below"},
      {{8, 8, 1, eta, 1, 1, 0.5}, "limit_bracketed", VERDICT_FAILS, "below"},
      /* p = 11/16, r = 61/64, e = 15/32: (1-p^2)(1-r^2) = e^4, between stable and not */
      {{20, 3, 30, 1.0 / 64, 1, 1, 0.5}, "squares_are_summable", VERDICT_FAILS, "the weights"},
      {{8, 1, 16, eta, 1, 1, 0.5}, "squares_are_summable", VERDICT_FAILS, "the weights"},
      /* p = -2, r = -3/2, e = 5/4: e^2 between r^2 - 1 and p^2 - 1; and the two exchanged */
      {{48, 40, 20, eta, 1, 1, 0.5}, "squares_are_summable", VERDICT_FAILS, "the weights"},
      {{40, 48, 20, eta, 1, 1, 0.5}, "squares_are_summable", VERDICT_FAILS, "the weights"},
      {{8, 1, 1, eta, 1, 1, 0.75}, "squares_are_summable", VERDICT_FAILS, "step 1 loses"},
      {{8, 1, 1, eta, 1, 1, 0.5}, "squares_are_summable", VERDICT_HOLDS, ""},
      /* drawn unfairly E xy enters, and each theorem breaks, at once or late */
      {{8, 1, 4, eta, 1, 4, 0.75}, "theorems_along_the_run", VERDICT_FAILS, "T1 in step 1:"},
      {{8, 1, 2, eta, 2, 1, 0.75}, "theorems_along_the_run", VERDICT_FAILS, "T1 in step 5:"},
      {{8, 2, 4, eta, 1, 4, 0.75}, "theorems_along_the_run", VERDICT_FAILS, "T3 in step 1: E L_D"},
      {{8, 1, 1, eta, 2, 1, 0.25}, "theorems_along_the_run", VERDICT_FAILS, "T3 in step 1: E L_B"},
      {{8, 1, 1, eta, 1, 1, 0.75}, "theorems_along_the_run", VERDICT_FAILS, "T3 in step 5: E L_D"},
      {{8, 3, 6, 0.125, 2, 1, 0.75},
       "theorems_along_the_run",
       VERDICT_FAILS,
       "T3 in step 5: E L_B"},
      /* nothing moves at z*; E L_D stands for a step, p = 0 and e y = x; E L_B, r = 0 and e x = y
       */
      {{15, 12, 2, eta, 1, 2, 0.5}, "theorems_along_the_run", VERDICT_HOLDS, ""},
      {{8, 1, 4, 0.125, 1, 2, 0.5}, "theorems_along_the_run", VERDICT_HOLDS, ""},
      {{12, 8, 4, 0.125, 2, 1, 0.5}, "theorems_along_the_run", VERDICT_HOLDS, ""},
      /* a product that is no double; E xy again, with p = 0 in E g_2^2 alone; on the wall */
      {{8, 1, 1, eta, third, 1, 0.5}, "theorems_at_the_state", VERDICT_VACUOUS, ""},
      {{8, 1, 1, eta, 1, 1, 0.75}, "theorems_at_the_state", VERDICT_FAILS, "E g_1^2"},
      {{16, 1, 1, eta, 1, 1, 0.75}, "theorems_at_the_state", VERDICT_FAILS, "E g_2^2"},
      {{8, 1, 1, eta, 1, 0, 0.5}, "theorems_at_the_state", VERDICT_FAILS, " "},
      /* a = b: T2 alone fails, T3 holds; and a conclusion that is vacuous is passed over */
      {{8, 8, 1, eta, 1, 1, 0.5}, "theorems_at_the_state", VERDICT_FAILS, "coefficient of eta"},
      {{8, 1, 4, eta, 3, 1, 0.5}, "theorems_at_the_state", VERDICT_HOLDS, ""},
      {{12, 8, 4, 0.125, 2, 1, 0.5}, "theorems_at_the_state", VERDICT_HOLDS, ""},
      {{8, 1, 1, eta, 1, 1, 0.5}, "theorems_at_the_state", VERDICT_HOLDS, ""},
      {{8, 1, 1, eta, 1, 1, 0.5}, "critical_step_at_limit", VERDICT_HOLDS, ""},
      /* a = b: no critical step, and no bound */
      {{8, 8, 1, eta, 1, 1, 0.5}, "critical_step_at_limit", VERDICT_UNDECIDED, ""},
  };
  for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
    claim_note note = {"", 0};
    const verdict v = claim_find_conclusion(&toy_alignment_claim, planted[i].conclusion)
                          ->check(&planted[i].t, &note);
    ck_assert_msg(v == planted[i].expected, "%zu, %s: %s, %s", i, planted[i].conclusion,
                  verdict_name(v), note.text);
    ck_assert_msg(planted[i].says[0] == '\0' ? v == VERDICT_HOLDS || note.text[0] == '\0'
                                             : strstr(note.text, planted[i].says) != NULL,
                  "%zu, %s: '%s'", i, planted[i].conclusion, note.text);
  }
}
END_TEST

/* e^2 so small that it has few bits: the computed limit is off, by a part that the root in balls
 * knows, and the verdict is the one that this part asks for. */
START_TEST(test_limits_are_told_apart) {
  int failed = 0, held = 0;
  for (int n = 0; n < 400; n++) {
    const toy t = {0.5, 0.25, ldexp(1.0 + n / 401.0, -213 - n % 4), 0x1p-300, 1, 1, 0.5};
    exact_toy_factors f;
    arb_t gap, twice, root;
    exact_toy_factors_init(&f, &t);
    arb_init(gap);
    arb_init(twice);
    arb_init(root);
    arb_set_fmpq(gap, f.rr, 2400);
    arb_set_fmpq(twice, f.pp, 2400);
    arb_sub(gap, gap, twice, 2400);
    arb_set_fmpq(twice, f.ee, 2400);
    arb_mul_2exp_si(twice, twice, 1);
    arb_hypot(root, gap, twice, 2400);
    arb_add(root, root, gap, 2400);
    arb_div(root, twice, root, 2400);
    arb_set_d(gap, toy_limit(&t));
    arb_sub(gap, gap, root, 2400);
    arb_div(gap, gap, root, 2400);
    const double off = fabs(arf_get_d(arb_midref(gap), ARF_RND_NEAR));
    const double allowed = toy_limit_error(&t) + DBL_EPSILON;
    arb_clear(gap);
    arb_clear(twice);
    arb_clear(root);
    exact_toy_factors_clear(&f);
    const verdict v = support_check(&toy_alignment_claim, "limit_is_the_root", &t);
    failed += off > 1.3 * allowed && off < 3 * allowed;
    held += off < 0.8 * allowed && off > 0.4 * allowed;
    if (off > 1.3 * allowed)
      ck_assert_msg(v == VERDICT_FAILS, "off by %g, allowed %g", off, allowed);
    else if (off < 0.8 * allowed)
      ck_assert_msg(v == VERDICT_HOLDS, "off by %g, allowed %g", off, allowed);
  }
  ck_assert_msg(failed > 10 && held > 10, "%d and %d", failed, held);
}
END_TEST

/* eta = m 2^-41, for which 2^40 steps are hardly enough: what is left of z_0 - z* is known, from
 * the two eigenvectors (z*, 1) and (1, -z*), and the verdict follows it. */
START_TEST(test_arrival_is_told_apart) {
  for (int m = 20; m <= 90; m++) {
    const toy t = {1.5, 0.5, 0x1p18, m * 0x1p-41, 3, 2, 0.5};
    const double r = 1 - t.eta * t.b, e = t.eta * t.c, z = toy_limit(&t);
    const double gap = t.eta * (t.a - t.b) * (2 - t.eta * (t.a + t.b));
    const double apart = hypot(gap, 2 * e * e), growth = r * r + e * e * z;
    const double first = 9 * z + 4, second = 9 - 4 * z; /* of (x^2, y^2), times 1 + z^2 */
    const double left = second / first * (z + 1 / z) * exp(0x1p40 * log1p(-apart / growth));
    const double allowed = toy_limit_error(&t) + DBL_EPSILON;
    const verdict v = support_check(&toy_alignment_claim, "limit_is_reached", &t);
    if (fabs(left) > 1.5 * allowed)
      ck_assert_msg(v == VERDICT_FAILS, "%d: %g is left, %g is allowed", m, left, allowed);
    else if (fabs(left) < 0.5 * allowed)
      ck_assert_msg(v == VERDICT_HOLDS, "%d: %g is left, %g is allowed", m, left, allowed);
  }
}
END_TEST

/* The same few bits in eta*: what is allowed is twice (the limit's error + 8u)(a^2 + b^2 + c^2 (1/z
 * + z))/(2 (a - b)/eta) and 4u, of which all but c^2/z and 2 (a - b)/eta is nothing here. */
START_TEST(test_critical_steps_are_told_apart) {
  int failed = 0, held = 0;
  for (int n = 0; n < 800; n++) {
    const toy t = {5, 3, ldexp(1.0 + n / 801.0, -213 - n % 5), 0x1p-300, 1, 1, 0.5};
    const double z = toy_limit(&t), star = toy_alignment_critical_step(&t, z);
    const double size = ldexp(t.c, 200) * ldexp(t.c, 200) / ldexp(z, 400), delta = 4 * 0x1p300;
    const double bound = (toy_limit_error(&t) + 8 * ROUNDING_UNIT) * size / delta;
    const double allowed = 2 * (bound + 4 * ROUNDING_UNIT), off = fabs(star / t.eta - 1);
    const verdict v = support_check(&toy_alignment_claim, "critical_step_at_limit", &t);
    failed += off > 1.02 * allowed && off < 2 * allowed;
    held += off < 0.98 * allowed && off > 0.5 * allowed;
    if (off > 1.02 * allowed)
      ck_assert_msg(v == VERDICT_FAILS, "off by %g, allowed %g", off, allowed);
    else if (off < 0.98 * allowed)
      ck_assert_msg(v == VERDICT_HOLDS, "off by %g, allowed %g", off, allowed);
  }
  ck_assert_msg(failed > 5 && held > 5, "%d and %d", failed, held);
}
END_TEST

/* a - b = m ulps and z* = 1: the bound is (8/(2 - 3/2) + 32)u (9 + 9 + 2 c^2) over 8 (a - b), and
 * where it is no less than 1/2 nothing is said. */
START_TEST(test_no_gap_is_undecided) {
  int undecided = 0, decided = 0;
  for (int m = 1; m <= 200; m++) {
    const toy t = {3 + m * 0x1p-51, 3, 2, 0.25, 1, 1, 0.5};
    const double bound = (8 / 0.5 + 32) * ROUNDING_UNIT * (9 + 9 + 2 * 4) / (8 * m * 0x1p-51);
    const verdict v = support_check(&toy_alignment_claim, "critical_step_at_limit", &t);
    undecided += bound > 0.51;
    decided += bound < 0.49;
    ck_assert_msg(bound < 0.51 || v == VERDICT_UNDECIDED, "%d: %g", m, bound);
    ck_assert_msg(bound > 0.49 || v == VERDICT_HOLDS, "%d: %g", m, bound);
  }
  ck_assert(undecided > 5 && decided > 5);
}
END_TEST

START_TEST(test_labels) {
  const toy none = {3, 1, 4, 0.125, 0, 0, 0.5}, x = {3, 1, 4, 0.125, 1, 0, 0.5},
            y = {3, 1, 4, 0.125, 0, 1, 0.5};
  ck_assert(!toy_alignment_claim.is_defined(&none));
  ck_assert(toy_alignment_claim.is_defined(&x) && toy_alignment_claim.is_defined(&y));
  /* Delta = 8 + 16 (1/z - z): 8 - 24 at z = 2, 8 at 1; and z = x^2/y^2, not the other way round */
  const toy high = {3, 1, 4, 0.125, 3, 2, 0.5}, low = {3, 1, 4, 0.125, 2, 3, 0.5};
  const coverage *label = support_coverage(&toy_alignment_claim, "start in the high regime");
  ck_assert(label->holds(&high) && !label->holds(&low));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P2 toy_alignment");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(40));
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_ratio_and_step_by_hand);
  tcase_add_test(core, test_planted);
  tcase_add_test(core, test_limits_are_told_apart);
  tcase_add_test(core, test_arrival_is_told_apart);
  tcase_add_test(core, test_critical_steps_are_told_apart);
  tcase_add_test(core, test_no_gap_is_undecided);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_limit_is_fixed);
  tcase_add_test(core, test_source);
  tcase_add_test(core, test_true_alignment_by_hand);
  tcase_add_test(core, test_paths);
  tcase_add_test(core, test_claim_holds);
  tcase_add_loop_test(core, test_runs, 0, 3);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
