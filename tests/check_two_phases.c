/* T4: theory/two_phases, src/claims/two_phases. */
#include "config.h"
#include "support.h"

#include <math.h>
#include <string.h>
#include "claims/two_phases.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"
#include "families/quadratic_family.h"
#include "model/random.h"

/* --- the formulas of the chapter, in long doubles --------------------------------------------- */

#define UNIT 0x1p-53L

/* Five directions, two of them dominant, no two numbers alike: g = 64 (13, -17, 19, 23, -29). */
static quadratic *five(void) {
  quadratic *q = quadratic_literal(5, 2, (const double[]){11, 7, 5, 3, 2},
                                   (const double[]){832, -1088, 1216, 1472, -1856},
                                   (const double[]){31, 37, 41, 43, 47}, 1.0 / 16);
  ck_assert_ptr_nonnull(q);
  return q;
}

static long double log_rho_error(long double move) {
  const long double log_rho = 2 * logl(fabsl(1 - move));
  return UNIT * (4 * fabsl(log_rho) + 4 * move / fabsl(1 - move));
}

static void expect_ratio(double value, long double stated) {
  ck_assert_double_eq_tol((double)(value / stated), 1.0, 1e-9);
}

/* eta lambda below and above 1, and at it. */
START_TEST(test_log_rho) {
  static const double lambda[] = {3, 2.5, 1.5, 0.75, 0x1p-40};
  quadratic *q = quadratic_literal(5, 2, lambda, lambda, lambda, 0.5);
  double error;
  for (size_t i = 0; i < 5; i++) {
    const long double move = lambda[i] / 2.0L;
    expect_ratio(two_phases_log_rho(q, i, &error),
                 2 * log1pl(-move + (move > 1 ? 2 * move - 2 : 0)));
    expect_ratio(error, log_rho_error(move));
    ck_assert(two_phases_log_rho(q, i, NULL) == two_phases_log_rho(q, i, &error));
  }
  q->eta = 0.4;
  ck_assert(two_phases_log_rho(q, 1, NULL) == -INFINITY);
  quadratic_free(q);
}
END_TEST

START_TEST(test_square_and_its_bound) {
  quadratic *q = five();
  double error;
  for (size_t i = 0; i < 5; i++)
    for (int t = 0; t <= 12; t += 3) {
      const long double move = q->lambda[i] / 16.0L, rho = (1 - move) * (1 - move);
      const long double decay = powl(rho, t), start = (long double)q->g[i] * q->g[i];
      const long double rest = move * q->v[i] / (2 - move);
      expect_ratio(two_phases_square(q, i, t, &error), decay * (start - rest) + rest);
      if (t == 0)
        ck_assert(error == 0.0);
      else {
        const long double power = decay * (t * log_rho_error(move) + 8 * UNIT);
        expect_ratio(error,
                     start * power + rest * (power + (1 - decay) * (12 + 4 / (2 - move)) * UNIT));
      }
    }
  q->eta = 1.0 / 11; /* rho_1 = 0 within rounding, or 0: at once at s_1 = 31 */
  ck_assert(two_phases_square(q, 0, 0.0, &error) == 832.0 * 832.0);
  ck_assert(error == 0.0);
  ck_assert_double_eq_tol(two_phases_square(q, 0, 1.0, &error), 31.0, 1e-12);
  ck_assert(error > 0.0 && error < 1e-10);
  quadratic_free(q);
}
END_TEST

/* eta lambda_1 = 1 exactly: rho_1 = 0, whose powers are 1, 0, 0, ... */
START_TEST(test_dominant_base_zero) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){3, 5},
                                   (const double[]){2, 7}, 0.125);
  double error;
  ck_assert(two_phases_square(q, 0, 0.0, &error) == 9.0 && error == 0.0);
  ck_assert(two_phases_square(q, 0, 1.0, &error) == 2.0);
  ck_assert(error > 0.0 && error <= 2.0 * 17 * 0x1p-53);
  for (int t = 0; t < 3; t++) {
    const exact_run run = {q, (unsigned long)t};
    const double truth = certified_value_of(exact_run_scaled_change, &run);
    ck_assert_double_eq_tol(two_phases_scaled_change(q, t, &error), truth, error);
    ck_assert(error > 0.0 && error < 1e-11);
  }
  quadratic_free(q);
}
END_TEST

/* The scaled change against ball arithmetic, and its bound against the chapter's. */
static void expect_scaled_change(const quadratic *q, int t) {
  long double rest[2] = {0}, shrink[2] = {0}, start[2] = {0}, apart[2] = {0};
  long double shrink_error[2] = {0}, start_error[2] = {0}, apart_error[2] = {0};
  const long double eta = q->eta, top = eta * q->lambda[q->k];
  const long double slow = eta * q->lambda[q->d - 1];
  for (size_t i = 0; i < q->d; i++) {
    const int set = i < q->k;
    const long double move = eta * q->lambda[i], rho = (1 - move) * (1 - move);
    const long double level = move * q->v[i] / (2 - move);
    const long double square = (long double)q->g[i] * q->g[i], c = square - level;
    const long double c_error = 8 * UNIT * (square + level * (1 + 1 / (2 - move)));
    const long double scaled = powl(rho / ((1 - slow) * (1 - slow)), t);
    const long double p = set ? powl(rho, t) : scaled;
    const long double scaled_error =
        t > 0 ? scaled * (t * (log_rho_error(move) + log_rho_error(slow)) + 8 * UNIT) : 0;
    const long double p_error = !set    ? scaled_error
                                : t > 0 ? p * (t * log_rho_error(move) + 8 * UNIT)
                                        : 0;
    const long double apart_by = fabsl(rho - (1 - top) * (1 - top));
    rest[set] += level;
    shrink[set] += c * (1 - rho) * scaled;
    shrink_error[set] += (1 - rho) * (c_error * scaled + (c + c_error) * scaled_error);
    start[set] += c * p;
    start_error[set] += c_error * p + (c + c_error) * p_error;
    apart[set] += c * apart_by * p;
    apart_error[set] += apart_by * (c_error * p + (c + c_error) * p_error);
  }
  const long double rise = rest[1] * shrink[0];
  const long double fall = rest[0] * shrink[1] + start[1] * apart[0] + apart[1] * start[0];
  const long double steps = 2 * q->d + 32, gamma = steps * UNIT / (1 - steps * UNIT);
  const long double stated =
      rest[1] * shrink_error[0] + rest[0] * shrink_error[1] +
      (start[1] + start_error[1]) * apart_error[0] + start_error[1] * apart[0] +
      (apart[1] + apart_error[1]) * start_error[0] + apart_error[1] * start[0] +
      gamma * (rise + fall) * (1 + 2 / fabsl(2 - eta * q->lambda[0] - top));
  double error;
  const double value = two_phases_scaled_change(q, t, &error);
  expect_ratio(error, stated);
  ck_assert_double_eq_tol(value, (double)(rise - fall), error);
  const exact_run run = {q, (unsigned long)t};
  ck_assert_double_eq_tol(value, certified_value_of(exact_run_scaled_change, &run), error);
  ck_assert(value == two_phases_scaled_change(q, t, NULL));
}

