/* hessian_input.h -- a Hessian, a gradient and its noise from files of a user, and what is said of
 * them: how they were read, and the spectrum where it is all there is. */
#ifndef SUSPALIGN_CLI_HESSIAN_INPUT_H
#define SUSPALIGN_CLI_HESSIAN_INPUT_H

#include <stdbool.h>
#include <stdio.h>
#include <jansson.h>
#include "io/matrix_file.h"
#include "model/diagnostic.h"
#include "model/hessian.h"
#include "model/quadratic.h"
#include "model/spectrum.h"

/* Up to here the exact laws take in the whole covariance of the noise, each of them at the price of
 * a decomposition of that size; beyond, its diagonal in the eigenbasis. */
enum { HESSIAN_COVARIANCE_MOST = 200 };

/* What the command line asks for. */
typedef struct {
  const char *hessian, *gradient, *covariance; /* files; NULL for none */
  bool has_variance, has_damping;
  double variance, damping;
} hessian_files;

/* How a matrix came in. */
typedef struct {
  io_matrix_facts facts;
  asymmetry asymmetry;
} matrix_origin;

typedef struct {
  hessian_files files;
  matrix_origin hessian, covariance;
  size_t covariance_rows, covariance_columns; /* of the file; 0 without one */
  double covariance_least; /* its least eigenvalue as computed, where it is a matrix */
  double storage_error; /* how far rounding to the stored precision may have moved an eigenvalue */
  bool proposed;        /* k was not asked for */
  spectrum *spectrum;   /* owned */
  eigen_accuracy accuracy;
  quadratic *state; /* owned; NULL without a gradient */
} hessian_input;

/* GSL_SUCCESS, or the codes of matrix_file.h and hessian.h with a message that names the file.
 * k = 0: proposed.  *out is the caller's to free whatever is returned. */
int hessian_input_read(const hessian_files *files, size_t k, hessian_input *out, diagnostic *diag);
void hessian_input_free(hessian_input *input); /* also all zero */

/* The state, from now on the caller's; NULL without a gradient. */
quadratic *hessian_input_take_state(hessian_input *input);

/* How it was read, and how well decomposed. */
void hessian_input_print(FILE *stream, const hessian_input *input);
json_t *hessian_input_json(const hessian_input *input);

/* What can be said without a gradient; eta = 0 for no step. */
void hessian_spectrum_print(FILE *stream, const hessian_input *input, double eta);
json_t *hessian_spectrum_json(const hessian_input *input);

#endif
