#include "nasnet/data/input_images.h"

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/data/augment/mix.h"
#include "nasnet/data/normalize.h"

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
  Rect hole;
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
    const int top = y - augmentation.cutout / 2, left = x - augmentation.cutout / 2;
    change.hole.top = std::max(0, top);
    change.hole.left = std::max(0, left);
    change.hole.height = std::min(images.height, top + augmentation.cutout) - change.hole.top;
    change.hole.width = std::min(images.width, left + augmentation.cutout) - change.hole.left;
  }
  return change;
}

/// Writes one image of the set, `source`, changed and normalised (N x H x W x C in memory). What
/// lies outside the image or in the hole is the mean, which is zero after normalisation.
void write_image(const ImageSet& images, const uint8_t* source, const Change& change,
                 const Tables& tables, float* out) {
  const int64_t channels = images.channels, row = images.width * channels;
  // The columns that come from within the image, before it is mirrored.
  const int begin = std::clamp(-change.shift_x, 0, images.width);
  const int end = std::clamp(images.width - change.shift_x, begin, images.width);
  for (int y = 0; y < images.height; ++y) {
    const int from_y = y + change.shift_y;
    float* const to = out + y * row;
    const bool outside = from_y < 0 || from_y >= images.height;
    if (outside || end - begin < images.width) std::fill_n(to, row, 0.0f);
    if (outside) continue;
    const uint8_t* const from = source + from_y * row + (begin + change.shift_x) * channels;
    if (!change.flip) {
      normalize(from, end - begin, tables, to + begin * channels);
    } else {
      for (int x = begin; x < end; ++x)
        normalize(from + (x - begin) * channels, 1, tables, to + (images.width - 1 - x) * channels);
    }
  }
  erase(out, {images.height, images.width}, images.channels, change.hole);
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
