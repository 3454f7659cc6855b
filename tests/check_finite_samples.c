/* N2: theory/finite_samples, src/claims/finite_samples, and the iteration of
 * laws/sample_noise for the threshold of a data set. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "claims/finite_samples.h"
#include "families/finite_design_family.h"
#include "laws/noise_geometry.h"
#include "laws/sample_noise.h"
#include "model/random.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&finite_samples_claim);
}
END_TEST

/* X = I_2: r = (1, 2), q = (1, 1): 2 (1 + 4 - 9/2)/(5*2) = 1/10; over q the matrix is
 * (2/5) [[1 - 1/2, -1], [-1, 4 - 2]] with eigenvalues 0 and 1 = n - 1. */
START_TEST(test_by_hand) {
  double r[] = {1, 2}, q[] = {1, 1}, x[] = {1, 0, 0, 1}, a;
  const gsl_vector_view residual = gsl_vector_view_array(r, 2), along = gsl_vector_view_array(q, 2);
  const gsl_matrix_view samples = gsl_matrix_view_array(x, 2, 2);
  gsl_matrix *basis;
  sample_noise_range range;
  ck_assert_int_eq(sample_noise_along(&residual.vector, &along.vector, &a), 0);
  ck_assert_double_eq_tol(a, 0.1, 1e-15);
  ck_assert_int_eq(sample_noise_basis(&samples.matrix, &basis), 0);
  ck_assert_int_eq(sample_noise_directional(basis, &residual.vector, &range, NULL, NULL), 0);
  ck_assert_double_eq_tol(range.least, 0.0, 1e-14);
  ck_assert_double_eq_tol(range.most, 1.0, 1e-14);
  gsl_rng *rng = random_alloc(3);
  ck_assert_int_eq(sample_noise_worst(basis, 4, 10, rng, &range), 0);
  ck_assert(range.least > -1e-13 && range.least < 1e-6);
  ck_assert_double_eq_tol(range.most, 1.0, 1e-9);
  gsl_rng_free(rng);
  gsl_matrix_free(basis);
}
END_TEST

/* x = (1, -1): every x_s'G x_s is |G|^2 = 1, and mu is 0, the lower end 1 - lambda_1^2.  (1, -1)
 * along one axis and (2, -2) along the other: G = diag(1/2, 2), |G|^2 = 17/4, x_s'G x_s/|G|^2 is
 * 2/17 or 32/17; at delta = e_1 Sigma_11 = 1/4 and 2L = 1/2, so mu = 1/17; at e_2 it is 16/17. */
START_TEST(test_mu_between_samples) {
  finite_design *one =
                    finite_design_literal(2, 1, (const double[]){1, -1}, (const double[]){1}, NULL),
                *two = finite_design_literal(4, 2, (const double[]){1, 0, -1, 0, 0, 2, 0, -2},
                                             (const double[]){1, 1}, NULL);
  const double least[] = {0.0, 1.0 / 17}, most[] = {0.0, 16.0 / 17};
  finite_design *const all[] = {one, two};
  for (size_t i = 0; i < 2; i++) {
    gsl_matrix *basis;
    sample_noise_range loss;
    ck_assert_ptr_nonnull(all[i]);
    ck_assert_int_eq(sample_noise_basis(all[i]->x, &basis), GSL_SUCCESS);
    ck_assert_int_eq(sample_noise_loss_range(all[i]->x, basis, &loss), GSL_SUCCESS);
    ck_assert_double_eq_tol(loss.least, least[i], 1e-14);
    ck_assert_double_eq_tol(loss.most, most[i], 1e-14);
    gsl_matrix_free(basis);
    ck_assert_int_eq(support_check(&finite_samples_claim, "loss_between_samples", all[i]),
                     VERDICT_HOLDS);
  }
  finite_design_free(one);
  finite_design_free(two);
}
END_TEST

