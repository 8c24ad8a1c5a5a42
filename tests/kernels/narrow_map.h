#pragma once

#include <vector>

#include "nasnet/kernels/bf16.h"
#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {

/// A map of bf16 values beside the same values as floats.
class NarrowMap {
 public:
  NarrowMap(int64_t pixels, int channels, int gap, Random& random)
      : channels_(channels), stride_(channels + gap), pixels_(pixels) {
    offset_ = 1 + static_cast<int64_t>(random.below(15));
    narrow_.assign(static_cast<size_t>(offset_ + pixels * stride_ + 16), Bf16(77.0f));
    wide_.assign(narrow_.size(), 77.0f);
    for (int64_t p = 0; p < pixels; ++p)
      for (int c = 0; c < channels; ++c) {
        const Bf16 value(static_cast<float>(random.normal()));
        set(p, c, value);
      }
  }
  Pixels<Bf16> map() { return {narrow_.data() + offset_, stride_}; }
  Pixels<const Bf16> map() const { return {narrow_.data() + offset_, stride_}; }
  operator Pixels<Bf16>() { return map(); }
  operator Pixels<const Bf16>() const { return map(); }
  Pixels<float> wide() { return {wide_.data() + offset_, stride_}; }
  Pixels<const float> wide() const { return {wide_.data() + offset_, stride_}; }
  void set(int64_t pixel, int channel, float value) {
    map().from_pixel(pixel).data[channel] = Bf16(value);
    wide().from_pixel(pixel).data[channel] = value;
  }

  /// The bf16 values are the floats', rounded: 2^-9 of each, and what float sums differ by.
  void expect_rounded(double scale = 1.0) const {
    for (int64_t p = 0; p < pixels_; ++p)
      for (int c = 0; c < channels_; ++c) {
        const double expected = wide().from_pixel(p).data[c];
        const double found = map().from_pixel(p).data[c];
        if (same_special(found, expected)) continue;
        ASSERT_NEAR(found, expected, std::abs(expected) / 256 + 2e-5 * scale)
            << "pixel " << p << " channel " << c;
      }
    for (size_t i = 0; i < narrow_.size(); ++i) {
      const auto place = static_cast<int64_t>(i) - offset_;
      const bool inside = place >= 0 && place < pixels_ * stride_ && place % stride_ < channels_;
      if (!inside) {
        ASSERT_EQ(narrow_[i].bits, Bf16(77.0f).bits) << "value " << place;
      }
    }
  }

 private:
  int channels_;
  int64_t stride_, pixels_, offset_ = 0;
  std::vector<Bf16> narrow_;
  std::vector<float> wide_;
};

}  // namespace nasnet::kernels
