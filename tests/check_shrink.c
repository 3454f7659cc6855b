/* src/verify/shrink and what it needs of the families: simpler numbers, instances that are read
 * back bit for bit, simplified, perturbed, and written as code. */
#include "config.h"
#include "scratch.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/registry.h"
#include "families/number.h"
#include "families/quadratic_family.h"
#include "families/regression_family.h"
#include "model/random.h"
#include "verify/corpus.h"
#include "verify/run.h"
#include "verify/shrink.h"

enum { PATH_LENGTH = SCRATCH_PATH_LENGTH + 64 };

static gsl_rng *make_rng(const char *name, size_t trial) {
  gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, name, trial));
  ck_assert_ptr_nonnull(rng);
  return rng;
}

/* --- numbers -------------------------------------------------------------------------------- */

/* The order that a reader expects. */
START_TEST(test_cost_is_in_order) {
  static const double rising[] = {0.0,    1.0, 2.0,    3.0,           10.0,
                                  0x1p-7, 300, 0x1p40, 1.0 + 0x1p-20, 0.1};
  for (size_t i = 0; i + 1 < sizeof rising / sizeof *rising; i++)
    ck_assert_msg(family_number_cost(rising[i]) < family_number_cost(rising[i + 1]),
                  "%g costs %g, %g costs %g", rising[i], family_number_cost(rising[i]),
                  rising[i + 1], family_number_cost(rising[i + 1]));
  ck_assert(family_number_cost(-3.0) > family_number_cost(3.0));
  ck_assert(family_number_cost(NAN) == 128.0 && family_number_cost(INFINITY) == 128.0);
  /* log2(1 + 5) - (-3) for 5/8, to the half of 2^-10 */
  ck_assert(fabs(family_number_cost(0.625) - (log2(6.0) + 3.0)) <= 0x1p-11);
  static const double equal[] = {7, 7, 7, 1};
  ck_assert(family_array_cost(equal, 4) == 3.0 + 0.25 + 0.25 + 1.0);
}
END_TEST

/* All of them cost less, come by rising cost, once each; and every number gets down to 0. */
START_TEST(test_simpler_numbers) {
  gsl_rng *rng = make_rng("simpler", 0);
  for (size_t trial = 0; trial < 500; trial++) {
    const double size = random_log_uniform(rng, 1e-100, 1e100);
    const double whole = (double)random_index(rng, 0, 5000);
    const double x = trial % 3 == 0 ? whole : trial % 3 == 1 ? size : -whole / 16.0;
    double simpler[FAMILY_NUMBER_SIMPLER_MOST];
    const size_t count = family_number_simpler(x, simpler);
    ck_assert((count == 0) == (x == 0.0));
    for (size_t i = 0; i < count; i++) {
      ck_assert(family_number_cost(simpler[i]) < family_number_cost(x));
      ck_assert(i == 0 || family_number_cost(simpler[i - 1]) <= family_number_cost(simpler[i]));
      for (size_t j = 0; j < i; j++)
        ck_assert(simpler[i] != simpler[j]);
    }
    ck_assert(count == 0 || simpler[0] == 0.0);
  }
  gsl_rng_free(rng);
}
END_TEST

/* Against an oracle: the decimal text of x in base two, cut by printf. */
START_TEST(test_round_to_bits) {
  ck_assert(family_number_round(0.0, 3) == 0.0);
  ck_assert(family_number_round(-7.0, 2) == -8.0);
  ck_assert(family_number_round(5.0, 2) == 4.0); /* a tie, to even */
  ck_assert(family_number_round(0.1, 53) == 0.1);
  gsl_rng *rng = make_rng("round", 0);
  for (size_t trial = 0; trial < 500; trial++) {
    const double x = random_log_uniform(rng, 1e-30, 1e30);
    char text[64];
    snprintf(text, sizeof text, "%.2a", x); /* one bit before the point, eight behind */
    ck_assert(family_number_round(x, 9) == strtod(text, NULL));
  }
  gsl_rng_free(rng);
}
END_TEST

START_TEST(test_blocks) {
  for (size_t n = 1; n < 40; n++) {
    const size_t count = family_block_count(n);
    size_t singles = 0, last = n;
    for (size_t i = 0; i < count; i++) {
      size_t from, length;
      ck_assert(family_block(n, i, &from, &length));
      ck_assert(length >= 1 && length < n && from + length <= n &&
                length <= last + (from == 0 ? n : 0));
      singles += length == 1;
      last = length;
    }
    size_t from, length;
    ck_assert(!family_block(n, count, &from, &length));
    ck_assert(n == 1 ? count == 0 : singles >= n);
  }
}
END_TEST

