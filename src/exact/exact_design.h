/* exact_design.h -- the noise of a random design from its fourth moments, in ball arithmetic.
 *
 * Everything here starts from E x_i x_j x_k x_l of independent coordinates, one quadruple of
 * indices at a time, and from E (I - eta H)_ij^2; it shares no formula with src/laws: it is what
 * the claims are held against.  The ablation fields of the design are honoured. */
#ifndef SUSPALIGN_EXACT_EXACT_DESIGN_H
#define SUSPALIGN_EXACT_EXACT_DESIGN_H

#include <stdbool.h>
#include "exact/certified.h"
#include "model/random_design.h"

/* E x_i x_j x_k x_l: lambda_i lambda_k and its like for two pairs of indices, kurtosis lambda_i^2
 * for four equal ones, 0 otherwise. */
void exact_design_fourth(arb_t value, const random_design *r, size_t i, size_t j, size_t k,
                         size_t l, slong precision);

/* v'Sigma v summed over all quadruples, and v'Sv, 2L = delta'S delta: O(d^4), for d up to
 * EXACT_DESIGN_QUADRUPLES_MOST. */
enum { EXACT_DESIGN_QUADRUPLES_MOST = 8 };
void exact_design_noise(arb_t value, const random_design *r, const double *v, slong precision);
void exact_design_curvature(arb_t value, const random_design *r, const double *v, slong precision);

/* v'Sigma v - level 2L v'Sv: the sign of a(v) - level.  `argument` is an exact_direction. */
typedef struct {
  const random_design *r;
  const double *v;
  double level;
} exact_direction;

void exact_design_directional_excess(arb_t value, const void *argument, slong precision);
/* a(v) itself. */
void exact_design_directional(arb_t value, const void *argument, slong precision);

/* Tr(Sigma S) - 2L (Tr S^2 + lambda_i^2): the sign of mu - (1 + lambda_i^2/Tr S^2).
 * `argument` is an exact_level. */
typedef struct {
  const random_design *r;
  size_t i;
} exact_level;

void exact_design_loss_excess(arb_t value, const void *argument, slong precision);
/* mu itself; i is not read. */
void exact_design_loss_alignment(arb_t value, const void *argument, slong precision);

/* T_ij = E (I - eta H)_ij^2: E delta_i+^2 = sum_j T_ij E delta_j^2 for uncorrelated delta. */
void exact_design_transfer(arb_t value, const random_design *r, double eta, size_t i, size_t j,
                           slong precision);

/* Whether level I - T is positive definite on the first n directions, by elimination in balls:
 * SIGN_POSITIVE, SIGN_NEGATIVE (it has a negative or zero eigenvalue), or SIGN_UNDECIDED, and the
 * bits that the signs of the pivots took.  T is symmetric, or with isotropic noise made so by a
 * similarity.  O(n^3). */
certificate exact_design_definite(const random_design *r, double eta, double level, size_t n);

/* One step of m -> T m on the first n directions from doubles; true when for each i
 * |(T m)_i - rho m_i| <= relative rho m_i is certain at CERTIFIED_PRECISION_LEAST bits. */
bool exact_design_is_mode(const random_design *r, double eta, const double *m, size_t n, double rho,
                          double relative);

#endif
