/* N5: theory/multiplicative_alignment, src/claims/multiplicative_alignment. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/multiplicative_alignment.h"
#include "laws/noise_geometry.h"
#include "model/random.h"
#include "sim/design_walk.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&multiplicative_alignment_claim);
}
END_TEST

/* lambda = (2, 1), b = 1, eta = 1/2 (N4): w = (8/(rho - 1), 1/(rho - 1/2)). */
START_TEST(test_limit_by_hand) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.5);
  const double rho = (11.0 + sqrt(41.0)) / 8.0, odds = 8.0 * (rho - 0.5) / (rho - 1.0);
  law_value limit;
  ck_assert_int_eq(noise_limit_alignment(r, &limit, NULL), GSL_SUCCESS);
  ck_assert(fabs(limit.val - odds / (1.0 + odds)) <= limit.err && limit.err < 1e-12);
  random_design_free(r);
}
END_TEST

/* The same problem from m = (1, 1): E 2L = 3, m+ = (0 + 1 + (1/4) 2*3, 1/4 + 1/4 + (1/4) 3). */
START_TEST(test_step_by_hand) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.5);
  double m[] = {1, 1};
  noise_step(r, 0.5, m);
  ck_assert_double_eq(m[0], 2.5);
  ck_assert_double_eq(m[1], 1.25);
  ck_assert_double_eq(noise_mean_field_alignment(r, m), 10.0 / 11.25);
  random_design_free(r);
}
END_TEST

/* Small steps: (lambda_1/lambda_2, b) = (2, 1): A/(1-A) = eta 8/(2*1*1*(2-1)) (1 + O(eta)). */
START_TEST(test_vanishes_in_proportion) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0x1p-20);
  law_value limit;
  ck_assert_int_eq(noise_limit_alignment(r, &limit, NULL), GSL_SUCCESS);
  ck_assert_double_eq_tol(limit.val / (1.0 - limit.val) / (4.0 * 0x1p-20), 1.0, 1e-4);
  random_design_free(r);
}
END_TEST

/* Two steps of the average along a run, by hand from the same random numbers. */
START_TEST(test_alignment_of_a_run) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){10, 1}, (const double[]){1, 1}, 2, 0.05);
  ck_assert_ptr_nonnull(r);
  double delta[] = {1, 1}, x[2], pull[2], expected = 0.0, mean;
  gsl_rng *rng = random_alloc(7), *again = random_alloc(7);
  for (int t = 0; t < 3; t++) {
    design_walk_step(r, r->eta, delta, x, pull, rng);
    if (t > 0)
      expected += 0.5 / (1.0 + pow(delta[1] / (10.0 * delta[0]), 2));
  }
  ck_assert_int_eq(design_walk_alignment(r, 1, 2, again, &mean), GSL_SUCCESS);
  ck_assert_double_eq_tol(mean, expected, 1e-13);
  gsl_rng_free(rng);
  gsl_rng_free(again);
  random_design_free(r);
}
END_TEST

/* The two readings part: lambda = (10, 1), b = 1, at eta_c.  After 60 steps the mean-field
 * alignment is above 0.99, and E alpha is below 0.85: the mean of n independent alignments in [0,1]
 * is below its expectation by t with probability at most exp(-2 n t^2) (Hoeffding), here below
 * 1e-10. Power: that mean, 0.71, is 0.14 below 0.85, and t is 0.076. */
START_TEST(test_readings_part) {
  enum { RUNS = 2000, STEPS = 60 };
  random_design *r =
      random_design_literal(2, 1, (const double[]){10, 1}, (const double[]){1, 1}, 1, 0.0);
  ck_assert_ptr_nonnull(r);
  law_value eta_c, limit;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  r->eta = eta_c.val;
  double m[] = {1, 1}, sum = 0.0, one;
  for (int t = 0; t < STEPS; t++)
    noise_step(r, r->eta, m);
  ck_assert_int_eq(noise_limit_alignment(r, &limit, NULL), GSL_SUCCESS);
  ck_assert_double_gt(limit.val - limit.err, 0.99);
  ck_assert_double_gt(noise_mean_field_alignment(r, m), 0.99);
  gsl_rng *rng = random_alloc(11);
  for (int run = 0; run < RUNS; run++) {
    ck_assert_int_eq(design_walk_alignment(r, STEPS - 1, 1, rng, &one), GSL_SUCCESS);
    sum += one;
  }
  const double slack = sqrt(log(1e10) / (2.0 * RUNS));
  ck_assert_double_lt(sum / RUNS + slack, 0.85);
  gsl_rng_free(rng);
  random_design_free(r);
}
END_TEST

