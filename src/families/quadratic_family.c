#include "config.h"
#include "families/quadratic_family.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "families/quadratic_hooks.h"
#include "model/random.h"

static void family_free(void *instance) {
  quadratic_free(instance);
}

static void family_size(const void *instance, size_t *d, size_t *k) {
  const quadratic *q = instance;
  *d = q->d;
  *k = q->k;
}

const family quadratic_family = {
    .name = "quadratic",
    .free = family_free,
    .print = quadratic_print,
    .size = family_size,
    .read = quadratic_read,
    .simplify = quadratic_simplify,
    .complexity = quadratic_complexity,
    .perturb = quadratic_perturb,
    .print_code = quadratic_print_code,
    .print_tex = quadratic_print_tex,
};

quadratic *quadratic_pair(double lambda_dominant, double lambda_bulk, double g_dominant,
                          double g_bulk, double v_dominant, double v_bulk) {
  return quadratic_literal(2, 1, (const double[]){lambda_dominant, lambda_bulk},
                           (const double[]){g_dominant, g_bulk},
                           (const double[]){v_dominant, v_bulk}, 0.0);
}

quadratic *quadratic_with_bias(quadratic *q, size_t i, double bias) {
  if (q == NULL || (q->bias = calloc(q->d, sizeof *q->bias)) == NULL) {
    quadratic_free(q);
    return NULL;
  }
  q->bias[i] = bias;
  return q;
}

quadratic *quadratic_with_step(quadratic *q, double eta) {
  if (q != NULL)
    q->eta = eta;
  return q;
}

quadratic *quadratic_with_radius(quadratic *q, double eta, double radius) {
  if (q != NULL)
    q->radius = radius;
  return quadratic_with_step(q, eta);
}

double quadratic_stationary(const quadratic *q, size_t i) {
  const double move = q->eta * q->lambda[i];
  return move * q->v[i] / (2.0 - move);
}

/* --- spectrum ------------------------------------------------------------------------------- */

static int descending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

/* n values in [least, most], descending, both ends taken; shape drawn. */
static void fill_levels(gsl_rng *rng, double *level, size_t n, double least, double most) {
  const size_t shape = random_index(rng, 0, 3);
  for (size_t i = 0; i < n; i++) {
    const double t = n == 1 ? 0.0 : (double)i / (double)(n - 1);
    switch (shape) {
    case 0: /* geometric */
      level[i] = most * pow(least / most, t);
      break;
    case 1: /* log-uniform draws */
      level[i] = random_log_uniform(rng, least, most);
      break;
    case 2: /* equally spaced */
      level[i] = most + (least - most) * t;
      break;
    default: /* many ties at either end */
      level[i] = random_chance(rng, 0.5) ? most : least;
    }
  }
  level[0] = most;
  if (n > 1)
    level[n - 1] = least;
  for (size_t i = 0; i < n; i++)
    level[i] = fmin(most, fmax(least, level[i]));
  qsort(level, n, sizeof *level, descending);
}

static void draw_spectrum(gsl_rng *rng, const quadratic_aim *aim, quadratic *q) {
  const double most_decades = log10(aim->condition > 0.0 ? aim->condition : 1e12);
  const double decades = random_uniform(rng, 0.0, most_decades);
  const double unit = pow(10.0, random_uniform(rng, -6.0, 6.0));
  /* The decades are shared between the spread of the dominant set, the gap and the bulk. */
  double in_dominant = random_uniform(rng, 0.0, 1.0);
  double in_bulk = random_uniform(rng, 0.0, 1.0);
  double in_gap = random_uniform(rng, 0.0, 1.0);
  if (q->k == 1 || aim->two_level || random_chance(rng, 0.2))
    in_dominant = 0.0;
  if (q->k == q->d - 1 || aim->two_level || random_chance(rng, 0.2))
    in_bulk = 0.0;
  const double total = in_dominant + in_bulk + in_gap;
  double gap = pow(10.0, decades * in_gap / total);
  if (random_chance(rng, 0.15))
    gap = 1.0 + random_log_uniform(rng, aim->gap_excess > 0.0 ? aim->gap_excess : 1e-14, 1e-3);
  gap = fmax(gap, 1.0 + aim->gap_excess);
  const double bulk_top = unit, bulk_bottom = unit * pow(10.0, -decades * in_bulk / total);
  double dominant_bottom = unit * gap;
  if (!(dominant_bottom > bulk_top))
    dominant_bottom = nextafter(bulk_top, INFINITY);
  const double dominant_top = dominant_bottom * pow(10.0, decades * in_dominant / total);
  fill_levels(rng, q->lambda, q->k, dominant_bottom, dominant_top);
  fill_levels(rng, q->lambda + q->k, q->d - q->k, bulk_bottom, bulk_top);
}

