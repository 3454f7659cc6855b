/* stream.h -- random streams: one for each (seed, replicate, block), the same numbers on every
 * machine, whatever the number of threads and the order in which streams are used.
 *
 * GENERATOR  eight lanes of xoshiro256++ (D. Blackman, S. Vigna, ACM Trans. Math. Softw. 47(4),
 *   2021; period 2^256 - 1), advanced together.  A lane starts at the 256 bits
 *   Philox4x64-10(counter = (replicate, block, lane, 0), key = (seed, STREAM_KEY)) (J. Salmon et
 *   al., SC11).
 * NO OVERLAP  For a fixed seed Philox is a bijection of its counter, so no two lanes start at the
 *   same state, for certain.  xoshiro256++ has one orbit of 2^256 - 1 states, on which the starts
 *   are placed as if at random: of N lanes that draw L words each, some two overlap with
 *   probability at most N^2 L / 2^256.  A million replicates of a thousand blocks (N = 2^33), each
 *   drawing L = 2^60 words: below 2^-130.
 * NORMALS  Box-Muller with logarithm, sine and cosine as polynomials in + - * / and sqrt alone,
 *   which IEEE 754 defines bit for bit: no variant of the kernel, compiler or mathematics library
 *   changes a byte.  The radius comes of u = j 2^-53, 1 <= j <= 2^53, so that |z| reaches
 *   sqrt(106 ln 2) = 8.57; the angle has 55 random bits.  Error of each normal as a function of its
 *   bits: 8 2^-53 relative (STREAM_NORMAL_ERROR; tests/check_normals).
 * A stream is 256 bytes of plain data: it may be copied, and the copy goes the same way. */
#ifndef SUSPALIGN_SIM_STREAM_H
#define SUSPALIGN_SIM_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <gsl/gsl_rng.h>
#include "sim/kernel.h"

#define STREAM_KEY UINT64_C(0x7375737061)
#define STREAM_NORMAL_ERROR (8.0 * 0x1p-53)

/* Bits, and normals, are drawn in whole rounds of all lanes. */
enum { STREAM_BITS_ROUND = STREAM_LANES, STREAM_NORMALS_ROUND = 2 * STREAM_LANES };

/* The stream's first state. */
void stream_start(stream_state *s, uint64_t seed, uint64_t replicate, uint64_t block);

/* The next `count` words; count is a multiple of STREAM_BITS_ROUND. */
void stream_bits(const kernel *with, stream_state *s, uint64_t *out, size_t count);

/* The next `count` standard normals, a round of which uses up two rounds of bits; count is a
 * multiple of STREAM_NORMALS_ROUND.  Drawing in pieces gives the same numbers as at once. */
void stream_normals(const kernel *with, stream_state *s, double *out, size_t count);

/* A stream as a generator of GSL, under every distribution of which it works: 32 bits a draw
 * (the upper halves of the words), gsl_rng_uniform from 53 bits of one word.
 * gsl_rng_set(r, seed) starts the stream (seed, 0, 0). */
extern const gsl_rng_type *const stream_rng_type;

/* NULL when memory is out. */
gsl_rng *stream_rng_alloc(uint64_t seed, uint64_t replicate, uint64_t block);

/* The same for a generator of that type that is there already. */
void stream_rng_start(gsl_rng *rng, uint64_t seed, uint64_t replicate, uint64_t block);

#endif
