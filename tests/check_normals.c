/* check_normals.c -- the fast normals: their error as a function of their bits, and their law.
 *
 * False alarms.  Every statistical test here raises one with probability at most LEVEL, by an
 * inequality that holds at the sample size at hand (Anderson-Darling apart: its level is that of
 * its limit law).  There are fewer than 60 comparisons: 6e-7 in all.
 * Power.  Each test is given samples that are wrong by a stated amount, and the probability that
 * they pass is bounded where the planting stands. */
#include "config.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include "exact/arb_header.h"
#include "sim/stream.h"
#include "support.h"

static const double level = 1e-8;

/* --- error ---------------------------------------------------------------------------------------
 */

/* What a round makes of one lane's two words. */
typedef struct {
  double x, y;
} normal_pair;

static uint64_t rotated_right(uint64_t x, int by) {
  return (x >> by) | (x << (64 - by));
}

/* A stream whose first words are `radius` in all lanes; the second ones depend on `other`. */
static stream_state crafted(const uint64_t radius[STREAM_LANES],
                            const uint64_t other[STREAM_LANES]) {
  stream_state s;
  for (size_t lane = 0; lane < STREAM_LANES; lane++) {
    s.word[0][lane] = 0;
    s.word[1][lane] = other[lane];
    s.word[2][lane] = 1;
    s.word[3][lane] = rotated_right(radius[lane], 23);
  }
  return s;
}

/* The pair in extended precision, from the definition. */
static void pair_long(uint64_t radius, uint64_t angle, long double *x, long double *y) {
  const long double u = ((long double)(radius >> 11) + 1.0L) * 0x1p-53L;
  const long double f = (long double)(angle >> 12) * 0x1p-51L - 1.0L;
  const long double r = sqrtl(-2.0L * logl(u));
  const long double phi = 3.14159265358979323846264338327950288L / 4.0L * f;
  const long double c = (angle & 2) != 0 ? -cosl(phi) : cosl(phi), s = sinl(phi);
  *x = r * ((angle & 1) != 0 ? s : c);
  *y = r * ((angle & 1) != 0 ? c : s);
}

/* The same in balls. */
static void pair_balls(uint64_t radius, uint64_t angle, double *x, double *y) {
  const slong bits = 128;
  arb_t u, c, s;
  arb_init(u);
  arb_init(c);
  arb_init(s);
  arb_set_ui(u, (radius >> 11) + 1);
  arb_mul_2exp_si(u, u, -53);
  arb_log(u, u, bits);
  arb_mul_si(u, u, -2, bits);
  arb_sqrt(u, u, bits);
  arb_set_ui(c, angle >> 12);
  arb_mul_2exp_si(c, c, -51);
  arb_sub_ui(c, c, 1, bits);
  arb_mul_2exp_si(c, c, -2);
  arb_sin_cos_pi(s, c, c, bits);
  if ((angle & 2) != 0)
    arb_neg(c, c);
  if ((angle & 1) != 0)
    arb_swap(c, s);
  arb_mul(c, c, u, bits);
  arb_mul(s, s, u, bits);
  *x = arf_get_d(arb_midref(c), ARF_RND_NEAR);
  *y = arf_get_d(arb_midref(s), ARF_RND_NEAR);
  arb_clear(u);
  arb_clear(c);
  arb_clear(s);
}

/* Relative error in 2^-53; infinite where a zero or a sign is missed. */
static double relative_error(double found, long double expected) {
  if (expected == 0.0L)
    return found == 0.0 ? 0.0 : INFINITY;
  return (double)fabsl((found - expected) / expected) * 0x1p53;
}

enum { STATED = 8 };

