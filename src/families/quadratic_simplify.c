#include "config.h"
#include "families/quadratic_hooks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "families/number.h"
#include "model/random.h"

/* --- what must stay in order ---------------------------------------------------------------- */

enum { IN_DOMAIN = 1, SETS_FALL = 2, IS_VALID = 4 };

static bool in_range(double x, double least, double most) {
  return x >= least && x <= most;
}

static bool falls(const double *x, size_t n) {
  for (size_t i = 0; i + 1 < n; i++)
    if (x[i] < x[i + 1])
      return false;
  return true;
}

static bool is_in_domain(const quadratic *q) {
  for (size_t i = 0; i < q->d; i++)
    if (!in_range(q->lambda[i], QUADRATIC_LAMBDA_MIN, QUADRATIC_LAMBDA_MAX) ||
        (q->g[i] != 0.0 &&
         !in_range(fabs(q->g[i]), QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX)) ||
        (q->v[i] != 0.0 && !in_range(q->v[i], QUADRATIC_VARIANCE_MIN, QUADRATIC_VARIANCE_MAX)))
      return false;
  return isfinite(q->eta) && q->eta >= 0.0 && isfinite(q->eta_late) && q->eta_late >= 0.0 &&
         isfinite(q->radius) && q->radius >= 0.0;
}

static unsigned order_of(const quadratic *q) {
  unsigned order = is_in_domain(q) ? IN_DOMAIN : 0;
  if (falls(q->lambda, q->k) && falls(q->lambda + q->k, q->d - q->k))
    order |= SETS_FALL;
  if (order == (IN_DOMAIN | SETS_FALL) && quadratic_validate(q, NULL) == GSL_SUCCESS)
    order |= IS_VALID;
  return order;
}

static bool is_as_orderly(const quadratic *changed, const quadratic *original) {
  const unsigned wanted = order_of(original);
  return (order_of(changed) & wanted) == wanted;
}

/* --- complexity ----------------------------------------------------------------------------- */

double quadratic_complexity(const void *instance) {
  const quadratic *q = instance;
  const double direction = 16.0, extra = 8.0; /* bits for a direction, for a field that is rare */
  double sum = direction * (double)q->d + family_number_cost((double)q->k);
  sum += family_array_cost(q->lambda, q->d) + family_array_cost(q->g, q->d) +
         family_array_cost(q->v, q->d) + family_number_cost(q->eta);
  if (q->eta_late != 0.0 || q->switch_step > 0)
    sum += extra + family_number_cost(q->eta_late) + family_number_cost((double)q->switch_step);
  if (q->radius != 0.0)
    sum += extra + family_number_cost(q->radius);
  if (q->reading != READING_MEAN_FIELD)
    sum += extra;
  if (q->bias != NULL)
    sum += extra + family_array_cost(q->bias, q->d);
  if (q->covariance != NULL) {
    sum += extra;
    for (size_t i = 0; i < q->d; i++)
      for (size_t j = 0; j < i; j++)
        sum += family_number_cost(gsl_matrix_get(q->covariance, i, j));
  }
  return sum;
}

/* --- fewer directions ----------------------------------------------------------------------- */

/* A copy without the `length` directions from `from` on; these are all in one set. */
static quadratic *without(const quadratic *q, size_t from, size_t length) {
  const size_t k = from < q->k ? q->k - length : q->k;
  quadratic *copy = quadratic_alloc(q->d - length, k);
  if (copy == NULL)
    return NULL;
  copy->eta = q->eta;
  copy->eta_late = q->eta_late;
  copy->radius = q->radius;
  copy->switch_step = q->switch_step;
  copy->reading = q->reading;
  if (q->bias != NULL)
    copy->bias = calloc(copy->d, sizeof *copy->bias);
  if (q->covariance != NULL)
    copy->covariance = gsl_matrix_alloc(copy->d, copy->d);
  if ((q->bias != NULL && copy->bias == NULL) ||
      (q->covariance != NULL && copy->covariance == NULL)) {
    quadratic_free(copy);
    return NULL;
  }
  for (size_t i = 0; i < copy->d; i++) {
    const size_t place = i < from ? i : i + length;
    copy->lambda[i] = q->lambda[place];
    copy->g[i] = q->g[place];
    copy->v[i] = q->v[place];
    if (q->bias != NULL)
      copy->bias[i] = q->bias[place];
    for (size_t j = 0; q->covariance != NULL && j < copy->d; j++)
      gsl_matrix_set(copy->covariance, i, j,
                     gsl_matrix_get(q->covariance, place, j < from ? j : j + length));
  }
  return copy;
}

