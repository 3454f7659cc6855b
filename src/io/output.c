#include "config.h"
#include "io/output.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <gsl/gsl_errno.h>

enum { TEMPORARY_TRIES = 100, TEMPORARY_SUFFIX = 48 };

static void forget(io_output *output) {
  free(output->target);
  free(output->temporary);
  *output = (io_output){NULL, NULL, NULL};
}

/* Where a symbolic link says that it leads, seen from the folder that it is in.  Owned by the
 * caller, NULL where memory is out. */
static char *read_link(const char *link, size_t length) {
  const char *slash = strrchr(link, '/');
  const size_t folder = slash == NULL ? 0 : (size_t)(slash - link) + 1;
  char *place = malloc(folder + length + 1);
  const ssize_t got = place == NULL ? -1 : readlink(link, place + folder, length);
  if (got < 0 || (size_t)got == length) { /* it has changed meanwhile */
    free(place);
    return NULL;
  }
  place[folder + (size_t)got] = '\0';
  if (place[folder] == '/')
    memmove(place, place + folder, (size_t)got + 1);
  else
    memcpy(place, link, folder);
  return place;
}

/* The name to write to: the file itself, or what its symbolic link leads to, there or not; and
 * *mode, that of the file there, 0 where there is none. */
static int resolve(const char *file, char **target, mode_t *mode, diagnostic *diag) {
  enum { LINKS_MOST = 40, LINK_LENGTH = 4096 };
  struct stat status;
  *mode = 0;
  if (stat(file, &status) == 0) {
    if (!S_ISREG(status.st_mode))
      return diagnostic_set(diag, GSL_EFAILED, "%s: not a regular file", file);
    *mode = status.st_mode & 07777;
    *target = realpath(file, NULL);
  } else if (errno == ELOOP) {
    return diagnostic_set(diag, GSL_EFAILED, "%s: %s", file, strerror(errno));
  } else { /* opening the temporary says what is wrong, if any */
    *target = strdup(file);
    for (int i = 0; i < LINKS_MOST && *target != NULL && lstat(*target, &status) == 0 &&
                    S_ISLNK(status.st_mode);
         i++) {
      char *next = read_link(*target, LINK_LENGTH);
      free(*target);
      *target = next;
    }
  }
  return *target != NULL ? GSL_SUCCESS : diagnostic_set(diag, GSL_ENOMEM, "out of memory");
}

int io_output_open(const char *file, io_output *output, diagnostic *diag) {
  io_output fresh = {NULL, NULL, NULL};
  int descriptor = -1;
  mode_t mode;
  int status = resolve(file, &fresh.target, &mode, diag);
  if (status != GSL_SUCCESS)
    return status;
  const size_t room = strlen(fresh.target) + TEMPORARY_SUFFIX;
  fresh.temporary = malloc(room);
  if (fresh.temporary == NULL) {
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    goto cleanup;
  }
  /* O_EXCL: a name that another process holds is passed over. */
  for (int i = 0; i < TEMPORARY_TRIES && descriptor < 0; i++) {
    snprintf(fresh.temporary, room, "%s.%ld.%d.tmp", fresh.target, (long)getpid(), i);
    descriptor = open(fresh.temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                      mode == 0 ? 0666 : 0600); /* nobody sees more of it than of the old one */
    if (descriptor < 0 && errno != EEXIST)
      break;
  }
  if (descriptor >= 0 && mode != 0 && fchmod(descriptor, mode) != 0) {
    /* a file system without modes */
  }
  if (descriptor >= 0)
    fresh.stream = fdopen(descriptor, "w");
  if (fresh.stream == NULL)
    status = diagnostic_set(diag, GSL_EFAILED, "%s: cannot be written: %s", file, strerror(errno));

cleanup:
  if (status == GSL_SUCCESS) {
    *output = fresh;
    return status;
  }
  if (descriptor >= 0) {
    close(descriptor);
    unlink(fresh.temporary);
  }
  forget(&fresh);
  return status;
}

int io_output_commit(io_output *output, diagnostic *diag) {
  errno = 0;
  bool written = fflush(output->stream) == 0 && ferror(output->stream) == 0;
  /* Some file systems (pipes of containers, say) know no sync: that is no lost byte. */
  if (written && fsync(fileno(output->stream)) != 0)
    written = errno == EINVAL || errno == ENOSYS;
  int reason = errno;
  if (fclose(output->stream) != 0 && written) {
    written = false;
    reason = errno;
  }
  output->stream = NULL;
  if (written && rename(output->temporary, output->target) != 0) {
    written = false;
    reason = errno;
  }
  int status = GSL_SUCCESS;
  if (!written) {
    status = diagnostic_set(diag, GSL_EFAILED, "%s: cannot be written: %s", output->target,
                            reason != 0 ? strerror(reason) : "an earlier write failed");
    unlink(output->temporary);
  }
  forget(output);
  return status;
}

void io_output_abandon(io_output *output) {
  if (output->stream == NULL)
    return;
  fclose(output->stream); /* what it says does not matter: the file goes */
  unlink(output->temporary);
  forget(output);
}

json_t *io_json_number(double x) {
  return isfinite(x) ? json_real(x) : json_null();
}

int io_json_print(const json_t *value, FILE *stream) {
  const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(17);
  return json_dumpf(value, stream, flags) == 0 && fputc('\n', stream) != EOF ? GSL_SUCCESS
                                                                             : GSL_EFAILED;
}

int io_json_write(const char *file, const json_t *value, diagnostic *diag) {
  io_output output;
  const int status = io_output_open(file, &output, diag);
  if (status != GSL_SUCCESS)
    return status;
  if (io_json_print(value, output.stream) != GSL_SUCCESS && ferror(output.stream) == 0) {
    io_output_abandon(&output);
    return diagnostic_set(diag, GSL_EFAILED, "%s: the value cannot be written as JSON", file);
  }
  return io_output_commit(&output, diag);
}
