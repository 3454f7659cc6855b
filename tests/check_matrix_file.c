#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <check.h>
#include <gsl/gsl_errno.h>
#include <zlib.h>
#include "io/matrix_file.h"
#include "scratch.h"
#include "support.h"

enum { PATH_LENGTH = SCRATCH_PATH_LENGTH + 64, BYTES_MOST = 4096 };

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* --- writing .npy files, by the format's own words ------------------------------------------- */

typedef struct {
  unsigned char bytes[BYTES_MOST];
  size_t length;
} byte_string;

static void put(byte_string *out, const void *bytes, size_t length) {
  ck_assert_uint_le(out->length + length, BYTES_MOST);
  memcpy(out->bytes + out->length, bytes, length);
  out->length += length;
}

static void put_integer(byte_string *out, uint64_t bits, size_t size, bool big_endian) {
  for (size_t i = 0; i < size; i++) {
    const size_t place = big_endian ? size - 1 - i : i;
    const unsigned char byte = (unsigned char)(bits >> (8 * place));
    put(out, &byte, 1);
  }
}

static void put_number(byte_string *out, double value, char kind, size_t size, bool big_endian) {
  uint64_t bits = 0;
  if (kind == 'f' && size == 8)
    memcpy(&bits, &value, sizeof value);
  else if (kind == 'f') {
    const float single = (float)value;
    uint32_t narrow;
    memcpy(&narrow, &single, sizeof narrow);
    bits = narrow;
  } else
    bits = (uint64_t)(int64_t)value;
  put_integer(out, bits, size, big_endian);
}

static void put_header(byte_string *out, unsigned version, const char *text) {
  const unsigned char start[] = {0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)version, 0};
  put(out, start, sizeof start);
  put_integer(out, strlen(text), version == 1 ? 2 : 4, false);
  put(out, text, strlen(text));
}

/* The file, plain or gzipped. */
static void write_bytes(const char *path, const byte_string *content, bool packed) {
  if (!packed) {
    scratch_write(path, (const char *)content->bytes, content->length);
    return;
  }
  gzFile stream = gzopen(path, "wb");
  ck_assert_ptr_nonnull(stream);
  ck_assert_int_eq(gzwrite(stream, content->bytes, (unsigned)content->length),
                   (int)content->length);
  ck_assert_int_eq(gzclose(stream), Z_OK);
}

static const double entries[3][2] = {{1, 2}, {3, 100}, {5, 0}};

typedef struct {
  char kind;
  size_t size;
} number_type;

static const number_type number_types[] = {{'f', 8}, {'f', 4}, {'i', 1}, {'i', 2}, {'i', 4},
                                           {'i', 8}, {'u', 1}, {'u', 2}, {'u', 4}, {'u', 8}};

/* Entry (i, j) of the matrix that is written: with signs and fractions where the type has them. */
static double entry(const number_type *type, size_t i, size_t j) {
  const double x = entries[i][j];
  return type->kind == 'f' ? -x / 8.0 : type->kind == 'i' && i == 1 ? -x : x;
}

static void build(byte_string *out, const number_type *type, bool big_endian, bool fortran,
                  unsigned version) {
  char header[128];
  out->length = 0;
  snprintf(header, sizeof header,
           "{'descr': '%c%c%zu', 'fortran_order': %s, 'shape': (3, 2), }       \n",
           type->size == 1 ? '|'
           : big_endian    ? '>'
                           : '<',
           type->kind, type->size, fortran ? "True" : "False");
  put_header(out, version, header);
  for (size_t n = 0; n < 6; n++) {
    const size_t i = fortran ? n % 3 : n / 2, j = fortran ? n / 3 : n % 2;
    put_number(out, entry(type, i, j), type->kind, type->size, big_endian);
  }
}

