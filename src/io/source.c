#include "config.h"
#include "io/source.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <gsl/gsl_errno.h>
#include <zlib.h>

enum { BUFFER_LENGTH = 1 << 16, DEFLATE_RATIO_MOST = 1032 };

struct io_source {
  const char *file;
  gzFile stream;
  size_t most;
  size_t line, offset;
  char *text; /* the line in hand */
  size_t capacity;
  size_t from, to; /* of the buffer's bytes that are still to be taken */
  bool ended;
  unsigned char buffer[BUFFER_LENGTH];
};

static int out_of_memory(diagnostic *diag) {
  return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
}

/* "FILE", "FILE:LINE" or "FILE: byte OFFSET" and the message. */
static int refuse(const io_source *s, int code, const char *message, diagnostic *diag) {
  if (s->line > 0)
    return diagnostic_set(diag, code, "%s:%zu: %s", s->file, s->line, message);
  return diagnostic_set(diag, code, "%s: byte %zu: %s", s->file, s->offset, message);
}

/* After zlib has returned no byte: was it the end, or an error? */
static int check_end(const io_source *s, diagnostic *diag) {
  int code;
  const char *text = gzerror(s->stream, &code);
  switch (code) {
  case Z_OK:
  case Z_STREAM_END:
    return GSL_SUCCESS;
  case Z_ERRNO:
    return diagnostic_set(diag, GSL_EFAILED, "%s: %s", s->file, strerror(errno));
  case Z_BUF_ERROR:
    return refuse(s, GSL_EOF, "the gzip data end too early: truncated", diag);
  case Z_MEM_ERROR:
    return out_of_memory(diag);
  default: { /* zlib's text begins with the file's name, which is here already */
    char message[128] = "damaged gzip data: ";
    const char *reason = strrchr(text, ':') != NULL ? strrchr(text, ':') + 2 : text;
    strncat(message, reason, sizeof message - strlen(message) - 1);
    return refuse(s, GSL_EFAILED, message, diag);
  }
  }
}

/* More bytes, when all have been taken; none at the end. */
static int fill(io_source *s, diagnostic *diag) {
  if (s->from < s->to || s->ended)
    return GSL_SUCCESS;
  const int got = gzread(s->stream, s->buffer, BUFFER_LENGTH);
  s->from = 0;
  s->to = got > 0 ? (size_t)got : 0;
  s->ended = got <= 0;
  return s->ended ? check_end(s, diag) : GSL_SUCCESS;
}

static size_t length_bound(const char *file, bool packed) {
  struct stat status;
  if (stat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0)
    return SIZE_MAX;
  const uintmax_t length = (uintmax_t)status.st_size;
  const uintmax_t factor = packed ? DEFLATE_RATIO_MOST : 1;
  return length > SIZE_MAX / factor ? SIZE_MAX : (size_t)(length * factor);
}

int io_source_open(const char *file, io_source **out, diagnostic *diag) {
  io_source *s = malloc(sizeof *s);
  if (s == NULL)
    return out_of_memory(diag);
  memset(s, 0, offsetof(io_source, buffer));
  s->file = file;
  errno = 0;
  int status = GSL_SUCCESS;
  s->stream = gzopen(file, "rb");
  if (s->stream == NULL)
    status = errno == 0 ? out_of_memory(diag)
                        : diagnostic_set(diag, GSL_EFAILED, "%s: %s", file, strerror(errno));
  if (status == GSL_SUCCESS) {
    s->line = 1; /* what is wrong this early is told of the first line */
    status = fill(s, diag);
    s->line = 0;
  }
  if (status != GSL_SUCCESS) {
    io_source_close(s);
    return status;
  }
  s->most = length_bound(file, !gzdirect(s->stream));
  *out = s;
  return GSL_SUCCESS;
}

void io_source_close(io_source *source) {
  if (source == NULL)
    return;
  if (source->stream != NULL)
    gzclose_r(source->stream);
  free(source->text);
  free(source);
}

const char *io_source_file(const io_source *source) {
  return source->file;
}

size_t io_source_most(const io_source *source) {
  return source->most;
}

bool io_source_starts(const io_source *source, const char *bytes, size_t length) {
  return source->to - source->from >= length &&
         memcmp(source->buffer + source->from, bytes, length) == 0;
}

/* --- lines ---------------------------------------------------------------------------------- */

/* Room for `length` more bytes and a NUL after the `used` ones. */
static int make_room(io_source *s, size_t used, size_t length, diagnostic *diag) {
  if (s->capacity - used > length && s->capacity > used)
    return GSL_SUCCESS;
  if (used > SIZE_MAX / 2 - length - 64)
    return out_of_memory(diag);
  const size_t wanted = 2 * (used + length) + 64;
  char *larger = realloc(s->text, wanted);
  if (larger == NULL)
    return out_of_memory(diag);
  s->text = larger;
  s->capacity = wanted;
  return GSL_SUCCESS;
}

static int refuse_nul(const io_source *s, size_t place, diagnostic *diag) {
  return diagnostic_set(diag, GSL_EINVAL, "%s:%zu: byte %zu is NUL: not a text file", s->file,
                        s->line, place);
}

int io_source_line(io_source *source, char **text, diagnostic *diag) {
  io_source *const s = source;
  size_t length = 0;
  bool whole = false;
  s->line++;
  int status = make_room(s, 0, 0, diag);
  while (status == GSL_SUCCESS && !whole && (status = fill(s, diag)) == GSL_SUCCESS &&
         s->from < s->to) {
    const unsigned char *start = s->buffer + s->from;
    const unsigned char *end = memchr(start, '\n', s->to - s->from);
    const size_t part = end != NULL ? (size_t)(end - start) : s->to - s->from;
    const unsigned char *nul = memchr(start, '\0', part);
    if (nul != NULL)
      return refuse_nul(s, length + (size_t)(nul - start) + 1, diag);
    status = make_room(s, length, part, diag);
    if (status != GSL_SUCCESS)
      return status;
    memcpy(s->text + length, start, part);
    length += part;
    s->from += part + (end != NULL);
    whole = end != NULL;
  }
  if (status != GSL_SUCCESS)
    return status;
  s->text[length] = '\0';
  *text = whole || length > 0 ? s->text : NULL;
  if (s->line == 1 && strncmp(s->text, "\xEF\xBB\xBF", 3) == 0)
    memmove(s->text, s->text + 3, length - 2);
  return GSL_SUCCESS;
}

size_t io_source_line_number(const io_source *source) {
  return source->line;
}

/* --- bytes ---------------------------------------------------------------------------------- */

int io_source_bytes(io_source *source, void *bytes, size_t length, size_t *got, diagnostic *diag) {
  unsigned char *target = bytes;
  int status = GSL_SUCCESS;
  *got = 0;
  while (*got < length && (status = fill(source, diag)) == GSL_SUCCESS &&
         source->from < source->to) {
    const size_t there = source->to - source->from, wanted = length - *got;
    const size_t part = there < wanted ? there : wanted;
    memcpy(target + *got, source->buffer + source->from, part);
    source->from += part;
    source->offset += part;
    *got += part;
  }
  return status;
}

size_t io_source_offset(const io_source *source) {
  return source->offset;
}
