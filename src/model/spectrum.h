/* spectrum.h -- eigenvalues of a Hessian, its eigenvectors where they are known, and the split
 * into a dominant and a bulk set. */
#ifndef SUSPALIGN_MODEL_SPECTRUM_H
#define SUSPALIGN_MODEL_SPECTRUM_H

#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include "model/diagnostic.h"

typedef struct {
  size_t d, k;
  double *lambda;      /* length d, descending, positive; owned */
  gsl_matrix *basis;   /* d x d, owned, column i is u_i; NULL when only eigenvalues were given */
  double lambda_error; /* each |lambda_i - exact| is at most this */
} spectrum;

/* The d-1 relative gaps lambda_i / lambda_{i+1} (descending positive lambda) have their largest
 * value at the returned k, looked for among k <= d/2: a dominant set of more than half the
 * directions is no dominant set.  The smallest such k on ties.  1 when d < 2 is out of domain. */
size_t spectrum_propose_dominant(const double *lambda, size_t d);

/* From eigenvalues in any order.  k = 0 asks for the proposal above.
 * GSL_SUCCESS; GSL_EINVAL (d < 2, k out of range); GSL_EDOM (a value that is not finite and
 * positive, or no gap at k); GSL_ENOMEM.  *out is written on success alone. */
int spectrum_from_eigenvalues(const double *lambda, size_t d, size_t k, spectrum **out,
                              diagnostic *diag);

/* From a dense symmetric matrix, d x d, which is not changed.  The matrix is refused with
 * GSL_EDOM, naming the worst entry, when |a_ij - a_ji| > 8 u max|a|: more than rounding explains.
 * GSL's symmetric QR up to d = SPECTRUM_GSL_LIMIT, LAPACK's divide and conquer beyond (where
 * configured).  Both are backward stable: lambda_error = p(d) u ||A||_F with p(d) = 8 d.
 * A spectrum with an eigenvalue not above lambda_error is refused as not positive definite. */
int spectrum_from_matrix(const gsl_matrix *a, size_t k, spectrum **out, diagnostic *diag);

/* The eigenpairs alone, of whatever sign, descending: k is 0.  Errors as above, definiteness apart.
 */
int spectrum_eigenpairs(const gsl_matrix *a, spectrum **out, diagnostic *diag);

/* Settles k of descending positive eigenvalues; 0 asks for the proposal.  GSL_EINVAL (d < 2, k out
 * of range) or GSL_EDOM (no gap at k), and then s is as it was. */
int spectrum_split(spectrum *s, size_t k, diagnostic *diag);

/* As spectrum_from_matrix for a matrix that is known to be positive semidefinite: eigenvalues not
 * above `cutoff` * lambda_1 are dropped, and d is the rank that is left; basis is then n x d. */
int spectrum_from_semidefinite(const gsl_matrix *a, size_t k, double cutoff, spectrum **out,
                               diagnostic *diag);

enum { SPECTRUM_GSL_LIMIT = 128 };

void spectrum_free(spectrum *s);

#endif
