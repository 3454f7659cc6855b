#include "config.h"
#include "laws/noise_geometry.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "laws/secular.h"
#include "model/rounding.h"

/* --- one state ------------------------------------------------------------------------------ */

/* region: alignments */
int noise_directional_alignment(const random_design *r, const double *v, law_value *out,
                                diagnostic *diag) {
  double loss = 0.0, curvature = 0.0, mixed = 0.0, mixed_size = 0.0;
  for (size_t i = 0; i < r->d; i++) {
    loss += r->lambda[i] * r->delta[i] * r->delta[i];
    curvature += r->lambda[i] * v[i] * v[i];
    mixed += r->lambda[i] * v[i] * r->delta[i];
    mixed_size += fabs(r->lambda[i] * v[i] * r->delta[i]);
  }
  if (!(loss > 0.0))
    return diagnostic_set(diag, GSL_EDOM,
                          "the loss is 0: there is no noise, and its alignment is not defined");
  if (!(curvature > 0.0))
    return diagnostic_set(diag, GSL_EDOM,
                          "the direction has no curvature: the alignment is not defined there");
  const double part = mixed / loss * (mixed / curvature);
  out->val = 1.0 + part;
  /* |mixed| errs by gamma_{d+2} mixed_size; by Cauchy-Schwarz mixed_size^2 <= loss curvature. */
  const double size = mixed_size / loss * (mixed_size / curvature);
  out->err = rounding_gamma(2 * r->d + 12) * (out->val + 2.0 * sqrt(part * size) + size);
  return GSL_SUCCESS;
}

static double squares(const random_design *r) {
  double sum = 0.0;
  for (size_t i = 0; i < r->d; i++)
    sum += r->lambda[i] * r->lambda[i];
  return sum;
}

int noise_loss_alignment(const random_design *r, law_value *out, diagnostic *diag) {
  double loss = 0.0, third = 0.0;
  for (size_t i = 0; i < r->d; i++) {
    const double part = r->lambda[i] * r->delta[i] * r->delta[i];
    loss += part;
    third += r->lambda[i] * r->lambda[i] * part;
  }
  if (!(loss > 0.0))
    return diagnostic_set(diag, GSL_EDOM,
                          "the loss is 0: there is no noise, and its alignment is not defined");
  out->val = 1.0 + third / loss / squares(r);
  out->err = rounding_gamma(2 * r->d + 12) * out->val;
  return GSL_SUCCESS;
}
/* end region: alignments */

void noise_loss_alignment_range(const random_design *r, double *least, double *most) {
  const double sum = squares(r), last = r->lambda[random_design_rank(r) - 1];
  *least = 1.0 + last * last / sum;
  *most = 1.0 + r->lambda[0] * r->lambda[0] / sum;
}

/* --- stability ------------------------------------------------------------------------------ */

/* region: threshold */
int noise_stability_sum(const random_design *r, double eta, double *sum, diagnostic *diag) {
  const double b = (double)r->batch, pole = 2.0 * b / ((b + 1.0) * r->lambda[0]);
  if (!(eta >= 0.0 && eta < pole))
    return diagnostic_set(diag, GSL_EDOM,
                          "the step %.17g is not in [0, 2b/((b+1) lambda_1)) = [0, %.17g): beyond "
                          "it the sharpest direction alone is unstable in mean square",
                          eta, pole);
  double total = 0.0;
  for (size_t i = 0; i < r->d; i++)
    total += eta * r->lambda[i] / (2.0 * b - (b + 1.0) * (eta * r->lambda[i]));
  *sum = total;
  return GSL_SUCCESS;
}

/* With y = 2b/((b+1) eta) the sum is sum_j lambda_j/(y - lambda_j)/(b+1): secular in y - lambda_1,
 * and all its terms are sums of positive numbers. */
int noise_critical_step(const random_design *r, law_value *eta_c, diagnostic *diag) {
  const double b = (double)r->batch, top = r->lambda[0];
  if (r->batch < 1)
    return diagnostic_set(diag, GSL_EINVAL, "the batch size is %zu: not at least 1", r->batch);
  double *gap = malloc(r->d * sizeof *gap), *doubt = malloc(r->d * sizeof *doubt), tau, error;
  int status = GSL_ENOMEM;
  if (gap != NULL && doubt != NULL) {
    for (size_t i = 0; i < r->d; i++) {
      gap[i] = top - r->lambda[i];
      doubt[i] = ROUNDING_UNIT * gap[i];
    }
    status = secular_root(r->lambda, gap, doubt, r->d, b + 1.0, &tau, &error);
  }
  free(gap);
  free(doubt);
  if (status == GSL_ENOMEM)
    return diagnostic_set(diag, status, "out of memory");
  if (status != GSL_SUCCESS)
    return diagnostic_set(diag, status, "the stability threshold cannot be told from its pole");
  eta_c->val = 2.0 * b / ((b + 1.0) * (top + tau));
  eta_c->err = eta_c->val * (error / (top + tau) + rounding_gamma(8));
  return GSL_SUCCESS;
}
/* end region: threshold */

