#include "config.h"
#include "claims/toy_projected.h"

#include <math.h>
#include "claims/certify.h"
#include "exact/exact_rational.h"
#include "exact/exact_toy.h"
#include "families/toy_family.h"

/* --- in rationals ---------------------------------------------------------------------------- */

/* region: conclusions */
static verdict check_moments(const void *instance, claim_note *note) {
  exact_toy_moments map, paths;
  exact_toy_moments_init(&map);
  exact_toy_moments_init(&paths);
  verdict v = VERDICT_HOLDS;
  for (size_t steps = 1; steps <= 6 && v == VERDICT_HOLDS; steps++)
    for (toy_update u = TOY_DOM_SGD; u <= TOY_BULK_SGD && v == VERDICT_HOLDS; u++) {
      exact_toy_run(&map, instance, u, steps);
      exact_toy_enumerate(&paths, instance, u, steps);
      if (!exact_toy_moments_equal(&map, &paths)) {
        claim_note_set(note, "%s-SGD after %zu steps: other moments",
                       u == TOY_DOM_SGD ? "Dom" : "Bulk", steps);
        v = VERDICT_FAILS;
      }
    }
  exact_toy_moments_clear(&map);
  exact_toy_moments_clear(&paths);
  return v;
}

/* What moves is limit + factor^t (start - limit), limit (1 - factor) = e^2 what is frozen; what is
 * frozen stays. */
static verdict closed_form(const toy *t, toy_update update, size_t steps, claim_note *note) {
  exact_toy_factors f;
  exact_toy_moments start, now;
  fmpq_t limit, factor, moved;
  exact_toy_factors_init(&f, t);
  exact_toy_moments_init(&start);
  exact_toy_moments_init(&now);
  fmpq_init(limit);
  fmpq_init(factor);
  fmpq_init(moved);
  exact_toy_start(&start, t);
  exact_toy_enumerate(&now, t, update, steps);
  const bool dominant = update == TOY_DOM_SGD;
  const fmpq *square = dominant ? f.pp : f.rr;
  fmpq_set_si(limit, 1, 1);
  fmpq_sub(limit, limit, square);
  const bool stays = fmpq_is_zero(limit); /* factor 1: there is no limit */
  if (!stays)
    fmpq_div(limit, f.ee, limit);
  fmpq_mul(limit, limit, dominant ? start.yy : start.xx);
  fmpq_pow_si(factor, square, (slong)steps);
  fmpq_sub(moved, dominant ? start.xx : start.yy, limit);
  fmpq_mul(moved, moved, factor);
  fmpq_add(moved, moved, limit);
  const bool same = !stays && fmpq_equal(moved, dominant ? now.xx : now.yy) &&
                    fmpq_equal(dominant ? start.yy : start.xx, dominant ? now.yy : now.xx);
  if (!same)
    claim_note_set(note, "%s-SGD after %zu steps: another mean square", dominant ? "Dom" : "Bulk",
                   steps);
  fmpq_clear(limit);
  fmpq_clear(factor);
  fmpq_clear(moved);
  exact_toy_moments_clear(&start);
  exact_toy_moments_clear(&now);
  exact_toy_factors_clear(&f);
  return same ? VERDICT_HOLDS : VERDICT_FAILS;
}

static verdict check_closed_form(const void *instance, claim_note *note) {
  static const size_t at[] = {1, 2, 5, 8};
  verdict v = VERDICT_HOLDS;
  for (size_t i = 0; i < sizeof at / sizeof *at && v == VERDICT_HOLDS; i++)
    for (toy_update u = TOY_DOM_SGD; u <= TOY_BULK_SGD && v == VERDICT_HOLDS; u++)
      v = closed_form(instance, u, at[i], note);
  return v;
}

