#include "config.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>
#include <check.h>
#include <gsl/gsl_errno.h>
#include <jansson.h>
#include "claims/registry.h"
#include "cli/noise_analysis.h"
#include "cli/plain_text.h"
#include "scratch.h"
#include "support.h"

enum { PATH_LENGTH = SCRATCH_PATH_LENGTH + 64, COMMAND_LENGTH = 4096 };

/* --- running the program --------------------------------------------------------------------- */

typedef struct {
  int status;      /* exit status, -1 for a signal */
  char *out, *err; /* owned */
} outcome;

/* Runs `suspalign ARGUMENTS` in the scratch folder; `redirect` may lead its output elsewhere. */
static outcome run_redirected(const scratch *s, const char *arguments, const char *redirect) {
  const char *program = getenv("SUSPALIGN");
  char command[COMMAND_LENGTH], out[PATH_LENGTH], err[PATH_LENGTH];
  outcome result;
  ck_assert_msg(program != NULL && program[0] == '/', "SUSPALIGN must hold the program's path");
  scratch_path(s, "stdout", out);
  scratch_path(s, "stderr", err);
  const int length = snprintf(command, sizeof command, "cd '%s' && '%s' %s >%s 2>stderr", s->folder,
                              program, arguments, redirect == NULL ? "stdout" : redirect);
  ck_assert_int_lt(length, COMMAND_LENGTH);
  const int status = system(command);
  ck_assert_int_ne(status, -1);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  result.out = redirect == NULL ? scratch_read(out, NULL) : strdup("");
  result.err = scratch_read(err, NULL);
  if (redirect == NULL)
    unlink(out);
  unlink(err);
  return result;
}

static outcome run(const scratch *s, const char *arguments) {
  return run_redirected(s, arguments, NULL);
}

static void outcome_free(outcome *result) {
  free(result->out);
  free(result->err);
}

static void write_file(const scratch *s, const char *name, const char *text) {
  char path[PATH_LENGTH];
  scratch_path(s, name, path);
  scratch_write(path, text, strlen(text));
}

static bool is_one_line(const char *text) {
  const char *end = strchr(text, '\n');
  return end != NULL && end > text && end[1] == '\0';
}

/* --- good and bad usage ---------------------------------------------------------------------- */

typedef struct {
  const char *arguments;
  const char *part; /* of the one line on stderr */
} bad_usage;

static const bad_usage bad_usages[] = {
    {"", "no command"},
    {"fly", "unknown command 'fly'"},
    {"help fly", "unknown command 'fly'"},
    {"--fly", "unknown option '--fly'"},
    {"claims T1", "suspalign claims: unexpected operand 'T1'"},
    {"claims --yaml", "suspalign claims: unknown option '--yaml'"},
    {"claims -y", "suspalign claims: unknown option '-y'"},
    {"claims --json=1", "suspalign claims: option '--json=1' takes no value"},
    {"explain", "suspalign explain: which claim?"},
    {"explain T1 Z9", "suspalign explain: unknown claim 'Z9'"},
    {"verify Z9", "suspalign verify: unknown claim 'Z9'"},
    {"verify L1 Z9", "suspalign verify: unknown claim 'Z9'"},
    {"verify --seed", "suspalign verify: option '--seed' needs a value"},
    {"verify --seed x L1", "seed 'x'"},
    {"verify --seed -1 L1", "seed '-1'"},
    {"verify --seed 18446744073709551616 L1", "seed '18446744073709551616'"},
    {"verify --trials-factor 0 L1", "factor of trials '0'"},
    {"verify --trials-factor nan L1", "factor of trials 'nan'"},
    {"replay L1", "suspalign replay: a claim and a seed or a file are needed"},
    {"replay L1 1 2", "suspalign replay: a claim and a seed or a file are needed"},
    {"replay Z9 1", "suspalign replay: unknown claim 'Z9'"},
    {"replay L1 one", "seed 'one'"},
    {"replay L1 0", "seed '0': the seed of a trial is from 1 to 2^32 - 1"},
    {"replay L1 0x100000000", "the seed of a trial is from 1 to 2^32 - 1"},
    {"replay L1 missing.csv", "missing.csv: No such file"},
    {"replay L1 hand.csv", "hand.csv:1: no line '# family = ...' above the table"},
    {"replay T4 ./hand.csv", "./hand.csv:1: no line '# family"},
    {"ablate Z9", "suspalign ablate: unknown claim 'Z9'"},
    {"ablate T1 Z9", "suspalign ablate: unknown claim 'Z9'"},
    {"ablate --seed x T1", "suspalign ablate: seed 'x'"},
    {"ablate --trials-factor 0 T1", "factor of trials '0'"},
    {"ablate -v T1", "suspalign ablate: unknown option '-v'"},
    {"report here", "suspalign report: unexpected operand 'here'"},
    {"report --seed 1.5", "seed '1.5'"},
    {"report --trials-factor -2", "factor of trials '-2'"},
    {"analyze", "suspalign analyze: which file?"},
    {"analyze hand.csv hand.csv", "suspalign analyze: one file at a time: 'hand.csv'"},
    {"analyze --eta 0 hand.csv", "--eta '0': not a finite number above 0"},
    {"analyze --eta -1 hand.csv", "--eta '-1': not a finite number above 0"},
    {"analyze --eta inf hand.csv", "--eta 'inf': not a finite number above 0"},
    {"analyze --eta 1x hand.csv", "--eta '1x': not a finite number above 0"},
    {"analyze --k 0 hand.csv", "--k '0': not a whole number from 1"},
    {"analyze --k 1.5 hand.csv", "--k '1.5': not a whole number from 1"},
    {"analyze --batch 0 hand.csv", "--batch '0': not a whole number from 1"},
    {"analyze --batch 0.5 hand.csv", "--batch '0.5': not a whole number from 1"},
    {"analyze --batch 2 hand.csv", "hand.csv: --batch is for labelled samples"},
    {"analyze --ridge -1 hand.csv", "--ridge '-1': not a finite number from 0"},
    {"analyze --ridge 1 hand.csv", "hand.csv: --ridge is for labelled samples"},
    {"analyze --k 2 hand.csv", "hand.csv:3: k = 2 is not in 1..1"},
    {"analyze --eta 1e300 hand.csv", "hand.csv: the step size 1.0000000000000001e+300"},
    {"analyze --gradient g.csv hand.csv", "--gradient goes with --hessian"},
    {"analyze --damping 1 hand.csv", "--damping goes with --hessian"},
    {"analyze --hessian h.csv hand.csv", "--hessian and 'hand.csv': one problem at a time"},
    {"analyze --hessian h.csv --ridge 1", "--ridge is for labelled samples"},
    {"analyze --hessian h.csv --covariance h.csv", "--covariance goes with --gradient"},
    {"analyze --hessian h.csv --noise-variance 1", "--noise-variance goes with --gradient"},
    {"analyze --hessian h.csv --gradient g.csv --covariance h.csv --noise-variance 1",
     "--covariance and --noise-variance: one noise at a time"},
    {"analyze --hessian h.csv --damping -1", "--damping '-1': not a finite number from 0"},
    {"analyze --hessian h.csv --gradient g.csv --noise-variance x", "--noise-variance 'x'"},
    {"analyze --hessian h.csv --gradient g.csv --noise-variance 1e-200",
     "--noise-variance: noise "},
    {"analyze --hessian missing.npy", "missing.npy: No such file"},
    {"analyze --hessian short.csv", "short.csv:3: 2 cells"},
    {"analyze --hessian g.csv", "g.csv: 2 x 1: not square"},
    {"analyze --hessian one.csv", "one.csv: 1 x 1: a Hessian of at least 2 x 2"},
    {"analyze --hessian skew.csv", "skew.csv: not symmetric: entry (1, 2) is 4.5 but (2, 1) is "
                                   "4.5000010000000001"},
    {"analyze --hessian saddle.csv", "saddle.csv: not positive definite: the least of 2"},
    {"analyze --hessian saddle.csv --damping 0.5", "not positive definite even with the damping"},
    {"analyze --hessian h.csv --gradient h.csv", "h.csv: 2 x 2: a vector is one row or one column"},
    {"analyze --hessian h.csv --gradient g3.csv", "g3.csv: the gradient has 3 coordinates"},
    {"analyze --hessian h.csv --gradient zero.csv", "zero.csv: every g is 0"},
    {"analyze --hessian h.csv --gradient g.csv --covariance saddle.csv",
     "saddle.csv: the noise covariance has the eigenvalue -"},
    {"analyze --hessian h.csv --gradient g.csv --covariance skew.csv", "skew.csv: not symmetric"},
    {"analyze --hessian h.csv --gradient g.csv --covariance g3.csv", "g3.csv: 3 noise variances"},
    {"analyze --hessian h.csv --k 2", "h.csv: k = 2 is not in 1..d-1 = 1..1"},
    {"analyze missing.csv", "missing.csv: No such file or directory"},
    {"analyze .", ".: Is a directory"},
    {"analyze empty.csv", "empty.csv:1: no numbers: the file is empty"},
    {"analyze words.csv", "words.csv:2: column 2: 'two' is not a number"},
    {"analyze nan.csv", "nan.csv:3: column 3: 'nan' is not finite"},
    {"analyze short.csv", "short.csv:3: 2 cells, but line 1 has 3"},
    {"analyze negative.csv", "negative.csv:3: lambda is -1: negative curvature"},
    {"analyze tie.csv", "tie.csv:3: no gap at k = 1 (proposed): lambda is 2 here"},
    {"analyze flat.csv", "flat.csv: every g is 0"},
    {"analyze bulk.csv", "bulk.csv: every g of the dominant subspace (1 of 2 directions) is 0"},
    {"analyze dominant.csv", "dominant.csv: every g of the bulk (1 of 2 directions) is 0"},
    {"analyze constant.csv", "constant.csv: "},
    {"analyze -o no/where.json hand.csv", "no/where.json: cannot be written: No such file"},
    {"analyze -o . hand.csv", ".: not a regular file"},
    {"simulate hand.csv", "suspalign simulate: which step size?"},
    {"simulate --eta 0.1", "suspalign simulate: which file?"},
    {"simulate --eta 0.1 hand.csv hand.csv", "one file at a time: 'hand.csv'"},
    {"simulate --eta 0 hand.csv", "--eta '0': not a finite number above 0"},
    {"simulate --policy 0.9 hand.csv", "--policy needs --eta"},
    {"simulate --schedule sizes.csv --eta 1 hand.csv", "--schedule goes without --eta"},
    {"simulate --schedule hand.csv hand.csv", "hand.csv:2: 3 columns: a schedule is one"},
    {"simulate --schedule signs.csv hand.csv", "signs.csv:2: step size -1: not above 0"},
    {"simulate --eta 1 --noise student:2 hand.csv", "--noise 'student:2': not gaussian"},
    {"simulate --eta 1 --noise white hand.csv", "--noise 'white': not gaussian"},
    {"simulate --eta 1 --record every:0 hand.csv", "--record 'every:0': not all"},
    {"simulate --eta 1 --generator old hand.csv", "--generator 'old': not fast or gsl"},
    {"simulate --eta 1 --seed -1 hand.csv", "--seed '-1'"},
    {"simulate --eta 1 --threads 0 hand.csv", "--threads '0': not a whole number from 1 to 4096"},
    {"simulate --eta 1 --threads 99999999999 hand.csv", "--threads '99999999999': not a whole"},
    {"simulate --eta 1 --steps 18446744073709551615 --record all hand.csv",
     "--steps '18446744073709551615': not a whole number from 1, below 2^53"},
    {"simulate --eta 1 --steps 9007199254740992 --record all hand.csv",
     "--steps '9007199254740992'"},
    {"simulate --eta 1 --steps 9007199254740991 --record all hand.csv",
     "9007199254740994 steps to record: more than 100000000"},
    {"simulate --eta 1 --steps 9007199254740991 --record every:2 hand.csv",
     "4503599627370498 steps to record: more than 100000000"},
    {"simulate --eta 1 --steps 9007199254740991 --record log:9007199254740991 hand.csv",
     "9007199254740994 steps to record: more than 100000000"},
    {"simulate --eta 1 --record every:9223372036854775808 hand.csv", "--record 'every:92233720"},
    {"simulate --eta 1 --replicates many hand.csv", "--replicates 'many': not a whole"},
    {"simulate --eta 1 --steps 0 hand.csv", "--steps '0': not a whole number from 1"},
    {"simulate --eta 1 --batch 3 hand.csv", "hand.csv: --batch is for labelled samples"},
    {"simulate --eta 1 --noise gaussian samples.csv", "samples.csv: --noise is for a spectrum"},
    {"simulate --eta 1 --k 2 hand.csv", "hand.csv:3: k = 2 is not in 1..1"},
    {"simulate --eta 1 nan.csv", "nan.csv:3: column 3: 'nan' is not finite"},
    {"simulate --eta 1 missing.csv", "missing.csv: No such file or directory"},
    {"simulate --eta 0.1 -o no/where.csv hand.csv", "no/where.csv: cannot be written"},
    {"sweep", "suspalign sweep: which plan?"},
    {"sweep --merge plan.ini", "suspalign sweep: --merge: which shards?"},
    {"sweep plan.ini plan.ini", "suspalign sweep: unexpected operand 'plan.ini'"},
    {"sweep --threads 0 plan.ini", "--threads '0': not a whole number from 1 to 4096"},
    {"sweep --threads 2x plan.ini", "--threads '2x': not a whole number"},
    {"sweep --shard 0/2 plan.ini", "--shard '0/2': not I/N"},
    {"sweep --shard 3/2 plan.ini", "--shard '3/2': not I/N"},
    {"sweep --shard 1 plan.ini", "--shard '1': not I/N"},
    {"sweep --shard 1/2 --merge plan.ini a", "--merge runs nothing"},
    {"sweep --shard 1/2 --mpi plan.ini", "--mpi shares out the runs"},
    {"sweep missing.ini", "missing.ini: No such file or directory"},
    {"sweep hand.csv", "hand.csv:1: neither '[section]' nor 'key = value'"},
    {"sweep plan.ini", "plan.ini:2: m: 'five' is not a number"},
    {"sweep empty.csv", "empty.csv:1: the plan ends without 'm' in [grid]"},
    {"verify --corpus /dev/null L1", "/dev/null: Not a directory"},
    {"verify --corpus hand.csv L1", "hand.csv: Not a directory"},
    {"verify -o no/where.json L1", "no/where.json: cannot be written: No such file"},
    {"report --data missing.csv -o .", "missing.csv: No such file"},
    {"report --compare missing.json hand.csv", "missing.json"},
    {"report --compare hand.csv hand.csv", "hand.csv:1: "},
    {"report --compare hand.csv hand.csv more", "unexpected operand 'hand.csv'"},
    {"report -o no/where", "no/where"},
};

