/* P5: theory/switches, src/claims/switches. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/switches.h"
#include "claims/two_phases.h"
#include "exact/exact_run.h"
#include "families/quadratic_family.h"
#include "model/random.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&switches_claim);
}
END_TEST

/* lambda = (8, 1), v = (1, 1), eta = 1/16: rho = (1/4, 225/256), s = (1/3, 1/31),
 * alpha_oo = 31/34. */
static quadratic *pair(double g_dominant, double g_bulk, double v) {
  quadratic *q =
      quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){g_dominant, g_bulk},
                        (const double[]){v, v}, 1.0 / 16);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* Off: R_t = (31/3) (64/225)^t, below 1 from t = 2: 31/3 (64/225) = 2.94, then 0.836.  Below 1/15
 * from t = 5: 0.0676... at 4 is above 0.0667, 0.0192 at 5. */
START_TEST(test_off_by_hand) {
  quadratic *q = pair(0, 0, 1);
  ck_assert_double_eq_tol(two_phases_limit(q), 31.0 / 34, 1e-15);
  ck_assert_double_eq(switches_steps(q, 0.5), 2);
  ck_assert_double_eq(switches_steps(q, 1.0 / 16), 5);
  ck_assert_double_eq(switches_steps(q, 0.95), 0); /* it is below already */
  q->eta = 0.24; /* beyond 2/9 the dominant direction is the slower one */
  ck_assert_double_eq(switches_steps(q, 0.5), SWITCHES_NO_STEPS);
  quadratic_free(q);
}
END_TEST

/* On from the minimum: V_D/(V_D+V_B) = 64/65 after one step; the bound is
 * alpha_oo (1 - alpha_oo) rho^t/(1 - rho^t). */
START_TEST(test_on_by_hand) {
  quadratic *q = pair(0, 0, 1);
  ck_assert_double_eq_tol(two_phases_alignment(q, 1), 64.0 / 65, 1e-15);
  double last = 1;
  for (int t = 1; t <= 60; t++) {
    const double alignment = two_phases_alignment(q, t), rho = pow(225.0 / 256, t);
    ck_assert(alignment < last && alignment > 31.0 / 34);
    const double bound = 31.0 * 3.0 / (34 * 34) * rho / (1 - rho);
    ck_assert_double_eq_tol(switches_bound(q, t), bound, 1e-12 * bound);
    ck_assert(alignment - 31.0 / 34 <= bound);
    last = alignment;
  }
  ck_assert(isinf(switches_bound(q, 0)));
  quadratic_free(q);
}
END_TEST

/* --- four directions, each with numbers of its own ------------------------------------------- */

/* lambda = (8, 4 | 2, 1), s = (2, 3 | 5, 7), eta = 1/16: rho = (1/4, 9/16 | 49/64, 225/256).  The
 * arrays have a fifth direction, which is none of q's. */
static quadratic *four(const double *g) {
  quadratic *q = quadratic_literal(5, 2, (const double[]){8, 4, 2, 1, 0.5},
                                   (const double[]){g[0], g[1], g[2], g[3], 11},
                                   (const double[]){6, 21, 75, 217, 1e5}, 1.0 / 16);
  ck_assert_ptr_nonnull(q);
  q->d = 4;
  return q;
}

/* g^2 - s = (7, -2 | -4, 9): S_B E_D^+ + S_D E_B^- = 12*7 + 5*4, S_B E_D^- + S_D E_B^+ = 12*2 +
 * 5*9, S = 17, E = 6.  And with g^2 - s = (-1, 1 | 4, 18): 12*1 + 5*0 and 12*1 + 5*22, E = 1. */
START_TEST(test_bound_in_four_directions) {
  quadratic *q = four((const double[]){3, 1, 1, 4});
  for (int t = 0; t <= 20; t++) {
    const double rho = pow(225.0 / 256, t), bound = rho * 104 / (17 * (17 - rho * 6));
    ck_assert_double_eq_tol(switches_bound(q, t), bound, 1e-13 * bound);
  }
  quadratic_free(q);
  q = four((const double[]){1, 2, 3, 5});
  const double rho = pow(225.0 / 256, 3), bound = rho * 122 / (17 * (17 - rho * 1));
  ck_assert_double_eq_tol(switches_bound(q, 3), bound, 1e-13 * bound);
  quadratic_free(q);
  /* In one set alone, at t = 0 from the minimum: 0/0 says nothing. */
  q = four((const double[]){0, 0, 0, 0});
  q->v[0] = q->v[1] = 0;
  ck_assert(isinf(switches_bound(q, 0)));
  quadratic_free(q);
}
END_TEST

