#include "config.h"
#include "laws/sample_noise.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_roots.h>
#include "model/rounding.h"

/* --- the column space ----------------------------------------------------------------------- */

int sample_noise_basis(const gsl_matrix *x, gsl_matrix **basis) {
  const double cutoff = 1e-10;
  const size_t n = x->size1, d = x->size2, small = n < d ? n : d, large = n < d ? d : n;
  int status = GSL_ENOMEM;
  gsl_matrix *left = gsl_matrix_alloc(large, small), *right = gsl_matrix_alloc(small, small);
  gsl_vector *values = gsl_vector_alloc(small);
  if (left == NULL || right == NULL || values == NULL)
    goto cleanup;
  if (n < d)
    gsl_matrix_transpose_memcpy(left, x);
  else
    gsl_matrix_memcpy(left, x);
  status = gsl_linalg_SV_decomp_jacobi(left, right, values);
  if (status != GSL_SUCCESS)
    goto cleanup;
  size_t rank = 0;
  while (rank < small && gsl_vector_get(values, rank) > cutoff * gsl_vector_get(values, 0))
    rank++;
  if (rank == 0) {
    status = GSL_EDOM;
    goto cleanup;
  }
  *basis = gsl_matrix_alloc(n, rank);
  if (*basis == NULL) {
    status = GSL_ENOMEM;
    goto cleanup;
  }
  for (size_t s = 0; s < n; s++)
    for (size_t i = 0; i < rank; i++)
      gsl_matrix_set(*basis, s, i, gsl_matrix_get(n < d ? right : left, s, i));

cleanup:
  if (left != NULL)
    gsl_matrix_free(left);
  if (right != NULL)
    gsl_matrix_free(right);
  if (values != NULL)
    gsl_vector_free(values);
  return status;
}

/* --- directional alignment ------------------------------------------------------------------ */

int sample_noise_along(const gsl_vector *r, const gsl_vector *q, double *a) {
  double residuals = 0.0, outputs = 0.0, mixed = 0.0, fourth = 0.0;
  const double n = (double)r->size;
  for (size_t s = 0; s < r->size; s++) {
    const double one = gsl_vector_get(r, s), other = gsl_vector_get(q, s);
    residuals += one * one;
    outputs += other * other;
    mixed += one * other;
  }
  if (!(residuals > 0.0 && outputs > 0.0))
    return GSL_EDOM;
  for (size_t s = 0; s < r->size; s++) { /* centred: no cancellation */
    const double part = gsl_vector_get(r, s) * gsl_vector_get(q, s) - mixed / n;
    fourth += part * part;
  }
  *a = n * fourth / residuals / outputs;
  return GSL_SUCCESS;
}

/* region: directional */
/* n (B' diag(r^2) B - (B'r)(B'r)'/n)/|r|^2 for the orthonormal basis B: the lower triangle. */
static int directional_matrix(const gsl_matrix *basis, const gsl_vector *r, gsl_matrix *out) {
  const size_t n = basis->size1, rank = basis->size2;
  int status = GSL_ENOMEM;
  gsl_matrix *spread = gsl_matrix_alloc(n, rank);
  gsl_vector *mean = gsl_vector_alloc(rank);
  double squares;
  if (spread == NULL || mean == NULL)
    goto cleanup;
  gsl_blas_ddot(r, r, &squares);
  status = GSL_EDOM;
  if (!(squares > 0.0))
    goto cleanup;
  gsl_blas_dgemv(CblasTrans, 1.0 / (double)n, basis, r, 0.0, mean);
  for (size_t s = 0; s < n; s++)
    for (size_t i = 0; i < rank; i++)
      gsl_matrix_set(spread, s, i,
                     gsl_vector_get(r, s) * gsl_matrix_get(basis, s, i) - gsl_vector_get(mean, i));
  gsl_blas_dsyrk(CblasLower, CblasTrans, (double)n / squares, spread, 0.0, out);
  status = GSL_SUCCESS;

cleanup:
  if (spread != NULL)
    gsl_matrix_free(spread);
  if (mean != NULL)
    gsl_vector_free(mean);
  return status;
}
/* end region: directional */

