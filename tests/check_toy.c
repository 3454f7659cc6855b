/* The toy model of two losses, src/model/toy: its limit, what the projected updates take away, and
 * the error bounds of both. */
#include "config.h"
#include "support.h"

#include <float.h>
#include <math.h>
#include "exact/arb_header.h"
#include "exact/exact_toy.h"
#include "families/toy_family.h"
#include "model/random.h"
#include "model/rounding.h"
#include "model/toy.h"

START_TEST(test_literal) {
  toy *t = toy_literal(2, 3, 5, 7, 11, 13), *copy = toy_clone(t);
  ck_assert(copy != t && copy->a == 2 && copy->b == 3 && copy->c == 5 && copy->eta == 7);
  ck_assert(copy->x == 11 && copy->y == 13 && copy->plus == 0.5);
  toy_free(t);
  toy_free(copy);
}
END_TEST

/* p = 5/8, r = 7/8, e = 1/2: z^2/4 + 3z/8 - 1/4 = 0 at z = 1/2; and with 1/2 + 3z/8... of p and r
 * exchanged at its reciprocal, 2; and of a = b at 1. */
START_TEST(test_by_hand) {
  const toy t = {3, 1, 4, 1.0 / 8, 1, 1, 0.5}, other = {1, 3, 4, 1.0 / 8, 1, 1, 0.5};
  const toy tied = {3, 3, 4, 1.0 / 8, 1, 1, 0.5}, uncoupled = {3, 1, 0, 1.0 / 8, 1, 1, 0.5};
  ck_assert_double_eq(toy_limit(&t), 0.5);
  ck_assert_double_eq(toy_limit(&other), 2);
  ck_assert_double_eq(toy_limit(&tied), 1);
  ck_assert(isnan(toy_limit(&uncoupled)));
  ck_assert_double_eq_tol(toy_alignment(&t, 0.5), 9.0 / 11, 4 * DBL_EPSILON);
  ck_assert_double_eq_tol(toy_misalignment(&t, 0.5), 2.0 / 11, DBL_EPSILON);
  /* a = 7, b = 3, z = 5: 245 : 9 */
  const toy primes = {7, 3, 1, 1.0 / 16, 1, 1, 0.5};
  ck_assert_double_eq_tol(toy_alignment(&primes, 5), 245.0 / 254, 4 * DBL_EPSILON);
  ck_assert_double_eq_tol(toy_misalignment(&primes, 5), 9.0 / 254, DBL_EPSILON);
  ck_assert_double_eq(toy_growth(&t), 57.0 / 64);
  ck_assert_double_eq_tol(toy_decay(&t), 7.0 / 64, DBL_EPSILON);
  ck_assert_double_eq_tol(toy_dominant_gain(&t), 7.0 / 65, DBL_EPSILON);
  ck_assert_double_eq_tol(toy_bulk_gain(&t), 14.0 / 75, DBL_EPSILON);
}
END_TEST

/* The bounds are those of the comments: 8/|2 - eta (a + b)| + 24 of a rounding, on either side of
 * eta (a + b) = 2; and of the gains, with 1 - p^2 = 39/64, 1 - r^2 = 15/64 and e^4 = 1/16: off by
 * P = (16/13 + 4)u and R = (16/15 + 4)u, and their product, 585/4096, less 256/4096. */
START_TEST(test_bounds_by_hand) {
  const toy t = {3, 1, 4, 1.0 / 8, 1, 1, 0.5}, beyond = {8, 1, 1, 15.0 / 64, 1, 1, 0.5};
  const double u = ROUNDING_UNIT, p = (16.0 / 13 + 4) * u, r = (16.0 / 15 + 4) * u;
  const double limit = (8 / 1.5 + 24) * u, far = (8 / 0.109375 + 24) * u;
  ck_assert_double_eq_tol(toy_limit_error(&t), limit, 4 * u * limit);
  ck_assert_double_eq_tol(toy_limit_error(&beyond), far, 4 * u * far);
  const double gain = 841.0 / 329 * (p + r + 8 * u) + 2 * p + r + 2 * limit + 16 * u;
  ck_assert_double_eq_tol(toy_gain_error(&t), gain, 64 * u * gain);
  /* not stable: c = 6, e = 3/4, e^4 = 81/256 = 1296/4096 */
  const toy wild = {3, 1, 6, 1.0 / 8, 1, 1, 0.5};
  const double lost = 1881.0 / 711 * (p + r + 8 * u) + 2 * p + r + 2 * limit + 16 * u;
  ck_assert_double_eq_tol(toy_gain_error(&wild), lost, 64 * u * lost);
}
END_TEST

enum { BITS = 512 };

/* |computed - exact| <= bound |exact|, the ball of `exact` far smaller. */
static void expect_within(double computed, const arb_t exact, double bound, const char *what) {
  arb_t off;
  arb_init(off);
  arb_set_d(off, computed);
  arb_sub(off, off, exact, BITS);
  arb_div(off, off, exact, BITS);
  const double part = fabs(arf_get_d(arb_midref(off), ARF_RND_NEAR));
  arb_clear(off);
  ck_assert_msg(part <= bound, "%s: %a is off by the part %g, more than %g", what, computed, part,
                bound);
}