static double worst_of_round(stream_state s, bool in_balls) {
  stream_state copy = s;
  uint64_t bits[2 * STREAM_LANES];
  double z[2 * STREAM_LANES], worst = 0.0;
  stream_bits(kernel_best(), &s, bits, 2 * STREAM_LANES);
  stream_normals(kernel_best(), &copy, z, 2 * STREAM_LANES);
  for (size_t lane = 0; lane < STREAM_LANES; lane++) {
    long double x, y;
    if (in_balls) {
      double x_ball, y_ball; /* rounded: half a unit more */
      pair_balls(bits[lane], bits[lane + STREAM_LANES], &x_ball, &y_ball);
      x = x_ball;
      y = y_ball;
    } else
      pair_long(bits[lane], bits[lane + STREAM_LANES], &x, &y);
    worst = fmax(worst, relative_error(z[lane], x));
    worst = fmax(worst, relative_error(z[lane + STREAM_LANES], y));
  }
  return worst;
}

START_TEST(test_error_is_as_stated) {
#if LDBL_MANT_DIG >= 64
  stream_state s;
  stream_start(&s, 11, 0, 0);
  double worst = 0.0;
  for (size_t i = 0; i < 125000; i++) { /* two million numbers */
    worst = fmax(worst, worst_of_round(s, false));
    uint64_t bits[2 * STREAM_LANES];
    stream_bits(kernel_best(), &s, bits, 2 * STREAM_LANES);
  }
  ck_assert_msg(worst <= STATED, "%g units", worst);
  ck_assert(worst > 1.0); /* nothing is that good: the comparison compares */
#endif
  ck_assert(STREAM_NORMAL_ERROR == STATED * 0x1p-53);
}
END_TEST

/* Where it could go wrong: radii from the ends, beside powers of two, beside the cut of the
 * mantissa at the root of 1/2; in balls, and thousands of ordinary ones. */
START_TEST(test_error_in_balls) {
  stream_state s;
  uint64_t words[STREAM_LANES], other[STREAM_LANES];
  stream_start(&s, 12, 0, 0);
  double worst = 0.0;
  for (int exponent = 0; exponent <= 53; exponent++)
    for (int place = 0; place < 4; place++) {
      const double middle = place < 2 ? ldexp(1.0, exponent) : ldexp(sqrt(0.5), exponent);
      stream_bits(kernel_best(), &s, other, STREAM_LANES);
      for (int lane = 0; lane < STREAM_LANES; lane++) {
        double j = floor(middle) + (place % 2 == 0 ? lane - 4 : 1000 * (lane - 4));
        j = fmin(fmax(j, 1.0), 0x1p53);
        words[lane] = ((uint64_t)j - 1) << 11;
      }
      worst = fmax(worst, worst_of_round(crafted(words, other), true));
    }
  /* A second word of 0 is the angle of f = -1, in both orders of the pair and both signs. */
  for (size_t lane = 0; lane < STREAM_LANES; lane++) {
    words[lane] = (uint64_t)lane << 60;
    other[lane] = rotated_right(words[lane], 23);
  }
  worst = fmax(worst, worst_of_round(crafted(words, other), true));
  for (size_t i = 0; i < 500; i++) {
    worst = fmax(worst, worst_of_round(s, true));
    stream_bits(kernel_best(), &s, words, STREAM_LANES);
  }
  ck_assert_msg(worst <= STATED + 0.5, "%g units", worst);
}
END_TEST

START_TEST(test_ends_of_the_radius) {
  uint64_t words[STREAM_LANES], other[STREAM_LANES];
  for (size_t lane = 0; lane < STREAM_LANES; lane++) {
    words[lane] = lane % 2 == 0 ? 0 : UINT64_MAX; /* u = 2^-53 and u = 1 */
    other[lane] = lane;
  }
  stream_state s = crafted(words, other);
  double z[2 * STREAM_LANES];
  stream_normals(kernel_best(), &s, z, 2 * STREAM_LANES);
  for (size_t lane = 0; lane < STREAM_LANES; lane++) {
    const double r = hypot(z[lane], z[lane + STREAM_LANES]);
    if (lane % 2 == 0)
      ck_assert(fabs(r - sqrt(106.0 * M_LN2)) <= (STATED + 2) * 0x1p-53 * r && r > 8.57);
    else
      ck_assert(r == 0.0);
  }
}
END_TEST

/* --- moments -------------------------------------------------------------------------------------
 */

enum { POWERS = 8, MOST = 10 };

