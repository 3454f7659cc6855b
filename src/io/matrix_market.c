#include "config.h"
#include "io/matrix_market.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <gsl/gsl_errno.h>
#include "io/number.h"

static const char banner[] = "%%MatrixMarket";
static const char blanks[] = " \t\r\v\f";

typedef struct {
  io_source *source;
  const char *file;
  diagnostic *diag;
  bool coordinate, integer, symmetric;
  size_t rows, columns;
  size_t entries;  /* that the file states or that follow from its sizes */
  size_t repeated; /* of them */
  gsl_matrix *matrix;
} market_reader;

bool io_is_matrix_market(const io_source *source) {
  return io_source_starts(source, banner, strlen(banner));
}

static size_t line_of(const market_reader *reader) {
  return io_source_line_number(reader->source);
}

/* --- words ---------------------------------------------------------------------------------- */

/* Cuts the next word off, terminated in place; NULL when there is none. */
static char *next_word(char **rest) {
  char *word = *rest + strspn(*rest, blanks);
  if (*word == '\0')
    return NULL;
  char *end = word + strcspn(word, blanks);
  *rest = *end == '\0' ? end : end + 1;
  *end = '\0';
  return word;
}

/* Exactly `count` words of the line. */
static int split(const market_reader *reader, char *text, size_t count, const char *what,
                 char **words) {
  char *rest = text;
  size_t found = 0;
  for (char *word = next_word(&rest); word != NULL; word = next_word(&rest)) {
    if (found < count)
      words[found] = word;
    found++;
  }
  if (found == count)
    return GSL_SUCCESS;
  return diagnostic_set(reader->diag, GSL_EINVAL, "%s:%zu: %zu word%s, not %zu: %s expected",
                        reader->file, line_of(reader), found, found == 1 ? "" : "s", count, what);
}

/* The next line that is neither blank nor a comment; NULL at the end. */
static int next_content(const market_reader *reader, char **text) {
  int status;
  do
    status = io_source_line(reader->source, text, reader->diag);
  while (status == GSL_SUCCESS && *text != NULL &&
         (**text == '%' || (*text)[strspn(*text, blanks)] == '\0'));
  return status;
}

/* --- banner and sizes ----------------------------------------------------------------------- */

/* Place of the word in the list, ended by NULL; its length when it is not there. */
static size_t find_word(const char *word, const char *const *list) {
  size_t i = 0;
  while (list[i] != NULL && strcasecmp(word, list[i]) != 0)
    i++;
  return i;
}

static int refuse_word(const market_reader *reader, int code, const char *what, const char *word,
                       const char *reason) {
  char shown[IO_SHOWN_LENGTH];
  io_text_show(word, shown);
  return diagnostic_set(reader->diag, code, "%s:%zu: %s '%s': %s", reader->file, line_of(reader),
                        what, shown, reason);
}

static int read_banner(market_reader *reader) {
  static const char *const formats[] = {"array", "coordinate", NULL};
  static const char *const fields[] = {"real", "double", "integer", "pattern", "complex", NULL};
  static const char *const shapes[] = {"general", "symmetric", "skew-symmetric", "hermitian", NULL};
  char *text, *words[5], none[] = "";
  int status = io_source_line(reader->source, &text, reader->diag);
  if (status == GSL_SUCCESS)
    status = split(reader, text == NULL ? none : text, 5,
                   "'%%MatrixMarket matrix FORMAT FIELD SYMMETRY'", words);
  if (status != GSL_SUCCESS)
    return status;
  if (strcasecmp(words[1], "matrix") != 0)
    return refuse_word(reader, GSL_EUNIMPL, "object", words[1], "only a matrix is read");
  const size_t format = find_word(words[2], formats), field = find_word(words[3], fields);
  const size_t shape = find_word(words[4], shapes);
  if (formats[format] == NULL)
    return refuse_word(reader, GSL_EINVAL, "format", words[2], "neither array nor coordinate");
  if (fields[field] == NULL)
    return refuse_word(reader, GSL_EINVAL, "field", words[3], "neither real nor integer");
  if (field == 3)
    return refuse_word(reader, GSL_EUNIMPL, "field", words[3],
                       "it holds no values, real ones are needed");
  if (field == 4)
    return refuse_word(reader, GSL_EUNIMPL, "field", words[3], "real values are needed");
  if (shapes[shape] == NULL)
    return refuse_word(reader, GSL_EINVAL, "symmetry", words[4], "neither general nor symmetric");
  if (shape >= 2)
    return refuse_word(reader, GSL_EUNIMPL, "symmetry", words[4],
                       "a general or symmetric matrix is needed");
  reader->coordinate = format == 1;
  reader->integer = field == 2;
  reader->symmetric = shape == 1;
  return GSL_SUCCESS;
}

