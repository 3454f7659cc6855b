/* output.h -- files that are there whole or not at all, and JSON numbers that read back exactly. */
#ifndef SUSPALIGN_IO_OUTPUT_H
#define SUSPALIGN_IO_OUTPUT_H

#include <stdio.h>
#include <jansson.h>
#include "model/diagnostic.h"

/* A file being written: its bytes go to a temporary beside the target, which takes the target's
 * name when all of them are on disk. */
typedef struct {
  FILE *stream;    /* to write to; NULL when nothing is open */
  char *target;    /* owned */
  char *temporary; /* owned */
} io_output;

/* GSL_SUCCESS, or GSL_EFAILED with "FILE: ..." when the temporary cannot be made or the target is
 * there and is no regular file; GSL_ENOMEM.  A target that is a symbolic link is
 * followed, there or not; one that is there keeps its mode. */
int io_output_open(const char *file, io_output *output, diagnostic *diag);

/* Flushes, syncs and renames.  GSL_SUCCESS, or GSL_EFAILED with a message when any write since the
 * opening failed: then the target is as it was and the temporary is gone.  Closes in each case. */
int io_output_commit(io_output *output, diagnostic *diag);

/* Closes and removes the temporary; nothing after a commit, or on an output of zeros. */
void io_output_abandon(io_output *output);

/* The number, or null where it is not finite.  NULL when memory is out. */
json_t *io_json_number(double x);

/* Numbers to 17 digits, keys in the order of insertion, a newline at the end.  GSL_SUCCESS or
 * GSL_EFAILED; the stream's own buffer may still fail. */
int io_json_print(const json_t *value, FILE *stream);

/* The same into a file, whole or not at all. */
int io_json_write(const char *file, const json_t *value, diagnostic *diag);

#endif
