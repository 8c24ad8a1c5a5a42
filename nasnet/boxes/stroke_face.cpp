#include "nasnet/boxes/stroke_face.h"

#include <utf8proc.h>

#include <algorithm>
#include <cmath>

#include "nasnet/boxes/stroke_glyphs.h"

// Text as a mask of coverage: each line of a letter is drawn as a thick line with round ends, by
// the distance of pixels from it, so that edges are smooth at any size.

namespace nasnet::boxes {
namespace {

/// The space between two letters and that between two words, in the units of the strokes.
constexpr float kBetween = 1.8F, kBlank = 2.4F;

/// More are not drawn: no picture is that wide.
constexpr size_t kMostCharacters = 200;

/// Letters without their marks; a byte that is no UTF-8 becomes U+FFFD.
std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto rest = static_cast<utf8proc_ssize_t>(text.size());
  while (rest > 0) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes, rest, &character);
    if (length <= 0) character = 0xFFFD;
    const utf8proc_ssize_t used = std::max<utf8proc_ssize_t>(length, 1);
    bytes += used;
    rest -= used;
    constexpr int kMost = 32;
    utf8proc_int32_t parts[kMost];
    int boundary = 0;
    const utf8proc_ssize_t count = utf8proc_decompose_char(
        character, parts, kMost,
        static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK),
        &boundary);
    for (utf8proc_ssize_t i = 0; i < std::min<utf8proc_ssize_t>(count, kMost); ++i)
      characters += static_cast<char32_t>(parts[i]);
  }
  return characters;
}

/// From p to the line between a and b, ends included.
float distance(StrokePoint p, StrokePoint a, StrokePoint b) {
  const float dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const float along =
      length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0F, 1.0F) : 0;
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

/// Covers the pixels of a line of this width, with round ends.
void cover(StrokePoint a, StrokePoint b, float width, TextMask& mask) {
  const float reach = width / 2 + 1;
  const auto within = [](float value, int end) {
    return std::clamp(static_cast<int>(value), 0, end);
  };
  for (int y = within(std::min(a.y, b.y) - reach, mask.height);
       y < within(std::max(a.y, b.y) + reach + 1, mask.height); ++y)
    for (int x = within(std::min(a.x, b.x) - reach, mask.width);
         x < within(std::max(a.x, b.x) + reach + 1, mask.width); ++x) {
      const StrokePoint centre{static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F};
      const float share = std::clamp(width / 2 + 0.5F - distance(centre, a, b), 0.0F, 1.0F);
      uint8_t& pixel = mask.coverage[static_cast<size_t>(y) * mask.width + x];
      // The larger share where lines meet: added up, joints would be darker.
      pixel = std::max(pixel, static_cast<uint8_t>(std::lround(255 * share)));
    }
}

}  // namespace

TextMask draw_text(std::string_view text, int height) {
  const std::u32string characters = characters_of(text).substr(0, kMostCharacters);
  // Pixels of a unit of the strokes; a line keeps at least 1.2 pixels, or small text would fade.
  const float unit = static_cast<float>(height) / kStrokeCapital,
              stroke = std::max(1.2F, 0.95F * unit);
  float width = 0;
  for (const char32_t c : characters)
    width += (c == ' ' ? kBlank : stroke_glyph(c).width + kBetween) * unit;
  TextMask mask;
  mask.width = static_cast<int>(std::ceil(width + stroke));
  mask.height = static_cast<int>(std::ceil((kStrokeCapital + kStrokeBelow) * unit + stroke));
  mask.coverage.resize(static_cast<size_t>(mask.width) * mask.height);
  float left = stroke / 2;
  for (const char32_t c : characters) {
    if (c == ' ') {
      left += kBlank * unit;
      continue;
    }
    const StrokeGlyph& glyph = stroke_glyph(c);
    const auto place = [&](StrokePoint p) {
      return StrokePoint{left + p.x * unit, stroke / 2 + p.y * unit};
    };
    for (const Stroke& line : glyph.strokes)
      for (size_t i = 0; i + 1 < line.size(); ++i)
        cover(place(line[i]), place(line[i + 1]), stroke, mask);
    left += (glyph.width + kBetween) * unit;
  }
  return mask;
}

}  // namespace nasnet::boxes
