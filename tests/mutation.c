/* mutation.c -- do the tests notice when the numerical code is wrong?
 *
 * Every module under src/model, src/claims and src/laws is rewritten by small edits (mutants.h).
 * Mutants are built by the hundred: one program holds a second copy of the edited function for each
 * and runs the one that the environment names (mutants_schema), linked with the module's test
 * before the library.  Each mutant is run in a folder of its own.  A mutant is stillborn   when it
 * does not compile; equivalent  when it compiles to the same code as the original, or is listed,
 * with the reason, in tests/equivalent; killed      when a test fails, crashes, or uses many
 * times the processor time of the original; survived    otherwise.
 *
 * The tests of a module are the first of these that exist: check_<module>; check_<folder>; the
 * programs that include its header; the programs of modules that do.  A mutant is tried with the
 * fewest random instances that the original passes with; those that survive are tried again with
 * all of them (where that takes FULL_SECONDS_MOST at most), with the other tests that see the
 * module (only where it has no test of its own name), and under the address and undefined-behaviour
 * sanitizers. */
#include "config.h"
#include "mutants.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <gsl/gsl_cdf.h>
#include <jansson.h>

enum { PATH_LENGTH = 512, COMMAND_LENGTH = 8192, NAME_LENGTH = 96, TESTS_MOST = 64 };

/* What is asked of the whole unless --least says otherwise: the share of the mutants that are not
 * equivalent. */
#define SCORE_LEAST 0.95
/* A sample fails when a suite that kills that share would do as badly less often than this. */
#define SAMPLE_FALSE_ALARM 1e-3

static _Noreturn void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("mutation: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  fflush(NULL);
  _exit(2); /* as it stands: what it had is the system's to take back */
}

static void *need(void *memory) {
  if (memory == NULL)
    die("out of memory");
  return memory;
}

static void *shared(size_t size) {
  void *memory = mmap(NULL, size + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    die("out of memory");
  return memory;
}

__attribute__((format(printf, 3, 4))) static void put(char *out, size_t size, const char *format,
                                                      ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(out, size, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= size)
    die("too long: %s", out);
}

static const char *const mutated_folders[] = {"model", "claims", "laws"};
enum { FOLDERS = sizeof mutated_folders / sizeof *mutated_folders };

/* --- what there is -------------------------------------------------------------------------- */

typedef struct {
  const char *source, *tests, *compile, *link, *libs, *work, *json, *tex, *equivalents, *again;
  const char *only; /* one module, or NULL */
  size_t sample;    /* 0: all */
  double least;     /* share to be killed */
  uint64_t seed;
  int jobs;
  bool list, quick;
} settings;

typedef struct {
  char name[NAME_LENGTH]; /* check_critical_step */
  char *text;
  /* Found by the baseline: the least share of the instances, and a seed, that it passes with. */
  double factor;
  uint64_t seed; /* 0: the default */
  double small_seconds, full_seconds;
  bool needed, primary, passes;
} test_program;

typedef struct {
  char folder[16], stem[NAME_LENGTH];
  char file[PATH_LENGTH]; /* src/claims/critical_step.c */
  char *text;
  mutant_list mutants;
  size_t first; /* index of its first mutant among all */
  size_t test[TESTS_MOST], test_count;
  size_t wider[TESTS_MOST], wider_count;
} module;

typedef enum {
  NOT_TRIED,
  SURVIVED,
  KILLED_BY_FAILURE,
  KILLED_BY_CRASH,
  KILLED_BY_TIME,
  KILLED_BY_SANITIZER,
  STILLBORN,
  SAME_CODE,
  ARGUED,
  BROKEN /* the tool could not try it */
} outcome;

typedef enum { BATCH_RUN, BATCH_COMPARED, BATCH_SANITIZED } batch_kind;

/* Mutants of one module that are built as one program. */
typedef struct {
  size_t module, first, count; /* among those that the batches are of */
  batch_kind kind;
} batch;

typedef struct {
  outcome outcome;
  int stage;  /* 1 few instances, 2 wider tests, 3 all instances, 4 sanitizers */
  bool alone; /* it is in no schema: built by itself */
} result;

typedef struct {
  const char *file; /* of the module */
  char *list;       /* the file that it stands in */
  char *function, *before, *after, *reason;
  int line;
  size_t matches;
} equivalent;

typedef struct {
  settings set;
  test_program *test;
  size_t test_count;
  module *module;
  size_t module_count;
  size_t mutant_count;
  size_t *chosen, chosen_count; /* indices among all mutants */
  size_t *owner;                /* module of each mutant */
  equivalent *equivalent;
  size_t equivalent_count;
  const equivalent **argued; /* of each mutant, or NULL */
  result *result;            /* of each mutant; shared with the workers */
  char folder[PATH_LENGTH];  /* the work folder, absolute */
  char start[PATH_LENGTH];   /* where everything is compiled and linked */
  bool gold, sanitizers;
  batch *batch;
  size_t batch_count;
  size_t *batch_of;      /* of each mutant */
  const size_t *batched; /* the mutants that the batches are of */
} everything;

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return NULL;
  size_t size = 0, capacity = 1 << 16;
  char *text = need(malloc(capacity));
  for (size_t got; (got = fread(text + size, 1, capacity - size - 1, file)) > 0;) {
    size += got;
    if (capacity - size < 2)
      text = need(realloc(text, capacity *= 2));
  }
  fclose(file);
  text[size] = '\0';
  return text;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in the folder that begin and end so, sorted; each and the array are owned by the caller. */
static char **list_folder(const char *path, const char *begin, const char *end, size_t *count) {
  char **names = NULL;
  *count = 0;
  DIR *folder = opendir(path);
  if (folder == NULL)
    return NULL;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    const size_t length = strlen(entry->d_name), tail = strlen(end);
    if (entry->d_name[0] == '.' || strncmp(entry->d_name, begin, strlen(begin)) != 0 ||
        length < tail || strcmp(entry->d_name + length - tail, end) != 0)
      continue;
    names = need(realloc(names, (*count + 1) * sizeof *names));
    names[(*count)++] = need(strdup(entry->d_name));
  }
  closedir(folder);
  if (names != NULL)
    qsort(names, *count, sizeof *names, by_name);
  return names;
}

static void find_tests(everything *e) {
  char path[PATH_LENGTH];
  size_t count;
  put(path, sizeof path, "%s/tests", e->set.source);
  char **names = list_folder(path, "check_", ".c", &count);
  e->test = shared((count + 1) * sizeof *e->test);
  for (size_t i = 0; i < count; i++) {
    put(path, sizeof path, "%s/tests/%s", e->set.source, names[i]);
    test_program *t = &e->test[e->test_count];
    put(t->name, sizeof t->name, "%.*s", (int)strlen(names[i]) - 2, names[i]);
    if (strcmp(t->name, "check_mutation") != 0) {
      t->text = need(read_file(path));
      e->test_count++;
    }
    free(names[i]);
  }
  free(names);
}

static bool includes(const char *text, const module *m) {
  char line[2 * PATH_LENGTH];
  put(line, sizeof line, "#include \"%s/%s.h\"", m->folder, m->stem);
  return text != NULL && strstr(text, line) != NULL;
}

/* It runs the program itself, which is not the mutant. */
static bool runs_the_program(const test_program *t) {
  return strstr(t->text, "getenv(\"SUSPALIGN\")") != NULL;
}

static bool sees_all_claims(const test_program *t) {
  return strstr(t->text, "#include \"claims/registry.h\"") != NULL;
}

/* The sources that the program tests: src/<any>/<name>.[ch], src/<name>/<any>; does one of them
 * include the module's header? */
static bool tests_a_user(const everything *e, const test_program *t, const module *m) {
  const char *name = t->name + strlen("check_");
  char path[PATH_LENGTH];
  size_t folders;
  bool found = false;
  put(path, sizeof path, "%s/src", e->set.source);
  char **folder = list_folder(path, "", "", &folders);
  for (size_t i = 0; i < folders; i++) {
    size_t files;
    put(path, sizeof path, "%s/src/%s", e->set.source, folder[i]);
    char **file = list_folder(path, "", "", &files);
    for (size_t j = 0; j < files; j++) {
      const bool its_own =
          strncmp(file[j], name, strlen(name)) == 0 && file[j][strlen(name)] == '.';
      const size_t length = strlen(file[j]);
      const bool is_source = length > 2 && file[j][length - 2] == '.' &&
                             (file[j][length - 1] == 'c' || file[j][length - 1] == 'h');
      if (!found && is_source && (its_own || strcmp(folder[i], name) == 0)) {
        put(path, sizeof path, "%s/src/%s/%s", e->set.source, folder[i], file[j]);
        char *text = read_file(path);
        found = includes(text, m);
        free(text);
      }
      free(file[j]);
    }
    free(file);
    free(folder[i]);
  }
  free(folder);
  return found;
}