void noise_critical_step_bounds(const random_design *r, double *least, double *most) {
  const double b = (double)r->batch;
  double trace = 0.0;
  for (size_t i = 0; i < r->d; i++)
    trace += r->lambda[i];
  *least = 2.0 * b / (trace + (b + 1.0) * r->lambda[0]);
  *most = 2.0 * b / (trace + (b + 1.0) * (squares(r) / trace));
}

/* --- growth --------------------------------------------------------------------------------- */

/* (1 - h)^2 + h^2/b, h = eta lambda: what a direction keeps of its own. */
static double kept(double move, double b) {
  return (1.0 - move) * (1.0 - move) + move * move / b;
}

/* region: growth */
int noise_growth_of(const random_design *r, noise_growth *out, double *share, diagnostic *diag) {
  const size_t n = random_design_rank(r);
  const double b = (double)r->batch, c = 1.0 + 1.0 / b;
  if (!(r->eta > 0.0))
    return diagnostic_set(diag, GSL_EDOM, "the step is %.17g: not above 0", r->eta);
  /* kept() is convex: its largest value is at the sharpest or at the flattest direction. */
  const double first = r->eta * r->lambda[0], last = r->eta * r->lambda[n - 1];
  const double peak = c * (first + last) > 2.0 ? first : last;
  double *a = malloc(n * sizeof *a), *gap = malloc(n * sizeof *gap);
  double *doubt = malloc(n * sizeof *doubt), tau, error;
  int status = GSL_ENOMEM;
  if (a == NULL || gap == NULL || doubt == NULL)
    goto cleanup;
  for (size_t i = 0; i < n; i++) {
    const double move = r->eta * r->lambda[i];
    a[i] = move * move / b;
    /* kept(peak) - kept(move), as a product */
    gap[i] = fmax(0.0, (move - peak) * (2.0 - c * (move + peak)));
    /* `move` and `peak` err by u each, alike where the eigenvalues are equal. */
    const double own = move * fabs(2.0 - 2.0 * c * move) + peak * fabs(2.0 - 2.0 * c * peak);
    doubt[i] = 8.0 * ROUNDING_UNIT *
               (fabs(move - peak) * (2.0 + c * (move + peak)) +
                (r->lambda[i] == (peak == first ? r->lambda[0] : r->lambda[n - 1]) ? 0.0 : own));
  }
  status = secular_root(a, gap, doubt, n, 1.0, &tau, &error);
  if (status != GSL_SUCCESS)
    goto cleanup;
  out->slowest = kept(peak, b);
  out->rho.val = out->slowest + tau;
  out->rho.err = error + 8.0 * ROUNDING_UNIT * (out->rho.val + peak * (1.0 + peak));
  out->share_error = 0.0;
  for (size_t i = 0; i < n; i++) {
    const double below = tau + gap[i];
    if (share != NULL)
      share[i] = a[i] / below;
    out->share_error = fmax(out->share_error, 2.0 * (doubt[i] + error) / below);
  }
  out->share_error += rounding_gamma(12);
  for (size_t i = n; share != NULL && i < r->d; i++)
    share[i] = 0.0;

cleanup:
  free(a);
  free(gap);
  free(doubt);
  if (status == GSL_ENOMEM)
    diagnostic_set(diag, status, "out of memory");
  else if (status != GSL_SUCCESS)
    diagnostic_set(diag, status, "the growth rate at eta = %.17g cannot be told from %.17g", r->eta,
                   kept(peak, b));
  return status;
}
/* end region: growth */

int noise_limit_alignment(const random_design *r, law_value *out, diagnostic *diag) {
  noise_growth growth;
  double *share = malloc(r->d * sizeof *share), part[2] = {0.0, 0.0};
  if (share == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  const int status = noise_growth_of(r, &growth, share, diag);
  if (status == GSL_SUCCESS) {
    for (size_t i = 0; i < r->d; i++)
      part[i < r->k] += r->lambda[i] * share[i];
    out->val = part[1] / (part[0] + part[1]);
    out->err = out->val * (2.0 * growth.share_error + rounding_gamma(2 * r->d + 8));
  }
  free(share);
  return status;
}

/* region: step */
void noise_step(const random_design *r, double eta, double *m) {
  const double b = (double)r->batch;
  double energy = 0.0; /* E 2L */
  for (size_t i = 0; i < r->d; i++)
    energy += r->lambda[i] * m[i];
  for (size_t i = 0; i < r->d; i++) {
    const double move = eta * r->lambda[i];
    m[i] = kept(move, b) * m[i] + move / b * (eta * energy);
  }
}
/* end region: step */

double noise_mean_field_alignment(const random_design *r, const double *m) {
  double part[2] = {0.0, 0.0};
  for (size_t i = 0; i < r->d; i++)
    part[i < r->k] += r->lambda[i] * r->lambda[i] * m[i];
  return part[1] / (part[0] + part[1]);
}
