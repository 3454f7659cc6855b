#include "config.h"
#include "cli/command.h"

#include <string.h>
#include <gsl/gsl_errno.h>
#include "claims/registry.h"

static json_t *conclusions_json(const claim *c) {
  json_t *list = json_array();
  for (const conclusion *x = c->conclusions; list != NULL && x->name != NULL; x++)
    json_array_append_new(
        list, json_pack("{s:s, s:s}", "name", x->name, "decision", decision_name(x->decision)));
  return list;
}

/* Conclusions decided by signs. */
static size_t count_signs(const claim *c) {
  size_t count = 0;
  for (const conclusion *x = c->conclusions; x->name != NULL; x++)
    count += x->decision == DECIDED_BY_SIGN;
  return count;
}

static size_t count_conclusions(const claim *c) {
  size_t count = 0;
  while (c->conclusions[count].name != NULL)
    count++;
  return count;
}

static int print_json(void) {
  json_t *list = json_array();
  for (const claim *const *at = registry_claims; *at != NULL; at++)
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s, s:o}", "id", (*at)->id,
                                          "title", (*at)->title, "stem", (*at)->stem, "uses",
                                          (*at)->uses, "figure", (*at)->figure, "source",
                                          (*at)->source, "conclusions", conclusions_json(*at)));
  const int status = list == NULL ? GSL_ENOMEM : io_json_print(list, stdout);
  json_decref(list);
  if (status == GSL_SUCCESS || ferror(stdout))
    return CLI_HOLDS; /* a lost write is told at the end of main */
  return cli_trouble(&(diagnostic){status, "out of memory"});
}

static int print_table(void) {
  printf("%-4s %-21s %-12s %-7s %s\n", "id", "stem", "uses", "by sign", "title");
  for (const claim *const *at = registry_claims; *at != NULL; at++) {
    char share[48];
    snprintf(share, sizeof share, "%zu of %zu", count_signs(*at), count_conclusions(*at));
    printf("%-4s %-21s %-12s %-7s %s\n", (*at)->id, (*at)->stem,
           (*at)->uses[0] == '\0' ? "-" : (*at)->uses, share, (*at)->title);
  }
  return CLI_HOLDS;
}

static int run(int argc, char **argv) {
  static const struct option options[] = {
      {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
  int option, json = 0;
  while ((option = cli_next_option(argc, argv, ":h", options)) != -1)
    switch (option) {
    case 'j':
      json = 1;
      break;
    case 'h':
      fputs(cli_claims.help, stdout);
      return CLI_HOLDS;
    default:
      return CLI_TROUBLE;
    }
  if (optind < argc)
    return cli_usage_error("claims", "unexpected operand '%s'", argv[optind]);
  return json ? print_json() : print_table();
}

const cli_command cli_claims = {
    .name = "claims",
    .summary = "list the claims: id, stem, the claims each stands on, title",
    .help =
        "Usage: suspalign claims [--json]\n"
        "Lists every claim, in the order in which they stand on each other.  The stem names its\n"
        "chapter in theory/, its module in src/claims/ and its test in tests/.  'By sign' says how "
        "many\n"
        "of its conclusions are decided by certified signs alone.\n\n"
        "  --json  an array of objects\n"
        "  --help  this text\n",
    .run = run,
};
