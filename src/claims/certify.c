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

/* FAILS with the note where the sign is certified and not as claimed. */
static verdict judge(const char *what, certificate found, int among, claim_note *note) {
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

verdict certify_sign(const char *what, certified_expression expression, const void *argument,
                     int among, claim_note *note) {
  return judge(what, certified_certificate_of(expression, argument), among, note);
}

verdict certify(const certify_line *lines, claim_note *note) {
  verdict v = VERDICT_HOLDS;
  for (const certify_line *line = lines; line->what != NULL && v == VERDICT_HOLDS; line++)
    v = certify_sign(line->what, line->expression, line->argument, line->among, note);
  return v;
}

verdict certify_together(const certify_entry *entries, certify_vector vector, const void *argument,
                         claim_note *note) {
  slong count = 0;
  while (entries[count].what != NULL)
    count++;
  arb_ptr values = _arb_vec_init(count);
  verdict v = VERDICT_UNDECIDED;
  slong decided = 0; /* the first entries, in their order, that hold */
  for (slong precision = CERTIFIED_PRECISION_LEAST;
       v == VERDICT_UNDECIDED && precision <= CERTIFIED_PRECISION_MOST; precision *= 4) {
    vector(values, argument, precision);
    claim_note_set(note, "%s", ""); /* what was undecided is asked again */
    v = VERDICT_HOLDS;
    for (; v == VERDICT_HOLDS && decided < count; decided += v == VERDICT_HOLDS) {
      const certificate found = {certified_sign_in(values + decided), precision};
      v = judge(entries[decided].what, found, entries[decided].among, note);
    }
  }
  _arb_vec_clear(values, count);
  return v;
}
