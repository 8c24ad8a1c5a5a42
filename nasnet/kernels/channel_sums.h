#pragma once

// Sums by channel over the pixels of an image: what batch normalisation needs of a batch before any
// of its values can be normalised, forward and back.

#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// Two sums by channel, to which kernels add: of values, and of their products with x - origin. An
/// origin near the mean keeps the digits of a variance where the mean is many deviations large.
struct CenteredSums {
  const float* origin = nullptr;  ///< padded(channels) floats
  double* sum = nullptr;
  double* product = nullptr;

  CenteredSums from_channel(int64_t channel) const {
    return {origin + channel, sum + channel, product + channel};
  }
};

/// sum += x - origin and product += (x - origin)^2 over the pixels.
void channel_sums(Pixels<const float> x, Size size, CenteredSums sums);
void channel_sums(Pixels<const Bf16> x, Size size, CenteredSums sums);

/// sum += d and product += d (x - origin) over the pixels: with them the gradient of a batch norm
/// is linear in d and x (norm_gradient).
void gradient_sums(Backward<float> from, Size size, CenteredSums sums);
void gradient_sums(Backward<Bf16> from, Size size, CenteredSums sums);

namespace reference {
void channel_sums(Pixels<const float> x, Size size, CenteredSums sums);
void gradient_sums(Backward<float> from, Size size, CenteredSums sums);
}  // namespace reference

}  // namespace nasnet::kernels
