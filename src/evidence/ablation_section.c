/* What fails without each hypothesis: the searches' tables, and a figure of three of the
 * counterexamples. */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/critical_step.h"
#include "claims/two_phases.h"
#include "exact/exact_run.h"
#include "exact/exact_step.h"
#include "verify/ablate.h"

enum { FILE_NAME = 64 };

/* --- tables --------------------------------------------------------------------------------- */

static bool is_found(const ablate_result *r) {
  return r->found != NULL;
}

static void write_name(FILE *table, const ablate_result *r) {
  tex_text(table, r->name);
  if (r->way[0] != '\0') {
    fputs(" (", table);
    tex_text(table, r->way);
    fputc(')', table);
  }
}

static void write_conclusion(FILE *table, const ablate_result *r) {
  if (is_found(r)) {
    tex_text(table, r->conclusion->name);
    fputs(r->certified ? " \\textnormal{(certified)}" : " \\textnormal{(by bound)}", table);
  } else if (r->hand_confirmed)
    tex_text(table, r->dropped->fails);
  else
    fputs("\\textnormal{---}", table);
  if (r->hand != NULL && !r->hand_confirmed)
    fputs(" (\\emph{by hand: not confirmed})", table);
}

static void write_outcome(FILE *table, const claim *c, const ablate_result *r) {
  switch (r->outcome) {
  case ABLATE_RANDOM:
  case ABLATE_DIRECTED:
    fprintf(table, "Found after %zu", r->found_after);
    if (r->outcome == ABLATE_DIRECTED)
      fprintf(table, " and %zu directed steps", r->steps);
    fputs(": ", table);
    if (c->family->print_tex != NULL)
      c->family->print_tex(table, r->found);
    else
      fprintf(table, "$d=%zu$, $k=%zu$", r->d, r->k);
    fputs(". ", table);
    break;
  case ABLATE_NONE:
    fprintf(table, "None in %zu instances", r->admitted);
    if (r->steps > 0)
      fprintf(table, " and %zu directed steps", r->steps);
    if (!isnan(r->least_margin)) {
      fputs(", least margin ", table);
      tex_number(table, r->least_margin, 2);
    }
    fputs(r->hand_confirmed ? ". " : ": perhaps not needed. ", table);
    break;
  case ABLATE_NOT_ADMITTED:
    fprintf(table, "None of %zu instances violates it alone. ", r->trials);
    break;
  default:
    fputs("Not searched. ", table);
  }
}

static void write_remark(FILE *table, const ablate_result *r) {
  if (r->dropped->remark == NULL)
    return;
  if (r->hand != NULL)
    fputs("By hand: ", table);
  fputs(r->dropped->remark, table);
}

/* An erratum fails as it stands: there is nothing to search, only what its hypotheses are. */
static void write_erratum(FILE *table, const claim *c) {
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++) {
    tex_text(table, h->name);
    fprintf(table, " & %s & \\textnormal{---} & %s \\\\\n", h->statement,
            h->dropped.remark != NULL ? h->dropped.remark : "---");
  }
}

static int write_table(evidence_context *context, const ablate_report *report) {
  char name[FILE_NAME];
  snprintf(name, sizeof name, "%s-ablations.tex", report->claim->id);
  FILE *table = outputs_open(context->files, name);
  if (table == NULL)
    return GSL_ENOMEM;
  if (report->claim->erratum != NULL)
    write_erratum(table, report->claim);
  for (size_t i = 0; i < report->count; i++) {
    const ablate_result *r = &report->result[i];
    write_name(table, r);
    fprintf(table, " & %s & ", r->statement);
    write_conclusion(table, r);
    fputs(" & ", table);
    write_outcome(table, report->claim, r);
    write_remark(table, r);
    fputs(" \\\\\n", table);
  }
  return GSL_SUCCESS;
}

/* --- what the theorems are said to need ----------------------------------------------------- */

typedef struct {
  const char *id, *name, *way;
  const char *words; /* TeX: what is dropped, in the words of the specification */
} listed_ablation;

