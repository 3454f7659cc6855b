#include "config.h"
#include "sim/sgd.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "model/random.h"
#include "sim/stream.h"

/* Steps that the blocks go on their own before their sums are brought together; numbers drawn in
 * advance; entries past the end that a kernel reads. */
enum { TILE = 64, AHEAD = 2 * SGD_BLOCK, PAST = STREAM_LANES, CACHE_LINE = 64 };

/* Directions from..from+count-1, of which the first `top` are dominant.  In the padded arrays they
 * begin at `place`. */
typedef struct {
  size_t from, count, top, place;
  double prepared; /* the step size that kept and spread are for; NaN: none */
  stream_state stream;
  gsl_rng *rng;       /* where the numbers come one by one, else NULL; owned */
  double *ahead;      /* numbers drawn in advance, AHEAD + PAST of them; NULL in blocks that use
                         up whole rounds; owned */
  size_t next, drawn; /* those of `ahead` that are not used yet are next..drawn-1 */
  kernel_sums sums[TILE];
} block;

struct sgd_run {
  sgd_problem problem;
  const kernel *kernel;
  size_t blocks, padded;
  int threads;
  block *block;
  double *g, *kept, *spread, *lambda, *sd;    /* padded; zeros between */
  double *scratch;                            /* of SGD_BLOCK + PAST a thread */
  double *flat_g, *flat_v, *flat_z, *flat_xi; /* length d (z: PAST more) */
  double *offset;  /* of data: sample residuals at the minimum, length n */
  double *optimum; /* of data: the minimum in the eigenbasis, length d */
  gsl_rng *samples;
  kernel_sums now;
  sgd_state state;
};

static size_t round_up(size_t n, size_t unit) {
  return (n + unit - 1) / unit * unit;
}

/* --- numbers -----------------------------------------------------------------------------------
 */

/* `count` numbers of the shape, a multiple of STREAM_NORMALS_ROUND. */
static void draw(const sgd_run *run, block *b, double *out, size_t count) {
  const sgd_problem *p = &run->problem;
  if (p->shape == SGD_STUDENT) {
    const double scale = sqrt((p->freedom - 2.0) / p->freedom);
    for (size_t i = 0; i < count; i++)
      out[i] = scale * gsl_ran_tdist(b->rng, p->freedom);
  } else if (p->shape == SGD_RADEMACHER && b->rng != NULL) {
    for (size_t i = 0; i < count; i++)
      out[i] = gsl_rng_uniform(b->rng) < 0.5 ? -1.0 : 1.0;
  } else if (p->shape == SGD_RADEMACHER) {
    uint64_t bits[STREAM_NORMALS_ROUND];
    for (size_t i = 0; i < count; i += STREAM_NORMALS_ROUND) {
      stream_bits(run->kernel, &b->stream, bits, STREAM_NORMALS_ROUND);
      for (size_t j = 0; j < STREAM_NORMALS_ROUND; j++)
        out[i + j] = bits[j] >> 63 ? -1.0 : 1.0;
    }
  } else if (b->rng != NULL) {
    for (size_t i = 0; i < count; i++)
      out[i] = gsl_ran_gaussian_ziggurat(b->rng, 1.0);
  } else
    stream_normals(run->kernel, &b->stream, out, count);
}

/* The block's numbers of one step, and PAST finite ones after them. */
static const double *numbers(const sgd_run *run, block *b, double *scratch) {
  if (b->ahead == NULL) {
    draw(run, b, scratch, b->count);
    return scratch;
  }
  if (b->drawn - b->next < b->count) {
    const size_t left = b->drawn - b->next;
    memmove(b->ahead, b->ahead + b->next, left * sizeof *b->ahead);
    const size_t more = (AHEAD - left) / STREAM_NORMALS_ROUND * STREAM_NORMALS_ROUND;
    draw(run, b, b->ahead + left, more);
    b->next = 0;
    b->drawn = left + more;
  }
  const double *const z = b->ahead + b->next;
  b->next += b->count;
  return z;
}

static gsl_rng *plain_alloc(void) {
  return gsl_rng_alloc(gsl_rng_mt19937);
}