/* The rate is that of lambda_2, ln(49/36), or beyond eta lambda_1 = 1 that of lambda_1. */
START_TEST(test_steps_in_four_directions) {
  quadratic *q = four((const double[]){0, 0, 0, 0});
  const double levels[] = {0.25, 0.1, 0.015625, 1e-6};
  for (size_t i = 0; i < 4; i++) {
    const double level = levels[i], fall = log(5.0 / 12 * (1 - level) / level);
    ck_assert_double_eq(switches_steps(q, level), floor(fall / log(49.0 / 36)) + 1);
  }
  /* eta lambda = (3/2, 3/4 | 3/8, 3/16): s = v (3, 3/5 | 3/13, 3/29) = (30, 6 | 3, 3), and
   * rho_3/rho_1 = (25/64)/(1/4) */
  q->eta = 3.0 / 16;
  memcpy(q->v, (const double[]){10, 10, 13, 29}, 4 * sizeof *q->v);
  for (size_t i = 0; i < 4; i++) {
    const double level = levels[i], fall = log(6.0 * (1 - level) / level);
    ck_assert_double_eq(switches_steps(q, level), floor(fall / log(25.0 / 16)) + 1);
  }
  q->lambda[1] = q->lambda[2]; /* no gap: no rate */
  ck_assert_double_eq(switches_steps(q, 0.5), SWITCHES_NO_STEPS);
  quadratic_free(q);
  /* R_0 = 1 is not below 1: one step. */
  q = pair(0, 0, 1);
  q->v[0] = 3;
  q->v[1] = 31;
  ck_assert_double_eq(switches_steps(q, 0.5), 1);
  /* and one step that wipes the dominant set out suffices for any level */
  q->eta = 1.0 / 8;
  ck_assert_double_eq(switches_steps(q, 1e-9), 1);
  quadratic_free(q);
}
END_TEST

/* 8 u (t rate (2 + 1/a) + d + 64) with a = 1/2 of 1 - eta lambda_1, then 1/8 of 2 - eta (lambda_1 +
 * lambda_3), then 1/8 of 1 - eta lambda_2. */
START_TEST(test_steps_slack) {
  quadratic *q = four((const double[]){0, 0, 0, 0});
  const double unit = 0x1p-53;
  double truth = 8 * unit * (100 * log(49.0 / 36) * 4 + 68);
  ck_assert_double_eq_tol(switches_steps_slack(q, 100), truth, 1e-13 * truth);
  q->eta = 3.0 / 16;
  truth = 8 * unit * (100 * log(25.0 / 16) * 10 + 68);
  ck_assert_double_eq_tol(switches_steps_slack(q, 100), truth, 1e-13 * truth);
  q->eta = 1.0 / 16; /* eta lambda = (19/16, 7/8 | 1/8, 1/16): rho_3/rho_1 = (14/3)^2 */
  q->lambda[0] = 19;
  q->lambda[1] = 14;
  truth = 8 * unit * (100 * 2 * log(14.0 / 3) * 10 + 68);
  ck_assert_double_eq_tol(switches_steps_slack(q, 100), truth, 1e-13 * truth);
  quadratic_free(q);
}
END_TEST

/* What the directions of one set have after t steps, from g^2, s and rho. */
static double after(const double *g, const double *s, const double *rho, double t) {
  double sum = 0;
  for (int i = 0; i < 2; i++)
    sum += s[i] + pow(rho[i], t) * (g[i] * g[i] - s[i]);
  return sum;
}

static void expect_numbers(arb_srcptr found, const double *truth, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const double value = arf_get_d(arb_midref(found + i), ARF_RND_NEAR);
    ck_assert_msg(fabs(value - truth[i]) <= 1e-11 * fmax(1.0, fabs(truth[i])),
                  "%zu: %.17g, not %.17g", i, value, truth[i]);
  }
}

typedef struct {
  double lambda[4], rest[4], rho[4], eta;
  int slowest, fastest; /* of the dominant ones */
} numbers;

