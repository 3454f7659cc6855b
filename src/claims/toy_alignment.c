#include "config.h"
#include "claims/toy_alignment.h"

#include <math.h>
#include "claims/certify.h"
#include "claims/critical_step.h"
#include "claims/opposite_effects.h"
#include "claims/self_correction.h"
#include "exact/exact_rational.h"
#include "exact/exact_toy.h"
#include "families/toy_family.h"
#include "model/rounding.h"

/* region: ratio */
double toy_alignment_ratio(const toy *t, size_t steps) {
  const double p = 1.0 - t->eta * t->a, r = 1.0 - t->eta * t->b, e = t->eta * t->c;
  double z = t->x / t->y * (t->x / t->y);
  for (size_t n = 0; n < steps; n++)
    z = (p * p * z + e * e) / (e * e * z + r * r);
  return z;
}

double toy_alignment_critical_step(const toy *t, double z) {
  const double delta = t->a * t->a - t->b * t->b + t->c * t->c * (1.0 / z - z);
  return delta > 0.0 ? 2.0 * (t->a - t->b) / delta : INFINITY;
}
/* end region: ratio */

/* --- conclusions ---------------------------------------------------------------------------- */

/* What most conclusions start from. */
typedef struct {
  const toy *t;
  exact_toy_factors f;
  exact_toy_moments m, n;
  fmpq_t x, y, z; /* scratch */
} workspace;

static void workspace_init(workspace *w, const void *instance) {
  w->t = instance;
  exact_toy_factors_init(&w->f, w->t);
  exact_toy_moments_init(&w->m);
  exact_toy_moments_init(&w->n);
  fmpq_init(w->x);
  fmpq_init(w->y);
  fmpq_init(w->z);
}

static void workspace_clear(workspace *w) {
  exact_toy_factors_clear(&w->f);
  exact_toy_moments_clear(&w->m);
  exact_toy_moments_clear(&w->n);
  fmpq_clear(w->x);
  fmpq_clear(w->y);
  fmpq_clear(w->z);
}

/* region: conclusions */
static verdict check_moments(const void *instance, claim_note *note) {
  workspace w;
  workspace_init(&w, instance);
  verdict v = VERDICT_HOLDS;
  for (size_t steps = 1; steps <= 6 && v == VERDICT_HOLDS; steps++) {
    exact_toy_run(&w.m, w.t, TOY_SGD, steps);
    exact_toy_enumerate(&w.n, w.t, TOY_SGD, steps);
    if (!exact_toy_moments_equal(&w.m, &w.n)) {
      claim_note_set(note, "after %zu steps the moments are others", steps);
      v = VERDICT_FAILS;
    }
  }
  workspace_clear(&w);
  return v;
}

/* X_{t+1} Y_t - Y_{t+1} X_t from the paths, against its first value times (p^2 r^2 - e^4)^t. */
static verdict check_geometric(const void *instance, claim_note *note) {
  workspace w;
  workspace_init(&w, instance);
  verdict v = VERDICT_HOLDS;
  for (size_t steps = 0; steps <= 5 && v == VERDICT_HOLDS; steps++) {
    exact_toy_enumerate(&w.m, w.t, TOY_SGD, steps);
    exact_toy_enumerate(&w.n, w.t, TOY_SGD, steps + 1);
    fmpq_mul(w.x, w.n.xx, w.m.yy);
    fmpq_submul(w.x, w.n.yy, w.m.xx);
    exact_toy_determinant(w.y, &w.f);
    fmpq_pow_si(w.y, w.y, (slong)steps);
    exact_toy_start(&w.m, w.t);
    exact_toy_change(w.z, &w.m, &w.f);
    fmpq_mul(w.y, w.y, w.z);
    if (!fmpq_equal(w.x, w.y)) {
      claim_note_set(note, "the change in step %zu is another number", steps + 1);
      v = VERDICT_FAILS;
    }
  }
  workspace_clear(&w);
  return v;
}

/* Where p^2 r^2 > e^4 the alignment never turns: it moves to its limit from one side, and the sign
 * of the first change is that of z* - z_0. */