/* Every type, in both byte orders, both orders of entries, all versions, plain and gzipped. */
START_TEST(npy_reads_what_numpy_writes) {
  const number_type *type = &number_types[_i];
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  byte_string content;
  scratch_make(&s);
  scratch_path(&s, "matrix", path);
  for (unsigned variant = 0; variant < 24; variant++) {
    const bool big_endian = variant & 1, fortran = variant & 2, packed = variant & 4;
    gsl_matrix *m = NULL;
    io_matrix_facts facts;
    build(&content, type, big_endian, fortran, 1 + variant / 8);
    write_bytes(path, &content, packed);
    ck_assert_msg(io_matrix_read(path, &m, &facts, &diag) == GSL_SUCCESS, "%s", diag.message);
    ck_assert_int_eq(facts.format, IO_FORMAT_NPY);
    ck_assert_double_eq(facts.unit, type->kind == 'f' && type->size == 4 ? 0x1p-24 : 0x1p-53);
    ck_assert_uint_eq(m->size1, 3);
    ck_assert_uint_eq(m->size2, 2);
    for (size_t i = 0; i < 3; i++)
      for (size_t j = 0; j < 2; j++)
        ck_assert_double_eq(gsl_matrix_get(m, i, j), entry(type, i, j));
    gsl_matrix_free(m);
  }
  scratch_remove(&s);
}
END_TEST

/* Cut anywhere: refused, and the message says where. */
START_TEST(npy_refuses_any_part_of_a_file) {
  scratch s;
  char path[PATH_LENGTH];
  byte_string content;
  scratch_make(&s);
  scratch_path(&s, "cut.npy", path);
  build(&content, &number_types[0], false, false, 1);
  for (size_t length = 6; length < content.length; length++)
    for (int packed = 0; packed < 2; packed++) {
      diagnostic diag = {GSL_SUCCESS, ""};
      gsl_matrix *m = NULL;
      const byte_string part = {.length = length};
      byte_string cut = part;
      memcpy(cut.bytes, content.bytes, length);
      write_bytes(path, &cut, packed);
      const int status = io_matrix_read(path, &m, NULL, &diag);
      ck_assert_msg(status == GSL_EOF || status == GSL_EBADLEN, "%zu bytes: %s", length,
                    diag.message);
      ck_assert_ptr_nonnull(strstr(diag.message, ": byte "));
      ck_assert_ptr_null(m);
    }
  scratch_remove(&s);
}
END_TEST

typedef struct {
  const char *header;
  size_t zeros; /* bytes of data, all 0 */
  int code;
  const char *message; /* after "FILE: byte " */
} bad_npy;

static const bad_npy bad_npys[] = {
    {"{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}", 16, GSL_EUNIMPL,
     "20: type '<c16': complex numbers"},
    {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8, GSL_EUNIMPL,
     "20: type '|O': Python objects, which are never unpickled"},
    {"{'descr': '<f2', 'fortran_order': False, 'shape': (1,)}", 2, GSL_EUNIMPL,
     "20: type '<f2': floats of another size than 4 or 8 bytes: convert with .astype('float64')"},
    {"{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}", 16, GSL_EUNIMPL,
     "20: type '<f16': floats of another size"},
    {"{'descr': '|b1', 'fortran_order': False, 'shape': (1,)}", 1, GSL_EUNIMPL,
     "20: type '|b1': truth values"},
    {"{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}", 12, GSL_EUNIMPL,
     "20: type '<U3': text"},
    {"{'descr': '|V4', 'fortran_order': False, 'shape': (1,)}", 4, GSL_EUNIMPL,
     "20: type '|V4': structures"},
    {"{'descr': '<M8', 'fortran_order': False, 'shape': (1,)}", 8, GSL_EUNIMPL,
     "20: type '<M8': no numbers that are known here"},
    {"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", 8, GSL_EUNIMPL,
     "20: an array of structures"},
    {"{'descr': '=f8', 'fortran_order': False, 'shape': (1,)}", 8, GSL_EINVAL,
     "20: type '=f8': no byte order"},
    {"{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1,)}", 8, GSL_EINVAL,
     "44: fortran_order is neither True nor False"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1)}", 8, GSL_EUNIMPL,
     "60: an array of 3 dimensions: 2 at most are read"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", 8, GSL_EINVAL,
     "61: the shape has no whole number here"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (9007199254740992,)}", 8, GSL_EBADLEN,
     "61: the shape has an extent of 9007199254740992"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2)}", 0, GSL_EBADLEN,
     "10: the shape has no entries"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 8, GSL_EBADLEN,
     "10: 4294967296 x 4294967296: more than 268435456 entries"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (16384, 16384)}", 8, GSL_EBADLEN,
     "10: 16384 x 16384 numbers of 8 bytes, and the file can hold 8 more bytes"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", 24, GSL_EINVAL,
     "81: the file goes on after the 2 x 1 numbers"},
    {"{'descr': '<f8', 'fortran_order': False}", 8, GSL_EINVAL,
     "10: the header lacks the key 'shape'"},
    {"{'shape': (1,)}", 8, GSL_EINVAL, "10: the header lacks the key 'descr'"},
    {"{'descr': '<f8', 'descr': '<f8'}", 8, GSL_EINVAL, "27: the header has the key 'descr' twice"},
    {"{'order': 'C'}", 8, GSL_EINVAL,
     "11: the header has the key 'order' that the format does not"},
    {"{'shape': (1,)} x", 8, GSL_EINVAL, "26: the header goes on after its dictionary"},
    {"{'shape' (1,)}", 8, GSL_EINVAL, "19: the header has '(1,)}' where ':' belongs"},
    {"{'shape': (1 2)}", 8, GSL_EINVAL, "23: the header has '2)}' where ')' belongs"},
    {"(1,)", 8, GSL_EINVAL, "10: the header has '(1,)' where '{' belongs"},
    {"{shape: (1,)}", 8, GSL_EINVAL, "11: the header has 'shape: (1,)}' where a string belongs"},
    {"", 8, GSL_EINVAL, "10: the header has '' where '{' belongs"},
};

