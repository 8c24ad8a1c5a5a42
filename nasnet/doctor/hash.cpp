#include "nasnet/doctor/hash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace nasnet::doctor {
namespace {

/// Frequencies 0 to 7 of both axes without the mean, and one more, so that the bits are 64.
constexpr int kFrequencies = 9, kSquare = 8, kBits = 64;

using Waves = std::array<std::array<float, kHashEdge>, kFrequencies>;

Waves make_waves() {
  Waves waves{};
  for (int k = 0; k < kFrequencies; ++k)
    for (int x = 0; x < kHashEdge; ++x)
      waves[k][x] = static_cast<float>(std::cos(std::numbers::pi / kHashEdge * (x + 0.5) * k));
  return waves;
}

uint64_t bits_above_median(const std::array<float, kBits>& values) {
  std::array<float, kBits> sorted = values;
  std::nth_element(sorted.begin(), sorted.begin() + kBits / 2, sorted.end());
  const float upper = sorted[kBits / 2];
  uint64_t bits = 0;
  for (int i = 0; i < kBits; ++i)
    if (values[i] >= upper) bits |= uint64_t{1} << i;
  return bits;
}

}  // namespace

PerceptualHash perceptual_hash(const float* grey) {
  static const Waves kWaves = make_waves();
  std::array<std::array<float, kHashEdge>, kFrequencies> across{};  // by frequency, then row
  for (int y = 0; y < kHashEdge; ++y)
    for (int u = 0; u < kFrequencies; ++u) {
      float sum = 0;
      for (int x = 0; x < kHashEdge; ++x) sum += grey[y * kHashEdge + x] * kWaves[u][x];
      across[u][y] = sum;
    }
  const auto coefficient = [&](int u, int v) {
    float sum = 0;
    for (int y = 0; y < kHashEdge; ++y) sum += across[u][y] * kWaves[v][y];
    return sum;
  };
  std::array<float, kBits> values{}, mirrored{};
  for (int i = 1; i <= kBits; ++i) {
    const int u = i < kBits ? i % kSquare : 0, v = i < kBits ? i / kSquare : kSquare;
    values[i - 1] = coefficient(u, v);
    // Waves of odd frequency change their sign in the mirror.
    mirrored[i - 1] = u % 2 == 0 ? values[i - 1] : -values[i - 1];
  }
  return {bits_above_median(values), bits_above_median(mirrored)};
}

}  // namespace nasnet::doctor
