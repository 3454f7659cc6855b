/* L1: theory/one_step_moments, src/claims/one_step_moments. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "claims/one_step_moments.h"
#include "exact/dense_step.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"

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

/* gamma_22 sum((1 + eta lambda)^2 g^2 + (eta lambda)^2 v)/17 at eta = 1/2. */
START_TEST(test_mean_field_error) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){5, 3, 2}, (const double[]){1, 2, 3},
                                   (const double[]){7, 11, 13}, 0.0);
  const double loss = 12.25 + 6.25 * 7 + 6.25 * 4 + 2.25 * 11 + 4 * 9 + 13;
  ck_assert_double_eq_tol(one_step_mean_field_error(q, 0.5, 17) / (22 * 0x1p-53 * loss / 17), 1,
                          1e-12);
  quadratic_free(q);
}
END_TEST

/* A truth of -8 whose own rounding is 2^-49, and an error of 2^-40. */
START_TEST(test_planted_value) {
  for (int side = -1; side <= 1; side += 2) {
    claim_note note = {"", 0};
    const double edge = 0x1p-40 + 0x1p-49;
    ck_assert_int_eq(one_step_moments_expect(-8 + side * edge, -8, 0x1p-40, 0.5, &note),
                     VERDICT_HOLDS);
    ck_assert_int_eq(one_step_moments_expect(-8 + side * (edge + 0x1p-49), -8, 0x1p-40, 0.5, &note),
                     VERDICT_FAILS);
    char start[] = "eta = 0x1p-1: -0x";
    ck_assert(strncmp(note.text, start, strlen(start)) == 0);
  }
}
END_TEST

/* --- planted errors: every step is looked at, within the stated bounds ------------------------ */

enum { STEPS = 5 };

static void steps_of(const quadratic *q, double eta[STEPS]) {
  const double step[STEPS] = {1e-3 / q->lambda[0], 1 / q->lambda[0], 1.9 / q->lambda[0],
                              1 / q->lambda[q->k], 10 / q->lambda[q->d - 1]};
  memcpy(eta, step, sizeof step);
}

/* Two directions carry a state; the others are there for the steps.  A bias, all 0 yet. */
static quadratic *planted_instance(double first) {
  quadratic *q = quadratic_literal(4, 2, (const double[]){first, 8, 4, 2},
                                   (const double[]){0, 1, 0, 1}, (const double[]){0, 1, 0, 1}, 0);
  q->bias = calloc(4, sizeof *q->bias);
  return q;
}

/* The conclusion holds where no ratio of planted error to allowance is above 1, and else names the
 * first step at which one is; -1: too near to 1 to tell, -2: holds. */
static int expect_first(const char *name, const quadratic *q, const double ratio[STEPS]) {
  double eta[STEPS];
  int first = -2;
  steps_of(q, eta);
  for (int s = STEPS - 1; s >= 0; s--) {
    if (ratio[s] > 0.88 && ratio[s] < 1.14)
      return -1;
    first = ratio[s] > 1 ? s : first;
  }
  claim_note note = {"", 0};
  const verdict v = claim_find_conclusion(&one_step_moments_claim, name)->check(q, &note);
  ck_assert_msg(v == (first == -2 ? VERDICT_HOLDS : VERDICT_FAILS), "%s: %s", name, note.text);
  if (first >= 0) {
    char start[64];
    snprintf(start, sizeof start, "eta = %a:", eta[first]);
    ck_assert_msg(strncmp(note.text, start, strlen(start)) == 0, "%s: %s, not %s", name, note.text,
                  start);
  }
  return first;
}

static void expect_all_seen(const int seen[STEPS + 1]) {
  for (int s = 0; s <= STEPS; s++)
    ck_assert_msg(seen[s] > 0, "%d", s);
}

/* A bias b along one direction adds m b (m b - 2 (1 - m) g) to its moment, m = eta lambda; the
 * bound of the moment is gamma_16 + gamma_6 times (1 + 2 m + 2 m^2). */
