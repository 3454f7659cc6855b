/* stationary_sweep.h -- the stationary alignment of the paper's experiment, exactly.
 *
 * d = 500 directions, k = 50 of them dominant with eigenvalues equally spaced from 100 down to 80;
 * the bulk's 450 are equally spaced from b down to b/7, b = 80/(m + 0.1), where m is the gap ratio;
 * noise of standard deviation 1/2 along every direction, step 0.003.  For Gaussian noise the
 * alignment's mean and deviation are integrals, in the stationary state and at every step before
 * it. */
#ifndef SUSPALIGN_EVIDENCE_STATIONARY_SWEEP_H
#define SUSPALIGN_EVIDENCE_STATIONARY_SWEEP_H

#include <stddef.h>
#include "laws/alignment_law.h"
#include "model/quadratic.h"

enum {
  STATIONARY_SWEEP_POINTS = 9,
  STATIONARY_SWEEP_FIRST = 20001, /* the window of steps that is averaged over */
  STATIONARY_SWEEP_LAST = 30000
};

/* 5, 10, 20, 50, 100, 200, 300, 400, 500 */
extern const double stationary_sweep_ratios[STATIONARY_SWEEP_POINTS];

/* The problem at the gap ratio m > 1; g_i = lambda_i, the deviation of its start x_i ~ N(0, 1).
 * NULL when memory is out. */
quadratic *stationary_sweep_problem(double m);

typedef struct {
  double mean_field;          /* alpha_oo, the ratio of expectations */
  law_value mean;             /* stationary E alpha */
  double deviation;           /* stationary standard deviation */
  law_value window_mean;      /* average of E alpha_t over the window's steps, from x_i ~ N(0, 1) */
  law_value window_deviation; /* of the alignment at a step drawn from the window: the root of the
                               * average of E (alpha_t - window_mean)^2 */
} stationary_sweep_point;

/* The two averages are Gauss-Legendre quadratures in t, half a step wider at each end (a sum by the
 * midpoint rule backwards); their errors bound what twice as many nodes change, what the midpoint
 * rule leaves out, and the errors of the laws.
 * GSL_SUCCESS, GSL_ENOMEM, or the codes of alignment_law.h. */
int stationary_sweep_at(double m, stationary_sweep_point *out);

#endif
