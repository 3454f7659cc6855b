/* The command line: one argument a line, in a folder with harmless files. */
#include "config.h"
#include "harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/program.h"

enum { ARGUMENTS_MOST = 16, TEXT_MOST = 512, PATH_LENGTH = 512 };

const char harness_name[] = "cli";

typedef struct {
  const char *name, *text;
} harmless_file;

static const harmless_file files[] = {
    {"s.csv", "lambda,g,v\n10,1,1\n2,1,0\n1,1,1\n"},
    {"d.csv", "1,2,5\n3,5,4\n2,7,5\n1,1,3\n"},
    {"H.mtx",
     "%%MatrixMarket matrix coordinate real symmetric\n2 2 3\n1 1 5.5\n2 1 4.5\n2 2 5.5\n"},
    {"N.csv", "1,2\n2,1\n"},
    {"g.csv", "1\n0.5\n"},
    {"S.csv", "2,1\n1,2\n"},
    {"r.json", "{\"claims\": [{\"id\": \"T1\", \"verdict\": \"holds\"}]}"},
};
enum { FILE_COUNT = sizeof files / sizeof *files };

/* What the process keeps from run to run. */
static struct {
  bool made;
  pid_t owner;
  char folder[PATH_LENGTH];
  int nowhere;
} scene;

static void write_files(void) {
  for (size_t i = 0; i < FILE_COUNT; i++) {
    FILE *stream = fopen(files[i].name, "w");
    HARNESS_DEMAND(stream != NULL && fputs(files[i].text, stream) >= 0 && fclose(stream) == 0);
  }
}

static void clear_folder(void) {
  DIR *folder = opendir(".");
  if (folder == NULL)
    return;
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      unlink(entry->d_name);
  closedir(folder);
}

static void leave(void) {
  if (scene.owner != getpid() || chdir(scene.folder) != 0)
    return;
  clear_folder();
  if (chdir("/") == 0)
    rmdir(scene.folder);
}

/* A folder of its own, under the file's name that harness_file has. */
static void enter(void) {
  if (scene.made)
    return;
  program_prepare();
  const char *file = harness_file((const uint8_t *)"", 0);
  const int length = snprintf(scene.folder, sizeof scene.folder, "%s-XXXXXX", file);
  HARNESS_DEMAND(length > 0 && length < PATH_LENGTH && scene.folder[0] == '/');
  scene.nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  HARNESS_DEMAND(scene.nowhere >= 0);
  scene.owner = getpid();
  scene.made = mkdtemp(scene.folder) != NULL;
  HARNESS_DEMAND(scene.made && chdir(scene.folder) == 0);
  atexit(leave);
  write_files();
}

/* Commands that may run to their end: quick, and of no effect beyond their -o. */
static bool is_quick(const char *command) {
  return strcmp(command, "analyze") == 0 || strcmp(command, "claims") == 0 ||
         strcmp(command, "explain") == 0 || strcmp(command, "help") == 0 || command[0] == '-';
}

/* Cuts the text into arguments.  0 where one names a place outside the folder. */
static int split(char *text, size_t size, char **argv) {
  static char program[] = "suspalign", surplus[] = "Z9";
  int argc = 0;
  argv[argc++] = program;
  for (char *at = text; at < text + size && argc < ARGUMENTS_MOST; at += strlen(at) + 1) {
    argv[argc++] = at;
    at[strcspn(at, "\n")] = '\0';
    if (strchr(at, '/') != NULL)
      return 0;
  }
  /* The rest of the commands are led to their complaint of operands that they do not know: one may
   * be taken for the value of an option, the second is not. */
  if (argc > 1 && !is_quick(argv[1])) {
    argv[argc++] = surplus;
    argv[argc++] = surplus;
  }
  argv[argc] = NULL;
  return argc;
}

/* In silence; the exit status. */
static int run_silently(int argc, char **argv) {
  fflush(stdout);
  fflush(stderr);
  const int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
  HARNESS_DEMAND(out >= 0 && err >= 0);
  HARNESS_DEMAND(dup2(scene.nowhere, STDOUT_FILENO) >= 0);
  HARNESS_DEMAND(dup2(scene.nowhere, STDERR_FILENO) >= 0);
  const int status = program_run(argc, argv);
  fflush(stdout);
  fflush(stderr);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  close(out);
  close(err);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char text[TEXT_MOST + 1], *argv[ARGUMENTS_MOST + 3];
  if (size == 0 || size > TEXT_MOST)
    return 0;
  enter();
  memcpy(text, data, size);
  text[size] = '\0';
  const int argc = split(text, size, argv);
  if (argc == 0)
    return 0;
  const int status = run_silently(argc, argv);
  HARNESS_DEMAND(status == 0 || status == 1 || status == 2);
  if (memchr(data, 'o', size) != NULL) { /* it may have written a file */
    clear_folder();
    write_files();
  }
  return 0;
}
