#include "nasnet/report/svg.h"

#include "nasnet/base/columns.h"

// Texts within SVG: escaped, and their widths estimated, as no font is at hand when a chart is laid
// out; it is drawn later by whatever shows it.

namespace nasnet::report {
namespace {

/// In parts of the font's size, after the wider of the common sans-serif fonts.
double width_of(char c) {
  constexpr std::string_view kNarrow = "ijlI.,:;'|!()[] ", kWide = "mwMW@%";
  if (kNarrow.find(c) != std::string_view::npos) return 0.36;
  if (kWide.find(c) != std::string_view::npos) return 0.96;
  if (c >= 'A' && c <= 'Z') return 0.70;
  return 0.61;
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string out;
  // Of control characters XML 1.0 allows three, which no label needs.
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      out += c;
    }
  }
  return out;
}

std::string shortened(const std::string& text, int columns) {
  if (display_width(text) <= columns) return text;
  return cut_to_width(text, columns - 3) + "...";
}

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) width += width_of(c);  // not a continuation
  return width * font_size;
}

}  // namespace nasnet::report
