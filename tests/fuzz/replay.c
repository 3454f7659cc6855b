/* The driver of a harness where there is no libFuzzer: the corpus, then mutations of it that are
 * the same at every run.
 *
 *   fuzz_X              the corpus of X and SUSPALIGN_TRIALS_FACTOR times 2000 mutations, as TAP
 *   fuzz_X FILE...      these files alone
 *   fuzz_X --write N    the N-th mutation, on standard output
 *
 * The runs happen in a child: whatever kills it, the parent knows the input. */
#include "config.h"
#include "harness.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "model/random.h"
#include "verify/run.h"

enum { MUTATIONS = 2000, SECONDS_MOST = 20, PATH_LENGTH = 4096 };

typedef struct {
  char *name;
  uint8_t *bytes;
  size_t size;
} seed_file;

typedef struct {
  seed_file *seed;
  size_t count;
} corpus;

/* --- corpus --------------------------------------------------------------------------------- */

static bool read_file(const char *path, seed_file *out) {
  FILE *stream = fopen(path, "rb");
  if (stream == NULL)
    return false;
  out->bytes = malloc(HARNESS_LENGTH_MOST);
  out->size = out->bytes == NULL ? 0 : fread(out->bytes, 1, HARNESS_LENGTH_MOST, stream);
  out->name = strdup(path);
  fclose(stream);
  return out->bytes != NULL && out->name != NULL;
}

static int is_seed(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* In the order of their names, whatever the locale: strcmp. */
static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_corpus(corpus *all) {
  const char *source = getenv("SUSPALIGN_SOURCE");
  char folder[PATH_LENGTH], path[2 * PATH_LENGTH];
  struct dirent **entries = NULL;
  snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", source == NULL ? "." : source,
           harness_name);
  const int count = scandir(folder, &entries, is_seed, by_name);
  bool good = count > 0;
  all->seed = calloc(count > 0 ? (size_t)count : 1, sizeof *all->seed);
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    good = good && all->seed != NULL && read_file(path, &all->seed[all->count++]);
    free(entries[i]);
  }
  free(entries);
  if (!good)
    printf("Bail out! %s: no corpus\n", folder);
  return good;
}

static void corpus_free(corpus *all) {
  for (size_t i = 0; i < all->count; i++) {
    free(all->seed[i].name);
    free(all->seed[i].bytes);
  }
  free(all->seed);
}

/* --- mutations ------------------------------------------------------------------------------ */

/* What readers stumble over. */
static const char *const words[] = {"nan",
                                    "-inf",
                                    "1e999",
                                    "1e-999",
                                    "0x1p-1074",
                                    "-0",
                                    "18446744073709551616",
                                    "9007199254740993",
                                    "4294967296",
                                    "-1",
                                    "\n",
                                    "\r\n",
                                    ",",
                                    " ",
                                    "\"",
                                    "'",
                                    "%",
                                    "#",
                                    "(",
                                    ")",
                                    "{",
                                    "}",
                                    "[",
                                    "L",
                                    "--",
                                    "=",
                                    "\xEF\xBB\xBF",
                                    "\x1f\x8b",
                                    "\xff\xff\xff\xff",
                                    "1 1 1\n",
                                    "lambda",
                                    "symmetric",
                                    "True",
                                    "<f4",
                                    ">i8",
                                    "\\u0000",
                                    "null"};
enum { WORD_COUNT = sizeof words / sizeof *words };

typedef struct {
  uint8_t bytes[HARNESS_LENGTH_MOST];
  size_t size;
} input;

/* Puts `length` bytes in at a place; what no longer fits falls off the end. */
static void insert(input *x, size_t place, const uint8_t *bytes, size_t length) {
  uint8_t copy[HARNESS_LENGTH_MOST];
  const size_t room = HARNESS_LENGTH_MOST - place, taken = length < room ? length : room;
  const size_t rest = x->size - place, kept = rest < room - taken ? rest : room - taken;
  memcpy(copy, bytes, taken); /* it may be a part of x itself */
  memmove(x->bytes + place + taken, x->bytes + place, kept);
  memcpy(x->bytes + place, copy, taken);
  x->size = place + taken + kept;
}

static void mutate_once(gsl_rng *rng, input *x, const corpus *all) {
  const size_t way = random_index(rng, 0, 7);
  const size_t place = random_index(rng, 0, x->size);
  const size_t rest = x->size - place, length = random_index(rng, 0, rest < 32 ? rest : 32);
  const size_t number = random_index(rng, 0, 255);
  const uint8_t byte = (uint8_t)number;
  const char *word = words[random_index(rng, 0, WORD_COUNT - 1)];
  const seed_file *other = &all->seed[random_index(rng, 0, all->count - 1)];
  const size_t from = random_index(rng, 0, other->size);
  switch (way) {
  case 0: /* a byte, any */
    if (rest > 0)
      x->bytes[place] = byte;
    break;
  case 1: /* a bit */
    if (rest > 0)
      x->bytes[place] ^= (uint8_t)(1u << (byte % 8));
    break;
  case 2: /* a piece less */
    memmove(x->bytes + place, x->bytes + place + length, rest - length);
    x->size -= length;
    break;
  case 3: /* a piece twice */
    insert(x, place, x->bytes + place, length);
    break;
  case 4:
    insert(x, place, &byte, 1);
    break;
  case 5:
    insert(x, place, (const uint8_t *)word, strlen(word));
    break;
  case 6: /* the end of another */
    x->size = place;
    insert(x, place, other->bytes + from, other->size - from);
    break;
  default: /* cut off */
    x->size = place;
  }
}

