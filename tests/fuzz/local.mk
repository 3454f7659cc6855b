# Fuzzing.  One harness a reader, and one for the command line; each is built twice.

FUZZ_NAMES = table problem matrix_market npy matrix instance record cli

# With replay.c: the corpus and a fixed number of mutations of it, a test like any other.
fuzz_driver = %D%/replay.c %D%/harness.c %D%/harness.h
fuzz_programs = \
  %D%/fuzz_table \
  %D%/fuzz_problem \
  %D%/fuzz_matrix_market \
  %D%/fuzz_npy \
  %D%/fuzz_matrix \
  %D%/fuzz_instance \
  %D%/fuzz_record \
  %D%/fuzz_cli
check_PROGRAMS += $(fuzz_programs)
%C%_fuzz_table_SOURCES = %D%/table.c $(fuzz_driver)
%C%_fuzz_problem_SOURCES = %D%/problem.c $(fuzz_driver)
%C%_fuzz_matrix_market_SOURCES = %D%/matrix_market.c $(fuzz_driver)
%C%_fuzz_npy_SOURCES = %D%/npy.c $(fuzz_driver)
%C%_fuzz_matrix_SOURCES = %D%/matrix.c $(fuzz_driver)
%C%_fuzz_instance_SOURCES = %D%/instance.c $(fuzz_driver)
%C%_fuzz_record_SOURCES = %D%/record.c $(fuzz_driver)
%C%_fuzz_cli_SOURCES = %D%/cli.c $(fuzz_driver)
%C%_fuzz_cli_LDADD = libsuspaligncli.a libsuspalign.a

# With libFuzzer, by a compiler of its own (FUZZ_CC), the library included: coverage leads the
# mutations.  `make fuzz` runs each harness for FUZZ_SECONDS; `make fuzz FUZZ_RUNS=20000` for that
# many inputs from a fixed seed.  What it finds goes to fuzzing/, and into the corpus by hand.
FUZZ_SECONDS = 60
FUZZ_RUNS =
FUZZ_ONLY = $(FUZZ_NAMES)
FUZZ_CFLAGS = -std=gnu17 -ffp-contract=off -g -O1 -fno-omit-frame-pointer \
  -fsanitize=address,undefined -fno-sanitize-recover=undefined
fuzz_sources = $(filter %.c,$(libsuspalign_a_SOURCES) $(nodist_libsuspalign_a_SOURCES) $(libsuspaligncli_a_SOURCES))
fuzz_headers = $(filter %.h,$(libsuspalign_a_SOURCES) $(libsuspaligncli_a_SOURCES)) %D%/harness.h
fuzz_objects = $(fuzz_sources:%.c=fuzzing/%.o) fuzzing/%D%/harness.o
fuzz_compile = $(FUZZ_CC) $(DEFS) -I. -I$(srcdir) $(AM_CPPFLAGS) $(CPPFLAGS) $(FUZZ_CFLAGS)

fuzzing/%.o: %.c $(fuzz_headers) config.h
	$(AM_V_CC)$(MKDIR_P) $(@D)
	$(AM_V_at)$(fuzz_compile) -fsanitize=fuzzer-no-link -c -o $@ $<

fuzzing/fuzz_%: fuzzing/%D%/%.o $(fuzz_objects)
	$(AM_V_CCLD)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

.PRECIOUS: fuzzing/%.o
.PHONY: fuzz fuzzers
fuzzers: $(FUZZ_ONLY:%=fuzzing/fuzz_%)

