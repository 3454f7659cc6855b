#include "config.h"
#include "families/toy_family.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "exact/exact_rational.h"
#include "exact/exact_toy.h"
#include "families/number.h"
#include "io/table.h"
#include "model/random.h"

/* --- instances ------------------------------------------------------------------------------ */

enum { NUMBERS = 7, FEW_BITS = 10 };

static double *number_of(toy *t, size_t i) {
  double *const all[NUMBERS] = {&t->a, &t->b, &t->c, &t->eta, &t->x, &t->y, &t->plus};
  return all[i];
}

static double number_at(const toy *t, size_t i) {
  const double all[NUMBERS] = {t->a, t->b, t->c, t->eta, t->x, t->y, t->plus};
  return all[i];
}

/* eta (a + b) < 2 in doubles, by a margin; the exact test is the hypothesis. */
static double draw_step(gsl_rng *rng, const toy *t) {
  const double shape = random_uniform(rng, 0.0, 1.0), edge = 2.0 / (t->a + t->b);
  const double uniform = random_uniform(rng, 0.01, 0.99);
  const double small = random_log_uniform(rng, 1e-3, 0.5);
  if (shape < 0.2) { /* 1 - eta a next to 0: the map turns over */
    const double near = (1.0 + random_sign(rng) * 1e-2 * small) / t->a;
    return fmin(near, 0.99 * edge);
  }
  return edge * (shape < 0.6 ? uniform : small);
}

/* c with e^4 = strength^2 (1-p^2)(1-r^2). */
static double coupling_of(const toy *t, double strength) {
  const double p = 1.0 - t->eta * t->a, r = 1.0 - t->eta * t->b;
  return sqrt(strength * sqrt((1.0 - p * p) * (1.0 - r * r))) / t->eta;
}

void *toy_generate(gsl_rng *rng, diagnostic *diag) {
  toy drawn = {.plus = 0.5};
  drawn.b = random_log_uniform(rng, 1e-3, 1e3);
  const bool mild = random_chance(rng, 0.25);
  const double excess = random_log_uniform(rng, 1e-3, mild ? 1.0 : 1e6);
  drawn.a = drawn.b * (1.0 + excess);
  drawn.eta = draw_step(rng, &drawn);
  drawn.c = coupling_of(&drawn, random_log_uniform(rng, 1e-4, 0.9));
  const double size = random_log_uniform(rng, 1e-2, 1e2);
  const double ratio = random_log_uniform(rng, 1e-6, 1e2);
  const int sign_x = random_sign(rng), sign_y = random_sign(rng);
  drawn.x = sign_x * size * ratio;
  drawn.y = sign_y * size;
  if (random_chance(rng, 0.5))
    for (size_t i = 0; i < NUMBERS; i++)
      *number_of(&drawn, i) = family_number_round(number_at(&drawn, i), FEW_BITS);
  toy *t = toy_clone(&drawn);
  if (t == NULL)
    diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  return t;
}

/* --- the family ----------------------------------------------------------------------------- */

static void family_free(void *instance) {
  toy_free(instance);
}

static void family_size(const void *instance, size_t *d, size_t *k) {
  (void)instance;
  *d = 2;
  *k = 1;
}

static void family_print(FILE *stream, const void *instance) {
  const toy *t = instance;
  fprintf(stream, "# family = toy\n# c = %a\n# eta = %a\n# plus = %a\n", t->c, t->eta, t->plus);
  fprintf(stream, "lambda,theta\n%a,%a\n%a,%a\n", t->a, t->x, t->b, t->y);
}

static int check_table(const char *file, const io_table *table, diagnostic *diag) {
  const size_t header = table->header_line > 0 ? table->header_line : table->line[0];
  if (table->columns != 2 || io_table_find(table, "lambda") != 0 ||
      io_table_find(table, "theta") != 1)
    return diagnostic_set(diag, GSL_EINVAL, "%s:%zu: the columns of a toy model are lambda, theta",
                          file, header);
  if (table->rows != 2)
    return diagnostic_set(diag, GSL_EBADLEN, "%s:%zu: %zu rows: a toy model has two directions",
                          file, table->line[table->rows - 1], table->rows);
  for (size_t i = 0; i < 2; i++)
    if (!(table->value[2 * i] > 0.0))
      return diagnostic_set(diag, GSL_EDOM, "%s:%zu: lambda is %g: not positive", file,
                            table->line[i], table->value[2 * i]);
  return GSL_SUCCESS;
}

