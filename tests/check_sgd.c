/* check_sgd.c -- runs of SGD at the speed limit: against the recursion written out, against GSL's
 * generator, against SGD on samples and dense matrices, and against themselves in other threads.
 *
 * What every path is held to: one step has three roundings of the update and two of its factors,
 * so that with |1 - eta lambda_i| <= 1 a coordinate is off by at most gamma(6 t) times the largest
 * size that it, or the noise of a step, has had; squares by twice that, sums by gamma(d) more. */
#include "config.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rstat.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include "model/least_squares.h"
#include "model/random.h"
#include "model/rounding.h"
#include "sim/bands.h"
#include "sim/ensemble.h"
#include "sim/sgd.h"
#include "sim/stream.h"
#include "support.h"

/* --- a problem -----------------------------------------------------------------------------------
 */

typedef struct {
  double *lambda, *sd, *start;
  sgd_problem problem;
} example;

static example make_example(size_t d, size_t k) {
  example e = {
      calloc(d, sizeof(double)), calloc(d, sizeof(double)), calloc(d, sizeof(double)), {0}};
  ck_assert(e.lambda != NULL && e.sd != NULL && e.start != NULL);
  for (size_t i = 0; i < d; i++) {
    const double place = (double)i / (double)d;
    e.lambda[i] = i < k ? 10.0 - place : 2.0 - place;
    e.sd[i] = 0.5 + place;
    e.start[i] = i % 2 != 0 ? -3.0 : 2.0;
  }
  e.problem =
      (sgd_problem){.d = d, .k = k, .lambda = e.lambda, .sd = e.sd, .start = e.start, .eta = 0.1};
  return e;
}

static void free_example(example *e) {
  free(e->lambda);
  free(e->sd);
  free(e->start);
}

static sgd_run *new_run(const sgd_problem *problem) {
  sgd_run *run = NULL;
  diagnostic diag = {0, ""};
  ck_assert_msg(sgd_run_alloc(problem, &run, &diag) == GSL_SUCCESS, "%s", diag.message);
  return run;
}

/* alpha_0..alpha_steps of a run that goes its whole way. */
static double *path(const sgd_problem *problem, uint64_t replicate, size_t steps) {
  double *alpha = calloc(steps + 1, sizeof *alpha);
  sgd_end end;
  ck_assert_ptr_nonnull(alpha);
  ck_assert_int_eq(sgd_alignment_path(problem, 99, replicate, steps, alpha, &end), GSL_SUCCESS);
  ck_assert_int_eq(end.code, GSL_SUCCESS);
  ck_assert_uint_eq(end.t, steps);
  return alpha;
}

/* --- the recursion written out
 * -------------------------------------------------------------------- */

/* One direction after the other, from the normals of the stream in the order that is promised;
 * *bound: of what both paths' roundings do to alpha. */
static double *plain_path(const sgd_problem *p, uint64_t replicate, size_t steps, double *bound) {
  const size_t blocks = (p->d + SGD_BLOCK - 1) / SGD_BLOCK, total = (steps + 1) * SGD_BLOCK + 16;
  double *alpha = calloc(steps + 1, sizeof *alpha), *z = calloc(total, sizeof *z);
  double *square[2] = {calloc(steps + 1, sizeof(double)), calloc(steps + 1, sizeof(double))};
  double *off = calloc(steps + 1, sizeof *off);
  ck_assert(alpha != NULL && z != NULL && square[0] != NULL && square[1] != NULL && off != NULL);
  for (size_t b = 0; b < blocks; b++) {
    const size_t from = b * SGD_BLOCK;
    const size_t count = p->d - from < SGD_BLOCK ? p->d - from : SGD_BLOCK;
    stream_state s;
    stream_start(&s, 99, replicate, b);
    stream_normals(kernel_best(), &s, z, (steps * count + 15) / 16 * 16);
    for (size_t j = 0; j < count; j++) {
      const size_t i = from + j;
      double g = p->start[i], largest = fabs(g);
      for (size_t t = 0; t <= steps; t++) {
        square[i >= p->k][t] += g * g;
        const double unit = rounding_gamma(6 * t + 2) * largest;
        off[t] += 2.0 * fabs(g) * unit + unit * unit;
        const double noise = p->sd[i] * z[t * count + j];
        g -= p->eta * p->lambda[i] * (g + noise);
        largest = fmax(largest, fmax(fabs(g), p->eta * p->lambda[i] * fabs(noise)));
      }
    }
  }
  *bound = 0.0;
  for (size_t t = 0; t <= steps; t++) {
    const double whole = square[0][t] + square[1][t];
    alpha[t] = square[0][t] / whole;
    *bound = fmax(*bound, 2.0 * (off[t] / whole + rounding_gamma(p->d + 8)));
  }
  free(z);
  free(square[0]);
  free(square[1]);
  free(off);
  return alpha;
}