static const numbers three_cases[] = {
    {{8, 4, 2, 1}, {2, 3, 5, 7}, {1.0 / 4, 9.0 / 16, 49.0 / 64, 225.0 / 256}, 1.0 / 16, 1, 0},
    {{8, 4, 2, 1}, {3, 13, 7, 5}, {1.0 / 4, 1.0 / 16, 25.0 / 64, 169.0 / 256}, 3.0 / 16, 0, 1},
    {{12, 8, 2, 1}, {2, 3, 5, 7}, {1.0 / 16, 1.0 / 4, 49.0 / 64, 225.0 / 256}, 1.0 / 16, 1, 0}};

static quadratic *numbered(const numbers *n, const double *g) {
  quadratic *q = quadratic_literal(4, 2, n->lambda, g, (const double[]){1, 1, 1, 1}, n->eta);
  ck_assert_ptr_nonnull(q);
  for (int i = 0; i < 4; i++)
    q->v[i] = n->rest[i] * (2 - q->eta * q->lambda[i]) / (q->eta * q->lambda[i]);
  return q;
}

START_TEST(test_lines_of_descent) {
  const double g[] = {3, 5, 2, 4};
  arb_ptr values = _arb_vec_init(6);
  for (size_t i = 0; i < 3; i++) {
    const numbers *n = three_cases + i;
    quadratic *q = numbered(n, g);
    const exact_run run = {q, 3};
    double d[6], b[6];
    for (int t = 0; t < 6; t++) {
      d[t] = after(g, n->rest, n->rho, t);
      b[t] = after(g + 2, n->rest + 2, n->rho + 2, t);
    }
    const double most = pow(n->rho[n->slowest], 3), least = pow(n->rho[n->fastest], 3),
                 first = pow(n->rho[2], 3), last = pow(n->rho[3], 3), own = g[n->slowest];
    switches_off_lines(values, &run, 256);
    expect_numbers(values,
                   (const double[]){d[4] * b[3] - d[3] * b[4],
                                    d[3] * first * b[0] - d[0] * most * b[3],
                                    d[3] * last * b[0] - d[0] * least * b[3]},
                   3);
    switches_rate_lines(values, &run, 256);
    expect_numbers(values,
                   (const double[]){d[3] - own * own * most, d[0] * most - d[3], b[3] - 16 * last,
                                    b[0] * last - b[3], d[5] * d[3] - d[4] * d[4],
                                    b[5] * b[3] - b[4] * b[4]},
                   6);
    quadratic_free(q);
  }
  _arb_vec_clear(values, 6);
}
END_TEST

/* E as in the bound above. */
START_TEST(test_lines_of_return) {
  const double g[] = {3, 1, 1, 4};
  arb_ptr values = _arb_vec_init(3);
  quadratic *q = numbered(three_cases, g);
  const exact_run run = {q, 3};
  const double d = after(g, three_cases->rest, three_cases->rho, 3),
               b = after(g + 2, three_cases->rest + 2, three_cases->rho + 2, 3),
               power = pow(225.0 / 256, 3), moved = 12 * d - 5 * b;
  switches_return_lines(values, &run, 256);
  expect_numbers(
      values, (const double[]){power * 104 - moved, power * 69 + moved, d + b - 17 + power * 6}, 3);
  /* V_D = 64*6 + 16*21, V_B = 4*75 + 217 */
  switches_first_step(values, &run, 256);
  expect_numbers(values, (const double[]){d * 517 - b * 720}, 1);
  quadratic_free(q);
  _arb_vec_clear(values, 3);
}
END_TEST

/* --- planted errors -------------------------------------------------------------------------- */

/* The conclusion fails, for this reason. */
static void expect_failure(const quadratic *q, const char *name, const char *why) {
  claim_note note = {"", 0};
  const verdict v = claim_find_conclusion(&switches_claim, name)->check(q, &note);
  ck_assert_msg(v == VERDICT_FAILS && strstr(note.text, why) == note.text, "%s %s: %s", name,
                verdict_name(v), note.text);
}

/* Another step size from step `from` on than the one that the statement is about. */
static void expect_late(double eta, size_t from, double late, const char *name, const char *why) {
  quadratic *q = pair(0, 0, 1);
  q->eta = eta;
  q->switch_step = from;
  q->eta_late = late;
  expect_failure(q, name, why);
  quadratic_free(q);
}

