#include "nasnet/detect/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "nasnet/detect/window.h"

// Draws do not depend on the settings, so that one setting changes no other's numbers.

namespace nasnet::detect {

using boxes::Box;

namespace {

template <class Change>
void change_boxes(Target& target, Change change) {
  for (Box& box : target.objects) box = change(box);
  for (Box& box : target.crowds) box = change(box);
}

/// Mirrors left and right; edges change places, so that x0 stays the smaller.
void flip(Picture& picture) {
  data::Image& image = picture.image;
  for (int row = 0; row < image.height; ++row) {
    uint8_t* begin = image.pixels.data() + int64_t{3} * row * image.width;
    for (int left = 0, right = image.width - 1; left < right; ++left, --right)
      std::swap_ranges(begin + 3 * left, begin + 3 * left + 3, begin + 3 * right);
  }
  const auto width = static_cast<float>(image.width);
  change_boxes(picture.target, [&](const Box& box) {
    return Box{width - box.x1, box.y0, width - box.x0, box.y1};
  });
}

void flip_vertically(Picture& picture) {
  data::Image& image = picture.image;
  const int64_t row = int64_t{3} * image.width;
  for (int top = 0, bottom = image.height - 1; top < bottom; ++top, --bottom)
    std::swap_ranges(image.pixels.data() + top * row, image.pixels.data() + (top + 1) * row,
                     image.pixels.data() + bottom * row);
  const auto height = static_cast<float>(image.height);
  change_boxes(picture.target, [&](const Box& box) {
    return Box{box.x0, height - box.y1, box.x1, height - box.y0};
  });
}

/// value -> contrast * value + brightness, in shares of 255.
void recolour(data::Image& image, double contrast, double brightness) {
  // A byte has 256 values: computed once, whatever the size of the picture.
  std::array<uint8_t, 256> table;
  for (size_t value = 0; value < table.size(); ++value)
    table[value] = static_cast<uint8_t>(std::clamp(
        std::lround(contrast * static_cast<double>(value) + 255 * brightness), 0L, 255L));
  for (uint8_t& value : image.pixels) value = table[value];
}

/// A stream of this purpose.
Random stream(const char* purpose, uint64_t seed, uint64_t image, int64_t epoch) {
  return {seed, image, purpose + (" " + std::to_string(epoch))};
}

int rounded(double pixels) {
  return std::max(static_cast<int>(std::lround(pixels)), 1);
}

/// Another size, and a part that is no larger than the picture is now.
Picture resized_part(const Picture& picture, const PictureAugmentation& settings, Random random) {
  const int height = picture.image.height, width = picture.image.width;
  const double scale = std::pow(1 + settings.scale_jitter, 2 * random.uniform() - 1);
  const bool cropped = random.uniform() < settings.crop;
  const auto draw_share = [&] {
    const double share = 0.5 + random.uniform() / 2;
    return std::min(cropped ? share : 1, 1 / scale);
  };
  const double rows = draw_share(), columns = draw_share();
  const data::ImageSize size = {rounded(rows * height), rounded(columns * width)};
  if (scale == 1 && size == data::ImageSize{height, width}) return picture;
  return cut_out(picture, draw_window(picture, size, random),
                 {rounded(scale * rows * height), rounded(scale * columns * width)});
}

}  // namespace

Picture augmented(Picture picture, const PictureAugmentation& settings, uint64_t seed,
                  uint64_t image, int64_t epoch) {
  Random random = stream("augment", seed, image, epoch);
  const bool mirrored = random.uniform() < 0.5, turned = random.uniform() < 0.5;
  if (settings.flip && mirrored) flip(picture);
  if (settings.flip_vertically && turned) flip_vertically(picture);
  const double contrast = 1 + settings.contrast * (2 * random.uniform() - 1);
  const double brightness = settings.brightness * (2 * random.uniform() - 1);
  picture = resized_part(picture, settings, stream("size and part", seed, image, epoch));
  if (settings.contrast > 0 || settings.brightness > 0)
    recolour(picture.image, contrast, brightness / 3);
  return picture;
}

Picture training_picture(const PictureSource& pictures, int64_t image,
                         const PictureAugmentation& settings, uint64_t seed, int64_t epoch,
                         int64_t epochs) {
  const auto number = static_cast<uint64_t>(image);
  // The last epochs are of pictures as they are met in use.
  const bool mosaic =
      10 * epoch < 9 * epochs && stream("mosaic", seed, number, epoch).uniform() < settings.mosaic;
  return augmented(mosaic ? mosaic_of(pictures, image, seed, epoch) : pictures.picture(image),
                   settings, seed, number, epoch);
}

}  // namespace nasnet::detect
