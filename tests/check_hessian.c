#include "config.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <check.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <jansson.h>
#include "exact/dense_step.h"
#include "families/quadratic_family.h"
#include "laws/alignment_law.h"
#include "model/hessian.h"
#include "model/random.h"
#include "model/rounding.h"
#include "scratch.h"
#include "support.h"

enum { PATH_LENGTH = SCRATCH_PATH_LENGTH + 64, D = 6 };

/* --- a state, and the same in a random basis -------------------------------------------------- */

static const double lambda[D] = {32, 16, 8, 4, 2, 1};
static const double gradient[D] = {1, -0.5, 0.25, 2, -1, 0.5};
static const double variance[D] = {2, 1, 0.5, 1, 0.25, 4};

/* The least distance of two eigenvalues is 1 and |A|_F = sqrt(1365) < 37, so that 8 d u |A|_F <
 * 2e-13 is both the error of an eigenvalue and, by Davis and Kahan, that of an eigenvector.  A
 * result is a quotient of sums of at most 3 factors g, lambda, v, each moved by some of these; the
 * differences that it takes (Delta, mean gaps) lose less than a factor 16 here.  That is 2 * 16 * 9
 * of them. */
#define BOUND (288.0 * 8.0 * D * ROUNDING_UNIT * 37.0)

static gsl_matrix *zeros(size_t n) {
  gsl_matrix *m = gsl_matrix_calloc(n, n);
  ck_assert_ptr_nonnull(m);
  return m;
}

/* Orthogonal: the Q of a matrix of uniform entries. */
static gsl_matrix *random_basis(uint32_t seed, size_t n) {
  gsl_rng *rng = random_alloc(seed);
  gsl_matrix *a = zeros(n), *q = zeros(n), *r = zeros(n);
  gsl_vector *tau = gsl_vector_alloc(n);
  ck_assert(rng != NULL && tau != NULL);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      gsl_matrix_set(a, i, j, random_uniform(rng, -1.0, 1.0));
  ck_assert_int_eq(gsl_linalg_QR_decomp(a, tau), GSL_SUCCESS);
  ck_assert_int_eq(gsl_linalg_QR_unpack(a, tau, q, r), GSL_SUCCESS);
  gsl_matrix_free(a);
  gsl_matrix_free(r);
  gsl_vector_free(tau);
  gsl_rng_free(rng);
  return q;
}

/* Q M Q', as it comes: symmetric up to rounding where M is symmetric. */
static gsl_matrix *conjugate(const gsl_matrix *q, const gsl_matrix *m) {
  gsl_matrix *half = zeros(m->size1), *whole = zeros(m->size1);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, q, m, 0.0, half);
  gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, half, q, 0.0, whole);
  gsl_matrix_free(half);
  return whole;
}

static gsl_matrix *conjugate_diagonal(const gsl_matrix *q, const double *values) {
  gsl_matrix *m = zeros(q->size1);
  for (size_t i = 0; i < q->size1; i++)
    gsl_matrix_set(m, i, i, values[i]);
  gsl_matrix *out = conjugate(q, m);
  gsl_matrix_free(m);
  return out;
}

static gsl_vector *rotate(const gsl_matrix *q, const double *x) {
  gsl_vector_const_view view = gsl_vector_const_view_array(x, q->size1);
  gsl_vector *out = gsl_vector_alloc(q->size1);
  ck_assert_ptr_nonnull(out);
  gsl_blas_dgemv(CblasNoTrans, 1.0, q, &view.vector, 0.0, out);
  return out;
}

/* --- symmetry -------------------------------------------------------------------------------- */

START_TEST(an_ulp_is_rounding) {
  gsl_matrix *q = random_basis(1, 3), *a = conjugate_diagonal(q, (const double[]){3, 2, 1});
  gsl_matrix_free(q);
  diagnostic diag = {GSL_SUCCESS, ""};
  asymmetry found;
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < i; j++)
      gsl_matrix_set(a, i, j, gsl_matrix_get(a, j, i));
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_SUCCESS);
  ck_assert_double_eq(found.worst, 0.0);
  const double x = gsl_matrix_get(a, 0, 2), up = nextafter(x, INFINITY);
  gsl_matrix_set(a, 2, 0, up);
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_SUCCESS);
  ck_assert_double_eq(found.worst, up - x);
  ck_assert_uint_eq(found.row, 0);
  ck_assert_uint_eq(found.column, 2);
  ck_assert_double_eq(gsl_matrix_get(a, 0, 2), gsl_matrix_get(a, 2, 0));
  ck_assert(gsl_matrix_get(a, 0, 2) == x || gsl_matrix_get(a, 0, 2) == up);
  gsl_matrix_free(a);
}
END_TEST

