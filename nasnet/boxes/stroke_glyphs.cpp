#include "nasnet/boxes/stroke_glyphs.h"

#include <algorithm>
#include <sstream>
#include <string>

// The letters of labels on pictures, as lines: a face that needs no file and no library, and is
// drawn at any size. Each line is parsed and rounded once, at the first letter that is asked for.

namespace nasnet::boxes {
namespace {

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
/// A box with a line across, for characters that are not in the table.
constexpr const char* kUnknown = "00 40 46 06 00";

/// Cuts the corners twice (Chaikin 1974); ends stay, unless they meet.
Stroke rounded(Stroke line) {
  const bool closed = line.front() == line.back();
  for (int round = 0; round < 2; ++round) {
    Stroke finer;
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

/// The lines of one character, from its entry in the table.
std::vector<Stroke> parse_strokes(const std::string& strokes) {
  std::vector<Stroke> lines;
  std::istringstream all(strokes);
  for (std::string text; std::getline(all, text, ',');) {
    const bool round = text.starts_with('~');
    std::istringstream points(text.substr(round ? 1 : 0));
    Stroke line;
    for (std::string point; points >> point;)
      line.push_back({static_cast<float>(point[0] - '0'), static_cast<float>(point[1] - '0')});
    // A dot is a line of no length, which the brush makes round.
    if (line.size() == 1) line.push_back(line[0]);
    lines.push_back(round ? rounded(std::move(line)) : std::move(line));
  }
  return lines;
}

/// A letter moved to the left edge, so that its width is that of its ink.
StrokeGlyph make_glyph(const char* strokes) {
  StrokeGlyph glyph{parse_strokes(strokes), 0};
  float left = 9, right = 0;
  for (const Stroke& line : glyph.strokes)
    for (const StrokePoint& point : line) {
      left = std::min(left, point.x);
      right = std::max(right, point.x);
    }
  for (Stroke& line : glyph.strokes)
    for (StrokePoint& point : line) point.x -= left;
  glyph.width = right - left;
  return glyph;
}

}  // namespace

const StrokeGlyph& stroke_glyph(char32_t character) {
  static const std::vector<StrokeGlyph> kGlyphs = [] {
    std::vector<StrokeGlyph> glyphs;
    for (const char* strokes : kStrokes) glyphs.push_back(make_glyph(strokes));
    glyphs.push_back(make_glyph(kUnknown));
    return glyphs;
  }();
  const bool known = character >= '!' && character <= '~';
  // The unknown one stands behind all others.
  return known ? kGlyphs[character - '!'] : kGlyphs.back();
}

}  // namespace nasnet::boxes
