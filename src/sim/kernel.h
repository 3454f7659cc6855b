/* kernel.h -- the innermost loops of the simulator, compiled once for each instruction set.
 *
 * All variants are one source (kernel_body.h) with explicit vectors of eight lanes and give the
 * same bytes: + - * / sqrt and integer operations, in one order, never contracted. */
#ifndef SUSPALIGN_SIM_KERNEL_H
#define SUSPALIGN_SIM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STREAM_LANES = 8 };

/* Word j of the state of lane l is word[j][l]. */
typedef struct {
  uint64_t word[4][STREAM_LANES];
} stream_state;

/* Sums over the dominant directions and over the bulk. */
typedef struct {
  double dominant, bulk;
} kernel_sums;

typedef struct {
  const char *name;                                            /* avx512, avx2, baseline */
  void (*bits)(stream_state *s, uint64_t *out, size_t count);  /* see stream_bits */
  void (*normals)(stream_state *s, double *out, size_t count); /* see stream_normals */
  /* g_i <- kept_i g_i - spread_i z_i, and the sums of g_i^2 after that: sixteen sums, of every
   * sixteenth i, in the order of i; then sum j with sum j + 8, and of the eight
   * ((0+4)+(2+6))+((1+5)+(3+7)).  g, kept, spread: `top` dominant entries padded with zeros to a
   * multiple of 8, then `rest` of the bulk, padded alike.  z: top + rest numbers without a gap, and
   * 7 more finite ones that are read and do not matter. */
  kernel_sums (*step)(double *g, const double *kept, const double *spread, const double *z,
                      size_t top, size_t rest);
} kernel;

/* The variants that were compiled and that this processor runs, the fastest first; NULL past the
 * last.  Number 0 always exists. */
const kernel *kernel_at(size_t number);

/* kernel_at(0). */
const kernel *kernel_best(void);

#endif
