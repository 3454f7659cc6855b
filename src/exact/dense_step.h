/* dense_step.h -- SGD steps without the eigenbasis: dense A, P and Sigma in a random orthogonal
 * basis.  The oracle for everything that is computed one direction at a time. */
#ifndef SUSPALIGN_EXACT_DENSE_STEP_H
#define SUSPALIGN_EXACT_DENSE_STEP_H

#include <stdint.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_vector.h>
#include "model/quadratic.h"

enum { DENSE_STEP_DIMENSION_MOST = 24 };

/* A quadratic with its state in a basis that is not the eigenbasis. */
typedef struct {
  size_t d;
  gsl_matrix *basis;      /* U, d x d orthogonal: column i is the image of direction i */
  gsl_matrix *hessian;    /* A = U diag(lambda) U' */
  gsl_matrix *projector;  /* P, on the first k columns of U */
  gsl_matrix *covariance; /* U Sigma U' */
  gsl_vector *x;          /* the state: A x = g */
  double unit;            /* 64 d^2 u: bounds the relative error of the chains of products below */
} dense_quadratic;

/* The basis is Haar-distributed (QR of normals) from the seed.  NULL when memory is out. */
dense_quadratic *dense_quadratic_alloc(const quadratic *q, uint32_t seed);
void dense_quadratic_free(dense_quadratic *dense);

typedef struct {
  double dominant, bulk;           /* E|P g+|^2, E|Q g+|^2 */
  double dominant_loss, bulk_loss; /* E[Delta L_D], E[Delta L_B], L_D = x'PAx/2 */
  double error;                    /* absolute, of the first two */
  double loss_error;               /* absolute, of the other two */
} dense_step_moments;

/* With the noise's full covariance (diag(v) where none is given), from
 * E|P g+|^2 = |P(I - eta A)Ax|^2 + eta^2 tr(P A Sigma A).
 * GSL_SUCCESS or GSL_ENOMEM; d <= DENSE_STEP_DIMENSION_MOST is meant, the cost is O(d^3). */
int dense_step_expectations(const quadratic *q, double eta, dense_step_moments *out);

/* The same in the basis of the seed. */
int dense_step_expectations_in(const quadratic *q, double eta, uint32_t seed,
                               dense_step_moments *out);

/* The loss changes along one path with the noise xi (length d, in the dense basis): of the
 * dominant and the bulk part of the loss under a full SGD step, and of the whole loss under a
 * step projected with P (Dom-SGD) and with Q (Bulk-SGD).  *error bounds each. */
typedef struct {
  double dominant_part, bulk_part; /* L_D(x+) - L_D(x), L_B(x+) - L_B(x), full step */
  double dominant_step, bulk_step; /* L(x+) - L(x), projected steps */
  double error;
} dense_step_paths;

int dense_step_path(const dense_quadratic *dense, double eta, const gsl_vector *xi,
                    dense_step_paths *out);

#endif