/* The bound is 8 d unit max|a|: at it accepted, just above it refused, in both precisions. */
START_TEST(asymmetry_has_a_bound) {
  const double units[] = {0x1p-53, 0x1p-24};
  for (size_t i = 0; i < 2; i++) {
    const double allowed = 8.0 * 2.0 * units[i] * 4.0;
    gsl_matrix *a = zeros(2);
    diagnostic diag = {GSL_SUCCESS, ""};
    asymmetry found;
    gsl_matrix_set_identity(a);
    gsl_matrix_set(a, 0, 0, -4.0);
    gsl_matrix_set(a, 0, 1, allowed);
    ck_assert_msg(hessian_symmetrise(a, units[i], &found, &diag) == GSL_SUCCESS, "%s",
                  diag.message);
    ck_assert_double_eq(found.allowed, allowed);
    ck_assert_double_eq(gsl_matrix_get(a, 1, 0), 0.5 * allowed);
    const double above = nextafter(allowed, INFINITY);
    gsl_matrix_set(a, 0, 1, above);
    gsl_matrix_set(a, 1, 0, 0.0);
    ck_assert_int_eq(hessian_symmetrise(a, units[i], &found, &diag), GSL_EDOM);
    ck_assert_double_eq(gsl_matrix_get(a, 0, 1), above); /* as it was */
    gsl_matrix_free(a);
  }
}
END_TEST

START_TEST(worst_entry_is_named) {
  gsl_matrix *a = zeros(3);
  diagnostic diag = {GSL_SUCCESS, ""};
  asymmetry found;
  gsl_matrix_set_identity(a);
  gsl_matrix_set(a, 0, 1, 1e-7);
  gsl_matrix_set(a, 1, 2, 0.5);
  gsl_matrix_set(a, 2, 1, 0.5 + 0x1p-20);
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "not symmetric: entry (2, 3) is 0.5 but (3, 2) is "
                                             "0.50000095367431641, and rounding explains"));
  gsl_matrix_set(a, 2, 0, NAN);
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_EDOM);
  ck_assert_str_eq(diag.message, "entry (3, 1) is nan: not finite");
  gsl_matrix_free(a);
  a = gsl_matrix_calloc(2, 3);
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_ENOTSQR);
  ck_assert_str_eq(diag.message, "2 x 3: not square");
  gsl_matrix_free(a);
}
END_TEST

/* Of two that differ as much, the first. */
START_TEST(first_of_the_worst_is_named) {
  gsl_matrix *a = zeros(3);
  diagnostic diag = {GSL_SUCCESS, ""};
  asymmetry found;
  gsl_matrix_set_identity(a);
  gsl_matrix_set(a, 0, 2, 0x1p-53);
  gsl_matrix_set(a, 2, 1, 0x1p-53);
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_SUCCESS);
  ck_assert(found.worst == 0x1p-53 && found.row == 0 && found.column == 2);
  ck_assert(gsl_matrix_get(a, 2, 0) == 0x1p-54 && gsl_matrix_get(a, 1, 2) == 0x1p-54);
  gsl_matrix_free(a);
}
END_TEST

/* diag(2, 1): its own basis, dominant first. */
static spectrum *spectrum_of_two(void) {
  gsl_matrix *a = zeros(2);
  spectrum *s = NULL;
  diagnostic diag = {GSL_SUCCESS, ""};
  eigen_accuracy accuracy;
  gsl_matrix_set(a, 0, 0, 2.0);
  gsl_matrix_set(a, 1, 1, 1.0);
  ck_assert_int_eq(hessian_spectrum(a, 0.0, 1, &s, &accuracy, &diag), GSL_SUCCESS);
  gsl_matrix_free(a);
  return s;
}

/* diag(1, x): the eigenvalue x is told from 0 above 8 * 2 u |A|_F = 16 u, to the bit. */
START_TEST(definite_above_the_error) {
  for (int side = 0; side < 2; side++) {
    gsl_matrix *a = zeros(2);
    spectrum *s = NULL;
    diagnostic diag = {GSL_SUCCESS, ""};
    eigen_accuracy accuracy;
    gsl_matrix_set(a, 0, 0, 1.0);
    gsl_matrix_set(a, 1, 1, side ? nextafter(0x1p-49, 1.0) : 0x1p-49);
    ck_assert_int_eq(hessian_spectrum(a, 0.0, 1, &s, &accuracy, &diag),
                     side ? GSL_SUCCESS : GSL_EDOM);
    spectrum_free(s);
    gsl_matrix_free(a);
  }
}
END_TEST

/* A coordinate below the domain is 0 where the rounding of the turn, 2 u |g|, explains it; in
 * either place. */
