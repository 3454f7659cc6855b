#include "config.h"
#include "claims/finite_samples.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_cblas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include "model/random.h"
#include "model/rounding.h"

/* --- what every check needs ----------------------------------------------------------------- */

typedef struct {
  gsl_matrix *basis; /* n x rank */
  gsl_vector *r, *q; /* length n */
  double error;      /* of a and its extremes */
  verdict why;       /* HOLDS when all is there */
} prepared;

static void prepared_free(prepared *p) {
  if (p->basis != NULL)
    gsl_matrix_free(p->basis);
  if (p->r != NULL)
    gsl_vector_free(p->r);
  if (p->q != NULL)
    gsl_vector_free(p->q);
}

double finite_samples_error(size_t n, size_t d) {
  return 32.0 * (double)(n + d) * (double)n * ROUNDING_UNIT;
}

static prepared prepare(const finite_design *f, const finite_samples_laws *laws, claim_note *note) {
  const size_t n = f->x->size1, d = f->x->size2;
  prepared p = {.r = gsl_vector_alloc(n), .q = gsl_vector_alloc(n), .why = VERDICT_UNDECIDED};
  if (p.r == NULL || p.q == NULL)
    return p;
  finite_design_residuals(f, p.r);
  if (gsl_vector_isnull(p.r)) {
    claim_note_set(note, "every residual is 0: no noise to be aligned");
    p.why = VERDICT_FAILS;
  } else if (laws->basis(f->x, &p.basis) == GSL_SUCCESS)
    p.why = VERDICT_HOLDS;
  p.error = finite_samples_error(n, d);
  return p;
}

/* region: by_definition */
/* a(v) and mu from the n gradients r_s x_s in the given coordinates: their covariance Sigma, entry
 * by entry, G, and the quotients as they are defined. */
static bool by_definition(const finite_design *f, const gsl_vector *r, const gsl_vector *v,
                          double *a, double *mu) {
  const size_t n = f->x->size1, d = f->x->size2;
  double *mean = calloc(d, sizeof *mean);
  double noise = 0.0, curvature = 0.0, twice_loss = 0.0, trace = 0.0, squares = 0.0;
  if (mean == NULL)
    return false;
  for (size_t s = 0; s < n; s++) {
    const double one = gsl_vector_get(r, s);
    twice_loss += one * one / (double)n;
    for (size_t i = 0; i < d; i++)
      mean[i] += one * gsl_matrix_get(f->x, s, i) / (double)n;
  }
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      double sigma = 0.0, g = 0.0;
      for (size_t s = 0; s < n; s++) {
        const double x = gsl_matrix_get(f->x, s, i), y = gsl_matrix_get(f->x, s, j);
        const double one = gsl_vector_get(r, s);
        sigma += (one * x - mean[i]) * (one * y - mean[j]) / (double)n;
        g += x * y / (double)n;
      }
      const double weight = gsl_vector_get(v, i) * gsl_vector_get(v, j);
      noise += weight * sigma;
      curvature += weight * g;
      trace += sigma * g;
      squares += g * g;
    }
  free(mean);
  *a = noise / (twice_loss * curvature);
  *mu = trace / (twice_loss * squares);
  return true;
}
/* end region: by_definition */

/* Of a matrix that is no part of another. */
static double frobenius_square(const gsl_matrix *x) {
  const int size = (int)(x->size1 * x->size2);
  return cblas_ddot(size, x->data, 1, x->data, 1);
}

static gsl_vector *drawn_direction(size_t d, uint32_t seed) {
  gsl_vector *v = gsl_vector_alloc(d);
  gsl_rng *rng = random_alloc(seed);
  for (size_t i = 0; v != NULL && rng != NULL && i < d; i++)
    gsl_vector_set(v, i, gsl_ran_gaussian_ziggurat(rng, 1.0));
  if (rng != NULL)
    gsl_rng_free(rng);
  return v;
}

/* --- conclusions ---------------------------------------------------------------------------- */

