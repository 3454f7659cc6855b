/* noise_geometry.h -- the noise of SGD on a Gaussian design, in closed form: its alignment with the
 * Hessian, the largest step that is stable in mean square, the growth beyond it, and where the
 * growing loss goes.
 *
 * Everything is O(d) in the eigenbasis; no matrix is formed.  Zero eigenvalues (directions that the
 * data do not reach) take no part.  The design is a random_design within its domain; of it, only
 * Gaussian features with their own noise are meant: its ablation fields are not read. */
#ifndef SUSPALIGN_LAWS_NOISE_GEOMETRY_H
#define SUSPALIGN_LAWS_NOISE_GEOMETRY_H

#include <stddef.h>
#include "laws/alignment_law.h"
#include "model/diagnostic.h"
#include "model/random_design.h"

/* --- the covariance at one state ------------------------------------------------------------ */

/* a(v) = v'Sigma v / (2L v'Sv), v of length d.  In [1, 2].  Error gamma_{2d+12} times
 * a + 2 sqrt((a - 1) s) + s <= 5, s = (sum lambda_i |v_i delta_i|)^2/(2L v'Sv) <= 1.
 * GSL_EDOM, with a message, where it is not defined: L = 0, or v'Sv = 0. */
int noise_directional_alignment(const random_design *r, const double *v, law_value *out,
                                diagnostic *diag);

/* mu = Tr(Sigma S) / (2L |S|_F^2).  Relative error gamma_{2d+12}.  GSL_EDOM where L = 0. */
int noise_loss_alignment(const random_design *r, law_value *out, diagnostic *diag);

/* What mu can be over all delta: 1 + lambda^2/Tr S^2 at the least positive and at the largest
 * eigenvalue. */
void noise_loss_alignment_range(const random_design *r, double *least, double *most);

/* --- whole runs ----------------------------------------------------------------------------- */

/* sum_j eta lambda_j / (2b - (b+1) eta lambda_j), below 1 where the step is stable in mean square.
 * GSL_EDOM, with a message, at or beyond the pole eta = 2b/((b+1) lambda_1), where the sharpest
 * direction alone is unstable. */
int noise_stability_sum(const random_design *r, double eta, double *sum, diagnostic *diag);

/* eta_c: the step at which that sum is 1; stable in mean square below it.  In [eta]. */
int noise_critical_step(const random_design *r, law_value *eta_c, diagnostic *diag);

/* The bounds 2b/(Tr S + (b+1) lambda_1) <= eta_c <= 2b/(Tr S + (b+1) Tr S^2/Tr S). */
void noise_critical_step_bounds(const random_design *r, double *least, double *most);

/* At the step r->eta > 0: the factor by which E L grows a step in the long run (above or below 1),
 * and the share of E L that direction i has then, in share[i] (length d, sum 1).  share may be
 * NULL. *share_error bounds the relative error of each share.
 * GSL_EDOM, with a message, for eta = 0 or where rounding cannot tell the root; GSL_ENOMEM. */
typedef struct {
  law_value rho;
  double share_error;
  double slowest; /* the largest diagonal entry of the recursion, below rho: everything but the
                     leading mode falls behind like (slowest/rho)^t at least */
} noise_growth;

int noise_growth_of(const random_design *r, noise_growth *out, double *share, diagnostic *diag);

/* The limit of the mean-field alignment of the gradient with the first k directions, at r->eta:
 * sum_{i<=k} lambda_i^2 m_i / sum_i lambda_i^2 m_i of the leading mode.  Codes as above. */
int noise_limit_alignment(const random_design *r, law_value *out, diagnostic *diag);

/* One step of size eta: m_i = E delta_i^2 (length d) becomes that after it.  O(d).  Relative error
 * of each entry at most gamma_{d+16} + 4 sqrt(b) u more than before. */
void noise_step(const random_design *r, double eta, double *m);

/* sum_{i<=k} lambda_i^2 m_i / sum_i lambda_i^2 m_i: relative error gamma_{d+6} over that of m. */
double noise_mean_field_alignment(const random_design *r, const double *m);

#endif
