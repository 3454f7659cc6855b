/* src/laws/secular: the root of a secular equation and the bound on its error. */
#include "config.h"
#include "support.h"

#include <float.h>
#include <math.h>
#include <gsl/gsl_errno.h>
#include "laws/secular.h"

#define UNIT (0.5 * DBL_EPSILON)

/* F and -F' in double, summed from the first on, as the bound's residual means them. */
static double left_side(const double *a, const double *gap, size_t n, double tau, double *fall) {
  double value = 0.0;
  *fall = 0.0;
  for (size_t i = 0; i < n; i++) {
    value += a[i] / (tau + gap[i]);
    *fall += a[i] / (tau + gap[i]) / (tau + gap[i]);
  }
  return value;
}

/* (|F - target| + (n + 16) u F + sum a gap_error/(tau + gap)^2)/|F'|, doubled, and 2u of the root.
 */
static void check_bound(const double *a, const double *gap, const double *gap_error, size_t n,
                        double target, double tau, double error) {
  double fall;
  const double value = left_side(a, gap, n, tau, &fall);
  double doubt = fabs(value - target) + ((double)n + 16.0) * UNIT * value;
  for (size_t i = 0; gap_error != NULL && i < n; i++)
    doubt += a[i] * gap_error[i] / ((tau + gap[i]) * (tau + gap[i]));
  const double bound = 2.0 * doubt / fall + 2.0 * UNIT * tau;
  ck_assert_msg(fabs(error - bound) <= 1e-12 * bound, "err %.17g, by its formula %.17g", error,
                bound);
}

/* a_1/tau + a_2/(tau + gap) = target is a quadratic equation. */
static void check_two(double a1, double a2, double gap, double target) {
  const double a[2] = {a1, a2}, gaps[2] = {0.0, gap};
  const long double b = (long double)target * gap - a1 - a2, c = -(long double)a1 * gap;
  const long double root = sqrtl(b * b - 4.0L * target * c);
  const long double exact = b > 0.0L ? -2.0L * c / (b + root) : (root - b) / (2.0L * target);
  double fall;
  const double value = left_side(a, gaps, 2, (double)exact, &fall);
  if (40.0 * UNIT * value > 0.05 * fall * (double)exact)
    return; /* near ties: may be refused */
  double tau = -1.0, error = -1.0;
  ck_assert_int_eq(secular_root(a, gaps, NULL, 2, target, &tau, &error), GSL_SUCCESS);
  ck_assert_msg(fabsl(tau - exact) <= error,
                "a = (%a, %a), gap %a, target %a: %.17g err %.2e, exactly %.17Lg", a1, a2, gap,
                target, tau, error, exact);
  check_bound(a, gaps, NULL, 2, target, tau, error);
  const double gap_error[2] = {0x1p-40 * tau, 0x1p-38 * tau};
  double again = -1.0;
  ck_assert_int_eq(secular_root(a, gaps, gap_error, 2, target, &again, &error), GSL_SUCCESS);
  ck_assert(again == tau);
  check_bound(a, gaps, gap_error, 2, target, tau, error);
}

START_TEST(test_two_terms) {
  static const double weights[5] = {3.0, 1e-30, 50.0, 7e-5, 1e10};
  static const double targets[7] = {2.0, 1e-10, 1e10, 0.3, 1e-5, 1e6, 40.0};
  for (int i = 0; i < 5; i++)
    for (int j = 0; j < 5; j++)
      for (int l = 0; l < 7; l++) {
        check_two(weights[i], weights[j], 1.0, targets[l]);
        check_two(weights[i], weights[j], 3e-4, targets[l]);
        check_two(weights[i], weights[j], 700.0, targets[l]);
      }
  check_two(1.0, 3.0, 1.0, 2.0);      /* (1 + sqrt 3)/2 */
  check_two(1e-300, 1e12, 1.0, 1e10); /* 99: from 1e-310 on, -F' would be infinite */
}
END_TEST

