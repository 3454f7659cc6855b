#include "config.h"
#include "claims/claim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void claim_note_set(claim_note *note, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(note->text, sizeof note->text, format, arguments);
  va_end(arguments);
}

void claim_note_bits(claim_note *note, long bits) {
  if (note->bits < bits)
    note->bits = bits;
}

const char *verdict_name(verdict v) {
  switch (v) {
  case VERDICT_HOLDS:
    return "holds";
  case VERDICT_FAILS:
    return "fails";
  case VERDICT_UNDECIDED:
    return "undecided";
  case VERDICT_REFUTED:
    return "refuted";
  default:
    return "vacuous";
  }
}

bool verdict_is_pass(verdict v) {
  return v == VERDICT_HOLDS || v == VERDICT_REFUTED;
}

const char *decision_name(decision d) {
  return d == DECIDED_BY_SIGN ? "sign" : "bound";
}

bool claim_is_certifiable(const claim *c) {
  for (const conclusion *x = c->conclusions; x->name != NULL; x++)
    if (x->decision == DECIDED_BY_SIGN)
      return true;
  return false;
}

const hypothesis *claim_violated(const claim *c, const void *instance, const hypothesis *except) {
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++)
    if (h != except && !h->holds(instance))
      return h;
  return NULL;
}

const conclusion *claim_find_conclusion(const claim *c, const char *name) {
  for (const conclusion *x = c->conclusions; x->name != NULL; x++)
    if (strcmp(x->name, name) == 0)
      return x;
  return NULL;
}
