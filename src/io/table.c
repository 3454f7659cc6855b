#include "config.h"
#include "io/table.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <gsl/gsl_errno.h>
#include "io/number.h"

/* The lines of a file that hold something. */
typedef struct {
  io_source *source;
  char *text;  /* the line in hand, the source's */
  size_t line; /* its number */
  const char *file;
  diagnostic *diag;
} line_reader;

/* --- lines ---------------------------------------------------------------------------------- */

static int out_of_memory(diagnostic *diag) {
  return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
}

/* An array that is full, twice as large; NULL when memory is out, and then it is as it was. */
static void *grow(void *array, size_t *capacity, size_t size) {
  const size_t wanted = *capacity == 0 ? 64 : 2 * *capacity;
  void *larger = wanted > SIZE_MAX / size ? NULL : realloc(array, wanted * size);
  if (larger != NULL)
    *capacity = wanted;
  return larger;
}

/* The next line that is neither blank nor a comment. */
static int next_content(line_reader *reader, bool *more) {
  for (;;) {
    const int status = io_source_line(reader->source, &reader->text, reader->diag);
    reader->line = io_source_line_number(reader->source);
    *more = status == GSL_SUCCESS && reader->text != NULL;
    if (!*more)
      return status;
    const char *start = reader->text + strspn(reader->text, " \t\r\v\f");
    if (*start != '\0' && *start != '#')
      return GSL_SUCCESS;
  }
}

/* --- cells ---------------------------------------------------------------------------------- */

static size_t count_cells(const char *text) {
  size_t cells = 1;
  for (; *text != '\0'; text++)
    cells += *text == ',';
  return cells;
}

/* Cuts the cell at *rest off, trimmed and terminated in place; *rest moves to the next one. */
static char *cut_cell(char **rest) {
  char *cell = *rest + strspn(*rest, " \t\r\v\f");
  char *end = *rest + strcspn(*rest, ",");
  *rest = *end == ',' ? end + 1 : end;
  while (end > cell && isspace((unsigned char)end[-1]))
    end--;
  if (cell > end)
    cell = end;
  *end = '\0';
  return cell;
}

static int refuse_cell(const line_reader *reader, io_number_kind kind, const char *cell,
                       size_t column) {
  char shown[IO_SHOWN_LENGTH];
  io_text_show(cell, shown);
  return diagnostic_set(reader->diag, io_number_code(kind), "%s:%zu: column %zu: '%s' is %s",
                        reader->file, reader->line, column, shown, io_number_reason(kind));
}

/* A header names something and holds no number. */
static bool is_header(const char *text) {
  bool names = false, numbers = false;
  char *copy = strdup(text);
  if (copy == NULL)
    return false;
  char *rest = copy;
  for (size_t cells = count_cells(text); cells > 0; cells--) {
    double value;
    const char *cell = cut_cell(&rest);
    const io_number_kind kind = io_number_parse(cell, &value);
    names = names || kind == IO_NO_NUMBER;
    numbers = numbers || (kind != IO_NO_NUMBER && kind != IO_EMPTY);
  }
  free(copy);
  return names && !numbers;
}

/* --- the table ------------------------------------------------------------------------------ */

void io_table_free(io_table *table) {
  if (table == NULL)
    return;
  for (size_t i = 0; table->name != NULL && i < table->columns; i++)
    free(table->name[i]);
  free(table->name);
  free(table->value);
  free(table->line);
  free(table);
}

static int take_header(line_reader *reader, io_table *table) {
  table->columns = count_cells(reader->text);
  table->header_line = reader->line;
  table->name = calloc(table->columns, sizeof *table->name);
  if (table->name == NULL)
    return out_of_memory(reader->diag);
  char *rest = reader->text;
  for (size_t i = 0; i < table->columns; i++) {
    char *cell = cut_cell(&rest);
    const size_t length = strlen(cell);
    if (length >= 2 && cell[0] == '"' && cell[length - 1] == '"') {
      cell[length - 1] = '\0';
      cell++;
    }
    table->name[i] = strdup(cell);
    if (table->name[i] == NULL)
      return out_of_memory(reader->diag);
  }
  return GSL_SUCCESS;
}

typedef struct {
  size_t value, line; /* capacities of the arrays of that name */
} table_capacity;