START_TEST(tiny_gradients_settle) {
  const double error = 2.0 * 0x1p-53 * 0x1p-116;
  const struct {
    double large, small, expected;
    int code;
  } cases[] = {{0x1p-116, error, 0.0, GSL_SUCCESS},
               {0x1p-116, nextafter(error, 1.0), 0.0, GSL_EDOM},
               {1.0, nextafter(QUADRATIC_GRADIENT_MIN, 0.0), 0.0, GSL_SUCCESS},
               {1.0, QUADRATIC_GRADIENT_MIN, QUADRATIC_GRADIENT_MIN, GSL_SUCCESS},
               {1.0, 0x1p-60, 0x1p-60, GSL_SUCCESS}};
  spectrum *s = spectrum_of_two();
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
    for (size_t place = 0; place < 2; place++) {
      gsl_vector *g = gsl_vector_alloc(2);
      quadratic *q = NULL;
      diagnostic diag = {GSL_SUCCESS, ""};
      gsl_vector_set(g, place, cases[c].small);
      gsl_vector_set(g, 1 - place, cases[c].large);
      ck_assert_int_eq(hessian_state(s, g, &q, &diag), cases[c].code);
      if (q != NULL)
        ck_assert(fabs(q->g[place]) == cases[c].expected &&
                  fabs(q->g[1 - place]) == cases[c].large);
      quadratic_free(q);
      gsl_vector_free(g);
    }
  spectrum_free(s);
}
END_TEST

/* Likewise a variance, where 2 d u |(v_1, v_2)| = 2^-51 2^-292 explains it. */
START_TEST(tiny_variances_settle) {
  const double large = 0x1p-292, error = 4.0 * 0x1p-53 * large;
  spectrum *s = spectrum_of_two();
  for (size_t place = 0; place < 2; place++)
    for (int side = 0; side < 2; side++) {
      gsl_vector *g = gsl_vector_alloc(2), *v = gsl_vector_alloc(2);
      quadratic *q = NULL;
      diagnostic diag = {GSL_SUCCESS, ""};
      double least;
      gsl_vector_set_all(g, 1.0);
      ck_assert_int_eq(hessian_state(s, g, &q, &diag), GSL_SUCCESS);
      /* Squares of 5 and of 4, whose roots are exact: 0.78 of the error, and twice the error. */
      gsl_vector_set(v, place, side ? 2.0 * error : 0.5 * 25.0 / 16.0 * error);
      gsl_vector_set(v, 1 - place, large);
      const hessian_noise noise = {.variances = v, .unit = ROUNDING_UNIT};
      ck_assert_int_eq(hessian_add_noise(s, &noise, 2, q, &least, &diag),
                       side ? GSL_EDOM : GSL_SUCCESS);
      if (side == 0)
        ck_assert(q->v[place] == 0.0 && q->v[1 - place] == large);
      quadratic_free(q);
      gsl_vector_free(g);
      gsl_vector_free(v);
    }
  spectrum_free(s);
}
END_TEST

/* diag(1, -x) is a covariance up to x = 8 d unit |S|_F = 16 unit; no rectangle is one. */
START_TEST(negative_variance_has_a_bound) {
  const double units[] = {0x1p-53, 0x1p-24};
  spectrum *s = spectrum_of_two();
  gsl_vector *g = gsl_vector_alloc(2);
  gsl_vector_set_all(g, 1.0);
  for (size_t i = 0; i < 4; i++) {
    const double unit = units[i / 2], size = i / 2 == 0 ? 1.0 : sqrt(1.0 + 0x1p-40);
    gsl_matrix *covariance = zeros(2);
    quadratic *q = NULL;
    diagnostic diag = {GSL_SUCCESS, ""};
    double least;
    ck_assert_int_eq(hessian_state(s, g, &q, &diag), GSL_SUCCESS);
    gsl_matrix_set(covariance, 0, 0, 1.0);
    const double edge = 16.0 * unit * size;
    gsl_matrix_set(covariance, 1, 1, i % 2 == 0 ? -edge : -edge * (1.0 + 0x1p-20));
    const hessian_noise noise = {.covariance = covariance, .unit = unit};
    ck_assert_int_eq(hessian_add_noise(s, &noise, 2, q, &least, &diag),
                     i % 2 == 0 ? GSL_SUCCESS : GSL_EDOM);
    quadratic_free(q);
    gsl_matrix_free(covariance);
  }
  for (size_t tall = 0; tall < 2; tall++) {
    gsl_matrix *covariance = gsl_matrix_calloc(2 + tall, 3 - tall);
    quadratic *q = NULL;
    diagnostic diag = {GSL_SUCCESS, ""};
    double least;
    ck_assert_int_eq(hessian_state(s, g, &q, &diag), GSL_SUCCESS);
    const hessian_noise noise = {.covariance = covariance, .unit = ROUNDING_UNIT};
    ck_assert_int_eq(hessian_add_noise(s, &noise, 2, q, &least, &diag), GSL_EBADLEN);
    quadratic_free(q);
    gsl_matrix_free(covariance);
  }
  gsl_vector_free(g);
  spectrum_free(s);
}
END_TEST

