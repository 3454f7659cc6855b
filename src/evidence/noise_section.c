/* The noise of SGD on random designs: thresholds, growth, escape, alignment, finite samples, and
 * the valley of the experiment.
 *
 *   noise_data.tex  step & loss & mu & least and largest directional alignment along an SGD run on
 *                   the data */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include "claims/two_phases.h"
#include "laws/noise_geometry.h"
#include "laws/sample_noise.h"
#include "model/least_squares.h"
#include "model/quadratic.h"
#include "model/random.h"
#include "model/random_design.h"
#include "sim/design_walk.h"
#include "sim/valley.h"

/* lambda_i = 1/i, delta_i = 1 */
static random_design *power_law(size_t d, size_t k, size_t batch) {
  random_design *r = random_design_alloc(d, k);
  for (size_t i = 0; r != NULL && i < d; i++) {
    r->lambda[i] = 1.0 / (double)(i + 1);
    r->delta[i] = 1.0;
  }
  if (r != NULL)
    r->batch = batch;
  return r;
}

static size_t scaled_count(const evidence_context *context, double count, double least) {
  return (size_t)fmax(least, floor(count * context->options->trials_factor));
}

/* --- stability ------------------------------------------------------------------------------ */

static int write_growth_curve(FILE *data, size_t d, size_t batch) {
  enum { POINTS = 80 };
  char name[32];
  snprintf(name, sizeof name, "batch_%zu", batch);
  sections_begin_block(data, name, "eta [2/lambda_1], rho [1], eta_c [2/lambda_1]");
  random_design *r = power_law(d, 1, batch);
  law_value eta_c;
  noise_growth growth;
  int status = r == NULL ? GSL_ENOMEM : noise_critical_step(r, &eta_c, NULL);
  for (size_t i = 1; i <= POINTS && status == GSL_SUCCESS; i++) {
    r->eta = 2.2 / r->lambda[0] * (double)i / POINTS;
    status = noise_growth_of(r, &growth, NULL, NULL);
    if (status == GSL_SUCCESS)
      sections_row(data, (const double[]){r->eta / 2.0, growth.rho.val, eta_c.val / 2.0}, 3);
  }
  random_design_free(r);
  return status;
}

/* One walk at each of some steps with b = 1. */
static int write_walks(evidence_context *context, FILE *data, size_t d) {
  static const double factors[] = {0.25, 0.5, 0.75, 1.0, 1.05, 1.25, 1.5, 1.75};
  const size_t steps = scaled_count(context, 60000.0, 500.0);
  random_design *r = power_law(d, 1, 1);
  double *weight = calloc(d, sizeof *weight);
  law_value eta_c;
  int status = r == NULL || weight == NULL ? GSL_ENOMEM : noise_critical_step(r, &eta_c, NULL);
  sections_begin_block(data, "walks",
                       "eta [2/lambda_1], mean ratio [1], two standard errors [1], growth of a "
                       "typical run, exp(mean ln R) [1]");
  for (size_t i = 0; i < sizeof factors / sizeof *factors && status == GSL_SUCCESS; i++) {
    noise_growth growth;
    design_walk_growth seen;
    r->eta = factors[i] * eta_c.val;
    status = noise_growth_of(r, &growth, weight, NULL);
    gsl_rng *rng = random_alloc(random_trial_seed(context->options->seed, "design_walk", i));
    for (size_t j = 0; j < d && status == GSL_SUCCESS; j++)
      weight[j] /= r->lambda[j];
    if (rng == NULL)
      status = GSL_ENOMEM;
    if (status == GSL_SUCCESS)
      status = design_walk_run(r, weight, growth.rho.val, steps, rng, &seen);
    if (status == GSL_SUCCESS)
      sections_row(
          data, (const double[]){r->eta / 2.0, seen.mean, 2.0 * seen.error, exp(seen.log_mean)}, 4);
    if (rng != NULL)
      gsl_rng_free(rng);
  }
  facts_count(context->facts, steps, "figure/mean_square_stability/steps");
  free(weight);
  random_design_free(r);
  return status;
}

