/* printed_effective_step.h -- effective learning rates with the sign as printed.
 *
 * CLAIM       E3, an erratum (theory/printed_effective_step); the form that holds is P8's
 * STATEMENT   With dominant = <x+ - x, Pg>/|Pg|^2 and bulk = <x+ - x, Qg>/|Qg|^2 gradient descent
 * of step size eta has (eta, eta). HYPOTHESES  0 < alpha < 1. */
#ifndef SUSPALIGN_CLAIMS_PRINTED_EFFECTIVE_STEP_H
#define SUSPALIGN_CLAIMS_PRINTED_EFFECTIVE_STEP_H

#include "claims/claim.h"

extern const claim printed_effective_step_claim;

#endif
