/* harness.h -- what every fuzz harness is made of.
 *
 * A harness feeds bytes to one reader (or to the command line) and aborts where what comes back
 * breaks a promise of its header.  The same file is linked with libFuzzer (make fuzz) or with
 * replay.c, which replays the corpus and then deterministic mutations of it (make check). */
#ifndef SUSPALIGN_TESTS_FUZZ_HARNESS_H
#define SUSPALIGN_TESTS_FUZZ_HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include "model/diagnostic.h"

/* The harness: its name, which is that of its corpus, and one run.  Always 0. */
extern const char harness_name[];
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Longest input that replay.c makes, as -max_len of libFuzzer. */
enum { HARNESS_LENGTH_MOST = 4096 };

/* Aborts, saying which promise, unless it holds. */
#define HARNESS_DEMAND(promise) harness_demand((promise), #promise, __FILE__, __LINE__)
void harness_demand(int holds, const char *promise, const char *file, int line);

/* A file with these bytes, the same name at each call: in memory where the system has a file system
 * there.  It is gone when the process ends. */
const char *harness_file(const uint8_t *data, size_t size);

/* What every reader promises when it has returned `status`: a success, or one line of printable
 * text with the same code, which begins with the file's name unless memory is out. */
void harness_check(int status, const diagnostic *diag, const char *file);

#endif