static int write_stability(evidence_context *context) {
  enum { D = 20, D_THRESHOLD = 200 };
  static const size_t batches[] = {1, 8, 64};
  FILE *data = sections_open_data(context, "mean_square_stability",
                                  "growth of E L in one step, and its threshold");
  if (data == NULL)
    return GSL_ENOMEM;
  fprintf(data, "# lambda_i = 1/i, d = %d on the left, %d on the right\n", D, D_THRESHOLD);
  int status = GSL_SUCCESS;
  sections_begin_block(data, "marks", "eta_c of b = 1, 8, 64 [2/lambda_1]");
  double marks[3] = {0};
  for (size_t i = 0; i < 3 && status == GSL_SUCCESS; i++) {
    law_value eta_c = {NAN, NAN};
    random_design *r = power_law(D, 1, batches[i]);
    status = r == NULL ? GSL_ENOMEM : noise_critical_step(r, &eta_c, NULL);
    marks[i] = eta_c.val / 2.0;
    random_design_free(r);
  }
  sections_row(data, marks, 3);
  for (size_t i = 0; i < 3 && status == GSL_SUCCESS; i++)
    status = write_growth_curve(data, D, batches[i]);
  if (status == GSL_SUCCESS)
    status = write_walks(context, data, D);
  sections_begin_block(data, "threshold",
                       "batch b, eta_c [2/lambda_1], its lower and upper bounds [2/lambda_1]");
  for (double size = 1.0; size <= 10000.0 && status == GSL_SUCCESS; size = ceil(size * 1.2)) {
    law_value eta_c;
    double least, most;
    random_design *r = power_law(D_THRESHOLD, 1, (size_t)size);
    status = r == NULL ? GSL_ENOMEM : noise_critical_step(r, &eta_c, NULL);
    if (status == GSL_SUCCESS) {
      noise_critical_step_bounds(r, &least, &most);
      sections_row(data,
                   (const double[]){size, eta_c.val / 2.0, least / 2.0, fmin(1.0, most / 2.0)}, 4);
      if (size == 1.0)
        facts_number(context->facts, eta_c.val, 5, "noise/power_law_eta_c");
    }
    random_design_free(r);
  }
  facts_count(context->facts, D, "figure/mean_square_stability/d");
  facts_count(context->facts, D_THRESHOLD, "figure/mean_square_stability/d_threshold");
  return status;
}

/* --- escape --------------------------------------------------------------------------------- */

/* Mean energies after one step from delta_i ~ N(0, m_i), m the leading mode, in bands of
 * directions: shares of their sum. */
static int simulate_escape(evidence_context *context, const random_design *r, const double *share,
                           double *after) {
  const size_t runs = scaled_count(context, 4000.0, 40.0);
  double *space = calloc(3 * r->d, sizeof *space), total = 0.0;
  gsl_rng *rng = random_alloc(random_trial_seed(context->options->seed, "escape", 0));
  int status = space == NULL || rng == NULL ? GSL_ENOMEM : GSL_SUCCESS;
  for (size_t run = 0; run < runs && status == GSL_SUCCESS; run++) {
    for (size_t i = 0; i < r->d; i++)
      space[i] = sqrt(share[i] / r->lambda[i]) * gsl_ran_gaussian_ziggurat(rng, 1.0);
    design_walk_step(r, r->eta, space, space + r->d, space + 2 * r->d, rng);
    for (size_t i = 0; i < r->d; i++)
      after[i] += r->lambda[i] * space[i] * space[i];
  }
  for (size_t i = 0; i < r->d; i++)
    total += after[i];
  for (size_t i = 0; i < r->d; i++)
    after[i] /= total;
  facts_count(context->facts, runs, "figure/escape_direction/runs");
  free(space);
  if (rng != NULL)
    gsl_rng_free(rng);
  return status;
}

/* Share of E L outside the ten sharpest directions at 1.2 eta_c, lambda_i = i^-p. */
static int flat_share(size_t d, double power, size_t batch, double *out) {
  enum { SHARP = 10 };
  random_design *r = power_law(d, 1, batch);
  double *share = calloc(d, sizeof *share);
  law_value eta_c;
  noise_growth growth;
  int status = r == NULL || share == NULL ? GSL_ENOMEM : GSL_SUCCESS;
  for (size_t i = 0; i < d && status == GSL_SUCCESS; i++)
    r->lambda[i] = pow((double)(i + 1), -power);
  if (status == GSL_SUCCESS)
    status = noise_critical_step(r, &eta_c, NULL);
  if (status == GSL_SUCCESS) {
    r->eta = 1.2 * eta_c.val;
    status = noise_growth_of(r, &growth, share, NULL);
  }
  *out = 0.0;
  for (size_t i = SHARP; i < d && status == GSL_SUCCESS; i++)
    *out += share[i];
  free(share);
  random_design_free(r);
  return status;
}

