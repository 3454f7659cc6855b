/* facts.h -- the numbers that the report's text cites, each under a key, once for TeX
 * (\setevidence{key}{value}) and once for JSON; and how values look in TeX. */
#ifndef SUSPALIGN_EVIDENCE_FACTS_H
#define SUSPALIGN_EVIDENCE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <jansson.h>

typedef struct {
  FILE *tex;    /* gets the lines; borrowed */
  json_t *json; /* an object; borrowed */
  bool lacking; /* memory ran out */
} facts;

/* The key is formatted; in TeX, texts are escaped and numbers rounded to `digits` significant
 * digits (JSON keeps the double).  A number that is not finite is --- in TeX, null in JSON. */
void facts_text(facts *f, const char *text, const char *key, ...)
    __attribute__((format(printf, 3, 4)));
void facts_count(facts *f, size_t count, const char *key, ...)
    __attribute__((format(printf, 3, 4)));
void facts_number(facts *f, double x, int digits, const char *key, ...)
    __attribute__((format(printf, 4, 5)));

/* The text with TeX's special characters escaped, breakable after an underscore. */
void tex_text(FILE *stream, const char *text);

/* x to `digits` significant digits, at most 17, with a power of ten where %g would have one;
 * infinities as $\infty$ with their sign, NaN as ---. */
void tex_number(FILE *stream, double x, int digits);

#endif
