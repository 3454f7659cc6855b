#include "config.h"
#include "io/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>

io_number_kind io_number_parse(const char *text, double *value) {
  char *end;
  errno = 0;
  *value = strtod(text, &end);
  if (*text == '\0')
    return IO_EMPTY;
  if (end == text || *end != '\0')
    return IO_NO_NUMBER;
  if (errno == ERANGE && (isinf(*value) || *value == 0.0))
    return IO_OUT_OF_RANGE;
  return isfinite(*value) ? IO_NUMBER : IO_NOT_FINITE;
}

const char *io_number_reason(io_number_kind kind) {
  switch (kind) {
  case IO_NUMBER:
    return NULL;
  case IO_NOT_FINITE:
    return "not finite";
  case IO_OUT_OF_RANGE:
    return "outside the range of a double";
  case IO_EMPTY:
    return "an empty cell";
  default:
    return "not a number";
  }
}

int io_number_code(io_number_kind kind) {
  return kind == IO_NUMBER                                  ? GSL_SUCCESS
         : kind == IO_NOT_FINITE || kind == IO_OUT_OF_RANGE ? GSL_EDOM
                                                            : GSL_EINVAL;
}

bool io_count_parse(const char *text, size_t *value) {
  uint64_t number = 0;
  if (*text == '\0')
    return false;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9')
      return false;
    number = 10 * number + (uint64_t)(*text - '0');
    if (number >= UINT64_C(1) << 53 || number > SIZE_MAX)
      return false;
  }
  *value = (size_t)number;
  return true;
}

bool io_whole_parse(const char *text, const char **end, uint64_t *value) {
  char *after;
  if (text[0] < '0' || text[0] > '9') /* strtoull takes signs and blanks */
    return false;
  errno = 0;
  const unsigned long long number = strtoull(text, &after, 10);
  *end = after;
  *value = number;
  return errno == 0;
}

void io_text_show(const char *text, char shown[IO_SHOWN_LENGTH]) {
  size_t i = 0;
  for (; text[i] != '\0' && i + 4 < IO_SHOWN_LENGTH; i++)
    shown[i] = iscntrl((unsigned char)text[i]) ? '?' : text[i];
  strcpy(shown + i, text[i] == '\0' ? "" : "...");
}
