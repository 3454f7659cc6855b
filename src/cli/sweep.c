#include "config.h"
#include "cli/command.h"

#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <gsl/gsl_errno.h>
#include "io/number.h"
#include "sweep/cluster.h"
#include "sweep/journal.h"
#include "sweep/plan.h"
#include "sweep/sweep.h"

enum { SHARDS_MOST = 1000000 };

typedef struct {
  const char *plan_file;
  const char *output;   /* NULL: named after the plan */
  size_t shard, shards; /* 1 <= shard <= shards; 0 of 0: the whole */
  int threads;          /* 0: as OpenMP chooses */
  bool merge, cluster;
  int rank;        /* with `cluster` */
  char **operands; /* with `merge`: the journals */
  int operand_count;
} sweep_settings;

/* --- progress -------------------------------------------------------------------------------- */

typedef struct {
  journal *journal;
  journal_rows *rows;
  diagnostic *diag;
  size_t total, before; /* rows wanted, and known at the start */
  FILE *progress;       /* a terminal, or NULL */
  struct timespec start;
  double shown; /* seconds since the start; 0 before the first time */
} progress;

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

/* After one second, and then five times a second. */
static void show_progress(progress *p, size_t known) {
  const double elapsed = seconds_since(&p->start);
  if (p->progress == NULL || elapsed < 1.0 || elapsed - p->shown < 0.2)
    return;
  const double rate = (double)(known - p->before) / elapsed;
  fprintf(p->progress, "\r%zu of %zu runs, %.3g a second, %.0f s left\033[K", known, p->total, rate,
          (double)(p->total - known) / rate);
  fflush(p->progress);
  p->shown = elapsed;
}

static int take_row(void *context, size_t run, const char *row) {
  progress *p = context;
  int status = journal_append(p->journal, run, row, p->diag);
  if (status == GSL_SUCCESS)
    status = journal_rows_set(p->rows, run, row);
  if (status == GSL_SUCCESS)
    show_progress(p, p->rows->known);
  return status;
}

/* --- names ----------------------------------------------------------------------------------- */

/* The plan's name without its folder and its last suffix, with another; owned by the caller. */
static char *name_after(const char *plan_file, const char *suffix) {
  char *copy = strdup(plan_file), *name = NULL;
  if (copy == NULL)
    return NULL;
  char *base = basename(copy), *dot = strrchr(base, '.');
  if (dot != NULL && dot != base)
    *dot = '\0';
  if (asprintf(&name, "%s%s", base, suffix) < 0)
    name = NULL;
  free(copy);
  return name;
}

static char *output_name(const sweep_settings *s) {
  char suffix[64] = ".tsv";
  if (s->output != NULL)
    return strdup(s->output);
  if (s->shards > 0)
    snprintf(suffix, sizeof suffix, ".%zu-of-%zu.journal", s->shard, s->shards);
  return name_after(s->plan_file, suffix);
}

/* --- the parts ------------------------------------------------------------------------------- */

static int no_memory(diagnostic *diag) {
  return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
}

static int write_table(const sweep_plan *plan, const journal_rows *rows, const char *file,
                       diagnostic *diag) {
  io_output output;
  const int status = io_output_open(file, &output, diag);
  if (status != GSL_SUCCESS)
    return status;
  if (sweep_table_print(plan, rows, output.stream) != GSL_SUCCESS) {
    io_output_abandon(&output);
    return no_memory(diag);
  }
  return io_output_commit(&output, diag);
}

static void tell_damage(const char *file, const journal_damage *damage) {
  if (damage->damaged > 0)
    fprintf(stderr, "suspalign sweep: %s:%zu: %zu line%s cut or damaged, left out\n", file,
            damage->first_line, damage->damaged, damage->damaged == 1 ? "" : "s");
}

