/* src/verify/record: what a run found, as JSON, TAP and JUnit XML, and what changed between two. */
#include "config.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/opposite_effects.h"
#include "io/output.h"
#include "model/random.h"
#include "scratch.h"
#include "verify/record.h"

static verify_report *report_of(const claim *c) {
  const verify_options options = {.seed = RANDOM_DEFAULT_SEED, .trials_factor = 0.02};
  verify_report *report;
  ck_assert_int_eq(verify_run(c, &options, &report), GSL_SUCCESS);
  return report;
}

/* A T1 in which a conclusion failed, a case is starved and a counterexample is none. */
static verify_report *forged(void) {
  verify_report *report = report_of(&critical_step_claim);
  report->conclusion[1].fails = 3;
  report->conclusion[1].holds -= 3;
  report->coverage[0] = 0;
  report->ablation[2] = VERDICT_FAILS;
  report->failing_seed = 0xabc;
  report->verdict = VERDICT_FAILS;
  snprintf(report->reason, sizeof report->reason, "a < b & \"c\" > %s", report->claim->id);
  return report;
}

typedef void (*writer)(FILE *stream, const verify_report *report);

static char *text_of(writer write, const verify_report *report) {
  char *text = NULL;
  size_t length;
  FILE *stream = open_memstream(&text, &length);
  ck_assert_ptr_nonnull(stream);
  write(stream, report);
  ck_assert_int_eq(fclose(stream), 0);
  return text;
}

static size_t count(const char *text, const char *what) {
  size_t found = 0;
  for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
    found++;
  return found;
}

/* --- TAP ------------------------------------------------------------------------------------ */

static void write_tap(FILE *stream, const verify_report *report) {
  record_tap_plan(stream, verify_points(report->claim));
  record_tap(stream, report, 1);
}

START_TEST(test_tap_of_a_claim_that_holds) {
  verify_report *report = report_of(&opposite_effects_claim);
  /* So few instances starve the rare cases: those alone may be "not ok". */
  for (size_t i = 0; i < report->coverage_count; i++)
    report->coverage[i] = report->admitted;
  report->verdict = VERDICT_HOLDS;
  char *text = text_of(write_tap, report);
  char plan[32];
  snprintf(plan, sizeof plan, "TAP version 13\n1..%zu\n", verify_points(report->claim));
  ck_assert(strncmp(text, plan, strlen(plan)) == 0);
  ck_assert_uint_eq(count(text, "\nok "), verify_points(report->claim));
  ck_assert_uint_eq(count(text, "not ok"), 0);
  ck_assert_uint_eq(count(text, "# SKIP"), 1); /* T3 claims no counterexample to its gap */
  free(text);
  verify_report_free(report);
}
END_TEST

START_TEST(test_tap_of_a_claim_that_fails) {
  verify_report *report = forged();
  for (size_t i = 1; i < report->coverage_count; i++)
    report->coverage[i] = report->admitted;
  char *text = text_of(write_tap, report);
  ck_assert_uint_eq(count(text, "not ok"), 4);
  ck_assert_ptr_nonnull(strstr(text, "not ok 2 - T1 rises_above_critical_step\n# fails: holds "));
  ck_assert_ptr_nonnull(strstr(text, "T1 case: near the threshold\n# 0 of "));
  ck_assert_ptr_nonnull(strstr(text, "T1 counterexample without: interior\n# not confirmed"));
  ck_assert_ptr_nonnull(strstr(text, "replay: suspalign replay T1 0xabc"));
  free(text);
  verify_report_free(report);
}
END_TEST

/* --- JUnit ---------------------------------------------------------------------------------- */

static void write_junit(FILE *stream, const verify_report *report) {
  record_junit_open(stream);
  record_junit(stream, report);
  record_junit_close(stream);
}

/* Every tag is closed, in order: the whole of well-formedness in a text that has tags, attributes
 * without '<' and nothing between the tags but blanks. */
