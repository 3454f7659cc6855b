/* check_streams.c -- random streams: the published generators, the same bytes from every variant,
 * and GSL's distributions on top. */
#include "config.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include "sim/stream.h"
#include "support.h"

/* --- oracles -----------------------------------------------------------------------------------
 */

/* The product of two words, from halves. */
static void long_product(uint64_t a, uint64_t b, uint64_t *high, uint64_t *low) {
  const uint64_t half = UINT64_C(0xffffffff);
  const uint64_t a0 = a & half, a1 = a >> 32, b0 = b & half, b1 = b >> 32;
  const uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (middle & half);
  *high = a1 * b1 + (middle >> 32) + (other >> 32);
  *low = (other << 32) | (a0 * b0 & half);
}

/* Philox4x64-10 as in table 2 and section 3.3 of its paper. */
static void philox_by_the_paper(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4]) {
  uint64_t r0 = counter[0], l0 = counter[1], r1 = counter[2], l1 = counter[3];
  for (uint64_t round = 0; round < 10; round++) {
    const uint64_t k0 = key[0] + round * UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t k1 = key[1] + round * UINT64_C(0xbb67ae8584caa73b);
    uint64_t high0, low0, high1, low1;
    long_product(r0, UINT64_C(0xd2e7470ee14c6c93), &high0, &low0);
    long_product(r1, UINT64_C(0xca5a826395121157), &high1, &low1);
    r0 = high1 ^ l0 ^ k0;
    l0 = low1;
    r1 = high0 ^ l1 ^ k1;
    l1 = low0;
  }
  out[0] = r0;
  out[1] = l0;
  out[2] = r1;
  out[3] = l1;
}

static uint64_t rotated(uint64_t x, int by) {
  return (x << by) | (x >> (64 - by));
}

static uint64_t xoshiro_by_the_paper(uint64_t s[4]) {
  const uint64_t result = rotated(s[0] + s[3], 23) + s[0], t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotated(s[3], 45);
  return result;
}

/* --- bits --------------------------------------------------------------------------------------
 */

START_TEST(test_oracles_give_the_published_numbers) {
  /* Random123's known answers for Philox4x64-10, counter and key 0; the first outputs of
   * xoshiro256++ from the state 1, 2, 3, 4. */
  const uint64_t zero[4] = {0, 0, 0, 0};
  const uint64_t expected[4] = {UINT64_C(0x16554d9eca36314c), UINT64_C(0xdb20fe9d672d0fdc),
                                UINT64_C(0xd7e772cee186176b), UINT64_C(0x7e68b68aec7ba23b)};
  uint64_t out[4];
  philox_by_the_paper(zero, zero, out);
  ck_assert_mem_eq(out, expected, sizeof out);
  uint64_t s[4] = {1, 2, 3, 4};
  const uint64_t first[] = {41943041, 58720359, UINT64_C(3588806011781223),
                            UINT64_C(3591011842654386), UINT64_C(9228616714210784205)};
  for (size_t i = 0; i < sizeof first / sizeof *first; i++)
    ck_assert_uint_eq(xoshiro_by_the_paper(s), first[i]);
}
END_TEST

START_TEST(test_lanes_are_xoshiro_started_by_philox) {
  const uint64_t seeds[] = {0, 1, UINT64_MAX, UINT64_C(0x260111789)};
  const uint64_t numbers[] = {0, 1, 12345, UINT64_MAX};
  enum { DRAWS = 64 };
  for (size_t i = 0; i < 4; i++) {
    const uint64_t seed = seeds[i], replicate = numbers[i], block = numbers[3 - i];
    stream_state s;
    uint64_t drawn[DRAWS * STREAM_LANES];
    stream_start(&s, seed, replicate, block);
    stream_bits(kernel_best(), &s, drawn, DRAWS * STREAM_LANES);
    for (uint64_t lane = 0; lane < STREAM_LANES; lane++) {
      const uint64_t counter[4] = {replicate, block, lane, 0}, key[2] = {seed, STREAM_KEY};
      uint64_t state[4];
      philox_by_the_paper(counter, key, state);
      for (size_t n = 0; n < DRAWS; n++)
        ck_assert_uint_eq(drawn[n * STREAM_LANES + lane], xoshiro_by_the_paper(state));
      for (size_t j = 0; j < 4; j++)
        ck_assert_uint_eq(s.word[j][lane], state[j]);
    }
  }
}
END_TEST

/* All that a kernel does, with the number `which`: bits, normals, and steps of some shapes. */
enum { PRODUCT_BITS = 1024, PRODUCT_NORMALS = 65536, PRODUCT_SHAPES = 6, SHAPE_MOST = 128 };

typedef struct {
  uint64_t bits[PRODUCT_BITS];
  double normals[PRODUCT_NORMALS];
  double g[PRODUCT_SHAPES][SHAPE_MOST];
  kernel_sums sums[PRODUCT_SHAPES];
  stream_state state;
} kernel_product;

