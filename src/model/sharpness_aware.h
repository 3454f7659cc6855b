/* sharpness_aware.h -- one step of sharpness-aware minimisation (SAM) on a quadratic.
 *
 * The step is x+ = x - eta grad L(x + radius g/|g|), g = Ax.  In the eigenbasis it multiplies each
 * coordinate of the gradient by a factor of its own:
 *   g+_i = (1 - eta h_i) g_i,   h_i = lambda_i + radius lambda_i^2 / |g|.
 *
 * UNITS   lambda in 1/[eta], radius in [x] = [g]/[lambda], norm = |g| in [g].
 * DOMAIN  eta, radius, norm, lambda > 0 and finite; no checks.
 * SOURCE  the update as in arXiv:2405.16002, section B.2; the edge is derived in
 *         theory/sharpness_aware. */
#ifndef SUSPALIGN_MODEL_SHARPNESS_AWARE_H
#define SUSPALIGN_MODEL_SHARPNESS_AWARE_H

/* h: what takes the place of the curvature; relative error at most gamma_4. */
double sharpness_aware_curvature(double lambda, double radius, double norm);

/* The curvature at which a step neither shrinks nor lengthens a coordinate, eta h = 2: coordinates
 * of sharper directions grow.  Relative error at most gamma_8, also where the radius is tiny. */
double sharpness_aware_edge(double eta, double radius, double norm);

/* |g| of the oscillation with period 2 along a direction of curvature lambda, eta lambda < 2: the
 * norm whose edge is lambda.  Relative error at most gamma_6 / (1 - eta lambda/2). */
double sharpness_aware_cycle(double lambda, double eta, double radius);

#endif