/* Flat directions against the power of the spectrum. */
static int write_powers(evidence_context *context, FILE *data, size_t d) {
  enum { POINTS = 55, SHARP = 10 };
  static const size_t batches[] = {1, 16, 256};
  sections_begin_block(data, "powers",
                       "p of lambda_i = i^-p, share of E L outside the ten sharpest directions at "
                       "1.2 eta_c with b = 1, 16, 256 [1], their share of the curvature [1]");
  int status = GSL_SUCCESS;
  for (size_t i = 0; i <= POINTS && status == GSL_SUCCESS; i++) {
    double row[5] = {0.25 + 0.05 * (double)i}, total = 0.0, sharp = 0.0;
    for (size_t b = 0; b < 3 && status == GSL_SUCCESS; b++)
      status = flat_share(d, row[0], batches[b], &row[1 + b]);
    for (size_t j = 0; j < d; j++) {
      total += pow((double)(j + 1), -row[0]);
      if (j + 1 == SHARP)
        sharp = total;
    }
    row[4] = 1.0 - sharp / total;
    if (status == GSL_SUCCESS)
      sections_row(data, row, 5);
  }
  double half = 0.0, two = 0.0;
  if (status == GSL_SUCCESS)
    status = flat_share(d, 0.5, 1, &half);
  if (status == GSL_SUCCESS)
    status = flat_share(d, 2.0, 1, &two);
  facts_number(context->facts, 100.0 * half, 3, "figure/escape_direction/flat_half");
  facts_number(context->facts, 100.0 * two, 2, "figure/escape_direction/flat_two");
  return status;
}

static int write_escape(evidence_context *context) {
  enum { D = 200, SHARP = 10, DESCENT_STEPS = 10 };
  FILE *data =
      sections_open_data(context, "escape_direction",
                         "shares of E L by direction when SGD and gradient descent escape");
  random_design *r = power_law(D, SHARP, 1);
  double *share = calloc(3 * D, sizeof *share);
  law_value eta_c;
  noise_growth growth;
  int status = GSL_ENOMEM;
  if (data == NULL || r == NULL || share == NULL)
    goto cleanup;
  double *edge = share + D, *after = share + 2 * D;
  status = noise_critical_step(r, &eta_c, NULL);
  if (status != GSL_SUCCESS)
    goto cleanup;
  r->eta = eta_c.val;
  status = noise_growth_of(r, &growth, edge, NULL);
  r->eta = 1.2 * eta_c.val;
  if (status == GSL_SUCCESS)
    status = noise_growth_of(r, &growth, share, NULL);
  if (status == GSL_SUCCESS)
    status = simulate_escape(context, r, share, after);
  if (status != GSL_SUCCESS)
    goto cleanup;
  double trace = 0.0, sharp = 0.0, descent_total = 0.0;
  for (size_t i = 0; i < D; i++) {
    trace += r->lambda[i];
    sharp += i < SHARP ? share[i] : 0.0;
    descent_total += r->lambda[i] * pow(1.0 - 2.4 * r->lambda[i], 2.0 * DESCENT_STEPS);
  }
  fprintf(data, "# lambda_i = 1/i, d = %d, b = 1\n", D);
  sections_begin_block(data, "marks", "eta_c, growth rate at 1.2 eta_c, share of the ten sharpest");
  sections_row(data, (const double[]){eta_c.val, growth.rho.val, sharp}, 3);
  sections_begin_block(data, "shares",
                       "direction i, share of E L at 1.2 eta_c [1], at eta_c [1], in proportion to "
                       "curvature [1], gradient descent at 1.2*2/lambda_1 after 10 steps from "
                       "delta = 1 [1]");
  for (size_t i = 0; i < D; i++)
    sections_row(
        data,
        (const double[]){(double)(i + 1), share[i], edge[i], r->lambda[i] / trace,
                         r->lambda[i] * pow(1.0 - 2.4 * r->lambda[i], 2.0 * DESCENT_STEPS) /
                             descent_total},
        5);
  sections_begin_block(data, "simulated",
                       "direction i (geometric mean of a band), mean simulated share of its "
                       "directions after one step from the mode [1]");
  for (size_t from = 0; from < D;) {
    const size_t to = from < 8 ? from + 1 : from + from / 4 < D ? from + from / 4 : D;
    double sum = 0.0;
    for (size_t i = from; i < to; i++)
      sum += after[i];
    sections_row(data,
                 (const double[]){sqrt((double)(from + 1) * (double)to), sum / (double)(to - from)},
                 2);
    from = to;
  }
  facts *f = context->facts;
  facts_count(f, D, "figure/escape_direction/d");
  facts_number(f, eta_c.val, 5, "figure/escape_direction/eta_c");
  facts_number(f, growth.rho.val, 4, "figure/escape_direction/rho");
  facts_number(f, 100.0 * sharp, 3, "figure/escape_direction/sharp");
  facts_number(f, 100.0 * (1.0 - sharp), 3, "figure/escape_direction/flat");
  status = write_powers(context, data, D);

cleanup:
  free(share);
  random_design_free(r);
  return status;
}

