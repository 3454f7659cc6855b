/* printed_sharpness_edge.h -- the edge of SAM as printed, without r under the root.
 *
 * CLAIM       E1, an erratum (theory/printed_sharpness_edge); the form that holds is P7's
 * STATEMENT   |g|/(2 r) (sqrt(1 + 8/(eta |g|)) - 1) is the curvature at which a step of SAM neither
 *             shrinks nor lengthens a coordinate.
 * HYPOTHESES  r > 0 and r != 1: at r = 1 the two forms are one. */
#ifndef SUSPALIGN_CLAIMS_PRINTED_SHARPNESS_EDGE_H
#define SUSPALIGN_CLAIMS_PRINTED_SHARPNESS_EDGE_H

#include "claims/claim.h"

extern const claim printed_sharpness_edge_claim;

#endif
