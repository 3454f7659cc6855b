#include "config.h"
#include "claims/noise_covariance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_randist.h>
#include "exact/exact_design.h"
#include "families/random_design_family.h"
#include "laws/noise_geometry.h"
#include "model/random.h"
#include "model/rounding.h"

/* --- directions to look along --------------------------------------------------------------- */

enum {
  ALONG_STATE,   /* v = -2 delta */
  NEXT_TO_STATE, /* delta, one coordinate of it moved by a millionth */
  ALONG_FIRST,
  ALONG_LAST, /* the least positive eigenvalue's */
  DRAWN,
  DIRECTIONS
};

static const char *const direction_names[DIRECTIONS] = {"along delta", "next to delta", "along u_1",
                                                        "along u_r", "drawn"};

/* Where delta is not 0 and S sees it. */
static size_t support(const random_design *r, size_t *first) {
  size_t count = 0;
  for (size_t i = r->d; i-- > 0;)
    if (r->lambda[i] > 0.0 && r->delta[i] != 0.0) {
      count++;
      *first = i;
    }
  return count;
}

/* Fills v; *parallel tells whether v is parallel to delta in the range of S. */
static void direction(const random_design *r, int which, double *v, bool *parallel) {
  const size_t rank = random_design_rank(r), axis = which == ALONG_FIRST ? 0 : rank - 1;
  size_t first = 0;
  const size_t count = support(r, &first);
  gsl_rng *rng = which == DRAWN ? random_alloc(1) : NULL;
  for (size_t i = 0; i < r->d; i++)
    switch (which) {
    case ALONG_STATE:
      v[i] = -2.0 * r->delta[i];
      break;
    case NEXT_TO_STATE:
      v[i] = i == first ? r->delta[i] * (1.0 + 1e-6) : r->delta[i];
      break;
    case DRAWN:
      v[i] = rng == NULL ? 1.0 : gsl_ran_gaussian(rng, 1.0);
      break;
    default:
      v[i] = i == axis;
    }
  if (rng != NULL)
    gsl_rng_free(rng);
  *parallel = which == ALONG_STATE || (which == NEXT_TO_STATE && count == 1) ||
              ((which == ALONG_FIRST || which == ALONG_LAST) && count == 1 && first == axis) ||
              (which == DRAWN && rank == 1);
}

static bool is_enumerable(const random_design *r) {
  return r->d <= EXACT_DESIGN_QUADRUPLES_MOST;
}

/* --- conclusions ---------------------------------------------------------------------------- */

/* region: conclusions */
static verdict expect_sign(certificate found, certified_sign expected, const char *what,
                           const char *where, claim_note *note) {
  claim_note_bits(note, found.bits);
  if (found.sign == expected)
    return VERDICT_HOLDS;
  claim_note_set(note, "%s, %s: sign %s, not %s", what, where, certified_sign_name(found.sign),
                 certified_sign_name(expected));
  return found.sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
}

/* 1 <= a(v) <= 2, and where each end is taken: a(v) from all d^4 fourth moments, certified. */
static verdict check_directional(const void *instance, claim_note *note) {
  const random_design *r = instance;
  if (!is_enumerable(r))
    return VERDICT_VACUOUS;
  double v[EXACT_DESIGN_QUADRUPLES_MOST];
  verdict found = VERDICT_HOLDS;
  for (int which = 0; which < DIRECTIONS && found == VERDICT_HOLDS; which++) {
    bool parallel;
    direction(r, which, v, &parallel);
    const exact_direction one = {r, v, 1.0}, two = {r, v, 2.0};
    const certificate above = certified_certificate_of(exact_design_directional_excess, &one);
    const certificate over = certified_certificate_of(exact_design_directional_excess, &two);
    const size_t axis = which == ALONG_FIRST ? 0 : random_design_rank(r) - 1;
    const bool single = which == ALONG_FIRST || which == ALONG_LAST;
    const bool across = single && r->delta[axis] == 0.0;
    found = expect_sign(above, across ? SIGN_ZERO : SIGN_POSITIVE, "a(v) - 1",
                        direction_names[which], note);
    if (found == VERDICT_HOLDS)
      found = expect_sign(over, parallel ? SIGN_ZERO : SIGN_NEGATIVE, "a(v) - 2",
                          direction_names[which], note);
  }
  return found;
}

