#include "config.h"
#include "sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <gsl/gsl_errno.h>
#include <zlib.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* --- many runs ------------------------------------------------------------------------------- */

static int thread_count(int threads) {
#ifdef _OPENMP
  return threads > 0 ? threads : omp_get_max_threads();
#else
  (void)threads;
  return 1;
#endif
}

/* Runs the list; `take` is called under a lock. */
static int run_list(const sweep_plan *plan, const size_t *runs, size_t count, int threads,
                    int (*take)(void *context, size_t run, const sweep_result *result),
                    void *context) {
  int worst = GSL_SUCCESS;
  const int team = thread_count(threads);
  (void)team;
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
  for (size_t i = 0; i < count; i++) {
    int before;
#pragma omp atomic read
    before = worst;
    if (before != GSL_SUCCESS)
      continue;
    const size_t run = runs == NULL ? i : runs[i];
    sweep_result result;
    int status = sweep_run(plan, run, &result);
#pragma omp critical(sweep_take)
    {
      if (worst == GSL_SUCCESS) {
        if (status == GSL_SUCCESS)
          status = take(context, run, &result);
#pragma omp atomic write
        worst = status;
      }
    }
  }
  return worst;
}

static int keep_result(void *context, size_t run, const sweep_result *result) {
  ((sweep_result *)context)[run] = *result;
  return GSL_SUCCESS;
}

int sweep_results(const sweep_plan *plan, int threads, sweep_result *results) {
  return run_list(plan, NULL, sweep_plan_runs(plan), threads, keep_result, results);
}

typedef struct {
  sweep_sink *sink;
  void *context;
} row_sink;

static int hand_row(void *context, size_t run, const sweep_result *result) {
  const row_sink *to = context;
  char *row = sweep_row(result);
  const int status = row == NULL ? GSL_ENOMEM : to->sink(to->context, run, row);
  free(row);
  return status;
}

int sweep_rows(const sweep_plan *plan, const size_t *runs, size_t count, int threads,
               sweep_sink *sink, void *context) {
  row_sink to = {sink, context};
  return run_list(plan, runs, count, threads, hand_row, &to);
}

/* --- rows ------------------------------------------------------------------------------------ */

static const char columns[] =
    "run\tm\teta\tsigma\td\tk\tsteps\tseed\tended\tmean\tvariance\tfirst\tleast\tleast_at\t"
    "decay_steps\trate\texponential_r2\tcubic_r2\tremark";

/* A number where there is one, and a tab. */
static void print_number(FILE *stream, bool known, double x) {
  if (known && isfinite(x))
    fprintf(stream, "%.17g\t", x);
  else
    fputs("-\t", stream);
}

/* Both say whether they left a remark. */
static bool print_early(FILE *stream, const sweep_result *r) {
  fprintf(stream, "%zu", r->ended_at);
  for (int column = 0; column < 9; column++)
    fputs("\t-", stream);
  if (r->ended == GSL_EOVRFLW)
    fprintf(stream, "\tdiverged: no finite gradient at step %zu", r->ended_at);
  else
    fprintf(stream, "\tno alignment: the gradient is 0 at step %zu", r->ended_at);
  return true;
}

static bool print_fits(FILE *stream, const decay_fit *fit) {
  const bool curve = fit->exponential == DECAY_FITTED, cubic = fit->cubic == DECAY_FITTED;
  if (fit->length > 0)
    fprintf(stream, "%zu\t", fit->length);
  else
    fputs("-\t", stream);
  print_number(stream, curve, fit->rate);
  print_number(stream, curve, fit->exponential_r2);
  print_number(stream, cubic, fit->cubic_r2);
  if (!curve)
    fprintf(stream, "no fits: %s", decay_outcome_words(fit->exponential));
  else if (!cubic)
    fprintf(stream, "no cubic: %s", decay_outcome_words(fit->cubic));
  return !curve || !cubic;
}

char *sweep_row(const sweep_result *r) {
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  if (stream == NULL)
    return NULL;
  bool remarked;
  if (r->ended != GSL_SUCCESS) {
    remarked = print_early(stream, r);
  } else {
    fputs("-\t", stream);
    print_number(stream, true, r->mean);
    print_number(stream, true, r->variance);
    print_number(stream, true, r->decay.first);
    print_number(stream, true, r->decay.least);
    fprintf(stream, "%zu\t", r->decay.least_at);
    remarked = print_fits(stream, &r->decay);
  }
  if (!(r->cell.eta < r->edge))
    fprintf(stream, "%seta is not below 2/lambda_1 = %.17g", remarked ? "; " : "", r->edge);
  if (fclose(stream) == 0)
    return text;
  free(text);
  return NULL;
}

/* --- files ----------------------------------------------------------------------------------- */

