#include "config.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <check.h>
#include <gsl/gsl_errno.h>
#include <jansson.h>
#include <zlib.h>
#include "io/output.h"
#include "io/problem_file.h"
#include "io/table.h"
#include "scratch.h"
#include "support.h"

enum { PATH_LENGTH = SCRATCH_PATH_LENGTH + 64 };

/* --- tables that are refused ----------------------------------------------------------------- */

typedef struct {
  const char *bytes;
  size_t length; /* 0: strlen */
  int code;
  const char *message; /* after "FILE" */
} bad_file;

static const bad_file bad_tables[] = {
    {"", 0, GSL_EOF, ":1: no numbers: the file is empty"},
    {"\n# only words\n \t\n", 0, GSL_EOF, ":4: no numbers: the file is empty"},
    {"lambda,g,v\n", 0, GSL_EOF, ":1: a header ('lambda', ...) and no numbers"},
    {"1,2\n3,x7\n", 0, GSL_EINVAL, ":2: column 2: 'x7' is not a number"},
    {"1,2\n3,4e\n", 0, GSL_EINVAL, ":2: column 2: '4e' is not a number"},
    {"1,2\n3,4 5\n", 0, GSL_EINVAL, ":2: column 2: '4 5' is not a number"},
    {"1,2\n,4\n", 0, GSL_EINVAL, ":2: column 1: '' is an empty cell"},
    {"a,b\n\n1,2\nc,d\n", 0, GSL_EINVAL, ":4: column 1: 'c' is not a number"},
    {"a,2,3\n1,2,3\n", 0, GSL_EINVAL, ":1: column 1: 'a' is not a number"},
    {"1,2\n3,nan\n", 0, GSL_EDOM, ":2: column 2: 'nan' is not finite"},
    {"1,-inf\n", 0, GSL_EDOM, ":1: column 2: '-inf' is not finite"},
    {"1,2\n1e999,2\n", 0, GSL_EDOM, ":2: column 1: '1e999' is outside the range of a double"},
    {"1,2\n1,1e-999\n", 0, GSL_EDOM, ":2: column 2: '1e-999' is outside the range of a double"},
    {"1,2\n3\n", 0, GSL_EBADLEN, ":2: 1 cell, but line 1 has 2"},
    {"a,b\n\n1,2,3\n", 0, GSL_EBADLEN, ":3: 3 cells, but line 1 has 2"},
    {"# x\n1,2,3\n4,5,6,\n", 0, GSL_EBADLEN, ":3: 4 cells, but line 2 has 3"},
    {"1,2\n3,\0\n", 9, GSL_EINVAL, ":2: byte 3 is NUL: not a text file"},
    {"1,2\n\x1b[1m\n", 0, GSL_EBADLEN, ":2: 1 cell, but line 1 has 2"},
    {"1,2\n\x1b[1m,\n", 0, GSL_EINVAL, ":2: column 1: '?[1m' is not a number"},
    {"1,2\n3,0123456789012345678901234567890123456789x\n", 0, GSL_EINVAL,
     ":2: column 2: '0123456789012345678901234567890123456789...' is not a number"},
};

START_TEST(table_refuses) {
  const bad_file *bad = &bad_tables[_i];
  scratch s;
  char path[PATH_LENGTH], expected[PATH_LENGTH + 128];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_table *table = NULL;
  scratch_make(&s);
  scratch_path(&s, "table.csv", path);
  scratch_write(path, bad->bytes, bad->length > 0 ? bad->length : strlen(bad->bytes));
  snprintf(expected, sizeof expected, "%s%s", path, bad->message);
  const int status = io_table_read(path, &table, &diag);
  ck_assert_str_eq(diag.message, expected);
  ck_assert_int_eq(status, bad->code);
  ck_assert_int_eq(diag.code, bad->code);
  ck_assert_ptr_null(table);
  /* The same through gzip. */
  gzFile packed = gzopen(path, "wb");
  ck_assert_ptr_nonnull(packed);
  const size_t length = bad->length > 0 ? bad->length : strlen(bad->bytes);
  ck_assert_int_eq(gzwrite(packed, bad->bytes, (unsigned)length), (int)length);
  ck_assert_int_eq(gzclose(packed), Z_OK);
  ck_assert_int_eq(io_table_read(path, &table, &diag), bad->code);
  ck_assert_str_eq(diag.message, expected);
  /* A caller that wants the code alone. */
  ck_assert_int_eq(io_table_read(path, &table, NULL), bad->code);
  scratch_remove(&s);
}
END_TEST

