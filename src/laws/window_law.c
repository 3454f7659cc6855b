#include "config.h"
#include "laws/window_law.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include "laws/window_law_parts.h"

enum { LANES = WINDOW_LANES };
typedef window_lanes lanes;
typedef window_pair pair;

/* --- a pair of times ------------------------------------------------------------------------- */

static size_t blocks_of(size_t n) {
  return (n + LANES - 1) / LANES;
}

void window_pair_free(pair *p) {
  free(p->from);
}

int window_pair_alloc(const quadratic *q, pair *p) {
  p->dominant = blocks_of(q->k);
  p->blocks = p->dominant + blocks_of(q->d - q->k);
  const size_t bytes = 4 * p->blocks * sizeof(lanes);
  p->from = aligned_alloc(sizeof(lanes), bytes);
  if (p->from == NULL)
    return GSL_ENOMEM;
  memset(p->from, 0, bytes);
  p->to = p->from + p->blocks;
  p->joint = p->to + p->blocks;
  p->square = p->joint + p->blocks;
  return GSL_SUCCESS;
}

/* region: pair */
/* What is left after t steps of something that loses 1 - rho in each, and *gone = 1 - that. */
static double kept(double rho, double t, double *gone) {
  if (t == 0.0) {
    *gone = 0.0;
    return 1.0;
  }
  const double exponent = t * log(rho); /* -oo where one step wipes all out */
  *gone = -expm1(exponent);
  return exp(exponent);
}

static double stationary_square(const quadratic *q, size_t i) {
  const double move = q->eta * q->lambda[i];
  return move * q->v[i] / (2.0 - move);
}

/* w_i(t). */
static double square_at(const quadratic *q, const double *spread, size_t i, double t) {
  const double still = stationary_square(q, i);
  if (spread == NULL)
    return still;
  const double factor = 1.0 - q->eta * q->lambda[i];
  double gone;
  const double left = kept(factor * factor, t, &gone);
  return left * spread[i] + gone * still;
}

void window_pair_fill(const quadratic *q, const double *spread, double s, double lag, pair *p) {
  for (size_t i = 0; i < q->d; i++) {
    const size_t place = i < q->k ? i : p->dominant * LANES + (i - q->k);
    const double factor = 1.0 - q->eta * q->lambda[i], still = stationary_square(q, i);
    const double w = square_at(q, spread, i, s);
    double gone;
    const double left = kept(factor * factor, lag, &gone);
    ((double *)p->from)[place] = w;
    ((double *)p->to)[place] = left * w + gone * still;
    ((double *)p->joint)[place] = w * gone * still;
    ((double *)p->square)[place] = left * w * w;
  }
}
/* end region: pair */

static double lane_sum(const lanes *x) {
  double sum = 0.0;
  for (size_t l = 0; l < LANES; l++)
    sum += (*x)[l];
  return sum;
}

/* --- the double integral --------------------------------------------------------------------- */

/* Sums over one set of directions at one (u, v). */
typedef struct {
  double x, y, z, log_delta;
} node_sums;

/* Blocks between two logarithms of the product: (1 + 2 e^14)^2 to this power is a double. */
enum { PRODUCT_BLOCKS = 16 };

/* region: node */
static void add_set(const pair *p, size_t first, size_t last, double u, double v, node_sums *out) {
  const lanes one = {1, 1, 1, 1, 1, 1, 1, 1};
  const double uu = 2.0 * u, vv = 2.0 * v;
  lanes x = one - one, y = x, z = x;
  double log_delta = 0.0;
  for (size_t b = first; b < last;) {
    const size_t stop = b + PRODUCT_BLOCKS < last ? b + PRODUCT_BLOCKS : last;
    lanes product = one;
    for (; b < stop; b++) {
      const lanes e = p->joint[b];
      const lanes delta = one + uu * p->from[b] + vv * (p->to[b] + uu * e);
      const lanes inverse = one / delta;
      x += (p->from[b] + vv * e) * inverse;
      y += (p->to[b] + uu * e) * inverse;
      z += p->square[b] * inverse * inverse;
      product *= delta;
    }
    for (size_t l = 0; l < LANES; l++)
      log_delta += log(product[l]);
  }
  *out = (node_sums){lane_sum(&x), lane_sum(&y), lane_sum(&z), log_delta};
}

double window_pair_node(const pair *p, double from_mean, double to_mean, double u, double v) {
  node_sums top, rest;
  add_set(p, 0, p->dominant, u, v, &top);
  add_set(p, p->dominant, p->blocks, u, v, &rest);
  const double x = (1.0 - from_mean) * top.x - from_mean * rest.x;
  const double y = (1.0 - to_mean) * top.y - to_mean * rest.y;
  const double z = (1.0 - from_mean) * (1.0 - to_mean) * top.z + from_mean * to_mean * rest.z;
  return u * v * (x * y + 2.0 * z) * exp(-0.5 * (top.log_delta + rest.log_delta));
}
/* end region: node */