START_TEST(test_planted_in_descent) {
  const char *falls = "falls_at_its_rate", *rate = "rate_in_the_end";
  /* at eta = 0.24 the alignment rises, in step 0 alone */
  expect_late(0.24, 1, 1.0 / 16, falls, "the change of the alignment has sign +");
  expect_late(1.0 / 16, 1, 0x1p-20, falls, "R_t less R_0 (rho_+/rho_{k+1})^t");
  expect_late(1.0 / 16, 1, 7.0 / 64, falls, "R_t less R_0 (rho_-/rho_d)^t");
  expect_late(1.0 / 16, 1, 7.0 / 64, rate, "D_{t+2} D_t - D_{t+1}^2"); /* at t = 0 */
  expect_late(1.0 / 16, 2, 7.0 / 64, rate, "D_{t+2} D_t - D_{t+1}^2"); /* at t = 1 */
  expect_late(1.0 / 16, 3, 7.0 / 64, rate, "D_t less s_+ rho_+^t");    /* at t = 7 */
  expect_late(1.0 / 16, 1, 1.0 / 32, rate, "S_D rho_+^t less D_t");    /* at t = 3 */
  /* 3/16 takes the dominant direction as far as 1/16 does, and the bulk further */
  expect_late(1.0 / 16, 1, 3.0 / 16, rate, "B_{t+2} B_t - B_{t+1}^2"); /* at t = 0 */
  expect_late(1.0 / 16, 3, 3.0 / 16, rate, "B_t less s_d rho_d^t");    /* at t = 7 */
  expect_late(3.0 / 16, 1, 1.0 / 16, rate, "S_B rho_d^t less B_t");    /* at t = 3 */
}
END_TEST

/* From the minimum.  A slow dominant direction makes alpha_1 too small, and the alignment rise
 * after step 2 though not before; one without noise is out of order, and nothing else. */
START_TEST(test_planted_in_the_overshoot) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){15, 1, 11}, (const double[]){1, 1, 1},
                                   (const double[]){1, 11, 1}, 1.0 / 16);
  expect_failure(q, "overshoots", "alpha_oo less the alignment has sign +");
  quadratic_free(q);
  q = quadratic_literal(3, 2, (const double[]){8, 0.5, 1}, (const double[]){1, 1, 1},
                        (const double[]){1, 0, 1}, 1.0 / 16);
  expect_failure(q, "overshoots", "the least bulk rho_j less the largest dominant rho_i");
  quadratic_free(q);
}
END_TEST

/* rho = (9/16, 225/256 | 1/16), g^2 - s = (2, -1 | 0): with rho_3 for the slowest the bound above
 * is broken at t = 1, and at t = 2 the one below. */
START_TEST(test_planted_in_the_return) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){4, 1, 12}, (const double[]){2, 0, 3},
                                   (const double[]){14, 31, 15}, 1.0 / 16);
  expect_failure(q, "returns_at_its_rate", "the bound above less the excess");
  quadratic_free(q);
}
END_TEST

/* It all but stands still after one step; has no steps; needs none. */
START_TEST(test_planted_in_the_steps) {
  expect_late(1.0 / 16, 1, 0x1p-20, "steps_that_suffice",
              "after 2 steps the alignment is not below 0x1p-1");
  quadratic *q = pair(0, 0, 1);
  ck_assert_int_eq(support_check(&switches_claim, "steps_that_suffice", q), VERDICT_HOLDS);
  q->eta = 0.24;
  ck_assert_int_eq(support_check(&switches_claim, "steps_that_suffice", q), VERDICT_VACUOUS);
  q->eta = 1.0 / 16;
  q->v[0] = 1e-9;
  ck_assert_int_eq(support_check(&switches_claim, "steps_that_suffice", q), VERDICT_HOLDS);
  quadratic_free(q);
}
END_TEST

/* R_1 = (1 + off)/1023 and no further, for the level 2^-10: within rounding nothing is said. */
START_TEST(test_steps_within_rounding) {
  static const double off[] = {2e-14, 2e-12};
  for (int i = 0; i < 2; i++) {
    quadratic *q = pair(0, 0, 1);
    q->v[0] = 3.0 / 31 * 225 / 64 / 1023 * (1 + off[i]);
    q->switch_step = 1;
    q->eta_late = 0x1p-80;
    ck_assert_int_eq(support_check(&switches_claim, "steps_that_suffice", q),
                     i == 0 ? VERDICT_UNDECIDED : VERDICT_FAILS);
    quadratic_free(q);
  }
}
END_TEST

