/* loss_split.h -- the loss splits, and projected updates act on one part each.
 *
 * CLAIM       L2 (theory/loss_split)
 * STATEMENT   L = L_D + L_B.  Along every path, a Dom-SGD step changes L by what the full step
 *             changes L_D, a Bulk-SGD step by what it changes L_B.  In expectation
 *               E[Delta L_D] = -eta D_0 + eta^2 (D_1 + tau_D)/2,
 *               E[Delta L_B] = -eta B_0 + eta^2 (B_1 + tau_B)/2.
 * HYPOTHESES  E xi = 0 (for the expectations alone).
 * UNITS       losses in [g]^2 [eta]. */
#ifndef SUSPALIGN_CLAIMS_LOSS_SPLIT_H
#define SUSPALIGN_CLAIMS_LOSS_SPLIT_H

#include "claims/claim.h"
#include "claims/one_step_moments.h"
#include "exact/dense_step.h"

extern const claim loss_split_claim;

/* E[Delta L_D] and E[Delta L_B], eta >= 0; *error (may be NULL) bounds the absolute error. */
double loss_split_dominant_change(const one_step_moments *m, double eta, double *error);
double loss_split_bulk_change(const one_step_moments *m, double eta, double *error);

/* --- what the conclusions decide, of any reading ---------------------------------------------- */

/* The steps that are tried: 1/1000, 1 and 1.9 times 1/lambda_1, 1/lambda_{k+1} and 10/lambda_d. */
enum { LOSS_SPLIT_STEPS = 5 };
void loss_split_steps(const quadratic *q, double eta[LOSS_SPLIT_STEPS]);

/* HOLDS when |value - truth| is at most `error` and what a certified value may be off, 2u |truth|.
 */
verdict loss_split_compare(double value, double truth, double error, double eta, const char *what,
                           claim_note *note);

/* The two halves of the pathwise identity, of numbers that are given. */
verdict loss_split_judge_path(const dense_step_paths *paths, double eta, claim_note *note);

/* Whether E (g'_i)^2 - g_i^2 of q is 2 lambda_i E[Delta L_i] of `loss_of`, whose g_i is taken off;
 * and that for all i, after E[Delta L_D] and E[Delta L_B] of `loss_of` are the statement's of q. */
verdict loss_split_judge_direction(const quadratic *q, const quadratic *loss_of, size_t i,
                                   claim_note *note);
verdict loss_split_judge_polynomials(const quadratic *q, const quadratic *loss_of,
                                     claim_note *note);

#endif
