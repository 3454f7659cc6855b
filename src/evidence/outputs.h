/* outputs.h -- a set of text files that appear together, once all that is in them is known.
 *
 * The files are written in memory; nothing but the folder itself is touched before
 * outputs_commit. */
#ifndef SUSPALIGN_EVIDENCE_OUTPUTS_H
#define SUSPALIGN_EVIDENCE_OUTPUTS_H

#include <stdio.h>
#include "model/diagnostic.h"

typedef struct outputs outputs;

/* Makes the folder if there is none; its parent must be there.  `folder` is borrowed until
 * outputs_free.  GSL_SUCCESS, GSL_ENOMEM, or GSL_EFAILED naming the folder and the reason. */
int outputs_alloc(const char *folder, outputs **out, diagnostic *diag);
void outputs_free(outputs *set);

/* A stream for the file `name` (no folder in it); it belongs to the set, which closes it.
 * NULL when memory is out. */
FILE *outputs_open(outputs *set, const char *name);

/* Puts all files into the folder: each to a temporary first, then all of them under their names.
 * GSL_SUCCESS, GSL_ENOMEM, or GSL_EFAILED naming file and reason.  Closes all streams. */
int outputs_commit(outputs *set, diagnostic *diag);

#endif
