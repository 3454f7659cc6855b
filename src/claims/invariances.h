/* invariances.h -- what changes nothing: rotation, units of curvature and gradient, the order
 * inside each set, splitting an eigenvalue.
 *
 * CLAIM       L3 (theory/invariances) */
#ifndef SUSPALIGN_CLAIMS_INVARIANCES_H
#define SUSPALIGN_CLAIMS_INVARIANCES_H

#include "claims/claim.h"

extern const claim invariances_claim;

#endif
