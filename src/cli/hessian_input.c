#include "config.h"
#include "cli/hessian_input.h"

#include <math.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include "io/output.h"
#include "model/rounding.h"

/* --- reading -------------------------------------------------------------------------------- */

/* A matrix that is symmetric, or is made so. */
static int read_symmetric(const char *file, gsl_matrix **out, matrix_origin *origin,
                          diagnostic *diag) {
  gsl_matrix *m = NULL;
  int status = io_matrix_read(file, &m, &origin->facts, diag);
  if (status != GSL_SUCCESS)
    return status;
  status = hessian_symmetrise(m, origin->facts.unit, &origin->asymmetry, diag);
  if (status != GSL_SUCCESS) {
    gsl_matrix_free(m);
    return diagnostic_prefix(diag, file);
  }
  *out = m;
  return GSL_SUCCESS;
}

static int read_hessian(size_t k, hessian_input *input, diagnostic *diag) {
  const hessian_files *files = &input->files;
  gsl_matrix *a = NULL;
  int status = read_symmetric(files->hessian, &a, &input->hessian, diag);
  if (status != GSL_SUCCESS)
    return status;
  if (a->size1 < 2)
    status = diagnostic_set(diag, GSL_EINVAL, "1 x 1: a Hessian of at least 2 x 2 is needed");
  else
    status = hessian_spectrum(a, files->damping, k, &input->spectrum, &input->accuracy, diag);
  if (status != GSL_SUCCESS)
    diagnostic_prefix(diag, files->hessian);
  double squares = 0.0;
  for (size_t i = 0; i < a->size1; i++) {
    gsl_vector_const_view row = gsl_matrix_const_row(a, i);
    squares = hypot(squares, gsl_blas_dnrm2(&row.vector));
  }
  if (input->hessian.facts.unit > ROUNDING_UNIT)
    input->storage_error = input->hessian.facts.unit * squares;
  gsl_matrix_free(a);
  return status;
}

static int read_gradient(hessian_input *input, diagnostic *diag) {
  const char *file = input->files.gradient;
  gsl_vector *g = NULL;
  int status = io_vector_read(file, &g, NULL, diag);
  if (status != GSL_SUCCESS)
    return status;
  status = hessian_state(input->spectrum, g, &input->state, diag);
  if (status != GSL_SUCCESS)
    diagnostic_prefix(diag, file);
  gsl_vector_free(g);
  return status;
}

/* A file of noise: a square matrix, or one row or column of variances. */
static int read_covariance(hessian_input *input, diagnostic *diag) {
  const char *file = input->files.covariance;
  gsl_matrix *m = NULL;
  matrix_origin *origin = &input->covariance;
  int status = io_matrix_read(file, &m, &origin->facts, diag);
  if (status != GSL_SUCCESS)
    return status;
  input->covariance_rows = m->size1;
  input->covariance_columns = m->size2;
  hessian_noise noise = {.unit = origin->facts.unit};
  gsl_vector_const_view flat = gsl_vector_const_view_array(m->data, m->size1 * m->size2);
  if (m->size1 == 1 || m->size2 == 1)
    noise.variances = &flat.vector;
  else {
    status = hessian_symmetrise(m, origin->facts.unit, &origin->asymmetry, diag);
    noise.covariance = m;
  }
  if (status == GSL_SUCCESS)
    status = hessian_add_noise(input->spectrum, &noise, HESSIAN_COVARIANCE_MOST, input->state,
                               &input->covariance_least, diag);
  if (status != GSL_SUCCESS)
    diagnostic_prefix(diag, file);
  gsl_matrix_free(m);
  return status;
}

static int add_isotropic(hessian_input *input, diagnostic *diag) {
  const hessian_noise noise = {.variance = &input->files.variance, .unit = ROUNDING_UNIT};
  const int status = hessian_add_noise(input->spectrum, &noise, HESSIAN_COVARIANCE_MOST,
                                       input->state, &input->covariance_least, diag);
  return status == GSL_SUCCESS ? status : diagnostic_prefix(diag, "--noise-variance");
}

