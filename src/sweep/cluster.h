/* cluster.h -- a sweep on many machines, under MPI.  Without MPI (configure --with-mpi) the
 * functions are there and say so.
 *
 * Rank 0 hands out run after run, takes each row as soon as it is finished, and works itself, on
 * one thread of its own; each other rank is one thread.  Rows are the same for any number of ranks.
 */
#ifndef SUSPALIGN_SWEEP_CLUSTER_H
#define SUSPALIGN_SWEEP_CLUSTER_H

#include <stdbool.h>
#include "model/diagnostic.h"
#include "sweep/sweep.h"

bool cluster_is_built(void);

/* Joins the other ranks; *rank is this one's number.  GSL_SUCCESS, or GSL_EUNSUP without MPI,
 * GSL_EFAILED. */
int cluster_start(int *rank, diagnostic *diag);

/* For rank 0: all runs of the list, on all ranks; then, and in every case, the other ranks return
 * from cluster_work.  Codes as sweep_rows. */
int cluster_rows(const sweep_plan *plan, const size_t *runs, size_t count, sweep_sink *sink,
                 void *context);

/* For rank 0, in place of cluster_rows, where there is nothing to do: lets the others go. */
void cluster_dismiss(void);

/* For every other rank that has the plan's text: runs what rank 0 hands out, until it hands out no
 * more.  Rank 0 waits for each of them, so that one whose plan could not be made of the text (NULL)
 * has to call it too: it fails what it is handed.  Codes as sweep_run. */
int cluster_work(const sweep_plan *plan);

/* For all ranks: rank 0's plan reaches everyone.  The text is rank 0's on entry (NULL: it has none,
 * and no rank gets any) and everyone's on return; owned by the caller.  GSL_SUCCESS or GSL_ENOMEM.
 */
int cluster_share(char **text, size_t *length);

void cluster_end(void);

#endif
