#pragma once

#include <stdexcept>
#include <string_view>

#include "nasnet/data/image.h"
#include "nasnet/data/traits.h"

namespace nasnet::data {

/// A fault of a picture, in words; decode() adds the file's name.
struct BadPicture : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The reader of one kind of picture. Throws BadPicture; prints nothing.
struct Codec {
  const char* name;
  /// How names of its files end, in small letters, a blank between two.
  const char* ends;
  /// True if these are the first bytes of such a file.
  bool (*recognises)(std::string_view bytes);
  PictureHeader (*peek)(std::string_view bytes);
  /// The pixels as stored, not turned, of the size that peek() gives. Called only where that size
  /// is within the limit.
  Image (*decode)(std::string_view bytes);
  /// A part of that picture, as stored; none where decoding a part costs as much as the whole.
  Image (*decode_part)(std::string_view bytes, const Rect& part) = nullptr;
  /// Fills in how the pixels are stored: colours, alpha, bits, frames. None where all are alike.
  void (*describe)(std::string_view bytes, PictureTraits& traits) = nullptr;
};

/// One a kind, each in a file of its own; image.cpp lists those that are tried.
extern const Codec kJpeg, kPng, kWebp, kGif, kBmp, kTiff, kAvif, kHeic;

/// Lays a colour that is `alpha` / 255 opaque on white, as browsers do on a white page: in the
/// values as stored, not in linear light.
inline uint8_t on_white(int value, int alpha) {
  return static_cast<uint8_t>((2 * (value * alpha + 255 * (255 - alpha)) + 255) / 510);
}

/// Drops the fourth of four channels, alpha, by laying the picture on white.
Image lay_on_white(ImageSize size, const uint8_t* rgba);

inline bool begins_with(std::string_view bytes, std::string_view magic) {
  return bytes.substr(0, magic.size()) == magic;
}

}  // namespace nasnet::data
