#include "config.h"
#include "cli/command.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/one_step_moments.h"
#include "claims/opposite_effects.h"
#include "io/problem_file.h"
#include "io/table.h"
#include "model/least_squares.h"
#include "model/random.h"
#include "sim/bands.h"
#include "verify/run.h"

/* --- series ------------------------------------------------------------------------------------
 */

enum { ETA_STAR = BANDS_SERIES, ETA_DOMINANT, ETA_BULK, SERIES };
static const char *const series_name[SERIES] = {
    [BANDS_ALIGNMENT] = "alignment", [BANDS_DOMINANT_LOSS] = "loss_dominant",
    [BANDS_BULK_LOSS] = "loss_bulk", [ETA_STAR] = "eta_star",
    [ETA_DOMINANT] = "eta_dominant", [ETA_BULK] = "eta_bulk"};

/* The moments that the claims work on, of the state as it is now. */
static void state_moments(const sgd_state *state, one_step_moments *m) {
  quadratic q = {.d = state->d, .k = state->k};
  /* Only read there. */
  q.lambda = (double *)state->lambda;
  q.g = (double *)state->g;
  q.v = (double *)state->v;
  one_step_moments_of(&q, m);
}

/* NaN where the state has no critical step. */
static double state_critical_step(const one_step_moments *m) {
  critical_step found;
  return critical_step_of(m, &found) == GSL_SUCCESS && found.regime == REGIME_LOW ? found.eta_star
                                                                                  : NAN;
}

static void observe(const sgd_state *state, double *values, void *context) {
  bands_observe(state, values, context);
  one_step_moments m;
  opposite_effects effects;
  state_moments(state, &m);
  values[ETA_STAR] = state_critical_step(&m);
  const bool both = opposite_effects_of(&m, &effects) == GSL_SUCCESS;
  values[ETA_DOMINANT] = both ? effects.eta_dominant : NAN;
  values[ETA_BULK] = both ? effects.eta_bulk : NAN;
}

/* --- settings ----------------------------------------------------------------------------------
 */

typedef enum { RECORD_LOG, RECORD_EVERY, RECORD_ALL } record_kind;

typedef struct {
  const char *file, *output, *schedule_file;
  size_t k;      /* 0: proposed */
  double eta;    /* 0: none */
  double policy; /* 0: none */
  size_t steps, replicates, batch;
  int threads; /* 0: all processors */
  bool has_batch, has_noise;
  uint64_t seed;
  sgd_generator generator;
  sgd_shape shape;
  double freedom;
  record_kind record;
  size_t record_number; /* a decade, or every so many */
  bool json;
} settings_t;

static double policy_step(const sgd_state *state, void *context) {
  const settings_t *settings = context;
  one_step_moments m;
  state_moments(state, &m);
  const double eta_star = state_critical_step(&m);
  return isnan(eta_star) ? settings->eta : settings->policy * eta_star;
}

static bool read_record(const char *text, settings_t *settings) {
  if (strcmp(text, "all") == 0) {
    settings->record = RECORD_ALL;
    return true;
  }
  const bool every = strncmp(text, "every:", 6) == 0;
  settings->record = every ? RECORD_EVERY : RECORD_LOG;
  return (every || strncmp(text, "log:", 4) == 0) &&
         cli_parse_count(text + (every ? 6 : 4), &settings->record_number);
}

static bool read_noise(const char *text, settings_t *settings) {
  settings->has_noise = true;
  settings->shape = SGD_GAUSSIAN;
  if (strcmp(text, "gaussian") == 0)
    return true;
  settings->shape = SGD_RADEMACHER;
  if (strcmp(text, "rademacher") == 0)
    return true;
  settings->shape = SGD_STUDENT;
  return strncmp(text, "student:", 8) == 0 && cli_parse_real(text + 8, &settings->freedom) &&
         settings->freedom > 2.0;
}

static bool read_generator(const char *text, settings_t *settings) {
  settings->generator = strcmp(text, "gsl") == 0 ? SGD_GSL : SGD_FAST;
  return strcmp(text, "gsl") == 0 || strcmp(text, "fast") == 0;
}

/* What options go together. */
static int check_settings(const settings_t *settings) {
  const bool has_schedule = settings->schedule_file != NULL;
  if (has_schedule && (settings->eta > 0.0 || settings->policy > 0.0))
    return cli_usage_error("simulate", "--schedule goes without --eta and --policy");
  if (!has_schedule && settings->eta == 0.0)
    return cli_usage_error("simulate", settings->policy > 0.0
                                           ? "--policy needs --eta, for states without a critical "
                                             "step"
                                           : "which step size? --eta, --schedule or --policy");
  return CLI_HOLDS;
}