START_TEST(test_domain) {
  double zero[] = {0, 0}, one[] = {1, 1}, x[] = {0, 0}, a = 7.0;
  const gsl_vector_view none = gsl_vector_view_array(zero, 2), some = gsl_vector_view_array(one, 2);
  const gsl_matrix_view samples = gsl_matrix_view_array(x, 2, 1);
  gsl_matrix *basis = NULL;
  ck_assert_int_eq(sample_noise_along(&none.vector, &some.vector, &a), GSL_EDOM);
  ck_assert_int_eq(sample_noise_along(&some.vector, &none.vector, &a), GSL_EDOM);
  ck_assert_int_eq(sample_noise_loss(&samples.matrix, &none.vector, &a), GSL_EDOM);
  ck_assert(a == 7.0);
  ck_assert_int_eq(sample_noise_basis(&samples.matrix, &basis), GSL_EDOM);
  ck_assert_ptr_null(basis);
}
END_TEST

/* A data set with exactly Gaussian fourth moments: all 3^4 points of the quadrature of N1, repeated
 * in proportion to their weights (1 : 4 : 1 in each coordinate), 6^4 samples in all.  The power
 * iteration must find the closed form. */
START_TEST(test_threshold_of_a_gaussian_grid) {
  enum { D = 4, N = 1296 };
  const double lambda[D] = {3, 2, 1, 0.25};
  const double node[6] = {-sqrt(3), 0, 0, 0, 0, sqrt(3)};
  gsl_matrix *x = gsl_matrix_alloc(N, D);
  for (size_t s = 0; s < N; s++)
    for (size_t i = 0, rest = s; i < D; i++, rest /= 6)
      gsl_matrix_set(x, s, i, sqrt(lambda[i]) * node[rest % 6]);
  for (size_t b = 1; b <= 1000; b *= 10) {
    random_design *r = random_design_literal(D, 1, lambda, lambda, b, 0.0);
    law_value data, gaussian;
    ck_assert_int_eq(sample_noise_critical_step(x, lambda, 0.0, b, &data, NULL), 0);
    ck_assert_int_eq(noise_critical_step(r, &gaussian, NULL), 0);
    ck_assert(fabs(data.val - gaussian.val) <= data.err + gaussian.err);
    random_design_free(r);
  }
  diagnostic diag;
  law_value untouched = {1, 2};
  ck_assert_int_eq(sample_noise_critical_step(x, lambda, 0.0, 0, &untouched, &diag), GSL_EINVAL);
  ck_assert(untouched.val == 1);
  gsl_matrix_free(x);
}
END_TEST

/* One sample +-s_i along each axis: the directions do not mix, and where batches of b first amplify
 * the i-th, E(1 - eta h)^2 = 1 with E h = m2, E h^2 = m4/b + (1 - 1/b) m2^2, is eta = 2 m2/E h^2.
 * Modes as close as one in 10^10, and many of them. */
START_TEST(test_threshold_of_modes_close_together) {
  enum { D_MOST = 8 };
  static const double apart[] = {1e-2, 1e-4, 5e-6, 1e-7, 1e-8, 1e-10, 0.0};
  for (size_t d = 2; d <= D_MOST; d++)
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
      for (size_t batch = 1; batch <= 4; batch *= 2) {
        gsl_matrix *x = gsl_matrix_calloc(d, d);
        double lambda[D_MOST], least = INFINITY;
        for (size_t p = 0; p < d; p++) {
          const double length = 1.0 + apart[i] * (double)(d - p), n = (double)d, b = (double)batch;
          const double m2 = length * length / n, m4 = m2 * length * length;
          gsl_matrix_set(x, p, p, length);
          lambda[p] = m2;
          least = fmin(least, 2.0 * m2 / (m4 / b + (1.0 - 1.0 / b) * m2 * m2));
        }
        law_value eta_c;
        ck_assert_int_eq(sample_noise_critical_step(x, lambda, 0.0, batch, &eta_c, NULL), 0);
        ck_assert_msg(fabs(eta_c.val - least) <= eta_c.err && eta_c.err <= 1e-10 * least,
                      "d = %zu, apart by %g, batch %zu: %.15g, not %.15g, error %g", d, apart[i],
                      batch, eta_c.val, least, eta_c.err);
        gsl_matrix_free(x);
      }
}
END_TEST

