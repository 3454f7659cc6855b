/* check_noise_geometry.c -- the closed forms of the noise of a Gaussian design, by hand: integers
 * of their own for each term, and the error bounds term by term as the chapters N1, N3, N4 and N5
 * state them. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "laws/noise_geometry.h"
#include "laws/secular.h"

#define UNIT 0x1p-53

static double gamma_of(double n) {
  return n * UNIT / (1.0 - n * UNIT);
}

static void expect_equal(double found, double expected, const char *what) {
  ck_assert_msg(fabs(found - expected) <= 1e-12 * fabs(expected), "%s is %.17g, not %.17g", what,
                found, expected);
}

/* A value within its bound, and the bound itself. */
static void expect_law(law_value found, double value, double error, const char *what) {
  ck_assert_msg(fabs(found.val - value) <= error, "%s is %.17g, not %.17g", what, found.val, value);
  expect_equal(found.err, error, what);
}

static random_design *design(size_t d, size_t k, const double *lambda, const double *delta,
                             size_t batch, double eta) {
  random_design *r = random_design_literal(d, k, lambda, delta, batch, eta);
  ck_assert_ptr_nonnull(r);
  return r;
}

/* lambda = (5, 3, 2, 0), the last one a direction without data. */
static random_design *integers(void) {
  return design(4, 2, (const double[]){5, 3, 2, 0}, (const double[]){3, -5, 7, 11}, 3, 0.125);
}

/* --- one state ------------------------------------------------------------------------------ */

/* delta'S delta = 45 + 75 + 98, v'Sv = 20 + 507 + 2, v'S delta = 30 - 195 - 14, whose terms have
 * the sizes 30 + 195 + 14. */
START_TEST(test_directional) {
  random_design *r = integers();
  law_value a;
  diagnostic diag;
  ck_assert_int_eq(noise_directional_alignment(r, (const double[]){2, 13, -1, 17}, &a, &diag), 0);
  const double part = 179.0 * 179 / (218.0 * 529), size = 239.0 * 239 / (218.0 * 529);
  expect_law(a, 1.0 + part, gamma_of(20) * (1.0 + part + 2.0 * sqrt(part * size) + size), "a(v)");
  random_design_free(r);
}
END_TEST

/* delta'S^3 delta = 1125 + 675 + 392, Tr S^2 = 25 + 9 + 4. */
START_TEST(test_loss) {
  random_design *r = integers();
  law_value mu;
  diagnostic diag;
  double least, most;
  ck_assert_int_eq(noise_loss_alignment(r, &mu, &diag), 0);
  const double value = 1.0 + 2192.0 / (218.0 * 38);
  expect_law(mu, value, gamma_of(20) * value, "mu");
  noise_loss_alignment_range(r, &least, &most);
  expect_equal(least, 1.0 + 4.0 / 38, "the least mu");
  expect_equal(most, 1.0 + 25.0 / 38, "the largest mu");
  random_design_free(r);
}
END_TEST

/* What the data do not reach makes no loss, and has no curvature; what they reach barely does. */
START_TEST(test_not_defined) {
  random_design *r = integers();
  diagnostic diag;
  law_value a = {5, 6};
  const double unseen[] = {0, 0, 0, 1}, barely[] = {0, 0, 1e-50, 1};
  ck_assert_int_eq(noise_directional_alignment(r, unseen, &a, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "the direction has no curvature"));
  ck_assert_int_eq(noise_directional_alignment(r, barely, &a, &diag), GSL_SUCCESS);
  expect_equal(a.val, 1.0 + 14.0 * 14 / (218.0 * 2), "a of a short vector");
  memcpy(r->delta, unseen, sizeof unseen);
  a = (law_value){5, 6};
  ck_assert_int_eq(noise_directional_alignment(r, barely, &a, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "the loss is 0"));
  diag.message[0] = '\0';
  ck_assert_int_eq(noise_loss_alignment(r, &a, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "the loss is 0"));
  ck_assert(a.val == 5 && a.err == 6);
  random_design_free(r);
}
END_TEST