int hessian_input_read(const hessian_files *files, size_t k, hessian_input *out, diagnostic *diag) {
  *out = (hessian_input){.files = *files, .proposed = k == 0};
  int status = read_hessian(k, out, diag);
  if (status == GSL_SUCCESS && files->gradient != NULL)
    status = read_gradient(out, diag);
  if (status == GSL_SUCCESS && files->covariance != NULL)
    status = read_covariance(out, diag);
  if (status == GSL_SUCCESS && files->has_variance)
    status = add_isotropic(out, diag);
  return status;
}

void hessian_input_free(hessian_input *input) {
  spectrum_free(input->spectrum);
  quadratic_free(input->state);
  *input = (hessian_input){.spectrum = NULL};
}

quadratic *hessian_input_take_state(hessian_input *input) {
  quadratic *state = input->state;
  input->state = NULL;
  return state;
}

/* --- words ---------------------------------------------------------------------------------- */

static void print_origin(FILE *stream, const char *name, const matrix_origin *origin) {
  const asymmetry *s = &origin->asymmetry;
  if (s->worst > 0.0)
    fprintf(
        stream,
        "    note: %s is symmetric up to rounding alone: (%zu, %zu) and (%zu, %zu) differ by %.3g "
        "(allowed: %.3g); (%s + %s')/2 is taken.\n",
        name, s->row + 1, s->column + 1, s->column + 1, s->row + 1, s->worst, s->allowed, name,
        name);
  if (origin->facts.repeated > 0)
    fprintf(stream,
            "    note: of %s, %zu entries stand on a place that had one: they are added up.\n",
            name, origin->facts.repeated);
}

static void print_noise(FILE *stream, const hessian_input *input) {
  const hessian_files *files = &input->files;
  if (files->covariance == NULL) {
    if (files->has_variance)
      fprintf(stream, "noise: %.10g times the identity\n", files->variance);
    else if (files->gradient != NULL)
      fputs("noise: none; --covariance or --noise-variance gives one\n", stream);
    return;
  }
  const bool matrix = input->covariance_rows > 1 && input->covariance_columns > 1;
  fprintf(stream, "%s: covariance of the noise, %s, %zu x %zu (%s)\n", files->covariance,
          matrix ? "whole" : "its diagonal", input->covariance_rows, input->covariance_columns,
          io_format_name(input->covariance.facts.format));
  print_origin(stream, "S", &input->covariance);
  if (input->covariance_least < 0.0)
    fprintf(stream,
            "    note: its least eigenvalue, %.3g, is 0 up to rounding and taken as that.\n",
            input->covariance_least);
  if (input->spectrum->d > HESSIAN_COVARIANCE_MOST)
    fprintf(stream,
            "    note: beyond %d directions the exact laws take in its diagonal in the eigenbasis "
            "alone.\n",
            (int)HESSIAN_COVARIANCE_MOST);
}

void hessian_input_print(FILE *stream, const hessian_input *input) {
  const spectrum *s = input->spectrum;
  fprintf(stream, "%s: Hessian H, %zu x %zu (%s)\n", input->files.hessian, s->d, s->d,
          io_format_name(input->hessian.facts.format));
  print_origin(stream, "H", &input->hessian);
  if (input->files.damping > 0.0)
    fprintf(stream, "    damping: H + %.10g I is analysed, not H.\n", input->files.damping);
  fprintf(stream,
          "    eigendecomposition: |HU - UΛ|/|H| = %.2g and |U'U - I| = %.2g (Frobenius); each "
          "eigenvalue to %.2g.\n",
          input->accuracy.residual, input->accuracy.orthogonality, s->lambda_error);
  if (input->storage_error > 0.0)
    fprintf(stream,
            "    note: H is stored in single precision, which may have moved each eigenvalue by "
            "%.2g.\n",
            input->storage_error);
  if (input->files.gradient != NULL)
    fprintf(stream, "%s: gradient, %zu coordinates\n", input->files.gradient, s->d);
  print_noise(stream, input);
}

