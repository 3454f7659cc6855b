/* src/verify/ablate: searches that must find, that must not, and that need the margin; and every
 * ablation that the theorems are said to need, found on three seeds. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/registry.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "verify/ablate.h"

/* --- a family of plain numbers -------------------------------------------------------------- */

static double value_of(const void *instance) {
  return *(const double *)instance;
}

static void *number(double x) {
  double *instance = malloc(sizeof *instance);
  if (instance != NULL)
    *instance = x;
  return instance;
}

static void number_free(void *instance) {
  free(instance);
}

static void number_print(FILE *stream, const void *instance) {
  fprintf(stream, "%a\n", value_of(instance));
}

static void number_size(const void *instance, size_t *d, size_t *k) {
  (void)instance;
  *d = 2;
  *k = 1;
}

/* Fewer binary digits after the point. */
static void *number_simplify(const void *instance, size_t attempt, bool *done) {
  const double x = value_of(instance), unit = ldexp(1.0, (int)attempt);
  *done = attempt > 60;
  if (*done || floor(x * unit) / unit == x)
    return NULL;
  return number(floor(x * unit) / unit);
}

/* How many binary digits x has after the point. */
static double number_complexity(const void *instance) {
  double x = value_of(instance), digits = 0.0;
  for (; floor(x) != x && digits < 200.0; x *= 2.0)
    digits += 1.0;
  return digits;
}

static void *number_perturb(const void *instance, gsl_rng *rng) {
  const double reach = random_log_uniform(rng, 1e-12, 1.0);
  return number(value_of(instance) + reach * random_uniform(rng, -1.0, 1.0));
}

static const family numbers = {.name = "number",
                               .free = number_free,
                               .print = number_print,
                               .size = number_size,
                               .simplify = number_simplify,
                               .complexity = number_complexity,
                               .perturb = number_perturb};

static void *draw(gsl_rng *rng, diagnostic *diag) {
  (void)diag;
  return number(random_uniform(rng, 0.0, 1.0));
}

static void *no_instance(gsl_rng *rng, diagnostic *diag) {
  (void)rng;
  diagnostic_set(diag, GSL_EFAILED, "nothing to draw from");
  return NULL;
}

/* --- what is said of numbers ---------------------------------------------------------------- */

static bool below_one(const void *instance) {
  return value_of(instance) < 1.0;
}

static bool above_zero(const void *instance) {
  return value_of(instance) >= 0.0;
}

static bool below_half(const void *instance) {
  return value_of(instance) < 0.5;
}

static bool lift(void *instance, gsl_rng *rng) {
  *(double *)instance += 1.0 + random_uniform(rng, 0.0, 1.0);
  return true;
}

static bool lift_into_both(void *instance, gsl_rng *rng) {
  (void)rng;
  *(double *)instance = -5.0;
  return true;
}

static verdict at_most_one(const void *instance, claim_note *note) {
  claim_note_set(note, "x = %a", value_of(instance));
  return value_of(instance) <= 1.0 ? VERDICT_HOLDS : VERDICT_FAILS;
}

static verdict at_most_three(const void *instance, claim_note *note) {
  (void)note;
  return value_of(instance) <= 3.0 ? VERDICT_HOLDS : VERDICT_FAILS;
}

/* A needle: fails within 1e-9 of 1.37 alone. */
static double needle_margin(const void *instance) {
  return fabs(value_of(instance) - 1.37) - 1e-9;
}

static verdict is_no_needle(const void *instance, claim_note *note) {
  (void)note;
  return needle_margin(instance) >= 0.0 ? VERDICT_HOLDS : VERDICT_FAILS;
}

static verdict in_lower_half(const void *instance, claim_note *note) {
  (void)note;
  return value_of(instance) < 0.5 ? VERDICT_HOLDS : VERDICT_FAILS;
}

static void *by_hand(void) {
  return number(1.6875); /* four digits */
}

static void *no_counterexample(void) {
  return number(0.25);
}