/* --- stability ------------------------------------------------------------------------------ */

/* b = 3, eta = 1/8: (5/8)/(6 - 20/8), (3/8)/(6 - 12/8), (2/8)/(6 - 8/8); the pole is at 6/20. */
START_TEST(test_stability_sum) {
  random_design *r = integers();
  diagnostic diag = {0, ""};
  double sum = 7.0;
  ck_assert_int_eq(noise_stability_sum(r, 0.125, &sum, &diag), 0);
  expect_equal(sum, 5.0 / 28 + 1.0 / 12 + 1.0 / 20, "the sum");
  ck_assert_int_eq(noise_stability_sum(r, 0.0, &sum, &diag), 0);
  ck_assert_double_eq(sum, 0.0);
  ck_assert_int_eq(noise_stability_sum(r, nextafter(0.3, 0.0), &sum, &diag), 0);
  ck_assert_double_gt(sum, 1e14);
  sum = 7.0;
  const double outside[] = {0.3, 0.4, -1e-300, NAN};
  for (size_t i = 0; i < 4; i++)
    ck_assert_int_eq(noise_stability_sum(r, outside[i], &sum, &diag), GSL_EDOM);
  ck_assert(sum == 7.0);
  ck_assert_int_eq(noise_stability_sum(r, 0.4, &sum, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "0.299999999999999"));
  random_design_free(r);
}
END_TEST

/* Tr S = 10, Tr S^2 = 38, b = 3. */
START_TEST(test_threshold_lies_between) {
  random_design *r = integers();
  double least, most;
  noise_critical_step_bounds(r, &least, &most);
  expect_equal(least, 6.0 / (10 + 20), "the lower bound");
  expect_equal(most, 6.0 / (10 + 4 * 3.8), "the upper bound");
  random_design_free(r);
}
END_TEST

/* lambda = (2, 1), b = 3: 2x/(6 - 8x) + x/(6 - 4x) = 1 is
 * 24x^2 - 45x + 18 = 0.  In the chapter's terms
 * y = 2b/((b+1) eta) = lambda_1 + tau: the gaps (0, 1) err by u of themselves. */
START_TEST(test_critical_step) {
  const double lambda[] = {2, 1, 0}, gap[] = {0, 1, 2}, doubt[] = {0, UNIT, 2 * UNIT};
  random_design *r = design(3, 1, lambda, (const double[]){1, 1, 1}, 3, 0.0);
  law_value eta_c;
  diagnostic diag = {0, ""};
  double tau, error;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, &diag), 0);
  const double truth = (45.0 - sqrt(297.0)) / 48.0;
  ck_assert_int_eq(secular_root(lambda, gap, doubt, 3, 4.0, &tau, &error), 0);
  expect_equal(2.0 + tau, 1.5 / truth, "y");
  expect_law(eta_c, truth, truth * (error * truth / 1.5 + gamma_of(8)), "eta_c");
  r->lambda[1] = 0.0; /* one direction alone: 6/(5 * 2) */
  ck_assert_int_eq(noise_critical_step(r, &eta_c, &diag), 0);
  expect_equal(eta_c.val, 0.6, "eta_c of one direction");
  r->batch = 0;
  eta_c = (law_value){5, 6};
  ck_assert_int_eq(noise_critical_step(r, &eta_c, &diag), GSL_EINVAL);
  ck_assert_ptr_nonnull(strstr(diag.message, "the batch size is 0"));
  /* Outside the design's domain: products that a double does not hold. */
  r->batch = 1;
  r->lambda[0] = 1e200;
  r->lambda[1] = 1e190;
  ck_assert_int_eq(noise_critical_step(r, &eta_c, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "cannot be told from its pole"));
  ck_assert(eta_c.val == 5 && eta_c.err == 6);
  random_design_free(r);
}
END_TEST

/* --- growth --------------------------------------------------------------------------------- */

