/* ablate.h -- drops each hypothesis of a claim in turn and searches for a counterexample.
 *
 * For one hypothesis: instances of the claim are changed so that they violate it (`violate`) and
 * admitted when they meet all others; every conclusion is checked on each.  Where the conclusion
 * that is expected to fail does not, a directed search follows its margin downhill from the best
 * instances.  The simplest instance that was found is shrunk, under "violates this hypothesis,
 * meets all others, that conclusion FAILS".  Nothing here knows what a claim says; the same seed
 * gives the same report. */
#ifndef SUSPALIGN_VERIFY_ABLATE_H
#define SUSPALIGN_VERIFY_ABLATE_H

#include <stdint.h>
#include <jansson.h>
#include "claims/claim.h"
#include "model/diagnostic.h"
#include "verify/run.h"

typedef enum {
  ABLATE_NONE,         /* searched, nothing found: perhaps not needed */
  ABLATE_RANDOM,       /* found among the random instances */
  ABLATE_DIRECTED,     /* found by following the margin */
  ABLATE_NOT_ADMITTED, /* no instance violates it alone: there is nothing to search */
  ABLATE_NOT_SEARCHED  /* no way to violate it is known (violate is NULL) */
} ablate_outcome;

/* "none", "random", "directed", "not admitted", "not searched" */
const char *ablate_outcome_name(ablate_outcome outcome);

typedef struct {
  const char *name, *way, *statement; /* of what was dropped; way is "" for a plain hypothesis */
  const ablation *dropped;
  ablate_outcome outcome;
  size_t trials;       /* instances generated */
  size_t admitted;     /* of them, those that violate this hypothesis alone */
  size_t found_after;  /* how many of these it took, the first that was found included; 0: none */
  size_t steps;        /* instances that the directed search looked at */
  uint32_t trial_seed; /* of the random instance that was found or, directed, started from; 0 */
  /* The conclusion that fails on `found`, the one named in `dropped` if that was found to fail;
   * `expected` says whether it is.  NULL when nothing was found. */
  const conclusion *conclusion;
  bool expected;
  bool certified;          /* the conclusion is decided by certified signs */
  claim_note note;         /* what it says of `found` */
  void *found;             /* the shrunk counterexample, owned; NULL when none was found */
  bool minimal;            /* no simplification of it is a counterexample */
  size_t d, k;             /* size of `found` */
  size_t d_first, k_first; /* size of what was found before shrinking */
  double complexity;       /* of `found`; NaN where the family has none, as the next one */
  void *hand;              /* the counterexample by hand, owned; NULL when there is none */
  bool hand_confirmed;
  double hand_complexity;
  double least_margin; /* of the expected conclusion, over all instances; NaN: it has none */
  size_t control, control_fails; /* for an assumption of one conclusion: instances that meet it, and
                                    those of them on which the conclusion fails none the less */
  /* Of the admitted instances, for each conclusion of the claim; owned.  All 0 where an assumption
   * of one conclusion is dropped: `without` then is the tally of that one. */
  verify_tally *tally, without;
} ablate_result;

typedef struct {
  const claim *claim;
  uint64_t seed;
  size_t conclusion_count, count;
  ablate_result *result; /* `count` of them: the hypotheses in order, each followed by its further
                            ways (or these alone, where it has no `violate` of its own), then the
                            assumptions of single conclusions */
} ablate_report;

/* Bounds of one search, at trials_factor 1; claims with fewer than ABLATE_TRIALS_FULL trials in an
 * ordinary run, where one check is dear, have proportionally fewer of each.  A
 * trials_factor above 1 multiplies trials and steps, one below 1 everything. */
enum {
  ABLATE_TRIALS = 400, /* instances generated */
  ABLATE_TRIALS_FULL = 500,
  ABLATE_ENOUGH = 5, /* counterexamples that end the random search; all are shrunk */
  ABLATE_DIMENSION_MOST =
      100,                  /* larger ones only shrink longer: passed over where there are others */
  ABLATE_STARTS = 4,        /* of the directed search */
  ABLATE_STEPS = 400,       /* of each, at most */
  ABLATE_SHRINK_TRIES = 800 /* of each counterexample */
};

/* options->log_folder is not used.  GSL_SUCCESS (whatever was found), GSL_ENOMEM, or the code of a
 * generator that has no instance to give, with its message. */
int ablate_run(const claim *c, const verify_options *options, ablate_report **out,
               diagnostic *diag);
void ablate_report_free(ablate_report *report);

/* The one of that name and way ("" for a plain hypothesis); NULL when there is none. */
const ablate_result *ablate_find(const ablate_report *report, const char *name, const char *way);

/* All of it; counterexamples as the family prints them, exact.  NULL when memory is out. */
json_t *ablate_json(const ablate_report *report);

#endif