/* One option; false where its value is not one. */
static bool read_option(int option, settings_t *settings) {
  double *real = NULL;
  size_t *count = NULL;
  switch (option) {
  case 'e':
    real = &settings->eta;
    break;
  case 'p':
    real = &settings->policy;
    break;
  case 'k':
    count = &settings->k;
    break;
  case 'T':
    count = &settings->steps;
    break;
  case 'r':
    count = &settings->replicates;
    break;
  case 't':
    return cli_parse_threads(optarg, &settings->threads);
  case 'b':
    settings->has_batch = true;
    count = &settings->batch;
    break;
  case 'n':
    return read_noise(optarg, settings);
  case 'R':
    return read_record(optarg, settings);
  case 'g':
    return read_generator(optarg, settings);
  default:
    return verify_parse_seed(optarg, &settings->seed, NULL) == GSL_SUCCESS;
  }
  return real != NULL ? cli_parse_real(optarg, real) && *real > 0.0
                      : cli_parse_count(optarg, count);
}

static const char *expected(int option) {
  switch (option) {
  case 'e':
  case 'p':
    return "not a finite number above 0";
  case 'n':
    return "not gaussian, rademacher, or student:NU with NU > 2";
  case 'R':
    return "not all, every:N or log:N";
  case 'g':
    return "not fast or gsl";
  case 's':
    return "not a whole number below 2^64";
  case 't':
    return "not a whole number from 1 to 4096"; /* CLI_THREADS_MOST */
  default:
    return CLI_COUNT_WANTED;
  }
}

