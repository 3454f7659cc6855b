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

/* 2^DOUBLINGS steps of each update from X = z*, Y = 1. */
enum { DOUBLINGS = 60 };
/* Where X stands, and Y after it, under each; those of the start come first. */
enum { SGD = 2, DOMINANT = 4, BULK = 6, MOMENTS = 8 };

/* z* = 2 e^2/(s + sqrt(s^2 + 4 e^4)), s = r^2 - p^2 */
static void limit_of(arb_t z, const exact_toy_factors *f, slong precision) {
  arb_t gap, twice, root;
  arb_init(gap);
  arb_init(twice);
  arb_init(root);
  arb_set_fmpq(gap, f->rr, precision);
  arb_set_fmpq(root, f->pp, precision);
  arb_sub(gap, gap, root, precision);
  arb_set_fmpq(twice, f->ee, precision);
  arb_mul_2exp_si(twice, twice, 1);
  arb_hypot(root, gap, twice, precision);
  arb_add(root, root, gap, precision);
  arb_div(z, twice, root, precision);
  arb_clear(gap);
  arb_clear(twice);
  arb_clear(root);
}

/* The moments of the start, and of the three after it. */
static void run_from_limit(arb_ptr w, const toy *t, slong precision) {
  exact_toy_factors f;
  exact_toy_factors_init(&f, t);
  limit_of(w, &f, precision);
  arb_one(w + 1);
  for (slong i = SGD; i < MOMENTS; i++)
    arb_set(w + i, w + i % 2);
  exact_toy_later(w + SGD, w + SGD + 1, &f, TOY_SGD, DOUBLINGS, precision);
  exact_toy_later(w + DOMINANT, w + DOMINANT + 1, &f, TOY_DOM_SGD, DOUBLINGS, precision);
  exact_toy_later(w + BULK, w + BULK + 1, &f, TOY_BULK_SGD, DOUBLINGS, precision);
  exact_toy_factors_clear(&f);
}

/* 2 E L with the mean squares x[0] and x[1]. */
static void twice_loss(arb_t value, const toy *t, arb_srcptr x, slong precision) {
  arb_ptr curvature = _arb_vec_init(2);
  arb_set_d(curvature, t->a);
  arb_set_d(curvature + 1, t->b);
  arb_dot(value, NULL, 0, curvature, 1, x, 1, 2, precision);
  _arb_vec_clear(curvature, 2);
}

/* region: from_limit */
/* What each takes away of its part, z* - x_D and 1 - y_B; and what is left, x_D/z* - y_B. */
static void parts(arb_ptr values, const void *argument, slong precision) {
  arb_ptr w = _arb_vec_init(MOMENTS);
  run_from_limit(w, argument, precision);
  arb_sub(values, w, w + DOMINANT, precision);
  arb_sub(values + 1, w + 1, w + BULK + 1, precision);
  arb_div(values + 2, w + DOMINANT, w, precision);
  arb_sub(values + 2, values + 2, w + BULK + 1, precision);
  _arb_vec_clear(w, MOMENTS);
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
  arb_ptr w = _arb_vec_init(MOMENTS);
  enum { OF_DOMINANT = 1, OF_BULK, LOSSES }; /* the first is that of SGD */
  arb_ptr loss = _arb_vec_init(LOSSES);
  run_from_limit(w, t, precision);
  twice_loss(loss, t, w + SGD, precision);
  twice_loss(loss + OF_DOMINANT, t, w + DOMINANT, precision);
  twice_loss(loss + OF_BULK, t, w + BULK, precision);
  arb_sub(values, loss + OF_DOMINANT, loss + OF_BULK, precision);
  arb_sub(values + 1, loss + OF_DOMINANT, loss, precision);
  arb_sub(values + 2, loss + OF_BULK, loss, precision);
  arb_set_d(loss, t->a);
  arb_mul(loss, loss, w, precision);
  arb_sub(values + 3, loss + OF_BULK, loss, precision);
  _arb_vec_clear(loss, LOSSES);
  _arb_vec_clear(w, MOMENTS);
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
  const int among = flatness(instance) > 0 ? CERTIFY_POSITIVE : CERTIFY_NOT_POSITIVE;
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
  static const char *const name[] = {"Dom", "Bulk"};
  static const int after[] = {DOMINANT, BULK};
  const toy *t = instance;
  const double computed[] = {toy_dominant_gain(t), toy_bulk_gain(t)};
  const double error = toy_gain_error(t) + DBL_EPSILON;
  if (!toy_is_coupled(t))
    return VERDICT_UNDECIDED;
  arb_ptr w = _arb_vec_init(MOMENTS);
  arb_t start, gain;
  arb_init(start);
  arb_init(gain);
  run_from_limit(w, t, BITS);
  verdict v = VERDICT_HOLDS;
  for (size_t i = 0; i < 2 && v == VERDICT_HOLDS; i++) {
    twice_loss(start, t, w, BITS);
    twice_loss(gain, t, w + after[i], BITS);
    arb_sub(gain, start, gain, BITS);
    arb_div(gain, gain, start, BITS);
    const double found = arf_get_d(arb_midref(gain), ARF_RND_NEAR);
    if (arb_rel_accuracy_bits(gain) < 60)
      v = VERDICT_UNDECIDED;
    else if (!(fabs(found - computed[i]) <= error * found)) {
      claim_note_set(note, "%s-SGD takes away %a of the loss, and %a is computed", name[i], found,
                     computed[i]);
      v = VERDICT_FAILS;
    }
  }
  arb_clear(start);
  arb_clear(gain);
  _arb_vec_clear(w, MOMENTS);
  return v;
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
