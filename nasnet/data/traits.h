#pragma once

#include <string>
#include <string_view>

#include "nasnet/data/image.h"

namespace nasnet::data {

/// How a picture is stored, by its header: decode() makes 8-bit RGB of all of them.
struct PictureTraits {
  std::string format;  ///< by the content: "JPEG"
  ImageSize size;      ///< as stored
  int orientation = 1;
  bool grey = false;  ///< one channel
  bool cmyk = false;
  bool alpha = false;    ///< has a channel or a colour for it; all of it may be opaque
  bool deep = false;     ///< more than 8 bits a channel
  bool several = false;  ///< frames of an animation, or pages: the first alone is read
};

/// Those of the picture that `bytes`, its whole file, holds. Throws as peek_header() does.
PictureTraits picture_traits(std::string_view bytes, const std::string& file);

/// The format that files called so have: "JPEG" of "a.JPG"; "" where the name does not tell.
std::string format_of_name(std::string_view file);

}  // namespace nasnet::data
