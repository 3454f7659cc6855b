#include "config.h"
#include "cli/noise_analysis.h"

#include <math.h>
#include <stdbool.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "io/output.h"
#include "laws/noise_geometry.h"
#include "laws/sample_noise.h"
#include "model/random_design.h"

/* The samples in the eigenbasis, each direction over its length: orthonormal, as the directions are
 * eigenvectors of X'X.  GSL_EDOM where no direction of the data is seen beside the ridge. */
static int basis_of(const least_squares *p, gsl_matrix **out, diagnostic *diag) {
  const size_t d = p->spectrum->d;
  gsl_matrix *basis = gsl_matrix_alloc(p->n, d);
  size_t rank = 0;
  for (size_t i = 0; basis != NULL && i < d; i++) {
    gsl_vector_view to = gsl_matrix_column(basis, rank);
    gsl_matrix_get_col(&to.vector, p->features, i);
    const double length = gsl_blas_dnrm2(&to.vector);
    const double data = p->spectrum->lambda[i] - p->ridge;
    if (!(data > LEAST_SQUARES_CUTOFF * p->spectrum->lambda[0] && length > 0.0))
      continue; /* the ridge alone curves it: no sample reaches it */
    gsl_vector_scale(&to.vector, 1.0 / length);
    rank++;
  }
  if (basis != NULL && rank == d) {
    *out = basis;
    return GSL_SUCCESS;
  }
  gsl_matrix *cut = basis == NULL || rank == 0 ? NULL : gsl_matrix_alloc(p->n, rank);
  if (cut != NULL) {
    const gsl_matrix_const_view kept = gsl_matrix_const_submatrix(basis, 0, 0, p->n, rank);
    gsl_matrix_memcpy(cut, &kept.matrix);
  }
  if (basis != NULL)
    gsl_matrix_free(basis);
  *out = cut;
  if (basis != NULL && rank == 0)
    return diagnostic_set(diag, GSL_EDOM,
                          "the ridge swamps the data: beside it, no curvature is theirs");
  return cut != NULL ? GSL_SUCCESS : diagnostic_set(diag, GSL_ENOMEM, "out of memory");
}

static int gaussian_threshold(const least_squares *p, size_t batch, law_value *out,
                              diagnostic *diag) {
  *out = (law_value){NAN, NAN};
  if (p->ridge > 0.0)
    return GSL_SUCCESS;
  random_design *r = random_design_alloc(p->spectrum->d, 1);
  if (r == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  for (size_t i = 0; i < r->d; i++)
    r->lambda[i] = p->spectrum->lambda[i];
  r->batch = batch;
  const int status = noise_critical_step(r, out, diag);
  random_design_free(r);
  return status;
}

int noise_analysis_of(const least_squares *p, size_t batch, double eta, noise_analysis *out,
                      diagnostic *diag) {
  if (p->spectrum->d > NOISE_ANALYSIS_DIMENSION_MOST)
    return diagnostic_set(diag, GSL_EDOM, "%zu directions: computed up to %d", p->spectrum->d,
                          NOISE_ANALYSIS_DIMENSION_MOST);
  noise_analysis a = {.batch = batch, .eta = eta, .eta_data = {NAN, NAN}};
  sample_noise_range range;
  gsl_matrix *basis = NULL;
  int status = basis_of(p, &basis, diag);
  const bool reached = status == GSL_SUCCESS;
  /* In the state w = 0 the residuals are -y; the sign drops out. */
  if (status == GSL_SUCCESS)
    status = sample_noise_directional(basis, p->y, &range, NULL, NULL);
  if (status == GSL_SUCCESS)
    status = sample_noise_loss(p->features, p->y, &a.mu);
  if (reached && status == GSL_EDOM)
    diagnostic_set(diag, status, "every residual is 0: there is no noise to be aligned");
  if (status == GSL_SUCCESS)
    status = gaussian_threshold(p, batch, &a.eta_gaussian, diag);
  if (status == GSL_SUCCESS)
    status = sample_noise_critical_step(p->features, p->spectrum->lambda, p->ridge, batch,
                                        &a.eta_data, &a.eta_data_is_absent);
  if (status == GSL_ENOMEM)
    diagnostic_set(diag, status, "out of memory");
  else if (a.eta_data_is_absent.code != GSL_SUCCESS) { /* the other numbers stand */
    a.eta_data = (law_value){NAN, NAN};
    status = GSL_SUCCESS;
  }
  if (status == GSL_SUCCESS) {
    a.least = range.least;
    a.most = range.most;
    *out = a;
  }
  if (basis != NULL)
    gsl_matrix_free(basis);
  return status;
}

int noise_analysis_add_json(const noise_analysis *a, json_t *object) {
  const struct {
    const char *key;
    double value;
  } rows[] = {{"loss_alignment", a->mu},
              {"directional_least", a->least},
              {"directional_most", a->most},
              {"eta_c_gaussian", a->eta_gaussian.val},
              {"eta_c_data", a->eta_data.val}};
  if (json_object_set_new(object, "batch", json_integer((json_int_t)a->batch)) != 0)
    return GSL_ENOMEM;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (json_object_set_new(object, rows[i].key, io_json_number(rows[i].value)) != 0)
      return GSL_ENOMEM;
  if (a->eta_data_is_absent.code != GSL_SUCCESS &&
      json_object_set_new(object, "eta_c_data_absent",
                          json_string(a->eta_data_is_absent.message)) != 0)
    return GSL_ENOMEM;
  return GSL_SUCCESS;
}

void noise_analysis_print(FILE *stream, const noise_analysis *a) {
  fputs("noise geometry, all samples gone through:\n", stream);
  fprintf(stream, "loss alignment μ = %.10g\n", a->mu);
  fprintf(
      stream,
      "    The noise meets the curvature with %.4g times the strength of noise in proportion to "
      "it; Gaussian features without label noise have between 1 and 2.\n",
      a->mu);
  fprintf(stream, "directional alignment between %.10g and %.10g\n", a->least, a->most);
  fputs("    Noise along a direction, over its share of the curvature times 2L: the least and the "
        "largest over all directions that the data reach, in the state w = 0.\n",
        stream);
  if (isfinite(a->eta_gaussian.val))
    fprintf(stream, "stable in mean square, Gaussian features: η_c = %.10g with batches of %zu\n",
            a->eta_gaussian.val, a->batch);
  else
    fprintf(stream, "stable in mean square, Gaussian features: not computed with a ridge\n");
  if (a->eta_data_is_absent.code != GSL_SUCCESS) {
    fprintf(stream, "stable in mean square, these data: not known\n    %s.\n",
            a->eta_data_is_absent.message);
    return;
  }
  fprintf(stream, "stable in mean square, these data: η_c = %.8g with batches of %zu\n    ",
          a->eta_data.val, a->batch);
  if (!(a->eta > 0.0))
    fputs("From this step on the noise that the loss itself makes outgrows the descent.\n", stream);
  else if (fabs(a->eta - a->eta_data.val) <= a->eta_data.err)
    fprintf(stream, "η = %.10g is at it, within what was computed.\n", a->eta);
  else if (a->eta < a->eta_data.val)
    fprintf(stream, "η = %.10g is below it: stable in mean square.\n", a->eta);
  else
    fprintf(
        stream,
        "η = %.10g is above it: not stable in mean square, the noise that the loss itself makes "
        "outgrows the descent.\n",
        a->eta);
}