static void assert_close(const double *found, const double *expected, size_t steps, double bound) {
  for (size_t t = 0; t <= steps; t++)
    ck_assert_msg(fabs(found[t] - expected[t]) <= bound, "t = %zu: %a, %a, bound %.2e", t, found[t],
                  expected[t], bound);
}

/* Dimensions around the lanes, the rounds of the stream and the blocks. */
static const size_t dimensions[][2] = {{2, 1},    {3, 2},      {8, 7},     {17, 3},
                                       {40, 8},   {500, 50},   {1024, 16}, {1025, 1024},
                                       {2048, 9}, {2100, 1500}};
enum { DIMENSIONS = sizeof dimensions / sizeof *dimensions };

START_TEST(test_path_is_the_recursion) {
  enum { STEPS = 200 };
  example e = make_example(dimensions[_i][0], dimensions[_i][1]);
  double bound;
  double *found = path(&e.problem, 4, STEPS), *plain = plain_path(&e.problem, 4, STEPS, &bound);
  ck_assert(bound < 1e-7);
  assert_close(found, plain, STEPS, bound);
  /* Another replicate is another path. */
  double *other = path(&e.problem, 5, STEPS);
  ck_assert(fabs(other[STEPS] - found[STEPS]) > bound);
  free(found);
  free(plain);
  free(other);
  free_example(&e);
}
END_TEST

/* Threads, variants of the kernel, pieces, what is recorded: not a bit. */
START_TEST(test_bytes_do_not_depend_on_how) {
  enum { STEPS = 150 };
  example e = make_example(3000, 1100);
  double *one = path(&e.problem, 1, STEPS);
  for (int threads = 2; threads <= 4; threads++) {
    e.problem.threads = threads;
    double *more = path(&e.problem, 1, STEPS);
    ck_assert_mem_eq(one, more, (STEPS + 1) * sizeof *one);
    free(more);
  }
  e.problem.threads = 0;
  for (size_t n = 0; (e.problem.kernel = kernel_at(n)) != NULL; n++) {
    double *other = path(&e.problem, 1, STEPS);
    ck_assert_mem_eq(one, other, (STEPS + 1) * sizeof *one);
    free(other);
  }
  sgd_run *run = new_run(&e.problem);
  sgd_run_start(run, 99, 0);
  sgd_run_advance(run, 7, NULL); /* leaves no trace */
  sgd_run_start(run, 99, 1);
  for (size_t t = 0, piece = 1; t < STEPS; t += piece, piece = piece % 30 + 1) {
    const size_t length = STEPS - t < piece ? STEPS - t : piece;
    sgd_run_advance(run, length, NULL);
    const kernel_sums now = sgd_run_sums(run);
    const double alpha = now.dominant / (now.dominant + now.bulk);
    ck_assert(alpha == one[t + length]);
  }
  sgd_run_free(run);
  free(one);
  free_example(&e);
}
END_TEST

/* The reference generator: the path of sim/ensemble, which is the plain loop on GSL's numbers. */
START_TEST(test_gsl_generator_is_the_plain_ensemble) {
  enum { STEPS = 100 };
  example e = make_example(60, 7);
  e.problem.generator = SGD_GSL;
  double *found = path(&e.problem, 3, STEPS), bound;
  free(plain_path(&e.problem, 3, STEPS, &bound)); /* of the same size, with other numbers */
  quadratic *q = quadratic_literal(60, 7, e.lambda, e.start, e.sd, e.problem.eta);
  size_t t[STEPS + 1];
  double dominant[STEPS + 1], bulk[STEPS + 1];
  for (size_t s = 0; s <= STEPS; s++)
    t[s] = s;
  for (size_t i = 0; i < 60; i++)
    q->v[i] = e.sd[i] * e.sd[i];
  ck_assert_int_eq(ensemble_path(q, random_trial_seed(99, "sgd", 3), t, STEPS + 1, dominant, bulk),
                   GSL_SUCCESS);
  for (size_t s = 0; s <= STEPS; s++)
    dominant[s] /= dominant[s] + bulk[s];
  /* Twice: both round, and the bound of a run of other numbers is doubled once more. */
  assert_close(found, dominant, STEPS, 4.0 * bound);
  quadratic_free(q);
  free(found);
  free_example(&e);
}
END_TEST

