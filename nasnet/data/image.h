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

/// Resizes to width x height by area averaging where it shrinks and bilinear interpolation where it
/// grows; the aspect ratio is kept by cutting the centre, of which `central` (0 to 1) is the share
/// of its edges that is looked at: networks are often measured on the central 0.875 of pictures.
Image resize(const Image& image, int width, int height, double central = 1.0);

/// The same on interleaved bytes of any number of channels.
std::vector<uint8_t> resize_bytes(const uint8_t* pixels, ImageSize from, int channels, ImageSize to,
                                  double central = 1.0);

}  // namespace nasnet::data