static void write_inputs(const scratch *s) {
  write_file(s, "hand.csv", "lambda,g,v\n10,1,1\n1,1,1\n");
  write_file(s, "empty.csv", "");
  write_file(s, "words.csv", "lambda,g,v\n10,two,1\n1,1,1\n");
  write_file(s, "nan.csv", "lambda,g,v\n10,1,1\n1,1,nan\n");
  write_file(s, "short.csv", "lambda,g,v\n10,1,1\n1,1\n");
  write_file(s, "negative.csv", "lambda,g,v\n10,1,1\n-1,1,1\n");
  write_file(s, "tie.csv", "lambda,g,v\n2,1,1\n2,1,1\n");
  write_file(s, "flat.csv", "lambda,g,v\n10,0,1\n1,0,1\n");
  write_file(s, "bulk.csv", "lambda,g,v\n10,0,1\n1,1,1\n");
  write_file(s, "dominant.csv", "lambda,g,v\n10,1,1\n1,0,1\n");
  write_file(s, "sizes.csv", "0.1\n0.02\n");
  write_file(s, "signs.csv", "0.1\n-1\n");
  write_file(s, "samples.csv", "1,0,1\n0,1,2\n3,1,0\n5,2,1\n2,2,7\n");
  write_file(s, "h.csv", "5.5,4.5\n4.5,5.5\n");
  write_file(s, "g.csv", "1\n0.5\n");
  write_file(s, "g3.csv", "1,2,3\n");
  write_file(s, "zero.csv", "0,0\n");
  write_file(s, "one.csv", "3\n");
  write_file(s, "skew.csv", "5.5,4.5\n4.500001,5.5\n");
  write_file(s, "saddle.csv", "1,2\n2,1\n");
  write_file(s, "plan.ini", "[grid]\nm = five\n");
  write_file(s, "constant.csv", "1,2,5\n3,5,5\n2,7,5\n");
}

/* Each: exit 2, one line that says what is wrong, nothing on stdout, no file left behind. */
START_TEST(bad_usage_is_one_line) {
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  const size_t files = scratch_count(&s);
  outcome result = run(&s, bad_usages[_i].arguments);
  ck_assert_msg(strstr(result.err, bad_usages[_i].part) != NULL, "'%s' says: %s",
                bad_usages[_i].arguments, result.err);
  ck_assert_msg(is_one_line(result.err), "'%s' says: %s", bad_usages[_i].arguments, result.err);
  ck_assert_int_eq(result.status, 2);
  ck_assert_str_eq(result.out, "");
  ck_assert_uint_eq(scratch_count(&s), files);
  outcome_free(&result);
  scratch_remove(&s);
}
END_TEST

typedef struct {
  const char *arguments;
  const char *part; /* of stdout */
} good_usage;

static const good_usage good_usages[] = {
    {"--help", "Usage: suspalign COMMAND"},
    {"--version", "suspalign " PACKAGE_VERSION "\nGSL "},
    {"help", "Usage: suspalign COMMAND"},
    {"help verify", "Usage: suspalign verify"},
    {"claims --help", "Usage: suspalign claims"},
    {"explain --help", "Usage: suspalign explain"},
    {"verify --help", "Usage: suspalign verify"},
    {"replay --help", "Usage: suspalign replay"},
    {"analyze --help", "Usage: suspalign analyze"},
    {"sweep --help", "Usage: suspalign sweep"},
    {"report --help", "Usage: suspalign report"},
    {"simulate --help", "Usage: suspalign simulate"},
    {"ablate --help", "Usage: suspalign ablate"},
    {"ablate L1", "  without unbiased: counterexample after "},
    {"ablate L1", "'dominant_moment' fails ("},
    {"ablate t3", "perhaps not needed\n"},
    {"ablate E1", "nothing to drop\n"},
    {"explain t1", "theory/critical_step.tex"},
    {"explain T1 L1", "src/claims/one_step_moments.c"},
    {"replay L1 0x2a", "# L1, trial seed 0x2a\n"},
    {"replay T1 42", "# turns_within_error: holds"},
    {"verify --seed 7 L1", "1 claim, 1 holds"},
    {"verify -v L1 --seed 7", "without unbiased"},
    {"verify --tap L1 T1 --seed 7", "T1 verdict\n"},
    {"verify --junit L1 --seed 7", "</testsuites>\n"},
};

