/* corpus.h -- instances on which a claim has failed or was close to it, kept in a folder and tried
 * first by every later run.
 *
 * A file is named ID-WHAT.csv and is of the form that the claim's family reads.  What a run writes
 * is ID-CONCLUSION-HASH.csv, hash of the instance as it is printed, and beside it, under the same
 * name with .c.txt, a test to paste. */
#ifndef SUSPALIGN_VERIFY_CORPUS_H
#define SUSPALIGN_VERIFY_CORPUS_H

#include <stddef.h>
#include <stdio.h>
#include "claims/claim.h"
#include "model/diagnostic.h"

enum { CORPUS_PATH_LENGTH = 1024 };

/* Makes the folder if it is not there and writes both files, each whole or not at all; the same
 * instance again is the same file again.  `path` gets the name of the first.  GSL_SUCCESS, or
 * GSL_EFAILED, GSL_ENOMEM with a message. */
int corpus_keep(const char *folder, const claim *c, const conclusion *fails, const void *instance,
                const char *note, char path[CORPUS_PATH_LENGTH], diagnostic *diag);

/* GSL_SUCCESS where the folder can be read or is not there (or NULL), GSL_EFAILED with a message. */
int corpus_check(const char *folder, diagnostic *diag);

/* The claim's files in the folder, by name: `paths` of length `count`, each owned, freed by
 * corpus_list_free.  A folder that is not there (or NULL) has none.  GSL_SUCCESS, or GSL_EFAILED,
 * GSL_ENOMEM with a message. */
int corpus_list(const char *folder, const claim *c, char ***paths, size_t *count, diagnostic *diag);
void corpus_list_free(char **paths, size_t count);

/* A test of Check that fails as long as the conclusion fails on the instance: to paste into
 * tests/check_<stem>.c. */
void corpus_print_test(FILE *stream, const claim *c, const conclusion *fails, const void *instance,
                       const char *note);

#endif
