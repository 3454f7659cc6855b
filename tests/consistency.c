#include "config.h"
#include "consistency.h"

#include <math.h>
#include <stdio.h>
#include <check.h>
#include "families/quadratic_family.h"
#include "model/random.h"

enum { INSTANCES = 10, LARGEST = 8 };
/* A claim with few instances in an ordinary run is dear. */
enum { TRIALS_CHEAP = 300, SCALED = 3 };

static gsl_rng *stream(const claim *c, const char *what, size_t n) {
  char name[128];
  snprintf(name, sizeof name, "%s %s", c->id, what);
  gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, name, n));
  ck_assert_ptr_nonnull(rng);
  return rng;
}

/* A quadratic of the claim with few directions; NULL where the claim has others. */
static quadratic *draw(const claim *c, gsl_rng *rng) {
  for (int i = 0; i < 40; i++) {
    diagnostic diag = {0, ""};
    quadratic *q = c->generate(rng, &diag);
    ck_assert_msg(q != NULL, "%s: %s", c->id, diag.message);
    if (q->d <= LARGEST)
      return q;
    quadratic_free(q);
  }
  return NULL;
}

/* Curvature in units of 2^-c, gradients in units of 2^-b beside: every number keeps its digits. */
static quadratic *in_units(const quadratic *q, int c, int b) {
  quadratic *copy = quadratic_clone(q);
  for (size_t i = 0; i < q->d; i++) {
    copy->lambda[i] = ldexp(q->lambda[i], c);
    copy->g[i] = ldexp(q->g[i], c + b);
    copy->v[i] = ldexp(q->v[i], 2 * (c + b));
    if (q->bias != NULL)
      copy->bias[i] = ldexp(q->bias[i], c + b);
  }
  if (q->covariance != NULL)
    gsl_matrix_scale(copy->covariance, ldexp(1.0, 2 * (c + b)));
  copy->eta = ldexp(q->eta, -c);
  copy->eta_late = ldexp(q->eta_late, -c);
  copy->radius = ldexp(q->radius, b);
  return copy;
}

static bool same_margin(double x, double y) {
  return (isnan(x) && isnan(y)) || x == y || fabs(x - y) <= 1e-9 * fmax(fabs(x), fabs(y));
}

static void expect_same(const claim *c, const quadratic *q, const quadratic *other) {
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++)
    ck_assert_msg(h->holds(q) == h->holds(other), "%s, %s", c->id, h->name);
  for (const coverage *x = c->coverages; x->name != NULL; x++)
    ck_assert_msg(x->holds(q) == x->holds(other), "%s, %s", c->id, x->name);
  for (const further_ablation *f = c->further; f != NULL && f->name != NULL; f++)
    if (f->holds != NULL)
      ck_assert_msg(f->holds(q) == f->holds(other), "%s, %s", c->id, f->way);
  for (const conclusion *x = c->conclusions; x->name != NULL; x++) {
    claim_note note = {"", 0}, other_note = {"", 0};
    const verdict v = x->check(q, &note), w = x->check(other, &other_note);
    ck_assert_msg(v == w, "%s, %s: %s and %s: %s%s", c->id, x->name, verdict_name(v),
                  verdict_name(w), note.text, other_note.text);
    if (x->margin != NULL)
      ck_assert_msg(same_margin(x->margin(q), x->margin(other)), "%s, %s: margins %g and %g", c->id,
                    x->name, x->margin(q), x->margin(other));
  }
}

static void expect_no_units_of(const claim *c, const quadratic *q) {
  for (int which = 0; which < 2; which++) {
    quadratic *other = which == 0 ? in_units(q, 5, 0) : in_units(q, 0, -4);
    expect_same(c, q, other);
    quadratic_free(other);
  }
}

/* Of instances that meet the hypotheses, and of some that do not. */
static void expect_no_units(const claim *c) {
  for (size_t n = 0; n < (c->trials < TRIALS_CHEAP ? 1 : SCALED); n++) {
    gsl_rng *rng = stream(c, "units", n);
    quadratic *q = draw(c, rng);
    if (q != NULL)
      expect_no_units_of(c, q);
    for (const hypothesis *h = c->hypotheses; q != NULL && n == 0 && h->name != NULL; h++) {
      quadratic *violated = quadratic_clone(q);
      if (h->dropped.violate != NULL && h->dropped.violate(violated, rng))
        expect_no_units_of(c, violated);
      quadratic_free(violated);
    }
    quadratic_free(q);
    gsl_rng_free(rng);
  }
}

