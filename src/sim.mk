# The simulator.  kernel_body.h is compiled once for each instruction set.
libsuspalign_a_SOURCES += \
  %D%/sim/kernel.c %D%/sim/kernel.h %D%/sim/kernel_body.h %D%/sim/kernel_variants.h \
  %D%/sim/kernel_avx512.c %D%/sim/kernel_avx2.c %D%/sim/kernel_baseline.c \
  %D%/sim/bands.c %D%/sim/bands.h \
  %D%/sim/sgd.c %D%/sim/sgd.h \
  %D%/sim/stream.c %D%/sim/stream.h
