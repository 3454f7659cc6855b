/* check_plan.c -- plans of sweeps: what they mean, and what is wrong in them, by line. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <check.h>
#include <gsl/gsl_errno.h>
#include "evidence/stationary_sweep.h"
#include "support.h"
#include "sweep/authors_plan.h"
#include "sweep/plan.h"

/* Twelve keys, a line each, in this order; a test replaces one. */
enum { LINES = 15, TEXT_LENGTH = 8192 };
static const char *const good[LINES] = {
    "[grid]",      "m = 5, 10",    "eta = 0.003 0.004", "sigma = 0.5",  "d = 20",
    "k = 4",       "steps = 300",  "seeds = 1..3",      "[spectrum]",   "top = 100",
    "bottom = 80", "offset = 0.1", "fall = 7",          "[statistics]", "window = 100"};

/* The good plan with line `at` (from 1; 0: none) as `line`, or, where that is NULL, without it. */
static void make_text(char *text, size_t at, const char *line) {
  text[0] = '\0';
  for (size_t i = 0; i < LINES; i++) {
    const char *this = i + 1 == at ? line : good[i];
    if (this == NULL)
      continue;
    strcat(text, this);
    strcat(text, "\n");
  }
}

static sweep_plan *parse(const char *text) {
  sweep_plan *plan = NULL;
  diagnostic diag = {0, ""};
  ck_assert_msg(sweep_plan_parse("p.ini", text, strlen(text), &plan, &diag) == GSL_SUCCESS, "%s",
                diag.message);
  return plan;
}

START_TEST(grid_order_is_seeds_first) {
  char text[TEXT_LENGTH];
  make_text(text, 0, NULL);
  sweep_plan *plan = parse(text);
  ck_assert_uint_eq(sweep_plan_runs(plan), 12);
  size_t run = 0;
  static const double m[] = {5, 10}, eta[] = {0.003, 0.004};
  for (size_t i = 0; i < 2; i++)
    for (size_t j = 0; j < 2; j++)
      for (uint64_t seed = 1; seed <= 3; seed++, run++) {
        const sweep_cell c = sweep_plan_cell(plan, run);
        ck_assert(c.m == m[i] && c.eta == eta[j] && c.sigma == 0.5 && c.seed == seed);
        ck_assert(c.d == 20 && c.k == 4 && c.steps == 300);
      }
  sweep_plan_free(plan);
}
END_TEST

/* Comments, blanks, order and the way a number is written do not make another plan; a value does.
 */
START_TEST(hash_is_of_the_meaning) {
  char text[TEXT_LENGTH];
  make_text(text, 0, NULL);
  sweep_plan *plan = parse(text);
  const uint64_t hash = sweep_plan_hash(plan);
  static const struct {
    size_t line;
    const char *text;
    bool same;
  } other[] = {{2, "m=5,10 ; gap ratios", true},
               {2, "m = 5,\n  10", true},
               {2, "m = 5,\n  10 ; two ratios", true},
               {2, "m = 5,\n ; none yet\n\t10 ;two; ratios, 20", true},
               {2, "m = 10, 5", false},
               {3, "eta = 3e-3, 0x1.0624dd2f1a9fcp-8", true},
               {3, "eta = 0.003 0.0040000000000000001", true},
               {3, "eta = 0.003 0.0040000000000000010", false},
               {8, "seeds = 1 2..3", true},
               {8, "seeds = 1..2", false},
               {8, "seeds = 18446744073709551613..18446744073709551615", false},
               {12, "offset = 0.2", false},
               {15, "window = 101", false}};
  for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
    make_text(text, other[i].line, other[i].text);
    sweep_plan *changed = parse(text);
    ck_assert_msg((sweep_plan_hash(changed) == hash) == other[i].same, "%s", other[i].text);
    sweep_plan_free(changed);
  }
  sweep_plan_free(plan);
}
END_TEST

typedef struct {
  size_t line;
  const char *text; /* in its place; NULL: the line is missing */
  int code;
  const char *message;
} bad_plan;

