/* N3: theory/mean_square_stability, src/claims/mean_square_stability, and what it is simulated
 * with. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include "claims/mean_square_stability.h"
#include "exact/certified.h"
#include "laws/noise_geometry.h"
#include "laws/secular.h"
#include "model/random.h"
#include "sim/design_walk.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&mean_square_stability_claim);
}
END_TEST

static law_value threshold(size_t d, const double *lambda, size_t batch) {
  double *delta = calloc(d, sizeof *delta);
  delta[0] = 1.0;
  random_design *r = random_design_literal(d, 1, lambda, delta, batch, 0.0);
  law_value eta_c;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  random_design_free(r);
  free(delta);
  return eta_c;
}

/* d equal eigenvalues: d x/(2b - (b+1) x) = 1, so eta_c lambda = 2b/(b + 1 + d). */
START_TEST(test_equal_eigenvalues) {
  const double lambda[] = {3, 3, 3, 3, 3};
  for (size_t d = 1; d <= 5; d++)
    for (size_t b = 1; b <= 1000; b *= 10) {
      const law_value eta_c = threshold(d, lambda, b);
      const double n = (double)b, truth = 2.0 * n / (n + 1.0 + (double)d) / 3.0;
      ck_assert(fabs(eta_c.val - truth) <= eta_c.err + 1e-16 && eta_c.err < 1e-13 * truth);
    }
}
END_TEST

/* lambda = (2, 1), b = 1: 2x/(2 - 4x) + x/(2 - 2x) = 1, that is 8x^2 - 9x + 2 = 0. */
START_TEST(test_two_levels) {
  const law_value eta_c = threshold(2, (const double[]){2, 1}, 1);
  ck_assert(fabs(eta_c.val - (9.0 - sqrt(17.0)) / 16.0) <= eta_c.err && eta_c.err < 1e-14);
}
END_TEST

/* A power law in 200 dimensions: 0.30598. */
START_TEST(test_power_law) {
  double lambda[200];
  for (size_t i = 0; i < 200; i++)
    lambda[i] = 1.0 / (double)(i + 1);
  ck_assert_double_eq_tol(threshold(200, lambda, 1).val, 0.30598, 5e-6);
}
END_TEST

/* From b = 1 to huge batches: 2/lambda_1 from below. */
START_TEST(test_large_batches) {
  const double lambda[] = {1, 0.5, 0.25};
  const law_value eta_c = threshold(3, lambda, (size_t)1 << 52);
  ck_assert(eta_c.val < 2.0 && eta_c.val > 2.0 * (1.0 - 1e-15));
}
END_TEST

START_TEST(test_pole) {
  diagnostic diag = {0, ""};
  double sum = 7.0;
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.0);
  ck_assert_int_eq(noise_stability_sum(r, 0.25, &sum, &diag), GSL_SUCCESS);
  ck_assert_double_eq_tol(sum, 0.5 + 0.25 / 1.5, 1e-15);
  sum = 7.0;
  ck_assert_int_eq(noise_stability_sum(r, 0.5, &sum, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "the sharpest direction alone is unstable"));
  ck_assert_int_eq(noise_stability_sum(r, NAN, &sum, &diag), GSL_EDOM);
  ck_assert_int_eq(noise_stability_sum(r, -1.0, &sum, &diag), GSL_EDOM);
  ck_assert(sum == 7.0);
  r->batch = 0;
  law_value eta_c;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, &diag), GSL_EINVAL);
  random_design_free(r);
}
END_TEST

/* 1/tau + 3/(tau + 1) = 2: 2 tau^2 - 2 tau - 1 = 0. */
START_TEST(test_secular) {
  double tau, error;
  ck_assert_int_eq(
      secular_root((const double[]){1, 3}, (const double[]){0, 1}, NULL, 2, 2.0, &tau, &error), 0);
  ck_assert(fabs(tau - (1.0 + sqrt(3.0)) / 2.0) <= error && error < 1e-13);
  /* A tiny weight at the pole beside a huge one: the root is A/target - 1 nearly. */
  ck_assert_int_eq(
      secular_root((const double[]){1e-30, 50}, (const double[]){0, 1}, NULL, 2, 2.0, &tau, &error),
      0);
  ck_assert(fabs(tau - 24.0) <= error + 1e-12);
  /* And where the huge one cannot do it alone: 1e-30/tau = 2 - 1/(tau + 1). */
  ck_assert_int_eq(
      secular_root((const double[]){1e-30, 1}, (const double[]){0, 1}, NULL, 2, 2.0, &tau, &error),
      0);
  ck_assert(fabs(tau - 1e-30) <= error && error < 1e-42);
  ck_assert_int_eq(
      secular_root((const double[]){1, 1}, (const double[]){1, 2}, NULL, 2, 2.0, &tau, &error),
      GSL_EDOM);
  ck_assert_int_eq(
      secular_root((const double[]){1}, (const double[]){0}, NULL, 1, 0.0, &tau, &error), GSL_EDOM);
}
END_TEST

