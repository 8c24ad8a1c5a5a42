#pragma once

#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/data/augment/operations.h"

namespace nasnet::data {

struct PolicyStep {
  ImageOperation operation = ImageOperation::kIdentity;
  double magnitude = 0;
};

/// Magnitudes are one of this many, from none to all.
constexpr int kMagnitudes = 31;

/// TrivialAugment (Müller and Hutter, ICCV 2021) with its wide space: one operation, one magnitude,
/// all uniform; those that have a direction go either way.
PolicyStep draw_trivial(Random& random);

/// RandAugment (Cubuk et al., 2020) with torchvision's space: `operations` of the same magnitude
/// (0 to 30) one after the other. Translations are shares of the picture's size.
std::vector<PolicyStep> draw_rand(ImageSize size, int operations, int magnitude, Random& random);

/// The magnitude number `number` of the operation, without a direction: in TrivialAugment's wide
/// space, in RandAugment's.
double wide_magnitude(ImageOperation operation, int number);
double rand_magnitude(ImageOperation operation, int number, ImageSize size);
bool has_direction(ImageOperation operation);

}  // namespace nasnet::data