static void start_generator(const sgd_run *run, gsl_rng *rng, uint64_t seed, uint64_t replicate,
                            uint64_t number) {
  if (run->problem.generator == SGD_FAST)
    stream_rng_start(rng, seed, replicate, number);
  else {
    char name[32] = "sgd";
    if (number > 0)
      snprintf(name, sizeof name, "sgd %llx", (unsigned long long)number);
    gsl_rng_set(rng, random_trial_seed(seed, name, replicate));
  }
}

/* --- steps with noise that is independent along the directions ---------------------------------
 */

static void prepare(const sgd_run *run, block *b, double eta) {
  if (b->prepared == eta)
    return;
  const size_t end =
      b->place + round_up(b->top, STREAM_LANES) + round_up(b->count - b->top, STREAM_LANES);
  for (size_t i = b->place; i < end; i++) {
    const double move = eta * run->lambda[i];
    run->kept[i] = 1.0 - move;
    run->spread[i] = move * run->sd[i];
  }
  b->prepared = eta;
}

static kernel_sums step_block(const sgd_run *run, block *b, double eta, const double *z) {
  prepare(run, b, eta);
  return run->kernel->step(run->g + b->place, run->kept + b->place, run->spread + b->place, z,
                           b->top, b->count - b->top);
}

static void advance_block(const sgd_run *run, block *b, const double *eta, size_t steps,
                          double *scratch) {
  for (size_t s = 0; s < steps; s++)
    b->sums[s] = step_block(run, b, eta[s], numbers(run, b, scratch));
}

/* Every block goes `steps` <= TILE steps by itself. */
static void advance_tile(sgd_run *run, const double *eta, size_t steps) {
#ifdef _OPENMP
  if (run->threads > 1) {
#pragma omp parallel for schedule(static) num_threads(run->threads)
    for (size_t i = 0; i < run->blocks; i++)
      advance_block(run, &run->block[i], eta, steps,
                    run->scratch + (size_t)omp_get_thread_num() * (SGD_BLOCK + PAST));
    return;
  }
#endif
  for (size_t i = 0; i < run->blocks; i++)
    advance_block(run, &run->block[i], eta, steps, run->scratch);
}

static kernel_sums add_blocks(const sgd_run *run, size_t s) {
  kernel_sums total = {0.0, 0.0};
  for (size_t i = 0; i < run->blocks; i++) {
    total.dominant += run->block[i].sums[s].dominant;
    total.bulk += run->block[i].sums[s].bulk;
  }
  return total;
}

/* --- padded and flat arrays --------------------------------------------------------------------
 */

/* Where direction i is in the padded arrays. */
static size_t place_of(const sgd_run *run, size_t i) {
  const block *b = &run->block[i / SGD_BLOCK];
  const size_t within = i - b->from;
  return b->place + (within < b->top ? within : round_up(b->top, STREAM_LANES) + within - b->top);
}

static void copy_padded(const sgd_run *run, double *padded, double *flat, bool to_flat) {
  for (size_t i = 0; i < run->blocks; i++) {
    const block *b = &run->block[i];
    double *const top = padded + b->place, *const rest = top + round_up(b->top, STREAM_LANES);
    double *const from = flat + b->from;
    const size_t top_bytes = b->top * sizeof *flat, rest_bytes = (b->count - b->top) * sizeof *flat;
    memcpy(to_flat ? from : top, to_flat ? top : from, top_bytes);
    memcpy(to_flat ? from + b->top : rest, to_flat ? rest : from + b->top, rest_bytes);
  }
}

/* --- steps with noise that looks at the whole state ---------------------------------------------
 */

/* xi = F z, column by column: one order of additions, whatever BLAS is linked. */
static void multiply_lower(const gsl_matrix *factor, const double *z, double *xi) {
  const size_t d = factor->size1;
  for (size_t i = 0; i < d; i++) {
    const double *const row = gsl_matrix_const_ptr(factor, i, 0);
    double lanes[STREAM_LANES] = {0.0}, rest = 0.0;
    size_t j = 0;
    for (; j + STREAM_LANES <= i + 1; j += STREAM_LANES)
      for (size_t l = 0; l < STREAM_LANES; l++)
        lanes[l] += row[j + l] * z[j + l];
    for (; j <= i; j++)
      rest += row[j] * z[j];
    xi[i] = rest + (((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
                    ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7])));
  }
}

