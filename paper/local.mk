# The report.  Everything that is generated stays in the build's paper/build, but for report.pdf.
# The pages come from theory/ and from this folder, the code from src/ and tests/ by named regions,
# every number from evidence/, every figure from figures/.
EXTRA_DIST += %D%/report.tex %D%/authors_sweep.tex %D%/suspalign.sty %D%/references.bib %D%/regions.awk %D%/tests.awk
CLEANFILES += %D%/report.pdf
MOSTLYCLEAN_FOLDERS += %D%/build

.PHONY: report report-force
report_region_sources = $(libsuspalign_a_SOURCES) $(REGION_SOURCES)
report_texts = %D%/report.tex %D%/authors_sweep.tex %D%/suspalign.sty %D%/references.bib $(THEORY_CHAPTERS)

if HAVE_REPORT
report: %D%/report.pdf
	@echo "the report: %D%/report.pdf"

%D%/build/regions.stamp: %D%/regions.awk $(report_region_sources)
	$(AM_V_GEN)rm -rf %D%/build/regions && $(MKDIR_P) %D%/build/regions
	$(AM_V_at)for file in $(report_region_sources); do echo "$(srcdir)/$$file"; done \
	  | LC_ALL=C xargs $(AWK) -v top="$(srcdir)/" -v folder=%D%/build/regions -f $(srcdir)/%D%/regions.awk
	$(AM_V_at)touch $@

# Where the sources come from: the commit, or what `make dist` wrote of it.  A work tree of its own
# is asked, never one that happens to be around the unpacked tarball.
%D%/build/source.tex: report-force
	@$(MKDIR_P) %D%/build; commit=unknown; epoch=0; state=; \
	if test -e $(srcdir)/.git && git -C $(srcdir) rev-parse -q --verify HEAD >/dev/null 2>&1; then \
	  commit=`git -C $(srcdir) rev-parse HEAD`; epoch=`git -C $(srcdir) log -1 --format=%ct`; \
	  test -z "`git -C $(srcdir) status --porcelain 2>/dev/null`" || state=', with changes that are not committed'; \
	elif test -r $(srcdir)/build-aux/commit; then \
	  commit=`sed -n 1p $(srcdir)/build-aux/commit`; epoch=`sed -n 2p $(srcdir)/build-aux/commit`; \
	fi; \
	epoch=$${SOURCE_DATE_EPOCH:-$$epoch}; \
	{ echo "% epoch $$epoch"; \
	  echo "\\setevidence{source/commit}{$$commit$$state}"; \
	  echo "\\setevidence{source/epoch}{$$epoch}"; \
	  echo "\\setevidence{source/version}{$(PACKAGE_VERSION)}"; } >$@.new; \
	if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi

# What the tests said, from their logs; tests that have not run since their programs changed, run.
$(TEST_LOGS): suspalign$(EXEEXT)
%D%/build/tests.tex: %D%/tests.awk $(TEST_LOGS)
	@$(MKDIR_P) %D%/build
	$(AM_V_GEN)LC_ALL=C $(AWK) -f $(srcdir)/%D%/tests.awk $(TEST_LOGS) >$@.new && mv -f $@.new $@

# The whole run of `make mutation`, where it is of these sources, or a sample, the same every time.
%D%/build/mutation.tex: $(mutation_inputs) $(wildcard mutation.json)
	@$(MKDIR_P) %D%/build
	$(AM_V_GEN)$(mutation_run) --work %D%/build/mutation.work --json mutation.json --tex $@ \
	  --sample $(MUTATION_SAMPLE) >%D%/build/mutation.txt 2>&1 \
	|| test $$? -eq 1 || { cat %D%/build/mutation.txt >&2; exit 1; }

# TeX starts from nothing every time: what an earlier run left behind cannot reach the pages.
%D%/report.pdf: $(report_texts) %D%/build/regions.stamp %D%/build/source.tex %D%/build/tests.tex \
    %D%/build/mutation.tex \
    evidence/evidence.stamp figures/figures.stamp
	$(AM_V_GEN)rm -f %D%/build/report.*
	$(AM_V_at)epoch=`sed -n 's/^% epoch //p' %D%/build/source.tex`; \
	cd %D%/build && TZ=UTC LC_ALL=C SOURCE_DATE_EPOCH=$$epoch FORCE_SOURCE_DATE=1 max_print_line=1000 \
	  TEXINPUTS=".:$(abs_srcdir)/%D%:$(abs_srcdir)/theory:$(abs_builddir):$(abs_builddir)/figures:" \
	  BIBINPUTS=".:$(abs_srcdir)/%D%:" \
	  $(LATEXMK) -norc -pdf -Werror -silent \
	    -pdflatex='$(PDFLATEX) -interaction=nonstopmode -halt-on-error -file-line-error %O %S' \
	    report.tex >latexmk.txt 2>&1 \
	|| { grep -A 6 -E '^(!|[^ ]*:[0-9]+: )' report.log; tail -n 25 latexmk.txt; exit 1; } >&2
	$(AM_V_at)sed -n -E '/^Overfull \\hbox \(([5-9]|[0-9]{2,})\./s/^/report: warning: /p' %D%/build/report.log
	$(AM_V_at)mv -f %D%/build/report.pdf $@
else
report:
	@echo "the report cannot be built; install what is missing and configure again:" >&2
	@echo "  apt-get install --no-install-recommends $(REPORT_MISSING)" >&2
	@exit 1
endif
