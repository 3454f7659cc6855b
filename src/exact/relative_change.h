/* relative_change.h -- how far a step is from changing nothing, as a number without units whose
 * sign is the certified one: what a search for counterexamples follows. */
#ifndef SUSPALIGN_EXACT_RELATIVE_CHANGE_H
#define SUSPALIGN_EXACT_RELATIVE_CHANGE_H

#include <stdbool.h>
#include "exact/exact_step.h"

/* Of the alignment, in [-1, 1], under the reading of step->q: in mean field
 * (D B_0 - B D_0)/(D B_0 + B D_0), in true expectation the change itself.  NaN where it is not
 * defined (no gradient, say). */
double relative_change_of_alignment(const exact_step *step);

/* Of the expected loss of the dominant set (or the bulk), in [-1, 1]: E[Delta L]/(E L' + L) with L
 * the part of the loss. */
double relative_change_of_loss(const exact_step *step, bool dominant);

#endif
