/* quadratic_hooks.h -- the parts of quadratic_family that write, read, simplify and change its
 * instances; see family.h for what each does. */
#ifndef SUSPALIGN_FAMILIES_QUADRATIC_HOOKS_H
#define SUSPALIGN_FAMILIES_QUADRATIC_HOOKS_H

#include <stdbool.h>
#include <stdio.h>
#include <gsl/gsl_rng.h>
#include "model/diagnostic.h"
#include "model/quadratic.h"

/* FORMAT  Lines `# name = value` (family, k, eta; where they are not 0 eta_late, switch_step, radius and
 * reading), then a table with the columns lambda, g, v; bias where there is one; c1, ..., cd where
 * there is a full covariance, row by row.  One direction a line.  Reals as %a.  An instance with
 * lambda, g, v alone is an input of `suspalign analyze`, and a comment line says which options
 * give it k and eta. */
void quadratic_print(FILE *stream, const void *instance);
void *quadratic_read(const char *file, diagnostic *diag);
void quadratic_print_code(FILE *stream, const void *instance);
void quadratic_print_tex(FILE *stream, const void *instance);

/* An instance that quadratic_validate accepts is simplified and perturbed to ones that it accepts;
 * of one that it refuses (an ablation's) what is in order stays so: falling eigenvalues within
 * each set, each number's domain. */
void *quadratic_simplify(const void *instance, size_t attempt, bool *done);
double quadratic_complexity(const void *instance);
void *quadratic_perturb(const void *instance, gsl_rng *rng);

#endif
