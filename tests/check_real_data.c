/* D1: theory/real_data, src/claims/real_data, src/model/least_squares. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/opposite_effects.h"
#include "claims/real_data.h"
#include "families/regression_family.h"
#include "io/problem_file.h"
#include "model/random.h"
#include "model/rounding.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&real_data_claim);
}
END_TEST

static least_squares *digits(double ridge, size_t k) {
  gsl_matrix *samples;
  gsl_vector *labels;
  diagnostic diag = {0, ""};
  if (io_samples_read(regression_data_file(), &samples, &labels, &diag) != GSL_SUCCESS)
    ck_abort_msg("%s", diag.message);
  least_squares *p = NULL;
  const int status = least_squares_from_samples(samples, labels, ridge, k, &p, &diag);
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
  ck_assert_msg(status == GSL_SUCCESS, "%s", diag.message);
  return p;
}

/* What is known of the set: 1797 samples of 64 pixels, covariance of rank 61.  The variances of its
 * first principal components, pixels in 0..16 and divisor n - 1, are widely published. */
START_TEST(test_digits) {
  least_squares *p = digits(0.0, 0);
  ck_assert_uint_eq(p->n, 1797);
  ck_assert_uint_eq(p->columns, 64);
  ck_assert_uint_eq(p->spectrum->d, 61);
  const double known[] = {179.0069, 163.7177, 141.7884, 101.1004, 69.5132, 59.1085, 51.8845};
  for (size_t i = 0; i < 7; i++)
    ck_assert_double_eq_tol(p->spectrum->lambda[i] * 256 * 1797 / 1796, known[i], 0.5001e-4);
  least_squares_free(p);
  /* A ridge adds to every eigenvalue and keeps all 64 directions. */
  p = digits(0.001, 3);
  ck_assert_uint_eq(p->spectrum->d, 64);
  ck_assert_double_eq_tol((p->spectrum->lambda[0] - 0.001) * 256 * 1797 / 1796, known[0],
                          0.5001e-4);
  ck_assert_double_eq_tol(p->spectrum->lambda[63], 0.001, 1e-14);
  least_squares_free(p);
}
END_TEST

static double whole_loss(const least_squares *p, const gsl_vector *w) {
  gsl_vector *residual = gsl_vector_alloc(p->n);
  gsl_vector_memcpy(residual, p->y);
  gsl_blas_dgemv(CblasNoTrans, 1.0, p->x, w, -1.0, residual);
  const double norm = gsl_blas_dnrm2(residual), size = gsl_blas_dnrm2(w);
  gsl_vector_free(residual);
  return 0.5 * norm * norm / (double)p->n + 0.5 * p->ridge * size * size;
}

/* The losses that enumeration splits add up to the loss itself, evaluated from scratch at each of
 * the n outcomes. */
START_TEST(test_losses_from_scratch) {
  least_squares *p = digits(0.01, 3);
  gsl_vector *w = gsl_vector_calloc(p->columns), *next = gsl_vector_alloc(p->columns);
  gsl_rng *rng = random_alloc(7);
  const double eta = 0.1;
  for (int t = 0; t < 50; t++)
    least_squares_step(p, w, eta, 1, rng);
  least_squares_outcomes found;
  ck_assert_int_eq(least_squares_enumerate(p, w, eta, &found), GSL_SUCCESS);
  const double before = whole_loss(p, w);
  double change = 0.0;
  for (size_t s = 0; s < p->n; s++) {
    gsl_vector_const_view sample = gsl_matrix_const_row(p->x, s);
    double fitted;
    gsl_blas_ddot(&sample.vector, w, &fitted);
    gsl_vector_memcpy(next, w);
    gsl_blas_daxpy(-eta * (fitted - gsl_vector_get(p->y, s)), &sample.vector, next);
    gsl_blas_daxpy(-eta * p->ridge, w, next);
    change += whole_loss(p, next) - before;
  }
  change /= (double)p->n;
  ck_assert_double_eq_tol(found.dominant_loss + found.bulk_loss, change,
                          found.loss_error + 1e-13 * before);
  gsl_vector_free(w);
  gsl_vector_free(next);
  gsl_rng_free(rng);
  least_squares_free(p);
}
END_TEST

/* A set small enough for the hand: samples (2, 0), (-2, 0), (0, 1), (0, -1) with labels 2, -2, 1,
 * -1. Scaled by 1/2 and centred: A = diag(1/2, 1/8); labels over their deviation sqrt(5/2). */
