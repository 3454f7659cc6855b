# The library: everything but the command line.  Dependencies point one way:
# cli -> evidence -> verify -> claims -> families -> io, exact, laws, sim -> model;
# evidence -> sweep -> io, sim -> model.
noinst_LIBRARIES += libsuspalign.a
libsuspalign_a_SOURCES = \
  %D%/model/diagnostic.c %D%/model/diagnostic.h \
  %D%/model/effective_step.c %D%/model/effective_step.h \
  %D%/model/hessian.c %D%/model/hessian.h \
  %D%/model/least_squares.c %D%/model/least_squares.h \
  %D%/model/projected_update.h \
  %D%/model/quadratic.c %D%/model/quadratic.h \
  %D%/model/random.c %D%/model/random.h \
  %D%/model/random_design.c %D%/model/random_design.h \
  %D%/model/rounding.h \
  %D%/model/sharpness_aware.c %D%/model/sharpness_aware.h \
  %D%/model/spectrum.c %D%/model/spectrum.h \
  %D%/model/toy.c %D%/model/toy.h \
  %D%/exact/arb_header.h \
  %D%/exact/certified.c %D%/exact/certified.h \
  %D%/exact/dense_run.c %D%/exact/dense_run.h \
  %D%/exact/exact_design.c %D%/exact/exact_design.h \
  %D%/exact/dense_step.c %D%/exact/dense_step.h \
  %D%/exact/exact_polynomial.c %D%/exact/exact_polynomial.h \
  %D%/exact/exact_rational.c %D%/exact/exact_rational.h \
  %D%/exact/exact_run.c %D%/exact/exact_run.h \
  %D%/exact/exact_sharpness.c %D%/exact/exact_sharpness.h \
  %D%/exact/exact_step.c %D%/exact/exact_step.h \
  %D%/exact/exact_toy.c %D%/exact/exact_toy.h \
  %D%/exact/relative_change.c %D%/exact/relative_change.h \
  %D%/families/family.h \
  %D%/families/number.c %D%/families/number.h \
  %D%/families/quadratic_hooks.h \
  %D%/families/quadratic_simplify.c \
  %D%/families/quadratic_text.c \
  %D%/families/finite_design_family.c %D%/families/finite_design_family.h \
  %D%/families/random_design_family.c %D%/families/random_design_family.h \
  %D%/families/regression_family.c %D%/families/regression_family.h \
  %D%/families/quadratic_family.c %D%/families/quadratic_family.h \
  %D%/families/valley_family.c %D%/families/valley_family.h \
  %D%/families/quadratic_violate.c %D%/families/quadratic_violate.h \
  %D%/families/toy_family.c %D%/families/toy_family.h \
  %D%/claims/bulk_rate_ceiling.c %D%/claims/bulk_rate_ceiling.h \
  %D%/claims/certify.c %D%/claims/certify.h \
  %D%/claims/claim.c %D%/claims/claim.h \
  %D%/claims/critical_step.c %D%/claims/critical_step.h \
  %D%/claims/dominant_stalls.c %D%/claims/dominant_stalls.h \
  %D%/claims/cyclical_steps.c %D%/claims/cyclical_steps.h \
  %D%/claims/edge_of_stability.c %D%/claims/edge_of_stability.h \
  %D%/claims/effective_step_sizes.c %D%/claims/effective_step_sizes.h \
  %D%/claims/escape_direction.c %D%/claims/escape_direction.h \
  %D%/claims/exact_distribution.c %D%/claims/exact_distribution.h \
  %D%/claims/exact_mean.c %D%/claims/exact_mean.h \
  %D%/claims/exact_variance.c %D%/claims/exact_variance.h \
  %D%/claims/finite_samples.c %D%/claims/finite_samples.h \
  %D%/claims/gradient_descent.c %D%/claims/gradient_descent.h \
  %D%/claims/invariances.c %D%/claims/invariances.h \
  %D%/claims/law_case.c %D%/claims/law_case.h \
  %D%/claims/loss_split.c %D%/claims/loss_split.h \
  %D%/claims/mean_field_gap.c %D%/claims/mean_field_gap.h \
  %D%/claims/mean_square_stability.c %D%/claims/mean_square_stability.h \
  %D%/claims/multiplicative_alignment.c %D%/claims/multiplicative_alignment.h \
  %D%/claims/noise_covariance.c %D%/claims/noise_covariance.h \
  %D%/claims/noise_makes_alignment.c %D%/claims/noise_makes_alignment.h \
  %D%/claims/one_step_moments.c %D%/claims/one_step_moments.h \
  %D%/claims/opposite_effects.c %D%/claims/opposite_effects.h \
  %D%/claims/printed_edge_falls.c %D%/claims/printed_edge_falls.h \
  %D%/claims/printed_effective_step.c %D%/claims/printed_effective_step.h \
  %D%/claims/printed_sharpness_edge.c %D%/claims/printed_sharpness_edge.h \
  %D%/claims/readings_agree.c %D%/claims/readings_agree.h \
  %D%/claims/real_data.c %D%/claims/real_data.h \
  %D%/claims/registry.c %D%/claims/registry.h \
  %D%/claims/regime_threshold.c %D%/claims/regime_threshold.h \
  %D%/claims/scaling_law.c %D%/claims/scaling_law.h \
  %D%/claims/self_correction.c %D%/claims/self_correction.h \
  %D%/claims/sharpness_aware.c %D%/claims/sharpness_aware.h \
  %D%/claims/switches.c %D%/claims/switches.h \
  %D%/claims/toy_alignment.c %D%/claims/toy_alignment.h \
  %D%/claims/toy_descent.c %D%/claims/toy_descent.h \
  %D%/claims/toy_projected.c %D%/claims/toy_projected.h \
  %D%/claims/true_critical_step.c %D%/claims/true_critical_step.h \
  %D%/claims/two_phases.c %D%/claims/two_phases.h \
  %D%/verify/ablate.c %D%/verify/ablate.h \
  %D%/verify/corpus.c %D%/verify/corpus.h \
  %D%/verify/record.c %D%/verify/record.h \
  %D%/verify/run.c %D%/verify/run.h \
  %D%/verify/shrink.c %D%/verify/shrink.h

include %D%/io.mk
include %D%/sim.mk
include %D%/laws.mk
include %D%/evidence.mk
include %D%/cli.mk
include %D%/sweep.mk
