# The library: everything but the command line.  Dependencies point one way:
# cli -> evidence -> verify -> claims -> families -> io, exact, laws, sim -> model;
# evidence -> sweep -> io, sim -> model.
noinst_LIBRARIES += libsuspalign.a
libsuspalign_a_SOURCES = \
  %D%/model/diagnostic.c %D%/model/diagnostic.h \
  %D%/model/least_squares.c %D%/model/least_squares.h \
  %D%/model/quadratic.c %D%/model/quadratic.h \
  %D%/model/random.c %D%/model/random.h \
  %D%/model/rounding.h \
  %D%/model/spectrum.c %D%/model/spectrum.h \
  %D%/exact/arb_header.h \
  %D%/exact/certified.c %D%/exact/certified.h \
  %D%/exact/dense_step.c %D%/exact/dense_step.h \
  %D%/exact/exact_run.c %D%/exact/exact_run.h \
  %D%/exact/exact_step.c %D%/exact/exact_step.h \
  %D%/families/family.h \
  %D%/families/regression_family.c %D%/families/regression_family.h \
  %D%/families/quadratic_family.c %D%/families/quadratic_family.h \
  %D%/claims/claim.c %D%/claims/claim.h \
  %D%/claims/critical_step.c %D%/claims/critical_step.h \
  %D%/claims/exact_distribution.c %D%/claims/exact_distribution.h \
  %D%/claims/exact_mean.c %D%/claims/exact_mean.h \
  %D%/claims/exact_variance.c %D%/claims/exact_variance.h \
  %D%/claims/gradient_descent.c %D%/claims/gradient_descent.h \
  %D%/claims/invariances.c %D%/claims/invariances.h \
  %D%/claims/law_case.c %D%/claims/law_case.h \
  %D%/claims/loss_split.c %D%/claims/loss_split.h \
  %D%/claims/mean_field_gap.c %D%/claims/mean_field_gap.h \
  %D%/claims/noise_makes_alignment.c %D%/claims/noise_makes_alignment.h \
  %D%/claims/one_step_moments.c %D%/claims/one_step_moments.h \
  %D%/claims/opposite_effects.c %D%/claims/opposite_effects.h \
  %D%/claims/readings_agree.c %D%/claims/readings_agree.h \
  %D%/claims/real_data.c %D%/claims/real_data.h \
  %D%/claims/registry.c %D%/claims/registry.h \
  %D%/claims/regime_threshold.c %D%/claims/regime_threshold.h \
  %D%/claims/scaling_law.c %D%/claims/scaling_law.h \
  %D%/claims/self_correction.c %D%/claims/self_correction.h \
  %D%/claims/true_critical_step.c %D%/claims/true_critical_step.h \
  %D%/claims/two_phases.c %D%/claims/two_phases.h \
  %D%/verify/run.c %D%/verify/run.h

include %D%/io.mk
include %D%/sim.mk
include %D%/laws.mk
include %D%/evidence.mk
include %D%/cli.mk
include %D%/sweep.mk