/* --- planted laws ----------------------------------------------------------------------------- */

typedef struct {
  double along[6]; /* call by call, the last one for ever */
  double
      beyond; /* beside: the right a, and this times the allowance of finite_samples_definition */
  sample_noise_range range[2], loss_range;
  double mu;
  size_t asked, ranges, bases;
  gsl_vector *r[6], *q[6]; /* what was asked of `along` */
  gsl_matrix *x;           /* what was asked of `basis` last */
  size_t rank;             /* of a second basis; 0: as it is */
  const char *fails;
} planted_laws;

static planted_laws planted;

static gsl_vector *kept(const gsl_vector *v) {
  gsl_vector *copy = gsl_vector_alloc(v->size);
  gsl_vector_memcpy(copy, v);
  return copy;
}

static void forget(void) {
  for (size_t i = 0; i < 6; i++) {
    gsl_vector_free(planted.r[i]);
    gsl_vector_free(planted.q[i]);
    planted.r[i] = planted.q[i] = NULL;
  }
  gsl_matrix_free(planted.x);
  planted.x = NULL;
  planted.asked = planted.ranges = planted.bases = 0;
}

static int outcome(const char *law) {
  return planted.fails != NULL && strcmp(planted.fails, law) == 0 ? GSL_ENOMEM : GSL_SUCCESS;
}

static int say_basis(const gsl_matrix *x, gsl_matrix **basis) {
  gsl_matrix_free(planted.x);
  planted.x = gsl_matrix_alloc(x->size1, x->size2);
  gsl_matrix_memcpy(planted.x, x);
  if (outcome("basis") != GSL_SUCCESS)
    return GSL_ENOMEM;
  if (planted.bases++ == 0 || planted.rank == 0)
    return sample_noise_basis(x, basis);
  *basis = gsl_matrix_calloc(x->size1, planted.rank);
  return GSL_SUCCESS;
}

static int say_along(const gsl_vector *r, const gsl_vector *q, double *a) {
  ck_assert_uint_lt(planted.asked, 6);
  planted.r[planted.asked] = kept(r);
  planted.q[planted.asked] = kept(q);
  *a = planted.along[planted.asked++];
  if (planted.beyond != 0.0) { /* X = diag(3, 1) */
    const double v[] = {gsl_vector_get(q, 0) / 3, gsl_vector_get(q, 1)};
    const double spread = 1 + 10 * (v[0] * v[0] + v[1] * v[1]) / (9 * v[0] * v[0] + v[1] * v[1]);
    sample_noise_along(r, q, a);
    *a += planted.beyond * finite_samples_error(2, 2) * spread * spread;
  }
  return outcome("along");
}

static int say_directional(const gsl_matrix *basis, const gsl_vector *r, sample_noise_range *out,
                           gsl_vector *at_least, gsl_vector *at_most) {
  (void)basis, (void)r;
  *out = planted.range[planted.ranges++];
  if (at_least != NULL)
    gsl_vector_set_basis(at_least, 0);
  if (at_most != NULL)
    gsl_vector_set_basis(at_most, 1);
  return outcome("directional");
}

static int say_loss(const gsl_matrix *x, const gsl_vector *r, double *mu) {
  (void)x, (void)r;
  *mu = planted.mu;
  return outcome("loss");
}

static int say_loss_range(const gsl_matrix *x, const gsl_matrix *basis, sample_noise_range *out) {
  (void)x, (void)basis;
  *out = planted.loss_range;
  return outcome("loss_range");
}

static const finite_samples_laws saying = {say_basis, say_along, say_directional, say_loss,
                                           say_loss_range};

typedef verdict decider(const finite_design *, const finite_samples_laws *, claim_note *);

