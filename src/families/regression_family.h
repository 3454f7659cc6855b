/* regression_family.h -- states of SGD runs on a labelled data set. */
#ifndef SUSPALIGN_FAMILIES_REGRESSION_FAMILY_H
#define SUSPALIGN_FAMILIES_REGRESSION_FAMILY_H

#include <gsl/gsl_rng.h>
#include <gsl/gsl_vector.h>
#include "families/family.h"
#include "model/diagnostic.h"
#include "model/least_squares.h"

extern const family regression_family;

typedef struct {
  least_squares *problem; /* owned */
  gsl_vector *w;          /* owned: the state, after `steps` steps of size `eta` from 0; on some
                             instances moved along a dominant direction after them */
  quadratic *state;       /* owned: the same in the eigenbasis, with the noise of one sample */
  size_t steps, batch;
  double eta;
} regression;

/* A run of drawn length, step size and batch size on the data set that regression_data_file names.
 * NULL, with a message, when the data cannot be read or memory is out. */
regression *regression_generate(gsl_rng *rng, diagnostic *diag);

/* The state w (length columns, copied) on that data set, with no history: steps and eta 0, batches
 * of one.  k = 0: proposed.  NULL, with a message (diag may be NULL), on data that cannot be read
 * or have another number of features, no gap at k, a ridge below 0, or when memory is out. */
regression *regression_literal(double ridge, size_t k, size_t columns, const double *w,
                               diagnostic *diag);
void regression_free(regression *r);

/* $SUSPALIGN_DATA, or the digits data where they are installed. */
const char *regression_data_file(void);

#endif
