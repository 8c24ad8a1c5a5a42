#pragma once

#include <optional>

#include "nasnet/base/random.h"
#include "nasnet/base/settings.h"
#include "nasnet/data/image.h"

namespace nasnet::data {

/// The law of the part of a picture that a step looks at.
enum class CropLaw {
  kPad,        ///< the prepared picture, shifted by at most `crop_padding`
  kRandom,     ///< draw_resized_crop()
  kInception,  ///< draw_inception_crop()
};
constexpr EnumNames<CropLaw, 3> names_of(CropLaw) {
  return {
      {{CropLaw::kPad, "pad"}, {CropLaw::kRandom, "random"}, {CropLaw::kInception, "inception"}}};
}

/// The law of changed colours.
enum class ColourLaw {
  kNone,
  kInception,  ///< draw_fast_colours()
  kFull,       ///< draw_full_colours()
};
constexpr EnumNames<ColourLaw, 3> names_of(ColourLaw) {
  return {{{ColourLaw::kNone, "none"},
           {ColourLaw::kInception, "inception"},
           {ColourLaw::kFull, "full"}}};
}

/// The law of operations of AutoAugment's family.
enum class Policy {
  kNone,
  kTrivial,  ///< draw_trivial()
  kRand,     ///< draw_rand()
};
constexpr EnumNames<Policy, 3> names_of(Policy) {
  return {{{Policy::kNone, "none"}, {Policy::kTrivial, "trivial"}, {Policy::kRand, "rand"}}};
}

/// Changes of training pictures beyond shifting and mirroring.
struct AugmentSettings {
  CropLaw crop = CropLaw::kPad;
  double least_area = 0.08;
  ColourLaw colour = ColourLaw::kNone;
  Policy policy = Policy::kNone;
  int rand_operations = 2, rand_magnitude = 9;
  double erasing = 0;
  double mixup = 0, cutmix = 0;
  bool operator==(const AugmentSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, AugmentSettings& s) {
  v("crop_law", s.crop,
    "part of a picture that a step looks at: all of it, padded (pad), torchvision's "
    "RandomResizedCrop (random), or that of Inception and NASNet (inception)");
  v("least_area", s.least_area, "share of the picture that such a part has at least",
    Range{0.01, 1});
  v("colour", s.colour,
    "random brightness and saturation (inception), and hue and contrast too (full), as in TF-slim");
  v("policy", s.policy, "random operations: TrivialAugment (trivial) or RandAugment (rand)");
  v("rand_operations", s.rand_operations, "operations of RandAugment", Range{1, 14});
  v("rand_magnitude", s.rand_magnitude, "their magnitude", Range{0, 30});
  v("erasing", s.erasing, "share of pictures of which a random part is blanked", Range{0, 1});
  v("mixup", s.mixup, "mixes pictures and labels: both parameters of the shares' beta distribution",
    Range{0, 100});
  v("cutmix", s.cutmix, "puts a box of another picture into one, and mixes the labels: as mixup",
    Range{0, 100});
}

/// The part to decode and to resize, of a picture of that size: all of it with kPad.
Rect draw_part(const AugmentSettings& settings, ImageSize size, Random& random);

/// Changes a picture that has the network's size: operations, then colours.
void change_pixels(const AugmentSettings& settings, Image& image, Random& random);

/// The part of a network's input to blank, none mostly.
std::optional<Rect> draw_blanked(const AugmentSettings& settings, ImageSize size, Random& random);

/// How an input is mixed with another one: `share` of it stays, and of its label. With a box that
/// is the other's pixels there, else all pixels are blended. Mixup and CutMix take turns at random
/// where both are on.
struct Mix {
  double share = 1;
  std::optional<Rect> box = {};
};
Mix draw_mix(const AugmentSettings& settings, ImageSize size, Random& random);

}  // namespace nasnet::data
