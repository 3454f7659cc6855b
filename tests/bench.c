/* bench.c -- what things cost, as ratios measured in one run: nothing here is asserted.
 *
 * Each line gives the time of one call and its ratio to the line it is measured against; the times
 * are the least of several repetitions, so that a busy machine disturbs them little. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/one_step_moments.h"
#include "claims/opposite_effects.h"
#include "claims/registry.h"
#include "claims/self_correction.h"
#include "claims/true_critical_step.h"
#include "claims/two_phases.h"
#include "evidence/stationary_sweep.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "laws/alignment_law.h"
#include "laws/noise_geometry.h"
#include "model/random.h"
#include "model/spectrum.h"
#include "sim/stream.h"
#include "sweep/authors_plan.h"
#include "sweep/sweep.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds a call: the least of 5 repetitions, each of as many calls as fill 20 ms. */
static double measure(void (*call)(void *), void *argument) {
  double best = INFINITY;
  size_t calls = 1;
  for (int repetition = 0; repetition < 5;) {
    const double start = now();
    for (size_t n = 0; n < calls; n++)
      call(argument);
    const double elapsed = now() - start;
    if (elapsed < 0.02 && calls < (size_t)1 << 30) {
      calls *= 2;
      continue;
    }
    best = fmin(best, elapsed / (double)calls);
    repetition++;
  }
  return best;
}

static void line(const char *what, double seconds, double against) {
  printf("  %-58s %10.3f us  x %8.2f\n", what, 1e6 * seconds, seconds / against);
}

typedef struct {
  quadratic *q;
  double eta;
  volatile double sink; /* keeps the compiler from dropping what is timed */
} workload;

static void sum_of_squares(void *argument) {
  workload *w = argument;
  double sum = 0.0;
  for (size_t i = 0; i < w->q->d; i++)
    sum += w->q->g[i] * w->q->g[i];
  w->sink = sum;
}

static void moments(void *argument) {
  workload *w = argument;
  one_step_moments m;
  one_step_moments_of(w->q, &m);
  w->sink = m.mean_gap;
}

static void whole_critical_step(void *argument) {
  workload *w = argument;
  one_step_moments m;
  critical_step found;
  one_step_moments_of(w->q, &m);
  critical_step_of(&m, &found);
  w->sink = found.delta;
}

static void one_sign(void *argument) {
  workload *w = argument;
  const exact_step step = {w->q, w->eta};
  w->sink = certified_sign_of(exact_step_alignment_change, &step);
}

static void turn(void *argument) {
  workload *w = argument;
  w->sink = two_phases_turn(w->q);
}

static quadratic *bench_quadratic(size_t d) {
  quadratic *q = quadratic_alloc(d, d / 10);
  if (q == NULL)
    exit(EXIT_FAILURE);
  for (size_t i = 0; i < d; i++) {
    q->lambda[i] = (i < q->k ? 100.0 : 1.0) * (2.0 - (double)i / (double)d);
    q->v[i] = 0.25;
    q->g[i] = 10.0 + (double)(i % 7);
  }
  q->eta = 1.0 / q->lambda[0];
  return q;
}

static void bench_one_step(size_t d) {
  workload w = {bench_quadratic(d), 0.001, 0.0};
  printf("one step, d = %zu, against the plain sum of squares\n", d);
  const double plain = measure(sum_of_squares, &w);
  line("sum of squares", plain, plain);
  line("all moments of L1, with their error", measure(moments, &w), plain);
  line("critical step of T1, with its error", measure(whole_critical_step, &w), plain);
  line("certified sign of the change of alignment", measure(one_sign, &w), plain);
  line("turn of T4 by bisection", measure(turn, &w), plain);
  quadratic_free(w.q);
}

typedef struct {
  const claim *claim;
  quadratic *q;
  size_t open; /* hypotheses and conclusions that are not met */
} certified_workload;

/* Everything that signs decide of one instance: its hypotheses and the claim's conclusions. */
static void certify_whole(void *argument) {
  certified_workload *w = argument;
  w->open = claim_violated(w->claim, w->q, NULL) != NULL;
  for (const conclusion *x = w->claim->conclusions; x->name != NULL; x++)
    if (x->decision == DECIDED_BY_SIGN) {
      claim_note note = {"", 0};
      const verdict v = x->check(w->q, &note);
      w->open += v == VERDICT_FAILS || v == VERDICT_UNDECIDED;
    }
}

