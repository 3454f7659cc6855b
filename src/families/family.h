/* family.h -- what the generic machinery needs to know of a kind of instance: how it is freed,
 * written and read again, made simpler (for shrinking) and changed a little (for searching). */
#ifndef SUSPALIGN_FAMILIES_FAMILY_H
#define SUSPALIGN_FAMILIES_FAMILY_H

#include <stdbool.h>
#include <stdio.h>
#include <gsl/gsl_rng.h>
#include "model/diagnostic.h"

typedef struct {
  const char *name;
  void (*free)(void *instance);
  /* Writes the instance with every double as %a: exact, and `read` takes it back whole.  What
   * `analyze` reads too, where the instance is an ordinary one. */
  void (*print)(FILE *stream, const void *instance);
  /* d and k of the instance: how large it is, for reports. */
  void (*size)(const void *instance, size_t *d, size_t *k);
  /* Reads what `print` wrote.  NULL, with a message, when the file is not of that form. */
  void *(*read)(const char *file, diagnostic *diag);
  /* A copy of the instance made simpler in the attempt-th way, the biggest simplifications first:
   * fewer dimensions, equal levels, unit noise, rounder numbers.  NULL with *done false: that way
   * changes nothing here; NULL with *done true: there are no more ways (or memory is out). */
  void *(*simplify)(const void *instance, size_t attempt, bool *done);
  /* How much there is to read in the instance: what shrinking makes smaller.  A finite sum of the
   * costs of its numbers (family_number_cost) and dimensions. */
  double (*complexity)(const void *instance);
  /* A copy changed a little and at random, for a search that follows a margin.  NULL: no memory. */
  void *(*perturb)(const void *instance, gsl_rng *rng);
  /* C statements that make the instance under the name `instance`, to paste into a test. */
  void (*print_code)(FILE *stream, const void *instance);
  /* The instance in one line of TeX, for a table of counterexamples. */
  void (*print_tex)(FILE *stream, const void *instance);
} family;

#endif
