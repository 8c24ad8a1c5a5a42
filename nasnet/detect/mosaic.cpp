// Four pictures in one (Bochkovskiy et al., "YOLOv4", 2020): more objects, smaller ones, and each
// in other surroundings.

#include <algorithm>
#include <cmath>
#include <string>

#include "nasnet/detect/augment.h"
#include "nasnet/detect/window.h"

namespace nasnet::detect {
namespace {

/// The size of the part of a picture that fills `place` when it is made as small as can be: one of
/// its edges is the whole one.
data::ImageSize filling(const data::ImageSize& picture, const data::ImageSize& place) {
  const double scale = std::max(static_cast<double>(place.height) / picture.height,
                                static_cast<double>(place.width) / picture.width);
  const auto part = [&](int whole, int edge) {
    return std::clamp(static_cast<int>(std::lround(edge / scale)), 1, whole);
  };
  return {part(picture.height, place.height), part(picture.width, place.width)};
}

/// Puts the picture there, with its boxes.
void put(const Picture& part, int top, int left, Picture& whole) {
  for (int row = 0; row < part.image.height; ++row)
    std::copy_n(part.image.pixels.data() + int64_t{3} * row * part.image.width,
                int64_t{3} * part.image.width,
                whole.image.pixels.data() + 3 * (int64_t{top + row} * whole.image.width + left));
  const auto moved = [&](const boxes::Box& box) {
    const auto x = static_cast<float>(left), y = static_cast<float>(top);
    return boxes::Box{box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y};
  };
  for (const boxes::Box& box : part.target.objects) whole.target.objects.push_back(moved(box));
  for (const boxes::Box& box : part.target.crowds) whole.target.crowds.push_back(moved(box));
  whole.target.labels.insert(whole.target.labels.end(), part.target.labels.begin(),
                             part.target.labels.end());
}

}  // namespace

Picture mosaic_of(const PictureSource& pictures, int64_t image, uint64_t seed, int64_t epoch) {
  Random random(seed, static_cast<uint64_t>(image), "parts of a mosaic " + std::to_string(epoch));
  const data::ImageSize size = pictures.size(image);
  // Each part is a quarter to three quarters high and wide.
  const auto middle = [&](int edge) {
    return std::clamp(static_cast<int>(std::lround(edge * (0.25 + random.uniform() / 2))), 1,
                      std::max(edge - 1, 1));
  };
  const int row = middle(size.height), column = middle(size.width);
  Picture whole;
  whole.image = {size.height, size.width,
                 std::vector<uint8_t>(size_t{3} * size.height * size.width)};
  for (int k = 0; k < 4; ++k) {
    const int top = k < 2 ? 0 : row, left = k % 2 == 0 ? 0 : column;
    const data::ImageSize place = {(k < 2 ? row : size.height) - top,
                                   (k % 2 == 0 ? column : size.width) - left};
    if (place.height == 0 || place.width == 0) continue;  // of a picture of one pixel
    const Picture picture =
        pictures.picture(k == 0 ? image : random.below(static_cast<uint32_t>(pictures.count)));
    const data::ImageSize part = filling({picture.image.height, picture.image.width}, place);
    put(cut_out(picture, draw_window(picture, part, random), place), top, left, whole);
  }
  return whole;
}

}  // namespace nasnet::detect
