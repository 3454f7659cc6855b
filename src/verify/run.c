#include "config.h"
#include "verify/run.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <gsl/gsl_errno.h>
#include "exact/certified.h"
#include "model/random.h"
#include "verify/corpus.h"
#include "verify/shrink.h"

/* --- options -------------------------------------------------------------------------------- */

int verify_parse_seed(const char *text, uint64_t *seed, diagnostic *diag) {
  char *end;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 0);
  /* strtoull takes "-1" for 2^64 - 1: a seed has a digit first. */
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
    return diagnostic_set(diag, GSL_EINVAL, "seed '%s': not a number from 0 to 2^64 - 1", text);
  *seed = value;
  return GSL_SUCCESS;
}

int verify_parse_factor(const char *text, double *factor, diagnostic *diag) {
  char *end;
  errno = 0;
  const double value = strtod(text, &end);
  if (end == text || *end != '\0' || !(value > 0.0 && value <= VERIFY_FACTOR_MOST))
    return diagnostic_set(diag, GSL_EINVAL, "factor of trials '%s': not a number in (0, %g]", text,
                          VERIFY_FACTOR_MOST);
  *factor = value;
  return GSL_SUCCESS;
}

int verify_options_read(verify_options *options, diagnostic *diag) {
  verify_options fresh = {
      .seed = RANDOM_DEFAULT_SEED, .trials_factor = 1.0, .corpus_shipped = SUSPALIGN_CORPUS_FOLDER};
  const char *text = getenv("SUSPALIGN_SEED");
  if (text != NULL && verify_parse_seed(text, &fresh.seed, diag) != GSL_SUCCESS)
    return diagnostic_prefix(diag, "SUSPALIGN_SEED");
  text = getenv("SUSPALIGN_TRIALS_FACTOR");
  if (text != NULL && verify_parse_factor(text, &fresh.trials_factor, diag) != GSL_SUCCESS)
    return diagnostic_prefix(diag, "SUSPALIGN_TRIALS_FACTOR");
  text = getenv("SUSPALIGN_CORPUS");
  fresh.corpus_folder = text != NULL && text[0] != '\0' ? text : NULL;
  *options = fresh;
  return GSL_SUCCESS;
}

/* --- reports -------------------------------------------------------------------------------- */

void verify_report_free(verify_report *report) {
  if (report == NULL)
    return;
  free(report->conclusion);
  free(report->coverage);
  free(report->ablation);
  free(report);
}

static size_t conclusion_count(const claim *c) {
  size_t count = 0;
  while (c->conclusions[count].name != NULL)
    count++;
  return count;
}

static size_t coverage_count(const claim *c) {
  size_t count = 0;
  while (c->coverages[count].name != NULL)
    count++;
  return count;
}

static size_t hypothesis_count(const claim *c) {
  size_t count = 0;
  while (c->hypotheses[count].name != NULL)
    count++;
  return count;
}

size_t verify_points(const claim *c) {
  return conclusion_count(c) + coverage_count(c) + hypothesis_count(c) + 1;
}

static verify_report *report_alloc(const claim *c, uint64_t seed) {
  verify_report *report = calloc(1, sizeof *report);
  if (report == NULL)
    return NULL;
  report->claim = c;
  report->seed = seed;
  report->conclusion_count = conclusion_count(c);
  report->coverage_count = coverage_count(c);
  report->hypothesis_count = hypothesis_count(c);
  report->conclusion = calloc(report->conclusion_count + 1, sizeof *report->conclusion);
  report->coverage = calloc(report->coverage_count + 1, sizeof *report->coverage);
  report->ablation = calloc(report->hypothesis_count + 1, sizeof *report->ablation);
  if (report->conclusion == NULL || report->coverage == NULL || report->ablation == NULL) {
    verify_report_free(report);
    return NULL;
  }
  return report;
}

static void tally_add(verify_tally *tally, verdict v) {
  switch (v) {
  case VERDICT_HOLDS:
    tally->holds++;
    break;
  case VERDICT_FAILS:
    tally->fails++;
    break;
  case VERDICT_UNDECIDED:
    tally->undecided++;
    break;
  default:
    tally->vacuous++;
  }
}

/* --- one trial ------------------------------------------------------------------------------ */