/* The gradient of sample s in the state e = g/lambda: f (f'e + residual at the minimum) + r c. */
static double sample_residual(const sgd_run *run, size_t s) {
  const double *const f = gsl_matrix_const_ptr(run->problem.data->features, s, 0);
  double residual = run->offset[s];
  for (size_t i = 0; i < run->problem.d; i++)
    residual += f[i] * (run->flat_g[i] / run->problem.lambda[i]);
  return residual;
}

static double ridge_part(const sgd_run *run, size_t i) {
  return run->problem.data->ridge * (run->optimum[i] + run->flat_g[i] / run->problem.lambda[i]);
}

static void draw_batch(sgd_run *run) {
  const sgd_problem *p = &run->problem;
  memset(run->flat_xi, 0, p->d * sizeof *run->flat_xi);
  for (size_t j = 0; j < p->batch; j++) {
    const size_t s = random_index(run->samples, 0, p->data->n - 1);
    const double residual = sample_residual(run, s);
    const double *const f = gsl_matrix_const_ptr(p->data->features, s, 0);
    for (size_t i = 0; i < p->d; i++)
      run->flat_xi[i] += f[i] * residual;
  }
  for (size_t i = 0; i < p->d; i++)
    run->flat_xi[i] = run->flat_xi[i] / (double)p->batch + ridge_part(run, i) - run->flat_g[i];
}

/* v_i of a mini-batch: the population variance over the samples, divided by the batch. */
static void batch_variance(sgd_run *run) {
  const sgd_problem *p = &run->problem;
  memset(run->flat_v, 0, p->d * sizeof *run->flat_v);
  for (size_t s = 0; s < p->data->n; s++) {
    const double residual = sample_residual(run, s);
    const double *const f = gsl_matrix_const_ptr(p->data->features, s, 0);
    for (size_t i = 0; i < p->d; i++) {
      const double xi = f[i] * residual + ridge_part(run, i) - run->flat_g[i];
      run->flat_v[i] += xi * xi;
    }
  }
  for (size_t i = 0; i < p->d; i++)
    run->flat_v[i] /= (double)p->data->n * (double)p->batch;
}

static bool looks_at_state(const sgd_problem *p) {
  return p->factor != NULL || p->scale != NULL || p->data != NULL;
}

/* The noise of this step into flat_xi, then a step with it. */
static kernel_sums step_coupled(sgd_run *run, double eta) {
  const sgd_problem *p = &run->problem;
  copy_padded(run, run->g, run->flat_g, true);
  if (p->data != NULL)
    draw_batch(run);
  else {
    for (size_t i = 0; i < run->blocks; i++) {
      block *b = &run->block[i];
      memcpy(run->flat_z + b->from, numbers(run, b, run->scratch), b->count * sizeof *run->flat_z);
    }
    if (p->factor != NULL)
      multiply_lower(p->factor, run->flat_z, run->flat_xi);
    else {
      p->scale(&run->state, run->flat_xi, p->scale_context);
      for (size_t i = 0; i < p->d; i++)
        run->flat_xi[i] *= run->flat_z[i];
    }
  }
  kernel_sums total = {0.0, 0.0};
  for (size_t i = 0; i < run->blocks; i++) {
    block *b = &run->block[i];
    const kernel_sums part = step_block(run, b, eta, run->flat_xi + b->from);
    total.dominant += part.dominant;
    total.bulk += part.bulk;
  }
  return total;
}

/* --- a run -------------------------------------------------------------------------------------
 */

static int end_code(kernel_sums sums) {
  return isfinite(sums.dominant + sums.bulk) ? GSL_SUCCESS : GSL_EOVRFLW;
}

static double step_size(sgd_run *run, size_t t) {
  const sgd_problem *p = &run->problem;
  if (p->policy != NULL)
    return p->policy(sgd_run_state(run), p->policy_context);
  return p->schedule != NULL ? p->schedule[t % p->period] : p->eta;
}

