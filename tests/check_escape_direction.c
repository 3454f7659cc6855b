/* N4: theory/escape_direction, src/claims/escape_direction. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "claims/escape_direction.h"
#include "exact/certified.h"
#include "laws/noise_geometry.h"
#include "model/random.h"
#include "sim/design_walk.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&escape_direction_claim);
}
END_TEST

/* lambda = (2, 1), b = 1, eta = 1/2: what is kept is (1, 1/2), and 1/(rho-1) + (1/4)/(rho-1/2) = 1
 * is 4 rho^2 - 11 rho + 5 = 0. */
START_TEST(test_by_hand) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.5);
  noise_growth growth;
  double share[2];
  const double rho = (11.0 + sqrt(41.0)) / 8.0;
  ck_assert_int_eq(noise_growth_of(r, &growth, share, NULL), GSL_SUCCESS);
  ck_assert(fabs(growth.rho.val - rho) <= growth.rho.err && growth.rho.err < 1e-13);
  ck_assert_double_eq_tol(share[0], 1.0 / (rho - 1.0), 4.0 * growth.share_error);
  ck_assert_double_eq_tol(share[1], 0.25 / (rho - 0.5), 4.0 * growth.share_error);
  ck_assert_double_eq(growth.slowest, 1.0);
  random_design_free(r);
}
END_TEST

/* lambda_i = 1/i in 200 dimensions, b = 1, at 1.2 eta_c: the ten sharpest hold 66 %. */
START_TEST(test_power_law) {
  random_design *r = random_design_alloc(200, 10);
  double share[200], sharp = 0.0, flat = 0.0;
  law_value eta_c;
  noise_growth growth;
  for (size_t i = 0; i < r->d; i++)
    r->lambda[i] = 1.0 / (double)(i + 1);
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  r->eta = 1.2 * eta_c.val;
  ck_assert_int_eq(noise_growth_of(r, &growth, share, NULL), GSL_SUCCESS);
  for (size_t i = 0; i < r->d; i++)
    *(i < 10 ? &sharp : &flat) += share[i];
  ck_assert_double_eq_tol(sharp, 0.66, 5e-3);
  ck_assert_double_eq_tol(sharp + flat, 1.0, 1e-12);
  ck_assert(growth.rho.val > 1.0);
  random_design_free(r);
}
END_TEST

START_TEST(test_domain) {
  diagnostic diag = {0, ""};
  noise_growth growth;
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.0);
  ck_assert_int_eq(noise_growth_of(r, &growth, NULL, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "not above 0"));
  r->eta = 100.0; /* far beyond every pole the growth is still there */
  ck_assert_int_eq(noise_growth_of(r, &growth, NULL, &diag), GSL_SUCCESS);
  ck_assert(growth.rho.val > 1e4 && isfinite(growth.rho.val));
  random_design_free(r);
}
END_TEST

/* One step from delta_i ~ N(0, m_i), m the leading mode, multiplies E lambda_i delta_i^2 by rho in
 * every direction.  Each ratio is of degree 6 in independent normals, given the mini-batch one of
 * degree 2; its second moment is at most 3^6 = 729 times the square of its mean, so that the mean
 * of n of them falls below rho - t with probability at most exp(-n t^2/(2*729 rho^2)).  1e-9 for
 * each of 3 directions, n = 300000: t = 0.32 rho, and a direction that keeps to itself (rho' = k_i)
 * is seen. */