/* Whether delta lies, as far as S sees it, in the eigenspace of `level`. */
static bool is_within(const random_design *r, double level) {
  for (size_t i = 0; i < r->d; i++)
    if (r->lambda[i] > 0.0 && r->delta[i] != 0.0 && r->lambda[i] != level)
      return false;
  return true;
}

static verdict check_loss(const void *instance, claim_note *note) {
  const random_design *r = instance;
  if (!is_enumerable(r))
    return VERDICT_VACUOUS;
  const exact_level top = {r, 0}, bottom = {r, random_design_rank(r) - 1};
  const certificate above = certified_certificate_of(exact_design_loss_excess, &bottom);
  const certificate over = certified_certificate_of(exact_design_loss_excess, &top);
  verdict found = expect_sign(above, is_within(r, r->lambda[bottom.i]) ? SIGN_ZERO : SIGN_POSITIVE,
                              "mu", "lower end", note);
  if (found == VERDICT_HOLDS)
    found = expect_sign(over, is_within(r, r->lambda[0]) ? SIGN_ZERO : SIGN_NEGATIVE, "mu",
                        "upper end", note);
  return found;
}
/* end region: conclusions */

static verdict check_closed_forms(const void *instance, claim_note *note) {
  const random_design *r = instance;
  if (!is_enumerable(r))
    return VERDICT_VACUOUS;
  double v[EXACT_DESIGN_QUADRUPLES_MOST];
  law_value value;
  diagnostic diag;
  for (int which = 0; which < DIRECTIONS; which++) {
    bool parallel;
    direction(r, which, v, &parallel);
    if (noise_directional_alignment(r, v, &value, &diag) != GSL_SUCCESS) {
      claim_note_set(note, "%.200s", diag.message);
      return VERDICT_FAILS;
    }
    const exact_direction at = {r, v, 0.0};
    const double truth = certified_value_of(exact_design_directional, &at);
    if (!(fabs(value.val - truth) <= value.err)) {
      claim_note_set(note, "%s: a = %a, not %a", direction_names[which], value.val, truth);
      return VERDICT_FAILS;
    }
  }
  if (noise_loss_alignment(r, &value, &diag) != GSL_SUCCESS) {
    claim_note_set(note, "%.200s", diag.message);
    return VERDICT_FAILS;
  }
  const exact_level any = {r, 0};
  const double truth = certified_value_of(exact_design_loss_alignment, &any);
  if (fabs(value.val - truth) <= value.err)
    return VERDICT_HOLDS;
  claim_note_set(note, "mu = %a, not %a", value.val, truth);
  return VERDICT_FAILS;
}

/* --- by quadrature in another basis --------------------------------------------------------- */

enum { QUADRATURE_DIMENSION_MOST = 6 };

typedef struct {
  gsl_vector *normal; /* of the mirror that is the rotation, as GSL keeps it, with `tau` */
  double tau;
  gsl_matrix *root;          /* x = root z: the rotation times sqrt(Lambda) */
  gsl_matrix *hessian;       /* E x x' */
  gsl_matrix *noise;         /* Cov(x x'delta) */
  gsl_vector *state, *along; /* delta and v in that basis */
  gsl_vector *z, *x, *mean;  /* of the integration */
  double twice_loss;
} rotated;

static void rotated_free(rotated *t) {
  gsl_matrix *const matrices[] = {t->root, t->hessian, t->noise};
  gsl_vector *const vectors[] = {t->normal, t->state, t->along, t->z, t->x, t->mean};
  for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++)
    if (matrices[i] != NULL)
      gsl_matrix_free(matrices[i]);
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
    if (vectors[i] != NULL)
      gsl_vector_free(vectors[i]);
}

/* region: quadrature */
/* The rule that is exact for Gaussian moments up to the fifth: z_i in {-sqrt 3, 0, sqrt 3} with
 * weights 1/6, 2/3, 1/6, all 3^d combinations; {-sqrt c, 0, sqrt c} with 1/(2c) for kurtosis c. */