/* Each variance in its own place, where the basis is the given one. */
START_TEST(variances_stay_where_they_are) {
  spectrum *s = spectrum_of_two();
  gsl_vector *g = gsl_vector_alloc(2), *v = gsl_vector_alloc(2);
  quadratic *q = NULL;
  diagnostic diag = {GSL_SUCCESS, ""};
  double least;
  gsl_vector_set_all(g, 1.0);
  gsl_vector_set(v, 0, 4.0);
  gsl_vector_set(v, 1, 9.0);
  ck_assert_int_eq(hessian_state(s, g, &q, &diag), GSL_SUCCESS);
  const hessian_noise noise = {.variances = v, .unit = ROUNDING_UNIT};
  ck_assert_int_eq(hessian_add_noise(s, &noise, 2, q, &least, &diag), GSL_SUCCESS);
  ck_assert(q->v[0] == 4.0 && q->v[1] == 9.0);
  ck_assert(gsl_matrix_get(q->covariance, 0, 0) == 4.0 &&
            gsl_matrix_get(q->covariance, 0, 1) == 0.0);
  quadratic_free(q);
  gsl_vector_free(g);
  gsl_vector_free(v);
  spectrum_free(s);
}
END_TEST

/* --- decomposition --------------------------------------------------------------------------- */

/* [[5.5, 4.5], [4.5, 5.5]] has the eigenvalues 10 and 1; [[1, 2], [2, 1]] has 3 and -1. */
START_TEST(spectrum_by_hand) {
  gsl_matrix *a = zeros(2);
  diagnostic diag = {GSL_SUCCESS, ""};
  spectrum *s = NULL;
  eigen_accuracy accuracy;
  gsl_matrix_set_all(a, 4.5);
  gsl_matrix_set(a, 0, 0, 5.5);
  gsl_matrix_set(a, 1, 1, 5.5);
  ck_assert_msg(hessian_spectrum(a, 0.0, 0, &s, &accuracy, &diag) == GSL_SUCCESS, "%s",
                diag.message);
  ck_assert_double_le(fabs(s->lambda[0] - 10.0), s->lambda_error);
  ck_assert_double_le(fabs(s->lambda[1] - 1.0), s->lambda_error);
  ck_assert_uint_eq(s->k, 1);
  ck_assert_double_le(accuracy.residual, 8.0 * 2.0 * ROUNDING_UNIT);
  ck_assert_double_le(accuracy.orthogonality, 8.0 * 4.0 * ROUNDING_UNIT);
  spectrum_free(s);
  s = NULL;
  gsl_matrix_set_all(a, 2.0);
  gsl_matrix_set(a, 0, 0, 1.0);
  gsl_matrix_set(a, 1, 1, 1.0);
  ck_assert_int_eq(hessian_spectrum(a, 0.0, 0, &s, &accuracy, &diag), GSL_EDOM);
  ck_assert_msg(
      strncmp(diag.message, "not positive definite: the least of 2 eigenvalues is -", 54) == 0,
      "%s", diag.message);
  ck_assert_ptr_nonnull(strstr(diag.message, "'--damping R' adds R times the identity"));
  ck_assert_int_eq(hessian_spectrum(a, 0.5, 0, &s, &accuracy, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "not positive definite even with the damping"));
  ck_assert_ptr_null(s);
  /* The damping that the message asks for does. */
  const char *asked = strstr(diag.message, "R above ");
  ck_assert_ptr_nonnull(asked);
  const double damping = strtod(asked + strlen("R above "), NULL);
  ck_assert_double_ge(damping, 1.0);
  ck_assert_double_le(damping, 1.0001);
  ck_assert_msg(hessian_spectrum(a, nextafter(damping, 2.0), 0, &s, &accuracy, &diag) ==
                    GSL_SUCCESS,
                "%s", diag.message);
  spectrum_free(s);
  s = NULL;
  ck_assert_int_eq(hessian_spectrum(a, 2.0, 0, &s, &accuracy, &diag), GSL_SUCCESS);
  ck_assert_double_le(fabs(s->lambda[0] - 5.0), s->lambda_error);
  ck_assert_double_le(fabs(s->lambda[1] - 1.0), s->lambda_error);
  spectrum_free(s);
  gsl_matrix_free(a);
}
END_TEST