static void add_test(size_t *list, size_t *count, size_t test) {
  for (size_t i = 0; i < *count; i++)
    if (list[i] == test)
      return;
  if (*count < TESTS_MOST)
    list[(*count)++] = test;
}

static void map_tests(const everything *e, module *m) {
  char by_stem[2 * NAME_LENGTH], by_folder[NAME_LENGTH];
  put(by_stem, sizeof by_stem, "check_%s", m->stem);
  put(by_folder, sizeof by_folder, "check_%s", m->folder);
  for (int rule = 0; rule < 4 && m->test_count == 0; rule++)
    for (size_t t = 0; t < e->test_count; t++)
      if ((rule == 0 && strcmp(e->test[t].name, by_stem) == 0) ||
          (rule == 1 && strcmp(e->test[t].name, by_folder) == 0) ||
          (rule == 2 && includes(e->test[t].text, m)) ||
          (rule == 3 && tests_a_user(e, &e->test[t], m)))
        add_test(m->test, &m->test_count, t);
  for (size_t t = 0; t < e->test_count; t++) {
    bool already = false;
    for (size_t i = 0; i < m->test_count; i++)
      already = already || m->test[i] == t;
    if (!already && !runs_the_program(&e->test[t]) &&
        (includes(e->test[t].text, m) || tests_a_user(e, &e->test[t], m) ||
         (strcmp(m->folder, "claims") == 0 && sees_all_claims(&e->test[t]))))
      add_test(m->wider, &m->wider_count, t);
  }
}

static void find_modules(everything *e) {
  for (size_t f = 0; f < FOLDERS; f++) {
    char path[PATH_LENGTH];
    size_t count;
    put(path, sizeof path, "%s/src/%s", e->set.source, mutated_folders[f]);
    char **names = list_folder(path, "", ".c", &count);
    for (size_t i = 0; i < count; i++) {
      e->module = need(realloc(e->module, (e->module_count + 1) * sizeof *e->module));
      module *m = &e->module[e->module_count++];
      *m = (module){.first = e->mutant_count};
      put(m->folder, sizeof m->folder, "%s", mutated_folders[f]);
      put(m->stem, sizeof m->stem, "%.*s", (int)strlen(names[i]) - 2, names[i]);
      put(m->file, sizeof m->file, "src/%s/%s", mutated_folders[f], names[i]);
      put(path, sizeof path, "%s/%s", e->set.source, m->file);
      m->text = need(read_file(path));
      if (!mutants_of(m->text, &m->mutants))
        die("%s: brackets do not match, or memory is out", m->file);
      map_tests(e, m);
      if (m->test_count == 0 && m->mutants.count > 0)
        die("%s: no test program sees it", m->file);
      e->mutant_count += m->mutants.count;
      free(names[i]);
    }
    free(names);
  }
  if (e->mutant_count == 0)
    die("nothing to mutate under %s/src", e->set.source);
  e->owner = need(calloc(e->mutant_count, sizeof *e->owner));
  for (size_t m = 0; m < e->module_count; m++)
    for (size_t i = 0; i < e->module[m].mutants.count; i++)
      e->owner[e->module[m].first + i] = m;
}

static const mutant *mutant_at(const everything *e, size_t index) {
  const module *m = &e->module[e->owner[index]];
  return &m->mutants.item[index - m->first];
}

/* --- equivalents that a person argued ------------------------------------------------------- */

/* <folder>-<stem>.txt of a module.  Blocks of "field: text" lines, separated by blank lines; lines
 * that begin with # are comments, lines that begin with a blank continue the field before. */
static void read_equivalents(everything *e, const module *m) {
  char path[PATH_LENGTH];
  put(path, sizeof path, "%s/%s-%s.txt", e->set.equivalents, m->folder, m->stem);
  char *text = read_file(path);
  if (text == NULL)
    return;
  const size_t first = e->equivalent_count;
  static const char *const fields[] = {"function: ", "before: ", "after: ", "reason: "};
  int number = 0;
  char **last = NULL;
  bool fresh = true;
  for (char *line = text, *next; line != NULL; line = next) {
    next = strchr(line, '\n');
    if (next != NULL)
      *next++ = '\0';
    number++;
    if (line[0] == '#')
      continue;
    if (line[strspn(line, " ")] == '\0') {
      fresh = true;
      last = NULL;
      continue;
    }
    if (line[0] == ' ') {
      if (last == NULL)
        die("%s:%d: continues nothing", path, number);
      const char *more = line + strspn(line, " ");
      *last = need(realloc(*last, strlen(*last) + strlen(more) + 2));
      strcat(strcat(*last, " "), more);
      continue;
    }
    if (fresh) {
      e->equivalent =
          need(realloc(e->equivalent, (e->equivalent_count + 1) * sizeof *e->equivalent));
      e->equivalent[e->equivalent_count++] =
          (equivalent){.file = m->file, .list = need(strdup(path)), .line = number};
      fresh = false;
    }
    equivalent *q = &e->equivalent[e->equivalent_count - 1];
    char **const slot[] = {&q->function, &q->before, &q->after, &q->reason};
    last = NULL;
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
      if (strncmp(line, fields[f], strlen(fields[f])) == 0 && *slot[f] == NULL) {
        *slot[f] = need(strdup(line + strlen(fields[f])));
        last = slot[f];
      }
    if (last == NULL)
      die("%s:%d: not one of function, before, after, reason, once each: %s", path, number, line);
  }
  for (size_t i = first; i < e->equivalent_count; i++) {
    const equivalent *q = &e->equivalent[i];
    if (q->function == NULL || q->before == NULL || q->after == NULL || q->reason == NULL ||
        q->reason[0] == '\0')
      die("%s:%d: an entry needs function, before, after and reason", path, q->line);
  }
  free(text);
}

/* An entry of which this holds means several mutants: those that no test kills. */
static bool is_general(const equivalent *q) {
  return strcmp(q->before, "any") == 0 || strcmp(q->after, "any") == 0;
}

static bool is_meant(const char *entry, const char *text) {
  return strcmp(entry, "any") == 0 || strcmp(entry, text) == 0;
}

/* How many lists are of no module. */
static size_t count_orphans(const everything *e) {
  size_t count = 0, orphans = 0;
  char **names =
      e->set.equivalents == NULL ? NULL : list_folder(e->set.equivalents, "", ".txt", &count);
  for (size_t i = 0; i < count; i++) {
    bool found = false;
    for (size_t m = 0; m < e->module_count && !found; m++) {
      char own[2 * NAME_LENGTH];
      put(own, sizeof own, "%s-%s.txt", e->module[m].folder, e->module[m].stem);
      found = strcmp(own, names[i]) == 0;
    }
    if (!found)
      fprintf(stderr, "mutation: %s/%s: no such module\n", e->set.equivalents, names[i]);
    orphans += !found;
    free(names[i]);
  }
  free(names);
  return orphans;
}

/* How many entries of the lists match no mutant. */
static size_t match_equivalents(everything *e) {
  e->argued = need(calloc(e->mutant_count, sizeof *e->argued));
  for (size_t i = 0; i < e->mutant_count; i++) {
    const module *m = &e->module[e->owner[i]];
    const mutant *u = mutant_at(e, i);
    char *before = NULL, *after = NULL;
    for (size_t j = 0; j < e->equivalent_count; j++) {
      equivalent *q = &e->equivalent[j];
      if (strcmp(q->file, m->file) != 0 || strcmp(q->function, u->function) != 0)
        continue;
      if (before == NULL) {
        before = need(mutant_before(m->text, u));
        after = need(mutant_after(m->text, u));
      }
      if (is_meant(q->before, before) && is_meant(q->after, after)) {
        q->matches++;
        e->argued[i] = q;
      }
    }
    free(before);
    free(after);
  }
  size_t stale = 0;
  for (size_t j = 0; j < e->equivalent_count; j++)
    if (e->equivalent[j].matches == 0) {
      fprintf(stderr, "mutation: %s:%d: matches no mutant: %s: %s\n", e->equivalent[j].list,
              e->equivalent[j].line, e->equivalent[j].function, e->equivalent[j].after);
      stale++;
    }
  return stale;
}

/* --- the sample ----------------------------------------------------------------------------- */

