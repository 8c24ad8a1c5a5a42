#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nasnet::data {

/// A decoded picture: RGB, three bytes a pixel, row by row.
struct Image {
  int height = 0, width = 0;
  std::vector<uint8_t> pixels;
};

/// The size of a picture in pixels.
struct ImageSize {
  int height = 0, width = 0;
  auto operator<=>(const ImageSize&) const = default;
};

/// A part of a picture, in whole pixels.
struct Rect {
  int top = 0, left = 0, height = 0, width = 0;
  bool operator==(const Rect&) const = default;
};

/// A picture's header: its size as stored, and EXIF's orientation (1 to 8), by which it is turned
/// upright.
struct PictureHeader {
  ImageSize size;
  int orientation = 1;
};

enum class Turn { kUpright, kAsStored };

/// The kinds of pictures that decode() reads, in words: "JPEG, PNG, ... and HEIC".
std::string picture_kinds();

/// True if the name ends like a picture that decode() reads (.jpg .png .webp ..., any case).
bool has_image_name(std::string_view file);

/// Decodes a picture from `bytes`, its whole file. The content tells its kind; `file` is only its
/// name in messages. The picture is turned upright as its EXIF (or its container) says. Of an
/// animation the first frame is decoded, of a TIFF the first page. Grey becomes RGB, transparent
/// places are laid on white, 16 bits become value / 257, CMYK becomes RGB by the simple formula;
/// colour profiles and gamma are not applied (docs/data.md). Throws InputError for truncated or
/// corrupt data, another kind of file, more than 178 million pixels. `kAsStored` leaves it as it
/// lies in the file.
Image decode(std::string_view bytes, const std::string& file, Turn turn = Turn::kUpright);

/// Chooses a part of an upright picture of that size; it must lie inside and have pixels.
using ChoosePart = std::function<Rect(ImageSize)>;

/// The part of decode()'s picture that `choose` asks for, bit for bit. Of a JPEG little more than
/// that is decoded: no pixels beside the part, and nothing below it. So a file whose damage lies
/// below is read, unless the part reaches the last row; other faults are those of decode().
/// Pictures of other kinds are decoded whole and cut.
Image decode_part(std::string_view bytes, const std::string& file, const ChoosePart& choose);

/// Height and width as decode() gives them, read from the header only. Throws as decode() does.
ImageSize peek_size(std::string_view bytes, const std::string& file);
/// The same before it is turned. Of a JPEG the beginning that holds its header is enough; others
/// may tell their orientation at the end.
PictureHeader peek_header(std::string_view bytes, const std::string& file);

}  // namespace nasnet::data
