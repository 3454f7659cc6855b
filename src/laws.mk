# Exact laws of the alignment.
libsuspalign_a_SOURCES += \
  %D%/laws/alignment_law.c %D%/laws/alignment_law.h \
  %D%/laws/quadratic_form.c %D%/laws/quadratic_form.h \
  %D%/laws/rank_correlation.c %D%/laws/rank_correlation.h \
  %D%/laws/window_law.c %D%/laws/window_law.h
