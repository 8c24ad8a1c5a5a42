#include "nasnet/data/preparation.h"

#include <algorithm>
#include <cmath>

#include "nasnet/data/resample.h"

// Where a resized picture comes from and where it goes: each way of fitting (preparation.h) becomes
// one axis down and one across, and resample.cpp does the rest.

namespace nasnet::data {
namespace {

/// The part of the source that is used, and its place in the frame.
struct Placement {
  Axis down, across;
  int top = 0, left = 0;  ///< of the resampled picture in the new one
};

/// All new samples from the central share of an edge.
Axis whole(int source, int count, double central) {
  const double length = central * source;
  return {source, (source - length) / 2, length, count, 0, count};
}

/// The edge is resampled to `samples`, and of those `count` in the middle are kept.
Axis middle(int source, int64_t samples, int count) {
  // Halves go to the even number, as Python's round() has them.
  const auto first = static_cast<int64_t>(std::nearbyint(static_cast<double>(samples - count) / 2));
  return {source, 0, static_cast<double>(source), samples, first, count};
}

/// The largest centred part of the new shape, to fractions of a pixel.
Placement crop_area(ImageSize from, ImageSize to, double central) {
  const double scale = central * std::min(static_cast<double>(from.height) / to.height,
                                          static_cast<double>(from.width) / to.width);
  const double height = scale * to.height, width = scale * to.width;
  return {{from.height, (from.height - height) / 2, height, to.height, 0, to.height},
          {from.width, (from.width - width) / 2, width, to.width, 0, to.width}};
}

/// torchvision's Resize, whose longer edge is rounded down, and its CenterCrop.
Placement crop_whole_pixels(ImageSize from, ImageSize to, double central) {
  auto height = static_cast<int64_t>(to.height / central);
  auto width = static_cast<int64_t>(to.width / central);
  if (from.width * height <= from.height * width)
    height = width * from.height / from.width;
  else
    width = height * from.width / from.height;
  return {middle(from.height, height, to.height), middle(from.width, width, to.width)};
}

/// Pillow's ImageOps.pad: at least one pixel of each edge is left.
Placement pad(ImageSize from, ImageSize to, double central) {
  ImageSize inner = to;
  const double height = from.height, width = from.width;
  const auto edge = [](double length) {
    return std::max(1, static_cast<int>(std::nearbyint(length)));
  };
  if (width * to.height > height * to.width) inner.height = edge(height / width * to.width);
  if (width * to.height < height * to.width) inner.width = edge(width / height * to.height);
  return {whole(from.height, inner.height, central), whole(from.width, inner.width, central),
          static_cast<int>(std::nearbyint((to.height - inner.height) / 2.0)),
          static_cast<int>(std::nearbyint((to.width - inner.width) / 2.0))};
}

Placement place(ImageSize from, ImageSize to, const Preparation& preparation) {
  const double central = preparation.central_crop;
  if (preparation.resize == Resize::kPad) return pad(from, to, central);
  if (preparation.resize == Resize::kStretch)
    return {whole(from.height, to.height, central), whole(from.width, to.width, central)};
  return preparation.interpolation == Interpolation::kArea ? crop_area(from, to, central)
                                                           : crop_whole_pixels(from, to, central);
}

}  // namespace

std::vector<uint8_t> resize_bytes(const uint8_t* pixels, ImageSize from, int channels, ImageSize to,
                                  const Preparation& preparation) {
  const int64_t row = int64_t{to.width} * channels;
  // Without any filter: its rounding might change a byte.
  if (from == to && preparation.central_crop >= 1) return {pixels, pixels + row * to.height};
  const Placement placement = place(from, to, preparation);
  const int height = placement.down.count, width = placement.across.count;
  std::vector<uint8_t> inner =
      resample(pixels, placement.down, placement.across, channels, preparation.interpolation);
  if (height == to.height && width == to.width) return inner;
  std::vector<uint8_t> framed(row * to.height, 0);
  const int64_t inner_row = int64_t{width} * channels;
  for (int y = 0; y < height; ++y)
    std::copy_n(inner.data() + y * inner_row, inner_row,
                framed.data() + (placement.top + y) * row + placement.left * channels);
  return framed;
}

Image resize(const Image& image, ImageSize to, const Preparation& preparation) {
  return {to.height, to.width,
          resize_bytes(image.pixels.data(), {image.height, image.width}, 3, to, preparation)};
}

}  // namespace nasnet::data