static verdict check_monotone(const void *instance, claim_note *note) {
  static const size_t at[] = {0, 1, 2, 5, 10, 20, 40};
  workspace w;
  workspace_init(&w, instance);
  exact_toy_determinant(w.x, &w.f);
  const int turns = fmpq_sgn(w.x);
  exact_toy_start(&w.m, w.t);
  int side = -1; /* +1: below the limit; from y = 0, z_0 is infinite */
  if (!fmpq_is_zero(w.m.yy)) {
    fmpq_div(w.y, w.m.xx, w.m.yy);
    exact_toy_quadratic(w.x, &w.f, w.y);
    side = -fmpq_sgn(w.x);
  }
  verdict v = side == 0 ? VERDICT_VACUOUS : VERDICT_HOLDS;
  size_t steps = 0;
  for (size_t i = 0; i < sizeof at / sizeof *at && v == VERDICT_HOLDS; i++) {
    for (; steps < at[i]; steps++)
      exact_toy_next(&w.m, &w.f, TOY_SGD);
    exact_toy_change(w.x, &w.m, &w.f);
    const int expected = turns > 0 || steps == 0 ? side
                         : turns == 0            ? 0
                         : steps % 2 == 0        ? side
                                                 : -side;
    if (fmpq_sgn(w.x) != expected) {
      claim_note_set(note, "the change in step %zu has sign %d, not %d", steps + 1, fmpq_sgn(w.x),
                     expected);
      v = VERDICT_FAILS;
    }
  }
  workspace_clear(&w);
  return v;
}
/* end region: conclusions */

/* The computed z* is within its bound of the root: e^2 z^2 + (r^2-p^2) z - e^2 changes its sign
 * there, exactly. */
static verdict check_limit(const void *instance, claim_note *note) {
  const toy *t = instance;
  const double limit = toy_limit(t), error = toy_limit_error(t);
  if (!(limit > 0.0)) {
    claim_note_set(note, "no limit is computed");
    return VERDICT_FAILS;
  }
  workspace w;
  workspace_init(&w, instance);
  int sign[2];
  for (int side = 0; side < 2; side++) { /* one more ulp: the ends are rounded themselves */
    exact_rational_set(w.z, limit * (1.0 + (side == 0 ? -1.0 : 1.0) * (error + DBL_EPSILON)));
    exact_toy_quadratic(w.x, &w.f, w.z);
    sign[side] = fmpq_sgn(w.x);
  }
  workspace_clear(&w);
  if (sign[0] < 0 && sign[1] > 0)
    return VERDICT_HOLDS;
  claim_note_set(note, "z* is not within %.3e of %a", error, limit);
  return VERDICT_FAILS;
}

/* z after 2^40 steps, in balls. */
static verdict check_reached(const void *instance, claim_note *note) {
  enum { DOUBLINGS = 40, BITS = 512 };
  workspace w;
  arb_t ratio, y;
  arb_init(ratio);
  arb_init(y);
  workspace_init(&w, instance);
  exact_toy_start(&w.m, w.t);
  arb_set_fmpq(ratio, w.m.xx, BITS);
  arb_set_fmpq(y, w.m.yy, BITS);
  exact_toy_later(ratio, y, &w.f, TOY_SGD, DOUBLINGS, BITS);
  arb_div(ratio, ratio, y, BITS);
  const double late = arf_get_d(arb_midref(ratio), ARF_RND_NEAR);
  const bool sharp = arb_rel_accuracy_bits(ratio) >= 60;
  const double limit = toy_limit(w.t), error = toy_limit_error(w.t) + DBL_EPSILON;
  arb_clear(ratio);
  arb_clear(y);
  workspace_clear(&w);
  if (!sharp)
    return VERDICT_UNDECIDED;
  if (fabs(late - limit) <= error * limit)
    return VERDICT_HOLDS;
  claim_note_set(note, "after 2^40 steps z = %a, and the limit is %a", late, limit);
  return VERDICT_FAILS;
}

