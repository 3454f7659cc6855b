/* valley_family.h -- valleys with a schedule of step sizes: the instances of an experiment. */
#ifndef SUSPALIGN_FAMILIES_VALLEY_FAMILY_H
#define SUSPALIGN_FAMILIES_VALLEY_FAMILY_H

#include <stdbool.h>
#include <stdint.h>
#include "families/family.h"
#include "sim/valley.h"

extern const family valley_family;

typedef struct {
  valley valley;
  uint32_t seed; /* of its runs */
} valley_case;

#define VALLEY_NUMBER_MAX 1e6
enum { VALLEY_BATCH_MAX = 10000, VALLEY_STEPS_MAX = 100000 };

/* h_1 in [1e-6, 1e6], 0 < h_2(0) < h_1; slope, label and |x| up to 1e6; 0 < low <= high <= 1e6 /
 * h_1; batch up to VALLEY_BATCH_MAX (0: gradient descent), period >= 2, cycles >= 1, at most
 * VALLEY_STEPS_MAX steps.  GSL_SUCCESS; GSL_EDOM or GSL_EINVAL with a message naming the value. */
int valley_case_validate(const valley_case *c, diagnostic *diag);

/* NULL, with a message, when memory is out. */
valley_case *valley_generate(gsl_rng *rng, diagnostic *diag);

#endif
