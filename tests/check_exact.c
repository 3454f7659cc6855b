/* src/exact: certified signs, and the oracles themselves against each other. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include "exact/certified.h"
#include "exact/dense_step.h"
#include "exact/exact_polynomial.h"
#include "exact/exact_rational.h"
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

static double coefficient(certified_expression expression, const quadratic *q, slong power) {
  const exact_coefficient at = {q, power};
  return certified_value_of(expression, &at);
}

/* By hand: lambda = (10, 1), g = (1, 1), v = (1, 1).  D = 1 - 20 x + 200 x^2, B = 1 - 2 x + 2 x^2:
 * D B_0 - B D_0 = -18 x + 198 x^2, and D + B = 2 - 22 x + 202 x^2 has the discriminant 484 - 1616.
 * Delta L_D = -x + 10 x^2, Delta L_B = -x + x^2. */
START_TEST(test_polynomials_by_hand) {
  quadratic *q = support_hand_instance();
  static const struct {
    certified_expression expression;
    double value[3];
  } cases[] = {
      {exact_polynomial_dominant, {1, -20, 200}},    {exact_polynomial_bulk, {1, -2, 2}},
      {exact_polynomial_total, {2, -22, 202}},       {exact_polynomial_change, {0, -18, 198}},
      {exact_polynomial_dominant_loss, {0, -1, 10}}, {exact_polynomial_bulk_loss, {0, -1, 1}}};
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++)
    for (slong power = 0; power <= 2; power++)
      ck_assert_msg(coefficient(cases[n].expression, q, power) == cases[n].value[power],
                    "polynomial %zu, power %ld", n, (long)power);
  arb_poly_t dominant, bulk;
  arb_t discriminant;
  arb_poly_init(dominant);
  arb_poly_init(bulk);
  arb_init(discriminant);
  exact_polynomial_sets(dominant, bulk, q, 128);
  arb_poly_add(dominant, dominant, bulk, 128);
  exact_polynomial_discriminant(discriminant, dominant, 128);
  ck_assert(arb_equal_si(discriminant, 484 - 1616));
  arb_poly_clear(dominant);
  arb_poly_clear(bulk);
  arb_clear(discriminant);
  /* With a bias of -2 on the first: (1 + 10 x)^2 + 100 x^2; Delta L_D = x + 5 x^2 (1 + 1). */
  q->bias = calloc(2, sizeof *q->bias);
  q->bias[0] = -2;
  ck_assert(coefficient(exact_polynomial_dominant, q, 1) == 20);
  ck_assert(coefficient(exact_polynomial_dominant, q, 2) == 200);
  ck_assert(coefficient(exact_polynomial_dominant_loss, q, 1) == 1);
  ck_assert(coefficient(exact_polynomial_dominant_loss, q, 2) == 10);
  quadratic_free(q);
}
END_TEST

/* An awkward instance with a bias, in full-length doubles. */
static quadratic *awkward(void) {
  quadratic *q = quadratic_literal(5, 2, (const double[]){1e3 / 3, 7.1, 7.1, 0.3, 1e-4 / 7},
                                   (const double[]){0.1, -2.3, 1e3 / 7, 0.7, -1e-2 / 3},
                                   (const double[]){1.1, 0, 1e-3 / 3, 5e2 / 3, 0.9}, 0.0);
  q->bias = calloc(5, sizeof *q->bias);
  q->bias[1] = 0.3;
  q->bias[4] = -1.0 / 7;
  return q;
}

/* value of expression at the step less c_0 + c_1 eta + c_2 eta^2 */
typedef struct {
  exact_step step;
  certified_expression at_step, coefficient;
} comparison;

static void polynomial_defect(arb_t value, const void *argument, slong precision) {
  const comparison *c = argument;
  arb_t eta, sum, term;
  arb_init(eta);
  arb_init(sum);
  arb_init(term);
  arb_set_d(eta, c->step.eta);
  for (slong power = 2; power >= 0; power--) {
    const exact_coefficient at = {c->step.q, power};
    c->coefficient(term, &at, precision);
    arb_mul(sum, sum, eta, precision);
    arb_add(sum, sum, term, precision);
  }
  c->at_step(value, &c->step, precision);
  arb_sub(value, value, sum, precision);
  arb_clear(eta);
  arb_clear(sum);
  arb_clear(term);
}

