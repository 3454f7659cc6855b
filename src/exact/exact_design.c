#include "config.h"
#include "exact/exact_design.h"

#include <stdlib.h>

static void multiply_d(arb_t value, double x, slong precision) {
  arb_t factor;
  arb_init(factor);
  arb_set_d(factor, x);
  arb_mul(value, value, factor, precision);
  arb_clear(factor);
}

void exact_design_fourth(arb_t value, const random_design *r, size_t i, size_t j, size_t k,
                         size_t l, slong precision) {
  if (i == j && j == k && k == l) {
    arb_set_d(value, r->kurtosis);
    multiply_d(value, r->lambda[i], precision);
    multiply_d(value, r->lambda[i], precision);
  } else if (i == j && k == l) {
    arb_set_d(value, r->lambda[i]);
    multiply_d(value, r->lambda[k], precision);
  } else if ((i == k && j == l) || (i == l && j == k)) {
    arb_set_d(value, r->lambda[i]);
    multiply_d(value, r->lambda[j], precision);
  } else
    arb_zero(value);
}

void exact_design_curvature(arb_t value, const random_design *r, const double *v, slong precision) {
  arb_t term;
  arb_init(term);
  arb_zero(value);
  for (size_t i = 0; i < r->d; i++) {
    arb_set_d(term, v[i]);
    arb_sqr(term, term, precision);
    multiply_d(term, r->lambda[i], precision);
    arb_add(value, value, term, precision);
  }
  arb_clear(term);
}

/* 2L (Tr S/d) |v|^2 */
static void isotropic_noise(arb_t value, const random_design *r, const double *v, slong precision) {
  arb_t trace, term;
  arb_init(trace);
  arb_init(term);
  exact_design_curvature(value, r, r->delta, precision);
  for (size_t i = 0; i < r->d; i++) {
    arb_set_d(term, r->lambda[i]);
    arb_add(trace, trace, term, precision);
  }
  arb_mul(value, value, trace, precision);
  arb_div_ui(value, value, r->d, precision);
  arb_zero(trace);
  for (size_t i = 0; i < r->d; i++) {
    arb_set_d(term, v[i]);
    arb_addmul(trace, term, term, precision);
  }
  arb_mul(value, value, trace, precision);
  arb_clear(trace);
  arb_clear(term);
}

void exact_design_noise(arb_t value, const random_design *r, const double *v, slong precision) {
  if (r->d > EXACT_DESIGN_QUADRUPLES_MOST) {
    arb_indeterminate(value);
    return;
  }
  if (r->isotropic) {
    isotropic_noise(value, r, v, precision);
    return;
  }
  arb_t term, mean;
  arb_init(term);
  arb_init(mean);
  arb_zero(value);
  /* E (v'x)(x'delta)(delta'x)(x'v), and less (v'S delta)^2 = (E (v'x)(x'delta))^2 */
  for (size_t i = 0; i < r->d; i++)
    for (size_t j = 0; j < r->d; j++)
      for (size_t k = 0; k < r->d; k++)
        for (size_t l = 0; l < r->d; l++) {
          exact_design_fourth(term, r, i, j, k, l, precision);
          if (arb_is_zero(term))
            continue;
          multiply_d(term, v[i], precision);
          multiply_d(term, r->delta[j], precision);
          multiply_d(term, r->delta[k], precision);
          multiply_d(term, v[l], precision);
          arb_add(value, value, term, precision);
        }
  for (size_t i = 0; i < r->d && !r->uncentred; i++) {
    arb_set_d(term, r->lambda[i]);
    multiply_d(term, v[i], precision);
    multiply_d(term, r->delta[i], precision);
    arb_add(mean, mean, term, precision);
  }
  arb_submul(value, mean, mean, precision);
  arb_clear(term);
  arb_clear(mean);
}