/* --- steps ---------------------------------------------------------------------------------------
 */

static double scripted(const sgd_state *state, void *context) {
  return ((const double *)context)[state->t % 3];
}

static double by_the_state(const sgd_state *state, void *context) {
  (void)context;
  double sum = 0.0;
  for (size_t i = 0; i < state->d; i++)
    sum += fabs(state->g[i]) + state->v[i];
  return 0.1 / (1.0 + sum);
}

START_TEST(test_schedules_and_policies) {
  enum { STEPS = 40 };
  example e = make_example(20, 4);
  const double eta[3] = {0.1, 0.02, 0.15};
  e.problem.schedule = eta;
  e.problem.period = 3;
  double *cyclic = path(&e.problem, 0, STEPS);
  e.problem.schedule = NULL;
  e.problem.policy = scripted;
  e.problem.policy_context = (void *)eta;
  double *policy = path(&e.problem, 0, STEPS);
  ck_assert_mem_eq(cyclic, policy, (STEPS + 1) * sizeof *cyclic);
  free(policy);

  /* A constant schedule is the constant step. */
  e.problem.policy = NULL;
  double *constant = path(&e.problem, 0, STEPS);
  e.problem.schedule = eta;
  e.problem.period = 1;
  double *schedule = path(&e.problem, 0, STEPS);
  ck_assert_mem_eq(constant, schedule, (STEPS + 1) * sizeof *constant);
  ck_assert(constant[STEPS] != cyclic[STEPS]);

  /* The policy's own recursion, step by step with a constant step of its size. */
  e.problem.schedule = NULL;
  e.problem.policy = by_the_state;
  double *adaptive = path(&e.problem, 0, STEPS);
  sgd_run *run = new_run(&e.problem);
  sgd_run_start(run, 99, 0);
  double sizes[STEPS];
  for (size_t t = 0; t < STEPS; t++) {
    sizes[t] = by_the_state(sgd_run_state(run), NULL);
    sgd_run_advance(run, 1, NULL);
  }
  sgd_run_free(run);
  e.problem.policy = NULL;
  e.problem.schedule = sizes;
  e.problem.period = STEPS;
  double *replayed = path(&e.problem, 0, STEPS);
  ck_assert_mem_eq(adaptive, replayed, (STEPS + 1) * sizeof *adaptive);
  ck_assert(sizes[0] != sizes[STEPS - 1]);
  free(cyclic);
  free(constant);
  free(schedule);
  free(adaptive);
  free(replayed);
  free_example(&e);
}
END_TEST

/* --- noise ---------------------------------------------------------------------------------------
 */

/* The noise of each step and direction, read off a run: z = (kept g - g')/spread. */
enum { READ_D = 40, READ_STEPS = 2500, READ = READ_D * READ_STEPS };

static double *read_noise(sgd_problem *p, uint64_t replicate) {
  double *z = calloc(READ, sizeof *z), before[READ_D];
  ck_assert_ptr_nonnull(z);
  sgd_run *run = new_run(p);
  sgd_run_start(run, 99, replicate);
  for (size_t t = 0; t < READ_STEPS; t++) {
    memcpy(before, sgd_run_state(run)->g, sizeof before);
    ck_assert_int_eq(sgd_run_advance(run, 1, NULL).code, GSL_SUCCESS);
    const double *const after = sgd_run_state(run)->g;
    for (size_t i = 0; i < READ_D; i++) {
      const double move = p->eta * p->lambda[i];
      z[t * READ_D + i] = ((1.0 - move) * before[i] - after[i]) / (move * p->sd[i]);
    }
  }
  sgd_run_free(run);
  return z;
}

/* Above its limit with probability at most 1e-9, by Dvoretzky, Kiefer, Wolfowitz and Massart. */
static double distance_limit(void) {
  return sqrt(log(2.0 / 1e-9) / (2.0 * READ));
}

static double distance(double *x, double (*cdf)(double)) {
  gsl_sort(x, 1, READ);
  double most = 0.0;
  for (size_t i = 0; i < READ; i++) {
    const double p = cdf(x[i]);
    most = fmax(most, fmax((double)(i + 1) / READ - p, p - (double)i / READ));
  }
  return most;
}

static double freedom_five_cdf(double x) {
  return gsl_cdf_tdist_P(x / sqrt(3.0 / 5.0), 5.0); /* scaled to variance 1 */
}

