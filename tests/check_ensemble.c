/* check_ensemble.c -- the simulated ensembles, the plain one on GSL's generator and the fast one,
 * against the closed form of the mean dynamics, against themselves, and against SGD on a dense
 * matrix.
 *
 * The statistical test.  At step t the coordinates are independent normals, g_i ~ N(m_i, w_i), so
 * X = sum_i g_i^2 has variance s2 = sum_i 2 w_i^2 + 4 m_i^2 w_i, and from the moment generating
 * function (Laurent and Massart, Ann. Statist. 28 (2000), lemma 1; with means, Birge 2001), for the
 * mean M of N replicates and every x > 0,
 *   P(M - E X > sqrt(2 s2 x / N) + 2 max_i w_i x / N) <= exp(-x),
 *   P(M - E X < -sqrt(2 s2 x / N)) <= exp(-x).
 * No normal approximation is in it.  N, x, the steps and the problems are fixed below, before any
 * run: a comparison raises a false alarm with probability at most 2 exp(-x) <= 1e-9, all of them
 * together with at most COMPARISONS * 1e-9 < 1e-6.
 * Power: an error of 2 % in sigma (either way) is missed with probability at most 1e-9; the test
 * derives that from the same inequalities, and plants the error. */
#include "config.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "claims/two_phases.h"
#include "exact/dense_step.h"
#include "model/random.h"
#include "model/rounding.h"
#include "sim/bands.h"
#include "sim/ensemble.h"
#include "sim/sgd.h"
#include "sim/stream.h"
#include "support.h"

enum {
  REPLICATES = 8000,
  RECORDS = 8,
  PROBLEMS = 3,
  SIMULATORS = 2,
  DENSE_PATHS = 8,
  COMPARISONS = 2 * RECORDS * PROBLEMS * SIMULATORS
};

static const size_t record_steps[RECORDS] = {0, 1, 2, 4, 8, 16, 32, 60};
static const double false_alarm = 1e-9; /* of one comparison */

/* --- problems ------------------------------------------------------------------------------- */

/* Large enough sets that the squares are well averaged, and fast enough to be stationary at 60. */
static quadratic *problem(size_t which) {
  const size_t sizes[PROBLEMS] = {40, 50, 44}, tops[PROBLEMS] = {10, 16, 4};
  quadratic *q = quadratic_alloc(sizes[which], tops[which]);
  ck_assert_ptr_nonnull(q);
  for (size_t i = 0; i < q->d; i++) {
    const double place = (double)i / (double)q->d;
    const bool top = i < q->k;
    q->lambda[i] = (top ? 10.0 : 2.0) - place;
    q->v[i] = which == 0 ? 1.0 : which == 1 ? (top ? 0.25 : 4.0) : 1.0 + place;
    q->g[i] = which == 2 ? 0.0 : (i % 2 ? -3.0 : 2.0);
  }
  q->eta = which == 1 ? 0.12 : 0.08;
  return q;
}

/* --- the band ------------------------------------------------------------------------------- */

typedef struct {
  double mean, variance, widest; /* E X, Var X, max w_i, of one set of directions */
} square_law;

/* By iterating the recursion of mean and variance: shares nothing with the closed form. */
static square_law iterate_law(const quadratic *q, double sigma_factor, size_t from, size_t to,
                              size_t t) {
  square_law law = {0.0, 0.0, 0.0};
  for (size_t i = from; i < to; i++) {
    const double move = q->eta * q->lambda[i], kept = 1.0 - move;
    double mean = q->g[i], variance = 0.0;
    for (size_t s = 0; s < t; s++) {
      mean *= kept;
      variance = kept * kept * variance + move * move * sigma_factor * sigma_factor * q->v[i];
    }
    law.mean += mean * mean + variance;
    law.variance += 2.0 * variance * variance + 4.0 * mean * mean * variance;
    law.widest = fmax(law.widest, variance);
  }
  return law;
}

