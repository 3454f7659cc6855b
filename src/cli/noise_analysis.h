/* noise_analysis.h -- what a labelled data set says of SGD's noise on it: how aligned it is with
 * the Hessian, and up to which step mini-batches of a given size are stable in mean square. */
#ifndef SUSPALIGN_CLI_NOISE_ANALYSIS_H
#define SUSPALIGN_CLI_NOISE_ANALYSIS_H

#include <stdio.h>
#include <jansson.h>
#include "laws/alignment_law.h"
#include "model/diagnostic.h"
#include "model/least_squares.h"

typedef struct {
  size_t batch;
  double mu;              /* loss alignment in the state w = 0 */
  double least, most;     /* of the directional alignment, over all directions there */
  law_value eta_gaussian; /* threshold for Gaussian features of this covariance; NaN with a ridge */
  law_value eta_data;     /* for the data's own fourth moments; NaN where it is not known */
  diagnostic eta_data_is_absent; /* then its code is not GSL_SUCCESS, and it says why */
  double eta;                    /* 0: none */
} noise_analysis;

/* Up to this many directions: beyond, one iteration for eta_data is too dear. */
enum { NOISE_ANALYSIS_DIMENSION_MOST = 200 };

/* GSL_SUCCESS; GSL_EDOM (too many directions; every residual is 0; no curvature beside the ridge),
 * the codes of sample_noise.h; of sample_noise_critical_step GSL_ENOMEM alone. */
int noise_analysis_of(const least_squares *p, size_t batch, double eta, noise_analysis *out,
                      diagnostic *diag);

/* Adds batch, loss_alignment, directional_least, directional_most, eta_c_gaussian and eta_c_data to
 * the object, and eta_c_data_absent where there is none: why.  GSL_SUCCESS or GSL_ENOMEM. */
int noise_analysis_add_json(const noise_analysis *a, json_t *object);

/* Every number with one line on what it means here. */
void noise_analysis_print(FILE *stream, const noise_analysis *a);

#endif
