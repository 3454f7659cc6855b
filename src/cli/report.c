#include "config.h"
#include "cli/command.h"

#include <stdlib.h>
#include <unistd.h>
#include <gsl/gsl_errno.h>
#include "evidence/evidence.h"
#include "families/regression_family.h"
#include "verify/record.h"
#include "verify/run.h"

/* What changed from one record to another, on standard output. */
static int compare(const char *older_file, const char *newer_file) {
  diagnostic diag = {0, ""};
  json_t *newer = NULL, *older = record_read(older_file, &diag);
  if (older != NULL)
    newer = record_read(newer_file, &diag);
  size_t changes = 0;
  bool worse = false;
  if (newer != NULL)
    record_compare(stdout, older, newer, &changes, &worse);
  const bool read = newer != NULL;
  json_decref(older);
  json_decref(newer);
  if (!read)
    return cli_trouble(&diag);
  printf("%s -> %s: %zu change%s\n", older_file, newer_file, changes, changes == 1 ? "" : "s");
  return worse ? CLI_FAILED : CLI_HOLDS;
}

/* The record in the folder, beside an older one. */
static int compare_with_folder(const char *older_file, const char *folder) {
  char newer_file[4096];
  const int length = snprintf(newer_file, sizeof newer_file, "%s/evidence.json", folder);
  if (length < 0 || (size_t)length >= sizeof newer_file)
    return cli_trouble(&(diagnostic){GSL_EINVAL, "the name of the folder is too long"});
  return compare(older_file, newer_file);
}

static int run(int argc, char **argv) {
  static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                          {"data", required_argument, NULL, 'd'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"trials-factor", required_argument, NULL, 't'},
                                          {"compare", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  diagnostic diag = {0, ""};
  verify_options settings;
  const char *folder = "evidence", *data = regression_data_file(), *older = NULL;
  int option;
  if (verify_options_read(&settings, &diag) != GSL_SUCCESS)
    return cli_trouble(&diag);
  while ((option = cli_next_option(argc, argv, ":ho:", options)) != -1)
    switch (option) {
    case 'o':
      folder = optarg;
      break;
    case 'd':
      data = optarg;
      break;
    case 'c':
      older = optarg;
      break;
    case 's':
      if (verify_parse_seed(optarg, &settings.seed, &diag) != GSL_SUCCESS)
        return cli_usage_error("report", "%s", diag.message);
      break;
    case 't':
      if (verify_parse_factor(optarg, &settings.trials_factor, &diag) != GSL_SUCCESS)
        return cli_usage_error("report", "%s", diag.message);
      break;
    case 'h':
      fputs(cli_report.help, stdout);
      return CLI_HOLDS;
    default:
      return CLI_TROUBLE;
    }
  if (older != NULL && optind + 1 == argc)
    return compare(older, argv[optind]);
  if (optind < argc)
    return cli_usage_error("report", "unexpected operand '%s'", argv[optind]);
  /* The claims on real data look there: text, figures and claims speak of the same file. */
  if (setenv("SUSPALIGN_DATA", data, 1) != 0)
    return cli_trouble(&(diagnostic){GSL_ENOMEM, "out of memory"});
  settings.log_folder = "failures";
  settings.progress = isatty(STDERR_FILENO) ? stderr : NULL;
  verdict worst = VERDICT_VACUOUS;
  if (evidence_write(folder, &settings, data, &diag, &worst) != GSL_SUCCESS)
    return cli_trouble(&diag);
  printf("%s: written; every claim together: %s\n", folder, verdict_name(worst));
  if (older != NULL) {
    const int result = compare_with_folder(older, folder);
    if (result != CLI_HOLDS)
      return result;
  }
  return worst == VERDICT_HOLDS ? CLI_HOLDS : CLI_FAILED;
}

const cli_command cli_report = {
    .name = "report",
    .summary = "write the numbers and series that the report is made of",
    .help =
        "Usage: suspalign report [--output DIR] [--data FILE] [--seed S] [--trials-factor F]\n"
        "                        [--compare OLD.json]\n"
        "       suspalign report --compare OLD.json NEW.json\n"
        "Verifies every claim and writes the evidence - numbers, tables and the series of the\n"
        "figures - into a folder, all files or none.\n\n"
        "  -o, --output DIR     the folder (evidence)\n"
        "  --data FILE          labelled samples for the claims on real data (the digits set)\n"
        "  --seed S             the seed of the run, below 2^64\n"
        "  --trials-factor F    multiplies the number of instances of every claim (1)\n"
        "  --compare OLD.json   then list what changed since OLD.json, the evidence.json of "
        "another\n"
        "                       run or what 'verify --json' wrote; with NEW.json nothing is run\n"
        "  --help               this text\n\n"
        "SUSPALIGN_DATA, SUSPALIGN_SEED and SUSPALIGN_TRIALS_FACTOR in the environment give other\n"
        "defaults.  Exit status: 0, or 1 when a claim fails or one that held does no longer.\n",
    .run = run,
};