/* e^2/(1-p^2) < z* < e^2/(r^2-p^2), by the sign of the quadratic at both. */
static verdict check_bracket(const void *instance, claim_note *note) {
  workspace w;
  workspace_init(&w, instance);
  verdict v = VERDICT_HOLDS;
  for (int side = 0; side < 2 && v == VERDICT_HOLDS; side++) {
    fmpq_set_si(w.x, 1, 1);
    fmpq_sub(w.x, side == 0 ? w.x : w.f.rr, w.f.pp);
    fmpq_zero(w.y);
    if (fmpq_sgn(w.x) > 0) {
      fmpq_div(w.z, w.f.ee, w.x);
      exact_toy_quadratic(w.y, &w.f, w.z);
    }
    if (fmpq_sgn(w.y) != (side == 0 ? -1 : 1)) {
      claim_note_set(note, "z* is not %s", side == 0 ? "above e^2/(1-p^2)" : "below e^2/(r^2-p^2)");
      v = VERDICT_FAILS;
    }
  }
  workspace_clear(&w);
  return v;
}

/* s_t = (1-r^2+e^2) X_t + (1-p^2+e^2) Y_t, whose weights are positive, falls in each step by
 * ((1-p^2)(1-r^2) - e^4) (X_t + Y_t): summed over t, sum (X_t + Y_t) is finite. */
static verdict check_sum(const void *instance, claim_note *note) {
  workspace w;
  workspace_init(&w, instance);
  fmpq_t weight_x, weight_y, one;
  fmpq_init(weight_x);
  fmpq_init(weight_y);
  fmpq_init(one);
  fmpq_one(one);
  fmpq_sub(weight_x, one, w.f.rr);
  fmpq_add(weight_x, weight_x, w.f.ee);
  fmpq_sub(weight_y, one, w.f.pp);
  fmpq_add(weight_y, weight_y, w.f.ee);
  exact_toy_stability(w.z, &w.f);
  verdict v = VERDICT_HOLDS;
  if (fmpq_sgn(w.z) <= 0 || fmpq_sgn(weight_x) <= 0 || fmpq_sgn(weight_y) <= 0) {
    claim_note_set(note, "the weights, or what is lost in a step, are not positive");
    v = VERDICT_FAILS;
  }
  for (size_t steps = 0; steps <= 4 && v == VERDICT_HOLDS; steps++) {
    exact_toy_enumerate(&w.m, w.t, TOY_SGD, steps);
    exact_toy_enumerate(&w.n, w.t, TOY_SGD, steps + 1);
    fmpq_sub(w.x, w.m.xx, w.n.xx);
    fmpq_mul(w.x, w.x, weight_x);
    fmpq_sub(w.y, w.m.yy, w.n.yy);
    fmpq_addmul(w.x, w.y, weight_y);
    fmpq_add(w.y, w.m.xx, w.m.yy);
    fmpq_mul(w.y, w.y, w.z);
    if (!fmpq_equal(w.x, w.y)) {
      claim_note_set(note, "step %zu loses another amount", steps + 1);
      v = VERDICT_FAILS;
    }
  }
  fmpq_clear(weight_x);
  fmpq_clear(weight_y);
  fmpq_clear(one);
  workspace_clear(&w);
  return v;
}

/* region: theorems */
/* At every time, after all paths so far: the sign of the change is that of eta - eta* and that of
 * E Delta L_D is that of eta - eta_D, E Delta L_B that of eta - eta_B, with
 *   eta*  = 2 (a-b) XY/((a^2-b^2) XY + c^2 (Y^2-X^2)),
 *   eta_D = 2 a X/(a^2 X + c^2 Y),  eta_B = 2 b Y/(b^2 Y + c^2 X). */