static const conclusion said[] = {
    {"at_most_one", "$x\\le1$", at_most_one, DECIDED_BY_SIGN, NULL},
    {"at_most_three", "$x\\le3$", at_most_three, DECIDED_BY_BOUND, NULL},
    {0}};
static const conclusion hides[] = {
    {"no_needle", "$x$ is not there", is_no_needle, DECIDED_BY_BOUND, needle_margin}, {0}};
static const conclusion hides_blindly[] = {
    {"no_needle", "$x$ is not there", is_no_needle, DECIDED_BY_BOUND, NULL}, {0}};
static const conclusion halves = {"lower_half", "$x<1/2$", in_lower_half, DECIDED_BY_SIGN, NULL};
static const coverage none[] = {{0}};

static claim make(const hypothesis *h, const conclusion *c) {
  const claim made = {.id = "X",
                      .stem = "x",
                      .title = "x",
                      .statement = "x",
                      .source = "here",
                      .uses = "",
                      .family = &numbers,
                      .generate = draw,
                      .trials = 500,
                      .hypotheses = h,
                      .conclusions = c,
                      .coverages = none};
  return made;
}

static verify_options options_of(uint64_t seed) {
  const verify_options options = {.seed = seed, .trials_factor = 1.0};
  return options;
}

static ablate_report *ablate(const claim *c, uint64_t seed) {
  const verify_options options = options_of(seed);
  ablate_report *report = NULL;
  diagnostic diag = {GSL_SUCCESS, ""};
  ck_assert_msg(ablate_run(c, &options, &report, &diag) == GSL_SUCCESS, "%s", diag.message);
  return report;
}

/* --- the engine ----------------------------------------------------------------------------- */

/* Above 1, the fewest digits after the point are 1.5, ... or 2's none: floor(x) of any x in [1, 3)
 * with x > 1 that stays above 1. */
START_TEST(test_needed) {
  static const hypothesis h[] = {
      {"below_one", "$x<1$", below_one, {by_hand, "at_most_one", "$x=27/16$", lift}}, {0}};
  const claim c = make(h, said);
  ablate_report *report = ablate(&c, RANDOM_DEFAULT_SEED);
  const ablate_result *r = ablate_find(report, "below_one", "");
  ck_assert_ptr_nonnull(r);
  ck_assert_int_eq(r->outcome, ABLATE_RANDOM);
  ck_assert_uint_eq(r->found_after, 1);
  ck_assert_uint_eq(r->trials, ABLATE_ENOUGH);
  ck_assert(r->expected && r->certified && r->minimal && r->hand_confirmed);
  ck_assert_str_eq(r->conclusion->name, "at_most_one");
  ck_assert(value_of(r->found) > 1.0 && r->complexity <= 1.0);
  ck_assert(r->complexity == number_complexity(r->found) && r->hand_complexity == 4.0);
  ck_assert_uint_eq(r->tally[0].fails, ABLATE_ENOUGH);
  ck_assert_uint_eq(r->tally[1].holds, ABLATE_ENOUGH);
  ck_assert(strncmp(r->note.text, "x = 0x1", 7) == 0);
  ck_assert_ptr_null(ablate_find(report, "below_one", "another"));
  ck_assert_ptr_null(ablate_find(report, "above_one", ""));
  ablate_report_free(report);
}
END_TEST

/* Dropping x < 1/2 does no harm to x <= 1 on instances in [1/2, 1). */
static bool lift_a_little(void *instance, gsl_rng *rng) {
  *(double *)instance = random_uniform(rng, 0.5, 1.0);
  return true;
}

