#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/base/random.h"

namespace nasnet::data {

/// One change of all colours of a picture, as TensorFlow's tf.image makes it on RGB in [0, 1].
struct ColourStep {
  enum class Kind {
    kBrightness,  ///< `value` is added
    kSaturation,  ///< HSV's S is multiplied, and cut at 1
    kHue,         ///< HSV's H goes on by that share of a turn
    kContrast,    ///< distances from each channel's mean are multiplied
  };
  Kind kind = Kind::kBrightness;
  float value = 0;
  bool operator==(const ColourStep&) const = default;
};

/// TF-slim's distort_color of its fast mode, its default: brightness by up to 32/255 up or down and
/// saturation by 0.5 to 1.5; in one of four pictures brightness first.
std::vector<ColourStep> draw_fast_colours(Random& random);

/// That of its full mode: hue by up to 0.2 and contrast by 0.5 to 1.5 too, in one of four orders.
std::vector<ColourStep> draw_full_colours(Random& random);

/// The steps one after the other on `count` pixels of RGB, without cutting in between.
void change_colours(const std::vector<ColourStep>& steps, float* pixels, int64_t count);

/// The same on bytes: value / 255, cut to [0, 1] at the end, and rounded once.
void change_colours(const std::vector<ColourStep>& steps, uint8_t* pixels, int64_t count);

}  // namespace nasnet::data
