/* check_evidence.c -- the evidence of the report: complete, the same bytes twice, and honest about
 * what it cannot read or write. */
#include "config.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <gsl/gsl_errno.h>
#include <jansson.h>
#include "claims/registry.h"
#include "evidence/evidence.h"
#include "evidence/facts.h"
#include "evidence/stationary_sweep.h"
#include "model/random.h"
#include "scratch.h"
#include "support.h"

enum { PATH_LENGTH = SCRATCH_PATH_LENGTH + 64 };

/* Few trials: what is looked at here is the writing, not the verdicts. */
static const verify_options quick = {.seed = RANDOM_DEFAULT_SEED, .trials_factor = 0.004};

static const char *const figures[] = {"regime_map",
                                      "drift",
                                      "opposite_effects",
                                      "interval_gap",
                                      "two_phases",
                                      "scaling_law",
                                      "real_data",
                                      "stationary_sweep",
                                      "readings",
                                      "true_step",
                                      "law",
                                      "mean_square_stability",
                                      "escape_direction",
                                      "multiplicative_alignment",
                                      "finite_samples",
                                      "cyclical_steps",
                                      "ablations",
                                      "authors_sweep",
                                      "toy_paths",
                                      "toy_alignment",
                                      "toy_projected",
                                      "switches",
                                      "dominant_stalls",
                                      "edge_of_stability"};
enum { FIGURES = sizeof figures / sizeof *figures };

static const char *data_file(void) {
  const char *file = getenv("SUSPALIGN_DATA");
  ck_assert_msg(file != NULL, "SUSPALIGN_DATA is not set");
  return file;
}

static void write_evidence(const scratch *s, const char *data) {
  diagnostic diag = {0, ""};
  verdict worst;
  ck_assert_msg(evidence_write(s->folder, &quick, data, &diag, &worst) == GSL_SUCCESS, "%s",
                diag.message);
}

static char *read_named(const scratch *s, const char *name, size_t *length) {
  char path[PATH_LENGTH];
  scratch_path(s, name, path);
  return scratch_read(path, length);
}

static void expect_same(const scratch *one, const scratch *other, const char *name) {
  size_t length, other_length;
  char *bytes = read_named(one, name, &length),
       *other_bytes = read_named(other, name, &other_length);
  ck_assert_msg(length == other_length && memcmp(bytes, other_bytes, length) == 0,
                "%s differs between two runs", name);
  free(bytes);
  free(other_bytes);
}

static void expect_marks_and_script(const scratch *s, const char *figure) {
  const char *source = getenv("SUSPALIGN_SOURCE");
  ck_assert_msg(source != NULL, "SUSPALIGN_SOURCE is not set");
  char name[64], path[4096];
  struct stat status;
  snprintf(name, sizeof name, "%s.dat", figure);
  char *data = read_named(s, name, NULL);
  ck_assert_msg(strstr(data, "\n# marks\n") != NULL, "%s has no marks", name);
  ck_assert_msg(strstr(data, "\n# columns: ") != NULL, "%s does not name its columns", name);
  free(data);
  snprintf(path, sizeof path, "%s/figures/%s.gp", source, figure);
  ck_assert_msg(stat(path, &status) == 0, "%s: no such script", path);
}

START_TEST(test_two_runs_give_the_same_bytes) {
  static const char *const files[] = {
      "evidence.json",     "evidence.tex",     "claims.tex",       "realdata.tex",
      "batches.tex",       "versions.tex",     "sweep.tex",        "readings.tex",
      "noise_data.tex",    "ablations.tex",    "chapters.tex",     "authors_window.tex",
      "authors_decay.tex", "authors_plan.tex", "switches.tex",     "stalls.tex",
      "stalls-digits.tex", "optimisers.tex",   "correlations.tex", "errata.tex"};
  static const char *const kinds[] = {"conclusions", "coverage", "ablations"};
  scratch one, other;
  char name[64];
  size_t count = 0;
  scratch_make(&one);
  scratch_make(&other);
  write_evidence(&one, data_file());
  write_evidence(&other, NULL);
  write_evidence(&other, data_file()); /* over what is there */
  for (size_t i = 0; i < sizeof files / sizeof *files; i++, count++)
    expect_same(&one, &other, files[i]);
  for (size_t i = 0; i < FIGURES; i++, count++) {
    snprintf(name, sizeof name, "%s.dat", figures[i]);
    expect_same(&one, &other, name);
    expect_marks_and_script(&one, figures[i]);
  }
  for (const claim *const *c = registry_claims; *c != NULL; c++)
    for (size_t i = 0; i < 3; i++, count++) {
      snprintf(name, sizeof name, "%s-%s.tex", (*c)->id, kinds[i]);
      expect_same(&one, &other, name);
    }
  ck_assert_uint_eq(scratch_count(&one), count); /* nothing else, and no temporary */
  ck_assert_uint_eq(scratch_count(&other), count);
  scratch_remove(&one);
  scratch_remove(&other);
}
END_TEST

static double value_of(const json_t *values, const char *key) {
  const json_t *value = json_object_get(values, key);
  ck_assert_msg(json_is_number(value), "no number under %s", key);
  return json_number_value(value);
}