START_TEST(test_laws_of_the_noise) {
  example e = make_example(READ_D, 8);
  e.problem.generator = _i % 2 == 0 ? SGD_FAST : SGD_GSL;
  double *z = read_noise(&e.problem, 1);
  ck_assert(distance(z, gsl_cdf_ugaussian_P) <= distance_limit());
  ck_assert(distance(z, freedom_five_cdf) > distance_limit()); /* as far apart as 0.042 */
  free(z);

  e.problem.shape = SGD_STUDENT;
  e.problem.freedom = 5.0;
  z = read_noise(&e.problem, 1);
  ck_assert(distance(z, freedom_five_cdf) <= distance_limit());
  ck_assert(distance(z, gsl_cdf_ugaussian_P) > distance_limit());
  free(z);

  /* Signs: exactly one of two values each, fair, and unlike their neighbours. */
  e.problem.shape = SGD_RADEMACHER;
  z = read_noise(&e.problem, 1);
  unsigned plus = 0, changes = 0;
  for (size_t i = 0; i < READ; i++) {
    ck_assert(fabs(fabs(z[i]) - 1.0) <= 1e-9); /* |g|/spread < 1e3, a few roundings */
    plus += z[i] > 0.0;
    changes += i > 0 && z[i] * z[i - 1] < 0.0;
  }
  ck_assert(gsl_cdf_binomial_P(plus, 0.5, READ) > 1e-9 &&
            gsl_cdf_binomial_Q(plus - 1, 0.5, READ) > 1e-9);
  ck_assert(gsl_cdf_binomial_P(changes, 0.5, READ - 1) > 1e-9 &&
            gsl_cdf_binomial_Q(changes - 1, 0.5, READ - 1) > 1e-9);
  free(z);
  free_example(&e);
}
END_TEST

static void growing_sd(const sgd_state *state, double *sd, void *context) {
  for (size_t i = 0; i < state->d; i++)
    sd[i] = *(const double *)context * (1.0 + fabs(state->g[i]));
}

/* xi = F z and xi = sd(g) z with the normals of the stream, by BLAS and by hand. */
START_TEST(test_noise_of_the_whole_state) {
  enum { D = 37, STEPS = 30 };
  example e = make_example(D, 5);
  double scale = 0.3;
  gsl_matrix *factor = gsl_matrix_calloc(D, D);
  gsl_vector *xi = gsl_vector_alloc(D);
  ck_assert(factor != NULL && xi != NULL);
  for (size_t i = 0; i < D; i++)
    for (size_t j = 0; j < D; j++) /* above the diagonal too: not to be read */
      gsl_matrix_set(factor, i, j, 1.0 / (1.0 + (double)(i + 2 * j)));
  const bool by_factor = _i == 0;
  e.problem.sd = NULL;
  if (by_factor)
    e.problem.factor = factor;
  else {
    e.problem.scale = growing_sd;
    e.problem.scale_context = &scale;
  }
  double *z = calloc((D * STEPS + 15) / 16 * 16, sizeof *z), g[D];
  ck_assert_ptr_nonnull(z);
  stream_state s;
  stream_start(&s, 99, 2, 0);
  stream_normals(kernel_best(), &s, z, (D * STEPS + 15) / 16 * 16);
  memcpy(g, e.start, sizeof g);
  sgd_run *run = new_run(&e.problem);
  sgd_run_start(run, 99, 2);
  double largest = 3.0;
  for (size_t t = 0; t < STEPS; t++) {
    const sgd_state *state = sgd_run_state(run);
    gsl_vector_const_view normals = gsl_vector_const_view_array(z + t * D, D);
    gsl_vector_memcpy(xi, &normals.vector);
    if (by_factor)
      gsl_blas_dtrmv(CblasLower, CblasNoTrans, CblasNonUnit, factor, xi);
    for (size_t i = 0; i < D; i++) {
      double v = 0.0;
      for (size_t j = 0; j <= i; j++)
        v += gsl_pow_2(gsl_matrix_get(factor, i, j));
      if (!by_factor) {
        v = gsl_pow_2(scale * (1.0 + fabs(state->g[i])));
        gsl_vector_set(xi, i, gsl_vector_get(xi, i) * scale * (1.0 + fabs(g[i])));
      }
      ck_assert(fabs(state->v[i] - v) <= rounding_gamma(D + 4) * v);
      /* State-dependent noise carries an error on by a factor of at most 1 + 0.3 |z| a step. */
      ck_assert(fabs(state->g[i] - g[i]) <= rounding_gamma(8 * D * (t + 1)) * largest *
                                                (by_factor ? 1.0 : pow(2.0, (double)t)));
      g[i] -= e.problem.eta * e.lambda[i] * (g[i] + gsl_vector_get(xi, i));
      largest = fmax(largest, fmax(fabs(g[i]), fabs(gsl_vector_get(xi, i))));
    }
    sgd_run_advance(run, 1, NULL);
  }
  sgd_run_free(run);
  gsl_matrix_free(factor);
  gsl_vector_free(xi);
  free(z);
  free_example(&e);
}
END_TEST