/* One step: what SGD takes from E L is what the two projected steps take together. */
static verdict check_split(const void *instance, claim_note *note) {
  const toy *t = instance;
  static const toy_update updates[] = {TOY_SGD, TOY_DOM_SGD, TOY_BULK_SGD};
  exact_toy_moments m;
  fmpq_t start, loss, sum;
  exact_toy_moments_init(&m);
  fmpq_init(start);
  fmpq_init(loss);
  fmpq_init(sum);
  exact_toy_start(&m, t);
  exact_toy_loss(start, &m, t);
  for (size_t i = 0; i < 3; i++) {
    exact_toy_enumerate(&m, t, updates[i], 1);
    exact_toy_loss(loss, &m, t);
    fmpq_sub(loss, loss, start);
    if (i == 0)
      fmpq_set(sum, loss);
    else
      fmpq_sub(sum, sum, loss);
  }
  const bool same = fmpq_is_zero(sum);
  if (!same)
    claim_note_set(note, "the projected steps take another amount than SGD");
  exact_toy_moments_clear(&m);
  fmpq_clear(start);
  fmpq_clear(loss);
  fmpq_clear(sum);
  return same ? VERDICT_HOLDS : VERDICT_FAILS;
}
/* end region: conclusions */

/* --- from the limit z*, in balls ------------------------------------------------------------- */

/* After 2^DOUBLINGS steps from X = z*, Y = 1, each update's map composed with itself. */
enum { DOUBLINGS = 60 };
enum { P, R, E, Z, SGD_X, SGD_Y, DOM_X, BULK_Y, FACTORS };

/* z* = (p^2 - r^2 + sqrt((r^2-p^2)^2 + 4 e^4))/(2 e^2), or without the cancellation. */
static void limit_of(arb_ptr w, slong precision) {
  arb_t gap, root;
  arb_init(gap);
  arb_init(root);
  arb_sub(gap, w + R, w + P, precision);
  arb_sqr(root, w + E, precision);
  arb_mul_2exp_si(root, root, 2);
  arb_addmul(root, gap, gap, precision);
  arb_sqrt(root, root, precision);
  if (arb_is_positive(gap)) {
    arb_add(root, root, gap, precision);
    arb_mul_2exp_si(w + Z, w + E, 1);
    arb_div(w + Z, w + Z, root, precision);
  } else {
    arb_sub(root, root, gap, precision);
    arb_mul_2exp_si(w + Z, w + E, 1);
    arb_div(w + Z, root, w + Z, precision);
  }
  arb_clear(gap);
  arb_clear(root);
}

/* x -> factor x + push, 2^DOUBLINGS times, from `from`. */
static void repeat_affine(arb_t value, const arb_t factor, const arb_t push, const arb_t from,
                          slong precision) {
  arb_t a, b;
  arb_init(a);
  arb_init(b);
  arb_set(a, factor);
  arb_set(b, push);
  for (int n = 0; n < DOUBLINGS; n++) {
    arb_addmul(b, a, b, precision);
    arb_sqr(a, a, precision);
  }
  arb_mul(value, a, from, precision);
  arb_add(value, value, b, precision);
  arb_clear(a);
  arb_clear(b);
}

/* (x, y) by the symmetric (p r; r q) the same number of times. */
static void repeat_linear(arb_ptr w, slong precision) {
  enum { A, B, C, S, T, SIZE };
  arb_ptr m = _arb_vec_init(SIZE);
  arb_set(m + A, w + P);
  arb_set(m + B, w + E);
  arb_set(m + C, w + R);
  for (int n = 0; n < DOUBLINGS; n++) {
    arb_add(m + S, m + A, m + C, precision);
    arb_sqr(m + T, m + B, precision);
    arb_sqr(m + A, m + A, precision);
    arb_add(m + A, m + A, m + T, precision);
    arb_sqr(m + C, m + C, precision);
    arb_add(m + C, m + C, m + T, precision);
    arb_mul(m + B, m + B, m + S, precision);
  }
  arb_mul(w + SGD_X, m + A, w + Z, precision);
  arb_add(w + SGD_X, w + SGD_X, m + B, precision);
  arb_mul(w + SGD_Y, m + B, w + Z, precision);
  arb_add(w + SGD_Y, w + SGD_Y, m + C, precision);
  _arb_vec_clear(m, SIZE);
}

