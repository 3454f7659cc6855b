/* times.h -- the steps at which a simulation is looked at. */
#ifndef SUSPALIGN_SIM_TIMES_H
#define SUSPALIGN_SIM_TIMES_H

#include <stdbool.h>
#include <stddef.h>

/* At least one, each above the one before. */
static inline bool times_rise(const size_t *t, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (t[i] <= t[i - 1])
      return false;
  return count > 0;
}

#endif