/* --- alignment ------------------------------------------------------------------------------ */

enum { ALIGNED_D = 50, ALIGNED_K = 5 };

/* The eigenvalues of the figure of T4, gradient half in each set, times `size`. */
static random_design *aligned_problem(double size, size_t batch) {
  random_design *r = random_design_alloc(ALIGNED_D, ALIGNED_K);
  for (size_t i = 0; r != NULL && i < r->d; i++) {
    const bool top = i < r->k;
    const double place =
        top ? (double)i / (double)(r->k - 1) : (double)(i - r->k) / (double)(r->d - r->k - 1);
    r->lambda[i] = top ? 20.0 * pow(2.0, -place) : pow(10.0, -place);
    r->delta[i] = size * (top ? 3.0 : 1.0) / r->lambda[i];
  }
  if (r != NULL)
    r->batch = batch;
  return r;
}

/* The same problem with additive noise: the covariance along each direction as it is at a loss that
 * is `level` times the starting one, for ever. */
static quadratic *frozen(const random_design *r, double level) {
  quadratic *q = quadratic_alloc(r->d, r->k);
  double twice_loss = 0.0;
  for (size_t i = 0; i < r->d; i++)
    twice_loss += r->lambda[i] * r->delta[i] * r->delta[i];
  for (size_t i = 0; q != NULL && i < r->d; i++) {
    q->lambda[i] = r->lambda[i];
    q->g[i] = r->lambda[i] * r->delta[i];
    q->v[i] = level * r->lambda[i] * (twice_loss + r->lambda[i] * r->delta[i] * r->delta[i]) /
              (double)r->batch;
  }
  if (q != NULL)
    q->eta = r->eta;
  return q;
}

static int write_alignment_run(evidence_context *context, FILE *data, random_design *r,
                               double eta_c) {
  enum { STEPS = 3000 };
  static const double level = 1e-4;
  double *m = calloc(r->d, sizeof *m);
  law_value limit;
  r->eta = 0.3 * eta_c;
  quadratic *additive = frozen(r, level);
  int status = m == NULL || additive == NULL ? GSL_ENOMEM : noise_limit_alignment(r, &limit, NULL);
  if (status == GSL_SUCCESS) {
    sections_begin_block(
        data, "run",
        "t [steps], mean-field alignment under the design's own noise [1], under noise "
        "frozen at 1e-4 of its first variance [1]");
    for (size_t i = 0; i < r->d; i++)
      m[i] = r->delta[i] * r->delta[i];
    double lowest = 1.0, now = 1.0;
    for (size_t t = 0; t <= STEPS; t++) {
      now = noise_mean_field_alignment(r, m);
      lowest = fmin(lowest, now);
      if (t < 30 || t % (t / 30) == 0)
        sections_row(
            data, (const double[]){(double)t, now, two_phases_alignment(additive, (double)t)}, 3);
      noise_step(r, r->eta, m);
    }
    facts *f = context->facts;
    facts_number(f, limit.val, 3, "figure/multiplicative_alignment/limit");
    facts_number(f, two_phases_limit(additive), 3,
                 "figure/multiplicative_alignment/limit_additive");
    facts_number(f, lowest, 3, "figure/multiplicative_alignment/lowest");
    sections_begin_block(data, "marks", "limits: own noise [1], frozen noise [1]");
    sections_row(data, (const double[]){limit.val, two_phases_limit(additive)}, 2);
  }
  free(m);
  quadratic_free(additive);
  return status;
}

