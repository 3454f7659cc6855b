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

/* A file without a name in the target's folder, which is gone with the process whatever ends it; -1
 * where the system has none, or no way to name it in the end. */
static int open_unnamed(const char *target, mode_t permissions) {
  int descriptor = -1;
#ifdef O_TMPFILE
  const char *slash = strrchr(target, '/');
  char *folder = slash == NULL     ? strdup(".")
                 : slash == target ? strdup("/")
                                   : strndup(target, (size_t)(slash - target));
  if (folder != NULL && access("/proc/self/fd", X_OK) == 0)
    descriptor = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, permissions);
  free(folder);
#else
  (void)target;
  (void)permissions;
#endif
  return descriptor;
}

/* Calls `make` with one name for a temporary after the other, until it takes one that is free. */
static int with_free_name(io_output *output, int (*make)(const char *name, int argument),
                          int argument) {
  int made = -1;
  for (int i = 0; i < TEMPORARY_TRIES && made < 0; i++) {
    snprintf(output->temporary, strlen(output->target) + TEMPORARY_SUFFIX, "%s.%ld.%d.tmp",
             output->target, (long)getpid(), i);
    made = make(output->temporary, argument);
    if (made < 0 && errno != EEXIST)
      break;
  }
  if (made < 0)
    output->temporary[0] = '\0'; /* there is none to be removed */
  return made;
}

/* O_EXCL: a name that another process holds is passed over. */
static int open_named(const char *name, int permissions) {
  return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)permissions);
}

static int give_name(const char *name, int descriptor) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  return linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

int io_output_open(const char *file, io_output *output, diagnostic *diag) {
  io_output fresh = {NULL, NULL, NULL};
  int descriptor = -1;
  mode_t mode;
  int status = resolve(file, &fresh.target, &mode, diag);
  if (status != GSL_SUCCESS)
    return status;
  const mode_t permissions = mode == 0 ? 0666 : 0600; /* nobody sees more than of the old one */
  fresh.temporary = calloc(strlen(fresh.target) + TEMPORARY_SUFFIX, 1);
  if (fresh.temporary == NULL) {
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    goto cleanup;
  }
  descriptor = open_unnamed(fresh.target, permissions);
  if (descriptor < 0)
    descriptor = with_free_name(&fresh, open_named, (int)permissions);
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
  if (written && output->temporary[0] == '\0' &&
      with_free_name(output, give_name, fileno(output->stream)) != 0) {
    written = false;
    reason = errno;
  }
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
