/* P6: theory/edge_of_stability, src/claims/edge_of_stability. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "claims/edge_of_stability.h"
#include "exact/dense_step.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"
#include "model/random.h"

START_TEST(test_claim_holds) {
  support_claim_holds(&edge_of_stability_claim);
}
END_TEST

static verdict check(const quadratic *q, const char *name) {
  claim_note note = {"", 0};
  return claim_find_conclusion(&edge_of_stability_claim, name)->check(q, &note);
}

static quadratic *pair_at(double eta, double bulk_variance) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){1, 1},
                                   (const double[]){0, bulk_variance}, eta);
  ck_assert_ptr_nonnull(q);
  return q;
}

/* By hand: lambda = (8, 1), eta = 1/4 = 2/lambda_1: rho = (1, 9/16). */
START_TEST(test_at_the_edge) {
  quadratic *q = pair_at(0.25, 0);
  arb_t dominant, bulk;
  arb_init(dominant);
  arb_init(bulk);
  const exact_run run = {q, 2};
  exact_run_iterated(dominant, bulk, &run, 128);
  ck_assert_double_eq(arf_get_d(arb_midref(dominant), ARF_RND_NEAR), 1);
  ck_assert_double_eq(arf_get_d(arb_midref(bulk), ARF_RND_NEAR), 81.0 / 256);
  arb_clear(dominant);
  arb_clear(bulk);
  ck_assert_int_eq(check(q, "rises_beyond_edge"), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "rate_is_a_bound"), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "swings_at_the_edge"), VERDICT_HOLDS);
  ck_assert_int_eq(check(q, "stable_and_aligning"), VERDICT_VACUOUS);
  quadratic_free(q);
}
END_TEST

/* One ulp to either side of 2/9 the alignment of lambda = (8, 1) turns, and at it (were it a
 * double) it would stand still: the edge of the hypothesis is the edge of the conclusion. */
START_TEST(test_edge_is_sharp) {
  for (int side = -1; side <= 1; side += 2) {
    quadratic *q = pair_at(2.0 / 9 * (1.0 + side * 0x1p-50), 0);
    ck_assert_int_eq(check(q, "rises_beyond_edge"), side > 0 ? VERDICT_HOLDS : VERDICT_FAILS);
    quadratic_free(q);
  }
}
END_TEST

/* 2/8 < eta < 2/1: the two projected updates part; below 2/8 neither raises the loss. */
START_TEST(test_projections_part) {
  const double eta[] = {0.3, 1.9};
  for (size_t i = 0; i < 2; i++) {
    quadratic *q = pair_at(eta[i], 0);
    ck_assert_int_eq(check(q, "projections_part"), VERDICT_HOLDS);
    quadratic_free(q);
  }
  quadratic *q = pair_at(0.24, 0);
  ck_assert_int_eq(check(q, "projections_part"), VERDICT_VACUOUS);
  ck_assert_int_eq(check(q, "stable_and_aligning"), VERDICT_HOLDS);
  const exact_step step = {q, q->eta};
  /* L_D: (rho - 1)/16 with rho = (1 - 1.92)^2 */
  ck_assert_double_eq_tol(certified_value_of(exact_step_dominant_loss_change, &step),
                          (0.92 * 0.92 - 1) / 16, 1e-15);
  quadratic_free(q);
}
END_TEST

/* eta lambda_2 = 1: one step wipes the bulk out, and an alignment of 1 cannot rise.  With a second
 * bulk direction that keeps some gradient it does. */
