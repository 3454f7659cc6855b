# Readers and writers.
libsuspalign_a_SOURCES += \
  %D%/io/output.c %D%/io/output.h \
  %D%/io/problem_file.c %D%/io/problem_file.h \
  %D%/io/table.c %D%/io/table.h

