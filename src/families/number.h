/* number.h -- what makes a number simple, for families that shrink their instances: the cost of a
 * double, simpler ones near it, and how it is written in code and in TeX.
 *
 * SIMPLE  0 before small integers, these before fractions of a power of two, these before powers
 * of two of any size, these before everything else: what has fewer significand bits. */
#ifndef SUSPALIGN_FAMILIES_NUMBER_H
#define SUSPALIGN_FAMILIES_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* For x = m 2^e with m odd, in bits: log2(1 + |x|) for an integer, log2(1 + |m|) - e for a
 * fraction, log2(1 + |m|) + 3 + log2(1 + |e|) where that is less; half a bit more below 0; 0 for x
 * = 0. A multiple of 2^-10 below 2^7 for finite x, so that sums of up to 2^35 of them are exact and
 * do not depend on their order; 2^7 otherwise. */
double family_number_cost(double x);

/* x to the nearest of `bits` significand bits, 1 to 53, ties to even. */
double family_number_round(double x, int bits);

/* Numbers of less cost than x, simplest first and each once, into `simpler`; returns how many.
 * Among them 0, 1, -1, 2, 3, |x|, a power of two with half of x's exponent, powers of two and
 * integers next to x, x rounded to few bits, fractions
 * with small denominators, and for an integer those that a power of two separates from it. */
enum { FAMILY_NUMBER_SIMPLER_MOST = 80 };
size_t family_number_simpler(double x, double simpler[FAMILY_NUMBER_SIMPLER_MOST]);

/* The same for a count that must stay at least `least`: least, halves, one less. */
enum { FAMILY_COUNT_SIMPLER_MOST = 3 };
size_t family_count_simpler(size_t n, size_t least, size_t simpler[FAMILY_COUNT_SIMPLER_MOST]);

/* The sum of the costs, but a quarter of a bit at most for a number equal to the one before it:
 * equal levels are simpler than levels. */
double family_array_cost(const double *x, size_t n);

/* Blocks of 0..n-1 to take away, largest first: halves, quarters, ..., single ones; never all, so
 * none for n = 1.  False when there are no more. */
bool family_block(size_t n, size_t attempt, size_t *from, size_t *length);
size_t family_block_count(size_t n);

/* Exact C: in decimal where 6 digits are exact, else %a. */
void family_number_print_code(FILE *stream, double x);
/* "{1, 0.5}" */
void family_array_print_code(FILE *stream, const double *x, size_t n);

/* In TeX's mathematics: integers, p/q and m 2^e where that is short and exact, else 4 digits with
 * a mark that they are not exact. */
void family_number_print_tex(FILE *stream, double x);
/* "(1,1/2)"; beyond 6 numbers the first two, dots and the last. */
void family_array_print_tex(FILE *stream, const double *x, size_t n);

#endif
