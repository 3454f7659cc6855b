/* source.h -- a file that is read once from its beginning, plain or gzipped, by lines or by bytes.
 *
 * Pipes are read too.  Nothing here is quadratic, and a reader that knows how many bytes it needs
 * can ask before it allocates whether the file can hold them. */
#ifndef SUSPALIGN_IO_SOURCE_H
#define SUSPALIGN_IO_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include "model/diagnostic.h"

typedef struct io_source io_source;

/* GSL_SUCCESS, or one line "FILE: ..." with GSL_EFAILED (cannot be opened or read, damaged gzip
 * data), GSL_EOF (gzip data that end too early) or GSL_ENOMEM.  The file's name is not copied.
 * These are the codes of every function here that takes a diagnostic; from the first line on their
 * messages begin "FILE:LINE: ", elsewhere "FILE: byte OFFSET: ". */
int io_source_open(const char *file, io_source **out, diagnostic *diag);
void io_source_close(io_source *source);

const char *io_source_file(const io_source *source);

/* No more bytes than this are in it, taken ones included: its length, or 1032 times that where it
 * is gzipped (deflate cannot do better), SIZE_MAX where the length is not known (a pipe). */
size_t io_source_most(const io_source *source);

/* Do the first bytes, not yet taken, match?  At most 64 of them. */
bool io_source_starts(const io_source *source, const char *bytes, size_t length);

/* The next line, without its LF and NUL-terminated, into *text, which is the source's until the
 * next call; NULL at the end.  A byte-order mark before the first line is skipped.  Also
 * GSL_EINVAL for a NUL byte. */
int io_source_line(io_source *source, char **text, diagnostic *diag);

/* The number of that line, from 1; the end of the file counts as a line. */
size_t io_source_line_number(const io_source *source);

/* Exactly `length` bytes, or fewer where the file ends: *got. */
int io_source_bytes(io_source *source, void *bytes, size_t length, size_t *got, diagnostic *diag);

/* Bytes taken so far by io_source_bytes. */
size_t io_source_offset(const io_source *source);

#endif
