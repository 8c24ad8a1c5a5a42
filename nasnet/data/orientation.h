#pragma once

#include <string_view>

#include "nasnet/data/image.h"

namespace nasnet::data {

/// The orientation (1 to 8) that a block of EXIF, with or without the "Exif\0\0" before it, gives
/// for the main picture; 1, upright, where it gives none or is damaged. EXIF 2.32, tag 0x0112.
int exif_orientation(std::string_view exif);

/// The size of a picture once it is turned: 5 to 8 change height and width.
ImageSize turned(ImageSize size, int orientation);

/// The picture turned and mirrored so that it stands upright.
Image turned(Image image, int orientation);

}  // namespace nasnet::data
