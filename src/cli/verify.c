#include "config.h"
#include "cli/command.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <gsl/gsl_errno.h>
#include "claims/registry.h"
#include "verify/corpus.h"
#include "verify/record.h"
#include "verify/run.h"

typedef enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_TAP, FORMAT_JUNIT } verify_format;

typedef struct {
  verify_options options;
  verify_format format;
  bool verbose;
  const char *output;
} verify_settings;

/* --- text ----------------------------------------------------------------------------------- */

static void print_conclusions(FILE *stream, const verify_report *r) {
  for (size_t i = 0; i < r->conclusion_count; i++) {
    const verify_tally *tally = &r->conclusion[i];
    fprintf(stream, "     %-34s by %-5s  holds %zu, fails %zu, undecided %zu, vacuous %zu",
            r->claim->conclusions[i].name, decision_name(r->claim->conclusions[i].decision),
            tally->holds, tally->fails, tally->undecided, tally->vacuous);
    if (r->claim->conclusions[i].decision == DECIDED_BY_SIGN && tally->bits_most > 0)
      fprintf(stream, ", at most %ld bits", tally->bits_most);
    fputc('\n', stream);
  }
}

static void print_coverages(FILE *stream, const verify_report *r) {
  for (size_t i = 0; i < r->coverage_count; i++) {
    const coverage *c = &r->claim->coverages[i];
    fprintf(stream, "     case %-29s %zu (%.1f %%, at least %.1f %%)\n", c->name, r->coverage[i],
            r->admitted == 0 ? 0.0 : 100.0 * (double)r->coverage[i] / (double)r->admitted,
            100.0 * c->least_share);
  }
}

static const char *ablation_text(verdict v) {
  return v == VERDICT_HOLDS   ? "counterexample confirmed"
         : v == VERDICT_FAILS ? "the counterexample is none"
                              : "no counterexample is claimed";
}

static void print_ablations(FILE *stream, const verify_report *r) {
  for (size_t i = 0; i < r->hypothesis_count; i++)
    fprintf(stream, "     without %-26s %s\n", r->claim->hypotheses[i].name,
            ablation_text(r->ablation[i]));
}

static void print_corpus(FILE *stream, const verify_report *r) {
  if (r->corpus_read + r->corpus_unreadable > 0)
    fprintf(stream,
            "     corpus: %zu tried, %zu of them failing; %zu meet no longer the hypotheses, %zu "
            "unreadable\n",
            r->corpus_tried, r->corpus_failing, r->corpus_read - r->corpus_tried,
            r->corpus_unreadable);
}

static void print_report(FILE *stream, const verify_report *r, bool verbose) {
  fprintf(stream, "%-4s %-9s  %5zu of %5zu instances, d = %zu..%zu  %s\n", r->claim->id,
          verdict_name(r->verdict), r->admitted, r->trials, r->d_least, r->d_most, r->claim->title);
  if (r->reason[0] != '\0')
    fprintf(stream, "     %s\n", r->reason);
  if (r->failing_seed != 0)
    fprintf(stream, "     replay: suspalign replay %s 0x%" PRIx32 "\n", r->claim->id,
            r->failing_seed);
  if (verbose && r->refutation.text[0] != '\0')
    fprintf(stream, "     refuted: %s\n", r->refutation.text);
  if (verbose) {
    if (claim_is_certifiable(r->claim))
      fprintf(stream, "     certified: %zu of %zu instances, the hardest at %ld bits\n",
              r->certified, r->admitted, r->bits_most);
    else
      fputs("     certified: no conclusion is decided by signs alone\n", stream);
    print_conclusions(stream, r);
    print_coverages(stream, r);
    print_ablations(stream, r);
    print_corpus(stream, r);
  }
  fflush(stream);
}

/* --- the run -------------------------------------------------------------------------------- */

/* Opens what is written around the reports. */
static void print_head(const verify_settings *settings, FILE *stream, size_t points) {
  if (settings->format == FORMAT_TAP)
    record_tap_plan(stream, points);
  if (settings->format == FORMAT_JUNIT)
    record_junit_open(stream);
}