START_TEST(test_bulk_wiped_out) {
  const double sharp[] = {2, 1.5};
  const hypothesis *slow = support_hypothesis(&edge_of_stability_claim, "slow_bulk");
  for (size_t i = 0; i < 2; i++) {
    quadratic *q = quadratic_literal(2, 1, (const double[]){sharp[i], 1}, (const double[]){1, 1},
                                     (const double[]){0, 0}, 1);
    ck_assert_ptr_nonnull(q);
    ck_assert_ptr_eq(claim_violated(&edge_of_stability_claim, q, NULL), slow);
    ck_assert_ptr_null(claim_violated(&edge_of_stability_claim, q, slow));
    ck_assert_int_eq(check(q, "rises_beyond_edge"), VERDICT_FAILS);
    ck_assert_int_eq(check(q, "rate_is_a_bound"), VERDICT_HOLDS);
    quadratic_free(q);
  }
  quadratic *q = quadratic_literal(3, 1, (const double[]){4, 1.5, 1}, (const double[]){1, 1, 1},
                                   (const double[]){0, 0, 0}, 1);
  ck_assert_ptr_nonnull(q);
  ck_assert_ptr_null(claim_violated(&edge_of_stability_claim, q, NULL));
  ck_assert_int_eq(check(q, "rises_beyond_edge"), VERDICT_HOLDS);
  q->g[1] = 0;
  ck_assert_ptr_eq(claim_violated(&edge_of_stability_claim, q, NULL), slow);
  ck_assert_int_eq(check(q, "rises_beyond_edge"), VERDICT_FAILS);
  quadratic_free(q);
}
END_TEST

/* --- what the claim says of instances that are wrong -------------------------------------------
 */

enum { DIRECTIONS = 4 };

/* Four directions at most; what is not given is 0. */
typedef struct {
  size_t d, k;
  double lambda[DIRECTIONS], g[DIRECTIONS], v[DIRECTIONS], eta;
  double eta_late; /* from step `late` on */
  size_t late;
  double bias[DIRECTIONS];
} given;

static quadratic *made(const given *x) {
  quadratic *q = quadratic_literal(x->d, x->k, x->lambda, x->g, x->v, x->eta);
  ck_assert_ptr_nonnull(q);
  q->eta_late = x->eta_late;
  q->switch_step = x->late;
  q->bias = calloc(x->d, sizeof *q->bias);
  ck_assert_ptr_nonnull(q->bias);
  memcpy(q->bias, x->bias, x->d * sizeof *q->bias);
  return q;
}

