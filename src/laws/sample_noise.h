/* sample_noise.h -- the noise of mini-batches of a data set, by going through all of its samples.
 *
 * n samples x_s (rows of X, n x d), G = X'X/n, residuals r_s.  One uniformly drawn sample shows the
 * gradient r_s x_s; along a direction v with q = Xv,
 *   a(v) = v'Sigma v/(2L v'Gv) = n (sum r_s^2 q_s^2 - (sum r_s q_s)^2/n)/(sum r_s^2 sum q_s^2),
 * which depends on r and q alone: all that matters of the data is the column space of X, given by
 * an orthonormal basis (n x rank).  And
 *   mu = Tr(Sigma G)/(2L |G|_F^2) = r'(diag(x_s'G x_s) - X G X'/n) r/(r'r |G|_F^2).
 *
 * ROUNDING  a(v) and its extremes err by at most 32 (n + d) n u, as entries of n W, |W| <= 1, do.
 */
#ifndef SUSPALIGN_LAWS_SAMPLE_NOISE_H
#define SUSPALIGN_LAWS_SAMPLE_NOISE_H

#include <stddef.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_vector.h>
#include "laws/alignment_law.h"
#include "model/diagnostic.h"

typedef struct {
  double least, most;
} sample_noise_range;

/* An orthonormal basis of the column space of x: left singular vectors whose singular value is
 * above 1e-10 of the largest.  GSL_SUCCESS; GSL_EDOM (x = 0); GSL_ENOMEM. */
int sample_noise_basis(const gsl_matrix *x, gsl_matrix **basis);

/* a for given r and q, both of length n.  GSL_EDOM when one of them is 0. */
int sample_noise_along(const gsl_vector *r, const gsl_vector *q, double *a);

/* Least and largest a(v) over all directions that the data reach, by a symmetric eigenproblem of
 * the rank's size.  at_least and at_most (length n, or NULL) get the q's where they are taken.
 * GSL_EDOM when r = 0; GSL_ENOMEM. */
int sample_noise_directional(const gsl_matrix *basis, const gsl_vector *r, sample_noise_range *out,
                             gsl_vector *at_least, gsl_vector *at_most);

/* The worst pairs (r, q) in the column space that a search finds: a is symmetric in r and q, so
 * that replacing r by the best q in turn never goes back.  The first of `starts` starts is
 * the part of one sample in the column space (of largest leverage: exact where the samples are
 * linearly independent), the others are drawn; `rounds` turns each; local extremes, so that *out is
 * inside the true range. */
int sample_noise_worst(const gsl_matrix *basis, size_t starts, size_t rounds, gsl_rng *rng,
                       sample_noise_range *out);

/* mu for given r; its least and largest value over all r in the column space (exact, a symmetric
 * eigenproblem). */
int sample_noise_loss(const gsl_matrix *x, const gsl_vector *r, double *mu);
int sample_noise_loss_range(const gsl_matrix *x, const gsl_matrix *basis, sample_noise_range *out);

/* The largest step that is stable in mean square with batches of b drawn with replacement, for the
 * data's own fourth moments: the largest eigenvalue of M -> E[(I - eta H) M (I - eta H)],
 * H = (1/b) sum x x' + ridge I, is 1 there.  `features` (n x d) are the samples in the eigenbasis,
 * lambda (length d) the eigenvalues of X'X/n + ridge I.
 *
 * With A the full Hessian that is where (eta/b) kappa(eta) = 1, kappa the radius of
 * M -> (AM + MA - eta AMA + (eta/b) SMS)^-1 E[x x'M x x'], self-adjoint in a suitable product: by
 * Lanczos' method, which encloses kappa from both sides however close its neighbours are, inside a
 * root finder.  The error is a bound but for the rounding of the tridiagonal matrix, for which 64
 * (n + d) u are added.  O(n d^2) a step of some hundred.
 * GSL_SUCCESS; GSL_EINVAL (batch 0); GSL_EMAXITER where eta_c is not known to
 * SAMPLE_NOISE_DOUBT_MOST of it; GSL_ENOMEM. */
#define SAMPLE_NOISE_DOUBT_MOST 1e-6
int sample_noise_critical_step(const gsl_matrix *features, const double *lambda, double ridge,
                               size_t batch, law_value *eta_c, diagnostic *diag);

#endif