static double tail_exponent(void) {
  return log(2.0 / false_alarm);
}

static double reach_above(const square_law *law) {
  const double x = tail_exponent(), n = REPLICATES;
  return sqrt(2.0 * law->variance * x / n) + 2.0 * law->widest * x / n;
}

static double reach_below(const square_law *law) {
  return sqrt(2.0 * law->variance * tail_exponent() / REPLICATES);
}

/* D_t or B_t by T4's closed form, and what rounding may do to it and to the simulated mean: a step
 * of a path has four operations, so that its square is off by 8 (t + 1) u of the largest square
 * that it ever had (of which start + expected stands for the size), and the running mean adds 4 u
 * for each replicate. */
static double closed_form(const quadratic *q, size_t from, size_t to, size_t t, double *rounding) {
  double sum = 0.0, start = 0.0, error_sum = 0.0;
  for (size_t i = from; i < to; i++) {
    double error;
    sum += two_phases_square(q, i, (double)t, &error);
    error_sum += error;
    start += q->g[i] * q->g[i];
  }
  *rounding = error_sum + rounding_gamma(8 * (t + 1) + 4 * REPLICATES + q->d) * (start + sum);
  return sum;
}

static bool inside(const quadratic *q, double mean, size_t from, size_t to, size_t t) {
  const square_law law = iterate_law(q, 1.0, from, to, t);
  double rounding;
  const double expected = closed_form(q, from, to, t, &rounding);
  return mean <= expected + reach_above(&law) + rounding &&
         mean >= expected - reach_below(&law) - rounding;
}

static void observe_squares(const sgd_state *state, double *values, void *context) {
  (void)context;
  values[0] = values[1] = 0.0;
  for (size_t i = 0; i < state->d; i++)
    values[i >= state->k] += state->g[i] * state->g[i];
}

/* The means of |P g_t|^2 and |Q g_t|^2 over the replicates, by the simulator. */
static void simulate(size_t simulator, const quadratic *q, uint64_t seed, double *dominant,
                     double *bulk) {
  if (simulator == 0) {
    ensemble_record records[RECORDS];
    ck_assert_int_eq(
        ensemble_run(q, seed, "check_ensemble", REPLICATES, record_steps, RECORDS, records),
        GSL_SUCCESS);
    for (size_t i = 0; i < RECORDS; i++) {
      dominant[i] = records[i].dominant;
      bulk[i] = records[i].bulk;
    }
    return;
  }
  double *sd = calloc(q->d, sizeof *sd);
  ck_assert_ptr_nonnull(sd);
  for (size_t i = 0; i < q->d; i++)
    sd[i] = sqrt(q->v[i]);
  const sgd_problem problem = {
      .d = q->d, .k = q->k, .lambda = q->lambda, .sd = sd, .start = q->g, .eta = q->eta};
  const bands_request request = {.problem = &problem,
                                 .seed = seed,
                                 .replicates = REPLICATES,
                                 .t = record_steps,
                                 .count = RECORDS,
                                 .series = 2,
                                 .observe = observe_squares};
  band bands[2 * RECORDS];
  bands_ends ends;
  ck_assert_int_eq(bands_run(&request, bands, &ends, NULL), GSL_SUCCESS);
  for (size_t i = 0; i < RECORDS; i++) {
    dominant[i] = bands[2 * i].mean;
    bulk[i] = bands[2 * i + 1].mean;
    ck_assert_uint_eq(bands[2 * i].count, REPLICATES);
  }
  free(sd);
}

/* How many of the 2 RECORDS comparisons lie outside when the runs have sigma_factor * sigma.
 * `which`: the problem, and from PROBLEMS on the fast simulator on it. */
