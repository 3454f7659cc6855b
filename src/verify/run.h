/* run.h -- runs a claim: random instances, its conclusions on each, its ablations, its verdict.
 *
 * Nothing here knows what a claim says.  The same seed gives the same report, bit by bit. */
#ifndef SUSPALIGN_VERIFY_RUN_H
#define SUSPALIGN_VERIFY_RUN_H

#include <stdint.h>
#include <stdio.h>
#include "claims/claim.h"
#include "model/diagnostic.h"

typedef struct {
  uint64_t seed;          /* of the run */
  double trials_factor;   /* multiplies the number of trials of every claim; at least one trial */
  const char *log_folder; /* where instances that fail are written, NULL for nowhere */
  FILE *progress;         /* a terminal for a line of progress after one second, or NULL */
  /* Folders of instances that are tried first (corpus.h), NULL for none: the one into which those
   * that fail go, shrunk, and one that is only read. */
  const char *corpus_folder, *corpus_shipped;
} verify_options;

/* The defaults: RANDOM_DEFAULT_SEED, 1, NULL, NULL, NULL and the corpus as installed; then
 * SUSPALIGN_SEED, SUSPALIGN_TRIALS_FACTOR and SUSPALIGN_CORPUS (the corpus_folder; empty: none)
 * from the environment.  GSL_EINVAL with a message on nonsense there. */
int verify_options_read(verify_options *options, diagnostic *diag);

/* Strict readers of what a person typed: the whole text must be a number of the kind.
 * Seeds: 0x... or decimal, below 2^64.  Factors: positive, at most VERIFY_FACTOR_MOST. */
#define VERIFY_FACTOR_MOST 1e6
int verify_parse_seed(const char *text, uint64_t *seed, diagnostic *diag);
int verify_parse_factor(const char *text, double *factor, diagnostic *diag);

typedef struct {
  size_t holds, fails, undecided, vacuous;
  uint32_t undecided_seed; /* trial seed of the first one undecided, 0 for none */
  long bits_most;          /* what the hardest sign took, 0 where no certified sign was asked for */
} verify_tally;

typedef struct {
  const claim *claim;
  uint64_t seed;
  size_t trials;          /* instances generated */
  size_t admitted;        /* of them, those that meet every hypothesis */
  size_t d_least, d_most; /* over the admitted ones */
  size_t certified;       /* admitted instances for which the claim is proved as far as signs decide
                             it: every conclusion decided by sign holds or does not apply, and at
                             least one holds; of an erratum, those that refute it so */
  long bits_most;         /* the most that a conclusion decided by sign took */
  size_t conclusion_count, coverage_count, hypothesis_count;
  verify_tally *conclusion; /* one each, over the admitted instances */
  size_t *coverage;         /* admitted instances of each case */
  verdict *ablation;        /* per hypothesis: HOLDS when its counterexample is one, FAILS when it
                               is not, VACUOUS when none is claimed */
  /* Corpus: instances read, of them those that meet every hypothesis (tried), of these those on
   * which a conclusion fails; files that could not be read; conclusions decided by sign that are
   * undecided.  In no other count. */
  size_t corpus_read, corpus_tried, corpus_failing, corpus_unreadable, corpus_open;
  uint32_t failing_seed; /* trial seed of the first failure, 0 for none */
  claim_note refutation; /* its note: of a conclusion that signs decide, the sign and its bits */
  verdict verdict;
  char reason[DIAGNOSTIC_LENGTH]; /* why the verdict is not HOLDS; "" when it is */
} verify_report;

/* The rules for the verdict, in this order:
 *   FAILS      a conclusion failed on an admitted instance or on one of the corpus, or a
 *              counterexample is none;
 *   VACUOUS    a file of the corpus cannot be read (an instance that was hard once is not tried:
 *              regression tests that vanish unseen are none), fewer than 9 in 10 instances were
 *              admitted, or a case has less than its least share, or a conclusion applied to fewer
 *              than 1 in 20 admitted instances;
 *   UNDECIDED  a conclusion that is decided by sign was undecided on even one admitted instance
 *              or one of the corpus, or one decided by a bound on more than 1 in 100;
 *   HOLDS      otherwise.
 * The corpus of an erratum is not tried.  For an erratum a conclusion that fails is what is wanted:
 * FAILS when none does, and REFUTED in place of HOLDS. */
#define VERIFY_ADMITTED_SHARE 0.90
#define VERIFY_APPLIED_SHARE 0.05
#define VERIFY_UNDECIDED_SHARE 0.01

/* The same rules for the i-th conclusion alone, and for the i-th case. */
verdict verify_conclusion_verdict(const verify_report *report, size_t i);
bool verify_coverage_is_fed(const verify_report *report, size_t i);

/* How many single verdicts a run of the claim has: one a conclusion, case and hypothesis, and the
 * claim's own. */
size_t verify_points(const claim *c);

/* GSL_SUCCESS (whatever the verdict) or GSL_ENOMEM. */
int verify_run(const claim *c, const verify_options *options, verify_report **out);
void verify_report_free(verify_report *report);

/* What one trial of the claim does: prints the instance and each conclusion's verdict.
 * *worst: FAILS if a conclusion fails, else UNDECIDED if one is, VACUOUS if a hypothesis is not
 * met, else HOLDS.  GSL_SUCCESS, or the code of a generator that has no instance to give. */
int verify_replay(const claim *c, uint32_t trial_seed, FILE *stream, verdict *worst);

/* The same for an instance in a file, as a replay or a failure has written it.  GSL_SUCCESS, or the
 * code with which the family refuses the file, with its message. */
int verify_replay_file(const claim *c, const char *file, FILE *stream, verdict *worst,
                       diagnostic *diag);

#endif
