/* registry.h -- every claim, once, in the order in which they stand on each other. */
#ifndef SUSPALIGN_CLAIMS_REGISTRY_H
#define SUSPALIGN_CLAIMS_REGISTRY_H

#include "claims/claim.h"

/* Ended by NULL. */
extern const claim *const registry_claims[];

/* By id, upper and lower case alike; NULL when there is none. */
const claim *registry_find(const char *id);

#endif
