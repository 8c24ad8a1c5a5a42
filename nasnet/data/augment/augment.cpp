#include "nasnet/data/augment/augment.h"

#include "nasnet/data/augment/colour.h"
#include "nasnet/data/augment/crop.h"
#include "nasnet/data/augment/mix.h"
#include "nasnet/data/augment/policy.h"

namespace nasnet::data {

Rect draw_part(const AugmentSettings& settings, ImageSize size, Random& random) {
  switch (settings.crop) {
    case CropLaw::kRandom:
      return draw_resized_crop(size, {.least_area = settings.least_area}, random);
    case CropLaw::kInception:
      return draw_inception_crop(size, random, settings.least_area);
    default:
      return {0, 0, size.height, size.width};
  }
}

void change_pixels(const AugmentSettings& settings, Image& image, Random& random) {
  if (settings.policy == Policy::kTrivial) {
    const PolicyStep step = draw_trivial(random);
    apply(step.operation, step.magnitude, image);
  } else if (settings.policy == Policy::kRand) {
    for (const auto& [operation, magnitude] :
         draw_rand({image.height, image.width}, settings.rand_operations, settings.rand_magnitude,
                   random))
      apply(operation, magnitude, image);
  }
  if (settings.colour == ColourLaw::kNone) return;
  const auto steps =
      settings.colour == ColourLaw::kFull ? draw_full_colours(random) : draw_fast_colours(random);
  change_colours(steps, image.pixels.data(), int64_t{image.height} * image.width);
}

std::optional<Rect> draw_blanked(const AugmentSettings& settings, ImageSize size, Random& random) {
  if (settings.erasing <= 0 || random.uniform() >= settings.erasing) return std::nullopt;
  return draw_erased(size, random);
}

Mix draw_mix(const AugmentSettings& settings, ImageSize size, Random& random) {
  const bool boxes = settings.cutmix > 0 && (settings.mixup <= 0 || random.below(2) == 1);
  if (boxes) {
    const CutMix cut = draw_cutmix(size, settings.cutmix, random);
    return {cut.share, cut.box};
  }
  if (settings.mixup > 0) return {draw_beta(settings.mixup, random)};
  return {};
}

}  // namespace nasnet::data