static int take_row(line_reader *reader, io_table *table, table_capacity *capacity) {
  const size_t cells = count_cells(reader->text);
  if (table->columns == 0)
    table->columns = cells;
  if (cells != table->columns) {
    const size_t first = table->header_line > 0 ? table->header_line : table->line[0];
    return diagnostic_set(reader->diag, GSL_EBADLEN, "%s:%zu: %zu cell%s, but line %zu has %zu",
                          reader->file, reader->line, cells, cells == 1 ? "" : "s", first,
                          table->columns);
  }
  if (table->rows == capacity->line) {
    size_t *larger = grow(table->line, &capacity->line, sizeof *larger);
    if (larger == NULL)
      return out_of_memory(reader->diag);
    table->line = larger;
  }
  char *rest = reader->text;
  for (size_t i = 0; i < cells; i++) {
    const size_t place = table->rows * cells + i;
    if (place == capacity->value) {
      double *larger = grow(table->value, &capacity->value, sizeof *larger);
      if (larger == NULL)
        return out_of_memory(reader->diag);
      table->value = larger;
    }
    const char *cell = cut_cell(&rest);
    const io_number_kind kind = io_number_parse(cell, &table->value[place]);
    if (kind != IO_NUMBER)
      return refuse_cell(reader, kind, cell, i + 1);
  }
  table->line[table->rows++] = reader->line;
  return GSL_SUCCESS;
}

static int read_rows(line_reader *reader, io_table *table) {
  table_capacity capacity = {0, 0};
  bool more;
  int status = next_content(reader, &more);
  if (status == GSL_SUCCESS && more && is_header(reader->text)) {
    status = take_header(reader, table);
    if (status == GSL_SUCCESS)
      status = next_content(reader, &more);
  }
  while (status == GSL_SUCCESS && more) {
    status = take_row(reader, table, &capacity);
    if (status == GSL_SUCCESS)
      status = next_content(reader, &more);
  }
  if (status != GSL_SUCCESS || table->rows > 0)
    return status;
  if (table->header_line > 0)
    return diagnostic_set(reader->diag, GSL_EOF, "%s:%zu: a header ('%s', ...) and no numbers",
                          reader->file, table->header_line, table->name[0]);
  return diagnostic_set(reader->diag, GSL_EOF, "%s:%zu: no numbers: the file is empty",
                        reader->file, reader->line);
}

int io_table_read_source(io_source *source, io_table **out, diagnostic *diag) {
  line_reader reader = {.source = source, .file = io_source_file(source), .diag = diag};
  io_table *table = calloc(1, sizeof *table);
  const int status = table == NULL ? out_of_memory(diag) : read_rows(&reader, table);
  if (status == GSL_SUCCESS)
    *out = table;
  else
    io_table_free(table);
  return status;
}

int io_table_read(const char *file, io_table **out, diagnostic *diag) {
  io_source *source = NULL;
  int status = io_source_open(file, &source, diag);
  if (status == GSL_SUCCESS)
    status = io_table_read_source(source, out, diag);
  io_source_close(source);
  return status;
}

size_t io_table_find(const io_table *table, const char *name) {
  size_t column = 0;
  while (column < table->columns &&
         (table->name == NULL || strcasecmp(table->name[column], name) != 0))
    column++;
  return column;
}

io_kind io_table_kind(const io_table *table) {
  return io_table_find(table, "lambda") < table->columns ? IO_SPECTRUM : IO_SAMPLES;
}

/* --- settings ------------------------------------------------------------------------------- */

void io_settings_free(io_settings *settings) {
  if (settings == NULL)
    return;
  for (size_t i = 0; i < settings->count; i++) {
    free(settings->setting[i].name);
    free(settings->setting[i].value);
  }
  free(settings->setting);
  free(settings->file);
  free(settings);
}

const io_setting *io_settings_find(const io_settings *settings, const char *name) {
  for (size_t i = 0; i < settings->count; i++)
    if (strcmp(settings->setting[i].name, name) == 0)
      return &settings->setting[i];
  return NULL;
}

/* Takes the line in when it is a setting; cuts it up in place. */
static int take_setting(line_reader *reader, io_settings *settings, size_t *capacity) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
  char *name = reader->text + strspn(reader->text, " \t\r\v\f");
  name += strspn(name, "#");
  name += strspn(name, " \t");
  const size_t length = strspn(name, letters);
  char *equals = name + length + strspn(name + length, " \t");
  if (length == 0 || *equals != '=')
    return GSL_SUCCESS;
  char *value = equals + 1 + strspn(equals + 1, " \t");
  char *end = value + strlen(value);
  while (end > value && isspace((unsigned char)end[-1]))
    end--;
  *end = '\0';
  name[length] = '\0';
  const io_setting *other = io_settings_find(settings, name);
  if (other != NULL)
    return diagnostic_set(reader->diag, GSL_EINVAL, "%s:%zu: '%.40s' is given on line %zu already",
                          reader->file, reader->line, name, other->line);
  if (settings->count == *capacity) {
    io_setting *larger = grow(settings->setting, capacity, sizeof *larger);
    if (larger == NULL)
      return out_of_memory(reader->diag);
    settings->setting = larger;
  }
  const io_setting fresh = {strdup(name), strdup(value), reader->line};
  settings->setting[settings->count++] = fresh;
  return fresh.name != NULL && fresh.value != NULL ? GSL_SUCCESS : out_of_memory(reader->diag);
}

