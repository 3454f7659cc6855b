/* finite_design_family.h -- small data sets with linear labels, sample by sample. */
#ifndef SUSPALIGN_FAMILIES_FINITE_DESIGN_FAMILY_H
#define SUSPALIGN_FAMILIES_FINITE_DESIGN_FAMILY_H

#include <stdbool.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_vector.h>
#include "families/family.h"

extern const family finite_design_family;

typedef struct {
  gsl_matrix *x;     /* n x d, owned */
  gsl_vector *delta; /* length d, owned: residuals are X delta ... */
  gsl_vector *label; /* length n, owned, or NULL: ... plus these, for ablations */
} finite_design;

/* Zeros, label NULL.  NULL when memory is out. */
finite_design *finite_design_alloc(size_t n, size_t d);
void finite_design_free(finite_design *f);

/* From literal arrays, copied; label may be NULL. */
finite_design *finite_design_literal(size_t n, size_t d, const double *x, const double *delta,
                                     const double *label);

/* Gaussian samples of a drawn spectrum, n and d from 2 to 14, as often n <= d as not; in a drawn
 * basis on half of the instances, with features of two signs on a quarter. */
finite_design *finite_design_generate(gsl_rng *rng, diagnostic *diag);

/* The residuals, length n. */
void finite_design_residuals(const finite_design *f, gsl_vector *r);

#endif