static const size_t shapes[PRODUCT_SHAPES][2] = {{1, 1},  {8, 8},   {7, 9},
                                                 {0, 48}, {50, 11}, {33, 0}};

static kernel_product *produce(const kernel *with) {
  kernel_product *p = calloc(1, sizeof *p);
  ck_assert_ptr_nonnull(p);
  stream_start(&p->state, 7, 8, 9);
  stream_bits(with, &p->state, p->bits, PRODUCT_BITS);
  stream_normals(with, &p->state, p->normals, PRODUCT_NORMALS);
  for (size_t i = 0; i < PRODUCT_SHAPES; i++) {
    const size_t top = shapes[i][0], rest = shapes[i][1], gap = (top + 7) / 8 * 8;
    double kept[SHAPE_MOST] = {0.0}, spread[SHAPE_MOST] = {0.0};
    for (size_t j = 0; j < top + rest; j++) {
      const size_t at = j < top ? j : gap + j - top;
      p->g[i][at] = p->normals[j];
      kept[at] = 0.9 + 0.01 * p->normals[SHAPE_MOST + j];
      spread[at] = 0.1;
    }
    for (int repeat = 0; repeat < 5; repeat++)
      p->sums[i] =
          with->step(p->g[i], kept, spread, p->normals + 500 * (size_t)repeat + 3, top, rest);
  }
  return p;
}

START_TEST(test_variants_give_the_same_bytes) {
  kernel_product *first = produce(kernel_best());
  for (size_t n = 1; kernel_at(n) != NULL; n++) {
    kernel_product *other = produce(kernel_at(n));
    ck_assert_msg(memcmp(first, other, sizeof *first) == 0, "%s and %s differ", kernel_best()->name,
                  kernel_at(n)->name);
    free(other);
  }
  size_t count = 0;
  while (kernel_at(count) != NULL)
    count++;
  ck_assert_str_eq(kernel_at(count - 1)->name, "baseline");
  free(first);
}
END_TEST

/* FNV-1a of the first normals: the bytes are the same on every machine and from every compiler.
 * The number says nothing on whether they are right: the other tests do. */
START_TEST(test_bytes_are_those_of_other_machines) {
  enum { COUNT = 65536 };
  double *z = calloc(COUNT, sizeof *z);
  ck_assert_ptr_nonnull(z);
  stream_state s;
  stream_start(&s, 1, 2, 3);
  stream_normals(kernel_best(), &s, z, COUNT);
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < COUNT; i++) {
    uint64_t bits;
    memcpy(&bits, &z[i], sizeof bits);
    for (int byte = 0; byte < 8; byte++)
      hash = (hash ^ (bits >> (8 * byte) & 0xff)) * UINT64_C(0x100000001b3);
  }
  free(z);
  ck_assert_msg(hash == UINT64_C(0x1aed720f251762cc), "%#llx", (unsigned long long)hash);
}
END_TEST

START_TEST(test_pieces_are_the_whole) {
  const kernel *with = kernel_at((size_t)_i);
  if (with == NULL)
    return; /* a processor with fewer variants */
  enum { COUNT = 480 };
  const size_t pieces[] = {16, 160, 32, 16, 256};
  double whole[COUNT], part[COUNT];
  stream_state s, copy;
  stream_start(&s, 3, 1, 4);
  copy = s;
  stream_normals(with, &s, whole, COUNT);
  size_t at = 0;
  for (size_t i = 0; i < 5; i++) {
    stream_normals(with, &copy, part + at, pieces[i]);
    at += pieces[i];
  }
  ck_assert_uint_eq(at, COUNT);
  ck_assert_mem_eq(whole, part, sizeof whole);
  ck_assert_mem_eq(&s, &copy, sizeof s);
  stream_normals(with, &s, whole, 0);
  ck_assert_mem_eq(&s, &copy, sizeof s);
}
END_TEST

static int compare_starts(const void *a, const void *b) {
  return memcmp(a, b, 4 * sizeof(uint64_t));
}

/* Ten thousand streams that differ in one number by one: no lane starts like another. */
START_TEST(test_starts_differ) {
  enum { STREAMS = 10000 };
  uint64_t(*starts)[4] = calloc((size_t)STREAMS * STREAM_LANES, sizeof *starts);
  ck_assert_ptr_nonnull(starts);
  for (size_t n = 0; n < STREAMS; n++) {
    stream_state s;
    stream_start(&s, n % 10, n / 10 % 40, n / 400);
    for (size_t lane = 0; lane < STREAM_LANES; lane++)
      for (size_t j = 0; j < 4; j++)
        starts[n * STREAM_LANES + lane][j] = s.word[j][lane];
  }
  qsort(starts, (size_t)STREAMS * STREAM_LANES, sizeof *starts, compare_starts);
  for (size_t i = 1; i < (size_t)STREAMS * STREAM_LANES; i++)
    ck_assert_int_ne(compare_starts(starts[i - 1], starts[i]), 0);
  free(starts);
}
END_TEST

