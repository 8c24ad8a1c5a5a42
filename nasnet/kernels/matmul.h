#pragma once

#include <cstdint>

#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// c = a b, or c += a b: a is rows x inner (pixels by channels, `a_stride` floats a row), b is
/// inner rows of padded(columns) floats, c is rows x columns (`c_stride` floats a row). A 1x1
/// convolution, and with b transposed the gradient of its input.
void matmul(const float* a, int64_t a_stride, int64_t rows, int64_t inner, const float* b,
            int64_t columns, float* c, int64_t c_stride, bool accumulate);

/// c += a^T d: a is rows x inner, d rows x columns; c is inner rows of padded(columns) floats. The
/// gradient of a 1x1 convolution's weights. What the padding of c holds afterwards is not defined
/// but finite.
void matmul_transposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                       int64_t rows, int64_t inner, int64_t columns, float* c);

namespace reference {
void matmul(const float* a, int64_t a_stride, int64_t rows, int64_t inner, const float* b,
            int64_t columns, float* c, int64_t c_stride, bool accumulate);
void matmul_transposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                       int64_t rows, int64_t inner, int64_t columns, float* c);
}  // namespace reference

}  // namespace nasnet::kernels