/* Extremes of the quadratic form, of which the lower triangle is read, on unit vectors, and B times
 * the vectors that take them. */
static int extremes(gsl_matrix *form, const gsl_matrix *basis, sample_noise_range *out,
                    gsl_vector *at_least, gsl_vector *at_most) {
  const size_t rank = form->size1;
  int status = GSL_ENOMEM;
  gsl_vector *values = gsl_vector_alloc(rank);
  gsl_matrix *vectors = gsl_matrix_alloc(rank, rank);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(rank);
  if (values == NULL || vectors == NULL || work == NULL)
    goto cleanup;
  status = gsl_eigen_symmv(form, values, vectors, work);
  if (status != GSL_SUCCESS)
    goto cleanup;
  const size_t least = gsl_vector_min_index(values), most = gsl_vector_max_index(values);
  out->least = gsl_vector_get(values, least);
  out->most = gsl_vector_get(values, most);
  const gsl_vector_const_view low = gsl_matrix_const_column(vectors, least);
  const gsl_vector_const_view high = gsl_matrix_const_column(vectors, most);
  if (at_least != NULL)
    gsl_blas_dgemv(CblasNoTrans, 1.0, basis, &low.vector, 0.0, at_least);
  if (at_most != NULL)
    gsl_blas_dgemv(CblasNoTrans, 1.0, basis, &high.vector, 0.0, at_most);

cleanup:
  if (values != NULL)
    gsl_vector_free(values);
  if (vectors != NULL)
    gsl_matrix_free(vectors);
  if (work != NULL)
    gsl_eigen_symmv_free(work);
  return status;
}

int sample_noise_directional(const gsl_matrix *basis, const gsl_vector *r, sample_noise_range *out,
                             gsl_vector *at_least, gsl_vector *at_most) {
  gsl_matrix *form = gsl_matrix_alloc(basis->size2, basis->size2);
  if (form == NULL)
    return GSL_ENOMEM;
  int status = directional_matrix(basis, r, form);
  if (status == GSL_SUCCESS)
    status = extremes(form, basis, out, at_least, at_most);
  gsl_matrix_free(form);
  return status;
}

/* The sample of the largest leverage. */
static size_t most_seen(const gsl_matrix *basis) {
  size_t most = 0;
  double largest = -1.0;
  for (size_t s = 0; s < basis->size1; s++) {
    const gsl_vector_const_view row = gsl_matrix_const_row(basis, s);
    const double leverage = gsl_blas_dnrm2(&row.vector);
    most = leverage > largest ? s : most;
    largest = fmax(largest, leverage);
  }
  return most;
}

int sample_noise_worst(const gsl_matrix *basis, size_t starts, size_t rounds, gsl_rng *rng,
                       sample_noise_range *out) {
  const size_t n = basis->size1, rank = basis->size2;
  int status = GSL_ENOMEM;
  gsl_vector *r = gsl_vector_alloc(n), *next = gsl_vector_alloc(n), *drawn = gsl_vector_alloc(rank);
  if (r == NULL || next == NULL || drawn == NULL)
    goto cleanup;
  *out = (sample_noise_range){INFINITY, 0.0};
  status = GSL_SUCCESS;
  for (size_t start = 0; start < starts; start++)
    for (int up = 0; up < 2; up++) {
      if (start == 0) /* what the column space has of one sample alone */
        gsl_matrix_get_row(drawn, basis, most_seen(basis));
      for (size_t i = 0; start > 0 && i < rank; i++)
        gsl_vector_set(drawn, i, gsl_ran_gaussian_ziggurat(rng, 1.0));
      gsl_blas_dgemv(CblasNoTrans, 1.0, basis, drawn, 0.0, r);
      for (size_t round = 0; round < rounds && status == GSL_SUCCESS; round++) {
        sample_noise_range found;
        status = sample_noise_directional(basis, r, &found, up ? NULL : next, up ? next : NULL);
        if (status != GSL_SUCCESS)
          break;
        out->least = fmin(out->least, found.least);
        out->most = fmax(out->most, found.most);
        gsl_vector_memcpy(r, next);
      }
    }

cleanup:
  if (r != NULL)
    gsl_vector_free(r);
  if (next != NULL)
    gsl_vector_free(next);
  if (drawn != NULL)
    gsl_vector_free(drawn);
  return status;
}

