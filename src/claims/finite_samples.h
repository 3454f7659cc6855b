/* finite_samples.h -- the alignment of the noise on a data set, all of its samples gone through.
 *
 * CLAIM       N2 (theory/finite_samples)
 * STATEMENT   n >= 2 samples x_s, residuals r = X delta, G = X'X/n.  With q = Xv,
 *               a(v) = n (sum r_s^2 q_s^2 - (sum r_s q_s)^2/n)/(|r|^2 |q|^2)
 *             is in [0, n-1], and symmetric in the state and the direction.  Its extremes, over v
 *             or over both, depend on the column space of X alone: on no spectrum, and on d through
 *             the rank only.  If the samples are linearly independent (so n <= d), states and
 *             directions take both ends, 0 and n-1.  mu is a Rayleigh quotient in r, of
 *             (diag(x_s'G x_s) - X G X'/n)/|G|_F^2 on the column space: at most the largest
 *             x_s'G x_s/|G|_F^2, at least the least one less lambda_1(G)^2/|G|_F^2.
 * HYPOTHESES  L > 0; labels without noise.
 * UNITS       none. */
#ifndef SUSPALIGN_CLAIMS_FINITE_SAMPLES_H
#define SUSPALIGN_CLAIMS_FINITE_SAMPLES_H

#include "claims/claim.h"
#include "families/finite_design_family.h"
#include "laws/sample_noise.h"

extern const claim finite_samples_claim;

/* --- the conclusions, of any laws ------------------------------------------------------------- */

/* Functions like those of laws/sample_noise.h, which are the claim's. */
typedef struct {
  int (*basis)(const gsl_matrix *x, gsl_matrix **basis);
  int (*along)(const gsl_vector *r, const gsl_vector *q, double *a);
  int (*directional)(const gsl_matrix *basis, const gsl_vector *r, sample_noise_range *out,
                     gsl_vector *at_least, gsl_vector *at_most);
  int (*loss)(const gsl_matrix *x, const gsl_vector *r, double *mu);
  int (*loss_range)(const gsl_matrix *x, const gsl_matrix *basis, sample_noise_range *out);
} finite_samples_laws;

/* 32 (n + d) n u: what rounding may move a and its extremes by, "error" below. */
double finite_samples_error(size_t n, size_t d);

/* All of them FAIL where every residual is 0, and are UNDECIDED where a law fails. */
/* In six drawn directions v: |a - a by definition| <= error (1 + |X|^2 |v|^2/|Xv|^2)^2, |mu - mu by
 * definition| <= n error, a and mu in their ranges and that of a in [0, n-1], to error. */
verdict finite_samples_definition(const finite_design *f, const finite_samples_laws *laws,
                                  claim_note *note);
/* The range of mu is between the least x_s'G x_s/|G|^2 less lambda_1(G)^2/|G|^2 and the largest, to
 * 2 n error. */
verdict finite_samples_between(const finite_design *f, const finite_samples_laws *laws,
                               claim_note *note);
/* a at the two q's is what the range says, to 2 error; with r and q exchanged, to error. */
verdict finite_samples_attained(const finite_design *f, const finite_samples_laws *laws,
                                claim_note *note);
/* The same range for the same column space, to error + 1e-8 n; VACUOUS where rounding has moved the
 * rank. */
verdict finite_samples_columns(const finite_design *f, const finite_samples_laws *laws,
                               claim_note *note);
/* With e_1 for r, a = n-1 along itself and 0 along e_2, to error; VACUOUS below rank n. */
verdict finite_samples_ends(const finite_design *f, const finite_samples_laws *laws,
                            claim_note *note);

#endif