static char *written(void (*print)(FILE *, const void *), const void *instance) {
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  ck_assert_ptr_nonnull(stream);
  print(stream, instance);
  fclose(stream);
  return text;
}

static void number_to_tex(FILE *stream, const void *x) {
  family_number_print_tex(stream, *(const double *)x);
}

static void number_to_code(FILE *stream, const void *x) {
  family_number_print_code(stream, *(const double *)x);
}

START_TEST(test_numbers_are_written) {
  static const struct {
    double x;
    const char *tex, *code;
  } cases[] = {{0, "0", "0"},
               {-3, "-3", "-3"},
               {0.625, "5/8", "0.625"},
               {-0.5, "-1/2", "-0.5"},
               {0x1p40, "2^{40}", "0x1p+40"},
               {3 * 0x1p-30, "3\\cdot2^{-30}", "0x1.8p-29"},
               {1.0 + 0x1p-52, "(1+1\\cdot2^{-52})", "0x1.0000000000001p+0"},
               {0.1, "{\\approx}1.000\\cdot10^{-1}", "0.1"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *tex = written(number_to_tex, &cases[i].x), *code = written(number_to_code, &cases[i].x);
    ck_assert_str_eq(tex, cases[i].tex);
    ck_assert_str_eq(code, cases[i].code);
    ck_assert(strtod(code, NULL) == cases[i].x);
    free(tex);
    free(code);
  }
}
END_TEST

/* --- a toy whose minimum is known ------------------------------------------------------------ */

typedef struct {
  size_t a, b;
} toy;

static void toy_free(void *instance) {
  free(instance);
}

static toy *toy_make(size_t a, size_t b) {
  toy *t = malloc(sizeof *t);
  ck_assert_ptr_nonnull(t);
  *t = (toy){a, b};
  return t;
}

static double toy_complexity(const void *instance) {
  const toy *t = instance;
  return (double)t->a + (double)t->b;
}

/* Halves, then less one; way 4 makes nothing simpler and must never be taken. */
static void *toy_simplify(const void *instance, size_t attempt, bool *done) {
  const toy *t = instance;
  *done = attempt > 4;
  switch (attempt) {
  case 0:
    return toy_make(t->a / 2, t->b);
  case 1:
    return toy_make(t->a, t->b / 2);
  case 2:
    return t->a > 0 ? toy_make(t->a - 1, t->b) : NULL;
  case 3:
    return t->b > 0 ? toy_make(t->a, t->b - 1) : NULL;
  case 4:
    return toy_make(t->a + 1, t->b - 1);
  default:
    return NULL;
  }
}

static const family toys = {
    .name = "toy", .free = toy_free, .simplify = toy_simplify, .complexity = toy_complexity};

static bool toy_wanted(const void *instance, const void *context) {
  const toy *t = instance;
  return t->a >= 17 && t->b >= *(const size_t *)context;
}

START_TEST(test_known_minimum) {
  shrink_summary summary;
  for (size_t least = 0; least < 40; least++) {
    toy *t = shrink_instance(&toys, toy_make(1000 + 7 * least, 900), toy_wanted, &least, 10000,
                             &summary);
    ck_assert_uint_eq(t->a, 17);
    ck_assert_uint_eq(t->b, least);
    ck_assert(summary.local_minimum && summary.tries > summary.steps);
    toy_free(t);
  }
  /* Tries that run out are told; the result is still wanted. */
  const size_t least = 3;
  toy *t = shrink_instance(&toys, toy_make(1000, 1000), toy_wanted, &least, 5, &summary);
  ck_assert(!summary.local_minimum && summary.tries == 5);
  ck_assert(toy_wanted(t, &least));
  toy_free(t);
  /* No ways: the instance itself, and no minimum is claimed. */
  static const family mute = {.name = "mute", .free = toy_free};
  toy *given = toy_make(50, 50);
  ck_assert_ptr_eq(shrink_instance(&mute, given, toy_wanted, &least, 5, &summary), given);
  ck_assert(!summary.local_minimum && summary.tries == 0);
  toy_free(given);
}
END_TEST

/* --- quadratics ------------------------------------------------------------------------------ */

static bool same_bits(const double *x, const double *y, size_t n) {
  return (x == NULL) == (y == NULL) && (x == NULL || memcmp(x, y, n * sizeof *x) == 0);
}

static bool same_quadratic(const quadratic *p, const quadratic *q) {
  if (p->d != q->d || p->k != q->k || p->switch_step != q->switch_step ||
      p->reading != q->reading || !same_bits(&p->eta, &q->eta, 1) ||
      !same_bits(&p->eta_late, &q->eta_late, 1) || !same_bits(p->lambda, q->lambda, p->d) ||
      !same_bits(p->g, q->g, p->d) || !same_bits(p->v, q->v, p->d) ||
      !same_bits(p->bias, q->bias, p->d) || (p->covariance == NULL) != (q->covariance == NULL))
    return false;
  for (size_t i = 0; p->covariance != NULL && i < p->d; i++)
    for (size_t j = 0; j < p->d; j++) {
      const double x = gsl_matrix_get(p->covariance, i, j), y = gsl_matrix_get(q->covariance, i, j);
      if (!same_bits(&x, &y, 1))
        return false;
    }
  return true;
}

/* Every aim and, by turns, what only ablations have. */
static quadratic *draw_quadratic(size_t trial, size_t d_most) {
  gsl_rng *rng = make_rng("shrink", trial);
  diagnostic diag = {0, ""};
  const quadratic_aim aim = {.d_most = trial % 8 == 4 && d_most > 24 ? 24 : d_most,
                             .regime = trial % 8 == 1 || trial % 8 == 4 ? AIM_ANY_REGIME
                                                                        : (aim_regime)(trial % 3),
                             .noiseless = trial % 8 == 1,
                             .positive_noise = trial % 8 == 2,
                             .two_level = trial % 8 == 3,
                             .full_covariance = trial % 8 == 4,
                             .stable_step = trial % 2 == 1,
                             .large_start = trial % 8 == 7};
  quadratic *q = quadratic_generate(rng, &aim, &diag);
  ck_assert_msg(q != NULL, "%s", diag.message);
  if (trial % 5 == 1) {
    q = quadratic_with_bias(q, q->d - 1, random_uniform(rng, -1.0, 1.0));
    ck_assert_ptr_nonnull(q);
  }
  if (trial % 7 == 1) {
    q->switch_step = random_index(rng, 1, 100);
    q->eta_late = random_uniform(rng, 0.0, 1.0);
  }
  if (trial % 6 == 5)
    q->reading = READING_TRUE_EXPECTATION;
  if (trial % 9 == 0)
    q->g[0] = -0.0;
  gsl_rng_free(rng);
  return q;
}

static void write_instance(const char *path, const family *f, const void *instance) {
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  f->print(file, instance);
  ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_quadratics_are_read_back) {
  scratch s;
  char path[PATH_LENGTH];
  scratch_make(&s);
  scratch_path(&s, "q.csv", path);
  for (size_t trial = 0; trial < 400; trial++) {
    quadratic *q = draw_quadratic(trial, 500);
    write_instance(path, &quadratic_family, q);
    diagnostic diag = {0, ""};
    quadratic *again = quadratic_family.read(path, &diag);
    ck_assert_msg(again != NULL, "%s", diag.message);
    ck_assert_msg(same_quadratic(q, again), "trial %zu", trial);
    quadratic_free(q);
    quadratic_free(again);
  }
  scratch_remove(&s);
}
END_TEST

/* Each simplification costs less and is as valid; a perturbation is as valid. */
START_TEST(test_quadratics_stay_in_order) {
  enum { TRIALS = 24 };
  size_t changed = 0;
  for (size_t trial = 0; trial < TRIALS; trial++) {
    quadratic *q = draw_quadratic(trial, 6);
    ck_assert_int_eq(quadratic_validate(q, NULL), GSL_SUCCESS);
    gsl_rng *rng = make_rng("perturb", trial);
    bool done = false;
    for (size_t attempt = 0; !done; attempt++) {
      quadratic *simpler = quadratic_family.simplify(q, attempt, &done);
      if (simpler == NULL)
        continue;
      ck_assert(quadratic_family.complexity(simpler) < quadratic_family.complexity(q));
      ck_assert_int_eq(quadratic_validate(simpler, NULL), GSL_SUCCESS);
      quadratic_free(simpler);
    }
    for (size_t i = 0; i < 50; i++) {
      quadratic *other = quadratic_family.perturb(q, rng);
      ck_assert_int_eq(quadratic_validate(other, NULL), GSL_SUCCESS);
      ck_assert(other->d == q->d && other->k == q->k);
      changed += !same_quadratic(q, other);
      quadratic_free(other);
    }
    gsl_rng_free(rng);
    quadratic_free(q);
  }
  ck_assert_uint_ge(changed, TRIALS * 50 * 8 / 10);
}
END_TEST

/* Planted: "no step lets the alignment pass 1/2", in mean field after one step of size eta. */
static bool passes_half(const void *instance, const void *context) {
  const quadratic *q = instance;
  (void)context;
  double dominant = 0.0, bulk = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    const double move = q->eta * q->lambda[i];
    const double square = (1.0 - move) * (1.0 - move) * q->g[i] * q->g[i] + move * move * q->v[i];
    *(i < q->k ? &dominant : &bulk) += square;
  }
  return quadratic_has_gap(q) && quadratic_is_interior(q) && dominant > bulk && q->eta > 0.0;
}