static size_t count_outside(size_t which, double sigma_factor) {
  quadratic *q = problem(which % PROBLEMS), *run = problem(which % PROBLEMS);
  for (size_t i = 0; i < run->d; i++)
    run->v[i] *= sigma_factor * sigma_factor;
  double dominant[RECORDS], bulk[RECORDS];
  simulate(which / PROBLEMS, run, RANDOM_DEFAULT_SEED + which, dominant, bulk);
  size_t outside = 0;
  for (size_t i = 0; i < RECORDS; i++) {
    outside += !inside(q, dominant[i], 0, q->k, record_steps[i]);
    outside += !inside(q, bulk[i], q->k, q->d, record_steps[i]);
  }
  quadratic_free(q);
  quadratic_free(run);
  return outside;
}

/* --- tests ---------------------------------------------------------------------------------- */

START_TEST(test_levels_are_as_stated) {
  ck_assert(2.0 * exp(-tail_exponent()) <= false_alarm * (1.0 + 1e-12));
  ck_assert(COMPARISONS * false_alarm < 1e-6);
}
END_TEST

START_TEST(test_means_follow_the_closed_form) {
  ck_assert_uint_eq(count_outside((size_t)_i, 1.0), 0);
}
END_TEST

/* Stationary, the law of the planted runs and the band of the true ones do not meet: whatever the
 * planted runs do with probability 1 - 1e-9 lies outside. */
START_TEST(test_power_is_as_stated) {
  quadratic *q = problem((size_t)_i);
  const size_t t = record_steps[RECORDS - 1];
  const square_law law = iterate_law(q, 1.0, q->k, q->d, t);
  const square_law more = iterate_law(q, 1.02, q->k, q->d, t);
  const square_law less = iterate_law(q, 0.98, q->k, q->d, t);
  ck_assert(more.mean - reach_below(&more) > law.mean + reach_above(&law));
  ck_assert(less.mean + reach_above(&less) < law.mean - reach_below(&law));
  quadratic_free(q);
}
END_TEST

START_TEST(test_planted_error_is_caught) {
  ck_assert_uint_gt(count_outside((size_t)_i, 1.02), 0);
  ck_assert_uint_gt(count_outside((size_t)_i, 0.98), 0);
}
END_TEST

START_TEST(test_replicate_is_reproduced_bit_for_bit) {
  quadratic *q = problem(0);
  double first[2][RECORDS], second[2][RECORDS];
  const uint32_t seed = random_trial_seed(RANDOM_DEFAULT_SEED, "check_ensemble", 3);
  ck_assert_int_eq(ensemble_path(q, seed, record_steps, RECORDS, first[0], first[1]), GSL_SUCCESS);
  ck_assert_int_eq(ensemble_path(q, seed, record_steps, RECORDS, second[0], second[1]),
                   GSL_SUCCESS);
  ck_assert_mem_eq(first, second, sizeof first);

  /* Recording fewer steps moves no draw. */
  const size_t last = record_steps[RECORDS - 1];
  double dominant, bulk;
  ck_assert_int_eq(ensemble_path(q, seed, &last, 1, &dominant, &bulk), GSL_SUCCESS);
  ck_assert_mem_eq(&dominant, &first[0][RECORDS - 1], sizeof dominant);
  ck_assert_mem_eq(&bulk, &first[1][RECORDS - 1], sizeof bulk);

  /* Another replicate is another path, and the ensemble of two is these two. */
  const uint32_t seeds[] = {random_trial_seed(1, "pair", 0), random_trial_seed(1, "pair", 1)};
  double on[2], off[2];
  for (size_t r = 0; r < 2; r++)
    ck_assert_int_eq(ensemble_path(q, seeds[r], &last, 1, &on[r], &off[r]), GSL_SUCCESS);
  ck_assert(on[0] != on[1]);
  ensemble_record record;
  ck_assert_int_eq(ensemble_run(q, 1, "pair", 2, &last, 1, &record), GSL_SUCCESS);
  ck_assert(fabs(record.dominant - 0.5 * (on[0] + on[1])) <= rounding_gamma(8) * record.dominant);
  ck_assert(fabs(record.bulk_error - 0.5 * fabs(off[0] - off[1])) <=
            rounding_gamma(16) * record.bulk);
  ck_assert(record.low <= record.median && record.median <= record.high);
  quadratic_free(q);
}
END_TEST

