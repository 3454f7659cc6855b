/* diagnostic.h -- an error code with the one line that explains it.
 *
 * Functions that look at what came from outside (files, command lines, user matrices) take a
 * `diagnostic *` last.  They return GSL_SUCCESS, or another code of <gsl/gsl_errno.h> and then
 * leave in it one line that names the place and the value.  Nothing is printed here. */
#ifndef SUSPALIGN_MODEL_DIAGNOSTIC_H
#define SUSPALIGN_MODEL_DIAGNOSTIC_H

enum { DIAGNOSTIC_LENGTH = 512 };

typedef struct {
  int code;                        /* GSL_SUCCESS or another GSL code */
  char message[DIAGNOSTIC_LENGTH]; /* one line, without a newline */
} diagnostic;

/* Stores the code and the formatted message, cut to DIAGNOSTIC_LENGTH and with '?' for control
 * characters, and returns the code.
 * A NULL diagnostic is allowed: the caller wants the code alone. */
int diagnostic_set(diagnostic *diag, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the message that is there; returns the code that is there. */
int diagnostic_prefix(diagnostic *diag, const char *prefix);

#endif