static void expect_small_integers(const double *x, size_t n, double most) {
  for (size_t i = 0; i < n; i++)
    ck_assert_msg(x[i] == floor(x[i]) && fabs(x[i]) <= most, "%a", x[i]);
}

static bool noisy_passes_half(const void *instance, const void *context) {
  return ((const quadratic *)instance)->v[0] > 0.0 && passes_half(instance, context);
}

static void expect_local_minimum(const family *f, const void *instance, shrink_predicate wanted) {
  bool done = false;
  for (size_t attempt = 0; !done; attempt++) {
    void *simpler = f->simplify(instance, attempt, &done);
    if (simpler == NULL)
      continue;
    ck_assert(!(f->complexity(simpler) < f->complexity(instance) && wanted(simpler, NULL)));
    f->free(simpler);
  }
}

START_TEST(test_quadratic_shrinks_to_integers) {
  size_t shrunk = 0, d_most = 0;
  for (size_t trial = 0; trial < 50; trial++) {
    quadratic *q = draw_quadratic(2 * trial + 1, 500);
    if (!passes_half(q, NULL)) {
      quadratic_free(q);
      continue;
    }
    d_most = q->d > d_most ? q->d : d_most;
    quadratic *copy = quadratic_clone(q);
    shrink_summary summary, again;
    q = shrink_instance(&quadratic_family, q, passes_half, NULL, SHRINK_TRIES_MOST, &summary);
    copy = shrink_instance(&quadratic_family, copy, passes_half, NULL, SHRINK_TRIES_MOST, &again);
    ck_assert(summary.local_minimum && same_quadratic(q, copy));
    ck_assert(summary.tries == again.tries && summary.steps == again.steps);
    ck_assert(passes_half(q, NULL));
    ck_assert_uint_eq(q->d, 2);
    ck_assert(q->bias == NULL && q->covariance == NULL && q->switch_step == 0);
    expect_small_integers(q->lambda, 2, 4);
    expect_small_integers(q->g, 2, 4);
    expect_small_integers(q->v, 2, 4);
    expect_local_minimum(&quadratic_family, q, passes_half);
    shrunk++;
    quadratic_free(q);
    quadratic_free(copy);
  }
  ck_assert_uint_ge(shrunk, 15);
  ck_assert_uint_ge(d_most, 100);
}
END_TEST