/* --- what the conclusions say of planted errors --------------------------------------------- */

#define UNIT 0x1p-53

static double gamma_of(double n) {
  return n * UNIT / (1.0 - n * UNIT);
}

static void expect(verdict found, const claim_note *note, verdict expected, const char *text) {
  ck_assert_msg(found == expected && strstr(note->text, text) != NULL, "%s, not %s: %s",
                verdict_name(found), verdict_name(expected), note->text);
}

static void expect_check(const char *name, const random_design *r, verdict expected,
                         const char *text) {
  claim_note note = {"", 0};
  const verdict found =
      claim_find_conclusion(&multiplicative_alignment_claim, name)->check(r, &note);
  expect(found, &note, expected, text);
}

/* d times the eigenvalue 1, delta_i = 1. */
static random_design *equal(size_t d, size_t k, size_t batch, double eta) {
  double one[64];
  for (size_t i = 0; i < d; i++)
    one[i] = 1.0;
  random_design *r = random_design_literal(d, k, one, one, batch, eta);
  ck_assert_ptr_nonnull(r);
  return r;
}

/* eta lambda = 1: what is kept is h^2/b = 1/b, and with what comes from itself, (c - 1)/b for the
 * kurtosis c = 3 + 4 n u: n 2 u of it, where gamma_{d+20} + 4 sqrt(b) u is allowed: 25 u; 27 u with
 * two directions beside that hardly count; 29 u for b = 4. */
START_TEST(test_step_is_judged) {
  static const struct {
    size_t d, batch;
    int holds;
  } cases[] = {{1, 1, 12}, {3, 1, 13}, {1, 4, 14}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    random_design *r = random_design_literal(cases[i].d, 1, (const double[]){1, 0x1p-40, 0x1p-40},
                                             (const double[]){1, 0, 0}, cases[i].batch, 1.0);
    ck_assert_ptr_nonnull(r);
    for (int sign = -1; sign <= 1; sign += 2) {
      r->kurtosis = 3.0 + sign * cases[i].holds * 0x1p-51;
      expect_check("recursion_by_definition", r, VERDICT_HOLDS, "");
      r->kurtosis = 3.0 + sign * (cases[i].holds + 1) * 0x1p-51;
      expect_check("recursion_by_definition", r, VERDICT_FAILS, "direction 1");
    }
    random_design_free(r);
  }
}
END_TEST

/* Every direction is looked at, up to 40 of them. */
START_TEST(test_which_directions) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){0, 1}, 1, 0.5);
  ck_assert_ptr_nonnull(r);
  r->kurtosis = 4.0;
  expect_check("recursion_by_definition", r, VERDICT_FAILS, "direction 2");
  random_design_free(r);
  for (size_t d = 40; d <= 41; d++) {
    r = equal(d, 1, 1, 0.5);
    r->kurtosis = 4.0;
    expect_check("recursion_by_definition", r, d == 40 ? VERDICT_FAILS : VERDICT_VACUOUS, "");
    random_design_free(r);
  }
}
END_TEST

static void expect_limit(const random_design *r, double slowest, law_value limit, verdict expected,
                         const char *text) {
  claim_note note = {"", 0};
  expect(multiplicative_alignment_judge_limit(r, slowest, limit, &note), &note, expected, text);
}

/* d equal directions from equal starts: alpha_t = k/d at once, and the bound is (c/rho)^t, c =
 * (1 - h)^2 + h^2/b, rho = c + d h^2/b.  The text names the first step at which a wrong limit is
 * out of its bounds. */
