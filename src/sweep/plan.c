#include "config.h"
#include "sweep/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <ini.h>
#include "io/number.h"

/* --- what may be in a plan ------------------------------------------------------------------- */

typedef enum { SCALAR_TOP, SCALAR_BOTTOM, SCALAR_OFFSET, SCALAR_FALL, SCALAR_WINDOW } scalar;
enum { KEYS = SWEEP_AXES + SCALAR_WINDOW + 1, KEY_WINDOW = KEYS - 1 };

typedef struct {
  const char *section, *name;
  bool whole;         /* whole numbers */
  double least, most; /* both included; of seeds all that 64 bits hold */
  const char *range;  /* in words */
} key_rule;

/* In the order of sweep_axis, then of scalar. */
static const key_rule rules[KEYS] = {
    {"grid", "m", false, 1e-12, 1e12, "from 1e-12 to 1e12"},
    {"grid", "eta", false, 1e-30, 1e30, "from 1e-30 to 1e30"},
    {"grid", "sigma", false, 0.0, 1e30, "from 0 to 1e30"},
    {"grid", "d", true, 2, SWEEP_DIRECTIONS_MOST, "from 2 to 100000"},
    {"grid", "k", true, 1, SWEEP_DIRECTIONS_MOST - 1, "from 1 to 99999"},
    {"grid", "steps", true, 2, SWEEP_STEPS_MOST, "from 2 to 10000000"},
    {"grid", "seeds", true, 0, INFINITY, "from 0 to 2^64 - 1"},
    {"spectrum", "top", false, 1e-12, 1e12, "from 1e-12 to 1e12"},
    {"spectrum", "bottom", false, 1e-12, 1e12, "from 1e-12 to 1e12"},
    {"spectrum", "offset", false, 0.0, 1e12, "from 0 to 1e12"},
    {"spectrum", "fall", false, 1.0, 1e6, "from 1 to 1e6"},
    {"statistics", "window", true, 2, SWEEP_STEPS_MOST, "from 2 to 10000000"}};

/* A list that grows, of real or of whole numbers. */
typedef struct {
  size_t count, room;
  double *real;
  uint64_t *whole;
  size_t line; /* where it stands; 0: it does not */
} value_list;

typedef struct {
  const char *name; /* of the file */
  const char *at, *end;
  size_t line; /* of the file, from 1: the one that inih is at */
  bool indented;
  size_t last_key; /* the one that an indented line continues; KEYS: none, after a header */
  bool too_long;
  value_list list[KEYS];
  diagnostic *diag;
  int status;      /* of the first thing that was wrong */
  size_t bad_line; /* and its line */
} plan_reader;