/* The bulk falls by 1 - 2e-6 a step and the dominant direction is at rest, alpha = 1/(1 + E rho^t)
 * nearly: below 1/2 squared for thousands of steps, and far from 0.95 for all that are taken. */
static quadratic *slow(double bulk, double lambda) {
  quadratic *q =
      quadratic_literal(2, 1, (const double[]){8, lambda}, (const double[]){1, sqrt(bulk)},
                        (const double[]){3, 1e-9}, 1.0 / 16);
  ck_assert_ptr_nonnull(q);
  return q;
}

START_TEST(test_criterion_is_looked_at) {
  claim_note note = {"", 0};
  /* squares that underflow: alignment 1/2, or nearly 1, that the computed one knows nothing of */
  quadratic *q = pair(1e-170, 1e-170, 0);
  q->lambda[0] = q->lambda[1] = 1; /* the alignment stays */
  expect_failure(q, "criterion", "level 0.5: not never, up to 150");
  q->g[1] = 1e-175;
  expect_failure(q, "criterion", "level 0.95: not never, up to 150");
  quadratic_free(q);
  /* open, and met too late to be followed: nothing was tried */
  size_t step = 99;
  switches_answer answer;
  q = slow(3.1, 1.0 / 65536);
  ck_assert_int_eq(switches_criterion(q, 0.95, 0.9, &answer, &step), GSL_SUCCESS);
  ck_assert_int_eq(answer, SWITCHES_OPEN);
  ck_assert_int_eq(switches_criterion(q, 0.5, 0.9, &answer, &step), GSL_SUCCESS);
  ck_assert(answer == SWITCHES_MET && step > 1000);
  const conclusion *criterion = claim_find_conclusion(&switches_claim, "criterion");
  ck_assert_int_eq(criterion->check(q, &note), VERDICT_VACUOUS);
  quadratic_free(q);
  /* met at the last step that is followed, by bisection, and at the one after */
  double least = 3, most = 6;
  for (int i = 0; i < 60 && step != 150; i++) {
    q = slow(0.5 * (least + most), 1.0 / 64);
    ck_assert_int_eq(switches_criterion(q, 0.5, 0.9, &answer, &step), GSL_SUCCESS);
    ck_assert_int_eq(answer, SWITCHES_MET);
    *(step < 150 ? &least : &most) = 0.5 * (least + most);
    if (step == 150)
      ck_assert_int_eq(criterion->check(q, &note), VERDICT_HOLDS);
    quadratic_free(q);
  }
  ck_assert_uint_eq(step, 150);
}
END_TEST

/* From the minimum: chi = 0, then (64/65)^{1/2} and less, to 0.955. */
START_TEST(test_follow) {
  quadratic *q = pair(0, 0, 1);
  ck_assert_int_eq(switches_follow(q, 0.96, 0, 1, true), VERDICT_HOLDS);
  ck_assert_int_eq(switches_follow(q, 0.96, 0, 0, true), VERDICT_FAILS); /* not yet */
  ck_assert_int_eq(switches_follow(q, 0.96, 0, 2, true), VERDICT_FAILS); /* before */
  ck_assert_int_eq(switches_follow(q, 0.96, 0, 0, false), VERDICT_HOLDS);
  ck_assert_int_eq(switches_follow(q, 0.96, 0, 1, false), VERDICT_FAILS);
  quadratic_free(q);
  /* no gradient at all: chi = 0, off a tiny level by just that level */
  q = pair(0, 0, 0);
  ck_assert_int_eq(switches_follow(q, 1e-9, 0, 3, false), VERDICT_HOLDS);
  ck_assert_int_eq(switches_follow(q, nextafter(1e-9, 0), 0, 3, false), VERDICT_UNDECIDED);
  quadratic_free(q);
}
END_TEST

/* --- hypotheses, labels and instances --------------------------------------------------------- */

static const hypothesis *the(const char *name) {
  return support_hypothesis(&switches_claim, name);
}

START_TEST(test_slow_dominant) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){8, 16, 1}, (const double[]){1, 1, 1},
                                   (const double[]){0, 1, 1}, 1.0 / 16);
  ck_assert(!the("slow_dominant")->holds(q)); /* slow without noise, wiped out with noise */
  q->v[0] = 1;
  ck_assert(the("slow_dominant")->holds(q));
  q->v[0] = q->v[1] = 0; /* no noise: another hypothesis says so */
  ck_assert(the("slow_dominant")->holds(q));
  quadratic_free(q);
}
END_TEST