/* region: conclusions */
/* In drawn directions, a by definition is the closed form of r and q, lies between the extremes of
 * the eigenproblem, and these lie in [0, n-1]; mu is between its own. */
verdict finite_samples_definition(const finite_design *f, const finite_samples_laws *laws,
                                  claim_note *note) {
  prepared p = prepare(f, laws, note);
  sample_noise_range range, loss;
  double mu, own_mu, a, own;
  verdict found = p.why;
  if (found == VERDICT_HOLDS &&
      (laws->directional(p.basis, p.r, &range, NULL, NULL) != GSL_SUCCESS ||
       laws->loss(f->x, p.r, &mu) != GSL_SUCCESS ||
       laws->loss_range(f->x, p.basis, &loss) != GSL_SUCCESS))
    found = VERDICT_UNDECIDED;
  for (uint32_t draw = 1; draw <= 6 && found == VERDICT_HOLDS; draw++) {
    gsl_vector *v = drawn_direction(f->x->size2, draw);
    if (v == NULL || !by_definition(f, p.r, v, &a, &own_mu)) {
      found = VERDICT_UNDECIDED;
    } else {
      gsl_blas_dgemv(CblasNoTrans, 1.0, f->x, v, 0.0, p.q);
      /* In given coordinates v'Gv may be far below |X|^2 |v|^2/n. */
      double length, output;
      gsl_blas_ddot(v, v, &length);
      gsl_blas_ddot(p.q, p.q, &output);
      const double spread = 1.0 + frobenius_square(f->x) * length / output;
      const double loose = p.error * spread * spread;
      if (laws->along(p.r, p.q, &own) != GSL_SUCCESS)
        found = VERDICT_UNDECIDED;
      else if (!(fabs(own - a) <= loose && fabs(mu - own_mu) <= p.error * (double)f->x->size1) ||
               !(own >= range.least - p.error && own <= range.most + p.error) ||
               !(range.least >= -p.error && range.most <= (double)f->x->size1 - 1.0 + p.error) ||
               !(mu >= loss.least - p.error && mu <= loss.most + p.error)) {
        claim_note_set(
            note,
            "a = %.10g by definition, %.10g from r and q, in [%.10g, %.10g]; mu = %.10g, "
            "%.10g, in [%.10g, %.10g]",
            a, own, range.least, range.most, own_mu, mu, loss.least, loss.most);
        found = VERDICT_FAILS;
      }
    }
    if (v != NULL)
      gsl_vector_free(v);
  }
  prepared_free(&p);
  return found;
}

/* min and max of x_s'G x_s and lambda_1(G)^2, all over |G|_F^2. */
static bool sample_curvatures(const gsl_matrix *x, double *least, double *most, double *top) {
  const size_t n = x->size1, d = x->size2;
  bool done = false;
  gsl_matrix *g = gsl_matrix_calloc(d, d), *xg = gsl_matrix_alloc(n, d);
  gsl_vector *values = gsl_vector_alloc(d);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(d);
  if (g != NULL && xg != NULL && values != NULL && work != NULL) {
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0 / (double)n, x, x, 0.0, g);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, x, g, 0.0, xg);
    const double squares = frobenius_square(g);
    *least = INFINITY;
    *most = 0.0;
    for (size_t s = 0; s < n; s++) {
      double one;
      const gsl_vector_const_view sample = gsl_matrix_const_row(x, s),
                                  curved = gsl_matrix_const_row(xg, s);
      gsl_blas_ddot(&sample.vector, &curved.vector, &one);
      *least = fmin(*least, one / squares);
      *most = fmax(*most, one / squares);
    }
    gsl_eigen_symm(g, values, work);
    *top = gsl_pow_2(gsl_vector_max(values)) / squares;
    done = true;
  }
  if (g != NULL)
    gsl_matrix_free(g);
  if (xg != NULL)
    gsl_matrix_free(xg);
  if (values != NULL)
    gsl_vector_free(values);
  if (work != NULL)
    gsl_eigen_symm_free(work);
  return done;
}