/* Everything that is not known yet.  *dismissed: the other ranks have been let go. */
static int run_rest(const sweep_plan *plan, const sweep_settings *s, journal *j, journal_rows *rows,
                    bool *dismissed, diagnostic *diag) {
  const size_t step = s->shards == 0 ? 1 : s->shards;
  size_t count = 0, wanted = 0;
  size_t *runs = malloc(rows->count * sizeof *runs);
  if (runs == NULL)
    return no_memory(diag);
  for (size_t run = s->shards == 0 ? 0 : s->shard - 1; run < rows->count; run += step, wanted++)
    if (rows->row[run] == NULL)
      runs[count++] = run;
  progress p = {.journal = j,
                .rows = rows,
                .diag = diag,
                .total = wanted,
                .before = rows->known,
                .progress = isatty(STDERR_FILENO) ? stderr : NULL};
  clock_gettime(CLOCK_MONOTONIC, &p.start);
  *dismissed = s->cluster;
  const int status = s->cluster ? cluster_rows(plan, runs, count, take_row, &p)
                                : sweep_rows(plan, runs, count, s->threads, take_row, &p);
  if (p.shown > 0.0)
    fputs("\r\033[K", p.progress);
  if (status != GSL_SUCCESS && diag->code == GSL_SUCCESS)
    diagnostic_set(diag, status, "%s", gsl_strerror(status));
  free(runs);
  return status;
}

enum { JOURNAL_TITLE_LENGTH = SWEEP_TITLE_LENGTH + 64 };

static void journal_title(const sweep_plan *plan, const sweep_settings *s,
                          char title[JOURNAL_TITLE_LENGTH]) {
  sweep_title(plan, title);
  const size_t length = strlen(title);
  snprintf(title + length, JOURNAL_TITLE_LENGTH - length, ", shard %zu/%zu",
           s->shards == 0 ? 1 : s->shard, s->shards == 0 ? 1 : s->shards);
}

