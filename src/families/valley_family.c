#include "config.h"
#include "families/valley_family.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "families/number.h"
#include "io/table.h"
#include "model/random.h"

/* The eight numbers of a valley, in the order of its file. */
enum { NUMBERS = 8, COUNTS = 4 };

static double *number_at(valley *v, size_t place) {
  double *const all[NUMBERS] = {&v->sharpest, &v->second, &v->slope,    &v->label,
                                &v->low,      &v->high,   &v->start[0], &v->start[1]};
  return all[place];
}

static bool in_range(double x, double least, double most) {
  return x >= least && x <= most; /* false for NaN */
}

int valley_case_validate(const valley_case *c, diagnostic *diag) {
  const valley *v = &c->valley;
  const double most = VALLEY_NUMBER_MAX;
  if (!in_range(v->sharpest, 1.0 / most, most) || !(v->second > 0.0 && v->second < v->sharpest))
    return diagnostic_set(diag, GSL_EDOM,
                          "curvatures %.17g and %.17g: not h_1 > h_2 > 0 with h_1 in [%g, %g]",
                          v->sharpest, v->second, 1.0 / most, most);
  if (!in_range(v->slope, 0.0, most) || !in_range(v->label, 0.0, most))
    return diagnostic_set(diag, GSL_EDOM, "slope %.17g, label noise %.17g: not both in [0, %g]",
                          v->slope, v->label, most);
  if (!(v->low > 0.0 && v->low <= v->high && v->high * v->sharpest <= most))
    return diagnostic_set(diag, GSL_EDOM,
                          "steps from %.17g to %.17g: not 0 < low <= high <= %g / sharpest", v->low,
                          v->high, most);
  for (size_t i = 0; i < 2; i++)
    if (!in_range(fabs(v->start[i]), 0.0, most))
      return diagnostic_set(diag, GSL_EDOM, "x%zu = %.17g is beyond %g", i + 1, v->start[i], most);
  if (v->batch > VALLEY_BATCH_MAX || v->period < 2 || v->period > VALLEY_STEPS_MAX ||
      v->cycles < 1 || v->cycles > VALLEY_STEPS_MAX / v->period)
    return diagnostic_set(diag, GSL_EINVAL,
                          "batch %zu, period %zu, cycles %zu: not a batch up to %d, a period from "
                          "2, a cycle or more, and %d steps at most",
                          v->batch, v->period, v->cycles, VALLEY_BATCH_MAX, VALLEY_STEPS_MAX);
  return GSL_SUCCESS;
}

/* --- writing and reading -------------------------------------------------------------------- */

static void family_free(void *instance) {
  free(instance);
}

static void family_size(const void *instance, size_t *d, size_t *k) {
  (void)instance;
  *d = 3;
  *k = 1;
}

static void family_print(FILE *stream, const void *instance) {
  const valley_case *c = instance;
  const valley *v = &c->valley;
  fprintf(stream,
          "# family = valley\n# batch = %zu\n# period = %zu\n# cycles = %zu\n# seed = %u\n"
          "sharpest,second,slope,label,low,high,x1,x2\n%a,%a,%a,%a,%a,%a,%a,%a\n",
          v->batch, v->period, v->cycles, (unsigned)c->seed, v->sharpest, v->second, v->slope,
          v->label, v->low, v->high, v->start[0], v->start[1]);
}