/* (n-1)!! for even n, else 0. */
static double normal_moment(int n) {
  return n % 2 != 0 ? 0.0 : n == 0 ? 1.0 : gsl_sf_doublefact((unsigned)(n - 1));
}

/* Central moments m[0..2 MOST] of the sum of `count` independent copies of z^power: by way of
 * cumulants, which add. */
static void moments_of_sum(int power, double count, double *m) {
  double raw[2 * MOST + 1], cumulant[2 * MOST + 1];
  for (int n = 0; n <= 2 * MOST; n++)
    raw[n] = normal_moment(power * n);
  for (int n = 1; n <= 2 * MOST; n++) {
    cumulant[n] = raw[n];
    for (int j = 1; j < n; j++)
      cumulant[n] -= gsl_sf_choose((unsigned)(n - 1), (unsigned)(j - 1)) * cumulant[j] * raw[n - j];
  }
  m[0] = 1.0;
  m[1] = 0.0;
  for (int n = 2; n <= 2 * MOST; n++) {
    m[n] = 0.0;
    for (int j = 2; j <= n; j++)
      m[n] += gsl_sf_choose((unsigned)(n - 1), (unsigned)(j - 1)) * count * cumulant[j] * m[n - j];
  }
}

/* The t with P(|mean - E| > t) <= level, by Markov's inequality for the best even power of the
 * deviation: P <= E(S - ES)^(2p) / (n t)^(2p). */
static double moment_limit(int power, double count) {
  double m[2 * MOST + 1], best = INFINITY;
  moments_of_sum(power, count, m);
  for (int p = 1; p <= MOST; p++)
    best = fmin(best, pow(m[2 * p] / level, 0.5 / p) / count);
  return best;
}

/* Means of z^1..z^8, z scaled. */
static void sample_moments(double scale, size_t count, double mean[POWERS + 1]) {
  enum { CHUNK = 4096 };
  double z[CHUNK];
  stream_state s;
  stream_start(&s, 21, 0, 0);
  memset(mean, 0, (POWERS + 1) * sizeof *mean);
  for (size_t done = 0; done < count; done += CHUNK) {
    double sum[POWERS + 1] = {0.0};
    stream_normals(kernel_best(), &s, z, CHUNK);
    for (size_t i = 0; i < CHUNK; i++) {
      double power = 1.0;
      for (int n = 1; n <= POWERS; n++) {
        power *= scale * z[i];
        sum[n] += power;
      }
    }
    for (int n = 1; n <= POWERS; n++)
      mean[n] += sum[n];
  }
  for (int n = 1; n <= POWERS; n++)
    mean[n] /= (double)count;
}

START_TEST(test_moments_to_the_eighth) {
  const size_t count = (size_t)1 << 23;
  double mean[POWERS + 1], planted[POWERS + 1];
  sample_moments(1.0, count, mean);
  /* Scaled by 1.01 (variance up by 2 %), powers 2, 4 and 6 rise by 0.0201, 0.122 and 0.92, more
   * than twice what the test allows, so that they would pass with probability about `level`. */
  sample_moments(1.01, count, planted);
  for (int n = 1; n <= POWERS; n++) {
    const double limit = moment_limit(n, (double)count), expected = normal_moment(n);
    ck_assert_msg(fabs(mean[n] - expected) <= limit, "z^%d: mean %g, limit %g", n, mean[n], limit);
    if (n == 2 || n == 4 || n == 6) {
      ck_assert(expected * (pow(1.01, n) - 1.0) > 2.0 * limit);
      ck_assert(fabs(planted[n] - expected) > limit);
    }
  }
}
END_TEST

/* Laurent and Massart (Ann. Statist. 28, 2000): of n squares, P(mean > 1 + 2 sqrt(x/n) + 2x/n) and
 * P(mean < 1 - 2 sqrt(x/n)) are at most exp(-x).  With 2^28 numbers a variance of 1.001 passes with
 * probability at most 1e-6. */
