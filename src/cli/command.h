/* command.h -- what every subcommand of the program shares. */
#ifndef SUSPALIGN_CLI_COMMAND_H
#define SUSPALIGN_CLI_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "io/output.h"
#include "model/diagnostic.h"

/* Exit statuses of the program and return values of `run`. */
enum {
  CLI_HOLDS = 0,  /* done; everything that was asked holds */
  CLI_FAILED = 1, /* done; a claim does not hold */
  CLI_TROUBLE = 2 /* bad usage, bad input, no output: one line is on stderr */
};

typedef struct {
  const char *name;
  const char *summary;               /* one line for the program's own help */
  const char *help;                  /* the whole text of --help */
  int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name */
} cli_command;

extern const cli_command cli_ablate, cli_analyze, cli_claims, cli_explain, cli_replay, cli_report,
    cli_simulate, cli_sweep, cli_verify;

/* --- command lines -------------------------------------------------------------------------- */

/* The next option's `val`; -1 when only operands are left (optind is the first); CLI_BAD_OPTION
 * after one line on stderr.  Set optind = 0 before the first call. */
int cli_next_option(int argc, char **argv, const char *letters, const struct option *options);
enum { CLI_BAD_OPTION = '?' };

/* One line on stderr that ends in a pointer to --help; returns CLI_TROUBLE. */
int cli_usage_error(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Strict readers of a whole text: a number from 1 to below 2^53 in decimal digits, and what to say
 * of another text; from 1 to CLI_THREADS_MOST; a finite number. */
bool cli_parse_count(const char *text, size_t *value);
#define CLI_COUNT_WANTED "not a whole number from 1, below 2^53"
enum { CLI_THREADS_MOST = 4096 };
bool cli_parse_threads(const char *text, int *threads);
bool cli_parse_real(const char *text, double *value);

/* The diagnostic's line on stderr; returns CLI_TROUBLE. */
int cli_trouble(const diagnostic *diag);

/* --- output --------------------------------------------------------------------------------- */

/* Standard output (file NULL), or a file that appears when it is whole. */
typedef struct {
  FILE *stream;
  io_output file;
} cli_output;

/* GSL_SUCCESS, or a code with a message. */
int cli_output_open(const char *file, cli_output *output, diagnostic *diag);
int cli_output_close(cli_output *output, diagnostic *diag);
/* Instead of the closing, when there is nothing worth keeping. */
void cli_output_abandon(cli_output *output);

#endif
