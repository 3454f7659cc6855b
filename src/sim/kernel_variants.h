/* kernel_variants.h -- which variants of the kernel there are; for kernel*.c alone. */
#ifndef SUSPALIGN_SIM_KERNEL_VARIANTS_H
#define SUSPALIGN_SIM_KERNEL_VARIANTS_H

#include "sim/kernel.h"

#if defined __x86_64__ && defined __GNUC__
#define KERNEL_X86 1
extern const kernel kernel_avx512, kernel_avx2;
#else
#define KERNEL_X86 0
#endif

extern const kernel kernel_baseline;

#endif
