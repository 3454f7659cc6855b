/* real_data.h -- T1 to T3 on a labelled data set, every expectation a finite sum.
 *
 * CLAIM       D1 (theory/real_data)
 * STATEMENT   Along SGD with mini-batches of one on least squares, with the true, state-dependent,
 *             non-Gaussian noise of the mini-batch, the conclusions of L1, L2, T1, T2 and T3 hold
 *             at every state, each expectation taken as the exact mean over the n outcomes.
 * HYPOTHESES  gap; 0 < alpha < 1; mean-field reading. */
#ifndef SUSPALIGN_CLAIMS_REAL_DATA_H
#define SUSPALIGN_CLAIMS_REAL_DATA_H

#include "claims/claim.h"

extern const claim real_data_claim;

#endif