/* The numbers of the size line, and whether such a matrix can be in this file at all. */
static int read_sizes(market_reader *reader) {
  /* The shortest lines: "1" and "1 1 1", with their ends; the last end may be missing. */
  const size_t words = reader->coordinate ? 3 : 2, line_least = reader->coordinate ? 6 : 2;
  char *text, *word[3];
  size_t size[3] = {0, 0, 0};
  int status = next_content(reader, &text);
  if (status != GSL_SUCCESS)
    return status;
  if (text == NULL)
    return diagnostic_set(reader->diag, GSL_EOF, "%s:%zu: the file ends before its size line",
                          reader->file, line_of(reader));
  status = split(reader, text, words,
                 reader->coordinate ? "'ROWS COLUMNS ENTRIES'" : "'ROWS COLUMNS'", word);
  for (size_t i = 0; i < words && status == GSL_SUCCESS; i++)
    if (!io_count_parse(word[i], &size[i]) || size[i] == 0)
      status = refuse_word(reader, GSL_EINVAL, "size", word[i], "not a whole number from 1");
  if (status != GSL_SUCCESS)
    return status;
  const size_t rows = reader->rows = size[0], columns = reader->columns = size[1];
  if (reader->symmetric && rows != columns)
    return diagnostic_set(reader->diag, GSL_EINVAL,
                          "%s:%zu: %zu x %zu: a symmetric matrix is square", reader->file,
                          line_of(reader), rows, columns);
  if (rows > IO_MATRIX_ENTRIES_MOST / columns)
    return diagnostic_set(reader->diag, GSL_EBADLEN,
                          "%s:%zu: %zu x %zu: more than %zu entries of a dense matrix",
                          reader->file, line_of(reader), rows, columns, IO_MATRIX_ENTRIES_MOST);
  reader->entries = reader->coordinate  ? size[2]
                    : reader->symmetric ? rows * (rows + 1) / 2
                                        : rows * columns;
  if (reader->entries > io_source_most(reader->source) / line_least + 1)
    return diagnostic_set(reader->diag, GSL_EBADLEN,
                          "%s:%zu: %zu entries: the file is too short to hold them", reader->file,
                          line_of(reader), reader->entries);
  const size_t larger = rows > columns ? rows : columns;
  if (rows * columns > MATRIX_MARKET_SPARSE_MOST && reader->entries < larger)
    return diagnostic_set(
        reader->diag, GSL_EBADLEN,
        "%s:%zu: %zu x %zu with %zu entries: a row or column is empty, and a dense "
        "matrix of that size is too large",
        reader->file, line_of(reader), rows, columns, reader->entries);
  return GSL_SUCCESS;
}

/* --- entries -------------------------------------------------------------------------------- */

static int read_value(const market_reader *reader, const char *word, double *value) {
  char shown[IO_SHOWN_LENGTH];
  const io_number_kind kind = io_number_parse(word, value);
  io_text_show(word, shown);
  if (kind != IO_NUMBER)
    return diagnostic_set(reader->diag, io_number_code(kind), "%s:%zu: '%s' is %s", reader->file,
                          line_of(reader), shown, io_number_reason(kind));
  if (reader->integer && !(*value == floor(*value) && fabs(*value) <= 0x1p53))
    return diagnostic_set(reader->diag, GSL_EINVAL,
                          "%s:%zu: '%s' is not a whole number of at most 2^53, and the field is "
                          "integer",
                          reader->file, line_of(reader), shown);
  return GSL_SUCCESS;
}

