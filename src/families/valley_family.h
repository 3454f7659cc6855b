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

/* NULL, with a message, when memory is out. */
valley_case *valley_generate(gsl_rng *rng, diagnostic *diag);

#endif
