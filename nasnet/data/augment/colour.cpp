#include "nasnet/data/augment/colour.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nasnet::data {
namespace {

using Kind = ColourStep::Kind;

constexpr float kTiny = 1e-30f;  // divides nothing by nothing

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

/// A few pixels, their channels apart, so that the compiler makes vectors of the loops below.
struct Planes {
  static constexpr int kMost = 512;
  int count = 0;
  float channels[3][kMost];
};
using Means = std::array<float, 3>;

/// By value: references to memory, as std::max() has them, keep the compiler from vectors.
float larger(float a, float b) {
  return a > b ? a : b;
}
float smaller(float a, float b) {
  return a < b ? a : b;
}

void add(float value, Planes& planes) {
  for (auto& channel : planes.channels)
    for (int i = 0; i < planes.count; ++i) channel[i] += value;
}

/// Multiplying S moves a pixel's smaller channels away from its largest, V, which stays; the cut at
/// 1 is where the smallest one comes to zero.
void saturate(float factor, Planes& planes) {
  auto& [reds, greens, blues] = planes.channels;
  for (int i = 0; i < planes.count; ++i) {
    const float r = reds[i], g = greens[i], b = blues[i];
    const float most = larger(larger(r, g), b);
    const float range = most - smaller(smaller(r, g), b);
    const float cut = most / larger(range, kTiny);
    const float ratio = most > 0 ? smaller(factor, cut) : 0.0f;
    reds[i] = most + (r - most) * ratio;
    greens[i] = most + (g - most) * ratio;
    blues[i] = most + (b - most) * ratio;
  }
}

/// A channel of a hue in sixths of a turn: whole for a sixth on both sides of its centre (0 red, 2
/// green, 4 blue), and none from two on.
float share_of(float sixths, float centre) {
  const float way = std::abs(sixths - centre), distance = smaller(way, 6 - way);
  return smaller(larger(2 - distance, 0.0f), 1.0f);
}

void turn_hue(float turn, Planes& planes) {
  auto& [reds, greens, blues] = planes.channels;
  const float forward = 6 * (turn - std::floor(turn));
  for (int i = 0; i < planes.count; ++i) {
    const float r = reds[i], g = greens[i], b = blues[i];
    const float most = larger(larger(r, g), b), least = smaller(smaller(r, g), b);
    const float range = most - least, divisor = larger(range, kTiny);
    const float of_red = (g - b) / divisor, of_green = (b - r) / divisor + 2,
                of_blue = (r - g) / divisor + 4;
    float sixths = forward + (most == r ? of_red : most == g ? of_green : of_blue);
    sixths = sixths < 0 ? sixths + 6 : sixths;
    sixths = sixths >= 6 ? sixths - 6 : sixths;
    reds[i] = least + range * share_of(sixths, 0);
    greens[i] = least + range * share_of(sixths, 2);
    blues[i] = least + range * share_of(sixths, 4);
  }
}

void stretch_contrast(float factor, const Means& means, Planes& planes) {
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < planes.count; ++i)
      planes.channels[c][i] = (planes.channels[c][i] - means[c]) * factor + means[c];
}

/// The first `count` of the steps.
void change(const std::vector<ColourStep>& steps, size_t count, const std::vector<Means>& means,
            Planes& planes) {
  for (size_t i = 0; i < count; ++i) {
    const float value = steps[i].value;
    switch (steps[i].kind) {
      case Kind::kBrightness:
        add(value, planes);
        break;
      case Kind::kSaturation:
        saturate(value, planes);
        break;
      case Kind::kHue:
        turn_hue(value, planes);
        break;
      case Kind::kContrast:
        stretch_contrast(value, means[i], planes);
        break;
    }
  }
}

/// A few pixels at a time; contrast wants means of the whole picture, after the steps before it,
/// and so one more way over it. `read` and `write` make a float of a value and back.
template <class Value, class Read, class Write>
void change(const std::vector<ColourStep>& steps, Value* pixels, int64_t count, const Read& read,
            const Write& write) {
  std::vector<Means> means(steps.size());
  const auto for_planes = [&](size_t so_far, const auto& use) {
    Planes planes;
    for (int64_t first = 0; first < count; first += planes.count) {
      planes.count = static_cast<int>(std::min<int64_t>(Planes::kMost, count - first));
      Value* const place = pixels + 3 * first;
      for (int c = 0; c < 3; ++c)
        for (int i = 0; i < planes.count; ++i) planes.channels[c][i] = read(place[3 * i + c]);
      change(steps, so_far, means, planes);
      use(planes, place);
    }
  };
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind != Kind::kContrast) continue;
    std::array<double, 3> sums = {};
    for_planes(i, [&](const Planes& planes, Value*) {
      for (int c = 0; c < 3; ++c)
        for (int k = 0; k < planes.count; ++k) sums[c] += planes.channels[c][k];
    });
    for (int c = 0; c < 3; ++c)
      means[i][c] = static_cast<float>(sums[c] / static_cast<double>(count));
  }
  for_planes(steps.size(), [&](const Planes& planes, Value* place) {
    for (int c = 0; c < 3; ++c)
      for (int i = 0; i < planes.count; ++i) place[3 * i + c] = write(planes.channels[c][i]);
  });
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
  const auto as_it_is = [](float value) { return value; };
  change(steps, pixels, count, as_it_is, as_it_is);
}

void change_colours(const std::vector<ColourStep>& steps, uint8_t* pixels, int64_t count) {
  static const std::array<float, 256> kShares = [] {
    std::array<float, 256> shares;
    for (int i = 0; i < 256; ++i) shares[i] = static_cast<float>(i) / 255;
    return shares;
  }();
  change(
      steps, pixels, count, [](uint8_t value) { return kShares[value]; },
      [](float value) {
        return static_cast<uint8_t>(smaller(larger(value, 0.0f), 1.0f) * 255 + 0.5f);
      });
}

}  // namespace nasnet::data
