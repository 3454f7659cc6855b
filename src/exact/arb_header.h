/* arb_header.h -- Arb, wherever this system keeps it: FLINT 3 has it inside, before that it is a
 * library of its own. */
#ifndef SUSPALIGN_EXACT_ARB_HEADER_H
#define SUSPALIGN_EXACT_ARB_HEADER_H

#include "config.h"
#ifdef HAVE_FLINT_ARB_H
#include <flint/arb.h>
#else
#include <arb.h>
#endif

#endif
