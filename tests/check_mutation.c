/* The tool that asks whether the tests notice: tests/mutation.c, tests/mutants.c. */
#include "config.h"
#include "mutants.h"
#include "scratch.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <jansson.h>

/* --- the edits ------------------------------------------------------------------------------ */

static mutant_list mutants(const char *source) {
  mutant_list list;
  ck_assert(mutants_of(source, &list));
  return list;
}

START_TEST(test_text_is_never_touched) {
  const char *const source = "#define TWICE(x) \\\n  (2.0 * (x))\n"
                             "static const double table[] = {2.0 * 3.0, 1.0 + 1.0};\n"
                             "/* a + b < c */ // d - e\n"
                             "enum { MANY = 2 + 3 };\n"
                             "int f(void) {\n"
                             "  /* a + b */ // c && d \"\n"
                             "  puts(\"a + b * 2.0 \\\" - c\");\n"
                             "#if 1 < 2\n"
                             "  claim_note_set(note, \"%g\", a + b * (c - 2.0));\n"
                             "#endif\n"
                             "  return '+';\n"
                             "}\n";
  mutant_list list = mutants(source);
  ck_assert_uint_eq(list.count, 0);
  mutants_free(&list);
}
END_TEST

START_TEST(test_declarations_are_no_products) {
  mutant_list list = mutants("void f(void) {\n"
                             "  const double *x = p->x, *y = p->y;\n"
                             "  quadratic *q = make((const double *)z, sizeof *q);\n"
                             "  *x = (double)*y;\n"
                             "}\n");
  ck_assert_uint_eq(list.count, 0);
  mutants_free(&list);
}
END_TEST

START_TEST(test_brackets_must_match) {
  mutant_list list;
  ck_assert(!mutants_of("int f(void) { return (1]; }", &list));
  ck_assert_uint_eq(list.count, 0);
  ck_assert(!mutants_of("int f(void) { return 1;", &list));
}
END_TEST

/* One statement, one operator, and all that the operator makes of it. */
typedef struct {
  mutant_operator kind;
  const char *statement;
  const char *after[5];
} edit_case;

static const edit_case edit_cases[] = {
    {MUTANT_SIGN, "x = a + b - c;", {"x = a - b - c;", "x = a + b + c;"}},
    {MUTANT_SIGN, "s += -a;", {"s -= -a;", "s += a;"}},
    {MUTANT_SIGN, "x = 1e-3;", {NULL}},
    {MUTANT_TIMES, "x = a * b / c;", {"x = a / b / c;", "x = a * b * c;"}},
    {MUTANT_TIMES, "x *= y[i] * f(z);", {"x /= y[i] * f(z);", "x *= y[i] / f(z);"}},
    {MUTANT_FACTOR, "x = 2.0 * a + 1.0;", {"x = 1.0 * a + 1.0;"}},
    {MUTANT_FACTOR, "x = 2 * d / 1.0;", {"x = 1 * d / 1.0;", "x = 2 * d / 2.0;"}},
    {MUTANT_FACTOR,
     "x = 0.25 * a * 8.0;",
     {"x = (2.0 * 0.25) * a * 8.0;", "x = 0.25 * a * (0.5 * 8.0);"}},
    {MUTANT_RELATION, "x = a < b || c >= d;", {"x = a <= b || c >= d;", "x = a < b || c > d;"}},
    {MUTANT_RELATION, "for (i = 0; i < n; i++) p->x = 0;", {"for (i = 0; i <= n; i++) p->x = 0;"}},
    {MUTANT_INDEX,
     "x = v[0] + v[i - 1] + 3;",
     {"x = v[1] + v[i - 1] + 3;", "x = v[0] + v[i - 0] + 3;"}},
    {MUTANT_INDEX,
     "for (size_t i = 0; i < q->k; i++) ;",
     {"for (size_t i = 1; i < q->k; i++) ;", "for (size_t i = 0; i < q->d; i++) ;"}},
    {MUTANT_INDEX, "double part[2]; int k = 1;", {NULL}},
    {MUTANT_TERM,
     "x = a * b - f(c + d);",
     {"x = a * b ;", "x = - f(c + d);", "x = a * b - f(c );", "x = a * b - f( d);"}},
    {MUTANT_TERM, "for (;;) s->sum[i] += a;", {"for (;;) ;"}},
    {MUTANT_TERM, "for (t = 0; t < 9; t += 2) ;", {NULL}},
    {MUTANT_SIDE,
     "x = m->d0 * rest_bulk;",
     {"x = m->b0 * rest_bulk;", "x = m->d0 * rest_dominant;"}},
    {MUTANT_SIDE, "part[i < q->k] = vd;", {"part[i >= q->k] = vd;", "part[i < q->k] = vb;"}},
    {MUTANT_POWER, "x = q->lambda[i] * g;", {"x = (q->lambda[i] * q->lambda[i]) * g;"}},
    {MUTANT_POWER, "x = q->g[i] * q->g[i];", {"x = q->g[i] ;"}},
    {MUTANT_POWER, "x = q->g[i] * q->g[j];", {NULL}},
    {MUTANT_POWER, "f(q->lambda); q->lambda[i] = 1;", {NULL}},
    {MUTANT_LOGIC, "x = a && b || c;", {"x = a || b || c;", "x = a && b && c;"}},
    {MUTANT_LOGIC, "x = p == NULL || q == NULL;", {NULL}},
    {MUTANT_NEGATE,
     "if (a < b) x = c ? 1 : 2;",
     {"if (!(a < b)) x = c ? 1 : 2;", "if (a < b) x = !(c) ? 1 : 2;"}},
    {MUTANT_NEGATE, "while (f(x) > 0) ;", {"while (!(f(x) > 0)) ;"}},
    {MUTANT_NEGATE, "if (p != NULL) free(p);", {NULL}},
    {MUTANT_NEGATE, "if (p == NULL || q->x == NULL) return 1;", {NULL}},
};

