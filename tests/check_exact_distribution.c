/* T5c: theory/exact_distribution, src/claims/exact_distribution. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/exact_distribution.h"
#include "laws/alignment_law.h"
#include "model/random.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&exact_distribution_claim);
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
  /* At c = 19/20 the odds c/(1-c) are s_1/s_2: the median. */
  ck_assert_int_eq(alignment_law_cdf(law, 0.95, &found), 0);
  ck_assert_double_eq_tol(found.val, 0.5, found.err + 1e-15);
  ck_assert_int_eq(alignment_law_cdf(law, 0.5, &found), 0);
  ck_assert_double_eq_tol(found.val, M_2_PI * atan(1 / r), found.err + 1e-15);
  ck_assert(found.err <= 1e-8);
  ck_assert_int_eq(alignment_law_quantile(law, 0.5, &found), 0);
  ck_assert_double_eq_tol(found.val, 0.95, found.err + 1e-15);
  /* The density of the arctangent law at its median: 1/(pi sqrt(c (1-c))) r/(r^2 (1-c) + c). */
  ck_assert_int_eq(alignment_law_density(law, 0.95, &found), 0);
  ck_assert_double_eq_tol(found.val, M_1_PI / sqrt(0.95 * 0.05) * r / (19 * 0.05 + 0.95),
                          found.err + 1e-12);
  alignment_law_free(law);
  quadratic_free(q);
}
END_TEST

/* The values of a law, planted. */
static claim_note note;

/* One of seven values of a distribution function, changed. */
static verdict rising(size_t which, double value, double error) {
  law_value p[] = {{0, 0}, {0.25, 0}, {0.25, 0}, {0.5, 0x1p-30}, {0.75, 0}, {1, 0}, {1, 0}};
  p[which] = (law_value){value, error};
  return exact_distribution_rising(p, 7, &note);
}

START_TEST(test_planted_values) {
  ck_assert_int_eq(rising(0, 0, 1e-8), VERDICT_HOLDS);
  ck_assert_int_eq(rising(0, 0, nextafter(1e-8, 1)), VERDICT_FAILS);
  ck_assert_int_eq(rising(6, 1, nextafter(1e-8, 1)), VERDICT_FAILS);
  ck_assert_int_eq(rising(0, -0x1p-40, 0x1p-40), VERDICT_HOLDS);
  ck_assert_int_eq(rising(0, -0x1p-40, 0x1p-41), VERDICT_FAILS);
  ck_assert_int_eq(rising(6, 1 + 0x1p-40, 0x1p-40), VERDICT_HOLDS);
  ck_assert_int_eq(rising(6, 1 + 0x1p-40, 0x1p-41), VERDICT_FAILS);
  ck_assert_int_eq(rising(6, 1.5, 0), VERDICT_FAILS);
  ck_assert_int_eq(rising(2, 0.25 - 0x1p-40, 0x1p-40), VERDICT_HOLDS);
  ck_assert_int_eq(rising(2, 0.25 - 0x1p-40, 0x1p-41), VERDICT_FAILS);
  ck_assert_int_eq(rising(4, 0.5 - 0x1p-30, 0), VERDICT_HOLDS); /* within that of the one before */
  ck_assert_int_eq(rising(4, 0.5 - 0x3p-30, 0x1p-29), VERDICT_HOLDS);
  ck_assert_int_eq(rising(4, 0.5 - 0x3p-30, 0x1.8p-30), VERDICT_FAILS);
  ck_assert_int_eq(rising(6, 0.5, 0), VERDICT_FAILS);
  ck_assert_int_eq(rising(3, NAN, 0), VERDICT_FAILS);
  ck_assert_int_eq(rising(3, 0.5, INFINITY), VERDICT_FAILS);
}
END_TEST

static verdict quantile(double below, double below_error, double above, double above_error) {
  return exact_distribution_quantile(0.5, (law_value){0, 0}, (law_value){below, below_error},
                                     (law_value){above, above_error}, &note);
}

