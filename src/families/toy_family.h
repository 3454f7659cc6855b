/* toy_family.h -- random toy models of two losses (model/toy.h), and its hypotheses and labels. */
#ifndef SUSPALIGN_FAMILIES_TOY_FAMILY_H
#define SUSPALIGN_FAMILIES_TOY_FAMILY_H

#include <stdbool.h>
#include <gsl/gsl_rng.h>
#include "families/family.h"
#include "model/toy.h"

extern const family toy_family;

/* a/b from 1 + 1e-3 to 1e6, steps up to 2/(a+b), next to 1/a on some; coupling up to 0.9 of what is
 * stable in mean square; a start near the valley's floor, out on its wall or anywhere.  Half of the
 * instances have numbers of few bits, so that their state's moments are exact doubles.  A toy;
 * NULL, with a message, when memory is out. */
void *toy_generate(gsl_rng *rng, diagnostic *diag);

/* Hypotheses, decided exactly; `instance` is a toy. */
bool toy_has_gap(const void *instance);       /* a > b */
bool toy_is_interior(const void *instance);   /* x, y != 0 */
bool toy_is_step_short(const void *instance); /* 0 < eta (a + b) < 2 */
bool toy_is_coupled(const void *instance);    /* c != 0 */
bool toy_is_fair(const void *instance);       /* plus = 1/2 */
bool toy_is_stable(const void *instance);     /* |p|, |r| < 1 and (1-p^2)(1-r^2) > e^4 */
bool toy_is_slow(const void *instance);       /* eta a != 1: p != 0 */

/* Changes that violate one of them. */
bool toy_violate_gap(void *instance, gsl_rng *rng);
bool toy_violate_interior(void *instance, gsl_rng *rng);
bool toy_violate_step(void *instance, gsl_rng *rng);
bool toy_violate_coupling(void *instance, gsl_rng *rng);
bool toy_violate_fair(void *instance, gsl_rng *rng);
bool toy_violate_stable(void *instance, gsl_rng *rng);
bool toy_violate_slow(void *instance, gsl_rng *rng);

/* Instances for counterexamples, a = 8, b = c = x = y = 1 and eta = 1/16 but for one thing;
 * NULL: no memory. */
void *toy_case_flat_called_dominant(void); /* a < b */
void *toy_case_step_too_long(void);        /* eta (a + b) > 2 */
void *toy_case_uncoupled(void);            /* c = 0 */
void *toy_case_unfair(void);               /* plus = 3/4 */
void *toy_case_unstable(void);             /* in mean square */

/* Labels. */
bool toy_is_alternating(const void *instance); /* p^2 r^2 < e^4 */
bool toy_is_above(const void *instance);       /* x^2 > z* y^2 */
bool toy_is_below(const void *instance);       /* x^2 < z* y^2 */
bool toy_is_steep(const void *instance);       /* a > 1000 b */
bool toy_is_mild(const void *instance);        /* a < 2 b */
bool toy_is_state_exact(const void *instance); /* toy_state is exact */

#endif