START_TEST(test_variance_is_one_to_a_thousandth) {
  enum { CHUNK = 4096 };
  const size_t count = (size_t)1 << 28;
  const double n = (double)count, x = log(2.0 / level), missed = log(1e6);
  const double high = 1.0 + 2.0 * sqrt(x / n) + 2.0 * x / n, low = 1.0 - 2.0 * sqrt(x / n);
  ck_assert(1.001 * (1.0 - 2.0 * sqrt(missed / n)) > high);
  ck_assert((1.0 + 2.0 * sqrt(missed / n) + 2.0 * missed / n) / 1.001 < low);
  double z[CHUNK], sum = 0.0;
  stream_state s;
  stream_start(&s, 22, 0, 0);
  for (size_t done = 0; done < count; done += CHUNK) {
    double part[8] = {0.0};
    stream_normals(kernel_best(), &s, z, CHUNK);
    for (size_t i = 0; i < CHUNK; i += 8)
      for (size_t l = 0; l < 8; l++)
        part[l] += z[i + l] * z[i + l];
    for (size_t l = 0; l < 8; l++)
      sum += part[l];
  }
  const double mean = sum / n;
  ck_assert_msg(mean >= low && mean <= high, "mean of squares %.17g", mean);
  ck_assert(1.001 * mean > high && mean / 1.001 < low); /* planted: all z times sqrt(1.001) */
}
END_TEST

/* --- the distribution function
 * --------------------------------------------------------------------- */

/* A^2 = -n - (1/n) sum (2i-1)(ln p_i + ln(1 - p_(n+1-i))). */
static double anderson_darling(double *z, size_t n) {
  gsl_sort(z, 1, n);
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += (2.0 * (double)i + 1.0) *
           (log(gsl_cdf_ugaussian_P(z[i])) + log(gsl_cdf_ugaussian_Q(z[n - 1 - i])));
  return -(double)n - sum / (double)n;
}

/* Chernoff for the limit sum_j w_j^2/(j(j+1)): with s = a(a+1)/2 < 1 the transform is
 * (Gamma(1-a) Gamma(2+a))^(1/2). */
static double anderson_darling_limit(void) {
  double best = INFINITY;
  for (int i = 1; i < 2000; i++) {
    const double a = i / 2000.0, s = 0.5 * a * (a + 1.0);
    best = fmin(best, (0.5 * (gsl_sf_lngamma(1.0 - a) + gsl_sf_lngamma(2.0 + a)) - log(level)) / s);
  }
  return best;
}

START_TEST(test_anderson_darling) {
  enum { SIZE = 1 << 17, RUNS = 4 };
  double *z = calloc(SIZE, sizeof *z);
  ck_assert_ptr_nonnull(z);
  const double limit = anderson_darling_limit();
  for (uint64_t run = 0; run < RUNS; run++) {
    stream_state s;
    stream_start(&s, 23, run, 0);
    stream_normals(kernel_best(), &s, z, SIZE);
    const double found = anderson_darling(z, SIZE);
    ck_assert_msg(found <= limit, "A^2 = %g, limit %g", found, limit);
    /* Planted: 3 % of scale.  A^2 >= 4n times the mean square distance of the two distribution
     * functions less that of the sample; n * 1.6e-4 is ten times the limit. */
    for (size_t i = 0; i < SIZE; i++)
      z[i] *= 1.03;
    ck_assert(anderson_darling(z, SIZE) > limit);
  }
  free(z);
}
END_TEST

/* --- tails ---------------------------------------------------------------------------------------
 */

/* Both tails of a binomial, the smaller one doubled. */
static double binomial_chance(unsigned count, double p, unsigned n) {
  const double above = count == 0 ? 1.0 : gsl_cdf_binomial_Q(count - 1, p, n);
  return fmin(1.0, 2.0 * fmin(above, gsl_cdf_binomial_P(count, p, n)));
}