/* The same seed, the same bytes, on standard output and in a file; the JSON has the counterexample
 * as a file that replay reads. */
START_TEST(ablate_is_deterministic_and_readable) {
  scratch s;
  char path[4096];
  scratch_make(&s);
  outcome text = run(&s, "ablate --seed 9 T1 --json");
  outcome again = run(&s, "ablate --seed 9 T1 --json -o again.json");
  ck_assert(text.status == 0 && again.status == 0);
  ck_assert_str_eq(again.out, "");
  scratch_path(&s, "again.json", path);
  size_t length;
  char *written = scratch_read(path, &length);
  ck_assert_str_eq(written, text.out);
  json_error_t error;
  json_t *json = json_loads(text.out, 0, &error);
  ck_assert_msg(json != NULL, "%s", error.text);
  const json_t *list =
      json_object_get(json_array_get(json_object_get(json, "claims"), 0), "ablations");
  ck_assert_uint_ge(json_array_size(list), 6);
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *one = json_array_get(list, i);
    ck_assert_str_eq(json_string_value(json_object_get(one, "outcome")), "random");
    const char *found = json_string_value(json_object_get(one, "counterexample"));
    scratch_path(&s, "found.csv", path);
    scratch_write(path, found, strlen(found));
    outcome replay = run(&s, "replay T1 found.csv");
    ck_assert_int_eq(replay.status, 1);
    ck_assert(strstr(replay.out, " is not met: nothing is claimed") != NULL);
    outcome_free(&replay);
  }
  json_decref(json);
  free(written);
  outcome_free(&text);
  outcome_free(&again);
  scratch_remove(&s);
}
END_TEST

START_TEST(good_usage_succeeds) {
  scratch s;
  scratch_make(&s);
  outcome result = run(&s, good_usages[_i].arguments);
  ck_assert_msg(strstr(result.out, good_usages[_i].part) != NULL, "'%s' prints: %.500s",
                good_usages[_i].arguments, result.out);
  ck_assert_str_eq(result.err, "");
  ck_assert_int_eq(result.status, 0);
  outcome_free(&result);
  scratch_remove(&s);
}
END_TEST

/* What a Hessian that is read says of itself. */
static const good_usage hessian_texts[] = {
    {"--hessian h.csv", "h.csv: Hessian H, 2 x 2 (CSV)\n    eigendecomposition: |HU - UΛ|/|H| = "},
    {"--hessian h.csv", "give the gradient with --gradient"},
    {"--hessian h.csv --eta 0.19",
     "is below it: a run at this step with noise of constant covariance stays bounded"},
    {"--hessian h.csv --eta 0.19", "η = 0.19 is not below it.\n"},
    {"--hessian ulp.csv", "note: H is symmetric up to rounding alone: (1, 2) and (2, 1) differ by "
                          "8.88e-16"},
    {"--hessian twice.mtx", "note: of H, 1 entries stand on a place that had one: they are added"},
    {"--hessian saddle.csv --damping 1.5", "damping: H + 1.5 I is analysed, not H."},
    {"--hessian saddle.csv --damping 1.5", "condition number 9\n"},
    {"--hessian h.csv --gradient g.csv", "noise: none; --covariance or --noise-variance gives one"},
    {"--hessian h.csv --gradient g.csv --noise-variance 2", "noise: 2 times the identity"},
    {"--hessian h.csv --gradient g.csv --covariance h.csv", "of the noise, whole, 2 x 2 (CSV)"},
    {"--hessian h.csv --gradient g.csv --covariance g.csv", "of the noise, its diagonal, 2 x 1"},
    {"--hessian h.csv --gradient g.csv --covariance g.csv", "noise with its full covariance"},
};

START_TEST(analyze_tells_of_the_hessian) {
  scratch s;
  char arguments[256];
  scratch_make(&s);
  write_inputs(&s);
  write_file(&s, "ulp.csv", "5.5,4.5\n4.5000000000000009,5.5\n");
  write_file(&s, "twice.mtx",
             "%%MatrixMarket matrix coordinate real symmetric\n2 2 4\n1 1 5\n"
             "1 1 0.5\n2 1 4.5\n2 2 5.5\n");
  snprintf(arguments, sizeof arguments, "analyze %s", hessian_texts[_i].arguments);
  outcome result = run(&s, arguments);
  ck_assert_msg(result.status == 0, "%s", result.err);
  ck_assert_msg(strstr(result.out, hessian_texts[_i].part) != NULL, "no '%s' in:\n%s",
                hessian_texts[_i].part, result.out);
  outcome_free(&result);
  scratch_remove(&s);
}
END_TEST

static const char *const unwritable[] = {"--help",
                                         "--version",
                                         "claims",
                                         "claims --json",
                                         "explain T1",
                                         "analyze --help",
                                         "analyze hand.csv",
                                         "analyze --json hand.csv",
                                         "replay L1 1",
                                         "simulate --help",
                                         "simulate --eta 0.1 hand.csv",
                                         "simulate --eta 0.1 --json hand.csv",
                                         "ablate L1",
                                         "ablate --json L1",
                                         "verify --trials-factor 0.01 L1",
                                         "verify --trials-factor 0.01 --json L1"};

START_TEST(full_disk_is_told) {
  if (access("/dev/full", W_OK) != 0)
    return; /* only Linux has it */
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  outcome result = run_redirected(&s, unwritable[_i], "/dev/full");
  ck_assert_msg(result.status == 2, "'%s': exit %d: %s", unwritable[_i], result.status, result.err);
  ck_assert_ptr_nonnull(strstr(result.err, "suspalign: standard output: "));
  ck_assert_msg(is_one_line(result.err), "%s", result.err);
  outcome_free(&result);
  scratch_remove(&s);
}
END_TEST

START_TEST(environment_is_read_strictly) {
  scratch s;
  scratch_make(&s);
  setenv("SUSPALIGN_SEED", "soon", 1);
  outcome result = run(&s, "verify L1");
  ck_assert_int_eq(result.status, 2);
  ck_assert_ptr_nonnull(strstr(result.err, "SUSPALIGN_SEED: seed 'soon'"));
  ck_assert(is_one_line(result.err));
  outcome_free(&result);
  setenv("SUSPALIGN_SEED", "7", 1);
  outcome from_environment = run(&s, "verify L1"), from_option = run(&s, "verify --seed 7 L1");
  ck_assert_str_eq(from_environment.out, from_option.out);
  outcome_free(&from_environment);
  outcome_free(&from_option);
  scratch_remove(&s);
}
END_TEST

START_TEST(claims_lists_the_registry) {
  scratch s;
  scratch_make(&s);
  outcome table = run(&s, "claims"), result = run(&s, "claims --json");
  ck_assert_int_eq(table.status, 0);
  ck_assert_int_eq(result.status, 0);
  json_t *list = json_loads(result.out, 0, NULL);
  ck_assert_ptr_nonnull(list);
  size_t count = 0;
  for (; registry_claims[count] != NULL; count++) {
    const json_t *item = json_array_get(list, count);
    ck_assert_str_eq(json_string_value(json_object_get(item, "id")), registry_claims[count]->id);
    ck_assert_str_eq(json_string_value(json_object_get(item, "stem")),
                     registry_claims[count]->stem);
    ck_assert_ptr_nonnull(strstr(table.out, registry_claims[count]->title));
  }
  ck_assert_uint_eq(json_array_size(list), count);
  json_decref(list);
  outcome_free(&table);
  outcome_free(&result);
  scratch_remove(&s);
}
END_TEST

START_TEST(verify_writes_json) {
  scratch s;
  char path[PATH_LENGTH];
  scratch_make(&s);
  scratch_path(&s, "out.json", path);
  outcome result = run(&s, "verify --json --seed 7 -o out.json L1");
  ck_assert_msg(result.status == 0, "%s", result.err);
  ck_assert_str_eq(result.out, "");
  json_t *all = json_load_file(path, 0, NULL);
  ck_assert_ptr_nonnull(all);
  ck_assert_str_eq(json_string_value(json_object_get(all, "seed")), "0x7");
  const json_t *claims = json_object_get(all, "claims");
  ck_assert_uint_eq(json_array_size(claims), 1);
  const json_t *first = json_array_get(claims, 0);
  ck_assert_str_eq(json_string_value(json_object_get(first, "id")), "L1");
  ck_assert_str_eq(json_string_value(json_object_get(first, "verdict")), "holds");
  ck_assert_int_gt(json_integer_value(json_object_get(first, "admitted")), 0);
  const json_t *conclusions = json_object_get(first, "conclusions");
  ck_assert_uint_gt(json_array_size(conclusions), 0);
  ck_assert_int_eq(json_integer_value(json_object_get(first, "certified")),
                   json_integer_value(json_object_get(first, "admitted")));
  ck_assert_int_ge(json_integer_value(json_object_get(first, "bits_most")), 128);
  size_t by_sign = 0;
  for (size_t i = 0; i < json_array_size(conclusions); i++) {
    const char *decided =
        json_string_value(json_object_get(json_array_get(conclusions, i), "decision"));
    ck_assert_ptr_nonnull(decided);
    ck_assert(strcmp(decided, "sign") == 0 || strcmp(decided, "bound") == 0);
    by_sign += strcmp(decided, "sign") == 0;
  }
  ck_assert(by_sign > 0 && by_sign < json_array_size(conclusions));
  json_decref(all);
  outcome_free(&result);
  scratch_remove(&s);
}
END_TEST