/* The trapezoidal rule in ln u and ln v: all is analytic for |Im ln u| < pi/2, so that a step h
 * leaves some e^{-pi^2/h}, 2e-6.  To the left the integrand falls like u, to the right at least
 * like 1/u, as a rule far faster: it is cut where u E[S e^{-uS}] is no more than on the left. */
#define NODE_STEP 0.75
#define NODE_FIRST (-12.0)
#define NODE_TAIL 6e-6
enum { NODES_MOST = WINDOW_NODES_MOST }; /* to e^12 */

/* u E[S e^{-uS}] over the one time. */
static double marginal(const pair *p, bool later, double u) {
  node_sums top, rest;
  add_set(p, 0, p->dominant, later ? 0.0 : u, later ? u : 0.0, &top);
  add_set(p, p->dominant, p->blocks, later ? 0.0 : u, later ? u : 0.0, &rest);
  const double sum = later ? top.y + rest.y : top.x + rest.x;
  return u * sum * exp(-0.5 * (top.log_delta + rest.log_delta));
}

size_t window_pair_places(const pair *p, bool later, double *u) {
  double scale = 0.0;
  size_t n = 0;
  for (size_t b = 0; b < p->blocks; b++)
    scale += lane_sum(later ? &p->to[b] : &p->from[b]);
  for (size_t i = 0; i < NODES_MOST; i++) {
    u[n++] = exp(NODE_FIRST + NODE_STEP * (double)i) / scale;
    if (NODE_FIRST + NODE_STEP * (double)i > 1.0 && marginal(p, later, u[n - 1]) < NODE_TAIL)
      break;
  }
  return n;
}

static double integrate(const pair *p, double from_mean, double to_mean, bool symmetric) {
  double u[NODES_MOST], v[NODES_MOST], sum = 0.0;
  const size_t rows = window_pair_places(p, false, u), columns = window_pair_places(p, true, v);
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < (symmetric ? i + 1 : columns); j++)
      sum += (symmetric && j < i ? 2.0 : 1.0) * window_pair_node(p, from_mean, to_mean, u[i], v[j]);
  return NODE_STEP * NODE_STEP * sum;
}

/* --- covariances ----------------------------------------------------------------------------- */

static int mean_at(const quadratic *q, const double *spread, double t, double *mean) {
  alignment_law *law = NULL;
  law_value value = {NAN, NAN};
  int status = spread == NULL ? alignment_law_stationary(q, &law, NULL)
                              : alignment_law_at_time(q, t, spread, &law, NULL);
  if (status == GSL_SUCCESS)
    status = alignment_law_mean(law, &value);
  alignment_law_free(law);
  *mean = value.val;
  return status;
}

/* Of times s and t, of s twice, or of t twice. */
static double delta_of(const pair *p, bool later_first, bool later_second) {
  double mass[2][2] = {{0.0, 0.0}, {0.0, 0.0}}, squares[2] = {0.0, 0.0};
  for (size_t b = 0; b < p->blocks; b++) {
    const size_t set = b >= p->dominant;
    const lanes from = p->from[b], to = p->to[b];
    const lanes square =
        later_first == later_second ? (later_second ? to * to : from * from) : p->square[b];
    mass[0][set] += lane_sum(&from);
    mass[1][set] += lane_sum(&to);
    squares[set] += lane_sum(&square);
  }
  const double *a = mass[later_first], *b = mass[later_second];
  const double from_sum = a[0] + a[1], to_sum = b[0] + b[1];
  const double m = a[0] / from_sum, n = b[0] / to_sum;
  return 2.0 * ((1.0 - m) * (1.0 - n) * squares[0] + m * n * squares[1]) / (from_sum * to_sum);
}

int window_law_covariance(const quadratic *q, const double *spread, double s, double lag,
                          law_value *covariance) {
  double from_mean, to_mean;
  pair p;
  int status = mean_at(q, spread, s, &from_mean);
  to_mean = from_mean;
  if (status == GSL_SUCCESS && spread != NULL && lag > 0.0)
    status = mean_at(q, spread, s + lag, &to_mean);
  if (status == GSL_SUCCESS)
    status = window_pair_alloc(q, &p);
  if (status != GSL_SUCCESS)
    return status;
  window_pair_fill(q, spread, s, lag, &p);
  covariance->val = integrate(&p, from_mean, to_mean, spread == NULL || lag == 0.0);
  covariance->err =
      2.0 * WINDOW_LAW_ERROR * sqrt(delta_of(&p, false, false) * delta_of(&p, true, true));
  window_pair_free(&p);
  return GSL_SUCCESS;
}

