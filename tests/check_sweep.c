/* check_sweep.c -- the sweep: its rows are what the exact law says; its table is the same bytes
 * whatever the number of threads, shards or ranks, and after a kill, a damaged journal or a full
 * disk. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include "laws/alignment_law.h"
#include "laws/window_law.h"
#include "scratch.h"
#include "support.h"
#include "sweep/cluster.h"
#include "sweep/journal.h"
#include "sweep/plan.h"
#include "sweep/sweep.h"

enum { PATH_LENGTH = SCRATCH_PATH_LENGTH + 64, WORDS_MOST = 32 };

/* Each run takes some milliseconds: as a rule long enough to be killed between two. */
static const char slow_plan[] =
    "[grid]\nm = 5, 50\neta = 0.003\nsigma = 0.5\nd = 100\nk = 10\nsteps = 30000\nseeds = 1..8\n"
    "[spectrum]\ntop = 100\nbottom = 80\noffset = 0.1\nfall = 7\n[statistics]\nwindow = 1000\n";

static const char quick_plan[] =
    "[grid]\nm = 5, 50\neta = 0.003, 0.021\nsigma = 0, 0.5\nd = 10\nk = 2\nsteps = 5000\n"
    "seeds = 1..3\n[spectrum]\ntop = 100\nbottom = 80\noffset = 0.1\nfall = 7\n"
    "[statistics]\nwindow = 1000\n";

/* --- running the program ---------------------------------------------------------------------- */

typedef struct {
  scratch folder;
  char *reference; /* the table of slow.ini */
} workplace;

static void write_text(const scratch *s, const char *name, const char *text) {
  char path[PATH_LENGTH];
  scratch_path(s, name, path);
  scratch_write(path, text, strlen(text));
}

static bool exists(const scratch *s, const char *name) {
  char path[PATH_LENGTH];
  struct stat status;
  scratch_path(s, name, path);
  return stat(path, &status) == 0;
}

static char *read_text(const scratch *s, const char *name) {
  char path[PATH_LENGTH];
  scratch_path(s, name, path);
  return scratch_read(path, NULL);
}

static void remove_file(const scratch *s, const char *name) {
  char path[PATH_LENGTH];
  scratch_path(s, name, path);
  ck_assert_int_eq(unlink(path), 0);
}

/* Starts a command line in the scratch folder, its words separated by blanks; "suspalign" stands
 * for the program.  file_most: the largest file that it may write, 0 for no limit. */
static pid_t start(const scratch *s, const char *line, rlim_t file_most) {
  char copy[1024], *words[WORDS_MOST], *rest = NULL;
  size_t count = 0;
  const char *program = getenv("SUSPALIGN");
  ck_assert_msg(program != NULL && program[0] == '/', "SUSPALIGN must hold the program's path");
  ck_assert_uint_lt(strlen(line), sizeof copy);
  strcpy(copy, line);
  for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
    words[count++] = strcmp(word, "suspalign") == 0 ? (char *)program : word;
  words[count] = NULL;
  fflush(NULL);
  const pid_t pid = fork();
  ck_assert_int_ge(pid, 0);
  if (pid > 0)
    return pid;
  if (chdir(s->folder) != 0 || freopen("stdout", "w", stdout) == NULL ||
      freopen("stderr", "w", stderr) == NULL)
    _exit(126);
  if (file_most > 0)
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){file_most, file_most});
  execvp(words[0], words);
  _exit(127);
}

