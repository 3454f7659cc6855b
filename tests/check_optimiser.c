/* check_optimiser.c -- gradient descent, momentum and Adam on quadratics: by hand, against a run
 * in x on a dense Hessian, against the root that momentum tends to; rank correlations by hand. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "exact/dense_step.h"
#include "laws/rank_correlation.h"
#include "model/effective_step.h"
#include "model/rounding.h"
#include "sim/optimiser.h"

static quadratic *problem(void) {
  quadratic *q =
      quadratic_literal(5, 2, (const double[]){10, 8, 1, 0.5, 0.25},
                        (const double[]){3, -2, 1, 0.5, -1}, (const double[]){0, 0, 0, 0, 0}, 0.0);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* GD has its step for both, at every step, without any deviation. */
START_TEST(test_gradient_descent) {
  quadratic *q = problem();
  const optimiser_rule rule = {.eta = 0.03125};
  optimiser_summary s;
  effective_step path[50];
  ck_assert_int_eq(optimiser_run(q, NULL, &rule, 50, &s, path), GSL_SUCCESS);
  ck_assert_uint_eq(s.counted, 50);
  ck_assert_double_eq_tol(s.mean.dominant, 0.03125, 1e-15);
  ck_assert_double_eq_tol(s.mean.bulk, 0.03125, 1e-15);
  ck_assert_double_le(s.deviation.dominant, 1e-15);
  ck_assert_double_le(s.deviation.bulk, 1e-15);
  double start = 0.0, end = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    start += q->g[i] * q->g[i] / (2.0 * q->lambda[i]);
    end += q->g[i] * q->g[i] * pow(1.0 - 0.03125 * q->lambda[i], 100.0) / (2.0 * q->lambda[i]);
  }
  ck_assert_double_eq_tol(s.start, start, 1e-14 * start);
  ck_assert_double_eq_tol(s.end, end, 1e-12 * end);
  quadratic_free(q);
}
END_TEST

/* By hand, lambda = (2, 1), g = (4, 1), eta = 1/4, momentum 1/2: b = g, x moves by (1, 1/4), g =
 * (2, 3/4); b = (4, 5/4), moves by (1, 5/16): effective steps 1/2 and 5/12. */
START_TEST(test_momentum_by_hand) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){4, 1},
                                   (const double[]){0, 0}, 0.0);
  const optimiser_rule rule = {.eta = 0.25, .momentum = 0.5};
  optimiser_summary s;
  effective_step path[2];
  ck_assert_int_eq(optimiser_run(q, NULL, &rule, 2, &s, path), GSL_SUCCESS);
  ck_assert(path[0].dominant == 0.25 && path[0].bulk == 0.25);
  ck_assert(path[1].dominant == 0.5);
  ck_assert_double_eq_tol(path[1].bulk, 5.0 / 12, 1e-16);
  ck_assert_double_eq_tol(s.mean.bulk, 1.0 / 3, 1e-16);
  ck_assert_double_eq_tol(s.deviation.bulk, 1.0 / 12, 1e-16);
  quadratic_free(q);
}
END_TEST

/* By hand: Adam's first step is eta sign(g) in each coordinate, momentum or not, so that along one
 * direction the effective step is eta/|g|; with momentum 1/2 and second 3/4 the second one is that
 * of b = (g_1/4 + g_2/2)/(3/4), c = (3/16 g_1^2 + 1/4 g_2^2)/(7/16). */
START_TEST(test_adam_by_hand) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){4, -1},
                                   (const double[]){0, 0}, 0.0);
  const optimiser_rule rule = {
      .adaptive = true, .eta = 0.25, .momentum = 0.5, .second = 0.75, .epsilon = 1e-300};
  optimiser_summary s;
  effective_step path[2];
  ck_assert_int_eq(optimiser_run(q, NULL, &rule, 2, &s, path), GSL_SUCCESS);
  ck_assert_double_eq_tol(path[0].dominant, 0.25 / 4, 1e-16);
  ck_assert_double_eq_tol(path[0].bulk, 0.25, 1e-16);
  const double first[] = {4, -1}, second[] = {3.5, -0.75};
  double expected[2];
  for (int i = 0; i < 2; i++) {
    const double b = (first[i] / 4 + second[i] / 2) / 0.75;
    const double c = (3 * first[i] * first[i] / 16 + second[i] * second[i] / 4) * 16 / 7;
    expected[i] = 0.25 * b / sqrt(c) / second[i];
  }
  ck_assert_double_eq_tol(path[1].dominant, expected[0], 1e-15);
  ck_assert_double_eq_tol(path[1].bulk, expected[1], 1e-15);
  quadratic_free(q);
}
END_TEST

/* In x, with a dense A and projectors as matrices: the update, and both ratios from the
 * definition. */
