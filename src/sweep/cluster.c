#include "config.h"
#include "sweep/cluster.h"

#include <gsl/gsl_errno.h>

#ifdef HAVE_MPI

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <mpi.h>

/* A worker's message is its row, behind the run's number and a code; the answer is the next run. */
enum { TAG_ROW = 1, TAG_RUN = 2 };
enum { NO_RUN = -1 }; /* from a worker: none is done yet; to a worker: there is none left */

typedef struct {
  long long run;
  int code;
} row_head;

bool cluster_is_built(void) {
  return true;
}

int cluster_start(int *rank, diagnostic *diag) {
  int level;
  /* Of the threads of rank 0 this one alone speaks to the others. */
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS)
    return diagnostic_set(diag, GSL_EFAILED, "MPI cannot be started");
  if (level < MPI_THREAD_FUNNELED)
    return diagnostic_set(diag, GSL_EFAILED, "this MPI allows no threads beside it");
  MPI_Comm_rank(MPI_COMM_WORLD, rank);
  return GSL_SUCCESS;
}

void cluster_end(void) {
  int started, ended;
  MPI_Initialized(&started);
  MPI_Finalized(&ended);
  if (started && !ended)
    MPI_Finalize();
}

int cluster_share(char **text, size_t *length) {
  int rank;
  unsigned long long size = *text == NULL ? 0 : (unsigned long long)*length;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Bcast(&size, 1, MPI_UNSIGNED_LONG_LONG, 0, MPI_COMM_WORLD);
  if (size == 0 || size > INT_MAX)
    return GSL_SUCCESS;
  if (rank != 0 && (*text = malloc((size_t)size)) == NULL)
    MPI_Abort(MPI_COMM_WORLD, 2);
  MPI_Bcast(*text, (int)size, MPI_CHAR, 0, MPI_COMM_WORLD);
  *length = (size_t)size;
  return GSL_SUCCESS;
}

/* --- rank 0 ---------------------------------------------------------------------------------- */

/* What the two threads of rank 0 share. */
typedef struct {
  pthread_mutex_t lock;
  const sweep_plan *plan;
  const size_t *runs;
  size_t count, next;
  sweep_sink *sink;
  void *context;
  int status;
} queue;

static long long next_run(queue *q) {
  pthread_mutex_lock(&q->lock);
  const long long run =
      q->status == GSL_SUCCESS && q->next < q->count ? (long long)q->runs[q->next++] : NO_RUN;
  pthread_mutex_unlock(&q->lock);
  return run;
}

static void take_row(queue *q, long long run, int code, const char *row) {
  pthread_mutex_lock(&q->lock);
  if (q->status == GSL_SUCCESS)
    q->status = code != GSL_SUCCESS ? code : q->sink(q->context, (size_t)run, row);
  pthread_mutex_unlock(&q->lock);
}

/* The row of a run; *code says what went wrong where it is NULL. */
static char *make_row(const sweep_plan *plan, long long run, int *code) {
  sweep_result result;
  *code = sweep_run(plan, (size_t)run, &result);
  char *row = *code == GSL_SUCCESS ? sweep_row(&result) : NULL;
  if (row == NULL && *code == GSL_SUCCESS)
    *code = GSL_ENOMEM;
  return row;
}

static void *work_here(void *argument) {
  queue *q = argument;
  for (long long run = next_run(q); run != NO_RUN; run = next_run(q)) {
    int code;
    char *row = make_row(q->plan, run, &code);
    take_row(q, run, code, row);
    free(row);
  }
  return NULL;
}

/* Answers the next message, waiting for it.  False when that rank is let go. */
static bool serve(queue *q) {
  MPI_Status from;
  int size, there = 0;
  /* Asked again and again, for MPI's own waiting takes a whole processor, which work_here needs. */
  for (;;) {
    MPI_Iprobe(MPI_ANY_SOURCE, TAG_ROW, MPI_COMM_WORLD, &there, &from);
    if (there)
      break;
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
  }
  MPI_Get_count(&from, MPI_CHAR, &size);
  char *message = malloc((size_t)size);
  if (message == NULL)
    MPI_Abort(MPI_COMM_WORLD, 2);
  MPI_Recv(message, size, MPI_CHAR, from.MPI_SOURCE, TAG_ROW, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  row_head head;
  memcpy(&head, message, sizeof head);
  if (head.run != NO_RUN)
    take_row(q, head.run, head.code, message + sizeof head);
  free(message);
  long long run = next_run(q);
  MPI_Send(&run, 1, MPI_LONG_LONG, from.MPI_SOURCE, TAG_RUN, MPI_COMM_WORLD);
  return run != NO_RUN;
}

int cluster_rows(const sweep_plan *plan, const size_t *runs, size_t count, sweep_sink *sink,
                 void *context) {
  queue q = {.lock = PTHREAD_MUTEX_INITIALIZER,
             .plan = plan,
             .runs = runs,
             .count = count,
             .sink = sink,
             .context = context};
  int ranks;
  pthread_t worker;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const bool apart = pthread_create(&worker, NULL, work_here, &q) == 0;
  for (int waiting = ranks - 1; waiting > 0;)
    waiting -= serve(&q) ? 0 : 1;
  if (apart)
    pthread_join(worker, NULL);
  else
    work_here(&q); /* what is left: all of it where this rank is alone */
  pthread_mutex_destroy(&q.lock);
  return q.status;
}

void cluster_dismiss(void) {
  cluster_rows(NULL, NULL, 0, NULL, NULL);
}

/* --- the other ranks ------------------------------------------------------------------------- */

static void send_row(long long run, int code, const char *row) {
  const row_head head = {run, code};
  const size_t length = row == NULL ? 1 : strlen(row) + 1;
  char *message = calloc(sizeof head + length, 1);
  if (message == NULL)
    MPI_Abort(MPI_COMM_WORLD, 2);
  memcpy(message, &head, sizeof head);
  if (row != NULL)
    memcpy(message + sizeof head, row, length);
  MPI_Send(message, (int)(sizeof head + length), MPI_CHAR, 0, TAG_ROW, MPI_COMM_WORLD);
  free(message);
}

int cluster_work(const sweep_plan *plan) {
  long long run;
  int code = GSL_SUCCESS;
  send_row(NO_RUN, GSL_SUCCESS, NULL);
  for (;;) {
    MPI_Recv(&run, 1, MPI_LONG_LONG, 0, TAG_RUN, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (run == NO_RUN)
      return code;
    char *row = NULL;
    code = plan == NULL ? GSL_EFAILED : GSL_SUCCESS;
    if (plan != NULL)
      row = make_row(plan, run, &code);
    send_row(run, code, row);
    free(row);
  }
}

#else

bool cluster_is_built(void) {
  return false;
}

int cluster_start(int *rank, diagnostic *diag) {
  (void)rank;
  return diagnostic_set(diag, GSL_EUNSUP, "built without MPI: configure --with-mpi");
}

int cluster_rows(const sweep_plan *plan, const size_t *runs, size_t count, sweep_sink *sink,
                 void *context) {
  return sweep_rows(plan, runs, count, 0, sink, context);
}

void cluster_dismiss(void) {
}

int cluster_work(const sweep_plan *plan) {
  (void)plan;
  return GSL_EUNSUP;
}

int cluster_share(char **text, size_t *length) {
  (void)text;
  (void)length;
  return GSL_SUCCESS;
}

void cluster_end(void) {
}

#endif