START_TEST(test_scaled_change_and_its_bound) {
  quadratic *q = five();
  for (int t = 0; t <= 20; t += 4)
    expect_scaled_change(q, t);
  q->eta = 0.12; /* eta lambda_1 > 1 */
  for (int t = 0; t <= 20; t += 4)
    expect_scaled_change(q, t);
  q->lambda[0] = 8; /* eta lambda_1 next to 1: the products of errors count */
  q->eta = (1 + 0x1p-48) / 8;
  for (int t = 0; t <= 2; t++)
    expect_scaled_change(q, t);
  quadratic_free(q);
}
END_TEST

/* A tie in numbers that the doubles hold: s = (3, 1), c = (6, 8), rho = (0, 1/4): 3 (8) 3/4 = 6 +
 * 6 (8)/4.  It does not fall. */
START_TEST(test_turn_at_an_exact_tie) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 4}, (const double[]){3, 3},
                                   (const double[]){3, 3}, 0.125);
  ck_assert(two_phases_scaled_change(q, 0.0, NULL) == 0.0);
  ck_assert(two_phases_turn(q) == 0.0);
  quadratic_free(q);
}
END_TEST

/* At a small step, and noise that makes up for it, t_1 is inversely proportional to the step: up to
 * 2^52 it is found, beyond not. */
START_TEST(test_latest_turn) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 0x1p-20);
  const double scale = two_phases_turn(q) * q->eta;
  for (int quarters = 3; quarters <= 5; quarters += 2) {
    q->eta = scale / (quarters * 0x1p50);
    q->v[0] = q->v[1] = 0x1p-20 / q->eta;
    if (quarters == 3)
      ck_assert_double_eq_tol(two_phases_turn(q) / 0x1p52, 0.75, 1e-3);
    else
      ck_assert(two_phases_turn(q) == TWO_PHASES_NO_TURN);
  }
  quadratic_free(q);
}
END_TEST

/* alpha_oo where it is, 0 and 1 included, and where there is none. */
START_TEST(test_limit) {
  quadratic *q = five();
  long double rest[2] = {0};
  for (size_t i = 0; i < 5; i++)
    rest[i < 2] += q->lambda[i] / 16 * q->v[i] / (2 - q->lambda[i] / 16.0L);
  ck_assert_double_eq_tol(two_phases_limit(q), (double)(rest[1] / (rest[0] + rest[1])), 1e-15);
  static const double steps[] = {0, -0.1, 0.2, 2.0 / 7, 0.3};
  for (size_t n = 0; n < sizeof steps / sizeof *steps; n++) {
    q->eta = steps[n];
    ck_assert(isnan(two_phases_limit(q)));
  }
  q->eta = 1.0 / 16;
  q->v[0] = q->v[1] = 0;
  ck_assert(two_phases_limit(q) == 0.0);
  q->v[0] = 31;
  q->v[2] = q->v[3] = q->v[4] = 0;
  ck_assert(two_phases_limit(q) == 1.0);
  q->v[0] = 0;
  ck_assert(isnan(two_phases_limit(q)));
  quadratic_free(q);
}
END_TEST

/* A start below the stationary level has no excess that could be negative. */
START_TEST(test_excess_is_not_negative) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){0.5, 3},
                                   (const double[]){3, 5}, 0.125);
  /* s = (3, 1/3), c = (0, 26/3), rho_2 = 49/64: 3 (26/3) 15/64 */
  ck_assert_double_eq_tol(two_phases_scaled_change(q, 0.0, NULL), 26.0 * 15 / 64, 1e-14);
  quadratic_free(q);
}
END_TEST

/* At the tie, and after it, rounding decides; two steps after it not. */
START_TEST(test_turn_is_certain) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){1, 1},
                                   (const double[]){0.625, 2.625}, 0.125);
  ck_assert(!two_phases_turn_is_certain(q, 0.0));
  ck_assert(!two_phases_turn_is_certain(q, 1.0));
  ck_assert(two_phases_turn_is_certain(q, 2.0));
  ck_assert(two_phases_turn_is_certain(q, 3.0));
  q->g[1] = 2.0;
  ck_assert(two_phases_turn_is_certain(q, 0.0));
  quadratic_free(q);
}
END_TEST

/* It rises in the end where something drives the dominant set and the slowest direction of the bulk
 * comes from above: s_3 = 3 (1/16)/(31/16) = 3/31 there. */
START_TEST(test_rises_in_the_end) {
  quadratic *q = quadratic_literal(3, 2, (const double[]){8, 4, 1}, (const double[]){20, 20, 1},
                                   (const double[]){0, 0, 3}, 1.0 / 16);
  ck_assert(!two_phases_rises_in_the_end(q));
  q->v[1] = 1e-90;
  ck_assert(two_phases_rises_in_the_end(q));
  q->g[2] = sqrt(3.0 / 31) * 1.0001;
  ck_assert(two_phases_rises_in_the_end(q));
  q->g[2] = -sqrt(3.0 / 31) * 0.9999;
  ck_assert(!two_phases_rises_in_the_end(q));
  q->v[2] = 31;
  q->g[2] = 1; /* at its level */
  ck_assert(!two_phases_rises_in_the_end(q));
  quadratic_free(q);
}
END_TEST

/* The steps that the header promises, one by one. */
static bool is_promised(const quadratic *q, double turn, double t) {
  const double latest =
      fmin(0x1p48, fmax(1400 / fabs(two_phases_log_rho(q, q->d - 1, NULL)), 4 * (turn + 64)));
  int exponent;
  const bool is_power = frexp(t, &exponent) == 0.5 && exponent % 2 == 1 && t > 1;
  return t <= latest &&
         (t <= (q->d <= 8 ? 23 : 4) || (turn >= 0 && fabs(t - turn) <= 3) || is_power);
}

