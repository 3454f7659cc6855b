# One script a figure; each makes <name>.tex and <name>.pdf, the second without its date.
figure_scripts = \
  %D%/ablations.gp \
  %D%/authors_sweep.gp \
  %D%/dominant_stalls.gp \
  %D%/cyclical_steps.gp \
  %D%/drift.gp \
  %D%/edge_of_stability.gp \
  %D%/escape_direction.gp \
  %D%/finite_samples.gp \
  %D%/interval_gap.gp \
  %D%/law.gp \
  %D%/mean_square_stability.gp \
  %D%/multiplicative_alignment.gp \
  %D%/opposite_effects.gp \
  %D%/readings.gp \
  %D%/real_data.gp \
  %D%/regime_map.gp \
  %D%/scaling_law.gp \
  %D%/stationary_sweep.gp \
  %D%/switches.gp \
  %D%/toy_alignment.gp \
  %D%/toy_paths.gp \
  %D%/toy_projected.gp \
  %D%/true_step.gp \
  %D%/two_phases.gp
EXTRA_DIST += %D%/style.gp $(figure_scripts)

if HAVE_REPORT
# cairo writes the time of the build into a PDF, in the zone of TZ: it is overwritten in place, with
# as many characters.
figures/figures.stamp: evidence/evidence.stamp %D%/style.gp $(figure_scripts)
	$(AM_V_at)$(MKDIR_P) figures
	$(AM_V_GEN)rm -f $@; scripts=`cd $(srcdir)/%D% && pwd` && cd figures && \
	for script in $(figure_scripts); do name=`basename "$$script" .gp`; \
	  TZ=UTC LC_ALL=C.UTF-8 GNUPLOT_LIB="$$scripts" $(GNUPLOT) "$$scripts/$$name.gp" || exit 1; \
	  LC_ALL=C sed -i -E 's|/CreationDate \(D:[0-9]{14}Z\)|/CreationDate (D:20231114221320Z)|' \
	    $$name.pdf || exit 1; \
	done && touch figures.stamp
endif

CLEANFILES += figures/*.tex figures/*.pdf figures/figures.stamp