/* The journal, then the table in its place; of a shard the journal alone. */
static int run_journalled(const sweep_plan *plan, const sweep_settings *s, const char *file,
                          bool *dismissed, diagnostic *diag) {
  char title[JOURNAL_TITLE_LENGTH], *journal_file = NULL;
  journal_rows rows = {.count = 0};
  journal_damage damage;
  journal *j = NULL;
  journal_title(plan, s, title);
  if (asprintf(&journal_file, s->shards == 0 ? "%s.journal" : "%s", file) < 0)
    return no_memory(diag);
  int status = journal_rows_alloc(sweep_plan_runs(plan), &rows);
  if (status != GSL_SUCCESS)
    no_memory(diag);
  else
    status = journal_open(journal_file, title, &rows, &j, &damage, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  tell_damage(journal_file, &damage);
  if (rows.known > 0)
    fprintf(stderr, "suspalign sweep: %s: %zu run%s known\n", journal_file, rows.known,
            rows.known == 1 ? "" : "s");
  status = run_rest(plan, s, j, &rows, dismissed, diag);
  if (status == GSL_SUCCESS && s->shards == 0) {
    status = write_table(plan, &rows, file, diag);
    if (status == GSL_SUCCESS)
      journal_remove(j); /* while it is locked */
  }
  if (status == GSL_SUCCESS)
    printf("%s: %zu run%s\n", file, rows.known, rows.known == 1 ? "" : "s");

cleanup:
  journal_close(j);
  journal_rows_free(&rows);
  free(journal_file);
  return status;
}

static int run_sweep(const sweep_plan *plan, const sweep_settings *s, bool *dismissed,
                     diagnostic *diag) {
  int complete = 0, status = GSL_SUCCESS;
  char *file = output_name(s);
  if (file == NULL)
    return no_memory(diag);
  if (s->shards == 0)
    status = sweep_table_check(plan, file, &complete, diag);
  if (status == GSL_SUCCESS && complete) {
    char title[JOURNAL_TITLE_LENGTH], *journal_file = NULL;
    journal_title(plan, s, title);
    /* of a sweep that was killed after its last act but one */
    if (asprintf(&journal_file, "%s.journal", file) >= 0)
      journal_discard(journal_file, title);
    free(journal_file);
    printf("%s: complete already\n", file);
  } else if (status == GSL_SUCCESS) {
    status = run_journalled(plan, s, file, dismissed, diag);
  }
  free(file);
  return status;
}

static int merge(const sweep_plan *plan, const sweep_settings *s, diagnostic *diag) {
  char prefix[SWEEP_TITLE_LENGTH];
  journal_rows rows;
  int complete = 0;
  char *file = output_name(s);
  if (file == NULL || journal_rows_alloc(sweep_plan_runs(plan), &rows) != GSL_SUCCESS) {
    free(file);
    return no_memory(diag);
  }
  sweep_title(plan, prefix);
  int status = sweep_table_check(plan, file, &complete, diag);
  for (int i = 0; i < s->operand_count && status == GSL_SUCCESS; i++) {
    journal_damage damage;
    status = journal_read(s->operands[i], prefix, &rows, &damage, diag);
    if (status == GSL_SUCCESS)
      tell_damage(s->operands[i], &damage);
  }
  if (status == GSL_SUCCESS && rows.known < rows.count) {
    size_t first = 0;
    while (rows.row[first] != NULL)
      first++;
    status =
        diagnostic_set(diag, GSL_EINVAL, "%zu of %zu runs are in none of the files, run %zu first",
                       rows.count - rows.known, rows.count, first + 1);
  }
  if (status == GSL_SUCCESS)
    status = write_table(plan, &rows, file, diag);
  if (status == GSL_SUCCESS)
    printf("%s: %zu run%s\n", file, rows.known, rows.known == 1 ? "" : "s");
  journal_rows_free(&rows);
  free(file);
  return status;
}

static int sweep_or_merge(const sweep_settings *s, diagnostic *diag) {
  sweep_plan *plan = NULL;
  bool dismissed = false;
  int status = sweep_plan_read(s->plan_file, &plan, diag);
  if (status == GSL_SUCCESS)
    status = s->merge ? merge(plan, s, diag) : run_sweep(plan, s, &dismissed, diag);
  sweep_plan_free(plan);
  return status;
}

/* On every rank; what goes wrong is rank 0's to tell. */
static int sweep_on_cluster(sweep_settings *s, diagnostic *diag) {
  char *text = NULL;
  size_t length = 0;
  sweep_plan *plan = NULL;
  bool dismissed = false;
  int status = cluster_start(&s->rank, diag);
  if (status != GSL_SUCCESS)
    return status;
  if (s->rank == 0)
    status = sweep_plan_load(s->plan_file, &text, &length, diag);
  const int shared = cluster_share(&text, &length);
  status = status != GSL_SUCCESS ? status : shared;
  if (text != NULL && status == GSL_SUCCESS)
    status = sweep_plan_parse(s->plan_file, text, length, &plan, diag);
  if (plan != NULL && s->rank == 0)
    status = run_sweep(plan, s, &dismissed, diag);
  /* What every rank knows alike: who has the text waits for the others that have it. */
  if (text != NULL && length > 0) {
    if (s->rank == 0 && !dismissed) {
      cluster_dismiss();
    } else if (s->rank != 0) {
      const int worked = cluster_work(plan);
      status = status != GSL_SUCCESS ? status : worked;
    }
  }
  sweep_plan_free(plan);
  free(text);
  cluster_end();
  return status;
}

/* --- the command line ------------------------------------------------------------------------ */

/* A whole number from 1 to SHARDS_MOST at the start of the text; *end after it. */
static bool parse_share(const char *text, const char **end, size_t *out) {
  uint64_t value;
  if (!io_whole_parse(text, end, &value) || value < 1 || value > SHARDS_MOST)
    return false;
  *out = (size_t)value;
  return true;
}

static bool parse_shard(const char *text, sweep_settings *s) {
  const char *end;
  return parse_share(text, &end, &s->shard) && *end == '/' &&
         parse_share(end + 1, &end, &s->shards) && *end == '\0' && s->shard <= s->shards;
}

static int check_operands(int argc, char **argv, sweep_settings *s) {
  if (optind >= argc)
    return cli_usage_error("sweep", "which plan?");
  s->plan_file = argv[optind];
  s->operands = argv + optind + 1;
  s->operand_count = argc - optind - 1;
  if (!s->merge && s->operand_count > 0)
    return cli_usage_error("sweep", "unexpected operand '%s'", s->operands[0]);
  if (s->merge && s->operand_count == 0)
    return cli_usage_error("sweep", "--merge: which shards?");
  if (s->merge && (s->shards > 0 || s->cluster))
    return cli_usage_error("sweep", "--merge runs nothing: neither --shard nor --mpi");
  if (s->cluster && (s->shards > 0 || s->threads > 0))
    return cli_usage_error("sweep", "--mpi shares out the runs: neither --shard nor --threads");
  return CLI_HOLDS;
}

static int run(int argc, char **argv) {
  static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"shard", required_argument, NULL, 's'},
                                          {"merge", no_argument, NULL, 'm'},
                                          {"mpi", no_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  sweep_settings s = {.threads = 0};
  diagnostic diag = {GSL_SUCCESS, ""};
  int option;
  while ((option = cli_next_option(argc, argv, ":ho:", options)) != -1)
    switch (option) {
    case 'o':
      s.output = optarg;
      break;
    case 't':
      if (!cli_parse_threads(optarg, &s.threads))
        return cli_usage_error("sweep", "--threads '%s': not a whole number from 1 to %d", optarg,
                               CLI_THREADS_MOST);
      break;
    case 's':
      if (!parse_shard(optarg, &s))
        return cli_usage_error("sweep", "--shard '%s': not I/N with 1 <= I <= N <= %d", optarg,
                               SHARDS_MOST);
      break;
    case 'm':
      s.merge = true;
      break;
    case 'c':
      s.cluster = true;
      break;
    case 'h':
      fputs(cli_sweep.help, stdout);
      return CLI_HOLDS;
    default:
      return CLI_TROUBLE;
    }
  if (check_operands(argc, argv, &s) != CLI_HOLDS)
    return CLI_TROUBLE;
  signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write, told as such */
  if ((s.cluster ? sweep_on_cluster(&s, &diag) : sweep_or_merge(&s, &diag)) == GSL_SUCCESS)
    return CLI_HOLDS;
  return s.rank == 0 ? cli_trouble(&diag) : CLI_TROUBLE;
}

const cli_command cli_sweep = {
    .name = "sweep",
    .summary = "run SGD over a grid of problems, and sum up each run in one row",
    .help =
        "Usage: suspalign sweep [OPTION]... PLAN\n"
        "  or:  suspalign sweep --merge [-o FILE] PLAN SHARD...\n"
        "Runs every cell of the plan's grid - gap ratio, step, noise, dimensions, length, seed - "
        "and\n"
        "writes a table of tab-separated values, one row a run: mean and variance of the "
        "alignment\n"
        "over the last steps, the decay phase at the start, and the rate and R^2 of an "
        "exponential\n"
        "and a cubic through it.  The man page says what is in a plan; 'authors.ini', installed "
        "with\n"
        "the program, is the sweep of arXiv:2601.11789.\n\n"
        "Each row goes to the journal FILE.journal at once.  Killed at any moment, the same "
        "command\n"
        "goes on from there; the table appears when it is whole, and is the same, byte by byte,\n"
        "whatever happened on the way and for any number of threads, shards or ranks.  A file of\n"
        "another plan or version is refused.\n\n"
        "  -o, --output FILE  the table (PLAN.tsv here, for a plan PLAN.ini anywhere); with "
        "--shard\n"
        "                     the shard's journal (PLAN.I-of-N.journal)\n"
        "  --threads N        runs at the same time (OMP_NUM_THREADS, or one a processor)\n"
        "  --shard I/N        only the I-th of N shares, for job arrays\n"
        "  --merge            the table from the journals of all shares\n"
        "  --mpi              under mpirun: the ranks share the runs (where built with MPI)\n"
        "  --help             this text\n\n"
        "Exit status: 0 done, 2 bad usage, bad plan, or output that cannot be written.\n",
    .run = run,
};
