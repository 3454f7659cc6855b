/* From signs to verdicts: src/claims/certify. */
#include "config.h"
#include "support.h"

#include <stdio.h>
#include "claims/certify.h"

/* x, in a ball that holds 0 too below `needs` bits; how often and at how many bits it was asked
 * for. */
typedef struct {
  double x;
  slong needs;
  size_t *asked;
} number;

static void ball(arb_t value, const void *argument, slong precision) {
  const number *n = argument;
  if (n->asked != NULL)
    ++*n->asked;
  arb_set_d(value, n->x);
  if (precision < n->needs)
    arb_zero_pm_one(value);
}

enum { FOREVER = 1 << 20 };
static const double values[] = {-3, 0, 5};
static const int sets[] = {CERTIFY_NEGATIVE, CERTIFY_ZERO, CERTIFY_POSITIVE};
static const char signs[] = "-0+";

/* Each sign against each set of signs. */
START_TEST(test_signs_and_sets) {
  ck_assert_int_eq(CERTIFY_NOT_POSITIVE, CERTIFY_NEGATIVE | CERTIFY_ZERO);
  ck_assert_int_eq(CERTIFY_NOT_NEGATIVE, CERTIFY_ZERO | CERTIFY_POSITIVE);
  for (int s = 0; s < 3; s++)
    for (int among = 0; among < 8; among++) {
      const number n = {values[s], 0, NULL};
      claim_note note = {"", 7};
      const bool holds = (among & sets[s]) != 0;
      ck_assert_int_eq(certify_sign("it", ball, &n, among, &note),
                       holds ? VERDICT_HOLDS : VERDICT_FAILS);
      ck_assert_int_eq(note.bits, 128);
      char expected[64] = "";
      if (!holds)
        snprintf(expected, sizeof expected, "it has sign %c, certified at 128 bits", signs[s]);
      ck_assert_str_eq(note.text, expected);
    }
}
END_TEST

/* The bits are those at which the sign is certain; at 8192 without one it is given up. */
START_TEST(test_bits) {
  static const slong needs[] = {128, 129, 512, 513, 2048, 2049, 8192};
  static const long bits[] = {128, 512, 512, 2048, 2048, 8192, 8192};
  for (int i = 0; i < 7; i++) {
    claim_note note = {"", 0};
    const number n = {5, needs[i], NULL};
    ck_assert_int_eq(certify_sign("it", ball, &n, CERTIFY_POSITIVE, &note), VERDICT_HOLDS);
    ck_assert_int_eq(note.bits, bits[i]);
  }
  claim_note note = {"", 0};
  const number n = {5, FOREVER, NULL};
  ck_assert_int_eq(certify_sign("it", ball, &n, CERTIFY_POSITIVE, &note), VERDICT_UNDECIDED);
  ck_assert_int_eq(note.bits, 8192);
  ck_assert_str_eq(note.text, "it: no sign at 8192 bits");
}
END_TEST

/* The first line that does not hold decides, and those behind it are not looked at. */
START_TEST(test_lines) {
  size_t asked = 0;
  const number good = {5, 512, &asked}, wrong = {-3, 0, &asked}, open = {5, FOREVER, &asked};
  certify_line lines[] = {{"first", ball, &good, CERTIFY_POSITIVE},
                          {"second", ball, &good, CERTIFY_POSITIVE},
                          {"third", ball, &good, CERTIFY_POSITIVE},
                          {NULL, NULL, NULL, 0}};
  claim_note note = {"", 0};
  ck_assert_int_eq(certify(lines, &note), VERDICT_HOLDS);
  ck_assert_int_eq(note.bits, 512);
  ck_assert_uint_eq(asked, 6); /* each at 128 and at 512 bits */
  asked = 0;
  lines[1].argument = &wrong;
  ck_assert_int_eq(certify(lines, &note), VERDICT_FAILS);
  ck_assert_str_eq(note.text, "second has sign -, certified at 128 bits");
  ck_assert_uint_eq(asked, 3);
  asked = 0;
  lines[0].argument = &open;
  ck_assert_int_eq(certify(lines, &note), VERDICT_UNDECIDED);
  ck_assert_str_eq(note.text, "first: no sign at 8192 bits");
  ck_assert_uint_eq(asked, 4);
  ck_assert_int_eq(certify(&lines[3], &note), VERDICT_HOLDS); /* of nothing */
}
END_TEST

enum { TOGETHER = 3 };

static void balls(arb_ptr values_of, const void *argument, slong precision) {
  const number *n = argument;
  for (int i = 0; i < TOGETHER; i++)
    ball(values_of + i, n + i, precision);
}

/* The same for numbers that are made together: whatever is undecided is asked again with more
 * bits, and what was decided is not judged again. */
START_TEST(test_together) {
  static const certify_entry entries[] = {{"first", CERTIFY_POSITIVE},
                                          {"second", CERTIFY_ZERO},
                                          {"third", CERTIFY_NOT_POSITIVE},
                                          {NULL, 0}};
  static const struct {
    number of[TOGETHER];
    verdict expected;
    long bits;
    size_t asked; /* the first of them */
    const char *text;
  } cases[] = {
      {{{5, 0, NULL}, {0, 0, NULL}, {-3, 0, NULL}}, VERDICT_HOLDS, 128, 1, ""},
      {{{5, 0, NULL}, {0, 0, NULL}, {0, 0, NULL}}, VERDICT_HOLDS, 128, 1, ""},
      {{{5, 512, NULL}, {0, 0, NULL}, {-3, 0, NULL}}, VERDICT_HOLDS, 512, 2, ""},
      {{{5, 0, NULL}, {0, 0, NULL}, {-3, 2048, NULL}}, VERDICT_HOLDS, 2048, 3, ""},
      {{{5, 0, NULL}, {0, 8192, NULL}, {-3, 0, NULL}}, VERDICT_HOLDS, 8192, 4, ""},
      {{{-3, 0, NULL}, {0, FOREVER, NULL}, {-3, 0, NULL}},
       VERDICT_FAILS,
       128,
       1,
       "first has sign -, certified at 128 bits"},
      {{{5, 0, NULL}, {0, 512, NULL}, {5, 0, NULL}},
       VERDICT_FAILS,
       512,
       2,
       "third has sign +, certified at 512 bits"},
      {{{5, 0, NULL}, {0, 0, NULL}, {-3, FOREVER, NULL}},
       VERDICT_UNDECIDED,
       8192,
       4,
       "third: no sign at 8192 bits"},
      {{{5, FOREVER, NULL}, {5, 0, NULL}, {-3, 0, NULL}},
       VERDICT_UNDECIDED,
       8192,
       4,
       "first: no sign at 8192 bits"},
  };
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    size_t asked = 0;
    number of[TOGETHER] = {cases[n].of[0], cases[n].of[1], cases[n].of[2]};
    of[0].asked = &asked;
    claim_note note = {"from before", 0};
    ck_assert_int_eq(certify_together(entries, balls, of, &note), cases[n].expected);
    ck_assert_int_eq(note.bits, cases[n].bits);
    ck_assert_uint_eq(asked, cases[n].asked);
    ck_assert_str_eq(note.text, cases[n].text);
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("certify");
  TCase *core = tcase_create("core");
  tcase_add_test(core, test_signs_and_sets);
  tcase_add_test(core, test_bits);
  tcase_add_test(core, test_lines);
  tcase_add_test(core, test_together);
  suite_add_tcase(suite, core);
  return support_run(suite);
}
