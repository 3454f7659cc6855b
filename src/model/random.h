/* random.h -- where every random input comes from: one seed a trial, derived from (run seed,
 * claim, trial), so that no trial moves another's inputs and each replays alone. */
#ifndef SUSPALIGN_MODEL_RANDOM_H
#define SUSPALIGN_MODEL_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <gsl/gsl_rng.h>

#define RANDOM_DEFAULT_SEED UINT64_C(0x260111789)

/* A seed in 1..2^32-1: what GSL's mt19937 keeps of one, without its special value 0. */
uint32_t random_trial_seed(uint64_t run_seed, const char *name, size_t trial);

/* A generator (GSL's mt19937) set to the seed; NULL when memory is out. */
gsl_rng *random_alloc(uint32_t seed);

double random_uniform(gsl_rng *rng, double least, double most);
double random_log_uniform(gsl_rng *rng, double least, double most); /* 0 < least <= most */
size_t random_index(gsl_rng *rng, size_t least, size_t most);       /* both included */
int random_chance(gsl_rng *rng, double probability);                /* 1 or 0 */
int random_sign(gsl_rng *rng);                                      /* -1 or 1 */

#endif