/* What a run shows of it: its alignment, averaged over the second half of the run. */
static int write_alignment_walks(evidence_context *context, FILE *data, random_design *r,
                                 double eta_c) {
  static const double places[] = {0.03, 0.1, 0.3, 1.0, 2.0};
  const size_t steps = scaled_count(context, 20000.0, 200.0);
  int status = GSL_SUCCESS;
  sections_begin_block(data, "walks",
                       "eta [eta_c], alignment averaged over a run [1], limit of the mean-field "
                       "alignment [1]");
  for (size_t i = 0; i < sizeof places / sizeof *places && status == GSL_SUCCESS; i++) {
    law_value limit;
    double mean = NAN;
    gsl_rng *rng = random_alloc(random_trial_seed(context->options->seed, "alignment_walk", i));
    r->eta = places[i] * eta_c;
    status = rng == NULL ? GSL_ENOMEM : noise_limit_alignment(r, &limit, NULL);
    if (status == GSL_SUCCESS)
      status = design_walk_alignment(r, steps, steps, rng, &mean);
    if (status == GSL_SUCCESS) {
      sections_row(data, (const double[]){places[i], mean, limit.val}, 3);
      if (places[i] == 1.0) {
        facts_number(context->facts, mean, 2, "figure/multiplicative_alignment/run_at_threshold");
        facts_number(context->facts, limit.val, 3,
                     "figure/multiplicative_alignment/limit_at_threshold");
      }
    }
    if (rng != NULL)
      gsl_rng_free(rng);
  }
  facts_count(context->facts, steps, "figure/multiplicative_alignment/run_steps");
  return status;
}

static int write_alignment(evidence_context *context) {
  enum { POINTS = 120, BATCH = 8 };
  FILE *data = sections_open_data(context, "multiplicative_alignment",
                                  "the mean-field alignment under noise that the loss makes, and "
                                  "under noise that stays");
  random_design *r = aligned_problem(1.0, BATCH);
  law_value eta_c, limit;
  int status = GSL_ENOMEM;
  if (data == NULL || r == NULL)
    goto cleanup;
  status = noise_critical_step(r, &eta_c, NULL);
  if (status == GSL_SUCCESS)
    status = write_alignment_run(context, data, r, eta_c.val);
  if (status == GSL_SUCCESS)
    status = write_alignment_walks(context, data, r, eta_c.val);
  sections_begin_block(data, "limit",
                       "eta [eta_c], limit of the mean-field alignment under own noise [1], under "
                       "frozen noise [1] (nan: none), "
                       "proved bound beyond eta_c [1] (nan: below)");
  const double gap = r->lambda[r->k - 1] / r->lambda[r->k];
  const double odds = (double)r->k * gap * gap / (double)(r->d - r->k);
  for (size_t i = 0; i <= POINTS && status == GSL_SUCCESS; i++) {
    const double place = 1e-4 * pow(3e4, (double)i / POINTS);
    r->eta = place * eta_c.val;
    status = noise_limit_alignment(r, &limit, NULL);
    quadratic *additive = frozen(r, 1e-4);
    if (additive == NULL)
      status = GSL_ENOMEM;
    if (status == GSL_SUCCESS)
      sections_row(data,
                   (const double[]){place, limit.val, two_phases_limit(additive),
                                    place >= 1.0 ? odds / (1.0 + odds) : NAN},
                   4);
    quadratic_free(additive);
  }
  facts_number(context->facts, odds / (1.0 + odds), 3, "figure/multiplicative_alignment/bound");
  facts_count(context->facts, BATCH, "figure/multiplicative_alignment/batch");

cleanup:
  random_design_free(r);
  return status;
}

/* --- finite samples ------------------------------------------------------------------------- */

static gsl_matrix *draw_samples(size_t n, size_t d, double power, gsl_rng *rng) {
  gsl_matrix *x = gsl_matrix_alloc(n, d);
  for (size_t s = 0; x != NULL && s < n; s++)
    for (size_t i = 0; i < d; i++)
      gsl_matrix_set(x, s, i,
                     gsl_ran_gaussian_ziggurat(rng, 1.0) * pow((double)(i + 1), -0.5 * power));
  return x;
}

