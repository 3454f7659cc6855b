/* bench_sim.c -- what the simulator costs, against the limits of the same run: the normals alone,
 * the plain loop on GSL's generator, and NumPy.
 *
 * Everything that is compared is measured in turns, and of each the least time is taken: on a
 * machine with other work the least is the closest to what the program itself costs.  Asserts
 * nothing.  Usage: bench_sim [SECONDS-OF-NUMPY]. */
#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "sim/bands.h"
#include "sim/sgd.h"
#include "sim/stream.h"

enum { D = 500, K = 50, STEPS = 30000, TURNS = 25, VARIANTS_MOST = 3 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Keeps the least. */
static void least(double *best, double seconds) {
  *best = *best == 0.0 ? seconds : fmin(*best, seconds);
}

/* --- problems ----------------------------------------------------------------------------------
 */

typedef struct {
  double *lambda, *sd, *start;
  sgd_problem problem;
} example;

static void *need(void *memory) {
  if (memory == NULL) {
    fputs("out of memory\n", stderr);
    exit(EXIT_FAILURE);
  }
  return memory;
}

static example make_example(size_t d, size_t k) {
  example e;
  e.lambda = need(calloc(d, sizeof *e.lambda));
  e.sd = need(calloc(d, sizeof *e.sd));
  e.start = need(calloc(d, sizeof *e.start));
  for (size_t i = 0; i < d; i++) {
    const double place = (double)i / (double)d;
    e.lambda[i] = i < k ? 10.0 - place : 1.0 - 0.5 * place;
    e.sd[i] = e.start[i] = 1.0;
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

/* Seconds of `steps` steps with every alignment; the run is made and started before. */
static double time_run(sgd_run *run, size_t steps, kernel_sums *sums) {
  const double start = now();
  sgd_run_advance(run, steps, sums);
  return now() - start;
}

static sgd_run *make_run(const sgd_problem *problem) {
  sgd_run *run = NULL;
  diagnostic diag = {0, ""};
  if (sgd_run_alloc(problem, &run, &diag) != GSL_SUCCESS) {
    fprintf(stderr, "%s\n", diag.message);
    exit(EXIT_FAILURE);
  }
  sgd_run_start(run, 1, 1);
  return run;
}

/* Seconds to draw `count` normals, in pieces that stay in the cache. */
static double time_normals(const kernel *with, size_t count) {
  enum { PIECE = 2048 };
  static double z[PIECE];
  stream_state s;
  stream_start(&s, 1, 1, 0);
  const double start = now();
  for (size_t done = 0; done < count; done += PIECE) {
    const size_t left = count - done;
    stream_normals(with, &s, z, left < PIECE ? left / 16 * 16 : PIECE);
  }
  return now() - start;
}

static double time_ziggurat(const gsl_rng_type *type, size_t count) {
  gsl_rng *rng = need(gsl_rng_alloc(type));
  double sum = 0.0;
  const double start = now();
  for (size_t i = 0; i < count; i++)
    sum += gsl_ran_gaussian_ziggurat(rng, 1.0);
  const double seconds = now() - start;
  gsl_rng_free(rng);
  return isfinite(sum) ? seconds : NAN;
}

/* The loop anyone writes: GSL's generator, one direction after the other. */
static double time_plain_loop(const example *e, const gsl_rng_type *type) {
  gsl_rng *rng = need(gsl_rng_alloc(type));
  double g[D], kept[D], spread[D], sink = 0.0;
  for (size_t i = 0; i < D; i++) {
    g[i] = e->start[i];
    kept[i] = 1.0 - e->problem.eta * e->lambda[i];
    spread[i] = e->problem.eta * e->lambda[i] * e->sd[i];
  }
  const double start = now();
  for (size_t t = 0; t < STEPS; t++) {
    double sum[2] = {0.0, 0.0};
    for (size_t i = 0; i < D; i++) {
      g[i] = kept[i] * g[i] - spread[i] * gsl_ran_gaussian_ziggurat(rng, 1.0);
      sum[i >= K] += g[i] * g[i];
    }
    sink += sum[0] / (sum[0] + sum[1]);
  }
  const double seconds = now() - start;
  gsl_rng_free(rng);
  return isfinite(sink) ? seconds : NAN;
}

/* --- tables ------------------------------------------------------------------------------------
 */

static void bench_kernel(double numpy) {
  example e = make_example(D, K);
  kernel_sums *sums = need(calloc(STEPS, sizeof *sums));
  double step[VARIANTS_MOST] = {0}, normals[VARIANTS_MOST] = {0}, loop = 0.0, taus = 0.0;
  double ziggurat = 0.0;
  sgd_run *runs[VARIANTS_MOST] = {NULL};
  for (size_t n = 0; n < VARIANTS_MOST && kernel_at(n) != NULL; n++) {
    e.problem.kernel = kernel_at(n);
    runs[n] = make_run(&e.problem);
  }
  for (int turn = 0; turn < TURNS; turn++) {
    for (size_t n = 0; n < VARIANTS_MOST && runs[n] != NULL; n++) {
      least(&step[n], time_run(runs[n], STEPS, sums));
      least(&normals[n], time_normals(kernel_at(n), (size_t)D * STEPS));
    }
    if (turn < 3) {
      least(&loop, time_plain_loop(&e, gsl_rng_mt19937));
      least(&taus, time_plain_loop(&e, gsl_rng_taus2));
      least(&ziggurat, time_ziggurat(gsl_rng_mt19937, (size_t)D * STEPS));
    }
  }
  printf("one run, d = %d, k = %d, %d steps, every alignment\n", D, K, STEPS);
  printf("  %-34s %9s %14s %12s %8s\n", "", "ms", "normals alone", "ratio to it", "speed");
  for (size_t n = 0; n < VARIANTS_MOST && runs[n] != NULL; n++) {
    printf("  %-34s %9.2f %11.2f ms %12.3f %8.2f\n", kernel_at(n)->name, 1e3 * step[n],
           1e3 * normals[n], step[n] / normals[n], loop / step[n]);
    sgd_run_free(runs[n]);
  }
  printf("  %-34s %9.2f %11.2f ms %12.3f %8.2f\n", "plain loop, mt19937, ziggurat", 1e3 * loop,
         1e3 * ziggurat, loop / ziggurat, 1.0);
  printf("  %-34s %9.2f %14s %12s %8.2f\n", "plain loop, taus2, ziggurat", 1e3 * taus, "", "",
         loop / taus);
  if (numpy > 0.0)
    printf("  %-34s %9.2f %14s %12s %8.2f\n", "NumPy", 1e3 * numpy, "", "", loop / numpy);
  free(sums);
  free_example(&e);
}

static void bench_dimensions(void) {
  printf("one step against d, k = d/10, one thread (%s)\n", kernel_best()->name);
  printf("  %9s %12s %16s %14s\n", "d", "ns a step", "ns a direction", "normals alone");
  for (size_t d = 100; d <= 1000000; d *= 10) {
    example e = make_example(d, d / 10);
    sgd_run *run = make_run(&e.problem);
    const size_t steps = 20000000 / d;
    kernel_sums *sums = need(calloc(steps, sizeof *sums));
    double seconds = 0.0, normals = 0.0;
    for (int turn = 0; turn < TURNS; turn++) {
      least(&seconds, time_run(run, steps, sums));
      least(&normals, time_normals(kernel_best(), steps * d));
    }
    const double unit = 1e9 / (double)steps;
    printf("  %9zu %12.1f %16.3f %14.3f\n", d, seconds * unit, seconds * unit / (double)d,
           normals * unit / (double)d);
    sgd_run_free(run);
    free(sums);
    free_example(&e);
  }
}

static void ignore_state(const sgd_state *state, double *values, void *context) {
  (void)context;
  values[0] = state->g[0];
}

static double time_bands(const sgd_problem *problem, int threads) {
  const size_t t[] = {STEPS};
  const bands_request request = {.problem = problem,
                                 .seed = 1,
                                 .replicates = 32,
                                 .t = t,
                                 .count = 1,
                                 .series = 1,
                                 .observe = ignore_state,
                                 .threads = threads};
  band b;
  bands_ends ends;
  const double start = now();
  if (bands_run(&request, &b, &ends, NULL) != GSL_SUCCESS)
    exit(EXIT_FAILURE);
  return now() - start;
}

static void bench_threads(void) {
#ifdef _OPENMP
  const int most = omp_get_num_procs() < 8 ? omp_get_num_procs() : 8;
#else
  const int most = 1;
#endif
  enum { THREADS_MOST = 8, WIDE = 200000, WIDE_STEPS = 128 };
  double replicates[THREADS_MOST + 1] = {0}, inside[THREADS_MOST + 1] = {0};
  example e = make_example(D, K), wide = make_example(WIDE, WIDE / 10);
  for (int turn = 0; turn < 4; turn++)
    for (int threads = 1; threads <= most; threads++) {
      least(&replicates[threads], time_bands(&e.problem, threads));
      wide.problem.threads = threads;
      sgd_run *run = make_run(&wide.problem);
      least(&inside[threads], time_run(run, WIDE_STEPS, NULL));
      sgd_run_free(run);
    }
  printf("threads: 32 replicates at d = %d, %d steps; one run at d = %d\n", D, STEPS, WIDE);
  printf("  %8s %15s %8s %15s %8s\n", "threads", "ms a replicate", "speed", "ns a direction",
         "speed");
  for (int threads = 1; threads <= most; threads++)
    printf("  %8d %15.2f %8.2f %15.3f %8.2f\n", threads, 1e3 * replicates[threads] / 32.0,
           replicates[1] / replicates[threads], 1e9 * inside[threads] / ((double)WIDE * WIDE_STEPS),
           inside[1] / inside[threads]);
  free_example(&e);
  free_example(&wide);
}

int main(int argc, char **argv) {
  gsl_set_error_handler_off();
  const double numpy = argc > 1 ? strtod(argv[1], NULL) : 0.0;
  if (!(numpy > 0.0))
    puts("NumPy: skipped, no python3 with numpy");
  bench_kernel(numpy);
  bench_dimensions();
  bench_threads();
  return EXIT_SUCCESS;
}
