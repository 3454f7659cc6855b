#include "config.h"
#include "claims/two_phases.h"

#include <math.h>
#include <gsl/gsl_cblas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sort.h>
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

/* A number with a bound on its absolute error; where it is a factor or a term, not negative. */
typedef struct {
  double value, error;
} bounded;

static bounded product(bounded a, bounded b) {
  return (bounded){a.value * b.value, a.error * b.value + (a.value + a.error) * b.error};
}

static void add(bounded *sum, bounded term) {
  sum->value += term.value;
  sum->error += term.error;
}

double two_phases_log_rho(const quadratic *q, size_t i, double *error) {
  const double move = q->eta * q->lambda[i];
  const double value = 2.0 * (move < 1.0 ? log1p(-move) : log(move - 1.0));
  if (error != NULL)
    *error = ROUNDING_UNIT * (4.0 * fabs(value) + 4.0 * move / fabs(1.0 - move));
  return value;
}

static bounded log_rho(const quadratic *q, size_t i) {
  bounded result;
  result.value = two_phases_log_rho(q, i, &result.error);
  return result;
}

/* The base to the power t >= 0, from its logarithm: 1 at t = 0 even where that is -INFINITY. */
static bounded power(bounded log_base, double t) {
  if (t == 0.0)
    return (bounded){1.0, 0.0};
  const double value = exp(t * log_base.value);
  return (bounded){value, value > 0.0 ? value * (t * log_base.error + 8.0 * ROUNDING_UNIT) : 0.0};
}

/* region: closed_form */
double two_phases_square(const quadratic *q, size_t i, double t, double *error) {
  const bounded base = log_rho(q, i), decay = power(base, t);
  const double rise = t > 0.0 ? -expm1(t * base.value) : 0.0;
  const double start = q->g[i] * q->g[i], rest = quadratic_stationary(q, i);
  if (error != NULL) {
    const double in_rest = (12.0 + 4.0 / (2.0 - q->eta * q->lambda[i])) * ROUNDING_UNIT;
    *error = start * decay.error + rest * (decay.error + rise * in_rest);
  }
  return start * decay.value + rest * rise;
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
  return part[1] / (part[0] + part[1]); /* 0/0 without noise */
}

void two_phases_check(const quadratic *q, two_phases_hypotheses *out) {
  out->stable = exact_run_is_stable(q);
  out->large_start = exact_run_has_large_start(q);
  out->positive_noise = true;
  for (size_t i = 0; i < q->d; i++)
    out->positive_noise = out->positive_noise && q->v[i] > 0.0;
}

/* --- the turn ------------------------------------------------------------------------------- */

/* region: turn */
/* As an exponential sum (theory: the proof of (a)), with c_i = g_i^2 - s_i.  All four products are
 * of non-negative sums; the differences of bases are factored, so that nothing cancels but c_i
 * itself. */
double two_phases_scaled_change(const quadratic *q, double t, double *error) {
  const double eta = q->eta, top = q->lambda[q->k]; /* the sharpest bulk direction, k + 1 */
  const bounded slowest = log_rho(q, q->d - 1);
  /* [0] the bulk, [1] the dominant set: sums of s, of c (1 - rho) r^t, c p and c |rho - rho_{k+1}|
   * p, where r = rho/rho_d and p = rho^t in the dominant set, r^t in the bulk. */
  bounded rest[2] = {{0}}, shrink[2] = {{0}}, start[2] = {{0}}, apart[2] = {{0}};
  for (size_t i = 0; i < q->d; i++) {
    const bool dominant = i < q->k;
    const double lambda = q->lambda[i], move = eta * lambda;
    const double level = quadratic_stationary(q, i), square = q->g[i] * q->g[i];
    const bounded excess = {fmax(square - level, 0.0),
                            8.0 * ROUNDING_UNIT * (square + level * (1.0 + 1.0 / (2.0 - move)))};
    const bounded base = log_rho(q, i);
    const bounded ratio =
        power((bounded){base.value - slowest.value, base.error + slowest.error}, t);
    const bounded term = product(excess, dominant ? power(base, t) : ratio);
    const double ahead = dominant ? lambda - top : top - lambda;
    const double gap = eta * ahead * (2.0 - eta * (lambda + top));
    rest[dominant].value += level;
    add(&shrink[dominant], product((bounded){move * (2.0 - move), 0.0}, product(excess, ratio)));
    add(&start[dominant], term);
    add(&apart[dominant], product((bounded){gap, 0.0}, term));
  }
  const bounded rise = product(rest[1], shrink[0]);
  bounded fall = product(rest[0], shrink[1]);
  add(&fall, product(start[1], apart[0]));
  add(&fall, product(apart[1], start[0]));
  if (error != NULL)
    *error = rise.error + fall.error +
             rounding_gamma(2 * q->d + 32) * (rise.value + fall.value) *
                 (1.0 + 2.0 / fabs(2.0 - eta * (q->lambda[0] + top)));
  return rise.value - fall.value;
}

