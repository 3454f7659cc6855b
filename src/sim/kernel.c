#include "config.h"
#include "sim/kernel.h"

#include "sim/kernel_variants.h"

const kernel *kernel_at(size_t number) {
#if KERNEL_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && number-- == 0)
    return &kernel_avx512;
  if (__builtin_cpu_supports("avx2") && number-- == 0)
    return &kernel_avx2;
#endif
  return number == 0 ? &kernel_baseline : NULL;
}

const kernel *kernel_best(void) {
  return kernel_at(0);
}
