#include "config.h"
#include "model/random.h"

#include <math.h>

/* S. Vigna's finaliser of SplitMix64 (public domain): a bijection that spreads every bit. */
static uint64_t mix(uint64_t x) {
  x += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

uint32_t random_trial_seed(uint64_t run_seed, const char *name, size_t trial) {
  uint64_t state = mix(run_seed);
  for (const char *c = name; *c != '\0'; c++)
    state = mix(state ^ (unsigned char)*c);
  const uint64_t seed = mix(state ^ mix(trial)) >> 32;
  return seed == 0 ? 1 : (uint32_t)seed;
}

gsl_rng *random_alloc(uint32_t seed) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  if (rng != NULL)
    gsl_rng_set(rng, seed);
  return rng;
}

double random_uniform(gsl_rng *rng, double least, double most) {
  return least + (most - least) * gsl_rng_uniform(rng);
}

double random_log_uniform(gsl_rng *rng, double least, double most) {
  return exp(random_uniform(rng, log(least), log(most)));
}

size_t random_index(gsl_rng *rng, size_t least, size_t most) {
  return least + gsl_rng_uniform_int(rng, most - least + 1);
}

int random_chance(gsl_rng *rng, double probability) {
  return gsl_rng_uniform(rng) < probability;
}

int random_sign(gsl_rng *rng) {
  return random_chance(rng, 0.5) ? 1 : -1;
}