static void expect_times(const quadratic *q, double turn) {
  double times[TWO_PHASES_TIMES_MOST];
  const size_t count = two_phases_sample_times(q, turn, times);
  ck_assert(count <= TWO_PHASES_TIMES_MOST);
  for (size_t n = 0; n < count; n++) {
    ck_assert(n == 0 ? times[n] == 0 : times[n] > times[n - 1]);
    ck_assert_msg(is_promised(q, turn, times[n]), "%g, turn %g", times[n], turn);
  }
  size_t promised = 0;
  for (double t = 0; t <= 128; t++)
    promised += is_promised(q, turn, t);
  for (double t = 256; t <= 0x1p60; t *= 4)
    promised += is_promised(q, turn, t);
  for (double t = turn - 3; turn > 200 && t <= turn + 3; t++)
    promised += is_promised(q, turn, t) && frexp(t, &(int){0}) != 0.5;
  ck_assert_msg(count == promised, "turn %g: %zu of %zu", turn, count, promised);
}

START_TEST(test_sample_times) {
  for (int large = 0; large < 2; large++)
    for (int slow = 4; slow <= 60; slow += large ? 14 : 3) {
      quadratic *q = quadratic_alloc(large ? 9 : 8, 1);
      for (size_t i = 0; i < q->d; i++)
        q->lambda[i] = i == 0 ? 64 : 1;
      q->eta = ldexp(1, -slow);
      static const double turns[] = {TWO_PHASES_NO_TURN, 0, 2, 25, 45, 100, 1000, 0x1p40, 0x1p51};
      for (size_t n = 0; n < sizeof turns / sizeof *turns; n++)
        expect_times(q, turns[n]);
      q->eta = 0.97; /* ln rho_d = -7: 4 (0 + 64) is the later end */
      expect_times(q, 0);
      quadratic_free(q);
    }
}
END_TEST

/* --- the conclusions, on instances and readings of which some are wrong ------------------------
 */

/* What every conclusion says, in their order: H(olds), F(ails), U(ndecided), V(acuous). */
static void expect_verdicts(const char *what, quadratic *q, const char *verdicts) {
  static const char letters[] = {[VERDICT_HOLDS] = 'H',
                                 [VERDICT_FAILS] = 'F',
                                 [VERDICT_UNDECIDED] = 'U',
                                 [VERDICT_VACUOUS] = 'V'};
  ck_assert_ptr_nonnull(q);
  for (const conclusion *x = two_phases_claim.conclusions; x->name != NULL; x++, verdicts++) {
    claim_note note = {"", 0};
    const verdict v = x->check(q, &note);
    ck_assert_msg(letters[v] == *verdicts, "%s, %s: %s, not %c: %s", what, x->name, verdict_name(v),
                  *verdicts, note.text);
    if (x->decision == DECIDED_BY_SIGN && v != VERDICT_VACUOUS &&
        x->check != two_phases_claim.conclusions[1].check && q->switch_step == 0)
      ck_assert_msg(note.bits >= CERTIFIED_PRECISION_LEAST, "%s, %s", what, x->name);
  }
  ck_assert(*verdicts == '\0');
  quadratic_free(q);
}

static verdict conclude(const char *name, const quadratic *q, claim_note *note) {
  const conclusion *x = claim_find_conclusion(&two_phases_claim, name);
  ck_assert_msg(x != NULL && x->decision == DECIDED_BY_SIGN, "%s is not decided by sign", name);
  *note = (claim_note){"", 0};
  return x->check(q, note);
}

static quadratic *without(const char *name) {
  return support_hypothesis(&two_phases_claim, name)->dropped.instance();
}

/* The twelve conclusions: one turn, sum, certified turn, (b), (c), (d); signs, computed turn,
 * computed (b) and (c), (e), recursion. */
START_TEST(test_verdicts) {
  quadratic *q = five();
  q->d = 4; /* the sums over the bases are within reach */
  expect_verdicts("four", quadratic_clone(q), "HHHHHHHHHHHH");
  q->d = 5;
  expect_verdicts("five", q, "HVHHHHHHHHHH");
  /* It rises, passes the limit at once and turns to falling: the first step at which it does not
   * fall is 0, and that is found. */
  expect_verdicts("gap", without("gap"), "FHHFFFFHFFFH");
  /* The same, but the limit is above its bound, and T1 holds at any step. */
  expect_verdicts("stable_step", without("stable_step"), "FHHFFHFHFFHH");
  /* It falls for ever, as T1 says it falls first. */
  expect_verdicts("large_start", without("large_start"), "FHUHFHFUHFHH");
  /* Likewise, and S_D = 0: alpha_oo = 0 is not above 0, and at rest nothing is left to turn. */
  expect_verdicts("positive_noise", without("positive_noise"), "FHUHFFFUHFUH");
  /* What knows of one step size holds, what looks at the run after the switch does not. */
  expect_verdicts("constant_step", without("constant_step"), "FVHHHHFHHHFF");
  /* Not the order but the signs of (a); the alignment tends to 1, which is no state to turn at. */
  expect_verdicts("quiet bulk", two_phases_claim.further[1].dropped.instance(), "UHHHFFHHHHUH");
  /* No ball and no rounding decides a tie; the recursion does. */
  expect_verdicts("tie",
                  quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){1, 1},
                                    (const double[]){0.625, 2.625}, 0.125),
                  "HHHHHHUHUUHH");
  /* Every step leads to where it was: no step is told from eta*. */
  q = five();
  for (size_t i = 0; i < 5; i++)
    q->g[i] = sqrt(quadratic_stationary(q, i));
  ck_assert_int_eq(support_check(&two_phases_claim, "critical_step_crosses", q), VERDICT_UNDECIDED);
  quadratic_free(q);
  /* A turn out of reach of doubles; at rest the gap of 2^-50 is lost in the rounding of Delta. */
  expect_verdicts("beyond",
                  quadratic_literal(2, 1, (const double[]){1 + 0x1p-50, 1},
                                    (const double[]){0x1p40, 0x1p40}, (const double[]){1, 1},
                                    0x1p-60),
                  "HHHHHHUHHUUH");
}
END_TEST

static void expect_note(const char *name, quadratic *q, const char *text) {
  claim_note note = {"", 0};
  ck_assert_int_ne(claim_find_conclusion(&two_phases_claim, name)->check(q, &note), VERDICT_HOLDS);
  ck_assert_msg(strstr(note.text, text) != NULL, "%s: %s", name, note.text);
  quadratic_free(q);
}

/* Far out is without noise in the bulk too, and with a larger gradient there. */
START_TEST(test_far_out) {
  static const double g[] = {20, 20};
  expect_note("first_phase_below_critical_step",
              quadratic_literal(2, 1, (const double[]){1, 10}, g, (const double[]){1, 1e6}, 0.05),
              "the first change far out has sign +");
  /* eta (99 + 1/4 - 6) < 18, but eta (99 + 1/16 - 3/2) > 18 at twice the start */
  expect_note("computed_first_phase",
              quadratic_literal(2, 1, (const double[]){10, 1}, g, (const double[]){1, 2400}, 0.19),
              "from 0x1p+1 times the start the first change has sign +");
  /* Nothing changes: not -, not once, but always. */
  expect_note("signs_at_sampled_steps",
              quadratic_literal(2, 1, (const double[]){4, 4}, g, (const double[]){0, 0}, 0.125),
              "turns again: sign 0 at step 1");
}
END_TEST