START_TEST(table_refuses_missing_file) {
  scratch s;
  char path[PATH_LENGTH], expected[PATH_LENGTH + 128];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_table *table = NULL;
  scratch_make(&s);
  scratch_path(&s, "missing.csv", path);
  snprintf(expected, sizeof expected, "%s: No such file or directory", path);
  ck_assert_int_eq(io_table_read(path, &table, &diag), GSL_EFAILED);
  ck_assert_str_eq(diag.message, expected);
  snprintf(expected, sizeof expected, "%s: Is a directory", s.folder);
  ck_assert_int_eq(io_table_read(s.folder, &table, &diag), GSL_EFAILED);
  ck_assert_str_eq(diag.message, expected);
  scratch_remove(&s);
}
END_TEST

/* 200 lines "i,i^2", packed: long enough that damage leaves whole lines before it. */
static void write_packed(const char *path) {
  gzFile packed = gzopen(path, "wb");
  ck_assert_ptr_nonnull(packed);
  for (int i = 1; i <= 200; i++)
    ck_assert_int_gt(gzprintf(packed, "%d,%d\n", i, i * i), 0);
  ck_assert_int_eq(gzclose(packed), Z_OK);
}

START_TEST(table_refuses_damaged_gzip) {
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_table *table = NULL;
  size_t length;
  scratch_make(&s);
  scratch_path(&s, "table.csv.gz", path);
  write_packed(path);
  char *bytes = scratch_read(path, &length);
  /* Cut anywhere: in the header, the data, the checksum.  The lone magic byte is plain text. */
  for (size_t cut = 2; cut < length; cut++) {
    scratch_write(path, bytes, cut);
    ck_assert_msg(io_table_read(path, &table, &diag) == GSL_EOF, "cut at byte %zu of %zu: %s", cut,
                  length, diag.message);
    ck_assert_ptr_nonnull(strstr(diag.message, ": the gzip data end too early: truncated"));
    ck_assert_int_eq(strncmp(diag.message, path, strlen(path)), 0);
    ck_assert_int_eq(diag.message[strlen(path)], ':');
  }
  bytes[length - 6] ^= 1; /* of the checksum */
  scratch_write(path, bytes, length);
  ck_assert_int_eq(io_table_read(path, &table, &diag), GSL_EFAILED);
  ck_assert_ptr_nonnull(strstr(diag.message, ": damaged gzip data: incorrect data check"));
  free(bytes);
  scratch_remove(&s);
}
END_TEST

/* --- tables that are read -------------------------------------------------------------------- */