/* The counterexamples are those of which the remarks speak. */
START_TEST(test_counterexamples) {
  static const struct {
    const char *name;
    double lambda[2], v[2], eta;
  } said[] = {{"gap", {1, 8}, {1, 1}, 1.0 / 16},
              {"stable_step", {8, 1}, {1, 1}, 0.24},
              {"noise_in_both", {8, 1}, {0, 1}, 1.0 / 16},
              {"slow_dominant", {8, 1}, {1, 1}, 1.0 / 8}};
  for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
    quadratic *q = the(said[i].name)->dropped.instance();
    ck_assert_ptr_nonnull(q);
    ck_assert(q->d == 2 && q->k == 1 && q->eta == said[i].eta);
    ck_assert(memcmp(q->lambda, said[i].lambda, sizeof said[i].lambda) == 0);
    ck_assert(memcmp(q->v, said[i].v, sizeof said[i].v) == 0);
    quadratic_free(q);
  }
}
END_TEST

/* A violated gap leaves a stable step, at 0.05 to 0.95 over the largest eigenvalue. */
START_TEST(test_violated_gap_is_stable) {
  for (size_t n = 0; n < 60; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(5, "violated gap", n));
    diagnostic diag = {0, ""};
    quadratic *q = switches_claim.generate(rng, &diag);
    ck_assert_ptr_nonnull(q);
    if (the("gap")->dropped.violate(q, rng)) {
      double top = 0;
      for (size_t i = 0; i < q->d; i++)
        top = q->lambda[i] > top ? q->lambda[i] : top;
      ck_assert(q->eta * top >= 0.05 * (1 - 1e-12) && q->eta * top <= 0.95 * (1 + 1e-12));
    }
    quadratic_free(q);
    gsl_rng_free(rng);
  }
}
END_TEST

START_TEST(test_labels) {
  const coverage *inside = support_coverage(&switches_claim, "start within the noise"),
                 *met = support_coverage(&switches_claim, "criterion met"),
                 *never = support_coverage(&switches_claim, "criterion never met");
  /* s = (4, 9 | 25, 49) and g = (2, 3 | 5, 7): within, and just */
  quadratic *q = quadratic_literal(4, 2, (const double[]){8, 4, 2, 1}, (const double[]){2, 3, 5, 7},
                                   (const double[]){12, 63, 375, 1519}, 1.0 / 16);
  ck_assert(inside->holds(q));
  for (int i = 0; i < 4; i++) {
    const double own = q->g[i];
    q->g[i] = nextafter(own, 8);
    ck_assert(!inside->holds(q));
    q->g[i] = 0.5 * own;
    ck_assert(inside->holds(q));
    q->g[i] = -own;
    ck_assert(inside->holds(q));
    q->g[i] = own;
  }
  quadratic_free(q);
  q = pair(0, 0, 1);
  ck_assert(met->holds(q) && !never->holds(q));
  q->v[0] = 0.125;
  ck_assert(!met->holds(q) && never->holds(q));
  quadratic_free(q);
}
END_TEST

/* A third of the starts is anywhere, a third at one share of s, from 1e-3 to 0.9, and a third at
 * shares of their own, from 1e-6 to 0.99. */
START_TEST(test_starts_drawn) {
  size_t anywhere = 0, shared = 0, own = 0, low = 0, high = 0, below = 0, above = 0, negative = 0;
  enum { DRAWS = 400 };
  for (size_t n = 0; n < DRAWS; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(7, "starts", n));
    diagnostic diag = {0, ""};
    quadratic *q = switches_claim.generate(rng, &diag);
    ck_assert_ptr_nonnull(q);
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < q->d; i++) {
      const double share = q->g[i] * q->g[i] / quadratic_stationary(q, i);
      least = fmin(least, share);
      most = fmax(most, share);
      negative += q->g[i] < 0;
    }
    if (most - least <= 1e-12 * most) {
      shared++;
      ck_assert(least >= 1e-3 * (1 - 1e-12) && most <= 0.9 * (1 + 1e-12));
      low += least < 1e-2;
      high += most > 0.1;
    } else if (least >= 1e-6 * (1 - 1e-12) && most <= 0.99 * (1 + 1e-12)) {
      own++;
      below += least < 1e-4;
      above += most > 0.1;
    } else
      anywhere++;
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert_msg(anywhere > DRAWS / 5 && shared > DRAWS / 5 && own > DRAWS / 5, "%zu, %zu, %zu",
                anywhere, shared, own);
  ck_assert(low > 20 && high > 20 && below > 20 && above > 20 && negative > DRAWS);
}
END_TEST

