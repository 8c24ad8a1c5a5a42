#include "nasnet/boxes/stroke_face.h"

#include <utf8proc.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <sstream>

namespace nasnet::boxes {
namespace {

struct Point {
  float x = 0, y = 0;
  bool operator==(const Point&) const = default;
};
using Line = std::vector<Point>;

/// The characters from '!' to '~' in lines, "xy" a point: x from 0 to 4, y from 0 (the top of
/// capitals) by 2 (that of small letters) and 6 (on which they stand) to 8 (below). A line that
/// begins with ~ is rounded; a single point is a dot.
constexpr const char* kStrokes[] = {
    "20 24,26",                                                 // !
    "10 12,30 32",                                              // "
    "10 16,30 36,02 42,04 44",                                  // #
    "~41 11 02 13 33 44 35 05,20 26",                           // $
    "06 40,~00 20 22 02 00,~24 44 46 26 24",                    // %
    "~46 02 01 10 20 31 32 04 05 16 26 44",                     // &
    "20 22",                                                    // '
    "~30 12 14 36",                                             // (
    "~10 32 34 16",                                             // )
    "21 25,02 44,42 04",                                        // *
    "21 25,03 43",                                              // +
    "26 17",                                                    // ,
    "03 33",                                                    // -
    "26",                                                       // .
    "06 40",                                                    // /
    "~10 20 31 35 26 16 05 01 10",                              // 0
    "11 20 26,16 36",                                           // 1
    "~01 10 30 41 42 33,33 06 46",                              // 2
    "~01 10 30 41 42 33 13,~13 33 44 45 36 16 05",              // 3
    "36 30 04 44",                                              // 4
    "40 00 03,~03 12 32 43 45 36 16 05",                        // 5
    "~40 20 02 05 16 36 45 44 33 13 04",                        // 6
    "00 40 16",                                                 // 7
    "~13 02 01 10 30 41 42 33 13,~13 33 44 45 36 16 05 04 13",  // 8
    "~06 26 44 41 30 10 01 02 13 33 42",                        // 9
    "22,26",                                                    // :
    "22,26 17",                                                 // ;
    "41 03 45",                                                 // <
    "02 42,04 44",                                              // =
    "01 43 05",                                                 // >
    "~01 10 30 41 42 23 24,26",                                 // ?
    "~34 32 12 14 34 44 41 30 10 01 05 16 36",                  // @
    "06 20 46,14 34",                                           // A
    "06 00,~00 30 41 42 33 03,~03 33 44 45 36 06",              // B
    "~41 30 10 01 05 16 36 45",                                 // C
    "06 00,~00 30 41 45 36 06",                                 // D
    "40 00 06 46,03 33",                                        // E
    "40 00 06,03 33",                                           // F
    "~41 30 10 01 05 16 36 45 43,43 23",                        // G
    "00 06,40 46,03 43",                                        // H
    "10 30,20 26,16 36",                                        // I
    "~40 45 36 16 05",                                          // J
    "00 06,40 03 46",                                           // K
    "00 06 46",                                                 // L
    "06 00 23 40 46",                                           // M
    "06 00 46 40",                                              // N
    "~10 30 41 45 36 16 05 01 10",                              // O
    "06 00,~00 30 41 42 33 03",                                 // P
    "~10 30 41 45 36 16 05 01 10,24 46",                        // Q
    "06 00,~00 30 41 42 33 03,23 46",                           // R
    "~41 30 10 01 02 13 33 44 45 36 16 05",                     // S
    "00 40,20 26",                                              // T
    "~00 05 16 36 45 40",                                       // U
    "00 26 40",                                                 // V
    "00 16 22 36 40",                                           // W
    "00 46,40 06",                                              // X
    "00 23 40,23 26",                                           // Y
    "00 40 06 46",                                              // Z
    "30 20 26 36",                                              // [
    "00 46",                                                    // backslash
    "10 20 26 16",                                              // ]
    "12 20 32",                                                 // ^
    "07 47",                                                    // _
    "10 21",                                                    // `
    "~02 32 43 46,~44 14 05 16 36 45",                          // a
    "00 06,~03 12 32 43 45 36 16 05",                           // b
    "~43 32 12 03 05 16 36 45",                                 // c
    "40 46,~43 32 12 03 05 16 36 45",                           // d
    "04 44,~44 43 32 12 03 05 16 36 45",                        // e
    "~30 20 11 16,02 22",                                       // f
    "~43 32 12 03 05 16 36 45,~42 47 38 18 07",                 // g
    "00 06,~03 12 32 43 46",                                    // h
    "02 06,00",                                                 // i
    "~12 17 08,10",                                             // j
    "00 06,32 04 36",                                           // k
    "~00 05 16",                                                // l
    "02 06,~03 12 23 26,~23 32 43 46",                          // m
    "02 06,~03 12 32 43 46",                                    // n
    "~12 32 43 45 36 16 05 03 12",                              // o
    "02 08,~03 12 32 43 45 36 16 05",                           // p
    "42 48,~43 32 12 03 05 16 36 45",                           // q
    "02 06,~04 12 32",                                          // r
    "~42 12 03 14 34 45 36 06",                                 // s
    "~10 15 26 36,02 32",                                       // t
    "~02 05 16 36 45,42 46",                                    // u
    "02 26 42",                                                 // v
    "02 16 23 36 42",                                           // w
    "02 46,42 06",                                              // x
    "02 26,42 18",                                              // y
    "02 42 06 46",                                              // z
    "~30 20 22 13 24 26 36",                                    // {
    "20 27",                                                    // |
    "~10 20 22 33 24 26 16",                                    // }
    "~03 12 34 43",                                             // ~
};
constexpr const char* kUnknown = "00 40 46 06 00";

/// Capitals' height in the units of the strokes, the depth below, and the space between letters.
constexpr float kCapital = 6, kBelow = 2, kBetween = 1.8F, kBlank = 2.4F;

/// Cuts the corners twice (Chaikin 1974); ends stay, unless they meet.
Line rounded(Line line) {
  const bool closed = line.front() == line.back();
  for (int round = 0; round < 2; ++round) {
    Line finer;
    if (!closed) finer.push_back(line.front());
    for (size_t i = 0; i + 1 < line.size(); ++i) {
      const auto [a, b] = std::pair{line[i], line[i + 1]};
      finer.push_back({0.75F * a.x + 0.25F * b.x, 0.75F * a.y + 0.25F * b.y});
      finer.push_back({0.25F * a.x + 0.75F * b.x, 0.25F * a.y + 0.75F * b.y});
    }
    finer.push_back(closed ? finer.front() : line.back());
    line = std::move(finer);
  }
  return line;
}

std::vector<Line> parse_strokes(const std::string& strokes) {
  std::vector<Line> lines;
  std::istringstream all(strokes);
  for (std::string text; std::getline(all, text, ',');) {
    const bool round = text.starts_with('~');
    std::istringstream points(text.substr(round ? 1 : 0));
    Line line;
    for (std::string point; points >> point;)
      line.push_back({static_cast<float>(point[0] - '0'), static_cast<float>(point[1] - '0')});
    if (line.size() == 1) line.push_back(line[0]);
    lines.push_back(round ? rounded(std::move(line)) : std::move(line));
  }
  return lines;
}

struct Glyph {
  std::vector<Line> lines;  ///< from x = 0 on
  float width = 0;
};

Glyph make_glyph(const char* strokes) {
  Glyph glyph{parse_strokes(strokes), 0};
  float left = 9, right = 0;
  for (const Line& line : glyph.lines)
    for (const Point& point : line) {
      left = std::min(left, point.x);
      right = std::max(right, point.x);
    }
  for (Line& line : glyph.lines)
    for (Point& point : line) point.x -= left;
  glyph.width = right - left;
  return glyph;
}

const Glyph& glyph_of(char32_t character) {
  static const std::vector<Glyph> kGlyphs = [] {
    std::vector<Glyph> glyphs;
    for (const char* strokes : kStrokes) glyphs.push_back(make_glyph(strokes));
    glyphs.push_back(make_glyph(kUnknown));
    return glyphs;
  }();
  const bool known = character >= '!' && character <= '~';
  return known ? kGlyphs[character - '!'] : kGlyphs.back();
}

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

float distance(Point p, Point a, Point b) {
  const float dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const float along =
      length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0F, 1.0F) : 0;
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

/// Covers the pixels of a line of this width, with round ends.
void cover(Point a, Point b, float width, TextMask& mask) {
  const float reach = width / 2 + 1;
  const auto within = [](float value, int end) {
    return std::clamp(static_cast<int>(value), 0, end);
  };
  for (int y = within(std::min(a.y, b.y) - reach, mask.height);
       y < within(std::max(a.y, b.y) + reach + 1, mask.height); ++y)
    for (int x = within(std::min(a.x, b.x) - reach, mask.width);
         x < within(std::max(a.x, b.x) + reach + 1, mask.width); ++x) {
      const Point centre{static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F};
      const float share = std::clamp(width / 2 + 0.5F - distance(centre, a, b), 0.0F, 1.0F);
      uint8_t& pixel = mask.coverage[static_cast<size_t>(y) * mask.width + x];
      pixel = std::max(pixel, static_cast<uint8_t>(std::lround(255 * share)));
    }
}

}  // namespace

TextMask draw_text(std::string_view text, int height) {
  const std::u32string characters = characters_of(text);
  const float unit = static_cast<float>(height) / kCapital, stroke = std::max(1.2F, 0.95F * unit);
  float width = 0;
  for (const char32_t c : characters)
    width += (c == ' ' ? kBlank : glyph_of(c).width + kBetween) * unit;
  TextMask mask;
  mask.width = static_cast<int>(std::ceil(width + stroke));
  mask.height = static_cast<int>(std::ceil((kCapital + kBelow) * unit + stroke));
  mask.coverage.resize(static_cast<size_t>(mask.width) * mask.height);
  float left = stroke / 2;
  for (const char32_t c : characters) {
    if (c == ' ') {
      left += kBlank * unit;
      continue;
    }
    const Glyph& glyph = glyph_of(c);
    const auto place = [&](Point p) { return Point{left + p.x * unit, stroke / 2 + p.y * unit}; };
    for (const Line& line : glyph.lines)
      for (size_t i = 0; i + 1 < line.size(); ++i)
        cover(place(line[i]), place(line[i + 1]), stroke, mask);
    left += (glyph.width + kBetween) * unit;
  }
  return mask;
}

}  // namespace nasnet::boxes
