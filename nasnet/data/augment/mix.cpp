#include "nasnet/data/augment/mix.h"

#include <algorithm>
#include <cmath>

#include "nasnet/base/check.h"

namespace nasnet::data {
namespace {

/// Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; below 1 by their
/// last section: that of shape + 1 times u^(1 / shape). In the logarithm, which small shapes need.
double draw_log_gamma(double shape, Random& random) {
  if (shape < 1) return draw_log_gamma(shape + 1, random) + std::log(1 - random.uniform()) / shape;
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = random.normal(), root = 1 + c * x;
    const double u = 1 - random.uniform();
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return std::log(d * v);
  }
}

/// Calls run(first value, values) for each row of the box.
template <class Run>
void for_rows(ImageSize size, int channels, const Rect& box, const Run& run) {
  for (int y = box.top; y < box.top + box.height; ++y)
    run((int64_t{y} * size.width + box.left) * channels, int64_t{box.width} * channels);
}

}  // namespace

std::optional<Rect> draw_erased(ImageSize size, Random& random) {
  constexpr int kTries = 10;
  constexpr double kLeastArea = 0.02, kMostArea = 0.33, kMostRatio = 3.3;
  const double least_ratio = std::log(0.3), most_ratio = std::log(kMostRatio);
  for (int i = 0; i < kTries; ++i) {
    const double area = static_cast<double>(size.height) * size.width *
                        (kLeastArea + (kMostArea - kLeastArea) * random.uniform());
    const double ratio = std::exp(least_ratio + (most_ratio - least_ratio) * random.uniform());
    const int height = static_cast<int>(std::nearbyint(std::sqrt(area * ratio)));
    const int width = static_cast<int>(std::nearbyint(std::sqrt(area / ratio)));
    if (height >= size.height || width >= size.width) continue;
    const auto below = [&](int places) {
      return static_cast<int>(random.below(static_cast<uint32_t>(places)));
    };
    const int top = below(size.height - height + 1);
    return Rect{top, below(size.width - width + 1), height, width};
  }
  return std::nullopt;
}

double draw_beta(double alpha, Random& random) {
  NASNET_CHECK(alpha > 0);
  const double x = draw_log_gamma(alpha, random), y = draw_log_gamma(alpha, random);
  return 1 / (1 + std::exp(y - x));
}

CutMix draw_cutmix(ImageSize size, double alpha, Random& random) {
  const double half = 0.5 * std::sqrt(1 - draw_beta(alpha, random));
  // Its middle is anywhere.
  const auto range = [&](int edge) {
    const int centre = static_cast<int>(random.below(static_cast<uint32_t>(edge)));
    const int reach = static_cast<int>(half * edge);
    const int begin = std::max(centre - reach, 0);
    return std::pair(begin, std::min(centre + reach, edge) - begin);
  };
  const auto [left, width] = range(size.width);
  const auto [top, height] = range(size.height);
  const double covered = static_cast<double>(width) * height;
  return {{top, left, height, width},
          1 - covered / (static_cast<double>(size.height) * size.width)};
}

void blend(float* values, const float* others, int64_t count, float share) {
  for (int64_t i = 0; i < count; ++i) values[i] = share * values[i] + (1 - share) * others[i];
}

void paste(float* values, const float* others, ImageSize size, int channels, const Rect& box) {
  for_rows(size, channels, box, [&](int64_t first, int64_t count) {
    std::copy_n(others + first, count, values + first);
  });
}

void erase(float* values, ImageSize size, int channels, const Rect& box) {
  for_rows(size, channels, box,
           [&](int64_t first, int64_t count) { std::fill_n(values + first, count, 0.0f); });
}

}  // namespace nasnet::data
