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

extern const claim cyclical_steps_claim;

enum { CYCLICAL_STEPS_RUNS = 64, CYCLICAL_STEPS_WINS = 56 };

#endif