START_TEST(test_hand_set) {
  gsl_matrix *samples = gsl_matrix_calloc(4, 2);
  gsl_vector *labels = gsl_vector_alloc(4);
  const double values[4][3] = {{2, 0, 2}, {-2, 0, -2}, {0, 1, 1}, {0, -1, -1}};
  for (size_t s = 0; s < 4; s++) {
    gsl_matrix_set(samples, s, 0, values[s][0]);
    gsl_matrix_set(samples, s, 1, values[s][1]);
    gsl_vector_set(labels, s, values[s][2]);
  }
  least_squares *p = NULL;
  diagnostic diag;
  ck_assert_int_eq(least_squares_from_samples(samples, labels, 0.0, 1, &p, &diag), GSL_SUCCESS);
  ck_assert_double_eq_tol(p->spectrum->lambda[0], 0.5, 1e-15);
  ck_assert_double_eq_tol(p->spectrum->lambda[1], 0.125, 1e-15);
  quadratic *q = least_squares_state(p, NULL, 1);
  /* r = -y/sqrt(5/2); r x: coordinates (-+2)(+-1)/sqrt(5/2) twice and 0 twice, mean -1/sqrt(5/2).
   */
  const double unit = sqrt(2.5);
  ck_assert_double_eq_tol(fabs(q->g[0]), 1 / unit, 1e-15);
  ck_assert_double_eq_tol(fabs(q->g[1]), 0.25 / unit, 1e-15);
  ck_assert_double_eq_tol(q->v[0], 1 / 2.5, 1e-15);
  ck_assert_double_eq_tol(q->v[1], 0.0625 / 2.5, 1e-15);
  /* Cov = E[h_1 h_2] - g_1 g_2 = 0 - 1/4 / 2.5, up to the signs of the eigenvectors. */
  ck_assert_double_eq_tol(fabs(gsl_matrix_get(q->covariance, 0, 1)), 0.25 / 2.5, 1e-15);
  quadratic_free(q);
  least_squares_free(p);
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
}
END_TEST

/* |U_k' g|^2 / |g|^2 with g = A w - X'y/n. */
static double dense_alignment(const least_squares *p, const gsl_vector *w, const gsl_vector *pull,
                              gsl_vector *gradient) {
  gsl_vector_memcpy(gradient, pull);
  gsl_blas_dgemv(CblasNoTrans, 1.0, p->hessian, w, -1.0, gradient);
  double dominant = 0.0, whole;
  for (size_t i = 0; i < p->spectrum->k; i++) {
    gsl_vector_const_view u = gsl_matrix_const_column(p->spectrum->basis, i);
    double part;
    gsl_blas_ddot(&u.vector, gradient, &part);
    dominant += part * part;
  }
  gsl_blas_ddot(gradient, gradient, &whole);
  return dominant / whole;
}

/* A Monte-Carlo run of mini-batches has the enumerated mean: over 2^14 draws the mean of a bounded
 * variable is within 8 standard errors but once in 10^15. */
START_TEST(test_step_is_enumerated) {
  least_squares *p = digits(0.0, 3);
  const double eta = 0.1;
  least_squares_outcomes truth;
  ck_assert_int_eq(least_squares_enumerate(p, NULL, eta, &truth), GSL_SUCCESS);
  gsl_vector *w = gsl_vector_alloc(p->columns), *gradient = gsl_vector_alloc(p->columns);
  gsl_vector *pull = gsl_vector_alloc(p->columns);
  gsl_blas_dgemv(CblasTrans, 1.0 / (double)p->n, p->x, p->y, 0.0, pull);
  gsl_rng *rng = random_alloc(11);
  const size_t draws = 1 << 14;
  double sum = 0.0, squares = 0.0;
  for (size_t n = 0; n < draws; n++) {
    gsl_vector_set_zero(w);
    least_squares_step(p, w, eta, 1, rng);
    const double alignment = dense_alignment(p, w, pull, gradient);
    sum += alignment;
    squares += alignment * alignment;
  }
  const double mean = sum / (double)draws;
  const double deviation = sqrt((squares / (double)draws - mean * mean) / (double)draws);
  ck_assert(fabs(mean - truth.true_alignment) <= 8.0 * deviation);
  ck_assert(deviation < 0.005);
  gsl_vector_free(w);
  gsl_vector_free(gradient);
  gsl_vector_free(pull);
  gsl_rng_free(rng);
  least_squares_free(p);
}
END_TEST