static void bench_certificates(void) {
  const claim *const claims[] = {&critical_step_claim, &self_correction_claim,
                                 &opposite_effects_claim};
  printf("one instance certified whole, d = 50: its hypotheses and every conclusion that signs "
         "decide\n");
  double first = 0.0;
  for (size_t n = 0; n < sizeof claims / sizeof *claims; n++) {
    certified_workload w = {claims[n], bench_quadratic(50), 0};
    /* Inputs of full length, as a generator has them, and noise in the bulk to make T2's regime. */
    for (size_t i = 0; i < w.q->d; i++) {
      w.q->g[i] /= 3.0;
      w.q->v[i] = n == 1 && i >= w.q->k ? 1e9 / 3.0 : 0.1;
    }
    const double seconds = measure(certify_whole, &w);
    first = n == 0 ? seconds : first;
    line(claims[n]->title, seconds, first);
    if (w.open > 0)
      printf("  %s: %zu not certified\n", claims[n]->id, w.open);
    quadratic_free(w.q);
  }
}

typedef struct {
  quadratic *q;
  alignment_law *law; /* stationary */
  double at;          /* its mean */
  volatile double sink;
} law_workload;

static void law_made_and_mean(void *argument) {
  law_workload *w = argument;
  alignment_law *law = NULL;
  law_value x;
  if (alignment_law_stationary(w->q, &law, NULL) == GSL_SUCCESS &&
      alignment_law_mean(law, &x) == GSL_SUCCESS)
    w->sink = x.val;
  alignment_law_free(law);
}

static void law_variance(void *argument) {
  law_workload *w = argument;
  law_value x;
  alignment_law_variance(w->law, &x);
  w->sink = x.val;
}

static void law_cdf(void *argument) {
  law_workload *w = argument;
  law_value x;
  alignment_law_cdf(w->law, w->at, &x);
  w->sink = x.val;
}

static void law_quantile(void *argument) {
  law_workload *w = argument;
  law_value x;
  alignment_law_quantile(w->law, 0.025, &x);
  w->sink = x.val;
}

static void true_root(void *argument) {
  law_workload *w = argument;
  law_value x;
  w->sink = true_critical_step_of(w->q, &x, NULL);
}

static void whole_sweep(void *argument) {
  law_workload *w = argument;
  for (size_t i = 0; i < STATIONARY_SWEEP_POINTS; i++) {
    stationary_sweep_point p;
    if (stationary_sweep_at(stationary_sweep_ratios[i], &p) == GSL_SUCCESS)
      w->sink = p.mean.val;
  }
}

static void bench_laws(void) {
  law_workload w = {stationary_sweep_problem(50.0), NULL, 0.0, 0.0};
  law_value mean;
  if (w.q == NULL || alignment_law_stationary(w.q, &w.law, NULL) != GSL_SUCCESS ||
      alignment_law_mean(w.law, &mean) != GSL_SUCCESS)
    exit(EXIT_FAILURE);
  w.at = mean.val;
  printf("exact laws, d = %zu, the sweep's problem at m = 50, against one expectation\n", w.q->d);
  const double one = measure(law_made_and_mean, &w);
  line("stationary law made, E alpha to 1e-10 (wanted: 1000 us)", one, one);
  line("its variance to 1e-8", measure(law_variance, &w), one);
  line("P(alpha <= c) to 1e-8 (wanted: 5000 us)", measure(law_cdf, &w), one);
  line("its 2.5 % quantile", measure(law_quantile, &w), one);
  line("true critical step", measure(true_root, &w), one);
  line("the whole sweep, window included (wanted: 1000000 us)", measure(whole_sweep, &w), one);
  alignment_law_free(w.law);
  quadratic_free(w.q);
}

typedef struct {
  gsl_matrix *a;
} decomposition;

static void decompose_here(void *argument) {
  spectrum *s = NULL;
  if (spectrum_from_matrix(((decomposition *)argument)->a, 1, &s, NULL) == GSL_SUCCESS)
    spectrum_free(s);
}

static void decompose_gsl(void *argument) {
  const gsl_matrix *a = ((decomposition *)argument)->a;
  gsl_matrix *copy = gsl_matrix_alloc(a->size1, a->size1),
             *vectors = gsl_matrix_alloc(a->size1, a->size1);
  gsl_vector *values = gsl_vector_alloc(a->size1);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(a->size1);
  gsl_matrix_memcpy(copy, a);
  gsl_eigen_symmv(copy, values, vectors, work);
  gsl_eigen_symmv_free(work);
  gsl_vector_free(values);
  gsl_matrix_free(copy);
  gsl_matrix_free(vectors);
}

static void bench_eigen(size_t d) {
  decomposition problem = {gsl_matrix_alloc(d, d)};
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++)
      gsl_matrix_set(problem.a, i, j,
                     i == j ? 2.0 + (double)i : 1.0 / (1.0 + fabs((double)i - (double)j)));
  printf("eigenvalues and eigenvectors, d = %zu (BLAS: %s)\n", d, BLAS_NAME);
  const double reference = measure(decompose_gsl, &problem);
  line("gsl_eigen_symmv", reference, reference);
  line("spectrum_from_matrix, which picks its solver", measure(decompose_here, &problem),
       reference);
  gsl_matrix_free(problem.a);
}

typedef struct {
  random_design *r;
  double *share;
  volatile double sink;
} noise_workload;