/* The limit, the decay and the two gains of random models against the root as it is usually
 * written, (p^2 - r^2 + sqrt((r^2-p^2)^2 + 4 e^4))/(2 e^2), mu_+ = r^2 + e^2 z* and the parts
 * (1 - mu_+)/(1 - p^2) of a z*, (1 - mu_+)/(1 - r^2) of b, in 512 bits. */
START_TEST(test_within_bounds) {
  enum { PP, RR, EE, ROOT, LIMIT, DECAY, GAIN, LOSS, NUMBERS };
  gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "toy", 0));
  diagnostic diag;
  for (int n = 0; n < 300; n++) {
    toy *t = toy_generate(rng, &diag);
    if (n % 3 == 1)
      toy_violate_step(t, rng); /* z* > 1: the other form of the root */
    exact_toy_factors f;
    exact_toy_factors_init(&f, t);
    arb_ptr w = _arb_vec_init(NUMBERS);
    arb_set_fmpq(w + PP, f.pp, BITS);
    arb_set_fmpq(w + RR, f.rr, BITS);
    arb_set_fmpq(w + EE, f.ee, BITS);
    arb_sub(w + ROOT, w + RR, w + PP, BITS);
    arb_sqr(w + ROOT, w + ROOT, BITS);
    arb_mul_2exp_si(w + LIMIT, w + EE, 1);
    arb_addmul(w + ROOT, w + LIMIT, w + LIMIT, BITS);
    arb_sqrt(w + ROOT, w + ROOT, BITS);
    arb_add(w + ROOT, w + ROOT, w + PP, BITS);
    arb_sub(w + ROOT, w + ROOT, w + RR, BITS);
    arb_div(w + LIMIT, w + ROOT, w + LIMIT, BITS);
    expect_within(toy_limit(t), w + LIMIT, toy_limit_error(t), "z*");
    arb_mul(w + DECAY, w + EE, w + LIMIT, BITS);
    arb_add(w + DECAY, w + DECAY, w + RR, BITS);
    expect_within(toy_growth(t), w + DECAY, toy_limit_error(t) + 16 * ROUNDING_UNIT, "mu_+");
    arb_sub_ui(w + DECAY, w + DECAY, 1, BITS);
    arb_neg(w + DECAY, w + DECAY);
    if (toy_is_stable(t)) {
      expect_within(toy_decay(t), w + DECAY, toy_gain_error(t), "1 - mu_+");
      arb_set_d(w + LOSS, t->a);
      arb_mul(w + LOSS, w + LOSS, w + LIMIT, BITS); /* a z* */
      arb_set_d(w + GAIN, t->b);
      arb_add(w + GAIN, w + LOSS, w + GAIN, BITS);
      arb_div(w + LOSS, w + LOSS, w + GAIN, BITS); /* its share */
      arb_sub_ui(w + PP, w + PP, 1, BITS);
      arb_neg(w + PP, w + PP);
      arb_mul(w + GAIN, w + LOSS, w + DECAY, BITS);
      arb_div(w + GAIN, w + GAIN, w + PP, BITS);
      expect_within(toy_dominant_gain(t), w + GAIN, toy_gain_error(t), "dominant gain");
      arb_sub_ui(w + RR, w + RR, 1, BITS);
      arb_neg(w + RR, w + RR);
      arb_sub_ui(w + LOSS, w + LOSS, 1, BITS);
      arb_neg(w + LOSS, w + LOSS);
      arb_mul(w + GAIN, w + LOSS, w + DECAY, BITS);
      arb_div(w + GAIN, w + GAIN, w + RR, BITS);
      expect_within(toy_bulk_gain(t), w + GAIN, toy_gain_error(t), "bulk gain");
    }
    _arb_vec_clear(w, NUMBERS);
    exact_toy_factors_clear(&f);
    toy_free(t);
  }
  gsl_rng_free(rng);
}
END_TEST

/* g = (77, 39), v = 25 (169, 121); each of the six products by itself may be no double. */
START_TEST(test_state) {
  const toy t = {7, 3, 5, 1.0 / 16, 11, 13, 0.5};
  bool exact = false;
  quadratic *q = toy_state(&t, &exact);
  ck_assert(exact && q->d == 2 && q->k == 1 && q->eta == 1.0 / 16);
  ck_assert(q->lambda[0] == 7 && q->lambda[1] == 3 && q->g[0] == 77 && q->g[1] == 39);
  ck_assert(q->v[0] == 4225 && q->v[1] == 3025);
  quadratic_free(q);
  const double third = 1.0 / 3, wide = 0x1p27 + 1;
  const toy inexact[] = {
      {third, 1, 1, 1, 3, 1, 0.5}, {1, third, 1, 1, 1, 3, 0.5}, /* a x; b y */
      {1, 1, third, 1, 0, 3, 0.5}, {1, 1, third, 1, 3, 0, 0.5}, /* c y; c x */
      {1, 1, wide, 1, 0, 1, 0.5},  {1, 1, wide, 1, 1, 0, 0.5}}; /* their squares */
  for (size_t i = 0; i < sizeof inexact / sizeof *inexact; i++) {
    exact = true;
    q = toy_state(&inexact[i], &exact);
    ck_assert_msg(!exact, "%zu", i);
    quadratic_free(q);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("toy model");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(10));
  tcase_add_test(core, test_literal);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_bounds_by_hand);
  tcase_add_test(core, test_state);
  tcase_add_test(core, test_within_bounds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
