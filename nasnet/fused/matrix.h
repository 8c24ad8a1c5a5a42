#pragma once

#include <cstdint>

#include "nasnet/kernels/matmul.h"

namespace nasnet::fused {

/// Rows of a convolution's matrix, for some pixels of the result.
template <class T>
struct Matrix {
  const T* data;
  int64_t stride;
};

/// Sets the padding value of rows of bf16 pairs whose size is odd to zero.
template <class T>
void end_pairs(T* rows, int64_t count, int64_t inner) {
  const int64_t stride = kernels::inner_stride<T>(inner);
  if (stride == inner) return;
  for (int64_t r = 0; r < count; ++r) rows[r * stride + inner] = T();
}

}  // namespace nasnet::fused
