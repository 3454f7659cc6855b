/* P8: theory/effective_step_sizes, src/claims/effective_step_sizes. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/effective_step_sizes.h"
#include "claims/one_step_moments.h"
#include "exact/dense_step.h"
#include "model/effective_step.h"
#include "model/rounding.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&effective_step_sizes_claim);
}
END_TEST

static verdict said(const quadratic *q, const char *name, claim_note *note) {
  *note = (claim_note){"", 0};
  return claim_find_conclusion(&effective_step_sizes_claim, name)->check(q, note);
}

enum { DIRECTIONS = 4 };

static quadratic *made(size_t d, const double *lambda, const double *g, double eta, double radius) {
  const double none[DIRECTIONS] = {0};
  quadratic *q = quadratic_literal(d, d / 2, lambda, g, none, eta);
  ck_assert_ptr_nonnull(q);
  q->radius = radius;
  return q;
}

/* The verdict, and what the note says: nothing where the conclusion holds. */
START_TEST(test_planted) {
  static const struct {
    size_t d;
    double lambda[DIRECTIONS], g[DIRECTIONS], eta, radius;
    const char *conclusion;
    verdict expected;
    const char *says;
  } planted[] = {
      /* one part of the gradient is next to nothing, and has an error of its own */
      {2, {10, 1}, {1e-9, 1}, 0.125, 1, "gradient_descent_has_eta", VERDICT_HOLDS, ""},
      {2, {10, 1}, {1, 1e-9}, 0.125, 1, "gradient_descent_has_eta", VERDICT_HOLDS, ""},
      {2, {10, 1}, {3, 4}, 0.125, 1, "gradient_descent_has_eta", VERDICT_HOLDS, ""},
      {4, {8, 4, 2, 1}, {3, 5, 7, 11}, 0.125, 1, "gradient_descent_has_eta", VERDICT_HOLDS, ""},
      {2, {10, 1}, {3, 4}, 0.125, 1, "sharpness_aware_by_means", VERDICT_HOLDS, ""},
      {4, {8, 4, 2, 1}, {3, 5, 7, 11}, 0.125, 9, "sharpness_aware_by_means", VERDICT_HOLDS, ""},
      {2, {10, 1}, {3, 0}, 0.125, 1, "sharpness_aware_by_means", VERDICT_FAILS, "a part of"},
      {2, {10, 1}, {0, 3}, 0.125, 1, "sharpness_aware_by_means", VERDICT_FAILS, "a part of"},
      /* the means of lambda are 3 and 3, with weights 1; a little more to one side or the other */
      {4,
       {5, 1, 4, 2},
       {1, 1, 1, 1},
       1,
       1,
       "sharpness_aware_prefers_dominant",
       VERDICT_FAILS,
       "dominant less bulk has sign 0"},
      {4,
       {5, 1, 4, 2},
       {1.001, 1, 1, 1},
       1,
       1,
       "sharpness_aware_prefers_dominant",
       VERDICT_HOLDS,
       ""},
      {4,
       {5, 1, 4, 2},
       {1, 1.001, 1, 1},
       1,
       1,
       "sharpness_aware_prefers_dominant",
       VERDICT_FAILS,
       "dominant less bulk has sign -"},
      {4,
       {5, 1, 4, 2},
       {1, 1, 1.001, 1},
       1,
       1,
       "sharpness_aware_prefers_dominant",
       VERDICT_FAILS,
       "dominant less bulk has sign -"},
      {4,
       {5, 1, 4, 2},
       {1, 1, 1, 1.001},
       1,
       1,
       "sharpness_aware_prefers_dominant",
       VERDICT_HOLDS,
       ""},
      {2,
       {10, 1},
       {3, 4},
       1,
       0,
       "sharpness_aware_prefers_dominant",
       VERDICT_FAILS,
       "dominant less"},
      /* e = eta/(1 - beta) is the root at lambda = 0, and above it below 0; all oscillate */
      {2, {10, 1}, {1, 1}, 0.000001, 1, "momentum_amplifies", VERDICT_HOLDS, ""},
      {2, {10, 1}, {1, 1}, 0.01, 1, "momentum_amplifies", VERDICT_HOLDS, ""},
      {2, {10, 1}, {1, 1}, 0.08, 1, "momentum_amplifies", VERDICT_HOLDS, ""}, /* beta = 1/2 alone */
      {2, {10, 1}, {1, 1}, 0.09, 1, "momentum_amplifies", VERDICT_VACUOUS, ""},
      {2, {1, -1}, {1, 1}, 0.001, 1, "momentum_amplifies", VERDICT_FAILS, "beta = 0.5:"},
      {2,
       {-1, 1},
       {1, 1},
       0.001,
       1,
       "momentum_amplifies",
       VERDICT_FAILS,
       "lambda = -0x1p+0, beta = 0.5:"},
      {2, {1, -1}, {1, 1}, 0.001, 1, "momentum_amplifies", VERDICT_FAILS, "signs - and -"},
  };
  for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
    quadratic *q =
        made(planted[i].d, planted[i].lambda, planted[i].g, planted[i].eta, planted[i].radius);
    claim_note note;
    const verdict v = said(q, planted[i].conclusion, &note);
    ck_assert_msg(v == planted[i].expected, "%zu, %s: %s, %s", i, planted[i].conclusion,
                  verdict_name(v), note.text);
    ck_assert_msg(planted[i].says[0] == '\0' ? note.text[0] == '\0'
                                             : strstr(note.text, planted[i].says) != NULL,
                  "%zu, %s: '%s'", i, planted[i].conclusion, note.text);
    quadratic_free(q);
  }
}
END_TEST