/* At three steps and more the polynomials are the expressions that multiply nothing out: exactly
 * where those are dyadic, as balls where the loss is divided by 2 lambda. */
START_TEST(test_polynomials_at_steps) {
  quadratic *q = awkward();
  static const double eta[] = {0, 1e-3 / 3, 0.11, 1.7, 1e5 / 3};
  for (size_t n = 0; n < sizeof eta / sizeof *eta; n++) {
    const comparison exact[] = {
        {{q, eta[n]}, exact_step_dominant, exact_polynomial_dominant},
        {{q, eta[n]}, exact_step_bulk, exact_polynomial_bulk},
        {{q, eta[n]}, exact_step_alignment_change, exact_polynomial_change}};
    for (size_t m = 0; m < 3; m++)
      ck_assert_int_eq(certified_sign_of(polynomial_defect, &exact[m]), SIGN_ZERO);
    const comparison divided[] = {
        {{q, eta[n]}, exact_step_dominant_loss_change, exact_polynomial_dominant_loss},
        {{q, eta[n]}, exact_step_bulk_loss_change, exact_polynomial_bulk_loss}};
    for (size_t m = 0; m < 2; m++) {
      arb_t defect;
      arb_init(defect);
      polynomial_defect(defect, &divided[m], 512);
      ck_assert(arb_contains_zero(defect));
      ck_assert(arf_cmpabs_2exp_si(arb_midref(defect), -400) < 0);
      ck_assert(mag_cmp_2exp_si(arb_radref(defect), -400) < 0);
      arb_clear(defect);
    }
  }
  quadratic_free(q);
}
END_TEST

/* The rationals say what the balls say: as balls at rational steps, and where a ball cannot decide.
 */
START_TEST(test_rationals) {
  quadratic *q = awkward();
  fmpq_t eta, value;
  fmpq_init(eta);
  fmpq_init(value);
  arb_t ball, exact;
  arb_init(ball);
  arb_init(exact);
  static const double steps[] = {1e-3 / 3, 0.11, 1e5 / 3};
  for (size_t n = 0; n < 3; n++) {
    const exact_step step = {q, steps[n]};
    exact_rational_set(eta, steps[n]);
    exact_rational_change(value, q, eta);
    exact_step_alignment_change(ball, &step, 4096);
    arb_set_fmpq(exact, value, 8192);
    ck_assert(arb_overlaps(ball, exact) && arb_rel_accuracy_bits(ball) > 1000);
    exact_rational_loss_change(value, q, 0, 2, eta);
    exact_step_dominant_loss_change(ball, &step, 512);
    arb_set_fmpq(exact, value, 512);
    ck_assert(arb_overlaps(ball, exact) && arb_rel_accuracy_bits(ball) > 300);
  }
  quadratic_free(q);
  /* At 1/11, no double, the hand instance stands still: both moments are 101/121. */
  q = support_hand_instance();
  fmpq_set_si(eta, 1, 11);
  exact_rational_change(value, q, eta);
  ck_assert(fmpq_is_zero(value));
  exact_rational_direction(value, q, 0, eta, NULL);
  fmpq_set_si(eta, 101, 121);
  ck_assert(fmpq_equal(value, eta));
  /* eta_D = 1/10: the dominant loss stays; at the nearest double it does not. */
  fmpq_set_si(eta, 1, 10);
  exact_rational_loss_change(value, q, 0, 1, eta);
  ck_assert(fmpq_is_zero(value));
  exact_rational_set(eta, 0.1);
  exact_rational_loss_change(value, q, 0, 1, eta);
  ck_assert(fmpq_sgn(value) > 0);
  /* s_1 = 10/16 / (2 - 10/16) = 5/11, and one step leaves it. */
  q->eta = 1.0 / 16;
  exact_rational_stationary(value, q, 0);
  fmpq_set_si(eta, 5, 11);
  ck_assert(fmpq_equal(value, eta));
  fmpq_set_si(eta, 1, 16);
  fmpq_t after;
  fmpq_init(after);
  exact_rational_direction(after, q, 0, eta, value);
  ck_assert(fmpq_equal(after, value));
  fmpq_clear(after);
  fmpq_clear(eta);
  fmpq_clear(value);
  arb_clear(ball);
  arb_clear(exact);
  quadratic_free(q);
}
END_TEST