static const listed_ablation listed[] = {
    {"T1", "gap", "order", "no gap: the dominant set is not the top $k$"},
    {"T1", "gap", "tie", "no gap: $\\lambda_k=\\lambda_{k+1}$"},
    {"T1", "unbiased", "", "biased noise, $\\mathbb{E}\\,\\xi\\ne0$"},
    {"T1", "mean_field", "", "true expectation in place of the mean field, near $\\eta^*$"},
    {"T2", "gap", "order", "no gap: the dominant set is not the top $k$"},
    {"T2", "gap", "tie", "no gap: $\\lambda_k=\\lambda_{k+1}$"},
    {"T2", "unbiased", "", "biased noise, $\\mathbb{E}\\,\\xi\\ne0$"},
    {"T2", "mean_field", "", "true expectation, noise of two signs, few bulk directions"},
    {"R2", "condition", "", "true expectation, Gaussian noise, few bulk directions"},
    {"T3", "ill_conditioned", "threshold", "ill-conditioning below the threshold"},
    {"T3", "quiet_bulk", "noise", "noise larger in the bulk"},
    {"T3", "bulk_above_rest", "start", "bulk gradient below its stationary level"},
    {"T4", "stable_step", "", "$\\eta$ from $2/(\\lambda_1+\\lambda_{k+1})$ to $2/\\lambda_1$"},
    {"T4", "large_start", "", "some $g_i(0)^2<s_i$"},
    {"T4", "gap", "", "no gap"},
    {"T4", "constant_step", "", "a varying step"},
    {"T4", "positive_noise", "dominant", "$v_i=0$ for all dominant $i$"}};

static void write_listed(FILE *table, const ablate_report *report) {
  const claim *c = report->claim;
  for (size_t i = 0; i < sizeof listed / sizeof *listed; i++) {
    if (strcmp(listed[i].id, c->id) != 0)
      continue;
    const ablate_result *r = ablate_find(report, listed[i].name, listed[i].way);
    fprintf(table, "%s & %s & ", c->id, listed[i].words);
    if (r == NULL || !is_found(r)) {
      fputs("\\emph{not found} & --- & --- \\\\\n", table);
      continue;
    }
    if (c->family->print_tex != NULL)
      c->family->print_tex(table, r->found);
    fputs(" & ", table);
    tex_text(table, r->conclusion->name);
    fprintf(table, " & %s \\\\\n", r->certified ? "certified" : "by bound");
  }
}

/* --- all claims ----------------------------------------------------------------------------- */

typedef struct {
  size_t searches, found, directed, certified, none;
} ablation_counts;

static void count_results(const ablate_report *report, ablation_counts *counts) {
  for (size_t i = 0; i < report->count; i++) {
    const ablate_result *r = &report->result[i];
    counts->searches += r->outcome != ABLATE_NOT_SEARCHED;
    counts->found += is_found(r);
    counts->directed += r->outcome == ABLATE_DIRECTED;
    counts->certified += is_found(r) && r->certified;
    counts->none += r->outcome == ABLATE_NONE || r->outcome == ABLATE_NOT_ADMITTED;
  }
}

static int write_claim(evidence_context *context, const claim *c, FILE *overview, json_t *list,
                       ablation_counts *counts, diagnostic *diag) {
  ablate_report *report = NULL;
  int status = ablate_run(c, context->options, &report, diag);
  if (status != GSL_SUCCESS)
    return status;
  status = write_table(context, report);
  write_listed(overview, report);
  count_results(report, counts);
  if (status == GSL_SUCCESS && json_array_append_new(list, ablate_json(report)) != 0)
    status = GSL_ENOMEM;
  ablate_report_free(report);
  return status;
}

/* --- the figure ----------------------------------------------------------------------------- */

/* The counterexample by hand to the hypothesis or its way; NULL when memory is out. */
static quadratic *hand_instance(const claim *c, const char *name, const char *way) {
  for (const further_ablation *f = c->further; f != NULL && f->name != NULL; f++)
    if (strcmp(f->name, name) == 0 && strcmp(f->way, way) == 0)
      return f->dropped.instance();
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++)
    if (strcmp(h->name, name) == 0)
      return h->dropped.instance();
  return NULL;
}

static double change_at(const quadratic *q, double eta) {
  double alignment[2];
  for (int after = 0; after < 2; after++) {
    const exact_step step = {q, after ? eta : 0.0};
    const double dominant = certified_value_of(exact_step_dominant, &step);
    alignment[after] = dominant / (dominant + certified_value_of(exact_step_bulk, &step));
  }
  return alignment[1] - alignment[0];
}