START_TEST(test_every_direction_grows_alike) {
  enum { RUNS = 300000 };
  const double lambda[] = {4, 1, 0.5};
  double share[3], sum[3] = {0, 0, 0}, delta[3], x[3], pull[3];
  random_design *r = random_design_literal(3, 1, lambda, (const double[]){1, 1, 1}, 4, 0.0);
  law_value eta_c;
  noise_growth growth;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  r->eta = 2.0 * eta_c.val;
  ck_assert_int_eq(noise_growth_of(r, &growth, share, NULL), GSL_SUCCESS);
  gsl_rng *rng = random_alloc(99);
  for (int n = 0; n < RUNS; n++) {
    for (int i = 0; i < 3; i++)
      delta[i] = sqrt(share[i] / lambda[i]) * gsl_ran_gaussian_ziggurat(rng, 1.0);
    design_walk_step(r, r->eta, delta, x, pull, rng);
    for (int i = 0; i < 3; i++)
      sum[i] += lambda[i] * delta[i] * delta[i] / share[i] / RUNS;
  }
  gsl_rng_free(rng);
  const double rho = growth.rho.val, slack = sqrt(2.0 * 729.0 * log(1e9) / RUNS);
  ck_assert(slack < 0.33);
  for (int i = 0; i < 3; i++)
    ck_assert_msg(sum[i] >= rho * (1.0 - slack), "direction %d: %g of %g", i, sum[i], rho);
  /* Without what comes from the others, the flattest direction would keep k_3 < rho (1 - slack). */
  const double move = r->eta * lambda[2], alone = (1 - move) * (1 - move) + 2 * move * move / 4;
  ck_assert(alone < rho * (1.0 - slack));
  random_design_free(r);
}
END_TEST

/* What signs decide says how many bits they took. */
START_TEST(test_signs_say_their_bits) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.5);
  ck_assert_ptr_nonnull(r);
  support_signs_say_their_bits(&escape_direction_claim, r);
  random_design_free(r);
}
END_TEST

/* --- what the conclusions say of planted errors --------------------------------------------- */

#define UNIT 0x1p-53

static random_design *design(size_t d, const double *lambda, size_t batch, double eta) {
  double delta[70] = {1};
  random_design *r = random_design_literal(d, 1, lambda, delta, batch, eta);
  ck_assert_ptr_nonnull(r);
  return r;
}

/* d times the eigenvalue 1. */
static random_design *equal(size_t d, size_t batch, double eta) {
  double lambda[70];
  for (size_t i = 0; i < d; i++)
    lambda[i] = 1.0;
  return design(d, lambda, batch, eta);
}

/* lambda = (2, 1), b = 1, eta = 1/2, as above: T = ((2, 1/2), (1/2, 3/4)). */
static random_design *two(noise_growth *growth, double share[2]) {
  const double rho = (11.0 + sqrt(41.0)) / 8.0;
  *growth = (noise_growth){{rho, 0.0}, 0.0, 1.0};
  share[0] = 1.0 / (rho - 1.0);
  share[1] = 0.25 / (rho - 0.5);
  return design(2, (const double[]){2, 1}, 1, 0.5);
}

typedef verdict judge(const random_design *r, const noise_growth *growth, const double *share,
                      claim_note *note);

static void expect(judge *by, const random_design *r, const noise_growth *growth,
                   const double *share, verdict expected, const char *text) {
  claim_note note = {"", 0};
  const verdict found = by(r, growth, share, &note);
  ck_assert_msg(found == expected && strstr(note.text, text) != NULL, "%s, not %s: %s",
                verdict_name(found), verdict_name(expected), note.text);
}

/* `what` moved by 0.95 and 1.05 of what is allowed, to both sides. */
static void expect_edge(judge *by, const random_design *r, const noise_growth *growth,
                        const double *share, double *what, double allowed, const char *text) {
  const double right = *what;
  for (int sign = -1; sign <= 1; sign += 2) {
    *what = right + sign * 0.95 * allowed;
    expect(by, r, growth, share, VERDICT_HOLDS, "");
    *what = right + sign * 1.05 * allowed;
    expect(by, r, growth, share, VERDICT_FAILS, text);
  }
  *what = right;
}

START_TEST(test_growth_is_judged) {
  noise_growth growth;
  double share[2];
  judge *by = escape_direction_judge_growth;
  random_design *r = two(&growth, share);
  growth.rho.err = 1e-10;
  expect_edge(by, r, &growth, share, &growth.rho.val, 1e-10, "rho = ");
  random_design_free(r);
  /* c = 1/4 + 1/16, a = 1/16: rho = 9/16, and the pivots of rho - T, which divide by 3, end in a 0
   * that no precision tells. */
  r = equal(4, 4, 0.5);
  growth.rho = (law_value){0.4375, 0.125};
  expect(by, r, &growth, share, VERDICT_UNDECIDED, "rho = ");
  growth.rho = (law_value){0.6875, 0.125};
  expect(by, r, &growth, share, VERDICT_UNDECIDED, "rho = ");
  growth.rho = (law_value){0.5625, 0.125};
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  random_design_free(r);
}
END_TEST