START_TEST(test_limit_is_judged) {
  static const struct {
    size_t d, k, batch;
    double eta;
    unsigned t;
  } cases[] = {{8, 3, 1, 1.0, 1},   {8, 3, 1, 1.0, 4},   {8, 3, 1, 1.0, 16},
               {2, 1, 1, 1.0, 64},  {2, 1, 4, 0.5, 1},   {2, 1, 4, 0.5, 4},
               {2, 1, 4, 0.5, 16},  {3, 2, 8, 0.5, 256}, {3, 2, 100, 0.5, 1024},
               {9, 4, 64, 1.0, 16}, {2, 1, 25, 0.25, 64}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const double d = (double)cases[i].d, b = (double)cases[i].batch, h = cases[i].eta;
    const double c = (1 - h) * (1 - h) + h * h / b, alpha = (double)cases[i].k / d;
    random_design *r = equal(cases[i].d, cases[i].k, cases[i].batch, h);
    char text[32];
    snprintf(text, sizeof text, "t = %u:", cases[i].t);
    for (int with = 0; with < 2; with++) {
      const double err = with ? 1e-13 : 0.0;
      double before = INFINITY, allowed = INFINITY, later = INFINITY;
      for (unsigned t = 1; t <= 1024; t *= 4) {
        const double one = pow(c / (c + d * h * h / b), t) + err +
                           2.0 * t * (gamma_of(d + 20) + 4.0 * sqrt(b) * UNIT) + gamma_of(d + 6);
        double *const at = t < cases[i].t ? &before : t == cases[i].t ? &allowed : &later;
        *at = fmin(*at, one);
      }
      ck_assert_double_lt(1.05 * allowed, before);
      for (int sign = -1; sign <= 1; sign += 2) {
        expect_limit(r, c, (law_value){alpha + sign * 0.97 * allowed, err},
                     later < allowed ? VERDICT_FAILS : VERDICT_HOLDS, "");
        expect_limit(r, c, (law_value){alpha + sign * 1.03 * allowed, err}, VERDICT_FAILS, text);
      }
    }
    random_design_free(r);
  }
}
END_TEST

/* With nothing kept, a first step that errs by 2 (gamma_28 + 4 u) and gamma_14 beside: 78 u.  And
 * one direction alone, whose growth of some 10^4 a step no double holds 1024 times. */
START_TEST(test_rounding_of_the_limit) {
  random_design *r = equal(8, 3, 1, 1.0);
  for (int sign = -1; sign <= 1; sign += 2) {
    expect_limit(r, 0.0, (law_value){0.375 + sign * 76 * UNIT, 0}, VERDICT_HOLDS, "");
    expect_limit(r, 0.0, (law_value){0.375 + sign * 80 * UNIT, 0}, VERDICT_FAILS, "t = 1:");
  }
  random_design_free(r);
  r = equal(1, 1, 1, 50.0);
  expect_limit(r, 49.0 * 49 + 2500, (law_value){1, 0}, VERDICT_HOLDS, "");
  random_design_free(r);
}
END_TEST

/* lambda = (4, 1, 0), delta = (1, 2, 9), eta = 1/4, b = 2: E 2L = 8, m(1) = (1/2 + 1,
 * 4 (9/16 + 1/32) + 1/4); |lambda^2| = sqrt(257), |m(0)| = sqrt(17), slowest 19/32. */
START_TEST(test_first_bound) {
  random_design *r =
      random_design_literal(3, 1, (const double[]){4, 1, 0}, (const double[]){1, 2, 9}, 2, 0.25);
  ck_assert_ptr_nonnull(r);
  const double m[] = {1.5, 2.625}, weighted = 16 * m[0] + m[1], alpha = 16 * m[0] / weighted;
  const double slowest = 19.0 / 32, bound = slowest * sqrt(257.0 * 17) / weighted;
  for (int sign = -1; sign <= 1; sign += 2) {
    expect_limit(r, slowest, (law_value){alpha + sign * 1.0001 * bound, 0}, VERDICT_FAILS,
                 "t = 1:");
    expect_limit(r, slowest, (law_value){alpha + sign * 0.9999 * bound, 0}, VERDICT_FAILS,
                 "t = 4:");
  }
  random_design_free(r);
}
END_TEST

/* Without a step nothing moves; without a gradient there is no alignment; and no limit where the
 * growth cannot be told. */
START_TEST(test_where_there_is_no_limit) {
  random_design *r = random_design_literal(2, 1, (const double[]){1.5, 0.5}, (const double[]){1, 1},
                                           (size_t)1 << 60, 0.0);
  ck_assert_ptr_nonnull(r);
  expect_check("tends_to_limit", r, VERDICT_VACUOUS, "");
  r->eta = 1.0;
  expect_check("tends_to_limit", r, VERDICT_FAILS, "cannot be told");
  r->delta[0] = r->delta[1] = 0.0;
  expect_check("tends_to_limit", r, VERDICT_FAILS, "0/0");
  random_design_free(r);
}
END_TEST