/* What the samples' own curvatures say of mu at all states. */
verdict finite_samples_between(const finite_design *f, const finite_samples_laws *laws,
                               claim_note *note) {
  prepared p = prepare(f, laws, note);
  sample_noise_range loss;
  double least, most, top;
  verdict found = p.why;
  if (found == VERDICT_HOLDS && (laws->loss_range(f->x, p.basis, &loss) != GSL_SUCCESS ||
                                 !sample_curvatures(f->x, &least, &most, &top)))
    found = VERDICT_UNDECIDED;
  /* x_s'G x_s is at most n |G|_F^2, being |G|_F^2 on average. */
  const double error = 2.0 * p.error * (double)f->x->size1;
  if (found == VERDICT_HOLDS && !(loss.least >= least - top - error && loss.most <= most + error)) {
    claim_note_set(note, "mu in [%.10g, %.10g], x_s'G x_s/|G|^2 in [%.10g, %.10g], less %.10g",
                   loss.least, loss.most, least, most, top);
    found = VERDICT_FAILS;
  }
  prepared_free(&p);
  return found;
}

/* The ends are values: a at the q's that the eigenproblem gives; a symmetric in r and q. */
verdict finite_samples_attained(const finite_design *f, const finite_samples_laws *laws,
                                claim_note *note) {
  prepared p = prepare(f, laws, note);
  verdict found = p.why;
  sample_noise_range range;
  gsl_vector *low = gsl_vector_alloc(f->x->size1), *high = gsl_vector_alloc(f->x->size1);
  double least, most, turned;
  if (low == NULL || high == NULL)
    found = VERDICT_UNDECIDED;
  if (found == VERDICT_HOLDS) {
    found = VERDICT_UNDECIDED;
    if (laws->directional(p.basis, p.r, &range, low, high) == GSL_SUCCESS &&
        laws->along(p.r, low, &least) == GSL_SUCCESS &&
        laws->along(p.r, high, &most) == GSL_SUCCESS &&
        laws->along(high, p.r, &turned) == GSL_SUCCESS) {
      found = VERDICT_HOLDS;
      if (!(fabs(least - range.least) <= 2.0 * p.error &&
            fabs(most - range.most) <= 2.0 * p.error && fabs(most - turned) <= p.error)) {
        claim_note_set(note, "[%a, %a] is said, [%a, %a] is taken", range.least, range.most, least,
                       most);
        found = VERDICT_FAILS;
      }
    }
  }
  if (low != NULL)
    gsl_vector_free(low);
  if (high != NULL)
    gsl_vector_free(high);
  prepared_free(&p);
  return found;
}

/* X C for an invertible C (each column scaled by up to 2^3, and added to its neighbour), and three
 * columns of X repeated: another spectrum, another d, the same column space.  NULL: memory. */
static gsl_matrix *in_other_columns(const gsl_matrix *x) {
  const size_t d = x->size2;
  gsl_matrix *changed = gsl_matrix_alloc(x->size1, d + 3);
  for (size_t i = 0; changed != NULL && i < d + 3; i++) {
    const gsl_vector_const_view own = gsl_matrix_const_column(x, i % d),
                                left = gsl_matrix_const_column(x, (i + d - 1) % d);
    gsl_vector_view column = gsl_matrix_column(changed, i);
    gsl_vector_memcpy(&column.vector, &own.vector);
    if (0 < i && i < d)
      gsl_vector_axpby(1.0, &left.vector, ldexp(1.0, (int)(i % 4)), &column.vector);
  }
  return changed;
}

