#include "config.h"
#include "verify/record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "io/output.h"

/* --- JSON ----------------------------------------------------------------------------------- */

static json_t *count_json(size_t count) {
  return json_integer((json_int_t)count);
}

static json_t *conclusions_json(const verify_report *report) {
  json_t *list = json_array();
  for (size_t i = 0; i < report->conclusion_count; i++) {
    const conclusion *x = &report->claim->conclusions[i];
    const verify_tally *tally = &report->conclusion[i];
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "name", x->name,
                        "statement", x->statement, "decision", decision_name(x->decision),
                        "verdict", verdict_name(verify_conclusion_verdict(report, i)), "bits_most",
                        count_json((size_t)tally->bits_most), "holds", count_json(tally->holds),
                        "undecided", count_json(tally->undecided), "fails",
                        count_json(tally->fails), "vacuous", count_json(tally->vacuous)));
  }
  return list;
}

static json_t *coverages_json(const verify_report *report) {
  json_t *list = json_array();
  for (size_t i = 0; i < report->coverage_count; i++)
    json_array_append_new(list,
                          json_pack("{s:s, s:o, s:o}", "case", report->claim->coverages[i].name,
                                    "instances", count_json(report->coverage[i]), "least_share",
                                    io_json_number(report->claim->coverages[i].least_share)));
  return list;
}

static const char *ablation_name(verdict v) {
  return v == VERDICT_HOLDS ? "confirmed" : v == VERDICT_FAILS ? "not confirmed" : "none claimed";
}

static json_t *ablations_json(const verify_report *report) {
  json_t *list = json_array();
  for (size_t i = 0; i < report->hypothesis_count; i++) {
    const hypothesis *x = &report->claim->hypotheses[i];
    const verdict v = report->ablation[i];
    json_array_append_new(list, json_pack("{s:s, s:s, s:s?, s:s?, s:s}", "hypothesis", x->name,
                                          "statement", x->statement, "fails",
                                          v == VERDICT_VACUOUS ? NULL : x->dropped.fails, "remark",
                                          x->dropped.remark, "counterexample", ablation_name(v)));
  }
  return list;
}

static json_t *corpus_json(const verify_report *report) {
  return json_pack("{s:o, s:o, s:o, s:o}", "read", count_json(report->corpus_read), "tried",
                   count_json(report->corpus_tried), "failing", count_json(report->corpus_failing),
                   "unreadable", count_json(report->corpus_unreadable));
}

json_t *record_json(const verify_report *report) {
  const claim *c = report->claim;
  char seed[24] = "";
  if (report->failing_seed != 0)
    snprintf(seed, sizeof seed, "0x%" PRIx32, report->failing_seed);
  return json_pack(
      "{s:s, s:s, s:s, s:s, s:s, s:s*, s:s?, s:s, s:s, s:s, s:s*, s:s*, s:o, s:o, s:o, s:o, s:o, "
      "s:o, s:o, s:o, s:o, s:o}",
      "id", c->id, "stem", c->stem, "title", c->title, "statement", c->statement, "source",
      c->source, "erratum", c->erratum, "figure", c->figure, "uses", c->uses, "verdict",
      verdict_name(report->verdict), "reason", report->reason, "failing_seed",
      seed[0] == '\0' ? NULL : seed, "refutation",
      report->refutation.text[0] == '\0' ? NULL : report->refutation.text, "trials",
      count_json(report->trials), "admitted", count_json(report->admitted), "certified",
      count_json(report->certified), "bits_most", count_json((size_t)report->bits_most), "d_least",
      count_json(report->d_least), "d_most", count_json(report->d_most), "conclusions",
      conclusions_json(report), "coverages", coverages_json(report), "ablations",
      ablations_json(report), "corpus", corpus_json(report));
}

json_t *record_run_json(const verify_options *options, json_t *claims) {
  char seed[24];
  snprintf(seed, sizeof seed, "0x%" PRIx64, options->seed);
  return json_pack("{s:s, s:f, s:o}", "seed", seed, "trials_factor", options->trials_factor,
                   "claims", claims);
}

/* --- points --------------------------------------------------------------------------------- */

enum { POINT_TEXT = 320 };

typedef enum { POINT_PASSED, POINT_FAILED, POINT_SKIPPED } point_state;