/* An overflow alone can break the freedom of scale: at once. */
START_TEST(test_scale_is_judged) {
  random_design *r = equal(2, 1, 1, 0.5);
  expect_check("scale_free", r, VERDICT_HOLDS, "");
  r->delta[1] = 0x1p500;
  expect_check("scale_free", r, VERDICT_FAILS, "step 0");
  random_design_free(r);
}
END_TEST

/* lambda = (12, 6, 2, 1, 1), k = 2: m = 3, odds 2 * 9/3. */
START_TEST(test_beyond_is_judged) {
  random_design *r = random_design_literal(5, 2, (const double[]){12, 6, 2, 1, 1},
                                           (const double[]){1, 1, 1, 1, 1}, 1, 0.0);
  ck_assert_ptr_nonnull(r);
  const double least = 6.0 / 7;
  for (int with = 0; with < 2; with++) {
    const double err = with * 0.125;
    claim_note note = {"", 0};
    expect(multiplicative_alignment_judge_beyond(r, (law_value){least - err, err}, &note), &note,
           VERDICT_HOLDS, "");
    expect(multiplicative_alignment_judge_beyond(r, (law_value){least * (1 - 6 * UNIT) - err, err},
                                                 &note),
           &note, VERDICT_HOLDS, "");
    expect(multiplicative_alignment_judge_beyond(r, (law_value){least * (1 - 12 * UNIT) - err, err},
                                                 &note),
           &note, VERDICT_FAILS, "the limit is");
  }
  /* A bulk without data has no finite gap: the first step already says so. */
  r->lambda[2] = r->lambda[3] = r->lambda[4] = 0.0;
  law_value eta_c;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  char text[64];
  snprintf(text, sizeof text, "at eta = %a ", eta_c.val + eta_c.err);
  expect_check("high_beyond_threshold", r, VERDICT_FAILS, text);
  r->lambda[0] = 1e200;
  r->lambda[1] = 1e190;
  expect_check("high_beyond_threshold", r, VERDICT_FAILS, "");
  random_design_free(r);
}
END_TEST

/* lambda = (8, 4, 2, 1, 1), k = 2, eta = 1/64, b = 2, h = (8, 4, 2, 1)/64: h_i^2/(b (c_d - c_i)),
 * c_d - c_i = (h_i - h_d)(2 - (3/2)(h_i + h_d)). */
START_TEST(test_odds_bound) {
  random_design *r = random_design_literal(5, 2, (const double[]){8, 4, 2, 1, 1},
                                           (const double[]){1, 1, 1, 1, 1}, 2, 1.0 / 64);
  ck_assert_ptr_nonnull(r);
  const double u = 1.0 / 64;
  const double part[] = {64 * u * u / 2 / (7 * u * (2 - 13.5 * u)),
                         16 * u * u / 2 / (3 * u * (2 - 7.5 * u)),
                         4 * u * u / 2 / (u * (2 - 4.5 * u))};
  const double odds = (8 * part[0] + 4 * part[1]) / (1 - part[0] - part[1] - part[2]);
  ck_assert_double_eq_tol(multiplicative_alignment_odds_bound(r), odds, 1e-13);
  ck_assert_double_lt(odds, 1.0);
  for (int with = 0; with < 2; with++) {
    const double err = with * 0.125, most = odds / (1 + odds);
    claim_note note = {"", 0};
    expect(multiplicative_alignment_judge_small(r, (law_value){most * (1 + 0.9e-12) + err, err},
                                                &note),
           &note, VERDICT_HOLDS, "");
    expect(multiplicative_alignment_judge_small(r, (law_value){most * (1 + 1.1e-12) + err, err},
                                                &note),
           &note, VERDICT_FAILS, "is above");
  }
  /* Too long a step: no gap, 2 = (3/2)(8 + 1) eta; and just below it all is elsewhere. */
  claim_note note = {"", 0};
  r->eta = 2.0 / 13.5;
  ck_assert(multiplicative_alignment_odds_bound(r) == INFINITY);
  r->eta = 0.99 * 2.0 / 13.5;
  ck_assert(multiplicative_alignment_odds_bound(r) == INFINITY);
  expect(multiplicative_alignment_judge_small(r, (law_value){1, 0}, &note), &note, VERDICT_VACUOUS,
         "");
  random_design_free(r);
}
END_TEST

