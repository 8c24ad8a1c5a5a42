#pragma once

#include "nasnet/search/strategies/controller_math.h"

#define NASNET_INLINE __attribute__((always_inline)) inline

namespace nasnet::search {

/// multiply_add for machines with 512-bit vectors, of which the compiler, left to itself, would use
/// half: compiled in a file of its own, with flags of its own, where NASNET_WIDE_MATH is
/// defined.
void multiply_add_wide(const Product& s, const float* a, const float* b, float* c);

namespace {

/// c[0..n) += sum over kDepth of x[d] * b[d][0..n), in the order of d: a sum is loaded and stored
/// once for kDepth products. A plain loop over contiguous floats, which the compiler turns into the
/// vectors of each instruction set.
template <size_t kDepth>
NASNET_INLINE void add_rows(const float* x, const float* b, size_t ldb, float* __restrict c,
                            size_t n) {
  for (size_t j = 0; j < n; ++j) {
    float sum = c[j];
    for (size_t d = 0; d < kDepth; ++d) sum = sum + x[d] * b[d * ldb + j];
    c[j] = sum;
  }
}

/// All rows of c share each kDepth rows of b, which stay in the first-level cache meanwhile.
template <size_t kDepth>
NASNET_INLINE void stripes(const Product& s, size_t p, const float* a, const float* b, float* c) {
  for (size_t i = 0; i < s.m; ++i) {
    float x[kDepth];
    for (size_t d = 0; d < kDepth; ++d) x[d] = a[i * s.row + (p + d) * s.column];
    add_rows<kDepth>(x, b + p * s.ldb, s.ldb, c + i * s.ldc, s.n);
  }
}

NASNET_INLINE void multiply_add_any(const Product& s, const float* a, const float* b, float* c) {
  size_t p = 0;
  for (; p + 10 <= s.k; p += 10) stripes<10>(s, p, a, b, c);
  for (; p + 4 <= s.k; p += 4) stripes<4>(s, p, a, b, c);
  for (; p < s.k; ++p) stripes<1>(s, p, a, b, c);
}

}  // namespace
}  // namespace nasnet::search