/* Planted: a basis or an eigenvalue that is a little off shows in the numbers that are reported. */
START_TEST(accuracy_sees_a_planted_error) {
  gsl_matrix *q = random_basis(5, D), *a = conjugate_diagonal(q, lambda);
  diagnostic diag = {GSL_SUCCESS, ""};
  spectrum *s = NULL;
  eigen_accuracy accuracy;
  asymmetry found;
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_SUCCESS);
  ck_assert_int_eq(hessian_spectrum(a, 0.0, 0, &s, &accuracy, &diag), GSL_SUCCESS);
  ck_assert_double_le(accuracy.residual, 8.0 * D * ROUNDING_UNIT);
  s->lambda[2] += 1e-9;
  ck_assert_int_eq(hessian_measure(a, 0.0, s, &accuracy, &diag), GSL_SUCCESS);
  ck_assert_double_le(fabs(accuracy.residual - 1e-9 / sqrt(1365.0)), 1e-13);
  s->lambda[2] -= 1e-9;
  for (size_t i = 0; i < D; i++)
    *gsl_matrix_ptr(s->basis, i, 0) *= 1.0 + 1e-9;
  ck_assert_int_eq(hessian_measure(a, 0.0, s, &accuracy, &diag), GSL_SUCCESS);
  ck_assert_double_le(fabs(accuracy.orthogonality - 2e-9), 1e-13);
  spectrum_free(s);
  gsl_matrix_free(a);
  gsl_matrix_free(q);
}
END_TEST

/* --- noise ----------------------------------------------------------------------------------- */

static spectrum *spectrum_in(const gsl_matrix *q) {
  gsl_matrix *a = conjugate_diagonal(q, lambda);
  diagnostic diag = {GSL_SUCCESS, ""};
  spectrum *s = NULL;
  eigen_accuracy accuracy;
  asymmetry found;
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_SUCCESS);
  ck_assert_msg(hessian_spectrum(a, 0.0, 2, &s, &accuracy, &diag) == GSL_SUCCESS, "%s",
                diag.message);
  gsl_matrix_free(a);
  return s;
}

/* A full covariance, given in the eigenbasis and in a random one: the same exact law. */
START_TEST(covariance_survives_the_rotation) {
  gsl_matrix *q = random_basis(7, D), *inside = zeros(D);
  diagnostic diag = {GSL_SUCCESS, ""};
  for (size_t i = 0; i < D; i++)
    for (size_t j = 0; j < D; j++) /* an exponential kernel: positive definite */
      gsl_matrix_set(inside, i, j,
                     sqrt(variance[i] * variance[j]) * pow(0.5, fabs((double)i - (double)j)));
  for (size_t i = 0; i < D; i++)
    for (size_t j = 0; j < i; j++)
      gsl_matrix_set(inside, j, i, gsl_matrix_get(inside, i, j));
  quadratic *direct = quadratic_literal(D, 2, lambda, gradient, variance, 0.03);
  ck_assert_ptr_nonnull(direct);
  for (size_t i = 0; i < D; i++)
    direct->v[i] = gsl_matrix_get(inside, i, i);
  direct->covariance = inside;
  gsl_matrix *outside = conjugate(q, inside);
  gsl_vector *g = rotate(q, gradient);
  spectrum *s = spectrum_in(q);
  quadratic *rotated = NULL;
  asymmetry found;
  double least;
  ck_assert_int_eq(hessian_symmetrise(outside, ROUNDING_UNIT, &found, &diag), GSL_SUCCESS);
  const hessian_noise noise = {.covariance = outside, .unit = ROUNDING_UNIT};
  ck_assert_msg(hessian_state(s, g, &rotated, &diag) == GSL_SUCCESS, "%s", diag.message);
  ck_assert_msg(hessian_add_noise(s, &noise, D, rotated, &least, &diag) == GSL_SUCCESS, "%s",
                diag.message);
  ck_assert_double_gt(least, 0.0);
  for (size_t i = 0; i < D; i++)
    ck_assert_double_le(fabs(rotated->v[i] - direct->v[i]), BOUND);
  rotated->eta = direct->eta;
  for (int which = 0; which < 2; which++) {
    alignment_law *a = NULL, *b = NULL;
    law_value x, y;
    ck_assert_int_eq(which == 0 ? alignment_law_after_step(direct, 0.03, &a, &diag)
                                : alignment_law_stationary(direct, &a, &diag),
                     GSL_SUCCESS);
    ck_assert_int_eq(which == 0 ? alignment_law_after_step(rotated, 0.03, &b, &diag)
                                : alignment_law_stationary(rotated, &b, &diag),
                     GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_mean(a, &x), GSL_SUCCESS);
    ck_assert_int_eq(alignment_law_mean(b, &y), GSL_SUCCESS);
    ck_assert_msg(fabs(x.val - y.val) <= x.err + y.err + BOUND, "%.17g, not %.17g", y.val, x.val);
    alignment_law_free(a);
    alignment_law_free(b);
  }
  quadratic_free(direct);
  quadratic_free(rotated);
  spectrum_free(s);
  gsl_vector_free(g);
  gsl_matrix_free(outside);
  gsl_matrix_free(q);
}
END_TEST