/* --- loss alignment ------------------------------------------------------------------------- */

/* Tr(a'b) of two whole matrices, not views. */
static double inner(const gsl_matrix *a, const gsl_matrix *b) {
  return cblas_ddot((int)(a->size1 * a->size2), a->data, 1, b->data, 1);
}

/* h = X G (n x d), *squares = |G|_F^2 */
static gsl_matrix *transformed(const gsl_matrix *x, double *squares) {
  const size_t n = x->size1, d = x->size2;
  gsl_matrix *g = gsl_matrix_alloc(d, d), *h = gsl_matrix_alloc(n, d);
  if (g == NULL || h == NULL) {
    if (g != NULL)
      gsl_matrix_free(g);
    if (h != NULL)
      gsl_matrix_free(h);
    return NULL;
  }
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0 / (double)n, x, x, 0.0, g);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, x, g, 0.0, h);
  *squares = inner(g, g);
  gsl_matrix_free(g);
  return h;
}

static double row_product(const gsl_matrix *a, const gsl_matrix *b, size_t row) {
  return cblas_ddot((int)a->size2, gsl_matrix_const_ptr(a, row, 0), 1,
                    gsl_matrix_const_ptr(b, row, 0), 1);
}

int sample_noise_loss(const gsl_matrix *x, const gsl_vector *r, double *mu) {
  double squares, residuals, own = 0.0, mean;
  gsl_blas_ddot(r, r, &residuals);
  if (!(residuals > 0.0))
    return GSL_EDOM;
  gsl_matrix *h = transformed(x, &squares);
  gsl_vector *pull = gsl_vector_alloc(x->size2), *turned = gsl_vector_alloc(x->size2);
  int status = GSL_ENOMEM;
  if (h != NULL && pull != NULL && turned != NULL) {
    for (size_t s = 0; s < x->size1; s++)
      own += gsl_vector_get(r, s) * gsl_vector_get(r, s) * row_product(x, h, s);
    gsl_blas_dgemv(CblasTrans, 1.0, x, r, 0.0, pull);
    gsl_blas_dgemv(CblasTrans, 1.0, h, r, 0.0, turned);
    gsl_blas_ddot(pull, turned, &mean);
    *mu = (own - mean / (double)x->size1) / residuals / squares;
    status = GSL_SUCCESS;
  }
  if (h != NULL)
    gsl_matrix_free(h);
  if (pull != NULL)
    gsl_vector_free(pull);
  if (turned != NULL)
    gsl_vector_free(turned);
  return status;
}

/* region: loss */
/* B'(diag(x_s'G x_s) - X G X'/n) B/|G|_F^2: its eigenvalues' range is that of mu. */
int sample_noise_loss_range(const gsl_matrix *x, const gsl_matrix *basis, sample_noise_range *out) {
  const size_t n = x->size1, d = x->size2, rank = basis->size2;
  double squares;
  int status = GSL_ENOMEM;
  gsl_matrix *h = transformed(x, &squares), *scaled = gsl_matrix_alloc(n, rank);
  gsl_matrix *left = gsl_matrix_alloc(rank, d), *right = gsl_matrix_alloc(rank, d);
  gsl_matrix *form = gsl_matrix_alloc(rank, rank);
  if (h == NULL || scaled == NULL || left == NULL || right == NULL || form == NULL)
    goto cleanup;
  for (size_t s = 0; s < n; s++)
    for (size_t i = 0; i < rank; i++)
      gsl_matrix_set(scaled, s, i, row_product(x, h, s) * gsl_matrix_get(basis, s, i));
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, basis, x, 0.0, left);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, basis, h, 0.0, right);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0 / squares, basis, scaled, 0.0, form);
  gsl_blas_dgemm(CblasNoTrans, CblasTrans, -1.0 / squares / (double)n, left, right, 1.0, form);
  status = extremes(form, basis, out, NULL, NULL);

