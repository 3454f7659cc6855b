#include "config.h"
#include "sim/kernel_variants.h"

#if KERNEL_X86
#define KERNEL_WIDTH 512
#include <immintrin.h>
#include <math.h>
#include <string.h>
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl"))),                 \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512vl")
#endif
#include "sim/kernel_body.h"

const kernel kernel_avx512 = {"avx512", kernel_bits, kernel_normals, kernel_step};
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
