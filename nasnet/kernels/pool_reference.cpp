// Pools window by window.

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

/// The window of a result's pixel, without what lies beyond the image.
Part part(const PoolShape& shape, int row, int column) {
  const int top = row * shape.stride - shape.top, left = column * shape.stride - shape.left;
  return {std::max(top, 0), std::min(top + shape.kernel, shape.height), std::max(left, 0),
          std::min(left + shape.kernel, shape.width)};
}

/// With zeros the padding counts as pixels of the window.
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

/// A pixel's value through the norm that it is read by.
float value(Pixels<const float> in, const PoolShape& shape, int64_t pixel, int channel) {
  const float x = in.from_pixel(pixel).data[channel];
  return shape.affine ? x * shape.affine.scale[channel] + shape.affine.shift[channel] : x;
}

/// The first pixel that holds the window's maximum in this channel, the last that is NaN where one
/// is; -1 where the padding's zeros are larger.
int64_t place_of_maximum(Pixels<const float> in, const PoolShape& shape, const Part& window,
                         int channel) {
  const bool padding = shape.zeros && window.pixels() < shape.kernel * shape.kernel;
  float largest = padding ? 0.0f : -std::numeric_limits<float>::infinity();
  int64_t place = padding ? -1 : int64_t{window.top} * shape.width + window.left;
  for (int y = window.top; y < window.bottom; ++y)
    for (int x = window.left; x < window.right; ++x) {
      const int64_t pixel = int64_t{y} * shape.width + x;
      const float one = value(in, shape, pixel, channel);
      if (one > largest || std::isnan(one)) {
        largest = one;
        place = pixel;
      }
    }
  return place;
}

}  // namespace

void average_pool(Pixels<const float> in, const PoolShape& shape, Pixels<float> out) {
  for_each_window(shape, [&](int64_t result, const Part& window) {
    for (int c = 0; c < shape.channels; ++c) {
      float sum = 0;
      for (int y = window.top; y < window.bottom; ++y)
        for (int x = window.left; x < window.right; ++x)
          sum += value(in, shape, int64_t{y} * shape.width + x, c);
      out.from_pixel(result).data[c] = sum / divisor(shape, window);
    }
  });
}

void average_pool_gradient(Pixels<const float> d, const PoolShape& shape, Pixels<float> gradient) {
  for_each_window(shape, [&](int64_t result, const Part& window) {
    for (int c = 0; c < shape.channels; ++c) {
      const float share = d.from_pixel(result).data[c] / divisor(shape, window);
      for (int y = window.top; y < window.bottom; ++y)
        for (int x = window.left; x < window.right; ++x)
          gradient.from_pixel(int64_t{y} * shape.width + x).data[c] += share;
    }
  });
}

void max_pool(Pixels<const float> in, const PoolShape& shape, Pixels<float> out) {
  for_each_window(shape, [&](int64_t result, const Part& window) {
    for (int c = 0; c < shape.channels; ++c) {
      const int64_t place = place_of_maximum(in, shape, window, c);
      out.from_pixel(result).data[c] = place < 0 ? 0.0f : value(in, shape, place, c);
    }
  });
}

void max_pool_gradient(Backward<float> from, const PoolShape& shape, Pixels<float> gradient) {
  for_each_window(shape, [&](int64_t result, const Part& window) {
    for (int c = 0; c < shape.channels; ++c) {
      const int64_t place = place_of_maximum(from.x, shape, window, c);
      if (place >= 0) gradient.from_pixel(place).data[c] += from.d.from_pixel(result).data[c];
    }
  });
}

void global_average(Pixels<const float> in, const GlobalPoolShape& shape, Pixels<float> out) {
  for (int64_t c = 0; c < shape.channels; ++c) {
    double sum = 0;
    for (int64_t p = 0; p < shape.pixels; ++p) {
      const float value = in.from_pixel(p).data[c];
      sum += shape.relu && value < 0 ? 0.0f : value;
    }
    out.data[c] = static_cast<float>(sum / static_cast<double>(shape.pixels));
  }
}

void global_average_gradient(Backward<float> from, const GlobalPoolShape& shape,
                             Pixels<float> gradient, Write write) {
  for (int64_t p = 0; p < shape.pixels; ++p)
    for (int64_t c = 0; c < shape.channels; ++c) {
      const bool passed = !shape.relu || !(from.x.from_pixel(p).data[c] <= 0);
      const double share = from.d.data[c] / static_cast<double>(shape.pixels);
      write_value(passed ? static_cast<float>(share) : 0.0f, write, gradient.from_pixel(p).data[c]);
    }
}

}  // namespace nasnet::kernels::reference