double window_law_delta(const quadratic *q, const double *spread, double s, double lag) {
  pair p;
  if (window_pair_alloc(q, &p) != GSL_SUCCESS)
    return (double)NAN;
  window_pair_fill(q, spread, s, lag, &p);
  const double value = delta_of(&p, false, true);
  window_pair_free(&p);
  return value;
}

/* --- the window ------------------------------------------------------------------------------ */

/* region: delta */
/* sum_{s,t} of the delta method's covariance over the window, a direction's past carried along:
 * past_i(t) = sum_{s<t} c_i(s) rho_i^{t-s} w_i(s)^2/mu_s. */
static int delta_sum(const quadratic *q, const double *spread, size_t first, size_t last,
                     double *out) {
  const size_t d = q->d;
  double *work = calloc(4 * d, sizeof *work), sum = 0.0;
  if (work == NULL)
    return GSL_ENOMEM;
  double *const rho = work, *const still = work + d, *const w = work + 2 * d,
                *const past = work + 3 * d;
  for (size_t i = 0; i < d; i++) {
    const double factor = 1.0 - q->eta * q->lambda[i];
    rho[i] = factor * factor;
    still[i] = stationary_square(q, i);
    w[i] = square_at(q, spread, i, (double)first);
  }
  for (size_t t = first; t <= last; t++) {
    double top = 0.0, rest = 0.0, now = 0.0;
    for (size_t i = 0; i < q->k; i++)
      top += w[i];
    for (size_t i = q->k; i < d; i++)
      rest += w[i];
    const double mean = top / (top + rest), scale = 1.0 / (top + rest);
    for (size_t i = 0; i < d; i++) {
      const double c = ((i < q->k ? 1.0 : 0.0) - mean) * scale;
      const double own = c * w[i] * w[i];
      now += c * (2.0 * past[i] + own);
      past[i] = rho[i] * (past[i] + own);
      w[i] = rho[i] * w[i] + (1.0 - rho[i]) * still[i];
    }
    sum += 2.0 * now;
  }
  free(work);
  *out = sum;
  return GSL_SUCCESS;
}
/* end region: delta */

/* region: rule */
/* Gauss's rule for the sum over 0..count-1, of discrete Chebyshev polynomials, whose recurrence is
 * x p_j = p_{j+1} + (count - 1)/2 p_j + b_j p_{j-1}, b_j = j^2 (count^2 - j^2)/(4 (4 j^2 - 1)):
 * exact for polynomials up to degree 2 size - 1 and, from `count` points on, the sum itself.
 * Between whole counts it continues the sum as a polynomial does. */
int window_rule_of(double count, size_t size, window_rule *out) {
  int status = GSL_ENOMEM;
  if (count <= (double)size && count == floor(count)) { /* nothing is left out */
    out->size = (size_t)count;
    for (size_t j = 0; j < out->size; j++) {
      out->at[j] = (double)j;
      out->weight[j] = 1.0;
    }
    return GSL_SUCCESS;
  }
  out->size = count < 1.0 ? 1 : count < (double)size ? (size_t)floor(count) : size;
  const size_t m = out->size;
  gsl_matrix *jacobi = gsl_matrix_calloc(m, m), *vectors = gsl_matrix_alloc(m, m);
  gsl_vector *values = gsl_vector_alloc(m);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(m);
  if (jacobi == NULL || vectors == NULL || values == NULL || work == NULL)
    goto cleanup;
  for (size_t j = 1; j < m; j++) {
    const double square = (double)(j * j);
    const double beside = sqrt(square * (count * count - square) / (4.0 * (4.0 * square - 1.0)));
    gsl_matrix_set(jacobi, j, j - 1, beside);
    gsl_matrix_set(jacobi, j - 1, j, beside);
  }
  status = gsl_eigen_symmv(jacobi, values, vectors, work);
  for (size_t j = 0; j < m; j++) {
    const double first = gsl_matrix_get(vectors, 0, j);
    out->at[j] = fmax(0.0, 0.5 * (count - 1.0) + gsl_vector_get(values, j));
    out->weight[j] = count * first * first;
  }

cleanup:
  gsl_eigen_symmv_free(work);
  gsl_vector_free(values);
  gsl_matrix_free(vectors);
  gsl_matrix_free(jacobi);
  return status;
}
/* end region: rule */

/* The pairs of one lag, each way, whose earlier times are start, ..., start + count - 1 steps after
 * the first, counted `weight` times. */
