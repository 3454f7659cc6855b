#include "config.h"
#include "families/quadratic_hooks.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include <gsl/gsl_errno.h>
#include "families/number.h"
#include "io/table.h"

static const char true_expectation[] = "true_expectation";

/* --- the file ------------------------------------------------------------------------------- */

void quadratic_print(FILE *stream, const void *instance) {
  const quadratic *q = instance;
  fprintf(stream, "# family = quadratic\n# k = %zu\n# eta = %a\n", q->k, q->eta);
  if (q->switch_step > 0 || q->eta_late != 0.0)
    fprintf(stream, "# eta_late = %a\n# switch_step = %zu\n", q->eta_late, q->switch_step);
  if (q->radius != 0.0)
    fprintf(stream, "# radius = %a\n", q->radius);
  if (q->reading == READING_TRUE_EXPECTATION)
    fprintf(stream, "# reading = %s\n", true_expectation);
  if (q->bias == NULL && q->covariance == NULL) {
    fprintf(stream, "# suspalign analyze --k %zu", q->k);
    if (q->eta > 0.0)
      fprintf(stream, " --eta %a", q->eta);
    fputs(" THIS-FILE\n", stream);
  }
  fprintf(stream, "lambda,g,v%s", q->bias != NULL ? ",bias" : "");
  for (size_t j = 0; q->covariance != NULL && j < q->d; j++)
    fprintf(stream, ",c%zu", j + 1);
  fputc('\n', stream);
  for (size_t i = 0; i < q->d; i++) {
    fprintf(stream, "%a,%a,%a", q->lambda[i], q->g[i], q->v[i]);
    if (q->bias != NULL)
      fprintf(stream, ",%a", q->bias[i]);
    for (size_t j = 0; q->covariance != NULL && j < q->d; j++)
      fprintf(stream, ",%a", gsl_matrix_get(q->covariance, i, j));
    fputc('\n', stream);
  }
}

/* The columns in the one order in which they are printed. */
static int check_columns(const char *file, const io_table *table, bool *bias, bool *covariance,
                         diagnostic *diag) {
  const size_t line = table->header_line > 0 ? table->header_line : table->line[0];
  *bias = table->columns == 4 || table->columns == 4 + table->rows;
  *covariance = table->columns == 3 + table->rows || table->columns == 4 + table->rows;
  if (*bias && *covariance && table->columns == 4)
    *bias = false; /* one row: refused later */
  if (table->columns < 3 || (table->columns > 3 && !*bias && !*covariance))
    return diagnostic_set(diag, GSL_EINVAL,
                          "%s:%zu: %zu columns and %zu rows: a quadratic has the columns lambda, "
                          "g, v, may have bias, and one for each row, c1, c2, ...",
                          file, line, table->columns, table->rows);
  for (size_t j = 0; j < table->columns; j++) {
    char name[32] = "lambda";
    const size_t first = *bias ? 4 : 3;
    if (j == 1 || j == 2)
      snprintf(name, sizeof name, "%s", j == 1 ? "g" : "v");
    else if (j == 3 && *bias)
      snprintf(name, sizeof name, "bias");
    else if (j >= first)
      snprintf(name, sizeof name, "c%zu", j - first + 1);
    if (table->name == NULL || strcasecmp(table->name[j], name) != 0)
      return diagnostic_set(diag, GSL_EINVAL, "%s:%zu: column %zu is '%.40s': '%s' is expected",
                            file, line, j + 1, table->name == NULL ? "" : table->name[j], name);
  }
  return GSL_SUCCESS;
}

static int take_table(quadratic *q, const io_table *table, bool bias, bool covariance) {
  if (bias)
    q->bias = calloc(q->d, sizeof *q->bias);
  if (covariance)
    q->covariance = gsl_matrix_alloc(q->d, q->d);
  if ((bias && q->bias == NULL) || (covariance && q->covariance == NULL))
    return GSL_ENOMEM;
  for (size_t i = 0; i < q->d; i++) {
    const double *row = table->value + i * table->columns;
    q->lambda[i] = row[0];
    q->g[i] = row[1];
    q->v[i] = row[2];
    if (bias)
      q->bias[i] = row[3];
    for (size_t j = 0; covariance && j < q->d; j++)
      gsl_matrix_set(q->covariance, i, j, row[(bias ? 4 : 3) + j]);
  }
  return GSL_SUCCESS;
}

