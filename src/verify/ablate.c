#include "config.h"
#include "verify/ablate.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <gsl/gsl_errno.h>
#include "io/output.h"
#include "io/text.h"
#include "model/random.h"
#include "verify/shrink.h"

/* --- what is dropped ------------------------------------------------------------------------ */

/* One thing to drop.  `hypothesis` is NULL where it is an assumption of one conclusion alone: then
 * the instances meet every hypothesis of the claim and violate `holds`. */
typedef struct {
  const claim *claim;
  const hypothesis *hypothesis;
  const further_ablation *further; /* NULL: the hypothesis itself */
  const ablation *dropped;
  const conclusion *named; /* NULL when none is named */
} target;

static const hypothesis *find_hypothesis(const claim *c, const char *name) {
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++)
    if (strcmp(h->name, name) == 0)
      return h;
  return NULL;
}

static bool assumption_holds(const target *t, const void *instance) {
  return t->further != NULL && t->further->holds != NULL ? t->further->holds(instance)
                                                         : t->hypothesis->holds(instance);
}

static bool is_admitted(const target *t, const void *instance) {
  return !assumption_holds(t, instance) &&
         (t->claim->is_defined == NULL || t->claim->is_defined(instance)) &&
         claim_violated(t->claim, instance, t->hypothesis) == NULL;
}

static target target_of(const claim *c, const hypothesis *h, const further_ablation *f) {
  const ablation *dropped = f != NULL ? &f->dropped : &h->dropped;
  target t = {c, h, f, dropped, NULL};
  if (f != NULL && f->without != NULL)
    t.named = f->without;
  else if (dropped->fails != NULL)
    t.named = claim_find_conclusion(c, dropped->fails);
  return t;
}

/* --- reports -------------------------------------------------------------------------------- */

const char *ablate_outcome_name(ablate_outcome outcome) {
  static const char *const names[] = {"none", "random", "directed", "not admitted", "not searched"};
  return names[outcome];
}

void ablate_report_free(ablate_report *report) {
  if (report == NULL)
    return;
  for (size_t i = 0; report->result != NULL && i < report->count; i++) {
    ablate_result *r = &report->result[i];
    if (r->found != NULL)
      report->claim->family->free(r->found);
    if (r->hand != NULL)
      report->claim->family->free(r->hand);
    free(r->tally);
  }
  free(report->result);
  free(report);
}

const ablate_result *ablate_find(const ablate_report *report, const char *name, const char *way) {
  for (size_t i = 0; i < report->count; i++)
    if (strcmp(report->result[i].name, name) == 0 && strcmp(report->result[i].way, way) == 0)
      return &report->result[i];
  return NULL;
}

static bool has_further(const claim *c, const char *name) {
  for (const further_ablation *f = c->further; f != NULL && f->name != NULL; f++)
    if (strcmp(f->name, name) == 0)
      return true;
  return false;
}

/* Every target of the claim, in the order of the report; returns how many.  With list NULL, counts.
 */
static size_t list_targets(const claim *c, target *list) {
  size_t count = 0;
  if (c->erratum != NULL)
    return 0; /* it fails with its hypotheses met */
  for (const hypothesis *h = c->hypotheses; h->name != NULL; h++) {
    if (h->dropped.violate != NULL || !has_further(c, h->name)) {
      if (list != NULL)
        list[count] = target_of(c, h, NULL);
      count++;
    }
    for (const further_ablation *f = c->further; f != NULL && f->name != NULL; f++)
      if (strcmp(f->name, h->name) == 0) {
        if (list != NULL)
          list[count] = target_of(c, h, f);
        count++;
      }
  }
  for (const further_ablation *f = c->further; f != NULL && f->name != NULL; f++)
    if (find_hypothesis(c, f->name) == NULL) {
      if (list != NULL)
        list[count] = target_of(c, NULL, f);
      count++;
    }
  return count;
}

/* How many of `most` a claim can afford: those with few trials in an ordinary run are the dear
 * ones. A short run has less of everything, a long one more trials and steps alone. */
static size_t affordable(const claim *c, const verify_options *options, size_t most) {
  const double cost = fmin(1.0, (double)c->trials / ABLATE_TRIALS_FULL);
  const double share = floor((double)most * cost * fmin(1.0, options->trials_factor));
  return share < 1.0 ? 1 : (size_t)share;
}