static const struct option options[] = {
    {"k", required_argument, NULL, 'k'},        {"eta", required_argument, NULL, 'e'},
    {"schedule", required_argument, NULL, 'S'}, {"policy", required_argument, NULL, 'p'},
    {"steps", required_argument, NULL, 'T'},    {"replicates", required_argument, NULL, 'r'},
    {"noise", required_argument, NULL, 'n'},    {"batch", required_argument, NULL, 'b'},
    {"record", required_argument, NULL, 'R'},   {"threads", required_argument, NULL, 't'},
    {"seed", required_argument, NULL, 's'},     {"generator", required_argument, NULL, 'g'},
    {"json", no_argument, NULL, 'j'},           {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};

static const char *option_name(int value) {
  const struct option *o = options;
  while (o->name != NULL && o->val != value)
    o++;
  return o->name;
}

/* CLI_HOLDS to go on, CLI_TROUBLE after a line on stderr; *done when --help was all. */
static int read_command_line(int argc, char **argv, settings_t *settings, bool *done) {
  int option;
  while ((option = cli_next_option(argc, argv, ":hk:o:", options)) != -1)
    switch (option) {
    case 'S':
      settings->schedule_file = optarg;
      break;
    case 'j':
      settings->json = true;
      break;
    case 'o':
      settings->output = optarg;
      break;
    case 'h':
      fputs(cli_simulate.help, stdout);
      *done = true;
      return CLI_HOLDS;
    case CLI_BAD_OPTION:
      return CLI_TROUBLE;
    default:
      if (!read_option(option, settings))
        return cli_usage_error("simulate", "--%s '%s': %s", option_name(option), optarg,
                               expected(option));
    }
  if (optind == argc)
    return cli_usage_error("simulate", "which file?");
  if (optind + 1 < argc)
    return cli_usage_error("simulate", "one file at a time: '%s' is one too many",
                           argv[optind + 1]);
  settings->file = argv[optind];
  return check_settings(settings);
}

/* --- input -------------------------------------------------------------------------------------
 */

/* What a simulation is made of; all owned. */
typedef struct {
  quadratic *q;
  least_squares *data; /* NULL for a spectrum */
  double *sd;          /* NULL with data */
  io_table *schedule;
  size_t *t, count;
  band *bands;
} material;

static void material_free(material *m) {
  quadratic_free(m->q);
  least_squares_free(m->data);
  free(m->sd);
  io_table_free(m->schedule);
  free(m->t);
  free(m->bands);
}

static int read_spectrum(const settings_t *settings, const io_table *table, material *m,
                         diagnostic *diag) {
  if (settings->has_batch)
    return diagnostic_set(diag, GSL_EINVAL, "%s: --batch is for labelled samples", settings->file);
  const int status = io_spectrum_of_table(settings->file, table, settings->k, &m->q, NULL, diag);
  if (status != GSL_SUCCESS)
    return status;
  m->sd = calloc(m->q->d, sizeof *m->sd);
  if (m->sd == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  for (size_t i = 0; i < m->q->d; i++)
    m->sd[i] = sqrt(m->q->v[i]);
  return GSL_SUCCESS;
}

static int read_samples(const settings_t *settings, const io_table *table, material *m,
                        diagnostic *diag) {
  if (settings->has_noise)
    return diagnostic_set(diag, GSL_EINVAL,
                          "%s: --noise is for a spectrum; labelled samples have "
                          "mini-batches",
                          settings->file);
  gsl_matrix *samples = NULL;
  gsl_vector *labels = NULL;
  int status = io_samples_of_table(settings->file, table, &samples, &labels, diag);
  if (status != GSL_SUCCESS)
    return status;
  status = least_squares_from_samples(samples, labels, 0.0, settings->k, &m->data, diag);
  if (status == GSL_SUCCESS) {
    m->q = least_squares_state(m->data, NULL, 0);
    if (m->q == NULL)
      status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  }
  if (status != GSL_SUCCESS)
    diagnostic_prefix(diag, settings->file);
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
  return status;
}

static int read_schedule(const settings_t *settings, material *m, diagnostic *diag) {
  const char *file = settings->schedule_file;
  int status = file == NULL ? GSL_SUCCESS : io_table_read(file, &m->schedule, diag);
  if (file == NULL || status != GSL_SUCCESS)
    return status;
  if (m->schedule->columns != 1)
    status = diagnostic_set(diag, GSL_EINVAL,
                            "%s:%zu: %zu columns: a schedule is one step size a "
                            "line",
                            file, m->schedule->line[0], m->schedule->columns);
  for (size_t i = 0; status == GSL_SUCCESS && i < m->schedule->rows; i++)
    if (!(m->schedule->value[i] > 0.0))
      status = diagnostic_set(diag, GSL_EDOM, "%s:%zu: step size %.17g: not above 0", file,
                              m->schedule->line[i], m->schedule->value[i]);
  return status;
}

/* So many steps a decade that none is left out. */
static bool is_every_step(size_t a_decade, size_t last) {
  return (double)a_decade * log1p(1.0 / (double)last) >= M_LN10;
}

/* The i-th step to record; rising until it reaches the last one. */
static size_t record_step(const settings_t *settings, size_t i) {
  const size_t number = settings->record_number, last = settings->steps;
  if (settings->record == RECORD_ALL ||
      (settings->record == RECORD_LOG && is_every_step(number, last)))
    return i;
  if (settings->record == RECORD_EVERY)
    return i > last / number ? last : i * number;
  return i == 0 ? 0 : (size_t)llround(pow(10.0, (double)(i - 1) / (double)number));
}

/* No less than the number of steps that record_step gives until the last one. */
static size_t record_room(const settings_t *settings) {
  const size_t number = settings->record_number, last = settings->steps;
  size_t digits = 1, most = last; /* both are below 2^53 */
  for (size_t rest = last; rest >= 10; rest /= 10)
    digits++;
  if (settings->record == RECORD_EVERY)
    most = last / number;
  else if (settings->record == RECORD_LOG)
    most = digits * number;
  return (most < last ? most : last) + 3;
}

/* 0, the steps asked for, and the last. */
static int choose_steps(const settings_t *settings, material *m, diagnostic *diag) {
  const size_t last = settings->steps;
  enum { RECORDS_MOST = 100000000 };
  const size_t room = record_room(settings);
  if (room > RECORDS_MOST)
    return diagnostic_set(diag, GSL_EDOM, "%zu steps to record: more than %d", room, RECORDS_MOST);
  m->t = calloc(room, sizeof *m->t);
  if (m->t == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory for %zu recorded steps", room);
  for (size_t i = 0; m->count == 0 || m->t[m->count - 1] < last; i++) {
    const size_t t = record_step(settings, i);
    if (m->count == 0 || t > m->t[m->count - 1])
      m->t[m->count++] = t < last ? t : last;
  }
  m->bands = calloc(m->count, SERIES * sizeof *m->bands);
  return m->bands != NULL
             ? GSL_SUCCESS
             : diagnostic_set(diag, GSL_ENOMEM, "out of memory for %zu recorded steps", m->count);
}

static int read_material(const settings_t *settings, material *m, diagnostic *diag) {
  io_table *table = NULL;
  int status = io_table_read(settings->file, &table, diag);
  if (status == GSL_SUCCESS)
    status = io_table_kind(table) == IO_SPECTRUM ? read_spectrum(settings, table, m, diag)
                                                 : read_samples(settings, table, m, diag);
  io_table_free(table);
  if (status == GSL_SUCCESS)
    status = read_schedule(settings, m, diag);
  return status == GSL_SUCCESS ? choose_steps(settings, m, diag) : status;
}

/* --- output ------------------------------------------------------------------------------------
 */

static const char *shape_name(const settings_t *settings, const material *m) {
  static const char *const names[] = {"gaussian", "rademacher", "student"};
  return m->data != NULL ? "mini-batch" : names[settings->shape];
}

static void write_cell(FILE *stream, double x) {
  if (!isfinite(x))
    fputc(',', stream);
  else
    fprintf(stream, ",%.17g", x);
}

static void write_csv(const settings_t *settings, const material *m, const bands_ends *ends,
                      FILE *stream) {
  fprintf(stream, "# %zu replicates of %zu steps, d = %zu, k = %zu, %s noise, seed 0x%" PRIx64 "\n",
          settings->replicates, settings->steps, m->q->d, m->q->k, shape_name(settings, m),
          settings->seed);
  if (ends->overflowed > 0)
    fprintf(stream, "# %zu replicates left the finite numbers, the first at step %zu\n",
            ends->overflowed, ends->first_overflow);
  fputs("# count: replicates that have a value (no alignment where the gradient is 0, no eta_star "
        "in the high regime)\n"
        "# an empty cell: too few of them, or beyond the finite numbers\n",
        stream);
  fputs("t,series,count,mean,sd,q05,median,q95\n", stream);
  for (size_t i = 0; i < m->count; i++)
    for (size_t s = 0; s < SERIES; s++) {
      const band *b = &m->bands[i * SERIES + s];
      fprintf(stream, "%zu,%s,%zu", m->t[i], series_name[s], b->count);
      const double cells[] = {b->mean, b->sd, b->low, b->median, b->high};
      for (size_t c = 0; c < sizeof cells / sizeof *cells; c++)
        write_cell(stream, cells[c]);
      fputc('\n', stream);
    }
}

static json_t *simulation_json(const settings_t *settings, const material *m,
                               const bands_ends *ends) {
  char seed[24];
  snprintf(seed, sizeof seed, "0x%" PRIx64, settings->seed);
  json_t *records = json_array();
  json_t *all = json_pack(
      "{s:I, s:I, s:I, s:I, s:s, s:s, s:s, s:I, s:o, s:O}", "d", (json_int_t)m->q->d, "k",
      (json_int_t)m->q->k, "steps", (json_int_t)settings->steps, "replicates",
      (json_int_t)settings->replicates, "noise", shape_name(settings, m), "generator",
      settings->generator == SGD_GSL ? "gsl" : "fast", "seed", seed, "overflowed",
      (json_int_t)ends->overflowed, "first_overflow",
      ends->overflowed == 0 ? json_null() : json_integer((json_int_t)ends->first_overflow),
      "records", records);
  for (size_t i = 0; all != NULL && i < m->count; i++) {
    json_t *record = json_pack("{s:I}", "t", (json_int_t)m->t[i]);
    for (size_t s = 0; s < SERIES; s++) {
      const band *b = &m->bands[i * SERIES + s];
      json_object_set_new(record, series_name[s],
                          json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "count", (json_int_t)b->count,
                                    "mean", io_json_number(b->mean), "sd", io_json_number(b->sd),
                                    "q05", io_json_number(b->low), "median",
                                    io_json_number(b->median), "q95", io_json_number(b->high)));
    }
    json_array_append_new(records, record);
  }
  json_decref(records);
  return all;
}

static int write_result(const settings_t *settings, const material *m, const bands_ends *ends,
                        FILE *stream, diagnostic *diag) {
  if (!settings->json) {
    write_csv(settings, m, ends, stream);
    return GSL_SUCCESS;
  }
  json_t *object = simulation_json(settings, m, ends);
  int status = GSL_SUCCESS;
  if (object == NULL)
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  else if (io_json_print(object, stream) != GSL_SUCCESS && !ferror(stream))
    status = diagnostic_set(diag, GSL_EFAILED, "the result cannot be written as JSON");
  json_decref(object);
  return status;
}

/* --- the command -------------------------------------------------------------------------------
 */

typedef struct {
  time_t start, shown;
} progress_state;

static bool show_progress(size_t done, size_t replicates, void *context) {
  progress_state *p = context;
  const time_t now = time(NULL);
  if (now - p->start >= 1 && now != p->shown) {
    fprintf(stderr, "\r%zu of %zu replicates", done, replicates);
    fflush(stderr);
    p->shown = now;
  }
  if (done == replicates && p->shown != 0)
    fputs("\r\033[K", stderr);
  return true;
}

static int default_threads(void) {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

static int simulate(settings_t *settings, diagnostic *diag) {
  material m = {0};
  cli_output output;
  bands_ends ends;
  int status = read_material(settings, &m, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  const sgd_problem problem = {.d = m.q->d,
                               .k = m.q->k,
                               .lambda = m.q->lambda,
                               .sd = m.sd,
                               .start = m.q->g,
                               .eta = settings->eta,
                               .generator = settings->generator,
                               .shape = settings->shape,
                               .freedom = settings->freedom,
                               .data = m.data,
                               .batch = settings->batch,
                               .schedule = m.schedule == NULL ? NULL : m.schedule->value,
                               .period = m.schedule == NULL ? 0 : m.schedule->rows,
                               .policy = settings->policy > 0.0 ? policy_step : NULL,
                               .policy_context = settings};
  progress_state progress = {time(NULL), 0};
  const bands_request request = {.problem = &problem,
                                 .seed = settings->seed,
                                 .replicates = settings->replicates,
                                 .t = m.t,
                                 .count = m.count,
                                 .series = SERIES,
                                 .observe = observe,
                                 .threads =
                                     settings->threads == 0 ? default_threads() : settings->threads,
                                 .progress = isatty(STDERR_FILENO) ? show_progress : NULL,
                                 .progress_context = &progress};
  status = cli_output_open(settings->output, &output, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  status = bands_run(&request, m.bands, &ends, diag);
  if (status != GSL_SUCCESS)
    diagnostic_prefix(diag, settings->file);
  else
    status = write_result(settings, &m, &ends, output.stream, diag);
  if (status == GSL_SUCCESS)
    status = cli_output_close(&output, diag);
  else
    cli_output_abandon(&output);

cleanup:
  material_free(&m);
  return status;
}

static int run(int argc, char **argv) {
  settings_t settings = {
      .steps = 1000, .replicates = 100, .batch = 1, .record = RECORD_LOG, .record_number = 10};
  diagnostic diag = {0, ""};
  verify_options defaults;
  bool done = false;
  if (verify_options_read(&defaults, &diag) != GSL_SUCCESS)
    return cli_trouble(&diag);
  settings.seed = defaults.seed;
  const int result = read_command_line(argc, argv, &settings, &done);
  if (result != CLI_HOLDS || done)
    return result;
  return simulate(&settings, &diag) == GSL_SUCCESS ? CLI_HOLDS : cli_trouble(&diag);
}

const cli_command cli_simulate = {
    .name = "simulate",
    .summary = "run SGD many times on your own problem: bands of alignment and losses",
    .help =
        "Usage: suspalign simulate (--eta ETA | --schedule FILE | --policy C --eta ETA)\n"
        "         [OPTION]... FILE.csv\n"
        "Runs SGD from the state in FILE.csv, many times, and prints mean, standard deviation "
        "and\n"
        "5, 50, 95 % quantiles over the replicates, step by step, of the alignment, the losses "
        "of\n"
        "the dominant subspace and of the bulk, the critical step of the state and the ends of "
        "the\n"
        "interval of opposite effects.  A replicate that diverges is counted, with the step at "
        "which\n"
        "it left the finite numbers.\n\n"
        "FILE.csv is what 'suspalign analyze' reads: a spectrum with the header lambda,g,v, or\n"
        "labelled samples (least squares from w = 0; the noise is that of mini-batches).\n\n"
        "  --eta ETA          constant step size\n"
        "  --schedule FILE    step sizes, one a line, used in turn and from the start again\n"
        "  --policy C         C times the critical step of the state; ETA where it has none\n"
        "  -k, --k K          dominant directions (proposed from the largest relative gap)\n"
        "  --steps T          steps of each replicate (1000)\n"
        "  --replicates N     (100); quantiles of more than 64 are P^2 estimates\n"
        "  --noise KIND       gaussian (default), rademacher (-1 or 1), student:NU; for each "
        "direction\n"
        "                     scaled to the variance v of the file\n"
        "  --batch B          mini-batches of B samples, drawn with replacement (1)\n"
        "  --record WHICH     all, every:N, or log:N (N steps a decade; log:10)\n"
        "  --threads N        (all processors); the same bytes for any number\n"
        "  --seed S           below 2^64\n"
        "  --generator NAME   fast, or gsl: GSL's mt19937 and ziggurat, the reference\n"
        "  --json             one object, numbers to 17 digits, in place of CSV\n"
        "  -o, --output FILE  into a file, whole or not at all\n"
        "  --help             this text\n\n"
        "SUSPALIGN_SEED in the environment gives another default seed.\n"
        "Exit status: 0, or 2 for bad usage or bad input.\n",
    .run = run,
};
