#include "config.h"
#include "evidence/evidence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "claims/registry.h"
#include "evidence/sections.h"
#include "io/output.h"

FILE *sections_open_data(evidence_context *context, const char *figure, const char *title) {
  char name[64];
  snprintf(name, sizeof name, "%s.dat", figure);
  FILE *data = outputs_open(context->files, name);
  if (data != NULL)
    fprintf(data, "# %s: %s\n", figure, title);
  return data;
}

void sections_begin_block(FILE *data, const char *name, const char *columns) {
  fprintf(data, "\n\n# %s\n# columns: %s\n", name, columns);
}

void sections_row(FILE *data, const double *x, size_t count) {
  for (size_t i = 0; i < count; i++)
    fprintf(data, "%s%.17g", i == 0 ? "" : " ", x[i]);
  fputc('\n', data);
}

static void write_run(evidence_context *context) {
  char seed[24];
  snprintf(seed, sizeof seed, "0x%" PRIx64, context->options->seed);
  facts_text(context->facts, seed, "run/seed");
  facts_number(context->facts, context->options->trials_factor, 6, "run/trials_factor");
  json_object_set_new(context->root, "seed", json_string(seed));
  json_object_set_new(context->root, "trials_factor",
                      io_json_number(context->options->trials_factor));
}

static int write_sections(evidence_context *context, const char *data_file, diagnostic *diag,
                          verdict *worst) {
  write_run(context);
  int status = GSL_SUCCESS;
  if (data_file != NULL) /* first: a bad file is refused before the long part */
    status = sections_real_data(context, data_file, diag);
  if (status == GSL_SUCCESS)
    status = sections_one_step(context);
  if (status == GSL_SUCCESS)
    status = sections_runs(context);
  if (status == GSL_SUCCESS)
    status = sections_toy(context);
  if (status == GSL_SUCCESS)
    status = sections_switches(context);
  if (status == GSL_SUCCESS)
    status = sections_laws(context);
  if (status == GSL_SUCCESS)
    status = sections_noise(context);
  if (status == GSL_SUCCESS)
    status = sections_authors_sweep(context);
  if (status == GSL_SUCCESS)
    status = sections_projected(context);
  if (status == GSL_SUCCESS)
    status = sections_edge(context);
  if (status == GSL_SUCCESS)
    status = sections_optimisers(context);
  if (status == GSL_SUCCESS)
    status = sections_claims(context, worst, diag);
  if (status == GSL_SUCCESS)
    status = sections_ablations(context, registry_claims, diag);
  if (status == GSL_SUCCESS)
    status = sections_versions(context);
  return status;
}

static int write_json(const evidence_context *context) {
  FILE *file = outputs_open(context->files, "evidence.json");
  return file != NULL && io_json_print(context->root, file) == GSL_SUCCESS ? GSL_SUCCESS
                                                                           : GSL_ENOMEM;
}

int evidence_write(const char *folder, const verify_options *options, const char *data_file,
                   diagnostic *diag, verdict *worst) {
  outputs *files = NULL;
  diagnostic said = {GSL_SUCCESS, ""};
  int status = outputs_alloc(folder, &files, diag);
  if (status != GSL_SUCCESS)
    return status;
  json_t *root = json_object(), *values = json_object();
  facts ledger = {outputs_open(files, "evidence.tex"), values, false};
  evidence_context context = {files, &ledger, root, options};
  verdict found = VERDICT_HOLDS;
  if (root == NULL || values == NULL || ledger.tex == NULL) {
    json_decref(values);
    status = GSL_ENOMEM;
    goto cleanup;
  }
  if (json_object_set_new(root, "values", values) != 0) { /* takes it, failing too */
    status = GSL_ENOMEM;
    goto cleanup;
  }
  status = write_sections(&context, data_file, &said, &found);
  if (status == GSL_SUCCESS)
    status = ledger.lacking ? GSL_ENOMEM : write_json(&context);
  if (status == GSL_SUCCESS)
    status = outputs_commit(files, &said);
  if (status == GSL_SUCCESS) {
    *worst = found;
    diagnostic_set(diag, status, "%s", said.message);
  }

cleanup:
  if (status != GSL_SUCCESS)
    diagnostic_set(diag, status, "%s",
                   said.message[0] != '\0' ? said.message : gsl_strerror(status));
  json_decref(root);
  outputs_free(files);
  return status;
}