static void expect_refused(gsl_matrix *samples, gsl_vector *labels, double ridge, size_t k,
                           int code, const char *words) {
  least_squares *p = NULL;
  diagnostic diag = {0, ""};
  ck_assert_int_eq(least_squares_from_samples(samples, labels, ridge, k, &p, &diag), code);
  ck_assert_ptr_null(p);
  ck_assert_msg(strstr(diag.message, words) != NULL, "'%s' lacks '%s'", diag.message, words);
}

START_TEST(test_refusals) {
  gsl_matrix *samples = gsl_matrix_calloc(3, 2);
  gsl_vector *labels = gsl_vector_calloc(3);
  expect_refused(samples, labels, 0.0, 0, GSL_EDOM, "every feature");
  gsl_matrix_set(samples, 0, 0, 1);
  gsl_matrix_set(samples, 1, 1, 2);
  expect_refused(samples, labels, 0.0, 0, GSL_EDOM, "every label is 0");
  gsl_vector_set(labels, 0, 1);
  expect_refused(samples, labels, -1.0, 0, GSL_EDOM, "ridge is -1");
  expect_refused(samples, labels, 0.0, 2, GSL_EINVAL, "k = 2 is not in 1..d-1");
  gsl_matrix_set(samples, 2, 1, NAN);
  expect_refused(samples, labels, 0.0, 0, GSL_EDOM, "feature 2 of sample 3 is nan");
  gsl_matrix_set(samples, 2, 1, 0);
  gsl_vector_set(labels, 2, INFINITY);
  expect_refused(samples, labels, 0.0, 0, GSL_EDOM, "label of sample 3 is inf");
  gsl_matrix_free(samples);
  gsl_vector_free(labels);
}
END_TEST

/* --- a small set ------------------------------------------------------------------------------ */

enum { SMALL = 8 };

/* Eight samples of `columns` features (up to four), of sizes 1, 1/16, 1/32, 1/64, at a state that
 * is no optimum. */
static regression *small(size_t columns, size_t k, double ridge) {
  static const double numbers[SMALL][4] = {{3, 1, -2, 5}, {-1, 4, 1, -5}, {-4, -1, 5, 3},
                                           {1, -5, 9, 5}, {5, 3, -5, 8},  {-9, 7, 9, -3},
                                           {2, -3, 8, 4}, {6, 2, -6, 4}};
  static const double labels[SMALL] = {3, -1, -3, 2, 4, -7, 0, 5};
  gsl_matrix *samples = gsl_matrix_alloc(SMALL, columns);
  for (size_t s = 0; s < SMALL; s++)
    for (size_t i = 0; i < columns; i++)
      gsl_matrix_set(samples, s, i, ldexp(numbers[s][i], i == 0 ? 0 : -3 - (int)i));
  const gsl_vector_const_view y = gsl_vector_const_view_array(labels, SMALL);
  regression *r = calloc(1, sizeof *r);
  r->batch = 1;
  r->w = gsl_vector_alloc(columns);
  for (size_t i = 0; i < columns; i++)
    gsl_vector_set(r->w, i, 0.5 * (double)(i + 1));
  diagnostic diag = {0, ""};
  const int status = least_squares_from_samples(samples, &y.vector, ridge, k, &r->problem, &diag);
  ck_assert_msg(status == GSL_SUCCESS, "%s", diag.message);
  r->state = least_squares_state(r->problem, r->w, 0);
  gsl_matrix_free(samples);
  return r;
}

static void expect_noted(const regression *r, const char *name, verdict expected,
                         const char *what) {
  support_says(claim_find_conclusion(&real_data_claim, name), r, expected, what);
}

START_TEST(test_small_holds) {
  for (size_t columns = 3; columns <= 4; columns++)
    for (int ridge = 0; ridge < 2; ridge++) {
      regression *r = small(columns, 1, ridge * 0.125);
      expect_noted(r, "moments_by_enumeration", VERDICT_HOLDS, "");
      expect_noted(r, "losses_by_enumeration", VERDICT_HOLDS, "");
      expect_noted(r, "alignment_by_enumeration", VERDICT_HOLDS, "");
      regression_free(r);
    }
}
END_TEST

