/* sgd.h -- one run of SGD on a quadratic in its eigenbasis, at the speed of drawing its noise.
 *
 * One step of size eta_t is g_i <- (1 - eta_t lambda_i) g_i - eta_t lambda_i xi_i.
 *
 * STREAMS   Directions are cut into blocks of SGD_BLOCK; block b of a replicate draws from the
 *   stream (seed, replicate, b) of stream.h, one number a direction and step, in the order of the
 *   directions; a random start is drawn from the stream (seed, replicate, SGD_START), the samples
 *   of mini-batches from (seed, replicate, SGD_SAMPLES).  So the numbers of a run depend on seed
 *   and replicate alone: not on threads, on what is recorded, or on the runs beside it.
 * ROUNDING  A coordinate's update has three roundings beside those of 1 - eta lambda_i and of
 *   eta lambda_i sd_i, and its square one more; sums over directions are made in eight lanes and in
 *   the order of the blocks (relative error of a sum of squares at most (d/8 + 8) 2^-53).
 * DOMAIN    1 <= k < d; lambda finite and > 0, in any order within each set; sd finite and >= 0.
 * UNITS     t in steps; sd in [g]. */
#ifndef SUSPALIGN_SIM_SGD_H
#define SUSPALIGN_SIM_SGD_H

#include <stddef.h>
#include <stdint.h>
#include <gsl/gsl_matrix.h>
#include "model/least_squares.h"
#include "sim/kernel.h"

enum { SGD_BLOCK = 1024 };
#define SGD_START UINT64_MAX
#define SGD_SAMPLES (UINT64_MAX - 1)

/* What an observer or a policy sees: the run before step t. */
typedef struct {
  size_t t, d, k;
  const double *lambda, *g, *v; /* length d; v_i is the variance of xi_i in this state */
} sgd_state;

/* SGD_GSL is the plain reference: GSL's mt19937, the ziggurat for normals; block b seeded by
 * random_trial_seed(seed, "sgd", replicate) for b = 0, with b in the name else (32 bits). */
typedef enum { SGD_FAST, SGD_GSL } sgd_generator;

/* The law of one number: N(0,1); -1 or 1; Student's t of `freedom` degrees scaled to variance 1. */
typedef enum { SGD_GAUSSIAN, SGD_RADEMACHER, SGD_STUDENT } sgd_shape;

/* Everything is borrowed and outlives the run.  Where only the first six fields are set (the others
 * zero): Gaussian noise, independent along the directions, at a constant step. */
typedef struct {
  size_t d, k;
  const double *lambda;
  const double *sd;    /* standard deviation of xi_i; xi_i = sd_i z_i */
  const double *start; /* g_0; NULL: g_0,i = lambda_i x_i with x ~ N(0, I) */
  double eta;

  sgd_generator generator;
  sgd_shape shape;
  double freedom; /* of SGD_STUDENT; > 2 */

  /* At most one of these three, in place of sd. */
  const gsl_matrix *factor; /* d x d, lower triangle: xi = F z, covariance F F' */
  void (*scale)(const sgd_state *state, double *sd, void *context); /* sd of this state (v unset) */
  const least_squares *data; /* xi of a mini-batch of `batch` samples, drawn with replacement;
                                lambda is that of its spectrum; z is not drawn */
  size_t batch;
  void *scale_context;

  /* The steps: eta where both are NULL, else eta_t = schedule[t mod period], else policy(state).
   * Both functions are called from several threads at once. */
  const double *schedule;
  size_t period;
  double (*policy)(const sgd_state *state, void *context);
  void *policy_context;

  const kernel *kernel; /* NULL: the fastest; every one gives the same bytes */
  int threads;          /* inside a step, over the blocks; 0 is 1 */
} sgd_problem;

/* Where a run ended before its last step: not at all (GSL_SUCCESS), or with the step t whose state
 * was the first with |g|^2 infinite or not a number, or that a step size led to that is not finite
 * (GSL_EOVRFLW).  sgd_alignment_path also ends at the first t with |g|^2 = 0 (GSL_EUNDRFLW). */
typedef struct {
  int code;
  size_t t;
} sgd_end;

typedef struct sgd_run sgd_run;

/* GSL_SUCCESS; GSL_EINVAL (d, k, more than one kind of noise, shapes, no schedule period, no
 * batch), GSL_EDOM (lambda, sd, freedom), each with a message; GSL_ENOMEM.  O(d) memory; O(d^2)
 * borrowed with a factor. */
int sgd_run_alloc(const sgd_problem *problem, sgd_run **out, diagnostic *diag);
void sgd_run_free(sgd_run *run);

/* To t = 0 of the replicate. */
void sgd_run_start(sgd_run *run, uint64_t seed, uint64_t replicate);

/* `steps` steps on, or to the end if there is one before.  sums (length `steps`, or NULL) gets
 * |P g|^2 and |Q g|^2 after each; from the end on it is not meaningful. */
sgd_end sgd_run_advance(sgd_run *run, size_t steps, kernel_sums *sums);

/* |P g|^2 and |Q g|^2 now. */
kernel_sums sgd_run_sums(const sgd_run *run);

/* The state now, valid until the run goes on; not to be asked for after an end. */
const sgd_state *sgd_run_state(sgd_run *run);

/* alpha_t = |P g_t|^2 / |g_t|^2 for t = 0..steps of one replicate into alpha, of length steps + 1.
 * GSL_SUCCESS, also of a run that ended early, with the numbers or where there is no alignment:
 * then end->code says so and alpha is written for t < end->t alone; else codes of sgd_run_alloc.
 * O(d) memory. */
int sgd_alignment_path(const sgd_problem *problem, uint64_t seed, uint64_t replicate, size_t steps,
                       double *alpha, sgd_end *end);

#endif
