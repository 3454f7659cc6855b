/* P1: theory/toy_descent, src/claims/toy_descent; and the family of toy models. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/toy_descent.h"
#include "exact/exact_rational.h"
#include "exact/exact_toy.h"
#include "families/toy_family.h"
#include "model/random.h"
#include "scratch.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&toy_descent_claim);
}
END_TEST

/* a = 3, b = 1, eta = 1/8: p = 5/8, r = 7/8; from (1, 1) chi^2/(1-chi^2) = 9 (25/49)^t. */
START_TEST(test_by_hand) {
  const toy t = {3, 1, 4, 1.0 / 8, 1, 1, 0.5};
  double ratio = 9;
  for (int n = 0; n <= 12; n++, ratio *= 25.0 / 49) {
    const double chi = toy_descent_chi(&t, n);
    ck_assert_double_eq_tol(chi * chi, ratio / (1 + ratio), 1e-14);
  }
  /* 9 (25/49)^t < 1 from t = 4 on: (49/25)^3 = 7.53, (49/25)^4 = 14.8. */
  ck_assert_double_eq(toy_descent_steps(&t, sqrt(0.5)), 4);
  ck_assert_double_eq(toy_descent_steps(&t, 0.99), 0);
  exact_toy_moments m;
  fmpq_t expected;
  exact_toy_moments_init(&m);
  fmpq_init(expected);
  exact_toy_enumerate(&m, &t, TOY_GD, 2);
  fmpq_set_si(expected, 25, 64);
  ck_assert(fmpq_equal(m.x, expected));
  fmpq_set_si(expected, 49, 64);
  ck_assert(fmpq_equal(m.y, expected));
  fmpq_clear(expected);
  exact_toy_moments_clear(&m);
}
END_TEST

/* The source's example: p = 9/10, r = 9999/10000, and chi_1 "quickly approaches 0". chi_1 < 1/10:
 * 10^6 (p/r)^{2t} < 1/99, t > ln(99e6)/(2 ln(1.1109999)) = 87.4... */
START_TEST(test_source) {
  const toy t = toy_source();
  const double wanted = log(99e6) / (2.0 * (log(0.9999) - log(0.9)));
  ck_assert_double_eq(toy_descent_steps(&t, 0.1), ceil(wanted));
  ck_assert(toy_descent_chi(&t, 0) > 0.999999 && toy_descent_chi(&t, 1000) < 1e-40);
}
END_TEST

/* No gradient: chi is 0.  No way down: said so.  Neither is a NaN. */
START_TEST(test_edges) {
  const toy none = {3, 1, 4, 1.0 / 8, 0, 0, 0.5}, wall = {3, 1, 4, 1.0 / 8, 1, 0, 0.5},
            wiped = {8, 1, 4, 1.0 / 8, 1, 1, 0.5}, beyond = {8, 1, 1, 0.24, 1, 1, 0.5};
  ck_assert_double_eq(toy_descent_chi(&none, 0), 0);
  ck_assert_double_eq(toy_descent_chi(&none, 7), 0);
  ck_assert_double_eq(toy_descent_steps(&none, 0.5), 0);
  ck_assert_double_eq(toy_descent_chi(&wall, 5), 1);
  ck_assert_double_eq(toy_descent_steps(&wall, 0.5), TOY_DESCENT_NEVER);
  ck_assert_double_eq(toy_descent_chi(&wiped, 0), 8 / sqrt(65));
  ck_assert_double_eq(toy_descent_chi(&wiped, 1), 0);
  ck_assert_double_eq(toy_descent_steps(&wiped, 0.5), 1);
  /* the whole gradient wiped out in a step: on the wall, and with a = b */
  const toy wall_wiped = {8, 1, 4, 1.0 / 8, 1, 0, 0.5}, tied_wiped = {8, 8, 4, 1.0 / 8, 1, 1, 0.5};
  ck_assert_double_eq(toy_descent_chi(&wall_wiped, 1), 0);
  ck_assert_double_eq(toy_descent_chi(&tied_wiped, 1), 0);
  ck_assert_double_eq(toy_descent_steps(&beyond, 0.5), TOY_DESCENT_NEVER);
}
END_TEST