static const bad_plan bad_plans[] = {
    {2, "m = five", GSL_EINVAL, "p.ini:2: m: 'five' is not a number"},
    {2, "m = 5, 10x", GSL_EINVAL, "p.ini:2: m: '10x' is not a number"},
    {2, "m = nan", GSL_EDOM, "p.ini:2: m: 'nan' is not in its range"},
    {2, "m = 0.5", GSL_EDOM, "p.ini:2: m = 0.5 leaves no gap"},
    {2, "m = 0.9", GSL_EDOM, "p.ini:2: m = 0.9 leaves no gap"},
    {2, "m =", GSL_EINVAL, "p.ini:2: m: its value is missing"},
    {2, "m = ,", GSL_EINVAL, "p.ini:2: m: its value is missing"},
    {2, "m", GSL_EINVAL, "p.ini:2: neither '[section]' nor 'key = value'"},
    {2, NULL, GSL_EINVAL, "p.ini:14: the plan ends without 'm' in [grid]"},
    {3, "eta = 0", GSL_EDOM, "p.ini:3: eta: '0' is not in its range, from 1e-30 to 1e30"},
    {3, "eta = -0.1", GSL_EDOM, "p.ini:3: eta: '-0.1' is not in its range"},
    {3, "eta = 1\n  two", GSL_EINVAL, "p.ini:4: eta: 'two' is not a number"},
    {3, "beta = 1", GSL_EINVAL, "p.ini:3: unknown key 'beta' in [grid]"},
    {3, "eta = 1\neta = 2", GSL_EINVAL, "p.ini:4: 'eta' stands in line 3 already"},
    {3, "eta = 1\n[grid]\n  eta = 2", GSL_EINVAL, "p.ini:5: 'eta' stands in line 3 already"},
    {3, "eta = 1\n  eta = 2", GSL_EINVAL, "p.ini:4: eta: 'eta' is not a number"},
    {3, "eta = 1,\n  2;3", GSL_EINVAL, "p.ini:4: eta: '2;3' is not a number"},
    {3, "eta = 1,\n  2,;3", GSL_EINVAL, "p.ini:4: eta: ';3' is not a number"},
    {4, "sigma = -1", GSL_EDOM, "p.ini:4: sigma: '-1' is not in its range, from 0"},
    {5, "d = 20.5", GSL_EINVAL, "p.ini:5: d: '20.5' is not a whole number"},
    {5, "d = 1", GSL_EDOM, "p.ini:5: d: '1' is not in its range, from 2 to 100000"},
    {5, "d = 100001", GSL_EDOM, "p.ini:5: d: '100001' is not in its range"},
    {6, "k = 0", GSL_EDOM, "p.ini:6: k: '0' is not in its range"},
    {6, "k = 4, 20", GSL_EDOM, "p.ini:6: k = 20 is not below d = 20"},
    {7, "steps = 99", GSL_EDOM, "p.ini:15: window = 100 is longer than a run of 99 steps"},
    {7, "steps = 1e3", GSL_EINVAL, "p.ini:7: steps: '1e3' is not a whole number"},
    {8, "seeds = 3..1", GSL_EINVAL, "p.ini:8: seeds: '3..1' is not a whole number"},
    {8, "seeds = -1", GSL_EINVAL, "p.ini:8: seeds: '-1' is not a whole number"},
    {8, "seeds = 18446744073709551616", GSL_EINVAL, "p.ini:8: seeds: '18446744073709551616'"},
    {8, "seeds = 1..2000000", GSL_EDOM, "p.ini:8: seeds: '1..2000000': a plan has at most 1000000"},
    {8, "seeds = 1..1000000\n  1..1000000\n  2", GSL_EDOM,
     "p.ini:9: seeds: '1..1000000': a plan has at most 1000000"},
    {8, "seeds = 1..1000000\n  2", GSL_EDOM, "p.ini:9: seeds: '2': a plan has at most 1000000"},
    {8, "seeds = 1..300000", GSL_EDOM, "p.ini:8: 1200000 runs: a plan has at most 1000000"},
    {9, "[spectre]", GSL_EINVAL, "p.ini:10: 'top' stands in [spectrum], not in [spectre]"},
    {10, "top = 70", GSL_EDOM, "p.ini:11: bottom = 80 is above top = 70"},
    {10, "top = 100 90", GSL_EINVAL, "p.ini:10: top: one number is wanted, not 2"},
    {13, "fall = 0.5", GSL_EDOM, "p.ini:13: fall: '0.5' is not in its range"},
    {15, "window = 1", GSL_EDOM, "p.ini:15: window: '1' is not in its range"},
    {15, NULL, GSL_EINVAL, "p.ini:14: the plan ends without 'window' in [statistics]"},
};
enum { BAD_PLANS = sizeof bad_plans / sizeof *bad_plans };

START_TEST(bad_plan_is_named_by_line) {
  const bad_plan *bad = &bad_plans[_i];
  char text[TEXT_LENGTH];
  diagnostic diag = {0, ""};
  sweep_plan *plan = NULL;
  make_text(text, bad->line, bad->text);
  ck_assert_int_eq(sweep_plan_parse("p.ini", text, strlen(text), &plan, &diag), bad->code);
  ck_assert_int_eq(diag.code, bad->code);
  ck_assert_msg(strncmp(diag.message, bad->message, strlen(bad->message)) == 0, "'%s', not '%s...'",
                diag.message, bad->message);
  ck_assert_ptr_null(plan);
}
END_TEST