/* The verdict, and what the note says where it is not that the conclusion holds. */
START_TEST(test_planted) {
  const double little = 0x1p-40;
  const struct {
    given x;
    const char *conclusion;
    verdict expected;
    const char *says;
  } planted[] = {
      /* 2/9 is the edge of (8, 1): another step size from some step on lets the alignment fall just
       * there, or rise from there on */
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.125, 0.25, 1, {0}},
       "rises_beyond_edge",
       VERDICT_FAILS,
       "change"},
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.25, 0.1875, 1, {0}},
       "rises_beyond_edge",
       VERDICT_FAILS,
       "change"},
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.25, 0.1875, 20, {0}},
       "rises_beyond_edge",
       VERDICT_FAILS,
       "change"},
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.25, 0.1875, 21, {0}}, "rises_beyond_edge", VERDICT_HOLDS, ""},
      /* of two levels the rate is an equality: a little noise in the bulk is too much */
      {{2, 1, {8, 1}, {3, 5}, {0}, 0.25, 0, 0, {0}}, "rate_is_a_bound", VERDICT_HOLDS, ""},
      {{2, 1, {8, 1}, {3, 5}, {0, little}, 0.25, 0, 0, {0}},
       "rate_is_a_bound",
       VERDICT_FAILS,
       "R_t"},
      {{2, 1, {8, 1}, {3, 5}, {little, 0}, 0.25, 0, 0, {0}}, "rate_is_a_bound", VERDICT_HOLDS, ""},
      {{2, 1, {8, 1}, {3, 5}, {0}, 0.25, 0.1875, 2, {0}}, "rate_is_a_bound", VERDICT_FAILS, "R_t"},
      {{2, 1, {8, 1}, {3, 5}, {0}, 0.25, 0.1875, 3, {0}}, "rate_is_a_bound", VERDICT_HOLDS, ""},
      /* rho = (9, 1, 0.25, 0.5625)/4...: all gradient where the dominant rho is least and the
       * bulk's greatest, in either order: an equality again */
      {{4, 2, {8, 5, 2, 1}, {0, 3, 0, 5}, {0}, 0.375, 0, 0, {0}},
       "rate_is_a_bound",
       VERDICT_HOLDS,
       ""},
      {{4, 2, {8, 5, 2, 1}, {0, 3, 0, 5}, {0, 0, 0, little}, 0.375, 0, 0, {0}},
       "rate_is_a_bound",
       VERDICT_FAILS,
       "R_t"},
      {{4, 2, {5, 8, 1, 2}, {3, 0, 5, 0}, {0}, 0.375, 0, 0, {0}},
       "rate_is_a_bound",
       VERDICT_HOLDS,
       ""},
      {{4, 2, {5, 8, 1, 2}, {3, 0, 5, 0}, {0, 0, little, 0}, 0.375, 0, 0, {0}},
       "rate_is_a_bound",
       VERDICT_FAILS,
       "R_t"},
      /* noise lifts the loss of its direction */
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.1875, 0, 0, {0}}, "stable_and_aligning", VERDICT_HOLDS, ""},
      {{2, 1, {8, 1}, {1, 1}, {9, 0}, 0.1875, 0, 0, {0}},
       "stable_and_aligning",
       VERDICT_FAILS,
       "domin"},
      {{2, 1, {8, 1}, {1, 1}, {0, 99}, 0.1875, 0, 0, {0}},
       "stable_and_aligning",
       VERDICT_FAILS,
       "bulk"},
      {{2, 1, {8, 1}, {1, 1}, {9, 0}, 0.25, 0, 0, {0}}, "stable_and_aligning", VERDICT_VACUOUS, ""},
      {{2, 1, {8, 1}, {1, 1}, {9, 0}, 0.3, 0, 0, {0}}, "stable_and_aligning", VERDICT_VACUOUS, ""},
      /* at the edge; off it; a step that is shorter later, before 4 and before 20; a bulk that is
       * not below the top: it swings too, or grows */
      {{4, 3, {8, 8, 4, 1}, {2, 3, 5, 7}, {0}, 0.25, 0, 0, {0}},
       "swings_at_the_edge",
       VERDICT_HOLDS,
       ""},
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.1875, 0, 0, {0}}, "swings_at_the_edge", VERDICT_VACUOUS, ""},
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.375, 0, 0, {0}}, "swings_at_the_edge", VERDICT_VACUOUS, ""},
      {{4, 3, {8, 8, 4, 1}, {2, 3, 5, 7}, {0}, 0.25, 0.1875, 3, {0}},
       "swings_at_the_edge",
       VERDICT_FAILS,
       "rest at 4"},
      {{4, 3, {8, 8, 4, 1}, {2, 3, 5, 7}, {0}, 0.25, 0.1875, 19, {0}},
       "swings_at_the_edge",
       VERDICT_FAILS,
       "rest at 20"},
      {{4, 3, {8, 8, 4, 1}, {2, 3, 5, 7}, {0}, 0.25, 0.1875, 20, {0}},
       "swings_at_the_edge",
       VERDICT_HOLDS,
       ""},
      {{3, 1, {8, 8, 1}, {1, 1, 1}, {0}, 0.25, 0, 0, {0}},
       "swings_at_the_edge",
       VERDICT_FAILS,
       "growth"},
      {{3, 1, {8, 1, 9}, {1, 1, 1}, {0}, 0.25, 0, 0, {0}},
       "swings_at_the_edge",
       VERDICT_FAILS,
       "growth"},
      {{4, 3, {8, 8, 4, 1}, {2, 0, 5, 7}, {0}, 0.25, 0.1875, 3, {0}},
       "swings_at_the_edge",
       VERDICT_FAILS,
       "rest at 4"},
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.25, 0.1875, 3, {0}},
       "swings_at_the_edge",
       VERDICT_FAILS,
       "rest at 4"},
      /* E xi = -g/2 along the dominant direction holds its loss down; noise in the bulk lifts that
       */
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.375, 0, 0, {0}}, "projections_part", VERDICT_HOLDS, ""},
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.375, 0, 0, {-0.5, 0}},
       "projections_part",
       VERDICT_FAILS,
       "Dom-GD"},
      {{2, 1, {8, 1}, {1, 1}, {0, 9}, 0.375, 0, 0, {0}},
       "projections_part",
       VERDICT_FAILS,
       "Bulk-GD"},
      {{2, 1, {8, 1}, {1, 1}, {0, 9}, 0.25, 0, 0, {0}}, "projections_part", VERDICT_VACUOUS, ""},
      {{2, 1, {8, 1}, {1, 1}, {0}, 0.375, 0, 0, {0}}, "projections_split", VERDICT_HOLDS, ""},
  };
  for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
    quadratic *q = made(&planted[i].x);
    claim_note note = {"", 0};
    const verdict v =
        claim_find_conclusion(&edge_of_stability_claim, planted[i].conclusion)->check(q, &note);
    ck_assert_msg(v == planted[i].expected, "%zu, %s: %s, %s", i, planted[i].conclusion,
                  verdict_name(v), note.text);
    ck_assert_msg(strstr(note.text, planted[i].says) == note.text, "%zu, %s: '%s'", i,
                  planted[i].conclusion, note.text);
    quadratic_free(q);
  }
}
END_TEST

