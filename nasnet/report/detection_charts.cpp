#include "nasnet/report/detection_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nasnet/base/columns.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/boxes/draw.h"
#include "nasnet/report/chart.h"
#include "nasnet/report/svg.h"

// Pictures of a detector's strengths and faults. A class has the colour here that its boxes have in
// pictures.

namespace nasnet::report {
namespace {

constexpr int kLongestName = 24;  // columns

std::string short_name(const boxes::Truth& truth, size_t k) {
  const std::string name = printable(truth.names[k]);
  return display_width(name) <= kLongestName ? name : cut_to_width(name, kLongestName - 3) + "...";
}

/// Classes that have objects, those with most first; equal ones in their order.
std::vector<size_t> by_objects(const boxes::Truth& truth) {
  std::vector<int64_t> objects(truth.names.size());
  for (const boxes::TruthObject& object : truth.objects)
    if (!object.crowd && !object.ignored) ++objects[static_cast<size_t>(object.category)];
  std::vector<size_t> order(objects.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t k) { return objects[k] == 0; });
  std::ranges::stable_sort(order, std::greater(), [&](size_t k) { return objects[k]; });
  return order;
}

std::string colour_of(size_t label) {
  const boxes::Colour c = boxes::label_colour(static_cast<int>(label));
  return fmt::format("#{:02x}{:02x}{:02x}", c[0], c[1], c[2]);
}

Series curve(const std::string& name, const std::string& colour,
             const std::vector<double>& precision) {
  Series series{.name = name, .colour = colour, .mark = Mark::kNone, .joined = true};
  for (size_t k = 0; k < precision.size(); ++k)
    series.points.push_back(
        {static_cast<double>(k) / static_cast<double>(precision.size() - 1), precision[k]});
  return series;
}

Panel panel_at(const boxes::Truth& truth, const boxes::CocoMetric& metric, int iou) {
  constexpr size_t kNamed = 8;
  Panel panel{.title = fmt::format("IoU {:.2f}", boxes::iou_threshold(iou)),
              .x_label = "recall",
              .y_label = "precision"};
  const std::vector<size_t> classes = by_objects(truth);
  std::vector<double> mean(boxes::kRecallCount);
  for (size_t place = 0; place < classes.size(); ++place) {
    const size_t k = classes[place];
    const std::vector<double> precision = metric.curve(static_cast<int>(k), iou);
    for (size_t r = 0; r < mean.size(); ++r)
      mean[r] += precision[r] / static_cast<double>(classes.size());
    if (place < kNamed)
      panel.series.push_back(curve(short_name(truth, k), colour_of(k), precision));
  }
  panel.series.push_back(curve(fmt::format("mean of {} classes", classes.size()), "#222222", mean));
  return panel;
}

/// The rows and columns of the table: classes, and the rest of them as one.
struct Table {
  std::vector<std::string> names;  ///< of the rows but the background's
  std::vector<int64_t> counts;     ///< (names + 1) x (names + 1)
  size_t side() const { return names.size() + 1; }
};

Table table_of(const boxes::Truth& truth, const boxes::Confusion& confusion) {
  constexpr size_t kMost = 20;
  const auto classes = static_cast<size_t>(confusion.classes);
  std::vector<size_t> shown(classes);
  std::iota(shown.begin(), shown.end(), size_t{0});
  if (classes > kMost) {
    shown = by_objects(truth);
    shown.resize(std::min(shown.size(), kMost - 1));
  }
  Table table;
  for (const size_t k : shown) table.names.push_back(short_name(truth, k));
  if (shown.size() < classes)
    table.names.push_back(fmt::format("{} others", classes - shown.size()));
  table.counts.resize(table.side() * table.side());
  const auto place = [&](size_t label) {
    if (label == classes) return table.names.size();
    const auto found = std::ranges::find(shown, label);
    return static_cast<size_t>(found - shown.begin());  // the others' are behind all shown
  };
  for (size_t row = 0; row <= classes; ++row)
    for (size_t column = 0; column <= classes; ++column)
      table.counts[place(row) * table.side() + place(column)] +=
          confusion.at(static_cast<int>(row), static_cast<int>(column));
  return table;
}

}  // namespace