START_TEST(test_tails_of_ordinary_samples) {
  enum { CHUNK = 4096, BOUNDS = 5 };
  const double bounds[BOUNDS] = {2.0, 3.0, 4.0, 4.5, 5.0};
  const unsigned count = 1u << 26;
  unsigned beyond[BOUNDS] = {0}, below[BOUNDS] = {0};
  double z[CHUNK];
  stream_state s;
  stream_start(&s, 24, 0, 0);
  for (unsigned done = 0; done < count; done += CHUNK) {
    stream_normals(kernel_best(), &s, z, CHUNK);
    for (size_t b = 0; b < BOUNDS; b++)
      for (size_t i = 0; i < CHUNK; i++) {
        beyond[b] += z[i] > bounds[b];
        below[b] += z[i] < -bounds[b];
      }
  }
  for (size_t b = 0; b < BOUNDS; b++) {
    const double p = gsl_cdf_ugaussian_Q(bounds[b]);
    ck_assert_msg(binomial_chance(beyond[b], p, count) >= level &&
                      binomial_chance(below[b], p, count) >= level,
                  "beyond %g: %u and %u of %u", bounds[b], beyond[b], below[b], count);
  }
}
END_TEST

/* Beyond 6 sigma: only words whose upper 26 bits are zero reach there (r > sqrt(52 ln 2) = 6.0034),
 * so such words are drawn, the other bits at random, and the normals that the kernel makes of them
 * are counted: |x| > a >= 6.0034 has probability 2^26 * 2 Q(a) among them.  With a `resolution`
 * of 2^m the words have random upper bits alone, as a generator of 64 - m bits makes u of them. */
enum { TAILS = 4, TAIL_ROUNDS = 200000 };
static const double tail_bounds[TAILS] = {6.01, 6.5, 7.0, 7.5};

static void count_tails(uint64_t resolution, unsigned count[TAILS], double *farthest) {
  stream_state s;
  stream_start(&s, 25, 0, 0);
  memset(count, 0, TAILS * sizeof *count);
  *farthest = 0.0;
  for (size_t i = 0; i < TAIL_ROUNDS; i++) {
    uint64_t words[2 * STREAM_LANES];
    double z[2 * STREAM_LANES];
    stream_bits(kernel_best(), &s, words, 2 * STREAM_LANES);
    for (size_t lane = 0; lane < STREAM_LANES; lane++)
      words[lane] = words[lane] >> 26 | (resolution - 1);
    stream_state tail = crafted(words, words + STREAM_LANES);
    stream_normals(kernel_best(), &tail, z, 2 * STREAM_LANES);
    /* One of each pair: the two share a radius. */
    for (size_t lane = 0; lane < STREAM_LANES; lane++) {
      *farthest = fmax(*farthest, fabs(z[lane]));
      for (size_t b = 0; b < TAILS; b++)
        count[b] += fabs(z[lane]) > tail_bounds[b];
    }
  }
}

static bool tails_are_right(const unsigned count[TAILS]) {
  const unsigned n = TAIL_ROUNDS * STREAM_LANES;
  bool right = true;
  for (size_t b = 0; b < TAILS; b++)
    right = right &&
            binomial_chance(count[b], 0x1p27 * gsl_cdf_ugaussian_Q(tail_bounds[b]), n) >= level;
  return right;
}

START_TEST(test_tails_beyond_six_sigma) {
  unsigned count[TAILS];
  double farthest;
  count_tails(1, count, &farthest);
  ck_assert_msg(tails_are_right(count), "%u %u %u %u", count[0], count[1], count[2], count[3]);
  ck_assert(count[2] > 100 && farthest > 7.0);
  /* Planted: 32 random bits in place of 53, no radius above sqrt(64 ln 2): the 274 expected beyond
   * 7 are none; that it would pass has probability 0. */
  count_tails(UINT64_C(1) << 32, count, &farthest);
  ck_assert(!tails_are_right(count) && farthest < 6.67);
}
END_TEST

/* --- independence --------------------------------------------------------------------------------
 */

/* For independent normals E exp(s x y) = (1 - s^2)^(-1/2): the mean of n products is above t with
 * probability at most exp(-n (s t + ln(1 - s^2)/2)) for every s. */
