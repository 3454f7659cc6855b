#include "config.h"
#include "cli/command.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <gsl/gsl_errno.h>
#include "claims/registry.h"
#include "cli/plain_text.h"
#include "io/text.h"
#include "verify/ablate.h"

enum { WIDTH = 88, INDENT = 6 };

typedef struct {
  verify_options options;
  bool json;
  const char *output;
} ablate_settings;

/* --- text ----------------------------------------------------------------------------------- */

static int print_tex(FILE *stream, const char *tex) {
  char *text = plain_text_from_tex(tex);
  if (text == NULL)
    return GSL_ENOMEM;
  plain_text_print(stream, text, INDENT, WIDTH);
  free(text);
  return GSL_SUCCESS;
}

static int print_instance(FILE *stream, const claim *c, const void *instance) {
  if (c->family->print_tex == NULL) {
    c->family->print(stream, instance);
    return GSL_SUCCESS;
  }
  char *tex = io_text_of(c->family->print_tex, instance);
  const int status = tex == NULL ? GSL_ENOMEM : print_tex(stream, tex);
  free(tex);
  return status;
}

/* Conclusions that were not looked for and failed none the less; their number. */
static size_t print_other_failures(FILE *stream, const claim *c, const ablate_result *r) {
  size_t count = 0;
  for (size_t i = 0; c->conclusions[i].name != NULL; i++)
    if (r->tally[i].fails > 0) {
      count++;
      if (stream != NULL)
        fprintf(stream, "%*s'%s' failed on %zu of them\n", INDENT, "", c->conclusions[i].name,
                r->tally[i].fails);
    }
  return count;
}

static void print_outcome(FILE *stream, const claim *c, const ablate_result *r) {
  switch (r->outcome) {
  case ABLATE_NONE:
    fprintf(stream, "none in %zu instances", r->admitted);
    if (r->steps > 0)
      fprintf(stream, " and %zu steps of a directed search", r->steps);
    if (!isnan(r->least_margin))
      fprintf(stream, " (least margin %.3g)", r->least_margin);
    fputs(r->hand_confirmed                      ? "; one is known by hand\n"
          : print_other_failures(NULL, c, r) > 0 ? ", of the conclusion looked for\n"
                                                 : ": perhaps not needed\n",
          stream);
    print_other_failures(stream, c, r);
    break;
  case ABLATE_NOT_ADMITTED:
    fprintf(stream, "none of %zu instances violates it alone\n", r->trials);
    break;
  case ABLATE_NOT_SEARCHED:
    fputs("not searched: no way of violating it is known\n", stream);
    break;
  default:
    fprintf(stream, "counterexample after %zu instance%s", r->found_after,
            r->found_after == 1 ? "" : "s");
    if (r->outcome == ABLATE_DIRECTED)
      fprintf(stream, " and %zu steps of a directed search", r->steps);
    if (r->d_first != r->d || r->k_first != r->k)
      fprintf(stream, ", shrunk from d = %zu, k = %zu to", r->d_first, r->k_first);
    else
      fputs(", shrunk at", stream);
    fprintf(stream, " d = %zu, k = %zu\n", r->d, r->k);
  }
}

static void print_hand(FILE *stream, const ablate_result *r) {
  if (r->hand == NULL)
    return;
  fprintf(stream, "%*sby hand: '%s' fails%s", INDENT, "", r->dropped->fails,
          r->hand_confirmed ? "" : " (NOT CONFIRMED)");
  if (r->found != NULL && !isnan(r->complexity) && r->expected)
    fprintf(stream, "; %s",
            r->hand_complexity < r->complexity   ? "simpler than what was found"
            : r->hand_complexity > r->complexity ? "what was found is simpler"
                                                 : "as simple as what was found");
  fputc('\n', stream);
}

static int print_result(FILE *stream, const claim *c, const ablate_result *r) {
  fprintf(stream, "  without %s%s%s: ", r->name, r->way[0] != '\0' ? " / " : "", r->way);
  print_outcome(stream, c, r);
  int status = GSL_SUCCESS;
  if (r->found != NULL) {
    status = print_instance(stream, c, r->found);
    fprintf(stream, "%*s'%s' fails (%s)%s%s%s\n", INDENT, "", r->conclusion->name,
            r->certified ? "certified" : "by bound",
            r->expected || r->dropped->fails == NULL ? "" : ", not the one expected",
            r->note.text[0] != '\0' ? ": " : "", r->note.text);
  }
  if (r->control > 0)
    fprintf(stream, "%*swith it, '%s' failed on %zu of %zu instances\n", INDENT, "",
            r->dropped->fails, r->control_fails, r->control);
  print_hand(stream, r);
  if (status == GSL_SUCCESS && r->dropped->remark != NULL)
    status = print_tex(stream, r->dropped->remark);
  return status;
}

static int print_report(FILE *stream, const ablate_report *report) {
  const claim *c = report->claim;
  fprintf(stream, "%s  %s\n", c->id, c->title);
  if (report->count == 0)
    fputs("  nothing to drop\n", stream);
  int status = GSL_SUCCESS;
  for (size_t i = 0; i < report->count && status == GSL_SUCCESS; i++)
    status = print_result(stream, c, &report->result[i]);
  fflush(stream);
  return status;
}

