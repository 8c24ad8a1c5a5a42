#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/kernels/pool.h"

namespace nasnet::kernels::reference {
namespace {

/// A window's part of the image: rows [top, bottom), columns [left, right).
struct Part {
  int top, bottom, left, right;
  int pixels() const { return (bottom - top) * (right - left); }
};

Part part(const PoolShape& shape, int row, int column) {
  const int top = row * shape.stride - shape.top, left = column * shape.stride - shape.left;
  return {std::max(top, 0), std::min(top + shape.kernel, shape.height), std::max(left, 0),
          std::min(left + shape.kernel, shape.width)};
}

float divisor(const PoolShape& shape, const Part& window) {
  return static_cast<float>(shape.zeros ? shape.kernel * shape.kernel : window.pixels());
}

/// Calls take(result pixel, its window).
template <class Take>
void for_each_window(const PoolShape& shape, Take take) {
  for (int r = 0; r < shape.out_height; ++r)
    for (int c = 0; c < shape.out_width; ++c)
      take(int64_t{r} * shape.out_width + c, part(shape, r, c));
}

float value(const float* in, int64_t stride, const PoolShape& shape, int64_t pixel, int channel) {
  const float x = in[pixel * stride + channel];
  return shape.affine.scale == nullptr
             ? x
             : x * shape.affine.scale[channel] + shape.affine.shift[channel];
}

/// The first pixel that holds the window's maximum in this channel, the last that is NaN where one
/// is; -1 where the padding's zeros are larger.
int64_t place_of_maximum(const float* in, int64_t stride, const PoolShape& shape,
                         const Part& window, int channel) {
  const bool padding = shape.zeros && window.pixels() < shape.kernel * shape.kernel;
  float largest = padding ? 0.0f : -std::numeric_limits<float>::infinity();
  int64_t place = padding ? -1 : int64_t{window.top} * shape.width + window.left;
  for (int y = window.top; y < window.bottom; ++y)
    for (int x = window.left; x < window.right; ++x) {
      const int64_t pixel = int64_t{y} * shape.width + x;
      const float one = value(in, stride, shape, pixel, channel);
      if (one > largest || std::isnan(one)) {
        largest = one;
        place = pixel;
      }
    }
  return place;
}

}  // namespace

void average_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
                  int64_t out_stride) {
  for_each_window(shape, [&](int64_t result, const Part& window) {
    for (int k = 0; k < shape.channels; ++k) {
      float sum = 0;
      for (int y = window.top; y < window.bottom; ++y)
        for (int x = window.left; x < window.right; ++x)
          sum += value(in, in_stride, shape, int64_t{y} * shape.width + x, k);
      out[result * out_stride + k] = sum / divisor(shape, window);
    }
  });
}

void average_pool_gradient(const float* d, int64_t d_stride, const PoolShape& shape,
                           float* gradient, int64_t gradient_stride) {
  for_each_window(shape, [&](int64_t result, const Part& window) {
    for (int k = 0; k < shape.channels; ++k) {
      const float share = d[result * d_stride + k] / divisor(shape, window);
      for (int y = window.top; y < window.bottom; ++y)
        for (int x = window.left; x < window.right; ++x)
          gradient[(int64_t{y} * shape.width + x) * gradient_stride + k] += share;
    }
  });
}

void max_pool(const float* in, int64_t in_stride, const PoolShape& shape, float* out,
              int64_t out_stride) {
  for_each_window(shape, [&](int64_t result, const Part& window) {
    for (int k = 0; k < shape.channels; ++k) {
      const int64_t place = place_of_maximum(in, in_stride, shape, window, k);
      out[result * out_stride + k] = place < 0 ? 0.0f : value(in, in_stride, shape, place, k);
    }
  });
}

void max_pool_gradient(const float* in, int64_t in_stride, const float* d, int64_t d_stride,
                       const PoolShape& shape, float* gradient, int64_t gradient_stride) {
  for_each_window(shape, [&](int64_t result, const Part& window) {
    for (int k = 0; k < shape.channels; ++k) {
      const int64_t place = place_of_maximum(in, in_stride, shape, window, k);
      if (place >= 0) gradient[place * gradient_stride + k] += d[result * d_stride + k];
    }
  });
}

void global_average(const float* in, int64_t in_stride, int64_t pixels, int channels, bool relu,
                    float* out) {
  for (int c = 0; c < channels; ++c) {
    double sum = 0;
    for (int64_t p = 0; p < pixels; ++p) {
      const float value = in[p * in_stride + c];
      sum += relu && value < 0 ? 0.0f : value;
    }
    out[c] = static_cast<float>(sum / static_cast<double>(pixels));
  }
}

void global_average_gradient(const float* in, int64_t in_stride, int64_t pixels, int channels,
                             bool relu, const float* d, float* gradient, int64_t gradient_stride,
                             bool accumulate) {
  for (int64_t p = 0; p < pixels; ++p)
    for (int c = 0; c < channels; ++c) {
      const bool passed = !relu || !(in[p * in_stride + c] <= 0);
      float& place = gradient[p * gradient_stride + c];
      place = (accumulate ? place : 0.0f) +
              (passed ? static_cast<float>(d[c] / static_cast<double>(pixels)) : 0.0f);
    }
}

}  // namespace nasnet::kernels::reference
