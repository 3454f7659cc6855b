/* N2: theory/finite_samples, src/claims/finite_samples, and the power iteration of
 * laws/sample_noise for the threshold of a data set. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "claims/finite_samples.h"
#include "laws/noise_geometry.h"
#include "laws/sample_noise.h"
#include "model/random.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&finite_samples_claim);
}
END_TEST

/* X = I_2: r = (1, 2), q = (1, 1): 2 (1 + 4 - 9/2)/(5*2) = 1/10; over q the matrix is
 * (2/5) [[1 - 1/2, -1], [-1, 4 - 2]] with eigenvalues 0 and 1 = n - 1. */
START_TEST(test_by_hand) {
  double r[] = {1, 2}, q[] = {1, 1}, x[] = {1, 0, 0, 1}, a;
  const gsl_vector_view residual = gsl_vector_view_array(r, 2), along = gsl_vector_view_array(q, 2);
  const gsl_matrix_view samples = gsl_matrix_view_array(x, 2, 2);
  gsl_matrix *basis;
  sample_noise_range range;
  ck_assert_int_eq(sample_noise_along(&residual.vector, &along.vector, &a), 0);
  ck_assert_double_eq_tol(a, 0.1, 1e-15);
  ck_assert_int_eq(sample_noise_basis(&samples.matrix, &basis), 0);
  ck_assert_int_eq(sample_noise_directional(basis, &residual.vector, &range, NULL, NULL), 0);
  ck_assert_double_eq_tol(range.least, 0.0, 1e-14);
  ck_assert_double_eq_tol(range.most, 1.0, 1e-14);
  gsl_rng *rng = random_alloc(3);
  ck_assert_int_eq(sample_noise_worst(basis, 4, 10, rng, &range), 0);
  ck_assert(range.least > -1e-13 && range.least < 1e-6);
  ck_assert_double_eq_tol(range.most, 1.0, 1e-9);
  gsl_rng_free(rng);
  gsl_matrix_free(basis);
}
END_TEST

START_TEST(test_domain) {
  double zero[] = {0, 0}, one[] = {1, 1}, x[] = {0, 0}, a = 7.0;
  const gsl_vector_view none = gsl_vector_view_array(zero, 2), some = gsl_vector_view_array(one, 2);
  const gsl_matrix_view samples = gsl_matrix_view_array(x, 2, 1);
  gsl_matrix *basis = NULL;
  ck_assert_int_eq(sample_noise_along(&none.vector, &some.vector, &a), GSL_EDOM);
  ck_assert_int_eq(sample_noise_along(&some.vector, &none.vector, &a), GSL_EDOM);
  ck_assert_int_eq(sample_noise_loss(&samples.matrix, &none.vector, &a), GSL_EDOM);
  ck_assert(a == 7.0);
  ck_assert_int_eq(sample_noise_basis(&samples.matrix, &basis), GSL_EDOM);
  ck_assert_ptr_null(basis);
}
END_TEST

/* A data set with exactly Gaussian fourth moments: all 3^4 points of the quadrature of N1, repeated
 * in proportion to their weights (1 : 4 : 1 in each coordinate), 6^4 samples in all.  The power
 * iteration must find the closed form. */
START_TEST(test_threshold_of_a_gaussian_grid) {
  enum { D = 4, N = 1296 };
  const double lambda[D] = {3, 2, 1, 0.25};
  const double node[6] = {-sqrt(3), 0, 0, 0, 0, sqrt(3)};
  gsl_matrix *x = gsl_matrix_alloc(N, D);
  for (size_t s = 0; s < N; s++)
    for (size_t i = 0, rest = s; i < D; i++, rest /= 6)
      gsl_matrix_set(x, s, i, sqrt(lambda[i]) * node[rest % 6]);
  for (size_t b = 1; b <= 1000; b *= 10) {
    random_design *r = random_design_literal(D, 1, lambda, lambda, b, 0.0);
    law_value data, gaussian;
    ck_assert_int_eq(sample_noise_critical_step(x, lambda, 0.0, b, &data, NULL), 0);
    ck_assert_int_eq(noise_critical_step(r, &gaussian, NULL), 0);
    ck_assert(fabs(data.val - gaussian.val) <= data.err + gaussian.err);
    random_design_free(r);
  }
  diagnostic diag;
  law_value untouched = {1, 2};
  ck_assert_int_eq(sample_noise_critical_step(x, lambda, 0.0, 0, &untouched, &diag), GSL_EINVAL);
  ck_assert(untouched.val == 1);
  gsl_matrix_free(x);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N2 finite_samples");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_threshold_of_a_gaussian_grid);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
