#include "config.h"
#include "cli/command.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "io/number.h"

int cli_usage_error(const char *command, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "suspalign %s: ", command);
  vfprintf(stderr, format, arguments);
  fprintf(stderr, " (try 'suspalign %s --help')\n", command);
  va_end(arguments);
  return CLI_TROUBLE;
}

int cli_trouble(const diagnostic *diag) {
  fprintf(stderr, "suspalign: %s\n", diag->message);
  return CLI_TROUBLE;
}

bool cli_parse_count(const char *text, size_t *value) {
  size_t number;
  if (!io_count_parse(text, &number) || number < 1)
    return false;
  *value = number;
  return true;
}

bool cli_parse_threads(const char *text, int *threads) {
  size_t number;
  if (!cli_parse_count(text, &number) || number > CLI_THREADS_MOST)
    return false;
  *threads = (int)number;
  return true;
}

bool cli_parse_real(const char *text, double *value) {
  char *end;
  *value = strtod(text, &end);
  return end != text && *end == '\0' && isfinite(*value);
}

int cli_next_option(int argc, char **argv, const char *letters, const struct option *options) {
  opterr = 0; /* its messages name argv[0] alone */
  const int value = getopt_long(argc, argv, letters, options, NULL);
  if (value != '?' && value != ':')
    return value;
  const char *text = argv[optind - 1];
  const bool is_long = strncmp(text, "--", 2) == 0;
  if (value == ':')
    cli_usage_error(argv[0], "option '%s' needs a value", text);
  else if (is_long && optopt != 0)
    cli_usage_error(argv[0], "option '%s' takes no value", text);
  else if (is_long)
    cli_usage_error(argv[0], "unknown option '%s'", text);
  else
    cli_usage_error(argv[0], "unknown option '-%c'", optopt);
  return CLI_BAD_OPTION;
}

int cli_output_open(const char *file, cli_output *output, diagnostic *diag) {
  *output = (cli_output){.stream = stdout};
  if (file == NULL)
    return GSL_SUCCESS;
  const int status = io_output_open(file, &output->file, diag);
  if (status == GSL_SUCCESS)
    output->stream = output->file.stream;
  return status;
}

int cli_output_close(cli_output *output, diagnostic *diag) {
  /* Standard output is main's to close. */
  return output->file.stream == NULL ? GSL_SUCCESS : io_output_commit(&output->file, diag);
}

void cli_output_abandon(cli_output *output) {
  io_output_abandon(&output->file);
}
