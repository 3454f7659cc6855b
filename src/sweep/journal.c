#include "config.h"
#include "sweep/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <gsl/gsl_errno.h>
#include <zlib.h>
#include "io/output.h"

struct journal {
  char *file;
  int descriptor;
  off_t length; /* of what is whole */
};

enum { CHECKSUM_DIGITS = 8 };

/* --- rows ------------------------------------------------------------------------------------ */

int journal_rows_alloc(size_t count, journal_rows *rows) {
  *rows = (journal_rows){.count = count, .row = calloc(count, sizeof *rows->row)};
  return rows->row != NULL ? GSL_SUCCESS : GSL_ENOMEM;
}

void journal_rows_free(journal_rows *rows) {
  for (size_t i = 0; rows->row != NULL && i < rows->count; i++)
    free(rows->row[i]);
  free(rows->row);
  *rows = (journal_rows){.count = 0};
}

int journal_rows_set(journal_rows *rows, size_t number, const char *row) {
  if (rows->row[number] != NULL)
    return strcmp(rows->row[number], row) == 0 ? GSL_SUCCESS : GSL_EINVAL;
  rows->row[number] = strdup(row);
  if (rows->row[number] == NULL)
    return GSL_ENOMEM;
  rows->known++;
  return GSL_SUCCESS;
}

/* --- lines ----------------------------------------------------------------------------------- */

static uint32_t checksum(const char *text, size_t length) {
  return (uint32_t)crc32(crc32(0L, Z_NULL, 0), (const Bytef *)text, (uInt)length);
}

/* "NUMBER<tab>ROW" behind its checksum, with a newline; owned by the caller, NULL without memory.
 */
static char *make_line(size_t number, const char *row) {
  const size_t room = strlen(row) + 48;
  char *line = malloc(room);
  if (line == NULL)
    return NULL;
  const int length =
      snprintf(line + CHECKSUM_DIGITS + 1, room - CHECKSUM_DIGITS - 1, "%zu\t%s", number, row);
  char sum[CHECKSUM_DIGITS + 1];
  snprintf(sum, sizeof sum, "%08" PRIx32, checksum(line + CHECKSUM_DIGITS + 1, (size_t)length));
  memcpy(line, sum, CHECKSUM_DIGITS);
  line[CHECKSUM_DIGITS] = ' ';
  line[CHECKSUM_DIGITS + 1 + length] = '\n';
  line[CHECKSUM_DIGITS + 2 + length] = '\0';
  return line;
}

/* The row in a line of that many bytes (its newline is a NUL by now); NULL where it is damaged. */
static const char *check_line(const char *line, size_t length, size_t count, size_t *number) {
  char *end;
  if (strlen(line) != length || length < CHECKSUM_DIGITS + 4 || line[CHECKSUM_DIGITS] != ' ')
    return NULL;
  const char *rest = line + CHECKSUM_DIGITS + 1;
  char sum[CHECKSUM_DIGITS + 1];
  snprintf(sum, sizeof sum, "%08" PRIx32, checksum(rest, length - CHECKSUM_DIGITS - 1));
  if (memcmp(sum, line, CHECKSUM_DIGITS) != 0)
    return NULL;
  const unsigned long long value = strtoull(rest, &end, 10);
  if (*end != '\t' || value >= count)
    return NULL;
  *number = (size_t)value;
  return end + 1;
}

/* --- reading --------------------------------------------------------------------------------- */

static int no_access(const char *file, diagnostic *diag) {
  return diagnostic_set(diag, GSL_EFAILED, "%s: %s", file, strerror(errno));
}

