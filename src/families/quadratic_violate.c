#include "config.h"
#include "families/quadratic_violate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "families/quadratic_family.h"
#include "model/random.h"

/* --- what a change has to put right ---------------------------------------------------------- */

/* What Delta is made of, in plain sums: an aim, which the hypothesis then decides exactly. */
typedef struct {
  double pull[2],
      noise[2]; /* of the bulk [0] and the dominant set [1], over its squared gradient */
} regime_terms;

static regime_terms terms_of(const quadratic *q) {
  double square[2] = {0.0, 0.0};
  regime_terms t = {{0.0, 0.0}, {0.0, 0.0}};
  for (size_t i = 0; i < q->d; i++) {
    const double curvature = q->lambda[i] * q->lambda[i];
    square[i < q->k] += q->g[i] * q->g[i];
    t.pull[i < q->k] += curvature * q->g[i] * q->g[i];
    t.noise[i < q->k] += curvature * q->v[i];
  }
  for (int side = 0; side < 2; side++) {
    t.pull[side] /= square[side];
    t.noise[side] /= square[side];
  }
  return t;
}

/* Scales the noise of one side until its term outweighs what stands against it. */
static void outweigh(quadratic *q, gsl_rng *rng, int side) {
  const size_t first = side == 1 ? 0 : q->k, last = side == 1 ? q->k : q->d;
  regime_terms t = terms_of(q);
  const double against = t.pull[1 - side] - t.pull[side] + t.noise[1 - side];
  if (!(isfinite(against) && t.noise[side] <= against))
    return; /* so it is already, or there is no Delta */
  if (t.noise[side] == 0.0) {
    q->v[first] = q->g[first] * q->g[first] + 1.0;
    t = terms_of(q);
  }
  const double wanted = fmax(against, t.pull[side]) * (1.0 + random_log_uniform(rng, 1e-2, 1e3));
  for (size_t i = first; i < last; i++)
    q->v[i] *= wanted / t.noise[side];
}

void quadratic_make_low(quadratic *q, gsl_rng *rng) {
  outweigh(q, rng, 1);
}

void quadratic_make_high(quadratic *q, gsl_rng *rng) {
  outweigh(q, rng, 0);
}

void quadratic_make_start_large(quadratic *q, gsl_rng *rng) {
  const double common = random_log_uniform(rng, 1e-2, 1e6);
  const bool even = random_chance(rng, 0.5);
  for (size_t i = 0; i < q->d; i++) {
    const double rest = quadratic_stationary(q, i);
    const double excess = even ? common : random_log_uniform(rng, 1e-2, 1e6);
    q->g[i] = random_sign(rng) * sqrt((rest > 0.0 ? rest : 1.0) * (1.0 + excess));
  }
}

void quadratic_keep(quadratic *q, size_t dominant, size_t bulk) {
  const size_t k = q->k < dominant ? q->k : dominant;
  const size_t rest = q->d - q->k < bulk ? q->d - q->k : bulk, shift = q->k - k;
  double *const all[] = {q->lambda, q->g, q->v, q->bias};
  for (size_t n = 0; n < 4; n++)
    if (all[n] != NULL && shift > 0)
      memmove(all[n] + k, all[n] + q->k, rest * sizeof *all[n]);
  if (q->covariance != NULL) { /* would have to lose rows too: nobody asks for that */
    gsl_matrix_free(q->covariance);
    q->covariance = NULL;
  }
  q->k = k;
  q->d = k + rest;
}

/* --- spectrum ------------------------------------------------------------------------------- */

static void swap(double *x, size_t i, size_t j) {
  const double kept = x[i];
  x[i] = x[j];
  x[j] = kept;
}

bool quadratic_violate_order(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  if (random_chance(rng, 0.5)) {
    const size_t i = random_index(rng, 0, q->k - 1), j = random_index(rng, q->k, q->d - 1);
    swap(q->lambda, i, j);
  } else
    for (size_t i = 0; i < q->d / 2; i++)
      swap(q->lambda, i, q->d - 1 - i);
  return true;
}

bool quadratic_violate_tie(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const double level = q->lambda[q->k - 1];
  const bool everywhere = random_chance(rng, 0.5);
  for (size_t i = 0; i < q->d; i++)
    if (everywhere || i == q->k)
      q->lambda[i] = level;
  return true;
}

bool quadratic_violate_gap(void *instance, gsl_rng *rng) {
  return random_chance(rng, 0.5) ? quadratic_violate_order(instance, rng)
                                 : quadratic_violate_tie(instance, rng);
}

bool quadratic_is_in_order(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->k; i++)
    for (size_t j = q->k; j < q->d; j++)
      if (q->lambda[i] < q->lambda[j])
        return false;
  return true;
}

bool quadratic_is_not_tied(const void *instance) {
  return quadratic_has_gap(instance) || !quadratic_is_in_order(instance);
}

bool quadratic_violate_gap_of_run(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const bool done = quadratic_violate_gap(q, rng);
  double top = 0.0;
  for (size_t i = 0; i < q->d; i++)
    top = fmax(top, q->lambda[i]);
  q->eta = random_uniform(rng, 0.05, 0.95) / top;
  quadratic_make_start_large(q, rng);
  return done;
}

/* --- noise and gradient --------------------------------------------------------------------- */

