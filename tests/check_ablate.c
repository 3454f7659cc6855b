/* src/verify/ablate: hypotheses that are needed are found needed, others are not. */
#include "config.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/opposite_effects.h"
#include "claims/regime_threshold.h"
#include "claims/self_correction.h"
#include "claims/two_phases.h"
#include "families/quadratic_family.h"
#include "model/random.h"
#include "verify/ablate.h"

static ablate_report *search(const claim *c, uint64_t seed) {
  const verify_options options = {.seed = seed, .trials_factor = 1.0};
  ablate_report *report = NULL;
  diagnostic diag = {GSL_SUCCESS, ""};
  ck_assert_msg(ablate_run(c, &options, &report, &diag) == GSL_SUCCESS, "%s", diag.message);
  return report;
}

/* --- a hypothesis that is needed, and one that is not ------------------------------------------
 */

/* "lambda_1 > lambda_{k+1}": true by the gap, whatever the gradient. */
static verdict check_top_is_above(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  claim_note_set(note, "lambda_1 = %g", q->lambda[0]);
  return q->lambda[0] > q->lambda[q->k] ? VERDICT_HOLDS : VERDICT_FAILS;
}

static bool drop_gap(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  (void)rng;
  for (size_t i = 0; i < q->d; i++)
    q->lambda[i] = q->lambda[0];
  return true;
}

static bool drop_gradient(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  (void)rng;
  for (size_t i = 0; i < q->k; i++)
    q->g[i] = 0.0;
  return true;
}

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.d_most = 30};
  return quadratic_generate(rng, &aim, diag);
}

static const hypothesis hypotheses[] = {{.name = "gap",
                                         .statement = "gap",
                                         .holds = quadratic_has_gap,
                                         .dropped = {.remark = "", .violate = drop_gap}},
                                        {.name = "interior",
                                         .statement = "interior",
                                         .holds = quadratic_is_interior,
                                         .dropped = {.remark = "", .violate = drop_gradient}},
                                        {0}};
static const conclusion conclusions[] = {
    {"top_is_above", "top", check_top_is_above, DECIDED_BY_SIGN, NULL}, {0}};
static const coverage coverages[] = {{0}};

START_TEST(test_needed_and_not_needed) {
  const claim toy = {.id = "X",
                     .stem = "x",
                     .title = "x",
                     .statement = "x",
                     .source = "here",
                     .uses = "",
                     .family = &quadratic_family,
                     .generate = generate,
                     .trials = 200,
                     .hypotheses = hypotheses,
                     .conclusions = conclusions,
                     .coverages = coverages};
  ablate_report *report = search(&toy, RANDOM_DEFAULT_SEED);
  ck_assert_uint_eq(report->count, 2);
  const ablate_result *gap = &report->result[0], *interior = &report->result[1];
  ck_assert_int_eq(gap->outcome, ABLATE_RANDOM);
  ck_assert(gap->d == 2 && gap->k == 1 && gap->certified && gap->minimal);
  ck_assert(!quadratic_has_gap(gap->found) && quadratic_is_interior(gap->found));
  claim_note note;
  ck_assert_int_eq(check_top_is_above(gap->found, &note), VERDICT_FAILS);
  ck_assert_int_eq(interior->outcome, ABLATE_NONE);
  ck_assert(interior->admitted > 0 && interior->found == NULL);
  ablate_report_free(report);
}
END_TEST

/* --- the claims of the main paper --------------------------------------------------------------
 */

static const struct {
  const claim *claim;
  const char *hypothesis;
} listed[] = {{&critical_step_claim, "gap"},          {&critical_step_claim, "unbiased"},
              {&critical_step_claim, "interior"},     {&critical_step_claim, "low_regime"},
              {&critical_step_claim, "mean_field"},   {&self_correction_claim, "gap"},
              {&self_correction_claim, "unbiased"},   {&self_correction_claim, "high_regime"},
              {&self_correction_claim, "mean_field"}, {&opposite_effects_claim, "unbiased"},
              {&opposite_effects_claim, "interior"},  {&two_phases_claim, "gap"},
              {&two_phases_claim, "stable_step"},     {&two_phases_claim, "large_start"},
              {&two_phases_claim, "positive_noise"},  {&two_phases_claim, "constant_step"}};

/* Found, not only by hand; and what was found violates that hypothesis alone and fails. */
START_TEST(test_listed_hypotheses_are_needed) {
  const claim *c = listed[_i].claim;
  ablate_report *report = search(c, RANDOM_DEFAULT_SEED);
  bool found = false;
  for (size_t i = 0; i < report->count; i++) {
    const ablate_result *r = &report->result[i];
    if (strcmp(r->name, listed[_i].hypothesis) != 0 || r->found == NULL)
      continue;
    found = true;
    claim_note note;
    ck_assert_int_eq(r->conclusion->check(r->found, &note), VERDICT_FAILS);
    const hypothesis *h = c->hypotheses;
    while (h->name != NULL && strcmp(h->name, r->name) != 0)
      h++;
    ck_assert(h->name != NULL && !h->holds(r->found));
    ck_assert_ptr_null(claim_violated(c, r->found, h));
  }
  ck_assert_msg(found, "%s without %s: no counterexample found", c->id, listed[_i].hypothesis);
  ablate_report_free(report);
}
END_TEST

START_TEST(test_same_seed_same_report) {
  ablate_report *first = search(&critical_step_claim, 7), *again = search(&critical_step_claim, 7);
  ck_assert_uint_eq(first->count, again->count);
  for (size_t i = 0; i < first->count; i++) {
    ck_assert_uint_eq(first->result[i].trial_seed, again->result[i].trial_seed);
    ck_assert_uint_eq(first->result[i].found_after, again->result[i].found_after);
    ck_assert_double_eq(first->result[i].complexity, again->result[i].complexity);
  }
  ablate_report_free(first);
  ablate_report_free(again);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("ablate");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, 120);
  tcase_add_test(core, test_needed_and_not_needed);
  tcase_add_loop_test(core, test_listed_hypotheses_are_needed, 0, sizeof listed / sizeof *listed);
  tcase_add_test(core, test_same_seed_same_report);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
