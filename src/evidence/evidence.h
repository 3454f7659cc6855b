/* evidence.h -- everything that the report says in numbers, from one run.
 *
 * Runs every claim of the registry, computes the figures' series and the real-data tables, and
 * writes them into one folder:
 *   evidence.json            all claims, all numbers
 *   evidence.tex             \setevidence{key}{value}: the numbers that the text cites
 *   chapters.tex             \input of each claim's chapter, in the order of the registry
 *   claims.tex               id & title & stem & figure & verdict & instances & checks
 *   <ID>-conclusions.tex     name & statement & holds & undecided & fails & not applicable
 *   <ID>-coverage.tex        case & instances & share in % & least share in %
 *   <ID>-ablations.tex       hypothesis & statement & conclusion that fails & what was found
 *   ablations.tex            claim & what is dropped & counterexample & conclusion & certified
 *   errata.tex               id & as printed & where & what fails & corrected form & verdicts
 *   sweep.tex                gap ratio & mean-field limit & exact stationary mean & its deviation &
 *                            the same two over steps 20001 to 30000
 *   readings.tex             case & mean-field change & true change & CV(S)/2
 *   authors_window.tex, authors_decay.tex  rows of the tables on the authors' sweep
 *   authors_plan.tex         its plan, verbatim
 *   realdata.tex, batches.tex, stalls-digits.tex  rows of the real-data tables
 *   noise_data.tex           step & loss & mu & least and largest directional alignment
 *   optimisers.tex           spectrum & optimiser & effective steps, dominant and bulk & speed
 *   correlations.tex         spectrum & their rank correlations with the speed, and p
 *   stalls.tex               spectrum & gap ratio & switch & what each update attains after it
 *   versions.tex             tool & version, of what is linked in
 *   <figure>.dat             one for each figures/<figure>.gp
 * Every .tex file but evidence.tex holds rows of a table, each ended by two backslashes.
 *
 * No time, no date, no host: the same options and data give the same bytes. */
#ifndef SUSPALIGN_EVIDENCE_EVIDENCE_H
#define SUSPALIGN_EVIDENCE_EVIDENCE_H

#include "claims/claim.h"
#include "model/diagnostic.h"
#include "verify/run.h"

/* `data_file`: labelled samples as io_samples_read takes them; NULL leaves out the real data
 * (realdata.tex, batches.tex, noise_data.tex, stalls-digits.tex, real_data.dat and the keys
 * data/...).  Besides the trials of the
 * claims, options->trials_factor scales the replicates of the simulated ensembles.
 * *worst, written on success, is the worst verdict: FAILS, UNDECIDED, VACUOUS, HOLDS in this order;
 * where it is not HOLDS, diag->message says which claim has it, and why.
 * GSL_SUCCESS whatever the verdicts, or a code with a message; then the folder's files are as they
 * were. */
int evidence_write(const char *folder, const verify_options *options, const char *data_file,
                   diagnostic *diag, verdict *worst);

#endif
