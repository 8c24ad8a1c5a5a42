#include "nasnet/data/input_images.h"

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/data/augment/mix.h"

// A picture on its way to a network: a part of it, operations and colours on bytes, then shifted,
// mirrored and normalised in one pass, which a table for each channel makes cheap, then blanked.
// Each law draws from a stream of its own, so that another one changes nothing of its draws.

namespace nasnet::data {
namespace {

using Tables = std::vector<std::array<float, 256>>;

/// A change that augmentation makes to one image; the default makes none.
struct Change {
  int shift_y = 0, shift_x = 0;
  bool flip = false;
  int hole_top = 0, hole_bottom = 0, hole_left = 0, hole_right = 0;
};

/// Draws in a fixed order: shift, mirroring, hole. Another order would change what a seed gives.
Change draw_change(const Augmentation& augmentation, const ImageSet& images, Random random) {
  Change change;
  if (augmentation.laws.crop == CropLaw::kPad && augmentation.crop_padding > 0) {
    const auto places = static_cast<uint32_t>(2 * augmentation.crop_padding + 1);
    change.shift_y = static_cast<int>(random.below(places)) - augmentation.crop_padding;
    change.shift_x = static_cast<int>(random.below(places)) - augmentation.crop_padding;
  }
  if (augmentation.flip) change.flip = random.below(2) == 1;
  if (augmentation.cutout > 0) {
    // The square's centre is anywhere in the image, so that it may reach over the edge.
    const int y = static_cast<int>(random.below(static_cast<uint32_t>(images.height)));
    const int x = static_cast<int>(random.below(static_cast<uint32_t>(images.width)));
    change.hole_top = std::max(0, y - augmentation.cutout / 2);
    change.hole_left = std::max(0, x - augmentation.cutout / 2);
    change.hole_bottom = std::min(images.height, y - augmentation.cutout / 2 + augmentation.cutout);
    change.hole_right = std::min(images.width, x - augmentation.cutout / 2 + augmentation.cutout);
  }
  return change;
}

/// Writes one image of the set, `source`, changed and normalised, pixel by pixel (N x H x W x C in
/// memory). What lies outside the image or in the hole is the mean, which is zero after
/// normalisation.
void write_image(const ImageSet& images, const uint8_t* source, const Change& change,
                 const Tables& tables, float* out) {
  const int height = images.height, width = images.width, channels = images.channels;
  for (int y = 0; y < height; ++y) {
    const int from_y = y + change.shift_y;
    const bool hole_row = y >= change.hole_top && y < change.hole_bottom;
    for (int x = 0; x < width; ++x) {
      const int mirrored = change.flip ? width - 1 - x : x;
      const int from_x = mirrored + change.shift_x;
      const bool hole = hole_row && x >= change.hole_left && x < change.hole_right;
      const bool outside = from_y < 0 || from_y >= height || from_x < 0 || from_x >= width;
      if (hole || outside) {
        for (int c = 0; c < channels; ++c) *out++ = 0.0f;
        continue;
      }
      const uint8_t* pixel = source + (int64_t{from_y} * width + from_x) * channels;
      for (int c = 0; c < channels; ++c) *out++ = tables[c][pixel[c]];
    }
  }
}

bool changes_pixels(const AugmentSettings& laws) {
  return laws.policy != Policy::kNone || laws.colour != ColourLaw::kNone;
}

}  // namespace

InputImages::InputImages(const ImageSet& images, const Normalization& normalization,
                         const Augmentation& augmentation)
    : images_(images),
      augmentation_(augmentation),
      tables_(normalization_tables(normalization, images.channels)) {
  if (images.channels != 3 && changes_pixels(augmentation.laws))
    throw InputError("--policy and --colour are for images of three channels, and these are grey");
}

bool InputImages::write(int64_t index, const Draws& draws, float* out) const {
  const AugmentSettings& laws = augmentation_.laws;
  const bool whole = laws.crop == CropLaw::kPad;
  std::vector<uint8_t> room(images_.stored || !whole ? images_.image_bytes() : 0);
  const uint8_t* pixels = room.data();
  if (whole) {
    pixels = images_.image(index, room.data());
    if (!pixels) return false;
  } else {
    Random random = draws(index, "part");
    const auto choose = [&](ImageSize of) { return draw_part(laws, of, random); };
    if (!images_.read_part(index, choose, room.data())) return false;
  }
  const ImageSize size{images_.height, images_.width};
  Image changed;
  if (changes_pixels(laws)) {
    changed = {size.height, size.width, {pixels, pixels + images_.image_bytes()}};
    Random random = draws(index, "pixels");
    change_pixels(laws, changed, random);
    pixels = changed.pixels.data();
  }
  write_image(images_, pixels, draw_change(augmentation_, images_, draws(index, "augment")),
              tables_, out);
  Random random = draws(index, "blank");
  if (const std::optional<Rect> blanked = draw_blanked(laws, size, random))
    erase(out, size, images_.channels, *blanked);
  return true;
}

bool InputImages::mixes() const {
  return augmentation_.laws.mixup > 0 || augmentation_.laws.cutmix > 0;
}

float InputImages::mix(int64_t index, const Draws& draws, const float* other, float* input) const {
  const ImageSize size{images_.height, images_.width};
  Random random = draws(index, "mix");
  const Mix mix = draw_mix(augmentation_.laws, size, random);
  const auto share = static_cast<float>(mix.share);
  if (mix.box) {
    paste(input, other, size, images_.channels, *mix.box);
  } else {
    blend(input, other, static_cast<int64_t>(images_.image_bytes()), share);
  }
  return share;
}

}  // namespace nasnet::data
