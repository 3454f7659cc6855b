/* printed_edge_falls.h -- the sentence that the edge of SAM is a decreasing function of |g|.
 *
 * CLAIM       E2, an erratum (theory/printed_edge_falls); that it rises with |g| is in P7
 * STATEMENT   The edge of SAM falls when |g| grows.
 * HYPOTHESES  r > 0. */
#ifndef SUSPALIGN_CLAIMS_PRINTED_EDGE_FALLS_H
#define SUSPALIGN_CLAIMS_PRINTED_EDGE_FALLS_H

#include "claims/claim.h"

extern const claim printed_edge_falls_claim;

#endif