/* Two equal directions, b = 4, eta = 2: c = 1 + 1 and a = 1, rho = 4.  A rate that errs by a part x
 * leaves x rho m_i. */
START_TEST(test_mode_is_judged) {
  judge *by = escape_direction_judge_mode;
  noise_growth growth = {{4, 0}, 0, 2};
  const double share[] = {0.5, 0.5};
  random_design *r = equal(2, 4, 2.0);
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  growth.share_error = 1e-5;
  expect_edge(by, r, &growth, share, &growth.rho.val, 4 * 2e-5, "rho = ");
  growth.share_error = 0;
  growth.rho.err = 1e-5;
  expect_edge(by, r, &growth, share, &growth.rho.val, 1e-5, "rho = ");
  growth.rho.err = 0; /* gamma_8 is all, and the doubles beyond 4 are 8u apart, below it 4u */
  growth.rho.val = 4.0 + 4 * 8 * UNIT;
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  growth.rho.val = 4.0 + 5 * 8 * UNIT;
  expect(by, r, &growth, share, VERDICT_FAILS, "rho = ");
  growth.rho.val = 4.0;
  growth.share_error = 4.9e-4;
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  growth.share_error = 0.5 * (1e-3 - 8 * UNIT / (1 - 8 * UNIT)); /* 1/1000 to the bit */
  ck_assert(2.0 * growth.share_error + 8 * UNIT / (1 - 8 * UNIT) == 1e-3);
  expect(by, r, &growth, share, VERDICT_UNDECIDED, "");
  growth.share_error = 5.1e-4;
  expect(by, r, &growth, share, VERDICT_UNDECIDED, "");
  random_design_free(r);
}
END_TEST

START_TEST(test_proportion_is_judged) {
  judge *by = escape_direction_judge_proportion;
  noise_growth growth = {{4, 0}, 0, 2};
  const double lambda[] = {4, 2, 1, 0};
  double share[] = {4, 2, 1, 0};
  random_design *r = design(4, lambda, 1, 1.0);
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  share[0] = 4.0 * (1.0 - 8 * UNIT);
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  share[0] = 4.0 * (1.0 - 12 * UNIT);
  expect(by, r, &growth, share, VERDICT_FAILS, "direction 2");
  growth.share_error = 1e-5;
  share[0] = 4.0 * (1.0 - 1.9e-5);
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  share[0] = 4.0 * (1.0 - 2.1e-5);
  expect(by, r, &growth, share, VERDICT_FAILS, "direction 2");
  share[0] = 4.0;
  share[2] = 1.0 + 2.1e-5;
  expect(by, r, &growth, share, VERDICT_FAILS, "direction 3");
  random_design_free(r);
  r = equal(1, 1, 1.0);
  share[0] = 0.0;
  expect(by, r, &growth, share, VERDICT_FAILS, "direction 1 holds");
  random_design_free(r);
}
END_TEST

/* Isotropic noise at moves (3, 3/4), whose squares are (4, 1/16), and at (3/2, 3/4, 1/2), with
 * (1/4, 1/16, 1/4). */
START_TEST(test_isotropic_proportion) {
  random_design *r = design(2, (const double[]){4, 1}, 1, 0.75);
  r->isotropic = true;
  ck_assert_int_eq(support_check(&escape_direction_claim, "at_least_in_proportion", r),
                   VERDICT_HOLDS);
  random_design_free(r);
  r = design(3, (const double[]){6, 3, 2}, 1, 0.25);
  r->isotropic = true;
  ck_assert_int_eq(support_check(&escape_direction_claim, "at_least_in_proportion", r),
                   VERDICT_FAILS);
  r->lambda[2] = 0.0; /* out of the game */
  ck_assert_int_eq(support_check(&escape_direction_claim, "at_least_in_proportion", r),
                   VERDICT_HOLDS);
  r->lambda[1] = r->lambda[0]; /* a tie */
  ck_assert_int_eq(support_check(&escape_direction_claim, "at_least_in_proportion", r),
                   VERDICT_HOLDS);
  random_design_free(r);
}
END_TEST