/* All of the above; w has FACTORS entries, of which P, R, E hold p^2, r^2, e^2. */
static void run_from_limit(arb_ptr w, const toy *t, slong precision) {
  exact_toy_factors f;
  arb_t push;
  exact_toy_factors_init(&f, t);
  arb_init(push);
  arb_set_fmpq(w + P, f.pp, precision);
  arb_set_fmpq(w + R, f.rr, precision);
  arb_set_fmpq(w + E, f.ee, precision);
  limit_of(w, precision);
  repeat_affine(w + DOM_X, w + P, w + E, w + Z, precision);
  arb_mul(push, w + E, w + Z, precision);
  arb_one(w + BULK_Y);
  repeat_affine(w + BULK_Y, w + R, push, w + BULK_Y, precision);
  repeat_linear(w, precision);
  arb_clear(push);
  exact_toy_factors_clear(&f);
}

/* 2 E L with these mean squares. */
static void twice_loss(arb_t value, const toy *t, const arb_t x, const arb_t y, slong precision) {
  arb_t curvature;
  arb_init(curvature);
  arb_set_d(curvature, t->a);
  arb_mul(value, curvature, x, precision);
  arb_set_d(curvature, t->b);
  arb_addmul(value, curvature, y, precision);
  arb_clear(curvature);
}

/* region: from_limit */
/* Per part of the loss: x_D/z* - y_B, and z* - x_D, 1 - y_B, what is left. */
static void parts(arb_ptr values, const void *argument, slong precision) {
  arb_ptr w = _arb_vec_init(FACTORS);
  run_from_limit(w, argument, precision);
  arb_sub(values, w + Z, w + DOM_X, precision);
  arb_sub_ui(values + 1, w + BULK_Y, 1, precision);
  arb_neg(values + 1, values + 1);
  arb_mul(values + 2, w + BULK_Y, w + Z, precision);
  arb_sub(values + 2, w + DOM_X, values + 2, precision);
  _arb_vec_clear(w, FACTORS);
}

/* Dom-SGD and Bulk-SGD both lower their part, and Dom-SGD keeps the larger share of its own. */
static verdict check_parts(const void *instance, claim_note *note) {
  static const certify_entry entries[] = {
      {"E x^2 less what Dom-SGD leaves", CERTIFY_POSITIVE},
      {"E y^2 less what Bulk-SGD leaves", CERTIFY_POSITIVE},
      {"the part that Dom-SGD leaves less that of Bulk-SGD", CERTIFY_POSITIVE},
      {NULL, 0}};
  if (!toy_is_coupled(instance)) {
    claim_note_set(note, "x = 0 is the limit: there is nothing for Dom-SGD");
    return VERDICT_FAILS;
  }
  return certify_together(entries, parts, instance, note);
}

/* 2 E L under Dom-SGD less that under Bulk-SGD; each less that under SGD; Bulk-SGD's less a z*. */
static void losses(arb_ptr values, const void *argument, slong precision) {
  const toy *t = argument;
  arb_ptr w = _arb_vec_init(FACTORS);
  arb_t sgd, one, zero;
  arb_init(sgd);
  arb_init(one);
  arb_init(zero);
  arb_one(one);
  run_from_limit(w, argument, precision);
  twice_loss(values + 1, t, w + DOM_X, one, precision);
  twice_loss(values + 2, t, w + Z, w + BULK_Y, precision);
  twice_loss(sgd, t, w + SGD_X, w + SGD_Y, precision);
  arb_sub(values, values + 1, values + 2, precision);
  arb_sub(values + 1, values + 1, sgd, precision);
  twice_loss(values + 3, t, w + Z, zero, precision);
  arb_sub(values + 3, values + 2, values + 3, precision);
  arb_sub(values + 2, values + 2, sgd, precision);
  arb_clear(sgd);
  arb_clear(one);
  arb_clear(zero);
  _arb_vec_clear(w, FACTORS);
}