static int complain(plan_reader *reader, int code, size_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Keeps the first complaint; returns 0, what inih takes for an error. */
static int complain(plan_reader *reader, int code, size_t line, const char *format, ...) {
  if (reader->status != GSL_SUCCESS)
    return 0;
  char text[DIAGNOSTIC_LENGTH];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  reader->bad_line = line;
  reader->status = diagnostic_set(reader->diag, code, "%s:%zu: %s", reader->name, line, text);
  return 0;
}

/* --- numbers --------------------------------------------------------------------------------- */

static bool list_add(value_list *list, bool whole, double real, uint64_t number) {
  if (list->count == list->room) {
    const size_t room = list->room == 0 ? 8 : 2 * list->room;
    void *grown = whole ? realloc(list->whole, room * sizeof *list->whole)
                        : realloc(list->real, room * sizeof *list->real);
    if (grown == NULL)
      return false;
    if (whole)
      list->whole = grown;
    else
      list->real = grown;
    list->room = room;
  }
  if (whole)
    list->whole[list->count++] = number;
  else
    list->real[list->count++] = real;
  return true;
}

static int add_whole(plan_reader *reader, const key_rule *rule, value_list *list,
                     const char *word) {
  const char *end;
  uint64_t first, last;
  bool good = io_whole_parse(word, &end, &first);
  last = first;
  if (good && strncmp(end, "..", 2) == 0)
    good = io_whole_parse(end + 2, &end, &last) && first <= last;
  if (!good || *end != '\0')
    return complain(reader, GSL_EINVAL, reader->line,
                    "%s: '%s' is not a whole number below 2^64 nor a range of them", rule->name,
                    word);
  if ((double)first < rule->least || (double)last > rule->most)
    return complain(reader, GSL_EDOM, reader->line, "%s: '%s' is not in its range, %s", rule->name,
                    word, rule->range);
  if (last - first >= SWEEP_RUNS_MOST - list->count) /* before any memory is taken */
    return complain(reader, GSL_EDOM, reader->line, "%s: '%s': a plan has at most %d runs",
                    rule->name, word, SWEEP_RUNS_MOST);
  for (uint64_t n = 0; n <= last - first; n++)
    if (!list_add(list, true, 0.0, first + n))
      return complain(reader, GSL_ENOMEM, reader->line, "out of memory");
  return 1;
}

static int add_real(plan_reader *reader, const key_rule *rule, value_list *list, const char *word) {
  char *end;
  const double value = strtod(word, &end);
  if (end == word || *end != '\0')
    return complain(reader, GSL_EINVAL, reader->line, "%s: '%s' is not a number", rule->name, word);
  if (!(value >= rule->least && value <= rule->most))
    return complain(reader, GSL_EDOM, reader->line, "%s: '%s' is not in its range, %s", rule->name,
                    word, rule->range);
  if (list->count == SWEEP_RUNS_MOST)
    return complain(reader, GSL_EDOM, reader->line, "%s: '%s': a plan has at most %d runs",
                    rule->name, word, SWEEP_RUNS_MOST);
  if (!list_add(list, false, value, 0))
    return complain(reader, GSL_ENOMEM, reader->line, "out of memory");
  return 1;
}

/* Every number of a value; commas and blanks separate.  Of an indented line inih leaves the comment
 * in it. */
static int add_values(plan_reader *reader, size_t key, const char *value) {
  static const char separators[] = ", \t";
  const key_rule *rule = &rules[key];
  value_list *list = &reader->list[key];
  char *copy = strdup(value), *rest = NULL;
  int good = 1;
  if (copy == NULL)
    return complain(reader, GSL_ENOMEM, reader->line, "out of memory");
  for (char *word = strtok_r(copy, separators, &rest); word != NULL && good;
       word = strtok_r(NULL, separators, &rest)) {
    if (word[0] == ';' && (word == copy || value[word - copy - 1] != ','))
      break;
    good = rule->whole ? add_whole(reader, rule, list, word) : add_real(reader, rule, list, word);
  }
  free(copy);
  if (good && list->count == 0)
    return complain(reader, GSL_EINVAL, reader->line, "%s: its value is missing", rule->name);
  if (good && key >= SWEEP_AXES && list->count > 1)
    return complain(reader, GSL_EINVAL, reader->line, "%s: one number is wanted, not %zu",
                    rule->name, list->count);
  return good;
}

/* --- lines ----------------------------------------------------------------------------------- */

/* What inih reads its lines with: fgets of the text, which counts them and refuses what inih would
 * cut in two. */
static char *next_line(char *line, int room, void *stream) {
  plan_reader *reader = stream;
  if (reader->at == reader->end || reader->too_long)
    return NULL;
  const size_t left = (size_t)(reader->end - reader->at);
  const char *newline = memchr(reader->at, '\n', left);
  const size_t length = newline == NULL ? left : (size_t)(newline - reader->at) + 1;
  reader->line++;
  reader->indented = reader->at[0] == ' ' || reader->at[0] == '\t';
  if (reader->at[0] == '[')
    reader->last_key = KEYS;
  if (length >= (size_t)room) {
    reader->too_long = true;
    complain(reader, GSL_EINVAL, reader->line,
             "more than %d characters; a list may go on in indented lines", room - 2);
    return NULL;
  }
  if (memchr(reader->at, '\0', length) != NULL)
    complain(reader, GSL_EINVAL, reader->line, "a NUL byte: not a text");
  memcpy(line, reader->at, length);
  line[length] = '\0';
  reader->at += length;
  return line;
}

static size_t find_key(const char *section, const char *name) {
  size_t key = 0;
  while (key < KEYS &&
         (strcmp(rules[key].section, section) != 0 || strcmp(rules[key].name, name) != 0))
    key++;
  return key;
}

/* inih's handler: 1 good, 0 an error. */
static int take_pair(void *user, const char *section, const char *name, const char *value) {
  plan_reader *reader = user;
  const size_t key = find_key(section, name);
  if (key == KEYS) {
    reader->last_key = KEYS;
    for (size_t i = 0; i < KEYS; i++)
      if (strcmp(rules[i].name, name) == 0)
        return complain(reader, GSL_EINVAL, reader->line, "'%s' stands in [%s], not in [%s]", name,
                        rules[i].section, section);
    return complain(reader, GSL_EINVAL, reader->line, "unknown key '%s' in [%s]", name, section);
  }
  value_list *list = &reader->list[key];
  const bool continues = reader->indented && key == reader->last_key;
  reader->last_key = key;
  if (list->line != 0 && !continues)
    return complain(reader, GSL_EINVAL, reader->line, "'%s' stands in line %zu already", name,
                    list->line);
  if (list->line == 0)
    list->line = reader->line;
  return add_values(reader, key, value);
}

/* --- the whole ------------------------------------------------------------------------------- */

static int check_whole(plan_reader *reader, const sweep_plan *plan) {
  const value_list *list = reader->list;
  uint64_t d_least = UINT64_MAX, k_most = 0, steps_least = UINT64_MAX;
  double m_most = 0.0, m_least = INFINITY;
  for (size_t i = 0; i < plan->count[SWEEP_D]; i++)
    d_least = plan->whole[SWEEP_D][i] < d_least ? plan->whole[SWEEP_D][i] : d_least;
  for (size_t i = 0; i < plan->count[SWEEP_K]; i++)
    k_most = plan->whole[SWEEP_K][i] > k_most ? plan->whole[SWEEP_K][i] : k_most;
  for (size_t i = 0; i < plan->count[SWEEP_STEPS]; i++)
    steps_least =
        plan->whole[SWEEP_STEPS][i] < steps_least ? plan->whole[SWEEP_STEPS][i] : steps_least;
  for (size_t i = 0; i < plan->count[SWEEP_M]; i++) {
    m_most = fmax(m_most, plan->real[SWEEP_M][i]);
    m_least = fmin(m_least, plan->real[SWEEP_M][i]);
  }
  double runs = 1.0;
  for (size_t axis = 0; axis < SWEEP_AXES; axis++)
    runs *= (double)plan->count[axis];
  if (k_most >= d_least)
    complain(reader, GSL_EDOM, list[SWEEP_K].line,
             "k = %" PRIu64 " is not below d = %" PRIu64 " (every combination is run)", k_most,
             d_least);
  else if (plan->window > steps_least)
    complain(reader, GSL_EDOM, list[KEY_WINDOW].line,
             "window = %zu is longer than a run of %" PRIu64 " steps", plan->window, steps_least);
  else if (plan->top < plan->bottom)
    complain(reader, GSL_EDOM, list[SWEEP_AXES + SCALAR_BOTTOM].line,
             "bottom = %g is above top = %g", plan->bottom, plan->top);
  else if (!(m_least + plan->offset > 1.0) ||
           !(plan->bottom / (m_least + plan->offset) < plan->bottom))
    complain(reader, GSL_EDOM, list[SWEEP_M].line,
             "m = %g leaves no gap: m + offset has to be above 1", m_least);
  else if (plan->bottom / (m_most + plan->offset) / plan->fall < QUADRATIC_LAMBDA_MIN)
    complain(reader, GSL_EDOM, list[SWEEP_M].line, "m = %g puts the lowest eigenvalue below %g",
             m_most, QUADRATIC_LAMBDA_MIN);
  else if (runs > SWEEP_RUNS_MOST)
    complain(reader, GSL_EDOM, list[SWEEP_SEED].line, "%.0f runs: a plan has at most %d", runs,
             SWEEP_RUNS_MOST);
  return reader->status;
}

/* Hands the lists over to a plan. */
static int make_plan(plan_reader *reader, sweep_plan **out) {
  sweep_plan *plan = calloc(1, sizeof *plan);
  if (plan == NULL) {
    complain(reader, GSL_ENOMEM, reader->line, "out of memory");
    return reader->status;
  }
  value_list *list = reader->list;
  for (size_t axis = 0; axis < SWEEP_AXES; axis++) {
    plan->count[axis] = list[axis].count;
    if (axis < SWEEP_D)
      plan->real[axis] = list[axis].real;
    else
      plan->whole[axis] = list[axis].whole;
    list[axis].real = NULL;
    list[axis].whole = NULL;
  }
  list += SWEEP_AXES;
  plan->top = list[SCALAR_TOP].real[0];
  plan->bottom = list[SCALAR_BOTTOM].real[0];
  plan->offset = list[SCALAR_OFFSET].real[0];
  plan->fall = list[SCALAR_FALL].real[0];
  plan->window = (size_t)list[SCALAR_WINDOW].whole[0];
  if (check_whole(reader, plan) == GSL_SUCCESS)
    *out = plan;
  else
    sweep_plan_free(plan);
  return reader->status;
}

int sweep_plan_parse(const char *name, const char *text, size_t length, sweep_plan **out,
                     diagnostic *diag) {
  plan_reader reader = {
      .name = name, .at = text, .end = text + length, .last_key = KEYS, .diag = diag};
  const int bad = ini_parse_stream(next_line, &reader, take_pair, &reader);
  /* What inih alone has refused, and earlier than anything that was refused here. */
  if (bad > 0 && (reader.status == GSL_SUCCESS || (size_t)bad < reader.bad_line)) {
    reader.status = GSL_SUCCESS;
    complain(&reader, GSL_EINVAL, (size_t)bad, "neither '[section]' nor 'key = value'");
  }
  if (bad < 0)
    complain(&reader, GSL_ENOMEM, reader.line, "out of memory");
  for (size_t key = 0; key < KEYS; key++)
    if (reader.list[key].count == 0)
      complain(&reader, GSL_EINVAL, reader.line == 0 ? 1 : reader.line,
               "the plan ends without '%s' in [%s]", rules[key].name, rules[key].section);
  int status = reader.status;
  if (status == GSL_SUCCESS)
    status = make_plan(&reader, out);
  for (size_t key = 0; key < KEYS; key++) {
    free(reader.list[key].real);
    free(reader.list[key].whole);
  }
  return status;
}

int sweep_plan_load(const char *file, char **out, size_t *size, diagnostic *diag) {
  enum { PIECE = 4096, MOST = 1 << 20 };
  char *text = NULL;
  size_t length = 0;
  int status = GSL_SUCCESS;
  errno = 0;
  FILE *stream = fopen(file, "rb");
  if (stream == NULL)
    return diagnostic_set(diag, GSL_EFAILED, "%s: %s", file, strerror(errno));
  for (size_t got = PIECE; got == PIECE && status == GSL_SUCCESS;) {
    char *grown = length < MOST ? realloc(text, length + PIECE) : NULL;
    if (grown == NULL) {
      status = length < MOST ? diagnostic_set(diag, GSL_ENOMEM, "out of memory")
                             : diagnostic_set(diag, GSL_EINVAL, "%s: too long for a plan", file);
      break;
    }
    text = grown;
    got = fread(text + length, 1, PIECE, stream);
    length += got;
  }
  if (status == GSL_SUCCESS && ferror(stream))
    status = diagnostic_set(diag, GSL_EFAILED, "%s: %s", file, strerror(errno));
  fclose(stream);
  if (status == GSL_SUCCESS) {
    *out = text;
    *size = length;
  } else {
    free(text);
  }
  return status;
}

int sweep_plan_read(const char *file, sweep_plan **out, diagnostic *diag) {
  char *text = NULL;
  size_t length = 0;
  int status = sweep_plan_load(file, &text, &length, diag);
  if (status == GSL_SUCCESS)
    status = sweep_plan_parse(file, text, length, out, diag);
  free(text);
  return status;
}

void sweep_plan_free(sweep_plan *plan) {
  if (plan == NULL)
    return;
  for (size_t axis = 0; axis < SWEEP_D; axis++)
    free(plan->real[axis]);
  for (size_t axis = 0; axis < SWEEP_AXES; axis++)
    free(plan->whole[axis]);
  free(plan);
}

/* --- the grid -------------------------------------------------------------------------------- */

size_t sweep_plan_runs(const sweep_plan *plan) {
  size_t runs = 1;
  for (size_t axis = 0; axis < SWEEP_AXES; axis++)
    runs *= plan->count[axis];
  return runs;
}

sweep_cell sweep_plan_cell(const sweep_plan *plan, size_t run) {
  size_t place[SWEEP_AXES];
  for (size_t axis = SWEEP_AXES; axis-- > 0;) {
    place[axis] = run % plan->count[axis];
    run /= plan->count[axis];
  }
  return (sweep_cell){.m = plan->real[SWEEP_M][place[SWEEP_M]],
                      .eta = plan->real[SWEEP_ETA][place[SWEEP_ETA]],
                      .sigma = plan->real[SWEEP_SIGMA][place[SWEEP_SIGMA]],
                      .d = (size_t)plan->whole[SWEEP_D][place[SWEEP_D]],
                      .k = (size_t)plan->whole[SWEEP_K][place[SWEEP_K]],
                      .steps = (size_t)plan->whole[SWEEP_STEPS][place[SWEEP_STEPS]],
                      .seed = plan->whole[SWEEP_SEED][place[SWEEP_SEED]]};
}

void sweep_plan_print(const sweep_plan *plan, FILE *stream) {
  for (size_t axis = 0; axis < SWEEP_AXES; axis++) {
    fprintf(stream, "%s =", rules[axis].name);
    for (size_t i = 0; i < plan->count[axis]; i++)
      if (axis < SWEEP_D)
        fprintf(stream, " %.17g", plan->real[axis][i]);
      else
        fprintf(stream, " %" PRIu64, plan->whole[axis][i]);
    fputc('\n', stream);
  }
  fprintf(stream, "top = %.17g\nbottom = %.17g\noffset = %.17g\nfall = %.17g\nwindow = %zu\n",
          plan->top, plan->bottom, plan->offset, plan->fall, plan->window);
}

/* Fowler, Noll and Vo, 64 bits, variant 1a. */
static uint64_t hash_bytes(const char *bytes, size_t length) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
  return hash;
}

