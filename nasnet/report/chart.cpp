#include "nasnet/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <span>

#include "nasnet/base/check.h"
#include "nasnet/report/axis.h"
#include "nasnet/report/drawing.h"
#include "nasnet/report/labels.h"
#include "nasnet/report/svg.h"

// Each panel draws its axes first, then lines, then labels around both, and the marks last, on top.

namespace nasnet::report {
namespace {

// Pixels of the drawing. Over both columns of a paper (17 cm) labels have 5.3 pt, axes 6 pt.
constexpr double kCellWidth = 540, kCellHeight = 440;
constexpr double kLeft = 62, kRight = 14, kTop = 34, kBottom = 50;  // around a panel, in its cell
constexpr double kTitleHeight = 44, kMargin = 8;
constexpr double kLabelSize = 12, kTickSize = 13, kAxisSize = 14, kPanelSize = 15, kTitleSize = 18;
constexpr double kLegendLine = 26;

/// A closed path around (0, 0) with a corner at each radius, in equal angles from the top, turned
/// by `turn` radians.
std::string polygon(const std::vector<double>& radii, double turn) {
  std::string path;
  for (size_t k = 0; k < radii.size(); ++k) {
    const double angle =
        turn + 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(radii.size());
    path += fmt::format("{}{:.2f},{:.2f}", k == 0 ? "M" : "L", radii[k] * std::sin(angle),
                        -radii[k] * std::cos(angle));
  }
  return path + "Z";
}

/// The outline around (0, 0). Sizes are chosen to look equally heavy.
std::string mark_path(Mark mark) {
  switch (mark) {
    case Mark::kNone:
      break;
    case Mark::kDot:
      return "M-4.5,0A4.5,4.5 0 1 1 4.5,0A4.5,4.5 0 1 1 -4.5,0Z";
    case Mark::kSquare:
      return polygon({5.8, 5.8, 5.8, 5.8}, std::numbers::pi / 4);
    case Mark::kDiamond:
      return polygon({6.2, 6.2, 6.2, 6.2}, 0);
    case Mark::kTriangle:
      return polygon({6.4, 6.4, 6.4}, 0);
    case Mark::kStar:
      return polygon({10, 4, 10, 4, 10, 4, 10, 4, 10, 4}, 0);
  }
  return "";
}

/// The space that the mark takes.
double mark_radius(Mark mark) {
  return mark == Mark::kNone ? 0 : mark == Mark::kStar ? 9 : 5;
}

/// `kind` tells marks of data from those of the legend.
void draw_mark(const Series& series, const Position& at, const char* kind, Drawing& drawing) {
  if (series.mark == Mark::kNone) return;
  if (series.faint) {
    drawing.add(
        "<path class='{}' transform='translate({:.1f},{:.1f}) scale(0.6)' d='{}' fill='{}' "
        "fill-opacity='0.4'/>",
        kind, at.x, at.y, mark_path(series.mark), escape_xml(series.colour));
    return;
  }
  drawing.add(
      "<path class='{}' transform='translate({:.1f},{:.1f})' d='{}' fill='{}' "
      "stroke='#ffffff' stroke-width='1'/>",
      kind, at.x, at.y, mark_path(series.mark), escape_xml(series.colour));
}

/// An attribute for Drawing::path(), or "".
const char* dash_style(const Series& series) {
  return series.dashed ? " stroke-dasharray='5 4'" : "";
}

/// One panel in its cell of the figure: data to pixels, and what is drawn in which order.
class PanelDrawing {
 public:
  PanelDrawing(const Panel& panel, const Box& cell, Drawing& drawing)
      : panel_(panel),
        drawing_(drawing),
        frame_{cell.left + kLeft, cell.top + kTop, cell.right - kRight, cell.bottom - kBottom},
        x_(values(&Point::x), panel.logarithmic_x),
        y_(values(&Point::y), false) {}

  void draw() {
    axes();
    lines();
    labels();
    for (const Series& series : panel_.series)
      for (const Point& point : series.points) draw_mark(series, place(point), "mark", drawing_);
  }

