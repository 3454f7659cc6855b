/* quadratic_violate.h -- random changes after which a quadratic violates one hypothesis and, as a
 * rule, no other: where the search for counterexamples starts.
 *
 * `instance` is a quadratic that meets the hypotheses; false: it could not be changed so (memory,
 * or a shape in which the hypothesis cannot be violated), and it may be changed in part.
 * Hypotheses on the state that a change breaks by the way (the regime, a large start) are put right
 * by the second group. */
#ifndef SUSPALIGN_FAMILIES_QUADRATIC_VIOLATE_H
#define SUSPALIGN_FAMILIES_QUADRATIC_VIOLATE_H

#include <stdbool.h>
#include <gsl/gsl_rng.h>
#include "model/quadratic.h"

/* --- one hypothesis each -------------------------------------------------------------------- */

/* The dominant set is not the top k: the eigenvalues change places, all of them or two. */
bool quadratic_violate_order(void *instance, gsl_rng *rng);
/* lambda_k = lambda_{k+1}: a tie at the boundary, or all eigenvalues equal. */
bool quadratic_violate_tie(void *instance, gsl_rng *rng);
/* One of the two. */
bool quadratic_violate_gap(void *instance, gsl_rng *rng);
/* The same of a run: at a step that is stable still, and from a large start. */
bool quadratic_violate_gap_of_run(void *instance, gsl_rng *rng);
/* E xi against or along the gradient, in one direction or in all. */
bool quadratic_violate_unbiased(void *instance, gsl_rng *rng);
/* No gradient in one of the sets; half of the time no noise there either. */
bool quadratic_violate_interior(void *instance, gsl_rng *rng);
/* No gradient in the dominant set: alignment 0. */
bool quadratic_violate_interior_at_zero(void *instance, gsl_rng *rng);
/* True expectation, noise of two signs; a few directions of either set are kept. */
bool quadratic_violate_reading(void *instance, gsl_rng *rng);
/* A full covariance with the same variances: correlated in pairs of signs, partly or wholly; a few
 * directions are kept. */
bool quadratic_violate_uncorrelated(void *instance, gsl_rng *rng);
/* No noise in the dominant set, whole. */
bool quadratic_violate_dominant_noise(void *instance, gsl_rng *rng);
/* No noise in one of the sets. */
bool quadratic_violate_noise_in_both(void *instance, gsl_rng *rng);
/* No noise in the dominant set, or in one direction. */
bool quadratic_violate_positive_noise(void *instance, gsl_rng *rng);
/* Noise, as a rule far more of it in the bulk. */
bool quadratic_violate_noiseless(void *instance, gsl_rng *rng);
/* 2/(lambda_1 + lambda_{k+1}) <= eta < 2/lambda_1. */
bool quadratic_violate_stable_step(void *instance, gsl_rng *rng);
/* g_i^2 < s_i in one direction, or in one of the sets. */
bool quadratic_violate_large_start(void *instance, gsl_rng *rng);
/* Another, smaller step size from some step on. */
bool quadratic_violate_constant_step(void *instance, gsl_rng *rng);
/* eta lambda_i = 1 exactly for every dominant i: one step wipes the dominant set out. */
bool quadratic_violate_slow_dominant(void *instance, gsl_rng *rng);
/* Without the radius of sharpness-aware minimisation. */
bool quadratic_violate_radius(void *instance, gsl_rng *rng);
/* Delta to the other side of 0, by the noise. */
bool quadratic_violate_low_regime(void *instance, gsl_rng *rng);
bool quadratic_violate_high_regime(void *instance, gsl_rng *rng);

/* The two ways of having no gap, as hypotheses: false where the dominant set is not a top k, not
 * even up to ties; false where it is and lambda_k = lambda_{k+1}. */
bool quadratic_is_in_order(const void *instance);
bool quadratic_is_not_tied(const void *instance);

/* --- what a change has to put right ---------------------------------------------------------- */

/* Delta > 0 (< 0), up to rounding, by more noise in the dominant set (the bulk). */
void quadratic_make_low(quadratic *q, gsl_rng *rng);
void quadratic_make_high(quadratic *q, gsl_rng *rng);
/* g_i^2 > s_i in every direction at the step eta: the gradient is drawn anew. */
void quadratic_make_start_large(quadratic *q, gsl_rng *rng);
/* At most `dominant` and `bulk` directions, the first ones of each set. */
void quadratic_keep(quadratic *q, size_t dominant, size_t bulk);

#endif