START_TEST(test_operator_makes_these_edits) {
  const edit_case *c = &edit_cases[_i];
  char source[256];
  snprintf(source, sizeof source, "void g(void) {\n  %s\n}\n", c->statement);
  mutant_list list = mutants(source);
  size_t found = 0, wanted = 0;
  while (wanted < 5 && c->after[wanted] != NULL)
    wanted++;
  for (size_t i = 0; i < list.count; i++) {
    const mutant *m = &list.item[i];
    ck_assert_str_eq(m->function, "g");
    ck_assert_int_eq(m->line, 2);
    if (m->kind != c->kind)
      continue;
    char *before = mutant_before(source, m), *after = mutant_after(source, m);
    ck_assert_str_eq(before, c->statement);
    bool known = false;
    for (size_t j = 0; j < wanted; j++)
      known = known || strcmp(after, c->after[j]) == 0;
    ck_assert_msg(known, "%s: %s", c->statement, after);
    found++;
    free(before);
    free(after);
  }
  ck_assert_uint_eq(found, wanted);
  mutants_free(&list);
}
END_TEST

/* What returns a verdict tests the rest, and so does what is there for it alone. */
/* Each mutant's copy stands on its lines, and the original hands its arguments on; a function that
 * takes any number of them stays as it is. */
START_TEST(test_schema) {
  static const char source[] =
      "#define TWO 2\n"
      "static double f(const double x[2], size_t n) {\n"
      "  return x[0] + n;\n"
      "}\n"
      "void g(double (*way)(double), struct s *out) { out->a += way(1); }\n"
      "int any(int n, ...) { return n + 1; }\n"
      "int none(void) { return n - 1; }\n";
  mutant_list list = mutants(source);
  bool *wanted = malloc(list.count * sizeof *wanted);
  mutant_lines *lines = malloc(list.count * sizeof *lines);
  for (size_t i = 0; i < list.count; i++)
    wanted[i] = i != 0;
  char *text = mutants_schema(source, &list, wanted, lines);
  ck_assert_int_eq(lines[0].first, 0);
  for (size_t i = 1; i < list.count; i++) {
    const bool any = strcmp(list.item[i].function, "any") == 0;
    ck_assert_int_eq(lines[i].first == 0, any);
    if (any)
      continue;
    /* The name of the copy is on its first line. */
    const char *at = text;
    for (int line = 1; line < lines[i].first; line++)
      at = strchr(at, '\n') + 1;
    char name[160];
    snprintf(name, sizeof name, "%s__mutant_%zu(", list.item[i].function, i);
    ck_assert_ptr_nonnull(strstr(at, name));
    ck_assert(strstr(at, name) < strchr(at, '\n'));
    ck_assert_int_ge(lines[i].last, lines[i].first);
    const char *const calls[] = {"return f__(x, n);", "g__(way, out); return;", "return none__();"};
    const char kind = list.item[i].function[0];
    const char *const call = kind == 'f' ? calls[0] : kind == 'g' ? calls[1] : calls[2];
    snprintf(name, sizeof name, "%.*s__mutant_%zu%s", (int)(strstr(call, "__") - call), call, i,
             strchr(call, '('));
    ck_assert_msg(strstr(text, name) != NULL, "%s", name);
  }
  ck_assert_ptr_null(strstr(text, "__mutant_0("));
  ck_assert_ptr_nonnull(strstr(text, "#define TWO 2\n"));
  free(text);
  free(lines);
  free(wanted);
  mutants_free(&list);
}
END_TEST