sgd_end sgd_run_advance(sgd_run *run, size_t steps, kernel_sums *sums) {
  const bool coupled = looks_at_state(&run->problem);
  const size_t tile = coupled || run->problem.policy != NULL ? 1 : TILE;
  sgd_end end = {end_code(run->now), run->state.t};
  for (size_t done = 0; done < steps && end.code == GSL_SUCCESS;) {
    const size_t length = steps - done < tile ? steps - done : tile;
    double eta[TILE];
    for (size_t s = 0; s < length; s++)
      eta[s] = step_size(run, run->state.t + s);
    if (coupled)
      run->block[0].sums[0] = step_coupled(run, eta[0]);
    else
      advance_tile(run, eta, length);
    for (size_t s = 0; s < length && end.code == GSL_SUCCESS; s++) {
      run->now = coupled ? run->block[0].sums[0] : add_blocks(run, s);
      run->state.t++;
      if (sums != NULL)
        sums[done + s] = run->now;
      end.code = isfinite(eta[s]) ? end_code(run->now) : GSL_EOVRFLW;
      end.t = run->state.t;
    }
    done += length;
  }
  return end;
}

kernel_sums sgd_run_sums(const sgd_run *run) {
  return run->now;
}

const sgd_state *sgd_run_state(sgd_run *run) {
  const sgd_problem *p = &run->problem;
  copy_padded(run, run->g, run->flat_g, true);
  if (p->data != NULL)
    batch_variance(run);
  else if (p->scale != NULL) {
    p->scale(&run->state, run->flat_v, p->scale_context);
    for (size_t i = 0; i < p->d; i++)
      run->flat_v[i] *= run->flat_v[i];
  }
  return &run->state;
}

void sgd_run_start(sgd_run *run, uint64_t seed, uint64_t replicate) {
  const sgd_problem *p = &run->problem;
  if (p->start != NULL)
    memcpy(run->flat_g, p->start, p->d * sizeof *run->flat_g);
  else {
    stream_state start;
    stream_start(&start, seed, replicate, SGD_START);
    for (size_t i = 0; i < p->d; i += STREAM_NORMALS_ROUND) {
      double x[STREAM_NORMALS_ROUND];
      stream_normals(run->kernel, &start, x, STREAM_NORMALS_ROUND);
      for (size_t j = i; j < p->d && j < i + STREAM_NORMALS_ROUND; j++)
        run->flat_g[j] = p->lambda[j] * x[j - i];
    }
  }
  copy_padded(run, run->g, run->flat_g, false);
  for (size_t i = 0; i < run->blocks; i++) {
    block *b = &run->block[i];
    b->next = b->drawn = 0;
    stream_start(&b->stream, seed, replicate, i);
    if (b->rng != NULL)
      start_generator(run, b->rng, seed, replicate, i);
  }
  if (run->samples != NULL)
    start_generator(run, run->samples, seed, replicate, SGD_SAMPLES);
  run->state.t = 0;
  run->now = (kernel_sums){0.0, 0.0};
  for (size_t i = 0; i < p->d; i++) {
    const double square = run->flat_g[i] * run->flat_g[i];
    if (i < p->k)
      run->now.dominant += square;
    else
      run->now.bulk += square;
  }
}

/* Those of the steps t..t+length-1, up to the end or to one without alignment, which is then the
 * end. */
static void write_alignments(const kernel_sums *sums, size_t t, size_t length, double *alpha,
                             sgd_end *end) {
  const size_t good = end->code == GSL_SUCCESS ? length : end->t - t;
  for (size_t s = 0; s < good; s++) {
    const double whole = sums[s].dominant + sums[s].bulk;
    if (whole == 0.0) {
      *end = (sgd_end){GSL_EUNDRFLW, t + s};
      return;
    }
    alpha[t + s] = sums[s].dominant / whole;
  }
}

int sgd_alignment_path(const sgd_problem *problem, uint64_t seed, uint64_t replicate, size_t steps,
                       double *alpha, sgd_end *end) {
  sgd_run *run;
  const int status = sgd_run_alloc(problem, &run, NULL);
  if (status != GSL_SUCCESS)
    return status;
  sgd_run_start(run, seed, replicate);
  kernel_sums sums[TILE] = {sgd_run_sums(run)};
  *end = sgd_run_advance(run, 0, NULL);
  write_alignments(sums, 0, 1, alpha, end);
  for (size_t t = 1; t <= steps && end->code == GSL_SUCCESS; t += TILE) {
    const size_t length = steps + 1 - t < TILE ? steps + 1 - t : TILE;
    *end = sgd_run_advance(run, length, sums);
    write_alignments(sums, t, length, alpha, end);
  }
  sgd_run_free(run);
  return GSL_SUCCESS;
}

