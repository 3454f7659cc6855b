/* real_data.h -- T1 to T3 on a labelled data set, every expectation a finite sum.
 *
 * CLAIM       D1 (theory/real_data)
 * STATEMENT   Along SGD with mini-batches of one on least squares, with the true, state-dependent,
 *             non-Gaussian noise of the mini-batch, the conclusions of L1, L2, T1, T2 and T3 hold
 *             at every state, each expectation taken as the exact mean over the n outcomes.
 * HYPOTHESES  gap; 0 < alpha < 1; mean-field reading. */
#ifndef SUSPALIGN_CLAIMS_REAL_DATA_H
#define SUSPALIGN_CLAIMS_REAL_DATA_H

#include "claims/claim.h"
#include "claims/one_step_moments.h"
#include "families/regression_family.h"
#include "model/least_squares.h"

extern const claim real_data_claim;

/* The eigenbasis of the Hessian is a computed one: its residual adds to every moment, by eight
 * times the error of the eigenvalues relative to the largest. */
double real_data_basis_error(const regression *r);

/* What that adds to E|Pg+|^2 and to E|Qg+|^2 at the step eta, `reach` = 1 + eta lambda_1/2:
 * basis reach^2 (D_0 + B_0 + eta^2 (V_D + V_B)). */
double real_data_moment_error(const one_step_moments *m, double basis, double reach, double eta);

/* The error of D B_0 - B D_0, D = truth->dominant and B = truth->bulk enumerated: (e + basis (D +
 * B))(D_0 + B_0) + (error of the moments + gamma_4)(D B_0 + B D_0). */
double real_data_change_error(const least_squares_outcomes *truth, const one_step_moments *m,
                              double basis);

#endif