static void check_nesting(const char *text) {
  char open[8][64];
  size_t depth = 0;
  for (const char *at = strchr(text, '<'); at != NULL; at = strchr(at + 1, '<')) {
    const char *end = strchr(at, '>');
    ck_assert_ptr_nonnull(end);
    if (at[1] == '?' || end[-1] == '/')
      continue;
    const bool closes = at[1] == '/';
    const char *name = at + 1 + closes;
    const size_t length = strcspn(name, " >");
    ck_assert_uint_lt(length, sizeof open[0]);
    if (closes) {
      ck_assert_uint_gt(depth, 0);
      depth--;
      ck_assert(strlen(open[depth]) == length && strncmp(open[depth], name, length) == 0);
    } else {
      ck_assert_uint_lt(depth, 8);
      memcpy(open[depth], name, length);
      open[depth++][length] = '\0';
    }
  }
  ck_assert_uint_eq(depth, 0);
}

START_TEST(test_junit) {
  verify_report *report = forged();
  for (size_t i = 1; i < report->coverage_count; i++)
    report->coverage[i] = report->admitted;
  char *text = text_of(write_junit, report), head[128];
  check_nesting(text);
  snprintf(head, sizeof head, "<testsuite name=\"T1\" tests=\"%zu\" failures=\"4\" errors=\"0\"",
           verify_points(report->claim));
  ck_assert_ptr_nonnull(strstr(text, head));
  ck_assert_uint_eq(count(text, "<testcase "), verify_points(report->claim));
  ck_assert_uint_eq(count(text, "<failure "), 4);
  ck_assert_ptr_nonnull(strstr(text, "a &lt; b &amp; &quot;c&quot; &gt; T1"));
  free(text);
  verify_report_free(report);
}
END_TEST

/* --- JSON and comparing --------------------------------------------------------------------- */

static json_t *record_of(const verify_report *report) {
  const verify_options options = {.seed = report->seed, .trials_factor = 0.02};
  json_t *claims = json_array();
  ck_assert_int_eq(json_array_append_new(claims, record_json(report)), 0);
  json_t *record = record_run_json(&options, claims);
  ck_assert_ptr_nonnull(record);
  return record;
}

static char *compared(const json_t *older, const json_t *newer, size_t *changes, bool *worse) {
  char *text = NULL;
  size_t length;
  FILE *stream = open_memstream(&text, &length);
  record_compare(stream, older, newer, changes, worse);
  ck_assert_int_eq(fclose(stream), 0);
  return text;
}

START_TEST(test_same_run_has_no_changes) {
  verify_report *report = report_of(&critical_step_claim);
  json_t *older = record_of(report), *newer = record_of(report);
  size_t changes;
  bool worse;
  char *text = compared(older, newer, &changes, &worse);
  ck_assert_uint_eq(changes, 0);
  ck_assert(!worse);
  ck_assert_str_eq(text, "");
  free(text);
  json_decref(older);
  json_decref(newer);
  verify_report_free(report);
}
END_TEST

START_TEST(test_changes_are_listed) {
  verify_report *before = report_of(&critical_step_claim), *after = forged();
  before->verdict = VERDICT_HOLDS;
  before->reason[0] = '\0';
  json_t *older = record_of(before), *newer = record_of(after);
  size_t changes;
  bool worse;
  char *text = compared(older, newer, &changes, &worse);
  ck_assert(worse);
  ck_assert_uint_eq(changes, count(text, "\n"));
  ck_assert_ptr_nonnull(strstr(text, "T1 verdict: holds -> fails\n"));
  ck_assert_ptr_nonnull(strstr(text, "T1 failing_seed: - -> 0xabc\n"));
  ck_assert_ptr_nonnull(strstr(text, "T1 name 'rises_above_critical_step' fails: 0 -> 3\n"));
  ck_assert_ptr_nonnull(
      strstr(text, "T1 hypothesis 'interior' counterexample: confirmed -> not confirmed\n"));
  free(text);
  /* The other way round nothing got worse. */
  text = compared(newer, older, &changes, &worse);
  ck_assert(!worse && changes > 0);
  free(text);
  json_decref(older);
  json_decref(newer);
  verify_report_free(before);
  verify_report_free(after);
}
END_TEST