/* One eigenspace: A is k/d at all steps, the bound 0, seen at 1/lambda_1 already.  Two eigenvalues
 * apart by x, b = 1: the bound is finite for eta lambda < 2x, of the steps that are tried for the
 * last, 2^-42/lambda_1, alone where x = 2^-42, or x = 2^-45 and lambda_1 eight times as large. */
START_TEST(test_small_steps) {
  const double ones[] = {1, 1, 1};
  random_design *r = equal(4, 2, 1, 0.0);
  expect_check("vanishes_with_step", r, VERDICT_FAILS, "eta = 0x1p+0: the limit 0x1p-1");
  random_design_free(r);
  for (int i = 0; i < 2; i++) {
    r = random_design_literal(2, 1, (const double[]){1 + ldexp(1.0, -42 - 3 * i), 1}, ones, 1, 0.0);
    ck_assert_ptr_nonnull(r);
    expect_check("vanishes_with_step", r, i == 0 ? VERDICT_HOLDS : VERDICT_VACUOUS, "");
    random_design_free(r);
  }
  r = random_design_literal(2, 1, (const double[]){0.25 * (1 + 0x1p-42), 0.25}, ones, 1, 0.0);
  ck_assert_ptr_nonnull(r);
  expect_check("vanishes_with_step", r, VERDICT_HOLDS, "");
  random_design_free(r);
  r = random_design_literal(3, 1, (const double[]){8, 1 + 0x1p-45, 1}, ones, 1, 0.0);
  ck_assert_ptr_nonnull(r);
  expect_check("vanishes_with_step", r, VERDICT_HOLDS, "");
  random_design_free(r);
}
END_TEST

/* --- hypotheses and instances ---------------------------------------------------------------- */

START_TEST(test_labels) {
  const claim *c = &multiplicative_alignment_claim;
  const hypothesis *gap = support_hypothesis(c, "gap");
  random_design *r = equal(2, 2, 1, 0.5);
  ck_assert(!gap->holds(r)); /* k = d */
  ck_assert(!c->is_defined(r));
  r->k = 1;
  ck_assert(!gap->holds(r));
  ck_assert(c->is_defined(r));
  r->lambda[1] = nextafter(1.0, 0.0);
  ck_assert(gap->holds(r));
  r->eta = 0.0;
  ck_assert(!c->is_defined(r));
  law_value eta_c;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  const coverage *below = support_coverage(c, "steps below the threshold");
  const coverage *beyond = support_coverage(c, "steps beyond it");
  r->eta = eta_c.val;
  ck_assert(below->holds(r) && !beyond->holds(r));
  r->eta = nextafter(eta_c.val, INFINITY);
  ck_assert(!below->holds(r) && beyond->holds(r));
  r->lambda[0] = 1e200; /* no threshold to be had */
  r->lambda[1] = 1e190;
  ck_assert(below->holds(r) && !beyond->holds(r));
  random_design_free(r);
}
END_TEST

static random_design *five(size_t k) {
  random_design *r = random_design_literal(5, k, (const double[]){9, 7, 5, 3, 2},
                                           (const double[]){1, 1, 1, 1, 1}, 1, 0.1);
  ck_assert_ptr_nonnull(r);
  return r;
}

/* Closing the gap makes the next direction, or all that are flatter, as sharp as the k-th: k = 2,
 * of (9, 7, 5, 3, 2). */
START_TEST(test_closing_the_gap) {
  const hypothesis *gap = support_hypothesis(&multiplicative_alignment_claim, "gap");
  gsl_rng *rng = random_alloc(3);
  int alone = 0, all = 0;
  for (int i = 0; i < 60; i++) {
    random_design *r = five(2);
    ck_assert(gap->dropped.violate(r, rng));
    ck_assert(r->lambda[0] == 9 && r->lambda[1] == 7 && r->lambda[2] == 7);
    alone += r->lambda[3] == 3 && r->lambda[4] == 2;
    all += r->lambda[3] == 7 && r->lambda[4] == 7;
    ck_assert(!gap->holds(r));
    random_design_free(r);
  }
  ck_assert_int_eq(alone + all, 60);
  ck_assert(alone > 10 && all > 10);
  random_design *r = five(5);
  ck_assert(!gap->dropped.violate(r, rng));
  random_design_free(r);
  gsl_rng_free(rng);
}
END_TEST

