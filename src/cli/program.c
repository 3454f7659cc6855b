#include "config.h"
#include "cli/program.h"

#include <stdio.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <jansson.h>
#include <zlib.h>
#include "cli/command.h"
#include "exact/arb_header.h"

#ifdef HAVE_OPENBLAS_SET_NUM_THREADS
/* <cblas.h> declares these, but not together with GSL's own header of that name. */
extern void openblas_set_num_threads(int threads);
#endif
#ifdef HAVE_OPENBLAS_GET_CONFIG
extern char *openblas_get_config(void);
#endif

static const cli_command *const commands[] = {&cli_claims,   &cli_explain, &cli_verify,
                                              &cli_replay,   &cli_ablate,  &cli_analyze,
                                              &cli_simulate, &cli_sweep,   &cli_report};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const cli_command *find_command(const char *name) {
  for (size_t i = 0; i < COMMAND_COUNT; i++)
    if (strcmp(commands[i]->name, name) == 0)
      return commands[i];
  return NULL;
}

static int print_help(void) {
  puts(
      "Usage: suspalign COMMAND [OPTION]... [OPERAND]...\n"
      "Verifies the theorems on the alignment of stochastic gradient descent, and applies them.\n");
  for (size_t i = 0; i < COMMAND_COUNT; i++)
    printf("  %-8s  %s\n", commands[i]->name, commands[i]->summary);
  puts("\n  --help     this text; 'suspalign COMMAND --help' for one command\n"
       "  --version  versions of the program and its libraries\n\n"
       "Exit status: 0 all holds, 1 a claim does not hold, 2 bad usage or bad input.");
  return CLI_HOLDS;
}

static int print_version(void) {
  printf("suspalign %s\n", PACKAGE_VERSION);
  printf("GSL %s\n", gsl_version);
#ifdef HAVE_OPENBLAS_GET_CONFIG
  printf("BLAS: %s\n", openblas_get_config());
#else
  printf("BLAS: %s\n", BLAS_NAME);
#endif
  printf("Arb %s, FLINT %s\n", arb_version, FLINT_VERSION);
  printf("Jansson %s\n", JANSSON_VERSION);
  printf("zlib %s\n", zlibVersion());
  printf("compiler: %s\n", COMPILER_VERSION);
  puts("Licence: GPL-3.0-or-later; there is no warranty.");
  return CLI_HOLDS;
}

static int print_command_help(const char *name) {
  const cli_command *command = find_command(name);
  if (command != NULL) {
    fputs(command->help, stdout);
    return CLI_HOLDS;
  }
  fprintf(stderr, "suspalign: unknown command '%s' (try 'suspalign --help')\n", name);
  return CLI_TROUBLE;
}

void program_prepare(void) {
  gsl_set_error_handler_off();
#ifdef HAVE_OPENBLAS_SET_NUM_THREADS
  openblas_set_num_threads(1); /* its last bits depend on the number of threads */
#endif
}

int program_run(int argc, char **argv) {
  if (argc < 2) {
    fputs("suspalign: no command (try 'suspalign --help')\n", stderr);
    return CLI_TROUBLE;
  }
  const char *first = argv[1];
  if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
    return print_help();
  if (strcmp(first, "--version") == 0)
    return print_version();
  if (strcmp(first, "help") == 0)
    return argc > 2 ? print_command_help(argv[2]) : print_help();
  if (first[0] == '-') {
    fprintf(stderr, "suspalign: unknown option '%s' (try 'suspalign --help')\n", first);
    return CLI_TROUBLE;
  }
  const cli_command *command = find_command(first);
  if (command == NULL) {
    fprintf(stderr, "suspalign: unknown command '%s' (try 'suspalign --help')\n", first);
    return CLI_TROUBLE;
  }
  optind = 0; /* the value that starts getopt afresh */
  return command->run(argc - 1, argv + 1);
}
