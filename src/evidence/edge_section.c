/* At the edge of stability, without noise: gradient descent and SAM until the gradient is aligned,
 * then their projected steps.  The figure edge_of_stability. */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "model/projected_update.h"
#include "model/quadratic.h"
#include "model/sharpness_aware.h"
#include "sim/projected.h"

enum { EDGE_DIMENSION = 10, EDGE_DOMINANT = 2, EDGE_MOST = 20000, EDGE_AFTER = 1500 };

/* Two steep directions next to each other, eight flat ones over two decades. */
static quadratic *problem(double eta, double radius) {
  quadratic *q = quadratic_alloc(EDGE_DIMENSION, EDGE_DOMINANT);
  for (size_t i = 0; q != NULL && i < q->d; i++) {
    const bool dominant = i < q->k;
    q->lambda[i] = dominant ? 8.0 - 0.125 * (double)i
                            : pow(100.0, -(double)(i - q->k) / (double)(q->d - q->k - 1));
    q->g[i] = dominant ? 0.01 : 1.0;
  }
  if (q != NULL) {
    q->eta = eta;
    q->radius = radius;
  }
  return q;
}

/* The part of a step that is made; gradient descent where the radius is 0.  Each g stays as it is
 * where all of them are 0. */
static void step(quadratic *q, update_kind kind) {
  double square = 0.0;
  for (size_t i = 0; i < q->d; i++)
    square += q->g[i] * q->g[i];
  if (square == 0.0)
    return;
  for (size_t i = 0; i < q->d; i++)
    if (update_moves(kind, i, q->k))
      q->g[i] *= 1.0 - q->eta * sharpness_aware_curvature(q->lambda[i], q->radius, sqrt(square));
}

static void measure(const quadratic *q, double *loss, double *chi) {
  double square[2] = {0.0, 0.0};
  *loss = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    square[i < q->k] += q->g[i] * q->g[i];
    *loss += q->g[i] * q->g[i] / (2.0 * q->lambda[i]);
  }
  const double all = square[0] + square[1];
  *chi = all > 0.0 ? sqrt(square[1] / all) : 0.0;
}

/* Blocks <name>_before and <name>_after; q runs on to the end. */
static int write_run(evidence_context *context, FILE *data, const char *name, quadratic *q) {
  char block[32];
  double loss, chi, average = 0.0, last[UPDATE_KINDS], first = NAN;
  size_t t = 0;
  snprintf(block, sizeof block, "%s_before", name);
  sections_begin_block(data, block, "t [steps], loss, chi [1]");
  for (; t <= EDGE_MOST; t++) {
    measure(q, &loss, &chi);
    average = projected_average(average, chi, PROJECTED_FACTOR);
    sections_row(data, (const double[]){(double)t, loss, chi}, 3);
    if (average > PROJECTED_LEVEL)
      break;
    step(q, UPDATE_WHOLE);
  }
  if (!(average > PROJECTED_LEVEL))
    return GSL_EFAILED; /* the problems below become aligned */
  quadratic *run[UPDATE_KINDS] = {NULL};
  int status = GSL_SUCCESS;
  for (int kind = 0; kind < UPDATE_KINDS; kind++)
    if ((run[kind] = quadratic_clone(q)) == NULL)
      status = GSL_ENOMEM;
  snprintf(block, sizeof block, "%s_after", name);
  sections_begin_block(data, block,
                       "t [steps], loss of the whole step, the dominant one, the bulk one; chi of "
                       "the whole one [1]");
  for (size_t more = 0; more <= EDGE_AFTER && status == GSL_SUCCESS; more++) {
    double row[2 + UPDATE_KINDS] = {(double)(t + more)}, other;
    for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++) {
      measure(run[kind], &row[1 + kind], kind == UPDATE_WHOLE ? &row[1 + UPDATE_KINDS] : &other);
      last[kind] = row[1 + kind];
      step(run[kind], kind);
    }
    first = more == 0 ? row[1] : first;
    sections_row(data, row, 2 + UPDATE_KINDS);
  }
  if (status == GSL_SUCCESS) {
    static const char *const names[UPDATE_KINDS] = {"whole", "dominant", "bulk"};
    for (int kind = 0; kind < UPDATE_KINDS; kind++)
      facts_number(context->facts, last[kind] / first, 2, "figure/edge_of_stability/%s_%s", name,
                   names[kind]);
    facts_count(context->facts, t, "figure/edge_of_stability/%s_switch", name);
  }
  for (int kind = 0; kind < UPDATE_KINDS; kind++)
    quadratic_free(run[kind]);
  return status;
}

int sections_edge(evidence_context *context) {
  /* eta lambda_1 = 2 without radius; eta lambda_1 = 1.9 with the radius of a cycle of norm 0.0152.
   */
  quadratic *plain = problem(0.25, 0.0), *aware = problem(0.2375, 0.0001);
  FILE *data = sections_open_data(context, "edge_of_stability",
                                  "projected steps at the edge of stability, without noise");
  int status = plain == NULL || aware == NULL || data == NULL ? GSL_ENOMEM : GSL_SUCCESS;
  if (status == GSL_SUCCESS) {
    fprintf(data, "# d = %zu, k = %zu; gradient descent: eta = %g; SAM: eta = %g, radius %g\n",
            plain->d, plain->k, plain->eta, aware->eta, aware->radius);
    sections_begin_block(data, "marks", "steps after the switch");
    sections_row(data, (const double[]){EDGE_AFTER}, 1);
    facts_count(context->facts, EDGE_AFTER, "figure/edge_of_stability/after");
    facts_number(context->facts, sharpness_aware_cycle(aware->lambda[0], aware->eta, aware->radius),
                 3, "figure/edge_of_stability/cycle");
    status = write_run(context, data, "gd", plain);
  }
  if (status == GSL_SUCCESS)
    status = write_run(context, data, "sam", aware);
  quadratic_free(plain);
  quadratic_free(aware);
  return status;
}
