#include "config.h"
#include "verify/corpus.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <gsl/gsl_errno.h>
#include "io/output.h"

/* --- text ----------------------------------------------------------------------------------- */

/* What `print` writes, owned by the caller; NULL when memory is out. */
static char *text_of(void (*print)(FILE *, const void *), const void *instance) {
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  if (stream == NULL)
    return NULL;
  print(stream, instance);
  if (fclose(stream) == 0)
    return text;
  free(text);
  return NULL;
}

/* Fowler, Noll and Vo's hash 1a: names need no more than to differ. */
static uint64_t hash_of(const char *text) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (; *text != '\0'; text++)
    hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
  return hash;
}

static uint64_t instance_hash(const claim *c, const void *instance) {
  char *text = text_of(c->family->print, instance);
  const uint64_t hash = text != NULL ? hash_of(text) : 0;
  free(text);
  return hash;
}

/* The note inside a comment of C: one line that does not end it. */
static void print_note(FILE *stream, const char *note) {
  for (; *note != '\0'; note++)
    fputc(*note == '*' || *note == '\n' ? ' ' : *note, stream);
}

void corpus_print_test(FILE *stream, const claim *c, const conclusion *fails, const void *instance,
                       const char *note) {
  fprintf(stream, "/* %s %s fails here", c->id, fails->name);
  if (note[0] != '\0') {
    fputs(": ", stream);
    print_note(stream, note);
  }
  fprintf(stream,
          "\n * Into tests/check_%s.c, which includes \"support.h\", \"claims/registry.h\",\n"
          " * \"families/%s_family.h\", <stdlib.h>, <string.h>, <gsl/gsl_matrix.h>. */\n"
          "START_TEST(test_%s_%016" PRIx64 ") {\n"
          "  const claim *c = registry_find(\"%s\");\n",
          c->stem, c->family->name, fails->name, instance_hash(c, instance), c->id);
  char *code = text_of(c->family->print_code, instance), *rest = NULL;
  for (char *line = code != NULL ? strtok_r(code, "\n", &rest) : NULL; line != NULL;
       line = strtok_r(NULL, "\n", &rest))
    fprintf(stream, "  %s\n", line);
  free(code);
  fprintf(stream,
          "  claim_note note = {\"\", 0};\n"
          "  ck_assert_ptr_null(claim_violated(c, instance, NULL));\n"
          "  const conclusion *x = claim_find_conclusion(c, \"%s\");\n"
          "  ck_assert_msg(x->check(instance, &note) != VERDICT_FAILS, \"%%s\", note.text);\n"
          "  c->family->free(instance);\n"
          "}\n"
          "END_TEST\n",
          fails->name);
}

/* --- writing -------------------------------------------------------------------------------- */

int corpus_keep(const char *folder, const claim *c, const conclusion *fails, const void *instance,
                const char *note, char path[CORPUS_PATH_LENGTH], diagnostic *diag) {
  char test[CORPUS_PATH_LENGTH + 8];
  const int length = snprintf(path, CORPUS_PATH_LENGTH, "%s/%s-%s-%016" PRIx64 ".csv", folder,
                              c->id, fails->name, instance_hash(c, instance));
  if (length < 0 || length >= CORPUS_PATH_LENGTH)
    return diagnostic_set(diag, GSL_EFAILED, "%s: the name of the folder is too long", folder);
  snprintf(test, sizeof test, "%.*s.c.txt", length - 4, path);
  if (mkdir(folder, 0777) != 0 && errno != EEXIST)
    return diagnostic_set(diag, GSL_EFAILED, "%s: %s", folder, strerror(errno));
  io_output output;
  int status = io_output_open(path, &output, diag);
  if (status != GSL_SUCCESS)
    return status;
  c->family->print(output.stream, instance);
  fprintf(output.stream, "# %s %s fails here: ", c->id, fails->name);
  print_note(output.stream, note);
  fputc('\n', output.stream);
  status = io_output_commit(&output, diag);
  if (status != GSL_SUCCESS || c->family->print_code == NULL)
    return status;
  status = io_output_open(test, &output, diag);
  if (status != GSL_SUCCESS)
    return status;
  corpus_print_test(output.stream, c, fails, instance, note);
  return io_output_commit(&output, diag);
}

/* --- listing -------------------------------------------------------------------------------- */

static bool is_named_for(const char *name, const claim *c) {
  const size_t id = strlen(c->id), length = strlen(name);
  return length > id + 5 && strncmp(name, c->id, id) == 0 && name[id] == '-' &&
         strcmp(name + length - 4, ".csv") == 0;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

void corpus_list_free(char **paths, size_t count) {
  for (size_t i = 0; i < count; i++)
    free(paths[i]);
  free(paths);
}

int corpus_check(const char *folder, diagnostic *diag) {
  DIR *stream = folder != NULL ? opendir(folder) : NULL;
  if (stream == NULL && folder != NULL && errno != ENOENT)
    return diagnostic_set(diag, GSL_EFAILED, "%s: %s", folder, strerror(errno));
  if (stream != NULL)
    closedir(stream);
  return GSL_SUCCESS;
}

int corpus_list(const char *folder, const claim *c, char ***paths, size_t *count,
                diagnostic *diag) {
  char **list = NULL;
  size_t found = 0;
  int status = GSL_SUCCESS;
  DIR *stream = folder != NULL ? opendir(folder) : NULL;
  if (stream == NULL && folder != NULL && errno != ENOENT)
    return diagnostic_set(diag, GSL_EFAILED, "%s: %s", folder, strerror(errno));
  for (const struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
    if (!is_named_for(entry->d_name, c))
      continue;
    char **larger = realloc(list, (found + 1) * sizeof *larger);
    const size_t room = strlen(folder) + strlen(entry->d_name) + 2;
    char *path = malloc(room);
    list = larger != NULL ? larger : list;
    if (larger == NULL || path == NULL) {
      free(path);
      status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
      break;
    }
    snprintf(path, room, "%s/%s", folder, entry->d_name);
    list[found++] = path;
  }
  if (stream != NULL)
    closedir(stream);
  if (status != GSL_SUCCESS) {
    corpus_list_free(list, found);
    return status;
  }
  if (found > 0) /* the order of a folder is not the same everywhere */
    qsort(list, found, sizeof *list, by_name);
  *paths = list;
  *count = found;
  return GSL_SUCCESS;
}
