/* sections.h -- the parts that evidence_write is made of; used by it alone.
 *
 * Each writes its files into context->files and its numbers into context->facts.  All return
 * GSL_SUCCESS or GSL_ENOMEM, those that read data also its codes with a message. */
#ifndef SUSPALIGN_EVIDENCE_SECTIONS_H
#define SUSPALIGN_EVIDENCE_SECTIONS_H

#include <stdio.h>
#include <jansson.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include "evidence/facts.h"
#include "evidence/outputs.h"
#include "model/diagnostic.h"
#include "model/least_squares.h"
#include "verify/run.h"

typedef struct {
  outputs *files;
  facts *facts;
  json_t *root; /* of evidence.json; borrowed */
  const verify_options *options;
} evidence_context;

/* The stream of <figure>.dat with its first lines, `title` and what the columns are, written.
 * NULL when memory is out. */
FILE *sections_open_data(evidence_context *context, const char *figure, const char *title);

/* Begins a named block: gnuplot finds it by `index "name"`.  `columns` names them and their units.
 */
void sections_begin_block(FILE *data, const char *name, const char *columns);

/* One row of `count` numbers, exact. */
void sections_row(FILE *data, const double *x, size_t count);

/* Claims: their tables, errata.tex, and in *worst the worst verdict; diag then says whose it is, and why. */
int sections_claims(evidence_context *context, verdict *worst, diagnostic *diag);

/* What fails without each hypothesis, searched anew: the tables <ID>-ablations, ablations.tex and the
 * figure ablations; `claims` ends in NULL.  Also the codes of ablate_run, with a message. */
int sections_ablations(evidence_context *context, const claim *const *claims, diagnostic *diag);

/* One step on quadratics: regime_map, drift, opposite_effects, interval_gap. */
int sections_one_step(evidence_context *context);

/* Whole runs on quadratics: two_phases, scaling_law. */
int sections_runs(evidence_context *context);

/* The toy model of two losses: toy_paths, toy_alignment, toy_projected. */
int sections_toy(evidence_context *context);

/* The noise switched off and on: switches, switches.tex. */
int sections_switches(evidence_context *context);

/* The exact laws: stationary_sweep, readings, true_step, law, sweep.tex, readings.tex.  Also the
 * codes of alignment_law.h. */
int sections_laws(evidence_context *context);

/* Noise of random designs: mean_square_stability, escape_direction, multiplicative_alignment,
 * finite_samples, cyclical_steps.  Also the codes of noise_geometry.h and sample_noise.h. */
int sections_noise(evidence_context *context);

/* The noise along a run on the data: noise_data.tex. */
int sections_noise_data(evidence_context *context, const least_squares *p);

/* SGD over the authors' gap ratios: authors_sweep, authors_window.tex, authors_decay.tex,
 * authors_plan.tex.  Also the codes of sweep.h and window_law.h. */
int sections_authors_sweep(evidence_context *context);

/* The labelled data: real_data, realdata.tex, batches.tex, and sections_noise_data. */
int sections_real_data(evidence_context *context, const char *data_file, diagnostic *diag);

/* SGD until it is aligned, then projected: dominant_stalls, stalls.tex.  GSL_EFAILED where the
 * figure's run does not become aligned. */
int sections_projected(evidence_context *context);

/* The same on labelled samples, called by sections_real_data: stalls-digits.tex. */
int sections_projected_data(evidence_context *context, const gsl_matrix *samples,
                            const gsl_vector *labels, diagnostic *diag);

/* Gradient descent and SAM at their edges, and projected: edge_of_stability.  GSL_EFAILED where a run
 * does not become aligned. */
int sections_edge(evidence_context *context);

/* Gradient descent, momentum and Adam: optimisers.tex, correlations.tex.  Also the codes of
 * optimiser.h and rank_correlation.h. */
int sections_optimisers(evidence_context *context);

/* versions.tex. */
int sections_versions(evidence_context *context);

#endif