static void dense_step_of(const dense_quadratic *dense, const optimiser_rule *rule, gsl_vector *x,
                          gsl_vector *b, gsl_vector *c, int t, effective_step *out) {
  const size_t d = dense->d;
  gsl_vector *g = gsl_vector_alloc(d), *pg = gsl_vector_alloc(d), *u = gsl_vector_alloc(d);
  gsl_blas_dgemv(CblasNoTrans, 1.0, dense->hessian, x, 0.0, g);
  gsl_blas_dgemv(CblasNoTrans, 1.0, dense->projector, g, 0.0, pg);
  for (size_t i = 0; i < d; i++) {
    const double gi = gsl_vector_get(g, i);
    double bi, ui;
    if (rule->adaptive) {
      bi = rule->momentum * gsl_vector_get(b, i) + (1 - rule->momentum) * gi;
      const double ci = rule->second * gsl_vector_get(c, i) + (1 - rule->second) * gi * gi;
      gsl_vector_set(c, i, ci);
      ui = rule->eta * bi / (1 - pow(rule->momentum, t)) /
           (sqrt(ci / (1 - pow(rule->second, t))) + rule->epsilon);
    } else {
      bi = rule->momentum * gsl_vector_get(b, i) + gi;
      ui = rule->eta * bi;
    }
    gsl_vector_set(b, i, bi);
    gsl_vector_set(u, i, ui);
  }
  double along, square;
  gsl_blas_ddot(u, pg, &along);
  gsl_blas_ddot(pg, pg, &square);
  out->dominant = along / square;
  gsl_vector_sub(pg, g); /* -Qg */
  gsl_blas_ddot(u, pg, &along);
  gsl_blas_ddot(pg, pg, &square);
  out->bulk = -along / square;
  gsl_vector_sub(x, u);
  gsl_vector_free(g);
  gsl_vector_free(pg);
  gsl_vector_free(u);
}

START_TEST(test_runs_in_dense_coordinates) {
  static const optimiser_rule rules[] = {{false, 0.02, 0.0, 0.0, 0.0},
                                         {false, 0.02, 0.9, 0.0, 0.0},
                                         {true, 0.001, 0.0, 0.999, 1e-8},
                                         {true, 0.001, 0.9, 0.999, 1e-8}};
  enum { STEPS = 40 };
  quadratic *q = problem();
  dense_quadratic *dense = dense_quadratic_alloc(q, 11);
  ck_assert_ptr_nonnull(dense);
  const optimiser_rule *rule = &rules[_i];
  optimiser_summary s;
  effective_step path[STEPS], found;
  ck_assert_int_eq(optimiser_run(q, dense->basis, rule, STEPS, &s, path), GSL_SUCCESS);
  gsl_vector *x = gsl_vector_alloc(q->d), *b = gsl_vector_calloc(q->d),
             *c = gsl_vector_calloc(q->d);
  gsl_vector_memcpy(x, dense->x);
  /* errors of a step are carried on by factors of at most ten in this run: condition 40 */
  const double error = STEPS * 40.0 * dense->unit;
  for (int t = 0; t < STEPS; t++) {
    dense_step_of(dense, rule, x, b, c, t + 1, &found);
    const double scale = fabs(path[t].dominant) + fabs(path[t].bulk) + rule->eta;
    ck_assert_double_le(fabs(path[t].dominant - found.dominant), error * scale);
    ck_assert_double_le(fabs(path[t].bulk - found.bulk), error * scale);
  }
  double loss;
  gsl_vector *g = gsl_vector_alloc(q->d);
  gsl_blas_dgemv(CblasNoTrans, 0.5, dense->hessian, x, 0.0, g);
  gsl_blas_ddot(g, x, &loss);
  ck_assert_double_le(fabs(loss - s.end), error * s.start);
  if (!rule->adaptive) { /* the heavy ball does not see the basis */
    effective_step other[STEPS];
    ck_assert_int_eq(optimiser_run(q, NULL, rule, STEPS, &s, other), GSL_SUCCESS);
    for (int t = 0; t < STEPS; t++)
      ck_assert_double_le(fabs(other[t].bulk - path[t].bulk), error * fabs(path[t].bulk) * 10);
  }
  gsl_vector_free(g);
  gsl_vector_free(x);
  gsl_vector_free(b);
  gsl_vector_free(c);
  dense_quadratic_free(dense);
  quadratic_free(q);
}
END_TEST

/* One slow bulk direction: momentum's effective step there tends to the root of P8. */
START_TEST(test_momentum_tends_to_its_root) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){1, 0.5}, (const double[]){1, 1},
                                   (const double[]){0, 0}, 0.0);
  const optimiser_rule rule = {.eta = 0.002, .momentum = 0.9};
  optimiser_summary s;
  effective_step path[400];
  ck_assert_int_eq(optimiser_run(q, NULL, &rule, 400, &s, path), GSL_SUCCESS);
  const double dominant = effective_step_of_momentum(1, 0.002, 0.9),
               bulk = effective_step_of_momentum(0.5, 0.002, 0.9);
  /* the other solution dies out as (z_-/z_+)^400 with z_- < 0.925, z_+ > 0.97 */
  ck_assert_double_eq_tol(path[399].dominant, dominant, 1e-7 * dominant);
  ck_assert_double_eq_tol(path[399].bulk, bulk, 1e-7 * bulk);
  quadratic_free(q);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = problem();
  optimiser_summary s;
  const optimiser_rule wrong[] = {{false, 0.0, 0.0, 0.0, 0.0},  {false, -1.0, 0.0, 0.0, 0.0},
                                  {false, NAN, 0.0, 0.0, 0.0},  {false, 0.1, 1.0, 0.0, 0.0},
                                  {true, 0.1, 0.9, 1.0, 1e-8},  {true, 0.1, 0.9, 0.9, 0.0},
                                  {false, 0.1, -0.1, 0.0, 0.0}, {true, INFINITY, 0.9, 0.9, 1e-8}};
  for (size_t n = 0; n < sizeof wrong / sizeof *wrong; n++)
    ck_assert_int_eq(optimiser_run(q, NULL, &wrong[n], 5, &s, NULL), GSL_EINVAL);
  const optimiser_rule right = {false, 0.1, 0.0, 0.0, 0.0};
  gsl_matrix *small = gsl_matrix_calloc(4, 5);
  ck_assert_int_eq(optimiser_run(q, small, &right, 5, &s, NULL), GSL_EINVAL);
  gsl_matrix_free(small);
  quadratic_free(q);
}
END_TEST