/* Data are taken from at least one direction, and not from the one that makes the gap. */
START_TEST(test_taking_data_away) {
  const hypothesis *full = support_hypothesis(&multiplicative_alignment_claim, "full_rank");
  gsl_rng *rng = random_alloc(3);
  int left[6] = {0};
  for (int i = 0; i < 60; i++) {
    random_design *r = five(2);
    ck_assert(full->dropped.violate(r, rng));
    const size_t rank = random_design_rank(r);
    left[rank]++;
    for (size_t j = 0; j < 5; j++)
      ck_assert(r->lambda[j] == (j < rank ? (const double[]){9, 7, 5, 3, 2}[j] : 0.0));
    random_design_free(r);
  }
  ck_assert(left[3] > 10 && left[4] > 10 && left[3] + left[4] == 60);
  random_design *r = five(3);
  ck_assert(full->dropped.violate(r, rng)); /* two are left: one of them may go */
  ck_assert_uint_eq(random_design_rank(r), 4);
  random_design_free(r);
  r = five(4);
  ck_assert(!full->dropped.violate(r, rng));
  random_design_free(r);
  r = five(2);
  r->delta[0] = r->delta[1] = r->delta[2] = r->delta[3] = 0; /* and the loss with it */
  ck_assert(!full->dropped.violate(r, rng));
  random_design_free(r);
  gsl_rng_free(rng);
}
END_TEST

/* The counterexamples are what is said of them. */
START_TEST(test_counterexamples) {
  static const struct {
    const char *name;
    double first, delta, eta, kurtosis;
    bool isotropic;
  } said[] = {{"gaussian", 4, 1, 0.125, 9, false},
              {"own_noise", 4, 1, 0.125, 3, true},
              {"positive_loss", 4, 0, 0.125, 3, false},
              {"gap", 1, 1, 0.5, 3, false}};
  for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
    random_design *r =
        support_hypothesis(&multiplicative_alignment_claim, said[i].name)->dropped.instance();
    ck_assert_ptr_nonnull(r);
    ck_assert(r->d == 2 && r->k == 1 && r->batch == 1);
    ck_assert(r->lambda[0] == said[i].first && r->lambda[1] == 1);
    ck_assert(r->eta == said[i].eta && r->kurtosis == said[i].kurtosis);
    ck_assert(r->isotropic == said[i].isotropic);
    ck_assert(r->delta[0] == said[i].delta && r->delta[1] == said[i].delta);
    random_design_free(r);
  }
}
END_TEST

/* Every instance has a gap, with steps on both sides of the threshold. */
START_TEST(test_instances) {
  const claim *c = &multiplicative_alignment_claim;
  const hypothesis *gap = support_hypothesis(c, "gap"), *full = support_hypothesis(c, "full_rank");
  gsl_rng *rng = random_alloc(5);
  for (int i = 0; i < 200; i++) {
    diagnostic diag;
    random_design *r = c->generate(rng, &diag);
    ck_assert_ptr_nonnull(r);
    ck_assert(gap->holds(r) && full->holds(r) && c->is_defined(r));
    ck_assert_int_eq(random_design_validate(r, &diag), GSL_SUCCESS);
    random_design_free(r);
  }
  gsl_rng_free(rng);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N5 multiplicative_alignment");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_step_is_judged);
  tcase_add_test(core, test_which_directions);
  tcase_add_test(core, test_limit_is_judged);
  tcase_add_test(core, test_first_bound);
  tcase_add_test(core, test_rounding_of_the_limit);
  tcase_add_test(core, test_where_there_is_no_limit);
  tcase_add_test(core, test_scale_is_judged);
  tcase_add_test(core, test_beyond_is_judged);
  tcase_add_test(core, test_odds_bound);
  tcase_add_test(core, test_small_steps);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_closing_the_gap);
  tcase_add_test(core, test_taking_data_away);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_instances);
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_limit_by_hand);
  tcase_add_test(core, test_step_by_hand);
  tcase_add_test(core, test_vanishes_in_proportion);
  tcase_add_test(core, test_alignment_of_a_run);
  tcase_add_test(core, test_readings_part);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
