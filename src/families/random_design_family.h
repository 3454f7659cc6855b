/* random_design_family.h -- random regressions on Gaussian features, aimed at where claims about
 * their noise break: power laws and spikes, ties, missing directions, batches of one and huge ones,
 * states along one direction, steps next to the threshold of stability. */
#ifndef SUSPALIGN_FAMILIES_RANDOM_DESIGN_FAMILY_H
#define SUSPALIGN_FAMILIES_RANDOM_DESIGN_FAMILY_H

#include <stdbool.h>
#include <gsl/gsl_rng.h>
#include "families/family.h"
#include "model/random_design.h"

extern const family random_design_family;

/* What a claim asks of its instances; a zero field is the freest choice. */
typedef struct {
  size_t d_most;    /* 0: 200 */
  double condition; /* 0: 1e12 */
  bool full_rank;   /* no zero eigenvalues */
  bool step;        /* eta > 0, below and beyond the threshold of stability alike */
  bool split;       /* 1 <= k < d */
} random_design_aim;

/* NULL, with a message, when memory is out. */
random_design *random_design_generate(gsl_rng *rng, const random_design_aim *aim, diagnostic *diag);

/* Hypotheses that many claims share, and how to violate each; `instance` is a random_design. */
bool random_design_is_gaussian(const void *instance);        /* kurtosis 3 */
bool random_design_has_own_noise(const void *instance);      /* not isotropic */
bool random_design_has_loss(const void *instance);           /* delta'S delta > 0 */
bool random_design_has_step(const void *instance);           /* eta > 0 */
bool random_design_make_signs(void *instance, gsl_rng *rng); /* kurtosis 1 or 9 */
bool random_design_make_isotropic(void *instance, gsl_rng *rng);
bool random_design_make_lossless(void *instance, gsl_rng *rng); /* delta = 0 where lambda > 0 */

/* Labels. */
bool random_design_is_batch_one(const void *instance);
bool random_design_is_batch_large(const void *instance);    /* b > 100 */
bool random_design_is_rank_deficient(const void *instance); /* some lambda = 0 */
bool random_design_is_tied(const void *instance);           /* lambda_1 = lambda_2 > 0 */
bool random_design_is_ill(const void *instance);            /* condition number above 1e6 */
bool random_design_is_small(const void *instance);          /* d <= 8 */
bool random_design_is_large(const void *instance);          /* d > 24 */

#endif
