/* plain_functions.h -- ln and exp by + - * / alone, in one order: the same bytes on every processor
 * with IEEE arithmetic, which the C library, choosing its code by processor, does not promise. */
#ifndef SUSPALIGN_SWEEP_PLAIN_FUNCTIONS_H
#define SUSPALIGN_SWEEP_PLAIN_FUNCTIONS_H

/* Relative error at most that, of plain_log absolute where |ln x| < 1. */
#define PLAIN_FUNCTIONS_ERROR 0x1p-50

/* x finite and above 0. */
double plain_log(double x);

/* Any x that is not NaN; 0 and infinity where they are due; no subnormal results are promised. */
double plain_exp(double x);

#endif