/* --- damaged files --------------------------------------------------------------------------- */

typedef struct {
  const char *text, *message; /* a part of it, behind the file's name */
} damage;

static const damage damaged_quadratics[] = {
    {"", ":1: no line '# family = ...' above the table"},
    {"lambda,g,v\n2,1,1\n1,1,1\n", ":1: no line '# family = ...' above the table"},
    {"# family = regression\n", ":1: family is 'regression': 'quadratic' is expected"},
    {"# family = quadratic\n# k = 1\n# k = 1\n", ":3: 'k' is given on line 2 already"},
    {"# family = quadratic\n# k = 1\n# etta = 1\n", ":3: 'etta' is not known here"},
    {"# family = quadratic\n# k = one\n", ":2: k is 'one': not a whole number"},
    {"# family = quadratic\n# k = -1\n", ":2: k is '-1': not a whole number"},
    {"# family = quadratic\n# k = 1\n# eta = 0\n", ": no numbers: the file is empty"},
    {"# family = quadratic\n# k = 2\n# eta = 0\nlambda,g,v\n2,1,1\n1,1,1\n",
     ":2: k is 2: not in 1..1"},
    {"# family = quadratic\n# k = 0\n# eta = 0\nlambda,g,v\n2,1,1\n1,1,1\n",
     ":2: k is 0: not in 1..1"},
    {"# family = quadratic\n# k = 1\nlambda,g,v\n2,1,1\n1,1,1\n",
     ":1: no line '# eta = ...' above the table"},
    {"# family = quadratic\n# k = 1\n# eta = nan\nlambda,g,v\n2,1,1\n1,1,1\n",
     ":3: eta is 'nan': not a finite number"},
    {"# family = quadratic\n# k = 1\n# eta = 0\n# reading = mine\nlambda,g,v\n2,1,1\n1,1,1\n",
     ":4: reading is 'mine': 'true_expectation' is expected"},
    {"# family = quadratic\n# k = 1\n# eta = 0\nlambda,g,v\n2,1,1\n1,1\n", ":6: 2 cells"},
    {"# family = quadratic\n# k = 1\n# eta = 0\nlambda,g,v\n2,1,1\n1,x,1\n",
     ":6: column 2: 'x' is not a number"},
    {"# family = quadratic\n# k = 1\n# eta = 0\nlambda,v,g\n2,1,1\n1,1,1\n",
     ":4: column 2 is 'v': 'g' is expected"},
    {"# family = quadratic\n# k = 1\n# eta = 0\nlambda,g,v,bias,c1,c2,c3\n"
     "2,1,1,0,0,0,0\n1,1,1,0,0,0,0\n",
     ":4: 7 columns and 2 rows"},
    {"# family = quadratic\n# k = 1\n# eta = 0\n2,1,1\n1,1,1\n",
     ":4: column 1 is '': 'lambda' is expected"},
};

