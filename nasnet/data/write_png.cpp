#include "nasnet/data/write_png.h"

#include <png.h>

#include "nasnet/base/error.h"

// Pictures that are written are RGB of 8 bits: libpng's simplified interface is enough for them. It
// tells faults by its result, so that nothing leaves by longjmp as in png.cpp.

namespace nasnet::data {

std::string encode_png(const Image& image) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  // An upper bound: packing takes one pass, and the string is cut to what came out.
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&png, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr))
    throw SystemError(std::string("a picture cannot be packed as PNG: ") + png.message);
  bytes.resize(size);
  return bytes;
}

}  // namespace nasnet::data