/* The bound needs its rate: with rho_1 in place of rho_d it is broken. */
START_TEST(test_bound_is_not_slack) {
  quadratic *q = pair(0, 0, 1);
  const double alignment = two_phases_alignment(q, 30);
  ck_assert(alignment - 31.0 / 34 > 0.5 * switches_bound(q, 30));
  quadratic_free(q);
}
END_TEST

/* --- the criterion --------------------------------------------------------------------------- */

static switches_answer ask(const quadratic *q, double level, double factor, size_t *step) {
  switches_answer answer = SWITCHES_OPEN;
  ck_assert_int_eq(switches_criterion(q, level, factor, &answer, step), GSL_SUCCESS);
  return answer;
}

/* Without averaging it is met in the first step that passes: chi_0 = 0 at the minimum, chi_1 =
 * (64/65)^{1/2} = 0.992. */
START_TEST(test_criterion_by_hand) {
  size_t step = 99;
  quadratic *q = pair(0, 0, 1);
  ck_assert_int_eq(ask(q, 0.95, 0, &step), SWITCHES_MET);
  ck_assert_uint_eq(step, 1);
  /* m_t < 1 - 0.9^t: not before 0.9^t = 0.05, t > 28.4; chi_oo = 0.9549: 0.95 is late or never. */
  ck_assert_int_eq(ask(q, 0.95, 0.9, &step), SWITCHES_MET);
  ck_assert(step > 28 && step < 100);
  ck_assert_int_eq(ask(q, 0.96, 0.9, &step), SWITCHES_NEVER);
  ck_assert_int_eq(ask(q, 0.5, 0.9, &step), SWITCHES_MET);
  ck_assert_uint_eq(step, 7); /* chi about 0.98: 1 - 0.9^t > 0.51 from t = 7 on */
  quadratic_free(q);
}
END_TEST

/* The claim's own look at the criterion, from the minimum too, where there is no alignment at t =
 * 0. */
START_TEST(test_criterion_from_the_minimum) {
  claim_note note = {"", 0};
  quadratic *q = pair(0, 0, 1);
  ck_assert_int_eq(claim_find_conclusion(&switches_claim, "criterion")->check(q, &note),
                   VERDICT_HOLDS);
  quadratic_free(q);
}
END_TEST

/* Never met, no gradient, no noise, a step beyond stability: an answer each, and no NaN. */
START_TEST(test_criterion_edges) {
  size_t step = 99;
  switches_answer answer;
  quadratic *q = pair(1, 1, 0); /* gradient descent from alpha = 1/2 */
  ck_assert_int_eq(ask(q, 0.95, 0.9, &step), SWITCHES_NEVER);
  ck_assert_int_eq(ask(q, 0.6, 0.0, &step), SWITCHES_MET); /* chi_0 = 0.707 */
  ck_assert_uint_eq(step, 0);
  quadratic_free(q);
  q = pair(0, 0, 0); /* nothing moves: chi = 0 */
  ck_assert_int_eq(ask(q, 0.5, 0.9, &step), SWITCHES_NEVER);
  ck_assert(isinf(switches_bound(q, 3)));
  quadratic_free(q);
  q = pair(1, 1, 1);
  q->eta = 0.25; /* 2/lambda_1 */
  ck_assert_int_eq(switches_criterion(q, 0.5, 0.9, &answer, &step), GSL_EDOM);
  q->eta = 1.0 / 16;
  ck_assert_int_eq(switches_criterion(q, 1, 0.9, &answer, &step), GSL_EDOM);
  ck_assert_int_eq(switches_criterion(q, 0, 0.9, &answer, &step), GSL_EDOM);
  ck_assert_int_eq(switches_criterion(q, NAN, 0.9, &answer, &step), GSL_EDOM);
  ck_assert_int_eq(switches_criterion(q, 0.5, 1, &answer, &step), GSL_EDOM);
  ck_assert_int_eq(switches_criterion(q, 0.5, -0.1, &answer, &step), GSL_EDOM);
  quadratic_free(q);
}
END_TEST

