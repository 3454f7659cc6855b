#include "config.h"
#include "model/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int diagnostic_set(diagnostic *diag, int code, const char *format, ...) {
  if (diag == NULL)
    return code;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(diag->message, sizeof diag->message, format, arguments);
  va_end(arguments);
  diag->code = code;
  return code;
}

int diagnostic_prefix(diagnostic *diag, const char *prefix) {
  char rest[DIAGNOSTIC_LENGTH];
  memcpy(rest, diag->message, sizeof rest);
  /* The cut at DIAGNOSTIC_LENGTH is intended: the message is for a person. */
  const int written = snprintf(diag->message, sizeof diag->message, "%s: ", prefix);
  const size_t used = written < 0 ? 0 : (size_t)written;
  if (used < sizeof diag->message) {
    const size_t length = strlen(rest), room = sizeof diag->message - used - 1;
    const size_t kept = length < room ? length : room;
    memcpy(diag->message + used, rest, kept);
    diag->message[used + kept] = '\0';
  }
  return diag->code;
}
