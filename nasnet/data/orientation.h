#pragma once

#include <optional>
#include <string_view>

#include "nasnet/data/image.h"

namespace nasnet::data {

/// The orientation (1 to 8) that a block of EXIF, with or without the "Exif\0\0" before it, gives
/// for the main picture (EXIF 2.32, tag 0x0112): 1, upright, where its value is none of these;
/// nothing where it gives none or is damaged.
std::optional<int> exif_orientation(std::string_view exif);

/// That of a packet of XMP: tiff:Orientation, as an attribute or an element; 1 where it has none.
int xmp_orientation(std::string_view xmp);

/// EXIF's where it gives one, else XMP's; both may be empty.
inline int told_orientation(std::string_view exif, std::string_view xmp) {
  const std::optional<int> told = exif_orientation(exif);
  return told ? *told : xmp_orientation(xmp);
}

/// The size of a picture once it is turned: 5 to 8 change height and width.
ImageSize turned(ImageSize size, int orientation);

/// Where a part of the upright picture lies in the stored one, whose size is `stored`.
Rect stored_part(const Rect& upright, ImageSize stored, int orientation);

/// The picture turned and mirrored so that it stands upright.
Image turned(Image image, int orientation);

}  // namespace nasnet::data
