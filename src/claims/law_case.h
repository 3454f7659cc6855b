/* law_case.h -- the Gaussian laws that an instance brings with it, and a plain quadrature to hold
 * the exact ones against.  What T5a, T5b and T5c share. */
#ifndef SUSPALIGN_CLAIMS_LAW_CASE_H
#define SUSPALIGN_CLAIMS_LAW_CASE_H

#include <stdbool.h>
#include "claims/claim.h"
#include "laws/alignment_law.h"
#include "model/quadratic.h"

/* g_i ~ N(a_i, w_i): the gradient after one step of 0.3, 1 or 1.9 over lambda_1 from the state, or
 * the stationary one at the step 0.7 over lambda_1. */
enum { LAW_CASE_COUNT = 4 };

typedef struct {
  size_t d, k;
  double *a, *w;      /* length d, owned */
  alignment_law *law; /* owned, as those below */
  /* The laws with a closed form that belong to it: law_case_pair (its ratio beside) and
   * law_case_equal; NULL where there is none. */
  alignment_law *pair, *equal;
  double ratio;
} law_case;

/* NULL when there is no such law (no noise at all, say) or memory is out. */
law_case *law_case_alloc(const quadratic *q, int which);
void law_case_free(law_case *c);

/* Runs the check on every case of the instance that has a law, up to the first that fails or is
 * undecided; VACUOUS when none has. */
verdict law_case_each(const quadratic *q, verdict (*check)(const law_case *, claim_note *),
                      claim_note *note);

/* E[alpha^power], power 1 or 2, from the integrals of T5a or T5b as they stand, by GSL's adaptive
 * Gauss-Kronrod rule over ln s with plain log1p and exp: slow, simple, and shares nothing with
 * laws/alignment_law. */
law_value law_case_quadrature(const law_case *c, int power);

/* The centred law of two directions with the variances of directions 1 and k+1 of the case; NULL
 * when one of them is 0. *ratio = sqrt(w_1 / w_{k+1}). */
alignment_law *law_case_pair(const law_case *c, double *ratio);

/* The centred law of d equal variances: Beta(k/2, (d-k)/2). */
alignment_law *law_case_equal(const law_case *c);

/* lambda = (2, 1), g = 0, v = (1, 1) with correlation 4/5: after a step E alpha = 26/37, not 2/3. A
 * quadratic; NULL when memory is out. */
void *law_case_correlated(void);

/* |x - y| within both errors and `slack`. */
bool law_case_agree(law_value x, double y, double slack);

/* Labels; `instance` is a quadratic: the smallest of E alpha, E (1 - alpha) over its cases, and d.
 */
bool law_case_is_extreme(const void *instance); /* below 1e-6 */
bool law_case_is_central(const void *instance); /* above 0.1 in one case at least */

#endif
