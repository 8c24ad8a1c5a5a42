#include <algorithm>

#include "nasnet/kernels/depthwise.h"

namespace nasnet::kernels::reference {
namespace {

/// Calls take(result pixel, row and column of the padded image, window cell) for every pair that
/// meets.
template <class Take>
void for_each_pair(const DepthwiseShape& shape, Take take) {
  for (int r = 0; r < shape.height; ++r)
    for (int c = 0; c < shape.width; ++c)
      for (int i = 0; i < shape.kernel; ++i)
        for (int j = 0; j < shape.kernel; ++j)
          take(int64_t{r} * shape.width + c, r * shape.stride + i * shape.dilation,
               c * shape.stride + j * shape.dilation, int64_t{i} * shape.kernel + j);
}

}  // namespace

void depthwise(const float* in, int64_t in_stride, const float* weights,
               const DepthwiseShape& shape, float* out, int64_t out_stride) {
  for (int64_t p = 0; p < int64_t{shape.height} * shape.width; ++p)
    std::fill_n(out + p * out_stride, shape.channels, 0.0f);
  for_each_pair(shape, [&](int64_t result, int64_t row, int64_t column, int64_t cell) {
    const int64_t pixel = row * shape.padded_width() + column;
    for (int c = 0; c < shape.channels; ++c)
      out[result * out_stride + c] +=
          in[pixel * in_stride + c] * weights[cell * padded(shape.channels) + c];
  });
}

void depthwise_weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                               const DepthwiseShape& shape, float* gradient) {
  for_each_pair(shape, [&](int64_t result, int64_t row, int64_t column, int64_t cell) {
    const int64_t pixel = row * shape.padded_width() + column;
    for (int c = 0; c < shape.channels; ++c)
      gradient[cell * padded(shape.channels) + c] +=
          in[pixel * in_stride + c] * d[result * d_stride + c];
  });
}

void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, const Part& part, float* gradient,
                              int64_t gradient_stride) {
  for (int64_t p = 0; p < int64_t{part.height} * part.width; ++p)
    std::fill_n(gradient + p * gradient_stride, shape.channels, 0.0f);
  for_each_pair(shape, [&](int64_t result, int64_t row, int64_t column, int64_t cell) {
    const int64_t y = row - part.row, x = column - part.column;
    if (y < 0 || y >= part.height || x < 0 || x >= part.width) return;
    for (int c = 0; c < shape.channels; ++c)
      gradient[(y * part.width + x) * gradient_stride + c] +=
          d[result * d_stride + c] * weights[cell * padded(shape.channels) + c];
  });
}

}  // namespace nasnet::kernels::reference