void exact_design_directional_excess(arb_t value, const void *argument, slong precision) {
  const exact_direction *at = argument;
  arb_t loss, curvature;
  arb_init(loss);
  arb_init(curvature);
  exact_design_noise(value, at->r, at->v, precision);
  exact_design_curvature(loss, at->r, at->r->delta, precision);
  exact_design_curvature(curvature, at->r, at->v, precision);
  arb_mul(loss, loss, curvature, precision);
  multiply_d(loss, at->level, precision);
  arb_sub(value, value, loss, precision);
  arb_clear(loss);
  arb_clear(curvature);
}

void exact_design_directional(arb_t value, const void *argument, slong precision) {
  const exact_direction *at = argument;
  arb_t scale;
  arb_init(scale);
  exact_design_noise(value, at->r, at->v, precision);
  exact_design_curvature(scale, at->r, at->r->delta, precision);
  arb_div(value, value, scale, precision);
  exact_design_curvature(scale, at->r, at->v, precision);
  arb_div(value, value, scale, precision);
  arb_clear(scale);
}

/* Tr(Sigma S) = sum_i lambda_i e_i'Sigma e_i; Tr S^2 */
static void traces(arb_t noise, arb_t square, const random_design *r, slong precision) {
  arb_t term;
  arb_init(term);
  arb_zero(noise);
  arb_zero(square);
  double *axis = calloc(r->d, sizeof *axis);
  for (size_t i = 0; axis != NULL && i < r->d; i++) {
    axis[i] = 1.0;
    exact_design_noise(term, r, axis, precision);
    multiply_d(term, r->lambda[i], precision);
    arb_add(noise, noise, term, precision);
    axis[i] = 0.0;
    arb_set_d(term, r->lambda[i]);
    arb_addmul(square, term, term, precision);
  }
  if (axis == NULL)
    arb_indeterminate(noise);
  free(axis);
  arb_clear(term);
}

void exact_design_loss_excess(arb_t value, const void *argument, slong precision) {
  const exact_level *at = argument;
  arb_t square, term;
  arb_init(square);
  arb_init(term);
  traces(value, square, at->r, precision);
  arb_set_d(term, at->r->lambda[at->i]);
  arb_addmul(square, term, term, precision);
  exact_design_curvature(term, at->r, at->r->delta, precision);
  arb_submul(value, square, term, precision);
  arb_clear(square);
  arb_clear(term);
}

void exact_design_loss_alignment(arb_t value, const void *argument, slong precision) {
  const exact_level *at = argument;
  arb_t square, loss;
  arb_init(square);
  arb_init(loss);
  traces(value, square, at->r, precision);
  arb_div(value, value, square, precision);
  exact_design_curvature(loss, at->r, at->r->delta, precision);
  arb_div(value, value, loss, precision);
  arb_clear(square);
  arb_clear(loss);
}

/* --- whole runs ----------------------------------------------------------------------------- */

/* (E (I - eta H)_ij)^2 + eta^2 Var H_ij, Var H_ij = (E x_i^2 x_j^2 - (E x_i x_j)^2)/b.  With
 * isotropic noise the variance part is that of 2L (Tr S/d)/b in each direction. */
void exact_design_transfer(arb_t value, const random_design *r, double eta, size_t i, size_t j,
                           slong precision) {
  arb_t term, mean;
  arb_init(term);
  arb_init(mean);
  if (r->isotropic) {
    for (size_t n = 0; n < r->d; n++) {
      arb_set_d(term, r->lambda[n]);
      arb_add(mean, mean, term, precision);
    }
    arb_div_ui(value, mean, r->d, precision);
    multiply_d(value, r->lambda[j], precision);
    arb_zero(mean);
  } else
    exact_design_fourth(value, r, i, j, i, j, precision);
  if (i == j) {
    arb_set_d(mean, r->lambda[i]);
    if (!r->isotropic)
      arb_submul(value, mean, mean, precision);
  }
  arb_div_ui(value, value, r->batch, precision);
  multiply_d(value, eta, precision);
  multiply_d(value, eta, precision);
  multiply_d(mean, eta, precision);
  if (i == j)
    arb_sub_ui(mean, mean, 1, precision);
  arb_addmul(value, mean, mean, precision);
  arb_clear(term);
  arb_clear(mean);
}