/* --- planted solvers -------------------------------------------------------------------------- */

static law_value planted[5]; /* what the solver says, call by call */
static int planted_status;
static size_t asked, batches[5];

static int say(const random_design *r, law_value *eta_c, diagnostic *diag) {
  ck_assert_uint_lt(asked, 5);
  batches[asked] = r->batch;
  *eta_c = planted[asked++];
  if (planted_status != GSL_SUCCESS)
    diagnostic_set(diag, 0, "planted");
  return planted_status;
}

typedef verdict decider(const random_design *, mean_square_stability_solver *, claim_note *);

/* The verdict on r where the first answer is val +- err. */
static verdict on(decider *decide, const random_design *r, double val, double err) {
  claim_note note = {"", 0};
  asked = 0;
  planted[0] = (law_value){val, err};
  return decide(r, say, &note);
}

static random_design *design(size_t d, const double *lambda, size_t batch) {
  double delta[20] = {1};
  random_design *r = random_design_literal(d, 1, lambda, delta, batch, 0.0);
  ck_assert_ptr_nonnull(r);
  return r;
}

static const double equal[20] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* What the solver says is not taken where it fails or is not accurate; in one direction and b = 1,
 * eta_c = 2/3. */
START_TEST(test_solver_is_judged) {
  static decider *const all[] = {mean_square_stability_sides, mean_square_stability_turn,
                                 mean_square_stability_bounds, mean_square_stability_map};
  random_design *r = design(1, equal, 1);
  claim_note note = {"", 0};
  for (size_t i = 0; i < 4; i++) {
    const double val = 2.0 / 3, edge = 1e-6 * val;
    ck_assert_int_eq(on(all[i], r, val, nextafter(edge, 0)), VERDICT_HOLDS);
    ck_assert_int_eq(on(all[i], r, val, edge), VERDICT_FAILS);
    planted_status = GSL_ENOMEM;
    ck_assert_int_eq(on(all[i], r, val, 0), VERDICT_UNDECIDED);
    planted_status = GSL_EDOM;
    ck_assert_int_eq(on(all[i], r, val, 0), VERDICT_FAILS);
    asked = 0;
    all[i](r, say, &note);
    ck_assert_str_eq(note.text, "planted");
    planted_status = GSL_SUCCESS;
  }
  random_design_free(r);
}
END_TEST

/* eta_c = 2b/(b + 1 + d) where all are 1, to within the error that is said. */
START_TEST(test_planted_turn) {
  static const double shift[] = {-1e-9, 1e-9};
  random_design *r = design(3, equal, 5);
  const double truth = 10.0 / 9;
  for (int i = 0; i < 2; i++) {
    const double val = truth * (1 + shift[i]);
    ck_assert_int_eq(on(mean_square_stability_turn, r, val, 0), VERDICT_FAILS);
    ck_assert_int_eq(on(mean_square_stability_turn, r, val, 0.9e-9 * truth), VERDICT_FAILS);
    ck_assert_int_eq(on(mean_square_stability_turn, r, val, 1.1e-9 * truth), VERDICT_HOLDS);
    ck_assert_int_eq(on(mean_square_stability_map, r, val, 0), VERDICT_FAILS);
    ck_assert_int_eq(on(mean_square_stability_map, r, val, 0.9e-9 * truth), VERDICT_FAILS);
    ck_assert_int_eq(on(mean_square_stability_map, r, val, 1.1e-9 * truth), VERDICT_HOLDS);
  }
  /* and to rounding, 1e-11 of it */
  ck_assert_int_eq(on(mean_square_stability_map, r, truth * (1 + 1e-11), 0), VERDICT_FAILS);
  ck_assert_int_eq(on(mean_square_stability_map, r, truth * (1 - 1e-11), 0), VERDICT_FAILS);
  ck_assert_int_eq(on(mean_square_stability_map, r, truth, 0), VERDICT_HOLDS);
  ck_assert_int_eq(on(mean_square_stability_map, r, truth * (1 + 1e-14), 0), VERDICT_HOLDS);
  ck_assert_int_eq(on(mean_square_stability_map, r, truth * (1 - 1e-14), 0), VERDICT_HOLDS);
  random_design_free(r);
}
END_TEST