/* Rank one, its other eigenvalues at rounding's mercy; isotropic; refused. */
START_TEST(noise_of_every_kind) {
  gsl_matrix *q = random_basis(9, D), *s_matrix = zeros(D);
  gsl_vector *g = rotate(q, gradient), *diagonal = gsl_vector_alloc(D);
  spectrum *s = spectrum_in(q);
  diagnostic diag = {GSL_SUCCESS, ""};
  quadratic *state = NULL;
  double least;
  ck_assert_int_eq(hessian_state(s, g, &state, &diag), GSL_SUCCESS);
  /* S = g g': v_i = gradient_i^2. */
  gsl_blas_dsyr(CblasUpper, 1.0, g, s_matrix);
  gsl_blas_dsyr(CblasLower, 1.0, g, s_matrix);
  for (size_t i = 0; i < D; i++)
    gsl_matrix_set(s_matrix, i, i, gsl_vector_get(g, i) * gsl_vector_get(g, i));
  const hessian_noise rank_one = {.covariance = s_matrix, .unit = ROUNDING_UNIT};
  ck_assert_msg(hessian_add_noise(s, &rank_one, 0, state, &least, &diag) == GSL_SUCCESS, "%s",
                diag.message);
  ck_assert_ptr_null(state->covariance); /* more than the directions allowed */
  for (size_t i = 0; i < D; i++)
    ck_assert_double_le(fabs(state->v[i] - gradient[i] * gradient[i]), BOUND);
  const double isotropic = 0.75;
  const hessian_noise round = {.variance = &isotropic, .unit = ROUNDING_UNIT};
  ck_assert_int_eq(hessian_add_noise(s, &round, D, state, &least, &diag), GSL_SUCCESS);
  for (size_t i = 0; i < D; i++)
    ck_assert_double_eq(state->v[i], 0.75);
  const double negative = -1.0;
  const hessian_noise below = {.variance = &negative, .unit = ROUNDING_UNIT};
  ck_assert_int_eq(hessian_add_noise(s, &below, D, state, &least, &diag), GSL_EDOM);
  /* Its trace is the sum of the v_i. */
  gsl_vector_set_basis(diagonal, 3);
  const hessian_noise single = {.variances = diagonal, .unit = ROUNDING_UNIT};
  ck_assert_int_eq(hessian_add_noise(s, &single, 0, state, &least, &diag), GSL_SUCCESS);
  double trace = 0.0;
  for (size_t i = 0; i < D; i++) {
    const double u = gsl_matrix_get(s->basis, 3, i);
    ck_assert_double_le(fabs(state->v[i] - u * u), 4.0 * D * ROUNDING_UNIT);
    trace += state->v[i];
  }
  ck_assert_double_le(fabs(trace - 1.0), 64.0 * D * ROUNDING_UNIT);
  gsl_vector_set(diagonal, 1, -0.5);
  ck_assert_int_eq(hessian_add_noise(s, &single, 0, state, &least, &diag), GSL_EDOM);
  ck_assert_str_eq(diag.message, "variance 2 is -0.5: not finite and at least 0");
  for (size_t i = 0; i < D; i++)
    *gsl_matrix_ptr(s_matrix, i, i) -= 1e-6;
  ck_assert_int_eq(hessian_add_noise(s, &rank_one, 0, state, &least, &diag), GSL_EDOM);
  ck_assert_ptr_nonnull(strstr(diag.message, "the noise covariance has the eigenvalue -1.0"));
  /* What doubles cannot explain, single precision can. */
  const hessian_noise stored = {.covariance = s_matrix, .unit = 0x1p-24};
  ck_assert_int_eq(hessian_add_noise(s, &stored, 0, state, &least, &diag), GSL_SUCCESS);
  ck_assert_double_le(fabs(least + 1e-6), 1e-12);
  gsl_vector_view part = gsl_vector_subvector(g, 0, D - 1);
  quadratic *none = NULL;
  ck_assert_int_eq(hessian_state(s, &part.vector, &none, &diag), GSL_EBADLEN);
  ck_assert_str_eq(diag.message, "the gradient has 5 coordinates, the Hessian is 6 x 6");
  const hessian_noise short_noise = {.variances = &part.vector, .unit = ROUNDING_UNIT};
  ck_assert_int_eq(hessian_add_noise(s, &short_noise, 0, state, &least, &diag), GSL_EBADLEN);
  gsl_matrix_view corner = gsl_matrix_submatrix(s_matrix, 0, 0, 2, 3);
  const hessian_noise small = {.covariance = &corner.matrix, .unit = ROUNDING_UNIT};
  ck_assert_int_eq(hessian_add_noise(s, &small, 0, state, &least, &diag), GSL_EBADLEN);
  ck_assert_ptr_null(none);
  quadratic_free(state);
  spectrum_free(s);
  gsl_vector_free(g);
  gsl_vector_free(diagonal);
  gsl_matrix_free(s_matrix);
  gsl_matrix_free(q);
}
END_TEST

/* A known state, turned into a random basis and back: eigenvalues by Weyl, |g_i| where the
 * eigenvalue is apart from the others by far more than the rounding of the turn, the noise's
 * variances likewise. */
