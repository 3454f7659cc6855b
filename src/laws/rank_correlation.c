#include "config.h"
#include "laws/rank_correlation.h"

#include <math.h>
#include <stdbool.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_permutation.h>
#include <gsl/gsl_statistics_double.h>

static bool varies(const double *x, size_t n) {
  bool differs = false;
  for (size_t i = 0; i < n; i++) {
    if (isnan(x[i]))
      return false;
    differs = differs || x[i] != x[0];
  }
  return differs;
}

int rank_correlation(const double *x, const double *y, size_t n, double *rho, double *p) {
  /* of two ranks' sums that are equal, the correlations may differ by rounding; unequal ones of at
   * most eight pairs differ by far more */
  static const double close = 1e-9;
  double work[2 * RANK_CORRELATION_MOST], order[RANK_CORRELATION_MOST];
  if (n < 2 || n > RANK_CORRELATION_MOST)
    return GSL_EINVAL;
  if (!varies(x, n) || !varies(y, n))
    return GSL_EDOM;
  gsl_permutation *permutation = gsl_permutation_calloc(n);
  if (permutation == NULL)
    return GSL_ENOMEM;
  const double found = gsl_stats_spearman(x, 1, y, 1, n, work);
  size_t as_much = 0, all = 0;
  do {
    for (size_t i = 0; i < n; i++)
      order[i] = y[gsl_permutation_get(permutation, i)];
    as_much += gsl_stats_spearman(x, 1, order, 1, n, work) >= found - close;
    all++;
  } while (gsl_permutation_next(permutation) == GSL_SUCCESS);
  gsl_permutation_free(permutation);
  *rho = found;
  *p = (double)as_much / (double)all;
  return GSL_SUCCESS;
}