/* Off by two in a thousand, either way; with tails so heavy that no step is stable. */
START_TEST(test_planted_sides) {
  random_design *r = design(3, equal, 5);
  const double truth = 10.0 / 9;
  ck_assert_int_eq(on(mean_square_stability_sides, r, truth, 0), VERDICT_HOLDS);
  ck_assert_int_eq(on(mean_square_stability_sides, r, truth * 1.002, 0), VERDICT_FAILS);
  ck_assert_int_eq(on(mean_square_stability_sides, r, truth * 0.998, 0), VERDICT_FAILS);
  r->kurtosis = 0x1p40;
  claim_note note = {"", 0};
  char why[64];
  asked = 0;
  planted[0] = (law_value){truth, 0};
  ck_assert_int_eq(mean_square_stability_sides(r, say, &note), VERDICT_FAILS);
  snprintf(why, sizeof why, "eta = %a: I - T is not definite", 0x1p-20 * truth);
  ck_assert_str_eq(note.text, why);
  random_design_free(r);
}
END_TEST

/* As many directions as are said, and no more. */
START_TEST(test_dimensions) {
  for (size_t d = 16; d <= 17; d++) {
    random_design *r = design(d, equal, 1);
    const verdict expected = d == 16 ? VERDICT_HOLDS : VERDICT_VACUOUS;
    const law_value eta_c = {2.0 / (2.0 + (double)d), 1e-15};
    ck_assert_int_eq(on(mean_square_stability_sides, r, eta_c.val, eta_c.err), expected);
    ck_assert_int_eq(on(mean_square_stability_turn, r, eta_c.val, eta_c.err), expected);
    random_design_free(r);
  }
  for (size_t d = 4; d <= 5; d++) {
    random_design *r = design(d, equal, 1);
    ck_assert_int_eq(on(mean_square_stability_map, r, 2.0 / (2.0 + (double)d), 1e-15),
                     d == 4 ? VERDICT_HOLDS : VERDICT_VACUOUS);
    r->isotropic = true;
    ck_assert_int_eq(on(mean_square_stability_map, r, 2.0 / (2.0 + (double)d), 1e-15),
                     VERDICT_VACUOUS);
    random_design_free(r);
  }
  /* a direction without data is no part of the map */
  random_design *r = design(2, (const double[]){1, 0}, 1);
  ck_assert_int_eq(on(mean_square_stability_map, r, 2.0 / 3, 1e-15), VERDICT_HOLDS);
  ck_assert_int_eq(on(mean_square_stability_map, r, 0.666, 0), VERDICT_FAILS);
  random_design_free(r);
}
END_TEST

/* The bounds, to (2d + 16) u.  d = 16, one eigenvalue 2 and fifteen 1, b = 8: Tr S = 17, Tr S^2 =
 * 19: 16/(17 + 18) <= eta_c <= 16/(17 + 9*19/17), and 16/(10*2) is above that.  d = 1: 2b/(b + 2)
 * is the upper bound and the lower one.  Two equal ones and b = 2^60: below the edge 2. */
