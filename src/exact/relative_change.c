#include "config.h"
#include "exact/relative_change.h"

#include <math.h>

double relative_change_of_alignment(const exact_step *step) {
  if (step->q->reading == READING_TRUE_EXPECTATION)
    return certified_value_of(exact_step_true_alignment_change, step);
  const exact_step before = {step->q, 0.0};
  const double change = certified_value_of(exact_step_alignment_change, step);
  const double rising =
      certified_value_of(exact_step_dominant, step) * certified_value_of(exact_step_bulk, &before);
  const double falling =
      certified_value_of(exact_step_bulk, step) * certified_value_of(exact_step_dominant, &before);
  return change / (rising + falling);
}

double relative_change_of_loss(const exact_step *step, bool dominant) {
  const quadratic *q = step->q;
  const double change = certified_value_of(
      dominant ? exact_step_dominant_loss_change : exact_step_bulk_loss_change, step);
  double before = 0.0;
  for (size_t i = dominant ? 0 : q->k; i < (dominant ? q->k : q->d); i++)
    before += 0.5 * q->g[i] * q->g[i] / q->lambda[i];
  return change / (change + 2.0 * before);
}