/* Verifies one claim; its report goes to the stream or, as JSON, into the list.  *point: the
 * number of the next point of TAP. */
static int verify_one(const claim *c, const verify_settings *settings, FILE *stream, json_t *list,
                      size_t *point, bool *holds, diagnostic *diag) {
  verify_report *report = NULL;
  int status = verify_run(c, &settings->options, &report);
  if (status != GSL_SUCCESS)
    return diagnostic_set(diag, status, "%s: %s", c->id, gsl_strerror(status));
  *holds = verdict_is_pass(report->verdict);
  switch (settings->format) {
  case FORMAT_TEXT:
    print_report(stream, report, settings->verbose);
    break;
  case FORMAT_TAP:
    record_tap(stream, report, *point);
    break;
  case FORMAT_JUNIT:
    record_junit(stream, report);
    break;
  default:
    if (json_array_append_new(list, record_json(report)) != 0)
      status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  }
  *point += verify_points(c);
  verify_report_free(report);
  return status;
}

static int print_foot(const verify_settings *settings, FILE *stream, json_t *list, size_t claims,
                      size_t holding, diagnostic *diag) {
  if (settings->format == FORMAT_TEXT)
    fprintf(stream, "%zu claim%s, %zu hold%s\n", claims, claims == 1 ? "" : "s", holding,
            holding == 1 ? "s" : "");
  if (settings->format == FORMAT_JUNIT)
    record_junit_close(stream);
  if (settings->format != FORMAT_JSON)
    return GSL_SUCCESS;
  json_t *all = record_run_json(&settings->options, json_incref(list));
  int status = GSL_SUCCESS;
  if (all == NULL)
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  else if (io_json_print(all, stream) != GSL_SUCCESS && !ferror(stream))
    status = diagnostic_set(diag, GSL_EFAILED, "the reports cannot be written as JSON");
  json_decref(all);
  return status;
}