/* Two directions with data and one without, moves h = eta lambda, what they keep c_i = (1 - h)^2 +
 * h^2/b, h^2/b =: a_i: sum a_i/(rho - c_i) = 1 is a quadratic in rho.  The bound of the root is
 * that of the secular equation, gaps good to `doubt`. */
typedef struct {
  double flat, eta, kept[2], a[2], gap[2], doubt[2], peak; /* flat: the second eigenvalue */
} case_of_growth;

static void expect_growth(const case_of_growth *at) {
  random_design *r =
      design(3, 1, (const double[]){4, at->flat, 0}, (const double[]){1, 1, 1}, 2, at->eta);
  noise_growth growth;
  diagnostic diag;
  double share[] = {7, 7, 7}, tau, error;
  ck_assert_int_eq(noise_growth_of(r, &growth, share, &diag), 0);
  const double half = 0.5 * (at->kept[0] + at->kept[1] + at->a[0] + at->a[1]);
  const double apart =
      0.5 * (at->kept[0] + at->a[0] - at->kept[1] - at->a[1]); /* T's diagonal, halved */
  const double rho = half + sqrt(apart * apart + at->a[0] * at->a[1]);
  ck_assert_int_eq(secular_root(at->a, at->gap, at->doubt, 2, 1.0, &tau, &error), 0);
  ck_assert_double_eq(growth.slowest, fmax(at->kept[0], at->kept[1]));
  expect_law(growth.rho, rho, error + 8 * UNIT * (rho + at->peak * (1 + at->peak)), "rho");
  double share_error = 0.0;
  for (int i = 0; i < 2; i++) {
    expect_equal(share[i], at->a[i] / (rho - at->kept[i]), "a share");
    share_error = fmax(share_error, 2 * (at->doubt[i] + error) / (rho - at->kept[i]));
  }
  ck_assert_double_eq(share[2], 0.0);
  expect_equal(growth.share_error, share_error + gamma_of(12), "the error of the shares");
  const double value = 4 * share[0] / (4 * share[0] + at->flat * share[1]);
  law_value limit;
  ck_assert_int_eq(noise_limit_alignment(r, &limit, &diag), 0);
  expect_law(limit, value, value * (2 * growth.share_error + gamma_of(14)), "the limit");
  const noise_growth first = growth;
  ck_assert_int_eq(noise_growth_of(r, &growth, NULL, &diag), 0);
  ck_assert(growth.rho.val == first.rho.val && growth.share_error == first.share_error);
  random_design_free(r);
}

/* Moves (1, 1/4): the flattest keeps most, and 1 + 1/b = 3/2.  The other's gap is (3/4)(2 - 15/8);
 * h(2 - 3h) is -1 for the one and 5/16 for the other move.
 * Moves (2, 1/2): the sharpest keeps most, with a gap of (-3/2)(2 - 15/4); h(2 - 3h) is -8 and 1/4.
 * Moves (1/8, 1/32): h(2 - 3h) is 13/64 and 61/1024.
 * Moves (1, 3/4): the sharpest, with a gap of (-1/4)(2 - 21/8); -1 and -3/16.
 * Moves (1/2, 1/4): the flattest, with a gap of (1/4)(2 - 9/8); 1/4 and 5/16. */