/* Adds the rows of the stream. */
static int read_lines(FILE *stream, const char *file, const char *title, bool whole_title,
                      journal_rows *rows, journal_damage *damage, diagnostic *diag) {
  char *line = NULL;
  size_t room = 0;
  int status = GSL_SUCCESS;
  *damage = (journal_damage){0, 0};
  for (size_t at = 1; status == GSL_SUCCESS; at++) {
    errno = 0;
    const ssize_t got = getline(&line, &room, stream);
    if (got < 0) {
      if (ferror(stream) || errno == ENOMEM)
        status = no_access(file, diag);
      else if (at == 1)
        status = diagnostic_set(diag, GSL_EINVAL, "%s:1: empty: not the journal of a sweep", file);
      break;
    }
    size_t length = (size_t)got, number;
    const bool ended = line[length - 1] == '\n';
    if (ended)
      line[--length] = '\0';
    if (at == 1) {
      if (!ended || (whole_title ? strcmp(line, title) : strncmp(line, title, strlen(title))) != 0)
        status = diagnostic_set(diag, GSL_EINVAL,
                                "%s:1: of another plan, shard or version: '%.160s', not '%.160s'",
                                file, line, title);
      continue;
    }
    const char *row = ended ? check_line(line, length, rows->count, &number) : NULL;
    if (row == NULL) {
      damage->first_line = damage->damaged++ == 0 ? at : damage->first_line;
      continue;
    }
    status = journal_rows_set(rows, number, row);
    if (status == GSL_EINVAL)
      diagnostic_set(diag, status, "%s:%zu: run %zu has another result elsewhere", file, at,
                     number + 1);
    else if (status != GSL_SUCCESS)
      diagnostic_set(diag, status, "out of memory");
  }
  free(line);
  return status;
}

int journal_read(const char *file, const char *prefix, journal_rows *rows, journal_damage *damage,
                 diagnostic *diag) {
  errno = 0;
  FILE *stream = fopen(file, "r");
  struct stat kind;
  if (stream == NULL)
    return no_access(file, diag);
  if (fstat(fileno(stream), &kind) == 0 && S_ISCHR(kind.st_mode)) {
    fclose(stream); /* it may never end */
    return diagnostic_set(diag, GSL_EFAILED, "%s: a device: not the journal of a sweep", file);
  }
  const int status = read_lines(stream, file, prefix, false, rows, damage, diag);
  fclose(stream);
  return status;
}

/* --- opening --------------------------------------------------------------------------------- */

/* A journal of the title and the rows, whole or not at all. */
static int write_whole(const char *file, const char *title, const journal_rows *rows,
                       diagnostic *diag) {
  io_output output;
  const int status = io_output_open(file, &output, diag);
  if (status != GSL_SUCCESS)
    return status;
  fprintf(output.stream, "%s\n", title);
  for (size_t i = 0; i < rows->count; i++) {
    char *line = rows->row[i] == NULL ? NULL : make_line(i, rows->row[i]);
    if (rows->row[i] != NULL && line == NULL) {
      io_output_abandon(&output);
      return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    }
    if (line != NULL)
      fputs(line, output.stream);
    free(line);
  }
  return io_output_commit(&output, diag);
}

/* Whether the name is still that of the open file. */
static bool bears_name(int descriptor, const char *file) {
  struct stat mine, named;
  return fstat(descriptor, &mine) == 0 && stat(file, &named) == 0 && mine.st_ino == named.st_ino &&
         mine.st_dev == named.st_dev;
}

/* Opens and locks the file of that name: the one that bears it once the lock is held, which a
 * journal written anew in between may have taken over.  It is made where it is not there and
 * `create`; whoever has the lock of an empty file may write its title.  -1 with a message. */
static int open_locked(const char *file, bool create, diagnostic *diag) {
  for (;;) {
    struct stat mine;
    errno = 0;
    const int descriptor = open(file, O_RDWR | O_APPEND | O_CLOEXEC | (create ? O_CREAT : 0), 0666);
    if (descriptor < 0) {
      diagnostic_set(diag, GSL_EFAILED, "%s: cannot be written: %s", file, strerror(errno));
      return -1;
    }
    if (fstat(descriptor, &mine) == 0 && !S_ISREG(mine.st_mode)) { /* reading it may never end */
      diagnostic_set(diag, GSL_EFAILED, "%s: not a regular file", file);
      close(descriptor);
      return -1;
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      diagnostic_set(diag, GSL_EFAILED, "%s: another sweep is writing to it", file);
      close(descriptor);
      return -1;
    } /* a file system without locks: none */
    if (bears_name(descriptor, file))
      return descriptor;
    close(descriptor);
  }
}

/* All bytes, synced.  0, or the reason. */
static int write_synced(int descriptor, const char *text, size_t length) {
  size_t written = 0;
  while (written < length) {
    const ssize_t some = write(descriptor, text + written, length - written);
    if (some > 0)
      written += (size_t)some;
    else if (some == 0 || errno != EINTR)
      return some == 0 ? ENOSPC : errno;
  }
  /* Some file systems know no sync: that is no lost byte. */
  return fsync(descriptor) != 0 && errno != EINVAL && errno != ENOSYS ? errno : 0;
}

