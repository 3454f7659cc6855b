# The program: one file per subcommand.  What computes or converts is in the library, for tests.
libsuspalign_a_SOURCES += \
  %D%/cli/analysis.c %D%/cli/analysis.h \
  %D%/cli/plain_text.c %D%/cli/plain_text.h

noinst_LIBRARIES += libsuspaligncli.a
libsuspaligncli_a_SOURCES = \
  %D%/cli/analyze.c \
  %D%/cli/claims.c \
  %D%/cli/command.c %D%/cli/command.h \
  %D%/cli/explain.c \
  %D%/cli/hessian_input.c %D%/cli/hessian_input.h \
  %D%/cli/program.c %D%/cli/program.h \
  %D%/cli/replay.c \
  %D%/cli/report.c \
  %D%/cli/verify.c

bin_PROGRAMS += suspalign
suspalign_SOURCES = %D%/cli/main.c
suspalign_LDADD = libsuspaligncli.a libsuspalign.a
# SUSPALIGN_DATA_FILE, see AM_CPPFLAGS, is where it is installed.
dist_pkgdata_DATA = tests/data/digits.csv.gz
EXTRA_DIST += tests/data/README

dist_man_MANS = %D%/suspalign.1
