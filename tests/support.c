#include "config.h"
#include "support.h"
#include "consistency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <gsl/gsl_errno.h>
#include "exact/arb_header.h"
#include "exact/certified.h"
#include "families/quadratic_family.h"
#include "io/output.h"
#include "model/random.h"
#include "verify/record.h"
#include "verify/run.h"

/* GSL's status codes are checked where they are returned; but an element that is not there reads as
 * 0, and nobody would know. */
static void stop_at_range(const char *reason, const char *file, int line, int code) {
  (void)file;
  (void)line;
  (void)code;
  if (strstr(reason, "index") != NULL && strstr(reason, "out of range") != NULL)
    abort();
}

int support_run(Suite *suite) {
  gsl_set_error_handler(stop_at_range);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  const bool passed = srunner_ntests_run(runner) > 0 && srunner_ntests_failed(runner) == 0;
  srunner_free(runner);
  flint_cleanup(); /* FLINT keeps numbers for later: what is left under valgrind is a leak */
  return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

static verify_options read_options(void) {
  verify_options options;
  diagnostic diag;
  if (verify_options_read(&options, &diag) != GSL_SUCCESS)
    ck_abort_msg("%s", diag.message);
  options.log_folder = "failures";
  if (getenv("SUSPALIGN_CORPUS") == NULL)
    options.corpus_folder = "corpus";
  return options;
}

/* verdicts/<ID>.EXTENSION in the folder of the build. */
static void open_record(const claim *c, const char *extension, io_output *output) {
  char path[64];
  diagnostic diag;
  snprintf(path, sizeof path, "verdicts/%s.%s", c->id, extension);
  if (io_output_open(path, output, &diag) != GSL_SUCCESS)
    ck_abort_msg("%s", diag.message);
}

static void close_record(io_output *output) {
  diagnostic diag;
  if (io_output_commit(output, &diag) != GSL_SUCCESS)
    ck_abort_msg("%s", diag.message);
}

static void leave_records(const verify_options *options, const verify_report *report) {
  const claim *c = report->claim;
  io_output output;
  mkdir("verdicts", 0777); /* may be there already */
  json_t *claims = json_array();
  ck_assert_int_eq(json_array_append_new(claims, record_json(report)), 0);
  json_t *record = record_run_json(options, claims);
  ck_assert_ptr_nonnull(record);
  open_record(c, "json", &output);
  ck_assert_int_eq(io_json_print(record, output.stream), GSL_SUCCESS);
  close_record(&output);
  json_decref(record);
  open_record(c, "tap", &output);
  record_tap_plan(output.stream, verify_points(c));
  record_tap(output.stream, report, 1);
  close_record(&output);
  open_record(c, "xml", &output);
  record_junit_open(output.stream);
  record_junit(output.stream, report);
  record_junit_close(output.stream);
  close_record(&output);
}

void support_claim_holds(const claim *c) {
  const char *source = getenv("SUSPALIGN_SOURCE");
  ck_assert_msg(source != NULL, "SUSPALIGN_SOURCE is not set");
  char shipped[1024];
  snprintf(shipped, sizeof shipped, "%s/tests/corpus", source);
  verify_options options = read_options();
  options.corpus_shipped = shipped;
  verify_report *report;
  ck_assert_int_eq(verify_run(c, &options, &report), GSL_SUCCESS);
  leave_records(&options, report);
  const verdict found = report->verdict;
  char reason[DIAGNOSTIC_LENGTH];
  snprintf(reason, sizeof reason, "%s", report->reason);
  verify_report_free(report);
  ck_assert_msg(verdict_is_pass(found), "%s %s: %s", c->id, verdict_name(found), reason);
  consistency_expect(c);
}

const hypothesis *support_hypothesis(const claim *c, const char *name) {
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++)
    if (strcmp(h->name, name) == 0)
      return h;
  ck_abort_msg("%s has no hypothesis '%s'", c->id, name);
}

const coverage *support_coverage(const claim *c, const char *name) {
  for (const coverage *x = c->coverages; x->name != NULL; x++)
    if (strcmp(x->name, name) == 0)
      return x;
  ck_abort_msg("%s has no case '%s'", c->id, name);
}

verdict support_check(const claim *c, const char *name, const void *instance) {
  const conclusion *x = claim_find_conclusion(c, name);
  ck_assert_msg(x != NULL, "%s has no conclusion '%s'", c->id, name);
  claim_note note = {"", 0};
  return x->check(instance, &note);
}

void support_says(const conclusion *x, const void *instance, verdict expected, const char *words) {
  claim_note note = {"", 0};
  const verdict v = x->check(instance, &note);
  ck_assert_msg(v == expected, "%s: %s, not %s: %s", x->name, verdict_name(v),
                verdict_name(expected), note.text);
  ck_assert_msg(*words == '\0' ? *note.text == '\0' : strstr(note.text, words) != NULL,
                "%s: '%s', not '%s'", x->name, note.text, words);
}

void support_verdicts(const claim *c, const char *what, quadratic *q, const char *verdicts) {
  static const char letters[] = {[VERDICT_HOLDS] = 'H',
                                 [VERDICT_FAILS] = 'F',
                                 [VERDICT_UNDECIDED] = 'U',
                                 [VERDICT_VACUOUS] = 'V'};
  ck_assert_ptr_nonnull(q);
  for (const conclusion *x = c->conclusions; x->name != NULL; x++, verdicts++) {
    claim_note note = {"", 0};
    const verdict v = x->check(q, &note);
    ck_assert_msg(letters[v] == *verdicts, "%s, %s: %s, not %c: %s", what, x->name, verdict_name(v),
                  *verdicts, note.text);
    if (x->decision == DECIDED_BY_SIGN && v != VERDICT_VACUOUS)
      ck_assert_int_ge(note.bits, CERTIFIED_PRECISION_LEAST);
  }
  ck_assert(*verdicts == '\0');
  quadratic_free(q);
}

