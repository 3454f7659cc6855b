#include "config.h"
#include "scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <check.h>

void scratch_make(scratch *s) {
  const char *parent = getenv("TMPDIR");
  const int length = snprintf(s->folder, sizeof s->folder, "%s/suspalign-XXXXXX",
                              parent == NULL || parent[0] == '\0' ? P_tmpdir : parent);
  ck_assert_int_lt(length, SCRATCH_PATH_LENGTH);
  ck_assert_ptr_nonnull(mkdtemp(s->folder));
}

static int is_entry(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

void scratch_remove(const scratch *s) {
  DIR *folder = opendir(s->folder);
  ck_assert_ptr_nonnull(folder);
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
    if (is_entry(entry))
      ck_assert_int_eq(unlinkat(dirfd(folder), entry->d_name, 0), 0);
  closedir(folder);
  ck_assert_int_eq(rmdir(s->folder), 0);
}

void scratch_path(const scratch *s, const char *name, char *path) {
  ck_assert_uint_lt(strlen(name), 60);
  strcpy(path, s->folder);
  strcat(path, "/");
  strcat(path, name);
}

void scratch_write(const char *path, const char *bytes, size_t length) {
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
  ck_assert_int_eq(fclose(file), 0);
}

char *scratch_read(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  ck_assert_msg(file != NULL, "%s is not there", path);
  ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
  const size_t size = (size_t)ftell(file);
  rewind(file);
  char *bytes = calloc(size + 1, 1);
  ck_assert_ptr_nonnull(bytes);
  ck_assert_uint_eq(fread(bytes, 1, size, file), size);
  fclose(file);
  if (length != NULL)
    *length = size;
  return bytes;
}

size_t scratch_count(const scratch *s) {
  DIR *folder = opendir(s->folder);
  ck_assert_ptr_nonnull(folder);
  size_t count = 0;
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
    count += (size_t)is_entry(entry);
  closedir(folder);
  return count;
}