static verdict on(decider *decide, const finite_design *f) {
  claim_note note = {"", 0};
  forget();
  const verdict v = decide(f, &saying, &note);
  ck_assert(v != VERDICT_FAILS || note.text[0] != '\0'); /* it says why */
  return v;
}

/* The verdict with *place moved by `allowed`: not quite, and a little more. */
static void expect_edge(decider *decide, const finite_design *f, double *place, double allowed) {
  const double own = *place;
  *place = own + 0.96 * allowed;
  ck_assert_int_eq(on(decide, f), VERDICT_HOLDS);
  *place = own + 1.04 * allowed;
  ck_assert_int_eq(on(decide, f), VERDICT_FAILS);
  *place = own;
}

/* X = (2, 1)', r = (2, 1): a = mu = 2 (17 - 25/2)/25 = 9/25 in every direction, |X|^2 |v|^2 =
 * |q|^2.
 */
static finite_design *one_feature(void) {
  finite_design *f = finite_design_literal(2, 1, (const double[]){2, 1}, (const double[]){1}, NULL);
  ck_assert_ptr_nonnull(f);
  planted = (planted_laws){.along = {0.36, 0.36, 0.36, 0.36, 0.36, 0.36},
                           .range = {{0, 1}, {0, 1}},
                           .loss_range = {0, 1},
                           .mu = 0.36};
  return f;
}

START_TEST(test_error) {
  ck_assert_double_eq(finite_samples_error(7, 3), 32 * 10 * 7 * 0x1p-53);
}
END_TEST

START_TEST(test_planted_definition) {
  decider *const decide = finite_samples_definition;
  finite_design *f = one_feature();
  const double error = finite_samples_error(2, 1);
  ck_assert_int_eq(on(decide, f), VERDICT_HOLDS);
  ck_assert_uint_eq(planted.asked, 6);
  for (size_t i = 0; i < 6; i++) { /* six directions, none like another */
    ck_assert(gsl_vector_get(planted.q[i], 1) != 0);
    for (size_t j = 0; j < i; j++)
      ck_assert(gsl_vector_get(planted.q[i], 1) != gsl_vector_get(planted.q[j], 1));
  }
  for (int sign = -1; sign <= 1; sign += 2) {
    expect_edge(decide, f, &planted.along[0], sign * 4 * error);
    expect_edge(decide, f, &planted.along[5], sign * 4 * error);
    expect_edge(decide, f, &planted.mu, sign * 2 * error);
  }
  planted.range[0] = (sample_noise_range){0.36, 1};
  expect_edge(decide, f, &planted.range[0].least, error);
  planted.range[0] = (sample_noise_range){0, 0.36};
  expect_edge(decide, f, &planted.range[0].most, -error);
  planted.range[0] = (sample_noise_range){0, 1};
  expect_edge(decide, f, &planted.range[0].least, -error);
  expect_edge(decide, f, &planted.range[0].most, error);
  planted.loss_range = (sample_noise_range){0.36, 1};
  expect_edge(decide, f, &planted.loss_range.least, error);
  planted.loss_range = (sample_noise_range){0, 0.36};
  expect_edge(decide, f, &planted.loss_range.most, -error);
  forget();
  finite_design_free(f);
}
END_TEST

/* Where v'Gv is small a may err more: X = diag(3, 1). */
START_TEST(test_planted_spread) {
  finite_design *f =
      finite_design_literal(2, 2, (const double[]){3, 0, 0, 1}, (const double[]){1, 2}, NULL);
  ck_assert_ptr_nonnull(f);
  gsl_vector *r = gsl_vector_alloc(2);
  finite_design_residuals(f, r);
  forget();
  planted = (planted_laws){.range = {{0, 1}, {0, 1}}};
  ck_assert_int_eq(sample_noise_loss(f->x, r, &planted.mu), GSL_SUCCESS);
  planted.loss_range = (sample_noise_range){planted.mu, planted.mu};
  for (int sign = -1; sign <= 1; sign += 2) {
    planted.beyond = sign * 0.96;
    ck_assert_int_eq(on(finite_samples_definition, f), VERDICT_HOLDS);
    planted.beyond = sign * 1.04;
    ck_assert_int_eq(on(finite_samples_definition, f), VERDICT_FAILS);
  }
  forget();
  gsl_vector_free(r);
  finite_design_free(f);
}
END_TEST

