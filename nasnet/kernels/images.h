#pragma once

#include <algorithm>
#include <cstdint>

#include "nasnet/base/check.h"

namespace nasnet::kernels {

// Kernels work on one image at a time, height x width pixels of channels floats each (NHWC). A map
// is given as the address of its first pixel and its stride, the floats from one pixel to the next,
// at least its channels: so a map may be a slice of the channels of a wider one. Any channel count,
// any alignment. Constants by channel (weights, scales) are padded to a multiple of kLanes floats
// with zeros, as padded() says, so that they are read in whole vectors.

inline constexpr int64_t kLanes = 16;

/// The channels with their padding.
constexpr int64_t padded(int64_t channels) {
  return (channels + kLanes - 1) / kLanes * kLanes;
}

/// Pixels of a map do not run into each other: what each kernel wants of those that it writes.
constexpr bool lie_apart(int64_t stride, int64_t pixels, int64_t channels) {
  return pixels <= 1 || stride >= channels;
}

/// Rows and columns of zeros around an image.
struct Border {
  int top = 0, left = 0, bottom = 0, right = 0;
  bool operator==(const Border&) const = default;
};

/// The border that has both in it.
inline Border around(const Border& a, const Border& b) {
  return {std::max(a.top, b.top), std::max(a.left, b.left), std::max(a.bottom, b.bottom),
          std::max(a.right, b.right)};
}

/// y = scale x + shift by channel, as batch normalisation is once its statistics are known; null
/// for none.
struct Affine {
  const float* scale = nullptr;
  const float* shift = nullptr;

  /// From the channel on.
  Affine from(int64_t channel) const {
    return scale == nullptr ? Affine{} : Affine{scale + channel, shift + channel};
  }
};

}  // namespace nasnet::kernels