/* A run and the same run are one; a starved run is worse, and told by its exit status. */
START_TEST(report_compares_runs) {
  scratch s;
  scratch_make(&s);
  outcome first = run(&s, "verify --json --seed 7 -o first.json L1"),
          starved = run(&s, "verify --json --seed 7 --trials-factor 1e-9 -o starved.json L1"),
          same = run(&s, "report --compare first.json first.json"),
          worse = run(&s, "report --compare first.json starved.json"),
          better = run(&s, "report --compare starved.json first.json");
  ck_assert_int_eq(first.status, 0);
  ck_assert_int_eq(starved.status, 1);
  ck_assert_int_eq(same.status, 0);
  ck_assert_str_eq(same.out, "first.json -> first.json: 0 changes\n");
  ck_assert_int_eq(worse.status, 1);
  ck_assert_ptr_nonnull(strstr(worse.out, "L1 verdict: holds -> vacuous\n"));
  ck_assert_int_eq(better.status, 0);
  outcome_free(&first);
  outcome_free(&starved);
  outcome_free(&same);
  outcome_free(&worse);
  outcome_free(&better);
  scratch_remove(&s);
}
END_TEST

/* One trial of a claim starves its cases: vacuous, and never a pass. */
START_TEST(starved_claim_is_no_pass) {
  scratch s;
  scratch_make(&s);
  outcome result = run(&s, "verify --trials-factor 1e-9 L1");
  ck_assert_int_eq(result.status, 1);
  ck_assert_ptr_nonnull(strstr(result.out, "L1   vacuous"));
  ck_assert_ptr_nonnull(strstr(result.out, "1 claim, 0 hold"));
  outcome_free(&result);
  scratch_remove(&s);
}
END_TEST

/* Killed by whatever signal in the middle of its run, the program leaves no file behind. */
START_TEST(killed_runs_leave_nothing) {
  static const char *const arguments[] = {
      "simulate --eta 0.01 --steps 1000000000 --output out hand.csv",
      "verify --trials-factor 1000000 --corpus \"\" --output out L1",
      "verify --json --trials-factor 1000000 --corpus \"\" --output out T1"};
  static const char *const signals[] = {"TERM", "KILL", "INT"};
  scratch s;
  char line[COMMAND_LENGTH];
  scratch_make(&s);
  write_inputs(&s);
  const int probe = open(s.folder, O_TMPFILE | O_WRONLY, 0600);
  const size_t files = scratch_count(&s);
  for (size_t i = 0; i < 3 && probe >= 0; i++) {
    snprintf(line, sizeof line, "cd '%s' && timeout -s %s 0.3 '%s' %s", s.folder, signals[i],
             getenv("SUSPALIGN"), arguments[i]);
    ck_assert_int_ne(system(line), 0);
    ck_assert_msg(scratch_count(&s) == files, "%s", arguments[i]);
  }
  if (probe >= 0)
    close(probe);
  scratch_remove(&s);
}
END_TEST

/* --- simulate -------------------------------------------------------------------------------- */

/* The same bytes for one thread and for three; another seed and generator give other ones. */
START_TEST(simulations_are_reproducible) {
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  outcome one = run(&s, "simulate --eta 0.1 --steps 20 --threads 1 hand.csv");
  outcome three = run(&s, "simulate --eta 0.1 --steps 20 --threads 3 hand.csv");
  outcome seed = run(&s, "simulate --eta 0.1 --steps 20 --seed 3 hand.csv");
  outcome gsl = run(&s, "simulate --eta 0.1 --steps 20 --generator gsl hand.csv");
  outcome again = run(&s, "simulate --eta 0.1 --steps 20 --generator gsl --threads 2 hand.csv");
  ck_assert_msg(one.status == 0 && gsl.status == 0, "%s%s", one.err, gsl.err);
  ck_assert_str_eq(one.out, three.out);
  ck_assert_str_eq(gsl.out, again.out);
  ck_assert_str_ne(one.out, seed.out);
  ck_assert_str_ne(one.out, gsl.out);
  ck_assert_str_eq(one.err, "");
  outcome_free(&one);
  outcome_free(&three);
  outcome_free(&seed);
  outcome_free(&gsl);
  outcome_free(&again);
  scratch_remove(&s);
}
END_TEST

static json_t *simulate_json(const scratch *s, const char *arguments) {
  char command[COMMAND_LENGTH];
  snprintf(command, sizeof command, "simulate --json %s", arguments);
  outcome result = run(s, command);
  ck_assert_msg(result.status == 0, "%s", result.err);
  json_t *object = json_loads(result.out, 0, NULL);
  ck_assert_msg(object != NULL, "%s", result.out);
  outcome_free(&result);
  return object;
}

static const json_t *band_of(const json_t *object, size_t record, const char *series) {
  return json_object_get(json_array_get(json_object_get(object, "records"), record), series);
}

/* Of the hand instance (10,1,1; 1,1,1): alpha = 1/2, losses 1/20 and 1/2, eta* = 2 * 9/198 = 1/11,
 * eta_D = 2/20, eta_B = 2/2.  Every noise gives these at t = 0. */
START_TEST(simulation_starts_at_the_state) {
  static const char *const kinds[] = {"", "--noise rademacher", "--noise student:3",
                                      "--generator gsl", "--policy 0.5"};
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  char arguments[COMMAND_LENGTH];
  snprintf(arguments, sizeof arguments,
           "%s --eta 0.01 --steps 7 --replicates 3 --record every:3 %s", kinds[_i], "hand.csv");
  json_t *object = simulate_json(&s, arguments);
  const json_t *records = json_object_get(object, "records");
  const int steps[] = {0, 3, 6, 7};
  ck_assert_uint_eq(json_array_size(records), 4);
  for (size_t i = 0; i < 4; i++)
    ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(records, i), "t")),
                     steps[i]);
  const char *const names[] = {"alignment", "loss_dominant", "loss_bulk",
                               "eta_star",  "eta_dominant",  "eta_bulk"};
  const double expected[] = {0.5, 0.05, 0.5, 1.0 / 11.0, 0.1, 1.0};
  for (size_t i = 0; i < 6; i++) {
    const json_t *band = band_of(object, 0, names[i]);
    ck_assert_int_eq(json_integer_value(json_object_get(band, "count")), 3);
    const double median = json_number_value(json_object_get(band, "median"));
    ck_assert(fabs(median - expected[i]) <= 8.0 * 0x1p-52 * expected[i]);
    ck_assert(json_number_value(json_object_get(band, "sd")) <= 8.0 * 0x1p-52);
    ck_assert(json_number_value(json_object_get(band_of(object, 2, names[i]), "sd")) > 1e-6);
  }
  json_decref(object);
  scratch_remove(&s);
}
END_TEST

/* Of eleven steps: 10^(i/N) rounded, until N is so large that no step is left out; every N-th, and
 * the last; more a decade, or farther apart, than a run of any length has steps. */
START_TEST(recorded_steps_are_as_asked) {
  static const struct {
    const char *record;
    size_t count;
    int steps[12];
  } rows[] = {{"log:1", 4, {0, 1, 10, 11}},
              {"log:3", 6, {0, 1, 2, 5, 10, 11}},
              {"log:1000000000", 12, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
              {"log:9007199254740991", 12, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
              {"all", 12, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
              {"every:5", 4, {0, 5, 10, 11}},
              {"every:11", 2, {0, 11}},
              {"every:9007199254740991", 2, {0, 11}}};
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char arguments[COMMAND_LENGTH];
    snprintf(arguments, sizeof arguments, "--eta 0.01 --steps 11 --replicates 2 --record %s %s",
             rows[i].record, "hand.csv");
    json_t *object = simulate_json(&s, arguments);
    const json_t *records = json_object_get(object, "records");
    ck_assert_msg(json_array_size(records) == rows[i].count, "%s: %zu steps", rows[i].record,
                  json_array_size(records));
    for (size_t j = 0; j < rows[i].count; j++)
      ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(records, j), "t")),
                       rows[i].steps[j]);
    json_decref(object);
  }
  scratch_remove(&s);
}
END_TEST

/* Without noise a policy is plain gradient descent at C eta*, and alpha stays below 1/2 for C < 1.
 */
