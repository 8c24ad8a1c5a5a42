#include "nasnet/kernels/matmul.h"

namespace nasnet::kernels::reference {

void matmul(const float* a, int64_t a_stride, int64_t rows, int64_t inner, const float* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish) {
  const Tap whole;
  reference::matmul(a, a_stride, rows, Taps{&whole, 1, inner}, b, columns, c, c_stride, finish);
}

void matmul(const float* a, int64_t a_stride, int64_t rows, const Taps& taps, const float* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 0; k < columns; ++k) {
      double sum = 0;
      for (int64_t t = 0; t < taps.count; ++t)
        for (int64_t i = 0; i < taps.length; ++i)
          sum += static_cast<double>(a[r * a_stride + taps.first[t].offset + i]) *
                 b[(taps.first[t].row + i) * padded(columns) + k];
      if (finish.bias != nullptr) sum += finish.bias[k];
      if (finish.relu && sum < 0) sum = 0;
      if (finish.mask != nullptr && finish.mask[r * finish.mask_stride + k] <= 0) sum = 0;
      if (finish.accumulate) sum += c[r * c_stride + k];
      c[r * c_stride + k] = static_cast<float>(sum);
    }
}

void matmul_transposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                       int64_t rows, const Lines& lines, int64_t inner, int64_t columns, float* c) {
  for (int64_t i = 0; i < inner; ++i)
    for (int64_t k = 0; k < columns; ++k) {
      double sum = c[i * padded(columns) + k];
      for (int64_t y = 0; y < lines.count; ++y)
        for (int64_t r = 0; r < rows; ++r)
          sum += static_cast<double>(a[y * lines.a + r * a_stride + i]) *
                 d[y * lines.d + r * d_stride + k];
      c[i * padded(columns) + k] = static_cast<float>(sum);
    }
}

}  // namespace nasnet::kernels::reference
