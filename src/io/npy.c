#include "config.h"
#include "io/npy.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "io/matrix_market.h"
#include "io/number.h"

enum {
  MAGIC_LENGTH = 6,
  HEADER_MOST = 1 << 16, /* of a numeric array; NumPy itself reads 10000 */
  DIMENSIONS_MOST = 2,
  ITEM_MOST = 8, /* bytes of a number */
  CHUNK_ITEMS = 4096
};

static const char magic[] = "\x93NUMPY";

typedef enum { NPY_FLOAT, NPY_SIGNED, NPY_UNSIGNED } npy_kind;

typedef struct {
  npy_kind kind;
  size_t size; /* bytes of a number */
  bool big_endian;
  bool fortran_order;
  size_t dimensions, shape[DIMENSIONS_MOST];
  bool has_type, has_order, has_shape;
} npy_header;

typedef struct {
  io_source *source;
  diagnostic *diag;
  size_t start;   /* of the header's text in the file */
  char *text;     /* NUL-terminated */
  const char *at; /* in the text */
  npy_header header;
} npy_reader;

bool io_is_npy(const io_source *source) {
  return io_source_starts(source, magic, MAGIC_LENGTH);
}

static int refuse_at(const npy_reader *r, int code, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int refuse_at(const npy_reader *r, int code, size_t offset, const char *format, ...) {
  char message[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return diagnostic_set(r->diag, code, "%s: byte %zu: %s", io_source_file(r->source), offset,
                        message);
}

/* --- the header's text, a dictionary of Python ------------------------------------------------ */

static size_t offset_of(const npy_reader *r) {
  return r->start + (size_t)(r->at - r->text);
}

static void skip_blanks(npy_reader *r) {
  r->at += strspn(r->at, " \t\n\r\f");
}

/* Takes the sign, or says what stands there. */
static int expect(npy_reader *r, char sign) {
  skip_blanks(r);
  if (*r->at == sign) {
    r->at++;
    return GSL_SUCCESS;
  }
  char shown[IO_SHOWN_LENGTH];
  io_text_show(r->at, shown);
  return refuse_at(r, GSL_EINVAL, offset_of(r), "the header has '%s' where '%c' belongs", shown,
                   sign);
}

static bool take(npy_reader *r, const char *word) {
  skip_blanks(r);
  if (strncmp(r->at, word, strlen(word)) != 0)
    return false;
  r->at += strlen(word);
  return true;
}

/* A string in single or double quotes, without escapes. */
static int read_string(npy_reader *r, char *out, size_t room) {
  skip_blanks(r);
  const char quote = *r->at;
  const char *end = quote == '\'' || quote == '"' ? strchr(r->at + 1, quote) : NULL;
  const size_t length = end == NULL ? 0 : (size_t)(end - r->at - 1);
  if (end == NULL || length >= room) {
    char shown[IO_SHOWN_LENGTH];
    io_text_show(r->at, shown);
    return refuse_at(r, GSL_EINVAL, offset_of(r), "the header has '%s' where a string belongs",
                     shown);
  }
  memcpy(out, r->at + 1, length);
  out[length] = '\0';
  r->at = end + 1;
  return GSL_SUCCESS;
}

static const char *type_name(char kind) {
  switch (kind) {
  case 'c':
    return "complex numbers";
  case 'O':
    return "Python objects, which are never unpickled";
  case 'V':
    return "structures";
  case 'S':
  case 'a':
  case 'U':
    return "text";
  case 'b':
  case '?':
    return "truth values";
  case 'f':
    return "floats of another size than 4 or 8 bytes: convert with .astype('float64')";
  default:
    return "no numbers that are known here";
  }
}

static int read_type(npy_reader *r) {
  char text[16];
  skip_blanks(r);
  const size_t offset = offset_of(r);
  if (*r->at == '[')
    return refuse_at(r, GSL_EUNIMPL, offset, "an array of structures: save one plain array");
  const int status = read_string(r, text, sizeof text);
  if (status != GSL_SUCCESS)
    return status;
  const char order = text[0], kind = order == '\0' ? '\0' : text[1];
  size_t size = 0;
  const bool sized = kind != '\0' && io_count_parse(text + 2, &size);
  const bool real = kind == 'f' && (size == 4 || size == 8);
  const bool whole =
      (kind == 'i' || kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8);
  if (!sized || !(real || whole)) {
    char shown[IO_SHOWN_LENGTH];
    io_text_show(text, shown);
    return refuse_at(r, GSL_EUNIMPL, offset, "type '%s': %s", shown, type_name(kind));
  }
  if (order != '<' && order != '>' && !(order == '|' && size == 1))
    return refuse_at(r, GSL_EINVAL, offset, "type '%s': no byte order", text);
  r->header.kind = real ? NPY_FLOAT : kind == 'i' ? NPY_SIGNED : NPY_UNSIGNED;
  r->header.size = size;
  r->header.big_endian = order == '>';
  return GSL_SUCCESS;
}

static int read_order(npy_reader *r) {
  skip_blanks(r);
  const size_t offset = offset_of(r);
  r->header.fortran_order = take(r, "True");
  return r->header.fortran_order || take(r, "False")
             ? GSL_SUCCESS
             : refuse_at(r, GSL_EINVAL, offset, "fortran_order is neither True nor False");
}

/* "()", "(n,)", "(n, m)"; an L after a number is Python 2's. */
static int read_shape(npy_reader *r) {
  int status = expect(r, '(');
  const size_t offset = offset_of(r) - 1;
  size_t dimensions = 0;
  while (status == GSL_SUCCESS && !take(r, ")")) {
    char digits[24];
    skip_blanks(r);
    const size_t length = strspn(r->at, "0123456789");
    size_t extent = 0;
    if (length == 0 || length >= sizeof digits)
      return refuse_at(r, GSL_EINVAL, offset_of(r), "the shape has no whole number here");
    memcpy(digits, r->at, length);
    digits[length] = '\0';
    if (!io_count_parse(digits, &extent))
      return refuse_at(r, GSL_EBADLEN, offset_of(r), "the shape has an extent of %s", digits);
    r->at += length;
    take(r, "L");
    if (dimensions < DIMENSIONS_MOST)
      r->header.shape[dimensions] = extent;
    dimensions++;
    if (!take(r, ",")) {
      status = expect(r, ')');
      break;
    }
  }
  if (status == GSL_SUCCESS && dimensions > DIMENSIONS_MOST)
    status = refuse_at(r, GSL_EUNIMPL, offset, "an array of %zu dimensions: 2 at most are read",
                       dimensions);
  r->header.dimensions = dimensions;
  return status;
}

static int read_item(npy_reader *r) {
  char key[16];
  skip_blanks(r);
  const size_t offset = offset_of(r);
  int status = read_string(r, key, sizeof key);
  if (status == GSL_SUCCESS)
    status = expect(r, ':');
  if (status != GSL_SUCCESS)
    return status;
  npy_header *h = &r->header;
  bool *const has = strcmp(key, "descr") == 0           ? &h->has_type
                    : strcmp(key, "fortran_order") == 0 ? &h->has_order
                    : strcmp(key, "shape") == 0         ? &h->has_shape
                                                        : NULL;
  if (has == NULL || *has) {
    char shown[IO_SHOWN_LENGTH];
    io_text_show(key, shown);
    return refuse_at(r, GSL_EINVAL, offset, "the header has the key '%s' %s", shown,
                     has == NULL ? "that the format does not know" : "twice");
  }
  *has = true;
  return has == &h->has_type ? read_type(r) : has == &h->has_order ? read_order(r) : read_shape(r);
}

static int parse_header(npy_reader *r) {
  int status = expect(r, '{');
  while (status == GSL_SUCCESS && !take(r, "}")) {
    status = read_item(r);
    if (status == GSL_SUCCESS && !take(r, ",")) {
      status = expect(r, '}');
      break;
    }
  }
  if (status != GSL_SUCCESS)
    return status;
  skip_blanks(r);
  if (*r->at != '\0')
    return refuse_at(r, GSL_EINVAL, offset_of(r), "the header goes on after its dictionary");
  const npy_header *h = &r->header;
  if (h->has_type && h->has_order && h->has_shape)
    return GSL_SUCCESS;
  return refuse_at(r, GSL_EINVAL, r->start, "the header lacks the key '%s'",
                   !h->has_type    ? "descr"
                   : !h->has_order ? "fortran_order"
                                   : "shape");
}

/* --- bytes ---------------------------------------------------------------------------------- */

static int read_exactly(const npy_reader *r, void *bytes, size_t length, const char *what) {
  size_t got;
  const int status = io_source_bytes(r->source, bytes, length, &got, r->diag);
  if (status != GSL_SUCCESS || got == length)
    return status;
  return refuse_at(r, GSL_EOF, io_source_offset(r->source), "the file ends in its %s", what);
}

/* Magic string, version, length of the header, its text. */
static int read_header(npy_reader *r) {
  unsigned char start[MAGIC_LENGTH + 2], length_bytes[4] = {0, 0, 0, 0};
  int status = read_exactly(r, start, sizeof start, "first 8 bytes");
  if (status != GSL_SUCCESS)
    return status;
  if (memcmp(start, magic, MAGIC_LENGTH) != 0)
    return refuse_at(r, GSL_EINVAL, 0, "not a .npy file");
  const unsigned version = start[MAGIC_LENGTH], minor = start[MAGIC_LENGTH + 1];
  if (version < 1 || version > 3 || minor != 0)
    return refuse_at(r, GSL_EUNIMPL, MAGIC_LENGTH, "version %u.%u: 1.0, 2.0 and 3.0 are read",
                     version, minor);
  status = read_exactly(r, length_bytes, version == 1 ? 2 : 4, "header's length");
  if (status != GSL_SUCCESS)
    return status;
  const uint32_t length = (uint32_t)length_bytes[0] | (uint32_t)length_bytes[1] << 8 |
                          (uint32_t)length_bytes[2] << 16 | (uint32_t)length_bytes[3] << 24;
  if (length > HEADER_MOST)
    return refuse_at(r, GSL_EBADLEN, MAGIC_LENGTH + 2, "a header of %lu bytes: %d at most are read",
                     (unsigned long)length, (int)HEADER_MOST);
  r->start = io_source_offset(r->source);
  r->text = calloc((size_t)length + 1, 1);
  if (r->text == NULL)
    return diagnostic_set(r->diag, GSL_ENOMEM, "out of memory");
  r->at = r->text;
  status = read_exactly(r, r->text, length, "header");
  if (status != GSL_SUCCESS)
    return status;
  const char *nul = memchr(r->text, '\0', length);
  if (nul != NULL)
    return refuse_at(r, GSL_EINVAL, r->start + (size_t)(nul - r->text),
                     "the header has a NUL byte");
  return parse_header(r);
}

static int check_shape(const npy_reader *r, size_t rows, size_t columns) {
  const size_t size = r->header.size, taken = io_source_offset(r->source);
  const size_t most = io_source_most(r->source), left = most > taken ? most - taken : 0;
  if (rows == 0 || columns == 0)
    return refuse_at(r, GSL_EBADLEN, r->start, "the shape has no entries");
  if (rows > IO_MATRIX_ENTRIES_MOST / columns)
    return refuse_at(r, GSL_EBADLEN, r->start, "%zu x %zu: more than %zu entries", rows, columns,
                     IO_MATRIX_ENTRIES_MOST);
  if (rows * columns > left / size)
    return refuse_at(r, GSL_EBADLEN, r->start,
                     "%zu x %zu numbers of %zu bytes, and the file can hold %zu more bytes", rows,
                     columns, size, left);
  return GSL_SUCCESS;
}

/* --- numbers -------------------------------------------------------------------------------- */

/* The number's bits, whatever the byte order here. */
static uint64_t bits_of(const unsigned char *bytes, const npy_header *h) {
  uint64_t bits = 0;
  for (size_t i = 0; i < h->size; i++)
    bits = bits << 8 | bytes[h->big_endian ? i : h->size - 1 - i];
  return bits;
}

/* False where no double holds the integer. */
static bool decode(const unsigned char *bytes, const npy_header *h, double *value) {
  uint64_t bits = bits_of(bytes, h);
  if (h->kind == NPY_FLOAT && h->size == 8)
    memcpy(value, &bits, sizeof *value);
  else if (h->kind == NPY_FLOAT) {
    const uint32_t narrow = (uint32_t)bits;
    float single;
    memcpy(&single, &narrow, sizeof single);
    *value = (double)single;
  } else {
    const bool negative = h->kind == NPY_SIGNED && bits >> (8 * h->size - 1) != 0;
    if (negative) /* the distance from 0, of a number in two's complement */
      bits = (~bits + 1) & (UINT64_MAX >> (64 - 8 * h->size));
    *value = negative ? -(double)bits : (double)bits;
    return fabs(*value) < 0x1p64 && (uint64_t)fabs(*value) == bits;
  }
  return true;
}

static int refuse_entry(const npy_reader *r, size_t offset, size_t row, size_t column,
                        double value) {
  if (r->header.kind != NPY_FLOAT)
    return refuse_at(r, GSL_EDOM, offset,
                     "entry (%zu, %zu) is near %.17g, an integer that no double holds", row + 1,
                     column + 1, value);
  return refuse_at(r, GSL_EDOM, offset, "entry (%zu, %zu) is %g: not finite", row + 1, column + 1,
                   value);
}

static int read_numbers(const npy_reader *r, gsl_matrix *m) {
  const npy_header *h = &r->header;
  const size_t count = m->size1 * m->size2;
  unsigned char bytes[CHUNK_ITEMS * ITEM_MOST];
  for (size_t done = 0; done < count;) {
    const size_t items = count - done < CHUNK_ITEMS ? count - done : CHUNK_ITEMS;
    const size_t offset = io_source_offset(r->source);
    const int status = read_exactly(r, bytes, items * h->size, "data");
    if (status != GSL_SUCCESS)
      return status;
    for (size_t i = 0; i < items; i++, done++) {
      const size_t row = h->fortran_order ? done % m->size1 : done / m->size2;
      const size_t column = h->fortran_order ? done / m->size1 : done % m->size2;
      double value;
      if (!decode(bytes + i * h->size, h, &value) || !isfinite(value))
        return refuse_entry(r, offset + i * h->size, row, column, value);
      gsl_matrix_set(m, row, column, value);
    }
  }
  size_t more;
  unsigned char one;
  const size_t end = io_source_offset(r->source);
  const int status = io_source_bytes(r->source, &one, 1, &more, r->diag);
  if (status == GSL_SUCCESS && more > 0)
    return refuse_at(r, GSL_EINVAL, end, "the file goes on after the %zu x %zu numbers", m->size1,
                     m->size2);
  return status;
}

int io_npy_read(io_source *source, gsl_matrix **out, double *unit, diagnostic *diag) {
  npy_reader r = {.source = source, .diag = diag};
  gsl_matrix *m = NULL;
  int status = read_header(&r);
  if (status != GSL_SUCCESS)
    goto cleanup;
  const size_t rows = r.header.dimensions == 0 ? 1 : r.header.shape[0];
  const size_t columns = r.header.dimensions < 2 ? 1 : r.header.shape[1];
  status = check_shape(&r, rows, columns);
  if (status != GSL_SUCCESS)
    goto cleanup;
  m = gsl_matrix_alloc(rows, columns);
  status = m == NULL ? diagnostic_set(diag, GSL_ENOMEM, "%s: out of memory for a %zu x %zu matrix",
                                      io_source_file(source), rows, columns)
                     : read_numbers(&r, m);

cleanup:
  free(r.text);
  if (status == GSL_SUCCESS) {
    *out = m;
    if (unit != NULL)
      *unit = r.header.kind == NPY_FLOAT && r.header.size == 4 ? 0x1p-24 : 0x1p-53;
  } else
    gsl_matrix_free(m);
  return status;
}