/* g^2 next to the least double: the sums in the dense basis are off by far more than is allowed,
 * and the note says what that is, eta 64 d^2 u times (|g|/|Pg|)(1 + |g|/|Pg|), with |g| = 5 of 3
 * and 4. In d = 25 nothing is tried. */
START_TEST(test_gradient_descent_is_told_apart) {
  int failed = 0;
  for (int n = 0; n < 400; n++) {
    quadratic *q = made(2, (const double[]){10, 1},
                        (const double[]){ldexp(3, -510 - n % 40) * (1 + n / 401.0),
                                         ldexp(4, -510 - n % 40) * (1 + n / 401.0)},
                        0.125, 1);
    claim_note note;
    if (said(q, "gradient_descent_has_eta", &note) == VERDICT_FAILS) {
      const char *bounds = strstr(note.text, "bounds ");
      double dominant = 0, bulk = 0;
      ck_assert_int_eq(sscanf(bounds, "bounds %lf and %lf", &dominant, &bulk), 2);
      const double unit = 0.125 * 256 * ROUNDING_UNIT;
      ck_assert_double_eq_tol(dominant, unit * 5 / 3 * 8 / 3, 0.01 * dominant); /* three digits */
      ck_assert_double_eq_tol(bulk, unit * 5 / 4 * 9 / 4, 0.01 * bulk);
      failed++;
    }
    quadratic_free(q);
  }
  ck_assert_int_gt(failed, 5);
  for (size_t d = DENSE_STEP_DIMENSION_MOST; d <= DENSE_STEP_DIMENSION_MOST + 1; d++) {
    quadratic *q = quadratic_alloc(d, 1);
    for (size_t i = 0; i < d; i++) {
      q->lambda[i] = i == 0 ? 8 : 1;
      q->g[i] = 1;
    }
    q->eta = 0.25;
    claim_note note;
    ck_assert_int_eq(said(q, "gradient_descent_has_eta", &note),
                     d > DENSE_STEP_DIMENSION_MOST ? VERDICT_VACUOUS : VERDICT_HOLDS);
    quadratic_free(q);
  }
}
END_TEST

