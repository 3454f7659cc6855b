#include "config.h"
#include "claims/two_phases.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include "claims/certify.h"
#include "exact/exact_polynomial.h"
#include "exact/exact_rational.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "families/quadratic_violate.h"
#include "model/random.h"
#include "model/rounding.h"

/* --- the mean dynamics ---------------------------------------------------------------------- */

/* ln rho_i = 2 ln|1 - eta lambda_i|, -INFINITY at eta lambda_i = 1.  *error (may be NULL):
 * absolute. */
static double log_rho(const quadratic *q, size_t i, double *error) {
  const double move = q->eta * q->lambda[i];
  const double value = 2.0 * (move < 1.0 ? log1p(-move) : log(move - 1.0));
  if (error != NULL)
    *error = ROUNDING_UNIT * (4.0 * fabs(value) + 4.0 * move / fabs(1.0 - move));
  return value;
}

/* region: closed_form */
double two_phases_square(const quadratic *q, size_t i, double t, double *error) {
  double log_error;
  const double log_base = log_rho(q, i, &log_error);
  const double exponent = t > 0.0 ? t * log_base : 0.0; /* 0 * -INFINITY is no number */
  const double decay = exp(exponent), rise = -expm1(exponent);
  const double start = q->g[i] * q->g[i], rest = quadratic_stationary(q, i);
  if (error != NULL) {
    const double move = q->eta * q->lambda[i];
    const double in_decay = decay > 0.0 ? decay * (t * log_error + 8.0 * ROUNDING_UNIT) : 0.0;
    *error =
        start * in_decay + rest * (in_decay + rise * (12.0 + 4.0 / (2.0 - move)) * ROUNDING_UNIT);
  }
  return start * decay + rest * rise;
}
/* end region: closed_form */

quadratic *two_phases_state(const quadratic *q, double t) {
  quadratic *state = quadratic_clone(q);
  if (state != NULL)
    for (size_t i = 0; i < q->d; i++)
      state->g[i] = sqrt(two_phases_square(q, i, t, NULL));
  return state;
}

double two_phases_alignment(const quadratic *q, double t) {
  double part[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++)
    part[i < q->k] += two_phases_square(q, i, t, NULL);
  return part[1] / (part[0] + part[1]);
}

double two_phases_limit(const quadratic *q) {
  double part[2] = {0.0, 0.0};
  if (!(q->eta > 0.0 && q->eta * q->lambda[0] < 2.0))
    return NAN;
  for (size_t i = 0; i < q->d; i++)
    part[i < q->k] += quadratic_stationary(q, i);
  return part[0] + part[1] > 0.0 ? part[1] / (part[0] + part[1]) : NAN;
}

void two_phases_check(const quadratic *q, two_phases_hypotheses *out) {
  out->stable = exact_run_is_stable(q);
  out->large_start = exact_run_has_large_start(q);
  out->positive_noise = true;
  for (size_t i = 0; i < q->d; i++)
    out->positive_noise = out->positive_noise && q->v[i] > 0.0;
}

/* --- the turn ------------------------------------------------------------------------------- */

/* A sum of non-negative terms with a bound on its error. */
typedef struct {
  double value, error;
} bounded_sum;

static void add_term(bounded_sum *sum, double factor, double factor_error, double decay,
                     double decay_error) {
  sum->value += factor * decay;
  sum->error += factor_error * decay + (factor + factor_error) * decay_error;
}

/* region: turn */
/* (D_{t+1} B_t - D_t B_{t+1}) / rho_d^t as an exponential sum (theory: the proof of (a)), with c_i
 * = g_i^2 - s_i and rho_d the largest bulk base.  All four products are of non-negative sums; the
 * differences of bases are factored, so that nothing cancels but c_i itself. */
static double scaled_difference(const quadratic *q, double t, double *error) {
  const double eta = q->eta, top = q->lambda[q->k]; /* the sharpest bulk direction, k + 1 */
  double slowest_error;
  const double slowest = log_rho(q, q->d - 1, &slowest_error);
  double rest_dominant = 0.0, rest_bulk = 0.0;
  bounded_sum shrink_dominant = {0}, shrink_bulk = {0}; /* sums of c (1 - rho) r^t */
  bounded_sum apart_dominant = {0}, apart_bulk = {0};   /* of c |rho - rho_{k+1}| rho^t (r^t) */
  bounded_sum start_dominant = {0}, start_bulk = {0};   /* of c rho^t, and of c r^t in the bulk */
  for (size_t i = 0; i < q->d; i++) {
    const double lambda = q->lambda[i], move = eta * lambda;
    const double rest = quadratic_stationary(q, i), square = q->g[i] * q->g[i];
    const double excess = fmax(square - rest, 0.0);
    const double excess_error = 8.0 * ROUNDING_UNIT * (square + rest * (1.0 + 1.0 / (2.0 - move)));
    double log_error;
    const double log_base = log_rho(q, i, &log_error);
    const double ratio = t > 0.0 ? exp(t * (log_base - slowest)) : 1.0;
    const double ratio_error =
        ratio > 0.0 ? ratio * (t * (log_error + slowest_error) + 8.0 * ROUNDING_UNIT) : 0.0;
    const double shrink = move * (2.0 - move); /* 1 - rho */
    const double gap = i < q->k ? eta * (lambda - top) * (2.0 - eta * (lambda + top))
                                : eta * (top - lambda) * (2.0 - eta * (top + lambda));
    if (i < q->k) {
      const double decay = t > 0.0 ? exp(t * log_base) : 1.0;
      const double decay_error = decay > 0.0 ? decay * (t * log_error + 8.0 * ROUNDING_UNIT) : 0.0;
      rest_dominant += rest;
      add_term(&shrink_dominant, excess * shrink, excess_error * shrink, ratio, ratio_error);
      add_term(&start_dominant, excess, excess_error, decay, decay_error);
      add_term(&apart_dominant, excess * gap, excess_error * gap, decay, decay_error);
    } else {
      rest_bulk += rest;
      add_term(&shrink_bulk, excess * shrink, excess_error * shrink, ratio, ratio_error);
      add_term(&start_bulk, excess, excess_error, ratio, ratio_error);
      add_term(&apart_bulk, excess * gap, excess_error * gap, ratio, ratio_error);
    }
  }
  const double rise = rest_dominant * shrink_bulk.value;
  const double fall = rest_bulk * shrink_dominant.value + start_dominant.value * apart_bulk.value +
                      apart_dominant.value * start_bulk.value;
  if (error != NULL) {
    const double edge = fabs(2.0 - eta * (q->lambda[0] + top));
    *error = rest_dominant * shrink_bulk.error + rest_bulk * shrink_dominant.error +
             start_dominant.value * apart_bulk.error + start_dominant.error * apart_bulk.value +
             apart_dominant.value * start_bulk.error + apart_dominant.error * start_bulk.value +
             rounding_gamma(2 * q->d + 32) * (rise + fall) * (1.0 + 2.0 / edge);
  }
  return rise - fall;
}