static size_t affordable_trials(const claim *c, const verify_options *options, size_t most) {
  const double share = (double)affordable(c, options, most) * fmax(1.0, options->trials_factor);
  return (size_t)floor(share);
}

/* --- the search ----------------------------------------------------------------------------- */

static double complexity_of(const claim *c, const void *instance) {
  return c->family->complexity != NULL ? c->family->complexity(instance) : NAN;
}

/* An instance with its margin, on which the directed search may start. */
typedef struct {
  void *instance;
  double margin;
  uint32_t seed;
} start;

/* A counterexample as it was found. */
typedef struct {
  void *instance;
  const conclusion *fails;
  ablate_outcome how;
  uint32_t seed;
  size_t after; /* admitted instances up to it */
} finding;

typedef struct {
  const target *t;
  const verify_options *options;
  ablate_result *result;
  finding findings[ABLATE_ENOUGH]; /* to the named conclusion or, while there is none, to others */
  size_t count;
  bool any_size;               /* half of the trials were too large, all of them */
  bool named;                  /* the findings are to the named conclusion */
  start starts[ABLATE_STARTS]; /* ascending margins; NULL instances at the end */
} search;

static void forget(search *s) {
  while (s->count > 0)
    s->t->claim->family->free(s->findings[--s->count].instance);
}

static bool is_done(const search *s) {
  return s->named && s->count >= affordable(s->t->claim, s->options, ABLATE_ENOUGH);
}

/* Keeps the counterexample, or frees it where there are enough of its kind or better ones. */
static void offer(search *s, void *instance, const conclusion *fails, ablate_outcome how,
                  uint32_t seed) {
  const bool named = fails == s->t->named;
  if (named && !s->named) {
    forget(s);
    s->named = true;
  }
  if (named != s->named || s->count == ABLATE_ENOUGH) {
    s->t->claim->family->free(instance);
    return;
  }
  const finding found = {instance, fails, how, seed, s->result->admitted};
  s->findings[s->count++] = found;
}

static void remember_start(search *s, void *instance, double margin, uint32_t seed) {
  const claim *c = s->t->claim;
  start entry = {instance, margin, seed};
  for (size_t i = 0; i < ABLATE_STARTS; i++)
    if (s->starts[i].instance == NULL || entry.margin < s->starts[i].margin) {
      const start kept = s->starts[i];
      s->starts[i] = entry;
      entry = kept;
      if (entry.instance == NULL)
        return;
    }
  c->family->free(entry.instance);
}

/* Lower margins only: NaN (no value there) changes nothing. */
static void note_margin(ablate_result *r, double margin) {
  if (margin < r->least_margin || (isnan(r->least_margin) && !isnan(margin)))
    r->least_margin = margin;
}

static void tally_add(verify_tally *tally, verdict v) {
  tally->holds += v == VERDICT_HOLDS;
  tally->fails += v == VERDICT_FAILS;
  tally->undecided += v == VERDICT_UNDECIDED;
  tally->vacuous += v == VERDICT_VACUOUS;
}

/* Checks every conclusion on an admitted instance and takes it over. */
static void judge(search *s, void *instance, uint32_t seed) {
  const claim *c = s->t->claim;
  const conclusion *named = s->t->named, *other = NULL;
  /* Then nothing is said of the other conclusions. */
  const bool of_one = s->t->further != NULL && s->t->further->without != NULL;
  ablate_result *r = s->result;
  claim_note note = {"", 0};
  bool named_fails = false;
  r->admitted++;
  for (size_t i = 0; c->conclusions[i].name != NULL && !of_one; i++) {
    const verdict v = c->conclusions[i].check(instance, &note);
    tally_add(&r->tally[i], v);
    if (&c->conclusions[i] == named)
      named_fails = v == VERDICT_FAILS;
    else if (v == VERDICT_FAILS && other == NULL)
      other = &c->conclusions[i];
  }
  if (of_one) {
    const verdict v = named->check(instance, &note);
    tally_add(&r->without, v);
    named_fails = v == VERDICT_FAILS;
  }
  double margin = NAN;
  if (named != NULL && named->margin != NULL)
    note_margin(r, margin = named->margin(instance));
  if (named_fails)
    offer(s, instance, named, ABLATE_RANDOM, seed);
  else if (!isnan(margin)) {
    /* The directed search is for the named conclusion: its starts come before other failures. */
    remember_start(s, instance, margin, seed);
  } else if (other != NULL)
    offer(s, instance, other, ABLATE_RANDOM, seed);
  else
    c->family->free(instance);
}