static verdict check_theorems(const void *instance, claim_note *note) {
  workspace w;
  fmpq_t a, b, cc, eta;
  workspace_init(&w, instance);
  fmpq_init(a);
  fmpq_init(b);
  fmpq_init(cc);
  fmpq_init(eta);
  exact_rational_set(a, w.t->a);
  exact_rational_set(b, w.t->b);
  exact_rational_set(cc, w.t->c);
  exact_rational_set(eta, w.t->eta);
  fmpq_mul(cc, cc, cc);
  verdict v = VERDICT_HOLDS;
  for (size_t steps = 0; steps <= 4 && v == VERDICT_HOLDS; steps++) {
    exact_toy_enumerate(&w.m, w.t, TOY_SGD, steps);
    exact_toy_enumerate(&w.n, w.t, TOY_SGD, steps + 1);
    /* eta ((a^2-b^2) XY + c^2 (Y^2-X^2)) - 2 (a-b) XY */
    fmpq_sub(w.x, a, b);
    fmpq_add(w.y, a, b);
    fmpq_mul(w.y, w.y, eta);
    fmpq_set_si(w.z, 2, 1);
    fmpq_sub(w.y, w.y, w.z);
    fmpq_mul(w.x, w.x, w.y);
    fmpq_mul(w.x, w.x, w.m.xx);
    fmpq_mul(w.x, w.x, w.m.yy);
    fmpq_mul(w.y, w.m.yy, w.m.yy);
    fmpq_submul(w.y, w.m.xx, w.m.xx);
    fmpq_mul(w.y, w.y, cc);
    fmpq_addmul(w.x, w.y, eta);
    const int t1 = fmpq_sgn(w.x);
    fmpq_mul(w.y, w.n.xx, w.m.yy);
    fmpq_submul(w.y, w.n.yy, w.m.xx);
    if (fmpq_sgn(w.y) != t1) {
      claim_note_set(note, "T1 in step %zu: sign %d, not %d", steps + 1, fmpq_sgn(w.y), t1);
      v = VERDICT_FAILS;
    }
    for (int set = 0; set < 2 && v == VERDICT_HOLDS; set++) {
      const fmpq *own = set == 0 ? w.m.xx : w.m.yy, *other = set == 0 ? w.m.yy : w.m.xx;
      const fmpq *lambda = set == 0 ? a : b;
      fmpq_mul(w.x, lambda, lambda);
      fmpq_mul(w.x, w.x, own);
      fmpq_addmul(w.x, cc, other);
      fmpq_mul(w.x, w.x, eta);
      fmpq_mul(w.y, lambda, own);
      fmpq_submul(w.x, w.y, w.z);
      const int change = fmpq_cmp(set == 0 ? w.n.xx : w.n.yy, own);
      if ((change > 0) - (change < 0) != fmpq_sgn(w.x)) {
        claim_note_set(note, "T3 in step %zu: E L_%c changes with another sign", steps + 1,
                       set == 0 ? 'D' : 'B');
        v = VERDICT_FAILS;
      }
    }
  }
  fmpq_clear(a);
  fmpq_clear(b);
  fmpq_clear(cc);
  fmpq_clear(eta);
  workspace_clear(&w);
  return v;
}
/* end region: theorems */

/* The start as a quadratic with the noise of one step: its moments after the step are those of the
 * two outcomes, and every conclusion of T1 (or T2) and T3 holds of it. */