static void *family_read(const char *file, diagnostic *diag) {
  static const char *const names[] = {"family", "batch", "period", "cycles", "seed", NULL};
  io_settings *settings = NULL;
  io_table *table = NULL;
  valley_case *c = calloc(1, sizeof *c);
  size_t seed = 0;
  int status = c == NULL ? diagnostic_set(diag, GSL_ENOMEM, "out of memory")
                         : io_settings_read(file, &settings, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_expect(settings, names, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_word(settings, "family", true, "valley", diag);
  if (status == GSL_SUCCESS)
    status = io_settings_whole(settings, "batch", true, &c->valley.batch, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_whole(settings, "period", true, &c->valley.period, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_whole(settings, "cycles", true, &c->valley.cycles, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_whole(settings, "seed", true, &seed, diag);
  if (status == GSL_SUCCESS)
    status = io_table_read(file, &table, diag);
  if (status == GSL_SUCCESS && (table->rows != 1 || table->columns != NUMBERS || seed > UINT32_MAX))
    status = diagnostic_set(diag, GSL_EINVAL,
                            "%s: a valley is one line of %d numbers, with a seed below 2^32", file,
                            NUMBERS);
  if (status == GSL_SUCCESS) {
    for (size_t i = 0; i < NUMBERS; i++)
      *number_at(&c->valley, i) = table->value[i];
    c->seed = (uint32_t)seed;
    status = valley_case_validate(c, diag);
    if (status != GSL_SUCCESS)
      diagnostic_prefix(diag, file);
  }
  io_settings_free(settings);
  io_table_free(table);
  if (status == GSL_SUCCESS)
    return c;
  free(c);
  return NULL;
}

static void family_print_tex(FILE *stream, const void *instance) {
  const valley *v = &((const valley_case *)instance)->valley;
  fputs("$h_1=", stream);
  family_number_print_tex(stream, v->sharpest);
  fputs("$, $h_2(0)=", stream);
  family_number_print_tex(stream, v->second);
  fprintf(stream, "$, $b=%zu$, $%zu$ cycles of $%zu$ steps", v->batch, v->cycles, v->period);
}

static void family_print_code(FILE *stream, const void *instance) {
  static const char *const names[NUMBERS] = {"sharpest", "second", "slope",    "label",
                                             "low",      "high",   "start[0]", "start[1]"};
  const valley_case *c = instance;
  valley v = c->valley;
  fprintf(stream,
          "valley_case *instance = calloc(1, sizeof *instance);\n"
          "instance->seed = %u;\n"
          "instance->valley.batch = %zu;\n"
          "instance->valley.period = %zu;\n"
          "instance->valley.cycles = %zu;\n",
          (unsigned)c->seed, v.batch, v.period, v.cycles);
  for (size_t i = 0; i < NUMBERS; i++) {
    fprintf(stream, "instance->valley.%s = ", names[i]);
    family_number_print_code(stream, *number_at(&v, i));
    fputs(";\n", stream);
  }
}

/* --- simpler and other instances ------------------------------------------------------------ */

static double family_complexity(const void *instance) {
  const valley_case *c = instance;
  valley v = c->valley;
  double sum = family_number_cost((double)v.batch) + family_number_cost((double)v.period) +
               family_number_cost((double)v.cycles) + family_number_cost((double)c->seed);
  for (size_t i = 0; i < NUMBERS; i++)
    sum += family_number_cost(*number_at(&v, i));
  return sum;
}

static void set_count(valley_case *c, size_t which, size_t attempt) {
  static const size_t least[COUNTS] = {0, 2, 1, 0};
  size_t seed = c->seed, simpler[FAMILY_COUNT_SIMPLER_MOST];
  size_t *const count[COUNTS] = {&c->valley.batch, &c->valley.period, &c->valley.cycles, &seed};
  if (attempt < family_count_simpler(*count[which], least[which], simpler))
    *count[which] = simpler[attempt];
  c->seed = (uint32_t)seed;
}

/* Counts, then the units (h_1 to 1, the steps with it), then every number rounded, then each. */
static void change(valley_case *c, size_t attempt, bool *done) {
  static const int bits[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40};
  const size_t roundings = sizeof bits / sizeof *bits;
  const size_t counts = COUNTS * FAMILY_COUNT_SIMPLER_MOST;
  valley *v = &c->valley;
  *done = false;
  if (attempt < counts)
    set_count(c, attempt % COUNTS, attempt / COUNTS);
  else if (attempt == counts) {
    v->second /= v->sharpest;
    v->low *= v->sharpest;
    v->high *= v->sharpest;
    v->start[0] *= sqrt(v->sharpest);
    v->start[1] *= sqrt(v->sharpest);
    v->sharpest = 1.0;
  } else if (attempt <= counts + roundings)
    for (size_t i = 0; i < NUMBERS; i++)
      *number_at(v, i) = family_number_round(*number_at(v, i), bits[attempt - counts - 1]);
  else {
    double simpler[FAMILY_NUMBER_SIMPLER_MOST];
    attempt -= counts + roundings + 1;
    *done = attempt >= (size_t)FAMILY_NUMBER_SIMPLER_MOST * NUMBERS;
    double *number = number_at(v, attempt % NUMBERS);
    const size_t count = family_number_simpler(*number, simpler);
    if (attempt / NUMBERS < count)
      *number = simpler[attempt / NUMBERS];
  }
}

static void *family_simplify(const void *instance, size_t attempt, bool *done) {
  valley_case *copy = malloc(sizeof *copy);
  *done = copy == NULL;
  if (copy == NULL)
    return NULL;
  *copy = *(const valley_case *)instance;
  change(copy, attempt, done);
  if (!*done && family_complexity(copy) < family_complexity(instance) &&
      valley_case_validate(copy, NULL) == GSL_SUCCESS)
    return copy;
  free(copy);
  return NULL;
}

static void *family_perturb(const void *instance, gsl_rng *rng) {
  valley_case *copy = malloc(sizeof *copy);
  if (copy == NULL)
    return NULL;
  *copy = *(const valley_case *)instance;
  valley *v = &copy->valley;
  const size_t what = random_index(rng, 0, NUMBERS + 1);
  const double factor = exp(random_sign(rng) * random_log_uniform(rng, 1e-4, 1.0));
  if (what < NUMBERS)
    *number_at(v, what) *= factor;
  else if (what == NUMBERS)
    copy->seed = (uint32_t)random_index(rng, 1, 1000000000);
  else if (v->batch > 0)
    v->batch = (size_t)fmin(VALLEY_BATCH_MAX, fmax(1.0, rint((double)v->batch * factor)));
  if (valley_case_validate(copy, NULL) != GSL_SUCCESS)
    *copy = *(const valley_case *)instance;
  return copy;
}

const family valley_family = {.name = "valley",
                              .free = family_free,
                              .print = family_print,
                              .size = family_size,
                              .read = family_read,
                              .simplify = family_simplify,
                              .complexity = family_complexity,
                              .perturb = family_perturb,
                              .print_code = family_print_code,
                              .print_tex = family_print_tex};

/* --- random instances ----------------------------------------------------------------------- */

valley_case *valley_generate(gsl_rng *rng, diagnostic *diag) {
  valley_case *c = calloc(1, sizeof *c);
  if (c == NULL) {
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    return NULL;
  }
  valley *v = &c->valley;
  v->sharpest = random_log_uniform(rng, 0.1, 10.0);
  v->second = v->sharpest * random_uniform(rng, 0.3, 0.7);
  v->slope = 1.0;
  v->label = random_uniform(rng, 0.2, 0.5);
  v->batch = random_index(rng, 4, 12);
  const double edge = 2.0 / v->sharpest;
  v->low = edge * random_uniform(rng, 0.05, 0.1);
  v->high = edge * random_uniform(rng, 1.02, 1.1);
  v->period = random_index(rng, 20, 40);
  v->cycles = 10;
  v->start[0] = 0.1 * sqrt(1.0 / v->sharpest);
  v->start[1] = 0.1 * sqrt(1.0 / v->sharpest);
  c->seed = (uint32_t)random_index(rng, 1, 1000000000);
  return c;
}
