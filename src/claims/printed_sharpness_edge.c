#include "config.h"
#include "claims/printed_sharpness_edge.h"

#include "claims/certify.h"
#include "claims/sharpness_aware.h"
#include "exact/exact_sharpness.h"
#include "families/quadratic_family.h"

/* region: conclusions */
static verdict expect_zero(certified_expression expression, const void *instance, const char *what,
                           claim_note *note) {
  const exact_sharpness step = {instance, 0.0};
  return certify_sign(what, expression, &step, CERTIFY_ZERO, note);
}

static verdict check_neutral(const void *instance, claim_note *note) {
  return expect_zero(exact_sharpness_printed_growth, instance, "growth at the printed edge", note);
}

static verdict check_units(const void *instance, claim_note *note) {
  return expect_zero(exact_sharpness_printed_units, instance, "edge in half the unit", note);
}
/* end region: conclusions */

static bool is_not_one(const void *instance) {
  return ((const quadratic *)instance)->radius != 1.0;
}

static const hypothesis hypotheses[] = {
    {"radius",
     "$r>0$.",
     sharpness_aware_has_radius,
     {NULL, NULL, "Neither form is defined at $r=0$.", NULL}},
    {"not_one",
     "$r\\ne1$.",
     is_not_one,
     {NULL, NULL, "At $r=1$ the printed form is the right one, in units in which $r$ is $1$.",
      NULL}},
    {0}};

static const conclusion conclusions[] = {
    {"neutral_at_printed_edge", "at the printed edge $|g^+_i|=|g_i|$", check_neutral,
     DECIDED_BY_SIGN, NULL},
    {"printed_edge_is_a_curvature",
     "the printed edge doubles with the unit: $(\\lambda,\\eta,r)\\to(2\\lambda,\\eta/2,r/2)$",
     check_units, DECIDED_BY_SIGN, NULL},
    {0}};

static const coverage coverages[] = {{"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {0}};

const claim printed_sharpness_edge_claim = {
    .id = "E1",
    .stem = "printed_sharpness_edge",
    .title = "The edge of SAM as printed",
    .statement = "A step of SAM leaves a coordinate of curvature "
                 "$\\frac{|g|}{2r}\\bigl(\\sqrt{1+8/(\\eta|g|)}-1\\bigr)$ as long as it was.",
    .source = "arXiv:2405.16002, section B.2, (SAM-edge), quoting arXiv:2309.12488, as a converted "
              "text has it",
    .erratum = "P7",
    .figure = NULL,
    .uses = "P7",
    .family = &quadratic_family,
    .generate = sharpness_aware_generate,
    .trials = 200,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
