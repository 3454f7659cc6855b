#include "config.h"
#include "cli/command.h"

#include <stdlib.h>
#include "claims/registry.h"
#include "cli/plain_text.h"

enum { WIDTH = 88 };

/* Writes the TeX as plain text; 0 when memory is out. */
static int print_tex(const char *tex, int indent) {
  char *text = plain_text_from_tex(tex);
  if (text == NULL)
    return 0;
  plain_text_print(stdout, text, indent, WIDTH);
  free(text);
  return 1;
}

static int print_hypotheses(const claim *c) {
  int done = 1;
  for (const hypothesis *h = c->hypotheses; h->name != NULL && done; h++) {
    printf("  %s\n", h->name);
    done = print_tex(h->statement, 6);
    if (h->dropped.instance != NULL)
      printf("      Dropped, '%s' fails:\n", h->dropped.fails);
    else
      puts("      Dropped, no counterexample is claimed:");
    if (done && h->dropped.remark != NULL)
      done = print_tex(h->dropped.remark, 10);
  }
  return done;
}

static int print_claim(const claim *c) {
  printf("%s  %s\n\n", c->id, c->title);
  int done = print_tex(c->statement, 2);
  if (c->hypotheses[0].name != NULL) {
    puts("\nHypotheses");
    done = done && print_hypotheses(c);
  }
  puts("\nConclusions, each checked on every instance");
  for (const conclusion *x = c->conclusions; x->name != NULL && done; x++) {
    printf("  %s (decided by %s)\n", x->name,
           x->decision == DECIDED_BY_SIGN ? "certified signs" : "an error bound");
    done = print_tex(x->statement, 6);
  }
  puts("\nWhere");
  printf("  source  %s\n", c->source);
  printf("  uses    %s\n", c->uses[0] == '\0' ? "no other claim" : c->uses);
  printf("  theory  theory/%s.tex\n", c->stem);
  printf("  code    src/claims/%s.c\n", c->stem);
  printf("  test    tests/check_%s.c\n", c->stem);
  if (c->figure != NULL)
    printf("  figure  figures/%s.gp\n", c->figure);
  return done;
}

static int run(int argc, char **argv) {
  static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
  int option;
  while ((option = cli_next_option(argc, argv, ":h", options)) != -1)
    switch (option) {
    case 'h':
      fputs(cli_explain.help, stdout);
      return CLI_HOLDS;
    default:
      return CLI_TROUBLE;
    }
  if (optind == argc)
    return cli_usage_error("explain", "which claim?");
  for (int i = optind; i < argc; i++)
    if (registry_find(argv[i]) == NULL)
      return cli_usage_error("explain", "unknown claim '%s'; 'suspalign claims' lists them",
                             argv[i]);
  for (int i = optind; i < argc; i++) {
    if (i > optind)
      putchar('\n');
    if (!print_claim(registry_find(argv[i])))
      return cli_trouble(&(diagnostic){0, "out of memory"});
  }
  return CLI_HOLDS;
}

const cli_command cli_explain = {
    .name = "explain",
    .summary = "what a claim says, what it needs, and where it is proved and tested",
    .help = "Usage: suspalign explain ID...\n"
            "Prints the statement of each claim, its hypotheses and what fails without each, the\n"
            "conclusions that are checked, and where its theory, code, test and figure are.\n\n"
            "  --help  this text\n",
    .run = run,
};