/* Mini-batches: SGD on the samples themselves, in the coordinates of the weights.
 * Both start 64 C N u of their size apart, eigenvectors that by lambda_1/gap more (Davis and
 * Kahan), and a step on one sample multiplies an error by at most 1 + eta (max |f|^2 + r). */
START_TEST(test_mini_batches_are_sgd_on_samples) {
  enum { N = 30, C = 6, STEPS = 8, BATCH = 3 };
  const double ridge = _i == 0 ? 0.0 : 0.05;
  gsl_rng *random = random_alloc(17), *rng = stream_rng_alloc(99, 6, SGD_SAMPLES);
  gsl_matrix *x = gsl_matrix_alloc(N, C);
  gsl_vector *y = gsl_vector_alloc(N), *w = gsl_vector_calloc(C);
  ck_assert(random != NULL && rng != NULL && x != NULL && y != NULL && w != NULL);
  for (size_t s = 0; s < N; s++) {
    for (size_t j = 0; j < C; j++)
      gsl_matrix_set(x, s, j, (j == 0 ? 5.0 : 1.0) * gsl_ran_gaussian(random, 1.0));
    gsl_vector_set(y, s, gsl_ran_gaussian(random, 1.0));
  }
  least_squares *data;
  ck_assert_int_eq(least_squares_from_samples(x, y, ridge, 1, &data, NULL), GSL_SUCCESS);
  ck_assert_uint_eq(data->spectrum->d, C);
  quadratic *q = least_squares_state(data, w, 0);
  ck_assert_ptr_nonnull(q);
  const sgd_problem problem = {.d = C,
                               .k = 1,
                               .lambda = q->lambda,
                               .start = q->g,
                               .eta = 0.5 / q->lambda[0],
                               .data = data,
                               .batch = BATCH};
  double gap = q->lambda[0], longest = 0.0;
  for (size_t i = 1; i < C; i++)
    gap = fmin(gap, q->lambda[i - 1] - q->lambda[i]);
  for (size_t s = 0; s < N; s++) {
    gsl_vector_const_view f = gsl_matrix_const_row(data->features, s);
    longest = fmax(longest, gsl_pow_2(gsl_blas_dnrm2(&f.vector)));
  }
  const double growth = 1.0 + problem.eta * (longest + ridge);
  sgd_run *run = new_run(&problem);
  sgd_run_start(run, 99, 6);
  double size = 0.0, moved = 0.0, error = 0.0;
  for (size_t t = 0; t <= STEPS; t++) {
    const sgd_state *state = sgd_run_state(run);
    quadratic *now = least_squares_state(data, w, 0);
    ck_assert_ptr_nonnull(now);
    for (size_t i = 0; i < C; i++)
      size = fmax(size, fmax(fabs(now->g[i]), sqrt(now->v[i])));
    error = rounding_gamma(64 * C * N) * q->lambda[0] / gap * size * pow(growth, (double)t);
    for (size_t i = 0; i < C; i++) {
      ck_assert_msg(fabs(state->g[i] - now->g[i]) <= error, "t = %zu: g %a, %a", t, state->g[i],
                    now->g[i]);
      ck_assert_msg(fabs(state->v[i] - now->v[i] / BATCH) <= 2.0 * size * error,
                    "t = %zu: v %a, %a", t, state->v[i], now->v[i] / BATCH);
      moved = fmax(moved, fabs(now->g[i] - q->g[i]));
    }
    quadratic_free(now);
    least_squares_step(data, w, problem.eta, BATCH, rng);
    sgd_run_advance(run, 1, NULL);
  }
  ck_assert_msg(moved > 1e4 * error, "moved %g, error %g", moved, error); /* sharp enough */
  sgd_run_free(run);
  quadratic_free(q);
  least_squares_free(data);
  gsl_rng_free(random);
  gsl_rng_free(rng);
  gsl_matrix_free(x);
  gsl_vector_free(y);
  gsl_vector_free(w);
}
END_TEST

