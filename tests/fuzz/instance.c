/* Instances of the families that can be read: what was read is written and read again. */
#include "config.h"
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/claim.h"
#include "claims/registry.h"

const char harness_name[] = "instance";

static char *print(const family *f, const void *instance, size_t *length) {
  char *text = NULL;
  FILE *stream = open_memstream(&text, length);
  HARNESS_DEMAND(stream != NULL);
  f->print(stream, instance);
  HARNESS_DEMAND(fclose(stream) == 0);
  return text;
}

static void try_family(const family *f, const uint8_t *data, size_t size) {
  const char *file = harness_file(data, size);
  diagnostic diag = {GSL_SUCCESS, ""};
  void *instance = f->read(file, &diag);
  if (instance == NULL) {
    HARNESS_DEMAND(diag.code != GSL_SUCCESS);
    harness_check(diag.code, &diag, file);
    return;
  }
  size_t length, length_again;
  char *text = print(f, instance, &length);
  void *again = f->read(harness_file((const uint8_t *)text, length), &diag);
  HARNESS_DEMAND(again != NULL);
  char *text_again = print(f, again, &length_again);
  HARNESS_DEMAND(length == length_again && memcmp(text, text_again, length) == 0);
  f->free(instance);
  f->free(again);
  free(text);
  free(text_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (const claim *const *at = registry_claims; *at != NULL; at++) {
    const claim *const *first = registry_claims;
    while ((*first)->family != (*at)->family)
      first++;
    if (first == at && (*at)->family->read != NULL) /* each family once */
      try_family((*at)->family, data, size);
  }
  return 0;
}