static verdict check_state(const void *instance, claim_note *note) {
  bool exact;
  quadratic *q = toy_state(instance, &exact);
  if (q == NULL)
    return VERDICT_UNDECIDED;
  verdict v = exact ? VERDICT_HOLDS : VERDICT_VACUOUS;
  workspace w;
  workspace_init(&w, instance);
  exact_toy_enumerate(&w.n, w.t, TOY_SGD, 1);
  exact_rational_set(w.z, w.t->eta);
  for (size_t i = 0; i < 2 && v == VERDICT_HOLDS; i++) {
    exact_rational_direction(w.x, q, i, w.z, NULL);
    exact_rational_set(w.y, i == 0 ? w.t->a : w.t->b);
    fmpq_mul(w.y, w.y, w.y);
    fmpq_mul(w.y, w.y, i == 0 ? w.n.xx : w.n.yy);
    if (!fmpq_equal(w.x, w.y)) {
      claim_note_set(note, "E g_%zu^2 after a step is another number", i + 1);
      v = VERDICT_FAILS;
    }
  }
  workspace_clear(&w);
  const claim *const theorems[] = {critical_step_is_low(q) ? &critical_step_claim
                                                           : &self_correction_claim,
                                   &opposite_effects_claim};
  for (size_t i = 0; i < 2 && v == VERDICT_HOLDS; i++)
    for (const conclusion *c = theorems[i]->conclusions; c->name != NULL && v == VERDICT_HOLDS;
         c++) {
      const verdict said = c->check(q, note);
      if (said == VERDICT_FAILS || (said == VERDICT_UNDECIDED && c->decision == DECIDED_BY_SIGN))
        v = said;
    }
  quadratic_free(q);
  return v;
}
/* The critical step of T1 at the computed z* is eta: where z* is off by a part dz, c^2 (1/z - z) is
 * by at most c^2 (1/z + z) dz, and a^2 - b^2 by 3u of a^2 + b^2. */
static verdict check_critical(const void *instance, claim_note *note) {
  const toy *t = instance;
  const double z = toy_limit(t), star = toy_alignment_critical_step(t, z);
  const double size = t->a * t->a + t->b * t->b + t->c * t->c * (1.0 / z + z);
  const double delta = 2.0 * (t->a - t->b) / t->eta;
  const double bound = (toy_limit_error(t) + 8.0 * ROUNDING_UNIT) * size / delta;
  if (!(bound < 0.5))
    return VERDICT_UNDECIDED;
  if (fabs(star - t->eta) <= 2.0 * (bound + 4.0 * ROUNDING_UNIT) * t->eta)
    return VERDICT_HOLDS;
  claim_note_set(note, "eta* = %a at z*, and eta = %a", star, t->eta);
  return VERDICT_FAILS;
}

/* --- ablations ------------------------------------------------------------------------------ */

static void *tied(void) {
  return toy_literal(8, 8, 1, 0.0625, 1, 1);
}

static void *on_the_wall(void) {
  return toy_literal(8, 1, 1, 0.0625, 1, 0);
}

static const hypothesis hypotheses[] = {
    {"gap",
     "$a>b$.",
     toy_has_gap,
     {tied, "limit_bracketed",
      "$a=b$: $z^*=1$ for every coupling, and $\\alpha_\\infty=\\frac12$: nothing is aligned.",
      toy_violate_gap}},
    {"interior",
     "$x,y\\ne0$.",
     toy_is_interior,
     {on_the_wall, "theorems_at_the_state",
      "$y=0$: $\\alpha=1$, of which those theorems do not speak.  The rest holds, for one step "
      "mixes "
      "the two coordinates.",
      toy_violate_interior}},
    {"short_step",
     "$0<\\eta<2/(a+b)$.",
     toy_is_step_short,
     {toy_case_step_too_long, "limit_bracketed",
      "$a=8$, $b=1$, $\\eta=\\frac{15}{64}$: $r^2<p^2$, and $z^*>1$ is not bounded by the "
      "coupling.",
      toy_violate_step}},
    {"coupling",
     "$c\\ne0$.",
     toy_is_coupled,
     {toy_case_uncoupled, "limit_is_the_root", "$c=0$: SGD is gradient descent, and $z_t\\to0$.",
      toy_violate_coupling}},
    {"fair",
     "$\\ell_+$ and $\\ell_-$ are equally likely.",
     toy_is_fair,
     {toy_case_unfair, "moments_of_all_paths",
      "$a=8$, $b=c=x=y=1$, $\\eta=\\frac1{16}$, $\\ell_+$ in three of four steps: $\\E xy$ enters "
      "$\\E x^2$.",
      toy_violate_fair}},
    {"stable",
     "$(1-p^2)(1-r^2)>e^4$, $p^2,r^2<1$.",
     toy_is_stable,
     {toy_case_unstable, "squares_are_summable",
      "$a=8$, $b=1$, $c=16$, $\\eta=\\frac1{16}$: $e=1$, and $\\E(x^2+y^2)$ grows.",
      toy_violate_stable}},
    {0}};

