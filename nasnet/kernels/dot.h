#pragma once

#include <cstdint>

namespace nasnet::kernels {

/// The sum of x[i] y[i] over `count` values: a linear layer's output before its bias.
float dot(const float* x, const float* y, int64_t count);

}  // namespace nasnet::kernels
