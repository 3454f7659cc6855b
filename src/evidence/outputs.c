#include "config.h"
#include "evidence/outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <gsl/gsl_errno.h>
#include "io/output.h"

enum { OUTPUTS_NAME = 64, OUTPUTS_PATH = 4096 };

typedef struct text_file {
  char name[OUTPUTS_NAME];
  FILE *stream; /* into text */
  char *text;
  size_t length;
  io_output output; /* on its way to the disk */
  struct text_file *next;
} text_file;

struct outputs {
  const char *folder;
  text_file *first, *last;
};

int outputs_alloc(const char *folder, outputs **out, diagnostic *diag) {
  if (mkdir(folder, 0777) != 0 && errno != EEXIST)
    return diagnostic_set(diag, GSL_EFAILED, "%s: %s", folder, strerror(errno));
  struct stat status;
  if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
    return diagnostic_set(diag, GSL_EFAILED, "%s: not a folder", folder);
  if (access(folder, W_OK | X_OK) != 0)
    return diagnostic_set(diag, GSL_EFAILED, "%s: %s", folder, strerror(errno));
  outputs *set = calloc(1, sizeof *set);
  if (set == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  set->folder = folder;
  *out = set;
  return GSL_SUCCESS;
}

void outputs_free(outputs *set) {
  if (set == NULL)
    return;
  for (text_file *file = set->first, *next; file != NULL; file = next) {
    next = file->next;
    if (file->stream != NULL)
      fclose(file->stream);
    io_output_abandon(&file->output);
    free(file->text);
    free(file);
  }
  free(set);
}

FILE *outputs_open(outputs *set, const char *name) {
  text_file *file = calloc(1, sizeof *file);
  if (file == NULL || strlen(name) >= sizeof file->name)
    goto fail;
  strcpy(file->name, name);
  file->stream = open_memstream(&file->text, &file->length);
  if (file->stream == NULL)
    goto fail;
  if (set->last == NULL)
    set->first = file;
  else
    set->last->next = file;
  set->last = file;
  return file->stream;

fail:
  free(file);
  return NULL;
}

static int close_stream(text_file *file, diagnostic *diag) {
  int lacking = ferror(file->stream);
  lacking |= fclose(file->stream); /* only now are text and length final */
  file->stream = NULL;
  return lacking ? diagnostic_set(diag, GSL_ENOMEM, "out of memory") : GSL_SUCCESS;
}

static int write_temporary(const outputs *set, text_file *file, diagnostic *diag) {
  char path[OUTPUTS_PATH];
  const int length = snprintf(path, sizeof path, "%s/%s", set->folder, file->name);
  if (length < 0 || (size_t)length >= sizeof path)
    return diagnostic_set(diag, GSL_EFAILED, "%s: the path is too long", set->folder);
  const int status = io_output_open(path, &file->output, diag);
  if (status == GSL_SUCCESS)
    fwrite(file->text, 1, file->length, file->output.stream); /* the commit sees an error */
  return status;
}

int outputs_commit(outputs *set, diagnostic *diag) {
  int status = GSL_SUCCESS;
  for (text_file *file = set->first; file != NULL && status == GSL_SUCCESS; file = file->next)
    status = close_stream(file, diag);
  for (text_file *file = set->first; file != NULL && status == GSL_SUCCESS; file = file->next)
    status = write_temporary(set, file, diag);
  for (text_file *file = set->first; file != NULL && status == GSL_SUCCESS; file = file->next)
    status = io_output_commit(&file->output, diag);
  return status;
}
