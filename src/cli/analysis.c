#include "config.h"
#include "cli/analysis.h"

#include <float.h>
#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/true_critical_step.h"
#include "exact/exact_step.h"
#include "io/output.h"

/* --- numbers -------------------------------------------------------------------------------- */

/* What makes the alignment 0, 1 or undefined. */
static int refuse_alignment(const quadratic *q, const one_step_moments *m, diagnostic *diag) {
  const bool dominant = m->d0 == 0.0, bulk = m->b0 == 0.0;
  if (dominant && bulk)
    return diagnostic_set(diag, GSL_EDOM,
                          "every g is 0: the gradient has no direction, so no "
                          "alignment");
  return diagnostic_set(diag, GSL_EDOM,
                        "every g of the %s (%zu of %zu directions) is 0: the alignment is %d, and "
                        "regime and critical steps are defined strictly between 0 and 1 alone",
                        dominant ? "dominant subspace" : "bulk", dominant ? q->k : q->d - q->k,
                        q->d, dominant ? 0 : 1);
}

/* Regime and critical step; where the rounding bound of Delta holds zero, from its exact sign and
 * its value to full accuracy. */
static void settle_regime(const quadratic *q, const one_step_moments *m, analysis *a) {
  a->is_low = critical_step_is_low(q);
  a->eta_star = a->is_low ? a->critical.eta_star : NAN;
  a->eta_star_error = a->is_low ? a->critical.eta_star_error : NAN;
  if (a->critical.regime == REGIME_UNDECIDED && a->is_low) {
    const exact_step step = {q, 0.0};
    const double scaled = certified_value_of(exact_step_delta, &step); /* Delta D_0 B_0 */
    a->eta_star = 2.0 * m->mean_gap * m->d0 / scaled * m->b0;
    a->eta_star_error = a->eta_star * (3.0 * m->error + 8.0 * DBL_EPSILON);
  }
}

static const exact_reading no_law = {.mean = {NAN, NAN}, .deviation = NAN, .low = NAN, .high = NAN};

/* Accuracy that was not reached is told by the error, not by the absence of the value. */
static bool is_value(int status) {
  return status == GSL_SUCCESS || status == GSL_ETOL;
}

/* Mean and deviation, and the interval if asked for; GSL_ENOMEM, or GSL_SUCCESS with the reason in
 * out->absent where there is no such law. */
static int read_law(int made, const alignment_law *law, bool interval, exact_reading *out) {
  law_value mean, variance, low = {NAN, NAN}, high = {NAN, NAN};
  if (made == GSL_ENOMEM)
    return made;
  if (made != GSL_SUCCESS)
    return GSL_SUCCESS; /* its maker has written the reason */
  int status = alignment_law_mean(law, &mean);
  if (is_value(status))
    status = alignment_law_variance(law, &variance);
  if (is_value(status) && interval)
    status = alignment_law_quantile(law, 0.025, &low);
  if (is_value(status) && interval)
    status = alignment_law_quantile(law, 0.975, &high);
  if (is_value(status)) {
    out->mean = mean;
    out->deviation = sqrt(variance.val);
    out->low = low.val;
    out->high = high.val;
  } else
    diagnostic_set(&out->absent, status, "its integrals do not converge in double precision");
  return status == GSL_ENOMEM ? status : GSL_SUCCESS;
}

static int add_exact_laws(const quadratic *q, analysis *a) {
  a->correlated = q->covariance != NULL;
  a->eta_star_true = (law_value){NAN, NAN};
  a->no_true_step = (diagnostic){GSL_SUCCESS, ""};
  int status = true_critical_step_of(q, &a->eta_star_true, &a->no_true_step);
  if (status != GSL_SUCCESS) {
    a->eta_star_true = (law_value){NAN, NAN};
    a->no_true_step.code = status;
  }
  if (status == GSL_ENOMEM || !(q->eta > 0.0))
    return status == GSL_ENOMEM ? status : GSL_SUCCESS;
  alignment_law *law = NULL;
  int made = alignment_law_after_step(q, q->eta, &law, &a->exact_next.absent);
  status = read_law(made, law, false, &a->exact_next);
  alignment_law_free(law);
  if (status != GSL_SUCCESS)
    return status;
  law = NULL;
  made = alignment_law_stationary(q, &law, &a->exact_stationary.absent);
  status = read_law(made, law, true, &a->exact_stationary);
  alignment_law_free(law);
  return status;
}