 private:
  /// One coordinate of all points, for the axis' range.
  std::vector<double> values(double Point::*member) const {
    std::vector<double> all;
    if (panel_.shares) all = {0, 1};
    for (const Series& series : panel_.series)
      for (const Point& point : series.points) all.push_back(point.*member);
    return all;
  }
  double at_x(double x) const {
    return frame_.left + x_.position(x) * (frame_.right - frame_.left);
  }
  /// Pixels grow downwards, values upwards.
  double at_y(double y) const {
    return frame_.bottom - y_.position(y) * (frame_.bottom - frame_.top);
  }
  Position place(const Point& point) const { return {at_x(point.x), at_y(point.y)}; }

  void axes() {
    drawing_.add(
        "<rect class='panel' x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' fill='#ffffff' "
        "stroke='#444444' stroke-width='1'/>",
        frame_.left, frame_.top, frame_.right - frame_.left, frame_.bottom - frame_.top);
    const double middle = (frame_.left + frame_.right) / 2;
    drawing_.text(middle, frame_.top - 10, kPanelSize, "middle", panel_.title,
                  " font-weight='bold'");
    for (const double tick : x_.ticks()) {
      const double x = at_x(tick);
      drawing_.line({x, frame_.top}, {x, frame_.bottom}, "#e6e6e6", 1);
      drawing_.line({x, frame_.bottom}, {x, frame_.bottom + 5}, "#444444", 1);
      drawing_.text(x, frame_.bottom + 19, kTickSize, "middle", Axis::tick_text(tick));
    }
    for (const double tick : y_.ticks()) {
      const double y = at_y(tick);
      drawing_.line({frame_.left, y}, {frame_.right, y}, "#e6e6e6", 1);
      drawing_.line({frame_.left - 5, y}, {frame_.left, y}, "#444444", 1);
      drawing_.text(frame_.left - 9, y + 4.5, kTickSize, "end", Axis::tick_text(tick));
    }
    drawing_.text(middle, frame_.bottom + 39, kAxisSize, "middle", panel_.x_label);
    const double x = frame_.left - 44, y = (frame_.top + frame_.bottom) / 2;
    drawing_.upward_text(x, y, kAxisSize, "middle", panel_.y_label);
  }

  /// Draws the joined series, and keeps the lines as obstacles for the labels.
  void lines() {
    for (const Series& series : panel_.series) {
      if (!series.joined) continue;
      std::vector<Point> points = series.points;
      std::stable_sort(points.begin(), points.end(),
                       [](const Point& a, const Point& b) { return a.x < b.x; });
      std::vector<Position> corners;
      for (const Point& point : points) corners.push_back(place(point));
      for (size_t i = 1; i < corners.size(); ++i)
        segments_.emplace_back(corners[i - 1], corners[i]);
      drawing_.path(corners, series.colour, series.width, dash_style(series));
    }
  }

  /// All labels of a panel are placed together: each is in the others' way. Marks without a label
  /// are obstacles as well.
  void labels() {
    std::vector<Label> labels;
    std::vector<std::pair<const Series*, const Point*>> of;
    Obstacles obstacles{{frame_.left + 3, frame_.top + 3, frame_.right - 3, frame_.bottom - 3}};
    obstacles.lines = segments_;
    for (const Series& series : panel_.series) {
      for (const Point& point : series.points) {
        const Disc mark{place(point), mark_radius(series.mark)};
        if (series.mark != Mark::kNone) obstacles.marks.push_back(mark);
        if (point.label.empty()) continue;
        labels.push_back({mark, text_width(point.label, kLabelSize), kLabelSize});
        of.emplace_back(&series, &point);
      }
    }
    const std::vector<PlacedLabel> placed = place_labels(labels, obstacles);
    NASNET_CHECK(placed.size() == of.size(), "labels come back in their order");
    for (size_t i = 0; i < placed.size(); ++i) label(*of[i].first, *of[i].second, placed[i]);
  }

