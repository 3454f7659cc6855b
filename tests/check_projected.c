/* check_projected.c -- simulated runs of SGD, Dom-SGD and Bulk-SGD: against the other simulator,
 * against P4's closed forms, against a run in the coordinates of the data; the switch by hand.
 *
 * The statistical test.  A loss at step t is sum_i g_i^2/(2 lambda_i) with independent normals g_i,
 * so that the two inequalities of check_ensemble.c hold of its mean over N runs, with w_i/(2
 * lambda_i) for w_i.  N, the steps and the level are fixed below, before any run: false alarms of
 * all COMPARISONS together at most COMPARISONS * 1e-9 < 1e-7.  Power: 10 % more noise (in sigma) is
 * missed with probability at most 1e-9, which the test derives and then plants. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "claims/dominant_stalls.h"
#include "families/regression_family.h"
#include "model/random.h"
#include "model/rounding.h"
#include "sim/ensemble.h"
#include "sim/projected.h"

enum { REPLICATES = 3000, RECORDS = 4, COMPARISONS = RECORDS * UPDATE_KINDS };
static const size_t record_steps[RECORDS] = {1, 4, 16, 60};
static const double false_alarm = 1e-9;

/* Twenty-four directions, eight of them dominant; the start is above its level in the bulk and below it
 * in the dominant set. */
static quadratic *problem(void) {
  quadratic *q = quadratic_alloc(24, 8);
  ck_assert_ptr_nonnull(q);
  for (size_t i = 0; i < q->d; i++) {
    const bool top = i < q->k;
    q->lambda[i] = (top ? 12.0 : 2.0) - 0.02 * (double)i;
    q->v[i] = top ? 4.0 : 1.0;
    q->g[i] = top ? 0.5 : 2.0;
  }
  q->eta = 0.1;
  return q;
}

/* --- one run against the other simulator ------------------------------------------------------ */

/* The same seed draws the same noise: the squares agree to the rounding of the two ways to write a
 * step, and the two projected runs are the two parts of the whole one. */
START_TEST(test_runs_are_the_ensemble_s) {
  quadratic *q = problem();
  const projected_problem p = {q, NULL, 0};
  for (uint32_t seed = 1; seed < 6; seed++) {
    double dominant[RECORDS], bulk[RECORDS];
    projected_record record[UPDATE_KINDS][RECORDS];
    ck_assert_int_eq(ensemble_path(q, seed, record_steps, RECORDS, dominant, bulk), GSL_SUCCESS);
    for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++)
      ck_assert_int_eq(projected_path(&p, kind, seed, record_steps, RECORDS, record[kind]),
                       GSL_SUCCESS);
    const double start = dominant_stalls_loss(q, UPDATE_WHOLE, 0, NULL);
    for (size_t n = 0; n < RECORDS; n++) {
      const double chi = sqrt(dominant[n] / (dominant[n] + bulk[n]));
      const projected_record *whole = &record[UPDATE_WHOLE][n], *top = &record[UPDATE_DOMINANT][n],
                             *rest = &record[UPDATE_BULK][n];
      ck_assert_uint_eq(whole->t, record_steps[n]);
      /* four roundings a step, and what is lost is at most the largest square it ever had */
      const double rounding = rounding_gamma(16 * (record_steps[n] + 2) + 40) * 40.0;
      ck_assert_double_le(fabs(whole->chi - chi), rounding);
      ck_assert_double_le(fabs(whole->loss - (top->loss + rest->loss - start)), rounding * start);
      const double split = hypot(top->distance, rest->distance);
      ck_assert_double_le(fabs(whole->distance - split), rounding * (1.0 + split));
    }
  }
  quadratic_free(q);
}
END_TEST

/* --- means against the closed forms ----------------------------------------------------------- */

typedef struct {
  double mean, variance, widest;
} loss_law;

/* By iterating mean and variance, direction by direction. */
static loss_law law_of(const quadratic *q, update_kind kind, size_t t, double noise) {
  loss_law law = {0.0, 0.0, 0.0};
  for (size_t i = 0; i < q->d; i++) {
    const double move = q->eta * q->lambda[i], kept = 1.0 - move, weight = 0.5 / q->lambda[i];
    double mean = q->g[i], w = 0.0;
    for (size_t s = 0; s < (update_moves(kind, i, q->k) ? t : 0); s++) {
      mean *= kept;
      w = kept * kept * w + move * move * noise * noise * q->v[i];
    }
    law.mean += weight * (mean * mean + w);
    law.variance += weight * weight * (2.0 * w * w + 4.0 * mean * mean * w);
    law.widest = fmax(law.widest, weight * w);
  }
  return law;
}