void support_rotation_has_a_domain(const claim *c, const char *name) {
  for (size_t d = 24; d <= 25; d++) {
    quadratic *q = quadratic_alloc(d, 3);
    for (size_t i = 0; i < d; i++) {
      q->lambda[i] = i < 3 ? 7.0 : 1.0;
      q->g[i] = q->v[i] = 1.0;
    }
    ck_assert_int_eq(support_check(c, name, q), d == 24 ? VERDICT_HOLDS : VERDICT_VACUOUS);
    quadratic_free(q);
  }
  for (int beyond = 0; beyond < 2; beyond++) {
    quadratic *q = quadratic_pair(beyond ? nextafter(1e4, 2e4) : 1e4, 1, 1, 1, 1, 1);
    ck_assert_int_eq(support_check(c, name, q), beyond ? VERDICT_VACUOUS : VERDICT_HOLDS);
    quadratic_free(q);
  }
}

void support_signs_say_their_bits(const claim *c, const void *instance) {
  for (const conclusion *x = c->conclusions; x->name != NULL; x++) {
    claim_note note = {"", 0};
    ck_assert_int_eq(x->check(instance, &note), VERDICT_HOLDS);
    if (x->decision == DECIDED_BY_SIGN)
      ck_assert_int_ge(note.bits, CERTIFIED_PRECISION_LEAST);
  }
}

static void expect_counterexample(const claim *c, const hypothesis *h, const char *name,
                                  bool (*holds)(const void *), const conclusion *without,
                                  const ablation *dropped) {
  if (dropped->instance == NULL)
    return;
  void *instance = dropped->instance();
  ck_assert_ptr_nonnull(instance);
  ck_assert_msg(!holds(instance), "%s, %s: not violated", c->id, name);
  const hypothesis *other = claim_violated(c, instance, h);
  ck_assert_msg(other == NULL, "%s, %s: violates another", c->id, name);
  const conclusion *x = without != NULL ? without : claim_find_conclusion(c, dropped->fails);
  ck_assert_msg(x != NULL, "%s, %s: no conclusion '%s'", c->id, name, dropped->fails);
  claim_note note = {"", 0};
  ck_assert_msg(x->check(instance, &note) == VERDICT_FAILS, "%s, %s: %s does not fail", c->id, name,
                x->name);
  c->family->free(instance);
}

void support_counterexamples_fail(const claim *c) {
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++)
    expect_counterexample(c, h, h->name, h->holds, NULL, &h->dropped);
  for (const further_ablation *f = c->further; f != NULL && f->name != NULL; f++) {
    const hypothesis *h = c->hypotheses;
    while (h->name != NULL && strcmp(h->name, f->name) != 0)
      h++;
    if (f->holds != NULL || h->name != NULL)
      expect_counterexample(c, h->name != NULL ? h : NULL, f->way,
                            f->holds != NULL ? f->holds : h->holds, f->without, &f->dropped);
  }
}

void support_is_pair(quadratic *q, const double lambda[2], const double g[2], const double v[2],
                     double eta) {
  ck_assert_ptr_nonnull(q);
  ck_assert(q->d == 2 && q->k == 1 && q->eta == eta);
  for (size_t i = 0; i < 2; i++)
    ck_assert(q->lambda[i] == lambda[i] && q->g[i] == g[i] && q->v[i] == v[i]);
  quadratic_free(q);
}

void support_draws_cover(const claim *c, size_t draws) {
  size_t cases = 0;
  while (c->coverages[cases].name != NULL)
    cases++;
  size_t *hits = calloc(cases + 1, sizeof *hits);
  ck_assert_ptr_nonnull(hits);
  size_t missed = 0;
  for (size_t n = 0; n < draws; n++) {
    diagnostic diag = {0, ""};
    gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, c->stem, n));
    ck_assert_ptr_nonnull(rng);
    void *instance = c->generate(rng, &diag);
    ck_assert_msg(instance != NULL, "%s: %s", c->id, diag.message);
    missed += claim_violated(c, instance, NULL) != NULL;
    for (size_t i = 0; i < cases; i++)
      hits[i] += c->coverages[i].holds(instance);
    c->family->free(instance);
    gsl_rng_free(rng);
  }
  ck_assert_msg(50 * missed <= draws, "%s: %zu of %zu draws", c->id, missed, draws);
  for (size_t i = 0; i < cases; i++)
    ck_assert_msg((double)hits[i] >= c->coverages[i].least_share * (double)draws,
                  "%s, %s: %zu of %zu draws", c->id, c->coverages[i].name, hits[i], draws);
  free(hits);
}

quadratic *support_hand_instance(void) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){1, 1},
                                   (const double[]){1, 1}, 0.0);
  ck_assert_ptr_nonnull(q);
  return q;
}

double support_timeout(double seconds) {
  verify_options options;
  diagnostic diag;
  const double factor =
      verify_options_read(&options, &diag) == GSL_SUCCESS ? options.trials_factor : 1.0;
  return fmax(60.0, seconds * factor);
}