static int write_sample_row(FILE *data, size_t n, size_t d, double power, gsl_rng *rng,
                            double *largest) {
  gsl_matrix *x = draw_samples(n, d, power, rng), *basis = NULL;
  gsl_vector *delta = gsl_vector_alloc(d), *r = gsl_vector_alloc(n);
  sample_noise_range drawn, worst, loss;
  int status = x == NULL || delta == NULL || r == NULL ? GSL_ENOMEM : sample_noise_basis(x, &basis);
  if (status == GSL_SUCCESS) {
    for (size_t i = 0; i < d; i++)
      gsl_vector_set(delta, i, gsl_ran_gaussian_ziggurat(rng, 1.0));
    gsl_blas_dgemv(CblasNoTrans, 1.0, x, delta, 0.0, r);
    status = sample_noise_directional(basis, r, &drawn, NULL, NULL);
  }
  if (status == GSL_SUCCESS)
    status = sample_noise_worst(basis, 3, 12, rng, &worst);
  if (status == GSL_SUCCESS)
    status = sample_noise_loss_range(x, basis, &loss);
  if (status == GSL_SUCCESS)
    sections_row(data,
                 (const double[]){(double)n, drawn.least, drawn.most, fmax(worst.least, 1e-16),
                                  worst.most, loss.least, loss.most},
                 7);
  *largest = worst.most;
  if (x != NULL)
    gsl_matrix_free(x);
  if (basis != NULL)
    gsl_matrix_free(basis);
  if (delta != NULL)
    gsl_vector_free(delta);
  if (r != NULL)
    gsl_vector_free(r);
  return status;
}

static int write_samples(evidence_context *context) {
  static const struct {
    const char *name;
    size_t d;
    double power;
  } cases[] = {{"small_flat", 8, 0.0}, {"flat", 32, 0.0}, {"power", 32, 1.0}};
  FILE *data = sections_open_data(context, "finite_samples",
                                  "alignments of the noise of n samples, against n");
  gsl_rng *rng = random_alloc(random_trial_seed(context->options->seed, "finite_samples", 0));
  int status = data == NULL || rng == NULL ? GSL_ENOMEM : GSL_SUCCESS;
  if (status == GSL_SUCCESS)
    sections_begin_block(data, "marks", "d of the blocks; 1 + lambda_1^2/Tr S^2 of each [1]");
  double marks[6];
  for (size_t c = 0; c < 3; c++) {
    double squares = 0.0;
    for (size_t i = 0; i < cases[c].d; i++)
      squares += pow((double)(i + 1), -2.0 * cases[c].power);
    marks[c] = (double)cases[c].d;
    marks[3 + c] = 1.0 + 1.0 / squares;
  }
  if (status == GSL_SUCCESS)
    sections_row(data, marks, 6);
  for (size_t c = 0; c < 3 && status == GSL_SUCCESS; c++) {
    sections_begin_block(data, cases[c].name,
                         "n, least and largest a(v) at a drawn state [1], least and largest found "
                         "over states and directions [1], least and largest mu over states [1]");
    double largest = NAN;
    for (double n = 2.0; n <= 4096.0 && status == GSL_SUCCESS; n *= 2.0) {
      status = write_sample_row(data, (size_t)n, cases[c].d, cases[c].power, rng, &largest);
      const double square = (double)(cases[c].d * cases[c].d);
      if (cases[c].power == 0.0 && (n == square || n == 4.0 * square))
        facts_number(context->facts, largest, 2, "figure/finite_samples/worst_%zu_%d", cases[c].d,
                     n == square ? 1 : 4);
    }
  }
  if (rng != NULL)
    gsl_rng_free(rng);
  return status;
}

/* --- the valley ----------------------------------------------------------------------------- */

enum { VALLEY_RUNS = 64 };

static valley valley_problem(void) {
  return (valley){.sharpest = 1.0,
                  .second = 0.5,
                  .slope = 1.0,
                  .label = 0.3,
                  .batch = 8,
                  .low = 0.2,
                  .high = 2.1,
                  .period = 40,
                  .cycles = 10,
                  .start = {0.1, 0.1}};
}

