#include "config.h"
#include "cli/command.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/registry.h"
#include "verify/run.h"

/* A seed has neither. */
static bool is_file(const char *operand) {
  return strpbrk(operand, "./") != NULL;
}

static int replay_seed(const claim *c, const char *text, verdict *worst, diagnostic *diag) {
  uint64_t seed;
  int status = verify_parse_seed(text, &seed, diag);
  if (status != GSL_SUCCESS)
    return status;
  if (seed < 1 || seed > UINT32_MAX)
    return diagnostic_set(diag, GSL_EINVAL,
                          "replay: seed '%s': the seed of a trial is from 1 to 2^32 - 1", text);
  status = verify_replay(c, (uint32_t)seed, stdout, worst);
  if (status != GSL_SUCCESS)
    diagnostic_set(diag, status, "%s: no instance: %s", c->id, gsl_strerror(status));
  return status;
}

static int replay_file(const claim *c, const char *file, verdict *worst, diagnostic *diag) {
  return verify_replay_file(c, file, stdout, worst, diag);
}

static int run(int argc, char **argv) {
  static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
  int option;
  while ((option = cli_next_option(argc, argv, ":h", options)) != -1)
    switch (option) {
    case 'h':
      fputs(cli_replay.help, stdout);
      return CLI_HOLDS;
    default:
      return CLI_TROUBLE;
    }
  if (argc - optind != 2)
    return cli_usage_error("replay", "a claim and a seed or a file are needed");
  const claim *c = registry_find(argv[optind]);
  if (c == NULL)
    return cli_usage_error("replay", "unknown claim '%s'; 'suspalign claims' lists them",
                           argv[optind]);
  diagnostic diag = {0, ""};
  verdict worst;
  const int status = is_file(argv[optind + 1]) ? replay_file(c, argv[optind + 1], &worst, &diag)
                                               : replay_seed(c, argv[optind + 1], &worst, &diag);
  if (status != GSL_SUCCESS)
    return cli_trouble(&diag);
  return worst == VERDICT_HOLDS ? CLI_HOLDS : CLI_FAILED;
}

const cli_command cli_replay = {
    .name = "replay",
    .summary = "one instance again, exactly, and each conclusion's verdict",
    .help =
        "Usage: suspalign replay ID SEED\n"
        "       suspalign replay ID FILE.csv\n"
        "Prints an instance with every number in hexadecimal (exact), and the verdict of each\n"
        "conclusion of the claim on it: the instance of one trial, from the seed that a failure\n"
        "printed, or one in a file that a failure or a replay wrote.  An operand with a dot or a\n"
        "slash in it is a file.\n\n"
        "  --help  this text\n\n"
        "Exit status: 0 all conclusions hold, 1 not, 2 bad usage or a bad file.\n",
    .run = run,
};