/* --- noise ---------------------------------------------------------------------------------- */

/* A full covariance W W' with W of random columns, its rows scaled; the diagonal becomes v. */
static bool draw_covariance(gsl_rng *rng, quadratic *q, double unit) {
  const size_t rank = random_index(rng, 1, q->d);
  gsl_matrix *root = gsl_matrix_alloc(q->d, rank);
  q->covariance = gsl_matrix_alloc(q->d, q->d);
  if (root == NULL || q->covariance == NULL) {
    if (root != NULL)
      gsl_matrix_free(root);
    return false;
  }
  for (size_t i = 0; i < q->d; i++) {
    const double scale = sqrt(unit) * random_log_uniform(rng, 1e-2, 1e2);
    for (size_t j = 0; j < rank; j++) {
      const double entry = random_uniform(rng, -1.0, 1.0);
      gsl_matrix_set(root, i, j, scale * entry);
    }
  }
  for (size_t i = 0; i < q->d; i++)
    for (size_t j = 0; j <= i; j++) {
      double sum = 0.0;
      for (size_t r = 0; r < rank; r++)
        sum += gsl_matrix_get(root, i, r) * gsl_matrix_get(root, j, r);
      gsl_matrix_set(q->covariance, i, j, sum);
      gsl_matrix_set(q->covariance, j, i, sum);
    }
  for (size_t i = 0; i < q->d; i++)
    q->v[i] = gsl_matrix_get(q->covariance, i, i);
  gsl_matrix_free(root);
  return true;
}

static void draw_variances(gsl_rng *rng, const quadratic_aim *aim, quadratic *q, double unit) {
  const size_t shape = random_index(rng, 0, aim->positive_noise ? 3 : 5);
  const double bulk_factor = random_log_uniform(rng, 1e-6, 1e6);
  for (size_t i = 0; i < q->d; i++) {
    switch (shape) {
    case 0: /* isotropic */
      q->v[i] = unit;
      break;
    case 1: /* six decades, direction by direction */
      q->v[i] = unit * random_log_uniform(rng, 1e-3, 1e3);
      break;
    case 2: /* following the curvature, as the noise of mini-batches does */
      q->v[i] = unit * q->lambda[i] / q->lambda[0];
      break;
    case 3: /* one level in each set */
      q->v[i] = i < q->k ? unit : unit * bulk_factor;
      break;
    case 4: /* missing in some directions */
      q->v[i] = random_chance(rng, 0.5) ? unit : 0.0;
      break;
    default: /* missing in one of the sets */
      q->v[i] = (i < q->k) == (bulk_factor < 1.0) ? unit : 0.0;
    }
  }
}

/* --- gradient ------------------------------------------------------------------------------- */

static double square_sum(const double *x, size_t n) {
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += x[i] * x[i];
  return sum;
}

static double noise_moment(const quadratic *q, size_t from, size_t to) {
  double sum = 0.0;
  for (size_t i = from; i < to; i++)
    sum += q->lambda[i] * q->lambda[i] * q->v[i];
  return sum;
}

/* sum lambda_i^2 g_i^2 / sum g_i^2 */
static double mean_square_curvature(const quadratic *q, size_t from, size_t to) {
  double sum = 0.0;
  for (size_t i = from; i < to; i++)
    sum += q->lambda[i] * q->lambda[i] * q->g[i] * q->g[i];
  return sum / square_sum(q->g + from, to - from);
}

/* The ratio alpha_c / (1 - alpha_c) at |g|^2 = total, by plain bisection on the sign of Delta:
 * only an aim, and on purpose not the closed form that the claims verify. */
static double threshold_ratio(const quadratic *q, double total) {
  const double squares = mean_square_curvature(q, 0, q->k) - mean_square_curvature(q, q->k, q->d);
  const double dominant = noise_moment(q, 0, q->k), bulk = noise_moment(q, q->k, q->d);
  double least = -200.0, most = 200.0; /* of log ratio */
  for (int i = 0; i < 80; i++) {
    const double middle = 0.5 * (least + most), ratio = exp(middle);
    const double delta = squares + (dominant * (1.0 + 1.0 / ratio) - bulk * (1.0 + ratio)) / total;
    if (delta > 0.0)
      least = middle;
    else
      most = middle;
  }
  return exp(0.5 * (least + most));
}