static double reach(const loss_law *law, bool above) {
  const double x = log(2.0 / false_alarm), n = REPLICATES;
  return sqrt(2.0 * law->variance * x / n) + (above ? 2.0 * law->widest * x / n : 0.0);
}

static size_t count_outside(double noise) {
  quadratic *q = problem(), *planted = problem();
  for (size_t i = 0; i < q->d; i++)
    planted->v[i] *= noise * noise;
  const projected_problem p = {planted, NULL, 0};
  size_t outside = 0;
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++) {
    double sum[RECORDS] = {0.0};
    for (size_t r = 0; r < REPLICATES; r++) {
      projected_record record[RECORDS];
      const uint32_t seed = random_trial_seed(RANDOM_DEFAULT_SEED, "check_projected", r);
      ck_assert_int_eq(projected_path(&p, kind, seed, record_steps, RECORDS, record), GSL_SUCCESS);
      for (size_t n = 0; n < RECORDS; n++)
        sum[n] += record[n].loss;
    }
    for (size_t n = 0; n < RECORDS; n++) {
      const loss_law law = law_of(q, kind, record_steps[n], 1.0);
      double error;
      const double expected = dominant_stalls_loss(q, kind, record_steps[n], &error);
      const double off = sum[n] / REPLICATES - expected;
      const double rounding = error + rounding_gamma(8 * (record_steps[n] + 1) + 4 * REPLICATES) *
                                          (expected + dominant_stalls_loss(q, kind, 0, NULL));
      outside += off > reach(&law, true) + rounding || off < -reach(&law, false) - rounding;
    }
  }
  quadratic_free(q);
  quadratic_free(planted);
  return outside;
}

START_TEST(test_means_follow_the_closed_form) {
  ck_assert(2.0 * exp(-log(2.0 / false_alarm)) <= false_alarm * (1.0 + 1e-12));
  ck_assert(COMPARISONS * false_alarm < 1e-7);
  ck_assert_uint_eq(count_outside(1.0), 0);
}
END_TEST

START_TEST(test_planted_noise_is_caught) {
  quadratic *q = problem();
  const loss_law law = law_of(q, UPDATE_DOMINANT, 60, 1.0),
                 more = law_of(q, UPDATE_DOMINANT, 60, 1.1);
  ck_assert(more.mean - reach(&more, false) > law.mean + reach(&law, true));
  quadratic_free(q);
  ck_assert_uint_gt(count_outside(1.1), 0);
}
END_TEST

/* --- the switch ------------------------------------------------------------------------------- */

static const projected_rule source_rule = {PROJECTED_FACTOR, PROJECTED_LEVEL};

/* A direction without noise at eta lambda = 1/2^40 hardly moves, so chi stays what it is. */
static quadratic *still(double dominant, double bulk) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){dominant, bulk},
                                   (const double[]){0, 0}, 0x1p-40);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* By hand: with chi = 1, A_t = 1 - 0.9^(t+1), and 0.9^28 = 0.0523, 0.9^29 = 0.0471: t = 28.  With
 * chi = 0.95 it tends to the level from below and never meets it; chi = 0.96 needs 0.9^(t+1) <
 * 1/96, t + 1 = 44 (0.9^43 = 0.01078, 0.9^44 = 0.00970). */
START_TEST(test_switch_by_hand) {
  const double tilt[] = {1.0, 0.95, 0.96, 0.0};
  const switch_outcome expected[] = {SWITCH_MET, SWITCH_NEVER, SWITCH_MET, SWITCH_NEVER};
  const size_t step[] = {28, 5000, 43, 5000};
  for (size_t n = 0; n < 4; n++) {
    quadratic *q = still(tilt[n], sqrt(1.0 - tilt[n] * tilt[n]));
    const projected_problem p = {q, NULL, 0};
    switch_found found;
    ck_assert_int_eq(projected_switch(&p, &source_rule, 1, 5000, &found), GSL_SUCCESS);
    ck_assert_int_eq(found.outcome, expected[n]);
    ck_assert_uint_eq(found.step, step[n]);
    ck_assert((found.state != NULL) == (expected[n] == SWITCH_MET));
    ck_assert((found.average > 0.95) == (expected[n] == SWITCH_MET));
    ck_assert(isfinite(found.average));
    quadratic_free(found.state);
    quadratic_free(q);
  }
}
END_TEST

