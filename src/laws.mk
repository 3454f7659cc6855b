# Exact laws of the alignment.
libsuspalign_a_SOURCES += \
  %D%/laws/alignment_law.c %D%/laws/alignment_law.h \
  %D%/laws/noise_geometry.c %D%/laws/noise_geometry.h \
  %D%/laws/quadratic_form.c %D%/laws/quadratic_form.h %D%/laws/quadratic_form_parts.h \
  %D%/laws/rank_correlation.c %D%/laws/rank_correlation.h \
  %D%/laws/sample_noise.c %D%/laws/sample_noise.h \
  %D%/laws/secular.c %D%/laws/secular.h \
  %D%/laws/window_law.c %D%/laws/window_law.h %D%/laws/window_law_parts.h