double two_phases_turn(const quadratic *q) {
  if (scaled_difference(q, 0.0, NULL) >= 0.0)
    return 0.0;
  if (!two_phases_rises_in_the_end(q))
    return TWO_PHASES_NO_TURN;
  double falling = 0.0, rising = 1.0;
  while (scaled_difference(q, rising, NULL) < 0.0) {
    falling = rising;
    rising *= 2.0;
    if (rising > 0x1p52)
      return TWO_PHASES_NO_TURN;
  }
  while (rising - falling > 1.0) {
    const double middle = floor(0.5 * (falling + rising));
    if (scaled_difference(q, middle, NULL) < 0.0)
      falling = middle;
    else
      rising = middle;
  }
  return rising;
}
/* end region: turn */

bool two_phases_turn_is_certain(const quadratic *q, double turn) {
  double error;
  if (turn > 0.0 && fabs(scaled_difference(q, turn - 1.0, &error)) <= error)
    return false;
  return fabs(scaled_difference(q, turn, &error)) > error;
}

double two_phases_start_threshold(const quadratic *q) {
  one_step_moments m;
  one_step_moments_of(q, &m);
  const double noise = m.vd / m.d0 - m.vb / m.b0;
  if (noise <= 0.0)
    return 0.0;
  return sqrt(q->eta * noise / (2.0 * m.mean_gap - q->eta * m.square_gap));
}

bool two_phases_rises_in_the_end(const quadratic *q) {
  double rest_dominant = 0.0;
  for (size_t i = 0; i < q->k; i++)
    rest_dominant += quadratic_stationary(q, i);
  const double last = q->g[q->d - 1];
  return rest_dominant > 0.0 && last * last > quadratic_stationary(q, q->d - 1);
}

/* --- the claim ------------------------------------------------------------------------------ */

static void *generate(gsl_rng *rng, diagnostic *diag) {
  const quadratic_aim aim = {.d_most = 500,
                             .gap_excess = 1e-9,
                             .positive_noise = true,
                             .positive_gradient = true,
                             .stable_step = true,
                             .large_start = true};
  return quadratic_generate(rng, &aim, diag);
}

enum { TIMES_MOST = 80 };

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The first steps, the neighbourhood of the computed turn, and a geometric series around it, as far
 * as rho_d^t is at least 2^-2000 or the turn needs: sorted, each once. */
static size_t sample_times(const quadratic *q, double turn, double times[TIMES_MOST]) {
  const double slowest = log_rho(q, q->d - 1, NULL);
  const double latest = fmin(0x1p48, fmax(1400.0 / fabs(slowest), 4.0 * (turn + 64.0)));
  const int first = q->d <= 8 ? 24 : 5;
  double all[TIMES_MOST];
  size_t count = 0;
  for (int t = 0; t < first; t++)
    all[count++] = t;
  if (turn >= 0.0) {
    for (int around = -3; around <= 3; around++)
      all[count++] = turn + around;
    for (double t = fmax(turn, 8.0) / 64.0; count < TIMES_MOST - 30 && t < 64.0 * (turn + 64.0);
         t *= 4.0)
      all[count++] = floor(t);
  }
  for (double t = 32.0; t < latest && count < TIMES_MOST; t *= 16.0)
    all[count++] = floor(t);
  qsort(all, count, sizeof *all, ascending);
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (all[i] >= 0.0 && all[i] <= latest && (kept == 0 || all[i] > times[kept - 1]))
      times[kept++] = all[i];
  return kept;
}

/* From the definition as long as rho_d^t is above 2^-1000, by the exponential sum beyond. */
static certified_sign change_sign(const quadratic *q, double t) {
  const exact_run run = {q, (unsigned long)t};
  const bool near = t * fabs(log_rho(q, q->d - 1, NULL)) < 700.0;
  return certified_sign_of(near || q->switch_step > 0 ? exact_run_change : exact_run_scaled_change,
                           &run);
}

/* --- certificates --------------------------------------------------------------------------- */

/* eta ((D_2+V_D) B_0 - (B_2+V_B) D_0) - 2 (D_1 B_0 - B_1 D_0) at q->eta: below 0 where eta <
 * eta*_0, or there is none. */
