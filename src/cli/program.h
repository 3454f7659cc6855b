/* program.h -- the program as functions: what main calls, and what tests and fuzzers call too. */
#ifndef SUSPALIGN_CLI_PROGRAM_H
#define SUSPALIGN_CLI_PROGRAM_H

/* Once, before anything else: GSL reports errors by code alone, BLAS uses one thread. */
void program_prepare(void);

/* Runs a whole command line, argv[0] being the program's name; argv is permuted.  Writes to
 * standard output and standard error, which it does not close.  The exit status. */
int program_run(int argc, char **argv);

#endif
