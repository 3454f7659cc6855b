/* scratch.h -- a folder of its own for a test's files, and files with given bytes in it. */
#ifndef SUSPALIGN_TESTS_SCRATCH_H
#define SUSPALIGN_TESTS_SCRATCH_H

#include <stddef.h>

enum { SCRATCH_PATH_LENGTH = 256 };

typedef struct {
  char folder[SCRATCH_PATH_LENGTH];
} scratch;

/* The test fails where any of these cannot be done. */
void scratch_make(scratch *s);
void scratch_remove(const scratch *s); /* with the files in it */

/* folder/name into path, of length SCRATCH_PATH_LENGTH + 64. */
void scratch_path(const scratch *s, const char *name, char *path);
void scratch_write(const char *path, const char *bytes, size_t length);

/* The whole file, NUL-terminated; owned by the caller.  *length may be NULL. */
char *scratch_read(const char *path, size_t *length);

/* Entries of the folder, . and .. apart. */
size_t scratch_count(const scratch *s);

#endif
