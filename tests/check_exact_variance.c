/* T5b: theory/exact_variance, src/claims/exact_variance. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/exact_variance.h"
#include "laws/alignment_law.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&exact_variance_claim);
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
  ck_assert_int_eq(alignment_law_variance(law, &found), 0);
  ck_assert_double_eq_tol(found.val, 0.5 * r / (1 + r) / (1 + r), found.err + 1e-15);
  ck_assert(found.err < 1e-9);
  alignment_law_free(law);
  quadratic_free(q);
}
END_TEST

/* The values of a law, planted. */
static claim_note note;

static verdict accuracy(double mean, double complement, double variance, double error) {
  return exact_variance_accuracy((law_value){mean, 0}, (law_value){complement, 0},
                                 (law_value){variance, error}, &note);
}

START_TEST(test_planted_accuracy) {
  /* Relative 1e-8; anything where the standard deviation is below 1e-6 of the nearer end. */
  for (int side = 0; side < 2; side++)
    for (double m = 0x1p-1; m > 0x1p-20; m *= 0.125) {
      const double a = side ? m : 1 - m, b = side ? 1 - m : m, limit = 1e-12 * m * m;
      for (double variance = 0.5 * m * (1 - m); variance > limit; variance *= 0x1p-7) {
        ck_assert_int_eq(accuracy(a, b, variance, 1e-8 * variance), VERDICT_HOLDS);
        ck_assert_int_eq(accuracy(a, b, variance, 1.01e-8 * variance), VERDICT_FAILS);
      }
      ck_assert_int_eq(accuracy(a, b, limit, limit), VERDICT_FAILS);
      const double below = nextafter(limit, 0);
      ck_assert_int_eq(accuracy(a, b, below, below), VERDICT_HOLDS);
      ck_assert_int_eq(accuracy(a, b, below, limit), VERDICT_FAILS);
      /* At most m (1 - m), to 1e-9. */
      const double most = m * (1 - m);
      ck_assert_int_eq(accuracy(a, b, most * (1 + 0.99e-9), 0), VERDICT_HOLDS);
      ck_assert_int_eq(accuracy(a, b, most * (1 + 1.01e-9), 0), VERDICT_FAILS);
      ck_assert_int_eq(accuracy(a, b, most * (1 + 5e-9), 4.01e-9 * most), VERDICT_HOLDS);
      ck_assert_int_eq(accuracy(a, b, most * (1 + 5e-9), 3.99e-9 * most), VERDICT_FAILS);
    }
  ck_assert_int_eq(accuracy(0.5, 0.5, 0.25 * (1.0 + 1e-9), 0), VERDICT_HOLDS); /* on the edge */
  ck_assert_int_eq(accuracy(0.5, 0.5, 0, 0), VERDICT_FAILS);
  ck_assert_int_eq(accuracy(0.5, 0.5, NAN, 0), VERDICT_FAILS);
  ck_assert_int_eq(accuracy(0.5, 0.5, 0.1, INFINITY), VERDICT_FAILS);
}
END_TEST

/* E alpha = 1/4 and E alpha^2 = 1/8: Var alpha = 1/16. */
static verdict quadrature(double variance, double error, double first, double second) {
  return exact_variance_quadrature((law_value){variance, error}, (law_value){0.25, first},
                                   (law_value){0.125, second}, &note);
}

START_TEST(test_planted_quadrature) {
  static const double errors[][3] = {{0x1p-30, 0, 0},
                                     {0, 0x1p-30, 0},
                                     {0, 0, 0x1p-30},
                                     {0, 0x1p-8, 0},
                                     {0x1p-30, 0x1p-9, 0x1p-20}};
  for (int i = 0; i < 5; i++) {
    const double *e = errors[i];
    const double all = e[0] + 0.5 * e[1] + e[1] * e[1] + e[2];
    for (int side = -1; side <= 1; side += 2) {
      ck_assert_int_eq(quadrature(0.0625 + side * all, e[0], e[1], e[2]), VERDICT_HOLDS);
      ck_assert_int_eq(quadrature(0.0625 + side * (all + 0x1p-50), e[0], e[1], e[2]),
                       VERDICT_FAILS);
    }
  }
  /* Said where a tenth of the variance is known. */
  ck_assert_int_eq(quadrature(0.0625, 0, 0, 0.1 * 0.0625), VERDICT_HOLDS);
  ck_assert_int_eq(quadrature(0.0625, 0, 0, 1.001 * 0.00625), VERDICT_VACUOUS);
  ck_assert_int_eq(quadrature(0.5, 0, 0, 0.04999), VERDICT_FAILS);
  ck_assert_int_eq(quadrature(0.5, 0, 0, 0.05001), VERDICT_VACUOUS);
  ck_assert_int_eq(quadrature(0.0625, 0, 0, INFINITY), VERDICT_VACUOUS);
  ck_assert_int_eq(quadrature(NAN, 0, 0, 0), VERDICT_VACUOUS);
  /* Of up to 60 directions. */
  for (size_t d = 60; d <= 61; d++) {
    double lambda[61], g[61], v[61];
    for (size_t i = 0; i < d; i++) {
      lambda[i] = 61 - (double)i;
      g[i] = v[i] = 1;
    }
    quadratic *q = quadratic_literal(d, 5, lambda, g, v, 0.0);
    ck_assert_int_eq(support_check(&exact_variance_claim, "plain_quadrature", q),
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
      const double w[] = {9.0 + 1e-5 * pair, 1}, one[] = {1, 1, 1, 1, 1, 1, 1};
      ck_assert_int_eq(alignment_law_independent(NULL, w, 2, 1, &c.pair, NULL), 0);
      ck_assert_int_eq(alignment_law_independent(NULL, one, 7 - (size_t)equal, 3, &c.equal, NULL),
                       0);
      ck_assert_int_eq(exact_variance_closed_forms(&c, &note),
                       pair || equal ? VERDICT_FAILS : VERDICT_HOLDS);
      alignment_law_free(c.pair);
      c.pair = NULL;
      ck_assert_int_eq(exact_variance_closed_forms(&c, &note),
                       equal ? VERDICT_FAILS : VERDICT_HOLDS);
      alignment_law_free(c.equal);
    }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T5b exact_variance");
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
