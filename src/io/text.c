#include "config.h"
#include "io/text.h"

#include <stdlib.h>

char *io_text_of(void (*print)(FILE *stream, const void *value), const void *value) {
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  if (stream == NULL)
    return NULL;
  print(stream, value);
  if (fclose(stream) == 0)
    return text;
  free(text);
  return NULL;
}

uint64_t io_text_hash(const char *text, size_t length) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
  return hash;
}
