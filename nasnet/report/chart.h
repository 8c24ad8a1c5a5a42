#pragma once

#include <string>
#include <vector>

namespace nasnet::report {

/// kNone: of a curve with so many points that marks would hide it.
enum class Mark { kDot, kSquare, kDiamond, kTriangle, kStar, kNone };

struct Point {
  double x = 0, y = 0;
  std::string label = {};  ///< drawn beside the mark; "" for none
};

/// Points of one kind. Series of one name share an entry of the legend.
struct Series {
  std::string name;
  std::string colour;  ///< as SVG takes it: "#0072b2"
  Mark mark = Mark::kDot;
  bool joined = false;  ///< by a line, in the order of x
  bool dashed = false;  ///< the line
  std::vector<Point> points;
  double width = 2;    ///< of the line, in pixels
  bool faint = false;  ///< the marks: small, and seen through
};

struct Panel {
  std::string title, x_label, y_label;
  bool logarithmic_x = false;
  std::vector<Series> series;
  bool shares = false;  ///< both axes hold all from 0 to 1, whatever the points are
};

/// A figure of panels, two in a row, with one legend in the last free place (or below). The SVG is
/// one text that needs no other file; the same chart gives the same text. Throws InputError for a
/// panel without points and for values that an axis cannot show.
std::string draw_chart(const std::string& title, const std::vector<Panel>& panels);

}  // namespace nasnet::report
