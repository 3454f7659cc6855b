#include "config.h"
#include "sim/kernel_variants.h"

#if KERNEL_X86
#define KERNEL_WIDTH 128
#else
#define KERNEL_WIDTH 0
#endif
#include "sim/kernel_body.h"

const kernel kernel_baseline = {"baseline", kernel_bits, kernel_normals, kernel_step};
