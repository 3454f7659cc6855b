# One script a figure; each makes <name>.tex and <name>.pdf, the second without its date.
FIGURE_NAMES = \
  ablations \
  authors_sweep \
  drift \
  interval_gap \
  law \
  opposite_effects \
  readings \
  real_data \
  regime_map \
  scaling_law \
  stationary_sweep \
  style \
  true_step \
  two_phases
figure_scripts = \
  %D%/ablations.gp \
  %D%/authors_sweep.gp \
  %D%/drift.gp \
  %D%/interval_gap.gp \
  %D%/law.gp \
  %D%/opposite_effects.gp \
  %D%/readings.gp \
  %D%/real_data.gp \
  %D%/regime_map.gp \
  %D%/scaling_law.gp \
  %D%/stationary_sweep.gp \
  %D%/style.gp \
  %D%/true_step.gp \
  %D%/two_phases.gp
	  LC_ALL=C sed -i -E 's|/CreationDate \(D:[0-9]{14}Z\)|/CreationDate (D:20231114221320Z)|' \
	    $$name.pdf || exit 1; \
	done && touch figures.stamp
endif

CLEANFILES += figures/*.tex figures/*.pdf figures/figures.stamp