static double product_limit(double n) {
  double low = 0.0, high = 1.0;
  for (int i = 0; i < 100; i++) {
    const double t = 0.5 * (low + high);
    const double s = (sqrt(1.0 + 4.0 * t * t) - 1.0) / (2.0 * t);
    if (n * (s * t + 0.5 * log1p(-s * s)) >= log(2.0 / level))
      high = t;
    else
      low = t;
  }
  return high;
}

enum { PAIRS = 1 << 20 };

/* The mean product, and whether |x| > 1 and |y| > 1 come together as often as they should. */
static void judge_pairs(const double *x, const double *y, const char *what, double planted) {
  const double limit = product_limit(PAIRS);
  double sum = 0.0, planted_sum = 0.0;
  unsigned both = 0;
  for (size_t i = 0; i < PAIRS; i++) {
    const double mixed = planted * x[i] + sqrt(1.0 - planted * planted) * y[i];
    sum += x[i] * y[i];
    planted_sum += x[i] * mixed;
    both += fabs(x[i]) > 1.0 && fabs(y[i]) > 1.0;
  }
  ck_assert_msg(fabs(sum) <= limit * PAIRS, "%s: mean product %g, limit %g", what, sum / PAIRS,
                limit);
  ck_assert_msg(binomial_chance(both, gsl_pow_2(2.0 * gsl_cdf_ugaussian_Q(1.0)), PAIRS) >= level,
                "%s: both large %u times", what, both);
  /* A correlation of twice the limit passes with a probability of about `level`. */
  ck_assert(planted >= 2.0 * limit && planted_sum > limit * PAIRS);
}

START_TEST(test_streams_and_lags_are_uncorrelated) {
  enum { LENGTH = 2 * PAIRS + 4096 };
  double *a = calloc(LENGTH, sizeof *a), *x = calloc(PAIRS, sizeof *x);
  double *y = calloc(PAIRS, sizeof *y);
  ck_assert(a != NULL && x != NULL && y != NULL);
  const uint64_t base[3] = {31, 5, 7};
  stream_state s;
  stream_start(&s, base[0], base[1], base[2]);
  stream_normals(kernel_best(), &s, a, LENGTH);
  for (size_t which = 0; which < 3; which++) { /* the next seed, replicate, block */
    uint64_t next[3] = {base[0], base[1], base[2]};
    next[which]++;
    stream_start(&s, next[0], next[1], next[2]);
    stream_normals(kernel_best(), &s, y, PAIRS);
    judge_pairs(a, y, "streams", 0.013);
  }
  /* Pairs i, i + lag that share no number: i in every other run of `lag`.  8 pairs the two numbers
   * of one radius, 16 the same lane's consecutive rounds. */
  const size_t lags[] = {1, 2, 4, 8, 16, 32, 500, 1024};
  for (size_t l = 0; l < sizeof lags / sizeof *lags; l++) {
    size_t pairs = 0;
    for (size_t i = 0; pairs < PAIRS && i + lags[l] < LENGTH; i++)
      if (i / lags[l] % 2 == 0) {
        x[pairs] = a[i];
        y[pairs++] = a[i + lags[l]];
      }
    ck_assert_uint_eq(pairs, PAIRS);
    judge_pairs(x, y, "lag", 0.013);
  }
  free(a);
  free(x);
  free(y);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("normals");
  TCase *error = tcase_create("error");
  tcase_set_timeout(error, 120);
  tcase_add_test(error, test_error_is_as_stated);
  tcase_add_test(error, test_error_in_balls);
  tcase_add_test(error, test_ends_of_the_radius);
  suite_add_tcase(suite, error);
  TCase *law = tcase_create("law");
  tcase_set_timeout(law, 600);
  tcase_add_test(law, test_moments_to_the_eighth);
  tcase_add_test(law, test_variance_is_one_to_a_thousandth);
  tcase_add_test(law, test_anderson_darling);
  tcase_add_test(law, test_tails_of_ordinary_samples);
  tcase_add_test(law, test_tails_beyond_six_sigma);
  tcase_add_test(law, test_streams_and_lags_are_uncorrelated);
  suite_add_tcase(suite, law);
  return support_run(suite);
}
