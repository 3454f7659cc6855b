#include "config.h"
#include "sim/kernel_variants.h"

#define KERNEL_WIDTH 128
#include "sim/kernel_body.h"

const kernel kernel_baseline = {"baseline", kernel_bits, kernel_normals, kernel_step};
