#include "nasnet/data/orientation.h"

#include <algorithm>
#include <utility>

#include "nasnet/base/byte_source.h"

// Orientations as EXIF counts them, read by hand from blocks of EXIF and XMP: one tag is all that
// is wanted, and no fault in them may cost the picture.

namespace nasnet::data {
namespace {

/// Unsigned numbers of a block of TIFF, in its byte order; 0 beyond its end.
struct TiffBytes {
  std::string_view bytes;
  bool big = false;

  uint32_t at(size_t offset, size_t size) const {
    if (offset > bytes.size() || size > bytes.size() - offset) return 0;
    return static_cast<uint32_t>((big ? big_endian : little_endian)(bytes, offset, size));
  }
};

/// Where the upright picture's first pixel is stored, and how far the next of its row and of its
/// column are from it.
struct Walk {
  int64_t first, across, down;
};

Walk walk_of(ImageSize stored, int orientation) {
  const int64_t height = stored.height, width = stored.width;
  switch (orientation) {
    case 2:
      return {width - 1, -1, width};  // mirrored
    case 3:
      return {height * width - 1, -1, -width};  // upside down
    case 4:
      return {(height - 1) * width, 1, -width};  // mirrored upside down
    case 5:
      return {0, width, 1};  // mirrored along the diagonal
    case 6:
      return {(height - 1) * width, -width, 1};  // to be turned clockwise
    case 7:
      return {height * width - 1, -width, -1};  // mirrored along the other diagonal
    case 8:
      return {width - 1, width, -1};  // to be turned anticlockwise
    default:
      return {0, 1, width};
  }
}

}  // namespace

std::optional<int> exif_orientation(std::string_view exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (exif.substr(0, kPrefix.size()) == kPrefix) exif.remove_prefix(kPrefix.size());
  const std::string_view order = exif.substr(0, 2);
  if (order != "II" && order != "MM") return std::nullopt;
  const TiffBytes tiff{exif, order == "MM"};
  if (tiff.at(2, 2) != 42) return std::nullopt;
  const size_t directory = tiff.at(4, 4);
  const uint32_t entries = tiff.at(directory, 2);
  // Entries of 12 bytes: tag, type, count, and the value where it is short.
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * size_t{i};
    if (tiff.at(entry, 2) != 0x0112) continue;
    const uint32_t type = tiff.at(entry + 2, 2);
    const uint32_t value = type == 3   ? tiff.at(entry + 8, 2)  // SHORT, as the standard has it
                           : type == 4 ? tiff.at(entry + 8, 4)  // LONG
                           : type == 1 ? tiff.at(entry + 8, 1)  // BYTE
                                       : 1;
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return std::nullopt;
}

int xmp_orientation(std::string_view xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  for (size_t at = xmp.find(kName); at != std::string_view::npos; at = xmp.find(kName, at)) {
    at += kName.size();
    for (const std::string_view before : {"=\"", ">"}) {
      if (xmp.substr(at, before.size()) != before) continue;
      const std::string_view digit = xmp.substr(at + before.size(), 1);
      if (digit >= "0" && digit <= "9") return digit >= "1" && digit <= "8" ? digit[0] - '0' : 1;
    }
  }
  return 1;
}

ImageSize turned(ImageSize size, int orientation) {
  return orientation >= 5 ? ImageSize{size.width, size.height} : size;
}

Rect stored_part(const Rect& upright, ImageSize stored, int orientation) {
  const Walk walk = walk_of(stored, orientation);
  const auto place = [&](int y, int x) { return walk.first + x * walk.across + y * walk.down; };
  const int64_t corners[] = {
      place(upright.top, upright.left),
      place(upright.top + upright.height - 1, upright.left + upright.width - 1)};
  const ImageSize size = turned(ImageSize{upright.height, upright.width}, orientation);
  const auto least = [](int64_t a, int64_t b) { return static_cast<int>(std::min(a, b)); };
  return {least(corners[0] / stored.width, corners[1] / stored.width),
          least(corners[0] % stored.width, corners[1] % stored.width), size.height, size.width};
}

Image turned(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const Walk walk = walk_of({image.height, image.width}, orientation);
  const ImageSize size = turned(ImageSize{image.height, image.width}, orientation);
  Image upright{size.height, size.width, std::vector<uint8_t>(image.pixels.size())};
  // Square by square, so that both pictures' lines stay in the cache.
  constexpr int kSquare = 32;
  for (int top = 0; top < size.height; top += kSquare)
    for (int left = 0; left < size.width; left += kSquare)
      for (int y = top; y < std::min(top + kSquare, size.height); ++y)
        for (int x = left; x < std::min(left + kSquare, size.width); ++x)
          std::copy_n(image.pixels.data() + 3 * (walk.first + x * walk.across + y * walk.down), 3,
                      upright.pixels.data() + 3 * (int64_t{y} * size.width + x));
  return upright;
}

}  // namespace nasnet::data
