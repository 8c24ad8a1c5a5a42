#pragma once

#include "nasnet/base/random.h"
#include "nasnet/detect/picture.h"

namespace nasnet::detect {

/// A part of a picture, in whole pixels.
struct Window {
  int top = 0, left = 0, height = 0, width = 0;
};

/// The part, brought to a size. Boxes are clipped to it. An object of which less than kObjectShare
/// lies in it is taken for a crowd: neither to be found nor background. What has no area in it is
/// left out.
Picture cut_out(const Picture& picture, const Window& window, const data::ImageSize& size);
inline constexpr float kObjectShare = 0.3F;

/// A part of this size, which is no larger than the picture: in nine of ten cases one that has the
/// centre of an object, if there are any, else anywhere.
Window draw_window(const Picture& picture, const data::ImageSize& size, Random& random);

}  // namespace nasnet::detect