static void draw_directions(gsl_rng *rng, const quadratic_aim *aim, double *g, size_t n) {
  const size_t shape = random_index(rng, 0, aim->positive_gradient ? 1 : 2);
  for (size_t i = 0; i < n; i++) {
    const double size =
        shape == 0 ? random_uniform(rng, 0.5, 1.0) : random_log_uniform(rng, 1e-4, 1.0);
    const int sign = random_sign(rng);
    g[i] = shape == 2 && random_chance(rng, 0.5) ? 0.0 : sign * size;
  }
  const size_t pick = random_index(rng, 0, n - 1);
  if (g[pick] == 0.0)
    g[pick] = 1.0;
  const double norm = sqrt(square_sum(g, n));
  for (size_t i = 0; i < n; i++)
    g[i] /= norm;
}

/* A ratio alpha/(1-alpha) on the wanted side of the threshold ratio, next to it or far from it. */
static double draw_alignment_ratio(gsl_rng *rng, aim_regime regime, double threshold) {
  if (regime == AIM_ANY_REGIME)
    return random_log_uniform(rng, 1e-8, 1e8);
  if (random_chance(rng, 0.3)) {
    /* An alignment well inside (0, 1), where the threshold leaves room for one. */
    const double middle = random_log_uniform(rng, 1e-2, 1e2);
    if ((regime == AIM_LOW_REGIME) == (middle < threshold))
      return middle;
  }
  const double near = pow(10.0, random_uniform(rng, -9.0, -2.0));
  const double far = random_log_uniform(rng, 1.0, 1e8);
  const double factor = random_chance(rng, 0.35) ? 1.0 + near : far;
  const double ratio = regime == AIM_LOW_REGIME ? threshold / factor : threshold * factor;
  /* Where the threshold itself is at an end (no noise), any ratio of ordinary size will do. */
  return fmin(1e15, fmax(1e-15, ratio));
}

static void draw_gradient(gsl_rng *rng, const quadratic_aim *aim, quadratic *q, double unit) {
  draw_directions(rng, aim, q->g, q->k);
  draw_directions(rng, aim, q->g + q->k, q->d - q->k);
  const double total = unit * random_log_uniform(rng, 1e-12, 1e12);
  double threshold = threshold_ratio(q, total);
  if (aim->regime == AIM_HIGH_REGIME && threshold > 1e11) {
    /* More noise in the bulk, until the threshold leaves room above it. */
    threshold = random_log_uniform(rng, 1e-2, 1e6);
    const double squares = mean_square_curvature(q, 0, q->k) - mean_square_curvature(q, q->k, q->d);
    const double wanted =
        (squares * total + noise_moment(q, 0, q->k) * (1.0 + 1.0 / threshold)) / (1.0 + threshold);
    const double factor = wanted / noise_moment(q, q->k, q->d);
    for (size_t i = q->k; i < q->d; i++)
      q->v[i] *= factor;
  }
  const double ratio = draw_alignment_ratio(rng, aim->regime, threshold);
  const double dominant = sqrt(total * ratio / (1.0 + ratio)), bulk = sqrt(total / (1.0 + ratio));
  for (size_t i = 0; i < q->d; i++)
    q->g[i] *= i < q->k ? dominant : bulk;
}

/* A step below 2/(lambda_1 + lambda_{k+1}) and, when asked, a start above the stationary level. */
static void draw_run(gsl_rng *rng, const quadratic_aim *aim, quadratic *q) {
  const double edge = 2.0 / (q->lambda[0] + q->lambda[q->k]);
  const double fraction = random_chance(rng, 0.5) ? random_uniform(rng, 0.05, 0.999)
                                                  : random_log_uniform(rng, 1e-3, 0.999);
  q->eta = edge * fraction;
  if (!aim->large_start)
    return;
  const size_t shape = random_index(rng, 0, 2);
  const double common = random_log_uniform(rng, 1e-6, 1e8);
  for (size_t i = 0; i < q->d; i++) {
    const double own = shape == 0 ? common : random_log_uniform(rng, 1e-6, 1e8);
    const double excess = shape == 2 && i < q->k ? 1e-6 * common : own;
    q->g[i] = random_sign(rng) * sqrt(quadratic_stationary(q, i) * (1.0 + fmax(excess, 1e-9)));
  }
}