/* G = diag(1/2, 2) of +-(1, 0) and +-(0, 2): between (2 - 16)/17 and 32/17, in any order. */
START_TEST(test_planted_between) {
  static const double samples[][8] = {{1, 0, -1, 0, 0, 2, 0, -2}, {0, 2, 1, 0, -1, 0, 0, -2}};
  for (size_t i = 0; i < 2; i++) {
    finite_design *f = finite_design_literal(4, 2, samples[i], (const double[]){1, 1}, NULL);
    ck_assert_ptr_nonnull(f);
    const double allowed = 2 * 4 * finite_samples_error(4, 2);
    planted = (planted_laws){.loss_range = {-14.0 / 17, 32.0 / 17}};
    expect_edge(finite_samples_between, f, &planted.loss_range.least, -allowed);
    expect_edge(finite_samples_between, f, &planted.loss_range.most, allowed);
    forget();
    finite_design_free(f);
  }
  /* (2, 1) and (1, 2): G = [[5/2, 2], [2, 5/2]], |G|^2 = x'Gx = 41/2, lambda_1 = 9/2 */
  finite_design *f =
      finite_design_literal(2, 2, (const double[]){2, 1, 1, 2}, (const double[]){1, 1}, NULL);
  ck_assert_ptr_nonnull(f);
  const double allowed = 2 * 2 * finite_samples_error(2, 2);
  planted = (planted_laws){.loss_range = {1.0 - 40.5 / 41, 1.0}};
  expect_edge(finite_samples_between, f, &planted.loss_range.least, -allowed);
  expect_edge(finite_samples_between, f, &planted.loss_range.most, allowed);
  forget();
  finite_design_free(f);
}
END_TEST

START_TEST(test_planted_attained) {
  decider *const decide = finite_samples_attained;
  finite_design *f = one_feature();
  const double error = finite_samples_error(2, 1);
  planted.range[0] = (sample_noise_range){0.25, 0.75};
  memcpy(planted.along, (const double[]){0.25, 0.75, 0.75}, 3 * sizeof(double));
  ck_assert_int_eq(on(decide, f), VERDICT_HOLDS);
  ck_assert_uint_eq(planted.asked, 3); /* (r, e_1), (r, e_2), (e_2, r) */
  for (size_t i = 0; i < 2; i++) {
    ck_assert(gsl_vector_get(planted.r[i], 0) == 2 && gsl_vector_get(planted.r[i], 1) == 1);
    ck_assert(gsl_vector_get(planted.q[i], i) == 1 && gsl_vector_get(planted.q[i], 1 - i) == 0);
  }
  ck_assert(gsl_vector_equal(planted.r[2], planted.q[1]));
  ck_assert(gsl_vector_equal(planted.q[2], planted.r[1]));
  for (int sign = -1; sign <= 1; sign += 2) {
    expect_edge(decide, f, &planted.along[0], sign * 2 * error);
    expect_edge(decide, f, &planted.along[2], sign * error);
    planted.along[2] += sign * 1.5 * error; /* so that it is not this one that moves away */
    expect_edge(decide, f, &planted.along[1], sign * 2 * error);
    planted.along[2] = 0.75;
  }
  forget();
  finite_design_free(f);
}
END_TEST

/* What the range is asked of: x_1, then 2 x_2 + x_1, 4 x_3 + x_2, 8 x_4 + x_3 and x_5 + x_4, and
 * three of them again. */
