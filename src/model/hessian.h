/* hessian.h -- from a Hessian, a gradient and a noise covariance in any basis to the state in the
 * eigenbasis that everything else here works on, with the errors on the way. */
#ifndef SUSPALIGN_MODEL_HESSIAN_H
#define SUSPALIGN_MODEL_HESSIAN_H

#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include "model/diagnostic.h"
#include "model/quadratic.h"
#include "model/spectrum.h"

/* How far a matrix is from symmetric. */
typedef struct {
  double worst;       /* max |a_ij - a_ji| */
  size_t row, column; /* where, from 0, row < column; both 0 where worst is 0 */
  double allowed;     /* 8 d unit max|a| */
} asymmetry;

/* Replaces a (d x d) by (a + a')/2 when its worst difference is at most 8 d unit max|a|: a sum of d
 * products, computed in either order with unit roundoff `unit`, differs by no more than 2 gamma_d
 * times the sum of their sizes.  GSL_SUCCESS; GSL_ENOTSQR; GSL_EDOM naming the entry that is not
 * finite, or the two entries that differ most, and then a is as it was.  *found is written where it
 * is known: on success and where the difference is the reason. */
int hessian_symmetrise(gsl_matrix *a, double unit, asymmetry *found, diagnostic *diag);

/* The accuracy of a computed decomposition A = U diag(lambda) U', as found afterwards:
 * |AU - U diag(lambda)|_F / |A|_F, the size of the change of A that would make it exact (up to
 * |U'U - I|), and |U'U - I|_F.  Backward stable means some d u = d 2^-53 for both. */
typedef struct {
  double residual, orthogonality;
} eigen_accuracy;

/* The eigenpairs of a + damping I for a symmetric a, which is not changed, and their accuracy.
 * damping >= 0.  GSL_SUCCESS; GSL_EDOM when an eigenvalue is not above its error, naming it and the
 * damping that would do; the codes of spectrum.h.  k = 0: proposed. */
int hessian_spectrum(const gsl_matrix *a, double damping, size_t k, spectrum **out,
                     eigen_accuracy *accuracy, diagnostic *diag);

/* The accuracy of s as eigenpairs of a + damping I.  GSL_SUCCESS or GSL_ENOMEM. */
int hessian_measure(const gsl_matrix *a, double damping, const spectrum *s,
                    eigen_accuracy *accuracy, diagnostic *diag);

/* The noise of the gradient: at most one of the three pointers is set, all in the basis of the
 * Hessian. */
typedef struct {
  const gsl_matrix *covariance; /* d x d, symmetric */
  const gsl_vector *variances;  /* length d: a diagonal covariance */
  const double *variance;       /* isotropic */
  double unit;                  /* unit roundoff of the numbers */
} hessian_noise;

/* The state in the eigenbasis, without noise: g_i = u_i'g to within d u |g| and the error of U; one
 * below the domain of quadratic.h and within that bound is 0.  eta is 0.
 * GSL_SUCCESS; GSL_EBADLEN (sizes); GSL_EDOM (a value outside the domain); GSL_ENOMEM. */
int hessian_state(const spectrum *s, const gsl_vector *g, quadratic **out, diagnostic *diag);

/* Gives q, made from s, the noise: v_i = u_i'Su_i, and q->covariance = U'SU unless the noise is
 * isotropic or d > covariance_most, entries to within 2 d u |S|_F and the error of U, a variance
 * below the domain and within that bound being 0.
 * S may be singular: eigenvalues down to -8 d unit |S|_F count as 0, and *least is the least one as
 * computed (0 where there is no matrix); one below is refused.  On error the noise of q is
 * undefined. GSL_SUCCESS; GSL_EBADLEN (sizes); GSL_EDOM (a negative variance, S not positive
 * semidefinite, a value outside the domain); GSL_ENOMEM. */
int hessian_add_noise(const spectrum *s, const hessian_noise *noise, size_t covariance_most,
                      quadratic *q, double *least, diagnostic *diag);

#endif
