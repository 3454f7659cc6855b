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

/* value = (rho/scale)^t, through logarithms; scale > 0.  0^0 = 1. */
static void ratio_power(arb_t value, const arb_t rho, const arb_t scale, unsigned long t,
                        slong precision) {
  if (t == 0) {
    arb_one(value);
    return;
  }
  if (arb_is_zero(rho)) {
    arb_zero(value);
    return;
  }
  arb_div(value, rho, scale, precision);
  arb_log(value, value, precision);
  arb_mul_ui(value, value, t, precision);
  arb_exp(value, value, precision);
}

void exact_run_scaled_change(arb_t value, const void *argument, slong precision) {
  const exact_run *run = argument;
  const quadratic *q = run->q;
  const slong bits = precision + 64;
  enum { RHO, GAIN, REST, EXCESS, SLOWEST, ONE, RATIO, DECAY, TERM, TEMPORARIES };
  /* Sums over each set, [0] bulk, [1] dominant: s, c (1-rho) r^t, c r^t, c rho r^t, with r =
   * rho/rho_d in the bulk everywhere; in the dominant set the last two have rho^t instead. */
  enum { RESTS, SHRINKS, STARTS, BASES, SUMS };
  arb_t temporary[TEMPORARIES], sum[SUMS][2];
  for (int n = 0; n < TEMPORARIES; n++)
    arb_init(temporary[n]);
  for (int n = 0; n < SUMS; n++)
    for (int set = 0; set < 2; set++)
      arb_init(sum[n][set]);
  arb_one(temporary[ONE]);
  step_of(temporary[SLOWEST], temporary[GAIN], q, q->d - 1, q->eta, bits);
  for (size_t i = 0; i < q->d; i++) {
    const int set = i < q->k;
    step_of(temporary[RHO], temporary[GAIN], q, i, q->eta, bits);
    rest_of(temporary[REST], temporary[RHO], temporary[GAIN], bits);
    arb_add(sum[RESTS][set], sum[RESTS][set], temporary[REST], bits);
    arb_set_d(temporary[EXCESS], q->g[i]);
    arb_sqr(temporary[EXCESS], temporary[EXCESS], bits);
    arb_sub(temporary[EXCESS], temporary[EXCESS], temporary[REST], bits);
    ratio_power(temporary[RATIO], temporary[RHO], temporary[SLOWEST], run->t, bits);
    ratio_power(temporary[DECAY], temporary[RHO], set ? temporary[ONE] : temporary[SLOWEST], run->t,
                bits);
    arb_sub(temporary[TERM], temporary[ONE], temporary[RHO], bits);
    arb_mul(temporary[TERM], temporary[TERM], temporary[EXCESS], bits);
    arb_addmul(sum[SHRINKS][set], temporary[TERM], temporary[RATIO], bits);
    arb_mul(temporary[TERM], temporary[EXCESS], temporary[DECAY], bits);
    arb_add(sum[STARTS][set], sum[STARTS][set], temporary[TERM], bits);
    arb_addmul(sum[BASES][set], temporary[TERM], temporary[RHO], bits);
  }
  /* S_D sum_B - S_B sum_D - sum_ij c_i c_j (rho_j - rho_i) rho_i^t r_j^t */
  arb_mul(value, sum[RESTS][1], sum[SHRINKS][0], bits);
  arb_submul(value, sum[RESTS][0], sum[SHRINKS][1], bits);
  arb_submul(value, sum[STARTS][1], sum[BASES][0], bits);
  arb_addmul(value, sum[BASES][1], sum[STARTS][0], bits);
  for (int n = 0; n < TEMPORARIES; n++)
    arb_clear(temporary[n]);
  for (int n = 0; n < SUMS; n++)
    for (int set = 0; set < 2; set++)
      arb_clear(sum[n][set]);
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
