/* src/verify: the engine, on claims that must hold, fail, starve, or be vacuous. */
#include "config.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "model/random.h"
#include "verify/run.h"

/* --- a family of plain numbers -------------------------------------------------------------- */

static void number_free(void *instance) {
  free(instance);
}

static void number_print(FILE *stream, const void *instance) {
  fprintf(stream, "%a\n", *(const double *)instance);
}

static void number_size(const void *instance, size_t *d, size_t *k) {
  (void)instance;
  *d = 2;
  *k = 1;
}

static const family numbers = {
    .name = "number", .free = number_free, .print = number_print, .size = number_size};

static void *draw(gsl_rng *rng, diagnostic *diag) {
  (void)diag;
  double *x = malloc(sizeof *x);
  if (x != NULL)
    *x = random_uniform(rng, 0.0, 1.0);
  return x;
}

static void *no_instance(gsl_rng *rng, diagnostic *diag) {
  (void)rng;
  diagnostic_set(diag, GSL_ENOMEM, "nothing to draw from");
  return NULL;
}

static void *two(void) {
  double *x = malloc(sizeof *x);
  if (x != NULL)
    *x = 2.0;
  return x;
}

static void *half(void) {
  double *x = malloc(sizeof *x);
  if (x != NULL)
    *x = 0.5;
  return x;
}

static bool below_one(const void *instance) {
  return *(const double *)instance < 1.0;
}

static bool below_tenth(const void *instance) {
  return *(const double *)instance < 0.1;
}

static verdict is_at_most_one(const void *instance, claim_note *note) {
  const double x = *(const double *)instance;
  claim_note_set(note, "x = %a", x);
  return x <= 1.0 ? VERDICT_HOLDS : VERDICT_FAILS;
}

static verdict is_below_nine_tenths(const void *instance, claim_note *note) {
  const double x = *(const double *)instance;
  claim_note_set(note, "x = %a", x);
  return x < 0.9 ? VERDICT_HOLDS : VERDICT_FAILS;
}

static verdict is_undecided_above(const void *instance, claim_note *note) {
  (void)note;
  const double x = *(const double *)instance;
  return x < 0.9 ? VERDICT_HOLDS : x <= 1.0 ? VERDICT_UNDECIDED : VERDICT_FAILS;
}

/* Open on one number in 160 or so. */
static verdict is_proved_below(const void *instance, claim_note *note) {
  const double x = *(const double *)instance;
  claim_note_bits(note, x < 0.5 ? 128 : 512);
  return x < 0.994 ? VERDICT_HOLDS : x <= 1.0 ? VERDICT_UNDECIDED : VERDICT_FAILS;
}

static verdict is_proved_and_applies_below(const void *instance, claim_note *note) {
  const double x = *(const double *)instance;
  claim_note_bits(note, 2048);
  claim_note_bits(note, 128);
  return x < 0.25 ? VERDICT_HOLDS : VERDICT_VACUOUS;
}

static verdict hardly_applies(const void *instance, claim_note *note) {
  (void)note;
  return *(const double *)instance < 0.01 ? VERDICT_HOLDS : VERDICT_VACUOUS;
}

static const hypothesis needs_one[] = {
    {"below_one", "$x<1$", below_one, {two, "at_most_one", "$x=2$", NULL}}, {0}};
static const hypothesis needs_tenth[] = {
    {"below_tenth", "$x<1/10$", below_tenth, {NULL, NULL, "none", NULL}}, {0}};
static const hypothesis false_counterexample[] = {
    {"below_tenth_less", "$x<1/10$", below_one, {half, "at_most_one", "$x=1/2$ is none", NULL}},
    {0}};
static const conclusion holds[] = {
    {"at_most_one", "$x\\le1$", is_at_most_one, DECIDED_BY_BOUND, NULL}, {0}};
