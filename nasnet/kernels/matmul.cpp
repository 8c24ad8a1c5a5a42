#include "nasnet/kernels/matmul.h"

namespace nasnet::kernels {

void matmul(const float* a, int64_t a_stride, int64_t rows, int64_t inner, const float* b,
            int64_t columns, float* c, int64_t c_stride, bool accumulate) {
  reference::matmul(a, a_stride, rows, inner, b, columns, c, c_stride, accumulate);
}

void matmul_transposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                       int64_t rows, int64_t inner, int64_t columns, float* c) {
  reference::matmul_transposed(a, a_stride, d, d_stride, rows, inner, columns, c);
}

}  // namespace nasnet::kernels