/* Variance v along one direction, which the path without noise does not see, puts the change of the
 * loss eta^2 lambda v/2 off: on either side of twice the bound of the dense matrices.  In d = 25
 * nothing is tried. */
START_TEST(test_projections_are_told_apart) {
  int failed[2] = {0, 0}, held[2] = {0, 0};
  for (int n = 0; n < 120; n++) {
    const size_t at = n % 2;
    quadratic *q = pair_at(0.375, 0);
    dense_step_paths paths;
    dense_quadratic *dense = dense_quadratic_alloc(q, 1);
    gsl_vector *none = gsl_vector_calloc(2);
    ck_assert_int_eq(dense_step_path(dense, q->eta, none, &paths), 0);
    gsl_vector_free(none);
    dense_quadratic_free(dense);
    const double part = exp2((n / 2 - 30) / 8.0), off = part * 2.0 * paths.error;
    q->v[at] = 2.0 * off / (q->eta * q->eta * q->lambda[at]);
    claim_note note = {"", 0};
    const verdict v =
        claim_find_conclusion(&edge_of_stability_claim, "projections_split")->check(q, &note);
    failed[at] += v == VERDICT_FAILS && part < 2.0;
    held[at] += v == VERDICT_HOLDS && part > 0.5;
    if (part > 1.25) {
      ck_assert_int_eq(v, VERDICT_FAILS);
      ck_assert_ptr_nonnull(strstr(note.text, at == 0 ? "change 0" : "change 1"));
    } else if (part < 0.8)
      ck_assert_int_eq(v, VERDICT_HOLDS);
    quadratic_free(q);
  }
  ck_assert(failed[0] > 0 && held[0] > 0 && failed[1] > 0 && held[1] > 0);
  for (size_t d = DENSE_STEP_DIMENSION_MOST; d <= DENSE_STEP_DIMENSION_MOST + 1; d++) {
    quadratic *q = quadratic_alloc(d, 1);
    for (size_t i = 0; i < d; i++) {
      q->lambda[i] = i == 0 ? 8 : 1;
      q->g[i] = 1;
    }
    q->eta = 0.25;
    ck_assert_int_eq(support_check(&edge_of_stability_claim, "projections_split", q),
                     d > DENSE_STEP_DIMENSION_MOST ? VERDICT_VACUOUS : VERDICT_HOLDS);
    quadratic_free(q);
  }
}
END_TEST