static void beyond_critical_step(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  enum { OTHER, SUM, NOISE, ETA, TEMPORARIES };
  arb_ptr t = _arb_vec_init(TEMPORARIES);
  arb_set_d(t + ETA, q->eta);
  arb_zero(value);
  for (int set = 0; set < 2; set++) { /* bulk, then dominant */
    const size_t from = set ? 0 : q->k, to = set ? q->k : q->d;
    exact_polynomial_sum_squares(t + OTHER, q, set ? q->k : 0, set ? q->d : q->k, 0, precision);
    exact_polynomial_sum_squares(t + SUM, q, from, to, 2, precision);
    exact_polynomial_sum_noise(t + NOISE, q, from, to, 2, precision);
    arb_add(t + SUM, t + SUM, t + NOISE, precision);
    arb_mul(t + SUM, t + SUM, t + ETA, precision);
    exact_polynomial_sum_squares(t + NOISE, q, from, to, 1, precision);
    arb_submul_si(t + SUM, t + NOISE, 2, precision);
    arb_mul(t + SUM, t + SUM, t + OTHER, precision);
    if (set)
      arb_add(value, value, t + SUM, precision);
    else
      arb_sub(value, value, t + SUM, precision);
  }
  _arb_vec_clear(t, TEMPORARIES);
}

/* region: order */
/* In f(t) = S_D sum_j c_j (1-rho_j) rho_j^t - S_B sum_i c_i (1-rho_i) rho_i^t
 *           - sum_ij c_i c_j (rho_j - rho_i) (rho_i rho_j)^t,  i <= k < j,
 * every base of a positive term is above every base of a negative one: written by falling bases the
 * coefficients change sign once, so f has at most one zero over all real t and is positive after
 * it. The same lines decide S_D sum_j c_j rho_j^t - S_B sum_i c_i rho_i^t. */
static verdict certify_order(const quadratic *q, claim_note *note) {
  const certify_line lines[] = {
      {"the least 1 - rho_i", exact_run_least_shrink, q, CERTIFY_POSITIVE},
      {"rho_{k+1} less the largest dominant rho_i", exact_run_least_gap, q, CERTIFY_POSITIVE},
      {"the least g_i^2 - s_i", exact_run_least_excess, q, CERTIFY_POSITIVE},
      {"the least v_i", exact_run_least_noise, q, CERTIFY_POSITIVE},
      {NULL, NULL, NULL, 0}};
  return certify(lines, note);
}
/* end region: order */

/* The sign of f(t): by its exponential sum, and where that is a ball around 0 at every precision (a
 * tie) by the recursion, which has no divisions. */
enum { TIE_STEPS_MOST = 16 };

static certified_sign late_sign(const quadratic *q, const fmpz_t t, claim_note *note) {
  const exact_late_run late = {q, t};
  certificate found = certified_certificate_of(exact_run_late_change, &late);
  if (found.sign == SIGN_UNDECIDED && fmpz_cmp_ui(t, TIE_STEPS_MOST) <= 0) {
    const exact_run run = {q, fmpz_get_ui(t)};
    found = certified_certificate_of(exact_run_iterated_change, &run);
  }
  claim_note_bits(note, found.bits);
  return found.sign;
}

/* region: certified_turn */
/* t_1 with certified signs, - at t_1 - 1 and 0 or + at t_1: from the computed turn outwards in
 * doubling steps, then by bisection.  False where a sign is not certified, or none is found before
 * 2^TURN_BITS_MOST steps. */
enum { TURN_BITS_MOST = 512 };

static bool certified_turn(const quadratic *q, fmpz_t turn, claim_note *note) {
  const double guess = two_phases_turn(q);
  bool found = false;
  fmpz_t falling, rising, at, stride; /* falling: -1 or a step of sign -;  rising: one of 0 or + */
  fmpz_init(falling);
  fmpz_init(rising);
  fmpz_init_set_ui(stride, 1);
  fmpz_init(at);
  fmpz_set_d(at, guess == TWO_PHASES_NO_TURN ? 0x1p52 : guess);
  bool has_falling = false, has_rising = false;
  for (;;) {
    const certified_sign sign = late_sign(q, at, note);
    if (sign == SIGN_UNDECIDED || fmpz_bits(at) > TURN_BITS_MOST)
      goto cleanup;
    if (sign == SIGN_NEGATIVE) {
      fmpz_set(falling, at);
      has_falling = true;
    } else {
      fmpz_set(rising, at);
      has_rising = true;
      if (fmpz_is_zero(at)) { /* nothing before it: it never falls */
        fmpz_set_si(falling, -1);
        has_falling = true;
      }
    }
    if (has_falling && has_rising)
      break;
    if (has_falling)
      fmpz_add(at, at, stride);
    else
      fmpz_sub(at, at, stride);
    if (fmpz_sgn(at) < 0)
      fmpz_zero(at);
    fmpz_mul_2exp(stride, stride, 1);
  }
  for (;;) {
    fmpz_sub(stride, rising, falling);
    if (fmpz_is_one(stride))
      break;
    fmpz_add(at, rising, falling);
    fmpz_fdiv_q_2exp(at, at, 1);
    const certified_sign sign = late_sign(q, at, note);
    if (sign == SIGN_UNDECIDED)
      goto cleanup;
    fmpz_set(sign == SIGN_NEGATIVE ? falling : rising, at);
  }
  fmpz_set(turn, rising);
  found = true;

cleanup:
  fmpz_clear(falling);
  fmpz_clear(rising);
  fmpz_clear(at);
  fmpz_clear(stride);
  return found;
}
/* end region: certified_turn */

static void rho_of(fmpq_t rho, const quadratic *q, size_t i) {
  fmpq_t term;
  fmpq_init(term);
  exact_rational_set(rho, q->eta);
  exact_rational_set(term, q->lambda[i]);
  fmpq_mul(rho, rho, term);
  fmpq_sub_si(rho, rho, 1);
  fmpq_mul(rho, rho, rho);
  fmpq_clear(term);
}

