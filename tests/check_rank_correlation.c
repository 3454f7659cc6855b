/* src/laws/rank_correlation against counts in whole numbers. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_rng.h>
#include "laws/rank_correlation.h"
#include "model/random.h"

/* Twice the mean rank of each. */
static void double_ranks(const double *x, size_t n, long *rank) {
  for (size_t i = 0; i < n; i++) {
    rank[i] = 1;
    for (size_t j = 0; j < n; j++)
      rank[i] += (x[j] < x[i]) + (x[j] <= x[i]);
  }
}

/* Orders of y, one place after the other, whose products' sum is at least `least`. */
static long count_orders(const long *x, const long *y, size_t n, unsigned used, size_t place,
                         long sum, long least) {
  if (place == n)
    return sum >= least;
  long count = 0;
  for (size_t i = 0; i < n; i++)
    if (!(used >> i & 1u))
      count += count_orders(x, y, n, used | 1u << i, place + 1, sum + x[place] * y[i], least);
  return count;
}

static void check_pairs(const double *x, const double *y, size_t n) {
  long a[RANK_CORRELATION_MOST], b[RANK_CORRELATION_MOST], all = 1;
  double_ranks(x, n, a);
  double_ranks(y, n, b);
  const long mean = (long)n + 1; /* of the doubled ranks */
  long products = 0, covariance = 0, squares[2] = {0, 0};
  for (size_t i = 0; i < n; i++) {
    all *= (long)i + 1;
    products += a[i] * b[i];
    covariance += (a[i] - mean) * (b[i] - mean);
    squares[0] += (a[i] - mean) * (a[i] - mean);
    squares[1] += (b[i] - mean) * (b[i] - mean);
  }
  double rho = NAN, p = NAN;
  ck_assert_int_eq(rank_correlation(x, y, n, &rho, &p), GSL_SUCCESS);
  ck_assert_double_eq_tol(rho, (double)covariance / sqrt((double)squares[0] * (double)squares[1]),
                          1e-14);
  ck_assert(p == (double)count_orders(a, b, n, 0, 0, 0, products) / (double)all);
}

/* By hand: 1 - 6 sum d^2/(n (n^2 - 1)).  Of 24 orders one has rho = 1, four have at least 0.8 (it
 * and the three neighbours exchanged); with a tie in y, (1, 2, 3) against (1, 1, 2), rho =
 * sqrt(3)/2, reached by two orders of six. */
START_TEST(test_by_hand) {
  double rho, p;
  const double x[] = {1, 2, 3, 4}, exchanged[] = {10, 30, 20, 40}, tied[] = {1, 1, 2};
  ck_assert_int_eq(rank_correlation(x, x, 4, &rho, &p), GSL_SUCCESS);
  ck_assert_double_eq_tol(rho, 1.0, 1e-15);
  ck_assert(p == 1.0 / 24);
  ck_assert_int_eq(rank_correlation(x, exchanged, 4, &rho, &p), GSL_SUCCESS);
  ck_assert_double_eq_tol(rho, 0.8, 1e-15);
  ck_assert(p == 4.0 / 24);
  ck_assert_int_eq(rank_correlation(x, tied, 3, &rho, &p), GSL_SUCCESS);
  ck_assert_double_eq_tol(rho, sqrt(0.75), 1e-15);
  ck_assert(p == 2.0 / 6);
  const double back[] = {4, 3, 2, 1};
  ck_assert_int_eq(rank_correlation(x, back, 4, &rho, &p), GSL_SUCCESS);
  ck_assert_double_eq_tol(rho, -1.0, 1e-15);
  ck_assert(p == 1.0);
}
END_TEST

/* Two pairs, eight pairs, and ties in either: the first, the last, all but one. */
START_TEST(test_counted) {
  gsl_rng *rng = random_alloc(31);
  ck_assert_ptr_nonnull(rng);
  double x[RANK_CORRELATION_MOST], y[RANK_CORRELATION_MOST];
  for (int n = 0; n < 200; n++) {
    const size_t pairs = n == 0 ? RANK_CORRELATION_MOST : 2 + (size_t)n % 5;
    const size_t levels = n % 2 == 0 ? 2 : 9;
    for (size_t i = 0; i < pairs; i++) {
      x[i] = (double)random_index(rng, 1, n == 0 ? 99 : levels);
      y[i] = (double)random_index(rng, 1, n % 3 == 0 ? 3 : 20) - 0.3 * x[i];
    }
    if (x[0] == x[1])
      x[1] += pairs == 2 ? 1.0 : 0.0;
    if (y[0] == y[1])
      y[0] -= pairs == 2 ? 1.0 : 0.0;
    size_t differ[2] = {0, 0};
    for (size_t i = 1; i < pairs; i++) {
      differ[0] += x[i] != x[0];
      differ[1] += y[i] != y[0];
    }
    if (differ[0] > 0 && differ[1] > 0)
      check_pairs(x, y, pairs);
  }
  gsl_rng_free(rng);
  check_pairs((const double[]){1, 2, 2, 2}, (const double[]){3, 3, 3, 9}, 4);
  check_pairs((const double[]){2, 2, 2, 1}, (const double[]){9, 3, 3, 3}, 4);
  check_pairs((const double[]){5, 1, 5, 5}, (const double[]){1, 1, 2, 2}, 4);
}
END_TEST

START_TEST(test_refusals) {
  const double x[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, flat[] = {2, 2, 2, 2};
  double rho = 7, p = 7;
  ck_assert_int_eq(rank_correlation(x, flat, 4, &rho, &p), GSL_EDOM);
  ck_assert_int_eq(rank_correlation(flat, x, 4, &rho, &p), GSL_EDOM);
  for (size_t i = 0; i < 4; i++) {
    double nan[4] = {1, 3, 2, 3};
    nan[i] = NAN;
    ck_assert_int_eq(rank_correlation(nan, x, 4, &rho, &p), GSL_EDOM);
    ck_assert_int_eq(rank_correlation(x, nan, 4, &rho, &p), GSL_EDOM);
  }
  ck_assert_int_eq(rank_correlation(x, x, 0, &rho, &p), GSL_EINVAL);
  ck_assert_int_eq(rank_correlation(x, x, 1, &rho, &p), GSL_EINVAL);
  ck_assert_int_eq(rank_correlation(x, x, RANK_CORRELATION_MOST + 1, &rho, &p), GSL_EINVAL);
  ck_assert(rho == 7 && p == 7);
  ck_assert_int_eq(rank_correlation(x, x, 2, &rho, &p), GSL_SUCCESS);
  ck_assert(p == 0.5);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("rank_correlation");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_refusals);
  tcase_add_test(core, test_counted);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
