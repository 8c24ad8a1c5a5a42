#pragma once

#include <string>

#include "nasnet/data/image.h"

namespace nasnet::data {

/// The bytes of a JPEG file that holds the picture, with colours at half the resolution (4:2:0).
/// `quality` is libjpeg's, 1 to 100. Throws SystemError where it cannot be packed.
std::string encode_jpeg(const Image& image, int quality);

}  // namespace nasnet::data