static const damage damaged_regressions[] = {
    {"# family = quadratic\n", ":1: family is 'quadratic': 'regression' is expected"},
    {"# family = regression\n# samples = 1797\n# features = 64\n# ridge = 0\n# k = 0\n"
     "# steps = 0\n# batch = 1\n# eta = 0\nw\n0\n",
     ":5: k is 0: at least 1 is needed"},
    {"# family = regression\n# samples = 1797\n# features = 64\n# ridge = 0\n# k = 1\n"
     "# steps = 0\n# batch = 1\n# eta = 0\nw\n0\n",
     ":10: 1 rows, and 64 features are said"},
    {"# family = regression\n# samples = 1797\n# features = 1\n# ridge = 0\n# k = 1\n"
     "# steps = 0\n# batch = 1\n# eta = 0\nw\n0\n",
     ": w is of length 1, the data have 64 features"},
};

static void expect_refusals(const family *f, const damage *damages, size_t count) {
  scratch s;
  char path[PATH_LENGTH];
  scratch_make(&s);
  scratch_path(&s, "damaged.csv", path);
  for (size_t i = 0; i < count; i++) {
    diagnostic diag = {0, ""};
    scratch_write(path, damages[i].text, strlen(damages[i].text));
    ck_assert_msg(f->read(path, &diag) == NULL, "%s is read", damages[i].text);
    ck_assert(diag.code != GSL_SUCCESS && strncmp(diag.message, path, strlen(path)) == 0);
    ck_assert_msg(strstr(diag.message + strlen(path), damages[i].message) != NULL,
                  "'%s' lacks '%s'", diag.message, damages[i].message);
  }
  diagnostic diag = {0, ""};
  scratch_path(&s, "missing.csv", path);
  ck_assert_ptr_null(f->read(path, &diag));
  ck_assert_ptr_nonnull(strstr(diag.message, "missing.csv: No such file"));
  scratch_remove(&s);
}

START_TEST(test_damaged_files) {
  expect_refusals(&quadratic_family, damaged_quadratics,
                  sizeof damaged_quadratics / sizeof *damaged_quadratics);
  expect_refusals(&regression_family, damaged_regressions,
                  sizeof damaged_regressions / sizeof *damaged_regressions);
}
END_TEST

/* --- regressions ------------------------------------------------------------------------------ */

static bool keeps_a_feature(const void *instance, const void *context) {
  const regression *r = instance;
  (void)context;
  return gsl_vector_get(r->w, 20) != 0.0;
}

/* Read back to the last bit of the state in the eigenbasis; shrunk to one block of w. */
START_TEST(test_regressions) {
  scratch s;
  char path[PATH_LENGTH];
  scratch_make(&s);
  scratch_path(&s, "r.csv", path);
  diagnostic diag = {0, ""};
  gsl_rng *rng = make_rng("regression", 3);
  regression *r = regression_generate(rng, &diag);
  ck_assert_msg(r != NULL, "%s", diag.message);
  write_instance(path, &regression_family, r);
  regression *again = regression_family.read(path, &diag);
  ck_assert_msg(again != NULL, "%s", diag.message);
  ck_assert(same_quadratic(r->state, again->state));
  ck_assert(same_bits(r->w->data, again->w->data, r->w->size));
  ck_assert(r->problem->ridge == again->problem->ridge && r->eta == again->eta);
  ck_assert(r->steps == again->steps && r->batch == again->batch);
  regression *other = regression_family.perturb(r, rng);
  ck_assert_ptr_nonnull(other);
  ck_assert(!same_quadratic(r->state, other->state));
  shrink_summary summary;
  ck_assert(keeps_a_feature(r, NULL));
  r = shrink_instance(&regression_family, r, keeps_a_feature, NULL, 400, &summary);
  ck_assert(summary.local_minimum && keeps_a_feature(r, NULL));
  ck_assert_uint_eq(r->problem->spectrum->k, 1);
  ck_assert(r->problem->ridge == 0.0 && r->steps == 0 && r->batch == 1 && r->eta == 0.0);
  for (size_t j = 0; j < r->w->size; j++)
    ck_assert(j / 8 == 20 / 8 || gsl_vector_get(r->w, j) == 0.0);
  regression_free(r);
  regression_free(again);
  regression_free(other);
  gsl_rng_free(rng);
  scratch_remove(&s);
}
END_TEST