bool quadratic_violate_unbiased(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  if (q->bias == NULL && (q->bias = calloc(q->d, sizeof *q->bias)) == NULL)
    return false;
  const bool one = random_chance(rng, 0.5);
  const size_t pick = random_index(rng, 0, q->d - 1);
  for (size_t i = 0; i < q->d; i++) {
    const int sign = random_sign(rng);
    const double size = sign * random_log_uniform(rng, 0.1, 10.0);
    const double unit = q->g[i] != 0.0 ? q->g[i] : sqrt(q->v[i]);
    q->bias[i] = one && i != pick ? 0.0 : size * unit;
  }
  return !quadratic_is_unbiased(q); /* neither gradient nor noise along the one that was picked */
}

bool quadratic_violate_interior(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const bool dominant = random_chance(rng, 0.5), quiet = random_chance(rng, 0.5);
  for (size_t i = dominant ? 0 : q->k; i < (dominant ? q->k : q->d); i++) {
    q->g[i] = 0.0;
    if (quiet)
      q->v[i] = 0.0;
  }
  return true;
}

bool quadratic_violate_interior_at_zero(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  (void)rng;
  for (size_t i = 0; i < q->k; i++)
    q->g[i] = 0.0;
  return true;
}

bool quadratic_violate_reading(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const size_t dominant = random_index(rng, 1, 3), bulk = random_index(rng, 1, 2);
  quadratic_keep(q, dominant, bulk);
  q->reading = READING_TRUE_EXPECTATION;
  return true;
}

bool quadratic_violate_uncorrelated(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const size_t dominant = random_index(rng, 1, 4);
  const size_t bulk = random_index(rng, 1, 4);
  quadratic_keep(q, dominant, bulk);
  q->covariance = gsl_matrix_alloc(q->d, q->d);
  int *sign = malloc(q->d * sizeof *sign);
  if (q->covariance == NULL || sign == NULL) {
    free(sign);
    return false;
  }
  for (size_t i = 0; i < q->d; i++)
    sign[i] = random_sign(rng);
  const double correlation = random_chance(rng, 0.5) ? 1.0 : random_uniform(rng, 0.1, 1.0);
  for (size_t i = 0; i < q->d; i++) {
    gsl_matrix_set(q->covariance, i, i, q->v[i]);
    for (size_t j = 0; j < i; j++) {
      const double entry = sign[i] * sign[j] * correlation * sqrt(q->v[i]) * sqrt(q->v[j]);
      gsl_matrix_set(q->covariance, i, j, entry);
      gsl_matrix_set(q->covariance, j, i, entry);
    }
  }
  free(sign);
  return true;
}

static void silence(quadratic *q, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    q->v[i] = 0.0;
}

bool quadratic_violate_dominant_noise(void *instance, gsl_rng *rng) {
  (void)rng;
  quadratic *q = instance;
  silence(q, 0, q->k);
  return true;
}

bool quadratic_violate_noise_in_both(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  if (random_chance(rng, 0.5))
    silence(q, 0, q->k);
  else
    silence(q, q->k, q->d);
  return true;
}

bool quadratic_violate_positive_noise(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const size_t pick = random_index(rng, 0, q->d - 1);
  if (random_chance(rng, 0.5))
    silence(q, 0, q->k);
  else
    silence(q, pick, pick + 1);
  return true;
}

bool quadratic_violate_noiseless(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  for (size_t i = 0; i < q->d; i++)
    q->v[i] = (q->g[i] * q->g[i]) * random_log_uniform(rng, 1e-3, 1e3);
  if (random_chance(rng, 0.7))
    quadratic_make_high(q, rng);
  return true;
}

/* --- the run -------------------------------------------------------------------------------- */

bool quadratic_violate_stable_step(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const double least = 2.0 / (q->lambda[0] + q->lambda[q->k]), most = 2.0 / q->lambda[0];
  q->eta = random_uniform(rng, least, most);
  quadratic_make_start_large(q, rng);
  return true;
}

bool quadratic_violate_large_start(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const size_t which = random_index(rng, 0, 2), pick = random_index(rng, 0, q->d - 1);
  for (size_t i = 0; i < q->d; i++)
    if (which == 0 ? i == pick : (i < q->k) == (which == 1)) {
      const double share = random_uniform(rng, 0.01, 0.99);
      q->g[i] = random_sign(rng) * sqrt(quadratic_stationary(q, i) * share);
    }
  return true;
}

bool quadratic_violate_constant_step(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  q->switch_step = (size_t)random_log_uniform(rng, 1.0, 200.0);
  q->eta_late = q->eta * random_log_uniform(rng, 1e-2, 0.9);
  return true;
}

bool quadratic_violate_slow_dominant(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  /* A power of two above the bulk: eta lambda = 1 then without rounding. */
  const double level = exp2(floor(log2(q->lambda[q->k])) + (double)random_index(rng, 1, 8));
  for (size_t i = 0; i < q->k; i++)
    q->lambda[i] = level;
  q->eta = 1.0 / level;
  quadratic_make_start_large(q, rng);
  return true;
}

bool quadratic_violate_radius(void *instance, gsl_rng *rng) {
  (void)rng;
  ((quadratic *)instance)->radius = 0.0;
  return true;
}

bool quadratic_violate_low_regime(void *instance, gsl_rng *rng) {
  quadratic_make_high(instance, rng);
  return true;
}

bool quadratic_violate_high_regime(void *instance, gsl_rng *rng) {
  quadratic_make_low(instance, rng);
  return true;
}