START_TEST(test_planted_bounds) {
  const double u = 0x1p-53;
  decider *const bounds = mean_square_stability_bounds;
  random_design *r =
      design(16, (const double[]){2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 8);
  const double least = 16.0 / 35, most = 16 / (17 + 171.0 / 17);
  ck_assert_int_eq(on(bounds, r, least * (1 - 44 * u), 0), VERDICT_HOLDS);
  ck_assert_int_eq(on(bounds, r, least * (1 - 60 * u), 0), VERDICT_FAILS);
  ck_assert_int_eq(on(bounds, r, most * (1 + 44 * u), 0), VERDICT_HOLDS);
  ck_assert_int_eq(on(bounds, r, most * (1 + 60 * u), 0), VERDICT_FAILS);
  ck_assert_int_eq(on(bounds, r, least * (1 - 1e-9), 1.1e-9 * least), VERDICT_HOLDS);
  ck_assert_int_eq(on(bounds, r, most * (1 + 1e-9), 1.1e-9 * most), VERDICT_HOLDS);
  ck_assert_int_eq(on(bounds, r, 0.9 * least, 1e-9), VERDICT_FAILS);
  ck_assert_int_eq(on(bounds, r, 1.1 * most, 1e-9), VERDICT_FAILS);
  random_design_free(r);
  r = design(1, equal, 2);
  ck_assert_int_eq(on(bounds, r, 1.0, 0), VERDICT_HOLDS);
  ck_assert_int_eq(on(bounds, r, 1.001, 0), VERDICT_FAILS);
  random_design_free(r);
  r = design(2, (const double[]){1, 0.5}, (size_t)1 << 60);
  ck_assert_int_eq(on(bounds, r, 2.0, 1e-15), VERDICT_FAILS);
  ck_assert_int_eq(on(bounds, r, nextafter(2.0, 0), 1e-15), VERDICT_HOLDS);
  random_design_free(r);
  /* many flat directions: 2b/(Tr S + (b+1) Tr S^2/Tr S) = 1.37 is above 2b/((b+2) lambda_1) = 1 */
  r = design(3, (const double[]){1, 0.125, 0.125}, 2);
  ck_assert_int_eq(on(bounds, r, 1.0, 0), VERDICT_HOLDS);
  ck_assert_int_eq(on(bounds, r, 1.01, 0), VERDICT_FAILS);
  random_design_free(r);
}
END_TEST

/* Two answers, for b and 2b, and the third on the way to the edge as it should be. */
static verdict batch(const random_design *r, law_value first, law_value second) {
  claim_note note = {"", 0};
  const double edge = 2.0 / r->lambda[0];
  asked = 0;
  planted[0] = first;
  planted[1] = second;
  for (int i = 2; i < 5; i++)
    planted[i] = (law_value){edge * (1.0 - ldexp(1.0, -32 - i)), ldexp(edge, -50)};
  return mean_square_stability_batch(r, say, &note);
}

START_TEST(test_planted_rise) {
  const double e = 0x1p-20;
  random_design *r = design(1, equal, 1);
  /* 1 +- e and then 1 + 2e +- e touch: not certainly a rise */
  ck_assert_int_eq(batch(r, (law_value){1, 0.5 * e}, (law_value){1 + 2 * e, 0.5 * e}),
                   VERDICT_HOLDS);
  ck_assert_uint_eq(asked, 5);
  for (size_t i = 0; i < 5; i++) /* doubled once, then 2^10-fold */
    ck_assert_uint_eq(batches[i], i == 0 ? 1 : (size_t)2 << 10 * (i - 1));
  ck_assert_int_eq(batch(r, (law_value){1, 0.5 * e}, (law_value){1 + e, 0.5 * e}), VERDICT_FAILS);
  ck_assert_int_eq(batch(r, (law_value){1, 0.5 * e}, (law_value){1 + e + 0x1p-50, 0.5 * e}),
                   VERDICT_HOLDS);
  ck_assert_int_eq(batch(r, (law_value){1, 0.8 * e}, (law_value){1 + e, 0.1 * e}), VERDICT_HOLDS);
  ck_assert_int_eq(batch(r, (law_value){1, 0.1 * e}, (law_value){1 + e, 0.8 * e}), VERDICT_HOLDS);
  ck_assert_int_eq(batch(r, (law_value){1, 0.95 * e}, (law_value){1 + e, 0.1 * e}), VERDICT_FAILS);
  ck_assert_int_eq(batch(r, (law_value){1, 0.1 * e}, (law_value){1 + e, 0.95 * e}), VERDICT_FAILS);
  ck_assert_int_eq(batch(r, (law_value){1, 0}, (law_value){1 - e, 0}), VERDICT_FAILS);
  ck_assert_int_eq(batch(r, (law_value){1, 0}, (law_value){2, 0}), VERDICT_FAILS); /* the edge */
  random_design_free(r);
}
END_TEST

/* Nearer to the edge 2 than 2^-30 of it the two may be equal, and fall within their errors. */
START_TEST(test_planted_rise_next_to_the_edge) {
  const double near = 2 - 0x1p-30, e = 0x1p-45;
  random_design *r = design(1, equal, 1);
  ck_assert_int_eq(batch(r, (law_value){near, 0}, (law_value){near, 0}), VERDICT_HOLDS);
  ck_assert_int_eq(batch(r, (law_value){near, e}, (law_value){near, e}), VERDICT_HOLDS);
  ck_assert_int_eq(batch(r, (law_value){near, e}, (law_value){near - 2 * e, e}), VERDICT_HOLDS);
  ck_assert_int_eq(batch(r, (law_value){near, e}, (law_value){near - 2.5 * e, e}), VERDICT_FAILS);
  ck_assert_int_eq(batch(r, (law_value){near, 2 * e}, (law_value){near - 2 * e, 0.5 * e}),
                   VERDICT_HOLDS);
  ck_assert_int_eq(batch(r, (law_value){near, 0.5 * e}, (law_value){near - 2 * e, 2 * e}),
                   VERDICT_HOLDS);
  /* at 2^-30 of the edge, and further */
  for (int i = 2; i < 4; i++) {
    const double far = 2 - i * 0x1p-30;
    ck_assert_int_eq(batch(r, (law_value){far, 0}, (law_value){far, 0}), VERDICT_FAILS);
    ck_assert_int_eq(batch(r, (law_value){far, e}, (law_value){far, e}), VERDICT_FAILS);
  }
  random_design_free(r);
}
END_TEST

/* With lambda = (2, 1, 1) the edge is 1 and the distance 6/(4 + 2 (b + 1)) of the batch that is
 * reached, 2b; with (2, 2) and b = 2 it is 6/10. */
START_TEST(test_planted_distance) {
  for (size_t b = 3; b <= 5; b += 2) {
    random_design *r = design(3, (const double[]){2, 1, 1}, b);
    const double distance = 6 / (4 + (2 * (double)b + 1) * 2);
    ck_assert_int_eq(batch(r, (law_value){0.1, 0}, (law_value){1 - distance * (1 - 1e-9), 0}),
                     VERDICT_HOLDS);
    ck_assert_int_eq(batch(r, (law_value){0.1, 0}, (law_value){1 - distance * (1 + 1e-9), 0}),
                     VERDICT_FAILS);
    ck_assert_int_eq(
        batch(r, (law_value){0.1, 0}, (law_value){1 - distance * (1 + 1e-9), 1.1e-9 * distance}),
        VERDICT_HOLDS);
    random_design_free(r);
  }
  random_design *r = design(2, (const double[]){2, 2}, 1);
  ck_assert_int_eq(batch(r, (law_value){0.1, 0}, (law_value){0.4 + 1e-9, 0}), VERDICT_HOLDS);
  ck_assert_int_eq(batch(r, (law_value){0.1, 0}, (law_value){0.4 - 1e-9, 0}), VERDICT_FAILS);
  random_design_free(r);
  /* lambda = (1, 0, 0, 0), b = 3 and 6: 2 (1 + 1)/(1 + 7) = 1/2, to (4 + 16) u of it */
  const double u = 0x1p-53;
  r = design(4, (const double[]){1, 0, 0, 0}, 3);
  ck_assert_int_eq(batch(r, (law_value){1, 0}, (law_value){1.5 - 10 * u, 0}), VERDICT_HOLDS);
  ck_assert_int_eq(batch(r, (law_value){1, 0}, (law_value){1.5 - 12 * u, 0}), VERDICT_FAILS);
  random_design_free(r);
  /* the edge itself is never reached */
  claim_note note = {"", 0};
  const law_value answers[] = {{1, 0}, {1.5, 0}, {2 - 0x1p-40, 0}, {2 - 0x1p-45, 0}, {2, 0}};
  memcpy(planted, answers, sizeof planted);
  asked = 0;
  r = design(1, equal, 1);
  ck_assert_int_eq(mean_square_stability_batch(r, say, &note), VERDICT_FAILS);
  ck_assert_uint_eq(asked, 5);
  random_design_free(r);
}
END_TEST

/* --- simulation ------------------------------------------------------------------------------ */

/* Growth at `factor` times eta_c in a run with batches of `batch`, its weights and the rate it is
 * held against from batches of `assumed`. */
static design_walk_growth simulate(double factor, size_t batch, size_t assumed, double *rho,
                                   double *slack) {
  enum { STEPS = 1000000 };
  const double lambda[] = {4, 2, 1, 1};
  double weight[4];
  random_design *r =
      random_design_literal(4, 1, lambda, (const double[]){1, 1, 1, 1}, assumed, 0.0);
  law_value eta_c;
  noise_growth growth;
  design_walk_growth seen;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, NULL), GSL_SUCCESS);
  r->eta = factor * eta_c.val;
  ck_assert_int_eq(noise_growth_of(r, &growth, weight, NULL), GSL_SUCCESS);
  for (int i = 0; i < 4; i++)
    weight[i] /= lambda[i];
  r->batch = batch;
  gsl_rng *rng = random_alloc(4242);
  ck_assert_int_eq(design_walk_run(r, weight, growth.rho.val, STEPS, rng, &seen), GSL_SUCCESS);
  gsl_rng_free(rng);
  random_design_free(r);
  *rho = growth.rho.val;
  *slack = design_walk_slack(STEPS, 1e-9);
  return seen;
}

