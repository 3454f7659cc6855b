# Readers and writers.
libsuspalign_a_SOURCES += \
  %D%/io/matrix_file.c %D%/io/matrix_file.h \
  %D%/io/matrix_market.c %D%/io/matrix_market.h \
  %D%/io/npy.c %D%/io/npy.h \
  %D%/io/number.c %D%/io/number.h \
  %D%/io/output.c %D%/io/output.h \
  %D%/io/problem_file.c %D%/io/problem_file.h \
  %D%/io/source.c %D%/io/source.h \
  %D%/io/table.c %D%/io/table.h \
  %D%/io/text.c %D%/io/text.h

