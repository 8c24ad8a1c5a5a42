#pragma once

#include "nasnet/base/settings.h"
#include "nasnet/data/image.h"

namespace nasnet::data {

/// How a picture is fitted into another shape.
enum class Resize {
  kCrop,     ///< keeps the aspect ratio and cuts off the rest, equally on both sides
  kStretch,  ///< the whole picture, its aspect ratio changed
  kPad,      ///< the whole picture with its aspect ratio, the rest black
};
constexpr EnumNames<Resize, 3> names_of(Resize) {
  return {{{Resize::kCrop, "crop"}, {Resize::kStretch, "stretch"}, {Resize::kPad, "pad"}}};
}

/// How new pixels are made of old ones.
enum class Interpolation {
  /// Each new pixel is the mean of the area that it covers, and linear between pixels' centres
  /// where the picture grows. In floating point, rounded once.
  kArea,
  kNearest,   ///< Pillow's, as the next two, with its rounding
  kBilinear,  ///< its support grows as the picture shrinks (antialiased)
  kBicubic,   ///< alike
  /// TensorFlow 1's resize_bilinear: linear between two pixels however much the picture shrinks,
  /// and corners fall together instead of centres. TF-slim's networks were trained and measured so.
  kLegacy,
};
constexpr EnumNames<Interpolation, 5> names_of(Interpolation) {
  return {{{Interpolation::kArea, "area"},
           {Interpolation::kNearest, "nearest"},
           {Interpolation::kBilinear, "bilinear"},
           {Interpolation::kBicubic, "bicubic"},
           {Interpolation::kLegacy, "legacy"}}};
}

/// How pictures are resized to the network's size. A model is used with the preparation that it was
/// trained with, which its manifest keeps.
struct Preparation {
  Resize resize = Resize::kCrop;
  Interpolation interpolation = Interpolation::kArea;
  /// Share (0 to 1) of the picture's edges that the central part to use has: networks are often
  /// evaluated on the central 0.875.
  double central_crop = 1.0;
  bool operator==(const Preparation&) const = default;
};

/// The one of the settings that a search has.
template <class Visitor>
void visit_resize(Visitor& v, Preparation& s) {
  v("resize", s.resize,
    "fit of pictures of other shapes: cut at both sides (crop), in another aspect ratio (stretch), "
    "or with black borders (pad)");
}

template <class Visitor>
void visit_settings(Visitor& v, Preparation& s) {
  visit_resize(v, s);
  v("interpolation", s.interpolation,
    "rule for new pixels: the mean of the area that each covers (area), Pillow's of that name, or "
    "TensorFlow 1's bilinear (legacy)");
  v("central_crop", s.central_crop,
    "share of a picture's edges that its centre, the part used, has", Range{0.01, 1});
}

/// The picture at the size `to`. Where that is its own size and all of it is used, it stays as it
/// is. The part that kCrop uses:
/// - with kArea the largest centred part of the new shape, its edges times `central_crop`, to
///   fractions of a pixel;
/// - else the picture is made to cover floor(to / central_crop), and the centre of that is cut out
///   at whole pixels: torchvision's Resize and CenterCrop, which the ports' networks were measured
///   with.
/// kStretch and kPad use the central share of each edge; kPad then as Pillow's ImageOps.pad. With
/// kLegacy, kStretch cuts that share out at whole pixels, n - 2 floor(n (1 - central_crop) / 2) of
/// n: TensorFlow's central_crop, and so TF-slim's evaluation.
Image resize(const Image& image, ImageSize to, const Preparation& preparation = {});

/// The same on interleaved bytes of one or three channels.
std::vector<uint8_t> resize_bytes(const uint8_t* pixels, ImageSize from, int channels, ImageSize to,
                                  const Preparation& preparation = {});

/// Interleaved bytes of one or three channels, `row` bytes from one row to the next.
struct ByteRows {
  const uint8_t* pixels = nullptr;
  int64_t row = 0;
  int channels = 3;
};

/// A part of a picture at another size, as if it had been cut out before: nothing beside it takes
/// part.
struct PartResize {
  Rect part;
  ImageSize to;
  Interpolation interpolation = Interpolation::kBilinear;
  bool mirrored = false;  ///< left and right
};

/// Writes to.height * to.width pixels, gapless.
void resize_part(const ByteRows& image, const PartResize& how, uint8_t* out);
void resize_part(const Image& image, const PartResize& how, uint8_t* out);

}  // namespace nasnet::data
