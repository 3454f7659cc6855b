# Sweeps: plans, journals, runs.
libsuspalign_a_SOURCES += \
  %D%/sweep/cluster.c %D%/sweep/cluster.h \
  %D%/sweep/decay_fit.c %D%/sweep/decay_fit.h \
  %D%/sweep/journal.c %D%/sweep/journal.h \
  %D%/sweep/plan.c %D%/sweep/plan.h \
  %D%/sweep/sweep.c %D%/sweep/sweep.h \
  %D%/sweep/sweep_run.c

# The plans that are installed with the program.
dist_pkgdata_DATA += %D%/sweep/authors.ini