/* --- runs, their corpus and replay ------------------------------------------------------------ */

static verdict never_above_half(const void *instance, claim_note *note) {
  claim_note_set(note, "a dot * and a slash */ end no comment");
  return passes_half(instance, NULL) ? VERDICT_FAILS : VERDICT_HOLDS;
}

static verdict always(const void *instance, claim_note *note) {
  (void)instance;
  (void)note;
  return VERDICT_HOLDS;
}

static void *draw_run(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {
      .stable_step = true, .positive_gradient = true, .positive_noise = true};
  return quadratic_generate(rng, &aim, diag);
}

static bool is_noisy(const void *instance) {
  return ((const quadratic *)instance)->v[0] > 0.0;
}

/* The second is violated by what is simplest: shrinking stays within the hypotheses. */
static const hypothesis planted_hypotheses[] = {
    {"unbiased", "", quadratic_is_unbiased, {NULL, NULL, "", NULL}},
    {"noisy", "", is_noisy, {NULL, NULL, "", NULL}},
    {0}};
static const conclusion planted_conclusions[] = {
    {"true_enough", "", always, DECIDED_BY_BOUND, NULL},
    {"never_above_half", "", never_above_half, DECIDED_BY_BOUND, NULL},
    {0}};
static const conclusion true_conclusions[] = {{"true_enough", "", always, DECIDED_BY_BOUND, NULL},
                                              {0}};
static const coverage no_coverages[] = {{0}};

static claim plant(const conclusion *conclusions) {
  const claim planted = {.id = "X1",
                         .stem = "planted",
                         .title = "planted",
                         .family = &quadratic_family,
                         .generate = draw_run,
                         .trials = 60,
                         .hypotheses = planted_hypotheses,
                         .conclusions = conclusions,
                         .coverages = no_coverages};
  return planted;
}

static verify_report *run_claim(const claim *c, const char *folder, uint64_t seed) {
  const verify_options options = {
      .seed = seed, .trials_factor = 1.0, .corpus_folder = folder, .corpus_shipped = NULL};
  verify_report *report;
  ck_assert_int_eq(verify_run(c, &options, &report), GSL_SUCCESS);
  return report;
}

/* The one file of the claim in the folder. */
static char *only_file(const char *folder, const claim *c) {
  char **paths;
  size_t count;
  diagnostic diag;
  ck_assert_int_eq(corpus_list(folder, c, &paths, &count, &diag), GSL_SUCCESS);
  ck_assert_uint_eq(count, 1);
  char *path = malloc(strlen(paths[0]) + sizeof ".c.txt"); /* room for its other ending */
  ck_assert_ptr_nonnull(path);
  strcpy(path, paths[0]);
  corpus_list_free(paths, count);
  return path;
}

/* A false claim fails; what is kept is small, fails on replay, and is tried first by the next run;
 * the claim put right passes with the same corpus. */
