#include "config.h"
#include "claims/printed_effective_step.h"

#include "claims/certify.h"
#include "claims/sharpness_aware.h"
#include "exact/certified.h"
#include "families/quadratic_family.h"

typedef struct {
  const quadratic *q;
  size_t from, to;
} part;

/* <x+ - x, Pg> - eta |Pg|^2 with x+ = x - eta g, direction by direction (Q in place of P for the
 * bulk): what the printed effective step is short of eta, times |Pg|^2. */
static void printed_excess(arb_t value, const void *argument, slong precision) {
  const part *p = argument;
  arb_t eta, g, x, term;
  arb_init(eta);
  arb_init(g);
  arb_init(x);
  arb_init(term);
  arb_set_d(eta, p->q->eta);
  arb_zero(value);
  for (size_t i = p->from; i < p->to; i++) {
    arb_set_d(g, p->q->g[i]);
    arb_mul(x, eta, g, precision);
    arb_neg(x, x); /* x+ - x */
    arb_addmul(value, x, g, precision);
    arb_mul(term, g, g, precision);
    arb_submul(value, term, eta, precision);
  }
  arb_clear(eta);
  arb_clear(g);
  arb_clear(x);
  arb_clear(term);
}

/* region: conclusions */
static verdict expect_eta(const quadratic *q, size_t from, size_t to, claim_note *note) {
  const part p = {q, from, to};
  return certify_sign("printed effective step less eta", printed_excess, &p, CERTIFY_ZERO, note);
}

static verdict check_dominant(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  return expect_eta(q, 0, q->k, note);
}

static verdict check_bulk(const void *instance, claim_note *note) {
  const quadratic *q = instance;
  return expect_eta(q, q->k, q->d, note);
}
/* end region: conclusions */

static const hypothesis hypotheses[] = {
    {"interior",
     "The alignment is neither $0$ nor $1$.",
     quadratic_is_interior,
     {NULL, NULL, "Without it one of the two is not defined.", NULL}},
    {0}};

static const conclusion conclusions[] = {
    {"printed_dominant_is_eta", "GD has $\\eta^{\\mathrm{dom}}=\\eta$ as printed", check_dominant,
     DECIDED_BY_SIGN, NULL},
    {"printed_bulk_is_eta", "GD has $\\eta^{\\mathrm{bulk}}=\\eta$ as printed", check_bulk,
     DECIDED_BY_SIGN, NULL},
    {0}};

static const coverage coverages[] = {{"one dominant direction", 0.05, quadratic_is_one_dominant},
                                     {0}};

const claim printed_effective_step_claim = {
    .id = "E3",
    .stem = "printed_effective_step",
    .title = "Effective learning rates as printed",
    .statement =
        "With $\\eta^{\\mathrm{dom}}=\\langle x^+-x,Pg\\rangle/\\|Pg\\|^2$, and likewise in the "
        "bulk, gradient descent has $\\eta^{\\mathrm{dom}}=\\eta^{\\mathrm{bulk}}=\\eta$.",
    .source = "arXiv:2405.16002, section C, definition 4, as printed",
    .erratum = "P8",
    .figure = NULL,
    .uses = "P8",
    .family = &quadratic_family,
    .generate = sharpness_aware_generate,
    .trials = 200,
    .hypotheses = hypotheses,
    .conclusions = conclusions,
    .coverages = coverages,
};
