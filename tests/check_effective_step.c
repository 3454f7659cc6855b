/* Effective step sizes, src/model/effective_step. */
#include "config.h"
#include "support.h"

#include <float.h>
#include <math.h>
#include <gsl/gsl_errno.h>
#include "model/effective_step.h"

/* By hand: u = (1, 2 | 3, 5), g = (7, 11 | 13, 17): 29/170 and 124/458. */
START_TEST(test_hand_sums) {
  const double update[] = {1, 2, 3, 5}, g[] = {7, 11, 13, 17};
  effective_step found;
  ck_assert_int_eq(effective_step_of(update, g, 4, 2, &found), GSL_SUCCESS);
  ck_assert_double_eq(found.dominant, 29.0 / 170);
  ck_assert_double_eq(found.bulk, 124.0 / 458);
}
END_TEST

START_TEST(test_domain) {
  const double update[] = {1, 1}, no_bulk[] = {1, 0}, no_dominant[] = {0, 1};
  effective_step found = {3, 4};
  ck_assert_int_eq(effective_step_of(update, no_bulk, 2, 1, &found), GSL_EDOM);
  ck_assert_int_eq(effective_step_of(update, no_dominant, 2, 1, &found), GSL_EDOM);
  ck_assert(found.dominant == 3 && found.bulk == 4);
  /* (1 - sqrt(0.25))^2 = 1/4: real below it, not at it and not above it */
  ck_assert(!isnan(effective_step_of_momentum(1, 0.2499, 0.25)));
  ck_assert(isnan(effective_step_of_momentum(1, 0.25, 0.25)));
  ck_assert(isnan(effective_step_of_momentum(1, 0.26, 0.25)));
}
END_TEST

/* By hand: lambda = 1, eta = 1/16, beta = 1/4 has e = (13 - sqrt(105))/32; without momentum e =
 * eta. */
START_TEST(test_momentum_by_hand) {
  ck_assert_double_eq_tol(effective_step_of_momentum(1, 0.0625, 0.25), (13 - sqrt(105)) / 32,
                          1e-15);
  ck_assert_double_eq_tol(effective_step_of_momentum(3, 0.1, 0), 0.1, 1e-16);
}
END_TEST

/* The iteration itself, from a start that is not on the slow solution. */
START_TEST(test_momentum_by_iteration) {
  const double lambda = 2, eta = 0.001, beta = 0.9;
  double before = 1.0, x = 1.0, next = 0.0;
  effective_step found = {0, 0};
  for (int t = 0; t < 400; t++) {
    next = x - eta * lambda * x + beta * (x - before);
    const double update[] = {x - next, x - next}, g[] = {lambda * x, lambda * x};
    ck_assert_int_eq(effective_step_of(update, g, 2, 1, &found), GSL_SUCCESS);
    before = x;
    x = next;
  }
  const double e = effective_step_of_momentum(lambda, eta, beta);
  /* The other solution has died out as (z_-/z_+)^400 = (0.924/0.974)^400 < 1e-9; each step rounds.
   */
  ck_assert_double_eq_tol(found.bulk, e, 1e-8 * e);
  ck_assert(e > eta / (1 - beta));
}
END_TEST

/* One dominant direction of three, and two: 7/49, 61/290 and 29/170, 51/289. */
START_TEST(test_sets) {
  const double update[] = {1, 2, 3}, g[] = {7, 11, 13}, other[] = {7, 11, 17};
  effective_step found;
  ck_assert_int_eq(effective_step_of(update, g, 3, 1, &found), GSL_SUCCESS);
  ck_assert_double_eq(found.dominant, 7.0 / 49);
  ck_assert_double_eq(found.bulk, 61.0 / 290);
  ck_assert_int_eq(effective_step_of(update, other, 3, 2, &found), GSL_SUCCESS);
  ck_assert_double_eq(found.dominant, 29.0 / 170);
  ck_assert_double_eq(found.bulk, 51.0 / 289);
}
END_TEST

/* lambda = 2, eta = 1/64, beta = 1/4: (1/4 - 1/32)(9/4 - 1/32) = 497/1024, e = 1/(25 + sqrt(497));
 * lambda = 1, eta = 1/32, beta = 9/16: (1/16 - 1/32)(49/16 - 1/32) = 97/1024, e = 2/(15 +
 * sqrt(97)), which are the smaller roots of their equations. */
START_TEST(test_momentum_of_two) {
  ck_assert_double_eq_tol(effective_step_of_momentum(2, 1.0 / 64, 0.25), 1 / (25 + sqrt(497)),
                          0.1 * DBL_EPSILON);
  ck_assert_double_eq_tol(effective_step_of_momentum(1, 1.0 / 32, 0.5625), 2 / (15 + sqrt(97)),
                          DBL_EPSILON);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("effective step sizes");
  TCase *core = tcase_create("core");
  tcase_add_test(core, test_hand_sums);
  tcase_add_test(core, test_sets);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_momentum_by_hand);
  tcase_add_test(core, test_momentum_of_two);
  tcase_add_test(core, test_momentum_by_iteration);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
