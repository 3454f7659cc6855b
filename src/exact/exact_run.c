#include "exact/exact_run.h"

/* What a step of size eta does to E g_i^2: rho = (1 - eta lambda_i)^2, gain = (eta lambda_i)^2 v_i.
 */
static void step_of(arb_t rho, arb_t gain, const quadratic *q, size_t i, double eta,
                    slong precision) {
  arb_t term;
  arb_init(term);
  arb_set_d(rho, eta);
  arb_set_d(term, q->lambda[i]);
  arb_mul(rho, rho, term, precision);
  arb_sqr(gain, rho, precision);
  arb_set_d(term, q->v[i]);
  arb_mul(gain, gain, term, precision);
  arb_sub_si(rho, rho, 1, precision);
  arb_sqr(rho, rho, precision);
  arb_clear(term);
}

/* s_i = gain / (1 - rho) */
static void rest_of(arb_t rest, const arb_t rho, const arb_t gain, slong precision) {
  arb_t one_less;
  arb_init(one_less);
  arb_sub_si(one_less, rho, 1, precision);
  arb_neg(one_less, one_less);
  arb_div(rest, gain, one_less, precision);
  arb_clear(one_less);
}

/* value = rho^t (value - rest) + rest at the given step size. */
static void advance(arb_t value, const quadratic *q, size_t i, double eta, unsigned long t,
                    slong precision) {
  arb_t rho, gain, rest;
  arb_init(rho);
  arb_init(gain);
  arb_init(rest);
  step_of(rho, gain, q, i, eta, precision);
  rest_of(rest, rho, gain, precision);
  arb_sub(value, value, rest, precision);
  arb_pow_ui(rho, rho, t, precision);
  arb_mul(value, value, rho, precision);
  arb_add(value, value, rest, precision);
  arb_clear(rho);
  arb_clear(gain);
  arb_clear(rest);
}

static void square_of(arb_t value, const exact_run *run, size_t i, slong precision) {
  const quadratic *q = run->q;
  arb_set_d(value, q->g[i]);
  arb_sqr(value, value, precision);
  if (q->switch_step == 0 || run->t <= q->switch_step)
    advance(value, q, i, q->eta, run->t, precision);
  else {
    advance(value, q, i, q->eta, q->switch_step, precision);
    advance(value, q, i, q->eta_late, run->t - q->switch_step, precision);
  }
}

void exact_run_moments(arb_t dominant, arb_t bulk, const exact_run *run, slong precision) {
  arb_t value;
  arb_init(value);
  arb_zero(dominant);
  arb_zero(bulk);
  for (size_t i = 0; i < run->q->d; i++) {
    square_of(value, run, i, precision);
    if (i < run->q->k)
      arb_add(dominant, dominant, value, precision);
    else
      arb_add(bulk, bulk, value, precision);
  }
  arb_clear(value);
}

void exact_run_iterated(arb_t dominant, arb_t bulk, const exact_run *run, slong precision) {
  const quadratic *q = run->q;
  arb_t value, rho, gain;
  arb_init(value);
  arb_init(rho);
  arb_init(gain);
  arb_zero(dominant);
  arb_zero(bulk);
  for (size_t i = 0; i < q->d; i++) {
    arb_set_d(value, q->g[i]);
    arb_sqr(value, value, precision);
    for (unsigned long t = 0; t < run->t; t++) {
      if (t == 0 || t == q->switch_step)
        step_of(rho, gain, q, i, q->switch_step > 0 && t >= q->switch_step ? q->eta_late : q->eta,
                precision);
      arb_mul(value, value, rho, precision);
      arb_add(value, value, gain, precision);
    }
    if (i < q->k)
      arb_add(dominant, dominant, value, precision);
    else
      arb_add(bulk, bulk, value, precision);
  }
  arb_clear(value);
  arb_clear(rho);
  arb_clear(gain);
}

void exact_run_iterated_dominant(arb_t value, const void *argument, slong precision) {
  arb_t other;
  arb_init(other);
  exact_run_iterated(value, other, argument, precision);
  arb_clear(other);
}

void exact_run_iterated_bulk(arb_t value, const void *argument, slong precision) {
  arb_t other;
  arb_init(other);
  exact_run_iterated(other, value, argument, precision);
  arb_clear(other);
}

