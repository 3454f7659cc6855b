/* mutants.h -- small edits of a C source that a good test notices.
 *
 * A mutant is one replacement of bytes inside one function body.  Comments, strings, preprocessor
 * lines, tables at file level and the arguments of functions that only make text are never
 * touched.  The list is a function of the text alone, in the order of the text. */
#ifndef SUSPALIGN_TESTS_MUTANTS_H
#define SUSPALIGN_TESTS_MUTANTS_H

#include <stdbool.h>
#include <stddef.h>

/* The operators; what each one does is told where it is made, in mutants.c. */
typedef enum {
  MUTANT_SIGN,   /* + and -, += and -=, a unary minus lost */
  MUTANT_TIMES,  /* * and /, *= and /= */
  MUTANT_FACTOR, /* a number that multiplies or divides: 2 -> 1, 1 -> 2, others halved or doubled */
  MUTANT_RELATION, /* < and <=, > and >= */
  MUTANT_INDEX,    /* a subscript or loop start off by one, k for d */
  MUTANT_TERM,     /* one term of a sum dropped */
  MUTANT_SIDE,     /* dominant for bulk: names, d0 and b0, vd and vb, either side of k */
  MUTANT_POWER,    /* lambda squared, x x for x */
  MUTANT_LOGIC,    /* && and || */
  MUTANT_NEGATE,   /* the condition of if, while, ?: turned round, but for tests of NULL */
  MUTANT_OPERATORS
} mutant_operator;

const char *mutant_operator_name(mutant_operator kind);

/* What the function is for.  One that returns a verdict is a test, and one that takes a generator
 * of random numbers and is static (or is named so) makes instances, as does a static one that takes
 * nothing and returns a pointer; a static function that serves only such is one of them. */
typedef enum { MUTANT_COMPUTES, MUTANT_DECIDES, MUTANT_DRAWS, MUTANT_ROLES } mutant_role;

const char *mutant_role_name(mutant_role role);

enum { MUTANT_FUNCTION_LENGTH = 80 };

typedef struct {
  size_t start, end; /* bytes [start, end) of the source become ... */
  char *text;        /* ... this */
  int line;          /* of start, from 1 */
  mutant_operator kind;
  char function[MUTANT_FUNCTION_LENGTH];
  mutant_role role;
} mutant;

typedef struct {
  mutant *item;
  size_t count, capacity;
} mutant_list;

/* All mutants of the source.  false: out of memory, or brackets that do not match; then the list
 * is empty.  Freed by mutants_free, which takes an all-zero list too. */
bool mutants_of(const char *source, mutant_list *out);
void mutants_free(mutant_list *list);

/* The source with the edit made; NULL: out of memory.  Owned by the caller. */
char *mutant_apply(const char *source, const mutant *m);

/* Where a mutant stands in a schema: the lines of its copy, from 1; 0 where it is not in it. */
typedef struct {
  int first, last;
} mutant_lines;

/* One program for many mutants: for each one that is wanted, the function it edits stands a second
 * time under another name, and the original hands over to it when the environment's
 * SUSPALIGN_MUTANT is the mutant's index in the list.  The copies are f__mutant_<index>, and
 * f__mutant_original for comparison.  Writes `lines` for the whole list.  Functions of a variable
 * number of arguments stay as they are.  NULL: no memory, or brackets that do not
 * match.  Owned by the caller. */
char *mutants_schema(const char *source, const mutant_list *list, const bool *wanted,
                     mutant_lines *lines);

/* The whole lines that the edit touches, before and after it, with runs of white space as one
 * blank: what a person reads, and how the list of equivalents names a mutant.  NULL: no memory. */
char *mutant_before(const char *source, const mutant *m);
char *mutant_after(const char *source, const mutant *m);

#endif