static void *generate(const claim *c, uint32_t seed, diagnostic *diag) {
  gsl_rng *rng = random_alloc(seed);
  if (rng == NULL) {
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    return NULL;
  }
  void *instance = c->generate(rng, diag);
  gsl_rng_free(rng);
  return instance;
}

/* --- failures ------------------------------------------------------------------------------- */

/* Of each conclusion the first failures are told, and the first alone is shrunk. */
enum { FAILURES_TOLD = 3 };

typedef struct {
  const claim *claim;
  const conclusion *conclusion;
} failure;

static bool still_fails(const void *instance, const void *context) {
  const failure *f = context;
  claim_note note = {"", 0};
  return claim_violated(f->claim, instance, NULL) == NULL &&
         f->conclusion->check(instance, &note) == VERDICT_FAILS;
}

/* One line that replays the failure; the instance goes to a file of its own. */
static void tell_failure(const verify_options *options, const failure *f, uint32_t seed,
                         const void *instance, const claim_note *note) {
  const claim *c = f->claim;
  fprintf(stderr, "%s %s fails (%s); replay: suspalign replay %s 0x%" PRIx32 "\n", c->id,
          f->conclusion->name, note->text, c->id, seed);
  if (options->log_folder == NULL)
    return;
  char path[512];
  const int length =
      snprintf(path, sizeof path, "%s/%s-0x%" PRIx32 ".csv", options->log_folder, c->id, seed);
  if (length < 0 || (size_t)length >= sizeof path)
    return;
  mkdir(options->log_folder, 0777); /* may be there already */
  FILE *file = fopen(path, "w");
  if (file == NULL)
    return;
  c->family->print(file, instance);
  fclose(file);
  fprintf(stderr, "  its inputs, exact: %s\n", path);
}

/* The smallest instance near that of the seed on which the conclusion fails, into the corpus. */
static void keep_failure(const verify_options *options, const failure *f, uint32_t seed) {
  const claim *c = f->claim;
  if (options->corpus_folder == NULL || c->family->read == NULL || c->family->simplify == NULL)
    return;
  diagnostic diag = {GSL_SUCCESS, ""};
  shrink_summary summary;
  void *instance = generate(c, seed, &diag);
  instance = shrink_instance(c->family, instance, still_fails, f, SHRINK_TRIES_MOST, &summary);
  if (instance == NULL)
    return;
  claim_note note = {"", 0};
  f->conclusion->check(instance, &note);
  size_t d, k;
  c->family->size(instance, &d, &k);
  char path[CORPUS_PATH_LENGTH];
  if (corpus_keep(options->corpus_folder, c, f->conclusion, instance, note.text, path, &diag) ==
      GSL_SUCCESS)
    fprintf(stderr,
            "  shrunk in %zu steps to d = %zu (%s): suspalign replay %s %s\n"
            "  as a test: %.*s.c.txt\n",
            summary.steps, d,
            summary.local_minimum ? "a local minimum" : "as far as the tries went", c->id, path,
            (int)strlen(path) - 4, path);
  else
    fprintf(stderr, "  the shrunk instance is not kept: %s\n", diag.message);
  c->family->free(instance);
}

static void run_trial(verify_report *report, const verify_options *options, uint32_t seed,
                      const void *instance) {
  const claim *c = report->claim;
  size_t d, k;
  c->family->size(instance, &d, &k);
  report->d_least = report->admitted == 0 || d < report->d_least ? d : report->d_least;
  report->d_most = d > report->d_most ? d : report->d_most;
  report->admitted++;
  for (size_t i = 0; i < report->coverage_count; i++)
    report->coverage[i] += c->coverages[i].holds(instance);
  bool proved = false, refuted = false, open = false;
  for (size_t i = 0; i < report->conclusion_count; i++) {
    claim_note note = {"", 0};
    const verdict v = c->conclusions[i].check(instance, &note);
    tally_add(&report->conclusion[i], v);
    if (v == VERDICT_UNDECIDED && report->conclusion[i].undecided == 1)
      report->conclusion[i].undecided_seed = seed;
    if (note.bits > report->conclusion[i].bits_most)
      report->conclusion[i].bits_most = note.bits;
    if (c->conclusions[i].decision == DECIDED_BY_SIGN) {
      proved = proved || v == VERDICT_HOLDS;
      refuted = refuted || v == VERDICT_FAILS;
      open = open || v == VERDICT_UNDECIDED;
      if (note.bits > report->bits_most)
        report->bits_most = note.bits;
    }
    if (v == VERDICT_FAILS) {
      if (report->failing_seed == 0) {
        report->failing_seed = seed;
        report->refutation = note;
      }
      const failure f = {c, &c->conclusions[i]};
      if (c->erratum == NULL && report->conclusion[i].fails <= FAILURES_TOLD)
        tell_failure(options, &f, seed, instance, &note);
      if (c->erratum == NULL && report->conclusion[i].fails == 1)
        keep_failure(options, &f, seed);
    }
  }
  report->certified += c->erratum != NULL ? refuted : proved && !refuted && !open;
}