/* The sign of (2 - eta a)/(2 - eta b) - z*, from the quadratic whose root z* is. */
static int flatness(const toy *t) {
  exact_toy_factors f;
  fmpq_t z, one, value;
  exact_toy_factors_init(&f, t);
  fmpq_init(z);
  fmpq_init(one);
  fmpq_init(value);
  fmpq_set_si(one, 1, 1);
  fmpq_add(z, one, f.p);
  fmpq_add(one, one, f.r);
  if (!fmpq_is_zero(one)) {
    fmpq_div(z, z, one);
    exact_toy_quadratic(value, &f, z);
  }
  const int sign = fmpq_sgn(value);
  fmpq_clear(z);
  fmpq_clear(one);
  fmpq_clear(value);
  exact_toy_factors_clear(&f);
  return sign;
}

/* After 2^60 steps SGD is below both; Bulk-SGD is below Dom-SGD just where z* is small enough. */
static verdict check_losses(const void *instance, claim_note *note) {
  const int sign = flatness(instance);
  const int among = sign > 0 ? CERTIFY_POSITIVE : sign < 0 ? CERTIFY_NEGATIVE : CERTIFY_ZERO;
  const certify_entry entries[] = {{"E L of Dom-SGD less that of Bulk-SGD", among},
                                   {"E L of Dom-SGD less that of SGD", CERTIFY_POSITIVE},
                                   {"E L of Bulk-SGD less that of SGD", CERTIFY_POSITIVE},
                                   {"E L of Bulk-SGD less E L_D", CERTIFY_POSITIVE},
                                   {NULL, 0}};
  if (!toy_is_coupled(instance)) {
    claim_note_set(note, "x = 0 is the limit");
    return VERDICT_FAILS;
  }
  return certify_together(entries, losses, instance, note);
}
/* end region: from_limit */

/* What is taken away in 2^60 steps, as a part of the loss at z*, and the closed forms. */
static verdict check_gains(const void *instance, claim_note *note) {
  enum { BITS = 512 };
  const toy *t = instance;
  arb_ptr w = _arb_vec_init(FACTORS);
  arb_t start, left, one;
  double gain[2];
  bool sharp = toy_is_coupled(t);
  arb_init(start);
  arb_init(left);
  arb_init(one);
  arb_one(one);
  if (sharp)
    run_from_limit(w, t, BITS);
  for (int i = 0; i < 2 && sharp; i++) {
    twice_loss(start, t, w + Z, one, BITS);
    twice_loss(left, t, i == 0 ? w + DOM_X : w + Z, i == 0 ? one : w + BULK_Y, BITS);
    arb_sub(left, start, left, BITS);
    arb_div(left, left, start, BITS);
    gain[i] = arf_get_d(arb_midref(left), ARF_RND_NEAR);
    sharp = arb_rel_accuracy_bits(left) >= 60;
  }
  arb_clear(start);
  arb_clear(left);
  arb_clear(one);
  _arb_vec_clear(w, FACTORS);
  if (!sharp)
    return VERDICT_UNDECIDED;
  const double computed[] = {toy_dominant_gain(t), toy_bulk_gain(t)};
  for (int i = 0; i < 2; i++)
    if (!(fabs(gain[i] - computed[i]) <= (toy_gain_error(t) + DBL_EPSILON) * gain[i])) {
      claim_note_set(note, "%s-SGD takes away %a of the loss, and %a is computed",
                     i == 0 ? "Dom" : "Bulk", gain[i], computed[i]);
      return VERDICT_FAILS;
    }
  return VERDICT_HOLDS;
}

/* --- ablations ------------------------------------------------------------------------------ */