static const conclusion conclusions[] = {
    {"moments_of_all_paths",
     "$\\E x,\\E y,\\E x^2,\\E xy,\\E y^2$ by the map and by all $2^t$ paths, $t\\le6$: equal "
     "rationals",
     check_moments, DECIDED_BY_SIGN, NULL},
    {"change_is_geometric",
     "$X_{t+1}Y_t-Y_{t+1}X_t$ of all paths is its first value times $(p^2r^2-e^4)^t$, $t\\le5$",
     check_geometric, DECIDED_BY_SIGN, NULL},
    {"one_sided",
     "the alignment moves as $\\operatorname{sgn}(z^*-z_0)$ says, for ever or, if $p^2r^2<e^4$, to "
     "and fro",
     check_monotone, DECIDED_BY_SIGN, NULL},
    {"limit_is_the_root", "$e^2z^2+(r^2-p^2)z-e^2$ changes sign within the error of $z^*$",
     check_limit, DECIDED_BY_SIGN, NULL},
    {"limit_bracketed", "$e^2/(1-p^2)<z^*<e^2/(r^2-p^2)$", check_bracket, DECIDED_BY_SIGN, NULL},
    {"squares_are_summable",
     "$s_t=(1-r^2+e^2)X_t+(1-p^2+e^2)Y_t$ loses $((1-p^2)(1-r^2)-e^4)(X_t+Y_t)$ a step, $t\\le4$",
     check_sum, DECIDED_BY_SIGN, NULL},
    {"theorems_along_the_run",
     "T1 and T3 at $\\eta$, with the moments of all paths, $t\\le4$: signs of rationals",
     check_theorems, DECIDED_BY_SIGN, NULL},
    {"theorems_at_the_state", "T1 or T2, and T3, of the start with $v=c^2(y^2,x^2)$, whole",
     check_state, DECIDED_BY_SIGN, NULL},
    {"limit_is_reached", "$z_t$ at $t=2^{40}$, by squaring the map, is $z^*$", check_reached,
     DECIDED_BY_BOUND, NULL},
    {"critical_step_at_limit", "$\\eta^*=\\eta$ at $z^*$", check_critical, DECIDED_BY_BOUND, NULL},
    {0}};

/* The start is in the high regime: there is no critical step, and T2 speaks. */
static bool is_high(const void *instance) {
  const toy *t = instance;
  const double z = t->x / t->y * (t->x / t->y);
  return isinf(toy_alignment_critical_step(t, z));
}

static const coverage coverages[] = {{"a above 1000 b", 0.15, toy_is_steep},
                                     {"a below 2 b", 0.10, toy_is_mild},
                                     {"start above the limit", 0.15, toy_is_above},
                                     {"start below the limit", 0.15, toy_is_below},
                                     {"to and fro", 0.05, toy_is_alternating},
                                     {"state of exact doubles", 0.30, toy_is_state_exact},
                                     {"start in the high regime", 0.03, is_high},
                                     {0}};

static bool is_defined(const void *instance) {
  const toy *t = instance;
  return t->x != 0.0 || t->y != 0.0;
}

const claim toy_alignment_claim = {
    .id = "P2",
    .stem = "toy_alignment",
    .title = "The toy model: SGD aligns",
    .statement =
        "On $L\\pm cxy$, drawn with equal chances, $\\E x^2/\\E y^2$ tends to the positive root "
        "$z^*$ of $e^2z^2+(r^2-p^2)z=e^2$, and the mean-field alignment to $a^2z^*/(a^2z^*+b^2)$ "
        "with $\\alpha_\\infty/(1-\\alpha_\\infty)>\\eta ac^2/((2-\\eta a)b^2)$.",
    .source = "arXiv:2405.16002, section A.2",
    .figure = "toy_alignment",
    .uses = "T1 T2 T3 P1",
    .family = &toy_family,
    .generate = toy_generate,
    .trials = 200,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .is_defined = is_defined,
};