START_TEST(test_failures_are_kept) {
  scratch s;
  char folder[PATH_LENGTH];
  scratch_make(&s);
  scratch_path(&s, "corpus", folder);
  const claim planted = plant(planted_conclusions), repaired = plant(true_conclusions);
  verify_report *report = run_claim(&repaired, folder, 1);
  ck_assert_int_eq(report->verdict, VERDICT_HOLDS);
  verify_report_free(report);
  ck_assert_uint_eq(scratch_count(&s), 0); /* no failure, no folder */

  report = run_claim(&planted, folder, 1);
  ck_assert_int_eq(report->verdict, VERDICT_FAILS);
  ck_assert(report->corpus_read == 0 && report->conclusion[1].fails > 3 && report->d_most > 100);
  verify_report_free(report);
  char *path = only_file(folder, &planted);
  ck_assert_ptr_nonnull(strstr(path, "/corpus/X1-never_above_half-"));
  diagnostic diag = {0, ""};
  quadratic *kept = quadratic_family.read(path, &diag);
  ck_assert_msg(kept != NULL, "%s", diag.message);
  ck_assert(kept->d == 2 && noisy_passes_half(kept, NULL));
  expect_small_integers(kept->lambda, 2, 4);
  expect_local_minimum(&quadratic_family, kept, noisy_passes_half);
  quadratic_free(kept);

  /* Another claim's file, whose id begins with this one's. */
  char foreign[PATH_LENGTH + 16];
  snprintf(foreign, sizeof foreign, "%s/X10-other.csv", folder);
  scratch_write(foreign, "not read", 8);

  /* The same run again writes the same file, and now tries it. */
  size_t length;
  char *before = scratch_read(path, &length);
  report = run_claim(&planted, folder, 1);
  ck_assert(report->corpus_tried == 1 && report->corpus_failing == 1);
  verify_report_free(report);
  char *after = scratch_read(path, NULL);
  ck_assert_str_eq(before, after);
  free(only_file(folder, &planted));

  /* Of the corpus alone the verdict is FAILS. */
  claim one_trial = planted;
  one_trial.generate = draw_run;
  one_trial.trials = 1;
  uint64_t seed = 0;
  for (; seed < 100; seed++) {
    report = run_claim(&one_trial, folder, seed);
    const bool alone = report->conclusion[1].fails == 0;
    if (alone) {
      ck_assert_int_eq(report->verdict, VERDICT_FAILS);
      ck_assert_ptr_nonnull(strstr(report->reason, "never_above_half fails on X1-never"));
    }
    verify_report_free(report);
    if (alone)
      break;
  }
  ck_assert_uint_lt(seed, 100);

  verdict worst;
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  ck_assert_int_eq(verify_replay_file(&planted, path, stream, &worst, &diag), GSL_SUCCESS);
  fclose(stream);
  ck_assert_int_eq(worst, VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(text, "# true_enough: holds\n# never_above_half: fails: a dot"));
  report = run_claim(&repaired, folder, 1);
  ck_assert_int_eq(report->verdict, VERDICT_HOLDS);
  ck_assert(report->corpus_tried == 1 && report->corpus_failing == 0);
  verify_report_free(report);

  /* Biased, it meets the hypotheses no longer; a file that cannot be read is not passed over. */
  const char *biased = "# family = quadratic\n# k = 1\n# eta = 0x1p+0\nlambda,g,v,bias\n"
                       "2,1,1,1\n1,1,0,0\n";
  scratch_write(path, biased, strlen(biased));
  report = run_claim(&repaired, folder, 1);
  ck_assert_int_eq(report->verdict, VERDICT_HOLDS);
  ck_assert(report->corpus_read == 1 && report->corpus_tried == 0);
  verify_report_free(report);
  scratch_write(path, before, length / 2);
  report = run_claim(&repaired, folder, 1);
  ck_assert_int_eq(report->verdict, VERDICT_VACUOUS);
  ck_assert_str_eq(report->reason, "1 instance of the corpus cannot be read");
  verify_report_free(report);
  ck_assert_int_eq(remove(foreign), 0);
  ck_assert_int_eq(remove(path), 0);
  strcpy(strrchr(path, '.'), ".c.txt");
  ck_assert_int_eq(remove(path), 0);
  ck_assert_int_eq(remove(folder), 0);
  free(path);
  free(before);
  free(after);
  free(text);
  scratch_remove(&s);
}
END_TEST

/* All that an instance may have, at once. */
static quadratic *rich_instance(void) {
  quadratic *q = draw_quadratic(4, 8);
  ck_assert_ptr_nonnull(q->covariance);
  q = quadratic_with_bias(q, 0, 0.1);
  ck_assert_ptr_nonnull(q);
  q->switch_step = 3;
  q->eta_late = 0.3;
  q->reading = READING_TRUE_EXPECTATION;
  return q;
}

