#pragma once

// The types of all kernels' arguments.
//
// A kernel works on one image at a time, or on a part of one: Size says how many pixels and
// channels, Pixels where they lie (NHWC). A map may be a slice of the channels of a wider one, or a
// part of a larger image, at any alignment, and any number of channels is allowed. A call names
// inputs first, then sizes, then settings, then the result: kernels::activate(in, size,
// {.relu = true}, out). Sizes and settings are filled in by name.
//
// Constants by channel (weights, scales) are padded with zeros to a multiple of kLanes floats, as
// padded() says, so that they are read in whole vectors. Results do not overlap inputs, unless a
// kernel says so.

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "nasnet/base/check.h"

namespace nasnet::kernels {

/// Floats of the widest vector, AVX-512's: constants by channel are padded to its multiples.
inline constexpr int64_t kLanes = 16;

/// The channels with their padding.
constexpr int64_t padded(int64_t channels) {
  return (channels + kLanes - 1) / kLanes * kLanes;
}

/// The pixels that a kernel goes over, and the channels of each. Where rows mean nothing, `width`
/// alone says how many pixels.
struct Size {
  int64_t height = 1, width = 1, channels = 0;

  int64_t pixels() const { return height * width; }
};

/// Pixels in memory, row after row; T is const where they are only read.
template <class T>
struct Pixels {
  T* data = nullptr;   ///< the first channel of the first pixel; null for none
  int64_t stride = 0;  ///< values from one pixel to the next, at least the channels
  int64_t row = 0;     ///< values from one row to the next; 0 where rows follow each other

  explicit operator bool() const { return data != nullptr; }
  operator Pixels<const T>() const requires(!std::is_const_v<T>) { return {data, stride, row}; }

  /// The values from one row of `width` pixels to the next.
  int64_t row_step(int64_t width) const { return row != 0 ? row : width * stride; }
  Pixels from_pixel(int64_t pixel) const { return {data + pixel * stride, stride, row}; }
  Pixels from_channel(int64_t channel) const { return {data + channel, stride, row}; }
  Pixels from_row(int64_t index) const {
    NASNET_DCHECK(row != 0 || index == 0, "the step from row to row is known");
    return {data + index * row, stride, row};
  }
  /// Each step-th pixel of a row.
  Pixels every(int64_t step) const { return {data, step * stride, row}; }
};
template <class T>
Pixels(T*, int64_t) -> Pixels<T>;
template <class T>
Pixels(T*, int64_t, int64_t) -> Pixels<T>;

/// Some of an image's pixels, counted row by row.
struct PixelRange {
  int64_t first = 0, count = 0;
};

/// No gap lies between the rows: all pixels of a map have the same distance.
template <class T>
constexpr bool is_gapless(const Pixels<T>& map, const Size& size) {
  return size.height <= 1 || map.row == 0 || map.row == size.width * map.stride;
}

/// Pixels do not run into each other, nor rows, as each kernel demands of those that it writes.
template <class T>
constexpr bool lie_apart(const Pixels<T>& map, const Size& size) {
  return (size.pixels() <= 1 || map.stride >= size.channels) &&
         (map.row == 0 || size.height <= 1 ||
          map.row >= (size.width - 1) * map.stride + size.channels);
}

/// Rows and columns of zeros around an image.
struct Border {
  int top = 0, left = 0, bottom = 0, right = 0;

  int across() const { return left + right; }
  int down() const { return top + bottom; }
  bool operator==(const Border&) const = default;
};

/// The smallest border that contains both.
inline Border around(const Border& a, const Border& b) {
  return {std::max(a.top, b.top), std::max(a.left, b.left), std::max(a.bottom, b.bottom),
          std::max(a.right, b.right)};
}

/// The image inside its border. `outer`: from the border's first pixel on, in rows of `width`
/// pixels and the border's.
template <class T>
Pixels<T> inside(const Pixels<T>& outer, const Border& border, int64_t width) {
  const int64_t row = outer.row_step(width + border.across());
  return {outer.data + border.top * row + border.left * outer.stride, outer.stride, row};
}

/// y = scale x + shift by channel, as batch normalisation is once its statistics are known; null
/// for none.
struct Affine {
  const float* scale = nullptr;
  const float* shift = nullptr;

  explicit operator bool() const { return scale != nullptr; }
  Affine from_channel(int64_t channel) const {
    return scale == nullptr ? Affine{} : Affine{scale + channel, shift + channel};
  }
};

/// Values in a result's place are replaced by it, or it is added to them.
enum class Write { kReplace, kAdd };

/// Writes a value; a sum is rounded once.
template <class T>
void write_value(float value, Write write, T& place) {
  place = T((write == Write::kAdd ? float(place) : 0.0f) + value);
}

/// The two maps that a gradient is computed from: `d`, the gradient of a result, and `x`, the map
/// that the result was computed from.
template <class X, class D = X>
struct Backward {
  Pixels<const D> d;
  Pixels<const X> x;
};

}  // namespace nasnet::kernels