  /// Draws a text in its box, and a line to its mark where the two are apart.
  void label(const Series& series, const Point& point, const PlacedLabel& placed) {
    const Position mark = place(point);
    const Box& box = placed.box;
    if (placed.leader) drawing_.line(mark, nearest_point(box, mark), "#999999", 0.8);
    // The text leans towards its mark: the box is wider than most fonts need.
    const bool right_of_it = box.left >= mark.x, left_of_it = box.right <= mark.x;
    const char* anchor = right_of_it ? "start" : left_of_it ? "end" : "middle";
    const double x = right_of_it ? box.left : left_of_it ? box.right : (box.left + box.right) / 2;
    drawing_.text(x, box.bottom - 2.5, kLabelSize, anchor, point.label,
                  fmt::format(" fill='{}'", escape_xml(series.colour)));
  }

  const Panel& panel_;
  Drawing& drawing_;
  Box frame_;
  Axis x_, y_;
  std::vector<std::pair<Position, Position>> segments_;
};

/// One entry a name, in the order of appearance.
std::vector<Series> legend_entries(const std::vector<Panel>& panels) {
  std::vector<Series> entries;
  std::set<std::string> seen;
  for (const Panel& panel : panels)
    for (const Series& series : panel.series)
      if (seen.insert(series.name).second) entries.push_back(series);
  return entries;
}

/// One line an entry, from (left, top) downwards.
void draw_legend(std::span<const Series> entries, double left, double top, Drawing& drawing) {
  for (size_t i = 0; i < entries.size(); ++i) {
    const double y = top + kLegendLine * static_cast<double>(i);
    if (entries[i].joined)
      drawing.line({left, y}, {left + 36, y}, entries[i].colour, entries[i].width,
                   dash_style(entries[i]));
    draw_mark(entries[i], {left + 18, y}, "key", drawing);
    drawing.text(left + 48, y + 5, kAxisSize, "start", entries[i].name);
  }
}

}  // namespace

std::string draw_chart(const std::string& title, const std::vector<Panel>& panels) {
  const std::vector<Series> entries = legend_entries(panels);
  const size_t columns = panels.size() > 1 ? 2 : 1;
  const size_t rows = (panels.size() + columns - 1) / columns;
  // With an odd number of panels the last cell of the figure is empty: the legend takes it.
  const bool free_place = panels.size() % columns != 0;
  const size_t legend_columns = free_place ? 1 : columns;
  const size_t legend_rows = (entries.size() + legend_columns - 1) / legend_columns;
  const double legend_height = kLegendLine * static_cast<double>(legend_rows);
  const double width = kCellWidth * static_cast<double>(columns) + 2 * kMargin;
  const double panels_end = kTitleHeight + kCellHeight * static_cast<double>(rows);
  const double height = panels_end + kMargin + (free_place ? 0 : legend_height + kMargin);

  Drawing drawing;
  drawing.text(width / 2, 28, kTitleSize, "middle", title, " font-weight='bold'");
  for (size_t i = 0; i < panels.size(); ++i) {
    const size_t row = i / columns, column = i % columns;
    const double left = kMargin + kCellWidth * static_cast<double>(column);
    const double top = kTitleHeight + kCellHeight * static_cast<double>(row);
    PanelDrawing(panels[i], {left, top, left + kCellWidth, top + kCellHeight}, drawing).draw();
  }
  const double middle = panels_end - kBottom - (kCellHeight - kTop - kBottom) / 2;
  const double top = free_place ? middle - legend_height / 2 : panels_end + kLegendLine / 2;
  for (size_t column = 0; column < legend_columns; ++column) {
    const size_t first = std::min(column * legend_rows, entries.size());
    const size_t count = std::min(legend_rows, entries.size() - first);
    const size_t cell = free_place ? columns - 1 : column;
    draw_legend(std::span(entries).subspan(first, count),
                kMargin + kCellWidth * static_cast<double>(cell) + kLeft, top, drawing);
  }
  return drawing.finish(title, width, height);
}

}  // namespace nasnet::report