/* chi^2/(1 - chi^2) = 9 (25/49)^t against level^2/(1 - level^2), 16/9, 9/16 and (7/24)^2: ln(81/16)
 * = 1.62, ln 16 = 2.77 and ln 105.8 = 4.66 over ln(49/25) = 0.673.  With primes chi_1 = 77/(77, 39)
 * at the start.  From a x = b y the level is met and not passed; with a = b it never is. */
START_TEST(test_levels_by_hand) {
  const toy t = {3, 1, 4, 1.0 / 8, 1, 1, 0.5}, primes = {7, 3, 5, 1.0 / 16, -11, 13, 0.5};
  const toy even = {2, 1, 1, 0.25, 1, 2, 0.5}, tied = {2, 2, 1, 0.25, 1, 1, 0.5};
  ck_assert_double_eq(toy_descent_steps(&t, 0.8), 3);
  ck_assert_double_eq(toy_descent_steps(&t, 0.6), 5);
  ck_assert_double_eq(toy_descent_steps(&t, 0.28), 7);
  ck_assert_double_eq_tol(toy_descent_chi(&primes, 0), 77 / hypot(77, 39), 1e-15);
  ck_assert_double_eq_tol(toy_descent_chi(&primes, 3), 77 / hypot(77, 39 * pow(13.0 / 9, 3)),
                          1e-15);
  ck_assert_double_eq(toy_descent_chi(&even, 0), 1 / sqrt(2));
  ck_assert_double_eq(toy_descent_steps(&even, 1 / sqrt(2)), 1);
  ck_assert_double_eq(toy_descent_steps(&tied, 0.5), TOY_DESCENT_NEVER);
}
END_TEST

/* The verdict, and what the note says: nothing where the conclusion holds. */
START_TEST(test_planted) {
  const double eta = 1.0 / 16;
  const struct {
    toy t;
    const char *conclusion;
    verdict expected;
    const char *says;
  } planted[] = {
      {{8, 1, 1, eta, 1, 1, 0.5}, "falls_at_every_step", VERDICT_HOLDS, ""},
      {{1, 8, 1, eta, 1, 1, 0.5}, "falls_at_every_step", VERDICT_FAILS, "not 0 < p^2 < r^2"},
      {{8, 8, 1, eta, 1, 1, 0.5}, "falls_at_every_step", VERDICT_FAILS, "not 0 < p^2 < r^2"},
      {{16, 1, 1, eta, 1, 1, 0.5}, "falls_at_every_step", VERDICT_FAILS, "not 0 < p^2 < r^2"},
      {{8, 1, 1, eta, 0, 1, 0.5}, "falls_at_every_step", VERDICT_FAILS, "the alignment does not "},
      {{8, 1, 1, eta, 0, 1, 0.5}, "falls_at_every_step", VERDICT_FAILS, "fall in step 1"},
      /* eta a = 2 and 3, eta b = 2 and 3 */
      {{8, 1, 1, eta, 1, 1, 0.5}, "loss_falls", VERDICT_HOLDS, ""},
      {{32, 1, 1, eta, 1, 1, 0.5}, "loss_falls", VERDICT_FAILS, "p^2 or r^2"},
      {{48, 1, 1, eta, 1, 1, 0.5}, "loss_falls", VERDICT_FAILS, "p^2 or r^2"},
      {{1, 32, 1, eta, 1, 1, 0.5}, "loss_falls", VERDICT_FAILS, "p^2 or r^2"},
      {{1, 48, 1, eta, 1, 1, 0.5}, "loss_falls", VERDICT_FAILS, "p^2 or r^2"},
      {{8, 1, 1, eta, 3, 5, 0.5}, "path_is_a_power", VERDICT_HOLDS, ""},
      /* unfair: y enters E x, x enters E y */
      {{8, 1, 1, eta, 3, 5, 0.5}, "mean_path_of_sgd", VERDICT_HOLDS, ""},
      {{8, 1, 1, eta, 0, 1, 0.75}, "mean_path_of_sgd", VERDICT_FAILS, "x after 1 steps"},
      {{8, 1, 1, eta, 1, 0, 0.75}, "mean_path_of_sgd", VERDICT_FAILS, "y after 1 steps"},
      /* below every level from the start; above them until after 2^52 steps */
      {{8, 1, 1, eta, 1, 1, 0.5}, "steps_to_a_level", VERDICT_HOLDS, ""},
      {{8, 1, 1, eta, 0x1p-20, 1, 0.5}, "steps_to_a_level", VERDICT_VACUOUS, ""},
      {{8, 1, 1, 0x1p-54, 1, 1, 0.5}, "steps_to_a_level", VERDICT_VACUOUS, ""},
      {{8, 1, 1, eta, 0x1p-8, 1, 0.5}, "steps_to_a_level", VERDICT_HOLDS, ""}, /* 2^-10 alone */
  };
  for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
    support_says(claim_find_conclusion(&toy_descent_claim, planted[i].conclusion), &planted[i].t,
                 planted[i].expected, planted[i].says);
  const toy none = {3, 1, 4, 0.125, 0, 0, 0.5}, x = {3, 1, 4, 0.125, 1, 0, 0.5},
            y = {3, 1, 4, 0.125, 0, 1, 0.5};
  ck_assert(!toy_descent_claim.is_defined(&none));
  ck_assert(toy_descent_claim.is_defined(&x) && toy_descent_claim.is_defined(&y));
}
END_TEST