static int add_times(window_sums *sums, double lag, double weight, double start, double count) {
  window_rule rule;
  int status = window_rule_of(count, sums->places, &rule);
  for (size_t i = 0; status == GSL_SUCCESS && i < rule.size; i++) {
    const double s = (double)sums->first + start + rule.at[i];
    const double share = rule.weight[i] * weight * (lag > 0.0 ? 2.0 : 1.0);
    law_value exact = {0.0, 0.0};
    status = window_law_covariance(sums->q, sums->spread, s, lag, &exact);
    sums->exact += share * exact.val;
    sums->delta += share * window_law_delta(sums->q, sums->spread, s, lag);
    sums->evaluations++;
  }
  return status;
}

/* All pairs of one lag: at a few places, or at so many of each of a row of panels that double. */
static int add_lag(window_sums *sums, double lag, double weight) {
  const double count = (double)(sums->last - sums->first + 1) - lag;
  int status = GSL_SUCCESS;
  for (double a = 0.0, b; a < count && status == GSL_SUCCESS; a = b) {
    b = a == 0.0 ? (double)sums->places : 2.0 * a;
    if (!sums->by_panels || b > count - 1.0)
      b = count;
    status = add_times(sums, lag, weight, a, b - a);
  }
  return status;
}

enum { LAGS_ALONE = 8, PANEL_LEAST = 3, PANEL_MOST = 6 };

int window_add_lags(window_sums *sums) {
  const size_t n = sums->last - sums->first + 1;
  const size_t nodes = sums->places < PANEL_LEAST  ? PANEL_LEAST
                       : sums->places > PANEL_MOST ? PANEL_MOST
                                                   : sums->places;
  int status = GSL_SUCCESS;
  for (size_t lag = 0; lag < n && lag < sums->lags_alone && status == GSL_SUCCESS; lag++)
    status = add_lag(sums, (double)lag, 1.0);
  for (size_t a = sums->lags_alone; a < n && status == GSL_SUCCESS; a *= 2) {
    window_rule panel;
    status = window_rule_of((double)((2 * a < n ? 2 * a : n) - a), nodes, &panel);
    for (size_t i = 0; i < panel.size && status == GSL_SUCCESS; i++)
      status = add_lag(sums, (double)a + panel.at[i], panel.weight[i]);
  }
  return status;
}

bool window_is_stationary(const quadratic *q, const double *spread, size_t first) {
  for (size_t i = 0; i < q->d; i++) {
    const double still = stationary_square(q, i);
    if (fabs(square_at(q, spread, i, (double)first) - still) > 1e-3 * WINDOW_LAW_ERROR * still)
      return false;
  }
  return true;
}

/* Places in the window, ever more until the correction stays twice, as it may stay by chance once:
 * the first of a stationary one; the last, where a start far from it is still felt, in panels. */
enum { PLACES = 7 };
static const size_t places[PLACES] = {1, 2, 3, 5, 8, 12, 8};
#define PLACE_DOUBT 4.0 /* times the last change; once where the panels come after it */

static bool is_settled(double change, double now) {
  return PLACE_DOUBT * change <= 10.0 * WINDOW_LAW_ERROR * fabs(now);
}

int window_law_of(const quadratic *q, const double *spread, size_t first, size_t last,
                  window_law *out) {
  if (first < 1 || first >= last)
    return GSL_EINVAL;
  const double n = (double)(last - first + 1);
  double whole, correction = INFINITY, picked = 1.0, change = INFINITY; /* none yet */
  const bool still = spread == NULL || window_is_stationary(q, spread, first);
  const bool few = !still && last - first < WINDOW_POINTS_MOST; /* then pair by pair */
  window_sums sums = {.q = q,
                      .spread = still ? NULL : spread,
                      .first = first,
                      .last = last,
                      .lags_alone = few ? WINDOW_POINTS_MOST : LAGS_ALONE};
  int status = delta_sum(q, spread, first, last, &whole);
  if (status != GSL_SUCCESS)
    return status;
  for (size_t i = still ? 0 : 1; i < PLACES; i++) {
    const double before = correction, earlier = change;
    sums.places = few ? last - first + 1 : places[i];
    sums.by_panels = i + 1 == PLACES;
    sums.exact = sums.delta = 0.0;
    status = window_add_lags(&sums);
    if (status != GSL_SUCCESS)
      return status;
    correction = sums.exact / sums.delta;
    picked = sums.delta / whole;
    change = fabs(correction - before);
    if (still || few) { /* all there is to see */
      change = 0.0;
      break;
    }
    if (is_settled(earlier, correction) && is_settled(change, correction))
      break;
  }
  out->delta = whole / (n * n);
  out->variance.val = out->delta * correction;
  out->variance.err = out->delta * ((sums.by_panels ? 1.0 : PLACE_DOUBT) * change +
                                    2.0 * fabs(correction - 1.0) * fabs(picked - 1.0)) +
                      2.0 * WINDOW_LAW_ERROR * out->variance.val;
  out->evaluations = sums.evaluations;
  return GSL_SUCCESS;
}