/* Exactly at the level is not above it; what is left in one set alone is 0 or 1. */
START_TEST(test_criterion_at_the_level) {
  size_t step = 99;
  quadratic *q = quadratic_literal(4, 1, (const double[]){8, 1, 1, 1}, (const double[]){1, 1, 1, 1},
                                   (const double[]){0, 0, 0, 0}, 1.0 / 16);
  ck_assert_int_eq(ask(q, 0.5, 0, &step), SWITCHES_NEVER); /* chi_0 = 1/2 */
  ck_assert_int_eq(ask(q, nextafter(0.5, 0), 0, &step), SWITCHES_MET);
  ck_assert_uint_eq(step, 0);
  quadratic_free(q);
  q = pair(1, 0, 0);
  ck_assert_int_eq(ask(q, 0.99, 0, &step), SWITCHES_MET);
  ck_assert_uint_eq(step, 0);
  quadratic_free(q);
  /* SGD is above its limit in the end: alpha_1 = 64/65 passes a level that the limit does not */
  q = pair(0, 0, 1);
  ck_assert_int_eq(ask(q, 0.96, 0, &step), SWITCHES_MET);
  ck_assert_uint_eq(step, 1);
  quadratic_free(q);
  /* variances of their own: alpha_1 = 64*3/(64*3 + 31) */
  q = pair(0, 0, 1);
  q->v[0] = 3;
  q->v[1] = 31;
  const double chi = sqrt(192.0 / 223);
  ck_assert_int_eq(ask(q, chi - 1e-9, 0, &step), SWITCHES_MET);
  ck_assert_uint_eq(step, 1);
  ck_assert_int_eq(ask(q, chi + 1e-9, 0, &step), SWITCHES_NEVER);
  quadratic_free(q);
}
END_TEST

/* Two equal eigenvalues: chi = 2^{-1/2} for ever, m_t = chi (1 - f^{t+1}). */
START_TEST(test_criterion_is_given_up) {
  size_t step = 99;
  quadratic *q = pair(1, 1, 0);
  q->lambda[0] = q->lambda[1] = 1;
  q->eta = 0x1p-30;
  /* next to the level nothing is said, rounding being what decides it */
  ck_assert_int_eq(ask(q, sqrt(0.5), 0, &step), SWITCHES_OPEN);
  ck_assert_int_eq(ask(q, sqrt(0.5) * (1 + 1e-11), 0, &step), SWITCHES_NEVER);
  const double f = 1 - 0x1p-14, steps = SWITCHES_STEPS_MOST;
  ck_assert_int_eq(ask(q, sqrt(0.5) * (1 - pow(f, steps - 0.5)), f, &step), SWITCHES_MET);
  ck_assert_uint_eq(step, SWITCHES_STEPS_MOST - 1);
  ck_assert_int_eq(ask(q, sqrt(0.5) * (1 - pow(f, steps + 0.5)), f, &step), SWITCHES_OPEN);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P5 switches");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(40));
  tcase_add_test(core, test_bound_in_four_directions);
  tcase_add_test(core, test_steps_in_four_directions);
  tcase_add_test(core, test_steps_slack);
  tcase_add_test(core, test_lines_of_descent);
  tcase_add_test(core, test_lines_of_return);
  tcase_add_test(core, test_follow);
  tcase_add_test(core, test_planted_in_descent);
  tcase_add_test(core, test_planted_in_the_overshoot);
  tcase_add_test(core, test_planted_in_the_return);
  tcase_add_test(core, test_planted_in_the_steps);
  tcase_add_test(core, test_steps_within_rounding);
  tcase_add_test(core, test_slow_dominant);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_criterion_at_the_level);
  tcase_add_test(core, test_criterion_is_given_up);
  tcase_add_test(core, test_criterion_is_looked_at);
  tcase_add_test(core, test_violated_gap_is_stable);
  tcase_add_test(core, test_starts_drawn);
  tcase_add_test(core, test_off_by_hand);
  tcase_add_test(core, test_on_by_hand);
  tcase_add_test(core, test_bound_is_not_slack);
  tcase_add_test(core, test_criterion_by_hand);
  tcase_add_test(core, test_criterion_from_the_minimum);
  tcase_add_test(core, test_criterion_edges);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
