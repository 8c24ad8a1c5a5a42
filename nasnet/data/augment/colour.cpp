#include "nasnet/data/augment/colour.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nasnet::data {
namespace {

using Kind = ColourStep::Kind;

float between(Random& random, double from, double to) {
  return static_cast<float>(from + (to - from) * random.uniform());
}

ColourStep draw_step(Kind kind, Random& random) {
  switch (kind) {
    case Kind::kBrightness:
      return {kind, between(random, -32.0 / 255, 32.0 / 255)};
    case Kind::kHue:
      return {kind, between(random, -0.2, 0.2)};
    default:
      return {kind, between(random, 0.5, 1.5)};
  }
}

void add(float value, float* pixels, int64_t count) {
  for (int64_t i = 0; i < 3 * count; ++i) pixels[i] += value;
}

/// Multiplying S moves a pixel's smaller channels away from its largest, V, which stays; the cut at
/// 1 is where the smallest one comes to zero.
void saturate(float factor, float* pixels, int64_t count) {
  for (float* p = pixels; p != pixels + 3 * count; p += 3) {
    const float most = std::max({p[0], p[1], p[2]});
    const float range = most - std::min({p[0], p[1], p[2]});
    const float ratio = most <= 0               ? 0.0f
                        : range * factor > most ? most / std::max(range, 1e-30f)
                                                : factor;
    for (int c = 0; c < 3; ++c) p[c] = most + (p[c] - most) * ratio;
  }
}

/// A sixth of the turn leads from one channel being the largest to the next one being as large.
void turn_hue(float turn, float* pixels, int64_t count) {
  for (float* p = pixels; p != pixels + 3 * count; p += 3) {
    const float most = std::max({p[0], p[1], p[2]}), least = std::min({p[0], p[1], p[2]});
    const float range = most - least;
    if (range <= 0) continue;
    float sixths = most == p[0]   ? (p[1] - p[2]) / range
                   : most == p[1] ? (p[2] - p[0]) / range + 2
                                  : (p[0] - p[1]) / range + 4;
    sixths += 6 * turn;
    sixths -= 6 * std::floor(sixths / 6);
    // Red is whole for a sixth around 0, green around 2, blue around 4, and falls to none by two.
    const auto channel = [&](float centre) {
      float distance = std::abs(sixths - centre);
      distance = std::min(distance, 6 - distance);
      return least + range * std::clamp(2 - distance, 0.0f, 1.0f);
    };
    p[0] = channel(0);
    p[1] = channel(2);
    p[2] = channel(4);
  }
}

void stretch_contrast(float factor, float* pixels, int64_t count) {
  std::array<double, 3> means = {};
  for (int64_t i = 0; i < count; ++i)
    for (int c = 0; c < 3; ++c) means[c] += pixels[3 * i + c];
  for (int c = 0; c < 3; ++c) {
    const auto mean = static_cast<float>(means[c] / static_cast<double>(count));
    for (int64_t i = 0; i < count; ++i)
      pixels[3 * i + c] = (pixels[3 * i + c] - mean) * factor + mean;
  }
}

}  // namespace

std::vector<ColourStep> draw_fast_colours(Random& random) {
  const bool brightness_first = random.below(4) == 0;
  const ColourStep brightness = draw_step(Kind::kBrightness, random),
                   saturation = draw_step(Kind::kSaturation, random);
  return brightness_first ? std::vector{brightness, saturation}
                          : std::vector{saturation, brightness};
}

std::vector<ColourStep> draw_full_colours(Random& random) {
  constexpr Kind b = Kind::kBrightness, s = Kind::kSaturation, h = Kind::kHue, c = Kind::kContrast;
  constexpr Kind kOrders[4][4] = {{b, s, h, c}, {s, b, c, h}, {c, h, b, s}, {h, s, c, b}};
  std::vector<ColourStep> steps;
  for (const Kind kind : kOrders[random.below(4)]) steps.push_back(draw_step(kind, random));
  return steps;
}

void change_colours(const std::vector<ColourStep>& steps, float* pixels, int64_t count) {
  for (const auto& [kind, value] : steps) switch (kind) {
      case Kind::kBrightness:
        add(value, pixels, count);
        break;
      case Kind::kSaturation:
        saturate(value, pixels, count);
        break;
      case Kind::kHue:
        turn_hue(value, pixels, count);
        break;
      case Kind::kContrast:
        stretch_contrast(value, pixels, count);
        break;
    }
}

void change_colours(const std::vector<ColourStep>& steps, uint8_t* pixels, int64_t count) {
  std::vector<float> values(3 * count);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(pixels[i]) / 255;
  change_colours(steps, values.data(), count);
  for (const float value : values)
    *pixels++ = static_cast<uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255 + 0.5f);
}

}  // namespace nasnet::data