static void print_gaps(FILE *stream, const spectrum *s) {
  enum { SHOWN = 5 };
  fputs("relative gaps λₖ/λₖ₊₁:", stream);
  for (size_t k = 1; k < s->d && k <= SHOWN; k++)
    fprintf(stream, "%s k = %zu: %.6g", k > 1 ? "," : "", k, s->lambda[k - 1] / s->lambda[k]);
  fputs(s->d - 1 > SHOWN ? ", ... (all of them with --json)\n" : "\n", stream);
}

static const char *below_or_not(double eta, double edge) {
  return eta < edge ? "below it" : "not below it";
}

void hessian_spectrum_print(FILE *stream, const hessian_input *input, double eta) {
  const spectrum *s = input->spectrum;
  const double first = s->lambda[0], next = s->lambda[s->k];
  const double stable = 2.0 / first, phases = 2.0 / (first + next);
  fprintf(stream, "eigenvalues: %.10g to %.10g, condition number %.6g\n", first,
          s->lambda[s->d - 1], first / s->lambda[s->d - 1]);
  fprintf(stream,
          "dominant subspace: the first k = %zu of %zu directions (%s), gap ratio λₖ/λₖ₊₁ = "
          "%.10g\n",
          s->k, s->d,
          input->proposed ? "proposed: the largest relative gap of the upper half" : "as asked",
          s->lambda[s->k - 1] / next);
  print_gaps(stream, s);
  fprintf(stream, "stability edge 2/λ₁ = %.10g\n", stable);
  if (eta > 0.0)
    fprintf(stream, "    η = %.10g is %s: a run at this step %s.\n", eta, below_or_not(eta, stable),
            eta < stable ? "with noise of constant covariance stays bounded in mean square"
                         : "has no stationary state");
  fprintf(stream, "edge of the two-phase theorem (T4) 2/(λ₁ + λₖ₊₁) = %.10g\n", phases);
  if (eta > 0.0)
    fprintf(stream, "    η = %.10g is %s.\n", eta, below_or_not(eta, phases));
  fputs("give the gradient with --gradient for alignment, regime, critical steps and what happens "
        "next\n",
        stream);
}

/* --- JSON ----------------------------------------------------------------------------------- */

static json_t *origin_json(const matrix_origin *origin) {
  return json_pack("{s:s, s:I, s:o, s:o}", "format", io_format_name(origin->facts.format),
                   "repeated_entries", (json_int_t)origin->facts.repeated, "asymmetry",
                   io_json_number(origin->asymmetry.worst), "asymmetry_allowed",
                   io_json_number(origin->asymmetry.allowed));
}

json_t *hessian_input_json(const hessian_input *input) {
  const bool noise = input->files.covariance != NULL;
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "read", origin_json(&input->hessian),
                   "covariance_read", noise ? origin_json(&input->covariance) : json_null(),
                   "damping", io_json_number(input->files.damping), "residual",
                   io_json_number(input->accuracy.residual), "orthogonality",
                   io_json_number(input->accuracy.orthogonality), "eigenvalue_error",
                   io_json_number(input->spectrum->lambda_error), "storage_error",
                   io_json_number(input->storage_error));
}

json_t *hessian_spectrum_json(const hessian_input *input) {
  const spectrum *s = input->spectrum;
  json_t *eigenvalues = json_array(), *gaps = json_array();
  for (size_t i = 0; i < s->d; i++) {
    json_array_append_new(eigenvalues, io_json_number(s->lambda[i]));
    if (i > 0)
      json_array_append_new(gaps, io_json_number(s->lambda[i - 1] / s->lambda[i]));
  }
  return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "d", (json_int_t)s->d, "k",
                   (json_int_t)s->k, "gap_ratio",
                   io_json_number(s->lambda[s->k - 1] / s->lambda[s->k]), "condition_number",
                   io_json_number(s->lambda[0] / s->lambda[s->d - 1]), "eta_stable",
                   io_json_number(2.0 / s->lambda[0]), "eta_two_phases",
                   io_json_number(2.0 / (s->lambda[0] + s->lambda[s->k])), "eigenvalues",
                   eigenvalues, "gap_ratios", gaps);
}