/* x_0 ~ N(0, I) of its own stream, and the noise does not move for it. */
START_TEST(test_random_start) {
  enum { D = 50 };
  example e = make_example(D, 5);
  e.problem.start = NULL;
  double x[64];
  stream_state s;
  stream_start(&s, 99, 8, SGD_START);
  stream_normals(kernel_best(), &s, x, 64);
  sgd_run *run = new_run(&e.problem);
  sgd_run_start(run, 99, 8);
  for (size_t i = 0; i < D; i++)
    ck_assert(sgd_run_state(run)->g[i] == e.lambda[i] * x[i]);
  sgd_run_free(run);
  double *random = path(&e.problem, 8, 50);
  for (size_t i = 0; i < D; i++)
    e.start[i] = e.lambda[i] * x[i];
  e.problem.start = e.start;
  double *given = path(&e.problem, 8, 50);
  ck_assert_mem_eq(random, given, 51 * sizeof *given);
  free(random);
  free(given);
  free_example(&e);
}
END_TEST

/* --- ends ----------------------------------------------------------------------------------------
 */

START_TEST(test_divergence_is_a_result) {
  const double lambda[] = {2.0, 1.0}, start[] = {1.0, 1.0}, none[] = {0.0, 0.0};
  sgd_problem p = {.d = 2, .k = 1, .lambda = lambda, .sd = none, .start = start, .eta = 2.5};
  enum { STEPS = 2000 };
  double alpha[STEPS + 1];
  sgd_end end;
  /* 1 - eta lambda = -4 and -3/2: (4^t)^2 = 2^(4t) is above the doubles from t = 256 on. */
  alpha[256] = 7.0;
  ck_assert_int_eq(sgd_alignment_path(&p, 1, 0, STEPS, alpha, &end), GSL_SUCCESS);
  ck_assert_int_eq(end.code, GSL_EOVRFLW);
  ck_assert_uint_eq(end.t, 256);
  ck_assert(alpha[255] == 1.0 && alpha[256] == 7.0);
  /* 1/2 and 3/4: (3/4)^(2t) is 0 where it is at most 2^-1075. */
  p.eta = 0.25;
  ck_assert_int_eq(sgd_alignment_path(&p, 1, 0, STEPS, alpha, &end), GSL_SUCCESS);
  ck_assert_int_eq(end.code, GSL_EUNDRFLW);
  ck_assert_uint_eq(end.t, (size_t)ceil(1075.0 / (2.0 * log2(4.0 / 3.0))));
  ck_assert(alpha[10] > 0.0 && alpha[end.t - 1] == 0.0);
  /* From the start on, and a step size that is none. */
  p.start = none;
  ck_assert_int_eq(sgd_alignment_path(&p, 1, 0, STEPS, alpha, &end), GSL_SUCCESS);
  ck_assert(end.code == GSL_EUNDRFLW && end.t == 0);
  /* A run itself goes on: noise takes it away from 0. */
  const double some[] = {1.0, 1.0};
  p.sd = some;
  sgd_run *run = new_run(&p);
  sgd_run_start(run, 1, 0);
  ck_assert(sgd_run_advance(run, 1, NULL).code == GSL_SUCCESS);
  ck_assert(sgd_run_sums(run).dominant > 0.0 && sgd_run_sums(run).bulk > 0.0);
  sgd_run_free(run);
  p.sd = none;
  const double sizes[] = {0.1, 0.1, INFINITY};
  p.start = start;
  p.schedule = sizes;
  p.period = 3;
  ck_assert_int_eq(sgd_alignment_path(&p, 1, 0, STEPS, alpha, &end), GSL_SUCCESS);
  ck_assert(end.code == GSL_EOVRFLW && end.t == 3);
}
END_TEST

