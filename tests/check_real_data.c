/* D1: theory/real_data, src/claims/real_data, src/model/least_squares. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "claims/real_data.h"
#include "families/regression_family.h"
#include "io/problem_file.h"
#include "model/random.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&real_data_claim);
}
END_TEST

static least_squares *digits(double ridge, size_t k) {
  gsl_matrix *samples;
  gsl_vector *labels;
  diagnostic diag = {0, ""};
  if (io_samples_read(regression_data_file(), &samples, &labels, &diag) != GSL_SUCCESS)
    ck_abort_msg("%s", diag.message);
  least_squares *p = NULL;
  const int status = least_squares_from_samples(samples, labels, ridge, k, &p, &diag);
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
  ck_assert_msg(status == GSL_SUCCESS, "%s", diag.message);
  return p;
}

/* What is known of the set: 1797 samples of 64 pixels, covariance of rank 61.  The variances of its
 * first principal components, pixels in 0..16 and divisor n - 1, are widely published. */
START_TEST(test_digits) {
  least_squares *p = digits(0.0, 0);
  ck_assert_uint_eq(p->n, 1797);
  ck_assert_uint_eq(p->columns, 64);
  ck_assert_uint_eq(p->spectrum->d, 61);
  const double known[] = {179.0069, 163.7177, 141.7884, 101.1004, 69.5132, 59.1085, 51.8845};
  for (size_t i = 0; i < 7; i++)
    ck_assert_double_eq_tol(p->spectrum->lambda[i] * 256 * 1797 / 1796, known[i], 0.5001e-4);
  least_squares_free(p);
  /* A ridge adds to every eigenvalue and keeps all 64 directions. */
  p = digits(0.001, 3);
  ck_assert_uint_eq(p->spectrum->d, 64);
  ck_assert_double_eq_tol((p->spectrum->lambda[0] - 0.001) * 256 * 1797 / 1796, known[0],
                          0.5001e-4);
  ck_assert_double_eq_tol(p->spectrum->lambda[63], 0.001, 1e-14);
  least_squares_free(p);
}
END_TEST

static double whole_loss(const least_squares *p, const gsl_vector *w) {
  gsl_vector *residual = gsl_vector_alloc(p->n);
  gsl_vector_memcpy(residual, p->y);
  gsl_blas_dgemv(CblasNoTrans, 1.0, p->x, w, -1.0, residual);
  const double norm = gsl_blas_dnrm2(residual), size = gsl_blas_dnrm2(w);
  gsl_vector_free(residual);
  return 0.5 * norm * norm / (double)p->n + 0.5 * p->ridge * size * size;
}

/* The losses that enumeration splits add up to the loss itself, evaluated from scratch at each of
 * the n outcomes. */
START_TEST(test_losses_from_scratch) {
  least_squares *p = digits(0.01, 3);
  gsl_vector *w = gsl_vector_calloc(p->columns), *next = gsl_vector_alloc(p->columns);
  gsl_rng *rng = random_alloc(7);
  const double eta = 0.1;
  for (int t = 0; t < 50; t++)
    least_squares_step(p, w, eta, 1, rng);
  least_squares_outcomes found;
  ck_assert_int_eq(least_squares_enumerate(p, w, eta, &found), GSL_SUCCESS);
  const double before = whole_loss(p, w);
  double change = 0.0;
  for (size_t s = 0; s < p->n; s++) {
    gsl_vector_const_view sample = gsl_matrix_const_row(p->x, s);
    double fitted;
    gsl_blas_ddot(&sample.vector, w, &fitted);
    gsl_vector_memcpy(next, w);
    gsl_blas_daxpy(-eta * (fitted - gsl_vector_get(p->y, s)), &sample.vector, next);
    gsl_blas_daxpy(-eta * p->ridge, w, next);
    change += whole_loss(p, next) - before;
  }
  change /= (double)p->n;
  ck_assert_double_eq_tol(found.dominant_loss + found.bulk_loss, change,
                          found.loss_error + 1e-13 * before);
  gsl_vector_free(w);
  gsl_vector_free(next);
  gsl_rng_free(rng);
  least_squares_free(p);
}
END_TEST

/* A set small enough for the hand: samples (2, 0), (-2, 0), (0, 1), (0, -1) with labels 2, -2, 1,
 * -1. Scaled by 1/2 and centred: A = diag(1/2, 1/8); labels over their deviation sqrt(5/2). */