static void expect_wrong_moment(const regression *r, double factor, const char *what) {
  char words[96];
  snprintf(words, sizeof words, "eta = %a: %s is", factor * 2.0 / r->state->lambda[0], what);
  expect_noted(r, "moments_by_enumeration", VERDICT_FAILS, words);
}

/* A gradient that is wrong is seen at once, a variance at the first step that is one; of a flat
 * direction's, what is too little for a mean square (lambda^2) is seen in the loss (lambda). */
START_TEST(test_wrong_moments_are_seen) {
  regression *r = small(3, 2, 0.0);
  for (size_t i = 0; i < 3; i++) {
    const double g = r->state->g[i], v = r->state->v[i];
    if (i != 1) {
      r->state->g[i] *= i == 0 ? 1 + 1e-9 : 2;
      expect_wrong_moment(r, 0, i == 0 ? "E|Pg+|^2" : "E|Qg+|^2");
      r->state->g[i] = g;
    }
    r->state->v[i] *= i == 0 ? 1 + 1e-7 : 1e4;
    expect_wrong_moment(r, 0.01, i < 2 ? "E|Pg+|^2" : "E|Qg+|^2");
    r->state->v[i] = v;
    if (i == 0)
      continue;
    const conclusion *moments = claim_find_conclusion(&real_data_claim, "moments_by_enumeration");
    claim_note note = {"", 0};
    for (double wrong = 0x1p-50; moments->check(r, &note) == VERDICT_HOLDS; wrong *= 2)
      r->state->v[i] = v * (1 + wrong);
    ck_assert_msg(strstr(note.text, i == 1 ? "E[Delta L_D]" : "E[Delta L_B]") != NULL, "%zu: %s", i,
                  note.text);
    ck_assert_double_le(r->state->v[i] / v - 1, i == 1 ? 1e-6 : 1e-4);
    r->state->v[i] = v;
  }
  expect_noted(r, "moments_by_enumeration", VERDICT_HOLDS, "");
  regression_free(r);
}
END_TEST

/* The allowances, on sums that are given. */
START_TEST(test_allowances_are_those_stated) {
  const one_step_moments m = {.d0 = 3, .b0 = 7, .vd = 11, .vb = 2, .error = 0x1p-9};
  ck_assert(real_data_moment_error(&m, 5, 1.5, 4) == 5 * 2.25 * (10 + 16 * 13));
  const least_squares_outcomes truth = {.dominant = 13, .bulk = 5, .error = 17};
  const double gamma = 4 * ROUNDING_UNIT / (1 - 4 * ROUNDING_UNIT);
  ck_assert_double_eq_tol(real_data_change_error(&truth, &m, 0.5),
                          (17 + 9) * 10 + (0x1p-9 + gamma) * (91 + 15), 1e-13);
  const one_step_moments exact = {.d0 = 0x1p-60, .b0 = 0x1p-59};
  const least_squares_outcomes small_ones = {.dominant = 3, .bulk = 5};
  ck_assert_double_eq_tol(real_data_change_error(&small_ones, &exact, 0) / (gamma * 11 * 0x1p-60),
                          1, 1e-14);
  regression *r = small(3, 2, 0.0);
  const spectrum *values = r->problem->spectrum;
  ck_assert(values->lambda_error > 0);
  ck_assert_double_eq_tol(real_data_basis_error(r) * values->lambda[0] / values->lambda_error, 8,
                          1e-14);
  regression_free(r);
}
END_TEST

/* The dominant variance for which eta_D (D_1 + tau_D grows) is `factor` times as long; the same of
 * the bulk's. */
static void stretch(quadratic *q, size_t from, size_t to, double factor) {
  double slope = 0, noise = 0;
  for (size_t i = from; i < to; i++) {
    slope += q->lambda[i] * (q->g[i] * q->g[i] + q->v[i]);
    noise += q->lambda[i] * q->v[i];
  }
  for (size_t i = from; i < to; i++)
    q->v[i] *= 1 + slope * (1 / factor - 1) / noise;
}

/* With an end that is wrong by a factor the loss turns where it should not: by two, by 1.002 and at
 * the very step that is tried. */
