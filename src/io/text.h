/* text.h -- what a callback prints as a string, and a hash of strings. */
#ifndef SUSPALIGN_IO_TEXT_H
#define SUSPALIGN_IO_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What `print` writes, owned by the caller; NULL when memory is out. */
char *io_text_of(void (*print)(FILE *stream, const void *value), const void *value);

/* Fowler, Noll and Vo's hash 1a, 64 bits: names and seeds need no more than to differ. */
uint64_t io_text_hash(const char *text, size_t length);

#endif