START_TEST(test_unneeded) {
  static const hypothesis h[] = {
      {"below_half", "$x<1/2$", below_half, {NULL, NULL, "not needed", lift_a_little}},
      {"below_one", "$x<1$", below_one, {NULL, NULL, "no way is known", NULL}},
      {0}};
  const claim c = make(h, said);
  ablate_report *report = ablate(&c, RANDOM_DEFAULT_SEED);
  const ablate_result *r = ablate_find(report, "below_half", "");
  ck_assert_int_eq(r->outcome, ABLATE_NONE);
  ck_assert_uint_eq(r->admitted, ABLATE_TRIALS);
  ck_assert_uint_eq(r->tally[0].holds, ABLATE_TRIALS);
  ck_assert(r->found == NULL && r->hand == NULL && r->conclusion == NULL && r->found_after == 0);
  r = ablate_find(report, "below_one", "");
  ck_assert_int_eq(r->outcome, ABLATE_NOT_SEARCHED);
  ck_assert_uint_eq(r->trials, 0);
  ablate_report_free(report);
}
END_TEST

/* The hypothesis cannot be violated alone: below 0 another one goes. */
START_TEST(test_not_admitted) {
  static const hypothesis h[] = {
      {"below_half", "$x<1/2$", below_half, {NULL, NULL, "x", lift_into_both}},
      {"above_zero", "$x\\ge0$", above_zero, {NULL, NULL, "x", lift}},
      {0}};
  const claim c = make(h, said);
  ablate_report *report = ablate(&c, RANDOM_DEFAULT_SEED);
  for (size_t i = 0; i < report->count; i++) {
    ck_assert_int_eq(report->result[i].outcome, ABLATE_NOT_ADMITTED);
    ck_assert_uint_eq(report->result[i].trials, ABLATE_TRIALS);
    ck_assert_uint_eq(report->result[i].admitted, 0);
  }
  ablate_report_free(report);
}
END_TEST

/* Another conclusion than the one named fails: it is reported, and said not to be the one. A hand
 * counterexample that is none is not confirmed. */
START_TEST(test_other_conclusion) {
  static const hypothesis h[] = {
      {"below_one", "$x<1$", below_one, {no_counterexample, "at_most_three", "x", lift}}, {0}};
  const claim c = make(h, said);
  ablate_report *report = ablate(&c, RANDOM_DEFAULT_SEED);
  const ablate_result *r = &report->result[0];
  ck_assert_int_eq(r->outcome, ABLATE_RANDOM);
  ck_assert_str_eq(r->conclusion->name, "at_most_one");
  ck_assert(!r->expected && r->hand != NULL && !r->hand_confirmed);
  ck_assert_uint_eq(r->admitted, ABLATE_TRIALS); /* the named one was looked for to the end */
  ablate_report_free(report);
}
END_TEST

/* One in 10^9 instances: the margin leads there, chance does not. */
START_TEST(test_directed) {
  static const hypothesis h[] = {
      {"below_one", "$x<1$", below_one, {NULL, "no_needle", "a needle", lift}}, {0}};
  const claim seeing = make(h, hides), blind = make(h, hides_blindly);
  ablate_report *report = ablate(&seeing, RANDOM_DEFAULT_SEED);
  const ablate_result *r = &report->result[0];
  ck_assert_int_eq(r->outcome, ABLATE_DIRECTED);
  ck_assert(r->expected && !r->certified && r->steps > 0);
  ck_assert_uint_eq(r->admitted, ABLATE_TRIALS);
  ck_assert(needle_margin(r->found) < 0.0 && r->least_margin < 0.0);
  ablate_report_free(report);
  report = ablate(&blind, RANDOM_DEFAULT_SEED);
  r = &report->result[0];
  ck_assert_int_eq(r->outcome, ABLATE_NONE);
  ck_assert(r->steps == 0 && isnan(r->least_margin));
  ablate_report_free(report);
}
END_TEST

/* An assumption of one conclusion: the instances stay inside the hypotheses, and where it is met
 * the conclusion is checked as well.  A second way of the hypothesis takes the place of the first
 * where that has no violator. */