/* One line of TAP, one test case of JUnit. */
typedef struct {
  char name[POINT_TEXT];
  point_state state;
  char detail[POINT_TEXT + DIAGNOSTIC_LENGTH]; /* why it failed or was skipped, or its counts */
} point;

static point_state state_of(verdict v) {
  return verdict_is_pass(v) ? POINT_PASSED : POINT_FAILED;
}

static point conclusion_point(const verify_report *report, size_t i) {
  const verify_tally *tally = &report->conclusion[i];
  const verdict v = verify_conclusion_verdict(report, i);
  point p = {.state = state_of(v)};
  /* Of an erratum a conclusion is to fail; one that does not says nothing. */
  if (report->claim->erratum != NULL)
    p.state = v == VERDICT_FAILS ? POINT_PASSED : POINT_SKIPPED;
  snprintf(p.name, sizeof p.name, "%s", report->claim->conclusions[i].name);
  snprintf(p.detail, sizeof p.detail, "%s: holds %zu, fails %zu, undecided %zu, vacuous %zu",
           verdict_name(v), tally->holds, tally->fails, tally->undecided, tally->vacuous);
  return p;
}

static point coverage_point(const verify_report *report, size_t i) {
  const coverage *x = &report->claim->coverages[i];
  point p = {.state = verify_coverage_is_fed(report, i) ? POINT_PASSED : POINT_FAILED};
  snprintf(p.name, sizeof p.name, "case: %s", x->name);
  snprintf(p.detail, sizeof p.detail, "%zu of %zu instances, at least %g %% wanted",
           report->coverage[i], report->admitted, 100.0 * x->least_share);
  return p;
}

static point ablation_point(const verify_report *report, size_t i) {
  const verdict v = report->ablation[i];
  point p = {.state = v == VERDICT_VACUOUS ? POINT_SKIPPED : state_of(v)};
  snprintf(p.name, sizeof p.name, "counterexample without: %s", report->claim->hypotheses[i].name);
  snprintf(p.detail, sizeof p.detail, "%s", ablation_name(v));
  return p;
}

/* The points of a claim in their order: conclusions, cases, hypotheses, the verdict. */
static point point_of(const verify_report *report, size_t i) {
  if (i < report->conclusion_count)
    return conclusion_point(report, i);
  i -= report->conclusion_count;
  if (i < report->coverage_count)
    return coverage_point(report, i);
  i -= report->coverage_count;
  if (i < report->hypothesis_count)
    return ablation_point(report, i);
  point p = {.state = state_of(report->verdict)};
  snprintf(p.name, sizeof p.name, "verdict");
  if (report->failing_seed != 0)
    snprintf(p.detail, sizeof p.detail, "%s: %s; replay: suspalign replay %s 0x%" PRIx32,
             verdict_name(report->verdict), report->reason, report->claim->id,
             report->failing_seed);
  else
    snprintf(p.detail, sizeof p.detail, "%s%s%s", verdict_name(report->verdict),
             report->reason[0] != '\0' ? ": " : "", report->reason);
  return p;
}

/* --- TAP ------------------------------------------------------------------------------------ */

void record_tap_plan(FILE *stream, size_t points) {
  fprintf(stream, "TAP version 13\n1..%zu\n", points);
}

void record_tap(FILE *stream, const verify_report *report, size_t first_point) {
  for (size_t i = 0; i < verify_points(report->claim); i++) {
    const point p = point_of(report, i);
    fprintf(stream, "%sok %zu - %s %s%s%s\n", p.state == POINT_FAILED ? "not " : "",
            first_point + i, report->claim->id, p.name, p.state == POINT_SKIPPED ? " # SKIP " : "",
            p.state == POINT_SKIPPED ? p.detail : "");
    if (p.state == POINT_FAILED)
      fprintf(stream, "# %s\n", p.detail);
  }
}

/* --- JUnit ---------------------------------------------------------------------------------- */

static void xml_text(FILE *stream, const char *text) {
  for (; *text != '\0'; text++)
    switch (*text) {
    case '&':
      fputs("&amp;", stream);
      break;
    case '<':
      fputs("&lt;", stream);
      break;
    case '>':
      fputs("&gt;", stream);
      break;
    case '"':
      fputs("&quot;", stream);
      break;
    default:
      /* XML 1.0 has no other control characters, not even escaped. */
      fputc((unsigned char)*text < ' ' && *text != '\t' ? ' ' : *text, stream);
    }
}

