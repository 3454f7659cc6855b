/* src/claims/law_case against mixtures of Beta variables and arc laws: no integral is taken here.
 */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_randist.h>
#include "claims/law_case.h"

/* lambda = (5, 2, 1 | ...), with biasless noise of its own in each direction. */
static quadratic *instance(void) {
  return quadratic_literal(4, 2, (const double[]){5, 4, 2, 1}, (const double[]){1, -2, 3, 0.5},
                           (const double[]){0.7, 0.2, 1.1, 3}, 0.0);
}

static void expect_mean(const alignment_law *law, double truth) {
  law_value mean;
  ck_assert_int_eq(alignment_law_mean(law, &mean), 0);
  ck_assert_double_eq_tol(mean.val, truth, mean.err + 1e-16);
}

/* a = (1 - eta lambda) g and w = (eta lambda)^2 v; stationary, w = eta lambda v/(2 - eta lambda).
 */
START_TEST(test_laws_of_an_instance) {
  quadratic *q = instance();
  static const double factors[LAW_CASE_COUNT] = {0.3, 1.0, 1.9, 0.7};
  for (int which = 0; which < LAW_CASE_COUNT; which++) {
    law_case *c = law_case_alloc(q, which);
    ck_assert_ptr_nonnull(c);
    ck_assert(c->d == 4 && c->k == 2);
    for (size_t i = 0; i < 4; i++) {
      const double move = factors[which] / 5 * q->lambda[i];
      const double w = which < 3 ? move * move * q->v[i] : move * q->v[i] / (2 - move);
      ck_assert_double_eq_tol(c->a[i], which < 3 ? q->g[i] - move * q->g[i] : 0.0, 1e-15);
      ck_assert_double_eq_tol(c->w[i], w, 1e-15);
    }
    /* The law is that of these numbers. */
    alignment_law *same = NULL;
    law_value own, other;
    ck_assert_int_eq(alignment_law_independent(c->a, c->w, 4, 2, &same, NULL), 0);
    alignment_law_mean(c->law, &own);
    alignment_law_mean(same, &other);
    ck_assert_double_eq_tol(own.val, other.val, own.err + other.err);
    alignment_law_free(same);
    /* Its closed forms. */
    ck_assert_double_eq_tol(c->ratio, sqrt(c->w[0] / c->w[2]), 1e-15 * c->ratio);
    expect_mean(c->pair, c->ratio / (1 + c->ratio));
    expect_mean(c->equal, 0.5);
    law_case_free(c);
  }
  for (size_t i = 0; i < 4; i++)
    q->v[i] = 0;
  for (int which = 0; which < LAW_CASE_COUNT; which++)
    ck_assert_ptr_null(law_case_alloc(q, which)); /* a point */
  quadratic_free(q);
  law_case_free(NULL);
}
END_TEST

static void expect_quadrature(const law_case *c, double first, double second) {
  for (int power = 1; power <= 2; power++) {
    const law_value found = law_case_quadrature(c, power);
    const double truth = power == 1 ? first : second;
    ck_assert_msg(fabs(found.val - truth) <= found.err, "power %d: %a, should be %a within %g",
                  power, found.val, truth, found.err);
    ck_assert(found.err <= 2e-11 * truth + 1.1e-14 && found.err >= 1e-14 + 1e-12 * truth);
  }
}

/* Centred, two directions, a = w_1, b = w_2: E alpha = A = sqrt a/(sqrt a + sqrt b), and
 * a dA/da = E alpha - E alpha^2. */
START_TEST(test_quadrature_of_an_arc) {
  static const double ratios[] = {1e-6, 0.01, 0.3, 1, 7, 1e5};
  for (int i = 0; i < 6; i++)
    for (int scale = -40; scale <= 40; scale += 40) {
      double a[] = {0, 0}, w[] = {ldexp(ratios[i], scale), ldexp(1, scale)};
      const law_case c = {.d = 2, .k = 1, .a = a, .w = w};
      const double r = sqrt(ratios[i]), mean = r / (1 + r);
      expect_quadrature(&c, mean, mean - r / (2 * (1 + r) * (1 + r)));
    }
}
END_TEST