/* |T|_F^2 = 4 + 1/2 + 9/16 = (9/4)^2, so that the backward error is 16 * 2 u * 9/4 = 72 u; the gap
 * is sqrt(41)/4, the leading eigenvector along (1/2, rho - 2). */
START_TEST(test_dense_is_judged) {
  judge *by = escape_direction_judge_dense;
  noise_growth growth;
  double share[2];
  random_design *r = two(&growth, share);
  const double rho = growth.rho.val;
  const char *const text = "the dense eigenvector differs";
  const double total = (2.0 * 0.5 + (rho - 2.0)) / hypot(0.5, rho - 2.0);
  const double error = 4.0 * 72 * UNIT / (sqrt(41.0) / 4.0) * sqrt(5.0) / total;
  for (int sign = -1; sign <= 1; sign += 2) {
    growth.rho.val = rho + sign * 60 * UNIT;
    expect(by, r, &growth, share, VERDICT_HOLDS, "");
    growth.rho.val = rho + sign * 84 * UNIT;
    expect(by, r, &growth, share, VERDICT_FAILS, text);
  }
  growth.rho = (law_value){rho, 1e-9};
  expect_edge(by, r, &growth, share, &growth.rho.val, 1e-9, text);
  for (int i = 0; i < 2; i++) {
    growth.share_error = 0;
    expect_edge(by, r, &growth, share, &share[i], error, text);
    growth.share_error = 1e-9;
    expect_edge(by, r, &growth, share, &share[i], 1e-9 * share[i], text);
  }
  random_design_free(r);
}
END_TEST

/* From 2 to 40 directions; and not where all of a share is lost in the angle: eta so small that the
 * flattest direction leads, of nearly no curvature. */
START_TEST(test_where_dense_says_nothing) {
  judge *by = escape_direction_judge_dense;
  noise_growth growth = {{100, 0}, 0, 2};
  double share[64] = {0};
  for (size_t d = 1; d <= 41; d += d == 2 ? 38 : 1) {
    random_design *r = equal(d, 1, 1.0);
    expect(by, r, &growth, share, d < 2 || d > 40 ? VERDICT_VACUOUS : VERDICT_FAILS, "");
    random_design_free(r);
  }
  random_design *r = design(2, (const double[]){1, 1e-20}, 1, 1e-3);
  expect(by, r, &growth, share, VERDICT_VACUOUS, "");
  random_design_free(r);
}
END_TEST

/* h = (5/2, 15/8, 5/4, 0), b = 4: the sharpest keeps 9/4 and more, the others may hold
 * (225/64)/(4 (5/8)(19/8)) and (25/16)/(4 (5/4)(7/4)). */
START_TEST(test_descent_is_judged) {
  judge *by = escape_direction_judge_descent;
  noise_growth growth = {{2.25, 0}, 0, 2};
  const double allowed = 225.0 / 380 + 25.0 / 140;
  double share[] = {0.5, 0.125, 0, 0};
  random_design *r = design(4, (const double[]){2, 1.5, 1, 0}, 4, 1.25);
  share[2] = allowed * (1.0 + 0.9e-6) - 0.125;
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  share[2] = allowed * (1.0 + 1.1e-6) - 0.125;
  expect(by, r, &growth, share, VERDICT_FAILS, "outside the sharpest");
  share[2] = 0;
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  share[3] = 1;
  expect(by, r, &growth, share, VERDICT_FAILS, "outside the sharpest");
  share[3] = 0;
  growth.rho.val = 2.25 - 0x1p-50;
  expect(by, r, &growth, share, VERDICT_FAILS, "outside the sharpest");
  growth.rho.val = 2.25;
  r->lambda[1] = 2.0; /* of the sharpest, as much as there is */
  share[1] = 0.5;
  expect(by, r, &growth, share, VERDICT_HOLDS, "");
  r->lambda[1] = r->lambda[2] = 0.0;
  ck_assert_int_eq(support_check(&escape_direction_claim, "descent_along_the_sharpest", r),
                   VERDICT_HOLDS);
  random_design_free(r);
}
END_TEST