START_TEST(npy_refuses) {
  const bad_npy *bad = &bad_npys[_i];
  scratch s;
  char path[PATH_LENGTH], expected[PATH_LENGTH + 256];
  diagnostic diag = {GSL_SUCCESS, ""};
  byte_string content = {.length = 0};
  gsl_matrix *m = NULL;
  scratch_make(&s);
  scratch_path(&s, "bad.npy", path);
  put_header(&content, 1, bad->header);
  content.length += bad->zeros; /* the rest is 0 already */
  write_bytes(path, &content, false);
  snprintf(expected, sizeof expected, "%s: byte %s", path, bad->message);
  const int status = io_matrix_read(path, &m, NULL, &diag);
  ck_assert_msg(strncmp(diag.message, expected, strlen(expected)) == 0, "'%s', not '%s'",
                diag.message, expected);
  ck_assert_int_eq(status, bad->code);
  ck_assert_int_eq(diag.code, bad->code);
  ck_assert_ptr_null(m);
  scratch_remove(&s);
}
END_TEST

/* Versions that are not, an entry that no double holds or that is not finite, a NUL in the header.
 */
START_TEST(npy_refuses_bytes) {
  static const char type_at[] = "{'descr': '%s', 'fortran_order': False, 'shape': (2, 2)}";
  static const struct {
    const char *type;
    uint64_t bits; /* of entry (2, 1), the others are 0 */
    size_t size;
    bool big_endian;
    const char *message;
  } bad[] = {
      {"<f8", UINT64_C(0x7ff0000000000000), 8, false, "entry (2, 1) is inf: not finite"},
      {">f8", UINT64_C(0xfff0000000000000), 8, true, "entry (2, 1) is -inf: not finite"},
      {"<f4", UINT64_C(0x7fc00000), 4, false, "entry (2, 1) is nan: not finite"},
      {"<i8", (UINT64_C(1) << 53) + 1, 8, false,
       "entry (2, 1) is near 9007199254740992, an integer that no double holds"},
      {"<u8", UINT64_MAX, 8, false, "entry (2, 1) is near 1.8446744073709552e+19, an integer"},
  };
  scratch s;
  char path[PATH_LENGTH], header[128];
  scratch_make(&s);
  scratch_path(&s, "bad.npy", path);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    diagnostic diag = {GSL_SUCCESS, ""};
    byte_string content = {.length = 0};
    gsl_matrix *m = NULL;
    snprintf(header, sizeof header, type_at, bad[i].type);
    put_header(&content, 2, header);
    const size_t start = content.length;
    for (size_t n = 0; n < 4; n++)
      put_integer(&content, n == 2 ? bad[i].bits : 0, bad[i].size, bad[i].big_endian);
    write_bytes(path, &content, false);
    ck_assert_int_eq(io_matrix_read(path, &m, NULL, &diag), GSL_EDOM);
    char place[64];
    snprintf(place, sizeof place, ": byte %zu: ", start + 2 * bad[i].size);
    ck_assert_msg(strstr(diag.message, place) != NULL, "%s", diag.message);
    ck_assert_msg(strstr(diag.message, bad[i].message) != NULL, "%s", diag.message);
  }
  diagnostic diag = {GSL_SUCCESS, ""};
  gsl_matrix *m = NULL;
  byte_string content = {.length = 0};
  put_header(&content, 4, "{}");
  write_bytes(path, &content, false);
  ck_assert_int_eq(io_matrix_read(path, &m, NULL, &diag), GSL_EUNIMPL);
  ck_assert_ptr_nonnull(strstr(diag.message, ": byte 6: version 4.0: 1.0, 2.0 and 3.0 are read"));
  content.length = 0;
  put_header(&content, 1, "{'a'}");
  content.bytes[12] = '\0';
  write_bytes(path, &content, false);
  ck_assert_int_eq(io_matrix_read(path, &m, NULL, &diag), GSL_EINVAL);
  ck_assert_ptr_nonnull(strstr(diag.message, ": byte 12: the header has a NUL byte"));
  content.length = 8; /* keeps the magic string, version 2, and a header of 16 MB */
  content.bytes[6] = 2;
  put_integer(&content, UINT64_C(1) << 24, 4, false);
  write_bytes(path, &content, false);
  ck_assert_int_eq(io_matrix_read(path, &m, NULL, &diag), GSL_EBADLEN);
  ck_assert_ptr_nonnull(strstr(diag.message, ": byte 8: a header of 16777216 bytes"));
  ck_assert_ptr_null(m);
  /* The largest negative integers are doubles. */
  content.length = 0;
  put_header(&content, 1, "{\"shape\": (1L,1), \"descr\": \"<i8\", \"fortran_order\": True}");
  put_integer(&content, UINT64_C(1) << 63, 8, false);
  write_bytes(path, &content, false);
  ck_assert_msg(io_matrix_read(path, &m, NULL, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_double_eq(gsl_matrix_get(m, 0, 0), -0x1p63);
  gsl_matrix_free(m);
  scratch_remove(&s);
}
END_TEST

/* --- Matrix Market --------------------------------------------------------------------------- */

#define BANNER "%%MatrixMarket matrix "

typedef struct {
  const char *text;
  size_t rows, columns, repeated;
  double value[6]; /* row by row */
} good_market;

static const good_market good_markets[] = {
    {BANNER "array real general\n2 3\n1\n2\n3\n4\n5\n6e0", 2, 3, 0, {1, 3, 5, 2, 4, 6}},
    {BANNER "array real symmetric\n2 2\n1\n-2\n0x1p-3\n", 2, 2, 0, {1, -2, -2, 0.125}},
    {"%%matrixmarket MATRIX Array Double General\n2 2\n1\n2\n3\n4\n", 2, 2, 0, {1, 3, 2, 4}},
    {BANNER "array integer symmetric\r\n% note\r\n\r\n 2\t2 \r\n1\r\n% more\r\n2\r\n3\r\n",
     2,
     2,
     0,
     {1, 2, 2, 3}},
    {BANNER "coordinate real general\n%\n2 3 3\n1 3 5\n\n2 1 -1e-3\n1 1 2\n",
     2,
     3,
     0,
     {2, 0, 5, -1e-3, 0, 0}},
    {BANNER "coordinate integer symmetric\n2 2 2\n2 1 7\n2 2 -1\n", 2, 2, 0, {0, 7, 7, -1}},
    /* Added up, as SciPy does. */
    {BANNER "coordinate real general\n2 2 4\n1 1 0.5\n1 2 3\n1 1 0.25\n1 1 1\n",
     2,
     2,
     2,
     {1.75, 3, 0, 0}},
    {BANNER "coordinate real symmetric\n2 2 3\n2 1 2\n2 1 3\n1 1 1\n", 2, 2, 1, {1, 5, 5, 0}},
};

START_TEST(market_reads) {
  const good_market *good = &good_markets[_i];
  scratch s;
  char path[PATH_LENGTH];
  byte_string content = {.length = 0};
  scratch_make(&s);
  scratch_path(&s, "market", path);
  put(&content, good->text, strlen(good->text));
  /* The banner's case is told by what the format says, its first word by what is looked for. */
  memcpy(content.bytes, "%%MatrixMarket", 14);
  for (int packed = 0; packed < 2; packed++) {
    diagnostic diag = {GSL_SUCCESS, ""};
    io_matrix_facts facts;
    gsl_matrix *m = NULL;
    write_bytes(path, &content, packed);
    ck_assert_msg(io_matrix_read(path, &m, &facts, &diag) == GSL_SUCCESS, "%s", diag.message);
    ck_assert_int_eq(facts.format, IO_FORMAT_MATRIX_MARKET);
    ck_assert_uint_eq(facts.repeated, good->repeated);
    ck_assert_uint_eq(m->size1, good->rows);
    ck_assert_uint_eq(m->size2, good->columns);
    for (size_t i = 0; i < good->rows; i++)
      for (size_t j = 0; j < good->columns; j++)
        ck_assert_double_eq(gsl_matrix_get(m, i, j), good->value[i * good->columns + j]);
    gsl_matrix_free(m);
  }
  scratch_remove(&s);
}
END_TEST

typedef struct {
  const char *text;
  int code;
  const char *message; /* after "FILE" */
} bad_text;

static const bad_text bad_markets[] = {
    {"%%MatrixMarket\n", GSL_EINVAL, ":1: 1 word, not 5: '%%MatrixMarket matrix FORMAT FIELD"},
    {"%%MatrixMarket vector array real general\n", GSL_EUNIMPL,
     ":1: object 'vector': only a matrix is read"},
    {BANNER "dense real general\n", GSL_EINVAL, ":1: format 'dense': neither array nor coordinate"},
    {BANNER "array quaternion general\n", GSL_EINVAL,
     ":1: field 'quaternion': neither real nor integer"},
    {BANNER "coordinate pattern general\n1 1 1\n1 1\n", GSL_EUNIMPL,
     ":1: field 'pattern': it holds no values, real ones are needed"},
    {BANNER "array complex general\n1 1\n1 0\n", GSL_EUNIMPL,
     ":1: field 'complex': real values are needed"},
    {BANNER "array complex hermitian\n1 1\n1 0\n", GSL_EUNIMPL, ":1: field 'complex'"},
    {BANNER "array real hermitian\n1 1\n1\n", GSL_EUNIMPL,
     ":1: symmetry 'hermitian': a general or symmetric matrix is needed"},
    {BANNER "array real skew-symmetric\n2 2\n1\n", GSL_EUNIMPL, ":1: symmetry 'skew-symmetric'"},
    {BANNER "array real round\n", GSL_EINVAL,
     ":1: symmetry 'round': neither general nor symmetric"},
    {BANNER "array real general\n% all\n", GSL_EOF, ":3: the file ends before its size line"},
    {BANNER "array real general\n2\n", GSL_EINVAL, ":2: 1 word, not 2: 'ROWS COLUMNS' expected"},
    {BANNER "coordinate real general\n2 2\n", GSL_EINVAL,
     ":2: 2 words, not 3: 'ROWS COLUMNS ENTRIES' expected"},
    {BANNER "array real general\n2 x\n", GSL_EINVAL, ":2: size 'x': not a whole number from 1"},
    {BANNER "array real general\n0 2\n", GSL_EINVAL, ":2: size '0': not a whole number from 1"},
    {BANNER "array real general\n2 -2\n", GSL_EINVAL, ":2: size '-2': not a whole number from 1"},
    {BANNER "array real general\n1 99999999999999999999\n", GSL_EINVAL,
     ":2: size '99999999999999999999': not a whole number from 1"},
    {BANNER "array real symmetric\n2 3\n", GSL_EINVAL, ":2: 2 x 3: a symmetric matrix is square"},
    {BANNER "array real general\n4294967296 4294967296\n", GSL_EBADLEN,
     ":2: 4294967296 x 4294967296: more than 268435456 entries of a dense matrix"},
    {BANNER "array real general\n9000 9000\n1\n", GSL_EBADLEN,
     ":2: 81000000 entries: the file is too short to hold them"},
    {BANNER "coordinate real general\n2 2 1000\n1 1 1\n", GSL_EBADLEN,
     ":2: 1000 entries: the file is too short to hold them"},
    {BANNER "coordinate real general\n10000 10000 1\n1 1 1\n", GSL_EBADLEN,
     ":2: 10000 x 10000 with 1 entries: a row or column is empty, and a dense matrix of that size"},
    {BANNER "array real general\n2 2\n1\n2\n3\n", GSL_EOF,
     ":6: the file ends after 3 of 4 entries"},
    {BANNER "array real general\n1 2\n1\n2\n3\n", GSL_EINVAL, ":5: more than the 2 entries stated"},
    {BANNER "array real general\n2 1\n1 2\n", GSL_EINVAL,
     ":3: 2 words, not 1: one number a line expected"},
    {BANNER "array real general\n2 1\n1\n2d0\n", GSL_EINVAL, ":4: '2d0' is not a number"},
    {BANNER "array real general\n2 1\n1\nnan\n", GSL_EDOM, ":4: 'nan' is not finite"},
    {BANNER "array real general\n2 1\n1\n-Infinity\n", GSL_EDOM, ":4: '-Infinity' is not finite"},
    {BANNER "array real general\n2 1\n1\n1e999\n", GSL_EDOM,
     ":4: '1e999' is outside the range of a double"},
    {BANNER "array integer general\n2 1\n1\n0.5\n", GSL_EINVAL,
     ":4: '0.5' is not a whole number of at most 2^53"},
    {BANNER "array integer general\n2 1\n1\n1e17\n", GSL_EINVAL,
     ":4: '1e17' is not a whole number of at most 2^53"},
    {BANNER "coordinate real general\n2 2 2\n1 1 1\n1 2\n", GSL_EINVAL,
     ":4: 2 words, not 3: 'ROW COLUMN VALUE' expected"},
    {BANNER "coordinate real general\n2 2 1\n0 1 1\n", GSL_EINVAL, ":3: row '0' is not in 1..2"},
    {BANNER "coordinate real general\n2 2 1\n1 3 1\n", GSL_EINVAL, ":3: column '3' is not in 1..2"},
    {BANNER "coordinate real symmetric\n2 2 1\n1 2 1\n", GSL_EINVAL,
     ":3: (1, 2) is above the diagonal: of a symmetric matrix the file has the lower triangle"},
    {BANNER "coordinate real general\n2 2 2\n1 1 1e308\n1 1 1e308\n", GSL_EDOM,
     ":4: the entries at (1, 1) add up to inf"},
    {"PK\x03\x04 archive", GSL_EUNIMPL, ": an archive (.npz, or of PyTorch)"},
    {"\x80\x04K\x01.", GSL_EUNIMPL, ": a Python pickle"},
    {"\x89HDF\r\n", GSL_EUNIMPL, ": an HDF5 file"},
    {"MATLAB 5.0 MAT-file", GSL_EUNIMPL, ": a MATLAB file"},
    /* The first line passes for a header. */
    {"1 2\n3 4\n", GSL_EINVAL, ":2: column 1: '3 4' is not a number"},
    {"", GSL_EOF, ":1: no numbers: the file is empty"},
    {"1,2\n\x1b[31m,4\n", GSL_EINVAL, ":2: column 1: '?[31m' is not a number"},
};

START_TEST(market_refuses) {
  const bad_text *bad = &bad_markets[_i];
  scratch s;
  char path[PATH_LENGTH], expected[PATH_LENGTH + 256];
  diagnostic diag = {GSL_SUCCESS, ""};
  gsl_matrix *m = NULL;
  scratch_make(&s);
  scratch_path(&s, "bad.mtx", path);
  scratch_write(path, bad->text, strlen(bad->text));
  snprintf(expected, sizeof expected, "%s%s", path, bad->message);
  const int status = io_matrix_read(path, &m, NULL, &diag);
  ck_assert_msg(strncmp(diag.message, expected, strlen(expected)) == 0, "'%s', not '%s'",
                diag.message, expected);
  ck_assert_int_eq(status, bad->code);
  ck_assert_ptr_null(m);
  scratch_remove(&s);
}
END_TEST

/* --- whatever the name ----------------------------------------------------------------------- */

START_TEST(vectors_are_rows_or_columns) {
  scratch s;
  char path[PATH_LENGTH], expected[PATH_LENGTH + 64];
  diagnostic diag = {GSL_SUCCESS, ""};
  gsl_vector *x = NULL;
  io_matrix_facts facts;
  scratch_make(&s);
  scratch_path(&s, "vector.npy", path); /* the name does not matter */
  static const char *const texts[] = {"1,2,3\n", "# g\n1\n2\n3\n",
                                      BANNER "array real general\n3 1\n1\n2\n3\n"};
  for (size_t i = 0; i < 3; i++) {
    scratch_write(path, texts[i], strlen(texts[i]));
    ck_assert_msg(io_vector_read(path, &x, &facts, &diag) == GSL_SUCCESS, "%s", diag.message);
    ck_assert_int_eq(facts.format, i < 2 ? IO_FORMAT_CSV : IO_FORMAT_MATRIX_MARKET);
    ck_assert_uint_eq(x->size, 3);
    for (size_t j = 0; j < 3; j++)
      ck_assert_double_eq(gsl_vector_get(x, j), (double)(j + 1));
    gsl_vector_free(x);
    x = NULL;
  }
  scratch_write(path, "1,2\n3,4\n", 8);
  snprintf(expected, sizeof expected, "%s: 2 x 2: a vector is one row or one column", path);
  ck_assert_int_eq(io_vector_read(path, &x, NULL, &diag), GSL_EBADLEN);
  ck_assert_str_eq(diag.message, expected);
  ck_assert_ptr_null(x);
  scratch_remove(&s);
}
END_TEST

START_TEST(missing_file_is_told) {
  diagnostic diag = {GSL_SUCCESS, ""};
  gsl_matrix *m = NULL;
  ck_assert_int_eq(io_matrix_read("no/such/file", &m, NULL, &diag), GSL_EFAILED);
  ck_assert_str_eq(diag.message, "no/such/file: No such file or directory");
  ck_assert_int_eq(io_matrix_read("no/such/file", &m, NULL, NULL), GSL_EFAILED);
}
END_TEST

/* NumPy itself as the other side, where it is installed. */
START_TEST(numpy_agrees) {
  scratch s;
  char path[PATH_LENGTH], command[PATH_LENGTH + 512];
  diagnostic diag = {GSL_SUCCESS, ""};
  scratch_make(&s);
  if (system("python3 -c 'import numpy' >/dev/null 2>&1") != 0) {
    fputs("# numpy_agrees: skipped, python3 has no numpy here\n", stderr);
    scratch_remove(&s);
    return;
  }
  snprintf(command, sizeof command,
           "cd '%s' && python3 -c \"import numpy as n; a = n.arange(6.).reshape(3, 2)/8\n"
           "for t in 'f8','>f4','i2','u8': n.save(t.strip('>') + '.npy', a.astype(t))\n"
           "n.save('F.npy', n.asfortranarray(a))\"",
           s.folder);
  ck_assert_int_eq(system(command), 0);
  static const char *const names[] = {"f8.npy", "f4.npy", "i2.npy", "u8.npy", "F.npy"};
  for (size_t n = 0; n < 5; n++) {
    gsl_matrix *m = NULL;
    scratch_path(&s, names[n], path);
    ck_assert_msg(io_matrix_read(path, &m, NULL, &diag) == GSL_SUCCESS, "%s", diag.message);
    for (size_t i = 0; i < 3; i++)
      for (size_t j = 0; j < 2; j++) {
        const double x = (double)(2 * i + j) / 8.0;
        ck_assert_double_eq(gsl_matrix_get(m, i, j), n == 2 || n == 3 ? 0.0 : x);
      }
    gsl_matrix_free(m);
  }
  scratch_remove(&s);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("matrix_file");
  TCase *npy = tcase_create("npy");
  tcase_add_loop_test(npy, npy_reads_what_numpy_writes, 0, COUNT(number_types));
  tcase_add_test(npy, npy_refuses_any_part_of_a_file);
  tcase_add_loop_test(npy, npy_refuses, 0, COUNT(bad_npys));
  tcase_add_test(npy, npy_refuses_bytes);
  tcase_add_test(npy, numpy_agrees);
  tcase_set_timeout(npy, 60);
  suite_add_tcase(suite, npy);
  TCase *market = tcase_create("Matrix Market");
  tcase_add_loop_test(market, market_reads, 0, COUNT(good_markets));
  tcase_add_loop_test(market, market_refuses, 0, COUNT(bad_markets));
  suite_add_tcase(suite, market);
  TCase *any = tcase_create("any");
  tcase_add_test(any, vectors_are_rows_or_columns);
  tcase_add_test(any, missing_file_is_told);
  suite_add_tcase(suite, any);
  return support_run(suite);
}