/* The exit status, or minus the signal. */
static int wait_for(pid_t pid) {
  int status;
  ck_assert_int_eq(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Runs the line; it has to exit so, and to leave `part` on stderr ("": nothing matters). */
static void run_limited(const scratch *s, const char *line, rlim_t file_most, int status,
                        const char *part) {
  const int got = wait_for(start(s, line, file_most));
  char *errors = read_text(s, "stderr");
  ck_assert_msg(got == status, "'%s' exits with %d: %s", line, got, errors);
  ck_assert_msg(strstr(errors, part) != NULL, "'%s' says: %s", line, errors);
  free(errors);
}

static void run(const scratch *s, const char *line, int status, const char *part) {
  run_limited(s, line, 0, status, part);
}

static void begin(workplace *w) {
  scratch_make(&w->folder);
  write_text(&w->folder, "slow.ini", slow_plan);
  write_text(&w->folder, "quick.ini", quick_plan);
  w->reference = NULL;
}

/* Also makes the table that all others have to equal. */
static void begin_with_reference(workplace *w) {
  begin(w);
  run(&w->folder, "suspalign sweep -o reference.tsv slow.ini", 0, "");
  w->reference = read_text(&w->folder, "reference.tsv");
}

static void end(workplace *w) {
  free(w->reference);
  scratch_remove(&w->folder);
}

static void expect_reference(const workplace *w, const char *name) {
  char *text = read_text(&w->folder, name);
  ck_assert_msg(strcmp(text, w->reference) == 0, "%s is another table", name);
  free(text);
  char journal_name[80];
  snprintf(journal_name, sizeof journal_name, "%s.journal", name);
  ck_assert_msg(!exists(&w->folder, journal_name), "%s is left over", journal_name);
}

static size_t count_lines(const char *text) {
  size_t lines = 0;
  for (; *text != '\0'; text++)
    lines += *text == '\n';
  return lines;
}

/* Rows in the journal now; 0 where it is not there. */
static size_t journal_size(const scratch *s, const char *name) {
  if (!exists(s, name))
    return 0;
  char *text = read_text(s, name);
  const size_t lines = count_lines(text);
  free(text);
  return lines == 0 ? 0 : lines - 1;
}

/* Starts a sweep of slow.ini and kills it once `rows` rows are there; again from nothing where it
 * ended before this process had its turn. */
static void kill_after(const scratch *s, const char *line, const char *journal_name, size_t rows) {
  enum { TRIES = 100 };
  for (int i = 0; i < TRIES; i++) {
    const pid_t pid = start(s, line, 0);
    int status;
    bool over = false;
    while (!over && journal_size(s, journal_name) < rows) {
      over = waitpid(pid, &status, WNOHANG) == pid;
      nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
    if (!over) {
      kill(pid, SIGKILL);
      if (wait_for(pid) == -SIGKILL && journal_size(s, journal_name) >= rows)
        return;
    }
    char path[PATH_LENGTH];
    scratch_path(s, journal_name, path);
    unlink(path);
    char *suffix = strstr(path, ".journal"); /* of the table of that name */
    if (suffix != NULL) {
      *suffix = '\0';
      unlink(path);
    }
  }
  ck_abort_msg("'%s' was over before it could be killed, %d times", line, TRIES);
}

/* --- what the rows say ------------------------------------------------------------------------ */

static sweep_plan *parse(const char *text) {
  sweep_plan *plan = NULL;
  diagnostic diag = {0, ""};
  ck_assert_msg(sweep_plan_parse("test", text, strlen(text), &plan, &diag) == GSL_SUCCESS, "%s",
                diag.message);
  return plan;
}

static const char law_plan[] =
    "[grid]\nm = 10\neta = 0.003\nsigma = 0.5\nd = 24\nk = 4\nsteps = 1400\nseeds = 1..200\n"
    "[spectrum]\ntop = 100\nbottom = 80\noffset = 0.1\nfall = 7\n[statistics]\nwindow = 1200\n";

/* What the law says of a cell's time average, the mean step by step; m is changed by `by`. */
static void law_of(const sweep_plan *plan, double by, double *mean, double *deviation,
                   double *variance) {
  sweep_cell cell = sweep_plan_cell(plan, 0);
  cell.m *= by;
  quadratic *q = sweep_plan_problem(plan, &cell);
  ck_assert_ptr_nonnull(q);
  double spread[32], squares = 0.0;
  for (size_t i = 0; i < q->d; i++)
    spread[i] = q->lambda[i] * q->lambda[i];
  const size_t first = cell.steps - plan->window + 1;
  *mean = 0.0;
  for (size_t t = first; t <= cell.steps; t++) {
    alignment_law *law = NULL;
    law_value here, scatter;
    ck_assert_int_eq(alignment_law_at_time(q, (double)t, spread, &law, NULL), GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_mean(law, &here), GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_variance(law, &scatter), GSL_SUCCESS);
    alignment_law_free(law);
    *mean += here.val / (double)plan->window;
    squares += (scatter.val + here.val * here.val) / (double)plan->window;
  }
  window_law window;
  ck_assert_int_eq(window_law_of(q, spread, first, cell.steps, &window), GSL_SUCCESS);
  *deviation = sqrt(window.variance.val);
  *variance = squares - *mean * *mean - window.variance.val;
  quadratic_free(q);
}

/* 200 runs: z of their average, level 1e-8; chi^2 of their spread in exact deviations, 199 degrees
 * of freedom, level 1e-8 (time averages over many correlation times are nearly normal); Student's t
 * of the sample variance against its exact expectation, level 1e-8.  Power: the law of twice the
 * gap ratio is refused by the first test, with z above 12. */
START_TEST(runs_are_as_the_exact_law_says) {
  enum { RUNS = 200 };
  sweep_plan *plan = parse(law_plan);
  sweep_result results[RUNS];
  ck_assert_uint_eq(sweep_plan_runs(plan), RUNS);
  ck_assert_int_eq(sweep_results(plan, 0, results), GSL_SUCCESS);
  double mean, deviation, variance, other, sum = 0.0, squares = 0.0, variances = 0.0,
                                           variance_squares = 0.0;
  law_of(plan, 1.0, &mean, &deviation, &variance);
  for (size_t i = 0; i < RUNS; i++) {
    ck_assert_int_eq(results[i].ended, GSL_SUCCESS);
    sum += results[i].mean / RUNS;
    variances += results[i].variance / RUNS;
  }
  for (size_t i = 0; i < RUNS; i++) {
    squares += pow((results[i].mean - sum) / deviation, 2);
    variance_squares += pow(results[i].variance - variances, 2);
  }
  const double z = (sum - mean) / deviation * sqrt(RUNS);
  ck_assert_msg(2.0 * gsl_cdf_ugaussian_Q(fabs(z)) > 1e-8, "z = %g", z);
  ck_assert_msg(gsl_cdf_chisq_Q(squares, RUNS - 1) > 5e-9 &&
                    gsl_cdf_chisq_P(squares, RUNS - 1) > 5e-9,
                "chi^2 = %g", squares);
  const double t = (variances - variance) / sqrt(variance_squares / RUNS / (RUNS - 1));
  ck_assert_msg(2.0 * gsl_cdf_tdist_Q(fabs(t), RUNS - 1) > 1e-8, "t = %g", t);
  law_of(plan, 2.0, &other, &deviation, &variance);
  ck_assert_msg(fabs(sum - other) / deviation * sqrt(RUNS) > 12.0, "the test has no power: z = %g",
                (sum - other) / deviation * sqrt(RUNS));
  sweep_plan_free(plan);
}
END_TEST

/* Cells of the row, NULL-terminated, in a copy that the caller frees. */
static char *split(const char *row, const char **cell, size_t most) {
  char *copy = strdup(row), *at = copy;
  size_t n = 0;
  ck_assert_ptr_nonnull(copy);
  while (at != NULL && n < most) {
    cell[n++] = at;
    at = strchr(at, '\t');
    if (at != NULL)
      *at++ = '\0';
  }
  cell[n] = NULL;
  return copy;
}

/* Steps beyond 2/lambda_1, and runs without noise: rows in words, with as many cells as any other.
 * 1.1^t 100 |x| reaches the root of the largest double at t = 3676 - ln |x|/ln 1.1, more or less.
 */
START_TEST(ends_are_told_in_words) {
  enum { ROW_CELLS = 11 };
  sweep_plan *plan = parse(quick_plan);
  size_t diverged = 0;
  for (size_t run = 0; run < sweep_plan_runs(plan); run++) {
    const char *cell[ROW_CELLS + 2];
    sweep_result result;
    ck_assert_int_eq(sweep_run(plan, run, &result), GSL_SUCCESS);
    char *row = sweep_row(&result), *copy = split(row, cell, ROW_CELLS + 1);
    ck_assert_ptr_nonnull(cell[ROW_CELLS - 1]);
    ck_assert_ptr_null(cell[ROW_CELLS]);
    ck_assert_msg(strstr(row, "nan") == NULL && strstr(row, "inf") == NULL, "%s", row);
    if (result.cell.eta == 0.021) {
      char words[160];
      ck_assert_msg(result.ended == GSL_EOVRFLW && result.ended_at > 3400 && result.ended_at < 3900,
                    "%s", row);
      snprintf(words, sizeof words,
               "diverged: no finite gradient at step %zu; eta is not below 2/lambda_1 = %.17g",
               result.ended_at, 2.0 / 100.0);
      ck_assert_str_eq(cell[ROW_CELLS - 1], words);
      ck_assert_str_eq(cell[1], "-");
      diverged++;
    } else {
      ck_assert_int_eq(result.ended, GSL_SUCCESS);
      ck_assert(result.mean >= 0.0 && result.mean < 1.0 && result.variance >= 0.0);
      ck_assert(result.cell.sigma == 0.0 || (result.mean > 0.0 && result.variance > 0.0));
      ck_assert_str_eq(cell[0], "-");
    }
    free(copy);
    free(row);
  }
  ck_assert_uint_eq(diverged, sweep_plan_runs(plan) / 2);
  sweep_plan_free(plan);
  /* Without noise and long enough, the gradient is 0 in the end. */
  plan = parse("[grid]\nm=5\neta=0.01\nsigma=0\nd=2\nk=1\nsteps=20000\nseeds=1\n[spectrum]\n"
               "top=100\nbottom=80\noffset=0.1\nfall=1\n[statistics]\nwindow=10\n");
  sweep_result result;
  ck_assert_int_eq(sweep_run(plan, 0, &result), GSL_SUCCESS);
  char *row = sweep_row(&result), words[80];
  snprintf(words, sizeof words, "\tno alignment: the gradient is 0 at step %zu", result.ended_at);
  ck_assert_int_eq(result.ended, GSL_EUNDRFLW);
  ck_assert_msg(strstr(row, words) != NULL, "%s", row);
  free(row);
  sweep_plan_free(plan);
}
END_TEST

/* A run in a table by itself is the run in the grid, and a longer run begins with the shorter one.
 */
START_TEST(rows_do_not_know_their_neighbours) {
  sweep_plan *plan = parse(quick_plan);
  char text[sizeof quick_plan + 64];
  for (size_t run = 0; run < 3; run++) {
    sweep_result here, there;
    snprintf(
        text, sizeof text,
        "[grid]\nm=5\neta=0.003\nsigma=0\nd=10\nk=2\nsteps=5000\nseeds=%zu\n[spectrum]\ntop=100\n"
        "bottom=80\noffset=0.1\nfall=7\n[statistics]\nwindow=1000\n",
        run + 1);
    sweep_plan *one = parse(text);
    ck_assert_int_eq(sweep_run(plan, run, &here), GSL_SUCCESS);
    ck_assert_int_eq(sweep_run(one, 0, &there), GSL_SUCCESS);
    ck_assert(here.mean == there.mean && here.variance == there.variance &&
              here.decay.rate == there.decay.rate);
    sweep_plan_free(one);
  }
  sweep_plan_free(plan);
}
END_TEST

/* --- the same bytes --------------------------------------------------------------------------- */

START_TEST(threads_and_shards_give_the_same_table) {
  workplace w;
  begin_with_reference(&w);
  const scratch *s = &w.folder;
  run(s, "suspalign sweep --threads 1 -o one.tsv slow.ini", 0, "");
  expect_reference(&w, "one.tsv");
  run(s, "suspalign sweep --threads 3 -o three.tsv slow.ini", 0, "");
  expect_reference(&w, "three.tsv");
  run(s, "suspalign sweep --shard 1/3 slow.ini", 0, "");
  run(s, "suspalign sweep --shard 3/3 slow.ini", 0, "");
  run(s, "suspalign sweep --merge slow.ini slow.1-of-3.journal slow.3-of-3.journal", 2,
      "5 of 16 runs are in none of the files, run 2 first");
  ck_assert(!exists(s, "slow.tsv"));
  kill_after(s, "suspalign sweep --threads 1 --shard 2/3 -o two slow.ini", "two", 2);
  run(s, "suspalign sweep --shard 2/3 -o two slow.ini", 0, "");
  run(s, "suspalign sweep --merge slow.ini two slow.3-of-3.journal slow.1-of-3.journal", 0, "");
  expect_reference(&w, "slow.tsv");
  /* Again over what is complete: nothing is done, nothing is changed. */
  run(s, "suspalign sweep slow.ini", 0, "");
  expect_reference(&w, "slow.tsv");
  end(&w);
}
END_TEST

START_TEST(killed_sweep_goes_on) {
  workplace w;
  begin_with_reference(&w);
  const scratch *s = &w.folder;
  kill_after(s, "suspalign sweep slow.ini", "slow.tsv.journal", 2);
  ck_assert(!exists(s, "slow.tsv"));
  kill_after(s, "suspalign sweep slow.ini", "slow.tsv.journal", 6);
  const size_t known = journal_size(s, "slow.tsv.journal");
  char words[64];
  snprintf(words, sizeof words, "slow.tsv.journal: %zu runs known", known);
  run(s, "suspalign sweep slow.ini", 0, words);
  expect_reference(&w, "slow.tsv");
  end(&w);
}
END_TEST

typedef enum { CUT, GARBLED, CUT_TITLE, NO_END } damage_kind;

/* The journal of a killed sweep, then damaged: a line cut short at the end, a digit changed in the
 * middle, the title cut, the last line without its end. */
START_TEST(damaged_lines_are_run_again) {
  workplace w;
  begin_with_reference(&w);
  const scratch *s = &w.folder;
  char path[PATH_LENGTH];
  kill_after(s, "suspalign sweep slow.ini", "slow.tsv.journal", 4);
  scratch_path(s, "slow.tsv.journal", path);
  char *text = read_text(s, "slow.tsv.journal"), words[64];
  size_t length = strlen(text);
  const size_t rows = count_lines(text) - 1;
  switch ((damage_kind)_i) {
  case CUT:
    length -= 7;
    break;
  case GARBLED: {
    char *digit = strchr(strchr(text, '\n') + 40, '5');
    *digit = '6';
    break;
  }
  case CUT_TITLE:
    length = 10;
    break;
  case NO_END:
    length--;
    break;
  }
  scratch_write(path, text, length);
  if (_i == CUT_TITLE) {
    run(s, "suspalign sweep slow.ini", 2, "slow.tsv.journal:1: of another plan, shard or version");
    char *left = read_text(s, "slow.tsv.journal");
    ck_assert_uint_eq(strlen(left), length);
    free(left);
  } else {
    snprintf(words, sizeof words, "slow.tsv.journal:%zu: 1 line cut or damaged",
             _i == GARBLED ? 2 : rows + 1);
    run(s, "suspalign sweep slow.ini", 0, words);
    expect_reference(&w, "slow.tsv");
  }
  free(text);
  end(&w);
}
END_TEST

/* No file may grow beyond 1200 bytes: what a full disk does to the journal, and then to the table.
 */
START_TEST(full_disk_is_told_and_survived) {
  workplace w;
  begin_with_reference(&w);
  const scratch *s = &w.folder;
  run_limited(s, "suspalign sweep slow.ini", 1200, 2,
              "slow.tsv.journal: cannot be written: File too large");
  ck_assert(!exists(s, "slow.tsv"));
  ck_assert_uint_ge(journal_size(s, "slow.tsv.journal"), 3);
  char *text = read_text(s, "slow.tsv.journal");
  ck_assert_int_eq(text[strlen(text) - 1], '\n'); /* nothing is half there */
  ck_assert_uint_le(strlen(text), 1200);
  free(text);
  run(s, "suspalign sweep slow.ini", 0, "runs known");
  expect_reference(&w, "slow.tsv");
  /* The journal fits, the table does not. */
  remove_file(s, "slow.tsv");
  run(s, "suspalign sweep --shard 1/1 -o all slow.ini", 0, "");
  run_limited(s, "suspalign sweep --merge slow.ini all", 2000, 2,
              "slow.tsv: cannot be written: File too large");
  const size_t files = scratch_count(s);
  ck_assert(!exists(s, "slow.tsv"));
  run(s, "suspalign sweep --merge slow.ini all", 0, "");
  ck_assert_uint_eq(scratch_count(s), files + 1); /* no temporary was left */
  expect_reference(&w, "slow.tsv");
  end(&w);
}
END_TEST

/* Results of another plan, version or shard are neither taken nor touched. */
START_TEST(foreign_results_are_refused) {
  workplace w;
  begin(&w);
  const scratch *s = &w.folder;
  run(s, "suspalign sweep quick.ini", 0, "");
  run(s, "suspalign sweep --shard 1/2 quick.ini", 0, "");
  char *table = read_text(s, "quick.tsv");
  run(s, "suspalign sweep -o quick.tsv slow.ini", 2, "quick.tsv:1: of another plan or version");
  run(s, "suspalign sweep --shard 1/2 -o quick.1-of-2.journal slow.ini", 2,
      "quick.1-of-2.journal:1: of another plan, shard or version");
  run(s, "suspalign sweep --shard 2/2 -o quick.1-of-2.journal quick.ini", 2,
      "quick.1-of-2.journal:1: of another plan, shard or version");
  run(s, "suspalign sweep --merge slow.ini quick.1-of-2.journal", 2,
      "quick.1-of-2.journal:1: of another plan, shard or version");
  run(s, "suspalign sweep --merge -o m.tsv slow.ini slow.ini", 2, "slow.ini:1: of another plan");
  run(s, "suspalign sweep -o slow.ini quick.ini", 2, "slow.ini:1: of another plan or version");
  run(s, "suspalign sweep -o . quick.ini", 2, ".: ");
  run(s, "suspalign sweep -o no/where quick.ini", 2, "no/where.journal: cannot be written");
  char *after = read_text(s, "quick.tsv"), *plan = read_text(s, "slow.ini");
  ck_assert_str_eq(after, table);
  ck_assert_str_eq(plan, slow_plan);
  free(plan);
  free(after);
  /* Another version. */
  char *version = strstr(table, "version ");
  version[8] = '9';
  write_text(s, "old.tsv", table);
  run(s, "suspalign sweep -o old.tsv quick.ini", 2, "old.tsv:1: of another plan or version");
  free(table);
  end(&w);
}
END_TEST

/* A table cut anywhere, or with one character changed, is not complete. */
START_TEST(altered_tables_are_refused) {
  workplace w;
  begin(&w);
  const scratch *s = &w.folder;
  run(s, "suspalign sweep quick.ini", 0, "");
  char *table = read_text(s, "quick.tsv"), path[PATH_LENGTH];
  const size_t length = strlen(table), title = strcspn(table, "\n") + 1;
  scratch_path(s, "other.tsv", path);
  for (size_t i = 0; i < 8; i++) {
    const size_t left = i == 0   ? title
                        : i == 1 ? length - 1
                        : i == 2 ? (size_t)(strstr(table, "# crc") - table)
                                 : title + (length - title) * i / 8;
    scratch_write(path, table, left);
    run(s, "suspalign sweep -o other.tsv quick.ini", 2, "other.tsv: cut or altered");
    char *copy = strdup(table);
    ck_assert_ptr_nonnull(copy);
    copy[left - 1] ^= 1;
    scratch_write(path, copy, length);
    run(s, "suspalign sweep -o other.tsv quick.ini", 2, i == 0 ? "other.tsv" : "cut or altered");
    free(copy);
  }
  scratch_write(path, table, length);
  run(s, "suspalign sweep -o other.tsv quick.ini", 0, "");
  free(table);
  end(&w);
}
END_TEST

/* What never ends, or is no file, is not read; what is no journal of the plan is not removed. */
START_TEST(only_files_of_its_own_are_touched) {
  workplace w;
  begin(&w);
  const scratch *s = &w.folder;
  run(s, "suspalign sweep -o /dev/full quick.ini", 2, "/dev/full: not a regular file");
  run(s, "suspalign sweep --shard 1/2 -o /dev/full quick.ini", 2, "/dev/full: not a regular file");
  run(s, "suspalign sweep --merge quick.ini /dev/zero", 2, "/dev/zero: a device");
  run(s, "mkfifo pipe", 0, "");
  run(s, "suspalign sweep -o pipe quick.ini", 2, "pipe: not a regular file");
  run(s, "suspalign sweep --shard 1/2 -o pipe quick.ini", 2, "pipe: not a regular file");
  run(s, "suspalign sweep -o a.tsv quick.ini", 0, "");
  write_text(s, "a.tsv.journal", "precious\n");
  run(s, "suspalign sweep -o a.tsv quick.ini", 0, "");
  char *text = read_text(s, "a.tsv.journal");
  ck_assert_str_eq(text, "precious\n");
  free(text);
  /* Its own, of a sweep that was killed before it could remove it, goes. */
  run(s, "suspalign sweep --shard 1/1 -o a.tsv.journal quick.ini", 2, "of another plan, shard");
  remove_file(s, "a.tsv.journal");
  run(s, "suspalign sweep --shard 1/1 -o a.tsv.journal quick.ini", 0, "");
  run(s, "suspalign sweep -o a.tsv quick.ini", 0, "");
  ck_assert(!exists(s, "a.tsv.journal"));
  end(&w);
}
END_TEST

/* One of several that open the same new journal at the same time: says by its exit status whether
 * the row that it added is there to stay. */
static pid_t start_rival(const char *path, const char *title, size_t count, size_t number,
                         const int starting_gun[2]) {
  fflush(NULL);
  const pid_t pid = fork();
  ck_assert_int_ge(pid, 0);
  if (pid > 0)
    return pid;
  journal_rows rows;
  journal_damage damage;
  journal *j = NULL;
  diagnostic diag = {0, ""};
  char byte;
  close(starting_gun[1]); /* it ends when the last that can write has closed it */
  if (journal_rows_alloc(count, &rows) != GSL_SUCCESS || read(starting_gun[0], &byte, 1) != 0)
    _exit(2);
  if (journal_open(path, title, &rows, &j, &damage, &diag) != GSL_SUCCESS)
    _exit(strstr(diag.message, "another sweep is writing") != NULL ? 1 : 2);
  nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
  const int status = journal_append(j, number, "-\t1", &diag);
  journal_close(j);
  _exit(status == GSL_SUCCESS ? 0 : 2);
}

START_TEST(no_row_is_lost_to_a_rival) {
  enum { ROUNDS = 100, RIVALS = 3 };
  workplace w;
  begin(&w);
  char path[PATH_LENGTH];
  scratch_path(&w.folder, "new", path);
  for (int round = 0; round < ROUNDS; round++) {
    pid_t rival[RIVALS];
    int gun[2], kept = 0;
    journal_rows rows;
    journal_damage damage;
    diagnostic diag = {0, ""};
    ck_assert_int_eq(pipe2(gun, O_CLOEXEC), 0);
    for (size_t i = 0; i < RIVALS; i++) {
      rival[i] = start_rival(path, "title", RIVALS, i, gun);
    }
    close(gun[0]);
    close(gun[1]);
    ck_assert_int_eq(journal_rows_alloc(RIVALS, &rows), GSL_SUCCESS);
    int status[RIVALS];
    for (size_t i = 0; i < RIVALS; i++)
      status[i] = wait_for(rival[i]);
    ck_assert_msg(journal_read(path, "title", &rows, &damage, &diag) == GSL_SUCCESS, "%s",
                  diag.message);
    for (size_t i = 0; i < RIVALS; i++) {
      ck_assert_int_le(status[i], 1);
      ck_assert_msg((status[i] == 0) == (rows.row[i] != NULL), "round %d: rival %zu exits with %d",
                    round, i, status[i]);
      kept += status[i] == 0;
    }
    ck_assert_int_ge(kept, 1);
    journal_rows_free(&rows);
    unlink(path);
  }
  end(&w);
}
END_TEST

/* A row that is in two journals with different results; a journal in use. */
START_TEST(contradictions_and_rivals_are_refused) {
  workplace w;
  begin(&w);
  const scratch *s = &w.folder;
  run(s, "suspalign sweep --shard 1/1 -o all quick.ini", 0, "");
  sweep_plan *plan = parse(quick_plan);
  char title[SWEEP_TITLE_LENGTH + 32], path[PATH_LENGTH];
  sweep_title(plan, title);
  strcat(title, ", shard 1/1");
  scratch_path(s, "liar", path);
  journal_rows rows;
  journal *j = NULL;
  journal_damage damage;
  diagnostic diag = {0, ""};
  ck_assert_int_eq(journal_rows_alloc(sweep_plan_runs(plan), &rows), GSL_SUCCESS);
  ck_assert_int_eq(journal_open(path, title, &rows, &j, &damage, &diag), GSL_SUCCESS);
  ck_assert_int_eq(journal_append(j, 4, "-\t0.5", &diag), GSL_SUCCESS);
  run(s, "suspalign sweep --shard 1/1 -o liar quick.ini", 2,
      "liar: another sweep is writing to it");
  journal_close(j);
  journal_rows_free(&rows);
  sweep_plan_free(plan);
  run(s, "suspalign sweep --merge quick.ini all liar", 2,
      "liar:2: run 5 has another result elsewhere");
  ck_assert(!exists(s, "quick.tsv"));
  run(s, "suspalign sweep --merge quick.ini all all", 0, ""); /* the same result twice is fine */
  end(&w);
}
END_TEST

/* --- MPI -------------------------------------------------------------------------------------- */

START_TEST(ranks_give_the_same_table) {
  if (!cluster_is_built() || system("mpirun --version >/dev/null 2>&1") != 0) {
    printf("# skipped: %s\n", cluster_is_built() ? "there is no mpirun" : "built without MPI");
    return;
  }
  workplace w;
  begin_with_reference(&w);
  const scratch *s = &w.folder;
  setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
  setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
  run(s, "mpirun -n 2 suspalign sweep --mpi -o two.tsv slow.ini", 0, "");
  expect_reference(&w, "two.tsv");
  kill_after(s, "suspalign sweep -o four.tsv slow.ini", "four.tsv.journal", 3);
  run(s, "mpirun -n 4 suspalign sweep --mpi -o four.tsv slow.ini", 0, "runs known");
  expect_reference(&w, "four.tsv");
  run(s, "mpirun -n 2 suspalign sweep --mpi -o four.tsv quick.ini", 2,
      "four.tsv:1: of another plan or version");
  run(s, "mpirun -n 2 suspalign sweep --mpi missing.ini", 2, "missing.ini: No such file");
  write_text(s, "bad.ini", "[grid]\nm = x\n");
  run(s, "mpirun -n 2 suspalign sweep --mpi bad.ini", 2, "bad.ini:2: m: 'x' is not a number");
  write_text(s, "empty.ini", "");
  run(s, "mpirun -n 2 suspalign sweep --mpi empty.ini", 2, "empty.ini:1: the plan ends without");
  run(s, "mpirun -n 2 suspalign sweep --mpi -o two.tsv slow.ini", 0, ""); /* complete already */
  end(&w);
}
END_TEST

START_TEST(without_mpi_it_is_said) {
  if (cluster_is_built())
    return;
  workplace w;
  begin(&w);
  run(&w.folder, "suspalign sweep --mpi quick.ini", 2, "built without MPI: configure --with-mpi");
  end(&w);
}
END_TEST

/* --- progress --------------------------------------------------------------------------------- */

/* On a terminal, after one second. */
START_TEST(progress_is_shown_on_a_terminal) {
  workplace w;
  begin(&w);
  char text[sizeof slow_plan + 16];
  snprintf(text, sizeof text, "%s", slow_plan);
  memcpy(strstr(text, " 30000"), "900000", 6); /* longer runs */
  write_text(&w.folder, "slow.ini", text);
  int terminal;
  fflush(NULL);
  const pid_t pid = forkpty(&terminal, NULL, NULL, NULL);
  if (pid < 0) { /* a bare root folder, say: no devpts is mounted */
    fprintf(stderr, "no pseudo-terminal here (%s): progress is not tested\n", strerror(errno));
    end(&w);
    return;
  }
  if (pid == 0) {
    const char *program = getenv("SUSPALIGN");
    if (program != NULL && chdir(w.folder.folder) == 0)
      execl(program, program, "sweep", "--threads", "1", "slow.ini", (char *)NULL);
    _exit(127);
  }
  char screen[16384] = "";
  size_t length = 0;
  for (ssize_t got = 1; got > 0 && length + 1 < sizeof screen;
       length += got > 0 ? (size_t)got : 0) {
    got = read(terminal, screen + length, sizeof screen - 1 - length);
    if (got < 0 && errno == EINTR)
      got = 0;
    if (got > 0 && memmem(screen, length + (size_t)got, " s left", 7) != NULL) {
      kill(pid, SIGKILL);
      length += (size_t)got;
      break;
    }
  }
  screen[length] = '\0';
  wait_for(pid);
  close(terminal);
  ck_assert_msg(strstr(screen, " of 16 runs, ") != NULL && strstr(screen, " a second, ") != NULL,
                "the screen shows: %s", screen);
  end(&w);
}
END_TEST

int main(void) {
  gsl_set_error_handler_off();
  Suite *suite = suite_create("sweep");
  TCase *tests = tcase_create("sweeps");
  tcase_set_timeout(tests, support_timeout(120.0));
  tcase_add_test(tests, runs_are_as_the_exact_law_says);
  tcase_add_test(tests, ends_are_told_in_words);
  tcase_add_test(tests, rows_do_not_know_their_neighbours);
  tcase_add_test(tests, threads_and_shards_give_the_same_table);
  tcase_add_test(tests, killed_sweep_goes_on);
  tcase_add_loop_test(tests, damaged_lines_are_run_again, 0, 4);
  tcase_add_test(tests, full_disk_is_told_and_survived);
  tcase_add_test(tests, foreign_results_are_refused);
  tcase_add_test(tests, altered_tables_are_refused);
  tcase_add_test(tests, only_files_of_its_own_are_touched);
  tcase_add_test(tests, no_row_is_lost_to_a_rival);
  tcase_add_test(tests, contradictions_and_rivals_are_refused);
  tcase_add_test(tests, ranks_give_the_same_table);
  tcase_add_test(tests, without_mpi_it_is_said);
  tcase_add_test(tests, progress_is_shown_on_a_terminal);
  suite_add_tcase(suite, tests);
  return support_run(suite);
}