void exact_run_change(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument;
  const exact_run next = {run->q, run->t + 1};
  arb_t dominant, bulk, next_dominant, next_bulk;
  arb_init(dominant);
  arb_init(bulk);
  arb_init(next_dominant);
  arb_init(next_bulk);
  exact_run_moments(dominant, bulk, run, precision);
  exact_run_moments(next_dominant, next_bulk, &next, precision);
  arb_mul(value, next_dominant, bulk, precision);
  arb_submul(value, dominant, next_bulk, precision);
  arb_clear(dominant);
  arb_clear(bulk);
  arb_clear(next_dominant);
  arb_clear(next_bulk);
}

void exact_run_iterated_change(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument;
  const exact_run next = {run->q, run->t + 1};
  arb_ptr t = _arb_vec_init(4);
  exact_run_iterated(t, t + 1, run, precision);
  exact_run_iterated(t + 2, t + 3, &next, precision);
  arb_mul(value, t + 2, t + 1, precision);
  arb_submul(value, t, t + 3, precision);
  _arb_vec_clear(t, 4);
}

/* value = (rho/scale)^t, through logarithms; scale > 0.  0^0 = 1. */
static void ratio_power(arb_t value, const arb_t rho, const arb_t scale, const fmpz *t,
                        slong precision) {
  if (fmpz_is_zero(t)) {
    arb_one(value);
    return;
  }
  if (arb_is_zero(rho)) {
    arb_zero(value);
    return;
  }
  arb_div(value, rho, scale, precision);
  arb_log(value, value, precision);
  arb_mul_fmpz(value, value, t, precision);
  arb_exp(value, value, precision);
}

/* Sums over each set, [0] bulk, [1] dominant, with r = rho/rho_d: s, c (1-rho) r^t, c r^t and
 * c rho r^t; in the dominant set the last two have rho^t instead of r^t where `plain`. */
enum { RESTS, SHRINKS, STARTS, BASES, SUMS };

static void scaled_sums(arb_ptr sum[2], const exact_late_run *run, bool plain, slong bits) {
  const quadratic *q = run->q;
  enum { RHO, GAIN, REST, EXCESS, SLOWEST, ONE, RATIO, DECAY, TERM, TEMPORARIES };
  arb_ptr t = _arb_vec_init(TEMPORARIES);
  arb_one(t + ONE);
  step_of(t + SLOWEST, t + GAIN, q, q->d - 1, q->eta, bits);
  for (size_t i = 0; i < q->d; i++) {
    const int set = i < q->k;
    step_of(t + RHO, t + GAIN, q, i, q->eta, bits);
    rest_of(t + REST, t + RHO, t + GAIN, bits);
    arb_add(sum[set] + RESTS, sum[set] + RESTS, t + REST, bits);
    arb_set_d(t + EXCESS, q->g[i]);
    arb_sqr(t + EXCESS, t + EXCESS, bits);
    arb_sub(t + EXCESS, t + EXCESS, t + REST, bits);
    ratio_power(t + RATIO, t + RHO, t + SLOWEST, run->t, bits);
    if (set && plain)
      ratio_power(t + DECAY, t + RHO, t + ONE, run->t, bits);
    else
      arb_set(t + DECAY, t + RATIO);
    arb_sub(t + TERM, t + ONE, t + RHO, bits);
    arb_mul(t + TERM, t + TERM, t + EXCESS, bits);
    arb_addmul(sum[set] + SHRINKS, t + TERM, t + RATIO, bits);
    arb_mul(t + TERM, t + EXCESS, t + DECAY, bits);
    arb_add(sum[set] + STARTS, sum[set] + STARTS, t + TERM, bits);
    arb_addmul(sum[set] + BASES, t + TERM, t + RHO, bits);
  }
  _arb_vec_clear(t, TEMPORARIES);
}

static slong bits_for(const exact_late_run *run, slong precision) {
  return precision + 64 + (slong)fmpz_bits(run->t);
}

