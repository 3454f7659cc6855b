/* arb_header.h -- Arb and FLINT's rationals, wherever this system keeps them: FLINT 3 has Arb
 * inside, before that it is a library of its own. */
#ifndef SUSPALIGN_EXACT_ARB_HEADER_H
#define SUSPALIGN_EXACT_ARB_HEADER_H

#include "config.h"
#ifdef HAVE_FLINT_ARB_H
#include <flint/arb.h>
#include <flint/arb_mat.h>
#include <flint/arb_poly.h>
#else
#include <arb.h>
#include <arb_mat.h>
#include <arb_poly.h>
#endif
#include <flint/fmpq.h>
#include <flint/fmpz.h>

#endif
