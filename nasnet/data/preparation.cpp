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
  int top = 0, left = 0;                ///< of the resampled picture in the new one
  int source_top = 0, source_left = 0;  ///< of the rows and columns that the axes count
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

/// TensorFlow's central_crop, and then out of shape.
Placement stretch_whole_pixels(ImageSize from, ImageSize to, double central) {
  const auto border = [&](int edge) { return static_cast<int>((edge - edge * central) / 2); };
  const int top = border(from.height), left = border(from.width);
  return {whole(from.height - 2 * top, to.height, 1),
          whole(from.width - 2 * left, to.width, 1),
          0,
          0,
          top,
          left};
}

Placement place(ImageSize from, ImageSize to, const Preparation& preparation) {
  const double central = preparation.central_crop;
  if (preparation.resize == Resize::kPad) return pad(from, to, central);
  if (preparation.resize == Resize::kStretch && preparation.interpolation == Interpolation::kLegacy)
    return stretch_whole_pixels(from, to, central);
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
  std::vector<uint8_t> framed(row * to.height, 0);
  const int64_t source_row = int64_t{from.width} * channels;
  resample({pixels + placement.source_top * source_row + placement.source_left * channels,
            source_row, channels},
           placement.down, placement.across, preparation.interpolation,
           framed.data() + placement.top * row + placement.left * channels, row);
  return framed;
}

Image resize(const Image& image, ImageSize to, const Preparation& preparation) {
  return {to.height, to.width,
          resize_bytes(image.pixels.data(), {image.height, image.width}, 3, to, preparation)};
}

void resize_part(const ByteRows& image, const PartResize& how, uint8_t* out) {
  const Rect& part = how.part;
  const int64_t out_row = int64_t{how.to.width} * image.channels;
  const uint8_t* const source =
      image.pixels + part.top * image.row + int64_t{part.left} * image.channels;
  if (how.to == ImageSize{part.height, part.width} && !how.mirrored) {
    for (int y = 0; y < part.height; ++y)
      std::copy_n(source + y * image.row, out_row, out + y * out_row);
    return;
  }
  Axis across = whole(part.width, how.to.width, 1);
  across.mirrored = how.mirrored;
  resample({source, image.row, image.channels}, whole(part.height, how.to.height, 1), across,
           how.interpolation, out, out_row);
}

void resize_part(const Image& image, const PartResize& how, uint8_t* out) {
  resize_part({image.pixels.data(), int64_t{image.width} * 3}, how, out);
}

}  // namespace nasnet::data
