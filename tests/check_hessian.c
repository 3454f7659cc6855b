/* src/model/hessian: from a Hessian in any basis to the state in the eigenbasis. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "exact/dense_step.h"
#include "families/quadratic_family.h"
#include "model/hessian.h"
#include "model/random.h"
#include "model/rounding.h"

static gsl_matrix *matrix_of(size_t d, const double *entries) {
  gsl_matrix *a = gsl_matrix_alloc(d, d);
  ck_assert_ptr_nonnull(a);
  gsl_matrix_const_view view = gsl_matrix_const_view_array(entries, d, d);
  gsl_matrix_memcpy(a, &view.matrix);
  return a;
}

START_TEST(test_asymmetry_of_rounding_is_mended) {
  const double above = nextafter(1, 2);
  gsl_matrix *a = matrix_of(2, (const double[]){4, 1, above, 3});
  asymmetry found;
  diagnostic diag;
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_SUCCESS);
  ck_assert_double_eq(found.worst, above - 1);
  ck_assert(found.row == 0 && found.column == 1);
  ck_assert_double_eq(gsl_matrix_get(a, 0, 1), gsl_matrix_get(a, 1, 0));
  gsl_matrix_free(a);
}
END_TEST

START_TEST(test_asymmetry_is_refused_with_its_worst_entry) {
  gsl_matrix *a = matrix_of(3, (const double[]){4, 1, 2, 1 + 1e-9, 3, 5, 2, 5 + 1e-6, 6});
  asymmetry found;
  diagnostic diag;
  ck_assert_int_eq(hessian_symmetrise(a, ROUNDING_UNIT, &found, &diag), GSL_EDOM);
  ck_assert(found.row == 1 && found.column == 2);
  ck_assert_ptr_nonnull(strstr(diag.message, "5.000001"));
  ck_assert_double_eq(gsl_matrix_get(a, 2, 1), 5 + 1e-6); /* as it was */
  gsl_matrix_free(a);
}
END_TEST

/* Eigenvalues 3 and -1. */
START_TEST(test_indefinite_is_refused_and_damping_mends_it) {
  gsl_matrix *a = matrix_of(2, (const double[]){1, 2, 2, 1});
  spectrum *s = NULL;
  eigen_accuracy accuracy;
  diagnostic diag;
  ck_assert_int_eq(hessian_spectrum(a, 0.0, 0, &s, &accuracy, &diag), GSL_EDOM);
  ck_assert_msg(strstr(diag.message, "-1") != NULL, "%s", diag.message);
  ck_assert_msg(strstr(diag.message, "damping") != NULL, "%s", diag.message);
  ck_assert_int_eq(hessian_spectrum(a, 1.5, 1, &s, &accuracy, &diag), GSL_SUCCESS);
  ck_assert_double_eq_tol(s->lambda[0], 4.5, 100 * DBL_EPSILON);
  ck_assert_double_eq_tol(s->lambda[1], 0.5, 100 * DBL_EPSILON);
  ck_assert(accuracy.residual < 100 * DBL_EPSILON && accuracy.orthogonality < 100 * DBL_EPSILON);
  spectrum_free(s);
  gsl_matrix_free(a);
}
END_TEST

/* A known state, turned into a random basis and back: eigenvalues by Weyl, |g_i| where the
 * eigenvalue is apart from the others by far more than the rounding of the turn, the noise's
 * variances likewise. */
START_TEST(test_random_basis) {
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

START_TEST(test_noise_is_checked) {
  gsl_matrix *a = matrix_of(2, (const double[]){4, 0, 0, 1}),
             *indefinite = matrix_of(2, (const double[]){1, 2, 2, 1});
  gsl_vector *g = gsl_vector_alloc(2), *three = gsl_vector_calloc(3);
  gsl_vector_set_all(g, 1.0);
  spectrum *s = NULL;
  eigen_accuracy accuracy;
  diagnostic diag;
  quadratic *q = NULL;
  double least;
  ck_assert_int_eq(hessian_spectrum(a, 0.0, 1, &s, &accuracy, &diag), GSL_SUCCESS);
  ck_assert_int_eq(hessian_state(s, three, &q, &diag), GSL_EBADLEN);
  ck_assert_int_eq(hessian_state(s, g, &q, &diag), GSL_SUCCESS);
  const hessian_noise bad = {.covariance = indefinite, .unit = ROUNDING_UNIT};
  ck_assert_int_eq(hessian_add_noise(s, &bad, 100, q, &least, &diag), GSL_EDOM);
  const double negative = -1, two = 2;
  const hessian_noise below = {.variance = &negative, .unit = ROUNDING_UNIT},
                      isotropic = {.variance = &two, .unit = ROUNDING_UNIT};
  ck_assert_int_eq(hessian_add_noise(s, &below, 100, q, &least, &diag), GSL_EDOM);
  ck_assert_int_eq(hessian_add_noise(s, &isotropic, 100, q, &least, &diag), GSL_SUCCESS);
  ck_assert(q->v[0] == 2 && q->v[1] == 2 && q->covariance == NULL);
  quadratic_free(q);
  spectrum_free(s);
  gsl_vector_free(g);
  gsl_vector_free(three);
  gsl_matrix_free(a);
  gsl_matrix_free(indefinite);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("hessian");
  TCase *core = tcase_create("core");
  tcase_add_test(core, test_asymmetry_of_rounding_is_mended);
  tcase_add_test(core, test_asymmetry_is_refused_with_its_worst_entry);
  tcase_add_test(core, test_indefinite_is_refused_and_damping_mends_it);
  tcase_add_loop_test(core, test_random_basis, 0, 20);
  tcase_add_test(core, test_noise_is_checked);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