static void xml_attribute(FILE *stream, const char *name, const char *text) {
  fprintf(stream, " %s=\"", name);
  xml_text(stream, text);
  fputc('"', stream);
}

void record_junit_open(FILE *stream) {
  fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"suspalign\">\n", stream);
}

void record_junit(FILE *stream, const verify_report *report) {
  size_t failures = 0, skipped = 0;
  const size_t points = verify_points(report->claim);
  for (size_t i = 0; i < points; i++) {
    const point p = point_of(report, i);
    failures += p.state == POINT_FAILED;
    skipped += p.state == POINT_SKIPPED;
  }
  fputs("  <testsuite", stream);
  xml_attribute(stream, "name", report->claim->id);
  fprintf(stream, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", points,
          failures, skipped);
  for (size_t i = 0; i < points; i++) {
    const point p = point_of(report, i);
    fputs("    <testcase", stream);
    xml_attribute(stream, "classname", report->claim->id);
    xml_attribute(stream, "name", p.name);
    if (p.state == POINT_PASSED) {
      fputs("/>\n", stream);
      continue;
    }
    fputs(p.state == POINT_FAILED ? "><failure" : "><skipped", stream);
    xml_attribute(stream, "message", p.detail);
    fputs("/></testcase>\n", stream);
  }
  fputs("  </testsuite>\n", stream);
}

void record_junit_close(FILE *stream) {
  fputs("</testsuites>\n", stream);
}

/* --- comparing ------------------------------------------------------------------------------ */

/* What a record lacks to be one; NULL for nothing. */
static const char *lack_of(const json_t *record) {
  const json_t *claims = json_object_get(record, "claims"), *member;
  if (!json_is_array(claims))
    return "no list \"claims\"";
  size_t i;
  json_array_foreach(claims, i, member) {
    if (!json_is_string(json_object_get(member, "id")) ||
        !json_is_string(json_object_get(member, "verdict")))
      return "a claim without \"id\" or \"verdict\"";
  }
  return NULL;
}

json_t *record_read(const char *file, diagnostic *diag) {
  json_error_t error;
  json_t *record = json_load_file(file, JSON_REJECT_DUPLICATES, &error);
  if (record == NULL) {
    /* Jansson gives line -1 for a file that it cannot open or read. */
    if (error.line < 0)
      diagnostic_set(diag, GSL_EFAILED, "%s: %s", file, error.text);
    else
      diagnostic_set(diag, GSL_EINVAL, "%s:%d: %s", file, error.line, error.text);
    return NULL;
  }
  const char *lack = lack_of(record);
  if (lack == NULL)
    return record;
  json_decref(record);
  diagnostic_set(diag, GSL_EINVAL, "%s: no record of a run: %s", file, lack);
  return NULL;
}

typedef struct {
  FILE *stream;
  size_t changes;
  bool worse;
} comparison;

static void tell(comparison *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(comparison *c, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(c->stream, format, arguments);
  va_end(arguments);
  fputc('\n', c->stream);
  c->changes++;
}

/* The member of the list whose `key` is the text; NULL when there is none. */
static const json_t *find(const json_t *list, const char *key, const char *text) {
  size_t i;
  const json_t *member;
  json_array_foreach(list, i, member) {
    const char *found = json_string_value(json_object_get(member, key));
    if (found != NULL && strcmp(found, text) == 0)
      return member;
  }
  return NULL;
}

/* A short text of a scalar; "-" for none. */
static const char *scalar_text(const json_t *value, char *text, size_t room) {
  if (json_is_string(value))
    snprintf(text, room, "%s", json_string_value(value));
  else if (json_is_integer(value))
    snprintf(text, room, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
  else if (json_is_real(value))
    snprintf(text, room, "%.17g", json_real_value(value));
  else if (json_is_boolean(value))
    snprintf(text, room, "%s", json_is_true(value) ? "true" : "false");
  else
    snprintf(text, room, "-");
  return text;
}

static void compare_scalar(comparison *c, const char *where, const char *name, const json_t *older,
                           const json_t *newer) {
  char before[96], after[96];
  if (json_equal(older, newer) || json_is_object(older) || json_is_array(older))
    return;
  tell(c, "%s%s%s: %s -> %s", where, where[0] != '\0' ? " " : "", name,
       scalar_text(older, before, sizeof before), scalar_text(newer, after, sizeof after));
}

/* Every scalar of the older object, then those that only the newer has. */
static void compare_objects(comparison *c, const char *where, const json_t *older,
                            const json_t *newer) {
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)older, name, value)
      compare_scalar(c, where, name, value, json_object_get(newer, name));
  json_object_foreach((json_t *)newer, name, value) {
    if (json_object_get(older, name) == NULL)
      compare_scalar(c, where, name, NULL, value);
  }
}