static void integrate(const random_design *r, rotated *t) {
  const double node = sqrt(r->kurtosis), side = 0.5 / r->kurtosis;
  const double weights[] = {side, 1.0 - 2.0 * side, side};
  const size_t count = (size_t)gsl_pow_uint(3.0, (unsigned)r->d);
  for (size_t outcome = 0; outcome < count; outcome++) {
    double weight = 1.0, residual;
    for (size_t i = 0, rest = outcome; i < r->d; i++, rest /= 3) {
      gsl_vector_set(t->z, i, ((double)(rest % 3) - 1.0) * node);
      weight *= weights[rest % 3];
    }
    gsl_blas_dgemv(CblasNoTrans, 1.0, t->root, t->z, 0.0, t->x);
    gsl_blas_ddot(t->x, t->state, &residual);
    t->twice_loss += weight * residual * residual;
    gsl_blas_daxpy(weight * residual, t->x, t->mean);
    gsl_blas_dger(weight, t->x, t->x, t->hessian);
    gsl_blas_dger(weight * residual * residual, t->x, t->x, t->noise);
  }
  if (!r->uncentred)
    gsl_blas_dger(-1.0, t->mean, t->mean, t->noise);
}
/* end region: quadrature */

static double form(const gsl_matrix *a, gsl_vector *scratch, const gsl_vector *x) {
  double value;
  gsl_blas_dgemv(CblasNoTrans, 1.0, a, x, 0.0, scratch);
  gsl_blas_ddot(scratch, x, &value);
  return value;
}

/* Of two symmetric d x d matrices. */
static double product_trace(const gsl_matrix *a, const gsl_matrix *b) {
  return cblas_ddot((int)(a->size1 * a->size2), a->data, 1, b->data, 1);
}

static void turn(const rotated *t, const double *x, gsl_vector *out) {
  const gsl_vector_const_view original = gsl_vector_const_view_array(x, out->size);
  gsl_vector_memcpy(out, &original.vector);
  gsl_linalg_householder_hv(t->tau, t->normal, out);
}

static bool rotated_make(const random_design *r, rotated *t) {
  const size_t d = r->d;
  *t = (rotated){.normal = gsl_vector_alloc(d),
                 .root = gsl_matrix_calloc(d, d),
                 .hessian = gsl_matrix_calloc(d, d),
                 .noise = gsl_matrix_calloc(d, d),
                 .state = gsl_vector_alloc(d),
                 .along = gsl_vector_alloc(d),
                 .z = gsl_vector_alloc(d),
                 .x = gsl_vector_alloc(d),
                 .mean = gsl_vector_calloc(d)};
  if (t->normal == NULL || t->root == NULL || t->hessian == NULL || t->noise == NULL ||
      t->state == NULL || t->along == NULL || t->z == NULL || t->x == NULL || t->mean == NULL)
    return false;
  for (size_t i = 0; i < d; i++) {
    gsl_vector_set(t->normal, i, (double)(i + 2));
    gsl_matrix_set(t->root, i, i, sqrt(r->lambda[i]));
  }
  t->tau = gsl_linalg_householder_transform(t->normal);
  gsl_linalg_householder_hm(t->tau, t->normal, t->root);
  turn(t, r->delta, t->state);
  integrate(r, t);
  return true;
}

/* Rounding: x errs by 16 d u |x|, so that each form errs by 64 (3^d + d^2) u times what it would be
 * were all of S as large as lambda_1; relative to the form, lambda_1 |v|^2/(v'Sv) times that. There
 * are four of them. */
static verdict check_quadrature(const void *instance, claim_note *note) {
  const random_design *r = instance;
  if (r->d > QUADRATURE_DIMENSION_MOST || r->isotropic)
    return VERDICT_VACUOUS;
  rotated t;
  verdict found = VERDICT_UNDECIDED;
  if (!rotated_make(r, &t))
    goto cleanup;
  const int d = (int)r->d;
  const double unit = 256.0 * (gsl_pow_int(3.0, d) + gsl_pow_2(d)) * ROUNDING_UNIT;
  const double in_state =
      1.0 + r->lambda[0] * cblas_ddot(d, r->delta, 1, r->delta, 1) / t.twice_loss;
  found = VERDICT_HOLDS;
  for (int which = 0; which <= DIRECTIONS && found == VERDICT_HOLDS; which++) {
    law_value value = {NAN, NAN};
    double truth, error;
    if (which == DIRECTIONS) { /* the loss alignment */
      noise_loss_alignment(r, &value, NULL);
      truth =
          product_trace(t.noise, t.hessian) / t.twice_loss / product_trace(t.hessian, t.hessian);
      error = unit * d * in_state;
    } else {
      double v[QUADRATURE_DIMENSION_MOST];
      bool parallel;
      direction(r, which, v, &parallel);
      noise_directional_alignment(r, v, &value, NULL);
      turn(&t, v, t.along);
      const double curvature = form(t.hessian, t.x, t.along);
      truth = form(t.noise, t.x, t.along) / t.twice_loss / curvature;
      error = unit * in_state * (1.0 + r->lambda[0] * cblas_ddot(d, v, 1, v, 1) / curvature);
    }
    /* Where the error is larger, nothing is said; NaN: there is no value. */
    if (isnan(value.val) || (error < 0.25 && !(fabs(value.val - truth) <= error + value.err))) {
      claim_note_set(note, "%s: %a by quadrature, %a in closed form",
                     which == DIRECTIONS ? "mu" : direction_names[which], truth, value.val);
      found = VERDICT_FAILS;
    }
  }

cleanup:
  rotated_free(&t);
  return found;
}