START_TEST(test_notes) {
  expect_note("at_most_one_turn", without("gap"), "turns again: sign - at step 7");
  expect_note("signs_at_sampled_steps", without("constant_step"), "sign - at step 20");
  expect_note("first_phase_below_critical_step", without("gap"), "first change far out has sign +");
  expect_note("computed_first_phase", without("gap"), "the first change has sign +");
  expect_note("computed_first_phase", without("stable_step"), "times the start");
  expect_note("computed_limit", without("gap"), "step 0: not below the limit (sign -)");
  expect_note("critical_step_crosses", without("gap"), "step 0: eta*_t = inf");
  expect_note("critical_step_crosses", without("constant_step"), "step 20: eta*_t = 0x");
  expect_note("closed_form_is_recursion", without("constant_step"), "step 40: ");
  expect_note("turn_is_certified", without("large_start"), "no certified turn before 2^512 steps");
}
END_TEST

/* From any first guess the same turn. */
START_TEST(test_certified_turn) {
  static const double guesses[] = {TWO_PHASES_NO_TURN, 0, 1, 5, 6, 7, 8, 1000, 0x1p40};
  quadratic *q = five();
  const double turn = two_phases_turn(q);
  ck_assert(turn > 3);
  fmpz_t found;
  fmpz_init(found);
  for (size_t n = 0; n < sizeof guesses / sizeof *guesses; n++) {
    claim_note note = {"", 0};
    fmpz_set_si(found, -7);
    ck_assert(two_phases_certified_turn(q, guesses[n], found, &note));
    ck_assert(fmpz_get_d(found) == turn);
    ck_assert_int_ge(note.bits, CERTIFIED_PRECISION_LEAST);
  }
  for (size_t i = 0; i < 5; i++) /* just above rest: it rises at once */
    q->g[i] =
        sqrt(q->eta * q->lambda[i] * q->v[i] / (2 - q->eta * q->lambda[i])) * (i < 2 ? 1.0001 : 2);
  for (size_t n = 0; n < sizeof guesses / sizeof *guesses; n++) {
    claim_note note = {"", 0};
    fmpz_set_si(found, -7);
    ck_assert(two_phases_certified_turn(q, guesses[n], found, &note));
    ck_assert(fmpz_is_zero(found));
  }
  fmpz_clear(found);
  quadratic_free(q);
}
END_TEST

/* With more bits than the doubles have; with too many it leaves the result alone. */
START_TEST(test_turn_out_of_reach) {
  fmpz_t found;
  fmpz_init(found);
  claim_note note = {"", 0};
  quadratic *q =
      quadratic_literal(2, 1, (const double[]){1 + 0x1p-50, 1}, (const double[]){0x1p40, 0x1p40},
                        (const double[]){1, 1}, 0x1p-440);
  ck_assert(two_phases_certified_turn(q, TWO_PHASES_NO_TURN, found, &note));
  ck_assert_int_ge((int)fmpz_bits(found), 440);
  q->eta = 0x1p-600;
  fmpz_set_si(found, -7);
  ck_assert(!two_phases_certified_turn(q, TWO_PHASES_NO_TURN, found, &note));
  ck_assert_int_eq((int)fmpz_get_si(found), -7);
  ck_assert_int_eq(support_check(&two_phases_claim, "turn_is_certified", q), VERDICT_UNDECIDED);
  ck_assert_int_eq(support_check(&two_phases_claim, "limit_from_below", q), VERDICT_UNDECIDED);
  ck_assert_int_eq(support_check(&two_phases_claim, "turn_is_where_computed", q),
                   VERDICT_UNDECIDED);
  fmpz_clear(found);
  quadratic_free(q);
}
END_TEST

START_TEST(test_wrong_turns) {
  claim_note note = {"", 0};
  quadratic *q = five();
  const double turn = two_phases_turn(q);
  ck_assert_int_eq(two_phases_judge_turn(q, turn, &note), VERDICT_HOLDS);
  ck_assert_int_eq(two_phases_judge_turn(q, turn + 1, &note), VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(note.text, "t_1 is computed as"));
  ck_assert_int_eq(two_phases_judge_turn(q, turn - 1, &note), VERDICT_FAILS);
  ck_assert_int_eq(two_phases_judge_turn(q, 0.0, &note), VERDICT_FAILS);
  ck_assert_int_eq(two_phases_judge_turn(q, TWO_PHASES_NO_TURN, &note), VERDICT_UNDECIDED);
  quadratic_free(q);
  q = quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){1, 1},
                        (const double[]){0.625, 2.625}, 0.125);
  ck_assert_int_eq(two_phases_judge_turn(q, 0.0, &note), VERDICT_HOLDS);
  ck_assert_int_eq(two_phases_judge_turn(q, 1.0, &note), VERDICT_UNDECIDED); /* after the tie */
  ck_assert_int_eq(two_phases_judge_turn(q, 2.0, &note), VERDICT_FAILS);
  quadratic_free(q);
}
END_TEST

/* The sum of another instance is not this one's change; where both start with a tie, not at step 1.
 */
START_TEST(test_wrong_sums) {
  quadratic *q = five();
  q->d = 4;
  for (int what = 0; what < 4; what++)
    for (size_t i = 0; i < 4; i++) {
      claim_note note = {"", 0};
      quadratic *other = quadratic_clone(q);
      double *const numbers[] = {other->lambda, other->g, other->v, &other->eta};
      double *number = numbers[what] + (what < 3 ? i : 0);
      *number = nextafter(*number, 100.0);
      ck_assert_int_eq(two_phases_judge_sum(q, q, &note), VERDICT_HOLDS);
      ck_assert_int_eq(two_phases_judge_sum(q, other, &note), VERDICT_FAILS);
      ck_assert_str_eq(note.text, "step 0: the exponential sum is not the change");
      ck_assert_int_eq(two_phases_judge_sum(other, q, &note), VERDICT_FAILS);
      quadratic_free(other);
    }
  claim_note note = {"", 0};
  q->switch_step = 1;
  ck_assert_int_eq(two_phases_judge_sum(q, q, &note), VERDICT_VACUOUS);
  quadratic_free(q);
  q = quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){1, 1},
                        (const double[]){0.625, 2.625}, 0.125);
  quadratic *twice = quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){2, 2},
                                       (const double[]){2.5, 10.5}, 0.125);
  ck_assert_int_eq(two_phases_judge_sum(q, twice, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "step 1: the exponential sum is not the change");
  quadratic_free(twice);
  quadratic_free(q);
}
END_TEST