START_TEST(test_further) {
  static const hypothesis h[] = {
      {"below_one", "$x<1$", below_one, {by_hand, "at_most_one", "x", NULL}}, {0}};
  static const further_ablation further[] = {
      {"below_one", "lifted", NULL, NULL, NULL, {by_hand, "at_most_one", "x", lift}},
      {"small", "half", "$x<1/2$", below_half, &halves, {NULL, "lower_half", "x", lift_a_little}},
      {0}};
  claim c = make(h, said);
  c.further = further;
  ablate_report *report = ablate(&c, RANDOM_DEFAULT_SEED);
  ck_assert_uint_eq(report->count, 2);
  const ablate_result *r = ablate_find(report, "below_one", "lifted");
  ck_assert(r != NULL && r->outcome == ABLATE_RANDOM && r->expected);
  ck_assert_str_eq(r->statement, "$x<1$");
  ck_assert_uint_eq(r->control, 0);
  r = ablate_find(report, "small", "half");
  ck_assert(r != NULL && r->outcome == ABLATE_RANDOM && r->expected && r->certified);
  ck_assert(value_of(r->found) == 0.5);
  ck_assert(r->control > 0 && r->control_fails == 0);
  ck_assert_uint_eq(r->without.fails, ABLATE_ENOUGH);
  ck_assert_uint_eq(r->tally[0].fails, 0);
  ablate_report_free(report);
}
END_TEST

START_TEST(test_trouble) {
  static const hypothesis h[] = {{"below_one", "$x<1$", below_one, {NULL, NULL, "x", lift}}, {0}};
  claim c = make(h, said);
  c.generate = no_instance;
  const verify_options options = options_of(1);
  ablate_report *report = NULL;
  diagnostic diag = {GSL_SUCCESS, ""};
  ck_assert_int_eq(ablate_run(&c, &options, &report, &diag), GSL_EFAILED);
  ck_assert_str_eq(diag.message, "X: nothing to draw from");
  ck_assert_ptr_null(report);
  c.erratum = "Y"; /* it fails as it stands: there is nothing to drop */
  report = ablate(&c, 1);
  ck_assert_uint_eq(report->count, 0);
  ablate_report_free(report);
}
END_TEST

static ablate_report *ablate_shortly(const claim *c, uint64_t seed) {
  verify_options options = options_of(seed);
  options.trials_factor = 0.1;
  ablate_report *report = NULL;
  diagnostic diag = {GSL_SUCCESS, ""};
  ck_assert_msg(ablate_run(c, &options, &report, &diag) == GSL_SUCCESS, "%s", diag.message);
  return report;
}

static char *json_of(const claim *c, uint64_t seed) {
  ablate_report *report = ablate_shortly(c, seed);
  json_t *json = ablate_json(report);
  ck_assert_ptr_nonnull(json);
  char *text = json_dumps(json, JSON_INDENT(1));
  json_decref(json);
  ablate_report_free(report);
  ck_assert_ptr_nonnull(text);
  return text;
}

START_TEST(test_deterministic) {
  static const char *const ids[] = {"T1", "L4"};
  for (size_t i = 0; i < 2; i++) {
    const claim *c = registry_find(ids[i]);
    char *once = json_of(c, 5), *again = json_of(c, 5), *other = json_of(c, 6);
    ck_assert_str_eq(once, again);
    ck_assert_str_ne(once, other);
    free(once);
    free(again);
    free(other);
  }
}
END_TEST

/* --- the violators -------------------------------------------------------------------------- */

static quadratic *ordinary(gsl_rng *rng) {
  const quadratic_aim aim = {
      .d_most = 12, .positive_noise = true, .positive_gradient = true, .stable_step = true};
  quadratic *q = quadratic_generate(rng, &aim, NULL);
  ck_assert_ptr_nonnull(q);
  return q;
}

static bool is_not_stable(const quadratic *q) {
  return q->eta * (q->lambda[0] + q->lambda[q->k]) >= 2.0 * (1.0 - 1e-15) &&
         q->eta * q->lambda[0] < 2.0;
}

