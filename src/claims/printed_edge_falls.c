#include "config.h"
#include "claims/printed_edge_falls.h"

#include "claims/certify.h"
#include "claims/sharpness_aware.h"
#include "exact/exact_sharpness.h"
#include "families/quadratic_family.h"

/* region: conclusions */
/* The form of P7, and the form as printed, at 2|g| and at |g|. */
static verdict expect_fall(certified_expression change, const void *instance, claim_note *note) {
  const exact_sharpness step = {instance, 0.0};
  return certify_sign("edge at 2|g| less edge at |g|", change, &step, CERTIFY_NEGATIVE, note);
}

static verdict check_edge(const void *instance, claim_note *note) {
  return expect_fall(exact_sharpness_edge_rise, instance, note);
}

static verdict check_printed_edge(const void *instance, claim_note *note) {
  return expect_fall(exact_sharpness_printed_edge_rise, instance, note);
}
/* end region: conclusions */

static const hypothesis hypotheses[] = {
    {"radius",
     "$r>0$.",
     sharpness_aware_has_radius,
     {NULL, NULL, "At $r=0$ the edge is $2/\\eta$, which does not know $|g|$.", NULL}},
    {0}};

static const conclusion conclusions[] = {
    {"edge_falls_with_the_gradient",
     "$\\lambda_{\\mathrm{SAM}}(2|g|)<\\lambda_{\\mathrm{SAM}}(|g|)$", check_edge, DECIDED_BY_SIGN,
     NULL},
    {"printed_form_falls_with_the_gradient", "the same of the form in E1", check_printed_edge,
     DECIDED_BY_SIGN, NULL},
    {0}};

static const coverage coverages[] = {{"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {0}};

const claim printed_edge_falls_claim = {
    .id = "E2",
    .stem = "printed_edge_falls",
    .title = "Which way the edge of SAM moves, as printed",
    .statement = "The edge of SAM is a decreasing function of the norm of the gradient.",
    .source = "arXiv:2405.16002, section B.2, the sentence below (SAM-edge)",
    .erratum = "P7",
    .figure = NULL,
    .uses = "P7 E1",
    .family = &quadratic_family,
    .generate = sharpness_aware_generate,
    .trials = 200,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
