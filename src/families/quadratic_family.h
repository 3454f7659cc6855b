/* quadratic_family.h -- random quadratics with a state, aimed at where claims break: tiny gaps,
 * ties, k = 1 and k = d-1, twelve decades of curvature, vanishing and huge gradients, anisotropic
 * and missing noise, states next to the regime threshold. */
#ifndef SUSPALIGN_FAMILIES_QUADRATIC_FAMILY_H
#define SUSPALIGN_FAMILIES_QUADRATIC_FAMILY_H

#include <stdbool.h>
#include <gsl/gsl_rng.h>
#include "families/family.h"
#include "model/quadratic.h"

extern const family quadratic_family;

typedef enum { AIM_ANY_REGIME, AIM_LOW_REGIME, AIM_HIGH_REGIME } aim_regime;

/* What a claim asks of its instances; a zero field is the freest choice. */
typedef struct {
  size_t d_most;          /* largest dimension; 0: 500 */
  double condition;       /* largest condition number; 0: 1e12 */
  double gap_excess;      /* least gap ratio less 1; 0: 1e-14 */
  aim_regime regime;      /* the state on that side of the threshold, often next to it */
  bool noiseless;         /* v = 0 */
  bool positive_noise;    /* v_i > 0 in every direction */
  bool positive_gradient; /* g_i != 0 in every direction */
  bool two_level;         /* one dominant and one bulk eigenvalue */
  bool full_covariance;   /* a full noise covariance beside its diagonal */
  bool stable_step;       /* 0 < eta < 2 / (lambda_1 + lambda_{k+1}) */
  bool large_start;       /* with stable_step: g_i^2 > s_i, by one part in 1e6 up to 1e8 times */
} quadratic_aim;

/* NULL, with a message, when memory is out. */
quadratic *quadratic_generate(gsl_rng *rng, const quadratic_aim *aim, diagnostic *diag);

/* Small instances for counterexamples, without validation: one dominant and one bulk direction, eta
 * = 0. */
quadratic *quadratic_pair(double lambda_dominant, double lambda_bulk, double g_dominant,
                          double g_bulk, double v_dominant, double v_bulk);

/* q, which may be NULL, with E xi_i = bias along direction i and 0 along the others. */
quadratic *quadratic_with_bias(quadratic *q, size_t i, double bias);

/* q, which may be NULL, at a step size; and with a radius of SAM too. */
quadratic *quadratic_with_step(quadratic *q, double eta);
quadratic *quadratic_with_radius(quadratic *q, double eta, double radius);

/* s_i = eta lambda_i v_i / (2 - eta lambda_i): the stationary E g_i^2 along direction i. */
double quadratic_stationary(const quadratic *q, size_t i);

/* Hypotheses that many claims share; `instance` is a quadratic. */
bool quadratic_has_gap(const void *instance);       /* every dominant lambda > every bulk one */
bool quadratic_is_unbiased(const void *instance);   /* bias NULL or 0 */
bool quadratic_is_interior(const void *instance);   /* 0 < alpha < 1, exactly */
bool quadratic_is_mean_field(const void *instance); /* its reading is the mean-field one */

bool quadratic_is_uncorrelated(const void *instance); /* no full covariance is given */

bool quadratic_has_gradient(const void *instance); /* g != 0: there is an alignment */

/* Labels: which case of interest an instance is.  `instance` is a quadratic. */
bool quadratic_is_condition_low(const void *instance);     /* condition number in [1, 1e3) */
bool quadratic_is_condition_middle(const void *instance);  /* [1e3, 1e6) */
bool quadratic_is_condition_high(const void *instance);    /* [1e6, 1e9) */
bool quadratic_is_condition_extreme(const void *instance); /* 1e9 and more */
bool quadratic_is_one_dominant(const void *instance);      /* k = 1 */
bool quadratic_is_one_bulk(const void *instance);          /* k = d - 1 */
bool quadratic_is_large(const void *instance);             /* d > 100 */
bool quadratic_is_tiny_gap(const void *instance);          /* lambda_k / lambda_{k+1} < 1.001 */
bool quadratic_is_anisotropic(const void *instance);       /* v_i spread over a factor > 100 */
bool quadratic_is_gradient_small(const void *instance);    /* |g|^2 < 1e-6 sum v_i */
bool quadratic_is_gradient_large(const void *instance);    /* |g|^2 > 1e6 sum v_i */
bool quadratic_is_alignment_low(const void *instance);     /* alpha < 1e-3 */
bool quadratic_is_alignment_middle(const void *instance);  /* neither this nor the next */
bool quadratic_is_alignment_high(const void *instance);    /* 1 - alpha < 1e-3 */

#endif