/* The certificate of a sign names the bits it took. */
START_TEST(test_certificate_bits) {
  const pair easy = {3, 2};
  const certificate at_once = certified_certificate_of(square_difference, &easy);
  ck_assert(at_once.sign == SIGN_POSITIVE && at_once.bits == CERTIFIED_PRECISION_LEAST);
  const double three = 3;
  const certificate never = certified_certificate_of(hidden_zero, &three);
  ck_assert(never.sign == SIGN_UNDECIDED && never.bits == CERTIFIED_PRECISION_MOST);
  /* D(eta) B_0 - B(eta) D_0 = 0 for terms 2^-200 to 2^200: exact only when 800 bits fit. */
  quadratic *q = quadratic_literal(3, 2, (const double[]){3, 2, 1},
                                   (const double[]){0x1p100, 0x1p-100, 0x1p100},
                                   (const double[]){0, 0, 0}, 0.0);
  const exact_step step = {q, 0.0};
  const certificate zero = certified_certificate_of(exact_step_alignment_change, &step);
  ck_assert(zero.sign == SIGN_ZERO && zero.bits == 512);
  quadratic_free(q);
}
END_TEST

/* Late times: the same sums as at times that fit a word, and a sign at 10^30 steps; the sum that
 * orders the limit against its definition; the extremes that order both. */
START_TEST(test_late_run) {
  quadratic *q = quadratic_literal(3, 1, (const double[]){7, 2, 1}, (const double[]){9, 5, 4},
                                   (const double[]){1, 2, 3}, 0.125);
  fmpz_t t;
  fmpz_init(t);
  arb_ptr x = _arb_vec_init(3);
  for (unsigned long n = 0; n < 12; n++) {
    fmpz_set_ui(t, n);
    const exact_late_run late = {q, t};
    const exact_run run = {q, n};
    arb_set_d(x + 2, 0.875 * 0.875);
    arb_pow_ui(x + 2, x + 2, n, 512);
    exact_run_late_below_limit(x, &late, 512);
    arb_mul(x, x, x + 2, 512);
    exact_run_below_limit(x + 1, &run, 512);
    ck_assert(arb_overlaps(x, x + 1) && arb_rel_accuracy_bits(x) > 300);
    exact_run_iterated_change(x, &run, 4096);
    exact_run_change(x + 1, &run, 512);
    ck_assert(arb_overlaps(x, x + 1));
  }
  fmpz_set_str(t, "1000000000000000000000000000000", 10);
  const exact_late_run late = {q, t};
  ck_assert_int_eq(certified_sign_of(exact_run_late_change, &late), SIGN_POSITIVE);
  ck_assert_int_eq(certified_sign_of(exact_run_late_below_limit, &late), SIGN_POSITIVE);
  /* rho = (1/64, 9/16, 49/64); 1 - rho least in the third; (2 - 7/8) 81 - 7/8 and so on. */
  ck_assert(certified_value_of(exact_run_least_shrink, q) == 15.0 / 64);
  ck_assert(certified_value_of(exact_run_least_gap, q) == 9.0 / 16 - 1.0 / 64);
  ck_assert(certified_value_of(exact_run_least_excess, q) == 1.875 * 16 - 0.375);
  ck_assert(certified_value_of(exact_run_least_noise, q) == 1.0);
  _arb_vec_clear(x, 3);
  fmpz_clear(t);
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
  tcase_add_test(core, test_polynomials_by_hand);
  tcase_add_test(core, test_polynomials_at_steps);
  tcase_add_test(core, test_rationals);
  tcase_add_test(core, test_certificate_bits);
  tcase_add_test(core, test_late_run);
  tcase_add_test(core, test_hypotheses);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