int analysis_of(const quadratic *q, analysis *out, diagnostic *diag) {
  analysis a = {.d = q->d,
                .k = q->k,
                .eta = q->eta,
                .next = NAN,
                .stationary = NAN,
                .exact_next = no_law,
                .exact_stationary = no_law};
  one_step_moments m;
  one_step_moments_of(q, &m);
  if (critical_step_of(&m, &a.critical) != GSL_SUCCESS ||
      regime_threshold_of(&m, &a.threshold) != GSL_SUCCESS ||
      opposite_effects_of(&m, &a.effects) != GSL_SUCCESS)
    return refuse_alignment(q, &m, diag);
  a.gap_ratio = quadratic_gap_ratio(q);
  a.alignment = one_step_moments_alignment(&m);
  settle_regime(q, &m, &a);
  a.eta_stable = 2.0 / q->lambda[0];
  a.eta_two_phases = 2.0 / (q->lambda[0] + q->lambda[q->k]);
  a.noisy = m.vd > 0.0 || m.vb > 0.0;
  if (q->eta > 0.0) {
    a.next = one_step_mean_field_alignment(q, q->eta);
    if (isnan(a.next))
      return diagnostic_set(diag, GSL_EDOM,
                            "the step size %.17g leaves no gradient or one beyond the range of a "
                            "double",
                            q->eta);
    a.change = exact_step_alignment_sign(&(exact_step){q, q->eta});
    a.stationary = two_phases_limit(q);
    two_phases_check(q, &a.two_phases);
  }
  if (add_exact_laws(q, &a) != GSL_SUCCESS)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  *out = a;
  return GSL_SUCCESS;
}

/* --- JSON ----------------------------------------------------------------------------------- */

json_t *analysis_json(const analysis *a) {
  return json_pack(
      "{s:I, s:I, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
      "s:o}",
      "d", (json_int_t)a->d, "k", (json_int_t)a->k, "gap_ratio", io_json_number(a->gap_ratio),
      "alignment", io_json_number(a->alignment), "regime", a->is_low ? "low" : "high", "alpha_c",
      io_json_number(a->threshold.alpha_c), "eta_star", io_json_number(a->eta_star), "eta_dominant",
      io_json_number(a->effects.eta_dominant), "eta_bulk", io_json_number(a->effects.eta_bulk),
      "eta_stable", io_json_number(a->eta_stable), "mean_field_next", io_json_number(a->next),
      "mean_field_stationary", io_json_number(a->stationary), "expected_next",
      io_json_number(a->exact_next.mean.val), "sd_next", io_json_number(a->exact_next.deviation),
      "expected_stationary", io_json_number(a->exact_stationary.mean.val), "sd_stationary",
      io_json_number(a->exact_stationary.deviation), "q025_stationary",
      io_json_number(a->exact_stationary.low), "q975_stationary",
      io_json_number(a->exact_stationary.high), "eta_star_true",
      io_json_number(a->eta_star_true.val));
}

/* --- words ---------------------------------------------------------------------------------- */

static void print_alignment(FILE *stream, const analysis *a) {
  fprintf(stream, "alignment α = %.10g\n", a->alignment);
  fprintf(stream, "    %.4g %% of the squared gradient lies in the dominant subspace.\n",
          100.0 * a->alignment);
}

static void print_regime(FILE *stream, const analysis *a) {
  fprintf(stream, "regime: %s alignment (Δ = %.10g)\n", a->is_low ? "low" : "high",
          a->critical.delta);
  if (a->critical.regime == REGIME_UNDECIDED)
    fprintf(stream,
            "    Undecided within rounding (Δ is 0 to within %.2g); exact arithmetic on these "
            "numbers says %s.\n",
            a->critical.delta_error, a->is_low ? "low" : "high");
  else if (a->is_low)
    fputs("    Small steps lower the alignment and large ones raise it: there is a critical step "
          "size.\n",
          stream);
  else
    fputs("    Self-correcting: in mean field every step size lowers the alignment.\n", stream);
  fprintf(stream, "threshold α_c = %.10g\n", a->threshold.alpha_c);
  if (!a->noisy)
    fputs("    There is no noise: every state is in the low regime.\n", stream);
  else
    fprintf(stream,
            "    With a gradient of this size, states below this alignment are in the low regime; "
            "this one is %s.\n",
            a->is_low ? "below it" : "not below it");
}

static void print_critical_step(FILE *stream, const analysis *a) {
  const bool at_eta_star = fabs(a->eta - a->eta_star) <= a->eta_star_error;
  if (a->is_low)
    fprintf(stream, "critical step η* = %.10g\n    ", a->eta_star);
  else
    fputs("critical step η*: none\n    ", stream);
  if (a->eta > 0.0 && a->is_low)
    fprintf(stream, "η = %.10g is %s η*: the alignment %s in the next step (mean field).\n", a->eta,
            at_eta_star            ? "within rounding of"
            : a->eta < a->eta_star ? "below"
                                   : "above",
            at_eta_star                  ? "stays"
            : a->change == SIGN_NEGATIVE ? "falls"
                                         : "rises");
  else if (a->is_low)
    fputs("In mean field the next step lowers the alignment below η* and raises it above.\n",
          stream);
  else
    fputs("No step size makes the alignment rise in the next step (mean field).\n", stream);
}