static void trace(void *argument) {
  noise_workload *w = argument;
  double sum = 0.0;
  for (size_t i = 0; i < w->r->d; i++)
    sum += w->r->lambda[i];
  w->sink = sum;
}

static void threshold(void *argument) {
  noise_workload *w = argument;
  law_value eta_c;
  noise_critical_step(w->r, &eta_c, NULL);
  w->sink = eta_c.val;
}

static void escape_shares(void *argument) {
  noise_workload *w = argument;
  noise_growth growth;
  noise_growth_of(w->r, &growth, w->share, NULL);
  w->sink = growth.rho.val;
}

static void bench_noise(size_t d) {
  noise_workload w = {random_design_alloc(d, 1), calloc(d, sizeof *w.share), 0.0};
  if (w.r == NULL || w.share == NULL)
    exit(EXIT_FAILURE);
  for (size_t i = 0; i < d; i++)
    w.r->lambda[i] = 1.0 / (double)(i + 1);
  law_value eta_c;
  noise_critical_step(w.r, &eta_c, NULL);
  w.r->eta = 1.2 * eta_c.val;
  printf("noise of a random design, d = %zu, against the trace\n", d);
  const double plain = measure(trace, &w);
  line("sum of the eigenvalues", plain, plain);
  line("threshold of stability eta_c of N3, with its error", measure(threshold, &w), plain);
  line("growth rate and escape shares of N4", measure(escape_shares, &w), plain);
  free(w.share);
  random_design_free(w.r);
}

static void bench_claims(void) {
  printf("one random instance, generated and with all conclusions checked, against L1's\n");
  double first = 0.0;
  for (const claim *const *p = registry_claims; *p != NULL; p++) {
    const claim *c = *p;
    const size_t trials = c->trials < 200 ? 4 : 200;
    const double start = now();
    for (size_t n = 0; n < trials; n++) {
      gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, c->id, n));
      diagnostic diag = {GSL_SUCCESS, ""};
      void *instance = c->generate(rng, &diag);
      gsl_rng_free(rng);
      if (instance == NULL) {
        printf("  %s: skipped: %s\n", c->id, diag.message);
        break;
      }
      for (const conclusion *x = c->conclusions; x->name != NULL; x++) {
        claim_note note = {"", 0};
        x->check(instance, &note);
      }
      c->family->free(instance);
    }
    const double seconds = (now() - start) / (double)trials;
    first = p == registry_claims ? seconds : first;
    line(c->id, seconds, first);
  }
}

/* As many normals as the sweep draws, in pieces of one step. */
static double time_normals(const sweep_plan *plan, double *z, size_t d) {
  const double start = now();
  for (size_t run = 0; run < sweep_plan_runs(plan); run++) {
    stream_state s;
    stream_start(&s, run, 0, 0);
    for (size_t t = 0; t < plan->whole[SWEEP_STEPS][0]; t++)
      stream_normals(kernel_best(), &s, z, d);
  }
  return now() - start;
}

static double time_sweep(const sweep_plan *plan, int threads, sweep_result *results) {
  const double start = now();
  if (sweep_results(plan, threads, results) != GSL_SUCCESS)
    exit(EXIT_FAILURE);
  return now() - start;
}

/* In turns, the least of each. */
static void bench_sweep(void) {
  enum { TURNS = 3 };
  sweep_plan *plan = NULL;
  if (sweep_plan_parse("authors.ini", authors_plan, strlen(authors_plan), &plan, NULL) !=
      GSL_SUCCESS)
    exit(EXIT_FAILURE);
  const size_t runs = sweep_plan_runs(plan), round = STREAM_NORMALS_ROUND;
  const size_t d = ((size_t)plan->whole[SWEEP_D][0] + round - 1) / round * round;
  sweep_result *results = calloc(runs, sizeof *results);
  double *z = calloc(d, sizeof *z), normals = INFINITY, one = INFINITY, all = INFINITY;
  if (results == NULL || z == NULL)
    exit(EXIT_FAILURE);
  for (int turn = 0; turn < TURNS; turn++) {
    normals = fmin(normals, time_normals(plan, z, d));
    one = fmin(one, time_sweep(plan, 1, results));
    all = fmin(all, time_sweep(plan, 0, results));
  }
  printf("the authors' sweep, %zu runs with statistics and fits, against its normals alone\n",
         runs);
  line("its normals, one thread", normals, normals);
  line("the sweep, one thread", one, normals);
  line("the sweep, all threads (wanted: 2000000 us on two)", all, normals);
  free(z);
  free(results);
  sweep_plan_free(plan);
}

int main(void) {
  gsl_set_error_handler_off();
  bench_one_step(50);
  bench_one_step(500);
  bench_certificates();
  bench_laws();
  bench_noise(10000);
  bench_sweep();
  bench_eigen(100);
  bench_eigen(500);
  bench_claims();
  return EXIT_SUCCESS;
}
