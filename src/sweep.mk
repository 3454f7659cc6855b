# Sweeps: plans, journals, runs.
libsuspalign_a_SOURCES += \
  %D%/sweep/authors_plan.h \
  %D%/sweep/cluster.c %D%/sweep/cluster.h \
  %D%/sweep/decay_fit.c %D%/sweep/decay_fit.h \
  %D%/sweep/plain_functions.c %D%/sweep/plain_functions.h \
  %D%/sweep/journal.c %D%/sweep/journal.h \
  %D%/sweep/plan.c %D%/sweep/plan.h \
  %D%/sweep/sweep.c %D%/sweep/sweep.h \
  %D%/sweep/sweep_run.c
nodist_libsuspalign_a_SOURCES = %D%/sweep/authors_plan.c

# The plan that is installed with the program, and in it.
dist_pkgdata_DATA += %D%/sweep/authors.ini
CLEANFILES += %D%/sweep/authors_plan.c
%D%/sweep/authors_plan.c: %D%/sweep/authors.ini
	$(AM_V_at)$(MKDIR_P) %D%/sweep
	$(AM_V_GEN){ echo '#include "sweep/authors_plan.h"'; echo 'const char authors_plan[] ='; \
	  sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/  "&\\n"/' $(srcdir)/%D%/sweep/authors.ini; \
	  echo '  ;'; } >$@.new && mv -f $@.new $@
