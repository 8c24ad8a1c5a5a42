// Windows' bitmaps, OS/2's first form included. No library of the distributions reads them alone.
#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

#include "nasnet/base/byte_source.h"
#include "nasnet/data/codec.h"

namespace nasnet::data {
namespace {

enum Compression : uint32_t { kRaw = 0, kRle8 = 1, kRle4 = 2, kMasks = 3, kMasksWithAlpha = 6 };

/// The header, whichever of its forms the file has, in one.
struct Bitmap {
  ImageSize size;
  bool top_down = false;
  uint32_t bits = 0, compression = kRaw;
  size_t pixels = 0;                       ///< where they begin
  std::array<uint32_t, 4> masks{};         ///< red, green, blue, alpha
  std::array<uint8_t, 3 * 256> palette{};  ///< RGB
};

/// A number of `size` bytes at `offset`.
uint32_t number(std::string_view bytes, size_t offset, size_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) throw BadPicture("it ends too soon");
  return static_cast<uint32_t>(little_endian(bytes, offset, size));
}

bool is_one_of(uint32_t value, std::initializer_list<uint32_t> values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// Which bits of a pixel are which colour: as the file says, else Windows' defaults.
void read_masks(std::string_view bytes, uint32_t header, Bitmap& bitmap) {
  if (is_one_of(bitmap.compression, {kMasks, kMasksWithAlpha})) {
    // Behind a header of 40 bytes, inside of the longer ones; alpha only in those, and not with 16
    // bits, as in Pillow.
    const bool alpha = (header >= 56 || bitmap.compression == kMasksWithAlpha) && bitmap.bits == 32;
    for (size_t i = 0; i < (alpha ? 4 : 3); ++i) bitmap.masks[i] = number(bytes, 54 + 4 * i, 4);
    for (const uint32_t mask : bitmap.masks)
      if (mask != 0 && !std::has_single_bit((mask >> std::countr_zero(mask)) + 1))
        throw BadPicture(fmt::format("its colours' bits have holes ({:#x})", mask));
  }
  const bool none = bitmap.masks[0] == 0 && bitmap.masks[1] == 0 && bitmap.masks[2] == 0;
  if (!none) return;
  bitmap.masks = bitmap.bits == 16 ? std::array<uint32_t, 4>{0x7c00, 0x3e0, 0x1f, 0}
                                   : std::array<uint32_t, 4>{0xff0000, 0xff00, 0xff, 0};
}

/// Colours are stored as blue, green, red, in entries of three bytes or four.
void read_palette(std::string_view bytes, size_t at, uint32_t colours, size_t entry,
                  Bitmap& bitmap) {
  if (colours == 0 || colours > 256) colours = 1u << bitmap.bits;
  for (size_t i = 0; i < std::min<size_t>(colours, 256); ++i)
    for (size_t c = 0; c < 3; ++c)
      bitmap.palette[3 * i + c] = static_cast<uint8_t>(number(bytes, at + entry * i + 2 - c, 1));
}

Bitmap read_header(std::string_view bytes) {
  Bitmap bitmap;
  bitmap.pixels = number(bytes, 10, 4);
  const uint32_t header = number(bytes, 14, 4);
  const bool os2 = header == 12;
  if (!os2 && !is_one_of(header, {40, 52, 56, 64, 108, 124}))
    throw BadPicture(fmt::format("it has a header of {} bytes, which is not known", header));
  uint32_t colours = 0;
  if (os2) {
    bitmap.size = {static_cast<int>(number(bytes, 20, 2)), static_cast<int>(number(bytes, 18, 2))};
    bitmap.bits = number(bytes, 24, 2);
  } else {
    const auto height = static_cast<int32_t>(number(bytes, 22, 4));
    bitmap.top_down = height < 0;
    bitmap.size = {height == INT32_MIN ? 0 : std::abs(height),
                   static_cast<int32_t>(number(bytes, 18, 4))};
    bitmap.bits = number(bytes, 28, 2);
    bitmap.compression = number(bytes, 30, 4);
    colours = number(bytes, 46, 4);
  }
  // Checked before the palette is read: 1 << bits must be small.
  const bool known = bitmap.compression == kRle8   ? bitmap.bits == 8
                     : bitmap.compression == kRle4 ? bitmap.bits == 4
                     : bitmap.compression == kRaw
                         ? is_one_of(bitmap.bits, {1, 2, 4, 8, 16, 24, 32})
                         : is_one_of(bitmap.compression, {kMasks, kMasksWithAlpha}) &&
                               is_one_of(bitmap.bits, {16, 24, 32});
  if (!known)
    throw BadPicture(fmt::format("it has {} bits a pixel in compression {}, which is not read",
                                 bitmap.bits, bitmap.compression));
  if (bitmap.bits <= 8)
    read_palette(bytes, 14 + header, colours, os2 ? 3 : 4, bitmap);
  else
    read_masks(bytes, header, bitmap);
  return bitmap;
}

/// The bits of `value` under the mask, spread over a byte.
int channel(uint32_t value, uint32_t mask, int none) {
  if (mask == 0) return none;
  const int shift = std::countr_zero(mask);
  return static_cast<int>(uint64_t{(value & mask) >> shift} * 255 / (mask >> shift));
}

void read_rows(std::string_view bytes, const Bitmap& bitmap, Image& image) {
  // Rows are padded to four bytes.
  const size_t row = (int64_t{image.width} * bitmap.bits + 31) / 32 * 4;
  if (bitmap.pixels > bytes.size() ||
      (bytes.size() - bitmap.pixels) / row < static_cast<size_t>(image.height))
    throw BadPicture("it ends too soon");
  uint8_t* out = image.pixels.data();
  for (int y = 0; y < image.height; ++y) {
    const int stored = bitmap.top_down ? y : image.height - 1 - y;
    const std::string_view line = bytes.substr(bitmap.pixels + row * stored, row);
    for (size_t x = 0; x < static_cast<size_t>(image.width); ++x, out += 3) {
      if (bitmap.bits <= 8) {
        const size_t bit = x * bitmap.bits;
        const auto byte = static_cast<uint8_t>(line[bit / 8]);
        const unsigned index = byte >> (8 - bitmap.bits - bit % 8) & ((1u << bitmap.bits) - 1);
        std::copy_n(bitmap.palette.data() + 3 * index, 3, out);
        continue;
      }
      const size_t size = bitmap.bits / 8;
      uint32_t value = 0;
      for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(line[x * size + i]);
      const int alpha = channel(value, bitmap.masks[3], 255);
      for (size_t c = 0; c < 3; ++c) out[c] = on_white(channel(value, bitmap.masks[c], 0), alpha);
    }
  }
}

/// Runs of colours, from the bottom up; what they leave out has the first colour.
void read_runs(std::string_view bytes, const Bitmap& bitmap, Image& image) {
  const bool nibbles = bitmap.compression == kRle4;
  const auto width = static_cast<size_t>(image.width), height = static_cast<size_t>(image.height);
  std::vector<uint8_t> indices(width * height, 0);
  size_t at = bitmap.pixels, x = 0, y = 0;
  const auto next = [&] { return number(bytes, at++, 1); };
  const auto put = [&](uint32_t index) {
    if (x < width && y < height) indices[y * width + x] = static_cast<uint8_t>(index);
    ++x;
  };
  // The last line needs no end.
  for (bool end = false;
       !end && y < height && !(at == bytes.size() && y + 1 == height && x >= width);) {
    const uint32_t count = next(), value = next();
    if (count > 0) {
      for (uint32_t i = 0; i < count; ++i)
        put(!nibbles ? value : i % 2 == 0 ? value >> 4 : value & 15);
    } else if (value == 0) {
      x = 0, ++y;
    } else if (value == 1) {
      end = true;
    } else if (value == 2) {
      // A jump to the right and up.
      x += next();
      y += next();
    } else {
      for (uint32_t i = 0, byte = 0; i < value; ++i) {
        if (!nibbles || i % 2 == 0) byte = next();
        put(!nibbles ? byte : i % 2 == 0 ? byte >> 4 : byte & 15);
      }
      const uint32_t read = nibbles ? (value + 1) / 2 : value;
      at += read % 2;  // to an even number of bytes
    }
  }
  for (size_t i = 0; i < indices.size(); ++i) {
    const size_t line = bitmap.top_down ? i / width : height - 1 - i / width;
    std::copy_n(bitmap.palette.data() + 3 * indices[i], 3,
                image.pixels.data() + 3 * (line * width + i % width));
  }
}

Image decode_bmp(std::string_view bytes) {
  const Bitmap bitmap = read_header(bytes);
  Image image{bitmap.size.height, bitmap.size.width, {}};
  image.pixels.resize(int64_t{image.height} * image.width * 3);
  const bool runs = is_one_of(bitmap.compression, {kRle8, kRle4});
  (runs ? read_runs : read_rows)(bytes, bitmap, image);
  return image;
}

}  // namespace

const Codec kBmp = {
    // The letters alone begin many texts: a known header must follow.
    "BMP", "bmp dib",
    [](std::string_view bytes) {
      return begins_with(bytes, "BM") && bytes.size() >= 18 && little_endian(bytes, 14, 4) <= 124;
    },
    [](std::string_view bytes) { return PictureHeader{read_header(bytes).size}; }, decode_bmp};

}  // namespace nasnet::data