/* --- corpus --------------------------------------------------------------------------------- */

/* One file: read, and every conclusion on it when it meets the hypotheses. */
static void try_file(verify_report *report, const char *path) {
  const claim *c = report->claim;
  diagnostic diag = {GSL_SUCCESS, ""};
  void *instance = c->family->read(path, &diag);
  if (instance == NULL) {
    report->corpus_unreadable++;
    fprintf(stderr, "%s: an instance of the corpus is not tried: %s\n", c->id, diag.message);
    return;
  }
  report->corpus_read++;
  if (claim_violated(c, instance, NULL) == NULL) {
    report->corpus_tried++;
    bool fails = false;
    for (const conclusion *x = c->conclusions; x->name != NULL; x++) {
      claim_note note = {"", 0};
      const verdict v = x->check(instance, &note);
      if (v == VERDICT_UNDECIDED && x->decision == DECIDED_BY_SIGN) {
        report->corpus_open++;
        fprintf(stderr, "%s %s has no certified sign (%s); replay: suspalign replay %s %s\n", c->id,
                x->name, note.text, c->id, path);
      }
      if (v != VERDICT_FAILS)
        continue;
      fprintf(stderr, "%s %s fails (%s); replay: suspalign replay %s %s\n", c->id, x->name,
              note.text, c->id, path);
      if (report->corpus_failing == 0 && !fails)
        snprintf(report->reason, sizeof report->reason, "%s fails on %s of the corpus", x->name,
                 strrchr(path, '/') + 1);
      fails = true;
    }
    report->corpus_failing += fails;
  }
  c->family->free(instance);
}

static void try_folder(verify_report *report, const char *folder) {
  diagnostic diag = {GSL_SUCCESS, ""};
  char **paths = NULL;
  size_t count = 0;
  if (corpus_list(folder, report->claim, &paths, &count, &diag) != GSL_SUCCESS) {
    report->corpus_unreadable++;
    fprintf(stderr, "%s: the corpus is not tried: %s\n", report->claim->id, diag.message);
    return;
  }
  for (size_t i = 0; i < count; i++)
    try_file(report, paths[i]);
  corpus_list_free(paths, count);
}

static void try_corpus(verify_report *report, const verify_options *options) {
  if (report->claim->erratum != NULL || report->claim->family->read == NULL)
    return;
  try_folder(report, options->corpus_shipped);
  try_folder(report, options->corpus_folder);
}

/* --- ablations ------------------------------------------------------------------------------ */

/* The counterexample meets every other hypothesis, violates this one, and its conclusion fails. */
static verdict run_ablation(const claim *c, const hypothesis *dropped) {
  if (dropped->dropped.instance == NULL)
    return VERDICT_VACUOUS;
  const conclusion *fails = claim_find_conclusion(c, dropped->dropped.fails);
  void *instance = dropped->dropped.instance();
  if (instance == NULL || fails == NULL)
    return VERDICT_FAILS;
  claim_note note = {"", 0};
  const bool counterexample = !dropped->holds(instance) &&
                              claim_violated(c, instance, dropped) == NULL &&
                              fails->check(instance, &note) == VERDICT_FAILS;
  c->family->free(instance);
  return counterexample ? VERDICT_HOLDS : VERDICT_FAILS;
}

/* --- the verdict ---------------------------------------------------------------------------- */

static size_t applied(const verify_report *report, size_t i) {
  return report->admitted - report->conclusion[i].vacuous;
}

