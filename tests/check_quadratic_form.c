/* src/laws/quadratic_form against distributions that have a closed form.  None of them is computed
 * by an inversion integral. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include "laws/quadratic_form.h"

enum { MOST = 600 };

typedef struct {
  double theta[MOST], h2[MOST], drift[MOST];
  quadratic_form q;
  double scale; /* what it was divided by to have Var Q = 1 */
} form;

static form blank(size_t n, double e) {
  return (form){.q = {.n = n, .e = e}, .scale = 1.0};
}

static void scale(form *f, double by) {
  for (size_t j = 0; j < f->q.n; j++) {
    f->theta[j] /= by;
    f->h2[j] /= by * by;
    f->drift[j] /= by;
  }
  f->q.e /= by;
  f->scale *= by;
}

/* In the units of the header, and pointing at its own arrays. */
static void settle(form *f) {
  double variance = 0.0;
  for (size_t j = 0; j < f->q.n; j++)
    variance += 2.0 * f->theta[j] * f->theta[j] + 4.0 * f->theta[j] * f->drift[j] + 4.0 * f->h2[j];
  scale(f, sqrt(variance));
  f->q.theta = f->theta;
  f->q.h2 = f->h2;
  f->q.drift = f->drift;
}

static void turn(form *f) {
  for (size_t j = 0; j < f->q.n; j++) {
    f->theta[j] = -f->theta[j];
    f->drift[j] = -f->drift[j];
  }
  f->q.e = -f->q.e;
}

/* P(Q > 0) = upper and P(Q < 0) = lower, each within its error; small ones with all their digits.
 */
static void expect_positive(form *f, double upper, double lower) {
  settle(f);
  for (int side = 0; side < 2; side++) {
    double value = -1.0, error = -1.0;
    const double truth = side == 0 ? upper : lower;
    ck_assert_int_eq(quadratic_form_positive(&f->q, &value, &error), GSL_SUCCESS);
    ck_assert_msg(fabs(value - truth) <= error + 4e-14 * truth, "%a, should be %a within %g", value,
                  truth, error);
    ck_assert_msg(error <= 2e-10 * truth + 2e-16 + sqrt(0x1p-199), "error %g of %g", error, truth);
    turn(f);
  }
}

static double normal_tail(double x) {
  return 0.5 * erfc(x * M_SQRT1_2);
}

/* theta (z + b)^2 + e, in both forms of the linear part; e < 0 < theta. */
START_TEST(test_one_direction) {
  static const double thetas[] = {0.3, 1.0, 2.0}, shifts[] = {0.0, 0.4, 3.0};
  static const double edges[] = {0.02, 0.8, 2.0, 9.0, 60.0};
  for (int t = 0; t < 3; t++)
    for (int b = 0; b < 3; b++)
      for (int c = 0; c < 5; c++) {
        const double edge = sqrt(edges[c]);
        const double upper = normal_tail(edge - shifts[b]) + normal_tail(edge + shifts[b]);
        const double lower = normal_tail(-edge - shifts[b]) - normal_tail(edge - shifts[b]);
        form f = blank(1, -thetas[t] * edges[c]);
        f.theta[0] = thetas[t];
        f.drift[0] = thetas[t] * shifts[b] * shifts[b];
        expect_positive(&f, upper, lower);
        f = blank(1, thetas[t] * (shifts[b] * shifts[b] - edges[c]));
        f.theta[0] = thetas[t];
        f.h2[0] = thetas[t] * thetas[t] * shifts[b] * shifts[b];
        expect_positive(&f, upper, lower);
      }
}
END_TEST

/* theta = 0: a normal variable; beside a direction that is not there. */
START_TEST(test_linear) {
  static const double at[] = {-20.0, -3.0, -0.5, 0.0, 1.0, 6.0};
  for (int i = 0; i < 6; i++)
    for (int zero = 0; zero < 2; zero++) {
      form f = blank(1 + (size_t)zero, at[i]);
      f.h2[zero] = 0.25;
      expect_positive(&f, normal_tail(-at[i]), normal_tail(at[i]));
    }
}
END_TEST

/* a z_1^2 - b z_2^2: an arc tangent. */
START_TEST(test_two_directions) {
  static const double ratios[] = {1e-10, 1e-3, 0.5, 1.0, 4.0, 1e6};
  for (int i = 0; i < 6; i++) {
    form f = blank(2, 0.0);
    f.theta[0] = 1.0;
    f.theta[1] = -ratios[i];
    expect_positive(&f, M_2_PI * atan2(1.0, sqrt(ratios[i])), M_2_PI * atan2(sqrt(ratios[i]), 1.0));
  }
}
END_TEST