/* A turn too early, from above the limit, and limits that are off by more, and less, than rounding.
 */
START_TEST(test_wrong_limits) {
  claim_note note = {"", 0};
  quadratic *q = five();
  const double turn = two_phases_turn(q), limit = two_phases_limit(q);
  ck_assert(two_phases_alignment(q, 0) < limit);
  q->g[0] = 20000; /* now above it */
  const double later = two_phases_turn(q);
  ck_assert(two_phases_alignment(q, 0) > limit && later >= turn);
  ck_assert_int_eq(two_phases_judge_limit(q, later, limit, &note), VERDICT_HOLDS);
  ck_assert_int_eq(two_phases_judge_limit(q, 0, limit, &note), VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(note.text, "step 0: not below the limit (sign -)"));
  /* 2 (15 + 8) u/(2 - 11/16), and what the two sums lose themselves: a few u. */
  const double allowed = 46 * 0x1p-53 / (2 - 11.0 / 16);
  for (int sign = -1; sign <= 1; sign += 2) {
    const double beyond = limit * (1 + sign * (allowed + 4 * 0x1p-53));
    const double within = limit * (1 + sign * (allowed - 4 * 0x1p-53));
    ck_assert_int_eq(two_phases_judge_limit(q, later, beyond, &note), VERDICT_FAILS);
    ck_assert_ptr_nonnull(strstr(note.text, "in the end the alignment over its limit is"));
    ck_assert_int_eq(two_phases_judge_limit(q, later, within, &note), VERDICT_HOLDS);
  }
  ck_assert_int_eq(two_phases_judge_limit(q, later, NAN, &note), VERDICT_FAILS);
  quadratic_free(q);
}
END_TEST

/* lambda = (8, 4 | 2, 1), g = (3, 5 | 7, 10), eta = 1/16: D = (34, 172, 976), B = (149, 198, 296)
 * and V = (64 (45.25) + 16 (17), 4 (13) + 28) = (3168, 80) make eta ((D_2 + V_D) B_0 - (B_2 + V_B)
 * D_0) and 2 (D_1 B_0 - B_1 D_0) both 37792: eta = eta*_0, a tie.  An ulp more or less of anything
 * decides both signs of (b), in the same way. */
START_TEST(test_first_phase_next_to_a_tie) {
  quadratic *q =
      quadratic_literal(4, 2, (const double[]){8, 4, 2, 1}, (const double[]){3, 5, 7, 10},
                        (const double[]){45.25, 17, 13, 28}, 1.0 / 16);
  claim_note note = {"", 0};
  const exact_step step = {q, q->eta};
  ck_assert_int_eq(certified_sign_of(exact_step_alignment_change, &step), SIGN_ZERO);
  ck_assert_int_eq(conclude("first_phase_below_critical_step", q, &note), VERDICT_HOLDS);
  double *const numbers[] = {q->lambda, q->g, q->v, &q->eta};
  int seen[3] = {0};
  for (int what = 0; what < 4; what++)
    for (int i = 0; i < (what < 3 ? 4 : 1); i++)
      for (int up = 0; up < 2; up++) {
        double *number = numbers[what] + i;
        const double kept = *number;
        *number = nextafter(kept, up ? INFINITY : 0.0);
        const exact_step moved = {q, q->eta};
        seen[1 + certified_sign_of(exact_step_alignment_change, &moved)]++;
        ck_assert_int_eq(conclude("first_phase_below_critical_step", q, &note), VERDICT_HOLDS);
        *number = kept;
      }
  ck_assert(seen[0] == 13 && seen[1] == 0 && seen[2] == 13);
  quadratic_free(q);
}
END_TEST

/* The closed form of another start, or of another noise, is not this one's recursion; that of a
 * gradient an ulp away is within its bound. */
START_TEST(test_wrong_closed_form) {
  quadratic *q = five();
  for (size_t i = 0; i < 5; i++)
    for (int what = 0; what < 3; what++) {
      claim_note note = {"", 0};
      quadratic *other = quadratic_clone(q);
      double *number = (what < 2 ? other->g : other->v) + i;
      *number *= what == 0 ? 1 + 0x1p-52 : what == 1 ? 1 - 0x1p-43 : 1 + 0x1p-30;
      const verdict v = two_phases_judge_recursion(q, other, &note);
      ck_assert_msg(v == (what == 0 ? VERDICT_HOLDS : VERDICT_FAILS), "%zu, %d: %s", i, what,
                    note.text);
      quadratic_free(other);
    }
  quadratic_free(q);
  /* rho = 1/100: what differs at step 1 is forgotten at step 2. */
  q = quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){9, 9},
                        (const double[]){1, 1}, 0.1);
  quadratic *other = quadratic_clone(q);
  other->g[0] *= 1 + 0x1p-44;
  claim_note note = {"", 0};
  ck_assert_int_eq(two_phases_judge_recursion(q, other, &note), VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(note.text, "step 1: "));
  quadratic_free(other);
  quadratic_free(q);
}
END_TEST

/* The critical step of a state, against its moments in long doubles, and its errors against those
 * of T1 with the state's own. */