/* The valley's runs, all places: run by run, each of `steps` + 1. */
static valley_place *valley_runs(const valley *v, uint64_t seed, const char *name) {
  const size_t places = v->period * v->cycles + 1;
  valley_place *path = calloc(VALLEY_RUNS * places, sizeof *path);
  for (size_t run = 0; path != NULL && run < VALLEY_RUNS; run++) {
    gsl_rng *rng = random_alloc(random_trial_seed(seed, name, run));
    if (rng == NULL) {
      free(path);
      return NULL;
    }
    valley_run(v, rng, path + run * places);
    gsl_rng_free(rng);
  }
  return path;
}

/* h_2/h_2(0) over the runs at step t: sorted. */
static void flatness_at(const valley *v, const valley_place *path, size_t t, double *sorted) {
  const size_t places = v->period * v->cycles + 1;
  for (size_t run = 0; run < VALLEY_RUNS; run++)
    sorted[run] = exp(-path[run * places + t].z);
  gsl_sort(sorted, 1, VALLEY_RUNS);
}

static int write_valley(evidence_context *context) {
  /* The 10th smallest and 10th largest of 64 hold the median with probability 1 - 5e-9. */
  enum { RANK = 10 };
  FILE *data = sections_open_data(context, "cyclical_steps",
                                  "SGD and gradient descent with cyclical steps in a valley that "
                                  "flattens along its floor");
  const valley v = valley_problem();
  valley slow = v, descent = v;
  slow.high = slow.low;
  descent.batch = 0;
  const size_t steps = v.period * v.cycles;
  valley_place *cyclical = valley_runs(&v, context->options->seed, "valley cyclical");
  valley_place *constant = valley_runs(&slow, context->options->seed, "valley constant");
  valley_place *quiet = calloc(steps + 1, sizeof *quiet);
  int status = GSL_ENOMEM;
  if (data == NULL || cyclical == NULL || constant == NULL || quiet == NULL)
    goto cleanup;
  valley_run(&descent, NULL, quiet);
  double sorted[VALLEY_RUNS], other[VALLEY_RUNS];
  sections_begin_block(data, "marks", "runs, period [steps], cycles");
  sections_row(data, (const double[]){VALLEY_RUNS, (double)v.period, (double)v.cycles}, 3);
  sections_begin_block(
      data, "runs",
      "t [steps], eta [2/h_1], h_2/h_2(0): SGD 10th smallest, median, 10th largest "
      "of 64 runs [1], SGD at the lowest step, median [1], gradient descent [1], "
      "x_1 of gradient descent and of one run of SGD");
  for (size_t t = 0; t <= steps; t++) {
    flatness_at(&v, cyclical, t, sorted);
    flatness_at(&slow, constant, t, other);
    sections_row(data,
                 (const double[]){(double)t, valley_step_size(&v, t) / 2.0, sorted[RANK - 1],
                                  gsl_stats_median_from_sorted_data(sorted, 1, VALLEY_RUNS),
                                  sorted[VALLEY_RUNS - RANK],
                                  gsl_stats_median_from_sorted_data(other, 1, VALLEY_RUNS),
                                  exp(-quiet[t].z), quiet[t].x[0], cyclical[t].x[0]},
                 9);
  }
  facts *f = context->facts;
  facts_count(f, VALLEY_RUNS, "figure/cyclical_steps/runs");
  facts_number(f, gsl_stats_median_from_sorted_data(sorted, 1, VALLEY_RUNS), 3,
               "figure/cyclical_steps/median");
  facts_number(f, sorted[RANK - 1], 3, "figure/cyclical_steps/low");
  facts_number(f, sorted[VALLEY_RUNS - RANK], 3, "figure/cyclical_steps/high");
  facts_number(f, gsl_stats_median_from_sorted_data(other, 1, VALLEY_RUNS), 4,
               "figure/cyclical_steps/constant");
  facts_number(f, exp(-quiet[steps].z), 6, "figure/cyclical_steps/descent");
  status = GSL_SUCCESS;

cleanup:
  free(cyclical);
  free(constant);
  free(quiet);
  return status;
}

int sections_noise(evidence_context *context) {
  int status = write_stability(context);
  if (status == GSL_SUCCESS)
    status = write_escape(context);
  if (status == GSL_SUCCESS)
    status = write_alignment(context);
  if (status == GSL_SUCCESS)
    status = write_samples(context);
  return status == GSL_SUCCESS ? write_valley(context) : status;
}