/* A copy in which one direction stands for all from `from` on: their |g|, the curvature of their
 * noise or gradient, their noise moment.  NULL too where that is not to be had. */
static quadratic *merged(const quadratic *q, size_t from, size_t length) {
  double squares = 0.0, weighted = 0.0, moment = 0.0;
  for (size_t i = from; i < from + length; i++) {
    squares += q->g[i] * q->g[i];
    weighted += q->lambda[i] * q->g[i] * q->g[i];
    moment += q->lambda[i] * q->lambda[i] * q->v[i];
  }
  if (length < 2 || q->covariance != NULL || !(squares > 0.0))
    return NULL;
  quadratic *copy = without(q, from + 1, length - 1);
  if (copy == NULL)
    return NULL;
  const double lambda = weighted / squares;
  copy->lambda[from] = fmin(q->lambda[from], fmax(q->lambda[from + length - 1], lambda));
  copy->g[from] = sqrt(squares);
  copy->v[from] = moment / (copy->lambda[from] * copy->lambda[from]);
  return copy;
}

/* --- changes to a copy ---------------------------------------------------------------------- */

/* Variances are the covariance's diagonal: the rest of a row and column is scaled with it. */
static void set_variance(quadratic *q, size_t i, double v) {
  if (q->covariance != NULL) {
    const double factor = q->v[i] > 0.0 ? sqrt(v / q->v[i]) : 0.0;
    for (size_t j = 0; j < q->d; j++)
      if (j != i) {
        const double entry = factor == 1.0 ? gsl_matrix_get(q->covariance, i, j)
                                           : factor * gsl_matrix_get(q->covariance, i, j);
        gsl_matrix_set(q->covariance, i, j, entry);
        gsl_matrix_set(q->covariance, j, i, entry);
      }
    gsl_matrix_set(q->covariance, i, i, v);
  }
  q->v[i] = v;
}

/* eta, eta_late, radius */
enum { SETTINGS = 3 };

/* The numbers of an instance in one row: lambda, g, v, eta, eta_late, radius, bias, covariance
 * below its diagonal. */
static size_t number_count(const quadratic *q) {
  return 3 * q->d + SETTINGS + (q->bias != NULL ? q->d : 0) +
         (q->covariance != NULL ? q->d * (q->d - 1) / 2 : 0);
}

/* Entry `place` below the diagonal, row by row. */
static void lower_place(size_t place, size_t *i, size_t *j) {
  size_t row = 1;
  while (place >= row)
    place -= row++;
  *i = row;
  *j = place;
}

static double number_at(const quadratic *q, size_t place) {
  const size_t d = q->d;
  if (place < 3 * d)
    return (place < d ? q->lambda : place < 2 * d ? q->g : q->v)[place % d];
  place -= 3 * d;
  if (place < SETTINGS)
    return place == 0 ? q->eta : place == 1 ? q->eta_late : q->radius;
  place -= SETTINGS;
  if (q->bias != NULL) {
    if (place < d)
      return q->bias[place];
    place -= d;
  }
  size_t i, j;
  lower_place(place, &i, &j);
  return gsl_matrix_get(q->covariance, i, j);
}

static void set_number(quadratic *q, size_t place, double x) {
  const size_t d = q->d;
  if (place < 2 * d) {
    (place < d ? q->lambda : q->g)[place % d] = x;
    return;
  }
  if (place < 3 * d) {
    set_variance(q, place - 2 * d, x);
    return;
  }
  place -= 3 * d;
  if (place < SETTINGS) {
    *(place == 0 ? &q->eta : place == 1 ? &q->eta_late : &q->radius) = x;
    return;
  }
  place -= SETTINGS;
  if (q->bias != NULL) {
    if (place < d) {
      q->bias[place] = x;
      return;
    }
    place -= d;
  }
  size_t i, j;
  lower_place(place, &i, &j);
  gsl_matrix_set(q->covariance, i, j, x);
  gsl_matrix_set(q->covariance, j, i, x);
}

static void fill(double *x, size_t from, size_t to, double value) {
  for (size_t i = from; i < to; i++)
    x[i] = value;
}