verdict verify_conclusion_verdict(const verify_report *report, size_t i) {
  const double admitted = (double)report->admitted;
  const verify_tally *tally = &report->conclusion[i];
  if (tally->fails > 0)
    return VERDICT_FAILS;
  if (report->admitted == 0 || (double)applied(report, i) < VERIFY_APPLIED_SHARE * admitted)
    return VERDICT_VACUOUS;
  const bool by_sign = report->claim->conclusions[i].decision == DECIDED_BY_SIGN;
  if ((double)tally->undecided > (by_sign ? 0.0 : VERIFY_UNDECIDED_SHARE * admitted))
    return VERDICT_UNDECIDED;
  return VERDICT_HOLDS;
}

bool verify_coverage_is_fed(const verify_report *report, size_t i) {
  return (double)report->coverage[i] >=
         report->claim->coverages[i].least_share * (double)report->admitted;
}

/* The first conclusion with that verdict; conclusion_count when none has it. */
static size_t find_conclusion(const verify_report *report, verdict v) {
  size_t i = 0;
  while (i < report->conclusion_count && verify_conclusion_verdict(report, i) != v)
    i++;
  return i;
}

static verdict settle(verify_report *report) {
  const claim *c = report->claim;
  char *reason = report->reason;
  const size_t room = sizeof report->reason, none = report->conclusion_count;
  size_t found = find_conclusion(report, VERDICT_FAILS);
  if (c->erratum != NULL && found == none) {
    snprintf(reason, room, "nothing refutes the printed form on %zu instances", report->admitted);
    return VERDICT_FAILS;
  }
  if (c->erratum == NULL && found < none) {
    snprintf(reason, room, "%s fails on %zu of %zu instances, first on trial seed 0x%" PRIx32,
             c->conclusions[found].name, report->conclusion[found].fails, report->admitted,
             report->failing_seed);
    return VERDICT_FAILS;
  }
  if (report->corpus_failing > 0) /* the reason is there */
    return VERDICT_FAILS;
  for (size_t i = 0; i < report->hypothesis_count; i++)
    if (report->ablation[i] == VERDICT_FAILS) {
      snprintf(reason, room, "the counterexample to dropping '%s' is none", c->hypotheses[i].name);
      return VERDICT_FAILS;
    }
  if (report->corpus_unreadable > 0) {
    snprintf(reason, room, "%zu instance%s of the corpus cannot be read", report->corpus_unreadable,
             report->corpus_unreadable == 1 ? "" : "s");
    return VERDICT_VACUOUS;
  }
  if ((double)report->admitted < VERIFY_ADMITTED_SHARE * (double)report->trials ||
      report->admitted == 0) {
    snprintf(reason, room, "only %zu of %zu instances meet the hypotheses", report->admitted,
             report->trials);
    return VERDICT_VACUOUS;
  }
  for (size_t i = 0; i < report->coverage_count; i++)
    if (!verify_coverage_is_fed(report, i)) {
      snprintf(reason, room,
               "the case '%s' is starved: %zu of %zu instances, at least %g %% wanted",
               c->coverages[i].name, report->coverage[i], report->admitted,
               100.0 * c->coverages[i].least_share);
      return VERDICT_VACUOUS;
    }
  found = find_conclusion(report, VERDICT_VACUOUS);
  if (found < none) {
    snprintf(reason, room, "%s applied to %zu of %zu instances", c->conclusions[found].name,
             applied(report, found), report->admitted);
    return VERDICT_VACUOUS;
  }
  if (report->corpus_open > 0) {
    snprintf(reason, room, "%zu sign%s not certified at %d bits on the corpus", report->corpus_open,
             report->corpus_open == 1 ? "" : "s", CERTIFIED_PRECISION_MOST);
    return VERDICT_UNDECIDED;
  }
  found = find_conclusion(report, VERDICT_UNDECIDED);
  if (found < none) {
    const verify_tally *tally = &report->conclusion[found];
    const int length = snprintf(reason, room, "%s is undecided on %zu of %zu instances",
                                c->conclusions[found].name, tally->undecided, report->admitted);
    if (c->conclusions[found].decision == DECIDED_BY_SIGN && length > 0 && (size_t)length < room)
      snprintf(reason + length, room - (size_t)length,
               ": no sign certified at %d bits, first on trial seed 0x%" PRIx32,
               CERTIFIED_PRECISION_MOST, tally->undecided_seed);
    return VERDICT_UNDECIDED;
  }
  reason[0] = '\0';
  return c->erratum == NULL ? VERDICT_HOLDS : VERDICT_REFUTED;
}