START_TEST(test_bad_problems_are_refused) {
  example e = make_example(4, 2);
  gsl_matrix *factor = gsl_matrix_calloc(3, 3);
  double alpha[2];
  sgd_end end;
  const sgd_problem good = e.problem;
  sgd_problem bad[10];
  for (size_t i = 0; i < 10; i++)
    bad[i] = good;
  bad[0].k = 0;
  bad[1].k = 4;
  bad[2].sd = NULL;
  bad[3].factor = factor;
  bad[4].sd = NULL;
  bad[4].factor = factor;
  bad[5].schedule = e.sd;
  for (size_t i = 0; i <= 5; i++)
    ck_assert_int_eq(sgd_alignment_path(&bad[i], 1, 1, 1, alpha, &end), GSL_EINVAL);
  bad[6].shape = SGD_STUDENT;
  bad[6].freedom = 2.0;
  ck_assert_int_eq(sgd_alignment_path(&bad[6], 1, 1, 1, alpha, &end), GSL_EDOM);
  const double values[] = {0.0, -1.0, NAN, INFINITY};
  for (size_t i = 0; i < 4; i++) {
    example x = make_example(4, 2);
    x.lambda[3] = values[i];
    ck_assert_int_eq(sgd_alignment_path(&x.problem, 1, 1, 1, alpha, &end), GSL_EDOM);
    x.lambda[3] = 1.0;
    x.sd[0] = values[i];
    ck_assert_int_eq(sgd_alignment_path(&x.problem, 1, 1, 1, alpha, &end),
                     i == 0 ? GSL_SUCCESS : GSL_EDOM);
    free_example(&x);
  }
  gsl_matrix_free(factor);
  free_example(&e);
}
END_TEST

/* --- bands ---------------------------------------------------------------------------------------
 */

enum { BAND_STEPS = 3 };
static const size_t band_steps[BAND_STEPS] = {0, 5, 40};

static void run_bands(const sgd_problem *p, size_t replicates, int threads, band *bands,
                      bands_ends *ends) {
  const bands_request request = {.problem = p,
                                 .seed = 99,
                                 .replicates = replicates,
                                 .t = band_steps,
                                 .count = BAND_STEPS,
                                 .series = BANDS_SERIES,
                                 .observe = bands_observe,
                                 .threads = threads};
  ck_assert_int_eq(bands_run(&request, bands, ends, NULL), GSL_SUCCESS);
}

/* Few replicates: the sorted sample.  Many: what GSL's estimator makes of the paths in order. */
START_TEST(test_bands_are_those_of_the_paths) {
  static const size_t sizes[] = {1, 2, 63, 64, 65, 300};
  const size_t replicates = sizes[_i];
  example e = make_example(30, 4);
  band bands[BAND_STEPS * BANDS_SERIES], again[BAND_STEPS * BANDS_SERIES];
  bands_ends ends;
  run_bands(&e.problem, replicates, 1, bands, &ends);
  ck_assert(ends.overflowed == 0 && ends.first_overflow == SIZE_MAX);
  for (int threads = 2; threads <= 3; threads++) {
    run_bands(&e.problem, replicates, threads, again, &ends);
    ck_assert_mem_eq(bands, again, sizeof bands);
  }
  double *sample = calloc(replicates, sizeof *sample);
  gsl_rstat_quantile_workspace *estimate = gsl_rstat_quantile_alloc(0.95);
  ck_assert(sample != NULL && estimate != NULL);
  for (size_t r = 0; r < replicates; r++) {
    double *alpha = path(&e.problem, r, band_steps[2]);
    sample[r] = alpha[band_steps[2]];
    gsl_rstat_quantile_add(sample[r], estimate);
    free(alpha);
  }
  const double mean = gsl_stats_mean(sample, 1, replicates);
  const double sd = replicates > 1 ? gsl_stats_sd(sample, 1, replicates) : NAN;
  const double rounding = rounding_gamma(8 * replicates + e.problem.d);
  gsl_sort(sample, 1, replicates);
  const double high = replicates > BANDS_BATCH
                          ? gsl_rstat_quantile_get(estimate)
                          : gsl_stats_quantile_from_sorted_data(sample, 1, replicates, 0.95);
  const band *b = &bands[2 * BANDS_SERIES + BANDS_ALIGNMENT];
  ck_assert_uint_eq(b->count, replicates);
  ck_assert(fabs(b->mean - mean) <= rounding * mean);
  ck_assert(replicates == 1 ? isnan(b->sd) : fabs(b->sd - sd) <= 2.0 * rounding * mean);
  /* The two routes sum squares in two orders: the estimator is continuous, and off by about that.
   */
  ck_assert(fabs(b->high - high) <= 8.0 * rounding * high);
  ck_assert(b->low <= b->median && b->median <= b->high);
  /* At t = 0 every replicate is at the start. */
  double loss = 0.0;
  for (size_t i = 0; i < e.problem.k; i++)
    loss += 0.5 * e.start[i] * e.start[i] / e.lambda[i];
  ck_assert(fabs(bands[BANDS_DOMINANT_LOSS].median - loss) <= rounding * loss);
  ck_assert(bands[BANDS_DOMINANT_LOSS].low == bands[BANDS_DOMINANT_LOSS].high);
  gsl_rstat_quantile_free(estimate);
  free(sample);
  free_example(&e);
}
END_TEST