static void expect_terms(const random_design *r, double eta_error, const noise_growth *growth,
                         const double *share, verdict expected, const char *text) {
  claim_note note = {"", 0};
  const verdict found = escape_direction_judge_terms(r, eta_error, growth, share, &note);
  ck_assert_msg(found == expected && strstr(note.text, text) != NULL, "%s, not %s: %s",
                verdict_name(found), verdict_name(expected), note.text);
}

/* lambda = (8, 2, 0), b = 3, eta = 1/8: h = (1, 1/4), left = 6 - 4h = (2, 5), terms (1/2, 1/20) and
 * steepness (3, 6/5); they do not add up to 1, at 0.45 from it, which eta_error must allow. */
START_TEST(test_terms_are_judged) {
  random_design *r = design(3, (const double[]){8, 2, 0}, 3, 0.125);
  noise_growth growth = {{1, 0}, 0, 1};
  const double term[] = {0.5, 0.05, 0}, steep[] = {3, 1.2};
  /* sum term steep = 1.56; a part x of eta is allowed 4 * 1.56 x */
  for (int i = 0; i < 2; i++) {
    double share[] = {0.5, 0.05, 0};
    expect_terms(r, 0.125 * 0.45 / 6.24 * 1.001, &growth, share, VERDICT_HOLDS, "");
    expect_terms(r, 0.125 * 0.45 / 6.24 * 0.999, &growth, share, VERDICT_FAILS, "add up to 0.55");
    const double part = 0.1, allowed[] = {steep[i] * 4 * part, 0.5 * steep[i], 2 * 0.3};
    for (int which = 0; which < 3; which++) {
      growth = (noise_growth){{1, which == 1 ? 0.5 : 0}, which == 2 ? 0.3 : 0, 1};
      /* the error of eta is there for the sum in all of them */
      const double all = allowed[0] + (which > 0 ? allowed[which] : 0.0);
      for (int sign = -1; sign <= 1; sign += 2) {
        share[i] = term[i] * (1.0 + sign * 0.99 * all);
        expect_terms(r, 0.125 * part, &growth, share, VERDICT_HOLDS, "");
        share[i] = term[i] * (1.0 + sign * 1.01 * all);
        expect_terms(r, 0.125 * part, &growth, share, VERDICT_FAILS, "the share at eta_c");
      }
    }
    growth = (noise_growth){{1, 0}, 0, 1};
  }
  const double share[] = {0.5, 0.05, 1e-300};
  expect_terms(r, 0.0125, &growth, share, VERDICT_FAILS, "direction 3");
  random_design_free(r);
}
END_TEST

/* Rounding alone.  One direction, b = 1, h = 2/3: what is left is 2/3, the term 1, its steepness 3.
 * A share may be off by 3 * 32 u + 2 gamma_8 = 112 u, the sum by 96 u + gamma_9 = 105 u. */