START_TEST(test_moments_look_at_every_step) {
  for (int bulk = 0; bulk < 2; bulk++) {
    int seen[STEPS + 1] = {0};
    quadratic *q = planted_instance(0x1p20);
    double eta[STEPS], ratio[STEPS];
    steps_of(q, eta);
    for (int n = -240; n < 20; n++) {
      const double b = -pow(2, 0.25 * n), lambda = bulk ? 2 : 8;
      q->bias[bulk ? 3 : 1] = b;
      for (int s = 0; s < STEPS; s++) {
        const double m = eta[s] * lambda, truth = (1 - m) * (1 - m) + m * m;
        ratio[s] = fabs(m * b * (m * b - 2 * (1 - m))) /
                   (22 * 0x1p-53 * (1 + 2 * m + 2 * m * m) + 0x1p-52 * truth);
      }
      const int first = expect_first(bulk ? "bulk_moment" : "dominant_moment", q, ratio);
      if (first != -1)
        seen[first == -2 ? STEPS : first]++;
    }
    expect_all_seen(seen);
    quadratic_free(q);
  }
}
END_TEST

/* The same bias moves the mean-field alignment, which is given the error of the chapter's first
 * part: what it does is computed here with the digits of long doubles. */
START_TEST(test_mean_field_looks_at_every_step) {
  int seen[STEPS + 1] = {0};
  quadratic *q = planted_instance(0x1p20);
  double eta[STEPS], ratio[STEPS];
  steps_of(q, eta);
  for (int n = -240; n < 20; n++) {
    const double b = -pow(2, 0.25 * n);
    q->bias[1] = b;
    for (int s = 0; s < STEPS; s++) {
      const long double m = 8 * (long double)eta[s], r = 2 * (long double)eta[s];
      const long double moved = m * b * (m * b - 2 * (1 - m));
      const long double dominant = (1 - m) * (1 - m) + m * m, rest = (1 - r) * (1 - r) + r * r;
      const long double total = dominant + rest;
      /* (D + x)/(S + x) - D/S = x B/(S (S + x)) */
      ratio[s] = (double)(fabsl(moved * rest / (total * (total + moved))) /
                          one_step_mean_field_error(q, eta[s], (double)(total + moved)));
    }
    const int first = expect_first("mean_field_alignment", q, ratio);
    if (first != -1)
      seen[first == -2 ? STEPS : first]++;
  }
  expect_all_seen(seen);
  quadratic_free(q);
}
END_TEST

/* A covariance whose diagonal is not v: the dense moments are those of more noise, m^2 c more. */
START_TEST(test_dense_basis_looks_at_every_step) {
  for (int bulk = 0; bulk < 2; bulk++) {
    int seen[STEPS + 1] = {0};
    quadratic *q = planted_instance(16);
    const size_t at = bulk ? 3 : 1;
    double eta[STEPS], ratio[STEPS];
    steps_of(q, eta);
    q->covariance = gsl_matrix_calloc(4, 4);
    for (int n = -360; n < -40; n++) {
      const double more = pow(2, 0.125 * n);
      gsl_matrix_set(q->covariance, 1, 1, 1);
      gsl_matrix_set(q->covariance, 3, 3, 1);
      gsl_matrix_set(q->covariance, at, at, 1 + more);
      for (int s = 0; s < STEPS; s++) {
        const double m = eta[s] * q->lambda[at];
        dense_step_moments dense;
        ck_assert_int_eq(dense_step_expectations(q, eta[s], &dense), 0);
        ratio[s] = m * m * more / dense.error;
      }
      const int first = expect_first("dense_basis", q, ratio);
      if (first != -1)
        seen[first == -2 ? STEPS : first]++;
    }
    expect_all_seen(seen);
    quadratic_free(q);
  }
}
END_TEST

static claim_note conclude(const char *name, quadratic *q, verdict expected) {
  claim_note note = {"", 0};
  const verdict v = claim_find_conclusion(&one_step_moments_claim, name)->check(q, &note);
  ck_assert_msg(v == expected, "%s: %s", name, note.text);
  quadratic_free(q);
  return note;
}

/* Dense matrices are for up to 24 directions and condition numbers up to 1e4. */
START_TEST(test_dense_basis_has_a_domain) {
  support_rotation_has_a_domain(&one_step_moments_claim, "dense_basis");
}
END_TEST

/* A step of eta = 1/1000 with r = 512 eta: a coordinate of gradient r and bias 1 - r is wiped out,
 * exactly, and the alignment is not what it is without the bias.  One of gradient 1 - r and bias
 * r - 1 ends at 1 - r, as one of gradient 1 without a bias does. */
