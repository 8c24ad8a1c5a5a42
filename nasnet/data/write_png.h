#pragma once

#include <string>

#include "nasnet/data/image.h"

namespace nasnet::data {

/// The bytes of a PNG file that holds the picture. Throws SystemError where it cannot be packed.
std::string encode_png(const Image& image);

}  // namespace nasnet::data
