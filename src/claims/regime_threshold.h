/* regime_threshold.h -- the alignment at which the low regime ends.
 *
 * CLAIM       R1 (theory/regime_threshold)
 * STATEMENT   With G = |g|^2 and the directions inside each subspace fixed (p = D_2/D_0,
 *             q = B_2/B_0) and V_D, V_B > 0, Delta falls strictly from +oo to -oo as alpha goes
 *             from 0 to 1.  Its zero alpha_c is the root in (0,1) of
 *               (p-q) G a (1-a) + V_D (1-a) - V_B a = 0,
 *             and the regime is low exactly when alpha < alpha_c.  eta*(alpha) rises from 0 to +oo
 *             on (0, alpha_c); alpha_c -> V_D/(V_D+V_B) as G -> 0, alpha_c -> 1 as G -> oo.
 * HYPOTHESES  gap; 0 < alpha < 1; V_D, V_B > 0. */
#ifndef SUSPALIGN_CLAIMS_REGIME_THRESHOLD_H
#define SUSPALIGN_CLAIMS_REGIME_THRESHOLD_H

#include "claims/claim.h"
#include "claims/critical_step.h"
#include "claims/one_step_moments.h"

extern const claim regime_threshold_claim;

typedef struct {
  double alpha_c;    /* in [0, 1]: the regime is low exactly when alpha < alpha_c */
  double complement; /* 1 - alpha_c, accurate where alpha_c rounds to 1 */
  double error;      /* relative, of both */
} regime_threshold;

/* The threshold for the state's own G, p, q; V_D = 0 or V_B = 0 are allowed (alpha_c is then 1
 * when V_B = 0, and max(0, 1 - V_B/((p-q)G)) when V_D = 0).  O(1).
 * GSL_SUCCESS, or GSL_EDOM when the alignment is 0 or 1; then *out is untouched. */
int regime_threshold_of(const one_step_moments *m, regime_threshold *out);

/* --- what the conclusions decide, of a reading that is given: tests plant errors in it -----------
 */

/* The certified Delta changes its sign within 8 (4 threshold->error + 8 m->error) of the odds
 * alpha_c/(1-alpha_c), relatively; *m is that of q.  UNDECIDED where 4 threshold->error + 8
 * m->error is above 1e-3, or the odds not within 1e-60 and 1e60. */
verdict regime_threshold_expect_turn(const quadratic *q, const one_step_moments *m,
                                     const regime_threshold *threshold, claim_note *note);

/* A state of these moments is below the threshold exactly when it is low; UNDECIDED where its odds
 * are those of the threshold but for 4 threshold->error + 8 m->error, relatively. */
verdict regime_threshold_expect_side(bool low, const one_step_moments *m,
                                     const regime_threshold *threshold, claim_note *note);

/* eta* rises from each step to the next, from 0 to the first; UNDECIDED where it does not but its
 * errors, and `error` relatively, would let it. */
verdict regime_threshold_expect_rise(const critical_step *step, size_t count, double error,
                                     claim_note *note);

/* The two explicit rates of the limits G -> 0 and G -> oo, within threshold->error + 4 m->error. */
verdict regime_threshold_expect_rates(const one_step_moments *m, const regime_threshold *threshold,
                                      claim_note *note);

#endif
