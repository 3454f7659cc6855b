/* Every registered claim is whole: a chapter, a module, a test, a figure where it names one, and
 * nothing in it that points nowhere. */
#include "config.h"
#include "support.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "claims/registry.h"

/* Whether the source file <before><name><after> is there, and has the words (NULL: any) in it. */
static bool source_holds(const char *before, const char *name, const char *after,
                         const char *words) {
  const char *folder = getenv("SUSPALIGN_SOURCE");
  ck_assert_msg(folder != NULL, "SUSPALIGN_SOURCE is not set");
  char path[1024], line[4096];
  snprintf(path, sizeof path, "%s/%s%s%s", folder, before, name, after);
  FILE *file = fopen(path, "r");
  if (file == NULL)
    return false;
  bool found = words == NULL;
  while (!found && fgets(line, sizeof line, file) != NULL)
    found = strstr(line, words) != NULL;
  fclose(file);
  return found;
}

/* How many chapters there are in theory/: one a claim, and none without. */
static size_t chapters(void) {
  char pattern[1024];
  glob_t found;
  snprintf(pattern, sizeof pattern, "%s/theory/*.tex", getenv("SUSPALIGN_SOURCE"));
  ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
  const size_t count = found.gl_pathc;
  globfree(&found);
  return count;
}

START_TEST(test_claims_are_whole) {
  size_t count = 0;
  for (const claim *const *p = registry_claims; *p != NULL; p++, count++) {
    const claim *c = *p;
    ck_assert_msg(source_holds("theory/", c->stem, ".tex", c->id), "%s: theory/%s.tex", c->id,
                  c->stem);
    ck_assert_msg(source_holds("src/claims/", c->stem, ".c", c->id), "%s: src/claims/%s.c", c->id,
                  c->stem);
    ck_assert_msg(source_holds("src/claims/", c->stem, ".h", "CLAIM"), "%s: src/claims/%s.h", c->id,
                  c->stem);
    ck_assert_msg(source_holds("tests/check_", c->stem, ".c", c->id), "%s: tests/check_%s.c", c->id,
                  c->stem);
    ck_assert_msg(c->figure == NULL || source_holds("figures/", c->figure, ".gp", NULL),
                  "%s: figures/%s.gp", c->id, c->figure);
    ck_assert(c->title[0] != '\0' && c->statement[0] != '\0' && c->source[0] != '\0');
    ck_assert(c->trials > 0 && c->family != NULL && c->generate != NULL);
    const family *f = c->family;
    ck_assert_msg(f->name != NULL && f->free != NULL && f->print != NULL && f->size != NULL &&
                      f->read != NULL && f->simplify != NULL && f->complexity != NULL &&
                      f->perturb != NULL && f->print_code != NULL && f->print_tex != NULL,
                  "%s: its family '%s' lacks a hook", c->id, f->name);
    ck_assert(c->conclusions[0].name != NULL && c->hypotheses[0].name != NULL);
  }
  ck_assert_uint_eq(count, chapters());
}
END_TEST

START_TEST(test_no_name_twice) {
  for (const claim *const *p = registry_claims; *p != NULL; p++) {
    for (const claim *const *o = p + 1; *o != NULL; o++) {
      ck_assert_str_ne((*p)->id, (*o)->id);
      ck_assert_str_ne((*p)->stem, (*o)->stem);
    }
    for (const conclusion *x = (*p)->conclusions; x->name != NULL; x++)
      ck_assert_ptr_eq(claim_find_conclusion(*p, x->name), x);
    for (const hypothesis *h = (*p)->hypotheses; h->name != NULL; h++) {
      ck_assert_ptr_nonnull(h->dropped.remark);
      if (h->dropped.instance != NULL)
        ck_assert_ptr_nonnull(claim_find_conclusion(*p, h->dropped.fails));
    }
  }
}
END_TEST

/* "uses" names claims that come earlier: what stands on what has no circle. */
START_TEST(test_uses) {
  for (const claim *const *p = registry_claims; *p != NULL; p++) {
    char list[256];
    snprintf(list, sizeof list, "%s", (*p)->uses);
    for (char *rest = NULL, *id = strtok_r(list, " ", &rest); id != NULL;
         id = strtok_r(NULL, " ", &rest)) {
      bool earlier = false;
      for (const claim *const *o = registry_claims; o != p; o++)
        earlier = earlier || strcmp((*o)->id, id) == 0;
      ck_assert_msg(earlier, "%s uses %s", (*p)->id, id);
    }
  }
}
END_TEST

START_TEST(test_find) {
  ck_assert_str_eq(registry_find("T1")->stem, "critical_step");
  ck_assert_ptr_eq(registry_find("t1"), registry_find("T1"));
  ck_assert_ptr_null(registry_find("T9"));
  ck_assert_ptr_null(registry_find(""));
}
END_TEST

int main(void) {
  Suite *suite = suite_create("registry");
  TCase *core = tcase_create("core");
  tcase_add_test(core, test_claims_are_whole);
  tcase_add_test(core, test_no_name_twice);
  tcase_add_test(core, test_uses);
  tcase_add_test(core, test_find);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