static const conclusion fails[] = {
    {"at_most_one", "$x\\le1$", is_at_most_one, DECIDED_BY_BOUND, NULL},
    {"below", "$x<0.9$", is_below_nine_tenths, DECIDED_BY_BOUND, NULL},
    {0}};
static const conclusion undecided[] = {
    {"at_most_one", "$x\\le1$", is_undecided_above, DECIDED_BY_BOUND, NULL}, {0}};
static const conclusion rare[] = {
    {"at_most_one", "$x\\le1$", is_at_most_one, DECIDED_BY_BOUND, NULL},
    {"rare", "$x<0.01$", hardly_applies, DECIDED_BY_BOUND, NULL},
    {0}};
static const conclusion once_by_bound[] = {
    {"at_most_one", "$x\\le1$", is_proved_below, DECIDED_BY_BOUND, NULL}, {0}};
static const conclusion once_by_sign[] = {
    {"at_most_one", "$x\\le1$", is_proved_below, DECIDED_BY_SIGN, NULL}, {0}};
static const conclusion sometimes[] = {
    {"at_most_one", "$x\\le1$", is_at_most_one, DECIDED_BY_BOUND, NULL},
    {"quarter", "$x<1/4$", is_proved_and_applies_below, DECIDED_BY_SIGN, NULL},
    {0}};
static const coverage none[] = {{0}};
static const coverage fed[] = {{"small", 0.05, below_tenth}, {0}};
static const coverage starved[] = {{"small", 0.50, below_tenth}, {0}};

static claim make(const hypothesis *h, const conclusion *c, const coverage *v) {
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
                      .coverages = v};
  return made;
}

static void expect(const claim *c, verdict expected, const char *words) {
  const verify_options options = {.seed = RANDOM_DEFAULT_SEED, .trials_factor = 1.0};
  verify_report *report;
  ck_assert_int_eq(verify_run(c, &options, &report), GSL_SUCCESS);
  ck_assert_msg(report->verdict == expected, "%s, not %s: %s", verdict_name(report->verdict),
                verdict_name(expected), report->reason);
  ck_assert_msg(strstr(report->reason, words) != NULL, "'%s' lacks '%s'", report->reason, words);
  verify_report_free(report);
}

START_TEST(test_verdicts) {
  const claim good = make(needs_one, holds, fed);
  expect(&good, VERDICT_HOLDS, "");
  const claim bad = make(needs_one, fails, fed);
  expect(&bad, VERDICT_FAILS, "below fails on");
  const claim hungry = make(needs_one, holds, starved);
  expect(&hungry, VERDICT_VACUOUS, "the case 'small' is starved");
  const claim refused = make(needs_tenth, holds, none);
  expect(&refused, VERDICT_VACUOUS, "instances meet the hypotheses");
  const claim unsure = make(needs_one, undecided, none);
  expect(&unsure, VERDICT_UNDECIDED, "at_most_one is undecided on");
  const claim seldom = make(needs_one, rare, none);
  expect(&seldom, VERDICT_VACUOUS, "rare applied to");
  const claim pretence = make(false_counterexample, holds, none);
  expect(&pretence, VERDICT_FAILS, "the counterexample to dropping 'below_tenth_less' is none");
  claim printed = make(needs_one, fails, fed);
  printed.erratum = "Y";
  expect(&printed, VERDICT_REFUTED, "");
  claim right_after_all = make(needs_one, holds, fed);
  right_after_all.erratum = "Y";
  expect(&right_after_all, VERDICT_FAILS, "nothing refutes the printed form on 500 instances");
  claim barely_tried = make(needs_one, fails, starved);
  barely_tried.erratum = "Y";
  expect(&barely_tried, VERDICT_VACUOUS, "the case 'small' is starved");
  claim empty = make(needs_one, holds, none);
  empty.generate = no_instance;
  expect(&empty, VERDICT_VACUOUS, "no instance: nothing to draw from");
}
END_TEST

/* One undecided instance in hundreds passes a conclusion decided by a bound, and is the verdict of
 * one decided by signs. */