/* Pairs of equal directions are exponential variables of mean 2 theta; with t = -e >= 0,
 * P(Q > 0) = sum over theta_j > 0 of prod_{i != j} theta_j/(theta_j - theta_i) exp(-t/(2 theta_j)),
 * and the density of Q at 0 has 1/(2 theta_j) with each term. */
enum { PAIRS = 4 };
static const double rates[][PAIRS] = {
    {1.0, 0.5, -0.75, -2.0}, {3.0, 0.2, 0.1, -0.4}, {1.0, -0.1, -0.2, -0.3}, {0.9, 0.6, 0.3, 0.1}};

static form pairs(int which, double t) {
  form f = blank(2 * PAIRS, -t);
  for (size_t j = 0; j < 2 * PAIRS; j++)
    f.theta[j] = rates[which][j / 2];
  return f;
}

/* In extended precision: the terms nearly cancel where t is small. */
static double pairs_tail(int which, double t, bool density) {
  long double sum = 0.0L;
  for (int j = 0; j < PAIRS; j++) {
    const long double own = rates[which][j];
    long double term = own > 0.0L ? expl(-t / (2.0L * own)) : 0.0L;
    for (int i = 0; i < PAIRS; i++)
      term *= i == j ? 1.0L : own / (own - rates[which][i]);
    sum += term / (density ? 2.0L * own : 1.0L);
  }
  return (double)sum;
}

START_TEST(test_exponential_pairs) {
  static const double at[] = {0.0, 0.3, 2.0, 12.0};
  for (int which = 0; which < 3; which++)
    for (int i = 0; i < 4; i++) {
      form f = pairs(which, at[i]);
      const double upper = pairs_tail(which, at[i], false);
      expect_positive(&f, upper, 1.0 - upper);
    }
}
END_TEST