START_TEST(test_rounding_of_the_terms) {
  const double third = 2.0 / 3;
  noise_growth growth = {{1, 0}, 0, 1};
  random_design *r = design(1, &third, 1, 1.0);
  const double term = third / (2.0 - 2.0 * third);
  for (int sign = -1; sign <= 1; sign += 2) {
    double share = term * (1.0 + sign * 108 * UNIT);
    expect_terms(r, 0.0, &growth, &share, VERDICT_HOLDS, "");
    share = term * (1.0 + sign * 118 * UNIT);
    expect_terms(r, 0.0, &growth, &share, VERDICT_FAILS, "the share at eta_c");
    /* h off by a part x: the term by 3x */
    r->lambda[0] = third * (1.0 + sign * 33 * UNIT);
    share = r->lambda[0] / (2.0 - 2.0 * r->lambda[0]);
    expect_terms(r, 0.0, &growth, &share, VERDICT_HOLDS, "");
    r->lambda[0] = third * (1.0 + sign * 38 * UNIT);
    share = r->lambda[0] / (2.0 - 2.0 * r->lambda[0]);
    expect_terms(r, 0.0, &growth, &share, VERDICT_FAILS, "add up to");
    r->lambda[0] = third;
  }
  random_design_free(r);
  double lambda[40] = {0}, share[40] = {0}; /* 39 without data: 96 u + gamma_48 */
  for (int n = 45; n <= 51; n += 6) {
    lambda[0] = third * (1.0 + n * UNIT);
    share[0] = lambda[0] / (2.0 - 2.0 * lambda[0]);
    r = design(40, lambda, 1, 1.0);
    expect_terms(r, 0.0, &growth, share, n == 45 ? VERDICT_HOLDS : VERDICT_FAILS, "");
    random_design_free(r);
  }
}
END_TEST

/* Growth up to 16 directions, the mode up to 64; and without a step there is nothing to say. */
START_TEST(test_how_many_directions) {
  static const struct {
    const char *name;
    size_t most;
  } parts[] = {{"growth_within_error", 16}, {"mode_by_definition", 64}};
  for (size_t i = 0; i < 2; i++)
    for (size_t d = parts[i].most; d <= parts[i].most + 1; d++) {
      random_design *r = equal(d, 1, 1.0);
      ck_assert_int_eq(support_check(&escape_direction_claim, parts[i].name, r),
                       d > parts[i].most ? VERDICT_VACUOUS : VERDICT_HOLDS);
      random_design_free(r);
    }
  random_design *r = equal(2, 1, 0.0);
  static const char *const all[] = {"growth_within_error", "mode_by_definition",
                                    "dense_eigenvector", "at_least_in_proportion"};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    claim_note note = {"", 0};
    ck_assert_int_eq(claim_find_conclusion(&escape_direction_claim, all[i])->check(r, &note),
                     VERDICT_FAILS);
    ck_assert_ptr_nonnull(strstr(note.text, "not above 0"));
  }
  random_design_free(r);
}
END_TEST

/* --- hypotheses and instances ---------------------------------------------------------------- */

/* d equal eigenvalues 1: eta_c = 2b/(b + 1 + d), a double for (d, b) = (16, 15) and (17, 14).  Up
 * to 16 Gaussian directions the next double beyond it is seen to be beyond; else it must be beyond
 * the error of eta_c. */
START_TEST(test_beyond) {
  const hypothesis *beyond = support_hypothesis(&escape_direction_claim, "beyond");
  for (int i = 0; i < 3; i++) {
    random_design *r = equal(i == 1 ? 17 : 16, i == 1 ? 14 : 15, 0.0);
    ck_assert(!beyond->holds(r));
    const double eta_c = i == 1 ? 0.875 : 0.9375;
    law_value found;
    ck_assert_int_eq(noise_critical_step(r, &found, NULL), GSL_SUCCESS);
    ck_assert(found.err > 4 * UNIT);
    r->kurtosis = i == 2 ? 9.0 : 3.0;
    r->eta = nextafter(eta_c, 1.0);
    ck_assert_int_eq(beyond->holds(r), i == 0);
    r->eta = nextafter(eta_c, 0.0);
    ck_assert(!beyond->holds(r));
    r->eta = found.val + found.err;
    ck_assert_int_eq(beyond->holds(r), true);
    r->eta = nextafter(found.val + found.err, 0.0);
    ck_assert_int_eq(beyond->holds(r), i == 0);
    r->eta = 0.5;
    ck_assert(!beyond->holds(r));
    random_design_free(r);
  }
}
END_TEST