/* What is to be pasted compiles, where there is a compiler, and makes the instance bit for bit. */
START_TEST(test_pasted_tests_compile) {
  scratch s;
  char path[PATH_LENGTH], command[4 * PATH_LENGTH + 1024];
  scratch_make(&s);
  scratch_path(&s, "pasted.c", path);
  const claim planted = plant(planted_conclusions);
  const claim *data = registry_find("D1");
  quadratic *plain = support_hand_instance(), *rich = rich_instance();
  diagnostic diag = {0, ""};
  gsl_rng *rng = make_rng("pasted", 0);
  regression *r = regression_generate(rng, &diag);
  ck_assert_msg(r != NULL, "%s", diag.message);
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fputs("#include \"support.h\"\n#include \"claims/registry.h\"\n"
        "#include \"families/quadratic_family.h\"\n#include \"families/regression_family.h\"\n"
        "#include <stdlib.h>\n#include <string.h>\n#include <gsl/gsl_matrix.h>\n",
        file);
  corpus_print_test(file, &planted, &planted_conclusions[1], plain, "a note */ #error");
  corpus_print_test(file, &planted, &planted_conclusions[1], rich, "");
  corpus_print_test(file, data, &data->conclusions[0], r, "");
  fclose(file);
  char *text = scratch_read(path, NULL);
  ck_assert_ptr_nonnull(strstr(text, "START_TEST(test_never_above_half_"));
  ck_assert_ptr_nonnull(strstr(text, "  static const double lambda[] = {10, 1};\n"));
  ck_assert_ptr_nonnull(strstr(text, "quadratic_literal(2, 1, lambda, g, v, 0);\n"));
  ck_assert_ptr_nonnull(strstr(text, "= registry_find(\"X1\");\n"));
  ck_assert_ptr_nonnull(strstr(text, "instance->switch_step = 3;\n"));
  ck_assert_ptr_nonnull(strstr(text, "instance->reading = READING_TRUE_EXPECTATION;\n"));
  ck_assert_ptr_nonnull(strstr(text, "gsl_matrix_memcpy(instance->covariance, &full.matrix);\n"));
  size_t starts = 0, ends = 0;
  for (const char *at = text; (at = strstr(at, "START_TEST(")) != NULL; at++)
    starts++;
  for (const char *at = text; (at = strstr(at, "\nEND_TEST\n")) != NULL; at++)
    ends++;
  ck_assert(starts == 3 && ends == 3);
  free(text);
  const char *source = getenv("SUSPALIGN_SOURCE");
  ck_assert_msg(source != NULL, "SUSPALIGN_SOURCE is not set");
  if (system("command -v cc >/dev/null 2>&1") == 0) {
    snprintf(
        command, sizeof command,
        "cc -std=gnu17 -fsyntax-only -Wall -Wextra -Wno-unused -Wno-missing-field-initializers "
        "-Werror -I'%s/src' -I'%s/tests' '%s' >&2",
        source, source, path);
    ck_assert_int_eq(system(command), 0);
  }
  quadratic_free(plain);
  quadratic_free(rich);
  regression_free(r);
  gsl_rng_free(rng);
  scratch_remove(&s);
}
END_TEST

/* In the shipped corpus each file is of a registered claim, is read, and goes into the tarball. */
START_TEST(test_shipped_corpus_is_whole) {
  char folder[1024], list[1024];
  snprintf(folder, sizeof folder, "%s/tests/corpus", getenv("SUSPALIGN_SOURCE"));
  snprintf(list, sizeof list, "%s/src/cli.mk", getenv("SUSPALIGN_SOURCE"));
  char *rules = scratch_read(list, NULL);
  size_t listed = 0, found = 0;
  for (const char *at = rules; (at = strstr(at, "tests/corpus/")) != NULL; at++)
    listed++;
  for (const claim *const *p = registry_claims; *p != NULL; p++) {
    char **paths;
    size_t count;
    diagnostic diag = {0, ""};
    ck_assert_int_eq(corpus_list(folder, *p, &paths, &count, &diag), GSL_SUCCESS);
    for (size_t i = 0; i < count; i++) {
      void *instance = (*p)->family->read(paths[i], &diag);
      ck_assert_msg(instance != NULL, "%s", diag.message);
      (*p)->family->free(instance);
      ck_assert_msg(strstr(rules, strstr(paths[i], "tests/corpus/")) != NULL, "%s", paths[i]);
    }
    found += count;
    corpus_list_free(paths, count);
  }
  ck_assert_uint_eq(found, listed);
  ck_assert_uint_gt(found, 0);
  free(rules);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("shrink");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, 60);
  tcase_add_test(core, test_cost_is_in_order);
  tcase_add_test(core, test_simpler_numbers);
  tcase_add_test(core, test_round_to_bits);
  tcase_add_test(core, test_blocks);
  tcase_add_test(core, test_numbers_are_written);
  tcase_add_test(core, test_known_minimum);
  tcase_add_test(core, test_quadratics_are_read_back);
  tcase_add_test(core, test_quadratics_stay_in_order);
  tcase_add_test(core, test_quadratic_shrinks_to_integers);
  tcase_add_test(core, test_damaged_files);
  tcase_add_test(core, test_regressions);
  tcase_add_test(core, test_failures_are_kept);
  tcase_add_test(core, test_pasted_tests_compile);
  tcase_add_test(core, test_shipped_corpus_is_whole);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