/* Numbers that a reader gets by hand from the figures' problems. */
START_TEST(test_values_are_those_computed_by_hand) {
  scratch s;
  scratch_make(&s);
  write_evidence(&s, NULL);
  char *text = read_named(&s, "evidence.json", NULL);
  json_t *root = json_loads(text, 0, NULL);
  ck_assert_ptr_nonnull(root);
  const json_t *values = json_object_get(root, "values");
  const double close = 1e-12;
  /* lambda = (3, 1), V_D = V_B = 18, |g|^2 = 5: 40 a^2 - 4 a - 18 = 0. */
  ck_assert(fabs(value_of(values, "figure/regime_map/alpha_c") - (1.0 + sqrt(181.0)) / 20.0) <=
            close);
  /* Delta = 9 - 1 at alpha = 1/2, so eta* = 4/8, in units of 2/3. */
  ck_assert(fabs(value_of(values, "figure/drift/eta_star") - 0.75) <= close);
  ck_assert(fabs(value_of(values, "figure/drift/delta_low") - 8.0) <= 8.0 * close);
  ck_assert(value_of(values, "figure/drift/delta_high") < 0.0);
  /* D_0 = 1/2, D_1 = 10, tau_D = 40; B_0 = 1/20, tau_B = 18 lambda_B. */
  ck_assert(fabs(value_of(values, "figure/opposite_effects/eta_dominant") - 0.2) <= close);
  ck_assert(fabs(value_of(values, "figure/interval_gap/sufficient") - 361.0) <= 361.0 * close);
  ck_assert(fabs(value_of(values, "figure/interval_gap/opening") - 72.2) <= 72.2 * close);
  /* rho = (0.8^2, 0.95^2). */
  ck_assert(fabs(value_of(values, "figure/scaling_law/kappa") - log(0.95) / log(0.8)) <= close);
  ck_assert(fabs(value_of(values, "figure/scaling_law/turn_slope") - 1.0 / log(1.25)) <=
            5.0 * close);
  /* E[1/(1 + 24 z^2)] for a standard normal z. */
  ck_assert(fabs(value_of(values, "law/counterexample_true") -
                 sqrt(acos(-1.0) / 48.0) * exp(1.0 / 48.0) * erfc(1.0 / sqrt(48.0))) <= close);
  ck_assert(fabs(value_of(values, "law/true_step_slope") + 1.0) <= 0.05);
  ck_assert(fabs(value_of(values, "law/true_step_slope_spread") + 1.0) <= 0.05);
  ck_assert(value_of(values, "law/next_distance") <= value_of(values, "law/distance_limit"));
  ck_assert(value_of(values, "law/stationary_distance") <= value_of(values, "law/distance_limit"));
  /* P(max |z| >= x) for as many normals as there are gap ratios. */
  const double each = erfc(value_of(values, "authors/z_most") / sqrt(2.0)),
               any = 1.0 - pow(1.0 - each, value_of(values, "authors/ratios"));
  ck_assert(each > 0.0 && fabs(value_of(values, "authors/z_most_p") - any) <= close);
  size_t claims = 0;
  for (const claim *const *c = registry_claims; *c != NULL; c++, claims++) {
    char key[32];
    snprintf(key, sizeof key, "%s/verdict", (*c)->id);
    ck_assert_msg(json_is_string(json_object_get(values, key)), "no verdict of %s", (*c)->id);
  }
  ck_assert_uint_eq(json_array_size(json_object_get(root, "claims")), claims);
  ck_assert_uint_eq((size_t)value_of(values, "run/claims"), claims);
  json_decref(root);
  free(text);
  scratch_remove(&s);
}
END_TEST

/* The quadrature over the window against the sum over all of its ten thousand steps; the deviation
 * of E alpha_t within it is part of the window's, for m = 500 a visible one. */
START_TEST(test_sweep_window_is_the_sum_over_its_steps) {
  const double m = 500.0;
  stationary_sweep_point p;
  ck_assert_int_eq(stationary_sweep_at(m, &p), GSL_SUCCESS);
  quadratic *q = stationary_sweep_problem(m);
  ck_assert_ptr_nonnull(q);
  double spread[500], sum = 0.0, squares = 0.0;
  for (size_t i = 0; i < q->d; i++)
    spread[i] = q->g[i] * q->g[i];
  for (size_t t = STATIONARY_SWEEP_FIRST; t <= STATIONARY_SWEEP_LAST; t++) {
    alignment_law *law = NULL;
    law_value mean, variance;
    ck_assert_int_eq(alignment_law_at_time(q, (double)t, spread, &law, NULL), GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_mean(law, &mean), GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_variance(law, &variance), GSL_SUCCESS);
    alignment_law_free(law);
    sum += mean.val;
    squares += variance.val + mean.val * mean.val;
  }
  const double steps = STATIONARY_SWEEP_LAST - STATIONARY_SWEEP_FIRST + 1, mean = sum / steps;
  const double deviation = sqrt(squares / steps - mean * mean);
  ck_assert(p.window_mean.err <= 1e-8 && p.window_deviation.err <= 1e-7);
  ck_assert(fabs(p.window_mean.val - mean) <= p.window_mean.err + 1e-12);
  ck_assert(fabs(p.window_deviation.val - deviation) <= p.window_deviation.err + 1e-9);
  ck_assert(fabs(p.window_mean.val - p.mean.val) > 1e-4);
  quadratic_free(q);
}
END_TEST

