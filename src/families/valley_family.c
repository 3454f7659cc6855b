#include "config.h"
#include "families/valley_family.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "families/number.h"
#include "io/table.h"
#include "model/random.h"

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
  if (status == GSL_SUCCESS &&
      (table->rows != 1 || table->columns != 8 || c->valley.period < 2 || seed > UINT32_MAX))
    status = diagnostic_set(diag, GSL_EINVAL,
                            "%s: a valley is one line of 8 numbers, with a period from 2 and a "
                            "seed below 2^32",
                            file);
  if (status == GSL_SUCCESS) {
    valley *v = &c->valley;
    double *const to[] = {&v->sharpest, &v->second, &v->slope,    &v->label,
                          &v->low,      &v->high,   &v->start[0], &v->start[1]};
    for (size_t i = 0; i < sizeof to / sizeof *to; i++)
      *to[i] = table->value[i];
    c->seed = (uint32_t)seed;
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

const family valley_family = {.name = "valley",
                              .free = family_free,
                              .print = family_print,
                              .size = family_size,
                              .read = family_read,
                              .print_tex = family_print_tex};

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
