#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nasnet/data/image.h"

namespace nasnet::boxes {

/// How much of each pixel a text covers, 0 to 255, row by row.
struct TextMask {
  int height = 0, width = 0;
  std::vector<uint8_t> coverage;
};

/// Draws a line of text in a face of strokes, whose capital letters are `height` pixels high, from
/// 5 on. Letters with marks lose these; a character that the face lacks becomes a small frame. The
/// first 200 characters are drawn.
TextMask draw_text(std::string_view text, int height);

}  // namespace nasnet::boxes
