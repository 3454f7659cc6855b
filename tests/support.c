#include "config.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_errno.h>
#include "verify/run.h"

int support_run(Suite *suite) {
  gsl_set_error_handler_off();
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  const bool passed = srunner_ntests_run(runner) > 0 && srunner_ntests_failed(runner) == 0;
  srunner_free(runner);
  return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

static verify_options read_options(void) {
  verify_options options;
  diagnostic diag;
  if (verify_options_read(&options, &diag) != GSL_SUCCESS)
    ck_abort_msg("%s", diag.message);
  options.log_folder = "failures";
  return options;
}

void support_claim_holds(const claim *c) {
  const verify_options options = read_options();
  verify_report *report;
  ck_assert_int_eq(verify_run(c, &options, &report), GSL_SUCCESS);
  const verdict found = report->verdict;
  char reason[DIAGNOSTIC_LENGTH];
  snprintf(reason, sizeof reason, "%s", report->reason);
  verify_report_free(report);
  ck_assert_msg(found == VERDICT_HOLDS, "%s %s: %s", c->id, verdict_name(found), reason);
}

quadratic *support_hand_instance(void) {
  quadratic *q = quadratic_literal(2, 1, (const double[]){10, 1}, (const double[]){1, 1},
                                   (const double[]){1, 1}, 0.0);
  ck_assert_ptr_nonnull(q);
  return q;
}

double support_timeout(double seconds) {
  verify_options options;
  diagnostic diag;
  const double factor =
      verify_options_read(&options, &diag) == GSL_SUCCESS ? options.trials_factor : 1.0;
  return fmax(60.0, seconds * factor);
}
