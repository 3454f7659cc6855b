#include "config.h"
#include "harness.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <gsl/gsl_errno.h>

enum { PATH_LENGTH = 512 };

/* libFuzzer gives a harness no state of its own to carry from run to run. */
static struct {
  char path[PATH_LENGTH];
  int descriptor;
  pid_t owner;
} scratch = {.descriptor = -1};

void harness_demand(int holds, const char *promise, const char *file, int line) {
  if (holds)
    return;
  fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
  abort();
}

static void remove_scratch(void) {
  if (scratch.owner == getpid())
    unlink(scratch.path);
}

static void make_scratch(void) {
  const char *folder = getenv("TMPDIR");
  if (folder == NULL || folder[0] == '\0')
    folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : P_tmpdir;
  const int length =
      snprintf(scratch.path, sizeof scratch.path, "%s/suspalign-fuzz-XXXXXX", folder);
  HARNESS_DEMAND(length > 0 && length < PATH_LENGTH);
  scratch.descriptor = mkstemp(scratch.path);
  HARNESS_DEMAND(scratch.descriptor >= 0);
  scratch.owner = getpid();
  atexit(remove_scratch);
}

const char *harness_file(const uint8_t *data, size_t size) {
  if (scratch.descriptor < 0) {
    gsl_set_error_handler_off();
    make_scratch();
  }
  HARNESS_DEMAND(ftruncate(scratch.descriptor, 0) == 0);
  for (size_t done = 0; done < size;) {
    const ssize_t written = pwrite(scratch.descriptor, data + done, size - done, (off_t)done);
    HARNESS_DEMAND(written > 0);
    done += (size_t)written;
  }
  return scratch.path;
}

void harness_check(int status, const diagnostic *diag, const char *file) {
  if (status == GSL_SUCCESS)
    return;
  HARNESS_DEMAND(diag->code == status);
  HARNESS_DEMAND(diag->message[0] != '\0');
  for (const char *c = diag->message; *c != '\0'; c++)
    HARNESS_DEMAND(!iscntrl((unsigned char)*c));
  HARNESS_DEMAND(status == GSL_ENOMEM || strncmp(diag->message, file, strlen(file)) == 0);
}
