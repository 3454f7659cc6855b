/* shrink.h -- the simplest instance that still does what an instance was found to do. */
#ifndef SUSPALIGN_VERIFY_SHRINK_H
#define SUSPALIGN_VERIFY_SHRINK_H

#include <stdbool.h>
#include <stddef.h>
#include "families/family.h"

/* Whether the instance still does it; says the same whenever it is asked. */
typedef bool (*shrink_predicate)(const void *instance, const void *context);

typedef struct {
  size_t steps;       /* simplifications kept */
  size_t tries;       /* calls of the predicate */
  bool local_minimum; /* every simplification of the family was tried on the result, and none that
                         lowers its complexity is wanted; false: the tries ran out before */
} shrink_summary;

/* Enough for 500 directions to become 2 with small integers. */
#define SHRINK_TRIES_MOST 4000

/* Greedy: the family's ways in their order, over and over, each simpler instance taken when its
 * complexity is strictly less (so that it ends) and it is still wanted.  After a success the same
 * way comes first again and then the next ones, not the first of all: with hundreds of directions
 * a restart would ask again and again what has just been refused.  The end is the same, an
 * instance on which all ways fail.
 *
 * Takes the instance, for which the predicate holds, and returns the local minimum, which the
 * caller frees; the instance itself when the family has no `simplify` or `complexity`.  The same
 * input gives the same output.  `summary` may be NULL. */
void *shrink_instance(const family *f, void *instance, shrink_predicate still_wanted,
                      const void *context, size_t tries_most, shrink_summary *summary);

#endif