/* Other units: lambda over 2^curvature or a number, g and sqrt(v) over another. */
static void rescale(quadratic *q, double curvature, double gradient) {
  for (size_t i = 0; i < q->d; i++) {
    q->lambda[i] /= curvature;
    q->g[i] /= gradient;
    q->v[i] /= gradient * gradient;
    if (q->bias != NULL)
      q->bias[i] /= gradient;
    for (size_t j = 0; q->covariance != NULL && j < q->d; j++)
      gsl_matrix_set(q->covariance, i, j,
                     gsl_matrix_get(q->covariance, i, j) / (gradient * gradient));
  }
  q->eta *= curvature;
  q->eta_late *= curvature;
  q->radius *= curvature / gradient;
}

static double power_of_two_in(double x) {
  int e;
  frexp(x, &e);
  return ldexp(1.0, e - 1);
}

/* --- the ways, in their order --------------------------------------------------------------- */

/* Each kind of way: how many there are, and a changed copy.  A copy may equal the instance. */
typedef struct {
  size_t (*count)(const quadratic *q);
  quadratic *(*change)(const quadratic *q, size_t attempt);
} kind_of_way;

enum { FIELDS = 5, MERGES = 3, ENDS = 4, UNITS = 5, LEVELS = 14 };

static size_t count_fields(const quadratic *q) {
  (void)q;
  return FIELDS;
}

/* Without what ordinary instances do not have. */
static quadratic *drop_field(const quadratic *q, size_t attempt) {
  quadratic *copy = quadratic_clone(q);
  if (copy == NULL)
    return NULL;
  switch (attempt) {
  case 0:
    if (copy->covariance != NULL)
      gsl_matrix_free(copy->covariance);
    copy->covariance = NULL;
    break;
  case 1:
    free(copy->bias);
    copy->bias = NULL;
    break;
  case 2:
    copy->eta_late = 0.0;
    copy->switch_step = 0;
    break;
  case 3:
    copy->radius = 0.0;
    break;
  default:
    copy->reading = READING_MEAN_FIELD;
  }
  return copy;
}

static size_t count_merges(const quadratic *q) {
  return q->d > 2 ? MERGES : 0;
}

static quadratic *merge(const quadratic *q, size_t attempt) {
  const size_t k = q->k;
  if (attempt == 1)
    return merged(q, 0, k);
  if (attempt == 2 || k == 1)
    return merged(q, k, q->d - k);
  quadratic *half = merged(q, k, q->d - k), *both = half;
  if (half != NULL) {
    both = merged(half, 0, k);
    quadratic_free(half);
  }
  return both;
}

static size_t count_ends(const quadratic *q) {
  return q->d > 2 ? ENDS : 0;
}

/* The first or last direction of either set alone. */
static quadratic *keep_ends(const quadratic *q, size_t attempt) {
  const size_t bulk = q->d - q->k;
  quadratic *one =
      bulk > 1 ? without(q, attempt % 2 == 0 ? q->k + 1 : q->k, bulk - 1) : quadratic_clone(q);
  if (one == NULL || q->k == 1)
    return one;
  quadratic *two = without(one, attempt / 2 == 0 ? 1 : 0, q->k - 1);
  quadratic_free(one);
  return two;
}

static size_t count_blocks(const quadratic *q) {
  return family_block_count(q->k) + family_block_count(q->d - q->k);
}

static quadratic *take_block(const quadratic *q, size_t attempt) {
  const size_t dominant = family_block_count(q->k);
  size_t from, length;
  if (attempt < dominant && family_block(q->k, attempt, &from, &length))
    return without(q, from, length);
  if (attempt >= dominant && family_block(q->d - q->k, attempt - dominant, &from, &length))
    return without(q, q->k + from, length);
  return NULL;
}

static size_t count_units(const quadratic *q) {
  (void)q;
  return UNITS;
}

static double largest(const double *x, size_t n) {
  double most = 0.0;
  for (size_t i = 0; i < n; i++)
    most = fmax(most, fabs(x[i]));
  return most;
}

/* Powers of two first: they change no significand. */
static quadratic *change_units(const quadratic *q, size_t attempt) {
  const double lambda = q->lambda[q->d - 1], g = largest(q->g, q->d), v = sqrt(largest(q->v, q->d));
  if (!(lambda > 0.0 && (attempt == 0 || attempt == 3 || (attempt == 4 ? v : g) > 0.0)))
    return NULL;
  quadratic *copy = quadratic_clone(q);
  if (copy == NULL)
    return NULL;
  switch (attempt) {
  case 0:
    rescale(copy, power_of_two_in(lambda), 1.0);
    break;
  case 1:
    rescale(copy, 1.0, power_of_two_in(g));
    break;
  case 2:
    rescale(copy, 1.0, g);
    break;
  case 3:
    rescale(copy, lambda, 1.0);
    break;
  default:
    rescale(copy, 1.0, power_of_two_in(v));
  }
  return copy;
}