cleanup:
  if (h != NULL)
    gsl_matrix_free(h);
  if (scaled != NULL)
    gsl_matrix_free(scaled);
  if (left != NULL)
    gsl_matrix_free(left);
  if (right != NULL)
    gsl_matrix_free(right);
  if (form != NULL)
    gsl_matrix_free(form);
  return status;
}
/* end region: loss */

/* --- stability ------------------------------------------------------------------------------ */

enum { LANCZOS_MOST = 300 };

typedef struct {
  const gsl_matrix *x;
  const double *lambda; /* of A */
  double ridge, batch;
  gsl_matrix *mode, *image;         /* d x d */
  gsl_matrix *product, *weighted;   /* n x d */
  gsl_matrix *krylov[LANCZOS_MOST]; /* d x d each, NULL where not needed yet */
  double diagonal[LANCZOS_MOST];    /* of the tridiagonal matrix */
  double beside[LANCZOS_MOST];      /* beside[j]: between j and j + 1 */
  size_t size;                      /* of it */
} stability;

/* region: map */
/* image = E[x x'M x x'] over the samples: as <M, image> = E (x'M x)^2, no eigenvalue is negative.
 */
static void spread_of(stability *z) {
  const size_t n = z->x->size1, d = z->x->size2;
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, z->x, z->mode, 0.0, z->product);
  for (size_t s = 0; s < n; s++) {
    const double weight = row_product(z->x, z->product, s) / (double)n;
    for (size_t i = 0; i < d; i++)
      gsl_matrix_set(z->weighted, s, i, weight * gsl_matrix_get(z->x, s, i));
  }
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, z->x, z->weighted, 0.0, z->image);
}

/* What AM + MA - eta AMA + (eta/b) SMS makes of the entry (p, q). */
static double solved(const stability *z, double eta, size_t p, size_t q) {
  const double a = z->lambda[p], b = z->lambda[q];
  return a + b - eta * a * b + eta / z->batch * (a - z->ridge) * (b - z->ridge);
}
/* end region: map */

/* ln |p(t)| of the tridiagonal matrix's monic characteristic polynomial, where t is above all of
 * its roots; -oo elsewhere.  Ratios of the leading principal minors, as in Sturm's sequence. */
static double log_polynomial(const stability *z, double t) {
  double sum = 0.0, ratio = 1.0;
  for (size_t j = 0; j < z->size; j++) {
    const double cut = j == 0 ? 0.0 : z->beside[j - 1] * z->beside[j - 1] / ratio;
    ratio = t - z->diagonal[j] - cut;
    if (!(ratio > 0.0))
      return (double)-INFINITY;
    sum += log(ratio);
  }
  return sum;
}

/* region: enclosure */
/* The least t, to a double's precision, with ln |p(t)| >= level: of -oo, the largest root. */
static double reach(const stability *z, double level) {
  double below = 0.0, above = 0.0;
  for (size_t j = 0; j < z->size; j++)
    above = fmax(above, fabs(z->diagonal[j]) + (j > 0 ? z->beside[j - 1] : 0.0) + z->beside[j]);
  while (log_polynomial(z, above) < level)
    above *= 2.0;
  for (;;) {
    const double middle = 0.5 * (below + above), value = log_polynomial(z, middle);
    if (middle == below || middle == above)
      return above;
    *(isfinite(value) && value >= level ? &above : &below) = middle;
  }
}