START_TEST(test_claims_come_and_go) {
  verify_report *first = report_of(&critical_step_claim),
                *second = report_of(&opposite_effects_claim);
  first->verdict = VERDICT_HOLDS;
  second->verdict = VERDICT_HOLDS;
  json_t *older = record_of(first), *newer = record_of(second);
  size_t changes;
  bool worse;
  char *text = compared(older, newer, &changes, &worse);
  ck_assert_str_eq(text, "T1: gone\nT3: new, holds\n");
  ck_assert(worse && changes == 2);
  free(text);
  json_decref(older);
  json_decref(newer);
  verify_report_free(first);
  verify_report_free(second);
}
END_TEST

/* Values of a report's evidence; those of a claim are told with the claim. */
START_TEST(test_values_are_compared) {
  json_t *older = json_loads("{\"claims\": [{\"id\": \"T1\", \"verdict\": \"holds\"}], "
                             "\"values\": {\"T1/trials\": 1, \"a\": 1.5, \"b\": 2}}",
                             0, NULL),
         *newer = json_loads("{\"claims\": [{\"id\": \"T1\", \"verdict\": \"holds\"}], "
                             "\"values\": {\"T1/trials\": 2, \"a\": 1.25, \"c\": \"x\"}}",
                             0, NULL);
  size_t changes;
  bool worse;
  char *text = compared(older, newer, &changes, &worse);
  ck_assert_str_eq(text, "value a: 1.5 -> 1.25\nvalue b: 2 -> -\nvalue c: - -> x\n");
  ck_assert(!worse && changes == 3);
  free(text);
  json_decref(older);
  json_decref(newer);
}
END_TEST

START_TEST(test_record_round_trip) {
  scratch s;
  char path[SCRATCH_PATH_LENGTH + 64];
  diagnostic diag;
  scratch_make(&s);
  scratch_path(&s, "run.json", path);
  verify_report *report = forged();
  json_t *record = record_of(report);
  ck_assert_int_eq(io_json_write(path, record, &diag), GSL_SUCCESS);
  json_t *again = record_read(path, &diag);
  ck_assert_ptr_nonnull(again);
  ck_assert(json_equal(record, again));
  json_decref(again);
  json_decref(record);
  verify_report_free(report);
  scratch_remove(&s);
}
END_TEST

static const struct {
  const char *bytes, *message;
  int code;
} bad[] = {
    {"{\"claims\": [\n{]", ":2: ", GSL_EINVAL},
    {"", ":1: ", GSL_EINVAL},
    {"[]", "no record of a run: no list \"claims\"", GSL_EINVAL},
    {"{\"claims\": 3}", "no record of a run: no list \"claims\"", GSL_EINVAL},
    {"{\"claims\": [{\"id\": \"T1\"}]}", "a claim without \"id\" or \"verdict\"", GSL_EINVAL},
    {"{\"claims\": [{\"id\": 1, \"verdict\": \"holds\"}]}", "a claim without", GSL_EINVAL},
};

START_TEST(test_bad_record) {
  scratch s;
  char path[SCRATCH_PATH_LENGTH + 64];
  diagnostic diag;
  scratch_make(&s);
  scratch_path(&s, "bad.json", path);
  scratch_write(path, bad[_i].bytes, strlen(bad[_i].bytes));
  ck_assert_ptr_null(record_read(path, &diag));
  ck_assert_int_eq(diag.code, bad[_i].code);
  ck_assert_msg(strstr(diag.message, bad[_i].message) != NULL, "%s", diag.message);
  ck_assert_ptr_nonnull(strstr(diag.message, path));
  scratch_remove(&s);
}
END_TEST

START_TEST(test_missing_record) {
  diagnostic diag;
  ck_assert_ptr_null(record_read("no/such.json", &diag));
  ck_assert_int_eq(diag.code, GSL_EFAILED);
  ck_assert_ptr_nonnull(strstr(diag.message, "no/such.json"));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("record");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_tap_of_a_claim_that_holds);
  tcase_add_test(core, test_tap_of_a_claim_that_fails);
  tcase_add_test(core, test_junit);
  tcase_add_test(core, test_same_run_has_no_changes);
  tcase_add_test(core, test_changes_are_listed);
  tcase_add_test(core, test_claims_come_and_go);
  tcase_add_test(core, test_values_are_compared);
  tcase_add_test(core, test_record_round_trip);
  tcase_add_loop_test(core, test_bad_record, 0, sizeof bad / sizeof *bad);
  tcase_add_test(core, test_missing_record);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