/* No gradient at all: chi is 0, and so is everything else. */
START_TEST(test_zero_gradient) {
  quadratic *q = still(0.0, 0.0);
  const projected_problem p = {q, NULL, 0};
  projected_record record[RECORDS];
  switch_found found;
  ck_assert_int_eq(projected_path(&p, UPDATE_WHOLE, 1, record_steps, RECORDS, record), GSL_SUCCESS);
  for (size_t n = 0; n < RECORDS; n++)
    ck_assert(record[n].chi == 0.0 && record[n].loss == 0.0 && record[n].distance == 0.0);
  ck_assert_int_eq(projected_switch(&p, &source_rule, 1, 50, &found), GSL_SUCCESS);
  ck_assert_int_eq(found.outcome, SWITCH_NEVER);
  ck_assert(found.average == 0.0 && found.state == NULL);
  quadratic_free(q);
}
END_TEST

/* Far beyond stability: the overflow is said, and never a NaN.  A run that is aligned before it
 * overflows has met the rule. */
START_TEST(test_overflow) {
  quadratic *q = problem();
  const projected_problem p = {q, NULL, 0};
  const size_t t[] = {1, 100, 2000, 2001};
  projected_record record[4];
  switch_found found;
  q->eta = 4.0; /* every rho is above 1 */
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++) {
    ck_assert_int_eq(projected_path(&p, kind, 1, t, 4, record), GSL_EOVRFLW);
    ck_assert(isfinite(record[0].loss) && isinf(record[2].loss) && isinf(record[3].loss));
    for (size_t n = 0; n < 4; n++)
      ck_assert(!isnan(record[n].loss) && !isnan(record[n].chi) && !isnan(record[n].distance));
  }
  ck_assert_int_eq(projected_switch(&p, &source_rule, 1, 5000, &found), GSL_SUCCESS);
  ck_assert_int_eq(found.outcome, SWITCH_MET);
  quadratic_free(found.state);
  const projected_rule out_of_reach = {0.9, 1.0};
  ck_assert_int_eq(projected_switch(&p, &out_of_reach, 1, 5000, &found), GSL_SUCCESS);
  ck_assert_int_eq(found.outcome, SWITCH_DIVERGED);
  ck_assert(found.step > 50 && found.step < 2000 && found.state == NULL && found.average == 0.0);
  double *chi = calloc(2002, 2 * sizeof *chi);
  ck_assert_ptr_nonnull(chi);
  ck_assert_int_eq(projected_alignment(&p, &out_of_reach, 1, 2001, chi, chi + 2002), GSL_EOVRFLW);
  ck_assert(chi[found.step - 1] > 0.0 && chi[found.step] == 0.0 && chi[2001] == 0.0);
  free(chi);
  quadratic_free(q);
}
END_TEST

START_TEST(test_domain) {
  quadratic *q = problem();
  projected_problem p = {q, NULL, 0};
  projected_record record[2];
  switch_found found;
  const size_t wrong[] = {3, 3};
  ck_assert_int_eq(projected_path(&p, UPDATE_BULK, 1, wrong, 2, record), GSL_EINVAL);
  ck_assert_int_eq(projected_path(&p, UPDATE_BULK, 1, wrong, 0, record), GSL_EINVAL);
  const double factors[] = {1.0, -0.1, NAN};
  for (size_t n = 0; n < 3; n++) {
    const projected_rule rule = {factors[n], 0.95};
    ck_assert_int_eq(projected_switch(&p, &rule, 1, 5, &found), GSL_EINVAL);
  }
  quadratic_free(q);
}
END_TEST

/* The series of the averages and the switch are of one run; the state there is the run's. */
START_TEST(test_switch_is_in_the_series) {
  quadratic *q = problem();
  for (size_t j = q->k; j < q->d; j++)
    q->v[j] = 0.01;
  const projected_problem p = {q, NULL, 0};
  enum { MOST = 400 };
  double chi[MOST + 1], average[MOST + 1];
  switch_found found;
  ck_assert_int_eq(projected_switch(&p, &source_rule, 7, MOST, &found), GSL_SUCCESS);
  ck_assert_int_eq(found.outcome, SWITCH_MET);
  ck_assert_int_eq(projected_alignment(&p, &source_rule, 7, MOST, chi, average), GSL_SUCCESS);
  double again = 0.0;
  for (size_t t = 0; t <= found.step; t++) {
    again = 0.9 * again + 0.1 * chi[t];
    ck_assert((average[t] > 0.95) == (t == found.step));
  }
  ck_assert_double_le(fabs(again - found.average), 1e-14);
  projected_record record;
  ck_assert_int_eq(projected_path(&p, UPDATE_WHOLE, 7, &found.step, 1, &record), GSL_SUCCESS);
  ck_assert(record.chi == chi[found.step]);
  double loss = 0.0;
  for (size_t i = 0; i < q->d; i++)
    loss += found.state->g[i] * found.state->g[i] / (2.0 * q->lambda[i]);
  ck_assert(loss == record.loss);
  quadratic_free(found.state);
  quadratic_free(q);
}
END_TEST