void exact_run_late_change(arb_t value, const void *argument, slong precision) {
  const exact_late_run *run = argument;
  const slong bits = bits_for(run, precision);
  arb_ptr sum[2] = {_arb_vec_init(SUMS), _arb_vec_init(SUMS)};
  scaled_sums(sum, run, true, bits);
  /* S_D sum_B - S_B sum_D - sum_ij c_i c_j (rho_j - rho_i) rho_i^t r_j^t */
  arb_mul(value, sum[1] + RESTS, sum[0] + SHRINKS, bits);
  arb_submul(value, sum[0] + RESTS, sum[1] + SHRINKS, bits);
  arb_submul(value, sum[1] + STARTS, sum[0] + BASES, bits);
  arb_addmul(value, sum[1] + BASES, sum[0] + STARTS, bits);
  for (int set = 0; set < 2; set++)
    _arb_vec_clear(sum[set], SUMS);
}

void exact_run_scaled_change(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument;
  fmpz_t t;
  fmpz_init_set_ui(t, run->t);
  const exact_late_run late = {run->q, t};
  exact_run_late_change(value, &late, precision);
  fmpz_clear(t);
}

void exact_run_late_below_limit(arb_t value, const void *argument, slong precision) {
  const exact_late_run *run = argument;
  const slong bits = bits_for(run, precision);
  arb_ptr sum[2] = {_arb_vec_init(SUMS), _arb_vec_init(SUMS)};
  scaled_sums(sum, run, false, bits);
  arb_mul(value, sum[1] + RESTS, sum[0] + STARTS, bits);
  arb_submul(value, sum[0] + RESTS, sum[1] + STARTS, bits);
  for (int set = 0; set < 2; set++)
    _arb_vec_clear(sum[set], SUMS);
}

void exact_run_least_shrink(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  arb_ptr t = _arb_vec_init(2);
  for (size_t i = 0; i < q->d; i++) {
    step_of(t, t + 1, q, i, q->eta, precision);
    arb_sub_si(t, t, 1, precision);
    arb_neg(t, t);
    if (i == 0)
      arb_set(value, t);
    else
      arb_min(value, value, t, precision);
  }
  _arb_vec_clear(t, 2);
}

void exact_run_least_gap(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  enum { RHO, GAIN, DOMINANT, TEMPORARIES };
  arb_ptr t = _arb_vec_init(TEMPORARIES); /* rho_i >= 0: the largest starts at 0 */
  for (size_t i = 0; i < q->d; i++) {
    step_of(t + RHO, t + GAIN, q, i, q->eta, precision);
    if (i < q->k)
      arb_max(t + DOMINANT, t + DOMINANT, t + RHO, precision);
    else if (i == q->k)
      arb_set(value, t + RHO);
    else
      arb_min(value, value, t + RHO, precision);
  }
  arb_sub(value, value, t + DOMINANT, precision);
  _arb_vec_clear(t, TEMPORARIES);
}

void exact_run_least_noise(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  double least = q->v[0];
  for (size_t i = 1; i < q->d; i++)
    least = q->v[i] < least ? q->v[i] : least;
  arb_set_d(value, least);
  arb_set_round(value, value, precision);
}

static void rest_sums(arb_t dominant, arb_t bulk, const quadratic *q, slong precision) {
  arb_t rho, gain, rest;
  arb_init(rho);
  arb_init(gain);
  arb_init(rest);
  arb_zero(dominant);
  arb_zero(bulk);
  for (size_t i = 0; i < q->d; i++) {
    step_of(rho, gain, q, i, q->eta, precision);
    rest_of(rest, rho, gain, precision);
    if (i < q->k)
      arb_add(dominant, dominant, rest, precision);
    else
      arb_add(bulk, bulk, rest, precision);
  }
  arb_clear(rho);
  arb_clear(gain);
  arb_clear(rest);
}

void exact_run_below_limit(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument;
  arb_t dominant, bulk, rest_dominant, rest_bulk;
  arb_init(dominant);
  arb_init(bulk);
  arb_init(rest_dominant);
  arb_init(rest_bulk);
  exact_run_moments(dominant, bulk, run, precision);
  rest_sums(rest_dominant, rest_bulk, run->q, precision);
  arb_mul(value, rest_dominant, bulk, precision);
  arb_submul(value, rest_bulk, dominant, precision);
  arb_clear(dominant);
  arb_clear(bulk);
  arb_clear(rest_dominant);
  arb_clear(rest_bulk);
}