START_TEST(policy_takes_its_share_of_the_critical_step) {
  scratch s;
  scratch_make(&s);
  write_file(&s, "quiet.csv", "lambda,g,v\n10,1,0\n1,1,0\n");
  json_t *object = simulate_json(&s, "--policy 0.5 --eta 9 --steps 1 --replicates 1 quiet.csv");
  /* eta* = 2 * 9/99 = 2/11, half of it 1/11: g = (1/11, 10/11), alpha = 1/101. */
  const double alpha = json_number_value(json_object_get(band_of(object, 1, "alignment"), "mean"));
  ck_assert_msg(fabs(alpha - 1.0 / 101.0) <= 64.0 * 0x1p-52, "%.17g", alpha);
  json_decref(object);
  scratch_remove(&s);
}
END_TEST

/* Half of the stability edge away from it, every replicate leaves the numbers: a result. */
START_TEST(divergence_is_told) {
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  outcome text = run(&s, "simulate --eta 0.5 --steps 1000 --record all hand.csv");
  ck_assert_int_eq(text.status, 0);
  ck_assert_ptr_nonnull(strstr(text.out, "# 100 replicates left the finite numbers, the first at"));
  ck_assert_ptr_null(strstr(text.out, ",nan"));
  ck_assert_ptr_null(strstr(text.out, ",inf"));
  ck_assert_ptr_nonnull(strstr(text.out, "\n1000,alignment,0,,,,,\n"));
  outcome_free(&text);
  json_t *object = simulate_json(&s, "--eta 0.5 --steps 1000 --record log:1 hand.csv");
  ck_assert_int_eq(json_integer_value(json_object_get(object, "overflowed")), 100);
  ck_assert_int_gt(json_integer_value(json_object_get(object, "first_overflow")), 200);
  ck_assert(json_is_null(json_object_get(band_of(object, 4, "alignment"), "mean")));
  json_decref(object);
  object = simulate_json(&s, "--schedule sizes.csv --steps 10 hand.csv");
  ck_assert_int_eq(json_integer_value(json_object_get(object, "overflowed")), 0);
  ck_assert(json_is_null(json_object_get(object, "first_overflow")));
  json_decref(object);
  object = simulate_json(&s, "--eta 0.1 --batch 2 --steps 10 samples.csv");
  ck_assert_str_eq(json_string_value(json_object_get(object, "noise")), "mini-batch");
  json_decref(object);
  scratch_remove(&s);
}
END_TEST

/* --- analyze --------------------------------------------------------------------------------- */

static json_t *analyze_json(const scratch *s, const char *arguments) {
  char command[COMMAND_LENGTH];
  snprintf(command, sizeof command, "analyze --json %s", arguments);
  outcome result = run(s, command);
  ck_assert_msg(result.status == 0, "%s", result.err);
  ck_assert_str_eq(result.err, "");
  json_t *object = json_loads(result.out, 0, NULL);
  ck_assert_msg(object != NULL, "%s", result.out);
  outcome_free(&result);
  return object;
}

/* The key holds the number, to 8 ulps: each answer is a few operations of exact inputs. */
static void assert_number(const json_t *object, const char *key, double expected) {
  const json_t *value = json_object_get(object, key);
  ck_assert_msg(json_is_number(value), "%s is no number", key);
  const double x = json_number_value(value);
  ck_assert_msg(fabs(x - expected) <= 8.0 * 0x1p-52 * fabs(expected), "%s is %.17g, not %.17g", key,
                x, expected);
}

static void assert_near(const json_t *object, const char *key, double expected, double error) {
  const json_t *value = json_object_get(object, key);
  ck_assert_msg(json_is_number(value), "%s is no number", key);
  const double x = json_number_value(value);
  ck_assert_msg(fabs(x - expected) <= error, "%s is %.17g, not %.17g", key, x, expected);
}

static void assert_null(const json_t *object, const char *key) {
  ck_assert_msg(json_is_null(json_object_get(object, key)), "%s is not null", key);
}

/* lambda = (10, 1), g = (1, 1), v = (1, 1), k = 1, by hand: Delta = 200 - 2 = 198, and alpha_c is
 * the root in (0, 1) of 99*2 a (1-a) + 100 (1-a) - a = 0, that is of 198 a^2 - 97 a - 100. */
START_TEST(analyze_by_hand) {
  static const char *const keys[] = {"d",
                                     "k",
                                     "gap_ratio",
                                     "alignment",
                                     "regime",
                                     "alpha_c",
                                     "eta_star",
                                     "eta_dominant",
                                     "eta_bulk",
                                     "eta_stable",
                                     "mean_field_next",
                                     "mean_field_stationary",
                                     "expected_next",
                                     "sd_next",
                                     "expected_stationary",
                                     "sd_stationary",
                                     "q025_stationary",
                                     "q975_stationary",
                                     "eta_star_true"};
  enum { KEYS = sizeof keys / sizeof *keys };
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  json_t *object = analyze_json(&s, "--eta 0.1 hand.csv");
  size_t at = 0;
  const char *key;
  json_t *value;
  json_object_foreach(object, key, value) {
    ck_assert_uint_lt(at, KEYS);
    ck_assert_str_eq(key, keys[at++]);
  }
  ck_assert_uint_eq(at, KEYS);
  ck_assert(json_is_integer(json_object_get(object, "d")));
  ck_assert(json_is_integer(json_object_get(object, "k")));
  assert_number(object, "d", 2);
  assert_number(object, "k", 1);
  assert_number(object, "gap_ratio", 10);
  assert_number(object, "alignment", 0.5);
  ck_assert_str_eq(json_string_value(json_object_get(object, "regime")), "low");
  assert_number(object, "alpha_c", (97.0 + sqrt(97.0 * 97.0 + 4.0 * 198.0 * 100.0)) / 396.0);
  assert_number(object, "eta_star", 1.0 / 11.0);
  assert_number(object, "eta_dominant", 0.1);
  assert_number(object, "eta_bulk", 1.0);
  assert_number(object, "eta_stable", 0.2);
  /* E g_1^2 = 0 + 1, E g_2^2 = 0.81 + 0.01 */
  assert_number(object, "mean_field_next", 1.0 / 1.82);
  assert_number(object, "mean_field_stationary", 0.95);
  json_decref(object);
  scratch_remove(&s);
}
END_TEST

/* E[(x^2/(x^2+y^2))^power], x and y normal and independent, by the trapezoidal rule over a square
 * of 18 standard deviations.  The only place where the integrand is not smooth is the origin; for
 * |E y| = b standard deviations that has weight e^{-b^2/2}, and elsewhere the rule is exact to
 * rounding. */
static double brute_force(double x_mean, double x_sd, double y_mean, double y_sd, int power) {
  enum { HALF = 288 };
  const double h = 9.0 / HALF;
  double sum = 0.0;
  for (int i = -HALF; i <= HALF; i++)
    for (int j = -HALF; j <= HALF; j++) {
      const double zx = h * i, zy = h * j, x = x_mean + x_sd * zx, y = y_mean + y_sd * zy;
      const double weight = h * h * exp(-0.5 * (zx * zx + zy * zy)) / (2.0 * acos(-1.0));
      sum += x == 0.0 ? 0.0 : weight * pow(x * x / (x * x + y * y), power);
    }
  return sum;
}

/* The same instance in true expectation.  After a step of 1/10 the coordinates are N(0, 1) and
 * N(9/10, 1/100); the stationary ones N(0, 1) and N(0, 1/19), of which everything is known:
 * E alpha = sqrt(s_1)/(sqrt(s_1) + sqrt(s_2)) =: m, Var alpha = m (1-m)/2, and
 * P(alpha <= c) = (2/pi) arctan sqrt(s_2 c/(s_1 (1-c))). */
START_TEST(analyze_exact_laws_by_hand) {
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  json_t *object = analyze_json(&s, "--eta 0.1 hand.csv");
  const double mean = brute_force(0.0, 1.0, 0.9, 0.1, 1);
  assert_near(object, "expected_next", mean, 1e-10);
  assert_near(object, "sd_next", sqrt(brute_force(0.0, 1.0, 0.9, 0.1, 2) - mean * mean), 1e-9);
  const double r = sqrt(19.0), m = r / (r + 1.0), pi = acos(-1.0);
  assert_near(object, "expected_stationary", m, 1e-10);
  assert_near(object, "sd_stationary", sqrt(0.5 * m * (1.0 - m)), 1e-9);
  const double low = tan(0.0125 * pi), high = tan(0.4875 * pi); /* of sqrt(s_2 c/(s_1 (1-c))) */
  assert_near(object, "q025_stationary", 19.0 * low * low / (1.0 + 19.0 * low * low), 1e-6);
  assert_near(object, "q975_stationary", 19.0 * high * high / (1.0 + 19.0 * high * high), 1e-6);
  const double eta = json_number_value(json_object_get(object, "eta_star_true"));
  ck_assert(eta > 0.1 && eta < 0.2);
  ck_assert(fabs(brute_force(1.0 - 10.0 * eta, 10.0 * eta, 1.0 - eta, eta, 1) - 0.5) <= 1e-8);
  json_decref(object);
  /* Delta = 9 - (4 + 6) < 0, and in true expectation the step 1/2 raises the alignment all the
   * same: g_1' = -1/2 surely, g_2' ~ N(0, 6), and E[1/(1 + 24 z^2)] = sqrt(pi/48) e^{1/48}
   * erfc(1/sqrt 48).
   */
  write_file(&s, "rising.csv", "lambda,g,v\n3,1,0\n2,2,6\n");
  object = analyze_json(&s, "--eta 0.5 rising.csv");
  assert_number(object, "alignment", 0.2);
  assert_number(object, "mean_field_next", 0.04);
  assert_null(object, "eta_star");
  assert_near(object, "expected_next", sqrt(pi / 48.0) * exp(1.0 / 48.0) * erfc(1.0 / sqrt(48.0)),
              1e-10);
  assert_null(object, "expected_stationary"); /* certain to be 0: no noise in the dominant set */
  ck_assert(json_number_value(json_object_get(object, "eta_star_true")) < 0.5);
  json_decref(object);
  scratch_remove(&s);
}
END_TEST

