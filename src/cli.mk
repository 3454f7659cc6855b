# The program: one file per subcommand.  What computes or converts is in the library, for tests.
libsuspalign_a_SOURCES += \
  %D%/cli/analysis.c %D%/cli/analysis.h \
  %D%/cli/noise_analysis.c %D%/cli/noise_analysis.h \
  %D%/cli/plain_text.c %D%/cli/plain_text.h

noinst_LIBRARIES += libsuspaligncli.a
libsuspaligncli_a_SOURCES = \
  %D%/cli/ablate.c \
  %D%/cli/analyze.c \
  %D%/cli/claims.c \
  %D%/cli/command.c %D%/cli/command.h \
  %D%/cli/explain.c \
  %D%/cli/hessian_input.c %D%/cli/hessian_input.h \
  %D%/cli/program.c %D%/cli/program.h \
  %D%/cli/replay.c \
  %D%/cli/report.c \
  %D%/cli/simulate.c \
  %D%/cli/sweep.c \
  %D%/cli/verify.c

bin_PROGRAMS += suspalign
suspalign_SOURCES = %D%/cli/main.c
suspalign_LDADD = libsuspaligncli.a libsuspalign.a
# SUSPALIGN_DATA_FILE, see AM_CPPFLAGS, is where it is installed.
dist_pkgdata_DATA = tests/data/digits.csv.gz
EXTRA_DIST += tests/data/README
# SUSPALIGN_CORPUS_FOLDER: instances that were hard once, tried first by every run.
corpusdir = $(pkgdatadir)/corpus
dist_corpus_DATA = \
  tests/corpus/C1-gap_of_one_ulp.csv \
  tests/corpus/L1-gap_of_one_ulp.csv \
  tests/corpus/L2-gap_of_one_ulp.csv \
  tests/corpus/L3-gap_of_one_ulp.csv \
  tests/corpus/R1-gap_of_one_ulp.csv \
  tests/corpus/R1-on_threshold.csv \
  tests/corpus/T1-domain_corners.csv \
  tests/corpus/T1-gap_of_one_ulp.csv \
  tests/corpus/T1-on_threshold.csv \
  tests/corpus/T1-one_ulp_below_threshold.csv \
  tests/corpus/T2-noise_in_bulk_alone.csv \
  tests/corpus/T2-on_threshold.csv \
  tests/corpus/T2-one_ulp_above_threshold.csv \
  tests/corpus/T3-gap_of_one_ulp.csv \
  tests/corpus/T4-gap_of_one_ulp.csv \
  tests/corpus/T4-one_step_short_of_tie.csv \
  tests/corpus/T4-tie_at_critical_step.csv

dist_man_MANS = %D%/suspalign.1