static void compare_lists(comparison *c, const char *id, const char *key, const json_t *older,
                          const json_t *newer) {
  char where[160];
  size_t i;
  const json_t *member;
  json_array_foreach(older, i, member) {
    const char *name = json_string_value(json_object_get(member, key));
    if (name == NULL)
      continue;
    snprintf(where, sizeof where, "%s %s '%.100s'", id, key, name);
    const json_t *other = find(newer, key, name);
    if (other == NULL)
      tell(c, "%s: gone", where);
    else
      compare_objects(c, where, member, other);
  }
  json_array_foreach(newer, i, member) {
    const char *name = json_string_value(json_object_get(member, key));
    if (name != NULL && find(older, key, name) == NULL)
      tell(c, "%s %s '%.100s': new", id, key, name);
  }
}

static bool held(const json_t *member) {
  const char *text = json_string_value(json_object_get(member, "verdict"));
  return text != NULL && (strcmp(text, verdict_name(VERDICT_HOLDS)) == 0 ||
                          strcmp(text, verdict_name(VERDICT_REFUTED)) == 0);
}

static void compare_claim(comparison *c, const char *id, const json_t *older, const json_t *newer) {
  compare_objects(c, id, older, newer);
  static const struct {
    const char *list, *key;
  } lists[] = {{"conclusions", "name"}, {"coverages", "case"}, {"ablations", "hypothesis"}};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    compare_lists(c, id, lists[i].key, json_object_get(older, lists[i].list),
                  json_object_get(newer, lists[i].list));
  c->worse |= held(older) && !held(newer);
}

/* Whether the value is told of a claim of the record, as "T1/trials": its counts are compared with
 * the claim. */
static bool is_of_claim(const json_t *record, const char *name) {
  char id[32];
  const size_t length = strcspn(name, "/");
  if (length >= sizeof id || name[length] == '\0')
    return false;
  memcpy(id, name, length);
  id[length] = '\0';
  return find(json_object_get(record, "claims"), "id", id) != NULL;
}

static void compare_values(comparison *c, const json_t *older, const json_t *newer) {
  const json_t *before = json_object_get(older, "values"),
               *after = json_object_get(newer, "values");
  const char *name;
  json_t *value;
  if (before == NULL || after == NULL)
    return;
  json_object_foreach((json_t *)before, name, value) {
    if (!is_of_claim(older, name))
      compare_scalar(c, "value", name, value, json_object_get(after, name));
  }
  json_object_foreach((json_t *)after, name, value) {
    if (json_object_get(before, name) == NULL && !is_of_claim(newer, name))
      compare_scalar(c, "value", name, NULL, value);
  }
}

void record_compare(FILE *stream, const json_t *older, const json_t *newer, size_t *changes,
                    bool *worse) {
  comparison c = {.stream = stream};
  const json_t *before = json_object_get(older, "claims"),
               *after = json_object_get(newer, "claims");
  compare_objects(&c, "", older, newer);
  size_t i;
  const json_t *member;
  json_array_foreach(before, i, member) {
    const char *id = json_string_value(json_object_get(member, "id"));
    const json_t *now = find(after, "id", id);
    if (now != NULL) {
      compare_claim(&c, id, member, now);
      continue;
    }
    tell(&c, "%s: gone", id);
    c.worse |= held(member);
  }
  json_array_foreach(after, i, member) {
    const char *id = json_string_value(json_object_get(member, "id"));
    if (find(before, "id", id) == NULL)
      tell(&c, "%s: new, %s", id, json_string_value(json_object_get(member, "verdict")));
  }
  compare_values(&c, older, newer);
  *changes = c.changes;
  *worse = c.worse;
}