/* The normals of a simulator in the order of its draws, and its path. */
static void draw_and_run(size_t simulator, const quadratic *q, uint32_t seed, const size_t *t,
                         size_t count, double *z, double *dominant, double *bulk) {
  const size_t steps = count - 1, total = steps * q->d;
  if (simulator == 0) {
    gsl_rng *rng = random_alloc(seed);
    ck_assert_ptr_nonnull(rng);
    for (size_t i = 0; i < total; i++)
      z[i] = gsl_ran_gaussian_ziggurat(rng, 1.0);
    gsl_rng_free(rng);
    ck_assert_int_eq(ensemble_path(q, seed, t, count, dominant, bulk), GSL_SUCCESS);
    return;
  }
  double *sd = calloc(q->d, sizeof *sd);
  kernel_sums *sums = calloc(count, sizeof *sums);
  sgd_run *run = NULL;
  ck_assert(sd != NULL && sums != NULL);
  for (size_t i = 0; i < q->d; i++)
    sd[i] = sqrt(q->v[i]);
  const sgd_problem problem = {
      .d = q->d, .k = q->k, .lambda = q->lambda, .sd = sd, .start = q->g, .eta = q->eta};
  stream_state s;
  stream_start(&s, seed, 5, 0);
  stream_normals(kernel_best(), &s, z, (total + 15) / 16 * 16);
  ck_assert_int_eq(sgd_run_alloc(&problem, &run, NULL), GSL_SUCCESS);
  sgd_run_start(run, seed, 5);
  sums[0] = sgd_run_sums(run);
  ck_assert_int_eq(sgd_run_advance(run, steps, sums + 1).code, GSL_SUCCESS);
  for (size_t i = 0; i < count; i++) {
    dominant[i] = sums[i].dominant;
    bulk[i] = sums[i].bulk;
  }
  sgd_run_free(run);
  free(sums);
  free(sd);
}

/* SGD on the dense matrix, x <- x - eta (A x + U xi), with the normals of the same stream.
 *
 * With e_t the distance of the computed x_t from the exact one and |I - eta A| <= 1 (a stable
 * step), |e_{t+1}| <= |e_t| + unit ((1 + eta |A|_F) |x_t| + eta |xi_t|): the matrix, the product
 * with it, the rotation of the noise and the additions each lose less than `unit` of their own
 * size.  The gradient is then off by |A|_F (|e_t| + unit |x_t|), and a square by 2 |g| delta +
 * delta^2 more. The path in the eigenbasis loses less than that: it has no products of matrices. */
