# One literate chapter per claim; paper/report.tex puts them in the order of the registry.
THEORY_CHAPTERS = \
  %D%/one_step_moments.tex \
  %D%/loss_split.tex \
  %D%/invariances.tex \
  %D%/critical_step.tex \
  %D%/self_correction.tex \
  %D%/regime_threshold.tex \
  %D%/gradient_descent.tex \
  %D%/opposite_effects.tex \
  %D%/two_phases.tex \
  %D%/scaling_law.tex \
  %D%/mean_field_gap.tex \
  %D%/exact_mean.tex \
  %D%/exact_variance.tex \
  %D%/exact_distribution.tex \
  %D%/true_critical_step.tex \
  %D%/readings_agree.tex \
  %D%/noise_makes_alignment.tex \
  %D%/toy_descent.tex \
  %D%/toy_alignment.tex \
  %D%/toy_projected.tex \
  %D%/dominant_stalls.tex \
  %D%/switches.tex \
  %D%/edge_of_stability.tex \
  %D%/sharpness_aware.tex \
  %D%/printed_sharpness_edge.tex \
  %D%/printed_edge_falls.tex \
  %D%/effective_step_sizes.tex \
  %D%/printed_effective_step.tex \
  %D%/bulk_rate_ceiling.tex \
  %D%/noise_covariance.tex \
  %D%/finite_samples.tex \
  %D%/mean_square_stability.tex \
  %D%/escape_direction.tex \
  %D%/multiplicative_alignment.tex \
  %D%/cyclical_steps.tex \
  %D%/real_data.tex
EXTRA_DIST += $(THEORY_CHAPTERS)
