/* support.h -- what every test program shares. */
#ifndef SUSPALIGN_TESTS_SUPPORT_H
#define SUSPALIGN_TESTS_SUPPORT_H

#include <check.h>
#include "claims/claim.h"
#include "model/quadratic.h"

/* Runs the suite as the environment asks (CK_ENV) and frees it; the exit status of the program.
 * A suite in which nothing ran is a failure. */
int support_run(Suite *suite);

/* Runs the claim as `suspalign verify` does, with SUSPALIGN_SEED and SUSPALIGN_TRIALS_FACTOR, and
 * fails the test unless the verdict is HOLDS, naming the reason.  The corpora are tests/corpus of
 * the source and, for failures, corpus in the folder of the build.  Leaves verdicts/<ID>.json, .tap
 * and .xml (JUnit) in the folder of the build.  Then checks its parts (consistency.h). */
void support_claim_holds(const claim *c);

/* Parts of a claim by name; the test fails when there is none. */
const hypothesis *support_hypothesis(const claim *c, const char *name);
const coverage *support_coverage(const claim *c, const char *name);
verdict support_check(const claim *c, const char *conclusion, const void *instance);

/* The conclusion says what is expected, and its note has those words; no words: it has no note. */
void support_says(const conclusion *x, const void *instance, verdict expected, const char *words);

/* What each conclusion says of the instance, which is freed, in their order: H(olds), F(ails),
 * U(ndecided), V(acuous); what signs decide says how many bits that took. */
void support_verdicts(const claim *c, const char *what, quadratic *q, const char *verdicts);

/* The conclusion goes through a rotation, and is vacuous beyond 24 directions or a condition number
 * of 1e4. */
void support_rotation_has_a_domain(const claim *c, const char *name);

/* Every conclusion holds on the instance, and what signs decide says how many bits they took. */
void support_signs_say_their_bits(const claim *c, const void *instance);

/* Every counterexample that the claim gives violates its hypothesis, and it alone, and fails the
 * conclusion that is named. */
void support_counterexamples_fail(const claim *c);

/* The instance, which is freed, is that of two directions, k = 1, which its remark describes. */
void support_is_pair(quadratic *q, const double lambda[2], const double g[2], const double v[2],
                     double eta);

/* Of `draws` instances, in streams of their own, all but one in fifty meet the hypotheses, and each
 * case of the claim has its least share. */
void support_draws_cover(const claim *c, size_t draws);

/* lambda = (10, 1), g = (1, 1), v = (1, 1), k = 1: the instance that is checked by hand. */
quadratic *support_hand_instance(void);

/* Seconds a test may take: `seconds` times the factor of trials, at least 60. */
double support_timeout(double seconds);

#endif