/* SplitMix64 of (seed, index). */
static uint64_t scramble(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

typedef struct {
  size_t index, stratum;
  uint64_t key;
} place;

static int by_place(const void *a, const void *b) {
  const place *x = a, *y = b;
  if (x->stratum != y->stratum)
    return (x->stratum > y->stratum) - (x->stratum < y->stratum);
  return (x->key > y->key) - (x->key < y->key);
}

static int by_size(const void *a, const void *b) {
  const size_t x = *(const size_t *)a, y = *(const size_t *)b;
  return (x > y) - (x < y);
}

/* The recorded outcome has a survivor of the same lines in the same function. */
static bool survived_before(const everything *e, size_t index, const json_t *record) {
  const module *m = &e->module[e->owner[index]];
  const mutant *u = mutant_at(e, index);
  char *before = need(mutant_before(m->text, u)), *after = need(mutant_after(m->text, u));
  size_t i, j;
  const json_t *one, *s;
  bool found = false;
  json_array_foreach(json_object_get(record, "modules"), i,
                     one) if (strcmp(json_string_value(json_object_get(one, "module")), m->file) ==
                              0) json_array_foreach(json_object_get(one, "survivors"), j, s) found =
      found || (strcmp(json_string_value(json_object_get(s, "function")), u->function) == 0 &&
                strcmp(json_string_value(json_object_get(s, "before")), before) == 0 &&
                strcmp(json_string_value(json_object_get(s, "after")), after) == 0);
  free(before);
  free(after);
  return found;
}

/* Every n-th of the mutants in the order (module, operator), shuffled within each: all modules and
 * operators have their share. */
static void choose(everything *e) {
  place *order = need(calloc(e->mutant_count, sizeof *order));
  size_t count = 0;
  json_t *again = e->set.again == NULL ? NULL : json_load_file(e->set.again, 0, NULL);
  if (e->set.again != NULL && json_object_get(again, "modules") == NULL)
    die("%s: not an outcome", e->set.again);
  for (size_t i = 0; i < e->mutant_count; i++) {
    const module *m = &e->module[e->owner[i]];
    if ((e->set.only == NULL || strcmp(e->set.only, m->stem) == 0) &&
        (again == NULL || survived_before(e, i, again)))
      order[count++] = (place){i, e->owner[i] * MUTANT_OPERATORS + mutant_at(e, i)->kind,
                               scramble(e->set.seed, i)};
  }
  json_decref(again);
  if (count == 0 && again != NULL)
    die("%s tells of no survivors of these sources", e->set.again);
  if (count == 0)
    die("no module named '%s'", e->set.only);
  const size_t wanted = e->set.sample == 0 || e->set.sample > count ? count : e->set.sample;
  if (wanted < count)
    qsort(order, count, sizeof *order, by_place);
  e->chosen = need(calloc(wanted, sizeof *e->chosen));
  const double start = (double)(scramble(e->set.seed, count) >> 11) * 0x1p-53;
  for (size_t i = 0; i < wanted; i++)
    e->chosen[i] = order[(size_t)(((double)i + start) * (double)count / (double)wanted)].index;
  e->chosen_count = wanted;
  qsort(e->chosen, wanted, sizeof *e->chosen, by_size);
  free(order);
}

/* --- running things ------------------------------------------------------------------------- */

static void limit(int resource, rlim_t value) {
  const struct rlimit r = {value, value};
  setrlimit(resource, &r);
}

/* A shell command, in the folder where everything is built, its output thrown away unless
 * `loud`; 0 or not. */
static int shell(const everything *e, const char *command, bool loud) {
  const pid_t child = fork();
  if (child == 0) {
    if (chdir(e->start) != 0)
      _exit(127);
    if (!loud) {
      const int nothing = open("/dev/null", O_RDWR);
      dup2(nothing, STDOUT_FILENO);
      dup2(nothing, STDERR_FILENO);
    }
    limit(RLIMIT_CPU, 120);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
  }
  int status;
  while (child > 0 && waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

typedef enum { RUN_PASSED, RUN_FAILED, RUN_CRASHED, RUN_TIMED_OUT } run_outcome;

static void set_number(const char *name, double value) {
  char text[64];
  snprintf(text, sizeof text, "%.17g", value);
  setenv(name, text, 1);
}

/* Seconds of processor time that a process has used; 0 where that cannot be told. */
static double seconds_used(pid_t process) {
  clockid_t clock;
  struct timespec used;
  return clock_getcpuclockid(process, &clock) == 0 && clock_gettime(clock, &used) == 0
             ? (double)used.tv_sec + 1e-9 * (double)used.tv_nsec
             : 0.0;
}

/* Runs the program in `folder` until it ends, or its TAP says `not ok`, or it has used
 * cpu_seconds (of processor time: how busy the machine is does not matter) or, in one test of its
 * own, half of them.  `number`: of the
 * mutant in the program's schema, or NULL. */
static run_outcome run_test(const char *program, const char *folder, const size_t *number,
                            double factor, uint64_t seed, double cpu_seconds, bool bounded_memory,
                            double *used) {
  int ends[2];
  if (pipe(ends) != 0)
    die("no pipe: %s", strerror(errno));
  const pid_t child = fork();
  if (child < 0)
    die("no process: %s", strerror(errno));
  if (child == 0) {
    setpgid(0, 0);
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    if (chdir(folder) != 0)
      _exit(127);
    limit(RLIMIT_CPU, (rlim_t)ceil(cpu_seconds));
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, (rlim_t)1 << 28);
    setenv("CK_FORK", "no", 1);
    setenv("CK_TAP_LOG_FILE_NAME", "-", 1);
    setenv("CK_VERBOSITY", "silent", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("TMPDIR", folder, 1);
    /* Memory that is read before it is written, or beyond its end, is not zero. */
    setenv("MALLOC_PERTURB_", "128", 1);
    set_number("SUSPALIGN_TRIALS_FACTOR", factor);
    if (number == NULL)
      unsetenv("SUSPALIGN_MUTANT");
    else
      set_number("SUSPALIGN_MUTANT", (double)*number);
    if (seed == 0)
      unsetenv("SUSPALIGN_SEED");
    else
      set_number("SUSPALIGN_SEED", (double)seed);
    if (bounded_memory) /* last: a tool that is built with sanitizers has far more already */
      limit(RLIMIT_AS, (rlim_t)1 << 33);
    execl(program, program, (char *)NULL);
    _exit(127);
  }
  setpgid(child, child);
  close(ends[1]);
  const time_t deadline = time(NULL) + 20 + (time_t)(20.0 * cpu_seconds);
  char line[16];
  size_t length = 0;
  bool failed = false, stuck = false;
  double last_line = 0.0;
  while (!failed && !stuck) {
    struct pollfd wait = {ends[0], POLLIN, 0};
    poll(&wait, 1, 200);
    const double now = seconds_used(child);
    stuck = time(NULL) > deadline || now - last_line > 0.5 * cpu_seconds;
    if (wait.revents == 0)
      continue;
    last_line = now;
    char block[4096];
    const ssize_t got = read(ends[0], block, sizeof block);
    if (got <= 0)
      break;
    for (ssize_t i = 0; i < got; i++)
      if (block[i] == '\n')
        length = 0;
      else if (length < 6) {
        line[length++] = block[i];
        failed = failed || (length == 6 && memcmp(line, "not ok", 6) == 0);
      }
  }
  close(ends[0]);
  if (failed || stuck)
    kill(-child, SIGKILL);
  /* What it left behind goes while its number cannot be another's yet. */
  siginfo_t ended;
  while (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) != 0)
    if (errno != EINTR)
      die("wait: %s", strerror(errno));
  kill(-child, SIGKILL);
  int status;
  struct rusage usage = {0};
  while (wait4(child, &status, 0, &usage) < 0)
    if (errno != EINTR)
      die("wait: %s", strerror(errno));
  if (used != NULL)
    *used = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  if (failed)
    return RUN_FAILED;
  if (stuck ||
      (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || (WTERMSIG(status) == SIGKILL))))
    return RUN_TIMED_OUT;
  if (WIFSIGNALED(status))
    return RUN_CRASHED;
  return WEXITSTATUS(status) == 0 ? RUN_PASSED : RUN_FAILED;
}

/* Several at a time: `task` runs in a process of its own and answers through shared memory. */
static void in_parallel(everything *e, size_t count, void (*task)(everything *, size_t, int),
                        void (*done)(everything *, size_t finished, size_t count)) {
  pid_t *running = need(calloc((size_t)e->set.jobs, sizeof *running));
  size_t next = 0, finished = 0;
  while (finished < count) {
    for (int slot = 0; slot < e->set.jobs && next < count; slot++) {
      if (running[slot] != 0)
        continue;
      const pid_t child = fork();
      if (child < 0)
        die("no process: %s", strerror(errno));
      if (child == 0) {
        task(e, next, slot);
        _exit(0);
      }
      running[slot] = child;
      next++;
    }
    int status;
    const pid_t ended = waitpid(-1, &status, 0);
    for (int slot = 0; slot < e->set.jobs; slot++)
      if (ended > 0 && running[slot] == ended) {
        running[slot] = 0;
        finished++;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
          die("a worker died");
        if (done != NULL)
          done(e, finished, count);
      }
  }
  free(running);
}

/* --- the original --------------------------------------------------------------------------- */

static const char fast_flags[] = "-w -g0 -Og";
static const char same_flags[] = "-w -g0";
/* A name that nobody declares is an error of its mutant, not of the program that holds them all. */
static const char schema_flags[] = "-Wno-error -Werror=implicit-function-declaration -g0 -Og";
/* What cannot be told from the original by whoever calls it. */
static const char compared_flags[] =
    "-w -g0 -O2 -S -fno-reorder-blocks-and-partition -fno-asynchronous-unwind-tables";
static const char sanitizing[] = "-fsanitize=address,undefined -fno-sanitize-recover=all";

static int compile_module(const everything *e, const char *folder, const module *m,
                          const char *flags, const char *object) {
  char command[COMMAND_LENGTH];
  put(command, sizeof command, "exec %s %s -c -o '%s/%s' '%s/%s.c'", e->set.compile, flags, folder,
      object, folder, m->stem);
  return shell(e, command, false);
}

static int link_test(const everything *e, const char *folder, const test_program *t,
                     const char *object, const char *flags, const char *program) {
  char command[COMMAND_LENGTH];
  put(command, sizeof command, "exec %s %s %s -o '%s/%s' '%s/%s.o' '%s/%s' %s", e->set.link,
      e->gold ? "-fuse-ld=gold" : "", flags, folder, program, e->set.tests, t->name, folder, object,
      e->set.libs);
  return shell(e, command, false);
}

static void write_source(const char *folder, const module *m, const char *text) {
  char path[PATH_LENGTH];
  put(path, sizeof path, "%s/%s.c", folder, m->stem);
  FILE *file = fopen(path, "w");
  if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
    die("%s: %s", path, strerror(errno));
}

static void make_folder(const everything *e, const char *folder) {
  char command[COMMAND_LENGTH];
  put(command, sizeof command, "rm -rf '%s' && mkdir -p '%s'", folder, folder);
  if (shell(e, command, true) != 0)
    die("cannot make %s", folder);
}

/* A program that is there for other things as well, and slow, or that cannot run like this. */
#define WIDER_SECONDS_MOST 0.5

/* More than this is not spent on one mutant with all instances. */
#define FULL_SECONDS_MOST 4.0

/* The least share of the instances with which the unmutated program passes, trying a few seeds. */
static void measure_test(everything *e, size_t index, int slot) {
  (void)slot;
  test_program *t = &e->test[index];
  if (!t->needed)
    return;
  char folder[PATH_LENGTH], program[PATH_LENGTH];
  put(folder, sizeof folder, "%s/baseline-%zu", e->folder, index);
  put(program, sizeof program, "%s/%s", folder, t->name);
  make_folder(e, folder);
  char command[COMMAND_LENGTH];
  put(command, sizeof command, "exec %s %s -o '%s' '%s/%s.o' %s", e->set.link,
      e->gold ? "-fuse-ld=gold" : "", program, e->set.tests, t->name, e->set.libs);
  if (shell(e, command, true) != 0)
    die("%s does not link", t->name);
  static const double factors[] = {0x1p-6, 0x1p-5, 0x1p-4, 0x1p-3, 0x1p-2, 0x1p-1};
  bool hopeless = false;
  for (size_t i = 0; i < sizeof factors / sizeof *factors && !t->passes && !hopeless; i++)
    for (uint64_t seed = 0; seed < 4 && !t->passes && !hopeless; seed++) {
      t->factor = factors[i];
      t->seed = seed;
      t->passes = run_test(program, folder, NULL, t->factor, t->seed,
                           t->primary ? 300.0 : 2.0 * WIDER_SECONDS_MOST, true,
                           &t->small_seconds) == RUN_PASSED;
      hopeless = !t->primary && t->small_seconds > WIDER_SECONDS_MOST;
      if (t->small_seconds > 1.0) /* other seeds would take long too */
        break;
    }
  const bool with_few = t->passes;
  if (with_few && e->set.sample != 0) { /* make check has run the whole */
    t->full_seconds = t->small_seconds / t->factor;
    return;
  }
  if (!t->primary) {
    t->full_seconds = t->small_seconds;
    return;
  }
  const double most = with_few ? FULL_SECONDS_MOST : 600.0;
  const run_outcome full = run_test(program, folder, NULL, 1.0, 0, most, true, &t->full_seconds);
  t->passes = full == RUN_PASSED || (with_few && full == RUN_TIMED_OUT);
  if (full == RUN_TIMED_OUT)
    t->full_seconds = INFINITY;
  if (!with_few) {
    t->factor = 1.0;
    t->seed = 0;
    t->small_seconds = t->full_seconds;
  }
}

/* --- one mutant ----------------------------------------------------------------------------- */

static bool same_bytes(const char *one, const char *other) {
  FILE *a = fopen(one, "rb"), *b = fopen(other, "rb");
  bool same = a != NULL && b != NULL;
  for (int x = 0, y = 0; same && x != EOF;) {
    x = getc(a);
    y = getc(b);
    same = x == y;
  }
  if (a != NULL)
    fclose(a);
  if (b != NULL)
    fclose(b);
  return same;
}

/* Mutants loop: several times what the original takes, and a little to start with.  Half of it is
 * more than one test of the program takes, since that is all that the original does. */
static double patience(double seconds) {
  return 0.5 + 3.0 * seconds;
}

static outcome from_run(run_outcome r) {
  switch (r) {
  case RUN_FAILED:
    return KILLED_BY_FAILURE;
  case RUN_CRASHED:
    return KILLED_BY_CRASH;
  case RUN_TIMED_OUT:
    return KILLED_BY_TIME;
  default:
    return SURVIVED;
  }
}

/* One of several tests of a module that takes longer than this is left out. */
#define ONE_OF_SEVERAL_SECONDS_MOST 2.0

static bool is_usable_as_own(const module *m, const test_program *t) {
  return m->test_count == 1 || t->small_seconds <= ONE_OF_SEVERAL_SECONDS_MOST;
}

static bool is_usable_as_wider(const test_program *t) {
  return t->passes && t->small_seconds <= WIDER_SECONDS_MOST;
}

static void batch_folder(const everything *e, size_t index, char *out) {
  put(out, PATH_LENGTH, "%s/batch-%zu", e->folder, index);
}

/* Runs one test of the mutant with few instances, or with all.  The program is linked the first
 * time it is asked for, by whoever asks. */
static outcome try_test(const everything *e, size_t index, const char *folder,
                        const test_program *t, bool all) {
  const bool alone = e->result[index].alone;
  char where[PATH_LENGTH], program[PATH_LENGTH], fresh[PATH_LENGTH], command[COMMAND_LENGTH];
  if (alone)
    put(where, sizeof where, "%s", folder);
  else
    batch_folder(e, e->batch_of[index], where);
  put(program, sizeof program, "%s/%s", where, t->name);
  if (access(program, X_OK) != 0) {
    put(fresh, sizeof fresh, "%s.%ld", t->name, (long)getpid());
    put(command, sizeof command, "mv -f '%s/%s' '%s'", where, fresh, program);
    if (link_test(e, where, t, "fast.o", "", fresh) != 0)
      return alone ? STILLBORN : BROKEN;
    if (shell(e, command, true) != 0)
      die("cannot move %s", program);
  }
  const size_t number = index - e->module[e->owner[index]].first;
  return from_run(run_test(program, folder, alone ? NULL : &number, all ? 1.0 : t->factor,
                           all ? 0 : t->seed, patience(all ? t->full_seconds : t->small_seconds),
                           true, NULL));
}

static bool compiles_to_the_same(const everything *e, size_t index, const char *folder) {
  const module *m = &e->module[e->owner[index]];
  char one[PATH_LENGTH], other[PATH_LENGTH];
  put(one, sizeof one, "%s/original.o", folder);
  put(other, sizeof other, "%s/same.o", folder);
  write_source(folder, m, m->text);
  const bool original = compile_module(e, folder, m, same_flags, "original.o") == 0;
  char *text = need(mutant_apply(m->text, mutant_at(e, index)));
  write_source(folder, m, text);
  free(text);
  return original && compile_module(e, folder, m, same_flags, "same.o") == 0 &&
         same_bytes(one, other);
}

/* The module's own tests with few instances. */
static outcome judge_first(const everything *e, size_t index, const char *folder) {
  const module *m = &e->module[e->owner[index]];
  make_folder(e, folder);
  if (e->result[index].alone) {
    char *text = need(mutant_apply(m->text, mutant_at(e, index)));
    write_source(folder, m, text);
    free(text);
    if (compile_module(e, folder, m, fast_flags, "fast.o") != 0)
      return STILLBORN;
  }
  outcome found = SURVIVED;
  for (size_t i = 0; i < m->test_count && found == SURVIVED; i++)
    if (is_usable_as_own(m, &e->test[m->test[i]]))
      found = try_test(e, index, folder, &e->test[m->test[i]], false);
  return found;
}

/* One that survived these: by itself, whether it is the same code; then other tests that see the
 * module, then its own with all instances. */
static outcome judge_further(const everything *e, size_t index, const char *folder, int *stage) {
  const module *m = &e->module[e->owner[index]];
  make_folder(e, folder);
  if (e->result[index].alone) {
    if (compiles_to_the_same(e, index, folder))
      return SAME_CODE;
    if (compile_module(e, folder, m, fast_flags, "fast.o") != 0)
      return BROKEN;
  }
  for (*stage = 2; *stage <= 3; ++*stage) {
    const size_t *list = *stage == 2 ? m->wider : m->test;
    const size_t count = *stage == 2 ? m->wider_count : m->test_count;
    for (size_t i = 0; i < count; i++) {
      const test_program *t = &e->test[list[i]];
      if (*stage == 2 ? !is_usable_as_wider(t) : !is_usable_as_own(m, t))
        continue;
      if (*stage == 3 && (t->factor >= 1.0 || t->full_seconds > FULL_SECONDS_MOST))
        continue;
      const outcome found = try_test(e, index, folder, t, *stage == 3);
      if (found != SURVIVED)
        return found;
    }
  }
  return SURVIVED;
}

/* --- many mutants in one program ------------------------------------------------------------ */

/* Mutants whose copies the compiler refuses go; true when there were some. */
static bool drop_refused(everything *e, const batch *b, const char *errors,
                         const mutant_lines *lines, bool *wanted) {
  const module *m = &e->module[b->module];
  bool any = false;
  char *text = read_file(errors);
  for (const char *at = text; at != NULL && *at != '\0';) {
    const char *end = strchr(at, '\n');
    const size_t length = end == NULL ? strlen(at) : (size_t)(end - at);
    char line[1024];
    snprintf(line, sizeof line, "%.*s", (int)(length < 1000 ? length : 1000), at);
    const char *where = strstr(line, ".c:");
    if (where != NULL && strstr(where, "error:") != NULL) {
      const long number = strtol(where + 3, NULL, 10);
      for (size_t i = 0; i < m->mutants.count; i++)
        if (wanted[i] && lines[i].first <= number && number <= lines[i].last) {
          wanted[i] = false;
          e->result[m->first + i].outcome = STILLBORN;
          any = true;
        }
    }
    at = end == NULL ? NULL : end + 1;
  }
  free(text);
  return any;
}

/* --- the same code -------------------------------------------------------------------------- */

/* The assembler text of one function, from its label to its size, with the labels inside numbered
 * as they come; NULL: there is none such.  Names of constants (.LC) are those of the whole file. */
static char *function_code(const char *text, const char *name) {
  char label[2 * NAME_LENGTH], size[2 * NAME_LENGTH];
  put(label, sizeof label, "\n%s:\n", name);
  put(size, sizeof size, "\n\t.size\t%s,", name);
  const char *begin = strstr(text, label);
  const char *end = begin == NULL ? NULL : strstr(begin, size);
  if (end == NULL)
    return NULL;
  begin += strlen(label);
  const size_t length = end > begin ? (size_t)(end - begin) : 0;
  char *code = need(malloc(8 * length + 1)), *out = code; /* a label of 3 bytes may grow to 20 */
  size_t *seen = need(malloc((length + 1) * sizeof *seen)), count = 0;
  for (const char *at = begin; at < end;) {
    const size_t prefix = strncmp(at, ".LFB", 4) == 0 || strncmp(at, ".LFE", 4) == 0 ? 4
                          : at[0] == '.' && at[1] == 'L'                             ? 2
                                                                                     : 0;
    if (prefix == 0 || at[prefix] < '0' || at[prefix] > '9') {
      *out++ = *at++;
      continue;
    }
    char *rest;
    const size_t number = strtoul(at + prefix, &rest, 10);
    size_t order = 0;
    while (order < count && seen[order] != number)
      order++;
    if (order == count)
      seen[count++] = number;
    out += sprintf(out, ".L%zu", order);
    at = rest;
  }
  *out = '\0';
  free(seen);
  return code;
}

/* Mutants whose copy in the schema is the same assembler text as the original's. */
static void compare_codes(everything *e, const batch *b, const char *path) {
  const module *m = &e->module[b->module];
  char *text = read_file(path);
  for (size_t i = b->first; text != NULL && i < b->first + b->count; i++) {
    const mutant *u = mutant_at(e, e->batched[i]);
    char name[2 * NAME_LENGTH];
    put(name, sizeof name, "%s__mutant_%zu", u->function, e->batched[i] - m->first);
    char *one = function_code(text, name);
    put(name, sizeof name, "%s__mutant_original", u->function);
    char *other = function_code(text, name);
    if (one != NULL && other != NULL && strcmp(one, other) == 0)
      e->result[e->batched[i]].outcome = SAME_CODE;
    free(one);
    free(other);
  }
  free(text);
}

static void build_batch(everything *e, size_t index, int slot) {
  (void)slot;
  const batch *b = &e->batch[index];
  const module *m = &e->module[b->module];
  char folder[PATH_LENGTH], errors[PATH_LENGTH], command[COMMAND_LENGTH];
  batch_folder(e, index, folder);
  put(errors, sizeof errors, "%s/errors", folder);
  make_folder(e, folder);
  bool *wanted = need(calloc(m->mutants.count, sizeof *wanted));
  mutant_lines *lines = need(calloc(m->mutants.count, sizeof *lines));
  for (size_t i = b->first; i < b->first + b->count; i++)
    wanted[e->batched[i] - m->first] = true;
  char sanitized_flags[160];
  put(sanitized_flags, sizeof sanitized_flags, "-w -g0 -O1 %s", sanitizing);
  const char *const flags[] = {schema_flags, compared_flags, sanitized_flags};
  bool built = false;
  for (bool again = true; again && !built;) {
    char *text = need(mutants_schema(m->text, &m->mutants, wanted, lines));
    write_source(folder, m, text);
    free(text);
    put(command, sizeof command, "exec %s %s -c -o '%s/fast.o' '%s/%s.c' 2>'%s'", e->set.compile,
        flags[b->kind], folder, folder, m->stem, errors);
    built = shell(e, command, false) == 0;
    again = !built && drop_refused(e, b, errors, lines, wanted);
  }
  const test_program *t = &e->test[m->test[0]];
  if (b->kind == BATCH_COMPARED) {
    put(errors, sizeof errors, "%s/fast.o", folder);
    if (built)
      compare_codes(e, b, errors);
    goto cleanup;
  }
  for (size_t i = 0; i < m->mutants.count; i++)
    if (wanted[i] && (!built || lines[i].first == 0))
      e->result[m->first + i].alone = true;
  if (built &&
      link_test(e, folder, t, "fast.o", b->kind == BATCH_SANITIZED ? sanitizing : "", t->name) != 0)
    for (size_t i = 0; i < m->mutants.count; i++)
      if (wanted[i])
        e->result[m->first + i].alone = true;

cleanup:
  free(lines);
  free(wanted);
}

enum { BATCH_MOST = 150 };

/* The given mutants, sorted, by module and by the hundred. */
static void make_batches(everything *e, const size_t *mutants, size_t count, batch_kind kind) {
  e->batch = need(realloc(e->batch, (count + 1) * sizeof *e->batch));
  e->batch_count = 0;
  e->batched = mutants;
  for (size_t i = 0; i < count; i++) {
    batch *last = e->batch_count == 0 ? NULL : &e->batch[e->batch_count - 1];
    if (last == NULL || last->module != e->owner[mutants[i]] || last->count == BATCH_MOST) {
      last = &e->batch[e->batch_count++];
      *last = (batch){.module = e->owner[mutants[i]], .first = i, .kind = kind};
    }
    last->count++;
    e->batch_of[mutants[i]] = e->batch_count - 1;
  }
  in_parallel(e, e->batch_count, build_batch, NULL);
}

/* A survivor with the sanitizers in its module and redzones around all memory. */
static void try_sanitized(everything *e, size_t number, int slot) {
  const size_t index = e->batched[number];
  const module *m = &e->module[e->owner[index]];
  result *r = &e->result[index];
  if (r->alone)
    return;
  char folder[PATH_LENGTH], program[PATH_LENGTH];
  put(folder, sizeof folder, "%s/job-%d", e->folder, slot);
  make_folder(e, folder);
  const test_program *t = &e->test[m->test[0]];
  batch_folder(e, e->batch_of[index], program);
  strcat(strcat(program, "/"), t->name);
  const size_t own = index - m->first;
  if (run_test(program, folder, &own, t->factor, t->seed, 10.0 + 30.0 * t->small_seconds, false,
               NULL) != RUN_PASSED) {
    r->outcome = KILLED_BY_SANITIZER;
    r->stage = 4;
  }
}

/* Under the sanitizers the original itself must pass, or they say nothing. */
static void measure_sanitized(everything *e, size_t index, int slot) {
  (void)slot;
  const batch *b = &e->batch[index];
  const test_program *t = &e->test[e->module[b->module].test[0]];
  char folder[PATH_LENGTH], program[PATH_LENGTH];
  batch_folder(e, index, folder);
  put(program, sizeof program, "%s/%s", folder, t->name);
  if (access(program, X_OK) == 0 &&
      run_test(program, folder, NULL, t->factor, t->seed, 10.0 + 30.0 * t->small_seconds, false,
               NULL) != RUN_PASSED)
    for (size_t i = b->first; i < b->first + b->count; i++)
      e->result[e->batched[i]].alone = true;
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void try_first(everything *e, size_t number, int slot) {
  const size_t index = e->batched[number];
  char folder[PATH_LENGTH];
  put(folder, sizeof folder, "%s/job-%d", e->folder, slot);
  result *r = &e->result[index];
  if (r->outcome == STILLBORN)
    return;
  r->stage = 1;
  const outcome found = judge_first(e, index, folder);
  r->outcome = found == SURVIVED && e->argued[index] != NULL ? ARGUED : found;
}

static void try_further(everything *e, size_t number, int slot) {
  const size_t index = e->batched[number];
  char folder[PATH_LENGTH];
  put(folder, sizeof folder, "%s/job-%d", e->folder, slot);
  e->result[index].outcome = judge_further(e, index, folder, &e->result[index].stage);
}

/* --- the report ----------------------------------------------------------------------------- */

typedef struct {
  size_t tried, stillborn, same, argued, killed, survived;
} tally;

static bool is_killed(outcome o) {
  return o >= KILLED_BY_FAILURE && o <= KILLED_BY_SANITIZER;
}

static void count_one(tally *t, outcome o) {
  t->tried += o != NOT_TRIED;
  t->stillborn += o == STILLBORN;
  t->same += o == SAME_CODE;
  t->argued += o == ARGUED;
  t->survived += o == SURVIVED;
  t->killed += is_killed(o);
}

static double score_of(const tally *t) {
  const size_t alive = t->killed + t->survived;
  return alive == 0 ? 1.0 : (double)t->killed / (double)alive;
}

static void show_progress(everything *e, size_t finished, size_t count) {
  const bool terminal = isatty(STDERR_FILENO);
  if (!terminal && finished % 250 != 0 && finished != count)
    return;
  tally t = {0};
  for (size_t i = 0; i < e->mutant_count; i++)
    count_one(&t, e->result[i].outcome);
  fprintf(stderr, "%s%zu of %zu mutants, %zu killed, %zu survived, %zu equivalent%s",
          terminal ? "\r" : "", finished, count, t.killed, t.survived, t.same + t.argued,
          terminal && finished != count ? "" : "\n");
}

static void fnv(uint64_t *hash, const char *text) {
  for (; text != NULL && *text != '\0'; text++)
    *hash = (*hash ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
}

static void hash_folder(uint64_t *hash, const char *path, const char *end) {
  size_t count;
  char **names = list_folder(path, "", end, &count);
  for (size_t i = 0; i < count; i++) {
    char file[PATH_LENGTH];
    put(file, sizeof file, "%s/%s", path, names[i]);
    char *text = read_file(file);
    fnv(hash, names[i]);
    fnv(hash, text);
    free(text);
    free(names[i]);
  }
  free(names);
}

/* FNV-1a of everything that the outcome depends on but the compiler and the libraries. */
static uint64_t hash_sources(const everything *e) {
  uint64_t hash = UINT64_C(0xCBF29CE484222325);
  char path[PATH_LENGTH];
  size_t count;
  put(path, sizeof path, "%s/src", e->set.source);
  char **folders = list_folder(path, "", "", &count);
  for (size_t i = 0; i < count; i++) {
    put(path, sizeof path, "%s/src/%s", e->set.source, folders[i]);
    hash_folder(&hash, path, ".c");
    hash_folder(&hash, path, ".h");
    free(folders[i]);
  }
  free(folders);
  put(path, sizeof path, "%s/tests", e->set.source);
  hash_folder(&hash, path, ".c");
  hash_folder(&hash, path, ".h");
  put(path, sizeof path, "%s/tests/equivalent", e->set.source);
  hash_folder(&hash, path, ".txt");
  return hash;
}

static json_t *tally_json(const tally *t) {
  return need(json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "generated", (json_int_t)t->tried, "stillborn",
                        (json_int_t)t->stillborn, "same_code", (json_int_t)t->same, "argued",
                        (json_int_t)t->argued, "killed", (json_int_t)t->killed, "survived",
                        (json_int_t)t->survived));
}

static tally json_tally(const json_t *j) {
  const char *const names[] = {"generated", "stillborn", "same_code",
                               "argued",    "killed",    "survived"};
  size_t value[6];
  for (size_t i = 0; i < 6; i++)
    value[i] = (size_t)json_integer_value(json_object_get(j, names[i]));
  return (tally){value[0], value[1], value[2], value[3], value[4], value[5]};
}

static json_t *mutant_json(const everything *e, size_t i) {
  static const char *const names[] = {"not tried",         "survived",
                                      "killed by failure", "killed by crash",
                                      "killed by time",    "killed by sanitizer",
                                      "stillborn",         "equivalent: compiles to the same code",
                                      "equivalent",        "broken"};
  const module *m = &e->module[e->owner[i]];
  const mutant *u = mutant_at(e, i);
  char *before = need(mutant_before(m->text, u)), *after = need(mutant_after(m->text, u));
  json_t *j =
      need(json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:s}", "file", m->file, "line", u->line, "function",
                     u->function, "operator", mutant_operator_name(u->kind), "before", before,
                     "after", after, "outcome", names[e->result[i].outcome]));
  if (e->result[i].outcome == ARGUED)
    json_object_set_new(j, "reason", json_string(e->argued[i]->reason));
  free(before);
  free(after);
  return j;
}

