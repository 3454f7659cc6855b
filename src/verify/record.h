/* record.h -- what a run found, in forms that other programs read: JSON, TAP and JUnit XML; and
 * what changed between two runs.
 *
 * A record has no times and no paths in it: the same seed gives the same bytes. */
#ifndef SUSPALIGN_VERIFY_RECORD_H
#define SUSPALIGN_VERIFY_RECORD_H

#include <stdbool.h>
#include <stdio.h>
#include <jansson.h>
#include "model/diagnostic.h"
#include "verify/run.h"

/* One claim: what it says, its verdict and every count behind it.  NULL when memory is out. */
json_t *record_json(const verify_report *report);

/* A whole run, {"seed", "trials_factor", "claims": [...]}; takes `claims` over, failing too. */
json_t *record_run_json(const verify_options *options, json_t *claims);

/* TAP 13.  A claim has as many points as record_points says: its conclusions, cases and
 * counterexamples in turn, and last its verdict.  A hypothesis without a claimed counterexample is
 * a SKIP. */
size_t record_points(const verify_report *report);
void record_tap_plan(FILE *stream, size_t points);
void record_tap(FILE *stream, const verify_report *report, size_t first_point);

/* JUnit XML: a claim is a <testsuite>, its points are <testcase>s. */
void record_junit_open(FILE *stream);
void record_junit(FILE *stream, const verify_report *report);
void record_junit_close(FILE *stream);

/* Reads a record: what `verify --json` or `report` wrote, told by its "claims".
 * NULL, with "FILE:LINE: ..." (GSL_EINVAL) or "FILE: ..." (GSL_EFAILED, unreadable). */
json_t *record_read(const char *file, diagnostic *diag);

/* Lists on `stream` what changed from the older record to the newer, one line a change: claims that
 * came, went or have another verdict; conclusions, cases and counterexamples with other counts;
 * values of a report's evidence.  *changes: how many; *worse: a claim that held does no longer. */
void record_compare(FILE *stream, const json_t *older, const json_t *newer, size_t *changes,
                    bool *worse);

#endif