void sweep_title(const sweep_plan *plan, char title[SWEEP_TITLE_LENGTH]) {
  snprintf(title, SWEEP_TITLE_LENGTH, "suspalign sweep %d, version %s, plan %016" PRIx64,
           SWEEP_FORMAT, PACKAGE_VERSION, sweep_plan_hash(plan));
}

/* What is printed, and the CRC-32 of it. */
typedef struct {
  FILE *stream;
  uint32_t sum;
  int status; /* of the first line that there was no memory for */
} sealed_text;

static uint32_t add_to_sum(uint32_t sum, const char *text, size_t length) {
  return (uint32_t)crc32(sum, (const Bytef *)text, (uInt)length);
}

static void put_line(sealed_text *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put_line(sealed_text *out, const char *format, ...) {
  char *line = NULL;
  va_list arguments;
  va_start(arguments, format);
  const int length = vasprintf(&line, format, arguments);
  va_end(arguments);
  if (length < 0) {
    out->status = GSL_ENOMEM;
    return;
  }
  out->sum = add_to_sum(out->sum, line, (size_t)length);
  fputs(line, out->stream);
  free(line);
}

/* The last line: what is cut or altered is told from what is whole. */
enum { SEAL_LENGTH = 64 };
static void make_seal(uint32_t sum, char seal[SEAL_LENGTH]) {
  snprintf(seal, SEAL_LENGTH, "# crc-32 of the lines above: %08" PRIx32 "\n", sum);
}

/* Each line of the plan behind "# ". */
static void print_plan(const sweep_plan *plan, sealed_text *out) {
  char *text = NULL, *rest = NULL;
  size_t length = 0;
  FILE *memory = open_memstream(&text, &length);
  if (memory == NULL) {
    out->status = GSL_ENOMEM;
    return;
  }
  sweep_plan_print(plan, memory);
  if (fclose(memory) == 0)
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
      put_line(out, "# %s\n", line);
  else
    out->status = GSL_ENOMEM;
  free(text);
}

int sweep_table_print(const sweep_plan *plan, const journal_rows *rows, FILE *stream) {
  char title[SWEEP_TITLE_LENGTH], seal[SEAL_LENGTH];
  sealed_text out = {.stream = stream, .status = GSL_SUCCESS};
  sweep_title(plan, title);
  put_line(&out, "# %s\n", title);
  print_plan(plan, &out);
  put_line(&out, "%s\n", columns);
  for (size_t run = 0; run < rows->count; run++) {
    const sweep_cell c = sweep_plan_cell(plan, run);
    put_line(&out, "%zu\t%.17g\t%.17g\t%.17g\t%zu\t%zu\t%zu\t%" PRIu64 "\t%s\n", run + 1, c.m,
             c.eta, c.sigma, c.d, c.k, c.steps, c.seed, rows->row[run]);
  }
  make_seal(out.sum, seal);
  fputs(seal, stream);
  return out.status;
}

int sweep_table_check(const sweep_plan *plan, const char *file, int *complete, diagnostic *diag) {
  char title[SWEEP_TITLE_LENGTH], seal[SEAL_LENGTH], *line = NULL;
  size_t room = 0;
  ssize_t length;
  uint32_t sum = 0;
  bool sealed = false;
  int status = GSL_SUCCESS;
  struct stat kind;
  *complete = 0;
  errno = 0;
  /* Reading what is no regular file may never end. */
  if (stat(file, &kind) == 0 && !S_ISREG(kind.st_mode))
    return diagnostic_set(diag, GSL_EFAILED, "%s: not a regular file", file);
  FILE *stream = fopen(file, "r");
  if (stream == NULL)
    return errno == ENOENT ? GSL_SUCCESS
                           : diagnostic_set(diag, GSL_EFAILED, "%s: %s", file, strerror(errno));
  sweep_title(plan, title);
  for (size_t at = 1; errno = 0, (length = getline(&line, &room, stream)) >= 0; at++) {
    make_seal(sum, seal);
    sealed = strcmp(line, seal) == 0;
    sum = add_to_sum(sum, line, (size_t)length);
    line[strcspn(line, "\n")] = '\0';
    if (at == 1 && (line[0] != '#' || line[1] != ' ' || strcmp(line + 2, title) != 0)) {
      status =
          diagnostic_set(diag, GSL_EINVAL, "%s:1: of another plan or version: '%.160s', not '# %s'",
                         file, line, title);
      break;
    }
  }
  if (status == GSL_SUCCESS && (ferror(stream) || errno == ENOMEM))
    status = diagnostic_set(diag, GSL_EFAILED, "%s: %s", file, strerror(errno));
  else if (status == GSL_SUCCESS && !sealed)
    status =
        diagnostic_set(diag, GSL_EINVAL,
                       "%s: cut or altered: its last line is not the checksum of the others", file);
  *complete = status == GSL_SUCCESS;
  free(line);
  fclose(stream);
  return status;
}