/* The exponential sum f(t) of the theory, term by term; d <= IDENTITY_DIMENSION_MOST. */
enum { IDENTITY_DIMENSION_MOST = 4 };

static void rational_sum(fmpq_t value, const quadratic *q, unsigned long t) {
  enum { MOST = IDENTITY_DIMENSION_MOST };
  fmpq_t rho[MOST], power[MOST], excess[MOST], total[2], term, factor;
  fmpq_init(term);
  fmpq_init(factor);
  for (int set = 0; set < 2; set++)
    fmpq_init(total[set]);
  for (size_t i = 0; i < q->d; i++) {
    fmpq_init(rho[i]);
    fmpq_init(power[i]);
    fmpq_init(excess[i]);
    rho_of(rho[i], q, i);
    fmpq_set_si(power[i], 1, 1);
    for (unsigned long n = 0; n < t; n++)
      fmpq_mul(power[i], power[i], rho[i]);
    exact_rational_stationary(term, q, i);
    fmpq_add(total[i < q->k], total[i < q->k], term);
    exact_rational_set(excess[i], q->g[i]);
    fmpq_mul(excess[i], excess[i], excess[i]);
    fmpq_sub(excess[i], excess[i], term);
  }
  fmpq_zero(value);
  for (size_t i = 0; i < q->d; i++) {
    fmpq_set_si(term, 1, 1);
    fmpq_sub(term, term, rho[i]);
    fmpq_mul(term, term, excess[i]);
    fmpq_mul(term, term, power[i]);
    fmpq_mul(term, term, total[i >= q->k]);
    if (i < q->k)
      fmpq_sub(value, value, term);
    else
      fmpq_add(value, value, term);
    for (size_t j = q->k; i < q->k && j < q->d; j++) {
      fmpq_sub(term, rho[j], rho[i]);
      fmpq_mul(factor, excess[i], excess[j]);
      fmpq_mul(term, term, factor);
      fmpq_mul(factor, power[i], power[j]);
      fmpq_mul(term, term, factor);
      fmpq_sub(value, value, term);
    }
  }
  for (size_t i = 0; i < q->d; i++) {
    fmpq_clear(rho[i]);
    fmpq_clear(power[i]);
    fmpq_clear(excess[i]);
  }
  for (int set = 0; set < 2; set++)
    fmpq_clear(total[set]);
  fmpq_clear(term);
  fmpq_clear(factor);
}

/* region: identity */
/* f(t) = D_{t+1} B_t - D_t B_{t+1}: the recursion from the definition of the step against the
 * exponential sum, in rationals.  Both are sums over the bases 1, rho_i and rho_i rho_j; as many
 * first steps as there are bases decide all (Vandermonde). */
static verdict check_identity(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  if (q->d > IDENTITY_DIMENSION_MOST || q->switch_step > 0)
    return VERDICT_VACUOUS;
  const unsigned long bases = 1 + q->d + q->k * (q->d - q->k);
  fmpq_t square[IDENTITY_DIMENSION_MOST], part[2][2], eta, next, sum;
  fmpq_init(eta);
  fmpq_init(next);
  fmpq_init(sum);
  for (int n = 0; n < 4; n++)
    fmpq_init(part[n / 2][n % 2]);
  exact_rational_set(eta, q->eta);
  for (size_t i = 0; i < q->d; i++) {
    fmpq_init(square[i]);
    exact_rational_set(square[i], q->g[i]);
    fmpq_mul(square[i], square[i], square[i]);
  }
  verdict v = VERDICT_HOLDS;
  for (unsigned long t = 0; t < bases && v == VERDICT_HOLDS; t++) {
    for (int n = 0; n < 4; n++)
      fmpq_zero(part[n / 2][n % 2]);
    for (size_t i = 0; i < q->d; i++) { /* part[after][dominant] */
      exact_rational_direction(next, q, i, eta, square[i]);
      fmpq_add(part[0][i < q->k], part[0][i < q->k], square[i]);
      fmpq_add(part[1][i < q->k], part[1][i < q->k], next);
      fmpq_set(square[i], next);
    }
    fmpq_mul(sum, part[1][1], part[0][0]);
    fmpq_mul(next, part[0][1], part[1][0]);
    fmpq_sub(sum, sum, next);
    rational_sum(next, q, t);
    if (!fmpq_equal(sum, next)) {
      claim_note_set(note, "step %lu: the exponential sum is not the change", t);
      v = VERDICT_FAILS;
    }
  }
  for (size_t i = 0; i < q->d; i++)
    fmpq_clear(square[i]);
  for (int n = 0; n < 4; n++)
    fmpq_clear(part[n / 2][n % 2]);
  fmpq_clear(eta);
  fmpq_clear(next);
  fmpq_clear(sum);
  return v;
}
/* end region: identity */

/* (b) It falls first exactly when eta < eta*_0: the first change, from the definition, and eta
 * Delta
 * - 2 (mean_D - mean_B) have one sign.  At R g the change is R^2 times one affine in R^2, whose
 * slope is the change without noise: where that is negative, every R beyond its root falls first.
 */