int io_settings_read(const char *file, io_settings **out, diagnostic *diag) {
  line_reader reader = {.file = file, .diag = diag};
  size_t capacity = 0;
  int status = GSL_ENOMEM;
  io_settings *settings = calloc(1, sizeof *settings);
  if (settings == NULL || (settings->file = strdup(file)) == NULL) {
    status = out_of_memory(diag);
    goto cleanup;
  }
  status = io_source_open(file, &reader.source, diag);
  while (status == GSL_SUCCESS) {
    status = io_source_line(reader.source, &reader.text, diag);
    reader.line = io_source_line_number(reader.source);
    if (status != GSL_SUCCESS || reader.text == NULL)
      break;
    const char *start = reader.text + strspn(reader.text, " \t\r\v\f");
    if (*start != '\0' && *start != '#')
      break;
    if (*start == '#')
      status = take_setting(&reader, settings, &capacity);
  }

cleanup:
  io_source_close(reader.source);
  if (status == GSL_SUCCESS)
    *out = settings;
  else
    io_settings_free(settings);
  return status;
}

int io_settings_expect(const io_settings *settings, const char *const *names, diagnostic *diag) {
  for (size_t i = 0; i < settings->count; i++) {
    const char *const *name = names;
    while (*name != NULL && strcmp(*name, settings->setting[i].name) != 0)
      name++;
    if (*name == NULL)
      return diagnostic_set(diag, GSL_EINVAL, "%s:%zu: '%.40s' is not known here", settings->file,
                            settings->setting[i].line, settings->setting[i].name);
  }
  return GSL_SUCCESS;
}

/* The setting, or NULL with the status of its absence. */
static const io_setting *look_up(const io_settings *settings, const char *name, bool needed,
                                 int *status, diagnostic *diag) {
  const io_setting *setting = io_settings_find(settings, name);
  *status = setting != NULL || !needed
                ? GSL_SUCCESS
                : diagnostic_set(diag, GSL_EINVAL, "%s:1: no line '# %s = ...' above the table",
                                 settings->file, name);
  return setting;
}

static int refuse_setting(const io_settings *settings, const io_setting *setting,
                          const char *reason, diagnostic *diag) {
  char shown[IO_SHOWN_LENGTH];
  io_text_show(setting->value, shown);
  return diagnostic_set(diag, GSL_EINVAL, "%s:%zu: %s is '%s': %s", settings->file, setting->line,
                        setting->name, shown, reason);
}

int io_settings_real(const io_settings *settings, const char *name, bool needed, double *value,
                     diagnostic *diag) {
  int status;
  const io_setting *setting = look_up(settings, name, needed, &status, diag);
  if (setting == NULL)
    return status;
  double parsed;
  if (io_number_parse(setting->value, &parsed) != IO_NUMBER)
    return refuse_setting(settings, setting, "not a finite number", diag);
  *value = parsed;
  return GSL_SUCCESS;
}

int io_settings_whole(const io_settings *settings, const char *name, bool needed, size_t *value,
                      diagnostic *diag) {
  int status;
  const io_setting *setting = look_up(settings, name, needed, &status, diag);
  if (setting == NULL)
    return status;
  char *end;
  errno = 0;
  const unsigned long long parsed = strtoull(setting->value, &end, 10);
  if (!isdigit((unsigned char)setting->value[0]) || *end != '\0' || errno != 0 || parsed > SIZE_MAX)
    return refuse_setting(settings, setting, "not a whole number", diag);
  *value = (size_t)parsed;
  return GSL_SUCCESS;
}

int io_settings_word(const io_settings *settings, const char *name, bool needed, const char *word,
                     diagnostic *diag) {
  int status;
  const io_setting *setting = look_up(settings, name, needed, &status, diag);
  if (setting == NULL || strcmp(setting->value, word) == 0)
    return status;
  char reason[80];
  snprintf(reason, sizeof reason, "'%.40s' is expected", word);
  return refuse_setting(settings, setting, reason, diag);
}
