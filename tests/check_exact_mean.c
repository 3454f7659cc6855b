/* T5a: theory/exact_mean, src/claims/exact_mean. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/exact_mean.h"
#include "laws/alignment_law.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&exact_mean_claim);
}
END_TEST

/* lambda = (10, 1), v = (1, 1), eta = 1/10: s = (1, 1/19), r = sqrt(s_1/s_2) = sqrt(19). */
START_TEST(test_hand_stationary) {
  quadratic *q = support_hand_instance();
  q->eta = 0.1;
  alignment_law *law = NULL;
  law_value found;
  ck_assert_int_eq(alignment_law_stationary(q, &law, NULL), 0);
  const double r = sqrt(19);
  ck_assert_int_eq(alignment_law_mean(law, &found), 0);
  ck_assert_double_eq_tol(found.val, r / (1 + r), found.err + 1e-15);
  ck_assert(found.err < 1e-10);
  ck_assert_int_eq(alignment_law_mean_complement(law, &found), 0);
  ck_assert_double_eq_tol(found.val, 1 / (1 + r), found.err + 1e-15);
  alignment_law_free(law);
  quadratic_free(q);
}
END_TEST

/* The values of a law, planted. */
static claim_note note;

static verdict accuracy(double mean, double error, double complement, double complement_error) {
  return exact_mean_accuracy((law_value){mean, error}, (law_value){complement, complement_error},
                             &note);
}

START_TEST(test_planted_accuracy) {
  const double u = 0x1p-53;
  ck_assert_int_eq(accuracy(0.25, 0, 0.75, 0), VERDICT_HOLDS);
  /* Relative 1e-10 of each, however small. */
  for (double m = 0.5; m > 1e-9; m *= 0.125)
    for (int side = 0; side < 2; side++) {
      const double near = 0.99e-10 * m, far = 1.01e-10 * m;
      ck_assert_int_eq(side ? accuracy(m, near, 1 - m, 0) : accuracy(1 - m, 0, m, near),
                       VERDICT_HOLDS);
      ck_assert_int_eq(side ? accuracy(m, far, 1 - m, 0) : accuracy(1 - m, 0, m, far),
                       VERDICT_FAILS);
    }
  ck_assert_int_eq(accuracy(0, 0, 1, 0), VERDICT_FAILS);
  ck_assert_int_eq(accuracy(1, 0, 0, 0), VERDICT_FAILS);
  ck_assert_int_eq(accuracy(NAN, 0, 1, 0), VERDICT_FAILS);
  ck_assert_int_eq(accuracy(0.25, INFINITY, 0.75, 0), VERDICT_FAILS);
  /* The sum is 1 to both errors and 4 u. */
  for (int side = -1; side <= 1; side += 2) {
    ck_assert_int_eq(accuracy(0.25, 0, 0.75 + side * 4 * u, 0), VERDICT_HOLDS);
    ck_assert_int_eq(accuracy(0.25, 0, 0.75 + side * 6 * u, 0), VERDICT_FAILS);
    ck_assert_int_eq(accuracy(0.25, 0x1p-36, 0.75 + side * (0x1p-36 + 4 * u), 0), VERDICT_HOLDS);
    ck_assert_int_eq(accuracy(0.25, 0x1p-36, 0.75 + side * (0x1p-36 + 6 * u), 0), VERDICT_FAILS);
    ck_assert_int_eq(accuracy(0.25, 0, 0.75 + side * (0x1p-35 + 4 * u), 0x1p-35), VERDICT_HOLDS);
    ck_assert_int_eq(accuracy(0.25, 0, 0.75 + side * (0x1p-35 + 6 * u), 0x1p-35), VERDICT_FAILS);
    ck_assert_int_eq(accuracy(0.25, 0x1p-36, 0.75 + side * 0x3p-36, 0x1p-35), VERDICT_HOLDS);
    ck_assert_int_eq(accuracy(0.25, 0x1p-36, 0.75 + side * (0x3p-36 + 6 * u), 0x1p-35),
                     VERDICT_FAILS);
  }
}
END_TEST

static verdict quadrature(double mean, double error, double plain, double plain_error) {
  return exact_mean_quadrature((law_value){mean, error}, (law_value){plain, plain_error}, &note);
}

START_TEST(test_planted_quadrature) {
  for (int side = -1; side <= 1; side += 2) {
    ck_assert_int_eq(quadrature(0.5, 0x1p-40, 0.5 + side * 0x3p-40, 0x1p-39), VERDICT_HOLDS);
    ck_assert_int_eq(quadrature(0.5, 0x1p-40, 0.5 + side * 0x1.9p-39, 0x1p-39), VERDICT_FAILS);
  }
  ck_assert_int_eq(quadrature(0.5, 0, 0.5, 1e-8), VERDICT_HOLDS);
  ck_assert_int_eq(quadrature(0.5, 0, 0.4, 1e-8), VERDICT_FAILS);
  ck_assert_int_eq(quadrature(0.5, 0, 0.4, nextafter(1e-8, 1)), VERDICT_VACUOUS);
  ck_assert_int_eq(quadrature(0.5, 0, 0.4, INFINITY), VERDICT_VACUOUS);
  ck_assert_int_eq(quadrature(NAN, 0, 0.4, 0), VERDICT_FAILS);
  /* Of up to 60 directions. */
  for (size_t d = 60; d <= 61; d++) {
    double lambda[61], g[61], v[61];
    for (size_t i = 0; i < d; i++) {
      lambda[i] = 61 - (double)i;
      g[i] = v[i] = 1;
    }
    quadratic *q = quadratic_literal(d, 5, lambda, g, v, 0.0);
    ck_assert_int_eq(support_check(&exact_mean_claim, "plain_quadrature", q),
                     d == 60 ? VERDICT_HOLDS : VERDICT_VACUOUS);
    quadratic_free(q);
  }
}
END_TEST

/* The law of another pair, or of other numbers of directions, is not taken for the right one. */
START_TEST(test_planted_laws) {
  for (int pair = 0; pair < 2; pair++)
    for (int equal = 0; equal < 2; equal++) {
      law_case c = {.d = 7, .k = 3, .ratio = 3.0};
      const double w[] = {9.0 + 1e-6 * pair, 1}, one[] = {1, 1, 1, 1, 1, 1, 1};
      ck_assert_int_eq(alignment_law_independent(NULL, w, 2, 1, &c.pair, NULL), 0);
      ck_assert_int_eq(alignment_law_independent(NULL, one, 7 - (size_t)equal, 3, &c.equal, NULL),
                       0);
      ck_assert_int_eq(exact_mean_closed_forms(&c, &note),
                       pair || equal ? VERDICT_FAILS : VERDICT_HOLDS);
      alignment_law_free(c.pair);
      c.pair = NULL;
      ck_assert_int_eq(exact_mean_closed_forms(&c, &note), equal ? VERDICT_FAILS : VERDICT_HOLDS);
      alignment_law_free(c.equal);
    }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T5a exact_mean");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_planted_accuracy);
  tcase_add_test(core, test_planted_quadrature);
  tcase_add_test(core, test_planted_laws);
  tcase_add_test(core, test_hand_stationary);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
