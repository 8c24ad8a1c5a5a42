#include "nasnet/report/drawing.h"

#include "nasnet/report/svg.h"

// SVG written by hand, as charts have only lines, marks and texts.

namespace nasnet::report {

void Drawing::text(double x, double y, double size, const char* anchor, const std::string& what,
                   const std::string& more) {
  add("<text x='{:.1f}' y='{:.1f}' font-size='{}' text-anchor='{}'{}>{}</text>", x, y, size, anchor,
      more, escape_xml(what));
}

void Drawing::upward_text(double x, double y, double size, const char* anchor,
                          const std::string& what) {
  text(x, y, size, anchor, what, fmt::format(" transform='rotate(-90 {:.1f} {:.1f})'", x, y));
}

void Drawing::line(const Position& a, const Position& b, const std::string& colour, double width,
                   const std::string& more) {
  add("<line x1='{:.1f}' y1='{:.1f}' x2='{:.1f}' y2='{:.1f}' stroke='{}' stroke-width='{}'{}/>",
      a.x, a.y, b.x, b.y, escape_xml(colour), width, more);
}

void Drawing::path(const std::vector<Position>& points, const std::string& colour, double width,
                   const std::string& more) {
  std::string corners;
  for (const Position& point : points)
    corners += fmt::format("{}{:.1f},{:.1f}", corners.empty() ? "" : " ", point.x, point.y);
  add("<polyline points='{}' fill='none' stroke='{}' stroke-width='{}' stroke-linejoin='round'{}/>",
      corners, escape_xml(colour), width, more);
}

std::string Drawing::finish(const std::string& title, double width, double height) const {
  return fmt::format(
      "<?xml version='1.0' encoding='UTF-8'?>\n"
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0:.0f} {1:.0f}' width='{0:.0f}' "
      "height='{1:.0f}' font-family='Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif' "
      "fill='#222222'>\n<title>{2}</title>\n"
      "<rect x='0' y='0' width='{0:.0f}' height='{1:.0f}' fill='#ffffff'/>\n{3}</svg>\n",
      width, height, escape_xml(title), text_);
}

}  // namespace nasnet::report