/* kappa(eta) lies in [*least, *most].  Lanczos' method in the coordinates sqrt(D) M, D what divides
 * the entries, from the start D^{-1/2} I.  D^{-1} is a Cauchy matrix, so that M -> D^{-1} E[x x'M x
 * x'] keeps semidefiniteness and has a top eigenvector X that is semidefinite; of the start's
 * square its share is at least
 *   (tr X)^2/(|D^{-1/2} I|^2 |sqrt(D) X|^2) >= 1/(max D sum 1/D_ii) =: w.
 * As p(t) of the tridiagonal matrix is what the method has applied to the start, of length
 * prod beside, w p(kappa)^2 <= (prod beside)^2: an upper bound; the largest root is a lower one. */
static int enclose_radius(stability *z, double eta, double *least, double *most) {
  const size_t d = z->x->size2;
  double largest = 0.0, inverses = 0.0, log_beside = 0.0;
  for (size_t p = 0; p < d; p++)
    for (size_t q = 0; q < d; q++)
      largest = fmax(largest, solved(z, eta, p, q));
  for (size_t p = 0; p < d; p++)
    inverses += 1.0 / solved(z, eta, p, p);
  const double log_share = -log(largest * inverses);
  *least = 0.0;
  *most = INFINITY;
  for (size_t j = 0; j < LANCZOS_MOST; j++) {
    if (z->krylov[j] == NULL && (z->krylov[j] = gsl_matrix_alloc(d, d)) == NULL)
      return GSL_ENOMEM;
    gsl_matrix *at = z->krylov[j];
    if (j == 0) {
      gsl_matrix_set_zero(at);
      for (size_t p = 0; p < d; p++)
        gsl_matrix_set(at, p, p, 1.0 / sqrt(inverses * solved(z, eta, p, p)));
    } else {
      gsl_matrix_memcpy(at, z->image);
      gsl_matrix_scale(at, 1.0 / z->beside[j - 1]);
    }
    for (size_t p = 0; p < d; p++)
      for (size_t q = 0; q < d; q++)
        gsl_matrix_set(z->mode, p, q, gsl_matrix_get(at, p, q) / sqrt(solved(z, eta, p, q)));
    spread_of(z);
    for (size_t p = 0; p < d; p++)
      for (size_t q = 0; q < d; q++)
        *gsl_matrix_ptr(z->image, p, q) /= sqrt(solved(z, eta, p, q));
    z->diagonal[j] = inner(at, z->image);
    for (int twice = 0; twice < 2; twice++) /* orthogonal to all before, to rounding */
      for (size_t l = 0; l <= j; l++)
        cblas_daxpy((int)(d * d), -inner(z->krylov[l], z->image), z->krylov[l]->data, 1,
                    z->image->data, 1);
    z->beside[j] = sqrt(inner(z->image, z->image));
    z->size = j + 1;
    log_beside += log(z->beside[j]);
    *least = reach(z, (double)-INFINITY);
    *most = fmin(*most, reach(z, log_beside - 0.5 * log_share));
    if (*most - *least <= 1e-12 * *least || z->beside[j] <= 1e-14 * *least)
      break;
  }
  return GSL_SUCCESS;
}
/* end region: enclosure */

typedef struct {
  stability *z;
  int status; /* of the first enclosure that failed */
} equation;

static double excess(double eta, void *argument) {
  equation *e = argument;
  double least = 1.0, most = 1.0;
  const int status = enclose_radius(e->z, eta, &least, &most);
  e->status = e->status != GSL_SUCCESS ? e->status : status;
  return 1.0 - e->z->batch / (eta * least);
}