/* Of the functions of one role. */
static tally count_role(const everything *e, mutant_role role) {
  tally t = {0};
  for (size_t i = 0; i < e->mutant_count; i++)
    if (mutant_at(e, i)->role == role)
      count_one(&t, e->result[i].outcome);
  return t;
}

static tally count_folder(const everything *e, const char *folder) {
  tally t = {0};
  for (size_t i = 0; i < e->mutant_count; i++)
    if (strcmp(e->module[e->owner[i]].folder, folder) == 0)
      count_one(&t, e->result[i].outcome);
  return t;
}

static json_t *make_json(const everything *e) {
  json_t *modules = json_array(), *operators = json_object();
  json_t *roles = json_object(), *by_folder = json_object();
  for (int r = 0; r < MUTANT_ROLES; r++) {
    const tally t = count_role(e, (mutant_role)r);
    json_object_set_new(roles, mutant_role_name((mutant_role)r), tally_json(&t));
  }
  for (size_t f = 0; f < FOLDERS; f++) {
    const tally t = count_folder(e, mutated_folders[f]);
    json_object_set_new(by_folder, mutated_folders[f], tally_json(&t));
  }
  tally total = {0}, by_operator[MUTANT_OPERATORS] = {{0}};
  for (size_t m = 0; m < e->module_count; m++) {
    const module *one = &e->module[m];
    tally t = {0};
    json_t *survivors = json_array(), *equivalents = json_array(), *tests = json_array();
    for (size_t i = one->first; i < one->first + one->mutants.count; i++) {
      const outcome o = e->result[i].outcome;
      count_one(&t, o);
      count_one(&total, o);
      count_one(&by_operator[mutant_at(e, i)->kind], o);
      if (o == SURVIVED)
        json_array_append_new(survivors, mutant_json(e, i));
      if (o == SAME_CODE || o == ARGUED)
        json_array_append_new(equivalents, mutant_json(e, i));
    }
    for (size_t i = 0; i < one->test_count; i++)
      json_array_append_new(tests, json_string(e->test[one->test[i]].name));
    json_t *j = tally_json(&t);
    json_object_set_new(j, "module", json_string(one->file));
    json_object_set_new(j, "tests", tests);
    json_object_set_new(j, "survivors", survivors);
    json_object_set_new(j, "equivalents", equivalents);
    json_array_append_new(modules, j);
  }
  for (int k = 0; k < MUTANT_OPERATORS; k++)
    json_object_set_new(operators, mutant_operator_name((mutant_operator)k),
                        tally_json(&by_operator[k]));
  char hash[32];
  put(hash, sizeof hash, "%016" PRIx64, hash_sources(e));
  return need(json_pack(
      "{s:s,s:b,s:I,s:I,s:o,s:o,s:o,s:o,s:o}", "sources", hash, "whole",
      e->set.sample == 0 && e->set.only == NULL && e->set.again == NULL && !e->set.quick, "mutants",
      (json_int_t)e->mutant_count, "seed", (json_int_t)e->set.seed, "total", tally_json(&total),
      "roles", roles, "folders", by_folder, "operators", operators, "modules", modules));
}