static void assert_no_exact_laws(const json_t *object, bool next, bool stationary, bool step) {
  static const char *const stationary_keys[] = {"expected_stationary", "sd_stationary",
                                                "q025_stationary", "q975_stationary"};
  if (next) {
    assert_null(object, "expected_next");
    assert_null(object, "sd_next");
  } else
    ck_assert(json_is_number(json_object_get(object, "expected_next")));
  for (size_t i = 0; stationary && i < 4; i++)
    assert_null(object, stationary_keys[i]);
  if (step)
    assert_null(object, "eta_star_true");
  else
    ck_assert(json_is_number(json_object_get(object, "eta_star_true")));
}

START_TEST(analyze_nulls) {
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  write_file(&s, "high.csv", "lambda,g,v\n10,1,1\n1,1,1000\n");
  write_file(&s, "silent.csv", "lambda,g,v\n10,1,0\n1,1,0\n");
  json_t *object = analyze_json(&s, "hand.csv");
  assert_null(object, "mean_field_next");
  assert_null(object, "mean_field_stationary");
  assert_no_exact_laws(object, true, true, false);
  assert_number(object, "eta_star", 1.0 / 11.0);
  json_decref(object);
  /* At the stability edge itself there is no stationary state any more. */
  object = analyze_json(&s, "--eta 0.2 hand.csv");
  assert_null(object, "mean_field_stationary");
  assert_no_exact_laws(object, false, true, false);
  assert_number(object, "mean_field_next", 5.0 / 5.68);
  json_decref(object);
  object = analyze_json(&s, "--eta 0.1 high.csv");
  ck_assert_str_eq(json_string_value(json_object_get(object, "regime")), "high");
  assert_null(object, "eta_star");
  assert_number(object, "mean_field_next", 1.0 / 11.81);
  json_decref(object);
  /* Gradient descent: eta* = 2/(lambda_1 + lambda_2), alpha_c = 1, no limit. */
  object = analyze_json(&s, "--eta 0.1 silent.csv");
  assert_number(object, "eta_star", 2.0 / 11.0);
  assert_number(object, "alpha_c", 1.0);
  assert_number(object, "eta_dominant", 0.2);
  assert_null(object, "mean_field_stationary");
  assert_no_exact_laws(object, true, true, true); /* without noise the alignment is no law */
  json_decref(object);
  scratch_remove(&s);
}
END_TEST

/* lambda = (2, 1), g = (1, 1): Delta = (4 + 4 v_1) - (1 + v_2), exactly 0 at v = (0.25, 4); next to
 * that point doubles cannot decide by their bound, and exact arithmetic does. */
START_TEST(analyze_at_the_threshold) {
  scratch s;
  scratch_make(&s);
  write_file(&s, "at.csv", "lambda,g,v\n2,1,0.25\n1,1,4\n");
  write_file(&s, "low.csv", "lambda,g,v\n2,1,0x1.0000000000001p-2\n1,1,4\n");
  write_file(&s, "high.csv", "lambda,g,v\n2,1,0x1.fffffffffffffp-3\n1,1,4\n");
  json_t *object = analyze_json(&s, "at.csv");
  ck_assert_str_eq(json_string_value(json_object_get(object, "regime")), "high");
  assert_null(object, "eta_star");
  assert_number(object, "alpha_c", 0.5);
  json_decref(object);
  object = analyze_json(&s, "low.csv");
  ck_assert_str_eq(json_string_value(json_object_get(object, "regime")), "low");
  assert_number(object, "eta_star", 0x1p+53); /* 2 (2 - 1) / (4 * 2^-54) */
  json_decref(object);
  object = analyze_json(&s, "high.csv");
  ck_assert_str_eq(json_string_value(json_object_get(object, "regime")), "high");
  json_decref(object);
  outcome text = run(&s, "analyze at.csv");
  ck_assert_ptr_nonnull(strstr(text.out, "Undecided within rounding"));
  ck_assert_ptr_nonnull(strstr(text.out, "exact arithmetic on these numbers says high"));
  outcome_free(&text);
  scratch_remove(&s);
}
END_TEST

/* X = (1, 1/2), (1, -1/2), (-1, 1/2), (-1, -1/2): G = diag(1, 1/4), and y = (2, 0, 0, -2) up to
 * scale.  a(e_1) = a(e_2) = 1/2, so mu = 1/2; in the basis of the two columns the matrix of a is
 * 1/2 everywhere: a is in [0, 1].  Batches of one have x_1^2 = 1, x_2^2 = 1/4 always: what is kept
 * of m_1, m_2 is 1 - 2 eta, 1 - eta/2, and eta/2 + eta/8 = 1 at eta_c.  For Gaussian features 1/(y
 * - 1) + (1/4)/(y - 1/4) = 2 with y = 1/eta_c: 2 y^2 - (15/4) y + 1 = 0. */
START_TEST(analyze_noise_by_hand) {
  scratch s;
  scratch_make(&s);
  write_file(&s, "signs.csv", "a,b,label\n1,0.5,2\n1,-0.5,0\n-1,0.5,0\n-1,-0.5,-2\n");
  json_t *object = analyze_json(&s, "--k 1 signs.csv");
  ck_assert_int_eq(json_integer_value(json_object_get(object, "batch")), 1);
  assert_number(object, "loss_alignment", 0.5);
  assert_number(object, "directional_most", 1);
  ck_assert(fabs(json_number_value(json_object_get(object, "directional_least"))) < 1e-14);
  assert_number(object, "eta_c_gaussian", 4 / (3.75 + sqrt(3.75 * 3.75 - 8)));
  ck_assert_double_eq_tol(json_number_value(json_object_get(object, "eta_c_data")), 1.6, 1e-8);
  json_decref(object);
  outcome below = run(&s, "analyze --k 1 --eta 1.5 --batch 1 signs.csv"),
          above = run(&s, "analyze --k 1 --eta 1.7 signs.csv"),
          larger = run(&s, "analyze --k 1 --eta 1.7 --batch 10 signs.csv");
  ck_assert_ptr_nonnull(strstr(below.out, "η = 1.5 is below it: stable in mean square."));
  ck_assert_ptr_nonnull(strstr(above.out, "η = 1.7 is above it: not stable in mean square"));
  ck_assert_ptr_nonnull(strstr(larger.out, "η = 1.7 is below it: stable in mean square."));
  outcome_free(&below);
  outcome_free(&above);
  outcome_free(&larger);
  /* With a ridge of 1/4: 1 - D_1 = 5/2 eta - (5/4 eta)^2 + eta^2, 1 - D_2 = eta - (eta/2)^2 +
   * eta^2/16, and the threshold solves eta^2/(1 - D_1) + (eta^2/16)/(1 - D_2) = 1. */
  object = analyze_json(&s, "--k 1 --ridge 0.25 signs.csv");
  ck_assert(json_is_null(json_object_get(object, "eta_c_gaussian")));
  const double eta = json_number_value(json_object_get(object, "eta_c_data"));
  ck_assert_double_eq_tol(eta / (2.5 - 0.5625 * eta) + eta / 16 / (1 - 0.1875 * eta), 1.0, 1e-8);
  json_decref(object);
  scratch_remove(&s);
}
END_TEST

/* Centred samples (+-1, 0), (0, +-1/2) with labels +-1: A = diag(1/2, 1/8), g = -(1/2, 1/4) and
 * v = (1/4, 1/16), in units of the labels' deviation, which no answer depends on. */
/* What was undecided at few bits and is decided at more is not told of as undecided. */
START_TEST(replay_does_not_contradict_itself) {
  scratch s;
  char arguments[COMMAND_LENGTH];
  const char *source = getenv("SUSPALIGN_SOURCE");
  ck_assert_ptr_nonnull(source);
  scratch_make(&s);
  snprintf(arguments, sizeof arguments, "replay T1 '%s/tests/corpus/T1-domain_corners.csv'",
           source);
  outcome result = run(&s, arguments);
  ck_assert_int_eq(result.status, 0);
  ck_assert_ptr_nonnull(strstr(result.out, "certified at 2048 bits"));
  ck_assert_ptr_null(strstr(result.out, "no sign at"));
  outcome_free(&result);
  scratch_remove(&s);
}
END_TEST

