/* Every claim of the registry, run, and its tables. */
#include "config.h"
#include "evidence/sections.h"

#include <inttypes.h>
#include <gsl/gsl_errno.h>
#include "claims/registry.h"
#include "verify/record.h"

enum { FILE_NAME = 64, SEED_TEXT = 24 };

/* How many times a conclusion was decided, or tried to be. */
static size_t applied(const verify_tally *tally) {
  return tally->holds + tally->fails + tally->undecided;
}

static size_t checks_of(const verify_report *report) {
  size_t checks = 0;
  for (size_t i = 0; i < report->conclusion_count; i++)
    checks += applied(&report->conclusion[i]);
  return checks;
}

static size_t undecided_of(const verify_report *report) {
  size_t undecided = 0;
  for (size_t i = 0; i < report->conclusion_count; i++)
    undecided += report->conclusion[i].undecided;
  return undecided;
}

static double share_of(const verify_report *report, size_t count) {
  return report->admitted == 0 ? 0.0 : 100.0 * (double)count / (double)report->admitted;
}

static FILE *open_table(evidence_context *context, const verify_report *report, const char *kind) {
  char name[FILE_NAME];
  snprintf(name, sizeof name, "%s-%s.tex", report->claim->id, kind);
  return outputs_open(context->files, name);
}

/* --- tables --------------------------------------------------------------------------------- */

/* 0 where no ball was asked: decided by a bound, or in rationals. */
static void write_bits(FILE *table, long bits) {
  if (bits > 0)
    fprintf(table, "%ld", bits);
  else
    fputs("---", table);
}

/* How many instances are certified, or --- where no conclusion is decided by signs. */
static void write_certified(FILE *table, const verify_report *report) {
  if (claim_is_certifiable(report->claim))
    fprintf(table, "%zu", report->certified);
  else
    fputs("---", table);
}

static int write_conclusions(evidence_context *context, const verify_report *report) {
  FILE *table = open_table(context, report, "conclusions");
  if (table == NULL)
    return GSL_ENOMEM;
  for (size_t i = 0; i < report->conclusion_count; i++) {
    const conclusion *x = &report->claim->conclusions[i];
    const verify_tally *tally = &report->conclusion[i];
    tex_text(table, x->name);
    fprintf(table, " & %s & %s & ", x->statement, decision_name(x->decision));
    write_bits(table, x->decision == DECIDED_BY_SIGN ? tally->bits_most : 0);
    fprintf(table, " & %zu & %zu & %zu & %zu \\\\\n", tally->holds, tally->undecided, tally->fails,
            tally->vacuous);
  }
  return GSL_SUCCESS;
}

static int write_coverage(evidence_context *context, const verify_report *report) {
  FILE *table = open_table(context, report, "coverage");
  if (table == NULL)
    return GSL_ENOMEM;
  for (size_t i = 0; i < report->coverage_count; i++) {
    const coverage *x = &report->claim->coverages[i];
    tex_text(table, x->name);
    fprintf(table, " & %zu & %.1f & %.0f \\\\\n", report->coverage[i],
            share_of(report, report->coverage[i]), 100.0 * x->least_share);
  }
  return GSL_SUCCESS;
}

static void write_row(FILE *table, const verify_report *report) {
  const claim *c = report->claim;
  const char *const texts[] = {c->id, c->title, c->stem, c->figure, verdict_name(report->verdict)};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (texts[i] != NULL)
      tex_text(table, texts[i]);
    else
      fputs("\\textnormal{---}", table);
    fputs(" & ", table);
  }
  fprintf(table, "%zu & ", report->admitted);
  write_certified(table, report);
  fputs(" & ", table);
  write_bits(table, report->bits_most);
  fprintf(table, " & %zu \\\\\n", checks_of(report));
}

/* What fails of an erratum, each conclusion with how often and, for the one that a certificate
 * refutes first, its sign. */
static void write_consequences(FILE *table, const verify_report *report) {
  for (size_t i = 0; i < report->conclusion_count; i++) {
    const verify_tally *tally = &report->conclusion[i];
    if (tally->fails > 0)
      fprintf(table, "%s: fails on %zu of %zu instances. ", report->claim->conclusions[i].statement,
              tally->fails, applied(tally));
  }
  if (report->refutation.text[0] != '\0') {
    fputs("First: ", table);
    tex_text(table, report->refutation.text);
    fputs(".", table);
  }
}

/* A row of errata.tex: id & printed form & where & what fails & corrected form & verdicts.  The
 * verdict of the corrected form is looked up by TeX, when all claims have run. */
