#pragma once

#include <vector>

namespace nasnet::boxes {

struct StrokePoint {
  float x = 0, y = 0;
  bool operator==(const StrokePoint&) const = default;
};
using Stroke = std::vector<StrokePoint>;

/// A character as lines to be drawn with a round pen: x from 0 to its width, y from 0, the top of
/// capitals, to kStrokeCapital, on which they stand, and kStrokeBelow below.
struct StrokeGlyph {
  std::vector<Stroke> strokes;
  float width = 0;
};

inline constexpr float kStrokeCapital = 6, kStrokeBelow = 2;

/// Of '!' to '~'; a frame for every other character.
const StrokeGlyph& stroke_glyph(char32_t character);

}  // namespace nasnet::boxes