static bool all_finite(const quadratic *q) {
  bool good = isfinite(q->eta) && isfinite(q->eta_late) && isfinite(q->radius);
  for (size_t i = 0; i < q->d; i++)
    good = good && isfinite(q->lambda[i]) && isfinite(q->g[i]) && isfinite(q->v[i]);
  return good;
}

/* "Changes an instance of the claim so that it violates this hypothesis and, as a rule, no other."
 */
static void expect_violations(const claim *c) {
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++) {
    if (h->dropped.violate == NULL)
      continue;
    int drawn = 0, done = 0, alone = 0;
    for (size_t n = 0; n < INSTANCES; n++) {
      gsl_rng *rng = stream(c, h->name, n);
      quadratic *q = draw(c, rng);
      drawn += q != NULL;
      if (q != NULL && h->dropped.violate(q, rng)) {
        done++;
        ck_assert_msg(all_finite(q), "%s, %s", c->id, h->name);
        ck_assert_msg(!h->holds(q), "%s, %s is not violated", c->id, h->name);
        alone += claim_violated(c, q, h) == NULL;
      }
      quadratic_free(q);
      gsl_rng_free(rng);
    }
    ck_assert_msg(done > 0 || drawn == 0, "%s, %s is never violated", c->id, h->name);
    ck_assert_msg(alone > 0 || done == 0, "%s, %s is never violated alone", c->id, h->name);
  }
}

/* A further way of dropping something drops it now and then. */
static void expect_further_violations(const claim *c) {
  for (const further_ablation *f = c->further; f != NULL && f->name != NULL; f++) {
    if (f->dropped.violate == NULL || f->holds == NULL)
      continue;
    int drawn = 0, violated = 0;
    for (size_t n = 0; n < INSTANCES; n++) {
      gsl_rng *rng = stream(c, f->way, n);
      quadratic *q = draw(c, rng);
      drawn += q != NULL;
      if (q != NULL && f->dropped.violate(q, rng)) {
        ck_assert_msg(all_finite(q), "%s, %s", c->id, f->way);
        violated += !f->holds(q);
      }
      quadratic_free(q);
      gsl_rng_free(rng);
    }
    ck_assert_msg(violated > 0 || drawn == 0, "%s, %s is never violated", c->id, f->way);
  }
}

static int expect_margin(const claim *c, const conclusion *x, const quadratic *q) {
  const double margin = x->margin(q);
  claim_note note = {"", 0};
  const verdict v = x->check(q, &note);
  ck_assert_msg(!(margin < 0.0) || v == VERDICT_FAILS, "%s, %s %s with the margin %g: %s", c->id,
                x->name, verdict_name(v), margin, note.text);
  return isfinite(margin);
}

static void expect_margins(const claim *c) {
  for (const conclusion *x = c->conclusions; x->name != NULL; x++) {
    if (x->margin == NULL)
      continue;
    int drawn = 0, known = 0;
    for (size_t n = 0; n < INSTANCES; n++) {
      gsl_rng *rng = stream(c, x->name, n);
      quadratic *q = draw(c, rng);
      drawn += q != NULL;
      known += q != NULL && expect_margin(c, x, q);
      for (const hypothesis *h = c->hypotheses; q != NULL && h->name != NULL; h++)
        if (h->dropped.violate != NULL) {
          quadratic *other = quadratic_clone(q);
          if (h->dropped.violate(other, rng))
            expect_margin(c, x, other);
          quadratic_free(other);
        }
      quadratic_free(q);
      gsl_rng_free(rng);
    }
    ck_assert_msg(known > 0 || drawn == 0, "%s, %s: no margin is known", c->id, x->name);
  }
}

void consistency_expect(const claim *c) {
  if (c->family != &quadratic_family)
    return;
  expect_violations(c);
  expect_further_violations(c);
  expect_margins(c);
  expect_no_units(c);
}
