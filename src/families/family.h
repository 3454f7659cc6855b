/* family.h -- what the generic machinery needs to know of a kind of instance. */
#ifndef SUSPALIGN_FAMILIES_FAMILY_H
#define SUSPALIGN_FAMILIES_FAMILY_H

#include <stdio.h>

typedef struct {
  const char *name;
  void (*free)(void *instance);
  /* Writes the instance with every double as %a: exact and re-readable. */
  void (*print)(FILE *stream, const void *instance);
  /* d and k of the instance: how large it is, for reports. */
  void (*size)(const void *instance, size_t *d, size_t *k);
} family;

#endif
