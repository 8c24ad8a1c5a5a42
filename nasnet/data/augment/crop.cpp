#include "nasnet/data/augment/crop.h"

#include <algorithm>
#include <cmath>

namespace nasnet::data {
namespace {

double uniform(Random& random, double from, double to) {
  return from + (to - from) * random.uniform();
}

/// Halves go to the even number, as in Python and TensorFlow.
int to_int(double value) {
  return static_cast<int>(std::nearbyint(value));
}

int below(Random& random, int places) {
  return static_cast<int>(random.below(static_cast<uint32_t>(places)));
}

Rect middle(ImageSize size, int height, int width) {
  return {(size.height - height) / 2, (size.width - width) / 2, height, width};
}

}  // namespace

Rect draw_resized_crop(ImageSize size, const CropRange& range, Random& random) {
  constexpr int kTries = 10;
  const double area = static_cast<double>(size.height) * size.width;
  for (int i = 0; i < kTries; ++i) {
    const double wanted = area * uniform(random, range.least_area, range.most_area);
    const double aspect =
        std::exp(uniform(random, std::log(range.least_aspect), std::log(range.most_aspect)));
    const int width = to_int(std::sqrt(wanted * aspect)),
              height = to_int(std::sqrt(wanted / aspect));
    if (width < 1 || height < 1 || width > size.width || height > size.height) continue;
    const int top = below(random, size.height - height + 1);
    return {top, below(random, size.width - width + 1), height, width};
  }
  const double aspect = static_cast<double>(size.width) / size.height;
  if (aspect < range.least_aspect)
    return middle(size, std::max(1, to_int(size.width / range.least_aspect)), size.width);
  if (aspect > range.most_aspect)
    return middle(size, size.height, std::max(1, to_int(size.height * range.most_aspect)));
  return middle(size, size.height, size.width);
}

Rect draw_inception_crop(ImageSize size, Random& random, double least_area) {
  constexpr int kTries = 100;
  constexpr double kLeastAspect = 0.75, kMostAspect = 1.33, kCovered = 0.1;
  const double area = static_cast<double>(size.height) * size.width;
  for (int i = 0; i < kTries; ++i) {
    const double aspect = uniform(random, kLeastAspect, kMostAspect);
    // The tallest whose width, rounded, fits.
    const int widest = static_cast<int>(std::ceil((size.width + 0.5) / aspect)) - 1;
    const int most = std::min({to_int(std::sqrt(area / aspect)), widest, size.height});
    const int least = std::min(to_int(std::sqrt(least_area * area / aspect)), most);
    const int height = least + below(random, most - least + 1), width = to_int(height * aspect);
    const double covered = static_cast<double>(height) * width / area;
    if (height < 1 || width < 1 || width > size.width) continue;
    if (covered < std::max(least_area, kCovered)) continue;
    const int top = height < size.height ? below(random, size.height - height) : 0;
    return {top, width < size.width ? below(random, size.width - width) : 0, height, width};
  }
  return {0, 0, size.height, size.width};
}

}  // namespace nasnet::data
