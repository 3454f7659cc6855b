/* Effective step sizes of gradient descent, momentum and Adam along runs on quadratics.
 *
 *   optimisers.tex    spectrum & optimiser & coordinates & dominant effective step, mean and
 *                     deviation & the bulk one & ln(L_0/L_T)
 *   correlations.tex  spectrum & rank correlation of the bulk effective step with the speed & its p
 *                     & the dominant one's & its p & over more starts: mean of the first, share of
 *                     the starts where it is 1 & mean of the second */
#include "config.h"
#include "evidence/sections.h"

#include <math.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include "exact/dense_step.h"
#include "laws/rank_correlation.h"
#include "model/quadratic.h"
#include "model/random.h"
#include "sim/optimiser.h"

enum {
  DIMENSION = 50,
  DOMINANT = 5,
  STEPS = 1000,
  STARTS = 20,
  STARTS_LEAST = 2,
  SPECTRA = 5,
  RUNS = 6
};

/* The source's rules: GD at 0.01 and Adam at 0.001, momentum 0.9.  lambda_1 is such that none of
 * them is near its edge (eta lambda_1 = 1/5), and x_0 so small that Adam can come to the minimum in
 * as many steps, 0.001 of it each. */
static const double gd_step = 0.01, adam_step = 0.001, momentum = 0.9, top = 20.0, spread = 0.5;

typedef struct {
  const char *name, *coordinates; /* TeX */
  bool adaptive, momentum, turned;
} optimiser;

static const optimiser optimisers[RUNS] = {
    {"GD ($-$m)", "any", false, false, false},
    {"GD ($+$m)", "any", false, true, false},
    {"Adam ($-$m)", "eigenbasis", true, false, false},
    {"Adam ($+$m)", "eigenbasis", true, true, false},
    {"Adam ($-$m)", "random basis", true, false, true},
    {"Adam ($+$m)", "random basis", true, true, true},
};

static optimiser_rule rule_of(const optimiser *o) {
  return (optimiser_rule){.adaptive = o->adaptive,
                          .eta = o->adaptive ? adam_step : gd_step,
                          .momentum = o->momentum ? momentum : 0.0,
                          .second = o->adaptive ? 0.999 : 0.0,
                          .epsilon = 1e-8};
}

/* --- problems ------------------------------------------------------------------------------- */

static const char *const spectra[SPECTRA] = {"two levels, $m=10$", "two levels, $m=1000$",
                                             "two groups, $m=10$", "$\\lambda_i\\propto1/i$",
                                             "geometric, to $10^{-4}$"};

static double eigenvalue(size_t which, size_t i) {
  const bool dominant = i < DOMINANT;
  const double place =
      dominant ? (double)i / (DOMINANT - 1) : (double)(i - DOMINANT) / (DIMENSION - DOMINANT - 1);
  switch (which) {
  case 0:
    return dominant ? top : top / 10.0;
  case 1:
    return dominant ? top : top / 1000.0;
  case 2: /* from 20 to 10 and from 1 to 0.01 */
    return dominant ? top * pow(2.0, -place) : top / 20.0 * pow(100.0, -place);
  case 3:
    return top / (double)(i + 1);
  default:
    return top * pow(1e-4, (double)i / (DIMENSION - 1));
  }
}

/* x_0 ~ N(0, spread^2 I). */
static quadratic *problem(size_t which, uint32_t seed) {
  quadratic *q = quadratic_alloc(DIMENSION, DOMINANT);
  gsl_rng *rng = random_alloc(seed);
  for (size_t i = 0; q != NULL && rng != NULL && i < q->d; i++) {
    q->lambda[i] = eigenvalue(which, i);
    q->g[i] = q->lambda[i] * gsl_ran_gaussian(rng, spread);
  }
  if (rng == NULL) {
    quadratic_free(q);
    return NULL;
  }
  gsl_rng_free(rng);
  return q;
}

/* --- runs ----------------------------------------------------------------------------------- */

static int run_all(size_t which, uint32_t seed, optimiser_summary out[RUNS]) {
  quadratic *q = problem(which, seed);
  dense_quadratic *dense = q != NULL ? dense_quadratic_alloc(q, seed) : NULL;
  int status = dense == NULL ? GSL_ENOMEM : GSL_SUCCESS;
  for (size_t n = 0; n < RUNS && status == GSL_SUCCESS; n++) {
    const optimiser_rule rule = rule_of(&optimisers[n]);
    status =
        optimiser_run(q, optimisers[n].turned ? dense->basis : NULL, &rule, STEPS, &out[n], NULL);
  }
  dense_quadratic_free(dense);
  quadratic_free(q);
  return status;
}