static void tex_row(FILE *file, const char *name, const tally *t) {
  for (const char *c = name; *c != '\0'; c++)
    fputs(*c == '_' ? "\\_" : (const char[]){*c, '\0'}, file);
  fprintf(file, " & %zu & %zu & %zu & %zu & %zu & ", t->tried, t->stillborn, t->same + t->argued,
          t->killed, t->survived);
  if (t->killed + t->survived == 0)
    fputs("-- \\\\\n", file);
  else
    fprintf(file, "%.1f \\\\\n", 100.0 * score_of(t));
}

/* A table body and the sentence before it: the modules of a whole run, the operators of a sample.
 */
static void write_tex(const char *path, const json_t *j) {
  char temporary[PATH_LENGTH];
  put(temporary, sizeof temporary, "%s.new", path);
  FILE *file = fopen(temporary, "w");
  if (file == NULL)
    die("%s: %s", temporary, strerror(errno));
  const bool whole = json_is_true(json_object_get(j, "whole"));
  const tally total = json_tally(json_object_get(j, "total"));
  fprintf(file, "\\def\\mutationextent{%s}\n", whole ? "whole" : "sample");
  fprintf(file, "\\def\\mutationof{%" JSON_INTEGER_FORMAT "}\n",
          json_integer_value(json_object_get(j, "mutants")));
  fprintf(file, "\\def\\mutationtried{%zu}\n", total.tried);
  fprintf(file, "\\def\\mutationasked{%zu}\n", total.killed + total.survived);
  fprintf(file, "\\def\\mutationscore{%.1f}\n", 100.0 * score_of(&total));
  fputs("\\def\\mutationrows{%\n", file);
  if (whole) {
    size_t i;
    const json_t *m;
    json_array_foreach(json_object_get(j, "modules"), i, m) {
      const tally t = json_tally(m);
      tex_row(file, json_string_value(json_object_get(m, "module")), &t);
    }
  } else
    for (int k = 0; k < MUTANT_OPERATORS; k++) {
      const char *name = mutant_operator_name((mutant_operator)k);
      const tally t = json_tally(json_object_get(json_object_get(j, "operators"), name));
      tex_row(file, name, &t);
    }
  fputs("\\midrule\n", file);
  for (size_t f = 0; f < FOLDERS; f++) {
    const tally t = json_tally(json_object_get(json_object_get(j, "folders"), mutated_folders[f]));
    char name[64];
    put(name, sizeof name, "all of src/%s", mutated_folders[f]);
    tex_row(file, name, &t);
  }
  fputs("\\midrule\n", file);
  for (int r = 0; r < MUTANT_ROLES; r++) {
    const char *name = mutant_role_name((mutant_role)r);
    const tally t = json_tally(json_object_get(json_object_get(j, "roles"), name));
    tex_row(file, name, &t);
  }
  tex_row(file, "in all", &total);
  fputs("}\n", file);
  if (fclose(file) != 0 || rename(temporary, path) != 0)
    die("%s: %s", path, strerror(errno));
}