/* The spectrum by its definition, and the mean-field limit by the formula of T4. */
START_TEST(test_sweep_is_the_one_defined) {
  for (size_t n = 0; n < STATIONARY_SWEEP_POINTS; n++) {
    const double m = stationary_sweep_ratios[n], bulk = 80.0 / (m + 0.1);
    double part[2] = {0.0, 0.0};
    for (int i = 0; i < 500; i++) {
      const double lambda =
          i < 50 ? 100.0 - 20.0 * i / 49.0 : bulk * (1.0 - 6.0 / 7.0 * (i - 50) / 449.0);
      part[i >= 50] += 0.003 * lambda * 0.25 / (2.0 - 0.003 * lambda);
    }
    stationary_sweep_point p;
    ck_assert_int_eq(stationary_sweep_at(m, &p), GSL_SUCCESS);
    ck_assert(fabs(p.mean_field - part[0] / (part[0] + part[1])) <= 1e-12);
    ck_assert(p.mean.val < p.mean_field); /* few dominant directions among many: N varies more */
    ck_assert(fabs(p.mean.val - p.mean_field) <= 0.01 && p.mean.err <= 1e-10);
    ck_assert(p.window_deviation.val >= p.deviation - p.window_deviation.err);
  }
}
END_TEST

static void expect_refused(const char *folder, const char *data, const char *named) {
  diagnostic diag = {0, ""};
  verdict worst = VERDICT_VACUOUS;
  ck_assert_int_ne(evidence_write(folder, &quick, data, &diag, &worst), GSL_SUCCESS);
  ck_assert_msg(strstr(diag.message, named) != NULL, "'%s' does not name %s", diag.message, named);
  ck_assert_int_eq(worst, VERDICT_VACUOUS); /* untouched */
}

START_TEST(test_bad_folders_and_data_are_refused) {
  scratch s;
  scratch_make(&s);
  char file[PATH_LENGTH], below[PATH_LENGTH + 8], absent[PATH_LENGTH];
  scratch_path(&s, "file", file);
  scratch_write(file, "1,2\n3,x\n", 8);
  snprintf(below, sizeof below, "%s/out", file);
  scratch_path(&s, "absent.csv", absent);
  expect_refused(file, NULL, "file"); /* a file where the folder goes */
  expect_refused(below, NULL, "out"); /* a parent that is no folder */
  expect_refused(s.folder, absent, "absent.csv");
  expect_refused(s.folder, file, "file:2"); /* line 2 has a letter */
  ck_assert_uint_eq(scratch_count(&s), 1);  /* nothing was written */
  scratch_remove(&s);
}
END_TEST

static void expect_tex(void (*write)(FILE *), const char *expected) {
  char *text = NULL;
  size_t length;
  FILE *stream = open_memstream(&text, &length);
  ck_assert_ptr_nonnull(stream);
  write(stream);
  fclose(stream);
  ck_assert_str_eq(text, expected);
  free(text);
}

static void write_special(FILE *stream) {
  tex_text(stream, "a_b & 5% {x} #1 $ \\ ~ ^");
}

static void write_numbers(FILE *stream) {
  const double numbers[] = {0.25, -1.5e-7, 6.02e23, NAN, INFINITY, -INFINITY, 0.0};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    tex_number(stream, numbers[i], 3);
    fputc(';', stream);
  }
}

START_TEST(test_tex_is_escaped) {
  expect_tex(write_special, "a\\_\\allowbreak{}b \\& 5\\% \\{x\\} \\#1 \\$ \\textbackslash{} "
                            "\\textasciitilde{} \\textasciicircum{}");
  expect_tex(write_numbers,
             "\\ensuremath{0.25};\\ensuremath{-1.5\\times10^{-7}};\\ensuremath{6.02\\times10^{23}};"
             "---;\\ensuremath{\\infty};\\ensuremath{-\\infty};\\ensuremath{0};");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("evidence");
  TCase *whole = tcase_create("whole");
  tcase_set_timeout(whole, support_timeout(120));
  tcase_add_test(whole, test_two_runs_give_the_same_bytes);
  tcase_add_test(whole, test_values_are_those_computed_by_hand);
  tcase_add_test(whole, test_sweep_window_is_the_sum_over_its_steps);
  tcase_add_test(whole, test_sweep_is_the_one_defined);
  suite_add_tcase(suite, whole);
  TCase *parts = tcase_create("parts");
  tcase_set_timeout(parts, support_timeout(60));
  tcase_add_test(parts, test_bad_folders_and_data_are_refused);
  tcase_add_test(parts, test_tex_is_escaped);
  suite_add_tcase(suite, parts);
  return support_run(suite);
}