/* -1, 0 (equal within the relative error), 1 */
static int compare_within(double x, double y, double relative_error) {
  return fabs(x - y) <= relative_error * fabs(y) ? 0 : x < y ? -1 : 1;
}

/* What the step of the input does to the two parts of the loss. */
static void print_effects(FILE *stream, const analysis *a, bool empty) {
  static const char *const verbs[] = {"lowers", "leaves as it is (within rounding)", "raises"};
  const opposite_effects *e = &a->effects;
  const int dominant = compare_within(a->eta, e->eta_dominant, e->error);
  const int bulk = compare_within(a->eta, e->eta_bulk, e->error);
  fprintf(stream, "η = %.10g lies ", a->eta);
  if (!empty && dominant > 0 && bulk < 0)
    fputs("in the suspicious interval", stream);
  else if (!empty && (dominant == 0 || bulk == 0))
    fputs("on the edge of the suspicious interval, within rounding", stream);
  else
    fputs("in no suspicious interval", stream);
  fprintf(stream, ": the bulk update %s the expected loss, the dominant update %s it.\n",
          verbs[bulk + 1], verbs[dominant + 1]);
}

static void print_interval(FILE *stream, const analysis *a) {
  const opposite_effects *e = &a->effects;
  const bool empty = e->margin <= 0.0;
  const bool decided = fabs(e->margin) > e->margin_error;
  fprintf(stream, "opposite effects (η_D, η_B) = (%.10g, %.10g)\n    ", e->eta_dominant,
          e->eta_bulk);
  if (a->eta > 0.0)
    print_effects(stream, a, empty);
  else if (empty)
    fputs("The dominant update lowers the expected loss below the first, the bulk update below the "
          "second.\n",
          stream);
  else
    fputs("Between the two, the bulk update lowers the expected loss and the dominant update "
          "raises it.\n",
          stream);
  fprintf(stream, "width of the interval η_B - η_D = %.10g\n    ",
          empty ? 0.0 : e->eta_bulk - e->eta_dominant);
  if (!decided)
    fputs("The two ends agree within rounding: no interval is certain.\n", stream);
  else if (empty)
    fputs("The interval is empty: no step raises the dominant loss and lowers the bulk loss.\n",
          stream);
  else
    fprintf(stream, "Its upper end is %.4g times its lower one.\n", e->eta_bulk / e->eta_dominant);
}

static void print_stability(FILE *stream, const analysis *a) {
  fprintf(stream, "stability edge 2/λ₁ = %.10g\n    ", a->eta_stable);
  if (!(a->eta > 0.0))
    fputs("With noise of constant covariance, a run at a constant step below it stays bounded in "
          "mean square.\n",
          stream);
  else if (a->eta < a->eta_stable)
    fprintf(stream,
            "η = %.10g is below it: with noise of constant covariance, a run at this step stays "
            "bounded in mean square.\n",
            a->eta);
  else
    fprintf(stream, "η = %.10g is not below it: there is no stationary state.\n", a->eta);
}

static void print_two_phases(FILE *stream, const analysis *a) {
  const two_phases_hypotheses *h = &a->two_phases;
  const bool all = h->stable && h->large_start && h->positive_noise;
  fprintf(stream, "hypotheses of the two-phase theorem (T4) at η = %.10g: %s\n    ", a->eta,
          all ? "all hold" : "not all hold");
  if (all)
    fprintf(stream, "At this step the mean-field alignment %s its limit from below.\n",
            a->change == SIGN_NEGATIVE ? "falls first, turns once, and then rises to"
                                       : "does not fall at all, and rises to");
  else {
    const char *separator = "Not met:";
    if (!h->stable)
      fprintf(stream, "%s 0 < η < 2/(λ₁ + λₖ₊₁) = %.10g", separator, a->eta_two_phases);
    separator = h->stable ? separator : ";";
    if (!h->large_start)
      fprintf(stream, "%s a start beyond the stationary level in every direction", separator);
    separator = h->large_start ? separator : ";";
    if (!h->positive_noise)
      fprintf(stream, "%s noise in every direction", separator);
    fputs(".\n", stream);
  }
}