START_TEST(test_critical_step_of_a_state) {
  quadratic *q = five();
  /* The largest error is that of a slow direction, and next to eta lambda_1 = 1 that of the first.
   */
  for (int n = 0; n <= 11; n++) {
    const int t = n < 6 ? 8 * n : n - 5;
    q->eta = n < 6 ? 1.0 / 16 : 0.0909;
    long double sum[2] = {0}, first[2] = {0}, second[2] = {0}, noise[2] = {0};
    double worst = 0, error;
    for (size_t i = 0; i < 5; i++) {
      const int set = i < 2;
      const long double lambda = q->lambda[i], move = lambda * q->eta;
      const long double rest = move * q->v[i] / (2 - move);
      const long double square =
          powl(1 - move, 2 * t) * ((long double)q->g[i] * q->g[i] - rest) + rest;
      sum[set] += square;
      first[set] += lambda * square;
      second[set] += lambda * lambda * square;
      noise[set] += lambda * lambda * q->v[i];
      const double value = two_phases_square(q, i, t, &error);
      worst = fmax(worst, error / value);
    }
    const long double gap = second[1] / sum[1] - second[0] / sum[0];
    const long double delta = gap + noise[1] / sum[1] - noise[0] / sum[0];
    const long double eta_star = 2 * (first[1] / sum[1] - first[0] / sum[0]) / delta;
    critical_step found, of_state;
    const regime side = two_phases_critical_step(q, t, &found);
    ck_assert_int_eq(side, delta > 0 ? REGIME_LOW : REGIME_HIGH);
    quadratic *state = two_phases_state(q, t);
    one_step_moments m;
    one_step_moments_of(state, &m);
    critical_step_of(&m, &of_state);
    quadratic_free(state);
    ck_assert_double_eq_tol(found.delta, (double)delta, found.delta_error);
    const long double terms = gap + noise[1] / sum[1] + noise[0] / sum[0];
    expect_ratio(found.delta_error, of_state.delta_error + 2 * worst * terms);
    if (side != REGIME_LOW)
      continue;
    ck_assert_double_eq_tol(found.eta_star, (double)eta_star, found.eta_star_error);
    expect_ratio(found.eta_star_error,
                 of_state.eta_star_error + 2 * worst * eta_star * (1 + terms / delta));
  }
  critical_step at_rest;
  ck_assert_int_eq(two_phases_critical_step(q, INFINITY, &at_rest), REGIME_LOW);
  ck_assert_double_eq_tol(at_rest.eta_star, q->eta, at_rest.eta_star_error);
  quadratic_free(q);
}
END_TEST

/* Delta through 0 in small steps: undecided just where it is within its error. */
START_TEST(test_undecided_regime) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){2, 1}, (const double[]){1, 1},
                                   (const double[]){1, 7}, 0.25);
  /* after one step q = (1/4 + 1/4, 9/16 + 7/16) = (1/2, 1): Delta = 4 + 8 - 1 - v_2 */
  q->v[1] = 11;
  q->g[1] = sqrt((1 - 11.0 / 16) * 16 / 9);
  int seen[3] = {0};
  for (int ulps = -64; ulps <= 64; ulps++) {
    q->v[1] = 11 + ulps * 0x1p-45;
    critical_step found;
    const regime side = two_phases_critical_step(q, 1, &found);
    ck_assert_int_eq(side, found.delta > found.delta_error    ? REGIME_LOW
                           : found.delta < -found.delta_error ? REGIME_HIGH
                                                              : REGIME_UNDECIDED);
    seen[side]++;
  }
  ck_assert(seen[0] > 3 && seen[1] > 3 && seen[2] > 3);
  quadratic_free(q);
}
END_TEST

START_TEST(test_draws) {
  support_draws_cover(&two_phases_claim, 200);
}
END_TEST

/* The counterexamples are those that the remarks describe. */
START_TEST(test_remarks) {
  static const double steep[] = {10, 1}, flat[] = {1, 10}, g[] = {20, 20}, small[] = {20, 0.1};
  static const double one[] = {1, 1}, no_dominant[] = {0, 1}, no_bulk[] = {1, 0};
  const further_ablation *noise = two_phases_claim.further;
  support_is_pair(without("gap"), flat, g, one, 1.0 / 20);
  support_is_pair(without("stable_step"), steep, g, one, 0.19);
  support_is_pair(without("large_start"), steep, small, one, 1.0 / 20);
  support_is_pair(without("positive_noise"), steep, g, no_dominant, 1.0 / 20);
  support_is_pair(noise[0].dropped.instance(), steep, g, no_dominant, 1.0 / 20);
  support_is_pair(noise[1].dropped.instance(), steep, g, no_bulk, 1.0 / 20);
  quadratic *q = without("constant_step");
  ck_assert(q->switch_step == 20 && q->eta_late == 0.01);
  support_is_pair(q, steep, g, one, 1.0 / 20);
}
END_TEST

/* Noise missing in the dominant set alone, and in the bulk alone. */
START_TEST(test_two_ways_of_missing_noise) {
  static const double noise[][4] = {{1, 1, 1, 1}, {0, 0, 1, 1}, {0, 1, 1, 1}, {0, 0, 0, 1},
                                    {1, 1, 0, 1}, {1, 1, 1, 0}, {1, 1, 0, 0}, {1, 0, 1, 0},
                                    {1, 0, 1, 1}, {0, 1, 0, 1}};
  static const bool dominant_quiet[] = {0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  static const bool bulk_quiet[] = {0, 0, 0, 0, 1, 1, 1, 0, 0, 0};
  quadratic *q = five();
  q->d = 4;
  for (int n = 0; n < 10; n++) {
    for (size_t i = 0; i < 4; i++)
      q->v[i] = noise[n][i];
    ck_assert_msg(two_phases_claim.further[0].holds(q) == !dominant_quiet[n], "row %d", n);
    ck_assert_msg(two_phases_claim.further[1].holds(q) == !bulk_quiet[n], "row %d", n);
  }
  quadratic_free(q);
}
END_TEST

/* The violation empties one bulk direction, any of them, or all. */
START_TEST(test_violate_bulk_noise) {
  int all = 0, one[5] = {0};
  for (size_t n = 0; n < 60; n++) {
    gsl_rng *rng = random_alloc(random_trial_seed(RANDOM_DEFAULT_SEED, "quiet", n));
    quadratic *q = five();
    ck_assert(two_phases_claim.further[1].dropped.violate(q, rng));
    ck_assert(q->v[0] == 31 && q->v[1] == 37);
    int quiet = 0;
    size_t which = 0;
    for (size_t i = 2; i < 5; i++)
      if (q->v[i] == 0.0) {
        quiet++;
        which = i;
      }
    ck_assert(quiet == 1 || quiet == 3);
    all += quiet == 3;
    one[which] += quiet == 1;
    quadratic_free(q);
    gsl_rng_free(rng);
  }
  ck_assert(all > 15 && one[2] > 3 && one[3] > 3 && one[4] > 3);
}
END_TEST

/* Turns in words: none at 0, soon to 100, late beyond. */
START_TEST(test_cases) {
  static const char *const names[] = {"no first phase", "turn within 100 steps",
                                      "turn after 100 steps"};
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 1.0 / 16);
  int seen[3] = {0}, edges = 0;
  for (int scale = 0; scale < 120; scale++) {
    for (size_t i = 0; i < 2; i++)
      q->g[i] = ldexp(1.5, scale) * (i == 0 && scale == 0 ? 0.2 : 1);
    const double turn = two_phases_turn(q);
    const int kind = turn == 0 ? 0 : turn <= 100 ? 1 : 2;
    seen[kind]++;
    for (int n = 0; n < 3; n++)
      ck_assert_msg(support_coverage(&two_phases_claim, names[n])->holds(q) == (n == kind),
                    "%g, %s", turn, names[n]);
    edges += turn == 100 || turn == 101;
  }
  ck_assert_msg(seen[0] > 0 && edges >= 2 && seen[1] > 10 && seen[2] > 10, "%d %d %d", seen[0],
                seen[1], seen[2]);
  q->eta = 0.125; /* rho_+ = 0 */
  ck_assert(two_phases_turn(q) == 1 && support_coverage(&two_phases_claim, names[1])->holds(q));
  quadratic_free(q);
}
END_TEST