START_TEST(test_hand_set) {
  gsl_matrix *samples = gsl_matrix_calloc(4, 2);
  gsl_vector *labels = gsl_vector_alloc(4);
  const double values[4][3] = {{2, 0, 2}, {-2, 0, -2}, {0, 1, 1}, {0, -1, -1}};
  for (size_t s = 0; s < 4; s++) {
    gsl_matrix_set(samples, s, 0, values[s][0]);
    gsl_matrix_set(samples, s, 1, values[s][1]);
    gsl_vector_set(labels, s, values[s][2]);
  }
  least_squares *p = NULL;
  diagnostic diag;
  ck_assert_int_eq(least_squares_from_samples(samples, labels, 0.0, 1, &p, &diag), GSL_SUCCESS);
  ck_assert_double_eq_tol(p->spectrum->lambda[0], 0.5, 1e-15);
  ck_assert_double_eq_tol(p->spectrum->lambda[1], 0.125, 1e-15);
  quadratic *q = least_squares_state(p, NULL, 1);
  /* r = -y/sqrt(5/2); r x: coordinates (-+2)(+-1)/sqrt(5/2) twice and 0 twice, mean -1/sqrt(5/2).
   */
  const double unit = sqrt(2.5);
  ck_assert_double_eq_tol(fabs(q->g[0]), 1 / unit, 1e-15);
  ck_assert_double_eq_tol(fabs(q->g[1]), 0.25 / unit, 1e-15);
  ck_assert_double_eq_tol(q->v[0], 1 / 2.5, 1e-15);
  ck_assert_double_eq_tol(q->v[1], 0.0625 / 2.5, 1e-15);
  /* Cov = E[h_1 h_2] - g_1 g_2 = 0 - 1/4 / 2.5, up to the signs of the eigenvectors. */
  ck_assert_double_eq_tol(fabs(gsl_matrix_get(q->covariance, 0, 1)), 0.25 / 2.5, 1e-15);
  quadratic_free(q);
  least_squares_free(p);
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
}
END_TEST

/* |U_k' g|^2 / |g|^2 with g = A w - X'y/n. */
static double dense_alignment(const least_squares *p, const gsl_vector *w, const gsl_vector *pull,
                              gsl_vector *gradient) {
  gsl_vector_memcpy(gradient, pull);
  gsl_blas_dgemv(CblasNoTrans, 1.0, p->hessian, w, -1.0, gradient);
  double dominant = 0.0, whole;
  for (size_t i = 0; i < p->spectrum->k; i++) {
    gsl_vector_const_view u = gsl_matrix_const_column(p->spectrum->basis, i);
    double part;
    gsl_blas_ddot(&u.vector, gradient, &part);
    dominant += part * part;
  }
  gsl_blas_ddot(gradient, gradient, &whole);
  return dominant / whole;
}

/* A Monte-Carlo run of mini-batches has the enumerated mean: over 2^14 draws the mean of a bounded
 * variable is within 8 standard errors but once in 10^15. */
START_TEST(test_step_is_enumerated) {
  least_squares *p = digits(0.0, 3);
  const double eta = 0.1;
  least_squares_outcomes truth;
  ck_assert_int_eq(least_squares_enumerate(p, NULL, eta, &truth), GSL_SUCCESS);
  gsl_vector *w = gsl_vector_alloc(p->columns), *gradient = gsl_vector_alloc(p->columns);
  gsl_vector *pull = gsl_vector_alloc(p->columns);
  gsl_blas_dgemv(CblasTrans, 1.0 / (double)p->n, p->x, p->y, 0.0, pull);
  gsl_rng *rng = random_alloc(11);
  const size_t draws = 1 << 14;
  double sum = 0.0, squares = 0.0;
  for (size_t n = 0; n < draws; n++) {
    gsl_vector_set_zero(w);
    least_squares_step(p, w, eta, 1, rng);
    const double alignment = dense_alignment(p, w, pull, gradient);
    sum += alignment;
    squares += alignment * alignment;
  }
  const double mean = sum / (double)draws;
  const double deviation = sqrt((squares / (double)draws - mean * mean) / (double)draws);
  ck_assert(fabs(mean - truth.true_alignment) <= 8.0 * deviation);
  ck_assert(deviation < 0.005);
  gsl_vector_free(w);
  gsl_vector_free(gradient);
  gsl_vector_free(pull);
  gsl_rng_free(rng);
  least_squares_free(p);
}
END_TEST

static void expect_refused(gsl_matrix *samples, gsl_vector *labels, double ridge, size_t k,
                           int code, const char *words) {
  least_squares *p = NULL;
  diagnostic diag = {0, ""};
  ck_assert_int_eq(least_squares_from_samples(samples, labels, ridge, k, &p, &diag), code);
  ck_assert_ptr_null(p);
  ck_assert_msg(strstr(diag.message, words) != NULL, "'%s' lacks '%s'", diag.message, words);
}

START_TEST(test_refusals) {
  gsl_matrix *samples = gsl_matrix_calloc(3, 2);
  gsl_vector *labels = gsl_vector_calloc(3);
  expect_refused(samples, labels, 0.0, 0, GSL_EDOM, "every feature");
  gsl_matrix_set(samples, 0, 0, 1);
  gsl_matrix_set(samples, 1, 1, 2);
  expect_refused(samples, labels, 0.0, 0, GSL_EDOM, "every label is 0");
  gsl_vector_set(labels, 0, 1);
  expect_refused(samples, labels, -1.0, 0, GSL_EDOM, "ridge is -1");
  expect_refused(samples, labels, 0.0, 2, GSL_EINVAL, "k = 2 is not in 1..d-1");
  gsl_matrix_set(samples, 2, 1, NAN);
  expect_refused(samples, labels, 0.0, 0, GSL_EDOM, "feature 2 of sample 3 is nan");
  gsl_matrix_set(samples, 2, 1, 0);
  gsl_vector_set(labels, 2, INFINITY);
  expect_refused(samples, labels, 0.0, 0, GSL_EDOM, "label of sample 3 is inf");
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("D1 real_data");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_digits);
  tcase_add_test(core, test_losses_from_scratch);
  tcase_add_test(core, test_hand_set);
  tcase_add_test(core, test_step_is_enumerated);
  tcase_add_test(core, test_refusals);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