/* Where eta_c is not to be had (outside the domain), nothing is beyond it. */
START_TEST(test_no_threshold) {
  const hypothesis *beyond = support_hypothesis(&escape_direction_claim, "beyond");
  random_design *r = equal(17, 1, 1.0);
  r->lambda[0] = 1e200;
  r->lambda[1] = 1e190;
  ck_assert(!beyond->holds(r));
  gsl_rng *rng = random_alloc(1);
  ck_assert(!beyond->dropped.violate(r, rng));
  gsl_rng_free(rng);
  ck_assert_int_eq(support_check(&escape_direction_claim, "terms_of_the_threshold", r),
                   VERDICT_FAILS);
  random_design_free(r);
}
END_TEST

/* Three in ten next to the threshold, from a millionth to a tenth beyond it, the others up to 30
 * times it; a violation is below it. */
START_TEST(test_instances) {
  enum { DRAWS = 400 };
  const hypothesis *beyond = support_hypothesis(&escape_direction_claim, "beyond");
  gsl_rng *rng = random_alloc(5);
  size_t near = 0, far = 0;
  double least = INFINITY, most = 0.0, small = INFINITY, large = 0.0;
  for (int i = 0; i < DRAWS; i++) {
    diagnostic diag;
    random_design *r = escape_direction_claim.generate(rng, &diag);
    law_value eta_c;
    ck_assert_ptr_nonnull(r);
    ck_assert_int_eq(noise_critical_step(r, &eta_c, &diag), GSL_SUCCESS);
    const double ratio = r->eta / eta_c.val;
    near += ratio < 1.1;
    far += ratio > 5.0;
    least = fmin(least, ratio);
    most = fmax(most, ratio);
    ck_assert(beyond->dropped.violate(r, rng));
    small = fmin(small, r->eta / eta_c.val);
    large = fmax(large, r->eta / eta_c.val);
    random_design_free(r);
  }
  gsl_rng_free(rng);
  ck_assert_msg(near > DRAWS / 5 && near < DRAWS * 2 / 5, "%zu of %d", near, DRAWS);
  ck_assert_msg(far > DRAWS / 4, "%zu of %d", far, DRAWS);
  ck_assert_msg(least > 1.0 && least < 1.00001 && most > 25.0 && most < 31.0, "%g to %g",
                least - 1.0, most);
  ck_assert_msg(small > 0.0099 && small < 0.05 && large > 0.9 && large < 0.951, "%g to %g", small,
                large);
}
END_TEST

/* The counterexamples are what is said of them. */
START_TEST(test_counterexamples) {
  static const struct {
    const char *name;
    double first, second, eta, kurtosis;
    bool isotropic;
  } said[] = {{"gaussian", 1, 1, 1, 9, false},
              {"own_noise", 2, 1, 0.5, 3, true},
              {"beyond", 4, 1, 0.0625, 3, false}};
  for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
    random_design *r =
        support_hypothesis(&escape_direction_claim, said[i].name)->dropped.instance();
    ck_assert_ptr_nonnull(r);
    ck_assert(r->d == 2 && r->k == 1 && r->batch == 1);
    ck_assert(r->lambda[0] == said[i].first && r->lambda[1] == said[i].second);
    ck_assert(r->eta == said[i].eta && r->kurtosis == said[i].kurtosis);
    ck_assert(r->isotropic == said[i].isotropic && r->delta[0] == 1 && r->delta[1] == 1);
    random_design_free(r);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N4 escape_direction");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_growth_is_judged);
  tcase_add_test(core, test_mode_is_judged);
  tcase_add_test(core, test_proportion_is_judged);
  tcase_add_test(core, test_isotropic_proportion);
  tcase_add_test(core, test_dense_is_judged);
  tcase_add_test(core, test_where_dense_says_nothing);
  tcase_add_test(core, test_descent_is_judged);
  tcase_add_test(core, test_terms_are_judged);
  tcase_add_test(core, test_rounding_of_the_terms);
  tcase_add_test(core, test_how_many_directions);
  tcase_add_test(core, test_beyond);
  tcase_add_test(core, test_no_threshold);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_instances);
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_power_law);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_every_direction_grows_alike);
  tcase_add_test(core, test_signs_say_their_bits);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
