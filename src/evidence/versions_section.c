/* What the numbers were computed with. */
#include "config.h"
#include "evidence/sections.h"

#include <string.h>
#include <zlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <flint/flint.h>
#include "exact/arb_header.h"

#ifdef HAVE_OPENBLAS_GET_CONFIG
/* Its header and GSL's of the same interface cannot be included together. */
char *openblas_get_config(void);
#endif

/* The library's name and version, without what it says of the machine it runs on. */
static void write_blas(FILE *table) {
  tex_text(table, BLAS_NAME);
  fputs(" & ", table);
#ifdef HAVE_OPENBLAS_GET_CONFIG
  char version[64] = "";
  strncpy(version, openblas_get_config(), sizeof version - 1);
  char *rest;
  const char *name = strtok_r(version, " ", &rest), *number = strtok_r(NULL, " ", &rest);
  tex_text(table, name != NULL && number != NULL ? number : "version unknown");
#else
  tex_text(table, "version unknown");
#endif
  fputs(" \\\\\n", table);
}

int sections_versions(evidence_context *context) {
  FILE *table = outputs_open(context->files, "versions.tex");
  if (table == NULL)
    return GSL_ENOMEM;
  const char *const tools[][2] = {
      {"suspalign", PACKAGE_VERSION},     {"compiler", COMPILER_VERSION},
      {"compiler flags", COMPILER_FLAGS}, {"GSL", gsl_version},
      {"FLINT", flint_version},           {"Arb", arb_version},
      {"Jansson", jansson_version_str()}, {"zlib", zlibVersion()}};
  for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
    tex_text(table, tools[i][0]);
    fputs(" & ", table);
    tex_text(table, tools[i][1]);
    fputs(" \\\\\n", table);
  }
  write_blas(table);
  return GSL_SUCCESS;
}