double two_phases_turn(const quadratic *q) {
  if (two_phases_scaled_change(q, 0.0, NULL) >= 0.0)
    return 0.0;
  if (!two_phases_rises_in_the_end(q))
    return TWO_PHASES_NO_TURN;
  double turn = 1.0;
  while (two_phases_scaled_change(q, turn, NULL) < 0.0) {
    if (turn >= 0x1p52)
      return TWO_PHASES_NO_TURN;
    turn *= 2.0;
  }
  /* It falls at half of that: turn/2 has been tried. */
  for (double step = 0.25 * turn; step >= 1.0; step *= 0.5)
    if (two_phases_scaled_change(q, turn - step, NULL) >= 0.0)
      turn -= step;
  return turn;
}
/* end region: turn */

bool two_phases_turn_is_certain(const quadratic *q, double turn) {
  for (double t = fmax(turn - 1.0, 0.0); t <= turn; t++) {
    double error;
    const double change = two_phases_scaled_change(q, t, &error);
    if (!(fabs(change) > error))
      return false;
  }
  return true;
}

double two_phases_start_threshold(const quadratic *q) {
  one_step_moments m;
  one_step_moments_of(q, &m);
  const double noise = fmax(m.vd / m.d0 - m.vb / m.b0, 0.0);
  return sqrt(q->eta * noise / (2.0 * m.mean_gap - q->eta * m.square_gap));
}