static size_t count_levels(const quadratic *q) {
  (void)q;
  return LEVELS;
}

/* Equal levels and unit noise. */
static quadratic *set_level(const quadratic *q, size_t attempt) {
  quadratic *copy = quadratic_clone(q);
  if (copy == NULL)
    return NULL;
  const size_t d = q->d, k = q->k;
  switch (attempt) {
  case 0:
    for (size_t i = 0; i < d; i++)
      set_variance(copy, i, 1.0);
    break;
  case 1:
    for (size_t i = 0; i < d; i++)
      set_variance(copy, i, 0.0);
    break;
  case 2:
    for (size_t i = 0; i < d; i++)
      set_variance(copy, i, q->v[0]);
    break;
  case 3:
    for (size_t i = 0; i < k; i++)
      set_variance(copy, i, q->v[0]);
    break;
  case 4:
    for (size_t i = k; i < d; i++)
      set_variance(copy, i, q->v[k]);
    break;
  case 5:
    fill(copy->lambda, 0, k, q->lambda[0]);
    break;
  case 6:
    fill(copy->lambda, 0, k, q->lambda[k - 1]);
    break;
  case 7:
    fill(copy->lambda, k, d, q->lambda[k]);
    break;
  case 8:
    fill(copy->lambda, k, d, q->lambda[d - 1]);
    break;
  case 9:
    fill(copy->g, 0, d, 1.0);
    break;
  case 10:
    fill(copy->g, 0, k, q->g[0]);
    break;
  case 11:
    fill(copy->g, k, d, q->g[k]);
    break;
  case 12:
    for (size_t i = 0; i < d; i++)
      copy->g[i] = fabs(q->g[i]);
    break;
  default:
    for (size_t i = 0; i < d; i++)
      copy->g[i] = q->g[i] == 0.0 ? 0.0 : 1.0;
  }
  return copy;
}

static const int rounding_bits[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40};
enum { ROUNDINGS = sizeof rounding_bits / sizeof *rounding_bits, ROUNDED = 6 };

static size_t count_roundings(const quadratic *q) {
  (void)q;
  return ROUNDINGS * ROUNDED;
}

/* All numbers, or those of one kind, to a few bits: lambda, g, v, eta, what is left. */
static quadratic *round_numbers(const quadratic *q, size_t attempt) {
  const int bits = rounding_bits[attempt / ROUNDED];
  const size_t kind = attempt % ROUNDED, all = number_count(q), d = q->d;
  const size_t begin[] = {0, 0, d, 2 * d, 3 * d, 3 * d + 2};
  const size_t end[] = {all, d, 2 * d, 3 * d, 3 * d + 2, all};
  quadratic *copy = quadratic_clone(q);
  for (size_t i = begin[kind]; copy != NULL && i < end[kind]; i++)
    set_number(copy, i, family_number_round(number_at(copy, i), bits));
  return copy;
}

static size_t count_numbers(const quadratic *q) {
  return FAMILY_NUMBER_SIMPLER_MOST * number_count(q);
}

/* One number, the simplest values of all numbers first. */
static quadratic *simplify_number(const quadratic *q, size_t attempt) {
  const size_t all = number_count(q), place = attempt % all, rank = attempt / all;
  double simpler[FAMILY_NUMBER_SIMPLER_MOST];
  if (family_number_simpler(number_at(q, place), simpler) <= rank)
    return NULL;
  quadratic *copy = quadratic_clone(q);
  if (copy != NULL)
    set_number(copy, place, simpler[rank]);
  return copy;
}

/* The same for a number together with all that are equal to it in its row of lambda, g or v. */
static quadratic *simplify_equals(const quadratic *q, size_t attempt) {
  const size_t all = number_count(q), place = attempt % all, rank = attempt / all;
  const size_t d = q->d, row = place / d * d;
  if (place >= 3 * d)
    return NULL;
  const double x = number_at(q, place);
  size_t first = row;
  while (number_at(q, first) != x && first < place)
    first++;
  double simpler[FAMILY_NUMBER_SIMPLER_MOST];
  if (first != place || family_number_simpler(x, simpler) <= rank)
    return NULL;
  quadratic *copy = quadratic_clone(q);
  for (size_t i = place; copy != NULL && i < row + d; i++)
    if (number_at(q, i) == x)
      set_number(copy, i, simpler[rank]);
  return copy;
}