START_TEST(test_growth) {
  static const case_of_growth cases[] = {
      {1,
       0.25,
       {0.5, 0.5625 + 0.03125},
       {0.5, 0.03125},
       {0.09375, 0},
       {8 * UNIT * (0.75 * (2 + 1.875) + 1.3125), 0},
       0.25},
      {1, 0.5, {3, 0.375}, {2, 0.125}, {0, 2.625}, {0, 8 * UNIT * (1.5 * (2 + 3.75) + 8.25)}, 2},
      {1,
       0.03125,
       {0.765625 + 0.0078125, 0.9384765625 + 0.00048828125},
       {0.0078125, 0.00048828125},
       {0.09375 * (2 - 1.5 * 0.15625), 0},
       {8 * UNIT * (0.09375 * (2 + 1.5 * 0.15625) + 0.203125 + 0.0595703125), 0},
       0.03125},
      {3,
       0.25,
       {0.5, 0.34375},
       {0.5, 0.28125},
       {0, 0.15625},
       {0, 8 * UNIT * (0.25 * (2 + 2.625) + 1.1875)},
       1},
      {2,
       0.125,
       {0.375, 0.59375},
       {0.125, 0.03125},
       {0.21875, 0},
       {8 * UNIT * (0.25 * (2 + 1.125) + 0.5625), 0},
       0.25}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    expect_growth(&cases[i]);
}
END_TEST

/* Three equal directions: rho = c + 3a, a third each, whatever is beside them. */
START_TEST(test_equal_directions_grow) {
  random_design *r = design(3, 1, (const double[]){2, 2, 2}, (const double[]){1, 1, 1}, 4, 0.25);
  noise_growth growth;
  double share[3];
  ck_assert_int_eq(noise_growth_of(r, &growth, share, NULL), 0);
  const double rho = 0.25 + 0.0625 + 3 * 0.0625;
  ck_assert(fabs(growth.rho.val - rho) <= growth.rho.err && growth.rho.err < 1e-14);
  for (int i = 0; i < 3; i++)
    ck_assert(fabs(share[i] - 1.0 / 3) <= growth.share_error / 3 && growth.share_error < 1e-13);
  random_design_free(r);
}
END_TEST

/* No step; and two directions that keep equally much, with noise that no double can see. */
START_TEST(test_growth_is_refused) {
  random_design *r = design(2, 1, (const double[]){1.5, 0.5}, (const double[]){1, 1}, 1, 0.0);
  noise_growth growth;
  law_value limit = {5, 6};
  diagnostic diag = {0, ""};
  ck_assert_int_eq(noise_growth_of(r, &growth, NULL, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "the step is 0: not above 0"));
  diag.message[0] = '\0';
  ck_assert_int_eq(noise_limit_alignment(r, &limit, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "not above 0"));
  r->eta = 1.0;
  r->batch = (size_t)1 << 60;
  ck_assert_int_eq(noise_limit_alignment(r, &limit, &diag), GSL_EDOM);
  ck_assert_str_eq(diag.message, "the growth rate at eta = 1 cannot be told from 0.25");
  ck_assert(limit.val == 5 && limit.err == 6);
  random_design_free(r);
}
END_TEST

/* --- one step ------------------------------------------------------------------------------- */

/* lambda = (4, 2, 1, 0), m = (1, 3, 5, 7), eta = 1/4, b = 2: E 2L = 4 + 6 + 5, moves (1, 1/2, 1/4),
 * kept (1/2, 1/4 + 1/8, 9/16 + 1/32, 1), and (h/b) eta E 2L comes from all: all dyadic. */
START_TEST(test_step) {
  random_design *r =
      design(4, 2, (const double[]){4, 2, 1, 0}, (const double[]){1, 1, 1, 1}, 2, 0.0);
  double m[] = {1, 3, 5, 7};
  noise_step(r, 0.25, m);
  ck_assert_double_eq(m[0], 0.5 + 1.875);
  ck_assert_double_eq(m[1], 1.125 + 0.9375);
  ck_assert_double_eq(m[2], 2.96875 + 0.46875);
  ck_assert_double_eq(m[3], 7);
  const double squares[] = {1, 3, 5, 7}; /* 16 + 12 of 16 + 12 + 5 */
  expect_equal(noise_mean_field_alignment(r, squares), 28.0 / 33, "the mean-field alignment");
  random_design_free(r);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("noise_geometry");
  TCase *core = tcase_create("core");
  tcase_add_test(core, test_directional);
  tcase_add_test(core, test_loss);
  tcase_add_test(core, test_not_defined);
  tcase_add_test(core, test_stability_sum);
  tcase_add_test(core, test_threshold_lies_between);
  tcase_add_test(core, test_critical_step);
  tcase_add_test(core, test_growth);
  tcase_add_test(core, test_equal_directions_grow);
  tcase_add_test(core, test_growth_is_refused);
  tcase_add_test(core, test_step);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
