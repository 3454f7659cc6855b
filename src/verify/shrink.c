#include "config.h"
#include "verify/shrink.h"

void *shrink_instance(const family *f, void *instance, shrink_predicate still_wanted,
                      const void *context, size_t tries_most, shrink_summary *summary) {
  shrink_summary count = {0, 0, false};
  size_t attempt = 0, first = 0; /* the first way tried on the instance as it is now */
  bool wrapped = false;          /* since then, the ways began anew */
  const bool possible = instance != NULL && f->simplify != NULL && f->complexity != NULL;
  double complexity = possible ? f->complexity(instance) : 0.0;
  while (possible && !count.local_minimum && count.tries < tries_most) {
    bool done = false;
    void *simpler = f->simplify(instance, attempt, &done);
    const double less = simpler != NULL ? f->complexity(simpler) : complexity;
    bool better = less < complexity;
    if (better) {
      count.tries++;
      better = still_wanted(simpler, context);
    }
    if (better) {
      f->free(instance);
      instance = simpler;
      complexity = less;
      count.steps++;
      first = attempt;
      wrapped = false;
      continue;
    }
    if (simpler != NULL)
      f->free(simpler);
    if (simpler == NULL && done) {
      count.local_minimum = wrapped || first == 0;
      wrapped = true;
      attempt = 0;
    } else
      attempt++;
    count.local_minimum = count.local_minimum || (wrapped && attempt == first);
  }
  if (summary != NULL)
    *summary = count;
  return instance;
}