bool two_phases_rises_in_the_end(const quadratic *q) {
  const double last = q->g[q->d - 1];
  return cblas_dasum((int)q->k, q->v, 1) > 0.0 && last * last > quadratic_stationary(q, q->d - 1);
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

size_t two_phases_sample_times(const quadratic *q, double turn,
                               double times[TWO_PHASES_TIMES_MOST]) {
  const double slowest = two_phases_log_rho(q, q->d - 1, NULL);
  const double latest = fmin(0x1p48, fmax(1400.0 / fabs(slowest), 4.0 * (turn + 64.0)));
  const int first = q->d <= 8 ? 24 : 5;
  double all[TWO_PHASES_TIMES_MOST];
  size_t count = 0, kept = 0;
  for (int t = 0; t < first; t++)
    all[count++] = t;
  for (int around = -3; turn >= 0.0 && around <= 3; around++)
    all[count++] = turn + around;
  for (double t = 4.0; t <= latest; t *= 4.0)
    all[count++] = t;
  gsl_sort(all, 1, count);
  for (size_t i = 0; i < count; i++)
    if (all[i] >= 0.0 && all[i] <= latest && (kept == 0 || all[i] > times[kept - 1]))
      times[kept++] = all[i];
  return kept;
}

/* Whether rho_d^t is above 2^-1000: there, and after another step size, the definition tells the
 * signs below, beyond it the scaled exponential sum. */
static bool is_near(const quadratic *q, double t) {
  return t * fabs(log_rho(q, q->d - 1).value) < 700.0 || q->switch_step > 0;
}

static certified_sign change_sign(const quadratic *q, double t) {
  const exact_run run = {q, (unsigned long)t};
  return certified_sign_of(is_near(q, t) ? exact_run_change : exact_run_scaled_change, &run);
}

/* Of alpha_oo - alpha_t. */
static certified_sign distance_sign(const quadratic *q, double t) {
  const exact_run run = {q, (unsigned long)t};
  fmpz_t step;
  fmpz_init_set_ui(step, run.t);
  const exact_late_run late = {q, step};
  const certified_sign sign = is_near(q, t) ? certified_sign_of(exact_run_below_limit, &run)
                                            : certified_sign_of(exact_run_late_below_limit, &late);
  fmpz_clear(step);
  return sign;
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
  if (fmpz_sgn(t) < 0) /* as if it fell before the start */
    return SIGN_NEGATIVE;
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
/* t_1 with certified signs, - at t_1 - 1 and 0 or + at t_1: from `guess` outwards in doubling
 * steps, then by bisection. */
bool two_phases_certified_turn(const quadratic *q, double guess, fmpz_t turn, claim_note *note) {
  fmpz_t falling, rising, at, stride;
  fmpz_init(falling);
  fmpz_init(rising);
  fmpz_init(at);
  fmpz_init_set_ui(stride, 1);
  fmpz_set_d(at, guess == TWO_PHASES_NO_TURN ? 0x1p52 : guess);
  bool has_falling = false, has_rising = false, found = false;
  while (!found) {
    const certified_sign sign = late_sign(q, at, note);
    if (sign == SIGN_UNDECIDED || fmpz_bits(at) > TWO_PHASES_TURN_BITS)
      break;
    fmpz_set(sign == SIGN_NEGATIVE ? falling : rising, at);
    has_falling = has_falling || sign == SIGN_NEGATIVE;
    has_rising = has_rising || sign != SIGN_NEGATIVE;
    if (has_falling && has_rising) {
      fmpz_add(at, falling, rising);
      fmpz_fdiv_q_2exp(at, at, 1);
      found = fmpz_equal(at, falling); /* nothing between them */
    } else {
      (has_falling ? fmpz_add : fmpz_sub)(at, at, stride);
      fmpz_mul_2exp(stride, stride, 1);
    }
  }
  if (found)
    fmpz_set(turn, rising);
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
enum { IDENTITY_DIMENSION_MOST = 4, IDENTITY_STEPS = 1 + 4 + 4 }; /* 1 + d + k (d - k) at most */

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
 * first steps as there can be bases decide all (Vandermonde). */
verdict two_phases_judge_sum(const quadratic *q, const quadratic *sum_of, claim_note *note) {
  if (q->d > IDENTITY_DIMENSION_MOST || q->switch_step > 0)
    return VERDICT_VACUOUS;
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
  for (unsigned long t = 0; t < IDENTITY_STEPS && v == VERDICT_HOLDS; t++) {
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
    rational_sum(next, sum_of, t);
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

static verdict check_identity(const void *instance, claim_note *note) {
  return two_phases_judge_sum(instance, instance, note);
}

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
  const bool found = two_phases_certified_turn(instance, two_phases_turn(instance), turn, note);
  fmpz_clear(turn);
  if (!found)
    claim_note_set(note, "no certified turn before 2^%d steps", TWO_PHASES_TURN_BITS);
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
  if (two_phases_certified_turn(q, two_phases_turn(q), turn, note)) {
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
  double times[TWO_PHASES_TIMES_MOST];
  const size_t count = two_phases_sample_times(q, two_phases_turn(q), times);
  bool tie = false, rising = false;
  for (size_t n = 0; n < count; n++) {
    const certified_sign sign = change_sign(q, times[n]);
    if (sign == SIGN_UNDECIDED)
      return VERDICT_UNDECIDED;
    if (sign != SIGN_POSITIVE && (rising || tie)) {
      claim_note_set(note, "the alignment turns again: sign %s at step %.0f",
                     certified_sign_name(sign), times[n]);
      return VERDICT_FAILS;
    }
    tie = tie || sign == SIGN_ZERO;
    rising = rising || sign == SIGN_POSITIVE;
  }
  if (!rising) {
    claim_note_set(note, "the alignment does not rise up to step %.0f", times[count - 1]);
    return two_phases_rises_in_the_end(q) ? VERDICT_UNDECIDED : VERDICT_FAILS;
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

verdict two_phases_judge_turn(const quadratic *q, double turn, claim_note *note) {
  verdict v = VERDICT_UNDECIDED;
  fmpz_t found;
  fmpz_init(found);
  if (two_phases_certified_turn(q, turn, found, note)) {
    const double certified = fmpz_get_d(found); /* exact up to 2^53 */
    if (turn == TWO_PHASES_NO_TURN ? certified > 0x1p52 : certified == turn)
      v = VERDICT_HOLDS;
    else if (turn != TWO_PHASES_NO_TURN && two_phases_turn_is_certain(q, turn)) {
      claim_note_set(note, "t_1 is computed as %.0f, certified at %.17g", turn, certified);
      v = VERDICT_FAILS;
    }
  }
  fmpz_clear(found);
  return v;
}

static verdict check_turn(const void *instance, claim_note *note) {
  return two_phases_judge_turn(instance, two_phases_turn(instance), note);
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

/* (c) as computed. */
verdict two_phases_judge_limit(const quadratic *q, double turn, double limit, claim_note *note) {
  double times[TWO_PHASES_TIMES_MOST];
  const size_t count = two_phases_sample_times(q, turn, times);
  for (size_t n = 0; n < count; n++) {
    if (times[n] < turn)
      continue;
    const certified_sign sign = distance_sign(q, times[n]);
    if (sign != SIGN_POSITIVE) {
      claim_note_set(note, "step %.0f: not below the limit (sign %s)", times[n],
                     certified_sign_name(sign));
      return sign == SIGN_UNDECIDED ? VERDICT_UNDECIDED : VERDICT_FAILS;
    }
  }
  const double quotient = two_phases_alignment(q, INFINITY) / limit;
  const double rounding =
      2.0 * (double)(3 * q->d + 8) * ROUNDING_UNIT / (2.0 - q->eta * q->lambda[0]);
  if (!(fabs(quotient - 1.0) <= rounding)) {
    claim_note_set(note, "in the end the alignment over its limit is %a", quotient);
    return VERDICT_FAILS;
  }
  return VERDICT_HOLDS;
}

static verdict check_computed_limit(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  const double turn = two_phases_turn(q);
  if (turn == TWO_PHASES_NO_TURN)
    return two_phases_rises_in_the_end(q) ? VERDICT_UNDECIDED : VERDICT_FAILS;
  if (!two_phases_turn_is_certain(q, turn))
    return VERDICT_UNDECIDED; /* "after the turn" is not known to the step */
  return two_phases_judge_limit(q, turn, two_phases_limit(q), note);
}

/* (d) */
static verdict check_bound(const void *instance, claim_note *note) {
  const exact_run run = {instance, 0};
  return certify_sign("alpha_oo less its bound", exact_run_limit_bound, &run, CERTIFY_POSITIVE,
                      note);
}

regime two_phases_critical_step(const quadratic *q, double t, critical_step *found) {
  quadratic *state = two_phases_state(q, t);
  if (state == NULL)
    return REGIME_UNDECIDED;
  double worst = 0.0; /* relative error of the squares */
  for (size_t i = 0; i < q->d; i++) {
    double error;
    const double square = two_phases_square(q, i, t, &error);
    worst = fmax(worst, error / square);
  }
  one_step_moments m;
  one_step_moments_of(state, &m);
  quadratic_free(state);
  if (critical_step_of(&m, found) != GSL_SUCCESS)
    return REGIME_UNDECIDED;
  const double terms = m.square_gap + m.vd / m.d0 + m.vb / m.b0;
  found->delta_error += 2.0 * worst * terms;
  found->eta_star_error += 2.0 * worst * found->eta_star * (1.0 + terms / found->delta);
  return fabs(found->delta) > found->delta_error ? found->regime : REGIME_UNDECIDED;
}

/* (e) the critical step of the mean dynamics is above eta while it falls, below while it rises, and
 * at rest it is eta. */
static verdict check_crossing(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  double times[TWO_PHASES_TIMES_MOST];
  const size_t count = two_phases_sample_times(q, two_phases_turn(q), times);
  size_t decided = 0;
  for (size_t n = 0; n < count; n++) {
    critical_step found;
    const regime side = two_phases_critical_step(q, times[n], &found);
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
  const regime at_rest = two_phases_critical_step(q, INFINITY, &rest);
  if (at_rest == REGIME_UNDECIDED)
    return VERDICT_UNDECIDED;
  if (!(fabs(rest.eta_star - q->eta) <= rest.eta_star_error)) { /* NaN in the high regime */
    claim_note_set(note, "at rest the critical step is %a, not eta = %a", rest.eta_star, q->eta);
    return VERDICT_FAILS;
  }
  return decided > 0 ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

/* The closed form, in doubles, against the recursion iterated step by step in ball arithmetic. */
verdict two_phases_judge_recursion(const quadratic *q, const quadratic *closed_of,
                                   claim_note *note) {
  static const unsigned long steps[] = {1, 2, 7, 40};
  for (size_t n = 0; n < sizeof steps / sizeof *steps; n++) {
    const exact_run run = {q, steps[n]};
    const double truth[2] = {certified_value_of(exact_run_iterated_bulk, &run),
                             certified_value_of(exact_run_iterated_dominant, &run)};
    double value[2] = {0.0, 0.0}, error[2] = {0.0, 0.0};
    for (size_t i = 0; i < q->d; i++) {
      double one;
      value[i < q->k] += two_phases_square(closed_of, i, (double)steps[n], &one);
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

static verdict check_recursion(const void *instance, claim_note *note) {
  return two_phases_judge_recursion(instance, instance, note);
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
      quadratic_violate_gap_of_run}},
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
