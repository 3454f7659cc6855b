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
#include "model/random.h"

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
  verify_options fresh = {.seed = RANDOM_DEFAULT_SEED, .trials_factor = 1.0};
  const char *text = getenv("SUSPALIGN_SEED");
  if (text != NULL && verify_parse_seed(text, &fresh.seed, diag) != GSL_SUCCESS)
    return diagnostic_prefix(diag, "SUSPALIGN_SEED");
  text = getenv("SUSPALIGN_TRIALS_FACTOR");
  if (text != NULL && verify_parse_factor(text, &fresh.trials_factor, diag) != GSL_SUCCESS)
    return diagnostic_prefix(diag, "SUSPALIGN_TRIALS_FACTOR");
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

/* One line that replays the failure; the instance goes to a file of its own. */
static void tell_failure(const verify_options *options, const claim *c, const conclusion *x,
                         uint32_t seed, const void *instance, const claim_note *note) {
  fprintf(stderr, "%s %s fails (%s); replay: suspalign replay %s 0x%" PRIx32 "\n", c->id, x->name,
          note->text, c->id, seed);
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
  for (size_t i = 0; i < report->conclusion_count; i++) {
    claim_note note = {""};
    const verdict v = c->conclusions[i].check(instance, &note);
    tally_add(&report->conclusion[i], v);
    if (v == VERDICT_FAILS) {
      if (report->failing_seed == 0)
        report->failing_seed = seed;
      if (c->erratum == NULL && report->conclusion[i].fails <= 3)
        tell_failure(options, c, &c->conclusions[i], seed, instance, &note);
    }
  }
}

/* The counterexample meets every other hypothesis, violates this one, and its conclusion fails. */
static verdict run_ablation(const claim *c, const hypothesis *dropped) {
  if (dropped->dropped.instance == NULL)
    return VERDICT_VACUOUS;
  const conclusion *fails = claim_find_conclusion(c, dropped->dropped.fails);
  void *instance = dropped->dropped.instance();
  if (instance == NULL || fails == NULL)
    return VERDICT_FAILS;
  claim_note note;
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
  if ((double)tally->undecided > VERIFY_UNDECIDED_SHARE * admitted)
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
  for (size_t i = 0; i < report->hypothesis_count; i++)
    if (report->ablation[i] == VERDICT_FAILS) {
      snprintf(reason, room, "the counterexample to dropping '%s' is none", c->hypotheses[i].name);
      return VERDICT_FAILS;
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
  found = find_conclusion(report, VERDICT_UNDECIDED);
  if (found < none) {
    snprintf(reason, room, "%s is undecided on %zu of %zu instances", c->conclusions[found].name,
             report->conclusion[found].undecided, report->admitted);
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

int verify_replay(const claim *c, uint32_t trial_seed, FILE *stream, verdict *worst) {
  diagnostic diag = {GSL_SUCCESS, ""};
  void *instance = generate(c, trial_seed, &diag);
  if (instance == NULL) {
    fprintf(stream, "# %s: no instance: %s\n", c->id, diag.message);
    *worst = VERDICT_VACUOUS;
    return diag.code;
  }
  fprintf(stream, "# %s, trial seed 0x%" PRIx32 "\n", c->id, trial_seed);
  c->family->print(stream, instance);
  *worst = VERDICT_HOLDS;
  const hypothesis *violated = claim_violated(c, instance, NULL);
  if (violated != NULL) {
    fprintf(stream, "# hypothesis '%s' is not met: nothing is claimed\n", violated->name);
    *worst = VERDICT_VACUOUS;
  } else
    for (const conclusion *x = c->conclusions; x->name != NULL; x++) {
      claim_note note = {""};
      const verdict v = x->check(instance, &note);
      fprintf(stream, "# %s: %s%s%s\n", x->name, verdict_name(v), note.text[0] ? ": " : "",
              note.text);
      if (v == VERDICT_FAILS || (v == VERDICT_UNDECIDED && *worst != VERDICT_FAILS))
        *worst = v;
    }
  c->family->free(instance);
  return GSL_SUCCESS;
}
