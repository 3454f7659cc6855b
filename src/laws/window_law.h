/* window_law.h -- how far the average of the alignment over a stretch of one run scatters.
 *
 * For a constant step, Gaussian noise independent along the directions and a start g_i(0) ~
 * N(0, spread_i), the pair (g_i(s), g_i(t)), s <= t, l = t - s, is normal with mean 0 and
 *   E g_i(s)^2 = w_i(s) = rho_i^s spread_i + (1 - rho_i^s) s_i,
 *   E[g_i(s) g_i(t)]^2 = rho_i^l w_i(s)^2,    rho_i = (1 - eta lambda_i)^2,
 * so that alpha_t = N_t/S_t has an autocovariance that is an integral, like its mean:
 *   Cov(alpha_s, alpha_t) = int int E[(N_s - m_s S_s)(N_t - m_t S_t) e^{-u S_s - v S_t}] du dv,
 * m_t = E alpha_t, over u, v > 0.  The expectation under it is a product over the directions; where
 * Delta_i = 1 + 2u w_i(s) + 2v w_i(t) + 4uv e_i, e_i = w_i(s) s_i (1 - rho_i^l), it is
 *   prod Delta_i^{-1/2} (X Y + 2 Z),  X = sum c_i (w_i(s) + 2v e_i)/Delta_i,
 *   Y = sum c'_i (w_i(t) + 2u e_i)/Delta_i,  Z = sum c_i c'_i rho_i^l w_i(s)^2/Delta_i^2,
 * c_i = [i <= k] - m_s, c'_i = [i <= k] - m_t.  That is exact.
 *
 * The delta method, N/S about the ratio of the expectations m, mu = E S, gives instead
 *   Cov(alpha_s, alpha_t) ~ 2 sum c_i c'_i rho_i^l w_i(s)^2/(mu_s mu_t),
 * with an error of the order of 1/(effective dimension) relative to it. */
#ifndef SUSPALIGN_LAWS_WINDOW_LAW_H
#define SUSPALIGN_LAWS_WINDOW_LAW_H

#include <stddef.h>
#include "laws/alignment_law.h"
#include "model/quadratic.h"

/* Relative error that the double integrals are made for; checked in tests against closed forms. */
#define WINDOW_LAW_ERROR 1e-4

/* Cov(alpha_s, alpha_{s+lag}), exactly.  spread NULL: the stationary law, whatever s.  s >= 1 and
 * lag >= 0, not necessarily whole.  0 < q->eta < 2/lambda_1; no covariance, no bias.
 * val to twice WINDOW_LAW_ERROR of sqrt(Var alpha_s Var alpha_t), the variances by the delta
 * method. GSL_SUCCESS, GSL_ENOMEM, or the codes of alignment_law_at_time. */
int window_law_covariance(const quadratic *q, const double *spread, double s, double lag,
                          law_value *covariance);

/* The same by the delta method. NaN where memory is out. */
double window_law_delta(const quadratic *q, const double *spread, double s, double lag);

typedef struct {
  double delta;       /* Var of the average of alpha_first, ..., alpha_last by the delta method: the
                         whole double sum over the window, O(n d) */
  law_value variance; /* the same from exact covariances: of all pairs in a window of up to 32
                         steps, else at a few lags and places, which correct the sum above; then its
                         error is estimated from fewer places, and from what picking them does to
                         the delta method's sum */
  size_t evaluations; /* of the exact covariance */
} window_law;

/* The window first..last of a run, 1 <= first < last.  Errors as above, GSL_EINVAL. */
int window_law_of(const quadratic *q, const double *spread, size_t first, size_t last,
                  window_law *out);

#endif