/* Beyond doubt (1e-9 a side) decay below eta_c and growth above it, at the rates of the theory; the
 * typical run (mean of ln R) decays in both cases. */
START_TEST(test_both_sides_of_the_threshold) {
  double rho, slack;
  design_walk_growth seen = simulate(0.5, 2, 2, &rho, &slack);
  ck_assert(slack < 0.065);
  ck_assert(rho < 1.0 - 2.0 * slack);
  ck_assert(seen.mean >= rho * (1.0 - slack) && seen.capped <= rho * (1.0 + slack));
  ck_assert(seen.mean <= 1.0 - slack);
  seen = simulate(1.5, 2, 2, &rho, &slack);
  ck_assert(rho > 1.0 + 2.0 * slack);
  ck_assert(seen.mean >= rho * (1.0 - slack) && seen.capped <= rho * (1.0 + slack));
  ck_assert(seen.mean >= 1.0 + slack);
  ck_assert(seen.log_mean < log(rho));
}
END_TEST

/* Power: noise that is half of what is assumed is seen on the low side, twice it on the high side.
 */
START_TEST(test_planted_errors_are_seen) {
  double rho, slack;
  design_walk_growth seen = simulate(1.5, 4, 2, &rho, &slack);
  ck_assert(seen.mean < rho * (1.0 - slack));
  seen = simulate(1.5, 1, 2, &rho, &slack);
  ck_assert(seen.capped > rho * (1.0 + slack));
}
END_TEST

