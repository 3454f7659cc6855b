/* self_correction.h -- in the high-alignment regime the alignment falls at any step size.
 *
 * CLAIM       T2 (theory/self_correction)
 * STATEMENT   If Delta <= 0, the mean-field alignment after a step is below the alignment for
 *             every eta > 0.
 * HYPOTHESES  gap; E xi = 0; 0 < alpha < 1; Delta <= 0.  For the mean-field reading. */
#ifndef SUSPALIGN_CLAIMS_SELF_CORRECTION_H
#define SUSPALIGN_CLAIMS_SELF_CORRECTION_H

#include "claims/claim.h"

extern const claim self_correction_claim;

#endif
