/* claim.h -- a claim is a value.
 *
 * Everything that is said of SGD here is a claim: an id, a statement, its hypotheses (each with a
 * name, each can be dropped), a generator of random instances, and conclusions that an instance
 * meets or not.  One module per claim, all of this shape; src/verify runs them all alike, and
 * knows nothing of what they say. */
#ifndef SUSPALIGN_CLAIMS_CLAIM_H
#define SUSPALIGN_CLAIMS_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <gsl/gsl_rng.h>
#include "families/family.h"
#include "model/diagnostic.h"

typedef enum {
  VERDICT_HOLDS,
  VERDICT_FAILS,
  VERDICT_UNDECIDED, /* the value lies inside its own error bound: never a pass */
  VERDICT_VACUOUS,   /* nothing, or too little, was tried: never a pass */
  VERDICT_REFUTED    /* of an erratum alone: an instance shows the printed form wrong, as is said */
} verdict;

enum { CLAIM_NOTE_LENGTH = 240 };

/* What a conclusion says of the instance that decided it; shown when it does not hold. */
typedef struct {
  char text[CLAIM_NOTE_LENGTH];
  long bits; /* the most that a certified sign took, 0 where none was asked for */
} claim_note;

void claim_note_set(claim_note *note, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Raises the note's bits to these. */
void claim_note_bits(claim_note *note, long bits);

/* How a conclusion is decided. */
typedef enum {
  DECIDED_BY_BOUND, /* floating point within a derived error bound, or a quadrature's claimed error
                     */
  DECIDED_BY_SIGN   /* certified signs: HOLDS is a proof for the instance, and one instance left
                       undecided at CERTIFIED_PRECISION_MOST bits fails the run */
} decision;

typedef struct {
  const char *name;      /* one word, for tables and replay */
  const char *statement; /* TeX */
  verdict (*check)(const void *instance, claim_note *note);
  decision decision;
  /* For the directed search of counterexamples: how far the instance is from failing, without
   * units, falling towards 0 and negative only where `check` fails.  NULL where there is none. */
  double (*margin)(const void *instance);
} conclusion;

/* Dropping the hypothesis: an instance that violates it alone, and the conclusion that then
 * fails.  `instance` is NULL where no counterexample is claimed, and `remark` says why. */
typedef struct {
  void *(*instance)(void);
  const char *fails;  /* name of the conclusion */
  const char *remark; /* TeX: what the counterexample is, in numbers that a reader can check */
  /* Changes an instance of the claim so that it violates this hypothesis and, as a rule, no
   * other: where the search for counterexamples starts.  NULL where it cannot be violated within
   * the family.  False: this instance cannot be changed so. */
  bool (*violate)(void *instance, gsl_rng *rng);
} ablation;

typedef struct {
  const char *name;
  const char *statement; /* TeX */
  bool (*holds)(const void *instance);
  ablation dropped;
} hypothesis;

/* More that can be dropped than each hypothesis once: a second way of violating a hypothesis, or
 * something that one conclusion alone assumes.  For the search of counterexamples (verify/ablate),
 * which also checks that `without` does not fail where the assumption is met. */
typedef struct {
  const char *name;                    /* of the hypothesis of the claim, or a new one-word name */
  const char *way;                     /* one word: tells it from the others of that name */
  const char *statement;               /* TeX: what is assumed; NULL: as the hypothesis says */
  bool (*holds)(const void *instance); /* NULL: that of the hypothesis */
  /* What `dropped.fails` names, where that is no conclusion of the claim: because it holds under an
   * assumption of its own, or to spare the search the claim's dear ones.  It is checked alone; else
   * NULL. */
  const conclusion *without;
  ablation dropped;
} further_ablation;

/* A case that matters, and the least share of the instances that must be of it. */
typedef struct {
  const char *name;
  double least_share;
  bool (*holds)(const void *instance);
} coverage;

typedef struct {
  const char *id;   /* "T1" */
  const char *stem; /* "critical_step": of theory/, src/claims/, tests/ */
  const char *title;
  const char *statement; /* TeX, one sentence */
  const char *source;    /* where it comes from */
  const char *figure;    /* name of figures/<figure>.gp, or NULL */
  const char *uses;      /* ids of the claims it stands on, separated by spaces; "" for none */
  /* NULL in a claim.  In an erratum, a formula as its source prints it, which fails: the id of the
   * claim with the form that holds.  Its verdict is REFUTED, or FAILS when nothing refutes it. */
  const char *erratum;
  const family *family;
  /* NULL, with a message, when there is none to be had: memory out, data missing. */
  void *(*generate)(gsl_rng *rng, diagnostic *diag);
  size_t trials;                /* instances in one ordinary run */
  const hypothesis *hypotheses; /* ended by a NULL name, as the next two */
  const conclusion *conclusions;
  const coverage *coverages;
  const further_ablation *further; /* NULL for none, or ended by a NULL name */
  /* Whether the claim says anything at all of an instance, right or wrong: what a counterexample
   * must be, besides the hypotheses.  NULL: always. */
  bool (*is_defined)(const void *instance);
} claim;

const char *verdict_name(verdict v);   /* "holds", "fails", "undecided", "vacuous", "refuted" */
bool verdict_is_pass(verdict v);       /* what is said is so: HOLDS, or REFUTED */
const char *decision_name(decision d); /* "bound", "sign" */

/* Whether any of its conclusions is decided by sign. */
bool claim_is_certifiable(const claim *c);

/* The first hypothesis that the instance violates, NULL when it meets them all; `except` (NULL or
 * a hypothesis of the claim) is passed over. */
const hypothesis *claim_violated(const claim *c, const void *instance, const hypothesis *except);

/* By name; NULL when there is none. */
const conclusion *claim_find_conclusion(const claim *c, const char *name);

#endif