static verdict check_first_phase(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const exact_step step = {q, q->eta};
  const certificate first = certified_certificate_of(exact_step_alignment_change, &step);
  claim_note_bits(note, first.bits);
  if (first.sign == SIGN_UNDECIDED)
    return VERDICT_UNDECIDED;
  verdict v = certify_sign("eta - eta*_0, against the first change,", beyond_critical_step, q,
                           first.sign == SIGN_POSITIVE   ? CERTIFY_POSITIVE
                           : first.sign == SIGN_NEGATIVE ? CERTIFY_NEGATIVE
                                                         : CERTIFY_ZERO,
                           note);
  if (v != VERDICT_HOLDS)
    return v;
  quadratic *quiet = quadratic_clone(q);
  if (quiet == NULL)
    return VERDICT_UNDECIDED;
  for (size_t i = 0; i < q->d; i++)
    quiet->v[i] = 0.0;
  const exact_step far = {quiet, q->eta};
  v = certify_sign("the first change far out", exact_step_alignment_change, &far, CERTIFY_NEGATIVE,
                   note);
  quadratic_free(quiet);
  return v;
}

static verdict check_certified_turn(const void *instance, claim_note *note) {
  fmpz_t turn;
  fmpz_init(turn);
  const bool found = certified_turn(instance, turn, note);
  fmpz_clear(turn);
  if (!found)
    claim_note_set(note, "no certified turn before 2^%d steps", TURN_BITS_MOST);
  return found ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

/* (c) Below the limit at t_1, certified; the ordered sum S_D B_t - S_B D_t, positive there, is
 * positive ever after; every rho_i < 1, so that the limit is reached. */
static verdict check_limit(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  verdict v = certify_order(q, note);
  if (v != VERDICT_HOLDS)
    return v;
  fmpz_t turn;
  fmpz_init(turn);
  v = VERDICT_UNDECIDED;
  if (certified_turn(q, turn, note)) {
    const exact_late_run at = {q, turn};
    v = certify_sign("alpha_oo - alpha_t at the turn", exact_run_late_below_limit, &at,
                     CERTIFY_POSITIVE, note);
  }
  fmpz_clear(turn);
  return v;
}

/* region: conclusions */
/* The certified signs of alpha_{t+1} - alpha_t at sampled steps run -...-, at most one 0, +...+,
 * and do rise. */
static verdict check_sampled_signs(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  double times[TIMES_MOST];
  const size_t count = sample_times(q, two_phases_turn(q), times);
  bool tie = false, rising = false;
  for (size_t n = 0; n < count; n++) {
    const certified_sign sign = change_sign(q, times[n]);
    if (sign == SIGN_UNDECIDED)
      return VERDICT_UNDECIDED;
    if ((sign == SIGN_NEGATIVE && (rising || tie)) || (sign == SIGN_ZERO && (rising || tie))) {
      claim_note_set(note, "the alignment turns again: sign %s at step %.0f",
                     certified_sign_name(sign), times[n]);
      return VERDICT_FAILS;
    }
    tie = tie || sign == SIGN_ZERO;
    rising = rising || sign == SIGN_POSITIVE;
  }
  if (!rising) {
    claim_note_set(note, "the alignment does not rise up to step %.0f", times[count - 1]);
    const double turn = two_phases_turn(q);
    const bool later = turn == TWO_PHASES_NO_TURN || turn > times[count - 1];
    return later && two_phases_rises_in_the_end(q) ? VERDICT_UNDECIDED : VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}

/* (a) at all steps: the ordered exponential sum.  Where the order is not there, the sampled signs
 * may still refute. */
static verdict check_one_turn(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const verdict ordered = q->switch_step == 0 ? certify_order(q, note) : VERDICT_FAILS;
  if (ordered == VERDICT_HOLDS)
    return VERDICT_HOLDS;
  return check_sampled_signs(q, note) == VERDICT_FAILS ? VERDICT_FAILS : VERDICT_UNDECIDED;
}

/* The computed t_1 is the certified one, or there is none before 2^52. */
static verdict check_turn(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const double turn = two_phases_turn(q);
  verdict v = VERDICT_UNDECIDED;
  fmpz_t certified, computed;
  fmpz_init(certified);
  fmpz_init(computed);
  if (certified_turn(q, certified, note)) {
    fmpz_set_d(computed, turn == TWO_PHASES_NO_TURN ? 0x1p52 : turn);
    if (turn == TWO_PHASES_NO_TURN ? fmpz_cmp(certified, computed) > 0
                                   : fmpz_equal(certified, computed))
      v = VERDICT_HOLDS;
    else if (turn != TWO_PHASES_NO_TURN && two_phases_turn_is_certain(q, turn)) {
      claim_note_set(note, "t_1 is computed as %.0f, certified at %.17g", turn,
                     fmpz_get_d(certified));
      v = VERDICT_FAILS;
    }
  }
  fmpz_clear(certified);
  fmpz_clear(computed);
  return v;
}

/* (b) as computed: it falls first exactly when eta < eta*_0, and always from a start beyond R_0. */
static verdict check_computed_first_phase(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  if (critical_step_of(&m, &found) != GSL_SUCCESS)
    return VERDICT_FAILS;
  const certified_sign first = change_sign(q, 0.0);
  bool known = found.regime != REGIME_UNDECIDED;
  if (found.regime == REGIME_LOW)
    known = fabs(q->eta - found.eta_star) > found.eta_star_error;
  const bool below = found.regime == REGIME_HIGH || q->eta < found.eta_star;
  if (known && (first == SIGN_NEGATIVE) != below) {
    claim_note_set(note, "eta = %a, eta*_0 = %a, but the first change has sign %s", q->eta,
                   found.eta_star, certified_sign_name(first));
    return VERDICT_FAILS;
  }
  quadratic *far = quadratic_clone(q);
  if (far == NULL)
    return VERDICT_UNDECIDED;
  const double scale = 2.0 * fmax(1.0, two_phases_start_threshold(q));
  for (size_t i = 0; i < q->d; i++)
    far->g[i] *= scale;
  const certified_sign far_first = change_sign(far, 0.0);
  quadratic_free(far);
  if (far_first != SIGN_NEGATIVE) {
    claim_note_set(note, "from %a times the start the first change has sign %s", scale,
                   certified_sign_name(far_first));
    return VERDICT_FAILS;
  }
  return known ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

/* (c) as computed: never above the limit once it has turned, and at the limit in the end: from step
 * T on, where rho_d^T makes it so, the distance of the log odds is below 1e-12 and rounding. */
static verdict check_computed_limit(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const double turn = two_phases_turn(q);
  if (turn == TWO_PHASES_NO_TURN)
    return two_phases_rises_in_the_end(q) ? VERDICT_UNDECIDED : VERDICT_FAILS;
  if (!two_phases_turn_is_certain(q, turn))
    return VERDICT_UNDECIDED; /* "after the turn" is not known to the step */
  double times[TIMES_MOST];
  const size_t count = sample_times(q, turn, times);
  for (size_t n = 0; n < count; n++) {
    /* Where rho_d^t is below 2^-2000 the distance is as small, and no ball from the definition
     * tells. */
    if (times[n] < turn || times[n] * fabs(log_rho(q, q->d - 1, NULL)) > 1400.0)
      continue;
    const exact_run run = {q, (unsigned long)times[n]};
    const certified_sign sign = certified_sign_of(exact_run_below_limit, &run);
    if (sign != SIGN_POSITIVE) {
      claim_note_set(note, "step %.0f: not below the limit (sign %s)", times[n],
                     certified_sign_name(sign));
      return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
    }
  }
  double start[2] = {0.0, 0.0}, rest[2] = {0.0, 0.0};
  for (size_t i = 0; i < q->d; i++) {
    start[i < q->k] += q->g[i] * q->g[i];
    rest[i < q->k] += quadratic_stationary(q, i);
  }
  const double excess = start[0] / rest[0] + start[1] / rest[1];
  const double late = ceil(log(1e-12 / excess) / log_rho(q, q->d - 1, NULL));
  const double odds = two_phases_alignment(q, late) / two_phases_limit(q);
  const double rounding =
      rounding_gamma(4 * q->d + 64) * (1.0 + 2.0 / (2.0 - q->eta * q->lambda[0]));
  if (!(fabs(odds - 1.0) <= 1e-12 + rounding)) {
    claim_note_set(note, "step %.0f: alignment over its limit is %a", late, odds);
    return VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}

/* (d) */
static verdict check_bound(const void *instance, claim_note *note) {
  const exact_run run = {instance, 0};
  return certify_sign("alpha_oo less its bound", exact_run_limit_bound, &run, CERTIFY_POSITIVE,
                      note);
}

/* The regime of the mean dynamics and, in the low one, eta*_t, with the error of its state put
 * through: of Delta too, whose sign a gap of a few ulps does not tell. */
static regime critical_step_at(const quadratic *q, double t, critical_step *found) {
  quadratic *state = two_phases_state(q, t);
  if (state == NULL)
    return REGIME_UNDECIDED;
  double worst = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    double error;
    const double square = two_phases_square(q, i, t, &error);
    worst = fmax(worst, error / square);
  }
  one_step_moments m;
  one_step_moments_of(state, &m);
  regime side = REGIME_UNDECIDED;
  if (critical_step_of(&m, found) == GSL_SUCCESS) {
    const double terms = m.square_gap + m.vd / m.d0 + m.vb / m.b0;
    if (fabs(found->delta) > found->delta_error + 2.0 * worst * terms)
      side = found->regime;
    if (side == REGIME_LOW)
      found->eta_star_error += 2.0 * worst * found->eta_star * (1.0 + terms / found->delta);
  }
  quadratic_free(state);
  return side;
}

/* (e) the critical step of the mean dynamics is above eta while it falls, below while it rises, and
 * at rest it is eta. */
static verdict check_crossing(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  double times[TIMES_MOST];
  const size_t count = sample_times(q, two_phases_turn(q), times);
  size_t decided = 0;
  for (size_t n = 0; n < count; n++) {
    critical_step found;
    const regime side = critical_step_at(q, times[n], &found);
    const bool low = side == REGIME_LOW;
    if (side == REGIME_UNDECIDED)
      continue;
    if (low && fabs(found.eta_star - q->eta) <= found.eta_star_error)
      continue;
    const certified_sign sign = change_sign(q, times[n]);
    const bool above = !low || found.eta_star > q->eta;
    if ((sign == SIGN_NEGATIVE) != above) {
      claim_note_set(note, "step %.0f: eta*_t = %a, eta = %a, but the change has sign %s", times[n],
                     low ? found.eta_star : INFINITY, q->eta, certified_sign_name(sign));
      return VERDICT_FAILS;
    }
    decided++;
  }
  critical_step rest;
  const regime at_rest = critical_step_at(q, 0x1p60, &rest);
  if (at_rest == REGIME_UNDECIDED)
    return VERDICT_UNDECIDED;
  if (at_rest != REGIME_LOW ||
      fabs(rest.eta_star - q->eta) > rest.eta_star_error + 4.0 * ROUNDING_UNIT * q->eta) {
    claim_note_set(note, "at rest the critical step is %a, not eta = %a", rest.eta_star, q->eta);
    return VERDICT_FAILS;
  }
  return decided > 0 ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

/* The closed form, in doubles, against the recursion iterated step by step in ball arithmetic. */
static verdict check_recursion(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  static const unsigned long steps[] = {1, 2, 7, 40};
  for (size_t n = 0; n < sizeof steps / sizeof *steps; n++) {
    const exact_run run = {q, steps[n]};
    const double truth[2] = {certified_value_of(exact_run_iterated_bulk, &run),
                             certified_value_of(exact_run_iterated_dominant, &run)};
    double value[2] = {0.0, 0.0}, error[2] = {0.0, 0.0};
    for (size_t i = 0; i < q->d; i++) {
      double one;
      value[i < q->k] += two_phases_square(q, i, (double)steps[n], &one);
      error[i < q->k] += one;
    }
    for (int side = 0; side < 2; side++)
      if (!(fabs(value[side] - truth[side]) <=
            error[side] + rounding_gamma(q->d + 2) * truth[side])) {
        claim_note_set(note, "step %lu: %a, iterated %a", steps[n], value[side], truth[side]);
        return VERDICT_FAILS;
      }
  }
  return VERDICT_HOLDS;
}
/* end region: conclusions */

static bool is_noise_positive(const void *instance) {
  two_phases_hypotheses h;
  two_phases_check(instance, &h);
  return h.positive_noise;
}

static bool is_stable(const void *instance) {
  return exact_run_is_stable(instance);
}

static bool is_start_large(const void *instance) {
  return exact_run_has_large_start(instance);
}

static bool is_step_constant(const void *instance) {
  return ((const quadratic *)instance)->switch_step == 0;
}

static bool has_no_first_phase(const void *instance) {
  return two_phases_turn(instance) == 0.0;
}

static bool turns_soon(const void *instance) {
  const double turn = two_phases_turn(instance);
  return turn >= 1.0 && turn <= 100.0;
}

static bool turns_late(const void *instance) {
  return two_phases_turn(instance) > 100.0;
}

static quadratic *run_of(double lambda_dominant, double lambda_bulk, double g_bulk,
                         double v_dominant, double eta) {
  return quadratic_literal(2, 1, (const double[]){lambda_dominant, lambda_bulk},
                           (const double[]){20, g_bulk}, (const double[]){v_dominant, 1}, eta);
}

static void *not_the_top(void) {
  return run_of(1, 10, 20, 1, 1.0 / 20);
}

static void *step_near_instability(void) {
  return run_of(10, 1, 20, 1, 19.0 / 100);
}

static void *small_start(void) {
  return run_of(10, 1, 0.1, 1, 1.0 / 20);
}

static void *quiet_dominant(void) {
  return run_of(10, 1, 20, 0, 1.0 / 20);
}

static void *quiet_bulk(void) {
  quadratic *q = run_of(10, 1, 20, 1, 1.0 / 20);
  if (q != NULL)
    q->v[1] = 0.0;
  return q;
}

static void *step_falls(void) {
  quadratic *q = run_of(10, 1, 20, 1, 1.0 / 20);
  if (q != NULL) {
    q->switch_step = 20;
    q->eta_late = 1.0 / 100;
  }
  return q;
}

/* Stable still, and from a large start. */
static bool violate_gap(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const bool done = quadratic_violate_gap(q, rng);
  double top = 0.0;
  for (size_t i = 0; i < q->d; i++)
    top = fmax(top, q->lambda[i]);
  q->eta = random_uniform(rng, 0.05, 0.95) / top;
  quadratic_make_start_large(q, rng);
  return done;
}

/* The two ways of missing noise, each false where it is the case. */
static bool is_dominant_not_quiet(const void *instance) {
  const quadratic *q = instance;
  for (size_t i = 0; i < q->d; i++)
    if ((q->v[i] == 0.0) != (i < q->k))
      return true;
  return false;
}

static bool is_bulk_not_quiet(const void *instance) {
  const quadratic *q = instance;
  bool quiet = false;
  for (size_t i = 0; i < q->d; i++) {
    if (i < q->k && q->v[i] == 0.0)
      return true;
    quiet = quiet || q->v[i] == 0.0;
  }
  return !quiet;
}

/* No noise in one bulk direction, or in all of them. */
static bool violate_bulk_noise(void *instance, gsl_rng *rng) {
  quadratic *q = instance;
  const size_t pick = random_index(rng, q->k, q->d - 1);
  const bool all = random_chance(rng, 0.5);
  for (size_t i = q->k; i < q->d; i++)
    if (all || i == pick)
      q->v[i] = 0.0;
  return true;
}

static const hypothesis hypotheses[] = {
    {"gap",
     "The dominant set is the top $k$: $\\lambda_k>\\lambda_{k+1}$.",
     quadratic_has_gap,
     {not_the_top, "at_most_one_turn",
      "$\\lambda=(1,10)$ with the flat direction called dominant, $g=(20,20)$, $v=(1,1)$, "
      "$\\eta=1/20$: the alignment rises for seven steps and then falls for ever.",
      violate_gap}},
    {"stable_step",
     "$0<\\eta<2/(\\lambda_1+\\lambda_{k+1})$.",
     is_stable,
     {step_near_instability, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(1,1)$, $\\eta=0.19\\in(2/11,2/10)$: the dominant "
      "direction is "
      "the slower one, and the alignment rises first and then falls.",
      quadratic_violate_stable_step}},
    {"large_start",
     "$g_i(0)^2>s_i$ for every $i$.",
     is_start_large,
     {small_start, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,1/10)$, $v=(1,1)$, $\\eta=1/20$: the bulk starts below its "
      "stationary "
      "level $1/39$, and the alignment falls to its limit from above, without a turn.",
      quadratic_violate_large_start}},
    {"positive_noise",
     "$v_i>0$ for every $i$.",
     is_noise_positive,
     {quiet_dominant, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(0,1)$, $\\eta=1/20$: $\\alpha_\\infty=0$, and the "
      "alignment "
      "never rises.",
      NULL}},
    {"constant_step",
     "The step size is the same at every step.",
     is_step_constant,
     {step_falls, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(1,1)$, $\\eta=1/20$ for twenty steps and $1/100$ from "
      "then "
      "on: falling, rising, falling again, rising again.",
      quadratic_violate_constant_step}},
    {0}};

static const conclusion conclusions[] = {
    {"at_most_one_turn",
     "(a) at all $t$: by falling bases the coefficients of the exponential sum "
     "$D_{t+1}B_t-D_tB_{t+1}$ are $+\\cdots+-\\cdots-$, so it has at most one zero",
     check_one_turn, DECIDED_BY_SIGN, NULL},
    {"sum_is_the_change",
     "that sum is the recursion's $D_{t+1}B_t-D_tB_{t+1}$ at all $t$: rationals, at as many steps "
     "as "
     "there are bases, in up to 4 directions",
     check_identity, DECIDED_BY_SIGN, NULL},
    {"turn_is_certified", "$t_1$: the sum is negative at $t_1-1$, not negative at $t_1$",
     check_certified_turn, DECIDED_BY_SIGN, NULL},
    {"first_phase_below_critical_step",
     "(b) it falls first exactly when $\\eta<\\eta^*_0$, and from every start beyond $R_0$",
     check_first_phase, DECIDED_BY_SIGN, NULL},
    {"limit_from_below",
     "(c) $\\hat\\alpha_t<\\alpha_\\infty$ at $t_1$ and, the sum $S_DB_t-S_BD_t$ being ordered "
     "too, "
     "at all $t\\ge t_1$; all $\\rho_i<1$",
     check_limit, DECIDED_BY_SIGN, NULL},
    {"limit_bound", "(d) $\\alpha_\\infty/(1-\\alpha_\\infty)>m\\sum_{i\\le k}v_i/\\sum_{i>k}v_i$",
     check_bound, DECIDED_BY_SIGN, NULL},
    {"signs_at_sampled_steps",
     "certified signs of $\\hat\\alpha_{t+1}-\\hat\\alpha_t$ at up to 80 steps are "
     "$-\\cdots-(0)+\\cdots+$",
     check_sampled_signs, DECIDED_BY_BOUND, NULL},
    {"turn_is_where_computed", "the computed $t_1$ is the certified one", check_turn,
     DECIDED_BY_BOUND, NULL},
    {"computed_first_phase", "(b) with the computed $\\eta^*_0$ and $R_0$",
     check_computed_first_phase, DECIDED_BY_BOUND, NULL},
    {"computed_limit", "(c) at sampled steps after the computed turn, and in the end",
     check_computed_limit, DECIDED_BY_BOUND, NULL},
    {"critical_step_crosses",
     "(e) $\\eta<\\eta^*_t$ while it falls, $\\eta>\\eta^*_t$ while it rises, "
     "$\\eta^*=\\eta$ at rest",
     check_crossing, DECIDED_BY_BOUND, NULL},
    {"closed_form_is_recursion", "the closed form of $q_i(t)$ is the recursion, iterated",
     check_recursion, DECIDED_BY_BOUND, NULL},
    {0}};

static const coverage coverages[] = {{"no first phase", 0.05, has_no_first_phase},
                                     {"turn within 100 steps", 0.10, turns_soon},
                                     {"turn after 100 steps", 0.10, turns_late},
                                     {"condition below 1e3", 0.05, quadratic_is_condition_low},
                                     {"condition 1e3 to 1e6", 0.05, quadratic_is_condition_middle},
                                     {"condition 1e6 to 1e9", 0.05, quadratic_is_condition_high},
                                     {"condition above 1e9", 0.05, quadratic_is_condition_extreme},
                                     {"gap ratio below 1.001", 0.05, quadratic_is_tiny_gap},
                                     {"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {"one bulk direction", 0.05, quadratic_is_one_bulk},
                                     {"more than 100 directions", 0.01, quadratic_is_large},
                                     {"anisotropic noise", 0.10, quadratic_is_anisotropic},
                                     {0}};

static const further_ablation further[] = {
    {"positive_noise",
     "dominant",
     "$v_i>0$ for some $i\\le k$.",
     is_dominant_not_quiet,
     NULL,
     {quiet_dominant, "at_most_one_turn",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(0,1)$, $\\eta=1/20$: $\\alpha_\\infty=0$, and the "
      "alignment never rises.",
      quadratic_violate_dominant_noise}},
    {"positive_noise",
     "bulk",
     "$v_i>0$ for every $i>k$.",
     is_bulk_not_quiet,
     NULL,
     {quiet_bulk, "limit_bound",
      "$\\lambda=(10,1)$, $g=(20,20)$, $v=(1,0)$, $\\eta=1/20$: $\\alpha_\\infty=1$, and both "
      "sides of (d) are infinite. Nothing else is lost: (a) to (c) and their proofs need noise in "
      "the dominant set and $g_i(0)^2>s_i$, no noise in the bulk.",
      violate_bulk_noise}},
    {0}};

const claim two_phases_claim = {
    .id = "T4",
    .stem = "two_phases",
    .title = "Two phases at a constant step",
    .statement =
        "From a large start at a constant step $0<\\eta<2/(\\lambda_1+\\lambda_{k+1})$ the "
        "mean-field alignment $\\hat\\alpha_t$ turns at most once, from falling to rising, and "
        "tends from below to $\\alpha_\\infty=\\sum_{i\\le k}s_i/\\sum_i s_i$.",
    .source = "abstract of arXiv:2601.11789: two-phase behaviour from a large initialization",
    .figure = "two_phases",
    .uses = "T1",
    .family = &quadratic_family,
    .generate = generate,
    .trials = 600,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
    .further = further,
    .is_defined = quadratic_has_gradient,
};