/* Each of the four changes by itself, on either side of twice the error. */
START_TEST(test_compared) {
  for (int which = 0; which < 4; which++)
    for (int sign = -1; sign <= 1; sign += 2) {
      dense_step_paths paths = {3, 5, 3, 5, 0.125};
      double *const all[] = {&paths.dominant_step, &paths.bulk_step, &paths.dominant_part,
                             &paths.bulk_part};
      claim_note note = {"", 0};
      char named[32];
      *all[which] += sign * 0.25;
      ck_assert_int_eq(edge_of_stability_compare(&paths, 3, 5, &note), VERDICT_HOLDS);
      *all[which] += sign * 0x1p-40;
      ck_assert_int_eq(edge_of_stability_compare(&paths, 3, 5, &note), VERDICT_FAILS);
      snprintf(named, sizeof named, "loss change %d ", which);
      ck_assert_ptr_nonnull(strstr(note.text, named));
    }
}
END_TEST

/* Labels and hypotheses on (8, 3 | 2, 1), on their edges and beside them. */
START_TEST(test_labels) {
  const claim *c = &edge_of_stability_claim;
  static const struct {
    const char *name;
    double g[DIRECTIONS], v[DIRECTIONS], eta;
    bool holds;
  } labelled[] = {
      {"stable, beyond the edge", {1, 1, 1, 1}, {0}, 0.2499, true},
      {"stable, beyond the edge", {1, 1, 1, 1}, {0}, 0.25, false},
      {"at the edge", {1, 1, 1, 1}, {0}, 0.2499, false},
      {"at the edge", {1, 1, 1, 1}, {0}, 0.25, true},
      {"at the edge", {1, 1, 1, 1}, {0}, 0.2501, false},
      /* 3 eta > 2 > 2 eta */
      {"where the projections part", {1, 1, 1, 1}, {0}, 0.65, false},
      {"where the projections part", {1, 1, 1, 1}, {0}, 0.7, true},
      {"where the projections part", {1, 1, 1, 1}, {0}, 0.99, true},
      {"where the projections part", {1, 1, 1, 1}, {0}, 1, false},
      {"where the projections part", {1, 1, 1, 1}, {0}, 1.5, false},
      {"a bulk direction wiped out", {1, 1, 1, 1}, {0}, 0.5, true},
      {"a bulk direction wiped out", {1, 1, 0, 1}, {0}, 0.5, false},
      {"a bulk direction wiped out", {1, 1, 1, 1}, {0}, 1, true},
      {"a bulk direction wiped out", {1, 1, 1, 0}, {0}, 1, false},
      {"a bulk direction wiped out", {1, 1, 1, 1}, {0}, 0.125, false}, /* a dominant one */
      {"a bulk direction wiped out", {1, 1, 1, 1}, {0}, 0.75, false},
      {"slow_bulk", {1, 1, 1, 1}, {0}, 0.5, true},
      {"slow_bulk", {1, 1, 1, 0}, {0}, 0.5, false},
      {"slow_bulk", {1, 1, 0, 1}, {0}, 0.5, true},
      {"slow_bulk", {1, 1, 0, 1}, {0}, 1, false},
      {"slow_bulk", {1, 1, 0, 0}, {0}, 1, true}, /* it is not this that is missing */
      {"noiseless", {1, 1, 1, 1}, {0}, 1, true},
      {"noiseless", {1, 1, 1, 1}, {1, 0, 0, 0}, 1, false},
      {"noiseless", {1, 1, 1, 1}, {0, 0, 0, 1}, 1, false},
      /* eta (3 + 1) > 2 */
      {"beyond_edge", {1, 1, 1, 1}, {0}, 0.5, false},
      {"beyond_edge", {1, 1, 1, 1}, {0}, 0.5 + 0x1p-53, true},
      {"beyond_edge", {1, 1, 1, 1}, {0}, 0.4375, false},
  };
  for (size_t i = 0; i < sizeof labelled / sizeof *labelled; i++) {
    quadratic *q = quadratic_literal(DIRECTIONS, 2, (const double[]){8, 3, 2, 1}, labelled[i].g,
                                     labelled[i].v, labelled[i].eta);
    bool found = false, holds = false;
    for (const hypothesis *h = c->hypotheses; h->name != NULL; h++)
      if (strcmp(h->name, labelled[i].name) == 0) {
        found = true;
        holds = h->holds(q);
      }
    if (!found)
      holds = support_coverage(c, labelled[i].name)->holds(q);
    ck_assert_msg(holds == labelled[i].holds, "%zu: %s at %g", i, labelled[i].name,
                  labelled[i].eta);
    quadratic_free(q);
  }
}
END_TEST

