#include "config.h"
#include "sweep/decay_fit.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_statistics_double.h>
#include "sweep/plain_functions.h"

/* --- the fit --------------------------------------------------------------------------------- */

/* region: ridge */
/* Least squares min |Ac - b| of `rows` > p, by Householder's reflections; A is given by its
 * columns, one after the other, and is lost like b.  No sum is taken in an order that depends on
 * anything.
 */
static void solve_by_reflections(double *a, double *b, size_t rows, size_t p, double *c) {
  for (size_t j = 0; j < p; j++) {
    double *v = a + j * rows, square = 0.0;
    for (size_t t = j; t < rows; t++)
      square += v[t] * v[t];
    const double to = v[j] > 0.0 ? -sqrt(square) : sqrt(square); /* the diagonal entry of R */
    const double half = square - to * v[j];                      /* |v - to e_j|^2/2 */
    v[j] -= to;
    for (size_t l = j + 1; l <= p; l++) {
      double *w = l < p ? a + l * rows : b, along = 0.0;
      for (size_t t = j; t < rows; t++)
        along += v[t] * w[t];
      for (size_t t = j; t < rows; t++)
        w[t] -= along / half * v[t];
    }
    c[j] = to;
  }
  for (size_t j = p; j-- > 0;) {
    double left = b[j];
    for (size_t l = j + 1; l < p; l++)
      left -= a[l * rows + j] * c[l];
    c[j] = left / c[j];
  }
}

/* c solves [Z; sqrt(ridge) I] c = [y - level; 0]. */
int decay_fit_ridge(const double *const *x, const double *y, size_t n, size_t p, double *fitted,
                    double *slope) {
  if (p == 0 || n <= p)
    return GSL_EINVAL;
  const size_t rows = n + p;
  const double level = gsl_stats_mean(y, 1, n);
  double *work = calloc((p + 1) * rows + 3 * p, sizeof *work);
  if (work == NULL)
    return GSL_ENOMEM;
  double *const rest = work + p * rows, *const c = rest + rows, *const mean = c + p,
                *const deviation = mean + p;
  int status = GSL_SUCCESS;
  for (size_t j = 0; j < p; j++) {
    mean[j] = gsl_stats_mean(x[j], 1, n);
    deviation[j] = gsl_stats_sd_with_fixed_mean(x[j], 1, n, mean[j]);
    if (!(deviation[j] > 0.0)) {
      status = GSL_EDOM;
      goto cleanup;
    }
    for (size_t t = 0; t < n; t++)
      work[j * rows + t] = (x[j][t] - mean[j]) / deviation[j];
    work[j * rows + n + j] = sqrt(DECAY_RIDGE);
  }
  for (size_t t = 0; t < n; t++)
    rest[t] = y[t] - level;
  solve_by_reflections(work, rest, rows, p, c);
  for (size_t t = 0; t < n; t++) {
    fitted[t] = level;
    for (size_t j = 0; j < p; j++)
      fitted[t] += (x[j][t] - mean[j]) / deviation[j] * c[j];
  }
  for (size_t j = 0; j < p; j++)
    slope[j] = c[j] / deviation[j];

cleanup:
  free(work);
  return status;
}
/* end region: ridge */

/* --- the decay phase ------------------------------------------------------------------------- */

static void find_phase(const double *alpha, size_t count, decay_fit *out) {
  out->first = out->least = alpha[0];
  out->least_at = 1;
  for (size_t i = 1; i < count; i++)
    if (alpha[i] < out->least) {
      out->least = alpha[i];
      out->least_at = i + 1;
    }
  out->length = 0;
  if (out->least_at == 1)
    return;
  const double end = out->least + DECAY_LEFT * (out->first - out->least);
  while (alpha[out->length] > end) /* it ends at the minimum at the latest */
    out->length++;
  out->length++;
}

static double r_squared(const double *alpha, const double *fitted, size_t n) {
  const double mean = gsl_stats_mean(alpha, 1, n);
  double left = 0.0, whole = 0.0;
  for (size_t t = 0; t < n; t++) {
    left += (alpha[t] - fitted[t]) * (alpha[t] - fitted[t]);
    whole += (alpha[t] - mean) * (alpha[t] - mean);
  }
  return 1.0 - left / whole;
}

static decay_outcome possible(const decay_fit *fit, size_t least) {
  return fit->length == 0 ? DECAY_NO_FALL : fit->length < least ? DECAY_TOO_SHORT : DECAY_FITTED;
}

/* x: three columns of t, t^2, t^3; work: as long as two columns. */
static int fit_exponential(const double *alpha, const double *const *x, double *work,
                           decay_fit *out) {
  const size_t n = out->length;
  double slope;
  for (size_t t = 0; t < n; t++) {
    if (!(alpha[t] > 0.0)) {
      out->exponential = DECAY_NOT_POSITIVE;
      return GSL_SUCCESS;
    }
    work[t] = plain_log(alpha[t]);
  }
  const int status = decay_fit_ridge(x, work, n, 1, work + n, &slope);
  if (status != GSL_SUCCESS)
    return status;
  for (size_t t = 0; t < n; t++)
    work[n + t] = plain_exp(work[n + t]);
  out->rate = -slope;
  out->exponential_r2 = r_squared(alpha, work + n, n);
  return GSL_SUCCESS;
}

static int fit_cubic(const double *alpha, const double *const *x, double *work, decay_fit *out) {
  double slope[3];
  const int status = decay_fit_ridge(x, alpha, out->length, 3, work, slope);
  if (status == GSL_SUCCESS)
    out->cubic_r2 = r_squared(alpha, work, out->length);
  return status;
}

int decay_fit_of(const double *alpha, size_t count, decay_fit *out) {
  if (count == 0)
    return GSL_EINVAL;
  *out = (decay_fit){.length = 0};
  find_phase(alpha, count, out);
  out->exponential = possible(out, DECAY_EXPONENTIAL_LEAST);
  out->cubic = possible(out, DECAY_CUBIC_LEAST);
  if (out->exponential != DECAY_FITTED)
    return GSL_SUCCESS;
  const size_t n = out->length;
  double *work = malloc(5 * n * sizeof *work);
  if (work == NULL)
    return GSL_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    const double t = (double)(i + 1);
    work[i] = t;
    work[n + i] = t * t;
    work[2 * n + i] = t * t * t;
  }
  const double *const x[] = {work, work + n, work + 2 * n};
  int status = fit_exponential(alpha, x, work + 3 * n, out);
  if (status == GSL_SUCCESS && out->cubic == DECAY_FITTED)
    status = fit_cubic(alpha, x, work + 3 * n, out);
  free(work);
  return status;
}

const char *decay_outcome_words(decay_outcome outcome) {
  static const char *const words[] = {[DECAY_FITTED] = "",
                                      [DECAY_NO_FALL] = "alpha never falls below its first value",
                                      [DECAY_TOO_SHORT] = "the decay phase is too short",
                                      [DECAY_NOT_POSITIVE] = "alpha is 0 in the decay phase"};
  return words[outcome];
}
