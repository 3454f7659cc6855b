/* kernel_body.h -- the loops of kernel.h, to be compiled for one instruction set: KERNEL_WIDTH is
 * its vector length in bits (512, 256 or 128), and the file that includes this one has set the
 * target.  Eight lanes are KERNEL_WIDTH / 64 at a time, one group of them after the other.
 *
 * Arguments of functions here are pointers, not vectors: how vectors are passed differs between
 * instruction sets. */
#ifndef SUSPALIGN_SIM_KERNEL_BODY_H
#define SUSPALIGN_SIM_KERNEL_BODY_H

#include <math.h>
#include <string.h>
#if KERNEL_X86
#include <immintrin.h>
#endif
#include "sim/kernel.h"

enum { WIDTH = KERNEL_WIDTH / 64, GROUPS = STREAM_LANES / WIDTH };

/* Sums stay in registers where the loop over them is unrolled; clang does that unasked. */
#ifdef __clang__
#define UNROLL
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

typedef double reals __attribute__((vector_size(KERNEL_WIDTH / 8)));
typedef uint64_t words __attribute__((vector_size(KERNEL_WIDTH / 8)));

/* The same in arrays of numbers, at any of them. */
typedef double reals_at __attribute__((vector_size(KERNEL_WIDTH / 8), aligned(8), may_alias));
typedef uint64_t words_at __attribute__((vector_size(KERNEL_WIDTH / 8), aligned(8), may_alias));

/* --- bits ------------------------------------------------------------------------------------ */

static inline void load_state(const stream_state *from, size_t lane, words s[4]) {
  for (size_t j = 0; j < 4; j++)
    s[j] = *(const words_at *)(from->word[j] + lane);
}

static inline void store_state(stream_state *to, size_t lane, const words s[4]) {
  for (size_t j = 0; j < 4; j++)
    *(words_at *)(to->word[j] + lane) = s[j];
}

/* region: xoshiro */
/* One step of xoshiro256++ in every lane. */
static inline void draw_words(words s[4], words *out) {
  const words sum = s[0] + s[3], shifted = s[1] << 17;
  *out = ((sum << 23) | (sum >> 41)) + s[0];
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = (s[3] << 45) | (s[3] >> 19);
}
/* end region: xoshiro */

static void kernel_bits(stream_state *state, uint64_t *out, size_t count) {
  for (size_t lane = 0; lane < STREAM_LANES; lane += WIDTH) {
    words s[4], drawn;
    load_state(state, lane, s);
    for (size_t i = lane; i < count; i += STREAM_LANES) {
      draw_words(s, &drawn);
      *(words_at *)(out + i) = drawn;
    }
    store_state(state, lane, s);
  }
}

/* --- normals --------------------------------------------------------------------------------- */

/* IEEE square root, lane by lane. */
static inline void root(const reals *x, reals *out) {
#if KERNEL_X86 && KERNEL_WIDTH == 512
  *out = (reals)_mm512_sqrt_pd((__m512d)*x);
#elif KERNEL_X86 && KERNEL_WIDTH == 256
  *out = (reals)_mm256_sqrt_pd((__m256d)*x);
#elif KERNEL_X86
  *out = (reals)_mm_sqrt_pd((__m128d)*x);
#else
  for (size_t i = 0; i < WIDTH; i++)
    (*out)[i] = sqrt((*x)[i]);
#endif
}

/* Exact for integers up to 2^53. */
static inline void to_reals(const words *x, reals *out) {
#if KERNEL_WIDTH == 512
  *out = (reals)_mm512_cvtepu64_pd((__m512i)*x);
#else
  /* Or-ed into the bits of 2^52, the lower half is added to it; the upper half, of 2^84, too. */
  const words low = (*x & 0xffffffffu) | UINT64_C(0x4330000000000000);
  const words high = (*x >> 32) | UINT64_C(0x4530000000000000);
  *out = ((reals)high - (0x1p84 + 0x1p52)) + (reals)low;
#endif
}

/* Exchanges *x and *y in the lanes where the uppermost bit of the control is set. */
static inline void exchange(const words *control, reals *x, reals *y) {
  const reals a = *x, b = *y;
#if KERNEL_WIDTH == 512
  const __mmask8 where = _mm512_movepi64_mask((__m512i)*control);
  *x = (reals)_mm512_mask_blend_pd(where, (__m512d)a, (__m512d)b);
  *y = (reals)_mm512_mask_blend_pd(where, (__m512d)b, (__m512d)a);
#else
  const words difference = ((words)a ^ (words)b) & (0 - (*control >> 63));
  *x = (reals)((words)a ^ difference);
  *y = (reals)((words)b ^ difference);
#endif
}

/* region: radius */
/* -2 ln u for u = j 2^-53, j = the upper 53 bits + 1.
 * j = 2^(e + 53) m with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(s), s = (m-1)/(m+1), of which
 * m - 1 is exact; -4 atanh(s)/s is a polynomial in s^2, minimax, off by 2^-57 of itself.  For e = 0
 * it stands alone, else it is at most half of the other term, so that nothing cancels much. */
