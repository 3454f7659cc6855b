/* effective_step_sizes.h -- what an optimiser's update does along the gradient, part by part.
 *
 * CLAIM       P8 (theory/effective_step_sizes)
 * STATEMENT   With dominant = <x - x+, Pg>/|Pg|^2 and bulk = <x - x+, Qg>/|Qg|^2: gradient descent
 * has (eta, eta), Dom-GD (eta, 0), Bulk-GD (0, eta); SAM has eta (1 + r mean_D/|g|) and eta (1 + r
 * mean_B/|g|), the first above the second above eta; heavy-ball momentum tends, along a direction
 * where it does not oscillate, to more than eta/(1 - beta). HYPOTHESES  gap; 0 < alpha < 1; r > 0.
 * UNITS       of a step size. */
#ifndef SUSPALIGN_CLAIMS_EFFECTIVE_STEP_SIZES_H
#define SUSPALIGN_CLAIMS_EFFECTIVE_STEP_SIZES_H

#include "claims/claim.h"

extern const claim effective_step_sizes_claim;

/* HOLDS where heavy-ball momentum's effective step along one direction lies between eta/(1 - beta)
 * and 2 eta/(1 - beta + eta lambda), by certified signs of its equation, and `found` lies there
 * too, within gamma_20/(1 - sqrt(beta)) of the upper end; else FAILS. */
verdict effective_step_sizes_bracket(double lambda, double eta, double beta, double found,
                                     claim_note *note);

#endif