void exact_run_log_ratio(arb_t value, const void *argument, slong precision) {
  arb_t bulk;
  arb_init(bulk);
  exact_run_moments(value, bulk, argument, precision);
  arb_div(value, value, bulk, precision);
  arb_log(value, value, precision);
  arb_clear(bulk);
}

void exact_run_limit_bound(arb_t value, const void *argument, slong precision) {
  const quadratic *q = ((const exact_run *)argument)->q;
  arb_t rest_dominant, rest_bulk, noise, term;
  arb_init(rest_dominant);
  arb_init(rest_bulk);
  arb_init(noise);
  arb_init(term);
  rest_sums(rest_dominant, rest_bulk, q, precision);
  arb_zero(noise);
  for (size_t i = q->k; i < q->d; i++) {
    arb_set_d(term, q->v[i]);
    arb_add(noise, noise, term, precision);
  }
  arb_set_d(term, q->lambda[q->k]);
  arb_mul(noise, noise, term, precision);
  arb_mul(value, rest_dominant, noise, precision);
  arb_zero(noise);
  for (size_t i = 0; i < q->k; i++) {
    arb_set_d(term, q->v[i]);
    arb_add(noise, noise, term, precision);
  }
  arb_set_d(term, q->lambda[q->k - 1]);
  arb_mul(noise, noise, term, precision);
  arb_submul(value, rest_bulk, noise, precision);
  arb_clear(rest_dominant);
  arb_clear(rest_bulk);
  arb_clear(noise);
  arb_clear(term);
}

typedef struct {
  const quadratic *q;
  size_t i;
} direction;

/* (2 - eta lambda) g^2 - eta lambda v: dyadic, so its sign is exact. */
static void start_excess(arb_t value, const void *argument, slong precision) {
  const direction *at = argument;
  const quadratic *q = at->q;
  arb_t move, term;
  arb_init(move);
  arb_init(term);
  arb_set_d(move, q->eta);
  arb_set_d(term, q->lambda[at->i]);
  arb_mul(move, move, term, precision);
  arb_set_d(term, q->v[at->i]);
  arb_mul(value, move, term, precision);
  arb_neg(value, value);
  arb_sub_si(move, move, 2, precision);
  arb_neg(move, move);
  arb_set_d(term, q->g[at->i]);
  arb_sqr(term, term, precision);
  arb_addmul(value, move, term, precision);
  arb_clear(move);
  arb_clear(term);
}

void exact_run_least_excess(arb_t value, const void *argument, slong precision) {
  const quadratic *q = argument;
  arb_t excess;
  arb_init(excess);
  for (size_t i = 0; i < q->d; i++) {
    const direction at = {q, i};
    start_excess(excess, &at, precision);
    if (i == 0)
      arb_set(value, excess);
    else
      arb_min(value, value, excess, precision);
  }
  arb_clear(excess);
}

/* 2 - eta (lambda_first + lambda_second) */
typedef struct {
  double eta, first, second;
} edge;

static void edge_distance(arb_t value, const void *argument, slong precision) {
  const edge *at = argument;
  arb_t term;
  arb_init(term);
  arb_set_d(value, at->first);
  arb_set_d(term, at->second);
  arb_add(value, value, term, precision);
  arb_set_d(term, at->eta);
  arb_mul(value, value, term, precision);
  arb_sub_si(value, value, 2, precision);
  arb_neg(value, value);
  arb_clear(term);
}

bool exact_run_has_large_start(const quadratic *q) {
  for (size_t i = 0; i < q->d; i++) {
    const edge own = {q->eta, q->lambda[i], 0.0};
    const direction at = {q, i};
    if (!(q->eta > 0.0) || certified_sign_of(edge_distance, &own) != SIGN_POSITIVE ||
        certified_sign_of(start_excess, &at) != SIGN_POSITIVE)
      return false;
  }
  return true;
}

bool exact_run_is_stable(const quadratic *q) {
  double dominant = 0.0, bulk = 0.0;
  for (size_t i = 0; i < q->d; i++) {
    if (i < q->k)
      dominant = q->lambda[i] > dominant ? q->lambda[i] : dominant;
    else
      bulk = q->lambda[i] > bulk ? q->lambda[i] : bulk;
  }
  const edge both = {q->eta, dominant, bulk};
  return q->eta > 0.0 && certified_sign_of(edge_distance, &both) == SIGN_POSITIVE;
}
