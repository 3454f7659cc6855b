/* journal.h -- rows of text on disk as soon as they are known, each whole or not there.
 *
 * FORMAT  A first line that says what the rows are of, then one line a row: the CRC-32 of the rest
 * in eight hexadecimal digits, a blank, the number of the run, a tab, the row.  Lines are appended
 * and synced one by one, in any order.  A process that is killed leaves at most the last line cut;
 * a line that is cut or damaged counts as not there, is told of, and is gone at the next opening.
 */
#ifndef SUSPALIGN_SWEEP_JOURNAL_H
#define SUSPALIGN_SWEEP_JOURNAL_H

#include <stddef.h>
#include "model/diagnostic.h"

/* Rows by number; a NULL is a row that is not known yet. */
typedef struct {
  size_t count; /* of the numbers */
  char **row;   /* length count, each owned */
  size_t known;
} journal_rows;

/* GSL_SUCCESS or GSL_ENOMEM. */
int journal_rows_alloc(size_t count, journal_rows *rows);
void journal_rows_free(journal_rows *rows); /* and zeroes; a second time does nothing */

/* Takes a copy.  GSL_SUCCESS; GSL_EINVAL where the row is known with other bytes; GSL_ENOMEM. */
int journal_rows_set(journal_rows *rows, size_t number, const char *row);

typedef struct journal journal;

/* What was dropped at the opening. */
typedef struct {
  size_t damaged;    /* lines */
  size_t first_line; /* of the file, of the first of them; 0 for none */
} journal_damage;

/* Opens the journal, or makes it with `title` (one line, without its newline) as its first line,
 * and adds its rows to those given.  It is locked until the closing, by flock, and before anything
 * is written: of two that make it at the same time one is refused.  GSL_SUCCESS; GSL_EINVAL with
 * "FILE:1: ..." where it is no journal or has another title, and then nothing is changed;
 * GSL_EFAILED where the file cannot be read, made or locked (another process has it) or is no
 * regular one; GSL_ENOMEM. */
int journal_open(const char *file, const char *title, journal_rows *rows, journal **out,
                 journal_damage *damage, diagnostic *diag);

/* Writes the row and syncs; the caller keeps one call at a time.  GSL_SUCCESS, or GSL_EFAILED with
 * "FILE: ...": then what was written of the line is cut off again, if that can be done. */
int journal_append(journal *j, size_t number, const char *row, diagnostic *diag);

void journal_close(journal *j); /* NULL is fine */

/* Removes the file of an open journal, unless its name is another file's by now. */
void journal_remove(journal *j);

/* Removes a journal that nobody has open and whose first line is the title; what is not one stays,
 * and nothing is said. */
void journal_discard(const char *file, const char *title);

/* Reads the rows of a journal without changing it.  `prefix` is what its title must begin with.
 * Codes as journal_open, GSL_EFAILED of a device, GSL_EINVAL also where two journals have the same
 * row with other bytes. */
int journal_read(const char *file, const char *prefix, journal_rows *rows, journal_damage *damage,
                 diagnostic *diag);

#endif