/* --- instances ------------------------------------------------------------------------------ */

/* What is drawn meets the hypotheses, one by one; every kind of step is drawn. */
START_TEST(test_generated) {
  enum { DRAWS = 400 };
  const claim *c = &edge_of_stability_claim;
  int at_edge = 0, single_edge = 0, single_stable = 0, next_apart = 0, wiped = 0, low = 0, high = 0,
      stable_low = 0, stable_high = 0, far = 0, next = 0;
  gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "edge_of_stability", 0));
  diagnostic diag;
  for (int n = 0; n < DRAWS; n++) {
    quadratic *q = c->generate(rng, &diag);
    ck_assert_ptr_nonnull(q);
    const hypothesis *violated = claim_violated(c, q, NULL);
    ck_assert_msg(violated == NULL, "draw %d: %s", n, violated == NULL ? "" : violated->name);
    const double first = q->lambda[0], dominant = q->lambda[q->k - 1], bulk = q->lambda[q->k],
                 last = q->lambda[q->d - 1];
    for (size_t i = 1; i < q->d; i++)
      ck_assert(q->lambda[i] <= q->lambda[i - 1]);
    int exponent;
    const bool is_at_edge =
        q->eta * first == 2.0 && dominant == first && frexp(first, &exponent) == 0.5;
    at_edge += is_at_edge;
    single_edge += is_at_edge && q->k == 1;
    wiped += q->eta * last == 1.0 && bulk > last;
    /* where 2/eta is between lambda_{k+1} and lambda_k; and eta between the edge and 2/lambda_1 */
    const double place = (2.0 / q->eta - bulk) / (dominant - bulk);
    low += place > 0.01 && place < 0.2;
    high += place > 0.8 && place < 0.99;
    const double edge = 2.0 / (first + last), where = (q->eta - edge) / (2.0 / first - edge);
    if (dominant == first) {
      stable_low += where > 0.0 && where < 0.3;
      stable_high += where > 0.7 && where < 1.0;
      single_stable += where > 0.1 && where < 1.0 && q->k == 1 && bulk + last < 0.8 * first;
    }
    const double beyond = q->eta * (dominant + last) / 2.0 - 1.0;
    next += beyond > 0.0 && beyond < 1e-6;
    next_apart += beyond > 0.0 && beyond < 1e-6 && bulk < 0.9 * dominant && last > 1e-5 * dominant;
    far += beyond > 0.05 && beyond < 1.0;
    quadratic_free(q);
  }
  gsl_rng_free(rng);
  /* A fifth of the draws is of each of five kinds. */
  ck_assert_msg(at_edge > DRAWS / 8 && at_edge < DRAWS / 3, "%d at the edge", at_edge);
  ck_assert_msg(wiped > DRAWS / 20 && wiped < DRAWS / 3, "%d wiped out", wiped);
  ck_assert_msg(low > DRAWS / 50 && high > DRAWS / 50, "%d, %d", low, high);
  ck_assert_msg(stable_low > DRAWS / 50 && stable_high > DRAWS / 50, "%d, %d", stable_low,
                stable_high);
  ck_assert_msg(single_edge > 1 && single_stable > 1 && next_apart > 1, "%d, %d, %d", single_edge,
                single_stable, next_apart);
  ck_assert_msg(next > DRAWS / 50 && far > DRAWS / 50, "%d, %d", next, far);
}
END_TEST

