# The program: one file per subcommand.  What computes or converts is in the library, for tests.
libsuspalign_a_SOURCES += \
  %D%/cli/analysis.c %D%/cli/analysis.h \
  %D%/cli/plain_text.c %D%/cli/plain_text.h

bin_PROGRAMS += suspalign
suspalign_SOURCES = \
  %D%/cli/analyze.c \
  %D%/cli/claims.c \
  %D%/cli/command.c %D%/cli/command.h \
  %D%/cli/explain.c \
  %D%/cli/main.c \
  %D%/cli/replay.c \
  %D%/cli/report.c \
  %D%/cli/simulate.c \
  %D%/cli/sweep.c \
  %D%/cli/verify.c
suspalign_LDADD = libsuspalign.a
# SUSPALIGN_DATA_FILE, see AM_CPPFLAGS, is where it is installed.
dist_pkgdata_DATA = tests/data/digits.csv.gz
EXTRA_DIST += tests/data/README

dist_man_MANS = %D%/suspalign.1