/* What inih would cut in two or end early is refused. */
START_TEST(long_lines_and_nul_bytes_are_refused) {
  char text[TEXT_LENGTH], list[2048] = "m = 5";
  diagnostic diag = {0, ""};
  sweep_plan *plan = NULL;
  for (int i = 0; i < 300; i++)
    strcat(list, ", 5");
  make_text(text, 2, list);
  ck_assert_int_eq(sweep_plan_parse("p.ini", text, strlen(text), &plan, &diag), GSL_EINVAL);
  ck_assert_msg(strstr(diag.message, "p.ini:2: more than ") != NULL, "%s", diag.message);
  make_text(text, 2, "m = 5@");
  *strchr(text, '@') = '\0';
  ck_assert_int_eq(sweep_plan_parse("p.ini", text, 200, &plan, &diag), GSL_EINVAL);
  ck_assert_msg(strstr(diag.message, "p.ini:2: a NUL byte") != NULL, "%s", diag.message);
  ck_assert_int_eq(sweep_plan_parse("p.ini", "", 0, &plan, &diag), GSL_EINVAL);
  ck_assert_msg(strstr(diag.message, "p.ini:1: the plan ends without 'm'") != NULL, "%s",
                diag.message);
  ck_assert_int_eq(sweep_plan_read("/", &plan, &diag), GSL_EFAILED);
  ck_assert_int_eq(sweep_plan_read("/no/such/plan.ini", &plan, &diag), GSL_EFAILED);
  ck_assert_str_eq(diag.message, "/no/such/plan.ini: No such file or directory");
}
END_TEST

/* The shipped plan has the problems that the exact laws are computed for, bit for bit. */
START_TEST(authors_plan_is_the_stationary_sweep) {
  sweep_plan *plan = parse(authors_plan);
  ck_assert_uint_eq(plan->count[SWEEP_M], STATIONARY_SWEEP_POINTS);
  ck_assert_uint_eq(sweep_plan_runs(plan), 7 * STATIONARY_SWEEP_POINTS);
  for (size_t run = 0; run < sweep_plan_runs(plan); run++) {
    const sweep_cell cell = sweep_plan_cell(plan, run);
    quadratic *mine = sweep_plan_problem(plan, &cell),
              *exact = stationary_sweep_problem(stationary_sweep_ratios[run / 7]);
    ck_assert_ptr_nonnull(mine);
    ck_assert_ptr_nonnull(exact);
    ck_assert(mine->d == exact->d && mine->k == exact->k && mine->eta == exact->eta);
    for (size_t i = 0; i < mine->d; i++)
      ck_assert(mine->lambda[i] == exact->lambda[i] && mine->g[i] == exact->g[i] &&
                mine->v[i] == exact->v[i]);
    ck_assert_uint_eq(cell.steps, STATIONARY_SWEEP_LAST);
    ck_assert_uint_eq(cell.steps - plan->window + 1, STATIONARY_SWEEP_FIRST);
    quadratic_free(mine);
    quadratic_free(exact);
  }
  sweep_plan_free(plan);
}
END_TEST

/* A run's random numbers follow from its own cell: not from its place, nor from its length. */
START_TEST(streams_belong_to_cells) {
  char text[TEXT_LENGTH];
  make_text(text, 0, NULL);
  sweep_plan *plan = parse(text);
  make_text(text, 2, "m = 10");
  sweep_plan *part = parse(text);
  make_text(text, 7, "steps = 400");
  sweep_plan *longer = parse(text);
  for (size_t run = 0; run < 12; run++) {
    const sweep_cell cell = sweep_plan_cell(plan, run), same = sweep_plan_cell(longer, run);
    const uint64_t stream = sweep_plan_stream(plan, &cell);
    ck_assert_uint_eq(stream, sweep_plan_stream(longer, &same));
    if (run >= 6) {
      const sweep_cell there = sweep_plan_cell(part, run - 6);
      ck_assert_uint_eq(stream, sweep_plan_stream(part, &there));
    }
    for (size_t before = 0; before < run; before++) {
      const sweep_cell earlier = sweep_plan_cell(plan, before);
      ck_assert_uint_ne(stream, sweep_plan_stream(plan, &earlier));
    }
  }
  sweep_plan_free(plan);
  sweep_plan_free(part);
  sweep_plan_free(longer);
}
END_TEST

int main(void) {
  gsl_set_error_handler_off();
  Suite *suite = suite_create("plan");
  TCase *tests = tcase_create("plans of sweeps");
  tcase_add_test(tests, grid_order_is_seeds_first);
  tcase_add_test(tests, hash_is_of_the_meaning);
  tcase_add_loop_test(tests, bad_plan_is_named_by_line, 0, BAD_PLANS);
  tcase_add_test(tests, long_lines_and_nul_bytes_are_refused);
  tcase_add_test(tests, authors_plan_is_the_stationary_sweep);
  tcase_add_test(tests, streams_belong_to_cells);
  suite_add_tcase(suite, tests);
  return support_run(suite);
}
