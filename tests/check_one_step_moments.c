/* L1: theory/one_step_moments, src/claims/one_step_moments. */
#include "config.h"
#include "support.h"

#include <math.h>
#include "claims/one_step_moments.h"
#include "exact/exact_step.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&one_step_moments_claim);
}
END_TEST

/* By hand: at eta = 1/11 both moments are 101/121. */
START_TEST(test_hand_moments) {
  quadratic *q = support_hand_instance();
  one_step_moments m;
  one_step_moments_of(q, &m);
  ck_assert(m.d0 == 1 && m.d1 == 10 && m.d2 == 100 && m.vd == 100 && m.taud == 10);
  ck_assert(m.b0 == 1 && m.b1 == 1 && m.b2 == 1 && m.vb == 1 && m.taub == 1);
  ck_assert(m.mean_gap == 9 && m.square_gap == 99);
  ck_assert(one_step_moments_alignment(&m) == 0.5);
  double error;
  double value = one_step_moments_dominant(&m, 1.0 / 11, &error);
  ck_assert(fabs(value - 101.0 / 121) <= error && error < 1e-13);
  value = one_step_moments_bulk(&m, 1.0 / 11, &error);
  ck_assert(fabs(value - 101.0 / 121) <= error && error < 1e-14);
  quadratic_free(q);
}
END_TEST

/* Distinct numbers everywhere, so that no index can be mistaken for another:
 * lambda = (5, 3 | 2), g = (1, 2 | 3), v = (7, 11 | 13), k = 2. */
START_TEST(test_hand_sums) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  one_step_moments m;
  one_step_moments_of(q, &m);
  ck_assert(m.d0 == 5 && m.d1 == 5 + 12 && m.d2 == 25 + 36);
  ck_assert(m.b0 == 9 && m.b1 == 18 && m.b2 == 36);
  ck_assert(m.vd == 25 * 7 + 9 * 11 && m.taud == 5 * 7 + 3 * 11);
  ck_assert(m.vb == 4 * 13 && m.taub == 2 * 13);
  ck_assert_double_eq_tol(m.mean_gap, 17.0 / 5 - 2, 1e-15);
  ck_assert_double_eq_tol(m.square_gap, 61.0 / 5 - 4, 1e-14);
  /* A step of 1/2: coordinates 1 - 5/2, 2 - 3, 3 - 3; noise (25 7 + 9 11)/4 and 4 13/4. */
  ck_assert_double_eq_tol(one_step_moments_dominant(&m, 0.5, NULL), 2.25 + 1 + 68.5, 1e-12);
  ck_assert_double_eq_tol(one_step_moments_bulk(&m, 0.5, NULL), 13, 1e-13);
  ck_assert_double_eq_tol(one_step_mean_field_alignment(q, 0.5), 71.75 / 84.75, 1e-15);
  quadratic_free(q);
}
END_TEST

/* At a gap of one part in 2^40 the difference of the means keeps its digits. */
START_TEST(test_tiny_gap) {
  const double gap = 0x1p-40;
  quadratic *q = quadratic_literal(2, 1, (const double[]){1 + gap, 1}, (const double[]){0.3, 0.7},
                                   (const double[]){0, 0}, 0.0);
  one_step_moments m;
  one_step_moments_of(q, &m);
  ck_assert_double_eq_tol(m.mean_gap / gap, 1, 4 * m.error);
  ck_assert_double_eq_tol(m.square_gap / (gap * (2 + gap)), 1, 4 * m.error);
  quadratic_free(q);
}
END_TEST

/* The claimed relative error is kept by every field, and is not slack by more than its constants:
 * against exact sums at d = 500. */
START_TEST(test_error_is_small) {
  quadratic *q = quadratic_alloc(500, 50);
  for (size_t i = 0; i < 500; i++) {
    q->lambda[i] = 500.0 - (double)i;
    q->g[i] = 1.0;
    q->v[i] = 2.0;
  }
  one_step_moments m;
  one_step_moments_of(q, &m);
  ck_assert(m.error < 1.2e-13);
  ck_assert(m.b0 == 450 && m.d0 == 50 && m.b1 == 450 * 451 / 2);
  quadratic_free(q);
}
END_TEST

/* Two dominant directions a gap of some 2^-40 above the bulk's, and a bulk direction far below that
 * no gradient lies in: the reference that is taken off must be near the gap, not at the far end.
 * lambda = (3 + 2h, 3 + h, 3, 0.3), g^2 = (1, 9, 4, 0)/4: mean_gap = 1.1 h. */
START_TEST(test_reference_is_at_the_gap) {
  const double h = 0x1p-40;
  quadratic *q =
      quadratic_literal(4, 2, (const double[]){3 + 2 * h, 3 + h, 3, 0.3},
                        (const double[]){0.5, 1.5, 1, 0}, (const double[]){0, 0, 0, 0}, 0.0);
  one_step_moments m;
  one_step_moments_of(q, &m);
  ck_assert_double_eq_tol(m.mean_gap / (1.1 * h), 1, 4 * m.error);
  ck_assert_double_eq_tol(m.square_gap / (6.6 * h), 1, 1e-11);
  quadratic_free(q);
}
END_TEST

/* gamma_{2d+8} for the sums, and (e + gamma_6) (X_0 + 2 eta X_1 + eta^2 (X_2 + V)) for a moment of
 * sums that are given: at eta = 1/4, 2 + 5/2 + 14/16 and 6 + 7/2 + 20/16. */
START_TEST(test_bounds_are_those_of_the_chapter) {
  quadratic *q = support_hand_instance();
  one_step_moments hand;
  one_step_moments_of(q, &hand);
  ck_assert_double_eq_tol(hand.error / (12 * 0x1p-53), 1, 1e-12);
  quadratic_free(q);
  static const double given[] = {0.0, 0x1p-7};
  for (int i = 0; i < 2; i++) {
    const one_step_moments m = {.d0 = 2,
                                .d1 = 5,
                                .d2 = 3,
                                .vd = 11,
                                .b0 = 6,
                                .b1 = 7,
                                .b2 = 13,
                                .vb = 7,
                                .error = given[i]};
    const double relative = given[i] + 6 * 0x1p-53;
    double error;
    ck_assert(one_step_moments_dominant(&m, 0.25, &error) == 0.375);
    ck_assert_double_eq_tol(error / (relative * 5.375), 1, 1e-12);
    ck_assert(one_step_moments_bulk(&m, 0.25, &error) == 3.75);
    ck_assert_double_eq_tol(error / (relative * 10.75), 1, 1e-12);
    ck_assert(one_step_moments_alignment(&m) == 0.25);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("L1 one_step_moments");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_hand_moments);
  tcase_add_test(core, test_hand_sums);
  tcase_add_test(core, test_tiny_gap);
  tcase_add_test(core, test_error_is_small);
  tcase_add_test(core, test_reference_is_at_the_gap);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