/* --- GSL ---------------------------------------------------------------------------------------
 */

START_TEST(test_rng_gives_the_stream) {
  gsl_rng *rng = stream_rng_alloc(5, 6, 7);
  ck_assert_ptr_nonnull(rng);
  stream_state s;
  uint64_t bits[256];
  stream_start(&s, 5, 6, 7);
  stream_bits(kernel_best(), &s, bits, 256);
  for (size_t i = 0; i < 128; i++)
    ck_assert_uint_eq(gsl_rng_get(rng), bits[i] >> 32);
  gsl_rng *copy = gsl_rng_clone(rng);
  for (size_t i = 128; i < 256; i++) {
    const double u = gsl_rng_uniform(rng);
    ck_assert(u == ldexp((double)(bits[i] >> 11), -53) && u == gsl_rng_uniform(copy));
  }
  gsl_rng_set(rng, 5);
  stream_rng_start(copy, 5, 0, 0);
  for (size_t i = 0; i < 100; i++)
    ck_assert_uint_eq(gsl_rng_get(rng), gsl_rng_get(copy));
  gsl_rng_free(rng);
  gsl_rng_free(copy);
}
END_TEST

/* sup |F_n - F| is above sqrt(ln(2/risk) / (2n)) with probability at most `risk` (Dvoretzky,
 * Kiefer, Wolfowitz; Massart), whatever n. */
enum { SAMPLE = 100000 };
static const double risk = 1e-9;

static double distance(double *x, double (*cdf)(double)) {
  gsl_sort(x, 1, SAMPLE);
  double most = 0.0;
  for (size_t i = 0; i < SAMPLE; i++) {
    const double p = cdf(x[i]);
    most = fmax(most, fmax((double)(i + 1) / SAMPLE - p, p - (double)i / SAMPLE));
  }
  return most;
}

static double uniform_cdf(double x) {
  return x < 0.0 ? 0.0 : x > 1.0 ? 1.0 : x;
}
static double exponential_cdf(double x) {
  return gsl_cdf_exponential_P(x, 1.0);
}
static double gamma_cdf(double x) {
  return gsl_cdf_gamma_P(x, 2.5, 1.0);
}
static double student_cdf(double x) {
  return gsl_cdf_tdist_P(x, 5.0);
}

START_TEST(test_distributions_of_gsl_work_on_it) {
  double *x = calloc(SAMPLE, sizeof *x);
  gsl_rng *rng = stream_rng_alloc(1, (uint64_t)_i, 0);
  ck_assert(x != NULL && rng != NULL);
  static double (*const cdfs[])(double) = {uniform_cdf, exponential_cdf, gamma_cdf, student_cdf,
                                           gsl_cdf_ugaussian_P};
  for (size_t i = 0; i < SAMPLE; i++)
    x[i] = _i == 0   ? gsl_rng_uniform(rng)
           : _i == 1 ? gsl_ran_exponential(rng, 1.0)
           : _i == 2 ? gsl_ran_gamma(rng, 2.5, 1.0)
           : _i == 3 ? gsl_ran_tdist(rng, 5.0)
                     : gsl_ran_gaussian_ziggurat(rng, 1.0);
  const double limit = sqrt(log(2.0 / risk) / (2.0 * SAMPLE));
  ck_assert(distance(x, cdfs[_i]) <= limit);
  /* A shift that moves the distribution function by twice the limit somewhere is seen, but with
   * probability `risk`: here 0.1 at a density of at least 0.25 against 2 * 0.0104. */
  for (size_t i = 0; i < SAMPLE; i++)
    x[i] += 0.1;
  ck_assert(distance(x, cdfs[_i]) > limit);
  gsl_rng_free(rng);
  free(x);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("streams");
  TCase *bits = tcase_create("bits");
  tcase_set_timeout(bits, 60);
  tcase_add_test(bits, test_oracles_give_the_published_numbers);
  tcase_add_test(bits, test_lanes_are_xoshiro_started_by_philox);
  tcase_add_test(bits, test_variants_give_the_same_bytes);
  tcase_add_test(bits, test_bytes_are_those_of_other_machines);
  tcase_add_loop_test(bits, test_pieces_are_the_whole, 0, 3);
  tcase_add_test(bits, test_starts_differ);
  suite_add_tcase(suite, bits);
  TCase *gsl = tcase_create("gsl");
  tcase_set_timeout(gsl, 60);
  tcase_add_test(gsl, test_rng_gives_the_stream);
  tcase_add_loop_test(gsl, test_distributions_of_gsl_work_on_it, 0, 5);
  suite_add_tcase(suite, gsl);
  return support_run(suite);
}
