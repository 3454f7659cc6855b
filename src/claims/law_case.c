#include "config.h"
#include "claims/law_case.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include "families/quadratic_family.h"

void law_case_free(law_case *c) {
  if (c == NULL)
    return;
  free(c->a);
  free(c->w);
  alignment_law_free(c->law);
  alignment_law_free(c->pair);
  alignment_law_free(c->equal);
  free(c);
}

law_case *law_case_alloc(const quadratic *q, int which) {
  static const double factors[LAW_CASE_COUNT] = {0.3, 1.0, 1.9, 0.7};
  const double eta = factors[which] / q->lambda[0];
  const bool stationary = which == LAW_CASE_COUNT - 1;
  law_case *c = calloc(1, sizeof *c);
  quadratic *run = quadratic_clone(q);
  if (c == NULL || run == NULL)
    goto cleanup;
  c->d = q->d;
  c->k = q->k;
  c->a = calloc(q->d, sizeof *c->a);
  c->w = calloc(q->d, sizeof *c->w);
  if (c->a == NULL || c->w == NULL)
    goto cleanup;
  run->eta = eta;
  for (size_t i = 0; i < q->d; i++) {
    const double move = eta * q->lambda[i];
    c->a[i] = stationary ? 0.0 : (1.0 - move) * q->g[i];
    c->w[i] = stationary ? quadratic_stationary(run, i) : move * move * q->v[i];
  }
  if (stationary)
    alignment_law_stationary(run, &c->law, NULL);
  else
    alignment_law_after_step(run, eta, &c->law, NULL);
  c->pair = law_case_pair(c, &c->ratio);
  c->equal = law_case_equal(c);

cleanup:
  quadratic_free(run);
  if (c != NULL && c->law != NULL)
    return c;
  law_case_free(c);
  return NULL;
}

verdict law_case_each(const quadratic *q, verdict (*check)(const law_case *, claim_note *),
                      claim_note *note) {
  verdict all = VERDICT_VACUOUS;
  for (int which = 0; which < LAW_CASE_COUNT; which++) {
    law_case *c = law_case_alloc(q, which);
    if (c == NULL)
      continue;
    const verdict v = check(c, note);
    law_case_free(c);
    if (v == VERDICT_FAILS || v == VERDICT_UNDECIDED)
      return v;
    all = v == VERDICT_HOLDS ? v : all;
  }
  return all;
}

/* --- the plain quadrature ------------------------------------------------------------------- */

typedef struct {
  const law_case *c;
  int power;
} integrand;

/* s^power phi(s) times psi_D, or psi_D^2 and the sum of variances, at s = e^u. */
static double integrand_at(double u, void *argument) {
  const integrand *f = argument;
  const law_case *c = f->c;
  const double s = exp(u);
  double log_phi = 0.0, psi = 0.0, rest = 0.0;
  for (size_t i = 0; i < c->d; i++) {
    const double a = c->a[i], w = c->w[i], shrink = 1.0 + 2.0 * s * w;
    log_phi -= 0.5 * log1p(2.0 * s * w) + s * a * a / shrink;
    if (i < c->k) {
      const double mean = w / shrink, square = a * a / (shrink * shrink);
      psi += mean + square;
      rest += 2.0 * mean * mean + 4.0 * square * mean;
    }
  }
  return f->power == 1 ? s * psi * exp(log_phi) : s * s * (psi * psi + rest) * exp(log_phi);
}

law_value law_case_quadrature(const law_case *c, int power) {
  law_value result = {NAN, INFINITY};
  double total = 0.0;
  for (size_t i = 0; i < c->d; i++)
    total += c->a[i] * c->a[i] + c->w[i];
  integrand f = {c, power};
  /* Below e^least the integral is at most that times E N (or its square); above e^most the
   * integrand has fallen below 1e-17 of its peak and goes on falling. */
  const double least = -35.0 - log(total);
  double most = least;
  for (double value = 1.0, peak = 0.0; value > 1e-17 * peak && most < least + 400.0; most += 1.0) {
    value = integrand_at(most, &f);
    peak = fmax(peak, value);
  }
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(400);
  gsl_function function = {integrand_at, &f};
  if (work == NULL)
    return result;
  const int status = gsl_integration_qag(&function, least, most, 0.0, 1e-11, 400, GSL_INTEG_GAUSS61,
                                         work, &result.val, &result.err);
  gsl_integration_workspace_free(work);
  if (status != GSL_SUCCESS && status != GSL_EROUND)
    result.err = INFINITY;
  result.err += 1e-14 + 1e-12 * result.val;
  return result;
}

/* --- closed forms --------------------------------------------------------------------------- */

alignment_law *law_case_pair(const law_case *c, double *ratio) {
  const double w[] = {c->w[0], c->w[c->k]};
  *ratio = sqrt(w[0]) / sqrt(w[1]);
  alignment_law *law = NULL;
  alignment_law_independent(NULL, w, 2, 1, &law, NULL);
  return law;
}

alignment_law *law_case_equal(const law_case *c) {
  double *w = malloc(c->d * sizeof *w);
  alignment_law *law = NULL;
  if (w == NULL)
    return NULL;
  for (size_t i = 0; i < c->d; i++)
    w[i] = c->w[0] > 0.0 ? c->w[0] : 1.0;
  alignment_law_independent(NULL, w, c->d, c->k, &law, NULL);
  free(w);
  return law;
}

void *law_case_correlated(void) {
  quadratic *q = quadratic_pair(2, 1, 0, 0, 1, 1);
  if (q == NULL || (q->covariance = gsl_matrix_alloc(2, 2)) == NULL) {
    quadratic_free(q);
    return NULL;
  }
  gsl_matrix_set_all(q->covariance, 0.8);
  for (size_t i = 0; i < 2; i++)
    gsl_matrix_set(q->covariance, i, i, 1.0);
  return q;
}

bool law_case_agree(law_value x, double y, double slack) {
  return fabs(x.val - y) <= x.err + slack;
}

/* --- labels --------------------------------------------------------------------------------- */

/* The least and the largest of min(E N, E M)/E S over the cases: how extreme the alignment is. */
static void balance_of(const quadratic *q, double *least, double *most) {
  *least = INFINITY;
  *most = 0.0;
  for (int which = 0; which < LAW_CASE_COUNT; which++) {
    law_case *c = law_case_alloc(q, which);
    if (c == NULL)
      continue;
    double part[2] = {0.0, 0.0};
    for (size_t i = 0; i < c->d; i++)
      part[i < c->k] += c->a[i] * c->a[i] + c->w[i];
    const double balance = fmin(part[0], part[1]) / (part[0] + part[1]);
    *least = fmin(*least, balance);
    *most = fmax(*most, balance);
    law_case_free(c);
  }
}

bool law_case_is_extreme(const void *instance) {
  double least, most;
  balance_of(instance, &least, &most);
  return least < 1e-6;
}

bool law_case_is_central(const void *instance) {
  double least, most;
  balance_of(instance, &least, &most);
  return most > 0.1;
}