static void show_progress(const verify_options *options, const claim *c, size_t done, size_t trials,
                          time_t start, time_t *shown) {
  const time_t now = time(NULL);
  if (options->progress == NULL || now - start < 1 || now == *shown)
    return;
  *shown = now;
  fprintf(options->progress, "\r%s: %zu of %zu instances", c->id, done, trials);
  fflush(options->progress);
}

int verify_run(const claim *c, const verify_options *options, verify_report **out) {
  verify_report *report = report_alloc(c, options->seed);
  if (report == NULL)
    return GSL_ENOMEM;
  const double wanted = floor((double)c->trials * options->trials_factor);
  report->trials = wanted < 1.0 ? 1 : (size_t)wanted;
  const time_t start = time(NULL);
  time_t shown = start;
  try_corpus(report, options);
  for (size_t trial = 0; trial < report->trials; trial++) {
    const uint32_t seed = random_trial_seed(options->seed, c->id, trial);
    diagnostic diag = {GSL_SUCCESS, ""};
    void *instance = generate(c, seed, &diag);
    if (instance == NULL) {
      diagnostic_prefix(&diag, "no instance");
      memcpy(report->reason, diag.message, sizeof report->reason);
      report->verdict = VERDICT_VACUOUS;
      *out = report;
      return GSL_SUCCESS;
    }
    if (claim_violated(c, instance, NULL) == NULL)
      run_trial(report, options, seed, instance);
    c->family->free(instance);
    show_progress(options, c, trial + 1, report->trials, start, &shown);
  }
  if (shown != start)
    fputs("\r\033[K", options->progress);
  for (size_t i = 0; i < report->hypothesis_count; i++)
    report->ablation[i] = run_ablation(c, &c->hypotheses[i]);
  report->verdict = settle(report);
  *out = report;
  return GSL_SUCCESS;
}

/* Prints the instance and the verdict of each conclusion. */
static verdict show_instance(const claim *c, const void *instance, FILE *stream) {
  verdict worst = VERDICT_HOLDS;
  c->family->print(stream, instance);
  const hypothesis *violated = claim_violated(c, instance, NULL);
  if (violated != NULL) {
    fprintf(stream, "# hypothesis '%s' is not met: nothing is claimed\n", violated->name);
    return VERDICT_VACUOUS;
  }
  for (const conclusion *x = c->conclusions; x->name != NULL; x++) {
    claim_note note = {"", 0};
    const verdict v = x->check(instance, &note);
    fprintf(stream, "# %s: %s%s%s", x->name, verdict_name(v), note.text[0] ? ": " : "", note.text);
    if (x->decision == DECIDED_BY_SIGN && v == VERDICT_HOLDS && note.bits > 0)
      fprintf(stream, ", by signs certified at %ld bits", note.bits);
    fputc('\n', stream);
    if (v == VERDICT_FAILS || (v == VERDICT_UNDECIDED && worst != VERDICT_FAILS))
      worst = v;
  }
  return worst;
}

int verify_replay(const claim *c, uint32_t trial_seed, FILE *stream, verdict *worst) {
  diagnostic diag = {GSL_SUCCESS, ""};
  void *instance = generate(c, trial_seed, &diag);
  if (instance == NULL) {
    fprintf(stream, "# %s: no instance: %s\n", c->id, diag.message);
    *worst = VERDICT_VACUOUS;
    return diag.code;
  }
  fprintf(stream, "# %s, trial seed 0x%" PRIx32 "\n", c->id, trial_seed);
  *worst = show_instance(c, instance, stream);
  c->family->free(instance);
  return GSL_SUCCESS;
}

int verify_replay_file(const claim *c, const char *file, FILE *stream, verdict *worst,
                       diagnostic *diag) {
  if (c->family->read == NULL)
    return diagnostic_set(diag, GSL_EINVAL, "%s: instances of %s are not read from files", file,
                          c->id);
  void *instance = c->family->read(file, diag);
  if (instance == NULL)
    return diag->code;
  fprintf(stream, "# %s, from a file\n", c->id);
  *worst = show_instance(c, instance, stream);
  c->family->free(instance);
  return GSL_SUCCESS;
}