START_TEST(test_wrong_ends_are_seen) {
  static const struct {
    double factor, at;
    const char *what;
  } cases[] = {{2, 0.9, "raises"},
               {0.5, 1.001, "lowers"},
               {1.05, 0.999, "raises"},
               {0.95, 1.001, "lowers"},
               {1.0005, 0, ""}};
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++)
    for (int side = 0; side < 2; side++) {
      regression *r = small(3, 1, 0.0);
      quadratic *q = r->state;
      stretch(q, side == 0 ? 0 : q->k, side == 0 ? q->k : q->d, cases[n].factor);
      one_step_moments m;
      opposite_effects ends;
      one_step_moments_of(q, &m);
      ck_assert_int_eq(opposite_effects_of(&m, &ends), GSL_SUCCESS);
      char words[128];
      snprintf(words, sizeof words, "eta = %a: the %s update %s the loss",
               cases[n].at * (side == 0 ? ends.eta_dominant : ends.eta_bulk),
               side == 0 ? "dominant" : "bulk", cases[n].what);
      if (cases[n].at > 0)
        expect_noted(r, "losses_by_enumeration", VERDICT_FAILS, words);
      else
        expect_noted(r, "losses_by_enumeration", VERDICT_HOLDS, "");
      regression_free(r);
    }
  for (int side = 0; side < 2; side++) {
    regression *r = small(2, 1, 0.0);
    r->state->g[side] = 0;
    expect_noted(r, "losses_by_enumeration", VERDICT_FAILS, "");
    regression_free(r);
  }
}
END_TEST

/* eta* that is wrong, by variances that are: too long a step raises the alignment where it should
 * fall, too short a one the other way round. */
START_TEST(test_wrong_critical_step_is_seen) {
  int seen = 0;
  for (int up = 0; up < 2; up++) {
    regression *r = small(3, 1, 0.0);
    ck_assert(support_coverage(&real_data_claim, "low regime")->holds(r));
    ck_assert(!support_coverage(&real_data_claim, "high regime")->holds(r));
    r->state->v[0] *= up ? 1.5 : 0.75;
    one_step_moments m;
    critical_step found;
    one_step_moments_of(r->state, &m);
    ck_assert_int_eq(critical_step_of(&m, &found), GSL_SUCCESS);
    ck_assert_int_eq(found.regime, REGIME_LOW);
    char words[128];
    snprintf(words, sizeof words, "eta = %a: the enumerated mean-field alignment %s",
             (up ? 1.01 : 0.9) * found.eta_star, up ? "falls" : "rises");
    expect_noted(r, "alignment_by_enumeration", VERDICT_FAILS, words);
    seen++;
    regression_free(r);
    r = small(2, 1, 0.0);
    r->state->g[up] = 0;
    expect_noted(r, "alignment_by_enumeration", VERDICT_FAILS, "");
    regression_free(r);
  }
  ck_assert_int_eq(seen, 2);
}
END_TEST

/* A state that is called high falls at every step, which this one does not from eta* on; on the
 * threshold nothing is said. */
START_TEST(test_wrong_regime_is_seen) {
  regression *r = small(3, 1, 0.0);
  quadratic *q = r->state;
  for (size_t j = q->k; j < q->d; j++)
    q->v[j] *= 1e9;
  ck_assert(support_coverage(&real_data_claim, "high regime")->holds(r));
  expect_noted(r, "alignment_by_enumeration", VERDICT_FAILS, "rises");
  /* the first of the steps at which it rises is one of those in units of 1/lambda_1 */
  static const double factors[] = {0.1, 0.5, 0.9, 0.99, 1.01, 1.1, 2.0, 10.0};
  claim_note note = {"", 0};
  bool named = false;
  ck_assert_int_eq(
      claim_find_conclusion(&real_data_claim, "alignment_by_enumeration")->check(r, &note),
      VERDICT_FAILS);
  for (size_t f = 0; f < 8; f++) {
    char words[64];
    snprintf(words, sizeof words, "eta = %a:", factors[f] * (1.0 / q->lambda[0]));
    named = named || strncmp(note.text, words, strlen(words)) == 0;
  }
  ck_assert_msg(named, "%s", note.text);
  regression_free(r);
  r = small(2, 1, 0.0);
  q = r->state;
  q->lambda[0] = q->lambda[1] = 1; /* no gap: eta* = 0 where the dominant noise is the larger */
  q->g[0] = q->g[1] = 1;
  q->v[0] = 2;
  q->v[1] = 1;
  expect_noted(r, "alignment_by_enumeration", VERDICT_FAILS, "is not positive");
  q->lambda[0] = 2;
  q->lambda[1] = 1;
  q->g[0] = q->g[1] = 1;
  q->v[0] = 1;
  q->v[1] = 7; /* 4 (1 + 1) = 1 + 7 */
  expect_noted(r, "alignment_by_enumeration", VERDICT_UNDECIDED, "");
  regression_free(r);
}
END_TEST

