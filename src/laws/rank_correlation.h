/* rank_correlation.h -- Spearman's rank correlation of a few pairs, with its exact p-value. */
#ifndef SUSPALIGN_LAWS_RANK_CORRELATION_H
#define SUSPALIGN_LAWS_RANK_CORRELATION_H

#include <stddef.h>

enum { RANK_CORRELATION_MOST = 8 };

/* *rho in [-1, 1], ties by mean ranks; *p: the share of the n! orders of y whose rho is at least
 * that (one-sided, all orders alike: no approximation), so at least 1/n!.
 * GSL_SUCCESS; GSL_EINVAL (n < 2 or above RANK_CORRELATION_MOST), GSL_EDOM (a value is NaN, or all
 * of x or of y are equal: there is no correlation); on error nothing is written. */
int rank_correlation(const double *x, const double *y, size_t n, double *rho, double *p);

#endif