/* --- the run -------------------------------------------------------------------------------- */

static int ablate_one(const claim *c, const ablate_settings *settings, FILE *stream, json_t *list,
                      diagnostic *diag) {
  ablate_report *report = NULL;
  int status = ablate_run(c, &settings->options, &report, diag);
  if (status != GSL_SUCCESS)
    return status;
  if (settings->json)
    status = json_array_append_new(list, ablate_json(report)) == 0 ? GSL_SUCCESS : GSL_ENOMEM;
  else
    status = print_report(stream, report);
  ablate_report_free(report);
  return status == GSL_SUCCESS ? status : diagnostic_set(diag, status, "out of memory");
}

static int print_json(const ablate_settings *settings, FILE *stream, json_t *list,
                      diagnostic *diag) {
  char seed[24];
  snprintf(seed, sizeof seed, "0x%" PRIx64, settings->options.seed);
  json_t *all = json_pack("{s:s, s:f, s:O}", "seed", seed, "trials_factor",
                          settings->options.trials_factor, "claims", list);
  int status = GSL_SUCCESS;
  if (all == NULL)
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  else if (io_json_print(all, stream) != GSL_SUCCESS && !ferror(stream))
    status = diagnostic_set(diag, GSL_EFAILED, "the reports cannot be written as JSON");
  json_decref(all);
  return status;
}

/* The claims of the names, or all for none. */
static int ablate_all(int count, char **names, const ablate_settings *settings) {
  diagnostic diag = {0, ""};
  cli_output output;
  json_t *list = json_array();
  if (list == NULL)
    return cli_trouble(&(diagnostic){GSL_ENOMEM, "out of memory"});
  int status = cli_output_open(settings->output, &output, &diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  for (int i = 0; i < count && status == GSL_SUCCESS; i++)
    status = ablate_one(registry_find(names[i]), settings, output.stream, list, &diag);
  for (const claim *const *c = registry_claims; count == 0 && *c != NULL; c++)
    if (status == GSL_SUCCESS)
      status = ablate_one(*c, settings, output.stream, list, &diag);
  if (status == GSL_SUCCESS && settings->json)
    status = print_json(settings, output.stream, list, &diag);
  if (status == GSL_SUCCESS)
    status = cli_output_close(&output, &diag);
  else
    cli_output_abandon(&output);

cleanup:
  json_decref(list);
  return status == GSL_SUCCESS ? CLI_HOLDS : cli_trouble(&diag);
}

static int run(int argc, char **argv) {
  static const struct option options[] = {
      {"seed", required_argument, NULL, 's'}, {"trials-factor", required_argument, NULL, 't'},
      {"json", no_argument, NULL, 'j'},       {"output", required_argument, NULL, 'o'},
      {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};
  ablate_settings settings = {.json = false};
  diagnostic diag = {0, ""};
  int option;
  if (verify_options_read(&settings.options, &diag) != GSL_SUCCESS)
    return cli_trouble(&diag);
  while ((option = cli_next_option(argc, argv, ":ho:", options)) != -1)
    switch (option) {
    case 's':
      if (verify_parse_seed(optarg, &settings.options.seed, &diag) != GSL_SUCCESS)
        return cli_usage_error("ablate", "%s", diag.message);
      break;
    case 't':
      if (verify_parse_factor(optarg, &settings.options.trials_factor, &diag) != GSL_SUCCESS)
        return cli_usage_error("ablate", "%s", diag.message);
      break;
    case 'j':
      settings.json = true;
      break;
    case 'o':
      settings.output = optarg;
      break;
    case 'h':
      fputs(cli_ablate.help, stdout);
      return CLI_HOLDS;
    default:
      return CLI_TROUBLE;
    }
  for (int i = optind; i < argc; i++)
    if (registry_find(argv[i]) == NULL)
      return cli_usage_error("ablate", "unknown claim '%s'; 'suspalign claims' lists them",
                             argv[i]);
  settings.options.progress = isatty(STDERR_FILENO) ? stderr : NULL;
  return ablate_all(argc - optind, argv + optind, &settings);
}

const cli_command cli_ablate = {
    .name = "ablate",
    .summary = "drop each hypothesis of a claim and search for the smallest counterexample",
    .help =
        "Usage: suspalign ablate [OPTION]... [ID...]\n"
        "Drops each hypothesis of each claim named (all by default) in turn: random instances "
        "that\n"
        "violate it alone, then a search that follows the margin of the conclusion downhill; what\n"
        "is found is shrunk.  'Certified' counterexamples are decided by signs in ball "
        "arithmetic.\n"
        "Where nothing is found the hypothesis is perhaps not needed.  The same seed gives the "
        "same\n"
        "text, byte by byte.\n\n"
        "  --seed S           the seed of the run, below 2^64\n"
        "  --trials-factor F  multiplies the number of instances and steps of every search (1)\n"
        "  --json             one object, with every counterexample as 'analyze' reads it\n"
        "  -o, --output FILE  into a file, whole or not at all\n"
        "  --help             this text\n\n"
        "SUSPALIGN_SEED and SUSPALIGN_TRIALS_FACTOR in the environment give other defaults.\n"
        "Exit status: 0 every search ran, whatever it found; 2 bad usage or input.\n",
    .run = run,
};