/* No bulk gradient: no effective step to count, and zeros, not NaN; no gradient at all: Adam stays
 * where it is.  A step beyond stability overflows, and says so. */
START_TEST(test_bad_states) {
  quadratic *q = problem();
  optimiser_summary s;
  effective_step path[3];
  const optimiser_rule adam = {true, 0.1, 0.9, 0.999, 1e-8}, wild = {false, 10.0, 0.0, 0.0, 0.0};
  memset(q->g + 2, 0, 3 * sizeof *q->g);
  ck_assert_int_eq(optimiser_run(q, NULL, &adam, 3, &s, path), GSL_SUCCESS);
  ck_assert_uint_eq(s.counted, 0);
  ck_assert(s.mean.dominant == 0 && s.mean.bulk == 0 && s.deviation.bulk == 0 &&
            isnan(path[0].bulk));
  memset(q->g, 0, 5 * sizeof *q->g);
  ck_assert_int_eq(optimiser_run(q, NULL, &adam, 3, &s, NULL), GSL_SUCCESS);
  ck_assert(s.start == 0 && s.end == 0 && s.counted == 0);
  quadratic_free(q);
  q = problem();
  ck_assert_int_eq(optimiser_run(q, NULL, &wild, 1000, &s, NULL), GSL_EOVRFLW);
  ck_assert(isinf(s.end) && s.counted > 10 && isfinite(s.mean.bulk) && isfinite(s.deviation.bulk));
  quadratic_free(q);
}
END_TEST

/* By hand: 1 - 6 sum d^2/(n (n^2 - 1)).  Of 24 orders one has rho = 1, four have at least 0.8 (it
 * and the three neighbours exchanged); with a tie in y, (1, 2, 3) against (1, 1, 2), rho =
 * sqrt(3)/2, reached by two orders of six. */
START_TEST(test_rank_correlation) {
  double rho, p;
  const double x[] = {1, 2, 3, 4}, exchanged[] = {10, 30, 20, 40}, back[] = {4, 3, 2, 1},
               tied[] = {1, 1, 2};
  ck_assert_int_eq(rank_correlation(x, x, 4, &rho, &p), GSL_SUCCESS);
  ck_assert_double_eq_tol(rho, 1.0, 1e-15);
  ck_assert(p == 1.0 / 24);
  ck_assert_int_eq(rank_correlation(x, exchanged, 4, &rho, &p), GSL_SUCCESS);
  ck_assert_double_eq_tol(rho, 0.8, 1e-15);
  ck_assert(p == 4.0 / 24);
  ck_assert_int_eq(rank_correlation(x, back, 4, &rho, &p), GSL_SUCCESS);
  ck_assert_double_eq_tol(rho, -1.0, 1e-15);
  ck_assert(p == 1.0);
  ck_assert_int_eq(rank_correlation(x, tied, 3, &rho, &p), GSL_SUCCESS);
  ck_assert_double_eq_tol(rho, sqrt(0.75), 1e-15);
  ck_assert(p == 2.0 / 6);
  const double flat[] = {2, 2, 2, 2}, nan[] = {1, NAN, 2, 3};
  rho = p = 7;
  ck_assert_int_eq(rank_correlation(x, flat, 4, &rho, &p), GSL_EDOM);
  ck_assert_int_eq(rank_correlation(nan, x, 4, &rho, &p), GSL_EDOM);
  ck_assert_int_eq(rank_correlation(x, x, 1, &rho, &p), GSL_EINVAL);
  ck_assert_int_eq(rank_correlation(x, x, RANK_CORRELATION_MOST + 1, &rho, &p), GSL_EINVAL);
  ck_assert(rho == 7 && p == 7);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("optimiser");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_gradient_descent);
  tcase_add_test(core, test_momentum_by_hand);
  tcase_add_test(core, test_adam_by_hand);
  tcase_add_loop_test(core, test_runs_in_dense_coordinates, 0, 4);
  tcase_add_test(core, test_momentum_tends_to_its_root);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_bad_states);
  tcase_add_test(core, test_rank_correlation);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
