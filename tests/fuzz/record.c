/* Records of runs in JSON, compared: the bytes up to a NUL are the older, those after it the newer.
 */
#include "config.h"
#include "harness.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include <jansson.h>
#include "verify/record.h"

const char harness_name[] = "record";

static json_t *read_one(const uint8_t *data, size_t size) {
  const char *file = harness_file(data, size);
  diagnostic diag = {GSL_SUCCESS, ""};
  json_t *record = record_read(file, &diag);
  HARNESS_DEMAND((record == NULL) == (diag.code != GSL_SUCCESS));
  harness_check(diag.code, &diag, file);
  return record;
}

static size_t changes_of(FILE *stream, const json_t *older, const json_t *newer) {
  size_t changes = 0;
  bool worse = false;
  record_compare(stream, older, newer, &changes, &worse);
  HARNESS_DEMAND(!worse || changes > 0);
  return changes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *cut = size > 0 ? memchr(data, '\0', size) : NULL;
  const size_t first = cut != NULL ? (size_t)(cut - data) : size;
  json_t *older = read_one(data, first);
  json_t *newer = cut != NULL ? read_one(cut + 1, size - first - 1) : json_incref(older);
  FILE *nowhere = fopen("/dev/null", "w");
  HARNESS_DEMAND(nowhere != NULL);
  if (older != NULL && newer != NULL) {
    changes_of(nowhere, older, newer);
    HARNESS_DEMAND(changes_of(nowhere, older, older) == 0);
  }
  fclose(nowhere);
  json_decref(older);
  json_decref(newer);
  return 0;
}
