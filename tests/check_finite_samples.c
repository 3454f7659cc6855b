/* N2: theory/finite_samples, src/claims/finite_samples, and the iteration of
 * laws/sample_noise for the threshold of a data set. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "claims/finite_samples.h"
#include "families/finite_design_family.h"
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

/* x = (1, -1): every x_s'G x_s is |G|^2 = 1, and mu is 0, the lower end 1 - lambda_1^2.  (1, -1)
 * along one axis and (2, -2) along the other: G = diag(1/2, 2), |G|^2 = 17/4, x_s'G x_s/|G|^2 is
 * 2/17 or 32/17; at delta = e_1 Sigma_11 = 1/4 and 2L = 1/2, so mu = 1/17; at e_2 it is 16/17. */
START_TEST(test_mu_between_samples) {
  finite_design *one =
                    finite_design_literal(2, 1, (const double[]){1, -1}, (const double[]){1}, NULL),
                *two = finite_design_literal(4, 2, (const double[]){1, 0, -1, 0, 0, 2, 0, -2},
                                             (const double[]){1, 1}, NULL);
  const double least[] = {0.0, 1.0 / 17}, most[] = {0.0, 16.0 / 17};
  finite_design *const all[] = {one, two};
  for (size_t i = 0; i < 2; i++) {
    gsl_matrix *basis;
    sample_noise_range loss;
    ck_assert_ptr_nonnull(all[i]);
    ck_assert_int_eq(sample_noise_basis(all[i]->x, &basis), GSL_SUCCESS);
    ck_assert_int_eq(sample_noise_loss_range(all[i]->x, basis, &loss), GSL_SUCCESS);
    ck_assert_double_eq_tol(loss.least, least[i], 1e-14);
    ck_assert_double_eq_tol(loss.most, most[i], 1e-14);
    gsl_matrix_free(basis);
    ck_assert_int_eq(support_check(&finite_samples_claim, "loss_between_samples", all[i]),
                     VERDICT_HOLDS);
  }
  finite_design_free(one);
  finite_design_free(two);
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

/* One sample +-s_i along each axis: the directions do not mix, and where batches of b first amplify
 * the i-th, E(1 - eta h)^2 = 1 with E h = m2, E h^2 = m4/b + (1 - 1/b) m2^2, is eta = 2 m2/E h^2.
 * Modes as close as one in 10^10, and many of them. */
START_TEST(test_threshold_of_modes_close_together) {
  enum { D_MOST = 8 };
  static const double apart[] = {1e-2, 1e-4, 5e-6, 1e-7, 1e-8, 1e-10, 0.0};
  for (size_t d = 2; d <= D_MOST; d++)
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
      for (size_t batch = 1; batch <= 4; batch *= 2) {
        gsl_matrix *x = gsl_matrix_calloc(d, d);
        double lambda[D_MOST], least = INFINITY;
        for (size_t p = 0; p < d; p++) {
          const double length = 1.0 + apart[i] * (double)(d - p), n = (double)d, b = (double)batch;
          const double m2 = length * length / n, m4 = m2 * length * length;
          gsl_matrix_set(x, p, p, length);
          lambda[p] = m2;
          least = fmin(least, 2.0 * m2 / (m4 / b + (1.0 - 1.0 / b) * m2 * m2));
        }
        law_value eta_c;
        ck_assert_int_eq(sample_noise_critical_step(x, lambda, 0.0, batch, &eta_c, NULL), 0);
        ck_assert_msg(fabs(eta_c.val - least) <= eta_c.err && eta_c.err <= 1e-10 * least,
                      "d = %zu, apart by %g, batch %zu: %.15g, not %.15g, error %g", d, apart[i],
                      batch, eta_c.val, least, eta_c.err);
        gsl_matrix_free(x);
      }
}
END_TEST

enum { SMALL_D = 3, SMALL_N = 5, MAP_SIZE = SMALL_D * SMALL_D };

/* map += weight (I - eta H) (x) (I - eta H), H of the samples s and t with equal weights. */
static void add_outcome(gsl_matrix *map, const gsl_matrix *x, size_t s, size_t t, double ridge,
                        double eta, double weight) {
  double step[SMALL_D][SMALL_D];
  for (size_t i = 0; i < SMALL_D; i++)
    for (size_t j = 0; j < SMALL_D; j++)
      step[i][j] =
          (i == j) * (1.0 - eta * ridge) - 0.5 * eta *
                                               (gsl_matrix_get(x, s, i) * gsl_matrix_get(x, s, j) +
                                                gsl_matrix_get(x, t, i) * gsl_matrix_get(x, t, j));
  for (size_t i = 0; i < MAP_SIZE; i++)
    for (size_t j = 0; j < MAP_SIZE; j++)
      *gsl_matrix_ptr(map, i, j) +=
          weight * step[i / SMALL_D][j / SMALL_D] * step[i % SMALL_D][j % SMALL_D];
}

/* The largest eigenvalue of M -> E[(I - eta H) M (I - eta H)], by going through all batches of one
 * or two. */
static double radius_by_enumeration(const gsl_matrix *x, size_t batch, double ridge, double eta) {
  gsl_matrix *map = gsl_matrix_calloc(MAP_SIZE, MAP_SIZE);
  gsl_vector *values = gsl_vector_alloc(MAP_SIZE);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(MAP_SIZE);
  for (size_t s = 0; s < SMALL_N; s++)
    for (size_t t = 0; t < SMALL_N; t++)
      if (batch == 2 || s == t)
        add_outcome(map, x, s, t, ridge, eta,
                    batch == 2 ? 1.0 / (SMALL_N * SMALL_N) : 1.0 / SMALL_N);
  gsl_eigen_symm(map, values, work);
  const double largest = gsl_vector_max(values);
  gsl_matrix_free(map);
  gsl_vector_free(values);
  gsl_eigen_symm_free(work);
  return largest;
}

/* x in the eigenbasis of x'x/n + ridge I, whose eigenvalues go to lambda. */
static gsl_matrix *in_eigenbasis(const gsl_matrix *x, double ridge, double lambda[SMALL_D]) {
  gsl_matrix *g = gsl_matrix_calloc(SMALL_D, SMALL_D),
             *vectors = gsl_matrix_alloc(SMALL_D, SMALL_D);
  gsl_matrix *features = gsl_matrix_alloc(SMALL_N, SMALL_D);
  gsl_vector_view values = gsl_vector_view_array(lambda, SMALL_D);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(SMALL_D);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0 / SMALL_N, x, x, 0.0, g);
  gsl_eigen_symmv(g, &values.vector, vectors, work);
  gsl_eigen_symmv_sort(&values.vector, vectors, GSL_EIGEN_SORT_VAL_DESC);
  gsl_vector_add_constant(&values.vector, ridge);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, x, vectors, 0.0, features);
  gsl_matrix_free(g);
  gsl_matrix_free(vectors);
  gsl_eigen_symmv_free(work);
  return features;
}