static bool starts_low(const quadratic *q) {
  for (size_t i = 0; i < q->d; i++)
    if (q->g[i] * q->g[i] < quadratic_stationary(q, i))
      return true;
  return false;
}

static double noise_of(const quadratic *q, size_t from, size_t to) {
  double sum = 0.0;
  for (size_t i = from; i < to; i++)
    sum += q->v[i];
  return sum;
}

START_TEST(test_violators) {
  gsl_rng *rng = random_alloc(11);
  for (int n = 0; n < 200; n++) {
    quadratic *q = ordinary(rng);
    quadratic *v = quadratic_clone(q);
    ck_assert(quadratic_violate_order(v, rng) && !quadratic_is_in_order(v));
    ck_assert(!quadratic_has_gap(v) && quadratic_is_not_tied(v));
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_tie(v, rng) && !quadratic_is_not_tied(v));
    ck_assert(!quadratic_has_gap(v) && quadratic_is_in_order(v));
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_unbiased(v, rng) && !quadratic_is_unbiased(v));
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_interior(v, rng) && !quadratic_is_interior(v));
    ck_assert(quadratic_has_gradient(v));
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_reading(v, rng) && !quadratic_is_mean_field(v));
    ck_assert(v->k <= 3 && v->d - v->k <= 2);
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_uncorrelated(v, rng) && v->covariance != NULL);
    diagnostic diag;
    ck_assert_msg(quadratic_validate(v, &diag) == GSL_SUCCESS, "%s", diag.message);
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_dominant_noise(v, rng));
    ck_assert(noise_of(v, 0, v->k) == 0.0 && noise_of(v, v->k, v->d) > 0.0);
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_stable_step(v, rng) && is_not_stable(v));
    ck_assert(!starts_low(v));
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_large_start(v, rng) && starts_low(v));
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_constant_step(v, rng));
    ck_assert(v->switch_step >= 1 && v->eta_late > 0.0 && v->eta_late < v->eta);
    quadratic_free(v);
    v = quadratic_clone(q);
    ck_assert(quadratic_violate_slow_dominant(v, rng) && v->eta * v->lambda[0] == 1.0);
    ck_assert(quadratic_has_gap(v));
    quadratic_free(v);
    quadratic_free(q);
  }
  gsl_rng_free(rng);
}
END_TEST

/* lambda = (4, 3 | 2, 1) less its second and fourth direction. */
START_TEST(test_keep) {
  quadratic *q = quadratic_literal(4, 2, (const double[]){4, 3, 2, 1}, (const double[]){1, 2, 3, 4},
                                   (const double[]){5, 6, 7, 8}, 0.0);
  quadratic_keep(q, 1, 1);
  ck_assert(q->d == 2 && q->k == 1 && q->lambda[0] == 4 && q->lambda[1] == 2);
  ck_assert(q->g[0] == 1 && q->g[1] == 3 && q->v[0] == 5 && q->v[1] == 7);
  quadratic_keep(q, 9, 9);
  ck_assert(q->d == 2 && q->k == 1);
  quadratic_free(q);
}
END_TEST

/* --- the theorems --------------------------------------------------------------------------- */

typedef struct {
  const char *id, *name, *way;
} listed;

/* What T1 to T4 are said to need: each must be found, not only known by hand. */
static const listed needed[] = {
    {"T1", "gap", "order"},
    {"T1", "gap", "tie"},
    {"T1", "unbiased", ""},
    {"T1", "mean_field", ""},
    {"T2", "gap", "order"},
    {"T2", "gap", "tie"},
    {"T2", "unbiased", ""},
    {"T2", "mean_field", ""},
    {"R2", "condition", ""}, /* T2 in true expectation, few bulk directions */
    {"T3", "ill_conditioned", "threshold"},
    {"T3", "quiet_bulk", "noise"},
    {"T3", "bulk_above_rest", "start"},
    {"T4", "stable_step", ""},
    {"T4", "large_start", ""},
    {"T4", "gap", ""},
    {"T4", "constant_step", ""},
    {"T4", "positive_noise", "dominant"},
};
enum { NEEDED_COUNT = sizeof needed / sizeof *needed };