/* x is a whole number of the least double, so that a x is rounded far more than is allowed for and
 * the computed step is off by some: at 2^-25 a step, with p next to 1 and to -1/4. */
static toy awry(int n) {
  const int kind = n % 2;
  const double x = ldexp(1 + floor(exp2(18 + n % 7) * (1 + n / 1501.0)), -1074);
  const double y = ldexp(1, -1056 + n % 7);
  if (kind == 1)
    return (toy){2.5, 1.5 - 0x1p-24, 1, 0.5, x, ldexp(y, -2), 0.5};
  return (toy){2 + n / 1501.0, 1, 1, 0x1p-25 * (1 + n / 2 % 3), x, y, 0.5};
}

/* When chi_1 passes each level is known in long doubles: the verdict HOLDS where the computed step
 * is that one, is UNDECIDED where it is within the error (steps (8/p + 8) + 64) u/ln(r/p) + 8 u
 * steps of it, and FAILS beyond. */
START_TEST(test_steps_are_told_apart) {
  static const double levels[] = {0.5, 0.125, 0x1p-10};
  int count[2][VERDICT_REFUTED + 1] = {{0}};
  for (int n = 0; n < 2000; n++) {
    const toy t = awry(n);
    const long double p = fabsl(1 - (long double)t.eta * t.a), r = 1 - (long double)t.eta * t.b;
    const long double slope = logl(r) - logl(p);
    const long double start = logl((long double)t.a * t.x / ((long double)t.b * t.y));
    verdict expected = VERDICT_VACUOUS;
    bool close = false;
    for (size_t i = 0; i < 3 && (expected == VERDICT_VACUOUS || expected == VERDICT_HOLDS); i++) {
      const double steps = toy_descent_steps(&t, levels[i]);
      if (steps == 0)
        continue;
      const long double level = levels[i];
      const long double at = (start - logl(level / sqrtl(1 - level * level))) / slope;
      const double error =
          (steps * (8 / (double)p + 8) + 64) * 0x1p-53 / (double)slope + steps * 0x1p-50;
      /* passed after `late` steps, and not after `early` */
      const double early = fmax(0, floor(steps - 1 - error)), late = ceil(steps + error);
      const double near = 1e-3 + 1e-12 * steps;
      close = close || fabsl(at - steps) < near || fabsl(at - steps + 1) < near ||
              fabsl(at - early) < near || fabsl(at - late) < near;
      expected = at < steps && at >= steps - 1 ? VERDICT_HOLDS
                 : at < late && at >= early    ? VERDICT_UNDECIDED
                                               : VERDICT_FAILS;
    }
    if (close)
      continue;
    const verdict v = support_check(&toy_descent_claim, "steps_to_a_level", &t);
    count[n % 2][v]++;
    ck_assert_msg(v == expected, "%d: %s, not %s", n, verdict_name(v), verdict_name(expected));
  }
  for (int kind = 0; kind < 2; kind++)
    ck_assert_msg(count[kind][VERDICT_HOLDS] > 20 && count[kind][VERDICT_UNDECIDED] > 20 &&
                      count[kind][VERDICT_FAILS] > 20,
                  "%d: %d, %d, %d", kind, count[kind][VERDICT_HOLDS],
                  count[kind][VERDICT_UNDECIDED], count[kind][VERDICT_FAILS]);
}
END_TEST