/* Around eta, whatever has led there: (eta/b) kappa(eta) rises at least in proportion to eta. */
static int enclose_root(stability *z, double eta, law_value *out) {
  double least, most;
  const int status = enclose_radius(z, eta, &least, &most);
  if (status != GSL_SUCCESS)
    return status;
  const double rounding = 64.0 * (double)(z->x->size1 + z->x->size2) * ROUNDING_UNIT;
  const double off =
      fmax(fabs(log(eta * least / z->batch)), fabs(log(eta * most / z->batch))) + rounding;
  if (!(off <= SAMPLE_NOISE_DOUBT_MOST))
    return GSL_EMAXITER;
  *out = (law_value){eta, eta * expm1(off)};
  return GSL_SUCCESS;
}

static int find_root(stability *z, gsl_root_fsolver *solver, law_value *eta_c) {
  enum { ITERATIONS_MOST = 100 };
  double least, most;
  equation e = {z, GSL_SUCCESS};
  int status = enclose_radius(z, 0.0, &least, &most);
  if (status != GSL_SUCCESS)
    return status;
  /* kappa rises with eta: b/kappa(0) is an upper bound, and so is the pole 2/lambda_1. */
  const double pole = 2.0 / z->lambda[0];
  double from = fmin(z->batch / least * (1.0 + 1e-9), pole * (1.0 - 1e-12)), to = from;
  gsl_function function = {excess, &e};
  if (excess(to, &e) <= 0.0 && e.status == GSL_SUCCESS) { /* all that is left is below the pole */
    *eta_c = (law_value){to, pole * (1.0 + 4.0 * ROUNDING_UNIT) - to};
    return eta_c->err <= SAMPLE_NOISE_DOUBT_MOST * to ? GSL_SUCCESS : GSL_EMAXITER;
  }
  do
    from *= 0.5;
  while (excess(from, &e) > 0.0 && e.status == GSL_SUCCESS);
  gsl_root_fsolver_set(solver, &function, from, to);
  status = GSL_CONTINUE;
  for (int i = 0; i < ITERATIONS_MOST && status == GSL_CONTINUE && e.status == GSL_SUCCESS; i++) {
    gsl_root_fsolver_iterate(solver);
    status = gsl_root_test_interval(gsl_root_fsolver_x_lower(solver),
                                    gsl_root_fsolver_x_upper(solver), 0.0, 1e-12);
  }
  return e.status != GSL_SUCCESS ? e.status : enclose_root(z, gsl_root_fsolver_root(solver), eta_c);
}

int sample_noise_critical_step(const gsl_matrix *features, const double *lambda, double ridge,
                               size_t batch, law_value *eta_c, diagnostic *diag) {
  const size_t n = features->size1, d = features->size2;
  if (batch < 1)
    return diagnostic_set(diag, GSL_EINVAL, "the batch size is 0: not at least 1");
  gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
  stability *z = calloc(1, sizeof *z);
  int status = GSL_ENOMEM;
  if (z == NULL || solver == NULL)
    goto cleanup;
  z->x = features;
  z->lambda = lambda;
  z->ridge = ridge;
  z->batch = (double)batch;
  z->mode = gsl_matrix_alloc(d, d);
  z->image = gsl_matrix_alloc(d, d);
  z->product = gsl_matrix_alloc(n, d);
  z->weighted = gsl_matrix_alloc(n, d);
  if (z->mode != NULL && z->image != NULL && z->product != NULL && z->weighted != NULL)
    status = find_root(z, solver, eta_c);

cleanup:
  if (z != NULL) {
    gsl_matrix *const owned[] = {z->mode, z->image, z->product, z->weighted};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
      if (owned[i] != NULL)
        gsl_matrix_free(owned[i]);
    for (size_t j = 0; j < LANCZOS_MOST; j++)
      if (z->krylov[j] != NULL)
        gsl_matrix_free(z->krylov[j]);
  }
  free(z);
  if (solver != NULL)
    gsl_root_fsolver_free(solver);
  if (status == GSL_ENOMEM)
    diagnostic_set(diag, status, "out of memory");
  else if (status != GSL_SUCCESS)
    diagnostic_set(diag, status,
                   "the iteration for the data's threshold of stability did not settle");
  return status;
}
