/* plain_text.h -- the TeX of the claims as text for a terminal.
 *
 * The claims state themselves in a small part of TeX: paragraphs with inline formulas.  This turns
 * that part into Unicode: Greek letters, signs, accents, sub- and superscripts where Unicode has
 * them (else _x and ^x), fractions on one line.  An unknown command leaves its name. */
#ifndef SUSPALIGN_CLI_PLAIN_TEXT_H
#define SUSPALIGN_CLI_PLAIN_TEXT_H

#include <stdio.h>

/* UTF-8, one paragraph, single spaces; owned by the caller.  NULL when memory is out. */
char *plain_text_from_tex(const char *tex);

/* Writes the text broken at spaces into lines of at most `width` columns (a longer word has a line
 * of its own), each after `indent` spaces.  Combining accents take no column. */
void plain_text_print(FILE *stream, const char *text, int indent, int width);

#endif