/* There the extremes are the same.  VACUOUS where rounding has moved the rank. */
verdict finite_samples_columns(const finite_design *f, const finite_samples_laws *laws,
                               claim_note *note) {
  prepared p = prepare(f, laws, note);
  verdict found = p.why;
  sample_noise_range range, other;
  gsl_matrix *changed = in_other_columns(f->x), *basis = NULL;
  if (changed == NULL)
    found = VERDICT_UNDECIDED;
  if (found == VERDICT_HOLDS) {
    found = VERDICT_UNDECIDED;
    if (laws->basis(changed, &basis) == GSL_SUCCESS &&
        laws->directional(p.basis, p.r, &range, NULL, NULL) == GSL_SUCCESS &&
        laws->directional(basis, p.r, &other, NULL, NULL) == GSL_SUCCESS) {
      /* The two bases span spaces that differ by rounding over the smallest singular value kept;
       * 1e-10 is the cutoff, and far below what instances have. */
      const double slack = p.error + 1e-8 * (double)f->x->size1;
      found = basis->size2 == p.basis->size2 ? VERDICT_HOLDS : VERDICT_VACUOUS;
      if (!(fabs(range.least - other.least) <= slack && fabs(range.most - other.most) <= slack) &&
          found == VERDICT_HOLDS) {
        claim_note_set(note, "[%a, %a] became [%a, %a]", range.least, range.most, other.least,
                       other.most);
        found = VERDICT_FAILS;
      }
    }
  }
  if (changed != NULL)
    gsl_matrix_free(changed);
  if (basis != NULL)
    gsl_matrix_free(basis);
  prepared_free(&p);
  return found;
}

/* Linearly independent samples: the state with a residual at the first sample alone, looked at
 * along itself, has a = n-1; along the direction that only the second sample sees, a = 0. */
verdict finite_samples_ends(const finite_design *f, const finite_samples_laws *laws,
                            claim_note *note) {
  const size_t n = f->x->size1;
  prepared p = prepare(f, laws, note);
  verdict found = p.why;
  if (found == VERDICT_HOLDS && p.basis->size2 < n)
    found = VERDICT_VACUOUS;
  if (found == VERDICT_HOLDS) {
    /* e_1 and e_2 are in the column space: their projections on it, computed */
    gsl_vector *coordinates = gsl_vector_alloc(n);
    double along, across;
    for (size_t which = 0; which < 2 && coordinates != NULL; which++) {
      const gsl_vector_const_view row = gsl_matrix_const_row(p.basis, which);
      gsl_vector_memcpy(coordinates, &row.vector);
      gsl_blas_dgemv(CblasNoTrans, 1.0, p.basis, coordinates, 0.0, which == 0 ? p.r : p.q);
    }
    found = VERDICT_UNDECIDED;
    if (coordinates != NULL && laws->along(p.r, p.r, &along) == GSL_SUCCESS &&
        laws->along(p.r, p.q, &across) == GSL_SUCCESS) {
      found = fabs(along - ((double)n - 1.0)) <= p.error && fabs(across) <= p.error ? VERDICT_HOLDS
                                                                                    : VERDICT_FAILS;
      if (found == VERDICT_FAILS)
        claim_note_set(note, "a = %a and %a", along, across);
    }
    if (coordinates != NULL)
      gsl_vector_free(coordinates);
  }
  prepared_free(&p);
  return found;
}
/* end region: conclusions */

/* What the claim is about: the library's laws. */
static const finite_samples_laws library = {sample_noise_basis, sample_noise_along,
                                            sample_noise_directional, sample_noise_loss,
                                            sample_noise_loss_range};

static verdict check_definition(const void *instance, claim_note *note) {
  return finite_samples_definition(instance, &library, note);
}

static verdict check_between_samples(const void *instance, claim_note *note) {
  return finite_samples_between(instance, &library, note);
}

static verdict check_attained(const void *instance, claim_note *note) {
  return finite_samples_attained(instance, &library, note);
}

static verdict check_column_space(const void *instance, claim_note *note) {
  return finite_samples_columns(instance, &library, note);
}

static verdict check_ends(const void *instance, claim_note *note) {
  return finite_samples_ends(instance, &library, note);
}

/* --- hypotheses ----------------------------------------------------------------------------- */

static bool has_loss(const void *instance) {
  const finite_design *f = instance;
  gsl_vector *r = gsl_vector_alloc(f->x->size1);
  if (r == NULL)
    return false;
  finite_design_residuals(f, r);
  const bool any = !gsl_vector_isnull(r);
  gsl_vector_free(r);
  return any;
}

static bool is_clean(const void *instance) {
  return ((const finite_design *)instance)->label == NULL;
}