/* --- what does not matter ------------------------------------------------------------------- */

static bool same(law_value x, law_value y) {
  return x.val == y.val;
}

/* Other units, by powers of two, and parameters that the data never reach: bit for bit. */
static verdict check_invariances(const void *instance, claim_note *note) {
  const random_design *r = instance;
  const size_t extra = 7;
  double *v = calloc(r->d + extra, sizeof *v);
  random_design *scaled = random_design_clone(r), *padded = random_design_alloc(r->d + extra, r->k);
  verdict found = VERDICT_UNDECIDED;
  if (v == NULL || scaled == NULL || padded == NULL)
    goto cleanup;
  for (size_t i = 0; i < r->d; i++) {
    scaled->lambda[i] = ldexp(r->lambda[i], 20);
    scaled->delta[i] = ldexp(r->delta[i], -30);
    padded->lambda[i] = r->lambda[i];
  }
  for (size_t i = 0; i < padded->d; i++)
    padded->delta[i] = i < r->d ? r->delta[i] : 1e3;
  law_value base[2], other[2];
  found = VERDICT_HOLDS;
  for (int which = 0; which < DIRECTIONS && found == VERDICT_HOLDS; which++) {
    bool parallel;
    direction(r, which, v, &parallel);
    for (int change = 0; change < 2 && found == VERDICT_HOLDS; change++) {
      const random_design *changed = change == 0 ? scaled : padded;
      if (noise_directional_alignment(r, v, &base[0], NULL) != GSL_SUCCESS ||
          noise_loss_alignment(r, &base[1], NULL) != GSL_SUCCESS ||
          noise_directional_alignment(changed, v, &other[0], NULL) != GSL_SUCCESS ||
          noise_loss_alignment(changed, &other[1], NULL) != GSL_SUCCESS ||
          !same(base[0], other[0]) || !same(base[1], other[1])) {
        claim_note_set(note, "%s: a(v) or mu changed",
                       change == 0 ? "other units" : "parameters without data");
        found = VERDICT_FAILS;
      }
    }
  }

cleanup:
  free(v);
  random_design_free(scaled);
  random_design_free(padded);
  return found;
}

/* --- hypotheses ----------------------------------------------------------------------------- */

static bool is_centred(const void *instance) {
  return !((const random_design *)instance)->uncentred;
}

static bool make_uncentred(void *instance, gsl_rng *rng) {
  (void)rng;
  ((random_design *)instance)->uncentred = true;
  return true;
}

static random_design *pair(double first, double second, double delta_first, double delta_second) {
  return random_design_literal(2, 1, (const double[]){first, second},
                               (const double[]){delta_first, delta_second}, 1, 0.0);
}

static void *signs(void) {
  random_design *r = pair(2, 1, 1, 0);
  if (r != NULL)
    r->kurtosis = 1.0;
  return r;
}

static void *uncentred(void) {
  random_design *r = pair(2, 1, 1, 1);
  if (r != NULL)
    r->uncentred = true;
  return r;
}

static void *no_loss(void) {
  return pair(2, 0, 0, 1);
}

static void *isotropic(void) {
  random_design *r = pair(10, 1, 1, 1);
  if (r != NULL)
    r->isotropic = true;
  return r;
}

