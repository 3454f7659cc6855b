/* src/exact: certified signs, and the oracles themselves against each other. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include "exact/certified.h"
#include "exact/dense_step.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"

/* x^2 - 2 y^2 for doubles x, y: dyadic. */
typedef struct {
  double x, y;
} pair;

static void square_difference(arb_t value, const void *argument, slong precision) {
  const pair *p = argument;
  arb_t term;
  arb_init(term);
  arb_set_d(value, p->x);
  arb_sqr(value, value, precision);
  arb_set_d(term, p->y);
  arb_sqr(term, term, precision);
  arb_submul_si(value, term, 2, precision);
  arb_clear(term);
}

/* 1/x - 1/x: a zero that no ball certifies. */
static void hidden_zero(arb_t value, const void *argument, slong precision) {
  arb_t term;
  arb_init(term);
  arb_set_d(term, *(const double *)argument);
  arb_inv(value, term, precision);
  arb_sub(value, value, value, precision);
  arb_add_error_2exp_si(value, -precision);
  arb_clear(term);
}

START_TEST(test_signs) {
  const pair above = {3, 2}, below = {1, 1}, zero = {0, 0};
  ck_assert_int_eq(certified_sign_of(square_difference, &above), SIGN_POSITIVE);
  ck_assert_int_eq(certified_sign_of(square_difference, &below), SIGN_NEGATIVE);
  ck_assert_int_eq(certified_sign_of(square_difference, &zero), SIGN_ZERO);
  /* sqrt(2) rounded down and up: the two doubles around the root, in both orders of size. */
  const double root = sqrt(2.0);
  for (int scale = -300; scale <= 300; scale += 100) {
    const double y = ldexp(1.0, scale);
    const pair low = {nextafter(root, 0) * y, y}, high = {nextafter(root, 2) * y, y};
    ck_assert_int_eq(certified_sign_of(square_difference, &low), SIGN_NEGATIVE);
    ck_assert_int_eq(certified_sign_of(square_difference, &high), SIGN_POSITIVE);
  }
  const double three = 3;
  ck_assert_int_eq(certified_sign_of(hidden_zero, &three), SIGN_UNDECIDED);
  ck_assert(isnan(certified_value_of(hidden_zero, &three)));
  ck_assert(certified_value_of(square_difference, &above) == 1.0);
  ck_assert(certified_value_of(square_difference, &zero) == 0.0);
  ck_assert_str_eq(certified_sign_name(SIGN_NEGATIVE), "-");
  ck_assert_str_eq(certified_sign_name(SIGN_UNDECIDED), "?");
}
END_TEST

/* One direction by hand, with a bias: lambda = 3, g = 2, bias = 1, v = 5, eta = 1/2:
 * (2 - 3/2 (2 + 1))^2 + 9/4 5 = 25/4 + 45/4. */
START_TEST(test_direction) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){3, 1}, (const double[]){2, 1},
                                   (const double[]){5, 0}, 0.0);
  q->bias = calloc(2, sizeof *q->bias);
  q->bias[0] = 1;
  const exact_step step = {q, 0.5};
  arb_t value;
  arb_init(value);
  exact_step_direction(value, &step, 0, 128);
  ck_assert(arb_equal_si(value, 0) == 0 && arf_get_d(arb_midref(value), ARF_RND_NEAR) == 17.5);
  arb_clear(value);
  ck_assert(certified_value_of(exact_step_dominant, &step) == 17.5);
  ck_assert(certified_value_of(exact_step_bulk, &step) == 0.25);
  /* 2 Delta L_D = (35/2 - 4)/3; D(eta) B_0 - B(eta) D_0 = 35/2 - 1. */
  ck_assert_double_eq_tol(certified_value_of(exact_step_dominant_loss_change, &step), 13.5 / 6,
                          1e-15);
  ck_assert(certified_value_of(exact_step_bulk_loss_change, &step) == -0.375);
  ck_assert(certified_value_of(exact_step_alignment_change, &step) == 16.5);
  quadratic_free(q);
}
END_TEST

/* The two-sign noise has the covariance that the moments speak of: the mean over 2^d outcomes of
 * |P g+|^2, summed here, is D(eta). */
START_TEST(test_true_expectation) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){4, 9, 16}, 0.0);
  const double eta = 0.25, lambda[] = {5, 3, 2}, g[] = {1, 2, 3}, s[] = {2, 3, 4};
  double dominant = 0.0, mean = 0.0;
  for (unsigned outcome = 0; outcome < 8; outcome++) {
    double part[2] = {0, 0};
    for (unsigned i = 0; i < 3; i++) {
      const double xi = outcome >> i & 1u ? -s[i] : s[i];
      const double x = g[i] - eta * lambda[i] * (g[i] + xi);
      part[i < 2] += x * x;
    }
    dominant += part[1] / 8;
    mean += part[1] / (part[0] + part[1]) / 8;
  }
  const exact_step step = {q, eta};
  ck_assert_double_eq_tol(certified_value_of(exact_step_dominant, &step), dominant, 1e-13);
  ck_assert_double_eq_tol(certified_value_of(exact_step_true_alignment_change, &step),
                          mean - 5.0 / 14, 1e-14);
  quadratic *large = quadratic_alloc(EXACT_STEP_SIGNS_MOST + 1, 1);
  const exact_step out_of_reach = {large, 1.0};
  ck_assert_int_eq(certified_sign_of(exact_step_true_alignment_change, &out_of_reach),
                   SIGN_UNDECIDED);
  quadratic_free(large);
  quadratic_free(q);
}
END_TEST