static double speed_of(const optimiser_summary *s) {
  return log(s->start / s->end);
}

typedef struct {
  double bulk, bulk_p, dominant, dominant_p;
} correlations;

static int correlate(const optimiser_summary runs[RUNS], correlations *out) {
  double bulk[RUNS], dominant[RUNS], speed[RUNS];
  for (size_t n = 0; n < RUNS; n++) {
    bulk[n] = runs[n].mean.bulk;
    dominant[n] = runs[n].mean.dominant;
    speed[n] = speed_of(&runs[n]);
  }
  const int status = rank_correlation(bulk, speed, RUNS, &out->bulk, &out->bulk_p);
  return status == GSL_SUCCESS
             ? rank_correlation(dominant, speed, RUNS, &out->dominant, &out->dominant_p)
             : status;
}

static void write_runs(FILE *table, const char *words, const optimiser_summary runs[RUNS]) {
  for (size_t n = 0; n < RUNS; n++) {
    const optimiser_summary *s = &runs[n];
    const double numbers[] = {s->mean.dominant, s->deviation.dominant, s->mean.bulk,
                              s->deviation.bulk};
    /* where every step has the same, what is left is rounding */
    const double rounding = 1e-12 * (fabs(s->mean.dominant) + fabs(s->mean.bulk));
    fprintf(table, "%s & %s & %s", n == 0 ? words : "", optimisers[n].name,
            optimisers[n].coordinates);
    for (int i = 0; i < 4; i++) {
      fputs(i % 2 == 0 ? " & " : " (", table);
      tex_number(table, fabs(numbers[i]) < rounding ? 0.0 : numbers[i], i % 2 == 0 ? 3 : 2);
      fputs(i % 2 == 0 ? "" : ")", table);
    }
    fprintf(table, " & %.2f \\\\%s\n", speed_of(s), n + 1 == RUNS ? "[3pt]" : "");
  }
}

int sections_optimisers(evidence_context *context) {
  FILE *table = outputs_open(context->files, "optimisers.tex"),
       *second = outputs_open(context->files, "correlations.tex");
  if (table == NULL || second == NULL)
    return GSL_ENOMEM;
  const double wanted = floor(STARTS * context->options->trials_factor);
  const size_t starts = wanted < STARTS_LEAST ? STARTS_LEAST : (size_t)wanted;
  size_t agreeing = 0, below = 0;
  double least = 1.0, most = -1.0;
  for (size_t which = 0; which < SPECTRA; which++) {
    correlations first = {0}, now;
    double bulk = 0.0, dominant = 0.0;
    size_t perfect = 0;
    for (size_t start = 0; start < starts; start++) {
      optimiser_summary runs[RUNS];
      const uint32_t seed = random_trial_seed(context->options->seed, spectra[which], start);
      int status = run_all(which, seed, runs);
      if (status == GSL_SUCCESS)
        status = correlate(runs, &now);
      if (status != GSL_SUCCESS)
        return status;
      if (start == 0) {
        write_runs(table, spectra[which], runs);
        first = now;
      }
      bulk += now.bulk / (double)starts;
      dominant += now.dominant / (double)starts;
      perfect += now.bulk > 1.0 - 1e-9;
      agreeing += now.bulk > now.dominant;
      below += now.bulk <= 0.0;
    }
    fprintf(second,
            "%s & \\ensuremath{%.2f} & %.4f & \\ensuremath{%.2f} & %.4f & \\ensuremath{%.2f} & "
            "%zu\\,\\%% & \\ensuremath{%.2f} \\\\\n",
            spectra[which], first.bulk, first.bulk_p, first.dominant, first.dominant_p, bulk,
            100 * perfect / starts, dominant);
    least = fmin(least, bulk);
    most = fmax(most, bulk);
  }
  facts *f = context->facts;
  facts_count(f, DIMENSION, "optimisers/d");
  facts_count(f, DOMINANT, "optimisers/k");
  facts_count(f, STEPS, "optimisers/steps");
  facts_count(f, starts, "optimisers/starts");
  facts_count(f, starts * SPECTRA, "optimisers/runs");
  facts_count(f, agreeing, "optimisers/bulk_ahead");
  facts_count(f, below, "optimisers/not_positive");
  facts_number(f, least, 2, "optimisers/rho_least");
  facts_number(f, most, 2, "optimisers/rho_most");
  return GSL_SUCCESS;
}