static size_t count_switches(const quadratic *q) {
  return q->switch_step > 0 ? FAMILY_COUNT_SIMPLER_MOST : 0;
}

static quadratic *switch_earlier(const quadratic *q, size_t attempt) {
  size_t simpler[FAMILY_COUNT_SIMPLER_MOST];
  if (family_count_simpler(q->switch_step, 1, simpler) <= attempt)
    return NULL;
  quadratic *copy = quadratic_clone(q);
  if (copy != NULL)
    copy->switch_step = simpler[attempt];
  return copy;
}

void *quadratic_simplify(const void *instance, size_t attempt, bool *done) {
  static const kind_of_way kinds[] = {
      {count_fields, drop_field},       {count_merges, merge},
      {count_ends, keep_ends},          {count_blocks, take_block},
      {count_units, change_units},      {count_levels, set_level},
      {count_roundings, round_numbers}, {count_switches, switch_earlier},
      {count_numbers, simplify_equals}, {count_numbers, simplify_number}};
  const quadratic *q = instance;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    const size_t count = kinds[i].count(q);
    if (attempt >= count) {
      attempt -= count;
      continue;
    }
    *done = false;
    quadratic *changed = kinds[i].change(q, attempt);
    if (changed == NULL)
      return NULL;
    /* The order is dear to check with a covariance: first whether there is anything in it. */
    if (quadratic_complexity(changed) < quadratic_complexity(q) && is_as_orderly(changed, q))
      return changed;
    quadratic_free(changed);
    return NULL;
  }
  *done = true;
  return NULL;
}

/* --- a little change ------------------------------------------------------------------------ */

/* A factor next to 1 or far from it. */
static double draw_factor(gsl_rng *rng) {
  const double size = random_log_uniform(rng, 1e-4, 3.0);
  return exp(random_sign(rng) * size);
}

static double times(double x, double factor, double least, double most) {
  if (x == 0.0)
    return 0.0;
  return copysign(fmin(most, fmax(least, fabs(x) * factor)), x);
}

static void scale_curvature(quadratic *q, size_t i, double factor) {
  q->lambda[i] = times(q->lambda[i], factor, QUADRATIC_LAMBDA_MIN, QUADRATIC_LAMBDA_MAX);
}

static void scale_gradient(quadratic *q, size_t i, double factor) {
  q->g[i] = times(q->g[i], factor, QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MAX);
}

static void scale_variance(quadratic *q, size_t i, double factor) {
  set_variance(q, i, times(q->v[i], factor, QUADRATIC_VARIANCE_MIN, QUADRATIC_VARIANCE_MAX));
}

/* One direction or a whole set; a set keeps its order. */
static void change_something(quadratic *q, gsl_rng *rng) {
  static void (*const scale[])(quadratic *, size_t, double) = {scale_curvature, scale_gradient,
                                                               scale_variance};
  const size_t what = random_index(rng, 0, q->bias != NULL ? 5 : 4);
  const size_t i = random_index(rng, 0, q->d - 1);
  const int whole = random_chance(rng, 0.3);
  const double factor = draw_factor(rng);
  if (what < 3) {
    const size_t from = !whole ? i : i < q->k ? 0 : q->k;
    const size_t to = !whole ? i + 1 : i < q->k ? q->k : q->d;
    for (size_t j = from; j < to; j++)
      scale[what](q, j, factor);
  } else if (what == 3)
    q->eta = times(q->eta, factor, 0.0, INFINITY);
  else if (what == 4) {
    q->eta_late = times(q->eta_late, factor, 0.0, INFINITY);
    q->radius = times(q->radius, factor, 0.0, INFINITY);
  } else
    q->bias[i] *= random_chance(rng, 0.1) ? -factor : factor;
}

void *quadratic_perturb(const void *instance, gsl_rng *rng) {
  enum { TRIES = 16 };
  const quadratic *q = instance;
  for (int i = 0; i < TRIES; i++) {
    quadratic *copy = quadratic_clone(q);
    if (copy == NULL)
      return NULL;
    const size_t changes = random_index(rng, 1, 3);
    for (size_t c = 0; c < changes; c++)
      change_something(copy, rng);
    if (is_as_orderly(copy, q))
      return copy;
    quadratic_free(copy);
  }
  return quadratic_clone(q);
}
