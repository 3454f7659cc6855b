/* number.h -- one number of a text file, and how a message shows what is none. */
#ifndef SUSPALIGN_IO_NUMBER_H
#define SUSPALIGN_IO_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  IO_NUMBER,       /* finite */
  IO_NOT_FINITE,   /* NaN or infinite, as such */
  IO_OUT_OF_RANGE, /* a number that no double holds */
  IO_EMPTY,        /* no character */
  IO_NO_NUMBER     /* anything else */
} io_number_kind;

/* The whole text as strtod in the C locale takes it, decimal or hexadecimal.  *value is written
 * whatever the kind. */
io_number_kind io_number_parse(const char *text, double *value);

/* What is wrong, to follow "'...' is "; NULL for IO_NUMBER. */
const char *io_number_reason(io_number_kind kind);

/* GSL_SUCCESS, GSL_EDOM (not finite, out of range) or GSL_EINVAL. */
int io_number_code(io_number_kind kind);

/* Digits alone, a whole number below 2^53. */
bool io_count_parse(const char *text, size_t *value);

/* Digits at the start of the text, a whole number below 2^64; *end is what follows them. */
bool io_whole_parse(const char *text, const char **end, uint64_t *value);

/* The text as a message shows it: one line, of at most 40 bytes and "...". */
enum { IO_SHOWN_LENGTH = 44 };
void io_text_show(const char *text, char shown[IO_SHOWN_LENGTH]);

#endif