static void mutate(uint64_t number, const corpus *all, input *x) {
  gsl_rng *rng = random_alloc((uint32_t)number + 1);
  HARNESS_DEMAND(rng != NULL);
  const seed_file *seed = &all->seed[random_index(rng, 0, all->count - 1)];
  memcpy(x->bytes, seed->bytes, seed->size);
  x->size = seed->size;
  for (size_t times = random_index(rng, 1, 6); times > 0; times--)
    mutate_once(rng, x, all);
  gsl_rng_free(rng);
}

/* --- runs ----------------------------------------------------------------------------------- */

/* Runs the corpus (mutations = 0) or the mutations, telling at every step how far it is. */
static void run_all(const corpus *all, uint64_t mutations, volatile uint64_t *at) {
  input x;
  for (*at = 0; *at < (mutations > 0 ? mutations : all->count); ++*at) {
    alarm(SECONDS_MOST);
    if (mutations > 0)
      mutate(*at, all, &x);
    else {
      memcpy(x.bytes, all->seed[*at].bytes, all->seed[*at].size);
      x.size = all->seed[*at].size;
    }
    /* Of exactly its size, so that a read beyond its end is one beyond an allocation. */
    uint8_t *copy = malloc(x.size > 0 ? x.size : 1);
    HARNESS_DEMAND(copy != NULL);
    memcpy(copy, x.bytes, x.size);
    LLVMFuzzerTestOneInput(copy, x.size);
    free(copy);
  }
}

/* One point of TAP.  0, or an exit status for the whole program. */
static int run_point(int point, const corpus *all, uint64_t mutations) {
  volatile uint64_t *at =
      mmap(NULL, sizeof *at, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  HARNESS_DEMAND(at != MAP_FAILED);
  fflush(stdout);
  const pid_t child = fork();
  HARNESS_DEMAND(child >= 0);
  if (child == 0) {
    run_all(all, mutations, at);
    exit(0);
  }
  int status;
  HARNESS_DEMAND(waitpid(child, &status, 0) == child);
  const bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  printf("%sok %d - %s: %llu %s\n", passed ? "" : "not ", point, harness_name,
         (unsigned long long)*at, mutations > 0 ? "mutations" : "inputs of the corpus");
  if (!passed && mutations > 0)
    printf("# mutation %llu: replay: fuzz_%s --write %llu >input; fuzz_%s input\n",
           (unsigned long long)*at, harness_name, (unsigned long long)*at, harness_name);
  else if (!passed)
    printf("# replay: fuzz_%s %s\n", harness_name,
           *at < all->count ? all->seed[*at].name : "(at the exit)");
  munmap((void *)at, sizeof *at);
  return passed ? 0 : WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static int run_files(int count, char **names) {
  int status = EXIT_SUCCESS;
  for (int i = 0; i < count; i++) {
    seed_file file = {NULL, NULL, 0};
    if (read_file(names[i], &file))
      LLVMFuzzerTestOneInput(file.bytes, file.size);
    else {
      fprintf(stderr, "%s: cannot be read\n", names[i]);
      status = EXIT_FAILURE;
    }
    free(file.name);
    free(file.bytes);
  }
  return status;
}

int main(int argc, char **argv) {
  verify_options options;
  diagnostic diag;
  corpus all = {NULL, 0};
  const bool writes = argc == 3 && strcmp(argv[1], "--write") == 0;
  if (argc > 1 && !writes)
    return run_files(argc - 1, argv + 1);
  if (verify_options_read(&options, &diag) != 0) {
    fprintf(stderr, "%s\n", diag.message);
    return EXIT_FAILURE;
  }
  int status = read_corpus(&all) ? EXIT_SUCCESS : EXIT_FAILURE;
  if (status == EXIT_SUCCESS && writes) {
    input x;
    mutate(strtoull(argv[2], NULL, 10), &all, &x);
    fwrite(x.bytes, 1, x.size, stdout);
  } else if (status == EXIT_SUCCESS) {
    const double mutations = MUTATIONS * options.trials_factor;
    puts("1..2");
    status = run_point(1, &all, 0);
    const int mutated = run_point(2, &all, mutations < 1.0 ? 1 : (uint64_t)mutations);
    status = status == 0 ? mutated : status;
  }
  corpus_free(&all);
  return status;
}