static bool is_too_large(const search *s, const void *instance) {
  size_t d, k;
  s->t->claim->family->size(instance, &d, &k);
  return d > ABLATE_DIMENSION_MOST && !s->any_size;
}

/* Where the assumption is met, the conclusion that stands on it must not fail. */
static void control(const target *t, const void *instance, ablate_result *r) {
  if (t->further == NULL || t->further->without == NULL ||
      claim_violated(t->claim, instance, NULL) != NULL || !assumption_holds(t, instance))
    return;
  claim_note note = {"", 0};
  r->control++;
  r->control_fails += t->further->without->check(instance, &note) == VERDICT_FAILS;
}

/* The stream of a target's trials: its own, whatever else is searched. */
static uint32_t seed_of(const search *s, size_t trial) {
  char name[128];
  snprintf(name, sizeof name, "ablate %s %s %s", s->t->claim->id, s->result->name, s->result->way);
  return random_trial_seed(s->options->seed, name, trial);
}

static int search_at_random(search *s, size_t trials, diagnostic *diag) {
  const target *t = s->t;
  for (size_t trial = 0; trial < trials && !is_done(s); trial++) {
    const uint32_t seed = seed_of(s, trial);
    s->any_size = s->any_size || (2 * trial >= trials && s->result->admitted == 0);
    gsl_rng *rng = random_alloc(seed);
    if (rng == NULL)
      return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
    void *instance = t->claim->generate(rng, diag);
    if (instance == NULL) {
      gsl_rng_free(rng);
      return diag->code != GSL_SUCCESS ? diag->code : GSL_ENOMEM;
    }
    s->result->trials++;
    control(t, instance, s->result);
    if (t->dropped->violate(instance, rng) && !is_too_large(s, instance) &&
        is_admitted(t, instance))
      judge(s, instance, seed);
    else
      t->claim->family->free(instance);
    gsl_rng_free(rng);
  }
  return GSL_SUCCESS;
}