static void print_mutants(const everything *e, outcome wanted, const char *title) {
  bool first = true;
  for (size_t i = 0; i < e->mutant_count; i++) {
    if (e->result[i].outcome != wanted)
      continue;
    const module *m = &e->module[e->owner[i]];
    const mutant *u = mutant_at(e, i);
    char *before = need(mutant_before(m->text, u)), *after = need(mutant_after(m->text, u));
    if (first)
      printf("%s\n", title);
    first = false;
    printf("%s:%d: %s, in %s (%s)\n  before: %s\n  after:  %s\n", m->file, u->line,
           mutant_operator_name(u->kind), u->function, mutant_role_name(u->role), before, after);
    free(before);
    free(after);
  }
}

static void print_tally(const char *name, const tally *t) {
  printf("%-36s %9zu %9zu %10zu %7zu %8zu", name, t->tried, t->stillborn, t->same + t->argued,
         t->killed, t->survived);
  if (t->killed + t->survived > 0)
    printf(" %6.1f %%", 100.0 * score_of(t));
  putchar('\n');
}

static tally print_table(const everything *e) {
  tally total = {0};
  printf("%-36s %9s %9s %10s %7s %8s\n", "", "generated", "stillborn", "equivalent", "killed",
         "survived");
  for (size_t m = 0; m < e->module_count; m++) {
    tally t = {0};
    for (size_t i = 0; i < e->module[m].mutants.count; i++) {
      count_one(&t, e->result[e->module[m].first + i].outcome);
      count_one(&total, e->result[e->module[m].first + i].outcome);
    }
    if (t.tried > 0)
      print_tally(e->module[m].file, &t);
  }
  for (size_t f = 0; f < FOLDERS; f++) {
    const tally t = count_folder(e, mutated_folders[f]);
    char name[64];
    put(name, sizeof name, "all of src/%s", mutated_folders[f]);
    print_tally(name, &t);
  }
  for (int r = 0; r < MUTANT_ROLES; r++) {
    const tally t = count_role(e, (mutant_role)r);
    print_tally(mutant_role_name((mutant_role)r), &t);
  }
  print_tally("in all", &total);
  return total;
}

