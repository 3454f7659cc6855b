#include "config.h"
#include "claims/registry.h"

#include <strings.h>
#include "claims/bulk_rate_ceiling.h"
#include "claims/critical_step.h"
#include "claims/dominant_stalls.h"
#include "claims/cyclical_steps.h"
#include "claims/edge_of_stability.h"
#include "claims/effective_step_sizes.h"
#include "claims/escape_direction.h"
#include "claims/exact_distribution.h"
#include "claims/exact_mean.h"
#include "claims/exact_variance.h"
#include "claims/finite_samples.h"
#include "claims/gradient_descent.h"
#include "claims/invariances.h"
#include "claims/loss_split.h"
#include "claims/mean_field_gap.h"
#include "claims/mean_square_stability.h"
#include "claims/multiplicative_alignment.h"
#include "claims/noise_covariance.h"
#include "claims/noise_makes_alignment.h"
#include "claims/one_step_moments.h"
#include "claims/opposite_effects.h"
#include "claims/printed_edge_falls.h"
#include "claims/printed_effective_step.h"
#include "claims/printed_sharpness_edge.h"
#include "claims/readings_agree.h"
#include "claims/real_data.h"
#include "claims/regime_threshold.h"
#include "claims/scaling_law.h"
#include "claims/self_correction.h"
#include "claims/sharpness_aware.h"
#include "claims/switches.h"
#include "claims/toy_alignment.h"
#include "claims/toy_descent.h"
#include "claims/toy_projected.h"
#include "claims/true_critical_step.h"
#include "claims/two_phases.h"

const claim *const registry_claims[] = {
    &one_step_moments_claim,
    &loss_split_claim,
    &invariances_claim,
    &critical_step_claim,
    &self_correction_claim,
    &regime_threshold_claim,
    &gradient_descent_claim,
    &opposite_effects_claim,
    &two_phases_claim,
    &scaling_law_claim,
    &mean_field_gap_claim,
    &exact_mean_claim,
    &exact_variance_claim,
    &exact_distribution_claim,
    &true_critical_step_claim,
    &readings_agree_claim,
    &noise_makes_alignment_claim,
    &toy_descent_claim,
    &toy_alignment_claim,
    &toy_projected_claim,
    &dominant_stalls_claim,
    &switches_claim,
    &edge_of_stability_claim,
    &sharpness_aware_claim,
    &printed_sharpness_edge_claim,
    &printed_edge_falls_claim,
    &effective_step_sizes_claim,
    &printed_effective_step_claim,
    &bulk_rate_ceiling_claim,
    &noise_covariance_claim,
    &finite_samples_claim,
    &mean_square_stability_claim,
    &escape_direction_claim,
    &multiplicative_alignment_claim,
    &cyclical_steps_claim,
    &real_data_claim,
    NULL,
};

const claim *registry_find(const char *id) {
  for (const claim *const *c = registry_claims; *c != NULL; c++)
    if (strcasecmp((*c)->id, id) == 0)
      return *c;
  return NULL;
}