static void print_future(FILE *stream, const analysis *a) {
  if (isfinite(a->stationary)) {
    fprintf(stream, "limit α_∞ = %.10g\n", a->stationary);
    fprintf(stream,
            "    Run on at η = %.10g and with this noise, the mean-field alignment tends to this, "
            "%s the present one.\n",
            a->eta,
            a->stationary > a->alignment   ? "above"
            : a->stationary < a->alignment ? "below"
                                           : "equal to");
  } else
    fprintf(stream, "limit α_∞: none\n    %s\n",
            a->noisy ? "The step is not below 2/λ₁: the run has no stationary state."
                     : "There is no noise: the gradient itself tends to 0, or grows.");
  fprintf(stream, "next alignment α̂(η) = %.10g\n", a->next);
  fprintf(stream, "    One step at η = %.10g %s the mean-field alignment", a->eta,
          a->change == SIGN_NEGATIVE   ? "lowers"
          : a->change == SIGN_POSITIVE ? "raises"
                                       : "leaves");
  fprintf(stream, ", by %.4g.\n", fabs(a->next - a->alignment));
}

static void print_true_step(FILE *stream, const analysis *a) {
  if (a->no_true_step.code != GSL_SUCCESS) {
    fprintf(stream, "true critical step: none\n    Gaussian noise: %s.\n", a->no_true_step.message);
    return;
  }
  fprintf(stream, "true critical step = %.10g\n    ", a->eta_star_true.val);
  if (a->is_low)
    fprintf(stream,
            "For Gaussian noise the true expected alignment stands still here: %.6g times η*, "
            "which is mean field's.\n",
            a->eta_star_true.val / a->eta_star);
  else
    fputs("For Gaussian noise the true expected alignment first rises beyond this step, although "
          "the mean-field one falls at every step.\n",
          stream);
}

/* -1, 0 (within its error), 1 */
static int true_change(const analysis *a) {
  const double change = a->exact_next.mean.val - a->alignment;
  return fabs(change) <= a->exact_next.mean.err + 8.0 * DBL_EPSILON ? 0 : change < 0.0 ? -1 : 1;
}

static void print_exact_next(FILE *stream, const analysis *a) {
  static const char *const verbs[] = {"lowers", "leaves", "raises"};
  const exact_reading *x = &a->exact_next;
  if (x->absent.code != GSL_SUCCESS) {
    fprintf(stream, "true expected next alignment: none\n    Gaussian noise: %s.\n",
            x->absent.message);
    return;
  }
  const int change = true_change(a);
  fprintf(stream, "true expected next alignment = %.10g, standard deviation %.10g\n", x->mean.val,
          x->deviation);
  fprintf(stream,
          "    For Gaussian noise, one step at η = %.10g %s the expected alignment, by %.4g: "
          "mean field says %s.\n",
          a->eta, verbs[change + 1], fabs(x->mean.val - a->alignment),
          change == (int)a->change ? "the same" : "otherwise");
}

static void print_exact_stationary(FILE *stream, const analysis *a) {
  const exact_reading *x = &a->exact_stationary;
  if (x->absent.code != GSL_SUCCESS) {
    fprintf(stream, "true stationary alignment: none\n    Gaussian noise: %s.\n",
            x->absent.message);
    return;
  }
  fprintf(stream,
          "true stationary alignment: mean %.10g, standard deviation %.10g, 95 %% in [%.8g, "
          "%.8g]\n",
          x->mean.val, x->deviation, x->low, x->high);
  fprintf(stream,
          "    Run on at η = %.10g with this noise, Gaussian, the alignment keeps varying like "
          "this; its mean is %s the mean-field limit.\n",
          a->eta,
          fabs(x->mean.val - a->stationary) <= x->mean.err + 1e-12 ? "equal to"
          : x->mean.val < a->stationary                            ? "below"
                                                                   : "above");
}

/* The readings that are not mean field. */
static void print_exact(FILE *stream, const analysis *a) {
  fprintf(stream, "exact laws, for Gaussian noise %s:\n",
          a->correlated ? "with its full covariance" : "that is independent along the directions");
  print_true_step(stream, a);
  if (a->eta > 0.0) {
    print_exact_next(stream, a);
    print_exact_stationary(stream, a);
  }
}

void analysis_print(FILE *stream, const analysis *a) {
  fprintf(stream,
          "dominant subspace: the first k = %zu of %zu directions, gap ratio λₖ/λₖ₊₁ = %.10g\n",
          a->k, a->d, a->gap_ratio);
  print_alignment(stream, a);
  print_regime(stream, a);
  print_critical_step(stream, a);
  print_interval(stream, a);
  print_stability(stream, a);
  if (a->eta > 0.0) {
    print_two_phases(stream, a);
    print_future(stream, a);
  }
  print_exact(stream, a);
  if (!(a->eta > 0.0))
    fputs(
        "give a step with --eta for the two-phase theorem (T4), the limit α_∞, the next alignment "
        "and the stationary one\n",
        stream);
}
