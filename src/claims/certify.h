/* certify.h -- from certified signs to the verdict of a conclusion that signs decide. */
#ifndef SUSPALIGN_CLAIMS_CERTIFY_H
#define SUSPALIGN_CLAIMS_CERTIFY_H

#include "claims/claim.h"
#include "exact/certified.h"

/* Which signs are as claimed: a set. */
enum {
  CERTIFY_NEGATIVE = 1,
  CERTIFY_ZERO = 2,
  CERTIFY_POSITIVE = 4,
  CERTIFY_NOT_POSITIVE = CERTIFY_NEGATIVE | CERTIFY_ZERO,
  CERTIFY_NOT_NEGATIVE = CERTIFY_POSITIVE | CERTIFY_ZERO
};

/* One line of a certificate: the expression has one of these signs. */
typedef struct {
  const char *what; /* in words, for the note; NULL ends a list */
  certified_expression expression;
  const void *argument;
  int among;
} certify_line;

/* HOLDS when every line does; else the verdict of the first one that does not: FAILS with its sign
 * and the bits that certify it in the note, or UNDECIDED at CERTIFIED_PRECISION_MOST bits.  The
 * note's bits are raised to the most that a line took. */
verdict certify(const certify_line *lines, claim_note *note);

/* The same for several numbers that are made together: at each precision the vector writes as many
 * values as there are entries, whose list is ended by a NULL. */
typedef void (*certify_vector)(arb_ptr values, const void *argument, slong precision);
typedef struct {
  const char *what;
  int among;
} certify_entry;

verdict certify_together(const certify_entry *entries, certify_vector vector, const void *argument,
                         claim_note *note);

/* One line by itself. */
verdict certify_sign(const char *what, certified_expression expression, const void *argument,
                     int among, claim_note *note);

#endif
