#include "config.h"
#include "sim/stream.h"

#include <stdbool.h>
#include <string.h>

/* --- the starts of the lanes -------------------------------------------------------------------
 */

__extension__ typedef unsigned __int128 wide;

/* region: philox */
/* Ten rounds of Philox4x64 on the counter, in place: a bijection for every key. */
static void philox(uint64_t counter[4], uint64_t key_low, uint64_t key_high) {
  for (int round = 0; round < 10; round++) {
    const wide first = (wide)counter[0] * UINT64_C(0xd2e7470ee14c6c93);
    const wide second = (wide)counter[2] * UINT64_C(0xca5a826395121157);
    const uint64_t mixed[4] = {(uint64_t)(second >> 64) ^ counter[1] ^ key_low, (uint64_t)second,
                               (uint64_t)(first >> 64) ^ counter[3] ^ key_high, (uint64_t)first};
    memcpy(counter, mixed, sizeof mixed);
    key_low += UINT64_C(0x9e3779b97f4a7c15);
    key_high += UINT64_C(0xbb67ae8584caa73b);
  }
}
/* end region: philox */

void stream_start(stream_state *s, uint64_t seed, uint64_t replicate, uint64_t block) {
  for (uint64_t lane = 0; lane < STREAM_LANES; lane++) {
    uint64_t state[4] = {replicate, block, lane, 0};
    philox(state, seed, STREAM_KEY);
    if ((state[0] | state[1] | state[2] | state[3]) == 0)
      state[0] = 1; /* zero is no state of xoshiro256++; chance 2^-256 */
    for (size_t j = 0; j < 4; j++)
      s->word[j][lane] = state[j];
  }
}

void stream_bits(const kernel *with, stream_state *s, uint64_t *out, size_t count) {
  with->bits(s, out, count);
}

void stream_normals(const kernel *with, stream_state *s, double *out, size_t count) {
  with->normals(s, out, count);
}

/* --- as a generator of GSL ---------------------------------------------------------------------
 */

enum { RNG_BUFFER = 8 * STREAM_BITS_ROUND };

typedef struct {
  stream_state stream;
  size_t used;
  uint64_t buffer[RNG_BUFFER];
} rng_state;

static void rng_start(rng_state *state, uint64_t seed, uint64_t replicate, uint64_t block) {
  memset(state, 0, sizeof *state);
  stream_start(&state->stream, seed, replicate, block);
  state->used = RNG_BUFFER;
}

static void rng_set(void *state, unsigned long seed) {
  rng_start(state, seed, 0, 0);
}

static uint64_t rng_word(rng_state *state) {
  if (state->used == RNG_BUFFER) {
    kernel_best()->bits(&state->stream, state->buffer, RNG_BUFFER);
    state->used = 0;
  }
  return state->buffer[state->used++];
}

static unsigned long rng_get(void *state) {
  return (unsigned long)(rng_word(state) >> 32);
}

static double rng_get_double(void *state) {
  return (double)(rng_word(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type rng_type = {.name = "xoshiro256++ (8 lanes)",
                                      .max = 0xffffffffu,
                                      .min = 0,
                                      .size = sizeof(rng_state),
                                      .set = rng_set,
                                      .get = rng_get,
                                      .get_double = rng_get_double};

const gsl_rng_type *const stream_rng_type = &rng_type;

void stream_rng_start(gsl_rng *rng, uint64_t seed, uint64_t replicate, uint64_t block) {
  rng_start(rng->state, seed, replicate, block);
}

gsl_rng *stream_rng_alloc(uint64_t seed, uint64_t replicate, uint64_t block) {
  gsl_rng *rng = gsl_rng_alloc(stream_rng_type);
  if (rng != NULL)
    stream_rng_start(rng, seed, replicate, block);
  return rng;
}
