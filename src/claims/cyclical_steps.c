#include "config.h"
#include "claims/cyclical_steps.h"

#include <math.h>
#include <stdlib.h>
#include "model/random.h"
#include "model/rounding.h"

static valley without_noise(const valley *v) {
  valley descent = *v;
  descent.batch = 0;
  return descent;
}

/* region: conclusions */
/* x_2^2 falls by eta h_2 (2 - eta h_2) x_2^2 a step, and z rises by eta h_2 x_2^2/2. */
verdict cyclical_steps_stays(const valley *v, double travelled, claim_note *note) {
  const double most = v->high * v->second;
  if (!(most < 2.0))
    return VERDICT_VACUOUS;
  const double bound = v->start[1] * v->start[1] / (2.0 * (2.0 - most));
  const double slack = rounding_gamma(16 * v->period * v->cycles);
  if (travelled >= 0.0 && travelled <= bound * (1.0 + slack))
    return VERDICT_HOLDS;
  claim_note_set(note, "gradient descent travels %a, the bound is %a", travelled, bound);
  return VERDICT_FAILS;
}

/* Gradient descent is across the floor and back wherever the step is beyond 1/h_1. */
verdict cyclical_steps_crosses(const valley *v, cyclical_steps_step *step, claim_note *note) {
  valley_place at = {{v->start[0], v->start[1]}, 0.0};
  for (size_t t = 0; t < v->period; t++) {
    const double before = at.x[0];
    step(v, t, &at, NULL);
    const double move = valley_step_size(v, t) * v->sharpest;
    if (!isfinite(at.x[0])) /* overflowed */
      break;
    if (before != 0.0 && at.x[0] != 0.0 && fabs(move - 1.0) > 0x1p-30 &&
        (signbit(before) != signbit(at.x[0])) != (move > 1.0)) {
      claim_note_set(note, "step %zu does not cross as it should", t);
      return VERDICT_FAILS;
    }
  }
  return VERDICT_HOLDS;
}

size_t cyclical_steps_wins(const valley *one, const valley *other, uint32_t seed) {
  size_t wins = 0;
  for (size_t run = 0; run < CYCLICAL_STEPS_RUNS; run++) {
    gsl_rng *rng = random_alloc(random_trial_seed(seed, "one", run));
    gsl_rng *rival = random_alloc(random_trial_seed(seed, "other", run));
    if (rng != NULL && rival != NULL) {
      const double reached = valley_run(one, rng, NULL).z;
      const double rivalled = valley_run(other, rival, NULL).z;
      wins += isfinite(reached) && valley_second(one, reached) < valley_second(other, rivalled);
    }
    if (rng != NULL)
      gsl_rng_free(rng);
    if (rival != NULL)
      gsl_rng_free(rival);
  }
  return wins;
}

verdict cyclical_steps_enough(size_t wins, const char *against, claim_note *note) {
  if (wins >= CYCLICAL_STEPS_WINS)
    return VERDICT_HOLDS;
  claim_note_set(note, "flatter than %s in %zu of %d runs", against, wins, CYCLICAL_STEPS_RUNS);
  return VERDICT_FAILS;
}

static verdict check_descent(const void *instance, claim_note *note) {
  const valley_case *c = instance;
  const valley descent = without_noise(&c->valley);
  return cyclical_steps_stays(&descent, valley_run(&descent, NULL, NULL).z, note);
}

static verdict check_oscillation(const void *instance, claim_note *note) {
  const valley_case *c = instance;
  const valley descent = without_noise(&c->valley);
  return cyclical_steps_crosses(&descent, valley_step, note);
}

static verdict check_against_descent(const void *instance, claim_note *note) {
  const valley_case *c = instance;
  const valley descent = without_noise(&c->valley);
  return cyclical_steps_enough(cyclical_steps_wins(&c->valley, &descent, c->seed),
                               "gradient descent", note);
}

static verdict check_against_constant(const void *instance, claim_note *note) {
  const valley_case *c = instance;
  valley constant = c->valley;
  constant.high = constant.low;
  return cyclical_steps_enough(cyclical_steps_wins(&c->valley, &constant, c->seed),
                               "with the constant step", note);
}
/* end region: conclusions */

static bool has_noise(const void *instance) {
  return ((const valley_case *)instance)->valley.batch > 0;
}

static bool has_cycle(const void *instance) {
  const valley *v = &((const valley_case *)instance)->valley;
  return v->high * v->sharpest > 2.0;
}

static bool flattens(const void *instance) {
  return ((const valley_case *)instance)->valley.slope > 0.0;
}

static bool is_between(double x, double least, double most) {
  return x >= least * (1.0 - 1e-9) && x <= most * (1.0 + 1e-9);
}

/* An experiment says something of the landscapes it is made in: those of valley_generate.  What the
 * other hypotheses drop (noise, cycle, slope) may be missing. */
static bool is_in_range(const void *instance) {
  const valley *v = &((const valley_case *)instance)->valley;
  const double edge = 2.0 / v->sharpest, start = 0.1 / sqrt(v->sharpest);
  return is_between(v->second, 0.3 * v->sharpest, 0.7 * v->sharpest) &&
         (v->slope == 0.0 || v->slope == 1.0) && is_between(v->label, 0.2, 0.5) &&
         (v->batch == 0 || (v->batch >= 4 && v->batch <= 12)) &&
         is_between(v->low, 0.05 * edge, 0.1 * edge) &&
         (v->high == v->low || is_between(v->high, 1.02 * edge, 1.1 * edge)) && v->period >= 20 &&
         v->period <= 40 && v->cycles == 10 && is_between(fabs(v->start[0]), start, start) &&
         is_between(fabs(v->start[1]), start, start);
}