/* A pipe can be read but once; the answer is the same but for the file's name. */
START_TEST(pipes_are_read) {
  static const char *const commands[] = {"analyze --json --eta 0.1",
                                         "simulate --eta 0.1 --steps 5"};
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  for (size_t i = 0; i < 4; i++) {
    const char *command = commands[i / 2], *file = i % 2 == 0 ? "hand.csv" : "samples.csv";
    char arguments[COMMAND_LENGTH], line[COMMAND_LENGTH], path[PATH_LENGTH];
    snprintf(arguments, sizeof arguments, "%s %s", command, file);
    outcome direct = run(&s, arguments);
    ck_assert_int_eq(direct.status, 0);
    snprintf(line, sizeof line, "cd '%s' && cat %s | '%s' %s /dev/stdin >piped", s.folder, file,
             getenv("SUSPALIGN"), command);
    ck_assert_int_eq(system(line), 0);
    scratch_path(&s, "piped", path);
    char *piped = scratch_read(path, NULL);
    ck_assert_str_eq(piped, direct.out);
    free(piped);
    outcome_free(&direct);
  }
  scratch_remove(&s);
}
END_TEST

/* A ridge that swamps the data leaves no noise geometry, and is no lack of memory. */
START_TEST(analyze_says_why_there_is_no_noise) {
  scratch s;
  scratch_make(&s);
  write_inputs(&s);
  json_t *object = analyze_json(&s, "--ridge 1e10 --k 1 samples.csv");
  ck_assert_str_eq(json_string_value(json_object_get(object, "noise_absent")),
                   "the ridge swamps the data: beside it, no curvature is theirs");
  ck_assert_ptr_null(json_object_get(object, "loss_alignment"));
  json_decref(object);
  outcome text = run(&s, "analyze --ridge 1e10 --k 1 samples.csv");
  ck_assert_ptr_nonnull(strstr(text.out, "noise geometry: none\n    the ridge swamps the data"));
  outcome_free(&text);
  /* One number that is not known leaves the others. */
  const noise_analysis a = {.batch = 3,
                            .mu = 1.5,
                            .least = 0.5,
                            .most = 2.0,
                            .eta_gaussian = {0.25, 1e-9},
                            .eta_data = {NAN, NAN},
                            .eta_data_is_absent = {GSL_EMAXITER, "it did not settle"},
                            .eta = 0.1};
  object = json_object();
  ck_assert_int_eq(noise_analysis_add_json(&a, object), GSL_SUCCESS);
  ck_assert(json_number_value(json_object_get(object, "loss_alignment")) == 1.5);
  assert_null(object, "eta_c_data");
  ck_assert_str_eq(json_string_value(json_object_get(object, "eta_c_data_absent")),
                   "it did not settle");
  json_decref(object);
  char words[4096] = "";
  FILE *stream = fmemopen(words, sizeof words, "w");
  noise_analysis_print(stream, &a);
  fclose(stream);
  ck_assert_ptr_nonnull(strstr(words, "η_c = 0.25 with batches of 3\n"));
  ck_assert_ptr_nonnull(strstr(words, "these data: not known\n    it did not settle.\n"));
  ck_assert_ptr_null(strstr(words, "nan"));
  scratch_remove(&s);
}
END_TEST

START_TEST(analyze_samples_by_hand) {
  scratch s;
  scratch_make(&s);
  write_file(&s, "samples.csv", "a,b,label\n1,0,1\n-1,0,-1\n0,0.5,1\n0,-0.5,-1\n");
  json_t *object = analyze_json(&s, "--k 1 --eta 3 samples.csv");
  assert_number(object, "d", 2);
  assert_number(object, "gap_ratio", 4);
  assert_number(object, "alignment", 0.8);
  assert_number(object, "eta_star", 1.6);
  assert_number(object, "eta_dominant", 2);
  assert_number(object, "eta_bulk", 8);
  assert_number(object, "eta_stable", 4);
  json_decref(object);
  outcome text = run(&s, "analyze --eta 3 samples.csv");
  ck_assert_ptr_nonnull(strstr(text.out, "4 labelled samples of 2 features"));
  ck_assert_ptr_nonnull(strstr(text.out, "in the state w = 0"));
  ck_assert_ptr_nonnull(strstr(text.out, "for Gaussian noise with its full covariance:"));
  ck_assert_ptr_nonnull(strstr(text.out, "η = 3 lies in the suspicious interval: the bulk update "
                                         "lowers the expected loss, the dominant update raises "
                                         "it."));
  outcome_free(&text);
  /* A ridge of 1/8 moves the curvatures to 5/8 and 1/4. */
  object = analyze_json(&s, "--ridge 0.125 samples.csv");
  assert_number(object, "gap_ratio", 2.5);
  assert_number(object, "eta_stable", 3.2);
  json_decref(object);
  scratch_remove(&s);
}
END_TEST

typedef struct {
  const char *input, *eta, *part;
} meaning;

static const char hand[] = "lambda,g,v\n10,1,1\n1,1,1\n";
static const char high[] = "lambda,g,v\n10,1,1\n1,1,1000\n";
static const char silent[] = "lambda,g,v\n10,1,0\n1,1,0\n";
static const char rising[] = "lambda,g,v\n3,1,0\n2,2,6\n";
static const char start[] = "lambda,g,v\n10,100,1\n1,100,1\n";

/* Each number says what it means for this input: the same line, other words. */
static const meaning meanings[] = {
    {hand, "0.05", "η = 0.05 is below η*: the alignment falls in the next step"},
    {hand, "0.1", "η = 0.1 is above η*: the alignment rises in the next step"},
    {hand, "0.09090909090909091", "is within rounding of η*: the alignment stays"},
    {hand, "0.05",
     "in no suspicious interval: the bulk update lowers the expected loss, the dominant update "
     "lowers it"},
    {hand, "0.1", "on the edge of the suspicious interval, within rounding"},
    {hand, "0.5", "η = 0.5 lies in the suspicious interval"},
    {hand, "2",
     "in no suspicious interval: the bulk update raises the expected loss, the dominant update "
     "raises it"},
    {hand, "0.1", "width of the interval η_B - η_D = 0.9\n    Its upper end is 10 times"},
    {hand, "0.1", "stability edge 2/λ₁ = 0.2\n    η = 0.1 is below it"},
    {hand, "0.3", "η = 0.3 is not below it: there is no stationary state"},
    {hand, "0.3", "limit α_∞: none\n    The step is not below 2/λ₁"},
    {hand, "0.1", "T4) at η = 0.1: not all hold\n    Not met: a start beyond"},
    {hand, "0.19", "Not met: 0 < η < 2/(λ₁ + λₖ₊₁) = 0.1818181818; a start beyond"},
    {start, "0.1",
     "T4) at η = 0.1: all hold\n    At this step the mean-field alignment falls first"},
    {silent, "0.1", "Not met: noise in every direction."},
    {silent, "0.1", "There is no noise: every state is in the low regime"},
    {hand, "0.1",
     "limit α_∞ = 0.95\n    Run on at η = 0.1 and with this noise, the mean-field alignment tends "
     "to this, above the present one"},
    {high, "0.1", "Self-correcting: in mean field every step size lowers the alignment"},
    {high, "0.1", "critical step η*: none"},
    {high, "0.1", "The interval is empty"},
    {hand, "0.1", "exact laws, for Gaussian noise that is independent along the directions:"},
    {hand, "0.1",
     "one step at η = 0.1 lowers the expected alignment, by 0.1204: mean field says otherwise"},
    {hand, "0.3", "raises the expected alignment, by 0.2999: mean field says the same"},
    {hand, "0.1", "its mean is below the mean-field limit"},
    {hand, "0.5",
     "true stationary alignment: none\n    Gaussian noise: the step size 0.5 is not below"},
    {hand, "0.3", "stands still here: 1.48761 times η*"},
    {rising, "0.5", "first rises beyond this step, although the mean-field one falls"},
    {rising, "0.5",
     "true stationary alignment: none\n    Gaussian noise: the alignment is 0 with "},
    {silent, "0.1", "true critical step: none\n    Gaussian noise: every variance is 0"},
    {silent, "0.1", "true expected next alignment: none\n    Gaussian noise: every variance is 0"},
};

/* What a replay prints is replayed: of a quadratic and of a state of a run on data. */
START_TEST(replay_reads_a_replay) {
  static const char *const ids[] = {"T1", "L1", "T4", "D1"};
  scratch s;
  char path[PATH_LENGTH], arguments[64];
  scratch_make(&s);
  scratch_path(&s, "replay.csv", path);
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
    snprintf(arguments, sizeof arguments, "replay %s 42", ids[i]);
    outcome first = run(&s, arguments);
    scratch_write(path, first.out, strlen(first.out));
    snprintf(arguments, sizeof arguments, "replay %s replay.csv", ids[i]);
    outcome second = run(&s, arguments);
    ck_assert_msg(second.status == first.status, "%s", second.err);
    ck_assert_str_eq(strchr(second.out, '\n'), strchr(first.out, '\n'));
    outcome_free(&first);
    outcome_free(&second);
  }
  scratch_remove(&s);
}
END_TEST

