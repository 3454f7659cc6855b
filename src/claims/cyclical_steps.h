/* cyclical_steps.h -- SGD with a cyclical step goes where the valley is flatter; gradient descent
 * with the same steps oscillates across it.
 *
 * CLAIM       N6 (theory/cyclical_steps): an experiment, and one half of it a theorem
 * STATEMENT   In the valley of sim/valley.h, with steps that rise beyond 2/h_1 in every cycle:
 *             gradient descent travels z_end <= x_2(0)^2/(2 (2 - c)) along the floor, c = max eta
 *             h_2(0) < 2, whatever x_1 does.  SGD ends where h_2 is smaller: in a sign test of 64
 *             runs against gradient descent, and of the same 64 against SGD at the constant lowest
 *             step, at least 56 do.
 * HYPOTHESES  noise; a cycle; a floor that flattens; numbers in the range of valley_generate.
 * FALSE ALARM a coin that were fair would show 56 of 64 with probability 3e-10.
 * UNITS       z has none. */
#ifndef SUSPALIGN_CLAIMS_CYCLICAL_STEPS_H
#define SUSPALIGN_CLAIMS_CYCLICAL_STEPS_H

#include "claims/claim.h"
#include "families/valley_family.h"

extern const claim cyclical_steps_claim;

enum { CYCLICAL_STEPS_RUNS = 64, CYCLICAL_STEPS_WINS = 56 };

/* --- what the conclusions are decided by ------------------------------------------------------ */

/* Whether a walk without noise from v->start that has gone as far as this along the floor kept to
 * 0 <= z <= x_2^2/(2 (2 - c)), to gamma_{16 steps}; c = high h_2(0), VACUOUS where c >= 2. */
verdict cyclical_steps_stays(const valley *v, double travelled, claim_note *note);

/* Whether the first cycle of such steps (the claim's are valley_step) crosses x_1 = 0 exactly where
 * eta h_1 > 1: where x_1 is not 0, before it overflows, and 2^-30 away from eta h_1 = 1. */
typedef void cyclical_steps_step(const valley *v, size_t t, valley_place *at, gsl_rng *rng);
verdict cyclical_steps_crosses(const valley *v, cyclical_steps_step *step, claim_note *note);

/* In how many of the CYCLICAL_STEPS_RUNS runs the first valley's walk ends at a smaller h_2 than
 * the second's; a walk that has left the range of doubles is no win. */
size_t cyclical_steps_wins(const valley *one, const valley *other, uint32_t seed);
verdict cyclical_steps_enough(size_t wins, const char *against, claim_note *note);

#endif