/* Far out nothing is lost: e^-50 with all its digits. */
START_TEST(test_far_tail) {
  form f = pairs(0, 100.0);
  double value, error;
  settle(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  const double truth = pairs_tail(0, 100.0, false);
  ck_assert_msg(truth < 1e-20 && fabs(value - truth) <= error &&
                    error < 1e-9 * truth + sqrt(0x1p-199),
                "%a, should be %a within %g", value, truth, error);
  /* Beyond e^-700 the answer is 0, and Chernoff's bound its error. */
  f = pairs(0, 4000.0);
  settle(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert(value == 0.0 && error >= exp(-701.0) && error <= exp(-689.0));
}
END_TEST

/* Many equal directions: a chi^2 variable, or a ratio of two, which is a Beta variable. */
START_TEST(test_many_directions) {
  static const int counts[] = {3, 40, 333};
  for (int i = 0; i < 3; i++) {
    const int n = counts[i];
    for (int s = -2; s <= 2; s++) {
      const double at = n + 0.7 * s * sqrt(2.0 * n);
      form f = blank((size_t)n, -at);
      for (int j = 0; j < n; j++)
        f.theta[j] = 1.0;
      expect_positive(&f, gsl_cdf_chisq_Q(at, n), gsl_cdf_chisq_P(at, n));
      const int k = n / 3;
      const double c = 1.0 / 3 + 0.1 * s / sqrt(n);
      f = blank((size_t)n, 0.0);
      for (int j = 0; j < n; j++)
        f.theta[j] = j < k ? 1.0 - c : -c;
      expect_positive(&f, gsl_cdf_beta_Q(c, 0.5 * k, 0.5 * (n - k)),
                      gsl_cdf_beta_P(c, 0.5 * k, 0.5 * (n - k)));
    }
  }
}
END_TEST

/* A form that cannot be positive, and one whose mean is too far off to ask. */
START_TEST(test_certain) {
  double value, error;
  form f = blank(2, -0.5);
  f.theta[0] = -1.0;
  f.theta[1] = -0.25;
  settle(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert(value == 0.0 && error <= sqrt(0x1p-199));
  turn(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert(value == 1.0 && error <= 3e-16);
  f = blank(1, -2e9);
  f.theta[0] = M_SQRT1_2;
  settle(&f);
  ck_assert_int_eq(quadratic_form_positive(&f.q, &value, &error), GSL_SUCCESS);
  ck_assert(value == 0.0);
  ck_assert_double_eq_tol(error * (1.0 + f.q.e * f.q.e), 1.0, 1e-8); /* Cantelli */
}
END_TEST

/* `doubt` is multiplied by a bound on the density at 0, at most a few times what it is, and
 * `relative` enters in proportion. */
START_TEST(test_doubt_and_relative) {
  static const double at[] = {0.3, 2.0, 12.0};
  for (int which = 0; which < 3; which++)
    for (int i = 0; i < 3; i++) {
      form f = pairs(which, at[i]);
      double value, plain, error, twice;
      settle(&f);
      const double density = f.scale * pairs_tail(which, at[i], true);
      quadratic_form_positive(&f.q, &value, &plain);
      f.q.doubt = 1e-10;
      quadratic_form_positive(&f.q, &value, &error);
      const double share = (error - plain) / (1e-10 * density);
      ck_assert_msg(share >= 1.0 && share <= 4.0, "%g of the density", share);
      f.q.doubt = 0.0;
      f.q.relative = 1e-12;
      quadratic_form_positive(&f.q, &value, &error);
      f.q.relative = 2e-12;
      quadratic_form_positive(&f.q, &value, &twice);
      ck_assert_double_eq_tol((twice - plain) / (error - plain), 2.0, 1e-6);
      /* All theta wrong by 1e-12 in the same direction is a scaling of e by as much. */
      f.q.relative = 0.0;
      double moved, ignored;
      f.q.e *= 1.0 - 1e-6;
      quadratic_form_positive(&f.q, &moved, &ignored);
      ck_assert(error - plain >= 1e-6 * fabs(moved - value));
      ck_assert(error - plain <= 1e-12 * 400.0 * (1.0 + at[i]) * value + 1e-22);
    }
}
END_TEST

static void one(const void *context, double x, double y, double w[2]) {
  (void)context;
  (void)x;
  (void)y;
  w[0] = 1.0;
  w[1] = 0.0;
}

/* W = z_j^2: E[W e^{zQ}]/E[e^{zQ}] = 1/(1 - 2 z theta_j). */
static void square_of_first(const void *context, double x, double y, double w[2]) {
  const form *f = context;
  const double a = 1.0 - 2.0 * x * f->theta[0], b = -2.0 * y * f->theta[0];
  w[0] = a / (a * a + b * b);
  w[1] = -b / (a * a + b * b);
}

static void expect_density(form *f, quadratic_form_weight *weight, double truth) {
  for (int side = 0; side < 2; side++) {
    double value = -1.0, error = -1.0;
    ck_assert_int_eq(quadratic_form_density(&f->q, weight, f, &value, &error), GSL_SUCCESS);
    ck_assert_msg(fabs(value - truth) <= error + 1e-13 * truth, "%a, should be %a within %g", value,
                  truth, error);
    ck_assert_msg(error <= 1e-8 * truth, "error %g of %g", error, truth);
    turn(f);
  }
}

START_TEST(test_density) {
  static const double at[] = {0.1, 0.9, 4.0, 25.0};
  for (int which = 0; which < 4; which++)
    for (int i = 0; i < 4; i++) {
      form f = pairs(which, at[i]);
      settle(&f);
      expect_density(&f, one, f.scale * pairs_tail(which, at[i], true));
    }
}
END_TEST

/* theta z^2 = t beside a z'^2 of exponential directions: at one direction, W is t/theta where Q =
 * 0. */
START_TEST(test_weighted_density) {
  /* z_1^2 + z_2^2 = R, uniform on the circle: E[z_1^2 | R] = R/2, so at theta R = t it is t/2theta
   */
  static const double at[] = {0.5, 3.0, 15.0};
  for (int i = 0; i < 3; i++) {
    form f = blank(2, -at[i]);
    f.theta[0] = f.theta[1] = 1.0;
    settle(&f);
    const double density = 0.5 * exp(-0.5 * at[i]) * f.scale;
    expect_density(&f, one, density);
    expect_density(&f, square_of_first, density * 0.5 * at[i]);
  }
  for (int n = 5; n <= 300; n += 59) {
    form f = blank((size_t)n, -(n + 3.0));
    for (int j = 0; j < n; j++)
      f.theta[j] = 1.0;
    settle(&f);
    const double density = gsl_ran_chisq_pdf(n + 3.0, n) * f.scale;
    expect_density(&f, one, density);
    expect_density(&f, square_of_first, density * (n + 3.0) / n);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("quadratic_form");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_one_direction);
  tcase_add_test(core, test_linear);
  tcase_add_test(core, test_two_directions);
  tcase_add_test(core, test_exponential_pairs);
  tcase_add_test(core, test_far_tail);
  tcase_add_test(core, test_many_directions);
  tcase_add_test(core, test_certain);
  tcase_add_test(core, test_doubt_and_relative);
  tcase_add_test(core, test_density);
  tcase_add_test(core, test_weighted_density);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
