#pragma once

// Products of bf16 read two values of a row at a time (kernels/matmul.h).

#include <cstdint>

#include "nasnet/kernels/matmul.h"

namespace nasnet::fused {

/// Ends rows of bf16 pairs whose size is odd with a zero, which products read.
template <class T>
void end_pairs(kernels::Pixels<T> rows, int64_t count, int64_t inner) {
  if (kernels::inner_stride<T>(inner) == inner) return;
  for (int64_t r = 0; r < count; ++r) rows.from_pixel(r).data[inner] = T();
}

}  // namespace nasnet::fused
