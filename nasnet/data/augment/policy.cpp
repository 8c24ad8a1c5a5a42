#include "nasnet/data/augment/policy.h"

#include <cmath>

#include "nasnet/base/check.h"

namespace nasnet::data {
namespace {

/// The strongest magnitudes of a space.
struct Space {
  double shear, translate_x, translate_y, rotate, mix;
  double bits;  ///< that posterizing drops at most
};
constexpr Space kWide = {0.99, 32, 32, 135, 0.99, 6};

/// Evenly spaced float32 from both ends to the middle, each rounded once: torch.linspace's, to the
/// last bit, on which some bytes hang.
double on_line(double begin, double end, int number) {
  const auto from = static_cast<float>(begin), to = static_cast<float>(end);
  const double step = (to - from) / static_cast<float>(kMagnitudes - 1);
  return static_cast<float>(number < kMagnitudes / 2 ? from + step * number
                                                     : to - step * (kMagnitudes - 1 - number));
}

double magnitude_of(ImageOperation operation, int number, const Space& space) {
  switch (operation) {
    case ImageOperation::kShearX:
    case ImageOperation::kShearY:
      return on_line(0, space.shear, number);
    case ImageOperation::kTranslateX:
      return on_line(0, space.translate_x, number);
    case ImageOperation::kTranslateY:
      return on_line(0, space.translate_y, number);
    case ImageOperation::kRotate:
      return on_line(0, space.rotate, number);
    case ImageOperation::kBrightness:
    case ImageOperation::kColor:
    case ImageOperation::kContrast:
    case ImageOperation::kSharpness:
      return on_line(0, space.mix, number);
    case ImageOperation::kPosterize:
      return 8 - std::nearbyint(number / ((kMagnitudes - 1) / space.bits));
    case ImageOperation::kSolarize:
      return on_line(255, 0, number);
    default:
      return 0;
  }
}

ImageOperation draw_operation(Random& random) {
  return static_cast<ImageOperation>(random.below(kImageOperations));
}

double with_direction(ImageOperation operation, double magnitude, Random& random) {
  return has_direction(operation) && random.below(2) == 1 ? -magnitude : magnitude;
}

}  // namespace

bool has_direction(ImageOperation operation) {
  return operation >= ImageOperation::kShearX && operation <= ImageOperation::kSharpness;
}

double wide_magnitude(ImageOperation operation, int number) {
  return magnitude_of(operation, number, kWide);
}

double rand_magnitude(ImageOperation operation, int number, ImageSize size) {
  constexpr double kMoved = 150.0 / 331;
  return magnitude_of(operation, number,
                      {0.3, kMoved * size.width, kMoved * size.height, 30, 0.9, 4});
}

PolicyStep draw_trivial(Random& random) {
  const ImageOperation operation = draw_operation(random);
  const double magnitude = wide_magnitude(operation, static_cast<int>(random.below(kMagnitudes)));
  return {operation, with_direction(operation, magnitude, random)};
}

std::vector<PolicyStep> draw_rand(ImageSize size, int operations, int magnitude, Random& random) {
  NASNET_CHECK(magnitude >= 0 && magnitude < kMagnitudes);
  std::vector<PolicyStep> steps;
  for (int i = 0; i < operations; ++i) {
    const ImageOperation operation = draw_operation(random);
    const double strength = rand_magnitude(operation, magnitude, size);
    steps.push_back({operation, with_direction(operation, strength, random)});
  }
  return steps;
}

}  // namespace nasnet::data
