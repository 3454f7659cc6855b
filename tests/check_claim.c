/* A claim as a value: src/claims/claim. */
#include "config.h"
#include "support.h"

#include <string.h>

static bool is_even(const void *instance) {
  return *(const int *)instance % 2 == 0;
}

static bool is_small(const void *instance) {
  return *(const int *)instance < 10;
}

static bool is_positive(const void *instance) {
  return *(const int *)instance > 0;
}

static const hypothesis hypotheses[] = {{.name = "even", .holds = is_even},
                                        {.name = "small", .holds = is_small},
                                        {.name = "positive", .holds = is_positive},
                                        {0}};
static const conclusion by_bound[] = {{.name = "one", .decision = DECIDED_BY_BOUND},
                                      {.name = "other", .decision = DECIDED_BY_BOUND},
                                      {0}};
static const conclusion by_sign[] = {{.name = "one", .decision = DECIDED_BY_BOUND},
                                     {.name = "other", .decision = DECIDED_BY_SIGN},
                                     {0}};

/* The first one violated, the excepted one passed over. */
START_TEST(test_first_violated) {
  const claim c = {.hypotheses = hypotheses};
  static const struct {
    int instance, except, violated; /* indices, -1: none */
  } cases[] = {{4, -1, -1}, {5, -1, 0},  {12, -1, 1}, {-2, -1, 2}, {13, -1, 0}, {13, 0, 1},
               {13, 1, 0},  {12, 1, -1}, {-1, 0, 2},  {-1, 2, 0},  {4, 1, -1}};
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    const hypothesis *except = cases[n].except < 0 ? NULL : &hypotheses[cases[n].except];
    const hypothesis *expected = cases[n].violated < 0 ? NULL : &hypotheses[cases[n].violated];
    ck_assert_ptr_eq(claim_violated(&c, &cases[n].instance, except), expected);
  }
}
END_TEST

START_TEST(test_conclusions_by_name) {
  const claim c = {.conclusions = by_bound};
  ck_assert_ptr_eq(claim_find_conclusion(&c, "one"), &by_bound[0]);
  ck_assert_ptr_eq(claim_find_conclusion(&c, "other"), &by_bound[1]);
  ck_assert_ptr_null(claim_find_conclusion(&c, "on"));
  ck_assert_ptr_null(claim_find_conclusion(&c, "zero"));
}
END_TEST

START_TEST(test_one_sign_makes_it_certifiable) {
  const claim bound = {.conclusions = by_bound}, sign = {.conclusions = by_sign},
              none = {.conclusions = &by_bound[2]};
  ck_assert(!claim_is_certifiable(&bound) && claim_is_certifiable(&sign));
  ck_assert(!claim_is_certifiable(&none));
}
END_TEST

START_TEST(test_names) {
  ck_assert_str_eq(verdict_name(VERDICT_HOLDS), "holds");
  ck_assert_str_eq(verdict_name(VERDICT_FAILS), "fails");
  ck_assert_str_eq(verdict_name(VERDICT_UNDECIDED), "undecided");
  ck_assert_str_eq(verdict_name(VERDICT_VACUOUS), "vacuous");
  ck_assert_str_eq(verdict_name(VERDICT_REFUTED), "refuted");
  ck_assert_str_eq(decision_name(DECIDED_BY_BOUND), "bound");
  ck_assert_str_eq(decision_name(DECIDED_BY_SIGN), "sign");
  for (verdict v = VERDICT_HOLDS; v <= VERDICT_REFUTED; v++)
    ck_assert_int_eq(verdict_is_pass(v), v == VERDICT_HOLDS || v == VERDICT_REFUTED);
}
END_TEST

/* A note that is too long is cut; the bits only rise. */
START_TEST(test_notes) {
  claim_note note = {"from before", 100};
  char text[2 * CLAIM_NOTE_LENGTH];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  claim_note_set(&note, "%d %s", 17, text);
  ck_assert_uint_eq(strlen(note.text), CLAIM_NOTE_LENGTH - 1);
  ck_assert(strncmp(note.text, "17 xxx", 6) == 0);
  ck_assert_int_eq(note.bits, 100);
  claim_note_bits(&note, 99);
  ck_assert_int_eq(note.bits, 100);
  claim_note_bits(&note, 101);
  ck_assert_int_eq(note.bits, 101);
  claim_note_set(&note, "short");
  ck_assert_str_eq(note.text, "short");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("claim");
  TCase *core = tcase_create("core");
  tcase_add_test(core, test_first_violated);
  tcase_add_test(core, test_conclusions_by_name);
  tcase_add_test(core, test_one_sign_makes_it_certifiable);
  tcase_add_test(core, test_names);
  tcase_add_test(core, test_notes);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
