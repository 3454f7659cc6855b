#include "config.h"
#include "sweep/decay_fit.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_statistics_double.h>

/* --- the fit --------------------------------------------------------------------------------- */

/* region: ridge */
int decay_fit_ridge(const double *const *x, const double *y, size_t n, size_t p, double *fitted,
                    double *slope) {
  if (p == 0 || n <= p)
    return GSL_EINVAL;
  int status = GSL_ENOMEM;
  double residual, size;
  const double level = gsl_stats_mean(y, 1, n);
  gsl_matrix *z = gsl_matrix_alloc(n, p);
  gsl_vector *centred = gsl_vector_alloc(n), *c = gsl_vector_alloc(p);
  gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, p);
  if (z == NULL || centred == NULL || c == NULL || work == NULL)
    goto cleanup;
  for (size_t t = 0; t < n; t++)
    gsl_vector_set(centred, t, y[t] - level);
  for (size_t j = 0; j < p; j++) {
    const double mean = gsl_stats_mean(x[j], 1, n);
    slope[j] = gsl_stats_sd_with_fixed_mean(x[j], 1, n, mean);
    if (!(slope[j] > 0.0)) {
      status = GSL_EDOM;
      goto cleanup;
    }
    for (size_t t = 0; t < n; t++)
      gsl_matrix_set(z, t, j, (x[j][t] - mean) / slope[j]);
  }
  status = gsl_multifit_linear_svd(z, work);
  if (status == GSL_SUCCESS)
    status = gsl_multifit_linear_solve(sqrt(DECAY_RIDGE), z, centred, c, &residual, &size, work);
  if (status != GSL_SUCCESS)
    goto cleanup;
  for (size_t t = 0; t < n; t++) {
    fitted[t] = level;
    for (size_t j = 0; j < p; j++)
      fitted[t] += gsl_matrix_get(z, t, j) * gsl_vector_get(c, j);
  }
  for (size_t j = 0; j < p; j++)
    slope[j] = gsl_vector_get(c, j) / slope[j];

cleanup:
  gsl_multifit_linear_free(work);
  gsl_vector_free(c);
  gsl_vector_free(centred);
  gsl_matrix_free(z);
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
    work[t] = log(alpha[t]);
  }
  const int status = decay_fit_ridge(x, work, n, 1, work + n, &slope);
  if (status != GSL_SUCCESS)
    return status;
  for (size_t t = 0; t < n; t++)
    work[n + t] = exp(work[n + t]);
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