START_TEST(table_reads_exactly) {
  static const char text[] = "\xEF\xBB\xBF# a comment, with a comma\r\n"
                             "\r\n"
                             " \"first one\" , second\t,third\r\n"
                             "1, -2.5 ,0x1.8p-3\r\n"
                             "  # another\n"
                             "\n"
                             "+1e-3,0.1,\t4.9406564584124654e-324\n"
                             "0,-0.0,1.7976931348623157e308"; /* no newline at the end */
  static const double expected[] = {
      1.0, -2.5, 0.1875, 1e-3, 0.1, 0x1p-1074, 0.0, -0.0, 0x1.fffffffffffffp1023};
  static const size_t lines[] = {4, 7, 8};
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_table *table = NULL;
  scratch_make(&s);
  scratch_path(&s, "table.csv", path);
  scratch_write(path, text, strlen(text));
  ck_assert_msg(io_table_read(path, &table, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_uint_eq(table->rows, 3);
  ck_assert_uint_eq(table->columns, 3);
  ck_assert_mem_eq(table->value, expected, sizeof expected); /* bit by bit: -0.0 too */
  ck_assert_mem_eq(table->line, lines, sizeof lines);
  ck_assert_uint_eq(table->header_line, 3);
  ck_assert_str_eq(table->name[0], "first one");
  ck_assert_str_eq(table->name[1], "second");
  ck_assert_str_eq(table->name[2], "third");
  ck_assert_uint_eq(io_table_find(table, "THIRD"), 2);
  ck_assert_uint_eq(io_table_find(table, "fourth"), 3);
  io_table_free(table);
  scratch_remove(&s);
}
END_TEST

START_TEST(table_reads_gzip) {
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_table *table = NULL;
  scratch_make(&s);
  scratch_path(&s, "table.csv.gz", path);
  write_packed(path);
  ck_assert_msg(io_table_read(path, &table, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_uint_eq(table->rows, 200);
  ck_assert_uint_eq(table->columns, 2);
  ck_assert_ptr_null(table->name);
  for (size_t i = 0; i < table->rows; i++) {
    ck_assert_double_eq(table->value[2 * i], (double)(i + 1));
    ck_assert_double_eq(table->value[2 * i + 1], (double)((i + 1) * (i + 1)));
    ck_assert_uint_eq(table->line[i], i + 1);
  }
  io_table_free(table);
  scratch_remove(&s);
}
END_TEST

/* One line of a million cells: no fixed buffer anywhere. */
START_TEST(table_reads_long_lines) {
  enum { CELLS = 1000000 };
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_table *table = NULL;
  scratch_make(&s);
  scratch_path(&s, "long.csv", path);
  char *text = malloc(2 * CELLS);
  ck_assert_ptr_nonnull(text);
  for (size_t i = 0; i < CELLS; i++) {
    text[2 * i] = (char)('0' + i % 10);
    text[2 * i + 1] = i + 1 < CELLS ? ',' : '\n';
  }
  scratch_write(path, text, 2 * CELLS);
  free(text);
  ck_assert_msg(io_table_read(path, &table, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_uint_eq(table->rows, 1);
  ck_assert_uint_eq(table->columns, CELLS);
  ck_assert_double_eq(table->value[CELLS - 1], 9.0);
  io_table_free(table);
  scratch_remove(&s);
}
END_TEST

typedef struct {
  const char *text;
  io_kind kind;
} detected_file;

static const detected_file detected[] = {
    {"lambda,g,v\n1,2,3\n", IO_SPECTRUM},
    {"v, Lambda ,g\n1,2,3\n", IO_SPECTRUM},
    {"lambda,g\n1,2\n", IO_SPECTRUM},
    {"1,2,3\n", IO_SAMPLES},
    {"width,height,label\n1,2,3\n", IO_SAMPLES},
    {"# lambda,g,v\n1,2,3\n", IO_SAMPLES},
};

START_TEST(detects) {
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_table *table = NULL;
  scratch_make(&s);
  scratch_path(&s, "file.csv", path);
  scratch_write(path, detected[_i].text, strlen(detected[_i].text));
  ck_assert_msg(io_table_read(path, &table, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_int_eq(io_table_kind(table), detected[_i].kind);
  io_table_free(table);
  scratch_remove(&s);
}
END_TEST

/* --- spectra --------------------------------------------------------------------------------- */

typedef struct {
  const char *text;
  size_t k;
  int code;
  const char *message;
} bad_spectrum;

static const bad_spectrum bad_spectra[] = {
    {"lambda,g,v\n2,1,1\n-1,1,1\n", 1, GSL_EDOM, ":3: lambda is -1: negative curvature"},
    {"lambda,g,v\n0,1,1\n1,1,1\n", 1, GSL_EDOM, ":2: lambda is 0: a flat direction"},
    {"lambda,g,v\n1,1,1\n1e26,1,1\n", 1, GSL_EDOM, ":3: lambda is 1e+26: not in [1e-25, 1e+25]"},
    {"lambda,g,v\n2,1,1\n1,1e60,1\n", 1, GSL_EDOM,
     ":3: g is 9.9999999999999995e+59: neither 0 nor of size in [1e-50, 1e+50]"},
    {"v,g,lambda\n1,1,2\n-3,1,1\n", 1, GSL_EDOM, ":3: v is -3: a negative variance"},
    {"lambda,g,v\n2,1,1\n1,1,1e-120\n", 1, GSL_EDOM,
     ":3: v is 9.9999999999999998e-121: neither 0 nor in [1e-100, 1e+100]"},
    {"lambda,g,v\n1,1,1\n3,1,1\n2,1,1\n3,1,1\n", 1, GSL_EDOM,
     ":5: no gap at k = 1: lambda is 3 here and on line 3"},
    {"lambda,g,v\n3,1,1\n3,1,1\n", 0, GSL_EDOM,
     ":3: no gap at k = 1 (proposed): lambda is 3 here and on line 2"},
    {"lambda,g,v\n2,1,1\n1,1,1\n", 2, GSL_EINVAL,
     ":3: k = 2 is not in 1..1: the file ends here with 2 directions"},
    {"lambda,g,v\n2,1,1\n", 1, GSL_EINVAL, ":2: 1 direction alone: at least 2 are needed"},
    {"# state\nlambda,g\n2,1\n1,1\n", 1, GSL_EINVAL,
     ":2: no column 'v': a spectrum has the columns lambda, g, v"},
    {"lambda,g,v,w\n2,1,1,1\n1,1,1,1\n", 1, GSL_EINVAL,
     ":1: column 4, 'w', is one too many: a spectrum has the columns lambda, g, v"},
    {"lambda,g,v,g\n2,1,1,1\n1,1,1,1\n", 1, GSL_EINVAL,
     ":1: column 4, 'g', is one too many: a spectrum has the columns lambda, g, v"},
    {"2,1,1\n1,1,1\n", 1, GSL_EINVAL,
     ":1: no column 'lambda': a spectrum has the columns lambda, g, v"},
    {"lambda,g,v\n2,1,1\n1,oops,1\n", 1, GSL_EINVAL, ":3: column 2: 'oops' is not a number"},
};

START_TEST(spectrum_refuses) {
  const bad_spectrum *bad = &bad_spectra[_i];
  scratch s;
  char path[PATH_LENGTH], expected[PATH_LENGTH + 128];
  diagnostic diag = {GSL_SUCCESS, ""};
  quadratic *q = NULL;
  size_t *lines = NULL;
  scratch_make(&s);
  scratch_path(&s, "spectrum.csv", path);
  scratch_write(path, bad->text, strlen(bad->text));
  snprintf(expected, sizeof expected, "%s%s", path, bad->message);
  const int status = io_spectrum_read(path, bad->k, &q, &lines, &diag);
  ck_assert_str_eq(diag.message, expected);
  ck_assert_int_eq(status, bad->code);
  ck_assert_ptr_null(q);
  ck_assert_ptr_null(lines);
  scratch_remove(&s);
}
END_TEST

START_TEST(spectrum_reads_in_any_order) {
  static const char text[] = "v,lambda,g\n0.5,0x1p-1,-7\n# between\n0,100,0\n3,10,2\n4,10,5\n";
  static const double lambda[] = {100, 10, 10, 0.5}, g[] = {0, 2, 5, -7}, v[] = {0, 3, 4, 0.5};
  static const size_t expected_lines[] = {4, 5, 6, 2};
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  quadratic *q = NULL;
  size_t *lines = NULL;
  scratch_make(&s);
  scratch_path(&s, "spectrum.csv", path);
  scratch_write(path, text, strlen(text));
  ck_assert_msg(io_spectrum_read(path, 3, &q, &lines, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_uint_eq(q->d, 4);
  ck_assert_uint_eq(q->k, 3);
  ck_assert_mem_eq(q->lambda, lambda, sizeof lambda);
  ck_assert_mem_eq(q->g, g, sizeof g);
  ck_assert_mem_eq(q->v, v, sizeof v);
  ck_assert_mem_eq(lines, expected_lines, sizeof expected_lines);
  ck_assert_double_eq(q->eta, 0.0);
  ck_assert_ptr_null(q->bias);
  quadratic_free(q);
  free(lines);
  /* Proposed: 100/10 is the largest gap of k = 1, 2.  Lines are not asked for. */
  q = NULL;
  ck_assert_int_eq(io_spectrum_read(path, 0, &q, NULL, &diag), GSL_SUCCESS);
  ck_assert_uint_eq(q->k, 1);
  quadratic_free(q);
  scratch_remove(&s);
}
END_TEST

/* --- samples --------------------------------------------------------------------------------- */

START_TEST(samples_read) {
  static const char text[] = "a,b,label\n1,2,3\n4,5,6\n";
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  gsl_matrix *x = NULL;
  gsl_vector *y = NULL;
  scratch_make(&s);
  scratch_path(&s, "samples.csv", path);
  scratch_write(path, text, strlen(text));
  ck_assert_msg(io_samples_read(path, &x, &y, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_uint_eq(x->size1, 2);
  ck_assert_uint_eq(x->size2, 2);
  ck_assert_uint_eq(y->size, 2);
  ck_assert_double_eq(gsl_matrix_get(x, 0, 1), 2.0);
  ck_assert_double_eq(gsl_matrix_get(x, 1, 0), 4.0);
  ck_assert_double_eq(gsl_vector_get(y, 1), 6.0);
  gsl_matrix_free(x);
  gsl_vector_free(y);
  scratch_remove(&s);
}
END_TEST

static const bad_file bad_samples[] = {
    {"1\n2\n", 0, GSL_EINVAL,
     ":2: 1 column, 2 rows: samples have features and a label, at least 2 of each"},
    {"1,2\n", 0, GSL_EINVAL,
     ":1: 2 columns, 1 row: samples have features and a label, at least 2 of each"},
    {"1,2\n3,?\n", 0, GSL_EINVAL, ":2: column 2: '?' is not a number"},
};

START_TEST(samples_refuse) {
  scratch s;
  char path[PATH_LENGTH], expected[PATH_LENGTH + 128];
  diagnostic diag = {GSL_SUCCESS, ""};
  gsl_matrix *x = NULL;
  gsl_vector *y = NULL;
  scratch_make(&s);
  scratch_path(&s, "samples.csv", path);
  scratch_write(path, bad_samples[_i].bytes, strlen(bad_samples[_i].bytes));
  snprintf(expected, sizeof expected, "%s%s", path, bad_samples[_i].message);
  ck_assert_int_eq(io_samples_read(path, &x, &y, &diag), bad_samples[_i].code);
  ck_assert_str_eq(diag.message, expected);
  ck_assert_ptr_null(x);
  ck_assert_ptr_null(y);
  scratch_remove(&s);
}
END_TEST

/* The shipped data set: its shape, and sums taken from it by another program (zcat and awk). */
START_TEST(samples_read_digits) {
  const char *folder = getenv("srcdir");
  char path[4096];
  diagnostic diag = {GSL_SUCCESS, ""};
  gsl_matrix *x = NULL;
  gsl_vector *y = NULL;
  snprintf(path, sizeof path, "%s/tests/data/digits.csv.gz", folder == NULL ? "." : folder);
  ck_assert_msg(io_samples_read(path, &x, &y, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_uint_eq(x->size1, 1797);
  ck_assert_uint_eq(x->size2, 64);
  double pixels = 0.0, labels = 0.0, most = 0.0;
  for (size_t i = 0; i < x->size1; i++) {
    for (size_t j = 0; j < x->size2; j++) {
      pixels += gsl_matrix_get(x, i, j);
      most = fmax(most, gsl_matrix_get(x, i, j));
    }
    labels += gsl_vector_get(y, i);
  }
  ck_assert_double_eq(pixels, 561718.0);
  ck_assert_double_eq(labels, 8070.0);
  ck_assert_double_eq(most, 16.0);
  gsl_matrix_free(x);
  gsl_vector_free(y);
}
END_TEST

/* --- output ---------------------------------------------------------------------------------- */

START_TEST(output_appears_whole) {
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_output output;
  scratch_make(&s);
  scratch_path(&s, "out.txt", path);
  scratch_write(path, "old", 3);
  ck_assert_msg(io_output_open(path, &output, &diag) == GSL_SUCCESS, "%s", diag.message);
  fputs("new", output.stream);
  fflush(output.stream);
  char *before = scratch_read(path, NULL);
  ck_assert_str_eq(before, "old");
  free(before);
  ck_assert_msg(io_output_commit(&output, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_ptr_null(output.stream);
  char *after = scratch_read(path, NULL);
  ck_assert_str_eq(after, "new");
  free(after);
  ck_assert_uint_eq(scratch_count(&s), 1);
  io_output_abandon(&output); /* nothing is open: nothing happens */
  ck_assert_uint_eq(scratch_count(&s), 1);
  scratch_remove(&s);
}
END_TEST

START_TEST(output_abandoned_leaves_nothing) {
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_output output;
  scratch_make(&s);
  scratch_path(&s, "out.txt", path);
  ck_assert_int_eq(io_output_open(path, &output, &diag), GSL_SUCCESS);
  fputs("half", output.stream);
  io_output_abandon(&output);
  ck_assert_uint_eq(scratch_count(&s), 0);
  scratch_remove(&s);
}
END_TEST

/* A full disk: the stream of the output is led to /dev/full behind its back. */
START_TEST(output_full_disk_keeps_the_old) {
  scratch s;
  char path[PATH_LENGTH], expected[PATH_LENGTH + 128];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_output output;
  if (access("/dev/full", W_OK) != 0)
    return; /* only Linux has it */
  scratch_make(&s);
  scratch_path(&s, "out.txt", path);
  scratch_write(path, "old", 3);
  ck_assert_int_eq(io_output_open(path, &output, &diag), GSL_SUCCESS);
  FILE *full = fopen("/dev/full", "w");
  ck_assert_ptr_nonnull(full);
  ck_assert_int_ge(dup2(fileno(full), fileno(output.stream)), 0);
  fclose(full);
  fputs("new", output.stream);
  ck_assert_int_eq(io_output_commit(&output, &diag), GSL_EFAILED);
  snprintf(expected, sizeof expected, "%s: cannot be written: No space left on device", path);
  ck_assert_str_eq(diag.message, expected);
  ck_assert_uint_eq(scratch_count(&s), 1);
  char *kept = scratch_read(path, NULL);
  ck_assert_str_eq(kept, "old");
  free(kept);
  scratch_remove(&s);
}
END_TEST

START_TEST(output_refuses) {
  scratch s;
  char path[PATH_LENGTH], expected[PATH_LENGTH + 128];
  diagnostic diag = {GSL_SUCCESS, ""};
  io_output output;
  scratch_make(&s);
  scratch_path(&s, "missing/out.txt", path);
  snprintf(expected, sizeof expected, "%s: cannot be written: No such file or directory", path);
  ck_assert_int_eq(io_output_open(path, &output, &diag), GSL_EFAILED);
  ck_assert_str_eq(diag.message, expected);
  /* Renaming over a device or a folder would replace it. */
  snprintf(expected, sizeof expected, "%s: not a regular file", s.folder);
  ck_assert_int_eq(io_output_open(s.folder, &output, &diag), GSL_EFAILED);
  ck_assert_str_eq(diag.message, expected);
  ck_assert_int_eq(io_output_open("/dev/null", &output, &diag), GSL_EFAILED);
  ck_assert_str_eq(diag.message, "/dev/null: not a regular file");
  ck_assert_uint_eq(scratch_count(&s), 0);
  scratch_remove(&s);
}
END_TEST

START_TEST(output_follows_links) {
  scratch s;
  char path[PATH_LENGTH], link[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  struct stat status;
  scratch_make(&s);
  scratch_path(&s, "real.json", path);
  scratch_path(&s, "link.json", link);
  scratch_write(path, "old", 3);
  ck_assert_int_eq(symlink("real.json", link), 0);
  json_t *value = json_pack("[i]", 7);
  ck_assert_msg(io_json_write(link, value, &diag) == GSL_SUCCESS, "%s", diag.message);
  json_decref(value);
  ck_assert_int_eq(lstat(link, &status), 0);
  ck_assert(S_ISLNK(status.st_mode));
  char *text = scratch_read(path, NULL);
  ck_assert_str_eq(text, "[\n  7\n]\n");
  free(text);
  scratch_remove(&s);
}
END_TEST

/* Links that lead nowhere yet: beside them, to another link, by an absolute name. */
START_TEST(output_follows_dangling_links) {
  scratch s;
  char path[PATH_LENGTH], link[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  struct stat status;
  scratch_make(&s);
  scratch_path(&s, "new.json", path);
  scratch_path(&s, "link.json", link);
  for (int i = 0; i < 3; i++) {
    char other[PATH_LENGTH];
    scratch_path(&s, "other.json", other);
    if (i == 1)
      ck_assert_int_eq(symlink("new.json", other), 0);
    ck_assert_int_eq(symlink(i == 0 ? "new.json" : i == 1 ? "other.json" : path, link), 0);
    json_t *value = json_pack("[i]", i);
    ck_assert_msg(io_json_write(link, value, &diag) == GSL_SUCCESS, "%s", diag.message);
    json_decref(value);
    ck_assert_int_eq(lstat(link, &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert(S_ISREG(status.st_mode));
    unlink(link);
    unlink(path);
    unlink(other);
  }
  /* In a circle. */
  ck_assert_int_eq(symlink("link.json", link), 0);
  io_output output;
  ck_assert_int_eq(io_output_open(link, &output, &diag), GSL_EFAILED);
  ck_assert_msg(strstr(diag.message, "link.json: Too many levels") != NULL, "%s", diag.message);
  ck_assert_uint_eq(scratch_count(&s), 1);
  scratch_remove(&s);
}
END_TEST

/* A private file stays private, and nobody sees its next content on the way. */
START_TEST(output_keeps_the_mode) {
  static const mode_t modes[] = {0600, 0640, 0444, 0755};
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  struct stat status;
  scratch_make(&s);
  scratch_path(&s, "own.json", path);
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    io_output output;
    scratch_write(path, "old", 3);
    ck_assert_int_eq(chmod(path, modes[i]), 0);
    ck_assert_int_eq(io_output_open(path, &output, &diag), GSL_SUCCESS);
    ck_assert_int_eq(fstat(fileno(output.stream), &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, modes[i]);
    fputs("new", output.stream);
    ck_assert_int_eq(io_output_commit(&output, &diag), GSL_SUCCESS);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, modes[i]);
    ck_assert_int_eq(unlink(path), 0);
  }
  scratch_remove(&s);
}
END_TEST

START_TEST(json_reads_back) {
  scratch s;
  char path[PATH_LENGTH];
  diagnostic diag = {GSL_SUCCESS, ""};
  scratch_make(&s);
  scratch_path(&s, "out.json", path);
  json_t *value = json_pack("{s:o, s:o, s:o, s:o}", "z", io_json_number(0.1), "a",
                            io_json_number(0x1.fffffffffffffp1023), "n", io_json_number(NAN), "i",
                            io_json_number(-INFINITY));
  ck_assert_ptr_nonnull(value);
  ck_assert_msg(io_json_write(path, value, &diag) == GSL_SUCCESS, "%s", diag.message);
  json_decref(value);
  char *text = scratch_read(path, NULL);
  ck_assert_str_eq(text, "{\n  \"z\": 0.10000000000000001,\n  \"a\": 1.7976931348623157e308,\n"
                         "  \"n\": null,\n  \"i\": null\n}\n");
  free(text);
  scratch_remove(&s);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void) {
  Suite *suite = suite_create("io");
  TCase *tables = tcase_create("tables");
  tcase_add_loop_test(tables, table_refuses, 0, COUNT(bad_tables));
  tcase_add_test(tables, table_refuses_missing_file);
  tcase_add_test(tables, table_refuses_damaged_gzip);
  tcase_add_test(tables, table_reads_exactly);
  tcase_add_test(tables, table_reads_gzip);
  tcase_add_test(tables, table_reads_long_lines);
  tcase_add_loop_test(tables, detects, 0, COUNT(detected));
  tcase_set_timeout(tables, 60);
  suite_add_tcase(suite, tables);
  TCase *problems = tcase_create("problems");
  tcase_add_loop_test(problems, spectrum_refuses, 0, COUNT(bad_spectra));
  tcase_add_test(problems, spectrum_reads_in_any_order);
  tcase_add_test(problems, samples_read);
  tcase_add_loop_test(problems, samples_refuse, 0, COUNT(bad_samples));
  tcase_add_test(problems, samples_read_digits);
  suite_add_tcase(suite, problems);
  TCase *output = tcase_create("output");
  tcase_add_test(output, output_appears_whole);
  tcase_add_test(output, output_abandoned_leaves_nothing);
  tcase_add_test(output, output_full_disk_keeps_the_old);
  tcase_add_test(output, output_refuses);
  tcase_add_test(output, output_follows_links);
  tcase_add_test(output, output_follows_dangling_links);
  tcase_add_test(output, output_keeps_the_mode);
  tcase_add_test(output, json_reads_back);
  suite_add_tcase(suite, output);
  return support_run(suite);
}
