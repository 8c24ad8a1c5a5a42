#include "nasnet/detect/picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "nasnet/base/random.h"
#include "nasnet/data/preparation.h"

// From an encoded image to a batch: decode, resize, augment, normalise, pad. Boxes go along with
// each step, in pixels of the picture as it is then. The canvas's right and lower rest is the mean.

namespace nasnet::detect {

using boxes::Box;

data::ImageSize resized(const data::ImageSize& size, const ResizeSettings& settings) {
  const double shorter = std::min(size.height, size.width),
               longer = std::max(size.height, size.width);
  const double scale = std::min(settings.shortest / shorter, settings.longest / longer);
  const auto edge = [&](int pixels) {
    return std::max(static_cast<int>(std::lround(pixels * scale)), 1);
  };
  return {edge(size.height), edge(size.width)};
}

Picture make_picture(const boxes::DetectionImage& image, const ResizeSettings& settings) {
  Picture picture;
  const data::Image decoded = image.decode();
  const data::ImageSize to = resized({decoded.height, decoded.width}, settings);
  data::Preparation preparation;
  preparation.resize = data::Resize::kStretch;
  picture.image = data::resize(decoded, to, preparation);
  // Of whole pixels: edges are rounded, so that both scales may differ a little.
  picture.scale_y = static_cast<double>(to.height) / decoded.height;
  picture.scale_x = static_cast<double>(to.width) / decoded.width;
  const auto x = static_cast<float>(picture.scale_x), y = static_cast<float>(picture.scale_y);
  for (const boxes::Object& object : image.objects) {
    if (!object.usable) continue;
    const Box box = {object.box.x0 * x, object.box.y0 * y, object.box.x1 * x, object.box.y1 * y};
    // Difficult objects are neither to be found nor background, as what lies in crowds.
    if (object.crowd || object.difficult) {
      picture.target.crowds.push_back(box);
    } else {
      picture.target.objects.push_back(box);
      picture.target.labels.push_back(object.label);
    }
  }
  return picture;
}

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

}  // namespace

Picture augmented(Picture picture, const PictureAugmentation& settings, uint64_t seed,
                  uint64_t image, int64_t epoch) {
  Random random(seed, image, "augment " + std::to_string(epoch));
  if (random.uniform() < settings.flip) flip(picture);
  if (random.uniform() < settings.flip_vertically) flip_vertically(picture);
  // Drawn whether they are used or not: the same numbers for all settings.
  const double contrast = 1 + settings.contrast * (2 * random.uniform() - 1);
  const double brightness = settings.brightness * (2 * random.uniform() - 1);
  if (settings.contrast > 0 || settings.brightness > 0)
    recolour(picture.image, contrast, brightness / 3);
  return picture;
}

data::ImageSize canvas_of(const data::ImageSize& picture) {
  const auto whole = [](int edge) { return (edge + 31) / 32 * 32; };
  return {whole(picture.height), whole(picture.width)};
}

ImageBatch make_batch(const std::vector<const Picture*>& pictures,
                      const data::Normalization& normalization) {
  data::ImageSize canvas;
  ImageBatch batch;
  for (const Picture* picture : pictures) {
    canvas = {std::max(canvas.height, picture->image.height),
              std::max(canvas.width, picture->image.width)};
    batch.content.push_back({picture->image.height, picture->image.width});
  }
  const auto [height, width] = canvas_of(canvas);
  const auto tables = data::normalization_tables(normalization, 3);
  batch.images = Tensor({static_cast<int64_t>(pictures.size()), 3, height, width});
  float* out = batch.images.change().data();
  for (const Picture* picture : pictures) {
    const data::Image& image = picture->image;
    const uint8_t* pixel = image.pixels.data();
    for (int row = 0; row < image.height; ++row) {
      float* to = out + int64_t{3} * row * width;
      for (int column = 0; column < image.width; ++column)
        for (size_t c = 0; c < 3; ++c) *to++ = tables[c][*pixel++];
    }
    out += int64_t{3} * height * width;
  }
  return batch;
}

}  // namespace nasnet::detect
