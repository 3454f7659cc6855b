/* T5d: theory/true_critical_step, src/claims/true_critical_step. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/mean_field_gap.h"
#include "claims/true_critical_step.h"
#include "families/quadratic_family.h"
#include "model/random.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&true_critical_step_claim);
}
END_TEST

/* By symmetry: lambda = (10, 1), g = (1, 1), v = (1, 1) at eta = 1/11 has a = (1/11, 10/11), w =
 * (100, 1)/121. Nothing is symmetric for normals there (it is for two signs), but the change has a
 * sign of its own, and the root is where that sign turns. */
START_TEST(test_hand_root) {
  quadratic *q = support_hand_instance();
  law_value root, below, above;
  diagnostic diag = {0, ""};
  ck_assert_msg(true_critical_step_of(q, &root, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert(root.val > 1.0 / 11 && root.err < 1e-6 * root.val);
  ck_assert_int_eq(true_critical_step_change(q, root.val * 0.999, &below, &diag), GSL_SUCCESS);
  ck_assert_int_eq(true_critical_step_change(q, root.val * 1.001, &above, &diag), GSL_SUCCESS);
  ck_assert(below.val < 0 && above.val > 0);
  quadratic_free(q);
}
END_TEST

/* In many dimensions the true step is near the mean-field one: twenty copies of every direction of
 * the hand instance, forty directions in all; four hundred are nearer still. */
START_TEST(test_dimension_brings_them_together) {
  double distance[2];
  for (int n = 0; n < 2; n++) {
    const size_t copies = n == 0 ? 20 : 200;
    quadratic *q = quadratic_alloc(2 * copies, copies);
    for (size_t i = 0; i < 2 * copies; i++) {
      q->lambda[i] = i < copies ? 10 : 1;
      q->g[i] = 1;
      q->v[i] = 1;
    }
    law_value root;
    ck_assert_int_eq(true_critical_step_of(q, &root, NULL), GSL_SUCCESS);
    distance[n] = fabs(11 * root.val - 1);
    ck_assert(11 * root.err < 0.01 * distance[n]);
    quadratic_free(q);
  }
  ck_assert(distance[0] < 0.2);
  ck_assert(distance[1] > distance[0] / 15 && distance[1] < distance[0] / 7);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = support_hand_instance();
  law_value found = {7, 7};
  diagnostic diag = {0, ""};
  q->g[0] = 0;
  ck_assert_int_eq(true_critical_step_of(q, &found, &diag), GSL_EDOM);
  q->g[1] = 0;
  ck_assert_int_eq(true_critical_step_change(q, 0.1, &found, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "gradient is 0"));
  ck_assert(found.val == 7);
  quadratic_free(q);
}
END_TEST

/* --- the search, on changes that are known ---------------------------------------------------- */

/* ln(eta/root), or its sign alone, with its errors below and above the root; 0 up to `flat`, of a
 * code of its own from `broken` on, whose calls are counted. */
typedef struct {
  double root, below_error, above_error, flat, broken;
  bool sign_alone;
  double *eta; /* of the first CALLS calls, or NULL */
  size_t *calls;
} known_change;

enum { CALLS = 400 };

static int known(const void *argument, double eta, law_value *change, diagnostic *diag) {
  (void)diag;
  const known_change *c = argument;
  if (c->eta != NULL && *c->calls < CALLS)
    c->eta[(*c->calls)++] = eta;
  if (c->broken > 0 && eta >= c->broken)
    return GSL_ESING;
  change->val = log(eta / c->root);
  if (c->sign_alone)
    change->val = change->val < 0 ? -1 : 1;
  if (eta <= c->flat)
    change->val = 0;
  change->err = eta < c->root ? c->below_error : c->above_error;
  return GSL_SUCCESS;
}

static int search(const known_change *c, law_value *eta, diagnostic *diag) {
  return true_critical_step_search(known, c, 64.0, eta, diag);
}

/* The error is 1e-12 times the first power of 4 that is beyond both errors, in ln eta. */
START_TEST(test_search_reaches_certain_signs) {
  static const double errors[][2] = {{0, 0},       {1e-7, 0},  {0, 1e-7}, {1e-3, 1e-5},
                                     {1e-5, 1e-3}, {0.1, 0.1}, {0.25, 0}, {0, 0.25}};
  for (size_t n = 0; n < sizeof errors / sizeof *errors; n++) {
    const known_change c = {.root = 17, .below_error = errors[n][0], .above_error = errors[n][1]};
    law_value eta;
    diagnostic diag = {0, ""};
    ck_assert_int_eq(search(&c, &eta, &diag), GSL_SUCCESS);
    double reach = 1e-12;
    while (reach <= fmax(errors[n][0], errors[n][1]))
      reach *= 4;
    ck_assert_double_eq_tol(eta.val / 17, 1, 1e-13);
    ck_assert_double_eq_tol(eta.err / (17 * expm1(reach)), 1, 1e-9);
  }
}
END_TEST

/* No reach below 1/2 is enough, or none at all: a sign with an error of 1 is certain nowhere. */
START_TEST(test_search_says_where_it_cannot_tell) {
  const known_change uncertain[] = {
      {.root = 17, .below_error = 0.3},
      {.root = 17, .above_error = 0.3},
      {.root = 17, .sign_alone = true, .below_error = 1},
      {.root = 17, .sign_alone = true, .above_error = 1},
  };
  for (size_t n = 0; n < sizeof uncertain / sizeof *uncertain; n++) {
    law_value eta = {7, 7};
    diagnostic diag = {0, ""};
    ck_assert_int_eq(search(&uncertain[n], &eta, &diag), GSL_ELOSS);
    ck_assert_ptr_nonnull(strstr(diag.message, "near 17 "));
    ck_assert(eta.val == 7 && eta.err == 7);
  }
}
END_TEST

/* From unit/64 on by factors of 5/4, over 20 doublings; a change that is 0 is no rise. */
START_TEST(test_search_scans) {
  double eta[CALLS];
  size_t calls = 0;
  law_value found;
  diagnostic diag = {0, ""};
  known_change c = {.root = 1e9, .eta = eta, .calls = &calls};
  ck_assert_int_eq(search(&c, &found, &diag), GSL_ERUNAWAY);
  ck_assert_ptr_nonnull(strstr(diag.message, "falls at every step up to"));
  ck_assert_uint_eq(calls, 64); /* (5/4)^62 < 2^20 < (5/4)^63 */
  for (size_t n = 0; n < calls; n++)
    ck_assert_double_eq_tol(eta[n] / pow(1.25, (double)n), 1, 1e-12);
  calls = 0;
  c.root = 0.5;
  ck_assert_int_eq(search(&c, &found, &diag), GSL_ERUNAWAY);
  ck_assert_ptr_nonnull(strstr(diag.message, "rises at 1 already"));
  ck_assert_uint_eq(calls, 1);
  c.root = 3;
  c.flat = 1.1;
  ck_assert_int_eq(search(&c, &found, &diag), GSL_SUCCESS);
  ck_assert_double_eq_tol(found.val, 3, 1e-12);
}
END_TEST

/* The code of a change that breaks in the scan, or below the root after it. */
START_TEST(test_search_hands_codes_on) {
  law_value found = {7, 7};
  diagnostic diag = {0, ""};
  known_change c = {.root = 17, .broken = 5};
  ck_assert_int_eq(search(&c, &found, &diag), GSL_ESING);
  c.broken = 1;
  ck_assert_int_eq(search(&c, &found, &diag), GSL_ESING);
  c.broken = 17; /* the scan's first step above the root */
  ck_assert_int_eq(search(&c, &found, &diag), GSL_ESING);
  ck_assert(found.val == 7);
}
END_TEST

/* --- the conclusions on readings that are given ----------------------------------------------- */

/* |field| = 1/2 against CV(S)/2 + error, and the change against its error. */
START_TEST(test_planted_fall) {
  static const struct {
    double field, spread;
    law_value change;
    verdict expected;
  } planted[] = {
      {-0.5, 0.5, {-1, 0.125}, VERDICT_HOLDS},      {0.5, 0.5, {-1, 0.125}, VERDICT_HOLDS},
      {-0.5, 0.75, {-1, 0.125}, VERDICT_VACUOUS}, /* 3/8 + 1/8 */
      {-0.5, 0.75, {-1, 0.1249}, VERDICT_HOLDS},    {-0.5, 0.7499, {-1, 0.125}, VERDICT_HOLDS},
      {-0.5, 0.5, {1, 0.125}, VERDICT_FAILS},       {-0.5, 0.5, {0.125, 0.125}, VERDICT_VACUOUS},
      {-0.5, 0.5, {0.1251, 0.125}, VERDICT_FAILS},  {-0.5, 0.5, {-0.125, 0.125}, VERDICT_VACUOUS},
      {-0.5, 0.5, {-0.1251, 0.125}, VERDICT_HOLDS}, {-0.5, 0.5, {0, 0.125}, VERDICT_VACUOUS},
  };
  for (size_t n = 0; n < sizeof planted / sizeof *planted; n++) {
    claim_note note = {"", 0};
    const true_critical_step_readings r = {.eta = {2, 0},
                                           .change = planted[n].change,
                                           .field = planted[n].field,
                                           .spread = planted[n].spread};
    ck_assert_int_eq(true_critical_step_expect_fall(&r, &note), planted[n].expected);
    ck_assert_int_eq(strncmp(note.text, "eta = 0x1p+1:", 13) == 0,
                     planted[n].expected == VERDICT_FAILS);
  }
}
END_TEST

/* The band is CV(S)/2 = 1/4 and the larger of the two ends, error and all. */
START_TEST(test_planted_root) {
  static const struct {
    law_value below, above;
    double field;
    verdict expected;
  } planted[] = {
      {{-0.125, 0.0625}, {0.0625, 0.0625}, 0.4375, VERDICT_HOLDS},
      {{-0.125, 0.0625}, {0.0625, 0.0625}, -0.4375, VERDICT_HOLDS},
      {{-0.125, 0.0625}, {0.0625, 0.0625}, 0.4376, VERDICT_FAILS},
      {{-0.125, 0.0625}, {0.0625, 0.0625}, -0.4376, VERDICT_FAILS},
      {{-0.0625, 0.0625}, {0.125, 0.0625}, 0.4375, VERDICT_HOLDS},
      {{-0.0625, 0.0625}, {0.125, 0.0625}, 0.4376, VERDICT_FAILS},
      {{0, 0.0625}, {0.0625, 0.0625}, 0, VERDICT_FAILS},
      {{-0.125, 0.0625}, {0, 0.0625}, 0, VERDICT_FAILS},
      {{0.125, 0.0625}, {0.0625, 0.0625}, 0, VERDICT_FAILS},
      {{-0.125, 0.0625}, {-0.0625, 0.0625}, 0, VERDICT_FAILS},
  };
  for (size_t n = 0; n < sizeof planted / sizeof *planted; n++) {
    claim_note note = {"", 0};
    const true_critical_step_readings r = {.eta = {2, 0.125},
                                           .change = planted[n].below,
                                           .above = planted[n].above,
                                           .field = planted[n].field,
                                           .spread = 0.5};
    ck_assert_int_eq(true_critical_step_expect_root(&r, &note), planted[n].expected);
  }
  claim_note note = {"", 0};
  true_critical_step_readings r = {.eta = {4, 0.1 * 4}, .change = {-1, 0}, .above = {1, 0}};
  ck_assert_int_eq(true_critical_step_expect_root(&r, &note), VERDICT_UNDECIDED);
  r.eta.err = nextafter(0.1 * 4, 0);
  ck_assert_int_eq(true_critical_step_expect_root(&r, &note), VERDICT_HOLDS);
}
END_TEST

/* --- the change itself ------------------------------------------------------------------------ */

static law_value change_of(const quadratic *q, double eta) {
  law_value change;
  diagnostic diag = {0, ""};
  ck_assert_msg(true_critical_step_change(q, eta, &change, &diag) == GSL_SUCCESS, "%s",
                diag.message);
  return change;
}

/* The error of the law's expectation and (2 gamma_12 + gamma_4) alpha. */
START_TEST(test_error_of_the_change) {
  quadratic *q = quadratic_pair(10, 1, 1, 2, 1, 1);
  alignment_law *law;
  law_value mean;
  ck_assert_int_eq(alignment_law_after_step(q, 0.1, &law, NULL), GSL_SUCCESS);
  ck_assert_int_eq(alignment_law_mean(law, &mean), GSL_SUCCESS);
  alignment_law_free(law);
  const law_value change = change_of(q, 0.1);
  ck_assert_double_eq_tol(change.val, mean.val - 0.2, 1e-15);
  const double rest = 28 * 0x1p-53 * 0.2;
  ck_assert_double_eq_tol((change.err - mean.err) / rest, 1, 1e-6 + 1e-15 * mean.err / rest);
  quadratic_free(q);
}
END_TEST

/* The smaller of alpha and 1 - alpha keeps its digits: with next to no noise the change is that of
 * the mean field, (1 - eta lambda)^2 times what it was. */
START_TEST(test_change_keeps_its_digits) {
  quadratic *q = quadratic_pair(10, 1, 1, 1e-10, 1e-30, 1e-50);
  law_value change = change_of(q, 0.05);
  ck_assert_double_eq_tol(change.val / (1e-20 * (1 - 0.9025 / 0.25)), 1, 1e-8);
  ck_assert(change.err < 1e-28);
  quadratic_free(q);
  q = quadratic_pair(10, 1, 1e-10, 1, 1e-50, 1e-30);
  change = change_of(q, 0.05);
  ck_assert_double_eq_tol(change.val / (1e-20 * (0.25 / 0.9025 - 1)), 1, 1e-8);
  ck_assert(change.err < 1e-28);
  quadratic_free(q);
}
END_TEST

/* A gradient in one of the sets alone has an alignment, 0 or 1, and noise changes it. */
START_TEST(test_change_from_the_ends) {
  quadratic *q = quadratic_pair(10, 1, 0, 1, 1, 1);
  ck_assert(change_of(q, 0.1).val > 0);
  q->g[0] = 1;
  q->g[1] = 0;
  ck_assert(change_of(q, 0.1).val < 0);
  quadratic_free(q);
}
END_TEST

/* A correlated law whose mean is not good to 1e-10 of itself is taken with the error it has. */
START_TEST(test_change_with_correlated_noise) {
  quadratic *q = quadratic_pair(2, 1, 1e-8, 1, 1e-16, 1);
  q->covariance = gsl_matrix_calloc(2, 2);
  gsl_matrix_set(q->covariance, 0, 0, 1e-16);
  gsl_matrix_set(q->covariance, 1, 1, 1);
  gsl_matrix_set(q->covariance, 0, 1, 0.5e-8);
  gsl_matrix_set(q->covariance, 1, 0, 0.5e-8);
  alignment_law *law;
  law_value mean;
  ck_assert_int_eq(alignment_law_after_step(q, 0.1, &law, NULL), GSL_SUCCESS);
  ck_assert_int_eq(alignment_law_mean(law, &mean), GSL_ETOL);
  alignment_law_free(law);
  ck_assert(change_of(q, 0.1).err >= mean.err);
  quadratic_free(q);
}
END_TEST

/* High, with noise in many bulk directions: the scan goes up from 1/(64 lambda_1) in 63 factors of
 * 5/4. */
START_TEST(test_high_regime_is_scanned_from_the_curvature) {
  quadratic *q = quadratic_alloc(16, 8);
  for (size_t i = 0; i < 16; i++) {
    q->lambda[i] = i < 8 ? 10.0 - (double)i / 8 : 1;
    q->g[i] = 1;
    q->v[i] = i < 8 ? 1 : 1000;
  }
  law_value found;
  diagnostic diag = {0, ""};
  ck_assert_int_eq(true_critical_step_of(q, &found, &diag), GSL_ERUNAWAY);
  static const char words[] = "the true expected alignment falls at every step up to ";
  ck_assert(strncmp(diag.message, words, strlen(words)) == 0);
  ck_assert_double_eq_tol(strtod(diag.message + strlen(words), NULL) / (0.1 / 64 * pow(1.25, 63)),
                          1, 1e-5);
  quadratic_free(q);
}
END_TEST

static const conclusion *find(const char *name) {
  const conclusion *x = claim_find_conclusion(&true_critical_step_claim, name);
  ck_assert_ptr_nonnull(x);
  return x;
}

/* 1 - |mean-field change|/(CV(S)/2) at the root. */
START_TEST(test_margin) {
  quadratic *q = support_hand_instance();
  law_value root;
  ck_assert_int_eq(true_critical_step_of(q, &root, NULL), GSL_SUCCESS);
  const double field = one_step_mean_field_alignment(q, root.val) - 0.5;
  ck_assert_double_eq_tol(find("root_in_band")->margin(q),
                          1 - 2 * fabs(field) / mean_field_gap_spread(q, root.val), 1e-14);
  quadratic_free(q);
}
END_TEST

/* The small steps are 2^-2, 2^-7 and 2^-12 eta*.  At the second the counterexample without a gap,
 * eta* = -6, fails: at the first its band leaves either sign.  The last one is the only one to be
 * outside of the band where |mean-field change| and CV(S)/2 are the same at 2^-9 eta*. */
START_TEST(test_small_steps) {
  claim_note note = {"", 0};
  quadratic *q = support_hypothesis(&true_critical_step_claim, "gap")->dropped.instance();
  ck_assert_int_eq(find("falls_for_small_steps")->check(q, &note), VERDICT_FAILS);
  ck_assert_msg(strncmp(note.text, "eta = 0x1.8p-5:", 15) == 0, "%s", note.text);
  quadratic_free(q);

  double low = 1e-6, high = 10;
  for (int n = 0; n < 60; n++) {
    const double v = sqrt(low * high);
    q = quadratic_pair(10, 1, 1, 1, v, v);
    one_step_moments m;
    critical_step step;
    one_step_moments_of(q, &m);
    ck_assert_int_eq(critical_step_of(&m, &step), GSL_SUCCESS);
    const double eta = step.eta_star / 512;
    if (fabs(one_step_mean_field_alignment(q, eta) - 0.5) > 0.5 * mean_field_gap_spread(q, eta))
      low = v;
    else
      high = v;
    quadratic_free(q);
  }
  q = quadratic_pair(10, 1, 1, 1, low, low);
  ck_assert_int_eq(find("falls_for_small_steps")->check(q, &note), VERDICT_HOLDS);
  quadratic_free(q);
  q = quadratic_pair(10, 1, 1, 1, 2 * low, 2 * low);
  ck_assert_int_eq(find("falls_for_small_steps")->check(q, &note), VERDICT_VACUOUS);
  quadratic_free(q);
}
END_TEST

START_TEST(test_labels) {
  static const struct {
    size_t d;
    bool few, many;
  } cases[] = {{4, true, false}, {5, false, false}, {40, false, false}, {41, false, true}};
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    quadratic *q = quadratic_alloc(cases[n].d, 1);
    ck_assert_int_eq(support_coverage(&true_critical_step_claim, "at most 4 directions")->holds(q),
                     cases[n].few);
    ck_assert_int_eq(
        support_coverage(&true_critical_step_claim, "more than 40 directions")->holds(q),
        cases[n].many);
    quadratic_free(q);
  }
}
END_TEST

/* "The noise of the bulk one common random number." */
START_TEST(test_correlated_counterexample_is_that_of_its_remark) {
  quadratic *q = support_hypothesis(&true_critical_step_claim, "uncorrelated")->dropped.instance();
  ck_assert(q->d == 32 && q->k == 16);
  for (size_t i = 0; i < 32; i++)
    for (size_t j = 0; j < 32; j++)
      ck_assert(gsl_matrix_get(q->covariance, i, j) == (i < 16 && i == j     ? 1
                                                        : i >= 16 && j >= 16 ? 4
                                                                             : 0));
  quadratic_free(q);
}
END_TEST

/* Above 1e-4/lambda_1, and now and then not above 1e-4/lambda_2. */
START_TEST(test_states_that_are_drawn) {
  int between = 0;
  gsl_rng *rng = random_alloc(20260111);
  for (int n = 0; n < 200; n++) {
    diagnostic diag = {0, ""};
    quadratic *q = true_critical_step_claim.generate(rng, &diag);
    ck_assert_ptr_nonnull(q);
    one_step_moments m;
    critical_step step;
    one_step_moments_of(q, &m);
    ck_assert_int_eq(critical_step_of(&m, &step), GSL_SUCCESS);
    ck_assert(step.regime == REGIME_LOW && step.eta_star * q->lambda[0] > 1e-4);
    between += !(step.eta_star * q->lambda[1] > 1e-4);
    quadratic_free(q);
  }
  gsl_rng_free(rng);
  ck_assert_int_gt(between, 0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T5d true_critical_step");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_hand_root);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_search_reaches_certain_signs);
  tcase_add_test(core, test_search_says_where_it_cannot_tell);
  tcase_add_test(core, test_search_scans);
  tcase_add_test(core, test_search_hands_codes_on);
  tcase_add_test(core, test_planted_fall);
  tcase_add_test(core, test_planted_root);
  tcase_add_test(core, test_error_of_the_change);
  tcase_add_test(core, test_change_keeps_its_digits);
  tcase_add_test(core, test_change_from_the_ends);
  tcase_add_test(core, test_change_with_correlated_noise);
  tcase_add_test(core, test_high_regime_is_scanned_from_the_curvature);
  tcase_add_test(core, test_margin);
  tcase_add_test(core, test_small_steps);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_correlated_counterexample_is_that_of_its_remark);
  tcase_add_test(core, test_states_that_are_drawn);
  tcase_add_test(core, test_dimension_brings_them_together);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