/* Roots that are put there: sum a_i/(tau + gap_i) of binary fractions is the target, exactly. */
START_TEST(test_planted_roots) {
  static const double a[5] = {2.0, 6.0, 0.75, 5.0, 0.0}, gap[5] = {0.0, 2.0, 0.5, 4.0, 1.0};
  const double gap_error[5] = {0x1p-45, 0x1p-43, 0x1p-42, 0x1p-44, 0x1p-40};
  for (size_t n = 1; n <= 5; n++) { /* at tau = 1: 2 + 2 + 1/2 + 1 + 0 */
    const double target = (const double[]){2.0, 4.0, 4.5, 5.5, 5.5}[n - 1];
    double tau = -1.0, error = -1.0;
    ck_assert_int_eq(secular_root(a, gap, NULL, n, target, &tau, &error), GSL_SUCCESS);
    ck_assert(fabs(tau - 1.0) <= error && error <= 1e-13);
    check_bound(a, gap, NULL, n, target, tau, error);
    ck_assert_int_eq(secular_root(a, gap, gap_error, n, target, &tau, &error), GSL_SUCCESS);
    check_bound(a, gap, gap_error, n, target, tau, error);
  }
  /* Two poles at 0 together: (1 + 2)/tau + 4/(tau + 3) = 4 at tau = 1. */
  double tau = -1.0, error = -1.0;
  ck_assert_int_eq(secular_root((const double[]){1.0, 4.0, 2.0}, (const double[]){0.0, 3.0, 0.0},
                                NULL, 3, 4.0, &tau, &error),
                   GSL_SUCCESS);
  ck_assert(fabs(tau - 1.0) <= error && error <= 1e-13);
}
END_TEST

/* One term, a/tau = target, gap_error e: the bound is 2 (17 u target + e a/tau^2)/(a/tau^2) + 2 u
 * tau = 36 u tau + 2e, and is refused from tau/4 on. */
START_TEST(test_bound_at_its_limit) {
  const double gap = 0.0;
  double tau, error;
  for (int i = -1; i <= 1; i++) {
    const double weight = ldexp(1.0, 3 * i), limit = weight * (0.125 - 18.0 * UNIT);
    ck_assert_int_eq(secular_root(&weight, &gap, &limit, 1, 1.0, &tau, &error), GSL_EDOM);
    const double below = nextafter(limit, 0.0);
    ck_assert_int_eq(secular_root(&weight, &gap, &below, 1, 1.0, &tau, &error), GSL_SUCCESS);
    ck_assert(tau == weight && error < 0.25 * tau && error > 0.249 * tau);
  }
}
END_TEST

START_TEST(test_refusals) {
  static const struct {
    double a[2], gap[2];
    size_t n;
    double target;
  } cases[] = {
      {{1, 1}, {1, 2}, 2, 2},           {{1, 1}, {0, 1}, 2, 0},
      {{1, 1}, {0, 1}, 2, -1},          {{0, 1}, {0, 1}, 2, 1},
      {{1e308, 1e308}, {0, 1}, 2, 1},   {{1, 1e200}, {0, 1e200}, 2, 1},
      {{1, 1}, {0, 1}, 2, (double)NAN}, {{-1, 3}, {0, 1}, 2, 1},
      {{1, 1}, {0, 1}, 0, 1},           {{1, 1}, {1, 2}, 2, 0.5},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double tau = 7.0, error = 8.0;
    ck_assert_msg(secular_root(cases[i].a, cases[i].gap, NULL, cases[i].n, cases[i].target, &tau,
                               &error) == GSL_EDOM,
                  "case %zu is taken", i);
    ck_assert(tau == 7.0 && error == 8.0);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("secular");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_planted_roots);
  tcase_add_test(core, test_two_terms);
  tcase_add_test(core, test_bound_at_its_limit);
  tcase_add_test(core, test_refusals);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