/* region: definite */
/* Elimination without pivoting, which is stable for the definite and irrelevant otherwise: the
 * signs of the pivots are those of the eigenvalues. */
static certified_sign definite_at(const random_design *r, double eta, double level, size_t n,
                                  slong precision) {
  arb_ptr entry = _arb_vec_init((slong)(n * n));
  arb_t factor;
  arb_init(factor);
  certified_sign sign = SIGN_POSITIVE;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      arb_ptr at = entry + i * n + j;
      exact_design_transfer(at, r, eta, i, j, precision);
      if (r->isotropic && i != j) { /* made symmetric by a diagonal similarity */
        arb_set_d(factor, r->lambda[i]);
        multiply_d(factor, r->lambda[j], precision);
        arb_sqrt(factor, factor, precision);
        arb_mul(at, at, factor, precision);
        arb_set_d(factor, r->lambda[j]);
        arb_div(at, at, factor, precision);
      }
      arb_neg(at, at);
      if (i == j) {
        arb_set_d(factor, level);
        arb_add(at, at, factor, precision);
      }
    }
  for (size_t p = 0; p < n && sign == SIGN_POSITIVE; p++) {
    arb_srcptr pivot = entry + p * n + p;
    if (!arb_is_positive(pivot))
      sign = arb_is_nonpositive(pivot) ? SIGN_NEGATIVE : SIGN_UNDECIDED;
    for (size_t i = p + 1; i < n && sign == SIGN_POSITIVE; i++) {
      arb_div(factor, entry + i * n + p, pivot, precision);
      for (size_t j = i; j < n; j++) {
        arb_submul(entry + i * n + j, factor, entry + p * n + j, precision);
        arb_set(entry + j * n + i, entry + i * n + j);
      }
    }
  }
  arb_clear(factor);
  _arb_vec_clear(entry, (slong)(n * n));
  return sign;
}
/* end region: definite */

certificate exact_design_definite(const random_design *r, double eta, double level, size_t n) {
  certificate found = {SIGN_UNDECIDED, CERTIFIED_PRECISION_MOST};
  for (slong precision = CERTIFIED_PRECISION_LEAST;
       precision <= CERTIFIED_PRECISION_MOST && found.sign == SIGN_UNDECIDED; precision *= 4)
    found = (certificate){definite_at(r, eta, level, n, precision), precision};
  return found;
}

bool exact_design_is_mode(const random_design *r, double eta, const double *m, size_t n, double rho,
                          double relative) {
  bool all = true;
  arb_t sum, term, bound;
  arb_init(sum);
  arb_init(term);
  arb_init(bound);
  for (size_t i = 0; i < n && all; i++) {
    arb_zero(sum);
    for (size_t j = 0; j < n; j++) {
      exact_design_transfer(term, r, eta, i, j, CERTIFIED_PRECISION_LEAST);
      multiply_d(term, m[j], CERTIFIED_PRECISION_LEAST);
      arb_add(sum, sum, term, CERTIFIED_PRECISION_LEAST);
    }
    arb_set_d(term, rho);
    multiply_d(term, m[i], CERTIFIED_PRECISION_LEAST);
    arb_sub(sum, sum, term, CERTIFIED_PRECISION_LEAST);
    multiply_d(term, relative, CERTIFIED_PRECISION_LEAST);
    arb_abs(sum, sum);
    arb_sub(bound, term, sum, CERTIFIED_PRECISION_LEAST);
    all = arb_is_nonnegative(bound);
  }
  arb_clear(sum);
  arb_clear(term);
  arb_clear(bound);
  return all;
}