static bool drop_length(void *instance, gsl_rng *rng) {
  valley *v = &((valley_case *)instance)->valley;
  (void)rng;
  v->period = 2;
  v->cycles = 1;
  return true;
}

static bool drop_noise(void *instance, gsl_rng *rng) {
  (void)rng;
  ((valley_case *)instance)->valley.batch = 0;
  return true;
}

static bool drop_cycle(void *instance, gsl_rng *rng) {
  valley *v = &((valley_case *)instance)->valley;
  (void)rng;
  v->high = v->low;
  return true;
}

static bool drop_slope(void *instance, gsl_rng *rng) {
  (void)rng;
  ((valley_case *)instance)->valley.slope = 0.0;
  return true;
}

static valley_case *ordinary(void) {
  valley_case *c = calloc(1, sizeof *c);
  if (c != NULL)
    *c = (valley_case){.valley = {.sharpest = 1.0,
                                  .second = 0.5,
                                  .slope = 1.0,
                                  .label = 0.3,
                                  .batch = 8,
                                  .low = 0.2,
                                  .high = 2.1,
                                  .period = 40,
                                  .cycles = 10,
                                  .start = {0.1, 0.1}},
                       .seed = 1};
  return c;
}

static void *noiseless(void) {
  valley_case *c = ordinary();
  if (c != NULL)
    drop_noise(c, NULL);
  return c;
}

static void *constant(void) {
  valley_case *c = ordinary();
  if (c != NULL)
    drop_cycle(c, NULL);
  return c;
}

static void *brief(void) {
  valley_case *c = ordinary();
  if (c != NULL)
    drop_length(c, NULL);
  return c;
}

static void *level(void) {
  valley_case *c = ordinary();
  if (c != NULL)
    drop_slope(c, NULL);
  return c;
}

static const hypothesis hypotheses[] = {
    {"noise",
     "Mini-batches: $b<\\infty$.",
     has_noise,
     {noiseless, "flatter_than_descent", "Without noise it is gradient descent, and no run wins.",
      drop_noise}},
    {"cycle",
     "The step rises beyond $2/h_1$ in each cycle.",
     has_cycle,
     {constant, "flatter_than_constant", "At the constant lowest step both are the same walk.",
      drop_cycle}},
    {"flattening",
     "$h_2$ falls along the floor.",
     flattens,
     {level, "flatter_than_descent", "With $h_2$ the same everywhere there is nowhere to go.",
      drop_slope}},
    {"range",
     "The landscape, the batch, the schedule and the start are of the kind drawn: "
     "$h_2(0)/h_1\\in[0.3,0.7]$, $b\\in[4,12]$, $\\sigma\\in[0.2,0.5]$, lowest and highest step "
     "$[0.05,0.1]$ and $[1.02,1.1]$ times $2/h_1$, ten cycles of $20$ to $40$ steps, "
     "$x_i(0)=0.1/\\sqrt{h_1}$.",
     is_in_range,
     {brief, "flatter_than_descent",
      "One cycle of two steps is too short: neither walk has left the start by much.",
      drop_length}},
    {0}};

static const conclusion conclusions[] = {
    {"descent_stays", "gradient descent travels no more than $x_2(0)^2/(2(2-c))$", check_descent,
     DECIDED_BY_BOUND, NULL},
    {"descent_crosses",
     "as long as $x_1\\ne0$ gradient descent crosses the floor along $x_1$ exactly at the steps "
     "with $\\eta>1/h_1$",
     check_oscillation, DECIDED_BY_BOUND, NULL},
    {"flatter_than_descent",
     "SGD ends at a smaller $h_2$ than gradient descent with the same steps in at least $56$ of "
     "$64$ runs",
     check_against_descent, DECIDED_BY_BOUND, NULL},
    {"flatter_than_constant", "and so it does than SGD at the constant lowest step",
     check_against_constant, DECIDED_BY_BOUND, NULL},
    {0}};

static bool is_small_batch(const void *instance) {
  return ((const valley_case *)instance)->valley.batch <= 6;
}

static const coverage coverages[] = {{"batches of at most 6", 0.15, is_small_batch}, {0}};

static void *generate(gsl_rng *rng, diagnostic *diag) {
  return valley_generate(rng, diag);
}

const claim cyclical_steps_claim = {
    .id = "N6",
    .stem = "cyclical_steps",
    .title = "Cyclical steps and flatter valleys, an experiment",
    .statement =
        "In a valley that flattens along its floor, with a cyclical step that rises beyond "
        "$2/h_1$, gradient descent oscillates across and provably stays; SGD, its noise aligned "
        "with the curvature, ends where the valley is flatter, in a sign test at "
        "$3\\cdot10^{-10}$.",
    .source =
        "arXiv:2310.00692: SGD with a cyclical step moves to flatter regions, gradient descent "
        "oscillates along the sharpest direction",
    .figure = "cyclical_steps",
    .uses = "N3 N4",
    .family = &valley_family,
    .generate = generate,
    .trials = 40,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