START_TEST(test_undecided_sign) {
  const claim bound = make(needs_one, once_by_bound, none);
  const claim sign = make(needs_one, once_by_sign, none);
  const verify_options options = {.seed = RANDOM_DEFAULT_SEED, .trials_factor = 1.0};
  verify_report *by_bound, *by_sign;
  ck_assert_int_eq(verify_run(&bound, &options, &by_bound), GSL_SUCCESS);
  ck_assert_int_eq(verify_run(&sign, &options, &by_sign), GSL_SUCCESS);
  const verify_tally *tally = &by_sign->conclusion[0];
  ck_assert_uint_eq(tally->undecided, by_bound->conclusion[0].undecided);
  ck_assert(tally->undecided >= 1 && tally->undecided <= 5);
  ck_assert_int_eq(by_bound->verdict, VERDICT_HOLDS);
  ck_assert_int_eq(by_sign->verdict, VERDICT_UNDECIDED);
  ck_assert_ptr_nonnull(strstr(by_sign->reason, "8192 bits"));
  char seed[16];
  snprintf(seed, sizeof seed, "0x%x", (unsigned)tally->undecided_seed);
  ck_assert_ptr_nonnull(strstr(by_sign->reason, seed));
  /* That seed replays the open instance. */
  verdict worst;
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  ck_assert_int_eq(verify_replay(&sign, tally->undecided_seed, stream, &worst), GSL_SUCCESS);
  fclose(stream);
  free(text);
  ck_assert_int_eq(worst, VERDICT_UNDECIDED);
  /* Nothing is certified by a bound; by signs, all but the open ones. */
  ck_assert_uint_eq(by_bound->certified, 0);
  ck_assert_int_eq(by_bound->bits_most, 0);
  ck_assert_uint_eq(by_sign->certified, tally->holds);
  ck_assert_int_eq(by_sign->bits_most, 512);
  verify_report_free(by_bound);
  verify_report_free(by_sign);
}
END_TEST

/* An instance to which no conclusion decided by sign applies is not certified. */
START_TEST(test_certified) {
  const claim c = make(needs_one, sometimes, none);
  const verify_options options = {.seed = RANDOM_DEFAULT_SEED, .trials_factor = 1.0};
  verify_report *report;
  ck_assert_int_eq(verify_run(&c, &options, &report), GSL_SUCCESS);
  ck_assert_int_eq(report->verdict, VERDICT_HOLDS);
  ck_assert(report->conclusion[1].vacuous > 0);
  ck_assert_uint_eq(report->certified, report->conclusion[1].holds);
  ck_assert_int_eq(report->bits_most, 2048);
  ck_assert_int_eq(report->conclusion[0].bits_most, 0);
  const claim plain = make(needs_one, holds, none);
  ck_assert(claim_is_certifiable(&c) && !claim_is_certifiable(&plain));
  verify_report_free(report);
}
END_TEST

/* The same seed gives the same counts, another seed others, a factor more; at least one trial. */
START_TEST(test_reproducible) {
  const claim c = make(needs_one, fails, fed);
  verify_options options = {.seed = RANDOM_DEFAULT_SEED, .trials_factor = 1.0};
  verify_report *first, *again, *other, *tiny;
  ck_assert_int_eq(verify_run(&c, &options, &first), GSL_SUCCESS);
  ck_assert_int_eq(verify_run(&c, &options, &again), GSL_SUCCESS);
  options.seed++;
  ck_assert_int_eq(verify_run(&c, &options, &other), GSL_SUCCESS);
  options.trials_factor = 1e-9;
  ck_assert_int_eq(verify_run(&c, &options, &tiny), GSL_SUCCESS);
  ck_assert_uint_eq(first->conclusion[1].fails, again->conclusion[1].fails);
  ck_assert_uint_eq(first->failing_seed, again->failing_seed);
  ck_assert(first->failing_seed != 0 && first->failing_seed != other->failing_seed);
  ck_assert_uint_eq(tiny->trials, 1);
  verify_report_free(first);
  verify_report_free(again);
  verify_report_free(other);
  verify_report_free(tiny);
}
END_TEST