/* --- the family ----------------------------------------------------------------------------- */

static bool same(const toy *s, const toy *t) {
  return s->a == t->a && s->b == t->b && s->c == t->c && s->eta == t->eta && s->x == t->x &&
         s->y == t->y && s->plus == t->plus;
}

START_TEST(test_family) {
  scratch folder;
  char path[SCRATCH_PATH_LENGTH + 64];
  gsl_rng *rng = random_alloc(1);
  diagnostic diag = {GSL_SUCCESS, ""};
  scratch_make(&folder);
  scratch_path(&folder, "toy.csv", path);
  for (int trial = 0; trial < 50; trial++) {
    toy *t = toy_generate(rng, &diag);
    FILE *file = fopen(path, "w");
    toy_family.print(file, t);
    fclose(file);
    toy *again = toy_family.read(path, &diag);
    ck_assert_msg(again != NULL && same(t, again), "%s", diag.message);
    bool done = false;
    for (size_t attempt = 0; !done; attempt++) {
      toy *simpler = toy_family.simplify(t, attempt, &done);
      ck_assert(simpler == NULL || toy_family.complexity(simpler) < toy_family.complexity(t));
      ck_assert(simpler == NULL || (simpler->a > 0 && simpler->b > 0 && simpler->eta > 0));
      toy_free(simpler);
    }
    toy *other = toy_family.perturb(t, rng);
    ck_assert(!same(t, other) && other->plus <= 1);
    toy_free(other);
    toy_free(again);
    toy_free(t);
  }
  gsl_rng_free(rng);
  scratch_remove(&folder);
}
END_TEST

START_TEST(test_damaged_files) {
  static const struct {
    const char *text, *message;
  } damaged[] = {
      {"# family = quadratic\n", ":1: family is 'quadratic': 'toy' is expected"},
      {"# family = toy\n# eta = 1\n# plus = 0.5\nlambda,theta\n2,1\n1,1\n", "c"},
      {"# family = toy\n# c = 1\n# eta = 0\n# plus = 0.5\nlambda,theta\n2,1\n1,1\n",
       ":3: eta is 0: not positive"},
      {"# family = toy\n# c = 1\n# eta = 1\n# plus = 2\nlambda,theta\n2,1\n1,1\n",
       ":4: plus is 2: not a probability"},
      {"# family = toy\n# c = nan\n# eta = 1\n# plus = 0.5\nlambda,theta\n2,1\n1,1\n", ":2: c is"},
      {"# family = toy\n# c = 1\n# eta = 1\n# plus = 0.5\nlambda,x\n2,1\n1,1\n",
       ":5: the columns of a toy model are lambda, theta"},
      {"# family = toy\n# c = 1\n# eta = 1\n# plus = 0.5\nlambda,theta\n2,1\n1,1\n1,1\n",
       ":8: 3 rows"},
      {"# family = toy\n# c = 1\n# eta = 1\n# plus = 0.5\nlambda,theta\n2,1\n-1,1\n",
       ":7: lambda is -1: not positive"},
  };
  scratch folder;
  char path[SCRATCH_PATH_LENGTH + 64];
  scratch_make(&folder);
  scratch_path(&folder, "damaged.csv", path);
  for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
    diagnostic diag = {GSL_SUCCESS, ""};
    scratch_write(path, damaged[i].text, strlen(damaged[i].text));
    ck_assert_msg(toy_family.read(path, &diag) == NULL, "%s is read", damaged[i].text);
    ck_assert_msg(strstr(diag.message, damaged[i].message) != NULL, "'%s' lacks '%s'", diag.message,
                  damaged[i].message);
  }
  scratch_remove(&folder);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P1 toy_descent");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(30));
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_source);
  tcase_add_test(core, test_edges);
  tcase_add_test(core, test_levels_by_hand);
  tcase_add_test(core, test_planted);
  tcase_add_test(core, test_steps_are_told_apart);
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_family);
  tcase_add_test(core, test_damaged_files);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
