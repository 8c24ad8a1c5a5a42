#include "nasnet/terminal/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "nasnet/base/check.h"
#include "nasnet/base/columns.h"
#include "nasnet/report/axis.h"

namespace nasnet::terminal {
namespace {

/// A character of the plot: its dots, and the series that it has its style of.
struct PlotCell {
  uint8_t dots = 0;
  int series = -1;
};

/// Dots in a grid of characters.
class Grid {
 public:
  Grid(int columns, int rows, bool unicode)
      : columns_(columns),
        rows_(rows),
        unicode_(unicode),
        cells_(static_cast<size_t>(columns) * static_cast<size_t>(rows)) {}

  int width() const { return columns_ * (unicode_ ? 2 : 1); }
  int height() const { return rows_ * (unicode_ ? 4 : 1); }

  /// y counts from the bottom.
  void set(int x, int y, int series) {
    const int across = unicode_ ? 2 : 1, down = unicode_ ? 4 : 1;
    const int row = rows_ - 1 - y / down;
    PlotCell& cell = cells_[static_cast<size_t>(row * columns_ + x / across)];
    // Bits of U+2800: dots 1 to 3 and 7 on the left, 4 to 6 and 8 on the right, from the top.
    static constexpr uint8_t kBits[2][4] = {{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}};
    cell.dots |= unicode_ ? kBits[x % 2][y % 4] : 1;
    if (cell.series < 0 || series < cell.series) cell.series = series;
  }

  Line row(int row, const std::vector<Steps>& series) const {
    Line line;
    for (int column = 0; column < columns_; ++column) {
      const PlotCell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
      const Steps* own = cell.series < 0 ? nullptr : &series[static_cast<size_t>(cell.series)];
      const Style style = own ? own->style : Style::kPlain;
      if (line.empty() || line.back().style != style) line.push_back({"", style});
      line.back().text += character(cell, own && own->dotted);
    }
    return line;
  }

 private:
  std::string character(const PlotCell& cell, bool dotted) const {
    if (cell.dots == 0) return " ";
    if (!unicode_) return dotted ? "." : "*";
    return {'\xE2', static_cast<char>(0xA0 | cell.dots >> 6),
            static_cast<char>(0x80 | (cell.dots & 0x3F))};
  }

  int columns_, rows_;
  bool unicode_;
  std::vector<PlotCell> cells_;
};

/// Draws from the left to the right: of each column the value at its right end, joined to the last.
void draw_series(Grid& grid, const Steps& steps, int index, const PlotAxes& axes,
                 const report::Axis& values) {
  const double range = std::max(axes.right - axes.left, 1e-300);
  size_t next = 0;
  int before = -1;
  for (int x = 0; x < grid.width(); ++x) {
    const double begin = axes.left + range * x / grid.width();
    const double end = axes.left + range * (x + 1) / grid.width();
    if (begin > steps.end) break;
    while (next < steps.at.size() && (steps.at[next].first <= end || x + 1 == grid.width())) ++next;
    if (next == 0) continue;
    const double place = values.position(steps.at[next - 1].second) * grid.height();
    const int y = std::clamp(static_cast<int>(place), 0, grid.height() - 1);
    const int from = before < 0 ? y : before;
    for (int at = std::min(from, y); at <= std::max(from, y); ++at)
      if (!steps.dotted || (x + at) % 2 == 0 || grid.height() < 16) grid.set(x, at, index);
    before = y;
  }
}

}  // namespace

std::vector<Line> draw_steps(const std::vector<Steps>& series, const PlotAxes& axes,
                             const Area& area) {
  NASNET_CHECK(area.columns >= 20 && area.rows >= 3, "a plot has room");
  std::vector<double> all;
  for (const Steps& steps : series)
    for (const auto& [x, value] : steps.at) all.push_back(value);
  if (all.empty()) return {};
  const report::Axis values(all, false);
  const int height = area.rows - 1;
  // A text a tick, in its row; two in one row would be more than there is room for.
  std::vector<std::string> texts(static_cast<size_t>(height));
  int margin = 0;
  for (const double tick : values.ticks()) {
    const int row = height - 1 - static_cast<int>(values.position(tick) * height);
    if (row < 0 || row >= height || !texts[static_cast<size_t>(row)].empty()) continue;
    texts[static_cast<size_t>(row)] = axes.value(tick + 0.0);  // no -0
    margin = std::max(margin, display_width(texts[static_cast<size_t>(row)]));
  }
  margin = std::min(margin, area.columns / 2);
  const int width = area.columns - margin - 1;
  Grid grid(width, height, area.unicode);
  for (size_t i = 0; i < series.size(); ++i)
    draw_series(grid, series[i], static_cast<int>(i), axes, values);
  std::vector<Line> lines;
  for (int row = 0; row < height; ++row) {
    const std::string& text = texts[static_cast<size_t>(row)];
    Line line = {{padded_left(cut_to_width(text, margin), margin), Style::kFaint},
                 {area.unicode ? (text.empty() ? "\u2502" : "\u2524") : (text.empty() ? "|" : "+"),
                  Style::kFaint}};
    for (Span& span : grid.row(row, series)) line.push_back(std::move(span));
    lines.push_back(std::move(line));
  }
  const int gap =
      std::max(1, width - display_width(axes.left_text) - display_width(axes.right_text));
  lines.push_back({{std::string(static_cast<size_t>(margin) + 1, ' ') + axes.left_text +
                        std::string(static_cast<size_t>(gap), ' ') + axes.right_text,
                    Style::kFaint}});
  return lines;
}

}  // namespace nasnet::terminal