START_TEST(test_planted_columns) {
  decider *const decide = finite_samples_columns;
  finite_design *f = finite_design_literal(2, 5, (const double[]){2, 3, 5, 7, 11, 1, 0, 0, 4, 0},
                                           (const double[]){1, 0, 0, 0, 0}, NULL);
  static const double columns[2][8] = {{2, 8, 23, 61, 18, 2, 3, 5}, {1, 1, 0, 32, 4, 1, 0, 0}};
  ck_assert_ptr_nonnull(f);
  forget();
  planted = (planted_laws){.range = {{0.25, 0.75}, {0.25, 0.75}}};
  ck_assert_int_eq(on(decide, f), VERDICT_HOLDS);
  ck_assert(planted.x->size1 == 2 && planted.x->size2 == 8);
  for (size_t s = 0; s < 2; s++)
    for (size_t i = 0; i < 8; i++)
      ck_assert_double_eq(gsl_matrix_get(planted.x, s, i), columns[s][i]);
  for (int sign = -1; sign <= 1; sign += 2) {
    expect_edge(decide, f, &planted.range[1].least, sign * 2e-8);
    expect_edge(decide, f, &planted.range[1].most, sign * 2e-8);
  }
  planted.range[1].most = 0.5;
  planted.rank = 1; /* of another rank: nothing is said */
  ck_assert_int_eq(on(decide, f), VERDICT_VACUOUS);
  forget();
  finite_design_free(f);
}
END_TEST

/* n = 3: a = 2 and 0. */
START_TEST(test_planted_ends) {
  decider *const decide = finite_samples_ends;
  finite_design *f = finite_design_literal(3, 3, (const double[]){1, 2, 0, 0, 1, 1, 0, 0, 3},
                                           (const double[]){1, 1, 1}, NULL);
  ck_assert_ptr_nonnull(f);
  const double error = finite_samples_error(3, 3);
  forget();
  planted = (planted_laws){.along = {2, 0}};
  ck_assert_int_eq(on(decide, f), VERDICT_HOLDS);
  ck_assert_uint_eq(planted.asked, 2);
  for (size_t s = 0; s < 3; s++) { /* e_1 along itself and along e_2 */
    ck_assert_double_eq_tol(gsl_vector_get(planted.r[0], s), s == 0, 1e-14);
    ck_assert_double_eq_tol(gsl_vector_get(planted.q[0], s), s == 0, 1e-14);
    ck_assert_double_eq_tol(gsl_vector_get(planted.r[1], s), s == 0, 1e-14);
    ck_assert_double_eq_tol(gsl_vector_get(planted.q[1], s), s == 1, 1e-14);
  }
  for (int sign = -1; sign <= 1; sign += 2) {
    expect_edge(decide, f, &planted.along[0], sign * error);
    expect_edge(decide, f, &planted.along[1], sign * error);
  }
  forget();
  finite_design_free(f);
  f = one_feature();
  ck_assert_int_eq(on(decide, f), VERDICT_VACUOUS);
  forget();
  finite_design_free(f);
}
END_TEST

/* A law that cannot say is no verdict; no residual is no noise. */
START_TEST(test_laws_that_fail) {
  static const struct {
    decider *decide;
    const char *law;
  } all[] = {{finite_samples_definition, "basis"},
             {finite_samples_definition, "along"},
             {finite_samples_definition, "loss"},
             {finite_samples_definition, "directional"},
             {finite_samples_definition, "loss_range"},
             {finite_samples_between, "loss_range"},
             {finite_samples_attained, "directional"},
             {finite_samples_attained, "along"},
             {finite_samples_columns, "basis"},
             {finite_samples_columns, "directional"},
             {finite_samples_ends, "along"}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    finite_design *f =
        finite_design_literal(2, 2, (const double[]){1, 0, 0, 1}, (const double[]){1, 1}, NULL);
    ck_assert_ptr_nonnull(f);
    forget();
    planted = (planted_laws){.along = {0, 0, 0}, .fails = all[i].law};
    ck_assert_int_eq(on(all[i].decide, f), VERDICT_UNDECIDED);
    gsl_vector_set_zero(f->delta);
    claim_note note = {"", 0};
    ck_assert_int_eq(all[i].decide(f, &saying, &note), VERDICT_FAILS);
    ck_assert_str_eq(note.text, "every residual is 0: no noise to be aligned");
    forget();
    finite_design_free(f);
  }
}
END_TEST