START_TEST(test_counterexamples) {
  support_counterexamples_fail(&two_phases_claim);
}
END_TEST

/* By hand: lambda = (10, 1), v = (1, 1), eta = 1/10: rho = (0, 0.81), s = (1, 1/19),
 * alpha_oo = 19/20.  (1/10 is not a double; s_1 and rho_1 feel it in the last bits.) */
START_TEST(test_hand_limit) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){20, 20},
                                   (const double[]){1, 1}, 0.1);
  ck_assert_double_eq_tol(two_phases_limit(q), 0.95, 1e-15);
  ck_assert_double_eq_tol(two_phases_square(q, 0, 1, NULL), 1.0, 1e-14);
  ck_assert_double_eq_tol(two_phases_square(q, 1, 1, NULL), 0.81 * (400 - 1.0 / 19) + 1.0 / 19,
                          1e-12);
  ck_assert_double_eq_tol(two_phases_square(q, 1, 3, NULL),
                          0.81 * 0.81 * 0.81 * (400 - 1.0 / 19) + 1.0 / 19, 1e-12);
  ck_assert_double_eq_tol(two_phases_alignment(q, 0), 0.5, 1e-16);
  quadratic_free(q);
}
END_TEST

/* The recursion by hand, two steps of lambda = (8, 1), eta = 1/16, v = (3, 5), g = (4, 6):
 * q_1: 16 -> 4 + 3/4 -> 19/16 + 3/4;  q_2: 36 (225/256) + 5/256, and again. */
START_TEST(test_hand_recursion) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){4, 6},
                                   (const double[]){3, 5}, 1.0 / 16);
  ck_assert_double_eq_tol(two_phases_square(q, 0, 1, NULL), 4.75, 1e-14);
  ck_assert_double_eq_tol(two_phases_square(q, 0, 2, NULL), 19.0 / 16 + 0.75, 1e-14);
  const double rho = 225.0 / 256, gain = 5.0 / 256;
  ck_assert_double_eq_tol(two_phases_square(q, 1, 2, NULL), rho * (rho * 36 + gain) + gain, 1e-13);
  const exact_run run = {q, 2};
  ck_assert_double_eq_tol(certified_value_of(exact_run_iterated_dominant, &run), 31.0 / 16, 1e-15);
  quadratic_free(q);
}
END_TEST

/* The turn of a run that is iterated here, step by step, in plain arithmetic. */
START_TEST(test_turn_by_iteration) {
  quadratic *q =
      quadratic_literal(4, 2, (const double[]){8, 5, 2, 1}, (const double[]){20, 9, 31, 7},
                        (const double[]){1, 2, 3, 4}, 1.0 / 16);
  double squares[4], next[4];
  for (size_t i = 0; i < 4; i++)
    squares[i] = q->g[i] * q->g[i];
  double turn = -1;
  for (int t = 0; t < 200 && turn < 0; t++) {
    for (size_t i = 0; i < 4; i++) {
      const double move = q->lambda[i] / 16;
      next[i] = (1 - move) * (1 - move) * squares[i] + move * move * q->v[i];
    }
    const double before = (squares[0] + squares[1]) / (squares[2] + squares[3]);
    const double after = (next[0] + next[1]) / (next[2] + next[3]);
    if (after >= before)
      turn = t;
    for (size_t i = 0; i < 4; i++)
      squares[i] = next[i];
  }
  ck_assert(turn >= 1);
  ck_assert(two_phases_turn(q) == turn);
  ck_assert(two_phases_turn_is_certain(q, turn));
  quadratic_free(q);
}
END_TEST

/* A tie, in dyadic numbers: lambda = (9, 1), g = (1, 1), v = (5/8, 21/8), eta = 1/8 = eta*_0.  Both
 * moments go from 1 to 413/512, so the alignment stays at 1/2 for one step, exactly, and then
 * rises. */
START_TEST(test_tie) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){1, 1},
                                   (const double[]){0.625, 2.625}, 0.125);
  two_phases_hypotheses h;
  two_phases_check(q, &h);
  ck_assert(h.stable && h.large_start && h.positive_noise);
  const exact_run start = {q, 0}, next = {q, 1};
  ck_assert_int_eq(certified_sign_of(exact_step_alignment_change, &(const exact_step){q, q->eta}),
                   SIGN_ZERO);
  ck_assert(certified_value_of(exact_run_iterated_dominant, &next) == 413.0 / 512);
  ck_assert(certified_value_of(exact_run_iterated_bulk, &next) == 413.0 / 512);
  ck_assert_int_eq(certified_sign_of(exact_run_change, &next), SIGN_POSITIVE);
  /* The change at the tie, with its divisions, is a ball around 0 at every precision. */
  ck_assert_int_eq(certified_sign_of(exact_run_change, &start), SIGN_UNDECIDED);
  one_step_moments m;
  critical_step found;
  one_step_moments_of(q, &m);
  ck_assert_int_eq(critical_step_of(&m, &found), 0);
  ck_assert_double_eq_tol(found.eta_star, 0.125, found.eta_star_error);
  quadratic_free(q);
}
END_TEST

static const char *const by_sign[] = {"at_most_one_turn",  "sum_is_the_change",
                                      "turn_is_certified", "first_phase_below_critical_step",
                                      "limit_from_below",  "limit_bound"};
enum { BY_SIGN = sizeof by_sign / sizeof *by_sign };

/* A tie, which no ball decides, is decided: the recursion has no divisions. */
START_TEST(test_tie_is_certified) {
  claim_note note = {"", 0};
  quadratic *q = quadratic_literal(2, 1, (const double[]){9, 1}, (const double[]){1, 1},
                                   (const double[]){0.625, 2.625}, 0.125);
  for (size_t n = 0; n < BY_SIGN; n++)
    ck_assert_msg(conclude(by_sign[n], q, &note) == VERDICT_HOLDS, "%s: %s", by_sign[n], note.text);
  const exact_run start = {q, 0};
  ck_assert_int_eq(certified_sign_of(exact_run_iterated_change, &start), SIGN_ZERO);
  quadratic_free(q);
}
END_TEST

/* A gap of a few ulps and a tiny step put the turn beyond 2^52 steps, out of reach of doubles: the
 * claim is certified there too. */