START_TEST(state_comes_back) {
  quadratic *q =
      quadratic_literal(5, 2, (const double[]){50, 20, 3, 2, 1}, (const double[]){1, -2, 3, 5, -7},
                        (const double[]){11, 13, 17, 19, 23}, 0.0);
  dense_quadratic *dense = dense_quadratic_alloc(q, (uint32_t)_i + 1);
  gsl_vector *g = gsl_vector_alloc(5);
  ck_assert(dense != NULL && g != NULL);
  gsl_blas_dsymv(CblasLower, 1.0, dense->hessian, dense->x, 0.0, g);
  asymmetry found;
  diagnostic diag;
  spectrum *s = NULL;
  eigen_accuracy accuracy;
  quadratic *back = NULL;
  double least;
  ck_assert_int_eq(hessian_symmetrise(dense->hessian, ROUNDING_UNIT, &found, &diag), GSL_SUCCESS);
  ck_assert_int_eq(hessian_symmetrise(dense->covariance, ROUNDING_UNIT, &found, &diag),
                   GSL_SUCCESS);
  ck_assert_int_eq(hessian_spectrum(dense->hessian, 0.0, 2, &s, &accuracy, &diag), GSL_SUCCESS);
  ck_assert_int_eq(hessian_state(s, g, &back, &diag), GSL_SUCCESS);
  const hessian_noise noise = {.covariance = dense->covariance, .unit = ROUNDING_UNIT};
  ck_assert_int_eq(hessian_add_noise(s, &noise, 100, back, &least, &diag), GSL_SUCCESS);
  /* An eigenvector turns by the matrix's error over the least gap, 1. */
  const double error = dense->unit * 50 * sqrt(5.0);
  ck_assert(error < 1e-10);
  for (size_t i = 0; i < 5; i++) {
    ck_assert_double_eq_tol(back->lambda[i], q->lambda[i], error);
    ck_assert_double_eq_tol(fabs(back->g[i]), fabs(q->g[i]), 100 * error);
    ck_assert_double_eq_tol(back->v[i], q->v[i], 100 * error);
  }
  ck_assert_ptr_nonnull(back->covariance);
  quadratic_free(back);
  quadratic_free(q);
  spectrum_free(s);
  gsl_vector_free(g);
  dense_quadratic_free(dense);
}
END_TEST

/* --- the program ----------------------------------------------------------------------------- */

/* The file of that name: .npy of big-endian doubles in C order. */
static void write_npy(const scratch *s, const char *name, const double *x, size_t rows,
                      size_t columns) {
  char path[PATH_LENGTH], header[96];
  unsigned char bytes[4096] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  const int length =
      snprintf(header, sizeof header,
               "{'descr': '>f8', 'fortran_order': False, 'shape': (%zu, %zu), }\n", rows, columns);
  size_t at = 8;
  bytes[at++] = (unsigned char)length;
  bytes[at++] = 0;
  memcpy(bytes + at, header, (size_t)length);
  at += (size_t)length;
  for (size_t i = 0; i < rows * columns; i++) {
    uint64_t bits;
    memcpy(&bits, &x[i], sizeof bits);
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes[at++] = (unsigned char)(bits >> shift);
  }
  scratch_path(s, name, path);
  scratch_write(path, (const char *)bytes, at);
}

/* By columns, as Matrix Market has it. */
static void write_market(const scratch *s, const char *name, const gsl_matrix *m) {
  char path[PATH_LENGTH];
  scratch_path(s, name, path);
  FILE *stream = fopen(path, "w");
  ck_assert_ptr_nonnull(stream);
  fprintf(stream, "%%%%MatrixMarket matrix array real general\n%zu %zu\n", m->size1, m->size2);
  for (size_t j = 0; j < m->size2; j++)
    for (size_t i = 0; i < m->size1; i++)
      fprintf(stream, "%a\n", gsl_matrix_get(m, i, j));
  ck_assert_int_eq(fclose(stream), 0);
}

static json_t *analyze(const scratch *s, const char *arguments) {
  char command[2048], path[PATH_LENGTH];
  scratch_path(s, "out.json", path);
  snprintf(command, sizeof command, "cd '%s' && '%s' analyze --json %s >out.json", s->folder,
           getenv("SUSPALIGN"), arguments);
  const int status = system(command);
  ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", arguments);
  json_t *object = json_load_file(path, 0, NULL);
  ck_assert_ptr_nonnull(object);
  unlink(path);
  return object;
}

/* Every number of the one is in the other, to a relative bound; quantiles to what they promise. */
static void assert_same(const json_t *expected, const json_t *found) {
  size_t numbers = 0;
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)expected, key, value) {
    const json_t *other = json_object_get(found, key);
    ck_assert_msg(other != NULL && json_typeof(other) == json_typeof(value), "%s", key);
    if (!json_is_number(value))
      continue;
    const double x = json_number_value(value), y = json_number_value(other);
    const double bound = key[0] == 'q' ? 1e-6 : BOUND;
    ck_assert_msg(fabs(x - y) <= bound * fmax(1.0, fabs(x)), "%s is %.17g, not %.17g", key, y, x);
    numbers++;
  }
  ck_assert_uint_ge(numbers, 15);
  ck_assert_str_eq(json_string_value(json_object_get(expected, "regime")),
                   json_string_value(json_object_get(found, "regime")));
}