START_TEST(test_roles_are_told_apart) {
  static const mutant_role roles[] = {MUTANT_DECIDES,  MUTANT_DECIDES, MUTANT_COMPUTES,
                                      MUTANT_COMPUTES, MUTANT_DECIDES, MUTANT_COMPUTES,
                                      MUTANT_DRAWS,    MUTANT_DECIDES, MUTANT_DRAWS,
                                      MUTANT_DRAWS,    MUTANT_DRAWS,   MUTANT_COMPUTES};
  mutant_list list = mutants("static int deep(int a) { return -a; }\n"
                             "static int point(int a) { return -deep(a); }\n"
                             "static int both(int a) { return -a; }\n"
                             "int open_to_all(int a) { return -a; }\n"
                             "static verdict f(int a) { return -point(both(open_to_all(a))); }\n"
                             "double verdict_of(int a) { return -both(a); }\n"
                             "static int drawn(int a) { return -a; }\n"
                             "static int shared(int a) { return -a; }\n"
                             "static int violate(gsl_rng *r) { return -drawn(shared(1)); }\n"
                             "static void *example(void) { return make(-1); }\n"
                             "void *my_generate(gsl_rng *r) { return make(-1); }\n"
                             "int uniform(gsl_rng *r) { return -1; }\n"
                             "verdict g(int a) { return shared(a); }\n");
  ck_assert_uint_eq(list.count, 12);
  for (size_t i = 0; i < 12; i++)
    ck_assert_int_eq(list.item[i].role, roles[i]);
  mutants_free(&list);
}
END_TEST

START_TEST(test_edit_changes_its_bytes_only) {
  const char *const source = "int f(int a) {\n  return a +\n    1;\n}\nint g;\n";
  mutant_list list = mutants(source);
  ck_assert_uint_ge(list.count, 3);
  for (size_t i = 0; i < list.count; i++) {
    const mutant *m = &list.item[i];
    char *whole = mutant_apply(source, m);
    ck_assert_int_eq(strncmp(whole, source, m->start), 0);
    ck_assert_int_eq(strncmp(whole + m->start, m->text, strlen(m->text)), 0);
    ck_assert_str_eq(whole + m->start + strlen(m->text), source + m->end);
    ck_assert_str_ne(whole, source);
    free(whole);
  }
  mutants_free(&list);
}
END_TEST

/* --- the whole tool, on a module of a few lines --------------------------------------------- */

static const char sample[] = "#include \"model/sample.h\"\n"
                             "unsigned twice(unsigned a) {\n"
                             "  return a + a;\n"
                             "}\n"
                             "unsigned same(unsigned a) {\n"
                             "  return a * 1;\n"
                             "}\n";
static const char header[] = "unsigned twice(unsigned a);\nunsigned same(unsigned a);\n";
static const char good_test[] = "#include \"model/sample.h\"\n"
                                "int main(void) { return !(twice(7) == 14 && same(5) == 5); }\n";
static const char idle_test[] = "#include \"model/sample.h\"\n"
                                "int main(void) { return !(twice(7) + same(5) > 0); }\n";

/* A shell command in the folder; its exit status must be the one expected. */
static void run(const scratch *s, const char *command, int expected) {
  char whole[2048], path[SCRATCH_PATH_LENGTH + 64];
  ck_assert_int_lt(
      snprintf(whole, sizeof whole, "cd '%s' && { %s; } >out.txt 2>&1", s->folder, command),
      (int)sizeof whole);
  const int status = system(whole);
  scratch_path(s, "out.txt", path);
  char *said = scratch_read(path, NULL);
  ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == expected, "%s: %s", command, said);
  free(said);
}

/* Runs the tool on the sample with that test and those equivalents; the JSON that it writes, NULL
 * where none was to be. */
