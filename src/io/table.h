/* table.h -- reads comma-separated numbers, plain or gzipped, and says what is wrong by line.
 *
 * FORMAT  One row a line, cells separated by commas, blanks around cells ignored.  Numbers as
 * strtod in the C locale takes them (decimal or hexadecimal), finite.  Lines that are blank or
 * start with '#' are skipped; lines end in LF or CRLF and may be of any length.  The first line
 * that is left is a header when it names something and holds no number; names may be in double
 * quotes.  A byte-order mark is skipped. */
#ifndef SUSPALIGN_IO_TABLE_H
#define SUSPALIGN_IO_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include "io/source.h"
#include "model/diagnostic.h"

typedef struct {
  size_t rows, columns; /* rows >= 1, columns >= 1 */
  double *value;        /* rows x columns, row by row; owned */
  size_t *line;         /* length rows: the line of the file, from 1, that row stands on; owned */
  char **name;          /* length columns, each owned; NULL without a header */
  size_t header_line;   /* 0 without a header */
} io_table;

/* GSL_SUCCESS, or one line "FILE: ..." or "FILE:LINE: ..." with
 *   GSL_EFAILED  the file cannot be opened or read, or its gzip data are damaged;
 *   GSL_EOF      it is empty, has a header alone, or its gzip data end too early;
 *   GSL_EINVAL   a cell is not a number, or a NUL byte;
 *   GSL_EDOM     a cell is NaN, infinite, or outside the range of a double;
 *   GSL_EBADLEN  a line with another number of cells;
 *   GSL_ENOMEM.
 * *out is written on success alone; freed by io_table_free (NULL is fine). */
int io_table_read(const char *file, io_table **out, diagnostic *diag);
/* The same from a source that nothing was taken from. */
int io_table_read_source(io_source *source, io_table **out, diagnostic *diag);
void io_table_free(io_table *table);

/* The column of that name (case ignored) among the `columns` names; `columns` when none has it. */
size_t io_table_find(const io_table *table, const char *name);

/* What a table is taken for. */
typedef enum {
  IO_SAMPLES, /* labelled samples: the label in the last column */
  IO_SPECTRUM /* one eigendirection a row: its header names a column lambda */
} io_kind;

io_kind io_table_kind(const io_table *table);

/* --- settings ------------------------------------------------------------------------------- */

/* What stands above a table in comments that `# name = value` lines are: a name of small letters,
 * digits and '_', one '=', a value.  Other comments are passed over, and so are all lines from the
 * table's first on. */
typedef struct {
  char *name, *value; /* each owned */
  size_t line;
} io_setting;

typedef struct {
  char *file; /* owned */
  size_t count;
  io_setting *setting; /* length count; owned */
} io_settings;

/* GSL_SUCCESS; GSL_EFAILED, GSL_EOF, GSL_EINVAL (NUL byte) as io_table_read, GSL_EINVAL on a name
 * given twice; GSL_ENOMEM. */
int io_settings_read(const char *file, io_settings **out, diagnostic *diag);
void io_settings_free(io_settings *settings);

/* NULL when there is none of that name. */
const io_setting *io_settings_find(const io_settings *settings, const char *name);

/* GSL_EINVAL, naming the line, unless every name is one of `names`, which NULL ends. */
int io_settings_expect(const io_settings *settings, const char *const *names, diagnostic *diag);

/* Strict: GSL_EINVAL, naming the line, unless the whole value is a finite number, a whole number
 * without a sign, the text.  Where the name is missing: GSL_EINVAL when `needed`, else GSL_SUCCESS
 * and *value as it was (io_settings_word: nothing to compare). */
int io_settings_real(const io_settings *settings, const char *name, bool needed, double *value,
                     diagnostic *diag);
int io_settings_whole(const io_settings *settings, const char *name, bool needed, size_t *value,
                      diagnostic *diag);
int io_settings_word(const io_settings *settings, const char *name, bool needed, const char *word,
                     diagnostic *diag);

#endif
