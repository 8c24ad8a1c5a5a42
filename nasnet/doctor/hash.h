#pragma once

#include <cstdint>

namespace nasnet::doctor {

/// Edge of the small grey picture that a hash is made of.
inline constexpr int kHashEdge = 32;

/// A picture's hash and that of its mirror image (left and right).
struct PerceptualHash {
  uint64_t upright = 0, mirrored = 0;
};

/// 64 bits, a bit a coefficient of the lowest of the discrete cosine transform of kHashEdge x
/// kHashEdge grey values, without their mean: is it above the median? (Zauner, "Implementation and
/// benchmarking of perceptual image hash functions", 2010.) Pictures that look alike differ in few
/// bits, and brightness and contrast change none.
PerceptualHash perceptual_hash(const float* grey);

}  // namespace nasnet::doctor