static json_t *mutate(const char *test, const char *equivalents, int expected) {
  const char *const tool = getenv("MUTATION"), *const compiler = getenv("MUTATION_CC");
  ck_assert(tool != NULL && compiler != NULL);
  scratch s;
  char path[SCRATCH_PATH_LENGTH + 64];
  scratch_make(&s);
  run(&s, "mkdir -p src/model tests/equivalent", 0);
  const char *const names[] = {"src/model/sample.c", "src/model/sample.h", "tests/check_sample.c",
                               "tests/equivalent/model-sample.txt"};
  const char *const texts[] = {sample, header, test, equivalents};
  for (int i = 0; i < 4; i++) {
    scratch_path(&s, names[i], path);
    scratch_write(path, texts[i], strlen(texts[i]));
  }
  char command[1024];
  snprintf(command, sizeof command,
           "%s -Isrc -c -o tests/check_sample.o tests/check_sample.c && "
           "%s -Isrc -c -o original.o src/model/sample.c && ar cr lib.a original.o",
           compiler, compiler);
  run(&s, command, 0);
  snprintf(
      command, sizeof command,
      "%s --source . --compile '%s -Isrc' --link '%s' --libs lib.a --equivalent tests/equivalent "
      "--json out.json --jobs 2",
      tool, compiler, compiler);
  run(&s, command, expected);
  scratch_path(&s, "out.json", path);
  json_t *j = json_load_file(path, 0, NULL);
  run(&s, "rm -rf src tests original.o lib.a out.json", 0);
  scratch_remove(&s);
  return j;
}

static json_int_t total(const json_t *j, const char *name) {
  return json_integer_value(json_object_get(json_object_get(j, "total"), name));
}

/* Four of a + a, two of a * 1: a / 1 compiles to what a * 1 does, a * 2 does not. */
START_TEST(test_good_test_kills) {
  json_t *j = mutate(good_test, "", 0);
  ck_assert_int_eq(total(j, "generated"), 5);
  ck_assert_int_eq(total(j, "same_code"), 1);
  ck_assert_int_eq(total(j, "killed"), 4);
  ck_assert_int_eq(total(j, "survived"), 0);
  json_decref(j);
}
END_TEST

/* twice(7) - same(5) is never 0: the test passes whatever is computed, but for nothing at all. */
START_TEST(test_idle_test_is_found_out) {
  json_t *j = mutate(idle_test, "", 1);
  ck_assert_int_eq(total(j, "killed"), 0);
  ck_assert_int_eq(total(j, "survived"), 4);
  const json_t *survivors =
      json_object_get(json_array_get(json_object_get(j, "modules"), 0), "survivors");
  ck_assert_uint_eq(json_array_size(survivors), 4);
  const json_t *first = json_array_get(survivors, 0);
  ck_assert_str_eq(json_string_value(json_object_get(first, "file")), "src/model/sample.c");
  ck_assert_int_eq(json_integer_value(json_object_get(first, "line")), 3);
  json_decref(j);
}
END_TEST

#define ENTRY(after)                                                                               \
  "# a comment\n\nfunction: same\nbefore: return a * 1;\n"                                         \
  "after: " after "\nreason: the test of it\n is elsewhere\n"

START_TEST(test_argued_equivalent_is_counted) {
  json_t *j = mutate(idle_test, ENTRY("return a * 2;"), 1);
  ck_assert_int_eq(total(j, "argued"), 1);
  ck_assert_int_eq(total(j, "survived"), 3);
  json_decref(j);
}
END_TEST

/* Of all the mutants of a function, those that no test kills. */
START_TEST(test_argument_for_a_whole_function) {
  const char entry[] = "function: twice\nbefore: any\nafter: any\nreason: anything will do\n";
  json_t *j = mutate(idle_test, entry, 1);
  ck_assert_int_eq(total(j, "argued"), 3);
  ck_assert_int_eq(total(j, "survived"), 1);
  json_decref(j);
  j = mutate(good_test, entry, 0);
  ck_assert_int_eq(total(j, "argued"), 0);
  ck_assert_int_eq(total(j, "killed"), 4);
  json_decref(j);
}
END_TEST

START_TEST(test_list_cannot_rot) {
  json_decref(mutate(good_test, ENTRY("return a * 3;"), 1)); /* no such mutant */
  json_decref(mutate(good_test, ENTRY("return a * 2;"), 1)); /* killed all the same */
  json_decref(mutate(good_test, "function: same\n", 2));
  json_decref(mutate(good_test, ENTRY("return a * 2;") "what: this\n", 2));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("mutation");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_text_is_never_touched);
  tcase_add_test(core, test_declarations_are_no_products);
  tcase_add_test(core, test_brackets_must_match);
  tcase_add_loop_test(core, test_operator_makes_these_edits, 0,
                      (int)(sizeof edit_cases / sizeof *edit_cases));
  tcase_add_test(core, test_schema);
  tcase_add_test(core, test_roles_are_told_apart);
  tcase_add_test(core, test_edit_changes_its_bytes_only);
  tcase_add_test(core, test_good_test_kills);
  tcase_add_test(core, test_idle_test_is_found_out);
  tcase_add_test(core, test_argued_equivalent_is_counted);
  tcase_add_test(core, test_argument_for_a_whole_function);
  tcase_add_test(core, test_list_cannot_rot);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