/* The title of a journal that is still empty. */
static int begin(const char *file, int descriptor, const char *title, diagnostic *diag) {
  struct stat status;
  char *line = NULL;
  if (fstat(descriptor, &status) != 0 || status.st_size > 0)
    return GSL_SUCCESS;
  const int length = asprintf(&line, "%s\n", title);
  if (length < 0)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  const int reason = write_synced(descriptor, line, (size_t)length);
  free(line);
  if (reason == 0)
    return GSL_SUCCESS;
  unlink(file); /* nothing is half there */
  return diagnostic_set(diag, GSL_EFAILED, "%s: cannot be written: %s", file, strerror(reason));
}

/* Through a second descriptor, the first being the lock's. */
static int read_locked(const char *file, int descriptor, const char *title, journal_rows *rows,
                       journal_damage *damage, diagnostic *diag) {
  const int copy = dup(descriptor);
  FILE *stream = copy < 0 ? NULL : fdopen(copy, "r");
  if (stream == NULL) {
    if (copy >= 0)
      close(copy);
    return no_access(file, diag);
  }
  rewind(stream);
  const int status = read_lines(stream, file, title, true, rows, damage, diag);
  fclose(stream);
  return status;
}

int journal_open(const char *file, const char *title, journal_rows *rows, journal **out,
                 journal_damage *damage, diagnostic *diag) {
  int status = GSL_SUCCESS, descriptor = -1;
  journal *j = calloc(1, sizeof *j);
  if (j == NULL || (j->file = strdup(file)) == NULL) {
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    goto cleanup;
  }
  descriptor = open_locked(file, true, diag);
  if (descriptor < 0) {
    status = GSL_EFAILED;
    goto cleanup;
  }
  status = begin(file, descriptor, title, diag);
  if (status == GSL_SUCCESS)
    status = read_locked(file, descriptor, title, rows, damage, diag);
  if (status == GSL_SUCCESS && damage->damaged > 0) {
    status = write_whole(file, title, rows, diag);
    const int anew = status == GSL_SUCCESS ? open_locked(file, false, diag) : -1;
    if (anew < 0) {
      status = GSL_EFAILED;
      goto cleanup;
    }
    close(descriptor);
    descriptor = anew;
  }
  if (status == GSL_SUCCESS && (j->length = lseek(descriptor, 0, SEEK_END)) < 0)
    status = no_access(file, diag);

cleanup:
  if (status == GSL_SUCCESS) {
    j->descriptor = descriptor;
    *out = j;
    return status;
  }
  if (descriptor >= 0)
    close(descriptor);
  if (j != NULL)
    free(j->file);
  free(j);
  return status;
}

int journal_append(journal *j, size_t number, const char *row, diagnostic *diag) {
  char *line = make_line(number, row);
  if (line == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  const size_t length = strlen(line);
  const int reason = write_synced(j->descriptor, line, length);
  free(line);
  if (reason == 0) {
    j->length += (off_t)length;
    return GSL_SUCCESS;
  }
  if (ftruncate(j->descriptor, j->length) != 0) {
    /* the next opening drops the rest of the line */
  }
  return diagnostic_set(diag, GSL_EFAILED, "%s: cannot be written: %s", j->file, strerror(reason));
}

void journal_remove(journal *j) {
  if (bears_name(j->descriptor, j->file))
    unlink(j->file);
}

void journal_discard(const char *file, const char *title) {
  diagnostic unheard = {GSL_SUCCESS, ""};
  const size_t length = strlen(title) + 1;
  char *first = malloc(length);
  const int descriptor = first == NULL ? -1 : open_locked(file, false, &unheard);
  if (descriptor >= 0) {
    const bool whole = pread(descriptor, first, length, 0) == (ssize_t)length;
    if (whole && first[length - 1] == '\n' && memcmp(first, title, length - 1) == 0)
      unlink(file);
    close(descriptor);
  }
  free(first);
}

void journal_close(journal *j) {
  if (j == NULL)
    return;
  close(j->descriptor);
  free(j->file);
  free(j);
}
