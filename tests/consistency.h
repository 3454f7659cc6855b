/* consistency.h -- what every claim promises of its parts, whatever it says. */
#ifndef SUSPALIGN_TESTS_CONSISTENCY_H
#define SUSPALIGN_TESTS_CONSISTENCY_H

#include "claims/claim.h"

/* On small instances of a claim about quadratics: hypotheses, labels, conclusions and margins do
 * not depend on the units of curvature and gradient; violating a hypothesis violates it, and it
 * alone now and then; a margin is negative only where its conclusion fails, and known somewhere.
 * The test fails where that is not so. */
void consistency_expect(const claim *c);

#endif