static void write_erratum(FILE *table, const verify_report *report) {
  const claim *c = report->claim;
  fprintf(table, "\\claim{%s} & %s & ", c->id, c->statement);
  tex_text(table, c->source);
  fputs(" & ", table);
  write_consequences(table, report);
  fprintf(table, " & \\claim{%s} & \\verdictof{%s} (\\claim{%s}: \\verdictof{%s}) \\\\\n",
          c->erratum, c->id, c->erratum, c->erratum);
}

static void write_facts(facts *f, const verify_report *report) {
  const char *id = report->claim->id;
  char seed[SEED_TEXT];
  snprintf(seed, sizeof seed, "0x%" PRIx64, report->seed);
  facts_text(f, verdict_name(report->verdict), "%s/verdict", id);
  facts_count(f, report->trials, "%s/trials", id);
  facts_count(f, report->admitted, "%s/admitted", id);
  facts_count(f, checks_of(report), "%s/checks", id);
  facts_count(f, undecided_of(report), "%s/undecided", id);
  facts_count(f, report->d_least, "%s/d_least", id);
  facts_count(f, report->d_most, "%s/d_most", id);
  facts_text(f, seed, "%s/seed", id);
  if (claim_is_certifiable(report->claim)) {
    facts_count(f, report->certified, "%s/certified", id);
    facts_count(f, (size_t)report->bits_most, "%s/bits_most", id);
    facts_text(f, report->claim->erratum != NULL ? "is refuted" : "holds", "%s/proved", id);
  }
}

/* --- all ------------------------------------------------------------------------------------ */

static verdict worse(verdict a, verdict b) {
  static const verdict order[] = {VERDICT_FAILS, VERDICT_UNDECIDED, VERDICT_VACUOUS};
  for (size_t i = 0; i < sizeof order / sizeof *order; i++)
    if (a == order[i] || b == order[i])
      return order[i];
  return VERDICT_HOLDS;
}

static int write_claim(evidence_context *context, const verify_report *report, FILE *overview,
                       FILE *errata, json_t *list) {
  int status = write_conclusions(context, report);
  if (status == GSL_SUCCESS)
    status = write_coverage(context, report);
  if (status == GSL_SUCCESS && json_array_append_new(list, record_json(report)) != 0)
    status = GSL_ENOMEM;
  write_row(overview, report);
  if (report->claim->erratum != NULL)
    write_erratum(errata, report);
  write_facts(context->facts, report);
  return status;
}

int sections_claims(evidence_context *context, verdict *worst, diagnostic *diag) {
  FILE *overview = outputs_open(context->files, "claims.tex");
  FILE *chapters = outputs_open(context->files, "chapters.tex");
  FILE *errata = outputs_open(context->files, "errata.tex");
  json_t *list = json_array();
  if (overview == NULL || chapters == NULL || errata == NULL ||
      json_object_set_new(context->root, "claims", list) != 0)
    return GSL_ENOMEM;
  size_t errors = 0, claims = 0, instances = 0, checks = 0, holding = 0, certifiable = 0,
         certified = 0;
  long bits_most = 0;
  *worst = VERDICT_HOLDS;
  for (const claim *const *c = registry_claims; *c != NULL; c++) {
    verify_report *report;
    int status = verify_run(*c, context->options, &report);
    if (status != GSL_SUCCESS)
      return status;
    fprintf(chapters, "\\input{%s.tex}\n", (*c)->stem);
    claims++;
    errors += (*c)->erratum != NULL;
    holding += verdict_is_pass(report->verdict);
    instances += report->admitted;
    checks += checks_of(report);
    if (claim_is_certifiable(*c)) {
      certifiable += report->admitted;
      certified += report->certified;
      bits_most = report->bits_most > bits_most ? report->bits_most : bits_most;
    }
    const verdict together = worse(*worst, report->verdict);
    if (together != *worst)
      diagnostic_set(diag, GSL_SUCCESS, "%s (%s): %s", (*c)->id, verdict_name(together),
                     report->reason);
    *worst = together;
    status = write_claim(context, report, overview, errata, list);
    verify_report_free(report);
    if (status != GSL_SUCCESS)
      return status;
  }
  facts_count(context->facts, claims, "run/claims");
  facts_count(context->facts, errors, "run/errata");
  facts_count(context->facts, holding, "run/claims_holding");
  facts_count(context->facts, instances, "run/instances");
  facts_count(context->facts, checks, "run/checks");
  facts_count(context->facts, certifiable, "run/certifiable");
  facts_count(context->facts, certified, "run/certified");
  facts_count(context->facts, (size_t)bits_most, "run/bits_most");
  return GSL_SUCCESS;
}