/* The seed of a failure replays that failure, and its inputs are printed exactly. */
START_TEST(test_replay) {
  const claim c = make(needs_one, fails, fed);
  const verify_options options = {.seed = RANDOM_DEFAULT_SEED, .trials_factor = 1.0};
  verify_report *report;
  ck_assert_int_eq(verify_run(&c, &options, &report), GSL_SUCCESS);
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  verdict worst;
  ck_assert_int_eq(verify_replay(&c, report->failing_seed, stream, &worst), GSL_SUCCESS);
  fclose(stream);
  ck_assert_int_eq(worst, VERDICT_FAILS);
  const char *value = strchr(text, '\n') + 1;
  const double x = strtod(value, NULL);
  ck_assert(x >= 0.9 && x < 1.0);
  ck_assert_ptr_nonnull(strstr(text, "# below: fails: x = 0x1."));
  ck_assert_ptr_nonnull(strstr(text, "# at_most_one: holds"));
  free(text);
  verify_report_free(report);
}
END_TEST

START_TEST(test_parsers) {
  diagnostic diag = {0, ""};
  uint64_t seed = 5;
  ck_assert_int_eq(verify_parse_seed("0x1f", &seed, &diag), GSL_SUCCESS);
  ck_assert_uint_eq(seed, 31);
  static const char *const bad_seeds[] = {"", "-1", "abc", "12x", " 7", "99999999999999999999999"};
  for (size_t i = 0; i < sizeof bad_seeds / sizeof *bad_seeds; i++) {
    ck_assert_int_eq(verify_parse_seed(bad_seeds[i], &seed, &diag), GSL_EINVAL);
    ck_assert_ptr_nonnull(strstr(diag.message, bad_seeds[i]));
    ck_assert_uint_eq(seed, 31);
  }
  double factor = 3;
  ck_assert_int_eq(verify_parse_factor("2.5", &factor, &diag), GSL_SUCCESS);
  ck_assert(factor == 2.5);
  static const char *const bad_factors[] = {"", "0", "-1", "abc", "1x", "nan", "inf"};
  for (size_t i = 0; i < sizeof bad_factors / sizeof *bad_factors; i++)
    ck_assert_int_eq(verify_parse_factor(bad_factors[i], &factor, &diag), GSL_EINVAL);
  ck_assert(factor == 2.5);
}
END_TEST

START_TEST(test_environment) {
  verify_options options;
  diagnostic diag = {0, ""};
  unsetenv("SUSPALIGN_SEED");
  unsetenv("SUSPALIGN_TRIALS_FACTOR");
  ck_assert_int_eq(verify_options_read(&options, &diag), GSL_SUCCESS);
  ck_assert(options.seed == RANDOM_DEFAULT_SEED && options.trials_factor == 1.0);
  setenv("SUSPALIGN_SEED", "77", 1);
  setenv("SUSPALIGN_TRIALS_FACTOR", "0.5", 1);
  ck_assert_int_eq(verify_options_read(&options, &diag), GSL_SUCCESS);
  ck_assert(options.seed == 77 && options.trials_factor == 0.5);
  setenv("SUSPALIGN_TRIALS_FACTOR", "abc", 1);
  ck_assert_int_eq(verify_options_read(&options, &diag), GSL_EINVAL);
  ck_assert_ptr_nonnull(strstr(diag.message, "SUSPALIGN_TRIALS_FACTOR: factor of trials 'abc'"));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("verify");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, 60);
  tcase_add_test(core, test_verdicts);
  tcase_add_test(core, test_undecided_sign);
  tcase_add_test(core, test_certified);
  tcase_add_test(core, test_reproducible);
  tcase_add_test(core, test_replay);
  tcase_add_test(core, test_parsers);
  tcase_add_test(core, test_environment);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