/* The order turned round: values, directions and coordinates, so that all that is said by
 * enumeration is said of the new dominant set; alignment has no eta* there. */
START_TEST(test_order_turned_round) {
  const ablation *dropped = &support_hypothesis(&real_data_claim, "gap")->dropped;
  for (size_t columns = 2; columns <= 4; columns++) {
    regression *r = small(columns, 1, 0.0);
    quadratic *q = quadratic_clone(r->state);
    ck_assert(support_hypothesis(&real_data_claim, "gap")->holds(r));
    ck_assert(dropped->violate(r, NULL));
    for (size_t i = 0; i < columns; i++) {
      const size_t j = columns - 1 - i;
      ck_assert(r->state->lambda[i] == q->lambda[j] &&
                r->problem->spectrum->lambda[i] == q->lambda[j]);
      ck_assert_double_eq_tol(r->state->g[i] / q->g[j], 1, 1e-9);
      ck_assert_double_eq_tol(r->state->v[i] / q->v[j], 1, 1e-9);
    }
    ck_assert(!support_hypothesis(&real_data_claim, "gap")->holds(r));
    expect_noted(r, "moments_by_enumeration", VERDICT_HOLDS, "");
    r->state->v[0] *= 1e12; /* low, where eta* is negative */
    expect_noted(r, "alignment_by_enumeration", VERDICT_FAILS, "is not positive");
    quadratic_free(q);
    regression_free(r);
  }
  /* A = diag(1/2, 1/8), g = (1/2, 1/4) but for signs. */
  regression *r = dropped->instance();
  ck_assert(r->state->lambda[0] == 0.125 && r->state->lambda[1] == 0.5);
  ck_assert_double_eq_tol(fabs(r->state->g[0]), 0.25, 1e-15);
  ck_assert_double_eq_tol(fabs(r->state->g[1]), 0.5, 1e-15);
  ck_assert_uint_eq(r->batch, 1);
  ck_assert_uint_eq(r->problem->spectrum->k, 1);
  ck_assert(r->problem->ridge == 0);
  expect_noted(r, "moments_by_enumeration", VERDICT_HOLDS, "");
  expect_noted(r, "alignment_by_enumeration", VERDICT_FAILS, "rises");
  regression_free(r);
}
END_TEST

START_TEST(test_labels) {
  regression *r = small(3, 1, 0.0);
  const coverage *start = support_coverage(&real_data_claim, "at most 10 steps in"),
                 *late = support_coverage(&real_data_claim, "more than 1000 steps in"),
                 *ridge = support_coverage(&real_data_claim, "with a ridge");
  r->steps = 10;
  ck_assert(start->holds(r) && !late->holds(r) && !ridge->holds(r));
  r->steps = 11;
  ck_assert(!start->holds(r));
  r->steps = 1000;
  ck_assert(!late->holds(r));
  r->steps = 1001;
  ck_assert(late->holds(r));
  r->problem->ridge = 1e-300;
  ck_assert(ridge->holds(r));
  const hypothesis *interior = support_hypothesis(&real_data_claim, "interior");
  ck_assert(interior->holds(r));
  r->state->g[0] = 0;
  ck_assert(!interior->holds(r));
  regression_free(r);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("D1 real_data");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(60));
  tcase_add_test(core, test_hand_set);
  tcase_add_test(core, test_refusals);
  tcase_add_test(core, test_small_holds);
  tcase_add_test(core, test_allowances_are_those_stated);
  tcase_add_test(core, test_wrong_moments_are_seen);
  tcase_add_test(core, test_wrong_ends_are_seen);
  tcase_add_test(core, test_wrong_critical_step_is_seen);
  tcase_add_test(core, test_wrong_regime_is_seen);
  tcase_add_test(core, test_order_turned_round);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_digits);
  tcase_add_test(core, test_losses_from_scratch);
  tcase_add_test(core, test_step_is_enumerated);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