static const hypothesis hypotheses[] = {
    {"gap",
     "$a>b$.",
     toy_has_gap,
     {toy_case_flat_called_dominant, "takes_less_of_its_part",
      "$a=1$, $b=8$, the flat direction called dominant: ``Dom-SGD'' is the one that goes on.",
      toy_violate_gap}},
    {"short_step",
     "$0<\\eta<2/(a+b)$.",
     toy_is_step_short,
     {toy_case_step_too_long, "takes_less_of_its_part",
      "$a=8$, $b=1$, $\\eta=\\frac{15}{64}$: $p^2>r^2$, the steep direction is the slower one.",
      toy_violate_step}},
    {"coupling",
     "$c\\ne0$.",
     toy_is_coupled,
     {toy_case_uncoupled, "takes_less_of_its_part",
      "$c=0$: SGD is gradient descent, which leaves $x=0$: there is no part for Dom-SGD to take.",
      toy_violate_coupling}},
    {"fair",
     "$\\ell_+$ and $\\ell_-$ are equally likely.",
     toy_is_fair,
     {toy_case_unfair, "moments_of_all_paths",
      "$a=8$, $b=c=x=y=1$, $\\eta=\\frac1{16}$, $\\ell_+$ in three of four steps.",
      toy_violate_fair}},
    {"stable",
     "$(1-p^2)(1-r^2)>e^4$, $p^2,r^2<1$.",
     toy_is_stable,
     {toy_case_unstable, "losses_in_the_end",
      "$a=8$, $b=1$, $c=16$, $\\eta=\\frac1{16}$: SGD diverges, and the projected updates do not.",
      toy_violate_stable}},
    {0}};

static const conclusion conclusions[] = {
    {"moments_of_all_paths",
     "Dom-SGD and Bulk-SGD: the moments by the map and by all $2^t$ paths, $t\\le6$: equal "
     "rationals",
     check_moments, DECIDED_BY_SIGN, NULL},
    {"closed_form",
     "the same paths, against $X_\\infty+p^{2t}(X-X_\\infty)$ and its like, $t\\le8$",
     check_closed_form, DECIDED_BY_SIGN, NULL},
    {"projected_steps_add_up", "$\\E\\Delta L$ of SGD is that of Dom-SGD plus that of Bulk-SGD",
     check_split, DECIDED_BY_SIGN, NULL},
    {"takes_less_of_its_part",
     "from $z^*$, after $2^{60}$ steps: both lower their part, Dom-SGD keeps more of its own",
     check_parts, DECIDED_BY_SIGN, NULL},
    {"losses_in_the_end",
     "SGD is below both; Bulk-SGD below Dom-SGD iff $z^*<(2-\\eta a)/(2-\\eta b)$, and above "
     "$\\E L_D$",
     check_losses, DECIDED_BY_SIGN, NULL},
    {"gains_as_computed", "the parts taken away are the closed forms, within their error",
     check_gains, DECIDED_BY_BOUND, NULL},
    {0}};

static bool is_flat(const void *instance) {
  return flatness(instance) > 0;
}

static bool is_not_flat(const void *instance) {
  return flatness(instance) < 0;
}

static const coverage coverages[] = {{"a above 1000 b", 0.15, toy_is_steep},
                                     {"a below 2 b", 0.10, toy_is_mild},
                                     {"Bulk-SGD ends below Dom-SGD", 0.30, is_flat},
                                     {"Dom-SGD ends below Bulk-SGD", 0.01, is_not_flat},
                                     {0}};

const claim toy_projected_claim = {
    .id = "P3",
    .stem = "toy_projected",
    .title = "The toy model: Dom-SGD stalls, Bulk-SGD works",
    .statement =
        "Once SGD's moments have reached $z^*$, Dom-SGD takes away no more than the part "
        "$(1-\\mu_+)/(1-p^2)$ of $\\E L_D$, however long it runs, and Bulk-SGD the larger part "
        "$(1-\\mu_+)/(1-r^2)$ of $\\E L_B$; SGD takes away all.",
    .source = "arXiv:2405.16002, sections 3 and A.2",
    .figure = "toy_projected",
    .uses = "L2 P2",
    .family = &toy_family,
    .generate = toy_generate,
    .trials = 300,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