/* Downhill from one start: a change that lowers the margin is kept. */
static int descend(search *s, start *from, size_t steps, diagnostic *diag) {
  const claim *c = s->t->claim;
  const conclusion *named = s->t->named;
  char name[160];
  snprintf(name, sizeof name, "descend %s %s %s", c->id, s->result->name, s->result->way);
  gsl_rng *rng = random_alloc(random_trial_seed(s->options->seed, name, from->seed));
  if (rng == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  void *at = from->instance;
  from->instance = NULL;
  double margin = from->margin;
  int status = GSL_SUCCESS;
  size_t d, k;
  c->family->size(at, &d, &k);
  if (d > ABLATE_DIMENSION_MOST) /* each step is dearer */
    steps = steps * ABLATE_DIMENSION_MOST / d;
  for (size_t step = 0; step < steps && !s->named; step++) {
    void *next = c->family->perturb(at, rng);
    if (next == NULL) {
      status = diagnostic_set(diag, GSL_ENOMEM, "out of memory");
      break;
    }
    s->result->steps++;
    const double there = is_admitted(s->t, next) ? named->margin(next) : NAN;
    if (!(there < margin)) {
      c->family->free(next);
      continue;
    }
    c->family->free(at);
    at = next;
    margin = there;
    note_margin(s->result, margin);
    claim_note note = {"", 0};
    if (margin <= 0.0 && named->check(at, &note) == VERDICT_FAILS) {
      offer(s, at, named, ABLATE_DIRECTED, from->seed);
      at = NULL;
    }
  }
  gsl_rng_free(rng);
  if (at != NULL)
    c->family->free(at);
  return status;
}

static int search_directed(search *s, size_t steps, diagnostic *diag) {
  int status = GSL_SUCCESS;
  for (size_t i = 0; i < ABLATE_STARTS && status == GSL_SUCCESS && !s->named; i++)
    if (s->starts[i].instance != NULL)
      status = descend(s, &s->starts[i], steps, diag);
  return status;
}

/* --- what was found ------------------------------------------------------------------------- */

typedef struct {
  const target *t;
  const conclusion *fails;
} wanted;

static bool is_counterexample(const void *instance, const void *context) {
  const wanted *w = context;
  claim_note note = {"", 0};
  return is_admitted(w->t, instance) && w->fails->check(instance, &note) == VERDICT_FAILS;
}

/* Shrinks every finding and keeps the simplest result. */
static void settle(search *s) {
  const claim *c = s->t->claim;
  ablate_result *r = s->result;
  if (s->count == 0)
    r->outcome = s->t->dropped->violate == NULL ? ABLATE_NOT_SEARCHED
                 : r->admitted == 0             ? ABLATE_NOT_ADMITTED
                                                : ABLATE_NONE;
  for (size_t i = 0; i < s->count; i++) {
    const finding *f = &s->findings[i];
    const wanted w = {s->t, f->fails};
    shrink_summary summary = {.local_minimum = false};
    size_t d, k;
    c->family->size(f->instance, &d, &k);
    void *shrunk = shrink_instance(c->family, f->instance, is_counterexample, &w,
                                   affordable(c, s->options, ABLATE_SHRINK_TRIES), &summary);
    if (i == 0)
      r->found_after = f->after;
    else if (!(complexity_of(c, shrunk) < r->complexity)) {
      c->family->free(shrunk);
      continue;
    } else
      c->family->free(r->found);
    r->found = shrunk;
    r->outcome = f->how;
    r->trial_seed = f->seed;
    r->conclusion = f->fails;
    r->minimal = summary.local_minimum;
    r->complexity = complexity_of(c, shrunk);
    r->d_first = d;
    r->k_first = k;
  }
  s->count = 0;
  if (r->found == NULL)
    return;
  r->expected = r->conclusion == s->t->named;
  r->certified = r->conclusion->decision == DECIDED_BY_SIGN;
  r->conclusion->check(r->found, &r->note);
  c->family->size(r->found, &r->d, &r->k);
}

static void settle_hand(const target *t, ablate_result *r) {
  if (t->dropped->instance == NULL || t->named == NULL)
    return;
  const wanted w = {t, t->named};
  r->hand = t->dropped->instance();
  if (r->hand == NULL)
    return;
  r->hand_confirmed = is_counterexample(r->hand, &w);
  r->hand_complexity = complexity_of(t->claim, r->hand);
}

static int run_target(const target *t, const verify_options *options, size_t conclusion_count,
                      ablate_result *r, diagnostic *diag) {
  const further_ablation *f = t->further;
  r->name = f != NULL ? f->name : t->hypothesis->name;
  r->way = f != NULL ? f->way : "";
  r->statement = f != NULL && f->statement != NULL ? f->statement : t->hypothesis->statement;
  r->dropped = t->dropped;
  r->complexity = r->hand_complexity = r->least_margin = NAN;
  r->tally = calloc(conclusion_count + 1, sizeof *r->tally);
  if (r->tally == NULL)
    return diagnostic_set(diag, GSL_ENOMEM, "out of memory");
  search s = {.t = t, .options = options, .result = r};
  const size_t trials = affordable_trials(t->claim, options, ABLATE_TRIALS);
  const size_t steps = affordable_trials(t->claim, options, ABLATE_STEPS);
  int status = GSL_SUCCESS;
  if (t->dropped->violate != NULL)
    status = search_at_random(&s, trials, diag);
  if (status == GSL_SUCCESS && !s.named && t->claim->family->perturb != NULL)
    status = search_directed(&s, steps, diag);
  for (size_t i = 0; i < ABLATE_STARTS; i++)
    if (s.starts[i].instance != NULL)
      t->claim->family->free(s.starts[i].instance);
  if (status != GSL_SUCCESS) {
    forget(&s);
    return status;
  }
  settle(&s);
  settle_hand(t, r);
  return GSL_SUCCESS;
}

static void show_progress(const verify_options *options, const claim *c, size_t done, size_t count,
                          time_t begun, bool *shown) {
  if (options->progress == NULL || time(NULL) - begun < 1)
    return;
  *shown = true;
  fprintf(options->progress, "\r%s: %zu of %zu searches", c->id, done, count);
  fflush(options->progress);
}

int ablate_run(const claim *c, const verify_options *options, ablate_report **out,
               diagnostic *diag) {
  ablate_report *report = calloc(1, sizeof *report);
  target *targets = NULL;
  int status = GSL_ENOMEM;
  if (report == NULL)
    goto cleanup;
  report->claim = c;
  report->seed = options->seed;
  report->count = list_targets(c, NULL);
  while (c->conclusions[report->conclusion_count].name != NULL)
    report->conclusion_count++;
  targets = calloc(report->count + 1, sizeof *targets);
  report->result = calloc(report->count + 1, sizeof *report->result);
  if (targets == NULL || report->result == NULL)
    goto cleanup;
  list_targets(c, targets);
  const time_t begun = time(NULL);
  bool shown = false;
  diagnostic said = {GSL_SUCCESS, ""};
  status = GSL_SUCCESS;
  for (size_t i = 0; i < report->count && status == GSL_SUCCESS; i++) {
    status = run_target(&targets[i], options, report->conclusion_count, &report->result[i], &said);
    show_progress(options, c, i + 1, report->count, begun, &shown);
  }
  if (shown)
    fputs("\r\033[K", options->progress);
  if (status != GSL_SUCCESS)
    diagnostic_set(diag, status, "%s: %s", c->id, said.message);

cleanup:
  free(targets);
  if (status == GSL_SUCCESS)
    *out = report;
  else {
    if (report == NULL || report->result == NULL)
      diagnostic_set(diag, status, "out of memory");
    ablate_report_free(report);
  }
  return status;
}

/* --- JSON ----------------------------------------------------------------------------------- */

/* The instance as the family prints it; null for none. */
static json_t *instance_json(const claim *c, const void *instance) {
  if (instance == NULL)
    return json_null();
  char *text = io_text_of(c->family->print, instance);
  json_t *value = text != NULL ? json_string(text) : NULL;
  free(text);
  return value;
}

static json_t *tally_json(const verify_tally *t) {
  return json_pack("{s:I, s:I, s:I, s:I}", "holds", (json_int_t)t->holds, "undecided",
                   (json_int_t)t->undecided, "fails", (json_int_t)t->fails, "not_applicable",
                   (json_int_t)t->vacuous);
}

static json_t *tallies_json(const claim *c, const ablate_result *r) {
  json_t *list = json_object();
  for (size_t i = 0; c->conclusions[i].name != NULL; i++)
    json_object_set_new(list, c->conclusions[i].name, tally_json(&r->tally[i]));
  return list;
}

static json_t *result_json(const claim *c, const ablate_result *r) {
  char seed[24] = "";
  snprintf(seed, sizeof seed, "0x%" PRIx32, r->trial_seed);
  return json_pack(
      "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s?, s:o, s:s?, s:b, s:b, s:b, s:s, s:o, s:o, "
      "s:o, "
      "s:b, s:o, s:I, s:I, s:s?}",
      "hypothesis", r->name, "way", r->way, "statement", r->statement, "outcome",
      ablate_outcome_name(r->outcome), "trials", (json_int_t)r->trials, "admitted",
      (json_int_t)r->admitted, "found_after", (json_int_t)r->found_after, "steps",
      (json_int_t)r->steps, "trial_seed", r->found != NULL ? seed : NULL, "least_margin",
      io_json_number(r->least_margin), "fails", r->conclusion != NULL ? r->conclusion->name : NULL,
      "expected", r->expected, "certified", r->certified, "minimal", r->minimal, "note",
      r->note.text, "complexity", io_json_number(r->complexity), "counterexample",
      instance_json(c, r->found), "by_hand", instance_json(c, r->hand), "by_hand_confirmed",
      r->hand_confirmed, "conclusions", tallies_json(c, r), "control", (json_int_t)r->control,
      "control_fails", (json_int_t)r->control_fails, "remark", r->dropped->remark);
}

json_t *ablate_json(const ablate_report *report) {
  json_t *list = json_array();
  for (size_t i = 0; list != NULL && i < report->count; i++)
    if (json_array_append_new(list, result_json(report->claim, &report->result[i])) != 0) {
      json_decref(list);
      return NULL;
    }
  return list == NULL ? NULL : json_pack("{s:s, s:o}", "id", report->claim->id, "ablations", list);
}
