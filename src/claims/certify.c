#include "config.h"
#include "claims/certify.h"

static int as_set(certified_sign sign) {
  switch (sign) {
  case SIGN_NEGATIVE:
    return CERTIFY_NEGATIVE;
  case SIGN_ZERO:
    return CERTIFY_ZERO;
  case SIGN_POSITIVE:
    return CERTIFY_POSITIVE;
  default:
    return 0;
  }
}

verdict certify_sign(const char *what, certified_expression expression, const void *argument,
                     int among, claim_note *note) {
  const certificate found = certified_certificate_of(expression, argument);
  claim_note_bits(note, found.bits);
  if (found.sign == SIGN_UNDECIDED) {
    claim_note_set(note, "%s: no sign at %ld bits", what, (long)found.bits);
    return VERDICT_UNDECIDED;
  }
  if (as_set(found.sign) & among)
    return VERDICT_HOLDS;
  claim_note_set(note, "%s has sign %s, certified at %ld bits", what,
                 certified_sign_name(found.sign), (long)found.bits);
  return VERDICT_FAILS;
}

verdict certify(const certify_line *lines, claim_note *note) {
  verdict v = VERDICT_HOLDS;
  for (const certify_line *line = lines; line->what != NULL && v == VERDICT_HOLDS; line++)
    v = certify_sign(line->what, line->expression, line->argument, line->among, note);
  return v;
}