/* The oracle: the spectrum in its own basis, by the CSV of old; H, g and S in a random basis. */
START_TEST(any_basis_gives_the_same_analysis) {
  scratch s;
  char path[PATH_LENGTH];
  scratch_make(&s);
  scratch_path(&s, "state.csv", path);
  FILE *stream = fopen(path, "w");
  ck_assert_ptr_nonnull(stream);
  fputs("lambda,g,v\n", stream);
  for (size_t i = 0; i < D; i++)
    fprintf(stream, "%a,%a,%a\n", lambda[i], gradient[i], variance[i]);
  ck_assert_int_eq(fclose(stream), 0);
  json_t *expected = analyze(&s, "--k 2 --eta 0.03 state.csv");
  for (uint32_t seed = 1; seed <= 4; seed++) {
    gsl_matrix *q = random_basis(seed, D), *h = conjugate_diagonal(q, lambda);
    gsl_matrix *noise = conjugate_diagonal(q, variance);
    gsl_vector *g = rotate(q, gradient);
    write_market(&s, "H.mtx", h);
    write_npy(&s, "H.npy", h->data, D, D);
    write_npy(&s, "g.npy", g->data, D, 1);
    write_npy(&s, "S", noise->data, D, D);
    json_t *found = analyze(
        &s, seed % 2 == 0 ? "--k 2 --eta 0.03 --hessian H.mtx --gradient g.npy --covariance S"
                          : "--k 2 --eta 0.03 --hessian H.npy --gradient g.npy --covariance S");
    assert_same(expected, found);
    const json_t *read = json_object_get(found, "hessian");
    ck_assert_double_le(json_number_value(json_object_get(read, "residual")),
                        8.0 * D * ROUNDING_UNIT);
    json_decref(found);
    gsl_matrix_free(q);
    gsl_matrix_free(h);
    gsl_matrix_free(noise);
    gsl_vector_free(g);
  }
  json_decref(expected);
  scratch_remove(&s);
}
END_TEST

/* Without a gradient: what the spectrum says.  lambda = (10, 1). */
START_TEST(spectrum_alone_says_what_it_can) {
  scratch s;
  scratch_make(&s);
  write_npy(&s, "H.npy", (const double[]){5.5, 4.5, 4.5, 5.5}, 2, 2);
  json_t *found = analyze(&s, "--hessian H.npy");
  static const struct {
    const char *key;
    double value;
  } facts[] = {{"d", 2},
               {"k", 1},
               {"gap_ratio", 10},
               {"condition_number", 10},
               {"eta_stable", 0.2},
               {"eta_two_phases", 2.0 / 11.0}};
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
    const double x = json_number_value(json_object_get(found, facts[i].key));
    ck_assert_msg(fabs(x - facts[i].value) <= 64.0 * 10.0 * ROUNDING_UNIT * facts[i].value,
                  "%s is %.17g", facts[i].key, x);
  }
  ck_assert_uint_eq(json_array_size(json_object_get(found, "eigenvalues")), 2);
  ck_assert_uint_eq(json_array_size(json_object_get(found, "gap_ratios")), 1);
  ck_assert_ptr_null(json_object_get(found, "alignment"));
  json_decref(found);
  scratch_remove(&s);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("hessian");
  TCase *model = tcase_create("model");
  tcase_add_test(model, an_ulp_is_rounding);
  tcase_add_test(model, asymmetry_has_a_bound);
  tcase_add_test(model, worst_entry_is_named);
  tcase_add_test(model, first_of_the_worst_is_named);
  tcase_add_test(model, definite_above_the_error);
  tcase_add_test(model, tiny_gradients_settle);
  tcase_add_test(model, tiny_variances_settle);
  tcase_add_test(model, negative_variance_has_a_bound);
  tcase_add_test(model, variances_stay_where_they_are);
  tcase_add_test(model, spectrum_by_hand);
  tcase_add_test(model, accuracy_sees_a_planted_error);
  tcase_add_test(model, covariance_survives_the_rotation);
  tcase_add_test(model, noise_of_every_kind);
  tcase_add_loop_test(model, state_comes_back, 0, 20);
  tcase_set_timeout(model, 60);
  suite_add_tcase(suite, model);
  TCase *program = tcase_create("program");
  tcase_add_test(program, any_basis_gives_the_same_analysis);
  tcase_add_test(program, spectrum_alone_says_what_it_can);
  tcase_set_timeout(program, 60);
  suite_add_tcase(suite, program);
  return support_run(suite);
}