/* Skewed data in no particular basis, where the map mixes everything with everything: the whole
 * map, batch by batch, has its largest eigenvalue below 1 under eta_c and above 1 over it. */
START_TEST(test_threshold_by_enumeration) {
  gsl_rng *rng = random_alloc(17);
  for (int trial = 0; trial < 40; trial++) {
    const size_t batch = trial % 2 == 0 ? 1 : 2;
    const double ridge = trial % 4 < 2 ? 0.0 : 0.3;
    gsl_matrix *x = gsl_matrix_alloc(SMALL_N, SMALL_D);
    for (size_t i = 0; i < SMALL_N * SMALL_D; i++)
      x->data[i] = gsl_ran_exponential(rng, 1.0) - 0.5;
    double lambda[SMALL_D];
    gsl_matrix *features = in_eigenbasis(x, ridge, lambda);
    law_value eta_c;
    ck_assert_int_eq(sample_noise_critical_step(features, lambda, ridge, batch, &eta_c, NULL), 0);
    ck_assert(eta_c.err <= 1e-10 * eta_c.val);
    const double under = radius_by_enumeration(x, batch, ridge, eta_c.val - 2.0 * eta_c.err);
    const double over = radius_by_enumeration(x, batch, ridge, eta_c.val + 2.0 * eta_c.err);
    ck_assert_msg(under < 1.0 && over > 1.0, "trial %d: %.12f and %.12f at %g", trial, under, over,
                  eta_c.val);
    gsl_matrix_free(x);
    gsl_matrix_free(features);
  }
  gsl_rng_free(rng);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N2 finite_samples");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_mu_between_samples);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_threshold_of_a_gaussian_grid);
  tcase_add_test(core, test_threshold_of_modes_close_together);
  tcase_add_test(core, test_threshold_by_enumeration);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