/* --- making a run ------------------------------------------------------------------------------
 */

static int check_problem(const sgd_problem *p, diagnostic *diag) {
  const int kinds = (p->factor != NULL) + (p->scale != NULL) + (p->data != NULL) + (p->sd != NULL);
  if (p->d < 2 || p->k < 1 || p->k >= p->d)
    return diagnostic_set(diag, GSL_EINVAL, "d = %zu, k = %zu: not 1 <= k < d", p->d, p->k);
  if (kinds != 1)
    return diagnostic_set(diag, GSL_EINVAL, "%d kinds of noise instead of one", kinds);
  if (p->factor != NULL && (p->factor->size1 != p->d || p->factor->size2 != p->d))
    return diagnostic_set(diag, GSL_EINVAL, "a %zu x %zu factor of the noise for d = %zu",
                          p->factor->size1, p->factor->size2, p->d);
  if (p->data != NULL && (p->data->spectrum->d != p->d || p->batch < 1))
    return diagnostic_set(diag, GSL_EINVAL, "data of %zu directions, batch %zu, for d = %zu",
                          p->data->spectrum->d, p->batch, p->d);
  if (p->schedule != NULL && p->period < 1)
    return diagnostic_set(diag, GSL_EINVAL, "an empty schedule");
  if (p->shape == SGD_STUDENT && !(p->freedom > 2.0 && isfinite(p->freedom)))
    return diagnostic_set(diag, GSL_EDOM, "Student's t of %g degrees: not a finite number above 2",
                          p->freedom);
  for (size_t i = 0; i < p->d; i++) {
    if (!(p->lambda[i] > 0.0 && isfinite(p->lambda[i])))
      return diagnostic_set(diag, GSL_EDOM, "lambda[%zu] = %g", i, p->lambda[i]);
    if (p->sd != NULL && !(p->sd[i] >= 0.0 && isfinite(p->sd[i])))
      return diagnostic_set(diag, GSL_EDOM, "sd[%zu] = %g", i, p->sd[i]);
  }
  return GSL_SUCCESS;
}

/* The blocks, and in `padded` the length of the padded arrays. */
static void lay_out(sgd_run *run) {
  const size_t d = run->problem.d, k = run->problem.k;
  size_t place = 0;
  for (size_t i = 0; i < run->blocks; i++) {
    block *b = &run->block[i];
    b->from = i * SGD_BLOCK;
    b->count = d - b->from < SGD_BLOCK ? d - b->from : SGD_BLOCK;
    b->top = k <= b->from ? 0 : k - b->from < b->count ? k - b->from : b->count;
    b->place = place;
    b->prepared = NAN;
    place += round_up(b->top, STREAM_LANES) + round_up(b->count - b->top, STREAM_LANES);
  }
  run->padded = place;
}

/* Zeros at the start of a cache line, where there is memory. */
static double *new_array(size_t length) {
  const size_t bytes = round_up(length * sizeof(double), CACHE_LINE);
  double *array = aligned_alloc(CACHE_LINE, bytes);
  if (array != NULL)
    memset(array, 0, bytes);
  return array;
}

/* Residuals and place of the minimum of the data's loss: c_i = u_i'(X'y/n) / lambda_i. */
static int find_minimum(sgd_run *run) {
  const least_squares *data = run->problem.data;
  const size_t d = run->problem.d;
  run->offset = new_array(data->n);
  run->optimum = new_array(d);
  if (run->offset == NULL || run->optimum == NULL)
    return GSL_ENOMEM;
  for (size_t s = 0; s < data->n; s++)
    for (size_t i = 0; i < d; i++)
      run->optimum[i] += gsl_matrix_get(data->features, s, i) * gsl_vector_get(data->y, s);
  for (size_t i = 0; i < d; i++)
    run->optimum[i] /= (double)data->n * run->problem.lambda[i];
  for (size_t s = 0; s < data->n; s++) {
    run->offset[s] = -gsl_vector_get(data->y, s);
    for (size_t i = 0; i < d; i++)
      run->offset[s] += gsl_matrix_get(data->features, s, i) * run->optimum[i];
  }
  return GSL_SUCCESS;
}

