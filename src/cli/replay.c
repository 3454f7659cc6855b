#include "config.h"
#include "cli/command.h"

#include <stdint.h>
#include <gsl/gsl_errno.h>
#include "claims/registry.h"
#include "verify/run.h"

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
    return cli_usage_error("replay", "a claim and a seed are needed");
  const claim *c = registry_find(argv[optind]);
  if (c == NULL)
    return cli_usage_error("replay", "unknown claim '%s'; 'suspalign claims' lists them",
                           argv[optind]);
  diagnostic diag = {0, ""};
  uint64_t seed;
  if (verify_parse_seed(argv[optind + 1], &seed, &diag) != GSL_SUCCESS)
    return cli_trouble(&diag);
  if (seed < 1 || seed > UINT32_MAX)
    return cli_usage_error("replay", "seed '%s': the seed of a trial is from 1 to 2^32 - 1",
                           argv[optind + 1]);
  verdict worst;
  const int status = verify_replay(c, (uint32_t)seed, stdout, &worst);
  if (status != GSL_SUCCESS) {
    diagnostic_set(&diag, status, "%s: no instance: %s", c->id, gsl_strerror(status));
    return cli_trouble(&diag);
  }
  return worst == VERDICT_HOLDS ? CLI_HOLDS : CLI_FAILED;
}

const cli_command cli_replay = {
    .name = "replay",
    .summary = "one trial again: its instance, exactly, and each conclusion's verdict",
    .help =
        "Usage: suspalign replay ID SEED\n"
        "Generates the instance of one trial from the seed that a failure printed, prints it with\n"
        "every number in hexadecimal (exact), and the verdict of each conclusion on it.\n\n"
        "  --help  this text\n\n"
        "Exit status: 0 all conclusions hold, 1 not, 2 bad usage.\n",
    .run = run,
};
