#include "config.h"
#include "sim/kernel_variants.h"

#if KERNEL_X86
#define KERNEL_WIDTH 256
#include <immintrin.h>
#include <math.h>
#include <string.h>
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif
#include "sim/kernel_body.h"

const kernel kernel_avx2 = {"avx2", kernel_bits, kernel_normals, kernel_step};
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