START_TEST(test_planted_quantile) {
  ck_assert_int_eq(quantile(0.5, 0, 0.5, 0), VERDICT_HOLDS);
  ck_assert_int_eq(quantile(0.25, 0, 0.75, 0), VERDICT_HOLDS);
  ck_assert_int_eq(quantile(0.75, 0, 0.75, 0), VERDICT_FAILS);
  ck_assert_int_eq(quantile(0.25, 0, 0.25, 0), VERDICT_FAILS);
  ck_assert_int_eq(quantile(0.75, 0, 0.25, 0), VERDICT_FAILS);
  ck_assert_int_eq(quantile(0.75, 0.25, 0.75, 0), VERDICT_HOLDS);
  ck_assert_int_eq(quantile(0.25, 0, 0.25, 0.25), VERDICT_HOLDS);
  ck_assert_int_eq(quantile(0.75, 0.125, 0.75, 0), VERDICT_FAILS);
  ck_assert_int_eq(quantile(0.25, 0, 0.25, 0.125), VERDICT_FAILS);
}
END_TEST

static verdict mean(double val, double err, double plain, double plain_error, double error) {
  return exact_distribution_mean((law_value){val, err}, (law_value){plain, plain_error}, 0.5, error,
                                 &note);
}

START_TEST(test_planted_mean) {
  for (int side = -1; side <= 1; side += 2) {
    ck_assert_int_eq(mean(0.5 + side * 0x1p-10, 0, 0.5, 0, 0x1p-10), VERDICT_HOLDS);
    ck_assert_int_eq(mean(0.5 + side * (0x1p-10 + 0.99e-8), 0, 0.5, 0, 0x1p-10), VERDICT_HOLDS);
    ck_assert_int_eq(mean(0.5 + side * (0x1p-10 + 1.01e-8), 0, 0.5, 0, 0x1p-10), VERDICT_FAILS);
    ck_assert_int_eq(mean(0.5 + side * 0x3p-10, 0x1p-9, 0.5, 0, 0x1p-10), VERDICT_HOLDS);
    ck_assert_int_eq(mean(0.5, 0, 0.5 + side * 0x1p-10, 0, 0x1p-10), VERDICT_HOLDS);
    ck_assert_int_eq(mean(0.5, 0, 0.5 + side * 0x1.001p-10, 0, 0x1p-10), VERDICT_FAILS);
    ck_assert_int_eq(mean(0.5, 0, 0.5 + side * 0x1.001p-10, 1e-8, 0x1p-10), VERDICT_FAILS);
    ck_assert_int_eq(mean(0.5, 0, 0.5 + side * 0.1, nextafter(1e-8, 1), 0), VERDICT_HOLDS);
    ck_assert_int_eq(mean(0.5 + side * 0.1, 0, 0.5, INFINITY, 0), VERDICT_FAILS);
  }
  ck_assert_int_eq(mean(NAN, 0, 0.5, 0, 0), VERDICT_FAILS);
}
END_TEST

/* The law of another pair, or of other numbers of directions, is not taken for the right one; nor
 * that of the case itself, where it is centred and has two directions. */