START_TEST(test_turn_beyond_doubles) {
  claim_note note = {"", 0};
  const double eta = 0x1p-60;
  quadratic *q = quadratic_literal(2, 1, (const double[]){1 + 0x1p-50, 1},
                                   (const double[]){0x1p40, 0x1p40}, (const double[]){1, 1}, eta);
  ck_assert(two_phases_turn(q) == TWO_PHASES_NO_TURN);
  for (size_t n = 0; n < BY_SIGN; n++)
    ck_assert_msg(conclude(by_sign[n], q, &note) == VERDICT_HOLDS, "%s: %s", by_sign[n], note.text);
  quadratic_free(q);
}
END_TEST

/* A refutation names what is out of order, or the step that refutes. */
START_TEST(test_refuted) {
  claim_note note = {"", 0};
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){20, 0.1},
                                   (const double[]){1, 1}, 1.0 / 20);
  ck_assert_int_eq(conclude("at_most_one_turn", q, &note), VERDICT_FAILS);
  ck_assert_ptr_nonnull(strstr(note.text, "does not rise"));
  ck_assert_int_eq(conclude("limit_from_below", q, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "the least g_i^2 - s_i has sign -, certified at 128 bits");
  quadratic_free(q);
}
END_TEST

/* rho_+ = 0: the turn does not go to infinity with the start. */
START_TEST(test_dominant_at_once) {
  for (int scale = 0; scale <= 100; scale += 20) {
    quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1},
                                     (const double[]){ldexp(20, scale), ldexp(20, scale)},
                                     (const double[]){1, 1}, 0.125);
    ck_assert(two_phases_turn(q) == 1.0);
    quadratic_free(q);
  }
}
END_TEST

START_TEST(test_hypotheses) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){8, 1}, (const double[]){4, 6},
                                   (const double[]){3, 5}, 1.0 / 16);
  two_phases_hypotheses h;
  two_phases_check(q, &h);
  ck_assert(h.stable && h.large_start && h.positive_noise);
  q->eta = 2.0 / 9;
  two_phases_check(q, &h);
  ck_assert(h.stable == (fma(2.0 / 9, 9, -2) < 0));
  q->eta = 0.23;
  two_phases_check(q, &h);
  ck_assert(!h.stable);
  q->eta = 0.25; /* 2/lambda_1: no stationary law at all */
  two_phases_check(q, &h);
  ck_assert(!h.stable && !h.large_start);
  ck_assert(isnan(two_phases_limit(q)));
  q->eta = 1.0 / 16; /* s_1 = 3 (1/2)/(3/2) = 1 */
  q->g[0] = 1.0;
  two_phases_check(q, &h);
  ck_assert(h.stable && !h.large_start);
  q->g[0] = nextafter(1.0, 2.0);
  two_phases_check(q, &h);
  ck_assert(h.large_start);
  q->v[1] = 0;
  two_phases_check(q, &h);
  ck_assert(!h.positive_noise);
  quadratic_free(q);
}
END_TEST

/* R_0 from its formula at the hand instance: V_D/D_0 - V_B/B_0 = 99, 2 (9) - eta 99. */
START_TEST(test_start_threshold) {
  quadratic *q = support_hand_instance();
  q->eta = 0.0625;
  ck_assert_double_eq_tol(two_phases_start_threshold(q), sqrt(0.0625 * 99 / (18 - 0.0625 * 99)),
                          1e-14);
  q->v[1] = 1000;
  ck_assert(two_phases_start_threshold(q) == 0.0);
  quadratic_free(q);
  /* At lambda = (3 | 2, 1), g = (2 | 3, 4), v = (5 | 0, 7), eta = 1/8: V_D/D_0 = 45/4, V_B/B_0 =
   * 7/25, mean_D - mean_B = 3 - 34/25, p - q = 9 - 52/25. */
  q = quadratic_literal(3, 1, (const double[]){3, 2, 1}, (const double[]){2, 3, 4},
                        (const double[]){5, 0, 7}, 0.125);
  const double noise = 45.0 / 4 - 7.0 / 25;
  ck_assert_double_eq_tol(two_phases_start_threshold(q),
                          sqrt(0.125 * noise / (2 * (3 - 34.0 / 25) - 0.125 * (9 - 52.0 / 25))),
                          1e-14);
  quadratic_free(q);
}
END_TEST

START_TEST(test_claim_holds) {
  support_claim_holds(&two_phases_claim);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("T4 two_phases");
  TCase *core = tcase_create("core");
  tcase_set_timeout(core, support_timeout(120));
  tcase_add_test(core, test_log_rho);
  tcase_add_test(core, test_square_and_its_bound);
  tcase_add_test(core, test_dominant_base_zero);
  tcase_add_test(core, test_scaled_change_and_its_bound);
  tcase_add_test(core, test_turn_at_an_exact_tie);
  tcase_add_test(core, test_limit);
  tcase_add_test(core, test_latest_turn);
  tcase_add_test(core, test_excess_is_not_negative);
  tcase_add_test(core, test_turn_is_certain);
  tcase_add_test(core, test_rises_in_the_end);
  tcase_add_test(core, test_sample_times);
  tcase_add_test(core, test_verdicts);
  tcase_add_test(core, test_far_out);
  tcase_add_test(core, test_notes);
  tcase_add_test(core, test_certified_turn);
  tcase_add_test(core, test_wrong_turns);
  tcase_add_test(core, test_wrong_sums);
  tcase_add_test(core, test_wrong_limits);
  tcase_add_test(core, test_first_phase_next_to_a_tie);
  tcase_add_test(core, test_wrong_closed_form);
  tcase_add_test(core, test_critical_step_of_a_state);
  tcase_add_test(core, test_undecided_regime);
  tcase_add_test(core, test_draws);
  tcase_add_test(core, test_remarks);
  tcase_add_test(core, test_two_ways_of_missing_noise);
  tcase_add_test(core, test_violate_bulk_noise);
  tcase_add_test(core, test_cases);
  tcase_add_test(core, test_counterexamples);
  tcase_add_test(core, test_hand_limit);
  tcase_add_test(core, test_hand_recursion);
  tcase_add_test(core, test_turn_by_iteration);
  tcase_add_test(core, test_tie);
  tcase_add_test(core, test_tie_is_certified);
  tcase_add_test(core, test_turn_beyond_doubles);
  tcase_add_test(core, test_refuted);
  tcase_add_test(core, test_dominant_at_once);
  tcase_add_test(core, test_hypotheses);
  tcase_add_test(core, test_start_threshold);
  tcase_add_test(core, test_turn_out_of_reach);
  tcase_add_test(core, test_claim_holds);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