/* The corpus is the option's, the environment's, or the folder of that name. */
START_TEST(verify_tries_the_corpus) {
  static const char tie[] = "# family = quadratic\n# k = 1\n# eta = 0\nlambda,g,v\n10,1,1\n1,1,1\n";
  scratch s;
  char path[PATH_LENGTH];
  scratch_make(&s);
  scratch_path(&s, "T1-hand.csv", path);
  scratch_write(path, tie, strlen(tie));
  outcome result = run(&s, "verify -v --corpus . T1");
  ck_assert_int_eq(result.status, 0);
  ck_assert_ptr_nonnull(strstr(result.out, "corpus: 1 tried, 0 of them failing"));
  outcome_free(&result);
  result = run(&s, "verify -v T1");
  ck_assert_ptr_null(strstr(result.out, "corpus: 1"));
  outcome_free(&result);
  scratch_write(path, tie, strlen(tie) - 6);
  setenv("SUSPALIGN_CORPUS", ".", 1);
  result = run(&s, "verify T1");
  ck_assert_int_eq(result.status, 1);
  ck_assert_ptr_nonnull(strstr(result.out, "T1   vacuous"));
  ck_assert_ptr_nonnull(strstr(result.out, "1 instance of the corpus cannot be read"));
  ck_assert_ptr_nonnull(strstr(result.err, "./T1-hand.csv:2: k is 1: not in 1..0"));
  outcome_free(&result);
  setenv("SUSPALIGN_CORPUS", "", 1);
  result = run(&s, "verify T1");
  ck_assert_int_eq(result.status, 0);
  outcome_free(&result);
  unsetenv("SUSPALIGN_CORPUS");
  scratch_remove(&s);
}
END_TEST

START_TEST(analyze_says_what_it_means) {
  scratch s;
  char arguments[128];
  scratch_make(&s);
  write_file(&s, "input.csv", meanings[_i].input);
  snprintf(arguments, sizeof arguments, "analyze --eta %s input.csv", meanings[_i].eta);
  outcome result = run(&s, arguments);
  ck_assert_int_eq(result.status, 0);
  ck_assert_msg(strstr(result.out, meanings[_i].part) != NULL, "no '%s' in:\n%s", meanings[_i].part,
                result.out);
  outcome_free(&result);
  scratch_remove(&s);
}
END_TEST

/* A run's own instances can be read back: hexadecimal digits lose nothing. */
START_TEST(analyze_reads_a_replay) {
  scratch s;
  char path[PATH_LENGTH];
  scratch_make(&s);
  outcome replay = run(&s, "replay T1 42");
  ck_assert_int_eq(replay.status, 0);
  scratch_path(&s, "instance.csv", path);
  scratch_write(path, replay.out, strlen(replay.out));
  size_t k;
  ck_assert_int_eq(sscanf(strstr(replay.out, "# k = "), "# k = %zu", &k), 1);
  snprintf(path, sizeof path, "--k %zu instance.csv", k);
  json_t *object = analyze_json(&s, path);
  ck_assert_str_eq(json_string_value(json_object_get(object, "regime")), "low");
  json_decref(object);
  outcome_free(&replay);
  scratch_remove(&s);
}
END_TEST

/* --- plain text ------------------------------------------------------------------------------ */

typedef struct {
  const char *tex, *text;
} conversion;

static const conversion conversions[] = {
    {"", ""},
    {"Plain words, 100\\,\\% plain --- and ``quoted''.",
     "Plain words, 100 % plain — and “quoted”."},
    {"$\\alpha<\\alpha_c$", "α < α_c"},
    {"$\\eta^*=2(\\bar\\lambda_D-\\bar\\lambda_B)/\\Delta$", "η* = 2(λ̄_D−λ̄_B)/Δ"},
    {"$x_s x_s^{\\mathsf T}$", "xₛxₛᵀ"},
    {"$\\mathbb{E}\\|Pg'\\|^2=D_0-2\\eta D_1$", "E‖Pg′‖² = D₀−2ηD₁"},
    {"$V_DB_0$ and $\\lambda_{k+1}^{-2}$", "V_D B₀ and λₖ₊₁⁻²"},
    {"$\\frac{km}{km+d-k}\\le\\hat\\alpha_\\infty$", "km/(km+d−k) ≤ α̂_∞"},
    {"$\\frac1{2n}|Xw-y|^2$", "(1/(2n))|Xw−y|²"},
    {"$\\tfrac12\\eta^2(D_1+\\tau_D)$", "½η²(D₁+τ_D)"},
    {"$2\\ln R/\\ln(1/\\rho_+)$", "2 ln R/ln(1/ρ₊)"},
    {"$\\min_t\\alpha_t\\sim R^{-2(1-\\kappa)}$", "minₜ αₜ ~ R^(−2(1−κ))"},
    {"$\\sum_{i\\le k}s_i$", "Σ_(i ≤ k) sᵢ"},
    {"$x$ in the \\emph{bulk}, $\\text{if } x>0$", "x in the bulk, if x > 0"},
    {"$\\unheardof x$", "unheardof x"},
    {"$\\frac", "/"},
    {"}{$_", ""},
};

START_TEST(plain_text_converts) {
  char *text = plain_text_from_tex(conversions[_i].tex);
  ck_assert_ptr_nonnull(text);
  ck_assert_str_eq(text, conversions[_i].text);
  free(text);
}
END_TEST

static void assert_plain(const claim *c, const char *tex) {
  char *text = plain_text_from_tex(tex);
  ck_assert_ptr_nonnull(text);
  ck_assert_msg(strpbrk(text, "\\$") == NULL, "%s: '%s' leaves '%s'", c->id, tex, text);
  free(text);
}

/* No claim is written with a command that the converter does not know. */
START_TEST(plain_text_covers_the_claims) {
  for (const claim *const *at = registry_claims; *at != NULL; at++) {
    assert_plain(*at, (*at)->statement);
    for (const hypothesis *h = (*at)->hypotheses; h->name != NULL; h++) {
      assert_plain(*at, h->statement);
      if (h->dropped.remark != NULL)
        assert_plain(*at, h->dropped.remark);
    }
    for (const conclusion *x = (*at)->conclusions; x->name != NULL; x++)
      assert_plain(*at, x->statement);
  }
}
END_TEST

START_TEST(plain_text_breaks_lines) {
  char *text = NULL;
  size_t length;
  FILE *stream = open_memstream(&text, &length);
  ck_assert_ptr_nonnull(stream);
  /* The accents take no column: the second line is 10 wide. */
  plain_text_print(stream, "one two λ̄λ̄λ̄ λ̄λ̄λ̄λ̄ incomprehensible x", 2, 10);
  fclose(stream);
  ck_assert_str_eq(text, "  one two\n  λ̄λ̄λ̄ λ̄λ̄λ̄λ̄\n  incomprehensible\n  x\n");
  free(text);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void) {
  /* The answers below are those of the defaults; a soak is for the claims' own tests. */
  unsetenv("SUSPALIGN_SEED");
  unsetenv("SUSPALIGN_TRIALS_FACTOR");
  unsetenv("SUSPALIGN_CORPUS");
  Suite *suite = suite_create("cli");
  TCase *usage = tcase_create("usage");
  tcase_add_loop_test(usage, bad_usage_is_one_line, 0, COUNT(bad_usages));
  tcase_add_loop_test(usage, good_usage_succeeds, 0, COUNT(good_usages));
  tcase_add_test(usage, ablate_is_deterministic_and_readable);
  tcase_add_loop_test(usage, full_disk_is_told, 0, COUNT(unwritable));
  tcase_add_test(usage, environment_is_read_strictly);
  tcase_add_test(usage, claims_lists_the_registry);
  tcase_add_test(usage, verify_writes_json);
  tcase_add_test(usage, report_compares_runs);
  tcase_add_test(usage, starved_claim_is_no_pass);
  tcase_set_timeout(usage, 120);
  suite_add_tcase(suite, usage);
  TCase *analyze = tcase_create("analyze");
  tcase_add_test(analyze, analyze_by_hand);
  tcase_add_test(analyze, analyze_exact_laws_by_hand);
  tcase_add_test(analyze, analyze_nulls);
  tcase_add_test(analyze, analyze_at_the_threshold);
  tcase_add_test(analyze, analyze_samples_by_hand);
  tcase_add_test(analyze, analyze_says_why_there_is_no_noise);
  tcase_add_test(analyze, pipes_are_read);
  tcase_add_test(analyze, replay_does_not_contradict_itself);
  tcase_add_test(analyze, analyze_noise_by_hand);
  tcase_add_loop_test(analyze, analyze_says_what_it_means, 0, COUNT(meanings));
  tcase_add_test(analyze, analyze_reads_a_replay);
  tcase_add_test(analyze, replay_reads_a_replay);
  tcase_add_test(analyze, verify_tries_the_corpus);
  tcase_add_loop_test(analyze, analyze_tells_of_the_hessian, 0, COUNT(hessian_texts));
  tcase_set_timeout(analyze, 60);
  suite_add_tcase(suite, analyze);
  TCase *simulate = tcase_create("simulate");
  tcase_add_test(simulate, simulations_are_reproducible);
  tcase_add_loop_test(simulate, simulation_starts_at_the_state, 0, 5);
  tcase_add_test(simulate, recorded_steps_are_as_asked);
  tcase_add_test(simulate, killed_runs_leave_nothing);
  tcase_add_test(simulate, policy_takes_its_share_of_the_critical_step);
  tcase_add_test(simulate, divergence_is_told);
  tcase_set_timeout(simulate, 60);
  suite_add_tcase(suite, simulate);
  TCase *text = tcase_create("plain text");
  tcase_add_loop_test(text, plain_text_converts, 0, COUNT(conversions));
  tcase_add_test(text, plain_text_covers_the_claims);
  tcase_add_test(text, plain_text_breaks_lines);
  suite_add_tcase(suite, text);
  return support_run(suite);
}