quadratic *quadratic_generate(gsl_rng *rng, const quadratic_aim *aim, diagnostic *diag) {
  const size_t d_most = aim->d_most > 0 ? aim->d_most : 500;
  const double size = random_uniform(rng, 0.0, 1.0);
  const size_t tier = size < 0.5 ? 8 : size < 0.85 ? 40 : size < 0.94 ? 100 : 500;
  const size_t d = random_index(rng, 2, tier < d_most ? tier : d_most);
  const double where = random_uniform(rng, 0.0, 1.0);
  const size_t inside = random_index(rng, 1, d - 1);
  const size_t k = where < 0.2 ? 1 : where < 0.35 ? d - 1 : inside;
  quadratic *q = quadratic_alloc(d, k);
  if (q == NULL)
    goto cleanup;
  draw_spectrum(rng, aim, q);
  const double unit = pow(10.0, random_uniform(rng, -12.0, 12.0));
  if (!aim->noiseless) {
    if (aim->full_covariance) {
      if (!draw_covariance(rng, q, unit))
        goto cleanup;
    } else
      draw_variances(rng, aim, q, unit);
    /* The low regime needs no noise, the high one needs some in the bulk. */
    if (aim->regime == AIM_HIGH_REGIME && noise_moment(q, q->k, q->d) == 0.0)
      q->v[q->k] = unit;
    if (aim->regime == AIM_LOW_REGIME && noise_moment(q, 0, q->k) == 0.0)
      q->v[0] = unit;
  }
  draw_gradient(rng, aim, q, unit);
  if (aim->stable_step)
    draw_run(rng, aim, q);
  return q;

cleanup:
  quadratic_free(q);
  diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  return NULL;
}

/* --- hypotheses ----------------------------------------------------------------------------- */

bool quadratic_has_gap(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->k; i++)
    for (size_t j = q->k; j < q->d; j++)
      if (!(q->lambda[i] > q->lambda[j]))
        return false;
  return true;
}

bool quadratic_is_unbiased(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; q->bias != NULL && i < q->d; i++)
    if (q->bias[i] != 0.0)
      return false;
  return true;
}

static bool any_nonzero(const double *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (x[i] != 0.0)
      return true;
  return false;
}

bool quadratic_is_interior(const void *instance) {
  const quadratic *q = instance;
  return any_nonzero(q->g, q->k) && any_nonzero(q->g + q->k, q->d - q->k);
}

bool quadratic_has_gradient(const void *instance) {
  const quadratic *q = instance;
  return any_nonzero(q->g, q->d);
}

bool quadratic_is_mean_field(const void *instance) {
  return ((const quadratic *)instance)->reading == READING_MEAN_FIELD;
}

bool quadratic_is_uncorrelated(const void *instance) {
  return ((const quadratic *)instance)->covariance == NULL;
}

/* --- labels --------------------------------------------------------------------------------- */

static bool condition_in(const void *instance, double least, double most) {
  const double condition = quadratic_condition_number(instance);
  return condition >= least && condition < most;
}

bool quadratic_is_condition_low(const void *instance) {
  return condition_in(instance, 1.0, 1e3);
}

bool quadratic_is_condition_middle(const void *instance) {
  return condition_in(instance, 1e3, 1e6);
}

bool quadratic_is_condition_high(const void *instance) {
  return condition_in(instance, 1e6, 1e9);
}

bool quadratic_is_condition_extreme(const void *instance) {
  return condition_in(instance, 1e9, INFINITY);
}

bool quadratic_is_one_dominant(const void *instance) {
  return ((const quadratic *)instance)->k == 1;
}

bool quadratic_is_one_bulk(const void *instance) {
  const quadratic *q = instance;
  return q->k == q->d - 1;
}

bool quadratic_is_large(const void *instance) {
  return ((const quadratic *)instance)->d > 100;
}

bool quadratic_is_tiny_gap(const void *instance) {
  return quadratic_gap_ratio(instance) < 1.001;
}

bool quadratic_is_anisotropic(const void *instance) {
  const quadratic *q = instance;
  double least = q->v[0], most = q->v[0];
  for (size_t i = 1; i < q->d; i++) {
    least = fmin(least, q->v[i]);
    most = fmax(most, q->v[i]);
  }
  return most > 100.0 * least;
}

static double gradient_over_noise(const quadratic *q) {
  double noise = 0.0;
  for (size_t i = 0; i < q->d; i++)
    noise += q->v[i];
  return square_sum(q->g, q->d) / noise;
}

bool quadratic_is_gradient_small(const void *instance) {
  return gradient_over_noise(instance) < 1e-6;
}

bool quadratic_is_gradient_large(const void *instance) {
  return gradient_over_noise(instance) > 1e6;
}

bool quadratic_is_alignment_low(const void *instance) {
  const quadratic *q = instance;
  const double dominant = square_sum(q->g, q->k), bulk = square_sum(q->g + q->k, q->d - q->k);
  return dominant < 1e-3 * (dominant + bulk);
}

bool quadratic_is_alignment_middle(const void *instance) {
  return !quadratic_is_alignment_low(instance) && !quadratic_is_alignment_high(instance);
}

bool quadratic_is_alignment_high(const void *instance) {
  const quadratic *q = instance;
  const double dominant = square_sum(q->g, q->k), bulk = square_sum(q->g + q->k, q->d - q->k);
  return bulk < 1e-3 * (dominant + bulk);
}