/* Equal variances w: N/w and M/w are chi^2 with shifts, that is with k + 2I and d - k + 2J degrees
 * of freedom for independent Poisson numbers I and J; alpha is a mixture of Beta variables. */
static double poisson(unsigned n, double mean) {
  return mean > 0 ? gsl_ran_poisson_pdf(n, mean) : n == 0;
}

static void mixture(size_t d, size_t k, double shift, double bulk_shift, double *first,
                    double *second) {
  *first = *second = 0;
  for (unsigned i = 0; i < 150; i++)
    for (unsigned j = 0; j < 150; j++) {
      const double share = poisson(i, 0.5 * shift) * poisson(j, 0.5 * bulk_shift);
      const double n = (double)k + 2.0 * i, s = (double)d + 2.0 * (i + j);
      *first += share * n / s;
      *second += share * n * (n + 2) / (s * (s + 2));
    }
}

START_TEST(test_quadrature_of_equal_variances) {
  static const double sizes[][6] = {
      {0, 0, 0, 0, 0, 0}, {1, 2, 0, 0, 0, 0}, {0, 0, 1, 0, 3, 0}, {0.1, 0.2, 4, 1, 0, 1}};
  for (size_t d = 3; d <= 6; d++)
    for (size_t k = 1; k < d; k++)
      for (int i = 0; i < 4; i++) {
        double a[6], w[6], shift[2] = {0, 0}, first, second;
        for (size_t j = 0; j < d; j++) {
          w[j] = 1.25;
          a[j] = sizes[i][j];
          shift[j < k] += a[j] * a[j] / w[j];
        }
        mixture(d, k, shift[1], shift[0], &first, &second);
        const law_case c = {.d = d, .k = k, .a = a, .w = w};
        expect_quadrature(&c, first, second);
      }
}
END_TEST

/* Next to no noise: alpha is what the means make it, however large they are. */
START_TEST(test_quadrature_of_means) {
  static const double means[][2] = {{1, 3}, {0x1p-7, 1}, {1e6, 2e6}, {3e6, 1}, {1e-6, 2e-6}};
  for (int i = 0; i < 5; i++) {
    double a[] = {means[i][0], means[i][1]}, w[2];
    for (int j = 0; j < 2; j++)
      w[j] = 1e-18 * a[j] * a[j];
    const law_case c = {.d = 2, .k = 1, .a = a, .w = w};
    const double first = a[0] * a[0] / (a[0] * a[0] + a[1] * a[1]);
    expect_quadrature(&c, first, first * first);
  }
}
END_TEST

START_TEST(test_closed_forms) {
  double a[] = {0, 0, 0, 0}, w[] = {4, 9, 0.25, 1}, ratio;
  law_case c = {.d = 4, .k = 2, .a = a, .w = w};
  alignment_law *law = law_case_pair(&c, &ratio);
  ck_assert(ratio == 4);
  expect_mean(law, 0.8);
  alignment_law_free(law);
  for (int none = 0; none < 2; none++) {
    law = law_case_equal(&c);
    expect_mean(law, 0.5);
    alignment_law_free(law);
    c.k = 1;
    law = law_case_equal(&c);
    expect_mean(law, 0.25);
    alignment_law_free(law);
    c.k = 2;
    w[0] = 0;
  }
  ck_assert_ptr_null(law_case_pair(&c, &ratio));
  w[0] = 4;
  w[2] = 0;
  ck_assert_ptr_null(law_case_pair(&c, &ratio));
  /* lambda = (2, 1) at eta = 1: variances 4 and 1, covariance 2 * 0.8. */
  quadratic *q = law_case_correlated();
  ck_assert(q->d == 2 && q->lambda[0] == 2 && q->lambda[1] == 1 && q->g[0] == 0 && q->g[1] == 0);
  for (size_t i = 0; i < 2; i++)
    for (size_t j = 0; j < 2; j++)
      ck_assert(gsl_matrix_get(q->covariance, i, j) == (i == j ? 1.0 : 0.8));
  ck_assert(q->v[0] == 1 && q->v[1] == 1);
  quadratic_free(q);
  ck_assert(law_case_agree((law_value){1, 0.25}, 1.5, 0.25));
  ck_assert(law_case_agree((law_value){1, 0.25}, 0.5, 0.25));
  ck_assert(!law_case_agree((law_value){1, 0.25}, 1.5 + 0x1p-50, 0.25));
  ck_assert(!law_case_agree((law_value){1, 0.25}, 0.5 - 0x1p-50, 0.25));
}
END_TEST

