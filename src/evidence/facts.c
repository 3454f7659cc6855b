#include "config.h"
#include "evidence/facts.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "io/output.h"

enum { FACTS_KEY = 128, FACTS_NUMBER = 40 };

void tex_text(FILE *stream, const char *text) {
  for (const char *c = text; *c != '\0'; c++)
    switch (*c) {
    case '_':
      fputs("\\_\\allowbreak{}", stream);
      break;
    case '&':
    case '%':
    case '$':
    case '#':
    case '{':
    case '}':
      fprintf(stream, "\\%c", *c);
      break;
    case '~':
      fputs("\\textasciitilde{}", stream);
      break;
    case '^':
      fputs("\\textasciicircum{}", stream);
      break;
    case '\\':
      fputs("\\textbackslash{}", stream);
      break;
    default:
      fputc(*c, stream);
    }
}

void tex_number(FILE *stream, double x, int digits) {
  if (isnan(x)) {
    fputs("---", stream);
    return;
  }
  if (isinf(x)) {
    fprintf(stream, "\\ensuremath{%s\\infty}", x < 0.0 ? "-" : "");
    return;
  }
  char text[FACTS_NUMBER];
  snprintf(text, sizeof text, "%.*g", digits > 17 ? 17 : digits, x);
  const char *mantissa = text;
  char *power = strchr(text, 'e');
  if (power != NULL)
    *power++ = '\0';
  if (power == NULL)
    fprintf(stream, "\\ensuremath{%s}", mantissa);
  else
    fprintf(stream, "\\ensuremath{%s\\times10^{%ld}}", mantissa, strtol(power, NULL, 10));
}

static void begin_line(facts *f, const char *key) {
  fprintf(f->tex, "\\setevidence{%s}{", key);
}

/* Takes the reference. */
static void store(facts *f, const char *key, json_t *value) {
  if (json_object_set_new(f->json, key, value) != 0)
    f->lacking = true;
}

void facts_text(facts *f, const char *text, const char *key, ...) {
  char name[FACTS_KEY];
  va_list arguments;
  va_start(arguments, key);
  vsnprintf(name, sizeof name, key, arguments);
  va_end(arguments);
  begin_line(f, name);
  tex_text(f->tex, text);
  fputs("}\n", f->tex);
  store(f, name, json_string(text));
}

void facts_count(facts *f, size_t count, const char *key, ...) {
  char name[FACTS_KEY];
  va_list arguments;
  va_start(arguments, key);
  vsnprintf(name, sizeof name, key, arguments);
  va_end(arguments);
  begin_line(f, name);
  fprintf(f->tex, "%zu}\n", count);
  store(f, name, json_integer((json_int_t)count));
}

void facts_number(facts *f, double x, int digits, const char *key, ...) {
  char name[FACTS_KEY];
  va_list arguments;
  va_start(arguments, key);
  vsnprintf(name, sizeof name, key, arguments);
  va_end(arguments);
  begin_line(f, name);
  tex_number(f->tex, x, digits);
  fputs("}\n", f->tex);
  store(f, name, io_json_number(x));
}