static int read_place(const market_reader *reader, const char *word, const char *what, size_t most,
                      size_t *place) {
  if (io_count_parse(word, place) && *place >= 1 && *place <= most) {
    --*place;
    return GSL_SUCCESS;
  }
  char shown[IO_SHOWN_LENGTH];
  io_text_show(word, shown);
  return diagnostic_set(reader->diag, GSL_EINVAL, "%s:%zu: %s '%s' is not in 1..%zu", reader->file,
                        line_of(reader), what, shown, most);
}

/* Adds the value of one line of a coordinate file. */
static int take_coordinate(market_reader *reader, char *text) {
  char *words[3];
  size_t row, column;
  double value;
  int status = split(reader, text, 3, "'ROW COLUMN VALUE'", words);
  if (status == GSL_SUCCESS)
    status = read_place(reader, words[0], "row", reader->rows, &row);
  if (status == GSL_SUCCESS)
    status = read_place(reader, words[1], "column", reader->columns, &column);
  if (status == GSL_SUCCESS)
    status = read_value(reader, words[2], &value);
  if (status != GSL_SUCCESS)
    return status;
  if (reader->symmetric && column > row)
    return diagnostic_set(
        reader->diag, GSL_EINVAL,
        "%s:%zu: (%zu, %zu) is above the diagonal: of a symmetric matrix the file "
        "has the lower triangle",
        reader->file, line_of(reader), row + 1, column + 1);
  const double before = gsl_matrix_get(reader->matrix, row, column), sum = before + value;
  if (!isfinite(sum))
    return diagnostic_set(reader->diag, GSL_EDOM, "%s:%zu: the entries at (%zu, %zu) add up to %g",
                          reader->file, line_of(reader), row + 1, column + 1, sum);
  reader->repeated += before != 0.0;
  gsl_matrix_set(reader->matrix, row, column, sum);
  if (reader->symmetric)
    gsl_matrix_set(reader->matrix, column, row, sum);
  return GSL_SUCCESS;
}

/* Stores the value of one line of an array file and moves on, down the column. */
static int take_array(market_reader *reader, char *text, size_t *row, size_t *column) {
  char *word;
  double value;
  int status = split(reader, text, 1, "one number a line", &word);
  if (status == GSL_SUCCESS)
    status = read_value(reader, word, &value);
  if (status != GSL_SUCCESS)
    return status;
  gsl_matrix_set(reader->matrix, *row, *column, value);
  if (reader->symmetric)
    gsl_matrix_set(reader->matrix, *column, *row, value);
  if (++*row == reader->rows) {
    ++*column;
    *row = reader->symmetric ? *column : 0;
  }
  return GSL_SUCCESS;
}

static int read_entries(market_reader *reader) {
  size_t row = 0, column = 0;
  char *text;
  int status;
  for (size_t i = 0; i < reader->entries; i++) {
    status = next_content(reader, &text);
    if (status == GSL_SUCCESS && text == NULL)
      status =
          diagnostic_set(reader->diag, GSL_EOF, "%s:%zu: the file ends after %zu of %zu entries",
                         reader->file, line_of(reader), i, reader->entries);
    if (status == GSL_SUCCESS)
      status = reader->coordinate ? take_coordinate(reader, text)
                                  : take_array(reader, text, &row, &column);
    if (status != GSL_SUCCESS)
      return status;
  }
  status = next_content(reader, &text);
  if (status == GSL_SUCCESS && text != NULL)
    status = diagnostic_set(reader->diag, GSL_EINVAL, "%s:%zu: more than the %zu entries stated",
                            reader->file, line_of(reader), reader->entries);
  return status;
}

int io_matrix_market_read(io_source *source, gsl_matrix **out, size_t *repeated, diagnostic *diag) {
  market_reader reader = {.source = source, .file = io_source_file(source), .diag = diag};
  int status = read_banner(&reader);
  if (status == GSL_SUCCESS)
    status = read_sizes(&reader);
  if (status != GSL_SUCCESS)
    return status;
  reader.matrix = gsl_matrix_calloc(reader.rows, reader.columns);
  if (reader.matrix == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "%s: out of memory for a %zu x %zu matrix", reader.file,
                          reader.rows, reader.columns);
  status = read_entries(&reader);
  if (status != GSL_SUCCESS) {
    gsl_matrix_free(reader.matrix);
    return status;
  }
  *out = reader.matrix;
  if (repeated != NULL)
    *repeated = reader.repeated;
  return GSL_SUCCESS;
}