static int asked;
static verdict answers[LAW_CASE_COUNT];

static verdict answer(const law_case *c, claim_note *note) {
  (void)c;
  (void)note;
  return answers[asked++];
}

static verdict each(verdict a, verdict b, verdict c, verdict d, int expected) {
  quadratic *q = instance();
  const verdict given[] = {a, b, c, d};
  for (int i = 0; i < LAW_CASE_COUNT; i++)
    answers[i] = given[i];
  asked = 0;
  claim_note note = {"", 0};
  const verdict v = law_case_each(q, answer, &note);
  ck_assert_int_eq(asked, expected);
  quadratic_free(q);
  return v;
}

START_TEST(test_each) {
  const verdict yes = VERDICT_HOLDS, no = VERDICT_FAILS, open = VERDICT_UNDECIDED,
                vacuous = VERDICT_VACUOUS;
  ck_assert_int_eq(each(yes, yes, yes, yes, 4), yes);
  ck_assert_int_eq(each(yes, yes, no, yes, 3), no);
  ck_assert_int_eq(each(open, no, yes, yes, 1), open);
  ck_assert_int_eq(each(yes, yes, yes, no, 4), no);
  ck_assert_int_eq(each(vacuous, vacuous, vacuous, vacuous, 4), vacuous);
  ck_assert_int_eq(each(vacuous, yes, vacuous, vacuous, 4), yes);
  quadratic *q = support_hand_instance();
  claim_note note = {"", 0};
  q->v[0] = q->v[1] = 0;
  asked = 0;
  ck_assert_int_eq(law_case_each(q, answer, &note), vacuous);
  ck_assert_int_eq(asked, 0);
  quadratic_free(q);
}
END_TEST

/* lambda = (1 + tiny, 1), no gradient: E N : E M is v_1 : v_2 in every case but for the tiny. */
START_TEST(test_labels) {
  static const double v[] = {0.9e-6,   1.2e-6,   0.10,       0.12,      1.0,
                             1 / 0.12, 1 / 0.10, 1 / 1.2e-6, 1 / 0.9e-6};
  static const bool extreme[] = {true, false, false, false, false, false, false, false, true};
  static const bool central[] = {false, false, false, true, true, true, false, false, false};
  for (int i = 0; i < 9; i++) {
    quadratic *q = quadratic_literal(2, 1, (const double[]){1 + 0x1p-40, 1}, (const double[]){0, 0},
                                     (const double[]){v[i], 1}, 0.0);
    ck_assert_msg(law_case_is_extreme(q) == extreme[i], "%g", v[i]);
    ck_assert_msg(law_case_is_central(q) == central[i], "%g", v[i]);
    quadratic_free(q);
  }
  /* With a gradient the cases differ: after the step 1/lambda_1 the dominant direction has noise
   * alone, after 0.3/lambda_1 it has 0.49 of its square. */
  quadratic *q = quadratic_literal(2, 1, (const double[]){1 + 0x1p-40, 1}, (const double[]){1, 0},
                                   (const double[]){1e-9, 1}, 0.0);
  ck_assert(law_case_is_extreme(q) && law_case_is_central(q));
  /* Balanced after the first step alone, where 0.49 g^2 is above a tenth of 0.49 g^2 + 0.09. */
  q->g[0] = sqrt(0.0206);
  ck_assert(law_case_is_central(q));
  q->g[0] = sqrt(0.0202);
  ck_assert(!law_case_is_central(q));
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("law_case");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_laws_of_an_instance);
  tcase_add_test(core, test_quadrature_of_an_arc);
  tcase_add_test(core, test_quadrature_of_equal_variances);
  tcase_add_test(core, test_quadrature_of_means);
  tcase_add_test(core, test_closed_forms);
  tcase_add_test(core, test_each);
  tcase_add_test(core, test_labels);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