/* --- the data ------------------------------------------------------------------------------- */

static double safe_step(const least_squares *p) {
  double largest = 0.0;
  for (size_t s = 0; s < p->n; s++) {
    const gsl_vector_const_view sample = gsl_matrix_const_row(p->x, s);
    double square;
    gsl_blas_ddot(&sample.vector, &sample.vector, &square);
    largest = fmax(largest, square);
  }
  return 1.0 / largest;
}

/* The samples in the eigenbasis, each direction of length 1. */
static gsl_matrix *orthonormal_features(const least_squares *p) {
  gsl_matrix *basis = gsl_matrix_alloc(p->n, p->spectrum->d);
  if (basis == NULL)
    return NULL;
  gsl_matrix_memcpy(basis, p->features);
  for (size_t i = 0; i < basis->size2; i++) {
    gsl_vector_view column = gsl_matrix_column(basis, i);
    gsl_vector_scale(&column.vector, 1.0 / gsl_blas_dnrm2(&column.vector));
  }
  return basis;
}

int sections_noise_data(evidence_context *context, const least_squares *p) {
  enum { LAST = 4096 };
  FILE *table = outputs_open(context->files, "noise_data.tex");
  gsl_matrix *basis = orthonormal_features(p);
  gsl_vector *w = gsl_vector_calloc(p->columns), *r = gsl_vector_alloc(p->n);
  gsl_rng *rng = random_alloc(random_trial_seed(context->options->seed, "noise_data", 0));
  int status = GSL_ENOMEM;
  if (table == NULL || basis == NULL || w == NULL || r == NULL || rng == NULL)
    goto cleanup;
  const double eta = safe_step(p);
  double mu_least = INFINITY, mu_most = 0.0;
  status = GSL_SUCCESS;
  for (size_t t = 0; t <= LAST && status == GSL_SUCCESS; t++) {
    if (t == 0 || ((t & (t - 1)) == 0 && t % 3 != 2)) { /* powers of four */
      sample_noise_range range;
      double mu, loss;
      gsl_vector_memcpy(r, p->y);
      gsl_blas_dgemv(CblasNoTrans, 1.0, p->x, w, -1.0, r);
      gsl_blas_ddot(r, r, &loss);
      status = sample_noise_directional(basis, r, &range, NULL, NULL);
      if (status == GSL_SUCCESS)
        status = sample_noise_loss(p->features, r, &mu);
      if (status != GSL_SUCCESS)
        break;
      fprintf(table, "%zu & %.4f & %.4f & %.4f & %.4f \\\\\n", t, 0.5 * loss / (double)p->n, mu,
              range.least, range.most);
      mu_least = fmin(mu_least, mu);
      mu_most = fmax(mu_most, mu);
    }
    least_squares_step(p, w, eta, 1, rng);
  }
  facts_number(context->facts, mu_least, 3, "noise/data_mu_least");
  facts_number(context->facts, mu_most, 3, "noise/data_mu_most");
  law_value eta_c;
  if (status == GSL_SUCCESS)
    status =
        sample_noise_critical_step(p->features, p->spectrum->lambda, p->ridge, 1, &eta_c, NULL);
  if (status == GSL_SUCCESS)
    facts_number(context->facts, eta_c.val, 4, "noise/data_eta_c");
  random_design *r_gaussian = random_design_alloc(p->spectrum->d, 1);
  for (size_t i = 0; r_gaussian != NULL && i < r_gaussian->d; i++)
    r_gaussian->lambda[i] = p->spectrum->lambda[i];
  if (status == GSL_SUCCESS)
    status = r_gaussian == NULL ? GSL_ENOMEM : noise_critical_step(r_gaussian, &eta_c, NULL);
  if (status == GSL_SUCCESS)
    facts_number(context->facts, eta_c.val, 4, "noise/data_eta_c_gaussian");
  random_design_free(r_gaussian);

cleanup:
  if (basis != NULL)
    gsl_matrix_free(basis);
  if (w != NULL)
    gsl_vector_free(w);
  if (r != NULL)
    gsl_vector_free(r);
  if (rng != NULL)
    gsl_rng_free(rng);
  return status;
}