/* The run: closed form and recursion agree as balls, also across a change of step. */
START_TEST(test_run) {
  quadratic *q = quadratic_literal(3, 1, (const double[]){7, 2, 1}, (const double[]){9, 5, 4},
                                   (const double[]){1, 2, 3}, 0.125);
  for (int late = 0; late < 2; late++) {
    q->switch_step = late ? 6 : 0;
    q->eta_late = late ? 0.0625 : 0.0;
    for (unsigned long t = 0; t < 20; t++) {
      const exact_run run = {q, t};
      arb_t a[2], b[2];
      for (int i = 0; i < 2; i++) {
        arb_init(a[i]);
        arb_init(b[i]);
      }
      exact_run_moments(a[0], a[1], &run, 256);
      exact_run_iterated(b[0], b[1], &run, 256);
      for (int i = 0; i < 2; i++) {
        ck_assert(arb_overlaps(a[i], b[i]));
        ck_assert(arb_rel_accuracy_bits(a[i]) > 200);
        arb_clear(a[i]);
        arb_clear(b[i]);
      }
    }
  }
  quadratic_free(q);
}
END_TEST

/* The scaled exponential sum is the change from the definition over rho_d^t; and it has a sign
 * where the other has underflowed any precision. */
START_TEST(test_scaled_change) {
  quadratic *q = quadratic_literal(3, 1, (const double[]){7, 2, 1}, (const double[]){9, 5, 4},
                                   (const double[]){1, 2, 3}, 0.125);
  for (unsigned long t = 0; t < 40; t++) {
    const exact_run run = {q, t};
    arb_t plain, scaled, rho;
    arb_init(plain);
    arb_init(scaled);
    arb_init(rho);
    exact_run_change(plain, &run, 512);
    exact_run_scaled_change(scaled, &run, 512);
    arb_set_d(rho, 0.875 * 0.875);
    arb_pow_ui(rho, rho, t, 512);
    arb_mul(scaled, scaled, rho, 512);
    ck_assert(arb_overlaps(plain, scaled));
    ck_assert(arb_rel_accuracy_bits(scaled) > 300);
    arb_clear(plain);
    arb_clear(scaled);
    arb_clear(rho);
  }
  const exact_run late = {q, 1000000};
  ck_assert_int_eq(certified_sign_of(exact_run_change, &late), SIGN_UNDECIDED);
  ck_assert_int_eq(certified_sign_of(exact_run_scaled_change, &late), SIGN_POSITIVE);
  quadratic_free(q);
}
END_TEST

/* Both dense oracles: expectations against the mean over the paths of two-sign noise. */
START_TEST(test_dense_paths) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){4, 9, 16}, 0.0);
  const double eta = 0.25, s[] = {2, 3, 4};
  dense_quadratic *dense = dense_quadratic_alloc(q, 42);
  dense_step_moments expected;
  ck_assert_int_eq(dense_step_expectations_in(q, eta, 42, &expected), 0);
  gsl_vector *xi = gsl_vector_alloc(3);
  double dominant = 0.0, bulk = 0.0, error = 0.0;
  for (unsigned outcome = 0; outcome < 8; outcome++) {
    gsl_vector_set_zero(xi);
    for (unsigned i = 0; i < 3; i++)
      for (unsigned j = 0; j < 3; j++)
        *gsl_vector_ptr(xi, j) +=
            (outcome >> i & 1u ? -s[i] : s[i]) * gsl_matrix_get(dense->basis, j, i);
    dense_step_paths paths;
    ck_assert_int_eq(dense_step_path(dense, eta, xi, &paths), 0);
    dominant += paths.dominant_part / 8;
    bulk += paths.bulk_part / 8;
    error = fmax(error, paths.error);
  }
  ck_assert_double_eq_tol(dominant, expected.dominant_loss, error + expected.loss_error);
  ck_assert_double_eq_tol(bulk, expected.bulk_loss, error + expected.loss_error);
  ck_assert(error < 1e-8);
  gsl_vector_free(xi);
  dense_quadratic_free(dense);
  quadratic_free(q);
}
END_TEST

START_TEST(test_hypotheses) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){3, 1}, (const double[]){1, 1},
                                   (const double[]){1, 1}, 0.5);
  /* eta (3 + 1) = 2 exactly: not below the edge; one ulp less is. */
  ck_assert(!exact_run_is_stable(q));
  q->eta = nextafter(0.5, 0.0);
  ck_assert(exact_run_is_stable(q));
  q->eta = 0.0;
  ck_assert(!exact_run_is_stable(q));
  /* s_2 = (1/2)/(3/2) = 1/3, s_1 = (3/2)/(1/2) = 3. */
  q->eta = 0.5;
  q->g[0] = 2.0;
  ck_assert(exact_run_has_large_start(q));
  q->g[0] = sqrt(3.0);
  ck_assert(exact_run_has_large_start(q) == (fma(sqrt(3.0), sqrt(3.0), -3.0) > 0.0));
  q->g[0] = 1.7;
  ck_assert(!exact_run_has_large_start(q));
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("exact");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, 60);
  tcase_add_test(core, test_signs);
  tcase_add_test(core, test_direction);
  tcase_add_test(core, test_true_expectation);
  tcase_add_test(core, test_run);
  tcase_add_test(core, test_scaled_change);
  tcase_add_test(core, test_dense_paths);
  tcase_add_test(core, test_hypotheses);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
