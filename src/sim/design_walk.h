/* design_walk.h -- SGD on a Gaussian design, simulated so that a mean which heavy tails rule can be
 * estimated.
 *
 * A product of random matrices has a mean that rare paths make: averages of runs sit far below it.
 * But with w the leading mode of the second moments (m of noise_growth_of), W(delta) =
 * sum_i w_i delta_i^2 obeys E[W(delta+) | delta] = rho W(delta) from every state, because the
 * recursion of the second moments is symmetric.  So along one run, its length set back to 1 after
 * every step, each ratio W(delta+)/W(delta) has the conditional mean rho: an average of them is a
 * test of rho, whatever the path.
 *
 * FALSE ALARM  Given the state, W(delta+) is a sum of squares of polynomials of degree 2 in
 * Gaussians, so that E[R^2] <= 81 rho^2 (hypercontractivity; S. Janson, Gaussian Hilbert Spaces,
 * Cambridge 1997, theorem 5.10).  For non-negative R with conditional mean rho,
 *   P(mean R < rho - t) <= exp(-n t^2/(2*81 rho^2)),
 *   P(mean min(R, c) > rho + t) <= exp(-n t^2/(2 (81 rho^2 + c t/3))):
 * no normal approximation, for dependent steps too. */
#ifndef SUSPALIGN_SIM_DESIGN_WALK_H
#define SUSPALIGN_SIM_DESIGN_WALK_H

#include <stddef.h>
#include <gsl/gsl_rng.h>
#include "model/random_design.h"

/* One step of size eta on a fresh mini-batch: delta (length d) is updated; x and pull are scratch
 * of length d. */
void design_walk_step(const random_design *r, double eta, double *delta, double *x, double *pull,
                      gsl_rng *rng);

typedef struct {
  size_t steps;
  double mean;     /* of the ratios R */
  double capped;   /* of min(R, DESIGN_WALK_CAP rho), with the rho that was given */
  double log_mean; /* of ln R: the growth that a typical run shows, below ln rho (Jensen) */
  double error;    /* standard error of the mean, from the ratios' own spread: for figures */
} design_walk_growth;

#define DESIGN_WALK_CAP 100.0

/* `steps` steps at r->eta from delta, with the weights w (length d, positive where lambda is) and
 * the rate rho.  GSL_SUCCESS or GSL_ENOMEM. */
int design_walk_run(const random_design *r, const double *w, double rho, size_t steps, gsl_rng *rng,
                    design_walk_growth *out);

/* The alignment sum_{i<=k} lambda_i^2 delta_i^2 / sum_i lambda_i^2 delta_i^2 of a run at r->eta
 * from r->delta, its length set back to 1 after every step, averaged over `steps` steps after the
 * first `skip`.  Of a typical run: what a mean over runs has of rare large losses is not in it.
 * GSL_SUCCESS or GSL_ENOMEM. */
int design_walk_alignment(const random_design *r, size_t skip, size_t steps, gsl_rng *rng,
                          double *mean);

/* By how much, relative to rho, the mean may miss it on the low side and the capped mean on the
 * high side, each with the given probability at most. */
double design_walk_slack(size_t steps, double probability);

#endif