static int check_settings(const io_settings *settings, const toy *t, diagnostic *diag) {
  if (!(t->eta > 0.0))
    return diagnostic_set(diag, GSL_EDOM, "%s:%zu: eta is %g: not positive", settings->file,
                          io_settings_find(settings, "eta")->line, t->eta);
  if (!(t->plus >= 0.0 && t->plus <= 1.0))
    return diagnostic_set(diag, GSL_EDOM, "%s:%zu: plus is %g: not a probability", settings->file,
                          io_settings_find(settings, "plus")->line, t->plus);
  return GSL_SUCCESS;
}

static void *family_read(const char *file, diagnostic *diag) {
  static const char *const names[] = {"family", "c", "eta", "plus", NULL};
  io_settings *settings = NULL;
  io_table *table = NULL;
  toy given = {0}, *t = NULL;
  int status = io_settings_read(file, &settings, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_expect(settings, names, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_word(settings, "family", true, "toy", diag);
  if (status == GSL_SUCCESS)
    status = io_settings_real(settings, "c", true, &given.c, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_real(settings, "eta", true, &given.eta, diag);
  if (status == GSL_SUCCESS)
    status = io_settings_real(settings, "plus", true, &given.plus, diag);
  if (status == GSL_SUCCESS)
    status = check_settings(settings, &given, diag);
  if (status == GSL_SUCCESS)
    status = io_table_read(file, &table, diag);
  if (status == GSL_SUCCESS)
    status = check_table(file, table, diag);
  if (status == GSL_SUCCESS) {
    given.a = table->value[0];
    given.x = table->value[1];
    given.b = table->value[2];
    given.y = table->value[3];
    t = toy_clone(&given);
    if (t == NULL)
      diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  }
  io_settings_free(settings);
  io_table_free(table);
  return t;
}

static double family_complexity(const void *instance) {
  const toy *t = instance;
  double cost = 0.0;
  for (size_t i = 0; i < NUMBERS; i++)
    cost += family_number_cost(number_at(t, i));
  return cost;
}

static bool is_in_domain(const toy *t) {
  return t->a > 0.0 && t->b > 0.0 && t->eta > 0.0 && t->plus >= 0.0 && t->plus <= 1.0;
}

/* Powers of two change no significand: lambda in units of b, then x and y in units of y. */
static void change_units(toy *t, size_t attempt) {
  int exponent;
  frexp(attempt == 0 ? t->b : t->y != 0.0 ? t->y : t->x, &exponent);
  const double unit = ldexp(1.0, 1 - exponent);
  if (attempt == 0) {
    t->a *= unit;
    t->b *= unit;
    t->c *= unit;
    t->eta /= unit;
  } else {
    t->x *= unit;
    t->y *= unit;
  }
}

/* All numbers to few bits, then number by number, the simplest values of all first. */
static void *family_simplify(const void *instance, size_t attempt, bool *done) {
  static const int bits[] = {1, 2, 3, 4, 6, 8, 12, 16, 24};
  enum { UNITS = 2, ROUNDINGS = sizeof bits / sizeof *bits };
  const toy *t = instance;
  *done = attempt >= UNITS + ROUNDINGS + NUMBERS * FAMILY_NUMBER_SIMPLER_MOST;
  if (*done)
    return NULL;
  toy changed = *t;
  if (attempt < UNITS)
    change_units(&changed, attempt);
  else if (attempt < UNITS + ROUNDINGS)
    for (size_t i = 0; i < NUMBERS; i++)
      *number_of(&changed, i) = family_number_round(number_at(t, i), bits[attempt - UNITS]);
  else {
    const size_t place = (attempt - UNITS - ROUNDINGS) % NUMBERS;
    const size_t rank = (attempt - UNITS - ROUNDINGS) / NUMBERS;
    double simpler[FAMILY_NUMBER_SIMPLER_MOST];
    if (family_number_simpler(number_at(t, place), simpler) <= rank)
      return NULL;
    *number_of(&changed, place) = simpler[rank];
  }
  if (!is_in_domain(&changed) || !(family_complexity(&changed) < family_complexity(t)))
    return NULL;
  return toy_clone(&changed);
}

static void *family_perturb(const void *instance, gsl_rng *rng) {
  toy changed = *(const toy *)instance;
  const size_t changes = random_index(rng, 1, 3);
  for (size_t n = 0; n < changes; n++) {
    const size_t place = random_index(rng, 0, NUMBERS - 1);
    const double size = random_log_uniform(rng, 1e-4, 1.0);
    double *x = number_of(&changed, place);
    *x *= exp(random_sign(rng) * size);
    if (place == NUMBERS - 1)
      *x = fmin(*x, 1.0);
  }
  return toy_clone(&changed);
}

static void family_print_code(FILE *stream, const void *instance) {
  const toy *t = instance;
  fputs("toy *instance = toy_literal(", stream);
  for (size_t i = 0; i + 1 < NUMBERS; i++) {
    family_number_print_code(stream, number_at(t, i));
    fputs(i + 2 < NUMBERS ? ", " : ");\n", stream);
  }
  if (t->plus != 0.5) {
    fputs("instance->plus = ", stream);
    family_number_print_code(stream, t->plus);
    fputs(";\n", stream);
  }
}

static void family_print_tex(FILE *stream, const void *instance) {
  static const char *const name[NUMBERS] = {"a", "b", "c", "\\eta", "x", "y", "w_+"};
  const toy *t = instance;
  for (size_t i = 0; i < NUMBERS; i++) {
    if (i + 1 == NUMBERS && t->plus == 0.5)
      break;
    fprintf(stream, "%s$%s=", i > 0 ? ", " : "", name[i]);
    family_number_print_tex(stream, number_at(t, i));
    fputc('$', stream);
  }
}

const family toy_family = {
    .name = "toy",
    .free = family_free,
    .print = family_print,
    .size = family_size,
    .read = family_read,
    .simplify = family_simplify,
    .complexity = family_complexity,
    .perturb = family_perturb,
    .print_code = family_print_code,
    .print_tex = family_print_tex,
};

/* --- hypotheses ----------------------------------------------------------------------------- */

bool toy_has_gap(const void *instance) {
  const toy *t = instance;
  return t->a > t->b;
}

bool toy_is_interior(const void *instance) {
  const toy *t = instance;
  return t->x != 0.0 && t->y != 0.0;
}

/* p + r, exactly: eta (a + b) < 2 says that it is positive. */
bool toy_is_step_short(const void *instance) {
  const toy *t = instance;
  exact_toy_factors f;
  fmpq_t sum;
  exact_toy_factors_init(&f, t);
  fmpq_init(sum);
  fmpq_add(sum, f.p, f.r);
  const bool holds = t->eta > 0.0 && fmpq_sgn(sum) > 0;
  fmpq_clear(sum);
  exact_toy_factors_clear(&f);
  return holds;
}

bool toy_is_coupled(const void *instance) {
  return ((const toy *)instance)->c != 0.0;
}

bool toy_is_fair(const void *instance) {
  return ((const toy *)instance)->plus == 0.5;
}

bool toy_is_stable(const void *instance) {
  exact_toy_factors f;
  fmpq_t excess, one;
  exact_toy_factors_init(&f, instance);
  fmpq_init(excess);
  fmpq_init(one);
  fmpq_set_si(one, 1, 1);
  exact_toy_stability(excess, &f);
  const bool holds = fmpq_sgn(excess) > 0 && fmpq_cmp(f.pp, one) < 0 && fmpq_cmp(f.rr, one) < 0;
  fmpq_clear(excess);
  fmpq_clear(one);
  exact_toy_factors_clear(&f);
  return holds;
}

bool toy_is_slow(const void *instance) {
  const toy *t = instance;
  return fma(t->eta, t->a, -1.0) != 0.0;
}

bool toy_violate_gap(void *instance, gsl_rng *rng) {
  toy *t = instance;
  const double a = t->a;
  if (random_chance(rng, 0.3))
    t->a = t->b; /* a tie */
  else {
    t->a = t->b;
    t->b = a;
  }
  return true;
}

bool toy_violate_interior(void *instance, gsl_rng *rng) {
  toy *t = instance;
  *(random_chance(rng, 0.5) ? &t->x : &t->y) = 0.0;
  return true;
}

/* Between 2/(a + b) and 2/a, with a coupling that is stable there. */
bool toy_violate_step(void *instance, gsl_rng *rng) {
  toy *t = instance;
  const double least = 2.0 / (t->a + t->b), most = 2.0 / t->a;
  t->eta = least + random_uniform(rng, 0.01, 0.95) * (most - least);
  t->c = coupling_of(t, random_log_uniform(rng, 1e-4, 0.9));
  return t->c > 0.0;
}

bool toy_violate_coupling(void *instance, gsl_rng *rng) {
  (void)rng;
  ((toy *)instance)->c = 0.0;
  return true;
}

bool toy_violate_fair(void *instance, gsl_rng *rng) {
  toy *t = instance;
  t->plus = random_uniform(rng, 0.0, 1.0);
  return t->plus != 0.5;
}

bool toy_violate_stable(void *instance, gsl_rng *rng) {
  toy *t = instance;
  t->c = coupling_of(t, random_log_uniform(rng, 1.1, 100.0));
  return true;
}

bool toy_violate_slow(void *instance, gsl_rng *rng) {
  toy *t = instance;
  (void)rng;
  int exponent;
  frexp(t->a, &exponent);
  t->eta = ldexp(1.0, -exponent + 1); /* eta a = 1 with a a power of two */
  t->a = ldexp(1.0, exponent - 1);
  t->b = fmin(t->b, 0.5 * t->a);
  t->c = coupling_of(t, 0.5);
  return true;
}

/* --- labels --------------------------------------------------------------------------------- */

bool toy_is_alternating(const void *instance) {
  exact_toy_factors f;
  fmpq_t determinant;
  exact_toy_factors_init(&f, instance);
  fmpq_init(determinant);
  exact_toy_determinant(determinant, &f);
  const bool holds = fmpq_sgn(determinant) < 0;
  fmpq_clear(determinant);
  exact_toy_factors_clear(&f);
  return holds;
}

/* The sign of x^2/y^2 - z*. */
static int side_of_limit(const toy *t) {
  exact_toy_factors f;
  exact_toy_moments start;
  fmpq_t change;
  exact_toy_factors_init(&f, t);
  exact_toy_moments_init(&start);
  fmpq_init(change);
  exact_toy_start(&start, t);
  exact_toy_change(change, &start, &f);
  const int side = -fmpq_sgn(change);
  fmpq_clear(change);
  exact_toy_moments_clear(&start);
  exact_toy_factors_clear(&f);
  return side;
}

bool toy_is_above(const void *instance) {
  return side_of_limit(instance) > 0;
}

bool toy_is_below(const void *instance) {
  return side_of_limit(instance) < 0;
}

bool toy_is_steep(const void *instance) {
  const toy *t = instance;
  return t->a > 1000.0 * t->b;
}

bool toy_is_mild(const void *instance) {
  const toy *t = instance;
  return t->a < 2.0 * t->b;
}

bool toy_is_state_exact(const void *instance) {
  bool exact = false;
  quadratic *q = toy_state(instance, &exact);
  quadratic_free(q);
  return q != NULL && exact;
}

/* --- counterexamples ------------------------------------------------------------------------- */

void *toy_case_flat_called_dominant(void) {
  return toy_literal(1, 8, 1, 1.0 / 16, 1, 1);
}

void *toy_case_step_too_long(void) {
  return toy_literal(8, 1, 1, 0.234375, 1, 1);
}

void *toy_case_uncoupled(void) {
  return toy_literal(8, 1, 0, 1.0 / 16, 1, 1);
}

void *toy_case_unfair(void) {
  toy *t = toy_literal(8, 1, 1, 1.0 / 16, 1, 1);
  if (t != NULL)
    t->plus = 0.75;
  return t;
}

void *toy_case_unstable(void) {
  return toy_literal(8, 1, 16, 1.0 / 16, 1, 1);
}