fuzz:
	@if test -z '$(FUZZ_CC)'; then \
	  echo 'make fuzz: no compiler with libFuzzer: apt-get install clang libclang-rt-14-dev' \
	    '(or another version), then configure again; make check replays the corpus without it' >&2; \
	  exit 1; fi
	@$(MAKE) $(AM_MAKEFLAGS) fuzzers
	@for name in $(FUZZ_ONLY); do \
	  mkdir -p fuzzing/found/$$name; \
	  echo "fuzz $$name"; \
	  if test -n '$(FUZZ_RUNS)'; then limit='-runs=$(FUZZ_RUNS) -seed=1'; \
	  else limit='-max_total_time=$(FUZZ_SECONDS)'; fi; \
	  OPENBLAS_NUM_THREADS=1 fuzzing/fuzz_$$name $$limit -max_len=4096 -timeout=20 \
	    -rss_limit_mb=4096 -verbosity=1 -print_final_stats=1 -artifact_prefix='$(abs_builddir)/fuzzing/crash-'$$name- \
	    '$(abs_builddir)/fuzzing/found/'$$name '$(abs_srcdir)/%D%/corpus/'$$name \
	    >fuzzing/$$name.log 2>&1 || { \
	    tail -n 40 fuzzing/$$name.log >&2; exit 1; }; \
	  grep -E 'DONE|number_of_executed_units|average_exec' fuzzing/$$name.log; \
	done

MOSTLYCLEAN_FOLDERS += fuzzing

EXTRA_DIST += \
  %D%/corpus/cli/analyze \
  %D%/corpus/cli/claims \
  %D%/corpus/cli/explain \
  %D%/corpus/cli/help \
  %D%/corpus/cli/helpverify \
  %D%/corpus/cli/hessian \
  %D%/corpus/cli/output \
  %D%/corpus/cli/replay \
  %D%/corpus/cli/report \
  %D%/corpus/cli/samples \
  %D%/corpus/cli/spectrum \
  %D%/corpus/cli/unknown \
  %D%/corpus/cli/verify \
  %D%/corpus/instance/bias.csv \
  %D%/corpus/instance/covariance.csv \
  %D%/corpus/instance/plain.csv \
  %D%/corpus/instance/regression.csv \
  %D%/corpus/instance/signs.csv \
  %D%/corpus/instance/toy.csv \
  %D%/corpus/instance/twice.csv \
  %D%/corpus/matrix/archive.npz \
  %D%/corpus/matrix/f4.npy \
  %D%/corpus/matrix/f8.npy \
  %D%/corpus/matrix/indefinite.csv \
  %D%/corpus/matrix/packed.csv.gz \
  %D%/corpus/matrix/square.csv \
  %D%/corpus/matrix/symmetric.mtx \
  %D%/corpus/matrix/three.mtx \
  %D%/corpus/matrix/ulp.csv \
  %D%/corpus/matrix/vector.csv \
  %D%/corpus/matrix_market/array.mtx \
  %D%/corpus/matrix_market/complex.mtx \
  %D%/corpus/matrix_market/general.mtx \
  %D%/corpus/matrix_market/huge.mtx \
  %D%/corpus/matrix_market/lower.mtx \
  %D%/corpus/matrix_market/pattern.mtx \
  %D%/corpus/matrix_market/symmetric.mtx \
  %D%/corpus/matrix_market/symmetric.mtx.gz \
  %D%/corpus/npy/c16.npy \
  %D%/corpus/npy/f4.npy \
  %D%/corpus/npy/f8.npy \
  %D%/corpus/npy/f8.npy.gz \
  %D%/corpus/npy/huge.npy \
  %D%/corpus/npy/i2v3.npy \
  %D%/corpus/npy/i8.npy \
  %D%/corpus/npy/nan.npy \
  %D%/corpus/npy/object.npy \
  %D%/corpus/npy/scalar.npy \
  %D%/corpus/npy/short.npy \
  %D%/corpus/npy/structure.npy \
  %D%/corpus/npy/u1.npy \
  %D%/corpus/problem/columns.csv \
  %D%/corpus/problem/negative.csv \
  %D%/corpus/problem/samples.csv \
  %D%/corpus/problem/spectrum.csv \
  %D%/corpus/record/none.json \
  %D%/corpus/record/one.json \
  %D%/corpus/record/other.json \
  %D%/corpus/record/two.json \
  %D%/corpus/table/header.csv \
  %D%/corpus/table/packed.csv.gz \
  %D%/corpus/table/plain.csv \
  %D%/corpus/table/ragged.csv
