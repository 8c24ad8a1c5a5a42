// A depthwise convolution and both gradients as sums over all pairs of a result's pixel and a pixel
// of the image that meet in a window.

#include <algorithm>
#include <vector>

#include "nasnet/kernels/depthwise.h"

namespace nasnet::kernels::reference {
namespace {

/// A pixel of the result, one of the padded image, and the cell of the window in which they meet.
struct Pair {
  int64_t result_row, result_column, row, column, cell;
};

template <class Take>
void for_each_pair(const DepthwiseShape& shape, Take take) {
  for (int64_t r = 0; r < shape.height; ++r)
    for (int64_t c = 0; c < shape.width; ++c)
      for (int64_t i = 0; i < shape.kernel; ++i)
        for (int64_t j = 0; j < shape.kernel; ++j)
          take(Pair{r, c, r * shape.stride + i * shape.dilation,
                    c * shape.stride + j * shape.dilation, i * shape.kernel + j});
}

template <class T>
T* pixel(const Pixels<T>& map, int64_t width, int64_t row, int64_t column) {
  return map.data + row * map.row_step(width) + column * map.stride;
}

}  // namespace

void depthwise(Pixels<const float> in, const float* weights, const DepthwiseShape& shape,
               Pixels<float> out) {
  for (int64_t p = 0; p < shape.result().pixels(); ++p)
    std::fill_n(out.from_pixel(p).data, shape.channels, 0.0f);
  for_each_pair(shape, [&](const Pair& pair) {
    const float* from = pixel(in, shape.padded_width(), pair.row, pair.column);
    float* to = pixel(out, shape.width, pair.result_row, pair.result_column);
    for (int c = 0; c < shape.channels; ++c)
      to[c] += from[c] * weights[pair.cell * padded(shape.channels) + c];
  });
}

void depthwise_weight_gradient(Backward<float> from, const DepthwiseShape& shape, float* gradient) {
  for_each_pair(shape, [&](const Pair& pair) {
    const float* x = pixel(from.x, shape.padded_width(), pair.row, pair.column);
    const float* d = pixel(from.d, shape.width, pair.result_row, pair.result_column);
    for (int c = 0; c < shape.channels; ++c)
      gradient[pair.cell * padded(shape.channels) + c] += x[c] * d[c];
  });
}

void depthwise_input_gradient(Pixels<const float> d, const float* weights,
                              const DepthwiseShape& shape, const Part& part,
                              const Passage<float>& passage, Pixels<float> gradient) {
  const int64_t pixels = int64_t{part.height} * part.width;
  // Complete before the passage, as the kernel's are: ReLU and norm come after all taps.
  std::vector<std::vector<double>> sums;
  for (int64_t p = 0; p < pixels; ++p) sums.emplace_back(shape.channels, 0.0);
  for_each_pair(shape, [&](const Pair& pair) {
    const int64_t y = pair.row - part.row, x = pair.column - part.column;
    if (y < 0 || y >= part.height || x < 0 || x >= part.width) return;
    const float* above = pixel(d, shape.width, pair.result_row, pair.result_column);
    for (int c = 0; c < shape.channels; ++c)
      sums[y * part.width + x][c] +=
          double{above[c]} * weights[pair.cell * padded(shape.channels) + c];
  });
  for (int64_t p = 0; p < pixels; ++p)
    for (int c = 0; c < shape.channels; ++c) {
      const bool passed = !passage.activated || !(pixel(passage.activated, part.width,
                                                        p / part.width, p % part.width)[c] <= 0);
      const double value = passed ? sums[p][c] : 0.0;
      float& place = gradient.from_pixel(p).data[c];
      place = static_cast<float>((passage.write == Write::kAdd ? place : 0.0f) + value);
      if (!passage.raw) continue;
      const CenteredSums& into = passage.sums;
      into.sum[c] += value;
      into.product[c] += value * (double{passage.raw.from_pixel(p).data[c]} - into.origin[c]);
    }
}

}  // namespace nasnet::kernels::reference
