# Simulation, and the numbers and series of the report.
libsuspalign_a_SOURCES += \
  %D%/sim/design_walk.c %D%/sim/design_walk.h \
  %D%/sim/ensemble.c %D%/sim/ensemble.h \
  %D%/sim/toy_runs.c %D%/sim/toy_runs.h \
  %D%/sim/optimiser.c %D%/sim/optimiser.h \
  %D%/sim/projected.c %D%/sim/projected.h \
  %D%/sim/valley.c %D%/sim/valley.h \
  %D%/evidence/authors_sweep_section.c \
  %D%/evidence/ablation_section.c \
  %D%/evidence/claims_section.c \
  %D%/evidence/edge_section.c \
  %D%/evidence/evidence.c %D%/evidence/evidence.h \
  %D%/evidence/facts.c %D%/evidence/facts.h \
  %D%/evidence/laws_section.c \
  %D%/evidence/noise_section.c \
  %D%/evidence/one_step_section.c \
  %D%/evidence/optimisers_section.c \
  %D%/evidence/outputs.c %D%/evidence/outputs.h \
  %D%/evidence/projected_section.c \
  %D%/evidence/real_data_section.c \
  %D%/evidence/run_section.c \
  %D%/evidence/sections.h \
  %D%/evidence/stationary_sweep.c %D%/evidence/stationary_sweep.h \
  %D%/evidence/switches_section.c \
  %D%/evidence/toy_section.c \
  %D%/evidence/versions_section.c

evidence_data = $(srcdir)/tests/data/digits.csv.gz
# Inside $(...), not backquotes, which would take one of the two backslashes away.
evidence_escape = sed 's/[_&%$$\#]/\\&/g'

# The program writes the numbers; what it cannot know (hashes, versions of the other tools) is added
# here.  One thread: with more, the last bits depend on their number.  Status 1 is a claim that does
# not hold: a finding, which the report is there to show.
evidence/evidence.stamp: suspalign$(EXEEXT) $(evidence_data)
	$(AM_V_GEN)rm -f $@
	$(AM_V_at)OPENBLAS_NUM_THREADS=1 SUSPALIGN_DATA=$(evidence_data) \
	  ./suspalign$(EXEEXT) report --output evidence --data $(evidence_data) || test $$? -eq 1
	$(AM_V_at)LC_ALL=C; export LC_ALL; for data in evidence/*.dat; do \
	  name=`basename $$data .dat`; sum=`sha256sum <$$data | cut -c 1-64`; \
	  printf '\\setevidence{figure/%s/sha256}{%s}\n' $$name $$sum >>evidence/evidence.tex && \
	  printf '%s & %s \\\\\n' "$$(echo $$name | $(evidence_escape))" $$sum || exit 1; \
	done >evidence/figures.tex
	$(AM_V_at)sum=`sha256sum <$(evidence_data) | cut -c 1-64`; \
	printf '%s & %s \\\\\n' "$$(basename $(evidence_data) | $(evidence_escape))" $$sum \
	  >evidence/inputs.tex
	$(AM_V_at){ printf 'Check & %s \\\\\n' "`$(PKG_CONFIG) --modversion check`"; \
	  printf 'gnuplot & %s \\\\\n' \
	    "$$($(GNUPLOT) --version 2>/dev/null | sed 's/^gnuplot //' | $(evidence_escape))"; \
	  printf 'pdf\\TeX{} & %s \\\\\n' \
	    "$$($(PDFLATEX) --version 2>/dev/null | sed -n '1s/^pdfTeX //p' | $(evidence_escape))"; \
	  printf 'latexmk & %s \\\\\n' \
	    "$$($(LATEXMK) --version 2>/dev/null | sed -n 's/.*Version //p' | $(evidence_escape))"; \
	} >>evidence/versions.tex
	$(AM_V_at)touch $@

MOSTLYCLEAN_FOLDERS += evidence