static double log_factor(double z, void *parameters) {
  const double eta = *(const double *)parameters;
  return log(fabs(1.0 - eta * z * z)) * gsl_ran_gaussian_pdf(z, 1.0);
}

/* The second remark: E ln|1 - eta z^2| < 0 well beyond eta_c = 2/3, up to eta of 2.42. */
START_TEST(test_a_run_converges_beyond_the_threshold) {
  static const double steps[] = {2.0 / 3, 2.415, 2.425};
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(1000);
  for (size_t i = 0; i < 3; i++) {
    double eta = steps[i], half, error;
    double points[] = {0.0, 1.0 / sqrt(eta), 12.0}; /* beyond 12: below 1e-30 */
    gsl_function f = {log_factor, &eta};
    ck_assert_int_eq(gsl_integration_qagp(&f, points, 3, 1e-10, 0.0, 1000, work, &half, &error),
                     GSL_SUCCESS);
    ck_assert(i < 2 ? 2.0 * (half + error) < 0.0 : 2.0 * (half - error) > 0.0);
  }
  gsl_integration_workspace_free(work);
}
END_TEST

/* What signs decide says how many bits they took. */
START_TEST(test_signs_say_their_bits) {
  random_design *r =
      random_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1}, 1, 0.0);
  ck_assert_ptr_nonnull(r);
  support_signs_say_their_bits(&mean_square_stability_claim, r);
  random_design_free(r);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N3 mean_square_stability");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_solver_is_judged);
  tcase_add_test(core, test_planted_turn);
  tcase_add_test(core, test_planted_sides);
  tcase_add_test(core, test_dimensions);
  tcase_add_test(core, test_planted_bounds);
  tcase_add_test(core, test_planted_rise);
  tcase_add_test(core, test_planted_rise_next_to_the_edge);
  tcase_add_test(core, test_planted_distance);
  tcase_add_test(core, test_equal_eigenvalues);
  tcase_add_test(core, test_two_levels);
  tcase_add_test(core, test_power_law);
  tcase_add_test(core, test_large_batches);
  tcase_add_test(core, test_pole);
  tcase_add_test(core, test_secular);
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_signs_say_their_bits);
  tcase_add_test(core, test_a_run_converges_beyond_the_threshold);
  tcase_add_test(core, test_both_sides_of_the_threshold);
  tcase_add_test(core, test_planted_errors_are_seen);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