static int verify_all(const claim *const *claims, size_t count, const verify_settings *settings) {
  diagnostic diag = {0, ""};
  cli_output output;
  size_t holding = 0, point = 1, points = 0;
  for (size_t i = 0; i < count; i++)
    points += verify_points(claims[i]);
  json_t *list = json_array();
  if (list == NULL)
    return cli_trouble(&(diagnostic){GSL_ENOMEM, "out of memory"});
  int status = cli_output_open(settings->output, &output, &diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  print_head(settings, output.stream, points);
  for (size_t i = 0; i < count && status == GSL_SUCCESS; i++) {
    bool holds = false;
    status = verify_one(claims[i], settings, output.stream, list, &point, &holds, &diag);
    holding += holds;
  }
  if (status == GSL_SUCCESS)
    status = print_foot(settings, output.stream, list, count, holding, &diag);
  if (status == GSL_SUCCESS)
    status = cli_output_close(&output, &diag);
  else
    cli_output_abandon(&output);

cleanup:
  json_decref(list);
  if (status != GSL_SUCCESS)
    return cli_trouble(&diag);
  return holding == count ? CLI_HOLDS : CLI_FAILED;
}

/* The claims named, or all of them; the caller frees the list. */
static int choose_claims(int count, char **names, const claim ***chosen, size_t *chosen_count) {
  size_t most = (size_t)count;
  if (count == 0)
    for (const claim *const *at = registry_claims; *at != NULL; at++)
      most++;
  const claim **list = calloc(most, sizeof *list);
  if (list == NULL)
    return cli_trouble(&(diagnostic){GSL_ENOMEM, "out of memory"});
  for (size_t i = 0; i < most; i++) {
    list[i] = count == 0 ? registry_claims[i] : registry_find(names[i]);
    if (list[i] == NULL) {
      free(list);
      return cli_usage_error("verify", "unknown claim '%s'; 'suspalign claims' lists them",
                             names[i]);
    }
  }
  *chosen = list;
  *chosen_count = most;
  return CLI_HOLDS;
}

static int run(int argc, char **argv) {
  static const struct option options[] = {
      {"seed", required_argument, NULL, 's'},   {"trials-factor", required_argument, NULL, 't'},
      {"corpus", required_argument, NULL, 'c'}, {"json", no_argument, NULL, 'j'},
      {"tap", no_argument, NULL, 'p'},          {"junit", no_argument, NULL, 'u'},
      {"output", required_argument, NULL, 'o'}, {"verbose", no_argument, NULL, 'v'},
      {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
  verify_settings settings = {.format = FORMAT_TEXT};
  diagnostic diag = {0, ""};
  int option;
  if (verify_options_read(&settings.options, &diag) != GSL_SUCCESS)
    return cli_trouble(&diag);
  if (getenv("SUSPALIGN_CORPUS") == NULL)
    settings.options.corpus_folder = "corpus";
  while ((option = cli_next_option(argc, argv, ":hvo:", options)) != -1)
    switch (option) {
    case 's':
      if (verify_parse_seed(optarg, &settings.options.seed, &diag) != GSL_SUCCESS)
        return cli_usage_error("verify", "%s", diag.message);
      break;
    case 't':
      if (verify_parse_factor(optarg, &settings.options.trials_factor, &diag) != GSL_SUCCESS)
        return cli_usage_error("verify", "%s", diag.message);
      break;
    case 'c':
      settings.options.corpus_folder = optarg[0] != '\0' ? optarg : NULL;
      break;
    case 'j':
      settings.format = FORMAT_JSON;
      break;
    case 'p':
      settings.format = FORMAT_TAP;
      break;
    case 'u':
      settings.format = FORMAT_JUNIT;
      break;
    case 'o':
      settings.output = optarg;
      break;
    case 'v':
      settings.verbose = true;
      break;
    case 'h':
      fputs(cli_verify.help, stdout);
      return CLI_HOLDS;
    default:
      return CLI_TROUBLE;
    }
  if (corpus_check(settings.options.corpus_folder, &diag) != GSL_SUCCESS)
    return cli_trouble(&diag);
  settings.options.log_folder = "failures";
  settings.options.progress = isatty(STDERR_FILENO) ? stderr : NULL;
  const claim **claims = NULL;
  size_t count = 0;
  int result = choose_claims(argc - optind, argv + optind, &claims, &count);
  if (result == CLI_HOLDS)
    result = verify_all(claims, count, &settings);
  free(claims);
  return result;
}

const cli_command cli_verify = {
    .name = "verify",
    .summary = "run the claims on random instances and print their verdicts",
    .help =
        "Usage: suspalign verify [OPTION]... [ID...]\n"
        "Runs each claim named (all of them by default): random instances, its conclusions on "
        "each,\n"
        "the counterexamples to each hypothesis dropped, and the verdict: holds, fails, "
        "undecided or\n"
        "vacuous.  The same seed gives the same text, byte by byte.  Instances that fail are "
        "written\n"
        "to the folder 'failures' and, made as simple as they still fail, with a test to paste, "
        "to the\n"
        "corpus, which every later run tries first; 'suspalign replay' repeats both.\n\n"
        "  --seed S           the seed of the run, below 2^64\n"
        "  --trials-factor F  multiplies the number of instances of every claim (1)\n"
        "  --corpus DIR       the corpus (the folder 'corpus', made by the first failure)\n"
        "  -v, --verbose      also each conclusion, case and counterexample, and how many "
        "instances\n"
        "                     are certified, at how many bits\n"
        "  --json             one object; 'report --compare' reads it\n"
        "  --tap              TAP 13, a line a conclusion, case and counterexample\n"
        "  --junit            JUnit XML, a suite a claim\n"
        "  -o, --output FILE  into a file, whole or not at all\n"
        "  --help             this text\n\n"
        "SUSPALIGN_SEED, SUSPALIGN_TRIALS_FACTOR and SUSPALIGN_CORPUS (empty: no corpus) in the\n"
        "environment give other defaults, and\n"
        "SUSPALIGN_DATA names another data set for the claims on real data.\n"
        "Exit status: 0 every claim holds, 1 not, 2 bad usage.\n",
    .run = run,
};
