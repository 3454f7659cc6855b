/* window_law_parts.h -- the steps of window_law.c, one by one, for its test alone. */
#ifndef SUSPALIGN_LAWS_WINDOW_LAW_PARTS_H
#define SUSPALIGN_LAWS_WINDOW_LAW_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include "laws/window_law.h"

enum { WINDOW_LANES = 8 };
typedef double window_lanes __attribute__((vector_size(WINDOW_LANES * sizeof(double))));

/* What a direction has at both times: each array is `blocks` of eight, padded with zeros, the
 * dominant ones first. */
typedef struct {
  size_t blocks, dominant; /* in blocks */
  window_lanes *from, *to; /* w(s), w(t) */
  window_lanes *joint;     /* e = w(s) w(t) - cov^2 */
  window_lanes *square;    /* cov^2 */
} window_pair;

/* GSL_SUCCESS or GSL_ENOMEM; freed by the other. */
int window_pair_alloc(const quadratic *q, window_pair *p);
void window_pair_free(window_pair *p);

/* For the times s and s + lag; all of it, but for the padding. */
void window_pair_fill(const quadratic *q, const double *spread, double s, double lag,
                      window_pair *p);

/* The integrand at (u, v), times u v: the measure in ln u, ln v. */
double window_pair_node(const window_pair *p, double from_mean, double to_mean, double u, double v);

/* The values of u at one time, the later one or the earlier; returns their number. */
enum { WINDOW_NODES_MOST = 33 };
size_t window_pair_places(const window_pair *p, bool later, double *u);

/* Few points that stand for the integers 0..count-1. */
enum { WINDOW_POINTS_MOST = 32 };
typedef struct {
  size_t size;
  double at[WINDOW_POINTS_MOST], weight[WINDOW_POINTS_MOST];
} window_rule;

/* Gauss's rule of `size` points, or all points where that is no more: exact for polynomials up to
 * degree 2 size - 1; between whole counts it continues their sums. */
int window_rule_of(double count, size_t size, window_rule *out);

/* Sums over pairs of the window, of which few are looked at. */
typedef struct {
  const quadratic *q;
  const double *spread;
  size_t first, last, places, lags_alone;
  bool by_panels; /* of places: the first as long as there are places, each other twice that before
                   */
  double exact, delta;
  size_t evaluations;
} window_sums;

/* The first lags one by one, the others in panels that double, with as many lags of each as there
 * are places, 3 to 6; of each lag all pairs, each way, are added to exact and delta. */
int window_add_lags(window_sums *sums);

/* Whether the window is stationary to far below WINDOW_LAW_ERROR: then one place is all. */
bool window_is_stationary(const quadratic *q, const double *spread, size_t first);

#endif
