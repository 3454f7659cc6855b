#include "config.h"
#include "model/diagnostic.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Control characters from a file or its name: a line feed would make two lines of the message, an
 * escape could do anything to a terminal. */
static void make_printable(char *text) {
  for (; *text != '\0'; text++)
    if (iscntrl((unsigned char)*text))
      *text = '?';
}

int diagnostic_set(diagnostic *diag, int code, const char *format, ...) {
  if (diag == NULL)
    return code;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(diag->message, sizeof diag->message, format, arguments);
  va_end(arguments);
  make_printable(diag->message);
  diag->code = code;
  return code;
}

int diagnostic_prefix(diagnostic *diag, const char *prefix) {
  char rest[DIAGNOSTIC_LENGTH];
  memcpy(rest, diag->message, sizeof rest);
  /* The cut at DIAGNOSTIC_LENGTH is intended: the message is for a person. */
  snprintf(diag->message, sizeof diag->message, "%s: ", prefix);
  strncat(diag->message, rest, sizeof diag->message - strlen(diag->message) - 1);
  make_printable(diag->message);
  return diag->code;
}