/* The same with SAM: four times the moments' error and gamma_{2d+20} are allowed, in either part.
 */
START_TEST(test_sharpness_aware_is_told_apart) {
  int failed[2] = {0, 0}, held[2] = {0, 0};
  for (int n = 0; n < 1200; n++) {
    const double small = ldexp(1 + n / 1201.0, -513 - n / 2 % 8), large = ldexp(3.3, -480);
    const int part = n % 2; /* whose gradient is small: |g| is that of the other */
    quadratic *q = made(2, (const double[]){3.7, 1.3},
                        (const double[]){part == 0 ? small : large, part == 0 ? large : small}, 0.3,
                        ldexp(5.1, -480));
    one_step_moments m;
    one_step_moments_of(q, &m);
    double update[2];
    const double norm = sqrt(m.d0 + m.b0);
    for (size_t i = 0; i < 2; i++)
      update[i] = q->eta * (q->g[i] + q->radius * q->lambda[i] * (q->g[i] / norm));
    effective_step found;
    ck_assert_int_eq(effective_step_of(update, q->g, 2, 1, &found), GSL_SUCCESS);
    const double mean = part == 0 ? m.d1 / m.d0 : m.b1 / m.b0;
    const double exact = q->eta * (1 + q->radius * mean / norm);
    const double off = fabs((part == 0 ? found.dominant : found.bulk) / exact - 1);
    const double allowed = 4 * m.error + rounding_gamma(24);
    claim_note note;
    const verdict v = said(q, "sharpness_aware_by_means", &note);
    failed[part] += off > 1.05 * allowed && off < 2 * allowed;
    held[part] += off < 0.95 * allowed && off > 0.3 * allowed;
    ck_assert_msg(off < 1.05 * allowed || v == VERDICT_FAILS, "%d: %g of %g", n, off, allowed);
    ck_assert_msg(off > 0.95 * allowed || v == VERDICT_HOLDS, "%d: %g of %g", n, off, allowed);
    quadratic_free(q);
  }
  ck_assert_msg(failed[0] > 3 && failed[1] > 3 && held[0] > 3 && held[1] > 3, "%d, %d, %d, %d",
                failed[0], failed[1], held[0], held[1]);
}
END_TEST

/* lambda = 2, eta = 1/64, beta = 1/4: between 1/48 and 1/25, with gamma_20/(1/2) of 1/25 on either
 * side.  At lambda = 0 the root is the lower end; below 0 it is not between the two, wherever the
 * computed one is said to be. */
START_TEST(test_bracket) {
  const double least = 1.0 / 48, most = 1.0 / 25, error = 2 * rounding_gamma(20) / 25;
  const struct {
    double lambda, found;
    verdict expected;
  } cases[] = {{2, 0.03, VERDICT_HOLDS},
               {2, least - 0.9 * error, VERDICT_HOLDS},
               {2, least - 1.1 * error, VERDICT_FAILS},
               {2, most + 0.9 * error, VERDICT_HOLDS},
               {2, most + 1.1 * error, VERDICT_FAILS},
               {2, 0.02, VERDICT_FAILS},
               {2, 0.041, VERDICT_FAILS},
               {0, 0.03, VERDICT_FAILS},
               {-2, 0.03, VERDICT_FAILS},
               {40, 0.03, VERDICT_FAILS}}; /* it oscillates: no root at all */
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    claim_note note = {"", 0};
    const verdict v =
        effective_step_sizes_bracket(cases[i].lambda, 1.0 / 64, 0.25, cases[i].found, &note);
    ck_assert_msg(v == cases[i].expected, "%zu: %s, %s", i, verdict_name(v), note.text);
    ck_assert((note.text[0] == '\0') == (v == VERDICT_HOLDS));
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P8 effective_step_sizes");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_planted);
  tcase_add_test(core, test_bracket);
  tcase_add_test(core, test_gradient_descent_is_told_apart);
  tcase_add_test(core, test_sharpness_aware_is_told_apart);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