START_TEST(test_planted_laws) {
  for (int which = 0; which < 16; which++) {
    const bool pair = which & 1, equal = which & 2, own = which & 4, shifted = which & 8;
    double a[] = {0, shifted ? 1 : 0};
    law_case c = {.d = 2, .k = 1, .ratio = 3.0, .a = a};
    const double w[] = {9, 1}, off[] = {9 + 1e-5, 1}, one[] = {1, 1, 1};
    alignment_law_independent(NULL, pair ? off : w, 2, 1, &c.pair, NULL);
    alignment_law_independent(NULL, own ? off : w, 2, 1, &c.law, NULL);
    alignment_law_independent(NULL, one, equal ? 3 : 2, 1, &c.equal, NULL);
    const verdict fails = VERDICT_FAILS, holds = VERDICT_HOLDS;
    ck_assert_int_eq(exact_distribution_closed_forms(&c, &note),
                     pair || equal || (own && !shifted) ? fails : holds);
    a[0] = a[1];
    a[1] = 0;
    ck_assert_int_eq(exact_distribution_closed_forms(&c, &note),
                     pair || equal || (own && !shifted) ? fails : holds);
    alignment_law_free(c.pair);
    c.pair = NULL;
    ck_assert_int_eq(exact_distribution_closed_forms(&c, &note), equal ? fails : holds);
    alignment_law_free(c.equal);
    alignment_law_independent(NULL, one, 3, equal ? 1 : 2, &c.equal, NULL);
    c.d = 3;
    c.k = 2;
    ck_assert_int_eq(exact_distribution_closed_forms(&c, &note), equal ? fails : holds);
    alignment_law_free(c.equal);
    alignment_law_free(c.law);
  }
}
END_TEST

/* The mean is asked in up to 6 directions.  A correlation is seen. */
START_TEST(test_planted_correlation) {
  for (size_t d = 2; d <= 7; d++)
    for (size_t at = 1; at < d; at++) {
      double lambda[7], g[7], v[7];
      for (size_t i = 0; i < d; i++) {
        lambda[i] = 8 - (double)i;
        g[i] = 0;
        v[i] = 1;
      }
      quadratic *q = quadratic_literal(d, at, lambda, g, v, 0.0);
      const verdict usual = d <= 6 ? VERDICT_HOLDS : VERDICT_VACUOUS;
      ck_assert_int_eq(support_check(&exact_distribution_claim, "mean_is_integral", q), usual);
      quadratic_free(q);
    }
  quadratic *q = law_case_correlated();
  ck_assert_int_eq(support_check(&exact_distribution_claim, "closed_forms", q), VERDICT_FAILS);
  ck_assert_int_eq(support_check(&exact_distribution_claim, "rises_from_0_to_1", q), VERDICT_HOLDS);
  ck_assert_int_eq(support_check(&exact_distribution_claim, "quantiles_undo_it", q), VERDICT_HOLDS);
  const conclusion *enough = exact_distribution_claim.further[0].without;
  ck_assert_int_eq(enough->check(q, &note), VERDICT_FAILS);
  for (size_t i = 0; i < 2; i++) /* none */
    gsl_matrix_set(q->covariance, i, 1 - i, 0.0);
  ck_assert_int_eq(enough->check(q, &note), VERDICT_HOLDS);
  for (size_t i = 0; i < 2; i++)
    gsl_matrix_set(q->covariance, i, 1 - i, 1e-3);
  ck_assert_int_eq(enough->check(q, &note), VERDICT_FAILS);
  quadratic_free(q);
}
END_TEST

/* Up to 20 directions in seven of ten instances, else up to 200, of which two thirds have no more
 * than 20 either: 0.9 of all, with three standard deviations, not 0.78; noise in all. */
START_TEST(test_instances) {
  int few = 0, many = 0;
  for (size_t n = 0; n < 400; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "T5c", n));
    diagnostic diag = {0, ""};
    quadratic *q = exact_distribution_claim.generate(rng, &diag);
    ck_assert_msg(q != NULL, "%s", diag.message);
    ck_assert_uint_le(q->d, 200);
    for (size_t i = 0; i < q->d; i++)
      ck_assert(q->v[i] > 0.0);
    few += q->d <= 20;
    many += q->d > 100;
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_msg(few >= 342 && few <= 378 && many > 0, "%d with up to 20, %d with more than 100",
                few, many);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T5c exact_distribution");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_planted_values);
  tcase_add_test(core, test_planted_quantile);
  tcase_add_test(core, test_planted_mean);
  tcase_add_test(core, test_planted_laws);
  tcase_add_test(core, test_instances);
  tcase_add_test(core, test_hand_stationary);
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_planted_correlation);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