/* --- hypotheses and labels ----------------------------------------------------------------------
 */

START_TEST(test_labels) {
  const coverage *few = support_coverage(&finite_samples_claim, "no more samples than features"),
                 *many = support_coverage(&finite_samples_claim, "more samples than features");
  for (size_t n = 2; n <= 4; n++) {
    finite_design *f = finite_design_alloc(n, 3);
    ck_assert(few->holds(f) == (n <= 3) && many->holds(f) == (n > 3));
    finite_design_free(f);
  }
}
END_TEST

/* The counterexamples are those of which the remarks speak. */
START_TEST(test_counterexamples) {
  const hypothesis *loss = support_hypothesis(&finite_samples_claim, "positive_loss"),
                   *clean = support_hypothesis(&finite_samples_claim, "clean_labels");
  finite_design *f = loss->dropped.instance();
  ck_assert(!loss->holds(f) && clean->holds(f) && f->x->size1 == 2 && f->x->size2 == 1);
  finite_design_free(f);
  f = clean->dropped.instance();
  ck_assert(loss->holds(f) && !clean->holds(f) && f->x->size1 == 2 && f->x->size2 == 1);
  ck_assert(gsl_matrix_get(f->x, 0, 0) == 2 && gsl_matrix_get(f->x, 1, 0) == 1);
  ck_assert(gsl_vector_get(f->delta, 0) == 0 && gsl_vector_get(f->label, 0) == 0 &&
            gsl_vector_get(f->label, 1) == 1);
  finite_design_free(f);
  f = one_feature();
  gsl_rng *rng = random_alloc(5);
  f->label = gsl_vector_calloc(2);
  ck_assert(clean->dropped.violate(f, rng) && !clean->holds(f) && loss->holds(f));
  for (size_t s = 0; s < 2; s++)
    ck_assert(gsl_vector_get(f->label, s) != 0);
  gsl_vector_free(f->label);
  f->label = NULL;
  ck_assert(loss->dropped.violate(f, rng) && !loss->holds(f) && clean->holds(f));
  gsl_rng_free(rng);
  finite_design_free(f);
}
END_TEST

enum { SMALL_D = 3, SMALL_N = 5, MAP_SIZE = SMALL_D * SMALL_D };

/* map += weight (I - eta H) (x) (I - eta H), H of the samples s and t with equal weights. */
static void add_outcome(gsl_matrix *map, const gsl_matrix *x, size_t s, size_t t, double ridge,
                        double eta, double weight) {
  double step[SMALL_D][SMALL_D];
  for (size_t i = 0; i < SMALL_D; i++)
    for (size_t j = 0; j < SMALL_D; j++)
      step[i][j] =
          (i == j) * (1.0 - eta * ridge) - 0.5 * eta *
                                               (gsl_matrix_get(x, s, i) * gsl_matrix_get(x, s, j) +
                                                gsl_matrix_get(x, t, i) * gsl_matrix_get(x, t, j));
  for (size_t i = 0; i < MAP_SIZE; i++)
    for (size_t j = 0; j < MAP_SIZE; j++)
      *gsl_matrix_ptr(map, i, j) +=
          weight * step[i / SMALL_D][j / SMALL_D] * step[i % SMALL_D][j % SMALL_D];
}

/* The largest eigenvalue of M -> E[(I - eta H) M (I - eta H)], by going through all batches of one
 * or two. */
