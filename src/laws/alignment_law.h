/* alignment_law.h -- the exact law of the alignment of a Gaussian gradient: no simulation.
 *
 * For g ~ N(a, C) in an eigenbasis whose first k directions are the dominant set,
 *   alpha = N/S,  N = sum_{i<=k} g_i^2,  S = sum_i g_i^2.
 * Mean and variance are one-dimensional integrals of E[N e^{-sS}] and E[(N - mS)^2 e^{-sS}], s > 0,
 * by the trapezoidal rule in ln s: its error has a bound that holds for every law, so that no step
 * is ever refined.  The distribution function is Imhof's integral for the indefinite form (1-c) N -
 * c (S-N), along a contour through the saddle point (laws/quadratic_form). J. P. Imhof, Computing
 * the distribution of quadratic forms in normal variables, Biometrika 48 (1961); R. B. Davies,
 * Algorithm AS 155, Applied Statistics 29 (1980) for the error control.
 *
 * Two readings: everything here is the TRUE law (expectation of the ratio).  The mean-field
 * alignment, the ratio of expectations, is claims/one_step_moments and claims/two_phases. */
#ifndef SUSPALIGN_LAWS_ALIGNMENT_LAW_H
#define SUSPALIGN_LAWS_ALIGNMENT_LAW_H

#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include "model/diagnostic.h"
#include "model/quadratic.h"

typedef struct alignment_law alignment_law; /* immutable once made */

/* A value with a bound on its absolute error, honoured: |val - exact| <= err. */
typedef struct {
  double val, err;
} law_value;

/* Independent coordinates g_i ~ N(a_i, w_i), copied; a NULL means a = 0.  2 <= d, 1 <= k < d.
 * GSL_SUCCESS; GSL_EINVAL (d, k); GSL_EDOM with a message that says which: a value not finite, w_i
 * < 0, every w_i = 0 (no law, a point), or alpha certain to be 0 or to be 1 (one of the sets has a
 * = 0 and w = 0 throughout); GSL_ENOMEM.  Scale is removed by a power of two first, so that nothing
 * overflows or underflows for |a_i| in [1e-150, 1e150] and w_i in [1e-300, 1e300], 0 included. */
int alignment_law_independent(const double *a, const double *w, size_t d, size_t k,
                              alignment_law **out, diagnostic *diag);

/* g ~ N(a, C) with any covariance C (d x d, symmetric positive semidefinite to rounding; refused
 * otherwise), a NULL or of length d.  Diagonalised once: O(d^3).  C may be singular and a outside
 * its range.  The errors of all values include, to first order, that of the diagonalisation, which
 * is absolute: 8d u |C|_F; a diagonal C is not diagonalised and has none.  Variance and
 * distribution are O(d^2) and O(d^3) there. */
int alignment_law_correlated(const gsl_vector *a, const gsl_matrix *c, size_t k,
                             alignment_law **out, diagnostic *diag);

/* The law of the gradient after one step of size eta from the state of q with Gaussian noise:
 * a_i = (1 - eta lambda_i) g_i, w_i = (eta lambda_i)^2 v_i; with q->covariance, C = eta^2 Lambda
 * Sigma Lambda.  Also GSL_EDOM where not eta > 0.  The numbers a_i and w_i are rounded; the errors
 * of all values include that, to first order, here and below.  With q->bias, which only ablations
 * have, a_i = (1 - eta lambda_i) g_i - eta lambda_i bias_i, whose cancellation the errors leave
 * out. */
int alignment_law_after_step(const quadratic *q, double eta, alignment_law **out, diagnostic *diag);

/* The stationary law at the constant step q->eta: g_i ~ N(0, s_i), or with q->covariance the
 * covariance C_ij = eta^2 lambda_i lambda_j Sigma_ij / (1 - (1 - eta lambda_i)(1 - eta lambda_j)).
 * GSL_EDOM naming the step where not 0 < eta < 2/lambda_1: there is no stationary law. */
int alignment_law_stationary(const quadratic *q, alignment_law **out, diagnostic *diag);

/* The law after t steps at q->eta from the deterministic start q->g: g_i ~ N(m_i, c_i) with m_i =
 * (1 - eta lambda_i)^t g_i, c_i = s_i (1 - rho_i^t); independent noise alone (GSL_EINVAL with a
 * covariance).  With `spread` not NULL, the start itself is N(0, spread_i) (variance of g_i(0)) and
 * q->g is not read: c_i gains rho_i^t spread_i.  0 < eta < 2/lambda_1, t >= 1. */
int alignment_law_at_time(const quadratic *q, double t, const double *spread, alignment_law **out,
                          diagnostic *diag);

void alignment_law_free(alignment_law *law);

/* E alpha and E[1 - alpha]: each to a relative error of 1e-10, down to 1e-12 and below (T5a).
 * GSL_SUCCESS, or GSL_ETOL when that is not reached; the values and their honest errors are there
 * then too.  O(d) per node of the quadrature. */
int alignment_law_mean(const alignment_law *law, law_value *mean);
int alignment_law_mean_complement(const alignment_law *law, law_value *complement);

/* Var alpha (T5b).  Computed without the cancellation of E[alpha^2] - (E alpha)^2 where alpha is
 * concentrated; relative 1e-8, GSL_ETOL as above where that is not reached: below a standard
 * deviation of some 1e-10 E alpha the error of E alpha counts. */
int alignment_law_variance(const alignment_law *law, law_value *variance);

/* P(alpha <= c), 0 < c < 1, to an absolute error of 1e-8, as a rule 1e-12, and with relative
 * accuracy where it is small (T5c); c <= 0 gives 0, c >= 1 gives 1. GSL_ETOL when 1e-8 is not
 * reached; GSL_EDOM for NaN. */
int alignment_law_cdf(const alignment_law *law, double c, law_value *probability);

/* d/dc P(alpha <= c), 0 < c < 1, and 0 outside; relative error 1e-6, GSL_ETOL where that is not
 * reached.  Where the density is infinite so is the integral: GSL_ETOL. */
int alignment_law_density(const alignment_law *law, double c, law_value *density);

/* The c with P(alpha <= c) = p, 0 < p < 1 (GSL_EDOM otherwise), by a bracketing root finder in
 * ln(c/(1-c)). err is checked: P at c -+ err, their errors allowed for, encloses p.  GSL_ETOL where
 * it does not; GSL_EFAILED, and no value, where |ln(c/(1-c))| is above 700. */
int alignment_law_quantile(const alignment_law *law, double p, law_value *c);

#endif