/* --- mini-batches ----------------------------------------------------------------------------- */

/* The same batches in the coordinates of the data, P and Q as dense projectors, next to the run in
 * the eigenbasis: the losses agree. */
START_TEST(test_mini_batches_in_other_coordinates) {
  double start[64];
  diagnostic diag = {0, ""};
  for (size_t i = 0; i < 64; i++)
    start[i] = 0.1 * (double)(i % 7);
  regression *r = regression_literal(0.01, 3, 64, start, &diag);
  ck_assert_msg(r != NULL, "%s", diag.message);
  least_squares *data = r->problem;
  quadratic *q = quadratic_clone(r->state);
  ck_assert_ptr_nonnull(q);
  q->eta = 0.3 / q->lambda[0];
  const projected_problem p = {q, data, 4};
  const size_t t = 25, c = data->columns, d = q->d;
  gsl_matrix *projector = gsl_matrix_alloc(c, c);
  gsl_vector *w = gsl_vector_alloc(c), *sum = gsl_vector_alloc(c);
  gsl_matrix_const_view top = gsl_matrix_const_submatrix(data->spectrum->basis, 0, 0, c, q->k);
  gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, &top.matrix, &top.matrix, 0.0, projector);
  for (update_kind kind = UPDATE_WHOLE; kind <= UPDATE_BULK; kind++) {
    projected_record record;
    ck_assert_int_eq(projected_path(&p, kind, 99, &t, 1, &record), GSL_SUCCESS);
    gsl_rng *rng = random_alloc(99);
    gsl_vector_memcpy(w, r->w);
    for (size_t step = 0; step < t; step++) {
      gsl_vector_memcpy(sum, w);
      gsl_vector_scale(sum, data->ridge);
      for (size_t n = 0; n < 4; n++) {
        const size_t pick = gsl_rng_uniform_int(rng, data->n);
        gsl_vector_const_view x = gsl_matrix_const_row(data->x, pick);
        double along;
        gsl_blas_ddot(&x.vector, w, &along);
        gsl_blas_daxpy((along - gsl_vector_get(data->y, pick)) / 4.0, &x.vector, sum);
      }
      if (kind != UPDATE_DOMINANT)
        gsl_blas_daxpy(-q->eta, sum, w);
      if (kind != UPDATE_WHOLE)
        gsl_blas_dgemv(CblasNoTrans, kind == UPDATE_DOMINANT ? -q->eta : q->eta, projector, sum,
                       1.0, w);
    }
    gsl_rng_free(rng);
    gsl_vector_memcpy(r->w, w);
    quadratic *after = least_squares_state(data, w, 0);
    double loss = 0.0;
    for (size_t i = 0; i < d; i++)
      loss += after->g[i] * after->g[i] / (2.0 * after->lambda[i]);
    /* g = A w - b is as wrong as the eigensolver and c products make it, and is divided by
     * lambda_d; the ridge keeps that above 0.01. */
    const double off = fabs(loss - record.loss), unit = 64.0 * (double)(c * c) * ROUNDING_UNIT;
    ck_assert_msg(off <= 4.0 * unit * (double)t * q->lambda[0] / q->lambda[d - 1] * loss,
                  "update %d: %g, not %g", kind, record.loss, loss);
    ck_assert_double_le(off, 1e-6 * loss);
    quadratic_free(after);
    for (size_t i = 0; i < c; i++)
      gsl_vector_set(r->w, i, start[i]);
  }
  gsl_matrix_free(projector);
  gsl_vector_free(w);
  gsl_vector_free(sum);
  quadratic_free(q);
  regression_free(r);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("projected");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_runs_are_the_ensemble_s);
  tcase_add_test(core, test_means_follow_the_closed_form);
  tcase_add_test(core, test_planted_noise_is_caught);
  tcase_add_test(core, test_switch_by_hand);
  tcase_add_test(core, test_zero_gradient);
  tcase_add_test(core, test_overflow);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_switch_is_in_the_series);
  tcase_add_test(core, test_mini_batches_in_other_coordinates);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
