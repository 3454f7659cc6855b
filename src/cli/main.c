#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "cli/command.h"
#include "cli/program.h"

/* A full disk shows at the last flush: a command whose text is lost has not succeeded. */
static int close_output(int status) {
  errno = 0;
  const int lost = ferror(stdout);
  if (fclose(stdout) == 0 && !lost)
    return status;
  fprintf(stderr, "suspalign: standard output: %s\n",
          errno != 0 ? strerror(errno) : "a write failed");
  return CLI_TROUBLE;
}

int main(int argc, char **argv) {
  program_prepare();
  return close_output(program_run(argc, argv));
}