START_TEST(test_mean_field_with_one_set_wiped_out) {
  const double r = 512 * 1e-3, one = 1, none = 0;
  const struct {
    double lambda_bulk, g[3], bias[3];
  } planted[] = {{512, {one, none, r}, {none, none, 1 - r}},         /* no bulk */
                 {1, {none, r, one}, {none, 1 - r, none}},           /* no dominant part */
                 {512, {none, one, 1 - r}, {none, none, -(1 - r)}}}; /* as much of both */
  for (int n = 0; n < 3; n++) {
    quadratic *q = quadratic_literal(3, 2, (const double[]){1, 512, planted[n].lambda_bulk},
                                     planted[n].g, (const double[]){0, 0, 0}, 0);
    q->bias = calloc(3, sizeof *q->bias);
    memcpy(q->bias, planted[n].bias, sizeof planted[n].bias);
    const exact_step step = {q, 1e-3};
    const double dominant = certified_value_of(exact_step_dominant, &step);
    const double bulk = certified_value_of(exact_step_bulk, &step);
    ck_assert(n == 0 ? bulk == 0 : n == 1 ? dominant == 0 : dominant == bulk);
    char start[64];
    snprintf(start, sizeof start, "eta = %a:", 1e-3);
    const claim_note note = conclude("mean_field_alignment", q, VERDICT_FAILS);
    ck_assert_msg(strncmp(note.text, start, strlen(start)) == 0, "%s", note.text);
  }
  /* There is no alignment without a gradient and noise, and nothing is said of it. */
  conclude("mean_field_alignment", quadratic_pair(10, 1, 0, 0, 0, 0), VERDICT_HOLDS);
}
END_TEST

/* A gradient that is no number leaves everything open: first, the constant coefficient of its set.
 */
START_TEST(test_polynomials_of_no_number) {
  for (int bulk = 0; bulk < 2; bulk++) {
    char text[64];
    snprintf(text, sizeof text, "E|%cg'|^2 less its formula, at eta^0: no sign at 8192 bits",
             bulk ? 'Q' : 'P');
    const claim_note note =
        conclude("moments_as_polynomials",
                 quadratic_pair(10, 1, bulk ? 1 : NAN, bulk ? NAN : 1, 1, 1), VERDICT_UNDECIDED);
    ck_assert_str_eq(note.text, text);
  }
}
END_TEST

/* lambda = (2, 1), g = (1, 1) and the biases (1, -2) in one of the sets: its coefficient of eta is
 * -2 sum lambda g (g + b) as without them, that of eta^2 is not; with (1, 0) both are not. */
START_TEST(test_polynomials_name_what_differs) {
  for (int bulk = 0; bulk < 2; bulk++)
    for (int power = 1; power <= 2; power++) {
      quadratic *q =
          quadratic_literal(4, 2, (const double[]){2, 1, 2, 1}, (const double[]){1, 1, 1, 1},
                            (const double[]){3, 5, 7, 11}, 0);
      q->bias = calloc(4, sizeof *q->bias);
      q->bias[bulk ? 2 : 0] = 1;
      q->bias[bulk ? 3 : 1] = power == 1 ? 0 : -2;
      char start[64];
      snprintf(start, sizeof start, "E|%cg'|^2 less its formula, at eta^%d has sign",
               bulk ? 'Q' : 'P', power);
      const claim_note note = conclude("moments_as_polynomials", q, VERDICT_FAILS);
      ck_assert_msg(strncmp(note.text, start, strlen(start)) == 0, "%s", note.text);
    }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("L1 one_step_moments");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_hand_moments);
  tcase_add_test(core, test_hand_sums);
  tcase_add_test(core, test_tiny_gap);
  tcase_add_test(core, test_error_is_small);
  tcase_add_test(core, test_reference_is_at_the_gap);
  tcase_add_test(core, test_bounds_are_those_of_the_chapter);
  tcase_add_test(core, test_mean_field_error);
  tcase_add_test(core, test_planted_value);
  tcase_add_test(core, test_moments_look_at_every_step);
  tcase_add_test(core, test_mean_field_looks_at_every_step);
  tcase_add_test(core, test_dense_basis_looks_at_every_step);
  tcase_add_test(core, test_dense_basis_has_a_domain);
  tcase_add_test(core, test_mean_field_with_one_set_wiped_out);
  tcase_add_test(core, test_polynomials_of_no_number);
  tcase_add_test(core, test_polynomials_name_what_differs);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
