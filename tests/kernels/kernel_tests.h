#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// Runs the test on every vector width that this machine and this build have.
inline void for_every_target(const std::function<void()>& test) {
  int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  ASSERT_NE(targets, 0);
  while (targets != 0) {
    const int64_t one = targets & -targets;
    targets &= targets - 1;
    SCOPED_TRACE(hwy::TargetName(static_cast<uint32_t>(one)));
    hwy::SetSupportedTargetsForTest(static_cast<uint32_t>(one));
    test();
  }
  hwy::SetSupportedTargetsForTest(0);
}

/// Both NaN, or the same infinity: what no distance can say.
inline bool same_special(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (std::isinf(a) && a == b);
}

/// Anything from `least` to `most`.
inline int some(Random& random, int least, int most) {
  return least + static_cast<int>(random.below(static_cast<uint32_t>(most - least + 1)));
}

/// Whole vectors in a third of the seeds, else any number.
inline int some_channels(Random& random, uint64_t seed) {
  return seed % 3 == 0 ? 8 * some(random, 1, 12) : some(random, 1, 70);
}

/// A map of pixels x channels in memory of its own: each pixel's floats begin at an odd place,
/// `gap` floats that nobody may touch lie between them.
class TestMap {
 public:
  static constexpr float kUntouched = 12345.0f;

  TestMap(int64_t pixels, int channels, int gap, Random& random)
      : pixels_(pixels), channels_(channels), stride_(channels + gap) {
    offset_ = 1 + static_cast<int64_t>(random.below(15));
    memory_.assign(static_cast<size_t>(offset_ + pixels * stride_ + 16), kUntouched);
    for (int64_t p = 0; p < pixels; ++p)
      for (int c = 0; c < channels; ++c) at(p, c) = static_cast<float>(random.normal());
  }

  float* data() { return memory_.data() + offset_; }
  const float* data() const { return memory_.data() + offset_; }
  int64_t stride() const { return stride_; }
  Pixels<float> map() { return {data(), stride_}; }
  Pixels<const float> map() const { return {data(), stride_}; }
  operator Pixels<float>() { return map(); }
  operator Pixels<const float>() const { return map(); }
  float& at(int64_t pixel, int channel) { return data()[pixel * stride_ + channel]; }
  float at(int64_t pixel, int channel) const { return data()[pixel * stride_ + channel]; }
  int64_t pixels() const { return pixels_; }
  int channels() const { return channels_; }

  /// Every value within 1e-5 of the other's, measured by `scale`; nothing between the pixels
  /// touched.
  void expect_near(const TestMap& other, double scale = 1.0) const {
    for (int64_t p = 0; p < pixels_; ++p)
      for (int c = 0; c < channels_; ++c) {
        if (same_special(at(p, c), other.at(p, c))) continue;
        ASSERT_NEAR(at(p, c), other.at(p, c), 1e-5 * (scale + std::abs(other.at(p, c))))
            << "pixel " << p << " channel " << c;
      }
    expect_untouched();
  }
  void expect_equal(const TestMap& other) const {
    for (int64_t p = 0; p < pixels_; ++p)
      for (int c = 0; c < channels_; ++c)
        if (!same_special(at(p, c), other.at(p, c))) {
          ASSERT_EQ(at(p, c), other.at(p, c));
        }
    expect_untouched();
  }
  void expect_untouched() const {
    for (size_t i = 0; i < memory_.size(); ++i) {
      const auto place = static_cast<int64_t>(i) - offset_;
      const bool inside = place >= 0 && place < pixels_ * stride_ && place % stride_ < channels_;
      if (!inside) {
        ASSERT_EQ(memory_[i], kUntouched) << "float " << place;
      }
    }
  }

 private:
  int64_t pixels_;
  int channels_;
  int64_t stride_, offset_;
  std::vector<float> memory_;
};

/// Constants by channel: `rows` rows of padded(channels) floats.
inline std::vector<float> constants(int64_t rows, int64_t channels, Random& random) {
  std::vector<float> values(static_cast<size_t>(rows * padded(channels)), 0.0f);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < channels; ++c)
      values[r * padded(channels) + c] = static_cast<float>(random.normal());
  return values;
}

inline void expect_near_constants(const std::vector<float>& a, const std::vector<float>& b,
                                  int64_t channels, double scale) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (static_cast<int64_t>(i) % padded(channels) >= channels || same_special(a[i], b[i]))
      continue;
    ASSERT_NEAR(a[i], b[i], 1e-5 * (scale + std::abs(b[i]))) << i;
  }
}

}  // namespace nasnet::kernels