static bool make_lossless(void *instance, gsl_rng *rng) {
  finite_design *f = instance;
  (void)rng;
  gsl_vector_set_zero(f->delta);
  return true;
}

static bool make_noisy(void *instance, gsl_rng *rng) {
  finite_design *f = instance;
  if (f->label == NULL)
    f->label = gsl_vector_alloc(f->x->size1);
  for (size_t s = 0; f->label != NULL && s < f->x->size1; s++)
    gsl_vector_set(f->label, s, gsl_ran_gaussian_ziggurat(rng, 10.0));
  return f->label != NULL;
}

static void *no_loss(void) {
  return finite_design_literal(2, 1, (const double[]){2, 1}, (const double[]){0}, NULL);
}

static void *noisy(void) {
  return finite_design_literal(2, 1, (const double[]){2, 1}, (const double[]){0},
                               (const double[]){0, 1});
}

static const hypothesis hypotheses[] = {
    {"positive_loss",
     "$L>0$: some residual is not $0$.",
     has_loss,
     {no_loss, "by_definition", "$\\delta=0$: no residual, no noise.", make_lossless}},
    {"clean_labels",
     "The residuals are $X\\delta$: labels without noise.",
     is_clean,
     {noisy, "by_definition",
      "$X=(2,1)^{\\mathsf T}$, residuals $(0,1)$, which no $\\delta$ makes: $\\mu=\\frac15$, and "
      "on "
      "the column space it is $\\frac9{25}$. The bounds $0\\le a\\le n-1$ stay.",
      make_noisy}},
    {0}};

static const conclusion conclusions[] = {
    {"by_definition",
     "$a$ and $\\mu$ from the covariance of the $n$ gradients, entry by entry, in six drawn "
     "directions: between the extremes of the eigenproblems, $a\\in[0,n-1]$",
     check_definition, DECIDED_BY_BOUND, NULL},
    {"loss_between_samples",
     "over all states $(\\min_sx_s^{\\mathsf T}Gx_s-\\lambda_1^2)/\\|G\\|_F^2\\le\\mu\\le"
     "\\max_sx_s^{\\mathsf T}Gx_s/\\|G\\|_F^2$",
     check_between_samples, DECIDED_BY_BOUND, NULL},
    {"extremes_are_taken", "$a$ at the directions that the eigenproblem gives; symmetric in $r,q$",
     check_attained, DECIDED_BY_BOUND, NULL},
    {"column_space_alone",
     "the same extremes for $XC$ with $C$ invertible and with three columns repeated",
     check_column_space, DECIDED_BY_BOUND, NULL},
    {"ends_when_independent", "linearly independent samples: $a=n-1$ and $a=0$ are taken",
     check_ends, DECIDED_BY_BOUND, NULL},
    {0}};

static bool is_interpolating(const void *instance) {
  const finite_design *f = instance;
  return f->x->size1 <= f->x->size2;
}

static bool is_overdetermined(const void *instance) {
  return !is_interpolating(instance);
}

static const coverage coverages[] = {{"no more samples than features", 0.25, is_interpolating},
                                     {"more samples than features", 0.25, is_overdetermined},
                                     {0}};

static void *generate(gsl_rng *rng, diagnostic *diag) {
  return finite_design_generate(rng, diag);
}

const claim finite_samples_claim = {
    .id = "N2",
    .stem = "finite_samples",
    .title = "The noise of finitely many samples",
    .statement =
        "On $n\\ge2$ samples $0\\le a(v)\\le n-1$ for all states and directions; the extremes "
        "depend "
        "on the column space of $X$ alone, and linearly independent samples take both: no bound in "
        "$[1,2]$ holds over all states there, while $\\mu$ stays between the eigenvalues of a "
        "matrix of the data.",
    .source = "arXiv:2310.00692, which guarantees alignment under conditions that do not depend on "
              "over-parameterisation; solved here by enumeration",
    .figure = "finite_samples",
    .uses = "N1",
    .family = &finite_design_family,
    .generate = generate,
    .trials = 600,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