static int fill_arrays(sgd_run *run) {
  const sgd_problem *p = &run->problem;
  const bool one_by_one = p->generator == SGD_GSL || p->shape == SGD_STUDENT;
  for (size_t i = 0; i < run->blocks; i++) {
    block *b = &run->block[i];
    if (b->count % STREAM_NORMALS_ROUND != 0 && (b->ahead = new_array(AHEAD + PAST)) == NULL)
      return GSL_ENOMEM;
    if (one_by_one) {
      b->rng = p->generator == SGD_FAST ? stream_rng_alloc(0, 0, 0) : plain_alloc();
      if (b->rng == NULL)
        return GSL_ENOMEM;
    }
  }
  for (size_t i = 0; i < p->d; i++) {
    const size_t at = place_of(run, i);
    run->lambda[at] = p->lambda[i];
    run->sd[at] = p->sd == NULL ? 1.0 : p->sd[i];
    if (p->sd != NULL)
      run->flat_v[i] = p->sd[i] * p->sd[i];
    for (size_t j = 0; p->factor != NULL && j <= i; j++)
      run->flat_v[i] += gsl_matrix_get(p->factor, i, j) * gsl_matrix_get(p->factor, i, j);
  }
  if (p->data == NULL)
    return GSL_SUCCESS;
  run->samples = p->generator == SGD_FAST ? stream_rng_alloc(0, 0, 0) : plain_alloc();
  return run->samples == NULL ? GSL_ENOMEM : find_minimum(run);
}

int sgd_run_alloc(const sgd_problem *problem, sgd_run **out, diagnostic *diag) {
  int status = check_problem(problem, diag);
  if (status != GSL_SUCCESS)
    return status;
  const size_t d = problem->d;
  status = GSL_ENOMEM;
  sgd_run *run = calloc(1, sizeof *run);
  if (run == NULL)
    goto cleanup;
  run->problem = *problem;
  run->kernel = problem->kernel == NULL ? kernel_best() : problem->kernel;
  run->blocks = (d + SGD_BLOCK - 1) / SGD_BLOCK;
  run->threads = problem->threads < 1 ? 1 : problem->threads;
  if ((size_t)run->threads > run->blocks)
    run->threads = (int)run->blocks;
  run->block = calloc(run->blocks, sizeof *run->block);
  if (run->block == NULL)
    goto cleanup;
  lay_out(run);
  double **const padded[] = {&run->g, &run->kept, &run->spread, &run->lambda, &run->sd};
  for (size_t i = 0; i < sizeof padded / sizeof *padded; i++)
    if ((*padded[i] = new_array(run->padded)) == NULL)
      goto cleanup;
  double **const flat[] = {&run->flat_g, &run->flat_v, &run->flat_z, &run->flat_xi};
  for (size_t i = 0; i < sizeof flat / sizeof *flat; i++)
    if ((*flat[i] = new_array(d + PAST)) == NULL)
      goto cleanup;
  run->scratch = new_array((size_t)run->threads * (SGD_BLOCK + PAST));
  if (run->scratch == NULL || fill_arrays(run) != GSL_SUCCESS)
    goto cleanup;
  run->state = (sgd_state){0, d, problem->k, problem->lambda, run->flat_g, run->flat_v};
  sgd_run_start(run, 0, 0);
  *out = run;
  run = NULL;
  status = GSL_SUCCESS;

cleanup:
  sgd_run_free(run);
  return status == GSL_ENOMEM ? diagnostic_set(diag, status, "out of memory") : status;
}

void sgd_run_free(sgd_run *run) {
  if (run == NULL)
    return;
  for (size_t i = 0; run->block != NULL && i < run->blocks; i++) {
    if (run->block[i].rng != NULL)
      gsl_rng_free(run->block[i].rng);
    free(run->block[i].ahead);
  }
  if (run->samples != NULL)
    gsl_rng_free(run->samples);
  double *const owned[] = {run->g,      run->kept,    run->spread, run->lambda,
                           run->sd,     run->scratch, run->flat_g, run->flat_v,
                           run->flat_z, run->flat_xi, run->offset, run->optimum};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
    free(owned[i]);
  free(run->block);
  free(run);
}