std::string draw_curves(const boxes::Truth& truth, const boxes::CocoMetric& metric) {
  if (by_objects(truth).empty())
    throw InputError("there is no curve to draw: no class has an object in these images");
  constexpr int kAt50 = 0, kAt75 = 5;
  return draw_chart("Precision and recall",
                    {panel_at(truth, metric, kAt50), panel_at(truth, metric, kAt75)});
}

std::string draw_confusion(const boxes::Truth& truth, const boxes::Confusion& confusion) {
  constexpr double kCell = 46, kFont = 13, kTitle = 18, kMargin = 16;
  const Table table = table_of(truth, confusion);
  double widest = text_width("background", kFont);
  for (const std::string& name : table.names) widest = std::max(widest, text_width(name, kFont));
  const double left = kMargin + kFont + 10 + widest + 8, top = 66 + widest + 8;
  const double side = kCell * static_cast<double>(table.side());
  const double width = std::max(left + side + kMargin, 470.0), height = top + side + 40;
  std::string body;
  const auto text = [&](double x, double y, const char* anchor, double size,
                        const std::string& words, const std::string& more = "") {
    body += fmt::format("<text x='{:.1f}' y='{:.1f}' font-size='{}' text-anchor='{}'{}>{}</text>\n",
                        x, y, size, anchor, more, escape_xml(words));
  };
  text(width / 2, 26, "middle", kTitle, "Found against true classes", " font-weight='bold'");
  text(left + side / 2, 50, "middle", kFont, "found");
  const double middle = top + side / 2;
  text(kMargin + kFont, middle, "middle", kFont, "true",
       fmt::format(" transform='rotate(-90 {:.1f} {:.1f})'", kMargin + kFont, middle));
  for (size_t k = 0; k < table.side(); ++k) {
    const double at = kCell * (static_cast<double>(k) + 0.5);
    const bool last = k + 1 == table.side();
    text(left - 8, top + at + 4.5, "end", kFont, last ? "background" : table.names[k]);
    const double x = left + at + 4.5, y = top - 8;
    text(x, y, "start", kFont, last ? "missed" : table.names[k],
         fmt::format(" transform='rotate(-90 {:.1f} {:.1f})'", x, y));
  }
  for (size_t row = 0; row < table.side(); ++row) {
    const auto begin = table.counts.begin() + static_cast<std::ptrdiff_t>(row * table.side());
    const int64_t sum =
        std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(table.side()), int64_t{0});
    for (size_t column = 0; column < table.side(); ++column) {
      if (row + 1 == table.side() && column + 1 == table.side()) continue;  // nothing there
      const int64_t count = table.counts[row * table.side() + column];
      const double share = sum > 0 ? static_cast<double>(count) / static_cast<double>(sum) : 0;
      // Right ones blue, wrong ones red, the stronger the larger their share of the row.
      const char* colour = row == column ? "0,114,178" : "213,94,0";
      const double x = left + kCell * static_cast<double>(column),
                   y = top + kCell * static_cast<double>(row);
      body += fmt::format(
          "<rect x='{:.1f}' y='{:.1f}' width='{}' height='{}' fill='rgb({})' "
          "fill-opacity='{:.2f}' stroke='#cccccc'/>\n",
          x, y, kCell, kCell, colour, share);
      if (count > 0)
        text(x + kCell / 2, y + kCell / 2 + 4.5, "middle", count < 100000 ? kFont : 10.0,
             fmt::format("{}", count), share > 0.6 ? " fill='#ffffff'" : "");
    }
  }
  text(width / 2, height - 14, "middle", 12,
       fmt::format("boxes with a score of {} or more, at IoU {}", boxes::kConfusionScore,
                   boxes::kConfusionIou));
  return svg_document("Found against true classes", width, height, body);
}

}  // namespace nasnet::report