START_TEST(test_dense_path_agrees) {
  enum { D = 12, K = 4, T = 30 };
  quadratic *q = quadratic_alloc(D, K);
  ck_assert_ptr_nonnull(q);
  for (size_t i = 0; i < D; i++) {
    q->lambda[i] = i < K ? 12.0 - (double)i : 1.0 / (double)i;
    q->g[i] = 1.0 + (double)(i % 3);
    q->v[i] = 0.5 + 0.1 * (double)i;
  }
  q->eta = 0.15;
  const size_t simulator = (size_t)_i / DENSE_PATHS;
  const uint32_t seed = random_trial_seed(RANDOM_DEFAULT_SEED, "dense path", (size_t)_i);
  size_t t[T + 1];
  for (size_t s = 0; s <= T; s++)
    t[s] = s;
  double on[T + 1], off[T + 1], z[T * D + 16];
  draw_and_run(simulator, q, seed, t, T + 1, z, on, off);

  dense_quadratic *dense = dense_quadratic_alloc(q, seed ^ 0x5eedu);
  gsl_vector *xi = gsl_vector_alloc(D), *update = gsl_vector_alloc(D), *part = gsl_vector_alloc(D);
  ck_assert(dense != NULL && xi != NULL && update != NULL && part != NULL);
  double norm_a = 0.0;
  for (size_t i = 0; i < D; i++)
    norm_a += q->lambda[i] * q->lambda[i];
  norm_a = sqrt(norm_a);
  double error = dense->unit * gsl_blas_dnrm2(dense->x), farthest = 0.0;
  for (size_t s = 0; s <= T; s++) {
    gsl_blas_dsymv(CblasLower, 1.0, dense->hessian, dense->x, 0.0, update);
    double whole, dominant;
    gsl_blas_ddot(update, update, &whole);
    gsl_blas_dgemv(CblasNoTrans, 1.0, dense->projector, update, 0.0, part);
    gsl_blas_ddot(part, part, &dominant);
    gsl_vector_sub(update, part);
    double bulk;
    gsl_blas_ddot(update, update, &bulk);
    gsl_vector_add(update, part);
    const double norm_x = gsl_blas_dnrm2(dense->x);
    const double delta = 2.0 * norm_a * (error + dense->unit * norm_x); /* of both paths */
    const double bound = 2.0 * sqrt(whole) * delta + delta * delta;
    ck_assert_msg(fabs(dominant - on[s]) <= bound && fabs(bulk - off[s]) <= bound,
                  "step %zu: |Pg|^2 %a, %a; |Qg|^2 %a, %a; bound %.2e", s, dominant, on[s], bulk,
                  off[s], bound);
    farthest = fmax(farthest, bound / whole);

    for (size_t i = 0; i < D && s < T; i++)
      gsl_vector_set(xi, i, sqrt(q->v[i]) * z[s * D + i]);
    gsl_blas_dgemv(CblasNoTrans, 1.0, dense->basis, xi, 1.0, update);
    gsl_blas_daxpy(-q->eta, update, dense->x);
    error += dense->unit * ((1.0 + q->eta * norm_a) * norm_x + q->eta * gsl_blas_dnrm2(xi));
  }
  ck_assert(farthest < 1e-6); /* the bound is sharp enough to mean something */
  gsl_vector_free(xi);
  gsl_vector_free(update);
  gsl_vector_free(part);
  dense_quadratic_free(dense);
  quadratic_free(q);
}
END_TEST

START_TEST(test_bad_requests_are_refused) {
  quadratic *q = problem(0);
  const size_t falling[] = {3, 3};
  double on[2], off[2];
  ensemble_record records[2];
  ck_assert_int_eq(ensemble_path(q, 1, falling, 2, on, off), GSL_EINVAL);
  ck_assert_int_eq(ensemble_path(q, 1, falling, 0, on, off), GSL_EINVAL);
  ck_assert_int_eq(ensemble_run(q, 1, "x", 1, record_steps, 2, records), GSL_EINVAL);
  ck_assert_int_eq(ensemble_run(q, 1, "x", 2, falling, 2, records), GSL_EINVAL);
  quadratic_free(q);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("ensemble");
  TCase *statistics = tcase_create("statistics");
  tcase_set_timeout(statistics, 120);
  tcase_add_test(statistics, test_levels_are_as_stated);
  tcase_add_loop_test(statistics, test_means_follow_the_closed_form, 0, SIMULATORS * PROBLEMS);
  tcase_add_loop_test(statistics, test_power_is_as_stated, 0, PROBLEMS);
  tcase_add_loop_test(statistics, test_planted_error_is_caught, 0, SIMULATORS * PROBLEMS);
  suite_add_tcase(suite, statistics);
  TCase *paths = tcase_create("paths");
  tcase_add_test(paths, test_replicate_is_reproduced_bit_for_bit);
  tcase_add_loop_test(paths, test_dense_path_agrees, 0, SIMULATORS * DENSE_PATHS);
  tcase_add_test(paths, test_bad_requests_are_refused);
  suite_add_tcase(suite, paths);
  return support_run(suite);
}