static double radius_by_enumeration(const gsl_matrix *x, size_t batch, double ridge, double eta) {
  gsl_matrix *map = gsl_matrix_calloc(MAP_SIZE, MAP_SIZE);
  gsl_vector *values = gsl_vector_alloc(MAP_SIZE);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(MAP_SIZE);
  for (size_t s = 0; s < SMALL_N; s++)
    for (size_t t = 0; t < SMALL_N; t++)
      if (batch == 2 || s == t)
        add_outcome(map, x, s, t, ridge, eta,
                    batch == 2 ? 1.0 / (SMALL_N * SMALL_N) : 1.0 / SMALL_N);
  gsl_eigen_symm(map, values, work);
  const double largest = gsl_vector_max(values);
  gsl_matrix_free(map);
  gsl_vector_free(values);
  gsl_eigen_symm_free(work);
  return largest;
}

/* x in the eigenbasis of x'x/n + ridge I, whose eigenvalues go to lambda. */
static gsl_matrix *in_eigenbasis(const gsl_matrix *x, double ridge, double lambda[SMALL_D]) {
  gsl_matrix *g = gsl_matrix_calloc(SMALL_D, SMALL_D),
             *vectors = gsl_matrix_alloc(SMALL_D, SMALL_D);
  gsl_matrix *features = gsl_matrix_alloc(SMALL_N, SMALL_D);
  gsl_vector_view values = gsl_vector_view_array(lambda, SMALL_D);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(SMALL_D);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0 / SMALL_N, x, x, 0.0, g);
  gsl_eigen_symmv(g, &values.vector, vectors, work);
  gsl_eigen_symmv_sort(&values.vector, vectors, GSL_EIGEN_SORT_VAL_DESC);
  gsl_vector_add_constant(&values.vector, ridge);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, x, vectors, 0.0, features);
  gsl_matrix_free(g);
  gsl_matrix_free(vectors);
  gsl_eigen_symmv_free(work);
  return features;
}

/* Skewed data in no particular basis, where the map mixes everything with everything: the whole
 * map, batch by batch, has its largest eigenvalue below 1 under eta_c and above 1 over it. */
START_TEST(test_threshold_by_enumeration) {
  gsl_rng *rng = random_alloc(17);
  for (int trial = 0; trial < 40; trial++) {
    const size_t batch = trial % 2 == 0 ? 1 : 2;
    const double ridge = trial % 4 < 2 ? 0.0 : 0.3;
    gsl_matrix *x = gsl_matrix_alloc(SMALL_N, SMALL_D);
    for (size_t i = 0; i < SMALL_N * SMALL_D; i++)
      x->data[i] = gsl_ran_exponential(rng, 1.0) - 0.5;
    double lambda[SMALL_D];
    gsl_matrix *features = in_eigenbasis(x, ridge, lambda);
    law_value eta_c;
    ck_assert_int_eq(sample_noise_critical_step(features, lambda, ridge, batch, &eta_c, NULL), 0);
    ck_assert(eta_c.err <= 1e-10 * eta_c.val);
    const double under = radius_by_enumeration(x, batch, ridge, eta_c.val - 2.0 * eta_c.err);
    const double over = radius_by_enumeration(x, batch, ridge, eta_c.val + 2.0 * eta_c.err);
    ck_assert_msg(under < 1.0 && over > 1.0, "trial %d: %.12f and %.12f at %g", trial, under, over,
                  eta_c.val);
    gsl_matrix_free(x);
    gsl_matrix_free(features);
  }
  gsl_rng_free(rng);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("N2 finite_samples");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_error);
  tcase_add_test(core, test_planted_definition);
  tcase_add_test(core, test_planted_spread);
  tcase_add_test(core, test_planted_between);
  tcase_add_test(core, test_planted_attained);
  tcase_add_test(core, test_planted_columns);
  tcase_add_test(core, test_planted_ends);
  tcase_add_test(core, test_laws_that_fail);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_by_hand);
  tcase_add_test(core, test_mu_between_samples);
  tcase_add_test(core, test_domain);
  tcase_add_test(core, test_claim_holds);
  tcase_add_test(core, test_threshold_of_a_gaussian_grid);
  tcase_add_test(core, test_threshold_of_modes_close_together);
  tcase_add_test(core, test_threshold_by_enumeration);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