/* One bulk level, a power of two, wiped out; the dominant set keeps its distance from it. */
START_TEST(test_violations) {
  gsl_rng *rng = random_alloc(1);
  const claim *c = &edge_of_stability_claim;
  const double lambda[] = {8, 5, 3, 2}, one[] = {1, 1, 1, 1}, none[] = {0, 0, 0, 0};
  quadratic *q = quadratic_literal(4, 2, lambda, one, none, 0.5);
  ck_assert(support_hypothesis(c, "slow_bulk")->dropped.violate(q, rng));
  ck_assert(q->lambda[2] == 4 && q->lambda[3] == 4 && q->eta == 0.25);
  ck_assert_double_eq_tol(q->lambda[0], 32.0 / 3, 0x1p-49);
  ck_assert_double_eq_tol(q->lambda[1], 20.0 / 3, 0x1p-49);
  quadratic_free(q);
  int low = 0, high = 0, near = 0, far = 0;
  for (int n = 0; n < 200; n++) {
    q = quadratic_literal(4, 2, (const double[]){8, 5, 3 + n / 201.0, 2}, one, none, 0.5);
    ck_assert(support_hypothesis(c, "slow_bulk")->dropped.violate(q, rng));
    ck_assert(q->lambda[2] == 4 && q->lambda[3] == 4 && q->eta == 0.25);
    quadratic_free(q);
    q = quadratic_literal(4, 2, lambda, one, none, 0.5);
    ck_assert(support_hypothesis(c, "beyond_edge")->dropped.violate(q, rng));
    const double part = q->eta * (5 + 2) / 2; /* of the edge */
    ck_assert(part > 0.0099 && part < 0.9901);
    low += part < 0.1;
    high += part > 0.9;
    quadratic_free(q);
    q = quadratic_literal(4, 2, lambda, one, none, 0.5);
    ck_assert(support_hypothesis(c, "gap")->dropped.violate(q, rng));
    const double beyond = q->eta * (q->lambda[1] + q->lambda[3]) / 2;
    ck_assert(beyond > 1.0099 && beyond < 4.001);
    near += beyond < 1.3;
    far += beyond > 3.7;
    quadratic_free(q);
  }
  ck_assert(low > 5 && high > 5 && near > 5 && far > 5);
  gsl_rng_free(rng);
}
END_TEST

/* The ablations' instances violate their hypothesis and no other, and say so in the conclusion they
 * name. */
START_TEST(test_ablations) {
  const claim *c = &edge_of_stability_claim;
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++) {
    quadratic *q = h->dropped.instance();
    ck_assert_ptr_eq(claim_violated(c, q, NULL), h);
    ck_assert_ptr_null(claim_violated(c, q, h));
    ck_assert_int_eq(support_check(c, h->dropped.fails, q), VERDICT_FAILS);
    quadratic_free(q);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("P6 edge_of_stability");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(20));
  tcase_add_test(core, test_at_the_edge);
  tcase_add_test(core, test_edge_is_sharp);
  tcase_add_test(core, test_projections_part);
  tcase_add_test(core, test_bulk_wiped_out);
  tcase_add_test(core, test_planted);
  tcase_add_test(core, test_labels);
  tcase_add_test(core, test_compared);
  tcase_add_test(core, test_ablations);
  tcase_add_test(core, test_violations);
  tcase_add_test(core, test_generated);
  tcase_add_test(core, test_projections_are_told_apart);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