/* --- the program ---------------------------------------------------------------------------- */

static void usage(void) {
  puts("usage: mutation --source DIR --compile CMD --link CMD --libs LIBS [options]\n"
       "  --tests DIR         where the tests' object files are (tests)\n"
       "  --equivalent DIR    mutants that a person argued to be equivalent\n"
       "  --work DIR          scratch folder, removed at the end (mutation.work)\n"
       "  --json FILE         writes the outcome\n"
       "  --tex FILE          writes the table of the report; where --json FILE holds a whole run\n"
       "                      of these very sources, that one, and nothing is run\n"
       "  --sample N          N mutants, spread over modules and operators (all)\n"
       "  --least P           per cent to be killed (95)\n"
       "  --seed S            of the sample (1)\n"
       "  --module STEM       of one module only\n"
       "  --jobs J            at a time (processors)\n"
       "  --again FILE        only the survivors that this outcome (of --json) tells of\n"
       "  --quick             a module's own tests with few instances, and no more\n"
       "  --list              print the mutants and run nothing");
}

static size_t parse_count(const char *text, const char *what) {
  char *end;
  errno = 0;
  const unsigned long value = strtoul(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > 1000000000)
    die("%s '%s': not a number", what, text);
  return value;
}

static settings read_settings(int argc, char **argv) {
  enum {
    SOURCE = 1,
    TESTS,
    COMPILE,
    LINK,
    LIBS,
    EQUIVALENT,
    WORK,
    JSON,
    TEX,
    SAMPLE,
    LEAST,
    SEED,
    MODULE,
    JOBS,
    AGAIN,
    QUICK,
    LIST,
    HELP
  };
  static const struct option options[] = {{"source", required_argument, NULL, SOURCE},
                                          {"tests", required_argument, NULL, TESTS},
                                          {"compile", required_argument, NULL, COMPILE},
                                          {"link", required_argument, NULL, LINK},
                                          {"libs", required_argument, NULL, LIBS},
                                          {"equivalent", required_argument, NULL, EQUIVALENT},
                                          {"work", required_argument, NULL, WORK},
                                          {"json", required_argument, NULL, JSON},
                                          {"tex", required_argument, NULL, TEX},
                                          {"sample", required_argument, NULL, SAMPLE},
                                          {"least", required_argument, NULL, LEAST},
                                          {"seed", required_argument, NULL, SEED},
                                          {"module", required_argument, NULL, MODULE},
                                          {"jobs", required_argument, NULL, JOBS},
                                          {"again", required_argument, NULL, AGAIN},
                                          {"quick", no_argument, NULL, QUICK},
                                          {"list", no_argument, NULL, LIST},
                                          {"help", no_argument, NULL, HELP},
                                          {0}};
  settings s = {.tests = "tests", .work = "mutation.work", .seed = 1, .least = SCORE_LEAST};
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  s.jobs = processors > 0 ? (int)processors : 1;
  for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
    switch (option) {
    case SOURCE:
      s.source = optarg;
      break;
    case TESTS:
      s.tests = optarg;
      break;
    case COMPILE:
      s.compile = optarg;
      break;
    case LINK:
      s.link = optarg;
      break;
    case LIBS:
      s.libs = optarg;
      break;
    case EQUIVALENT:
      s.equivalents = optarg;
      break;
    case WORK:
      s.work = optarg;
      break;
    case JSON:
      s.json = optarg;
      break;
    case TEX:
      s.tex = optarg;
      break;
    case SAMPLE:
      s.sample = parse_count(optarg, "sample");
      break;
    case LEAST:
      s.least = 0.01 * (double)parse_count(optarg, "least");
      break;
    case SEED:
      s.seed = parse_count(optarg, "seed");
      break;
    case MODULE:
      s.only = optarg;
      break;
    case JOBS:
      s.jobs = (int)parse_count(optarg, "jobs");
      break;
    case AGAIN:
      s.again = optarg;
      break;
    case QUICK:
      s.quick = true;
      break;
    case LIST:
      s.list = true;
      break;
    case HELP:
      usage();
      exit(0);
    default:
      usage();
      exit(2);
    }
  if (optind < argc || s.source == NULL || s.compile == NULL || s.link == NULL || s.libs == NULL ||
      s.jobs < 1 || s.jobs > 1024) {
    usage();
    exit(2);
  }
  return s;
}

