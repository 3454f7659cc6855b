/* decay_fit.h -- the first phase of a run, where the alignment falls, and two curves through it.
 *
 * alpha_1, ..., alpha_T is one run's alignment.  Its decay phase is t = 1..n, n the first step with
 *   alpha_n <= least + (alpha_1 - least)/10,  least = min over t = 1..T.
 * Two least-squares fits with a ridge penalty of 1 on standardised columns (each less its mean,
 * over its standard deviation with the divisor n; the intercept is not penalised), as regularised
 * regression is commonly set up:
 *   exponential  ln alpha_t on t;             cubic  alpha_t on t, t^2, t^3.
 * The penalty shrinks: of an exact exponential of rate r the fit returns r n/(n + 1).  R^2 = 1 -
 * sum (alpha_t - fitted)^2/sum (alpha_t - mean)^2 is taken in alpha for both, and is to be compared
 * between the two; it may be negative.
 *
 * By Householder's reflections, every sum in one order and without BLAS or the C library's ln and
 * exp, whose last bits depend on the processor: the same bytes everywhere. */
#ifndef SUSPALIGN_SWEEP_DECAY_FIT_H
#define SUSPALIGN_SWEEP_DECAY_FIT_H

#include <stdbool.h>
#include <stddef.h>

#define DECAY_RIDGE 1.0
#define DECAY_LEFT 0.1 /* of the fall, at the end of the decay phase */

/* One parameter more than points leaves nothing to judge a curve by. */
enum { DECAY_EXPONENTIAL_LEAST = 3, DECAY_CUBIC_LEAST = 5 };

typedef enum {
  DECAY_FITTED,
  DECAY_NO_FALL,     /* alpha_1 is the least of all */
  DECAY_TOO_SHORT,   /* fewer points than DECAY_..._LEAST */
  DECAY_NOT_POSITIVE /* ln alpha_t does not exist */
} decay_outcome;

typedef struct {
  double first, least; /* alpha_1 and the minimum */
  size_t least_at;     /* the first step with the minimum */
  size_t length;       /* n, 0 for DECAY_NO_FALL */
  decay_outcome exponential, cubic;
  double rate;           /* of the exponential, per step; positive where it falls */
  double exponential_r2; /* these are written where the fit was made */
  double cubic_r2;
} decay_fit;

/* alpha has length T >= 1, its first element is alpha_1, all finite.  GSL_SUCCESS (see the
 * outcomes), GSL_EINVAL (T = 0), GSL_ENOMEM. */
int decay_fit_of(const double *alpha, size_t count, decay_fit *out);

/* In words, for tables: "" when fitted. */
const char *decay_outcome_words(decay_outcome outcome);

/* Ridge regression of y (length n) on the columns x[j] (length n each), j < p, standardised as
 * above: fitted values (length n) and, for each column, the slope on its own scale, y = ... +
 * slope[j] x[j] (length p).  Error of a slope times its column's deviation: see
 * tests/check_decay_fit. GSL_SUCCESS, GSL_EINVAL (p = 0 or n <= p), GSL_EDOM (a constant column),
 * GSL_ENOMEM. */
int decay_fit_ridge(const double *const *x, const double *y, size_t n, size_t p, double *fitted,
                    double *slope);

#endif
