/* toy_projected.h -- Dom-SGD and Bulk-SGD on the toy model of two losses.
 *
 * CLAIM       P3 (theory/toy_projected)
 * STATEMENT   Dom-SGD moves x alone, Bulk-SGD y alone:
 *               Dom:  E x_t^2 = X_oo + p^{2t} (X - X_oo), X_oo = e^2 Y/(1 - p^2), y as it is;
 *               Bulk: E y_t^2 = Y_oo + r^{2t} (Y - Y_oo), Y_oo = e^2 X/(1 - r^2), x as it is.
 *             From the limit z* of SGD, E L falls by mu_+ a step for ever; Dom-SGD takes away no
 *             more than the part (1 - mu_+)/(1 - p^2) of E L_D and Bulk-SGD (1 - mu_+)/(1 - r^2) of
 *             E L_B, which is the larger part; of the whole loss Bulk-SGD takes away more if and
 *             only if z* < (2 - eta a)/(2 - eta b).  What Bulk-SGD leaves is at least E L_D, the
 *             part a z* /(a z* + b) of the loss.
 * HYPOTHESES  a > b; 0 < eta < 2/(a + b); c != 0; two equally likely losses; (1-p^2)(1-r^2) > e^4.
 * UNITS       t in steps. */
#ifndef SUSPALIGN_CLAIMS_TOY_PROJECTED_H
#define SUSPALIGN_CLAIMS_TOY_PROJECTED_H

#include "claims/claim.h"

extern const claim toy_projected_claim;

#endif
