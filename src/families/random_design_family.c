#include "config.h"
#include "families/random_design_family.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <gsl/gsl_errno.h>
#include "families/number.h"
#include "io/table.h"
#include "model/quadratic.h"
#include "model/random.h"

/* --- writing and reading -------------------------------------------------------------------- */

static void family_free(void *instance) {
  random_design_free(instance);
}

static void family_print(FILE *stream, const void *instance) {
  const random_design *r = instance;
  fprintf(stream, "# family = random_design\n# k = %zu\n# batch = %zu\n# eta = %a\n", r->k,
          r->batch, r->eta);
  if (r->kurtosis != 3.0)
    fprintf(stream, "# kurtosis = %a\n", r->kurtosis);
  if (r->isotropic)
    fputs("# noise = isotropic\n", stream);
  if (r->uncentred)
    fputs("# moment = uncentred\n", stream);
  fputs("lambda,delta\n", stream);
  for (size_t i = 0; i < r->d; i++)
    fprintf(stream, "%a,%a\n", r->lambda[i], r->delta[i]);
}

static void family_size(const void *instance, size_t *d, size_t *k) {
  const random_design *r = instance;
  *d = r->d;
  *k = r->k;
}

static int take_settings(random_design *r, const io_settings *settings, diagnostic *diag) {
  int status = io_settings_whole(settings, "batch", true, &r->batch, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_real(settings, "eta", true, &r->eta, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_real(settings, "kurtosis", false, &r->kurtosis, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_word(settings, "noise", false, "isotropic", diag);
  if (status == GSL_SUCCESS)
    status = io_settings_word(settings, "moment", false, "uncentred", diag);
  r->isotropic = io_settings_find(settings, "noise") != NULL;
  r->uncentred = io_settings_find(settings, "moment") != NULL;
  return status;
}

static void *family_read(const char *file, diagnostic *diag) {
  static const char *const names[] = {"family",   "k",     "batch",  "eta",
                                      "kurtosis", "noise", "moment", NULL};
  io_settings *settings = NULL;
  io_table *table = NULL;
  random_design *r = NULL;
  size_t k = 0;
  int status = io_settings_read(file, &settings, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_expect(settings, names, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_word(settings, "family", true, "random_design", diag);
  if (status == GSL_SUCCESS)
    status = io_settings_whole(settings, "k", true, &k, diag);
  if (status == GSL_SUCCESS)
    status = io_table_read(file, &table, diag);
  if (status != GSL_SUCCESS)
    goto cleanup;
  if (table->columns != 2 || table->name == NULL || strcasecmp(table->name[0], "lambda") != 0 ||
      strcasecmp(table->name[1], "delta") != 0) {
    status = diagnostic_set(diag, GSL_EINVAL,
                            "%s:%zu: the columns of a random design are lambda and delta", file,
                            table->header_line > 0 ? table->header_line : table->line[0]);
    goto cleanup;
  }
  if (k < 1 || k > table->rows) {
    status = diagnostic_set(diag, GSL_EINVAL, "%s:%zu: k is %zu: not in 1..%zu", file,
                            io_settings_find(settings, "k")->line, k, table->rows);
    goto cleanup;
  }
  r = random_design_alloc(table->rows, k);
  if (r == NULL) {
    status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    goto cleanup;
  }
  for (size_t i = 0; i < r->d; i++) {
    r->lambda[i] = table->value[2 * i];
    r->delta[i] = table->value[2 * i + 1];
  }
  status = take_settings(r, settings, diag);
  if (status == GSL_SUCCESS && random_design_validate(r, diag) != GSL_SUCCESS)
    status = diagnostic_prefix(diag, file);

cleanup:
  io_settings_free(settings);
  io_table_free(table);
  if (status == GSL_SUCCESS)
    return r;
  random_design_free(r);
  return NULL;
}

static void family_print_code(FILE *stream, const void *instance) {
  const random_design *r = instance;
  fputs("static const double lambda[] = ", stream);
  family_array_print_code(stream, r->lambda, r->d);
  fputs(";\nstatic const double delta[] = ", stream);
  family_array_print_code(stream, r->delta, r->d);
  fprintf(stream,
          ";\nrandom_design *instance = random_design_literal(%zu, %zu, lambda, delta, %zu, ", r->d,
          r->k, r->batch);
  family_number_print_code(stream, r->eta);
  fputs(");\n", stream);
  if (r->kurtosis != 3.0) {
    fputs("instance->kurtosis = ", stream);
    family_number_print_code(stream, r->kurtosis);
    fputs(";\n", stream);
  }
  if (r->isotropic)
    fputs("instance->isotropic = true;\n", stream);
  if (r->uncentred)
    fputs("instance->uncentred = true;\n", stream);
}

static void family_print_tex(FILE *stream, const void *instance) {
  const random_design *r = instance;
  fputs("$\\lambda=", stream);
  family_array_print_tex(stream, r->lambda, r->d);
  fputs("$, $\\delta=", stream);
  family_array_print_tex(stream, r->delta, r->d);
  fprintf(stream, "$, $b=%zu$", r->batch);
  if (r->eta > 0.0) {
    fputs(", $\\eta=", stream);
    family_number_print_tex(stream, r->eta);
    fputc('$', stream);
  }
  if (r->kurtosis != 3.0) {
    fputs(", kurtosis $", stream);
    family_number_print_tex(stream, r->kurtosis);
    fputc('$', stream);
  }
  if (r->isotropic)
    fputs(", isotropic noise", stream);
  if (r->uncentred)
    fputs(", second moment not centred", stream);
}

/* --- simpler and other instances ------------------------------------------------------------ */

static double family_complexity(const void *instance) {
  const random_design *r = instance;
  const double direction = 16.0, extra = 8.0; /* bits for a direction, for a field that is rare */
  return direction * (double)r->d + family_number_cost((double)r->k) +
         family_array_cost(r->lambda, r->d) + family_array_cost(r->delta, r->d) +
         family_number_cost((double)r->batch) + family_number_cost(r->eta) +
         (r->kurtosis != 3.0 ? extra + family_number_cost(r->kurtosis) : 0.0) +
         (r->isotropic ? extra : 0.0) + (r->uncentred ? extra : 0.0);
}

/* A copy without `length` directions from `from` on. */
static random_design *without(const random_design *r, size_t from, size_t length) {
  const size_t end = from + length;
  const size_t gone = from >= r->k ? 0 : end <= r->k ? length : r->k - from;
  const size_t k = r->k > gone ? r->k - gone : 1;
  random_design *copy = random_design_alloc(r->d - length, k);
  if (copy == NULL)
    return NULL;
  for (size_t i = 0; i < copy->d; i++) {
    const size_t place = i < from ? i : i + length;
    copy->lambda[i] = r->lambda[place];
    copy->delta[i] = r->delta[place];
  }
  copy->batch = r->batch;
  copy->eta = r->eta;
  copy->kurtosis = r->kurtosis;
  copy->isotropic = r->isotropic;
  copy->uncentred = r->uncentred;
  return copy;
}

/* lambda, delta, eta, kurtosis in one row. */
static double *number_at(random_design *r, size_t place) {
  if (place < 2 * r->d)
    return (place < r->d ? r->lambda : r->delta) + place % r->d;
  return place == 2 * r->d ? &r->eta : &r->kurtosis;
}

enum { LEVELS = 6, COUNTS = 2 * FAMILY_COUNT_SIMPLER_MOST };

static void set_level(random_design *r, size_t attempt) {
  for (size_t i = 0; i < r->d; i++)
    switch (attempt) {
    case 0:
      r->lambda[i] = 1.0;
      break;
    case 1:
      r->lambda[i] = i < r->k ? r->lambda[0] : r->lambda[r->d - 1];
      break;
    case 2:
      r->delta[i] = 1.0;
      break;
    case 3:
      r->delta[i] = i == 0 ? 1.0 : 0.0;
      break;
    case 4:
      r->delta[i] = fabs(r->delta[i]);
      break;
    default:
      r->delta[i] = r->delta[i] == 0.0 ? 0.0 : 1.0;
    }
}

static void set_count(random_design *r, size_t attempt) {
  size_t simpler[FAMILY_COUNT_SIMPLER_MOST];
  const size_t which = attempt % FAMILY_COUNT_SIMPLER_MOST;
  size_t *count = attempt < FAMILY_COUNT_SIMPLER_MOST ? &r->batch : &r->k;
  if (which < family_count_simpler(*count, 1, simpler))
    *count = simpler[which];
}

static random_design *change(const random_design *r, size_t attempt, bool *done) {
  static const int bits[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40};
  const size_t roundings = sizeof bits / sizeof *bits;
  const size_t blocks = family_block_count(r->d), numbers = 2 * r->d + 2;
  *done = false;
  if (attempt < blocks) {
    size_t from, length;
    return family_block(r->d, attempt, &from, &length) ? without(r, from, length) : NULL;
  }
  attempt -= blocks;
  if (attempt >= LEVELS + COUNTS + roundings + FAMILY_NUMBER_SIMPLER_MOST * numbers) {
    *done = true;
    return NULL;
  }
  random_design *copy = random_design_clone(r);
  if (copy == NULL)
    return NULL;
  if (attempt < LEVELS)
    set_level(copy, attempt);
  else if (attempt < LEVELS + COUNTS)
    set_count(copy, attempt - LEVELS);
  else if (attempt < LEVELS + COUNTS + roundings)
    for (size_t i = 0; i < numbers; i++)
      *number_at(copy, i) =
          family_number_round(*number_at(copy, i), bits[attempt - LEVELS - COUNTS]);
  else {
    double simpler[FAMILY_NUMBER_SIMPLER_MOST];
    attempt -= LEVELS + COUNTS + roundings;
    double *number = number_at(copy, attempt % numbers);
    const size_t count = family_number_simpler(*number, simpler);
    if (attempt / numbers < count)
      *number = simpler[attempt / numbers];
  }
  return copy;
}

static void *family_simplify(const void *instance, size_t attempt, bool *done) {
  const random_design *r = instance;
  random_design *copy = change(r, attempt, done);
  if (copy != NULL && family_complexity(copy) < family_complexity(r) &&
      random_design_validate(copy, NULL) == GSL_SUCCESS)
    return copy;
  random_design_free(copy);
  return NULL;
}

static double times(double x, double factor, double least, double most) {
  return x == 0.0 ? 0.0 : copysign(fmin(most, fmax(least, fabs(x) * factor)), x);
}

static void *family_perturb(const void *instance, gsl_rng *rng) {
  const random_design *r = instance;
  random_design *copy = random_design_clone(r);
  if (copy == NULL)
    return NULL;
  const size_t what = random_index(rng, 0, 3), i = random_index(rng, 0, r->d - 1);
  const double size = random_log_uniform(rng, 1e-4, 3.0);
  const double factor = exp(random_sign(rng) * size);
  switch (what) {
  case 0: /* within its neighbours */
    copy->lambda[i] = times(r->lambda[i], factor, QUADRATIC_LAMBDA_MIN, QUADRATIC_LAMBDA_MAX);
    if (i > 0)
      copy->lambda[i] = fmin(copy->lambda[i], r->lambda[i - 1]);
    if (i + 1 < r->d)
      copy->lambda[i] = fmax(copy->lambda[i], r->lambda[i + 1]);
    break;
  case 1:
    copy->delta[i] = times(r->delta[i], factor, QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX);
    break;
  case 2:
    copy->eta = times(r->eta, factor, 0.0, RANDOM_DESIGN_MOVE_MAX / copy->lambda[0]);
    break;
  default:
    copy->batch = (size_t)fmin(1e9, fmax(1.0, rint((double)r->batch * factor)));
  }
  if (random_design_validate(copy, NULL) != GSL_SUCCESS) { /* eta lambda_1 rounded up */
    random_design_free(copy);
    return random_design_clone(r);
  }
  return copy;
}

const family random_design_family = {.name = "random_design",
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

static int descending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

static void draw_spectrum(gsl_rng *rng, const random_design_aim *aim, random_design *r) {
  const double decades =
      random_uniform(rng, 0.0, log10(aim->condition > 0.0 ? aim->condition : 1e12));
  const double unit = pow(10.0, random_uniform(rng, -6.0, 6.0));
  const size_t shape = random_index(rng, 0, 5);
  const size_t spikes = random_index(rng, 1, r->d);
  const double power = random_uniform(rng, 0.3, 2.5);
  for (size_t i = 0; i < r->d; i++) {
    const double place = r->d == 1 ? 0.0 : (double)i / (double)(r->d - 1);
    switch (shape) {
    case 0: /* geometric */
      r->lambda[i] = pow(10.0, -decades * place);
      break;
    case 1: /* a power law */
      r->lambda[i] = pow((double)(i + 1), -power);
      break;
    case 2: /* drawn */
      r->lambda[i] = random_log_uniform(rng, pow(10.0, -decades), 1.0);
      break;
    case 3: /* two levels */
      r->lambda[i] = i < spikes ? 1.0 : pow(10.0, -decades);
      break;
    case 4: /* all equal, or nearly */
      r->lambda[i] = 1.0 - 1e-9 * place * (double)(spikes % 2);
      break;
    default: /* equally spaced */
      r->lambda[i] = 1.0 - place * (1.0 - pow(10.0, -decades));
    }
    r->lambda[i] *= unit;
  }
  qsort(r->lambda, r->d, sizeof *r->lambda, descending);
  if (!aim->full_rank && r->d > 1 && random_chance(rng, 0.15)) {
    const size_t rank = random_index(rng, 1, r->d - 1);
    for (size_t i = rank; i < r->d; i++)
      r->lambda[i] = 0.0;
  }
}

static void draw_state(gsl_rng *rng, random_design *r) {
  const size_t shape = random_index(rng, 0, 4), rank = random_design_rank(r);
  const size_t pick = random_index(rng, 0, rank - 1);
  const double unit = pow(10.0, random_uniform(rng, -6.0, 6.0));
  for (size_t i = 0; i < r->d; i++) {
    const double size = random_log_uniform(rng, 1e-4, 1.0);
    const int sign = random_sign(rng), dropped = random_chance(rng, 0.5);
    switch (shape) {
    case 0:
      r->delta[i] = sign;
      break;
    case 1:
      r->delta[i] = sign * size;
      break;
    case 2:
      r->delta[i] = dropped ? 0.0 : sign * size;
      break;
    case 3: /* one direction alone */
      r->delta[i] = 0.0;
      break;
    default: /* every gradient coordinate of one size */
      r->delta[i] = r->lambda[i] > 0.0 ? sign * r->lambda[0] / r->lambda[i] : 1.0;
    }
  }
  if (r->delta[pick] == 0.0)
    r->delta[pick] = 1.0;
  for (size_t i = 0; i < r->d; i++)
    r->delta[i] *= unit;
}

random_design *random_design_generate(gsl_rng *rng, const random_design_aim *aim,
                                      diagnostic *diag) {
  const size_t d_most = aim->d_most > 0 ? aim->d_most : 200;
  const double size = random_uniform(rng, 0.0, 1.0);
  const size_t tier = size < 0.55 ? 8 : size < 0.92 ? 24 : 200;
  const size_t d = random_index(rng, aim->split ? 2 : 1, tier < d_most ? tier : d_most);
  const size_t k = random_index(rng, 1, d == 1 ? 1 : d - 1);
  random_design *r = random_design_alloc(d, k);
  if (r == NULL) {
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    return NULL;
  }
  draw_spectrum(rng, aim, r);
  draw_state(rng, r);
  const double sizes = random_uniform(rng, 0.0, 1.0);
  const double drawn = random_log_uniform(rng, 1.0, 1e6);
  const size_t few = random_index(rng, 2, 16);
  r->batch = sizes < 0.3 ? 1 : sizes < 0.6 ? few : (size_t)drawn;
  /* The threshold lies between 1/(rank + 1) and 1 of this pole. */
  const double b = (double)r->batch, pole = 2.0 * b / ((b + 1.0) * r->lambda[0]);
  const double fraction = random_chance(rng, 0.5) ? random_uniform(rng, 0.01, 2.0)
                                                  : random_log_uniform(rng, 1e-3, 10.0);
  if (aim->step)
    r->eta = pole * fraction;
  return r;
}

/* --- hypotheses and labels ------------------------------------------------------------------ */

bool random_design_is_gaussian(const void *instance) {
  return ((const random_design *)instance)->kurtosis == 3.0;
}

bool random_design_has_own_noise(const void *instance) {
  return !((const random_design *)instance)->isotropic;
}

bool random_design_has_loss(const void *instance) {
  const random_design *r = instance;
  for (size_t i = 0; i < r->d; i++)
    if (r->lambda[i] > 0.0 && r->delta[i] != 0.0)
      return true;
  return false;
}

bool random_design_has_step(const void *instance) {
  return ((const random_design *)instance)->eta > 0.0;
}

bool random_design_make_signs(void *instance, gsl_rng *rng) {
  ((random_design *)instance)->kurtosis = random_chance(rng, 0.5) ? 1.0 : 9.0;
  return true;
}

bool random_design_make_isotropic(void *instance, gsl_rng *rng) {
  (void)rng;
  ((random_design *)instance)->isotropic = true;
  return true;
}

bool random_design_make_lossless(void *instance, gsl_rng *rng) {
  random_design *r = instance;
  (void)rng;
  for (size_t i = 0; i < r->d; i++)
    if (r->lambda[i] > 0.0)
      r->delta[i] = 0.0;
  return true;
}

bool random_design_is_batch_one(const void *instance) {
  return ((const random_design *)instance)->batch == 1;
}

bool random_design_is_batch_large(const void *instance) {
  return ((const random_design *)instance)->batch > 100;
}

bool random_design_is_rank_deficient(const void *instance) {
  const random_design *r = instance;
  return r->lambda[r->d - 1] == 0.0;
}

bool random_design_is_tied(const void *instance) {
  const random_design *r = instance;
  return r->d > 1 && r->lambda[0] == r->lambda[1];
}

bool random_design_is_ill(const void *instance) {
  const random_design *r = instance;
  return r->lambda[0] > 1e6 * r->lambda[random_design_rank(r) - 1];
}

bool random_design_is_small(const void *instance) {
  return ((const random_design *)instance)->d <= 8;
}

bool random_design_is_large(const void *instance) {
  return ((const random_design *)instance)->d > 24;
}