static int take_settings(quadratic *q, const io_settings *settings, diagnostic *diag) {
  int status = io_settings_real(settings, "eta", true, &q->eta, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_real(settings, "eta_late", false, &q->eta_late, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_real(settings, "radius", false, &q->radius, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_whole(settings, "switch_step", false, &q->switch_step, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_word(settings, "reading", false, true_expectation, diag);
  if (io_settings_find(settings, "reading") != NULL)
    q->reading = READING_TRUE_EXPECTATION;
  return status;
}

void *quadratic_read(const char *file, diagnostic *diag) {
  static const char *const names[] = {"family",      "k",      "eta",     "eta_late",
                                      "switch_step", "radius", "reading", NULL};
  io_settings *settings = NULL;
  io_table *table = NULL;
  quadratic *q = NULL;
  bool bias, covariance;
  size_t k = 0;
  int status = io_settings_read(file, &settings, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_expect(settings, names, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_word(settings, "family", true, "quadratic", diag);
  if (status == GSL_SUCCESS)
    status = io_settings_whole(settings, "k", true, &k, diag);
  if (status == GSL_SUCCESS)
    status = io_table_read(file, &table, diag);
  if (status == GSL_SUCCESS)
    status = check_columns(file, table, &bias, &covariance, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  if (k < 1 || k >= table->rows) {
    status = diagnostic_set(diag, GSL_EINVAL, "%s:%zu: k is %zu: not in 1..%zu, one less than rows",
                            file, io_settings_find(settings, "k")->line, k, table->rows - 1);
    goto cleanup;
  }
  q = quadratic_alloc(table->rows, k);
  if (q == NULL || take_table(q, table, bias, covariance) != GSL_SUCCESS)
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  else
    status = take_settings(q, settings, diag);

cleanup:
  io_settings_free(settings);
  io_table_free(table);
  if (status == GSL_SUCCESS)
    return q;
  quadratic_free(q);
  return NULL;
}

/* --- code and TeX --------------------------------------------------------------------------- */

static void print_list(FILE *stream, const char *name, const double *x, size_t n) {
  fprintf(stream, "static const double %s[] = ", name);
  family_array_print_code(stream, x, n);
  fputs(";\n", stream);
}

void quadratic_print_code(FILE *stream, const void *instance) {
  const quadratic *q = instance;
  print_list(stream, "lambda", q->lambda, q->d);
  print_list(stream, "g", q->g, q->d);
  print_list(stream, "v", q->v, q->d);
  fprintf(stream, "quadratic *instance = quadratic_literal(%zu, %zu, lambda, g, v, ", q->d, q->k);
  family_number_print_code(stream, q->eta);
  fputs(");\n", stream);
  if (q->switch_step > 0 || q->eta_late != 0.0) {
    fputs("instance->eta_late = ", stream);
    family_number_print_code(stream, q->eta_late);
    fprintf(stream, ";\ninstance->switch_step = %zu;\n", q->switch_step);
  }
  if (q->radius != 0.0) {
    fputs("instance->radius = ", stream);
    family_number_print_code(stream, q->radius);
    fputs(";\n", stream);
  }
  if (q->reading == READING_TRUE_EXPECTATION)
    fputs("instance->reading = READING_TRUE_EXPECTATION;\n", stream);
  if (q->bias != NULL) {
    print_list(stream, "bias", q->bias, q->d);
    fputs("instance->bias = memcpy(malloc(sizeof bias), bias, sizeof bias);\n", stream);
  }
  if (q->covariance != NULL) {
    fputs("static const double covariance[] = {\n", stream);
    for (size_t i = 0; i < q->d; i++) {
      for (size_t j = 0; j < q->d; j++) {
        family_number_print_code(stream, gsl_matrix_get(q->covariance, i, j));
        fputs(j + 1 < q->d ? ", " : ",\n", stream);
      }
    }
    fprintf(stream,
            "};\n"
            "const gsl_matrix_const_view full =\n"
            "    gsl_matrix_const_view_array(covariance, %zu, %zu);\n"
            "instance->covariance = gsl_matrix_alloc(%zu, %zu);\n"
            "gsl_matrix_memcpy(instance->covariance, &full.matrix);\n",
            q->d, q->d, q->d, q->d);
  }
}

void quadratic_print_tex(FILE *stream, const void *instance) {
  const quadratic *q = instance;
  if (q->k > 1 || q->d > 2)
    fprintf(stream, "$d=%zu$, $k=%zu$, ", q->d, q->k);
  fputs("$\\lambda=", stream);
  family_array_print_tex(stream, q->lambda, q->d);
  fputs("$, $g=", stream);
  family_array_print_tex(stream, q->g, q->d);
  fputs("$, $v=", stream);
  family_array_print_tex(stream, q->v, q->d);
  fputc('$', stream);
  if (q->eta != 0.0) {
    fputs(", $\\eta=", stream);
    family_number_print_tex(stream, q->eta);
    fputc('$', stream);
  }
  if (q->switch_step > 0) {
    fputs(", $\\eta=", stream);
    family_number_print_tex(stream, q->eta_late);
    fprintf(stream, "$ from step $%zu$ on", q->switch_step);
  }
  if (q->radius != 0.0) {
    fputs(", $r=", stream);
    family_number_print_tex(stream, q->radius);
    fputc('$', stream);
  }
  if (q->bias != NULL) {
    fputs(", $\\mathbb{E}\\,\\xi=", stream);
    family_array_print_tex(stream, q->bias, q->d);
    fputc('$', stream);
  }
  if (q->covariance != NULL && q->d == 2) {
    fputs(", $\\Sigma_{12}=", stream);
    family_number_print_tex(stream, gsl_matrix_get(q->covariance, 0, 1));
    fputc('$', stream);
  } else if (q->covariance != NULL)
    fputs(", a full covariance", stream);
  if (q->reading == READING_TRUE_EXPECTATION)
    fputs(", in true expectation", stream);
}