uint64_t sweep_plan_hash(const sweep_plan *plan) {
  char *text = NULL;
  size_t length = 0;
  uint64_t hash = 0;
  FILE *stream = open_memstream(&text, &length);
  if (stream == NULL)
    return 0;
  sweep_plan_print(plan, stream);
  if (fclose(stream) == 0)
    hash = hash_bytes(text, length);
  free(text);
  return hash;
}

/* From `first` down to `last` in equal steps, both included. */
static void equally_spaced(double *x, size_t count, double first, double last) {
  for (size_t i = 0; i < count; i++)
    x[i] = count == 1 ? first : first + (last - first) * (double)i / (double)(count - 1);
}

quadratic *sweep_plan_problem(const sweep_plan *plan, const sweep_cell *cell) {
  quadratic *q = quadratic_alloc(cell->d, cell->k);
  if (q == NULL)
    return NULL;
  const double bulk = plan->bottom / (cell->m + plan->offset);
  equally_spaced(q->lambda, cell->k, plan->top, plan->bottom);
  if (cell->k == 1) /* the gap is what m says, at the lower end */
    q->lambda[0] = plan->bottom;
  equally_spaced(q->lambda + cell->k, cell->d - cell->k, bulk, bulk / plan->fall);
  for (size_t i = 0; i < cell->d; i++) {
    q->g[i] = q->lambda[i];
    q->v[i] = cell->sigma * cell->sigma;
  }
  q->eta = cell->eta;
  return q;
}

uint64_t sweep_plan_stream(const sweep_plan *plan, const sweep_cell *cell) {
  char text[512];
  const int length =
      snprintf(text, sizeof text, "suspalign sweep %a %a %a %zu %zu %a %a %a %a %" PRIu64, cell->m,
               cell->eta, cell->sigma, cell->d, cell->k, plan->top, plan->bottom, plan->offset,
               plan->fall, cell->seed);
  return hash_bytes(text, (size_t)length);
}