/* The whole run that is on file, if it is of these sources: its table is written. */
static bool write_recorded(const everything *e) {
  if (e->set.tex == NULL || e->set.json == NULL)
    return false;
  json_t *j = json_load_file(e->set.json, 0, NULL);
  char hash[32];
  put(hash, sizeof hash, "%016" PRIx64, hash_sources(e));
  const char *found = json_string_value(json_object_get(j, "sources"));
  const bool fresh = j != NULL && found != NULL && strcmp(found, hash) == 0 &&
                     json_is_true(json_object_get(j, "whole"));
  if (fresh)
    write_tex(e->set.tex, j);
  json_decref(j);
  return fresh;
}

static bool probe(const everything *e, const char *flags) {
  char command[COMMAND_LENGTH];
  put(command, sizeof command,
      "echo 'int main(void) { return 0; }' >'%s/probe.c' && %s %s -o '%s/probe' '%s/probe.c' && "
      "'%s/probe'",
      e->folder, e->set.link, flags, e->folder, e->folder, e->folder);
  return shell(e, command, false) == 0;
}

static void release(everything *e) {
  if (!e->set.list) {
    char command[COMMAND_LENGTH];
    put(command, sizeof command, "rm -rf '%s'", e->folder);
    shell(e, command, true);
  }
  for (size_t m = 0; m < e->module_count; m++) {
    free(e->module[m].text);
    mutants_free(&e->module[m].mutants);
  }
  for (size_t t = 0; t < e->test_count; t++)
    free(e->test[t].text);
  for (size_t i = 0; i < e->equivalent_count; i++) {
    equivalent *q = &e->equivalent[i];
    free(q->list);
    free(q->function);
    free(q->before);
    free(q->after);
    free(q->reason);
  }
  free(e->equivalent);
  free(e->argued);
  free(e->module);
  free(e->owner);
  free(e->chosen);
  free(e->batch);
  free(e->batch_of);
}

/* What a part of the run took, on the clock and of the processors. */
static void tell_time(const char *what, double *clock_before, double *used_before) {
  struct rusage usage = {0};
  getrusage(RUSAGE_CHILDREN, &usage);
  const double used = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                      1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  const double now = seconds_now();
  fprintf(stderr, "%s: %.0f s, %.0f s of processor time\n", what, now - *clock_before,
          used - *used_before);
  *clock_before = now;
  *used_before = used;
}

/* Sorted; how many. */
static size_t list_survivors(const everything *e, size_t *out) {
  size_t count = 0;
  for (size_t i = 0; i < e->chosen_count; i++)
    if (e->result[e->chosen[i]].outcome == SURVIVED)
      out[count++] = e->chosen[i];
  return count;
}

/* All that was chosen, from the original to the outcome of each; false: the original fails. */
static void run_all(everything *e) {
  double began = seconds_now(), used = 0.0;
  make_folder(e, e->folder);
  e->gold = probe(e, "-fuse-ld=gold");
  e->sanitizers = probe(e, sanitizing);
  for (size_t i = 0; i < e->chosen_count; i++) {
    const module *m = &e->module[e->owner[e->chosen[i]]];
    for (size_t t = 0; t < m->test_count; t++)
      e->test[m->test[t]].needed = e->test[m->test[t]].primary = true;
    for (size_t t = 0; t < m->wider_count; t++)
      e->test[m->wider[t]].needed = true;
  }
  in_parallel(e, e->test_count, measure_test, NULL);
  for (size_t t = 0; t < e->test_count; t++) {
    if (e->test[t].primary && !e->test[t].passes)
      die("%s fails without any mutation", e->test[t].name);
    if (e->test[t].primary || (e->test[t].needed && is_usable_as_wider(&e->test[t])))
      fprintf(stderr, "%s: %.3g of the instances, seed %" PRIu64 ", %.2f s; all: %.2f s\n",
              e->test[t].name, e->test[t].factor, e->test[t].seed, e->test[t].small_seconds,
              e->test[t].full_seconds);
  }
  tell_time("the originals", &began, &used);
  e->batch_of = need(calloc(e->mutant_count, sizeof *e->batch_of));
  make_batches(e, e->chosen, e->chosen_count, BATCH_RUN);
  tell_time("building the mutants", &began, &used);
  in_parallel(e, e->chosen_count, try_first, show_progress);
  tell_time("trying them", &began, &used);
  size_t *survivors = need(calloc(e->chosen_count + 1, sizeof *survivors));
  size_t count = list_survivors(e, survivors);
  make_batches(e, survivors, count, BATCH_COMPARED);
  tell_time("comparing the survivors with the original", &began, &used);
  count = list_survivors(e, survivors);
  if (!e->set.quick) {
    make_batches(e, survivors, count, BATCH_RUN);
    in_parallel(e, count, try_further, show_progress);
    tell_time("the survivors with wider tests and all instances", &began, &used);
    count = list_survivors(e, survivors);
  }
  if (!e->set.quick && e->sanitizers) {
    make_batches(e, survivors, count, BATCH_SANITIZED);
    in_parallel(e, e->batch_count, measure_sanitized, NULL);
    in_parallel(e, count, try_sanitized, show_progress);
    tell_time("the survivors under the sanitizers", &began, &used);
  }
  e->batched = NULL;
  free(survivors);
}

/* Argued equivalents that a test kills: the argument is wrong. */
static size_t count_refuted(const everything *e) {
  size_t count = 0;
  for (size_t i = 0; i < e->mutant_count; i++)
    if (e->argued[i] != NULL && !is_general(e->argued[i]) && is_killed(e->result[i].outcome)) {
      fprintf(stderr, "mutation: %s:%d: listed as equivalent, but killed: %s\n", e->argued[i]->list,
              e->argued[i]->line, e->argued[i]->after);
      count++;
    }
  return count;
}

int main(int argc, char **argv) {
  everything e = {.set = read_settings(argc, argv)};
  if (write_recorded(&e))
    return 0;
  if (getcwd(e.start, sizeof e.start) == NULL)
    die("%s", strerror(errno));
  put(e.folder, sizeof e.folder, "%.400s/%.100s", e.set.work[0] == '/' ? "" : e.start, e.set.work);
  find_tests(&e);
  find_modules(&e);
  for (size_t m = 0; m < e.module_count; m++)
    if (e.set.equivalents != NULL)
      read_equivalents(&e, &e.module[m]);
  const size_t stale = match_equivalents(&e) + count_orphans(&e);
  choose(&e);
  e.result = shared(e.mutant_count * sizeof *e.result);
  if (e.set.list) {
    for (size_t i = 0; i < e.chosen_count; i++)
      e.result[e.chosen[i]].outcome = SURVIVED;
    print_mutants(&e, SURVIVED, "mutants:");
    release(&e);
    return stale == 0 ? 0 : 1;
  }
  run_all(&e);
  print_mutants(&e, SURVIVED, "survived:");
  const tally total = print_table(&e);
  json_t *j = make_json(&e);
  if (e.set.json != NULL && e.set.tex == NULL && json_dump_file(j, e.set.json, JSON_INDENT(1)) != 0)
    die("cannot write %s", e.set.json);
  if (e.set.tex != NULL)
    write_tex(e.set.tex, j);
  json_decref(j);
  size_t broken = 0;
  for (size_t i = 0; i < e.mutant_count; i++)
    broken += e.result[i].outcome == BROKEN;
  if (broken > 0)
    fprintf(stderr, "mutation: %zu mutants could not be linked\n", broken);
  const size_t refuted = count_refuted(&e);
  const size_t alive = total.killed + total.survived;
  const bool whole = e.set.sample == 0 || e.set.sample >= e.mutant_count;
  const bool enough = whole ? score_of(&total) >= e.set.least
                            : gsl_cdf_binomial_P((unsigned)total.killed, e.set.least,
                                                 (unsigned)alive) >= SAMPLE_FALSE_ALARM;
  printf("%.1f %% of %zu killed: %s\n", 100.0 * score_of(&total), alive,
         enough ? "enough" : "not enough");
  release(&e);
  if (broken > 0)
    return 2;
  return enough && stale == 0 && refuted == 0 ? 0 : 1;
}