static double alignment_at(const quadratic *q, unsigned long t) {
  const exact_run run = {q, t};
  const double dominant = certified_value_of(exact_run_iterated_dominant, &run);
  return dominant / (dominant + certified_value_of(exact_run_iterated_bulk, &run));
}

enum { CURVES = 4, STEP_POINTS = 160, RUN_POINTS = 200 };

/* The first one is ordinary: the state of each figure with the hypothesis kept. */
static int gather(quadratic *steps[CURVES], quadratic *runs[CURVES]) {
  const claim *one = &critical_step_claim, *run = &two_phases_claim;
  steps[0] = hand_instance(one, "unbiased", "");
  steps[1] = hand_instance(one, "unbiased", "");
  steps[2] = hand_instance(one, "gap", "order");
  steps[3] = hand_instance(one, "gap", "tie");
  runs[0] = hand_instance(run, "constant_step", "");
  runs[1] = hand_instance(run, "constant_step", "");
  runs[2] = hand_instance(run, "large_start", "");
  runs[3] = hand_instance(run, "gap", "");
  for (int n = 0; n < CURVES; n++)
    if (steps[n] == NULL || runs[n] == NULL)
      return GSL_ENOMEM;
  for (size_t i = 0; i < steps[0]->d; i++)
    steps[0]->bias[i] = 0.0;
  runs[0]->switch_step = 0;
  return GSL_SUCCESS;
}

static int write_figure(evidence_context *context) {
  quadratic *steps[CURVES] = {NULL}, *runs[CURVES] = {NULL};
  FILE *data =
      sections_open_data(context, "ablations", "T1 and T4 with and without their hypotheses");
  int status = data == NULL ? GSL_ENOMEM : gather(steps, runs);
  if (status != GSL_SUCCESS)
    goto cleanup;
  fputs("# the instances are the counterexamples by hand of the claims' modules\n", data);
  sections_begin_block(data, "marks", "step at which the varying step changes [steps]");
  sections_row(data, (const double[]){(double)runs[1]->switch_step}, 1);
  sections_begin_block(data, "steps",
                       "eta lambda_max/2 [1]; change of the mean-field alignment [1]: ordinary, "
                       "biased noise, not the top k, tie");
  for (int point = 0; point <= STEP_POINTS; point++) {
    double row[1 + CURVES] = {2.0 * point / STEP_POINTS};
    for (int n = 0; n < CURVES; n++)
      row[1 + n] =
          change_at(steps[n], row[0] * 2.0 / fmax(steps[n]->lambda[0], steps[n]->lambda[1]));
    sections_row(data, row, 1 + CURVES);
  }
  sections_begin_block(data, "runs",
                       "t [steps]; mean-field alignment [1]: ordinary, varying step, start below "
                       "the stationary level, not the top k");
  for (unsigned long t = 0; t <= RUN_POINTS; t++) {
    double row[1 + CURVES] = {(double)t};
    for (int n = 0; n < CURVES; n++)
      row[1 + n] = alignment_at(runs[n], t);
    sections_row(data, row, 1 + CURVES);
  }
  facts_count(context->facts, runs[1]->switch_step, "figure/ablations/switch_step");

cleanup:
  for (int n = 0; n < CURVES; n++) {
    quadratic_free(steps[n]);
    quadratic_free(runs[n]);
  }
  return status;
}

/* --- all ------------------------------------------------------------------------------------ */

int sections_ablations(evidence_context *context, const claim *const *claims, diagnostic *diag) {
  FILE *overview = outputs_open(context->files, "ablations.tex");
  json_t *list = json_array();
  if (overview == NULL || json_object_set_new(context->root, "ablations", list) != 0)
    return GSL_ENOMEM;
  ablation_counts counts = {0};
  int status = write_figure(context);
  for (const claim *const *c = claims; *c != NULL && status == GSL_SUCCESS; c++)
    status = write_claim(context, *c, overview, list, &counts, diag);
  facts_count(context->facts, counts.searches, "ablate/searches");
  facts_count(context->facts, counts.found, "ablate/found");
  facts_count(context->facts, counts.directed, "ablate/directed");
  facts_count(context->facts, counts.certified, "ablate/certified");
  facts_count(context->facts, counts.none, "ablate/none");
  return status;
}