/* What was found violates the hypothesis alone, and the conclusion fails on it: asked of the claim,
 * not of the report. */
static void expect_counterexample(const claim *c, const ablate_result *r) {
  claim_note note;
  ck_assert_msg(r->found != NULL, "%s without %s / %s: %s in %zu instances", c->id, r->name, r->way,
                ablate_outcome_name(r->outcome), r->admitted);
  ck_assert_msg(r->expected, "%s without %s / %s: %s fails", c->id, r->name, r->way,
                r->conclusion->name);
  const hypothesis *dropped = NULL;
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++)
    if (strcmp(h->name, r->name) == 0)
      dropped = h;
  if (dropped != NULL)
    ck_assert(!dropped->holds(r->found));
  ck_assert_ptr_null(claim_violated(c, r->found, dropped));
  ck_assert_int_eq(r->conclusion->check(r->found, &note), VERDICT_FAILS);
  ck_assert_msg(r->d == 2 && r->k == 1, "%s without %s: shrunk to d = %zu, k = %zu", c->id, r->name,
                r->d, r->k);
}

START_TEST(test_listed_ablations) {
  static const uint64_t seeds[] = {RANDOM_DEFAULT_SEED, 7, UINT64_C(0xfeedfacecafe)};
  static const char *const ids[] = {"T1", "T2", "R2", "T3", "T4"};
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
    const claim *c = registry_find(ids[i]);
    ablate_report *report = ablate(c, seeds[_i]);
    for (size_t n = 0; n < NEEDED_COUNT; n++)
      if (strcmp(needed[n].id, c->id) == 0) {
        const ablate_result *r = ablate_find(report, needed[n].name, needed[n].way);
        ck_assert_msg(r != NULL, "%s has no %s / %s", c->id, needed[n].name, needed[n].way);
        expect_counterexample(c, r);
      }
    ablate_report_free(report);
  }
}
END_TEST

/* Of every claim: a counterexample by hand is one; where the search finds none there is a word on
 * what that means; no assumption of one conclusion fails to carry it. */
START_TEST(test_whole_registry) {
  for (const claim *const *at = registry_claims; *at != NULL; at++) {
    ablate_report *report = ablate_shortly(*at, RANDOM_DEFAULT_SEED);
    for (size_t i = 0; i < report->count; i++) {
      const ablate_result *r = &report->result[i];
      ck_assert_msg(r->hand == NULL || r->hand_confirmed, "%s without %s: by hand none", (*at)->id,
                    r->name);
      ck_assert_msg(r->dropped->remark != NULL, "%s without %s: no remark", (*at)->id, r->name);
      ck_assert_uint_eq(r->control_fails, 0);
      ck_assert_msg(r->found == NULL || r->conclusion != NULL, "%s %s", (*at)->id, r->name);
    }
    ablate_report_free(report);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("ablate");
  TCase *engine = tcase_create("engine"), *claims = tcase_create("claims");
  tcase_add_test(engine, test_needed);
  tcase_add_test(engine, test_unneeded);
  tcase_add_test(engine, test_not_admitted);
  tcase_add_test(engine, test_other_conclusion);
  tcase_add_test(engine, test_directed);
  tcase_add_test(engine, test_further);
  tcase_add_test(engine, test_trouble);
  tcase_add_test(engine, test_violators);
  tcase_add_test(engine, test_keep);
  suite_add_tcase(suite, engine);
  tcase_set_timeout(claims, support_timeout(120));
  tcase_add_test(claims, test_deterministic);
  tcase_add_loop_test(claims, test_listed_ablations, 0, 3);
  tcase_add_test(claims, test_whole_registry);
  suite_add_tcase(suite, claims);
  return support_run(suite);
}