static const hypothesis hypotheses[] = {
    {"gaussian",
     "The features are Gaussian.",
     random_design_is_gaussian,
     {signs, "directional_between",
      "$S=\\operatorname{diag}(2,1)$, features of two signs $x_i=\\pm\\sqrt{\\lambda_i}$, "
      "$\\delta=(1,0)$: along $\\delta$ every sample has the same gradient, $a(\\delta)=0$. In "
      "general $a(e_1)=\\kappa-1$ for independent features of kurtosis $\\kappa$: below $1$ for "
      "$\\kappa<2$, above $2$ for $\\kappa>3$.",
      random_design_make_signs}},
    {"centred",
     "$\\Sigma$ is the covariance, not the second moment about $0$.",
     is_centred,
     {uncentred, "directional_between",
      "$S=\\operatorname{diag}(2,1)$, $\\delta=(1,1)$: with $\\mathbb{E}\\,gg^{\\mathsf T}$ in "
      "place "
      "of the covariance $a(\\delta)=3$.",
      make_uncentred}},
    {"positive_loss",
     "$L>0$: $\\delta$ is not in the null space of $S$.",
     random_design_has_loss,
     {no_loss, "closed_forms",
      "$S=\\operatorname{diag}(2,0)$, $\\delta=(0,1)$: no residual, no noise, and $a$ and $\\mu$ "
      "are $0/0$.",
      random_design_make_lossless}},
    {"own_noise",
     "The noise is that of the design.",
     random_design_has_own_noise,
     {isotropic, "directional_between",
      "$S=\\operatorname{diag}(10,1)$, noise $2L\\cdot\\frac{11}2 I$: $a(e_2)=\\frac{11}2$ and "
      "$a(e_1)=\\frac{11}{20}$.",
      random_design_make_isotropic}},
    {0}};

static const conclusion conclusions[] = {
    {"directional_between",
     "$1\\le a(v)\\le2$, each end exactly where it should be, from all $d^4$ fourth moments "
     "($d\\le8$): $v$ along $\\delta$, next to it, along $u_1$, along $u_r$, drawn",
     check_directional, DECIDED_BY_SIGN, NULL},
    {"loss_between",
     "$1+\\lambda_r^2/\\operatorname{tr}S^2\\le\\mu\\le1+\\lambda_1^2/\\operatorname{tr}S^2$, with "
     "equality exactly in the eigenspaces",
     check_loss, DECIDED_BY_SIGN, NULL},
    {"closed_forms", "$a(v)$ and $\\mu$ within their error bounds of the certified values",
     check_closed_forms, DECIDED_BY_BOUND, NULL},
    {"quadrature",
     "$a(v)$ and $\\mu$ from the dense covariance in a rotated basis, by a quadrature that is "
     "exact ($d\\le6$)",
     check_quadrature, DECIDED_BY_BOUND, NULL},
    {"invariances",
     "bit for bit the same in other units and with seven more parameters that the data do not "
     "reach",
     check_invariances, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {
    {"at most 8 directions", 0.30, random_design_is_small},
    {"more than 24 directions", 0.02, random_design_is_large},
    {"directions without data", 0.05, random_design_is_rank_deficient},
    {"a tie at the top", 0.10, random_design_is_tied},
    {"condition above 1e6", 0.10, random_design_is_ill},
    {0}};

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const random_design_aim aim = {0};
  return random_design_generate(rng, &aim, diag);
}

const claim noise_covariance_claim = {
    .id = "N1",
    .stem = "noise_covariance",
    .title = "The noise of a Gaussian design is aligned with its Hessian",
    .statement =
        "$\\Sigma=S\\delta\\delta^{\\mathsf T}S+(\\delta^{\\mathsf T}S\\delta)S$; so "
        "$a(v)=v^{\\mathsf T}\\Sigma v/(2L\\,v^{\\mathsf T}Sv)\\in[1,2]$ in every direction and "
        "$\\mu\\in[1+\\lambda_r^2/\\operatorname{tr}S^2,1+\\lambda_1^2/\\operatorname{tr}S^2]$, "
        "whatever the number of parameters.",
    .source = "arXiv:2310.00692, of which a summary was at hand; the two numbers are a reading of "
              "its two metrics, solved here for a Gaussian design",
    .figure = NULL,
    .uses = "",
    .family = &random_design_family,
    .generate = generate,
    .trials = 1500,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
