#include <algorithm>
#include <vector>

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
    const int64_t pixel = row * shape.row() + column;
    for (int c = 0; c < shape.channels; ++c)
      out[result * out_stride + c] +=
          in[pixel * in_stride + c] * weights[cell * padded(shape.channels) + c];
  });
}

void depthwise_weight_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                               int64_t d_row, const DepthwiseShape& shape, float* gradient) {
  for_each_pair(shape, [&](int64_t result, int64_t row, int64_t column, int64_t cell) {
    const int64_t pixel = row * shape.row() + column;
    const float* above = d + result / shape.width * d_row + result % shape.width * d_stride;
    for (int c = 0; c < shape.channels; ++c)
      gradient[cell * padded(shape.channels) + c] += in[pixel * in_stride + c] * above[c];
  });
}

void depthwise_input_gradient(const float* d, int64_t d_stride, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<float>& passage, float* gradient,
                              int64_t gradient_stride, bool accumulate) {
  const Border border = gradient_border(shape, part);
  const int64_t d_row = int64_t{shape.width + border.left + border.right} * d_stride;
  std::vector<double> sums(static_cast<size_t>(part.height * part.width * shape.channels), 0.0);
  for_each_pair(shape, [&](int64_t result, int64_t row, int64_t column, int64_t cell) {
    const int64_t y = row - part.row, x = column - part.column;
    if (y < 0 || y >= part.height || x < 0 || x >= part.width) return;
    const float* above = d + result / shape.width * d_row + result % shape.width * d_stride;
    for (int c = 0; c < shape.channels; ++c)
      sums[(y * part.width + x) * shape.channels + c] +=
          static_cast<double>(above[c]) * weights[cell * padded(shape.channels) + c];
  });
  for (int64_t p = 0; p < int64_t{part.height} * part.width; ++p)
    for (int c = 0; c < shape.channels; ++c) {
      const int64_t y = p / part.width, x = p % part.width;
      const bool passed =
          passage.activated == nullptr ||
          !(passage.activated[y * passage.activated_row + x * passage.activated_stride + c] <= 0);
      const double value = passed ? sums[p * shape.channels + c] : 0.0;
      float& place = gradient[p * gradient_stride + c];
      place = static_cast<float>((accumulate ? place : 0.0f) + value);
      if (passage.raw == nullptr) continue;
      passage.sum[c] += value;
      passage.product[c] += value * (static_cast<double>(passage.raw[p * passage.raw_stride + c]) -
                                     passage.origin[c]);
    }
}

}  // namespace nasnet::kernels::reference
