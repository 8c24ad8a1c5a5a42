#pragma once

#include <string>

#include "nasnet/base/settings.h"
#include "nasnet/data/image.h"

namespace nasnet::data {

/// How pictures are resized to the network's size. A model is used with the preparation that it was
/// trained with, which its manifest keeps.
struct Preparation {
  /// "crop":    keeps the aspect ratio and cuts off the rest, equally on both sides.
  /// "stretch": the whole picture, its aspect ratio changed.
  /// "pad":     the whole picture with its aspect ratio, the rest black.
  std::string resize = "crop";
  /// "area":     each new pixel is the mean of what it covers, and linear between pixels' centres
  ///             where the picture grows. In floating point, rounded once.
  /// "nearest", "bilinear", "bicubic": Pillow's, with its rounding; the last two with a support
  /// that
  ///             grows as the picture shrinks (antialiased).
  std::string interpolation = "area";
  /// Share (0 to 1) of the picture's edges that the central part to use has: networks are often
  /// evaluated on the central 0.875.
  double central_crop = 1.0;
  bool operator==(const Preparation&) const = default;
};

/// The one of the settings that a search has.
template <class Visitor>
void visit_resize(Visitor& v, Preparation& s) {
  v("resize", s.resize,
    "how pictures of other shapes are fitted: cut at both sides (crop), pulled out of shape "
    "(stretch), or with black borders (pad)",
    Range{.one_of = {"crop", "stretch", "pad"}});
}

template <class Visitor>
void visit_settings(Visitor& v, Preparation& s) {
  visit_resize(v, s);
  v("interpolation", s.interpolation, "how new pixels are made of old ones; all but area as Pillow",
    Range{.one_of = {"area", "nearest", "bilinear", "bicubic"}});
  v("central_crop", s.central_crop, "share of the edges of a picture's centre that is looked at",
    Range{0.01, 1});
}

/// The picture at the size `to`. Where that is its own size and all of it is looked at, it stays as
/// it is. What "crop" looks at:
/// - area: the largest centred part of the new shape, its edges times `central_crop`, to fractions
///   of a pixel;
/// - the others: the picture is made to cover floor(to / central_crop), and the centre of that is
///   cut out at whole pixels: torchvision's Resize and CenterCrop, which the ports' networks were
///   measured with.
/// "stretch" and "pad" look at the central share of each edge; "pad" then as Pillow's ImageOps.pad.
Image resize(const Image& image, ImageSize to, const Preparation& preparation = {});

/// The same on interleaved bytes of one or three channels.
std::vector<uint8_t> resize_bytes(const uint8_t* pixels, ImageSize from, int channels, ImageSize to,
                                  const Preparation& preparation = {});

}  // namespace nasnet::data