/* From g = 0: no alignment at the start, and there is one after it. */
START_TEST(test_bands_without_alignment) {
  example e = make_example(4, 2);
  memset(e.start, 0, 4 * sizeof *e.start);
  band bands[BAND_STEPS * BANDS_SERIES];
  bands_ends ends;
  run_bands(&e.problem, 10, 1, bands, &ends);
  ck_assert_uint_eq(ends.overflowed, 0);
  ck_assert(bands[BANDS_ALIGNMENT].count == 0 && bands[BANDS_BULK_LOSS].count == 10);
  ck_assert(bands[BANDS_SERIES + BANDS_ALIGNMENT].count == 10);
  free_example(&e);
}
END_TEST

/* Replicates that leave the numbers are counted and have no value after that. */
START_TEST(test_bands_of_diverging_runs) {
  example e = make_example(4, 2);
  for (size_t i = 0; i < 4; i++) {
    e.lambda[i] = i < 2 ? 1.0 : 0.5;
    e.start[i] = 1e40 * (double)(i + 1);
  }
  e.problem.eta = 1e12; /* 1e52 after one step, 1e148 after nine, its square beyond at ten */
  band bands[BAND_STEPS * BANDS_SERIES];
  bands_ends ends;
  run_bands(&e.problem, 70, 2, bands, &ends);
  ck_assert_uint_eq(ends.overflowed, 70);
  ck_assert_uint_eq(ends.first_overflow, 10);
  ck_assert_uint_eq(bands[BANDS_SERIES].count, 70);
  ck_assert_uint_eq(bands[2 * BANDS_SERIES].count, 0);
  ck_assert(isnan(bands[2 * BANDS_SERIES].mean) && isnan(bands[2 * BANDS_SERIES].median));
  free_example(&e);
}
END_TEST

static bool stop_now(size_t done, size_t replicates, void *context) {
  *(size_t *)context = done;
  return replicates == 0;
}

START_TEST(test_bands_refuse_and_stop) {
  example e = make_example(4, 2);
  const size_t falling[] = {3, 3};
  size_t done = 0;
  band bands[2 * BANDS_SERIES];
  bands_ends ends;
  bands_request r = {.problem = &e.problem,
                     .replicates = 200,
                     .t = falling,
                     .count = 2,
                     .series = BANDS_SERIES,
                     .observe = bands_observe};
  ck_assert_int_eq(bands_run(&r, bands, &ends, NULL), GSL_EINVAL);
  r.count = 0;
  ck_assert_int_eq(bands_run(&r, bands, &ends, NULL), GSL_EINVAL);
  r.count = 1;
  r.replicates = 0;
  ck_assert_int_eq(bands_run(&r, bands, &ends, NULL), GSL_EINVAL);
  r.replicates = 200;
  r.progress = stop_now;
  r.progress_context = &done;
  ck_assert_int_eq(bands_run(&r, bands, &ends, NULL), GSL_EFAILED);
  ck_assert_uint_eq(done, BANDS_BATCH);
  e.lambda[0] = -1.0;
  ck_assert_int_eq(bands_run(&r, bands, &ends, NULL), GSL_EDOM);
  free_example(&e);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("sgd");
  TCase *paths = tcase_create("paths");
  tcase_set_timeout(paths, 120);
  tcase_add_loop_test(paths, test_path_is_the_recursion, 0, DIMENSIONS);
  tcase_add_test(paths, test_bytes_do_not_depend_on_how);
  tcase_add_test(paths, test_gsl_generator_is_the_plain_ensemble);
  tcase_add_test(paths, test_schedules_and_policies);
  tcase_add_loop_test(paths, test_laws_of_the_noise, 0, 2);
  tcase_add_loop_test(paths, test_noise_of_the_whole_state, 0, 2);
  tcase_add_loop_test(paths, test_mini_batches_are_sgd_on_samples, 0, 2);
  tcase_add_test(paths, test_random_start);
  tcase_add_test(paths, test_divergence_is_a_result);
  tcase_add_test(paths, test_bad_problems_are_refused);
  suite_add_tcase(suite, paths);
  TCase *bands = tcase_create("bands");
  tcase_set_timeout(bands, 120);
  tcase_add_loop_test(bands, test_bands_are_those_of_the_paths, 0, 6);
  tcase_add_test(bands, test_bands_without_alignment);
  tcase_add_test(bands, test_bands_of_diverging_runs);
  tcase_add_test(bands, test_bands_refuse_and_stop);
  suite_add_tcase(suite, bands);
  return support_run(suite);
}
