/* quadratic.h -- a quadratic loss with the state of one SGD run on it, in the eigenbasis.
 *
 * L(x) = (1/2) x'Ax, A symmetric positive definite with eigenpairs (lambda_i, u_i); gradient
 * g = Ax with coordinates g_i = u_i'g; SGD is x+ = x - eta (g + xi) with E xi = 0 and
 * Cov xi = Sigma, of which v_i = u_i' Sigma u_i is the noise variance along u_i.
 * The dominant set is the first k directions, the bulk the other d - k.
 *
 * UNITS  lambda in 1/[eta]; g and sqrt(v) share one unit; the loss has the unit g^2/lambda.
 *
 * DOMAIN (checked by quadratic_validate; the rounding bounds of every claim rely on it: within it
 * no moment overflows or underflows)
 *   1 <= k < d;  lambda finite, in [1e-25, 1e25], descending, with lambda_k > lambda_{k+1};
 *   |g_i| zero or in [1e-50, 1e50];  v_i zero or in [1e-100, 1e100]. */
#ifndef SUSPALIGN_MODEL_QUADRATIC_H
#define SUSPALIGN_MODEL_QUADRATIC_H

#include <stdbool.h>
#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include "model/diagnostic.h"

#define QUADRATIC_LAMBDA_MIN 1e-25
#define QUADRATIC_LAMBDA_MAX 1e25
#define QUADRATIC_GRADIENT_MIN 1e-50
#define QUADRATIC_GRADIENT_MAX 1e50
#define QUADRATIC_VARIANCE_MIN 1e-100
#define QUADRATIC_VARIANCE_MAX 1e100

/* Which expectation "the alignment after the step" means (theory: the two readings). */
typedef enum {
  READING_MEAN_FIELD,      /* the ratio of expectations, E|Pg+|^2 / E|g+|^2 */
  READING_TRUE_EXPECTATION /* the expectation of the ratio, E[ |Pg+|^2 / |g+|^2 ] */
} reading;

typedef struct {
  size_t d, k;
  double *lambda; /* length d, owned */
  double *g;      /* length d, owned */
  double *v;      /* length d, owned */
  double eta;     /* the step size of the run, 0 where the claim chooses its own steps */
  double radius;  /* of sharpness-aware minimisation's perturbation, in the unit of g/lambda; 0 for
                     none */

  /* What only ablations and covariance oracles use; all zero or NULL in an ordinary instance. */
  double *bias;           /* length d, owned, or NULL: E xi along u_i */
  gsl_matrix *covariance; /* d x d, owned, or NULL: Sigma in the eigenbasis; its diagonal is v */
  double eta_late;        /* the step size from step `switch_step` on, where that is not 0 */
  size_t switch_step;
  reading reading;
} quadratic;

/* All zero, bias and covariance NULL.  NULL when memory is out or not 1 <= k < d. */
quadratic *quadratic_alloc(size_t d, size_t k);
void quadratic_free(quadratic *q);
quadratic *quadratic_clone(const quadratic *q);

/* From literal arrays of length d, copied, without validation: ablations need what validation
 * refuses.  bias is left NULL. */
quadratic *quadratic_literal(size_t d, size_t k, const double *lambda, const double *g,
                             const double *v, double eta);

/* GSL_SUCCESS; GSL_EINVAL (d, k, a covariance of another shape), GSL_EDOM (a value, no gap at k, a
 * covariance that is not symmetric or not positive semidefinite, or whose diagonal is not v), with
 * a message naming index and value; GSL_ENOMEM.  Reads d, k, lambda, g, v, eta, covariance. */
int quadratic_validate(const quadratic *q, diagnostic *diag);

/* lambda_k / lambda_{k+1}; relative error u. */
double quadratic_gap_ratio(const quadratic *q);

/* lambda_max / lambda_min over all directions, whatever their order; relative error u. */
double quadratic_condition_number(const quadratic *q);

#endif
