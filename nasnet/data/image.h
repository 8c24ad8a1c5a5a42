#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nasnet::data {

/// A decoded picture: RGB, three bytes a pixel, row by row.
struct Image {
  int height = 0, width = 0;
  std::vector<uint8_t> pixels;
};

/// Whether the name ends like a picture that decode() reads (.jpg .jpeg .png, any case).
bool has_image_name(std::string_view file);

/// Decodes a JPEG or PNG by its content. Grey-scale is expanded to RGB, an alpha channel is laid on
/// white, 16-bit is cut to 8. Throws InputError that says what is wrong with `file`: truncated or
/// corrupt data, neither JPEG nor PNG, more than 178 million pixels.
Image decode(std::string_view bytes, const std::string& file);

/// Height and width, read from the header only. Throws as decode() does.
struct ImageSize {
  int height = 0, width = 0;
  auto operator<=>(const ImageSize&) const = default;
};
ImageSize peek_size(std::string_view bytes, const std::string& file);

}  // namespace nasnet::data