static inline void minus_two_log(const words *bits, reals *out) {
  const words j = (*bits >> 11) + 1;
  reals whole;
  to_reals(&j, &whole);
  const words scaled = (words)whole - UINT64_C(0x3fe6a09e667f3bcd); /* the bits of sqrt(1/2) */
  const words exponent = (scaled >> 52) | UINT64_C(0x4330000000000000);
  const reals e = (reals)exponent - (0x1p52 + 53.0);
  const reals m = (reals)((words)whole - (scaled & UINT64_C(0xfff0000000000000)));
  const reals s = (m - 1.0) / (m + 1.0), z = s * s;
  reals p = z * -0x1.2b5c824e4a3aep-2 - 0x1.39fe05dd89188p-2;
  p = p * z - 0x1.7462b76fd5b9dp-2;
  p = p * z - 0x1.c71c62dc17c4ep-2;
  p = p * z - 0x1.2492492df75b2p-1;
  p = p * z - 0x1.99999999952d9p-1;
  p = p * z - 0x1.5555555555558p0;
  p = p * z - 4.0;
  *out = e * -0x1.62e42fefa39efp0 + s * p;
}
/* end region: radius */

/* region: angle */
/* A point of the unit circle: the angle pi f/4, f in [-1, 1) from the upper 52 bits, turned into
 * one of four quarters by the lowest two.  Both polynomials in f^2 are minimax on [0, 1], off by
 * 2^-54 (the sine; relative) and 2^-59. */
static inline void circle_point(const words *bits, reals *x, reals *y) {
  const reals f = (reals)((*bits >> 12) | UINT64_C(0x4000000000000000)) - 3.0;
  const reals z = f * f;
  reals p = z * 0x1.e357ef99ead45p-38 - 0x1.e2fe76fdffd28p-30;
  p = p * z + 0x1.50782d5f14825p-22;
  p = p * z - 0x1.32d2ccdfe9424p-15;
  p = p * z + 0x1.466bc67754fffp-9;
  p = p * z - 0x1.4abbce625be09p-4;
  p = p * z + 0x1.921fb54442d18p-1;
  reals q = z * -0x1.ac077c3d3fa61p-42 + 0x1.f9b7a4a3edf85p-34;
  q = q * z - 0x1.a6d1d2d5fcbcdp-26;
  q = q * z + 0x1.e1f50664cca8cp-19;
  q = q * z - 0x1.55d3c7e3b7782p-12;
  q = q * z + 0x1.03c1f081b5a23p-6;
  q = q * z - 0x1.3bd3cc9be45dep-2;
  q = q * z + 1.0;
  const words control = *bits << 63;
  *x = (reals)((words)q ^ ((*bits << 62) & UINT64_C(0x8000000000000000)));
  *y = f * p;
  exchange(&control, x, y);
}
/* end region: angle */

static void kernel_normals(stream_state *state, double *out, size_t count) {
  for (size_t lane = 0; lane < STREAM_LANES; lane += WIDTH) {
    words s[4], radius_bits, angle_bits;
    load_state(state, lane, s);
    for (size_t i = lane; i < count; i += 2 * STREAM_LANES) {
      reals square, radius, x, y;
      draw_words(s, &radius_bits);
      draw_words(s, &angle_bits);
      minus_two_log(&radius_bits, &square);
      root(&square, &radius);
      circle_point(&angle_bits, &x, &y);
      *(reals_at *)(out + i) = x * radius;
      *(reals_at *)(out + i + STREAM_LANES) = y * radius;
    }
    store_state(state, lane, s);
  }
}

/* --- a step ---------------------------------------------------------------------------------- */

/* region: step */
/* Some directions; their squares are added to sum. */
static inline void step_some(double *g, const double *kept, const double *spread, const double *z,
                             reals *sum) {
  const reals next = *(const reals_at *)kept * *(const reals_at *)g -
                     *(const reals_at *)spread * *(const reals_at *)z;
  *(reals_at *)g = next;
  *sum += next * next;
}

static inline double step_part(double *g, const double *kept, const double *spread, const double *z,
                               size_t count) {
  reals sum[2 * GROUPS] = {{0.0}};
  size_t i = 0;
  for (; i + STREAM_LANES < count; i += 2 * STREAM_LANES)
    UNROLL for (size_t j = 0; j < 2 * GROUPS; j++)
        step_some(g + i + j * WIDTH, kept + i + j * WIDTH, spread + i + j * WIDTH,
                  z + i + j * WIDTH, &sum[j]);
  if (i < count)
    UNROLL for (size_t j = 0; j < GROUPS; j++)
        step_some(g + i + j * WIDTH, kept + i + j * WIDTH, spread + i + j * WIDTH,
                  z + i + j * WIDTH, &sum[j]);
  double l[STREAM_LANES];
  for (size_t j = 0; j < GROUPS; j++)
    *(reals_at *)(l + j * WIDTH) = sum[j] + sum[j + GROUPS];
  return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
}
/* end region: step */

static kernel_sums kernel_step(double *g, const double *kept, const double *spread, const double *z,
                               size_t top, size_t rest) {
  const size_t padded = (top + STREAM_LANES - 1) / STREAM_LANES * STREAM_LANES;
  kernel_sums sums;
  sums.dominant = step_part(g, kept, spread, z, top);
  sums.bulk = step_part(g + padded, kept + padded, spread + padded, z + top, rest);
  return sums;
}

#endif
